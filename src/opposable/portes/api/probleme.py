"""Les erreurs de l'API, en ``application/problem+json`` (RFC 9457), avec le chemin du champ qui ne convient pas."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from pydantic import Field
from starlette.responses import Response

from opposable.droit.erreurs import ErreurCorpus, ErreurEntree
from opposable.portes.api.reponse import compacte
from opposable.portes.modeles import DefautCorpus, Modele

TYPE_MIME: Final = "application/problem+json"
_TITRES: Final = {
    400: "Requête illisible",
    403: "Requête refusée",
    404: "Introuvable",
    405: "Méthode refusée",
    411: "Longueur absente",
    413: "Requête trop grande",
    415: "Type de contenu refusé",
    421: "Mauvais destinataire",
    422: "L'entrée ne convient pas",
    500: "Faute d'Opposable",
    503: "Calcul trop long, ou trop de requêtes",
}
_CHEMIN: Final = re.compile(r"(\[\d+\]|[a-z][a-z0-9_]*)(\.[a-z][a-z0-9_]*|\[\d+\])*")
_MORCEAU: Final = re.compile(r"\[(\d+)\]|([a-z][a-z0-9_]*)")
_ILLISIBLES: Final = ("JSON_", "UTF8_", "FICHIER_VIDE", "NOMBRE_INVALIDE", "CARACTERE_INVALIDE", "CLE_EN_DOUBLE")


class Probleme(Modele):
    """Une requête refusée : le message, où, l'attendu, un exemple. ``pointeur`` : RFC 6901, s'il y en a un."""

    type: str = Field(description="urn:opposable:erreur: suivi du code")
    title: str
    status: int
    detail: str
    code: str
    ou: str
    pointeur: str | None
    attendu: str
    exemple: str
    defauts: list[DefautCorpus] = Field(default_factory=list)


def statut(erreur: ErreurEntree) -> int:
    """Le statut HTTP d'une entrée refusée : 400 si elle ne se lit pas, 422 si elle se lit et ne convient pas.

    Une recherche sans résultat est introuvable (404).
    """
    if erreur.code == "RIEN_TROUVE":
        return int(HTTPStatus.NOT_FOUND)
    return int(HTTPStatus.BAD_REQUEST if erreur.code.startswith(_ILLISIBLES) else HTTPStatus.UNPROCESSABLE_ENTITY)


def pointeur(ou: str) -> str | None:
    """Le pointeur JSON d'un chemin (``actes[0].code`` : ``/actes/0/code``), ou ``None`` si ce n'en est pas un."""
    if not _CHEMIN.fullmatch(ou):
        return None
    return "".join(f"/{m[1] or m[2]}" for m in _MORCEAU.finditer(ou))


def corps(erreur: ErreurEntree, code_http: int) -> dict[str, Any]:
    """Le problème, en dictionnaire : la forme de :class:`Probleme`."""
    return {
        "type": f"urn:opposable:erreur:{erreur.code}",
        "title": _TITRES[code_http],
        "status": code_http,
        "detail": f"{erreur.message[:1].upper()}{erreur.message[1:]}",
        "code": erreur.code,
        "ou": erreur.ou,
        "pointeur": pointeur(erreur.ou),
        "attendu": erreur.attendu,
        "exemple": erreur.exemple,
        "defauts": [],
    }


def repondre(erreur: ErreurEntree | ErreurCorpus, code_http: int | None = None) -> Response:
    """La réponse HTTP d'une erreur."""
    if isinstance(erreur, ErreurCorpus):
        dit = ErreurEntree("CORPUS_INVALIDE", "le corpus ou une surcouche ne se charge pas")
        contenu = corps(dit, 500) | {"defauts": [defaut.en_dict() for defaut in erreur.defauts]}
        return Response(compacte(contenu), status_code=500, media_type=TYPE_MIME)
    code_http = code_http or statut(erreur)
    return Response(compacte(corps(erreur, code_http)), status_code=code_http, media_type=TYPE_MIME)
