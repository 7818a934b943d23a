"""La commande ``opposable importer ccam`` : ranger une version de la CCAM, et dire lesquelles sont là."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, cli_lots, sortie


def brancher(application: typer.Typer) -> None:
    """Ajoute le groupe ``importer`` à la commande de tête."""
    groupe = typer.Typer(
        name="importer",
        cls=cli_francais.Groupe,
        context_settings=cli_francais.REGLAGES,
        help="Importer une nomenclature publiée (la CCAM), version par version.",
        add_completion=False,
        rich_markup_mode=None,
    )
    groupe.callback(invoke_without_command=True)(_tete)
    groupe.command(cls=cli_francais.Commande, epilog=_SUITE)(ccam)
    application.add_typer(groupe)


_SUITE = (
    "Exemples : opposable importer ccam CCAM_V81.csv ; opposable importer ccam CCAM_V81.xls --anomalies releve.csv ; "
    "opposable importer ccam --liste"
)


def _tete(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        sortie.ecrire(ctx.get_help() + "\n")


def ccam(
    ctx: typer.Context,
    fichier: Annotated[
        Path | None,
        typer.Argument(metavar="FICHIER", help="Le tableau publié : CSV (compressé par gzip ou non), xls ou xlsx."),
    ] = None,
    remplacer: Annotated[
        bool, typer.Option("--remplacer", help="Prend la place d'un autre contenu déjà importé pour cette version.")
    ] = False,
    liste: Annotated[
        bool, typer.Option("--liste", help="Dit les versions déjà importées, sans rien importer.")
    ] = False,
    releve: Annotated[
        Path | None,
        typer.Option("--anomalies", metavar="FICHIER", help="Où écrire chaque anomalie, rangée par rangée, en CSV."),
    ] = None,
    en_json: cli_francais.EnJson = False,
) -> int:
    """Importe une version de la CCAM, telle que l'Assurance maladie la publie.

    Le fichier est le tableau publié avec « La CCAM en ligne » (ameli.fr). Les versions vivent côte à côte : chacune
    régit les actes de ses dates. Ce que le tableau a d'irrégulier est réparé quand c'est certain, laissé absent sinon,
    et toujours dit. Réimporter le même fichier ne change rien ; interrompu, rien n'a changé.

    Les données sont rangées dans votre dossier de données, ou dans celui que nomme la variable OPPOSABLE_DONNEES.
    Sortie 0 si c'est fait, 2 si le fichier ne convient pas.
    """
    _accorder(fichier, remplacer=remplacer, liste=liste, releve=releve)
    if liste:
        return _lister(releve, en_json=en_json)
    if fichier is None:
        if en_json or remplacer or releve:
            raise ErreurEntree(
                "ARGUMENT_MANQUANT", "argument manquant : FICHIER", ou="ligne de commande",
                attendu="le fichier à importer, ou --liste", exemple="opposable importer ccam CCAM_V81.csv",
            )  # fmt: skip
        sortie.ecrire(ctx.get_help() + "\n")
        return sortie.ACCEPTE
    from opposable.ccam import importer

    with cli_lots.barre("Ouverture", 1.0) as avance:
        bilan = importer.importer(fichier, remplacer=remplacer, avance=avance)
    if releve is not None:
        sortie.ecrire_fichier(releve, _csv(bilan.lu.anomalies))
    dit = {**bilan.en_dict(), "releve": str(releve) if releve else None}
    if en_json:
        sortie.ecrire(sortie.en_json(dit))
    else:
        from opposable.rendu import texte_ccam

        sortie.afficher(lambda _, console: texte_ccam.importation(dit, console))
    return sortie.ACCEPTE


def _accorder(fichier: Path | None, *, remplacer: bool, liste: bool, releve: Path | None) -> None:
    """Refuse les options qui ne vont pas ensemble, et un relevé qui ne pourrait pas s'écrire, avant de rien lire."""
    if liste and (fichier is not None or remplacer):
        raise ErreurEntree(
            "OPTIONS_CONTRAIRES", "--liste n'importe rien", ou="--liste",
            attendu="--liste seul, ou un fichier sans --liste",
            exemple="opposable importer ccam --liste",
        )  # fmt: skip
    if releve is not None and releve.exists():
        raise sortie.deja_pris(releve)
    if releve is not None and not releve.parent.is_dir():
        raise ErreurEntree(
            "SORTIE_IMPOSSIBLE", "ce dossier n'existe pas", ou=str(releve), attendu="un emplacement où écrire",
            exemple="--anomalies releve.csv",
        )  # fmt: skip


def _lister(releve: Path | None, *, en_json: bool) -> int:
    from opposable.ccam import importer, magasin

    dit = importer.lister()
    if releve is not None:
        ouvert = magasin.ouvrir()
        notees = [a for v in ouvert.versions for a in ouvert.anomalies(v.numero)] if ouvert else []
        sortie.ecrire_fichier(releve, _csv(notees))
    if en_json:
        sortie.ecrire(sortie.en_json(dit))
    else:
        from opposable.rendu import texte_ccam

        sortie.afficher(lambda _, console: texte_ccam.presentes(dit, console))
    return sortie.ACCEPTE


def _csv(notees: Any) -> str:
    """Le relevé des anomalies, que les tableurs français ouvrent tel quel."""
    import csv
    import io

    flux = io.StringIO(newline="")
    table = csv.writer(flux, delimiter=";", lineterminator="\n")
    table.writerow(["version", "rangee", "colonne", "code", "sorte", "reparee", "lu", "ecrit"])
    table.writerows(
        [a.version, a.rangee, a.colonne, a.code, a.sorte, "oui" if a.reparee else "non", a.lu, a.ecrit] for a in notees
    )
    return "\ufeff" + flux.getvalue()
