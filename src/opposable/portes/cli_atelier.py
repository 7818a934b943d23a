"""La commande ``atelier-optam`` : une année d'actes, ce que l'option vaut, en texte, en JSON, en page à imprimer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command("atelier-optam", cls=cli_francais.Commande)(atelier_optam)


def atelier_optam(
    fichier: Annotated[
        str | None,
        typer.Argument(metavar="CAS", help="Le médecin et ses engagements, en JSON, ou « - » : l'entrée standard."),
    ] = None,
    actes: Annotated[
        str | None,
        typer.Option(
            "--actes",
            metavar="FICHIER",
            help="L'année d'actes (CSV, Parquet, xlsx) : date, code, honoraires, et ce qui change un tarif ; aucune "
            "identité.",
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="FICHIER", help="À la place des actes : leurs totaux, mois par mois."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FICHIER", help="Écrit aussi une page à imprimer, avec ses graphiques (.html)."),
    ] = None,
    exemple: Annotated[
        bool, typer.Option("--exemple", help="Écrit seulement un cas d'exemple, sans ses actes.")
    ] = False,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,
) -> int:
    """Simule l'OPTAM sur une année d'actes : engagements, prime, patients, point mort, dérive mois par mois.

    Rien du fichier n'est gardé ni ne quitte la machine. Sortie 0 si tout est calculé, 1 si quelque chose manque ou
    n'est pas sûr, 2 si l'entrée ne convient pas (rien n'est écrit).
    """
    from opposable.portes import atelier

    if exemple:
        sortie.ecrire(sortie.en_json(atelier.exemple()))
        return sortie.ACCEPTE
    if fichier is None:
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "argument manquant : CAS", ou="CAS", attendu="le médecin et ses engagements",
            exemple="opposable atelier-optam exemples/atelier_optam.json --actes exemples/actes_optam.csv",
        )  # fmt: skip
    reponse = atelier.repondre(fichier, actes, resume, surcouches=surcouche, strict=strict)
    if page is not None:
        sortie.ecrire_fichiers({page: atelier.page(reponse)})
    if en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_atelier

        sortie.afficher(lambda _, console: texte_atelier.atelier(reponse, console))
    return sortie.ACCEPTE if reponse["statut"] == "calcule" else sortie.A_REVOIR
