"""Lire une liste de patients, en CSV ou en Parquet : une ligne par personne, un pseudonyme, aucune identité.

Les colonnes sont les faits de la liste ``patients`` du dispositif. Une colonne qui ressemble à une identité est
refusée, une colonne inconnue aussi : seul ce qui sert au calcul entre. Le pseudonyme sert à trouver les doublons, et à
nommer le cas d'une personne quand chacune a le sien.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.identite import PSEUDONYME, colonne_identifiante, reduire, valeur_identifiante
from opposable.portes import entree

LISTE: Final = "patients"
MAXIMUM: Final = 20_000
"""Les patients d'un cas, au plus."""
_ELEMENT: Final = re.compile(rf"{LISTE}\[(\d+)\](?:\.(.*))?", re.DOTALL)
_EXEMPLE: Final = "pseudonyme;date_naissance;ald;c2s;derniere_consultation"


@dataclass(frozen=True)
class Patients:
    """Les lignes lues, prêtes pour la liste ``patients``, et la ligne du fichier de chacune."""

    nom: str
    lignes: list[dict[str, str]]
    numeros: list[int]
    pseudonymes: list[str]
    """Celui de chaque ligne ; vide sans colonne de pseudonymes."""

    def situer(self, erreur: ErreurEntree) -> ErreurEntree:
        """La même erreur, située dans le fichier si elle vient d'une de ses lignes."""
        trouve = _ELEMENT.fullmatch(erreur.ou)
        if trouve is None:
            return erreur
        ou = f"{self.nom}, ligne {self.numeros[int(trouve[1])]}" + (f", {trouve[2]}" if trouve[2] else "")
        return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)


def colonnes_de(fiche: dict[str, Any]) -> list[str]:
    """Les colonnes que ce dispositif lit d'un patient. :class:`ErreurEntree` s'il n'en lit pas."""
    liste = next((une for une in fiche["listes"] if une["nom"] == LISTE), None)
    if liste is None:
        raise ErreurEntree(
            "PATIENTS_SANS_OBJET", "ce dispositif ne lit pas de liste de patients", ou="--patients",
            attendu="un dispositif dont la fiche montre « patients[] »", exemple="opposable dispositifs fmt",
        )  # fmt: skip
    return [e["nom"] for e in liste["entrees"]]


def lire(source: str, colonnes: list[str]) -> Patients:
    """Les patients de ce fichier. :class:`ErreurEntree` à la première faute, avec sa ligne."""
    genre = entree.Genre("une liste de patients", _EXEMPLE, "--patients patients.csv", "un fichier CSV")
    nom = "entrée standard" if source == "-" else source
    if Path(source).suffix.lower() == ".parquet":
        return _patients(Parquet(Path(source), MAXIMUM), nom, colonnes)
    return analyser(entree.texte_de(source, nom, genre), nom, colonnes)


def analyser(texte: str, nom: str, colonnes: list[str]) -> Patients:
    """Les patients d'un texte déjà lu ; ``nom`` situe les fautes."""
    rangees = csv.reader(texte.splitlines(keepends=True), delimiter=_separateur(texte), strict=True)
    try:
        return _patients(rangees, nom, colonnes)
    except csv.Error:
        raise ErreurEntree(
            "CSV_INVALIDE", "guillemets mal fermés ou mal placés", ou=f"{nom}, ligne {rangees.line_num}",
            attendu="des valeurs séparées par « ; » ou « , »", exemple=_EXEMPLE,
        ) from None  # fmt: skip


class Parquet:
    """Les rangées d'un fichier Parquet, écrites comme dans un CSV : l'en-tête, puis une rangée par ligne."""

    def __init__(self, chemin: Path, maximum: int) -> None:
        from opposable.lots.moteurs.avec_duckdb import importer
        from opposable.lots.moteurs.entree_sortie import illisible

        duckdb = importer("--patients")
        self.line_num = 0
        try:
            with duckdb.connect() as base:
                lu = base.execute("FROM read_parquet($f) LIMIT $n", {"f": str(chemin), "n": maximum + 1})
                self._rangees = [[colonne[0] for colonne in lu.description], *(_ecrite(r) for r in lu.fetchall())]
        except duckdb.Error:
            raison = "ce n'est pas un fichier Parquet" if chemin.exists() else "ce fichier n'existe pas"
            raise illisible(chemin, raison) from None

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        if self.line_num >= len(self._rangees):
            raise StopIteration
        self.line_num += 1
        return list(self._rangees[self.line_num - 1])


def _ecrite(rangee: tuple[object, ...]) -> list[str]:
    """Une rangée telle qu'un CSV l'écrirait ; vide : inconnu."""
    mots = {None: "", True: "oui", False: "non"}
    return [mots[v] if v is None or isinstance(v, bool) else str(v) for v in rangee]


