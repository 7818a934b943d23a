"""Le codage d'une ligne en classes : ce que le corpus ne sépare pas ne fait qu'une classe, l'inconnu en est une.

Chaque fait lu occupe quelques bits d'un mot entier ; un masque par code et par question ne garde que les faits que la
question lit. Deux lignes de même clé ont donc la même réponse, que l'interprète scalaire donne une fois.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from opposable.droit import temps
from opposable.droit.classes import coupes, tests_atteints, tests_de, tests_des_textes
from opposable.droit.condition import Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import MOINS_INFINI, Ensemble, Valeur
from opposable.droit.fait import OUI_NON, Fait
from opposable.droit.publies import MODIFICATEURS
from opposable.facturation.formules import INTERVALLES
from opposable.lots import technique
from opposable.lots.faits_codes import FaitCode, Place, des_codes, du_jour, signature, tardif
from opposable.lots.partages import Partages
from opposable.lots.questions import Lu, Question, Trame
from opposable.lots.textes_lus import (
    jours_de_vigueur,
    jours_des_regles,
    jours_des_tables,
    tests_des_regles,
    tests_des_tables,
)

BITS: Final = 56
"""Bits employés par mot."""
FAUTE: Final = 1 << 57
"""Ce qu'une valeur illisible ajoute à son mot : il dépasse alors tout ce que des classes peuvent donner."""
FAITS_PAR_MOT: Final = 31
"""Autant de fautes tiennent dans un mot sans le déborder."""
COMMUNES: Final = ("tarif_autorite", "taux_remboursement")
"""Les tables que toute ligne lit."""
COMMUNS: Final = ("ligne.participation_due",)
"""Les faits calculés que toute ligne lit."""
CALCULES: Final = (*COMMUNS, "ligne.opposable", "ligne.nature_depassement")
"""Les faits calculés que le contrôle lit de lui-même ; les autres ne comptent que si une règle les teste."""


