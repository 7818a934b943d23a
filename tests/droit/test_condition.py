"""Les conditions de Kleene, contre la logique ordinaire sur toutes les façons de préciser l'inconnu."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opposable.droit import condition as logique
from opposable.droit.condition import Condition, Et, Non, Ou
from opposable.droit.ensemble import Choix, Intervalle, Plages, Valeur

COULEURS = ("bleu", "rouge", "vert")

Arbre = tuple[object, ...]
"""La forme nue d'une condition : ("test", fait, valeurs), ("et", …), ("ou", …), ("non", arbre)."""

feuilles = st.one_of(
    st.tuples(st.just("test"), st.just("couleur"), st.frozensets(st.sampled_from(COULEURS), min_size=1)),
    st.tuples(st.just("test"), st.just("drapeau"), st.sampled_from([frozenset({"oui"}), frozenset({"non"})])),
    st.tuples(
        st.just("test"),
        st.just("nombre"),
        st.tuples(st.integers(0, 4), st.integers(1, 5))
        .filter(lambda b: b[0] < b[1])
        .map(lambda b: frozenset(range(*b))),
    ),
)
arbres: st.SearchStrategy[Arbre] = st.recursive(
    feuilles,
    lambda sous: st.one_of(
        st.tuples(st.just("non"), sous),
        st.lists(sous, min_size=1, max_size=3).map(lambda s: ("et", *s)),
        st.lists(sous, min_size=1, max_size=3).map(lambda s: ("ou", *s)),
    ),
    max_leaves=6,
)
connaissances = st.fixed_dictionaries(
    {
        "couleur": st.sampled_from([*COULEURS, None]),
        "drapeau": st.sampled_from(["oui", "non", None]),
        "nombre": st.one_of(
            st.integers(0, 4),
            st.none(),
            st.tuples(st.integers(0, 3), st.integers(2, 5))
            .filter(lambda b: b[0] + 1 < b[1])
            .map(lambda b: Intervalle(*b)),
        ),
    }
)


def en_condition(arbre: Arbre) -> Condition:
    """La condition du moteur."""
    if arbre[0] == "test":
        fait, valeurs = str(arbre[1]), arbre[2]
        assert isinstance(valeurs, frozenset)
        if fait == "nombre":
            return logique.Test(fait, Plages(((min(valeurs), max(valeurs) + 1),)))
        return logique.Test(fait, Choix(valeurs))
    sous = tuple(en_condition(a) for a in arbre[1:])  # type: ignore[arg-type]  # des arbres
    if arbre[0] == "non":
        return Non(sous[0])
    return Et(sous) if arbre[0] == "et" else Ou(sous)


def ordinaire(arbre: Arbre, monde: Mapping[str, Valeur]) -> bool:
    """La même condition dans la logique ordinaire, tous les faits connus."""
    if arbre[0] == "test":
        return monde[str(arbre[1])] in arbre[2]  # type: ignore[operator]  # un ensemble
    sous = [ordinaire(a, monde) for a in arbre[1:]]  # type: ignore[arg-type]  # des arbres
    if arbre[0] == "non":
        return not sous[0]
    return all(sous) if arbre[0] == "et" else any(sous)


def mondes(su: Mapping[str, Valeur]) -> Iterator[dict[str, Valeur]]:
    """Toutes les façons de préciser ce qui est inconnu."""

    def valeurs(fait: str) -> list[Valeur]:
        valeur = su[fait]
        if isinstance(valeur, Intervalle):
            return list(range(valeur.bas, valeur.haut))
        if valeur is not None:
            return [valeur]
        return {"couleur": list(COULEURS), "drapeau": ["oui", "non"], "nombre": list(range(5))}[fait]  # type: ignore[return-value]

    for couleur, drapeau, nombre in product(valeurs("couleur"), valeurs("drapeau"), valeurs("nombre")):
        yield {"couleur": couleur, "drapeau": drapeau, "nombre": nombre}


@given(arbres, connaissances)
def test_une_reponse_certaine_est_celle_de_tous_les_mondes_possibles(arbre: Arbre, su: dict[str, Valeur]) -> None:
    reponse = en_condition(arbre).evalue(su.get)
    possibles = {ordinaire(arbre, monde) for monde in mondes(su)}
    if reponse is not None:
        assert possibles == {reponse}
    if len(possibles) == 2:
        assert reponse is None


@given(arbres, connaissances)
def test_tous_les_faits_connus_la_logique_est_ordinaire(arbre: Arbre, su: dict[str, Valeur]) -> None:
    for monde in mondes(su):
        assert en_condition(arbre).evalue(monde.get) is ordinaire(arbre, monde)


@given(arbres, connaissances, st.data())
def test_preciser_un_fait_inconnu_ne_retourne_jamais_une_reponse(
    arbre: Arbre, su: dict[str, Valeur], data: st.DataObject
) -> None:
    condition = en_condition(arbre)
    avant = condition.evalue(su.get)
    fait = data.draw(st.sampled_from(sorted(su)))
    precise = {**su, fait: data.draw(st.sampled_from(sorted({m[fait] for m in mondes(su)}, key=str)))}
    if avant is not None:
        assert condition.evalue(precise.get) is avant


@given(arbres, connaissances)
def test_les_faits_inconnus_cites_sont_lus_et_inconnus(arbre: Arbre, su: dict[str, Valeur]) -> None:
    condition = en_condition(arbre)
    cites = set(condition.inconnus(su.get))
    assert cites <= set(condition.faits())
    assert bool(cites) == (condition.evalue(su.get) is None)
    assert all(su[fait] is None or isinstance(su[fait], Intervalle) for fait in cites)


OUI: Condition = logique.Test("a", Choix(frozenset({"oui"})))
AUTRE: Condition = logique.Test("b", Choix(frozenset({"oui"})))


@pytest.mark.parametrize(
    ("a", "b", "et", "ou"),
    [
        ("oui", "oui", True, True),
        ("oui", "non", False, True),
        ("oui", None, None, True),
        ("non", "non", False, False),
        ("non", None, False, None),
        (None, None, None, None),
    ],
)
def test_les_tables_de_kleene(a: str | None, b: str | None, et: bool | None, ou: bool | None) -> None:
    for gauche, droite in ((a, b), (b, a)):
        lire = {"a": gauche, "b": droite}.get
        assert Et((OUI, AUTRE)).evalue(lire) is et
        assert Ou((OUI, AUTRE)).evalue(lire) is ou
        assert Non(Et((OUI, AUTRE))).evalue(lire) is (None if et is None else not et)


def test_un_ou_vide_ne_tient_pas_et_un_et_vide_tient() -> None:
    assert Ou(()).evalue({}.get) is False
    assert Et(()).evalue({}.get) is True


def test_seuls_les_faits_qui_laissent_la_condition_inconnue_sont_cites() -> None:
    """« a » tient déjà : « b » inconnu ne change rien au « ou », mais laisse le « et » ouvert."""
    lire = {"a": "oui", "b": None}.get
    assert list(Ou((OUI, AUTRE)).inconnus(lire)) == []
    assert list(Et((OUI, AUTRE)).inconnus(lire)) == ["b"]
