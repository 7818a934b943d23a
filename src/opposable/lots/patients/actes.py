"""Les colonnes d'actes d'un lot de prévention : ce que chaque date vaut pour les pièces d'un indicateur.

Le temps, l'âge à l'acte et le praticien se découpent par les seuils de la table des actes ; l'interprète scalaire dit
ce que vaut un acte de chaque morceau, et ceux qu'il ne distingue pas reçoivent le même code. 0 : l'acte n'y compte pas.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Cas
from opposable.droit.calculer import ouvrir
from opposable.droit.classes import coupes
from opposable.droit.ensemble import Ensemble, Intervalle, Valeur
from opposable.droit.table import LigneTable
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Codeur, Colonne, Source, morceau
from opposable.lots.patients.fichier import Fichier
from opposable.lots.patients.lectures import Lectures, rang_parmi, segments
from opposable.lots.patients.naissances import Naissances
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration import prevention_pieces as pieces

ACTE, DATE, PRATICIEN, AGE = "actes.acte", "actes.date", "actes.praticien", "actes.age_mois"
ANCIENNETE, CAMPAGNE = "actes.anciennete", "actes.campagne"
_TEMPS: Final = frozenset({DATE, ANCIENNETE, CAMPAGNE})
RANGS: Final = 5
"""Les dates d'un même acte qu'une ligne peut dire : « vaccin_ror », « vaccin_ror_2 »… « vaccin_ror_5 »."""
_SUFFIXE: Final = "praticien"


@dataclass(frozen=True, slots=True)
class Acte:
    """Une colonne d'acte : le mot de l'acte, sa date, et qui l'a fait si une colonne le dit."""

    mot: str
    date: Source
    praticien: Source | None
    jour: Expr


@dataclass(frozen=True, slots=True)
class Code:
    """Un acte codé pour un indicateur : un représentant de chaque code (rien pour 0), et l'expression."""

    valeurs: Sequence[dict[str, Valeur] | None]
    expr: Expr
    selon_l_age: bool
    """Vrai si l'âge à l'acte y compte."""


def noms(mots: Sequence[str]) -> Iterator[str]:
    """Les noms des colonnes d'actes : chaque acte, ses dates suivantes, et leurs praticiens."""
    for rang in range(1, RANGS + 1):
        for mot in mots:
            nom = mot if rang == 1 else f"{mot}_{rang}"
            yield nom
            yield f"{nom}_{_SUFFIXE}"


def nom_lu(praticien: Source) -> str:
    """Le nom sous lequel les codes des actes lisent un praticien codé."""
    return f"qui_{praticien.nom}"


def lire(lectures: Lectures, moteur: MoteurDuckdb, fichier: Fichier) -> list[Acte]:
    """Les colonnes d'actes du fichier."""
    codeur = Codeur(lectures, moteur, fichier.nom)
    fait = lectures.faits[DATE]
    trouves = []
    for mot in lectures.faits[ACTE].valeurs:
        for nom in (mot, *(f"{mot}_{rang}" for rang in range(2, RANGS + 1))):
            if nom in fichier:
                source = fichier.sources[nom]
                qui = fichier.sources.get(f"{nom}_{_SUFFIXE}")
                trouves.append(Acte(mot, source, qui, codeur.jour(fait, source)))
    return trouves


