"""Les ensembles de valeurs, contre les ensembles de Python sur un petit domaine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble, Intervalle, Plages, connu, reunir

COULEURS = ("bleu", "rouge", "vert")
NOMBRES = range(9)

sous_couleurs = st.frozensets(st.sampled_from(COULEURS))
sous_nombres = st.frozensets(st.sampled_from(NOMBRES))
intervalles = st.tuples(st.integers(0, 8), st.integers(1, 9)).filter(lambda b: b[0] < b[1])


def en_plages(nombres: frozenset[int]) -> Plages:
    """Les plages les plus larges qui ont exactement ces nombres."""
    bornes: list[tuple[int, int]] = []
    for nombre in sorted(nombres):
        if bornes and bornes[-1][1] == nombre:
            bornes[-1] = (bornes[-1][0], nombre + 1)
        else:
            bornes.append((nombre, nombre + 1))
    return Plages(tuple(bornes))


def nombres_de(ensemble: object) -> frozenset[int]:
    """Les nombres du petit domaine qu'une union de plages contient, comptés un à un."""
    assert isinstance(ensemble, Plages)
    return frozenset(n for bas, haut in ensemble.plages for n in NOMBRES if bas <= n and n + 1 <= haut)


@given(sous_couleurs, sous_couleurs)
def test_les_choix_se_croisent_et_se_retirent_comme_des_ensembles(a: frozenset[str], b: frozenset[str]) -> None:
    assert Choix(a).inter(Choix(b)) == Choix(a & b)
    assert Choix(a).moins(Choix(b)) == Choix(a - b)
    assert Choix(a).vide() == (len(a) == 0)


@given(sous_nombres, sous_nombres)
def test_les_plages_se_croisent_et_se_retirent_comme_des_ensembles(a: frozenset[int], b: frozenset[int]) -> None:
    inter, moins = en_plages(a).inter(en_plages(b)), en_plages(a).moins(en_plages(b))
    assert nombres_de(inter) == a & b
    assert nombres_de(moins) == a - b
    assert inter.vide() == (not a & b)
    assert moins.vide() == (not a - b)


@given(st.lists(intervalles, max_size=4), st.lists(intervalles, max_size=4))
def test_les_plages_restent_justes_quand_elles_se_touchent_ou_se_recouvrent(
    a: list[tuple[int, int]], b: list[tuple[int, int]]
) -> None:
    """Le corpus peut écrire « [0, 5[ » et « [3, 8[ » dans une même cellule."""
    en_a = {n for bas, haut in a for n in range(bas, haut)}
    en_b = {n for bas, haut in b for n in range(bas, haut)}
    plages_a, plages_b = Plages(tuple(sorted(a))), Plages(tuple(sorted(b)))
    assert nombres_de(plages_a.inter(plages_b)) == en_a & en_b
    assert nombres_de(plages_a.moins(plages_b)) == en_a - en_b
    assert {n for n in NOMBRES if plages_a.teste(n)} == en_a


@given(sous_nombres, intervalles)
def test_un_nombre_connu_a_peu_pres_est_dedans_dehors_ou_inconnu(a: frozenset[int], bornes: tuple[int, int]) -> None:
    reponses = {n in a for n in range(*bornes)}
    attendu = reponses.pop() if len(reponses) == 1 else None
    assert en_plages(a).teste(Intervalle(*bornes)) is attendu


@given(st.lists(intervalles, max_size=4), intervalles)
def test_un_nombre_connu_a_peu_pres_ne_bute_pas_sur_deux_plages_qui_se_touchent(
    ecrites: list[tuple[int, int]], bornes: tuple[int, int]
) -> None:
    """« [0, 5[ » et « [5, 8[ » contiennent ensemble un nombre entre 3 et 6."""
    dedans = {n for bas, haut in ecrites for n in range(bas, haut)}
    reponses = {n in dedans for n in range(*bornes)}
    attendu = reponses.pop() if len(reponses) == 1 else None
    assert Plages(tuple(sorted(ecrites))).teste(Intervalle(*bornes)) is attendu


