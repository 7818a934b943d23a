"""« calculer » pour beaucoup de médecins : ce qui s'écrit, ce qui est refusé, et que rien n'est écrit à moitié."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from opposable.portes import cli

duckdb = pytest.importorskip("duckdb")

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"
CAS = {"annee": 2026, "medecin": {"secteur": "1", "zone_ars": "hors_zone", "qpv": "non", "age": 50}}
BON = "medecin;date_naissance;ald;c2s;derniere_consultation\nM1;1985-01-01;oui;non;2025-01-01\n"
PREVENTION = {
    "date": "2026-11-15",
    "medecin_traitant": "oui",
    "medecin": {"secteur": "1"},
    "seulement": ["diabete_suivi"],
}


@pytest.fixture
def lancer(tmp_path: Path) -> Any:
    def lancer_(csv: str, *arguments: str, cas: Any = CAS, dispositif: str = "fmt", medecins: str = "") -> int:
        (tmp_path / "patients.csv").write_text(csv, encoding="utf-8")
        (tmp_path / "cas.json").write_text(json.dumps(cas), encoding="utf-8")
        dits = []
        if medecins:
            (tmp_path / "medecins.csv").write_text(medecins, encoding="utf-8")
            dits = ["--medecins", str(tmp_path / "medecins.csv")]
        return cli.executer(
            [
                "calculer", dispositif, str(tmp_path / "cas.json"), "--patients", str(tmp_path / "patients.csv"), *dits,
                "--sortie", str(tmp_path / "sortie"), "--json", *arguments,
            ]
        )  # fmt: skip

    return lancer_


def rangees(fichier: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as base:
        lu = base.execute(f"FROM '{fichier}'")
        noms = [colonne[0] for colonne in lu.description]
        return [dict(zip(noms, r, strict=True)) for r in lu.fetchall()]


def test_l_exemple_des_deux_medecins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """À la main. m01, en ZIP : 100 + 15 + 55 + 5 = 175, C2S 10, 10 % de chaque classe du socle 17,50.

    m02, plus de 67 ans : 5 + 5 + 5 et un enfant de 6 ans dont l'ALD est inconnue, 15 ou 55 ; C2S 10. Au moins
    30 × 1,10 + 10 = 43, au plus 70 × 1,10 + 10 = 87.
    """
    arguments = ["calculer", "fmt", str(EXEMPLES / "fmt_lot.json"), "--patients", str(EXEMPLES / "patientele.csv")]
    arguments += ["--medecins", str(EXEMPLES / "medecins.csv"), "--sortie", str(tmp_path / "sortie")]
    assert cli.executer([*arguments, "--json"]) == 1
    manifeste = json.loads(capsys.readouterr().out)
    assert json.loads((tmp_path / "sortie" / "manifeste.json").read_text("utf-8")) == manifeste
    assert (manifeste["medecins"], manifeste["patients"], manifeste["patients_indecis"]) == (2, 8, 1)
    assert manifeste["statuts"] == {"calcule": 1, "partiel": 1}
    m01, m02 = rangees(tmp_path / "sortie" / "medecins.parquet")
    vus = [str(m01[nom]) for nom in ("total", "socle", "c2s", "majoration_zone", "taux_zone", "dont_presse")]
    # De la presse : les 15 € de 75 à 79 ans, et leurs 10 %.
    assert vus == ["202.50", "175.00", "10.00", "17.50", "0.1000", "16.50"]
    assert (m02["total"], m02["au_moins"], m02["au_plus"]) == (None, Decimal("43.00"), Decimal("87.00"))
    assert (m02["statut"], m02["manque"]) == ("partiel", ["patients.ald"])
    assert cli.executer(arguments) == 2
    assert "déjà pris" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("csv", "code", "ou"),
    [
        (BON.replace("ald", "nom"), "COLONNE_IDENTIFIANTE", "patients.csv"),
        (BON.replace("ald", "aldd"), "CLE_INCONNUE", "patients.csv"),
        (BON.replace("medecin;", "pseudonyme;"), "COLONNE_ABSENTE", "patients.csv"),
        (BON + "M1;2026-03-01;oui;non;2025-01-01\n", "FAITS_CONTRADICTOIRES", "patients.csv, ligne 3, date_naissance"),
        (BON + "M1;1990-01-01;peut-être;non;2025-01-01\n", "VALEUR_INCONNUE", "patients.csv, ligne 3, ald"),
        (BON + "M1;01/02/1990;oui;non;2025-01-01\n", "DATE_IMPOSSIBLE", "patients.csv, ligne 3, date_naissance"),
        (BON + "M1;2025-02-30;oui;non;2025-01-01\n", "DATE_IMPOSSIBLE", "patients.csv, ligne 3, date_naissance"),
        (BON + ";1990-01-01;oui;non;2025-01-01\n", "FAIT_ABSENT", "patients.csv, ligne 3, medecin"),
        ("medecin;pseudonyme;ald\nM1;a;oui\nM2;a;non\n", "DOUBLON", "pseudonyme"),
        ("medecin;pseudonyme;ald\nM1;2 55 08 14 168 025 38;oui\n", "COLONNE_IDENTIFIANTE", "pseudonyme"),
        ("medecin;ald;nombre\nM1;oui;-2\n", "HORS_DOMAINE", "patients.csv, ligne 2, nombre"),
        ("medecin;ald\n" + "M1;oui\n" * 20_001, "LISTE_TROP_LONGUE", "patients.csv"),
    ],
)
def test_une_mauvaise_ligne_n_ecrit_rien(
    lancer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], csv: str, code: str, ou: str
) -> None:
    assert lancer(csv) == 2
    erreur = json.loads(capsys.readouterr().err)["erreur"]
    assert (erreur["code"], ou in erreur["ou"]) == (code, True), erreur
    assert sorted(un.name for un in tmp_path.iterdir()) == ["cas.json", "patients.csv"]


@pytest.mark.parametrize(
    ("medecins", "cas", "code"),
    [
        ("medecin;secteur\nM1;1\n", CAS, "FAITS_CONTRADICTOIRES"),  # le cas le dit déjà
        ("medecin;secteur\nM1;1\nM1;2\n", {"annee": 2026}, "DOUBLON"),
        ("medecin;secteur\nM1;9\n", {"annee": 2026}, "VALEUR_INCONNUE"),
        ("medecin;secteur;option\nM1;1;optam\n", {"annee": 2026}, "FAITS_CONTRADICTOIRES"),
        ("medecin;age;date_naissance\nM1;50;1975-01-01\n", {"annee": 2026}, "FAITS_CONTRADICTOIRES"),
        ("medecin;date_naissance\nM1;2026-05-01\n", {"annee": 2026}, "FAITS_CONTRADICTOIRES"),
        ("medecin;adresse\nM1;ici\n", {"annee": 2026}, "COLONNE_IDENTIFIANTE"),
        ("medecin;lecture_80_ans\nM1;inclus\n", {"annee": 2026}, "CLE_INCONNUE"),  # se dit pour tout le lot
    ],
)
def test_un_mauvais_fichier_de_medecins(
    lancer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], medecins: str, cas: Any, code: str
) -> None:
    assert lancer(BON, cas=cas, medecins=medecins) == 2
    erreur = json.loads(capsys.readouterr().err)["erreur"]
    assert (erreur["code"], "medecins.csv" in erreur["ou"]) == (code, True), erreur
    assert not (tmp_path / "sortie").exists()


@pytest.mark.parametrize(
    ("cas", "dispositif", "code"),
    [
        ({**CAS, "patients": []}, "fmt", "PATIENTS_EN_DOUBLE"),
        ([CAS, CAS], "fmt", "PATIENTS_EN_DOUBLE"),
        ({**CAS, "annee": 2025}, "fmt", "DISPOSITIF_HORS_PERIODE"),
        ({"date": "2026-01-01", "medecin": {"secteur": "1"}}, "statut", "PATIENTS_SANS_OBJET"),
        ({**PREVENTION, "seulement": ["ror"]}, "prevention", "COLONNE_ABSENTE"),
    ],
)
def test_un_cas_qui_ne_convient_pas(
    lancer: Any, capsys: pytest.CaptureFixture[str], cas: Any, dispositif: str, code: str
) -> None:
    assert lancer("medecin;date_naissance;hba1c\nM1;1985-01-01;\n", cas=cas, dispositif=dispositif) == 2
    assert json.loads(capsys.readouterr().err)["erreur"]["code"] == code


def test_sortie_et_patients_vont_ensemble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cas = tmp_path / "cas.json"
    cas.write_text(json.dumps(CAS), "utf-8")
    assert cli.executer(["calculer", "fmt", str(cas), "--sortie", str(tmp_path / "s")]) == 2
    assert "--patients" in capsys.readouterr().err
    assert cli.executer(["calculer", "fmt", str(cas), "--patients", str(cas), "--medecins", str(cas)]) == 2
    assert "--sortie" in capsys.readouterr().err


def test_la_prevention_par_indicateur(lancer: Any, tmp_path: Path) -> None:
    """Trois diabétiques : une HbA1c d'il y a six mois jour pour jour compte ; de la veille, ou à venir, non."""
    csv = "medecin;date_naissance;diabete;hba1c;ald\n" + "".join(
        f"M1;1960-01-01;oui;{le};non\n" for le in ("2026-05-15", "2026-05-14", "2026-11-16")
    )
    assert lancer(csv + "M2;1960-01-01;;2026-11-15;\n", cas=PREVENTION, dispositif="prevention") == 1
    m1, m2 = rangees(tmp_path / "sortie" / "medecins.parquet")
    assert (m1["statut"], str(m1["total"]), m1["concernes"], m1["valides"]) == ("calcule", "5.00", 3, 1)
    assert (m2["statut"], m2["total"], str(m2["au_plus"]), m2["manque"]) == (
        "partiel", None, "5.00", ["patient.diabete"],
    )  # fmt: skip
    un, autre = rangees(tmp_path / "sortie" / "indicateurs.parquet")
    assert (un["medecin"], un["indicateur"], un["concernes"], un["valides"]) == ("M1", "diabete_suivi", 3, 1)
    assert (autre["medecin"], autre["indecis"], autre["eligibilite_inconnue"]) == ("M2", 1, 1)
    manifeste = json.loads((tmp_path / "sortie" / "manifeste.json").read_text("utf-8"))
    assert manifeste["colonnes_ignorees"] == ["ald"], "la colonne d'un autre dispositif ne gêne pas"


