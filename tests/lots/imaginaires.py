"""Une nomenclature imaginaire, en mémoire : des actes de la forme de la CCAM, aux codes qu'elle n'emploie pas."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from opposable.droit import temps
from opposable.droit.nomenclature import (
    ActePublie,
    ModificateurPublie,
    Rangee,
    RangeeModificateur,
    ValeurModificateur,
    Version,
)

VERSIONS = (Version(67, temps.jour("2021-04-26")), Version(81, temps.jour("2026-01-01")))
ADMIS = (
    ("F", "P", "S", "U"), ("F", "J", "K", "T", "P", "S", "U", "O"), ("B", "D", "E", "F", "P", "S", "U", "Y", "Z"), (),
    ("J", "K", "T"), ("F", "M", "P", "S", "U"), ("R", "F", "P", "S", "U"), ("9", "N", "F", "P", "S", "U"),
)  # fmt: skip
ANESTHESIE = (("A", "F", "P", "S", "U", "O", "7"), ("A", "F", "P", "S", "U", "O", "7", "3"))
REGROUPEMENTS = ("ATM", "ADC", "ADI", "ADE", "ACO", "END")


PROCHES = (0, 1, -1)
"""Les écarts des copies qui restent près du tarif de leur modèle, souvent près du seuil des actes lourds."""


def _copie(acte: ActePublie, code: str, de_plus: int) -> ActePublie:
    """Le même acte sous un autre code, chaque tarif plus grand de tant de centimes."""

    def plus(tarif: int | None) -> int | None:
        return tarif and max(1, tarif + de_plus)

    rangees = tuple(replace(r, opposable=plus(r.opposable), autre=plus(r.autre)) for r in acte.rangees)
    return replace(acte, code=code, rangees=rangees)


class Imaginaires:
    """Un magasin de ``nombre`` actes imaginaires, dans les deux versions que le corpus nomme.

    Au-delà de ``modeles``, un acte est la copie d'un autre sous un autre code ; ``varies`` : à d'autres tarifs.
    """

    def __init__(self, nombre: int, graine: int = 1, modeles: int = 0, *, varies: bool = False) -> None:
        alea = random.Random(graine)  # noqa: S311 - une graine, pour refaire la nomenclature
        codes = [f"X{a}{b}A{n:03d}" for a in "ABCDEFGHJK" for b in "ABCDEFGHJKLMNPQRSTUV" for n in range(1, 101)]
        self._actes = {code: dict(self._versions(code, alea)) for code in codes[: modeles or nombre]}
        originaux = list(self._actes)
        self.copies = {code: [code] for code in originaux}
        """Chaque acte, et les codes de ses copies."""
        for rang, code in enumerate(codes[len(originaux) : nombre]):
            modele = originaux[rang % len(originaux)]
            self.copies[modele].append(code)
            de_plus = [alea.randrange(-400, 40_000, 7), *PROCHES][rang % (1 + len(PROCHES))] if varies else 0
            self._actes[code] = {n: _copie(acte, code, de_plus) for n, acte in self._actes[modele].items()}
        self._codes = frozenset(self._actes)

    @staticmethod
    def _versions(code: str, alea: random.Random) -> Iterator[tuple[int, ActePublie]]:
        tarif, regroupement = alea.choice([480, 2000, 7675, 11999, 12000, 30000]), alea.choice(REGROUPEMENTS)
        tarif += alea.randrange(0, 2000)
        admis, exoneration = alea.choice(ADMIS), alea.choice([(), ("1",), ("2",), ("2", "7"), ("5",)])
        anesthesie, sans = alea.random() < 0.3, alea.random()
        conditions, accord, prise = (alea.random() < p for p in (0.1, 0.1, 0.95))
        for rang, version in enumerate(VERSIONS):
            if (sans < 0.05 and rang) or (sans > 0.95 and not rang):
                continue
            nu = tarif + rang * alea.choice([0, 0, 40, 100])
            autre = nu if alea.random() < 0.5 else nu - nu // 20
            rangees = [
                Rangee("1", "0", f"Acte imaginaire {code}", nu, autre, prise, conditions, accord, exoneration,
                       regroupement, admis, ())
            ]  # fmt: skip
            if anesthesie:
                rangees.append(
                    Rangee("4", "0", f"Acte imaginaire {code}", nu // 2, nu // 2, prise, conditions, accord,
                           exoneration, "ADA", ANESTHESIE[rang], ())
                )  # fmt: skip
            yield (
                version.numero,
                ActePublie(version.numero, code, f"Acte imaginaire {code}", "07.03.05", (), tuple(rangees)),
            )

    @property
    def versions(self) -> tuple[Version, ...]:
        """Les deux versions."""
        return VERSIONS

    @property
    def empreinte(self) -> str:
        """Ce qui la distingue d'une autre."""
        return f"imaginaires {len(self._actes)}"

    def codes(self) -> frozenset[str]:
        """Tous les codes."""
        return self._codes

    def acte(self, code: str) -> Mapping[int, ActePublie]:
        """Un acte, version par version."""
        return self._actes.get(code, {})

    def actes(self, codes: Iterable[str]) -> Mapping[str, Mapping[int, ActePublie]]:
        """Plusieurs actes."""
        return {code: self._actes[code] for code in codes if code in self._actes}

    def modificateurs(self, version: int) -> Mapping[str, ModificateurPublie]:
        """Un seul, qui ne vaut pas ce que le corpus en dit ; les autres y sont tus."""
        autre = ValeurModificateur(taux=700)
        rangees = (RangeeModificateur("Modificateur J", autre, autre),)
        return {"J": ModificateurPublie(version, "J", "19.03", rangees)} if version == VERSIONS[-1].numero else {}

    def libelles(self) -> Mapping[str, tuple[str, str, str]]:
        """Aucune recherche ici."""
        return {}
