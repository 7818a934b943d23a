"""Le cadre des dispositifs, sur un dispositif inventé : lecture, période, étapes, manques, autorités, surcouche."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.droit import essai_dispositif

from opposable.droit.calculer import lire_cas, trouver
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fiche_dispositif import fiche, liste
from opposable.droit.reponse_dispositif import calculer

BASE: dict[str, Any] = {"annee": 2019, "medecin": {"secteur": "1"}, "patients": 100}


@pytest.fixture
def essai(atelier: Any, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Un corpus qui a le dispositif d'essai."""
    (atelier.racine / "dispositifs").mkdir(exist_ok=True)
    atelier.ecrit("dispositifs/essai.yaml", essai_dispositif.FICHIER)
    monkeypatch.setitem(sys.modules, "opposable.remuneration.essai", essai_dispositif)
    charge: Corpus = atelier.charge()
    return charge


def test_tout_se_type_et_se_prouve(essai: Corpus, atelier: Any) -> None:
    assert atelier.defauts("essai_par_patient", "essai_par_jour", "essai_delai") == []


def test_une_facture_ne_lit_pas_les_dispositifs(essai: Corpus) -> None:
    assert "essai_par_patient" not in {table.nom for table in essai.tables.communs()}
    assert "essai_par_patient" in set(essai.tables)
    assert "essai_par_patient" not in {table.nom for table in essai.tables.communs()}
    assert "palier" not in essai.vocabulaire.faits


def test_un_cas_calcule(essai: Corpus) -> None:
    """100 patients × 2 € = 200 € ; 10 et 3 jours × 5 € = 65 €."""
    reponse = calculer(essai, "essai", {**BASE, "id": "a", "sites": [{"jours": 10}, {"jours": 3}]})
    assert reponse["id"] == "a"
    assert (reponse["dispositif"], reponse["periode"], reponse["statut"]) == ("essai", "2019", "calcule")
    assert reponse["resultat"] == {
        "total": "265.00",
        "palier": "petit",
        "delai": 30,
        "par_site": [{"jours": 10, "montant": "50.00"}, {"jours": 3, "montant": "15.00"}],
    }
    assert reponse["montant"] == "265.00"
    assert reponse["echeancier"] == [
        {"date": "2019-12-31", "montant": None, "objet": "date de référence"},
        {"date": "2020-03-31", "montant": "265.00", "objet": "solde"},
    ]
    assert (reponse["manquants"], reponse["questions"]) == ([], [])


def test_le_montant_dit_ce_qui_repose_sur_la_presse(essai: Corpus) -> None:
    reponse = calculer(essai, "essai", {**BASE, "sites": [{"jours": 10}]})
    assert reponse["autorites"] == {"texte": "200.00", "officiel": "0.00", "presse": "50.00", "deduit": "0.00"}
    motifs = {motif["code"]: motif for motif in reponse["motifs"]}
    assert "50,00 €" in motifs["SOURCE_PRESSE"]["message"]
    assert "délai" in motifs["RESULTAT_DEDUIT"]["message"]
    assert {motif["effet"] for motif in motifs.values()} == {"aucun"}
    assert reponse["statut"] == "calcule"


def test_chaque_etape_est_dans_la_trace_avec_sa_docstring_et_ses_lectures(essai: Corpus) -> None:
    trace = calculer(essai, "essai", {**BASE, "sites": [{"jours": 10}]})["trace"]
    etapes = {e["nom"]: e for e in trace["etapes"]}
    assert etapes["forfait"] == {
        "nom": "forfait",
        "libelle": "Le montant par patient, multiplié par les patients et la part.",
        "type": "montant",
        "valeur": "200.00",
        "tables": ["essai_par_patient.petit.origine"],
        "autorite": "texte",
    }
    assert etapes["du_site.0"]["valeur"] == "50.00"
    assert etapes["total"]["tables"] == ["essai_par_patient.petit.origine", "essai_par_jour.origine"]
    assert [e["nom"] for e in trace["etapes"]].count("du_site.0") == 1
    origines = {f["fait"]: f["origine"] for f in trace["faits"]}
    assert origines == {
        "annee": "dit", "medecin.secteur": "dit", "patients": "dit", "palier": "calcule", "part": "usuel",
    }  # fmt: skip