@dataclass(slots=True)
class Situations:
    """Ce que valent les actes d'un lot, un jour d'observation, pour les pièces d'un indicateur."""

    lectures: Lectures
    moteur: MoteurDuckdb
    fichier: Fichier
    naissances: Naissances | None
    _praticiens: dict[str, Colonne] = field(init=False, default_factory=dict)
    codeur: Codeur = field(init=False)
    _commun: Calcul = field(init=False)

    def __post_init__(self) -> None:
        self.codeur = Codeur(self.lectures, self.moteur, self.fichier.nom)
        self._commun = self.lectures.ouvrir(self.lectures.brut)

    def calcul(self, faits: dict[str, Valeur], actes: list[dict[str, Valeur]] | None = None) -> Calcul:
        """Un calcul dont les faits sont donnés tels quels, calculés compris."""
        k = self._commun
        listes = {} if actes is None else {"actes": actes}
        cas = Cas("", k.jour, k.fin, {**k.cas.faits, **faits}, listes)
        return ouvrir(self.lectures.corpus, self.lectures.dispositif, cas, strict=self.lectures.strict)

    def lignes(self, k: Calcul, les_pieces: Sequence[str], mot: str) -> list[LigneTable]:
        """Les lignes de la table des actes qui peuvent retenir cet acte pour une de ces pièces."""
        actives = self.lectures.corpus.tables[pieces.ACTES].actives(k.jour, k.calendrier)
        return [
            ligne for ligne in actives
            if any(ligne.boite()["piece"].teste(p) for p in les_pieces) and ligne.boite()[ACTE].teste(mot)
        ]  # fmt: skip

    def coder(self, indicateur: str, les_pieces: Sequence[str], acte: Acte, rang: int) -> Code:
        """L'acte codé pour cet indicateur ; ``rang`` : sa place parmi les colonnes du même acte."""
        k = self.calcul({})
        lus: dict[str, list[Ensemble]] = {}
        for ligne in self.lignes(k, les_pieces, acte.mot):
            for fait, ensemble in ligne.cellule:
                lus.setdefault(fait, []).append(ensemble)
        debuts = self._temps(k, indicateur, lus) if not _TEMPS.isdisjoint(lus) else [1, k.jour + 1]
        fins = [*debuts[1:-1], k.jour + 1]
        jours = [min(debut + rang, fin - 1) for debut, fin in zip(debuts, fins, strict=False)]
        seuils = self._seuils(lus[AGE]) if AGE in lus else []
        ages = self._ages(seuils) if AGE in lus else [None]
        praticiens, qui = self._qui(acte) if PRATICIEN in lus else ([None], ent(0))
        codes: dict[tuple[object, ...], int] = {}
        valeurs: list[dict[str, Valeur] | None] = []
        tables = []
        for jour, un_age, praticien in product(jours, ages, praticiens):
            faits: dict[str, Valeur] = {ACTE: acte.mot, DATE: jour, AGE: un_age, PRATICIEN: praticien}
            vu = self._vu(indicateur, les_pieces, {nom: v for nom, v in faits.items() if v is not None or nom == AGE})
            if vu not in codes:
                codes[vu] = len(codes)
                valeurs.append(faits)
            tables.append(codes[vu])
        nul = (("hors", None),) * len(les_pieces)
        ordre = sorted(range(len(valeurs)), key=lambda r: list(codes)[r] != nul)
        if nul not in codes:
            ordre = [-1, *ordre]
        places = {code: place for place, code in enumerate(ordre)}
        table = [places[code] for code in tables]
        feuilles = [self._selon_qui(table[debut : debut + len(praticiens)], qui) for debut in _pas(table, praticiens)]
        morceaux = [
            self._selon_l_age(acte, feuilles[debut : debut + len(ages)], seuils) for debut in _pas(feuilles, ages)
        ]
        dates = [self.moteur.date(temps.iso(debut)) for debut in debuts[1:-1]]
        apres = self.moteur.date(temps.iso(k.jour + 1))
        expr = _decoupe(acte.jour, [*dates, apres], [*morceaux, ent(0)])
        return Code([None, *(valeurs[code] for code in ordre[1:])], expr, AGE in lus)

    # --- Les morceaux ----------------------------------------------------------------------------------------
    def _temps(self, k: Calcul, indicateur: str, lus: Mapping[str, list[Ensemble]]) -> list[int]:
        """Les débuts des morceaux de temps, jusqu'au lendemain de l'observation."""
        seuils = {fait: sorted(coupes(lus.get(fait, ()))) for fait in (DATE, ANCIENNETE)}

        def observer(jour: int) -> tuple[object, ...]:
            depuis = pieces.situer(k, indicateur, 0, jour)[ANCIENNETE]
            return bisect_right(seuils[DATE], jour), rang_parmi(seuils[ANCIENNETE], depuis)

        du, au = pieces.campagne(k, indicateur) if CAMPAGNE in lus else (None, None)
        bornes = [b for b in (du, None if au is None else au + 1) if b is not None and 1 < b <= k.jour]
        return [*sorted({*segments(1, k.jour, observer), *bornes}), k.jour + 1]

    def _seuils(self, ensembles: list[Ensemble]) -> list[int]:
        """Les mois où l'âge à l'acte change de classe."""
        return sorted(c for c in coupes([*ensembles, self.lectures.faits[AGE].domaine]) if c > 0)

    def _ages(self, seuils: list[int]) -> list[Valeur]:
        """Les âges à l'acte que la table distingue, inconnu d'abord ; entre deux bornes si la naissance l'est."""
        if self.naissances is None:
            return [None]
        debuts = [0, *seuils]
        if self.naissances.exacte:
            return [*debuts] if self.naissances.connue else [None, *debuts]
        n = len(debuts)
        ages: list[Valeur] = [None]
        for jeune, vieux in product(range(n), range(n)):
            exact = jeune == vieux
            ages.append(debuts[jeune] if exact else Intervalle(debuts[jeune], debuts[max(vieux, jeune)] + 1))
        return ages

    def _qui(self, acte: Acte) -> tuple[list[Valeur], Expr]:
        if acte.praticien is None:
            return [None], ent(0)
        nom = nom_lu(acte.praticien)
        if nom not in self._praticiens:
            self._praticiens[nom] = self.codeur.colonne(self.lectures.faits[PRATICIEN], acte.praticien)
        return [None if v is None else str(v) for v in self._praticiens[nom].valeurs], col(nom, "l")

    def _vu(self, indicateur: str, les_pieces: Sequence[str], faits: dict[str, Valeur]) -> tuple[object, ...]:
        """Ce que la table dit de cet acte, pièce par pièce."""
        k = self.calcul({}, [faits])
        choisies = [pieces.confronter(k, indicateur, piece, 0)[1] for piece in les_pieces]
        return tuple((c.etat, c.valeur) for c in choisies)

    # --- L'expression d'un code ------------------------------------------------------------------------------
    def _selon_qui(self, codes: list[int], qui: Expr) -> Expr:
        """Le code, d'après qui a fait l'acte."""
        if len(set(codes)) == 1:
            return ent(codes[0])
        return self.moteur.tabule(sql.plus(qui, ent(1)), codes)

    def _selon_l_age(self, acte: Acte, feuilles: list[Expr], seuils: list[int]) -> Expr:
        """Le code, d'après l'âge à l'acte : inconnu, puis chaque classe d'âge (ou chaque couple de classes)."""
        naissances = self.naissances
        if naissances is None or len(feuilles) == 1:
            return feuilles[0]
        n = len(seuils) + 1
        connus = feuilles if naissances.connue else feuilles[1:]
        if not naissances.exacte:
            tot = [naissances.revolus(mois) for mois in seuils]
            connus = [_decoupe(acte.jour, tot, connus[debut : debut + n]) for debut in range(0, n * n, n)]
        code = _decoupe(acte.jour, [naissances.revolus(mois, tard=True) for mois in seuils], connus)
        return code if naissances.connue else sql.selon((naissances.inconnue, feuilles[0]), sinon=code)


def _pas(table: Sequence[object], morceau_: Sequence[object]) -> range:
    """Où commence chaque morceau d'une table."""
    return range(0, len(table), len(morceau_))


def _decoupe(jour: Expr, seuils: Sequence[Expr], codes: Sequence[Expr]) -> Expr:
    """Le code du morceau où tombe un jour, les morceaux voisins de même code réunis ; le dernier s'il est inconnu."""
    gardes = [(seuil, code) for seuil, avant, code in zip(seuils, codes[:-1], codes[1:], strict=True) if code != avant]
    return morceau(jour, gardes, codes[0])
