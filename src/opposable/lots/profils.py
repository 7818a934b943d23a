"""Les actes de mêmes règles : ce que les conditions de l'un constatent vaut pour les autres, aux sources près."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from opposable.droit.constat import Constat
from opposable.droit.corpus import Corpus
from opposable.lots.compteurs import Compteurs, Suivi
from opposable.lots.questions import Question


class Constatee(NamedTuple):
    """Ce que les conditions d'un acte constatent d'une ligne, avant d'être redit pour un autre."""

    constats: tuple[Constat, ...]
    nature: str | None
    suivis: tuple[Suivi, ...]
    supposes: tuple[tuple[str, object], ...]


class Profils:
    """Les réponses partagées par les actes dont les règles ont les mêmes conditions, motifs et dates."""

    def __init__(self, corpus: Corpus, compteurs: Compteurs) -> None:
        self._corpus, self._compteurs = corpus, compteurs
        self._communes: dict[object, tuple[str, Question]] = {}
        self._des_codes: dict[tuple[str, int], tuple[str, Question]] = {}
        self._rangs: dict[str, dict[str, int]] = {}

    def _commune(self, code: str, question: Question) -> tuple[str, Question]:
        """L'acte qui a répondu le premier pour tous ceux de ce profil, et ce qui lui a été demandé."""
        place = (code, id(question.trame))
        trouvee = self._des_codes.get(place)
        if trouvee is None:
            acte = self._corpus.actes[code]
            regles = tuple((id(r.condition), id(r) if r.variantes else 0, r.sorte, r.motif, r.du, r.au)
                           for r in acte.regles)  # fmt: skip
            cle = (id(question.trame), regles, acte.dispenses, acte.supplement, acte.technique)
            trouvee = self._des_codes[place] = self._communes.setdefault(cle, (code, question))
        return trouvee

    def chercher(self, code: str, question: Question, canon: Sequence[int]) -> tuple[Constatee, tuple[int, ...]] | None:
        """Ce qu'un acte de même profil a constaté d'une telle ligne, redit pour cet acte ; et les rangs lus."""
        modele, commune = self._commune(code, question)
        feuille = None if modele == code else commune.trouver(canon)
        if feuille is None or feuille.du_code:
            return None
        droits, supposes = feuille.reponse
        suivis = tuple(
            s._replace(etiquette=code) if self._compteurs.tous[s.compteur].de_tous else s for s in droits.suivis
        )
        constats = tuple(self._redire(modele, code, constat) for constat in droits.constats)
        return Constatee(constats, droits.nature, suivis, supposes), feuille.rangs

    def _redire(self, modele: str, code: str, constat: Constat) -> Constat:
        """Un constat, par la règle de même rang de cet acte-ci."""
        rangs = self._rangs.get(modele)
        if rangs is None:
            rangs = self._rangs[modele] = {r.id: rang for rang, r in enumerate(self._corpus.actes[modele].regles)}
        if constat.regle not in rangs:
            return constat
        regle = self._corpus.actes[code].regles[rangs[constat.regle]]
        if regle.id == constat.regle or regle.variantes:
            return constat
        return replace(constat, sources=regle.sources, precision=regle.precision, regle=regle.id)
