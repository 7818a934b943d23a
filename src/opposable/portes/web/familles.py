"""Les familles du corpus, comme une personne les nomme, et l'ordre où le barème les range."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NOMS: Final = {
    "acte_technique": "acte technique",
    "avis": "avis ponctuel",
    "consultation": "consultation",
    "consultation_complexe": "consultation complexe",
    "consultation_generaliste": "consultation du généraliste",
    "consultation_longue": "consultation longue",
    "consultation_pediatre": "consultation du pédiatre",
    "consultation_psychiatre_urgente": "consultation urgente du psychiatre",
    "consultation_specialiste": "consultation du spécialiste",
    "consultation_urgence": "consultation d'urgence",
    "coordination": "majoration de coordination",
    "deplacement": "déplacement",
    "examen_obligatoire": "examen obligatoire de l'enfant",
    "indemnite_kilometrique": "indemnité kilométrique",
    "majoration": "majoration",
    "majoration_complexe": "majoration de consultation complexe",
    "majoration_enfant": "majoration enfant",
    "majoration_forfaitaire": "majoration forfaitaire",
    "majoration_personnes_agees": "majoration des personnes âgées",
    "pdsa": "permanence des soins régulée",
    "prevention": "prévention",
    "soins_non_programmes": "soins non programmés",
    "teleconsultation": "téléconsultation",
    "teleexpertise": "téléexpertise",
    "urgence": "urgence",
    "urgence_horaire": "urgence aux horaires de permanence",
    "visite": "visite",
    "visite_generaliste": "visite du généraliste",
    "visite_longue": "visite longue",
}
"""Le nom français d'une famille ; une famille sans nom ici se lit d'après son identifiant."""

ACTES: Final = (
    ("Consultations", ("consultation",)),
    ("Visites", ("visite",)),
    ("Avis ponctuels", ("avis",)),
    ("Examens obligatoires de l'enfant", ("examen_obligatoire",)),
    ("Consultations longues, complexes, de prévention", ("consultation_complexe", "consultation_longue", "prevention")),
    ("Télémédecine", ("teleconsultation", "teleexpertise")),
    ("Urgence", ("consultation_urgence", "consultation_psychiatre_urgente", "acte_technique")),
)
SUPPLEMENTS: Final = (
    ("Coordination", ("coordination",)),
    ("Consultations complexes", ("majoration_complexe",)),
    ("Permanence des soins régulée", ("pdsa",)),
    ("Urgence et soins non programmés", ("urgence", "urgence_horaire", "soins_non_programmes")),
    ("Déplacements", ("deplacement", "indemnite_kilometrique")),
)
RESTE: Final = {"acte": "Autres actes", "supplement": "Âge, spécialité et autres majorations"}


def nom(famille: str) -> str:
    """Le nom français d'une famille."""
    return NOMS.get(famille, famille.replace("_", " "))


def groupe(nature: str, familles: Iterable[str]) -> str:
    """Le groupe du barème où ranger un code de cette nature et de ces familles."""
    siennes = set(familles)
    groupes = ACTES if nature == "acte" else SUPPLEMENTS
    return next((titre for titre, noms in groupes if siennes & set(noms)), RESTE[nature])


def ordre(nature: str) -> list[str]:
    """Les groupes d'une nature, dans l'ordre."""
    return [titre for titre, _ in (ACTES if nature == "acte" else SUPPLEMENTS)] + [RESTE[nature]]
