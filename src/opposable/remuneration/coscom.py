"""Le contrat de stabilisation et de coordination (système 29) : un forfait annuel, l'hôpital, les stagiaires.

Ce que le texte ne tranche pas (une année entamée, une reconduction après 2025, les suppléments du secteur 2, une
majoration régionale) laisse deux bornes ; la rémunération n'est connue que si elles se rejoignent.
"""

from __future__ import annotations

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX, prorata
from opposable.remuneration.contrats_de_zone import (
    Bornes,
    au_prorata,
    borne,
    certain,
    entame,
    fourchette,
    jours_dans_l_annee,
    jours_de_l_annee,
    part_opposable,
    premier_jour,
    resiliation,
    signature,
    signe,
    terme_reconduit,
)

_COMPTE, _SELON_LA_REGION, _PRORATA_ANNEE = "compte", "selon_la_region", "prorata_annee"


def calculer(k: Calcul) -> None:
    """La rémunération de l'année et ses bornes, ce qui la compose, et le terme du contrat."""
    montant(k)
    au_moins(k)
    au_plus(k)
    forfait(k)
    hopital(k)
    stagiaires(k)
    part_retenue(k)
    jours(k)
    if terme_en_cours(k) >= premier_jour(k):
        k.verse(terme_en_cours(k), None, "terme du contrat de stabilisation et de coordination")


# La durée.


@etape("oui_non")
def dans_le_contrat(k: Calcul) -> Valeur:
    """L'année a un jour entre la signature et la résiliation."""
    if not signe(k):
        return None
    return k.oui_non(signature(k) < k.fin and resiliation(k) > premier_jour(k))


@etape("oui_non")
def premiere_annee_entamee(k: Calcul) -> Valeur:
    """Le contrat est signé après le 1er janvier de l'année."""
    if not signe(k):
        return None
    return k.oui_non(entame(k))


@etape("date")
def terme_en_cours(k: Calcul) -> int:
    """Le terme du contrat, reconduit tant que le texte le reconduit."""
    return terme_reconduit(k, "coscom_duree", "coscom_reconduction")


@etape("oui_non")
def reconduction_en_doute(k: Calcul) -> Valeur:
    """Le terme passe dans l'année ou avant, et rien ne dit que le contrat se reconduit."""
    if not signe(k):
        return None
    return k.oui_non(terme_en_cours(k) < min(k.fin, resiliation(k)))


@etape("entier")
def jours(k: Calcul) -> int:
    """Les jours de l'année que le contrat couvre sûrement."""
    return jours_dans_l_annee(k, signature(k), min(_fin(k), terme_en_cours(k)))


def _jours_au_plus(k: Calcul) -> int:
    """Les jours de l'année si elle est due entière, et si le contrat est reconduit."""
    return jours_dans_l_annee(k, premier_jour(k) if entame(k) else signature(k), _fin(k))


def _fin(k: Calcul) -> int:
    """Le jour de la résiliation, quand elle réduit l'année ; sinon la fin de l'année."""
    return resiliation(k) if k.mot("coscom_resiliation") == _PRORATA_ANNEE else k.fin


# Les montants d'une année entière.


@etape("montant")
def forfait(k: Calcul) -> int | None:
    """Le forfait annuel ; celui que le contrat fixe s'il est majoré."""
    return certain(_forfait(k))


@etape("montant")
def hopital(k: Calcul) -> int | None:
    """La majoration annuelle, si une partie de l'activité est faite en hôpital de proximité."""
    return certain(_hopital(k))


@etape("montant")
def stagiaires(k: Calcul) -> int | None:
    """Les mois de stage, chacun à sa quotité, au montant d'un mois à temps plein."""
    return certain(_stagiaires(k))


@etape("taux")
def part_retenue(k: Calcul) -> int | None:
    """Le tout en secteur 1 ; le taux d'activité au tarif opposable en secteur 2."""
    return part_opposable(k, "coscom_secteur")


@etape("oui_non")
def supplements_en_doute(k: Calcul) -> Valeur:
    """L'hôpital ou les stagiaires d'un médecin dont le forfait est réduit : le texte ne dit pas s'ils le sont aussi."""
    if k.fait("hopital_de_proximite") != "oui" and (_stagiaires(k) or (0, 0))[1] == 0:
        return "non"
    part = part_retenue(k)
    return None if part is None else k.oui_non(part < UNITE_TAUX)


def _forfait(k: Calcul) -> Bornes | None:
    return fourchette(k, "coscom_forfait", "forfait_majore")


def _hopital(k: Calcul) -> Bornes | None:
    return fourchette(k, "coscom_hopital", "hopital_majore") if k.fait("hopital_de_proximite") == "oui" else (0, 0)


def _stagiaires(k: Calcul) -> Bornes | None:
    if not k.liste("stages"):
        return 0, 0
    mois = fourchette(k, "coscom_stagiaire", "stagiaire_majore")
    stages = [_stage(k, stage, mois) for stage in k.liste("stages")]
    return None if mois is None else (sum(bas for bas, _ in stages), sum(haut for _, haut in stages))


def _stage(k: Calcul, stage: Element, mois: Bornes | None) -> Bornes:
    """Ce qu'un stage rapporte ; rien au moins si la région doit l'intégrer et que nul ne dit qu'elle le fait."""
    duree, quotite = stage.nombre("stages.mois"), stage.nombre("stages.quotite")
    bas, haut = (prorata(un * (duree or 0), quotite or 0, UNITE_TAUX) for un in mois or (0, 0))
    mot = stage.mot("coscom_stage")
    compte = k.fait("saspas_regional") if mot == _SELON_LA_REGION else ("oui" if mot == _COMPTE else "non")
    return (bas if compte == "oui" else 0), (0 if compte == "non" else haut)


# La rémunération.


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le forfait et l'hôpital, au prorata des jours, et les stagiaires ; réduits en secteur 2."""
    return certain(_bornes(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """La lecture la moins favorable : les seuls jours certains, et toute l'aide réduite en secteur 2."""
    return borne(_bornes(k), 0)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """La lecture la plus favorable : l'année entière, et le seul forfait réduit en secteur 2."""
    return borne(_bornes(k), 1)


def _bornes(k: Calcul) -> Bornes | None:
    forfaits, hopitaux, stages, part = _forfait(k), _hopital(k), _stagiaires(k), part_retenue(k)
    if forfaits is None or hopitaux is None or stages is None or part is None:
        return None
    annee, certains = jours_de_l_annee(k), jours(k)
    bas = au_prorata(forfaits[0] + hopitaux[0], part, certains, annee)
    bas += 0 if reconduction_en_doute(k) == "oui" else au_prorata(stages[0], part, annee, annee)
    haut = au_prorata(forfaits[1], part, _jours_au_plus(k), annee)
    haut += au_prorata(hopitaux[1], UNITE_TAUX, _jours_au_plus(k), annee) + stages[1]
    if part == UNITE_TAUX:
        haut = au_prorata(forfaits[1] + hopitaux[1], part, _jours_au_plus(k), annee) + stages[1]
    return bas, haut
