"""Plusieurs comptes de plusieurs indicateurs dans un même entier, pour n'en faire qu'une somme.

Un compte qu'aucune ligne ne nourrit n'y a pas de place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.sql import Expr, col, ent

BITS: Final = (12, 30)
"""Les bits d'un compte : assez pour une patientèle ordinaire, puis pour toutes."""
_MOT: Final = 60


@dataclass(slots=True)
class Mots:
    """La place de chaque compte suivi de chaque indicateur : un mot, et son premier bit."""

    suivis: Mapping[str, Sequence[int]]
    """Les comptes suivis de chaque indicateur."""
    bits: int
    nombre: int = field(init=False, default=0)
    """Les mots."""
    _places: dict[tuple[str, int], tuple[int, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        libres: list[int] = []
        for nom, comptes in self.suivis.items():
            for compte in comptes:
                mot = next((rang for rang, place in enumerate(libres) if place + self.bits <= _MOT), len(libres))
                if mot == len(libres):
                    libres.append(0)
                self._places[nom, compte] = mot, libres[mot]
                libres[mot] += self.bits
        self.nombre = len(libres)

    def de(self, nom: str) -> list[int]:
        """Les mots où cet indicateur compte."""
        return sorted({mot for (un, _), (mot, _) in self._places.items() if un == nom})

    def dans(self, mot: int) -> list[str]:
        """Les indicateurs qui comptent dans ce mot."""
        return list(dict.fromkeys(nom for (nom, _), (ici, _) in self._places.items() if ici == mot))

    def valeur(self, nom: str, mot: int, comptes: Sequence[int]) -> int:
        """Ce que ces comptes d'un indicateur ajoutent à un mot."""
        return sum(
            comptes[compte] << place for (un, compte), (ici, place) in self._places.items() if un == nom and ici == mot
        )

    def masque(self, mot: int, comptes: Collection[int]) -> int:
        """Les bits d'un mot où ces comptes se lisent."""
        plein = (1 << self.bits) - 1
        return sum(plein << p for (_, compte), (ici, p) in self._places.items() if ici == mot and compte in comptes)

    def separe(self, nom: str, compte: int, somme: str) -> Expr:
        """Un compte d'un indicateur, lu dans la somme de son mot (la colonne ``somme`` et son rang)."""
        if (nom, compte) not in self._places:
            return ent(0)
        mot, place = self._places[nom, compte]
        decale = exp.BitwiseRightShift(this=col(f"{somme}{mot}", "t"), expression=ent(place))
        return sql.cast(sql.masque(exp.Paren(this=decale), ent((1 << self.bits) - 1)), "BIGINT")
