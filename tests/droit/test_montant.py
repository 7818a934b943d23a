"""Montants, taux et l'arrondi du projet, contre le module decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opposable.droit import montant

centimes_ = st.integers(-10_000_000, 10_000_000)
taux_ = st.integers(0, 20_000)


@given(centimes_, taux_)
@example(1, 5_000)  # 0,5 centime : 1
@example(-1, 5_000)  # -0,5 centime : -1, l'arrondi porte sur la valeur absolue
@example(3, 5_000)  # 1,5 : 2
@example(2_300, 7_000)
@example(2_800, 1_750)  # 28,00 × 17,5 % = 4,90
@example(0, 10_000)
def test_la_part_est_arrondie_au_centime_le_demi_loin_de_zero(valeur: int, taux: int) -> None:
    exact = Decimal(valeur) * Decimal(taux) / Decimal(10_000)
    attendu = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert montant.part_arrondie(valeur, taux) == attendu


@given(st.integers(0, 1_000_000), st.integers(0, 10_000))
@example(50, 1_000)  # 10 % de 50 : 5
@example(51, 1_000)  # 5,1 : 6
@example(51, 5_000)  # 25,5 : 26
def test_la_part_par_exces_est_le_plus_petit_nombre_qui_atteint_le_taux(nombre: int, taux: int) -> None:
    trouve = montant.part_par_exces(nombre, taux)
    assert trouve * 10_000 >= nombre * taux > (trouve - 1) * 10_000


@given(st.integers(-100_000, 100_000))
def test_les_egalites_exactes_vont_toujours_loin_de_zero(n: int) -> None:
    """(2n + 1) centimes à 50 % tombent juste entre deux centimes : n et n + 1, le plus loin de zéro l'emporte."""
    impair = 2 * n + 1
    assert montant.part_arrondie(impair, 5_000) == (n + 1 if impair > 0 else n)


@given(centimes_, taux_)
def test_une_annulation_vaut_l_oppose_de_la_ligne(valeur: int, taux: int) -> None:
    assert montant.part_arrondie(-valeur, taux) == -montant.part_arrondie(valeur, taux)


@given(centimes_)
def test_un_taux_plein_rend_le_montant_et_un_taux_nul_zero(valeur: int) -> None:
    assert montant.part_arrondie(valeur, 10_000) == valeur
    assert montant.part_arrondie(valeur, 0) == 0


@given(st.integers(-99_999_999_999, 99_999_999_999))
def test_centimes_et_euros_font_l_aller_retour(valeur: int) -> None:
    texte = montant.euros(valeur)
    assert Decimal(texte) == Decimal(valeur) / 100
    assert texte == f"{Decimal(valeur) / 100:.2f}"
    assert montant.centimes(texte) == valeur


@given(st.decimals(min_value=0, max_value=999_999_999, places=2, allow_nan=False))
def test_un_texte_a_deux_decimales_se_lit_au_centime(valeur: Decimal) -> None:
    assert montant.centimes(f"{valeur:.2f}") == int(valeur * 100)
    assert montant.centimes(f"-{valeur:.2f}") == -int(valeur * 100)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("30", 3000), ("30.5", 3050), ("0.05", 5), ("-0.05", -5), ("0", 0), ("-0.00", 0), ("007.10", 710)],
)
def test_les_formes_courtes_d_un_montant(texte: str, attendu: int) -> None:
    assert montant.centimes(texte) == attendu


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "26,5",
        "26.505",
        "1e3",
        "NaN",
        "inf",
        "+30",
        " 30",
        "30 ",
        "30.",
        ".5",
        "30 €",
        "1 000.00",
        "1_000",
        "30\n",
        "--5",
    ],
)
def test_un_montant_mal_ecrit_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        montant.centimes(texte)


@given(st.integers(0, 9_990_000))
def test_un_taux_fait_l_aller_retour(valeur: int) -> None:
    texte = montant.texte_taux(valeur)
    assert Decimal(texte) == Decimal(valeur) / 10_000
    assert montant.taux(texte) == valeur
    assert len(texte.split(".")[1]) >= 2


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("0.70", 7000), ("0.7", 7000), ("1", 10_000), ("1.00", 10_000), ("0.175", 1750), ("0.0001", 1), ("0", 0)],
)
def test_un_taux_se_lit_en_dix_milliemes(texte: str, attendu: int) -> None:
    assert montant.taux(texte) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"), [(7000, "0.70"), (10_000, "1.00"), (1750, "0.175"), (1, "0.0001"), (0, "0.00")]
)
def test_un_taux_s_ecrit_avec_deux_decimales_au_moins(valeur: int, attendu: str) -> None:
    assert montant.texte_taux(valeur) == attendu


@pytest.mark.parametrize("texte", ["", "70 %", "0,70", "-0.70", "0.70001", "1e-1", ".7", "0.", " 0.7"])
def test_un_taux_mal_ecrit_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        montant.taux(texte)


@pytest.mark.parametrize("texte", ["٢٠", "\uff11\uff12.50", "२६.५०"])
def test_seuls_les_chiffres_de_0_a_9_font_un_montant(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        montant.centimes(texte)


@given(st.integers(0, 10_000_000), st.integers(1, 12))
@example(1001, 4)  # 2,50 + 2,50 + 2,50 + 2,51
def test_des_parts_egales_font_le_montant(valeur: int, nombre: int) -> None:
    parts = montant.parts_egales(valeur, nombre)
    assert (sum(parts), len(parts)) == (valeur, nombre)
    assert set(parts[:-1]) <= {valeur // nombre}
    assert 0 <= parts[-1] - valeur // nombre < nombre


@given(st.integers(0, 10_000_000), st.integers(0, 20_000), st.integers(1, 20_000))
@example(1_500, 1_975, 15_000)  # 197,5 centimes : 198
def test_un_prorata_n_est_arrondi_qu_une_fois(valeur: int, numerateur: int, denominateur: int) -> None:
    exact = Decimal(valeur * numerateur) / Decimal(denominateur)
    if exact * 2 == int(exact * 2):
        assert montant.prorata(valeur, numerateur, denominateur) == int(
            exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        )
    assert abs(2 * (montant.prorata(valeur, numerateur, denominateur) * denominateur - valeur * numerateur)) <= (
        denominateur
    )


@given(st.integers(0, 10**16 - 1))
def test_un_nombre_se_relit_comme_il_s_ecrit(valeur: int) -> None:
    assert montant.nombre(montant.texte_taux(valeur)) == valeur


@pytest.mark.parametrize("texte", ["", "-1", "1,5", "1.23456", "1e3", "1234567890123"])
def test_un_nombre_mal_ecrit_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        montant.nombre(texte)
