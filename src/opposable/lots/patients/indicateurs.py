"""Chaque indicateur de prévention, résolu d'avance : ce qu'il compte d'un patient, pour chaque clé possible.

Une clé réunit les classes des faits que l'indicateur lit et les codes des actes de ses pièces. L'interprète scalaire
dit s'il concerne le patient, s'il est validé et ce qu'il vaut ; ces questions ne lisent pas les mêmes faits, et chacune
n'est posée qu'une fois par combinaison qu'elle distingue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit.calcul import Calcul
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.patients.actes import ACTE, PRATICIEN, Acte, Code, Situations
from opposable.lots.patients.codage import Colonne
from opposable.lots.sql import Expr, ent
from opposable.remuneration import prevention
from opposable.remuneration import prevention_pieces as pieces

CONCERNE, VALIDE, A_VERIFIER, INDECIS, ELIGIBILITE_INCONNUE = range(5)
"""Ce qu'on compte d'un indicateur : le patient est concerné, l'indicateur est dû, le texte a deux lectures, un fait
manque à la validation, on ne sait pas si le patient est concerné.
"""
COMPTES: Final = ("concernes", "valides", "a_verifier", "indecis", "eligibilite_inconnue")
_CLES_AU_PLUS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Etat:
    """Ce qu'un patient ajoute aux comptes d'un indicateur, et les faits qui manquent (un bit chacun)."""

    comptes: tuple[int, ...]
    manque: int


@dataclass(slots=True)
class Indicateur:
    """Un indicateur : ses colonnes, ses actes, et l'état de chaque clé."""

    nom: str
    colonnes: Sequence[Colonne]
    actes: Sequence[tuple[Acte, Code]]
    double: bool
    """Vrai s'il faut parfois deux actes d'une pièce : deux colonnes du même jour n'en font alors qu'un."""
    etats: list[Etat] = field(default_factory=list)

    def cle(self) -> Expr:
        """La clé d'un patient, dès 1."""
        total: Expr = ent(1)
        base = 1
        for colonne in self.colonnes:
            total = sql.plus(total, sql.fois(sql.cast(colonne.code, "INTEGER"), ent(base)))
            base *= len(colonne.valeurs)
        for rang, (acte, code) in enumerate(self.actes):
            expr = code.expr
            if self.double:
                memes = [autre.jour for autre, _ in self.actes[:rang] if autre.mot == acte.mot]
                deja = [sql.et(sql.connu(jour), sql.egal(jour, acte.jour)) for jour in memes]
                expr = sql.selon((sql.ou(*deja), ent(0)), sinon=code.expr) if deja else expr
            total = sql.plus(total, sql.fois(sql.cast(expr, "INTEGER"), ent(base)))
            base *= len(code.valeurs)
        return total


class Resolution:
    """Résout les indicateurs d'un lot. ``manques`` : les faits qui peuvent manquer, au rang de leur bit."""

    def __init__(self, situations: Situations, colonnes: Mapping[str, Colonne], actes: Sequence[Acte]) -> None:
        self.situations, self.colonnes, self.actes = situations, colonnes, actes
        self.lectures = situations.lectures
        self.manques: list[str] = []
        self._commun = situations.calcul({})
        self.jour = self._commun.jour
        self._valeurs = {nom: self._valeurs_de(colonne) for nom, colonne in colonnes.items()}

    def suivis(self) -> list[str]:
        """Les indicateurs demandés, en vigueur ce jour-là."""
        return prevention.suivis(self._commun)

    def montant(self) -> int | None:
        """Ce que vaut un indicateur validé, en centimes."""
        return self._commun.table(prevention.MONTANT)

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
        trouve = Indicateur(nom, [self.colonnes[c] for c in lus], actes, self._double(nom, les_pieces, mots))
        tailles = [len(c.valeurs) for c in trouve.colonnes] + [len(code.valeurs) for _, code in actes]
        total = 1
        for taille in tailles:
            total *= taille
        if total > _CLES_AU_PLUS:
            raise _non_colonnes(f"l'indicateur « {nom} » demande {total} clés")
        memoire: dict[object, Any] = {}
        for cle in range(total):
            codes, reste = [], cle
            for taille in tailles:
                reste, code = divmod(reste, taille)
                codes.append(code)
            trouve.etats.append(self._etat(trouve, lus, codes, (eligibles, preuves), memoire))
        return trouve

    # --- Une clé ---------------------------------------------------------------------------------------------
    def _etat(
        self,
        indicateur: Indicateur,
        lus: Sequence[str],
        codes: Sequence[int],
        selon: tuple[set[str], set[str]],
        memoire: dict[object, Any],
    ) -> Etat:
        des_faits = dict(zip(lus, codes, strict=False))
        des_actes = tuple(codes[len(lus) :])
        faits = {nom: self._valeurs[nom][code] for nom, code in des_faits.items()}
        if any(valeur is ErreurEntree for valeur in faits.values()):
            return Etat((0,) * len(COMPTES), 0)
        nom = indicateur.nom

        def poser(question: str, cle: object, noms: set[str]) -> Any:
            place = (question, cle, tuple(c for f, c in des_faits.items() if f in noms))
            if place not in memoire:
                k = self._calcul(faits, indicateur, des_actes)
                reponse = getattr(prevention, question)(k, nom)
                memoire[place] = (reponse, self._manque(k, f"{question}.{nom}"))
            return memoire[place]

        eligible, sans = poser("eligible", None, selon[0])
        if eligible == pieces.NON:
            return Etat((0,) * len(COMPTES), 0)
        valide, manque = poser("valide", des_actes, selon[1])
        place = ("montant", eligible, valide)
        if place not in memoire:
            memoire[place] = prevention.montant(self._calcul(faits, indicateur, des_actes), nom)
        du = memoire[place]
        sur, doute = eligible == pieces.OUI, du is None
        a_verifier = sur and doute and valide == pieces.A_VERIFIER
        comptes = (int(sur), int(bool(du)), int(a_verifier), int(doute and not a_verifier), int(eligible is None))
        return Etat(comptes, (manque | sans) if doute and not a_verifier else sans if eligible is None else 0)

    def _calcul(self, faits: Mapping[str, Valeur], indicateur: Indicateur, des_actes: Sequence[int]) -> Calcul:
        couples = zip(indicateur.actes, des_actes, strict=True)
        actes = [dict(code.valeurs[rang] or {}) for (_, code), rang in couples if code.valeurs[rang] is not None]
        return self.situations.calcul(dict(faits), [_dits(acte) for acte in actes])

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


def _dits(acte: Mapping[str, Valeur]) -> dict[str, Valeur]:
    """Les faits d'un acte ; un praticien inconnu n'est pas dit."""
    return {nom: v for nom, v in acte.items() if v is not None or nom != PRATICIEN}


def _non_colonnes(message: str) -> ErreurEntree:
    return ErreurEntree(
        "REGLE_NON_COLONNES", f"{message}, et un lot ne sait pas le suivre", ou="--surcouche",
        attendu="des règles d'un âge, d'un acte et de sa date", exemple="opposable calculer prevention cas.json",
    )  # fmt: skip
