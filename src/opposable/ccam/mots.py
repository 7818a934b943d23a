"""Les mots sous lesquels un acte se cherche, préparés une fois pour toutes à l'import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opposable.droit.nomenclature import ActePublie
from opposable.facturation.recherche import decouper


def mots(libelle: str, chapitre: str) -> str:
    """Les mots d'un libellé, puis ceux du titre de son chapitre après « | », tels que la recherche les compare."""
    return f"{' '.join(decouper(libelle))} | {' '.join(decouper(chapitre))}"


def libelles(actes: Iterable[ActePublie], titres: Mapping[tuple[int, str], str]) -> dict[str, tuple[str, str, str]]:
    """Ce que ``Magasin.libelles`` rend, d'actes rangés de la version la plus ancienne à la plus récente."""
    dits = {}
    for acte in actes:
        titre = titres.get((acte.version, acte.chapitre), "")
        dits[acte.code] = (acte.libelle, titre, mots(acte.libelle, titre))
    return dits
