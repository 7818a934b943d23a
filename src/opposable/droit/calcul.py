"""Un dispositif en cours de calcul : ses faits, ses listes, et chaque étape nommée avec ce qu'elle a lu.

Un module de dispositif est une suite de fonctions pures décorées par :func:`etape`, et une fonction ``calculer(k)`` qui
appelle celles que le corpus déclare comme sorties. La docstring d'une étape est ce que la trace en dit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from opposable.droit import temps
from opposable.droit.constat import AVERTIT, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.scalaire import Formule, Portee
from opposable.droit.source import AUTORITES, Passage
from opposable.droit.table import EFFECTIF, Choisie, LigneTable

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Cas:
    """Un cas lu : le jour qui le situe, ses faits, les éléments de ses listes, et ce qui a été écrit."""

    id: str
    jour: int
    fin: int
    faits: dict[str, Valeur]
    listes: dict[str, list[dict[str, Valeur]]]
    textes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Etape:
    """Une étape calculée : sa valeur, les lignes de tables qu'elle a lues, ce qui lui a manqué.

    ``composante`` : un des montants qui font la somme du montant principal.
    """

    nom: str
    libelle: str
    type: str
    composante: bool = False
    valeur: Any = None
    tables: dict[tuple[str, str], Choisie] = field(default_factory=dict)
    manques: dict[str, Manque] = field(default_factory=dict)
    lus: dict[str, None] = field(default_factory=dict)
    inconnus: dict[str, None] = field(default_factory=dict)

    def herite(self, autre: Etape) -> None:
        """Ce qu'une étape a lu, celle qui l'emploie l'a lu aussi ; ce qui manque à une valeur connue n'a pas compté."""
        self.tables.update(autre.tables)
        self.manques.update(autre.manques)
        self.lus.update(autre.lus)
        if autre.floue:
            self.inconnus.update(autre.inconnus)

    @property
    def floue(self) -> bool:
        """Vrai si la valeur est inconnue, ou connue à peu près."""
        return self.valeur is None or isinstance(self.valeur, Intervalle)

    @property
    def autorite(self) -> str:
        """La moins sûre des autorités des valeurs lues."""
        lignes = [c.ligne for c in self.tables.values() if c.ligne is not None and c.valeur is not None]
        lues = [ligne.sources[0].autorite for ligne in lignes if ligne.sources]
        return max(lues, key=AUTORITES.index, default=AUTORITES[0])


@dataclass(frozen=True, slots=True)
class Manque:
    """Une valeur que les textes lus ne donnent pas : la table, sa ligne si elle en a une, et pourquoi."""

    table: str
    ligne: LigneTable | None
    raison: str


@dataclass(frozen=True, slots=True)
class Echeance:
    """Un versement, ou une date à tenir (sans montant)."""

    jour: int
    montant: int | None
    objet: str


class _Lecteur(Portee):
    """Une portée qui note, pour l'étape en cours, les tables lues et ce qui manque."""

    __slots__ = ()

    def en_cours(self) -> Etape:
        """L'étape en cours."""
        raise NotImplementedError

    def deja_faite(self, nom: str) -> Etape | None:
        """L'étape de ce nom, si elle est faite."""
        raise NotImplementedError

    def fait(self, nom: str) -> Valeur:
        """La valeur du fait ; l'étape en cours retient qu'il est inconnu, et ce qu'un fait calculé a lu."""
        valeur = super().fait(nom)
        faite = self.deja_faite(nom)
        if faite is not None:
            self.en_cours().herite(faite)
            return valeur
        self.en_cours().lus[nom] = None
        if valeur is None:
            self.en_cours().inconnus[nom] = None
        return valeur

    def table(self, nom: str, le: int | None = None) -> int | None:
        """Le nombre de la table, le jour du cas ou un autre (``le``) ; ``None`` s'il manque ou dépend d'inconnus."""
        choisie = self.choisir(nom, le)
        return choisie.valeur if isinstance(choisie.valeur, int) else None

    def _choisir_le(self, nom: str, jour: int) -> Choisie:
        return self.corpus.tables[nom].choisir(self.fait, jour, self.calendrier)

    def choisir(self, nom: str, le: int | None = None) -> Choisie:
        """La ligne de table qui s'applique, le jour du cas ou un autre ; l'étape retient la ligne, ou ce qui manque."""
        return self._retenir(nom, super().choisir(nom) if le is None else self._choisir_le(nom, le))

    def _retenir(self, nom: str, choisie: Choisie) -> Choisie:
        etape_ = self.en_cours()
        etape_.tables[nom, choisie.ligne.id if choisie.ligne is not None else ""] = choisie
        if choisie.etat == "manquant" and choisie.ligne is not None:
            etape_.manques[choisie.ligne.id] = Manque(nom, choisie.ligne, choisie.ligne.manquant)
        elif choisie.etat == "hors" and self.corpus.tables[nom].ailleurs == "manquant":
            etape_.manques[nom] = Manque(nom, None, "aucune ligne de la table ne couvre ce cas")
        elif choisie.etat == "incertain":
            etape_.inconnus.update(dict.fromkeys(self.inconnus_de(choisie.possibles)))
        return choisie


