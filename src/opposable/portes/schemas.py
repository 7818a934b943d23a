"""Les schémas JSON des entrées et des réponses. Celui de la facture vient du vocabulaire, les autres de modèles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fait import Fait
from opposable.droit.montant import UNITE_TAUX
from opposable.facturation.annulation import SIGNES

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus

NOMS: Final = (
    "facture", "surcouche", "reponse", "situation", "proposer", "bareme", "changements", "motifs", "erreurs_frequentes",
    "textes", "texte", "verification", "calcul", "dispositifs", "dispositif", "annee", "annee.reponse",
    "atelier_optam", "atelier_optam.reponse", "erreur",
)  # fmt: skip
REPONSE: Final = ".reponse"
"""Ce qui suit le nom d'un dispositif pour demander le schéma de sa réponse, et non de son entrée."""
_MONTANT: Final = {"type": "string", "pattern": r"^\d{1,9}(\.\d{1,2})?$"}
_MONTANT_SIGNE: Final = {"type": "string", "pattern": r"^-?\d{1,9}(\.\d{1,2})?$"}
_AGE: Final = r"\d{1,5} ?(ans?|mois|jours?)"
_TRANCHE: Final = r"\d{1,3} à \d{1,3} ans|moins de \d{1,3} ans|\d{1,3} ans et plus"
_PLUS_GRAND: Final = 10**18 - 1
"""Le plus grand entier qui se lise (``entree.CHIFFRES_MAX`` chiffres)."""
_PLUS_GRAND_TAUX: Final = 999
"""Le plus grand taux entier de cette forme."""
_PLUS_GRAND_NOMBRE: Final = 10**12 - 1
"""Le plus grand nombre entier de cette forme."""
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "taux": {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,4})?$"},
    "nombre": {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,4})?$"},
    "date": {"type": "string", "format": "date"},
    "heure": {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"},
    "date_heure": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d$"},
    "age": {"type": "string", "pattern": rf"^\s*({_AGE}|{_TRANCHE})\s*$"},
    "terme": {"type": "string", "pattern": r"^\d{2}(\+[0-6])?( SA)?$"},
    "code": {"type": "string"},
}


def schema(corpus: Corpus, nom: str) -> dict[str, Any]:
    """Le schéma nommé. :class:`ErreurEntree` si le nom n'existe pas."""
    if nom.removesuffix(REPONSE) in corpus.dispositifs:
        from opposable.portes import schemas_dispositifs

        dispositif = corpus.dispositifs[nom.removesuffix(REPONSE)]
        return (
            schemas_dispositifs.reponse(dispositif) if nom.endswith(REPONSE) else schemas_dispositifs.entree(dispositif)
        )
    if nom not in NOMS:
        proche = plus_proche(nom, [*NOMS, *corpus.dispositifs])
        suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
        raise ErreurEntree(
            "SCHEMA_INCONNU",
            f"schéma inconnu « {nom} »{suite}",
            ou="NOM",
            attendu=", ".join(NOMS) + ", un dispositif, ou dispositif.reponse",
            exemple="opposable schema facture",
        )
    if nom in {"facture", "situation"}:
        return _facture(corpus) if nom == "facture" else _situation(corpus)
    if nom == "annee":
        from opposable.portes import schemas_annee

        return schemas_annee.entree(corpus)
    if nom == "atelier_optam":
        from opposable.portes import schemas_atelier

        return schemas_atelier.entree(corpus)
    from opposable.portes import (
        modeles,
        modeles_annee,
        modeles_atelier,
        modeles_bareme,
        modeles_dispositifs,
        modeles_motifs,
        modeles_proposer,
        modeles_surcouche,
        modeles_textes,
    )

    connus = (
        modeles.MODELES | modeles_annee.MODELES | modeles_atelier.MODELES | modeles_bareme.MODELES
        | modeles_dispositifs.MODELES | modeles_proposer.MODELES | modeles_surcouche.MODELES | modeles_textes.MODELES
        | modeles_motifs.MODELES
    )  # fmt: skip
    brut: dict[str, Any] = connus[nom].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **brut}


def _facture(corpus: Corpus) -> dict[str, Any]:
    def bloc(prefixe: str, requis: tuple[str, ...] = ()) -> dict[str, Any]:
        proprietes = {
            nom.removeprefix(prefixe): schema_de(fait)
            for nom, fait in corpus.vocabulaire.faits.items()
            if nom.startswith(prefixe) and not fait.calcule and nom not in corpus.vocabulaire.membres
        }
        objet: dict[str, Any] = {"additionalProperties": False, "properties": proprietes}
        if requis:
            return {"type": "object", **objet, "required": list(requis)}
        return {"type": ["object", "null"], **objet}

    date = schema_de(corpus.vocabulaire.faits["facture.date"])
    passe = {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "date"],
        "properties": {
            "code": _code(corpus),
            "date": date,
            "situation": {"type": ["string", "null"]},
            "quantite": {"type": ["integer", "null"], "minimum": 1},
            "patient": {"enum": ["meme", "autre", None]},
            "medecin": {"enum": ["meme", "autre", None]},
        },
    }
    actes = bloc("acte.", ("code",))
    actes["properties"]["code"] = {"title": "Code de l'acte", **_code(corpus)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facture",
        "description": "Une facture à coter. Un fait absent ou nul est inconnu ; « aucun » s'écrit toujours.",
        "type": "object",
        "additionalProperties": False,
        "required": ["date", "actes"],
        "properties": {
            "id": {"type": ["string", "null"], "title": "Identifiant repris dans la réponse", "maxLength": 200},
            "date": date,
            "heure": schema_de(corpus.vocabulaire.faits["facture.heure"]),
            "medecin": bloc("medecin."),
            "patient": bloc("patient."),
            "contexte": bloc("contexte."),
            "actes": {"type": "array", "minItems": 1, "maxItems": 50, "items": actes},
            "historique": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": {
                    "complet_depuis": {**date, "type": ["string", "null"]},
                    "actes": {"type": ["array", "null"], "items": passe},
                },
            },
        },
    }


