"""``opposable servir`` : l'API et les pages, sur cette machine seulement."""

from __future__ import annotations

import gc
import logging
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

if TYPE_CHECKING:
    from pathlib import Path

    import uvicorn
    from fastapi import FastAPI

LOCALES: Final = ("127.0.0.1", "localhost", "::1")
PORT: Final = 8321
ENTRE_COLLECTES: Final = (20000, 10, 10)
"""De petites collectes fréquentes : une grande arrêterait toutes les réponses pendant un dixième de seconde."""


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(servir)


def servir(
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 : un port libre.")] = PORT,
    adresse: Annotated[
        str, typer.Option("--adresse", metavar="ADRESSE", help="127.0.0.1, localhost ou ::1 ; aucune autre.")
    ] = "127.0.0.1",
    ouvrir: Annotated[bool, typer.Option("--ouvrir", help="Ouvre la première page dans le navigateur.")] = False,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,  # noqa: ARG001 - accepté partout ; dit la forme d'une erreur
) -> int:
    """Ouvre les pages et l'API sur cette machine, jusqu'à Ctrl-C.

    Rien d'une requête n'est gardé ; le journal ne dit que la route, le statut et la durée.
    """
    if adresse not in LOCALES:
        raise ErreurEntree(
            "ADRESSE_REFUSEE",
            "ce serveur ne s'ouvre pas au-delà de cette machine : héberger des données de patients pour d'autres "
            "demande un hébergeur certifié (HDS)",
            ou="--adresse", attendu=" ou ".join(LOCALES), exemple="opposable servir --adresse 127.0.0.1",
        )  # fmt: skip
    try:
        from opposable.portes.api.application import creer
    except ModuleNotFoundError as absent:
        raise ErreurEntree(
            "MODULE_ABSENT", f"il manque « {absent.name} » pour ouvrir les pages", ou="opposable servir",
            attendu="l'installation avec les pages", exemple="pip install 'opposable[web]'",
        ) from None  # fmt: skip
    prise = ecouter(adresse, port)
    application = creer(surcouche)
    _prechauffer(surcouche)
    lieu = f"http://{'[::1]' if adresse == '::1' else adresse}:{prise.getsockname()[1]}"
    _journaliser()
    sortie.ecrire(f"Opposable est ouvert : {lieu}/ (pages), {lieu}/v1/openapi.json (API). Ctrl-C pour arrêter.\n")
    if ouvrir:
        import webbrowser

        webbrowser.open(f"{lieu}/")
    try:
        moteur(application).run(sockets=[prise])
    except KeyboardInterrupt:
        sortie.ecrire("\nOpposable est arrêté.\n")
    return sortie.ACCEPTE


def _prechauffer(surcouches: list[Path]) -> None:
    """Type ce qu'une facture lit, puis ôte le corpus du ramasse-miettes : le reparcourir arrêterait tout un moment."""
    from opposable.portes import python as api
    from opposable.portes.api.operations import EXEMPLE_FACTURE, EXEMPLE_SITUATION

    api.coter(EXEMPLE_FACTURE, surcouches=surcouches)
    api.proposer(EXEMPLE_SITUATION, surcouches=surcouches)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*ENTRE_COLLECTES)


def moteur(application: FastAPI) -> uvicorn.Server:
    """Le serveur HTTP, ses journaux et ses en-têtes réduits au nécessaire."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            application, log_config=None, access_log=False, server_header=False, proxy_headers=False, lifespan="off",
            limit_concurrency=500, timeout_keep_alive=15, h11_max_incomplete_event_size=64 * 1024,
        )
    )  # fmt: skip


def ecouter(adresse: str, port: int) -> socket.socket:
    """La prise ouverte. :class:`ErreurEntree` si le port est pris ou interdit."""
    famille = socket.AF_INET6 if adresse == "::1" else socket.AF_INET
    # Le protocole se dit : sans lui, asyncio ne coupe pas l'attente de Nagle (quarante millisecondes par réponse).
    prise = socket.socket(famille, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        prise.bind((adresse, port))
        prise.listen(socket.SOMAXCONN)
    except OSError as erreur:
        prise.close()
        raison = "ce port est réservé" if isinstance(erreur, PermissionError) else "ce port est déjà pris"
        raise ErreurEntree(
            "PORT_PRIS", raison, ou=f"--port {port}", attendu="un port libre, ou 0 pour en choisir un",
            exemple=f"opposable servir --port {port + 1 if port < 65535 else 0}",
        ) from None  # fmt: skip
    return prise


def _journaliser() -> None:
    """Le journal sur la sortie d'erreur : la route, le statut, la durée, et rien d'autre."""
    sur_erreur = logging.StreamHandler(sys.stderr)
    sur_erreur.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    journal = logging.getLogger("opposable.serveur")
    journal.addHandler(sur_erreur)
    journal.setLevel(logging.INFO)
    journal.propagate = False
