"""La commande « motifs » : catalogue, fiche, exemples à coter, erreurs courantes, schémas, mauvaises demandes."""

from __future__ import annotations

import json

import jsonschema
import pytest

import opposable
from opposable.portes import cli


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert cli.executer([*arguments, "--json"]) == 0
    lu: dict[str, object] = json.loads(capsys.readouterr().out)
    return lu


@pytest.mark.parametrize("arguments", [("motifs",), ("motifs", "delai_depasse"), ("motifs", "TARIF_NON_PREVU")])
def test_la_reponse_a_la_forme_publiee(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.validate(_json(capsys, *arguments), opposable.schema("motifs"))


@pytest.mark.parametrize("arguments", [("motifs", "--erreurs"), ("motifs", "15", "--erreurs")])
def test_les_erreurs_ont_la_forme_publiee(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.validate(_json(capsys, *arguments), opposable.schema("erreurs_frequentes"))


def test_un_exemple_ecrit_est_pret_a_coter(capsys: pytest.CaptureFixture[str]) -> None:
    for sorte, statut in (("juste", "acceptee"), ("faux", "refusee")):
        assert cli.executer(["motifs", "KILOMETRES_EN_TROP", "--exemple", sorte]) == 0
        assert opposable.coter(json.loads(capsys.readouterr().out))["statut"] == statut


def test_les_filtres(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["motifs", "--acte", "IK", "--gravite", "erreur"]) == 0
    sorti = capsys.readouterr().out
    assert "KILOMETRES_EN_TROP" in sorti
    assert "DISTANCE_A_CONFIRMER" not in sorti
    assert "EXAMEN_NON_CONFORME" not in sorti


def test_la_fiche_et_les_erreurs_s_affichent(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["motifs", "CODE_HORS_PERIODE"]) == 0
    assert "Faux : la même, le lendemain" in capsys.readouterr().out
    assert cli.executer(["motifs", "--erreurs"]) == 0
    assert "KILOMETRES_EN_TROP" in capsys.readouterr().out
    assert cli.executer(["motifs", "--erreurs", "16"]) == 0
    assert "Erreur 16 : G ou VG" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["motifs", "INCONNU"], "MOTIF_INCONNU"),
        (["motifs", "15"], "MOTIF_INCONNU"),
        (["motifs", "--acte", "ZZZ"], "CODE_INCONNU"),
        (["motifs", "--gravite", "x"], "GRAVITE_INCONNUE"),
        (["motifs", "--exemple", "faux"], "EXEMPLE_INCONNU"),
        (["motifs", "DELAI_DEPASSE", "--exemple", "vrai"], "EXEMPLE_INCONNU"),
        (["motifs", "TARIF_NON_PREVU", "--exemple", "faux"], "EXEMPLE_INCONNU"),
        (["motifs", "--erreurs", "99"], "ERREUR_FREQUENTE_INCONNUE"),
        (["motifs", "--erreurs", "DELAI_DEPASSE"], "ERREUR_FREQUENTE_INCONNUE"),
        (["motifs", "--erreurs", "--acte", "G"], "OPTIONS_INCOMPATIBLES"),
    ],
)
def test_une_mauvaise_demande(arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer([*arguments, "--json"]) == 2
    sorti = capsys.readouterr()
    assert sorti.out == ""
    assert json.loads(sorti.err)["erreur"]["code"] == code
