"""Les réponses de l'interprète scalaire à une ligne, une fois par clé : droits, base, taux, nature du dépassement.

Rien n'est réécrit ici : chaque question rebâtit une ligne d'après sa clé et appelle les fonctions de ``facturation``.
Deux clés qui donnent la même réponse partagent le même numéro.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from opposable.droit.acte import Acte
from opposable.droit.classes import tests_de
from opposable.droit.coherence import contradiction
from opposable.droit.condition import Test
from opposable.droit.corpus import Contradiction, Corpus
from opposable.droit.ensemble import PLUS_INFINI, Choix, Plages, Valeur
from opposable.droit.fait import OUI_NON
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import EFFECTIF, Choisie
from opposable.facturation import actes_lourds, strates
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.technique import hors_nomenclature
from opposable.lots.compteurs import Compteurs, Suivi
from opposable.lots.encodage import COMMUNES, COMMUNS, Codage
from opposable.lots.etats import INCERTAIN, Base, Droits, Tarif, Taux, idents, resume, texte
from opposable.lots.partages import partage_de
from opposable.lots.parties import Journal, Parties, Suppose, suppose
from opposable.lots.profils import Constatee, Profils
from opposable.lots.questions import Feuille, Question, Trame
from opposable.lots.technique import (
    QUANTITE,
    Lues,
    de_la_base,
    du_tarif,
    du_taux,
    quantite_lourde,
    technique_de,
)
from opposable.lots.textes_lus import (
    cle_de_table,
    cle_des_regles,
    jours_de_vigueur,
    jours_des_regles,
    jours_des_tables,
    tests_des_regles,
    tests_des_tables,
)


class ResolutionLignes:
    """Interroge l'interprète scalaire pour un corpus et un codage. ``constants`` : les faits dits pour tout le lot."""

    def __init__(
        self,
        corpus: Corpus,
        codage: Codage,
        constants: Mapping[str, Valeur] | None = None,
        emplois: Mapping[str, Collection[str]] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self.corpus = corpus
        self.codage = codage
        self.constants = dict(constants or {})
        self.strict = strict
        self.lus: dict[str, None] = {}
        """Les faits lus pour la dernière réponse, dans l'ordre."""
        self.emplois = emplois or {}
        """Les modificateurs que le lot porte, code par code."""
        self._emplois_partages = {
            modele: frozenset[str]().union(*(self.emplois.get(code, ()) for code in codes))
            for modele, codes in codage.partages.membres.items()
        }
        self.compteurs = Compteurs(corpus, codage.lus)
        self._suivis: dict[str, tuple[int, ...]] = {}
        self._trames: dict[object, Trame] = {}
        self._profils = Profils(corpus, self.compteurs)

    # --- Ce que chaque question lit --------------------------------------------------------------------------
    def question_tarif(self, acte: Acte, *, partage: bool = False) -> Question:
        """Ce que lisent le tarif d'un acte et celui des majorations de coordination qu'il aurait ; ou (``partage``)
        celui des actes dont il répond, et sa place au regard du seuil des actes lourds.
        """

        def lire() -> Lues:
            ajoutes = [self.corpus.actes[code] for code in acte.tarif_coordonne]
            tables = [a.tarifs for a in (acte, *ajoutes)]
            lues = self._du_tarif(acte, partage=partage)
            seuil = jours_des_tables(self.corpus.tables[actes_lourds.SEUIL]) if partage else ()
            jours = [*jours_de_vigueur(acte, *ajoutes), *jours_des_tables(*tables), *lues.jours, *seuil]
            return Lues([*tests_des_tables(*tables), *lues.tests], jours)

        return self._question(("t", self._cle_du_tarif(acte, partage=partage)), lire)

    def _question(
        self, cle: object, lire: Callable[[], Lues], *, du_code: bool = True, jumelle: bool = False
    ) -> Question:
        """La question que cette clé détermine ; bien des codes en partagent la trame."""
        if cle not in self._trames:
            self._trames[cle] = self.codage.trame(*lire(), du_code=du_code, jumelle=jumelle)
        return Question(self._trames[cle])

    def _cle_du_tarif(self, acte: Acte, *, partage: bool) -> object:
        decotes = tuple((lien.du, lien.au) for lien in acte.cumulables if lien.taux is not None)
        lettres = self._lettres(acte.code, partage=partage) if acte.technique else None
        vigueur = tuple(jours_de_vigueur(acte))
        return partage, vigueur, cle_de_table(acte.tarifs), lettres, decotes, acte.tarif_coordonne

    def _du_tarif(self, acte: Acte, *, partage: bool) -> Lues:
        """Ce que lit le tarif d'un acte technique ; rien pour un autre."""
        if not acte.technique:
            return Lues([], [])
        return du_tarif(self.corpus, acte, self._lettres(acte.code, partage=partage))

    def _lettres(self, code: str, *, partage: bool) -> frozenset[str]:
        """Les modificateurs que portent les lignes de cet acte, ou de tous ceux dont il répond."""
        constants = self.constants.get(MODIFICATEURS)
        emplois = self._emplois_partages[code] if partage else frozenset(self.emplois.get(code, ()))
        return emplois | (constants if isinstance(constants, frozenset) else frozenset())

    def question_nature(self) -> Question:
        """Ce que lit la nature du dépassement d'une ligne."""
        return Question(self.codage.trame([Test("ligne.nature_depassement", OUI_NON)], []))

    def question_droits(self, acte: Acte, *, depasse: bool) -> Question:
        """Ce que lisent les conditions d'un acte ; celles des dépassements si la ligne en porte un."""

        def lire() -> Lues:
            regles = [*acte.regles, *self.corpus.toutes_lignes, *(self.corpus.depassements if depasse else ())]
            natures = [Test("ligne.nature_depassement", OUI_NON)] if depasse or self._nature_tenue is None else []
            jours = [*jours_de_vigueur(acte), *jours_des_regles(regles), *self.codage.relations]
            jours += self.compteurs.jours(acte)
            tests = [Test("ligne.opposable", Choix(frozenset({"oui"}))), *natures, *tests_des_regles(regles)]
            tests += [] if acte.technique else self.codage.modificateurs_dits
            return Lues([*tests, *self.compteurs.tests(acte)], jours)

        vigueur = tuple(jours_de_vigueur(acte))
        return self._question(
            ("d", acte.technique, depasse, vigueur, cle_des_regles(acte.regles), self.compteurs.cle(acte)), lire
        )

    @cached_property
    def _nature_tenue(self) -> str | None:
        """La nature de toute ligne au tarif opposable, si cela suffit à la dire."""
        return self.nature(self.codage.codes[0], self.corpus.debut, {"ligne.opposable": "oui"})

    def question_base(self, acte: Acte, *, partage: bool = False) -> Question:
        """Ce que lisent le tarif et la base d'un acte, ou (``partage``) de ceux dont il répond."""
        quantite = 1 if partage else quantite_lourde(self.corpus, acte)

        def lire() -> Lues:
            tables = [acte.tarifs, acte.bases, self.corpus.tables["tarif_autorite"]]
            tests = [Test(QUANTITE, Plages(((1, PLUS_INFINI),))), *tests_des_tables(*tables)]
            jours = [*jours_de_vigueur(acte), *jours_des_tables(*tables)]
            propres = (self._du_tarif(acte, partage=partage), de_la_base(self.corpus, acte, quantite))
            for lues in propres if acte.technique else ():
                tests += lues.tests
                jours += lues.jours
            return Lues(tests, jours)

        tables = tuple(map(cle_de_table, (acte.bases, acte.exoneration_tm, acte.participation_lourde)))
        cle = ("b", self._cle_du_tarif(acte, partage=partage), *tables, quantite)
        return self._question(cle, lire, jumelle=acte.technique and not partage)

    def question_taux(self, acte: Acte | None) -> Question:
        """Ce que lisent le taux et la participation : la même question pour tous les actes sans taux propre."""
        propre = acte.taux if acte is not None else None

        def lire() -> Lues:
            tables = [*(self.corpus.tables[nom] for nom in COMMUNES), propre]
            lues = du_taux(self.corpus) if self.codage.techniques else Lues([], [])
            tests = [*(Test(nom, OUI_NON) for nom in COMMUNS), *tests_des_tables(*tables), *lues.tests]
            return Lues(tests, [*jours_des_tables(*tables), *lues.jours])

        return self._question(("x", id(propre)), lire, du_code=propre is not None)

    def question_contradictions(self) -> Question:
        """Les faits dits que les contradictions lisent, sans rien en déduire."""
        return self.codage.question_directe(
            [t for c in self.corpus.contradictions for si in c.conditions for t in tests_de(si)],
            [jour for c in self.corpus.contradictions for jour in (c.du, c.au)],
        )

    def contradiction(self, jour: int, faits: Mapping[str, Valeur]) -> Contradiction | None:
        """La première contradiction entre des faits dits."""
        dits = {**self.constants, **faits}
        premiere = contradiction(self.corpus, jour, dits, de_ligne=False)
        return premiere or contradiction(self.corpus, jour, dits, de_ligne=True)

    # --- Les réponses ----------------------------------------------------------------------------------------
    def ligne(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> LigneFacture:
        """Une facture d'une seule ligne qui a ces faits."""
        de_facture: dict[str, Valeur] = {"facture.date": jour}
        de_ligne: dict[str, Valeur] = {"acte.code": code}
        for source in (self.constants, faits):
            for nom, valeur in source.items():
                (de_ligne if nom.startswith(("acte.", "ligne.")) else de_facture)[nom] = valeur
        cas = CasFacture("", jour, de_facture, [])
        facture = Facture(self.corpus, cas, EFFECTIF, de_facture, strict=self.strict)
        ligne = LigneFacture(facture, 0, de_ligne, self.corpus.actes[code])
        self.lus = {}
        facture.cache, ligne.cache = Journal(de_facture, self.lus), Journal(de_ligne, self.lus)
        return ligne

    def sans_depassement(self, codes: Iterable[str]) -> dict[str, str]:
        """Ce que valent les faits calculés d'une facture dont toutes les lignes sont au tarif opposable.

        Les relations ne lisent des lignes que leur opposabilité, la nature de leur dépassement et leur famille : une
        ligne par code suffit. Un fait dont la valeur change d'un code à l'autre n'est pas rendu.
        """
        vues: dict[str, set[str | None]] = {
            code.nom: set() for code in self.codage.tardifs if code.nom[:8] == "facture."
        }
        for code in codes if vues else ():
            acte = self.corpus.actes[code]
            ligne = self.ligne(code, max(acte.debut(), self.corpus.debut), {"ligne.opposable": "oui"})
            ligne.facture.lignes.append(ligne)
            for nom, valeurs in vues.items():
                valeurs.add(texte(ligne.facture.fait(nom)))
        return {nom: valeur for nom, valeurs in vues.items() if len(valeurs) == 1 for valeur in valeurs if valeur}

    def tarif(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> Tarif:
        """Le tarif unitaire d'une ligne."""
        ligne = self.ligne(code, jour, faits)
        coordonnes = []
        for autre in ligne.acte.tarif_coordonne:
            acte = self.corpus.actes[autre]
            if acte.en_vigueur(jour, EFFECTIF):
                valeur = acte.tarifs.choisir(ligne.fait, jour, EFFECTIF).valeur
                coordonnes.append((autre, valeur if isinstance(valeur, int) else None))
        return Tarif(ligne.existe, ligne.tarif() if ligne.existe else None, tuple(coordonnes))

    def tarif_partage(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> Tarif:
        """Ce qui fait le tarif d'une ligne partagée, d'après celui de son acte."""
        ligne = self.ligne(code, jour, faits)
        if not ligne.existe or ligne.tarif() is None or ligne.tarif_choisi is None:
            return Tarif(ligne.existe, None)
        nu = ligne.tarif_choisi.valeur
        assert isinstance(nu, int)  # noqa: S101 - le tarif de la ligne est connu
        return Tarif(ligne.existe, None, (), self.codage.partages.indice(code, nu), partage_de(ligne))

    def nature(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> str | None:
        """La nature du dépassement d'une ligne."""
        return texte(self.ligne(code, jour, faits).fait("ligne.nature_depassement"))

    def droits(self, code: str, question: Question, canon: Sequence[int]) -> Feuille:
        """Ce que les conditions de la ligne constatent, la nature de son dépassement, et ce qu'il a fallu supposer."""
        trouvee, du_code = self._profils.chercher(code, question, canon), False
        if trouvee is None:
            dire = Parties(self, question, code, canon)
            trouvee = self._constater(dire, code, canon[0]), tuple(dire.rangs)
            du_code = dire.du_code
        (constats, nature, suivis, supposes), rangs = trouvee
        jour = self.codage.jour_des_relations(canon[0])
        droits = Droits((code, jour, nature, suivis, *resume(constats)), code, jour, nature, constats, suivis)
        return Feuille((droits, supposes), rangs, du_code)

    def _constater(self, dire: Parties, code: str, jour: int) -> Constatee:
        """Ce que les conditions de la ligne constatent, partie par partie."""
        opposable = dire("ligne.opposable", lambda ligne: ligne.fait("ligne.opposable"))
        ligne = self.ligne(code, jour, {"ligne.opposable": opposable})
        strates.eligibilite(ligne, lambda _, regle: dire.regle(regle))
        if not ligne.acte.technique and (hors := dire("hors_nomenclature", hors_nomenclature)) is not None:
            ligne.constate(hors)
        nature = dire("nature", lambda vue: texte(vue.fait("ligne.nature_depassement"))) if ligne.existe else None
        suivis: tuple[Suivi, ...] = ()
        if ligne.survit is not False:
            suivis = dire(("suivis", code), self.compteurs.suivis, self._jours_suivis(code))
        return Constatee(tuple(ligne.constats), nature, suivis, tuple(dire.supposes))

    def _jours_suivis(self, code: str) -> tuple[int, ...]:
        """Les jours où ce que comptent les limites de cet acte change."""
        if code not in self._suivis:
            self._suivis[code] = tuple(sorted(set(self.compteurs.jours(self.corpus.actes[code]))))
        return self._suivis[code]

    def base(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Base, Suppose]:
        """Le tarif et la base de la ligne, et ce qu'il a fallu supposer."""
        ligne = self.ligne(code, jour, faits)
        return self._base(ligne), suppose(ligne)

    @staticmethod
    def _base(ligne: LigneFacture) -> Base:
        if not ligne.existe:
            return Base(())
        ligne.tarif()
        base = ligne.base_propre()
        strates.valeurs_manquantes(ligne)
        choisies = (ligne.tarif_choisi, ligne.base_choisie)
        manques = tuple(ligne.constats)
        connue = ligne.nombre(QUANTITE) is not None
        technique = technique_de(ligne) if ligne.acte.technique else None
        cle = (*idents(choisies), base, connue, ligne.tarif(), technique, *resume(manques))
        return Base(cle, *choisies, base, connue, ligne.tarif(), technique, manques)

    def base_partagee(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Base, Suppose]:
        """La base d'une ligne partagée : la part de son tarif qui la fait ; ses montants ne sont qu'un exemple."""
        ligne = self.ligne(code, jour, faits)
        base = self._base(ligne)
        if base.technique is None:
            return replace(base, cle=("partage",), commune=True), suppose(ligne)
        partage, part = (partage_de(ligne) if ligne.tarif() is not None else None), ligne.part_du_tarif()
        cle = (
            "partage", *idents((base.tarif, base.base)), base.quantite_connue, base.technique.sans_montant(), partage,
            part, *resume(base.manques),
        )  # fmt: skip
        return replace(base, cle=cle, partage=partage, part=part, commune=True), suppose(ligne)

    def taux(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Taux, Suppose]:
        """Le taux de la ligne, sa participation, et ce qu'il a fallu supposer."""
        ligne = self.ligne(code, jour, faits)
        ligne.taux_propre()
        taux = ligne.taux_choisi
        propre = taux is not ligne.choisies.get("taux_remboursement")
        due = texte(ligne.fait("ligne.participation_due"))
        if taux is not None and taux.etat == "incertain":
            taux = INCERTAIN
        lourds = self._lourds(ligne) if self.codage.techniques else None
        cle = (*idents((taux,)), propre, due, *idents(lourds or ()))
        return Taux(cle, taux, propre, due, lourds), suppose(ligne)

    @staticmethod
    def _lourds(ligne: LigneFacture) -> tuple[Choisie, Choisie]:
        """Ce qui vaudrait de la ligne si sa facture était lourde : son taux, et si la participation est due."""
        taux, due = ligne.choisir(actes_lourds.TAUX), ligne.choisir(actes_lourds.DUE)
        return INCERTAIN if taux.etat == "incertain" else taux, due
