"""Les commandes des dispositifs calculables : ``calculer``, ``dispositifs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

if TYPE_CHECKING:
    from opposable.lots.patients.calculer import Demande


def brancher(application: typer.Typer) -> None:
    """Ajoute ces commandes à la commande de tête."""
    for commande in (calculer, dispositifs):
        application.command(cls=cli_francais.Commande)(commande)


def calculer(  # noqa: PLR0917 - typer appelle par nom ; les options sont celles du contrat
    dispositif: Annotated[
        str, typer.Argument(metavar="DISPOSITIF", help="Un nom de « opposable dispositifs », par exemple fmt.")
    ],
    fichier: Annotated[
        str, typer.Argument(metavar="FICHIER", help="Fichier JSON ou JSONL, ou « - » pour l'entrée standard.")
    ],
    patients: Annotated[
        str | None,
        typer.Option(
            "--patients",
            metavar="FICHIER",
            help="Les patients, en CSV ou Parquet : une ligne par personne, aucune identité ; avec --sortie, ceux de "
            "beaucoup de médecins (colonne « medecin »).",
        ),
    ] = None,
    medecins: Annotated[
        Path | None,
        typer.Option("--medecins", metavar="FICHIER", help="Avec --sortie : ce qui varie d'un médecin à l'autre."),
    ] = None,
    dossier: Annotated[
        Path | None,
        typer.Option(
            "--sortie", metavar="DOSSIER", help="Calcule chaque médecin du fichier de patients, et écrit ce dossier."
        ),
    ] = None,
    memoire: Annotated[
        str, typer.Option("--memoire", metavar="QUANTITÉ", help="Avec --sortie : la mémoire accordée (2GiB).")
    ] = "",
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FICHIER", help="Écrit aussi les échéances, pour un agenda (.ics).")
    ] = None,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,
) -> int:
    """Calcule un dispositif (un forfait, une aide, un engagement, une procédure) sur un cas ou plusieurs.

    L'entrée est un objet JSON (un cas), un tableau, ou un objet par ligne. Avec --sortie, elle dit ce qui vaut pour
    tous les médecins d'un fichier de patients, et le dossier reçoit medecins.parquet et manifeste.json. Sortie 0 si
    tout est calculé, 1 si un cas est refusé ou partiel, 2 si une entrée ne convient pas ou si une valeur manque au
    résultat principal.
    """
    import json

    from opposable.portes import entree
    from opposable.portes import patients as liste_de_patients
    from opposable.portes import python as api

    fiche = api.dispositifs(dispositif, surcouches=surcouche)
    exemple = json.dumps(fiche["exemple"], ensure_ascii=False)
    lu = entree.lire(fichier, entree.Genre("un cas", exemple, f"opposable calculer {dispositif} cas.json"))
    if dossier is not None or medecins is not None:
        if ics is not None:
            raise ErreurEntree(
                "OPTIONS_INCOMPATIBLES", "un lot de médecins n'écrit pas d'agenda", ou="--ics",
                attendu="un cas ou une liste de cas, sans --sortie ni --medecins",
                exemple=f"opposable calculer {dispositif} cas.json --ics agenda.ics",
            )  # fmt: skip
        demande = _demande(dispositif, lu, patients, medecins, memoire, strict=strict)
        return _par_medecin(demande, dossier, surcouche, fiche, en_json=en_json)
    lus = None
    if patients is not None:
        lus = liste_de_patients.lire(patients, liste_de_patients.colonnes_de(fiche))
        liste_de_patients.completer(lu.factures, lus)
    try:
        if lu.forme == "objet":
            reponses = [api.calculer(dispositif, lu.factures[0], surcouches=surcouche, strict=strict)]
        else:
            reponses = api.calculer_plusieurs(dispositif, lu.factures, surcouches=surcouche, strict=strict)
    except ErreurEntree as erreur:
        situee = lus.situer(erreur) if lus is not None else erreur
        raise (lu.situer(erreur) if situee is erreur else situee) from None
    agenda = _agenda(reponses, fiche, ics)
    if en_json:
        sortie.ecrire(sortie.reponses_en_json(reponses, lu.forme))
    else:
        from opposable.rendu import texte_dispositifs

        sortie.afficher(lambda _, console: texte_dispositifs.calculs(reponses, fiche, console))
    manques = [m for r in reponses if r["statut"] == "non_calculable" for m in r["manquants"]]
    if manques:
        sortie.dire_erreur(_manque(manques[0], dispositif), json_demande=en_json)
        return sortie.MAUVAISE_ENTREE
    if ics is not None and not agenda:
        sortie.dire_erreur(_sans_date(dispositif, ics), json_demande=en_json)
        return sortie.MAUVAISE_ENTREE
    return sortie.ACCEPTE if all(r["statut"] == "calcule" for r in reponses) else sortie.A_REVOIR


def _agenda(reponses: list[dict[str, Any]], fiche: dict[str, Any], ics: Path | None) -> bool:
    """Écrit l'agenda demandé, s'il y a des dates à y mettre ; vrai s'il est écrit."""
    if ics is None:
        return False
    from opposable.rendu import calendrier

    contenu = calendrier.ecrire_calculs(reponses, fiche)
    if contenu:
        sortie.ecrire_fichier(ics, contenu)
    return bool(contenu)


