"""Les bandes de respect : jusqu'à quel écart quelle part de la prime, et combien de dépassements cela fait."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from opposable.droit import montant, temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Plages
from opposable.droit.montant import part_composee, part_par_defaut
from opposable.droit.table import EFFECTIF, LigneTable

_TABLE: Final = "optam_part_versee"
_ECART: Final = "ecart"


def bandes(
    corpus: Corpus, annee: int, engagement: tuple[int, int] | None, remboursables: int, prime: int | None
) -> list[dict[str, Any]]:
    """Les bandes de l'année, du respect strict à la plus large.

    ``de`` et ``a`` : l'écart, en taux (0.01 : un point), tous deux compris ; ``a`` est nul quand rien ne la ferme.
    ``part_au_moins`` et ``part_au_plus`` diffèrent là où le texte a deux lectures. ``depassements`` : le plus grand
    total qui y reste, si le seul taux de dépassement s'écarte ; nul si l'engagement n'est pas connu.
    """
    jour = temps.jour(f"{annee}-01-01")
    lignes = [(plage, ligne) for ligne in corpus.tables[_TABLE].actives(jour, EFFECTIF) for plage in _plages(ligne)]
    limites = sorted({borne for (bas, haut), _ in lignes for borne in (bas, haut)})
    rangees: list[dict[str, Any]] = []
    for de, fin in pairwise(limites):
        parts = sorted({int(x.valeur or 0) for (bas, haut), x in lignes if bas <= de < haut})
        ouverte = fin >= temps.INFINI
        permis = None
        if engagement is not None and not ouverte:
            permis = [montant.euros(part_par_defaut(remboursables, t + fin - 1)) for t in sorted(set(engagement))]
        rangees.append({
            "de": montant.texte_taux(de),
            "a": None if ouverte else montant.texte_taux(fin - 1),
            "part_au_moins": montant.texte_taux(parts[0]),
            "part_au_plus": montant.texte_taux(parts[-1]),
            "prime_au_moins": None if prime is None else montant.euros(part_composee(prime, parts[0])),
            "prime_au_plus": None if prime is None else montant.euros(part_composee(prime, parts[-1])),
            "depassements": permis,
        })  # fmt: skip
    return rangees


def _plages(ligne: LigneTable) -> list[tuple[int, int]]:
    """Les écarts de cette ligne, en dix-millièmes, ``[bas, haut[``."""
    return [
        p
        for fait, ensemble in ligne.cellule
        if fait == _ECART and isinstance(ensemble, Plages)
        for p in ensemble.plages
    ]
