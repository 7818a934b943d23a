"""Un fait codé en quelques bits : comment ses valeurs deviennent des classes, et une classe, une de ses valeurs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opposable.droit.ensemble import Ensemble, Intervalle, Valeur
from opposable.droit.fait import Fait
from opposable.droit.vocabulaire import de_ligne

TARDIFS: Final = ("ligne.opposable",)
"""Le fait de ligne qui attend le tarif ; les faits calculés de la facture l'attendent aussi."""


@dataclass(slots=True)
class Place:
    """Des bits dans un mot de la clé."""

    mot: int = 0
    decalage: int = 0
    bits: int = 0

    def lire(self, mots: Sequence[int]) -> int:
        """Ce que ces bits valent dans une clé."""
        return (mots[self.mot] >> self.decalage) & ((1 << self.bits) - 1)


@dataclass(slots=True)
class FaitCode(Place):
    """Un fait codé. Les bits hauts disent la classe que les règles communes séparent, les ``fins`` la précisent.

    ``bornes`` : un nombre qui en atteint ``r`` a le code ``rangs[r]`` ; ``mots`` : les textes et leur code ;
    ``membres`` : pour une liste, le bit de chaque valeur lue ; ``double`` : un intervalle est codé par ses deux bouts.
    """

    fait: Fait = field(kw_only=True)
    fins: int = 0
    bornes: tuple[int, ...] = ()
    rangs: tuple[int, ...] = ()
    mots: dict[str, int] = field(default_factory=dict)
    membres: dict[str, int] = field(default_factory=dict)
    double: bool = False

    @property
    def nom(self) -> str:
        """Le nom du fait."""
        return self.fait.nom

    def masque(self, *, fin: bool = True) -> int:
        """Les bits du fait, depuis le premier ; sans ses bits fins si ``fin`` est faux."""
        demi = self.bits // 2 if self.double else self.bits
        simple = ((1 << demi) - 1) & ~(0 if fin else (1 << self.fins) - 1)
        return simple | (simple << demi) if self.double else simple

    def valeur(self, code: int) -> Valeur:
        """Une valeur du fait dans la classe qui a ce code ; ``None`` : inconnu."""
        if code == 0:
            return None
        if self.membres:
            return frozenset(membre for membre, bit in self.membres.items() if code & bit)
        if self.double:
            demi = self.bits // 2
            bas, haut = self._nombre(code >> demi), self._nombre(code & ((1 << demi) - 1))
            return bas if bas == haut else Intervalle(bas, haut + 1)
        texte = next((mot for mot, rang in self.mots.items() if rang == code), None)
        return self._nombre(code) if texte is None else texte

    @property
    def entier(self) -> bool:
        """Vrai si le lot décide seul de ce fait : un autre jour que le sien, l'interprète répondrait autre chose."""
        return tardif(self.fait) or du_jour(self.fait)

    def _nombre(self, code: int) -> int:
        rang = self.rangs.index(code)
        if rang:
            return self.bornes[rang - 1]
        return self.bornes[0] - 1 if self.bornes else max(0, self.fait.minimum or 0)


def tardif(fait: Fait) -> bool:
    """Vrai pour un fait qui attend le tarif des lignes."""
    return fait.nom in TARDIFS or (bool(fait.formule) and not de_ligne(fait.nom) and any(map(de_ligne, fait.lit)))


def des_codes(fait: Fait) -> bool:
    """Vrai pour un fait de la facture que les codes de ses lignes décident seuls."""
    return tardif(fait) and not de_ligne(fait.nom) and fait.lit == ("acte.code",)


def du_jour(fait: Fait) -> bool:
    """Vrai pour un fait qui se calcule d'après le jour des soins."""
    return bool(fait.formule) and "facture.date" in fait.lit


def signature(ensembles: Iterable[Ensemble], valeur: Valeur) -> tuple[bool | None, ...]:
    """Ce que des tests disent d'une valeur : deux valeurs de même signature ne font qu'une classe."""
    return tuple(ensemble.teste(valeur) for ensemble in ensembles)
