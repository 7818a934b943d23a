"""Le dispositif « statut » : l'API, la commande, l'exemple, et les mauvaises entrées."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

import opposable
from opposable.portes.cli import executer

EXEMPLE = {
    "date": "2026-02-10",
    "medecin": {"statut": "remplacant", "secteur": "2", "option": "optam", "specialite": "dermatologie"},
}


def lancer(monkeypatch: pytest.MonkeyPatch, cas: object, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(cas).encode())))
    return executer(["calculer", "statut", "-", *options])


def test_l_exemple_de_la_fiche_se_calcule(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert executer(["dispositifs", "statut", "--exemple"]) == 0
    exemple = json.loads(capsys.readouterr().out)
    assert exemple == EXEMPLE
    assert lancer(monkeypatch, exemple, "--json") == 0
    dit = json.loads(capsys.readouterr().out)
    assert (dit["dispositif"], dit["periode"], dit["statut"], dit["montant"]) == (
        "statut", "2026-02-10", "calcule", None,
    )  # fmt: skip
    assert dit["resultat"]["tarifs"] == "ceux du secteur indiqué"
    assert (dit["resultat"]["droit_permanent"], dit["resultat"]["maitrise"]) == ("non", "oui")
    assert {d["droit"]: d["valeur"] for d in dit["resultat"]["droits"]}["statut_carte"] == "la_sienne"
    assert (dit["motifs"], dit["manquants"], dit["questions"]) == ([], [], [])
    assert dit["sources"]
    assert [e["nom"] for e in dit["trace"]["etapes"]][:2] == ["secteur_de", "tarifs"]


def test_la_commande_dit_les_droits_en_francais(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lancer(monkeypatch, EXEMPLE) == 0
    texte = capsys.readouterr().out
    assert "du médecin remplacé, sauf le droit permanent à dépassement" in texte
    assert "Circulaire de la Cnam sur la convention 2024" in texte


def test_ce_qui_manque_au_medecin_se_demande() -> None:
    dit = opposable.calculer(
        "statut", {"date": "2026-02-10", "medecin": {"statut": "collaborateur_salarie", "secteur": "2"}}
    )
    assert dit["statut"] == "partiel"
    assert dit["resultat"]["tarifs"] is None
    assert {q["fait"] for q in dit["questions"]} == {"medecin.titres_secteur_2", "medecin.option"}


def test_le_salarie_d_un_medecin_hors_convention_n_est_pas_dans_les_textes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cas = {"date": "2026-02-10", "medecin": {"statut": "adjoint", "secteur": "non_conventionne"}}
    assert lancer(monkeypatch, cas) == 2
    assert "médecin conventionné" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "code", "ou"),
    [
        ({"medecin": {"secteur": "1"}}, "FAIT_ABSENT", "medecin.statut"),
        ({"medecin": {"statut": "stagiaire"}}, "VALEUR_INCONNUE", "medecin.statut"),
        ({"medecin": {"statut": "adjoint", "secteur": "3"}}, "VALEUR_INCONNUE", "medecin.secteur"),
        ({"date": None}, "FAIT_ABSENT", "date"),
        ({"date": "2026-02-30"}, "DATE_IMPOSSIBLE", "date"),
        ({"date": "2015-02-10"}, "DATE_HORS_CORPUS", "date"),
        ({"statut": "adjoint"}, "CLE_INCONNUE", "statut"),
        (
            {"medecin": {"statut": "titulaire", "secteur": "1", "option": "optam"}},
            "FAITS_CONTRADICTOIRES",
            "medecin.option",
        ),
        (
            {"medecin": {"statut": "titulaire", "territoire": "saint_martin"}},
            "TERRITOIRE_NON_COUVERT",
            "medecin.territoire",
        ),
    ],
)
def test_une_mauvaise_entree_est_refusee_et_situee(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], code: str, ou: str
) -> None:
    assert lancer(monkeypatch, {**EXEMPLE, **change}, "--json") == 2
    sorti = capsys.readouterr()
    erreur = json.loads(sorti.err)["erreur"]
    assert (erreur["code"], erreur["ou"]) == (code, f"entrée standard, {ou}")
    assert sorti.out == ""
