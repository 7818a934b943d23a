"""Les conditions, en logique de Kleene : oui (``True``), non (``False``), inconnu (``None``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opposable.droit.ensemble import Ensemble, Valeur

Lecteur = Callable[[str], Valeur]
"""Donne la valeur d'un fait par son nom."""


@dataclass(frozen=True, slots=True)
class Test:
    """Le fait est dans l'ensemble."""

    fait: str
    ensemble: Ensemble

    def evalue(self, lire: Lecteur) -> bool | None:
        """Oui, non ou inconnu."""
        return self.ensemble.teste(lire(self.fait))

    def faits(self) -> Iterator[str]:
        """Les faits lus."""
        yield self.fait

    def inconnus(self, lire: Lecteur) -> Iterator[str]:
        """Les faits dont l'ignorance laisse la condition inconnue."""
        if self.evalue(lire) is None:
            yield self.fait


@dataclass(frozen=True, slots=True)
class Et:
    """Toutes tiennent."""

    termes: tuple[Condition, ...]

    def evalue(self, lire: Lecteur) -> bool | None:
        """Non dès qu'un terme est non ; sinon inconnu dès qu'un terme l'est."""
        resultat: bool | None = True
        for terme in self.termes:
            valeur = terme.evalue(lire)
            if valeur is False:
                return False
            if valeur is None:
                resultat = None
        return resultat

    def faits(self) -> Iterator[str]:
        """Les faits lus."""
        for terme in self.termes:
            yield from terme.faits()

    def inconnus(self, lire: Lecteur) -> Iterator[str]:
        """Les faits dont l'ignorance laisse la condition inconnue."""
        if self.evalue(lire) is None:
            for terme in self.termes:
                yield from terme.inconnus(lire)


@dataclass(frozen=True, slots=True)
class Ou:
    """Une au moins tient."""

    termes: tuple[Condition, ...]

    def evalue(self, lire: Lecteur) -> bool | None:
        """Oui dès qu'un terme est oui ; sinon inconnu dès qu'un terme l'est."""
        resultat: bool | None = False
        for terme in self.termes:
            valeur = terme.evalue(lire)
            if valeur is True:
                return True
            if valeur is None:
                resultat = None
        return resultat

    def faits(self) -> Iterator[str]:
        """Les faits lus."""
        for terme in self.termes:
            yield from terme.faits()

    def inconnus(self, lire: Lecteur) -> Iterator[str]:
        """Les faits dont l'ignorance laisse la condition inconnue."""
        if self.evalue(lire) is None:
            for terme in self.termes:
                yield from terme.inconnus(lire)


@dataclass(frozen=True, slots=True)
class Non:
    """Ne tient pas."""

    terme: Condition

    def evalue(self, lire: Lecteur) -> bool | None:
        """La négation ; l'inconnu reste inconnu."""
        valeur = self.terme.evalue(lire)
        return None if valeur is None else not valeur

    def faits(self) -> Iterator[str]:
        """Les faits lus."""
        yield from self.terme.faits()

    def inconnus(self, lire: Lecteur) -> Iterator[str]:
        """Les faits dont l'ignorance laisse la condition inconnue."""
        yield from self.terme.inconnus(lire)


Condition = Test | Et | Ou | Non
"""Une condition du corpus."""
