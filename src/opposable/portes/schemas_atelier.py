"""Le schéma JSON d'un cas de l'atelier OPTAM : les faits d'``optam``, ceux d'une facture, et l'année."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from opposable.droit.calculer import ANNEE_MAXIMALE
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.lots.optam import atelier, lignes
from opposable.portes import schemas_dispositifs
from opposable.portes.schemas import schema_de

_MONTANT: Final = {"type": "string", "pattern": r"^-?\d{1,9}([.,]\d{1,2})?$"}
_POSITIF: Final = {"type": "string", "pattern": r"^\d{1,9}([.,]\d{1,2})?$"}


def entree(corpus: Corpus) -> dict[str, Any]:
    """Le schéma d'un cas, avec ses actes ou ses totaux par mois."""
    optam = corpus.dispositifs[atelier.OPTAM]
    faits = {fait.nom: fait for fait in optam.hors_listes()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Une année d'actes, et l'option à simuler",
        "description": "Les actes, un par un (« actes »), ou leurs totaux (« mois »). Aucune identité.",
        "type": "object",
        "additionalProperties": False,
        "required": ["annee", "medecin"],
        "properties": {
            "id": {"type": ["string", "null"], "maxLength": 200, "title": "Identifiant du cas"},
            "annee": {
                "type": "integer", "minimum": int(_premiere(corpus)), "maximum": ANNEE_MAXIMALE,
                "title": "Année civile",
            },
            "medecin": _bloc(corpus, "medecin.", exige=("option",)),
            "patient": _bloc(corpus, "patient."),
            "contexte": _bloc(corpus, "contexte."),
            "actes": {
                "type": ["array", "null"], "minItems": 1, "maxItems": lignes.LIGNES_AU_PLUS, "items": _acte(corpus),
                "title": "Les actes de l'année",
            },
            "mois": {
                "type": ["array", "null"], "minItems": 1, "maxItems": lignes.MOIS, "items": _MOIS,
                "title": "Leurs totaux, par mois",
            },
            "engagements": _cas(corpus.dispositifs[atelier.ENGAGEMENTS]),
            "adhesion": _cas(corpus.dispositifs[atelier.ADHESION]),
            **{nom: schema_de(faits[nom]) for nom in atelier.faits_dits(corpus)},
        },
    }  # fmt: skip


def _premiere(corpus: Corpus) -> str:
    """L'année où le corpus commence."""
    from opposable.droit import temps

    return temps.iso(corpus.debut)[:4]


def _bloc(corpus: Corpus, prefixe: str, exige: tuple[str, ...] = ()) -> dict[str, Any]:
    proprietes = {
        nom.removeprefix(prefixe): schema_de(fait)
        for nom, fait in corpus.vocabulaire.faits.items()
        if nom.startswith(prefixe) and not fait.calcule and nom not in corpus.vocabulaire.membres
    }
    objet = {"additionalProperties": False, "properties": proprietes}
    return {"type": "object", **objet, "required": list(exige)} if exige else {"type": ["object", "null"], **objet}


def _acte(corpus: Corpus) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(lignes.EXIGEES),
        "properties": {
            "date": {"type": "string", "format": "date"},
            "code": {"type": "string", "minLength": 1},
            "honoraires": _MONTANT,
            "tarif": {"anyOf": [_MONTANT, {"type": "null"}], "title": "Tarif du secteur 1 ; calculé sinon"},
            "facture": {"type": ["string", "null"], "title": "Ce qui réunit les lignes d'une facture"},
            **{nom: schema_de(fait) for nom, fait in lignes.faits_permis(corpus).items()},
        },
    }


_MOIS: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": list(lignes.RESUME),
    "properties": {
        "mois": {"type": "integer", "minimum": 1, "maximum": lignes.MOIS},
        **dict.fromkeys(lignes.RESUME[1:], _POSITIF),
    },
}


def _cas(dispositif: Dispositif) -> dict[str, Any]:
    """Un cas de ce dispositif, sans le médecin, que l'atelier dit déjà ; sa date est le 1er janvier, sauf dite."""
    faits = dispositif.vocabulaire.faits
    libres = {nom: replace(fait, obligatoire=False) for nom, fait in faits.items() if "." not in nom}
    vocabulaire = replace(dispositif.vocabulaire, faits={**faits, **libres})
    cas = schemas_dispositifs.entree(replace(dispositif, vocabulaire=vocabulaire))
    proprietes = {nom: schema for nom, schema in cas["properties"].items() if nom not in {"medecin", "id"}}
    return {
        "title": dispositif.libelle, "type": ["object", "null"], "additionalProperties": False,
        "properties": proprietes,
    }  # fmt: skip
