"""Dates, périodes semi-ouvertes, âges et jours ouvrés. Une date circule en « jour » : son rang entier."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache
from typing import Final

from opposable.droit.erreurs import ErreurEntree

INFINI: Final = date.max.toordinal() + 1
"""Le jour exclu d'une période sans fin."""

MINUTES: Final = 24 * 60
"""Les minutes d'un jour."""
MOIS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
JOURS_DE_SEMAINE: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
METROPOLE: Final = "metropole"
ALSACE_MOSELLE: Final = "alsace_moselle"
_OUTRE_MER: Final = {"guadeloupe": "971", "martinique": "972", "guyane": "973", "reunion": "974", "mayotte": "976"}
_COMMEMORATION: Final = "esclavage"
"""Outre-mer, la loi n'ajoute aux fériés nationaux que la commémoration de l'abolition de l'esclavage (code du travail,
article L. 3422-2) : les jours d'usage que la bibliothèque connaît (Mi-Carême, Vendredi saint…) n'en sont pas.
"""
CALENDRIERS: Final = (METROPOLE, ALSACE_MOSELLE, *_OUTRE_MER)
"""Là où les jours fériés ne sont pas les mêmes."""
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AGE = re.compile(r"([0-9]{1,5}) ?(ans?|mois|jours?)")
_TRANCHE = re.compile(r"(?:([0-9]{1,3}) à ([0-9]{1,3}) ans|moins de ([0-9]{1,3}) ans|([0-9]{1,3}) ans et plus)")
_PLUS_HAUT_AGE: Final = 130
"""L'âge, en ans, où finit « 80 ans et plus »."""


class HorsCalendrier(ErreurEntree, ValueError):
    """Une date qu'un délai mène avant l'an 1 ou après 9999."""

    def __init__(self) -> None:
        super().__init__(
            "DATE_IMPOSSIBLE", "un délai compté depuis une de ces dates sort du calendrier",
            attendu="des dates de notre temps", exemple="2026-02-10",
        )  # fmt: skip


def _lue(valeur: int) -> date:
    """La date d'un jour. :class:`HorsCalendrier` s'il n'en a pas."""
    try:
        return date.fromordinal(valeur)
    except (ValueError, OverflowError):
        raise HorsCalendrier from None


def jour(texte: str) -> int:
    """Le jour d'une date ISO (``2026-02-10``). ``ValueError`` si la date n'existe pas."""
    trouve = _DATE.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    return date(*(int(p) for p in trouve.groups())).toordinal()


@lru_cache(maxsize=4096)
def iso(valeur: int) -> str:
    """La date ISO d'un jour."""
    return _lue(valeur).isoformat()


@lru_cache(maxsize=4096)
def en_lettres(valeur: int) -> str:
    """La date d'un jour, en toutes lettres : « 1er janvier 2026 »."""
    lu = _lue(valeur)
    return f"{'1er' if lu.day == 1 else lu.day} {MOIS[lu.month - 1]} {lu.year}"


def plus_mois(valeur: int, mois: int) -> int:
    """Le même quantième ``mois`` mois plus loin, ou le dernier jour du mois s'il n'existe pas.

    :class:`HorsCalendrier` au-delà de 9999, ou avant l'an 1.
    """
    depart = _lue(valeur)
    total = depart.year * 12 + depart.month - 1 + mois
    annee, rang = divmod(total, 12)
    if not date.min.year <= annee <= date.max.year:
        raise HorsCalendrier
    quantieme = min(depart.day, calendar.monthrange(annee, rang + 1)[1])
    return date(annee, rang + 1, quantieme).toordinal()


@lru_cache(maxsize=65536)
def mois_revolus(naissance: int, jour_: int) -> int:
    """Les mois révolus entre deux jours. Né le 31 janvier, on a un mois révolu le 28 (ou 29) février au soir,
    donc le 1er mars : le mois est révolu quand le quantième est atteint ou que le mois suivant commence.
    """
    debut, fin = _lue(naissance), _lue(jour_)
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    return mois - 1 if fin.day < debut.day else mois


def revolus_le(depart: int, mois: int) -> int:
    """Le premier jour où ``mois`` mois sont révolus depuis ``depart``, au sens de :func:`mois_revolus` : le même
    quantième ou, s'il n'existe pas, le 1er du mois suivant (deux ans après un 29 février : un 1er mars).
    """
    atteint = plus_mois(depart, mois)
    return atteint if mois_revolus(depart, atteint) >= mois else atteint + 1


