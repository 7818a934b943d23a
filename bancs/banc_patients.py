"""Banc des patients : FMT et prévention de 60 000 médecins, comparés à une lecture nue des mêmes colonnes.

Référence (1,0) : une requête qui lit chaque colonne que le calcul lit et la réduit à un nombre (la somme d'une date,
d'un oui ou non, d'une longueur de texte), par le même moteur, avec la même mémoire. Le lot est synthétique et
refaisable : une ligne par patient, dans le désordre, ses actes en colonnes, 10 % des faits facultatifs inconnus avec
``--inconnus 0.1``. Chaque mesure tourne dans son propre processus : sa durée compte tout (corpus, réponses de
l'interprète, écriture), et sa mémoire est celle que le système a vue. Le temps processeur des deux est donné aussi : il
souffre moins d'une machine partagée.

    python bancs/banc_patients.py [--patients 50000000] [--medecins 60000] [--repetitions 1] [--inconnus 0]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BUDGET, MEMOIRE_AU_PLUS = 3.0, 4 * 2**30
MORCEAU = 5_000_000
CAS = {
    "fmt": {"annee": 2026, "medecin": {"secteur": "1"}},
    "prevention": {"date": "2026-11-15", "medecin_traitant": "oui", "medecin": {"secteur": "1"}},
}
COMMUNES = ("medecin", "date_naissance")
PROPRES = {
    "fmt": ("ald", "c2s", "derniere_consultation", "consulte_par"),
    "prevention": (
        "sexe", "risque_grippe", "risque_covid", "risque_pneumocoque", "risque_moyen_sein", "risque_col",
        "risque_colorectal", "mcva", "maladie_systeme", "diabete", "vaccin_grippe", "vaccin_covid", "vaccin_vpc20",
        "vaccin_ror", "vaccin_ror_2", "vaccin_meningocoque_c", "vaccin_hpv", "vaccin_hpv_2", "mammographie_depistage",
        "mammographie_bilaterale", "test_hpv_hr", "cytologie_col", "cytologie_col_2", "test_immunologique",
        "glycemie_a_jeun", "creatinine_sang", "albumine_et_creatinine_urine", "albumine_urine", "hba1c",
        "consultation_certificat", "consultation_certificat_praticien", "suivi_bucco_dentaire",
        "suivi_bucco_dentaire_praticien",
    ),
}  # fmt: skip
GESTE = """
import json, resource, sys, time
debut = time.perf_counter()
from pathlib import Path
from opposable.portes.python import corpus
from opposable.lots.patients.calculer import Demande, calculer
nom, cas, patients, medecins, sortie, travail, memoire = sys.argv[1:]
Path(sortie).mkdir(); Path(travail).mkdir()
dits = Path(medecins) if nom == "fmt" else None
demande = Demande(nom, json.loads(cas), Path(patients), dits, memoire)
manifeste = calculer(corpus(), demande, Path(sortie), Path(travail))
duree, vu = time.perf_counter() - debut, resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([duree, vu.ru_utime + vu.ru_stime, vu.ru_maxrss * 1024, manifeste]))
"""
LECTURE = """
import json, resource, sys, time, duckdb
patients, colonnes, memoire = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
base = duckdb.connect(config={"memory_limit": memoire})
genres = {n: g for n, g, *_ in base.execute(f"DESCRIBE FROM read_parquet('{patients}')").fetchall()}
reduites = {"DATE": "sum({} - DATE '2000-01-01')", "BOOLEAN": "sum({}::INTEGER)", "VARCHAR": "sum(length({}))"}
lues = ", ".join(reduites[genres[nom]].format(nom) for nom in colonnes)
debut, avant = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
base.execute(f"SELECT {lues} FROM read_parquet('{patients}')").fetchall()
duree, vu = time.perf_counter() - debut, resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([duree, vu.ru_utime + vu.ru_stime - avant.ru_utime - avant.ru_stime]))
"""


def parfois(part: float, valeur: str, quand: str = "true") -> str:
    """La valeur, cette part du temps, quand cela tient."""
    return f"CASE WHEN {quand} AND random() < {part} THEN {valeur} END"


def requete(debut: int, fin: int, medecins: int, inconnus: float) -> str:
    """Des patients : la plupart des actes vont avec l'âge et le sexe, leurs dates couvrent les fenêtres et au-delà."""

    def connu(valeur: str) -> str:
        return valeur if inconnus == 0 else f"CASE WHEN random() >= {inconnus} THEN {valeur} END"

    def acte(part: float, ans: tuple[int, int], jours: int, sexe: str = "true") -> str:
        au = f"greatest(ne, DATE '2026-11-15' - (random() * {jours})::INTEGER)"
        return parfois(part, au, f"{sexe} AND ans >= {ans[0]} AND ans < {ans[1]}")

    def enfance(part: float, mois: int, jours: int) -> str:
        """Un acte fait vers cet âge, chez qui l'a passé."""
        des = f"ne + {mois * 30}"
        au = f"least({des} + (random() * {jours})::INTEGER, DATE '2026-11-15')"
        return parfois(part, au, f"ans < 18 AND {des} < DATE '2026-11-15'")

    femme = "femme"
    faits = {
        "ald": connu("random() < 0.18"), "c2s": connu("random() < 0.1"),
        "derniere_consultation": connu("DATE '2025-12-31' - (random() * random() * 1800)::INTEGER"),
        "consulte_par": parfois(0.05, "CASE WHEN random() < 0.5 THEN 'remplacant' ELSE 'medecin_traitant' END"),
        "sexe": connu("CASE WHEN femme THEN 'f' ELSE 'm' END"),
        "risque_grippe": connu("random() < 0.1"), "risque_covid": connu("random() < 0.1"),
        "risque_pneumocoque": connu("random() < 0.15"), "risque_moyen_sein": connu("random() < 0.9"),
        "risque_col": connu("random() < 0.9"), "risque_colorectal": connu("random() < 0.9"),
        "mcva": connu("random() < 0.12"), "maladie_systeme": connu("random() < 0.02"),
        "diabete": connu("random() < 0.07"),
        "vaccin_grippe": acte(0.5, (60, 130), 700), "vaccin_covid": acte(0.3, (60, 130), 700),
        "vaccin_vpc20": acte(0.2, (18, 130), 1200),
        "vaccin_ror": enfance(0.95, 12, 40), "vaccin_ror_2": enfance(0.9, 17, 300),
        "vaccin_meningocoque_c": enfance(0.95, 11, 60),
        "vaccin_hpv": enfance(0.5, 135, 300), "vaccin_hpv_2": enfance(0.4, 145, 500),
        "mammographie_depistage": acte(0.5, (50, 76), 1100, femme),
        "mammographie_bilaterale": acte(0.1, (40, 80), 1100, femme), "test_hpv_hr": acte(0.5, (30, 67), 2400, femme),
        "cytologie_col": acte(0.5, (25, 67), 2000, femme), "cytologie_col_2": acte(0.3, (25, 67), 2400, femme),
        "test_immunologique": acte(0.35, (50, 76), 1200), "glycemie_a_jeun": acte(0.5, (40, 130), 1600),
        "creatinine_sang": acte(0.5, (40, 130), 900), "albumine_et_creatinine_urine": acte(0.15, (40, 130), 900),
        "albumine_urine": acte(0.05, (40, 130), 900), "hba1c": acte(0.12, (40, 130), 500),
        "consultation_certificat": enfance(0.9, 8, 90), "suivi_bucco_dentaire": acte(0.5, (3, 26), 700),
    }  # fmt: skip
    praticiens = {
        "consultation_certificat": "CASE WHEN random() < 0.6 THEN 'pediatre' ELSE 'medecin_generaliste' END",
        "suivi_bucco_dentaire": "'chirurgien_dentiste'",
    }
    lus = ", ".join(f"{valeur} AS {nom}" for nom, valeur in faits.items())
    ajoutes = ", ".join(
        f"CASE WHEN {acte_} IS NOT NULL THEN {valeur} END AS {acte_}_praticien" for acte_, valeur in praticiens.items()
    )
    naissances = (
        f"SELECT 'M' || lpad((hash(i * 7919) % {medecins})::VARCHAR, 6, '0') AS medecin, "  # noqa: S608
        "DATE '2025-12-31' - (sqrt(random()) * random() * 36000)::INTEGER AS ne, random() < 0.52 AS femme "
        f"FROM range({debut}, {fin}) r(i)"
    )
    ages = f"SELECT *, (date_diff('day', ne, DATE '2026-11-15') / 365.25)::INTEGER AS ans FROM ({naissances})"  # noqa: S608
    toutes = f"SELECT medecin, {connu('ne')} AS date_naissance, ne, {lus} FROM ({ages})"  # noqa: S608
    return f"SELECT * EXCLUDE (ne), {ajoutes} FROM ({toutes})"  # noqa: S608