def _code(corpus: Corpus) -> dict[str, Any]:
    """Un code du corpus, ou celui d'un acte que seule une version importée de la CCAM connaît."""
    importe = {"type": "string", "pattern": "^[A-Z]{4}[0-9]{3}$", "title": "Acte d'une version importée de la CCAM"}
    return {"anyOf": [{"type": "string", "enum": list(corpus.actes)}, importe]}


def _situation(corpus: Corpus) -> dict[str, Any]:
    """L'entrée de ``proposer`` : celle de ``coter``, sans honoraires, ses actes facultatifs."""
    facture = _facture(corpus)
    actes = facture["properties"]["actes"]
    del actes["items"]["properties"]["honoraires"]
    return {
        **facture,
        "title": "Situation",
        "description": "Ce qui est su d'une situation, sans les honoraires ; l'acte peut n'être pas choisi.",
        "required": ["date"],
        "properties": {**facture["properties"], "actes": {**actes, "type": ["array", "null"], "minItems": 0}},
    }


def schema_de(fait: Fait) -> dict[str, Any]:
    """Le schéma d'un fait : ses formes, son libellé, sa question, sa valeur usuelle."""
    resultat: dict[str, Any] = {"title": fait.libelle}
    description = " ".join(p for p in (fait.question, fait.aide) if p)
    if description:
        resultat["description"] = description
    if fait.obligatoire:
        formes = _formes(fait)
        return {**resultat, **(formes[0] if len(formes) == 1 else {"anyOf": formes})}
    resultat["anyOf"] = [*_formes(fait), {"type": "null"}]
    if fait.usuel is not None:
        resultat["default"] = (
            sorted(fait.usuel)
            if isinstance(fait.usuel, frozenset)
            else (fait.usuel if isinstance(fait.usuel, int) and fait.type == "entier" else fait.texte(fait.usuel))
        )
    return resultat


def _formes(fait: Fait) -> list[dict[str, Any]]:
    formes: list[dict[str, Any]]
    if fait.type == "oui_non":
        formes = [{"enum": ["oui", "non"]}, {"type": "boolean"}]
    elif fait.type == "choix":
        valeurs = [{"const": v, "title": libelle} for v, libelle in fait.valeurs.items()]
        formes = [
            {"oneOf": valeurs},
            *([{"enum": sorted(fait.codes), "title": "Code à deux chiffres"}] if fait.codes else []),
        ]
        chiffres = sorted({int(v) for v in (*fait.valeurs, *fait.codes) if v.isdigit()})
        formes += [{"type": "integer", "enum": chiffres}] if chiffres else []
        booleens = [dit for mot, dit in (("oui", True), ("non", False)) if mot in fait.valeurs]
        formes += [{"type": "boolean", "enum": booleens}] if booleens else []
    elif fait.type == "liste":
        formes = [{"type": "array", "items": {"enum": list(fait.valeurs)}}]
    elif fait.nom in SIGNES:
        formes = _signees(fait)
    elif fait.type == "entier":
        bornes = {
            "minimum": -_PLUS_GRAND if fait.minimum is None else fait.minimum,
            "maximum": _PLUS_GRAND if fait.maximum is None else fait.maximum,
        }
        formes = [{"type": "integer", **bornes}, {"type": "string", "pattern": r"^\d+$"}]
    elif fait.type == "montant":
        formes = (
            [_MONTANT, {"type": "integer", "minimum": 0, "maximum": _PLUS_GRAND}]
            if fait.minimum is not None
            else _signees(fait)
        )
    elif fait.type == "taux":
        entier = _PLUS_GRAND_TAUX if fait.maximum is None else fait.maximum // UNITE_TAUX
        formes = [_FORMATS["taux"], {"type": "integer", "minimum": 0, "maximum": entier}]
    elif fait.type == "nombre":
        formes = [_FORMATS["nombre"], {"type": "integer", "minimum": 0, "maximum": _PLUS_GRAND_NOMBRE}]
    else:
        formes = [_FORMATS[fait.type]]
    return [*formes, *([{"const": fait.sans_objet}] if fait.sans_objet else [])]


def _signees(fait: Fait) -> list[dict[str, Any]]:
    """Un nombre négatif dans une annulation : ses bornes valent en valeur absolue."""
    if fait.type == "montant":
        return [_MONTANT_SIGNE, {"type": "integer", "minimum": -_PLUS_GRAND, "maximum": _PLUS_GRAND}]
    bas, haut = fait.minimum, fait.maximum
    return [
        {"type": "integer", **{cle: b for cle, b in (("minimum", bas), ("maximum", haut)) if b is not None}},
        {"type": "integer", **{cle: -b for cle, b in (("minimum", haut), ("maximum", bas)) if b is not None}},
        {"type": "string", "pattern": r"^-?\d+$"},
    ]
