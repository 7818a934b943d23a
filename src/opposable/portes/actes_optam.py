"""Lire une année d'actes, ou ses totaux par mois : CSV, Parquet ou tableur, une ligne par acte, aucune identité.

Les colonnes sont celles de l'atelier OPTAM. Une colonne qui ressemble à une identité est refusée, une colonne inconnue
aussi : seul ce qui sert au calcul entre. Rien n'est gardé, rien ne quitte la machine.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fait import Fait
from opposable.droit.identite import colonne_identifiante, reduire
from opposable.lots.optam import lignes as atelier
from opposable.portes import entree

ACTES: Final = entree.Genre(
    "une année d'actes", "date;code;honoraires", "opposable atelier-optam cas.json --actes actes.csv",
    "un fichier CSV, Parquet, xls ou xlsx",
)  # fmt: skip
RESUME: Final = entree.Genre(
    "les totaux de l'année", ";".join(atelier.RESUME), "opposable atelier-optam cas.json --resume totaux.csv",
    "un fichier CSV, Parquet, xls ou xlsx",
)  # fmt: skip
_LIGNES: Final = {
    ACTES.exemple: "2026-03-14;CS;60.00",
    RESUME.exemple: "1;5000.00;1500.00;2000.00",
}
"""Une ligne de chaque genre de fichier, pour un message."""
_TABLEURS: Final = frozenset({".xls", ".xlsx", ".xlsm", ".ods"})
_JOUR_FRANCAIS: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ELEMENT: Final = re.compile(r"(actes|mois)\[(\d+)\](?:\.(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Fichier:
    """Les lignes lues, pour la liste ``cle`` du cas, et la ligne du fichier de chacune."""

    nom: str
    cle: str
    lignes: list[dict[str, Any]]
    numeros: list[int]

    def situer(self, erreur: ErreurEntree) -> ErreurEntree:
        """La même erreur, située dans le fichier si elle vient d'une de ses lignes."""
        trouve = _ELEMENT.fullmatch(erreur.ou)
        if trouve is None or int(trouve[2]) >= len(self.numeros):
            return erreur
        colonne = f", colonne {trouve[3].rpartition('.')[2]}" if trouve[3] else ""
        ou = f"{self.nom}, ligne {self.numeros[int(trouve[2])]}{colonne}"
        return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)


def lire(corpus: Corpus, source: str, genre: entree.Genre = ACTES) -> Fichier:
    """Les lignes de ce fichier. :class:`ErreurEntree` à la première faute, avec sa ligne."""
    nom = "entrée standard" if source == "-" else source
    suffixe = Path(source).suffix.lower()
    if suffixe == ".parquet":
        from opposable.portes.patients import Parquet

        return _fichier(corpus, Parquet(Path(source), atelier.LIGNES_AU_PLUS), nom, genre)
    if suffixe in _TABLEURS:
        return _fichier(corpus, _Classeur(source, genre), nom, genre)
    return analyser(corpus, entree.texte_de(source, nom, genre), nom, genre)


def analyser(corpus: Corpus, texte: str, nom: str, genre: entree.Genre = ACTES) -> Fichier:
    """Les lignes d'un texte CSV déjà lu ; ``nom`` situe les fautes."""
    if not texte.strip():
        raise ErreurEntree("FICHIER_VIDE", "rien à lire", ou=nom, attendu=genre.fichiers, exemple=genre.exemple)
    entete = texte.partition("\n")[0]
    rangees = csv.reader(texte.splitlines(keepends=True), delimiter=max(";,\t", key=entete.count), strict=True)
    try:
        return _fichier(corpus, rangees, nom, genre)
    except csv.Error:
        raise ErreurEntree(
            "CSV_INVALIDE", "guillemets mal fermés ou mal placés", ou=f"{nom}, ligne {rangees.line_num}",
            attendu="des valeurs séparées par « ; » ou « , »", exemple=genre.exemple,
        ) from None  # fmt: skip


def completer(cas: dict[str, Any], fichier: Fichier) -> None:
    """Met les lignes dans le cas, qui ne doit pas en avoir déjà."""
    for cle in ("actes", "mois"):
        if cas.get(cle) is not None:
            raise ErreurEntree(
                "FAITS_CONTRADICTOIRES", f"le cas donne déjà « {cle} »", ou=fichier.nom,
                attendu="l'année une seule fois : dans le cas, ou dans un fichier", exemple=ACTES.commande,
            )  # fmt: skip
    cas[fichier.cle] = fichier.lignes


class _Classeur:
    """Les rangées de la première feuille d'un tableur qui a les colonnes demandées."""

    def __init__(self, source: str, genre: entree.Genre) -> None:
        from opposable.ccam.tableur import rangees

        exigees = set(genre.exemple.split(";"))

        def convient(debut: list[list[str]]) -> bool:
            return bool(debut) and exigees <= {reduire(cellule) for cellule in debut[0]}

        def refus(code: str, message: str, ou: str) -> ErreurEntree:
            if code == "PAS_UN_EXPORT":
                message = "aucune feuille n'a ces colonnes en première ligne"
            return ErreurEntree(code, message, ou=ou, attendu=", ".join(sorted(exigees)), exemple=genre.exemple)

        if not Path(source).is_file():
            entree.texte_de(source, source, genre)
        self.line_num = 0
        self._rangees = iter(list(rangees(Path(source), convient, refus)))

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self.line_num += 1
        return [str(cellule) for cellule in next(self._rangees)]


