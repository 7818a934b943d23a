"""La surcouche à remplir de l'aide à l'assistant médical : remplie, elle situe une patientèle et donne un objectif."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import opposable

MODELE = Path(__file__).parents[2] / "exemples" / "surcouches" / "assistants.yaml"


def eligibilite(specialite: str, patientele: int, surcouche: Path = MODELE) -> dict[str, Any]:
    cas = {
        "date": "2026-02-10",
        "option": "un_demi",
        "medecin": {"specialite": specialite, "secteur": "1"},
        "patientele": patientele,
        "secretaire": "sans_changement",
        "contrat_fini": "non",
    }
    return opposable.calculer("assistant_eligibilite", cas, surcouches=[surcouche])


@pytest.mark.parametrize(
    ("specialite", "patientele", "niveau"),
    [
        ("medecine_generale", 800, "du P30 au P50"),
        ("medecine_generale", 999, "du P30 au P50"),
        ("medecine_generale", 1000, "du P50 au P90"),
        ("medecine_generale", 1999, "du P90 au P95, exclu"),
        ("medecine_generale", 2000, "P95 et au-delà"),
        ("cardiologie", 1500, "du P30 au P50"),
    ],
)
def test_les_seuils_remplis_situent_la_patientele(specialite: str, patientele: int, niveau: str) -> None:
    """Seuils du modèle : 800, 1 000, 1 700 et 2 000 patients ; 1 500 au P30 en cardiologie."""
    reponse = eligibilite(specialite, patientele)
    assert (reponse["statut"], reponse["resultat"]["peut_signer"]) == ("calcule", "oui")
    assert reponse["resultat"]["niveau_retenu"] == niveau
    assert not reponse["manquants"]


@pytest.mark.parametrize(("specialite", "patientele"), [("medecine_generale", 799), ("cardiologie", 1499)])
def test_un_patient_de_moins_que_le_p30(specialite: str, patientele: int) -> None:
    assert eligibilite(specialite, patientele)["statut"] == "refuse"


def test_une_specialite_que_le_modele_ne_remplit_pas_manque_encore() -> None:
    assert eligibilite("rhumatologie", 3000)["statut"] == "non_calculable"


def test_des_seuils_qui_ne_croissent_pas_sont_refuses(tmp_path: Path) -> None:
    faux = tmp_path / "faux.yaml"
    faux.write_text(MODELE.read_text(encoding="utf-8").replace('"1000"', '"1800"'), encoding="utf-8")
    with pytest.raises(opposable.ErreurEntree, match="croissants"):
        eligibilite("medecine_generale", 900, faux)
