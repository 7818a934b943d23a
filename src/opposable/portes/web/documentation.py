"""La page API : la description OpenAPI, lue par une personne."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import python as api
from opposable.portes.api import probleme
from opposable.portes.api.operations import EXEMPLE_FACTURE
from opposable.portes.web.jsons import lisible
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre

_LIGNE: Final = (
    "code", "statut", "honoraires", "tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur",
    "motifs",
)  # fmt: skip
_TOTAL: Final = ("honoraires", "part_obligatoire", "participation_forfaitaire", "remboursement", "reste_a_charge")
_SUITE: Final = "…"


def routeur(porte: Porte) -> APIRouter:
    """L'adresse de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/api")
    async def documentation(requete: Request) -> Response:
        hote = str(requete.base_url).rstrip("/")
        reponse, faute = await porte.calculer(_exemples, porte)
        return rendre(
            "api.html", rubrique="", hote=hote, themes=_themes(porte.api, hote), reponse=lisible(reponse),
            faute=lisible(faute), refus=_refus(porte.api), limites=porte.calculer.limites,
            resume=porte.api["info"]["summary"], **porte.entete(),
        )  # fmt: skip

    return routes


def _themes(description: Mapping[str, Any], hote: str) -> list[dict[str, Any]]:
    """Les opérations par thème, dans l'ordre de la description."""
    themes = {
        theme["name"]: {"nom": theme["name"], "dit": theme["description"], "operations": []}
        for theme in description["tags"]
    }
    for chemin, verbes in description["paths"].items():
        for verbe, operation in verbes.items():
            themes[operation["tags"][0]]["operations"].append(_operation(chemin, verbe, operation, hote))
    return list(themes.values())


def _operation(chemin: str, verbe: str, operation: Mapping[str, Any], hote: str) -> dict[str, Any]:
    contenu = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parametres = [
        {
            "nom": p["name"],
            "requis": p["required"],
            "sens": p["description"],
            "valeurs": p["schema"].get("enum", []),
            "exemple": p["example"],
        }
        for p in operation["parameters"]
    ]
    return {
        "id": operation["operationId"],
        "verbe": verbe.upper(),
        "chemin": chemin,
        "resume": operation["summary"],
        "dit": operation["description"],
        "parametres": parametres,
        "tableau": "oneOf" in contenu.get("schema", {}),
        "curl": _curl(hote + chemin, operation["parameters"], contenu.get("example")),
        "essai": _adresse(chemin, operation["parameters"]) if verbe == "get" else "",
    }


def _adresse(chemin: str, parametres: list[dict[str, Any]]) -> str:
    """L'adresse de l'exemple : le nom demandé, et les seuls paramètres requis."""
    exemples = {p["name"]: p["example"] for p in parametres if p["required"]}
    ident = exemples.pop("ident", "")
    suite = f"?{urlencode(exemples)}" if exemples else ""
    return chemin.replace("{ident}", quote(ident)) + suite


def _curl(adresse: str, parametres: list[dict[str, Any]], corps: Any) -> str:
    """La commande, prête à coller dans un terminal."""
    cible = f"'{_adresse(adresse, parametres)}'"
    if corps is None:
        return f"curl {cible}"
    ecrit = lisible(corps).replace("'", "'\\''")
    return f"curl {cible} \\\n  -H 'Content-Type: application/json' \\\n  -d '{ecrit}'"


def _exemples(porte: Porte) -> tuple[dict[str, Any], dict[str, Any]]:
    """La réponse de l'exemple de « coter », abrégée ; et ce que donne un code qui n'existe pas."""
    cotee = api.coter(EXEMPLE_FACTURE, surcouches=porte.surcouches)
    lignes = [{cle: ligne[cle] for cle in _LIGNE} for ligne in cotee["lignes"][:1]]
    abregee = {
        "statut": cotee["statut"],
        "lignes": [*lignes, _SUITE],
        "total": {**{cle: cotee["total"][cle] for cle in _TOTAL}, _SUITE: _SUITE},
        _SUITE: _SUITE,
    }
    try:
        api.coter({**EXEMPLE_FACTURE, "actes": [{"code": "GXX"}]}, surcouches=porte.surcouches)
    except ErreurEntree as erreur:
        return abregee, probleme.corps(erreur, probleme.statut(erreur))
    raise AssertionError("un code inconnu est refusé")


def _refus(description: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Chaque statut HTTP de refus, et ce qu'il dit."""
    trouves = {
        code: dite["description"]
        for verbes in description["paths"].values()
        for operation in verbes.values()
        for code, dite in operation["responses"].items()
        if code != "200"
    }
    return sorted(trouves.items())
