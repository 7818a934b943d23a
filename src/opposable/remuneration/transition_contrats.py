"""Un contrat démographique de 2016 autour du 31 décembre 2025 (système 32) : sa suite, ce qu'ouvre sa résiliation."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """Le contrat en cours, un nouveau contrat, et les mesures de 2026."""
    suite(k)
    adhesion(k)
    majoration_fmt(k)
    consultations_avancees(k)


@etape("texte")
def suite(k: Calcul) -> str | None:
    """Ce que devient le contrat en cours."""
    return _dit(k, "transition_suite")


@etape("texte")
def adhesion(k: Calcul) -> str | None:
    """Si un contrat de 2016 peut encore être signé ce jour-là."""
    return _dit(k, "transition_adhesion")


@etape("texte")
def majoration_fmt(k: Calcul) -> str | None:
    """Si la majoration du forfait médecin traitant en ZIP est ouverte."""
    return _dit(k, "transition_fmt")


@etape("texte")
def consultations_avancees(k: Calcul) -> str | None:
    """Si les consultations avancées sont ouvertes."""
    return _dit(k, "transition_consultations")


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
