"""Les lots synthétiques : reproductibles, conformes, et faussés seulement là où la vérité le dit."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.droit.corpus import charger
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import generer as lots
from opposable.lots.erreurs_injectees import mutations
from opposable.lots.factures import facture_du_lot
from opposable.lots.mappage import Mappage, lire_mappage
from opposable.lots.modele import Modele, en_tranches
from opposable.portes import cli
from opposable.portes import python as api

duckdb = pytest.importorskip("duckdb")
LIGNES = 6000
CORPUS = api.corpus()


@pytest.fixture(scope="module")
def modele() -> Modele:
    return Modele(CORPUS)


@pytest.fixture(scope="module")
def propre(tmp_path_factory: pytest.TempPathFactory) -> lots.Fichiers:
    return _lot(tmp_path_factory.mktemp("propre"), lots.Demande(LIGNES, 42))


@pytest.fixture(scope="module")
def fausse(tmp_path_factory: pytest.TempPathFactory) -> lots.Fichiers:
    return _lot(tmp_path_factory.mktemp("fausse"), lots.Demande(LIGNES, 42, erreurs=0.5))


def _lot(dossier: Path, demande: lots.Demande) -> lots.Fichiers:
    fichiers = lots.voisins(dossier / "lot.parquet")
    lots.generer(CORPUS, demande, fichiers)
    return fichiers


def _lire(fichier: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as base:
        resultat = base.execute("FROM read_parquet($f)", {"f": str(fichier)})
        noms = [colonne[0] for colonne in resultat.description]
        return [dict(zip(noms, rangee, strict=True)) for rangee in resultat.fetchall()]


def _factures(fichier: Path) -> dict[str, list[dict[str, Any]]]:
    return {nom: list(rangees) for nom, rangees in groupby(_lire(fichier), key=lambda rangee: rangee["facture"])}


def _en_facture(fichiers: lots.Fichiers, rangees: list[dict[str, Any]]) -> dict[str, Any]:
    """Des lignes du lot à l'entrée publique de ``coter``, par le mappage écrit à côté de lui."""
    facture = facture_du_lot(_mappage(fichiers.mappage), rangees, CORPUS.vocabulaire.faits)
    facture["historique"] = {"complet_depuis": "2000-01-01"}  # le patient d'un acte limité n'est vu qu'une fois
    return {"id": rangees[0]["facture"], **facture}


@cache
def _mappage(fichier: Path) -> Mappage:
    return lire_mappage(CORPUS, fichier)


def test_le_lot_a_sa_forme(propre: lots.Fichiers) -> None:
    rangees = _lire(propre.lot)
    assert len(rangees) == LIGNES
    cles = [(rangee["facture"], rangee["ligne"]) for rangee in rangees]
    assert cles == sorted(set(cles))
    for lignes in _factures(propre.lot).values():
        assert [ligne["ligne"] for ligne in lignes] == list(range(1, len(lignes) + 1))
        for cle in ("date", "medecin", "patient", "medecin__specialite", "patient__date_naissance"):
            assert len({ligne[cle] for ligne in lignes}) == 1
    dates = [rangee["date"].isoformat() for rangee in rangees]
    assert "2016-01-01" <= min(dates) <= "2016-02-01"
    assert "2026-12-01" <= max(dates) <= "2026-12-31"
    assert sum(date >= "2023" for date in dates) > LIGNES / 2
    assert {rangee["patient__exonerations"] for rangee in rangees} >= {"", "ald", "c2s"}


def test_meme_graine_memes_octets(propre: lots.Fichiers, tmp_path: Path) -> None:
    refait = lots.voisins(tmp_path / "lot.parquet")
    lots.generer(charger(), lots.Demande(LIGNES, 42), refait)
    assert [f.read_bytes() for f in refait] == [f.read_bytes() for f in propre]
    autre = lots.voisins(tmp_path / "autre.parquet")
    lots.generer(CORPUS, lots.Demande(LIGNES, 43), autre)
    assert _lire(autre.lot) != _lire(propre.lot)


def test_les_morceaux_ne_changent_pas_le_lot(
    propre: lots.Fichiers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lots, "MORCEAU", 700)
    faites: list[int] = []
    fichiers = lots.voisins(tmp_path / "lot.parquet")
    lots.generer(CORPUS, lots.Demande(LIGNES, 42), fichiers, faites.append)
    assert _lire(fichiers.lot) == _lire(propre.lot)
    assert len(faites) > 5
    assert faites == sorted(faites)
    assert faites[-1] == LIGNES


