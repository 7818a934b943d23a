"""Le seuil de sobriété donné par une surcouche : dessous, la rémunération ; dessus, jamais zéro."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import opposable

SURCOUCHE = """surcouche: {nom: seuil-essai, libelle: Seuil d'essai, date: 2026-01-01}
documents:
  seuil_essai: {titre: Seuil d'essai, autorite: presse, lu_le: 2026-01-01, verifie_le: 2026-01-01, adresse: essai}
passages: {seuil: {document: seuil_essai, lieu: essai, extrait: "ratio de 0,80 au plus"}}
tables:
  sobriete_seuil: {lignes: {remplit: {sobriete_seuil.2025-01-01: {valeur: "0.80", source: seuil}}}}
"""


@pytest.fixture
def surcouche(tmp_path: Path) -> Path:
    """Un seuil de 0,80, fictif."""
    fichier = tmp_path / "seuil.yaml"
    fichier.write_text(SURCOUCHE, encoding="utf-8")
    return fichier


def calculer(prescriptions: str, surcouche: Path) -> dict[str, Any]:
    cas = {
        "annee": 2025,
        "medecin": {"specialite": "medecine_generale"},
        "prescriptions": prescriptions,
        "moyenne_nationale": "300.00",
    }
    return opposable.calculer("sobriete", cas, surcouches=[surcouche])


def test_au_seuil_la_remuneration_est_due(surcouche: Path) -> None:
    """240 ÷ 300 = 0,80, égal au seuil : 1 000 €."""
    reponse = calculer("240.00", surcouche)
    assert (reponse["statut"], reponse["montant"]) == ("calcule", "1000.00")


def test_au_dessus_du_seuil_rien_n_est_affirme(surcouche: Path) -> None:
    """240,01 ÷ 300 dépasse 0,80 ; d'après la presse, une baisse en un an paierait encore : ni 1 000, ni 0."""
    reponse = calculer("240.01", surcouche)
    assert (reponse["statut"], reponse["montant"]) == ("partiel", None)
    assert [q["fait"] for q in reponse["questions"]] == ["retenu"]
