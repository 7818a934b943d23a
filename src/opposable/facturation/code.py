"""Lit le code d'un acte : dit s'il manque, s'il est inconnu, et lequel en est le plus proche."""

from __future__ import annotations

from typing import Any

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree, plus_proche


def lire_code(corpus: Corpus, brut: Any, ou: str) -> str:
    """Le code d'un acte du corpus. :class:`ErreurEntree` s'il manque, s'il est inconnu ou pas encore couvert."""
    if not isinstance(brut, str) or not brut.strip():
        raise ErreurEntree(
            "CODE_ABSENT",
            "il manque le code de l'acte",
            ou=ou,
            attendu="un code de la nomenclature",
            exemple='"code": "G"',
        )
    code = brut.strip().upper()
    if code in corpus.non_couverts and code not in corpus.actes:
        raise ErreurEntree(
            "CODE_NON_COUVERT", f"« {code} » ({corpus.non_couverts[code]}) n'est pas encore couvert", ou=ou,
            attendu="un code de « opposable bareme »", exemple='"code": "G"',
        )  # fmt: skip
    if code not in corpus.actes:
        proche = plus_proche(code, corpus.actes)
        suite = f" ; vouliez-vous « {proche} » ({corpus.actes[proche].libelle}) ?" if proche else ""
        raise ErreurEntree(
            "CODE_INCONNU",
            f"code inconnu « {brut} »{suite}",
            ou=ou,
            attendu="un code de « opposable bareme »",
            exemple=f'"code": "{proche or "G"}"',
        )
    return code
