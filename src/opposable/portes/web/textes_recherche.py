"""Chercher dans le registre : les énoncés par mots, statut, mécanisme et document, une page à la fois."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.registre import STATUTS
from opposable.portes import python as api
from opposable.portes.api.parametres import Lus, Parametre
from opposable.portes.web import filtres
from opposable.portes.web.lieux import lieux
from opposable.rendu.domaines import domaine

PAR_PAGE: Final = 25
"""Les énoncés d'une page."""
FILTRES: Final = ("recherche", "statut", "systeme", "document")
"""Ce qui choisit des énoncés ; « page » dit lesquels de ceux-là sont montrés."""
_DITS: Final = {
    "calcule": None, "descriptif": "raison", "manquant": "manque", "contradictoire": "raison", "a_venir": "mecanisme",
}  # fmt: skip
"""Le champ qui explique chaque statut."""


def parametres(documents: Sequence[str], systemes: Sequence[str]) -> tuple[Parametre, ...]:
    """Les paramètres de l'adresse."""
    return (
        Parametre("recherche", "texte", "Des mots de l'énoncé.", "avis ponctuel"),
        Parametre("statut", "texte", "Le statut des énoncés.", "manquant", valeurs=tuple(STATUTS)),
        Parametre("systeme", "texte", "Le numéro d'un mécanisme.", "4", valeurs=tuple(systemes)),
        Parametre("document", "texte", "L'un des documents de référence.", "001", valeurs=tuple(documents)),
        Parametre("page", "texte", "Le numéro d'une page.", "2"),
    )


def rang(lus: Lus) -> int:
    """La page demandée, à partir de 1. :class:`ErreurEntree` si ce n'est pas un numéro."""
    dit = lus.mot("page") or "1"
    if not (dit.isascii() and dit.isdecimal() and int(dit[:9])):
        raise ErreurEntree(
            "VALEUR_INCONNUE", f"« {dit} » n'est pas un numéro de page", ou="page", attendu="un nombre, à partir de 1",
            exemple="page=2",
        )  # fmt: skip
    return int(dit[:9])


@lru_cache(maxsize=1)
def _index() -> tuple[tuple[dict[str, Any], str], ...]:
    """Chaque énoncé et ses mots mis à plat ; le registre ne change pas."""
    return tuple(
        (e, filtres.plat(" ".join(str(m) for m in (
            e["id"], e["enonce"], e["precision"] or "", e["extrait"], e["suite"] or "", domaine(e["domaine"]),
            e["mecanisme"] or "", " ".join(e["par"]),
        ))))
        for e in api.enonces()
    )  # fmt: skip


def chercher(choix: Mapping[str, str]) -> list[dict[str, Any]]:
    """Les énoncés qui tiennent à tous les filtres, dans l'ordre des documents."""
    egaux = [(cle, choix[cle]) for cle in ("statut", "systeme", "document") if choix.get(cle)]
    mots = choix.get("recherche", "")
    return [
        e for e, plat in _index()
        if all(e[cle] == voulu for cle, voulu in egaux) and (not mots or filtres.contient_plat(mots, plat))
    ]  # fmt: skip


def resultats(surcouches: Sequence[Path], choix: Mapping[str, str], page: int) -> dict[str, Any] | None:
    """Une page d'énoncés, et les adresses de ses voisines ; rien si aucun filtre n'est posé.

    Une page au-delà de la dernière est la dernière.
    """
    retenus = {cle: choix[cle] for cle in FILTRES if choix.get(cle)}
    if not retenus:
        return None
    trouves = chercher(retenus)
    pages = max(1, -(-len(trouves) // PAR_PAGE))
    ici = min(page, pages)
    debut = (ici - 1) * PAR_PAGE

    def adresse(numero: int) -> str:
        return f"/textes?{urlencode({**retenus, 'page': numero})}#enonces"

    return {
        "nombre": len(trouves),
        "intitule": intitule(len(trouves), retenus.get("statut")),
        "enonces": [montrer(surcouches, e) for e in trouves[debut : debut + PAR_PAGE]],
        "page": ici,
        "pages": pages,
        "du": debut + 1,
        "au": min(debut + PAR_PAGE, len(trouves)),
        "avant": adresse(ici - 1) if ici > 1 else "",
        "apres": adresse(ici + 1) if ici < pages else "",
    }


def montrer(surcouches: Sequence[Path], enonce: dict[str, Any]) -> dict[str, Any]:
    """L'énoncé, les lieux qui le portent, et ce que son statut explique."""
    champ = _DITS[enonce["statut"]]
    return {
        **enonce, "dit": enonce[champ] if champ else None, "lieux": lieux(api.corpus(surcouches), enonce["par"]),
    }  # fmt: skip


def accorde(statut: str, nombre: int) -> str:
    """Le mot d'un statut, au pluriel s'il le faut : « à venir » ne change pas."""
    mot = STATUTS[statut]
    return f"{mot}s" if nombre > 1 and statut != "a_venir" else mot


def intitule(nombre: int, statut: str | None) -> str:
    """Combien d'énoncés, et de quel statut : « 7 énoncés manquants »."""
    pluriel = "s" if nombre > 1 else ""
    dits = f"{nombre:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if nombre else "aucun"
    return f"{dits} énoncé{pluriel}" + (f" {accorde(statut, nombre)}" if statut else "")
