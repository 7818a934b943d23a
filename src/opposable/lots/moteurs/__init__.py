"""Les moteurs : ce que DuckDB et Spark n'écrivent pas pareil, un module chacun. Le reste des requêtes est commun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlglot import exp

from opposable.droit.erreurs import ErreurEntree

Avance = Callable[[float], None]
"""Reçoit la part faite de l'étape en cours, de 0 à 1."""


@dataclass(frozen=True, slots=True)
class Reglages:
    """Ce qu'on accorde à un moteur : la mémoire (``"1GiB"``, vide : son défaut) et un dossier où déborder."""

    memoire: str
    dossier: Path


class Moteur(Protocol):
    """Exécute des requêtes sqlglot et écrit les quelques expressions propres à son dialecte."""

    nom: str
    dialecte: str
    grand: str
    """Le type d'un entier d'au moins 37 chiffres."""

    def ouvrir_lot(self, chemin: Path) -> Mapping[str, str]:
        """Rend le lot lisible sous le nom ``lot`` ; ses colonnes et leurs types.

        :class:`ErreurEntree` s'il est absent ou illisible.
        """

    def creer(self, nom: str, requete: exp.Query, avance: Avance | None = None, *, longue: bool = False) -> None:
        """Matérialise une requête sous un nom. ``longue`` : elle a une rangée par ligne du lot, ou presque."""

    def renommer(self, ancien: str, nouveau: str) -> None:
        """Une table matérialisée prend la place d'une autre."""

    def en_fond(self, travail: Callable[[Moteur], None]) -> Callable[[], None]:
        """Commence un travail sur les mêmes tables, à côté ; rend de quoi l'attendre, qui lève ce qu'il a levé."""

    def corriger(self, table: str, corrections: str, cles: Sequence[str], colonne: str, nouvelle: str) -> None:
        """Dans une table matérialisée, donne à ``colonne`` la valeur ``nouvelle`` des rares lignes que ``corrections``
        rejoint par ces clés.
        """

    def pannes(self, ou: str) -> AbstractContextManager[None]:
        """Dit en français ce que le moteur rencontre en écrivant, et rend son sens à une interruption."""

    def oublier(self, nom: str) -> None:
        """Rend la place d'une table matérialisée."""

    def charger(self, nom: str, colonnes: Mapping[str, str], rangees: Iterable[Sequence[object]]) -> None:
        """Une petite table, depuis Python."""

    def lire(self, requete: exp.Select, avance: Avance | None = None) -> list[tuple[Any, ...]]:
        """Les rangées d'une requête."""

    def ecrire(self, requete: exp.Select, fichier: Path, avance: Avance | None = None) -> None:
        """Écrit une requête dans un fichier Parquet."""

    def ouvrir_parquet(self, nom: str, fichier: Path) -> None:
        """Rend un fichier Parquet lisible sous un nom."""

    def numerotees(self) -> exp.Select:
        """Le lot et le numéro de chaque ligne (``numero``, dès 1), pour situer une faute ; lent."""

    def version(self) -> str:
        """La version du moteur."""

    def fermer(self) -> None:
        """Rend tout."""

    # Les expressions qui diffèrent.
    def classe(self, valeur: exp.Expr, rangs: Mapping[str, int]) -> exp.Expr: ...
    def quotient(self, entier: exp.Expr, diviseur: int) -> exp.Expr: ...
    def concatener(self, parties: Sequence[exp.Expr]) -> exp.Expr: ...
    def date(self, iso: str) -> exp.Expr: ...
    def jours_entre(self, du: exp.Expr, au: exp.Expr) -> exp.Expr: ...
    def plus_jours(self, jour: exp.Expr, nombre: exp.Expr, signe: int) -> exp.Expr: ...
    def naissance(self, jour: exp.Expr, mois: exp.Expr, *, plus: int) -> exp.Expr: ...
    def absolu(self, nombre: exp.Expr) -> exp.Expr: ...
    def grande_somme(self, valeur: exp.Expr) -> exp.Expr: ...
    def tabule(self, rang: exp.Expr, valeurs: Sequence[int]) -> exp.Expr: ...
    def empreinte(self, *valeurs: exp.Expr) -> exp.Expr: ...
    def euros(self, centimes: exp.Expr) -> exp.Expr: ...
    def taux(self, dix_milliemes: exp.Expr) -> exp.Expr: ...
    def mois(self, date: exp.Expr) -> exp.Expr: ...
    def bit(self, rang: exp.Expr) -> exp.Expr: ...
    def bits(self, valeur: exp.Expr) -> exp.Expr: ...
    def au_minimum(self, valeur: exp.Expr, de: exp.Expr) -> exp.Expr: ...
    def liste(self, texte: exp.Expr) -> exp.Expr: ...
    def ensemble(self, entier: exp.Expr) -> exp.Expr: ...


def ouvrir(nom: str, reglages: Reglages) -> Moteur:
    """Le moteur de ce nom. :class:`ErreurEntree` s'il n'existe pas ou n'est pas installé."""
    if nom == "duckdb":
        from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb

        return MoteurDuckdb(reglages)
    if nom == "spark":
        from opposable.lots.moteurs.avec_spark import MoteurSpark

        return MoteurSpark(reglages)
    raise ErreurEntree(
        "MOTEUR_INCONNU",
        f"moteur inconnu « {nom} »",
        ou="--moteur",
        attendu="duckdb ou spark",
        exemple="--moteur duckdb",
    )