@given(sous_couleurs, sous_nombres)
def test_l_inconnu_reste_inconnu_et_un_autre_type_n_est_pas_dedans(
    couleurs: frozenset[str], nombres: frozenset[int]
) -> None:
    assert Choix(couleurs).teste(None) is None
    assert en_plages(nombres).teste(None) is None
    assert Choix(couleurs).teste(3) is False
    assert en_plages(nombres).teste("bleu") is False
    assert en_plages(nombres).inter(Choix(couleurs)).vide()
    assert Choix(couleurs).inter(en_plages(nombres)).vide()


UNIVERS: tuple[int | str, ...] = (*NOMBRES, "aucune", "autre")
sous_mots = st.frozensets(st.sampled_from(["aucune", "autre"]))
mixtes = st.one_of(
    st.tuples(sous_nombres, sous_mots).map(lambda c: (c[0] | c[1], Plages(en_plages(c[0]).plages, c[1]))),
    sous_mots.map(lambda mots: (mots, Choix(mots))),
)


@given(mixtes, mixtes)
def test_un_nombre_qui_peut_valoir_un_mot_se_calcule_comme_un_ensemble(
    a: tuple[frozenset[int | str], Ensemble], b: tuple[frozenset[int | str], Ensemble]
) -> None:
    """Un mois de grossesse vaut 1 à 9, ou « aucune ». Une cellule « aucune » est un choix, son domaine des plages."""
    (valeurs_a, ensemble_a), (valeurs_b, ensemble_b) = a, b
    inter, moins = ensemble_a.inter(ensemble_b), ensemble_a.moins(ensemble_b)
    assert {v for v in UNIVERS if ensemble_a.teste(v)} == valeurs_a
    assert {v for v in UNIVERS if inter.teste(v)} == valeurs_a & valeurs_b
    assert {v for v in UNIVERS if moins.teste(v)} == valeurs_a - valeurs_b
    assert inter.vide() == (not valeurs_a & valeurs_b)
    assert moins.vide() == (not valeurs_a - valeurs_b)
    if valeurs_a:
        assert ensemble_a.temoin() in valeurs_a


@given(st.lists(intervalles, max_size=5))
def test_reunir_garde_les_memes_nombres_en_plages_separees(ecrites: list[tuple[int, int]]) -> None:
    reunies = reunir(ecrites)
    assert {n for bas, haut in reunies for n in range(bas, haut)} == {
        n for bas, haut in ecrites for n in range(bas, haut)
    }
    assert all(reunies[rang][1] < reunies[rang + 1][0] for rang in range(len(reunies) - 1))


@given(sous_couleurs.filter(bool), sous_nombres.filter(bool))
def test_le_temoin_est_dans_l_ensemble(couleurs: frozenset[str], nombres: frozenset[int]) -> None:
    assert Choix(couleurs).temoin() in couleurs
    assert en_plages(nombres).temoin() in nombres


@pytest.mark.parametrize(
    ("plages", "attendu"),
    [
        (((MOINS_INFINI, 10),), 9),
        (((216, PLUS_INFINI),), 216),
        (((MOINS_INFINI, PLUS_INFINI),), 0),
    ],
)
def test_le_temoin_d_une_plage_sans_fin_est_un_nombre_ordinaire(
    plages: tuple[tuple[int, int], ...], attendu: int
) -> None:
    assert Plages(plages).temoin() == attendu


def test_ce_qu_on_sait_d_un_fait_est_l_ensemble_de_ses_valeurs_possibles() -> None:
    domaine = Plages(((0, 9),))
    assert connu(None, domaine) == domaine
    assert nombres_de(connu(4, domaine)) == {4}
    assert nombres_de(connu(Intervalle(2, 5), domaine)) == {2, 3, 4}
    assert connu("bleu", Choix(frozenset(COULEURS))) == Choix(frozenset({"bleu"}))
    assert connu(frozenset({"bleu", "vert"}), Choix(frozenset(COULEURS))) == Choix(frozenset({"bleu", "vert"}))
