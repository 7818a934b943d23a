"""Un endroit du corpus, tel qu'une personne le lit : un acte, une table, une règle, un fait, un dispositif."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.facturation.bareme_lignes import texte_de_regle

_REGLES: Final = {
    "depassements": "règles des lignes au-dessus du tarif",
    "toutes_lignes": "règles de toutes les lignes",
    "frequence": "limites communes à tous les actes",
    "contradictions": "faits qui se contredisent",
}
_CALCULS: Final = {"argent": "calcul des montants", "plafond_da": "plafond du dépassement autorisé"}
_PREFIXES: Final = ("tables", "conditions", "faits", "regles", "reports", "mecanisme")


@dataclass(frozen=True, slots=True)
class Lieu:
    """``texte`` : son nom ; ``adresse`` : sa page, ou vide ; ``code`` : vrai si ``texte`` est le code d'un acte."""

    texte: str
    adresse: str = ""
    code: bool = False
    libelle: str = ""


def lieu(corpus: Corpus, endroit: str) -> Lieu:
    """Le lieu que nomme ``endroit`` : ``MCE``, ``MCE.2017-11-01``, ``tables:da_taux``, ``dispositif cumul``…"""
    prefixe, separateur, nom = endroit.partition(":")
    if not separateur or prefixe not in _PREFIXES:
        prefixe, nom = "", endroit.removeprefix("dispositif ")
    acte = nom.partition(".")[0]
    if prefixe == "" and acte in corpus.actes:
        return Lieu(acte, f"/bareme/{acte}", code=True, libelle=corpus.actes[acte].libelle)
    if prefixe in {"", "tables"} and nom in corpus.tables:
        return Lieu(corpus.tables[nom].libelle, f"/bareme/{nom}")
    if prefixe in {"", "mecanisme"} and nom in corpus.dispositifs:
        return Lieu(corpus.dispositifs[nom].libelle, f"/dispositifs/{nom}")
    return Lieu(_autre(corpus, nom))


def _autre(corpus: Corpus, nom: str) -> str:
    if nom in corpus.vocabulaire.faits:
        return f"fait calculé : {corpus.vocabulaire.faits[nom].nomme}"
    if nom in corpus.partagees:
        return f"règle partagée : {texte_de_regle(corpus, corpus.partagees[nom][0])}"
    if nom in corpus.reports:
        return f"report de date : {corpus.reports[nom].libelle}"
    return _REGLES.get(nom) or _CALCULS.get(nom) or nom.replace("_", " ")


def lieux(corpus: Corpus, endroits: Iterable[str]) -> list[Lieu]:
    """Les lieux, chacun une fois."""
    return list(dict.fromkeys(lieu(corpus, endroit) for endroit in endroits))


def porteurs(corpus: Corpus, elements: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les éléments qui portent un passage, réunis par lieu : ``lieu``, ``elements`` (genre, identifiant)."""
    groupes: dict[Lieu, list[dict[str, Any]]] = {}
    for element in elements:
        groupes.setdefault(lieu(corpus, element["endroit"]), []).append(element)
    return [{"lieu": ou, "elements": portent} for ou, portent in groupes.items()]
