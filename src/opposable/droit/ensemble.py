"""Les ensembles de valeurs d'une cellule ou d'une condition : une liste finie, ou des intervalles semi-ouverts.

Un fait vaut un texte (choix), un entier (montants en centimes, jours, mois…), un :class:`Intervalle` quand on ne
le connaît qu'à peu près, ou ``None`` quand il est inconnu.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLUS_INFINI: Final = 1 << 60
MOINS_INFINI: Final = -(1 << 60)


@dataclass(frozen=True, slots=True)
class Intervalle:
    """Un nombre connu à peu près : ``[bas, haut[``."""

    bas: int
    haut: int


Valeur = str | int | Intervalle | frozenset[str] | None
"""La valeur d'un fait ; ``None`` : inconnu."""


@dataclass(frozen=True, slots=True)
class Choix:
    """Un ensemble fini de valeurs textuelles."""

    valeurs: frozenset[str]

    def teste(self, valeur: Valeur) -> bool | None:
        """Oui, non, ou ``None`` si la valeur est inconnue."""
        return None if valeur is None else valeur in self.valeurs

    def vide(self) -> bool:
        return not self.valeurs

    def inter(self, autre: Ensemble) -> Ensemble:
        return Choix(self.valeurs & autre.valeurs) if isinstance(autre, Choix) else Choix(frozenset())

    def moins(self, autre: Ensemble) -> Ensemble:
        return Choix(self.valeurs - autre.valeurs) if isinstance(autre, Choix) else self

    def temoin(self) -> Valeur:
        return min(self.valeurs)


@dataclass(frozen=True, slots=True)
class Plages:
    """Une union d'intervalles ``[bas, haut[`` disjoints et triés."""

    plages: tuple[tuple[int, int], ...]

    def teste(self, valeur: Valeur) -> bool | None:
        """Oui, non, ou ``None`` si la valeur est inconnue ou chevauche une borne."""
        if isinstance(valeur, int):
            return any(bas <= valeur < haut for bas, haut in self.plages)
        if isinstance(valeur, Intervalle):
            if any(bas <= valeur.bas and valeur.haut <= haut for bas, haut in self.plages):
                return True
            if all(valeur.haut <= bas or haut <= valeur.bas for bas, haut in self.plages):
                return False
            return None
        return None if valeur is None else False

    def vide(self) -> bool:
        return not self.plages

    def inter(self, autre: Ensemble) -> Ensemble:
        if not isinstance(autre, Plages):
            return Plages(())
        trouves = [(max(a, c), min(b, d)) for a, b in self.plages for c, d in autre.plages if max(a, c) < min(b, d)]
        return Plages(tuple(sorted(trouves)))

    def moins(self, autre: Ensemble) -> Ensemble:
        if not isinstance(autre, Plages):
            return self
        reste = list(self.plages)
        for c, d in autre.plages:
            reste = [
                morceau for a, b in reste for morceau in ((a, min(b, c)), (max(a, d), b)) if morceau[0] < morceau[1]
            ]
        return Plages(tuple(sorted(reste)))

    def temoin(self) -> Valeur:
        bas, haut = self.plages[0]
        if bas != MOINS_INFINI:
            return bas
        return haut - 1 if haut != PLUS_INFINI else 0


Ensemble = Choix | Plages
"""Ce qu'un fait peut valoir dans une cellule, une condition, ou d'après ce qu'on en sait."""


def connu(valeur: Valeur, domaine: Ensemble) -> Ensemble:
    """L'ensemble des valeurs encore possibles d'un fait de ce domaine, sachant ``valeur``."""
    if valeur is None:
        return domaine
    if isinstance(valeur, Intervalle):
        return Plages(((valeur.bas, valeur.haut),))
    if isinstance(valeur, int):
        return Plages(((valeur, valeur + 1),))
    return Choix(frozenset({valeur}) if isinstance(valeur, str) else valeur)
