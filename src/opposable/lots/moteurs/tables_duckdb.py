"""Les tables qu'un contrôle matérialise avec DuckDB : en mémoire, ou dans des fichiers quand elle n'y suffit pas.

Une table longue a une rangée par ligne du lot. Débordée, DuckDB l'écrirait telle quelle, bloc par bloc, et la relirait
de même ; en Parquet elle est quatre fois plus petite, ne se lit que par les colonnes voulues, et ne coûte presque rien.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.moteurs import Avance
from opposable.lots.moteurs.ecriture_duckdb import texte_cite

QUANTITE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt])(i?)b", re.IGNORECASE)
"""Une quantité de mémoire : un nombre, un multiple, et s'il est binaire."""
A_DUCKDB: Final = (3, 4)
"""La part de la mémoire accordée qui est à DuckDB quand ses tables longues sont des fichiers."""
PAR_LIGNE: Final = 200
"""Ce qu'une ligne du lot prend en mémoire, en octets, pendant qu'une table longue en suit une autre."""


class TablesDuckdb:
    """Les tables d'une base ouverte."""

    def __init__(self, base: Any, dossier: Path, memoire: str) -> None:
        self.base, self.dossier = base, dossier
        self._memoire = octets(memoire)
        self._deborde = False
        self._rangs = itertools.count(1)
        self._fichiers_longs: dict[str, Path] = {}

    def _mesurer(self, lecture: str) -> None:
        """Compte les lignes du lot, que ses fichiers disent : trop nombreuses, ses tables longues sont écrites."""
        ((lignes,),) = self.base.execute(f"SELECT count(*) FROM {lecture}").fetchall()  # noqa: S608
        self._deborde = lignes * PAR_LIGNE > self._memoire
        if self._deborde:  # ce qui n'est pas à DuckDB, l'interprète et les réponses, tient dans le reste
            part, sur = A_DUCKDB
            self.base.execute(f"SET memory_limit = '{self._memoire * part // sur} B'")

    def creer(self, nom: str, requete: exp.Query, avance: Avance | None = None, *, longue: bool = False) -> None:
        """Matérialise une requête sous un nom."""
        if longue and self._deborde:
            fichier = self.dossier / f"{nom}-{next(self._rangs)}.parquet"
            self._executer(f"COPY ({self.texte(requete)}) TO {texte_cite(fichier)} (FORMAT parquet)", avance)
            self._placer(nom, fichier)
        else:
            self._executer(f'CREATE OR REPLACE TABLE "{nom}" AS {self.texte(requete)}', avance)

    def renommer(self, ancien: str, nouveau: str) -> None:
        """Une table matérialisée prend la place d'une autre."""
        if ancien in self._fichiers_longs:
            self._placer(nouveau, self._fichiers_longs.pop(ancien))
            self.base.execute(f'DROP VIEW "{ancien}"')
        else:
            self.oublier(nouveau)
            self.base.execute(f'ALTER TABLE "{ancien}" RENAME TO "{nouveau}"')

    def corriger(self, table: str, corrections: str, cles: Sequence[str], colonne: str, nouvelle: str) -> None:
        """Corrige sur place, ou récrit la table si elle est dans un fichier."""
        if table in self._fichiers_longs:
            noms = [nom for nom, *_ in self.base.execute(f'DESCRIBE "{table}"').fetchall()]
            self.creer(table, sql.corrigee(noms, table, corrections, cles, colonne, nouvelle), longue=True)
            return
        memes = " AND ".join(f't."{cle}" = c."{cle}"' for cle in cles)
        self.base.execute(
            f'UPDATE "{table}" AS t SET "{colonne}" = c."{nouvelle}" FROM "{corrections}" AS c WHERE {memes}'  # noqa: S608
        )

    def oublier(self, nom: str) -> None:
        """Rend la place d'une table matérialisée."""
        fichier = self._fichiers_longs.pop(nom, None)
        if fichier is None:
            self.base.execute(f'DROP TABLE IF EXISTS "{nom}"')
        else:
            self.base.execute(f'DROP VIEW "{nom}"')
            fichier.unlink()

    def ouvrir_parquet(self, nom: str, fichier: Path) -> None:
        """Rend un fichier Parquet lisible sous un nom."""
        self.base.execute(f'CREATE OR REPLACE VIEW "{nom}" AS FROM read_parquet({texte_cite(fichier)})')

    def texte(self, requete: exp.Query) -> str:
        """Le SQL d'une requête."""
        raise NotImplementedError

    def _executer(self, requete: str, avance: Avance | None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _placer(self, nom: str, fichier: Path) -> None:
        """Le fichier d'une table longue prend la place du précédent."""
        self.oublier(nom)
        self.ouvrir_parquet(nom, fichier)
        self._fichiers_longs[nom] = fichier


def octets(memoire: str) -> int:
    """Une quantité de mémoire lue par :data:`QUANTITE`, en octets."""
    lue = QUANTITE.fullmatch(memoire)
    if lue is None:
        raise ValueError(memoire)
    nombre, multiple, binaire = lue.groups()
    return int(float(nombre) * (1024 if binaire else 1000) ** ("kmgt".index(multiple.lower()) + 1))
