"""Les preuves : trous, contradictions, lignes jamais atteintes, avec un cas témoin, dans les deux calendriers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.condition import Lecteur
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import Defaut
from opposable.droit.preuve import prouver
from opposable.droit.table import EFFECTIF

TOUS = "{nom: tous, du: origine, montant: 10.00, source: essai}"
UN = "{nom: un, du: origine, cellule: {medecin.secteur: '1'}, montant: 10.00, source: essai}"
DEUX = "{nom: deux, du: origine, cellule: {medecin.secteur: '2'}, montant: 20.00, source: essai}"
HORS = "{nom: hors, du: origine, cellule: {medecin.secteur: non_conventionne}, montant: 30.00, source: essai}"


def table(*lignes: str, plus: str = "") -> str:
    """Une table d'essai ; sa première ligne de données est la ligne 5 du fichier."""
    corps = "".join(f"    - {t}\n" for t in lignes)
    return f"essai:\n  libelle: Table d'essai\n  type: montant\n{plus}  lignes:\n{corps}"


def defauts(atelier: Any, *lignes: str, plus: str = "") -> list[Defaut]:
    """Les défauts de la table d'essai."""
    atelier.ecrit("tables/essai.yaml", table(*lignes, plus=plus))
    trouves: list[Defaut] = atelier.defauts("essai")
    return trouves


def temoin(corpus: Corpus, defaut: Defaut) -> tuple[int, Lecteur]:
    """Le jour et les faits du cas témoin que le défaut donne."""
    texte = defaut.attendu.split("pour le cas ", 1)[1]
    couples = dict(c.split(" = ") if " = " in c else ("date", c.removeprefix("date ")) for c in texte.split(", "))
    jour = temps.jour(couples.pop("date"))
    faits = {
        nom: int(valeur) if re.fullmatch(r"\d+", valeur) and corpus.vocabulaire.faits[nom].type == "entier" else valeur
        for nom, valeur in couples.items()
    }
    return jour, faits.get


def test_une_table_qui_couvre_tout_sans_se_contredire_est_prouvee(atelier: Any) -> None:
    assert defauts(atelier, UN, DEUX, HORS) == []
    assert defauts(atelier, TOUS) == []
    assert defauts(atelier, TOUS, DEUX.replace("{nom", "{sauf_de: base, nom")) == []


def test_un_trou_est_refuse_avec_un_cas_que_rien_ne_couvre(atelier: Any) -> None:
    [trouve] = defauts(atelier, UN, DEUX)
    assert trouve.message == "aucune ligne ne couvre ce cas, du 2016-01-01"
    assert trouve.fichier == "corpus/tables/essai.yaml"
    assert trouve.ligne in {5, 6}
    assert trouve.regle in {"essai.un.origine", "essai.deux.origine"}
    assert "date 2016-01-01, medecin.secteur = non_conventionne" in trouve.attendu
    corpus = atelier.charge()
    jour, lire = temoin(corpus, trouve)
    assert corpus.tables["essai"].choisir(lire, jour, EFFECTIF).etat == "hors"


def test_un_defaut_vrai_dans_les_deux_calendriers_ne_se_dit_qu_une_fois(atelier: Any) -> None:
    assert "calendrier annoncé" not in "".join(d.message for d in defauts(atelier, UN, DEUX))


def test_un_trou_d_age_est_vu_au_mois_pres(atelier: Any) -> None:
    """De 0 à 71 mois, puis à partir de 73 : il manque 72."""
    petits = "{nom: a, du: origine, cellule: {patient.age_mois: '[0, 72['}, montant: 1.00, source: essai}"
    grands = "{nom: b, du: origine, cellule: {patient.age_mois: '[73, ['}, montant: 2.00, source: essai}"
    [trouve] = defauts(atelier, petits, grands)
    assert "patient.age_mois = 72" in trouve.attendu
    assert defauts(atelier, petits, grands.replace("73", "72")) == []


