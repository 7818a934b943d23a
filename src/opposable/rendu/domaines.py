"""Les mots français des classements du corpus : les domaines du registre, les familles d'actes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

DOMAINES: Final = {
    "acte": "Actes et tarifs",
    "aides_et_financements": "Aides et financements",
    "assistants_medicaux": "Assistants médicaux",
    "bucco_dentaire": "Soins bucco-dentaires",
    "chiffres_cles": "Chiffres clés",
    "consultations_avancees": "Consultations avancées",
    "conventionnement": "Conventionnement",
    "cotisations_sociales": "Cotisations sociales",
    "cumul": "Cumuls",
    "demographie_2016": "Contrats démographiques de 2016",
    "demographie_2026": "Aides démographiques de 2026",
    "depassement": "Dépassements",
    "donum_2026": "Dotation numérique de 2026",
    "ess": "Équipes de soins spécialisés",
    "facturation": "Facturation",
    "fmt_2026": "Forfait médecin traitant de 2026",
    "forfait_patientele_2016": "Forfait patientèle de 2016",
    "forfait_structure": "Forfait structure",
    "frequence": "Fréquences",
    "gap_dpc": "Groupes d'analyse de pratiques, développement professionnel",
    "historique": "Historique des conventions",
    "hopital_activite_liberale": "Activité libérale à l'hôpital",
    "installation": "Installation",
    "instances": "Instances paritaires",
    "interessement": "Intéressement",
    "majoration": "Majorations",
    "medecin_traitant": "Médecin traitant",
    "missions": "Missions",
    "modificateur": "Modificateurs techniques",
    "observatoires": "Observatoires et engagements collectifs",
    "optam": "Options de pratique tarifaire",
    "paiement": "Délais de paiement",
    "pdsa": "Permanence des soins",
    "pertinence": "Pertinence des soins",
    "prevention_2026": "Prévention de 2026",
    "prise_en_charge": "Prise en charge du patient",
    "rosp": "Rémunération sur objectifs (ROSP)",
    "sanctions": "Sanctions",
    "secteur": "Secteurs",
    "sobriete": "Sobriété des prescriptions",
    "soins_non_programmes": "Soins non programmés",
    "statuts_exercice": "Statuts d'exercice",
    "telemedecine": "Télémédecine",
    "tiers_payant": "Tiers payant",
    "vsm": "Volet de synthèse médicale",
}
"""Les domaines des énoncés."""
FAMILLES: Final = {
    "acte_dentaire": "Actes dentaires",
    "acte_technique": "Actes techniques",
    "actes_des_chapitres_1_a_17": "Actes des chapitres 1 à 17 de la CCAM",
    "avis": "Avis ponctuels",
    "coefficient_outre_mer_propre": "Actes au coefficient d'outre-mer propre",
    "consultation": "Consultations",
    "consultation_complexe": "Consultations complexes et très complexes",
    "consultation_generaliste": "Consultations du généraliste",
    "consultation_longue": "Consultations longues",
    "consultation_pediatre": "Consultations du pédiatre",
    "consultation_psychiatre_urgente": "Consultation urgente du psychiatre",
    "consultation_specialiste": "Consultations des autres spécialités",
    "consultation_urgence": "Consultations d'urgence",
    "coordination": "Majorations de coordination",
    "deplacement": "Déplacements",
    "echographie": "Échographies",
    "examen_obligatoire": "Examens obligatoires de l'enfant",
    "geste_complementaire": "Gestes complémentaires de la CCAM",
    "horaire_ou_regulation": "Horaire de permanence ou régulation",
    "imagerie": "Imagerie",
    "imagerie_interventionnelle": "Imagerie interventionnelle",
    "indemnite_kilometrique": "Indemnités kilométriques",
    "majoration": "Autres majorations",
    "majoration_complexe": "Majorations complexes et très complexes",
    "majoration_enfant": "Majorations de l'enfant",
    "majoration_forfaitaire": "Majoration forfaitaire",
    "majoration_personnes_agees": "Majorations des personnes âgées",
    "pdsa": "Permanence des soins",
    "prevention": "Prévention",
    "sans_coefficient_outre_mer": "Actes sans coefficient d'outre-mer",
    "soins_non_programmes": "Soins non programmés",
    "supplement_technique": "Suppléments de la CCAM",
    "teleconsultation": "Téléconsultations",
    "teleexpertise": "Téléexpertises",
    "urgence": "Urgence",
    "urgence_horaire": "Nuit, dimanche et jours fériés",
    "visite": "Visites",
    "visite_generaliste": "Visites du généraliste",
    "visite_longue": "Visites longues",
}
"""Les familles d'actes."""
_DES_REGLES: Final = frozenset(
    {"actes_des_chapitres_1_a_17", "coefficient_outre_mer_propre", "sans_coefficient_outre_mer"}
)
"""Celles qui ne servent qu'à écrire une règle : elles ne disent rien de ce qu'est un acte."""


def domaine(nom: str) -> str:
    """Le titre d'un domaine du registre ; son nom sans traits bas, s'il n'a pas de titre."""
    return DOMAINES.get(nom) or _lisible(nom)


def famille(nom: str) -> str:
    """Le titre d'une famille d'actes ; son nom sans traits bas, si elle n'a pas de titre."""
    return FAMILLES.get(nom) or _lisible(nom)


def familles_dites(noms: Iterable[str]) -> list[str]:
    """Parmi les familles d'un acte, celles qui disent ce qu'il est."""
    return [nom for nom in noms if nom not in _DES_REGLES]


def _lisible(nom: str) -> str:
    return f"{nom[:1].upper()}{nom[1:].replace('_', ' ')}"
