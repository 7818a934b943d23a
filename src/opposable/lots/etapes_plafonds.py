"""Les étapes des plafonds de la participation forfaitaire : ce qu'un même patient a déjà payé le jour ou l'année.

Seuls les patients assez souvent vus pour atteindre un plafond sont suivis ; leurs factures sont prises dans l'ordre.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.etapes_frequences import EtapesFrequences
from opposable.lots.sql import Expr, col, ent

CLES: Final = ("facture", "signe")
UNITAIRE, PLAFOND_JOUR, PLAFOND_ANNEE = (
    "participation_forfaitaire", "participation_plafond_jour", "participation_plafond_annee",
)  # fmt: skip


class EtapesPlafonds(EtapesFrequences):
    """Les requêtes des plafonds de la participation."""

    def plafonnables(self, au_plus: dict[str, int]) -> exp.Select:
        """Les factures de toute l'année des patients qui ont plus de lignes que n'en laisse un plafond.

        ``au_plus`` : ces nombres, pour le plafond du jour et celui de l'année.
        """
        marques = {"jour": "du_jour", "annee": "annee"}
        chargees = [self._chargees(marques[plafond], nombre) for plafond, nombre in au_plus.items()]
        toutes: exp.Query = chargees[0]
        for autre in chargees[1:]:
            toutes = exp.union(toutes, autre, distinct=True, copy=False)
        annees = sql.choisir(sql.depuis(toutes), [col("marque", "t")]).distinct(copy=False)
        avec = sql.joindre(sql.depuis("lignes_proches"), annees, "c", (col("annee", "t"), col("marque", "c")))
        avec = avec.where(sql.moins_que(ent(0), col("signe", "t")), copy=False)
        return sql.choisir(avec, [col(c, "t") for c in (*CLES, "patient", "medecin", "jour")]).distinct(copy=False)

    def _chargees(self, marque: str, nombre: int) -> exp.Select:
        """Les années de patients où un jour, ou l'année, a plus de lignes que ce nombre."""
        annee = sql.nomme(sql.minimum(col("annee", "t")), "marque")
        groupes = sql.choisir(sql.depuis("lignes_proches"), [annee]).where(sql.connu(col(marque, "t")), copy=False)
        return groupes.group_by(col(marque, "t"), copy=False).having(
            sql.moins_que(ent(nombre), sql.compte()), copy=False
        )

    def dues(self, *, completees: bool) -> exp.Select:
        """Par facture plafonnable, combien d'actes doivent une participation, et combien au plus."""
        avec = self._de("plafonnables", self._comptees(completees=completees, seulement="plafonnables"))
        nombre = col("participations", "t")
        inconnu = sql.maximum(sql.drapeau(sql.est_nul(nombre)))
        bas = sql.somme(sql.defaut(nombre.copy(), ent(0)))
        haut = sql.selon((sql.egal(inconnu, ent(1)), sql.compte()), sinon=bas.copy())
        return self._par_facture(avec, [sql.nomme(bas, "bas"), sql.nomme(haut, "haut")])

    def retenues_du_jour(self) -> exp.Select:
        """Par facture, les actes déjà comptés ce jour par le même médecin ; inconnu si le plafond en dépend."""
        avant = {
            nom: sql.defaut(self._avant(nom, ("patient", "medecin", "jour"), ("f_texte",)), ent(0))
            for nom in ("bas", "haut")
        }
        rangs = sql.choisir(
            sql.depuis("dues"),
            [exp.Star(), *(sql.nomme(v, f"jour_{nom}") for nom, v in avant.items())],
        )
        unitaire, plafond = self._centimes(UNITAIRE), self._centimes(PLAFOND_JOUR)

        def due(nom: str) -> Expr:
            reste = sql.moins(plafond.copy(), sql.fois(unitaire.copy(), col(f"jour_{nom}", "t")))
            return self._petit(sql.fois(unitaire.copy(), col("bas", "t")), self._positif(reste))

        sans = sql.est_nul(col("medecin", "t"))
        deja = sql.selon((sans, ent(0)), (sql.egal(due("bas"), due("haut")), col("jour_bas", "t")), sinon=sql.nul())
        gardees = [col(c, "t") for c in (*CLES, "patient", "jour", "haut", "bas", "f_texte")]
        dites = [sql.nomme(sql.cast(deja, "BIGINT"), "deja_jour"), sql.nomme(ent(0), "deja_annee")]
        return sql.choisir(sql.depuis(rangs), [*gardees, *dites])

    def versees(self, *, completees: bool) -> exp.Select:
        """Par facture plafonnable, la participation qu'elle devrait sans plafond de l'année, au moins et au plus."""
        lignes = self._comptees(completees=completees, seulement="plafonnables", retenues="du_jour")
        avec = self._de("du_jour", lignes, ("patient", "jour", "haut", "f_texte", "deja_jour"))
        due = col("participation_forfaitaire", "t")
        inconnue = sql.maximum(sql.drapeau(sql.est_nul(due)))
        bas = sql.somme(sql.defaut(due.copy(), ent(0)))
        au_plus = sql.fois(self._centimes(UNITAIRE), col("haut", "t"))
        haut = sql.selon((sql.egal(inconnue, ent(1)), sql.maximum(au_plus)), sinon=bas.copy())
        sommes = [sql.nomme(bas, "bas"), sql.nomme(haut, "plus"), sql.nomme(inconnue.copy(), "inconnue")]
        return self._par_facture(avec, sommes, ("patient", "jour", "haut", "f_texte", "deja_jour"))

    def retenues(self) -> exp.Select:
        """Par facture, ce que le patient a déjà payé ce jour et cette année, s'il approche d'un plafond."""
        avant = {
            nom: sql.defaut(self._avant(nom, ("patient", "annee"), ("jour", "f_texte")), ent(0))
            for nom in ("bas", "plus")
        }
        annee = sql.nomme(exp.Year(this=col("jour", "t")), "annee")
        datees = sql.choisir(sql.depuis("versees"), [exp.Star(), annee])
        rangs = sql.choisir(
            sql.depuis(datees), [exp.Star(), *(sql.nomme(v, f"annee_{nom}") for nom, v in avant.items())]
        )
        plafond = self._centimes(PLAFOND_ANNEE)

        def retenue(nom: str) -> Expr:
            reste = sql.moins(plafond.copy(), self._petit(col(f"annee_{nom}", "t"), plafond.copy()))
            return self._petit(col("bas", "t"), reste)

        tranche = sql.ou(sql.egal(retenue("bas"), retenue("plus")), sql.egal(col("inconnue", "t"), ent(1)))
        deja = sql.selon((tranche, self._petit(col("annee_bas", "t"), plafond.copy())), sinon=sql.nul())
        colonnes = [
            *(col(c, "t") for c in CLES),
            col("deja_jour", "t"),
            sql.nomme(sql.cast(deja, "BIGINT"), "deja_annee"),
        ]
        suite = sql.depuis(sql.choisir(sql.depuis(rangs), colonnes))
        pese = sql.ou(*(sql.differe(sql.defaut(col(c, "t"), ent(-1)), ent(0)) for c in ("deja_jour", "deja_annee")))
        return sql.choisir(suite, [exp.Star()]).where(pese, copy=False)

    def participations_dites(self) -> exp.Select:
        """Ce qui s'écrit des plafonds : par facture, ce qui était déjà retenu."""
        return sql.choisir(sql.depuis("retenues"), [col(c, "t") for c in ("facture", "deja_jour", "deja_annee")])

    # --- De petites pièces -----------------------------------------------------------------------------------
    def _centimes(self, table: str) -> Expr:
        return self._table(table, col("jour", "t"))

    @staticmethod
    def _petit(a: Expr, b: Expr) -> Expr:
        return sql.selon((sql.au_plus(a, b), a.copy()), sinon=b.copy())

    @staticmethod
    def _avant(nom: str, par: tuple[str, ...], selon: tuple[str, ...]) -> Expr:
        """La somme de ce qui précède, dans l'ordre, au sein d'un groupe."""
        return exp.Window(
            this=exp.Sum(this=col(nom, "t")),
            partition_by=[col(c, "t") for c in par],
            order=exp.Order(expressions=[exp.Ordered(this=col(c, "t"), nulls_first=True) for c in selon]),
            spec=exp.WindowSpec(
                kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=ent(1), end_side="PRECEDING"
            ),
        )

    def _de(self, table: str, lignes: exp.Select, en_plus: tuple[str, ...] = ()) -> exp.Select:
        """Les lignes de ces factures, avec ce que la table en dit."""
        cles = [(col(c, "t"), col(c, "p")) for c in CLES]
        avec = sql.joindre(sql.depuis(lignes), table, "p", *cles)
        dites = en_plus or ("patient", "medecin")
        toutes = [col(c, "t") for c in (*CLES, "participations", "participation_forfaitaire")]
        jour = [] if "jour" in dites else [col("jour", "p")]
        return sql.choisir(avec, [*toutes, *jour, *(col(c, "p") for c in dites)])

    def _par_facture(self, lignes: exp.Select, sommes: list[Expr], dites: tuple[str, ...] = ()) -> exp.Select:
        noms = (*CLES, *(dites or ("patient", "medecin", "jour")))
        cles: list[Expr] = [col(c, "t") for c in noms]
        colonnes = [*cles]
        if "f_texte" not in noms:
            colonnes.append(sql.nomme(sql.cast(col("facture", "t"), "VARCHAR"), "f_texte"))
        return sql.choisir(sql.depuis(lignes), [*colonnes, *sommes]).group_by(*(c.copy() for c in cles), copy=False)