def _sans_date(dispositif: str, ics: Path) -> ErreurEntree:
    return ErreurEntree(
        "AGENDA_SANS_OBJET", f"aucune date dans cette réponse : {ics} n'est pas écrit", ou="--ics",
        attendu="un cas dont l'échéancier a au moins une date",
        exemple=f"opposable dispositifs {dispositif} --exemple > cas.json",
    )  # fmt: skip


def _demande(
    dispositif: str, lu: Any, patients: str | None, medecins: Path | None, memoire: str, *, strict: bool
) -> Demande:
    """Ce qui est demandé pour beaucoup de médecins. :class:`ErreurEntree` s'il manque le fichier des patients."""
    from opposable.lots.patients.calculer import Demande

    if patients is None or patients == "-":
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "il manque le fichier des patients", ou="--patients",
            attendu="un fichier Parquet ou CSV, ou un dossier de Parquet", exemple="--patients patients.parquet",
        )  # fmt: skip
    if lu.forme != "objet":
        raise ErreurEntree(
            "PATIENTS_EN_DOUBLE", "ces patients iraient à plusieurs cas", ou="--patients",
            attendu="un seul cas : ce qui vaut pour tous les médecins", exemple='{"annee": 2026}',
        )  # fmt: skip
    return Demande(dispositif, lu.factures[0], Path(patients), medecins, memoire, strict=strict)


def _par_medecin(
    demande: Demande, dossier: Path | None, surcouche: list[Path], fiche: dict[str, Any], *, en_json: bool
) -> int:
    """Calcule chaque médecin d'un fichier de patients. Sortie 0 si tous sont calculés, 1 sinon."""
    from opposable.lots.patients import calculer as lots
    from opposable.portes import cli_lots
    from opposable.portes import python as api

    if dossier is None:
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "il manque où écrire les réponses", ou="--sortie",
            attendu="un dossier qui n'existe pas encore", exemple="--sortie sortie",
        )  # fmt: skip
    with (
        sortie.dossier_entier(dossier) as (provisoire, travail),
        cli_lots.etapes("Calcul") as suivi,
    ):
        manifeste = lots.calculer(api.corpus(surcouche), demande, provisoire, travail, suivi)
    if en_json:
        sortie.ecrire(sortie.en_json(manifeste))
    else:
        from opposable.rendu import texte_patients

        sortie.afficher(lambda _, console: texte_patients.manifeste(manifeste, fiche, dossier, console))
    return sortie.ACCEPTE if set(manifeste["statuts"]) <= {"calcule"} else sortie.A_REVOIR


def dispositifs(
    nom: Annotated[str | None, typer.Argument(metavar="NOM", help="Un dispositif, par exemple fmt.")] = None,
    exemple: Annotated[
        bool, typer.Option("--exemple", help="Écrit seulement l'exemple, prêt pour « opposable calculer ».")
    ] = False,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,  # noqa: ARG001 - accepté partout ; une fiche n'emploie aucune valeur usuelle
) -> int:
    """Affiche les dispositifs calculables, ou la fiche de l'un d'eux : entrées, sorties, sources, ce qui manque."""
    from opposable.portes import python as api

    if exemple and nom is None:
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "l'exemple est celui d'un dispositif", ou="--exemple", attendu="un nom de dispositif",
            exemple="opposable dispositifs fmt --exemple > cas.json",
        )  # fmt: skip
    reponse = api.dispositifs(nom, surcouches=surcouche)
    if exemple:
        sortie.ecrire(sortie.en_json(reponse["exemple"]))
    elif en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_dispositifs

        sortie.afficher(lambda _, console: texte_dispositifs.dispositifs(reponse, console))
    return sortie.ACCEPTE


def _manque(manque: dict[str, Any], dispositif: str) -> ErreurEntree:
    return ErreurEntree(
        "PARAMETRE_MANQUANT", f"il manque une valeur que les textes lus ne donnent pas : {manque['parametre']}",
        ou=dispositif, attendu=manque["publie_dans"], exemple=manque["surcouche"],
    )  # fmt: skip
