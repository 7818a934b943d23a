"""Les médecins d'un lot : leurs faits, réunis en clés, et ce que l'interprète scalaire répond de chacune."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any, Final, TypeVar

from sqlglot import exp

from opposable.droit.classes import tests_du_fait
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Cle, Codeur
from opposable.lots.patients.fichier import MEDECIN, Fichier, sans_doublon
from opposable.lots.patients.lectures import Lectures
from opposable.lots.sql import Expr, col, ent

TABLE: Final = "medecins"
"""Un médecin, sa clé, et ses nombres lus tels quels."""
T = TypeVar("T")


def faits_du_medecin(corpus: Corpus, dispositif: Dispositif, du_patient: Iterable[str]) -> dict[str, Fait]:
    """Les faits qu'un fichier de médecins peut dire, par nom de colonne : ``medecin.age`` s'y écrit « age ».

    Ce que lisent les tables d'un patient (``du_patient``) n'en est pas : cela se dit pour tout le lot, dans le cas.
    """
    communs = _lus(corpus, dispositif, du_patient) | {dispositif.periode.fait}
    faits = (f for f in dispositif.hors_listes() if f.nom not in communs and not f.nom.startswith("patient."))
    return {f.nom.removeprefix("medecin.").replace(".", "_"): f for f in faits if f.type not in {"liste", "code"}}


def _lus(corpus: Corpus, dispositif: Dispositif, tables: Iterable[str]) -> set[str]:
    """Les faits que ces tables lisent, de proche en proche."""
    faits = dispositif.vocabulaire.faits
    pile = [nom for table in tables for nom in corpus.tables[table].faits]
    vus: set[str] = set()
    while pile:
        nom = pile.pop()
        if nom not in vus:
            vus.add(nom)
            pile += [*faits[nom].lit, *(test.fait for test in tests_du_fait(faits[nom]))]
    return vus


class Medecins:
    """Les médecins dits par un fichier, ou par le seul cas commun."""

    def __init__(
        self, lectures: Lectures, moteur: MoteurDuckdb, fichier: Fichier | None, faits: Mapping[str, Fait]
    ) -> None:
        self.lectures, self.moteur, self.fichier, self.faits = lectures, moteur, fichier, faits
        self.cle = Cle(())
        self.nombres: dict[str, Expr] = {}
        """Les faits dont la valeur compte, et non la classe : une part, en dix-millièmes."""

    def preparer(self) -> None:
        """Pose la table des médecins. :class:`ErreurEntree` à la première faute du fichier."""
        fichier = self.fichier
        if fichier is None:
            self.moteur.charger(TABLE, {MEDECIN: "VARCHAR", "cle": "BIGINT"}, [])
            return
        self._dits_deux_fois(fichier)
        sans_doublon(self.moteur, fichier, MEDECIN, "le médecin")
        codeur = Codeur(self.lectures, self.moteur, fichier.nom)
        dits = [(fait, fichier.sources[cle]) for cle, fait in self.faits.items() if cle in fichier]
        self.cle = Cle(codeur.part(f, s) if f.type == "taux" else codeur.colonne(f, s) for f, s in dits)
        self.nombres = {f.nom: codeur.dix_milliemes(f, s) for f, s in dits if f.type == "taux"}
        colonnes = [
            sql.nomme(sql.cast(fichier.sources[MEDECIN].expr, "VARCHAR"), MEDECIN),
            sql.nomme(self.cle.expr(), "cle"),
            *(sql.nomme(valeur, nom) for nom, valeur in self.nombres.items()),
        ]
        self.moteur.creer(TABLE, sql.choisir(sql.depuis(fichier.table, "l"), colonnes))
        self._illisibles(fichier)
        self._exclusifs(fichier, {fait.nom: source.expr for fait, source in dits})

    def _exclusifs(self, fichier: Fichier, dits: Mapping[str, Expr]) -> None:
        """:class:`ErreurEntree` si un médecin dit de deux façons ce qu'un même fait calculé lit (son âge, sa date)."""
        for a, b in combinations(dits, 2):
            if set(self.lectures.lecteurs(a)).isdisjoint(self.lectures.lecteurs(b)):
                continue
            requete = sql.choisir(
                sql.depuis(fichier.table, "l"), [sql.cast(fichier.sources[MEDECIN].expr, "VARCHAR")]
            ).where(sql.et(sql.connu(dits[a]), sql.connu(dits[b])), copy=False)
            for (medecin,) in self.moteur.lire(requete.limit(1, copy=False)):
                noms = " et ".join(f"« {self.lectures.faits[nom].libelle.lower()} »" for nom in (a, b))
                raise ErreurEntree(
                    "FAITS_CONTRADICTOIRES", f"{noms} disent la même chose",
                    ou=f"{fichier.nom}, médecin « {medecin} »", attendu="l'un ou l'autre pour chaque médecin",
                )  # fmt: skip

    def _dits_deux_fois(self, fichier: Fichier) -> None:
        for cle, fait in self.faits.items():
            bloc, _, nom = fait.nom.rpartition(".")
            dit = ((self.lectures.brut.get(bloc) or {}) if bloc else self.lectures.brut).get(nom)
            if cle in fichier and dit is not None:
                raise fichier.faute(
                    "FAITS_CONTRADICTOIRES", f"le cas dit déjà « {fait.nom} » pour tous les médecins",
                    "dans le cas, ou dans ce fichier", cle,
                )  # fmt: skip

    def _illisibles(self, fichier: Fichier) -> None:
        """:class:`ErreurEntree` pour la première valeur qui ne se lit pas."""
        for colonne in self.cle.colonnes:
            cle = next(c for c, f in self.faits.items() if f.nom == colonne.fait)
            source = fichier.sources[cle]
            lues = [sql.cast(fichier.sources[MEDECIN].expr, "VARCHAR"), sql.cast(source.expr, "VARCHAR")]
            requete = sql.choisir(sql.depuis(fichier.table, "l"), lues).where(sql.est_nul(colonne.code), copy=False)
            for medecin, valeur in self.moteur.lire(requete.limit(1, copy=False)):
                raise self._faute_de(fichier, medecin, cle, colonne.fait, valeur)

    def _faute_de(self, fichier: Fichier, medecin: str, cle: str, fait: str, valeur: str) -> ErreurEntree:
        """Le message que l'interprète donne de cette valeur."""
        ou = f"{fichier.nom}, médecin « {medecin} », {cle}"
        try:
            self.lectures.ouvrir(self.lectures.avec({fait: valeur}))
        except ErreurEntree as erreur:
            return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)
        return ErreurEntree("VALEUR_INCONNUE", f"« {valeur[:60]} » ne se lit pas", ou=ou, attendu="sans espaces")

    # --- Répondre --------------------------------------------------------------------------------------------
    def cles(self) -> list[int]:
        """Les clés présentes ; 0, celle d'un médecin dont rien n'est dit, y est toujours."""
        lues = self.moteur.lire(sql.choisir(sql.depuis(TABLE), [col("cle", "t")]).distinct(copy=False))
        return sorted({0, *(cle for (cle,) in lues)})

    def resoudre(self, cle: int, repondre: Callable[[dict[str, Any]], T]) -> T:
        """Ce que l'interprète répond d'une clé. :class:`ErreurEntree` nomme un médecin qui la porte."""
        try:
            return repondre(self.lectures.avec(self.cle.dits(cle)))
        except ErreurEntree as erreur:
            if self.fichier is None:
                raise
            choisis = sql.choisir(sql.depuis(TABLE), [sql.minimum(col(MEDECIN, "t"))])
            ((medecin,),) = self.moteur.lire(choisis.where(sql.egal(col("cle", "t"), ent(cle)), copy=False))
            ou = f"{self.fichier.nom}, médecin « {medecin} », {erreur.ou}"
            raise ErreurEntree(
                erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple
            ) from None

    def tous(self, presents: str) -> exp.Select:
        """Chaque médecin du lot ou du fichier, sa clé, et ce que la table ``presents`` en dit."""
        requete = sql.depuis(presents, "p")
        source = exp.to_table(TABLE, alias="m")
        sur = sql.egal(col(MEDECIN, "p"), col(MEDECIN, "m"))
        requete = requete.join(source, on=sur, join_type="full", copy=False)
        medecin = sql.nomme(sql.defaut(col(MEDECIN, "p"), col(MEDECIN, "m")), MEDECIN)
        return sql.choisir(requete, [medecin, sql.nomme(sql.defaut(col("cle", "m"), ent(0)), "cle")])