def test_une_valeur_usuelle_est_une_hypothese_que_strict_retire(essai: Corpus) -> None:
    assert calculer(essai, "essai", BASE)["hypotheses"] == [
        {"fait": "part", "libelle": "Part", "valeur": "1.00", "dit": "1.00"}
    ]
    stricte = calculer(essai, "essai", BASE, strict=True)
    assert (stricte["statut"], stricte["hypotheses"], stricte["montant"]) == ("partiel", [], None)
    assert [q["fait"] for q in stricte["questions"]] == ["part"]


def test_un_taux_se_lit_et_s_applique(essai: Corpus) -> None:
    assert calculer(essai, "essai", {**BASE, "part": "0.125"})["montant"] == "25.00"


def test_un_fait_inconnu_rend_partiel_et_demande(essai: Corpus) -> None:
    reponse = calculer(essai, "essai", {"annee": 2019, "medecin": {"secteur": "1"}})
    assert (reponse["statut"], reponse["montant"], reponse["autorites"]) == ("partiel", None, {})
    assert reponse["resultat"]["delai"] == 30
    assert [(q["fait"], q["question"]) for q in reponse["questions"]] == [("patients", "Combien de patients ?")]


def test_une_condition_indecise_demande_son_fait(essai: Corpus) -> None:
    reponse = calculer(essai, "essai", {"annee": 2019, "patients": 100})
    assert (reponse["statut"], reponse["montant"]) == ("partiel", "200.00")
    assert [(m["code"], m["effet"], m["faits"]) for m in reponse["motifs"] if m["effet"] != "aucun"] == [
        ("SECTEUR_NON_OUVERT", "a_verifier", ["medecin.secteur"])
    ]
    assert [q["fait"] for q in reponse["questions"]] == ["medecin.secteur"]


def test_un_refus_ne_calcule_rien(essai: Corpus) -> None:
    reponse = calculer(essai, "essai", {**BASE, "medecin": {"secteur": "2"}, "patients": 2000})
    assert reponse["statut"] == "refuse"
    assert [m["code"] for m in reponse["motifs"]] == ["SECTEUR_NON_OUVERT"]
    assert set(reponse["resultat"].values()) == {None}
    assert (reponse["montant"], reponse["echeancier"], reponse["autorites"]) == (None, [], {})


@pytest.mark.parametrize(
    ("annee", "dit"),
    [(2017, "le dispositif d'avant"), (2020, "le dispositif d'après"), (2026, "le dispositif d'après")],
)
def test_hors_de_sa_periode_il_refuse_et_nomme_ce_qui_regissait(essai: Corpus, annee: int, dit: str) -> None:
    reponse = calculer(essai, "essai", {**BASE, "annee": annee})
    assert reponse["statut"] == "refuse"
    [motif] = reponse["motifs"]
    assert motif["code"] == "DISPOSITIF_HORS_PERIODE"
    assert dit in motif["message"]


def test_une_annee_entamee_vaut_depuis_le_premier_jour_du_dispositif(essai: Corpus) -> None:
    assert calculer(essai, "essai", {**BASE, "annee": 2018})["statut"] == "calcule"


def test_une_valeur_absente_des_textes_rend_non_calculable(essai: Corpus) -> None:
    reponse = calculer(essai, "essai", {**BASE, "patients": 1001})
    assert (reponse["statut"], reponse["montant"]) == ("non_calculable", None)
    [manque] = reponse["manquants"]
    assert manque["parametre"] == "Montant par patient (Palier : Grand)"
    assert manque["publie_dans"] == "annexe d'essai"
    assert [m["code"] for m in reponse["motifs"]] == ["TEXTE_NON_TRANCHE", "RESULTAT_DEDUIT"]


