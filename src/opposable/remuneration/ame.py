"""La patientèle à l'AME (système 22) : un montant par an, si la patientèle est importante."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur


def calculer(k: Calcul) -> None:
    """La rémunération, et le jour des données."""
    montant(k)
    donnees_au(k)


@etape("oui_non")
def importante(k: Calcul) -> Valeur:
    """Ce que la caisse a reconnu ; sinon, les patients comparés au seuil, s'il est donné."""
    dit = k.fait("reconnue")
    return dit if dit is not None else k.oui_non(k.au_plus(k.table("ame_seuil"), k.nombre("patients_ame")))


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le montant de l'année pour une patientèle importante."""
    return k.table("ame_montant")


@etape("date")
def donnees_au(k: Calcul) -> int | None:
    """Le jour où les données sont observées."""
    return k.moins(k.jour, k.table("ame_jour_donnees"))
