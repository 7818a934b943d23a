"""Ce que les colonnes d'un lot disent d'une heure ou d'un instant, en minutes depuis minuit et en date."""

from __future__ import annotations

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.sql import ECRITURES, Expr, ent, txt

_HEURE = "([01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = f"{ECRITURES['DATE']}[T ]{_HEURE}"
_FIN_DE_DATE = len("AAAA-MM-JJ")


def heure(brut: Expr, genre: str) -> Expr:
    """Les minutes depuis minuit d'un texte ``HH:MM``, ou d'un TIME ou TIMESTAMP ; nulles si rien ne s'y lit."""
    if genre != "VARCHAR":
        return _minutes(exp.Hour(this=brut.copy()), exp.Minute(this=brut.copy()))
    return sql.selon((_ecrit(brut, _HEURE), _minutes_ecrites(brut, 0)), sinon=sql.nul("INTEGER"))


def instant(brut: Expr, genre: str) -> tuple[Expr, Expr]:
    """La date et les minutes d'un texte ``AAAA-MM-JJTHH:MM``, ou d'un TIMESTAMP ; nulles si rien ne s'y lit."""
    if genre != "VARCHAR":
        return sql.cast(brut, "DATE"), heure(brut, genre)
    ecrit = _ecrit(brut, _INSTANT)
    jour = sql.essai(_morceau(brut, 0, _FIN_DE_DATE), "DATE")
    minutes = sql.selon((ecrit, _minutes_ecrites(brut, _FIN_DE_DATE + 1)), sinon=sql.nul("INTEGER"))
    return sql.selon((ecrit, jour), sinon=sql.nul("DATE")), minutes


def _ecrit(brut: Expr, forme: str) -> Expr:
    return exp.RegexpLike(this=brut.copy(), expression=txt(rf"\A{forme}\z"))


def _morceau(brut: Expr, debut: int, longueur: int) -> Expr:
    return exp.Substring(this=brut.copy(), start=ent(debut + 1), length=ent(longueur))


def _minutes_ecrites(brut: Expr, debut: int) -> Expr:
    return _minutes(*(sql.essai(_morceau(brut, debut + place, 2), "INTEGER") for place in (0, 3)))


def _minutes(heures: Expr, minutes: Expr) -> Expr:
    return sql.cast(sql.plus(sql.fois(heures, ent(60)), minutes), "INTEGER")
