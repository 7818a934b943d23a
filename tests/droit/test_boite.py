"""L'arithmétique des boîtes, contre l'énumération de tous les points d'un petit espace."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from opposable.droit import boite
from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble, Plages

COULEURS = ("bleu", "rouge", "vert")
NOMBRES = tuple(range(9))
DOMAINES: dict[str, Ensemble] = {
    "couleur": Choix(frozenset(COULEURS)),
    "nombre": Plages(((0, 9),)),
    "drapeau": Choix(frozenset({"oui", "non"})),
}
Point = tuple[str, int, str]
ESPACE: frozenset[Point] = frozenset(product(COULEURS, NOMBRES, ("oui", "non")))


@st.composite
def plages(draw: st.DrawFn) -> Plages:
    """Une à trois plages, parfois ouvertes à un bout ; elles peuvent se toucher ou se recouvrir."""
    bornes = draw(
        st.lists(st.tuples(st.integers(0, 8), st.integers(1, 9)).filter(lambda b: b[0] < b[1]), min_size=1, max_size=3)
    )
    ouvre = draw(st.booleans())
    return Plages(
        tuple(
            sorted(
                (MOINS_INFINI if ouvre and bas == 0 else bas, PLUS_INFINI if ouvre and haut == 9 else haut)
                for bas, haut in bornes
            )
        )
    )


boites = st.fixed_dictionaries(
    {},
    optional={
        "couleur": st.frozensets(st.sampled_from(COULEURS), min_size=1).map(Choix),
        "nombre": plages(),
        "drapeau": st.sampled_from(["oui", "non"]).map(lambda v: Choix(frozenset({v}))),
    },
)


def points(une: Mapping[str, Ensemble]) -> set[Point]:
    """Les points de la boîte, un à un, sans passer par l'arithmétique des ensembles."""

    def dedans(fait: str, valeur: str | int) -> bool:
        ensemble = une.get(fait)
        if ensemble is None:
            return True
        if isinstance(ensemble, Choix):
            return valeur in ensemble.valeurs
        return any(bas <= int(valeur) < haut for bas, haut in ensemble.plages)

    return {(c, n, d) for c, n, d in ESPACE if dedans("couleur", c) and dedans("nombre", n) and dedans("drapeau", d)}


def reunion(toutes: list[dict[str, Ensemble]]) -> set[Point]:
    """Tous les points d'une liste de boîtes."""
    return set().union(*(points(b) for b in toutes)) if toutes else set()


def disjointes(toutes: list[dict[str, Ensemble]]) -> bool:
    """Vrai si aucun point n'est dans deux boîtes."""
    return sum(len(points(b)) for b in toutes) == len(reunion(toutes))


@given(boites, boites)
def test_l_intersection_a_exactement_les_points_communs(a: dict[str, Ensemble], b: dict[str, Ensemble]) -> None:
    commun = boite.inter(a, b)
    attendus = points(a) & points(b)
    assert (commun is None) == (not attendus)
    if commun is not None:
        assert points(commun) == attendus


@given(boites, boites)
def test_deux_boites_se_chevauchent_si_et_seulement_si_elles_ont_un_point_commun(
    a: dict[str, Ensemble], b: dict[str, Ensemble]
) -> None:
    assert (boite.inter(a, b) is not None) == any(p in points(b) for p in points(a))


@given(boites, boites)
def test_la_difference_est_exacte_et_en_morceaux_disjoints_et_non_vides(
    a: dict[str, Ensemble], b: dict[str, Ensemble]
) -> None:
    morceaux = boite.moins(a, b, DOMAINES)
    assert reunion(morceaux) == points(a) - points(b)
    assert disjointes(morceaux)
    assert not any(ensemble.vide() for m in morceaux for ensemble in m.values())


@given(boites, st.lists(boites, max_size=4))
def test_retirer_plusieurs_boites_est_exact_et_disjoint(
    a: dict[str, Ensemble], retirees: list[dict[str, Ensemble]]
) -> None:
    morceaux = boite.moins_toutes([a], retirees, DOMAINES)
    assert reunion(morceaux) == points(a) - reunion(retirees)
    assert disjointes(morceaux)


@given(st.lists(boites, max_size=3), st.lists(boites, max_size=3))
def test_retirer_de_plusieurs_boites_est_exact(
    depart: list[dict[str, Ensemble]], retirees: list[dict[str, Ensemble]]
) -> None:
    assert reunion(boite.moins_toutes(depart, retirees, DOMAINES)) == reunion(depart) - reunion(retirees)


@given(st.lists(boites, max_size=5))
def test_la_couverture_est_totale_si_et_seulement_si_aucun_point_ne_reste(cellules: list[dict[str, Ensemble]]) -> None:
    reste = boite.moins_toutes([{}], cellules, DOMAINES)
    assert (not reste) == (reunion(cellules) == ESPACE)
    assert reunion(reste) == ESPACE - reunion(cellules)


@given(boites, boites)
def test_les_boites_de_depart_ne_sont_pas_modifiees(a: dict[str, Ensemble], b: dict[str, Ensemble]) -> None:
    copie_a, copie_b = dict(a), dict(b)
    boite.inter(a, b)
    boite.moins(a, b, DOMAINES)
    assert (a, b) == (copie_a, copie_b)


def test_une_couverture_ecrite_a_la_main() -> None:
    """Rouge partout, bleu et vert au-dessous de 5 : il reste bleu et vert de 5 à 8, soit 2 × 4 × 2 = 16 points."""
    cellules: list[dict[str, Ensemble]] = [
        {"couleur": Choix(frozenset({"rouge"}))},
        {"couleur": Choix(frozenset({"bleu", "vert"})), "nombre": Plages(((MOINS_INFINI, 5),))},
    ]
    reste = boite.moins_toutes([{}], cellules, DOMAINES)
    assert reunion(reste) == {(c, n, d) for c in ("bleu", "vert") for n in (5, 6, 7, 8) for d in ("oui", "non")}
    assert len(reunion(reste)) == 16
