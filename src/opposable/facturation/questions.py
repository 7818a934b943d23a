"""Les questions et les hypothèses : un fait n'est demandé, ou cité, que si deux de ses valeurs possibles changent ce
qui est montré. On l'essaie dans l'interprète, sur les classes que le corpus découpe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from opposable.droit import temps
from opposable.droit.classes import decouper
from opposable.droit.coherence import contradiction
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Intervalle, Valeur
from opposable.droit.table import Calendrier
from opposable.facturation.coherence import INSTANTS, posterieur
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture
from opposable.facturation.strates import evaluer
from opposable.facturation.total import Total, totaliser

_JAMAIS_DEMANDES = frozenset({"patient.age", "acte.honoraires"})
"""L'âge se demande par la date de naissance ; des honoraires laissés de côté valent le tarif."""
_DEPUIS = {
    "patient.accouchement_le": "patient.jours_depuis_accouchement",
    "contexte.date_sortie_hospitalisation": "contexte.jours_depuis_sortie",
}
"""Les dates qui ne comptent que par les jours écoulés depuis."""
_MINUTES = {
    "contexte.regule_le": "contexte.minutes_depuis_regulation",
    "contexte.adresse_le": "contexte.minutes_depuis_adressage",
}
"""Les instants qui ne comptent que par le temps écoulé depuis."""
_OUVRES = {"contexte.adresse_le": "contexte.jours_ouvres_depuis_adressage"}
_HEURE = "facture.heure"
_MONTANTS = ("tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur", "depassement")


@dataclass(frozen=True, slots=True)
class Essai:
    """Un fait qui change la réponse : où il vaut, son nom, la valeur supposée s'il y en a une, ce qui change.

    ``avec`` : les autres faits inconnus sans lesquels le dire ne changerait rien encore.
    """

    rang: int
    fait: str
    valeur: Valeur
    change: tuple[str, ...]
    avec: tuple[tuple[int, str], ...] = ()


def empreinte(facture: Facture, total: Total) -> dict[str, object]:
    """Ce qui est montré d'une évaluation : statuts, refus, montants."""
    montre: dict[str, object] = {}
    for ligne in facture.lignes:
        montre[f"{ligne.rang}:statut"] = (ligne.statut, tuple(c.motif for c in ligne.constats if c.etat == "refuse"))
        for nom in _MONTANTS if ligne.survit is not False else ():
            montre[f"{ligne.rang}:{nom}"] = ligne.etapes.get(nom)
    montre["participation_forfaitaire"] = total.possible["participation_forfaitaire"]
    montre["part_complementaire"] = total.part_complementaire
    montre["tiers_payant"] = total.tiers_payant.montre()
    return montre


def chercher(
    corpus: Corpus, cas: CasFacture, facture: Facture, total: Total, calendrier: Calendrier
) -> tuple[list[Essai], list[Essai]]:
    """Les questions (faits inconnus) et les hypothèses (valeurs usuelles) qui changent la réponse."""
    reference = empreinte(facture, total)
    certaines = frozenset(ligne.rang for ligne in facture.lignes if ligne.survit is False)
    tout_refuse = len(certaines) == len(facture.lignes)
    lus = list(_lus(facture))
    questions: list[Essai] = []
    hypotheses: list[Essai] = []
    muets: list[tuple[int, str]] = []
    faits: dict[object, tuple[str, ...]] = {}
    for rang, nom, valeur in lus:
        if valeur is None and (tout_refuse or rang in certaines):
            continue
        jumelle = (_jumelle(facture, rang), nom, valeur)
        change = faits.get(jumelle)
        if change is None:
            vus = _essayer(corpus, cas, facture, calendrier, rang, nom, valeur, {})
            refusees = certaines if valeur is None else frozenset()
            change = _difference(facture, vus if valeur is None else [*vus, reference], refusees)
            faits[jumelle] = change
        if valeur is not None:
            hypotheses += [Essai(rang, nom, valeur, change)] if change else []
        elif change:
            questions.append(Essai(rang, nom, None, change))
        else:
            muets.append((rang, nom))
    if facture.strict or not questions:
        questions += _croisees(corpus, cas, facture, calendrier, lus, muets)
    return questions, hypotheses


def _jumelle(facture: Facture, rang: int) -> object:
    """Ce que deux lignes pareilles partagent : l'essai de l'une vaut pour l'autre. La facture n'en a pas."""
    if rang < 0:
        return rang
    ligne, dite = facture.lignes[rang], facture.cas.lignes[rang]
    constats = tuple((c.motif, c.etat) for c in ligne.constats)
    return dite.code, tuple(sorted(dite.faits.items(), key=lambda f: f[0])), ligne.statut, constats


