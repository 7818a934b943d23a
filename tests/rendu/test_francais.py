from __future__ import annotations

from datetime import date

import pytest

from opposable.rendu import francais


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("30.00", "30,00 €"),
        ("0.00", "0,00 €"),
        ("0.5", "0,50 €"),
        ("7", "7,00 €"),
        ("-23.00", "-23,00 €"),
        ("999.99", "999,99 €"),
        ("1234.50", "1 234,50 €"),
        ("1234567.89", "1 234 567,89 €"),
        (None, "—"),
    ],
)
def test_un_montant_se_lit_en_euros_avec_une_virgule(texte: str | None, attendu: str) -> None:
    assert francais.montant(texte) == attendu


@pytest.mark.parametrize("texte", ["", "30,00", "1e3", "NaN", "30.00 €"])
def test_un_montant_mal_ecrit_est_refuse(texte: str) -> None:
    with pytest.raises(ValueError, match="nombre décimal"):
        francais.montant(texte)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("0.70", "70 %"),
        ("0.7", "70 %"),
        ("1", "100 %"),
        ("1.00", "100 %"),
        ("0", "0 %"),
        ("0.175", "17,5 %"),
        ("0.0525", "5,25 %"),
        ("0.05", "5 %"),
        (None, "—"),
    ],
)
def test_un_taux_se_lit_en_pourcentage(texte: str | None, attendu: str) -> None:
    assert francais.taux(texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"), [("10.00", "10"), ("7.40", "7,4"), ("6.666", "6,666"), ("1000.00", "1 000"), (None, "—")]
)
def test_un_nombre_se_lit_sans_zeros(texte: str | None, attendu: str) -> None:
    assert francais.nombre(texte) == attendu


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        ("2026-01-01", "1er janvier 2026"),
        ("2024-12-22", "22 décembre 2024"),
        (date(2025, 8, 31), "31 août 2025"),
        (None, "—"),
    ],
)
def test_une_date_se_lit_en_toutes_lettres(jour: str | date | None, attendu: str) -> None:
    assert francais.date_longue(jour) == attendu


def test_une_date_courte_est_jour_mois_annee() -> None:
    assert francais.date_courte("2026-02-01") == "01/02/2026"
    assert francais.date_courte(None) == "—"


@pytest.mark.parametrize(
    ("mots", "attendu"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_une_enumeration_finit_par_et(mots: list[str], attendu: str) -> None:
    assert francais.enumeration(mots) == attendu


@pytest.mark.parametrize(
    ("fait", "attendu"),
    [
        ([], "aucun"),
        (True, "oui"),
        (False, "non"),
        (None, "inconnu"),
        (0, "0"),
        ("hors_zone", "hors zone"),
        (["ald", "c2s"], "ald et c2s"),
    ],
)
def test_la_valeur_d_un_fait_se_dit_en_francais(fait: object, attendu: str) -> None:
    assert francais.valeur(fait) == attendu


def test_un_texte_propre_ne_garde_aucun_caractere_de_commande() -> None:
    assert francais.propre("a\x1b[31m\nb\u202ec\u200f") == "a [31m b c"


@pytest.mark.parametrize(
    ("extrait", "lu"),
    [
        ("Majoration de **40 %** jusqu'à\n25 ans", "Majoration de 40 % jusqu'à 25 ans"),
        ("60 euros <i>(1^{er} janvier 2026)</i>", "60 euros (1er janvier 2026)"),
        ("IK = (2d – 4) * 0,61, et MEP*, si d < 3", "IK = (2d – 4) * 0,61, et MEP*, si d < 3"),
    ],
)
def test_un_extrait_se_lit_sans_la_mise_en_forme_de_son_fichier(extrait: str, lu: str) -> None:
    assert francais.cite(extrait) == lu
