"""Les quinze programmes d'actions partagés de pertinence (système 39) : l'objectif d'une année, et s'il est atteint.

La nature de l'objectif (baisse, part à atteindre, plafond…), sa valeur et sa date sont des tables ; ce module ne fait
que les appliquer à la valeur de départ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from opposable.droit.calcul import Calcul, etape
from opposable.droit.montant import UNITE_TAUX
from opposable.vie import trajectoires
from opposable.vie.trajectoires import Cible

_NATURE, _PROGRAMME, _UNITE = "pertinence_nature", "pertinence_programme", "pertinence_unite"
_BAISSE, _PART, _NOMBRE, _ANNUEL = "pertinence_baisse", "pertinence_part", "pertinence_nombre", "pertinence_annuel"
_CENT: Final = 100


def calculer(k: Calcul) -> None:
    """L'objectif, sa cible, ce qui est constaté, la trajectoire ; puis ce que la convention en dit."""
    for sortie in (
        cible, cible_basse, cible_haute, atteint, reste, programme, nature, unite, echeance, population, portee,
        trajectoire, annonces, decrits, reunions_tenues,
    ):  # fmt: skip
        sortie(k)


@etape("texte")
def programme(k: Calcul) -> str | None:
    """Le programme qui porte cet objectif."""
    return _dit(k, _PROGRAMME)


@etape("texte")
def nature(k: Calcul) -> str | None:
    """Ce que l'objectif demande."""
    return _dit(k, _NATURE)


@etape("texte")
def unite(k: Calcul) -> str | None:
    """L'unité de l'indicateur."""
    return _dit(k, _UNITE)


@etape("entier")
def echeance(k: Calcul) -> int | None:
    """L'année où l'objectif est dû, en vigueur l'année demandée."""
    return k.table("pertinence_echeance", trajectoires.fin_de(k.annee()))


@etape("nombre")
def population(k: Calcul) -> int | None:
    """L'âge, ou le nombre de personnes, que le texte donne avec l'objectif."""
    return k.fois(k.table("pertinence_population"), UNITE_TAUX)


@etape("texte")
def portee(k: Calcul) -> str | None:
    """Ce que l'objectif n'entraîne pas pour un médecin seul."""
    return _dit(k, "pertinence_portee")


def _cible(k: Calcul, annee: int) -> Cible | None:
    """La cible d'une année, en fraction exacte."""
    debut, quand = trajectoires.depart(k), trajectoires.fin_de(annee)
    if debut is not None and annee <= debut[1]:
        return None
    match k.mot(_NATURE):
        case "part" | "sans_chiffre":
            part = k.table(_PART, quand)
            return None if part is None else trajectoires.certaine(Fraction(part * _CENT, UNITE_TAUX), plancher=True)
        case "plafond":
            plafond = k.table(_NOMBRE, quand)
            return None if plafond is None else trajectoires.certaine(Fraction(plafond), plancher=False)
        case "ralentissement":
            return _ralenti(k, annee, debut)
        case autre:
            moins = k.table(_BAISSE if autre == "baisse" else _NOMBRE, quand)
            if debut is None or moins is None:
                return None
            valeur = debut[0] * (1 - Fraction(moins, UNITE_TAUX)) if autre == "baisse" else debut[0] - moins
            return trajectoires.certaine(max(valeur, Fraction(0)), plancher=False)


def _ralenti(k: Calcul, annee: int, debut: tuple[Fraction, int] | None) -> Cible | None:
    """Les deux lectures de « ralentir l'évolution » : en points, ou en part de l'évolution elle-même."""
    tendance, annuel = k.nombre("tendance"), k.table(_ANNUEL, trajectoires.fin_de(annee))
    if debut is None or tendance is None or annuel is None:
        return None
    evolution, moins, duree = Fraction(tendance, UNITE_TAUX), Fraction(annuel, UNITE_TAUX), annee - debut[1]
    lectures = [evolution - moins, evolution * (1 - moins)]
    return trajectoires.entre([debut[0] * (1 + une) ** duree for une in lectures], plancher=False)


cible, cible_basse, cible_haute, atteint, reste, trajectoire = trajectoires.etapes(_cible)


@etape("entier")
def annonces(k: Calcul) -> int | None:
    """Combien de programmes la convention annonce."""
    return k.table("pertinence_nombre_de_programmes")


@etape("entier")
def decrits(k: Calcul) -> int:
    """Combien de programmes sont décrits ici."""
    return len(k.corpus.tables[_PROGRAMME].valeurs)


@etape("oui_non")
def reunions_tenues(k: Calcul) -> bool | None:
    """L'observatoire s'est réuni au moins autant de fois que prévu."""
    tenues, minimum = k.nombre("reunions"), k.table("pertinence_reunions")
    return None if tenues is None or minimum is None else tenues >= minimum


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
