"""Les versions 67 et 81 telles que publiées : comptes, tarifs connus, et chaque piège du fichier."""

from __future__ import annotations

import gzip
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from opposable.ccam import export, importer, regles
from opposable.ccam.anomalies import par_sorte
from opposable.ccam.importer import Bilan
from opposable.ccam.magasin import MagasinParquet
from opposable.droit import temps
from opposable.facturation.recherche import decouper

# Codes, rangées, modificateurs, chapitres, comptés dans les fichiers mêmes par une autre lecture que celle du projet.
COMPTES = {67: (8179, 13300, 28, 1718), 81: (8257, 13439, 30, 1722)}
ANOMALIES = {
    67: {
        "flottant": 17238, "virgule": 23, "blanc": 3, "date_exoneration": 2, "taux_sans_signe": 1,
        "code_et_modificateurs": 4, "code_parasite": 2, "libelle_decale": 2, "activite_parasite": 2, "geste_tronque": 8,
        "tarif_vide": 1278, "tarif_illisible": 2, "geste_inconnu": 1,
    },
    81: {
        "blanc": 3, "taux_sans_signe": 2, "taux_decimal": 1, "libelle_decale": 2, "activite_parasite": 1,
        "activite_corrigee": 1, "geste_tronque": 8, "tarif_sans_activite": 110, "tarif_nul": 1282, "geste_inconnu": 1,
    },
}  # fmt: skip


@pytest.mark.parametrize("version", [67, 81])
def test_comptes_et_anomalies(bilans: Mapping[int, Bilan], version: int) -> None:
    """Codes, rangées, modificateurs, chapitres ; chaque sorte d'anomalie, une à une."""
    dit = bilans[version].en_dict()
    assert (dit["codes"], dit["rangees"], dit["modificateurs"], dit["chapitres"]) == COMPTES[version]
    assert par_sorte(bilans[version].lu.anomalies) == ANOMALIES[version]
    assert dit["applicable_le"] == {67: "2021-04-26", 81: "2026-01-01"}[version]


@pytest.mark.parametrize(
    ("code", "v67", "v81"),
    [
        ("DEQP003", (1426, 1352), (1477, 1381)),
        ("AHQB013", (7344, 6437), (7599, 6585)),
        ("AHQP016", (None, None), (0, 0)),
        ("ADLA001", (22688, 22688), None),
        ("HBLD132", (None, None), (10213, 10213)),
        ("AHQP001", (None, None), (None, None)),
    ],
)
def test_tarifs(
    vrai: MagasinParquet, code: str, v67: tuple[int | None, ...], v81: tuple[int | None, ...] | None
) -> None:
    """Les tarifs de la première activité, en centimes : secteur 1, puis autre."""
    par = vrai.acte(code)
    for numero, attendu in ((67, v67), (81, v81)):
        if attendu is not None:
            rangee = par[numero].rangees[0]
            assert (rangee.opposable, rangee.autre) == attendu
            assert rangee.prise_en_charge is (code != "AHQP001")


def test_partage_des_modificateurs(vrai: MagasinParquet) -> None:
    """[A, J, K, T], 3 en plus dans la 81 : J, K, T au geste, A et 3 à l'anesthésie."""
    geste, sommeil = vrai.acte("AALA002")[67].rangees
    assert (geste.modificateurs, sommeil.modificateurs) == (("J", "K", "T"), ("A",))
    geste, sommeil = vrai.acte("AALA002")[81].rangees
    assert (geste.modificateurs, sommeil.modificateurs) == (("J", "K", "T"), ("A", "3"))
    assert geste.gestes == sommeil.gestes == ("GELE001", "YYYY189")


def test_codes_seuls_dans_leur_cellule(bilans: Mapping[int, Bilan]) -> None:
    """8 175 et 8 257 codes seuls dans leur cellule ; les quatre autres de la 67 portent leurs modificateurs."""
    for version, seuls in ((67, 8175), (81, 8257)):
        lu = bilans[version].lu
        doubles = {a.code for a in lu.anomalies if a.sorte == "code_et_modificateurs"}
        assert len(lu.actes) - len(doubles) == seuls
    assert doubles == set()
    assert {a.code for a in bilans[67].lu.anomalies if a.sorte == "code_et_modificateurs"} == {
        "JANH798", "YYYY603", "YYYY740", "YYYY285",
    }  # fmt: skip


def test_pieges_connus(vrai: MagasinParquet) -> None:
    """Les pièges du fichier, chacun sur l'acte où il est."""
    assert vrai.acte("HBQK093")[67].rangees[0].exoneration == ("2", "7")
    assert vrai.acte("HBQK093")[81].rangees[0].exoneration == ("2", "7")
    assert vrai.acte("HBGD300")[67].rangees[0].exoneration == ("1", "7")
    assert vrai.acte("DZQM006")[67].rangees[0].exoneration == ("2", "7")
    assert vrai.acte("ZZQX603")[81].rangees[0].exoneration == ("5", "7")
    assert vrai.acte("ADGA724")[81].rangees[0].opposable == 24815
    assert "YYYY603" in vrai.acte("JQGD012")[67].rangees[0].gestes
    assert [x.activite for x in vrai.acte("DBPA005")[67].rangees] == ["1", "4"]
    assert vrai.acte("HCGA223")[67].rangees[1].libelle == "anesthésie"
    assert [(x.activite, x.opposable) for x in vrai.acte("BELA129")[81].rangees] == [("1", 27864), ("4", None)]
    assert [x.activite for x in vrai.acte("EDQM001")[81].rangees] == ["1"]
    assert all(x.sous_conditions for x in vrai.acte("DASF074")[67].rangees)
    assert not any(x.prise_en_charge for x in vrai.acte("FERP001")[67].rangees)


