"""Les actes techniques d'une même séance : combien se tarifent, dans quel ordre, et leurs modificateurs d'urgence.

Les actes se rangent par leur tarif hors modificateurs. Les gestes complémentaires et les suppléments se tarifent à taux
plein ; les suppléments viennent en sus, et le texte compte les gestes parmi les actes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from opposable.droit.constat import A_VERIFIER, INCONNU, REFUSE, Constat
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import Choisie
from opposable.facturation.technique import ASSOCIATION, DES_GESTES, modificateurs

if TYPE_CHECKING:
    from opposable.facturation.facture import Facture, LigneFacture

FAMILLE: Final = "acte_technique"
GESTE: Final = "geste_complementaire"
"""Les gestes que leur chapitre dit complémentaires ; un supplément n'en est pas un."""
_IMAGERIE: Final = "imagerie"
_INTERVENTIONNELLE: Final = "imagerie_interventionnelle"
MAXIMUM: Final = "ccam_association_maximum"
MAXIMUM_RADIOLOGIE: Final = "ccam_association_radiologie"
GESTES_COMPTES: Final = "ccam_gestes_comptes"
_URGENCE: Final = "urgence"
_PREMIER: Final = "premier"
_REDUITS: Final = "reduits"
_A_PART: Final = "a_part"
_TROP_D_ACTES: Final = "ASSOCIATION_TROP_D_ACTES"


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
        _code_d_un_geste(geste)
    if len(restants) < 2:
        _seul(restants, gestes)
        return
    _nombre(facture, restants)
    _ordre(restants, prevue=not gestes and _prevue(restants))


def gestes_en_trop(facture: Facture) -> None:
    """Les gestes complémentaires au-delà du nombre d'actes qui se tarifent ensemble ; les moins chers le sont d'abord.

    Après les suppléments : un geste que nul acte n'admet est déjà refusé, et ne compte pas. Deux gestes pareils ont le
    même rang, le dernier des leurs.
    """
    gestes = [x for x in facture.lignes if x.existe and GESTE in x.acte.familles and _compte(x)]
    if not gestes:
        return
    actes = sum(_compte(ligne) for ligne in actes_techniques(facture))
    rangs = [actes + sum(_place(autre) <= _place(geste) for autre in gestes) for geste in gestes]
    lue = facture.choisir(GESTES_COMPTES)
    for ligne, etat, maximum in _au_dela(facture, zip(rangs, gestes, strict=True)):
        faits = facture.inconnus_de(maximum.possibles)
        if lue.etat == "manquant" and lue.ligne is not None:
            doute = A_VERIFIER if etat == REFUSE else INCONNU
            precision, sources = lue.ligne.manquant, lue.ligne.sources
            ligne.constate(Constat("TEXTE_NON_TRANCHE", doute, (ASSOCIATION, *faits), sources, precision=precision))
        elif lue.valeur == "oui":
            _de_trop(ligne, etat, maximum, faits)


def _code_d_un_geste(geste: LigneFacture) -> None:
    """Un geste ou un supplément ne porte pas de code réduit ; aucun texte lu ne lui donne un code à part."""
    if _code_parmi(geste, _REDUITS):
        _constate(
            geste, REFUSE, "ASSOCIATION_ORDRE", "un geste ou un supplément se tarife à taux plein", table=DES_GESTES
        )
    elif _code_parmi(geste, _A_PART):
        premier = ", ".join(sorted(_groupe(geste, _PREMIER)))
        precision = f"un geste ou un supplément se tarife à taux plein, sans code ou avec le code {premier}"
        _constate(geste, A_VERIFIER, "ASSOCIATION_ORDRE", precision, table=DES_GESTES)


def _seul(restants: list[LigneFacture], gestes: list[LigneFacture]) -> None:
    """Un acte seul, ou avec un seul geste ou supplément, ne porte pas de code, sauf si l'autre acte est ailleurs."""
    for ligne in restants:
        if _code_parmi(ligne, _REDUITS):
            _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", "un seul acte technique sur cette facture")
    for ligne in (*restants, *gestes) if len(gestes) < 2 else ():
        if _code_parmi(ligne, _PREMIER):
            precision = "un acte seul, ou avec un seul geste ou supplément, ne porte pas de code"
            _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", precision, table=DES_GESTES)


def _nombre(facture: Facture, restants: list[LigneFacture]) -> None:
    comptes = [ligne for ligne in restants if not _code_parmi(ligne, _A_PART)]
    en_trop = list(_au_dela(facture, enumerate(sorted(comptes, key=_rang), 1)))
    if en_trop and any(_IMAGERIE in ligne.acte.familles for ligne in comptes):
        radiologie = facture.choisir(MAXIMUM_RADIOLOGIE)
        if radiologie.etat == "manquant" and radiologie.ligne is not None:
            for ligne, _, _ in en_trop:
                manquant, sources = radiologie.ligne.manquant, radiologie.ligne.sources
                ligne.constate(Constat(_TROP_D_ACTES, A_VERIFIER, (ASSOCIATION,), sources, precision=manquant))
            return
    for ligne, etat, maximum in en_trop:
        _de_trop(ligne, etat, maximum, facture.inconnus_de(maximum.possibles))


