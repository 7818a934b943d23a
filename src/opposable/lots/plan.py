"""Les requêtes qui situent les fautes d'un lot ; avec les étapes, tout le plan d'un contrôle."""

from __future__ import annotations

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.encodage import FAUTE
from opposable.lots.etapes_plafonds import EtapesPlafonds
from opposable.lots.sql import Expr, col, ent


class Plan(EtapesPlafonds):
    """Bâtit toutes les requêtes d'un contrôle pour un lot mappé, un codage et un moteur."""

    def fautives(self) -> exp.Select:
        """Combien de lignes portent une faute de lecture."""
        return sql.choisir(sql.depuis("codees"), [sql.somme(sql.drapeau(self._en_faute()))])

    def _en_faute(self) -> Expr:
        marques = [sql.au_plus(ent(FAUTE), col(mot, "t")) for mot in self.mots]
        return sql.ou(sql.differe(col("fausse", "t"), ent(0)), *marques)

    def dires(self, masque: tuple[int, ...]) -> exp.Select:
        """Les combinaisons distinctes de faits dits que ce masque garde, des lignes sans faute."""
        mots = [sql.nomme(sql.masque(col(mot, "t"), ent(m)), mot) for mot, m in zip(self.mots, masque, strict=True)]
        lisibles = sql.depuis("codees").where(sql.non(self._en_faute()), copy=False)
        return sql.choisir(lisibles, mots).distinct(copy=False)

    def fautes(self) -> exp.Select:
        """Chaque ligne en faute de lecture : son numéro, sa facture, et le rang de la première faute."""
        lu = self.lecture
        rang = sql.selon(*((c.faux, ent(r)) for r, c in enumerate(lu.controles)))
        lues = sql.choisir(
            sql.depuis(lu.lignes_lues("lot_numerote"), "l"),
            [
                col("numero", "l"), sql.nomme(sql.cast(lu.facture, "VARCHAR"), "facture"),
                sql.nomme(sql.cast(col(self.mappage.ligne, "l"), "VARCHAR"), "ligne"), sql.nomme(rang, "rang"),
            ],
        )  # fmt: skip
        return sql.choisir(sql.depuis(lues), [exp.Star()]).where(sql.connu(col("rang", "t")), copy=False)

    def contredites(self, masque: tuple[int, ...]) -> exp.Select:
        """Les lignes dont les faits dits sont dans la table ``contradictions`` : numéro, facture, rang."""
        codees = sql.depuis(self.lignes("lot_numerote"))
        mots = [sql.nomme(sql.masque(col(m, "t"), ent(b)), f"k{m}") for m, b in zip(self.mots, masque, strict=True)]
        codees = sql.choisir(codees, [col(c, "t") for c in ("numero", "facture", "ligne")] + mots)
        avec = sql.joindre(
            sql.depuis(codees), "contradictions", "c", *((col(f"k{m}", "t"), col(f"k{m}", "c")) for m in self.mots)
        )
        textes = [sql.nomme(sql.cast(col(c, "t"), "VARCHAR"), c) for c in ("facture", "ligne")]
        return sql.choisir(avec, [col("numero", "t"), *textes, col("rang", "c")])

    def sans(self, table: str, ecartees: str) -> exp.Select:
        """La table, sans les factures écartées."""
        avec = sql.joindre(
            sql.depuis(table),
            ecartees,
            "e",
            (sql.cast(col("facture", "t"), "VARCHAR"), col("facture", "e")),
            gauche=True,
        )
        seule = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        return sql.choisir(avec, seule).where(
            sql.et(sql.est_nul(col("facture", "e")), sql.connu(col("facture", "t"))), copy=False
        )

    def doubles(self) -> exp.Select:
        """Les lignes qui portent le même identifiant dans une même facture."""
        suspectes = sql.choisir(sql.depuis("formes"), [col("facture", "t"), col("signe", "t")])
        suspectes = suspectes.where(sql.egal(col("doublon", "t"), ent(1)), copy=False)
        avec = sql.joindre(
            sql.depuis("numerotees"), suspectes, "s",
            (col("facture", "t"), col("facture", "s")), (col("signe", "t"), col("signe", "s")),
        )  # fmt: skip
        cles = [col("facture", "t"), col("signe", "t"), col("ligne", "t")]
        textes = [sql.nomme(sql.cast(col(c, "t"), "VARCHAR"), c) for c in ("facture", "ligne")]
        return (
            sql.choisir(avec, textes)
            .group_by(*cles, copy=False)
            .having(sql.moins_que(ent(1), sql.compte()), copy=False)
        )

    def desaccords(self) -> exp.Select:
        """Les factures dont deux lignes ne disent pas la même chose de la facture."""
        facture = sql.nomme(sql.cast(col("facture", "t"), "VARCHAR"), "facture")
        return sql.choisir(sql.depuis("formes"), [facture]).where(sql.egal(col("desaccord", "t"), ent(1)), copy=False)

    def lignes_de(self, facture: str) -> exp.Select:
        """Les lignes d'une facture telles que le lot les dit, et leur numéro."""
        lues = sql.choisir(
            sql.depuis("lot_numerote", "l"), [exp.Star(), sql.nomme(self.lecture.facture, "facture_lue")]
        )
        ici = sql.egal(sql.cast(col("facture_lue", "t"), "VARCHAR"), sql.txt(facture))
        return (
            sql.choisir(sql.depuis(lues), [exp.Star()]).where(ici, copy=False).order_by(col("numero", "t"), copy=False)
        )
