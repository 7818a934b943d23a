"""Lit, dans le corpus, comment se lit une nomenclature publiée : ses colonnes, ses versions, les modèles d'actes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from opposable.droit import montant
from opposable.droit.acte import Acte
from opposable.droit.heritage import heriter
from opposable.droit.lecture import Noeud
from opposable.droit.nomenclature import ActePublie, Magasin, Rangee, Version
from opposable.droit.publies import COLONNES, Modele, Publication
from opposable.droit.source import Document, Passage

if TYPE_CHECKING:
    from opposable.droit.typage import Typage

NOMENCLATURE: Final = "ccam/nomenclature.yaml"
MODELES: Final = "ccam/modeles.yaml"
_CLES_VERSION: Final = frozenset(
    {
        "version", "activite", "phase", "opposable", "autre", "prise_en_charge", "sous_conditions", "accord_prealable",
        "exoneration", "regroupement", "modificateurs", "gestes", "source",
    }
)  # fmt: skip


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
    cles = noeud.cles(requises | {"dates", "familles"}, "nomenclature", requises)
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
    familles = {nom: tuple(n.texte(nom) for n in debuts.liste(nom)) for nom, debuts in familles_par_chapitre(noeud)}
    return Publication(typage.vocabulaire, typage.debut, colonnes, connues, cites, ecrites, familles, magasin=magasin)


def familles_par_chapitre(noeud: Noeud) -> list[tuple[str, Noeud]]:
    """Les familles qu'un chapitre suffit à donner à un acte publié, et le début de ces chapitres."""
    cles = noeud.table()
    return list(cles["familles"].table("familles").items()) if "familles" in cles else []


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


def lire_versions(
    typage: Typage, code: str, cles: Mapping[str, Noeud]
) -> tuple[dict[int, ActePublie], list[Version], dict[int, Passage]]:
    """Ce que le corpus recopie de chaque version pour un acte : ses rangées, les versions, le passage qui le cite."""
    publication = typage.publication
    assert publication is not None  # noqa: S101 - l'appelant l'a vérifié
    rangees: dict[int, list[Rangee]] = {}
    passages: dict[int, Passage] = {}
    libelle = cles["libelle"].texte(code)
    for noeud in cles["versions"].liste(code, vide=False):
        champs = noeud.cles(_CLES_VERSION, code, frozenset({"version", "source"}))

        def texte(cle: str, sinon: str = "", champs: Mapping[str, Noeud] = champs) -> str:
            return champs[cle].texte(code) if cle in champs else sinon

        def textes(cle: str, champs: Mapping[str, Noeud] = champs) -> tuple[str, ...]:
            return tuple(n.texte(code) for n in champs[cle].liste(code)) if cle in champs else ()

        numero = texte("version")
        if not numero.isdigit() or int(numero) not in publication.ecrites:
            attendu = ", ".join(str(n) for n in publication.ecrites)
            raise champs["version"].defaut(f"version inconnue « {numero} »", regle=code, attendu=attendu)
        try:
            tarifs = [montant.centimes(texte(c)) if c in champs else None for c in COLONNES]
        except ValueError as erreur:
            raise noeud.defaut(f"« {erreur} » n'est pas un montant", regle=code, attendu="opposable: 14.26") from None
        rangees.setdefault(int(numero), []).append(
            Rangee(
                texte("activite", "1"), texte("phase", "0"), libelle, tarifs[0], tarifs[1],
                texte("prise_en_charge", "oui") == "oui", texte("sous_conditions") == "oui",
                texte("accord_prealable") == "oui", textes("exoneration"), texte("regroupement"),
                textes("modificateurs"), textes("gestes"),
            )
        )  # fmt: skip
        passages[int(numero)] = typage.sources(champs, noeud, code)[0]
    chapitre = cles["chapitre"].texte(code) if "chapitre" in cles else ""
    publies = {n: ActePublie(n, code, libelle, chapitre, (), tuple(r)) for n, r in rangees.items()}
    versions = dict(publication.ecrites)
    if publication.magasin is not None:
        versions |= {v.numero: v for v in publication.magasin.versions}
        publies |= publication.magasin.acte(code)
    return publies, list(versions.values()), passages
