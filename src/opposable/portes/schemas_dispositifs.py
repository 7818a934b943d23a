"""Les schémas JSON d'un dispositif : son entrée vient de ses faits, sa réponse du modèle et de ses sorties."""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.dispositif import Dispositif, Sortie
from opposable.droit.fait import Fait
from opposable.portes.schemas import schema_de

_SORTIES: Final[dict[str, dict[str, Any]]] = {
    "montant": {"type": "string", "pattern": r"^-?\d+\.\d{2}$"},
    "taux": {"type": "string", "pattern": r"^\d+\.\d{2,4}$"},
    "nombre": {"type": "string", "pattern": r"^\d+\.\d{2,4}$"},
    "entier": {"type": "integer"},
    "oui_non": {"enum": ["oui", "non"]},
    "date": {"type": "string", "format": "date"},
    "texte": {"type": "string"},
    "code": {"type": "string"},
}
_BROUILLON: Final = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def entree(dispositif: Dispositif) -> dict[str, Any]:
    """Le schéma d'un cas."""
    proprietes: dict[str, Any] = {"id": {"type": ["string", "null"], "maxLength": 200, "title": "Identifiant du cas"}}
    blocs: dict[str, list[Fait]] = {}
    requis = []
    for fait in dispositif.hors_listes():
        bloc, _, cle = fait.nom.rpartition(".")
        if bloc:
            blocs.setdefault(bloc, []).append(fait)
        else:
            proprietes[cle] = schema_de(fait)
            requis += [cle] if fait.obligatoire else []
    for bloc, faits in blocs.items():
        proprietes[bloc] = _objet(faits, f"{bloc}.")
        if "required" not in proprietes[bloc]:
            proprietes[bloc]["type"] = ["object", "null"]
        requis += [bloc] if "required" in proprietes[bloc] else []
    for liste in dispositif.listes:
        proprietes[liste.nom] = {
            "title": liste.libelle,
            "description": liste.question,
            "type": ["array", "null"],
            "maxItems": liste.maximum,
            "items": _objet(dispositif.de_liste(liste.nom), f"{liste.nom}."),
        }
    return {
        **_BROUILLON,
        "title": dispositif.libelle,
        "description": f"{dispositif.but} Un fait absent ou nul est inconnu ; « aucun » s'écrit toujours.",
        "type": "object",
        "additionalProperties": False,
        "required": requis,
        "properties": proprietes,
        "examples": [dispositif.exemple],
    }


def _objet(faits: list[Fait], prefixe: str) -> dict[str, Any]:
    objet = {
        "type": "object",
        "additionalProperties": False,
        "properties": {fait.nom.removeprefix(prefixe): schema_de(fait) for fait in faits},
    }
    requis = [fait.nom.removeprefix(prefixe) for fait in faits if fait.obligatoire]
    return {**objet, "required": requis} if requis else objet


def reponse(dispositif: Dispositif) -> dict[str, Any]:
    """Le schéma d'une réponse : celui de tout dispositif, son résultat précisé."""
    from opposable.portes.modeles_dispositifs import Calcul

    schema: dict[str, Any] = Calcul.model_json_schema()
    schema["title"] = f"Réponse : {dispositif.libelle}"
    schema["properties"]["dispositif"] = {"const": dispositif.nom}
    schema["properties"]["resultat"] = _sorties(dispositif.sorties)
    return {**_BROUILLON, **schema}


def _sorties(sorties: tuple[Sortie, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [sortie.nom for sortie in sorties],
        "properties": {sortie.nom: _sortie(sortie) for sortie in sorties},
    }


def _sortie(sortie: Sortie) -> dict[str, Any]:
    forme = {"type": "array", "items": _sorties(sortie.colonnes)} if sortie.colonnes else _SORTIES[sortie.type]
    decrite: dict[str, Any] = {"title": sortie.libelle, "anyOf": [forme, {"type": "null"}]}
    return {**decrite, "description": sortie.aide} if sortie.aide else decrite
