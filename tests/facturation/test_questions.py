"""Les questions d'une facture de lignes pareilles : essayer l'une vaut pour l'autre."""

from __future__ import annotations

import pytest

import opposable
from opposable.facturation import questions

FACTURES = [
    {"date": "2026-02-10", "actes": [{"code": "C"}] * 4},
    {"date": "2026-02-10", "medecin": {"specialite": "medecine_generale", "secteur": "1"},
     "contexte": {"role": "medecin_traitant", "lieu": "domicile"},
     "actes": [{"code": "VG"}, {"code": "VG"}, {"code": "IK", "quantite": 3}, {"code": "IK", "quantite": 5}]},
    {"date": "2026-02-10", "medecin": {"specialite": "pediatrie"}, "patient": {"age": "6 à 15 ans"},
     "actes": [{"code": "CS"}, {"code": "CS", "honoraires": "50.00"}, {"code": "CS"}, {"code": "MCS"}]},
]  # fmt: skip


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("facture", FACTURES, ids=["consultations", "visites", "specialiste"])
def test_des_lignes_pareilles_donnent_les_memes_questions(
    facture: dict[str, object], strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    partagees = opposable.coter(facture, strict=strict)
    monkeypatch.setattr(questions, "_jumelle", lambda _, rang: rang)
    assert opposable.coter(facture, strict=strict) == partagees
