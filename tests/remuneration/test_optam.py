"""L'OPTAM : les tranches, la prime et le plancher, recalculés sans le programme ; ce qu'une simulation dit d'elle."""

from __future__ import annotations

from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

import opposable
from opposable.rendu.texte_dispositifs import calculs

TRANCHES = ((1, 2, 90), (2, 3, 70), (3, 4, 50), (4, 5, 30))
"""De tant à tant de points (bornes comprises, comme la brochure les écrit), tant pour cent."""


def parts(ecart: Fraction) -> set[int]:
    """Les parts que la brochure permet pour un écart en points : deux à une borne commune, ou entre 0 et 1."""
    if ecart == 0:
        return {100}
    if ecart < 1:
        return {100, 90}
    return {part for bas, haut, part in TRANCHES if bas <= ecart <= haut} or {0}


def centimes(texte: str) -> int:
    return int(texte.replace(".", ""))


def arrondi(exact: Fraction) -> int:
    """Au centime, demi vers le haut."""
    return int(exact + Fraction(1, 2))


def annee(**faits: Any) -> dict[str, Any]:
    """La réponse d'un généraliste à l'OPTAM en 2017 : taux de prime 8,6 %."""
    cas = {"annee": 2017, "medecin": {"option": "optam", "specialite": "medecine_generale"}, **faits}
    return opposable.calculer("optam", cas)


@settings(deadline=None)
@given(centiemes=st.integers(0, 800), sur_la_part=st.booleans(), honoraires=st.integers(0, 10**8))
@example(centiemes=1, sur_la_part=False, honoraires=10_000_000)
@example(centiemes=99, sur_la_part=True, honoraires=10_000_000)
@example(centiemes=100, sur_la_part=False, honoraires=10_000_000)
@example(centiemes=200, sur_la_part=True, honoraires=10_000_000)
@example(centiemes=500, sur_la_part=False, honoraires=10_000_000)
@example(centiemes=501, sur_la_part=True, honoraires=10_000_000)
def test_un_seul_ecart_verse_ce_que_les_tranches_impriment(centiemes: int, sur_la_part: bool, honoraires: int) -> None:
    """Un écart de tant de centièmes de point, sur l'un ou l'autre engagement : la même prime."""
    permises = parts(Fraction(centiemes, 100))
    constate = 3000 if sur_la_part else 3000 + centiemes
    part = 4000 - centiemes if sur_la_part else 4000
    reponse = annee(
        engagement_depassement="0.30",
        engagement_opposable="0.40",
        depassement_constate=f"0.{constate:04d}",
        opposable_constate=f"0.{part:04d}",
        honoraires_opposables=f"{honoraires // 100}.{honoraires % 100:02d}",
    )
    attendues = sorted(arrondi(Fraction(honoraires * 86 * p, 100_000)) for p in permises)
    resultat = reponse["resultat"]
    if len(permises) == 1:
        assert centimes(resultat["prime"]) == attendues[0]
        assert (reponse["statut"], resultat["au_moins"], resultat["au_plus"]) == ("calcule", None, None)
    else:
        assert (reponse["statut"], resultat["prime"]) == ("partiel", None)
        assert [centimes(resultat["au_moins"]), centimes(resultat["au_plus"])] == attendues


