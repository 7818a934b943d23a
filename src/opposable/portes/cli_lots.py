"""Les commandes de lots de la ligne de commande : ``generer``, ``controler``, ``expliquer``."""

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
    for commande in (generer, controler, expliquer):
        application.command(cls=cli_francais.Commande)(commande)


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
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
) -> int:
    """Génère un lot synthétique de factures, en grande majorité conformes, et la vérité sur ses erreurs.

    À côté du lot : LOT.verite.parquet, les factures faussées et la ligne en cause ; LOT.manifeste.json, de quoi
    refaire le lot ; LOT.mappage.yaml, de quoi le contrôler. Interrompu, rien n'est écrit.
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


def controler(  # noqa: PLR0917 - typer appelle par nom ; les options sont celles du contrat
    lot: Annotated[
        Path, typer.Argument(metavar="LOT", help="Le lot : un fichier Parquet ou CSV, ou un dossier de Parquet.")
    ],
    dossier: Annotated[
        Path, typer.Option("--sortie", metavar="DOSSIER", help="Le dossier à écrire ; il ne doit pas exister.")
    ],
    mappage: Annotated[
        Path | None,
        typer.Option(
            "--mappage", metavar="FICHIER", help="Quelle colonne porte quel fait, en YAML ; sinon LOT.mappage.yaml."
        ),
    ] = None,
    moteur: Annotated[str, typer.Option("--moteur", metavar="NOM", help="duckdb ou spark.")] = "duckdb",
    memoire: Annotated[
        str, typer.Option("--memoire", metavar="QUANTITÉ", help="La mémoire accordée au moteur (2GiB par défaut).")
    ] = "",
    ecarter: Annotated[
        bool,
        typer.Option("--ecarter", help="Écarte les factures illisibles et les compte, au lieu de s'arrêter."),
    ] = False,
    echec_si: Annotated[
        str, typer.Option("--echec-si", metavar="erreur", help="Sortie 1 si une ligne est refusée.")
    ] = "",
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    strict: cli_francais.Strict = False,
    en_json: Annotated[bool, typer.Option("--json", help="Répond en JSON : le manifeste.")] = False,
) -> int:
    """Contrôle un lot de lignes : statut, montants et motifs de chacune, anomalies, sommes, manifeste.

    Le dossier reçoit lignes.parquet, anomalies.parquet, sommes.parquet, manifeste.json et le mappage employé. Il prend
    son nom à la fin seulement : interrompu, rien n'est écrit. Sortie 0 si le contrôle est complet.
    """
    from opposable.lots import controler as lots
    from opposable.portes import python as api

    if echec_si not in {"", "erreur"}:
        raise ErreurEntree(
            "VALEUR_INCONNUE", f"« {echec_si} » n'est pas compris", ou="--echec-si", attendu="erreur",
            exemple="--echec-si erreur",
        )  # fmt: skip
    demande = lots.Demande(lot, mappage, moteur, memoire, strict=strict, ecarter=ecarter)
    with sortie.dossier_entier(dossier) as (provisoire, travail), etapes("Contrôle") as suivi:
        manifeste = lots.controler(api.corpus(surcouche), demande, provisoire, travail, suivi)
    if en_json:
        sortie.ecrire(sortie.en_json(manifeste))
    else:
        from opposable.rendu import texte_lots

        sortie.afficher(lambda _, console: texte_lots.manifeste(manifeste, dossier, console))
    return sortie.A_REVOIR if echec_si and manifeste["statuts"]["refusee"] else sortie.ACCEPTE


def expliquer(
    dossier: Annotated[Path, typer.Argument(metavar="SORTIE", help="Le dossier écrit par « controler ».")],
    ligne: Annotated[
        str, typer.Option("--ligne", metavar="FACTURE/LIGNE", help="La facture et la ligne à réexpliquer.")
    ],
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
) -> int:
    """Réexplique une ligne d'un lot contrôlé, et dit si le lot et l'interprète scalaire diffèrent.

    Le cas est rebâti d'après le lot, coté en entier, puis comparé : lignes de règles, motifs, centimes. Sortie 1 s'ils
    diffèrent.
    """
    from opposable.lots import expliquer as lots
    from opposable.portes import python as api

    dite = lots.expliquer(api.corpus(surcouche), dossier, ligne)
    if en_json:
        sortie.ecrire(sortie.en_json(dite))
    else:
        from opposable.rendu import texte_lots

        def rendre(texte: Any, console: Any) -> None:
            texte.facture(dite["reponse"], console)
            texte_lots.comparaison(dite, console)

        sortie.afficher(rendre)
    return sortie.A_REVOIR if dite["differences"] else sortie.ACCEPTE


@contextlib.contextmanager
def etapes(nom: str) -> Iterator[Callable[[str, float], None] | None]:
    """Une barre d'avancement par étape, sur la sortie d'erreur, devant quelqu'un seulement."""
    with barre(nom, 1.0) as avance:
        if avance is None:
            yield None
            return
        yield lambda etape, part: avance(part, etape)


@contextlib.contextmanager
def _avancement(total: int) -> Iterator[Callable[[int], None] | None]:
    """Une barre d'avancement par lignes faites."""
    with barre("Génération", float(total)) as avance:
        yield None if avance is None else lambda faites: avance(faites, "Génération")


@contextlib.contextmanager
def barre(nom: str, total: float) -> Iterator[Callable[[float, str], None] | None]:
    """Une barre sur la sortie d'erreur, devant quelqu'un seulement ; reçoit ce qui est fait et le nom de l'étape."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    tracee: Any = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with tracee:
        tache = tracee.add_task(nom, total=total)
        yield lambda fait, etape: tracee.update(tache, completed=fait, description=etape)


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
