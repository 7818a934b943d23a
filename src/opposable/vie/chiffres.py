"""Les chiffres clés cités par les documents (système 57) : restitués avec leur source, et recoupés.

Un contrôle est une ligne de table (son genre), et une ligne par chiffre qu'il lit (son rôle) : ce module ne connaît ni
les chiffres, ni les contrôles. Un chiffre se lit à l'année où il est cité, même quand le contrôle est d'une autre.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.constat import REFUSE
from opposable.droit.montant import UNITE_TAUX
from opposable.droit.table import LigneTable
from opposable.vie import trajectoires

_NOMBRES, _PARTS, _UNITE, _NATURE = "chiffres_nombres", "chiffres_parts", "chiffres_unite", "chiffres_nature"
_POPULATION, _CONTROLE, _ROLE = "chiffres_population", "chiffres_controle", "chiffres_role"
_CENT: Final = Fraction(100)
_SIGNES: Final = {"addition": " + ", "cent": " + ", "produit": " × ", "encadrement": " ; "}


def calculer(k: Calcul) -> None:
    """Les chiffres de l'année, les contrôles qui les lisent, et s'ils tiennent."""
    valeurs(k)
    controles(k)
    tenus(k)
    if not valeurs(k):
        annees = sorted({temps.iso(ligne.du).partition("-")[0] for ligne in _lignes(k).values()})
        precision = (
            f"aucun chiffre n'est cité pour cette année et cette spécialité ; années citées : {', '.join(annees)}"
        )
        k.constate("SANS_ASSIETTE", REFUSE, precision=precision, sources=k.dispositif.sources)


@etape("tableau")
def valeurs(k: Calcul) -> list[dict[str, Any]]:
    """Les chiffres de l'année, de la spécialité demandée s'il y en a une."""
    voulue = k.fait("population")
    rangees = []
    for chiffre, ligne in _lignes(k).items():
        population = _mot_de(k, _POPULATION, chiffre)
        if ligne.du != k.jour or voulue not in {None, population}:
            continue
        document = ligne.sources[0].document
        rangees.append(
            {
                "chiffre": _libelle(k, "chiffre", chiffre),
                "valeur": trajectoires.nombre(_valeur(k, chiffre)),
                "unite": _dit(k, _UNITE, chiffre=chiffre),
                "population": _dit(k, _POPULATION, chiffre=chiffre),
                "nature": _dit(k, _NATURE, chiffre=chiffre),
                "source": document.titre if document is not None else None,
            }
        )
    return rangees


@etape("tableau")
def controles(k: Calcul) -> list[dict[str, Any]]:
    """Les contrôles de l'année : ce qui est obtenu, le repère du document, leur écart, et s'il tient."""
    voulue = k.fait("population")
    rangees = []
    for controle in k.dispositif.vocabulaire.faits["controle"].valeurs:
        genre = _mot(k, _CONTROLE, controle=controle)
        if genre is None:
            continue
        roles = _roles(k, controle)
        lues = {_mot_de(k, _POPULATION, chiffre) for chiffres in roles.values() for chiffre in chiffres}
        if voulue is None or voulue in lues:
            rangees.append({"controle": _libelle(k, "controle", controle), **_controle(k, roles, genre)})
    return rangees


@etape("oui_non")
def tenus(k: Calcul) -> bool | None:
    """Tous les contrôles qui ont un verdict tiennent ; rien s'il n'y en a pas."""
    verdicts = [rangee["tient"] for rangee in controles(k) if rangee["tient"] is not None]
    return all(verdicts) if verdicts else None


def _roles(k: Calcul, controle: str) -> dict[str, list[str]]:
    """Les chiffres d'un contrôle, par rôle."""
    roles: dict[str, list[str]] = {}
    for chiffre in k.dispositif.vocabulaire.faits["chiffre"].valeurs:
        role = _mot(k, _ROLE, controle=controle, chiffre=chiffre)
        if role is not None:
            roles.setdefault(role, []).append(chiffre)
    return roles


