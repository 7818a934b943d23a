"""Les étapes d'un contrôle, en requêtes communes à tous les moteurs.

Une étape code les lignes, une autre les rapproche des réponses de l'interprète scalaire, la dernière compte l'argent.
Les jointures ne portent que sur des égalités : un masque s'applique dans une sous-requête, avant de joindre.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.droit.table import EFFECTIF
from opposable.facturation.formules import FORMULES, argent, participation, participation_retenue
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes, ColonnesFacture, Etapes
from opposable.lots.encodage import FAUTE, Codage, FaitCode
from opposable.lots.lecture_lot import Lecture
from opposable.lots.mappage import Mappage
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

OUI, NON = "oui", "non"
QUESTIONS: Final = {"d": "droits", "b": "bases", "x": "taux"}
"""Les questions posées à l'interprète pour chaque ligne : la lettre de leurs clés, la table de leurs réponses."""
PORTEES: Final = ("facture", "ligne", "medecin", "jour", "h", "q", "signe", "commun")
"""Ce que chaque ligne porte d'une étape à l'autre."""
REPONSE: Final = {
    "reponse": "INTEGER", "code": "VARCHAR", "existe": "INTEGER", "statut": "VARCHAR", "tarif_unitaire": "BIGINT",
    "base_unitaire": "BIGINT", "taux_dix_milliemes": "BIGINT", "nature": "VARCHAR", "ligne_tarif": "VARCHAR",
    "ligne_base": "VARCHAR", "ligne_taux": "VARCHAR", "motifs": "VARCHAR", "participations": "INTEGER",
    "part_inconnue": "INTEGER",
    "doubles": "INTEGER",
}  # fmt: skip
"""Ce que porte une réponse, et le type de chaque colonne."""


