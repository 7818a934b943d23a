"""Le rang du code de chaque ligne d'un lot : écrit dans la requête, ou joint quand les codes sont nombreux."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.encodage import Codage
from opposable.lots.mappage import Colonne
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col

ECRITS: Final = 500
"""Au-delà, les codes se cherchent par une jointure : une liste se parcourt d'un bout à l'autre."""


class Codes:
    """Les codes d'un lot tels que sa colonne les écrit, et leur rang, dès 1."""

    def __init__(self, moteur: Moteur, codage: Codage, colonne: Colonne) -> None:
        self._moteur = moteur
        self._texte = sql.cast(col(colonne.colonne, "l"), "VARCHAR")
        rangs = {code: rang + 1 for code, rang in codage.rang_de.items()}
        vers_rangs = {avant: rangs.get(vers) for avant, vers in colonne.valeurs.items()}
        self._rangs = {code: rang for code, rang in rangs.items() if code not in vers_rangs}
        self._rangs |= {avant: rang for avant, rang in vers_rangs.items() if rang is not None}
        self._joints = len(self._rangs) > ECRITS
        if self._joints:
            moteur.charger("codes", {"texte": "VARCHAR", "cid": "SMALLINT"}, self._rangs.items())

    def rang(self) -> Expr:
        """Le rang du code de la ligne, nul s'il n'est pas connu."""
        return col("cid", "c") if self._joints else self._moteur.classe(self._texte, self._rangs)

    def depuis(self, source: str) -> exp.Select:
        """Les lignes du lot ``l``, avec de quoi lire leur rang."""
        lignes = sql.depuis(source, "l")
        if not self._joints:
            return lignes
        return sql.joindre(lignes, "codes", "c", (self._texte.copy(), col("texte", "c")), gauche=True)