def test_un_trou_de_dates_est_refuse(atelier: Any) -> None:
    """La première ligne finit le 1er mars 2020, la suivante commence le 1er avril."""
    avant = "{nom: a, du: origine, au: 2020-03-01, montant: 1.00, source: essai}"
    apres = "{nom: b, du: 2020-04-01, montant: 2.00, source: essai}"
    trouves = defauts(atelier, avant, apres)
    assert trouves[0].message == "aucune ligne ne couvre ce cas, du 2020-03-01 au 2020-04-01 exclu"
    assert "date 2020-03-01" in trouves[0].attendu


def test_ailleurs_permet_de_ne_pas_tout_couvrir(atelier: Any) -> None:
    assert defauts(atelier, UN, plus="  ailleurs: manquant\n") == []


def test_une_contradiction_est_refusee_avec_un_cas_que_les_deux_lignes_couvrent(atelier: Any) -> None:
    autre = "{nom: autre, du: 2020-01-01, cellule: {patient.age_mois: '[0, 72['}, montant: 11.00, source: essai}"
    [trouve] = defauts(atelier, TOUS, autre)
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/tables/essai.yaml", 6, "essai.autre.2020-01-01")
    assert trouve.message == "contredit la ligne essai.tous.origine"
    jour, lire = temoin(atelier.charge(), trouve)
    assert jour == temps.jour("2020-01-01")
    age = lire("patient.age_mois")
    assert isinstance(age, int)
    assert 0 <= age < 72


def test_deux_lignes_de_meme_valeur_peuvent_se_chevaucher(atelier: Any) -> None:
    autre = "{nom: autre, du: 2020-01-01, cellule: {patient.age_mois: '[0, 72['}, montant: 10.00, source: essai}"
    assert defauts(atelier, TOUS, autre) == []


def test_une_valeur_et_un_manquant_se_contredisent(atelier: Any) -> None:
    autre = "{nom: autre, du: 2020-01-01, cellule: {patient.age_mois: '[0, 72['}, manquant: perdu, source: essai}"
    assert defauts(atelier, TOUS, autre)[0].message == "contredit la ligne essai.tous.origine"


def test_deux_exceptions_d_une_meme_ligne_ne_se_contredisent_pas_entre_elles(atelier: Any) -> None:
    age = "cellule: {patient.age_mois: '[0, 72['}"
    jeunes = f"{{nom: jeunes, sauf_de: base, du: origine, {age}, montant: 11.00, source: essai}}"
    deux = DEUX.replace("{nom", "{sauf_de: base, nom")
    trouves = defauts(atelier, TOUS, jeunes, deux)
    assert {d.regle for d in trouves} == {"essai.deux.origine"}
    assert defauts(atelier, TOUS, jeunes, deux.replace("base", "[base, essai.jeunes]")) == []


def test_une_ligne_entierement_couverte_par_ses_exceptions_n_est_jamais_atteinte(atelier: Any) -> None:
    exceptions = [t.replace("{nom", "{sauf_de: essai.tous, nom") for t in (UN, DEUX, HORS)]
    trouves = defauts(atelier, TOUS, *exceptions)
    assert {(d.ligne, d.regle, d.message) for d in trouves} == {
        (5, "essai.tous.origine", "la ligne n'est jamais atteinte"),
    }


@pytest.mark.parametrize("cellule", ["patient.age_mois: '[2000, 3000['", "patient.age_mois: '[, 0['"])
def test_une_ligne_hors_du_domaine_de_ses_faits_n_est_jamais_atteinte(atelier: Any, cellule: str) -> None:
    """Un âge va de 0 à 1 560 mois."""
    vieux = f"{{nom: vieux, sauf_de: base, du: origine, cellule: {{{cellule}}}, montant: 11.00, source: essai}}"
    assert {d.regle for d in defauts(atelier, TOUS, vieux)} == {"essai.vieux.origine"}