class Plan:
    """Bâtit les requêtes d'un contrôle pour un lot mappé, un codage et un moteur."""

    def __init__(
        self,
        corpus: Corpus,
        mappage: Mappage,
        codage: Codage,
        moteur: Moteur,
        lecture: Lecture,
        nature: tuple[int, ...],
    ) -> None:
        self.corpus, self.mappage, self.codage, self.moteur, self.lecture = corpus, mappage, codage, moteur, lecture
        self.nature = nature
        self.compteurs = lecture.compteurs()
        self.portes = {nom: f"p{rang}" for rang, nom in enumerate(self.compteurs) if nom in mappage.faits}
        self.portees = (*PORTEES, *self.portes.values())
        self.mots = [f"w{rang}" for rang in range(codage.mots)]
        self.relations = [f for f in codage.tardifs if f.nom.startswith("facture.")]
        (self.opposable,) = (f for f in codage.tardifs if f.nom == "ligne.opposable")
        self.coordonnes = sorted({autre for code in codage.codes for autre in corpus.actes[code].tarif_coordonne})

    # --- 1. Les lignes codées --------------------------------------------------------------------------------
    def lignes(self, source: str = "lot") -> exp.Select:
        """Une rangée par ligne du lot : identifiants, jour, code, mots de la clé, argent demandé, faute éventuelle."""
        lu = self.lecture
        medecin = sql.cast(col(self.mappage.medecin, "l"), "VARCHAR") if self.mappage.medecin else sql.nul("VARCHAR")
        periode = lu.periode()
        colonnes = [
            sql.nomme(lu.facture, "facture"),
            sql.nomme(col(self.mappage.ligne, "l"), "ligne"),
            sql.nomme(medecin, "medecin"),
            sql.nomme(lu.jour, "jour"),
            sql.nomme(lu.code, "cid"),
            sql.nomme(lu.honoraires, "h"),
            sql.nomme(sql.cast(lu.quantite, "BIGINT"), "q"),
            sql.nomme(lu.signe, "signe"),
            *(sql.nomme(self.compteurs[nom], court) for nom, court in self.portes.items()),
            sql.nomme(self._fausse(), "fausse"),
            *(sql.nomme(mot, nom) for mot, nom in zip(lu.mots(periode), self.mots, strict=True)),
        ]
        colonnes[4:8] = [
            sql.nomme(sql.essai(v.this, g), v.alias)
            for v, g in zip(colonnes[4:8], ("SMALLINT", "INTEGER", "SMALLINT", "TINYINT"), strict=True)
        ]
        if source != "lot":
            colonnes.append(col("numero", "l"))
        codees = sql.choisir(sql.depuis(lu.lignes_lues(source), "l"), colonnes)
        de_facture = self._de_facture()
        commun = self.moteur.empreinte(
            col("jour", "t"), *(sql.masque(col(mot, "t"), ent(m)) for mot, m in zip(self.mots, de_facture, strict=True))
        )
        return sql.choisir(
            sql.depuis(codees), [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), sql.nomme(commun, "commun")]
        )

    def _fausse(self) -> Expr:
        return sql.drapeau(sql.ou(*(c.faux for c in self.lecture.controles if not c.marque)))

    # --- 2. Le tarif, et si la ligne est au tarif opposable --------------------------------------------------
    def _masquees(self, requete: exp.Select, masques: str, noms: str) -> exp.Select:
        """La requête et les mots de la clé, masqués par ceux de la table ``masques`` (par code)."""
        avec = sql.joindre(sql.depuis(requete), masques, "m", (col("cid", "t"), col("cid", "m")))
        colonnes = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        return sql.choisir(
            avec,
            [*colonnes, *(sql.nomme(sql.masque(col(mot, "t"), col(mot, "m")), f"{noms}{mot}") for mot in self.mots)],
        )

    def cles_de(self, requete: exp.Select, noms: str) -> exp.Select:
        """Les clés distinctes."""
        cles = [col(f"{noms}{mot}", "t") for mot in self.mots]
        return sql.choisir(sql.depuis(requete), cles).distinct(copy=False)

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

    def tarifables(self) -> exp.Select:
        """Les lignes et leur clé de tarif."""
        return self._masquees(sql.choisir(sql.depuis("codees"), [exp.Star()]), "masques_tarif", "t")

    def tarifees(self) -> exp.Select:
        """Les lignes, leur tarif unitaire, et si elles sont au tarif opposable."""
        cles = [(col(f"t{mot}", "t"), col(f"t{mot}", "r")) for mot in self.mots]
        avec = sql.joindre(sql.depuis(self.tarifables()), "tarifs", "r", *cles)
        avec = sql.choisir(
            avec,
            [
                *(col(c, "t") for c in (*self.portees, "cid", *self.mots)),
                col("tarif", "r"),
                col("existe", "r"),
                *(col(f"{sorte}_{code}", "r") for code in self.coordonnes for sorte in ("du", "tarif")),
            ],
        )
        k = Colonnes(
            self.moteur,
            {"acte.honoraires": col("h", "t"), "acte.quantite": col("q", "t")},
            unitaires={"tarif": col("tarif", "t")},
        )
        opposable = cast(Expr, FORMULES["ligne_opposable"](k))
        return sql.choisir(
            sql.depuis(avec),
            [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), sql.nomme(opposable, "opposable")],
        )

    # --- 3. Les factures où une ligne dépasse ----------------------------------------------------------------
    def depassantes(self) -> exp.Select:
        """Les factures où une ligne n'est pas, ou pas sûrement, au tarif opposable."""
        doute = sql.ou(sql.non(col("opposable", "t")), sql.est_nul(col("opposable", "t")))
        return (
            sql.choisir(sql.depuis(self.tarifees()), [col("facture", "t"), col("signe", "t")])
            .where(doute, copy=False)
            .distinct(copy=False)
        )

    def de_depassantes(self) -> exp.Select:
        """Les lignes de ces factures, avec leur clé de nature du dépassement."""
        toutes = sql.joindre(
            sql.depuis(self.tarifees()), "depassantes", "d",
            (col("facture", "t"), col("facture", "d")), (col("signe", "t"), col("signe", "d")),
        )  # fmt: skip
        colonnes: list[Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        toutes = sql.choisir(toutes, colonnes)
        masque = self.nature
        mots = [
            sql.nomme(sql.masque(self._mot(rang, [self.opposable]), ent(masque[rang])), f"n{nom}")
            for rang, nom in enumerate(self.mots)
        ]
        return sql.choisir(sql.depuis(toutes), [*(c.copy() for c in colonnes), *mots])

    def _mot(self, rang: int, tardifs: Iterable[FaitCode], table: str = "t") -> Expr:
        """Le mot ``rang`` de la clé, complété des faits tardifs dont la colonne porte le nom court."""
        mot: Expr = col(self.mots[rang], table)
        for fait in tardifs:
            if fait.mot == rang:
                mot = sql.plus(mot, sql.fois(self._classe(fait, col(_court(fait.nom), table)), ent(1 << fait.decalage)))
        return mot

    @staticmethod
    def _classe(fait: FaitCode, kleene: Expr) -> Expr:
        classe = sql.selon((kleene, ent(fait.mots[OUI])), (sql.non(kleene), ent(fait.mots[NON])), sinon=ent(0))
        return sql.cast(classe, "BIGINT")

    def relations_des_factures(self) -> exp.Select:
        """Par facture qui dépasse, les faits calculés de la facture, par les formules de l'interprète scalaire."""
        cles = [(col(f"n{mot}", "t"), col(f"n{mot}", "n")) for mot in self.mots]
        avec = sql.joindre(sql.depuis("lignes_depassantes"), "natures", "n", *cles)
        avec = sql.choisir(avec, [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), col("nature", "n")])
        k = self._algebre_facture()
        colonnes: list[Expr] = [col("facture", "t"), col("signe", "t")]
        colonnes += [sql.nomme(cast(Expr, FORMULES[f.fait.formule](k)), _court(f.nom)) for f in self.relations]
        return sql.choisir(sql.depuis(avec), colonnes).group_by(col("facture", "t"), col("signe", "t"), copy=False)

    def _algebre_facture(self) -> ColonnesFacture:
        natures = {
            mot: rang for rang, mot in enumerate(self.corpus.vocabulaire.faits["ligne.nature_depassement"].valeurs, 1)
        }

        def kleene(fait: str, valeur: str) -> Expr:
            if fait == "ligne.opposable":
                return col("opposable", "t") if valeur == OUI else sql.non(col("opposable", "t"))
            if fait == "ligne.nature_depassement":
                nature = col("nature", "t")
                return sql.selon(
                    (sql.egal(nature, ent(0)), sql.nul("BOOLEAN")), sinon=sql.egal(nature, ent(natures[valeur]))
                )
            raise TypeError(f"aucune colonne ne donne « {fait} »")

        def famille(nom: str) -> Expr:
            return sql.parmi(col("cid", "t"), self._rangs(nom))

        return ColonnesFacture(
            self.moteur,
            {"acte.honoraires": col("h", "t")},
            lambda nom: self._table(nom, sql.maximum(col("jour", "t"))),
            kleene,
            famille,
            sql.egal(col("existe", "t"), ent(1)),
            {
                code: (
                    sql.egal(col("cid", "t"), ent(self.codage.rang_de.get(code, -2) + 1)),
                    sql.egal(col(f"du_{code}", "t"), ent(1)),
                    col(f"tarif_{code}", "t"),
                )
                for code in self.coordonnes
            },
            {"tarif": col("tarif", "t")},
        )

    def _rangs(self, famille: str) -> list[int]:
        rangs = [r + 1 for code, r in self.codage.rang_de.items() if famille in self.corpus.actes[code].familles]
        return rangs or [-1]

    def _table(self, nom: str, jour: Expr) -> Expr:
        """La valeur d'une table qui ne lit aucun fait, selon la période de ce jour."""
        table = self.corpus.tables[nom]
        if table.faits:
            raise TypeError(f"la table « {nom} » lit des faits : elle se résout, elle ne s'écrit pas en colonnes")
        par_jour = [(b, table.choisir(lambda _: None, b, EFFECTIF).valeur) for b in self.codage.bornes]
        textes = any(isinstance(v, str) for _, v in par_jour)
        cas: list[tuple[Expr, Expr]] = []
        for borne, valeur in reversed(par_jour):
            ecrit = sql.txt(str(valeur)) if textes else (sql.nul() if valeur is None else ent(int(valeur)))
            cas.append((sql.au_plus(self.moteur.date(_iso(borne)), jour), ecrit))
        return sql.selon(*_fusionner(cas), sinon=sql.nul("VARCHAR" if textes else "BIGINT"))

    # --- 4. Les clés des droits et de l'argent ---------------------------------------------------------------
    def clefs(self) -> exp.Select:
        """Une rangée par ligne, avec ses deux clés ; une facture sans dépassement prend les faits ``par_defaut``."""
        avec = sql.joindre(
            sql.depuis(self.tarifees()), "relations", "f",
            (col("facture", "t"), col("facture", "f")), (col("signe", "t"), col("signe", "f")), gauche=True,
        )  # fmt: skip
        sans = sql.est_nul(col("facture", "f"))
        defauts = {"facture.opposable": sql.VRAI, "facture.plafond_da_respecte": sql.VRAI}
        colonnes: list[Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        for fait in self.relations:
            valeur = sql.selon((sans, defauts.get(fait.nom, sql.FAUX)), sinon=col(_court(fait.nom), "f"))
            colonnes.append(sql.nomme(valeur, _court(fait.nom)))
        colonnes.append(sql.nomme(sql.drapeau(col("opposable", "t")), "tenue"))
        avec = sql.choisir(avec, colonnes)
        completes = [sql.nomme(self._mot(r, self.codage.tardifs), nom) for r, nom in enumerate(self.mots)]
        return sql.choisir(sql.depuis(avec), [*(col(c, "t") for c in (*self.portees, "cid", "tenue")), *completes])

    def _de_facture(self) -> list[int]:
        """Les bits des faits de la facture, les mêmes sur toutes ses lignes."""
        masque = [0] * len(self.mots)
        for fait in self.codage.sources:
            if not fait.nom.startswith(("acte.", "ligne.")):
                masque[fait.mot] |= fait.masque() << fait.decalage
        return masque

    def questionnees(self) -> exp.Select:
        """Les lignes et, pour chaque question, leur clé : les mots que le masque de leur code laisse."""
        avec = sql.joindre(
            sql.depuis("clefs"),
            "masques",
            "m",
            (col("cid", "t"), col("cid", "m")),
            (col("tenue", "t"), col("tenue", "m")),
        )
        cles = [
            sql.nomme(sql.masque(col(mot, "t"), col(f"{q}{r}", "m")), f"{q}{r}")
            for q in QUESTIONS
            for r, mot in enumerate(self.mots)
        ]
        return sql.choisir(avec, [*(col(c, "t") for c in self.portees), *cles])

    def cles(self, question: str) -> exp.Select:
        """Les clés distinctes d'une question."""
        mots = [col(f"{question}{r}", "t") for r in range(len(self.mots))]
        return sql.choisir(sql.depuis(self.questionnees()), mots).distinct(copy=False)

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
        numeros = [sql.nomme(col("numero", q), table) for q, table in QUESTIONS.items()]
        return sql.choisir(avec, [*(col(c, "t") for c in self.portees), *numeros, sql.nomme(supposes, "supposes")])

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

    def formes(self) -> exp.Select:
        """Une rangée par facture de plusieurs lignes : sa forme (l'ensemble de ses lignes résolues), et ce qui cloche.

        La forme d'une facture d'une ligne est le poids de cette ligne.
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
        groupes = sql.choisir(sql.depuis(self.etatees()), colonnes).group_by(
            col("facture", t), col("signe", t), copy=False
        )
        return groupes.having(sql.moins_que(ent(1), sql.compte()), copy=False)

    def comptes_des_formes(self) -> exp.Select:
        """Factures de plusieurs lignes, lignes de ces factures, désaccords, doublons possibles : combien."""
        sommes = [sql.somme(col(c, "t")) for c in ("lignes", "desaccord", "doublon")]
        return sql.choisir(sql.depuis("formes"), [sql.compte(), *sommes])

    def representantes(self) -> exp.Select:
        """Une facture par forme."""
        f = "t"
        colonnes = [
            col("forme", f),
            sql.nomme(sql.minimum(col("facture", f)), "facture"),
            sql.nomme(self.moteur.au_minimum(col("signe", f), col("facture", f)), "signe"),
        ]
        return sql.choisir(sql.depuis("formes", f), colonnes).group_by(col("forme", f), copy=False)

    def lignes_representantes(self) -> exp.Select:
        """Les lignes résolues de ces factures."""
        avec = sql.joindre(
            sql.depuis(self.etatees()), "representantes", "r",
            (col("facture", "t"), col("facture", "r")), (col("signe", "t"), col("signe", "r")),
        )  # fmt: skip
        return sql.choisir(avec, [col("forme", "r"), col("etat", "t")])

    # --- 6. Le résultat --------------------------------------------------------------------------------------
    def candidates(self, seuil: int, *, doubles: bool) -> exp.Select:
        """Les factures de plusieurs lignes dont un acte si peu facturé peut ne pas couvrir la participation, et celles
        (``doubles``) où deux lignes de même état pourraient toutes deux la porter.
        """
        cles = [col("facture", "t"), col("signe", "t")]

        def trouver(lignes: exp.Expr, reponse: exp.Expr) -> exp.Select:
            maigres = sql.choisir(
                sql.depuis(self.etatees()), [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
            )
            avec = sql.joindre(
                sql.depuis(maigres.where(lignes, copy=False)), "formes", "f",
                (col("facture", "t"), col("facture", "f")), (col("signe", "t"), col("signe", "f")),
            )  # fmt: skip
            avec = sql.joindre(
                avec, "reponses", "r", (col("forme", "f"), col("forme", "r")), (col("etat", "t"), col("etat", "r"))
            )
            return sql.choisir(avec, [c.copy() for c in cles]).where(reponse, copy=False)

        trouvees: exp.Query = trouver(
            sql.moins_que(col("h", "t"), ent(seuil)), sql.moins_que(ent(0), col("participations", "r"))
        )
        if doubles:
            trouvees = trouvees.union(trouver(sql.VRAI, sql.egal(col("doubles", "r"), ent(1))))
        return sql.choisir(sql.depuis(trouvees), cles).distinct(copy=False)

    def complements(self) -> exp.Select:
        """La part obligatoire entière de ces factures, sur leurs lignes qui ne sont pas refusées."""
        avec = sql.joindre(
            sql.depuis(self._comptees()), "candidates", "c",
            (col("facture", "t"), col("facture", "c")), (col("signe", "t"), col("signe", "c")),
        )  # fmt: skip
        gardees = avec.where(sql.differe(col("statut", "t"), sql.txt("refusee")), copy=False)
        trou = sql.egal(sql.maximum(sql.drapeau(sql.est_nul(col("part_obligatoire", "t")))), ent(1))
        total = sql.selon((trou, sql.nul()), sinon=sql.somme(col("part_obligatoire", "t")))
        porte = sql.differe(sql.defaut(col("participations", "t"), ent(1)), ent(0))
        premiere = sql.minimum(sql.selon((porte, col("ligne", "t"))))
        cles = [col("facture", "t"), col("signe", "t")]
        sommes = [sql.nomme(total, "part_facture"), sql.nomme(premiere, "porteuse")]
        return sql.choisir(gardees, [*cles, *sommes]).group_by(*(c.copy() for c in cles), copy=False)

    def _comptees(self, *, completees: bool = False) -> exp.Select:
        """Les lignes et leur réponse, l'argent compté par les formules de l'interprète scalaire."""
        avec = sql.joindre(
            sql.depuis(self.etatees()), "formes", "f",
            (col("facture", "t"), col("facture", "f")), (col("signe", "t"), col("signe", "f")), gauche=True,
        )  # fmt: skip
        forme = sql.defaut(col("forme", "f"), sql.cast(col("poids", "t"), self.moteur.grand))
        avec = sql.choisir(avec, [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), sql.nomme(forme, "forme")])
        avec = sql.joindre(
            sql.depuis(avec), "reponses", "r",
            (col("forme", "t"), col("forme", "r")), (col("etat", "t"), col("etat", "r")),
        )  # fmt: skip
        complement: Expr = sql.nul()
        portees: Expr = col("participations", "r")
        if completees:
            avec = sql.joindre(
                avec, "complements", "c",
                (col("facture", "t"), col("facture", "c")), (col("signe", "t"), col("signe", "c")), gauche=True,
            )  # fmt: skip
            complement = col("part_facture", "c")
            portees = sql.selon((sql.differe(col("ligne", "t"), col("porteuse", "c")), ent(0)), sinon=portees)
        gardees = [col(c, "t") for c in self.portees if c != "commun"]
        reponse = [col(c, "r") for c in REPONSE if c != "participations"]
        ajoutes = [sql.nomme(complement, "part_facture"), sql.nomme(portees, "participations")]
        avec = sql.choisir(avec, [*gardees, *reponse, *ajoutes])
        etapes = Etapes()
        faits = {nom: col(self.portes[nom]) if nom in self.portes else dit for nom, dit in self.compteurs.items()}
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
        k.nomme("remboursement", k.moins(col("part_obligatoire"), col("participation_forfaitaire")))
        return etapes.appliquer(avec)

    def resultat(self, *, completees: bool = False) -> exp.Select:
        """Les lignes contrôlées, telles qu'elles s'écrivent."""
        compte = self._comptees(completees=completees)
        refusee = sql.egal(col("statut"), sql.txt("refusee"))
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
            *(euros(nom) for nom in ("participation_forfaitaire", "remboursement")),
            sql.nomme(col("nature"), "nature_depassement"),
            col("ligne_tarif"), col("ligne_base"), col("ligne_taux"), col("reponse"),
            sql.nomme(self.moteur.liste(col("motifs")), "motifs"),
        ]  # fmt: skip
        return sql.choisir(sql.depuis(compte), sortie)


def _court(nom: str) -> str:
    """Le nom d'une colonne pour un fait tardif."""
    return {"ligne.opposable": "opposable"}.get(nom, nom.replace(".", "_"))


def _iso(jour: int) -> str:
    from opposable.droit import temps

    return temps.iso(jour)


def _fusionner(cas: list[tuple[Expr, Expr]]) -> list[tuple[Expr, Expr]]:
    """Sans les cas qui donnent la même valeur que le suivant, plus ancien."""
    resultat: list[tuple[Expr, Expr]] = []
    for condition, valeur in cas:
        if resultat and resultat[-1][1] == valeur:
            resultat[-1] = (condition, valeur)
        else:
            resultat.append((condition, valeur))
    return resultat
