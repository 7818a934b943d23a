"""Les réponses de l'interprète scalaire, une fois par clé : droits, argent, nature du dépassement, puis la facture.

Rien n'est réécrit ici : chaque question rebâtit une ligne ou une facture d'après sa clé et appelle les fonctions de
``facturation``. Deux clés qui donnent la même réponse partagent le même numéro.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from opposable.droit.acte import Acte
from opposable.droit.classes import tests_de
from opposable.droit.condition import Test
from opposable.droit.corpus import Contradiction, Corpus
from opposable.droit.ensemble import Choix, Valeur
from opposable.droit.fait import OUI_NON
from opposable.droit.table import EFFECTIF, Choisie
from opposable.facturation import strates
from opposable.facturation.coherence import contradiction
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Constat, Facture, LigneFacture
from opposable.facturation.reponse import avertissements
from opposable.lots.encodage import (
    COMMUNES,
    COMMUNS,
    Codage,
    Question,
    jours_des_regles,
    jours_des_tables,
    tests_des_regles,
    tests_des_tables,
)


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
    constats: tuple[Constat, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Argent:
    """Ce que les tables donnent à une ligne : tarif, base et taux choisis, ce qui lui manque, la participation."""

    cle: tuple[object, ...]
    tarif: Choisie | None = field(default=None, compare=False)
    base: Choisie | None = field(default=None, compare=False)
    base_unitaire: int | None = field(default=None, compare=False)
    taux: Choisie | None = field(default=None, compare=False)
    taux_propre: bool = field(default=False, compare=False)
    manques: tuple[Constat, ...] = field(default=(), compare=False)
    participation_due: str | None = field(default=None, compare=False)
    nature: str | None = field(default=None, compare=False)


Suppose = tuple[tuple[str, object], ...]
"""Les valeurs usuelles sur lesquelles une réponse repose : le fait et sa valeur."""


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


class Numeros:
    """Des réponses distinctes, numérotées dans l'ordre où elles viennent."""

    def __init__(self) -> None:
        self.valeurs: list[object] = []
        self._rangs: dict[object, int] = {}

    def rang(self, valeur: object) -> int:
        """Le numéro d'une réponse."""
        trouve = self._rangs.get(valeur)
        if trouve is None:
            trouve = self._rangs[valeur] = len(self.valeurs)
            self.valeurs.append(valeur)
        return trouve


