"""La surcouche à compléter qui donnerait une valeur manquante."""

from __future__ import annotations

import json
from typing import Final

from opposable.droit.lecture import Noeud
from opposable.droit.surcouche import identifiant_de_ligne


def gabarit(nom: str, libelle: str, noeud: Noeud, ligne: str, le: str) -> str:
    """La surcouche qui donnerait une valeur manquante d'une table : il reste à écrire VALEUR et sa source.

    ``ligne`` est l'identifiant de la ligne sans valeur, vide quand aucune ne couvre le cas ; ``le`` date la surcouche.
    """
    cles = noeud.table()
    cle = "montant" if cles["type"].texte() == "montant" else "valeur"
    ecrite = next((n for n in cles["lignes"].liste() if identifiant_de_ligne(nom, n) == ligne), None)
    gardees = {c: n for c, n in ecrite.table().items() if c in _GARDEES} if ecrite is not None else {}
    corps = ", ".join([*(f"{c}: {_flux(n)}" for c, n in gardees.items() or [("du", Noeud(le, "", 0))])])
    rangee = f"{{{corps}, {cle}: VALEUR, source: source_{nom}}}"
    operation = f"remplace: {{{_texte(ligne)}: {rangee}}}" if ecrite is not None else f"ajoute: [{rangee}]"
    return (
        f"surcouche: {{nom: {nom}, libelle: {_texte(libelle)}, date: {le}}}\n"
        f'documents: {{source_{nom}: {{titre: "TITRE", autorite: officiel, lu_le: {le}, verifie_le: {le}}}}}\n'
        f'passages: {{source_{nom}: {{document: source_{nom}, lieu: "ENDROIT", extrait: "EXTRAIT"}}}}\n'
        f"tables: {{{nom}: {{lignes: {{{operation}}}}}}}\n"
    )


_GARDEES: Final = ("nom", "du", "au", "cellule", "sauf_de", "report")


def _flux(noeud: Noeud) -> str:
    """Un nœud réécrit en YAML, sur une ligne."""
    if isinstance(noeud.valeur, dict):
        return "{" + ", ".join(f"{_texte(cle)}: {_flux(n)}" for cle, n in noeud.valeur.items()) + "}"
    if isinstance(noeud.valeur, list):
        return "[" + ", ".join(_flux(n) for n in noeud.valeur) + "]"
    return _texte(noeud.valeur)


def _texte(texte: str) -> str:
    return json.dumps(texte, ensure_ascii=False)
