"""La durée et les suites d'une sanction conventionnelle (système 45) : possible ou non, jusqu'à quand, ses effets."""

from __future__ import annotations

from typing import Any

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.exercice import droits as exercice

_MAXIMUM, _SEUIL, _OUVERTE = "sanction_duree_maximale", "sanction_seuil_avantages", "sanction_ouverte"


def calculer(k: Calcul) -> None:
    """Si elle peut être prononcée, sa durée maximale, sa fin, et ses suites."""
    ouverte(k)
    duree_maximale(k)
    textes(k)
    dates = {
        "la sanction cesse, d'après la durée prononcée": fin(k),
        "la sanction cesse au plus tard, d'après la durée maximale": fin_au_plus_tard(k),
    }
    for objet, jour in dates.items():
        if jour is not None:
            k.verse(jour, None, objet)


@etape("oui_non")
def ouverte(k: Calcul) -> str | None:
    """La sanction existe dans la convention, ce jour-là."""
    return k.mot(_OUVERTE)


@etape("entier")
def duree_maximale(k: Calcul) -> int | None:
    """La durée que la sanction ne peut dépasser, en mois ; rien si aucune n'est fixée."""
    return k.table(_MAXIMUM)


@etape("date")
def fin(k: Calcul) -> int | None:
    """Le premier jour sans la sanction, d'après la durée prononcée."""
    return _apres(k, k.nombre("duree_mois"))


@etape("date")
def fin_au_plus_tard(k: Calcul) -> int | None:
    """Le premier jour sans la sanction, au plus tard, d'après la durée maximale."""
    return _apres(k, duree_maximale(k))


@etape("oui_non")
def au_dela_du_maximum(k: Calcul) -> str:
    """La durée prononcée dépasse la durée maximale ; non si l'une des deux n'est pas dite."""
    duree, maximum = k.nombre("duree_mois"), k.table(_MAXIMUM)
    return "oui" if duree is not None and maximum is not None and duree > maximum else "non"


@etape("oui_non")
def au_dela_du_seuil(k: Calcul) -> str | None:
    """Le déconventionnement dépasse le nombre de mois qui suspend les avantages sociaux."""
    duree, seuil = k.nombre("duree_mois"), k.table(_SEUIL)
    return None if duree is None or seuil is None else ("oui" if duree > seuil else "non")


@etape("tableau")
def textes(k: Calcul) -> list[dict[str, Any]]:
    """Ce que chaque table de mots dit de la sanction."""
    tables = [nom for nom in k.dispositif.tables if k.corpus.tables[nom].type_valeur == "texte" and nom != _OUVERTE]
    lus = [droit for nom in tables if (droit := exercice.lire(k, nom)) is not None]
    return [{"sujet": d.table, "libelle": d.libelle, "valeur": d.mot, "dit": d.dit} for d in lus if d.mot is not None]


def _apres(k: Calcul, mois: int | None) -> int | None:
    """Ce nombre de mois après le premier jour de la sanction."""
    depart = k.nombre("effet")
    return None if depart is None or mois is None else temps.plus_mois(depart, mois)
