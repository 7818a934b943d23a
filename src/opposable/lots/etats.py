"""Les réponses de l'interprète scalaire telles qu'un lot les garde : tarif, droits, base, taux, et la ligne entière."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from opposable.droit.constat import Constat
from opposable.droit.ensemble import Valeur
from opposable.droit.frequence import Comptes
from opposable.droit.montant import part_arrondie
from opposable.droit.table import Choisie
from opposable.lots.compteurs import Suivi
from opposable.lots.partages import Partage
from opposable.lots.technique import Technique

INCERTAIN: Final = Choisie("incertain", None, None)
"""Un choix qui dépend de faits inconnus, sans ce qui reste possible."""


class Tarif(NamedTuple):
    """Le tarif unitaire d'une ligne, et celui des majorations de coordination qu'elle aurait (``None`` : inconnu).

    Celui d'une ligne partagée se calcule d'après ``partage`` et le tarif de ce rang (``indice``) de son acte.
    """

    existe: bool
    tarif: int | None
    coordonnes: tuple[tuple[str, int | None], ...] = ()
    indice: int | None = None
    partage: Partage | None = None


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
    a_l_unite: int | None = field(default=None, compare=False)
    """Le tarif unitaire ; celui d'un acte technique, une fois associé et modifié."""
    technique: Technique | None = field(default=None, compare=False)
    manques: tuple[Constat, ...] = field(default=(), compare=False)
    partage: Partage | None = field(default=None, compare=False)
    """Le barème d'une ligne partagée ; ses montants ne sont alors que des exemples, jamais au-dessus des siens."""
    part: int | None = field(default=None, compare=False)
    """La part du tarif d'une ligne partagée qui fait sa base, en dix-millièmes ; ``None`` si sa base est inconnue."""
    commune: bool = field(default=False, compare=False)
    """Vrai pour une ligne partagée."""

    @property
    def par_place(self) -> bool:
        """Vrai si la réponse d'une ligne partagée dépend de la place de son tarif au regard du seuil."""
        return self.partage is not None and self.technique is not None and bool(self.technique.exonerations)

    def de_tarif(self, nu: int) -> Base:
        """La même réponse, pour une ligne partagée de ce tarif hors modificateurs."""
        if self.partage is None or self.tarif is None or self.technique is None:
            return self
        tarif, sans = self.partage.bareme.de(nu), self.partage.sans_modificateurs.de(nu)
        return replace(
            self,
            cle=(*self.cle, self.partage.place(nu) if self.par_place else 0),
            tarif=self.tarif._replace(valeur=nu),
            unitaire=None if self.part is None else part_arrondie(tarif, self.part),
            a_l_unite=tarif,
            technique=self.technique.a_ce_tarif(sans),
        )


@dataclass(frozen=True, slots=True)
class Taux:
    """Le taux d'une ligne, s'il est propre à son acte, et si elle doit une participation."""

    cle: tuple[object, ...]
    taux: Choisie | None = field(default=None, compare=False)
    propre: bool = field(default=False, compare=False)
    participation_due: str | None = field(default=None, compare=False)
    lourds: tuple[Choisie, Choisie] | None = field(default=None, compare=False)
    """Le taux de la ligne si sa facture est lourde, et ce qui dit si la participation sur les actes lourds est due."""


class Etat(NamedTuple):
    """Tout ce qu'une ligne tient d'elle-même, avant les relations entre les lignes de sa facture."""

    droits: Droits
    base: Base
    taux: Taux

    def place(self) -> tuple[str, int]:
        """Ce qui range les lignes d'une facture : le code, puis le rang parmi celles du même acte technique."""
        rang = self.base.technique.jumelle if self.base.technique is not None else 0
        return str(self.droits.code), rang if isinstance(rang, int) else 0

    def dit(self) -> str:
        """Ce qui range deux états de même place, le même pour tous les moteurs."""
        base = (*self.base.cle[:5], *resume(self.base.manques)) if self.base.technique is not None else self.base.cle
        return repr((self.droits.cle, base, self.taux.cle))


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
    lourdes: int | None
    """1 si la ligne porte la participation sur les actes lourds, ``None`` si l'on ne sait pas."""
    compte: int
    """1 si la ligne compte dans les fréquences, 2 si elle y compte peut-être, 0 si elle est refusée avant elles."""


def resume(constats: Sequence[Constat]) -> tuple[object, ...]:
    """Ce qui distingue des constats, sans leurs sources."""
    return tuple((c.motif, c.etat, c.regle, c.enjeu) for c in constats)


def idents(choisies: Iterable[Choisie | None]) -> tuple[object, ...]:
    """Ce qui distingue des choix : leur état et la ligne choisie."""
    return tuple(None if c is None else (c.etat, c.ligne and c.ligne.id) for c in choisies)


def texte(valeur: Valeur) -> str | None:
    return valeur if isinstance(valeur, str) else None
