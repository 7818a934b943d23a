"""Un lot trop grand pour la mémoire : ses tables longues vont dans des fichiers, les sorties ne changent pas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")

from tests.lots.comparer import controle, ecarts
from tests.lots.hasard import Hasard
from tests.lots.rencontres import Rencontres
from tests.lots.techniques import Techniques

from opposable.lots.controler import Demande
from opposable.lots.moteurs import tables_duckdb
from opposable.lots.moteurs.tables_duckdb import TablesDuckdb, octets
from opposable.portes import python as api

CORPUS = api.corpus()
SORTIES = ("lignes", "anomalies", "sommes", "frequences", "participations", "ecartees")


LOTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "rencontres répétées": (lambda lot: Rencontres(CORPUS, 11, oublis=0.05).ecrire(lot, 300), "formes_refaites"),
    "tout le vocabulaire": (
        lambda lot: Hasard(CORPUS, 7, connus=0.7, age=True, quantites=True).ecrire(lot, 80),
        "codees_gardees",
    ),
    "actes techniques": (lambda lot: Techniques(CORPUS, 5, connus=0.9).ecrire(lot, 80), "relations"),
}
"""Un lot, et une table qu'il fait écrire : des fréquences corrigées, des factures écartées, des dépassements."""


@pytest.mark.parametrize("nom", LOTS)
def test_les_sorties_sont_les_memes(nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bati, attendue = LOTS[nom]
    lot = tmp_path / "lot.parquet"
    bati(lot)
    places: list[str] = []
    placer = TablesDuckdb._placer

    def noter(self: TablesDuckdb, table: str, fichier: Path) -> None:
        places.append(table)
        placer(self, table, fichier)

    monkeypatch.setattr(TablesDuckdb, "_placer", noter)
    manifestes = {}
    for ou, par_ligne in (("memoire", tables_duckdb.PAR_LIGNE), ("fichiers", 1 << 40)):
        monkeypatch.setattr(tables_duckdb, "PAR_LIGNE", par_ligne)
        (tmp_path / ou).mkdir()
        places.clear()
        manifestes[ou] = controle(CORPUS, Demande(lot, ecarter=True), tmp_path / ou)
        assert ({"numerotees", attendue} <= set(places)) == (ou == "fichiers")
    assert manifestes["fichiers"] == manifestes["memoire"]
    un, autre = (tmp_path / ou / "sortie" for ou in ("memoire", "fichiers"))
    assert sorted(f.name for f in un.iterdir()) == sorted(f.name for f in autre.iterdir())
    for sortie in SORTIES:
        if (un / f"{sortie}.parquet").exists():
            assert ecarts(un, autre, f"{sortie}.parquet") == 0, sortie
    restes = {f.name.rpartition("-")[0] for f in (tmp_path / "fichiers" / "travail").glob("*.parquet")}
    assert not restes & {"codees", "clefs", "relations", "lignes_proches"}, "une table oubliée garde son fichier"


@pytest.mark.parametrize(
    ("memoire", "attendu"),
    [("2GiB", 2 * 1024**3), ("1 gb", 10**9), ("512MiB", 512 * 1024**2), ("1.5kb", 1500), ("1TiB", 1024**4)],
)
def test_une_quantite_de_memoire(memoire: str, attendu: int) -> None:
    assert octets(memoire) == attendu
