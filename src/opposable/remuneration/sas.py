"""Le service d'accès aux soins (système 22) : le forfait de participation et les heures de régulation."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """Le total de l'année, ses deux parts, et ce que la participation exigeait."""
    total(k)
    heures_exigees(k)


@etape("montant", composante=True)
def participation(k: Calcul) -> int | None:
    """Le forfait de participation : dû si les trois conditions sont remplies."""
    return k.table("sas_participation")


@etape("montant", composante=True)
def regulation(k: Calcul) -> int | None:
    """Les heures de régulation, au montant d'une heure."""
    return k.fois(k.table("sas_regulation"), k.nombre("heures_regulation"))


@etape("entier")
def heures_exigees(k: Calcul) -> int | None:
    """Les heures hebdomadaires qu'il faut offrir pour la participation."""
    return k.table("sas_heures_exigees")


@etape("montant")
def total(k: Calcul) -> int | None:
    """La participation, quand elle se compte ici, et la régulation."""
    forfait = participation(k)
    ailleurs = k.choisir("sas_participation").etat == "hors"
    return regulation(k) if ailleurs else k.plus(forfait, regulation(k))
