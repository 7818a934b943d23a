"""Chaque indicateur de prévention, résolu d'avance : ce qu'il compte d'un patient, pour chaque clé possible.

Une clé réunit les classes des faits que l'indicateur lit et les codes des actes de ses pièces. L'interprète scalaire
dit s'il concerne le patient, s'il est validé et ce qu'il vaut ; ces questions ne lisent pas les mêmes faits, et chacune
n'est posée qu'une fois par combinaison qu'elle distingue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, Final

from opposable.droit.calcul import Calcul
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.patients.actes import ACTE, PRATICIEN, Acte, Code, Situations
from opposable.lots.patients.codage import Colonne, croisee
from opposable.lots.sql import Expr, ent
from opposable.remuneration import prevention
from opposable.remuneration import prevention_pieces as pieces

CONCERNE, VALIDE, A_VERIFIER, INDECIS, ELIGIBILITE_INCONNUE = range(5)
"""Ce qu'on compte d'un indicateur : le patient est concerné, l'indicateur est dû, le texte a deux lectures, un fait
manque à la validation, on ne sait pas si le patient est concerné.
"""
COMPTES: Final = ("concernes", "valides", "a_verifier", "indecis", "eligibilite_inconnue")
_CLES_AU_PLUS: Final = 50_000
_COMMUNES_AU_PLUS: Final = 1000
"""Les combinaisons des faits communs : une petite table se lit bien plus vite qu'une grande."""


@dataclass(frozen=True, slots=True)
class Etat:
    """Ce qu'un patient ajoute aux comptes d'un indicateur, et les faits qui manquent (un bit chacun)."""

    comptes: tuple[int, ...]
    manque: int


_SANS: Final = Etat((0,) * len(COMPTES), 0)


@dataclass(frozen=True, slots=True)
class Reduite:
    """Des patients qu'un indicateur ne distingue pas : un représentant, et s'il les concerne."""

    codes: Mapping[str, int]
    eligible: Valeur
    manque: int


@dataclass(slots=True)
class Indicateur:
    """Un indicateur : les colonnes de ses faits, ses actes, et l'état de chaque clé.

    Les faits que plusieurs indicateurs lisent (l'âge, le sexe) se lisent d'abord ensemble, une fois : ils donnent à
    chacun une *part*, 0 s'ils suffisent à écarter le patient. La clé croise la part, les faits propres et les actes.
    """

    nom: str
    communs: Sequence[str]
    propres: Sequence[Colonne]
    actes: Sequence[tuple[Acte, Code]]
    double: bool
    """Vrai s'il faut parfois deux actes d'une pièce : deux colonnes du même jour n'en font alors qu'un."""
    parts: list[int] = field(default_factory=list)
    """La part de chaque combinaison des faits communs à tous les indicateurs."""
    nombre: int = 1
    etats: list[Etat] = field(default_factory=list)

    def cle(self, part: Expr) -> Expr:
        """Le rang de l'état d'un patient, sa part étant lue ainsi. Écarté d'emblée (0), on ne compare rien d'autre."""
        facteurs = [(part, self.nombre), *((c.code, len(c.valeurs)) for c in self.propres)]
        facteurs += [(self._de_l_acte(rang), len(code.valeurs)) for rang, (_, code) in enumerate(self.actes)]
        return sql.selon((sql.egal(part, ent(0)), ent(0)), sinon=croisee(facteurs))

    def comptes(self, communs: Sequence[Colonne]) -> list[int]:
        """Les comptes qu'au moins une ligne possible nourrit, le fichier disant quelles colonnes n'ont pas de vide."""
        rangs = _combinaisons([len(c.valeurs) for c in communs])
        lues = [part for codes, part in zip(rangs, self.parts, strict=True) if _possibles(codes, communs)]
        reste = _combinaisons([len(c.valeurs) for c in self.propres])
        propres = [rang for rang, codes in enumerate(reste) if _possibles(codes, self.propres)]
        tour = self.nombre
        pas = tour * prod(len(c.valeurs) for c in self.propres)
        places = {propre * tour + part for propre in propres for part in lues}
        vus = [etat for rang, etat in enumerate(self.etats) if rang % pas in places]
        return [c for c in range(len(COMPTES)) if any(etat.comptes[c] for etat in vus)]

    def _de_l_acte(self, rang: int) -> Expr:
        """Le code d'un acte ; 0 s'il est le même jour qu'un précédent et qu'il en faut deux."""
        acte, code = self.actes[rang]
        memes = [autre.jour for autre, _ in self.actes[:rang] if autre.mot == acte.mot] if self.double else []
        if not memes:
            return code.expr
        deja = [sql.et(sql.connu(jour), sql.egal(jour, acte.jour)) for jour in memes]
        return sql.selon((sql.ou(*deja), ent(0)), sinon=code.expr)


