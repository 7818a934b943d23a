"""Les questions posées à l'interprète pour un code : ce qu'elles lisent d'une clé, ce qu'elles retiennent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opposable.droit.ensemble import Ensemble, Intervalle, Valeur
from opposable.lots.faits_codes import FaitCode, Place, signature

if TYPE_CHECKING:
    from opposable.lots.encodage import Codage


@dataclass(slots=True)
class Lu:
    """Un fait qu'une question lit, et ce qu'elle n'en sépare pas : ``canon`` donne la même classe à deux classes du
    codage qu'aucun de ses tests ne distingue.
    """

    code: FaitCode
    ensembles: tuple[Ensemble, ...]
    membres: int
    communs: tuple[Ensemble, ...]
    _canons: dict[int, int] = field(default_factory=dict)
    _signatures: dict[object, int] = field(default_factory=dict)

    def masque(self) -> int:
        """Les bits lus, depuis le premier du fait : les fins ne le sont que si un test les sépare."""
        if self.code.membres:
            return self.membres
        return self.code.masque(fin=any(e not in self.communs for e in self.ensembles))

    def canon(self, classe: int) -> int:
        """La première classe du codage que la question ne distingue pas de celle-ci."""
        trouve = self._canons.get(classe)
        if trouve is None:
            signature = self._signature(self.code.valeur(classe))
            trouve = self._canons[classe] = self._signatures.setdefault(signature, classe)
        return trouve

    def _signature(self, valeur: Valeur) -> object:
        if isinstance(valeur, Intervalle):
            traverses = (valeur.bas, *(b for b in self.code.bornes if valeur.bas < b < valeur.haut))
            return frozenset(signature(self.ensembles, nombre) for nombre in traverses)
        if valeur is None or isinstance(valeur, frozenset):
            return valeur
        return signature(self.ensembles, valeur)


@dataclass(slots=True)
class Branche:
    """Un fait lu par l'interprète, et ce qui suit selon sa classe ; ``directes`` : selon celle du codage, telle quelle,
    pour les classes déjà vues.
    """

    rang: int
    suites: dict[int, Noeud] = field(default_factory=dict)
    directes: dict[int, Noeud] = field(default_factory=dict)


@dataclass(slots=True)
class Feuille:
    """La réponse, quand tout ce que l'interprète a lu est connu ; les rangs de ces faits, dans l'ordre.

    ``du_code`` : elle ne vaut que pour cet acte. ``numero`` et ``suppose`` : le numéro que le contrôle donne à la
    réponse, et ce qu'elle suppose, en bits.
    """

    reponse: Any
    rangs: tuple[int, ...]
    du_code: bool = False
    numero: int = -1
    suppose: int = 0


Noeud = Branche | Feuille
Arbre = dict[int, Noeud]
"""Les réponses à une question, ou à une de ses parties, par période.