@settings(deadline=None)
@given(
    depassements=st.integers(0, 10**7), remboursables=st.integers(1, 10**7), engage=st.integers(0, 10_000),
    manque=st.integers(0, 700),
)  # fmt: skip
@example(depassements=35_001, remboursables=100_000, engage=3500, manque=0)
@example(depassements=1, remboursables=3, engage=3133, manque=1)
@example(depassements=36, remboursables=100, engage=3500, manque=100)
def test_les_bornes_contiennent_toutes_les_lectures(
    depassements: int, remboursables: int, engage: int, manque: int
) -> None:
    """Taux calculé, deux écarts, borne commune : aucune lecture ne sort des bornes, et une prime dite est la seule."""
    reponse = annee(
        engagement_depassement=f"{engage // 10_000}.{engage % 10_000:04d}",
        engagement_opposable="0.50",
        depassements=f"{depassements // 100}.{depassements % 100:02d}",
        honoraires_remboursables=f"{remboursables // 100}.{remboursables % 100:02d}",
        opposable_constate=f"0.{5000 - manque:04d}",
        honoraires_opposables="100000.00",
    )
    exces = max(Fraction(depassements, remboursables) * 100 - Fraction(engage, 100), Fraction(0))
    ecarts = [e for e in (exces, Fraction(manque, 100)) if e]
    lectures = {sum(ecarts), max(ecarts), sum(ecarts) / len(ecarts)} if ecarts else {Fraction(0)}
    primes = {8600 * p for ecart in lectures for p in parts(Fraction(ecart))}
    resultat = reponse["resultat"]
    if resultat["prime"] is not None:
        assert {centimes(resultat["prime"])} == primes
    else:
        assert centimes(resultat["au_moins"]) <= min(primes)
        assert max(primes) <= centimes(resultat["au_plus"])


@settings(deadline=None)
@given(
    faible=st.integers(0, 5000), etendue=st.integers(0, 9000), rang=st.integers(0, 9000),
)  # fmt: skip
@example(faible=1200, etendue=6800, rang=300)
def test_le_plancher_et_le_plafond_encadrent_chaque_region(faible: int, etendue: int, rang: int) -> None:
    """Plus faible + 10 points, plus élevé - 5 points ; entre les deux, le taux de la région."""
    forte, region = faible + etendue, faible + min(rang, etendue)
    cas = {
        "date": "2025-01-01",
        "medecin": {"option": "optam", "specialite": "dermatologie"},
        "adherent_fin_2024": "non",
        "pratique_connue": "non",
        "taux_moyen_opposable": "0.4",
        **{
            cle: f"{valeur // 10_000}.{valeur % 10_000:04d}"
            for cle, valeur in (
                ("taux_moyen_depassement", region), ("region_plus_faible", faible), ("region_plus_forte", forte),
            )
        },
    }  # fmt: skip
    resultat = opposable.calculer("optam_engagements", cas)["resultat"]
    plancher, plafond = faible + 1000, max(forte - 500, 0)
    if plancher > plafond:
        assert resultat["taux_depassement"] is None
        assert sorted([plancher, plafond]) == [round(Fraction(resultat[b]) * 10_000) for b in ("au_moins", "au_plus")]
    else:
        assert Fraction(resultat["taux_depassement"]) * 10_000 == min(max(region, plancher), plafond)
    assert resultat["taux_opposable"] == "0.40"


@pytest.mark.parametrize("nom", ["optam", "optam_adhesion", "optam_engagements"])
def test_une_simulation_le_dit_avant_tout(nom: str) -> None:
    """Chaque réponse et chaque fiche commencent leur avertissement par « Simulation », et gardent celui du corpus."""
    fiche = opposable.dispositifs(nom)
    reponse = opposable.calculer(nom, fiche["exemple"])
    commun = opposable.dispositifs()["avertissement"]
    for dit in (fiche["avertissement"], reponse["avertissement"]):
        assert dit.startswith("Simulation : la caisse ")
        assert dit.endswith(f" {commun}")
    assert opposable.calculer("fmt", opposable.dispositifs("fmt")["exemple"])["avertissement"] == commun


def test_ce_qui_manque_se_lit_en_premier() -> None:
    """En texte, la valeur absente vient avant tout résultat."""
    cas = {**opposable.dispositifs("optam")["exemple"], "annee": 2025}
    sortie = StringIO()
    calculs([opposable.calculer("optam", cas)], opposable.dispositifs("optam"), Console(file=sortie, width=100))
    lignes = [ligne.strip() for ligne in sortie.getvalue().splitlines() if ligne.strip()]
    assert lignes[0].endswith("2025 : Non calculable")
    assert lignes[1].startswith("Il manque : Taux de prime")
