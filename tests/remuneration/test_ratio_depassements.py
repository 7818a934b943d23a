"""Le ratio d'honoraires sans dépassement : l'arithmétique, recalculée sans le programme."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import opposable

CENTIME = Decimal("0.01")


def resultat(sans: str, depassements: str, **medecin: str) -> dict[str, Any]:
    """Le résultat d'un spécialiste de secteur 1 en 2017."""
    cas = {
        "annee": 2017,
        "medecin": {"secteur": "1", "specialite": "dermatologie", **medecin},
        "honoraires_sans_depassement": sans,
        "depassements": depassements,
    }
    resultat_: dict[str, Any] = opposable.calculer("ratio_depassements", cas)["resultat"]
    return resultat_


def euros(centimes: int) -> str:
    return f"{Decimal(centimes) / 100:.2f}"


@pytest.mark.parametrize(
    ("sans", "depassements", "conforme", "ratio"),
    [
        ("70.00", "30.00", "oui", "0.70"),
        ("69.99", "30.01", "non", "0.6999"),
        ("70.00", "30.01", "non", "0.6999"),
        ("70.01", "30.00", "oui", "0.70"),
        ("7000000.00", "3000000.00", "oui", "0.70"),
        ("7000000.00", "3000000.01", "non", "0.6999"),
        ("0.07", "0.03", "oui", "0.70"),
        ("0.07", "0.04", "non", "0.6363"),
        ("0.00", "10.00", "non", "0.00"),
        ("10.00", "0.00", "oui", "1.00"),
        ("999999999.99", "0.01", "oui", "0.9999"),
    ],
)
def test_la_frontiere_est_exacte_au_centime(sans: str, depassements: str, conforme: str, ratio: str) -> None:
    """À la main : 100 × sans ≥ 70 × (sans + dépassements), en centimes entiers ; le taux affiché est tronqué."""
    s, d = (int(Decimal(m) * 100) for m in (sans, depassements))
    assert (100 * s >= 70 * (s + d)) is (conforme == "oui")
    obtenu = resultat(sans, depassements)
    assert (obtenu["conforme"], obtenu["ratio"]) == (conforme, ratio)


@given(sans=st.integers(0, 10**9), depassements=st.integers(0, 10**9))
@example(sans=7_000_000, depassements=3_000_000)
@example(sans=7_000_000, depassements=3_000_001)
@example(sans=1, depassements=0)
def test_le_verdict_le_taux_la_marge_et_l_excedent(sans: int, depassements: int) -> None:
    total = sans + depassements
    if total == 0:
        return
    obtenu = resultat(euros(sans), euros(depassements))
    conforme = 100 * sans >= 70 * total
    assert obtenu["conforme"] == ("oui" if conforme else "non")
    exact = Fraction(sans, total)
    affiche = Fraction(obtenu["ratio"])
    assert affiche <= exact < affiche + Fraction(1, 10_000)
    assert (affiche >= Fraction(7, 10)) is conforme, "le taux affiché ne dit jamais le contraire du verdict"
    marge, excedent = (int(Decimal(obtenu[cle]) * 100) for cle in ("marge", "excedent"))
    assert (marge == 0) or conforme
    assert (excedent > 0) is not conforme
    if conforme:
        assert 100 * sans >= 70 * (total + marge)
        assert 100 * sans < 70 * (total + marge + 1)
    else:
        assert 100 * sans >= 70 * (total - excedent)
        assert 100 * sans < 70 * (total - excedent + 1)


def test_les_arrondis_nommes() -> None:
    """142,857… est le total permis pour 100 € : la marge prend le centime inférieur, l'excédent le supérieur."""
    permis = Decimal(100) / Decimal("0.7")
    assert resultat("100.00", "0.00")["marge"] == str((permis - 100).quantize(CENTIME, ROUND_FLOOR))
    assert resultat("100.00", "50.00")["excedent"] == str((150 - permis).quantize(CENTIME, ROUND_CEILING))


@given(
    actes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000), st.booleans()), min_size=1, max_size=20)
)
def test_des_actes_valent_leurs_totaux(actes: list[tuple[int, int, bool]]) -> None:
    """Une annulation ôte ce que l'acte avait ajouté ; le dépassement dit vaut le dépassement déduit."""
    total = sum(-h if annule else h for h, _, annule in actes)
    dep = sum((-1 if annule else 1) * max(h - b, 0) for h, b, annule in actes)
    if total <= 0 or not 0 <= dep <= total:
        return
    signe = {True: "-", False: ""}

    def poser(h: int, b: int, annule: bool) -> dict[str, str]:
        return {
            "honoraires": signe[annule and h > 0] + euros(h),
            "base_remboursement": signe[annule and h > 0] + euros(b),
        }

    cas = {
        "annee": 2017,
        "medecin": {"secteur": "1", "specialite": "dermatologie"},
        "actes": [poser(h, b if h else 0, annule) for h, b, annule in actes],
    }
    assert opposable.calculer("ratio_depassements", cas)["resultat"] == resultat(euros(total - dep), euros(dep))


@pytest.mark.parametrize(
    ("acte", "code", "ou"),
    [
        ({"honoraires": "30"}, "FAIT_ABSENT", "actes[0].base_remboursement"),
        ({"base_remboursement": "30"}, "FAIT_ABSENT", "actes[0].honoraires"),
        ({"honoraires": "30", "base_remboursement": "-25"}, "FAITS_CONTRADICTOIRES", "actes[0].honoraires"),
        ({"honoraires": "30", "depassement": "31"}, "FAITS_CONTRADICTOIRES", "actes[0].depassement"),
        (
            {"honoraires": "30", "base_remboursement": "25", "depassement": "4"},
            "FAITS_CONTRADICTOIRES",
            "actes[0].depassement",
        ),
        (
            {"honoraires": "30", "base_remboursement": "25", "date": "2016-12-31"},
            "FAITS_CONTRADICTOIRES",
            "actes[0].date",
        ),
        ({"honoraires": "30.001", "base_remboursement": "25"}, "MONTANT_ILLISIBLE", "actes[0].honoraires"),
        ({"honoraires": "30", "base": "25"}, "CLE_INCONNUE", "actes[0].base"),
    ],
)
def test_un_acte_mal_ecrit_est_situe(acte: dict[str, str], code: str, ou: str) -> None:
    with pytest.raises(opposable.ErreurEntree) as erreur:
        opposable.calculer("ratio_depassements", {"annee": 2017, "medecin": {"secteur": "1"}, "actes": [acte]})
    assert (erreur.value.code, erreur.value.ou) == (code, ou)


def test_un_dp_sans_droit_permanent_se_contredit() -> None:
    cas = {"annee": 2017, "medecin": {"secteur": "1", "droit_permanent": "non"}, "depassements_dp": "1.00"}
    with pytest.raises(opposable.ErreurEntree, match="droit permanent") as erreur:
        opposable.calculer("ratio_depassements", cas)
    assert erreur.value.ou == "medecin.droit_permanent"


def test_les_annulations_ne_laissent_rien() -> None:
    actes = [{"honoraires": "30", "base_remboursement": "25"}, {"honoraires": "-30", "base_remboursement": "-25"}]
    reponse = opposable.calculer("ratio_depassements", {"annee": 2017, "medecin": {"secteur": "1"}, "actes": actes})
    assert (reponse["statut"], [m["code"] for m in reponse["motifs"]]) == ("refuse", ["SANS_ASSIETTE"])
