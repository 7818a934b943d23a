"""La lettre d'une consultation ou d'une visite, dans une option de pratique tarifaire maîtrisée et hors d'elle.

Tout est dans les deux tables du dispositif ; le tarif de la lettre est celui de l'acte.
"""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """La lettre des deux côtés."""
    dehors(k)
    dedans(k)


@etape("code")
def dedans(k: Calcul) -> str | None:
    """La lettre dans l'option, ou au tarif opposable."""
    return k.mot("optam_lettre_dedans")


@etape("code")
def dehors(k: Calcul) -> str | None:
    """La lettre en secteur 2 sans option, avec dépassement."""
    return k.mot("optam_lettre_dehors")