class Resolution:
    """Résout les indicateurs d'un lot. ``manques`` : les faits qui peuvent manquer, au rang de leur bit."""

    def __init__(self, situations: Situations, colonnes: Mapping[str, Colonne], actes: Sequence[Acte]) -> None:
        self.situations, self.colonnes, self.actes = situations, colonnes, actes
        self.lectures = situations.lectures
        self.manques: list[str] = []
        self._commun = situations.calcul({})
        self.jour = self._commun.jour
        self._valeurs = {nom: self._valeurs_de(colonne) for nom, colonne in colonnes.items()}
        self.communs = self._communs()

    def suivis(self) -> list[str]:
        """Les indicateurs demandés, en vigueur ce jour-là."""
        return prevention.suivis(self._commun)

    def montant(self) -> int | None:
        """Ce que vaut un indicateur validé, en centimes."""
        return self._commun.table(prevention.MONTANT)

    def _communs(self) -> list[str]:
        """Les faits que plusieurs indicateurs lisent, tant que leurs combinaisons restent peu nombreuses."""
        tables = (prevention.ELIGIBILITE, pieces.PREUVES)
        lus = [self._lus(tables[0], nom) | self._lus(tables[1], nom) for nom in self.suivis()]
        trouves: list[str] = []
        total = 1
        for nom in sorted(self.colonnes, key=lambda c: -sum(c in un for un in lus)):
            taille = len(self.colonnes[nom].valeurs)
            if sum(nom in un for un in lus) > 1 and total * taille <= _COMMUNES_AU_PLUS:
                trouves.append(nom)
                total *= taille
        return trouves

    def mots(self, nom: str) -> list[str]:
        """Les actes qui peuvent compter pour un indicateur."""
        les_pieces = self._pieces(nom)
        return [m for m in self.lectures.faits[ACTE].valeurs if self.situations.lignes(self._commun, les_pieces, m)]

    def _pieces(self, nom: str) -> list[str]:
        return list(dict.fromkeys(piece for _, piece in pieces.demandees(self._commun, nom)))

    def indicateur(self, nom: str) -> Indicateur:
        """L'indicateur résolu. :class:`ErreurEntree` si les colonnes ne savent pas suivre ses règles."""
        les_pieces, mots = self._pieces(nom), self.mots(nom)
        eligibles, preuves = self._lus(prevention.ELIGIBILITE, nom), self._lus(pieces.PREUVES, nom)
        lus = [c for c in self.colonnes if c in eligibles | preuves]
        rangs: dict[str, int] = {}
        actes = []
        for acte in self.actes:
            if acte.mot in mots:
                rang = rangs[acte.mot] = rangs.get(acte.mot, -1) + 1
                actes.append((acte, self.situations.coder(nom, les_pieces, acte, rang)))
        communs, propres = [c for c in lus if c in self.communs], [c for c in lus if c not in self.communs]
        double = self._double(nom, les_pieces, mots)
        trouve = Indicateur(nom, communs, [self.colonnes[c] for c in propres], actes, double)
        self._resoudre(trouve, propres, eligibles, preuves)
        return trouve

    def _resoudre(self, trouve: Indicateur, propres: Sequence[str], eligibles: set[str], preuves: set[str]) -> None:
        """Pose la part de chaque combinaison commune, puis l'état de chaque clé."""
        classes: list[Reduite] = []
        rangs: dict[object, int] = {}
        memoire: dict[object, Any] = {}
        des_propres = list(_combinaisons([len(self.colonnes[c].valeurs) for c in propres]))

        def classe(codes: Mapping[str, int]) -> int:
            """Les faits que ni l'éligibilité, ni les preuves d'un patient concerné ne distinguent."""
            question = tuple(code for nom, code in codes.items() if nom in eligibles)
            if ("eligible", question) not in memoire:
                memoire["eligible", question] = self._eligible(trouve, codes)
            eligible, manque = memoire["eligible", question]
            vue: object = pieces.NON
            if eligible != pieces.NON:
                vue = (eligible, manque, tuple(code for nom, code in codes.items() if nom in preuves))
            if vue not in rangs:
                rangs[vue] = len(rangs)
                classes.append(Reduite(codes, eligible, manque))
            return rangs[vue]

        parts: dict[tuple[int, ...], int] = {}
        ecartee = Reduite({}, pieces.NON, 0)
        for commune in _combinaisons([len(self.colonnes[c].valeurs) for c in self.communs]):
            dits = {nom: code for nom, code in zip(self.communs, commune, strict=True) if nom in trouve.communs}
            vues = tuple(classe({**dits, **dict(zip(propres, p, strict=True))}) for p in des_propres)
            if all(classes[vue].eligible == pieces.NON for vue in vues):
                trouve.parts.append(0)
            else:
                trouve.parts.append(parts.setdefault(vues, len(parts) + 1))
        trouve.nombre = len(parts) + 1
        par_part = [[ecartee] * len(des_propres), *([classes[vue] for vue in vues] for vues in parts)]
        des_actes = list(_combinaisons([len(code.valeurs) for _, code in trouve.actes]))
        total = len(par_part) * len(des_propres) * len(des_actes)
        if total > _CLES_AU_PLUS:
            raise _non_colonnes(f"l'indicateur « {trouve.nom} » demande {total} clés")
        for codes in des_actes:
            for rang in range(len(des_propres)):
                trouve.etats += [self._etat(trouve, part[rang], codes, preuves, memoire) for part in par_part]

    def ecartes(self, fait: str, code: int, indicateurs: Sequence[Indicateur]) -> bool:
        """Vrai si ce code d'un fait commun suffit à écarter le patient de tous ces indicateurs."""
        if fait not in self.communs:
            return False
        place = self.communs.index(fait)
        rangs = enumerate(_combinaisons([len(self.colonnes[c].valeurs) for c in self.communs]))
        avec = [rang for rang, codes in rangs if codes[place] == code]
        return not any(un.parts[rang] for un in indicateurs for rang in avec)

    # --- Une clé ---------------------------------------------------------------------------------------------
    def _eligible(self, indicateur: Indicateur, codes: Mapping[str, int]) -> tuple[Valeur, int]:
        """Si l'indicateur concerne ces patients, et ce qui manque pour le dire ; non, si leur valeur est refusée."""
        faits = self._faits(codes)
        if any(valeur is ErreurEntree for valeur in faits.values()):
            return pieces.NON, 0
        k = self.situations.calcul(faits)
        return prevention.eligible(k, indicateur.nom), self._manque(k, f"eligible.{indicateur.nom}")

    def _faits(self, codes: Mapping[str, int]) -> dict[str, Any]:
        return {nom: self._valeurs[nom][code] for nom, code in codes.items()}

    def _etat(
        self,
        indicateur: Indicateur,
        reduite: Reduite,
        des_actes: Sequence[int],
        preuves: set[str],
        memoire: dict[object, Any],
    ) -> Etat:
        eligible, nom = reduite.eligible, indicateur.nom
        if eligible == pieces.NON:
            return _SANS
        question = ("valide", *des_actes, *(code for fait, code in reduite.codes.items() if fait in preuves))
        if question not in memoire:
            k = self._calcul(indicateur, reduite.codes, des_actes)
            memoire[question] = prevention.valide(k, nom), self._manque(k, f"valide.{nom}")
        valide, manque = memoire[question]
        place = ("montant", eligible, valide)
        if place not in memoire:
            memoire[place] = prevention.montant(self._calcul(indicateur, reduite.codes, des_actes), nom)
        du = memoire[place]
        sur, doute = eligible == pieces.OUI, du is None
        a_verifier = sur and doute and valide == pieces.A_VERIFIER
        comptes = (int(sur), int(bool(du)), int(a_verifier), int(doute and not a_verifier), int(eligible is None))
        return Etat(comptes, reduite.manque | (manque if doute and not a_verifier else 0))

    def _calcul(self, indicateur: Indicateur, codes: Mapping[str, int], des_actes: Sequence[int]) -> Calcul:
        couples = zip(indicateur.actes, des_actes, strict=True)
        actes = [_dits(dit) for (_, code), rang in couples if (dit := code.valeurs[rang]) is not None]
        return self.situations.calcul(self._faits(codes), actes)

    def _manque(self, k: Calcul, etape: str) -> int:
        """Les faits de l'entrée qui manquent à une étape, en bits."""
        masque = 0
        for nom in k.faites[etape].inconnus:
            fait = self.lectures.faits[nom]
            for dit in (nom,) if nom in self.lectures.dispositif.entrees else fait.lit[:1]:
                if dit not in self.manques:
                    self.manques.append(dit)
                masque |= 1 << self.manques.index(dit)
        return masque

    # --- Les faits -------------------------------------------------------------------------------------------
    def _valeurs_de(self, colonne: Colonne) -> list[Any]:
        """Ce que vaut chaque code pour les tables ; :class:`ErreurEntree` à la place d'une valeur refusée."""
        calcule = self.lectures.lecteurs(colonne.fait)
        lues: list[Any] = []
        for brut in colonne.valeurs:
            try:
                k = self.lectures.ouvrir(self.lectures.avec({colonne.fait: brut}))
                lues.append(k.fait(calcule[0]) if calcule else k.fait(colonne.fait))
            except ErreurEntree:
                lues.append(ErreurEntree)
        return lues

    def _lus(self, table: str, nom: str) -> set[str]:
        """Les faits que cette table lit pour cet indicateur."""
        actives = self.lectures.corpus.tables[table].actives(self._commun.jour, self._commun.calendrier)
        lus = {f for ligne in actives if ligne.boite()["indicateur"].teste(nom) for f, _ in ligne.cellule}
        inconnus = lus - {"indicateur", "voie", "piece", *self.colonnes}
        for fait in inconnus:
            if fait not in self.lectures.dispositif.entrees and not self.lectures.faits[fait].lit:
                raise _non_colonnes(f"l'indicateur « {nom} » lit « {fait} »")
        return lus

    def _double(self, nom: str, les_pieces: Sequence[str], mots: Sequence[str]) -> bool:
        """Vrai s'il faut deux actes pour une pièce ; les actes d'un même jour se reconnaissent alors à leur date."""
        actives = self.lectures.corpus.tables[pieces.PREUVES].actives(self._commun.jour, self._commun.calendrier)
        exigees = [
            ligne.valeur
            for ligne in actives
            if ligne.boite()["indicateur"].teste(nom) and isinstance(ligne.valeur, int)
        ]
        if max(exigees, default=0) < 2:
            return False
        lignes = [ligne for mot in mots for ligne in self.situations.lignes(self._commun, les_pieces, mot)]
        melees = any(
            len({m for m in mots for ligne in self.situations.lignes(self._commun, [piece], m)}) > 1
            for piece in les_pieces
        )
        if melees or any(PRATICIEN in ligne.boite() for ligne in lignes):
            raise _non_colonnes(f"l'indicateur « {nom} » compte ensemble des actes de plusieurs sortes")
        return True


def _combinaisons(tailles: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Toutes les combinaisons de codes ; le premier varie le plus vite."""
    return (codes[::-1] for codes in product(*(range(taille) for taille in reversed(tailles))))


def _possibles(codes: Sequence[int], colonnes: Sequence[Colonne]) -> bool:
    """Vrai si une ligne peut avoir ces codes."""
    return all(code in colonne.rangs() for code, colonne in zip(codes, colonnes, strict=True))


def _dits(acte: Mapping[str, Valeur]) -> dict[str, Valeur]:
    """Les faits d'un acte ; un praticien inconnu n'est pas dit."""
    return {nom: v for nom, v in acte.items() if v is not None or nom != PRATICIEN}


def _non_colonnes(message: str) -> ErreurEntree:
    return ErreurEntree(
        "REGLE_NON_COLONNES", f"{message}, et un lot ne sait pas le suivre", ou="--surcouche",
        attendu="des règles d'un âge, d'un acte et de sa date", exemple="opposable calculer prevention cas.json",
    )  # fmt: skip
