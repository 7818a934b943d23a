"""Une doublure de l'API Python : des réponses de la forme du contrat, sans corpus ni moteur."""

from __future__ import annotations

import copy
import sys
from types import ModuleType
from typing import Any

import pytest

import opposable.portes
from opposable.droit.erreurs import ErreurEntree

SOURCE = {
    "document": "Convention médicale 2024",
    "passage": "art. 28.1",
    "extrait": "trente euros",
    "autorite": "texte",
}
ENTETE: dict[str, Any] = {
    "version": "0.1.0",
    "corpus": {"version": "2026.1", "hash": "abc", "arrete_au": "2025-06-18"},
    "surcouches": [],
    "avertissement": "Outil indépendant.",
}
LIGNE: dict[str, Any] = {
    "code": "G",
    "libelle": "Consultation",
    "honoraires": "30.00",
    "statut": "acceptee",
    "tarif": "30.00",
    "base_remboursement": "30.00",
    "taux": "0.70",
    "part_obligatoire": "21.00",
    "ticket_moderateur": "9.00",
    "depassement": {"montant": "0.00", "nature": "aucun", "plafond": None},
    "motifs": [],
    "sources": [SOURCE],
    "prevu": None,
}
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
TARIF: dict[str, Any] = {
    "id": "G.2024-12-22",
    "ids": ["G.2024-12-22"],
    "territoires": ["metropole"],
    "cellule": None,
    "cas": None,
    "du": "2024-12-22",
    "au": None,
    "prevu_du": None,
    "effectif_du": None,
    "report": None,
    "montant": "30.00",
    "manquant": None,
    "sources": [SOURCE],
}


class FausseApi(ModuleType):
    """Note ses appels ; répond « refusee » à une facture dont l'identifiant est « refus »."""

    def __init__(self) -> None:
        super().__init__("opposable.portes.python")
        self.appels: list[tuple[str, dict[str, Any]]] = []
        self.panne: BaseException | None = None

    def _noter(self, nom: str, /, **appel: Any) -> None:
        self.appels.append((nom, appel))
        if self.panne is not None:
            raise self.panne

    def coter(self, facture: dict[str, Any], **options: Any) -> dict[str, Any]:
        self._noter("coter", facture=facture, **options)
        return self._reponse(facture)

    def coter_plusieurs(self, factures: list[dict[str, Any]], *, avance: Any = None, **options: Any) -> list[Any]:
        self._noter("coter_plusieurs", factures=factures, avance=avance, **options)
        for rang, facture in enumerate(factures):
            if "actes" not in facture:
                raise ErreurEntree("CLE_MANQUANTE", "il manque les actes", ou=f"[{rang}].actes", attendu="une liste")
        return [self._reponse(facture) for facture in factures]

    def bareme(self, code: str | None, **options: Any) -> dict[str, Any]:
        self._noter("bareme", code=code, **options)
        commun: dict[str, Any] = {**ENTETE, "calendrier": "effectif", "recherche": None, "profil": options["profil"]}
        commun |= {"profil_libelle": None, "trouves": [], "reports": []}
        if options["entre"]:
            changement = {"sorte": "tarif", "code": "G", "libelle": "Consultation", "type": "montant", "report": None}
            changement |= {"id": "G.2024-12-22", "ids": ["G.2024-12-22"], "territoires": ["metropole"], "cas": None}
            changement |= {"le": "2024-12-22", "avant": "26.50", "apres": "30.00", "cellule": None, "sources": [SOURCE]}
            changement |= {"avant_manquant": None, "apres_manquant": None, "prevu_le": None, "effectif_le": None}
            bornes = [str(jour) for jour in options["entre"]]
            return {**commun, "entre": bornes, "changements": [changement], "valeurs": [], "conditions": []}
        acte = {"code": "G", "libelle": "Consultation, cabinet", "nature": "acte", "familles": ["consultation"]}
        acte |= {"du": "2024-12-22", "au": None, "tarifs": [TARIF], "conditions": [], "s_ajoute_a": []}
        acte |= {"bases": [], "taux": [], "tiers_payant": [], "incompatible_avec": [], "frequences": [], "notes": None}
        vide = {"parametres": [], "fermes": [], "historique": options["historique"], "fiche": code is not None}
        return {**commun, **vide, "le": str(options["le"] or "2026-02-10"), "actes": [acte]}

    def motifs(self, code: str | None, **options: Any) -> dict[str, Any]:
        self._noter("motifs", code=code, **options)
        motif = {"code": "CODE_HORS_PERIODE", "libelle": "Code hors période", "gravite": "erreur", "enjeu": "aucun"}
        motif |= {"message": "Plus en vigueur", "correction": "Coter G", "exemple_juste": "G", "exemple_faux": "GS"}
        motif |= {"effets": ["refuse"], "a_verifier": None}
        fiche: dict[str, Any] = dict.fromkeys(("mecanisme", "vise", "exemple_juste", "exemple_faux"))
        fiche |= {"enjeu_dit": "rien", "sans_exemple": "aucun", "regles": [], "liens": [], "faits": []}
        fiche |= {"erreurs": [], "sources": []}
        return {**ENTETE, "motifs": [motif], "fiche": fiche if code is not None else None}

    def schema(self, nom: str, **options: Any) -> dict[str, Any]:
        self._noter("schema", nom=nom, **options)
        return {"title": nom}

    def _reponse(self, facture: dict[str, Any]) -> dict[str, Any]:
        statut = "refusee" if facture.get("id") == "refus" else "acceptee"
        reponse = {**ENTETE, "id": facture.get("id"), "statut": statut, "lignes": [{**LIGNE, "statut": statut}]}
        reponse |= {"total": TOTAL, "total_possible": TOTAL, "tiers_payant": {}, "hypotheses": [], "questions": []}
        return copy.deepcopy(reponse)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FausseApi:
    """Met la doublure à la place de l'API, pour cet essai seulement."""
    fausse = FausseApi()
    monkeypatch.setitem(sys.modules, "opposable.portes.python", fausse)
    monkeypatch.setattr(opposable.portes, "python", fausse, raising=False)
    return fausse
