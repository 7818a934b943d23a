"""Le ratio du secteur 1 (système 11) : honoraires sans dépassement ÷ honoraires totaux, sur une année."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import REFUSE


def calculer(k: Calcul) -> None:
    """Le verdict, le ratio et la marge qui reste."""
    if total(k) == 0:
        k.constate("SANS_ASSIETTE", REFUSE, precision="aucun honoraire sur l'année, il n'y a rien à rapporter")
        return
    ratio(k)
    minimum(k)
    if conforme(k) is False:
        k.constate("ENGAGEMENT_NON_TENU", sources=k.dispositif.sources)
    marge(k)


@etape("montant")
def sans_depassement(k: Calcul) -> int | None:
    """Honoraires sans dépassement de l'année."""
    return k.nombre("honoraires_sans_depassement")


@etape("montant")
def total(k: Calcul) -> int | None:
    """Honoraires totaux : sans dépassement, plus les dépassements."""
    return k.plus(sans_depassement(k), k.nombre("depassements"))


@etape("taux")
def minimum(k: Calcul) -> int | None:
    """Part minimale d'honoraires sans dépassement."""
    return k.table("ratio_sans_depassement")


@etape("montant")
def total_maximum(k: Calcul) -> int | None:
    """Les honoraires totaux au-delà desquels la part minimale n'est plus tenue, au centime inférieur."""
    return k.assiette(sans_depassement(k), minimum(k))


@etape("oui_non")
def conforme(k: Calcul) -> bool | None:
    """Les honoraires sans dépassement font au moins la part minimale du total : comparaison exacte, sans arrondi."""
    return k.au_plus(total(k), total_maximum(k))


@etape("taux")
def ratio(k: Calcul) -> int | None:
    """Honoraires sans dépassement ÷ honoraires totaux, arrondi par défaut à quatre décimales."""
    return k.quotient(sans_depassement(k), total(k))


@etape("montant")
def marge(k: Calcul) -> int | None:
    """Les dépassements encore possibles, honoraires sans dépassement inchangés, au centime inférieur ; zéro au pire."""
    return k.max(k.moins(total_maximum(k), total(k)), 0)
