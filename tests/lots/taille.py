"""La taille des comparaisons d'interprètes : un aperçu dans « make test », davantage dans « make parite »."""

from __future__ import annotations

import os

COMPLET = os.environ.get("OPPOSABLE_PARITE") == "complet"


def taille(apercu: int, complet: int) -> int:
    """Combien de lignes, de factures ou d'essais."""
    return complet if COMPLET else apercu
