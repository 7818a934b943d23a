"""Lire un classeur xls ou xlsx par ``python-calamine`` : sa feuille de CCAM, chaque cellule comme du texte."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from opposable.ccam.chemins import absente
from opposable.droit.erreurs import ErreurEntree

CLASSEUR_MAXIMUM: Final = 200 * 2**20
"""Ce qu'un classeur xlsx peut faire une fois décompressé."""
CELLULES_MAXIMUM: Final = 4_000_000
"""L'étendue d'une feuille, vides compris ; un export en a moins de quatre cent mille."""
_FEUILLES_MAXIMUM: Final = 20
_REFERENCE: Final = re.compile(rb'<c [^>]*?r="([A-Z]{1,4})(\d{1,9})"')


def rangees(
    chemin: Path,
    convient: Callable[[list[list[str]]], bool],
    refus: Callable[[str, str, str], ErreurEntree],
) -> Iterator[Sequence[str]]:
    """Les rangées de la première feuille qui convient, dans l'ordre, les vides comprises.

    ``convient`` reçoit le début de chaque feuille. :class:`ErreurEntree` si le classeur ne s'ouvre pas, s'il est
    démesuré, ou si aucune feuille ne convient.
    """
    try:
        import python_calamine as calamine
    except ModuleNotFoundError:
        raise absente("python-calamine") from None
    ou = str(chemin)
    _verifier(chemin, refus)
    try:
        classeur = calamine.CalamineWorkbook.from_path(chemin)
        for nom in classeur.sheet_names[:_FEUILLES_MAXIMUM]:
            feuille = classeur.get_sheet_by_name(nom)
            if convient([_textes(r) for r in feuille.to_python(skip_empty_area=False, nrows=30)]):
                yield from (_textes(r) for r in feuille.to_python(skip_empty_area=False))
                return
    except calamine.PasswordError:
        raise refus("EXPORT_ILLISIBLE", "ce classeur est protégé par un mot de passe", ou) from None
    except (calamine.CalamineError, OSError, ValueError):
        raise refus("EXPORT_ILLISIBLE", "ce classeur est abîmé, ou n'est pas un tableur", ou) from None
    raise refus("PAS_UN_EXPORT", "aucune feuille de ce classeur n'est un export de la CCAM", ou)


def _verifier(chemin: Path, refus: Callable[[str, str, str], ErreurEntree]) -> None:
    """Refuse un xlsx démesuré : décompressé, ou par une cellule perdue très loin, que calamine voudrait rejoindre.

    Un xls (OLE) n'est ni compressé, ni plus grand que son format : sa taille le borne.
    """
    ou = str(chemin)
    with chemin.open("rb") as flux:
        if flux.read(2) != b"PK":
            return
    try:
        with zipfile.ZipFile(chemin) as archive:
            entrees = archive.infolist()
            if sum(entree.file_size for entree in entrees) > CLASSEUR_MAXIMUM:
                raise refus("EXPORT_ILLISIBLE", "décompressé, ce classeur est bien plus gros qu'un export", ou)
            if not any(entree.filename == "xl/workbook.xml" for entree in entrees):
                raise refus("EXPORT_ILLISIBLE", "ce classeur n'est pas un xlsx", ou)
            feuilles = [entree for entree in entrees if entree.filename.startswith("xl/worksheets/")]
            if any(_etendue(archive, feuille) > CELLULES_MAXIMUM for feuille in feuilles):
                raise refus("EXPORT_ILLISIBLE", "une feuille de ce classeur s'étend bien plus loin qu'un export", ou)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise refus("EXPORT_ILLISIBLE", "ce classeur est abîmé, ou n'est pas un tableur", ou) from None


def _etendue(archive: zipfile.ZipFile, feuille: zipfile.ZipInfo) -> int:
    """Le nombre de cellules du rectangle qui va de la première case à la plus lointaine que la feuille nomme."""
    lignes, colonnes, reste = 0, 0, b""
    with archive.open(feuille) as flux:
        while bloc := flux.read(2**20):
            for lettres, numero in set(_REFERENCE.findall(reste + bloc)):
                rang = 0
                for lettre in lettres:
                    rang = rang * 26 + lettre - 64
                lignes, colonnes = max(lignes, int(numero)), max(colonnes, rang)
            reste = bloc[-40:]
    return lignes * colonnes


def _textes(cellules: Sequence[Any]) -> list[str]:
    return [_texte(c) for c in cellules]


def _texte(cellule: Any) -> str:
    """Le texte d'une cellule : un entier sans décimales, une date ``AAAA-MM-JJ``, le reste tel quel."""
    if isinstance(cellule, str):
        return cellule
    if isinstance(cellule, float):
        return str(int(cellule)) if cellule.is_integer() else repr(cellule)
    if isinstance(cellule, datetime):
        return cellule.date().isoformat()
    if isinstance(cellule, date):
        return cellule.isoformat()
    return str(cellule)
