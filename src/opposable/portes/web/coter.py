"""La page Coter."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre


def routeur(porte: Porte) -> APIRouter:
    """Les adresses de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def accueil() -> Response:
        return rendre("coter.html", rubrique="coter", **porte.entete())

    return routes
