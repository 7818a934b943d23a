"""Une colonne devient un petit entier : la classe de la valeur, 0 si elle est inconnue, NULL si elle ne se lit pas."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.droit.montant import UNITE_TAUX
from opposable.lots import sql
from opposable.lots.moteurs import Moteur
from opposable.lots.patients.lectures import REFUSEE, Lectures, segments
from opposable.lots.sql import Expr, col, ent

DERNIER_JOUR: Final = date.max.toordinal()
_ENTIERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
_TEXTES_AU_PLUS: Final = 5000
"""Les âges écrits différents d'un lot : des ans, des mois, des tranches."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """Un fait codé : ce que l'entrée écrirait pour chaque code (``None`` pour 0), et l'expression du code."""

    fait: str
    valeurs: Sequence[object]
    code: Expr
    sure: bool = False
    """Vrai si son type suffit à ce qu'elle se lise toujours."""
    connue: bool = False
    """Vrai si le fichier dit n'y avoir aucune case vide : aucune ligne n'a le code 0."""

    def rangs(self) -> range:
        """Les codes qu'une ligne peut avoir."""
        return range(int(self.connue), len(self.valeurs))


@dataclass(frozen=True, slots=True)
class Source:
    """Une colonne d'un fichier : son nom, son type, et la table où elle se lit."""

    nom: str
    genre: str
    table: str
    connue: bool = False
    """Vrai si le fichier dit n'y avoir aucune case vide."""
    ancienne: str | None = None
    """La plus ancienne de ses dates, si le fichier la donne."""

    @property
    def expr(self) -> Expr:
        """La colonne."""
        return col(self.nom, "l")


