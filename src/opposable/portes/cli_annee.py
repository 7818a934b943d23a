"""La commande ``annee`` : l'année d'un médecin, en texte, en JSON, en page à imprimer, en agenda."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

_EN_SUSPENS: Final = frozenset({"partiel", "non_calculable", "a_completer"})
"""Les statuts d'un dispositif décrit qui demandent encore quelque chose."""


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(annee)


def annee(  # noqa: PLR0917 - typer appelle par nom ; les options sont celles du contrat
    fichier: Annotated[
        str | None,
        typer.Argument(metavar="FICHIER", help="Le dossier d'un médecin, en JSON, ou « - » pour l'entrée standard."),
    ] = None,
    comparer: Annotated[
        int | None, typer.Option("--comparer", metavar="ANNEE", help="Une autre année à côté, sur les mêmes faits.")
    ] = None,
    patients: Annotated[
        str | None,
        typer.Option(
            "--patients",
            metavar="FICHIER",
            help="La patientèle, en CSV : une ligne par personne, un pseudonyme, aucune identité.",
        ),
    ] = None,
    cas: Annotated[
        list[str],
        typer.Option(
            "--cas",
            metavar="NOM=FICHIER",
            help="Les cas d'un dispositif, en CSV : un par ligne, une colonne par fait ou par acte (prevention=p.csv).",
        ),
    ] = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FICHIER", help="Écrit aussi les échéances, pour un agenda (.ics).")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FICHIER", help="Écrit aussi une page à imprimer, avec ses graphiques (.html)."),
    ] = None,
    exemple: Annotated[bool, typer.Option("--exemple", help="Écrit seulement un dossier d'exemple, complet.")] = False,
    modele: Annotated[
        bool, typer.Option("--modele", help="Écrit seulement un dossier vide : chaque fait, à remplir ou à ôter.")
    ] = False,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,
) -> int:
    """Calcule l'année d'un médecin décrit une fois : chaque dispositif, l'échéancier, ce qui manque.

    Sortie 0 si rien de ce que le dossier décrit ne reste à compléter ni à vérifier, 1 sinon, 2 si l'entrée ne convient
    pas (rien n'est écrit).
    """
    from opposable.portes import annee as dossiers
    from opposable.portes import python as api

    if exemple or modele:
        charge = api.corpus(surcouche)
        sortie.ecrire(sortie.en_json(dossiers.exemple() if exemple else dossiers.modele(charge)))
        return sortie.ACCEPTE
    if fichier is None:
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "argument manquant : FICHIER", ou="FICHIER", attendu="le dossier d'un médecin",
            exemple="opposable annee --exemple > annee.json && opposable annee annee.json",
        )  # fmt: skip
    reponse = dossiers.repondre(fichier, patients, cas, comparer=comparer, surcouches=surcouche, strict=strict)
    groupes = api.corpus(surcouche).groupes
    fichiers = {ics: dossiers.agenda(reponse)} if ics is not None else {}
    fichiers |= {page: dossiers.page(reponse, groupes)} if page is not None else {}
    sortie.ecrire_fichiers(fichiers)
    if en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_annee

        sortie.afficher(lambda _, console: texte_annee.annee(reponse, groupes, console))
    en_suspens = any(d["statut"] in _EN_SUSPENS for d in reponse["dispositifs"])
    return sortie.A_REVOIR if en_suspens else sortie.ACCEPTE