L'interprète lit toujours le même fait d'abord, puis un fait que les précédents désignent : ses lectures font un arbre,
et une réponse vaut pour toutes les clés qui suivent le même chemin.
"""


def retenir(arbre: Arbre, periode: int, canon: Sequence[int], feuille: Feuille) -> Feuille:
    """Retient la réponse à cette clé, en cette période, au bout du chemin des faits lus."""
    ou, cle = arbre, periode
    for rang in feuille.rangs:
        branche = ou.setdefault(cle, Branche(rang))
        if not isinstance(branche, Branche) or branche.rang != rang:
            raise AssertionError("l'interprète n'a pas lu les faits dans le même ordre")
        ou, cle = branche.suites, canon[rang + 1]
    ou[cle] = feuille
    return feuille


class Trame:
    """Ce qu'une question lit d'une clé, et à quels jours elle change : la même pour bien des codes."""

    def __init__(self, codage: Codage, lus: list[Lu], jours: list[int], *, du_code: bool = True) -> None:
        self.codage = codage
        self.lus = lus
        self.lectures = [(lu.code.mot, lu.code.decalage, lu.masque(), lu.canon) for lu in lus]
        self.periodes = [jours[bisect_right(jours, borne) - 1] for borne in codage.bornes]
        self.rang_de = {lu.code.nom: rang for rang, lu in enumerate(lus)}
        self.masque = self._masque(du_code=du_code)
        self.parties: dict[object, Arbre] = {}
        """Ce que les parties répondent quel que soit le code."""

    def _masque(self, *, du_code: bool) -> tuple[int, ...]:
        resultat = [0] * self.codage.mots
        lues = [self.codage.code] if du_code else []
        if len(set(self.periodes)) > 1:
            lues.append(self.codage.periode)
        for place in lues:
            resultat[place.mot] |= ((1 << place.bits) - 1) << place.decalage
        for lu in self.lus:
            resultat[lu.code.mot] |= lu.masque() << lu.code.decalage
        return tuple(resultat)


class Question:
    """Une question posée à l'interprète pour un code : ce qu'elle lit d'une clé, et ce qu'il a répondu."""

    def __init__(self, trame: Trame) -> None:
        self.trame = trame
        self.codage = trame.codage
        self.lus = trame.lus
        self._lectures, self._periodes, self._rang_de = trame.lectures, trame.periodes, trame.rang_de
        self.arbre: Arbre = {}
        self.parties: dict[object, Arbre] = {}
        """Ce que répondent les parties qui lisent le code."""

    def masque(self) -> tuple[int, ...]:
        """Les bits lus, mot par mot : ceux du code si la question en dépend, ceux de la période si elle change."""
        return self.trame.masque

    def canon(self, mots: Sequence[int]) -> tuple[int, ...]:
        """Ce qui distingue cette clé des autres : le premier jour de sa période, puis la classe de chaque fait lu."""
        jour = self._periodes[self.codage.periode.lire(mots)]
        return (jour, *(canon((mots[mot] >> rang) & bits) for mot, rang, bits, canon in self._lectures))

    def fondre(self, place: Place, classe: int) -> int:
        """La première classe de cette place que la question ne distingue pas de celle-ci ; zéro si rien ne la lit."""
        if place is self.codage.periode:
            premiers = self._periodes
            return premiers.index(premiers[classe]) if len(set(premiers)) > 1 else 0
        lu = next((lu for lu in self.lus if lu.code is place), None)
        return 0 if lu is None else lu.canon(classe & lu.masque())

    def chercher(self, mots: Sequence[int]) -> Feuille | None:
        """La réponse déjà donnée à une clé que rien de ce qui a été lu ne distingue de celle-ci."""
        noeud = self.arbre.get(self._periodes[self.codage.periode.lire(mots)])
        while noeud.__class__ is Branche:
            mot, decalage, bits, canon = self._lectures[noeud.rang]
            classe = (mots[mot] >> decalage) & bits
            suivant = noeud.directes.get(classe)
            if suivant is None:
                suivant = noeud.suites.get(canon(classe))
                if suivant is None:
                    return None
                noeud.directes[classe] = suivant
            noeud = suivant
        return noeud  # type: ignore[return-value]

    def trouver(self, canon: Sequence[int]) -> Feuille | None:
        """La réponse déjà donnée à une clé, d'après ce qui la distingue."""
        noeud = self.arbre.get(canon[0])
        while noeud.__class__ is Branche:
            noeud = noeud.suites.get(canon[noeud.rang + 1])
        return noeud  # type: ignore[return-value]

    def partie(self, nom: object, periode: int, canon: Sequence[int]) -> Feuille | None:
        """Ce qu'une partie de la question a déjà répondu à une clé que rien de ce qu'elle lit ne distingue."""
        for parties in (self.trame.parties, self.parties):
            arbre = parties.get(nom)
            noeud = None if arbre is None else arbre.get(periode)
            while noeud.__class__ is Branche:
                noeud = noeud.suites.get(canon[noeud.rang + 1])
            if noeud is not None:
                return noeud  # type: ignore[return-value]
        return None

    def rangs(self, lus: Iterable[str]) -> tuple[int, ...]:
        """Les rangs de ces faits, dans l'ordre, sans ceux que la clé ne porte pas."""
        return tuple(self._rang_de[nom] for nom in lus if nom in self._rang_de)

    def faits(self, canon: Sequence[int]) -> dict[str, Valeur]:
        """Les faits que cette clé représente : ceux qui sont connus, et tous ceux que d'autres lignes décident.

        Un fait resté inconnu n'y est pas : l'interprète en déduit la valeur, ou la suppose, comme pour une facture.
        """
        resultat: dict[str, Valeur] = {}
        for lu, classe in zip(self.lus, canon[1:], strict=True):
            valeur = lu.code.valeur(classe)
            if valeur is not None or lu.code.entier:
                resultat[lu.code.nom] = valeur
        return resultat
