"""Un mauvais lot : une erreur claire et située, sortie 2, rien d'écrit ; avec ``--ecarter``, le reste est contrôlé."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.petits import ADULTE, COLONNES, Atelier, bonnes, en_csv, en_parquet, ligne, mappage

LIGNE_CSV = "F{},1,M1,2026-02-10,G,30.00,medecine_generale,1,aucune,1980-05-01,medecin_traitant,dans_le_parcours,\n"
ENTETE = ",".join(COLONNES) + "\n"


def avec(**changes: Any) -> list[dict[str, Any]]:
    """Trois bonnes lignes (deux factures), et la mauvaise : la ligne 4, facture FX."""
    return [*bonnes()[:3], ligne("FX", 1, **changes)]


DE_LIGNE: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "virgule": ({"honoraires": "30,00"}, "MONTANT_ILLISIBLE", ("« 30,00 »", "« honoraires »", "un point", "30.00 ;")),
    "montant en texte": ({"honoraires": "trente"}, "MONTANT_ILLISIBLE", ("« trente »",)),
    "trois décimales": ({"honoraires": "30.005"}, "MONTANT_ILLISIBLE", ("« 30.005 »",)),
    "montant démesuré": ({"honoraires": "30000000.00"}, "HORS_DOMAINE", ("99999.99",)),
    "date impossible": ({"date": "2026-02-30"}, "DATE_IMPOSSIBLE", ("« 2026-02-30 »", "« date »", "AAAA-MM-JJ")),
    "date à la française": ({"date": "10/02/2026"}, "DATE_IMPOSSIBLE", ("« 10/02/2026 »",)),
    "date absente": ({"date": ""}, "DATE_ABSENTE", ("il manque la date",)),
    "date avant le corpus": ({"date": "2010-02-10"}, "DATE_HORS_CORPUS", ("« 2010-02-10 »", "2016-01-01")),
    "spécialité": ({"specialite": "medecine_general"}, "VALEUR_INCONNUE", ("vouliez-vous « medecine_generale »",)),
    "guillemet": ({"specialite": "l'orl"}, "VALEUR_INCONNUE", ("« l'orl »",)),
    "secteur": ({"secteur": "3"}, "VALEUR_INCONNUE", ("« 3 »", "« secteur »", "1, 2, non_conventionne")),
    "exonération": ({"exonerations": "ald,xyz"}, "VALEUR_INCONNUE", ("« ald,xyz »", "« exonerations »")),
    "code de la CCAM inconnu": (
        {"code": "XAAA001"},
        "CODE_CCAM_INCONNU",
        ("« XAAA001 »", "aucune version importée", "opposable importer ccam"),
    ),
    "code inconnu": ({"code": "GX"}, "CODE_INCONNU", ("« GX »", "vouliez-vous « G »", "« code »")),
    "code absent": ({"code": ""}, "CODE_ABSENT", ("il manque le code",)),
    "code non couvert": ({"code": "TCS"}, "CODE_NON_COUVERT", ("« TCS »", "Téléconsultation du médecin spécialiste")),
    "naissance après les soins": ({"naissance": "2027-01-01"}, "FAITS_CONTRADICTOIRES", ("« naissance »",)),
    "âge": ({"naissance": "1700-01-01"}, "HORS_DOMAINE", ("130 ans",)),
    "option en secteur 1": ({"option": "optam"}, "FAITS_CONTRADICTOIRES", ("secteur 2", "« option »", "« optam »")),
    "parcours": ({"parcours": "hors_parcours"}, "FAITS_CONTRADICTOIRES", ("médecin traitant", "« parcours »")),
    "sans numéro de ligne": ({"ligne": ""}, "IDENTIFIANT_ABSENT", ("identifiant de la ligne",)),
}


@pytest.mark.parametrize("cas", DE_LIGNE)
def test_une_mauvaise_ligne_arrete_tout(cas: str, atelier: Atelier) -> None:
    changes, _, mots = DE_LIGNE[cas]
    changes = {"numero_de_ligne" if nom == "ligne" else nom: valeur for nom, valeur in changes.items()}
    rangees = avec(**{nom: v for nom, v in changes.items() if nom != "numero_de_ligne"})
    if "numero_de_ligne" in changes:
        rangees[-1]["ligne"] = changes["numero_de_ligne"]
    atelier.refuse(atelier.csv(rangees), "ligne 4 du lot (facture « FX »)", "--ecarter", *mots)


def test_ecarter_controle_le_reste(atelier: Atelier) -> None:
    """Toutes les mauvaises lignes dans un lot : chacune écarte sa facture entière, avec sa raison."""
    rangees, attendues = bonnes()[:3], {}
    for rang, (changes, raison, _) in enumerate(DE_LIGNE.values()):
        facture = f"X{rang:02d}"
        attendues[facture] = (len(rangees) + 1, raison)
        rangees += [{**ligne(facture, 1), **changes}, ligne(facture, 2, code="MEG", honoraires="5.00")]
    resultat = atelier.csv(rangees, "--ecarter")
    assert (resultat.code, resultat.erreur) == (0, "")
    assert set(resultat.lignes()) == {("F1", "1"), ("F2", "1"), ("F2", "2")}
    assert resultat.manifeste["lignes"] == {"entree": len(rangees), "sortie": 3, "ecartees": len(rangees) - 3}
    assert resultat.manifeste["factures"] == 2
    premieres: dict[str, tuple[int, str]] = {}
    for rangee in sorted(resultat.rangees("ecartees"), key=lambda r: r["numero"]):
        premieres.setdefault(rangee["facture"], (rangee["numero"], rangee["raison"]))
        assert rangee["message"]
        assert rangee["attendu"]
    assert premieres == attendues
    fautes = resultat.manifeste["fautes"]
    assert sum(fautes.values()) == len(resultat.rangees("ecartees"))
    assert set(fautes) == {raison for _, raison in attendues.values()}


def test_les_erreurs_en_json_ont_leur_forme(atelier: Atelier) -> None:
    import json

    resultat = atelier.csv(avec(honoraires="30,00"), "--json")
    assert (resultat.code, resultat.sorti) == (2, "")
    erreur = json.loads(resultat.erreur)["erreur"]
    assert set(erreur) == {"code", "message", "ou", "attendu", "exemple"}
    assert erreur["code"] == "MONTANT_ILLISIBLE"
    assert not resultat.dossier.exists()


def test_les_autres_fautes_sont_comptees(atelier: Atelier) -> None:
    rangees = [*avec(honoraires="30,00"), ligne("FY", 1, honoraires="x"), ligne("FZ", 1, date="hier")]
    atelier.refuse(atelier.csv(rangees), "ligne 4 du lot", "2 autres fautes dans le lot")


@pytest.mark.parametrize("numero", [1, 99, "L1"])
def test_deux_lignes_de_meme_identifiant(numero: object, atelier: Atelier) -> None:
    rangees = [*bonnes(), ligne("FX", numero), ligne("FX", numero, code="MEG", honoraires="5.00")]
    lot = en_csv(atelier.dossier / "lot.csv", rangees)
    atelier.refuse(atelier.controler(lot, mappe=mappage()), "« FX »", f"ligne « {numero} »", "même identifiant")
    resultat = atelier.controler(lot, "--ecarter")
    assert resultat.manifeste["lignes"] == {"entree": 6, "sortie": 4, "ecartees": 2}
    assert [(r["facture"], r["ligne"], r["raison"]) for r in resultat.rangees("ecartees")] == [
        ("FX", str(numero), "LIGNE_EN_DOUBLE")
    ]


@pytest.mark.parametrize(
    ("change", "mots"),
    [
        ({"secteur": "2"}, ("« secteur »", "« 1 », « 2 »")),
        ({"date": "2026-02-11"}, ("« date »", "2026-02-10", "2026-02-11")),
        ({"naissance": "2020-01-01"}, ("« naissance »",)),
        ({"exonerations": "ald"}, ("« exonerations »", "« vide »", "« ald »")),
        ({"medecin": "M2"}, ("« medecin »", "« M2 »")),
    ],
)
def test_deux_lignes_d_une_facture_qui_se_contredisent(
    change: dict[str, str], mots: tuple[str, ...], atelier: Atelier
) -> None:
    lot = en_csv(atelier.dossier / "lot.csv", [*bonnes(), ligne("FX", 1), ligne("FX", 2, **change)])
    atelier.refuse(atelier.controler(lot, mappe=mappage()), "facture « FX »", "la même chose", *mots)
    resultat = atelier.controler(lot, "--ecarter")
    assert resultat.manifeste["lignes"] == {"entree": 6, "sortie": 4, "ecartees": 2}
    assert resultat.manifeste["fautes"] == {"FACTURE_INCOHERENTE": 1}


def test_une_facture_sans_identifiant(atelier: Atelier) -> None:
    rangees = [*bonnes(), ligne("", 1), ligne("", 2)]
    lot = en_csv(atelier.dossier / "lot.csv", rangees)
    atelier.refuse(atelier.controler(lot, mappe=mappage()), "ligne 5 du lot", "identifiant de la facture")
    resultat = atelier.controler(lot, "--ecarter")
    assert resultat.manifeste["lignes"] == {"entree": 6, "sortie": 4, "ecartees": 2}
    assert {(r["numero"], r["facture"]) for r in resultat.rangees("ecartees")} == {(5, None), (6, None)}


def test_tout_ecarter(atelier: Atelier) -> None:
    resultat = atelier.csv([ligne("FX", 1, date="hier")], "--ecarter")
    assert (resultat.code, resultat.manifeste["lignes"]) == (0, {"entree": 1, "sortie": 0, "ecartees": 1})
    assert resultat.lignes() == {}


def test_une_faute_loin_dans_un_grand_fichier(atelier: Atelier) -> None:
    lot = atelier.dossier / "lot.csv"
    with lot.open("w", encoding="utf-8") as flux:
        flux.write(ENTETE)
        flux.writelines(LIGNE_CSV.format(n) for n in range(1, 700_000))
        flux.write(LIGNE_CSV.format(700_000).replace("30.00", "trente"))
        flux.writelines(LIGNE_CSV.format(n) for n in range(700_001, 1_000_001))
    atelier.refuse(
        atelier.controler(lot, mappe=mappage()),
        "ligne 700\N{NARROW NO-BREAK SPACE}000 du lot", "« F700000 »", "« trente »", "« honoraires »",
    )  # fmt: skip


def test_un_lot_tout_faux_ne_deborde_pas(atelier: Atelier) -> None:
    """Un mappage qui se trompe d'unité met toutes les lignes en faute : elles ne passent pas par Python."""
    lot = atelier.dossier / "lot.csv"
    with lot.open("w", encoding="utf-8") as flux:
        flux.write(ENTETE)
        flux.writelines(LIGNE_CSV.format(n).replace("30.00", '"30,00"') for n in range(20_000))
    atelier.refuse(atelier.controler(lot, mappe=mappage()), "ligne 1 du lot", "19\N{NARROW NO-BREAK SPACE}999 autres")
    resultat = atelier.controler(lot, "--ecarter")
    assert resultat.manifeste["fautes"] == {"MONTANT_ILLISIBLE": 20_000}


