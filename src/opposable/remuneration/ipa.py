"""La coopération avec une infirmière en pratique avancée libérale (système 22) : un montant par palier de patients."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """La rémunération, le jour du calcul et l'année du versement."""
    montant(k)
    calcule_au(k)
    versee_en(k)


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le montant du palier que les patients orientés atteignent."""
    return k.table("ipa_montant")


@etape("date")
def calcule_au(k: Calcul) -> int | None:
    """Le jour où les patients sont comptés."""
    return k.moins(k.fin, k.table("ipa_jour_calcul"))


@etape("entier")
def versee_en(k: Calcul) -> int | None:
    """L'année où la rémunération est versée."""
    return k.plus(k.annee(), k.table("ipa_annees_versement"))
