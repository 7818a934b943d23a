"""Ce qu'une page montre d'un dispositif sans qu'on l'interroge : le corpus le désigne."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opposable.droit.lecture import Noeud


@dataclass(frozen=True, slots=True)
class Vitrine:
    """Le tableau d'un dispositif qu'une page montre sans qu'on l'interroge : la sortie, et le cas qui la donne.

    Le cas ne dit ni la date ni l'année : le fait de la période prend le jour où le corpus est arrêté.
    """

    dispositif: str
    sortie: str
    cas: Mapping[str, str]


def lire_vitrine(noeud: Noeud) -> Vitrine:
    """Le tableau à montrer ; les dispositifs ne sont pas encore lus, leurs noms ne sont pas vérifiés ici.

    :class:`ErreurCorpus` s'il est mal écrit.
    """
    requises = frozenset({"dispositif", "sortie"})
    cles = noeud.cles(requises | {"cas"}, "corpus", requises)
    cas = {cle: n.texte("corpus") for cle, n in cles["cas"].table("corpus").items()} if "cas" in cles else {}
    return Vitrine(cles["dispositif"].texte("corpus"), cles["sortie"].texte("corpus"), cas)