def _croisees(
    corpus: Corpus,
    cas: CasFacture,
    facture: Facture,
    calendrier: Calendrier,
    lus: list[tuple[int, str, Valeur]],
    muets: list[tuple[int, str]],
) -> list[Essai]:
    """Aucun fait ne change rien seul : deux inconnus se cachent peut-être, chacun est essayé les autres fixés."""
    certaines = frozenset(ligne.rang for ligne in facture.lignes if ligne.survit is False)
    inconnus = [(rang, nom) for rang, nom, valeur in lus if valeur is None]
    if len(inconnus) < 2 or not muets:
        return []
    fixes = {(rang, nom): _representant(corpus, cas, facture, rang, nom) for rang, nom in inconnus}
    resultat = []
    faits: dict[object, tuple[str, ...]] = {}
    for rang, nom in muets:
        jumelle = (_jumelle(facture, rang), nom)
        change = faits.get(jumelle)
        if change is None:
            autres = {cle: v for cle, v in fixes.items() if cle != (rang, nom)}
            vus = _essayer(corpus, cas, facture, calendrier, rang, nom, None, autres)
            change = faits[jumelle] = _difference(facture, vus, certaines)
        if change:
            resultat.append(Essai(rang, nom, None, change))
    return [replace(e, avec=tuple((a.rang, a.fait) for a in resultat if a is not e)) for e in resultat]


def _representant(corpus: Corpus, cas: CasFacture, facture: Facture, rang: int, nom: str) -> Valeur:
    usuel = corpus.vocabulaire.faits[nom].usuel
    if usuel is not None:
        return usuel
    return next((c for c in classes(corpus, nom, cas, facture.jour) if compatible(corpus, cas, rang, nom, c)), None)


def _essayer(
    corpus: Corpus,
    cas: CasFacture,
    facture: Facture,
    calendrier: Calendrier,
    rang: int,
    nom: str,
    valeur: Valeur,
    autres: dict[tuple[int, str], Valeur],
) -> list[dict[str, object]]:
    """Ce qui est montré pour chaque classe du fait, autre que sa valeur, ``autres`` fixés."""
    vus = []
    for classe in classes(corpus, nom, cas, facture.jour):
        if classe != valeur and compatible(corpus, cas, rang, nom, classe):
            essai = evaluer(corpus, cas, calendrier, {**autres, (rang, nom): classe}, strict=facture.strict)
            vus.append(empreinte(essai, totaliser(essai)))
            essai.lignes.clear()  # une ligne connaît sa facture : sans ce lien, l'essai se libère aussitôt
    return vus


def _difference(
    facture: Facture, vus: list[dict[str, object]], refusees: frozenset[int] = frozenset()
) -> tuple[str, ...]:
    """Ce qui diffère entre les réponses vues, hors des lignes ``refusees`` quoi qu'on réponde."""
    if not vus:
        return ()
    premier = vus[0]
    tues = tuple(f"{rang}:" for rang in refusees)
    toutes = dict.fromkeys(cle for v in vus for cle in v if not cle.startswith(tues))
    cles = [cle for cle in toutes if any(v.get(cle) != premier.get(cle) for v in vus[1:])]
    return _condense(dict.fromkeys(_nom_du_changement(facture, cle) for cle in cles))


def compatible(corpus: Corpus, cas: CasFacture, rang: int, nom: str, classe: Valeur) -> bool:
    """Une valeur essayée ne contredit ni l'âge dit, ni les autres faits dits."""
    age = cas.faits.get("patient.age")
    if nom == "patient.date_naissance" and isinstance(age, Intervalle) and isinstance(classe, int):
        return age.bas <= classe < age.haut
    if rang < 0:
        dits = {**cas.faits, nom: classe}
        if nom in {_HEURE, *INSTANTS} and posterieur(cas.jour, dits) is not None:
            return False
        return contradiction(corpus, cas.jour, dits, de_ligne=False, sur=nom) is None
    dits = {**cas.faits, **cas.lignes[rang].faits, nom: classe}
    return contradiction(corpus, cas.jour, dits, de_ligne=True, sur=nom) is None


def _condense(change: dict[str, None]) -> tuple[str, ...]:
    """Sans les parts que la base ou le taux entraînent."""
    suivent = {"part_obligatoire", "ticket_moderateur"} if {"base_remboursement", "taux"} & change.keys() else set()
    suivent |= {"base_remboursement", "depassement"} if "tarif" in change else set()
    return tuple(nom for nom in change if nom not in suivent)


