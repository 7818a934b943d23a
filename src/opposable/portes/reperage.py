"""Retrouver dans un texte JSON la ligne, la colonne et le chemin de ce qui cloche ; ne sert qu'en cas d'erreur."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_JETON: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_DEUX_POINTS: Final = re.compile(r"\s*:")


@dataclass(frozen=True)
class Place:
    """Une place dans le texte : ligne et colonne comptées à partir de 1, et le chemin de la clé s'il est connu."""

    ligne: int
    colonne: int
    chemin: str = ""
    cle: str = ""

    def __str__(self) -> str:
        suite = f" ({self.chemin})" if self.chemin else ""
        return f"ligne {self.ligne}, colonne {self.colonne}{suite}"


@dataclass
class _Niveau:
    """Un objet ou un tableau ouvert, pendant la lecture."""

    objet: bool
    cles: set[str] = field(default_factory=set)
    cle: str = ""
    rang: int = 0


def place(texte: str, position: int, lignes_avant: int = 0, chemin: str = "", cle: str = "") -> Place:
    """La place du caractère ``position`` ; ``lignes_avant`` s'ajoute quand le texte est une ligne d'un fichier."""
    debut = texte.rfind("\n", 0, position) + 1
    return Place(texte.count("\n", 0, position) + 1 + lignes_avant, position - debut + 1, chemin, cle)


def doublon(texte: str, lignes_avant: int = 0) -> Place | None:
    """La première clé écrite deux fois dans un même objet."""
    for jeton, pile in _parcours(texte):
        mot = jeton.group()
        if not (pile and pile[-1].objet and mot.startswith('"') and _DEUX_POINTS.match(texte, jeton.end())):
            continue
        cle = str(json.loads(mot, strict=False))
        if cle in pile[-1].cles:
            return place(texte, jeton.start(), lignes_avant, _chemin(pile[:-1], cle), cle)
        pile[-1].cles.add(cle)
        pile[-1].cle = cle
    return None


def hors_json(texte: str, mot: str, lignes_avant: int = 0) -> Place | None:
    """La première fois que ``mot`` est écrit comme une valeur, hors des guillemets."""
    for jeton, pile in _parcours(texte):
        lu = jeton.group()
        if pile and lu.startswith('"') and _DEUX_POINTS.match(texte, jeton.end()):
            pile[-1].cle = str(json.loads(lu, strict=False))
        elif lu == mot:
            return place(texte, jeton.start(), lignes_avant, _chemin(pile))
    return None


def _parcours(texte: str) -> Iterator[tuple[re.Match[str], list[_Niveau]]]:
    pile: list[_Niveau] = []
    for jeton in _JETON.finditer(texte):
        match jeton.group():
            case "{" | "[" as ouvrant:
                pile.append(_Niveau(ouvrant == "{"))
            case "}" | "]":
                if pile:
                    pile.pop()
            case ",":
                if pile and not pile[-1].objet:
                    pile[-1].rang += 1
            case _:
                yield jeton, pile


def _chemin(pile: list[_Niveau], cle: str = "") -> str:
    morceaux = [f".{niveau.cle}" if niveau.objet else f"[{niveau.rang}]" for niveau in pile]
    return ("".join(morceaux) + (f".{cle}" if cle else "")).lstrip(".")
