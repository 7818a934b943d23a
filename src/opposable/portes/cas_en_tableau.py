"""Les cas d'un dispositif qui se décrit un à un, écrits en tableau : une ligne par cas, une colonne par fait.

Les colonnes sont celles d'un lot de patients : un fait (``sexe``), ou un acte et sa date (``vaccin_grippe``,
``vaccin_ror_2`` pour la deuxième), et qui l'a fait (``suivi_bucco_dentaire_praticien``).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.droit.identite import PSEUDONYME
from opposable.lots.patients.actes import RANGS
from opposable.portes import patients
from opposable.remuneration import dossier


@dataclass(frozen=True, slots=True)
class EnLargeur:
    """Une liste dite en largeur : chaque mot du fait ``choix`` est une colonne, où s'écrit le fait ``date``."""

    liste: str
    choix: Fait
    date: Fait
    autres: Sequence[Fait]

    def colonnes(self) -> list[str]:
        """Les premières dates d'abord, puis les suivantes, et ce qui les accompagne."""
        noms = []
        for rang in range(1, RANGS + 1):
            for mot in self.choix.valeurs:
                nom = mot if rang == 1 else f"{mot}_{rang}"
                noms += [nom, *(f"{nom}_{self.cle(autre)}" for autre in self.autres)]
        return noms

    def cle(self, fait: Fait) -> str:
        """La clé d'un fait dans un élément de la liste."""
        return fait.nom.removeprefix(f"{self.liste}.")

    def lire(self, ligne: Mapping[str, str]) -> list[dict[str, str]]:
        """Les éléments qu'une ligne dit."""
        elements = []
        for rang in range(1, RANGS + 1):
            for mot in self.choix.valeurs:
                nom = mot if rang == 1 else f"{mot}_{rang}"
                if nom in ligne:
                    suite = {self.cle(a): ligne[c] for a in self.autres if (c := f"{nom}_{self.cle(a)}") in ligne}
                    elements.append({self.cle(self.choix): mot, self.cle(self.date): ligne[nom], **suite})
        return elements

    def ecrire(self, elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """La ligne que ces éléments remplissent."""
        ligne: dict[str, Any] = {}
        vus: Counter[str] = Counter()
        for element in elements:
            mot = str(element[self.cle(self.choix)])
            vus[mot] += 1
            nom = mot if vus[mot] == 1 else f"{mot}_{vus[mot]}"
            ligne[nom] = element[self.cle(self.date)]
            ligne |= {f"{nom}_{self.cle(a)}": element.get(self.cle(a)) for a in self.autres}
        return ligne


def colonnes(dispositif: Dispositif) -> list[str]:
    """Les colonnes que le tableau peut avoir."""
    return [*_faits(dispositif), *(nom for une in _listes(dispositif) for nom in une.colonnes())]


def aide(dispositif: Dispositif) -> str:
    """Comment écrire le tableau, en mots."""
    faits = ", ".join(_faits(dispositif))
    dits = [f"Une ligne par cas, ses colonnes en première ligne : {faits}."]
    for une in _listes(dispositif):
        suite = " ou ".join(f"« {next(iter(une.choix.valeurs))}_{une.cle(autre)} »" for autre in une.autres)
        dits.append(
            f"{une.choix.libelle} : une colonne chacun, où s'écrit sa date ({', '.join(une.choix.valeurs)}) ; "
            f"« {next(iter(une.choix.valeurs))}_2 » pour la deuxième{f', {suite}' if suite else ''}. "
            "Chaque acte a sa colonne ; sans date, il est pris pour non retrouvé, ce qui ne dit pas qu'il n'a pas été "
            "fait."
        )
    return " ".join([*dits, f"Aucune identité ; une colonne « {PSEUDONYME} », si l'on veut, nomme chaque cas."])


@dataclass(frozen=True, slots=True)
class Tableau:
    """Les cas lus d'un fichier, et la ligne de chacun."""

    nom: str
    dispositif: str
    cas: list[dict[str, Any]]
    numeros: list[int]

    def situer(self, erreur: ErreurEntree) -> ErreurEntree:
        """La même erreur, située dans le fichier si elle vient d'un de ses cas."""
        liste, _, suite = erreur.ou.partition("[")
        rang, crochet, champ = suite.partition("]")
        if liste != self.dispositif or not crochet or not rang.isdigit():
            return erreur
        ou = ", ".join(p for p in (self.nom, f"ligne {self.numeros[int(rang)]}", champ[1:]) if p)
        return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)


