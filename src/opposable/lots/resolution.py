"""Les réponses de l'interprète scalaire, une fois par clé : droits, base, taux, nature du dépassement, puis la facture.

Rien n'est réécrit ici : chaque question rebâtit une ligne ou une facture d'après sa clé et appelle les fonctions de
``facturation``. Deux clés qui donnent la même réponse partagent le même numéro.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from opposable.droit.acte import Acte
from opposable.droit.classes import tests_de
from opposable.droit.coherence import contradiction
from opposable.droit.condition import Test
from opposable.droit.constat import Constat
from opposable.droit.corpus import Contradiction, Corpus
from opposable.droit.ensemble import PLUS_INFINI, Choix, Plages, Valeur
from opposable.droit.fait import OUI_NON
from opposable.droit.frequence import Comptes
from opposable.droit.table import EFFECTIF, Choisie
from opposable.facturation import strates
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.reponse import avertissements
from opposable.lots.compteurs import Compteurs, Suivi
from opposable.lots.encodage import (
    COMMUNES,
    COMMUNS,
    Codage,
    jours_des_regles,
    jours_des_tables,
    tests_des_regles,
    tests_des_tables,
)
from opposable.lots.parties import Journal, Parties, Suppose, suppose
from opposable.lots.questions import Question


class Tarif(NamedTuple):
    """Le tarif unitaire d'une ligne, et celui des majorations de coordination qu'elle aurait (``None`` : inconnu)."""

    existe: bool
    tarif: int | None
    coordonnes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Droits:
    """Ce que les conditions d'une ligne constatent. Deux réponses sont la même si leur ``cle`` l'est."""

    cle: tuple[object, ...]
    code: str = field(compare=False)
    jour: int = field(compare=False)
    nature: str | None = field(compare=False)
    constats: tuple[Constat, ...] = field(compare=False)
    suivis: tuple[Suivi, ...] = field(default=(), compare=False)
    """Ce que cette ligne compte, et les limites qui valent pour elle."""
    comptees: tuple[tuple[Suivi, Comptes, int], ...] = field(default=(), compare=False)
    """Les comptes faits sur le lot pour chaque limite qui ne tient pas, et la quantité de la ligne."""


@dataclass(frozen=True, slots=True)
class Base:
    """Ce que les tables d'un acte donnent à une ligne : le tarif et la base choisis, et ce qui leur manque."""

    cle: tuple[object, ...]
    tarif: Choisie | None = field(default=None, compare=False)
    base: Choisie | None = field(default=None, compare=False)
    unitaire: int | None = field(default=None, compare=False)
    quantite_connue: bool = field(default=False, compare=False)
    seule: bool = field(default=False, compare=False)
    manques: tuple[Constat, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Taux:
    """Le taux d'une ligne, s'il est propre à son acte, et si elle doit une participation."""

    cle: tuple[object, ...]
    taux: Choisie | None = field(default=None, compare=False)
    propre: bool = field(default=False, compare=False)
    participation_due: str | None = field(default=None, compare=False)


class Etat(NamedTuple):
    """Tout ce qu'une ligne tient d'elle-même, avant les relations entre les lignes de sa facture."""

    droits: Droits
    base: Base
    taux: Taux


class Ligne(NamedTuple):
    """La réponse finale d'une ligne : tout sauf l'argent compté."""

    statut: str
    motifs: tuple[str, ...]
    effets: tuple[tuple[str, str, int | None], ...]
    tarif: int | None
    base: int | None
    taux: int | None
    ligne_tarif: str | None
    ligne_base: str | None
    ligne_taux: str | None
    nature: str | None
    participations: int | None
    part_inconnue: bool
    lourde: bool
    compte: int
    """1 si la ligne compte dans les fréquences, 2 si elle y compte peut-être, 0 si elle est refusée avant elles."""


class Resolution:
    """Interroge l'interprète scalaire pour un corpus et un codage. ``constants`` : les faits dits pour tout le lot."""

    def __init__(
        self, corpus: Corpus, codage: Codage, constants: Mapping[str, Valeur] | None = None, *, strict: bool = False
    ) -> None:
        self.corpus = corpus
        self.codage = codage
        self.constants = dict(constants or {})
        self.strict = strict
        self.lus: dict[str, None] = {}
        """Les faits lus pour la dernière réponse, dans l'ordre."""
        self.compteurs = Compteurs(corpus)
        self._suivis: dict[str, tuple[int, ...]] = {}

    # --- Ce que chaque question lit --------------------------------------------------------------------------
    def question_tarif(self, acte: Acte) -> Question:
        """Ce que lisent le tarif d'un acte et celui des majorations de coordination qu'il aurait."""
        ajoutes = [self.corpus.actes[code] for code in acte.tarif_coordonne]
        tables = [a.tarifs for a in (acte, *ajoutes)]
        jours = [jour for a in (acte, *ajoutes) for jour in (a.debut(), a.au)]
        return self.codage.question(tests_des_tables(*tables), [*jours, *jours_des_tables(*tables)])

    def question_nature(self) -> Question:
        """Ce que lit la nature du dépassement d'une ligne."""
        return self.codage.question([Test("ligne.nature_depassement", OUI_NON)], [])

    def question_droits(self, acte: Acte, *, depasse: bool) -> Question:
        """Ce que lisent les conditions d'un acte ; celles des dépassements si la ligne en porte un."""
        regles = [*acte.regles, *self.corpus.toutes_lignes, *(self.corpus.depassements if depasse else ())]
        natures = [Test("ligne.nature_depassement", OUI_NON)] if depasse or self._nature_tenue() is None else []
        jours = [acte.debut(), acte.au, *jours_des_regles(regles), *self.codage.relations]
        jours += self.compteurs.jours(acte)
        tests = [Test("ligne.opposable", Choix(frozenset({"oui"}))), *natures, *tests_des_regles(regles)]
        tests += self.compteurs.tests(acte)
        return self.codage.question(tests, jours)

    def _nature_tenue(self) -> str | None:
        """La nature de toute ligne au tarif opposable, si cela suffit à la dire."""
        return self.nature(self.codage.codes[0], self.corpus.debut, {"ligne.opposable": "oui"})

    def question_base(self, acte: Acte) -> Question:
        """Ce que lisent le tarif et la base d'un acte."""
        tables = [acte.tarifs, acte.bases, self.corpus.tables["tarif_autorite"]]
        tests = [Test("acte.quantite", Plages(((2, PLUS_INFINI),))), *tests_des_tables(*tables)]
        return self.codage.question(tests, [acte.debut(), acte.au, *jours_des_tables(*tables)])

    def question_taux(self, acte: Acte | None) -> Question:
        """Ce que lisent le taux et la participation : la même question pour tous les actes sans taux propre."""
        tables = [self.corpus.tables[nom] for nom in COMMUNES]
        tests = [*(Test(nom, OUI_NON) for nom in COMMUNS), *tests_des_tables(*tables)]
        jours = list(jours_des_tables(*tables))
        if acte is None or acte.taux is None:
            return self.codage.question(tests, jours, du_code=False)
        propres = [acte.debut(), acte.au, *jours_des_tables(acte.taux)]
        return self.codage.question([*tests, *tests_des_tables(acte.taux)], [*jours, *propres])

    def question_contradictions(self) -> Question:
        """Les faits dits que les contradictions lisent, sans rien en déduire."""
        return self.codage.question_directe(
            [t for c in self.corpus.contradictions for t in tests_de(c.si)],
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
        for code in codes:
            acte = self.corpus.actes[code]
            ligne = self.ligne(code, max(acte.debut(), self.corpus.debut), {"ligne.opposable": "oui"})
            ligne.facture.lignes.append(ligne)
            for nom, valeurs in vues.items():
                valeurs.add(_texte(ligne.facture.fait(nom)))
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

    def nature(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> str | None:
        """La nature du dépassement d'une ligne."""
        return _texte(self.ligne(code, jour, faits).fait("ligne.nature_depassement"))

    def droits(
        self, code: str, question: Question, canon: Sequence[int]
    ) -> tuple[tuple[Droits, Suppose], tuple[int, ...]]:
        """Ce que les conditions de la ligne constatent, la nature de son dépassement, et ce qu'il a fallu supposer ;
        puis les rangs, dans la question, des faits lus.
        """
        dire = Parties(self, question, code, canon)
        opposable = dire("ligne.opposable", lambda ligne: ligne.fait("ligne.opposable"))
        ligne = self.ligne(code, canon[0], {"ligne.opposable": opposable})
        strates.eligibilite(ligne, lambda _, regle: dire.regle(regle))
        nature = dire("nature", lambda vue: _texte(vue.fait("ligne.nature_depassement"))) if ligne.existe else None
        suivis = dire("suivis", self.compteurs.suivis, self._jours_suivis(code)) if ligne.survit is not False else ()
        jour = self.codage.jour_des_relations(canon[0])
        cle = (code, jour, nature, suivis, *_resume(ligne.constats))
        droits = Droits(cle, code, jour, nature, tuple(ligne.constats), suivis)
        return (droits, tuple(dire.supposes)), tuple(dire.rangs)

    def _jours_suivis(self, code: str) -> tuple[int, ...]:
        """Les jours où ce que comptent les limites de cet acte change."""
        if code not in self._suivis:
            self._suivis[code] = tuple(sorted(set(self.compteurs.jours(self.corpus.actes[code]))))
        return self._suivis[code]

    def base(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Base, Suppose]:
        """Le tarif et la base de la ligne, et ce qu'il a fallu supposer."""
        ligne = self.ligne(code, jour, faits)
        if not ligne.existe:
            return Base(()), ()
        ligne.tarif()
        base = ligne.base_propre()
        strates.valeurs_manquantes(ligne)
        choisies = (ligne.tarif_choisi, ligne.base_choisie)
        manques = tuple(ligne.constats)
        quantite = ligne.nombre("acte.quantite")
        connue, seule = quantite is not None, quantite == 1
        cle = (*_idents(choisies), base, connue, seule, *_resume(manques))
        return Base(cle, *choisies, base, connue, seule, manques), suppose(ligne)

    def taux(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Taux, Suppose]:
        """Le taux de la ligne, sa participation, et ce qu'il a fallu supposer."""
        ligne = self.ligne(code, jour, faits)
        ligne.taux_propre()
        taux = ligne.taux_choisi
        propre = taux is not ligne.choisies.get("taux_remboursement")
        due = _texte(ligne.fait("ligne.participation_due"))
        if taux is not None and taux.etat == "incertain":
            taux = Choisie("incertain", None, None)
        return Taux((*_idents((taux,)), propre, due), taux, propre, due), suppose(ligne)

    def facture(self, etats: Sequence[Etat]) -> tuple[Ligne, ...]:
        """Les réponses des lignes d'une facture, dans l'ordre donné : relations, supports, statuts, motifs."""
        jour = etats[0].droits.jour
        faits: dict[str, Valeur] = {"facture.date": jour}
        facture = Facture(self.corpus, CasFacture("", jour, faits, []), EFFECTIF, faits, strict=self.strict)
        for rang, etat in enumerate(etats):
            propres: dict[str, Valeur] = {"ligne.participation_due": etat.taux.participation_due}
            ligne = LigneFacture(facture, rang, propres, self.corpus.actes[etat.droits.code])
            ligne.tarif_choisi, ligne.base_choisie = etat.base.tarif, etat.base.base
            ligne.taux_choisi = etat.taux.taux if ligne.existe else None
            ligne.constats = list(etat.droits.constats)
            facture.lignes.append(ligne)
        strates.relations(facture)
        survies = [{True: 1, None: 2, False: 0}[ligne.survit] for ligne in facture.lignes]
        for ligne, etat in zip(facture.lignes, etats, strict=True):
            if ligne.survit is not False:
                self.compteurs.juger(ligne, etat.droits.comptees)
        for ligne, etat in zip(facture.lignes, etats, strict=True):
            if ligne.existe:
                ligne.constats += etat.base.manques
                suit = not etat.taux.propre and ligne.support is not None
                taux = etats[ligne.support.rang].taux if suit and ligne.support is not None else etat.taux
                ligne.taux_choisi = taux.taux
                valeur = taux.taux.valeur if taux.taux is not None else None
                ligne.etapes["taux"] = valeur if isinstance(valeur, int) else None
        strates.sans_support(facture)
        porteuse, dues = self._porteuse(facture), self._participations(facture)
        inconnue = any(
            ligne.survit is not False
            and (etat.base.unitaire is None or not etat.base.quantite_connue or ligne.etapes.get("taux") is None)
            for ligne, etat in zip(facture.lignes, etats, strict=True)
        )
        lourde = self._lourde(facture, etats, jour)
        return tuple(
            self._finir(
                ligne, etat, dues if ligne.rang == porteuse else 0, survie, part_inconnue=inconnue, lourde=lourde
            )
            for ligne, etat, survie in zip(facture.lignes, etats, survies, strict=True)
        )

    def _lourde(self, facture: Facture, etats: Sequence[Etat], jour: int) -> bool:
        """Vrai si la facture peut devoir la participation sur les actes lourds, que rien ici ne calcule."""
        seuil = self.corpus.tables["seuil_actes_lourds"].choisir(lambda _: None, jour, EFFECTIF).valeur
        restants = [(x, e) for x, e in zip(facture.lignes, etats, strict=True) if x.survit is not False]
        tarifs = [x.tarif() for x, _ in restants]
        total = sum(t for t in tarifs if t is not None)
        return not isinstance(seuil, int) or total >= seuil or any(x.existe and not e.base.seule for x, e in restants)

    @staticmethod
    def _porteuse(facture: Facture) -> int:
        """La ligne qui porte la participation de la facture : le premier acte qui n'est pas refusé."""
        return next((x.rang for x in facture.lignes if not x.acte.supplement and x.survit is not False), -1)

    @staticmethod
    def _participations(facture: Facture) -> int | None:
        """Combien d'actes doivent une participation ; inconnu dès que l'un l'est."""
        dus = [
            x.fait("ligne.participation_due") for x in facture.lignes if not x.acte.supplement and x.survit is not False
        ]
        return None if None in dus else dus.count("oui")

    @staticmethod
    def _finir(
        ligne: LigneFacture, etat: Etat, participations: int | None, survie: int, *, part_inconnue: bool, lourde: bool
    ) -> Ligne:
        constats = [*ligne.constats, *avertissements(ligne.facture, ligne)]
        effets = {"refuse": "refuse", "avertit": "aucun"}
        tarif = ligne.tarif()
        taux = ligne.etapes.get("taux")

        def ident(choisie: Choisie | None) -> str | None:
            return choisie.ligne.id if choisie is not None and choisie.ligne is not None else None

        return Ligne(
            ligne.statut,
            tuple(c.motif for c in constats),
            tuple((c.motif, effets.get(c.etat, "a_verifier"), c.enjeu) for c in constats),
            tarif if ligne.existe else None,
            etat.base.unitaire,
            taux,
            ident(etat.base.tarif),
            ident(etat.base.base),
            ident(ligne.taux_choisi),
            etat.droits.nature,
            participations,
            part_inconnue,
            lourde,
            survie,
        )


def _resume(constats: Sequence[Constat]) -> tuple[object, ...]:
    """Ce qui distingue des constats, sans leurs sources."""
    return tuple((c.motif, c.etat, c.regle, c.enjeu) for c in constats)


def _idents(choisies: Iterable[Choisie | None]) -> tuple[object, ...]:
    """Ce qui distingue des choix : leur état et la ligne choisie."""
    return tuple(None if c is None else (c.etat, c.ligne and c.ligne.id) for c in choisies)


def _texte(valeur: Valeur) -> str | None:
    return valeur if isinstance(valeur, str) else None
