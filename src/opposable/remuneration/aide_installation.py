"""L'aide ponctuelle à l'installation de 2026 (système 32) : un montant par cabinet et par zone, une fois en dix ans."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape

_ECOULE, _EN_DOUTE, _EN_COURS = "ecoule", "en_doute", "en_cours"


def calculer(k: Calcul) -> None:
    """L'aide, le jour où elle est versée au plus tard, et la fin du délai de l'aide précédente."""
    montant(k)
    versee_avant(k)
    fin_de_carence(k)
    limite = versee_avant(k)
    if limite is not None:
        k.verse(limite, montant(k), "aide à l'installation, versée au plus tard ce jour")


@etape("montant")
def montant(k: Calcul) -> int | None:
    """L'aide du cabinet, dans sa zone."""
    return k.table("aide_installation_montant")


@etape("date")
def versee_avant(k: Calcul) -> int | None:
    """Le dernier jour du délai de versement."""
    mois = k.table("aide_installation_delai")
    return None if mois is None else temps.plus_mois(k.jour, mois)


@etape("date")
def fin_de_carence(k: Calcul) -> int | None:
    """Le jour où les dix ans depuis la décision de l'aide précédente sont passés ; rien s'il n'y en a pas eu."""
    accordee = k.nombre("aide_precedente_le")
    mois = k.table("aide_installation_carence")
    if accordee is not None and accordee > k.jour:
        raise k.contredit("aide_precedente_le", "l'aide précédente suit l'installation", "une date qui la précède")
    return None if accordee is None or mois is None else temps.plus_mois(accordee, mois)


@etape("texte")
def carence(k: Calcul) -> str | None:
    """Où en est le délai de dix ans : passé avant l'installation, avant le versement, ou après."""
    dite, fin, limite = k.fait("aide_precedente_le"), fin_de_carence(k), versee_avant(k)
    if isinstance(dite, str):
        return _ECOULE
    if fin is None or limite is None:
        return None
    return _ECOULE if fin < k.jour else _EN_DOUTE if fin <= limite else _EN_COURS
