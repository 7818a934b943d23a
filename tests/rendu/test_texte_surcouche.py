from __future__ import annotations

from typing import Any

import pytest
from tests.rendu.fabrique import rendre

import opposable
from opposable.portes.cli_surcouche import MODELE
from opposable.rendu import texte_surcouche


@pytest.fixture(scope="module")
def verification() -> dict[str, Any]:
    return opposable.surcouche_verifier([MODELE])


def test_chaque_geste_se_lit(verification: dict[str, Any]) -> None:
    rendu = rendre(texte_surcouche.verification, verification, 200)
    for attendu in (
        "Surcouche modele : ",
        "Document : Revue fictive du modèle (presse, lu le 22 novembre 2026)\n",
        "XZ1 : nouvel acte\n",
        "VS : 1 ligne remplie\n",
        "G : 2 lignes ajoutées, 1 ligne remplacée, 1 ligne remplie\n",
        "- VS.2024-12-22 · depuis le 22 décembre 2024 : non publié → 30,00 € · source : presse\n",
        "    ferme G.2024-12-22\n",
        "- G.2027-01-01 · Guadeloupe, Martinique, Guyane, La Réunion, Mayotte · depuis le 1er janvier 2027 : 36,00 €",
        "- VL.taux.2027-01-01 · depuis le 1er janvier 2027 : 100 %\n",
        "    MP.2024-12-22 reste en vigueur\n",
    ):
        assert attendu in rendu
    assert "None" not in rendu
    assert "À relire" not in rendu


@pytest.mark.parametrize("largeur", [80, 120])
def test_le_rendu_tient_dans_la_largeur(verification: dict[str, Any], largeur: int) -> None:
    rendu = rendre(texte_surcouche.verification, verification, largeur)
    assert max(map(len, rendu.splitlines())) <= largeur


def test_ce_qui_est_a_relire_vient_apres(verification: dict[str, Any]) -> None:
    avertissement = {"code": "SANS_EFFET", "id": None, "message": "cette surcouche ne change aucune valeur"}
    couche = verification["verifiees"][0] | {"avertissements": [avertissement], "operations": []}
    rendu = rendre(texte_surcouche.verification, verification | {"verifiees": [couche]})
    assert "À relire\n  - cette surcouche ne change aucune valeur [SANS_EFFET]\n" in rendu
