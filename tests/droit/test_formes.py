"""La forme d'un acte publié : ce qui le distingue d'un autre, ses tarifs mis à part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.lots.imaginaires import VERSIONS, Imaginaires

from opposable.droit.corpus import charger
from opposable.droit.nomenclature import ActePublie, Rangee

CODE, AUTRE = "XAAA001", "XAAA002"
RANGEE = Rangee("1", "0", "Un acte", 5000, 4000, True, False, False, ("1",), "ATM", ("F", "P"), ())


class _Magasin(Imaginaires):
    """Deux actes, chacun dans les deux versions."""

    def __init__(self, un: Rangee, autre: Rangee) -> None:
        super().__init__(2)
        for code, rangee in ((CODE, un), (AUTRE, autre)):
            self._actes[code] = {
                v.numero: ActePublie(v.numero, code, rangee.libelle, "07.03.05", (), (rangee,)) for v in VERSIONS
            }


def _formes(**change: Any) -> tuple[Any, Any]:
    formes = charger(magasin=_Magasin(RANGEE, replace(RANGEE, **change))).actes.formes([CODE, AUTRE])
    return formes[CODE], formes[AUTRE]


@pytest.mark.parametrize("change", [{}, {"opposable": 90, "autre": 80}, {"libelle": "Un autre"}, {"gestes": (CODE,)}])
def test_seuls_les_tarifs_les_libelles_et_les_gestes_different(change: dict[str, Any]) -> None:
    un, autre = _formes(**change)
    assert un.cle == autre.cle
    assert un.montants == (5000, 4000)
    assert autre.montants == (change.get("opposable", 5000), change.get("autre", 4000))


@pytest.mark.parametrize(
    "change",
    [{"autre": 5000}, {"autre": None}, {"opposable": 0}, {"activite": "4"}, {"phase": "1"}, {"prise_en_charge": False},
     {"sous_conditions": True}, {"accord_prealable": True}, {"exoneration": ("2",)}, {"modificateurs": ("F",)},
     {"regroupement": "ADE"}],
)  # fmt: skip
def test_tout_le_reste_fait_une_autre_forme(change: dict[str, Any]) -> None:
    """Deux tarifs égaux, un tarif absent ou nul, ou ce qu'une règle, une table ou un modèle lit."""
    un, autre = _formes(**change)
    assert un.cle != autre.cle


def test_un_acte_du_corpus_ou_inconnu_n_a_pas_de_forme() -> None:
    corpus = charger(magasin=_Magasin(RANGEE, RANGEE))
    assert dict(corpus.actes.formes(["G", "ZZZZ999"])) == {}
    assert dict(charger().actes.formes([CODE])) == {}