def completer(cas: list[dict[str, Any]], patients: Patients) -> None:
    """Met les patients dans le cas, qui doit être seul et ne pas en avoir déjà."""
    if len(cas) != 1 or cas[0].get(LISTE) is not None:
        message = "le cas donne déjà ses patients" if len(cas) == 1 else "ces patients iraient à plusieurs cas"
        raise ErreurEntree(
            "PATIENTS_EN_DOUBLE", message, ou="--patients", attendu="un seul cas, sans « patients »",
            exemple='{"annee": 2026, "medecin": {…}}',
        )  # fmt: skip
    cas[0][LISTE] = patients.lignes


def entetes(texte: str) -> list[str]:
    """Les colonnes d'un texte, telles qu'on les compare."""
    premiere = next(csv.reader(texte.splitlines(keepends=True), delimiter=_separateur(texte)), [])
    return [reduire(cellule) for cellule in premiere]


def _separateur(texte: str) -> str:
    entete = texte.partition("\n")[0]
    return max(";,\t", key=entete.count)


def _patients(rangees: Any, nom: str, colonnes: list[str]) -> Patients:
    entetes = [reduire(cellule) for cellule in next(rangees, [])]
    _verifier_entetes(entetes, nom, colonnes)
    lignes: list[dict[str, str]] = []
    numeros: list[int] = []
    pseudonymes: list[str] = []
    vus: dict[str, int] = {}
    for rangee in rangees:
        if not any(cellule.strip() for cellule in rangee):
            continue
        numero = rangees.line_num
        ou = f"{nom}, ligne {numero}"
        if len(rangee) != len(entetes):
            raise _faute("CSV_INVALIDE", f"{len(rangee)} valeurs pour {len(entetes)} colonnes", ou, "une par colonne")
        ligne = {cle: valeur.strip() for cle, valeur in zip(entetes, rangee, strict=True) if valeur.strip()}
        pseudonyme = ligne.pop(PSEUDONYME, None)
        _verifier_pseudonyme(pseudonyme, numero, vus, ou, exige=PSEUDONYME in entetes)
        pseudonymes.append(pseudonyme or "")
        if ligne.get("age", "").isdigit():
            ligne["age"] += " ans"
        lignes.append(ligne)
        numeros.append(numero)
        if len(lignes) > MAXIMUM:
            raise _faute("LISTE_TROP_LONGUE", f"plus de {MAXIMUM} patients", ou, f"{MAXIMUM} au plus")
    return Patients(nom, lignes, numeros, pseudonymes)


def _verifier_entetes(entetes: list[str], nom: str, colonnes: list[str]) -> None:
    ou = f"{nom}, ligne 1"
    for entete in entetes:
        if entete not in colonnes and colonne_identifiante(entete):
            raise _faute(
                "COLONNE_IDENTIFIANTE", f"la colonne « {entete} » ressemble à une identité ; rien n'a été lu", ou,
                "un pseudonyme, et seulement les colonnes du calcul : " + ", ".join(colonnes),
            )  # fmt: skip
    for rang, entete in enumerate(entetes):
        if entete in entetes[:rang]:
            raise _faute(
                "CLE_EN_DOUBLE", f"la colonne « {entete} » est écrite deux fois", ou, "chaque colonne une fois"
            )
        if entete not in (*colonnes, PSEUDONYME):
            proche = plus_proche(entete, [*colonnes, PSEUDONYME])
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise _faute(
                "CLE_INCONNUE", f"colonne inconnue « {entete} »{suite}", ou, ", ".join([PSEUDONYME, *colonnes])
            )


def _verifier_pseudonyme(dit: str | None, numero: int, vus: dict[str, int], ou: str, *, exige: bool) -> None:
    """Un pseudonyme par ligne, s'il y en a une colonne, chacun une fois ; jamais un numéro de sécurité sociale."""
    if not exige:
        return
    if dit is None:
        raise _faute("FAIT_ABSENT", "il manque le pseudonyme", f"{ou}, {PSEUDONYME}", "un pseudonyme par ligne")
    if valeur_identifiante(dit):
        raise _faute(
            "COLONNE_IDENTIFIANTE", "ce pseudonyme ressemble à un numéro de sécurité sociale ou à une adresse",
            f"{ou}, {PSEUDONYME}", "un identifiant que vous seul savez relier au patient",
        )  # fmt: skip
    if dit in vus:
        raise _faute("DOUBLON", f"ce patient est déjà à la ligne {vus[dit]}", f"{ou}, {PSEUDONYME}", "une fois chacun")
    vus[dit] = numero


def _faute(code: str, message: str, ou: str, attendu: str) -> ErreurEntree:
    return ErreurEntree(code, message, ou=ou, attendu=attendu, exemple=_EXEMPLE)
