"""Scalaire, DuckDB et Spark sur le même grand lot, et sur un lot tiré dans tout le vocabulaire : aucune différence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lots.comparer import comparer, controle, ecarts
from tests.lots.conftest import exiger_spark
from tests.lots.hasard import Hasard
from tests.lots.imaginaires import Imaginaires
from tests.lots.rencontres import Rencontres
from tests.lots.techniques import Techniques

from opposable.droit.corpus import Corpus, charger
from opposable.lots import generer
from opposable.lots.controler import Demande
from opposable.portes import python as api

CORPUS = api.corpus()
pytestmark = [pytest.mark.spark, pytest.mark.lent]


@pytest.fixture(autouse=True, scope="module")
def _spark() -> None:
    exiger_spark()


def _trois(
    lot: Path, dossier: Path, comparees: Callable[[str, int], None], corpus: Corpus = CORPUS, **options: Any
) -> None:
    sorties = {}
    for moteur in ("duckdb", "spark"):
        (dossier / moteur).mkdir()
        manifeste = controle(corpus, Demande(lot, moteur=moteur, **options), dossier / moteur)
        sorties[moteur] = dossier / moteur / "sortie"
    ecrits = ["lignes.parquet", "anomalies.parquet", "sommes.parquet"]
    ecrits += ["frequences.parquet"] if (sorties["duckdb"] / "frequences.parquet").exists() else []
    for fichier in ecrits:
        assert ecarts(sorties["duckdb"], sorties["spark"], fichier) == 0, fichier
    bilan = comparer(corpus, Demande(lot, **options), sorties["duckdb"])
    assert not bilan.differentes, bilan.differentes[:5]
    assert bilan.lignes == manifeste["lignes"]["sortie"] > 0
    comparees("scalaire, duckdb et spark", bilan.lignes)


def test_deux_cent_mille_lignes(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    lot = tmp_path / "lot.parquet"
    generer.generer(CORPUS, generer.Demande(200_000, 5, inconnus=0.1, erreurs=0.1), generer.voisins(lot))
    _trois(lot, tmp_path, comparees)


def test_tout_le_vocabulaire(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    lot = tmp_path / "lot.parquet"
    Hasard(CORPUS, 7, connus=0.7, age=True, quantites=True).ecrire(lot, 2000)
    _trois(lot, tmp_path, comparees, ecarter=True)


def test_des_rencontres_repetees(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    """Les mêmes actes limités, pour quelques patients : les comptes, les refus et les doutes de fréquence."""
    lot = tmp_path / "lot.parquet"
    Rencontres(CORPUS, 11, oublis=0.05).ecrire(lot, 800)
    _trois(lot, tmp_path, comparees, ecarter=True)


def test_des_actes_techniques(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    """Ce que les codes d'une facture décident avant le tarif, et le rang d'une ligne parmi ses jumelles."""
    lot = tmp_path / "lot.parquet"
    Techniques(CORPUS, 12, connus=0.9).ecrire(lot, 800)
    _trois(lot, tmp_path, comparees, ecarter=True)


def test_des_actes_que_seuls_leurs_tarifs_distinguent(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    """Assez de codes pour que les deux moteurs les joignent ; un acte y répond pour d'autres."""
    magasin = Imaginaires(600, 13, 12, varies=True)
    corpus = charger(magasin=magasin)
    lot = tmp_path / "lot.parquet"
    Techniques(corpus, 13, connus=0.9, actes=sorted(magasin.codes()), seuls=0.8).ecrire(lot, 1500)
    _trois(lot, tmp_path, comparees, corpus, ecarter=True)
