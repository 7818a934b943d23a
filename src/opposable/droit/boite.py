"""L'arithmétique des boîtes : une boîte associe à chaque fait un ensemble de valeurs ; elle décide exactement
si deux cellules se chevauchent et si des cellules couvrent tout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opposable.droit.ensemble import Ensemble

Boite = Mapping[str, Ensemble]
"""Un produit d'ensembles ; un fait absent n'est pas contraint."""


def inter(a: Boite, b: Boite) -> dict[str, Ensemble] | None:
    """L'intersection de deux boîtes, ou ``None`` si elle est vide."""
    resultat = dict(a)
    for fait, ensemble in b.items():
        present = resultat.get(fait)
        commun = ensemble if present is None else present.inter(ensemble)
        if commun.vide():
            return None
        resultat[fait] = commun
    return resultat


def moins(a: Boite, b: Boite, domaines: Mapping[str, Ensemble]) -> list[dict[str, Ensemble]]:
    """``a`` privée de ``b``, en boîtes disjointes. ``domaines`` donne toutes les valeurs de chaque fait."""
    if inter(a, b) is None:
        return [dict(a)]
    reste = dict(a)
    morceaux: list[dict[str, Ensemble]] = []
    for fait, ensemble in b.items():
        present = reste.get(fait, domaines[fait])
        hors = present.moins(ensemble)
        if not hors.vide():
            morceaux.append({**reste, fait: hors})
        reste[fait] = present.inter(ensemble)
    return morceaux


def moins_toutes(
    boites: Iterable[Boite], retirees: Iterable[Boite], domaines: Mapping[str, Ensemble]
) -> list[dict[str, Ensemble]]:
    """Les ``boites`` privées de chacune des ``retirees``."""
    reste = [dict(b) for b in boites]
    for retiree in retirees:
        reste = [morceau for boite in reste for morceau in moins(boite, retiree, domaines)]
        if not reste:
            break
    return reste