def _au_dela(
    facture: Facture, rangees: Iterable[tuple[int, LigneFacture]]
) -> Iterator[tuple[LigneFacture, str, Choisie]]:
    """Les lignes dont le rang dépasse le nombre qui se tarife : refusées, ou en doute si la dérogation manque."""
    maximum = facture.choisir(MAXIMUM)
    lues = maximum.possibles or ((maximum.ligne,) if maximum.ligne is not None else ())
    permis = [ligne.valeur for ligne in lues if isinstance(ligne.valeur, int)]
    for rang, ligne in rangees:
        if permis and rang > min(permis):
            yield ligne, REFUSE if rang > max(permis) else INCONNU, maximum


def _de_trop(ligne: LigneFacture, etat: str, maximum: Choisie, faits: Sequence[str]) -> None:
    lues = (maximum.ligne,) if maximum.ligne is not None else maximum.possibles
    sources = tuple(source for lue in lues for source in lue.sources)
    nombres = " ou ".join(str(n) for n in sorted({lue.valeur for lue in lues if isinstance(lue.valeur, int)}))
    precision = f"{nombres} au plus, suppléments à part"
    ligne.constate(Constat(_TROP_D_ACTES, etat, (ASSOCIATION, *faits), sources, precision=precision))


def _prevue(restants: list[LigneFacture]) -> bool:
    """Deux actes, dont l'un d'imagerie interventionnelle : le texte dit de ne pas porter de code."""
    interventionnels = sum(_INTERVENTIONNELLE in ligne.acte.familles for ligne in restants)
    return interventionnels == 1 and len(restants) == 2


def _ordre(restants: list[LigneFacture], *, prevue: bool) -> None:
    premiers = [ligne for ligne in restants if _code_parmi(ligne, _PREMIER)]
    for ligne in restants:
        if ligne.fait(ASSOCIATION) == "aucune" and prevue:
            precision = "aucun code avec un acte d'imagerie interventionnelle : le texte le dit, sans dire le taux"
            _constate(ligne, A_VERIFIER, "ASSOCIATION_ORDRE", precision, table=DES_GESTES)
        elif ligne.fait(ASSOCIATION) == "aucune":
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "aucun code, alors que d'autres actes techniques l'entourent")
    if not premiers and all(_code_parmi(ligne, _REDUITS) for ligne in restants):
        for ligne in restants:
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "l'acte au tarif le plus élevé porte le code 1")
    if len(premiers) > 1:
        for ligne in premiers:
            _constate(ligne, REFUSE, "ASSOCIATION_ORDRE", "un seul acte porte le code 1")
        return
    for premier in premiers:
        nu = _nu(premier)
        plus_chers = [x for x in restants if _code_parmi(x, _REDUITS) and nu is not None and (_nu(x) or 0) > nu]
        for autre in plus_chers:
            precision = f"{autre.acte.code} a un tarif plus élevé que {premier.acte.code}"
            _constate(premier, REFUSE, "ASSOCIATION_ORDRE", precision)
            _constate(autre, REFUSE, "ASSOCIATION_ORDRE", precision)


def _urgences(facture: Facture, restants: list[LigneFacture]) -> None:
    """Un modificateur d'urgence ne se facture qu'une fois : l'acte au tarif le plus élevé le garde."""
    urgence = facture.corpus.vocabulaire.faits[MODIFICATEURS].groupes.get(_URGENCE, frozenset())
    porteurs = sorted((x for x in restants if not urgence.isdisjoint(modificateurs(x))), key=_rang)
    for ligne in porteurs[1:]:
        sources = facture.corpus.tables["ccam_modificateurs_maximum"].lignes[-1].sources
        ligne.constate(
            Constat("MODIFICATEUR_URGENCE_EN_DOUBLE", REFUSE, (MODIFICATEURS,), sources, autre=porteurs[0].acte.code)
        )


def _compte(ligne: LigneFacture) -> bool:
    """La ligne compte parmi celles de la séance : rien ne la refuse, et son code ne la met pas à part."""
    return ligne.survit is not False and not _code_parmi(ligne, _A_PART)


def _code_parmi(ligne: LigneFacture, groupe: str) -> bool:
    """Le code association dit est de ce groupe."""
    return ligne.fait(ASSOCIATION) in _groupe(ligne, groupe)


def _groupe(ligne: LigneFacture, groupe: str) -> frozenset[str]:
    return ligne.corpus.vocabulaire.faits[ASSOCIATION].groupes[groupe]


def _nu(ligne: LigneFacture) -> int | None:
    ligne.tarif()
    valeur = ligne.tarif_choisi.valeur if ligne.tarif_choisi is not None else None
    return valeur if isinstance(valeur, int) else None


def _place(ligne: LigneFacture) -> tuple[int, str]:
    """Du tarif hors modificateurs le plus élevé au plus bas, puis par code."""
    return -(_nu(ligne) or 0), ligne.acte.code


def _rang(ligne: LigneFacture) -> tuple[int, str, int]:
    """Ce qui range les lignes : leur place ; leur ordre ne départage que des actes pareils."""
    return *_place(ligne), ligne.rang


def _constate(ligne: LigneFacture, etat: str, motif: str, precision: str, *, table: str = "ccam_association") -> None:
    lue = ligne.choisir(table)
    sources = lue.ligne.sources if lue.ligne is not None else ()
    ligne.constate(Constat(motif, etat, (ASSOCIATION,), sources, precision=precision))
