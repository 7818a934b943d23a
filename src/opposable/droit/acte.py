"""Les actes et leurs règles, tels que le corpus les donne."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opposable.droit import temps
from opposable.droit.condition import Condition
from opposable.droit.frequence import Frequence
from opposable.droit.nomenclature import ActePublie, Tranche
from opposable.droit.source import Passage
from opposable.droit.table import EFFECTIF, Calendrier, Table

SORTES_DE_REGLE = ("exige", "refuse_si", "a_verifier_si", "avertit_si")
"""Ce qu'une règle fait de sa condition ; voir :class:`Regle`."""


@dataclass(frozen=True, slots=True)
class Variante:
    """Une des situations qui remplissent une règle ``exige_une_de``."""

    libelle: str
    condition: Condition
    du: int
    au: int
    sources: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Regle:
    """Une condition datée qui nomme son motif.

    ``exige`` : non → refus, inconnu → à vérifier. ``refuse_si`` : oui → refus, inconnu → à vérifier.
    ``a_verifier_si`` : oui ou inconnu → à vérifier. ``avertit_si`` ne parle que sur oui.
    """

    id: str
    sorte: str
    condition: Condition
    motif: str
    du: int
    au: int
    sources: tuple[Passage, ...]
    precision: str = ""
    variantes: tuple[Variante, ...] = ()
    texte: str = ""
    fichier: str = ""
    ligne: int = 0

    def en_vigueur(self, jour: int) -> bool:
        """Vrai si la règle vaut ce jour-là."""
        return self.du <= jour < self.au


@dataclass(frozen=True, slots=True)
class Lien:
    """Un lien vers un acte ou une famille d'actes : support d'un supplément, incompatibilité, cumul non vérifié."""

    cible: str
    famille: bool
    du: int
    au: int
    sources: tuple[Passage, ...]
    cede: bool = False
    taux: int | None = None
    """La part du tarif que le cumul laisse à l'acte qui porte le lien, en dix-millièmes ; ``None`` : tout."""

    def vise(self, acte: Acte, jour: int) -> bool:
        """Vrai si le lien vise cet acte, ce jour-là."""
        if not self.du <= jour < self.au:
            return False
        return self.cible in acte.familles if self.famille else self.cible == acte.code


@dataclass(frozen=True, slots=True)
class Absence:
    """Une période ``[du, au[`` où l'acte n'est pas dans la version en vigueur, et ce que les versions en disent."""

    du: int
    au: int
    precision: str
    sources: tuple[Passage, ...]


@dataclass(slots=True)
class Acte:
    """Un acte ou un supplément de la nomenclature."""

    code: str
    libelle: str
    nature: str
    familles: frozenset[str]
    tarifs: Table
    bases: Table | None
    taux: Table | None
    tiers_payant: Table | None
    regles: tuple[Regle, ...]
    s_ajoute_a: tuple[Lien, ...]
    incompatibles: tuple[Lien, ...]
    non_verifies: tuple[Lien, ...]
    frequences: tuple[Frequence, ...]
    tarif_coordonne: tuple[str, ...]
    au: int
    remplace_par: tuple[str, ...]
    lettre_transmise: str
    notes: str
    fichier: str
    ligne: int
    dispenses: frozenset[str] = frozenset()
    """Les motifs des règles de toutes les lignes qui ne valent pas pour cet acte (quantité, modalité…)."""
    cumulables: tuple[Lien, ...] = ()
    """Les actes que les textes permettent de facturer avec celui-ci, dans la même séance."""
    a_proposer: bool = False
    """Vrai pour un acte technique dont les conditions disent quand il se facture."""
    technique: bool = False
    """Vrai pour un acte de la nomenclature publiée : son tarif suit l'association et les modificateurs."""
    exoneration_tm: Table | None = None
    """Les codes « Exo TM » de l'acte, joints par un tiret ; ``None`` hors de la nomenclature publiée."""
    participation_lourde: Table | None = None
    """Si l'acte doit la participation sur les actes lourds (oui, non) ; ``None`` : comme les autres."""
    gestes: frozenset[str] = frozenset()
    """Les gestes complémentaires et suppléments que l'acte admet."""
    regroupements: frozenset[str] = frozenset()
    chapitre: str = ""
    publies: Mapping[int, ActePublie] = field(default_factory=dict)
    """L'acte dans chaque version qui le porte, par numéro."""
    tranches: tuple[Tranche, ...] = ()
    """Le temps, version par version."""
    absences: tuple[Absence, ...] = ()
    """Les périodes où la version en vigueur ne contient pas l'acte."""

    @property
    def supplement(self) -> bool:
        """Vrai si l'acte ne se facture qu'avec un autre."""
        return self.nature == "supplement"

    def debut(self, calendrier: Calendrier = EFFECTIF) -> int:
        """Le premier jour où l'acte a une ligne de tarif."""
        return self.tarifs.debut(calendrier)

    def en_vigueur(self, jour: int, calendrier: Calendrier = EFFECTIF) -> bool:
        """Vrai si l'acte existe ce jour-là."""
        if self.absences and self.absence(jour) is not None:
            return False
        return self.debut(calendrier) <= jour < min(self.au, temps.INFINI)

    def absence(self, jour: int) -> Absence | None:
        """La période d'absence où ce jour tombe."""
        return next((a for a in self.absences if a.du <= jour < a.au), None)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Les tables de l'acte."""
        propres = (
            self.tarifs, self.bases, self.taux, self.tiers_payant, self.exoneration_tm, self.participation_lourde,
        )  # fmt: skip
        return tuple(table for table in propres if table is not None)
