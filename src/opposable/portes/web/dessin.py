"""Ce que tous les graphiques ont en commun : la bibliothèque de dessin, des graduations rondes, un SVG nettoyé."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from opposable.droit import montant
from opposable.rendu import francais

LETTRES: Final = "system-ui, sans-serif"


def bibliotheque() -> tuple[Any, Any]:
    """La bibliothèque de dessin, et ses arbres XML ; son crochet d'importation, périmé, est ôté."""
    import sys

    import pygal
    import pygal.style
    from pygal.etree import etree

    sys.meta_path[:] = [crochet for crochet in sys.meta_path if type(crochet).__module__ != "pygal"]
    return pygal, etree


def nettoyer(arbre: Any, ident: str, titre: str, styles: str = "", *, points: bool = False) -> None:
    """Ôte de l'arbre les scripts, les commentaires, les bulles ; y met un nom, et ces seuls styles (aucun : sans).

    ``points`` : garde ceux d'une ligne, que la bibliothèque dessine avec ses bulles.
    """
    arbre.set("id", ident)
    arbre.set("role", "img")
    for parent in list(arbre.iter()):
        for noeud in list(parent):
            nom = "" if callable(noeud.tag) else noeud.tag.rpartition("}")[2]
            classe = noeud.get("class") or ""
            bulle = not points and classe.endswith("overlay") and "text" not in classe
            if nom in {"", "script"} or bulle or (nom == "style" and not styles):
                parent.remove(noeud)
            elif nom == "style":
                noeud.text = styles
            elif nom == "title" and parent is arbre:
                noeud.text = titre


def en_classes(arbre: Any, titre: str, series: int, teintes: Sequence[int] = ()) -> None:
    """Donne au graphique son nom et à chaque série la classe de sa couleur (``teinte-N``) ; ôte le style en ligne.

    ``teintes`` : celle de chaque série, son rang sinon.
    """
    arbre.set("class", "graphique")
    arbre.set("aria-label", titre)
    for noeud in list(arbre.iter()):
        classes = (noeud.get("class") or "").split()
        for rang in range(series):
            if f"color-{rang}" in classes:
                noeud.set("class", " ".join([*classes, f"teinte-{teintes[rang] if teintes else rang}"]))
        for enfant in [e for e in noeud if e.tag.endswith("desc")]:
            noeud.remove(enfant)
        for attribut in [a for a in ("style", "id") if noeud is not arbre and a in noeud.attrib]:
            del noeud.attrib[attribut]


def euros_courts(valeur: int) -> str:
    """``3000`` se lit « 30 € », ``2650`` « 26,50 € »."""
    return francais.montant(montant.euros(valeur)).replace(",00 €", " €").replace(" ", "\N{NO-BREAK SPACE}")


def haut(plus_grand: int) -> int:
    """Le haut de l'axe : la première graduation au-dessus de la plus grande valeur, en centimes."""
    pas = _pas(plus_grand)
    return pas * (plus_grand // pas + 1)


def graduations(jusqu_a: int) -> list[int]:
    """Cinq graduations au plus, rondes, de zéro au haut de l'axe."""
    return list(range(0, jusqu_a + 1, _pas(jusqu_a - 1)))


def _pas(plus_grand: int) -> int:
    """Un pas rond : 1, 2 ou 5 fois une puissance de dix."""
    pas = 10
    while plus_grand >= pas * 5:
        pas = pas * 2 if str(pas)[0] == "1" else pas * 5 // 2 if str(pas)[0] == "2" else pas * 2
    return pas
