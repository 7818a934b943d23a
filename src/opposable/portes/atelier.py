"""L'atelier OPTAM vu de dehors : le cas, son fichier d'actes ou de totaux, un exemple, la page à imprimer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import actes_optam, entree
from opposable.portes import python as api

GENRE: Final = entree.Genre(
    "un cas d'atelier",
    '{"annee": 2026, "medecin": {"specialite": "dermatologie", "secteur": "2", "option": "optam"}, '
    '"engagement_depassement": "0.45", "engagement_opposable": "0.30"}',
    "opposable atelier-optam cas.json --actes actes.csv",
    "un fichier JSON",
)


def repondre(
    source: str,
    actes: str | None = None,
    resume: str | None = None,
    *,
    surcouches: Sequence[Path] = (),
    strict: bool = False,
) -> dict[str, Any]:
    """La réponse pour ce cas et ce fichier. :class:`ErreurEntree`, située dans l'un ou l'autre."""
    lu = entree.lire(source, GENRE)
    if lu.forme != "objet":
        raise ErreurEntree(
            "TYPE_INATTENDU", "un cas décrit un seul médecin", ou=lu.nom, attendu="un seul objet JSON",
            exemple=GENRE.exemple,
        )  # fmt: skip
    if actes is not None and resume is not None:
        raise ErreurEntree(
            "FAITS_CONTRADICTOIRES", "les actes et leurs totaux disent la même année", ou="--resume",
            attendu="l'un ou l'autre", exemple=GENRE.commande,
        )  # fmt: skip
    fichier = None
    if actes is not None or resume is not None:
        genre = actes_optam.ACTES if actes is not None else actes_optam.RESUME
        fichier = actes_optam.lire(api.corpus(surcouches), str(actes if actes is not None else resume), genre)
    return calculer(lu.factures[0], fichier, lu, surcouches=surcouches, strict=strict)


def calculer(
    cas: dict[str, Any],
    fichier: actes_optam.Fichier | None,
    lu: entree.Lecture | None = None,
    *,
    surcouches: Sequence[Path] = (),
    strict: bool = False,
) -> dict[str, Any]:
    """La réponse pour un cas déjà lu, et le fichier qui le complète. :class:`ErreurEntree`, située."""
    if fichier is not None:
        actes_optam.completer(cas, fichier)
    try:
        return api.atelier_optam(cas, surcouches=surcouches, strict=strict)
    except ErreurEntree as erreur:
        situee = fichier.situer(erreur) if fichier is not None else erreur
        raise (lu.situer(erreur) if situee is erreur and lu is not None else situee) from None


def exemple() -> dict[str, Any]:
    """Un cas, sans ses actes."""
    lu: dict[str, Any] = json.loads(files("opposable.portes").joinpath("exemple_atelier.json").read_text("utf-8"))
    return lu


def page(reponse: Mapping[str, Any]) -> str:
    """La page à imprimer : un seul fichier, sans rien à charger. :class:`ErreurEntree` sans de quoi l'écrire."""
    try:
        from opposable.portes.web import atelier_vues
    except ModuleNotFoundError as absent:
        raise ErreurEntree(
            "MODULE_ABSENT", f"il manque « {absent.name} » pour écrire une page", ou="--page",
            attendu="l'installation avec les pages", exemple="pip install 'opposable[web]'",
        ) from None  # fmt: skip
    return atelier_vues.page_seule(reponse)
