"""La ligne de commande ``opposable``. Aucune règle n'y vit : elle lit, appelle l'API Python et affiche.

Sorties : 0 tout est accepté ; 1 quelque chose est refusé ou à vérifier ; 2 mauvaise entrée ; 3 faute du programme.
Les imports lourds (rich, duckdb, le moteur) se font dans les fonctions qui s'en servent.
"""

from __future__ import annotations

import copy
import gc
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import click
import typer

from opposable.droit.erreurs import ErreurCorpus, ErreurEntree
from opposable.portes import (
    cli_annee,
    cli_atelier,
    cli_bareme,
    cli_dispositifs,
    cli_francais,
    cli_importer,
    cli_lots,
    cli_motifs,
    cli_proposer,
    cli_servir,
    cli_surcouche,
    cli_textes,
    cli_zone,
    sortie,
)

if TYPE_CHECKING:
    from collections.abc import Callable

application = typer.Typer(
    name="opposable",
    cls=cli_francais.Groupe,
    context_settings=cli_francais.REGLAGES,
    help="La convention médicale, calculable : coter une facture, lire le barème, comprendre un refus.",
    epilog="Outil d'aide à la lecture de la convention, indépendant de l'Assurance maladie. Il ne remplace ni les "
    "textes, ni la réponse de la caisse ; le médecin reste seul responsable de sa cotation.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Surcouches = cli_francais.Surcouches
EnJson = cli_francais.EnJson
Strict = cli_francais.Strict
Prevu = cli_francais.Prevu


@application.callback(invoke_without_command=True)
def tete(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Affiche la version et s'arrête.")] = False,
) -> None:
    """Affiche la version, ou l'aide quand aucune commande n'est donnée."""
    if version:
        from importlib.metadata import version as installee

        sortie.ecrire(f"opposable {installee('opposable')}\n")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        sortie.ecrire(ctx.get_help() + "\n")


@application.command(cls=cli_francais.Commande)
def coter(
    fichier: Annotated[
        str, typer.Argument(metavar="FICHIER", help="Fichier JSON ou JSONL, ou « - » pour l'entrée standard.")
    ],
    surcouche: Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: EnJson = False,
    prevu: Prevu = False,
    strict: Strict = False,
) -> int:
    """Cote et contrôle une ou plusieurs factures, avec les motifs et les sources.

    L'entrée est un objet JSON (une facture), un tableau, ou un objet par ligne. Tout est vérifié et coté avant que
    quoi que ce soit ne soit écrit. Sortie 0 si tout est conforme, 1 si quelque chose est refusé ou à vérifier.
    """
    from opposable.portes import entree

    lu = entree.lire(fichier)
    from opposable.portes import python as api

    try:
        if lu.forme == "objet":
            reponses = [api.coter(lu.factures[0], surcouches=surcouche, prevu=prevu, strict=strict)]
        else:
            with _Avancement(len(lu.factures)) as avance:
                reponses = api.coter_plusieurs(
                    lu.factures, surcouches=surcouche, prevu=prevu, strict=strict, avance=avance
                )
    except ErreurEntree as erreur:
        raise lu.situer(erreur) from None
    if en_json:
        sortie.ecrire(sortie.reponses_en_json(reponses, lu.forme))
    else:
        sortie.afficher(lambda texte, console: texte.factures(reponses, console))
    accepte = all(reponse["statut"] == "acceptee" for reponse in reponses)
    return sortie.ACCEPTE if accepte else sortie.A_REVOIR


cli_proposer.brancher(application)
cli_bareme.brancher(application)
cli_motifs.brancher(application)


@application.command(cls=cli_francais.Commande)
def schema(
    nom: Annotated[str, typer.Argument(metavar="NOM", help="Une entrée ou une réponse, par exemple facture.")],
    surcouche: Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: EnJson = False,  # noqa: ARG001 - un schéma est toujours du JSON
    strict: Strict = False,  # noqa: ARG001 - accepté partout ; un schéma n'emploie aucune valeur usuelle
) -> int:
    """Écrit le schéma JSON d'une entrée ou d'une réponse."""
    from opposable.portes import python as api

    sortie.ecrire(sortie.en_json(api.schema(nom, surcouches=surcouche)))
    return sortie.ACCEPTE


cli_dispositifs.brancher(application)
cli_annee.brancher(application)
cli_atelier.brancher(application)
cli_zone.brancher(application)
cli_textes.brancher(application)
cli_lots.brancher(application)
cli_surcouche.brancher(application)
cli_importer.brancher(application)
cli_servir.brancher(application)


OBJETS_ENTRE_COLLECTES = 100_000
"""Le corpus lu reste jusqu'à la fin : le reparcourir sans cesse coûterait un dixième du démarrage."""


def _seule(arguments: list[str]) -> typer.Typer:
    """L'application réduite à la commande demandée : décrire les autres coûterait un dixième du démarrage.

    Entière pour l'aide, la version, ou un nom inconnu, dont le plus proche se cherche parmi tous.
    """
    demandee = [c for c in application.registered_commands if c.callback and [c.callback.__name__] == arguments[:1]]
    if not demandee:
        return application
    seule = copy.copy(application)
    seule.registered_commands = demandee
    return seule


def executer(arguments: list[str]) -> int:
    """Exécute la commande et rend son code de sortie ; ne laisse jamais échapper une trace d'appels."""
    json_demande = "--json" in arguments
    try:
        commande = typer.main.get_command(_seule(arguments))
        code: Any = commande.main(arguments, prog_name="opposable", standalone_mode=False)
    except (ErreurEntree, ErreurCorpus) as erreur:
        sortie.dire_erreur(erreur, json_demande=json_demande)
        return sortie.MAUVAISE_ENTREE
    except click.ClickException as erreur:
        sortie.dire_erreur(cli_francais.traduire(erreur), json_demande=json_demande)
        return sortie.MAUVAISE_ENTREE
    except (KeyboardInterrupt, click.Abort):
        return sortie.INTERROMPU
    except Exception as faute:
        sortie.dire_faute(faute, json_demande=json_demande)
        return sortie.FAUTE_INTERNE
    return code if isinstance(code, int) else sortie.ACCEPTE


def principal() -> NoReturn:
    """Point d'entrée de la commande ``opposable``."""
    gc.set_threshold(OBJETS_ENTRE_COLLECTES, 20, 50)
    try:
        sortie.preparer_sorties()
        code = executer(sys.argv[1:])
    except KeyboardInterrupt:
        code = sortie.INTERROMPU
    if code == sortie.INTERROMPU:
        # Une interruption qui traverse un « exec » de texte (les dataclasses en font un) laisse Python décidé à
        # mourir du signal au lieu de rendre ce code : évaluer un autre texte efface cette marque.
        eval("0")  # noqa: S307 — un texte fixe
    sys.exit(code)


class _Avancement:
    """Une barre d'avancement sur la sortie d'erreur, pour plus de mille factures et devant quelqu'un seulement."""

    SEUIL = 1000

    def __init__(self, total: int) -> None:
        self._total = total
        self._barre: Any = None

    def __enter__(self) -> Callable[[int], None] | None:
        if self._total <= self.SEUIL or not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._barre = Progress(
            TextColumn("Cotation"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        tache = self._barre.add_task("Cotation", total=self._total)
        self._barre.start()
        return lambda faites: self._barre.update(tache, completed=faites)

    def __exit__(self, *_: object) -> None:
        if self._barre is not None:
            self._barre.stop()


if __name__ == "__main__":
    principal()
