"""La forme d'un acte publié : tout ce que ses versions en disent, sauf ses tarifs, ses libellés et son code.

Deux actes de même forme ont les mêmes règles, les mêmes tables et les mêmes dates ; seuls leurs tarifs diffèrent, et
deux tarifs égaux de l'un sont égaux chez l'autre.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opposable.droit.nomenclature import ActePublie
    from opposable.droit.publies import Publication


class Forme(NamedTuple):
    """La forme d'un acte publié, et ses tarifs différents, en centimes, dans l'ordre où ses versions les donnent."""

    cle: tuple[object, ...]
    montants: tuple[int, ...]


def forme_de(publication: Publication, publies: Mapping[int, ActePublie]) -> Forme:
    """La forme d'un acte, d'après toutes ses versions. Ses gestes et ses notes n'en sont pas."""
    dernier = publies[max(publies)]
    rangs: dict[int, int] = {}

    def rang(montant: int | None) -> int | None:
        return montant and rangs.setdefault(montant, len(rangs) + 1)

    versions = tuple(
        (
            numero,
            tuple(
                (r.activite, r.phase, rang(r.opposable), rang(r.autre), r.prise_en_charge, r.sous_conditions,
                 r.accord_prealable, r.exoneration, r.modificateurs)
                for r in publies[numero].rangees
            ),
        )
        for numero in sorted(publies)
    )  # fmt: skip
    familles = publication.familles_du_chapitre(dernier.chapitre)
    return Forme((publication.modele_de(dernier), familles, versions), tuple(rangs))
