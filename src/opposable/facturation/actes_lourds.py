"""La participation sur les actes lourds : elle remplace le ticket modérateur d'un acte technique au-dessus du seuil.

Les codes « Exo TM » de la CCAM disent comment chaque acte compte : 1, les tarifs s'additionnent et toute la facture est
exonérée ; 2, l'acte se compare seul au seuil ; 5 ou rien, le seuil ne joue pas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opposable.facturation.facture import Facture, LigneFacture

_SEUIL: Final = "seuil_actes_lourds"
_MONTANT: Final = "participation_actes_lourds"
_DUE: Final = "participation_actes_lourds_due"
_ADDITIONNE: Final = "1"
_SEUL: Final = "2"


def exonerer(facture: Facture) -> None:
    """Marque les lignes que le seuil exonère : certaines (``True``) ou peut-être (``None``)."""
    techniques = [x for x in facture.lignes if x.existe and x.acte.technique and x.survit is not False]
    if not techniques:
        return
    seuil = facture.table(_SEUIL)
    additionnes = [x for x in techniques if _ADDITIONNE in _codes(x)]
    for ligne in facture.lignes:
        if not ligne.existe:
            continue
        seule = facture.au_plus(seuil, ligne.tarif()) if ligne in techniques and _SEUL in _codes(ligne) else False
        ligne.lourde = facture.ou(seule, _ensemble(facture, seuil, additionnes, ligne))


def _ensemble(facture: Facture, seuil: int | None, additionnes: list[LigneFacture], ligne: LigneFacture) -> bool | None:
    """Les actes qui s'additionnent atteignent-ils le seuil, si cette ligne est acceptée ?"""
    if not additionnes:
        return False
    tarifs = {x.rang: facture.fois(x.tarif(), x.nombre("acte.quantite")) for x in additionnes}
    sures = [x.rang for x in additionnes if x.survit is True or x is ligne]
    au_moins = facture.au_plus(seuil, facture.somme(tarifs[rang] for rang in sures))
    if au_moins:
        return True
    au_plus = facture.au_plus(seuil, facture.somme(tarifs.values()))
    return False if au_plus is False else None


def _codes(ligne: LigneFacture) -> frozenset[str]:
    table = ligne.acte.exoneration_tm
    valeur = table.choisir(ligne.fait, ligne.jour, ligne.calendrier).valeur if table is not None else None
    return frozenset(valeur.split("-")) if isinstance(valeur, str) else frozenset()


def participation(facture: Facture, lignes: list[LigneFacture]) -> int | None:
    """La participation de la facture, une fois : zéro si aucun acte ne la doit, ``None`` si l'on ne sait pas."""
    lourdes = [ligne for ligne in lignes if ligne.lourde is not False and ligne.acte.technique]
    if not lourdes:
        return 0
    dues = {_due(ligne) for ligne in lourdes}
    if dues == {False}:
        return 0
    return facture.table(_MONTANT) if True in dues else None


def _due(ligne: LigneFacture) -> bool | None:
    propre = ligne.acte.participation_lourde
    if propre is not None and propre.choisir(ligne.fait, ligne.jour, ligne.calendrier).valeur == "non":
        return False
    mot = ligne.mot(_DUE)
    if mot == "non":
        return False
    return None if mot is None or ligne.lourde is None else True
