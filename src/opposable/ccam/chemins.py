"""Où les données de la personne sont rangées : son dossier de données, ou celui qu'elle nomme."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from opposable.droit.erreurs import ErreurEntree

VARIABLE: Final = "OPPOSABLE_DONNEES"
"""La variable d'environnement qui déplace le dossier de données."""


def donnees() -> Path:
    """Le dossier de données : ``OPPOSABLE_DONNEES``, ou celui que le système réserve aux données de la personne."""
    dit = os.environ.get(VARIABLE, "").strip()
    if dit:
        return Path(dit).expanduser()
    try:
        from platformdirs import user_data_path
    except ModuleNotFoundError:
        raise absente("platformdirs") from None
    return user_data_path("opposable", appauthor=False)


def magasin() -> Path:
    """Le dossier de la CCAM dans le dossier de données ; il n'existe pas tant que rien n'est importé."""
    return donnees() / "ccam"


def absente(bibliotheque: str) -> ErreurEntree:
    """L'erreur d'une bibliothèque qui n'est pas installée."""
    return ErreurEntree(
        "BIBLIOTHEQUE_ABSENTE", f"la CCAM a besoin de {bibliotheque}, qui n'est pas installé",
        attendu="l'extra « ccam »", exemple='pip install "opposable[ccam]"',
    )  # fmt: skip
