"""Le modèle typé de la réponse d'``annee`` ; un test le tient égal au réel."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from opposable.portes.modeles import Autorite, Entete, FaitSuppose, Modele, Montant, Motif, Source
from opposable.portes.modeles_dispositifs import Echeance, Manquant, QuestionDispositif

OuiNon = Literal["oui", "non"]


class EcheanceDeLAnnee(Echeance):
    """Un versement ou une date à tenir, et le dispositif dont il vient."""

    dispositif: str


class QuestionDeLAnnee(QuestionDispositif):
    """Un fait, ou une liste, qu'il faut dire pour en savoir plus."""

    libelle: str


class Totaux(Modele):
    """Les sommes des montants connus, nulles s'il n'y en a aucun ; ``au_plus``, si un dispositif n'a pas de plafond."""

    montant: Montant | None
    au_moins: Montant | None
    au_plus: Montant | None
    autorites: dict[Autorite, Montant]
    comptes: list[str]
    sans_montant: list[str]
    a_completer: list[str]


class CasDeLAnnee(Modele):
    """Un des cas décrits d'un dispositif : sa place dans le dossier, dès 1, ce qu'il vaut, son résultat."""

    cas: int
    id: str | None
    statut: Literal["calcule", "partiel", "refuse", "non_calculable"]
    montant: Montant | None
    au_moins: Montant | None
    au_plus: Montant | None
    resultat: dict[str, Any] | None


class ColonneParCas(Modele):
    """Une colonne d'un tableau : son nom, son type, son libellé."""

    nom: str
    type: str
    libelle: str


class TableauParCas(Modele):
    """Un tableau des résultats, tous les cas à la suite : chaque rangée dit le sien."""

    nom: str
    libelle: str
    aide: str
    colonnes: list[ColonneParCas]
    rangees: list[dict[str, Any]]


class ParCas(Modele):
    """Ce que vaut chacun de plusieurs cas, et les tableaux qui se lisent cas par cas."""

    cas: list[CasDeLAnnee]
    tableaux: list[TableauParCas]


class DispositifDeLAnnee(Modele):
    """Un dispositif dans l'année : s'il s'applique et pourquoi, ce qu'il vaut, ce qui manque, ce qui a été perçu."""

    dispositif: str
    libelle: str
    groupe: str
    chiffrable: OuiNon
    statut: Literal[
        "calcule", "partiel", "refuse", "non_calculable", "a_completer", "a_renseigner", "hors_periode", "non_concerne"
    ]
    dit: str
    cas: int
    hors_annee: int
    avertissement: str
    montant: Montant | None
    au_moins: Montant | None
    au_plus: Montant | None
    autorites: dict[Autorite, Montant]
    percu: Montant | None
    ecart: Montant | None
    resultat: dict[str, Any] | None
    par_cas: ParCas | None
    motifs: list[Motif]
    manquants: list[Manquant]
    hypotheses: list[FaitSuppose]
    questions: list[QuestionDeLAnnee]
    sources: list[Source]


class UneAnnee(Modele):
    """Une année : ses totaux, ses dispositifs, ses échéances."""

    annee: int
    totaux: Totaux
    dispositifs: list[DispositifDeLAnnee]
    echeancier: list[EcheanceDeLAnnee]


class Groupe(Modele):
    """Un groupe de dispositifs, les deux années côte à côte ; ``ecart`` est nul si quelque chose y manque."""

    groupe: str
    libelle: str
    montant: Montant | None
    comparee: Montant | None
    ecart: Montant | None


class Comparaison(UneAnnee):
    """L'autre année, calculée sur les mêmes faits."""

    groupes: list[Groupe]


class Annee(Entete, UneAnnee):
    """La réponse d'``annee``."""

    id: str
    comparaison: Comparaison | None


MODELES: dict[str, type[BaseModel]] = {"annee.reponse": Annee}
"""Les modèles par nom de schéma."""
