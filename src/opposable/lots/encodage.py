"""Le codage d'une ligne en classes : ce que le corpus ne sépare pas ne fait qu'une classe, l'inconnu en est une.

Chaque fait lu occupe quelques bits d'un mot entier ; un masque par code et par question ne garde que les faits que la
question lit. Deux lignes de même clé ont donc la même réponse, que l'interprète scalaire donne une fois.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.classes import coupes, tests_de, tests_du_corpus
from opposable.droit.corpus import Corpus
from opposable.droit.condition import Test
from opposable.droit.ensemble import MOINS_INFINI, Choix, Ensemble, Intervalle, Valeur
from opposable.droit.fait import Fait
from opposable.droit.table import EFFECTIF, Table

BITS: Final = 60
"""Bits employés par mot : un BIGINT positif, avec de la marge."""
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
    """Un fait codé : le mot et les bits qu'il occupe, et comment ses valeurs deviennent des classes.

    ``bornes`` : un nombre ``x`` est dans la classe ``1 + combien de bornes ≤ x`` ; ``mots`` : les textes et leur classe ;
    ``membres`` : pour une liste, le bit de chaque valeur lue ; ``double`` : un intervalle est codé par ses deux bouts.
    """

    fait: Fait = field(kw_only=True)
    bornes: tuple[int, ...] = ()
    mots: dict[str, int] = field(default_factory=dict)
    membres: dict[str, int] = field(default_factory=dict)
    double: bool = False

    @property
    def nom(self) -> str:
        """Le nom du fait."""
        return self.fait.nom

    def masque(self) -> int:
        """Les bits du fait dans son mot."""
        return ((1 << self.bits) - 1) << self.decalage

    def valeur(self, code: int) -> Valeur:
        """Une valeur du fait dans cette classe ; ``None`` : inconnu."""
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
        if code > 1:
            return self.bornes[code - 2]
        return self.bornes[0] - 1 if self.bornes else max(0, self.fait.minimum or 0)

    @property
    def classes(self) -> int:
        """Le nombre de classes d'un nombre ou d'un choix, l'inconnu compris."""
        return max([0, *self.mots.values(), len(self.bornes) + 1 if self.fait.type not in {"choix", "oui_non"} else 0]) + 1


@dataclass(slots=True)
class Lu:
    """Un fait qu'une question lit, et ce qu'elle n'en sépare pas : ``canon`` donne la même classe à deux classes du
    codage qu'aucun de ses tests ne distingue.
    """

    code: FaitCode
    ensembles: tuple[Ensemble, ...]
    membres: int
    _canons: dict[int, int] = field(default_factory=dict)
    _signatures: dict[object, int] = field(default_factory=dict)

    def masque(self) -> int:
        """Les bits lus dans le mot du fait."""
        return (self.membres << self.code.decalage) if self.code.membres else self.code.masque()

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
        return tuple(ensemble.teste(valeur) for ensemble in self.ensembles)


