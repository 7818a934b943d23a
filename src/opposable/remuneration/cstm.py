"""Le contrat de solidarité territoriale (système 30) : une part des honoraires faits en zone fragile, plafonnée.

L'année où le taux change, ou quand l'ordre du plafond et du prorata compte, deux bornes encadrent l'aide.
"""

from __future__ import annotations

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
)

_AVANT = "honoraires_avant_hausse"


def calculer(k: Calcul) -> None:
    """L'aide de l'année et ses bornes, ce dont elle vient, et les frais."""
    montant(k)
    au_moins(k)
    au_plus(k)
    taux(k)
    plafond(k)
    part_retenue(k)
    frais(k)


@etape("oui_non")
def dans_le_contrat(k: Calcul) -> Valeur:
    """L'année a un jour entre la signature et la résiliation."""
    if not signe(k):
        return None
    return k.oui_non(signature(k) < k.fin and resiliation(k) > premier_jour(k))


@etape("taux")
def taux(k: Calcul) -> int | None:
    """La part des honoraires, à la fin de l'année ou du contrat."""
    return certain(_taux(k, _dernier_jour(k)))


@etape("montant")
def plafond(k: Calcul) -> int | None:
    """Le plafond de l'année civile, à la fin de l'année ou du contrat."""
    return certain(_plafond(k, _dernier_jour(k)))


@etape("taux")
def part_retenue(k: Calcul) -> int | None:
    """Le tout en secteur 1 ; le taux d'activité au tarif opposable en secteur 2."""
    return part_opposable(k, "cstm_secteur")


@etape("montant")
def frais(k: Calcul) -> int | None:
    """Les frais de déplacement pris en charge, que le texte ne chiffre pas."""
    return k.table("cstm_frais")


@etape("oui_non")
def ordre_en_doute(k: Calcul) -> Valeur:
    """Le plafond joue, et le prorata du secteur 2 donne un autre montant avant qu'après."""
    aides = _aides(k)
    return None if aides is None else k.oui_non(any(apres != avant for apres, avant in aides))


@etape("oui_non")
def hausse_en_doute(k: Calcul) -> Valeur:
    """Le taux change dans l'année, et des honoraires d'avant peuvent ou non en profiter."""
    if not signe(k):
        return None
    if not _change(k):
        return "non"
    aides = _aides(k)
    return None if aides is None else k.oui_non(aides[0] != aides[1])


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Les honoraires faits en zone fragile, au taux du contrat, dans la limite du plafond, pour la part du secteur."""
    return certain(_bornes(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """La lecture la moins favorable : la hausse ne vaut que pour la suite, le prorata suit le plafond."""
    return borne(_bornes(k), 0)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """La lecture la plus favorable : la hausse vaut pour l'année entière, le prorata précède le plafond."""
    return borne(_bornes(k), 1)


def _taux(k: Calcul, le: int) -> Bornes | None:
    return fourchette(k, "cstm_taux", "taux_majore", le)


def _plafond(k: Calcul, le: int) -> Bornes | None:
    return fourchette(k, "cstm_plafond", "plafond_majore", le)


def _premier_jour(k: Calcul) -> int:
    """Le premier jour de l'année sous le contrat."""
    return max(k.jour, signature(k))


def _dernier_jour(k: Calcul) -> int:
    """Le dernier jour de l'année sous le contrat."""
    return min(k.fin, resiliation(k)) - 1


def _change(k: Calcul) -> bool:
    """Le taux n'est pas le même au début et à la fin."""
    return _taux(k, _premier_jour(k)) != _taux(k, _dernier_jour(k))


def _aides(k: Calcul) -> tuple[Bornes, Bornes] | None:
    """L'aide de la lecture la moins favorable, puis de la plus favorable ; chacune selon l'ordre du prorata."""
    if not signe(k):
        return None
    honoraires, part = k.nombre("honoraires_en_zone"), part_retenue(k)
    taux_, plafonds = _taux(k, _dernier_jour(k)), _plafond(k, _dernier_jour(k))
    if honoraires is None or part is None or taux_ is None or plafonds is None:
        return None
    jours = jours_dus(k, "cstm_resiliation")
    haut = aide_plafonnee(k, honoraires * taux_[1], plafonds[1], part, jours)
    brut, limite = honoraires * taux_[0], plafonds[0]
    if _change(k):
        ancien, ancienne_limite = _taux(k, _premier_jour(k)), _plafond(k, _premier_jour(k))
        if ancien is None or ancienne_limite is None:
            return None
        avant = k.nombre(_AVANT)
        if avant is None:
            brut, limite = honoraires * ancien[0], ancienne_limite[0]
        elif avant > honoraires:
            raise k.contredit(_AVANT, "une part des honoraires n'en dépasse pas le tout", "au plus honoraires_en_zone")
        else:
            brut = avant * ancien[0] + (honoraires - avant) * taux_[0]
    return aide_plafonnee(k, brut, limite, part, jours), haut


def _bornes(k: Calcul) -> Bornes | None:
    aides = _aides(k)
    return None if aides is None else (min(aides[0]), max(aides[1]))
