"""Être régi par la convention, ne plus l'être, y revenir (système 46) : la démarche, et quand elle est possible."""

from __future__ import annotations

from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape

_SORTI: Final = "sorti"


def calculer(k: Calcul) -> None:
    """La démarche, sa date, ce que vaut le silence, le secteur au retour, le cadre d'exercice."""
    demarche(k)
    possible(k)
    carence(k)
    secteur(k)
    silence(k)
    cadre_dit(k)
    retour = retour_le(k)
    if retour is not None:
        k.verse(retour, None, "une nouvelle adhésion à la convention est possible")


@etape("texte")
def demarche(k: Calcul) -> str | None:
    """Ce que le médecin a à faire."""
    return _dit(k, "convention_demarche")


@etape("oui_non")
def possible(k: Calcul) -> str | None:
    """Ce qu'il souhaite est possible ce jour-là."""
    return k.mot("convention_possible")


@etape("entier")
def carence(k: Calcul) -> int | None:
    """Les mois à attendre après une sortie volontaire, avant une nouvelle adhésion."""
    return k.table("convention_carence")


@etape("date")
def retour_le(k: Calcul) -> int | None:
    """Le premier jour où le délai de carence est révolu, depuis la date de résiliation ; rien sans délai."""
    resilie, mois = k.nombre("resilie_le"), carence(k)
    if resilie is not None:
        _accorder(k, resilie)
    return None if not mois or resilie is None else temps.revolus_le(resilie, mois)


@etape("oui_non")
def carence_finie(k: Calcul) -> str | None:
    """Le délai de carence est révolu."""
    if carence(k) == 0:
        return "oui"
    retour = retour_le(k)
    return None if retour is None else ("oui" if k.jour >= retour else "non")


@etape("texte")
def secteur(k: Calcul) -> str | None:
    """Le secteur d'exercice de qui revient."""
    return _dit(k, "convention_secteur")


@etape("texte")
def silence(k: Calcul) -> str | None:
    """Ce qu'il en est si le médecin n'écrit pas."""
    return _dit(k, "convention_silence")


@etape("texte")
def cadre_dit(k: Calcul) -> str | None:
    """Ce que le cadre d'exercice change à l'adhésion."""
    return _dit(k, "convention_cadre")


def _accorder(k: Calcul, resilie: int) -> None:
    """Refuse une sortie faite et à venir à la fois."""
    sorti = k.fait("situation") == _SORTI
    if sorti and resilie > k.jour:
        raise k.contredit(
            "resilie_le", "le médecin est dit sorti de la convention, et sa résiliation vient après la date",
            "un jour avant la date, ou situation: conventionne",
        )  # fmt: skip
    if not sorti and resilie < k.jour:
        raise k.contredit(
            "resilie_le", "le médecin n'est pas dit sorti de la convention, et sa résiliation précède la date",
            "un jour à compter de la date, ou situation: sorti",
        )  # fmt: skip


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
