"""Les cellules imprimées que la démonstration recalcule, lues de ``tableaux.yaml`` et de ``tableaux/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from opposable.droit.erreurs import Erreur

NATURES: Final = {
    "manquant": "valeur manquante",
    "non_tranche": "sources contradictoires",
    "hors_corpus": "acte hors du corpus",
}
"""Ce qui permet à une cellule de n'être pas reproduite."""

_TABLEAU: Final = {"titre", "document", "fichier", "note", "modeles", "cellules"}
_OBLIGATOIRES: Final = {"ligne", "colonne", "imprime", "le", "citation", "cotations"}
_FACULTATIVES: Final = {"sur", "decomposition", "refusees", "deduction", "annonce", "non_reproduite"}


class ErreurTableau(Erreur):
    """Un tableau de la démonstration est mal écrit."""


@dataclass(frozen=True, slots=True)
class Cellule:
    """Une valeur imprimée : où, combien, à quelle date elle vaut, d'après quelle phrase, et les factures à coter."""

    ligne: str
    colonne: str
    imprime: Decimal
    le: date
    citation: tuple[str, ...]
    cotations: tuple[Mapping[str, Any], ...]
    sur: tuple[str, ...] = ()
    decomposition: str = ""
    refusees: tuple[tuple[str, str], ...] = ()
    deduction: str = ""
    annonce: date | None = None
    nature: str = ""
    raison: str = ""

    @property
    def nom(self) -> str:
        """La cellule telle qu'on la désigne dans un message."""
        return f"{self.ligne}, {self.colonne}"


@dataclass(frozen=True, slots=True)
class Tableau:
    """Un tableau imprimé et ses cellules."""

    nom: str
    titre: str
    document: str
    fichier: str
    note: str
    cellules: tuple[Cellule, ...]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Les tableaux, le nombre de cellules attendu de chacun, et la facture expliquée à la fin."""

    tableaux: tuple[Tableau, ...]
    decompte: Mapping[str, int]
    exemple: Mapping[str, Any]


def charger() -> Demonstration:
    """La démonstration livrée avec le paquet."""
    dossier = files("opposable.demo")
    index = _lire(dossier / "tableaux.yaml")
    decompte = {str(nom): int(nombre) for nom, nombre in index["decompte"].items()}
    presents = {f.name.removesuffix(".yaml") for f in (dossier / "tableaux").iterdir() if f.name.endswith(".yaml")}
    if presents != decompte.keys():
        ecart = ", ".join(sorted(presents ^ decompte.keys()))
        raise ErreurTableau(f"démonstration : tableau sans décompte, ou décompte sans tableau : {ecart}")
    tableaux = tuple(_tableau(nom, _lire(dossier / "tableaux" / f"{nom}.yaml")) for nom in decompte)
    return Demonstration(tableaux, decompte, index["exemple"])


def _lire(fichier: Traversable) -> dict[str, Any]:
    contenu = yaml.safe_load(fichier.read_text(encoding="utf-8"))
    if not isinstance(contenu, dict):
        raise ErreurTableau(f"{fichier.name} : un objet est attendu")
    return contenu


def _tableau(nom: str, brut: Mapping[str, Any]) -> Tableau:
    if brut.keys() != _TABLEAU:
        raise ErreurTableau(f"{nom} : clés en trop ou manquantes : {', '.join(sorted(brut.keys() ^ _TABLEAU))}")
    cellules = tuple(_cellule(f"{nom}, cellule {rang}", une) for rang, une in enumerate(brut["cellules"], 1))
    return Tableau(nom, brut["titre"], brut["document"], brut["fichier"], brut["note"].strip(), cellules)


def _cellule(ou: str, brut: Mapping[str, Any]) -> Cellule:
    fautes = (_OBLIGATOIRES - brut.keys()) | (brut.keys() - _OBLIGATOIRES - _FACULTATIVES)
    if fautes:
        raise ErreurTableau(f"{ou} : clés en trop ou manquantes : {', '.join(sorted(fautes))}")
    ecart: Mapping[str, str] = brut.get("non_reproduite", {})
    if ecart and (ecart.keys() != {"nature", "raison"} or ecart["nature"] not in NATURES or not ecart["raison"]):
        raise ErreurTableau(f"{ou} : une cellule non reproduite a une nature ({', '.join(NATURES)}) et une raison")
    cotations: Sequence[Mapping[str, Any]] = brut["cotations"]
    if not cotations or any("date" in facture for facture in cotations):
        raise ErreurTableau(f"{ou} : il faut au moins une cotation, sans date (la date est celle de la cellule)")
    return Cellule(
        ligne=brut["ligne"],
        colonne=brut["colonne"],
        imprime=Decimal(brut["imprime"]),
        le=brut["le"],
        citation=tuple(brut["citation"]),
        cotations=tuple(cotations),
        sur=tuple(brut.get("sur", ())),
        decomposition=brut.get("decomposition", ""),
        refusees=tuple(brut.get("refusees", {}).items()),
        deduction=brut.get("deduction", ""),
        annonce=brut.get("annonce"),
        nature=ecart.get("nature", ""),
        raison=ecart.get("raison", ""),
    )
