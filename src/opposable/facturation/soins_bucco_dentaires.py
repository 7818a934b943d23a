"""Le dispositif ``soins_bucco_dentaires`` (système 51) : qui est habilité, les honoraires, qui paie."""

from __future__ import annotations

from typing import Final

from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur

_HABILITE: Final = "habilite"
_EXAMEN: Final = "examen"
_A_LA_BASE: Final = "base"
_LIMITES: Final = frozenset({"maximum_c2s", "limite"})


def calculer(k: Calcul) -> None:
    """L'habilitation, la règle des honoraires, puis le partage."""
    habilite(k)
    habilitation(k)
    regle(k)
    maximum(k)
    respecte(k)
    taux(k)
    part_obligatoire(k)
    part_complementaire(k)
    au_dela(k)


@etape("oui_non")
def habilite(k: Calcul) -> Valeur:
    """Le médecin est d'une des quatre spécialités et a un titre de chirurgien-dentiste."""
    choisie = k.choisir("bucco_habilitation")
    if choisie.etat == "incertain":
        return None
    return k.oui_non(choisie.valeur == _HABILITE)


@etape("texte")
def habilitation(k: Calcul) -> str | None:
    """Ce qui fait ou défait l'habilitation ; rien hors des quatre spécialités."""
    return _dit(k, "bucco_habilitation")


@etape("texte")
def regle(k: Calcul) -> str | None:
    """Comment se fixent les honoraires de cet acte."""
    return _dit(k, "bucco_honoraires")


@etape("montant")
def base(k: Calcul) -> int | None:
    """La base de remboursement : dite, ou le tarif de l'examen."""
    dite = k.nombre("base")
    return k.table("bucco_tarif_examen") if dite is None and k.fait("acte") == _EXAMEN else dite


@etape("montant")
def honoraires(k: Calcul) -> int | None:
    """Les honoraires demandés ; non dits, ils valent la base."""
    return k.defaut(k.nombre("honoraires"), base(k))


@etape("montant")
def maximum(k: Calcul) -> int | None:
    """Les honoraires au plus ; rien pour l'entente directe et l'acte non pris en charge."""
    mot = k.mot("bucco_honoraires")
    if mot == _A_LA_BASE:
        return base(k)
    return k.table("bucco_maximum") if mot in _LIMITES else None


@etape("oui_non")
def respecte(k: Calcul) -> Valeur:
    """Les honoraires ne dépassent pas ce maximum."""
    return k.oui_non(k.au_plus(honoraires(k), maximum(k)))


@etape("taux")
def taux(k: Calcul) -> int | None:
    """La part de l'assurance maladie obligatoire."""
    return k.table("bucco_part_obligatoire")


@etape("montant")
def assiette(k: Calcul) -> int | None:
    """Ce sur quoi porte le partage : la base, au plus les honoraires."""
    return k.min(base(k), honoraires(k))


@etape("montant")
def part_obligatoire(k: Calcul) -> int | None:
    """L'assiette par la part obligatoire."""
    return k.part(assiette(k), taux(k))


@etape("montant")
def part_complementaire(k: Calcul) -> int | None:
    """Ce que la part obligatoire laisse de l'assiette ; zéro pour un acte non pris en charge."""
    return k.si(k.au_plus(taux(k), 0), 0, k.moins(assiette(k), part_obligatoire(k)))


@etape("montant")
def au_dela(k: Calcul) -> int | None:
    """Ce que personne ne prend en charge : les honoraires moins les deux parts."""
    return k.moins(k.moins(honoraires(k), part_obligatoire(k)), part_complementaire(k))


def _dit(k: Calcul, nom: str) -> str | None:
    mot = k.mot(nom)
    return None if mot is None else k.corpus.tables[nom].valeurs[mot]
