"""Comment DuckDB écrit un nom, un texte, un type, un tableau."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.sql import Expr


def genre_sql(genre: str, mots: Iterable[object]) -> str:
    """Le type d'une colonne : un texte pris parmi peu de valeurs est une énumération."""
    if genre != sql.MOT:
        return genre
    dits = [texte_cite(str(mot)) for mot in mots if mot is not None]
    return f"ENUM({', '.join(dits)})" if dits else "VARCHAR"


def tableau(elements: Iterable[Expr]) -> Expr:
    """Un tableau de ces éléments."""
    return exp.Array(expressions=list(elements))


def nom_cite(nom: str) -> str:
    """Un nom de table ou de colonne."""
    return '"' + nom.replace('"', '""') + '"'


def texte_cite(chemin: Path | str) -> str:
    """Un texte, ou un chemin."""
    return "'" + str(chemin).replace("'", "''") + "'"
