"""Cote chaque cellule et la confronte à ce qui est imprimé. Le moteur ne reçoit jamais la valeur imprimée."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import opposable
from opposable.demo.cellules import NATURES, Cellule, Demonstration, Tableau
from opposable.droit.erreurs import ErreurEntree
from opposable.rendu.francais import date_courte, montant

Reponse = dict[str, Any]

_NOMBRE: Final = re.compile(r"\d+(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Cotee:
    """Une cotation cotée : le montant comparé (inconnu si le moteur ne l'établit pas), ses lignes."""

    calcule: Decimal | None
    lignes: tuple[Mapping[str, Any], ...] = ()
    code_inconnu: bool = False
    decomposition: str = ""


@dataclass(slots=True)
class Resultat:
    """Une cellule confrontée : ses cotations cotées, celles du jour annoncé, et ce qui ne va pas."""

    cellule: Cellule
    cotees: list[Cotee]
    annoncees: list[Cotee] = field(default_factory=list)
    reelles: list[Cotee] = field(default_factory=list)
    echecs: list[str] = field(default_factory=list)

    @property
    def reproduite(self) -> bool:
        """Toutes les cotations donnent la valeur imprimée, au centime."""
        return all(cotee.calcule == self.cellule.imprime for cotee in self.cotees)


@dataclass(slots=True)
class Bilan:
    """Les résultats, tableau par tableau, et tout ce qui fait échouer la démonstration."""

    tableaux: list[tuple[Tableau, list[Resultat]]]
    echecs: list[str]

    @property
    def resultats(self) -> list[Resultat]:
        """Les résultats de tous les tableaux."""
        return [resultat for _, resultats in self.tableaux for resultat in resultats]


def verifier(demonstration: Demonstration) -> Bilan:
    """Cote toutes les cellules et rassemble les échecs."""
    bilan = Bilan([], _decompter(demonstration))
    for tableau in demonstration.tableaux:
        resultats = [_confronter(cellule) for cellule in tableau.cellules]
        bilan.tableaux.append((tableau, resultats))
        ou = f"{tableau.titre} ({tableau.document})"
        bilan.echecs += [f"{ou}, {r.cellule.nom} : {e}" for r in resultats for e in r.echecs]
    return bilan


def euros(valeur: Decimal | None) -> str:
    """Un montant tel qu'il s'affiche ; inconnu, un tiret."""
    return montant(None if valeur is None else f"{valeur:.2f}")


def _decompter(demonstration: Demonstration) -> list[str]:
    echecs = []
    presents = {tableau.nom: tableau for tableau in demonstration.tableaux}
    for nom, attendu in demonstration.decompte.items():
        compte = len(presents[nom].cellules) if nom in presents else 0
        if compte != attendu:
            echecs.append(f"{nom} : {compte} cellules, {attendu} attendues")
    echecs += [f"{nom} : tableau sans décompte" for nom in presents if nom not in demonstration.decompte]
    for tableau in demonstration.tableaux:
        noms = Counter((c.ligne, c.colonne) for c in tableau.cellules)
        echecs += [f"{tableau.nom} : la cellule « {', '.join(nom)} » est en double" for nom, n in noms.items() if n > 1]
    return echecs


def _confronter(cellule: Cellule) -> Resultat:
    resultat = Resultat(cellule, [_coter(cellule, f, cellule.le) for f in cellule.cotations])
    echecs = resultat.echecs
    if not any(_lu(cellule.imprime, phrase) for phrase in cellule.citation):
        echecs.append(f"la citation ne porte pas la valeur {euros(cellule.imprime)}")
    echecs += [e for facture in cellule.cotations for e in _souffle(cellule, facture)]
    if cellule.nature:
        echecs += _raison(resultat)
        return resultat
    for cotee in resultat.cotees:
        if cotee.calcule != cellule.imprime:
            echecs.append(f"{_ecart(cellule, cotee)} ({ecrire(cotee)})")
        if cellule.decomposition and cotee.decomposition != cellule.decomposition:
            echecs.append(f"décomposition attendue {cellule.decomposition}, calculée {cotee.decomposition}")
        echecs += _refus(cellule, cotee)
        if cellule.deduction and not _deduite(cellule.deduction, cotee):
            echecs.append(f"{cellule.deduction} n'est plus une valeur déduite : la cellule la vérifie désormais")
    if cellule.annonce is not None:
        resultat.annoncees = [_coter(cellule, f, cellule.annonce, prevu=True) for f in cellule.cotations]
        resultat.reelles = [_coter(cellule, f, cellule.annonce) for f in cellule.cotations]
        echecs += _deplacement(resultat, cellule.annonce)
    return resultat


def _coter(cellule: Cellule, facture: Mapping[str, Any], le: date, *, prevu: bool = False) -> Cotee:
    try:
        reponse: Reponse = opposable.coter({**facture, "date": le.isoformat()}, prevu=prevu)
    except ErreurEntree as erreur:
        if erreur.code not in {"CODE_INCONNU", "CODE_NON_COUVERT"}:
            raise
        return Cotee(None, code_inconnu=True)
    lignes = tuple(reponse["lignes"])
    comparees = [une for une in lignes if not cellule.sur or une["code"] in cellule.sur]
    bases = [une["base_remboursement"] for une in comparees if une["statut"] == "acceptee"]
    # Une ligne à vérifier n'établit aucun montant, même si la réponse en montre un.
    certain = bool(bases) and None not in bases and all(une["statut"] != "a_verifier" for une in lignes)
    calcule = sum((Decimal(base) for base in bases), Decimal(0)) if certain else None
    return Cotee(calcule, lignes, decomposition=" + ".join(str(base) for base in bases))


def ecrire(cotee: Cotee) -> str:
    """La cotation telle qu'elle s'affiche : chaque ligne et sa base, entre crochets celles que le moteur refuse."""
    if cotee.code_inconnu:
        return "code inconnu"
    return " + ".join(_ecrire_ligne(une) for une in cotee.lignes)


def _ecrire_ligne(une: Mapping[str, Any]) -> str:
    if une["statut"] == "refusee":
        return f"[{une['code']}]"
    base = une["base_remboursement"] if une["statut"] == "acceptee" else None
    return f"{une['code']} {'?' if base is None else base.removesuffix('.00').replace('.', ',')}"


def _ecart(cellule: Cellule, cotee: Cotee) -> str:
    return f"imprimé {euros(cellule.imprime)}, calculé {euros(cotee.calcule)}"


def _lu(imprime: Decimal, phrase: str) -> bool:
    return any(Decimal(nombre.replace(",", ".")) == imprime for nombre in _NOMBRE.findall(phrase))


def _souffle(cellule: Cellule, facture: Mapping[str, Any]) -> list[str]:
    """La facture ne doit pas dire au moteur la valeur à retrouver."""
    dits = [Decimal(acte["honoraires"]) for acte in facture["actes"] if "honoraires" in acte]
    if dits and facture["medecin"]["secteur"] == "1":
        return ["la facture d'un secteur 1 dit des honoraires : le tarif doit venir du moteur"]
    if cellule.imprime in {*dits, sum(dits, Decimal(0))}:
        return ["la facture dit la valeur imprimée"]
    return []


def _raison(resultat: Resultat) -> list[str]:
    """Une raison déclarée doit tenir : le moteur ne donne aucun montant, et pour cette raison-là."""
    cellule = resultat.cellule
    if resultat.reproduite:
        return ["la cellule se reproduit désormais : la raison déclarée ne tient plus"]
    for cotee in resultat.cotees:
        if cotee.calcule is not None:
            return [f"{_ecart(cellule, cotee)} : la raison déclarée ne l'explique pas"]
        if cotee.code_inconnu != (cellule.nature == "hors_corpus"):
            return [f"la raison déclarée ({NATURES[cellule.nature]}) ne tient plus"]
        motifs = {m["code"] for une in cotee.lignes if une["statut"] == "a_verifier" for m in une["motifs"]}
        if cotee.lignes and "PARAMETRE_MANQUANT" not in motifs:
            return ["le moteur ne dit pas qu'une valeur manque : la raison déclarée ne tient plus"]
    return []


def _refus(cellule: Cellule, cotee: Cotee) -> list[str]:
    attendues = dict(cellule.refusees)
    echecs = []
    for une in cotee.lignes:
        motifs = [m["code"] for m in une["motifs"] if m["gravite"] == "erreur"]
        attendu = attendues.pop(une["code"], None)
        if attendu is None and une["statut"] != "acceptee":
            echecs.append(f"{une['code']} n'est pas acceptée ({', '.join(m['code'] for m in une['motifs'])})")
        elif attendu is not None and (une["statut"] != "refusee" or motifs != [attendu]):
            echecs.append(f"{une['code']} devait être refusée pour {attendu} ; motifs : {', '.join(motifs) or 'aucun'}")
    return echecs + [f"{code} devait être refusée et n'est pas sur la facture" for code in attendues]


def _deduite(code: str, cotee: Cotee) -> bool:
    return any(une["code"] == code and any(s["autorite"] == "deduit" for s in une["sources"]) for une in cotee.lignes)


def _deplacement(resultat: Resultat, jour: date) -> list[str]:
    """Au jour annoncé : la valeur imprimée dans le calendrier annoncé, une autre dans la réalité."""
    cellule, le = resultat.cellule, date_courte(jour)
    echecs = []
    for annoncee, reelle in zip(resultat.annoncees, resultat.reelles, strict=True):
        if annoncee.calcule != cellule.imprime:
            echecs.append(f"calendrier annoncé au {le} : {_ecart(cellule, annoncee)}")
        if reelle.calcule == cellule.imprime:
            echecs.append(f"la valeur valait déjà le {le} : la date n'a pas été déplacée")
    return echecs
