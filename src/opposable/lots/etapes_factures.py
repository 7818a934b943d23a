"""Les étapes qui réunissent les lignes en factures, puis comptent l'argent : requêtes communes à tous les moteurs."""

from __future__ import annotations

from typing import Final, cast

from sqlglot import exp

from opposable.facturation import actes_lourds
from opposable.facturation.formules import argent, participation, participation_retenue
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes, Etapes
from opposable.lots.etapes import QUESTIONS
from opposable.lots.etapes_partages import PARTAGEES
from opposable.lots.etapes_precoces import EtapesPrecoces
from opposable.lots.sql import MOT, Expr, col, ent

REPONSE: Final = {
    "reponse": "INTEGER", "code": MOT, "existe": "INTEGER", "statut": MOT, "tarif_unitaire": "BIGINT",
    "base_unitaire": "BIGINT", "taux_dix_milliemes": "BIGINT", "nature": MOT, "ligne_tarif": MOT,
    "ligne_base": MOT, "ligne_taux": MOT, "motifs": "VARCHAR", "participations": "INTEGER",
    "part_inconnue": "INTEGER",
    "part": "INTEGER",
    "refusee": "INTEGER",
    "lourdes": "INTEGER",
    "compte": "INTEGER",
    "seuil": "BIGINT",
}  # fmt: skip
"""Ce que porte une réponse, et le type de chaque colonne."""


RETENUES: Final = {"contexte.actes_meme_professionnel_jour": "deja_jour", "patient.participations_annee": "deja_annee"}
"""Les faits que le lot peut compter lui-même, et le nom de leur colonne."""


