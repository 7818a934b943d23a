"""L'année d'un médecin : chaque dispositif qui le concerne ou non, et pourquoi, ce qu'il vaut, ce qui manque.

Rien ne se calcule ici que des sommes : chaque dispositif répond par son module, sur les faits du dossier. Un montant
n'entre dans un total que s'il est calculé ; une valeur manquante n'est jamais comptée pour zéro, elle laisse le total
sans borne supérieure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import montant, temps
from opposable.droit.calculer import evaluer, hors_periode, lire_cas
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.droit.reponse_dispositif import CALCULE, NON_CALCULABLE, PARTIEL, REFUSEE, question, repondre
from opposable.droit.source import AUTORITES
from opposable.remuneration.dossier import MEDECIN, PATIENTS, Dossier, dispositifs, lire, lire_annee, par_annee, propres

A_COMPLETER, A_RENSEIGNER, HORS_PERIODE, NON_CONCERNE = "a_completer", "a_renseigner", "hors_periode", "non_concerne"
CHIFFRES: Final = frozenset({CALCULE, PARTIEL, NON_CALCULABLE})
"""Les statuts d'un dispositif qui s'applique et a été calculé."""
_COMMUN: Final = re.compile(rf"({MEDECIN}|{PATIENTS})(\W.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Ligne:
    """Un dispositif dans une année : ce qu'en dit la réponse, ses bornes en centimes, ses échéances.

    ``par_annee`` : il se calcule une fois pour l'année, et non cas par cas.
    """

    dit: dict[str, Any]
    par_annee: bool
    compte: bool
    exact: int | None
    au_moins: int | None
    au_plus: int | None
    autorites: dict[str, int]
    echeances: list[dict[str, Any]]


def annee(corpus: Corpus, brut: object, *, comparer: int | str | None = None, strict: bool = False) -> dict[str, Any]:
    """L'année d'un médecin, et une autre à côté si ``comparer`` la nomme.

    Montants en euros (texte). :class:`ErreurEntree` si le dossier ne convient pas.
    """
    dossier = lire(corpus, brut)
    autre = None if comparer is None else lire_annee(corpus, comparer, "comparer")
    if autre == dossier.annee:
        raise ErreurEntree(
            "ANNEES_IDENTIQUES", f"{autre} est l'année du dossier", ou="comparer", attendu="une autre année",
            exemple=str(dossier.annee - 1),
        )  # fmt: skip
    ici = _lignes(corpus, dossier, dossier.annee, strict=strict)
    la = [] if autre is None else _lignes(corpus, dossier, autre, strict=strict)
    comparaison = {**_en_dict(la, autre), "groupes": _groupes(corpus, ici, la)} if autre is not None else None
    return {**corpus.entete(), "id": dossier.id, **_en_dict(ici, dossier.annee), "comparaison": comparaison}


def _en_dict(lignes: Sequence[_Ligne], annee_: int) -> dict[str, Any]:
    echeances = [{**e, "dispositif": ligne.dit["dispositif"]} for ligne in lignes for e in ligne.echeances]
    return {
        "annee": annee_,
        "totaux": _totaux(lignes),
        "dispositifs": [ligne.dit for ligne in lignes],
        "echeancier": sorted(echeances, key=lambda e: (e["date"], e["dispositif"])),
    }


def _totaux(lignes: Sequence[_Ligne]) -> dict[str, Any]:
    """Les sommes des montants connus, nulles s'il n'y en a aucun, et les dispositifs qui n'y sont pas."""
    comptees = [ligne for ligne in lignes if ligne.compte]
    exacts = [ligne for ligne in comptees if ligne.exact is not None]
    muets = [ligne for ligne in lignes if ligne.dit["statut"] in {A_COMPLETER, A_RENSEIGNER}]
    plafonds = [ligne.au_plus for ligne in comptees]
    return {
        "montant": montant.euros(sum(ligne.exact or 0 for ligne in exacts)) if exacts else None,
        "au_moins": montant.euros(sum(ligne.au_moins or 0 for ligne in comptees)) if comptees else None,
        "au_plus": montant.euros(sum(p or 0 for p in plafonds)) if comptees and None not in plafonds else None,
        "autorites": {a: montant.euros(sum(li.autorites.get(a, 0) for li in exacts)) for a in AUTORITES if exacts},
        "comptes": [ligne.dit["dispositif"] for ligne in exacts],
        "sans_montant": [ligne.dit["dispositif"] for ligne in comptees if ligne.exact is None],
        "a_completer": [ligne.dit["dispositif"] for ligne in muets if ligne.dit["chiffrable"] == "oui"],
    }