def test_la_surcouche_proposee_donne_la_valeur_une_fois_remplie(essai: Corpus, atelier: Any, tmp_path: Path) -> None:
    [manque] = calculer(essai, "essai", {**BASE, "patients": 1001})["manquants"]
    chemin = tmp_path / "valeur.yaml"
    chemin.write_text(manque["surcouche"].replace("VALEUR", "1.50"), encoding="utf-8")
    rempli = atelier.charge([chemin])
    reponse = calculer(rempli, "essai", {**BASE, "patients": 1001})
    assert (reponse["statut"], reponse["montant"]) == ("calcule", "1501.50")
    assert reponse["surcouches"][0]["nom"] == "essai_par_patient"
    assert reponse["corpus"]["hash"] != essai.empreinte
    assert reponse["autorites"]["officiel"] == "1501.50"


def test_ce_qui_manque_a_une_sortie_facultative_n_empeche_rien(essai: Corpus, atelier: Any, tmp_path: Path) -> None:
    """En 2018, aucune ligne ne donne le délai : la surcouche proposée l'ajoute."""
    reponse = calculer(essai, "essai", {**BASE, "annee": 2018})
    assert (reponse["statut"], reponse["resultat"]["delai"], reponse["montant"]) == ("calcule", None, "200.00")
    [manque] = reponse["manquants"]
    assert manque["parametre"] == "Délai"
    chemin = tmp_path / "delai.yaml"
    texte = manque["surcouche"].replace("VALEUR", "15").replace('du: "2026-11-22"', "du: 2018-01-01, au: 2019-01-01")
    chemin.write_text(texte, encoding="utf-8")
    assert calculer(atelier.charge([chemin]), "essai", {**BASE, "annee": 2018})["resultat"]["delai"] == 15


def test_le_jour_d_une_table_peut_etre_choisi(essai: Corpus) -> None:
    """Au 1er janvier 2019, 2 € ; au 1er juillet, 3 € : le forfait prend le premier jour de l'année."""
    assert calculer(essai, "essai", {**BASE, "patients": 1})["montant"] == "2.00"


@pytest.mark.parametrize(
    ("change", "code", "ou"),
    [
        ({"anee": 2019}, "CLE_INCONNUE", "anee"),
        ({"annee": None}, "FAIT_ABSENT", "annee"),
        ({"annee": "deux mille"}, "NOMBRE_ILLISIBLE", "annee"),
        ({"annee": 2015}, "DATE_HORS_CORPUS", "annee"),
        ({"annee": 0}, "HORS_DOMAINE", "annee"),
        ({"annee": 99999}, "HORS_DOMAINE", "annee"),
        ({"annee": True}, "TYPE_INATTENDU", "annee"),
        ({"medecin": "1"}, "TYPE_INATTENDU", "medecin"),
        ({"medecin": {"secteurs": "1"}}, "CLE_INCONNUE", "medecin.secteurs"),
        ({"medecin": {"secteur": "3"}}, "VALEUR_INCONNUE", "medecin.secteur"),
        ({"medecin": {"secteur": "1", "option": "optam"}}, "FAITS_CONTRADICTOIRES", "medecin.option"),
        ({"patients": 5001}, "HORS_DOMAINE", "patients"),
        ({"patients": -1}, "HORS_DOMAINE", "patients"),
        ({"patients": 1.5}, "TYPE_INATTENDU", "patients"),
        ({"part": "70 %"}, "TAUX_ILLISIBLE", "part"),
        ({"palier": "petit"}, "CLE_INCONNUE", "palier"),
        ({"ne_le": "1980-02-30"}, "DATE_IMPOSSIBLE", "ne_le"),
        ({"sites": {"jours": 1}}, "TYPE_INATTENDU", "sites"),
        ({"sites": ["x"]}, "TYPE_INATTENDU", "sites[0]"),
        ({"sites": [{"jours": 1}, {"zone": "zip"}]}, "FAIT_ABSENT", "sites[1].jours"),
        ({"sites": [{"jours": 1, "zon": "zip"}]}, "CLE_INCONNUE", "sites[0].zon"),
        ({"sites": [{"jours": 367}]}, "HORS_DOMAINE", "sites[0].jours"),
        ({"sites": [{"jours": 1, "zone": "zipp"}]}, "VALEUR_INCONNUE", "sites[0].zone"),
        ({"sites": [{"jours": 1}] * 4}, "LISTE_TROP_LONGUE", "sites"),
        ({"id": 3}, "TYPE_INATTENDU", "id"),
    ],
)
def test_une_mauvaise_entree_est_situee(essai: Corpus, change: dict[str, Any], code: str, ou: str) -> None:
    with pytest.raises(ErreurEntree) as erreur:
        calculer(essai, "essai", {**BASE, **change})
    assert (erreur.value.code, erreur.value.ou) == (code, ou)
    assert erreur.value.message
    assert erreur.value.attendu


