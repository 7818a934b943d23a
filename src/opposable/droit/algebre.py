"""L'algèbre des formules : ce qu'une formule a le droit d'écrire, et sa forme scalaire.

Une formule est une fonction Python ordinaire sur une algèbre ``k``. Elle ne contient ni tarif, ni date, ni ``if`` sur
un fait : tout passe par ``k``. La forme scalaire calcule un cas et garde la trace ; la forme en colonnes bâtit du SQL
à partir des mêmes fonctions. L'inconnu (``None``) se propage partout, sauf dans ``connu`` et ``defaut``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from opposable.droit.ensemble import Ensemble, Valeur
from opposable.droit.montant import assiette_par_defaut, part_arrondie, quotient_par_defaut

Kleene = bool | None


class Operations(Protocol):
    """Les opérations communes à toutes les portées. Les montants sont en centimes, les taux en dix-millièmes."""

    jour: int

    def fait(self, nom: str, /) -> Valeur:
        """La valeur d'un fait, inconnue si rien ne la donne."""

    def nombre(self, nom: str, /) -> int | None:
        """Un fait numérique exactement connu."""

    def table(self, nom: str, /) -> int | None:
        """Le nombre que donne une table du corpus, inconnu s'il manque ou dépend de faits inconnus."""

    def nomme(self, nom: str, valeur: int | None, /) -> int | None:
        """Une étape nommée de la trace."""

    def age_mois(self, naissance: str, age: str, /) -> Valeur:
        """L'âge en mois révolus ; un :class:`Intervalle` si seul l'âge est dit."""

    def age_mois_1er_janvier(self, naissance: str, age: str, /) -> Valeur:
        """L'âge en mois révolus au 1er janvier de l'année, zéro au moins ; un :class:`Intervalle` si seul l'âge est
        dit.
        """

    def age_jours(self, naissance: str, age: str, /) -> Valeur:
        """L'âge en jours révolus ; un :class:`Intervalle` si seul l'âge est dit."""

    def jours_depuis(self, date: str, /) -> Valeur:
        """Les jours écoulés depuis une date, ou le mot qui dit qu'elle est sans objet."""

    def jour_de_semaine(self) -> Valeur:
        """Le jour de la semaine des soins, en toutes lettres."""

    def ferie(self, ecart: int, territoire: str, alsace_moselle: str, /) -> Kleene:
        """Le jour des soins, ``ecart`` jours plus loin, est férié là où est le cabinet."""

    def minutes_depuis(self, instant: str, heure: str, /) -> Valeur:
        """Les minutes entre un instant et les soins ; un :class:`Intervalle` si seul le jour des soins est dit."""

    def jours_ouvres_depuis(self, instant: str, territoire: str, alsace_moselle: str, /) -> Valeur:
        """Les jours ouvrés écoulés après le jour d'un instant ; un :class:`Intervalle` s'ils dépendent du lieu."""

    def oui_non(self, kleene: Kleene, /) -> Valeur:
        """La valeur d'un fait oui/non."""

    def et(self, *termes: Kleene) -> Kleene: ...
    def ou(self, *termes: Kleene) -> Kleene: ...
    def non(self, terme: Kleene, /) -> Kleene: ...
    def connu(self, valeur: Valeur, /) -> bool: ...
    def plus(self, a: int | None, b: int | None, /) -> int | None: ...
    def moins(self, a: int | None, b: int | None, /) -> int | None: ...
    def fois(self, a: int | None, b: int | None, /) -> int | None: ...
    def min(self, a: int | None, b: int | None, /) -> int | None: ...
    def max(self, a: int | None, b: int | None, /) -> int | None: ...
    def part(self, montant: int | None, taux: int | None, /) -> int | None: ...
    def au_plus(self, a: int | None, b: int | None, /) -> Kleene: ...
    def defaut(self, valeur: int | None, sinon: int | None, /) -> int | None: ...
    def si(self, condition: Kleene, alors: int | None, sinon: int | None, /) -> int | None: ...


class Algebre(Operations, Protocol):
    """Ce qu'une formule de ligne peut lire de plus : l'acte de la ligne."""

    def tarif(self) -> int | None:
        """Le tarif unitaire de l'acte."""

    def base_propre(self) -> int | None:
        """La base unitaire : celle que le texte donne à ce cas, sinon le tarif."""

    def taux_propre(self) -> int | None:
        """Le taux de la ligne : celui de l'acte, de l'acte qu'elle suit, ou le taux général."""


