"""Le mappage d'un lot : ce qu'il sait dire, et chacune de ses fautes, située avec un exemple."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from opposable.droit.erreurs import ErreurEntree
from opposable.lots.mappage import ecrire_mappage, lire_mappage, verifier_types, voisin
from opposable.portes import python as api

pytest.importorskip("duckdb")

from tests.lots.petits import COLONNES, Atelier, bonnes, mappage

CORPUS = api.corpus()
EUROS = "{colonne: honoraires, unite: euros}"


def _lire(texte: str, dossier: Path) -> ErreurEntree:
    fichier = dossier / "lot.mappage.yaml"
    fichier.write_text(texte, encoding="utf-8")
    with pytest.raises(ErreurEntree) as levee:
        lire_mappage(CORPUS, fichier)
    erreur = levee.value
    assert erreur.ou.startswith(str(fichier))
    assert erreur.attendu
    assert erreur.exemple
    return erreur


@pytest.mark.parametrize(
    ("fait", "dit", "mots"),
    [
        ("medecin.secteurs", "secteur", ("fait inconnu", "vouliez-vous dire « medecin.secteur »")),
        ("ligne.opposable", "x", ("ce fait se calcule", "ligne.opposable")),
        ("patient.exonerations.ald", "x", ("valeur d'un fait", "patient.exonerations: nom_de_la_colonne")),
        ("contexte.regule_le", "{valeur: 2026-02-10T09:00}", ("un même instant pour tout le lot", "une colonne")),
        ("acte.honoraires", "honoraires", ("l'unité n'est pas dite", "euros, centimes", "« acte.honoraires »")),
        ("acte.honoraires", "{colonne: honoraires, unite: francs}", ("unité inconnue « francs »", "unite: euros")),
        ("patient.age", "{colonne: age, unite: semaines}", ("« semaines »", "ans, mois, jours")),
        ("medecin.secteur", "{colonne: secteur, unite: euros}", ("unité inconnue « euros »", "pas d'unité")),
        ("medecin.secteur", "{colonne: secteur, unités: euros}", ("clé inconnue", "unite")),
        ("medecin.secteur", "{colonne: secteur, valeur: '1'}", ("l'une des deux",)),
        ("medecin.secteur", "{unite: euros}", ("l'une des deux",)),
        ("medecin.secteur", "{valeur: '3'}", ("« 3 »", "non_conventionne")),
        ("medecin.secteur", "{valeur: '1', separateur: ';'}", ("se dit seule",)),
        ("medecin.secteur", "{colonne: secteur, valeurs: {S1: '7'}}", ("valeur inconnue « 7 »", "« medecin.secteur »")),
        ("medecin.secteur", "{colonne: secteur, separateur: ';'}", ("« separateur » ne sert que",)),
        ("medecin.secteur", "", ("valeur vide",)),
        ("acte.code", "{colonne: code, valeurs: {'1000': GX}}", ("« GX »", "vouliez-vous dire « G »")),
        ("acte.code", "{valeur: G}", ("change d'une ligne à l'autre",)),
        ("facture.date", "{valeur: 2026-02-10}", ("change d'une ligne à l'autre",)),
        ("facture.date", "{colonne: date, valeurs: {a: b}}", ("« valeurs » ne sert que",)),
        ("patient.date_naissance", "{valeur: 1980-01-01}", ("une même date",)),
        ("patient.age", "{valeur: 3 ans}", ("un âge vaut pour un patient",)),
        ("acte.quantite", "{valeur: '-1'}", ("« -1 »", "au moins 1")),
        ("medecin.secteur", "numero", ("« numero »", "réservé")),
    ],
)
def test_un_fait_mal_mappe(fait: str, dit: str, mots: tuple[str, ...], tmp_path: Path) -> None:
    erreur = str(_lire(mappage({fait: dit}), tmp_path))
    for mot in mots:
        assert mot in erreur
    assert ", ligne " in erreur


@pytest.mark.parametrize(
    ("racine", "mots"),
    [
        ({"fature": "x"}, ("clé inconnue « fature »", "vouliez-vous dire « facture »")),
        ({"version": "2"}, ("version inconnue « 2 »", "version: 1")),
        ({"ligne": ""}, ("il manque la clé « ligne »",)),
        ({"facture": "[]"}, ("liste vide",)),
        ({"couverture": "{patients: oui}"}, ("« oui »", "tous ou partiels")),
        ({"couverture": "{medecin: tous}"}, ("clé inconnue « medecin »", "« medecins »")),
        ({"couverture": "{du: hier}"}, ("« hier » n'est pas une date",)),
        ({"couverture": "{au: 2026-02-30}"}, ("« 2026-02-30 » n'est pas une date",)),
        ({"couverture": "{du: 2026-02-01, au: 2026-01-01}"}, ("2026-01-01 précède le 2026-02-01",)),
    ],
)
def test_une_racine_fausse(racine: Mapping[str, str], mots: tuple[str, ...], tmp_path: Path) -> None:
    erreur = str(_lire(mappage(**racine), tmp_path))
    for mot in mots:
        assert mot in erreur


@pytest.mark.parametrize("fait", ["facture.date", "acte.code", "acte.honoraires"])
def test_un_fait_requis_manque(fait: str, tmp_path: Path) -> None:
    assert f"il manque la colonne du fait « {fait} »" in str(_lire(mappage({fait: None}), tmp_path))


@pytest.mark.parametrize("texte", ["facture: [\nfaits: {", "- a\n- b\n", " \n", "facture: a\nfacture: b\n", "a: &x *x"])
def test_un_yaml_qui_n_est_pas_un_mappage(texte: str, tmp_path: Path) -> None:
    assert _lire(texte, tmp_path).code == "MAPPAGE_INVALIDE"


def test_un_mappage_absent_ou_illisible(tmp_path: Path) -> None:
    with pytest.raises(ErreurEntree, match="il n'y a pas de mappage"):
        lire_mappage(CORPUS, tmp_path / "absent.yaml")
    with pytest.raises(ErreurEntree, match="ne se lit pas"):
        lire_mappage(CORPUS, tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("# été".encode("latin-1"))
    with pytest.raises(ErreurEntree, match="UTF-8"):
        lire_mappage(CORPUS, latin)


def test_un_mappage_se_lit_comme_il_a_ete_ecrit(tmp_path: Path) -> None:
    lot = tmp_path / "lot.parquet"
    faits = {
        "facture.date": "date",
        "acte.code": "code",
        "acte.honoraires": {"colonne": "montant", "unite": "euros"},
        "medecin.territoire": {"valeur": "metropole"},
    }
    voisin(lot).write_text(ecrire_mappage(faits, facture="f", ligne="l", medecin="m"), encoding="utf-8")
    lu = lire_mappage(CORPUS, voisin(lot))
    assert (lu.facture, lu.ligne, lu.medecin) == (("f",), "l", "m")
    assert lu.colonnes == ("f", "l", "m", "date", "code", "montant")
    assert lu.constantes == {"medecin.territoire": "metropole"}
    assert lu.couverture == {"patients": "partiels", "medecins": "partiels"}
    assert lu.faits["acte.honoraires"].unite == "euros"


def test_les_types_sont_verifies(tmp_path: Path) -> None:
    fichier = tmp_path / "lot.mappage.yaml"
    fichier.write_text(mappage(), encoding="utf-8")
    lu = lire_mappage(CORPUS, fichier)
    bons = dict.fromkeys(COLONNES, "VARCHAR") | {"honoraires": "DECIMAL(10,2)", "date": "TIMESTAMP_NS"}
    verifier_types(lu, bons)
    for colonne, genre in (("honoraires", "BLOB"), ("ligne", "VARCHAR[]"), ("medecin", "MAP(VARCHAR, INTEGER)")):
        with pytest.raises(ErreurEntree, match=f"« {colonne} »"):
            verifier_types(lu, {**bons, colonne: genre})


@pytest.mark.parametrize(
    ("colonne", "mots"),
    [
        ("secteurs", ("« secteurs »", "vouliez-vous dire « secteur »", "celles du lot : facture, ligne")),
        ("Secteur", ("« Secteur »", "vouliez-vous dire « secteur »")),
        ("zzzzz", ("« zzzzz »",)),
    ],
)
def test_une_colonne_que_le_lot_n_a_pas(colonne: str, mots: tuple[str, ...], atelier: Atelier) -> None:
    atelier.refuse(atelier.csv(bonnes(), mappe=mappage({"medecin.secteur": colonne})), *mots)
