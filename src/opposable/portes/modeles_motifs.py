"""Les modèles typés de « opposable motifs » : le catalogue, une fiche, les erreurs courantes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from opposable.portes.modeles import Entete, Modele, Source

Effet = Literal["refuse", "a_verifier", "aucun"]


class MotifCatalogue(Modele):
    """Un motif du catalogue ; ``enjeu`` dit ce qu'est ``montant_en_jeu`` quand il refuse une ligne."""

    code: str
    libelle: str
    gravite: Literal["erreur", "avertissement", "occasion"]
    effets: list[Effet]
    message: str
    a_verifier: str | None
    correction: str
    enjeu: Literal["aucun", "base_de_la_ligne", "plus_petit_tarif", "tarif_du_supplement"]
    exemple_juste: str
    exemple_faux: str


class RegleDuMotif(Modele):
    """Une règle qui nomme le motif ; ``endroits`` : les actes, toutes les lignes, ou un dispositif."""

    endroits: list[str]
    texte: str
    effet: Effet
    situations: list[str]
    du: str | None
    au: str | None
    sources: list[Source]


class LienDuMotif(Modele):
    """Un lien entre actes que le motif lit."""

    sorte: Literal["s_ajoute_a", "incompatible_avec", "cumul_non_verifie", "frequence"]
    endroits: list[str]
    texte: str
    du: str | None
    au: str | None
    sources: list[Source]


class FaitDuMotif(Modele):
    """Un fait à connaître : où il se dit dans une facture, et la question qui le demande."""

    fait: str
    libelle: str
    question: str


class ExempleJuste(Modele):
    """Une entrée complète de ``coter``, ou de ``calculer`` quand ``dispositif`` en nomme un."""

    dit: str
    dispositif: str | None
    entree: dict[str, Any]
    prevu: bool
    strict: bool


class ExempleFaux(ExempleJuste):
    """Une entrée dont la réponse porte le motif, avec cet effet."""

    effet: Effet


class ErreurResumee(Modele):
    """Une erreur courante que le motif voit."""

    numero: str
    enonce: str


class FicheMotif(Modele):
    """Ce que le corpus dit d'un motif, et ses deux exemples."""

    enjeu_dit: str
    mecanisme: str | None
    vise: str | None
    sources: list[Source]
    regles: list[RegleDuMotif]
    liens: list[LienDuMotif]
    faits: list[FaitDuMotif]
    exemple_juste: ExempleJuste | None
    exemple_faux: ExempleFaux | None
    sans_exemple: str | None
    erreurs: list[ErreurResumee]


class Motifs(Entete):
    """La réponse de ``motifs`` ; ``fiche`` est nulle pour le catalogue."""

    motifs: list[MotifCatalogue]
    fiche: FicheMotif | None


class ExemplesErreur(Modele):
    """Les exemples d'une erreur pour un de ses motifs."""

    motif: str
    exemple_faux: ExempleFaux
    exemple_juste: ExempleJuste


class ErreurFrequente(Modele):
    """Une erreur de facturation courante, et les motifs qui la voient."""

    numero: str
    enonce: str
    gravites: list[Literal["anomalie", "rejet", "manque"]]
    savoir: list[Literal["historique", "fait_hors_facture"]]
    statut: Literal["couverte", "partiel", "a_venir"]
    reste: str | None
    motifs: list[str]
    exemples: list[ExemplesErreur]
    sources: list[Source]
    adresses: list[str]


class ErreursFrequentes(Entete):
    """La réponse de ``motifs --erreurs``."""

    erreurs: list[ErreurFrequente]


MODELES: dict[str, type[BaseModel]] = {"motifs": Motifs, "erreurs_frequentes": ErreursFrequentes}
"""Les modèles par nom de schéma."""
