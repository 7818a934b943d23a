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