class Codage:
    """Le codage des faits d'un lot pour un corpus. ``dits`` : les faits que le lot dit, ligne par ligne ; ``codes`` :
    ceux des actes qu'il porte (les majorations de coordination qu'ils auraient s'y ajoutent) ; ``partages`` : ceux que
    seuls leurs tarifs distinguent.
    """

    def __init__(
        self, corpus: Corpus, dits: Iterable[str], codes: Iterable[str], partages: Partages | None = None
    ) -> None:
        self.corpus = corpus
        self.partages = partages if partages is not None else Partages(corpus, {})
        portes = {code for code in codes if self.partages.lu(code)}
        ajoutes = {autre for code in portes for autre in corpus.actes[code].tarif_coordonne}
        modeles = self.partages.modele_de
        lus = sorted(portes | ajoutes, key=lambda code: (corpus.actes[code].technique, code))
        self.lus = tuple(lus)
        """Les codes dont l'acte se lit : un seul de ceux que rien d'autre que leurs tarifs ne distingue."""
        self.codes = (
            *(code for code in lus if code not in modeles),
            *(code for codes in self.partages.membres.values() for code in codes),
        )
        """Tous les codes, ceux des actes techniques à la fin."""
        self.dits = frozenset(dits)
        self.rang_de = {code: rang for rang, code in enumerate(self.codes)}
        self.techniques = tuple(c for c in self.codes if c in modeles or corpus.actes[c].technique)
        self._resolus = (*self.codes, *self.partages.membres)
        self.faits: dict[str, FaitCode] = {}
        self._sauf = frozenset() if self.techniques else technique.tables_techniques(corpus)
        lettres = corpus.vocabulaire.faits[MODIFICATEURS].valeurs if MODIFICATEURS in self.dits else ()
        self.modificateurs_dits = [Test(f"{MODIFICATEURS}.{x}", OUI_NON) for x in lettres]
        """Ce que lit un acte hors de la CCAM : qu'un modificateur y soit facturé."""
        propres = self._tests_techniques()
        tests = [
            *(Test(nom, OUI_NON) for nom in CALCULES),
            *tests_des_textes(corpus, self.lus, self._sauf),
            *(t for c in corpus.contradictions for si in c.conditions for t in tests_de(si)),
            *propres,
            *self.modificateurs_dits,
        ]
        cites: dict[str, dict[Ensemble, None]] = {}
        for test in tests_atteints(corpus, dict.fromkeys(tests)):
            cites.setdefault(test.fait, {})[test.ensemble] = None
        self._cites = {nom: list(ensembles) for nom, ensembles in cites.items()}
        atteints = {test.fait for test in tests_atteints(corpus, propres)}
        self._precoces = {nom for nom in atteints if des_codes(corpus.vocabulaire.faits[nom])}
        self._coder()
        self.relations = self._jours_des_relations()

    def _tests_techniques(self) -> list[Test]:
        """Ce que lisent les règles, le tarif, la base et les relations des actes techniques."""
        actes = [acte for acte in map(self.corpus.actes.__getitem__, self.lus) if acte.technique]
        if not actes:
            return []
        regles = {id(r.condition): r for acte in actes for r in acte.regles}
        plus_bas = [self.partages.plus_petit(acte.code) for acte in actes]
        lus = [*tests_des_regles(regles.values()), *technique.de_tous(self.corpus, actes, plus_bas)]
        for acte in actes:
            lus += tests_des_tables(acte.tarifs, acte.exoneration_tm, acte.participation_lourde)
        return list(dict.fromkeys(lus))

    def code_de(self, cid: int) -> str:
        """Le code que ce rang, dès 1, désigne dans une clé ; après les codes viennent les formes partagées."""
        return self._resolus[cid - 1]

    def partage(self, cid: int) -> bool:
        """Vrai si ce rang est celui d'une forme que des actes partagent, et non d'un code."""
        return cid > len(self.codes)

    def formes_des_actes(self) -> list[tuple[int, int]]:
        """Le rang de chaque acte dont la forme est partagée, et celui de cette forme."""
        formes = {modele: len(self.codes) + rang for rang, modele in enumerate(self.partages.membres, 1)}
        return [(self.rang_de[code] + 1, formes[modele]) for code, modele in self.partages.modele_de.items()]

    @property
    def lit_la_date(self) -> bool:
        """Vrai si une règle ou une table teste la date des soins : les périodes ne la suivraient pas."""
        return "facture.date" in self._cites

    # --- Les faits -------------------------------------------------------------------------------------------
    def _coder(self) -> None:
        vocabulaire = self.corpus.vocabulaire
        codables = [f for n, f in vocabulaire.faits.items() if n not in vocabulaire.membres and self._lu(n, f)]
        self._codables = {f.nom for f in codables if f.formule or f.nom in self.dits}
        communes = [self.corpus.tables[nom] for nom in COMMUNES]
        directs = [Test(nom, OUI_NON) for nom in COMMUNS]
        self._communs, _ = self._fermer([*directs, *tests_des_tables(*communes)])
        codes = [self._classer(fait) for fait in codables if fait.nom in self._codables]
        self.faits = {code.nom: code for code in codes}
        self.precoces = tuple(c for c in codes if c.nom in self._precoces)
        """Les faits de la facture que ses codes décident seuls, et que le tarif d'un acte technique lit."""
        self.tardifs = tuple(c for c in codes if tardif(c.fait) and c not in self.precoces)
        self.sources = tuple(c for c in codes if not tardif(c.fait))
        self.bornes = self._jours()
        self.code = Place(bits=len(self._resolus).bit_length())
        self.periode = Place(bits=len(self.bornes).bit_length())
        self.jumelle = technique.jumelle()
        """Le rang d'une ligne parmi celles de sa facture qui portent le même acte technique."""
        tardifs = (*([self.jumelle] if self.techniques else []), *self.tardifs)
        self.mots = _placer([self.code, self.periode, *self.sources, *self.precoces, *tardifs])

    def _lu(self, nom: str, fait: Fait) -> bool:
        if fait.type == "liste":
            return any(f"{nom}.{valeur}" in self._cites for valeur in fait.valeurs)
        if fait.formule and not tardif(fait):
            return nom in self._cites and (du_jour(fait) or not self.dits.isdisjoint(fait.lit))
        return nom in self._cites

    def _classer(self, fait: Fait) -> FaitCode:
        code = FaitCode(fait=fait)
        cites = self._cites.get(fait.nom, [])
        communs = self._communs.get(fait.nom, [])
        if fait.type == "liste":
            lus = [valeur for valeur in fait.valeurs if f"{fait.nom}.{valeur}" in self._cites]
            code.membres = {valeur: 2 << rang for rang, valeur in enumerate(lus)}
            code.bits = 1 + len(lus)
            return code
        temoins: list[Valeur] = []
        if fait.type in {"choix", "oui_non"}:
            temoins += ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
        else:
            code.bornes = tuple(sorted(c for c in coupes(cites) if c > _minimum(fait)))
            temoins += [code.bornes[0] - 1 if code.bornes else max(0, fait.minimum or 0), *code.bornes]
            temoins += [fait.sans_objet] if fait.sans_objet else []
        groupes: dict[object, dict[object, int]] = {}
        for temoin in temoins:
            groupe = groupes.setdefault(signature(communs, temoin), {})
            groupe.setdefault(signature(cites, temoin) if isinstance(temoin, str) else temoin, len(groupe))
        code.fins = (max((len(g) for g in groupes.values()), default=1) - 1).bit_length()
        hauts = {signature: rang for rang, signature in enumerate(groupes, 1)}

        def rang(temoin: Valeur) -> int:
            haut = signature(communs, temoin)
            fin = groupes[haut][signature(cites, temoin) if isinstance(temoin, str) else temoin]
            return (hauts[haut] << code.fins) | fin

        code.mots = {t: rang(t) for t in temoins if isinstance(t, str)}
        code.rangs = tuple(rang(t) for t in temoins if isinstance(t, int))
        code.double = fait.formule in INTERVALLES and ("patient.age" not in fait.lit or "patient.age" in self.dits)
        code.bits = (len(hauts).bit_length() + code.fins) * (2 if code.double else 1)
        return code

    def _fermer(self, tests: Iterable[Test]) -> tuple[dict[str, list[Ensemble]], dict[str, int]]:
        """Les tests qui portent sur les faits codés, atteints à travers les faits calculés ou déduits ; et pour une
        liste, ses membres lus.
        """
        vocabulaire = self.corpus.vocabulaire
        lus: dict[str, list[Ensemble]] = {}
        membres: dict[str, int] = {}
        vus: set[str] = set()
        pile = list(tests)
        while pile:
            test = pile.pop()
            liste, membre = vocabulaire.membres.get(test.fait, (test.fait, ""))
            fait = vocabulaire.faits[liste]
            codable = liste in self._codables
            if codable:
                lus.setdefault(liste, []).append(test.ensemble)
                if membre:
                    lue = [v for v in fait.valeurs if f"{liste}.{v}" in self._cites]
                    membres[liste] = membres.get(liste, 1) | (2 << lue.index(membre))
            if test.fait in vus:
                continue
            vus.add(test.fait)
            if not (fait.formule and codable):
                pile += [t for c in (*fait.derive, *fait.deductions) if c.si is not None for t in tests_de(c.si)]
        return lus, membres

    def trame(
        self, tests: Iterable[Test], jours: Iterable[int], *, du_code: bool = True, jumelle: bool = False
    ) -> Trame:
        """Ce qu'une question lit : les faits atteints par ces tests, calculés ou déduits compris, et les jours où ses
        règles changent. ``du_code`` : la réponse dépend du code de la ligne ; ``jumelle``, de son rang parmi celles du
        même acte.
        """
        lus, membres = self._fermer(tests)
        faits = [
            Lu(self.faits[n], tuple(e), membres.get(n, 1), tuple(self._communs.get(n, ()))) for n, e in lus.items()
        ]
        if jumelle:
            faits.append(Lu(self.jumelle, technique.RANGS, 0, ()))
        return Trame(self, faits, sorted({self.corpus.debut, *jours}), du_code=du_code)

    def question_directe(self, tests: Iterable[Test], jours: Iterable[int]) -> Question:
        """La question qui ne lit que les faits nommés, sans passer par ce qui s'en déduit."""
        lus: dict[str, list[Ensemble]] = {}
        for test in tests:
            liste, _ = self.corpus.vocabulaire.membres.get(test.fait, (test.fait, ""))
            if liste in self.dits and liste in self.faits:
                lus.setdefault(liste, []).append(test.ensemble)
        faits = [Lu(self.faits[n], tuple(e), (1 << self.faits[n].bits) - 1, ()) for n, e in lus.items()]
        return Question(Trame(self, faits, sorted({self.corpus.debut, *jours}), du_code=False))

    def jour_des_relations(self, jour: int) -> int:
        """Le premier jour de la période où les liens entre actes sont les mêmes que ce jour-là."""
        return self.relations[bisect_right(self.relations, jour) - 1]

    # --- Le temps --------------------------------------------------------------------------------------------
    def _jours(self) -> list[int]:
        """Les jours où une règle, un tarif, un lien ou un paramètre change, triés ; le premier ouvre le corpus."""
        corpus = self.corpus
        communes = (table for table in corpus.tables.communs() if table.nom not in self._sauf)
        jours = {*jours_des_tables(*communes), *self._jours_des_relations()}
        jours.update(jours_des_regles((*corpus.toutes_lignes, *corpus.depassements)))
        for code in self.lus:
            acte = corpus.actes[code]
            jours.update(jours_des_tables(*acte.tables))
            jours.update(jours_des_regles(acte.regles))
            jours |= {jour for frequence in acte.frequences for jour in (frequence.du, frequence.au)}
        for contradiction in corpus.contradictions:
            jours |= {contradiction.du, contradiction.au}
        return [corpus.debut, *sorted(j for j in jours if corpus.debut < j < temps.INFINI)]

    def _jours_des_relations(self) -> list[int]:
        """Les jours où un acte commence ou finit, où un lien change, et celui où le corpus s'arrête."""
        corpus = self.corpus
        jours = {corpus.debut, corpus.arrete_au + 1}
        for code in self.lus:
            acte = corpus.actes[code]
            jours.update(jours_de_vigueur(acte))
            for lien in (*acte.s_ajoute_a, *acte.incompatibles, *acte.non_verifies, *acte.cumulables):
                jours |= {lien.du, lien.au}
        if self.techniques:
            jours.update(jours_des_tables(*technique.tables_des_relations(corpus)))
        return sorted(jours)


def _placer(places: Iterable[Place]) -> int:
    """Range les places dans des mots, dans l'ordre ; rend le nombre de mots."""
    mot = libre = faits = 0
    for place in places:
        if libre + place.bits > BITS or faits == FAITS_PAR_MOT:
            mot, libre, faits = mot + 1, 0, 0
        place.mot, place.decalage = mot, libre
        libre += place.bits
        faits += 1
    return mot + 1


def _minimum(fait: Fait) -> int:
    return MOINS_INFINI if fait.minimum is None else fait.minimum
