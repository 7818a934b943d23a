"""Les règles tirées d'une table : ce que la table dit est écrit une fois, la règle en donne une par ligne.

Dans une règle ou une contradiction, ``{statut_tarifs: opposables, ligne.opposable: non}`` se lit : la table
``statut_tarifs`` dit « opposables », et la ligne n'est pas au tarif. Un nom de table n'a pas de point. Chaque ligne
de la table qui a ce mot donne sa cellule, sa période et ses sources. Tout se fait à la lecture du corpus : les
interprètes ne voient que des conditions ordinaires.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from opposable.droit.condition import Condition, Et, Test
from opposable.droit.lecture import Noeud
from opposable.droit.table import LigneTable, Table
from opposable.droit.vocabulaire import Vocabulaire

_LIENS: Final = frozenset({"et", "ou", "non"})


class Tiree(NamedTuple):
    """Une condition, et la ligne de table dont elle vient (``None`` : d'aucune)."""

    condition: Condition
    ligne: LigneTable | None


def tirer(noeud: Noeud, vocabulaire: Vocabulaire, tables: Mapping[str, Table], regle: str) -> list[Tiree]:
    """Les conditions écrites à ce nœud : une seule, ou une par ligne de la table qu'il nomme.

    :class:`opposable.droit.erreurs.ErreurCorpus` si la table, le mot ou un fait est inconnu.
    """
    cles = noeud.table(regle)
    noms = [cle for cle in cles if "." not in cle and cle not in _LIENS and cle not in vocabulaire.faits]
    if not noms:
        return [Tiree(vocabulaire.condition(noeud, regle), None)]
    if len(noms) > 1 or noms[0] not in tables:
        raise noeud.defaut(
            f"« {', '.join(noms)} » n'est ni un fait, ni une table", regle=regle,
            attendu="des faits, et le nom d'une table au plus",
        )  # fmt: skip
    table, mots = tables[noms[0]], cles[noms[0]]
    voulus = {n.texte(regle) for n in mots.liste(regle, vide=False)}
    if voulus - set(table.valeurs):
        raise mots.defaut(
            f"« {', '.join(sorted(voulus))} » n'est pas un mot de la table {table.nom}", regle=regle,
            attendu=", ".join(table.valeurs) or "une table dont les mots sont nommés (valeurs)",
        )  # fmt: skip
    lignes = [ligne for ligne in table.lignes if ligne.valeur in voulus]
    exceptees = {ident for ligne in table.lignes for ident in ligne.sauf_de}
    for ligne in lignes:
        if ligne.id in exceptees:
            raise mots.defaut(
                f"la ligne {ligne.id} a des exceptions", regle=regle, attendu="une table dont chaque cellule se suffit"
            )
    reste = {cle: n for cle, n in cles.items() if cle != table.nom}
    propres = (vocabulaire.condition(Noeud(reste, noeud.fichier, noeud.ligne), regle),) if reste else ()
    return [Tiree(_ensemble((*(Test(f, e) for f, e in ligne.cellule), *propres)), ligne) for ligne in lignes]


def _ensemble(termes: tuple[Condition, ...]) -> Condition:
    return termes[0] if len(termes) == 1 else Et(termes)
