"""Les dix engagements collectifs de l'observatoire de l'accès aux soins (système 43), projetés année par année.

Une évolution annuelle se compose depuis la valeur de départ ; un seuil, un palier ou un délai sont des tables.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from opposable.droit.calcul import Calcul, etape
from opposable.droit.montant import UNITE_TAUX
from opposable.vie import trajectoires
from opposable.vie.trajectoires import Cible

_NATURE, _ENONCE, _UNITE = "engagement_nature", "engagement_enonce", "engagement_unite"
_EVOLUTION, _SEUIL, _DELAI = "engagement_evolution", "engagement_seuil", "engagement_delai"
_PALIER, _ANNEE_PALIER, _SUITE = "engagement_palier", "engagement_palier_annee", "engagement_palier_evolution"
_CENT: Final = 100


def calculer(k: Calcul) -> None:
    """La cible de l'année, ce qui est constaté, la trajectoire ; puis le compte des engagements."""
    for sortie in (
        cible, cible_basse, cible_haute, atteint, reste, enonce, nature, unite, trajectoire, annonces, decrits,
    ):  # fmt: skip
        sortie(k)


@etape("texte")
def enonce(k: Calcul) -> str | None:
    """L'engagement, tel que la convention le dit."""
    return _dit(k, _ENONCE)


@etape("texte")
def nature(k: Calcul) -> str | None:
    """Comment la cible se calcule."""
    return _dit(k, _NATURE)


@etape("texte")
def unite(k: Calcul) -> str | None:
    """L'unité de l'indicateur."""
    return _dit(k, _UNITE)


def _cible(k: Calcul, annee: int) -> Cible | None:
    """La cible d'une année, en fraction exacte."""
    debut, quand, sorte = trajectoires.depart(k), trajectoires.fin_de(annee), k.mot(_NATURE)
    if sorte == "palier":
        return _palier(k, annee, debut)
    if sorte == "delai":
        delai = k.table(_DELAI, quand)
        return None if delai is None else trajectoires.certaine(Fraction(delai), plancher=False)
    if sorte in {"au_plus", "au_moins"}:
        seuil = k.table(_SEUIL, quand)
        plancher = sorte == "au_moins"
        return None if seuil is None else trajectoires.certaine(Fraction(seuil * _CENT, UNITE_TAUX), plancher=plancher)
    evolution = k.table(_EVOLUTION, quand)
    if debut is None or evolution is None or annee <= debut[1]:
        return None
    part, hausse = Fraction(evolution, UNITE_TAUX), sorte == "hausse"
    valeur = debut[0] * (1 + (part if hausse else -part)) ** (annee - debut[1])
    return trajectoires.certaine(valeur, plancher=hausse)


def _palier(k: Calcul, annee: int, debut: tuple[Fraction, int] | None) -> Cible | None:
    """Un palier, puis une hausse annuelle dont la base a deux lectures : le palier, ou la valeur de départ."""
    base_dite = k.table("engagement_base_annee")
    if debut is not None and debut[1] != base_dite:
        raise k.contredit("annee_depart", "le texte donne l'année de la base", str(base_dite))
    quand = trajectoires.fin_de(annee)
    palier, depuis, suite = k.table(_PALIER, quand), k.table(_ANNEE_PALIER, quand), k.table(_SUITE, quand)
    if palier is None or depuis is None:
        return None
    if suite is None:
        return trajectoires.certaine(Fraction(palier), plancher=True)
    if debut is None:
        return None
    part, duree = Fraction(suite, UNITE_TAUX), annee - depuis
    return trajectoires.entre([palier * (1 + part) ** duree, palier + debut[0] * part * duree], plancher=True)


cible, cible_basse, cible_haute, atteint, reste, trajectoire = trajectoires.etapes(_cible)


@etape("entier")
def annonces(k: Calcul) -> int | None:
    """Combien d'engagements la convention annonce."""
    return k.table("engagement_nombre")


@etape("entier")
def decrits(k: Calcul) -> int:
    """Combien d'engagements sont décrits ici."""
    return len(k.corpus.tables[_ENONCE].valeurs)


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
