"""Les sources : un document, un passage cité, et ce que vaut leur autorité."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AUTORITES: Final = ("texte", "officiel", "presse", "deduit")
"""Du plus sûr au moins sûr : les cinq documents, un texte officiel lu, la presse, une déduction."""


@dataclass(frozen=True, slots=True)
class Document:
    """Un document cité. ``verifie_le`` est le jour jusqu'auquel on l'a confronté aux textes."""

    id: str
    titre: str
    autorite: str
    verifie_le: int
    fichier: str = ""
    adresse: str = ""
    lu_le: str = ""
    concordance: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Un passage cité par une ligne du corpus : où, et l'extrait exact (ou l'équation d'une valeur déduite)."""

    id: str
    document: Document | None
    lieu: str
    extrait: str
    autorite: str
    de: tuple[str, ...] = ()
    fichier: str = ""
    ligne: int = 0

    def en_dict(self) -> dict[str, str]:
        """La forme publique : ``{document, passage, extrait, autorite}``."""
        titre = self.document.titre if self.document else "Valeur déduite"
        return {"document": titre, "passage": self.lieu, "extrait": self.extrait, "autorite": self.autorite}
