"""L'installation d'une commission paritaire (système 44) : date limite, carences, missions, conditions pour siéger."""

from __future__ import annotations

from typing import Any

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.exercice import droits as exercice

_SIEGE, _LIMITE, _AVANT = "commission_siege", "commission_limite", "avant"


def calculer(k: Calcul) -> None:
    """Les dates, puis ce que les textes disent."""
    dates = {
        "commission en place, au plus tard": limite(k),
        "commission en place, au plus tard, selon l'autre lecture": limite_veille(k),
        "un mois après le constat : la carence a dû trouver une solution": remede(k),
    }
    for objet, jour in dates.items():
        if jour is not None:
            k.verse(jour, None, objet)
    peut_sieger(k)
    textes(k)


@etape("date")
def limite(k: Calcul) -> int | None:
    """Le dernier jour pour mettre la commission en place, compté depuis l'entrée en vigueur de la convention."""
    mois = k.table("commission_mise_en_place")
    return None if mois is None else temps.plus_mois(k.dispositif.periode.du, mois)


@etape("date")
def limite_veille(k: Calcul) -> int | None:
    """La veille, si le texte écrit « avant » cette date."""
    jour = limite(k)
    return jour - 1 if jour is not None and k.mot(_LIMITE) == _AVANT else None


@etape("date")
def remede(k: Calcul) -> int | None:
    """Le dernier jour pour remédier à la carence ; rien si elle n'est pas encore acquise."""
    mois, constat = k.table("commission_remede"), k.nombre("constat")
    if mois is None or constat is None or assez_de_tentatives(k) != "oui":
        return None
    return temps.plus_mois(constat, mois)


@etape("oui_non")
def assez_de_tentatives(k: Calcul) -> str | None:
    """Les tentatives que le texte demande ont eu lieu ; oui s'il n'en demande pas."""
    exigees, faites = k.table("commission_tentatives"), k.nombre("tentatives")
    if exigees is None:
        return "oui"
    return None if faites is None else ("oui" if faites >= exigees else "non")


@etape("oui_non")
def carence_discutee(k: Calcul) -> str | None:
    """Les tentatives que le texte demande peut-être n'ont pas eu lieu : la carence tient à une lecture."""
    exigees, faites = k.table("commission_tentatives_discutees"), k.nombre("tentatives")
    if exigees is None:
        return "non"
    return None if faites is None else ("oui" if faites < exigees else "non")


@etape("oui_non")
def peut_sieger(k: Calcul) -> str | None:
    """Le médecin remplit les conditions pour siéger dans la section professionnelle."""
    return k.mot(_SIEGE)


@etape("tableau")
def textes(k: Calcul) -> list[dict[str, Any]]:
    """Ce que chaque table de mots dit du cas."""
    tables = [nom for nom in k.dispositif.tables if k.corpus.tables[nom].valeurs and nom != _SIEGE]
    lus = [droit for nom in tables if (droit := exercice.lire(k, nom)) is not None]
    return [{"sujet": d.table, "libelle": d.libelle, "valeur": d.mot, "dit": d.dit} for d in lus]
