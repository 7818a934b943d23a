"""Lecture du YAML comme du texte : chaque valeur garde son fichier et sa ligne, une clé en double est refusée.

Les types de YAML ne servent pas : ``19:30`` y vaut 1170, ``NO`` y vaut faux, ``15.00`` y est un flottant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from opposable.droit.erreurs import Defaut, ErreurCorpus

if TYPE_CHECKING:
    _Compose = yaml.SafeLoader
else:
    _Compose = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Chargeur(_Compose):
    """Le lecteur rapide, sans la recherche du type de chaque valeur : toutes sont des textes."""

    def resolve(self, *_: Any) -> str:
        """Aucun type à chercher."""
        return ""


@dataclass(slots=True)
class Noeud:
    """Une valeur lue : ``valeur`` est un texte, une liste de nœuds ou un dictionnaire de nœuds."""

    valeur: str | list[Noeud] | dict[str, Noeud]
    fichier: str
    ligne: int

    def defaut(self, message: str, *, regle: str = "", attendu: str = "", exemple: str = "") -> ErreurCorpus:
        """Une erreur de corpus située à ce nœud."""
        return ErreurCorpus([Defaut(self.fichier, self.ligne, regle, message, attendu, exemple)])

    def texte(self, regle: str = "") -> str:
        """Le texte du nœud ; :class:`ErreurCorpus` s'il est vide, ou si c'est une liste ou un dictionnaire."""
        if isinstance(self.valeur, str):
            if not self.valeur.strip():
                raise self.defaut("valeur vide", regle=regle, attendu="un texte")
            return self.valeur
        raise self.defaut("une valeur simple est attendue ici", regle=regle, attendu="un texte")

    def liste(self, regle: str = "", *, vide: bool = True) -> list[Noeud]:
        """Les éléments ; un texte seul vaut une liste d'un élément. ``vide`` : une liste vide est permise."""
        if isinstance(self.valeur, list):
            if not self.valeur and not vide:
                raise self.defaut("liste vide", regle=regle, attendu="un élément au moins")
            return self.valeur
        if isinstance(self.valeur, str):
            return [self]
        raise self.defaut("une liste est attendue ici", regle=regle, attendu="[…]")

    def table(self, regle: str = "") -> dict[str, Noeud]:
        """Les clés et leurs nœuds ; :class:`ErreurCorpus` si ce n'est pas un dictionnaire."""
        if isinstance(self.valeur, dict):
            return self.valeur
        raise self.defaut("un ensemble de clés est attendu ici", regle=regle, attendu="clé: valeur")

    def cles(
        self, permises: frozenset[str], regle: str = "", requises: frozenset[str] = frozenset()
    ) -> dict[str, Noeud]:
        """Les clés, après refus de toutes les clés inconnues (la plus proche est nommée), ou sinon des manquantes."""
        table = self.table(regle)
        if not table.keys() <= permises:
            raise ErreurCorpus(self._cles_inconnues(table, permises, regle))
        if not requises <= table.keys():
            attendu = ", ".join(sorted(requises))
            manquantes = [f"il manque la clé « {cle} »" for cle in sorted(requises) if cle not in table]
            raise ErreurCorpus([Defaut(self.fichier, self.ligne, regle, m, attendu) for m in manquantes])
        return table

    @staticmethod
    def _cles_inconnues(table: dict[str, Noeud], permises: frozenset[str], regle: str) -> list[Defaut]:
        from opposable.droit.erreurs import plus_proche

        defauts = []
        for cle, noeud in table.items():
            if cle not in permises:
                proche = plus_proche(cle, permises)
                suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
                message, attendu = f"clé inconnue « {cle} »{suite}", ", ".join(sorted(permises))
                defauts.append(Defaut(noeud.fichier, noeud.ligne, regle, message, attendu))
        return defauts


def lire(texte: str, fichier: str) -> Noeud:
    """Compose le YAML ``texte`` en nœuds. :class:`ErreurCorpus` si la syntaxe est fausse ou une clé en double."""
    try:
        chargeur = _Chargeur(texte)
        racine = chargeur.get_single_node()
    except yaml.MarkedYAMLError as erreur:
        ligne = erreur.problem_mark.line + 1 if erreur.problem_mark else 0
        raise ErreurCorpus(
            [
                Defaut(
                    fichier,
                    ligne,
                    "syntaxe",
                    "le YAML ne se lit pas",
                    "un YAML valide, textes entre guillemets doubles",
                )
            ]
        ) from None
    except yaml.YAMLError:
        raise ErreurCorpus([Defaut(fichier, 0, "syntaxe", "le YAML ne se lit pas", "un fichier texte UTF-8")]) from None
    if racine is None:
        return Noeud({}, fichier, 1)
    return _convertir(racine, fichier, [])


def _convertir(noeud: Any, fichier: str, dans: list[int]) -> Noeud:
    ligne = noeud.start_mark.line + 1
    if isinstance(noeud, yaml.ScalarNode):
        return Noeud(str(noeud.value), fichier, ligne)
    if id(noeud) in dans:
        message = "le YAML se contient lui-même (une ancre « & » reprise dans ce qu'elle nomme)"
        raise ErreurCorpus([Defaut(fichier, ligne, "syntaxe", message, "des valeurs écrites en clair, sans ancre")])
    dans.append(id(noeud))
    resultat = _collection(noeud, fichier, ligne, dans)
    dans.pop()
    return resultat


def _collection(noeud: Any, fichier: str, ligne: int, dans: list[int]) -> Noeud:
    if isinstance(noeud, yaml.SequenceNode):
        return Noeud([_convertir(n, fichier, dans) for n in noeud.value], fichier, ligne)
    resultat: dict[str, Noeud] = {}
    for cle, valeur in noeud.value:
        if not isinstance(cle, yaml.ScalarNode):
            raise ErreurCorpus([Defaut(fichier, cle.start_mark.line + 1, "syntaxe", "une clé doit être un texte")])
        nom = str(cle.value)
        if nom in resultat:
            raise ErreurCorpus(
                [
                    Defaut(
                        fichier,
                        cle.start_mark.line + 1,
                        nom,
                        f"la clé « {nom} » est en double (déjà ligne {resultat[nom].ligne})",
                        "une seule fois chaque clé",
                    )
                ]
            )
        resultat[nom] = _convertir(valeur, fichier, dans)
    return Noeud(resultat, fichier, ligne)
