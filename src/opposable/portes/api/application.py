"""L'application HTTP : l'API et les pages, leurs protections, leurs erreurs. Elle ne sert que cette machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version as version_installee
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from opposable.droit.erreurs import ErreurCorpus, ErreurEntree
from opposable.portes import python as api
from opposable.portes.api import description, probleme, routes
from opposable.portes.api.calcul import Calculateur, Limites, Surcharge
from opposable.portes.api.garde import Garde, journal
from opposable.portes.api.operations import operations
from opposable.portes.api.reponse import en_json
from opposable.portes.web import pages


def creer(surcouches: Sequence[Path] = (), limites: Limites | None = None) -> FastAPI:
    """L'application ; ``surcouches`` valent pour toutes ses réponses. :class:`ErreurCorpus` si l'une est fausse."""
    limites = limites or Limites()
    corpus = api.corpus(surcouches)
    calculer = Calculateur(limites)
    faites = operations(corpus)
    version = version_installee("opposable")
    application = FastAPI(title="Opposable", version=version, docs_url=None, redoc_url=None, openapi_url=None)
    decrite = description.decrire(corpus, faites, version, routes.PREFIXE)
    application.include_router(routes.routeur(faites, calculer, limites, surcouches))

    @application.get(f"{routes.PREFIXE}/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return en_json(decrite)

    pages.brancher(application, calculer, decrite, surcouches)
    _dire_les_erreurs(application)
    application.add_middleware(Garde, octets=limites.octets, refuser=_refuser)
    return application


def _refuser(chemin: str, erreur: ErreurEntree, code_http: int) -> Response:
    """Une erreur, en problème pour l'API, en page ailleurs."""
    if chemin.startswith(f"{routes.PREFIXE}/"):
        return probleme.repondre(erreur, code_http)
    return pages.erreur(erreur, code_http)


def _dire_les_erreurs(application: FastAPI) -> None:
    @application.exception_handler(ErreurEntree)
    async def entree_refusee(requete: Request, erreur: ErreurEntree) -> Response:
        code_http = 415 if isinstance(erreur, routes.MauvaisContenu) else probleme.statut(erreur)
        return _refuser(requete.url.path, erreur, code_http)

    @application.exception_handler(ErreurCorpus)
    async def corpus_refuse(_: Request, erreur: ErreurCorpus) -> Response:
        return probleme.repondre(erreur)

    @application.exception_handler(Surcharge)
    async def surcharge(requete: Request, faute: Surcharge) -> Response:
        return _refuser(requete.url.path, ErreurEntree("SURCHARGE", str(faute)), 503)

    @application.exception_handler(HTTPException)
    async def introuvable(requete: Request, faute: HTTPException) -> Response:
        reponse = _refuser(requete.url.path, _http(faute.status_code), faute.status_code)
        reponse.headers.update(faute.headers or {})
        return reponse

    @application.exception_handler(Exception)
    async def interne(requete: Request, faute: Exception) -> Response:
        journal.error("faute interne : %s (OPPOSABLE_TRACE=1 pour la trace)", type(faute).__name__)
        if os.environ.get("OPPOSABLE_TRACE") == "1":
            journal.error("", exc_info=faute)
        message = "faute interne d'Opposable : la réponse n'a pas pu être donnée"
        return _refuser(requete.url.path, ErreurEntree("FAUTE_INTERNE", message), 500)


def _http(statut: int) -> ErreurEntree:
    if statut == 404:
        return ErreurEntree(
            "ADRESSE_INCONNUE", "cette adresse n'existe pas", attendu="une adresse de /v1/openapi.json, ou une page",
            exemple="/v1/bareme/G",
        )  # fmt: skip
    if statut == 405:
        return ErreurEntree("METHODE_REFUSEE", "cette adresse n'accepte pas cette méthode", exemple="POST /v1/coter")
    return ErreurEntree("REQUETE_REFUSEE", "cette requête ne se lit pas")
