"""Les modèles typés de « opposable textes » : sommaire, document, énoncé, contradiction."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, RootModel

from opposable.portes.modeles import Entete, Modele, Source

Taux = str
"""Un taux décimal à quatre chiffres : « 0.1234 »."""
StatutEnonce = Literal["calcule", "descriptif", "manquant", "contradictoire", "a_venir"]


class Document(Modele):
    """Un document cité. ``verifie_le`` : le jour où on l'a confronté aux textes pour la dernière fois."""

    id: str
    titre: str
    autorite: Literal["texte", "officiel", "presse"]
    adresse: str | None
    lu_le: str | None
    verifie_le: str


class Comptes(Modele):
    """Les énoncés par statut."""

    enonces: int
    statuts: dict[StatutEnonce, int]
    part_descriptif: Taux
    part_calcule: Taux


class DocumentCompte(Document, Comptes):
    """Un des cinq documents et ses comptes."""


class DocumentCite(Document):
    """Un autre document, et le nombre de passages que le corpus en cite."""

    passages: int


class Enonce(Modele):
    """Un énoncé d'un des cinq documents, et ce qui en est fait.

    ``systeme`` : le numéro du mécanisme qu'il décrit, ``mecanisme`` son nom ; nuls s'il n'en décrit aucun.
    """

    id: str
    document: str
    domaine: str
    enonce: str
    precision: str | None
    extrait: str
    suite: str | None
    doute: str | None
    statut: StatutEnonce
    par: list[str]
    raison: str | None
    manque: str | None
    reste: str | None
    systeme: str | None
    mecanisme: str | None
    contradictions: list[str]


class Contradiction(Modele):
    """Ce que les textes disent de deux façons, la lecture retenue et pourquoi.

    ``enonces`` : ceux des cinq documents ; ``passages`` : ceux des autres.
    """

    id: str
    sujet: str
    valeurs: list[str]
    enonces: list[str]
    passages: list[Source]
    tranche: bool
    lecture: str
    pourquoi: str


class ElementPorteur(Modele):
    """Un élément du corpus qui cite un passage : son acte ou sa table, son identifiant, son genre."""

    endroit: str
    id: str
    genre: str


class PassageCite(Modele):
    """Un passage cité par le corpus, et ce qu'il porte."""

    id: str
    lieu: str
    extrait: str
    portent: list[ElementPorteur]


class Textes(Entete):
    """Le sommaire des textes."""

    documents: list[DocumentCompte]
    total: Comptes
    autres_documents: list[DocumentCite]
    contradictions: list[Contradiction]
    enonces: list[Enonce]


class TextesDocument(Entete):
    """La page d'un des cinq documents."""

    document: DocumentCompte
    enonces: list[Enonce]


class TextesCite(Entete):
    """La page d'un autre document."""

    document: Document
    passages: list[PassageCite]


class TextesEnonce(Entete):
    """La page d'un énoncé."""

    enonce: Enonce
    document: Document
    portent: list[ElementPorteur]
    contradictions: list[Contradiction]


class TextesContradiction(Entete):
    """La page d'une contradiction."""

    contradiction: Contradiction
    enonces: list[Enonce]


class Texte(RootModel[TextesDocument | TextesCite | TextesEnonce | TextesContradiction]):
    """La page d'un document, d'un énoncé ou d'une contradiction."""


MODELES: dict[str, type[BaseModel]] = {"textes": Textes, "texte": Texte}
"""Les modèles par nom de schéma."""
