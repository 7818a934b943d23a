"""Les actes techniques d'un lot : ce que leur tarif lit, et ce que les relations d'une facture lisent de leurs lignes.

Un lot sans acte technique n'en sait rien : aucune de ces tables n'y découpe de classe.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from opposable.droit.acte import Acte
from opposable.droit.condition import Test
from opposable.droit.constat import Constat
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import PLUS_INFINI, Choix, Plages, Valeur
from opposable.droit.fait import Fait
from opposable.droit.montant import UNITE_TAUX, part_composee
from opposable.droit.publies import MODIFICATEURS, VERSION_ABSENTE
from opposable.droit.table import Table
from opposable.facturation import actes_lourds, association
from opposable.facturation.facture import AUTORITE_TECHNIQUE, LigneFacture
from opposable.facturation.technique import (
    ASSOCIATION,
    CONSULTATION,
    DE_L_ASSOCIATION,
    MAXIMUM,
    PARAMETRE_MANQUANT,
    TABLES,
    modificateurs,
    table_de,
)
from opposable.lots.faits_codes import FaitCode
from opposable.lots.textes_lus import jours_des_tables, tests_des_tables

PLUSIEURS: Final = "facture.plusieurs_actes_techniques"
DEROGATION: Final = "contexte.derogation_association"
QUANTITE: Final = "acte.quantite"
JUMELLE: Final = "ligne.jumelle"
_BITS_DU_RANG: Final = 6
"""Assez pour toutes les lignes d'une facture."""
RANGS: Final = tuple(Plages(((rang, PLUS_INFINI),)) for rang in range(1, 1 << _BITS_DU_RANG))
_DES_RELATIONS: Final = (association.MAXIMUM, association.MAXIMUM_RADIOLOGIE, association.GESTES_COMPTES)
_DE_LA_BASE: Final = (AUTORITE_TECHNIQUE, MAXIMUM, *_DES_RELATIONS)
_COMPTES: Final = frozenset({actes_lourds.ADDITIONNE, actes_lourds.SEUL})
"""Les codes « Exo TM » d'un acte que le seuil regarde."""
_DU_TAUX: Final = (actes_lourds.TAUX, actes_lourds.DUE)
_OUI: Final = Choix(frozenset({"oui"}))


def lettres(corpus: Corpus) -> tuple[str, ...]:
    """Tous les modificateurs."""
    return tuple(corpus.vocabulaire.faits[MODIFICATEURS].valeurs)


def tables_techniques(corpus: Corpus) -> frozenset[str]:
    """Les tables que seul un acte technique lit."""
    toutes = (*TABLES, *_DE_LA_BASE, *_DU_TAUX, *map(table_de, lettres(corpus)))
    return frozenset(nom for nom in toutes if nom in corpus.tables)


def tables_des_relations(corpus: Corpus) -> list[Table]:
    """Les tables que lisent les relations d'une facture technique."""
    return [corpus.tables[nom] for nom in (*_DES_RELATIONS, actes_lourds.SEUIL)]


class Lues(NamedTuple):
    """Ce qu'une question lit : des tests, et les jours où la réponse change."""

    tests: list[Test]
    jours: list[int]


def de_tous(corpus: Corpus, actes: Sequence[Acte], plus_bas: Sequence[int | None]) -> list[Test]:
    """Ce que les actes techniques lisent tous, quels que soient leurs modificateurs. ``plus_bas`` : le plus petit tarif
    de ceux que chacun représente, s'il en représente plusieurs.
    """
    toutes = lettres(corpus)
    tables = [corpus.tables[nom] for nom in (*TABLES, *map(table_de, toutes), *_DE_LA_BASE)]
    quantite = max(quantite_lourde(corpus, acte, bas) for acte, bas in zip(actes, plus_bas, strict=True))
    return [
        *tests_des_tables(*tables), *du_taux(corpus).tests, *_des_relations(corpus, quantite), Test(CONSULTATION, _OUI),
        *(Test(f"{MODIFICATEURS}.{x}", _OUI) for x in toutes),
    ]  # fmt: skip


def _des_relations(corpus: Corpus, quantite: int) -> list[Test]:
    codes = corpus.vocabulaire.faits[ASSOCIATION].valeurs
    tests = [Test(PLUSIEURS, _OUI), *(Test(ASSOCIATION, Choix(frozenset({code}))) for code in codes)]
    return tests + [Test(QUANTITE, Plages(((n, PLUS_INFINI),))) for n in range(2, quantite + 1)]


def du_tarif(corpus: Corpus, acte: Acte, employees: Collection[str]) -> Lues:
    """Ce que lit le tarif d'un acte technique, si ces modificateurs sont les seuls que le lot y porte."""
    tables = [acte.tarifs, *(corpus.tables[nom] for nom in (*TABLES, *map(table_de, sorted(employees))))]
    tests = [*tests_des_tables(*tables), *(Test(f"{MODIFICATEURS}.{x}", _OUI) for x in sorted(employees))]
    decotes = [lien for lien in acte.cumulables if lien.taux is not None]
    if decotes:
        tests.append(Test(CONSULTATION, _OUI))
    return Lues(tests, [*jours_des_tables(*tables), *(jour for lien in decotes for jour in (lien.du, lien.au))])


def de_la_base(corpus: Corpus, acte: Acte, quantite: int) -> Lues:
    """Ce que lisent de plus la base d'un acte technique, les relations de sa facture et le seuil des actes lourds, à
    cette quantité au plus.
    """
    tables = [*(corpus.tables[nom] for nom in _DE_LA_BASE), acte.exoneration_tm, acte.participation_lourde]
    tests = [*tests_des_tables(*tables), *_des_relations(corpus, quantite)]
    return Lues(tests, list(jours_des_tables(*tables)))


