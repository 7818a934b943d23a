"""Le schéma JSON d'un dossier d'``annee`` : il vient des faits que les dispositifs de l'année lisent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.fait import Fait
from opposable.portes import schemas_dispositifs
from opposable.portes.schemas import schema_de
from opposable.remuneration import dossier

_MONTANT: Final = {"type": ["string", "integer"], "pattern": r"^-?\d{1,9}(\.\d{1,2})?$"}


def entree(corpus: Corpus) -> dict[str, Any]:
    """Le schéma d'un dossier."""
    siens = dossier.dispositifs(corpus)
    premiere, derniere = dossier.bornes_des_annees(corpus)
    medecin = {cle: schema_de(_libre(fait)) for cle, fait in dossier.faits_du_medecin(corpus).items()}
    patients = {cle: schema_de(fait) for cle, fait in dossier.faits_des_patients(corpus).items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "L'année d'un médecin",
        "description": "Un médecin décrit une fois, et ce que chaque dispositif demande en plus ; un dispositif absent "
        "reste à renseigner, « non » l'écarte. Un fait absent ou nul est inconnu.",
        "type": "object",
        "additionalProperties": False,
        "required": ["annee"],
        "properties": {
            "id": {"type": ["string", "null"], "maxLength": 200, "title": "Identifiant du dossier"},
            "annee": {
                "title": "Année civile",
                "anyOf": [
                    {"type": "integer", "minimum": premiere, "maximum": derniere},
                    {"enum": [str(a) for a in range(premiere, derniere + 1)]},
                ],
            },
            dossier.MEDECIN: _objet("Le médecin", medecin),
            dossier.PATIENTS: {
                "title": "La patientèle, par classe ou par patient",
                "type": ["array", "null"],
                "items": {"type": "object", "additionalProperties": False, "properties": patients},
            },
            "percus": _objet("Ce que la caisse a versé, par dispositif", {d.nom: _MONTANT for d in siens}),
            **{d.nom: _bloc(d) for d in siens},
        },
    }


def _objet(titre: str, proprietes: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": titre,
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": proprietes,
    }


def _bloc(dispositif: Dispositif) -> dict[str, Any]:
    """Un cas, plusieurs, ou « non » ; sans l'année, le médecin ni la patientèle, que le dossier dit déjà.

    Un fait obligatoire n'y est pas exigé : absent, il est demandé par la réponse.
    """
    faits = dispositif.vocabulaire.faits
    libres = {fait.nom: _libre(fait) for fait in dispositif.hors_listes()}
    vocabulaire = replace(dispositif.vocabulaire, faits={**faits, **libres})
    cas = schemas_dispositifs.entree(replace(dispositif, vocabulaire=vocabulaire))
    otees = {dossier.MEDECIN, *([dispositif.periode.fait] if dossier.par_annee(dispositif) else [])}
    otees |= {dossier.PATIENTS} if dossier.lit_les_patients(dispositif) else set()
    proprietes = {nom: schema for nom, schema in cas["properties"].items() if nom not in otees}
    forme = {"type": "object", "additionalProperties": False, "properties": proprietes}
    formes = [forme, {"type": "array", "items": forme}, {"enum": [dossier.NON, False, None]}]
    return {"title": dispositif.libelle, "description": dispositif.but, "anyOf": formes}


def _libre(fait: Fait) -> Fait:
    """Le même fait, qui peut manquer."""
    return replace(fait, obligatoire=False)
