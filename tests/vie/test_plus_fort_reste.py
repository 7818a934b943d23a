"""Le plus fort reste : ses propriétés, et l'accord avec sa définition écrite en fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opposable.vie.plus_fort_reste import repartir

VOIX = st.lists(st.integers(0, 100_000), min_size=1, max_size=8).filter(lambda voix: sum(voix) > 0)
SIEGES = st.integers(8, 40)


def definition(voix: list[int], sieges: int) -> tuple[int, ...] | None:
    """La définition du manuel : les quotients entiers, puis un siège aux plus forts restes ; rien si égalité."""
    quotient = Fraction(sum(voix), sieges)
    donnes = [int(v / quotient) for v in voix]
    restes = [v / quotient - s for v, s in zip(voix, donnes, strict=True)]
    ordre = sorted(range(len(voix)), key=lambda rang: restes[rang], reverse=True)
    a_donner = sieges - sum(donnes)
    if 0 < a_donner < len(voix) and restes[ordre[a_donner - 1]] == restes[ordre[a_donner]]:
        return None
    for rang in ordre[:a_donner]:
        donnes[rang] += 1
    return tuple(donnes)


@given(VOIX, SIEGES)
def test_sans_minimum_c_est_la_definition(voix: list[int], sieges: int) -> None:
    assert repartir(voix, sieges, sum(voix)).sieges == definition(voix, sieges)


@given(VOIX, SIEGES)
def test_un_minimum_qui_ne_joue_pas_ne_change_rien(voix: list[int], sieges: int) -> None:
    sans = repartir(voix, sieges, sum(voix))
    if sans.sieges is not None and min(sans.sieges) >= 1:
        assert repartir(voix, sieges, sum(voix), 1) == sans


@given(VOIX, SIEGES, st.integers(0, 1), st.integers(0, 200_000))
def test_tous_les_sieges_sont_donnes_et_le_minimum_tenu(
    voix: list[int], sieges: int, minimum: int, autres: int
) -> None:
    donnes = repartir(voix, sieges, sum(voix) + autres, minimum).sieges
    if donnes is not None:
        assert sum(donnes) == sieges
        assert min(donnes) >= minimum


@given(VOIX, SIEGES, st.integers(0, 1), st.integers(0, 200_000))
def test_plus_de_voix_ne_donne_jamais_moins_de_sieges(voix: list[int], sieges: int, minimum: int, autres: int) -> None:
    donnes = repartir(voix, sieges, sum(voix) + autres, minimum).sieges
    if donnes is not None:
        classes = sorted(zip(voix, donnes, strict=True))
        assert [s for _, s in classes] == sorted(donnes)


@given(VOIX.flatmap(lambda voix: st.tuples(st.just(voix), st.permutations(range(len(voix))))), SIEGES)
def test_l_ordre_des_organisations_ne_compte_pas(couple: tuple[list[int], list[int]], sieges: int) -> None:
    voix, ordre = couple
    droit = repartir(voix, sieges, sum(voix), 1).sieges
    mele = repartir([voix[rang] for rang in ordre], sieges, sum(voix), 1).sieges
    assert mele == (None if droit is None else tuple(droit[rang] for rang in ordre))


@given(VOIX, SIEGES, st.integers(2, 9))
def test_seules_les_proportions_comptent(voix: list[int], sieges: int, facteur: int) -> None:
    assert repartir([v * facteur for v in voix], sieges, sum(voix) * facteur, 1) == repartir(voix, sieges, sum(voix), 1)


@given(VOIX, SIEGES)
def test_chacun_a_son_quotient_entier_arrondi_d_un_cote_ou_de_l_autre(voix: list[int], sieges: int) -> None:
    donnes = repartir(voix, sieges, sum(voix)).sieges
    if donnes is not None:
        assert all(abs(Fraction(v * sieges, sum(voix)) - s) < 1 for v, s in zip(voix, donnes, strict=True))


@given(VOIX, SIEGES)
def test_un_second_tour_suppose_des_voix_d_ailleurs(voix: list[int], sieges: int) -> None:
    assert not repartir(voix, sieges, sum(voix), 1).second_tour


@pytest.mark.parametrize(("voix", "exprimees"), [([1] * 9, 9), ([], 1), ([1], 0)])
def test_ce_qui_ne_se_repartit_pas(voix: list[int], exprimees: int) -> None:
    with pytest.raises(ValueError, match=r"\("):
        repartir(voix, 8, exprimees, 1)