def _controle(k: Calcul, roles: dict[str, list[str]], genre: str) -> dict[str, Any]:
    """Ce qu'un contrôle obtient et compare."""
    termes, moins, diviseurs = ([_valeur(k, c) for c in roles.get(role, [])] for role in ("terme", "moins", "diviseur"))
    reperes = [_valeur(k, c) for c in roles.get("repere", [])] or [_CENT]
    obtenu = _GENRES[genre](termes, [*moins, *diviseurs]) if termes else None
    ecart = None if obtenu is None else abs(obtenu - reperes[0])
    tient: bool | None = None
    if genre in {"addition", "cent"}:
        tient = ecart == 0
    elif genre == "encadrement":
        tient = min(termes) <= reperes[0] <= max(termes)
    return {
        "calcul": _calcul(k, genre, roles),
        "obtenu": trajectoires.nombre(obtenu),
        "repere": trajectoires.nombre(reperes[0]),
        "ecart": trajectoires.nombre(ecart),
        "tient": tient,
        "genre": k.corpus.tables[_CONTROLE].valeurs[genre],
    }


_GENRES: Final[dict[str, Callable[[list[Fraction], list[Fraction]], Fraction | None]]] = {
    "addition": lambda termes, _: sum(termes, Fraction(0)),
    "cent": lambda termes, _: sum(termes, Fraction(0)),
    "produit": lambda termes, _: prod(termes, start=Fraction(1)),
    "encadrement": lambda *_: None,
    "difference": lambda termes, autres: termes[0] - sum(autres, Fraction(0)),
    "part": lambda termes, autres: termes[0] * _CENT / autres[0] if autres else None,
}
"""Ce que chaque genre obtient de ses termes, et de ce qui se retranche ou divise."""


def _calcul(k: Calcul, genre: str, roles: dict[str, list[str]]) -> str:
    """Le calcul, en toutes lettres."""
    dits = {role: [_libelle(k, "chiffre", c) for c in chiffres] for role, chiffres in roles.items()}
    suite = [*(f" − {un}" for un in dits.get("moins", [])), *(f" ÷ {un}" for un in dits.get("diviseur", []))]
    return _SIGNES.get(genre, "").join(dits.get("terme", [])) + "".join(suite)


# Lire un chiffre.


def _lignes(k: Calcul) -> dict[str, LigneTable]:
    """La ligne de chaque chiffre, dans l'ordre où ils sont écrits."""
    lignes = [*k.corpus.tables[_NOMBRES].lignes, *k.corpus.tables[_PARTS].lignes]
    trouvees = {ligne.serie.split(".")[1]: ligne for ligne in lignes}
    return {chiffre: trouvees[chiffre] for chiffre in k.dispositif.vocabulaire.faits["chiffre"].valeurs}


def _valeur(k: Calcul, chiffre: str) -> Fraction:
    """La valeur citée, dans son unité : une part est en pour cent."""
    ligne = _lignes(k)[chiffre]
    lecteur = Element(k, "lecture", 0, {"chiffre": chiffre})
    nombre = lecteur.table(_NOMBRES, le=ligne.du)
    if nombre is not None:
        return Fraction(nombre)
    return Fraction(lecteur.table(_PARTS, le=ligne.du) or 0) * _CENT / UNITE_TAUX


def _mot(k: Calcul, table: str, **faits: str) -> str | None:
    return Element(k, "lecture", 0, faits).mot(table)


def _mot_de(k: Calcul, table: str, chiffre: str) -> str | None:
    """Le mot d'un chiffre, à l'année où il est cité."""
    lecteur = Element(k, "lecture", 0, {"chiffre": chiffre})
    valeur = k.corpus.tables[table].choisir(lecteur.fait, _lignes(k)[chiffre].du, k.calendrier).valeur
    return valeur if isinstance(valeur, str) else None


def _dit(k: Calcul, table: str, **faits: str) -> str | None:
    mot = _mot(k, table, **faits)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]


def _libelle(k: Calcul, fait: str, valeur: str) -> str:
    return k.dispositif.vocabulaire.faits[fait].valeurs[valeur]
