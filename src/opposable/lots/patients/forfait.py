"""Ce que les forfaits d'une patientèle ont en commun : de quoi répondre, et la rangée d'un médecin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from opposable.droit.reponse_dispositif import REFUSEE
from opposable.lots import sql
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.fichier import MEDECIN, Fichier
from opposable.lots.patients.lectures import Lectures
from opposable.lots.patients.medecins import Medecins
from opposable.lots.patients.patientele import PRESENTS, STATUTS, Patientele
from opposable.lots.sql import Expr, col, ent

QUI: Final = "qui"
"""Chaque médecin, sa clé, ses patients, et les espèces de patients qu'il a."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Un lot ouvert : ce que son dispositif en lit, le moteur, les patients et les médecins."""

    lectures: Lectures
    moteur: MoteurDuckdb
    patients: Fichier
    medecins: Medecins


def rassembler(lot: Lot, patientele: Patientele) -> None:
    """Pose la table des médecins, avec ou sans patients, et leurs statuts."""
    comptes = ("patients", "patients_indecis", "especes", "manque", *patientele.marques)
    lus = [sql.nomme(sql.defaut(col(nom, "p"), ent(0)), nom) for nom in comptes if nom not in patientele.marques]
    absent = sql.est_nul(col(MEDECIN, "p"))
    lus += [sql.nomme(sql.selon((absent, ent(0)), sinon=col(nom, "p")), nom) for nom in patientele.marques]
    lot.moteur.creer(QUI, sql.choisir(lot.medecins.tous(PRESENTS), lus))
    patientele.statuts(lot.medecins)


def rangee(
    lot: Lot, patientele: Patientele, montants: Mapping[str, Expr], jointes: Iterable[str], par_cle: Iterable[str] = ()
) -> exp.Select:
    """La rangée de chaque médecin : son statut, ses montants (nuls s'il est refusé), ses patients, ce qui manque.

    ``jointes`` : les tables qui ont une rangée par médecin, lues dans ``montants`` sous leur nom ; ``par_cle``, celles
    qui en ont une par clé.
    """
    moteur = lot.moteur
    requete = sql.joindre(
        sql.depuis(QUI, "q"),
        STATUTS,
        "s",
        (col("cle", "q"), col("cle", "s")),
        (col("especes", "q"), col("especes", "s")),
    )
    for jointe in jointes:
        requete = sql.joindre(requete, jointe, jointe, (col(MEDECIN, "q"), col(MEDECIN, jointe)), gauche=True)
    for jointe in par_cle:
        requete = sql.joindre(requete, jointe, jointe, (col("cle", "q"), col("cle", jointe)))
    refuse = sql.egal(col("statut", "s"), sql.txt(REFUSEE))
    gardes = [sql.nomme(sql.selon((refuse, exp.null()), sinon=valeur), nom) for nom, valeur in montants.items()]
    bits = [
        sql.selon((sql.differe(sql.masque(col("manque", "q"), ent(1 << rang)), ent(0)), sql.txt(fait)))
        for rang, fait in enumerate(patientele.faits)
    ]
    demandes = sql.selon((sql.differe(col("demandes", "s"), sql.txt("")), sql.cast(col("demandes", "s"), "VARCHAR")))
    manque = exp.Anonymous(this="concat_ws", expressions=[sql.txt(" "), demandes, *bits])
    return sql.choisir(
        requete,
        [
            col(MEDECIN, "q"), sql.nomme(sql.cast(col("statut", "s"), "VARCHAR"), "statut"), *gardes,
            col("patients", "q"), col("patients_indecis", "q"),
            sql.nomme(moteur.liste(sql.cast(col("motifs", "s"), "VARCHAR")), "motifs"),
            sql.nomme(moteur.liste(sql.selon((refuse, sql.txt("")), sinon=manque)), "manque"),
        ],
    )  # fmt: skip
