"""Trouver la zone d'une commune dans un fichier que la personne possède : le zonage de son agence régionale de santé.

Opposable ne livre pas de zonage et n'en devine pas : un CSV dit, commune par commune, ZIP, ZAC, ZAR ou hors zone. Les
colonnes se reconnaissent à leurs titres. Une commune écrite deux fois avec deux zones n'en a pas une seule.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.portes import entree

_EXEMPLE: Final = "code_postal;commune;zone"
_GENRE: Final = entree.Genre("un zonage", _EXEMPLE, "opposable zone zonage.csv 01500", "un fichier CSV")
_TITRES: Final = {
    "code": ("code_postal", "cp", "code_insee", "insee", "code_commune", "code_commune_insee"),
    "commune": ("commune", "nom_commune", "nom_de_la_commune", "libelle_commune"),
    "zone": ("zone", "zonage", "zonage_ars", "zone_ars"),
}
"""Les titres que l'on reconnaît, réduits ; le premier trouvé l'emporte."""
_MOTS: Final = {
    "zip": "zip", "zac": "zac", "zar": "zar", "hz": "hors_zone", "hors_zone": "hors_zone", "hors_zonage": "hors_zone",
}  # fmt: skip
"""Les mots d'un zonage, et la valeur de ``medecin.zone_ars`` ; un rang peut les précéder (« 1_ZIP »)."""


@dataclass(frozen=True, slots=True)
class Commune:
    """Une ligne du zonage. ``zone`` est une valeur de ``medecin.zone_ars``, ou ``None`` si le fichier ne la dit pas."""

    commune: str
    code: str
    zone: str | None

    def en_dict(self) -> dict[str, Any]:
        """La forme publique."""
        return {"commune": self.commune, "code": self.code, "zone": self.zone}


def chercher(source: str, quoi: str) -> list[Commune]:
    """Les lignes de ce fichier pour une commune, par son nom ou son code (postal ou Insee, zéro de tête facultatif).

    :class:`ErreurEntree` si le fichier ne se lit pas, ou si rien n'y porte ce nom ou ce code.
    """
    nom = "entrée standard" if source == "-" else source
    lues = list(_communes(entree.texte_de(source, nom, _GENRE), nom))
    cherche = _reduit(quoi)
    trouvees = [c for c in lues if cherche and cherche in {_reduit(c.commune), _code(c.code)}]
    trouvees = trouvees or [c for c in lues if quoi.strip().isdigit() and _code(c.code) == _code(quoi)]
    if not trouvees:
        proche = plus_proche(cherche, {_reduit(c.commune): None for c in lues})
        suite = next((f" ; vouliez-vous « {c.commune} » ?" for c in lues if _reduit(c.commune) == proche), "")
        raise ErreurEntree(
            "COMMUNE_INCONNUE", f"« {quoi} » n'est pas dans ce zonage{suite}", ou=nom,
            attendu="un nom de commune ou un code écrit dans le fichier", exemple=_GENRE.commande,
        )  # fmt: skip
    return list(dict.fromkeys(trouvees))


def zone_de(communes: Sequence[Commune]) -> str | None:
    """La zone, si toutes les lignes trouvées disent la même."""
    zones = {c.zone for c in communes}
    return zones.pop() if len(zones) == 1 else None


def _communes(texte: str, nom: str) -> Iterator[Commune]:
    entete = texte.partition("\n")[0]
    rangees = csv.reader(texte.splitlines(keepends=True), delimiter=max(";,\t", key=entete.count), strict=True)
    try:
        places = _places([_reduit(cellule) for cellule in next(rangees, [])], nom)
        for rangee in rangees:
            if not any(cellule.strip() for cellule in rangee):
                continue
            if len(rangee) <= max(places.values()):
                raise _faute(f"{len(rangee)} valeurs, il en manque", f"{nom}, ligne {rangees.line_num}")
            lus = {cle: rangee[place].strip() for cle, place in places.items()}
            yield Commune(lus.get("commune", ""), lus.get("code", ""), _zone(lus["zone"]))
    except csv.Error:
        raise _faute("guillemets mal fermés ou mal placés", f"{nom}, ligne {rangees.line_num}") from None


def _places(titres: list[str], nom: str) -> dict[str, int]:
    """La place de chaque colonne reconnue ; la zone, et une commune ou un code, sont exigés."""
    places = {
        cle: titres.index(trouve)
        for cle, permis in _TITRES.items()
        if (trouve := next((titre for titre in permis if titre in titres), None)) is not None
    }
    if "zone" not in places or len(places) == 1:
        manque = "la zone" if "zone" not in places else "la commune, ou son code"
        raise ErreurEntree(
            "COLONNES_MANQUANTES", f"aucune colonne ne dit {manque}", ou=f"{nom}, ligne 1",
            attendu="des colonnes « commune » ou « code_postal », et « zone »", exemple=_EXEMPLE,
        )  # fmt: skip
    return places


def _zone(texte: str) -> str | None:
    return _MOTS.get(re.sub(r"^[0-9]+_", "", _reduit(texte)))


def _code(texte: str) -> str:
    return texte.strip().lstrip("0")


def _reduit(texte: str) -> str:
    """Sans accents, majuscules, ni ponctuation ; « St » et « Ste » s'écrivent en entier."""
    sans = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "oe"))
    mots = re.sub(r"[^a-z0-9]+", " ", sans.encode("ascii", "ignore").decode().lower()).split()
    return "_".join({"st": "saint", "ste": "sainte"}.get(mot, mot) for mot in mots)


def _faute(message: str, ou: str) -> ErreurEntree:
    return ErreurEntree("CSV_INVALIDE", message, ou=ou, attendu="une commune par ligne", exemple=_EXEMPLE)
