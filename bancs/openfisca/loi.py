"""Le droit d'un sous-ensemble d'actes, lu dans le corpus et mis en forme de paramètres OpenFisca.

Aucun montant, aucun taux, aucune date, aucun seuil n'est écrit ici. La *forme* des règles l'est (quels faits une ligne
de tarif distingue) : si le corpus en change, la lecture s'arrête et le dit, plutôt que de comparer deux droits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opposable.droit import temps
from opposable.droit.classes import tests_de
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Ensemble, Plages
from opposable.droit.table import EFFECTIF, LigneTable, Table

CODES = ("G", "GS", "C", "CS", "CSC", "VG", "COE", "MPC", "MEG", "MCS", "MCG", "MMG")
"""Les actes comparés : en nombre de lignes, neuf dixièmes d'un lot généré."""
TERRITOIRE = "metropole"
AUCUN = 0
"""Ce que vaut un tarif particulier là où il n'y en a pas : le tarif général s'applique."""
INCONNU = -1
"""OpenFisca n'a pas d'inconnu : un taux que les sources ne donnent pas y vaut -1, comme les montants qu'il commande."""
FAITS = (
    "medecin.specialite", "medecin.secteur", "medecin.option", "patient.date_naissance", "patient.exonerations",
    "contexte.parcours", "contexte.acces_specifique", "acte.lien_ald",
)  # fmt: skip
"""Les faits que lisent ces règles ; les autres gardent leur valeur usuelle (métropole, ni urgence ni grossesse…)."""
EXONERATIONS = ("ald", "invalidite", "cmuc", "acs", "c2s")
"""Les exonérations et protections qu'un lot généré porte."""

Serie = dict[str, dict[str, int]]
"""Une suite de valeurs datées, comme OpenFisca les écrit : ``{"2024-12-22": {"value": 3000}}``."""


class CorpusChange(Exception):
    """Le corpus distingue ce que ces règles ne distinguent pas encore."""


@dataclass(frozen=True)
class Loi:
    """Les paramètres et ce qui les indexe. ``periodes`` : les jours où une valeur change, sur les dates demandées."""

    parametres: dict[str, Any]
    specialites: tuple[str, ...]
    options: tuple[str, ...]
    acces: dict[str, frozenset[str]]
    periodes: tuple[str, ...]


def lire(corpus: Corpus, du: int, au: int) -> Loi:
    """Le droit de ces actes entre deux jours (compris)."""
    tarifs: dict[str, Any] = {"general": {}, "sans_maitrise": {}, "par_specialite": {}}
    bases: dict[str, Serie] = {}
    propres: dict[str, Serie] = {}
    age_sans_maitrise: set[int] = set()
    for code in CODES:
        acte = corpus.actes[code]
        par_forme = _par_forme(acte.tarifs)
        tarifs["general"][code] = _serie(par_forme.pop((), []), corpus.debut)
        specialisees = par_forme.pop(("medecin.specialite",), [])
        if specialisees:
            tarifs["par_specialite"][code] = _par_specialite(specialisees, corpus.debut)
        tarifs["sans_maitrise"][code] = _sans_maitrise(par_forme, age_sans_maitrise, corpus.debut)
        _rien(par_forme, f"tarif de {code}")
        bases[code] = _particuliere(acte.bases, ("facture.opposable", "medecin.maitrise"), f"base de {code}", corpus)
        propres[code] = _particuliere(acte.taux, (), f"taux de {code}", corpus)
    acces, age_parcours, age_acces = _parcours(corpus)
    options = _options(corpus)
    vues = {s for valeurs in tarifs["par_specialite"].values() for s in valeurs} | {
        s for v in acces.values() for s in v
    }
    specialites = ("autre", *sorted(vues))
    for code, valeurs in tarifs["par_specialite"].items():
        rien = {temps.iso(corpus.debut): {"value": AUCUN}}
        tarifs["par_specialite"][code] = {s: valeurs.get(s, rien) for s in specialites}
    _exonerations(corpus)
    parametres: dict[str, Any] = {
        "tarifs": tarifs,
        "bases": {"depassee_sans_maitrise": bases},
        "taux": {"propre": propres, **_taux(corpus)},
        "ages": {nom: {temps.iso(corpus.debut): {"value": v}} for nom, v in (
            ("parcours", age_parcours), ("acces_de", age_acces[0]), ("acces_a", age_acces[1]),
            ("tarif_sans_maitrise", _seul(age_sans_maitrise, "l'âge du tarif sans maîtrise")),
        )},
    }  # fmt: skip
    jours = {temps.jour(jour) for jour in _jours(parametres)}
    debut = max((j for j in jours if j <= du), default=du)
    periodes = tuple(temps.iso(j) for j in sorted({debut, *(j for j in jours if du < j <= au)}))
    return Loi(parametres, specialites, options, acces, periodes)


