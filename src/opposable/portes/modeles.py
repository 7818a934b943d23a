"""Les modèles typés des réponses (pydantic) : les schémas publics en viennent, et un test les tient égaux au réel."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Montant = str
"""Un montant en euros, deux décimales : « 30.00 » ; négatif dans une annulation : « -30.00 »."""
Autorite = Literal["texte", "officiel", "presse", "deduit"]
Statut = Literal["acceptee", "refusee", "a_verifier"]


class Modele(BaseModel):
    """La base des modèles : aucune clé de plus."""

    model_config = ConfigDict(extra="forbid")


class Source(Modele):
    """Un passage cité : le document, l'endroit, l'extrait exact, l'autorité."""

    document: str
    passage: str
    extrait: str
    autorite: Autorite


class CorpusCite(Modele):
    """Le corpus qui a répondu."""

    version: str
    hash: str
    arrete_au: str


class SurcoucheCitee(Modele):
    """Une surcouche appliquée."""

    nom: str
    libelle: str
    hash: str


class Entete(Modele):
    """Ce que chaque réponse porte."""

    version: str
    corpus: CorpusCite
    surcouches: list[SurcoucheCitee]
    avertissement: str


class Motif(Modele):
    """Un refus, un doute ou un avertissement d'une ligne."""

    code: str
    gravite: Literal["erreur", "avertissement", "occasion"]
    effet: Literal["refuse", "a_verifier", "aucun"]
    message: str
    montant_en_jeu: Montant | None
    faits: list[str]
    sources: list[Source]


class Depassement(Modele):
    """Le dépassement d'une ligne ; ``plafond`` : le total facturable avec un dépassement autorisé."""

    montant: Montant | None
    nature: Literal["aucun", "de", "da", "dp", "libre", "inconnu"]
    plafond: Montant | None


class Prevu(Modele):
    """Ce que le calendrier annoncé donnait ce jour-là."""

    tarif: Montant | None
    du: str
    report: str | None


class Ligne(Modele):
    """Une ligne cotée."""

    code: str
    libelle: str
    statut: Statut
    honoraires: Montant | None
    tarif: Montant | None
    base_remboursement: Montant | None
    taux: str | None
    part_obligatoire: Montant | None
    ticket_moderateur: Montant | None
    depassement: Depassement
    motifs: list[Motif]
    sources: list[Source]
    prevu: Prevu | None


class Total(Modele):
    """Les totaux ; un montant inconnu est nul."""

    honoraires: Montant | None
    base_remboursement: Montant | None
    part_obligatoire: Montant | None
    ticket_moderateur: Montant | None
    depassement: Montant | None
    participation_forfaitaire: Montant | None
    participation_actes_lourds: Montant | None
    remboursement: Montant | None
    part_complementaire: Montant | None
    reste_a_charge: Montant | None


class TiersPayant(Modele):
    """Ce que le tiers payant impose part par part, ce que chacun verse au médecin, ce que le patient avance."""

    part_obligatoire: Literal["obligatoire", "facultatif", "inconnu"]
    part_complementaire: Literal["obligatoire", "facultatif", "inconnu"]
    avance_patient: Montant | None
    verse_caisse: Montant | None
    verse_complementaire: Montant | None
    raisons: list[str]
    sources: list[Source]


class FaitSuppose(Modele):
    """Un fait et la valeur usuelle retenue."""

    fait: str
    libelle: str
    valeur: str | list[str]
    dit: str


class Hypothese(FaitSuppose):
    """Une valeur usuelle qui change la réponse ; ``avec`` : les autres du même groupe."""

    change: list[str]
    avec: list[FaitSuppose] = Field(default_factory=list)


class Question(Modele):
    """Un fait inconnu qui change la réponse ; ``avec`` : les faits à dire en même temps, qui le cachent sinon."""

    fait: str
    question: str
    change: list[str]
    valeurs: list[str]
    avec: list[str] = Field(default_factory=list)


class Reponse(Entete):
    """La réponse de ``coter`` à une facture."""

    id: str
    date: str
    calendrier: Literal["effectif", "prevu"]
    statut: Statut
    lignes: list[Ligne]
    total: Total
    total_possible: Total
    tiers_payant: TiersPayant
    hypotheses: list[Hypothese]
    questions: list[Question]
    trace: dict[str, object]


class DefautCorpus(Modele):
    """Un défaut du corpus ou d'une surcouche : le fichier, la ligne (0 : inconnue), la règle en cause."""

    fichier: str
    ligne: int
    regle: str
    message: str
    attendu: str
    exemple: str


class DetailErreur(Modele):
    """Ce qui ne convient pas : où, ce qui était attendu, un exemple ; ``defauts`` : tous ceux d'un corpus refusé."""

    code: str
    message: str
    ou: str
    attendu: str
    exemple: str
    defauts: list[DefautCorpus] = Field(default_factory=list)


class Erreur(Modele):
    """La réponse d'une commande à une mauvaise entrée."""

    erreur: DetailErreur


MODELES: dict[str, type[BaseModel]] = {
    "reponse": Reponse, "erreur": Erreur,
}  # fmt: skip
"""Les modèles par nom de schéma."""
