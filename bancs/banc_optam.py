"""Banc : l'atelier OPTAM sur une année de huit mille actes, du fichier CSV à la réponse, et sa page.

La référence est une lecture nue du même fichier : ses lignes, et la somme de ses honoraires. Budget : 2 secondes. Les
honoraires sont tirés au centime, pour qu'aucune facture n'ait les siens par chance. Le banc affiche, il n'échoue pas.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

LIGNES = 8_000
BUDGET = 2.0
TOURS = 5


def ecrire(chemin: Path) -> None:
    """Une année synthétique : une consultation, et souvent sa majoration, jusqu'à huit mille lignes."""
    sort = Random(42)  # noqa: S311 - un tirage reproductible
    rangees = ["date;code;honoraires;facture"]
    facture = 0
    while len(rangees) <= LIGNES:
        facture += 1
        jour = f"2026-{sort.randint(1, 12):02d}-{sort.randint(1, 28):02d}"
        honoraires = sort.choice([2650, sort.randint(2651, 9000)])
        rangees.append(f"{jour};CS;{honoraires / 100:.2f};F{facture}")
        if sort.random() < 0.5 and len(rangees) <= LIGNES:
            rangees.append(f"{jour};MCS;5.00;F{facture}")
    chemin.write_text("\n".join(rangees) + "\n", "utf-8")


def nue(chemin: Path) -> int:
    """Lire le fichier et sommer une colonne, sans rien vérifier."""
    with chemin.open(encoding="utf-8", newline="") as flux:
        return sum(int(rangee["honoraires"].replace(".", "")) for rangee in csv.DictReader(flux, delimiter=";"))


def mediane(geste: Callable[[], object]) -> float:
    """La durée médiane, en secondes."""
    durees = []
    for _ in range(TOURS):
        debut = time.perf_counter()
        geste()
        durees.append(time.perf_counter() - debut)
    return statistics.median(durees)


def principal() -> None:
    """Mesure et affiche."""
    from opposable.portes import actes_optam, atelier
    from opposable.portes.python import corpus as charger

    corpus = charger()
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier, "actes.csv")
        ecrire(fichier)

        def simuler() -> dict[str, object]:
            return atelier.calculer(atelier.exemple(), actes_optam.lire(corpus, str(fichier)))

        debut = time.perf_counter()
        reponse = simuler()
        premiere = time.perf_counter() - debut
        reference = mediane(lambda: nue(fichier))
        mesures = [
            ("atelier, première fois", premiere, BUDGET),
            ("atelier", mediane(simuler), BUDGET),
            ("page à imprimer", mediane(lambda: atelier.page(reponse)), None),
        ]
        print(f"référence : lecture nue de {LIGNES} lignes {reference * 1000:.1f} ms")
        for nom, duree, budget in mesures:
            verdict = "" if budget is None else ("  tenu" if duree <= budget else "  DÉPASSÉ")
            limite = "" if budget is None else f" (budget {budget:g} s)"
            print(f"{nom:24} {duree:7.3f} s   {duree / reference:7.1f} × la référence{limite}{verdict}")


if __name__ == "__main__":
    principal()
