"""Le dispositif ``statut`` (système 49) : sous quels droits un médecin facture, un jour donné."""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.source import Passage
from opposable.exercice import depassements as regles
from opposable.exercice import droits as exercice

_REPONSES: Final = {
    "oui": "permis", "sous_conditions": "sous conditions", "a_verifier": "à vérifier", "a_preciser": "à préciser",
    "non": "non permis",
}  # fmt: skip
"""Comment se lit ce qu'un dépassement a de permis."""


def calculer(k: Calcul) -> None:
    """Les droits, un à un, puis ce que les textes disent en entier."""
    secteur_de(k)
    tarifs(k)
    honoraires(k)
    droit_permanent(k)
    maitrise(k)
    territoire(k)
    depassements(k)
    droits(k)


@etape("texte")
def secteur_de(k: Calcul) -> str | None:
    """De qui sont le secteur, l'option et les droits."""
    return _dit(k, "statut_secteur_de")


@etape("texte")
def tarifs(k: Calcul) -> str | None:
    """Les tarifs que le statut permet."""
    return _dit(k, "statut_tarifs")


@etape("texte")
def honoraires(k: Calcul) -> str | None:
    """Les honoraires que le secteur permet."""
    return _dit(k, "secteur_honoraires")


@etape("oui_non")
def droit_permanent(k: Calcul) -> str | None:
    """Le droit permanent à dépassement peut être exercé, d'après les règles d'une facture."""
    permis = next(d.permis for d in _depassements(k) if d.nature == regles.DROIT_PERMANENT)
    return {"non": "non", "a_preciser": None}.get(permis, "oui")


@etape("oui_non")
def maitrise(k: Calcul) -> Valeur:
    """La base et les majorations du secteur 1 et des options sont ouvertes."""
    return k.fait(exercice.MAITRISE)


@etape("texte")
def territoire(k: Calcul) -> str | None:
    """Le territoire dont les tarifs valent : celui où l'acte est réalisé."""
    valeur = k.fait("medecin.territoire")
    return k.corpus.vocabulaire.faits["medecin.territoire"].valeurs[valeur] if isinstance(valeur, str) else None


@etape("tableau")
def depassements(k: Calcul) -> list[dict[str, Any]]:
    """Chaque dépassement, d'après les règles d'une facture, qui lisent aussi ``medecin.specialite``."""
    return [
        {
            "nature": d.nature,
            "libelle": d.libelle,
            "permis": d.permis,
            "reponse": _REPONSES[d.permis],
            "motifs": ", ".join(dict.fromkeys(r.motif for r in d.raisons)),
            "message": " ".join(r.message for r in d.raisons) or None,
        }
        for d in _depassements(k)
    ]


@etape("tableau")
def droits(k: Calcul) -> list[dict[str, Any]]:
    """Ce que chaque table de ``dispositif.tables`` dit du cas, avec sa source."""
    return [
        {"droit": d.table, "libelle": d.libelle, "valeur": d.mot, "dit": d.dit, "source": _source(d.sources[0])}
        for d in exercice.tous(k)
    ]


def _depassements(k: Calcul) -> list[regles.Depassement]:
    return regles.depassements(k, k.dispositif.entrees)


def _dit(k: Calcul, table: str) -> str | None:
    droit = exercice.lire(k, table)
    return droit.dit if droit is not None and droit.etat == "certain" else None


def _source(passage: Passage) -> str:
    titre = passage.document.titre if passage.document is not None else "Valeur déduite"
    return f"{titre}, {passage.lieu}"