def debut_d_annee(annee: int) -> int:
    """Le 1er janvier de cette année. :class:`HorsCalendrier` si elle n'a pas quatre chiffres."""
    if not date.min.year <= annee <= date.max.year:
        raise HorsCalendrier
    return date(annee, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def premier_janvier(jour_: int) -> int:
    """Le 1er janvier de l'année de ce jour."""
    return date(_lue(jour_).year, 1, 1).toordinal()


def naissances_possibles(age: str, jour_: int) -> tuple[int, int]:
    """L'intervalle ``[début, fin[`` des jours de naissance d'une personne qui a ``age`` (« 5 ans ») ce jour-là.

    Une tranche aussi : « 6 à 15 ans » (15 ans compris), « moins de 2 ans », « 80 ans et plus ».
    ``ValueError`` si ``age`` n'est ni un nombre d'ans, de mois ou de jours, ni une tranche.
    """
    tranche = _TRANCHE.fullmatch(age.strip())
    if tranche is not None:
        return _naissances_de_tranche(tranche, jour_)
    trouve = _AGE.fullmatch(age.strip())
    if trouve is None:
        raise ValueError(age)
    nombre, unite = int(trouve.group(1)), trouve.group(2)
    if unite.startswith("jour"):
        return jour_ - nombre, jour_ - nombre + 1
    mois = nombre * 12 if unite.startswith("an") else nombre
    largeur = 12 if unite.startswith("an") else 1
    return _premier_jour_sous(mois + largeur, jour_), _premier_jour_sous(mois, jour_)


def _naissances_de_tranche(tranche: re.Match[str], jour_: int) -> tuple[int, int]:
    bas, haut, sous, depuis = (int(ans) if ans is not None else None for ans in tranche.groups())
    premier = bas if bas is not None else depuis or 0
    dernier = haut if haut is not None else sous - 1 if sous is not None else _PLUS_HAUT_AGE
    if dernier < premier:
        raise ValueError(tranche[0])
    return _premier_jour_sous((dernier + 1) * 12, jour_), _premier_jour_sous(premier * 12, jour_)


def _premier_jour_sous(mois: int, jour_: int) -> int:
    """Le premier jour de naissance pour lequel l'âge est strictement inférieur à ``mois`` mois révolus."""
    essai = plus_mois(jour_, -mois)
    while mois_revolus(essai, jour_) >= mois:
        essai += 1
    while mois_revolus(essai - 1, jour_) < mois:
        essai -= 1
    return essai


def jour_de_semaine(valeur: int) -> str:
    """Le jour de la semaine, en toutes lettres (:data:`JOURS_DE_SEMAINE`)."""
    return JOURS_DE_SEMAINE[(valeur - 1) % 7]


@lru_cache(maxsize=512)
def _feries(annee: int, territoire: str) -> frozenset[int]:
    from holidays import country_holidays

    jours = set(country_holidays("FR", years=annee))
    if territoire == ALSACE_MOSELLE:
        jours |= set(country_holidays("FR", years=annee, subdiv="57"))
    elif territoire != METROPOLE:
        locaux = country_holidays("FR", years=annee, subdiv=_OUTRE_MER[territoire], language="fr")
        jours |= {jour for jour, nom in locaux.items() if _COMMEMORATION in nom}
    return frozenset(jour.toordinal() for jour in jours)


def ferie(valeur: int, territoire: str = METROPOLE) -> bool:
    """Vrai si le jour est férié dans ce territoire (un des :data:`CALENDRIERS`). ``KeyError`` pour un autre."""
    return valeur < INFINI and valeur in _feries(_lue(valeur).year, territoire)


def ouvre(valeur: int, territoire: str = METROPOLE) -> bool:
    """Vrai si le jour n'est ni un samedi, ni un dimanche, ni férié."""
    return (valeur - 1) % 7 < 5 and not ferie(valeur, territoire)


def plus_jours_ouvres(valeur: int, nombre: int, territoire: str = METROPOLE) -> int:
    """Le ``nombre``-ième jour ouvré après ``valeur`` : jour de départ exclu, ni samedi, ni dimanche, ni férié."""
    courant = valeur
    while nombre > 0:
        courant += 1
        nombre -= ouvre(courant, territoire)
    return courant


def jours_ouvres(du: int, au: int, territoire: str = METROPOLE) -> int:
    """Les jours ouvrés écoulés après ``du``, jour zéro exclu, jusqu'à ``au`` compris ; 0 si ``au`` ne suit pas."""
    return sum(ouvre(jour_, territoire) for jour_ in range(du + 1, au + 1))


def recul_ouvre(au: int, nombre: int, territoire: str = METROPOLE) -> int:
    """Le dernier jour après lequel ``nombre`` jours ouvrés sont écoulés ``au`` ce jour-là."""
    courant = au + 1
    while nombre > 0:
        courant -= 1
        nombre -= ouvre(courant, territoire)
    return courant - 1
