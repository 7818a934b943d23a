"""Des patientèles tirées au hasard, et leur comparaison à l'interprète scalaire, médecin par médecin."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

import opposable
from opposable.lots.patients.calculer import MEDECINS, Demande, calculer
from opposable.portes.python import corpus

Ligne = dict[str, Any]
"""Un patient ou un médecin : ses faits dits, par colonne."""


def autour(*jours: str) -> list[str]:
    """Chaque jour, sa veille et son lendemain."""
    dits = [date.fromisoformat(jour) for jour in jours]
    return [(jour + timedelta(ecart)).isoformat() for jour in dits for ecart in (-1, 0, 1)]


def tirer(alea: random.Random, choix: Mapping[str, Sequence[Any]], inconnus: float) -> Ligne:
    """Une valeur de chaque colonne, ou rien."""
    return {nom: alea.choice(valeurs) for nom, valeurs in choix.items() if alea.random() >= inconnus}


def ecrire_csv(chemin: Path, colonnes: Sequence[str], lignes: Sequence[Ligne]) -> Path:
    """Un CSV, une case vide pour ce qui n'est pas dit."""
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        ecrivain = csv.DictWriter(flux, list(colonnes), delimiter=";", restval="")
        ecrivain.writeheader()
        ecrivain.writerows(lignes)
    return chemin


def en_parquet(chemin: Path, genres: Mapping[str, str]) -> Path:
    """Le même fichier en Parquet, ces colonnes converties ; les autres restent des textes."""
    parquet = chemin.with_suffix(".parquet")
    with duckdb.connect() as base:
        lu = f"read_csv('{chemin}', all_varchar = true, header = true, delim = ';')"
        colonnes = [nom for nom, *_ in base.execute(f"DESCRIBE FROM {lu}").fetchall()]
        lues = []
        for nom in colonnes:
            genre = genres.get(nom)
            brut = f"nullif({nom}, '')"
            if genre == "BOOLEAN":
                brut = f"CASE {brut} WHEN 'oui' THEN true WHEN 'non' THEN false END"
            elif genre is not None:
                brut = f"CAST({brut} AS {genre})"
            lues.append(f"{brut} AS {nom}")
        base.execute(f"COPY (SELECT {', '.join(lues)} FROM {lu}) TO '{parquet}' (FORMAT parquet)")  # noqa: S608
    return parquet


def calculees(dossier: Path, dispositif: str, cas: Ligne, patients: Path, medecins: Path | None) -> dict[str, Ligne]:
    """La réponse du lot pour chaque médecin."""
    sortie, travail = dossier / "sortie", dossier / "travail"
    for un in (sortie, travail):
        un.mkdir(parents=True)
    calculer(corpus(), Demande(dispositif, cas, patients, medecins), sortie, travail)
    with duckdb.connect() as base:
        lu = base.execute(f"FROM '{sortie / MEDECINS}'")
        noms = [colonne[0] for colonne in lu.description]
        return {r[0]: dict(zip(noms, r, strict=True)) for r in lu.fetchall()}


def cas_de(cas: Ligne, medecin: Ligne, patients: Sequence[Ligne]) -> Ligne:
    """Le cas d'un médecin, tel qu'on l'écrirait pour « calculer »."""
    dits = {nom: valeur for nom, valeur in medecin.items() if nom != "medecin"}
    hors_bloc = {nom: dits.pop(nom) for nom in ("taux_cmuc",) if nom in dits}
    listes = [{nom: v for nom, v in patient.items() if nom != "medecin"} for patient in patients]
    return {**cas, **hors_bloc, "medecin": {**cas.get("medecin", {}), **dits}, "patients": listes}


