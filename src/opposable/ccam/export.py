"""Le tableau publié, du fichier à ses rangées : CSV (compressé ou non), xls ou xlsx, sans en comprendre le contenu.

Le numéro de version et la date d'application viennent de la première rangée, les colonnes de leurs titres. Tout est
borné : un fichier qui n'est pas un export est refusé sur ses premiers octets.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from opposable.ccam import tableur
from opposable.ccam.regles import Regles
from opposable.droit.erreurs import ErreurEntree
from opposable.facturation.recherche import decouper

TAILLE_MAXIMUM: Final = 32 * 2**20
"""La taille au-delà de laquelle un fichier ne peut pas être un export (les vrais font quelques Mio), décompressé."""
RANGEES_MAXIMUM: Final = 300_000
_DEBUT: Final = 256 * 2**10
"""Ce qui est lu avant de savoir si le fichier est un export."""
_TITRE: Final = re.compile(r"CCAM\s+version\s+(\d{1,4})\b(.*)", re.IGNORECASE | re.DOTALL)
_APPLICABLE: Final = re.compile(r"\bapplicable\b\D*(\d{1,2})/(\d{1,2})/(\d{4})\b", re.IGNORECASE)
_RANGEES_DE_TETE: Final = 30
EXEMPLE: Final = "opposable importer ccam CCAM_V81.csv"
ATTENDU: Final = (
    "le tableau de la CCAM publié par l'Assurance maladie, en CSV (compressé ou non), xls ou xlsx, "
    "dont la première rangée dit « CNAM - CCAM version … applicable au … »"
)


class Brute(NamedTuple):
    """Une rangée du tableau, ses cellules sans leurs blancs de bord. ``hors`` : ce qui n'est dans aucune colonne."""

    rangee: int
    code: str
    texte: str
    activite: str
    phase: str
    opposable: str
    autre: str
    conditions: str
    accord: str
    exoneration: str
    regroupement: str
    hors: str


@dataclass(frozen=True, slots=True)
class Export:
    """Un export lu : sa version, sa date d'application (un jour), ses rangées non vides et l'empreinte de celles-ci."""

    fichier: str
    version: int
    du: int
    rangees: tuple[Brute, ...]
    total: int
    empreinte: str


def ouvrir(chemin: Path, regles: Regles) -> Export:
    """Lit un export. :class:`ErreurEntree` s'il est absent, illisible, tronqué, ou si ce n'en est pas un."""
    lignes = _rangees(chemin, regles)
    ou = str(chemin)
    numero, du, suite = _titre(lignes, ou)
    entete, colonnes, ignorees = _entete(lignes, suite, regles, ou)
    rangs = [colonnes[nom] for nom in Brute._fields[1:-1]]
    autres = [r for r in range(max(map(len, lignes))) if r not in set(rangs)]
    empreinte = hashlib.sha256(f"{numero} {du}\n".encode())
    brutes = []
    for rang, ligne in enumerate(lignes[entete + 1 :], entete + 2):
        cellules = [ligne[r].strip() if r < len(ligne) else "" for r in rangs]
        hors = " | ".join(ligne[r].strip() for r in autres if r < len(ligne) and ligne[r].strip())
        if hors or any(cellules):
            brutes.append(Brute._make((rang, *cellules, hors)))
            empreinte.update("\x1f".join((str(rang), *cellules, hors, "\x1e")).encode())
    if ignorees:
        empreinte.update(repr(ignorees).encode())
    return Export(chemin.name, numero, du, tuple(brutes), len(lignes), empreinte.hexdigest())


def _rangees(chemin: Path, regles: Regles) -> list[Sequence[str]]:
    """Toutes les rangées du fichier, comme du texte, quel que soit son format."""
    ou = str(chemin)
    try:
        taille = chemin.stat().st_size
        if chemin.is_dir():
            raise _refus("EXPORT_ILLISIBLE", "c'est un dossier", ou)
        with chemin.open("rb") as flux:
            tete = flux.read(8)
    except FileNotFoundError:
        raise _refus("EXPORT_ABSENT", "ce fichier n'existe pas", ou) from None
    except OSError as erreur:
        raison = "vous n'avez pas le droit de le lire" if isinstance(erreur, PermissionError) else "il ne se lit pas"
        raise _refus("EXPORT_ILLISIBLE", raison, ou) from None
    if not tete:
        raise _refus("EXPORT_ILLISIBLE", "ce fichier est vide", ou)
    if taille > TAILLE_MAXIMUM:
        raise _refus("EXPORT_ILLISIBLE", f"{taille // 2**20} Mio : bien plus qu'un export de la CCAM", ou)
    if tete.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return list(tableur.rangees(chemin, _est_titre, _refus))
    return _csv(_octets(chemin, compresse=tete.startswith(b"\x1f\x8b")), regles, ou)