# --- Les tarifs --------------------------------------------------------------------------------------------------
Cellule = dict[str, Ensemble]
Formes = dict[tuple[str, ...], list[tuple[LigneTable, Cellule]]]


def _par_forme(table: Table | None) -> Formes:
    """Les lignes qui valent en métropole, rangées par ce qu'elles distinguent d'autre."""
    formes: Formes = {}
    for ligne in table.lignes if table is not None else ():
        cellule = dict(ligne.cellule)
        territoire = cellule.pop("medecin.territoire", None)
        if territoire is None or territoire.teste(TERRITOIRE):
            formes.setdefault(tuple(sorted(cellule)), []).append((ligne, cellule))
    return formes


def _serie(lignes: list[tuple[LigneTable, Cellule]], debut: int, sinon: int = AUCUN) -> Serie:
    """Les valeurs datées de ces lignes ; ``sinon`` avant, après et entre elles."""
    valeurs: dict[int, int] = {debut: sinon}
    for ligne, _ in sorted(lignes, key=lambda paire: paire[0].periode(EFFECTIF)[0]):
        du, au = ligne.periode(EFFECTIF)
        if not isinstance(ligne.valeur, int):
            raise CorpusChange(f"la ligne {ligne.id} n'a pas de valeur")
        valeurs[max(du, debut)] = ligne.valeur
        if au < temps.INFINI:
            valeurs[au] = sinon
    return {temps.iso(jour): {"value": valeur} for jour, valeur in valeurs.items()}


def _par_specialite(lignes: list[tuple[LigneTable, Cellule]], debut: int) -> dict[str, Serie]:
    par_specialite: dict[str, list[tuple[LigneTable, Cellule]]] = {}
    for ligne, cellule in lignes:
        for specialite in _mots(cellule["medecin.specialite"]):
            par_specialite.setdefault(specialite, []).append((ligne, cellule))
    return {specialite: _serie(siennes, debut) for specialite, siennes in par_specialite.items()}


def _sans_maitrise(par_forme: Formes, ages: set[int], debut: int) -> Serie:
    """Le tarif hors maîtrise, sauf pour un patient protégé (CMU-C, ACS) sous un âge : trois cellules, une valeur."""
    m, c, a, age = "medecin.maitrise", "patient.exonerations.cmuc", "patient.exonerations.acs", "patient.age_mois"
    attendues = {
        tuple(sorted((m, c, a))): {m: "non", c: "non", a: "non"},
        tuple(sorted((m, c, age))): {m: "non", c: "oui"},
        tuple(sorted((m, c, a, age))): {m: "non", c: "non", a: "oui"},
    }
    trouvees = [par_forme.pop(forme, []) for forme in attendues]
    if not any(trouvees):
        return _serie([], debut)
    series = [_serie(lignes, debut) for lignes in trouvees]
    for lignes, mots in zip(trouvees, attendues.values(), strict=True):
        for ligne, cellule in lignes:
            if any(_mots(cellule[fait]) != {mot} for fait, mot in mots.items()):
                raise CorpusChange(f"la ligne {ligne.id} ne distingue plus les mêmes cas")
            if age in cellule:
                ages.add(_plage(cellule[age])[0])
    if any(serie != series[0] for serie in series):
        raise CorpusChange("les tarifs hors maîtrise n'ont plus la même valeur")
    return series[0]


def _particuliere(table: Table | None, forme: tuple[str, ...], quoi: str, corpus: Corpus) -> Serie:
    """Une base ou un taux propres à l'acte, qui ne distinguent que ces faits (tous à « non »)."""
    par_forme = _par_forme(table)
    lignes = par_forme.pop(forme, [])
    if any(_mots(ensemble) != {"non"} for _, cellule in lignes for ensemble in cellule.values()):
        raise CorpusChange(f"{quoi} : la cellule n'est plus celle attendue")
    _rien(par_forme, quoi)
    return _serie(lignes, corpus.debut)


