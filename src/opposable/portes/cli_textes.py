"""La commande ``textes`` : les documents, leur couverture, les contradictions."""

from __future__ import annotations

from typing import Annotated

import typer

from opposable.portes import cli_francais, sortie


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(textes)


def textes(
    ident: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Un document (001), un énoncé (s1-mce) ou une contradiction ; tout sinon."),
    ] = None,
    statut: Annotated[
        str | None,
        typer.Option(
            "--statut", metavar="STATUT", help="calcule, descriptif, manquant, contradictoire ou a_venir seulement."
        ),
    ] = None,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,  # noqa: ARG001 - accepté partout ; les textes n'emploient aucune valeur usuelle
) -> int:
    """Affiche les documents, ce qui est fait de leurs énoncés, et les contradictions avec la lecture retenue."""
    from opposable.portes import python as api

    reponse = api.textes(ident, statut=statut, surcouches=surcouche)
    if en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_textes

        sortie.afficher(lambda _, console: texte_textes.textes(reponse, console))
    return sortie.ACCEPTE
