"""Les étapes qui comptent les actes dans le temps : réduire le lot aux rares lignes suivies, puis les compter.

Les jointures sont des égalités ; le temps est découpé en paniers assez larges pour qu'une période n'en touche que deux.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.etapes import QUESTIONS
from opposable.lots.etapes_factures import EtapesFactures
from opposable.lots.sql import Expr, col, ent

COMPTES: Final = ("certains_civile", "possibles_civile", "certains_glissante", "possibles_glissante")
"""Ce qui est compté par lecture de la période : ce qui est sûr, ce qui est possible."""
SUIVIS: Final = {
    "droits": "INTEGER", "compteur": "INTEGER", "etiquette": "VARCHAR", "rang": "INTEGER", "maximum": "INTEGER",
    "de_patient": "INTEGER", "de_medecin": "INTEGER", "etiquete": "INTEGER", "de_tous": "INTEGER",
}  # fmt: skip
"""Une ligne suivie, par numéro de droits : ce qui la compte, ce qui la limite, et de qui on compte."""
QUI: Final = (("de_patient", "patient"), ("de_medecin", "medecin"))
"""De qui l'on compte : le drapeau du compteur et la colonne. Une ligne qui ne le dit pas n'est pas comptée."""
FENETRES: Final = {
    "jour": "DATE", "compteur": "INTEGER", "panier": "INTEGER", "civile": "DATE", "glissante": "DATE",
    "civile_connue": "INTEGER", "glissante_connue": "INTEGER",
}  # fmt: skip
"""La période d'un jour, pour un compteur : son début dans chaque lecture, et si le lot la couvre."""


