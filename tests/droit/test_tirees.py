"""Une règle tirée d'une table : une règle par ligne, datée et sourcée par elle ; et ce que la table refuse."""

from __future__ import annotations

from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.constat import constater
from opposable.droit.corpus import Corpus
from opposable.droit.scalaire import Portee
from opposable.droit.table import EFFECTIF

TABLE = """
essai:
  libelle: Une table d'essai
  type: texte
  ailleurs: defaut
  valeurs: {ouvert: "ouvert", ferme: "fermé"}
  lignes:
    - {nom: a, du: 2017-01-01, cellule: {medecin.secteur: "1"}, valeur: ouvert, source: essai}
    - {nom: a, du: 2020-01-01, cellule: {medecin.secteur: "1"}, valeur: ferme, source: essai}
    - {nom: b, du: 2017-01-01, cellule: {medecin.secteur: "2"}, valeur: ferme, source: essai}
"""
REGLE = "  - {%s, motif: TEXTE_NON_TRANCHE}\n"


def regles(corpus: Corpus) -> list[Any]:
    return [r for r in corpus.depassements if ".essai." in r.id]


def test_une_regle_par_ligne_datee_et_sourcee_par_la_table(atelier: Any) -> None:
    atelier.ecrit("tables/essai.yaml", TABLE)
    atelier.ajoute("regles_generales.yaml", REGLE % "refuse_si: {essai: ferme, ligne.opposable: non}")
    corpus = atelier.charge()
    dites = {r.id.split(".essai.")[1]: r for r in regles(corpus)}
    assert set(dites) == {"a.2020-01-01", "b.2017-01-01"}
    assert (dites["a.2020-01-01"].du, dites["a.2020-01-01"].au) == (temps.jour("2020-01-01"), temps.INFINI)
    assert [p.id for p in dites["b.2017-01-01"].sources] == ["essai"]
    assert set(dites["a.2020-01-01"].condition.faits()) == {"medecin.secteur", "ligne.opposable"}


def test_une_contradiction_se_tire_aussi_d_une_table_et_dit_sa_date(atelier: Any) -> None:
    atelier.ecrit("tables/essai.yaml", TABLE)
    atelier.ajoute(
        "contradictions.yaml",
        '- {si: {essai: ouvert}, ou: medecin.secteur, message: "jusqu\'au {au}", attendu: "un autre secteur"}\n',
    )
    [trouvee] = [c for c in atelier.charge().contradictions if c.ou == "medecin.secteur"]
    assert (trouvee.message, temps.iso(trouvee.du), temps.iso(trouvee.au)) == (
        "jusqu'au 2020-01-01", "2017-01-01", "2020-01-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("regle", "message"),
    [
        ("refuse_si: {inconnue: ferme}", "n'est ni un fait, ni une table"),
        ("refuse_si: {essai: ferme, statut_tarifs: opposables}", "n'est ni un fait, ni une table"),
        ("refuse_si: {essai: entrouvert}", "« entrouvert » n'est pas un mot de la table essai"),
        ("exige: {essai: ferme}", "une règle tirée d'une table"),
        ("refuse_si: {essai: ferme}, source: essai", "une règle tirée d'une table"),
        ("refuse_si: {essai: ferme}, du: 2017-01-01", "une règle tirée d'une table"),
    ],
)
def test_une_regle_mal_tiree_est_refusee(atelier: Any, regle: str, message: str) -> None:
    atelier.ecrit("tables/essai.yaml", TABLE)
    atelier.ajoute("regles_generales.yaml", REGLE % regle)
    [defaut] = atelier.defauts()
    assert message in defaut.message
    assert defaut.attendu


def test_une_table_a_exceptions_ne_donne_pas_de_regle(atelier: Any) -> None:
    exception = (
        '    - {nom: c, sauf_de: [essai.b], du: 2017-01-01, cellule: {medecin.secteur: "2", '
        "medecin.option: optam}, valeur: ouvert, source: essai}\n"
    )
    atelier.ecrit("tables/essai.yaml", TABLE + exception)
    atelier.ajoute("regles_generales.yaml", REGLE % "refuse_si: {essai: ferme}")
    [defaut] = atelier.defauts()
    assert "a des exceptions" in defaut.message


def test_une_ligne_ne_dit_que_les_mots_de_la_table(atelier: Any) -> None:
    atelier.ecrit("tables/essai.yaml", TABLE.replace('{ouvert: "ouvert", ferme: "fermé"}', '{ouvert: "ouvert"}'))
    assert ["n'est pas un mot de la table" in d.message for d in atelier.defauts()] == [True]


def test_un_mot_que_rien_ne_dit_ne_donne_aucune_regle(atelier: Any) -> None:
    atelier.ecrit("tables/essai.yaml", TABLE.replace('ferme: "fermé"}', 'ferme: "fermé", rien: "rien"}'))
    atelier.ajoute("regles_generales.yaml", REGLE % "refuse_si: {essai: rien}")
    assert regles(atelier.charge()) == []


@pytest.mark.parametrize(("statut", "retenus"), [(None, False), ("titulaire", False), ("remplacant", True)])
def test_un_avertissement_qui_ne_tient_pas_ne_fait_rien_demander(
    corpus: Corpus, statut: str | None, retenus: bool
) -> None:
    [regle] = [r for r in corpus.toutes_lignes if r.motif == "REMPLACANT_NON_REGI"]
    dits = {"medecin.statut": statut} if statut else {}
    mere = Portee(corpus, EFFECTIF, temps.jour("2026-02-10"), dits, {})
    ligne = Portee(corpus, EFFECTIF, mere.jour, {}, {}, mere)
    assert (constater(ligne, regle) is not None) is retenus
    assert (mere.supposes, mere.inconnus, ligne.cache) == ({}, {}, {})
    assert ("medecin.statut" in mere.cache) is bool(statut)