def generer(patients: Path, medecins: Path, nombre: int, combien: int, inconnus: float) -> None:
    """Écrit le lot : un dossier de Parquet, et le fichier des médecins."""
    import duckdb

    patients.mkdir()
    with duckdb.connect(config={"memory_limit": "2GiB"}) as base:
        base.execute("SET threads = 1")
        base.execute("SELECT setseed(0.42)")
        for debut in range(0, nombre, MORCEAU):
            morceau = patients / f"{debut:012d}.parquet"
            lus = requete(debut, min(debut + MORCEAU, nombre), combien, inconnus)
            base.execute(f"COPY ({lus}) TO '{morceau}' (FORMAT parquet, COMPRESSION zstd)")
        qui = (
            "SELECT 'M' || lpad(i::VARCHAR, 6, '0') AS medecin, "  # noqa: S608 - rien ne vient d'ailleurs
            "CASE WHEN random() < 0.1 THEN 'zip' ELSE 'hors_zone' END AS zone_ars, random() < 0.05 AS qpv, "
            "random() < 0.3 AS primo_installe, DATE '2026-06-30' - (random() * 12000)::INTEGER AS installe_le, "
            f"DATE '1996-01-01' - (random() * 16000)::INTEGER AS date_naissance FROM range({combien}) r(i)"
        )
        base.execute(f"COPY ({qui}) TO '{medecins}' (FORMAT parquet)")


