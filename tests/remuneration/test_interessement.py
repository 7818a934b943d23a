"""Ce qui manque aux intéressements et aux ESS, donné par une surcouche fictive : le calcul va jusqu'au bout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import opposable

SURCOUCHE = """surcouche: {nom: interessement-essai, libelle: Valeurs d'essai, date: 2026-01-01}
documents:
  essai: {titre: Valeurs d'essai, autorite: presse, lu_le: 2026-01-01, verifie_le: 2026-01-01, adresse: essai}
passages: {essai: {document: essai, lieu: essai, extrait: "500 € au plus, 50 € au moins ; 75 000 € par an"}}
tables:
  biosimilaires_plafond: {lignes: {remplit: {biosimilaires_plafond.2022-01-01: {montant: 500.00, source: essai}}}}
  biosimilaires_minimum: {lignes: {remplit: {biosimilaires_minimum.2022-01-01: {montant: 50.00, source: essai}}}}
  ess_dotation: {lignes: {remplit: {ess_dotation.projet_valide.2025-01-01: {montant: 75000.00, source: essai}}}}
"""


@pytest.fixture
def surcouche(tmp_path: Path) -> Path:
    """Un plafond de 500 €, un minimum de 50 €, une dotation de 75 000 €, tous fictifs."""
    fichier = tmp_path / "essai.yaml"
    fichier.write_text(SURCOUCHE, encoding="utf-8")
    return fichier


@pytest.mark.parametrize(
    ("economie", "verse"),
    [
        ("1000.00", "500.00"),  # 50 % = 500, égal au plafond
        ("1000.02", "500.00"),  # 500,01 : le plafond
        ("100.00", "50.00"),  # 50 %, égal au minimum : versé
        ("99.98", "0.00"),  # 49,99 : sous le minimum, rien
    ],
)
def test_le_plafond_et_le_minimum_des_biosimilaires(economie: str, verse: str, surcouche: Path) -> None:
    cas = {"annee": 2025, "medecin": {"secteur": "1"}, "molecule": "ranibizumab", "economie": economie}
    reponse = opposable.calculer("interessement_biosimilaires", cas, surcouches=[surcouche])
    assert (reponse["statut"], reponse["montant"], reponse["manquants"]) == ("calcule", verse, [])


def test_une_dotation_donnee_complete_l_annee_de_l_equipe(surcouche: Path) -> None:
    """80 000 + 75 000 = 155 000, dont la dotation repose sur une source de presse."""
    exemple: dict[str, Any] = opposable.dispositifs("equipe_soins_specialises")["exemple"]
    reponse = opposable.calculer("equipe_soins_specialises", exemple, surcouches=[surcouche])
    assert (reponse["statut"], reponse["montant"]) == ("calcule", "155000.00")
    assert (reponse["autorites"]["texte"], reponse["autorites"]["presse"]) == ("80000.00", "75000.00")


def test_une_molecule_par_cas_dans_l_annee_d_un_medecin() -> None:
    """Deux molécules en 2025 : le ranibizumab notifié compte, l'étanercept est sorti la veille."""
    dossier = {
        "annee": 2025,
        "medecin": {"secteur": "1"},
        "interessement_biosimilaires": [
            {"molecule": "ranibizumab", "economie": "1200.00", "notifie": "540.00"},
            {"molecule": "etanercept"},
        ],
    }
    lignes = {d["dispositif"]: d for d in opposable.annee(dossier)["dispositifs"]}
    assert (lignes["interessement_biosimilaires"]["montant"], lignes["interessement_biosimilaires"]["cas"]) == (
        "540.00",
        2,
    )
    assert "equipe_soins_specialises" not in lignes
