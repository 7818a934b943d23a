"""Les pages Textes : la couverture, un document, un énoncé, une contradiction, un passage cité."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.registre import STATUTS
from opposable.portes import python as api
from opposable.portes.api.parametres import Parametre
from opposable.portes.web import filtres, textes_recherche, textes_sommaire
from opposable.portes.web.lieux import porteurs
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.portes.web.textes_recherche import accorde, intitule, montrer
from opposable.portes.web.textes_sommaire import barre
from opposable.rendu.domaines import domaine
from opposable.rendu.texte_textes import AUTORITES

OUVERT: Final = 40
"""Jusqu'à ce nombre d'énoncés, les domaines sont dépliés."""
DEFINITIONS: Final = {
    "calcule": "une règle ou une valeur du corpus le porte, et un cas d'essai échouerait sans elle",
    "descriptif": "un récit, un principe : rien ne s'y calcule",
    "manquant": "une valeur que les textes ne donnent pas",
    "contradictoire": "une autre lecture est retenue, ou aucune",
    "a_venir": "le calcul est encore à écrire",
}
_STATUT: Final = Parametre("statut", "texte", "Le statut des énoncés.", "manquant", valeurs=tuple(STATUTS))
_RECHERCHE: Final = Parametre("recherche", "texte", "Des mots de l'énoncé.", "avis ponctuel")
_AFFICHES: Final = {"sorts": STATUTS, "definitions": DEFINITIONS, "autorites_documents": AUTORITES}


def routeur(porte: Porte) -> APIRouter:
    """Les adresses des pages."""
    routes = APIRouter(prefix="/textes", include_in_schema=False)
    commun = {"rubrique": "textes", **_AFFICHES}

    @routes.get("")
    async def couverture(requete: Request) -> Response:
        contexte = await porte.calculer(_couverture, porte, requete.query_params)
        fragment = requete.headers.get("hx-request") == "true"
        return rendre(
            "morceaux/textes_trouves.html" if fragment else "textes.html",
            statut=422 if contexte["faute"] else 200, seul=fragment, **contexte, **commun, **porte.entete(),
        )  # fmt: skip

    @routes.get("/{ident}")
    async def page(requete: Request, ident: str) -> Response:
        saisie, lus, faute = filtres.lire(requete.query_params, (_STATUT, _RECHERCHE))
        entete = porte.entete()
        try:
            gabarit, contexte = await porte.calculer(
                _page, porte.surcouches, ident, lus.mot("statut"), lus.mot("recherche") or ""
            )
        except ErreurEntree as absent:
            document = await porte.calculer(_document_de, porte, ident.strip())
            if document:
                return RedirectResponse(f"/textes/{document}#{ident.strip()}")
            proche, absent.exemple = absent.exemple.rpartition(" ")[2], ""
            return rendre("textes_absent.html", statut=404, faute=absent, proche=proche, **commun, **entete)
        return rendre(gabarit, statut=422 if faute else 200, faute=faute, saisie=saisie, **contexte, **commun, **entete)

    return routes


def _couverture(porte: Porte, requete: QueryParams) -> dict[str, Any]:
    """Le sommaire, les filtres de l'adresse ou leur faute, et les énoncés cherchés s'il y a un filtre."""
    tout = textes_sommaire.sommaire(tuple(porte.surcouches), porte.corpus.empreinte)
    permis = textes_recherche.parametres(
        [d["id"] for d in tout["documents"]], [m["systeme"] for m in tout["mecanismes"] if m["enonces"]]
    )
    saisie, lus, faute = filtres.lire(requete, permis)
    rang = 1
    try:
        rang = textes_recherche.rang(lus)
    except ErreurEntree as mauvaise:
        faute = faute or mauvaise
    trouves = None if faute else textes_recherche.resultats(porte.surcouches, saisie, rang)
    choisi = next((m for m in tout["mecanismes"] if m["systeme"] == saisie["systeme"]), None)
    return {**tout, "saisie": saisie, "faute": faute, "trouves": trouves, "mecanisme": choisi}


def _page(surcouches: Sequence[Path], ident: str, statut: str | None, recherche: str) -> tuple[str, dict[str, Any]]:
    """Le gabarit et le contexte d'un document, d'un énoncé ou d'une contradiction."""
    reponse = api.textes(ident, statut=statut, surcouches=surcouches)
    corpus = api.corpus(surcouches)
    if "passages" in reponse:
        passages = [{**p, "porteurs": porteurs(corpus, p["portent"])} for p in reponse["passages"]]
        return "textes_cite.html", {"document": reponse["document"], "passages": passages}
    if "contradiction" in reponse:
        enonces = [montrer(surcouches, e) for e in reponse["enonces"]]
        return "textes_contradiction.html", {"contradiction": reponse["contradiction"], "enonces": enonces}
    if "enonce" in reponse:
        return "textes_enonce.html", {
            "enonce": montrer(surcouches, reponse["enonce"]),
            "document": reponse["document"],
            "porteurs": porteurs(corpus, reponse["portent"]),
            "contradictions": reponse["contradictions"],
            "domaine": domaine(reponse["enonce"]["domaine"]),
        }
    gardes = [
        e for e in reponse["enonces"]
        if filtres.contient(recherche, e["id"], e["enonce"], e["precision"], e["extrait"], domaine(e["domaine"]))
    ]  # fmt: skip
    return "textes_document.html", {
        "document": barre(reponse["document"]),
        "choisi": statut,
        "domaines": _par_domaine(surcouches, gardes),
        "intitule": intitule(len(gardes), statut),
        "ouvert": len(gardes) <= OUVERT,
    }


def _par_domaine(surcouches: Sequence[Path], enonces: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les énoncés par domaine, dans l'ordre du texte, et leurs comptes en mots."""
    groupes: dict[str, list[dict[str, Any]]] = {}
    for enonce in enonces:
        groupes.setdefault(enonce["domaine"], []).append(montrer(surcouches, enonce))
    resultat = []
    for nom, groupe in groupes.items():
        comptes = Counter(e["statut"] for e in groupe)
        dits = [f"{comptes[statut]} {accorde(statut, comptes[statut])}" for statut in STATUTS if comptes[statut]]
        resultat.append({"nom": nom, "titre": domaine(nom), "enonces": groupe, "dits": ", ".join(dits)})
    return resultat


def _document_de(porte: Porte, passage: str) -> str:
    """Le document d'un passage cité, ou vide."""
    trouve = porte.corpus.passages.get(passage)
    return trouve.document.id if trouve is not None and trouve.document is not None else ""