class Codeur:
    """Code les colonnes d'un fichier d'après les classes que le dispositif y découpe."""

    def __init__(self, lectures: Lectures, moteur: Moteur, fichier: str) -> None:
        self.lectures, self.moteur, self.fichier = lectures, moteur, fichier

    def colonne(self, fait: Fait, source: Source) -> Colonne:
        """La colonne codée. :class:`ErreurEntree` si son type ne convient pas."""
        if fait.type in {"choix", "oui_non"}:
            return self._mots(fait, source)
        if fait.type == "date":
            return self._date(fait, source)
        if fait.type == "age":
            return self._age(fait, source)
        if fait.type == "entier":
            return self._entier(fait, source)
        raise self._type(fait, source, "une colonne que ce calcul sait lire")

    # --- Par type de fait ------------------------------------------------------------------------------------
    def _mots(self, fait: Fait, source: Source) -> Colonne:
        """Une liste close : un code par mot."""
        mots = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
        rangs = {mot: rang for rang, mot in enumerate(mots, 1)}
        if source.genre == "BOOLEAN" and fait.type == "oui_non":
            code = sans_nul(source, sql.selon((source.expr, ent(1)), sinon=ent(2)))
            return Colonne(fait.nom, [None, *mots], code, sure=True, connue=source.connue)
        texte = self._texte(fait, source, "oui ou non, ou BOOLEAN" if fait.type == "oui_non" else ", ".join(mots))
        code = sans_nul(source, self.moteur.classe(texte, rangs))
        return Colonne(fait.nom, [None, *mots], code, connue=source.connue)

    def _date(self, fait: Fait, source: Source) -> Colonne:
        """Une date : le rang du morceau de temps où elle tombe, et le mot qui la dit sans objet."""
        debuts = segments(1, DERNIER_JOUR, lambda jour: self.lectures.observer(fait.nom, temps.iso(jour)))
        valeurs: list[object] = [None, *(temps.iso(jour) for jour in debuts)]
        jour = self.jour(fait, source)
        seuils = [(self.moteur.date(temps.iso(debut)), rang) for rang, debut in enumerate(debuts[1:], 2)]
        code = morceau(jour, seuils, 1)
        if source.genre != "DATE":
            code = sql.selon((sql.connu(jour), code), sinon=sql.nul("INTEGER"))
        if fait.sans_objet and source.genre != "DATE":
            valeurs.append(fait.sans_objet)
            dit = sql.egal(source.expr, sql.txt(fait.sans_objet))
            code = sql.selon((dit, ent(len(valeurs) - 1)), sinon=code)
        sure = source.genre == "DATE"
        return Colonne(fait.nom, valeurs, sans_nul(source, code), sure=sure, connue=source.connue)

    def jour(self, fait: Fait, source: Source) -> Expr:
        """La date d'une colonne, NULL si elle est inconnue ou ne se lit pas."""
        if source.genre == "DATE":
            return source.expr
        return sql.lit(self._texte(fait, source, "DATE, ou un texte AAAA-MM-JJ"), "DATE")

    def _age(self, fait: Fait, source: Source) -> Colonne:
        """Un âge écrit : ses textes distincts, réunis quand rien ne les distingue."""
        texte, ecrits = self.ages(fait, source)
        rangs: dict[str, int] = {}
        classes: dict[object, int] = {}
        valeurs: list[object] = [None]
        for ecrit, brut in ecrits.items():
            vu = self.lectures.observer(fait.nom, brut)
            if vu[0] == REFUSEE:
                continue
            if vu not in classes:
                classes[vu] = len(valeurs)
                valeurs.append(brut)
            rangs[ecrit] = classes[vu]
        code = sans_nul(source, self.moteur.classe(texte, rangs))
        return Colonne(fait.nom, valeurs, code, connue=source.connue)

    def ages(self, fait: Fait, source: Source) -> tuple[Expr, dict[str, str]]:
        """Le texte d'une colonne d'âges, et ce que l'entrée écrirait de chaque texte différent du lot."""
        texte = self._texte(fait, source, "un texte (« 7 à 74 ans »), ou un entier, en années", entier=True)
        requete = sql.choisir(sql.depuis(source.table, "l"), [texte.copy()]).distinct(copy=False)
        ecrits = [t for (t,) in self.moteur.lire(requete.limit(_TEXTES_AU_PLUS + 1, copy=False)) if t is not None]
        if len(ecrits) > _TEXTES_AU_PLUS:
            raise self._type(fait, source, "des âges en ans, en mois, ou des tranches", "trop d'âges différents")
        return texte, {ecrit: f"{ecrit} ans" if ecrit.strip().isdigit() else ecrit for ecrit in sorted(ecrits)}

    def _entier(self, fait: Fait, source: Source) -> Colonne:
        """Un nombre borné : le rang du morceau où il tombe."""
        bas, haut = fait.minimum, fait.maximum
        if bas is None or haut is None:
            raise AssertionError(f"« {fait.nom} » n'a pas de bornes")
        debuts = segments(bas, haut, lambda nombre: self.lectures.observer(fait.nom, nombre))
        nombre = self.nombre(fait, source)
        code = morceau(nombre, [(ent(debut), rang) for rang, debut in enumerate(debuts[1:], 2)], 1)
        code = sql.selon((sql.connu(nombre), code), sinon=sql.nul("INTEGER"))
        return Colonne(fait.nom, [None, *debuts], sans_nul(source, code), connue=source.connue)

    def nombre(self, fait: Fait, source: Source) -> Expr:
        """Le nombre d'une colonne ; NULL s'il est inconnu, illisible ou hors de ses bornes."""
        lu = source.expr if source.genre in _ENTIERS else sql.lit(self._texte(fait, source, "un entier"), "BIGINT")
        bornes = [sql.au_plus(ent(b), lu) for b in (fait.minimum,) if b is not None]
        bornes += [sql.au_plus(lu, ent(b)) for b in (fait.maximum,) if b is not None]
        return sql.selon((sql.et(*bornes), lu), sinon=sql.nul()) if bornes else lu

    def part(self, fait: Fait, source: Source) -> Colonne:
        """Une part dite : connue ou non ; sa valeur se lit à part (:meth:`dix_milliemes`)."""
        lue = self.dix_milliemes(fait, source)
        connue = sql.selon((sql.connu(lue), ent(1)), sinon=sql.nul("INTEGER"))
        return Colonne(fait.nom, [None, fait.exemple], sans_nul(source, connue), connue=source.connue)

    def dix_milliemes(self, fait: Fait, source: Source) -> Expr:
        """Un taux, en dix-millièmes ; NULL s'il est inconnu, illisible ou hors de ses bornes."""
        if source.genre.startswith("DECIMAL"):
            lu = sql.cast(source.expr, "DECIMAL(18, 4)")
        else:
            lu = sql.lit(self._texte(fait, source, "DECIMAL, ou un texte comme 0.15"), "DECIMAL(18, 4)")
        entier = sql.cast(sql.fois(lu, ent(UNITE_TAUX)), "BIGINT")
        plafond = UNITE_TAUX if fait.maximum is None else fait.maximum
        return sql.selon(
            (sql.et(sql.au_plus(ent(0), entier), sql.au_plus(entier, ent(plafond))), entier), sinon=sql.nul()
        )

    # --- Les types -------------------------------------------------------------------------------------------
    def _texte(self, fait: Fait, source: Source, attendu: str, *, entier: bool = False) -> Expr:
        if source.genre == "VARCHAR" or source.genre.startswith("ENUM"):
            return source.expr if source.genre == "VARCHAR" else sql.cast(source.expr, "VARCHAR")
        if source.genre in _ENTIERS and (entier or all(mot.isdigit() for mot in list(fait.valeurs)[:1])):
            return sql.cast(source.expr, "VARCHAR")
        raise self._type(fait, source, attendu)

    def _type(self, fait: Fait, source: Source, attendu: str, message: str = "") -> ErreurEntree:
        return ErreurEntree(
            "COLONNE_ILLISIBLE", message or f"la colonne « {source.nom} » est de type {source.genre}",
            ou=f"{self.fichier}, colonne « {source.nom} »", attendu=attendu,
            exemple=fait.exemple or (next(iter(fait.valeurs), "") if fait.valeurs else "oui"),
        )  # fmt: skip


