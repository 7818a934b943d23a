"""Le graphique d'un tableau qui se suit dans le temps : une ligne par colonne, en SVG, sans script ni style en ligne.

Le graphique redit le tableau ; une case vide est un trou, jamais un zéro. Les valeurs sont des dix-millièmes entiers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from opposable.portes.web import dessin
from opposable.rendu.texte_dispositifs import dire

_UNITE: Final = 10_000
_LETTRES: Final = dict.fromkeys(("label_font_size", "major_label_font_size", "legend_font_size"), 13)
_POINTS: Final = 2
"""En deçà, rien à relier."""


def dessiner(sortie: Mapping[str, Any], rangees: Sequence[Mapping[str, Any]], unite: str = "") -> Markup | None:
    """Le graphique d'un tableau dont la fiche dit l'axe et les séries ; rien s'il n'en a pas, ou un seul point."""
    dit = sortie.get("graphique")
    if not dit or len(rangees) < _POINTS:
        return None
    colonnes = {c["nom"]: c for c in sortie["colonnes"]}
    series = {nom: [_nombre(r[nom]) for r in rangees] for nom in dit["y"]}
    series = {nom: points for nom, points in series.items() if any(p is not None for p in points)}
    if not series:
        return None
    type_ = colonnes[next(iter(series))]["type"]
    noms = [dire(colonnes[dit["x"]]["type"], r[dit["x"]]) for r in rangees]
    return _lignes(
        noms, {colonnes[nom]["libelle"]: points for nom, points in series.items()}, type_, sortie["libelle"], unite
    )


def _nombre(valeur: Any) -> int | None:
    """La valeur, en dix-millièmes ; un intervalle ou une case vide ne se dessine pas."""
    return None if valeur is None or isinstance(valeur, list) else int(Decimal(str(valeur)) * _UNITE)


def _lignes(noms: Sequence[str], series: Mapping[str, list[int | None]], type_: str, titre: str, unite: str) -> Markup:
    pygal, etree = dessin.bibliotheque()
    haut = dessin.haut(max(p for points in series.values() for p in points if p is not None))
    graphe = pygal.Line(
        js=[], css=[], pretty_print=False, disable_xml_declaration=True, width=720, height=300 + 22 * len(series),
        margin=12, margin_right=40, show_legend=True, legend_at_bottom=True, legend_at_bottom_columns=1,
        truncate_label=-1, truncate_legend=-1, range=(0, haut), y_labels=dessin.graduations(haut),
        x_labels=list(noms), dots_size=4, allow_interruptions=True, value_formatter=lambda n: _ecrit(int(n), type_),
        style=pygal.style.Style(font_family=dessin.LETTRES, **_LETTRES),
    )  # fmt: skip
    for nom, points in series.items():
        graphe.add(f"{nom}{f' ({unite})' if unite else ''}", points)
    arbre = graphe.render_tree()
    dessin.nettoyer(arbre, "trajectoire", titre, points=True)
    dessin.en_classes(arbre, titre, len(series))
    texte: str = etree.tostring(arbre, encoding="unicode")
    return Markup(texte)  # noqa: S704 - un arbre XML, dont la bibliothèque échappe les textes


def _ecrit(dix_milliemes: int, type_: str) -> str:
    """Une graduation, telle qu'une personne la lit."""
    entier, reste = divmod(dix_milliemes, _UNITE)
    texte = f"{entier}.{reste:04d}".rstrip("0").rstrip(".")
    if type_ == "montant":
        return dessin.euros_courts(dix_milliemes // 100)
    return dire("nombre" if type_ == "entier" else type_, texte)