class EtapesFrequences(EtapesFactures):
    """Les requêtes des fréquences."""

    # --- Les lignes d'un même patient ------------------------------------------------------------------------
    def proches(self, *, doubles: bool, au_plus: Mapping[str, int]) -> exp.Select:
        """Les patients et les années dont une seule lecture du lot n'exclut ni répétition (``doubles``), ni plafond
        (``au_plus``).

        Un groupe par patient et par année : ses lignes, et le nombre de bits différents que donnent leurs marques. S'il
        y a autant de bits que de lignes, aucune ne se répète ; une collision ne fait que garder un groupe de trop.
        """
        t = "t"
        lues = self._lues(
            [
                sql.nomme(self._marque("qui"), "qui"),
                sql.nomme(self._bit(self._marque("acte")), "actes"),
                sql.nomme(self._bit(self._marque("jour")), "jours"),
            ]
        )
        groupes = sql.choisir(sql.depuis(lues), [col("qui", t)]).where(sql.connu(col("qui", t)), copy=False)
        repetes = {nom: sql.moins(sql.compte(), self.moteur.bits(col(nom, t))) for nom in ("actes", "jours")}
        gardes = [sql.moins_que(ent(0), repetes["actes"])] if doubles else []
        if "jour" in au_plus:
            gardes.append(sql.au_plus(ent(au_plus["jour"]), repetes["jours"]))
        if "annee" in au_plus:
            gardes.append(sql.moins_que(ent(au_plus["annee"]), sql.compte()))
        return groupes.group_by(col("qui", t), copy=False).having(sql.ou(*gardes), copy=False)

    def _bit(self, marque: Expr) -> Expr:
        """Un des 63 bits d'un entier, d'après une marque."""
        rang = sql.cast(sql.masque(marque, ent(63)), "INTEGER")
        return self.moteur.bit(sql.selon((sql.egal(rang, ent(63)), ent(0)), sinon=rang))

    def lignes_proches(self) -> exp.Select:
        """Les lignes de ces patients, ces années-là, et leurs marques."""
        patient, medecin = (
            sql.cast(col(nom, "l"), "VARCHAR") if nom else sql.nul("VARCHAR")
            for nom in (self.mappage.patient, self.mappage.medecin)
        )
        lues = [
            *self._cles_lues(), sql.nomme(patient, "patient"), sql.nomme(medecin, "medecin"),
            sql.nomme(self.lecture.jour, "jour"),
            *(sql.nomme(self._marque(nom), nom) for nom in ("qui", "acte", "du_jour", "annee")),
        ]  # fmt: skip
        avec = sql.joindre(sql.depuis(self._lues(lues)), "proches", "p", (col("qui", "t"), col("qui", "p")))
        noms = ("facture", "ligne", "signe", "patient", "medecin", "jour", "acte", "du_jour", "annee")
        return sql.choisir(avec, [col(nom, "t") for nom in noms])

    def repetees(self) -> exp.Select:
        """Les lignes d'un même acte, d'un même jour, d'un même patient et d'un même médecin, à une collision près."""
        doubles = sql.choisir(sql.depuis("lignes_proches"), [col("acte", "t")])
        doubles = doubles.where(sql.connu(col("acte", "t")), copy=False)
        doubles = doubles.group_by(col("acte", "t"), copy=False).having(sql.moins_que(ent(1), sql.compte()), copy=False)
        avec = sql.joindre(sql.depuis("lignes_proches"), doubles, "d", (col("acte", "t"), col("acte", "d")))
        return sql.choisir(avec, [col(c, "t") for c in ("facture", "ligne", "signe")])

    def _marque(self, nom: str) -> Expr:
        """Un entier qui distingue le patient et l'année (``qui``, et ``annee`` s'il est dit) ; avec le médecin, le jour
        et l'acte (``acte``) ; le médecin et le jour (``jour``, et ``du_jour`` quand les deux sont connus). Nul si l'un
        manque.
        """
        patient, medecin = self.mappage.patient, self.mappage.medecin
        jour, code = self.lecture.jour, self.lecture.code
        marques: dict[str, tuple[tuple[str | None, ...], list[Expr]]] = {
            "qui": ((patient or medecin,), [exp.Year(this=jour.copy())]),
            "acte": ((patient, medecin), [jour, code]),
            "jour": ((medecin,), [jour]),
            "du_jour": ((patient, medecin), [jour]),
            "annee": ((patient,), [exp.Year(this=jour.copy())]),
        }
        qui, quand = marques[nom]
        lus = [sql.cast(col(c, "l"), "VARCHAR") for c in qui if c]
        su = sql.et(*(sql.connu(v) for v in lus))
        return sql.selon((su, self.moteur.empreinte(*(v.copy() for v in (*lus, *quand)))))

    def _lues(self, colonnes: list[Expr]) -> exp.Select:
        """Ces colonnes, lues dans le lot."""
        return sql.choisir(sql.depuis(self.lecture.lignes_lues("lot", patient=True, calendrier=False), "l"), colonnes)

    def _cles_lues(self) -> list[Expr]:
        lu = self.lecture
        return [
            sql.nomme(lu.facture, "facture"), sql.nomme(col(self.mappage.ligne, "l"), "ligne"),
            sql.nomme(sql.essai(lu.signe, "TINYINT"), "signe"),
        ]  # fmt: skip

    def suivies(self, *, repetees: bool) -> exp.Select:
        """Les lignes suivies, leur état et la forme de leur facture.

        ``repetees`` : avec celles de la table de ce nom, que seuls suivent les compteurs de tous les actes.
        """
        propres = sql.choisir(sql.depuis("suivis"), [col("droits", "t")])
        propres = propres.where(sql.egal(col("de_tous", "t"), ent(0)), copy=False).distinct(copy=False)
        acte = ("acte",) if self.codage.partages else ()
        gardees_ = ("facture", "ligne", "signe", "jour", "medecin", "q", *acte)
        lignes = [col(c, "t") for c in (*gardees_, *QUESTIONS.values())]
        trouvees: exp.Query = sql.choisir(
            sql.joindre(sql.depuis("numerotees"), propres, "s", (col("droits", "t"), col("droits", "s"))), lignes
        )
        if repetees:
            cles = [(col(c, "t"), col(c, "s")) for c in ("facture", "ligne", "signe")]
            avec = sql.joindre(sql.depuis("numerotees"), "repetees", "s", *cles)
            trouvees = exp.union(trouvees, sql.choisir(avec, [c.copy() for c in lignes]), distinct=True, copy=False)
        cles = [(col(c, "t"), col(c, "e")) for c in QUESTIONS.values()]
        avec = sql.joindre(sql.depuis(trouvees), "etats", "e", *cles)
        avec = sql.joindre(
            avec, "formes", "f",
            (col("facture", "t"), col("facture", "f")), (col("signe", "t"), col("signe", "f")), gauche=True,
        )  # fmt: skip
        forme = sql.defaut(col("forme", "f"), sql.cast(col("poids", "e"), self.moteur.grand))
        gardees = [col(c, "t") for c in (*gardees_, "droits")]
        return sql.choisir(avec, [*gardees, col("etat", "e"), sql.nomme(forme, "forme")])

    def patients(self) -> exp.Select:
        """Les lignes suivies et leur patient, relu dans le lot."""
        toutes: list[Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("t"))]
        if not self.mappage.patient:
            return sql.choisir(sql.depuis("suivies"), [*toutes, sql.nomme(sql.nul("VARCHAR"), "patient")])
        patient = sql.nomme(sql.cast(col(self.mappage.patient, "l"), "VARCHAR"), "patient")
        lues = self._lues([*self._cles_lues(), patient])
        cles = [(col(c, "p"), col(c, "t")) for c in ("facture", "ligne", "signe")]
        return sql.choisir(sql.joindre(sql.depuis(lues, "p"), "suivies", "t", *cles), [*toutes, col("patient", "p")])

    def survivantes(self) -> exp.Select:
        """Celles que rien ne refuse avant les fréquences, et comment elles comptent."""
        cles = [(col(c, "t"), col(c, "r")) for c in ("forme", "etat")]
        avec = sql.joindre(sql.depuis("suivies_avec_patient"), "survies", "r", *cles)
        avec = avec.where(sql.moins_que(ent(0), col("compte", "r")), copy=False)
        return sql.choisir(avec, [exp.Column(this=exp.Star(), table=exp.to_identifier("t")), col("compte", "r")])

    def jours_suivis(self) -> exp.Select:
        """Les jours des lignes suivies."""
        return sql.choisir(sql.depuis("survivantes"), [col("jour", "t")]).distinct(copy=False)

    def _situees(self, *, limitees: bool = False, decale: int = 0) -> exp.Select:
        """Les lignes limitées, ou comptées (leur panier décalé), par compteur, avec de quoi les joindre."""
        avec = sql.joindre(sql.depuis("survivantes"), "suivis", "s", (col("droits", "t"), col("droits", "s")))
        avec = sql.joindre(
            avec, "fenetres", "w", (col("jour", "t"), col("jour", "w")), (col("compteur", "s"), col("compteur", "w"))
        )
        if limitees:
            garde = sql.et(sql.au_plus(ent(0), col("rang", "s")), sql.moins_que(ent(0), col("signe", "t")))
        else:
            garde = sql.moins_que(col("rang", "s"), ent(0))

        def de(quoi: str, nom: str) -> Expr:
            return sql.selon((sql.egal(col(quoi, "s"), ent(1)), col(nom, "t")), sinon=sql.txt(""))

        garde = sql.et(garde, *(sql.connu(de(*qui)) for qui in QUI))

        repetee = sql.egal(col("de_tous", "s"), ent(1))  # la quantité d'une même ligne n'est pas une répétition
        quantite = sql.selon((repetee, ent(1)), sinon=sql.defaut(col("q", "t"), ent(1)))
        etiquette: Expr = col("etiquette", "s")
        if self.codage.partages:  # le même acte est le sien, et non celui qui répond pour lui
            avec = self._avec_l_acte(avec)
            propre = sql.et(repetee.copy(), sql.connu(col("acte", "t")))
            etiquette = sql.selon((propre, sql.cast(col("code", "a"), "VARCHAR")), sinon=etiquette)
        communes: list[Expr] = [
            col("compteur", "s"), *(sql.nomme(de(*qui), qui[1]) for qui in QUI), col("jour", "t"),
            sql.nomme(sql.cast(col("facture", "t"), "VARCHAR"), "f_texte"),
            sql.nomme(sql.cast(col("ligne", "t"), "VARCHAR"), "l_texte"), sql.nomme(etiquette, "etiquette"),
            sql.nomme(quantite, "q"),
        ]  # fmt: skip
        if limitees:
            communes += [col(c, "t") for c in ("facture", "ligne", "signe", "droits")]
            communes += [col(c, "s") for c in ("rang", "maximum", "etiquete")]
            communes += [col(c, "w") for c in ("panier", "civile", "glissante", "civile_connue", "glissante_connue")]
        else:
            panier = sql.nomme(sql.plus(col("panier", "w"), ent(decale)), "panier")
            communes += [panier, col("compte", "t"), col("signe", "t")]
        return sql.choisir(avec.where(garde, copy=False), communes)

    def comptees(self) -> exp.Select:
        """Les lignes que les compteurs comptent, dans leur panier et le suivant."""
        deux = exp.union(self._situees(), self._situees(decale=1), distinct=False, copy=False)
        return sql.choisir(sql.depuis(deux), [exp.Star()])

    def comptes(self) -> exp.Select:
        """Par ligne limitée et par limite, combien d'actes la précèdent sur la période, dans chaque lecture."""
        a, c = "a", "c"
        memes = [(col(n, a), col(n, c)) for n in ("compteur", "patient", "medecin", "panier")]
        avec = sql.joindre(sql.depuis(self._situees(limitees=True), a), "comptees", c, *memes, gauche=True)
        avant = sql.et(
            sql.differe(col("f_texte", c), col("f_texte", a)),
            sql.ou(
                sql.moins_que(col("jour", c), col("jour", a)),
                sql.et(
                    sql.egal(col("jour", c), col("jour", a)),
                    sql.ou(
                        sql.moins_que(col("f_texte", c), col("f_texte", a)),
                        sql.et(
                            sql.egal(col("f_texte", c), col("f_texte", a)),
                            sql.moins_que(col("l_texte", c), col("l_texte", a)),
                        ),
                    ),
                ),
            ),
        )
        sans = sql.egal(col("etiquete", a), ent(0))
        meme = sql.egal(col("etiquette", c), col("etiquette", a))
        sure = sql.et(sql.egal(col("compte", c), ent(1)), sql.ou(sans, meme))
        possible = sql.ou(sans, meme, sql.est_nul(col("etiquette", c)))
        nombre = sql.fois(col("q", c), col("signe", c))
        sommes: list[Expr] = []
        for lecture in ("civile", "glissante"):
            dedans = sql.et(avant, sql.au_plus(col(lecture, a), col("jour", c)))
            # Une annulation en doute peut ôter du moins certain, jamais du plus possible.
            annule = sql.moins_que(nombre, ent(0))
            for nom, ajoutee, otee in (("certains", sure, possible), ("possibles", possible, sure)):
                comptee = sql.ou(sql.et(annule, otee), sql.et(sql.non(annule), ajoutee))
                somme = sql.somme(sql.selon((sql.et(dedans, comptee), nombre), sinon=ent(0)))
                sommes.append(sql.nomme(sql.cast(somme, "BIGINT"), f"{nom}_{lecture}"))
        cles = [
            col(n, a)
            for n in (
                "facture",
                "ligne",
                "signe",
                "droits",
                "rang",
                "q",
                "maximum",
                "civile_connue",
                "glissante_connue",
            )
        ]
        inconnue = sql.et(sql.egal(col("etiquete", a), ent(1)), sql.est_nul(col("etiquette", a)))
        groupes = [*cles, sql.nomme(sql.drapeau(inconnue), "inconnue")]
        requete = sql.choisir(avec, [*groupes, *sommes]).group_by(
            *(k.copy() for k in cles), sql.drapeau(inconnue.copy()), copy=False
        )
        places = sql.moins(col("maximum", "t"), col("q", "t"))
        trop = sql.ou(
            *(sql.moins_que(places, col(f"possibles_{x}", "t")) for x in ("civile", "glissante")),
            *(sql.egal(col(f"{x}_connue", "t"), ent(0)) for x in ("civile", "glissante")),
            sql.egal(col("inconnue", "t"), ent(1)),
        )
        return sql.choisir(sql.depuis(requete), [exp.Star()]).where(trop, copy=False)

    def dits(self) -> exp.Select:
        """Les comptes qui approchent une limite, tels qu'ils s'écrivent : ce qui est inconnu y est nul."""
        t = "t"
        avec = sql.joindre(
            sql.depuis("comptes"), "noms_frequences", "n", *((col(c, t), col(c, "n")) for c in ("droits", "rang"))
        )
        sortie: list[Expr] = [col("facture", t), col("ligne", t), col("frequence", "n")]
        inconnue = sql.egal(col("inconnue", t), ent(1))
        for lecture in ("civile", "glissante"):
            certain = self._positif(col(f"certains_{lecture}", t))
            connue = sql.et(sql.egal(col(f"{lecture}_connue", t), ent(1)), sql.non(inconnue.copy()))
            possible = sql.selon((connue, self._positif(col(f"possibles_{lecture}", t))), sinon=sql.nul())
            sortie.append(sql.nomme(sql.selon((inconnue.copy(), ent(0)), sinon=certain), f"certains_{lecture}"))
            sortie.append(sql.nomme(possible, f"possibles_{lecture}"))
        return sql.choisir(avec, sortie)

    @staticmethod
    def _positif(nombre: Expr) -> Expr:
        return sql.selon((sql.moins_que(nombre, ent(0)), ent(0)), sinon=nombre.copy())

    def cas_comptes(self) -> exp.Select:
        """Les comptes distincts."""
        noms = ("droits", "rang", "q", "civile_connue", "glissante_connue", "inconnue", *COMPTES)
        return sql.choisir(sql.depuis("comptes"), [col(n, "t") for n in noms]).distinct(copy=False)

    def jugees(self) -> exp.Select:
        """Par ligne, les verdicts que ses comptes entraînent."""
        noms = ("droits", "rang", "q", "civile_connue", "glissante_connue", "inconnue", *COMPTES)
        avec = sql.joindre(sql.depuis("comptes"), "verdicts", "v", *((col(n, "t"), col(n, "v")) for n in noms))
        cles = [col(c, "t") for c in ("facture", "ligne", "signe", "droits")]
        verdicts = sql.nomme(self.moteur.ensemble(col("verdict", "v")), "verdicts")
        return sql.choisir(avec, [*cles, verdicts]).group_by(*(k.copy() for k in cles), copy=False)

    def cas_juges(self) -> exp.Select:
        """Les droits et les verdicts distincts des lignes jugées."""
        noms = ("droits", "verdicts")
        return sql.choisir(sql.depuis("jugees"), [col(n, "t") for n in noms]).distinct(copy=False)

    def corrections(self) -> exp.Select:
        """Les lignes jugées et leur nouveau numéro de droits."""
        noms = ("droits", "verdicts")
        avec = sql.joindre(sql.depuis("jugees"), "nouveaux", "n", *((col(c, "t"), col(c, "n")) for c in noms))
        return sql.choisir(avec, [*(col(c, "t") for c in ("facture", "ligne", "signe")), col("nouveau", "n")])

    def touchees(self) -> exp.Select:
        """Les factures dont une ligne est corrigée."""
        return sql.choisir(sql.depuis("corrections"), [col("facture", "t"), col("signe", "t")]).distinct(copy=False)

    def triplets_corriges(self) -> exp.Select:
        """Les états des lignes corrigées."""
        avec = sql.joindre(
            sql.depuis("numerotees"), "corrections", "c",
            *((col(n, "t"), col(n, "c")) for n in ("facture", "ligne", "signe")),
        )  # fmt: skip
        return sql.choisir(avec, [col(c, "t") for c in QUESTIONS.values()]).distinct(copy=False)

    def formes_refaites(self) -> exp.Select:
        """Les formes des factures touchées, et celles des autres, inchangées."""
        avec = sql.joindre(
            sql.depuis("formes"), "touchees", "c",
            (col("facture", "t"), col("facture", "c")), (col("signe", "t"), col("signe", "c")), gauche=True,
        )  # fmt: skip
        noms = ("facture", "signe", "forme", "desaccord", "doublon", "lignes")
        intactes = sql.choisir(avec.where(sql.est_nul(col("facture", "c")), copy=False), [col(n, "t") for n in noms])
        neuves = sql.choisir(sql.depuis("formes_touchees"), [col(n, "t") for n in noms])
        toutes = exp.union(intactes, neuves, distinct=False, copy=False)
        return sql.choisir(sql.depuis(toutes), [exp.Star()])
