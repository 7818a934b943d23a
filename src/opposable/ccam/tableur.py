"""Lire un classeur xls ou xlsx par ``python-calamine`` : sa feuille de CCAM, chaque cellule comme du texte."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from opposable.ccam.chemins import absente
from opposable.droit.erreurs import ErreurEntree

CLASSEUR_MAXIMUM: Final = 200 * 2**20
"""Ce qu'un classeur xlsx peut faire une fois décompressé."""
_FEUILLES_MAXIMUM: Final = 20


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
    _verifier_taille(chemin, refus)
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


def _verifier_taille(chemin: Path, refus: Callable[[str, str, str], ErreurEntree]) -> None:
    """Refuse un xlsx qui se décompresserait sans mesure. Un xls (OLE) n'est pas compressé : sa taille le borne."""
    with chemin.open("rb") as flux:
        if flux.read(2) != b"PK":
            return
    try:
        with zipfile.ZipFile(chemin) as archive:
            taille = sum(entree.file_size for entree in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refus("EXPORT_ILLISIBLE", "ce classeur est abîmé, ou n'est pas un tableur", str(chemin)) from None
    if taille > CLASSEUR_MAXIMUM:
        raise refus("EXPORT_ILLISIBLE", "décompressé, ce classeur est bien plus gros qu'un export", str(chemin))


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