class Resolution:
    """Interroge l'interprète scalaire pour un corpus et un codage. ``constants`` : les faits dits pour tout le lot."""

    def __init__(
        self, corpus: Corpus, codage: Codage, constants: Mapping[str, Valeur] | None = None, *, strict: bool = False
    ) -> None:
        self.corpus = corpus
        self.codage = codage
        self.constants = dict(constants or {})
        self.strict = strict

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
        jours = [acte.debut(), acte.au, *(j for f in acte.frequences for j in (f.du, f.au)), *jours_des_regles(regles)]
        jours += self.codage.relations
        tests = [Test("ligne.opposable", Choix(frozenset({"oui"}))), *tests_des_regles(regles)]
        return self.codage.question(tests, jours)

    def question_argent(self, acte: Acte) -> Question:
        """Ce que lisent le tarif, la base, le taux et la participation d'un acte."""
        communes = [self.corpus.tables[nom] for nom in COMMUNES]
        tables = [acte.tarifs, acte.bases, acte.taux, *communes]
        lus = [Test(nom, OUI_NON) for nom in COMMUNS]
        return self.codage.question(
            [*lus, *tests_des_tables(*tables)], [acte.debut(), acte.au, *jours_des_tables(*tables)]
        )

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
    def _ligne(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> LigneFacture:
        """Une facture d'une seule ligne qui a ces faits."""
        de_facture: dict[str, Valeur] = {"facture.date": jour}
        de_ligne: dict[str, Valeur] = {"acte.code": code}
        for source in (self.constants, faits):
            for nom, valeur in source.items():
                (de_ligne if nom.startswith(("acte.", "ligne.")) else de_facture)[nom] = valeur
        cas = CasFacture("", jour, de_facture, [])
        facture = Facture(self.corpus, cas, EFFECTIF, de_facture, strict=self.strict)
        return LigneFacture(facture, 0, de_ligne, self.corpus.actes[code])

    def tarif(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> Tarif:
        """Le tarif unitaire d'une ligne."""
        ligne = self._ligne(code, jour, faits)
        coordonnes = []
        for autre in ligne.acte.tarif_coordonne:
            acte = self.corpus.actes[autre]
            if acte.en_vigueur(jour, EFFECTIF):
                valeur = acte.tarifs.choisir(ligne.fait, jour, EFFECTIF).valeur
                coordonnes.append((autre, valeur if isinstance(valeur, int) else None))
        return Tarif(ligne.existe, ligne.tarif() if ligne.existe else None, tuple(coordonnes))

    def nature(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> str | None:
        """La nature du dépassement d'une ligne."""
        valeur = self._ligne(code, jour, faits).fait("ligne.nature_depassement")
        return valeur if isinstance(valeur, str) else None

    def fait(self, nom: str, code: str, jour: int, faits: Mapping[str, Valeur]) -> Valeur:
        """La valeur d'un fait calculé d'une ligne."""
        return self._ligne(code, jour, faits).fait(nom)

    def droits(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Droits, Suppose]:
        """Ce que les conditions de la ligne constatent, et les valeurs usuelles lues pour cela."""
        ligne = self._ligne(code, jour, faits)
        strates.eligibilite(ligne)
        jour = self.codage.jour_des_relations(jour)
        cle = (code, jour, *_resume(ligne.constats))
        return Droits(cle, code, jour, tuple(ligne.constats)), _suppose(ligne)

    def argent(self, code: str, jour: int, faits: Mapping[str, Valeur]) -> tuple[Argent, Suppose]:
        """Ce que les tables donnent à la ligne, et les valeurs usuelles lues pour cela."""
        ligne = self._ligne(code, jour, faits)
        if not ligne.existe:
            return Argent(()), ()
        ligne.tarif()
        base = ligne.base_propre()
        ligne.taux_propre()
        strates.valeurs_manquantes(ligne)
        taux = ligne.taux_choisi
        due = None if ligne.acte.supplement else _texte(ligne.fait("ligne.participation_due"))
        nature = _texte(ligne.fait("ligne.nature_depassement"))
        propre = not ligne.acte.supplement or taux is not ligne.choisies.get("taux_remboursement")
        manques = tuple(ligne.constats)
        choisies = (ligne.tarif_choisi, ligne.base_choisie, taux)
        idents = tuple(None if c is None else (c.etat, c.ligne and c.ligne.id) for c in choisies)
        cle = (*idents, base, propre, due, nature, *_resume(manques))
        return Argent(cle, *choisies[:2], base, taux, propre, manques, due, nature), _suppose(ligne)

    def facture(self, lignes: Sequence[tuple[Droits, Argent]]) -> tuple[Ligne, ...]:
        """Les réponses des lignes d'une facture, dans l'ordre donné : relations, supports, statuts, motifs."""
        jour = lignes[0][0].jour
        faits: dict[str, Valeur] = {"facture.date": jour}
        facture = Facture(self.corpus, CasFacture("", jour, faits, []), EFFECTIF, faits, strict=self.strict)
        for rang, (droits, argent) in enumerate(lignes):
            propres: dict[str, Valeur] = {"ligne.participation_due": argent.participation_due}
            ligne = LigneFacture(facture, rang, propres, self.corpus.actes[droits.code])
            ligne.tarif_choisi, ligne.base_choisie = argent.tarif, argent.base
            ligne.constats = list(droits.constats)
            facture.lignes.append(ligne)
        strates.relations(facture)
        for ligne, (_, argent) in zip(facture.lignes, lignes, strict=True):
            if ligne.existe:
                ligne.constats += argent.manques
                de = ligne if argent.taux_propre or ligne.support is None else ligne.support
                ligne.taux_choisi = lignes[de.rang][1].taux
                valeur = ligne.taux_choisi.valeur if ligne.taux_choisi is not None else None
                ligne.etapes["taux"] = valeur if isinstance(valeur, int) else None
        strates.sans_support(facture)
        due = self._participations(facture)
        return tuple(
            self._finir(ligne, argent, due if ligne.rang == due_rang else 0)
            for due_rang in [self._porteuse(facture)]
            for ligne, (_, argent) in zip(facture.lignes, lignes, strict=True)
        )

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
    def _finir(ligne: LigneFacture, argent: Argent, participations: int | None) -> Ligne:
        choisies = [c for c in (ligne.tarif_choisi, ligne.base_choisie) if c is not None]
        constats = [*ligne.constats, *avertissements(ligne.facture, ligne, choisies)]
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
            argent.base_unitaire,
            taux,
            ident(argent.tarif),
            ident(argent.base),
            ident(ligne.taux_choisi),
            argent.nature,
            participations,
        )


def _resume(constats: Sequence[Constat]) -> tuple[object, ...]:
    """Ce qui distingue des constats, sans leurs sources."""
    return tuple((c.motif, c.etat, c.regle, c.enjeu) for c in constats)


def _suppose(ligne: LigneFacture) -> Suppose:
    return (*ligne.supposes.items(), *ligne.facture.supposes.items())


def _texte(valeur: Valeur) -> str | None:
    return valeur if isinstance(valeur, str) else None
