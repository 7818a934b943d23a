"""L'exemple d'actes techniques que le README montre, avec le seul extrait livré : aucune version importée."""

from __future__ import annotations

import json
from pathlib import Path

import opposable

EXEMPLE = Path(__file__).resolve().parents[2] / "exemples" / "actes_techniques.json"


def test_le_second_acte_est_a_la_moitie() -> None:
    """CCAM V81, secteur 1 : spirométrie 41,87 ; ECG 14,77 × 50 % = 7,385, arrondi à 7,39 ; 70 % : 29,31 et 5,17."""
    reponse = opposable.coter(json.loads(EXEMPLE.read_text("utf-8")))
    lignes = [(x["code"], x["statut"], x["base_remboursement"], x["part_obligatoire"]) for x in reponse["lignes"]]
    assert lignes == [("GLQP012", "acceptee", "41.87", "29.31"), ("DEQP003", "acceptee", "7.39", "5.17")]
    assert reponse["total"]["honoraires"] == "49.26"
    assert reponse["total"]["part_obligatoire"] == "34.48"
    assert not reponse["questions"]
