"""Le dispositif ``medecin_traitant`` (système 50) : la déclaration, le changement, leur date d'effet."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import AVERTIT
from opposable.droit.ensemble import Valeur


def calculer(k: Calcul) -> None:
    """Ce que vaut la déclaration, puis ce qui l'entoure."""
    valable(k)
    voie(k)
    date_effet(k)
    effet(k)
    changement(k)
    notification(k)
    patient(k)
    appui(k)
    jour = date_effet(k)
    if jour is not None and valable(k) == "oui":
        k.verse(jour, None, "Le nouveau médecin traitant est déclaré")


@etape("oui_non")
def valable(k: Calcul) -> Valeur:
    """Oui si aucune condition ne refuse la déclaration ni ne la laisse en doute ; inconnu dans ce dernier cas."""
    for regle in k.dispositif.conditions:
        for fait in regle.condition.faits():
            k.fait(fait)
    return "oui" if all(constat.etat == AVERTIT for constat in k.constats) else None


@etape("texte")
def voie(k: Calcul) -> str | None:
    """Comment la déclaration se fait."""
    return _dit(k, "mt_voie")


@etape("date")
def date_effet(k: Calcul) -> int | None:
    """Le jour où la déclaration prend effet, quand un texte le donne."""
    return None if k.mot("mt_date_effet") is None else k.jour


@etape("texte")
def effet(k: Calcul) -> str | None:
    """Comment cette date se fixe."""
    return _dit(k, "mt_date_effet")


@etape("texte")
def changement(k: Calcul) -> str | None:
    """Quand le patient peut changer de médecin traitant."""
    return _dit(k, "mt_changement")


@etape("texte")
def notification(k: Calcul) -> str | None:
    """La notification du changement."""
    return _dit(k, "mt_notification")


@etape("texte")
def patient(k: Calcul) -> str | None:
    """Le médecin traitant de l'enfant, ou d'un patient de seize ans et plus."""
    return _dit(k, "mt_patient")


@etape("texte")
def appui(k: Calcul) -> str | None:
    """L'appui donné à un patient qui ne trouve pas de médecin traitant."""
    return _dit(k, "mt_appui")


@etape("entier")
def age_en_mois(k: Calcul) -> Valeur:
    """L'âge du patient ce jour-là, en mois révolus ; un intervalle si seul l'âge est dit."""
    return k.age_mois("patient.date_naissance", "patient.age")


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
