"""« calculer NOM CAS --patients FICHIER » : une ligne par personne, aucune identité, chaque faute à sa ligne."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.portes.test_cli import erreur_json

from opposable.portes import cli

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"
CAS = {"annee": 2026, "medecin": {"secteur": "1", "zone_ars": "hors_zone", "qpv": "non", "age": 50}}
ENTETE = "pseudonyme;date_naissance;ald;c2s;derniere_consultation\n"
BON = ENTETE + "a;1985-01-01;oui;non;2025-01-01\n"


@pytest.fixture
def lancer(tmp_path: Path) -> Any:
    def lancer_(csv: str | bytes, *arguments: str, cas: Any = CAS, dispositif: str = "fmt") -> int:
        chemin = tmp_path / "patients.csv"
        chemin.write_bytes(csv if isinstance(csv, bytes) else csv.encode())
        (tmp_path / "cas.json").write_text(json.dumps(cas), encoding="utf-8")
        return cli.executer(
            ["calculer", dispositif, str(tmp_path / "cas.json"), "--patients", str(chemin), "--json", *arguments]
        )

    return lancer_


def test_l_exemple_se_calcule(capsys: pytest.CaptureFixture[str]) -> None:
    """À la main : 87 ans en ALD 100, 79 ans 15, 74 ans 5, 62 ans en ALD 55 et la C2S 10, non vu 5, 37 ans 5 et la C2S
    10, jamais vu 5, 6 ans 15.
    """
    assert cli.executer(
        ["calculer", "fmt", str(EXEMPLES / "fmt.json"), "--patients", str(EXEMPLES / "patients.csv"), "--json"]
    ) == 0  # fmt: skip
    reponse = json.loads(capsys.readouterr().out)
    assert (reponse["resultat"]["socle"], reponse["resultat"]["c2s"], reponse["montant"]) == (
        "205.00", "20.00", "225.00",
    )  # fmt: skip
    assert "p001" not in json.dumps(reponse), "le pseudonyme ne va pas plus loin que la lecture"


@pytest.mark.parametrize(
    "csv",
    [
        BON,
        BON.replace(";", ","),
        BON.replace(";", "\t"),
        BON.encode("utf-8-sig"),
        "Date naissance;ALD;C2S;Dernière consultation\n1985-01-01;oui;non;2025-01-01\n\n",
        "age;ald;c2s;vu\n40;oui;non;oui\n",
        "age;ald;c2s;vu;nombre\n7 à 74 ans;oui;non;oui;1\n",
    ],
)
def test_les_formes_d_un_fichier(lancer: Any, capsys: pytest.CaptureFixture[str], csv: str | bytes) -> None:
    assert lancer(csv) == 0
    assert json.loads(capsys.readouterr().out)["montant"] == "55.00"


@pytest.mark.parametrize(
    "colonne",
    [
        "nom",
        "Prénom",
        "NIR",
        "Nom de naissance",
        "numéro de sécurité sociale",
        "adresse",
        "code postal",
        "e-mail",
        "Tél",
    ],
)
def test_une_colonne_d_identite_est_refusee(lancer: Any, capsys: pytest.CaptureFixture[str], colonne: str) -> None:
    assert lancer(f"pseudonyme;{colonne};ald\na;x;oui\n") == 2
    erreur = erreur_json(capsys)
    assert erreur["code"] == "COLONNE_IDENTIFIANTE"
    assert erreur["ou"].endswith("patients.csv, ligne 1")
    assert "pseudonyme" in erreur["attendu"]


@pytest.mark.parametrize(
    ("csv", "code", "ou"),
    [
        ("", "FICHIER_VIDE", "patients.csv"),
        ("ald;rang\noui;2\n", "CLE_INCONNUE", "ligne 1"),
        ("ald;ALD\noui;oui\n", "CLE_EN_DOUBLE", "ligne 1"),
        (ENTETE + "a;1985-01-01;oui\n", "CSV_INVALIDE", "ligne 2"),
        ('ald;c2s\n"oui;non\n', "CSV_INVALIDE", "ligne 2"),
        (BON + "a;1990-01-01;oui;non;2025-01-01\n", "DOUBLON", "ligne 3, pseudonyme"),
        (BON + ";1990-01-01;oui;non;2025-01-01\n", "FAIT_ABSENT", "ligne 3, pseudonyme"),
        (ENTETE + "2 55 08 14 168 025 38;1990-01-01;oui;non;2025-01-01\n", "COLONNE_IDENTIFIANTE", "ligne 2"),
        (ENTETE + "a@b.fr;1990-01-01;oui;non;2025-01-01\n", "COLONNE_IDENTIFIANTE", "ligne 2"),
        (BON + "b;01/02/1990;oui;non;2025-01-01\n", "DATE_IMPOSSIBLE", "ligne 3, date_naissance"),
        (BON + "b;2026-03-01;oui;non;2025-01-01\n", "FAITS_CONTRADICTOIRES", "ligne 3, date_naissance"),
        (BON + "b;1990-01-01;peut-être;non;2025-01-01\n", "VALEUR_INCONNUE", "ligne 3, ald"),
    ],
)
def test_chaque_faute_dit_sa_ligne(
    lancer: Any, capsys: pytest.CaptureFixture[str], csv: str, code: str, ou: str
) -> None:
    assert lancer(csv) == 2
    erreur = erreur_json(capsys)
    assert (erreur["code"], ou in erreur["ou"]) == (code, True), erreur


@pytest.mark.parametrize("cas", [{**CAS, "patients": []}, [CAS, CAS]])
def test_un_seul_cas_sans_patients(lancer: Any, capsys: pytest.CaptureFixture[str], cas: Any) -> None:
    assert lancer(BON, cas=cas) == 2
    assert erreur_json(capsys)["code"] == "PATIENTS_EN_DOUBLE"


def test_un_dispositif_sans_patients(lancer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert lancer(BON, dispositif="statut") == 2
    assert erreur_json(capsys)["code"] == "PATIENTS_SANS_OBJET"


def test_une_faute_du_cas_reste_dans_le_cas(lancer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert lancer(BON, cas={**CAS, "anee": 2026}) == 2
    assert erreur_json(capsys)["ou"].endswith("cas.json, anee")


def test_un_fichier_absent(lancer: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "cas.json").write_text(json.dumps(CAS), encoding="utf-8")
    code = cli.executer(
        ["calculer", "fmt", str(tmp_path / "cas.json"), "--patients", str(tmp_path / "rien.csv"), "--json"]
    )
    assert code == 2
    assert erreur_json(capsys)["attendu"].startswith("un fichier CSV")
