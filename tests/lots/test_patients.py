"""Les pièces d'un lot de patients : les classes d'une date, l'âge à un acte, les comptes d'un grand médecin."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.lots.patienteles import calculees, ecrire_csv

from opposable.droit import temps
from opposable.droit.ensemble import Intervalle
from opposable.lots import sql
from opposable.lots.patients.lectures import Lectures, rang_parmi, segments
from opposable.portes.python import corpus

duckdb = pytest.importorskip("duckdb")

FMT = {"annee": 2026, "medecin": {"secteur": "1", "zone_ars": "hors_zone", "qpv": "non", "age": 50}}


def lectures(nom: str, cas: dict[str, object]) -> Lectures:
    charge = corpus()
    return Lectures(charge, charge.dispositifs[nom], cas, strict=False)


def test_les_classes_d_une_naissance_sont_les_ages_de_la_table() -> None:
    """Au 31 décembre 2025 : 7, 75, 80 et 81 ans atteints ce jour-là ou le lendemain ; né après, la date est refusée."""
    lues = lectures("fmt", FMT)
    debuts = segments(
        1, temps.jour("9999-12-31"), lambda jour: lues.observer("patients.date_naissance", temps.iso(jour))
    )
    assert [temps.iso(jour) for jour in debuts[1:]] == [
        "1945-01-01", "1946-01-01", "1951-01-01", "2019-01-01", "2026-01-01",
    ]  # fmt: skip


def test_deux_ans_sans_consultation() -> None:
    """Du 31 décembre 2023 au 31 décembre 2025, vingt-quatre mois sont révolus ; une date d'après est inconnue."""
    lues = lectures("fmt", FMT)
    debuts = segments(
        1, temps.jour("9999-12-31"), lambda jour: lues.observer("patients.derniere_consultation", temps.iso(jour))
    )
    assert [temps.iso(jour) for jour in debuts[1:]] == ["1900-01-01", "2024-01-01", "2026-01-01"]


def test_les_bornes_d_un_domaine_sont_des_seuils() -> None:
    """Un âge hors du domaine (plus de 130 ans) n'est pas de la classe des plus âgés : une table y répond autrement."""
    lues = lectures("prevention", {"date": "2026-11-15"})
    assert {0, 1572} <= set(lues.coupes("age_mois"))
    assert lues.observer("patient.date_naissance", "1800-01-01") != lues.observer(
        "patient.date_naissance", "1940-01-01"
    )


def test_la_place_d_un_intervalle() -> None:
    assert rang_parmi([7, 75], Intervalle(7, 75)) == 1, "7 à 74 ans : une seule classe"
    assert rang_parmi([7, 75], Intervalle(6, 76)) == (0, 2)
    assert rang_parmi([7, 75], None) is None


def test_le_jour_ou_des_mois_sont_revolus_en_sql() -> None:
    """Le même jour que l'interprète, fins de mois et années bissextiles comprises ; du 29 février, douze mois : le 1er
    mars.
    """
    from opposable.lots.patients.naissances import revolus_le

    alea = random.Random(7)  # noqa: S311 - un tirage refaisable
    jours = [date(2024, 2, 29), date(2023, 2, 28), date(2024, 1, 31), date(2023, 12, 31), date(2024, 3, 31)]
    jours += [
        date(alea.randint(1900, 2026), alea.randint(1, 12), 1) + timedelta(alea.randint(-3, 3)) for _ in range(300)
    ]
    essais = 0
    with duckdb.connect() as base:
        base.execute("CREATE TABLE t (depuis DATE)")
        base.executemany("INSERT INTO t VALUES (?)", [(jour,) for jour in jours])
        for mois in (0, 1, 5, 12, 13, 24, 180, 1572):
            lu = revolus_le(sql.col("depuis"), mois).sql(dialect="duckdb")
            for depuis, au in base.execute(f"SELECT depuis, {lu} FROM t").fetchall():  # noqa: S608
                assert au.toordinal() == temps.revolus_le(depuis.toordinal(), mois), (depuis, mois)
                essais += 1
    assert essais == 8 * len(jours)
    assert temps.revolus_le(date(2024, 2, 29).toordinal(), 12) == date(2025, 3, 1).toordinal()


def test_un_medecin_de_cinq_mille_patients(tmp_path: Path) -> None:
    """Au-delà de 4 095 patients, un compte ne tient plus dans douze bits : 5 000 concernés, 2 500 validés, 12 500 €."""
    cas = {"date": "2026-11-15", "medecin_traitant": "oui", "medecin": {"secteur": "1"}, "seulement": ["diabete_suivi"]}
    lignes = [
        {
            "medecin": "M1",
            "date_naissance": "1960-01-01",
            "diabete": "oui",
            **({"hba1c": "2026-11-01"} if rang % 2 else {}),
        }
        for rang in range(5000)
    ]
    fichier = ecrire_csv(tmp_path / "patients.csv", ["medecin", "date_naissance", "diabete", "hba1c"], lignes)
    dite = calculees(tmp_path, "prevention", cas, fichier, None)["M1"]
    assert (dite["concernes"], dite["valides"], str(dite["total"])) == (5000, 2500, "12500.00")


def test_encadrer_repond_comme_chacun_en_demandant_moins() -> None:
    """Un motif vient avec certaines espèces, un autre disparaît avec une autre : seuls ces bits-là se demandent."""
    from opposable.lots.patients.patientele import encadrer

    demandes: list[int] = []

    def repondre(masque: int) -> tuple[bool, bool]:
        demandes.append(masque)
        return bool(masque & 0b100100), not masque & 0b10

    masques = list(range(64))
    assert encadrer(masques, repondre) == {m: (bool(m & 0b100100), not m & 0b10) for m in masques}
    assert len(demandes) < 25
    assert 0 in demandes, "sans patient, la réponse se demande toujours"


def test_encadrer_ne_demande_qu_une_fois_un_masque_seul() -> None:
    from opposable.lots.patients.patientele import encadrer

    demandes: list[int] = []
    assert encadrer([5], lambda masque: demandes.append(masque) or "vu") == {5: "vu"}  # type: ignore[func-returns-value]
    assert demandes == [5]
    assert encadrer([], lambda _: "rien") == {}
