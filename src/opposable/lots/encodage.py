"""Le codage d'une ligne en classes : ce que le corpus ne sépare pas ne fait qu'une classe, l'inconnu en est une.

Chaque fait lu occupe quelques bits d'un mot entier ; un masque par code et par question ne garde que les faits que la
question lit. Deux lignes de même clé ont donc la même réponse, que l'interprète scalaire donne une fois.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.classes import coupes, tests_de, tests_du_corpus
from opposable.droit.condition import Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import MOINS_INFINI, Ensemble, Intervalle, Valeur
from opposable.droit.fait import OUI_NON, Fait
from opposable.droit.table import EFFECTIF, Table

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
TARDIFS: Final = ("ligne.opposable",)
"""Le fait de ligne qui attend le tarif ; les faits calculés de la facture l'attendent aussi."""


@dataclass(slots=True)
class Place:
    """Des bits dans un mot de la clé."""

    mot: int = 0
    decalage: int = 0
    bits: int = 0

    def lire(self, mots: Sequence[int]) -> int:
        """Ce que ces bits valent dans une clé."""
        return (mots[self.mot] >> self.decalage) & ((1 << self.bits) - 1)


@dataclass(slots=True)
class FaitCode(Place):
    """Un fait codé. Les bits hauts disent la classe que les règles communes séparent, les ``fins`` la précisent.

    ``bornes`` : un nombre qui en atteint ``r`` a le code ``rangs[r]`` ; ``mots`` : les textes et leur code ;
    ``membres`` : pour une liste, le bit de chaque valeur lue ; ``double`` : un intervalle est codé par ses deux bouts.
    """

    fait: Fait = field(kw_only=True)
    fins: int = 0
    bornes: tuple[int, ...] = ()
    rangs: tuple[int, ...] = ()
    mots: dict[str, int] = field(default_factory=dict)
    membres: dict[str, int] = field(default_factory=dict)
    double: bool = False

    @property
    def nom(self) -> str:
        """Le nom du fait."""
        return self.fait.nom

    def masque(self, *, fin: bool = True) -> int:
        """Les bits du fait, depuis le premier ; sans ses bits fins si ``fin`` est faux."""
        demi = self.bits // 2 if self.double else self.bits
        simple = ((1 << demi) - 1) & ~(0 if fin else (1 << self.fins) - 1)
        return simple | (simple << demi) if self.double else simple

    def valeur(self, code: int) -> Valeur:
        """Une valeur du fait dans la classe qui a ce code ; ``None`` : inconnu."""
        if code == 0:
            return None
        if self.membres:
            return frozenset(membre for membre, bit in self.membres.items() if code & bit)
        if self.double:
            demi = self.bits // 2
            bas, haut = self._nombre(code >> demi), self._nombre(code & ((1 << demi) - 1))
            return bas if bas == haut else Intervalle(bas, haut + 1)
        texte = next((mot for mot, rang in self.mots.items() if rang == code), None)
        return self._nombre(code) if texte is None else texte

    def _nombre(self, code: int) -> int:
        rang = self.rangs.index(code)
        if rang:
            return self.bornes[rang - 1]
        return self.bornes[0] - 1 if self.bornes else max(0, self.fait.minimum or 0)


