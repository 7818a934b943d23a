"""Un fichier de patients ou de médecins : ses colonnes, ce qu'elles disent, et celles qu'on refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.identite import PSEUDONYME, colonne_identifiante, reduire, valeur_identifiante
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Source
from opposable.lots.sql import col

MEDECIN: Final = "medecin"
"""La colonne qui dit de quel médecin il s'agit : un identifiant de l'appelant."""
LOT: Final = "lot"
_DITES: Final = 60
"""Les colonnes permises qu'un message énumère, au plus."""
_VUES: Final = 1000
"""Les lignes où l'on regarde si un pseudonyme est une identité."""


@dataclass(frozen=True, slots=True)
class Fichier:
    """Un fichier ouvert : la table où il se lit, et la source de chacune de ses colonnes, par nom réduit."""

    chemin: Path
    table: str
    sources: Mapping[str, Source]

    @property
    def nom(self) -> str:
        """Le nom du fichier, tel qu'un message le dit."""
        return self.chemin.name

    def __contains__(self, cle: str) -> bool:
        return cle in self.sources

    def faute(self, code: str, message: str, attendu: str, colonne: str = "") -> ErreurEntree:
        """Une erreur de ce fichier, située."""
        ou = f"{self.nom}, colonne « {colonne} »" if colonne else self.nom
        return ErreurEntree(code, message, ou=ou, attendu=attendu, exemple="medecin;date_naissance;ald")


def ouvrir(moteur: MoteurDuckdb, chemin: Path, table: str) -> Fichier:
    """Ouvre un fichier Parquet ou CSV, ou un dossier de Parquet. :class:`ErreurEntree` s'il ne se lit pas."""
    colonnes = moteur.ouvrir_lot(chemin) if table == LOT else moteur.ouvrir_table(table, chemin)
    resume = moteur.resume() if table == LOT else {}
    sources: dict[str, Source] = {}
    for nom, genre in colonnes.items():
        cle = reduire(nom)
        if cle in sources:
            raise Fichier(chemin, table, sources).faute(
                "CLE_EN_DOUBLE", f"la colonne « {nom} » est écrite deux fois", "chaque colonne une fois"
            )
        pleine, ancienne = resume.get(nom, (False, None))
        sources[cle] = Source(nom, genre, table, connue=pleine, ancienne=ancienne if genre == "DATE" else None)
    return Fichier(chemin, table, sources)


def verifier(fichier: Fichier, connues: Collection[str], ailleurs: Callable[[str], bool]) -> list[str]:
    """Les colonnes que d'autres calculs lisent, laissées de côté ici.

    :class:`ErreurEntree` pour une colonne qui ressemble à une identité, ou qu'aucun calcul ne connaît, et si celle du
    médecin manque.
    """
    permises = [MEDECIN, *connues]
    attendues = ", ".join(permises[:_DITES]) + (", …" if len(permises) > _DITES else "")
    for cle, source in fichier.sources.items():
        if cle not in permises and colonne_identifiante(cle):
            raise fichier.faute(
                "COLONNE_IDENTIFIANTE", f"la colonne « {source.nom} » ressemble à une identité ; rien n'a été lu",
                "un pseudonyme, et seulement les colonnes du calcul : " + attendues,
            )  # fmt: skip
    ignorees = []
    for cle, source in fichier.sources.items():
        if cle in permises:
            continue
        if not ailleurs(cle):
            proche = plus_proche(cle, permises)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            message = f"colonne inconnue « {source.nom} »{suite}"
            raise fichier.faute("CLE_INCONNUE", message, attendues)
        ignorees.append(cle)
    if MEDECIN not in fichier:
        raise fichier.faute(
            "COLONNE_ABSENTE", f"il n'y a pas de colonne « {MEDECIN} »", "l'identifiant du médecin de chaque ligne"
        )
    return ignorees


def sans_identite(moteur: MoteurDuckdb, fichier: Fichier) -> None:
    """:class:`ErreurEntree` si les pseudonymes ressemblent à des numéros de sécurité sociale ou à des adresses."""
    for cle in (PSEUDONYME, MEDECIN):
        if cle not in fichier:
            continue
        lu = sql.cast(fichier.sources[cle].expr, "VARCHAR")
        dits = moteur.lire(sql.choisir(sql.depuis(fichier.table, "l"), [lu]).limit(_VUES, copy=False))
        if any(dit is not None and valeur_identifiante(dit) for (dit,) in dits):
            raise fichier.faute(
                "COLONNE_IDENTIFIANTE", "ces valeurs ressemblent à des numéros de sécurité sociale ou à des adresses",
                "un identifiant que vous seul savez relier à une personne", cle,
            )  # fmt: skip


def sans_doublon(moteur: MoteurDuckdb, fichier: Fichier, cle: str, quoi: str) -> None:
    """:class:`ErreurEntree` si une valeur de cette colonne y est deux fois, ou manque."""
    lue = fichier.sources[cle].expr
    requete = sql.choisir(sql.depuis(fichier.table, "l"), [lue]).group_by(lue.copy(), copy=False)
    requete = requete.having(sql.ou(sql.moins_que(sql.ent(1), sql.compte()), sql.est_nul(lue)), copy=False)
    for (trouve,) in moteur.lire(requete.limit(1, copy=False)):
        if trouve is None:
            raise fichier.faute("FAIT_ABSENT", f"il manque {quoi}", "un identifiant par ligne", cle)
        raise fichier.faute("DOUBLON", f"« {trouve} » y est deux fois", "une fois chacun", cle)


def premiere(moteur: MoteurDuckdb, fichier: Fichier, fautive: exp.Expr) -> tuple[int, dict[str, Any]] | None:
    """La première ligne du lot où cela tient : sa place (en-tête d'un CSV compris) et ses valeurs."""
    noms = [*fichier.sources]
    lues = [
        sql.nomme(sql.cast(source.expr, "VARCHAR"), f"c{rang}") for rang, source in enumerate(fichier.sources.values())
    ]
    source = moteur.numerotees().subquery("l", copy=False)
    requete = sql.choisir(exp.Select().from_(source, copy=False), [col("numero", "l"), *lues])
    requete = requete.where(fautive, copy=False).order_by(col("numero", "l"), copy=False).limit(1, copy=False)
    for numero, *valeurs in moteur.lire(requete):
        entete = fichier.chemin.suffix.lower() == ".csv"
        dites = {cle: v for cle, v in zip(noms, valeurs, strict=True) if v is not None}
        return int(numero) + entete, {cle: _ecrite(fichier.sources[cle], v) for cle, v in dites.items()}
    return None


def _ecrite(source: Source, valeur: str) -> str:
    """La valeur telle qu'une entrée l'écrirait."""
    if source.genre == "BOOLEAN":
        return "oui" if valeur == "true" else "non"
    return re.sub(r"\A(-?[0-9]+)\.0+\Z", r"\1", valeur)
