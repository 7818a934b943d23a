"""Le signe d'une facture : une annulation se lit en valeur absolue et se cote comme la facture qu'elle annule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree

SIGNES: Final = frozenset({"acte.honoraires", "acte.quantite"})
"""Les faits d'une ligne qui portent son signe ; leurs bornes valent en valeur absolue."""


def signe_de_ligne(faits: Mapping[str, Valeur], ou: str) -> int:
    """-1 si les honoraires ou la quantité sont négatifs, sinon 1. :class:`ErreurEntree` s'ils se contredisent."""
    honoraires, quantite = (_nombre(faits, nom) for nom in ("acte.honoraires", "acte.quantite"))
    if (honoraires < 0 < quantite) or (quantite < 0 < honoraires):
        raise ErreurEntree(
            "FAITS_CONTRADICTOIRES",
            "les honoraires et la quantité n'ont pas le même signe",
            ou=f"{ou}.quantite",
            attendu="deux nombres négatifs pour une annulation, deux positifs sinon",
            exemple='"honoraires": "-30.00", "quantite": -1',
        )
    return -1 if honoraires < 0 or quantite < 0 else 1


def signe_de_facture(signes: Sequence[int]) -> int:
    """Le signe commun à toutes les lignes. :class:`ErreurEntree` à la première ligne de l'autre signe."""
    for rang, signe in enumerate(signes):
        if signe != signes[0]:
            raise ErreurEntree(
                "ANNULATION_MELEE",
                "des lignes négatives et des lignes positives sont sur la même facture",
                ou=f"actes[{rang}]",
                attendu="une annulation à part, toutes ses lignes négatives ; sans honoraires, ou à 0.00, une ligne "
                "annulée dit sa quantité négative",
                exemple='"actes": [{"code": "G", "honoraires": "-30.00"}, {"code": "MEG", "quantite": -1}]',
            )
    return signes[0]


def _nombre(faits: Mapping[str, Valeur], nom: str) -> int:
    valeur = faits.get(nom)
    return valeur if isinstance(valeur, int) else 0
