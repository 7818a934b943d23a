"""Les moteurs sur lesquels les essais des lots passent."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lots.banc import Banc
    from tests.lots.petits import Atelier


def exiger_spark() -> None:
    """Sans PySpark ou sans Java, l'essai est sauté et dit pourquoi ; en intégration continue, il échoue."""
    manque = "PySpark (extra « spark »)" if importlib.util.find_spec("pyspark") is None else ""
    if not manque and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        manque = "Java 17 (openjdk-17-jre-headless)"
    if manque:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"le moteur Spark demande {manque}")


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def banc(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Banc]:
    """Le banc d'essai d'un moteur ; à la fin, le nombre de valeurs comparées est imprimé."""
    if request.param == "spark":
        exiger_spark()
    else:
        pytest.importorskip("duckdb")
    from tests.lots.banc import Banc

    from opposable.lots.moteurs import Reglages, ouvrir

    dossier = tmp_path_factory.mktemp(request.param)
    moteur = ouvrir(request.param, Reglages("1GiB", dossier))
    banc = Banc(moteur, dossier)
    yield banc
    moteur.fermer()
    rapport = request.config.pluginmanager.get_plugin("terminalreporter")
    if rapport is not None:
        rapport.write_line(f"\n{request.param} : {banc.total} valeurs comparées à l'interprète scalaire")


@pytest.fixture
def atelier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Atelier:
    """Un dossier d'essai où l'on écrit un petit lot et le contrôle."""
    pytest.importorskip("duckdb")
    from tests.lots.petits import Atelier

    return Atelier(tmp_path, capsys)


@pytest.fixture
def comparees(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Note combien de lignes des interprètes ont été comparées ; le résumé des essais les additionne."""

    def noter(lesquels: str, lignes: int) -> None:
        assert lignes > 0, "aucune ligne comparée"
        record_property("comparees", (lesquels, lignes))

    return noter
