"""Les modèles typés du barème : le jour, une fiche, une recherche, l'histoire, et ce qui change entre deux dates."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from opposable.portes.modeles import Entete, Montant, Source

Calendrier = Literal["effectif", "prevu"]


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _LigneDatee(_Modele):
    """Une ligne : ses identifiants (un par territoire réuni), son cas, ses deux dates, ses sources."""

    id: str
    ids: list[str]
    territoires: list[str]
    cellule: str | None
    cas: str | None
    du: str | None
    au: str | None
    prevu_du: str | None
    effectif_du: str | None
    report: str | None
    manquant: str | None
    reserve: str | None
    sources: list[Source]


class LigneTarif(_LigneDatee):
    """Une ligne en euros : tarif, base, participation."""

    montant: Montant | None


class LigneValeur(_LigneDatee):
    """Une ligne qui n'est pas en euros : taux, entier ou mot."""

    valeur: str | None


class Situation(_Modele):
    """Une des situations qui remplissent une condition."""

    texte: str
    du: str | None
    au: str | None
    sources: list[Source]


class ConditionFiche(_Modele):
    """Une condition d'une fiche."""

    id: str
    texte: str
    situations: list[Situation]
    motif: str
    du: str | None
    au: str | None
    sources: list[Source]


class FrequenceFiche(_Modele):
    """Une fréquence d'une fiche : la limite, les codes comptés ensemble et sa période."""

    texte: str
    compte: list[str]
    du: str | None
    au: str | None
    sources: list[Source]


class VersionCcam(_Modele):
    """Une version de la CCAM et le jour où elle s'applique."""

    numero: int
    du: str


class Modificateur(_Modele):
    """Un modificateur que la CCAM admet pour une activité."""

    lettre: str
    libelle: str | None


class RangeeCcam(_Modele):
    """Une activité et une phase d'un acte technique, dans une version."""

    activite: str
    phase: str
    libelle: str | None
    regroupement: str | None
    exoneration: list[str]
    prise_en_charge: bool
    accord_prealable: bool
    sous_conditions: bool
    modificateurs: list[Modificateur]
    gestes: list[str]


class Technique(_Modele):
    """Ce que la CCAM dit d'un acte ; ``certaine`` : la version citée est celle qui régit ce jour-là."""

    chapitre: str | None
    version: VersionCcam | None
    certaine: bool
    versions: list[VersionCcam]
    rangees: list[RangeeCcam]
    notes: list[str]


class Fiche(_Modele):
    """La fiche d'un acte."""

    code: str
    libelle: str
    nature: Literal["acte", "supplement"]
    familles: list[str]
    du: str | None
    au: str | None
    remplace_par: list[str]
    lettre_transmise: str | None
    tarifs: list[LigneTarif]
    bases: list[LigneTarif]
    taux: list[LigneValeur]
    tiers_payant: list[LigneValeur]
    conditions: list[ConditionFiche]
    s_ajoute_a: list[str]
    incompatible_avec: list[str]
    cumulable_avec: list[str]
    technique: Technique | None
    frequences: list[FrequenceFiche]
    notes: str | None


class Parametre(_Modele):
    """Une table du corpus : taux, participation, plafond…"""

    nom: str
    libelle: str
    type: Literal["montant", "taux", "majoration", "entier", "texte"]
    lignes: list[LigneTarif | LigneValeur]


class Trouve(_Modele):
    """Un code trouvé par une recherche : où, et l'endroit qui a répondu."""

    code: str
    libelle: str
    sorte: Literal["acte", "supplement", "parametre", "non_couvert"]
    couvert: bool
    en_vigueur: bool | None
    rang: Literal["code", "libelle", "reste"]
    dans: list[Literal["code", "libelle", "familles", "tarifs", "conditions", "situations", "notes"]]
    extrait: str | None


class ActeFerme(_Modele):
    """Un acte que le profil ne peut certainement pas facturer, et la règle qui le dit."""

    code: str
    libelle: str
    motif: str
    texte: str
    sources: list[Source]


class ReportCite(_Modele):
    """Un texte qui a déplacé une date imprimée."""

    id: str
    libelle: str
    prevu: str
    effectif: str
    sources: list[Source]


class Profil(_Modele):
    """Ce que le profil dit du médecin."""

    specialite: str | None = None
    secteur: str | None = None
    option: str | None = None
    territoire: str | None = None


class Bareme(Entete):
    """La réponse de ``bareme`` ; ``fiche`` : un code exact a été demandé."""

    le: str
    calendrier: Calendrier
    historique: bool
    fiche: bool
    recherche: str | None
    profil: Profil
    profil_libelle: str | None
    trouves: list[Trouve]
    actes: list[Fiche]
    parametres: list[Parametre]
    fermes: list[ActeFerme]
    reports: list[ReportCite]


class Changement(_Modele):
    """Un cas dont la valeur change ; une valeur nulle sans raison de manquer : aucune ligne."""

    sorte: Literal["tarif", "base", "taux", "tiers_payant", "parametre"]
    code: str
    libelle: str
    type: Literal["montant", "taux", "majoration", "entier", "texte"]
    id: str
    ids: list[str]
    le: str
    prevu_le: str | None
    effectif_le: str | None
    report: str | None
    avant: str | None
    avant_manquant: str | None
    apres: str | None
    apres_manquant: str | None
    territoires: list[str]
    cellule: str | None
    cas: str | None
    sources: list[Source]


class ChangementDeRegle(_Modele):
    """Ce qui finit et ce qui commence un même jour ; ``codes`` vide : toutes les lignes."""

    le: str
    codes: list[str]
    sorte: Literal["regle", "situation", "s_ajoute_a", "incompatible_avec", "frequence"]
    motif: str | None
    avant: list[str]
    apres: list[str]
    sources: list[Source]


class Changements(Entete):
    """La réponse de ``bareme --entre`` : tarifs, puis bases, taux et paramètres, puis règles."""

    entre: tuple[str, str]
    calendrier: Calendrier
    recherche: str | None
    profil: Profil
    profil_libelle: str | None
    trouves: list[Trouve]
    changements: list[Changement]
    valeurs: list[Changement]
    conditions: list[ChangementDeRegle]
    reports: list[ReportCite]


MODELES: dict[str, type[BaseModel]] = {"bareme": Bareme, "changements": Changements}
"""Les modèles par nom de schéma."""
