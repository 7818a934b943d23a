"""Essayer un acte dans l'interprète des factures, pour un dispositif qui répond sans facture.

Rien n'est redit : les règles, les tarifs et les relations sont ceux d'une facture. Ce que le cas ne dit pas reste
inconnu ; une valeur usuelle n'est jamais supposée ici.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from opposable.droit.acte import Regle
from opposable.droit.constat import A_VERIFIER, AVERTIT, INCONNU, REFUSE, Constat, constater
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import CasFacture, LigneCas
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.strates import relations

OUI, A_PRECISER, DOUTE, NON = "oui", "a_preciser", "a_verifier", "non"
DITS: Final = {OUI: "ouverte", A_PRECISER: "à préciser", DOUTE: "à vérifier", NON: "exclue"}
"""Ce que des constats laissent d'un acte, et comment il se lit."""


def facture(corpus: Corpus, codes: Sequence[str], jour: int, faits: Mapping[str, Valeur]) -> Facture:
    """Une facture de ces actes, au tarif, ce jour-là ; aucune règle n'y est encore appliquée."""
    dits = {**faits, "facture.date": jour}
    propres = [{nom: v for nom, v in dits.items() if nom.startswith("acte.")} | {"acte.code": code} for code in codes]
    cas = CasFacture("", jour, dits, [LigneCas(code, p) for code, p in zip(codes, propres, strict=True)])
    resultat = Facture(corpus, cas, EFFECTIF, dits, strict=True)
    resultat.lignes += [
        LigneFacture(resultat, i, p, corpus.actes[c]) for i, (c, p) in enumerate(zip(codes, propres, strict=True))
    ]
    return resultat


def seule(corpus: Corpus, code: str, jour: int, faits: Mapping[str, Valeur]) -> LigneFacture:
    """La seule ligne d'une facture d'un acte."""
    return facture(corpus, [code], jour, faits).lignes[0]


def constats(ligne: LigneFacture, regles: Iterable[Regle]) -> list[Constat]:
    """Ce que ces règles disent de la ligne ; rien pour celles qui la laissent passer."""
    return [constat for regle in regles if (constat := constater(ligne, regle)) is not None]


def etat(trouves: Iterable[Constat]) -> str:
    """Ce que des constats laissent d'un acte : exclu, à préciser, à vérifier ou ouvert."""
    etats = {constat.etat for constat in trouves}
    return next((dit for e, dit in ((REFUSE, NON), (INCONNU, A_PRECISER), (A_VERIFIER, DOUTE)) if e in etats), OUI)


def retenus(trouves: Iterable[Constat]) -> list[Constat]:
    """Les constats qui font l'état : les refus s'il y en a, sinon les doutes, sans les avertissements."""
    serieux = [constat for constat in trouves if constat.etat != AVERTIT]
    return [constat for constat in serieux if constat.etat == REFUSE] or serieux


def message(ligne: LigneFacture, constat: Constat) -> str:
    """Ce que le constat dit à une personne."""
    motif = ligne.corpus.motifs[constat.motif]
    gabarit = motif.a_verifier if constat.etat == INCONNU else motif.message
    noms = (ligne.corpus.vocabulaire.faits.get(nom) for nom in ligne.feuilles(constat.faits))
    dit = gabarit.format(
        code=ligne.acte.code, libelle=ligne.acte.libelle, precision=constat.precision,
        suite=f" ({constat.precision})" if constat.precision else "", autre=constat.autre,
        remplace=f" ; voir {constat.autre}" if constat.autre else "", plafond="",
        faits=", ".join(fait.nomme for fait in noms if fait is not None),
    )  # fmt: skip
    return dit[0].upper() + dit[1:]


def suit(corpus: Corpus, code: str, autre: str, jour: int) -> bool:
    """Vrai si cette majoration s'ajoute à cet acte, ou à cette majoration, sans être refusée par lui."""
    essai = facture(corpus, [autre, code], jour, {})
    relations(essai)
    return all(constat.etat == AVERTIT for constat in essai.lignes[1].constats)
