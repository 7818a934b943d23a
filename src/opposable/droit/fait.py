"""Le vocabulaire des faits : type, domaine, question, et ce qu'on suppose quand rien n'est dit (``si_absent``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from opposable.droit import montant, temps
from opposable.droit.condition import Condition
from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble, Intervalle, Plages, Valeur, reunir
from opposable.droit.erreurs import plus_proche

TYPES: Final = frozenset(
    {
        "choix", "oui_non", "entier", "nombre", "montant", "taux", "date", "heure", "date_heure", "age", "liste",
        "terme", "code",
    }
)  # fmt: skip
OUI_NON: Final = Choix(frozenset({"oui", "non"}))
_ENTIER = re.compile(r"-?[0-9]{1,15}")
_HEURE = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE_HEURE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([01][0-9]|2[0-3]):([0-5][0-9])")
_TERME = re.compile(r"([0-9]{2})(?:\+([0-6]))?")
_INTERVALLE = re.compile(r"\[([^,]*), ?([^\[]*)\[")


@dataclass(frozen=True, slots=True)
class Cas:
    """Un cas d'un fait dérivé ou d'une valeur usuelle : si ``si`` tient, ``valeur`` (``None`` : inconnu)."""

    si: Condition | None
    valeur: Valeur


@dataclass(frozen=True, slots=True)
class Fait:
    """Un fait du vocabulaire. ``usuel`` : la valeur prise quand rien n'est dit, ou ``None`` ; ``deductions`` : les cas
    où l'absence se déduit d'autres faits ; ``derive`` ou ``formule`` : le fait ne se déclare pas, il se calcule.
    """

    nom: str
    type: str
    libelle: str
    question: str = ""
    aide: str = ""
    valeurs: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    groupes: dict[str, frozenset[str]] = field(default_factory=dict)
    unite: str = ""
    minimum: int | None = None
    maximum: int | None = None
    sans_objet: str = ""
    obligatoire: bool = False
    usuel: Valeur = None
    deductions: tuple[Cas, ...] = ()
    derive: tuple[Cas, ...] = ()
    formule: str = ""
    lit: tuple[str, ...] = ()
    compte: str = ""
    """La période sur laquelle ce fait compte les actes déjà facturés (« annee », « 4 mois »…) ; sinon vide."""
    vu_depuis: str = ""
    """La durée sur laquelle ce fait dit, d'après l'historique, si le médecin a vu le patient ; vide pour les autres."""
    sauf_familles: frozenset[str] = frozenset()
    """Les familles d'actes qui ne disent pas que le médecin a vu le patient."""
    sans_hypothese: bool = False
    """Vrai si ce qui n'est pas dit n'est pas facturé : la valeur usuelle ne suppose alors rien."""
    groupe: str = ""
    exemple: str = ""
    sources: tuple[str, ...] = ()
    fichier: str = ""
    ligne: int = 0

    @property
    def calcule(self) -> bool:
        """Vrai si le fait se calcule et ne se déclare pas."""
        return bool(self.derive or self.formule or self.vu_depuis)

    @property
    def nomme(self) -> str:
        """Le libellé au milieu d'une phrase : sans majuscule, sauf à un sigle."""
        return self.libelle if self.libelle[:2].isupper() else self.libelle[:1].lower() + self.libelle[1:]

    @property
    def domaine(self) -> Ensemble:
        """Toutes les valeurs que le fait peut prendre."""
        if self.type == "oui_non":
            return OUI_NON
        if self.type in {"choix", "liste", "code"}:
            return Choix(frozenset(self.valeurs))
        bas = MOINS_INFINI if self.minimum is None else self.minimum
        mots = frozenset({self.sans_objet}) if self.sans_objet else frozenset[str]()
        return Plages(((bas, PLUS_INFINI if self.maximum is None else self.maximum + 1),), mots)

    def ensemble(self, textes: list[str]) -> Ensemble:
        """L'ensemble écrit dans une cellule ou une condition. ``ValueError`` dit en français ce qui est faux."""
        if self.type in {"choix", "oui_non", "liste", "code"} or (self.sans_objet and textes == [self.sans_objet]):
            permis = {"oui", "non"} if self.type == "oui_non" else set(self.valeurs) | {self.sans_objet}
            resultat: set[str] = set()
            for texte in textes:
                if texte.startswith("groupe:"):
                    groupe = self.groupes.get(texte[7:])
                    if groupe is None:
                        raise ValueError(
                            f"groupe inconnu « {texte[7:]} » (connus : {', '.join(self.groupes) or 'aucun'})"
                        )
                    resultat |= groupe
                elif self.type != "code" and texte not in permis:
                    proche = plus_proche(texte, permis)
                    raise ValueError(
                        f"valeur inconnue « {texte} »" + (f" ; vouliez-vous « {proche} » ?" if proche else "")
                    )
                else:
                    resultat.add(texte)
            return Choix(frozenset(resultat))
        plages = []
        for texte in textes:
            trouve = _INTERVALLE.fullmatch(texte)
            if trouve:
                bas, haut = trouve.group(1).strip(), trouve.group(2).strip()
                plage = (self.nombre(bas) if bas else MOINS_INFINI, self._exclue(haut) if haut else PLUS_INFINI)
                if plage[0] >= plage[1]:
                    raise ValueError(f"intervalle vide « {texte} »")
            else:
                valeur = self.nombre(texte)
                plage = (valeur, valeur + 1)
            plages.append(plage)
        return Plages(reunir(plages))

    def _exclue(self, texte: str) -> int:
        """La borne exclue d'un intervalle : la fin d'un jour s'écrit 24:00."""
        return temps.MINUTES if self.type == "heure" and texte == "24:00" else self.nombre(texte)

    def nombre(self, texte: str) -> int:
        """L'entier d'un texte de ce type. ``ValueError`` avec la raison en français."""
        convertir = _NOMBRES.get(self.type)
        if convertir is None:
            raise ValueError(f"« {texte} » : le type {self.type} n'est pas un nombre")
        try:
            return convertir(texte)
        except ValueError:
            raise ValueError(f"« {texte} » n'est pas {ATTENDUS[self.type]}") from None

    def texte(self, valeur: Valeur) -> str:  # noqa: PLR0911 : un retour par type de fait
        """La valeur telle qu'une personne l'écrirait."""
        if valeur is None:
            return "inconnu"
        if isinstance(valeur, frozenset):
            return "[" + ", ".join(sorted(valeur)) + "]"
        if isinstance(valeur, Intervalle):
            return f"de {self.texte(valeur.bas)} à {self.texte(valeur.haut - 1)}"
        if isinstance(valeur, str):
            return valeur
        if self.type == "montant":
            return montant.euros(valeur)
        if self.type in {"taux", "nombre"}:
            return montant.texte_taux(valeur)
        if self.type == "date":
            return temps.iso(valeur)
        if self.type == "heure":
            return f"{valeur // 60:02d}:{valeur % 60:02d}"
        if self.type == "date_heure":
            return f"{temps.iso(valeur // 1440)}T{valeur % 1440 // 60:02d}:{valeur % 60:02d}"
        if self.type == "terme":
            return f"{valeur // 7}+{valeur % 7}"
        return str(valeur)

    def dit(self, valeur: Valeur) -> str:
        """La valeur dite pour une personne, avec ses libellés."""
        if isinstance(valeur, frozenset):
            return ", ".join(self.valeurs[v] for v in sorted(valeur)) or "aucune"
        if isinstance(valeur, str):
            return self.valeurs.get(valeur, valeur)
        texte = self.texte(valeur)
        return f"{texte.replace('.', ',')} €" if self.type == "montant" else texte


