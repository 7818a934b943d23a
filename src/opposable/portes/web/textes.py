"""Les pages Textes : la couverture, un document, un énoncé, une contradiction, un passage cité."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.registre import STATUTS
from opposable.portes import python as api
from opposable.portes.api.parametres import Parametre
from opposable.portes.web import filtres
from opposable.portes.web.lieux import lieux, porteurs
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
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
        saisie, lus, faute = filtres.lire(requete.query_params, (_STATUT,))
        contexte = await porte.calculer(_couverture, porte.surcouches, lus.mot("statut"))
        return rendre(
            "textes.html", statut=422 if faute else 200, faute=faute, saisie=saisie, **contexte, **commun,
            **porte.entete(),
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


def _couverture(surcouches: Sequence[Path], statut: str | None) -> dict[str, Any]:
    """Le sommaire ; avec un statut, ses énoncés par document."""
    reponse = api.textes(statut=statut, surcouches=surcouches)
    titres = {d["id"]: d["titre"] for d in reponse["documents"]}
    listes = [
        {"id": ident, "titre": titre, "enonces": [_enonce(surcouches, e) for e in reponse["enonces"]
                                                  if e["document"] == ident]}
        for ident, titre in titres.items()
    ]  # fmt: skip
    contradictions = reponse["contradictions"]
    verifications = {d["verifie_le"] for d in reponse["documents"]}
    return {
        "choisi": statut,
        "intitule": _intitule(len(reponse["enonces"]), statut),
        "verifie_le": verifications.pop() if len(verifications) == 1 else None,
        "documents": [_barre(d) for d in reponse["documents"]],
        "total": _barre(reponse["total"]),
        "listes": [une for une in listes if une["enonces"]],
        "ouvert": len(reponse["enonces"]) <= OUVERT,
        "non_tranchees": [c for c in contradictions if not c["tranche"]],
        "tranchees": [c for c in contradictions if c["tranche"]],
        "autres": [
            {"autorite": autorite, "documents": [d for d in reponse["autres_documents"] if d["autorite"] == autorite]}
            for autorite in ("officiel", "presse")
        ],
    }


def _page(surcouches: Sequence[Path], ident: str, statut: str | None, recherche: str) -> tuple[str, dict[str, Any]]:
    """Le gabarit et le contexte d'un document, d'un énoncé ou d'une contradiction."""
    reponse = api.textes(ident, statut=statut, surcouches=surcouches)
    corpus = api.corpus(surcouches)
    if "passages" in reponse:
        passages = [{**p, "porteurs": porteurs(corpus, p["portent"])} for p in reponse["passages"]]
        return "textes_cite.html", {"document": reponse["document"], "passages": passages}
    if "contradiction" in reponse:
        enonces = [_enonce(surcouches, e) for e in reponse["enonces"]]
        return "textes_contradiction.html", {"contradiction": reponse["contradiction"], "enonces": enonces}
    if "enonce" in reponse:
        return "textes_enonce.html", {
            "enonce": _enonce(surcouches, reponse["enonce"]),
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
        "document": _barre(reponse["document"]),
        "choisi": statut,
        "domaines": _par_domaine(surcouches, gardes),
        "intitule": _intitule(len(gardes), statut),
        "ouvert": len(gardes) <= OUVERT,
    }


def _par_domaine(surcouches: Sequence[Path], enonces: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les énoncés par domaine, dans l'ordre du texte, et leurs comptes en mots."""
    groupes: dict[str, list[dict[str, Any]]] = {}
    for enonce in enonces:
        groupes.setdefault(enonce["domaine"], []).append(_enonce(surcouches, enonce))
    resultat = []
    for nom, groupe in groupes.items():
        comptes = Counter(e["statut"] for e in groupe)
        dits = [f"{comptes[statut]} {_accorde(statut, comptes[statut])}" for statut in STATUTS if comptes[statut]]
        resultat.append({"nom": nom, "titre": domaine(nom), "enonces": groupe, "dits": ", ".join(dits)})
    return resultat


def _enonce(surcouches: Sequence[Path], enonce: dict[str, Any]) -> dict[str, Any]:
    """L'énoncé, les lieux qui le portent, et ce que son statut explique."""
    dit = {
        "calcule": None, "descriptif": enonce["raison"], "manquant": enonce["manque"],
        "contradictoire": enonce["raison"], "a_venir": enonce["mecanisme"],
    }[enonce["statut"]]  # fmt: skip
    return {**enonce, "dit": dit, "lieux": lieux(api.corpus(surcouches), enonce["par"])}


def _accorde(statut: str, nombre: int) -> str:
    """Le mot d'un statut, au pluriel s'il le faut : « à venir » ne change pas."""
    mot = STATUTS[statut]
    return f"{mot}s" if nombre > 1 and statut != "a_venir" else mot


def _intitule(nombre: int, statut: str | None) -> str:
    """Combien d'énoncés, et de quel statut : « 7 énoncés manquants »."""
    pluriel = "s" if nombre > 1 else ""
    return f"{nombre} énoncé{pluriel}" + (f" {_accorde(statut, nombre)}" if statut else "")


def _barre(comptes: dict[str, Any]) -> dict[str, Any]:
    """Les comptes, la part de chaque statut en pour cent, et la place de chacun dans la barre."""
    segments, debut, total = [], 0, comptes["enonces"]
    for statut, nombre in comptes["statuts"].items():
        pour_mille = (2000 * nombre + total) // (2 * total) if total else 0
        part = f"{pour_mille // 10},{pour_mille % 10} %"
        segments.append({"statut": statut, "nombre": nombre, "x": debut, "part": part, "mot": _accorde(statut, nombre)})
        debut += nombre
    return {**comptes, "segments": segments}


def _document_de(porte: Porte, passage: str) -> str:
    """Le document d'un passage cité, ou vide."""
    trouve = porte.corpus.passages.get(passage)
    return trouve.document.id if trouve is not None and trouve.document is not None else ""
