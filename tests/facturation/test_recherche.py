"""Chercher dans le barème : accents, casse, pluriels, plusieurs mots, code partiel, classement, rien trouvé."""

from __future__ import annotations

import pytest

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.facturation.recherche import Trouve, chercher
from opposable.portes import python as api


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return api.corpus()


def trouves(corpus: Corpus, demande: str) -> dict[str, Trouve]:
    return {t.code: t for t in chercher(corpus, demande)}


@pytest.mark.parametrize(
    ("demande", "codes"),
    [
        ("pédiatre", {"CEH", "CEK", "CEG", "COE", "CSM", "MCX"}),
        ("avis ponctuel", {"APC", "APY", "APU"}),
        ("ponctuels AVIS", {"APC", "APY", "APU"}),
        ("VIH", {"MTX"}),
        ("mélanome", {"CDE"}),
        ("nourrissons", {"MNO", "MNP"}),
        ("dépistages", {"CDE"}),
        ("cardiologue", {"CSC", "MCC"}),
        ("gériatre", {"CS", "APY"}),
        ("polyarthrite", {"MCX"}),
        ("synthèse familiale", {"MAF"}),
        ("majoration de coordination", {"MCG", "MCS", "MCC"}),
        ("participation forfaitaire", {"participation_forfaitaire"}),
    ],
)
def test_les_mots_trouvent(corpus: Corpus, demande: str, codes: set[str]) -> None:
    assert codes <= set(trouves(corpus, demande))


@pytest.mark.parametrize(
    "variantes",
    [
        ("pédiatre", "pediatre", "PÉDIATRES", "pédiatrie", "pédiatriques"),
        ("cardiologue", "cardiologues", "Cardiologie"),
        ("mélanome", "MELANOMES"),
        ("l'obésité de l'enfant", "obésité enfant", "enfants  obesite"),
    ],
)
def test_ni_les_accents_ni_la_casse_ni_le_pluriel_ne_comptent(corpus: Corpus, variantes: tuple[str, ...]) -> None:
    resultats = [[t.code for t in chercher(corpus, v)] for v in variantes]
    assert all(r == resultats[0] for r in resultats)


def test_tous_les_mots_doivent_y_etre(corpus: Corpus) -> None:
    assert set(trouves(corpus, "obésité tuberculose")) == {"MCX"}
    assert set(trouves(corpus, "consultation pédiatre")) < set(trouves(corpus, "pédiatre"))


def test_un_code_partiel_passe_d_abord(corpus: Corpus) -> None:
    vus = chercher(corpus, "mc")
    assert {t.code for t in vus if t.rang == "code"} >= {"MCX", "MCG", "MCS", "MCC", "MCE"}
    assert all(t.code.startswith("MC") for t in vus)


def test_le_classement_code_libelle_puis_le_reste(corpus: Corpus) -> None:
    rangs = [t.rang for t in chercher(corpus, "pédiatre")]
    assert rangs == sorted(rangs, key=("code", "libelle", "reste").index)
    assert {"libelle", "reste"} == set(rangs)
    mcx = trouves(corpus, "pédiatre")["MCX"]
    assert (mcx.rang, "situations" in mcx.dans) == ("reste", True)
    assert "pédiatre" in mcx.extrait


def test_les_codes_non_couverts_se_trouvent(corpus: Corpus) -> None:
    vus = trouves(corpus, "colposcopie")
    assert {code: t.sorte for code, t in vus.items()} == dict.fromkeys(vus, "non_couvert")
    assert vus
    assert all(code in corpus.non_couverts for code in vus)


def test_une_valeur_refusee_ne_dit_pas_le_contraire(corpus: Corpus) -> None:
    """CS nomme le généraliste pour le refuser : elle se trouve par ses conditions, jamais par son libellé."""
    cs = trouves(corpus, "généraliste")["CS"]
    assert (cs.rang, cs.dans) == ("reste", ("conditions",))


@pytest.mark.parametrize(
    ("demande", "dit"),
    [
        ("pediatrre", "« pédiatre »"),
        ("MMX", "MTX"),
        ("tuberculse", "« tuberculose »"),
        ("xyzzy", "rien ne correspond à « xyzzy »"),
        ("tuberculose mélanome", "aucun acte ne réunit « tuberculose » et « melanome »"),
    ],
)
def test_rien_trouve_donne_les_plus_proches(corpus: Corpus, demande: str, dit: str) -> None:
    with pytest.raises(ErreurEntree) as info:
        chercher(corpus, demande)
    assert info.value.code == "RIEN_TROUVE"
    assert dit in info.value.message
    assert info.value.exemple.startswith("opposable bareme ")


def test_une_recherche_sans_mot_est_refusee(corpus: Corpus) -> None:
    with pytest.raises(ErreurEntree, match="aucun mot"):
        chercher(corpus, " - ")
