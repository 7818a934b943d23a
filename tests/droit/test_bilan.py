"""Ce qu'une surcouche apporte : comptes, avant et après, ce qui mérite d'être relu. Rien n'est coté."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opposable.droit.bilan import verifier
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurCorpus, ErreurEntree

ENTETE = """\
surcouche: {nom: essai, libelle: Essai, date: 2026-11-22, auteur: un essai}
documents:
  doc: {titre: Un document, autorite: officiel, lu_le: 2026-11-22, verifie_le: 2026-11-22}
passages:
  pas: {document: doc, lieu: ici, extrait: "x"}
"""
DROM = "drom: [{territoires: [guadeloupe, martinique, guyane, reunion, mayotte], montant: 37.80, source: pas}]"

EXCEPTION = (
    "actes: {G: {tarifs: {ajoute: [{nom: enfant, du: 2027-01-01, sauf_de: base, "
    'cellule: {patient.age_mois: "[0, 72["}, montant: 36.50, source: pas}]}}}\n'
)


@pytest.fixture
def bilan(tmp_path: Path) -> Any:
    """Vérifie une surcouche faite de l'en-tête et de ce corps ; rend son bilan."""

    def fait(corps: str, entete: str = ENTETE) -> dict[str, Any]:
        chemin = tmp_path / "essai.yaml"
        chemin.write_text(entete + corps, encoding="utf-8")
        [une] = verifier([chemin])["verifiees"]
        return dict(une)

    return fait


def codes(bilan: dict[str, Any]) -> list[str]:
    return [a["code"] for a in bilan["avertissements"]]


def test_ajouter_dit_avant_apres_et_la_ligne_fermee(bilan: Any) -> None:
    dit = bilan(f"actes: {{G: {{tarifs: {{ajoute: [{{du: 2027-01-01, montant: 31.50, source: pas, {DROM}}}]}}}}}}\n")
    assert dit["comptes"] == {"ajoutees": 1, "remplacees": 0, "remplies": 0, "retirees": 0, "nouveaux": 0}
    [operation] = dit["operations"]
    assert (operation["cible"], operation["genre"], operation["liste"], operation["type"]) == (
        "G",
        "acte",
        "tarifs",
        "montant",
    )
    metropole, *outre_mer = operation["valeurs"]
    assert (metropole["avant_id"], metropole["avant"], metropole["apres"]) == ("G.2024-12-22", "30.00", "31.50")
    assert [(v["territoire"], v["avant"], v["apres"]) for v in outre_mer] == [
        (t, "36.00", "37.80") for t in ("guadeloupe", "martinique", "guyane", "reunion", "mayotte")
    ]
    assert metropole["sources"][0]["autorite"] == "officiel"
    assert dit["avertissements"] == []


def test_remplir_dit_ce_qui_manquait(bilan: Any) -> None:
    dit = bilan("actes: {VS: {tarifs: {remplit: {VS.2024-12-22: {montant: 30.00, source: pas}}}}}\n")
    [valeur] = dit["operations"][0]["valeurs"]
    assert (valeur["avant"], valeur["apres"]) == (None, "30.00")
    assert valeur["avant_manquant"] == "valeur de VS au 22 décembre 2024 non retrouvée"


def test_retirer_dit_la_ligne_qui_reste(bilan: Any) -> None:
    dit = bilan("actes: {MP: {tarifs: {retire: [MP.2025-07-01]}}}\n")
    [valeur] = dit["operations"][0]["valeurs"]
    assert (valeur["avant"], valeur["apres"], valeur["apres_id"]) == ("18.00", "12.00", "MP.2024-12-22")


def test_un_acte_et_une_table_nouveaux_et_un_taux(bilan: Any) -> None:
    dit = bilan(
        "actes:\n"
        "  ZZ1: {libelle: Un acte, nature: acte, tarifs: [{du: 2027-01-01, montant: 42.00, source: pas}]}\n"
        '  VL: {taux: {ajoute: [{du: 2027-01-01, valeur: "1.00", source: pas}]}}\n'
        "tables:\n"
        "  zz_table: {libelle: Une table, type: entier, lignes: [{du: origine, valeur: '7', source: pas}]}\n"
    )
    par_cible = {o["cible"]: o for o in dit["operations"]}
    assert dit["comptes"]["nouveaux"] == 2
    assert [v["apres"] for v in par_cible["ZZ1"]["valeurs"]] == ["42.00"]
    assert (par_cible["VL"]["type"], par_cible["VL"]["valeurs"][0]["apres"]) == ("taux", "1.00")
    table = par_cible["zz_table"]
    assert (table["genre"], table["libelle"], table["type"], table["valeurs"][0]["apres"]) == (
        "table",
        "Une table",
        "entier",
        "7",
    )