def test_un_cas_qui_n_est_pas_un_objet_montre_l_exemple(essai: Corpus) -> None:
    with pytest.raises(ErreurEntree, match="Exemple") as erreur:
        calculer(essai, "essai", [])
    assert '"annee": 2019' in erreur.value.exemple


def test_un_dispositif_inconnu_nomme_le_plus_proche(essai: Corpus) -> None:
    with pytest.raises(ErreurEntree, match="vouliez-vous « essai »") as erreur:
        trouver(essai, "essais")
    assert erreur.value.code == "DISPOSITIF_INCONNU"


def test_un_fait_nul_est_inconnu(essai: Corpus) -> None:
    cas = lire_cas(essai, essai.dispositifs["essai"], {**BASE, "medecin": None, "patients": None, "sites": None})
    assert cas.faits == {"annee": 2019}
    assert cas.listes == {}


def test_une_annee_posterieure_au_corpus_avertit(atelier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (atelier.racine / "dispositifs").mkdir(exist_ok=True)
    ouvert = essai_dispositif.FICHIER.replace(", au: 2020-01-01", "").replace(", apres: le dispositif d'après", "")
    atelier.ecrit("dispositifs/essai.yaml", ouvert)
    monkeypatch.setitem(sys.modules, "opposable.remuneration.essai", essai_dispositif)
    corpus = atelier.charge()
    codes = {
        annee: {m["code"] for m in calculer(corpus, "essai", {**BASE, "annee": annee})["motifs"]}
        for annee in (2026, 2027)
    }
    assert "PERIODE_APRES_VERIFICATION" not in codes[2026]
    assert "PERIODE_APRES_VERIFICATION" in codes[2027]


def test_la_liste_et_la_fiche(essai: Corpus) -> None:
    noms = [d["nom"] for d in liste(essai)["dispositifs"]]
    assert noms == sorted(noms)
    assert {"essai", "ratio_depassements"} <= set(noms)
    lue = fiche(essai, "essai")
    assert (lue["du"], lue["au"], lue["avant"]) == ("2018-07-01", "2020-01-01", "le dispositif d'avant")
    assert [e["nom"] for e in lue["entrees"]] == [
        "annee",
        "medecin.secteur",
        "medecin.option",
        "patients",
        "part",
        "ne_le",
    ]
    assert lue["entrees"][3]["maximum"] == "5000"
    assert [e["nom"] for e in lue["listes"][0]["entrees"]] == ["jours", "zone"]
    assert lue["manque"] == ["Rien d'autre.", "Montant par patient : le montant du grand palier"]
    assert calculer(essai, "essai", lue["exemple"])["statut"] == "calcule"


def test_l_empreinte_du_corpus_tient_compte_des_dispositifs(essai: Corpus, atelier: Any) -> None:
    atelier.ecrit("dispositifs/essai.yaml", essai_dispositif.FICHIER.replace("montant: 2.00", "montant: 2.01"))
    assert atelier.charge().empreinte != essai.empreinte
