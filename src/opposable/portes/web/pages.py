"""Brancher les pages sur l'application, et la page d'une erreur."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from opposable.droit.erreurs import ErreurEntree
from opposable.portes.api.calcul import Calculateur
from opposable.portes.web import (
    annee,
    bareme,
    changements,
    coter,
    dispositifs,
    documentation,
    motifs,
    optam,
    perimetre,
    textes,
)
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre

STATIQUE = Path(__file__).parent / "statique"


def brancher(application: FastAPI, calculer: Calculateur, api: dict[str, Any], surcouches: Sequence[Path]) -> None:
    """Ajoute toutes les pages, et leurs feuilles de style et scripts."""
    porte = Porte(calculer, surcouches, api)
    application.mount("/statique", StaticFiles(directory=STATIQUE), name="statique")
    for module in (coter, annee, optam, dispositifs, bareme, changements, textes, motifs, perimetre, documentation):
        application.include_router(module.routeur(porte))


def erreur(faute: ErreurEntree, code_http: int) -> Response:
    """La page d'une erreur : les mêmes mots que la commande."""
    return rendre("erreur.html", statut=code_http, faute=faute, code_http=code_http, rubrique="")
