"""Proposer : d'une situation, les actes et suppléments permis, ceux qui sont exclus, et la prochaine question.

Sans état : répondre, c'est ajouter le fait, ou l'acte, à ``facture`` et redemander. L'acte se choisit d'abord, puis les
suppléments qui peuvent le suivre ; chaque question est celle qui départage le plus de lignes. Les montants n'y
servent qu'à départager deux questions qui en départagent autant ; aucun n'est montré avant la fin.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit.constat import REFUSE
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import LigneCas, lire_facture
from opposable.facturation.questions import chercher
from opposable.facturation.reponse import assembler, chemin
from opposable.facturation.situation import NAISSANCE, Cle, Situation, Verdict, nouvelle
from opposable.facturation.strates import evaluer
from opposable.facturation.total import totaliser

PEU: Final = 12
"""Jusqu'à ce nombre d'actes possibles, leur liste se lit : on demande lequel a été réalisé."""
QUEL_ACTE: Final = "Quel acte avez-vous réalisé ?"
QUELLE_SITUATION: Final = "Laquelle de ces situations décrit l'acte réalisé ?"
_CHEMIN: Final = re.compile(r"actes\[(\d+)\]\.(\w+)")


@dataclass(frozen=True, slots=True)
class Demande:
    """La prochaine question : un fait (``cle``), ou un acte parmi d'autres (``parmi``) ; ``tranche`` : ce qu'elle
    départage, dans l'ordre du corpus.
    """

    chemin: str
    tranche: tuple[str, ...]
    cle: Cle | None = None
    parmi: tuple[Verdict, ...] = ()
    question: str = ""


@dataclass(slots=True)
class Proposition:
    """Où en est une situation : l'entrée de ``coter`` construite, les verdicts, la question, ou la facture cotée."""

    situation: Situation
    facture: dict[str, Any]
    verdicts: list[Verdict]
    demande: Demande | None = None
    cotation: dict[str, Any] | None = None

    @property
    def statut(self) -> str:
        """complete, a_preciser ou sans_acte."""
        return "complete" if self.cotation else "a_preciser" if self.demande else "sans_acte"


class _Impose(Exception):
    """Un fait n'a plus qu'une valeur possible : elle est retenue, l'étude recommence."""


def etudier(corpus: Corpus, brut: object, *, strict: bool = False) -> Proposition:
    """Ce que la situation permet, et la prochaine question. :class:`ErreurEntree` si l'entrée ne convient pas."""
    cas = lire_facture(corpus, brut, acte_exige=False)
    for rang, ligne in enumerate(cas.lignes):
        if cas.signe < 0 or "acte.honoraires" in ligne.faits:
            raise ErreurEntree(
                "ENTREE_NON_PROPOSABLE",
                "une annulation ne se propose pas"
                if cas.signe < 0
                else "une proposition se fait au tarif, sans honoraires",
                ou=f"actes[{rang}]" + ("" if cas.signe < 0 else ".honoraires"),
                attendu="un code, sans honoraires ; « opposable coter » vérifie une facture déjà chiffrée",
                exemple=f'"actes": [{{"code": "{ligne.code}"}}]',
            )
    situation = Situation(corpus, cas, strict=strict)
    propre = dict(brut) if isinstance(brut, Mapping) else {}
    while True:
        try:
            return _Etude(situation, propre).mener()
        except _Impose:
            continue


def repondre(facture: Mapping[str, Any], fait: str, valeur: object) -> dict[str, Any]:
    """L'entrée suivante : la facture d'une proposition, et ce fait dit. ``fait`` est le chemin donné par la question."""
    suite: dict[str, Any] = copy.deepcopy(dict(facture))
    acte = _CHEMIN.fullmatch(fait)
    if acte is not None:
        actes = suite.setdefault("actes", [])
        if int(acte[1]) == len(actes):
            actes.append({})
        actes[int(acte[1])][acte[2]] = valeur
        return suite
    bloc, _, nom = fait.rpartition(".")
    if bloc and not isinstance(suite.get(bloc), dict):
        suite[bloc] = {}
    (suite[bloc] if bloc else suite)[nom] = valeur
    return suite


