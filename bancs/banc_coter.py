"""Banc : une facture en mémoire, et la commande à froid. Chaque durée est donnée avec son rapport à une référence
mesurée dans la même exécution : une boucle de dix mille additions (en mémoire), un ``python -c pass`` (à froid).

Budgets de la conception : moteur et trace ≤ 0,2 ms ; avec validation, hypothèses et questions ≤ 2 ms (faits complets) ;
``opposable coter`` ≤ 0,3 s à froid, ``import opposable`` ≤ 0,1 s. Le banc affiche, il n'échoue pas.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

EXEMPLES = Path(__file__).resolve().parent.parent / "exemples"


def mediane(geste: Callable[[], object], repetitions: int) -> float:
    """La durée médiane d'un geste, en millisecondes."""
    geste()
    durees = []
    for _ in range(repetitions):
        debut = time.perf_counter()
        geste()
        durees.append(time.perf_counter() - debut)
    return statistics.median(durees) * 1000


def lancer(*arguments: str) -> Callable[[], object]:
    """Un geste qui lance un processus et attend sa fin."""
    return lambda: subprocess.run(arguments, check=True, capture_output=True)


def principal() -> None:
    """Mesure et affiche."""
    from opposable.droit.table import EFFECTIF
    from opposable.facturation.entree import lire_facture
    from opposable.facturation.reponse import _trace, coter
    from opposable.facturation.strates import evaluer
    from opposable.facturation.total import totaliser
    from opposable.portes.python import corpus as charger

    corpus = charger()
    complete = json.loads((EXEMPLES / "faits_complets.json").read_text("utf-8"))
    ordinaire = json.loads((EXEMPLES / "consultation.json").read_text("utf-8"))
    cas = lire_facture(corpus, complete)

    def moteur_et_trace() -> object:
        facture = evaluer(corpus, cas, EFFECTIF)
        total = totaliser(facture)
        return total, _trace(facture, total.tiers_payant)

    boucle = mediane(lambda: sum(i + 1 for i in range(10_000)), 500)
    vide = mediane(lancer(sys.executable, "-c", "pass"), 15)
    commande = str(Path(sys.executable).with_name("opposable"))
    exemple = str(EXEMPLES / "consultation.json")
    mesures = [
        ("moteur et trace, faits complets", mediane(moteur_et_trace, 2000), boucle, 0.2),
        (
            "réponse entière, faits complets",
            mediane(lambda: coter(corpus, complete, occasions=True), 1000),
            boucle,
            2.0,
        ),
        (
            "réponse entière, faits ordinaires",
            mediane(lambda: coter(corpus, ordinaire, occasions=True), 300),
            boucle,
            None,
        ),
        ("import opposable, à froid", mediane(lancer(sys.executable, "-c", "import opposable"), 15), vide, 100.0),
        ("opposable coter, à froid", mediane(lancer(commande, "coter", exemple), 15), vide, 300.0),
        ("opposable coter --json, à froid", mediane(lancer(commande, "coter", "--json", exemple), 15), vide, 300.0),
    ]
    print(f"références : boucle {boucle:.3f} ms ; python vide {vide:.1f} ms")
    for nom, duree, reference, budget in mesures:
        verdict = "" if budget is None else ("  tenu" if duree <= budget else "  DÉPASSÉ")
        limite = "" if budget is None else f" (budget {budget:g} ms)"
        print(f"{nom:38} {duree:9.3f} ms   {duree / reference:8.2f} × la référence{limite}{verdict}")


if __name__ == "__main__":
    principal()
