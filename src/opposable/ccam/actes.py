"""Un acte en cours de lecture, puis publié : ses lettres partagées entre ses activités, ses gestes vérifiés."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opposable.ccam import valeurs
from opposable.ccam.anomalies import Releve
from opposable.ccam.export import Brute
from opposable.ccam.regles import Regles
from opposable.droit.nomenclature import ActePublie, Rangee


@dataclass(slots=True)
class Ligne:
    """Une activité et une phase, telles que lues. ``en_tete`` : la rangée porte le code de l'acte."""

    rangee: int
    en_tete: bool
    activite: str
    phase: str
    libelle: str
    opposable: int | None
    autre: int | None
    prise_en_charge: bool
    sous_conditions: bool
    accord_prealable: bool
    exoneration: tuple[str, ...]
    regroupement: str

    def valeurs(self) -> tuple[object, ...]:
        """Ce qui distingue deux rangées de même activité et de même phase."""
        return (
            self.opposable, self.autre, self.prise_en_charge, self.sous_conditions, self.accord_prealable,
            self.exoneration, self.regroupement,
        )  # fmt: skip

    def meme(self, autre: Ligne) -> bool:
        """Vrai si les deux rangées disent la même chose."""
        return self.valeurs() == autre.valeurs() and self.libelle == autre.libelle

    def dite(self) -> str:
        """Les valeurs de la rangée, pour une anomalie."""
        return f"{self.opposable} | {self.autre} | {'-'.join(self.exoneration)} | {self.regroupement} | {self.libelle}"


@dataclass(slots=True)
class Acte:
    """Un acte en cours de lecture. ``sous_conditions``… : dits par une rangée de code sans activité."""

    code: str
    libelle: str
    chapitre: str
    rangee: int
    lignes: list[Ligne] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gestes: list[tuple[int, str]] = field(default_factory=list)
    lettres: list[str] = field(default_factory=list)
    rangee_lettres: int = 0
    sous_conditions: bool = False
    accord_prealable: bool = False
    non_pris_en_charge: bool = False

    def ligne(self, brute: Brute) -> Ligne | None:
        """La ligne déjà lue de même activité et de même phase."""
        cle = (brute.activite, brute.phase)
        return next((ligne for ligne in self.lignes if (ligne.activite, ligne.phase) == cle), None)


def publier(
    actes: Mapping[str, Acte], version: int, regles: Regles, decrites: frozenset[str], releve: Releve
) -> tuple[ActePublie, ...]:
    """Les actes publiés, par code. ``decrites`` : les lettres que l'export décrit."""
    codes = frozenset(actes)
    return tuple(_publier(actes[code], version, regles, decrites, codes, releve) for code in sorted(actes))


def _publier(
    acte: Acte, version: int, regles: Regles, decrites: frozenset[str], codes: frozenset[str], releve: Releve
) -> ActePublie:
    if not acte.lignes:
        releve.note("sans_activite", acte.rangee, "activite", acte.libelle, code=acte.code)
    for lettre in acte.lettres:
        if lettre not in decrites:
            releve.note("modificateur_non_decrit", acte.rangee_lettres, "code", lettre, code=acte.code)
    gestes = _gestes(acte, codes, releve)
    partagees = _partager(acte, regles, releve)
    rangees = tuple(
        Rangee(
            activite=ligne.activite,
            phase=ligne.phase,
            libelle=ligne.libelle,
            opposable=ligne.opposable,
            autre=ligne.autre,
            prise_en_charge=ligne.prise_en_charge and not acte.non_pris_en_charge,
            sous_conditions=ligne.sous_conditions or acte.sous_conditions,
            accord_prealable=ligne.accord_prealable or acte.accord_prealable,
            exoneration=ligne.exoneration,
            regroupement=ligne.regroupement,
            modificateurs=partagees[ligne.activite],
            gestes=gestes,
        )
        for ligne in acte.lignes
    )
    return ActePublie(version, acte.code, acte.libelle, acte.chapitre, tuple(acte.notes), rangees)


def _partager(acte: Acte, regles: Regles, releve: Releve) -> dict[str, tuple[str, ...]]:
    """Les lettres de chaque activité. Une lettre que rien ne situe va à toutes, et se signale."""
    activites = list(dict.fromkeys(ligne.activite for ligne in acte.lignes))
    if len(activites) < 2:
        return dict.fromkeys(activites, tuple(acte.lettres))
    places: dict[str, set[str]] = {}
    for lettre in acte.lettres:
        connues = regles.lettres.get(lettre)
        situees = {a for a in activites if connues is None or a in connues or a not in regles.activites}
        if connues is None:
            releve.note("modificateur_inconnu", acte.rangee_lettres, "code", lettre, code=acte.code)
        elif not situees:
            releve.note("modificateur_sans_activite", acte.rangee_lettres, "code", lettre, code=acte.code)
        places[lettre] = situees or set(activites)
    return {a: tuple(lettre for lettre in acte.lettres if a in places[lettre]) for a in activites}


def _gestes(acte: Acte, codes: frozenset[str], releve: Releve) -> tuple[str, ...]:
    gardes: dict[str, None] = {}
    for rangee, geste in acte.gestes:
        complet = geste if geste in codes else valeurs.completer(geste, codes)
        if complet != geste:
            releve.note(
                "geste_tronque" if complet else "geste_inconnu", rangee, "texte", geste, complet or geste, acte.code
            )
        gardes[complet or geste] = None
    return tuple(gardes)
