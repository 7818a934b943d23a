"""Opposable : la convention médicale, calculable.

``opposable.coter(facture)`` cote et vérifie une facture ; ``opposable.proposer(situation)`` dit ce qu'elle permet et
la prochaine question, à laquelle ``opposable.repondre`` répond ; ``opposable.calculer(nom, cas)`` calcule un
dispositif ; ``opposable.annee(dossier)`` les calcule tous, pour l'année d'un médecin décrit une fois ;
``opposable.atelier_optam(cas)`` simule l'OPTAM sur une année d'actes ;
``opposable.bareme``, ``opposable.dispositifs``, ``opposable.motifs``, ``opposable.schema`` et ``opposable.textes``
répondent comme les commandes du même nom, ``opposable.erreurs_frequentes`` comme « opposable motifs --erreurs » et
``opposable.surcouche_verifier`` comme « opposable surcouche verifier ».
Les erreurs : :class:`Erreur`, :class:`ErreurEntree`, :class:`ErreurCorpus`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opposable.droit.erreurs import Erreur, ErreurCorpus, ErreurEntree

if TYPE_CHECKING:
    from opposable.portes.python import (
        annee,
        atelier_optam,
        bareme,
        calculer,
        calculer_plusieurs,
        coter,
        coter_plusieurs,
        dispositifs,
        erreurs_frequentes,
        motifs,
        proposer,
        repondre,
        schema,
        surcouche_verifier,
        textes,
    )

__version__ = "0.1.0"
__all__ = [
    "Erreur",
    "ErreurCorpus",
    "ErreurEntree",
    "__version__",
    "annee",
    "atelier_optam",
    "bareme",
    "calculer",
    "calculer_plusieurs",
    "coter",
    "coter_plusieurs",
    "dispositifs",
    "erreurs_frequentes",
    "motifs",
    "proposer",
    "repondre",
    "schema",
    "surcouche_verifier",
    "textes",
]
_PORTE = frozenset(__all__) - {"Erreur", "ErreurCorpus", "ErreurEntree", "__version__"}


def __getattr__(nom: str) -> Any:
    """Importe la porte Python à sa première utilisation, pour qu'``import opposable`` reste léger."""
    if nom in _PORTE:
        from opposable.portes import python

        return getattr(python, nom)
    raise AttributeError(f"le module « opposable » n'a pas d'attribut « {nom} »")
