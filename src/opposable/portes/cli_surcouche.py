"""Les commandes ``opposable surcouche`` : vérifier une surcouche sans rien coter, en écrire un modèle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opposable.portes import cli_francais, sortie

MODELE = Path(__file__).with_name("modele_surcouche.yaml")


def brancher(application: typer.Typer) -> None:
    """Ajoute le groupe ``surcouche`` à la commande de tête."""
    groupe = typer.Typer(
        name="surcouche",
        cls=cli_francais.Groupe,
        context_settings=cli_francais.REGLAGES,
        help="Écrire et vérifier une surcouche : une modification datée du corpus, en YAML.",
        add_completion=False,
        rich_markup_mode=None,
    )
    groupe.callback(invoke_without_command=True)(_tete)
    for commande in (verifier, modele):
        groupe.command(cls=cli_francais.Commande)(commande)
    application.add_typer(groupe)


def _tete(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        sortie.ecrire(ctx.get_help() + "\n")


def verifier(
    fichiers: Annotated[
        list[Path], typer.Argument(metavar="FICHIER…", help="Une ou plusieurs surcouches, vérifiées ensemble.")
    ],
    en_json: cli_francais.EnJson = False,
) -> int:
    """Vérifie des surcouches sans rien coter, et dit ce qu'elles apportent.

    Lecture, forme, sources, puis preuve : ni trou, ni recouvrement, ni conflit entre elles. Toutes les fautes sont
    dites à la fois, avec leur ligne. Sortie 0 si elles conviennent, 2 sinon.
    """
    from opposable.portes import python as api

    reponse = api.surcouche_verifier(fichiers)
    if en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_surcouche

        sortie.afficher(lambda _, console: texte_surcouche.verification(reponse, console))
    return sortie.ACCEPTE


def modele(
    fichier: Annotated[
        Path | None, typer.Option("--sortie", metavar="FICHIER", help="Où écrire le modèle ; à l'écran sinon.")
    ] = None,
) -> int:
    """Écrit un modèle de surcouche commenté, qui montre chaque forme avec des valeurs fictives."""
    contenu = MODELE.read_text(encoding="utf-8")
    if fichier is None:
        sortie.ecrire(contenu)
    elif fichier.exists():
        raise sortie.deja_pris(fichier)
    else:
        sortie.ecrire_fichier(fichier, contenu)
    return sortie.ACCEPTE
