"""L'intéressement à l'initiation des OAM (système 40) : un objectif collectif, puis une part de l'économie."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.remuneration.interessement import economie, part_de


def calculer(k: Calcul) -> None:
    """Le déclenchement, le partage de l'économie, et la fin du dispositif."""
    declenche(k)
    objectif(k)
    part(k)
    montant(k)
    part_assurance_maladie(k)
    fin(k)


@etape("taux")
def objectif(k: Calcul) -> int | None:
    """L'objectif collectif d'initiations de l'année."""
    return k.table("oam_objectif")


@etape("oui_non")
def declenche(k: Calcul) -> str | None:
    """Le taux collectif atteint l'objectif de l'année ; égal suffit."""
    atteint, vise = k.nombre("taux_collectif"), objectif(k)
    return None if atteint is None or vise is None else ("oui" if atteint >= vise else "non")


@etape("taux")
def part(k: Calcul) -> int | None:
    """La part des médecins dans l'économie ; nulle si l'intéressement n'est pas déclenché."""
    return k.table("oam_part")


@etape("montant", composante=True)
def montant(k: Calcul) -> int | None:
    """L'économie × la part des médecins ; rien n'est dû, quelle que soit l'économie, sans déclenchement."""
    taux = part(k)
    return 0 if taux == 0 else part_de(k, taux)


@etape("oui_non")
def sous_le_minimum(k: Calcul) -> str | None:
    """La part du médecin n'est pas nulle et reste sous le versement minimal ; non tant que l'économie est inconnue."""
    due, minimum = montant(k), k.table("oam_minimum")
    if due is None:
        return "non"
    return None if minimum is None else ("oui" if 0 < due < minimum else "non")


@etape("montant")
def part_assurance_maladie(k: Calcul) -> int | None:
    """Le reste de l'économie, si l'intéressement est déclenché."""
    return k.moins(economie(k), montant(k)) if part(k) else None


@etape("date")
def fin(k: Calcul) -> int | None:
    """Le premier jour où le dispositif n'est plus : son démarrage et sa durée."""
    mois = k.table("oam_duree")
    return None if mois is None else temps.plus_mois(k.dispositif.periode.du, mois)
