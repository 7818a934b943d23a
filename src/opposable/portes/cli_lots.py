"""Les commandes de lots de la ligne de commande : ``opposable generer``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

if TYPE_CHECKING:
    from opposable.lots.generer import Fichiers


def brancher(application: typer.Typer) -> None:
    """Ajoute les commandes de lots à la commande de tête."""
    application.command(cls=cli_francais.Commande)(generer)


def generer(
    fichier: Annotated[
        Path, typer.Option("--sortie", metavar="FICHIER", help="Le lot à écrire, en Parquet (.parquet).")
    ],
    lignes: Annotated[str, typer.Option("--lignes", metavar="NOMBRE", help="Le nombre exact de lignes.")],
    graine: Annotated[
        str, typer.Option("--graine", metavar="NOMBRE", help="Le nombre dont le lot dépend : même graine, même lot.")
    ],
    inconnus: Annotated[
        str, typer.Option("--inconnus", metavar="PART", help="Part des faits facultatifs laissés inconnus, de 0 à 1.")
    ] = "0",
    erreurs: Annotated[
        str, typer.Option("--erreurs", metavar="PART", help="Part des factures à fausser, de 0 à 1.")
    ] = "0",
    surcouche: Annotated[
        list[Path],
        typer.Option("--surcouche", metavar="FICHIER", help="Modification datée du corpus, en YAML ; répétable."),
    ] = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: Annotated[bool, typer.Option("--json", help="Répond en JSON.")] = False,
) -> int:
    """Génère un lot synthétique de factures, en grande majorité conformes, et la vérité sur ses erreurs.

    À côté du lot : LOT.verite.parquet, les factures faussées et la ligne en cause, et LOT.manifeste.json, de quoi
    refaire le lot. Interrompu, rien n'est écrit.
    """
    from opposable.lots import generer as lots

    demande = lots.Demande(
        lignes=_entier(lignes, "--lignes", "1000000"),
        graine=_entier(graine, "--graine", "42"),
        inconnus=_part(inconnus, "--inconnus", "0.1"),
        erreurs=_part(erreurs, "--erreurs", "0.02"),
    )
    demande.verifier()
    if fichier.suffix != ".parquet":
        raise ErreurEntree(
            "SORTIE_IMPOSSIBLE",
            "un lot s'écrit en Parquet",
            ou="--sortie",
            attendu="un nom en .parquet",
            exemple="--sortie lot.parquet",
        )
    from opposable.portes import python as api

    cibles = lots.voisins(fichier)
    with contextlib.ExitStack() as pile:
        # Le lot prend son nom en dernier : s'il est là, sa vérité et son manifeste y sont aussi.
        provisoires: Fichiers = lots.Fichiers(*(pile.enter_context(sortie.fichier_entier(cible)) for cible in cibles))
        with _avancement(demande.lignes) as avance:
            manifeste = lots.generer(api.corpus(surcouche), demande, provisoires, avance)
    if en_json:
        sortie.ecrire(sortie.en_json(manifeste))
    else:
        sortie.ecrire(
            f"{_nombre(manifeste['lignes'])} lignes, {_nombre(manifeste['factures'])} factures, dont "
            f"{_nombre(manifeste['factures_faussees'])} faussées (graine {manifeste['graine']}).\n"
            + "".join(f"  {cible}\n" for cible in cibles)
        )
    return sortie.ACCEPTE


@contextlib.contextmanager
def _avancement(total: int) -> Iterator[Callable[[int], None] | None]:
    """Une barre d'avancement sur la sortie d'erreur, devant quelqu'un seulement."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    barre: Any = Progress(
        TextColumn("Génération"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with barre:
        tache = barre.add_task("Génération", total=total)
        yield lambda faites: barre.update(tache, completed=faites)


def _entier(texte: str, option: str, exemple: str) -> int:
    if texte.isascii() and texte.isdigit() and len(texte) < 20:
        return int(texte)
    raise ErreurEntree(
        "NOMBRE_ILLISIBLE", f"« {texte} » n'est pas un nombre entier positif", ou=option,
        attendu="des chiffres seulement", exemple=f"{option} {exemple}",
    )  # fmt: skip


def _part(texte: str, option: str, exemple: str) -> float:
    with contextlib.suppress(ValueError):
        valeur = float(texte)
        if 0 <= valeur <= 1:
            return valeur
    raise ErreurEntree(
        "NOMBRE_ILLISIBLE", f"« {texte} » n'est pas une part", ou=option,
        attendu="un nombre entre 0 et 1, avec un point", exemple=f"{option} {exemple}",
    )  # fmt: skip


def _nombre(valeur: int) -> str:
    return f"{valeur:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