def test_modificateurs(vrai: MagasinParquet) -> None:
    """Forfaits et taux du sous-chapitre 19.03, par colonne."""
    m67, m81 = vrai.modificateurs(67), vrai.modificateurs(81)
    assert set(m81) - set(m67) == {"3", "9"}
    assert [(x.opposable.forfait, len(x.notes)) for x in m81["U"].rangees] == [(2515, 1), (5000, 1)]
    assert [(x.opposable.taux, x.autre.taux) for x in m81["K"].rangees] == [(2000, 2000), (3000, 2500), (3000, 3000)]
    assert [(x.opposable.taux, x.autre.taux) for x in m81["T"].rangees] == [(2150, 1650)]
    assert [(x.opposable.taux, x.autre.taux) for x in m81["B"].rangees] == [(4900, 4900)]
    assert [x.opposable.taux for x in m81["3"].rangees] == [1200, 800]
    assert [(m[lettre].rangees[0].opposable.taux) for m in (m67, m81) for lettre in "YZ"] == [1580, 1590, 1300, 1300]


def test_chaque_lettre_des_libelles_est_dans_le_partage(vrai: MagasinParquet) -> None:
    """Le partage situe chaque lettre des deux versions, et chaque phrase citée est dans un libellé de la lettre."""
    from opposable.droit.fichiers import RACINE
    from opposable.droit.lecture import lire

    nom = "ccam/modificateurs_par_activite.yaml"
    dits = lire((RACINE / nom).read_text(encoding="utf-8"), nom).table()["lettres"].table()
    assert set(dits) == set(vrai.modificateurs(67)) | set(vrai.modificateurs(81)) == set(regles.charger().lettres)
    for lettre, noeud in dits.items():
        textes = [
            " ".join(rangee.texte.split())
            for version in (67, 81)
            if (m := vrai.modificateurs(version).get(lettre))
            for rangee in m.rangees
        ]
        for morceau in noeud.table()["dit"].texte().split(" […] "):
            assert any(morceau in texte for texte in textes), (lettre, morceau)


def test_aucun_tarif_perdu(vraies: Mapping[int, Path], bilans: Mapping[int, Bilan]) -> None:
    """Chaque tarif lisible d'une rangée d'activité se retrouve, au centime, dans le magasin ; et aucun de plus."""
    for version, chemin in vraies.items():
        bruts: Counter[int] = Counter()
        for b in export.ouvrir(chemin, regles.charger()).rangees:
            if b.activite and re.fullmatch(r"\d+(\.\d+)?", b.opposable):
                bruts[round(float(b.opposable) * 100)] += 1
        lus = Counter(x.opposable for a in bilans[version].lu.actes for x in a.rangees if x.opposable is not None)
        ecart = {k: (bruts[k], lus[k]) for k in bruts.keys() | lus.keys() if bruts[k] != lus[k]}
        if version == 67:
            # Neuf tarifs à virgule (ADLA001…) en plus ; 102.125, absent.
            assert ecart.pop(10212) == (1, 0)
            assert (len(ecart), {lu - brut for brut, lu in ecart.values()}) == (9, {1})
        else:
            # 248, 15 ; le tarif de BELA129, recopié du geste ; un zéro sur une note.
            assert ecart == {24815: (0, 1), 27864: (2, 1), 0: (bruts[0], bruts[0] - 1)}


def test_reimporter_ne_change_rien(vraies: Mapping[int, Path], bilans: Mapping[int, Bilan], tmp_path: Path) -> None:
    """Le même fichier, décompressé cette fois : aucun octet du magasin ne change."""
    dossier = bilans[81].dossier
    avant = {c: c.read_bytes() for c in dossier.rglob("*") if c.is_file()}
    nu = tmp_path / "v81.csv"
    nu.write_bytes(gzip.decompress(vraies[81].read_bytes()))
    bilan = importer.importer(nu, dossier)
    assert bilan.statut == "inchangee"
    assert {c: c.read_bytes() for c in dossier.rglob("*") if c.is_file()} == avant
    assert bilan.en_dict()["manquantes"] == [{"apres": 67, "avant": 81, "nombre": 13}]


def test_relire_est_rapide(vrai: MagasinParquet) -> None:
    """Un acte en quelques millisecondes, une recherche par mots en quelques dizaines, sur un cœur."""
    vrai.libelles()
    depart = time.process_time()
    for code in sorted(vrai.codes())[::400]:
        vrai.acte(code)
    assert (time.process_time() - depart) / 22 < 0.02
    depart = time.process_time()
    cherches = decouper("électrocardiographie dérivations")
    trouves = [c for c, (_, _, mots) in vrai.libelles().items() if all(f" {m}" in f" {mots}" for m in cherches)]
    assert time.process_time() - depart < 0.05
    assert "DEQP003" in trouves


def test_versions(vrai: MagasinParquet) -> None:
    """Les versions se lisent sans ouvrir un Parquet, par date d'application."""
    assert [(v.numero, temps.iso(v.du)) for v in vrai.versions] == [(67, "2021-04-26"), (81, "2026-01-01")]
    assert re.fullmatch(r"[0-9a-f]{64}", vrai.empreinte)
