"""Les étapes qui mènent chaque ligne d'un lot à ses clés, en requêtes communes à tous les moteurs.

Les jointures ne portent que sur des égalités : un masque s'applique dans une sous-requête, avant de joindre.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.table import EFFECTIF
from opposable.facturation.formules import FORMULES
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes, ColonnesFacture
from opposable.lots.encodage import Codage
from opposable.lots.etapes_partages import PARTAGEES, EtapesPartages
from opposable.lots.faits_codes import FaitCode, Place
from opposable.lots.lecture_lot import Lecture
from opposable.lots.mappage import Mappage
from opposable.lots.moteurs import Moteur
from opposable.lots.sql import Expr, col, ent

OUI, NON = "oui", "non"
QUESTIONS: Final = {"d": "droits", "b": "bases", "x": "taux"}
"""Les questions posées à l'interprète pour chaque ligne : la lettre de leurs clés, la table de leurs réponses."""
PORTEES: Final = ("facture", "ligne", "medecin", "jour", "h", "q", "signe", "commun")
"""Ce que chaque ligne porte d'une étape à l'autre."""


class EtapesLignes(EtapesPartages):
    """Les requêtes qui mènent chaque ligne à ses clés."""

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
        self.toutes = False
        """Vrai si une règle lit un fait de la facture qui varie même sans dépassement : toutes sont alors agrégées."""
        self.sans_depassement: Mapping[str, str] = {}
        """Les faits de la facture quand toutes ses lignes sont au tarif ; ceux qui varient n'y sont pas."""
        self.compteurs = lecture.compteurs()
        self.comptees_par_le_lot: set[str] = set()
        """Les faits de la participation que le lot compte lui-même."""
        self.portes = {nom: f"p{rang}" for rang, nom in enumerate(self.compteurs) if nom in mappage.faits}
        self.portees = (*PORTEES, *self.portes.values(), *(PARTAGEES if codage.partages else ()))
        self.mots = [f"w{rang}" for rang in range(codage.mots)]
        self.lecteurs: list[int] = []
        """Les rangs des codes qui lisent un fait précoce ; vide, aucune facture n'est réunie avant le tarif."""
        self.jumelles = False
        """Vrai si une facture porte deux fois le même acte technique."""
        self.relations = [f for f in codage.tardifs if f.nom.startswith("facture.")]
        (self.opposable,) = (f for f in codage.tardifs if f.nom == "ligne.opposable")
        self.coordonnes = sorted({autre for code in codage.lus for autre in corpus.actes[code].tarif_coordonne})

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
        noms = [colonne.alias for colonne in colonnes]
        colonnes[4:8] = [
            sql.nomme(sql.essai(v.this, g), v.alias)
            for v, g in zip(colonnes[4:8], ("SMALLINT", "INTEGER", "SMALLINT", "TINYINT"), strict=True)
        ]
        if source != "lot":
            colonnes.append(col("numero", "l"))
            noms.append("numero")
        codees = sql.choisir(sql.depuis(lu.lignes_lues(source), "l"), colonnes)
        de_facture = self._de_facture()
        qui = [col("medecin", "t")] if self.mappage.medecin else []
        commun = self.moteur.empreinte(
            *qui,
            *(col(court, "t") for court in self.portes.values()),
            col("jour", "t"),
            *(sql.masque(col(mot, "t"), ent(m)) for mot, m in zip(self.mots, de_facture, strict=True)),
        )
        gardees: list[Expr] = [col(nom, "t") for nom in noms]
        avec = sql.depuis(codees)
        if self.lecteurs:
            cles = [(col(c, "t"), col(c, "p")) for c in ("facture", "signe")]
            avec = sql.joindre(avec, "precoces", "p", *cles, gauche=True)
            gardees = [sql.nomme(self._avec_precoces(nom), nom) if nom in self.mots else col(nom, "t") for nom in noms]
        if self.jumelles:
            cles = [(col(c, "t"), col(c, "j")) for c in ("facture", "signe", "ligne")]
            avec = sql.joindre(avec, "jumelles", "j", *cles, gauche=True)
        if self.codage.partages:
            avec = sql.joindre(avec, "formes_des_actes", "f", (col("cid", "t"), col("cid", "f")), gauche=True)
            gardees = self._partagees(gardees)
        return sql.choisir(avec, [*gardees, sql.nomme(commun, "commun")])

    def _avec_precoces(self, mot: str) -> Expr:
        """Un mot de la clé, complété des faits précoces de sa facture, et du rang de sa ligne parmi ses jumelles."""
        complet: Expr = col(mot, "t")
        if any(self.mots[fait.mot] == mot for fait in self.codage.precoces):
            complet = sql.plus(complet, sql.defaut(col(mot, "p"), ent(0)))
        if self.jumelles and self.mots[self.codage.jumelle.mot] == mot:
            complet = sql.plus(complet, sql.defaut(col("rang", "j"), ent(0)))
        return complet

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

    def tarifables(self) -> exp.Select:
        """Les lignes et leur clé de tarif."""
        return self._masquees(sql.choisir(sql.depuis("codees"), [exp.Star()]), "masques_tarif", "t")

    def tarifees(self) -> exp.Select:
        """Les lignes, leur tarif unitaire, et si elles sont au tarif opposable."""
        avec, tarif, propres = self._tarifees(), cast(Expr, col("tarif", "r")), list[Expr]()
        if self.codage.partages:
            avec, tarif, propres = self._au_tarif_de_l_acte(avec)
        avec = sql.choisir(
            avec,
            [
                *(col(c, "t") for c in (*self.portees, "cid", *self.mots) if c not in PARTAGEES[1:]),
                *propres,
                tarif,
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

    def baremes(self) -> exp.Select:
        """Les tarifs d'actes, et les barèmes, que des lignes partagées emploient."""
        return self._baremes(self._tarifees())

    def _tarifees(self) -> exp.Select:
        """Les lignes et la réponse à leur question de tarif."""
        cles = [(col(f"t{mot}", "t"), col(f"t{mot}", "r")) for mot in self.mots]
        return sql.joindre(sql.depuis(self.tarifables()), "tarifs", "r", *cles)

    # --- 3. Les factures où une ligne dépasse ----------------------------------------------------------------
    def depassantes(self) -> exp.Select:
        """Les factures où une ligne n'est pas, ou pas sûrement, au tarif opposable."""
        lignes = sql.depuis(self.tarifees())
        if not self.toutes:
            doute = sql.ou(sql.non(col("opposable", "t")), sql.est_nul(col("opposable", "t")))
            lignes = lignes.where(doute, copy=False)
        return sql.choisir(lignes, [col("facture", "t"), col("signe", "t")]).distinct(copy=False)

    def de_depassantes(self) -> exp.Select:
        """Les lignes de ces factures, avec leur clé de nature du dépassement, et ce que leurs relations liront."""
        toutes = sql.joindre(
            sql.depuis(self.tarifees()), "depassantes", "d",
            (col("facture", "t"), col("facture", "d")), (col("signe", "t"), col("signe", "d")),
        )  # fmt: skip
        masque = self.nature
        mots = [
            sql.nomme(sql.masque(self._mot(rang, [self.opposable]), ent(masque[rang])), f"n{nom}")
            for rang, nom in enumerate(self.mots)
        ]
        coordonnes = (f"{sorte}_{code}" for code in self.coordonnes for sorte in ("du", "tarif"))
        lues = ("facture", "signe", "jour", "h", "cid", "tarif", "existe", *coordonnes, "opposable")
        return sql.choisir(toutes, [*(col(c, "t") for c in lues), *mots])

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
        lus = {code for code in self.codage.lus if famille in self.corpus.actes[code].familles}
        modeles = self.codage.partages.modele_de
        rangs = [r + 1 for code, r in self.codage.rang_de.items() if modeles.get(code, code) in lus]
        rangs += {forme for acte, forme in self.codage.formes_des_actes() if self.codage.code_de(forme) in lus}
        return rangs or [-1]

    def _table(self, nom: str, jour: Expr) -> Expr:
        """La valeur d'une table qui ne lit aucun fait, selon la période de ce jour."""
        table = self.corpus.tables[nom]
        if table.faits:
            raise ErreurEntree(
                "TABLE_NON_COLONNES", f"la table « {nom} » lit des faits, et un contrôle de lot ne sait pas la suivre",
                ou="--surcouche", attendu="une table qui ne dépend que de la date",
                exemple="opposable coter, facture par facture",
            )  # fmt: skip
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
        colonnes: list[Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        for fait in self.relations:
            valeur = sql.selon(
                (sans, sql.VRAI if self.sans_depassement.get(fait.nom) == OUI else sql.FAUX),
                sinon=col(_court(fait.nom), "f"),
            )
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

    def fondues(self) -> tuple[Place, ...]:
        """Les places dont chaque question fond les classes qu'elle ne distingue pas : la période, et l'âge."""
        age = self.codage.faits.get("patient.age_mois")
        return (self.codage.periode, *([age] if age is not None else []))

    def _depliees(self) -> exp.Select:
        """Les lignes, leurs mots sans les places à fondre, et ces places à part."""
        ote = [0] * len(self.mots)
        places = []
        for rang, place in enumerate(self.fondues()):
            bits = ((1 << place.bits) - 1) << place.decalage
            ote[place.mot] |= bits
            places.append(sql.nomme(sql.masque(col(self.mots[place.mot], "t"), ent(bits)), f"fondue{rang}"))
        tout = (1 << 62) - 1
        mots = [sql.nomme(sql.masque(col(m, "t"), ent(tout & ~o)), m) for m, o in zip(self.mots, ote, strict=True)]
        return sql.choisir(
            sql.depuis("clefs"), [*(col(c, "t") for c in (*self.portees, "cid", "tenue")), *mots, *places]
        )

    def a_fondre(self) -> exp.Select:
        """Les places à fondre, telles que chaque code les porte."""
        noms = ("cid", "tenue", *(f"fondue{r}" for r in range(len(self.fondues()))))
        return sql.choisir(sql.depuis(self._depliees()), [col(n, "t") for n in noms]).distinct(copy=False)

    def questionnees(self) -> exp.Select:
        """Les lignes et, pour chaque question, leur clé : les mots que le masque de leur code laisse."""
        noms = ("cid", "tenue", *(f"fondue{r}" for r in range(len(self.fondues()))))
        avec = sql.joindre(sql.depuis(self._depliees()), "masques", "m", *((col(c, "t"), col(c, "m")) for c in noms))
        places = {place.mot for place in self.fondues()}
        cles = []
        for q in QUESTIONS:
            for r, mot in enumerate(self.mots):
                cle = sql.masque(col(mot, "t"), col(f"{q}{r}", "m"))
                if r in places:
                    cle = sql.plus(cle, col(f"{q}_fondu{r}", "m"))
                cles.append(sql.nomme(cle, f"{q}{r}"))
        return sql.choisir(avec, [*(col(c, "t") for c in self.portees), *cles])

    def cles(self, question: str) -> exp.Select:
        """Les clés distinctes d'une question."""
        mots = [col(f"{question}{r}", "t") for r in range(len(self.mots))]
        return sql.choisir(sql.depuis(self.questionnees()), mots).distinct(copy=False)


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
