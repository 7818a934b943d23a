"""La description OpenAPI 3.1 de l'API, en français : les schémas publiés par ``schema``, un exemple par opération."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from opposable.portes.api.operations import FICHE_ABSENTE, Operation, schema_de_reponse
from opposable.portes.api.probleme import TYPE_MIME, Probleme
from opposable.portes.schemas import schema as schema_nomme

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus

_PREFIXE: Final = "#/components/schemas/"
_REFUS: Final = {
    "400": "La requête ne se lit pas : JSON, encodage.",
    "404": FICHE_ABSENTE,
    "413": "Le corps est trop grand.",
    "415": "Le corps n'est pas du JSON.",
    "422": "L'entrée se lit et ne convient pas : où, ce qui était attendu, un exemple.",
    "503": "Le calcul est trop long, ou trop de requêtes attendent.",
}
_THEMES: Final = {
    "Facture": "Coter et contrôler une facture ; la construire à partir d'une situation.",
    "Barème": "Les tarifs, leurs conditions, leur histoire, ce qui change entre deux dates.",
    "Dispositifs": "Les forfaits, aides, engagements et procédures.",
    "Textes": "Les textes lus, ce qui en est fait, leurs contradictions.",
    "Motifs": "Les refus et les avertissements, et les erreurs courantes.",
    "Schémas": "Les schémas JSON de ce qui entre et de ce qui sort.",
}


def decrire(corpus: Corpus, operations: Sequence[Operation], version: str, prefixe: str) -> dict[str, Any]:
    """Le document OpenAPI."""
    schemas: dict[str, Any] = {}
    _poser(schemas, "Probleme", Probleme.model_json_schema())
    chemins: dict[str, Any] = {}
    for operation in operations:
        verbe = "post" if operation.corps else "get"
        chemins[prefixe + operation.chemin] = {verbe: _operation(corpus, operation, schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Opposable : la convention médicale, calculable",
            "version": version,
            "summary": "Coter, proposer, calculer, lire le barème et les textes, sources à l'appui.",
            "description": f"{corpus.avertissement}\n\nL'argent et les taux sont des textes décimaux, en euros, "
            "les dates sont ISO. Une clé inconnue est refusée, la plus proche est nommée. Rien n'est gardé.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": nom, "description": dit} for nom, dit in _THEMES.items()],
        "paths": chemins,
        "components": {"schemas": schemas},
    }  # fmt: skip


def _operation(corpus: Corpus, operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    cherche = operation.ident or any(p.nom == "recherche" for p in operation.parametres)
    refus = set(_REFUS) - ({"404"} if not cherche else set())
    if operation.corps is None:
        refus -= {"400", "413", "415"}
    reponse = _nomme(operation.reponse) if operation.reponse else "Schema"
    _poser(schemas, reponse, schema_de_reponse(corpus, operation))
    decrite: dict[str, Any] = {
        "operationId": operation.nom,
        "tags": [operation.theme],
        "summary": operation.resume,
        "description": operation.dit,
        "parameters": [p.en_openapi() for p in operation.parametres],
        "responses": {
            "200": {"description": "Fait.", "content": {"application/json": {"schema": _forme(operation, reponse)}}},
            **{code: _refus(code) for code in sorted(refus)},
        },
    }
    if operation.ident:
        decrite["parameters"].insert(
            0,
            {
                "name": "ident", "in": "path", "required": True, "description": operation.ident_dit,
                "schema": {"type": "string", "minLength": 1}, "example": operation.ident,
            },
        )  # fmt: skip
    if operation.corps is not None:
        entree = _nomme(operation.corps.schema)
        _poser(schemas, entree, schema_nomme(corpus, operation.corps.schema))
        decrite["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": _forme(operation, entree), "example": operation.corps.exemple},
            },
        }
    return decrite


def _forme(operation: Operation, nom: str) -> dict[str, Any]:
    """L'objet seul ; ou l'objet, ou un tableau d'objets."""
    un = {"$ref": _PREFIXE + nom}
    if operation.corps is None or not operation.corps.tableau:
        return un
    return {"oneOf": [un, {"type": "array", "items": un}]}


def _refus(code: str) -> dict[str, Any]:
    return {"description": _REFUS[code], "content": {TYPE_MIME: {"schema": {"$ref": f"{_PREFIXE}Probleme"}}}}


def _nomme(nom: str) -> str:
    """Le nom d'un composant : ``permanence.reponse`` donne ``PermanenceReponse``."""
    return "".join(mot[:1].upper() + mot[1:] for mot in nom.replace(".", "_").split("_"))


def _poser(schemas: dict[str, Any], nom: str, schema: dict[str, Any]) -> None:
    """Ajoute un schéma aux composants ; ses définitions internes y viennent aussi, sous son nom."""
    if nom in schemas:
        return
    internes = schema.get("$defs", {})
    corps = {cle: valeur for cle, valeur in schema.items() if cle not in {"$defs", "$schema"}}
    schemas[nom] = _relier(corps, nom)
    for interne, definition in internes.items():
        schemas[f"{nom}.{interne}"] = _relier(definition, nom)


def _relier(noeud: Any, nom: str) -> Any:
    if isinstance(noeud, list):
        return [_relier(element, nom) for element in noeud]
    if not isinstance(noeud, dict):
        return noeud
    return {
        cle: f"{_PREFIXE}{nom}.{valeur.removeprefix('#/$defs/')}"
        if cle == "$ref" and isinstance(valeur, str)
        else _relier(valeur, nom)
        for cle, valeur in noeud.items()
    }
