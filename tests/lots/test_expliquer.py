"""Une ligne d'un lot contrôlé, réexpliquée par l'interprète scalaire : égale, altérée, écartée ou introuvable."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

import duckdb
from tests.lots.petits import Atelier, Resultat, bonnes, en_csv, en_parquet, ligne, mappage

from opposable.lots.controler import Demande, controler
from opposable.portes import python as api

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"


@pytest.fixture(scope="module")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Le petit lot contrôlé une fois, avec une facture écartée."""
    dossier = tmp_path_factory.mktemp("modele")
    lot = en_csv(dossier / "lot.csv", [*bonnes(), ligne("FX", 1, honoraires="30,00"), ligne("FX", 2)])
    (dossier / "lot.mappage.yaml").write_text(mappage(), encoding="utf-8")
    for nom in ("sortie", "travail"):
        (dossier / nom).mkdir()
    controler(api.corpus(), Demande(lot, ecarter=True), dossier / "sortie", dossier / "travail")
    return dossier


@pytest.fixture
def controle(modele: Path, atelier: Atelier) -> Resultat:
    """Une copie du lot contrôlé et de sa sortie, que l'essai peut abîmer."""
    shutil.copytree(modele, atelier.dossier, dirs_exist_ok=True)
    sortie = atelier.dossier / "sortie"
    manifeste = sortie / "manifeste.json"
    texte = manifeste.read_text(encoding="utf-8")
    manifeste.write_text(texte.replace(str(modele.resolve()), str(atelier.dossier.resolve())), encoding="utf-8")
    return Resultat(0, "", "", sortie)


def expliquer(atelier: Atelier, sortie: Path, ident: str, *options: str) -> Resultat:
    return atelier.commande("expliquer", str(sortie), "--ligne", ident, *options)


def alterer(sortie: Path, changement: str) -> None:
    """Réécrit ``lignes.parquet``, une colonne changée."""
    fichier = sortie / "lignes.parquet"
    with duckdb.connect() as base:
        relation = base.sql(f"FROM '{fichier}' SELECT * REPLACE ({changement})")
        relation.write_parquet(str(sortie / "x.parquet"))
    (sortie / "x.parquet").replace(fichier)


@pytest.mark.parametrize("ident", ["F1/1", "F2/1", "F2/2", "F3/1"])
def test_une_ligne_est_la_meme_des_deux_cotes(ident: str, controle: Resultat, atelier: Atelier) -> None:
    texte = expliquer(atelier, controle.dossier, ident)
    assert (texte.code, texte.erreur) == (0, "")
    assert "disent la même chose" in texte.sorti
    assert "≠" not in texte.sorti
    dite = json.loads(expliquer(atelier, controle.dossier, ident, "--json").sorti)
    assert (f"{dite['facture']}/{dite['ligne']}", dite["differences"]) == (ident, [])
    assert dite["lot"] == dite["scalaire"]
    assert {"version", "lignes", "total"} <= set(dite["reponse"])


@pytest.mark.parametrize(
    ("changement", "colonnes"),
    [
        ("part_obligatoire + 0.01 AS part_obligatoire", ["part_obligatoire"]),
        ("list_append(motifs, 'AGE_NON_CONFORME') AS motifs", ["motifs"]),
        ("'refusee' AS statut, 0.0::DECIMAL(12, 2) AS base_remboursement", ["statut", "base_remboursement"]),
        ("'autre' AS ligne_taux", ["ligne_taux"]),
        ("NULL::DECIMAL(12, 2) AS tarif", ["tarif"]),
    ],
)
def test_une_ligne_alteree_se_voit(changement: str, colonnes: list[str], controle: Resultat, atelier: Atelier) -> None:
    alterer(controle.dossier, changement)
    dite = expliquer(atelier, controle.dossier, "F1/1", "--json")
    assert (dite.code, json.loads(dite.sorti)["differences"]) == (1, colonnes)
    texte = expliquer(atelier, controle.dossier, "F1/1")
    assert texte.code == 1
    assert f"ILS DIFFÈRENT sur : {', '.join(colonnes)}." in " ".join(texte.sorti.split())
    for colonne in colonnes:
        assert f"≠ {colonne} : " in texte.sorti


def test_un_lot_strict_s_explique_de_meme(atelier: Atelier) -> None:
    sortie = atelier.csv(bonnes(), "--strict").dossier
    dite = json.loads(expliquer(atelier, sortie, "F1/1", "--json").sorti)
    assert (dite["differences"], dite["lot"]["statut"]) == ([], "a_verifier")


