"""Les actes techniques d'une même séance : combien se tarifent, dans quel ordre, et leurs modificateurs d'urgence.

Les actes se rangent par leur tarif hors modificateurs ; les gestes complémentaires et les suppléments n'en sont pas :
ils se tarifent à taux plein.
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
_IMAGERIE: Final = "imagerie"
MAXIMUM: Final = "ccam_association_maximum"
MAXIMUM_RADIOLOGIE: Final = "ccam_association_radiologie"
URGENCE: Final = "urgence"
_PREMIER: Final = "1"
_GESTES: Final = ("uncam-2005-gestes", "uncam-2005-sans-code")
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
    gestes = [x for x in facture.lignes if x.existe and x.acte.technique and x.acte.supplement]
    for geste in gestes:
        if geste.fait(ASSOCIATION) in _REDUITS | _A_PART:
            precision = "un geste ou un supplément se tarife à taux plein"
            _constate(geste, REFUSE, "ASSOCIATION_ORDRE", precision, gestes_=True)
    if len(restants) < 2:
        _seul(restants, gestes)
        return
    _nombre(facture, restants)
    _ordre(restants)


def _seul(restants: list[LigneFacture], gestes: list[LigneFacture]) -> None:
    """Un acte seul, ou avec un seul geste ou supplément, ne porte pas de code, sauf si l'autre acte est ailleurs."""
    for ligne in restants:
        if ligne.fait(ASSOCIATION) in _REDUITS:
            _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", "un seul acte technique sur cette facture")
    for ligne in (*restants, *gestes) if len(gestes) < 2 else ():
        if ligne.fait(ASSOCIATION) == _PREMIER:
            precision = "un acte seul, ou avec un seul geste ou supplément, ne porte pas de code"
            _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", precision, gestes_=True)


def _nombre(facture: Facture, restants: list[LigneFacture]) -> None:
    comptes = [ligne for ligne in restants if ligne.fait(ASSOCIATION) not in _A_PART]
    maximum = facture.choisir(MAXIMUM)
    if not isinstance(maximum.valeur, int) or len(comptes) <= maximum.valeur:
        return
    ranges = sorted(comptes, key=_rang)
    en_trop = ranges[maximum.valeur :]
    if any(_IMAGERIE in ligne.acte.familles for ligne in comptes):
        radiologie = facture.choisir(MAXIMUM_RADIOLOGIE)
        if radiologie.etat == "manquant" and radiologie.ligne is not None:
            for ligne in en_trop:
                _constate(ligne, A_VERIFIER, "ASSOCIATION_TROP_D_ACTES", radiologie.ligne.manquant, radiologie)
            return
    for ligne in en_trop:
        precision = f"{maximum.valeur} au plus, gestes complémentaires et suppléments à part"
        _constate(ligne, REFUSE, "ASSOCIATION_TROP_D_ACTES", precision, maximum)


def _ordre(restants: list[LigneFacture]) -> None:
    premiers = [ligne for ligne in restants if ligne.fait(ASSOCIATION) == _PREMIER]
    for ligne in restants:
        if ligne.fait(ASSOCIATION) == "aucune":
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "aucun code, alors que d'autres actes techniques l'entourent")
    if not premiers and all(ligne.fait(ASSOCIATION) in _REDUITS for ligne in restants):
        for ligne in restants:
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "l'acte au tarif le plus élevé porte le code 1")
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


def _constate(
    ligne: LigneFacture,
    etat: str,
    motif: str,
    precision: str,
    choisie: Choisie | None = None,
    *,
    gestes_: bool = False,
) -> None:
    lue = choisie if choisie is not None else ligne.choisir("ccam_association")
    sources = lue.ligne.sources if lue.ligne is not None else ()
    if gestes_:
        sources = tuple(ligne.corpus.passages[nom] for nom in _GESTES)
    ligne.constate(Constat(motif, etat, (ASSOCIATION,), sources, precision=precision))
