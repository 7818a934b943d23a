"""Ce qu'un moteur lit et écrit : lots Parquet et CSV, tables provisoires, un seul fichier en sortie, erreurs."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import python as api

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.banc import Banc

from opposable.lots import generer, sql
from opposable.lots.controler import Controle
from opposable.lots.mappage import lire_mappage
from opposable.lots.moteurs import Reglages, ouvrir
from opposable.lots.moteurs.service_spark import lire_memoire

duckdb = pytest.importorskip("duckdb")
TYPES = {"n": "INTEGER", "g": "BIGINT", "t": "VARCHAR", "f": "DECIMAL(38, 0)", "j": "DATE", "b": "BOOLEAN"}
RANGEES = [
    (1, 1 << 60, 'l\'été, "dit"', 10**37, date(2026, 2, 10), True),
    (2, -(1 << 60), "", -(10**37), date(2024, 2, 29), False),
    (3, None, None, None, None, None),
]
CSV = '\ufefffacture;montant;motif\r\n2;30,00;"a;b"\r\n1;;"dit ""oui"""\r\n10;007;""\r\n3;1e3;deux  mots \r\n'


def _tout(banc: Banc, table: str) -> list[tuple[Any, ...]]:
    return sorted(banc.moteur.lire(sql.choisir(sql.depuis(table), [sql.exp.Star()])))


def _toutes(table: str) -> Any:
    return sql.choisir(sql.depuis(table), [sql.exp.Star()])


def test_tables(banc: Banc) -> None:
    """Charger, créer, remplacer, renommer, oublier : les valeurs reviennent telles quelles, nuls compris."""
    m = banc.moteur
    m.charger("chargee", TYPES, RANGEES)
    banc.comparer("chargée", [v for r in _tout(banc, "chargee") for v in r], [v for r in RANGEES for v in r])
    m.creer("creee", _toutes("chargee"))
    m.creer("creee", _toutes("creee").where(sql.au_plus(sql.col("n"), sql.ent(2)), copy=False))
    assert _tout(banc, "creee") == RANGEES[:2]
    m.renommer("creee", "chargee")
    assert _tout(banc, "chargee") == RANGEES[:2]
    with pytest.raises(Exception, match="creee"):
        _tout(banc, "creee")
    m.oublier("chargee")
    m.oublier("jamais_vue")
    with pytest.raises(Exception, match="chargee"):
        _tout(banc, "chargee")
    m.charger("vide", TYPES, [])
    assert _tout(banc, "vide") == []


def test_avance(banc: Banc) -> None:
    vues: list[float] = []
    banc.moteur.charger("chargee", TYPES, RANGEES * 20_000)
    banc.moteur.creer("avancee", _toutes("chargee"), vues.append)
    comptes = sql.choisir(sql.depuis("avancee"), [sql.compte(), sql.somme(sql.col("n"))])
    assert banc.moteur.lire(comptes, vues.append) == [(60_000, 120_000)]
    assert all(0 < part <= 1 for part in vues)


@pytest.mark.parametrize("rangees", [RANGEES, RANGEES * 2000, []], ids=["trois", "beaucoup", "aucune"])
def test_un_seul_fichier(banc: Banc, tmp_path: Path, rangees: list[tuple[Any, ...]]) -> None:
    m, fichier = banc.moteur, tmp_path / "sortie [1] d'été.parquet"
    m.charger("chargee", TYPES, rangees)
    jointes = sql.joindre(sql.depuis("chargee"), "chargee", "u", (sql.col("n", "t"), sql.col("n", "u")))
    cles = [sql.col(c, "t") for c in TYPES]
    distinctes = sql.choisir(jointes, cles).distinct(copy=False)
    m.ecrire(distinctes, fichier)
    m.ecrire(distinctes, fichier)
    assert [f.name for f in tmp_path.iterdir()] == [fichier.name]
    m.ouvrir_parquet("relue", fichier)
    attendu = sorted(set(rangees))
    assert _tout(banc, "relue") == attendu
    with duckdb.connect() as base:
        lues = base.execute("FROM read_parquet($f) ORDER BY n", {"f": str(fichier)}).fetchall()
        assert lues == [(n, g, t, None if f is None else Decimal(f), j, b) for n, g, t, f, j, b in attendu]


def test_lot_csv(banc: Banc, tmp_path: Path) -> None:
    """Un CSV est du texte : rien n'est deviné, une case vide est inconnue, les lignes gardent leur numéro."""
    lot = tmp_path / "lot.csv"
    lot.write_text(CSV, encoding="utf-8", newline="")
    types = banc.moteur.ouvrir_lot(lot)
    assert dict(types) == {"facture": "VARCHAR", "montant": "VARCHAR", "motif": "VARCHAR"}
    attendu = [
        ("2", "30,00", "a;b", 1),
        ("1", None, 'dit "oui"', 2),
        ("10", "007", None, 3),
        ("3", "1e3", "deux  mots ", 4),
    ]
    banc.moteur.numerotees()
    choisies = [sql.col(c) for c in (*types, "numero")]
    lues = sorted(banc.moteur.lire(sql.choisir(sql.depuis("lot_numerote"), choisies)), key=lambda r: r[3])
    banc.comparer("CSV", [v for r in lues for v in r], [v for r in attendu for v in r])


