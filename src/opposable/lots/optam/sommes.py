"""Ce que l'atelier OPTAM dit des sommes d'une année : taux, mois par mois, patients des deux côtés, point mort."""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import montant
from opposable.droit.montant import part_par_defaut, quotient_par_defaut
from opposable.lots.optam.annee import Annee
from opposable.lots.optam.lignes import Mois

LECTURES: Final = {
    "honoraires": "part des honoraires remboursables facturés sans dépassement",
    "actes": "part des actes facturés sans dépassement",
}
"""Deux lectures de la part d'activité au tarif opposable : sa définition n'est pas dans les textes lus."""


def point_mort(
    bornes: tuple[int, int] | None, somme: Mois, entiere: int | None, taux: int | None
) -> dict[str, Any] | None:
    """Les dépassements que l'engagement laisse, ceux auxquels il fait renoncer, et où la prime les paie exactement.

    Ceux qu'il laisse : l'engagement × les honoraires remboursables, au centime inférieur. Le point mort : ceux-là, plus
    la prime entière. Chaque montant a deux bornes quand l'engagement n'est connu qu'à peu près.
    """
    if bornes is None or somme.remboursables <= 0:
        return None
    faits = max(somme.depassements, 0)
    laisses = [part_par_defaut(somme.remboursables, t) for t in bornes]
    renonces = [max(faits - permis, 0) for permis in reversed(laisses)]
    return {
        "depassements": euros(faits),
        "laisses": fourchette(laisses),
        "marge": fourchette([max(permis - faits, 0) for permis in laisses]),
        "renonces": fourchette(renonces),
        "prime_entiere": euros(entiere),
        "taux_prime": None if taux is None else montant.texte_taux(taux),
        "solde": None if entiere is None else fourchette([entiere - r for r in reversed(renonces)]),
        "depassements_au_point_mort": None if entiere is None else fourchette([p + entiere for p in laisses]),
        "taux_au_point_mort": None
        if entiere is None
        else [montant.texte_taux(quotient_par_defaut(p + entiere, somme.remboursables)) for p in _bornes(laisses)],
    }


def patients(mesure: Annee, somme: Mois, *, du_fichier: bool) -> dict[str, Any] | None:
    """Ce que la caisse verse aux patients dans l'option et hors d'elle, pour les mêmes honoraires."""
    if not du_fichier:
        return None
    compare = somme.compares != 0
    return {
        "factures": somme.compares,
        "base_dedans": euros(somme.base_dedans) if compare else None,
        "base_dehors": euros(somme.base_dehors) if compare else None,
        "rembourse_dedans": euros(somme.dedans) if compare else None,
        "rembourse_dehors": euros(somme.dehors) if compare else None,
        "ecart": euros(somme.dedans - somme.dehors) if compare else None,
        "non_compares": mesure.non_compares.en_liste(),
    }


def mesures(somme: Mois, *, du_fichier: bool) -> dict[str, Any]:
    parts = {
        "honoraires": quotient(somme.opposables, somme.remboursables),
        "actes": quotient(somme.actes_opposables, somme.actes) if du_fichier else None,
    }
    return {
        "honoraires": euros(somme.honoraires),
        "honoraires_remboursables": euros(somme.remboursables),
        "depassements": euros(somme.depassements),
        "honoraires_opposables": euros(somme.opposables),
        "actes": somme.actes if du_fichier else None,
        "actes_opposables": somme.actes_opposables if du_fichier else None,
        "taux_depassement": quotient(somme.depassements, somme.remboursables),
        "part_opposable": parts["honoraires"],
        "part_opposable_en_actes": parts["actes"],
        "lectures": LECTURES if du_fichier else {"honoraires": LECTURES["honoraires"]},
    }


def par_mois(mesure: Annee, bornes: tuple[int, int] | None, *, du_fichier: bool) -> list[dict[str, Any]]:
    """Chaque mois, puis l'année jusqu'à lui ; ``marge`` : ce que l'engagement laisse encore, négatif s'il est passé."""
    cumul = Mois()
    rangees = []
    for numero in sorted(mesure.mois):
        un = mesure.mois[numero]
        cumul.ajouter(un)
        marge = None
        if bornes is not None and cumul.remboursables >= 0:
            permis = [part_par_defaut(cumul.remboursables, t) - cumul.depassements for t in bornes]
            marge = fourchette(permis)
        rangees.append({
            "mois": numero,
            **{cle: v for cle, v in mesures(un, du_fichier=du_fichier).items() if cle != "lectures"},
            "taux_depassement_cumule": quotient(cumul.depassements, cumul.remboursables),
            "part_opposable_cumulee": quotient(cumul.opposables, cumul.remboursables),
            "marge": marge,
            "rembourse_dedans": euros(un.dedans) if un.compares else None,
            "rembourse_dehors": euros(un.dehors) if un.compares else None,
        })  # fmt: skip
    return rangees


def euros(somme: int | None) -> str | None:
    return None if somme is None else montant.euros(somme)


def quotient(a: int, b: int) -> str | None:
    return None if b <= 0 or a < 0 else montant.texte_taux(quotient_par_defaut(a, b))


def _bornes(montants: list[int]) -> list[int]:
    return sorted(set(montants))


def fourchette(montants: list[int]) -> list[str]:
    """Un montant, ou ses deux bornes."""
    return [montant.euros(m) for m in _bornes(montants)]