def minutes(texte: str) -> int:
    """Les minutes depuis minuit d'une heure ``HH:MM``."""
    trouve = _HEURE.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    return int(trouve.group(1)) * 60 + int(trouve.group(2))


def minutes_absolues(texte: str) -> int:
    """Les minutes d'une date-heure ``AAAA-MM-JJTHH:MM``."""
    trouve = _DATE_HEURE.fullmatch(texte)
    if trouve is None:
        raise ValueError(texte)
    return temps.jour(trouve.group(1)) * 1440 + int(trouve.group(2)) * 60 + int(trouve.group(3))


def terme(texte: str) -> int:
    """Les jours d'aménorrhée d'un terme ``32+6`` (semaines + jours)."""
    trouve = _TERME.fullmatch(texte.replace(" SA", "").replace(" ", ""))
    if trouve is None:
        raise ValueError(texte)
    return int(trouve.group(1)) * 7 + int(trouve.group(2) or 0)


def entier(texte: str) -> int:
    """L'entier d'un texte qui n'a que des chiffres."""
    if not _ENTIER.fullmatch(texte):
        raise ValueError(texte)
    return int(texte)


_NOMBRES: Final[dict[str, Callable[[str], int]]] = {
    "entier": entier,
    "nombre": montant.nombre,
    "montant": montant.centimes,
    "taux": montant.taux,
    "date": temps.jour,
    "heure": minutes,
    "date_heure": minutes_absolues,
    "terme": terme,
}
ATTENDUS: Final = {
    "choix": "une valeur de la liste",
    "oui_non": "oui ou non",
    "liste": "une liste de valeurs",
    "entier": "un nombre entier",
    "nombre": "un nombre positif, quatre décimales au plus",
    "montant": "un montant en euros avec deux décimales au plus",
    "taux": "un taux décimal, comme 0.70 pour 70 %, quatre décimales au plus",
    "date": "une date AAAA-MM-JJ qui existe",
    "heure": "une heure HH:MM",
    "date_heure": "une date et une heure AAAA-MM-JJTHH:MM",
    "age": "un âge en ans, mois ou jours, ou une tranche d'âge",
    "terme": "un terme en semaines d'aménorrhée et jours",
    "code": "un code d'acte",
}
"""Ce qu'on attend d'un fait de chaque type, en français."""
