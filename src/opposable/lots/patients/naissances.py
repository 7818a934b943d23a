"""Les naissances d'un lot de prévention : la classe d'âge de chaque ligne, et les jours où tant de mois sont révolus.

L'âge à un acte est alors une comparaison de dates. Les dates de naissance se rangent dans une petite table, une rangée
par jour : la joindre coûte bien moins que découper l'âge de chaque ligne. Un âge écrit se lit par son rang.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp

from opposable.droit import temps
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Colonne, Source, drapeau, morceau
from opposable.lots.sql import Expr, col, ent

_TABLE: Final = "naissances"
_JOUR, _AGE = "jour", "classe_d_age"


@dataclass(slots=True)
class Naissances:
    """Ce qu'un lot dit des naissances."""

    moteur: MoteurDuckdb
    source: Source
    colonne: Colonne
    """L'âge codé, lu dans la colonne du fichier."""
    date: Expr | None
    """La date de naissance d'une ligne ; rien si le fichier dit un âge."""
    jour: int
    """Le jour d'observation."""
    rang: Expr = field(default_factory=sql.nul)
    """Le rang, dès 1, de l'âge écrit d'une ligne."""
    ages: Sequence[tuple[int, int]] = ()
    """De chaque âge écrit, le premier et le dernier jour de naissance possibles."""
    _seuils: set[int] = field(init=False, default_factory=set)
    _depuis: int = field(init=False, default=1)

    @property
    def exacte(self) -> bool:
        """Vrai si la date de naissance est dite."""
        return self.date is not None

    @property
    def connue(self) -> bool:
        """Vrai si le fichier dit chaque naissance."""
        return self.exacte and self.colonne.connue

    @property
    def codee(self) -> Colonne:
        """L'âge codé, lu là où il se lit le plus vite : dans la table, une fois jointe."""
        return replace(self.colonne, code=col(_AGE, "l")) if self.exacte else self.colonne

    @property
    def inconnue(self) -> Expr:
        """Vrai si rien n'est dit de la naissance."""
        return sql.egal(col(_AGE, "l"), ent(0)) if self.exacte else sql.est_nul(self.source.expr)

    @property
    def tot(self) -> Expr:
        """Le premier jour de naissance possible."""
        return self.date if self.date is not None else self._ecrite([tot for tot, _ in self.ages])

    def revolus(self, mois: int, *, tard: bool = False) -> Expr:
        """Le premier jour où tant de mois sont révolus, depuis la première ou la dernière naissance possible."""
        if not self.exacte:
            return self._ecrite([temps.revolus_le(bornes[tard], mois) for bornes in self.ages])
        self._seuils.add(mois)
        return col(_nom(mois), "l")

    def _ecrite(self, jours: Sequence[int]) -> Expr:
        """Le jour de chaque âge écrit."""
        depuis = sql.cast(self.moteur.tabule(self.rang, [jour - 1 for jour in jours]), "INTEGER")
        return sql.plus(self.moteur.date("0001-01-01"), depuis)

    # --- La table --------------------------------------------------------------------------------------------
    def poser(self, *, tres_ages_ecartes: bool) -> None:
        """Pose la table, d'après les seuils demandés. ``tres_ages_ecartes`` : aucun indicateur ne concerne la première
        classe d'âge, celle de naissances sans borne ; un seul jour l'y représente.
        """
        if self.exacte:
            self._depuis = self._premier() if tres_ages_ecartes else 1
            self.moteur.creer(_TABLE, self._jours())

    def joindre(self, lot: exp.Select) -> exp.Select:
        """Le lot et ce que la table en dit ; une ligne dont la naissance n'y est pas disparaît."""
        if self.date is None:
            return lot
        premier = self.moteur.date(temps.iso(self._depuis))
        cle = sql.selon((sql.moins_que(self.date, premier), premier), sinon=self.date)
        if not self.source.connue:
            cle = sql.selon((sql.est_nul(self.source.expr), self._inconnue()), sinon=cle)
        requete = sql.joindre(sql.depuis(lot, "l"), _TABLE, "n", (cle, col(_JOUR, "n")))
        du_lot = exp.Column(this=exp.Star(), table=exp.to_identifier("l"))
        return sql.choisir(requete, [du_lot, *(col(nom, "n") for nom in (_AGE, *map(_nom, sorted(self._seuils))))])

    def _inconnue(self) -> Expr:
        """Le lendemain de l'observation, où personne n'est né, tient lieu de naissance inconnue."""
        return self.moteur.date(temps.iso(self.jour + 1))

    def _premier(self) -> int:
        """Le dernier jour de la première classe d'âge, s'il y en a plusieurs."""
        debuts = self.colonne.valeurs[2:]
        return temps.jour(str(debuts[0])) - 1 if debuts else 1

    def _jours(self) -> exp.Select:
        rangs = exp.Anonymous(this="range", expressions=[ent(self.jour + 2 - self._depuis)])
        suite = exp.TableAlias(this=exp.to_identifier("r"), columns=[exp.to_identifier("i")])
        jour = sql.plus(self.moteur.date(temps.iso(self._depuis)), sql.cast(col("i", "r"), "INTEGER"))
        jours = exp.Select().from_(exp.Table(this=rangs, alias=suite), copy=False)
        requete = sql.depuis(sql.choisir(jours, [sql.nomme(jour, _JOUR)]), "j")
        lu = col(_JOUR, "j")
        debuts = [(self.moteur.date(str(debut)), rang) for rang, debut in enumerate(self.colonne.valeurs[2:], 2)]
        age = sql.selon((sql.egal(lu, self._inconnue()), ent(0)), sinon=morceau(lu, debuts, 1))
        seuils = [sql.nomme(revolus_le(lu, mois), _nom(mois)) for mois in sorted(self._seuils)]
        return sql.choisir(requete, [lu, sql.nomme(age, _AGE), *seuils])


def _nom(mois: int) -> str:
    return f"revolus_{mois}"


def revolus_le(depuis: Expr, mois: int) -> Expr:
    """Le premier jour où tant de mois sont révolus, comme :func:`opposable.droit.temps.revolus_le`."""
    ecart = exp.Anonymous(this="to_months", expressions=[ent(mois)])
    atteint = sql.cast(sql.plus(depuis, ecart), "DATE")
    return sql.plus(atteint, drapeau(sql.moins_que(exp.Day(this=atteint.copy()), exp.Day(this=depuis.copy()))))
