"""Calculer un dispositif du médecin traitant pour tous les médecins d'un fichier de patients.

Qui appelle donne un dossier provisoire ; rien n'est écrit ailleurs. Ce module ouvre, vérifie et enchaîne ; chaque
dispositif a son module, qui bâtit ses requêtes.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from sqlglot import exp

from opposable.droit.calculer import lire_cas, trouver
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.droit.identite import PSEUDONYME
from opposable.lots import sql
from opposable.lots.controler import Suivi, balayage_rare, octets, verifier_lot
from opposable.lots.moteurs import Reglages, ouvrir
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients import fichier
from opposable.lots.patients.forfait import Lot
from opposable.lots.patients.lectures import Lectures
from opposable.lots.patients.medecins import Medecins, faits_du_medecin
from opposable.lots.sql import col

MEDECINS: Final = "medecins.parquet"
MANIFESTE: Final = "manifeste.json"
MODULES: Final = ("fmt", "fpmt", "prevention")
"""Les dispositifs qu'un lot de patients sait calculer : chacun a son module ici."""
_REPONSE: Final = "reponse"


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce qui est demandé : le dispositif, ce qui vaut pour tout le lot, les fichiers, et ce qu'on accorde au moteur."""

    dispositif: str
    cas: Mapping[str, Any]
    patients: Path
    medecins: Path | None = None
    memoire: str = ""
    strict: bool = False


def calculer(
    corpus: Corpus, demande: Demande, dossier: Path, travail: Path, suivi: Suivi | None = None
) -> dict[str, Any]:
    """Écrit la réponse de chaque médecin et le manifeste dans ``dossier`` ; rend le manifeste.

    ``travail`` reçoit ce qui déborde de la mémoire. :class:`ErreurEntree` si le cas ou un fichier ne convient pas.
    """
    dispositif = trouver(corpus, demande.dispositif)
    module = _module(dispositif)
    lectures = Lectures(corpus, dispositif, _commun(corpus, dispositif, demande.cas), strict=demande.strict)
    for chemin in (demande.patients, demande.medecins):
        if chemin is not None:
            verifier_lot(chemin)
    moteur = cast("MoteurDuckdb", ouvrir("duckdb", Reglages(demande.memoire, travail)))
    with moteur.pannes(str(dossier)), balayage_rare():
        try:
            lot, ignorees = _ouvrir(corpus, lectures, moteur, demande)
            if suivi is not None:
                suivi("Patients", 0.0)
            requete = module.calculer(lot, None if suivi is None else lambda part: suivi("Patients", 0.9 * part))
            if suivi is not None:
                suivi("Médecins", 0.9)
            moteur.creer(_REPONSE, requete)
            ordonnee = sql.choisir(sql.depuis(_REPONSE), [exp.Star()]).order_by(col(fichier.MEDECIN, "t"), copy=False)
            moteur.ecrire(ordonnee, dossier / MEDECINS)
            for nom, autre in (module.autres(lot) if hasattr(module, "autres") else {}).items():
                moteur.ecrire(autre, dossier / nom)
            manifeste = {**corpus.entete(), **_manifeste(lot, demande, ignorees)}
        finally:
            moteur.fermer()
    texte = json.dumps(manifeste, ensure_ascii=False, indent=2, default=str) + "\n"
    (dossier / MANIFESTE).write_text(texte, encoding="utf-8")
    return manifeste


def _module(dispositif: Dispositif) -> Any:
    if dispositif.nom not in MODULES:
        raise ErreurEntree(
            "PATIENTS_SANS_OBJET", "ce dispositif ne se calcule pas pour beaucoup de médecins à la fois", ou="--sortie",
            attendu=", ".join(MODULES),
            exemple="opposable calculer fmt cas.json --patients lot.parquet --sortie sortie",
        )  # fmt: skip
    return importlib.import_module(f"opposable.lots.patients.{dispositif.nom}")


