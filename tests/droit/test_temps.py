"""Dates, âges, jours fériés et ouvrés, contre des calculs refaits à la main ou par d'autres sources."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from opposable.droit import temps

dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def mois_a_la_main(naissance: date, jour: date) -> int:
    """Compte les anniversaires de mois passés : le même quantième, ou le 1er du mois suivant s'il n'existe pas."""
    passes = 0
    while True:
        annee, rang = divmod(naissance.year * 12 + naissance.month - 1 + passes + 1, 12)
        try:
            anniversaire = date(annee, rang + 1, naissance.day)
        except ValueError:
            anniversaire = date(annee + (rang == 11), (rang + 1) % 12 + 1, 1)
        if anniversaire > jour:
            return passes
        passes += 1


@given(dates, st.integers(0, 12_000))
def test_les_mois_revolus_comptent_les_anniversaires_passes(naissance: date, ecart: int) -> None:
    jour = naissance + timedelta(days=ecart)
    assert temps.mois_revolus(naissance.toordinal(), jour.toordinal()) == mois_a_la_main(naissance, jour)


@given(dates, st.integers(0, 40_000))
def test_les_mois_revolus_sont_ceux_de_dateutil_quand_le_quantieme_existe_toujours(naissance: date, ecart: int) -> None:
    assume(naissance.day <= 28)
    jour = naissance + timedelta(days=ecart)
    trouve = relativedelta(jour, naissance)
    assert temps.mois_revolus(naissance.toordinal(), jour.toordinal()) == trouve.years * 12 + trouve.months


@given(dates, st.integers(0, 12_000))
def test_un_jour_de_plus_fait_au_plus_un_mois_de_plus(naissance: date, ecart: int) -> None:
    ne, jour = naissance.toordinal(), naissance.toordinal() + ecart
    assert temps.mois_revolus(ne, jour + 1) - temps.mois_revolus(ne, jour) in {0, 1}


@pytest.mark.parametrize(
    ("naissance", "jour", "mois"),
    [
        ("2020-03-15", "2026-03-14", 71),  # la veille des 6 ans
        ("2020-03-15", "2026-03-15", 72),  # le jour des 6 ans
        ("2020-02-29", "2026-02-28", 71),  # né un 29 février : pas encore 6 ans le 28
        ("2020-02-29", "2026-03-01", 72),
        ("2020-02-29", "2024-02-28", 47),
        ("2020-02-29", "2024-02-29", 48),
        ("2025-01-31", "2025-02-28", 0),
        ("2025-01-31", "2025-03-01", 1),
        ("2025-12-31", "2026-01-30", 0),
        ("2025-12-31", "2026-01-31", 1),
        ("2026-02-10", "2026-02-10", 0),
    ],
)
def test_les_mois_revolus_aux_dates_limites(naissance: str, jour: str, mois: int) -> None:
    assert temps.mois_revolus(temps.jour(naissance), temps.jour(jour)) == mois


def a_cet_age(naissance: date, jour: date, nombre: int, unite: str) -> bool:
    """Vrai si une personne née ce jour-là a exactement cet âge révolu."""
    if naissance > jour:
        return False
    if unite == "jours":
        return (jour - naissance).days == nombre
    mois = mois_a_la_main(naissance, jour)
    return (mois // 12 if unite == "ans" else mois) == nombre


ages = st.one_of(
    st.tuples(st.integers(0, 110), st.just("ans")),
    st.tuples(st.integers(0, 60), st.just("mois")),
    st.tuples(st.integers(0, 400), st.just("jours")),
)


@given(ages, st.dates(date(2016, 1, 1), date(2028, 12, 31)), st.floats(0, 1))
def test_les_naissances_possibles_sont_exactement_celles_de_cet_age(
    age: tuple[int, str], jour: date, part: float
) -> None:
    nombre, unite = age
    debut, fin = temps.naissances_possibles(f"{nombre} {unite}", jour.toordinal())
    assert debut < fin
    dedans = debut + int((fin - 1 - debut) * part)
    for naissance in (debut, dedans, fin - 1):
        assert a_cet_age(date.fromordinal(naissance), jour, nombre, unite)
    for naissance in (debut - 1, fin):
        assert not a_cet_age(date.fromordinal(naissance), jour, nombre, unite)


@pytest.mark.parametrize("jour", ["2026-02-10", "2024-02-29", "2026-02-28", "2026-03-01", "2026-12-31"])
@pytest.mark.parametrize("age", ["5 ans", "20 mois", "8 jours", "0 ans", "0 mois", "1 an", "1 mois", "1 jour", "6ans"])
def test_les_naissances_possibles_jour_par_jour(age: str, jour: str) -> None:
    """Toutes les naissances des huit dernières années, une à une."""
    le = date.fromisoformat(jour)
    nombre = int("".join(c for c in age if c.isdigit()))
    unite = {"a": "ans", "m": "mois", "j": "jours"}[age.lstrip("0123456789 ")[0]]
    attendues = [
        n
        for n in range(le.toordinal() - 366 * 8, le.toordinal() + 40)
        if a_cet_age(date.fromordinal(n), le, nombre, unite)
    ]
    debut, fin = temps.naissances_possibles(age, le.toordinal())
    assert list(range(debut, fin)) == attendues


@pytest.mark.parametrize(
    ("tranche", "ages"),
    [
        ("6 à 15 ans", range(6, 16)),
        ("16 à 16 ans", [16]),
        ("moins de 2 ans", [0, 1]),
        ("80 ans et plus", range(80, 131)),
    ],
)
def test_une_tranche_d_age_reunit_ses_ages(tranche: str, ages: Iterable[int]) -> None:
    """Chaque âge de la tranche, ni plus ni moins, jour de naissance par jour de naissance."""
    le = temps.jour("2024-02-29")
    naissances = {n for age in ages for n in range(*temps.naissances_possibles(f"{age} ans", le))}
    assert set(range(*temps.naissances_possibles(tranche, le))) == naissances


@pytest.mark.parametrize(
    "tranche", ["15 à 6 ans", "moins de 0 ans", "6 - 15 ans", "6 à 15", "80 ans ou plus", "à 15 ans"]
)
def test_une_tranche_mal_ecrite_est_refusee(tranche: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        temps.naissances_possibles(tranche, temps.jour("2026-02-10"))


@pytest.mark.parametrize(
    "age", ["", "ans", "5", "5 années", "-5 ans", "5.5 ans", "cinq ans", "5  ans", "5 semaines", "123456 ans"]
)
def test_un_age_mal_ecrit_est_refuse(age: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        temps.naissances_possibles(age, temps.jour("2026-02-10"))


@given(dates)
def test_une_date_fait_l_aller_retour(jour: date) -> None:
    assert temps.jour(jour.isoformat()) == jour.toordinal()
    assert temps.iso(jour.toordinal()) == jour.isoformat()


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "26-02-10",
        "2026-2-10",
        "10/02/2026",
        "2026-02-10T10:00",
        " 2026-02-10",
        "0000-01-01",
    ],
)
def test_une_date_impossible_est_refusee(texte: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        temps.jour(texte)


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)), st.integers(-600, 600))
def test_ajouter_des_mois_suit_dateutil(jour: date, mois: int) -> None:
    assert temps.plus_mois(jour.toordinal(), mois) == (jour + relativedelta(months=mois)).toordinal()


@given(dates, st.integers(0, 600))
def test_des_mois_sont_revolus_un_jour_et_pas_la_veille(depart: date, mois: int) -> None:
    atteint = temps.revolus_le(depart.toordinal(), mois)
    assert temps.mois_revolus(depart.toordinal(), atteint) == mois
    assert temps.mois_revolus(depart.toordinal(), atteint - 1) < mois


@pytest.mark.parametrize(
    ("depart", "mois", "jour"),
    [
        ("2024-07-01", 24, "2026-07-01"),
        ("2028-02-29", 24, "2030-03-01"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-01-31", 1, "2025-03-01"),
    ],
)
def test_des_mois_revolus_aux_dates_limites(depart: str, mois: int, jour: str) -> None:
    assert temps.iso(temps.revolus_le(temps.jour(depart), mois)) == jour


FERIES = "donnees/jours_feries"


@pytest.mark.parametrize(
    ("territoire", "fichier"),
    [("metropole", "jours-feries-seuls.csv"), ("alsace_moselle", "jours-feries-seuls-alsace-moselle.csv")],
)
def test_les_jours_feries_sont_ceux_du_fichier_public(
    partage: Callable[[str], Path], territoire: str, fichier: str
) -> None:
    """Jour par jour, de 2016 à 2027."""
    with (partage(FERIES) / fichier).open(encoding="utf-8", newline="") as lu:
        publies = {r["date"] for r in csv.DictReader(lu) if r["est_jour_ferie"] == "True"}
    debut, fin = date(2016, 1, 1).toordinal(), date(2027, 12, 31).toordinal()
    attendus = [j for j in range(debut, fin + 1) if date.fromordinal(j).isoformat() in publies]
    assert len(attendus) >= 12 * 11
    assert [temps.iso(j) for j in range(debut, fin + 1) if temps.ferie(j, territoire)] == [
        temps.iso(j) for j in attendus
    ]


@pytest.mark.parametrize(
    ("territoire", "abolition"),
    [
        ("guadeloupe", "05-27"),
        ("martinique", "05-22"),
        ("guyane", "06-10"),
        ("reunion", "12-20"),
        ("mayotte", "04-27"),
    ],
)
@pytest.mark.parametrize("annee", [2016, 2026])
def test_outre_mer_l_abolition_de_l_esclavage_s_ajoute_aux_feries_de_metropole(
    territoire: str, abolition: str, annee: int
) -> None:
    """Code du travail, article L. 3422-2, et les onze jours de l'article L. 3133-1."""
    assert temps.ferie(temps.jour(f"{annee}-{abolition}"), territoire)
    for fixe in ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"):
        assert temps.ferie(temps.jour(f"{annee}-{fixe}"), territoire)


