"""« opposable zone FICHIER COMMUNE » : la zone d'une commune, dans un fichier de la personne, jamais devinée."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.portes.test_cli import erreur_json

from opposable.portes import cli

ZONAGE = (
    "Code_postal,Nom_commune,Zonage\n1500,Ambérieu-en-Bugey,2_ZAC\n61000,Saint-Germain-du-Corbéis,1_ZIP\n"
    "50170,Villeneuve,3_HZ\n76000,Rouen,HORS ZONE\n14000,Caen,4_ZAR\n9000,Villeneuve,1_ZIP\n75001,Paris,N/A\n"
    "80000,Amiens,2_ZAC\n80000,Amiens,2_ZAC\n"
)


@pytest.fixture
def chercher(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    def chercher_(commune: str, texte: str = ZONAGE) -> tuple[int, Any]:
        chemin = tmp_path / "zonage.csv"
        chemin.write_text(texte, encoding="utf-8")
        code = cli.executer(["zone", str(chemin), commune, "--json"])
        return code, erreur_json(capsys) if code == 2 else json.loads(capsys.readouterr().out)

    return chercher_


@pytest.mark.parametrize(
    ("commune", "zone"),
    [
        ("Ambérieu-en-Bugey", "zac"),
        ("amberieu en bugey", "zac"),
        ("01500", "zac"),
        ("1500", "zac"),
        ("St Germain du Corbéis", "zip"),
        ("Rouen", "hors_zone"),
        ("50170", "hors_zone"),
        ("Caen", "zar"),
        ("Amiens", "zac"),
    ],
)
def test_une_commune_a_sa_zone(chercher: Callable[..., tuple[int, Any]], commune: str, zone: str) -> None:
    """Par son nom, sans accents ni tirets, ou par son code, avec ou sans son zéro de tête."""
    code, reponse = chercher(commune)
    assert (code, reponse["zone"]) == (0, zone)
    assert len(reponse["communes"]) == 1
    assert reponse["avertissement"].startswith("Ce zonage est celui du fichier donné")


def test_deux_communes_du_meme_nom_n_ont_pas_une_zone(chercher: Callable[..., tuple[int, Any]]) -> None:
    code, reponse = chercher("Villeneuve")
    assert (code, reponse["zone"]) == (1, None)
    assert [c["zone"] for c in reponse["communes"]] == ["hors_zone", "zip"]


def test_une_zone_que_le_fichier_ne_dit_pas_reste_inconnue(chercher: Callable[..., tuple[int, Any]]) -> None:
    code, reponse = chercher("Paris")
    assert (code, reponse["zone"], reponse["libelle"]) == (1, None, None)


@pytest.mark.parametrize(
    ("commune", "texte", "erreur", "ou"),
    [
        ("Amien", ZONAGE, "COMMUNE_INCONNUE", ""),
        ("", ZONAGE, "COMMUNE_INCONNUE", ""),
        ("Amiens", "Nom_commune;Population\nAmiens;1\n", "COLONNES_MANQUANTES", ", ligne 1"),
        ("Amiens", "Zonage;Population\n1_ZIP;1\n", "COLONNES_MANQUANTES", ", ligne 1"),
        ("Amiens", "commune;zone\nAmiens\n", "CSV_INVALIDE", ", ligne 2"),
        ("Amiens", "", "FICHIER_VIDE", ""),
    ],
)
def test_un_mauvais_fichier_ou_une_commune_absente(
    chercher: Callable[..., tuple[int, Any]], commune: str, texte: str, erreur: str, ou: str
) -> None:
    code, reponse = chercher(commune, texte)
    assert (code, reponse["code"]) == (2, erreur)
    assert reponse["ou"].endswith(f"zonage.csv{ou}")
    assert reponse["attendu"]


def test_une_faute_de_frappe_propose_la_plus_proche(chercher: Callable[..., tuple[int, Any]]) -> None:
    assert "vouliez-vous « Amiens » ?" in chercher("Amien")[1]["message"]


def test_en_texte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chemin = tmp_path / "zonage.csv"
    chemin.write_text(ZONAGE, encoding="utf-8")
    assert cli.executer(["zone", str(chemin), "Villeneuve"]) == 1
    ecrit = capsys.readouterr().out
    assert "Villeneuve 9000 : Zone d'intervention prioritaire (zone_ars : zip)" in ecrit
    assert "Plusieurs zones" in ecrit


def test_un_zonage_entier(partage: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Un zonage national déposé à côté du projet : chaque ligne s'y relit, et la première commune a sa zone."""
    texte = gzip.decompress((partage("donnees") / "zonage" / "zonmed_communes.csv.gz").read_bytes()).decode()
    chemin = tmp_path / "zonage.csv"
    chemin.write_text(texte, encoding="utf-8")
    premiere = next(csv.DictReader(texte.splitlines()))
    assert cli.executer(["zone", str(chemin), premiere["Nom_commune"], "--json"]) == 0
    reponse = json.loads(capsys.readouterr().out)
    assert reponse["zone"] == premiere["Zonage"][-3:].lower() == "zac"
