"""Banc : ``proposer`` en mémoire, et les occasions de ``coter``. Chaque durée est donnée avec son rapport à une boucle
de dix mille additions, mesurée dans la même exécution.

Budget : une situation nue ≤ 50 ms dans le processus. Le banc affiche, il n'échoue pas.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from banc_coter import EXEMPLES, mediane

NUE: dict[str, Any] = {"date": "2026-02-10"}
AU_CABINET: dict[str, Any] = {
    **NUE,
    "medecin": {"specialite": "medecine_generale", "secteur": "1"},
    "patient": {"age": "45 ans"},
    "contexte": {"lieu": "cabinet", "modalite": "presentiel"},
}
ACTE_CHOISI: dict[str, Any] = {**AU_CABINET, "actes": [{"code": "G"}]}


def principal() -> None:
    """Mesure et affiche."""
    from opposable.facturation.propositions import proposer
    from opposable.facturation.reponse import coter
    from opposable.portes.python import corpus as charger

    corpus = charger()
    complete = json.loads(Path(EXEMPLES / "situation.json").read_text("utf-8"))
    facture = json.loads(Path(EXEMPLES / "faits_complets.json").read_text("utf-8"))
    boucle = mediane(lambda: sum(i + 1 for i in range(10_000)), 500)
    sans = mediane(lambda: coter(corpus, facture), 500)
    avec = mediane(lambda: coter(corpus, facture, occasions=True), 500)
    mesures = [
        ("situation nue", mediane(lambda: proposer(corpus, NUE), 50), 50.0),
        ("généraliste au cabinet", mediane(lambda: proposer(corpus, AU_CABINET), 50), 50.0),
        ("acte choisi, suppléments à départager", mediane(lambda: proposer(corpus, ACTE_CHOISI), 50), 50.0),
        ("facture complète, cotée", mediane(lambda: proposer(corpus, complete), 50), 50.0),
        ("occasions d'une facture à faits complets", avec - sans, None),
    ]
    print(f"référence : boucle {boucle:.3f} ms")
    for nom, duree, budget in mesures:
        verdict = "" if budget is None else ("  tenu" if duree <= budget else "  DÉPASSÉ")
        limite = "" if budget is None else f" (budget {budget:g} ms)"
        print(f"{nom:42} {duree:9.3f} ms   {duree / boucle:8.2f} × la référence{limite}{verdict}")


if __name__ == "__main__":
    principal()
