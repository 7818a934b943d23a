"""Les deux interprètes disent la même chose : lignes de règles, motifs, centimes, sur tout le vocabulaire."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.lots.comparer import comparer, controle
from tests.lots.hasard import Hasard
from tests.lots.taille import taille

from opposable.lots import generer
from opposable.lots.controler import Demande
from opposable.portes import python as api

CORPUS = api.corpus()


def _comparer(demande: Demande, dossier: Path, dire: Callable[[str, int], None]) -> None:
    manifeste = controle(CORPUS, demande, dossier)
    bilan = comparer(CORPUS, demande, dossier / "sortie")
    dire(f"scalaire et {demande.moteur}", bilan.lignes)
    assert not bilan.differentes, bilan.differentes[:5]
    assert bilan.lignes > 0
    assert manifeste["lignes"]["sortie"] == bilan.lignes
    assert manifeste["lignes"]["ecartees"] == bilan.ecartees


@settings(
    max_examples=taille(8, 25),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # réduire un lot prend des minutes et n'apprend rien : la graine suffit
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    graine=st.integers(0, 2**32),
    connus=st.sampled_from([0.3, 0.6, 0.9, 1.0]),
    age=st.booleans(),
    quantites=st.booleans(),
    strict=st.booleans(),
)
def test_tout_le_vocabulaire(
    graine: int,
    connus: float,
    age: bool,
    quantites: bool,
    strict: bool,
    tmp_path_factory: pytest.TempPathFactory,
    comparees: Callable[[str, int], None],
) -> None:
    dossier = tmp_path_factory.mktemp("hasard")
    lot = dossier / "lot.parquet"
    Hasard(CORPUS, graine, connus=connus, age=age, quantites=quantites).ecrire(lot, 300)
    _comparer(Demande(lot, strict=strict, ecarter=True), dossier, comparees)


@pytest.mark.parametrize("inconnus", [0.0, 0.15])
def test_un_lot_realiste(inconnus: float, tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    lot = tmp_path / "lot.parquet"
    generer.generer(
        CORPUS, generer.Demande(taille(3000, 6000), 11, inconnus=inconnus, erreurs=0.2), generer.voisins(lot)
    )
    _comparer(Demande(lot), tmp_path, comparees)


@pytest.mark.parametrize("connus", [0.9, 1.0])
def test_les_kilometres(connus: float, tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    """Des quantités et des distances proches de l'abattement : un fait calculé de la ligne et de la facture."""
    lot = tmp_path / "lot.parquet"
    codes = ["VG", "V", "APV", "MD", "IK", "IKM", "IKS"]
    Hasard(CORPUS, 5, connus=connus, age=False, quantites=True, codes=codes).ecrire(lot, taille(250, 400))
    _comparer(Demande(lot, ecarter=True), tmp_path, comparees)
