"""La participation sur les actes lourds : elle remplace le ticket modérateur d'un acte technique au-dessus du seuil.

Les codes « Exo TM » de la CCAM disent comment chaque acte compte : 1, les tarifs s'additionnent et toute la facture est
exonérée ; 2, l'acte se compare seul au seuil ; 5 ou rien, le seuil ne joue pas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opposable.facturation.technique import modificateurs, tarif_technique

if TYPE_CHECKING:
    from opposable.facturation.facture import Facture, LigneFacture

SEUIL: Final = "seuil_actes_lourds"
MONTANT: Final = "participation_actes_lourds"
DUE: Final = "participation_actes_lourds_due"
ADDITIONNE: Final = "1"
SEUL: Final = "2"
TAUX: Final = "taux_actes_lourds"


def exonerer(facture: Facture) -> None:
    """Marque les lignes que le seuil exonère : certaines (``True``) ou peut-être (``None``)."""
    techniques = [x for x in facture.lignes if x.existe and x.acte.technique and x.survit is not False]
    if not techniques:
        return
    seuil = facture.table(SEUIL)
    additionnes = [x for x in techniques if ADDITIONNE in exonerations(x)]
    for ligne in facture.lignes:
        if not ligne.existe:
            continue
        seule = _seul(facture, seuil, ligne) if ligne in techniques and SEUL in exonerations(ligne) else False
        ligne.lourde = facture.ou(seule, _ensemble(facture, seuil, additionnes, ligne))


def _ensemble(facture: Facture, seuil: int | None, additionnes: list[LigneFacture], ligne: LigneFacture) -> bool | None:
    """Les actes qui s'additionnent atteignent-ils le seuil, si cette ligne est acceptée ?"""
    if not additionnes:
        return False
    if _atteint(facture, seuil, [x for x in additionnes if x.survit is True or x is ligne]):
        return True
    return False if _atteint(facture, seuil, additionnes) is False else None


def _atteint(facture: Facture, seuil: int | None, lignes: list[LigneFacture]) -> bool | None:
    """Le seuil est atteint par ces lignes. Aucun texte lu ne dit si les modificateurs comptent : les deux lectures."""
    avec = facture.au_plus(seuil, facture.somme(_en_tout(x, x.tarif()) for x in lignes))
    sans = facture.au_plus(seuil, facture.somme(_en_tout(x, sans_modificateurs(x)) for x in lignes))
    return avec if avec is sans else None


def _seul(facture: Facture, seuil: int | None, ligne: LigneFacture) -> bool | None:
    """Le seuil est atteint par cet acte, comparé seul : à son tarif unitaire, dans les deux lectures."""
    avec = facture.au_plus(seuil, ligne.tarif())
    sans = facture.au_plus(seuil, sans_modificateurs(ligne))
    return avec if avec is sans else None


def _en_tout(ligne: LigneFacture, tarif: int | None) -> int | None:
    return ligne.fois(tarif, ligne.nombre("acte.quantite"))


def sans_modificateurs(ligne: LigneFacture) -> int | None:
    """Le tarif unitaire de la ligne, ses modificateurs laissés de côté."""
    if ligne.sans_modificateurs is not None:
        return ligne.sans_modificateurs[0]
    tarif = ligne.tarif()
    if not modificateurs(ligne):
        return tarif
    valeur = ligne.tarif_choisi.valeur if ligne.tarif_choisi is not None else None
    return tarif_technique(ligne, valeur if isinstance(valeur, int) else None, modifie=False)


def exonerations(ligne: LigneFacture) -> frozenset[str]:
    """Les codes « Exo TM » de la ligne."""
    if ligne.exonerations is not None:
        return ligne.exonerations
    table = ligne.acte.exoneration_tm
    valeur = table.choisir(ligne.fait, ligne.jour, ligne.calendrier).valeur if table is not None else None
    return frozenset(valeur.split("-")) if isinstance(valeur, str) else frozenset()


def exempte(ligne: LigneFacture) -> bool:
    """L'acte ne doit jamais la participation, quel que soit le patient."""
    if ligne.exempte is not None:
        return ligne.exempte
    propre = ligne.acte.participation_lourde
    return propre is not None and propre.choisir(ligne.fait, ligne.jour, ligne.calendrier).valeur == "non"


def participation(facture: Facture, lignes: list[LigneFacture]) -> int | None:
    """La participation de la facture, une fois : zéro si aucun acte ne la doit, ``None`` si l'on ne sait pas."""
    doit = due(lignes)
    if doit is False:
        return 0
    return facture.table(MONTANT) if doit else None


def due(lignes: list[LigneFacture]) -> bool | None:
    """La participation est-elle due sur ces lignes d'une même facture ?"""
    dues = {_due(ligne) for ligne in lignes if ligne.lourde is not False and ligne.acte.technique}
    if dues <= {False}:
        return False
    return True if True in dues else None


def _due(ligne: LigneFacture) -> bool | None:
    if exempte(ligne):
        return False
    mot = ligne.mot(DUE)
    if mot == "non":
        return False
    return None if mot is None or ligne.lourde is None else True
