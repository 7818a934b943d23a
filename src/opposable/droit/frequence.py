"""Les fréquences : combien d'actes au plus sur une période, et ce qu'un compte en dit.

Une période est une unité du calendrier (année, trimestre, semaine), un nombre de mois, toute la vie, une grossesse ou
une tranche d'âge. L'année, le trimestre et la semaine se comptent de deux façons, civile ou glissante ; quand aucun
texte ne tranche, les deux comptes sont faits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from opposable.droit import temps
from opposable.droit.condition import Condition
from opposable.droit.ensemble import PLUS_INFINI, Plages
from opposable.droit.source import Passage

CIVILE, GLISSANTE, INDECISE = "civile", "glissante", "indecise"
LECTURES: Final = (CIVILE, GLISSANTE)
"""Les deux façons de compter une année, un trimestre ou une semaine."""
_MOIS_DE: Final = {"annee": 12, "trimestre": 3}
_JOURS: Final = {"semaine": 7, "jour": 1}
_MOIS = re.compile(r"([1-9][0-9]?) mois")
_DITES: Final = {
    "annee": "par an", "trimestre": "par trimestre", "semaine": "par semaine", "vie": "en tout",
    "grossesse": "par grossesse", "tranche_age": "par tranche d'âge", "jour": "le même jour",
}  # fmt: skip
UNITES: Final = frozenset({*_MOIS_DE, "semaine"})
"""Les périodes qu'on peut compter en civil ou en glissant."""
PAR: Final = {"patient": "patient", "medecin": "médecin", "patient_et_medecin": "patient et par médecin"}
"""De qui l'on compte les actes."""
VERDICTS: Final = frozenset({"refuse", "a_verifier"})


def mois_de(sur: str) -> int | None:
    """Les mois de la période, ou ``None`` si elle ne se compte pas en mois."""
    trouve = _MOIS.fullmatch(sur)
    return int(trouve.group(1)) if trouve else _MOIS_DE.get(sur)


def jours_de(sur: str) -> int | None:
    """Une longueur, en jours, que la période ne dépasse pas ; ``None`` si elle n'a pas de longueur."""
    mois = mois_de(sur)
    return _JOURS.get(sur) or (mois * 31 if mois is not None else None)


def periode_connue(sur: str) -> bool:
    """Vrai pour une période qu'on sait compter : une unité, « N mois », la vie, une grossesse, une tranche d'âge."""
    return sur in _DITES or mois_de(sur) is not None


def debut_civil(sur: str, jour: int) -> int:
    """Le premier jour de l'année, du trimestre ou de la semaine de ce jour. ``KeyError`` pour une autre période."""
    if sur == "semaine":
        return jour - (jour - 1) % 7
    ici, mois = date.fromordinal(jour), _MOIS_DE[sur]
    return date(ici.year, (ici.month - 1) // mois * mois + 1, 1).toordinal()


def debut_glissant(sur: str, jour: int) -> int:
    """Le premier jour de la période qui finit ce jour-là : le même jour un an plus tôt n'en est pas."""
    if sur in _JOURS:
        return jour - _JOURS[sur] + 1
    return temps.plus_mois(jour, -(mois_de(sur) or 0)) + 1


@dataclass(frozen=True, slots=True)
class Frequence:
    """Un nombre maximum sur une période. ``compte`` : les codes comptés ; ``quand`` : la limite ne vaut qu'alors.

    ``verdict`` dit ce qu'entraîne le dépassement : ``refuse``, ou ``a_verifier`` quand le texte ne tranche pas.
    ``periode`` : ``civile``, ``glissante`` ou ``indecise`` quand le texte de cet acte le dit ; vide, la table générale.
    """

    id: str
    maximum: int
    par: str
    sur: str
    compte: frozenset[str]
    meme_situation: bool
    tranches: Plages | None
    quand: Condition | None
    verdict: str
    periode: str
    precision: str
    sources: tuple[Passage, ...]
    du: int
    au: int
    motif: str = "FREQUENCE_DEPASSEE"
    doute: bool = True
    """Faux si un compte inconnu n'est pas un doute : seul un dépassement certain est dit."""

    def texte(self) -> str:
        """La fréquence dite pour une personne."""
        par = "" if self.sur in {"grossesse"} else f", par {PAR[self.par]}"
        situation = " et pour une même situation" if self.meme_situation else ""
        precision = f" ({self.precision})" if self.precision else ""
        return f"{self.maximum} au plus {_DITES.get(self.sur) or f'en {self.sur}'}{par}{situation}{precision}"

    def depasse(self, compte: Compte, quantite: int) -> bool | None:
        """Vrai si cet acte dépasse le maximum après ceux déjà comptés, ``None`` si on ne peut le dire.

        La quantité d'une même ligne n'est pas une répétition : une limite de tous les actes ne la compte pas.
        """
        quantite = quantite if self.compte else 1
        if compte.certain + quantite > self.maximum:
            return True
        if not self.doute:
            return False
        return False if compte.possible is not None and compte.possible + quantite <= self.maximum else None

    def tranche(self, mois: int) -> int | None:
        """Le premier mois de la tranche d'âge où est ce patient ; ``None`` s'il n'est dans aucune."""
        plages = self.tranches.plages if self.tranches is not None else ()
        return next((bas for bas, haut in plages if bas <= mois < haut), None)

    def seuil(self) -> Plages:
        """Les nombres d'actes déjà facturés qui n'en laissent plus un."""
        return Plages(((self.maximum, PLUS_INFINI),))


@dataclass(frozen=True, slots=True)
class Compte:
    """Combien d'actes déjà facturés : au moins ``certain``, au plus ``possible`` (``None`` : on ne sait pas)."""

    certain: int
    possible: int | None


RIEN: Final = Compte(0, 0)
Comptes = dict[str, Compte]
"""Un compte par lecture de la période (:data:`LECTURES`)."""


def partout(compte: Compte) -> Comptes:
    """Le même compte dans les deux lectures."""
    return dict.fromkeys(LECTURES, compte)
