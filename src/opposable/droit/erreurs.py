"""Les erreurs qu'une personne peut lire, et rien d'autre.

- :class:`Erreur` : la racine ; tout ce que le paquet lève volontairement en dérive.
- :class:`ErreurEntree` : l'entrée de l'utilisateur ne convient pas (sortie 2).
- :class:`ErreurCorpus` : le corpus ou une surcouche est faux ; porte la liste de tous les :class:`Defaut` trouvés.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace


class Erreur(Exception):
    """Racine des erreurs du paquet."""


class ErreurEntree(Erreur):
    """Une entrée refusée : où, ce qui était attendu, un exemple.

    ``code`` est stable (``CLE_INCONNUE``, ``DATE_IMPOSSIBLE``…) ; ``ou`` est le chemin de la valeur fautive
    (``actes[0].honoraires``), ``attendu`` dit ce qui convient, ``exemple`` le montre.
    """

    def __init__(self, code: str, message: str, *, ou: str = "", attendu: str = "", exemple: str = "") -> None:
        self.code = code
        self.message = message
        self.ou = ou
        self.attendu = attendu
        self.exemple = exemple
        super().__init__(str(self))

    def __str__(self) -> str:
        parties = [f"{self.ou} : {self.message}" if self.ou else self.message]
        if self.attendu:
            parties.append(f"Attendu : {self.attendu}.")
        if self.exemple:
            parties.append(f"Exemple : {self.exemple}")
        return " ".join(parties)

    def situee(self, prefixe: str) -> ErreurEntree:
        """La même erreur, son chemin précédé de ``prefixe`` (la facture d'un lot, le fichier…)."""
        return ErreurEntree(
            self.code,
            self.message,
            ou=f"{prefixe}{self.ou}" if not self.ou or self.ou.startswith("[") else f"{prefixe}.{self.ou}",
            attendu=self.attendu,
            exemple=self.exemple,
        )

    def en_dict(self) -> dict[str, str]:
        """La forme publique : ``{code, message, ou, attendu, exemple}``."""
        return {
            "code": self.code,
            "message": self.message,
            "ou": self.ou,
            "attendu": self.attendu,
            "exemple": self.exemple,
        }


@dataclass(frozen=True)
class Defaut:
    """Un défaut du corpus : le fichier, la ligne, la règle en cause, ce qui était attendu, un exemple."""

    fichier: str
    ligne: int
    regle: str
    message: str
    attendu: str = ""
    exemple: str = ""

    @property
    def place(self) -> str:
        """Le fichier, et la ligne si elle est connue."""
        return f"{self.fichier}, ligne {self.ligne}" if self.ligne else self.fichier

    def __str__(self) -> str:
        regle = f" [{self.regle}]" if self.regle else ""
        attendu = f" Attendu : {self.attendu}." if self.attendu else ""
        exemple = f" Exemple : {self.exemple}" if self.exemple else ""
        point = "" if self.message.endswith(("?", ".", "!")) else "."
        return f"{self.place}{regle} : {self.message}{point}{attendu}{exemple}"

    def avec_exemple(self, exemple: str) -> Defaut:
        """Le même défaut, avec un exemple s'il n'en a pas."""
        return self if self.exemple else replace(self, exemple=exemple)

    def en_dict(self) -> dict[str, str | int]:
        """La forme publique : ``{fichier, ligne, regle, message, attendu, exemple}``."""
        return asdict(self)


class ErreurCorpus(Erreur):
    """Le corpus ou une surcouche ne se charge pas ; ``defauts`` les donne tous, dans l'ordre de lecture."""

    def __init__(self, defauts: Iterable[Defaut]) -> None:
        self.defauts = list(defauts)
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join(str(d) for d in self.defauts)


def plus_proche(mot: str, connus: Iterable[str]) -> str | None:
    """Le nom connu le plus proche de ``mot``, ou ``None`` si rien ne ressemble."""
    table = {c.lower(): c for c in connus}
    bas = mot.lower()
    inverses = [c for c in table if len(bas) > 1 and sorted(c) == sorted(bas)]
    inverses.sort(key=lambda c: (c[0] != bas[0], -difflib.SequenceMatcher(None, c, bas).ratio()))
    trouves = inverses or difflib.get_close_matches(bas, list(table), n=1, cutoff=0.5)
    return table[trouves[0]] if trouves else None
