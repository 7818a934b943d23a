"""La répartition de sièges au plus fort reste, exacte, avec un minimum garanti à chacun.

Écrite ici : la bibliothèque « apportionment » ne connaît ni un minimum garanti, ni un quotient qui compte les voix
d'organisations sans siège.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repartition:
    """Les sièges de chacun, dans l'ordre des voix ; ``None`` si deux restes égaux se disputent les derniers sièges.

    ``second_tour`` : un siège a été donné à qui avait déjà reçu celui de son reste.
    """

    sieges: tuple[int, ...] | None
    second_tour: bool = False


def repartir(voix: Sequence[int], sieges: int, exprimees: int, minimum: int = 0) -> Repartition:
    """Répartit ``sieges`` ; le quotient est ``exprimees`` (des voix) divisé par ``sieges``.

    Chacun part de ``minimum`` ; chaque siège va ensuite à qui a le plus de voix non encore représentées. C'est le plus
    fort reste : les quotients entiers sont servis d'abord, puis les restes. ``ValueError`` si le minimum ne tient pas.
    """
    if minimum * len(voix) > sieges or exprimees <= 0 or not voix:
        raise ValueError((tuple(voix), sieges, exprimees, minimum))
    donnes = [minimum] * len(voix)
    second_tour = False
    while (a_donner := sieges - sum(donnes)) > 0:
        restes = [v * sieges - s * exprimees for v, s in zip(voix, donnes, strict=True)]
        plus_fort = max(restes)
        premiers = [rang for rang, reste in enumerate(restes) if reste == plus_fort]
        if len(premiers) > a_donner:
            return Repartition(None, second_tour)
        second_tour = second_tour or plus_fort < 0
        for rang in premiers:
            donnes[rang] += 1
    return Repartition(tuple(donnes), second_tour)


def entiers_et_restes(voix: Sequence[int], sieges: int, exprimees: int) -> list[tuple[int, int]]:
    """Pour chacun, ses quotients entiers, et son reste en voix multipliées par ``sieges``."""
    return [divmod(v * sieges, exprimees) for v in voix]
