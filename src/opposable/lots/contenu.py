"""Ce qu'un lot porte, lu avant de le coder : ses codes, les modificateurs de chacun, les listes qu'il écrit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from opposable.droit.classes import tests_du_corpus
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix
from opposable.droit.publies import MODIFICATEURS
from opposable.lots import sql
from opposable.lots.encodage import Codage
from opposable.lots.mappage import Colonne, Mappage
from opposable.lots.moteurs import Moteur
from opposable.lots.partages import Partages
from opposable.lots.sql import Expr, col

_LISTES_AU_PLUS: Final = 10_001


def _brut(colonne: Colonne, nom: str) -> Expr:
    return sql.nomme(sql.cast(col(colonne.colonne, "l"), "VARCHAR"), nom)


def codes_presents(moteur: Moteur, mappage: Mappage) -> frozenset[str]:
    """Les codes que le lot porte, recodés par le mappage."""
    colonne = mappage.faits["acte.code"]
    requete = sql.choisir(sql.depuis("lot", "l"), [_brut(colonne, "brut")]).distinct(copy=False)
    return frozenset(colonne.valeurs.get(texte, texte) for (texte,) in moteur.lire(requete) if texte is not None)


def couverts(corpus: Corpus, presents: frozenset[str]) -> list[str]:
    """Ceux de ces codes qui sont dans le corpus ou dans une nomenclature importée."""
    connus = sorted(code for code in presents if code in corpus.actes)
    return connus or [next(iter(corpus.actes))]


def partages(corpus: Corpus, codes: Iterable[str]) -> Partages:
    """Ceux de ces actes que seuls leurs tarifs distinguent, sauf ceux qu'une limite ou une condition nomme."""
    formes = corpus.actes.formes(codes)
    autres = [corpus.actes[code] for code in codes if code not in formes]
    nommes = {code for acte in autres for frequence in acte.frequences for code in frequence.compte}
    for test in tests_du_corpus(corpus, tuple(acte.code for acte in autres)):
        if test.fait == "acte.code" and isinstance(test.ensemble, Choix):
            nommes |= test.ensemble.valeurs
    return Partages(corpus, {code: forme for code, forme in formes.items() if code not in nommes})


def modificateurs_employes(moteur: Moteur, mappage: Mappage) -> Mapping[str, frozenset[str]]:
    """Les modificateurs que le lot porte, code par code."""
    codes, colonne = mappage.faits["acte.code"], mappage.faits.get(MODIFICATEURS)
    if colonne is None:
        return {}
    bruts = [_brut(codes, "code"), _brut(colonne, "brut")]
    employes: dict[str, set[str]] = {}
    for code, texte in moteur.lire(sql.choisir(sql.depuis("lot", "l"), bruts).distinct(copy=False)):
        if code is not None and texte is not None:
            employes.setdefault(codes.valeurs.get(code, code), set()).update(_mots(colonne, str(texte)))
    return {code: frozenset(mots).intersection(colonne.fait.valeurs) for code, mots in employes.items()}


def listes_dites(moteur: Moteur, mappage: Mappage, codage: Codage) -> dict[str, dict[str, int]]:
    """Les valeurs écrites des faits à liste, lues dans le lot, et la classe de celles qui se comprennent."""
    resultat: dict[str, dict[str, int]] = {}
    for nom, colonne in mappage.faits.items():
        code = codage.faits.get(nom)
        if colonne.fait.type != "liste" or code is None:
            continue
        requete = sql.choisir(sql.depuis("lot", "l"), [_brut(colonne, "brut")]).distinct(copy=False)
        dites: dict[str, int] = {}
        for (texte,) in moteur.lire(requete.limit(_LISTES_AU_PLUS, copy=False)):
            mots = None if texte is None else set(_mots(colonne, str(texte)))
            if mots is not None and mots.issubset(colonne.fait.valeurs):
                dites[str(texte)] = 1 | sum(code.membres.get(m, 0) for m in mots)
        resultat[nom] = dites
    return resultat


def _mots(colonne: Colonne, texte: str) -> Iterator[str]:
    """Les valeurs d'une liste écrite, recodées."""
    for mot in texte.strip("[]").split(colonne.separateur):
        if mot.strip() and mot.strip() not in {"aucune", "aucun"}:
            yield colonne.valeurs.get(mot.strip(), mot.strip())
