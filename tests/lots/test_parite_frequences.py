"""Les fréquences d'un lot : mêmes refus, mêmes doutes, mêmes centimes que le scalaire à qui on donne les comptes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lots.comparer import comparer, controle, lire
from tests.lots.rencontres import Rencontres
from tests.lots.taille import taille

from opposable.portes import python as api

pytest.importorskip("duckdb")
CORPUS = api.corpus()


@pytest.mark.parametrize(
    ("graine", "oublis", "couverture"),
    [(1, 0.0, ""), (2, 0.1, ""), (3, 0.05, "{patients: tous, medecins: tous, du: 2018-01-01}")],
)
def test_parite_des_frequences(
    graine: int, oublis: float, couverture: str, tmp_path: Path, comparees: Callable[[str, int], None]
) -> None:
    from opposable.lots.controler import Demande

    demande = Demande(tmp_path / "lot.parquet", ecarter=True)
    Rencontres(CORPUS, graine, oublis=oublis).ecrire(demande.lot, taille(800, 1500), couverture)
    controle(CORPUS, demande, tmp_path)
    motifs = [m for ligne in lire(tmp_path / "sortie" / "lignes.parquet") for m in ligne["motifs"]]
    assert motifs.count("FREQUENCE_DEPASSEE") > 50
    assert motifs.count("PERIODE_INDECISE") > 5
    bilan = comparer(CORPUS, demande, tmp_path / "sortie")
    assert not bilan.differentes[:5]
    comparees("scalaire et duckdb (fréquences)", bilan.lignes)
