"""Mettre une réponse en page : les gabarits, et les formats français qu'ils emploient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from opposable.rendu import francais

RUBRIQUES: Final = (
    ("/", "Coter", "coter"),
    ("/annee", "Mon année", "annee"),
    ("/optam", "OPTAM", "optam"),
    ("/dispositifs", "Dispositifs", "dispositifs"),
    ("/bareme", "Barème", "bareme"),
    ("/changements", "Ce qui change", "changements"),
    ("/textes", "Textes", "textes"),
    ("/motifs", "Motifs", "motifs"),
    ("/perimetre", "Périmètre", "perimetre"),
)
"""Les pages de la barre : adresse, nom, rubrique."""
STATUTS: Final = {
    "acceptee": "Conforme aux règles codées à cette date",
    "refusee": "Non facturable",
    "a_verifier": "À vérifier",
}
AUTORITES: Final = {
    "texte": "texte lu",
    "officiel": "publication officielle",
    "presse": "source : presse",
    "deduit": "valeur déduite",
}
_AVANT: Final = re.compile(r" (?=[:;?!»€%])|(?<=«) ")

_LIEN: Final = re.compile(r'<a class="[^"]*" href="/[^"]*">([^<]*)</a>')
_TROU: Final = re.compile(r"\[([^\]]+)\]")


@lru_cache(maxsize=1)
def gabarits() -> Environment:
    """Les gabarits du paquet ; un nom absent d'un contexte est une faute, pas un blanc."""
    monde = Environment(
        loader=PackageLoader("opposable.portes.web", "gabarits"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    monde.filters.update(
        montant=lambda texte: typo(francais.montant(texte)),
        taux=lambda texte: typo(francais.taux(texte)),
        date=francais.date_longue,
        date_courte=francais.date_courte,
        periode=francais.periode,
        dit=francais.valeur,
        liste=lambda mots, lien="et": francais.enumeration(list(mots), lien),
        cite=francais.cite,
        typo=typo,
        hote=hote,
        nombre=lambda entier: f"{entier:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"),
        trous=trous,
        sans_liens=sans_liens,
        phrase=lambda texte: typo(f"{texte[:1].upper()}{texte[1:]}"),
    )
    monde.globals.update(
        rubriques=RUBRIQUES, statuts=STATUTS, autorites=AUTORITES, version=version("opposable"),
    )  # fmt: skip
    return monde


def typo(texte: str) -> str:
    """Le texte, ses espaces insécables posées : un nombre ne quitte pas son unité."""
    return _AVANT.sub("\N{NO-BREAK SPACE}", texte)


def trous(texte: str) -> Markup:
    """Un message du catalogue : ce qui dépend de la facture, entre crochets, devient un mot à part."""
    return Markup(_TROU.sub(r'<span class="trou">\1</span>', str(escape(typo(texte)))))  # noqa: S704 - échappé d'abord


def sans_liens(page: str) -> Markup:
    """La même page, sans les liens vers celles du serveur : hors de lui, ils ne mèneraient nulle part."""
    return Markup(_LIEN.sub(r'<span class="petit doux">\1</span>', str(page)))  # noqa: S704 - déjà échappée


def hote(adresse: str) -> str:
    """Le nom du site d'une adresse, sans « www »."""
    return urlsplit(adresse).netloc.removeprefix("www.") or adresse


def rendre(gabarit: str, *, statut: int = 200, **contexte: Any) -> Response:
    """La page."""
    return HTMLResponse(gabarits().get_template(gabarit).render(**contexte), status_code=statut)


def fragment(gabarit: str, **contexte: Any) -> Markup:
    """Un morceau de page, déjà échappé."""
    return Markup(gabarits().get_template(gabarit).render(**contexte))  # noqa: S704 - le gabarit échappe


def dedoubler(sources: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les sources, chacune une fois."""
    vues = {(s["document"], s["passage"], s["extrait"]): s for s in sources}
    return list(vues.values())
