"""La lecture du YAML : tout y est texte, chaque valeur est située, les fautes sont des défauts lisibles."""

from __future__ import annotations

import pytest
import yaml

from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.fichiers import RACINE
from opposable.droit.lecture import Noeud, lire


def defaut(texte: str) -> Defaut:
    """Le seul défaut que lève la lecture."""
    with pytest.raises(ErreurCorpus) as info:
        lire(texte, "corpus/essai.yaml")
    assert len(info.value.defauts) == 1
    return info.value.defauts[0]


@pytest.mark.parametrize(
    "valeur",
    [
        "19:30",
        "NO",
        "no",
        "oui",
        "15.00",
        "0123",
        "1_000",
        "2024-12-22",
        "~",
        "null",
        "true",
        "0x1F",
        "1e3",
        ".inf",
        "<<",
        "=",
        "32+6",
    ],
)
def test_tout_est_texte(valeur: str) -> None:
    """YAML lirait 19:30 comme 1170, NO comme faux, 15.00 comme un flottant, 0123 comme 83."""
    table = lire(f"cle: {valeur}\n", "f").table()
    assert table["cle"].texte() == valeur
    liste = lire(f"[{valeur}]\n" if valeur not in {"<<"} else "['<<']\n", "f").liste()
    assert [n.texte() for n in liste] == [valeur]


def test_les_cles_aussi_sont_du_texte() -> None:
    assert list(lire("1: a\nNO: b\n2024-12-22: c\n", "f").table()) == ["1", "NO", "2024-12-22"]


def test_les_etiquettes_de_yaml_n_executent_rien() -> None:
    noeud = lire("a: !!python/object/apply:os.getcwd []\nb: !!int 12\n", "f").table()
    assert noeud["a"].liste() == []
    assert noeud["b"].texte() == "12"


def test_chaque_valeur_garde_son_fichier_et_sa_ligne() -> None:
    noeud = lire("a:\n  - x\n  - {b: y,\n     c: z}\n", "corpus/essai.yaml")
    premier, second = noeud.table()["a"].liste()
    assert (premier.fichier, premier.ligne) == ("corpus/essai.yaml", 2)
    assert second.table()["b"].ligne == 3
    assert second.table()["c"].ligne == 4


@pytest.mark.parametrize(
    ("texte", "ligne", "premiere"),
    [("a: 1\nb: 2\na: 3\n", 3, 1), ("x:\n  a: 1\n  a: 2\n", 3, 2), ("{a: 1, a: 1}", 1, 1), ('a: 1\n"a": 2\n', 2, 1)],
)
def test_une_cle_en_double_est_refusee_avec_ses_deux_lignes(texte: str, ligne: int, premiere: int) -> None:
    trouve = defaut(texte)
    assert (trouve.fichier, trouve.ligne, trouve.regle) == ("corpus/essai.yaml", ligne, "a")
    assert "en double" in trouve.message
    assert f"ligne {premiere}" in trouve.message
    assert trouve.attendu


@pytest.mark.parametrize(
    "texte", ["a: [b", "a: b: c", "a:\n\t- b", 'a: "b', "- a\nb: c", "a: *inconnue", "a: 1\n---\nb: 2\n"]
)
def test_un_yaml_faux_est_un_defaut_situe(texte: str) -> None:
    trouve = defaut(texte)
    assert trouve.fichier == "corpus/essai.yaml"
    assert trouve.ligne >= 1
    assert trouve.regle == "syntaxe"
    assert trouve.attendu


@pytest.mark.parametrize("texte", ["a: \x01", "a: \x00", "\x7f"])
def test_un_caractere_interdit_est_un_defaut(texte: str) -> None:
    assert defaut(texte).regle == "syntaxe"


def test_une_cle_qui_n_est_pas_un_texte_est_un_defaut() -> None:
    trouve = defaut("a: 1\n? [b]\n: c\n")
    assert (trouve.ligne, trouve.regle) == (2, "syntaxe")


@pytest.mark.parametrize("texte", ["a: &x [*x]\n", "a: &x {b: *x}\n"])
def test_un_yaml_qui_se_contient_lui_meme_est_un_defaut(texte: str) -> None:
    assert defaut(texte).fichier == "corpus/essai.yaml"


@pytest.mark.parametrize("texte", ["", "\n\n", "# rien\n", "---\n"])
def test_un_fichier_vide_est_une_table_vide(texte: str) -> None:
    noeud = lire(texte, "f")
    assert noeud.valeur in ({}, "")


def test_une_ancre_reprend_la_meme_valeur() -> None:
    noeud = lire("a: &x {b: 1}\nc: *x\n", "f").table()
    assert noeud["c"].table()["b"].texte() == "1"


def noeud(texte: str) -> Noeud:
    """Le nœud d'un texte."""
    return lire(texte, "corpus/essai.yaml")


def test_un_texte_seul_vaut_une_liste_d_un_element() -> None:
    assert [n.texte() for n in noeud("a: b").table()["a"].liste()] == ["b"]


@pytest.mark.parametrize(
    ("texte", "methode", "attendu"),
    [
        ("[a]", "texte", "un texte"),
        ("{a: b}", "texte", "un texte"),
        ("{a: b}", "liste", "[…]"),
        ("[a]", "table", "clé: valeur"),
        ("a", "table", "clé: valeur"),
    ],
)
def test_une_forme_inattendue_est_refusee(texte: str, methode: str, attendu: str) -> None:
    with pytest.raises(ErreurCorpus) as info:
        getattr(noeud(texte), methode)("REGLE")
    [trouve] = info.value.defauts
    assert (trouve.fichier, trouve.ligne, trouve.regle, trouve.attendu) == ("corpus/essai.yaml", 1, "REGLE", attendu)


def test_une_cle_inconnue_nomme_la_plus_proche() -> None:
    with pytest.raises(ErreurCorpus, match="« montnt » ; vouliez-vous dire « montant »") as info:
        noeud("du: 1\nmontnt: 2\n").cles(frozenset({"du", "montant", "source"}), "REGLE")
    assert info.value.defauts[0].ligne == 2


def test_une_cle_qui_manque_est_nommee() -> None:
    with pytest.raises(ErreurCorpus, match="il manque la clé « montant »"):
        noeud("du: 1\n").cles(frozenset({"du", "montant"}), "REGLE", frozenset({"montant"}))


def test_les_cles_permises_et_requises_passent() -> None:
    assert set(noeud("du: 1\nmontant: 2\n").cles(frozenset({"du", "montant"}), "", frozenset({"du"}))) == {
        "du",
        "montant",
    }


@pytest.mark.parametrize("dossier", ["actes", "dispositifs", "faits", "passages", "tables"])
def test_le_corpus_se_lit_aussi_sans_le_lecteur_en_c(dossier: str) -> None:
    """Le lecteur en C accepte un « ? » nu là où l'autre le refuse."""
    for chemin in sorted((RACINE / dossier).glob("*.yaml")):
        yaml.compose(chemin.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
