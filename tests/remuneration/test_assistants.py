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


def objectifs(niveau: str, fa: int, pmt: int, depart: int = 1100) -> dict[str, Any]:
    cas = {
        "date": "2026-02-10",
        "medecin": {"specialite": "medecine_generale", "age": 50},
        "option": "un_demi",
        "niveau": niveau,
        "fa_depart": 2000,
        "fa_constatee": fa,
        "pmt_depart": depart,
        "pmt_constatee": pmt,
    }
    return opposable.calculer("assistant_objectifs", cas, surcouches=[MODELE])


@pytest.mark.parametrize(
    ("niveau", "fa", "pmt", "part"),
    [
        ("p30_p50", 2200, 1200, "1.00"),
        ("p30_p50", 2199, 1200, "1.00"),
        ("p30_p50", 2199, 1199, None),
        ("p50_p90", 2149, 1180, "1.00"),
        ("p50_p90", 2149, 1099, "0.00"),
    ],
)
def test_les_objectifs_remplis_se_verifient(niveau: str, fa: int, pmt: int, part: str | None) -> None:
    """Objectifs du modèle : 2 000 + 200 et 1 100 + 100 du P30 au P50, 2 000 + 150 et 1 100 + 80 du P50 au P95."""
    reponse = objectifs(niveau, fa, pmt)
    assert reponse["resultat"]["part_versee"] == part
    assert not reponse["manquants"]


def test_un_objectif_individualise_suit_la_patientele_de_depart() -> None:
    """1 300 patients au départ : aucune ligne du modèle ; l'objectif manque encore."""
    assert objectifs("p50_p90", 2149, 1400, depart=1300)["statut"] == "non_calculable"
    assert [ligne["objectif"] for ligne in objectifs("p50_p90", 2149, 1400, 1299)["resultat"]["detail"]] == [2150, 1379]


def test_une_recuperation_possible_reste_une_borne_negative_dans_l_annee() -> None:
    """Contrat clôturé, rien d'acquis : 0 − 10 500 × 50 % = − 5 250 € si l'acompte est récupéré, 0 sinon."""
    contrat = {
        "signature": "2019-11-15", "option": "un_demi", "option_precedente": "un_demi", "niveau": "p50_p90",
        "part_versee": "0.00", "prorogation": "non",
    }  # fmt: skip
    annee = opposable.annee({"annee": 2024, "medecin": {"specialite": "cardiologie"}, "assistant_aide": contrat})
    dit = next(d for d in annee["dispositifs"] if d["dispositif"] == "assistant_aide")
    assert (dit["montant"], dit["au_moins"], dit["au_plus"]) == (None, "-5250.00", "0.00")
    assert annee["totaux"]["au_moins"] == "-5250.00"
    assert annee["totaux"]["sans_montant"] == ["assistant_aide"]
