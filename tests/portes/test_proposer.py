"""``opposable proposer`` : le fichier, le guide, les formes publiées, les sorties et les messages."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import opposable
from opposable.portes import cli
from opposable.portes.modeles_proposer import Proposition

EXEMPLE = Path(__file__).resolve().parents[2] / "exemples" / "situation.json"


def situation() -> dict[str, Any]:
    """La situation de l'exemple."""
    lue: dict[str, Any] = json.loads(EXEMPLE.read_text("utf-8"))
    return lue


def test_l_exemple_donne_une_facture_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """Sortie 0, la facture expliquée, ses conditions, le rappel."""
    assert cli.executer(["proposer", str(EXEMPLE)]) == 0
    sortie = capsys.readouterr().out
    for dit in ("La facture est prête", "MEG", "moins de 6 ans", "35,00 €", "sans sur-cotation"):
        assert dit in sortie


def test_une_situation_incomplete_dit_sa_question(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Sortie 1, la question et où y répondre, aucun montant."""
    fichier = tmp_path / "situation.json"
    fichier.write_text('{"date": "2026-02-10", "medecin": {"specialite": "pediatrie", "secteur": "1"}}', "utf-8")
    assert cli.executer(["proposer", str(fichier)]) == 1
    sortie = capsys.readouterr().out
    assert "Il reste à préciser" in sortie
    assert "À dire dans l'entrée : " in sortie
    assert "€" not in sortie


@pytest.mark.parametrize("depart", [{"date": "2026-02-10"}, situation(), {**situation(), "actes": []}])
def test_la_reponse_a_la_forme_publiee(depart: dict[str, Any]) -> None:
    """Le modèle, le schéma de la réponse, celui de l'entrée."""
    reponse = opposable.proposer(depart)
    Proposition.model_validate(reponse)
    jsonschema.validate(json.loads(json.dumps(reponse)), opposable.schema("proposer"))
    jsonschema.validate(depart, opposable.schema("situation"))


def test_plusieurs_situations_en_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Un objet par ligne, autant de réponses."""
    fichier = tmp_path / "situations.jsonl"
    fichier.write_text('{"date": "2026-02-10"}\n' + json.dumps(situation()) + "\n", "utf-8")
    assert cli.executer(["proposer", "--json", str(fichier)]) == 1
    statuts = [json.loads(ligne)["statut"] for ligne in capsys.readouterr().out.splitlines()]
    assert statuts == ["a_preciser", "complete"]


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (["proposer"], "--guide"),
        (["proposer", "--guide", "-"], "entrée standard"),
        (["proposer", "absent.json"], "n'existe pas"),
    ],
)
def test_une_commande_mal_ecrite(arguments: list[str], dit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Sortie 2, un message."""
    assert cli.executer(arguments) == 2
    assert dit in capsys.readouterr().err


def test_une_faute_est_situee(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """La ligne du fichier et le chemin du fait ; rien d'écrit."""
    fichier = tmp_path / "situations.jsonl"
    chiffree = {"date": "2026-02-10", "actes": [{"code": "G", "honoraires": "30.00"}]}
    fichier.write_text(f'{{"date": "2026-02-10"}}\n{json.dumps(chiffree)}\n', "utf-8")
    assert cli.executer(["proposer", "--json", str(fichier)]) == 2
    sorties = capsys.readouterr()
    assert not sorties.out
    erreur = json.loads(sorties.err)["erreur"]
    assert (erreur["code"], erreur["ou"]) == ("ENTREE_NON_PROPOSABLE", f"{fichier}, ligne 2, actes[0].honoraires")


class TestGuide:
    """Les questions une à une."""

    def guider(self, ecrit: list[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
        """Le code de sortie du guide, ces lignes écrites."""
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{ligne}\n" for ligne in ecrit)))
        return cli.executer(["proposer", "--guide", *arguments])

    def test_jusqu_a_la_facture(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Une réponse fausse se redemande, « ? » aide, « < » revient ; la fin est la facture expliquée."""
        depart = {**situation(), "patient": {}, "actes": [{"code": "G"}]}
        fichier = tmp_path / "situation.json"
        fichier.write_text(json.dumps(depart), "utf-8")
        ecrit = ["?", "trois", "3 ans", *["non"] * 12]
        assert self.guider(ecrit, monkeypatch, str(fichier)) == 0
        sortie = capsys.readouterr().out
        for dit in ("Quel est l'âge du patient", "« trois » n'est pas un âge", "La facture est prête", "MEG"):
            assert dit in sortie

    def test_les_numeros_et_le_retour(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """La date d'abord ; un numéro vaut une valeur ; revenir repose la question d'avant ; la fin arrête."""
        assert self.guider(["<", "2026-02-10", "1", "<", "1"], monkeypatch) == 130
        sortie = capsys.readouterr().out
        assert "C'est la première question." in sortie
        assert sortie.count("Quelle est la spécialité du médecin") == 2
        assert "Médecine générale" in sortie
        assert "€" not in sortie
