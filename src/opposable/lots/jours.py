"""Les jours fériés et ouvrés d'un lot : une petite table, une rangée par jour et par lieu que ses lignes portent.

L'interprète scalaire répond une fois par rangée ; les lignes la rejoignent par égalité. Ce qu'aucune règle ne lit n'y
est pas, et sans colonne il n'y a ni table ni jointure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.scalaire import Portee
from opposable.droit.table import EFFECTIF
from opposable.facturation.formules import FORMULES
from opposable.lots import sql
from opposable.lots.encodage import FAUTE
from opposable.lots.faits_codes import FaitCode
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

TABLE = "jours"


class Jours:
    """Ce que les formules lisent du calendrier, en colonnes de la table ``jours`` ; elles sont notées à leur lecture.

    ``lieux`` : pour chaque fait du lieu que le lot dit, son codage et la colonne de sa classe. ``paliers`` : les
    nombres de jours ouvrés que les règles séparent.
    """

    def __init__(self, corpus: Corpus, constantes: Mapping[str, Valeur], jour: Expr, *, strict: bool) -> None:
        self.corpus, self.constantes, self.jour, self.strict = corpus, constantes, jour, strict
        self.lieux: dict[str, tuple[FaitCode, Expr]] = {}
        self.paliers: tuple[int, ...] = ()
        self._feries: dict[int, None] = {}
        self._ouvres: dict[int, None] = {}
        self._lus: tuple[str, str] = ("", "")

    def ferie(self, ecart: int, *lieu: str) -> Expr:
        """Vrai si le jour des soins, ``ecart`` jours plus loin, est férié là où est le cabinet ; NULL : inconnu."""
        self._lus = (lieu[0], lieu[1])
        self._feries[ecart] = None
        return sql.egal(col(_ferie(ecart), "l"), ent(1))

    def ouvres(self, depuis: Expr, *lieu: str) -> tuple[Expr, Expr]:
        """Le plus petit et le plus grand palier de jours ouvrés écoulés depuis un jour, 0 sous le premier."""
        self._lus = (lieu[0], lieu[1])
        self._ouvres = dict.fromkeys(sorted(self.paliers))

        def atteint(bout: str) -> Expr:
            cas = [(sql.au_plus(depuis, col(f"{bout}{n}", "l")), ent(n)) for n in reversed(self._ouvres)]
            return sql.selon((sql.est_nul(depuis), sql.nul()), *cas, sinon=ent(0))

        return atteint(_SUR), atteint(_POSSIBLE)

    # --- La table --------------------------------------------------------------------------------------------
    @property
    def colonnes(self) -> dict[str, str]:
        """Les colonnes que les lignes y prennent, et leurs types."""
        ouvres = {f"{bout}{n}": "DATE" for n in self._ouvres for bout in (_SUR, _POSSIBLE)}
        return {_ferie(ecart): "SMALLINT" for ecart in self._feries} | ouvres

    def _cles(self) -> list[tuple[str, Expr]]:
        """Ce qui distingue les rangées : le jour, et les faits du lieu que le lot dit ligne par ligne."""
        return [("jour", self.jour), *((f"lieu{r}", self.lieux[n][1]) for r, n in enumerate(self._dits()))]

    def _dits(self) -> list[str]:
        return [nom for nom in self._lus if nom in self.lieux]

    def joindre(self, lues: exp.Select) -> exp.Select:
        """Les lignes lues, et ce que dit la table de leur jour et de leur lieu."""
        if not self.colonnes:
            return lues
        cles = [(expr, col(nom, "j")) for nom, expr in self._cles()]
        avec = sql.joindre(sql.depuis(lues, "l"), TABLE, "j", *cles, gauche=True)
        toutes = exp.Column(this=exp.Star(), table=exp.to_identifier("l"))
        return sql.choisir(avec, [toutes, *(col(nom, "j") for nom in self.colonnes)])

    def charger(self, moteur: Moteur, lues: exp.Select) -> None:
        """Répond à chaque jour et lieu distinct des lignes lues, et charge la table dans le moteur."""
        if not self.colonnes:
            return
        cles = [sql.nomme(expr.copy(), nom) for nom, expr in self._cles()]
        distinctes = moteur.lire(sql.choisir(sql.depuis(lues, "l"), cles).distinct(copy=False))
        types = {"jour": "DATE"} | {f"lieu{r}": "BIGINT" for r, _ in enumerate(self._dits())}
        moteur.charger(TABLE, types | self.colonnes, self._rangees(distinctes))

    def _rangees(self, distinctes: Iterable[Sequence[object]]) -> Iterable[tuple[object, ...]]:
        codes = [self.lieux[nom][0] for nom in self._dits()]
        for jour, *classes in distinctes:
            if not isinstance(jour, date):
                continue
            dits: dict[str, Valeur] = dict(self.constantes)
            for code, classe in zip(codes, classes, strict=True):
                connu = code.valeur(classe >> code.decalage) if isinstance(classe, int) and classe < FAUTE else None
                if connu is not None:
                    dits[code.nom] = connu
            portee = Portee(self.corpus, EFFECTIF, jour.toordinal(), dits, FORMULES, strict=self.strict)
            yield jour, *classes, *self._reponses(portee)

    def _reponses(self, portee: Portee) -> Iterable[object]:
        for ecart in self._feries:
            ferie = portee.ferie(ecart, *self._lus)
            yield None if ferie is None else int(ferie)
        for nombre in self._ouvres:
            depuis = portee.selon_le_lieu(*self._lus, partial(temps.recul_ouvre, portee.jour, nombre))
            yield date.fromordinal(min(depuis))
            yield date.fromordinal(max(depuis))


_SUR, _POSSIBLE = "jour_sur_", "jour_possible_"
"""Les derniers jours depuis lesquels un palier est atteint : sûrement, ou peut-être."""


def _ferie(ecart: int) -> str:
    return "jour_ferie_" + str(ecart).replace("-", "m")
