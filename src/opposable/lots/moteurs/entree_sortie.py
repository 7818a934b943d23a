"""Ce que les moteurs lisent et disent pareil : l'en-tête d'un CSV, un lot illisible, une écriture impossible."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from opposable.droit.erreurs import ErreurEntree

RESERVE: Final = "file_row_number"
"""Le nom que DuckDB donne au rang d'une ligne : aucune colonne d'un lot ne le porte."""


def plus_de_place(ou: str) -> ErreurEntree:
    """L'erreur d'une écriture qui n'aboutit pas."""
    return ErreurEntree(
        "SORTIE_IMPOSSIBLE", "l'écriture a échoué (dossier absent, plus de place, droits manquants)", ou=ou,
        attendu="un dossier où écrire, avec la place de quatre fois le lot", exemple="--sortie sortie",
    )  # fmt: skip


def illisible(chemin: Path, message: str, code: str = "LOT_ILLISIBLE") -> ErreurEntree:
    """L'erreur d'un lot qui ne se lit pas."""
    return ErreurEntree(
        code, message, ou=str(chemin), attendu="un fichier Parquet, ou un CSV en UTF-8 avec une ligne d'en-tête",
        exemple="lot.parquet",
    )  # fmt: skip


def entete(chemin: Path) -> tuple[str, list[str]]:
    """Le séparateur d'un CSV (le plus fréquent de son en-tête) et les noms de ses colonnes."""
    try:
        with chemin.open(encoding="utf-8-sig", newline="") as flux:
            premiere = flux.readline(1 << 20)
    except UnicodeDecodeError:
        raise illisible(chemin, "le lot ne se lit pas : le texte n'est pas en UTF-8") from None
    except OSError:
        raise illisible(chemin, "le lot ne s'ouvre pas") from None
    separateur = max(",;\t|", key=premiere.count)
    noms = next(csv.reader([premiere], delimiter=separateur), [])
    if not any(nom.strip() for nom in noms):
        raise illisible(chemin, "le lot n'a aucune ligne, pas même un en-tête", "LOT_VIDE")
    noms = [nom or f"colonne_{rang}" for rang, nom in enumerate(noms, 1)]
    for rang, nom in enumerate(noms):
        if nom.lower() in {autre.lower() for autre in noms[:rang]}:
            raise illisible(chemin, f"deux colonnes du lot s'appellent « {nom} »")
    return separateur, noms


def fichiers_du_lot(chemin: Path, en_parquet: Callable[[Path], Path]) -> list[Path]:
    """Les fichiers Parquet d'un lot, dans l'ordre de leurs noms ; un CSV est d'abord converti."""
    if chemin.is_dir():
        return sorted(chemin.glob("*.parquet"))
    return [en_parquet(chemin) if chemin.suffix.lower() == ".csv" else chemin]


def memes_colonnes(fichiers: list[Path], colonnes_de: Callable[[Path], dict[str, str]]) -> Mapping[str, str]:
    """Les colonnes que tous ces fichiers ont, et leurs types. :class:`ErreurEntree` s'ils diffèrent."""
    premier = colonnes_de(fichiers[0])
    for fichier in fichiers[1:]:
        colonnes = colonnes_de(fichier)
        if colonnes != premier:
            nom = next(n for n in (*premier, *colonnes) if premier.get(n) != colonnes.get(n))
            message = f"les fichiers du dossier n'ont pas les mêmes colonnes : « {nom} » n'est pas la même que"
            raise illisible(fichier, f"{message} dans {fichiers[0].name}")
    if any(nom.lower() == RESERVE for nom in premier):
        raise illisible(fichiers[0], f"une colonne ne peut pas s'appeler « {RESERVE} » : ce nom est réservé")
    return premier
