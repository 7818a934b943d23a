"""Le registre : chaque énoncé est imprimé, a un statut honnête, et les calculés nomment ce qui les porte."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import test_cas_dispositifs as cas_dispositifs
from tests.registre.mutations import lus
from tests.test_cas import fichiers, lire

import opposable
from opposable.droit.citations import Element, deductions, elements, par_passage
from opposable.droit.corpus import RACINE
from opposable.droit.erreurs import ErreurCorpus
from opposable.droit.registre import STATUTS, Registre, charger_registre
from opposable.portes import python as api

ENONCES = 1103
CONTRADICTIONS = 35
DOCUMENTS = {"000": 61, "001": 418, "002": 71, "003": 436, "004": 117}


@pytest.fixture(scope="module")
def registre() -> Registre:
    return charger_registre()


@pytest.fixture(scope="module")
def citations() -> dict[str, list[Element]]:
    return par_passage(elements(lus()), deductions(lus()))


def cas_par_enonce() -> dict[str, list[dict[str, Any]]]:
    """Les cas de droit qui citent chaque énoncé."""
    resultat: dict[str, list[dict[str, Any]]] = {}
    lus_ = [cas for chemin in fichiers() for cas in lire(chemin)]
    lus_ += [cas for chemin in cas_dispositifs.fichiers() for cas in cas_dispositifs.lire(chemin)]
    for cas in lus_:
        for enonce in cas.get("enonces", []):
            resultat.setdefault(enonce, []).append(cas)
    return resultat


def test_tous_les_enonces_ont_un_statut(registre: Registre) -> None:
    assert len(registre.enonces) == ENONCES
    assert Counter(e.document for e in registre.enonces.values()) == DOCUMENTS
    assert len(registre.contradictions) == CONTRADICTIONS


def test_chaque_extrait_est_dans_son_document(registre: Registre, partage: Callable[[str], Path]) -> None:
    sources = partage("sources")
    corpus = api.corpus()
    textes = {
        document: " ".join((sources / corpus.documents[document].fichier).read_text(encoding="utf-8").split())
        for document in DOCUMENTS
    }
    absents = [
        e.id
        for e in registre.enonces.values()
        for extrait in (e.extrait, e.suite)
        if extrait and " ".join(extrait.split()) not in textes[e.document]
    ]
    assert not absents


def test_un_passage_du_corpus_est_celui_de_son_enonce(registre: Registre) -> None:
    """Un passage qui porte l'identifiant d'un énoncé cite le même document."""
    corpus = api.corpus()
    for ident, passage in corpus.passages.items():
        if ident in registre.enonces and passage.document is not None:
            assert passage.document.id == registre.enonces[ident].document, ident


def test_un_enonce_calcule_est_porte_et_un_cas_le_cite(registre: Registre, citations: dict[str, list[Element]]) -> None:
    cites = cas_par_enonce()
    fautes = []
    for enonce in registre.enonces.values():
        if enonce.statut != "calcule":
            continue
        portent = citations.get(enonce.id, [])
        fautes += [f"{enonce.id} : rien de {p} ne le cite" for p in enonce.par if not _de(portent, p)]
        if not any(p.startswith("mecanisme:") for p in enonce.par) and enonce.id not in cites:
            fautes.append(f"{enonce.id} : aucun cas ne le cite")
    assert not fautes, "\n".join(fautes)


def _de(portent: list[Element], place: str) -> bool:
    return place.startswith("mecanisme:") or any(place in {e.endroit, e.id} for e in portent)


def test_une_contradiction_non_tranchee_n_est_pas_calculee_en_silence(registre: Registre) -> None:
    for contradiction in registre.contradictions.values():
        assert contradiction.pourquoi.endswith(".")
        assert len(contradiction.valeurs) >= 1
    for enonce in registre.enonces.values():
        if enonce.statut == "contradictoire":
            assert enonce.id in registre.contradictions[enonce.contradiction].enonces, enonce.id


def test_une_contradiction_sans_texte_est_refusee(tmp_path: Path) -> None:
    copie = shutil.copytree(RACINE / "registre", tmp_path / "registre")
    with (copie / "contradictions.yaml").open("a", encoding="utf-8") as fichier:
        fichier.write("vide: {sujet: rien, valeurs: [une], tranche: non, lecture: aucune, pourquoi: Rien.}\n")
    with pytest.raises(ErreurCorpus, match="aucun texte en cause"):
        charger_registre(tmp_path)


def test_le_sommaire_compte_tout() -> None:
    reponse = opposable.textes()
    assert reponse["total"]["enonces"] == ENONCES
    assert sum(reponse["total"]["statuts"].values()) == ENONCES
    assert [d["id"] for d in reponse["documents"]] == sorted(DOCUMENTS)
    assert len(reponse["contradictions"]) == CONTRADICTIONS
    for document in reponse["documents"]:
        assert sum(document["statuts"].values()) == document["enonces"] == DOCUMENTS[document["id"]]


@pytest.mark.parametrize("statut", STATUTS)
def test_un_statut_ne_garde_que_ses_enonces(statut: str) -> None:
    assert {e["statut"] for e in opposable.textes(statut=statut)["enonces"]} <= {statut}


def test_les_pages() -> None:
    document = opposable.textes("001")
    assert len(document["enonces"]) == DOCUMENTS["001"]
    enonce = opposable.textes("s1-mce")
    assert {"MCE"} <= {p["endroit"] for p in enonce["portent"]}
    assert enonce["contradictions"][0]["id"] == "mce-decomposition"
    assert opposable.textes("age-80-ans")["contradiction"]["tranche"] is False
    assert any(p["portent"] for p in opposable.textes("avenant9")["passages"])


@pytest.mark.parametrize(
    ("ident", "statut", "code"), [("s1-mcf", None, "TEXTE_INCONNU"), (None, "faux", "STATUT_INCONNU")]
)
def test_un_nom_inconnu(ident: str | None, statut: str | None, code: str) -> None:
    with pytest.raises(opposable.ErreurEntree) as erreur:
        opposable.textes(ident, statut=statut)
    assert erreur.value.code == code
    assert erreur.value.exemple


A_VENIR = """essai-a-venir:
  domaine: essai
  enonce: "Un énoncé à venir"
  extrait: "un énoncé"
  statut: a_venir
  systeme: 57
