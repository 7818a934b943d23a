"""Ce qui ressemble à une identité : le nom d'une colonne, ou une valeur. Le projet n'en a jamais besoin."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PSEUDONYME: Final = "pseudonyme"
"""La colonne où l'appelant met l'identifiant que lui seul sait relier à une personne."""
_IDENTITES: Final = frozenset(
    {
        "nom", "prenom", "nir", "insee", "ins", "matricule", "adresse", "rue", "commune", "ville", "cp", "telephone",
        "tel", "portable", "mobile", "mail", "email", "courriel", "patronyme", "secu",
    }
)  # fmt: skip
"""Les mots qui, dans le nom d'une colonne, disent une identité."""
_SUITES: Final = ("securite_sociale", "code_postal", "numero_ss", "num_ss", "lieu_de_naissance", "lieu_naissance")
_NIR: Final = re.compile(r"[12][0-9]{2}(?:0[1-9]|[1-9][0-9])[0-9AB]{8}(?:[0-9]{2})?", re.IGNORECASE)


def reduire(entete: str) -> str:
    """Le nom d'une colonne, sans accents ni majuscules : « Date naissance » se lit ``date_naissance``."""
    sans = unicodedata.normalize("NFKD", entete).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", sans).strip("_")


def colonne_identifiante(reduite: str) -> bool:
    """Vrai si le nom réduit d'une colonne dit une identité."""
    return not _IDENTITES.isdisjoint(reduite.split("_")) or any(suite in reduite for suite in _SUITES)


def valeur_identifiante(texte: str) -> bool:
    """Vrai si une valeur ressemble à un numéro de sécurité sociale ou à une adresse électronique."""
    return "@" in texte or _NIR.fullmatch(re.sub(r"[ .-]", "", texte)) is not None