class _Etude:
    """L'étude d'une situation ; elle s'arrête à la première question."""

    def __init__(self, situation: Situation, brut: Mapping[str, Any]) -> None:
        self.situation = situation
        self.corpus = situation.corpus
        self.brut = brut
        self.lignes: list[LigneCas] = list(situation.cas.lignes)
        self.actes: list[dict[str, Any]] = [dict(a) for a in brut.get("actes") or ()]
        self.ecartes: list[Verdict] = []

    def mener(self) -> Proposition:
        """La question sur l'acte, puis ses faits, puis ses suppléments ; enfin la facture entière."""
        poses = self._poses()
        if not self._a_un_acte():
            actes = self.situation.actes()
            demande = self._quel_acte(actes)
            if demande is not None or not self._a_un_acte():
                return self._rendre(actes, demande)
            poses = self._poses()
        demande = self._demander(poses)
        if demande is not None:
            return self._rendre(poses, demande)
        supplements = self._supplements()
        demande = self._demander(supplements)
        if demande is None:
            certains = [v for v in supplements if v.etat == "permis"]
            demande = self._concilier(supplements, certains) or self._preciser(supplements, certains)
        if demande is not None:
            return self._rendre([*self._poses(), *supplements], demande)
        return self._terminer(poses, supplements)

    def _a_un_acte(self) -> bool:
        return not all(self.corpus.actes[ligne.code].supplement for ligne in self.lignes)

    def _ajouter(self, code: str) -> None:
        self.lignes.append(nouvelle(code))
        self.actes.append({"code": code})

    def _poses(self) -> list[Verdict]:
        """Les verdicts des lignes dites ; une ligne refusée est écartée, un acte avant ses suppléments."""
        while self._a_un_acte():
            verdicts = [self.situation.juger(self.lignes, rang) for rang in range(len(self.lignes))]
            refuses = [v for v in verdicts if v.etat == "exclu"]
            if not refuses:
                return verdicts
            ecarte = max(refuses, key=lambda v: (not v.acte.supplement, v.rang))
            self.ecartes.append(ecarte)
            del self.lignes[ecarte.rang], self.actes[ecarte.rang]
        return []

    def _quel_acte(self, actes: Sequence[Verdict]) -> Demande | None:
        """La question qui mène à l'acte ; un acte seul certain est pris sans question."""
        permis, indecis, douteux = (
            [v for v in actes if v.etat == etat] for etat in ("permis", "indecis", "a_verifier")
        )
        if len(permis) == 1 and not indecis:
            self._ajouter(permis[0].acte.code)
            return None
        possibles = [v for v in actes if v.etat != "exclu"]
        if len(possibles) > PEU or len(permis) + len(indecis) == 1:
            demande = self._demander(indecis)
            if demande is not None:
                return demande
        if len(permis) + len(indecis) + len(douteux) < 2:
            return None
        codes = tuple(v.acte.code for v in possibles)
        return Demande(f"actes[{len(self.actes)}].code", codes, None, tuple(possibles), QUEL_ACTE)

    def _demander(self, verdicts: Iterable[Verdict]) -> Demande | None:
        """Le fait inconnu qui départage le plus de ces lignes, vérifié : deux de ses valeurs changent la réponse."""
        concernes: dict[Cle, list[Verdict]] = {}
        for v in verdicts:
            for cle in v.manque:
                if cle[0] < len(self.lignes):
                    concernes.setdefault(cle, []).append(v)
        ordre = sorted(concernes, key=lambda cle: (-len(concernes[cle]), -_ecart(concernes[cle])))
        for cle in ordre:
            if self.situation.imposer(cle, concernes[cle][0]):
                raise _Impose
            if self.situation.departage(cle, concernes[cle]):
                return self._sur(cle, concernes[cle])
        return None

    def _sur(self, cle: Cle, verdicts: Sequence[Verdict]) -> Demande:
        rang, nom = cle
        faits = self.situation.cas.faits
        if nom == NAISSANCE and faits.get("patient.age") is None:
            nom = "patient.age"
        return Demande(chemin(rang, nom), tuple(dict.fromkeys(v.acte.code for v in verdicts)), (rang, nom), tuple(verdicts))

    def _supplements(self) -> list[Verdict]:
        """Les suppléments qui peuvent suivre les lignes posées, puis ceux qui suivent un supplément certain."""
        premiers = list(self.situation.supplements(self.lignes))
        certains = [nouvelle(v.acte.code) for v in premiers if v.etat == "permis"]
        vus = {v.acte.code for v in premiers}
        if not certains:
            return premiers
        seconds = self.situation.supplements([*self.lignes, *certains], sauf=vus)
        return [*premiers, *seconds]

    def _concilier(self, supplements: list[Verdict], certains: list[Verdict]) -> Demande | None:
        """Des suppléments certains qui s'excluent : lequel a eu lieu ; celui que le texte fait céder est écarté."""
        while certains:
            lignes = [*self.lignes, *(nouvelle(v.acte.code) for v in certains)]
            ensemble = self.situation.essai(lignes)
            tombes = [rang for rang in range(len(self.lignes), len(lignes)) if ensemble.lignes[rang].survit is False]
            if not tombes:
                return None
            refus = {
                ensemble.lignes[rang].acte.code: {
                    c.autre for c in ensemble.lignes[rang].constats if c.etat == REFUSE
                }
                for rang in tombes
            }
            seuls = [code for code, autres in refus.items() if not any(code in refus.get(a, ()) for a in autres)]
            if not seuls:
                premier = next(iter(refus))
                groupe = {premier}
                while len(suite := groupe | {c for c in refus if refus[c] & groupe}) > len(groupe):
                    groupe = suite
                parmi = tuple(v for v in certains if v.acte.code in groupe)
                codes = tuple(v.acte.code for v in parmi)
                return Demande(f"actes[{len(self.actes)}].code", codes, None, parmi, QUELLE_SITUATION)
            cede = next(v for v in certains if v.acte.code == seuls[0])
            rang = len(self.lignes) + certains.index(cede)
            certains.remove(cede)
            supplements[supplements.index(cede)] = Verdict(tuple(lignes), rang, ensemble, "exclu", ())
        return None

    def _preciser(self, supplements: list[Verdict], certains: Sequence[Verdict]) -> Demande | None:
        """Les suppléments qui ne dépendent plus que d'un fait de leur propre ligne y sont posés, pour le demander."""
        for v in supplements:
            if v.etat == "indecis" and all(rang == v.rang for rang, _ in v.manque):
                cle = v.manque[0]
                if self.situation.departage(cle, [v]):
                    for certain in certains:
                        self._ajouter(certain.acte.code)
                    self._ajouter(v.acte.code)
                    return self._sur((len(self.lignes) - 1, cle[1]), [v])
        return None

    def _terminer(self, poses: list[Verdict], supplements: list[Verdict]) -> Proposition:
        """La facture entière ; ce qui la change encore (un taux, une participation) est demandé."""
        for v in supplements:
            if v.etat == "permis":
                self._ajouter(v.acte.code)
        entree = self._facture()
        cas = lire_facture(self.corpus, entree)
        facture = evaluer(self.corpus, cas, strict=self.situation.strict)
        total = totaliser(facture)
        questions, hypotheses = chercher(self.corpus, cas, facture, total, EFFECTIF)
        demande = None
        if questions:
            essai = max(questions, key=lambda q: len(q.change))
            concernes = [v for v in (*poses, *supplements) if v.acte.code in {ligne.code for ligne in self.lignes}]
            demande = self._sur((essai.rang, essai.fait), concernes)
        proposition = self._rendre([*poses, *supplements], demande)
        proposition.cotation = None if demande else assembler(facture, total, questions, hypotheses)
        return proposition

    def _facture(self) -> dict[str, Any]:
        """L'entrée de ``coter`` : les faits dits, ceux que les contradictions imposent, les actes retenus."""
        facture: dict[str, Any] = copy.deepcopy({**self.brut, "actes": self.actes})
        for nom, valeur in self.situation.deduits.items():
            facture = repondre(facture, chemin(-1, nom), valeur)
        return facture

    def _rendre(self, verdicts: Sequence[Verdict], demande: Demande | None) -> Proposition:
        vus = {v.acte.code for v in verdicts}
        ecartes = [v for v in self.ecartes if v.acte.code not in vus]
        return Proposition(self.situation, self._facture(), [*verdicts, *ecartes], demande)


def _ecart(verdicts: Iterable[Verdict]) -> int:
    """Le plus grand tarif que la réponse ajouterait ou ôterait, en centimes ; jamais montré."""
    return max((v.ligne.tarif() or 0 for v in verdicts), default=0)
