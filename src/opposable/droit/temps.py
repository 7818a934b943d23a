"""Dates, périodes semi-ouvertes, âges et jours ouvrés. Une date circule en « jour » : son rang entier."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache
from typing import Final

INFINI: Final = date.max.toordinal() + 1
"""Le jour exclu d'une période sans fin."""

_SUBDIVISIONS: Final = {
    "guadeloupe": "971", "martinique": "972", "guyane": "973", "reunion": "974", "mayotte": "976",
    "alsace_moselle": "57",
}  # fmt: skip
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AGE = re.compile(r"([0-9]{1,5}) ?(ans?|mois|jours?)")


def jour(texte: str) -> int:
    """Le jour d'une date ISO (``2026-02-10``). ``ValueError`` si la date n'existe pas."""
    trouve = _DATE.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    return date(*(int(p) for p in trouve.groups())).toordinal()


@lru_cache(maxsize=4096)
def iso(valeur: int) -> str:
    """La date ISO d'un jour."""
    return date.fromordinal(valeur).isoformat()


def plus_mois(valeur: int, mois: int) -> int:
    """Le même quantième ``mois`` mois plus loin, ou le dernier jour du mois s'il n'existe pas."""
    depart = date.fromordinal(valeur)
    total = depart.year * 12 + depart.month - 1 + mois
    annee, rang = divmod(total, 12)
    quantieme = min(depart.day, calendar.monthrange(annee, rang + 1)[1])
    return date(annee, rang + 1, quantieme).toordinal()


@lru_cache(maxsize=65536)
def mois_revolus(naissance: int, jour_: int) -> int:
    """Les mois révolus entre deux jours. Né le 31 janvier, on a un mois révolu le 28 (ou 29) février au soir,
    donc le 1er mars : le mois est révolu quand le quantième est atteint ou que le mois suivant commence.
    """
    debut, fin = date.fromordinal(naissance), date.fromordinal(jour_)
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    return mois - 1 if fin.day < debut.day else mois


@lru_cache(maxsize=4096)
def premier_janvier(jour_: int) -> int:
    """Le 1er janvier de l'année de ce jour."""
    return date(date.fromordinal(jour_).year, 1, 1).toordinal()


def naissances_possibles(age: str, jour_: int) -> tuple[int, int]:
    """L'intervalle ``[début, fin[`` des jours de naissance d'une personne qui a ``age`` (« 5 ans ») ce jour-là.

    ``ValueError`` si ``age`` n'est pas un nombre d'ans, de mois ou de jours.
    """
    trouve = _AGE.fullmatch(age.strip())
    if trouve is None:
        raise ValueError(age)
    nombre, unite = int(trouve.group(1)), trouve.group(2)
    if unite.startswith("jour"):
        return jour_ - nombre, jour_ - nombre + 1
    mois = nombre * 12 if unite.startswith("an") else nombre
    largeur = 12 if unite.startswith("an") else 1
    return _premier_jour_sous(mois + largeur, jour_), _premier_jour_sous(mois, jour_)


def _premier_jour_sous(mois: int, jour_: int) -> int:
    """Le premier jour de naissance pour lequel l'âge est strictement inférieur à ``mois`` mois révolus."""
    essai = plus_mois(jour_, -mois)
    while mois_revolus(essai, jour_) >= mois:
        essai += 1
    while mois_revolus(essai - 1, jour_) < mois:
        essai -= 1
    return essai


@lru_cache(maxsize=64)
def _feries(annee: int, territoire: str) -> frozenset[int]:
    import holidays

    subdivision = _SUBDIVISIONS.get(territoire)
    jours = holidays.country_holidays("FR", years=annee, subdiv=subdivision)
    return frozenset(j.toordinal() for j in jours)


def ferie(valeur: int, territoire: str = "metropole") -> bool:
    """Vrai si le jour est férié dans ce territoire (``alsace_moselle`` compris)."""
    return valeur in _feries(date.fromordinal(valeur).year, territoire)


def plus_jours_ouvres(valeur: int, nombre: int, territoire: str = "metropole") -> int:
    """Le ``nombre``-ième jour ouvré après ``valeur`` : jour de départ exclu, ni samedi, ni dimanche, ni férié."""
    courant = valeur
    while nombre > 0:
        courant += 1
        if date.fromordinal(courant).weekday() < 5 and not ferie(courant, territoire):
            nombre -= 1
    return courant
