"""Opposable : la convention médicale, calculable.

``opposable.coter(facture)`` cote et vérifie une facture ; ``opposable.bareme``, ``opposable.motifs`` et
``opposable.schema`` répondent comme les commandes du même nom, ``opposable.surcouche_verifier`` comme
``opposable surcouche verifier``. Les erreurs : :class:`Erreur`,
:class:`ErreurEntree`, :class:`ErreurCorpus`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opposable.droit.erreurs import Erreur, ErreurCorpus, ErreurEntree

if TYPE_CHECKING:
    from opposable.portes.python import bareme, coter, coter_plusieurs, motifs, schema, surcouche_verifier

__version__ = "0.1.0"
__all__ = [
    "Erreur",
    "ErreurCorpus",
    "ErreurEntree",
    "__version__",
    "bareme",
    "coter",
    "coter_plusieurs",
    "motifs",
    "schema",
    "surcouche_verifier",
]
_PORTE = frozenset({"bareme", "coter", "coter_plusieurs", "motifs", "schema", "surcouche_verifier"})


def __getattr__(nom: str) -> Any:
    """Importe la porte Python à sa première utilisation, pour qu'``import opposable`` reste léger."""
    if nom in _PORTE:
        from opposable.portes import python

        return getattr(python, nom)
    raise AttributeError(f"le module « opposable » n'a pas d'attribut « {nom} »")
