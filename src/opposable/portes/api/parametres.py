"""Les paramètres d'une adresse : oui ou non, une date, un mot. Un inconnu est refusé, le plus proche nommé."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from starlette.datastructures import QueryParams

from opposable.droit.erreurs import ErreurEntree, plus_proche

LONGUEUR: Final = 200
"""Au-delà, un mot cherché n'en est plus un."""
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "oui_non": {"type": "string", "enum": ["oui", "non"], "default": "non"},
    "date": {"type": "string", "format": "date"},
    "texte": {"type": "string", "minLength": 1, "maxLength": LONGUEUR, "pattern": r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"},
}


@dataclass(frozen=True, slots=True)
class Parametre:
    """Un paramètre : son nom, sa forme, ce qu'il dit, un exemple.

    ``valeurs`` : les seules permises, vérifiées ici. ``connues`` : celles que la réponse connaît, et vérifie elle-même.
    """

    nom: str
    forme: Literal["oui_non", "date", "texte"]
    sens: str
    exemple: str
    requis: bool = False
    valeurs: tuple[str, ...] = ()
    connues: tuple[str, ...] = ()

    def en_openapi(self) -> dict[str, Any]:
        """Sa description OpenAPI."""
        permises = self.valeurs or self.connues
        schema = {"type": "string", "enum": list(permises)} if permises else _SCHEMAS[self.forme]
        return {
            "name": self.nom, "in": "query", "required": self.requis, "description": self.sens, "schema": schema,
            "example": self.exemple,
        }  # fmt: skip


STRICT: Final = Parametre("strict", "oui_non", "N'emploie aucune valeur usuelle : ce qui n'est pas dit manque.", "non")
PREVU: Final = Parametre("prevu", "oui_non", "Le calendrier annoncé, même si un texte l'a reporté depuis.", "non")


class Lus:
    """Les paramètres lus d'une requête."""

    def __init__(self, textes: Mapping[str, str]) -> None:
        self._textes = textes

    def oui(self, nom: str) -> bool:
        """Si ce paramètre vaut oui."""
        return self._textes.get(nom) == "oui"

    def mot(self, nom: str) -> str | None:
        """Le texte de ce paramètre, ou ``None`` s'il n'est pas donné."""
        return self._textes.get(nom)

    def jour(self, nom: str) -> date | None:
        """La date de ce paramètre, ou ``None`` s'il n'est pas donné."""
        texte = self._textes.get(nom)
        return date.fromisoformat(texte) if texte is not None else None


def lire(requete: QueryParams, permis: Sequence[Parametre]) -> Lus:
    """Les paramètres de l'adresse, vérifiés. :class:`ErreurEntree` au premier qui ne convient pas."""
    connus = {parametre.nom: parametre for parametre in permis}
    lus: dict[str, str] = {}
    for nom, texte in requete.multi_items():
        if nom not in connus:
            proche = plus_proche(nom, connus)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise ErreurEntree(
                "PARAMETRE_INCONNU", f"paramètre inconnu « {nom[:LONGUEUR]} »{suite}", ou="adresse",
                attendu=", ".join(connus) or "aucun paramètre",
            )  # fmt: skip
        if nom in lus:
            raise ErreurEntree("PARAMETRE_EN_DOUBLE", "ce paramètre est donné deux fois", ou=nom, attendu="une fois")
        lus[nom] = texte
        _verifier(connus[nom], texte)
    for nom, parametre in connus.items():
        if parametre.requis and nom not in lus:
            raise ErreurEntree(
                "PARAMETRE_MANQUANT", f"il manque « {nom} » : {parametre.sens}", ou=nom, attendu=_attendu(parametre),
                exemple=f"{nom}={parametre.exemple}",
            )  # fmt: skip
    return Lus(lus)


def _verifier(parametre: Parametre, texte: str) -> None:
    permis = parametre.valeurs or (("oui", "non") if parametre.forme == "oui_non" else ())
    bon = texte in permis if permis else bool(texte.strip()) and len(texte) <= LONGUEUR and texte.isprintable()
    code = "VALEUR_INCONNUE"
    if parametre.forme == "date":
        code, bon = "DATE_IMPOSSIBLE", False
        with contextlib.suppress(ValueError):
            bon = bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", texte)) and bool(date.fromisoformat(texte))
    if not bon:
        raise ErreurEntree(
            code, f"« {texte[:LONGUEUR]} » ne convient pas", ou=parametre.nom, attendu=_attendu(parametre),
            exemple=f"{parametre.nom}={parametre.exemple}",
        )  # fmt: skip


def _attendu(parametre: Parametre) -> str:
    if parametre.valeurs or parametre.forme == "oui_non":
        return ", ".join(parametre.valeurs or ("oui", "non"))
    return {"date": "une date existante, AAAA-MM-JJ"}.get(parametre.forme, f"un texte de {LONGUEUR} signes au plus")
