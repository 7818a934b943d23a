"""La commande ``opposable bareme`` : le jour, une fiche, une recherche, l'histoire, ce qui change, pour un profil."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

_FAIT_EN_JSON = re.compile(r'"(\w+)": "(\w+)"')


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(bareme)


def bareme(  # noqa: PLR0917 - typer appelle par nom ; les options sont celles du contrat
    mots: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE|MOTS", help="Un code (G), ou des mots : « pédiatre », « avis ponctuel »."),
    ] = None,
    le: Annotated[
        str | None, typer.Option("--le", metavar="DATE", help="Le jour du barème ; aujourd'hui sinon.")
    ] = None,
    historique: Annotated[
        bool, typer.Option("--historique", help="Toutes les périodes : date imprimée, date effective, et pourquoi.")
    ] = False,
    prevu: cli_francais.Prevu = False,
    entre: Annotated[
        tuple[str, str] | None,
        typer.Option("--entre", metavar="DATE DATE", help="Ce qui change après la première date, jusqu'à la seconde."),
    ] = None,
    specialite: Annotated[
        str | None,
        typer.Option("--specialite", metavar="NOM", help="Ce qui peut concerner cette spécialité : pediatrie, ou 12."),
    ] = None,
    secteur: Annotated[
        str | None,
        typer.Option("--secteur", metavar="SECTEUR", help="De même pour ce secteur : 1, 2, non_conventionne."),
    ] = None,
    option: Annotated[
        str | None,
        typer.Option("--option", metavar="OPTION", help="De même pour cette option : aucune, optam, optam_co…"),
    ] = None,
    territoire: Annotated[
        str | None,
        typer.Option("--territoire", metavar="LIEU", help="De même pour ce territoire : metropole, reunion…"),
    ] = None,
    export_: Annotated[
        str | None,
        typer.Option("--export", metavar="FORMAT", help="json, csv ou parquet : une ligne par valeur ou changement."),
    ] = None,
    fichier: Annotated[
        Path | None, typer.Option("--sortie", metavar="FICHIER", help="Où écrire l'export ; à l'écran sinon.")
    ] = None,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,  # noqa: ARG001 - accepté partout ; le barème n'emploie aucune valeur usuelle
) -> int:
    """Affiche le barème d'un jour, la fiche d'un acte, une recherche, ou ce qui change entre deux dates.

    Un code exact donne sa fiche ; d'autres mots cherchent dans les codes, les libellés, les conditions, les situations
    et les notes. Un profil (spécialité, secteur, option, territoire) ôte ce qui ne peut pas le concerner.
    """
    from opposable.portes import export

    export.verifier(export_, fichier)
    jour = _date(le, "--le") if le is not None else None
    bornes = (_date(entre[0], "--entre"), _date(entre[1], "--entre")) if entre is not None else None
    _verifier(jour, historique, bornes)
    from opposable.portes import python as api

    dits = {"specialite": specialite, "secteur": secteur, "option": option, "territoire": territoire}
    profil = {cle: valeur for cle, valeur in dits.items() if valeur is not None}
    code = " ".join(mots) if mots else None
    try:
        reponse = api.bareme(
            code, le=jour, historique=historique, prevu=prevu, entre=bornes, profil=profil, surcouches=surcouche
        )
    except ErreurEntree as erreur:
        raise _en_option(erreur) from None
    if export_ is not None:
        export.exporter(reponse, export_, fichier)
    elif en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        sortie.afficher(lambda texte, console: texte.bareme(reponse, console))
    return sortie.ACCEPTE


def _en_option(erreur: ErreurEntree) -> ErreurEntree:
    """Une erreur de dates ou de profil, dite comme une option de la ligne de commande."""
    if erreur.ou == "entre":
        return ErreurEntree(
            erreur.code, erreur.message, ou="--entre", attendu=erreur.attendu, exemple=f"--entre {erreur.exemple}"
        )
    if not erreur.ou.startswith("profil."):
        return erreur
    attendu, exemple = (_FAIT_EN_JSON.sub(r"--\1 \2", dit) for dit in (erreur.attendu, erreur.exemple))
    return ErreurEntree(
        erreur.code, erreur.message, ou=f"--{erreur.ou.removeprefix('profil.')}", attendu=attendu, exemple=exemple
    )


def _date(texte: str, option: str) -> date:
    with contextlib.suppress(ValueError):
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", texte):
            return date.fromisoformat(texte)
    raise ErreurEntree(
        "DATE_IMPOSSIBLE",
        f"« {texte} » n'est pas une date",
        ou=option,
        attendu="une date existante, écrite année-mois-jour",
        exemple=f"{option} 2026-01-01" + (" 2026-07-01" if option == "--entre" else ""),
    )


def _verifier(jour: date | None, historique: bool, bornes: tuple[date, date] | None) -> None:
    if bornes is not None and (jour is not None or historique):
        autre = "--le" if jour is not None else "--historique"
        raise ErreurEntree(
            "OPTIONS_INCOMPATIBLES",
            f"--entre et {autre} ne vont pas ensemble",
            ou="--entre",
            attendu="l'une ou l'autre",
            exemple="opposable bareme --entre 2025-12-31 2026-01-01",
        )
