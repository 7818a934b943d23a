"""Les deux vraies versions, lues une fois par session quand elles sont à côté du projet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from opposable.ccam.importer import Bilan, importer
from opposable.ccam.magasin import MagasinParquet, ouvrir

FICHIERS = {67: "ccam_cnam_v67_2021-04-26.csv.gz", 81: "ccam_cnam_v81_2026-01-01.csv.gz"}


@pytest.fixture(scope="session")
def vraies(partage: Callable[[str], Path]) -> dict[int, Path]:
    """Les fichiers publiés, par numéro de version."""
    return {numero: partage(f"donnees/ccam/{nom}") for numero, nom in FICHIERS.items()}


@pytest.fixture(scope="session")
def bilans(vraies: dict[int, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Bilan]:
    """Les deux versions importées dans le même magasin."""
    pytest.importorskip("duckdb")
    dossier = tmp_path_factory.mktemp("ccam")
    return {numero: importer(chemin, dossier) for numero, chemin in vraies.items()}


@pytest.fixture(scope="session")
def vrai(bilans: dict[int, Bilan]) -> MagasinParquet:
    """Le magasin des deux vraies versions."""
    ouvert = ouvrir(bilans[67].dossier)
    assert ouvert is not None
    return ouvert
