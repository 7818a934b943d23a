"""Les consultations avancées (système 33) : un forfait par demi-journée, plafonné chaque mois."""

from __future__ import annotations

from typing import Any

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """Le forfait de l'année, mois par mois."""
    if "mois" not in k.listes:
        raise k.absent("mois", "il manque les demi-journées", "une liste de mois", '"mois": [{…}]')
    rangs = [mois.nombre("mois.rang") for mois in k.liste("mois")]
    for place, rang in enumerate(rangs):
        if rang in rangs[:place]:
            raise k.contredit(f"mois[{place}].rang", "ce mois est déjà dit", "un mois par ligne")
    montant(k)
    hors_plafond(k)
    detail(k)


@etape("entier")
def payees_du_mois(k: Calcul, place: int) -> int | None:
    """Les demi-journées d'un mois, dans la limite du plafond."""
    return k.min(k.liste("mois")[place].nombre("mois.demi_journees"), k.table("consultations_avancees_plafond"))


@etape("entier")
def payees(k: Calcul) -> int | None:
    """Les demi-journées payées dans l'année."""
    return k.somme([payees_du_mois(k, place) for place in range(len(k.liste("mois")))])


@etape("entier")
def hors_plafond(k: Calcul) -> int | None:
    """Les demi-journées faites au-delà du plafond de leur mois."""
    return k.moins(k.somme(mois.nombre("mois.demi_journees") for mois in k.liste("mois")), payees(k))


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Les demi-journées payées, au forfait d'une demi-journée."""
    return k.fois(k.table("consultations_avancees_forfait"), payees(k))


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque mois : ce qui est fait, ce qui est payé."""
    return [
        {
            "mois": mois.nombre("mois.rang"), "demi_journees": mois.nombre("mois.demi_journees"),
            "payees": payees_du_mois(k, place),
            "montant": k.fois(k.table("consultations_avancees_forfait"), payees_du_mois(k, place)),
        }
        for place, mois in enumerate(k.liste("mois"))
    ]  # fmt: skip
