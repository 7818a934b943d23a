"""Les groupes du barème : où ranger un code d'après ses familles, et dans quel ordre."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ACTES: Final = (
    ("Consultations", ("consultation",)),
    ("Visites", ("visite",)),
    ("Avis ponctuels", ("avis",)),
    ("Examens obligatoires de l'enfant", ("examen_obligatoire",)),
    ("Consultations longues, complexes, de prévention", ("consultation_complexe", "consultation_longue", "prevention")),
    ("Télémédecine", ("teleconsultation", "teleexpertise")),
    ("Urgence", ("consultation_urgence", "consultation_psychiatre_urgente")),
    ("Actes techniques (CCAM)", ("acte_technique",)),
)
SUPPLEMENTS: Final = (
    ("Coordination", ("coordination",)),
    ("Consultations complexes", ("majoration_complexe",)),
    ("Permanence des soins régulée", ("pdsa",)),
    ("Urgence et soins non programmés", ("urgence", "urgence_horaire", "soins_non_programmes")),
    ("Déplacements", ("deplacement", "indemnite_kilometrique")),
    ("Gestes complémentaires (CCAM)", ("geste_complementaire",)),
    ("Suppléments (CCAM)", ("supplement_technique",)),
)
RESTE: Final = {"acte": "Autres actes", "supplement": "Âge, spécialité et autres majorations"}


def groupe(nature: str, familles: Iterable[str]) -> str:
    """Le groupe du barème où ranger un code de cette nature et de ces familles."""
    siennes = set(familles)
    groupes = ACTES if nature == "acte" else SUPPLEMENTS
    return next((titre for titre, noms in groupes if siennes & set(noms)), RESTE[nature])


def ordre(nature: str) -> list[str]:
    """Les groupes d'une nature, dans l'ordre."""
    return [titre for titre, _ in (ACTES if nature == "acte" else SUPPLEMENTS)] + [RESTE[nature]]
