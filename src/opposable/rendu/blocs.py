"""Les morceaux communs aux rendus en texte : console, paragraphes, sources, pied de page."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING, Any, Final, TextIO

from opposable.rendu.francais import cite, date_longue, enumeration, propre, valeur

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Reponse = dict[str, Any]

LARGEUR_HORS_TERMINAL: Final = 100
MARQUES: Final = {"presse": "source : presse", "deduit": "valeur déduite"}
"""Ce qui signale une valeur qui ne vient ni d'un texte ni d'une publication officielle."""

_INSECABLE: Final = "\N{NO-BREAK SPACE}"
_AVANT: Final = re.compile(r" (?=[:;?!»€%·])|(?<=«) |(?<=\d) (?=\d{3}(?!\d))")


def console_pour(flux: TextIO) -> Console:
    """La console qui écrit sur ``flux`` : ni couleur ni largeur devinée hors d'un terminal."""
    from rich.console import Console

    terminal = flux.isatty()
    largeur = None if terminal or os.environ.get("COLUMNS", "").isdigit() else LARGEUR_HORS_TERMINAL
    return Console(
        file=flux, force_terminal=terminal, width=largeur, highlight=False, markup=False, emoji=False, soft_wrap=False
    )


def ligne(console: Console, texte: str = "", style: str = "") -> None:
    """Écrit une ligne telle quelle, sans la replier."""
    from rich.text import Text

    console.print(Text(texte, style=style), soft_wrap=True)


def paragraphe(console: Console, texte: str, retrait: int = 0, suite: int = 0, style: str = "") -> None:
    """Écrit un paragraphe replié à la largeur de la console, sans séparer un nombre de son unité, ni
    couper ses milliers.

    ``suite`` est le retrait supplémentaire des lignes qui suivent la première.
    """
    colle = _AVANT.sub(_INSECABLE, propre(texte))
    for morceau in textwrap.wrap(
        colle,
        max(console.width, 40),
        initial_indent=" " * retrait,
        subsequent_indent=" " * (retrait + suite),
        break_long_words=False,
        break_on_hyphens=False,
    ):
        ligne(console, morceau.replace(_INSECABLE, " "), style)


def grille(*en_tetes: str) -> Table:
    """Un tableau sans cadre ; les codes, les dates et les montants ne se replient pas."""
    from rich import box
    from rich.table import Table

    entiers = {"Code", "Le", "Montant", "Valeur", "Depuis", "Gravité", "Imprimé le", "Effectif le", "Jusqu'au"}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for en_tete in en_tetes:
        table.add_column(en_tete, no_wrap=en_tete in entiers, overflow="fold")
    return table


def titre(console: Console, texte: str) -> None:
    """Écrit un intertitre, précédé d'une ligne vide."""
    ligne(console)
    paragraphe(console, texte, style="bold")


def source(document: dict[str, Any] | str) -> str:
    """Une source sur une ligne : document · passage · « extrait » · marque si elle ne fait pas autorité."""
    if isinstance(document, str):
        return propre(document)
    morceaux = [document.get("document"), document.get("passage")]
    if document.get("extrait"):
        morceaux.append(f"« {cite(document['extrait'])} »")
    morceaux.append(MARQUES.get(document.get("autorite", "")))
    return " · ".join(propre(m) for m in morceaux if m)


def sources(console: Console, documents: list[dict[str, Any] | str], notes: Notes, retrait: int = 2) -> None:
    """Écrit chaque source nouvelle sur une ligne, avec son numéro ; une source déjà citée n'est plus qu'un numéro."""
    deja = []
    for dite in dict.fromkeys(source(document) for document in documents):
        nouvelle, numero = notes.numero(dite)
        if nouvelle:
            paragraphe(console, f"Source {numero} : {dite}", retrait, suite=2, style="dim")
        else:
            deja.append(numero)
    if deja:
        mot = "Source" if len(deja) == 1 else "Sources"
        paragraphe(console, f"{mot} {enumeration([str(numero) for numero in sorted(deja)])}", retrait, style="dim")


def source_courte(console: Console, documents: list[dict[str, Any] | str], retrait: int = 2) -> None:
    """Écrit la première source, celle qui donne la valeur ; les autres sont seulement comptées."""
    dites = list(dict.fromkeys(source(document) for document in documents))
    if not dites:
        return
    autres = f" (et {len(dites) - 1} autre{'s' if len(dites) > 2 else ''}, avec --json)" if len(dites) > 1 else ""
    paragraphe(console, f"Source : {dites[0]}{autres}", retrait, suite=2, style="dim")


class Notes:
    """Les sources citées dans un rendu : chacune reçoit un numéro la première fois."""

    def __init__(self) -> None:
        self._numeros: dict[str, int] = {}

    def numero(self, dite: str) -> tuple[bool, int]:
        """Le numéro d'une source, et s'il est nouveau."""
        connu = self._numeros.get(dite)
        if connu is not None:
            return False, connu
        self._numeros[dite] = len(self._numeros) + 1
        return True, self._numeros[dite]


def pied(console: Console, reponse: Reponse) -> None:
    """Écrit l'avertissement, la version, le corpus et les surcouches."""
    ligne(console)
    if reponse.get("avertissement"):
        paragraphe(console, reponse["avertissement"], style="italic")
    corpus = reponse.get("corpus") or {}
    morceaux = [f"Opposable {reponse.get('version', '')}".strip()]
    if corpus.get("arrete_au"):
        version = f" ({propre(str(corpus['version']))})" if corpus.get("version") else ""
        morceaux.append(f"corpus arrêté au {date_longue(corpus['arrete_au'])}{version}")
    surcouches = [_nom_de_surcouche(surcouche) for surcouche in reponse.get("surcouches") or []]
    if surcouches:
        morceaux.append(
            f"avec {'la surcouche' if len(surcouches) == 1 else 'les surcouches'} {enumeration(surcouches)}"
        )
    paragraphe(console, " · ".join(morceaux), style="dim")


def _nom_de_surcouche(surcouche: dict[str, Any] | str) -> str:
    if isinstance(surcouche, str):
        return propre(surcouche)
    return propre(str(surcouche.get("id") or surcouche.get("nom") or valeur(surcouche)))