def test_un_acte_d_avant_la_naissance(lancer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    csv = "medecin;date_naissance;diabete;hba1c\nM1;2020-01-01;oui;2019-12-31\n"
    assert lancer(csv, cas=PREVENTION, dispositif="prevention") == 2
    erreur = json.loads(capsys.readouterr().err)["erreur"]
    assert (erreur["code"], erreur["ou"]) == ("FAITS_CONTRADICTOIRES", "patients.csv, ligne 2, hba1c")


@pytest.mark.parametrize(("hba1c", "code"), [("2019-12-31", 2), ("2020-01-01", 0), (None, 0)])
def test_un_acte_d_avant_la_naissance_en_parquet(
    hba1c: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Le Parquet dit sa plus ancienne date : elle ne fait manquer ni l'acte de la veille, ni celui du jour, permis."""
    fichier, cas = tmp_path / "patients.parquet", tmp_path / "cas.json"
    cas.write_text(json.dumps(PREVENTION), "utf-8")
    lu = "NULL::DATE" if hba1c is None else f"DATE '{hba1c}'"
    with duckdb.connect() as base:
        base.execute(
            "COPY (SELECT 'M1' AS medecin, DATE '1950-01-01' AS date_naissance, true AS diabete, "
            "DATE '2026-11-01' AS hba1c UNION ALL "
            f"SELECT 'M1', DATE '2020-01-01', true, {lu}) TO '{fichier}' (FORMAT parquet)"
        )
    commande = ["calculer", "prevention", str(cas), "--patients", str(fichier), "--sortie", str(tmp_path / "sortie")]
    assert cli.executer([*commande, "--json"]) == code
    if code == 2:
        erreur = json.loads(capsys.readouterr().err)["erreur"]
        assert (erreur["code"], erreur["ou"]) == ("FAITS_CONTRADICTOIRES", "patients.parquet, ligne 2, hba1c")
        assert not (tmp_path / "sortie").exists()


def test_un_seul_cas_en_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fichier = tmp_path / "patients.parquet"
    with duckdb.connect() as base:
        base.execute(
            "COPY (SELECT DATE '1985-01-01' AS date_naissance, true AS ald, false AS c2s, "
            f"DATE '2025-01-01' AS derniere_consultation) TO '{fichier}' (FORMAT parquet)"
        )
    (tmp_path / "cas.json").write_text(json.dumps(CAS), encoding="utf-8")
    assert cli.executer(["calculer", "fmt", str(tmp_path / "cas.json"), "--patients", str(fichier), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["montant"] == "55.00"
    fichier.write_text("rien", "utf-8")
    assert cli.executer(["calculer", "fmt", str(tmp_path / "cas.json"), "--patients", str(fichier), "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["erreur"]["code"] == "LOT_ILLISIBLE"