@pytest.mark.parametrize(
    ("depart", "nombre", "territoire", "arrivee"),
    [
        ("2026-01-08", 4, "metropole", "2026-01-14"),  # jeudi ; vendredi 9, lundi 12, mardi 13, mercredi 14
        ("2026-01-08", 0, "metropole", "2026-01-08"),
        ("2026-01-09", 1, "metropole", "2026-01-12"),  # du vendredi au lundi
        ("2026-04-30", 1, "metropole", "2026-05-04"),  # le vendredi 1er mai est férié
        ("2026-04-02", 1, "metropole", "2026-04-03"),  # le Vendredi saint est ouvré en métropole
        ("2026-04-02", 1, "alsace_moselle", "2026-04-07"),  # Vendredi saint, week-end, lundi de Pâques
        ("2025-12-24", 1, "metropole", "2025-12-26"),
        ("2025-12-24", 1, "alsace_moselle", "2025-12-29"),  # le 26 décembre y est férié
    ],
)
def test_les_jours_ouvres_sautent_week_ends_et_feries(depart: str, nombre: int, territoire: str, arrivee: str) -> None:
    assert temps.iso(temps.plus_jours_ouvres(temps.jour(depart), nombre, territoire)) == arrivee


@given(st.dates(date(2016, 1, 1), date(2027, 6, 1)), st.integers(1, 20))
def test_entre_le_depart_et_l_arrivee_il_y_a_autant_de_jours_ouvres(depart: date, nombre: int) -> None:
    arrivee = temps.plus_jours_ouvres(depart.toordinal(), nombre)
    ouvres = [
        j
        for j in range(depart.toordinal() + 1, arrivee + 1)
        if date.fromordinal(j).weekday() not in {5, 6} and not temps.ferie(j)
    ]
    assert len(ouvres) == nombre
    assert ouvres[-1] == arrivee


