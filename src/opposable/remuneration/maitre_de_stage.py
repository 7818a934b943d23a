"""Le maître de stage universitaire (système 22) : un montant par an, selon la zone."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """La rémunération de l'année."""
    montant(k)


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le montant de l'année, selon que le médecin est installé en ZIP ou non."""
    return k.table("maitre_de_stage_montant")