@pytest.mark.parametrize("nombre", [1, 2, 7, 503])
def test_le_nombre_de_lignes_est_exact(nombre: int, tmp_path: Path) -> None:
    fichiers = _lot(tmp_path, lots.Demande(nombre, 5))
    assert len(_lire(fichiers.lot)) == nombre


def test_une_facture_propre_n_est_jamais_refusee(propre: lots.Fichiers) -> None:
    factures = list(_factures(propre.lot).values())
    pas = len(factures) // 300
    reponses = [opposable.coter(_en_facture(propre, rangees)) for rangees in factures[::pas]]
    statuts = Counter(reponse["statut"] for reponse in reponses)
    assert statuts["refusee"] == 0
    assert statuts["acceptee"] >= 0.9 * len(reponses)
    for reponse in reponses:
        motifs = {m["code"] for ligne in reponse["lignes"] for m in ligne["motifs"] if m["effet"] != "aucun"}
        assert motifs <= {"PARAMETRE_MANQUANT"}
    assert _lire(propre.verite) == []


def test_chaque_patron_est_conforme(modele: Modele, tmp_path: Path) -> None:
    """Un exemplaire de chaque patron, dans chaque classe et chaque période, vu par le moteur."""
    fichiers = _lot(tmp_path, lots.Demande(60000, 9))
    vus: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for rangees in _factures(fichiers.lot).values():
        tete = rangees[0]
        cle = (tuple(r["code"] for r in rangees), tete["medecin__secteur"], tete["medecin__option"], tete["date"].year)
        vus.setdefault(cle, rangees)
    assert len(vus) > 250
    for rangees in vus.values():
        facture = _en_facture(fichiers, rangees)
        assert opposable.coter(facture)["statut"] != "refusee", facture
    codes = {ligne.code for variante in modele.variantes() for ligne in variante.lignes}
    assert {rangee["code"] for rangee in _lire(fichiers.lot)} == codes


def test_les_inconnus_sont_nuls(propre: lots.Fichiers, tmp_path: Path) -> None:
    fichiers = _lot(tmp_path, lots.Demande(LIGNES, 42, inconnus=0.3))
    paires = list(zip(_lire(propre.lot), _lire(fichiers.lot), strict=True))
    for colonne in ("patient__exonerations", "patient__date_naissance", "contexte__role", "medecin__secteur"):
        nuls = sum(voile[colonne] is None for _, voile in paires)
        assert 0.25 < nuls / LIGNES < 0.35
        assert all(voile[colonne] in (None, clair[colonne]) for clair, voile in paires)
    assert all(voile["code"] == clair["code"] and voile["medecin__specialite"] for clair, voile in paires)


def test_la_verite_dit_exactement_ce_qui_est_fausse(propre: lots.Fichiers, fausse: lots.Fichiers) -> None:
    propres, faussees = _factures(propre.lot), _factures(fausse.lot)
    verite = {rangee["facture"]: rangee for rangee in _lire(fausse.verite)}
    manifeste = json.loads(fausse.manifeste.read_text(encoding="utf-8"))
    assert manifeste["factures_faussees"] == len(verite) == len(_lire(fausse.verite)) > 500
    assert manifeste["par_erreur"] == Counter(rangee["nom"] for rangee in verite.values())
    communes = sorted(propres.keys() & faussees.keys())
    for facture in communes:
        assert (propres[facture] != faussees[facture]) == (facture in verite), facture
    for facture, dite in verite.items():
        assert 1 <= dite["ligne"] <= len(faussees[facture])
        assert dite["erreur"]
        assert dite["description"]


def test_le_moteur_voit_les_erreurs_injectees(fausse: lots.Fichiers) -> None:
    faussees = _factures(fausse.lot)
    vues: dict[str, list[str]] = {}
    for dite in _lire(fausse.verite):
        if len(vues.setdefault(dite["nom"], [])) < 3:
            vues[dite["nom"]].append(opposable.coter(_en_facture(fausse, faussees[dite["facture"]]))["statut"])
    assert len(vues) > 18
    for nom, statuts in vues.items():
        assert "acceptee" not in statuts, nom


def test_chaque_mutation_change_la_facture(modele: Modele) -> None:
    vues = set()
    for variante in modele.variantes():
        for mutee in mutations(modele, variante):
            assert mutee.variante != variante
            assert 1 <= mutee.ligne <= len(mutee.variante.lignes)
            vues.add(mutee.erreur)
    assert len(vues) == len(modele.donnees["erreurs"])


