"""Lit le code d'un acte : dit s'il manque, s'il est inconnu, et lequel en est le plus proche."""

from __future__ import annotations

import re
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree, plus_proche

FORME_CCAM: Final = re.compile(r"[A-Z]{4}[0-9]{3}")
"""La forme d'un code de la CCAM."""
IMPORTER: Final = "un code de « opposable bareme », ou une version : « opposable importer ccam FICHIER »"
"""Ce qui est attendu à la place d'un code de la CCAM que rien ne connaît."""


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
    if code not in corpus.actes and FORME_CCAM.fullmatch(code):
        raise _technique(corpus, code, ou)
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


def _technique(corpus: Corpus, code: str, ou: str) -> ErreurEntree:
    """Un code de la CCAM que rien ne connaît : les versions importées, ou comment en importer une."""
    importees = corpus.versions_importees
    if importees:
        dites = ", ".join(str(v.numero) for v in importees)
        message = f"code inconnu « {code} » : il n'est dans aucune version importée de la CCAM ({dites})"
        attendu = "un code de ces versions, ou une autre version : « opposable importer ccam FICHIER »"
    else:
        message = f"« {code} » a la forme d'un code de la CCAM, dont seul un extrait est connu sans version importée"
        attendu = IMPORTER
    return ErreurEntree("CODE_CCAM_INCONNU", message, ou=ou, attendu=attendu, exemple='"code": "DEQP003"')
