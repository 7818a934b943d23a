"""Les groupes d'amélioration des pratiques (système 42) : une indemnité par groupe."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """L'indemnité, et les heures passées."""
    montant(k)
    heures(k)


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Les groupes de l'année, à l'indemnité d'un groupe."""
    return k.fois(k.table("gap_indemnite"), k.nombre("groupes"))


@etape("entier")
def heures(k: Calcul) -> int | None:
    """Les groupes de l'année, à la durée d'un groupe."""
    return k.fois(k.table("gap_duree"), k.nombre("groupes"))
