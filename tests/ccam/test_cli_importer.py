"""La commande « opposable importer ccam », de bout en bout."""

from __future__ import annotations

import builtins
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ccam.fabrique import acte, codes, ecrire, rangees

from opposable.portes import cli

pytest.importorskip("duckdb")

Lancer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lancer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lancer:
    """Lance la commande dans un dossier de données neuf ; rend son code et ce qu'elle écrit."""
    monkeypatch.setenv("OPPOSABLE_DONNEES", str(tmp_path / "donnees"))

    def fait(*arguments: str) -> tuple[int, str, str]:
        code = cli.executer(["importer", *arguments])
        ecrit = capsys.readouterr()
        return code, ecrit.out, ecrit.err

    return fait


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Une version imaginaire entière, avec une virgule et un tarif absent."""
    pieges = (acte("ZZYY001", "226,88"), acte("ZZYY002", ""))
    return ecrire(tmp_path_factory.mktemp("export"), rangees(*codes(7100), *pieges), "imaginaire.csv")


def test_aides(lancer: Lancer) -> None:
    """Sans argument, une aide ; le groupe, la commande."""
    for arguments in ((), ("ccam",), ("ccam", "--aide")):
        code, sortie, erreur = lancer(*arguments)
        assert (code, erreur) == (0, "")
        assert "Usage : opposable importer" in sortie
    assert "OPPOSABLE_DONNEES" in sortie
    assert "--remplacer" in sortie


def test_importer_puis_lister(lancer: Lancer, export: Path, tmp_path: Path) -> None:
    """Le compte rendu, le relevé, la liste ; puis le même fichier, qui ne change rien."""
    assert "Aucune version" in lancer("ccam", "--liste")[1]
    releve = tmp_path / "releve.csv"
    code, sortie, erreur = lancer("ccam", str(export), "--anomalies", str(releve))
    assert (code, erreur) == (0, "")
    assert "CCAM version 900, applicable le 1er janvier 2030" in sortie
    assert "7 102  codes" in sortie
    assert "rangée 7109, ZZYY001 : lu « 226,88 », écrit « 226.88 »" in sortie
    lignes = list(csv.DictReader(releve.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert [(x["code"], x["sorte"], x["reparee"]) for x in lignes] == [
        ("ZZYY001", "virgule", "oui"), ("ZZYY002", "tarif_vide", "non"),
    ]  # fmt: skip
    code, sortie, _ = lancer("ccam", str(export), "--json")
    dit = json.loads(sortie)
    assert (code, dit["statut"], dit["version"], dit["codes"], dit["releve"]) == (0, "inchangee", 900, 7102, None)
    liste = json.loads(lancer("ccam", "--liste", "--json")[1])
    assert [v["version"] for v in liste["versions"]] == [900]
    suivant = tmp_path / "suivant.csv"
    suivant.write_text(export.read_text(encoding="utf-8").replace("version 900", "version 914", 1), encoding="utf-8")
    assert lancer("ccam", str(suivant))[0] == 0
    code, sortie, _ = lancer("ccam", "--liste")
    assert "13 versions manquent entre la 900 et la 914" in sortie
    encore = tmp_path / "encore.csv"
    assert lancer("ccam", "--liste", "--anomalies", str(encore))[0] == 0
    assert len(encore.read_text(encoding="utf-8").splitlines()) == 5


def test_autre_contenu(lancer: Lancer, export: Path, tmp_path: Path) -> None:
    """Un autre fichier pour la même version : sortie 2, puis --remplacer."""
    lancer("ccam", str(export))
    autre = tmp_path / "autre.csv"
    autre.write_text(export.read_text(encoding="utf-8").replace("226,88", "226.89"), encoding="utf-8")
    code, sortie, erreur = lancer("ccam", str(autre))
    assert (code, sortie) == (2, "")
    assert "--remplacer" in erreur
    code, sortie, _ = lancer("ccam", str(autre), "--remplacer")
    assert code == 0
    assert "à la place" in sortie


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("absent.csv",), "EXPORT_ABSENT"),
        (("absent.csv", "--liste"), "OPTIONS_CONTRAIRES"),
        (("--remplacer",), "ARGUMENT_MANQUANT"),
        ((), "ARGUMENT_MANQUANT"),
        (("absent.csv", "--anomalies", "nulle/part.csv"), "SORTIE_IMPOSSIBLE"),
    ],
)
def test_mauvaises_demandes(lancer: Lancer, arguments: tuple[str, ...], code: str) -> None:
    """Sortie 2, un message situé, un exemple."""
    rendu, sortie, erreur = lancer("ccam", *arguments, "--json")
    assert (rendu, sortie) == (2, "")
    dit = json.loads(erreur)["erreur"]
    assert dit["code"] == code
    assert dit["attendu"]
    assert dit["exemple"].startswith(("opposable importer ccam", "--anomalies"))


def test_releve_deja_la(lancer: Lancer, export: Path, tmp_path: Path) -> None:
    """Un relevé qui existe n'est pas remplacé, et rien n'est importé."""
    (tmp_path / "releve.csv").write_text("à moi", encoding="utf-8")
    assert lancer("ccam", str(export), "--anomalies", str(tmp_path / "releve.csv"))[0] == 2
    assert not (tmp_path / "donnees").exists()


@pytest.mark.parametrize("bibliotheque", ["duckdb", "filelock"])
def test_bibliotheque_absente(lancer: Lancer, export: Path, monkeypatch: pytest.MonkeyPatch, bibliotheque: str) -> None:
    """Sans elle, le message dit quoi installer."""
    vrai = builtins.__import__

    def sans(nom: str, *suite: object, **options: object) -> object:
        if nom.split(".", maxsplit=1)[0] == bibliotheque:
            raise ModuleNotFoundError(nom)
        return vrai(nom, *suite, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", sans)
    code, _, erreur = lancer("ccam", str(export))
    assert code == 2
    assert bibliotheque in erreur
    assert "opposable[ccam]" in erreur
