"""Ce que les fréquences comptent dans un lot : chaque compteur, les lignes qu'il compte, celles qu'il limite.

Un compteur réunit les limites qui comptent les mêmes actes, de la même façon. L'interprète scalaire dit quelles limites
valent pour une ligne et, une fois les comptes faits, ce qu'ils entraînent ; les colonnes ne font que compter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from opposable.droit.acte import Acte
from opposable.droit.classes import SITUATION, tests_de_frequence
from opposable.droit.condition import Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Plages
from opposable.droit.frequence import UNITES, Comptes, Frequence
from opposable.droit.table import EFFECTIF
from opposable.facturation.facture import LigneFacture
from opposable.facturation.frequences import AGE, en_vigueur, juger, lectures, noter, toutes

GROSSESSE: Final = "grossesse"
"""La période qu'un lot ne sait pas suivre : rien n'y dit quelles lignes sont d'une même grossesse."""


class Compteur(NamedTuple):
    """Ce qu'un compteur compte : de qui, sur quelle période, quels actes, et dans quelle situation ou tranche d'âge.

    Sans actes nommés, il compte ceux de même code.
    """

    par: str
    sur: str
    compte: frozenset[str]
    meme_situation: bool
    tranches: Plages | None

    @property
    def etiquete(self) -> bool:
        """Vrai si seules comptent les lignes de même situation, de même tranche d'âge ou de même code."""
        return self.meme_situation or self.tranches is not None or self.de_tous

    @property
    def de_tous(self) -> bool:
        """Vrai pour un compteur de tous les actes."""
        return not self.compte


class Suivi(NamedTuple):
    """Une ligne suivie par un compteur. ``rang`` : celui de la fréquence qui la limite, -1 si elle est seule comptée.

    ``etiquette`` : sa situation ou sa tranche d'âge, vide si le compteur n'en a pas, ``None`` si elle est inconnue.
    """

    compteur: int
    etiquette: str | None
    rang: int = -1
    quand: bool | None = True
    lectures: tuple[str, ...] = ()


class Compteurs:
    """Les compteurs des actes d'un lot."""

    def __init__(self, corpus: Corpus, codes: Iterable[str]) -> None:
        self.corpus = corpus
        self._situations = tuple(corpus.vocabulaire.faits[SITUATION].valeurs)
        self.tous: list[Compteur] = []
        self._rang_de: dict[str, int] = {}
        self._comptent: dict[str, list[int]] = {}
        self._limites: dict[int, list[Frequence]] = {}
        for code in codes:
            for frequence in toutes(corpus, corpus.actes[code]):
                self._ajouter(frequence, code)

    def _ajouter(self, frequence: Frequence, code: str) -> None:
        if frequence.sur == GROSSESSE:
            return
        f = frequence
        compteur = Compteur(f.par, f.sur, f.compte, f.meme_situation, f.tranches)
        if compteur not in self.tous:
            self.tous.append(compteur)
        rang = self._rang_de[frequence.id] = self.tous.index(compteur)
        for compte in compteur.compte or {code}:
            comptent = self._comptent.setdefault(compte, [])
            if rang not in comptent:
                comptent.append(rang)
        limites = self._limites.setdefault(rang, [])
        if frequence not in limites:
            limites.append(frequence)

    def compter_comme(self, code: str, modele: str) -> None:
        """Compte cet acte comme un autre dont il a toutes les limites."""
        if code not in self._comptent:
            self._comptent[code] = list(self._comptent.get(modele, ()))

    def _frequences(self, acte: Acte) -> Iterator[Frequence]:
        """Les fréquences de l'acte, et celles des autres qui le comptent."""
        yield from toutes(self.corpus, acte)
        for rang in self._comptent.get(acte.code, ()):
            yield from self._limites[rang]

    def cle(self, acte: Acte) -> object:
        """Ce qui détermine ce que lit d'une ligne de cet acte le fait de la compter."""
        return tuple(self._comptent.get(acte.code, ())), tuple(f.id for f in toutes(self.corpus, acte))

    def tests(self, acte: Acte) -> Iterator[Test]:
        """Ce que lit d'une ligne de cet acte le fait de la compter."""
        for frequence in self._frequences(acte):
            yield from tests_de_frequence(frequence, self._situations)

    def jours(self, acte: Acte) -> Iterator[int]:
        """Les jours où une limite de cet acte, ou la façon de compter sa période, change."""
        for frequence in toutes(self.corpus, acte):
            yield from (frequence.du, frequence.au)
            if frequence.sur in UNITES:
                yield from self.corpus.tables[f"periode_{frequence.sur}"].bornes(EFFECTIF)

    def suivis(self, ligne: LigneFacture) -> tuple[Suivi, ...]:
        """Les compteurs qui comptent cette ligne, puis les limites qui valent pour elle."""
        resultat = []
        for rang in self._comptent.get(ligne.acte.code, ()):
            etiquette = self._etiquette(ligne, self.tous[rang])
            if etiquette != HORS:
                resultat.append(Suivi(rang, etiquette))
        for frequence in en_vigueur(ligne):
            compteur = self._rang_de.get(frequence.id)
            quand = True if frequence.quand is None else frequence.quand.evalue(ligne.fait)
            if compteur is None or quand is False:
                continue
            etiquette = self._etiquette(ligne, self.tous[compteur])
            if etiquette != HORS:
                rang = toutes(self.corpus, ligne.acte).index(frequence)
                resultat.append(Suivi(compteur, etiquette, rang, quand, lectures(ligne, frequence)))
        return tuple(resultat)

    @staticmethod
    def _etiquette(ligne: LigneFacture, compteur: Compteur) -> str | None:
        if compteur.meme_situation:
            situation = ligne.fait(SITUATION)
            return situation if isinstance(situation, str) else None
        if compteur.tranches is None:
            return ligne.acte.code if compteur.de_tous else ""
        age = ligne.fait(AGE)
        bornes = (age, age) if isinstance(age, int) else (age.bas, age.haut - 1) if isinstance(age, Intervalle) else ()
        tranches = {_tranche(compteur.tranches, mois) for mois in bornes}
        return next(iter(tranches)) if len(tranches) == 1 else None

    def maximum(self, acte: Acte, suivi: Suivi) -> int:
        """Le maximum de la limite suivie."""
        return self.frequence(acte, suivi).maximum

    def frequence(self, acte: Acte, suivi: Suivi) -> Frequence:
        """La fréquence qui limite la ligne suivie."""
        return toutes(self.corpus, acte)[suivi.rang]

    def depasse(self, acte: Acte, suivi: Suivi, comptes: Comptes, quantite: int) -> bool:
        """Vrai si ces comptes refusent la ligne ou la laissent à vérifier."""
        frequence = self.frequence(acte, suivi)
        return any(frequence.depasse(compte, quantite) is not False for compte in comptes.values())

    def juger(self, ligne: LigneFacture, comptees: Sequence[tuple[Suivi, Comptes, int]]) -> None:
        """Ajoute à la ligne ce que ses comptes entraînent."""
        for suivi, comptes, quantite in comptees:
            noter(ligne, juger(ligne, self.frequence(ligne.acte, suivi), comptes, suivi.quand, quantite))


HORS: Final = "hors"
"""L'étiquette d'un patient qui n'est dans aucune tranche d'âge : rien ne se compte."""


def _tranche(tranches: Plages, mois: int) -> str:
    return next((str(bas) for bas, haut in tranches.plages if bas <= mois < haut), HORS)
