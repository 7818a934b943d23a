"""Ce qu'un dispositif lit d'un fait, et les classes que cela y découpe.

Rien n'est écrit deux fois : les seuils viennent des cellules et des conditions du corpus, et ce qu'un fait calculé vaut
(des années révolues, des mois sans consultation) est demandé à l'interprète scalaire, valeur par valeur.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from opposable.droit.calcul import Calcul, Element
from opposable.droit.calculer import lire_cas, ouvrir
from opposable.droit.classes import coupes, tests_de, tests_du_fait
from opposable.droit.condition import Test
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.ensemble import Ensemble, Intervalle, Valeur
from opposable.droit.erreurs import ErreurEntree

Observation = tuple[object, ...]
"""Ce que le dispositif distingue d'une valeur ; deux valeurs de même observation sont d'une même classe."""

REFUSEE: Final = "refusée"
"""Ce qu'on observe d'une valeur que l'interprète refuse."""


class Lectures:
    """Les lectures d'un dispositif, autour d'un cas commun (``brut`` : ce qui vaut pour tout le lot)."""

    def __init__(self, corpus: Corpus, dispositif: Dispositif, brut: Mapping[str, Any], *, strict: bool) -> None:
        self.corpus, self.dispositif, self.brut, self.strict = corpus, dispositif, brut, strict
        self.faits = dispositif.vocabulaire.faits

    # --- Ce que le corpus découpe ----------------------------------------------------------------------------
    @cached_property
    def ensembles(self) -> Mapping[str, list[Ensemble]]:
        """Les ensembles que les tables, les conditions et les faits calculés du dispositif testent, par fait."""
        trouves: dict[str, list[Ensemble]] = {}
        for test in self._tests():
            trouves.setdefault(test.fait, []).append(test.ensemble)
        return trouves

    def _tests(self) -> Iterator[Test]:
        for nom in self.dispositif.tables:
            for ligne in self.corpus.tables[nom].lignes:
                yield from (Test(fait, ensemble) for fait, ensemble in ligne.cellule)
        for regle in self.dispositif.conditions:
            for condition in (regle.condition, *(v.condition for v in regle.variantes)):
                yield from tests_de(condition)
        for contradiction in self.corpus.contradictions:
            yield from tests_de(contradiction.si)
        for nom in (*self.dispositif.propres, *self.dispositif.entrees):
            yield from tests_du_fait(self.faits[nom])

    def coupes(self, fait: str) -> list[int]:
        """Les nombres où une classe d'un fait testé commence, et les bornes de son domaine, triés."""
        testees = coupes(self.ensembles.get(fait, ()))
        return sorted(testees | coupes([self.faits[fait].domaine])) if testees else []

    def lecteurs(self, fait: str) -> list[str]:
        """Les faits calculés par une fonction qui lit ce fait, et que quelque chose teste par des nombres."""
        calcules = (self.faits[nom] for nom in sorted(self.dispositif.propres))
        return [f.nom for f in calcules if f.formule and fait in f.lit and self.coupes(f.nom)]

    def rang(self, fait: str, valeur: Valeur) -> object:
        """La place d'une valeur parmi les classes d'un fait ; les deux bouts d'un intervalle."""
        return rang_parmi(self.coupes(fait), valeur)

    # --- Ce que l'interprète scalaire en dit -----------------------------------------------------------------
    def ouvrir(self, brut: Mapping[str, Any]) -> Calcul:
        """Le calcul d'un cas écrit, où rien n'est encore demandé. :class:`ErreurEntree` s'il ne convient pas."""
        cas = lire_cas(self.corpus, self.dispositif, brut)
        cas.jour = max(cas.jour, self.dispositif.periode.du)
        return ouvrir(self.corpus, self.dispositif, cas, strict=self.strict)

    def avec(self, dits: Mapping[str, Any], patients: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Le cas commun, ces faits dits en plus ; ``patients``, s'il les lit."""
        cas: dict[str, Any] = {**self.brut}
        for nom, valeur in dits.items():
            if valeur is None:
                continue
            bloc, _, cle = nom.rpartition(".")
            if bloc:
                cas[bloc] = {**(cas.get(bloc) or {}), cle: valeur}
            else:
                cas[cle] = valeur
        return cas if patients is None else {**cas, "patients": patients}

    def observer(self, fait: str, valeur: object) -> Observation:
        """Ce que le dispositif distingue de cette valeur écrite d'un fait, les autres étant inconnus."""
        de_patient = fait.startswith("patients.")
        try:
            if de_patient:
                k = self.ouvrir(self.avec({}, [{fait.removeprefix("patients."): valeur}]))
            else:
                k = self.ouvrir(self.avec({fait: valeur}))
            portee: Calcul | Element = k.liste("patients")[0] if de_patient else k
            return tuple(self.rang(nom, portee.fait(nom)) for nom in (fait, *self.lecteurs(fait)))
        except ErreurEntree as erreur:
            return (REFUSEE, erreur.code)


def rang_parmi(seuils: Sequence[int], valeur: Valeur) -> object:
    """La place d'une valeur entre ces seuils ; les deux places d'un intervalle, un mot ou l'inconnu tels quels."""
    if isinstance(valeur, Intervalle):
        bas, haut = bisect_right(seuils, valeur.bas), bisect_right(seuils, valeur.haut - 1)
        return bas if bas == haut else (bas, haut)
    return bisect_right(seuils, valeur) if isinstance(valeur, int) else valeur


def segments(bas: int, haut: int, observer: Callable[[int], Observation]) -> list[int]:
    """Les débuts des classes de ``[bas, haut]`` : là où ce que l'on observe change.

    Ce qu'on observe d'un nombre croît ou décroît avec lui (un âge, un délai), puis éventuellement se refuse : deux
    bouts pareils encadrent donc des valeurs toutes pareilles.
    """
    debuts = [bas]
    pile = [(bas, observer(bas), haut, observer(haut))]
    while pile:
        a, vu_a, b, vu_b = pile.pop()
        if vu_a == vu_b:
            continue
        if b == a + 1:
            debuts.append(b)
            continue
        milieu = (a + b) // 2
        vu = observer(milieu)
        pile += [(milieu, vu, b, vu_b), (a, vu_a, milieu, vu)]
    return sorted(debuts)