@pytest.mark.parametrize(
    ("territoire", "jours"),
    [
        ("alsace_moselle", {"2026-04-03", "2026-12-26"}),
        ("guadeloupe", {"2026-05-27"}),
        ("martinique", {"2026-05-22"}),
        ("guyane", {"2026-06-10"}),
        ("reunion", {"2026-12-20"}),
        ("mayotte", {"2026-04-27"}),
    ],
)
def test_chaque_territoire_n_ajoute_que_ce_que_la_loi_ajoute(territoire: str, jours: set[str]) -> None:
    """Code du travail, articles L. 3134-13 et L. 3422-2 : les jours chômés par usage n'en sont pas."""
    annee = range(temps.jour("2026-01-01"), temps.jour("2026-12-31") + 1)
    ajoutes = {temps.iso(j) for j in annee if temps.ferie(j, territoire) and not temps.ferie(j)}
    assert ajoutes == jours
    assert [temps.iso(j) for j in annee if temps.ferie(j) and not temps.ferie(j, territoire)] == []


@pytest.mark.parametrize(
    ("annee", "paques"),
    [(2016, "03-28"), (2019, "04-22"), (2024, "04-01"), (2025, "04-21"), (2026, "04-06"), (2027, "03-29")],
)
def test_le_lundi_de_paques_est_ferie_partout(annee: int, paques: str) -> None:
    for calendrier in temps.CALENDRIERS:
        assert temps.ferie(temps.jour(f"{annee}-{paques}"), calendrier)


@given(dates)
def test_le_jour_de_la_semaine_est_celui_du_calendrier(jour: date) -> None:
    assert temps.JOURS_DE_SEMAINE.index(temps.jour_de_semaine(jour.toordinal())) == jour.weekday()


@given(st.dates(date(2016, 1, 1), date(2027, 6, 1)), st.integers(-3, 40), st.sampled_from(temps.CALENDRIERS))
def test_les_jours_ouvres_ecoules_se_comptent_un_a_un(du: date, ecart: int, calendrier: str) -> None:
    depart = du.toordinal()
    attendu = [
        j
        for j in range(depart + 1, depart + ecart + 1)
        if date.fromordinal(j).weekday() < 5 and not temps.ferie(j, calendrier)
    ]
    assert temps.jours_ouvres(depart, depart + ecart, calendrier) == len(attendu)
