"""Les classes que le corpus découpe dans les valeurs d'un fait : deux valeurs que rien ne sépare n'en font qu'une.

Les questions essaient un représentant par classe ; le contrôle d'un lot résout une fois chaque signature de classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from opposable.droit.acte import Regle
from opposable.droit.condition import Condition, Et, Non, Ou, Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble, Plages
from opposable.droit.fait import Fait
from opposable.droit.frequence import Frequence
from opposable.droit.table import Table

SITUATION = "contexte.situation"


@dataclass(frozen=True, slots=True)
class Decoupage:
    """Les ensembles que les règles et les tables testent, par fait, pour des actes donnés."""

    ensembles: dict[str, list[Ensemble]]

    def mots(self, fait: str) -> frozenset[str]:
        """Un représentant de chaque classe des valeurs citées d'un fait à choix."""
        cites = [e.valeurs for e in self.ensembles.get(fait, []) if isinstance(e, Choix)]
        par_signature: dict[tuple[bool, ...], str] = {}
        for valeur in sorted(frozenset[str]().union(*cites)):
            par_signature.setdefault(tuple(valeur in e for e in cites), valeur)
        return frozenset(par_signature.values())

    def coupes(self, fait: str) -> set[int]:
        """Les nombres où une classe d'un fait numérique commence."""
        return coupes(self.ensembles.get(fait, []))


def coupes(ensembles: Iterable[Ensemble]) -> set[int]:
    """Les nombres où un de ces ensembles commence ou finit."""
    plages = [p for e in ensembles if isinstance(e, Plages) for p in e.plages]
    return {borne for plage in plages for borne in plage if borne not in (PLUS_INFINI, MOINS_INFINI)}


def decouper(corpus: Corpus, codes: tuple[str, ...]) -> Decoupage:
    """Le découpage pour une facture de ces actes ; retenu avec le corpus."""
    cle = ("decoupage", codes)
    trouve = corpus.memo.get(cle)
    if not isinstance(trouve, Decoupage):
        ensembles: dict[str, list[Ensemble]] = {}
        for test in (*tests_du_corpus(corpus, codes), *_lus_par_formules(corpus, corpus.vocabulaire.faits.values())):
            ensembles.setdefault(test.fait, []).append(test.ensemble)
        trouve = corpus.memo[cle] = Decoupage(ensembles)
    return trouve


def _lus_par_formules(corpus: Corpus, calcules: Iterable[Fait]) -> Iterator[Test]:
    """Un choix dit qu'une formule lit compte par chacune de ses valeurs."""
    faits = corpus.vocabulaire.faits
    lus = {nom for fait in calcules if fait.formule for nom in fait.lit}
    for nom in sorted(lus):
        domaine = faits[nom].domaine
        if faits[nom].type in {"choix", "oui_non"} and not faits[nom].calcule and isinstance(domaine, Choix):
            yield from (Test(nom, Choix(frozenset({valeur}))) for valeur in sorted(domaine.valeurs))


def tests_du_corpus(corpus: Corpus, codes: tuple[str, ...]) -> Iterator[Test]:
    """Tous les tests qu'une facture de ces actes peut lire : faits calculés ou déduits, règles, tables."""
    for fait in corpus.vocabulaire.faits.values():
        yield from tests_du_fait(fait)
    yield from tests_des_textes(corpus, codes, ())


def tests_du_fait(fait: Fait) -> Iterator[Test]:
    """Les tests dont un fait se calcule ou se déduit."""
    for cas in (*fait.derive, *fait.deductions):
        if cas.si is not None:
            yield from tests_de(cas.si)


def tests_atteints(corpus: Corpus, tests: Iterable[Test]) -> Iterator[Test]:
    """Ces tests, et ceux dont se calculent ou se déduisent les faits qu'ils lisent, de proche en proche."""
    vocabulaire = corpus.vocabulaire
    pile = list(tests)
    vus: set[str] = set()
    while pile:
        test = pile.pop()
        yield test
        noms = [test.fait, vocabulaire.membres.get(test.fait, ("",))[0]]
        while noms:
            fait = vocabulaire.faits.get(noms.pop())
            if fait is not None and fait.nom not in vus:
                vus.add(fait.nom)
                pile += [*tests_du_fait(fait), *_lus_par_formules(corpus, [fait])]
                noms += fait.lit


def tests_des_textes(corpus: Corpus, codes: tuple[str, ...], sauf: Collection[str]) -> Iterator[Test]:
    """Les tests des règles et des tables qu'une facture de ces actes peut lire. ``sauf`` : les tables communes qu'aucun
    de ces actes ne lit.
    """
    actes = [corpus.actes[code] for code in codes]
    regles: list[Regle] = [*(r for acte in actes for r in acte.regles), *corpus.toutes_lignes, *corpus.depassements]
    conditions = {id(regle.condition): regle.condition for regle in regles}  # des actes publiés partagent les leurs
    for condition in conditions.values():
        yield from tests_de(condition)
    for acte in actes:
        for frequence in acte.frequences:
            yield Test(corpus.vocabulaire.comptes[frequence.sur], frequence.seuil())
            yield from tests_de_frequence(frequence, corpus.vocabulaire.faits[SITUATION].valeurs)
    tables: list[Table | None] = [t for a in actes for t in a.tables]
    communes = (t for t in corpus.tables.communs() if t.nom not in sauf)
    lignes = (ligne for t in (*tables, *communes) if t is not None for ligne in t.lignes)
    for cellule in {id(ligne.cellule): ligne.cellule for ligne in lignes}.values():
        for nom, ensemble in cellule:
            yield Test(nom, ensemble)


def tests_de_frequence(frequence: Frequence, situations: Iterable[str]) -> Iterator[Test]:
    """Les tests dont dépend qu'une limite vaille, et sur quoi elle compte : chacune de ces situations à part."""
    if frequence.quand is not None:
        yield from tests_de(frequence.quand)
    for plage in frequence.tranches.plages if frequence.tranches is not None else ():
        yield Test("patient.age_mois", Plages((plage,)))
    if frequence.meme_situation:
        yield from (Test(SITUATION, Choix(frozenset({mot}))) for mot in situations)


def tests_de(condition: Condition) -> Iterator[Test]:
    """Les tests d'une condition."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Non):
        yield from tests_de(condition.terme)
    elif isinstance(condition, (Et, Ou)):
        for terme in condition.termes:
            yield from tests_de(terme)
