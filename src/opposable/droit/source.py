"""Les sources : un document, un passage cité, ce que vaut leur autorité ; et leur lecture."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from opposable.droit import temps
from opposable.droit.lecture import Noeud

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


def lire_document(ident: str, noeud: Noeud) -> Document:
    """Le document écrit à ce nœud. :class:`ErreurCorpus` si son autorité ou ses dates ne conviennent pas."""
    cles = noeud.cles(
        frozenset({"titre", "autorite", "nature", "fichier", "date", "adresse", "lu_le", "verifie_le", "concordance"}),
        ident,
        frozenset({"titre", "autorite", "verifie_le"}),
    )
    champs = {cle: n.texte(ident) for cle, n in cles.items()}
    if champs["autorite"] not in AUTORITES[:3]:
        raise cles["autorite"].defaut(
            f"autorité inconnue « {champs['autorite']} »", regle=ident, attendu="texte, officiel ou presse"
        )
    if champs["autorite"] != "texte" and not champs.get("lu_le"):
        raise noeud.defaut(
            "un document officiel ou de presse dit quand il a été lu", regle=ident, attendu="lu_le: AAAA-MM-JJ"
        )
    try:
        verifie = temps.jour(champs["verifie_le"])
    except ValueError:
        raise cles["verifie_le"].defaut("date impossible", regle=ident, attendu="AAAA-MM-JJ") from None
    return Document(
        ident, champs["titre"], champs["autorite"], verifie, champs.get("fichier", ""), champs.get("adresse", ""),
        champs.get("lu_le", ""), champs.get("concordance", ""),
    )  # fmt: skip


def lire_passage(ident: str, noeud: Noeud, documents: Mapping[str, Document], tous: Container[str]) -> Passage:
    """Le passage écrit à ce nœud ; ``tous`` : les identifiants connus. :class:`ErreurCorpus` s'il cite mal."""
    cles = noeud.cles(frozenset({"document", "lieu", "extrait", "autorite", "equation", "de"}), ident)
    champs = {cle: n.texte(ident) for cle, n in cles.items() if cle != "de"}
    if champs.get("autorite") == "deduit":
        de = tuple(n.texte(ident) for n in cles["de"].liste(ident)) if "de" in cles else ()
        inconnus = [d for d in de if d not in tous]
        if not champs.get("equation") or not de or inconnus:
            raise noeud.defaut(
                "une valeur déduite donne son équation et les passages dont elle vient",
                regle=ident,
                attendu="equation et de: [passages]",
            )
        return Passage(
            ident, None, champs.get("lieu", ""), champs["equation"], "deduit", de, noeud.fichier, noeud.ligne
        )
    if "document" not in champs or "extrait" not in champs:
        raise noeud.defaut(
            "un passage donne son document et son extrait", regle=ident, attendu="document, lieu, extrait"
        )
    if champs["document"] not in documents:
        raise cles["document"].defaut(
            f"document inconnu « {champs['document']} »", regle=ident, attendu="un identifiant de documents.yaml"
        )
    document = documents[champs["document"]]
    return Passage(ident, document, champs.get("lieu", ""), champs["extrait"], document.autorite)
