"""Les modèles typés des surcouches : le fichier qu'on écrit (son schéma sert aux éditeurs) et sa vérification."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from opposable.portes.modeles import CorpusCite, Entete, Source

Texte = str | int | float | bool
"""Une valeur simple : le corpus la lit comme du texte, guillemets ou non."""
Textes = Texte | list[Texte]


class _Ecrit(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EnTete(_Ecrit):
    """Ce qu'est la surcouche, et depuis quand."""

    nom: Texte
    libelle: Texte
    date: Texte = Field(description="AAAA-MM-JJ")
    auteur: Texte | None = None


class DocumentEcrit(_Ecrit):
    """Un document cité par la surcouche."""

    titre: Texte
    autorite: Literal["officiel", "presse", "texte"]
    verifie_le: Texte = Field(description="AAAA-MM-JJ : le jour jusqu'auquel on l'a confronté aux textes")
    lu_le: Texte | None = Field(None, description="AAAA-MM-JJ : exigé d'un document officiel ou de presse")
    nature: Texte | None = None
    fichier: Texte | None = None
    date: Texte | None = None
    adresse: Texte | None = None
    concordance: Texte | None = None


class PassageEcrit(_Ecrit):
    """Un passage cité : son document et son extrait, ou l'équation d'une valeur déduite."""

    document: Texte | None = None
    lieu: Texte | None = None
    extrait: Texte | None = None
    autorite: Literal["deduit"] | None = None
    equation: Texte | None = None
    de: Textes | None = None


class ValeurOutreMer(_Ecrit):
    """La valeur d'une ligne dans des territoires d'outre-mer."""

    territoires: Textes
    montant: Texte | None = None
    manquant: Texte | None = None
    source: Textes


class LigneEcrite(_Ecrit):
    """Une ligne de tarif, de base, de taux ou de table."""

    du: Texte = Field(description="AAAA-MM-JJ, ou origine")
    au: Texte | None = Field(None, description="AAAA-MM-JJ, exclu")
    nom: Texte | None = Field(None, description="distingue les séries d'un même acte")
    cellule: dict[str, Textes] | None = Field(None, description="les faits qui restreignent la ligne")
    sauf_de: Textes | None = Field(None, description="les lignes dont celle-ci est l'exception, ou « base »")
    montant: Texte | None = Field(None, description="en euros, avec un point : 26.50")
    valeur: Texte | None = Field(None, description="un taux (0.70), un entier ou un mot, selon la table")
    manquant: Texte | None = Field(None, description="la raison, à la place d'une valeur que rien ne donne")
    source: Textes
    drom: Literal["idem"] | list[ValeurOutreMer] | None = None
    source_drom: Textes | None = None
    report: Texte | None = None
    notes: Texte | None = None


class ValeurCorrigee(_Ecrit):
    """Une valeur d'outre-mer à elle seule ; la ligne qui la porte ne change pas."""

    montant: Texte | None = None
    manquant: Texte | None = None
    source: Textes


class ValeurRemplie(_Ecrit):
    """Une valeur manquante donnée ; le reste de la ligne ne change pas."""

    montant: Texte | None = None
    valeur: Texte | None = None
    source: Textes


class Operations(_Ecrit):
    """Ce qu'une surcouche fait à une liste de lignes existante."""

    ajoute: list[LigneEcrite] | None = None
    remplace: dict[str, LigneEcrite | ValeurCorrigee] | None = Field(None, description="par identifiant de ligne")
    remplit: dict[str, ValeurRemplie] | None = Field(None, description="par identifiant de ligne")
    retire: Textes | None = Field(None, description="des identifiants de lignes")


class ActeCorrige(_Ecrit):
    """Des corrections à un acte du corpus."""

    tarifs: Operations | None = None
    bases: Operations | None = None
    taux: Operations | None = None
    tiers_payant: Operations | None = None


class ActeNouveau(BaseModel):
    """Un acte entier, écrit comme dans corpus/actes/."""

    model_config = ConfigDict(extra="allow")
    libelle: Texte
    nature: Literal["acte", "supplement"]
    tarifs: list[LigneEcrite]


class TableCorrigee(_Ecrit):
    """Des corrections à une table du corpus (taux, participation, plafond…)."""

    lignes: Operations


class TableNouvelle(_Ecrit):
    """Une table entière."""

    libelle: Texte
    type: Literal["montant", "taux", "entier", "texte"]
    ailleurs: Literal["manquant", "refuse", "hors_periode", "defaut"] | None = None
    lignes: list[LigneEcrite]


class FichierSurcouche(_Ecrit):
    """Une surcouche : un fichier YAML qui complète ou corrige le corpus."""

    surcouche: EnTete
    documents: dict[str, DocumentEcrit] | None = None
    passages: dict[str, PassageEcrit] | None = None
    actes: dict[str, ActeNouveau | ActeCorrige] | None = None
    tables: dict[str, TableNouvelle | TableCorrigee] | None = None


class _Dit(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentVerifie(_Dit):
    """Un document de la surcouche."""

    id: str
    titre: str
    autorite: Literal["texte", "officiel", "presse"]
    lu_le: str | None


class ValeurVerifiee(_Dit):
    """Une ligne touchée, dans un territoire (nul : la métropole, ou partout) : avant, et après."""

    id: str
    territoire: str | None
    territoire_libelle: str | None
    cellule: str | None
    du: str | None
    au: str | None
    avant_id: str | None
    avant: str | None
    avant_manquant: str | None
    apres_id: str | None
    apres: str | None
    apres_manquant: str | None
    sources: list[Source]


class OperationVerifiee(_Dit):
    """Ce que la surcouche fait d'une ligne, d'un acte ou d'une table."""

    operation: Literal["ajoute", "remplace", "remplit", "retire", "nouveau"]
    genre: Literal["acte", "table"]
    cible: str
    libelle: str
    liste: Literal["tarifs", "bases", "taux", "tiers_payant", "lignes"] | None
    type: Literal["montant", "taux", "entier", "texte"] | None
    id: str
    nouvel_id: str | None
    valeurs: list[ValeurVerifiee]


class AvertissementSurcouche(_Dit):
    """Ce qui mérite d'être relu, sans être une faute."""

    code: Literal[
        "AUTORITE_TEXTE", "PASSAGE_NON_CITE", "DOCUMENT_NON_CITE", "VALEUR_IDENTIQUE", "OUTRE_MER_PERDU", "SANS_EFFET"
    ]
    id: str | None
    message: str


class Comptes(_Dit):
    """Combien d'opérations de chaque sorte."""

    ajoutees: int
    remplacees: int
    remplies: int
    retirees: int
    nouveaux: int


class SurcoucheVerifiee(_Dit):
    """Ce qu'une surcouche apporte."""

    nom: str
    libelle: str
    hash: str
    date: str
    auteur: str | None
    fichier: str
    documents: list[DocumentVerifie]
    passages: list[str]
    comptes: Comptes
    operations: list[OperationVerifiee]
    avertissements: list[AvertissementSurcouche]


class VerificationSurcouches(Entete):
    """La réponse de ``surcouche verifier`` ; ``corpus_nu`` : le corpus sans elles."""

    corpus_nu: CorpusCite
    verifiees: list[SurcoucheVerifiee]


MODELES: dict[str, type[BaseModel]] = {"surcouche": FichierSurcouche, "verification": VerificationSurcouches}
"""Les modèles par nom de schéma."""
