"""Proposer : d'une situation, les actes et suppléments permis, ceux qui sont exclus, et la prochaine question.

Sans état : répondre, c'est ajouter le fait, ou l'acte, à ``facture`` et redemander. L'acte se choisit d'abord, puis les
suppléments qui peuvent le suivre ; chaque question est celle qui départage le plus de lignes. Les montants n'y
servent qu'à départager deux questions qui en départagent autant ; aucun n'est montré avant la fin.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import CasFacture, LigneCas, lire_facture
from opposable.facturation.facture import Facture
from opposable.facturation.occasions import ajouter_occasions
from opposable.facturation.questions import chercher
from opposable.facturation.reponse import assembler, chemin
from opposable.facturation.situation import NAISSANCE, Cle, Situation, Verdict, age_demande, nouvelle
from opposable.facturation.strates import evaluer
from opposable.facturation.total import totaliser

PEU: Final = 12
"""Jusqu'à ce nombre d'actes possibles, leur liste se lit : on demande lequel a été réalisé."""
ASSEZ: Final = 9
"""À partir d'autant de précisions, un supplément qui en demanderait d'autres reste en suspens."""
QUEL_ACTE: Final = "Quel acte avez-vous réalisé ?"
QUELLE_SITUATION: Final = "Laquelle de ces situations décrit l'acte réalisé ?"
INCOMPATIBLES: Final = frozenset({"SUPPLEMENT_INCOMPATIBLE", "SUPPLEMENT_EN_DOUBLE"})
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
    """L'entrée suivante : la facture d'une proposition, et ce fait dit, au chemin que donne la question."""
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
    """L'étude d'une situation ; elle s'arrête à la première question.

    ``actes`` est ce que l'entrée garde, lignes refusées comprises : elles ne sont pas redemandées. ``lignes`` est ce
    qui tient encore, et ``places`` dit où chacune est dans ``actes``.
    """

    def __init__(self, situation: Situation, brut: Mapping[str, Any]) -> None:
        self.situation = situation
        self.corpus = situation.corpus
        self.brut = brut
        self.lignes: list[LigneCas] = list(situation.cas.lignes)
        self.actes: list[dict[str, Any]] = [dict(a) for a in brut.get("actes") or ()]
        self.places = list(range(len(self.actes)))
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
        demande = None
        if self.situation.precisions < ASSEZ:
            demande = self._demander([v for v in supplements if v.etat == "indecis"])
        if demande is None:
            self._ceder(supplements)
            demande = self._concilier(supplements)
            if demande is not None and self.situation.precisions > ASSEZ + 1:
                gardes = {v.acte.code for v in demande.parmi}
                supplements = [
                    replace(v, etat="a_verifier", manque=()) if v.acte.code in gardes else v for v in supplements
                ]
                demande = None
            if demande is None and self.situation.precisions <= ASSEZ:
                demande = self._preciser(supplements)
        if demande is not None:
            return self._rendre([*poses, *supplements], demande)
        return self._terminer(poses, supplements)

    def _a_un_acte(self) -> bool:
        return not all(self.corpus.actes[ligne.code].supplement for ligne in self.lignes)

    def _ajouter(self, code: str) -> None:
        self.lignes.append(nouvelle(code))
        self.places.append(len(self.actes))
        self.actes.append({"code": code})

    def _poses(self) -> list[Verdict]:
        """Les verdicts des lignes dites ; une ligne refusée est écartée, un acte avant ses suppléments.

        D'abord celle qui l'est d'elle-même (une limite dépassée) : deux actes se refusent aussi l'un l'autre.
        """
        while self._a_un_acte():
            verdicts = [self.situation.juger(self.lignes, rang) for rang in range(len(self.lignes))]
            refuses = [v for v in verdicts if v.etat == "exclu"]
            if not refuses:
                return verdicts
            seuls = {v.rang: self.situation.juger([self.lignes[v.rang]], 0) for v in refuses}
            ecarte = max(refuses, key=lambda v: (not v.acte.supplement, seuls[v.rang].etat == "exclu", v.rang))
            seul = seuls[ecarte.rang]
            self.ecartes.append(seul if seul.etat == "exclu" and not seul.acte.supplement else ecarte)
            del self.lignes[ecarte.rang], self.places[ecarte.rang]
        return []

    def _quel_acte(self, actes: list[Verdict]) -> Demande | None:
        """La question qui mène à l'acte ; un acte seul certain est pris sans question.

        Quand l'acte choisi d'abord s'est révélé exclu, le choix est entre les actes certains, s'il y en a.
        """
        refuses = {v.acte.code for v in self.ecartes}
        permis, indecis, douteux = (
            [v for v in actes if v.etat == etat and v.acte.code not in refuses]
            for etat in ("permis", "indecis", "a_verifier")
        )
        if refuses and (permis or self.situation.precisions >= ASSEZ):
            indecis, douteux = [], []
        if len(permis) == 1 and not indecis:
            self._ajouter(permis[0].acte.code)
            return None
        if len(permis) + len(indecis) + len(douteux) > PEU or len(permis) + len(indecis) == 1:
            demande = self._demander(indecis)
            if demande is not None:
                return demande
        possibles = [v for v in actes if v in permis or v in indecis or v in douteux]
        if len(possibles) < 2:
            return None
        return self._parmi(possibles, QUEL_ACTE)

    def _parmi(self, verdicts: Sequence[Verdict], question: str) -> Demande:
        codes = tuple(v.acte.code for v in verdicts)
        return Demande(f"actes[{len(self.actes)}].code", codes, None, tuple(verdicts), question)

    def _demander(self, verdicts: Iterable[Verdict]) -> Demande | None:
        """Le fait inconnu qui départage le plus de ces lignes, vérifié : deux de ses valeurs changent la réponse."""
        concernes: dict[Cle, list[Verdict]] = {}
        for v in verdicts:
            for cle in v.manque:
                if cle[0] < len(self.lignes):
                    concernes.setdefault(cle, []).append(v)

        def rang(cle: Cle) -> tuple[int, int, int]:
            decidees = [v for v in concernes[cle] if cle in v.decisifs]
            return -len(decidees), -len(concernes[cle]), -_ecart(concernes[cle])

        for cle in sorted(concernes, key=rang):
            if self.situation.imposer(cle, concernes[cle][0]):
                raise _Impose
            if self.situation.departage(cle, concernes[cle]):
                return self._sur(cle, concernes[cle])
        return None

    def _sur(self, cle: Cle, verdicts: Sequence[Verdict]) -> Demande:
        rang, nom = cle
        if nom == NAISSANCE and age_demande(self.situation.cas.faits.get("patient.age")):
            nom = "patient.age"
        ou = chemin(self.places[rang] if rang >= 0 else rang, nom)
        return Demande(ou, tuple(dict.fromkeys(v.acte.code for v in verdicts)), (rang, nom), tuple(verdicts))

    def _supplements(self) -> list[Verdict]:
        """Les suppléments qui peuvent suivre les lignes posées, puis ceux qui suivent un supplément certain."""
        vus = {v.acte.code for v in self.ecartes}
        premiers = list(self.situation.supplements(self.lignes, vus))
        certains = [nouvelle(v.acte.code) for v in premiers if v.etat == "permis"]
        if not certains:
            return premiers
        vus |= {v.acte.code for v in premiers}
        return [*premiers, *self.situation.supplements([*self.lignes, *certains], vus)]

    def _retenus(self, supplements: Iterable[Verdict]) -> list[Verdict]:
        """Les suppléments certains, et ceux qui ne dépendent plus que d'un fait de leur propre ligne."""
        return [
            v
            for v in supplements
            if v.etat == "permis" or (v.etat == "indecis" and all(rang == v.rang for rang, _ in v.manque))
        ]

    def _ensemble(self, retenus: Sequence[Verdict]) -> tuple[Facture, dict[str, set[str]], dict[str, set[str]]]:
        """La facture de tous les retenus ; par code, ceux qui le refusent, et ceux dont le cumul n'est pas établi."""
        facture = self.situation.essai([*self.lignes, *(nouvelle(v.acte.code) for v in retenus)])
        codes = {v.acte.code for v in retenus}
        refus: dict[str, set[str]] = {}
        doutes: dict[str, set[str]] = {}
        for ligne in facture.lignes[len(self.lignes) :]:
            for constat in ligne.constats:
                if constat.autre in codes and constat.motif in INCOMPATIBLES:
                    refus.setdefault(ligne.acte.code, set()).add(constat.autre)
                elif constat.autre in codes and constat.motif == "CUMUL_NON_VERIFIE":
                    doutes.setdefault(ligne.acte.code, set()).add(constat.autre)
                    doutes.setdefault(constat.autre, set()).add(ligne.acte.code)
        return facture, refus, doutes

    def _ceder(self, supplements: list[Verdict]) -> None:
        """Un supplément que le texte fait céder devant un autre est exclu sans question."""
        while True:
            retenus = self._retenus(supplements)
            facture, refus, _ = self._ensemble(retenus)
            cede = next((v for v in retenus if _cede(refus, v.acte.code)), None)
            if cede is None:
                return
            rang = len(self.lignes) + retenus.index(cede)
            exclu = Verdict(tuple(facture.cas.lignes), rang, facture, "exclu", ())
            supplements[supplements.index(cede)] = exclu

    def _concilier(self, supplements: Sequence[Verdict]) -> Demande | None:
        """Des suppléments permis qui s'excluent, ou dont le cumul n'est pas établi : quelle situation a eu lieu."""
        retenus = self._retenus(supplements)
        _, refus, doutes = self._ensemble(retenus)
        voisins = {code: refus.get(code, set()) | doutes.get(code, set()) for code in {*refus, *doutes}}
        premier = next((v.acte.code for v in retenus if v.acte.code in voisins), None)
        if premier is None:
            return None
        groupe = {premier}
        while not (suite := set().union(*(voisins[code] for code in groupe))) <= groupe:
            groupe |= suite
        return self._parmi([v for v in retenus if v.acte.code in groupe], QUELLE_SITUATION)

    def _preciser(self, supplements: Sequence[Verdict]) -> Demande | None:
        """Un supplément qui ne dépend plus que d'un fait de sa propre ligne est posé, pour qu'on l'y demande."""
        for v in self._retenus(supplements):
            if v.etat == "indecis" and self.situation.departage(v.manque[0], [v]):
                for certain in supplements:
                    if certain.etat == "permis":
                        self._ajouter(certain.acte.code)
                self._ajouter(v.acte.code)
                return self._sur((len(self.lignes) - 1, v.manque[0][1]), [v])
        return None

    def _terminer(self, poses: list[Verdict], supplements: list[Verdict]) -> Proposition:
        """La facture entière ; ce qui la change encore (un taux, une participation) est demandé."""
        for v in supplements:
            if v.etat == "permis":
                self._ajouter(v.acte.code)
        entree = {**self._facture(), "actes": [self.actes[place] for place in self.places]}
        cas = lire_facture(self.corpus, entree)
        facture = evaluer(self.corpus, cas, strict=self.situation.strict)
        total = totaliser(facture)
        questions, hypotheses = chercher(self.corpus, cas, facture, total, EFFECTIF)
        if questions:
            essai = max(questions, key=lambda q: self._resout(cas, (q.rang, q.fait)))
            concernes = [v for v in (*poses, *supplements) if v.acte.code in {ligne.code for ligne in self.lignes}]
            return self._rendre([*poses, *supplements], self._sur((essai.rang, essai.fait), concernes))
        self.actes = entree["actes"]
        proposition = self._rendre([*poses, *supplements], None)
        proposition.cotation = assembler(facture, total, questions, hypotheses)
        ajouter_occasions(self.corpus, cas, proposition.cotation, strict=self.situation.strict)
        return proposition

    def _resout(self, cas: CasFacture, cle: Cle) -> Fraction:
        """La part des réponses à cette question qui ne laissent plus rien d'inconnu."""
        valeurs = self.situation.possibles(cle, cas)
        connues = 0
        for valeur in valeurs:
            facture = evaluer(self.corpus, cas, EFFECTIF, {cle: valeur}, strict=self.situation.strict)
            connues += totaliser(facture).possible["remboursement"] is not None
        return Fraction(connues, max(len(valeurs), 1))

    def _facture(self) -> dict[str, Any]:
        """L'entrée suivante : les faits dits, ceux que les contradictions imposent, les actes choisis."""
        facture: dict[str, Any] = copy.deepcopy({**self.brut, "actes": self.actes})
        for nom, valeur in self.situation.deduits.items():
            facture = repondre(facture, chemin(-1, nom), valeur)
        return facture

    def _rendre(self, verdicts: Sequence[Verdict], demande: Demande | None) -> Proposition:
        vus = {v.acte.code for v in verdicts}
        ecartes = [v for v in self.ecartes if v.acte.code not in vus]
        return Proposition(self.situation, self._facture(), [*verdicts, *ecartes], demande)


def _cede(refus: Mapping[str, set[str]], code: str) -> bool:
    """Un autre refuse celui-ci, qui ne le refuse pas : le texte le fait céder."""
    return any(code not in refus.get(autre, ()) for autre in refus.get(code, ()))


def _ecart(verdicts: Iterable[Verdict]) -> int:
    """Le plus grand tarif que la réponse ajouterait ou ôterait, en centimes ; jamais montré."""
    return max((v.ligne.tarif() or 0 for v in verdicts), default=0)