def _fichier(corpus: Corpus, rangees: Any, nom: str, genre: entree.Genre) -> Fichier:
    permis: Mapping[str, Fait] = atelier.faits_permis(corpus) if genre is ACTES else {}
    propres: Sequence[str] = atelier.PROPRES if genre is ACTES else atelier.RESUME
    exigees: Sequence[str] = atelier.EXIGEES if genre is ACTES else atelier.RESUME
    entetes = [reduire(cellule) for cellule in next(rangees, [])]
    _verifier(entetes, f"{nom}, ligne 1", [*propres, *permis], exigees, genre)
    listes = {cle for cle, fait in permis.items() if fait.type == "liste"}
    ages = {cle for cle, fait in permis.items() if fait.type == "age"}
    lignes: list[dict[str, Any]] = []
    numeros: list[int] = []
    for rangee in rangees:
        if not any(cellule.strip() for cellule in rangee):
            continue
        if len(rangee) != len(entetes):
            raise ErreurEntree(
                "CSV_INVALIDE", f"{len(rangee)} valeurs pour {len(entetes)} colonnes",
                ou=f"{nom}, ligne {rangees.line_num}", attendu="une valeur par colonne", exemple=genre.exemple,
            )  # fmt: skip
        dits = {cle: cellule.strip() for cle, cellule in zip(entetes, rangee, strict=True) if cellule.strip()}
        lignes.append({cle: _valeur(cle, texte, listes, ages) for cle, texte in dits.items()})
        numeros.append(rangees.line_num)
        if len(lignes) > atelier.LIGNES_AU_PLUS:
            raise ErreurEntree(
                "LISTE_TROP_LONGUE", f"plus de {atelier.LIGNES_AU_PLUS} lignes", ou=nom, attendu="une année d'actes"
            )
    if not lignes:
        raise ErreurEntree(
            "FICHIER_VIDE", "aucune ligne sous les noms des colonnes", ou=nom, attendu="une ligne au moins",
            exemple=_LIGNES[genre.exemple],
        )  # fmt: skip
    return Fichier(nom, "actes" if genre is ACTES else "mois", lignes, numeros)


def _valeur(cle: str, texte: str, listes: Iterable[str], ages: Iterable[str]) -> Any:
    if cle == "date":
        return _jour(texte)
    if cle in listes:
        return [] if texte in {"aucun", "aucune"} else [mot.strip() for mot in re.split(r"[+,]", texte) if mot.strip()]
    return f"{texte} ans" if cle in ages and texte.isdecimal() else texte


def _jour(texte: str) -> str:
    """``14/03/2026`` et « 2026-03-14 00:00:00 » se lisent ``2026-03-14``."""
    francais = _JOUR_FRANCAIS.fullmatch(texte)
    if francais is not None:
        return f"{francais[3]}-{francais[2]}-{francais[1]}"
    try:
        return datetime.fromisoformat(texte).date().isoformat()
    except ValueError:
        return texte


def _verifier(entetes: list[str], ou: str, permises: list[str], exigees: Sequence[str], genre: entree.Genre) -> None:
    for entete in entetes:
        if entete not in permises and (colonne_identifiante(entete) or entete in {"patient", "patients"}):
            raise ErreurEntree(
                "COLONNE_IDENTIFIANTE", f"la colonne « {entete} » ressemble à une identité ; rien n'a été lu", ou=ou,
                attendu="ôter cette colonne : seules servent " + ", ".join(exigees) + " et ce qui change un tarif",
                exemple=genre.exemple,
            )  # fmt: skip
    for rang, entete in enumerate(entetes):
        if entete in entetes[:rang]:
            raise ErreurEntree(
                "CLE_EN_DOUBLE", f"la colonne « {entete} » est écrite deux fois", ou=ou,
                attendu="chaque colonne une fois", exemple=genre.exemple,
            )  # fmt: skip
        if entete not in permises:
            proche = plus_proche(entete, permises)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise ErreurEntree(
                "CLE_INCONNUE", f"colonne inconnue « {entete} »{suite}", ou=ou,
                attendu=", ".join(permises[:12]) + (", …" if len(permises) > 12 else ""),
                exemple=genre.exemple,
            )  # fmt: skip
    manquantes = [cle for cle in exigees if cle not in entetes]
    if manquantes:
        raise ErreurEntree(
            "COLONNE_ABSENTE", "il manque " + ", ".join(f"la colonne « {cle} »" for cle in manquantes), ou=ou,
            attendu=", ".join(exigees), exemple=genre.exemple,
        )  # fmt: skip
