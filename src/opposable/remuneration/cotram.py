"""Le contrat de transition (système 31) : une part des honoraires du médecin qui prépare sa cessation, plafonnée."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.remuneration.contrats_de_zone import (
    Bornes,
    aide_plafonnee,
    borne,
    certain,
    fourchette,
    jours_dus,
    part_opposable,
    premier_jour,
    resiliation,
    signature,
    signe,
    terme,
)


def calculer(k: Calcul) -> None:
    """L'aide de l'année et ses bornes, ce dont elle vient, et le terme du contrat."""
    montant(k)
    au_moins(k)
    au_plus(k)
    taux(k)
    plafond(k)
    part_retenue(k)
    if fin(k) >= premier_jour(k):
        k.verse(fin(k), None, "terme du contrat de transition")


@etape("date")
def jour_du_renouvellement(k: Calcul) -> int | None:
    """Le terme de la première durée."""
    if not signe(k):
        return None
    return terme(k, "cotram_duree")


@etape("date")
def fin(k: Calcul) -> int:
    """Le terme du contrat, renouvelé s'il l'a été, et au plus tard la cessation d'activité."""
    premier, cesse = terme(k, "cotram_duree"), k.fait("cessation")
    mois = k.table("cotram_renouvellement", le=signature(k)) if k.fait("renouvele") == "oui" else 0
    dernier = temps.plus_mois(premier, mois or 0)
    return min(dernier, cesse) if isinstance(cesse, int) else dernier


@etape("oui_non")
def dans_le_contrat(k: Calcul) -> Valeur:
    """L'année a un jour entre la signature et le terme, ou la résiliation."""
    if not signe(k):
        return None
    return k.oui_non(signature(k) < k.fin and min(resiliation(k), fin(k)) > premier_jour(k))


@etape("taux")
def taux(k: Calcul) -> int | None:
    """La part des honoraires ; celle que le contrat fixe s'il est majoré."""
    return certain(fourchette(k, "cotram_taux", "taux_majore"))


@etape("montant")
def plafond(k: Calcul) -> int | None:
    """Le plafond de l'année civile ; celui que le contrat fixe s'il est majoré."""
    return certain(fourchette(k, "cotram_plafond", "plafond_majore"))


@etape("taux")
def part_retenue(k: Calcul) -> int | None:
    """Le tout en secteur 1 ; le taux d'activité au tarif opposable en secteur 2."""
    return part_opposable(k, "cotram_secteur")


@etape("oui_non")
def ordre_en_doute(k: Calcul) -> Valeur:
    """Le plafond joue, et le prorata du secteur 2 donne un autre montant avant qu'après."""
    aides = _aides(k)
    return None if aides is None else k.oui_non(any(apres != avant for apres, avant in aides))


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Les honoraires, au taux du contrat, dans la limite du plafond, pour la part du secteur."""
    return certain(_bornes(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """L'aide sans majoration, le prorata du secteur 2 après le plafond ; rien si elle est connue."""
    return borne(_bornes(k), 0)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """L'aide à la plus haute majoration, le prorata du secteur 2 avant le plafond ; rien si elle est connue."""
    return borne(_bornes(k), 1)


def _aides(k: Calcul) -> tuple[Bornes, Bornes] | None:
    """L'aide au taux le plus bas, puis au plus haut ; chacune selon l'ordre du prorata."""
    if not signe(k):
        return None
    honoraires, part = k.nombre("honoraires"), part_retenue(k)
    taux_, plafonds = fourchette(k, "cotram_taux", "taux_majore"), fourchette(k, "cotram_plafond", "plafond_majore")
    if honoraires is None or part is None or taux_ is None or plafonds is None:
        return None
    jours = jours_dus(k, "cotram_resiliation")
    bas, haut = (aide_plafonnee(k, honoraires * taux_[i], plafonds[i], part, jours) for i in (0, 1))
    return bas, haut


def _bornes(k: Calcul) -> Bornes | None:
    aides = _aides(k)
    return None if aides is None else (min(aides[0]), max(aides[1]))
