"""Les opérations de l'API : ce que chacune fait, son entrée, sa réponse, un exemple qui tourne."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import python as api
from opposable.portes import schemas
from opposable.portes.annee import GENRE as GENRE_ANNEE
from opposable.portes.annee import exemple as exemple_annee
from opposable.portes.api.calcul import Limites, echeance
from opposable.portes.api.parametres import PREVU, STRICT, Lus, Parametre
from opposable.portes.atelier import GENRE as GENRE_ATELIER
from opposable.portes.atelier import exemple as exemple_atelier
from opposable.portes.entree import FACTURE, Genre
from opposable.remuneration.dossier import bornes_des_annees

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus

Reponse = dict[str, Any] | list[dict[str, Any]]
FICHE_ABSENTE: Final = "Le code, le nom ou l'identifiant n'existe pas ; le plus proche est nommé."
EXEMPLE_FACTURE: Final[dict[str, Any]] = {
    "date": "2026-02-10",
    "medecin": {"specialite": "medecine_generale", "secteur": "1"},
    "patient": {"age": "4 ans", "exonerations": []},
    "contexte": {"role": "medecin_traitant", "lieu": "cabinet"},
    "actes": [{"code": "G"}, {"code": "MEG"}],
}
EXEMPLE_SITUATION: Final[dict[str, Any]] = {
    "date": "2026-02-10",
    "medecin": {"specialite": "medecine_generale", "secteur": "1"},
    "patient": {"age": "2 à 5 ans"},
    "contexte": {"role": "medecin_traitant", "lieu": "cabinet"},
}

EXEMPLE_ATELIER: Final[dict[str, Any]] = {
    **exemple_atelier(),
    "actes": [
        {"date": "2026-01-05", "code": "CS", "honoraires": "26.50"},
        {"date": "2026-01-05", "code": "CS", "honoraires": "60.00"},
        {"date": "2026-02-10", "code": "CS", "honoraires": "50.00", "facture": "F2"},
        {"date": "2026-02-10", "code": "MCS", "honoraires": "5.00", "facture": "F2"},
    ],
}


@dataclass(frozen=True, slots=True)
class Corps:
    """Le corps d'une requête : ce qu'il décrit, son schéma, un exemple, s'il peut être un tableau."""

    genre: Genre
    schema: str
    exemple: dict[str, Any]
    tableau: bool = True


@dataclass(frozen=True, slots=True)
class Operation:
    """Une adresse de l'API. ``chemin`` porte au plus un paramètre, ``{ident}``, dont ``ident`` est un exemple."""

    chemin: str
    theme: str
    resume: str
    dit: str
    reponse: str
    parametres: Sequence[Parametre] = ()
    corps: Corps | None = None
    ident: str = ""
    ident_dit: str = ""
    dispositif: str = ""
    nom: str = field(default="")


SITUATION: Final = Genre(
    "une situation", '{"date": "2026-02-10", "medecin": {"specialite": "medecine_generale"}}', "POST /v1/proposer"
)
PROFIL: Final = tuple(
    Parametre(nom, "texte", f"Seulement ce qui peut concerner {qui}.", exemple)
    for nom, qui, exemple in (
        ("specialite", "cette spécialité (un nom, ou le code à deux chiffres)", "medecine_generale"),
        ("secteur", "ce secteur", "1"),
        ("option", "cette option", "aucune"),
        ("territoire", "ce territoire", "metropole"),
    )
)
"""Ce qu'un profil dit du médecin."""
LE: Final = Parametre("le", "date", "Le jour du barème ; aujourd'hui sinon.", "2026-02-10")
_HISTORIQUE: Final = Parametre(
    "historique", "oui_non", "Toutes les périodes, avec la date imprimée et l'effective.", "oui"
)
RECHERCHE: Final = Parametre("recherche", "texte", "Un code, ou des mots : « avis ponctuel ».", "avis ponctuel")
_STATUT: Final = Parametre(
    "statut", "texte", "Seulement les énoncés de ce statut.", "manquant",
    valeurs=("calcule", "descriptif", "manquant", "contradictoire", "a_venir"),
)  # fmt: skip


def _profil(corpus: Corpus) -> tuple[Parametre, ...]:
    """Les paramètres d'un profil, avec les valeurs que le corpus connaît."""
    faits = {p: corpus.vocabulaire.faits[f"medecin.{p.nom}"] for p in PROFIL}
    return tuple(replace(p, connues=(*fait.valeurs, *fait.codes)) for p, fait in faits.items())


def _comparer(corpus: Corpus) -> Parametre:
    """L'autre année, parmi celles que le corpus connaît."""
    premiere, derniere = bornes_des_annees(corpus)
    connues = tuple(str(a) for a in range(premiere, derniere + 1))
    return Parametre("comparer", "texte", "Une autre année à côté, sur les mêmes faits.", connues[-3], connues=connues)


