"""Ce qu'une page reçoit du serveur, et de quoi lire un formulaire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opposable.droit.corpus import Corpus
from opposable.portes import python as api
from opposable.portes.api.calcul import Calculateur


@dataclass(frozen=True, slots=True)
class Porte:
    """Ce qu'une page demande : de quoi calculer, les surcouches en vigueur, la description de l'API."""

    calculer: Calculateur
    surcouches: Sequence[Path]
    api: dict[str, Any]

    @property
    def corpus(self) -> Corpus:
        """Le corpus qui répond, surcouches comprises."""
        return api.corpus(self.surcouches)

    def entete(self) -> dict[str, Any]:
        """Ce que le pied de chaque page dit : le corpus et les surcouches."""
        lu: dict[str, Any] = self.corpus.entete()
        return {"corpus": lu["corpus"], "surcouches": lu["surcouches"]}
