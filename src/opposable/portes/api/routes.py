"""Brancher les opérations sur l'application : lire la requête, appeler, répondre, et dire chaque erreur en français."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import entree
from opposable.portes.api import operations as ops
from opposable.portes.api import parametres, probleme
from opposable.portes.api.calcul import Calculateur, Limites
from opposable.portes.api.reponse import en_json

PREFIXE = "/v1"
LIGNES_COURTES = 5


def routeur(
    operations: Sequence[ops.Operation], calculer: Calculateur, limites: Limites, surcouches: Sequence[Path]
) -> APIRouter:
    """Les routes de l'API."""
    resultat = APIRouter(prefix=PREFIXE)
    for operation in operations:
        resultat.add_api_route(
            operation.chemin,
            _route(operation, calculer, limites, surcouches),
            methods=["POST" if operation.corps else "GET"],
            name=operation.nom,
            include_in_schema=False,
        )
    return resultat


def _route(operation: ops.Operation, calculer: Calculateur, limites: Limites, surcouches: Sequence[Path]) -> Any:
    async def repondre(requete: Request) -> Response:
        ident = requete.path_params.get("ident", "")
        lus = parametres.lire(requete.query_params, operation.parametres)
        lu = await _corps(requete, operation.corps, limites) if operation.corps else None
        try:
            faire = calculer.court if operation.nom == "coter" and _court(lu) else calculer
            return en_json(await faire(ops.executer, operation, ident, lus, lu, surcouches, limites))
        except ErreurEntree as erreur:
            erreur.ou = erreur.ou.removeprefix("profil.")
            du_chemin = bool(ident) and erreur.ou not in {p.nom for p in operation.parametres}
            erreur.ou = "ident" if du_chemin else erreur.ou
            return probleme.repondre(erreur, 404 if du_chemin else None)

    return repondre


def _court(lu: Any) -> bool:
    """Si l'entrée est une facture de peu de lignes : quelques millisecondes."""
    actes = lu.get("actes") if isinstance(lu, dict) else None
    return isinstance(actes, list) and len(actes) <= LIGNES_COURTES


async def _corps(requete: Request, corps: ops.Corps, limites: Limites) -> Any:
    """Le JSON du corps : un objet, ou un tableau d'objets. :class:`ErreurEntree` s'il ne convient pas."""
    mime = requete.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime != "application/json":
        raise MauvaisContenu(
            "CONTENU_REFUSE", f"« {mime} » n'est pas lu ici" if mime else "le type du contenu n'est pas dit",
            ou="Content-Type", attendu="application/json", exemple="Content-Type: application/json",
        )  # fmt: skip
    lu = entree.analyser(entree.decoder(await requete.body(), "corps"), "corps", corps.genre)
    if lu.forme == "objet":
        return lu.factures[0]
    if lu.forme == "lignes" or not corps.tableau:
        attendu = "un objet JSON, ou un tableau d'objets" if corps.tableau else "un seul objet JSON"
        raise ErreurEntree(
            "TYPE_INATTENDU", "le corps n'a pas la forme attendue", ou="corps", attendu=attendu,
            exemple=corps.genre.exemple,
        )  # fmt: skip
    if len(lu.factures) > limites.factures:
        raise ErreurEntree(
            "TROP_DE_FACTURES", f"{len(lu.factures)} dans un seul envoi", ou="corps",
            attendu=f"{limites.factures} au plus", exemple="au-delà : opposable controler lot.parquet --sortie dossier",
        )  # fmt: skip
    return lu.factures


class MauvaisContenu(ErreurEntree):
    """Un corps dont le type n'est pas lu."""
