"""Les lignes partagées, en requêtes : la forme de leur acte au lieu de son code, puis ce qui n'est qu'à elles."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.colonnes import Colonnes
from opposable.lots.encodage import Codage
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

PARTAGEES: Final = ("acte", "tu", "place")
"""Ce qu'une ligne partagée porte de plus : le rang de son code, son tarif unitaire et la place de ce tarif."""


class EtapesPartages:
    """Les requêtes des lignes partagées ; sans elles, aucune n'est changée."""

    codage: Codage
    moteur: Moteur
    mots: list[str]

    def codes_des_lignes(self) -> exp.Select:
        """Les codes, ou les formes, que portent les clés."""
        return sql.choisir(sql.depuis("codees"), [col("cid", "t")]).distinct(copy=False)

    def _partagees(self, colonnes: list[Expr]) -> list[Expr]:
        """Ces colonnes ; une ligne partagée y a la forme de son acte au lieu de son code, et son code à part."""
        forme = col("forme", "f")
        partagee = sql.et(sql.egal(col("seule", "p"), ent(1)), sql.egal(col("q", "t"), ent(1)), sql.connu(forme))
        place = self.codage.code
        ecart = sql.fois(sql.cast(sql.moins(forme, col("cid", "t")), "BIGINT"), ent(1 << place.decalage))
        resultat: list[Expr] = []
        for colonne in colonnes:
            nom = colonne.alias_or_name
            valeur = colonne.this if isinstance(colonne, exp.Alias) else colonne
            if nom == self.mots[place.mot]:
                valeur = sql.plus(valeur, sql.selon((partagee, ecart), sinon=sql.cast(ent(0), "BIGINT")))
            elif nom == "cid":
                valeur = sql.selon((partagee, forme), sinon=valeur)
            resultat.append(sql.nomme(valeur, nom))
        return [*resultat, sql.nomme(sql.selon((partagee, col("cid", "t"))), "acte")]

    def _baremes(self, tarifees: exp.Select) -> exp.Select:
        """Les tarifs d'actes que ces lignes partagées emploient : le rang de l'acte, celui du tarif, le barème."""
        noms = [col("acte", "t"), col("indice", "r"), col("bareme", "r")]
        employes = sql.et(*(sql.connu(nom.copy()) for nom in noms))
        return sql.choisir(tarifees.where(employes, copy=False), noms).distinct(copy=False)

    def _au_tarif_de_l_acte(self, tarifees: exp.Select) -> tuple[exp.Select, Expr, list[Expr]]:
        """Ces lignes, le tarif de chacune, et ce que porte une ligne partagée."""
        cles = [(col("acte", "t"), col("acte", "p")), *((col(c, "r"), col(c, "p")) for c in ("indice", "bareme"))]
        avec = sql.joindre(tarifees, "partages", "p", *cles, gauche=True)
        return (
            avec,
            sql.nomme(sql.defaut(col("tarif", "r"), col("tu", "p")), "tarif"),
            [col("tu", "p"), col("place", "p")],
        )

    def _avec_l_acte(self, lignes: exp.Select) -> exp.Select:
        """Ces lignes, et le code de l'acte de celles qui sont partagées."""
        return sql.joindre(lignes, "actes", "a", (col("acte", "t"), col("cid", "a")), gauche=True)

    def _de_l_acte(self) -> dict[str, Expr]:
        """Ce qu'une ligne partagée ne tient pas de sa réponse : son code, ses montants, sa ligne de tarif."""
        code, tarif = sql.cast(col("code", "a"), "VARCHAR"), col("tu", "t")
        propres: dict[str, Expr] = {
            "code": code,
            "tarif_unitaire": tarif,
            "base_unitaire": Colonnes(self.moteur, {}).part(tarif, col("part", "r")),
            "ligne_tarif": self.moteur.concatener([code.copy(), sql.cast(col("ligne_tarif", "r"), "VARCHAR")]),
        }
        communes = {c: col(c, "r") if "unitaire" in c else sql.cast(col(c, "r"), "VARCHAR") for c in propres}
        partagee = sql.connu(col("acte", "t"))
        return {c: sql.selon((partagee.copy(), v), sinon=communes[c]) for c, v in propres.items()}