def test_le_modele_tient_les_effectifs_publies(modele: Modele) -> None:
    publies = modele.donnees["effectifs"]
    somme = dict.fromkeys(modele.donnees["secteurs"], 0)
    deux = 0.0
    for fiche in modele.donnees["specialites"].values():
        somme[fiche["groupe"]] += fiche["effectif"]
    assert somme["generaliste"] == publies["generalistes"]
    assert somme["specialiste"] + publies["specialistes_sans_patron"] == publies["specialistes"]
    assert publies["generalistes"] + publies["specialistes"] == publies["total"]
    assert publies["secteur_1"] + publies["secteur_2"] == publies["total"]
    deux += publies["generalistes"] * modele.donnees["secteurs"]["generaliste"]["secteur_2"]
    deux += publies["specialistes"] * modele.donnees["secteurs"]["specialiste"]["secteur_2"]
    assert deux == pytest.approx(publies["secteur_2"], rel=0.01)


def test_seule_la_mcc_n_a_pas_de_tarif(modele: Modele) -> None:
    manquants = {ligne.code for variante in modele.variantes() for ligne in variante.lignes if ligne.tarif is None}
    assert manquants == {"MCC"}


def test_les_tranches_couvrent_tout() -> None:
    tranches = en_tranches([1000, 0.001, 3], 10)
    assert [debut for debut, _ in tranches] == [0, *(fin for _, fin in tranches[:-1])]
    assert tranches[-1][1] == 10
    assert all(fin > debut for debut, fin in tranches)


def test_la_commande_ecrit_quatre_fichiers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cible = tmp_path / "l'été.parquet"
    arguments = ["generer", "--sortie", str(cible), "--lignes", "500", "--graine", "1", "--erreurs", "0.2", "--json"]
    assert cli.executer(arguments) == 0
    manifeste = json.loads(capsys.readouterr().out)
    noms = ["l'été.manifeste.json", "l'été.mappage.yaml", "l'été.parquet", "l'été.verite.parquet"]
    assert sorted(fichier.name for fichier in tmp_path.iterdir()) == noms
    assert (manifeste["graine"], manifeste["lignes"], manifeste["erreurs"]) == (1, 500, 0.2)
    assert manifeste == json.loads((tmp_path / noms[0]).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("changes", "mot"),
    [
        ({"--lignes": "0"}, "--lignes"),
        ({"--lignes": "mille"}, "nombre entier"),
        ({"--graine": "-1"}, "--graine"),
        ({"--graine": "9" * 19}, "--graine"),
        ({"--inconnus": "2"}, "--inconnus"),
        ({"--inconnus": "nan"}, "--inconnus"),
        ({"--erreurs": "-0.1"}, "--erreurs"),
        ({"--erreurs": "peu"}, "n'est pas une part"),
        ({"--sortie": "lot.csv"}, "Parquet"),
        ({"--sortie": "absent/lot.parquet"}, "dossier"),
    ],
)
def test_une_mauvaise_entree_est_dite_et_rien_n_est_ecrit(
    changes: dict[str, str],
    mot: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"--sortie": "lot.parquet", "--lignes": "10", "--graine": "1", **changes}
    assert cli.executer(["generer", *(mot for paire in options.items() for mot in paire)]) == 2
    assert mot in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_sans_duckdb_le_message_dit_quoi_installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ErreurEntree, match=r"opposable\[lots\]"):
        _lot(tmp_path, lots.Demande(10, 1))
    assert list(tmp_path.iterdir()) == []


def test_interrompu_il_ne_reste_rien(tmp_path: Path) -> None:
    commande = [sys.executable, "-m", "opposable.portes.cli", "generer", "--sortie", "lot.parquet", "--lignes"]
    processus = subprocess.Popen(
        [*commande, "200000000", "--graine", "1"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    limite = time.monotonic() + 20
    while time.monotonic() < limite and not list(tmp_path.rglob("000000.parquet")):
        time.sleep(0.05)
    processus.send_signal(signal.SIGINT)
    _, dit = processus.communicate(timeout=20)
    assert processus.returncode == 130, dit
    assert list(tmp_path.iterdir()) == []


def test_un_disque_plein_est_dit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def plein(*_: object) -> None:
        raise OSError(28, "plein")

    monkeypatch.setattr(lots, "_tirer", plein)
    with pytest.raises(ErreurEntree, match="plus de place"):
        _lot(tmp_path, lots.Demande(10, 1))
    assert list(tmp_path.iterdir()) == []