def test_une_table_sur_un_fait_sans_objet_couvre_aussi_sans_objet(atelier: Any) -> None:
    """Mois de grossesse : 1 à 9, ou « aucune », que la ligne ne couvre pas."""
    enceinte = "{nom: a, du: origine, cellule: {patient.grossesse_mois: '[1, 10['}, montant: 1.00, source: essai}"
    assert defauts(atelier, enceinte) != []
    aucune = "{nom: b, du: origine, cellule: {patient.grossesse_mois: aucune}, montant: 2.00, source: essai}"
    assert defauts(atelier, enceinte, aucune) == []


def test_une_table_sur_un_code_ne_couvre_pas_les_autres_codes(atelier: Any) -> None:
    assert defauts(atelier, "{nom: a, du: origine, cellule: {acte.code: G}, montant: 1.00, source: essai}") != []


def test_un_report_qui_arrive_apres_la_suite_est_vu(atelier: Any) -> None:
    """Annoncée au 1er juillet, close le 1er janvier : reportée à ce jour-là, la ligne ne vaut plus un seul jour."""
    dates = "du: 2025-07-01, au: 2026-01-01, report: suspension-2025"
    reportee = f"{{nom: a, {dates}, sauf_de: base, montant: 12.00, source: essai}}"
    trouves = defauts(atelier, TOUS, reportee)
    assert [(d.regle, d.ligne) for d in trouves] == [("essai.a.2025-07-01", 6)]
    assert "la ligne est vide" in trouves[0].message


def test_un_trou_du_seul_calendrier_annonce_est_vu(atelier: Any) -> None:
    """Reportée au 1er janvier 2026 dans les faits : l'ancienne, arrêtée au 1er juillet, laisse six mois sans valeur."""
    arretee = "{nom: a, du: origine, au: 2025-07-01, montant: 1.00, source: essai}"
    reportee = "{nom: b, du: 2025-07-01, report: suspension-2025, montant: 2.00, source: essai}"
    [trouve] = defauts(atelier, arretee, reportee)
    assert trouve.message == "aucune ligne ne couvre ce cas, du 2025-07-01 au 2026-01-01 exclu"
    tenue = arretee.replace("2025-07-01", "2026-01-01")
    [trouve] = [d for d in defauts(atelier, tenue, reportee) if "contredit" in d.message]
    assert "calendrier annoncé" in trouve.message


def test_prouver_un_acte_prouve_ses_tarifs_ses_bases_et_ses_taux(atelier: Any) -> None:
    atelier.ecrit(
        "actes/essai.yaml",
        "ESSAI:\n  libelle: E\n  nature: acte\n"
        "  taux:\n"
        "    - {nom: a, du: origine, valeur: '1.00', source: essai}\n"
        "    - {nom: b, du: origine, valeur: '0.70', source: essai}\n"
        "  tarifs:\n    - {du: origine, montant: 10.00, source: essai}\n",
    )
    trouves = atelier.defauts("ESSAI")
    assert {d.regle for d in trouves} == {"ESSAI.taux.b.origine"}


def test_prouver_rend_les_defauts_de_typage(atelier: Any) -> None:
    atelier.ecrit("tables/essai.yaml", table("{du: origine, montant: 10.00, source: nulle-part}"))
    corpus = atelier.charge()
    [trouve] = prouver(corpus, "essai")
    assert "passage inconnu" in trouve.message


def test_changer_un_tarif_du_corpus_le_fait_contredire_son_voisin(atelier: Any) -> None:
    """Sans « sauf_de », la consultation du gériatre contredit la consultation ordinaire, avec un cas de gériatre."""
    texte = atelier.lit("actes/specialistes.yaml")
    assert "sauf_de: base" in texte
    atelier.ecrit("actes/specialistes.yaml", texte.replace("      sauf_de: base\n", ""))
    trouves = [d for d in atelier.defauts("CS") if d.regle == "CS.geriatre.2024-12-22"]
    assert trouves
    assert all("contredit la ligne CS.2024-12-22" in d.message for d in trouves)
    assert all("medecin.specialite = geriatrie" in d.attendu for d in trouves)