# --- Les taux ----------------------------------------------------------------------------------------------------
def _taux(corpus: Corpus) -> dict[str, dict[str, Serie]]:
    """Le taux général, hors Alsace-Moselle, par parcours et par exonération."""
    taux: dict[str, dict[str, Serie]] = {"dans": {}, "hors": {}}
    for ligne in corpus.tables["taux_remboursement"].lignes:
        cellule = dict(ligne.cellule)
        regime = cellule.pop("patient.alsace_moselle", None)
        if regime is not None and not regime.teste("non"):
            continue
        exonerations = _mots(cellule.pop("ligne.exoneration"))
        parcours = _mots(cellule.pop("ligne.parcours", Choix(frozenset(taux))))
        if cellule:
            raise CorpusChange(f"la ligne {ligne.id} distingue {', '.join(cellule)}")
        du, au = ligne.periode(EFFECTIF)
        valeur = ligne.valeur if isinstance(ligne.valeur, int) else INCONNU
        for p in parcours:
            for exoneration in exonerations:
                serie = taux[p].setdefault(exoneration, {})
                serie[temps.iso(max(du, corpus.debut))] = {"value": valeur}
                if au < temps.INFINI:
                    serie.setdefault(temps.iso(au), {"value": INCONNU})
    return taux


def _derive(corpus: Corpus, nom: str) -> Iterator[tuple[Cellule, Any]]:
    for cas in corpus.vocabulaire.faits[nom].derive:
        yield ({t.fait: t.ensemble for t in tests_de(cas.si)} if cas.si is not None else {}), cas.valeur


def _parcours(corpus: Corpus) -> tuple[dict[str, frozenset[str]], int, tuple[int, int]]:
    """Les accès spécifiques et leurs spécialités, l'âge sous lequel on est dans le parcours, celui d'un accès."""
    acces: dict[str, frozenset[str]] = {}
    ages: set[int] = set()
    bornes: set[tuple[int, int]] = set()
    for faits, valeur in _derive(corpus, "ligne.parcours"):
        match sorted(faits), valeur:
            case ["contexte.parcours"], "dans":
                pass
            case ["patient.age_mois"], "dans":
                ages.add(_plage(faits["patient.age_mois"])[1])
            case [("contexte.urgence" | "contexte.eloignement")], "dans":
                pass
            case ["contexte.acces_specifique", "medecin.specialite", *reste], "dans":
                for mot in _mots(faits["contexte.acces_specifique"]):
                    acces[mot] = frozenset(_mots(faits["medecin.specialite"]))
                    if reste == ["patient.age_mois"]:
                        bornes.add(_plage(faits["patient.age_mois"]))
            case [], "hors":
                pass
            case _:
                raise CorpusChange(f"ligne.parcours lit {', '.join(faits)}")
    return acces, _seul(ages, "l'âge du parcours"), _seul(bornes, "l'âge d'un accès spécifique")


def _options(corpus: Corpus) -> tuple[str, ...]:
    """Les options de pratique tarifaire maîtrisée."""
    for faits, valeur in _derive(corpus, "medecin.maitrise"):
        if list(faits) == ["medecin.option"] and valeur == "oui":
            return tuple(sorted(_mots(faits["medecin.option"])))
    raise CorpusChange("medecin.maitrise ne lit plus l'option")


def _exonerations(corpus: Corpus) -> None:
    """Des exonérations du lot, seules l'invalidité (à 100 %) et l'ALD en rapport exonèrent la ligne, dans cet ordre."""
    attendues = [
        (["patient.exonerations.invalidite"], "totale"),
        (["acte.lien_ald", "patient.exonerations.ald"], "ald"),
    ]
    portees = {f"patient.exonerations.{nom}" for nom in EXONERATIONS}
    lues = [(sorted(f), valeur) for f, valeur in _derive(corpus, "ligne.exoneration") if not portees.isdisjoint(f)]
    if lues != attendues:
        raise CorpusChange(f"ligne.exoneration lit {lues}")


# --- Petits outils -----------------------------------------------------------------------------------------------
def _mots(ensemble: Ensemble) -> frozenset[str]:
    if not isinstance(ensemble, Choix):
        raise CorpusChange(f"une liste de valeurs était attendue : {ensemble}")
    return ensemble.valeurs


def _plage(ensemble: Ensemble) -> tuple[int, int]:
    if not isinstance(ensemble, Plages) or len(ensemble.plages) != 1:
        raise CorpusChange(f"un seul intervalle était attendu : {ensemble}")
    return ensemble.plages[0]


def _seul(valeurs: set[Any], quoi: str) -> Any:
    if len(valeurs) != 1:
        raise CorpusChange(f"{quoi} : {sorted(valeurs)}")
    return next(iter(valeurs))


def _rien(par_forme: Formes, quoi: str) -> None:
    if par_forme:
        raise CorpusChange(f"{quoi} : distingue aussi {sorted(par_forme)}")


def _jours(noeud: dict[str, Any]) -> Iterator[str]:
    for cle, valeur in noeud.items():
        if "value" in valeur:
            yield cle
        else:
            yield from _jours(valeur)
