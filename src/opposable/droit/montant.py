"""Montants en centimes entiers, taux en dix-millièmes entiers, un seul arrondi nommé. Aucun flottant."""

from __future__ import annotations

import re
from typing import Final

MONTANT: Final = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,2}))?")
NOMBRE: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,4}))?")
TAUX: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?")
UNITE_TAUX: Final = 10_000
"""Un taux de 1,00 vaut dix mille dix-millièmes."""


def centimes(texte: str) -> int:
    """Le montant en centimes d'un texte en euros (``"30.00"`` → 3000). ``ValueError`` s'il n'a pas cette forme."""
    trouve = MONTANT.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    signe, euros_, cents = trouve.groups()
    valeur = int(euros_) * 100 + int((cents or "0").ljust(2, "0"))
    return -valeur if signe else valeur


def euros(montant: int) -> str:
    """Le texte public d'un montant en centimes : deux décimales, un point (``3000`` → ``"30.00"``)."""
    signe = "-" if montant < 0 else ""
    return f"{signe}{abs(montant) // 100}.{abs(montant) % 100:02d}"


def taux(texte: str) -> int:
    """Le taux en dix-millièmes d'un texte décimal (``"0.175"`` → 1750). ``ValueError`` s'il n'a pas cette forme."""
    trouve = TAUX.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    entier, decimales = trouve.groups()
    return int(entier) * UNITE_TAUX + int((decimales or "0").ljust(4, "0"))


def nombre(texte: str) -> int:
    """Les dix-millièmes d'un nombre à décimales (``"1040.4"`` → 10404000). ``ValueError`` s'il n'a pas cette forme."""
    trouve = NOMBRE.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    entier, decimales = trouve.groups()
    return int(entier) * UNITE_TAUX + int((decimales or "0").ljust(4, "0"))


def texte_taux(valeur: int) -> str:
    """Le texte public d'un taux : au moins deux décimales, sans zéro inutile (``7000`` → ``"0.70"``)."""
    decimales = f"{valeur % UNITE_TAUX:04d}".rstrip("0").ljust(2, "0")
    return f"{valeur // UNITE_TAUX}.{decimales}"


def part_arrondie(montant: int, taux_: int) -> int:
    """``montant`` × ``taux_``, arrondi au centime, demi vers le haut, sur la valeur absolue.

    C'est le seul arrondi du projet ; aucun texte lu ne le fixe, les exemples publiés s'y accordent.
    """
    valeur = (abs(montant) * taux_ * 2 + UNITE_TAUX) // (2 * UNITE_TAUX)
    return -valeur if montant < 0 else valeur


def part_composee(montant: int, *taux_: int) -> int:
    """``montant`` × chaque taux, d'un trait : un seul arrondi au centime, demi vers le haut, sur la valeur absolue."""
    produit, diviseur = abs(montant), 1
    for un in taux_:
        produit, diviseur = produit * un, diviseur * UNITE_TAUX
    valeur = (2 * produit + diviseur) // (2 * diviseur)
    return -valeur if montant < 0 else valeur


def prorata(montant: int, numerateur: int, denominateur: int) -> int:
    """``montant`` × ``numerateur`` ÷ ``denominateur``, un seul arrondi au centime, demi vers le haut.

    Les trois sont positifs ou nuls, le dénominateur n'est pas nul.
    """
    return (2 * montant * numerateur + denominateur) // (2 * denominateur)


def quotient_par_defaut(a: int, b: int) -> int:
    """``a`` ÷ ``b`` en dix-millièmes, arrondi par défaut (vers le bas) : un taux atteint ne s'affiche jamais à tort.

    Les deux sont positifs ou nuls, ``b`` n'est pas nul.
    """
    return a * UNITE_TAUX // b


def assiette_par_defaut(part: int, taux_: int) -> int:
    """Le plus grand montant dont la part exacte au ``taux_`` ne dépasse pas ``part``, au centime inférieur."""
    return part * UNITE_TAUX // taux_


def part_par_defaut(nombre: int, taux_: int) -> int:
    """Le plus grand nombre entier qui ne dépasse pas ``nombre`` × ``taux_`` ; les deux sont positifs ou nuls."""
    return nombre * taux_ // UNITE_TAUX


def part_par_exces(nombre: int, taux_: int) -> int:
    """Le plus petit nombre entier qui atteint ``nombre`` × ``taux_`` ; les deux sont positifs ou nuls."""
    return -(-nombre * taux_ // UNITE_TAUX)


def parts_egales(montant: int, nombre: int) -> list[int]:
    """``montant`` en ``nombre`` parts égales, au centime inférieur ; la dernière porte le reste."""
    part = montant // nombre
    return [part] * (nombre - 1) + [montant - part * (nombre - 1)]