def operations(corpus: Corpus) -> list[Operation]:
    """Toutes les opérations, un chemin par dispositif calculable."""
    profil_ = _profil(corpus)
    fixes = [
        Operation(
            "/coter", "Facture", "Coter une facture",
            "Cote et contrôle une facture, ou un tableau de factures : chaque ligne avec ses motifs et ses sources. "
            "Un acte technique de la CCAM dit en plus son activité, ses modificateurs, son code association. "
            "« acceptee » se lit « conforme aux règles codées à cette date » : ce n'est pas une garantie de paiement.",
            "reponse", (STRICT, PREVU), Corps(FACTURE, "facture", EXEMPLE_FACTURE), nom="coter",
        ),
        Operation(
            "/proposer", "Facture", "Proposer, d'après une situation",
            "Ce que la situation permet, ce qu'elle exclut et pourquoi, et la prochaine question ; puis la facture. "
            "Rien n'est gardé : répondre, c'est renvoyer « facture » avec le fait de la question.",
            "proposer", (STRICT,), Corps(SITUATION, "situation", EXEMPLE_SITUATION, tableau=False), nom="proposer",
        ),
        Operation(
            "/annee", "Dispositifs", "Calculer l'année d'un médecin",
            "Un médecin décrit une fois : chaque dispositif qui s'applique ou non et pourquoi, son montant ou ses "
            "bornes, l'échéancier, ce qui manque, ce qui repose sur la presse ; une autre année à côté.",
            "annee.reponse", (STRICT, _comparer(corpus)),
            Corps(GENRE_ANNEE, "annee", exemple_annee(), tableau=False), nom="annee",
        ),
        Operation(
            "/atelier_optam", "Dispositifs", "Simuler l'OPTAM sur une année d'actes",
            "Une année d'actes, ou ses totaux par mois : les deux taux contre les engagements, mois par mois, la "
            "prime, les bandes de respect, le point mort, ce que les patients sont remboursés dans l'option et hors "
            "d'elle. Une simulation : la caisse arrête les taux. Aucune identité.",
            "atelier_optam.reponse", (STRICT,),
            Corps(GENRE_ATELIER, "atelier_optam", EXEMPLE_ATELIER, tableau=False), nom="atelier_optam",
        ),
        Operation(
            "/dispositifs", "Dispositifs", "Lister les dispositifs calculables",
            "Les forfaits, aides, engagements et procédures qui se calculent.", "dispositifs", nom="dispositifs",
        ),
        Operation(
            "/dispositifs/{ident}", "Dispositifs", "Lire la fiche d'un dispositif",
            "Son but, sa période, ses entrées, ses sorties, ses sources, ce qui manque, un exemple.", "dispositif",
            ident="permanence", ident_dit="Le nom du dispositif.", nom="dispositif",
        ),
        Operation(
            "/bareme", "Barème", "Lire le barème d'un jour, ou y chercher",
            "Les tarifs, bases, taux et conditions en vigueur, pour un profil s'il est dit. Les actes des versions "
            "importées de la CCAM se trouvent par leur code ou par mots.", "bareme",
            (RECHERCHE, LE, _HISTORIQUE, PREVU, *profil_), nom="bareme",
        ),
        Operation(
            "/bareme/{ident}", "Barème", "Lire la fiche d'un code",
            "Le tarif, l'histoire, les conditions, les incompatibilités, les limites, les sources.", "bareme",
            (LE, _HISTORIQUE, PREVU, *profil_), ident="G", ident_dit="Un code d'acte, ou le nom d'une table.",
            nom="fiche",
        ),
        Operation(
            "/changements", "Barème", "Comparer deux dates",
            "Ce qui change après « du » et jusqu'à « au » comprise : tarifs, valeurs, conditions.", "changements",
            (
                Parametre("du", "date", "La première date.", "2025-12-31", requis=True),
                Parametre("au", "date", "La seconde date.", "2026-01-01", requis=True),
                RECHERCHE, PREVU, *profil_,
            ), nom="changements",
        ),
        Operation(
            "/textes", "Textes", "Lire la couverture des textes",
            "Les documents, ce qui est fait de leurs énoncés, les contradictions et la lecture retenue.", "textes",
            (_STATUT,), nom="textes",
        ),
        Operation(
            "/textes/{ident}", "Textes", "Lire un document, un énoncé ou une contradiction",
            "L'extrait, le statut, les éléments du corpus qui le portent.", "texte", (_STATUT,), ident="001",
            ident_dit="Un document (001), un énoncé (s1-mce) ou une contradiction (age-80-ans).", nom="texte",
        ),
        Operation(
            "/motifs", "Motifs", "Lire le catalogue des motifs",
            "Les refus et les avertissements, leur gravité, leur message.", "motifs",
            (
                Parametre("acte", "texte", "Ceux que cet acte peut porter.", "G", connues=tuple(corpus.actes)),
                Parametre("gravite", "texte", "Cette gravité.", "erreur", valeurs=("erreur", "avertissement")),
            ), nom="motifs",
        ),
        Operation(
            "/motifs/{ident}", "Motifs", "Lire la fiche d'un motif",
            "Ses règles, ses sources, les faits à connaître, deux exemples, la correction.", "motifs",
            ident="CODE_HORS_PERIODE", ident_dit="Le code du motif.", nom="motif",
        ),
        Operation(
            "/erreurs", "Motifs", "Lire les erreurs de facturation courantes",
            "Les erreurs les plus fréquentes, et les motifs qui les voient.", "erreurs_frequentes", nom="erreurs",
        ),
        Operation(
            "/erreurs/{ident}", "Motifs", "Lire une erreur courante", "Une erreur, ses motifs et ses exemples.",
            "erreurs_frequentes", ident="15", ident_dit="Son numéro.", nom="erreur",
        ),
        Operation(
            "/schema/{ident}", "Schémas", "Lire un schéma JSON", "Le schéma d'une entrée ou d'une réponse.", "",
            ident="facture", ident_dit="facture, reponse, situation, proposer… ou le nom d'un dispositif.",
            nom="schema",
        ),
    ]  # fmt: skip
    calculs = [
        Operation(
            f"/calculer/{nom}", "Dispositifs", f"Calculer : {dispositif.libelle}", dispositif.but, f"{nom}.reponse",
            (STRICT,),
            Corps(Genre("un cas", json.dumps(dispositif.exemple, ensure_ascii=False), nom), nom, dispositif.exemple),
            dispositif=nom, nom=f"calculer_{nom}",
        )
        for nom, dispositif in corpus.dispositifs.items()
    ]  # fmt: skip
    return [*fixes, *calculs]