def lire(texte: str, nom: str, dispositif: Dispositif) -> Tableau:
    """Les cas d'un tableau. :class:`ErreurEntree`, située par ``nom`` et sa ligne, s'il ne se lit pas."""
    faits = _faits(dispositif)
    lues = patients.analyser(texte, nom, colonnes(dispositif))
    _exiger(texte, nom, dispositif)
    cas = []
    for ligne, pseudonyme in zip(lues.lignes, lues.pseudonymes, strict=True):
        un: dict[str, Any] = {"id": pseudonyme} if pseudonyme else {}
        for cle, fait in faits.items():
            if cle in ligne:
                bloc, _, fin = fait.nom.rpartition(".")
                dit = [mot.strip() for mot in ligne[cle].split(",")] if fait.type == "liste" else ligne[cle]
                (un.setdefault(bloc, {}) if bloc else un)[fin] = dit
        for une in _listes(dispositif):
            un[une.liste] = une.lire(ligne)
        cas.append(un)
    return Tableau(nom, dispositif.nom, cas, lues.numeros)


def ecrire(cas: Sequence[Mapping[str, Any]], dispositif: Dispositif) -> str:
    """Le CSV de ces cas, sans les colonnes que rien ne remplit : l'inverse de :func:`lire`."""
    lignes = [_ligne(un, dispositif) for un in cas]
    toujours = {mot for une in _listes(dispositif) for mot in une.choix.valeurs}
    dites = [
        c
        for c in (PSEUDONYME, *colonnes(dispositif))
        if c in toujours or any(ligne.get(c) not in (None, "") for ligne in lignes)
    ]
    texte = io.StringIO()
    ecrit = csv.writer(texte, delimiter=";", lineterminator="\n")
    ecrit.writerow(dites)
    ecrit.writerows([["" if ligne.get(c) is None else ligne[c] for c in dites] for ligne in lignes])
    return texte.getvalue()


def _exiger(texte: str, nom: str, dispositif: Dispositif) -> None:
    """:class:`ErreurEntree` s'il manque la colonne d'un acte : comme dans un lot, il serait pris pour non retrouvé."""
    entetes = patients.entetes(texte)
    for une in _listes(dispositif):
        absentes = [mot for mot in une.choix.valeurs if mot not in entetes]
        if absentes:
            raise ErreurEntree(
                "COLONNE_ABSENTE",
                "un acte sans colonne serait pris pour non retrouvé ; il manque : " + ", ".join(absentes),
                ou=f"{nom}, ligne 1", attendu="une colonne de dates par acte, vide si l'acte n'est pas retrouvé",
                exemple=";".join(absentes[:3]),
            )  # fmt: skip


def _ligne(cas: Mapping[str, Any], dispositif: Dispositif) -> dict[str, Any]:
    ligne: dict[str, Any] = {PSEUDONYME: cas.get("id")}
    for cle, fait in _faits(dispositif).items():
        bloc, _, fin = fait.nom.rpartition(".")
        dit = ((cas.get(bloc) or {}) if bloc else cas).get(fin)
        if isinstance(dit, bool):
            dit = "oui" if dit else "non"
        ligne[cle] = ", ".join(dit) if isinstance(dit, list) else dit
    for une in _listes(dispositif):
        ligne |= une.ecrire(cas.get(une.liste) or [])
    return ligne


def _faits(dispositif: Dispositif) -> dict[str, Fait]:
    """Les faits d'un cas, au nom de leur colonne."""
    return {fait.nom.rpartition(".")[2]: fait for fait in dossier.propres(dispositif)}


def _listes(dispositif: Dispositif) -> list[EnLargeur]:
    """Les listes qui s'écrivent en largeur : un choix, une date, et ce qui va avec."""
    trouvees = []
    for nom in dossier.listes_propres(dispositif):
        faits = [f for f in dispositif.de_liste(nom) if not f.calcule]
        choix = next((f for f in faits if f.type == "choix"), None)
        date = next((f for f in faits if f.type == "date"), None)
        if choix is not None and date is not None:
            trouvees.append(EnLargeur(nom, choix, date, [f for f in faits if f not in (choix, date)]))
    return trouvees
