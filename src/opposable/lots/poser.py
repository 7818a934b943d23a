"""Les questions d'un lot, posées code par code, ou forme par forme : les bits que chacune lit d'une clé."""

from __future__ import annotations

from typing import NamedTuple

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.lots.encodage import Codage
from opposable.lots.etapes import QUESTIONS
from opposable.lots.moteurs import Moteur
from opposable.lots.plan import Plan
from opposable.lots.questions import Question
from opposable.lots.resolution import Resolution


class Attend(NamedTuple):
    """Ce qu'une question attend du reste de la facture : un fait ``tardif``, un fait qui ``varie`` même quand aucune
    ligne ne dépasse, un fait ``precoce``.
    """

    tardif: str
    varie: bool
    precoce: bool


class Poseur:
    """Pose les questions des codes d'un lot, et charge dans le moteur les bits qu'elles lisent."""

    corpus: Corpus
    moteur: Moteur
    codage: Codage
    resolution: Resolution
    plan: Plan
    presents: frozenset[str]
    """Les codes que le lot porte : les seuls dont il faut poser les questions."""

    def __init__(self) -> None:
        self._attendus: dict[int, Attend] = {}

    def _masques(self) -> None:
        """Par code, les bits que chaque question lit. Le code 0 est celui d'une ligne qu'on ne comprend pas."""
        codage, resolution, plan = self.codage, self.resolution, self.plan
        rien = codage.trame([], []).masque
        self._commun, self._nature = resolution.question_taux(None), resolution.question_nature()
        self._posees: dict[tuple[str, int, int], Question] = {("x", 0, 0): self._commun}
        self._du_tarif: dict[int, tuple[int, ...]] = {0: rien}
        self._masques_de = {(0, tenue): (*rien, *rien, *self._commun.masque()) for tenue in (0, 1)}
        lus = [code for code in codage.lus if code in self.presents]
        plan.sans_depassement = resolution.sans_depassement(lus)
        for code in lus:
            if code not in codage.partages.membres:
                self._poser(codage.rang_de[code] + 1)
        formes = codage.formes_des_actes()
        for forme in sorted({forme for _, forme in formes}):
            self._poser(forme)
        plan.lecteurs += [acte for acte, _ in formes]
        if codage.partages:
            self.moteur.charger("formes_des_actes", {"cid": "SMALLINT", "forme": "SMALLINT"}, formes)

    def _poser(self, cid: int) -> None:
        """Les questions de ce code, ou de cette forme que des actes partagent."""
        codage, resolution, plan = self.codage, self.resolution, self.plan
        code, partage = codage.code_de(cid), codage.partage(cid)
        acte = self.corpus.actes[code]
        tarif = resolution.question_tarif(acte, partage=partage)
        base = resolution.question_base(acte, partage=partage)
        taux = self._commun if acte.taux is None else resolution.question_taux(acte)
        self._posees |= {("t", cid, 0): tarif, ("b", cid, 0): base, ("x", cid, 0): taux, ("n", cid, 0): self._nature}
        self._du_tarif[cid] = tarif.masque()
        _refuser_tardifs(code, self._lit(tarif))
        lus = [self._lit(question) for question in (tarif, base, taux)]
        plan.toutes |= any(lu.varie for lu in lus[1:])
        for tenue in (0, 1):
            droits = resolution.question_droits(acte, depasse=not tenue)
            self._posees["d", cid, tenue] = droits
            self._masques_de[cid, tenue] = (*droits.masque(), *base.masque(), *taux.masque())
            lus.append(self._lit(droits))
        plan.toutes |= lus[-1].varie  # la ligne au tarif
        if any(lu.precoce for lu in lus):
            plan.lecteurs.append(cid)

    def _charger_masques(self) -> None:
        """Pose aussi les questions des actes que des lignes non partagées portent, et charge les bits des tarifs."""
        partages = self.codage.partages
        for (cid,) in sorted(self.moteur.lire(self.plan.codes_des_lignes())) if partages else ():
            if cid not in self._du_tarif:
                code = self.codage.code_de(cid)
                self.resolution.compteurs.compter_comme(code, partages.modele_de[code])
                self._poser(cid)
        colonnes = {"cid": "SMALLINT", **{f"w{r}": "BIGINT" for r in range(self.codage.mots)}}
        self.moteur.charger("masques_tarif", colonnes, [(cid, *masque) for cid, masque in self._du_tarif.items()])

    def _lit(self, question: Question) -> Attend:
        """Ce que cette question attend du reste de la facture ; dit une fois par trame."""
        trouve = self._attendus.get(id(question.trame))
        if trouve is None:
            relations, tardifs, precoces = (
                {id(fait) for fait in faits}
                for faits in (self.plan.relations, self.codage.tardifs, self.codage.precoces)
            )
            lus = [lu.code for lu in question.lus]
            trouve = self._attendus[id(question.trame)] = Attend(
                next((fait.nom for fait in lus if id(fait) in tardifs), ""),
                any(id(fait) in relations and fait.nom not in self.plan.sans_depassement for fait in lus),
                any(id(fait) in precoces for fait in lus),
            )
        return trouve

    def _fondre(self, portees: list[tuple[int, ...]]) -> None:
        """Pour chaque question, les bits qu'elle lit, et la première période et la première classe d'âge qu'elle ne
        distingue pas.
        """
        places = self.plan.fondues()
        mots = sorted({place.mot for place in places})
        rangees = []
        for cid, tenue, *bits in portees:
            fondus: list[int] = []
            for q in QUESTIONS:
                posee = self._posees.get((q, cid, tenue if q == "d" else 0))
                valeurs = dict.fromkeys(mots, 0)
                if posee is not None:
                    for place, brut in zip(places, bits, strict=True):
                        valeurs[place.mot] += posee.fondre(place, brut >> place.decalage) << place.decalage
                fondus += [valeurs[mot] for mot in mots]
            rangees.append((cid, tenue, *bits, *self._masques_de[cid, tenue], *fondus))
        noms = [f"fondue{r}" for r in range(len(places))]
        noms += [f"{q}{mot}" for q in QUESTIONS for mot in range(self.codage.mots)]
        noms += [f"{q}_fondu{mot}" for q in QUESTIONS for mot in mots]
        self.moteur.charger("masques", {"cid": "SMALLINT", "tenue": "INTEGER"} | dict.fromkeys(noms, "BIGINT"), rangees)


def _refuser_tardifs(code: str, tarif: Attend) -> None:
    """Un tarif qui dépendrait des montants de la facture ne se suit pas en colonnes."""
    if tarif.tardif:
        raise ErreurEntree(
            "TARIF_NON_COLONNES", f"le tarif de {code} dépend de « {tarif.tardif} » : un lot ne sait pas le suivre",
            ou="--surcouche", attendu="un tarif qui ne dépend que de faits dits",
            exemple="opposable coter, facture par facture",
        )  # fmt: skip