def _commun(corpus: Corpus, dispositif: Dispositif, cas: Mapping[str, Any]) -> dict[str, Any]:
    """Le cas commun, vérifié. :class:`ErreurEntree` s'il ne convient pas, ou s'il porte des patients."""
    for nom in ("id", *(liste.nom for liste in dispositif.listes), "patient"):
        if cas.get(nom) is not None:
            raise ErreurEntree(
                "PATIENTS_EN_DOUBLE", f"le cas commun ne dit pas « {nom} » : c'est le fichier des patients", ou=nom,
                attendu="ce qui vaut pour tous les médecins", exemple='{"annee": 2026, "medecin": {"secteur": "1"}}',
            )  # fmt: skip
    lu = lire_cas(corpus, dispositif, cas)
    periode = dispositif.periode
    if lu.fin <= periode.du or lu.jour >= periode.au:
        regit = periode.apres if lu.jour >= periode.au else periode.avant
        raise ErreurEntree(
            "DISPOSITIF_HORS_PERIODE", f"« {dispositif.nom} » ne vaut pas alors ; ce qui régit : {regit}",
            ou=periode.fait, attendu="une période du dispositif", exemple=f"opposable dispositifs {dispositif.nom}",
        )  # fmt: skip
    return dict(cas)


def _ouvrir(corpus: Corpus, lectures: Lectures, moteur: MoteurDuckdb, demande: Demande) -> tuple[Lot, list[str]]:
    """Les fichiers ouverts et vérifiés ; les colonnes laissées de côté."""
    patients = fichier.ouvrir(moteur, demande.patients, fichier.LOT)
    connues = _module(lectures.dispositif).colonnes(lectures.dispositif)
    ignorees = fichier.verifier(patients, [PSEUDONYME, *connues], lambda cle: _ailleurs(corpus, cle, patients=True))
    fichier.sans_identite(moteur, patients)
    dits = None
    faits = _faits_du_medecin(corpus, lectures.dispositif)
    if demande.medecins is not None:
        dits = fichier.ouvrir(moteur, demande.medecins, "fichier_medecins")
        ignorees += fichier.verifier(dits, [*faits], lambda cle: _ailleurs(corpus, cle, patients=False))
        fichier.sans_identite(moteur, dits)
    if PSEUDONYME in patients:
        fichier.sans_doublon(moteur, patients, PSEUDONYME, "le pseudonyme")
    medecins = Medecins(lectures, moteur, dits, faits)
    medecins.preparer()
    return Lot(lectures, moteur, patients, medecins), ignorees


def _faits_du_medecin(corpus: Corpus, dispositif: Dispositif) -> dict[str, Fait]:
    return faits_du_medecin(corpus, dispositif, _module(dispositif).TABLES)


def _ailleurs(corpus: Corpus, cle: str, *, patients: bool) -> bool:
    """Vrai si un autre dispositif d'un lot de patients lit cette colonne : un même fichier sert à tous."""
    for nom in MODULES:
        dispositif = corpus.dispositifs[nom]
        if cle in (_module(dispositif).colonnes(dispositif) if patients else _faits_du_medecin(corpus, dispositif)):
            return True
    return False


def _manifeste(lot: Lot, demande: Demande, ignorees: list[str]) -> dict[str, Any]:
    """Ce que le lot a donné : les médecins par statut, les patients, les sommes."""
    requete = sql.choisir(sql.depuis(_REPONSE), [col("statut", "t"), sql.compte()]).group_by(
        col("statut", "t"), copy=False
    )
    statuts = dict(sorted(lot.moteur.lire(requete)))
    montants = _module(lot.lectures.dispositif).SOMMES
    sommes = [sql.cast(exp.Sum(this=col(nom, "t")), "DECIMAL(18, 2)") for nom in montants]
    comptes = [sql.somme(col(nom, "t")) for nom in ("patients", "patients_indecis")]
    ((patients, indecis, *totaux),) = lot.moteur.lire(sql.choisir(sql.depuis(_REPONSE), [*comptes, *sommes]))
    fichiers = {"patients": demande.patients, "medecins": demande.medecins}
    return {
        "dispositif": demande.dispositif,
        "moteur": {"nom": lot.moteur.nom, "version": lot.moteur.version()},
        "strict": demande.strict,
        "cas": dict(demande.cas),
        "fichiers": {
            nom: None if chemin is None else {"fichier": str(chemin.resolve()), "octets": octets(chemin)}
            for nom, chemin in fichiers.items()
        },
        "colonnes_ignorees": sorted(set(ignorees)),
        "medecins": sum(statuts.values()),
        "statuts": statuts,
        "patients": patients or 0,
        "patients_indecis": indecis or 0,
        "montants": {nom: None if v is None else str(v) for nom, v in zip(montants, totaux, strict=True)},
    }
