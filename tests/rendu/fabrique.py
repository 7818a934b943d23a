"""Des réponses de la forme du contrat, et leur rendu en texte."""

from __future__ import annotations

import copy
import io
from typing import Any

from opposable.rendu import texte

TEXTE = {
    "document": "Convention médicale 2024",
    "passage": "art. 28.1",
    "extrait": "la consultation est valorisée à 30 euros",
    "autorite": "texte",
}
PRESSE = {**TEXTE, "document": "Un journal", "autorite": "presse"}
DEDUIT = {**TEXTE, "document": "Calcul", "autorite": "deduit"}

TOTAL = {
    "honoraires": "30.00",
    "base_remboursement": "30.00",
    "part_obligatoire": "21.00",
    "ticket_moderateur": "9.00",
    "depassement": "0.00",
    "participation_forfaitaire": "2.00",
    "participation_actes_lourds": "0.00",
    "remboursement": "19.00",
    "part_complementaire": None,
    "reste_a_charge": "11.00",
}


def une_ligne(code: str = "G", statut: str = "acceptee", **change: Any) -> dict[str, Any]:
    ligne: dict[str, Any] = {
        "code": code,
        "statut": statut,
        "honoraires": "30.00",
        "tarif": "30.00",
        "base_remboursement": "30.00",
        "taux": "0.70",
        "part_obligatoire": "21.00",
        "ticket_moderateur": "9.00",
        "depassement": {"montant": "0.00", "nature": "aucun", "plafond": None},
        "motifs": [],
        "sources": [TEXTE],
        "prevu": None,
    }
    return ligne | change


def une_reponse(*lignes: dict[str, Any], **change: Any) -> dict[str, Any]:
    statuts = {ligne["statut"] for ligne in lignes}
    reponse: dict[str, Any] = {
        "version": "0.1.0",
        "corpus": {"version": "2026.1", "hash": "abc", "arrete_au": "2025-06-18"},
        "surcouches": [],
        "avertissement": "Outil indépendant ; le médecin reste seul responsable de sa cotation.",
        "id": "exemple",
        "statut": next((s for s in ("refusee", "a_verifier") if s in statuts), "acceptee"),
        "lignes": list(lignes),
        "total": TOTAL,
        "total_possible": TOTAL,
        "tiers_payant": {},
        "hypotheses": [],
        "questions": [],
        "trace": {},
    }
    return copy.deepcopy(reponse | change)


def rendre(fonction: Any, reponse: Any, largeur: int = 100, **options: Any) -> str:
    flux = io.StringIO()
    console = texte.console_pour(flux)
    console.width = largeur
    fonction(reponse, console, **options)
    return "".join(f"{ligne.rstrip()}\n" for ligne in flux.getvalue().splitlines())


def refus(code: str = "CODE_HORS_PERIODE", gravite: str = "erreur", **change: Any) -> dict[str, Any]:
    motif = {"code": code, "gravite": gravite, "message": "ce code n'est plus en vigueur", "montant_en_jeu": None}
    return motif | {"faits": [], "sources": []} | change
