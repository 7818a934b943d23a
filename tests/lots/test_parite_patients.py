"""Beaucoup de médecins en colonnes : la même réponse, médecin par médecin, que « calculer » sur ses seuls patients."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("duckdb")

from tests.lots.patienteles import (
    Ligne,
    autour,
    calculees,
    cas_de,
    comparer,
    ecrire_csv,
    en_parquet,
    tirer,
)

TIRAGES = 12 if os.environ.get("OPPOSABLE_PARITE") == "complet" else 3
FMT = {
    "total": "total", "au_moins": "au_moins", "au_plus": "au_plus", "socle": "socle", "c2s": "c2s",
    "majoration_zone": "majoration_zone", "taux_zone": "taux_zone", "majoration_age": "majoration_age",
    "taux_age": "taux_age", "patients_c2s": "patients_c2s",
}  # fmt: skip
PATIENTS_FMT: dict[str, list[Any]] = {
    # Les années révolues se comptent au 31 décembre 2025 : veille et jour des 7, 18, 75, 80 et 81 ans.
    "date_naissance": [
        *autour("2018-12-31", "2007-12-31", "1950-12-31", "1945-12-31", "1944-12-31", "1960-02-29"),
        "2025-12-31", "1925-06-01",
    ],
    "ald": ["oui", "non"],
    "c2s": ["oui", "non"],
    # Deux ans avant le 31 décembre 2025 : le jour anniversaire n'y est plus.
    "derniere_consultation": [*autour("2023-12-31", "2025-12-31", "1900-01-01"), "2024-02-29"],
    "consulte_par": [
        "medecin_traitant", "collaborateur_salarie", "collaborateur_personnel", "collaborateur_societe", "remplacant",
    ],
}  # fmt: skip
MEDECINS_FMT: dict[str, list[Any]] = {
    "secteur": ["1", "1", "1", "2", "non_conventionne"],
    "zone_ars": ["zip", "hors_zone"],
    "qpv": ["oui", "non"],
    "primo_installe": ["oui", "non"],
    "rang_installation": [1, 2, 3, 4, 70],
    "installe_le": autour("2023-01-01", "2024-01-01", "2025-06-30", "2026-01-01", "2026-12-30"),
    # 67 ans au plus tôt le 31 décembre 2025, au plus tard le 31 décembre 2026 ; 68 ans, la limite de l'avertissement.
    "date_naissance": autour("1957-12-31", "1958-12-31", "1959-12-31", "1970-05-12"),
}


def lot_fmt(graine: int, inconnus: float, medecins: int = 12) -> tuple[list[Ligne], list[Ligne]]:
    """Des médecins et leurs patients, tirés aux limites."""
    alea = random.Random(graine)  # noqa: S311 - un tirage refaisable
    les_medecins = [{"medecin": f"M{rang}", **tirer(alea, MEDECINS_FMT, inconnus)} for rang in range(medecins)]
    for un in les_medecins:
        un.pop(alea.choice(["rang_installation", "installe_le"]), None)  # l'un ou l'autre
        if un.get("secteur") == "2" and alea.random() < 0.7:
            un["option"] = alea.choice(["optam", "optam_aco", "aucune"])
    patients = []
    for un in les_medecins[1:]:
        for _ in range(alea.choice([1, 3, 25])):
            patients.append({"medecin": un["medecin"], **tirer(alea, PATIENTS_FMT, inconnus * alea.random())})
    alea.shuffle(patients)
    return les_medecins, patients


@pytest.mark.parametrize("inconnus", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("graine", range(TIRAGES))
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_fmt_en_colonnes(
    tmp_path: Path, graine: int, inconnus: float, format_: str, comparees: Callable[[str, int], None]
) -> None:
    medecins, patients = lot_fmt(graine, inconnus)
    cas: Ligne = {"annee": 2026, "lecture_80_ans": [None, "inclus", "exclu"][graine % 3]}
    fichiers = [
        ecrire_csv(tmp_path / "patients.csv", ["medecin", *PATIENTS_FMT], patients),
        ecrire_csv(tmp_path / "medecins.csv", ["medecin", "option", *MEDECINS_FMT], medecins),
    ]
    if format_ == "parquet":
        genres = {"date_naissance": "DATE", "derniere_consultation": "DATE", "ald": "BOOLEAN", "c2s": "BOOLEAN"}
        genres |= {"installe_le": "DATE", "rang_installation": "INTEGER", "qpv": "BOOLEAN"}
        fichiers = [en_parquet(fichier, genres) for fichier in fichiers]
    lot = calculees(tmp_path, "fmt", cas, *fichiers)
    assert set(lot) == {un["medecin"] for un in medecins}

    def du(medecin: str) -> Ligne:
        dits = next(un for un in medecins if un["medecin"] == medecin)
        return cas_de(cas, dits, [p for p in patients if p["medecin"] == medecin])

    comparees("duckdb", comparer(lot, du, "fmt", FMT))
