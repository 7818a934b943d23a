"""La convention suspendue faute de facturation pendant douze mois (système 46)."""

from __future__ import annotations

from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape

_SUSPENSION: Final = "suspension"


def calculer(k: Calcul) -> None:
    """Ce que l'absence de facturation entraîne, et le jour où elle atteint sa limite."""
    suite(k)
    suspendue(k)
    limite = suspension_le(k)
    if limite is not None and limite > k.jour:
        k.verse(limite, None, "la convention peut être suspendue, si rien n'est facturé d'ici là")


@etape("date")
def suspension_le(k: Calcul) -> int | None:
    """Le premier jour où la durée est révolue, depuis le lendemain de la dernière facturation."""
    derniere, mois = k.nombre("derniere_facturation"), k.table("absence_mois")
    if derniere is None or mois is None:
        return None
    if derniere > k.jour:
        raise k.contredit("derniere_facturation", "la dernière facturation suit la date", "un jour avant la date")
    return temps.revolus_le(derniere + 1, mois)


@etape("oui_non")
def atteint(k: Calcul) -> str | None:
    """L'absence a atteint sa limite."""
    limite = suspension_le(k)
    return None if limite is None else ("oui" if k.jour >= limite else "non")


@etape("texte")
def suite(k: Calcul) -> str | None:
    """Ce que l'absence entraîne."""
    mot = k.mot("absence_suite")
    return None if mot is None else k.corpus.tables["absence_suite"].valeurs[mot]


@etape("oui_non")
def suspendue(k: Calcul) -> str | None:
    """L'application de la convention est suspendue."""
    mot = k.mot("absence_suite")
    return None if mot is None else ("oui" if mot == _SUSPENSION else "non")
