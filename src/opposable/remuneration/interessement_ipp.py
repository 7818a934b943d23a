"""L'intéressement à la dé-prescription des IPP (système 40) : une part de l'économie, pendant trois ans."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.remuneration.interessement import economie, part_de


def calculer(k: Calcul) -> None:
    """Le partage de l'économie, et la fin du dispositif."""
    part(k)
    montant(k)
    part_assurance_maladie(k)
    fin(k)


@etape("taux")
def part(k: Calcul) -> int | None:
    """La part des médecins dans l'économie."""
    return k.table("ipp_part")


@etape("montant", composante=True)
def montant(k: Calcul) -> int | None:
    """L'économie × la part des médecins."""
    return part_de(k, part(k))


@etape("montant")
def part_assurance_maladie(k: Calcul) -> int | None:
    """Le reste de l'économie."""
    return k.moins(economie(k), montant(k))


@etape("date")
def fin(k: Calcul) -> int | None:
    """Le premier jour où le dispositif n'est plus : son démarrage et sa durée."""
    mois = k.table("ipp_duree")
    return None if mois is None else temps.plus_mois(k.dispositif.periode.du, mois)