def executer(  # noqa: PLR0911, PLR0912 - une opération, un retour
    operation: Operation, ident: str, lus: Lus, entree: Any, surcouches: Sequence[Path], limites: Limites
) -> Reponse:
    """La réponse d'une opération, celle de la commande. :class:`ErreurEntree` si l'entrée ne convient pas."""
    match operation.nom:
        case "coter":
            options: dict[str, Any] = {
                "surcouches": surcouches, "prevu": lus.oui("prevu"), "strict": lus.oui("strict"),
            }  # fmt: skip
            if isinstance(entree, list):
                return api.coter_plusieurs(entree, **options, avance=echeance(limites.secondes))
            return api.coter(entree, **options)
        case "proposer":
            return api.proposer(entree, surcouches=surcouches, strict=lus.oui("strict"))
        case "annee":
            comparer = lus.mot("comparer")
            return api.annee(entree, comparer=comparer, surcouches=surcouches, strict=lus.oui("strict"))
        case "atelier_optam":
            return api.atelier_optam(entree, surcouches=surcouches, strict=lus.oui("strict"))
        case "dispositifs" | "dispositif":
            return api.dispositifs(ident or None, surcouches=surcouches)
        case "textes" | "texte":
            return api.textes(ident or None, statut=lus.mot("statut"), surcouches=surcouches)
        case "motifs" | "motif":
            return api.motifs(ident or None, acte=lus.mot("acte"), gravite=lus.mot("gravite"), surcouches=surcouches)
        case "erreurs" | "erreur":
            return api.erreurs_frequentes(ident or None, surcouches=surcouches)
        case "schema":
            return api.schema(ident, surcouches=surcouches)
        case "bareme" | "fiche":
            reponse = api.bareme(
                ident or lus.mot("recherche"), le=lus.jour("le"), historique=lus.oui("historique"),
                prevu=lus.oui("prevu"), profil=profil(lus), surcouches=surcouches,
            )  # fmt: skip
            if ident and not reponse["fiche"]:
                raise ErreurEntree(
                    "CODE_INCONNU", f"« {ident} » n'est ni un code ni une table", ou="ident", attendu="un code",
                    exemple="/v1/bareme/G",
                )  # fmt: skip
            return reponse
        case "changements":
            return _changements(lus, surcouches)
        case _:
            strict = lus.oui("strict")
            if isinstance(entree, list):
                return api.calculer_plusieurs(operation.dispositif, entree, surcouches=surcouches, strict=strict)
            return api.calculer(operation.dispositif, entree, surcouches=surcouches, strict=strict)


def _changements(lus: Lus, surcouches: Sequence[Path]) -> Reponse:
    du, au = lus.jour("du"), lus.jour("au")
    assert du is not None and au is not None  # noqa: PT018, S101 - tous deux sont requis
    try:
        return api.bareme(
            lus.mot("recherche"), entre=(du, au), prevu=lus.oui("prevu"), profil=profil(lus), surcouches=surcouches
        )
    except ErreurEntree as erreur:
        if erreur.ou == "entre":
            erreur.ou, erreur.exemple = "au", "du=2025-12-31&au=2026-01-01"
        raise


def profil(lus: Lus) -> dict[str, str]:
    """Le profil dit par l'adresse."""
    dits = {parametre.nom: lus.mot(parametre.nom) for parametre in PROFIL}
    return {nom: dit for nom, dit in dits.items() if dit is not None}


def schema_de_reponse(corpus: Corpus, operation: Operation) -> dict[str, Any]:
    """Le schéma JSON de la réponse ; n'importe quel objet pour un schéma."""
    return schemas.schema(corpus, operation.reponse) if operation.reponse else {"type": "object"}