def _octets(chemin: Path, *, compresse: bool) -> bytes:
    """Le contenu, décompressé ; refusé dès le début s'il ne porte pas le titre, et s'il dépasse la taille permise."""
    ou = str(chemin)
    try:
        with gzip.open(chemin, "rb") if compresse else chemin.open("rb") as flux:
            debut = flux.read(_DEBUT)
            if b"\0" in debut or not _TITRE.search(debut[:4096].decode("latin-1")):
                raise _pas_un_export(ou)
            suite = flux.read(TAILLE_MAXIMUM + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _refus("EXPORT_TRONQUE", "l'archive gzip est abîmée ou incomplète", ou) from None
    except OSError:
        raise _refus("EXPORT_ILLISIBLE", "la lecture a échoué", ou) from None
    if len(suite) > TAILLE_MAXIMUM:
        raise _refus("EXPORT_ILLISIBLE", "décompressé, il est bien plus gros qu'un export de la CCAM", ou)
    return debut + suite


def _csv(octets: bytes, regles: Regles, ou: str) -> list[Sequence[str]]:
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            texte = octets.decode("cp1252")
        except UnicodeDecodeError:
            raise _refus("EXPORT_ILLISIBLE", "le texte n'est ni en UTF-8, ni en Windows-1252", ou) from None
    try:
        essais = {signe: _lignes(texte[:_DEBUT], signe, 2 * _RANGEES_DE_TETE) for signe in ",;\t"}
        signe = max(essais, key=lambda s: max(len(_places(ligne, regles)[0]) for ligne in essais[s]))
        lignes = _lignes(texte, signe, RANGEES_MAXIMUM + 1)
    except csv.Error:
        raise _refus("EXPORT_ILLISIBLE", "le CSV ne se lit pas", ou) from None
    if len(lignes) > RANGEES_MAXIMUM:
        raise _refus("EXPORT_ILLISIBLE", f"plus de {RANGEES_MAXIMUM} rangées", ou)
    return lignes


def _lignes(texte: str, separateur: str, au_plus: int) -> list[Sequence[str]]:
    return list(islice(csv.reader(io.StringIO(texte, newline=""), delimiter=separateur), au_plus))


def _est_titre(rangees: Iterable[Sequence[str]]) -> bool:
    return any(_TITRE.search(" ".join(r)) for r in islice(rangees, _RANGEES_DE_TETE))


def _titre(lignes: Sequence[Sequence[str]], ou: str) -> tuple[int, int, int]:
    """Le numéro de version, le jour d'application, et le rang de la rangée qui les dit."""
    for rang, ligne in enumerate(lignes[:_RANGEES_DE_TETE]):
        trouve = _TITRE.search(" ".join(ligne))
        if trouve is None:
            continue
        dit = _APPLICABLE.search(trouve[2])
        try:
            jour, mois, annee = (int(p) for p in dit.groups()) if dit else (0, 0, 0)
            return int(trouve[1]), date(annee, mois, jour).toordinal(), rang
        except ValueError:
            raise ErreurEntree(
                "DATE_ILLISIBLE", f"la version {trouve[1]} ne dit pas sa date d'application : « {trouve[0].strip()} »",
                ou=f"{ou}, rangée {rang + 1}", attendu="une date JJ/MM/AAAA qui existe",
                exemple="CNAM - CCAM version 81 applicable au 01/01/2026",
            ) from None  # fmt: skip
    raise _pas_un_export(ou)


def _entete(
    lignes: Sequence[Sequence[str]], depuis: int, regles: Regles, ou: str
) -> tuple[int, dict[str, int], tuple[str, ...]]:
    """Le rang de la rangée des titres, la place de chaque colonne, et les titres qu'aucune colonne ne réclame."""
    meilleur: tuple[int, dict[str, int], tuple[str, ...]] = (0, {}, ())
    for rang, ligne in enumerate(lignes[depuis : depuis + _RANGEES_DE_TETE], depuis):
        places, autres = _places(ligne, regles)
        if len(places) > len(meilleur[1]):
            meilleur = (rang, places, autres)
    manquantes = [debuts[0] for nom, debuts in regles.colonnes.items() if nom not in meilleur[1]]
    if manquantes:
        raise ErreurEntree(
            "COLONNES_MANQUANTES", f"colonnes introuvables : {', '.join(f'« {m} »' for m in manquantes)}",
            ou=f"{ou}, rangée {meilleur[0] + 1}" if meilleur[1] else ou,
            attendu="une rangée de titres : " + ", ".join(debuts[0] for debuts in regles.colonnes.values()),
            exemple=EXEMPLE,
        )  # fmt: skip
    return meilleur


def _places(ligne: Sequence[str], regles: Regles) -> tuple[dict[str, int], tuple[str, ...]]:
    """La place de chaque colonne que cette rangée nomme, et ses autres titres."""
    places: dict[str, int] = {}
    autres = []
    for place, cellule in enumerate(ligne):
        titre = " ".join(decouper(cellule))
        nom = next((n for n, debuts in regles.colonnes.items() if titre.startswith(debuts)), None)
        if nom is not None and nom not in places:
            places[nom] = place
        elif titre:
            autres.append(cellule.strip())
    return places, tuple(autres)


def _pas_un_export(ou: str) -> ErreurEntree:
    return _refus("PAS_UN_EXPORT", "ce n'est pas un export de la CCAM", ou)


def _refus(code: str, message: str, ou: str) -> ErreurEntree:
    return ErreurEntree(code, message, ou=ou, attendu=ATTENDU, exemple=EXEMPLE)
