"""« opposable textes » par sa commande : sommaire, pages, formes, mauvais noms, formes typées."""

from __future__ import annotations

import json

import pytest

import opposable
from opposable.portes import cli, modeles_textes

PAGES = {
    "001": modeles_textes.TextesDocument,
    "avenant9": modeles_textes.TextesCite,
    "s1-mce": modeles_textes.TextesEnonce,
    "age-80-ans": modeles_textes.TextesContradiction,
    "gestes-complementaires": modeles_textes.TextesContradiction,
}


def ecrit(capsys: pytest.CaptureFixture[str], *arguments: str, sortie: int = 0) -> str:
    assert cli.executer(["textes", *arguments]) == sortie
    return capsys.readouterr().out


def test_le_sommaire_montre_les_documents_les_comptes_et_les_contradictions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texte = ecrit(capsys)
    for mot in ("001 Brochure", "Ensemble", "1103", "Contradictions (35)", "[age-80-ans]", "Ancien tarif de la"):
        assert mot in texte
    assert max(len(ligne) for ligne in texte.splitlines()) <= 100


def test_un_statut_liste_ses_enonces(capsys: pytest.CaptureFixture[str]) -> None:
    texte = ecrit(capsys, "--statut", "contradictoire")
    assert "Énoncés : contradictoire" in texte
    assert "(s2-rhumato)" in texte
    assert "(s1-mce)" not in texte


@pytest.mark.parametrize(
    ("ident", "dit"),
    [
        ("001", "Énoncés : 418, dont"),
        ("avenant9", "Passages cités ("),
        ("s1-mce", "MCE.2017-11-01 (valeur)"),
        ("age-80-ans", "Non tranché : 80 ans exact indéterminé"),
        ("gestes-complementaires", "Syndicat national des médecins"),
    ],
)
def test_une_page(capsys: pytest.CaptureFixture[str], ident: str, dit: str) -> None:
    assert dit in ecrit(capsys, ident)


@pytest.mark.parametrize("ident", PAGES)
def test_une_page_en_json_a_sa_forme(capsys: pytest.CaptureFixture[str], ident: str) -> None:
    PAGES[ident].model_validate(json.loads(ecrit(capsys, ident, "--json")))


def test_le_sommaire_en_json_a_sa_forme(capsys: pytest.CaptureFixture[str]) -> None:
    sommaire = modeles_textes.Textes.model_validate(json.loads(ecrit(capsys, "--json")))
    assert sommaire.total.enonces == 1103
    assert opposable.schema("textes")["title"] == "Textes"


def test_un_nom_inconnu_propose_le_plus_proche(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.executer(["textes", "s1-mcf", "--json"]) == 2
    sorti = capsys.readouterr()
    assert sorti.out == ""
    erreur = json.loads(sorti.err)["erreur"]
    assert (erreur["code"], erreur["ou"]) == ("TEXTE_INCONNU", "ID")
    assert "vouliez-vous" in erreur["message"]
