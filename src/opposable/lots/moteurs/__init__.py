"""Les moteurs : ce que DuckDB et Spark n'écrivent pas pareil, un module chacun. Le reste des requêtes est commun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        """Rend le lot lisible sous le nom ``lot`` ; ses colonnes et leurs types. :class:`ErreurEntree` s'il ne se lit pas."""

    def creer(self, nom: str, requete: exp.Select, avance: Avance | None = None) -> None:
        """Matérialise une requête sous un nom."""

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

    def fermer(self) -> None:
        """Rend tout."""

    # Les expressions qui diffèrent.
    def classe(self, valeur: exp.Expression, rangs: Mapping[str, int]) -> exp.Expression: ...
    def quotient(self, entier: exp.Expression, diviseur: int) -> exp.Expression: ...
    def concatener(self, parties: Sequence[exp.Expression]) -> exp.Expression: ...
    def date(self, iso: str) -> exp.Expression: ...
    def jours_entre(self, du: exp.Expression, au: exp.Expression) -> exp.Expression: ...
    def plus_jours(self, jour: exp.Expression, nombre: exp.Expression, signe: int) -> exp.Expression: ...
    def naissance(self, jour: exp.Expression, mois: exp.Expression, *, plus: int) -> exp.Expression: ...
    def absolu(self, nombre: exp.Expression) -> exp.Expression: ...
    def grande_somme(self, valeur: exp.Expression) -> exp.Expression: ...
    def tabule(self, rang: exp.Expression, valeurs: Sequence[int]) -> exp.Expression: ...
    def empreinte(self, *valeurs: exp.Expression) -> exp.Expression: ...
    def euros(self, centimes: exp.Expression) -> exp.Expression: ...
    def taux(self, dix_milliemes: exp.Expression) -> exp.Expression: ...
    def bit(self, rang: exp.Expression) -> exp.Expression: ...
    def bits(self, valeur: exp.Expression) -> exp.Expression: ...
    def au_minimum(self, valeur: exp.Expression, de: exp.Expression) -> exp.Expression: ...
    def liste(self, texte: exp.Expression) -> exp.Expression: ...


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
