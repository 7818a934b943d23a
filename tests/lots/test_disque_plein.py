"""Un disque qui se remplit pendant un contrôle : un message, sortie 2, et rien n'y reste."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.petits import Atelier, bonnes


@pytest.fixture
def petit_disque(tmp_path: Path) -> Iterator[Path]:
    disque = tmp_path / "disque"
    disque.mkdir()
    monter = shutil.which("mount")
    if (
        monter is None
        or subprocess.run(
            [monter, "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disque)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("monter un petit disque (tmpfs) n'est pas permis ici")
    yield disque
    subprocess.run([shutil.which("umount") or "umount", str(disque)], check=True)


def test_un_disque_plein(petit_disque: Path, atelier: Atelier) -> None:
    """Le disque est plein pendant l'écriture des lignes : rien n'y reste."""
    lot = atelier.dossier / "lot.parquet"
    assert atelier.commande("generer", "--sortie", str(lot), "--lignes", "10000", "--graine", "1").code == 0
    sortie = petit_disque / "sortie"
    resultat = atelier.commande("controler", str(lot), "--sortie", str(sortie), sortie=sortie)
    atelier.refuse(resultat, "plus de place")
    assert list(petit_disque.iterdir()) == []


def test_un_disque_plein_simule(atelier: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    from opposable.lots.sorties import Sorties

    def plein(*_: object, **__: object) -> None:
        raise OSError(28, "plein")

    monkeypatch.setattr(Sorties, "lignes", plein)
    atelier.refuse(atelier.csv(bonnes()), "plus de place")
