"""Un banc d'essai de moteur : une requête par propriété, chaque valeur comparée à celle de l'interprète scalaire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from opposable.lots import sql

Cas = Mapping[str, tuple[Any, Callable[..., Any]]]
"""Par nom : une expression, et la fonction scalaire des mêmes colonnes."""


class Banc:
    """Un moteur, et le compte des valeurs comparées."""

    def __init__(self, moteur: Any, dossier: Path) -> None:
        self.moteur, self.dossier, self.total = moteur, dossier, 0

    def calculer(
        self,
        types: Mapping[str, str],
        rangees: Iterable[tuple[Any, ...]],
        exprs: Sequence[Any],
        par: Sequence[str] = (),
    ) -> list[tuple[Any, ...]]:
        """Une requête : les expressions sur chaque rangée, dans l'ordre ; ou par groupe, dans l'ordre des clés."""
        numerotees = [(rang, *rangee) for rang, rangee in enumerate(rangees)]
        self.moteur.charger("valeurs", {"rang": "INTEGER", **types}, numerotees)
        cles = [sql.col(nom) for nom in (par or ("rang",))]
        nommees = [sql.nomme(e.copy(), f"e{rang}") for rang, e in enumerate(exprs)]
        requete = sql.choisir(sql.depuis("valeurs"), [*cles, *nommees])
        if par:
            requete = requete.group_by(*(c.copy() for c in cles), copy=False)
        lues = sorted(self.moteur.lire(requete), key=lambda rangee: rangee[: len(cles)])
        return [rangee[len(cles) :] for rangee in lues]

    def comparer(self, quoi: str, obtenu: Iterable[object], attendu: Iterable[object]) -> None:
        """Valeur par valeur, et type par type : un oui n'est pas un 1."""
        obtenu, attendu = list(obtenu), list(attendu)
        ecarts = [
            (rang, o, a)
            for rang, (o, a) in enumerate(zip(obtenu, attendu, strict=True))
            if o != a or isinstance(o, bool) != isinstance(a, bool)
        ]
        assert obtenu, quoi
        assert not ecarts, f"{self.moteur.nom}, {quoi} : {len(ecarts)} écarts, dont {ecarts[:5]}"
        self.total += len(obtenu)
        print(f"{self.moteur.nom}, {quoi} : {len(obtenu)} valeurs égales")  # noqa: T201 - « pytest -rA » montre ce qui a été comparé

    def verifier(self, types: Mapping[str, str], rangees: Sequence[tuple[Any, ...]], cas: Cas) -> None:
        """Chaque expression contre sa fonction scalaire, sur toutes les rangées."""
        obtenues = zip(*self.calculer(types, rangees, [expr for expr, _ in cas.values()]), strict=True)
        for (quoi, (_, fonction)), obtenue in zip(cas.items(), obtenues, strict=True):
            self.comparer(quoi, obtenue, [fonction(*rangee) for rangee in rangees])
