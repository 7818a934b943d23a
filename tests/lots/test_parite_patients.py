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
    comparer_prevention,
    ecrire_csv,
    en_parquet,
    patient_de,
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


@pytest.mark.parametrize("dispositif", ["fmt", "fpmt"])
def test_toute_reunion_de_patients_s_encadre(tmp_path: Path, dispositif: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Une espèce de patients ne fait jamais disparaître ce qu'une autre avait fait naître : entre deux réunions qui
    répondent pareil, toutes répondent pareil.
    """
    from opposable.lots.patients.patientele import Patientele, encadrer

    alea = random.Random(3)  # noqa: S311 - un tirage refaisable
    medecins, patients = lot_fmt(3, 0.3, medecins=30)
    cas: Ligne = {"annee": 2026}
    if dispositif == "fpmt":
        garde = {"secteur"}
        cas, medecins = {"annee": 2024}, [{k: v for k, v in un.items() if k in {"medecin", *garde}} for un in medecins]
        patients = [{k: v for k, v in un.items() if k in {"medecin", "date_naissance", "ald"}} for un in patients]
        patients = [{**un, "cmuc": alea.choice(["oui", "non", ""])} for un in patients if un.get("date_naissance")]
        patients = [un for un in patients if un["date_naissance"] < "2025"]
    colonnes = ["medecin", *PATIENTS_FMT] if dispositif == "fmt" else ["medecin", "date_naissance", "ald", "cmuc"]
    du_medecin = ["medecin", "option", *MEDECINS_FMT] if dispositif == "fmt" else ["medecin", "secteur"]
    essayees: list[int] = []
    statuts = Patientele.statuts

    def essayer(patientele: Patientele, qui: Any) -> None:
        especes = len(patientele.representants)
        for cle in qui.cles():
            masques = [alea.randrange(1 << especes) for _ in range(25)]
            directs = {masque: patientele.statut(qui, cle, masque) for masque in masques}
            demandes: list[int] = []

            def repondre(masque: int, cle: int = cle, demandes: list[int] = demandes) -> tuple[object, ...]:
                demandes.append(masque)
                return patientele.statut(qui, cle, masque)

            assert encadrer(sorted(directs), repondre) == directs
            assert len(demandes) == len(set(demandes)), "chaque réunion n'est demandée qu'une fois"
            essayees.append(especes)
        statuts(patientele, qui)

    monkeypatch.setattr(Patientele, "statuts", essayer)
    calculees(
        tmp_path, dispositif, cas,
        ecrire_csv(tmp_path / "patients.csv", colonnes, patients),
        ecrire_csv(tmp_path / "medecins.csv", du_medecin, medecins),
    )  # fmt: skip
    assert len(essayees) > 2
    assert min(essayees) > 2


FPMT = {
    "total": "total", "base": "base", "majoration": "majoration", "taux_majoration": "taux_majoration",
    "part_cmuc": "part_cmuc", "par_trimestre": "par_trimestre",
}  # fmt: skip


@pytest.mark.parametrize("inconnus", [0.0, 0.1])
@pytest.mark.parametrize("dite", ["patients", "medecins", "cas"])
@pytest.mark.parametrize("annee", [2018, 2024])
def test_fpmt_en_colonnes(
    tmp_path: Path, annee: int, dite: str, inconnus: float, comparees: Callable[[str, int], None]
) -> None:
    """La part des patients à la CMU-C comptée, dite par médecin, ou dite pour tous ; 80 ans et sa veille."""
    alea = random.Random(annee)  # noqa: S311 - un tirage refaisable
    cas: Ligne = {"annee": annee, **({"taux_cmuc": "0.1234"} if dite == "cas" else {})}
    naissances_ = autour(*(f"{annee - ans}-12-31" for ans in (7, 80, 81)), f"{annee}-12-31")
    choix = {"date_naissance": [n for n in naissances_ if n <= f"{annee}-12-31"], "ald": ["oui", "non"]}
    if dite == "patients":
        choix["cmuc"] = ["oui", "non", "non", "non"]
    medecins = [{"medecin": f"M{rang}", **tirer(alea, {"secteur": ["1", "1", "2"]}, inconnus)} for rang in range(15)]
    for un in medecins:
        if dite == "medecins" and alea.random() >= inconnus:
            un["taux_cmuc"] = alea.choice(["0", "0.07", "0.0701", "0.15", "0.57", "0.5701", "1.00"])
    patients = [
        {"medecin": un["medecin"], **tirer(alea, choix, inconnus / 5), "nombre": alea.choice([1, 2, 7])}
        for un in medecins[1:]
        for _ in range(alea.choice([1, 4, 30]))
    ]
    fichiers = [
        ecrire_csv(tmp_path / "patients.csv", ["medecin", *choix, "nombre"], patients),
        ecrire_csv(tmp_path / "medecins.csv", ["medecin", "secteur", *["taux_cmuc"] * (dite == "medecins")], medecins),
    ]
    lot = calculees(tmp_path, "fpmt", cas, *fichiers)

    def du(medecin: str) -> Ligne:
        dits = next(un for un in medecins if un["medecin"] == medecin)
        return cas_de(cas, dits, [p for p in patients if p["medecin"] == medecin])

    comparees("duckdb", comparer(lot, du, "fpmt", FPMT))


OBSERVEE = "2026-11-15"
RISQUES = (
    "risque_grippe", "risque_covid", "risque_pneumocoque", "risque_moyen_sein", "risque_col", "risque_colorectal",
    "mcva", "maladie_systeme", "diabete",
)  # fmt: skip
ACTES = (
    "vaccin_grippe", "vaccin_covid", "vaccin_vpc20", "vaccin_ror", "vaccin_meningocoque_c", "vaccin_hpv",
    "mammographie_depistage", "mammographie_bilaterale", "test_hpv_hr", "cytologie_col", "test_immunologique",
    "glycemie_a_jeun", "creatinine_sang", "albumine_et_creatinine_urine", "albumine_urine", "hba1c",
    "consultation_certificat", "suivi_bucco_dentaire",
)  # fmt: skip
SUITES = ("vaccin_ror_2", "vaccin_hpv_2", "cytologie_col_2", "cytologie_col_3")
PRATICIENS = ("medecin_generaliste", "pediatre", "chirurgien_dentiste", "stomatologue", "autre")


def plus_mois(jour: str, mois: int) -> str:
    """Le même quantième, tant de mois plus loin ; le 28 au plus, qui existe toujours."""
    annee, rang, quantieme = (int(partie) for partie in jour.split("-"))
    total = annee * 12 + rang - 1 + mois
    return f"{total // 12:04d}-{total % 12 + 1:02d}-{min(quantieme, 28):02d}"


def naissances() -> list[str]:
    """Né à la veille, le jour et le lendemain de chaque âge limite, en mois, au jour d'observation."""
    ages = (5, 6, 8, 16, 22, 24, 36, 38, 132, 192, 216, 300, 360, 540, 600, 780, 792, 900)
    return autour(*(plus_mois(OBSERVEE, -mois) for mois in ages))


def tirer_patient(alea: random.Random, inconnus: float) -> Ligne:
    """Un patient aux limites : son âge, ses risques, et des actes aux bornes de leurs fenêtres."""
    ne = alea.choice(naissances())
    dit: Ligne = {
        "date_naissance": ne,
        "sexe": alea.choice("fm"),
        **{nom: alea.choice(["oui", "non"]) for nom in RISQUES},
    }
    dit = {nom: valeur for nom, valeur in dit.items() if alea.random() >= inconnus}
    fenetres = autour(*(plus_mois(OBSERVEE, -mois) for mois in (0, 6, 12, 24, 36, 60, 120)), "2026-04-01", "2024-03-07")
    enfance = autour(*(plus_mois(ne, mois) for mois in (7, 8, 10, 11, 12, 13, 21, 22, 24, 25, 26, 27, 120, 180)))
    for nom in (*ACTES, *SUITES):
        if alea.random() < 0.45:
            le = alea.choice(enfance if alea.random() < 0.6 else fenetres)
            dit[nom] = max(le, ne)
            if nom in {"consultation_certificat", "suivi_bucco_dentaire"} and alea.random() < 0.9:
                dit[f"{nom}_praticien"] = alea.choice(PRATICIENS)
    if alea.random() < 0.3 and "vaccin_ror" in dit:
        dit["vaccin_ror_2"] = dit["vaccin_ror"]  # deux doses le même jour n'en font qu'une
    return dit


@pytest.mark.parametrize("inconnus", [0.0, 0.15])
@pytest.mark.parametrize("graine", range(TIRAGES))
@pytest.mark.parametrize("format_", ["csv", "parquet", "ages"])
def test_prevention_en_colonnes(
    tmp_path: Path, graine: int, inconnus: float, format_: str, comparees: Callable[[str, int], None]
) -> None:
    """« ages » : l'âge en années ou en mois à la place de la date de naissance, donc connu à peu près."""
    alea = random.Random(graine)  # noqa: S311 - un tirage refaisable
    cas: Ligne = {"date": OBSERVEE, "medecin_traitant": "oui", "medecin": {"secteur": "1"}}
    lignes = [{"medecin": f"M{alea.randrange(25)}", **tirer_patient(alea, inconnus)} for _ in range(70)]
    if format_ == "ages":
        for ligne in lignes:
            ne = ligne.pop("date_naissance", None)
            if ne is not None:
                mois = (2026 - int(ne[:4])) * 12 + 11 - int(ne[5:7]) - (int(ne[8:]) > 15)
                ligne["age"] = alea.choice([f"{mois // 12} ans", f"{mois} mois"])
                autres = [nom for nom in ligne if nom.startswith(ACTES) and not nom.endswith("_praticien")]
                for nom in autres:
                    ligne[nom] = max(ligne[nom], plus_mois(OBSERVEE, -mois))
    colonnes = ["medecin", "age" if format_ == "ages" else "date_naissance", "sexe", *RISQUES, *ACTES, *SUITES]
    colonnes += ["consultation_certificat_praticien", "suivi_bucco_dentaire_praticien"]
    fichier = ecrire_csv(tmp_path / "patients.csv", colonnes, lignes)
    if format_ == "parquet":
        genres = dict.fromkeys((*ACTES, *SUITES, "date_naissance"), "DATE") | dict.fromkeys(RISQUES, "BOOLEAN")
        fichier = en_parquet(fichier, genres)
    lot = calculees(tmp_path, "prevention", cas, fichier, None)
    du = {m: [patient_de(cas, un, ACTES) for un in lignes if un["medecin"] == m] for m in lot}
    comparees("duckdb", comparer_prevention(lot, du))
