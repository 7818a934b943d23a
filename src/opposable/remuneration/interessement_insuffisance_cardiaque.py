"""L'accompagnement de l'insuffisance cardiaque (système 40) : à qui elle est ouverte ; son montant manque."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import AVERTIT


def calculer(k: Calcul) -> None:
    """L'ouverture, et le montant que la caisse a notifié."""
    ouverte(k)
    montant(k)


@etape("oui_non")
def ouverte(k: Calcul) -> str | None:
    """Le médecin remplit les conditions de spécialité et de secteur ; rien ne reste à préciser."""
    return None if any(constat.etat != AVERTIT for constat in k.constats) else "oui"


@etape("montant", composante=True)
def montant(k: Calcul) -> int | None:
    """Le montant que la caisse a notifié ; sinon le forfait, que les textes lus ne donnent pas."""
    notifie = k.nombre("notifie")
    return notifie if notifie is not None else k.table("insuffisance_cardiaque_forfait")
