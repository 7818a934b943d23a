"""Les filtres d'une page : lus de l'adresse, avec les messages de l'API ; un champ laissé vide n'est pas un filtre."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from starlette.datastructures import QueryParams

from opposable.droit.erreurs import ErreurEntree
from opposable.portes.api import parametres


def lire(
    requete: QueryParams, permis: Sequence[parametres.Parametre]
) -> tuple[dict[str, str], parametres.Lus, ErreurEntree | None]:
    """La saisie à remontrer, les filtres, et la faute s'il y en a une : rien n'est alors filtré."""
    remplis = QueryParams([(nom, texte) for nom, texte in requete.multi_items() if texte.strip()])
    saisie = {parametre.nom: remplis.get(parametre.nom, "") for parametre in permis}
    try:
        return saisie, parametres.lire(remplis, permis), None
    except ErreurEntree as faute:
        return saisie, parametres.Lus({}), faute


def plat(texte: str) -> str:
    """Le texte sans accents ni majuscules."""
    decompose = unicodedata.normalize("NFKD", texte.lower().replace("œ", "oe"))
    return "".join(c for c in decompose if not unicodedata.combining(c))


def contient(demande: str, *textes: str | None) -> bool:
    """Vrai si tous les mots de la demande se trouvent dans ces textes, accents et casse à part."""
    return contient_plat(demande, plat(" ".join(t for t in textes if t)))


def contient_plat(demande: str, cherche: str) -> bool:
    """Comme :func:`contient`, dans un texte déjà mis à plat."""
    return all(mot in cherche for mot in plat(demande).replace("_", " ").split()) or plat(demande) in cherche
