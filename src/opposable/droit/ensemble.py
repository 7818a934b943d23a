"""Les ensembles de valeurs d'une cellule ou d'une condition : une liste finie, ou des intervalles semi-ouverts.

Un fait vaut un texte (choix), un entier (montants en centimes, jours, mois…), un :class:`Intervalle` quand on ne
le connaît qu'à peu près, ou ``None`` quand il est inconnu.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        """Vrai si rien n'y est."""
        return not self.valeurs

    def inter(self, autre: Ensemble) -> Ensemble:
        """Ce qui est dans les deux."""
        return Choix(self.valeurs & (autre.valeurs if isinstance(autre, Choix) else autre.mots))

    def moins(self, autre: Ensemble) -> Ensemble:
        """Ce qui n'est pas dans l'autre."""
        return Choix(self.valeurs - (autre.valeurs if isinstance(autre, Choix) else autre.mots))

    def temoin(self) -> Valeur:
        """Une valeur de l'ensemble."""
        return min(self.valeurs)


@dataclass(frozen=True, slots=True)
class Plages:
    """Une union d'intervalles ``[bas, haut[`` triés, et les mots qu'un nombre peut valoir (« aucune »)."""

    plages: tuple[tuple[int, int], ...]
    mots: frozenset[str] = frozenset()

    def teste(self, valeur: Valeur) -> bool | None:
        """Oui, non, ou ``None`` si la valeur est inconnue ou chevauche une borne."""
        if isinstance(valeur, int):
            return any(bas <= valeur < haut for bas, haut in self.plages)
        if isinstance(valeur, Intervalle):
            atteint = valeur.bas
            for bas, haut in self.plages:
                if bas <= atteint < haut:
                    atteint = haut
            if atteint >= valeur.haut:
                return True
            if all(valeur.haut <= bas or haut <= valeur.bas for bas, haut in self.plages):
                return False
            return None
        return None if valeur is None else valeur in self.mots

    def vide(self) -> bool:
        """Vrai si rien n'y est."""
        return not self.plages and not self.mots

    def inter(self, autre: Ensemble) -> Ensemble:
        """Ce qui est dans les deux."""
        if isinstance(autre, Choix):
            return autre.inter(self)
        trouves = [(max(a, c), min(b, d)) for a, b in self.plages for c, d in autre.plages if max(a, c) < min(b, d)]
        return Plages(tuple(sorted(trouves)), self.mots & autre.mots)

    def moins(self, autre: Ensemble) -> Ensemble:
        """Ce qui n'est pas dans l'autre."""
        if isinstance(autre, Choix):
            return Plages(self.plages, self.mots - autre.valeurs)
        reste = list(self.plages)
        for c, d in autre.plages:
            reste = [
                morceau for a, b in reste for morceau in ((a, min(b, c)), (max(a, d), b)) if morceau[0] < morceau[1]
            ]
        return Plages(tuple(sorted(reste)), self.mots - autre.mots)

    def temoin(self) -> Valeur:
        """Une valeur de l'ensemble."""
        if not self.plages:
            return min(self.mots)
        bas, haut = self.plages[0]
        if bas != MOINS_INFINI:
            return bas
        return haut - 1 if haut != PLUS_INFINI else 0


def reunir(plages: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Les mêmes nombres en intervalles disjoints et triés."""
    resultat: list[tuple[int, int]] = []
    for bas, haut in sorted(plages):
        if resultat and bas <= resultat[-1][1]:
            resultat[-1] = (resultat[-1][0], max(haut, resultat[-1][1]))
        else:
            resultat.append((bas, haut))
    return tuple(resultat)


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
