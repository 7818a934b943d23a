"""Imprime la démonstration : tableaux, dates déplacées, cellules non reproduites, facture expliquée, décompte."""

from __future__ import annotations

import re
import textwrap
from datetime import date
from typing import TYPE_CHECKING, Final, TextIO

import opposable
from opposable.demo.cellules import NATURES, Demonstration, Tableau, charger
from opposable.demo.verification import Bilan, Cotee, Resultat, ecrire, euros, verifier
from opposable.portes.python import corpus
from opposable.rendu import texte
from opposable.rendu.blocs import LARGEUR_HORS_TERMINAL, ligne, paragraphe, titre
from opposable.rendu.francais import date_courte, date_longue

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_COTATIONS_MONTREES: Final = 3
_LARGEUR: Final = 22


def jouer(flux: TextIO, demonstration: Demonstration | None = None) -> int:
    """Joue la démonstration sur ``flux`` ; 0 si tout est conforme, 1 sinon."""
    demonstration = charger() if demonstration is None else demonstration
    console = texte.console_pour(flux)
    console.width = max(console.width, LARGEUR_HORS_TERMINAL)  # plus étroit, les tableaux perdraient des chiffres
    bilan = verifier(demonstration)
    titre(console, "Opposable : les tableaux imprimés, recalculés")
    paragraphe(
        console,
        "Chaque cellule est cotée à sa date par le moteur, qui ne connaît pas la valeur imprimée. « Calculé » est la"
        " somme des bases de remboursement des lignes acceptées (ou la base de la seule majoration que la cellule"
        " imprime). « = » : reproduite au centime ; « d » : reproduite, mais elle a servi à déduire une valeur du"
        " corpus et ne la vérifie pas ; « — » : non reproduite, avec sa raison plus bas ; « ≠ » : écart.",
    )
    for tableau, resultats in bilan.tableaux:
        _tableau(tableau, resultats, console)
    _deplacees(bilan, console)
    _non_reproduites(bilan, console)
    titre(console, "Une facture, expliquée")
    ligne(console)
    texte.facture(opposable.coter(dict(demonstration.exemple)), console)
    _conclusion(bilan, console)
    return 1 if bilan.echecs else 0


def _grille(*colonnes: tuple[str, int, bool]) -> Table:
    from rich import box
    from rich.table import Table

    grille = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for nom, largeur, chiffre in colonnes:
        grille.add_column(nom, width=largeur, justify="right" if chiffre else "left", no_wrap=chiffre, overflow="fold")
    return grille


def _tableau(tableau: Tableau, resultats: list[Resultat], console: Console) -> None:
    titre(console, f"{tableau.titre} (document {tableau.document}, {len(resultats)} cellules)")
    paragraphe(console, tableau.note)
    grille = _grille(
        ("Ligne", 20, False), ("Colonne", 19, False), ("Le", 10, True), ("Cotation", _LARGEUR, False),
        ("Imprimé", 8, True), ("Calculé", 8, True), ("", 1, True),
    )  # fmt: skip
    precedente = ""
    for resultat in resultats:
        cellule = resultat.cellule
        calcules = {cotee.calcule for cotee in resultat.cotees}
        calcule = next(iter(calcules)) if len(calcules) == 1 else None
        grille.add_row(
            cellule.ligne if cellule.ligne != precedente else "",
            cellule.colonne,
            date_courte(cellule.le),
            _cotations(resultat.cotees),
            euros(cellule.imprime),
            euros(calcule),
            _marque(resultat),
        )
        precedente = cellule.ligne
    ligne(console)
    console.print(grille)


def _cotations(cotees: list[Cotee]) -> str:
    ecrites = list(dict.fromkeys(ecrire(cotee) for cotee in cotees))
    montrees = ecrites[:_COTATIONS_MONTREES]
    if len(cotees) > len(montrees):
        montrees.append(f"({len(cotees)} situations cotées)")
    return "\n".join(replie for une in montrees for replie in _replier(une))


