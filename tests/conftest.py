"""Les documents et les données que le projet lit à côté de lui, sans les contenir."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

VOISIN = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def partage() -> Callable[[str], Path]:
    """Le chemin d'un dossier partagé ; l'essai qui le demande est sauté, et dit pourquoi, s'il n'est pas là."""
    racine = Path(os.environ.get("OPPOSABLE_SHARED") or VOISIN)

    def chemin(nom: str) -> Path:
        trouve = racine / nom
        if not trouve.exists():
            pytest.skip(f"« shared/{nom} » absent à côté du projet (OPPOSABLE_SHARED donne un autre dossier)")
        return trouve

    return chemin
