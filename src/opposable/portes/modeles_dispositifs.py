"""Les modèles typés des réponses de ``calculer`` et de ``dispositifs`` ; un test les tient égaux au réel."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from opposable.portes.modeles import Autorite, Entete, FaitSuppose, Modele, Montant, Motif, Source


class Echeance(Modele):
    """Un versement, ou une date à tenir (sans montant)."""

    date: str
    montant: Montant | None
    objet: str


class Manquant(Modele):
    """Une valeur que les textes lus ne donnent pas : où elle est publiée, et la surcouche qui la donnerait."""

    parametre: str
    publie_dans: str
    surcouche: str


class QuestionDispositif(Modele):
    """Un fait inconnu dont une sortie ou une condition dépend."""

    fait: str
    question: str
    valeurs: list[str]


class Calcul(Entete):
    """La réponse de ``calculer`` à un cas ; ``resultat`` a une clé par sortie du dispositif."""

    id: str
    dispositif: str
    periode: str
    statut: Literal["calcule", "partiel", "refuse", "non_calculable"]
    resultat: dict[str, Any]
    montant: Montant | None
    echeancier: list[Echeance]
    motifs: list[Motif]
    manquants: list[Manquant]
    autorites: dict[Autorite, Montant]
    hypotheses: list[FaitSuppose]
    questions: list[QuestionDispositif]
    sources: list[Source]
    trace: dict[str, object]


class ResumeDispositif(Modele):
    """Un dispositif de la liste."""

    nom: str
    libelle: str
    du: str | None
    au: str | None


class Dispositifs(Entete):
    """La réponse de ``dispositifs``."""

    dispositifs: list[ResumeDispositif]


class EntreeDispositif(Modele):
    """Un fait qu'un cas peut dire."""

    nom: str
    type: str
    libelle: str
    question: str
    aide: str
    unite: str
    attendu: str
    obligatoire: Literal["oui", "non"]
    valeurs: list[str]
    minimum: str | None
    maximum: str | None
    usuel: str | None
    exemple: str


class ListeDispositif(Modele):
    """Une liste d'objets qu'un cas peut dire."""

    nom: str
    libelle: str
    question: str
    maximum: int
    entrees: list[EntreeDispositif]


class GraphiqueDispositif(Modele):
    """Comment un tableau se dessine : la colonne d'abscisse, et une série par colonne d'ordonnée."""

    x: str
    y: list[str]


class SortieDispositif(Modele):
    """Une valeur du résultat."""

    nom: str
    type: str
    libelle: str
    aide: str
    facultative: Literal["oui", "non"]
    colonnes: list[SortieDispositif] = Field(default_factory=list)
    graphique: GraphiqueDispositif | None = None


class ConditionDispositif(Modele):
    """Une condition du dispositif : ce qu'elle fait (exige, refuse_si, a_verifier_si, avertit_si) et son motif."""

    sorte: str
    texte: str
    motif: str
    du: str | None
    au: str | None
    sources: list[Source]


class FicheDispositif(Entete):
    """La réponse de ``dispositifs NOM``."""

    nom: str
    libelle: str
    du: str | None
    au: str | None
    but: str
    avant: str | None
    apres: str | None
    situe_par: str
    entrees: list[EntreeDispositif]
    listes: list[ListeDispositif]
    sorties: list[SortieDispositif]
    principal: str
    montant: str | None
    agenda: str | None
    conditions: list[ConditionDispositif]
    manque: list[str]
    sources: list[Source]
    exemple: dict[str, Any]


MODELES: dict[str, type[BaseModel]] = {"calcul": Calcul, "dispositifs": Dispositifs, "dispositif": FicheDispositif}
"""Les modèles par nom de schéma."""
