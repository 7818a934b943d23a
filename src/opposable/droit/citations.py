"""Qui cite quoi : chaque ligne, règle, variante, lien ou cas du corpus, et les passages qu'il cite.

Le registre s'en sert pour dire ce qui porte un énoncé ; les essais, pour l'altérer et voir ses cas échouer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from opposable.droit.fichiers import Sources
from opposable.droit.lecture import Noeud
from opposable.droit.publication import MODELES
from opposable.droit.surcouche import identifiant_de_ligne

_TABLES_D_ACTE: Final = {
    "tarifs": "",
    "bases": ".base",
    "taux": ".taux",
    "tiers_payant": ".tiers_payant",
    "participation_lourde": ".participation_lourde",
}
_LIENS: Final = ("s_ajoute_a", "incompatible_avec", "cumul_non_verifie")
Chemin = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """Un élément du corpus qui cite ses sources.

    ``endroit`` est l'acte, la table, la condition partagée ou le fait qui le porte ; ``id`` le nomme ; ``chemin`` mène
    du fichier à son nœud.
    """

    endroit: str
    id: str
    genre: str
    sources: tuple[str, ...]
    fichier: str
    chemin: Chemin
    ligne: int


def elements(fichiers: Sources) -> Iterator[Element]:
    """Tous les éléments qui citent une source, dans l'ordre du corpus."""
    for nom, racine in fichiers.fichiers.items():
        lire = _LECTEURS.get(nom.split("/")[0])
        if lire is not None:
            yield from lire(nom, racine)
    for nom, sections in fichiers.dispositifs.items():
        yield from _dispositif(nom, sections)


def _dispositif(nom: str, sections: Mapping[str, Noeud]) -> Iterator[Element]:
    """Les tables et les règles d'un dispositif."""
    fichier, endroit = f"dispositifs/{nom}.yaml", f"mecanisme:{nom}"
    for table, noeud in (sections["tables"].table() if "tables" in sections else {}).items():
        yield from _lignes(fichier, endroit, table, ("tables", table, "lignes"), noeud.table()["lignes"])
    cles = sections["dispositif"].table()
    if "conditions" in cles:
        yield from _regles(fichier, endroit, nom, ("dispositif", "conditions"), cles["conditions"])


def _actes(fichier: str, racine: Noeud) -> Iterator[Element]:
    for code, acte in racine.table().items():
        yield from _acte(fichier, code, acte)


def _ccam(fichier: str, racine: Noeud) -> Iterator[Element]:
    """Les modèles des actes publiés ; les autres fichiers de la CCAM ne portent pas de règle."""
    if fichier == MODELES:
        yield from _actes(fichier, racine)


def _tables(fichier: str, racine: Noeud) -> Iterator[Element]:
    for table, noeud in racine.table().items():
        if "lignes" in noeud.table():
            yield from _lignes(fichier, f"tables:{table}", table, (table, "lignes"), noeud.table()["lignes"])


def _faits(fichier: str, racine: Noeud) -> Iterator[Element]:
    for fait, noeud in racine.table().items():
        yield from _fait(fichier, fait, noeud)


def _partagees(fichier: str, racine: Noeud) -> Iterator[Element]:
    prefixe = "conditions" if fichier == "conditions.yaml" else "regles"
    for cle, noeud in racine.table().items():
        yield from _regles(fichier, f"{prefixe}:{cle}", cle, (cle,), noeud)


def _reports(fichier: str, racine: Noeud) -> Iterator[Element]:
    for cle, noeud in racine.table().items():
        yield Element(f"reports:{cle}", cle, "report", _sources(noeud), fichier, (cle,), noeud.ligne)


def _contradictions(fichier: str, racine: Noeud) -> Iterator[Element]:
    for rang, noeud in enumerate(racine.liste()):
        if _sources(noeud):
            ident = f"contradictions#{rang + 1}"
            yield Element("contradictions", ident, "regle", _sources(noeud), fichier, (rang,), noeud.ligne)


def _sources(noeud: Noeud, *cles: str) -> tuple[str, ...]:
    table = noeud.valeur if isinstance(noeud.valeur, dict) else {}
    return tuple(n.texte() for cle in (cles or ("source",)) if cle in table for n in table[cle].liste())


