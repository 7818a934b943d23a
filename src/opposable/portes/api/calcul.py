"""Faire un calcul hors de la boucle du serveur : un à la fois, dans une file bornée, en un temps borné.

Le corpus se type à la demande et garde ce qu'il a lu : un seul fil s'en sert, deux calculs ne se croisent jamais.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from opposable.droit.erreurs import Erreur

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limites:
    """Ce que le serveur accepte : la taille d'un corps, la durée d'un calcul, la file, les factures d'un envoi."""

    octets: int = 1_000_000
    secondes: float = 15.0
    en_attente: int = 200
    factures: int = 100


class Surcharge(Erreur):
    """Le calcul n'a pas pu être fait à temps."""


def echeance(secondes: float) -> Callable[[int], None]:
    """De quoi arrêter un calcul entre deux de ses morceaux : :class:`Surcharge` une fois le temps passé."""
    fin = time.monotonic() + secondes

    def verifier(_: int) -> None:
        if time.monotonic() > fin:
            raise Surcharge(f"le calcul a dépassé {secondes:g} secondes")

    return verifier


class Calculateur:
    """Le fil qui calcule."""

    def __init__(self, limites: Limites) -> None:
        self.limites = limites
        self._fil = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opposable")
        self._en_attente = 0

    async def __call__(self, fonction: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Le résultat de ``fonction``. :class:`Surcharge` si la file est pleine ou le temps dépassé."""
        if self._en_attente >= self.limites.en_attente:
            raise Surcharge("trop de requêtes attendent déjà ; réessayez dans quelques secondes")
        self._en_attente += 1
        futur = asyncio.get_running_loop().run_in_executor(self._fil, lambda: fonction(*args, **kwargs))
        futur.add_done_callback(self._fini)
        try:
            return await asyncio.wait_for(asyncio.shield(futur), self.limites.secondes)
        except TimeoutError:
            raise Surcharge(f"le calcul a dépassé {self.limites.secondes:g} secondes") from None

    def _fini(self, futur: asyncio.Future[T]) -> None:
        """Un calcul est fini, attendu encore ou non ; une faute que plus personne n'attend est lue ici."""
        self._en_attente -= 1
        if not futur.cancelled():
            futur.exception()

    async def court(self, fonction: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """De même pour un calcul court : fait aussitôt si rien n'est en cours, sans changer de fil."""
        if self._en_attente:
            return await self(fonction, *args, **kwargs)
        return fonction(*args, **kwargs)
