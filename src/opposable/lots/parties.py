"""Une ligne résolue par parties, règle par règle, et le journal de ce que l'interprète lit pour répondre."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opposable.droit.acte import Regle
from opposable.droit.constat import Constat, constater
from opposable.droit.ensemble import Valeur
from opposable.facturation.facture import LigneFacture
from opposable.lots.questions import Feuille, Question, retenir

if TYPE_CHECKING:
    from opposable.lots.resolution_lignes import ResolutionLignes

CODE: Final = "acte.code"
Suppose = tuple[tuple[str, object], ...]
"""Les valeurs usuelles sur lesquelles une réponse repose : le fait et sa valeur."""


class Journal(dict[str, Valeur]):
    """Les faits d'une portée, et le journal de ceux que l'interprète y cherche."""

    __slots__ = ("_lus",)

    def __init__(self, faits: Mapping[str, Valeur], lus: dict[str, None]) -> None:
        super().__init__(faits)
        self._lus = lus

    def __contains__(self, nom: object) -> bool:
        if nom not in self._lus:
            self._lus[nom] = None  # type: ignore[index]  # un fait se cherche par son nom
        return dict.__contains__(self, nom)


class Parties:
    """Une ligne vue par parties, règle par règle : ce qu'une partie répond vaut pour toutes les clés qu'elle ne
    distingue pas, quoi que lisent les autres. Ainsi peu de règles sont évaluées, et beaucoup de lignes assemblées.
    """

    def __init__(self, resolution: ResolutionLignes, question: Question, code: str, canon: Sequence[int]) -> None:
        self._resolution, self._question, self._code, self._canon = resolution, question, code, canon
        self.rangs: dict[int, None] = {}
        """Les faits lus, par leur rang dans la question, dans l'ordre."""
        self.supposes: dict[tuple[str, object], None] = {}
        self.du_code = False
        """Vrai si une partie a lu le code de l'acte."""

    def regle(self, regle: Regle) -> Constat | None:
        """Ce que cette règle, en vigueur, constate de la ligne."""
        if regle.variantes:
            jours = sorted({jour for v in regle.variantes for jour in (v.du, v.au)})
            constat: Constat | None = self(id(regle), lambda ligne: constater(ligne, regle), jours)
            return constat
        # Deux règles de même condition constatent la même chose, chacune par son motif.
        constat = self((id(regle.condition), regle.sorte), lambda ligne: constater(ligne, regle))
        if constat is None or constat.regle == regle.id:
            return constat
        return replace(constat, motif=regle.motif, sources=regle.sources, precision=regle.precision, regle=regle.id)

    def __call__(self, nom: object, calcul: Callable[[LigneFacture], Any], jours: Sequence[int] = ()) -> Any:
        """Ce que ``calcul`` dit de la ligne ; il ne change qu'à ces jours, triés. Ce qui dépend de l'acte lit son code,
        ou le dit dans son ``nom``.
        """
        question, canon = self._question, self._canon
        periode = bisect_right(jours, canon[0]) if jours else 0
        feuille = question.partie(nom, periode, canon)
        if feuille is None:
            ligne = self._resolution.ligne(self._code, canon[0], question.faits(canon))
            valeur, du_code = calcul(ligne), CODE in self._resolution.lus
            feuille = Feuille((valeur, suppose(ligne), du_code), question.rangs(self._resolution.lus))
            parties = question.parties if du_code else question.trame.parties
            retenir(parties.setdefault(nom, {}), periode, canon, feuille)
        for rang in feuille.rangs:
            self.rangs[rang] = None
        reponse, supposes, du_code = feuille.reponse
        self.du_code |= du_code
        for supposee in supposes:
            self.supposes[supposee] = None
        return reponse


def suppose(ligne: LigneFacture) -> Suppose:
    """Les valeurs usuelles que la ligne a employées."""
    return (*ligne.supposes.items(), *ligne.facture.supposes.items())