def _groupes(corpus: Corpus, ici: Sequence[_Ligne], la: Sequence[_Ligne]) -> list[dict[str, Any]]:
    """Les deux années côte à côte, groupe par groupe ; l'écart n'est dit que si rien n'y manque, des deux côtés."""
    resultat = []
    for groupe, libelle in corpus.groupes.items():
        cotes = [[li for li in lignes if li.dit["groupe"] == groupe] for lignes in (ici, la)]
        if not any(li.compte for cote in cotes for li in cote):
            continue
        connus = [[li.exact for li in cote if li.compte and li.exact is not None] for cote in cotes]
        sommes = [sum(cote) if cote else None for cote in connus]
        manque = any(_incomplet(li) for cote in cotes for li in cote)
        premiere, seconde = sommes
        entier = premiere is not None and seconde is not None and not manque
        resultat.append(
            {
                "groupe": groupe,
                "libelle": libelle,
                "montant": None if premiere is None else montant.euros(premiere),
                "comparee": None if seconde is None else montant.euros(seconde),
                "ecart": montant.euros((premiere or 0) - (seconde or 0)) if entier else None,
            }
        )
    return resultat


def _incomplet(ligne: _Ligne) -> bool:
    """Vrai si ce dispositif pourrait ajouter un montant qu'on ne connaît pas : rien n'est su des cas non décrits."""
    inconnu = ligne.exact is None or not ligne.par_annee
    return (ligne.compte and inconnu) or ligne.dit["statut"] in {A_COMPLETER, A_RENSEIGNER}


def _lignes(corpus: Corpus, dossier: Dossier, annee_: int, *, strict: bool) -> list[_Ligne]:
    return [_ligne(corpus, dispositif, dossier, annee_, strict=strict) for dispositif in dispositifs(corpus)]


def _ligne(corpus: Corpus, dispositif: Dispositif, dossier: Dossier, annee_: int, *, strict: bool) -> _Ligne:
    dit = _vide(dispositif)
    percu = dossier.percus.get(dispositif.nom) if annee_ == dossier.annee else None
    dit["percu"] = None if percu is None else montant.euros(percu)
    premier, dernier = (temps.jour(f"{a}-01-01") for a in (annee_, annee_ + 1))
    dehors = hors_periode(dispositif, premier, dernier)
    if dehors or dispositif.nom in dossier.non_concernes:
        _verifier(corpus, dispositif, dossier, annee_)
        statut = HORS_PERIODE if dehors else NON_CONCERNE
        return _sans_calcul(
            dispositif, dit, statut, dehors or "le dossier dit que ce dispositif ne concerne pas le médecin"
        )
    reponses: dict[int, dict[str, Any]] = {}
    for rang, cas in enumerate(dossier.cas(dispositif, annee_)):
        ou = dossier.endroit(dispositif, rang)
        trouve = _calculer(corpus, dispositif, cas, annee_, ou, calculer=dossier.decrit(dispositif), strict=strict)
        if isinstance(trouve, list):
            dit["questions"] = trouve
            statut = A_COMPLETER if dossier.decrit(dispositif) else A_RENSEIGNER
            return _sans_calcul(
                dispositif, dit, statut, f"il manque : {' ; '.join(_en_suite(q['libelle']) for q in trouve)}"
            )
        if trouve is None:
            dit["hors_annee"] += 1
        else:
            reponses[rang + 1] = trouve
    if not reponses:
        return _sans_calcul(dispositif, dit, HORS_PERIODE, f"aucun des cas dits n'est de {annee_}")
    dit["par_cas"] = _par_cas(dispositif, reponses)
    return _chiffree(dispositif, dit, [*reponses.values()], percu)


def _vide(dispositif: Dispositif) -> dict[str, Any]:
    return {
        "dispositif": dispositif.nom,
        "libelle": dispositif.libelle,
        "groupe": dispositif.annee,
        "chiffrable": "oui" if dispositif.montant else "non",
        "statut": "",
        "dit": "",
        "cas": 0,
        "hors_annee": 0,
        "avertissement": dispositif.avertissement,
        "montant": None,
        "au_moins": None,
        "au_plus": None,
        "autorites": {},
        "percu": None,
        "ecart": None,
        "resultat": None,
        "par_cas": None,
        "motifs": [],
        "manquants": [],
        "hypotheses": [],
        "questions": [],
        "sources": [],
    }


def _sans_calcul(dispositif: Dispositif, dit: dict[str, Any], statut: str, raison: str) -> _Ligne:
    ligne = {**dit, "statut": statut, "dit": raison}
    return _Ligne(ligne, par_annee(dispositif), False, None, None, None, {}, [])


