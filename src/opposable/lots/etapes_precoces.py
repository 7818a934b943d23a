"""Ce que les codes d'une facture disent avant tout tarif : un acte technique en dépend. Rien à faire pour un autre lot.

Seules les factures où un acte lit un tel fait sont réunies ; leurs lignes en reçoivent la classe dans leur clé.
"""

from __future__ import annotations

from typing import cast

from sqlglot import exp

from opposable.facturation.formules import FORMULES
from opposable.lots import sql
from opposable.lots.colonnes import ColonnesFacture, plus_petit
from opposable.lots.etapes import EtapesLignes
from opposable.lots.sql import Expr, col, ent

FACTURE, SIGNE = "__facture", "__signe"
"""Les clés d'une facture à côté des colonnes du lot : des noms qu'aucune d'elles ne porte."""


class EtapesPrecoces(EtapesLignes):
    """Les requêtes des faits précoces."""

    def lignes_precoces(self) -> exp.Select:
        """Les lignes des factures où un acte lit un fait précoce : leur code et leur période."""
        lu = self.lecture
        facture, signe = sql.nomme(lu.facture, FACTURE), sql.nomme(sql.essai(lu.signe, "TINYINT"), SIGNE)
        cid = sql.nomme(sql.essai(lu.code, "SMALLINT"), "cid")
        lot = lu.lignes_lues("lot", calendrier=False)
        codees = sql.choisir(sql.depuis(lot.copy(), "l"), [facture.copy(), signe.copy(), cid.copy()])
        qui = sql.choisir(sql.depuis(codees), [col(FACTURE, "t"), col(SIGNE, "t")])
        qui = qui.where(sql.parmi(col("cid", "t"), self.lecteurs), copy=False).distinct(copy=False)
        toutes = exp.Column(this=exp.Star(), table=exp.to_identifier("l"))
        lues = sql.choisir(sql.depuis(lot, "l"), [toutes, facture, signe])
        ici = sql.joindre(sql.depuis(lues, "l"), qui, "s", *((col(c, "l"), col(c, "s")) for c in (FACTURE, SIGNE)))
        # Le code et la période ne se calculent que sur les lignes trouvées.
        ici = sql.choisir(
            ici,
            [
                sql.nomme(col(FACTURE, "l"), "facture"), sql.nomme(col(SIGNE, "l"), "signe"),
                sql.nomme(col(self.mappage.ligne, "l"), "ligne"), cid, sql.nomme(lu.periode(), "periode"),
            ],
        )  # fmt: skip
        avec = sql.depuis(ici)
        gardees = [col(c, "t") for c in ("facture", "signe", "ligne", "cid", "periode")]
        if not self.codage.partages:
            return sql.choisir(avec, [*gardees, sql.nomme(col("cid", "t"), "forme")])
        avec = sql.joindre(avec, "formes_des_actes", "f", (col("cid", "t"), col("cid", "f")), gauche=True)
        return sql.choisir(avec, [*gardees, sql.nomme(sql.defaut(col("forme", "f"), col("cid", "t")), "forme")])

    def presences(self) -> exp.Select:
        """Les codes de ces lignes, ou leurs formes, et les périodes."""
        noms = ("forme", "periode")
        return sql.choisir(sql.depuis("lignes_precoces"), [col(n, "t") for n in noms]).distinct(copy=False)

    def lignes_jumelles(self) -> exp.Select:
        """Les lignes d'un acte technique déjà facturé plus tôt dans la facture : leur rang parmi elles, à sa place."""
        techniques = [self.codage.rang_de[code] + 1 for code in self.codage.techniques]
        place = self.codage.jumelle
        rang = exp.Window(
            this=exp.RowNumber(),
            partition_by=[col(c, "t") for c in ("facture", "signe", "cid")],
            order=exp.Order(expressions=[exp.Ordered(this=col("ligne", "t"), nulls_first=True)]),
        )
        cles = [col(c, "t") for c in ("facture", "signe", "ligne")]
        rangees = sql.depuis("lignes_precoces").where(sql.parmi(col("cid", "t"), techniques), copy=False)
        rangees = sql.choisir(rangees, [*(c.copy() for c in cles), sql.nomme(rang, "rang")])
        au_plus = plus_petit(sql.moins(sql.maximum(col("rang", "t")), ent(1)), ent((1 << place.bits) - 1))
        bits = sql.fois(sql.cast(au_plus, "BIGINT"), ent(1 << place.decalage))
        groupes = sql.choisir(sql.depuis(rangees), [*(c.copy() for c in cles), sql.nomme(bits, "rang")])
        return groupes.group_by(*cles, copy=False).having(
            sql.moins_que(ent(1), sql.maximum(col("rang", "t"))), copy=False
        )

    def precoces(self) -> exp.Select:
        """Par facture, les faits précoces, à leur place dans les mots de la clé, par les formules du scalaire."""
        cles = [(col("forme", "t"), col("cid", "v")), (col("periode", "t"), col("periode", "v"))]
        avec = sql.joindre(sql.depuis("lignes_precoces"), "vigueurs", "v", *cles)

        def famille(nom: str) -> Expr:
            return sql.parmi(col("cid", "t"), self._rangs(nom))

        def rien(*_: str) -> Expr:
            raise TypeError("un fait précoce ne lit que les codes")

        k = ColonnesFacture(self.moteur, {}, rien, rien, famille, sql.egal(col("existe", "v"), ent(1)), {}, {})
        colonnes: list[Expr] = [col("facture", "t"), col("signe", "t")]
        if self.codage.partages:
            colonnes.append(sql.nomme(sql.drapeau(sql.egal(sql.compte(), ent(1))), "seule"))
        for rang, mot in enumerate(self.mots):
            bits: Expr | None = None
            for fait in self.codage.precoces:
                if fait.mot == rang:
                    classe = self._classe(fait, cast(Expr, FORMULES[fait.fait.formule](k)))
                    place = sql.fois(classe, ent(1 << fait.decalage))
                    bits = place if bits is None else sql.plus(bits, place)
            if bits is not None:
                colonnes.append(sql.nomme(bits, mot))
        return sql.choisir(avec, colonnes).group_by(col("facture", "t"), col("signe", "t"), copy=False)
