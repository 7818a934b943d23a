"""La sobriété des prescriptions (système 41) : un montant pour les plus sobres, si le seuil est connu."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX


def calculer(k: Calcul) -> None:
    """La rémunération, le ratio et l'année du versement."""
    montant(k)
    ratio(k)
    versee_en(k)


@etape("taux")
def ratio(k: Calcul) -> int | None:
    """Les prescriptions corrigées ÷ la moyenne nationale, arrondi par défaut."""
    return k.quotient(k.nombre("prescriptions"), k.nombre("moyenne_nationale"))


@etape("oui_non")
def parmi_les_plus_sobres(k: Calcul) -> Valeur:
    """Ce que la caisse a retenu ; sinon oui si le ratio exact tient dans le seuil donné, et jamais non.

    Un ratio plus haut n'exclut pas la rémunération : d'après la presse, sa baisse d'une année à l'autre suffit aussi.
    """
    dit = k.fait("retenu")
    if dit is not None:
        return dit
    limite = k.fois(k.nombre("moyenne_nationale"), k.table("sobriete_seuil"))
    return "oui" if k.au_plus(k.fois(k.nombre("prescriptions"), UNITE_TAUX), limite) else None


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le montant des prescripteurs les plus sobres."""
    return k.table("sobriete_montant")


@etape("entier")
def versee_en(k: Calcul) -> int | None:
    """L'année où la rémunération est versée."""
    return k.plus(k.annee(), k.table("sobriete_annees_versement"))