"""


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        (("statut: a_venir", "statut: fait"), "statut inconnu « fait »"),
        (("systeme: 57", "systeme: 99"), "mécanisme inconnu"),
        (("  statut: a_venir\n  systeme: 57", "  statut: calcule"), "un énoncé calculé donne « par »"),
        (("enonce:", "enoncé:"), "clé inconnue « enoncé »"),
    ],
)
def test_un_registre_mal_ecrit_est_refuse(tmp_path: Path, change: tuple[str, str], dit: str) -> None:
    copie = tmp_path / "corpus"
    shutil.copytree(RACINE, copie)
    fichier = copie / "registre" / "000.yaml"
    assert change[0] in A_VENIR
    with fichier.open("a", encoding="utf-8") as registre_:
        registre_.write(A_VENIR.replace(*change, 1))
    with pytest.raises(opposable.ErreurCorpus, match=dit):
        charger_registre(copie)


def test_un_enonce_est_rattache_a_un_mecanisme_connu_une_seule_fois(registre: Registre) -> None:
    """Les sept énoncés d'aucun mécanisme disent le calendrier d'une nomenclature, ou ce que des annexes portent."""
    sans = [e.id for e in registre.enonces.values() if not registre.systeme_de(e)]
    assert len(sans) == 7
    assert {"s3-acte-ccam-art84", "s3-acte-annexe2-absente", "s4-dom"} <= set(sans)
    mecanismes = {m["systeme"]: m for m in api.mecanismes()}
    assert sum(m["enonces"] for m in mecanismes.values()) == ENONCES - 7
    assert mecanismes["53"]["dispositifs"] == ["delai_paiement"]
    assert {"APC", "APY", "APU"} <= set(mecanismes["4"]["par"])


@pytest.mark.parametrize(
    ("ligne", "dit"),
    [
        ("99: [s1-mce]", "mécanisme inconnu « 99 »"),
        ("59: [s1-mcf]", "énoncé inconnu « s1-mcf »"),
        ("59: [s1-mce]", "énoncé déjà rattaché « s1-mce »"),
    ],
)
def test_un_rattachement_faux_est_refuse(tmp_path: Path, ligne: str, dit: str) -> None:
    copie = shutil.copytree(RACINE / "registre", tmp_path / "registre")
    with (copie / "rattachements.yaml").open("a", encoding="utf-8") as fichier:
        fichier.write(f"{ligne}\n")
    with pytest.raises(ErreurCorpus, match=dit):
        charger_registre(tmp_path)
