"""Ce que des règles et des tables lisent d'une ligne : leurs tests, et les jours où elles changent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opposable.droit.acte import Acte, Regle
from opposable.droit.classes import tests_de
from opposable.droit.condition import Test
from opposable.droit.table import EFFECTIF, Table


def tests_des_regles(regles: Iterable[Regle]) -> Iterator[Test]:
    """Les tests des règles, variantes comprises."""
    for regle in regles:
        yield from tests_de(regle.condition)
        for variante in regle.variantes:
            yield from tests_de(variante.condition)


def tests_des_tables(*tables: Table | None) -> Iterator[Test]:
    """Les tests des cellules de ces tables ; une cellule que plusieurs lignes partagent n'est lue qu'une fois."""
    for table in tables:
        cellules = {id(ligne.cellule): ligne.cellule for ligne in (table.lignes if table is not None else ())}
        for cellule in cellules.values():
            for fait, ensemble in cellule:
                yield Test(fait, ensemble)


def cle_de_table(table: Table | None) -> object:
    """Ce qui détermine les tests d'une table et les jours où elle change."""
    if table is None or not table.lignes:
        return None
    return tuple(table.bornes(EFFECTIF)), frozenset(id(ligne.cellule) for ligne in table.lignes)


def cle_des_regles(regles: Iterable[Regle]) -> object:
    """Ce qui détermine les tests de ces règles et les jours où elles changent."""
    return tuple((id(r.condition), id(r) if r.variantes else 0, r.du, r.au) for r in regles)


def jours_des_regles(regles: Iterable[Regle]) -> Iterator[int]:
    """Les jours où ces règles ou leurs variantes commencent ou finissent."""
    for regle in regles:
        yield from (regle.du, regle.au)
        for variante in regle.variantes:
            yield from (variante.du, variante.au)


def jours_des_tables(*tables: Table | None) -> Iterator[int]:
    """Les jours où ces tables changent."""
    for table in tables:
        if table is not None and table.lignes:
            yield from table.bornes(EFFECTIF)


def jours_de_vigueur(*actes: Acte) -> Iterator[int]:
    """Les jours où ces actes commencent ou finissent, absences comprises."""
    for acte in actes:
        yield from (acte.debut(), acte.au)
        for absence in acte.absences:
            yield from (absence.du, absence.au)