def _calculer(
    corpus: Corpus, dispositif: Dispositif, cas: dict[str, Any], annee_: int, ou: str, *, calculer: bool, strict: bool
) -> dict[str, Any] | list[dict[str, Any]] | None:
    """La réponse à un cas ; les faits à demander s'il ne suffit pas ; ``None`` s'il est d'une autre année.

    Un dispositif dont rien n'est dit n'est pas calculé : on sait seulement si les faits communs l'écartent.
    """
    situe = dispositif.vocabulaire.faits[dispositif.periode.fait]
    if cas.get(situe.nom) is None:
        return _demander([fait for fait in dispositif.hors_listes() if fait.obligatoire])
    absents: list[Fait] = []
    try:
        lu = lire_cas(corpus, dispositif, cas, absents)
        if not par_annee(dispositif) and int(temps.iso(lu.jour)[:4]) != annee_:
            return None
        if absents or not calculer:
            k = evaluer(corpus, dispositif, lu, strict=strict, conditions_seules=True)
            reponse = repondre(corpus, k)
            return reponse if reponse["statut"] == REFUSEE else _demander(absents or propres(dispositif))
        return repondre(corpus, evaluer(corpus, dispositif, lu, strict=strict))
    except ErreurEntree as erreur:
        liste = next((li for li in dispositif.listes if li.nom == erreur.ou and erreur.code == "FAIT_ABSENT"), None)
        if liste is not None:
            return [{"fait": liste.nom, "libelle": liste.libelle, "question": liste.question, "valeurs": []}]
        raise _situer(erreur, ou) from None


def _verifier(corpus: Corpus, dispositif: Dispositif, dossier: Dossier, annee_: int) -> None:
    """Lit les cas d'un dispositif qui ne sera pas calculé : une valeur qui ne convient pas est dite quand même."""
    for rang, cas in enumerate(dossier.cas(dispositif, annee_) if dispositif.nom in dossier.blocs else []):
        if cas.get(dispositif.periode.fait) is not None:
            try:
                lire_cas(corpus, dispositif, cas, [])
            except ErreurEntree as erreur:
                raise _situer(erreur, dossier.endroit(dispositif, rang)) from None


def _situer(erreur: ErreurEntree, ou: str) -> ErreurEntree:
    """L'erreur à sa place dans le dossier : un fait commun y est à la racine, les autres dans leur bloc."""
    return erreur if _COMMUN.fullmatch(erreur.ou) else erreur.situee(ou)


def _en_suite(libelle: str) -> str:
    """Un libellé au milieu d'une phrase : sans majuscule, sauf un sigle."""
    return libelle if libelle[1:2].isupper() else f"{libelle[:1].lower()}{libelle[1:]}"


def _demander(faits: Iterable[Fait]) -> list[dict[str, Any]]:
    return [{**question(fait), "libelle": fait.libelle} for fait in faits]


def _chiffree(
    dispositif: Dispositif, dit: dict[str, Any], reponses: Sequence[dict[str, Any]], percu: int | None
) -> _Ligne:
    """La somme des cas d'un dispositif : son montant s'ils en ont tous un, et ses bornes."""
    dus = [r for r in reponses if r["statut"] != REFUSEE]
    statut = _statut(reponses)
    bornes = [_bornes(r) for r in dus]
    exact = _somme([bas if bas == haut else None for bas, haut in bornes]) if dus else None
    au_moins = sum(bas or 0 for bas, _ in bornes) if dus else None
    au_plus = _somme([haut for _, haut in bornes]) if dus else None
    compte = bool(dispositif.montant) and statut in CHIFFRES
    autorites = {
        a: sum(montant.centimes(r["autorites"].get(a, "0.00")) for r in dus) for a in AUTORITES if exact is not None
    }
    motifs = _dedoubler([m for r in reponses for m in r["motifs"]], ("code", "message"))
    echeances = _echeances(dus)
    ligne = {
        **dit,
        "statut": statut,
        "dit": _dit(dispositif, statut, reponses, motifs),
        "cas": len(reponses),
        **{
            cle: montant.euros(v) if compte and v is not None else None
            for cle, v in (("montant", exact), ("au_moins", au_moins), ("au_plus", au_plus))
        },
        "autorites": {a: montant.euros(v) for a, v in autorites.items()} if compte else {},
        "ecart": montant.euros(percu - exact) if percu is not None and compte and exact is not None else None,
        "resultat": reponses[0]["resultat"] if len(reponses) == 1 and dus else None,
        "motifs": motifs,
        **{
            cle: _dedoubler([x for r in reponses for x in r[cle]], par)
            for cle, par in (("manquants", ("parametre",)), ("hypotheses", ("fait",)), ("sources", ("passage",)))
        },
        "questions": _questions(reponses, dispositif),
    }
    dues = echeances if compte else []
    return _Ligne(ligne, par_annee(dispositif), compte, exact, au_moins, au_plus, autorites, dues)


