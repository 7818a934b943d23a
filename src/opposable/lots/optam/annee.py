"""Une année d'actes en sommes de mois : honoraires, dépassements, tarif opposable, remboursements des deux côtés."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opposable.droit.erreurs import ErreurEntree
from opposable.lots.optam.cotation import SANS_OPTION, Cotee, Coteur, Reponse, inconnu
from opposable.lots.optam.lignes import Comptes, Ligne, Mois

_SANS_TARIF: Final = "PARAMETRE_MANQUANT"
_SANS_TARIF_DIT: Final = "les textes lus ne donnent pas le tarif de cet acte à cette date"
_SANS_REMBOURSEMENT: Final = "REMBOURSEMENT_INCONNU"
_SANS_REMBOURSEMENT_DIT: Final = (
    "le remboursement n'est pas connu : dire le parcours de soins (colonne « parcours », ou « contexte » pour tous)"
)
_MELANGEE: Final = "FACTURE_DISPERSEE"


@dataclass(slots=True)
class Annee:
    """Ce que les lignes donnent. ``mois`` : de 1 à 12, ceux qui ont une ligne."""

    mois: dict[int, Mois] = field(default_factory=dict)
    lignes: int = 0
    factures: int = 0
    retenues: int = 0
    a_verifier: int = 0
    conditions: Comptes = field(default_factory=Comptes)
    non_tarifes: Comptes = field(default_factory=Comptes)
    non_compares: Comptes = field(default_factory=Comptes)


def sommer(coteur: Coteur, lignes: Sequence[Ligne], option: str) -> Annee:
    """Les sommes de l'année. :class:`ErreurEntree` si un fait d'une ligne ne convient pas."""
    annee = Annee(lignes=len(lignes))
    coteur.preparer({ligne.code for ligne in lignes})
    for facture in _factures(lignes):
        annee.factures += 1
        _facture(annee, coteur, facture, option)
    return annee


def _factures(lignes: Sequence[Ligne]) -> Iterable[list[Ligne]]:
    """Les lignes réunies par numéro de facture ; une ligne sans numéro est seule."""
    reunies: dict[tuple[str, int, int], list[Ligne]] = {}
    jours: dict[str, Ligne] = {}
    for ligne in lignes:
        if not ligne.facture:
            reunies["", 0, ligne.rang] = [ligne]
            continue
        premiere = jours.setdefault(ligne.facture, ligne)
        if premiere.jour != ligne.jour:
            raise ErreurEntree(
                _MELANGEE, f"la facture « {ligne.facture[:40]} » est aussi datée du {premiere.date}",
                ou=f"actes[{ligne.rang}].date", attendu="un numéro par facture, d'un seul jour",
            )  # fmt: skip
        reunies.setdefault((ligne.facture, ligne.jour, ligne.signe), []).append(ligne)
    return reunies.values()


def _facture(annee: Annee, coteur: Coteur, lignes: list[Ligne], option: str) -> None:
    dedans = dehors = None
    faute: ErreurEntree | None = None
    try:
        dedans = coteur.coter(lignes, option)
    except ErreurEntree as erreur:
        if not inconnu(erreur):
            raise
        faute = erreur
    mois = annee.mois.setdefault(int(lignes[0].date[5:7]), Mois())
    tarifees = [_tarifee(annee, ligne, dedans.lignes[r] if dedans else None, faute) for r, ligne in enumerate(lignes)]
    tenues = [(ligne, *t) for ligne, t in zip(lignes, tarifees, strict=True) if t is not None]
    opposable = all(depassement == 0 for _, _, depassement, _ in tenues)
    for ligne, base, depassement, supplement in tenues:
        mois.honoraires = (mois.honoraires or 0) + ligne.signe * (base + depassement)
        mois.remboursables += ligne.signe * base
        mois.depassements += ligne.signe * depassement
        mois.opposables += ligne.signe * base if opposable else 0
        mois.actes += 0 if supplement else ligne.signe
        mois.actes_opposables += ligne.signe if opposable and not supplement else 0
    if dedans is not None and tenues:
        dehors = coteur.coter(lignes, SANS_OPTION, lettres=option if opposable else SANS_OPTION)
    _comparer(annee, mois, lignes, dedans, dehors, faute)


def _tarifee(
    annee: Annee, ligne: Ligne, cotee: Cotee | None, faute: ErreurEntree | None
) -> tuple[int, int, bool] | None:
    """La base, le dépassement, et si c'est un supplément ; rien si la ligne n'est pas tarifable : elle est comptée."""
    if ligne.tarif is not None:
        base = min(ligne.honoraires, ligne.tarif)
        annee.retenues += 1
        return base, ligne.honoraires - base, cotee is not None and cotee.supplement
    if cotee is None or cotee.base is None or cotee.depassement is None:
        code, message = (faute.code, faute.message) if faute is not None else (_SANS_TARIF, _SANS_TARIF_DIT)
        if cotee is not None and cotee.motif:
            code, message = cotee.motif, cotee.message
        annee.non_tarifes.compter(code, ligne.code, message, ligne.signe * ligne.honoraires)
        return None
    annee.retenues += 1
    if cotee.statut == "a_verifier":
        annee.a_verifier += 1
        annee.conditions.compter(cotee.doute[0], ligne.code, cotee.doute[1], ligne.signe * ligne.honoraires)
    return cotee.base, cotee.depassement, cotee.supplement


def _comparer(
    annee: Annee, mois: Mois, lignes: list[Ligne], dedans: Reponse | None, dehors: Reponse | None,
    faute: ErreurEntree | None,
) -> None:  # fmt: skip
    """Ajoute ce que le patient reçoit des deux côtés ; sinon, compte la facture : elle ne se compare pas."""
    signe = lignes[0].signe
    honoraires, acte = signe * sum(ligne.honoraires for ligne in lignes), lignes[0].code
    if dedans is None or dehors is None:
        code, message = (faute.code, faute.message) if faute is not None else (_SANS_TARIF, _SANS_TARIF_DIT)
        annee.non_compares.compter(code, acte, message, honoraires)
        return
    refus = next((c for r in (dedans, dehors) for c in r.lignes if c.motif and not c.supplement), None)
    if refus is not None:
        annee.non_compares.compter(refus.motif, acte, refus.message, honoraires)
    elif not (dedans.comparable and dehors.comparable):
        annee.non_compares.compter(_SANS_REMBOURSEMENT, acte, _SANS_REMBOURSEMENT_DIT, honoraires)
    else:
        mois.compares += signe
        mois.dedans += signe * (dedans.rembourse or 0)
        mois.dehors += signe * (dehors.rembourse or 0)
        mois.base_dedans += signe * (dedans.base or 0)
        mois.base_dehors += signe * (dehors.base or 0)
