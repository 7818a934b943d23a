"""Les fichiers de dispositifs : ce qui se type, et les fautes d'écriture, situées."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.droit.essai_dispositif import FICHIER

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurCorpus
from opposable.droit.fiche_dispositif import fiche


@pytest.fixture
def copie(atelier: Any) -> Any:
    """La copie du corpus, avec un dossier de dispositifs."""
    (atelier.racine / "dispositifs").mkdir(exist_ok=True)
    return atelier


FAUTES = [
    ("  principal: total", "  principal: totaux  # ICI", "n'est pas une sortie", "total, palier"),
    ("  montant: total", "  montant: totaux  # ICI", "n'est pas une sortie", "total"),
    ("  module: remuneration.essai", "  module: os.path  # ICI", "n'est pas un module", "remuneration"),
    (
        "  module: remuneration.essai",
        "  module: remuneration.essai.autre  # ICI",
        "n'est pas un module",
        "paquet.module",
    ),
    ("  systemes: 99", "  systemes: dix  # ICI", "ne convient pas", "entier"),
    ("  source: essai\n  manque", "  source: inconnue  # ICI\n  manque", "passage inconnu", "passages"),
    ("    medecin.option: commun", "    medecin.opsion: commun  # ICI", "n'est pas un fait commun", "corpus/faits"),
    ("    medecin.option: commun", "    medecin.option: {commun: oui, type: texte}  # ICI", "clé inconnue", "question"),
    ("    total: {type: montant,", "    total: {type: argent,  # ICI\n     ", "type de sortie inconnu", "montant"),
    ("    total: {type: montant,", "    total: {type: tableau,  # ICI\n     ", "type de sortie inconnu", "colonnes"),
    ("graphique: {x: jours,", "graphique: {x: zone,  # ICI\n     ", "n'est pas une colonne qui se dessine là", "jours"),
    ("y: [montant]}", "y: [palier]}  # ICI\n     ", "n'est pas une colonne qui se dessine là", "jours, montant"),
    ("graphique: {x: jours, y: [montant]}", "graphique: {x: jours}  # ICI\n     ", "il manque la clé « y »", "y"),
    ("  but: Essayer", "  buts: x  # ICI\n  but: Essayer", "clé inconnue « buts »", "but"),
]


@pytest.mark.parametrize(("avant", "apres", "message", "attendu"), FAUTES)
def test_une_faute_est_situee(copie: Any, avant: str, apres: str, message: str, attendu: str) -> None:
    assert avant in FICHIER
    copie.refuse("dispositifs/essai.yaml", FICHIER.replace(avant, apres, 1), "essai", message, attendu)


def test_un_fait_commun_ne_se_definit_pas_de_nouveau(copie: Any) -> None:
    avant = "    medecin.option: commun"
    propre = "    medecin.option: {type: oui_non, libelle: x, question: y, si_absent: non}  # ICI"
    texte = FICHIER.replace(avant, propre, 1)
    message, attendu = "déjà dans le vocabulaire commun", "medecin.option: commun"
    copie.refuse("dispositifs/essai.yaml", texte, "medecin.option", message, attendu)


@pytest.mark.parametrize(
    ("periode", "message"),
    [
        ("{fait: patients, du: 2018-07-01, avant: x}", "situe le cas"),
        ("{fait: part, du: 2018-07-01, avant: x}", "ne situe pas un cas"),
        ("{fait: rien, du: 2018-07-01, avant: x}", "ne situe pas un cas"),
        ("{fait: annee, du: 2018-07-01}", "« avant » dit ce qui régissait"),
        ("{fait: annee, du: origine, avant: x}", "« avant » dit ce qui régissait"),
        ("{fait: annee, du: origine, au: 2020-01-01}", "« apres » dit ce qui régissait"),
        ("{fait: annee, du: 2020-01-01, au: 2020-01-01, avant: x, apres: x}", "la période est vide"),
        ("{fait: annee, avant: x}", "il manque la clé « du »"),
    ],
)
def test_une_periode_mal_ecrite_est_refusee(copie: Any, periode: str, message: str) -> None:
    debut = FICHIER.index("  periode:")
    fin = FICHIER.index("\n", debut)
    copie.ecrit("dispositifs/essai.yaml", f"{FICHIER[:debut]}  periode: {periode}{FICHIER[fin:]}")
    [defaut] = copie.defauts()
    assert message in defaut.message
    assert defaut.fichier == "corpus/dispositifs/essai.yaml"


def test_un_fichier_sans_dispositif_est_refuse(copie: Any) -> None:
    copie.ecrit("dispositifs/essai.yaml", "tables: {}\n")
    with pytest.raises(ErreurCorpus, match="il manque la clé « dispositif »"):
        list(copie.charge().dispositifs)


def test_un_passage_ou_une_table_ne_se_definit_pas_deux_fois(copie: Any) -> None:
    copie.ecrit("dispositifs/essai.yaml", FICHIER.replace("  essai-presse:", "  essai:", 1))
    with pytest.raises(ErreurCorpus, match="le passage « essai » est déjà défini"):
        list(copie.charge().passages)
    copie.ecrit("dispositifs/essai.yaml", FICHIER.replace("  essai_delai:", "  da_taux:", 1))
    with pytest.raises(ErreurCorpus, match="la table « da_taux » est déjà défini"):
        list(copie.charge().tables)


def test_un_fichier_qui_n_est_pas_du_yaml_ne_gene_pas_une_facture(copie: Any) -> None:
    copie.ecrit("dispositifs/essai.yaml", "dispositif: [\n")
    corpus = copie.charge()
    assert corpus.tables["da_taux"].lignes
    with pytest.raises(ErreurCorpus, match="le YAML ne se lit pas"):
        list(corpus.dispositifs)


def test_une_table_de_dispositif_se_prouve_avec_ses_faits(copie: Any) -> None:
    """Un trou dans une table qui lit un fait propre au dispositif : le cas témoin le nomme."""
    debut = FICHIER.index("      - {nom: grand")
    copie.ecrit("dispositifs/essai.yaml", FICHIER[:debut] + FICHIER[FICHIER.index("\n", debut) + 1 :])
    defauts = copie.defauts("essai_par_patient")
    assert defauts
    assert all("palier = grand" in defaut.attendu for defaut in defauts)


def test_une_surcouche_corrige_une_table_de_dispositif_et_elle_seule(copie: Any, tmp_path: Path) -> None:
    copie.ecrit("dispositifs/essai.yaml", FICHIER)
    chemin = tmp_path / "couche.yaml"
    chemin.write_text(
        "surcouche: {nom: a, libelle: A, date: 2026-01-01}\n"
        "tables:\n  essai_delai:\n    lignes:\n"
        "      remplace: {essai_delai.2019-01-01: {du: 2019-01-01, valeur: 31, source: essai}}\n",
        encoding="utf-8",
    )
    corpus: Corpus = copie.charge([chemin])
    assert [ligne.valeur for ligne in corpus.tables["essai_delai"].lignes] == [31]
    assert corpus.tables["essai_delai"].dispositif == "essai"
    assert corpus.tables["da_taux"].dispositif == ""
    assert corpus.tout_typer() == []


def test_le_fait_repris_garde_ses_valeurs_et_prend_la_question_du_dispositif(corpus: Corpus) -> None:
    repris = corpus.dispositifs["ratio_depassements"].vocabulaire.faits["medecin.secteur"]
    commun = corpus.vocabulaire.faits["medecin.secteur"]
    assert repris.valeurs == commun.valeurs
    assert (repris.obligatoire, commun.obligatoire) == (True, False)
    assert repris.question != commun.question


def test_le_graphique_d_un_tableau_est_dans_sa_fiche(copie: Any) -> None:
    copie.ecrit("dispositifs/essai.yaml", FICHIER)
    corpus = copie.charge()
    decrites = {sortie["nom"]: sortie for sortie in fiche(corpus, "essai")["sorties"]}
    assert decrites["par_site"]["graphique"] == {"x": "jours", "y": ["montant"]}
    assert "graphique" not in decrites["total"]