def _nom_du_changement(facture: Facture, cle: str) -> str:
    rang, _, nom = cle.partition(":")
    if not nom:
        return cle
    return facture.lignes[int(rang)].acte.code if nom == "statut" else nom


def _lus(facture: Facture) -> Iterator[tuple[int, str, Valeur]]:
    for portee, rang in ((facture, -1), *((ligne, ligne.rang) for ligne in facture.lignes)):
        for nom in portee.inconnus:
            if nom not in _JAMAIS_DEMANDES:
                yield rang, nom, None
        for nom, valeur in portee.supposes.items():
            yield rang, nom, valeur


def classes(corpus: Corpus, nom: str, cas: CasFacture, jour: int) -> tuple[Valeur, ...]:
    """Un représentant de chaque classe que le corpus découpe dans les valeurs d'un fait."""
    codes = tuple(sorted({ligne.code for ligne in cas.lignes}))
    cle = (
        "classes",
        nom,
        codes,
        jour if nom in {"patient.date_naissance", *_DEPUIS} else 0,
    )
    if nom == _HEURE or nom in INSTANTS:
        return tuple(_instants(corpus, nom, codes, cas))
    trouve = corpus.memo.get(cle)
    if not isinstance(trouve, tuple):
        trouve = tuple(_classes(corpus, nom, codes, jour))
        corpus.memo[cle] = trouve
    return trouve


def _classes(corpus: Corpus, nom: str, codes: tuple[str, ...], jour: int) -> Iterable[Valeur]:
    fait = corpus.vocabulaire.faits[nom]
    decoupage = decouper(corpus, codes)
    if nom == "patient.date_naissance":
        mois, jours = (decoupage.coupes(f"patient.{age}") | {0} for age in ("age_mois", "age_jours"))
        maximum = corpus.vocabulaire.faits["patient.age_mois"].maximum or 0
        anniversaires = {temps.plus_mois(jour, -m) for m in mois if 0 <= m <= maximum} | {jour - j for j in jours}
        premier = temps.premier_janvier(jour)
        anniversaires |= {temps.plus_mois(premier, -m) for m in decoupage.coupes("patient.age_mois_1er_janvier")}
        return sorted({n for a in anniversaires for n in (a, a + 1) if n <= jour})
    if nom in _DEPUIS:
        return [fait.sans_objet, *(jour - j for j in sorted(decoupage.coupes(_DEPUIS[nom]) | {0}) if j >= 0)]
    if fait.type == "liste":
        return [frozenset(), *(frozenset({v}) for v in fait.valeurs)]
    domaine = fait.domaine
    if isinstance(domaine, Choix):
        cites = decoupage.mots(nom)
        autres = domaine.valeurs - cites
        return [*sorted(cites & domaine.valeurs), *sorted(autres)[:1]]
    coupes = decoupage.coupes(nom)
    bas, haut = domaine.plages[0]
    valeurs = sorted({c for c in coupes | {max(bas, 0), min(haut - 1, 1 << 40)} if bas <= c < haut})
    return [*([fait.sans_objet] if fait.sans_objet else []), *valeurs]


def _instants(corpus: Corpus, nom: str, codes: tuple[str, ...], cas: CasFacture) -> Iterable[Valeur]:
    """L'heure des soins, ou un instant qui les précède : un représentant par classe du temps écoulé entre les deux."""
    decoupage = decouper(corpus, codes)
    minuit = cas.jour * temps.MINUTES
    if nom == _HEURE:
        essais = {0, temps.MINUTES - 1, *decoupage.coupes(nom)}
        for instant, ecoule in _MINUTES.items():
            le = cas.faits.get(instant)
            if isinstance(le, int):
                essais |= {le - minuit + minutes for minutes in decoupage.coupes(ecoule) | {0}}
        return sorted(e for e in essais if 0 <= e < temps.MINUTES)
    heure = cas.faits.get(_HEURE)
    soins = minuit + (heure if isinstance(heure, int) else 0)
    essais = {soins - minutes for minutes in decoupage.coupes(_MINUTES[nom]) | {0} if minutes >= 0}
    nombres = decoupage.coupes(_OUVRES[nom]) if nom in _OUVRES else ()
    lieu = cas.faits.get("medecin.territoire")
    territoire = lieu if isinstance(lieu, str) else temps.METROPOLE
    essais |= {temps.recul_ouvre(cas.jour, n, territoire) * temps.MINUTES for n in nombres if n > 0}
    return sorted(essais)
