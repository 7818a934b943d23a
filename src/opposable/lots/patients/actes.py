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

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Cas
from opposable.droit.calculer import ouvrir
from opposable.droit.classes import coupes
from opposable.droit.ensemble import Ensemble, Intervalle, Valeur
from opposable.droit.table import LigneTable
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Codeur, Colonne, Source, drapeau, morceau
from opposable.lots.patients.fichier import Fichier
from opposable.lots.patients.lectures import Lectures, rang_parmi, segments
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration import prevention_pieces as pieces

ACTE, DATE, PRATICIEN, AGE = "actes.acte", "actes.date", "actes.praticien", "actes.age_mois"
ANCIENNETE, CAMPAGNE = "actes.anciennete", "actes.campagne"
_TEMPS: Final = frozenset({DATE, ANCIENNETE, CAMPAGNE})
RANGS: Final = 5
"""Les dates d'un même acte qu'une ligne peut dire : « vaccin_ror », « vaccin_ror_2 »… « vaccin_ror_5 »."""
_SUFFIXE: Final = "praticien"

Naissance = tuple[Expr, Expr]
"""Le premier et le dernier jour de naissance possibles ; la même expression quand la date est dite."""


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
    long: bool = False
    """Vrai s'il faut l'âge à l'acte, ou qui l'a fait : bien plus long que de comparer une date."""


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
    naissance: Naissance | None
    naissance_connue: bool = False
    """Vrai si le fichier dit chaque date de naissance."""
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
        ages, age = self._ages(acte, lus[AGE]) if AGE in lus else ([None], ent(0))
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
        expr = self._expr(acte, debuts, table, (len(ages), age), (len(praticiens), qui))
        return Code([None, *(valeurs[code] for code in ordre[1:])], expr, long=len(ages) * len(praticiens) > 1)

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

    def _ages(self, acte: Acte, ensembles: list[Ensemble]) -> tuple[list[Valeur], Expr]:
        """Les âges à l'acte que la table distingue, inconnu d'abord, et le code de celui d'une ligne."""
        if self.naissance is None:
            return [None], ent(0)
        seuils = sorted(c for c in coupes([*ensembles, self.lectures.faits[AGE].domaine]) if c > 0)
        debuts = [0, *seuils]
        tot, tard = self.naissance

        def rang(mois: Expr) -> Expr:
            return morceau(mois, [(ent(seuil), place) for place, seuil in enumerate(seuils, 1)], 0)

        if tot is tard:
            code = rang(mois_revolus(tot, acte.jour))
            if self.naissance_connue:
                return list(debuts), code
            return [None, *debuts], sql.selon((sql.est_nul(tot), ent(0)), sinon=sql.plus(code, ent(1)))
        n = len(debuts)
        ages: list[Valeur] = [None]
        for jeune, vieux in product(range(n), range(n)):
            exact = jeune == vieux
            ages.append(debuts[jeune] if exact else Intervalle(debuts[jeune], debuts[max(vieux, jeune)] + 1))
        bornee = sql.selon((sql.au_plus(tard, acte.jour), tard), sinon=acte.jour)
        code = sql.plus(sql.fois(rang(mois_revolus(bornee, acte.jour)), ent(n)), rang(mois_revolus(tot, acte.jour)))
        return ages, sql.selon((sql.est_nul(tot), ent(0)), sinon=sql.plus(code, ent(1)))

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

    def _expr(
        self, acte: Acte, debuts: list[int], table: list[int], ages: tuple[int, Expr], praticiens: tuple[int, Expr]
    ) -> Expr:
        """Le code d'une ligne : par morceaux de temps, ou par une petite table du temps, de l'âge, du praticien."""
        par_morceau = ages[0] * praticiens[0]
        morceaux = [tuple(table[debut : debut + par_morceau]) for debut in range(0, len(table), par_morceau)]
        fusion: list[tuple[int, tuple[int, ...]]] = []
        for debut, codes in zip(debuts, morceaux, strict=False):
            if not fusion or fusion[-1][1] != codes:
                fusion.append((debut, codes))
        fenetre = _fenetre(fusion, debuts[-1])
        if par_morceau == 1 and fenetre is not None:
            du, au = (self.moteur.date(temps.iso(jour)) for jour in fenetre)
            dedans = sql.et(sql.au_plus(du, acte.jour), sql.au_plus(acte.jour, au))
            return sql.drapeau(dedans)
        fin = sql.moins_que(self.moteur.date(temps.iso(debuts[-1] - 1)), acte.jour)
        cas: list[tuple[Expr, Expr]] = [(sql.ou(sql.est_nul(acte.jour), fin), ent(0))]
        if par_morceau == 1:
            seuils = [(self.moteur.date(temps.iso(debut)), codes[0]) for debut, codes in fusion[1:]]
            return sql.selon(*cas, sinon=morceau(acte.jour, seuils, fusion[0][1][0]))
        seuils = [(self.moteur.date(temps.iso(debut)), rang) for rang, (debut, _) in enumerate(fusion) if rang]
        rang = morceau(acte.jour, seuils, 0)
        place = sql.plus(sql.fois(rang, ent(ages[0])), ages[1])
        place = sql.plus(sql.fois(place, ent(praticiens[0])), sql.plus(praticiens[1], ent(1)))
        valeurs = [code for _, codes in fusion for code in codes]
        return sql.selon(*cas, sinon=self.moteur.tabule(place, valeurs))


def _fenetre(fusion: Sequence[tuple[int, tuple[int, ...]]], fin: int) -> tuple[int, int] | None:
    """Le premier et le dernier jour de la seule fenêtre où l'acte compte ; rien s'il y en a plusieurs."""
    comptes = [rang for rang, (_, codes) in enumerate(fusion) if codes != (0,)]
    if len(comptes) != 1 or fusion[comptes[0]][1] != (1,):
        return None
    suivant = fusion[comptes[0] + 1][0] if comptes[0] + 1 < len(fusion) else fin
    return fusion[comptes[0]][0], suivant - 1


def mois_revolus(depuis: Expr, au: Expr) -> Expr:
    """Les mois révolus entre deux dates, comme :func:`opposable.droit.temps.mois_revolus`."""

    def rang(jour: Expr) -> Expr:
        return sql.plus(sql.fois(exp.Year(this=jour.copy()), ent(12)), exp.Month(this=jour.copy()))

    entame = sql.moins_que(exp.Day(this=au.copy()), exp.Day(this=depuis.copy()))
    return sql.moins(sql.moins(rang(au), rang(depuis)), drapeau(entame))
