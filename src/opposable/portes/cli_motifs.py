"""La commande ``motifs`` : le catalogue des refus et des avertissements, et les erreurs de facturation courantes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(motifs)


def motifs(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Un motif (CODE_HORS_PERIODE) ; avec --erreurs, un numéro (15)."),
    ] = None,
    acte: Annotated[
        str | None,
        typer.Option("--acte", metavar="ACTE", help="Seulement ceux que cet acte peut porter, par exemple G."),
    ] = None,
    gravite: Annotated[
        str | None, typer.Option("--gravite", metavar="GRAVITE", help="erreur ou avertissement seulement.")
    ] = None,
    erreurs: Annotated[
        bool, typer.Option("--erreurs", help="Les erreurs de facturation courantes, et les motifs qui les voient.")
    ] = False,
    exemple: Annotated[
        str | None,
        typer.Option("--exemple", metavar="SORTE", help="juste ou faux : écrit seulement cet exemple, prêt à coter."),
    ] = None,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,  # noqa: ARG001 - accepté partout ; le catalogue n'emploie aucune valeur usuelle
) -> int:
    """Affiche le catalogue des motifs de refus et d'avertissement, ou la fiche de l'un d'eux.

    Une fiche dit ce que le motif fait de la ligne, les règles qui le posent et leurs sources, les faits à connaître,
    ce qui est en jeu, un exemple juste et un exemple faux, et comment réparer.
    """
    from opposable.portes import python as api

    if erreurs:
        for nom, valeur in (("--acte", acte), ("--gravite", gravite), ("--exemple", exemple)):
            if valeur is not None:
                raise ErreurEntree(
                    "OPTIONS_INCOMPATIBLES", f"« {nom} » ne va pas avec « --erreurs »", ou=nom,
                    attendu="l'une ou l'autre", exemple="opposable motifs --erreurs 15",
                )  # fmt: skip
        reponse = api.erreurs_frequentes(code, surcouches=surcouche)
    else:
        reponse = api.motifs(code, acte=acte, gravite=gravite, surcouches=surcouche)
    if exemple is not None:
        sortie.ecrire(sortie.en_json(_exemple(reponse, exemple)))
    elif en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        from opposable.rendu import texte_motifs

        rendre = texte_motifs.erreurs if erreurs else texte_motifs.motifs
        sortie.afficher(lambda _, console: rendre(reponse, console))
    return sortie.ACCEPTE


def _exemple(reponse: dict[str, Any], sorte: str) -> dict[str, Any]:
    """L'entrée de l'exemple demandé. :class:`ErreurEntree` s'il n'y en a pas."""
    fiche = reponse.get("fiche")
    if sorte not in {"juste", "faux"} or fiche is None:
        raise ErreurEntree(
            "EXEMPLE_INCONNU", "l'exemple est celui d'un motif, juste ou faux", ou="--exemple", attendu="juste ou faux",
            exemple="opposable motifs CODE_HORS_PERIODE --exemple faux > facture.json",
        )  # fmt: skip
    trouve = fiche[f"exemple_{sorte}"]
    if trouve is None:
        raise ErreurEntree(
            "EXEMPLE_INCONNU", f"ce motif n'a pas d'exemple : {fiche['sans_exemple']}", ou="--exemple",
            attendu="un autre motif",
        )  # fmt: skip
    entree: dict[str, Any] = trouve["entree"]
    return entree
