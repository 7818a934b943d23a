"""Ce que les intéressements de la convention de 2024 ont en commun : une économie, partagée avec les médecins.

Les montants sont en centimes, les parts en dix-millièmes. Le mode de calcul d'une économie (annexe 18) n'est dans aucun
texte lu : elle est celle que la caisse a dite, ou elle manque.
"""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.montant import part_arrondie


@etape("montant")
def economie(k: Calcul) -> int | None:
    """L'économie que la caisse attribue aux prescriptions du médecin."""
    dite = k.nombre("economie")
    return dite if dite is not None else k.table("interessement_economie")


def part_de(k: Calcul, taux: int | None) -> int | None:
    """La part des médecins dans l'économie, au centime."""
    totale = economie(k)
    return None if totale is None or taux is None else part_arrondie(totale, taux)
