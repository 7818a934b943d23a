"""Les graphiques de l'année d'un médecin, en SVG dans la page : ni script, ni style en ligne.

Chaque graphique redit un tableau de la page ; les valeurs sont des centimes entiers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from opposable.droit import montant
from opposable.portes.web import dessin

FONDEMENTS: Final = (
    ("texte", "Textes et publications officielles"),
    ("presse", "Presse"),
    ("deduit", "Valeur déduite"),
    ("incertain", "Incertain"),
)
"""Les parts d'une barre, de la plus sûre à la moins sûre."""
LARGEUR: Final = 720
"""La largeur d'un graphique, en unités du dessin."""
LETTRES: Final = dict.fromkeys(("label_font_size", "major_label_font_size", "value_font_size", "legend_font_size"), 13)
_MOIS: Final = (
    "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Serie:
    """Une série : son nom, sa couleur dans la feuille de style (``teinte-N``), ses valeurs en centimes."""

    nom: str
    teinte: int
    valeurs: Sequence[int | None]


def dispositifs(lignes: Sequence[Mapping[str, Any]], titre: str, ident: str) -> Markup | None:
    """Une barre par dispositif qui a un montant ou un plafond, partagée selon ce qui la fonde."""
    dessinees = [ligne for ligne in lignes if any(_parts(ligne).values())]
    if not dessinees:
        return None
    parts = [_parts(ligne) for ligne in dessinees]
    series = [
        Serie(libelle, rang, [p[cle] or None for p in parts])
        for rang, (cle, libelle) in enumerate(FONDEMENTS)
        if any(p[cle] for p in parts)
    ]
    haut = max(sum(p.values()) for p in parts)
    noms = [f"{_court(x['libelle'])} : {_valeur(x)}" for x in dessinees]
    return barres("HorizontalStackedBar", noms, series, haut, titre, ident)


def groupes(lignes: Sequence[Mapping[str, Any]], annees: tuple[int, int], titre: str, ident: str) -> Markup | None:
    """Deux barres par groupe : l'année du dossier, et celle qu'on lui compare."""
    if not lignes:
        return None
    series = [
        Serie(str(annee), teinte, [_centimes(ligne[cle]) or None for ligne in lignes])
        for annee, cle, teinte in zip(annees, ("montant", "comparee"), (0, len(FONDEMENTS)), strict=True)
    ]
    haut = max((v or 0 for serie in series for v in serie.valeurs), default=0)
    return barres("HorizontalBar", [_court(x["libelle"]) for x in lignes], series, haut, titre, ident)


def mois(echeances: Sequence[Mapping[str, Any]], titre: str, ident: str) -> Markup | None:
    """Une barre par mois où quelque chose est versé."""
    par_mois: dict[str, int] = {}
    for echeance in echeances:
        par_mois[echeance["date"][:7]] = par_mois.get(echeance["date"][:7], 0) + (_centimes(echeance["montant"]) or 0)
    verses = {cle: somme for cle, somme in sorted(par_mois.items()) if somme}
    if not verses:
        return None
    noms = [f"{_MOIS[int(cle[5:]) - 1]} {cle[:4]}" for cle in verses]
    return barres("Bar", noms, [Serie("Versé", 0, list(verses.values()))], max(verses.values()), titre, ident)


def _parts(ligne: Mapping[str, Any]) -> dict[str, int]:
    """Ce qui fonde chaque part du montant ; d'un montant borné, l'écart entre ses bornes est incertain."""
    autorites = {a: _centimes(v) or 0 for a, v in ligne["autorites"].items()}
    bas, haut = _centimes(ligne["au_moins"]) or 0, _centimes(ligne["au_plus"])
    connu = ligne["montant"] is not None
    return {
        "texte": autorites.get("texte", 0) + autorites.get("officiel", 0) if connu else bas,
        "presse": autorites.get("presse", 0) if connu else 0,
        "deduit": autorites.get("deduit", 0) if connu else 0,
        "incertain": 0 if connu or haut is None else haut - bas,
    }


def _valeur(ligne: Mapping[str, Any]) -> str:
    """Le montant, ou ses bornes, sans les centimes s'ils sont nuls."""
    bas, haut = (_centimes(ligne[cle]) for cle in ("au_moins", "au_plus"))
    if bas is None or haut is None:
        return f"au moins {dessin.euros_courts(bas or 0)}"
    return dessin.euros_courts(bas) if bas == haut else f"{dessin.euros_courts(bas)} à {dessin.euros_courts(haut)}"


def _centimes(texte: str | None) -> int | None:
    return None if texte is None else montant.centimes(texte)


def _court(libelle: str) -> str:
    """Un libellé sans article ni sigle entre parenthèses, pour tenir à côté de sa barre."""
    sans = libelle.partition(" (")[0]
    for article in ("Le ", "La ", "Les ", "L'"):
        if sans.startswith(article):
            sans = sans.removeprefix(article)
            break
    return f"{sans[:1].upper()}{sans[1:]}"


def barres(
    genre: str,
    noms: Sequence[str],
    series: Sequence[Serie],
    plus_grand: int,
    titre: str,
    ident: str,
    *,
    valeurs: bool = True,
) -> Markup:
    """Le SVG d'un graphique en barres ; couchées, la première est en haut. ``valeurs`` : les écrire sur les barres."""
    pygal, _ = dessin.bibliotheque()
    debout = genre == "Bar"
    sens = 1 if debout else -1
    haut = dessin.haut(plus_grand)
    hauteur = (
        280 if debout else 70 + 34 * len(noms) * (len(series) if genre == "HorizontalBar" else 1) + 26 * len(series)
    )
    empilees = genre == "HorizontalStackedBar"
    graphe = getattr(pygal, genre)(
        js=[], css=[], pretty_print=False, print_values=valeurs and not empilees, print_values_position="top",
        disable_xml_declaration=True, width=LARGEUR, height=hauteur, margin=12, margin_right=40,
        show_legend=len(series) > 1, legend_at_bottom=True, legend_at_bottom_columns=1, truncate_label=-1,
        truncate_legend=-1, range=(0, haut), y_labels=dessin.graduations(haut), x_labels=list(noms)[::sens],
        value_formatter=lambda c: dessin.euros_courts(int(c)),
        style=pygal.style.Style(font_family=dessin.LETTRES, **LETTRES),
    )  # fmt: skip
    for serie in series:
        graphe.add(serie.nom, list(serie.valeurs)[::sens])
    return finir(graphe, series, titre, ident)


def finir(graphe: Any, series: Sequence[Serie], titre: str, ident: str) -> Markup:
    """Le SVG d'un graphique, nettoyé : ses couleurs viennent de la feuille de style, il a un nom, rien ne s'exécute."""
    _, etree = dessin.bibliotheque()
    arbre = graphe.render_tree()
    dessin.nettoyer(arbre, ident, titre)
    dessin.en_classes(arbre, titre, len(series), [serie.teinte for serie in series])
    texte: str = etree.tostring(arbre, encoding="unicode")
    return Markup(texte)  # noqa: S704 - un arbre XML, dont la bibliothèque échappe les textes