class EtapesFactures(EtapesPrecoces):
    """Les requêtes des factures et du résultat."""

    # --- 5. Les factures -------------------------------------------------------------------------------------
    def numerotees(self) -> exp.Select:
        """Les lignes et le numéro de leur réponse à chaque question ; ce que ces réponses supposent, en bits."""
        avec = sql.depuis(self.questionnees())
        for q, table in QUESTIONS.items():
            mots = range(len(self.mots))
            avec = sql.joindre(avec, table, q, *((col(f"{q}{r}", "t"), col(f"{q}{r}", q)) for r in mots))
        supposes: Expr = col("supposes", "d")
        for q in ("b", "x"):
            supposes = exp.BitwiseOr(this=supposes, expression=col("supposes", q))
        numeros = [sql.nomme(self._numero(q), table) for q, table in QUESTIONS.items()]
        return sql.choisir(avec, [*(col(c, "t") for c in self.portees), *numeros, sql.nomme(supposes, "supposes")])

    def _numero(self, question: str) -> Expr:
        """Le numéro d'une réponse ; à la base d'une ligne partagée, celui de la place de son tarif."""
        numero: Expr = col("numero", question)
        if question == "b" and self.codage.partages:
            place = sql.fois(col("place", "t"), col("par_place", "b"))
            numero = sql.cast(sql.plus(numero, sql.defaut(place, ent(0))), "INTEGER")
        return numero

    def triplets(self) -> exp.Select:
        """Les états distincts : droits, base et taux."""
        return sql.choisir(sql.depuis("numerotees"), [col(c, "t") for c in QUESTIONS.values()]).distinct(copy=False)

    def supposes(self) -> exp.Select:
        """Combien de lignes reposent sur chaque ensemble de valeurs usuelles."""
        cle = col("supposes", "t")
        return sql.choisir(sql.depuis("numerotees"), [cle, sql.compte()]).group_by(cle.copy(), copy=False)

    def etatees(self) -> exp.Select:
        """Les lignes, leur état et son poids."""
        cles = [(col(c, "t"), col(c, "e")) for c in QUESTIONS.values()]
        avec = sql.joindre(sql.depuis("numerotees"), "etats", "e", *cles)
        return sql.choisir(avec, [*(col(c, "t") for c in self.portees), col("etat", "e"), col("poids", "e")])

    def formes(self, seulement: str = "") -> exp.Select:
        """Une rangée par facture de plusieurs lignes : sa forme (l'ensemble de ses lignes résolues), et ce qui cloche.

        La forme d'une facture d'une ligne est le poids de cette ligne. ``seulement`` : la table des factures à réunir.
        """
        t = "t"
        numero = sql.essai(col("ligne", t), "BIGINT")
        petit = sql.et(sql.au_plus(ent(0), numero), sql.au_plus(numero, ent(61)))
        bit = sql.selon((petit, self.moteur.bit(numero)), sinon=sql.cast(ent(0), "BIGINT"))
        colonnes = [
            col("facture", t),
            col("signe", t),
            sql.nomme(self.moteur.grande_somme(col("poids", t)), "forme"),
            sql.nomme(
                sql.drapeau(sql.differe(sql.minimum(col("commun", t)), sql.maximum(col("commun", t)))), "desaccord"
            ),
            sql.nomme(sql.drapeau(sql.differe(sql.compte(), self.moteur.bits(bit))), "doublon"),
            sql.nomme(sql.compte(), "lignes"),
        ]
        lignes = sql.depuis(self.etatees())
        if seulement:
            cles = [(col(c, t), col(c, "s")) for c in ("facture", "signe")]
            lignes = sql.joindre(lignes, seulement, "s", *cles)
        groupes = sql.choisir(lignes, colonnes).group_by(col("facture", t), col("signe", t), copy=False)
        return groupes.having(sql.moins_que(ent(1), sql.compte()), copy=False)

    def comptes_des_formes(self) -> exp.Select:
        """Factures de plusieurs lignes, lignes de ces factures, désaccords, doublons possibles : combien."""
        sommes = [sql.somme(col(c, "t")) for c in ("lignes", "desaccord", "doublon")]
        return sql.choisir(sql.depuis("formes"), [sql.compte(), *sommes])

    def representantes(self, formes: str = "formes") -> exp.Select:
        """Une facture par forme de cette table."""
        f = "t"
        colonnes = [
            col("forme", f),
            sql.nomme(sql.minimum(col("facture", f)), "facture"),
            sql.nomme(self.moteur.au_minimum(col("signe", f), col("facture", f)), "signe"),
        ]
        return sql.choisir(sql.depuis(formes, f), colonnes).group_by(col("forme", f), copy=False)

    def lignes_representantes(self) -> exp.Select:
        """Les lignes résolues de ces factures."""
        avec = sql.joindre(
            sql.depuis(self.etatees()), "representantes", "r",
            (col("facture", "t"), col("facture", "r")), (col("signe", "t"), col("signe", "r")),
        )  # fmt: skip
        return sql.choisir(avec, [col("forme", "r"), col("etat", "t")])

    # --- 6. Le résultat --------------------------------------------------------------------------------------
    def seuils(self) -> exp.Select:
        """Par état, les honoraires sous lesquels une de ses réponses peut ne pas couvrir la participation."""
        plus_haut = sql.nomme(sql.maximum(col("seuil", "t")), "seuil")
        groupes = sql.choisir(sql.depuis("reponses"), [col("etat", "t"), plus_haut]).group_by(
            col("etat", "t"), copy=False
        )
        return groupes.having(sql.moins_que(ent(0), sql.maximum(col("seuil", "t"))), copy=False)

    def candidates(self) -> exp.Select:
        """Les factures de plusieurs lignes dont un acte si peu facturé peut ne pas couvrir la participation, et celles
        où deux lignes de même état pourraient toutes deux la porter : les honoraires y sont sous un seuil.
        """
        facturees = sql.defaut(col("h", "t"), ent(0))
        avec = sql.joindre(sql.depuis(self.etatees()), "seuils", "s", (col("etat", "t"), col("etat", "s")))
        maigres = sql.choisir(
            avec.where(sql.moins_que(facturees, col("seuil", "s")), copy=False),
            [col(c, "t") for c in ("facture", "signe", "etat", "h")],
        )
        cles = [(col(c, "f"), col(c, "t")) for c in ("facture", "signe")]
        avec = sql.joindre(sql.depuis("formes", "f"), maigres, "t", *cles)
        avec = sql.joindre(
            avec, "reponses", "r", (col("forme", "f"), col("forme", "r")), (col("etat", "t"), col("etat", "r"))
        )
        retenues = avec.where(sql.moins_que(facturees.copy(), col("seuil", "r")), copy=False)
        return sql.choisir(retenues, [col(c, "t") for c in ("facture", "signe")]).distinct(copy=False)

    def complements(self) -> exp.Select:
        """La part obligatoire entière de ces factures, sur leurs lignes qui ne sont pas refusées."""
        comptees = sql.depuis(self._comptees(seulement="candidates"))
        gardees = comptees.where(sql.differe(col("statut", "t"), sql.txt("refusee")), copy=False)
        trou = sql.egal(sql.maximum(sql.drapeau(sql.est_nul(col("part_obligatoire", "t")))), ent(1))
        total = sql.selon((trou, sql.nul()), sinon=sql.somme(col("part_obligatoire", "t")))
        porte = sql.ou(*(sql.differe(sql.defaut(col(c, "t"), ent(1)), ent(0)) for c in ("participations", "lourdes")))
        premiere = sql.minimum(sql.selon((porte, col("ligne", "t"))))
        cles = [col("facture", "t"), col("signe", "t")]
        sommes = [sql.nomme(total, "part_facture"), sql.nomme(premiere, "porteuse")]
        return sql.choisir(gardees, [*cles, *sommes]).group_by(*(c.copy() for c in cles), copy=False)

    def _comptees(self, *, completees: bool = False, seulement: str = "", retenues: str = "") -> exp.Select:
        """Les lignes et leur réponse, l'argent compté par les formules de l'interprète scalaire.

        ``seulement`` : la table des factures à compter. ``retenues`` : celle des participations déjà retenues.
        """
        lignes: exp.Select = sql.depuis(self.etatees())
        toutes = exp.Column(this=exp.Star(), table=exp.to_identifier("t"))
        if seulement:
            lignes = sql.joindre(lignes, seulement, "s", *((col(c, "t"), col(c, "s")) for c in ("facture", "signe")))
            lignes = sql.depuis(sql.choisir(lignes, [toutes.copy()]))
        if retenues:
            cles = [(col(c, "t"), col(c, "s")) for c in ("facture", "signe")]
            lignes = sql.joindre(lignes, retenues, "s", *cles, gauche=True)
            dites = self._retenues_dites()
            lignes = sql.depuis(sql.choisir(lignes, [toutes.copy(), *(sql.nomme(v, c) for c, v in dites.items())]))
        avec = sql.joindre(
            lignes, "formes", "f",
            (col("facture", "t"), col("facture", "f")), (col("signe", "t"), col("signe", "f")), gauche=True,
        )  # fmt: skip
        forme = sql.defaut(col("forme", "f"), sql.cast(col("poids", "t"), self.moteur.grand))
        avec = sql.choisir(avec, [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), sql.nomme(forme, "forme")])
        avec = sql.joindre(
            sql.depuis(avec), "reponses", "r",
            (col("forme", "t"), col("forme", "r")), (col("etat", "t"), col("etat", "r")),
        )  # fmt: skip
        complement: Expr = sql.nul()
        portees: dict[str, Expr] = {c: col(c, "r") for c in ("participations", "lourdes")}
        if completees:
            avec = sql.joindre(
                avec, "complements", "c",
                (col("facture", "t"), col("facture", "c")), (col("signe", "t"), col("signe", "c")), gauche=True,
            )  # fmt: skip
            complement = col("part_facture", "c")
            autre = sql.differe(col("ligne", "t"), col("porteuse", "c"))
            portees = {c: sql.selon((autre.copy(), ent(0)), sinon=v) for c, v in portees.items()}
        sans = {"commun", *PARTAGEES}
        gardees = [col(c, "t") for c in (*self.portees, *(RETENUES.values() if retenues else ())) if c not in sans]
        propres = self._de_l_acte() if self.codage.partages else {}
        if propres:
            avec = self._avec_l_acte(avec)
        reponse = [
            sql.nomme(propres[c], c) if c in propres else col(c, "r")
            for c in REPONSE
            if c not in {*portees, "compte", "seuil"}
        ]
        ajoutes = [sql.nomme(complement, "part_facture"), *(sql.nomme(v, c) for c, v in portees.items())]
        avec = sql.choisir(avec, [*gardees, *reponse, *ajoutes])
        etapes = Etapes()
        faits = {nom: col(self.portes[nom]) if nom in self.portes else dit for nom, dit in self.compteurs.items()}
        for nom in self.comptees_par_le_lot:
            faits[nom] = col(RETENUES[nom]) if retenues else ent(0)
        k = Colonnes(
            self.moteur,
            {"acte.honoraires": col("h"), "acte.quantite": col("q"), **faits},
            lambda nom: self._table(nom, col("jour")),
            etapes,
            {"tarif": col("tarif_unitaire"), "base": col("base_unitaire"), "taux": col("taux_dix_milliemes")},
        )
        argent(k)  # type: ignore[arg-type]  # les mêmes formules, sur des expressions
        actes = col("participations")
        due = cast(Expr, participation(k, actes))  # type: ignore[arg-type]
        connue = sql.egal(col("part_inconnue"), ent(0))
        part = sql.selon((connue, sql.defaut(col("part_facture"), col("part_obligatoire"))), sinon=sql.nul())
        due = sql.selon((sql.egal(actes, ent(0)), ent(0)), sinon=due)
        retenue = cast(Expr, participation_retenue(k, k.nomme("due", due), part))  # type: ignore[arg-type]
        k.nomme("participation_forfaitaire", retenue)
        montant = k.table(actes_lourds.MONTANT) if self.codage.techniques else ent(0)
        lourde = sql.selon((sql.egal(col("lourdes"), ent(0)), ent(0)), sinon=sql.fois(col("lourdes"), montant))
        k.nomme("participation_actes_lourds", lourde)
        verse = k.moins(col("part_obligatoire"), col("participation_forfaitaire"))
        k.nomme("remboursement", k.moins(verse, col("participation_actes_lourds")))
        return etapes.appliquer(avec)

    def _retenues_dites(self) -> dict[str, Expr]:
        """Ce que la table des participations déjà retenues dit d'une facture ; rien si elle n'y est pas."""
        absente = sql.est_nul(col("facture", "s"))
        connues = {"deja_jour": col("deja_jour", "s"), "deja_annee": col("deja_annee", "s")}
        return {court: sql.selon((absente.copy(), ent(0)), sinon=connues[court]) for court in RETENUES.values()}

    def resultat(self, *, completees: bool = False, retenues: str = "") -> exp.Select:
        """Les lignes contrôlées, telles qu'elles s'écrivent."""
        compte = self._comptees(completees=completees, retenues=retenues)
        refusee = sql.egal(col("refusee"), ent(1))
        existe = sql.egal(col("existe"), ent(1))

        def euros(nom: str) -> Expr:
            valeur: Expr = col(nom)
            if nom == "honoraires":
                valeur = sql.selon((existe, valeur), sinon=col("h"))
            elif nom == "tarif":
                valeur = sql.selon((existe, valeur), sinon=sql.nul())
            else:
                valeur = sql.selon((refusee, ent(0)), (existe, valeur), sinon=sql.nul())
            return sql.nomme(self.moteur.euros(sql.fois(valeur, col("signe"))), nom)

        taux = sql.selon((refusee, ent(0)), sinon=col("taux"))
        sortie = [
            col("facture"), col("ligne"), col("medecin"), sql.nomme(col("jour"), "date"), col("code"), col("statut"),
            sql.nomme(sql.fois(col("q"), col("signe")), "quantite"),
            *(euros(nom) for nom in ("honoraires", "tarif", "base_remboursement")),
            sql.nomme(self.moteur.taux(taux), "taux"),
            *(euros(nom) for nom in ("part_obligatoire", "ticket_moderateur", "depassement")),
            *(euros(nom) for nom in ("participation_forfaitaire", "participation_actes_lourds", "remboursement")),
            sql.nomme(col("nature"), "nature_depassement"),
            col("ligne_tarif"), col("ligne_base"), col("ligne_taux"), col("reponse"),
            sql.nomme(self.moteur.liste(col("motifs")), "motifs"),
        ]  # fmt: skip
        return sql.choisir(sql.depuis(compte), sortie)
