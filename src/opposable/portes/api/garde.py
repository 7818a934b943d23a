"""Ce qui protège chaque échange : le destinataire, la taille, les en-têtes de sécurité, et un journal sans contenu.

Du journal ne restent que la route, le statut et la durée : ni adresse demandée, ni paramètre, ni corps.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opposable.droit.erreurs import ErreurEntree

journal: Final = logging.getLogger("opposable.serveur")

HOTES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_EN_TETES: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
Refuser = Callable[[str, ErreurEntree, int], Response]
"""Ce qui met une erreur en réponse : le chemin demandé (une page ou l'API), l'erreur, le statut."""


class TropGrand(Exception):
    """Le corps dépasse la taille permise."""


class Garde:
    """L'enveloppe ASGI de l'application."""

    def __init__(self, application: ASGIApp, *, octets: int, refuser: Refuser) -> None:
        self._application = application
        self._octets = octets
        self._refuser = refuser

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Vérifie la requête, la transmet, pose les en-têtes de la réponse et tient le journal."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        debut, statut, commence = time.perf_counter(), 500, False

        async def envoyer(message: Message) -> None:
            nonlocal statut, commence
            if message["type"] == "http.response.start":
                statut, commence = message["status"], True
                poses = MutableHeaders(scope=message)
                for nom, valeur in _EN_TETES.items():
                    poses.setdefault(nom, valeur)
            await send(message)

        refus = self._refus(scope)
        try:
            if refus is None:
                await self._application(scope, _compter(receive, self._octets), envoyer)
            else:
                await refus(scope, receive, envoyer)
        except TropGrand:
            if commence:
                raise
            await self._trop_grand(scope["path"])(scope, receive, envoyer)
        finally:
            route = getattr(scope.get("route"), "path", "/statique" if scope["path"].startswith("/statique/") else "?")
            duree = (time.perf_counter() - debut) * 1000
            journal.info("%s %s %d %.0f ms", scope["method"], route, statut, duree)

    def _refus(self, scope: Scope) -> Response | None:
        en_tetes = Headers(scope=scope)
        hote = en_tetes.get("host", "").lower()
        nom = hote if hote.endswith("]") else hote.rpartition(":")[0] or hote
        if nom not in HOTES:
            erreur = ErreurEntree(
                "HOTE_REFUSE", "ce serveur ne répond qu'à cette machine", attendu="l'adresse 127.0.0.1 ou localhost",
                exemple="http://127.0.0.1",
            )  # fmt: skip
            return self._refuser(scope["path"], erreur, 421)
        if scope["method"] not in {"GET", "HEAD"} and en_tetes.get("sec-fetch-site") == "cross-site":
            erreur = ErreurEntree("ORIGINE_REFUSEE", "cette requête vient d'un autre site")
            return self._refuser(scope["path"], erreur, 403)
        longueur = en_tetes.get("content-length", "")
        if longueur.isdigit() and int(longueur) > self._octets:
            return self._trop_grand(scope["path"])
        return None

    def _trop_grand(self, chemin: str) -> Response:
        erreur = ErreurEntree(
            "REQUETE_TROP_GRANDE", "le corps de la requête est trop grand", attendu=f"{self._octets} octets au plus",
            exemple="pour de nombreuses factures : opposable controler lot.parquet --sortie dossier",
        )  # fmt: skip
        return self._refuser(chemin, erreur, 413)


def _compter(receive: Receive, octets: int) -> Receive:
    """Le même flux ; :class:`TropGrand` dès qu'il dépasse ``octets``."""
    lus = 0

    async def recevoir() -> Message:
        nonlocal lus
        message = await receive()
        lus += len(message.get("body", b""))
        if lus > octets:
            raise TropGrand
        return message

    return recevoir
