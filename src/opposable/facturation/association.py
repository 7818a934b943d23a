"""Les actes techniques d'une même séance : combien se tarifent, dans quel ordre, et leurs modificateurs d'urgence.

Les actes se rangent par leur tarif hors modificateurs ; les gestes complémentaires et les suppléments n'en sont pas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opposable.droit.constat import A_VERIFIER, REFUSE, Constat
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import Choisie
from opposable.facturation.technique import ASSOCIATION, modificateurs

if TYPE_CHECKING:
    from opposable.facturation.facture import Facture, LigneFacture

FAMILLE: Final = "acte_technique"
MAXIMUM: Final = "ccam_association_maximum"
URGENCE: Final = "urgence"
_PREMIER: Final = "1"
_REDUITS: Final = frozenset({"2", "3"})
_A_PART: Final = frozenset({"4", "5"})


def actes_techniques(facture: Facture) -> list[LigneFacture]:
    """Les actes techniques en vigueur de la séance, gestes et suppléments à part."""
    return [x for x in facture.lignes if x.existe and FAMILLE in x.acte.familles]


def associations(facture: Facture) -> None:
    """Les actes techniques entre eux ; ne lit que ceux que rien ne refuse encore."""
    restants = [ligne for ligne in actes_techniques(facture) if ligne.survit is not False]
    if restants:
        _urgences(facture, restants)
    if len(restants) < 2:
        for ligne in restants:
            if ligne.fait(ASSOCIATION) in _REDUITS:
                _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", "un seul acte technique sur cette facture")
        return
    _nombre(facture, restants)
    _ordre(restants)


def _nombre(facture: Facture, restants: list[LigneFacture]) -> None:
    comptes = [ligne for ligne in restants if ligne.fait(ASSOCIATION) not in _A_PART]
    maximum = facture.choisir(MAXIMUM)
    if not isinstance(maximum.valeur, int) or len(comptes) <= maximum.valeur:
        return
    ranges = sorted(comptes, key=_rang)
    for ligne in ranges[maximum.valeur :]:
        precision = f"{maximum.valeur} au plus, gestes complémentaires et suppléments à part"
        _constate(ligne, REFUSE, "ASSOCIATION_TROP_D_ACTES", precision, maximum)


def _ordre(restants: list[LigneFacture]) -> None:
    premiers = [ligne for ligne in restants if ligne.fait(ASSOCIATION) == _PREMIER]
    for ligne in restants:
        if ligne.fait(ASSOCIATION) == "aucune":
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "aucun code, alors que d'autres actes techniques l'entourent")
    if len(premiers) > 1:
        for ligne in premiers:
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "un seul acte porte le code 1")
        return
    for premier in premiers:
        nu = _nu(premier)
        plus_chers = [x for x in restants if x.fait(ASSOCIATION) in _REDUITS and nu is not None and (_nu(x) or 0) > nu]
        for autre in plus_chers:
            precision = f"{autre.acte.code} a un tarif plus élevé que {premier.acte.code}"
            _constate(premier, REFUSE, "ASSOCIATION_ORDRE", precision)
            _constate(autre, REFUSE, "ASSOCIATION_ORDRE", precision)


def _urgences(facture: Facture, restants: list[LigneFacture]) -> None:
    """Un modificateur d'urgence ne se facture qu'une fois : l'acte au tarif le plus élevé le garde."""
    urgence = facture.corpus.vocabulaire.faits[MODIFICATEURS].groupes.get(URGENCE, frozenset())
    porteurs = sorted((x for x in restants if not urgence.isdisjoint(modificateurs(x))), key=_rang)
    for ligne in porteurs[1:]:
        sources = facture.corpus.tables["ccam_modificateurs_maximum"].lignes[-1].sources
        ligne.constate(
            Constat("MODIFICATEUR_URGENCE_EN_DOUBLE", REFUSE, (MODIFICATEURS,), sources, autre=porteurs[0].acte.code)
        )


def _nu(ligne: LigneFacture) -> int | None:
    ligne.tarif()
    valeur = ligne.tarif_choisi.valeur if ligne.tarif_choisi is not None else None
    return valeur if isinstance(valeur, int) else None


def _rang(ligne: LigneFacture) -> tuple[int, str, int]:
    """Du tarif hors modificateurs le plus élevé au plus bas ; l'ordre des lignes ne départage que des actes pareils."""
    return -(_nu(ligne) or 0), ligne.acte.code, ligne.rang


def _constate(ligne: LigneFacture, etat: str, motif: str, precision: str, choisie: Choisie | None = None) -> None:
    lue = choisie if choisie is not None else ligne.choisir("ccam_association")
    sources = lue.ligne.sources if lue.ligne is not None else ()
    ligne.constate(Constat(motif, etat, (ASSOCIATION,), sources, precision=precision))
