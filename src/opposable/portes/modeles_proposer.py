"""Les modèles typés de la réponse de ``proposer``. Aucun montant n'y a de place, hors de ``cotation``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from opposable.portes.modeles import Entete, FaitSuppose, Modele, Reponse, Source


class Choix(Modele):
    """Une réponse possible ; pour un acte, ses conditions : à confirmer, ou remplies s'il n'y en a pas d'autre."""

    valeur: str
    libelle: str
    conditions: list[str]


class QuestionPosee(Modele):
    """Une question : le fait à dire et son chemin dans l'entrée, et les codes qu'elle départage.

    ``choix`` est vide quand la réponse est libre : un âge, une date, un nombre.
    """

    fait: str
    libelle: str
    question: str
    aide: str
    type: Literal[
        "choix",
        "oui_non",
        "entier",
        "nombre",
        "montant",
        "taux",
        "date",
        "heure",
        "date_heure",
        "age",
        "liste",
        "terme",
        "code",
    ]
    unite: str
    choix: list[Choix]
    exemple: str
    tranche: list[str]


class ConditionRemplie(Modele):
    """Une condition que la situation remplit, et sa source ; un extrait qui porte un montant est vide."""

    texte: str
    sources: list[Source]


class MotifProposition(Modele):
    """Ce qui exclut une ligne, ou la laisse en suspens."""

    code: str
    message: str
    faits: list[str]
    sources: list[Source]


class LigneProposee(Modele):
    """Un acte ou un supplément."""

    code: str
    libelle: str
    nature: Literal["acte", "supplement"]


class Permis(LigneProposee):
    """Ce que la situation permet certainement."""

    conditions: list[ConditionRemplie]
    avertissements: list[str]


class Exclu(LigneProposee):
    """Ce que la situation exclut, et pourquoi."""

    motifs: list[MotifProposition]


class EnSuspens(LigneProposee):
    """Ce qui dépend de faits à dire (``a_preciser``), ou que les textes ne tranchent pas (``a_verifier``)."""

    raison: Literal["a_preciser", "a_verifier"]
    faits: list[str]
    motifs: list[MotifProposition]


class Proposition(Entete):
    """La réponse de ``proposer``. ``facture`` est l'entrée à renvoyer ; complète, c'est celle de ``coter``."""

    id: str
    statut: Literal["complete", "a_preciser", "sans_acte"]
    questions: list[QuestionPosee]
    permis: list[Permis]
    exclus: list[Exclu]
    en_suspens: list[EnSuspens]
    facture: dict[str, Any]
    cotation: Reponse | None
    hypotheses: list[FaitSuppose]
    rappel: str


MODELES: dict[str, type[BaseModel]] = {"proposer": Proposition}
"""Les modèles par nom de schéma."""