def comparer(
    lot: Mapping[str, Ligne], cas: Callable[[str], Ligne], dispositif: str, colonnes: Mapping[str, str]
) -> int:
    """Compare chaque médecin à l'interprète scalaire ; rend le nombre de valeurs comparées.

    ``colonnes`` : pour chaque colonne du lot, la sortie du dispositif qu'elle répète.
    """
    comparees = 0
    for medecin, dite in lot.items():
        reponse = opposable.calculer(dispositif, cas(medecin))
        assert dite["statut"] == reponse["statut"], (medecin, dite, reponse["motifs"])
        for colonne, sortie in colonnes.items():
            attendu = reponse["resultat"][sortie]
            obtenu = dite[colonne]
            lu = None if attendu is None else Decimal(attendu)
            assert obtenu == lu, (medecin, colonne, obtenu, attendu)
            comparees += 1
        for autorite, montant in reponse["autorites"].items():
            if reponse["montant"] is not None:
                assert str(dite[f"dont_{autorite}"]) == montant, (medecin, autorite, dite[f"dont_{autorite}"], montant)
                comparees += 1
        de_presse = {"SOURCE_PRESSE", "RESULTAT_PRESSE", "VALEUR_DEDUITE", "RESULTAT_DEDUIT"}
        assert set(dite["motifs"]) == {m["code"] for m in reponse["motifs"]} - de_presse, (medecin, dite["motifs"])
        demandes = {question["fait"] for question in reponse["questions"]}
        assert demandes <= set(dite["manque"]), (medecin, demandes, dite["manque"])
        comparees += 2
    return comparees


ACTES_A_DATER = ("_2", "_3")
"""Ce qui suit le nom d'un acte dans les colonnes de ses autres dates."""


def patient_de(cas: Ligne, ligne: Ligne, actes: Sequence[str]) -> Ligne:
    """Le cas de prévention d'un patient, ses colonnes d'actes réunies en une liste."""
    dits = []
    for mot in actes:
        for nom in (mot, *(f"{mot}{suite}" for suite in ACTES_A_DATER)):
            if nom in ligne:
                qui = ligne.get(f"{nom}_praticien")
                dits.append({"acte": mot, "date": ligne[nom], **({} if qui is None else {"praticien": qui})})
    faits = {nom: v for nom, v in ligne.items() if nom != "medecin" and not nom.startswith(tuple(actes))}
    return {**cas, "patient": faits, "actes": dits}


def centimes(montant: str | Decimal | None) -> int | None:
    """Un montant en centimes."""
    return None if montant is None else int(Decimal(montant) * 100)


def comparer_prevention(lot: Mapping[str, Ligne], cas: Mapping[str, Sequence[Ligne]]) -> int:
    """Compare chaque médecin à la somme de ses patients, calculés un à un ; rend le nombre de valeurs comparées."""
    for medecin, dite in lot.items():
        reponses = [opposable.calculer("prevention", un) for un in cas[medecin]]
        resultats = [r["resultat"] for r in reponses]
        attendus: Ligne = {"patients": len(resultats)}
        for borne in ("au_moins", "au_plus"):
            attendus[borne] = sum(centimes(r[borne]) or 0 for r in resultats)
        inconnu = any(r["total"] is None for r in resultats)
        attendus["total"] = None if inconnu else attendus["au_moins"]
        lignes = [ligne for r in resultats for ligne in r["indicateurs"]]
        attendus["concernes"] = sum(ligne["eligible"] == "oui" for ligne in lignes)
        attendus["valides"] = sum(ligne["montant"] not in {None, "0.00"} for ligne in lignes)
        attendus["a_verifier"] = sum(ligne["eligible"] == "oui" and ligne["valide"] == "a_verifier" for ligne in lignes)
        attendus["indecis"] = sum(ligne["montant"] is None for ligne in lignes if ligne["eligible"] != "non")
        attendus["indecis"] -= attendus["a_verifier"]
        attendus["eligibilite_inconnue"] = sum(ligne["eligible"] == "inconnu" for ligne in lignes)
        attendus["statut"] = "partiel" if any(r["statut"] == "partiel" for r in reponses) else "calcule"
        attendus["patients_indecis"] = sum(r["statut"] == "partiel" for r in reponses)
        obtenus = {
            nom: centimes(dite[nom]) if nom in {"total", "au_moins", "au_plus"} else dite[nom] for nom in attendus
        }
        ecarts = {nom: (obtenus[nom], attendus[nom]) for nom in attendus if obtenus[nom] != attendus[nom]}
        assert not ecarts, (medecin, ecarts)
        demandes = {q["fait"] for r in reponses for q in r["questions"]}
        assert demandes <= set(dite["manque"]), (medecin, demandes, dite["manque"])
        assert set(dite["motifs"]) == {m["code"] for r in reponses for m in r["motifs"]}
    return len(lot) * 12
