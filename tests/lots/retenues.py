"""Les participations déjà retenues à un patient, refaites facture par facture, dans l'ordre."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import CasFacture
from opposable.facturation.reponse import coter_cas
from opposable.facturation.strates import evaluer

PEU = 4
"""Aucun plafond n'est atteint par si peu de lignes."""
JOUR, ANNEE = "contexte.actes_meme_professionnel_jour", "patient.participations_annee"


@dataclass
class Facture:
    """Une facture du lot, de qui elle est, et ses comptes de fréquence."""

    nom: str
    patient: str | None
    medecin: str | None
    cas: CasFacture
    lignes: int


def retenir(corpus: Corpus, factures: Sequence[Facture], suivis: Sequence[str], *, strict: bool) -> None:
    """Pose dans chaque cas ce qui était déjà retenu, pour les plafonds ``suivis`` (« jour », « annee »)."""
    du_jour: dict[tuple[object, ...], tuple[int, int]] = {}
    de_l_annee: dict[tuple[object, ...], tuple[int, int]] = {}
    lignes: Counter[str | None] = Counter()
    for f in factures:
        lignes[f.patient] += f.lignes
    for f in sorted(factures, key=lambda f: (f.cas.jour, f.nom)):
        poses = {JOUR: 0, ANNEE: 0}
        f.cas = replace(f.cas, faits={**f.cas.faits, **{n: v for n, v in poses.items() if _suivi(n, suivis)}})
        if f.cas.signe < 0 or f.patient is None or lignes[f.patient] <= PEU:
            continue
        unitaire, plafond_jour, plafond = (_table(corpus, nom, f.cas.jour) for nom in TABLES)
        nombre, au_plus = _dus(corpus, f, strict=strict)
        cle = (f.patient, f.medecin, f.cas.jour)
        bas, haut = du_jour.get(cle, (0, 0)) if f.medecin is not None else (0, 0)
        dues = {min(unitaire * (nombre or 0), max(plafond_jour - unitaire * deja, 0)) for deja in (bas, haut)}
        if "jour" in suivis:
            f.cas.faits[JOUR] = bas if len(dues) == 1 else None
        du_jour[cle] = bas + (nombre or 0), haut + au_plus
        verse = _verse(corpus, f.cas, strict=strict)
        cle = (f.patient, temps.iso(f.cas.jour)[:4])
        bas, haut = de_l_annee.get(cle, (0, 0))
        restes = {min(verse or 0, plafond - min(deja, plafond)) for deja in (bas, haut)}
        if "annee" in suivis:
            f.cas.faits[ANNEE] = min(bas, plafond) if len(restes) == 1 or verse is None else None
        de_l_annee[cle] = bas + (verse or 0), haut + (unitaire * au_plus if verse is None else verse)


TABLES = ("participation_forfaitaire", "participation_plafond_jour", "participation_plafond_annee")


def _suivi(nom: str, suivis: Sequence[str]) -> bool:
    return {JOUR: "jour", ANNEE: "annee"}[nom] in suivis


def _table(corpus: Corpus, nom: str, jour: int) -> int:
    valeur = corpus.tables[nom].choisir(lambda _: None, jour, EFFECTIF).valeur
    assert isinstance(valeur, int)
    return valeur


def _dus(corpus: Corpus, facture: Facture, *, strict: bool) -> tuple[int | None, int]:
    """Les actes qui doivent une participation, et combien au plus."""
    evaluee = evaluer(corpus, facture.cas, EFFECTIF, strict=strict)
    dus = [x.fait("ligne.participation_due") for x in evaluee.lignes if not x.acte.supplement and x.survit is not False]
    return (None, facture.lignes) if None in dus else (dus.count("oui"), dus.count("oui"))


def _verse(corpus: Corpus, cas: CasFacture, *, strict: bool) -> int | None:
    total = coter_cas(corpus, cas, strict=strict, questions=False)["total_possible"]["participation_forfaitaire"]
    return None if total is None else int(Decimal(total) * 100)
