"""Prévenir la caisse d'une cessation d'activité (système 46) : jusqu'à quel jour, et si c'est fait à temps."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """Ce qu'il faut dire à la caisse, jusqu'à quand, et si elle l'a su à temps."""
    information(k)
    a_temps(k)
    duree(k)
    dernier = limite(k)
    if dernier is not None:
        k.verse(dernier, None, "dernier jour pour informer la caisse de la cessation")


@etape("texte")
def information(k: Calcul) -> str | None:
    """Ce que le médecin doit dire à sa caisse."""
    mot = k.mot("cessation_information")
    return None if mot is None else k.corpus.tables["cessation_information"].valeurs[mot]


@etape("entier")
def duree(k: Calcul) -> int | None:
    """Les mois révolus entre la cessation et la reprise."""
    reprise = k.nombre("reprise_le")
    if reprise is None:
        return None
    if reprise <= k.jour:
        raise k.contredit("reprise_le", "la reprise ne suit pas la cessation", "un jour après la cessation")
    return temps.mois_revolus(k.jour, reprise)


@etape("oui_non")
def longue(k: Calcul) -> str | None:
    """La cessation est définitive, ou dure assez pour être annoncée d'avance."""
    return k.mot("cessation_longue")


@etape("date")
def limite(k: Calcul) -> int | None:
    """Le dernier jour pour informer la caisse : le préavis avant la cessation."""
    mois = k.table("cessation_preavis")
    return None if mois is None else temps.plus_mois(k.jour, -mois)


@etape("oui_non")
def a_temps(k: Calcul) -> str | None:
    """La caisse a été informée au plus tard ce jour-là."""
    dernier, informe = limite(k), k.nombre("informe_le")
    return None if dernier is None or informe is None else ("oui" if informe <= dernier else "non")