def du_taux(corpus: Corpus) -> Lues:
    """Ce que lisent de plus le taux et la participation d'une ligne dont la facture peut être lourde."""
    tables = [corpus.tables[nom] for nom in _DU_TAUX]
    return Lues(list(tests_des_tables(*tables)), list(jours_des_tables(*tables)))


def quantite_lourde(corpus: Corpus, acte: Acte, plus_bas: int | None = None) -> int:
    """Une quantité qui atteint à elle seule le seuil des actes lourds, au plus bas tarif ; 1 si rien ne s'y additionne.

    Une puissance de deux, ou le maximum : bien des actes ont alors la même. ``plus_bas`` : ce tarif, s'il n'est pas
    celui de l'acte.
    """
    exonerations = acte.exoneration_tm.lignes if acte.exoneration_tm is not None else ()
    if not any(actes_lourds.ADDITIONNE in str(ligne.valeur).split("-") for ligne in exonerations):
        return 1
    nus = [v for v in _nombres(acte.tarifs) if v > 0] if plus_bas is None else [plus_bas]
    seuils, parts = _nombres(corpus.tables[actes_lourds.SEUIL]), _nombres(corpus.tables[DE_L_ASSOCIATION])
    decotes = [lien.taux for lien in acte.cumulables if lien.taux is not None]
    plus_bas = part_composee(min(nus, default=0), min(parts), min(decotes, default=UNITE_TAUX))
    maximum = corpus.vocabulaire.faits[QUANTITE].maximum or 1
    atteinte = -(-max(seuils, default=0) // max(1, plus_bas)) if nus else 1
    return min(1 << (atteinte - 1).bit_length(), maximum) if atteinte > 1 else 1


def _nombres(table: Table) -> list[int]:
    return [ligne.valeur for ligne in table.lignes if isinstance(ligne.valeur, int)]


def jumelle() -> FaitCode:
    """Le rang d'une ligne technique parmi celles du même acte, dans sa facture : ce qui ne départage que des actes
    pareils en dépend. Aucun texte ne le lit.
    """
    rangs = range(1 << _BITS_DU_RANG)
    fait = Fait(JUMELLE, "entier", "Rang de la ligne parmi celles du même acte")
    return FaitCode(bits=_BITS_DU_RANG, fait=fait, bornes=tuple(rangs[1:]), rangs=tuple(rangs))


class Technique(NamedTuple):
    """Ce que les relations d'une facture et le seuil des actes lourds lisent d'une ligne technique."""

    association: Valeur
    modificateurs: frozenset[str]
    derogation: tuple[Valeur, ...]
    """Ce qui déroge aux règles d'association, lu quand la facture porte plusieurs actes techniques, ou un geste."""
    exonerations: frozenset[str]
    quantite: tuple[Valeur, ...]
    """La quantité, lue seulement d'un acte dont les tarifs s'additionnent."""
    sans_modificateurs: int | None
    exempte: bool
    jumelle: Valeur = 0

    def sans_montant(self) -> tuple[object, ...]:
        """Ce qui ne dépend pas du tarif de l'acte."""
        return self._replace(sans_modificateurs=None, quantite=())

    def a_ce_tarif(self, sans_modificateurs: int) -> Technique:
        """Les mêmes lectures, d'une ligne à la quantité un qui a ce tarif sans ses modificateurs."""
        return self._replace(sans_modificateurs=sans_modificateurs, quantite=(1,) if self.quantite else ())

    def de_ligne(self) -> dict[str, Valeur]:
        """Les faits de la ligne."""
        quantite: Mapping[str, Valeur] = {QUANTITE: self.quantite[0]} if self.quantite else {}
        return {ASSOCIATION: self.association, MODIFICATEURS: self.modificateurs, **quantite}

    def apprendre(self, ligne: LigneFacture) -> None:
        """Ce que la ligne n'aura pas à relire."""
        ligne.exonerations, ligne.exempte = self.exonerations, self.exempte
        ligne.sans_modificateurs = (self.sans_modificateurs,)

    def de_facture(self) -> dict[str, Valeur]:
        """Les faits de la facture."""
        return {DEROGATION: self.derogation[0]} if self.derogation else {}


def technique_de(ligne: LigneFacture) -> Technique:
    """Ce que les relations liront de cette ligne technique."""
    codes = actes_lourds.exonerations(ligne) & _COMPTES
    dit = JUMELLE in ligne.cache  # « in », et non « get » : le fait est ainsi noté comme lu
    rang = ligne.cache[JUMELLE] if dit else 0
    return Technique(
        ligne.fait(ASSOCIATION),
        frozenset(modificateurs(ligne)),
        (ligne.fait(DEROGATION),) if association.GESTE in ligne.acte.familles or ligne.fait(PLUSIEURS) == "oui" else (),
        codes,
        (ligne.fait(QUANTITE),) if actes_lourds.ADDITIONNE in codes else (),
        actes_lourds.sans_modificateurs(ligne),
        actes_lourds.exempte(ligne),
        rang,
    )


def manques_dits(ligne: LigneFacture, manques: Iterable[Constat]) -> Iterator[Constat]:
    """Ce qui manque au tarif et à la base, sauf ce que l'absence d'une version de la CCAM dit déjà."""
    dits = {constat.precision for constat in ligne.constats if constat.motif == VERSION_ABSENTE}
    return (c for c in manques if c.motif != PARAMETRE_MANQUANT or c.precision not in dits)
