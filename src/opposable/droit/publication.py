"""Lit, dans le corpus, comment se lit une nomenclature publiée : ses colonnes, ses versions, les modèles d'actes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from opposable.droit.acte import Acte
from opposable.droit.heritage import heriter
from opposable.droit.lecture import Noeud
from opposable.droit.nomenclature import Magasin, Version
from opposable.droit.publies import COLONNES, Modele, Publication
from opposable.droit.source import Document

if TYPE_CHECKING:
    from opposable.droit.typage import Typage

NOMENCLATURE: Final = "ccam/nomenclature.yaml"
MODELES: Final = "ccam/modeles.yaml"


def lire_publication(
    typage: Typage,
    noeud: Noeud,
    documents: Mapping[str, Document],
    modeles: Mapping[str, Noeud],
    magasin: Magasin | None,
) -> Publication | None:
    """Les colonnes, les versions et leurs documents. :class:`ErreurCorpus` si le fichier ne convient pas."""
    if not noeud.table() or not modeles:
        return None
    requises = frozenset({"colonnes", "versions"})
    cles = noeud.cles(requises | {"dates"}, "nomenclature", requises)
    colonnes = {}
    for nom, condition in cles["colonnes"].cles(frozenset(COLONNES), "colonnes", frozenset(COLONNES)).items():
        fait, valeurs = next(iter(condition.table("colonnes").items()))
        colonnes[nom] = (fait, typage.vocabulaire.ensemble(fait, valeurs, "colonnes"))
    ecrites, cites = {}, {}
    for numero, version in cles["versions"].table("versions").items():
        champs = version.cles(frozenset({"du", "document"}), numero, frozenset({"du", "document"}))
        ecrites[int(numero)] = Version(int(numero), typage.date(champs["du"], numero))
        cites[int(numero)] = documents[champs["document"].texte(numero)]
    dates = cles["dates"].table("dates") if "dates" in cles else {}
    connues = {}
    for numero, date in dates.items():
        champs = date.cles(frozenset({"du", "source"}), numero, frozenset({"du", "source"}))
        typage.sources(champs, date, numero)
        connues[int(numero)] = typage.date(champs["du"], numero)
    return Publication(typage.vocabulaire, typage.debut, colonnes, connues, cites, ecrites, {}, magasin)


def modeles_types(
    typage: Typage,
    modeles: Mapping[str, Noeud],
    actes: Mapping[str, Noeud],
    codes: frozenset[str],
    familles: frozenset[str],
) -> dict[str, Modele]:
    """Les modèles d'actes, chacun typé à son premier emploi."""
    resultat = {}
    for nom, noeud in modeles.items():
        cles = noeud.table(nom)

        def textes(cle: str, cles: Mapping[str, Noeud] = cles, nom: str = nom) -> tuple[str, ...]:
            return tuple(n.texte(nom) for n in cles[cle].liste(nom)) if cle in cles else ()

        types: list[Acte] = []

        def acte(nom: str = nom, types: list[Acte] = types) -> Acte:
            if not types:
                types.append(typage.modele(nom, heriter(nom, {**modeles, **actes}), codes, familles))
            return types[0]

        resultat[nom] = Modele(textes("chapitres"), frozenset(textes("regroupements")), acte)
    return resultat