# --- Des fichiers qui ne sont pas des lots ---------------------------------------------------------------------
FICHIERS: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "CSV vide": ("lot.csv", b"", ("aucune ligne",)),
    "CSV d'un en-tête": ("lot.csv", ENTETE.encode(), ("aucune ligne",)),
    "Parquet qui n'en est pas un": ("lot.parquet", b"bonjour" * 9, ("n'est pas un fichier Parquet",)),
    "Parquet vide d'octets": ("lot.parquet", b"", ("n'est pas un fichier Parquet",)),
    "autre format": ("lot.txt", ENTETE.encode(), ("ce format n'est pas lu",)),
    "latin-1": ("lot.csv", (ENTETE + LIGNE_CSV.format("É")).encode("latin-1"), ("UTF-8",)),
    "UTF-16": ("lot.csv", (ENTETE + LIGNE_CSV.format(1)).encode("utf-16"), ("UTF-8",)),
    "ligne courte": ("lot.csv", (ENTETE + LIGNE_CSV.format(1) + "F2,1\n").encode(), ("ligne 3 du fichier", "autant")),
    "ligne longue": ("lot.csv", (ENTETE + LIGNE_CSV.format(1)[:-1] + ",x\n").encode(), ("ligne 2 du fichier",)),
    "guillemet ouvert": ("lot.csv", (ENTETE + '"' + LIGNE_CSV.format(1)).encode(), ("guillemet n'est pas fermé",)),
    "sans en-tête": ("lot.csv", LIGNE_CSV.format(1).encode(), ("« 1 »",)),
    "colonne en double": ("lot.csv", ENTETE.replace("option", "secteur").encode(), ("« secteur »",)),
}