@dataclass(slots=True)
class Lu:
    """Un fait qu'une question lit, et ce qu'elle n'en sépare pas : ``canon`` donne la même classe à deux classes du
    codage qu'aucun de ses tests ne distingue.
    """

    code: FaitCode
    ensembles: tuple[Ensemble, ...]
    membres: int
    communs: tuple[Ensemble, ...]
    _canons: dict[int, int] = field(default_factory=dict)
    _signatures: dict[object, int] = field(default_factory=dict)

    def masque(self) -> int:
        """Les bits lus, depuis le premier du fait : les fins ne le sont que si un test les sépare."""
        if self.code.membres:
            return self.membres
        return self.code.masque(fin=any(e not in self.communs for e in self.ensembles))

    def canon(self, classe: int) -> int:
        """La première classe du codage que la question ne distingue pas de celle-ci."""
        trouve = self._canons.get(classe)
        if trouve is None:
            signature = self._signature(self.code.valeur(classe))
            trouve = self._canons[classe] = self._signatures.setdefault(signature, classe)
        return trouve

    def _signature(self, valeur: Valeur) -> object:
        if isinstance(valeur, Intervalle):
            return self._signature(valeur.bas), self._signature(valeur.haut - 1)
        if valeur is None or isinstance(valeur, frozenset):
            return valeur
        return _signature(self.ensembles, valeur)


@dataclass(slots=True)
class Branche:
    """Un fait lu par l'interprète, et ce qui suit selon sa classe."""

    rang: int
    suites: dict[int, Noeud] = field(default_factory=dict)


@dataclass(slots=True)
class Feuille:
    """La réponse, quand tout ce que l'interprète a lu est connu."""

    reponse: Any


Noeud = Branche | Feuille


class Question:
    """Une question posée à l'interprète pour un code : ce qu'elle lit d'une clé, et à quels jours elle change."""

    def __init__(self, codage: Codage, lus: list[Lu], jours: list[int], *, du_code: bool = True) -> None:
        self.codage = codage
        self.du_code = du_code
        self.lus = lus
        self._lectures = [(lu.code.mot, lu.code.decalage, lu.masque(), lu.canon) for lu in lus]
        self._periodes = [jours[bisect_right(jours, borne) - 1] for borne in codage.bornes]
        self._rang_de = {lu.code.nom: rang for rang, lu in enumerate(lus)}
        self._arbres: dict[int, Noeud] = {}

    def masque(self) -> tuple[int, ...]:
        """Les bits lus, mot par mot : ceux du code si la question en dépend, ceux de la période si elle change."""
        resultat = [0] * self.codage.mots
        lues = [self.codage.code] if self.du_code else []
        if len(set(self._periodes)) > 1:
            lues.append(self.codage.periode)
        for place in lues:
            resultat[place.mot] |= ((1 << place.bits) - 1) << place.decalage
        for lu in self.lus:
            resultat[lu.code.mot] |= lu.masque() << lu.code.decalage
        return tuple(resultat)

    def canon(self, mots: Sequence[int]) -> tuple[int, ...]:
        """Ce qui distingue cette clé des autres : le premier jour de sa période, puis la classe de chaque fait lu."""
        jour = self._periodes[self.codage.periode.lire(mots)]
        return (jour, *(canon((mots[mot] >> rang) & bits) for mot, rang, bits, canon in self._lectures))

    def chercher(self, mots: Sequence[int]) -> Feuille | None:
        """La réponse déjà donnée à une clé que rien de ce qui a été lu ne distingue de celle-ci.

        L'interprète lit toujours le même fait d'abord, puis un fait que les précédents désignent : ses lectures font un
        arbre, et une réponse vaut pour toutes les clés qui suivent le même chemin.
        """
        noeud = self._arbres.get(self._periodes[self.codage.periode.lire(mots)])
        while noeud.__class__ is Branche:
            mot, decalage, bits, canon = self._lectures[noeud.rang]
            noeud = noeud.suites.get(canon((mots[mot] >> decalage) & bits))
        return noeud  # type: ignore[return-value]

    def retenir(self, canon: Sequence[int], lus: Iterable[str], reponse: object) -> None:
        """Retient la réponse à cette clé au bout du chemin des faits lus, dans l'ordre où ils l'ont été."""
        rangs = [self._rang_de[nom] for nom in lus if nom in self._rang_de]
        chemin = [(rang, canon[rang + 1]) for rang in rangs]
        ou, cle = self._arbres, canon[0]
        for rang, classe in chemin:
            branche = ou.setdefault(cle, Branche(rang))
            if not isinstance(branche, Branche) or branche.rang != rang:
                raise AssertionError("l'interprète n'a pas lu les faits dans le même ordre")
            ou, cle = branche.suites, classe
        ou[cle] = Feuille(reponse)

    def faits(self, canon: Sequence[int]) -> dict[str, Valeur]:
        """Les faits que cette clé représente : ceux qui sont connus, et tous ceux que d'autres lignes décident.

        Un fait resté inconnu n'y est pas : l'interprète en déduit la valeur, ou la suppose, comme pour une facture.
        """
        resultat: dict[str, Valeur] = {}
        for lu, classe in zip(self.lus, canon[1:], strict=True):
            valeur = lu.code.valeur(classe)
            if valeur is not None or _tardif(lu.code.nom):
                resultat[lu.code.nom] = valeur
        return resultat