def _par_cas(dispositif: Dispositif, reponses: Mapping[int, dict[str, Any]]) -> dict[str, Any] | None:
    """Ce que vaut chacun de plusieurs cas, à sa place dans le dossier, et les tableaux qui se lisent cas par cas."""
    if len(reponses) < 2:
        return None
    cas = []
    for rang, r in reponses.items():
        bas, haut = (None, None) if r["statut"] == REFUSEE else _bornes(r)
        valeurs = {"montant": bas if bas == haut else None, "au_moins": bas, "au_plus": haut}
        dus = {cle: montant.euros(v) if dispositif.montant and v is not None else None for cle, v in valeurs.items()}
        cas.append({"cas": rang, "id": r["id"], "statut": r["statut"], **dus, "resultat": r["resultat"]})
    tableaux = [
        {
            "nom": s.nom,
            "libelle": s.libelle,
            "aide": s.aide,
            "colonnes": [{"nom": c.nom, "type": c.type, "libelle": c.libelle} for c in s.colonnes],
            "rangees": [
                {"cas": rang, "id": r["id"], **rangee}
                for rang, r in reponses.items()
                for rangee in (r["resultat"] or {}).get(s.nom) or []
            ],
        }
        for s in dispositif.sorties
        if s.par_cas
    ]
    return {"cas": cas, "tableaux": tableaux}


def _dit(
    dispositif: Dispositif, statut: str, reponses: Sequence[dict[str, Any]], motifs: Sequence[dict[str, Any]]
) -> str:
    """Pourquoi le dispositif ne s'applique pas ; ce qu'il compte, cas par cas ; ou sa réponse, s'il ne paie rien."""
    if statut == REFUSEE:
        return str(motifs[0]["message"]) if motifs else ""
    if not par_annee(dispositif):
        return f"les seuls cas décrits sont comptés ({len(reponses)})"
    sortie = next(s for s in dispositif.sorties if s.nom == dispositif.principal)
    reponse = reponses[0]["resultat"][sortie.nom] if len(reponses) == 1 and not dispositif.montant else None
    if isinstance(reponse, str) and sortie.type == "montant":
        reponse = f"{reponse} €".replace(".", ",")
    return "" if reponse is None else f"{sortie.libelle} : {reponse}"


def _statut(reponses: Sequence[dict[str, Any]]) -> str:
    statuts = {r["statut"] for r in reponses}
    if len(statuts) == 1:
        return str(statuts.pop())
    autres = statuts - {REFUSEE}
    return NON_CALCULABLE if NON_CALCULABLE in autres else CALCULE if autres == {CALCULE} else PARTIEL


def _bornes(reponse: dict[str, Any]) -> tuple[int | None, int | None]:
    """Ce qu'un cas vaut au moins et au plus ; un motif à vérifier peut tout ôter, une valeur manquante tout cacher."""
    resultat = reponse["resultat"]
    bas, haut = (resultat.get(cle) if isinstance(resultat.get(cle), str) else None for cle in ("au_moins", "au_plus"))
    total = reponse["montant"]
    if isinstance(total, str):
        bas, haut = total, total
    if any(m["effet"] == "a_verifier" for m in reponse["motifs"]) and montant.centimes(bas or "0.00") >= 0:
        bas = "0.00"  # une récupération, elle, reste une borne négative
    return tuple(None if texte is None else montant.centimes(texte) for texte in (bas, haut))  # type: ignore[return-value]  # deux éléments


def _somme(valeurs: Sequence[int | None]) -> int | None:
    return None if None in valeurs else sum(v for v in valeurs if v is not None)


def _echeances(reponses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les échéances des cas, réunies par date et par objet."""
    reunies: dict[tuple[str, str], list[int | None]] = {}
    for reponse in reponses:
        for e in reponse["echeancier"]:
            centimes = None if e["montant"] is None else montant.centimes(e["montant"])
            reunies.setdefault((e["date"], e["objet"]), []).append(centimes)
    return [
        {"date": date, "montant": None if (total := _somme(v)) is None else montant.euros(total), "objet": objet}
        for (date, objet), v in reunies.items()
    ]


def _questions(reponses: Sequence[dict[str, Any]], dispositif: Dispositif) -> list[dict[str, Any]]:
    faits = dispositif.vocabulaire.faits
    posees = _dedoubler([q for r in reponses for q in r["questions"]], ("fait",))
    return [{**q, "libelle": faits[q["fait"]].libelle} for q in posees]


def _dedoubler(elements: Iterable[dict[str, Any]], par: tuple[str, ...]) -> list[dict[str, Any]]:
    vus: dict[tuple[Any, ...], dict[str, Any]] = {}
    for element in elements:
        vus.setdefault(tuple(element[cle] for cle in par), element)
    return list(vus.values())