class Question:
    """Une question posée à l'interprète pour un code : ce qu'elle lit d'une clé, et à quels jours elle change."""

    def __init__(self, codage: Codage, lus: list[Lu], jours: list[int]) -> None:
        self.codage = codage
        self.lus = lus
        self._lectures = [(lu.code.mot, lu.code.decalage, lu.masque() >> lu.code.decalage, lu.canon) for lu in lus]
        self._periodes = [jours[bisect_right(jours, borne) - 1] for borne in codage.bornes]

    def masque(self) -> tuple[int, ...]:
        """Les bits lus, mot par mot ; le code et la période le sont toujours."""
        resultat = [0] * self.codage.mots
        for place in (self.codage.code, self.codage.periode):
            resultat[place.mot] |= ((1 << place.bits) - 1) << place.decalage
        for lu in self.lus:
            resultat[lu.code.mot] |= lu.masque()
        return tuple(resultat)

    def canon(self, mots: Sequence[int]) -> tuple[int, ...]:
        """Ce qui distingue cette clé des autres : le premier jour de sa période, puis la classe de chaque fait lu."""
        jour = self._periodes[self.codage.periode.lire(mots)]
        return (jour, *(canon((mots[mot] >> rang) & bits) for mot, rang, bits, canon in self._lectures))

    def faits(self, canon: Sequence[int]) -> dict[str, Valeur]:
        """Les faits que cette clé représente ; un fait dit resté inconnu n'y est pas, un fait calculé y est toujours."""
        resultat: dict[str, Valeur] = {}
        for lu, classe in zip(self.lus, canon[1:], strict=True):
            valeur = lu.code.valeur(classe)
            if valeur is not None or lu.code.fait.formule:
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
        self._tests = [*tests_du_corpus(corpus, self.codes), *(t for c in corpus.contradictions for t in tests_de(c.si))]
        self._cites: dict[str, list[Ensemble]] = {}
        for test in self._tests:
            self._cites.setdefault(test.fait, []).append(test.ensemble)
        self._coder()
        self.relations = _jours_des_relations(corpus, self.codes)

    # --- Les faits ------------------------------------------------------------------------------------------------
    def _coder(self) -> None:
        vocabulaire = self.corpus.vocabulaire
        sources: list[FaitCode] = []
        tardifs: list[FaitCode] = []
        for nom, fait in vocabulaire.faits.items():
            if nom in vocabulaire.membres or not self._lu(nom, fait):
                continue
            if fait.formule:
                tardif = nom in TARDIFS or nom.startswith("facture.")
                (tardifs if tardif else sources).append(self._classer(fait))
            elif nom in self.dits:
                sources.append(self._classer(fait))
        self.bornes = self._jours()
        self.code, self.periode = Place(bits=len(self.codes).bit_length()), Place(bits=len(self.bornes).bit_length())
        self.mots = _placer([self.code, self.periode, *sources, *tardifs])
        self.faits = {f.nom: f for f in (*sources, *tardifs)}
        self.sources = tuple(sources)
        self.tardifs = tuple(tardifs)

    def _lu(self, nom: str, fait: Fait) -> bool:
        if fait.type == "liste":
            return any(f"{nom}.{valeur}" in self._cites for valeur in fait.valeurs)
        if fait.formule and not (nom in TARDIFS or nom.startswith("facture.")):
            return nom in self._cites and not self.dits.isdisjoint(fait.lit)
        return nom in self._cites

    def _classer(self, fait: Fait) -> FaitCode:
        code = FaitCode(fait=fait)
        cites = self._cites.get(fait.nom, [])
        if fait.type == "liste":
            lus = [valeur for valeur in fait.valeurs if f"{fait.nom}.{valeur}" in self._cites]
            code.membres = {valeur: 2 << rang for rang, valeur in enumerate(lus)}
            code.bits = 1 + len(lus)
            return code
        if fait.type in {"choix", "oui_non"}:
            par_signature: dict[tuple[bool, ...], int] = {}
            for valeur in ["oui", "non"] if fait.type == "oui_non" else fait.valeurs:
                signature = tuple(isinstance(e, Choix) and valeur in e.valeurs for e in cites)
                code.mots[valeur] = par_signature.setdefault(signature, len(par_signature) + 1)
        else:
            code.bornes = tuple(sorted(c for c in coupes(cites) if c > _minimum(fait)))
            if fait.sans_objet:
                code.mots[fait.sans_objet] = len(code.bornes) + 2
            code.double = fait.formule.startswith("age") and "patient.age" in self.dits
        code.bits = (code.classes - 1).bit_length() * (2 if code.double else 1)
        return code

    def question(self, tests: Iterable[Test], jours: Iterable[int]) -> Question:
        """Ce qu'une question lit : les faits atteints par ces tests, calculés ou déduits compris, et les jours où ses
        règles changent.
        """
        vocabulaire = self.corpus.vocabulaire
        lus: dict[str, list[Ensemble]] = {}
        membres: dict[str, int] = {}
        vus: set[str] = set()
        pile = list(tests)
        while pile:
            test = pile.pop()
            liste, membre = vocabulaire.membres.get(test.fait, (test.fait, ""))
            code = self.faits.get(liste)
            if code is not None:
                lus.setdefault(liste, []).append(test.ensemble)
                membres[liste] = membres.get(liste, 1) | code.membres.get(membre, 0)
            if test.fait in vus:
                continue
            vus.add(test.fait)
            fait = vocabulaire.faits[liste]
            if not (fait.formule and code is not None):
                pile += [t for c in (*fait.derive, *fait.deductions) if c.si is not None for t in tests_de(c.si)]
        faits = [Lu(self.faits[n], tuple(e), membres[n]) for n, e in lus.items()]
        return Question(self, faits, sorted({self.corpus.debut, *jours}))

    def jour_des_relations(self, jour: int) -> int:
        """Le premier jour de la période où les liens entre actes sont les mêmes que ce jour-là."""
        return self.relations[bisect_right(self.relations, jour) - 1]

    # --- Le temps ------------------------------------------------------------------------------------------------------
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
    mot = libre = 0
    for place in places:
        if libre + place.bits > BITS:
            mot, libre = mot + 1, 0
        place.mot, place.decalage = mot, libre
        libre += place.bits
    return mot + 1


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