def lancer(programme: str, *arguments: str) -> Any:
    """Exécute un geste dans son propre processus ; rend ce qu'il imprime."""
    fait = subprocess.run([sys.executable, "-c", programme, *arguments], check=True, capture_output=True, text=True)
    return json.loads(fait.stdout.splitlines()[-1])


def milliers(nombre: int) -> str:
    """Un entier, ses milliers séparés."""
    return f"{nombre:,}".replace(",", " ")


def principal() -> None:
    """Mesure et affiche un tableau."""
    lecteur = argparse.ArgumentParser(description="Banc des patients")
    lecteur.add_argument("--patients", type=int, default=5_000_000)
    lecteur.add_argument("--medecins", type=int, default=60_000)
    lecteur.add_argument("--inconnus", type=float, default=0.0)
    lecteur.add_argument("--repetitions", type=int, default=3)
    lecteur.add_argument("--memoire", default="2GiB")
    lecteur.add_argument("--dossier", type=Path, default=None, help="où écrire le lot (un dossier provisoire, sinon)")
    options = lecteur.parse_args()
    with tempfile.TemporaryDirectory(prefix="opposable-banc-", dir=options.dossier) as nom:
        dossier = Path(nom)
        patients, medecins = dossier / "patients", dossier / "medecins.parquet"
        generer(patients, medecins, options.patients, options.medecins, options.inconnus)
        taille = sum(un.stat().st_size for un in patients.iterdir())
        print(
            f"{milliers(options.patients)} patients, {milliers(options.medecins)} médecins, {taille / 2**30:.2f} Gio, "
            f"{options.inconnus:.0%} d'inconnus, {options.memoire} accordés à DuckDB, {os.cpu_count()} cœurs, "
            f"{platform.machine()}, le {time.strftime('%Y-%m-%d')}, médiane de {options.repetitions}"
        )
        print(
            "| calcul | colonnes | durée | lecture nue | rapport | en temps processeur | budget | mémoire | au moins |"
        )
        print("|---|---:|---:|---:|---:|---:|---|---:|---:|")
        mesurer(options, dossier, patients, medecins)


def mesurer(options: argparse.Namespace, dossier: Path, patients: Path, medecins: Path) -> None:
    """Chaque calcul et sa lecture nue, entrelacés ; puis leur somme."""
    mesures: dict[str, list[tuple[float, ...]]] = {nom: [] for nom in CAS}
    memoire = 0.0
    for _ in range(options.repetitions):
        for nom, cas in CAS.items():
            colonnes = json.dumps([*COMMUNES, *PROPRES[nom]])
            nue = lancer(LECTURE, f"{patients}/*.parquet", colonnes, options.memoire)
            sortie, travail = dossier / "sortie", dossier / "travail"
            duree, processeur, octets, manifeste = lancer(
                GESTE, nom, json.dumps(cas), str(patients), str(medecins), str(sortie), str(travail), options.memoire
            )
            assert (manifeste["medecins"], manifeste["patients"]) == (options.medecins, options.patients)
            mesures[nom].append((duree, nue[0], processeur, nue[1]))
            memoire = max(memoire, octets)
            au_moins = float(manifeste["montants"]["au_moins"] or manifeste["montants"]["total"])
            shutil.rmtree(sortie)
            shutil.rmtree(travail, ignore_errors=True)
            if len(mesures[nom]) == options.repetitions:
                dire(nom, len(COMMUNES) + len(PROPRES[nom]), mediane(mesures[nom]), octets, f"{au_moins:.0f} €")
    tous = [mediane(mesures[nom]) for nom in CAS]
    dire("les deux", 0, tuple(sum(colonne) for colonne in zip(*tous, strict=True)), memoire, "")


def mediane(mesures: list[tuple[float, ...]]) -> tuple[float, ...]:
    """La médiane de chaque mesure."""
    return tuple(statistics.median(colonne) for colonne in zip(*mesures, strict=True))


def dire(nom: str, colonnes: int, mesure: tuple[float, ...], octets: float, somme: str) -> None:
    """Une ligne du tableau."""
    duree, nue, processeur, nu = mesure
    tenu = duree <= BUDGET * nue and processeur <= BUDGET * nu and octets <= MEMOIRE_AU_PLUS
    print(
        f"| {nom} | {colonnes or ''} | {duree:.1f} s | {nue:.1f} s | {duree / nue:.2f} | {processeur / nu:.2f} "
        f"| {'tenu' if tenu else f'dépassé ({BUDGET:g})'} | {octets / 2**30:.2f} Gio | {somme} |",
        flush=True,
    )


if __name__ == "__main__":
    principal()