@pytest.mark.parametrize(
    ("corps", "code", "dit"),
    [
        (
            "actes: {MEG: {tarifs: {remplace: {MEG.2017-05-01: {du: 2017-05-01, montant: 5.00, source: pas}}}}}\n",
            "VALEUR_IDENTIQUE",
            "même valeur et mêmes dates",
        ),
        (
            "actes: {MEG: {tarifs: {ajoute: [{du: 2027-01-01, montant: 5.00, source: pas}]}}}\n",
            "VALEUR_IDENTIQUE",
            "la valeur de la ligne qu'elle suit, « MEG.2017-05-01 »",
        ),
        (
            "actes: {G: {tarifs: {ajoute: [{du: 2027-01-01, montant: 31.50, source: pas}]}}}\n",
            "OUTRE_MER_PERDU",
            "guadeloupe (36.00), martinique (36.00)",
        ),
        (
            EXCEPTION,
            "OUTRE_MER_PERDU",
            "mayotte (36.00)",
        ),
    ],
)
def test_ce_qui_merite_d_etre_relu_est_dit(bilan: Any, corps: str, code: str, dit: str) -> None:
    trouve = next(a for a in bilan(corps)["avertissements"] if a["code"] == code)
    assert dit in trouve["message"]
    assert trouve["id"].split(".")[0] in {"G", "MEG"}


def test_une_valeur_identique_ne_change_rien(bilan: Any) -> None:
    corps = "actes: {MEG: {tarifs: {remplace: {MEG.2017-05-01: {du: 2017-05-01, montant: 5.00, source: pas}}}}}\n"
    assert codes(bilan(corps)) == ["VALEUR_IDENTIQUE", "SANS_EFFET"]


def test_une_surcouche_qui_ne_corrige_rien_le_dit(bilan: Any) -> None:
    assert codes(bilan("")) == ["PASSAGE_NON_CITE", "SANS_EFFET"]
    sans_passage = ENTETE.split("passages:", maxsplit=1)[0]
    assert codes(bilan("", sans_passage)) == ["DOCUMENT_NON_CITE", "SANS_EFFET"]


def test_un_document_a_soi_declare_texte_est_signale(bilan: Any) -> None:
    corps = "actes: {VS: {tarifs: {remplit: {VS.2024-12-22: {montant: 30.00, source: pas}}}}}\n"
    assert codes(bilan(corps, ENTETE.replace("autorite: officiel", "autorite: texte"))) == ["AUTORITE_TEXTE"]
    assert codes(bilan(corps)) == []


def test_l_empreinte_nue_et_celle_obtenue(corpus: Corpus, tmp_path: Path) -> None:
    chemin = tmp_path / "s.yaml"
    chemin.write_text(ENTETE, encoding="utf-8")
    dit = verifier([chemin])
    assert dit["corpus_nu"]["hash"] == corpus.empreinte != dit["corpus"]["hash"]
    assert [s["nom"] for s in dit["surcouches"]] == ["essai"]


def test_deux_surcouches_se_verifient_ensemble(tmp_path: Path) -> None:
    une, autre = tmp_path / "une.yaml", tmp_path / "autre.yaml"
    corps = "actes: {VS: {tarifs: {remplit: {VS.2024-12-22: {montant: 30.00, source: pas}}}}}\n"
    une.write_text(ENTETE + corps, encoding="utf-8")
    autre.write_text((ENTETE + corps).replace("pas", "pis").replace("doc", "dic"), encoding="utf-8")
    with pytest.raises(ErreurCorpus, match="déjà touché par la surcouche « essai »"):
        verifier([une, autre])
    with pytest.raises(ErreurEntree, match="n'existe pas"):
        verifier([tmp_path / "absente.yaml"])


def test_la_table_d_un_dispositif_se_dit_avec_ses_faits(bilan: Any) -> None:
    """Une cellule qui lit un fait propre à un dispositif s'écrit avec le vocabulaire de ce dispositif."""
    ligne = "{nom: mcva, du: 2026-01-01, cellule: {notion: mcva}, valeur: une liste, source: pas}"
    corps = (
        f"tables: {{prevention_notions: {{lignes: {{remplace: {{prevention_notions.mcva.2026-01-01: {ligne}}}}}}}}}\n"
    )
    cellule = bilan(corps)["operations"][0]["valeurs"][0]["cellule"]
    assert cellule == "Notion : Maladie cardiovasculaire ou associée (MCVA)"