def test_toutes_les_ecritures_d_un_lot_s_expliquent(atelier: Atelier) -> None:
    """Horodatages, flottants, oui et non, listes, âges, recodages, plusieurs colonnes : rebâtis comme ils sont lus."""
    rangees: list[dict[str, Any]] = [
        {
            **{n: v for n, v in r.items() if n != "naissance"}, "centre": "A|B", "date": r["date"] + " 08:00:00",
            "honoraires": float(r["honoraires"]), "age": 45.0 if r["facture"] != "F2" else 3.0, "local": False,
            "exonerations": ["c2s"], "secteur": "S1", "specialite": 1,
        }
        for r in bonnes()
    ]  # fmt: skip
    types = {
        "date": "TIMESTAMP", "honoraires": "DOUBLE", "age": "DOUBLE", "local": "BOOLEAN", "exonerations": "VARCHAR[]",
        "specialite": "INTEGER",
    }  # fmt: skip
    faits = {
        "patient.date_naissance": None, "patient.age": "{colonne: age, unite: ans}", "patient.alsace_moselle": "local",
        "medecin.secteur": "{colonne: secteur, valeurs: {S1: '1'}}",
    }  # fmt: skip
    mappe = mappage(faits, facture="[facture, centre]")
    sortie = atelier.parquet(rangees, mappe=mappe, types=types).dossier
    for ident in ("F1|A%7CB/1", "F2|A%7CB/2"):
        dite = expliquer(atelier, sortie, ident, "--json")
        assert dite.code == 0, dite.erreur or json.loads(dite.sorti)["differences"]


def test_l_annulation_d_une_ligne_s_explique(atelier: Atelier) -> None:
    sortie = atelier.csv([ligne("F1", 1), ligne("F1", 2, honoraires="-30.00")]).dossier
    dite = json.loads(expliquer(atelier, sortie, "F1/2", "--json").sorti)
    assert (dite["differences"], dite["lot"]["honoraires"]) == ([], "-30.00")


def test_un_dossier_de_fichiers_s_explique(atelier: Atelier) -> None:
    dossier = atelier.dossier / "lot"
    dossier.mkdir()
    for rang, rangee in enumerate(bonnes()):
        en_parquet(dossier / f"{rang}.parquet", [rangee])
    sortie = atelier.controler(dossier, mappe=mappage()).dossier
    assert expliquer(atelier, sortie, "F2/2").code == 0


def test_la_meme_surcouche_est_demandee(atelier: Atelier) -> None:
    surcouche = ("--surcouche", str(EXEMPLES / "surcouche_maf_2025.yaml"))
    sortie = atelier.csv(bonnes(), *surcouche).dossier
    refus = expliquer(atelier, sortie, "F1/1")
    assert refus.code == 2
    assert "autre corpus" in refus.erreur
    assert "--surcouche" in refus.erreur
    assert expliquer(atelier, sortie, "F1/1", *surcouche).code == 0


@pytest.mark.parametrize(
    ("ident", "mots"),
    [
        ("F1/9", ("n'est pas dans le lot contrôlé", "F1/9")),
        ("F9/1", ("n'est pas dans le lot contrôlé",)),
        ("FX/2", ("a été écartée", "cette valeur ne se lit pas")),
        ("F1", ("« F1 »", "une barre")),
        ("/1", ("une barre",)),
        ("F1/", ("une barre",)),
        ("", ("une barre",)),
        ("F1' OR 1=1 --/1", ("n'est pas dans le lot contrôlé",)),
    ],
)
def test_une_ligne_introuvable(ident: str, mots: tuple[str, ...], controle: Resultat, atelier: Atelier) -> None:
    _refuse(expliquer(atelier, controle.dossier, ident), *mots)


def _refuse(resultat: Resultat, *mots: str) -> None:
    assert (resultat.code, resultat.sorti) == (2, ""), resultat
    for mot in ("Erreur : ", "Où", "Attendu", "Exemple", *mots):
        assert mot in resultat.erreur


def _sans_lot(dossier: Path) -> None:
    (dossier / "lot.csv").unlink()


def _autre_lot(dossier: Path) -> None:
    en_csv(dossier / "lot.csv", bonnes()[:2])


def _meme_taille(dossier: Path) -> None:
    lot = dossier / "lot.csv"
    lot.write_text(lot.read_text(encoding="utf-8").replace("F1,1", "F7,1"), encoding="utf-8")


def _sans_manifeste(dossier: Path) -> None:
    (dossier / "sortie" / "manifeste.json").unlink()


def _autre_manifeste(dossier: Path) -> None:
    (dossier / "sortie" / "manifeste.json").write_text('{"corpus": {}}', encoding="utf-8")


def _sans_lignes(dossier: Path) -> None:
    (dossier / "sortie" / "lignes.parquet").unlink()


def _lignes_abimees(dossier: Path) -> None:
    (dossier / "sortie" / "lignes.parquet").write_text("bonjour", encoding="utf-8")


@pytest.mark.parametrize(
    ("changer", "mots"),
    [
        (_sans_lot, ("disparu ou changé", "lot.csv")),
        (_autre_lot, ("disparu ou changé", "lot.csv")),
        (_meme_taille, ("disparu ou changé",)),
        (_sans_manifeste, ("n'est pas la sortie d'un contrôle", "manifeste.json")),
        (_autre_manifeste, ("n'est pas la sortie d'un contrôle",)),
        (_sans_lignes, ("lignes.parquet",)),
        (_lignes_abimees, ("lignes.parquet",)),
        (lambda dossier: shutil.rmtree(dossier / "sortie"), ("n'est pas la sortie d'un contrôle",)),
    ],
)
def test_ce_qui_a_change_est_dit(
    changer: Callable[[Path], None], mots: tuple[str, ...], controle: Resultat, atelier: Atelier
) -> None:
    changer(atelier.dossier)
    _refuse(expliquer(atelier, controle.dossier, "F1/1"), *mots)
