"""Banc des lots : le contrôle entier d'un lot synthétique, comparé à la copie nue du même lot par DuckDB.

Référence (1,0) : lire toutes les colonnes du lot et en écrire autant, des mêmes types, dans la même exécution et avec
la même mémoire. Une seconde référence, plus dure, ne réécrit que les colonnes que le contrôle écrit. « Faits
complets » : un lot de ``opposable generer`` sans fait inconnu ; « inconnus » : 10 % de chaque fait facultatif y est
nul. Les deux ont 2 % de factures faussées et 33 colonnes. Les mesures sont entrelacées ; on donne les médianes. Chaque
contrôle tourne dans son propre processus : sa mémoire est celle que le système a vue.

    python bancs/banc_lots.py [--lignes 1000000 10000000] [--repetitions 3] [--memoire 2GiB]
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

BUDGETS = {"complets": 3.0, "inconnus": 5.0}
BUDGETS_DE_LIGNE = {"complets": 1.3, "inconnus": 2.3}
GESTE = """
import json, resource, sys, time
from pathlib import Path
from opposable.portes.python import corpus
from opposable.lots.controler import Demande, controler
lot, sortie, travail, memoire, moteur = sys.argv[1:]
Path(sortie).mkdir(); Path(travail).mkdir()
charge = corpus()
debut = time.perf_counter()
manifeste = controler(charge, Demande(Path(lot), memoire=memoire, moteur=moteur), Path(sortie), Path(travail))
duree = time.perf_counter() - debut
print(json.dumps([duree, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, manifeste["cles"]]))
"""
LIGNE = """
import json, resource, sys, time
from pathlib import Path
lot, sortie, bancs = sys.argv[1:]
sys.path.insert(0, bancs)
from banc_openfisca import partie_ligne
from opposable.lots.mappage import lire_mappage, voisin
from opposable.portes.python import corpus
charge = corpus()
debut = time.perf_counter()
partie_ligne(charge, lire_mappage(charge, voisin(Path(lot))), Path(lot), Path(sortie))
print(json.dumps([time.perf_counter() - debut, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""
COPIE = """
import json, sys, time, duckdb
lot, ecrites, sortie, memoire = sys.argv[1:]
base = duckdb.connect(config={"memory_limit": memoire})
base.execute("SET preserve_insertion_order = false")
base.execute(f"SET temp_directory = '{sortie}.debord'")
def duree(requete):
    debut = time.perf_counter()
    base.execute(requete).fetchall()
    return time.perf_counter() - debut
tout = duree(f"COPY (FROM read_parquet('{lot}')) TO '{sortie}' (FORMAT parquet)")
lecture = duree(f"SELECT bit_xor(hash(t)) FROM read_parquet('{lot}') t")
relecture = duree(f"SELECT bit_xor(hash(t)) FROM read_parquet('{ecrites}') t")
ecriture = duree(f"COPY (FROM read_parquet('{ecrites}')) TO '{sortie}' (FORMAT parquet)") - relecture
print(json.dumps([tout, lecture + ecriture]))
"""


def lancer(programme: str, *arguments: str) -> Any:
    """Exécute un geste dans son propre processus ; rend ce qu'il imprime."""
    fait = subprocess.run([sys.executable, "-c", programme, *arguments], check=True, capture_output=True, text=True)
    return json.loads(fait.stdout.splitlines()[-1])


def mesurer(lignes: int, sorte: str, memoire: str, repetitions: int, dossier: Path, moteur: str) -> list[str]:
    """Deux lignes du tableau, le contrôle entier et la seule cotation des lignes : durée, rapports, mémoire, clés."""
    from opposable.lots import generer
    from opposable.portes.python import corpus

    lot = dossier / f"{sorte}-{lignes}.parquet"
    demande = generer.Demande(lignes, 1, inconnus=0.1 if sorte == "inconnus" else 0.0, erreurs=0.02)
    generer.generer(corpus(), demande, generer.voisins(lot))
    entiers, cotations = (
        Mesures("contrôle entier", BUDGETS[sorte]),
        Mesures("cotation des lignes", BUDGETS_DE_LIGNE[sorte]),
    )
    cles: dict[str, int] = {}
    for _ in range(repetitions):
        sortie, travail, cotees = dossier / "sortie", dossier / "travail", dossier / "cotees.parquet"
        duree, octets, cles = lancer(GESTE, str(lot), str(sortie), str(travail), memoire, moteur)
        reference = lancer(COPIE, str(lot), str(sortie / "lignes.parquet"), str(dossier / "copie.parquet"), memoire)
        entiers.noter(duree, octets, *reference)
        if moteur == "duckdb":
            duree, octets = lancer(LIGNE, str(lot), str(cotees), str(Path(__file__).parent))
            reference = lancer(COPIE, str(lot), str(cotees), str(dossier / "copie.parquet"), memoire)
            cotations.noter(duree, octets, *reference)
        shutil.rmtree(sortie)
        shutil.rmtree(travail, ignore_errors=True)
    lot.unlink()
    comptes = ", ".join(f"{nom} {nombre(n)}" for nom, n in cles.items())
    return [m.dire(moteur, lignes, sorte, comptes if m is entiers else "") for m in (entiers, cotations) if m.durees]


class Mesures:
    """Les répétitions d'un geste, chacune avec ses deux références de la même exécution."""

    def __init__(self, nom: str, budget: float) -> None:
        self.nom, self.budget = nom, budget
        self.durees: list[float] = []
        self.memoires: list[float] = []
        self.copies: list[float] = []
        self.autres: list[float] = []

    def noter(self, duree: float, octets: float, copie: float, autre: float) -> None:
        """Ajoute une répétition."""
        self.durees.append(duree)
        self.memoires.append(octets)
        self.copies.append(copie)
        self.autres.append(autre)

    def dire(self, moteur: str, lignes: int, sorte: str, comptes: str) -> str:
        """La ligne du tableau."""
        duree, copie, autre = (statistics.median(d) for d in (self.durees, self.copies, self.autres))
        rapport = duree / copie
        verdict = "tenu" if rapport <= self.budget else f"dépassé ({self.budget:g})"
        return (
            f"| {self.nom} | {moteur} | {nombre(lignes)} | {sorte} | {duree:.1f} s | {duree / lignes * 1e6:.2f} µs "
            f"| {copie:.1f} s | {rapport:.2f} | {verdict} | {duree / autre:.2f} "
            f"| {max(self.memoires) / 2**30:.2f} Gio | {comptes} |"
        )


def nombre(entier: int) -> str:
    """Un entier, ses milliers séparés."""
    return f"{entier:,}".replace(",", " ")


def principal() -> None:
    """Mesure et affiche un tableau."""
    lecteur = argparse.ArgumentParser(description="Banc des lots")
    lecteur.add_argument("--lignes", type=int, nargs="+", default=[1_000_000, 10_000_000])
    lecteur.add_argument("--sortes", nargs="+", default=["complets", "inconnus"], choices=sorted(BUDGETS))
    lecteur.add_argument("--repetitions", type=int, default=3)
    lecteur.add_argument("--memoire", default="2GiB")
    lecteur.add_argument("--moteur", default="duckdb")
    options = lecteur.parse_args()
    with tempfile.TemporaryDirectory(prefix="opposable-banc-") as nom:
        print(f"Contrôle entier, {options.memoire} accordés à DuckDB, {os.cpu_count()} cœurs, {platform.machine()}, "
            f"le {time.strftime('%Y-%m-%d')}, médiane de {options.repetitions}")  # fmt: skip
        print("| geste | moteur | lignes | faits | durée | par ligne | copie du lot | rapport | budget "
            "| rapport à lire tout et n'écrire que la sortie | mémoire | clés distinctes |")  # fmt: skip
        print("|---|---|---:|---|---:|---:|---:|---:|---|---:|---:|---|")
        for lignes in options.lignes:
            for sorte in options.sortes:
                for ligne in mesurer(lignes, sorte, options.memoire, options.repetitions, Path(nom), options.moteur):
                    print(ligne, flush=True)


if __name__ == "__main__":
    principal()
