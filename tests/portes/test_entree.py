"""La lecture de l'entrée, devant n'importe quels octets : des factures, ou une erreur qui dit où."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import entree, reperage

TEXTES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALEURS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTES,
    lambda interieur: st.lists(interieur, max_size=3) | st.dictionaries(TEXTES, interieur, max_size=3),
    max_leaves=8,
)
FACTURES = st.dictionaries(TEXTES, VALEURS, min_size=1, max_size=4)


def lire_ou_erreur(octets: bytes, dossier: Path) -> entree.Lecture | ErreurEntree:
    chemin = dossier / "essai.json"
    chemin.write_bytes(octets)
    try:
        return entree.lire(str(chemin))
    except ErreurEntree as erreur:
        return erreur


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("entree")


@given(st.binary(max_size=60))
def test_n_importe_quels_octets_donnent_une_lecture_ou_une_erreur_situee(dossier: Path, octets: bytes) -> None:
    lu = lire_ou_erreur(octets, dossier)
    if isinstance(lu, ErreurEntree):
        assert lu.code
        assert lu.attendu
        assert "essai.json" in lu.ou


@given(st.text('{}[]:,"\\ \n0.eE-NaInfityu1', max_size=40))
@settings(max_examples=300)
def test_des_signes_de_json_au_hasard_ne_levent_rien_d_autre(dossier: Path, texte: str) -> None:
    lire_ou_erreur(texte.encode(), dossier)


@given(FACTURES)
def test_un_objet_lu_est_celui_qui_a_ete_ecrit(facture: dict[str, object]) -> None:
    lu = entree.analyser(json.dumps(facture, indent=1), "f.json")
    assert (lu.forme, lu.factures) == ("objet", [facture])


@given(st.lists(FACTURES, max_size=4))
def test_un_tableau_lu_est_celui_qui_a_ete_ecrit(factures: list[dict[str, object]]) -> None:
    lu = entree.analyser(json.dumps(factures, ensure_ascii=False), "f.json")
    assert (lu.forme, lu.factures) == ("tableau", factures)


@given(st.lists(FACTURES, min_size=2, max_size=4))
def test_du_jsonl_lu_est_celui_qui_a_ete_ecrit(factures: list[dict[str, object]]) -> None:
    lu = entree.analyser("\r\n\n".join(json.dumps(f) for f in factures), "entrée standard")
    assert (lu.forme, lu.factures) == ("lignes", factures)
    assert lu.lignes == tuple(range(1, 2 * len(factures), 2))


@given(FACTURES, st.data())
def test_un_objet_coupe_n_est_jamais_accepte(facture: dict[str, object], data: st.DataObject) -> None:
    texte = json.dumps(facture)
    coupe = texte[: data.draw(st.integers(1, len(texte) - 1))]
    with pytest.raises(ErreurEntree) as leve:
        entree.analyser(coupe, "f.json")
    assert leve.value.code in {"JSON_TRONQUE", "JSON_INVALIDE"}


@given(FACTURES, st.data())
def test_une_cle_en_double_est_toujours_vue_et_nommee(facture: dict[str, object], data: st.DataObject) -> None:
    cle = data.draw(st.sampled_from(sorted(facture)))
    texte = json.dumps([{"a": facture}])
    double = f"{texte[:-3]}, {json.dumps(cle)}: 0}}}}]"
    with pytest.raises(ErreurEntree) as leve:
        entree.analyser(double, "f.json")
    assert leve.value.code == "CLE_EN_DOUBLE"
    colonne = len(texte) - 3 + len(", ") + 1
    assert leve.value.ou.startswith(f"f.json, ligne 1, colonne {colonne} ([0].a")


def test_une_place_compte_a_partir_de_un_et_ajoute_les_lignes_passees() -> None:
    assert str(reperage.place("ab\ncd", 4)) == "ligne 2, colonne 2"
    assert str(reperage.place("ab", 0, lignes_avant=9)) == "ligne 10, colonne 1"
