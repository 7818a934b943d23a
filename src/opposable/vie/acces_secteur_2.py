"""L'accès au secteur 2 (système 48) : par quelle procédure, et jusqu'à quel jour le demander.

Titres, activités d'avant, délais et leurs départs sont des tables ; les refus, des conditions du dispositif.
"""

from __future__ import annotations

from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape

_OUI: Final = "oui"
_FERMEE: Final = "fermee"


def calculer(k: Calcul) -> None:
    """La procédure, la place de l'activité d'avant, le dernier jour de la demande, l'ancienneté."""
    acces(k)
    installation(k)
    anciennete(k)
    dernier, reporte = limite(k), limite_reportee(k)
    if dernier is not None:
        k.verse(dernier, None, "dernier jour pour demander le secteur 2")
    if reporte is not None:
        k.verse(reporte, None, "premier jour ouvré ensuite : le texte ne dit pas si le délai y est reporté")


@etape("texte")
def acces(k: Calcul) -> str | None:
    """La procédure par laquelle le secteur 2 s'obtient, si le titre l'ouvre."""
    if k.fait("nouveau") == _OUI and titre_reconnu(k) != _OUI:
        return None
    return _dit(k, "acces_procedure")


@etape("texte")
def installation(k: Calcul) -> str | None:
    """Ce que l'activité libérale d'avant change à la première installation."""
    return _dit(k, "acces_installation")


@etape("oui_non")
def installation_ouverte(k: Calcul) -> str | None:
    """L'activité d'avant laisse l'accès ouvert."""
    mot = k.mot("acces_installation")
    return None if mot is None else ("non" if mot == _FERMEE else _OUI)


@etape("oui_non")
def titre_reconnu(k: Calcul) -> str | None:
    """Le titre ouvre le secteur 2, avec sa quotité et son ancienneté."""
    return k.mot("acces_titre")


@etape("entier")
def anciennete(k: Calcul) -> int | None:
    """Les mois révolus entre le début des fonctions et leur fin ou, si elles durent, la demande."""
    debut, fin = k.nombre("fonctions_depuis"), k.nombre("fonctions_fin")
    if debut is None:
        return None
    fin = k.jour if fin is None else fin
    if fin < debut:
        raise k.contredit(
            "fonctions_depuis", "les fonctions commencent après leur fin ou la demande",
            "le jour où elles ont commencé, par exemple 2021-10-01",
        )  # fmt: skip
    return temps.mois_revolus(debut, fin)


@etape("date")
def limite(k: Calcul) -> int | None:
    """Le dernier jour du délai : le même quantième, ou le dernier jour du mois s'il n'existe pas."""
    depart, mois = k.mot("acces_depart"), k.table("acces_delai")
    du = None if depart is None else k.nombre(depart)
    return None if du is None or mois is None else temps.plus_mois(du, mois)


@etape("date")
def limite_reportee(k: Calcul) -> int | None:
    """Le premier jour ouvré quand le dernier jour du délai ne l'est pas ; rien s'il l'est, ou si le lieu le décide."""
    dernier = limite(k)
    reports = set() if dernier is None else _reports(k, dernier)
    return reports.pop() if len(reports) == 1 and reports != {dernier} else None


@etape("oui_non")
def pendant_clinicat(k: Calcul) -> str | None:
    """La demande vient avant la fin du clinicat."""
    fin = k.nombre("fin_clinicat")
    return None if fin is None else (_OUI if k.jour < fin else "non")


@etape("oui_non")
def hors_delai(k: Calcul) -> str | None:
    """La demande vient après le dernier jour du délai."""
    dernier = limite(k)
    return None if dernier is None else (_OUI if k.jour > dernier else "non")


@etape("oui_non")
def hors_report(k: Calcul) -> str | None:
    """La demande vient après le premier jour ouvré à compter du dernier jour du délai."""
    dernier = limite(k)
    if dernier is None or k.jour <= dernier:
        return None if dernier is None else "non"
    tardives = {k.jour > reporte for reporte in _reports(k, dernier)}
    return None if len(tardives) > 1 else (_OUI if tardives.pop() else "non")


def _reports(k: Calcul, dernier: int) -> set[int]:
    """Le premier jour ouvré à compter de ``dernier``, dans chaque calendrier de jours fériés possible."""
    return k.selon_le_lieu(
        "medecin.territoire",
        "medecin.cabinet_alsace_moselle",
        lambda lieu: temps.plus_jours_ouvres(dernier - 1, 1, lieu),
    )


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