class Calcul(_Lecteur):
    """La portée d'un cas : ``k`` dans les modules des dispositifs.

    ``jour`` est le jour du cas (le 1er janvier d'une année, ou le premier jour où le dispositif vaut) ; ``fin`` est le
    premier jour qui n'en est plus.
    """

    __slots__ = ("cas", "constats", "dispositif", "echeances", "faites", "fin", "listes", "pile")

    def __init__(
        self,
        corpus: Corpus,
        dispositif: Dispositif,
        cas: Cas,
        formules: Mapping[str, Formule] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        super().__init__(corpus.pour(dispositif.nom), EFFECTIF, cas.jour, cas.faits, formules or {}, strict=strict)
        self.cas = cas
        self.fin = cas.fin
        self.dispositif = dispositif
        self.constats: list[Constat] = []
        self.echeances: list[Echeance] = []
        self.faites: dict[str, Etape] = {}
        self.pile: list[Etape] = [Etape("", "", "")]
        self.listes = {
            nom: tuple(Element(self, nom, rang, faits) for rang, faits in enumerate(elements))
            for nom, elements in cas.listes.items()
        }

    def en_cours(self) -> Etape:
        """L'étape en cours ; la racine hors de toute étape."""
        return self.pile[-1]

    def deja_faite(self, nom: str) -> Etape | None:
        """L'étape de ce nom, si elle est faite."""
        return self.faites.get(nom)

    def en_cause(self, faits: tuple[str, ...]) -> tuple[str, ...]:
        """Les faits de l'entrée d'où viennent ceux-ci ; d'un fait inconnu, ou connu à peu près, ceux qui manquent."""
        noms: dict[str, None] = {}
        for nom in faits:
            faite = self.faites.get(nom)
            if faite is None:
                lus: tuple[str, ...] = (nom,)
            else:
                lus = tuple(faite.inconnus if faite.floue else faite.lus)
            noms.update(dict.fromkeys(self.feuilles(lus)))
        return tuple(nom for nom in noms if nom in self.dispositif.entrees)

    def _feuilles(self, nom: str, resultat: dict[str, None], vus: set[str]) -> None:
        """Un fait d'une liste n'a de valeur que dans un élément : ce qu'il lit se dit sans le calculer."""
        fait = self.corpus.vocabulaire.faits.get(nom)
        if fait is None or not fait.calcule or nom.partition(".")[0] not in {un.nom for un in self.dispositif.listes}:
            super()._feuilles(nom, resultat, vus)
            return
        for lu in fait.lit:
            self._feuilles(lu, resultat, vus)

    def annee(self) -> int:
        """L'année du cas."""
        return int(temps.iso(self.jour)[:4])

    def liste(self, nom: str) -> tuple[Element, ...]:
        """Les éléments d'une liste de l'entrée ; vide si elle n'est pas dite."""
        return self.listes.get(nom, ())

    def constate(
        self,
        motif: str,
        etat: str = AVERTIT,
        *,
        precision: str = "",
        faits: tuple[str, ...] = (),
        sources: tuple[Passage, ...] = (),
        enjeu: int | None = None,
    ) -> None:
        """Ajoute un motif du catalogue ; ``etat`` : REFUSE, A_VERIFIER, INCONNU ou AVERTIT (:mod:`constat`)."""
        self.constats.append(Constat(motif, etat, faits, sources, precision, enjeu=enjeu))

    def verse(self, jour: int, montant: int | None, objet: str) -> None:
        """Ajoute une échéance : un versement, ou une date à tenir si ``montant`` est ``None``."""
        self.echeances.append(Echeance(jour, montant, objet))

    @staticmethod
    def contredit(ou: str, message: str, attendu: str) -> ErreurEntree:
        """L'erreur à lever quand deux faits dits ne vont pas ensemble ; ``ou`` est le chemin dans l'entrée."""
        return ErreurEntree("FAITS_CONTRADICTOIRES", message, ou=ou, attendu=attendu, exemple="")

    @staticmethod
    def absent(ou: str, message: str, attendu: str, exemple: str) -> ErreurEntree:
        """L'erreur à lever quand il manque un fait sans lequel le cas n'a pas de sens."""
        return ErreurEntree("FAIT_ABSENT", message, ou=ou, attendu=attendu, exemple=exemple)


class Element(_Lecteur):
    """La portée d'un élément d'une liste : ses faits s'appellent ``liste.cle`` ; il lit aussi ceux du cas.

    Un fait calculé d'une liste (``formule: cle``) est une fonction ordinaire du module, sur un élément.
    """

    __slots__ = ("calcul", "nom", "rang")

    def __init__(self, calcul: Calcul, nom: str, rang: int, faits: Mapping[str, Valeur]) -> None:
        super().__init__(calcul.corpus, EFFECTIF, calcul.jour, faits, calcul._formules, strict=calcul.strict)
        self.calcul = calcul
        self.nom = nom
        self.rang = rang

    def __str__(self) -> str:
        return f"{self.nom}[{self.rang}]"

    def en_cours(self) -> Etape:
        """L'étape en cours du calcul."""
        return self.calcul.pile[-1]

    def deja_faite(self, nom: str) -> Etape | None:
        """L'étape de ce nom, si elle est faite."""
        return self.calcul.faites.get(nom)

    def fait(self, nom: str) -> Valeur:
        """La valeur du fait : celle de l'élément, si c'est un des siens ou si on la lui donne, sinon celle du cas."""
        propre = nom in self.cache or nom.startswith(f"{self.nom}.")
        return super().fait(nom) if propre else self.calcul.fait(nom)


def etape(
    type_: str, *, composante: bool = False
) -> Callable[[Callable[Concatenate[Calcul, P], R]], Callable[Concatenate[Calcul, P], R]]:
    """Fait d'une fonction une étape nommée : calculée une fois, notée dans la trace avec sa docstring et ses lectures.

    ``type_`` est celui d'une sortie : montant, taux, entier, oui_non, date, texte, tableau. Une étape qui prend
    d'autres arguments s'appelle ``nom.argument``, et se calcule une fois par argument.
    """

    def decorer(fonction: Callable[Concatenate[Calcul, P], R]) -> Callable[Concatenate[Calcul, P], R]:
        libelle = inspect.cleandoc(fonction.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        if not libelle:
            raise TypeError(f"l'étape {fonction.__name__} n'a pas de docstring")

        @wraps(fonction)
        def appel(k: Calcul, /, *args: P.args, **kwargs: P.kwargs) -> R:
            nom = ".".join([fonction.__name__, *(str(a) for a in (*args, *kwargs.values()))])
            faite = k.faites.get(nom)
            if faite is None:
                faite = Etape(nom, libelle, type_, composante)
                k.pile.append(faite)
                try:
                    faite.valeur = fonction(k, *args, **kwargs)
                finally:
                    k.pile.pop()
                k.faites[nom] = faite
            k.en_cours().herite(faite)
            resultat: R = faite.valeur
            return resultat

        return appel

    return decorer