def test_lot_parquet(banc: Banc, tmp_path: Path) -> None:
    lot = tmp_path / "lot.parquet"
    with duckdb.connect() as base:
        lignes = (
            "SELECT 'F' || i AS facture, i::INTEGER AS ligne, (i % 9)::SMALLINT AS petit, i % 2 = 0 AS pair, "
            "DATE '2026-01-01' + (i % 999)::INTEGER AS jour, (i / 100)::DECIMAL(10, 2) AS euros, i::DOUBLE AS reel "
            "FROM range(300000) r(i)"
        )
        base.execute(f"COPY ({lignes}) TO '{lot}' (FORMAT parquet, ROW_GROUP_SIZE 20000)")
    types = {n: g.replace(" ", "") for n, g in banc.moteur.ouvrir_lot(lot).items()}
    assert types == {"facture": "VARCHAR", "ligne": "INTEGER", "petit": "SMALLINT", "jour": "DATE", "pair": "BOOLEAN",
                     "euros": "DECIMAL(10,2)", "reel": "DOUBLE"}  # fmt: skip
    banc.moteur.numerotees()
    ecart = sql.differe(sql.col("numero"), sql.plus(sql.col("ligne"), sql.ent(1)))
    comptes = [sql.compte(), sql.somme(sql.drapeau(ecart)), sql.maximum(sql.col("numero"))]
    assert banc.moteur.lire(sql.choisir(sql.depuis("lot_numerote"), comptes)) == [(300_000, 0, 300_000)]


def test_lot_en_dossier(banc: Banc, tmp_path: Path) -> None:
    """Les fichiers d'un dossier se suivent : la numérotation continue de l'un à l'autre."""
    with duckdb.connect() as base:
        for rang in range(3):
            lignes = "SELECT i AS n, 'x' AS autre FROM range($de, $de + 100) r(i)"
            base.execute(f"COPY ({lignes}) TO '{tmp_path}/{rang}.parquet'", {"de": rang * 100})
    assert list(banc.moteur.ouvrir_lot(tmp_path)) == ["n", "autre"]
    banc.moteur.numerotees()
    lues = banc.moteur.lire(sql.choisir(sql.depuis("lot_numerote"), [sql.col("n"), sql.col("numero")]))
    assert sorted(lues) == [(n, n + 1) for n in range(300)]
    with duckdb.connect() as base:
        base.execute(f"COPY (SELECT 1 AS n) TO '{tmp_path}/3.parquet'")
    with pytest.raises(ErreurEntree, match="mêmes colonnes"):
        banc.moteur.ouvrir_lot(tmp_path)


@pytest.mark.parametrize("nom", ["absent.parquet", "faux.parquet", "absent.csv", "latin.csv", "inegal.csv"])
def test_lot_illisible(banc: Banc, tmp_path: Path, nom: str) -> None:
    lot = tmp_path / nom
    if not nom.startswith("absent"):
        lot.write_bytes("facture;été\nF1;é\nF2;é;3\n".encode("utf-8" if nom == "inegal.csv" else "latin-1"))
    with pytest.raises(ErreurEntree) as erreur:
        banc.moteur.ouvrir_lot(lot)
    assert erreur.value.code == "LOT_ILLISIBLE"
    assert nom in erreur.value.ou


def test_version(banc: Banc) -> None:
    assert banc.moteur.version()[0].isdigit()


def test_memoire_de_spark() -> None:
    assert [lire_memoire(m) for m in ("", "2GiB", "2g", "1.5 GB", "600MiB")] == [
        "4096m",
        "2048m",
        "2048m",
        "1536m",
        "600m",
    ]
    for dite, code in (
        ("beaucoup", "MEMOIRE_ILLISIBLE"),
        ("2", "MEMOIRE_ILLISIBLE"),
        ("100MiB", "MEMOIRE_INSUFFISANTE"),
    ):
        with pytest.raises(ErreurEntree) as erreur:
            lire_memoire(dite)
        assert erreur.value.code == code


def test_memoire_illisible_de_duckdb(tmp_path: Path) -> None:
    with pytest.raises(ErreurEntree) as erreur:
        ouvrir("duckdb", Reglages("beaucoup", tmp_path))
    assert erreur.value.code == "MEMOIRE_ILLISIBLE"


@pytest.mark.spark
def test_spark_sans_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ErreurEntree, match="Java") as erreur:
        ouvrir("spark", Reglages("", tmp_path))
    assert erreur.value.code == "MOTEUR_ABSENT"


@pytest.mark.parametrize("banc", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_controle_identique(banc: Banc, tmp_path: Path) -> None:
    """Un lot synthétique contrôlé par ce moteur et par DuckDB : les mêmes lignes, anomalies et sommes."""
    corpus = api.corpus()
    fichiers = generer.voisins(tmp_path / "lot.parquet")
    generer.generer(corpus, generer.Demande(6000, 42, erreurs=0.3, inconnus=0.05), fichiers)
    mappage = lire_mappage(corpus, fichiers.mappage)
    reference = ouvrir("duckdb", Reglages("", tmp_path))
    for moteur in (reference, banc.moteur):
        sortie = tmp_path / moteur.nom
        sortie.mkdir()
        controle = Controle(corpus, mappage, moteur, fichiers.lot)
        controle.preparer()
        controle.executer()
        controle.ecrire(sortie)
    for nom in ("lignes", "anomalies", "sommes"):
        a, b = (f"read_parquet('{tmp_path / m}/{nom}.parquet')" for m in ("duckdb", "spark"))
        sans = "SELECT * EXCLUDE reponse" if nom == "lignes" else "SELECT *"
        for de, moins in ((a, b), (b, a)):
            assert reference.base.execute(f"{sans} FROM {de} EXCEPT ALL {sans} FROM {moins}").fetchall() == []
        ((nombre,),) = reference.base.execute(f"SELECT count(*) FROM {b}").fetchall()  # noqa: S608
        banc.total += nombre
    reference.fermer()
    shutil.rmtree(tmp_path / "spark")
