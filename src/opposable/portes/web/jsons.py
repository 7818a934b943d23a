"""Écrire du JSON pour une personne : ce qui tient sur une ligne y reste."""

from __future__ import annotations

import json
from typing import Any, Final

LARGEUR: Final = 78


def lisible(objet: Any, retrait: int = 0) -> str:
    """Le JSON de ``objet`` ; un objet ou un tableau trop long pour une ligne en prend une par élément."""
    ligne = json.dumps(objet, ensure_ascii=False)
    if len(ligne) + retrait <= LARGEUR or not isinstance(objet, dict | list) or not objet:
        return ligne
    if isinstance(objet, dict):
        elements = [f"{json.dumps(cle, ensure_ascii=False)}: {lisible(v, retrait + 2)}" for cle, v in objet.items()]
    else:
        elements = [lisible(v, retrait + 2) for v in objet]
    marge = " " * (retrait + 2)
    bornes = "{}" if isinstance(objet, dict) else "[]"
    return f"{bornes[0]}\n{marge}" + f",\n{marge}".join(elements) + f"\n{' ' * retrait}{bornes[1]}"
