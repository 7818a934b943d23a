"""Le modèle typé de la réponse de l'atelier OPTAM ; un test le tient égal au réel."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from opposable.portes.modeles import Entete, Modele, Montant, Motif, Source
from opposable.portes.modeles_dispositifs import Calcul, Echeance, Manquant, QuestionDispositif

OuiNon = Literal["oui", "non"]
Taux = str


class NonCompte(Modele):
    """Ce qui n'a pas pu être compté, ou reste à vérifier : par motif et par acte, les lignes et leurs honoraires."""

    motif: str
    code: str
    message: str
    nombre: int
    honoraires: Montant


class LectureDuFichier(Modele):
    """Ce qui a été lu. Les comptes sont nuls pour un résumé. ``conditions`` : la première qui reste à vérifier, des
    ``a_verifier`` lignes comptées au tarif.
    """

    source: Literal["actes", "resume"]
    lignes: int | None
    factures: int | None
    retenues: int | None
    a_verifier: int | None
    conditions: list[NonCompte]
    non_tarifes: list[NonCompte]


class SommesEtTaux(Modele):
    """Les sommes d'une période, et ses taux, à quatre décimales, arrondis par défaut."""

    honoraires: Montant | None
    honoraires_remboursables: Montant
    depassements: Montant
    honoraires_opposables: Montant
    actes: int | None
    actes_opposables: int | None
    taux_depassement: Taux | None
    part_opposable: Taux | None
    part_opposable_en_actes: Taux | None


class Mesures(SommesEtTaux):
    """Celles de l'année ; ``lectures`` dit ce que sont les parts à tarif opposable."""

    lectures: dict[str, str]


class MoisMesure(SommesEtTaux):
    """Celles d'un mois, et de l'année jusqu'à lui. ``marge`` : un montant, ou ses deux bornes."""

    mois: int
    taux_depassement_cumule: Taux | None
    part_opposable_cumulee: Taux | None
    marge: list[Montant] | None
    rembourse_dedans: Montant | None
    rembourse_dehors: Montant | None


class Engagements(Modele):
    """Les deux taux d'engagement : signés, ou simulés, peut-être entre deux bornes."""

    depassement: Taux | None
    depassement_au_moins: Taux | None
    depassement_au_plus: Taux | None
    opposable: Taux | None
    origine: Literal["signe", "simule", "inconnu"]


class Prime(Modele):
    """La prime de l'année, ou ses bornes ; ``entiere`` : pour un respect strict."""

    montant: Montant | None
    au_moins: Montant | None
    au_plus: Montant | None
    contrepartie: str | None
    entiere: Montant | None
    taux: Taux | None
    honoraires_retenus: Montant | None
    echeancier: list[Echeance]


class Respect(Modele):
    """Une simulation d'``optam`` : une borne de l'engagement, une lecture de la part à tarif opposable."""

    engagement_depassement: Taux | None
    opposable_constate: Taux | None
    statut: Literal["calcule", "partiel", "refuse", "non_calculable"]
    engagements_tenus: OuiNon | None
    taux_de_depassement: Taux | None
    points_depassement: str | None
    points_opposable: str | None
    part_versee: Taux | None
    prime: Montant | None
    au_moins: Montant | None
    au_plus: Montant | None
    suite: str | None


class Bande(Modele):
    """Une bande de respect : de quel écart à quel écart, la part versée, et jusqu'à quels dépassements."""

    de: Taux
    a: Taux | None
    part_au_moins: Taux
    part_au_plus: Taux
    prime_au_moins: Montant | None
    prime_au_plus: Montant | None
    depassements: list[Montant] | None


class PointMort(Modele):
    """Chaque liste est un montant ou un taux, ou ses deux bornes."""

    depassements: Montant
    laisses: list[Montant]
    marge: list[Montant]
    renonces: list[Montant]
    prime_entiere: Montant | None
    taux_prime: Taux | None
    solde: list[Montant] | None
    depassements_au_point_mort: list[Montant] | None
    taux_au_point_mort: list[Taux] | None


class Patients(Modele):
    """Ce que la caisse verse aux patients des deux côtés, aux mêmes honoraires."""

    factures: int
    base_dedans: Montant | None
    base_dehors: Montant | None
    rembourse_dedans: Montant | None
    rembourse_dehors: Montant | None
    ecart: Montant | None
    non_compares: list[NonCompte]


class Dispositifs(Modele):
    """Les réponses des dispositifs interrogés ; ``optam`` : la première des simulations."""

    optam: Calcul
    optam_engagements: Calcul | None
    optam_adhesion: Calcul | None


class Atelier(Entete):
    """La réponse de l'atelier."""

    id: str
    annee: int
    option: str
    statut: Literal["calcule", "partiel"]
    manquants: list[Manquant]
    lecture: LectureDuFichier
    mesures: Mesures
    engagements: Engagements
    prime: Prime
    respect: list[Respect]
    bandes: list[Bande]
    point_mort: PointMort | None
    patients: Patients | None
    mois: list[MoisMesure]
    dispositifs: Dispositifs
    motifs: list[Motif]
    questions: list[QuestionDispositif]
    sources: list[Source]


MODELES: dict[str, type[BaseModel]] = {"atelier_optam.reponse": Atelier}
"""Les modèles par nom de schéma."""