@pytest.mark.parametrize("cas", FICHIERS)
def test_un_fichier_qui_n_est_pas_un_lot(cas: str, atelier: Atelier) -> None:
    nom, octets, mots = FICHIERS[cas]
    lot = atelier.dossier / nom
    lot.write_bytes(octets)
    atelier.refuse(atelier.controler(lot, mappe=mappage()), str(lot), *mots)


def test_un_parquet_sans_ligne(atelier: Atelier) -> None:
    atelier.refuse(atelier.parquet([]), "aucune ligne")


def test_un_parquet_abime(atelier: Atelier) -> None:
    lot = en_parquet(atelier.dossier / "lot.parquet", [ligne(f"F{n}", 1) for n in range(20_000)])
    octets = bytearray(lot.read_bytes())
    octets[len(octets) // 8 : len(octets) // 8 + 3000] = b"\xff" * 3000
    lot.write_bytes(octets)
    atelier.refuse(atelier.controler(lot, mappe=mappage()), "abîmé", str(lot))


@pytest.mark.parametrize(("nom", "mot"), [("absent.parquet", "n'existe pas"), ("absent.csv", "n'existe pas")])
def test_un_lot_absent(nom: str, mot: str, atelier: Atelier) -> None:
    atelier.refuse(atelier.controler(atelier.dossier / nom, mappe=mappage()), nom, mot)


def test_un_dossier_sans_parquet(atelier: Atelier) -> None:
    dossier = atelier.dossier / "lot"
    dossier.mkdir()
    atelier.refuse(atelier.controler(dossier, mappe=mappage()), "aucun fichier .parquet")


def test_un_dossier_aux_fichiers_differents(atelier: Atelier) -> None:
    dossier = atelier.dossier / "lot"
    dossier.mkdir()
    en_parquet(dossier / "a.parquet", bonnes()[:1])
    autre = en_parquet(dossier / "b.parquet", [{n: v for n, v in r.items() if n != "secteur"} for r in bonnes()[1:]])
    atelier.refuse(atelier.controler(dossier, mappe=mappage()), "« secteur »", "b.parquet", "a.parquet")
    autre.write_text("bonjour tout le monde", encoding="utf-8")
    atelier.refuse(atelier.controler(dossier), "b.parquet", "n'est pas un fichier Parquet")


def test_une_faute_dans_le_second_fichier_d_un_dossier(atelier: Atelier) -> None:
    dossier = atelier.dossier / "lot"
    dossier.mkdir()
    en_parquet(dossier / "a.parquet", bonnes())
    en_parquet(dossier / "b.parquet", [ligne("F8", 1), ligne("F9", 1, code="ZZZ")])
    atelier.refuse(atelier.controler(dossier, mappe=mappage()), "ligne 6 du lot (facture « F9 »)", "« ZZZ »")


@pytest.mark.parametrize("ou", ["fichier", "dossier"])
def test_un_lot_sans_droit_de_lecture(ou: str, atelier: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = en_csv(atelier.dossier / "lot.csv", bonnes()) if ou == "fichier" else atelier.dossier / "lot"
    if ou == "dossier":
        lot.mkdir()
        en_parquet(lot / "a.parquet", bonnes())
    if os.geteuid() == 0:  # l'administrateur lit tout : le refus est simulé

        def refuser(*_: object, **__: object) -> None:
            raise PermissionError(13, "refusé")

        (atelier.dossier / "mappage.yaml").write_text(mappage(), encoding="utf-8")
        monkeypatch.setattr(Path, "open" if ou == "fichier" else "iterdir", refuser)
        atelier.refuse(atelier.controler(lot, "--mappage", str(atelier.dossier / "mappage.yaml")), "droits de lecture")
        return
    lot.chmod(0)
    try:
        atelier.refuse(atelier.controler(lot, mappe=mappage()), "droits de lecture")
    finally:
        lot.chmod(0o700)


# --- Les types des colonnes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("colonne", "genre", "valeur", "mots"),
    [
        ("honoraires", "DATE", "2026-02-10", ("DATE", "nombres")),
        ("honoraires", "BOOLEAN", True, ("BOOLEAN", "nombres")),
        ("date", "INTEGER", 20260210, ("INTEGER", "dates")),
        ("secteur", "VARCHAR[]", ["1"], ("VARCHAR[]",)),
        ("facture", "STRUCT(a VARCHAR)", {"a": "F1"}, ("STRUCT",)),
        ("exonerations", "INTEGER", 1, ("INTEGER", "listes de textes")),
    ],
)
def test_une_colonne_d_un_type_qui_ne_convient_pas(
    colonne: str, genre: str, valeur: object, mots: tuple[str, ...], atelier: Atelier
) -> None:
    rangees = [{**rangee, colonne: valeur} for rangee in bonnes()]
    atelier.refuse(atelier.parquet(rangees, types={colonne: genre}), f"« {colonne} »", *mots)


def test_un_nombre_a_virgule_n_est_pas_arrondi(atelier: Atelier) -> None:
    rangees = [{**rangee, "quantite": 1.0} for rangee in bonnes()]
    lot = en_parquet(atelier.dossier / "lot.parquet", rangees, quantite="DOUBLE")
    assert atelier.controler(lot, mappe=mappage({"acte.quantite": "quantite"})).code == 0
    shutil.rmtree(atelier.dossier / "sortie")
    rangees[1]["quantite"] = 1.5
    en_parquet(lot, rangees, quantite="DOUBLE")
    atelier.refuse(atelier.controler(lot), "ligne 2 du lot", "« 1.5 »", "« quantite »", "un nombre entier")


@pytest.mark.parametrize("nom", ["numero", 'gui"llemet'])
def test_une_colonne_non_lue_peut_porter_n_importe_quel_nom(nom: str, atelier: Atelier) -> None:
    rangees = [{**rangee, nom: "x"} for rangee in avec(honoraires="x")]
    atelier.refuse(atelier.csv(rangees), "ligne 4 du lot")


# --- Où écrire, et avec quoi -------------------------------------------------------------------------------------
def test_une_sortie_qui_existe(atelier: Atelier) -> None:
    (atelier.dossier / "sortie").mkdir()
    (atelier.dossier / "sortie" / "garde.txt").write_text("garde", encoding="utf-8")
    resultat = atelier.csv(bonnes())
    assert resultat.code == 2
    assert "déjà pris" in resultat.erreur
    assert "--sortie sortie-2" in resultat.erreur
    assert [f.name for f in resultat.dossier.iterdir()] == ["garde.txt"]
    atelier.rien_de_provisoire()


def test_une_sortie_dans_un_dossier_absent(atelier: Atelier) -> None:
    atelier.refuse(atelier.csv(bonnes(), sortie="absent/sortie"), "ce dossier n'existe pas", "--sortie sortie")


def test_une_sortie_sans_droit_d_ecriture(atelier: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # l'administrateur écrit partout : le refus est simulé

        def refuser(*_: object, **__: object) -> None:
            raise PermissionError(13, "refusé")

        monkeypatch.setattr("tempfile.mkdtemp", refuser)
        atelier.refuse(atelier.csv(bonnes()), "droits d'écriture")
        return
    ferme = atelier.dossier / "ferme"
    ferme.mkdir(mode=0o500)
    atelier.refuse(atelier.csv(bonnes(), sortie="ferme/sortie"), "droits d'écriture")


@pytest.mark.parametrize("memoire", ["abc", "2", "-1GB", "50%", "", "1e9GB", "GB"])
def test_une_memoire_illisible(memoire: str, atelier: Atelier) -> None:
    resultat = atelier.csv(bonnes(), "--memoire", memoire)
    if memoire:
        atelier.refuse(resultat, f"« {memoire} »", "--memoire 2GiB")
    else:
        assert resultat.code == 0


def test_une_petite_memoire_suffit_ou_le_dit(atelier: Atelier) -> None:
    lot = atelier.dossier / "lot.parquet"
    assert atelier.commande("generer", "--sortie", str(lot), "--lignes", "20000", "--graine", "1").code == 0
    resultat = atelier.controler(lot, "--memoire", "20MB")
    if resultat.code == 0:
        assert resultat.manifeste["lignes"]["sortie"] == 20_000
    else:
        atelier.refuse(resultat, "mémoire", "--memoire 4GiB")


@pytest.mark.parametrize(
    ("options", "mots"),
    [
        (("--moteur", "sparc"), ("« sparc »", "duckdb ou spark")),
        (("--echec-si", "refus"), ("« refus »", "--echec-si erreur")),
    ],
)
def test_une_option_inconnue(options: tuple[str, ...], mots: tuple[str, ...], atelier: Atelier) -> None:
    atelier.refuse(atelier.csv(bonnes(), *options), *mots)


@pytest.mark.parametrize(
    "changer",
    [lambda lot: lot.unlink(), lambda lot: lot.with_name("lot.mappage.yaml").unlink()],
    ids=["le lot", "le mappage"],
)
def test_ce_qui_manque_est_dit(changer: Callable[[Path], None], atelier: Atelier) -> None:
    lot = en_csv(atelier.dossier / "lot.csv", bonnes())
    (atelier.dossier / "lot.mappage.yaml").write_text(mappage(), encoding="utf-8")
    changer(lot)
    atelier.refuse(atelier.controler(lot), str(atelier.dossier))


def test_l_adulte_des_essais_est_accepte(atelier: Atelier) -> None:
    """Le modèle que ces essais abîment est bon : un refus vient de ce qui a été changé."""
    resultat = atelier.csv([{"facture": "F1", "ligne": 1, **ADULTE}])
    assert resultat.lignes()["F1", "1"]["statut"] == "acceptee"
