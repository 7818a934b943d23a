"""L'export du barème : un fichier entier, ou rien."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from opposable.portes import cli


def test_le_csv_a_une_ligne_par_tarif(api: Any, tmp_path: Path) -> None:
    cible = tmp_path / "bareme.csv"
    assert cli.executer(["bareme", "--export", "csv", "--sortie", str(cible)]) == 0
    entete, ligne = cible.read_text(encoding="utf-8").splitlines()
    assert entete == (
        "sorte,code,libelle,nature,id,territoire,cellule,du,au,prevu_du,effectif_du,report,montant,taux,valeur,manquant,"
        "conditions,sources,autorites,corpus,empreinte"
    )
    assert ligne.startswith('tarif,G,"Consultation, cabinet",acte,G.2024-12-22,metropole,,2024-12-22,,,,,30.00,,,,,')
    assert sorted(tmp_path.iterdir()) == [cible]


def test_sans_fichier_le_csv_va_a_l_ecran(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["bareme", "--entre", "2024-01-01", "2025-01-01", "--export", "csv"]) == 0
    lignes = capsys.readouterr().out.splitlines()
    assert lignes[1].startswith("tarif,G,Consultation,G.2024-12-22,metropole,,2024-12-22,,,,26.50,30.00,26.50,30.00,")


def test_le_json_exporte_est_la_reponse_entiere(api: Any, tmp_path: Path) -> None:
    cible = tmp_path / "bareme.json"
    assert cli.executer(["bareme", "--export", "json", "--sortie", str(cible)]) == 0
    assert json.loads(cible.read_text(encoding="utf-8"))["corpus"]["version"] == "2026.1"


def test_le_parquet_garde_les_types(api: Any, tmp_path: Path) -> None:
    import duckdb

    cible = tmp_path / "l'été.parquet"
    assert cli.executer(["bareme", "--export", "parquet", "--sortie", str(cible)]) == 0
    with duckdb.connect() as base:
        table = base.read_parquet(str(cible))
        types = dict(zip(table.columns, map(str, table.types), strict=True))
        assert (types["montant"], types["du"], types["code"]) == ("DECIMAL(9,2)", "DATE", "VARCHAR")
        assert [str(v) for v in table.select("code", "montant", "du").fetchall()[0]] == ["G", "30.00", "2024-12-22"]


def test_sans_duckdb_le_message_dit_quoi_installer(
    api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    cible = tmp_path / "b.parquet"
    assert cli.executer(["bareme", "--export", "parquet", "--sortie", str(cible)]) == 2
    assert "opposable[lots]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_un_export_rate_laisse_l_ancien_fichier(api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cible = tmp_path / "bareme.csv"
    cible.write_text("ancien", encoding="utf-8")

    def rater(*_: object, **__: object) -> int:
        raise OSError(28, "plus de place")

    monkeypatch.setattr(Path, "write_text", rater)
    assert cli.executer(["bareme", "--export", "csv", "--sortie", str(cible)]) == 2
    assert cible.read_bytes() == b"ancien"
    assert list(tmp_path.iterdir()) == [cible]


@pytest.mark.parametrize("cible", ["/dev/null", "absent/bareme.csv", "."])
def test_une_cible_impossible_est_refusee(
    api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cible: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.executer(["bareme", "--export", "csv", "--sortie", cible, "--json"]) == 2
    sorti = capsys.readouterr()
    assert sorti.out == ""
    assert json.loads(sorti.err)["erreur"]["code"] == "SORTIE_IMPOSSIBLE"