def _acte(fichier: str, code: str, acte: Noeud) -> Iterator[Element]:
    cles = acte.table()
    for cle, suffixe in _TABLES_D_ACTE.items():
        if cle in cles:
            yield from _lignes(fichier, code, code + suffixe, (code, cle), cles[cle])
    if "conditions" in cles:
        yield from _regles(fichier, code, code, (code, "conditions"), cles["conditions"])
    for cle in _LIENS:
        if cle in cles and isinstance(cles[cle].valeur, list):
            for rang, lien in enumerate(cles[cle].liste()):
                if _sources(lien):
                    cible = next(n.texte() for c, n in lien.table().items() if c in {"code", "famille", "cible"})
                    yield Element(
                        code, f"{code}.{cle}.{cible}", "lien", _sources(lien), fichier, (code, cle, rang), lien.ligne
                    )
    if "frequence" in cles:
        frequence = cles["frequence"]
        liste = isinstance(frequence.valeur, list)
        for rang, noeud in enumerate(frequence.liste() if liste else [frequence]):
            chemin: Chemin = (code, "frequence", rang) if liste else (code, "frequence")
            yield Element(
                code, f"{code}.frequence#{rang + 1}", "frequence", _sources(noeud), fichier, chemin, noeud.ligne
            )


def _lignes(fichier: str, endroit: str, prefixe: str, chemin: Chemin, noeud: Noeud) -> Iterator[Element]:
    liste = isinstance(noeud.valeur, list)
    for rang, ligne in enumerate(noeud.liste() if liste else [noeud]):
        ici = (*chemin, rang) if liste else chemin
        ident = identifiant_de_ligne(prefixe, ligne)
        yield Element(endroit, ident, "ligne", _sources(ligne, "source", "source_drom"), fichier, ici, ligne.ligne)
        drom = ligne.table().get("drom")
        if drom is not None and isinstance(drom.valeur, list):
            for place, territoires in enumerate(drom.liste()):
                yield Element(
                    endroit, f"{ident}.drom#{place + 1}", "ligne", _sources(territoires), fichier,
                    (*ici, "drom", place), territoires.ligne,
                )  # fmt: skip


def _regles(fichier: str, endroit: str, prefixe: str, chemin: Chemin, noeud: Noeud) -> Iterator[Element]:
    for rang, regle in enumerate(noeud.liste()):
        if isinstance(regle.valeur, str):
            continue
        ident, ici = f"{prefixe}#{rang + 1}", (*chemin, rang)
        if _sources(regle):
            yield Element(endroit, ident, "regle", _sources(regle), fichier, ici, regle.ligne)
        variantes = regle.table().get("exige_une_de")
        for place, variante in enumerate(variantes.liste() if variantes is not None else ()):
            yield Element(
                endroit, f"{ident}.{place + 1}", "variante", _sources(variante), fichier,
                (*ici, "exige_une_de", place), variante.ligne,
            )  # fmt: skip


def _fait(fichier: str, fait: str, noeud: Noeud) -> Iterator[Element]:
    if _sources(noeud):
        yield Element(f"faits:{fait}", fait, "fait", _sources(noeud), fichier, (fait,), noeud.ligne)
    for cle in ("derive", "si_absent"):
        cas = noeud.table().get(cle)
        if cas is not None and isinstance(cas.valeur, list):
            for rang, un in enumerate(cas.liste()):
                if _sources(un):
                    yield Element(
                        f"faits:{fait}", f"{fait}#{rang + 1}", "cas", _sources(un), fichier, (fait, cle, rang), un.ligne
                    )


_LECTEURS: Final[dict[str, Callable[[str, Noeud], Iterator[Element]]]] = {
    "actes": _actes,
    "ccam": _ccam,
    "tables": _tables,
    "faits": _faits,
    "conditions.yaml": _partagees,
    "regles_generales.yaml": _partagees,
    "reports.yaml": _reports,
    "contradictions.yaml": _contradictions,
}


def par_passage(elements_: Iterable[Element], deduits: Mapping[str, tuple[str, ...]]) -> dict[str, list[Element]]:
    """Les éléments qui citent chaque passage, directement ou par une valeur déduite (``deduits`` dit de quoi)."""
    resultat: dict[str, list[Element]] = {}
    for element in elements_:
        cites: dict[str, None] = {}
        pile = list(reversed(element.sources))
        while pile:
            passage = pile.pop()
            if passage not in cites:
                cites[passage] = None
                pile.extend(deduits.get(passage, ()))
        for passage in cites:
            resultat.setdefault(passage, []).append(element)
    return resultat


def deductions(fichiers: Sources) -> dict[str, tuple[str, ...]]:
    """Pour chaque passage déduit, ceux dont il vient."""
    propres = (cles["passages"] for cles in fichiers.dispositifs.values() if "passages" in cles)
    return {
        ident: tuple(n.texte() for n in noeud.table()["de"].liste())
        for racine in (*fichiers.dossier("passages"), *propres)
        for ident, noeud in racine.table().items()
        if "de" in noeud.table()
    }