def _replier(cotation: str) -> list[str]:
    """La cotation en lignes de la largeur de sa colonne, sans séparer un code de son montant."""
    colle = re.sub(r"(?<=[A-Z0-9]) (?=[\d?])", "\N{NO-BREAK SPACE}", cotation)
    return [une.replace("\N{NO-BREAK SPACE}", " ") for une in textwrap.wrap(colle, _LARGEUR)]


def _marque(resultat: Resultat) -> str:
    if resultat.cellule.nature and not resultat.echecs:
        return "—"
    if resultat.echecs:
        return "≠"
    return "d" if resultat.cellule.deduction else "="


def _reports(deplacees: list[Resultat]) -> str:
    """Les textes du corpus qui ont déplacé les dates imprimées de ces cellules, une phrase par texte."""
    annoncees = {resultat.cellule.annonce for resultat in deplacees}
    phrases = [
        f"Le document imprime le {date_longue(date.fromordinal(report.prevu))}, la hausse s'applique depuis le"
        f" {date_longue(date.fromordinal(report.effectif))}. {report.libelle}."
        for report in corpus().reports.values()
        if date.fromordinal(report.prevu) in annoncees
    ]
    return " ".join(phrases)


def _deplacees(bilan: Bilan, console: Console) -> None:
    deplacees = [resultat for resultat in bilan.resultats if resultat.cellule.annonce is not None]
    if not deplacees:
        return
    titre(console, f"Dates déplacées ({len(deplacees)} cellules)")
    paragraphe(
        console,
        f"{_reports(deplacees)} « Annoncé » est la réponse du calendrier annoncé (prevu=True) à la date imprimée,"
        " « réel » ce qui s'appliquait ce jour-là ; « — » : montant non établi.",
    )
    grille = _grille(
        ("Ligne", 30, False), ("Imprimé", 9, True), ("Annoncé au", 11, True), ("Annoncé", 9, True),
        ("Réel", 9, True), ("Effectif au", 11, True), ("Calculé", 9, True),
    )  # fmt: skip
    for resultat in deplacees:
        cellule = resultat.cellule
        grille.add_row(
            cellule.ligne,
            euros(cellule.imprime),
            date_courte(cellule.annonce),
            euros(resultat.annoncees[0].calcule),
            euros(resultat.reelles[0].calcule),
            date_courte(cellule.le),
            euros(resultat.cotees[0].calcule),
        )
    ligne(console)
    console.print(grille)


def _non_reproduites(bilan: Bilan, console: Console) -> None:
    titre(console, "Cellules non reproduites, et pourquoi")
    for tableau, resultats in bilan.tableaux:
        for resultat in resultats:
            cellule = resultat.cellule
            if cellule.nature:
                paragraphe(
                    console,
                    f"- {tableau.document}, {cellule.nom} (cotée au {date_courte(cellule.le)}) : imprimé"
                    f" {euros(cellule.imprime)}. {NATURES[cellule.nature].capitalize()}. {cellule.raison}",
                    2,
                    suite=2,
                )


def _conclusion(bilan: Bilan, console: Console) -> None:
    resultats = bilan.resultats
    if bilan.echecs:
        titre(console, f"La démonstration échoue ; à corriger : {len(bilan.echecs)}")
        for echec in bilan.echecs:
            paragraphe(console, f"- {echec}", 2, suite=2)
    reproduites = [r for r in resultats if r.reproduite and not r.echecs]
    deduites = sum(1 for r in reproduites if r.cellule.deduction)
    listees = sum(1 for r in resultats if r.cellule.nature and not r.echecs)
    ecarts = len(resultats) - len(reproduites) - listees
    ligne(console)
    paragraphe(
        console,
        f"Parmi les cellules reproduites, {deduites} ont servi à déduire une valeur du corpus et ne la vérifient pas.",
    )
    suite = f", {ecarts} en écart" if ecarts else ""
    ligne(
        console,
        f"{len(resultats)} cellules imprimées, {len(reproduites)} reproduites au centime,"
        f" {listees} non reproduites et listées{suite}",
        "bold",
    )