class Codage:
    """Le codage des faits d'un lot pour un corpus. ``dits`` : les faits que le lot dit, ligne par ligne."""

    def __init__(self, corpus: Corpus, dits: Iterable[str], codes: Iterable[str]) -> None:
        self.corpus = corpus
        self.codes = tuple(sorted(codes))
        self.dits = frozenset(dits)
        self.rang_de = {code: rang for rang, code in enumerate(self.codes)}
        self.faits: dict[str, FaitCode] = {}
        self._tests = [
            *tests_du_corpus(corpus, self.codes),
            *(t for c in corpus.contradictions for t in tests_de(c.si)),
        ]
        self._cites: dict[str, list[Ensemble]] = {}
        for test in self._tests:
            self._cites.setdefault(test.fait, []).append(test.ensemble)
        self._coder()
        self.relations = _jours_des_relations(corpus, self.codes)

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
        self.tardifs = tuple(c for c in codes if _tardif(c.nom))
        self.sources = tuple(c for c in codes if not _tardif(c.nom))
        self.bornes = self._jours()
        self.code, self.periode = Place(bits=len(self.codes).bit_length()), Place(bits=len(self.bornes).bit_length())
        self.mots = _placer([self.code, self.periode, *self.sources, *self.tardifs])

    def _lu(self, nom: str, fait: Fait) -> bool:
        if fait.type == "liste":
            return any(f"{nom}.{valeur}" in self._cites for valeur in fait.valeurs)
        if fait.formule and not _tardif(nom):
            return nom in self._cites and not self.dits.isdisjoint(fait.lit)
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
            groupe = groupes.setdefault(_signature(communs, temoin), {})
            groupe.setdefault(_signature(cites, temoin) if isinstance(temoin, str) else temoin, len(groupe))
        code.fins = (max((len(g) for g in groupes.values()), default=1) - 1).bit_length()
        hauts = {signature: rang for rang, signature in enumerate(groupes, 1)}

        def rang(temoin: Valeur) -> int:
            haut = _signature(communs, temoin)
            fin = groupes[haut][_signature(cites, temoin) if isinstance(temoin, str) else temoin]
            return (hauts[haut] << code.fins) | fin

        code.mots = {t: rang(t) for t in temoins if isinstance(t, str)}
        code.rangs = tuple(rang(t) for t in temoins if isinstance(t, int))
        code.double = fait.formule.startswith("age") and "patient.age" in self.dits
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

    def question(self, tests: Iterable[Test], jours: Iterable[int], *, du_code: bool = True) -> Question:
        """Ce qu'une question lit : les faits atteints par ces tests, calculés ou déduits compris, et les jours où ses
        règles changent. ``du_code`` : la réponse dépend du code de la ligne.
        """
        lus, membres = self._fermer(tests)
        faits = [
            Lu(self.faits[n], tuple(e), membres.get(n, 1), tuple(self._communs.get(n, ()))) for n, e in lus.items()
        ]
        return Question(self, faits, sorted({self.corpus.debut, *jours}), du_code=du_code)

    def question_directe(self, tests: Iterable[Test], jours: Iterable[int]) -> Question:
        """La question qui ne lit que les faits nommés, sans passer par ce qui s'en déduit."""
        lus: dict[str, list[Ensemble]] = {}
        for test in tests:
            liste, _ = self.corpus.vocabulaire.membres.get(test.fait, (test.fait, ""))
            if liste in self.dits and liste in self.faits:
                lus.setdefault(liste, []).append(test.ensemble)
        faits = [Lu(self.faits[n], tuple(e), (1 << self.faits[n].bits) - 1, ()) for n, e in lus.items()]
        return Question(self, faits, sorted({self.corpus.debut, *jours}), du_code=False)

    def jour_des_relations(self, jour: int) -> int:
        """Le premier jour de la période où les liens entre actes sont les mêmes que ce jour-là."""
        return self.relations[bisect_right(self.relations, jour) - 1]

    # --- Le temps --------------------------------------------------------------------------------------------
    def _jours(self) -> list[int]:
        """Les jours où une règle, un tarif, un lien ou un paramètre change, triés ; le premier ouvre le corpus."""
        corpus = self.corpus
        jours = {*jours_des_tables(*corpus.tables.values()), *_jours_des_relations(corpus, self.codes)}
        jours.update(jours_des_regles((*corpus.toutes_lignes, *corpus.depassements)))
        for code in self.codes:
            acte = corpus.actes[code]
            jours.update(jours_des_tables(acte.tarifs, acte.bases, acte.taux, acte.tiers_payant))
            jours.update(jours_des_regles(acte.regles))
            jours |= {jour for frequence in acte.frequences for jour in (frequence.du, frequence.au)}
        for contradiction in corpus.contradictions:
            jours |= {contradiction.du, contradiction.au}
        return [corpus.debut, *sorted(j for j in jours if corpus.debut < j < temps.INFINI)]


