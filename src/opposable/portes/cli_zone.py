"""La commande ``zone`` : la zone d'une commune, dans un fichier de la personne."""

from __future__ import annotations

from typing import Annotated

import typer

from opposable.portes import cli_francais, sortie

RESERVE = "Ce zonage est celui du fichier donné, à sa date ; l'agence régionale de santé et la caisse font foi."


def brancher(application: typer.Typer) -> None:
    """Ajoute cette commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(zone)


def zone(
    fichier: Annotated[
        str, typer.Argument(metavar="FICHIER", help="Un zonage en CSV : une commune ou un code postal, et sa zone.")
    ],
    commune: Annotated[str, typer.Argument(metavar="COMMUNE", help="Un nom de commune, ou son code.")],
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,  # noqa: ARG001 - accepté partout ; un zonage n'emploie aucune valeur usuelle
) -> int:
    """Dit la zone (ZIP, ZAC, ZAR, hors zone) d'une commune, d'après un fichier que vous avez.

    La valeur se recopie dans « medecin.zone_ars ». Sortie 0 si elle est certaine, 1 si le fichier en donne plusieurs
    ou n'en donne pas, 2 si le fichier ne se lit pas ou ne connaît pas la commune.
    """
    from opposable.portes import python as api
    from opposable.portes import zonage

    corpus = api.corpus(surcouche)
    trouvees = zonage.chercher(fichier, commune)
    valeur = zonage.zone_de(trouvees)
    libelles = corpus.vocabulaire.faits["medecin.zone_ars"].valeurs
    if en_json:
        entete = corpus.entete()
        reponse = {
            **entete,
            "avertissement": f"{RESERVE} {entete['avertissement']}",
            "cherche": commune,
            "zone": valeur,
            "libelle": libelles[valeur] if valeur else None,
            "communes": [c.en_dict() for c in trouvees],
        }
        sortie.ecrire(sortie.en_json(reponse))
    else:
        for une in trouvees:
            dite = f"{libelles[une.zone]} (zone_ars : {une.zone})" if une.zone else "zone non dite par le fichier"
            sortie.ecrire(f"{une.commune} {une.code} : {dite}\n")
        if len({une.zone for une in trouvees}) > 1:
            sortie.ecrire("Plusieurs zones : précisez la commune ou le code.\n")
        sortie.ecrire(f"{RESERVE}\n")
    return sortie.ACCEPTE if valeur else sortie.A_REVOIR