def drapeau(condition: Expr) -> Expr:
    """1 ou 0 ; NULL si la condition l'est."""
    return sql.cast(exp.Paren(this=condition), "TINYINT")


def morceau(valeur: Expr, seuils: Sequence[tuple[Expr, int | Expr]], avant: int | Expr) -> Expr:
    """Le code du morceau où tombe une valeur : chaque seuil ouvre le sien, ``avant`` est celui du premier. Une valeur
    inconnue reçoit celui du dernier.

    La recherche est dichotomique : chaque ligne ne compare que quelques seuils.
    """
    if not seuils:
        return ent(avant) if isinstance(avant, int) else avant
    milieu = len(seuils) // 2
    seuil, code = seuils[milieu]
    dessous = morceau(valeur, seuils[:milieu], avant)
    return sql.selon((sql.moins_que(valeur, seuil), dessous), sinon=morceau(valeur, seuils[milieu + 1 :], code))


def sans_nul(source: Source, code: Expr) -> Expr:
    """Le code d'une valeur, 0 si elle est inconnue."""
    return code if source.connue else sql.selon((sql.est_nul(source.expr), ent(0)), sinon=code)


def croisee(facteurs: Iterable[tuple[Expr, int]]) -> Expr:
    """Le rang, dès 0, d'une combinaison de codes ; le premier varie le plus vite. NULL si l'un ne se lit pas."""
    termes: list[Expr] = []
    base = 1
    for code, taille in facteurs:
        termes.append(sql.echelle(code, base))
        base *= taille
    return functools.reduce(sql.plus, termes) if termes else ent(0)


class Cle:
    """Une clé : les codes de plusieurs colonnes en un seul entier, et ce qu'ils disent."""

    def __init__(self, colonnes: Iterable[Colonne]) -> None:
        self.colonnes = list(colonnes)

    @property
    def taille(self) -> int:
        """Le nombre de clés possibles."""
        produit = 1
        for colonne in self.colonnes:
            produit *= len(colonne.valeurs)
        return produit

    def expr(self) -> Expr:
        """L'entier ; NULL si une colonne ne se lit pas."""
        large = self.taille >= 1 << 31
        return croisee([(sql.cast(c.code, "BIGINT") if large else c.code, len(c.valeurs)) for c in self.colonnes])

    def possible(self, cle: int) -> bool:
        """Vrai si une ligne peut avoir cette clé, le fichier disant quelles colonnes n'ont pas de case vide."""
        for colonne in self.colonnes:
            cle, rang = divmod(cle, len(colonne.valeurs))
            if rang not in colonne.rangs():
                return False
        return True

    def dits(self, cle: int) -> dict[str, object]:
        """Ce que l'entrée écrirait pour cette clé, sans les faits inconnus."""
        faits: dict[str, object] = {}
        for colonne in self.colonnes:
            cle, rang = divmod(cle, len(colonne.valeurs))
            if colonne.valeurs[rang] is not None:
                faits[colonne.fait] = colonne.valeurs[rang]
        return faits