def _jours_des_relations(corpus: Corpus, codes: Iterable[str]) -> list[int]:
    """Les jours où un acte commence ou finit, où un lien change, et celui où le corpus s'arrête."""
    jours = {corpus.debut, corpus.arrete_au + 1}
    for code in codes:
        acte = corpus.actes[code]
        jours |= {acte.debut(), acte.au}
        for lien in (*acte.s_ajoute_a, *acte.incompatibles, *acte.non_verifies):
            jours |= {lien.du, lien.au}
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


def _tardif(nom: str) -> bool:
    return nom in TARDIFS or nom.startswith("facture.")


def _signature(ensembles: Iterable[Ensemble], valeur: Valeur) -> tuple[bool | None, ...]:
    return tuple(ensemble.teste(valeur) for ensemble in ensembles)


def _minimum(fait: Fait) -> int:
    return MOINS_INFINI if fait.minimum is None else fait.minimum


def tests_des_regles(regles: Iterable[Regle]) -> Iterator[Test]:
    """Les tests des règles, variantes comprises."""
    for regle in regles:
        yield from tests_de(regle.condition)
        for variante in regle.variantes:
            yield from tests_de(variante.condition)


def tests_des_tables(*tables: Table | None) -> Iterator[Test]:
    """Les tests des cellules de ces tables."""
    for table in tables:
        for ligne in table.lignes if table is not None else ():
            for fait, ensemble in ligne.cellule:
                yield Test(fait, ensemble)


def jours_des_regles(regles: Iterable[Regle]) -> Iterator[int]:
    """Les jours où ces règles ou leurs variantes commencent ou finissent."""
    for regle in regles:
        yield from (regle.du, regle.au)
        for variante in regle.variantes:
            yield from (variante.du, variante.au)


def jours_des_tables(*tables: Table | None) -> Iterator[int]:
    """Les jours où ces tables changent."""
    for table in tables:
        if table is not None:
            yield from table.bornes(EFFECTIF)