class Relations(Operations, Protocol):
    """Ce qu'une formule de facture peut lire de plus : les relations closes entre lignes."""

    def tous(self, fait: str, valeur: str, /) -> Kleene:
        """Toutes les lignes ont cette valeur."""

    def un(self, fait: str, valeur: str, /) -> Kleene:
        """Une ligne au moins a cette valeur."""

    def present(self, famille: str, /) -> bool:
        """Un acte de cette famille est sur la facture."""

    def plusieurs(self, famille: str, /) -> bool:
        """Deux actes au moins de cette famille sont sur la facture."""

    def somme_honoraires(self) -> int | None:
        """Le total demandé."""

    def total_coordonne(self) -> int | None:
        """Le tarif du parcours coordonné de la facture."""


class Calculs:
    """Les opérations de l'algèbre sur des valeurs scalaires, l'inconnu explicite."""

    __slots__ = ()

    @staticmethod
    def plus(a: int | None, b: int | None) -> int | None:
        """La somme."""
        return None if a is None or b is None else a + b

    @staticmethod
    def moins(a: int | None, b: int | None) -> int | None:
        """La différence."""
        return None if a is None or b is None else a - b

    @staticmethod
    def fois(a: int | None, b: int | None) -> int | None:
        """Le produit d'un montant par un nombre d'actes."""
        return None if a is None or b is None else a * b

    @staticmethod
    def min(a: int | None, b: int | None) -> int | None:
        """Le plus petit ; inconnu dès qu'un des deux l'est."""
        return None if a is None or b is None else (a if a < b else b)

    @staticmethod
    def max(a: int | None, b: int | None) -> int | None:
        """Le plus grand ; inconnu dès qu'un des deux l'est."""
        return None if a is None or b is None else (a if a > b else b)

    @staticmethod
    def part(montant: int | None, taux: int | None) -> int | None:
        """Le montant multiplié par le taux, arrondi au centime (:func:`opposable.droit.montant.part_arrondie`)."""
        return None if montant is None or taux is None else part_arrondie(montant, taux)

    @staticmethod
    def quotient(a: int | None, b: int | None) -> int | None:
        """``a`` ÷ ``b`` en dix-millièmes, par défaut (:func:`opposable.droit.montant.quotient_par_defaut`)."""
        return None if a is None or not b else quotient_par_defaut(a, b)

    @staticmethod
    def assiette(part: int | None, taux: int | None) -> int | None:
        """Le plus grand montant dont la part au taux ne dépasse pas ``part``, au centime inférieur."""
        return None if part is None or not taux else assiette_par_defaut(part, taux)

    @staticmethod
    def somme(termes: Iterable[int | None]) -> int | None:
        """La somme ; inconnue dès qu'un terme l'est."""
        total = 0
        for terme in termes:
            if terme is None:
                return None
            total += terme
        return total

    @staticmethod
    def au_plus(a: int | None, b: int | None) -> Kleene:
        """``a`` ≤ ``b``."""
        return None if a is None or b is None else a <= b

    @staticmethod
    def dans(valeur: Valeur, ensemble: Ensemble) -> Kleene:
        """L'appartenance."""
        return ensemble.teste(valeur)

    @staticmethod
    def et(*termes: Kleene) -> Kleene:
        """La conjonction de Kleene."""
        if False in termes:
            return False
        return None if None in termes else True

    @staticmethod
    def ou(*termes: Kleene) -> Kleene:
        """La disjonction de Kleene."""
        if True in termes:
            return True
        return None if None in termes else False

    @staticmethod
    def non(terme: Kleene) -> Kleene:
        """La négation."""
        return None if terme is None else not terme

    @staticmethod
    def oui_non(kleene: Kleene) -> Valeur:
        """La valeur d'un fait oui/non."""
        return None if kleene is None else ("oui" if kleene else "non")

    @staticmethod
    def si(condition: Kleene, alors: int | None, sinon: int | None) -> int | None:
        """``alors`` ou ``sinon`` ; inconnu si la condition l'est et que les deux diffèrent."""
        if condition is None:
            return alors if alors == sinon else None
        return alors if condition else sinon

    @staticmethod
    def connu(valeur: Valeur) -> bool:
        """Vrai si la valeur est connue. Non monotone : chaque usage est relu."""
        return valeur is not None

    @staticmethod
    def defaut(valeur: int | None, sinon: int | None) -> int | None:
        """``valeur``, ou ``sinon`` si elle est inconnue. Non monotone : chaque usage est relu."""
        return sinon if valeur is None else valeur
