"""Ce que partagent les objectifs chiffrés par année : leurs années, ce qui est constaté, la cible et ses bornes.

Une valeur est un nombre en dix-millièmes à l'entrée et à la sortie, une fraction exacte entre les deux : rien n'est
arrondi avant d'être comparé. Un dispositif qui l'emploie a les entrées ``annee``, ``depart``, ``annee_depart`` et la
liste ``constats`` (``annee``, ``valeur``).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.montant import UNITE_TAUX, prorata

_CONSTATS, _ANNEE = "constats", "annee_depart"


class Cible(NamedTuple):
    """Une cible, dans l'unité de l'indicateur : ``bas`` et ``haut`` sont égaux si les textes ne laissent pas de doute.

    ``plancher`` : il faut l'atteindre ; sinon, ne pas la dépasser.
    """

    bas: Fraction
    haut: Fraction
    plancher: bool

    @property
    def certaine(self) -> bool:
        """Une seule valeur est possible."""
        return self.bas == self.haut

    def atteinte(self, constate: Fraction) -> bool | None:
        """La valeur constatée atteint la cible (égal suffit) ; ``None`` si cela dépend de la lecture."""
        oui, non = (
            (constate >= self.haut, constate < self.bas)
            if self.plancher
            else (constate <= self.bas, constate > self.haut)
        )
        return True if oui else (False if non else None)

    def reste(self, constate: Fraction) -> Fraction | None:
        """Ce qui sépare la valeur constatée de la cible, zéro si elle est atteinte ; ``None`` si elle est bornée."""
        if not self.certaine:
            return None
        return max(self.bas - constate if self.plancher else constate - self.bas, Fraction(0))


def certaine(valeur: Fraction, *, plancher: bool) -> Cible:
    """Une cible dont les textes donnent la valeur."""
    return Cible(valeur, valeur, plancher)


def entre(valeurs: list[Fraction], *, plancher: bool) -> Cible:
    """Une cible dont les textes ont plusieurs lectures."""
    return Cible(min(valeurs), max(valeurs), plancher)


def fin_de(annee: int) -> int:
    """Le dernier jour d'une année : une étape « dès 2025 » y vaut."""
    return temps.jour(f"{annee}-12-31")


def depart(k: Calcul) -> tuple[Fraction, int] | None:
    """La valeur de départ et son année, qui précède celle demandée ; ``None`` si elle n'est pas dite."""
    valeur, annee = k.nombre("depart"), k.nombre(_ANNEE)
    if valeur is None:
        return None
    if annee is None:
        exemple = f'"{_ANNEE}": {k.dispositif.vocabulaire.faits[_ANNEE].exemple}'
        raise k.absent(_ANNEE, "il manque : l'année de la valeur de départ", "une année", exemple)
    if annee >= k.annee():
        raise k.contredit(_ANNEE, "le départ n'est pas avant l'année demandée", f"une année avant {k.annee()}")
    return Fraction(valeur, UNITE_TAUX), annee


def constats(k: Calcul) -> dict[int, Fraction]:
    """Les valeurs constatées par année, celle de départ comprise."""
    debut = depart(k)
    trouves = {debut[1]: debut[0]} if debut is not None else {}
    for element in k.liste(_CONSTATS):
        annee, valeur = element.nombre(f"{_CONSTATS}.annee"), element.nombre(f"{_CONSTATS}.valeur")
        if annee is None or valeur is None:
            continue
        if annee in trouves:
            raise k.contredit(f"{element}.annee", f"{annee} a déjà une valeur", "une seule valeur par année")
        trouves[annee] = Fraction(valeur, UNITE_TAUX)
    return trouves


def rangees(k: Calcul, cible: Callable[[int], Cible | None]) -> list[dict[str, Any]]:
    """Une rangée par année, du départ (ou du premier constat) à l'année demandée, ou au dernier constat."""
    constates = constats(k)
    annees = [*constates, k.annee()]
    return [_rangee(annee, cible(annee), constates.get(annee)) for annee in range(min(annees), max(annees) + 1)]


class Etapes(NamedTuple):
    """Les sorties communes à ces dispositifs ; chaque étape a le nom de sa sortie."""

    cible: Callable[[Calcul], int | None]
    cible_basse: Callable[[Calcul], int | None]
    cible_haute: Callable[[Calcul], int | None]
    atteint: Callable[[Calcul], bool | None]
    reste: Callable[[Calcul], int | None]
    trajectoire: Callable[[Calcul], list[dict[str, Any]]]


def etapes(calculer: Callable[[Calcul, int], Cible | None]) -> Etapes:
    """Les étapes d'un dispositif ; ``calculer`` donne sa cible d'une année, ou rien si elle n'est pas connue."""

    @etape("nombre")
    def cible(k: Calcul) -> int | None:
        """La cible de l'année demandée."""
        exacte = calculer(k, k.annee())
        return nombre(exacte.bas) if exacte is not None and exacte.certaine else None

    @etape("nombre")
    def cible_basse(k: Calcul) -> int | None:
        """La cible la plus basse que permettent les lectures du texte ; rien s'il n'y en a qu'une."""
        exacte = calculer(k, k.annee())
        return nombre(exacte.bas) if exacte is not None and not exacte.certaine else None

    @etape("nombre")
    def cible_haute(k: Calcul) -> int | None:
        """La cible la plus haute que permettent les lectures du texte ; rien s'il n'y en a qu'une."""
        exacte = calculer(k, k.annee())
        return nombre(exacte.haut) if exacte is not None and not exacte.certaine else None

    @etape("oui_non")
    def atteint(k: Calcul) -> bool | None:
        """La valeur constatée de l'année atteint la cible ; égal suffit."""
        exacte, constate = calculer(k, k.annee()), constats(k).get(k.annee())
        return None if exacte is None or constate is None else exacte.atteinte(constate)

    @etape("nombre")
    def reste(k: Calcul) -> int | None:
        """Ce qui sépare la valeur constatée de la cible ; zéro si elle est atteinte."""
        exacte, constate = calculer(k, k.annee()), constats(k).get(k.annee())
        return None if exacte is None or constate is None else nombre(exacte.reste(constate))

    @etape("tableau")
    def trajectoire(k: Calcul) -> list[dict[str, Any]]:
        """Une rangée par année : la cible, ses bornes si le texte a deux lectures, ce qui est constaté."""
        return rangees(k, lambda annee: calculer(k, annee))

    return Etapes(cible, cible_basse, cible_haute, atteint, reste, trajectoire)


def _rangee(annee: int, cible: Cible | None, constate: Fraction | None) -> dict[str, Any]:
    sure = cible is not None and cible.certaine
    return {
        "annee": annee,
        "cible": nombre(cible.bas) if cible is not None and sure else None,
        "cible_basse": nombre(cible.bas) if cible is not None and not sure else None,
        "cible_haute": nombre(cible.haut) if cible is not None and not sure else None,
        "constate": nombre(constate),
    }


def nombre(valeur: Fraction | None) -> int | None:
    """La valeur en dix-millièmes, un seul arrondi, demi vers le haut."""
    return None if valeur is None else prorata(UNITE_TAUX, valeur.numerator, valeur.denominator)
