"""Écrire le magasin : un dossier neuf et complet, puis un pointeur remplacé d'un coup.

Interrompu à n'importe quel moment, l'ancien magasin reste entier : rien ne l'a touché. Le dossier d'avant est gardé
jusqu'à l'import suivant, pour ceux qui le lisent encore.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from opposable.ccam.chemins import absente
from opposable.ccam.lecture import Lu
from opposable.ccam.mots import mots
from opposable.ccam.pointeur import FICHIERS, POINTEUR, Pointeur
from opposable.droit.erreurs import ErreurEntree

MEMOIRE: Final = "256MB"
"""Ce que DuckDB peut prendre pour récrire le magasin ; au-delà il travaille sur le disque."""
ATTENTE: Final = 30.0
"""Les secondes pendant lesquelles un import attend qu'un autre finisse."""
PREFIXE: Final = "v-"
_COLONNES: Final[dict[str, dict[str, str]]] = {
    "actes": {
        "version": "INTEGER", "code": "VARCHAR", "libelle": "VARCHAR", "chapitre": "VARCHAR", "notes": "VARCHAR[]",
        "rangees": "STRUCT(activite VARCHAR, phase VARCHAR, libelle VARCHAR, opposable INTEGER, autre INTEGER, "
        "prise_en_charge BOOLEAN, sous_conditions BOOLEAN, accord_prealable BOOLEAN, exoneration VARCHAR[], "
        "regroupement VARCHAR, modificateurs VARCHAR[], gestes VARCHAR[])[]",
    },
    "modificateurs": {
        "version": "INTEGER", "lettre": "VARCHAR", "chapitre": "VARCHAR",
        "rangees": "STRUCT(texte VARCHAR, opposable STRUCT(forfait INTEGER, taux INTEGER), "
        "autre STRUCT(forfait INTEGER, taux INTEGER), notes VARCHAR[])[]",
    },
    "chapitres": {"version": "INTEGER", "numero": "VARCHAR", "titre": "VARCHAR", "notes": "VARCHAR[]"},
    "anomalies": {
        "version": "INTEGER", "rangee": "INTEGER", "colonne": "VARCHAR", "sorte": "VARCHAR", "code": "VARCHAR",
        "lu": "VARCHAR", "ecrit": "VARCHAR",
    },
    "versions": {
        "numero": "INTEGER", "du": "INTEGER", "fichier": "VARCHAR", "empreinte": "VARCHAR", "importee_le": "VARCHAR",
        "lecture": "VARCHAR", "codes": "INTEGER", "rangees": "INTEGER",
    },
    "libelles": {"code": "VARCHAR", "libelle": "VARCHAR", "chapitre": "VARCHAR", "mots": "VARCHAR"},
}  # fmt: skip
_ORDRES: Final = {
    "actes": "code, version",
    "modificateurs": "version",
    "chapitres": "version, numero",
    "anomalies": "version, rangee, colonne, sorte",
}


@contextlib.contextmanager
def verrou(dossier: Path) -> Iterator[None]:
    """Le magasin pour soi seul. :class:`ErreurEntree` si un autre import ne finit pas à temps, ou sans droits."""
    try:
        from filelock import FileLock, Timeout
    except ModuleNotFoundError:
        raise absente("filelock") from None
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        tenu = FileLock(dossier / "verrou", timeout=ATTENTE)
        tenu.acquire()
    except Timeout:
        raise ErreurEntree(
            "IMPORT_EN_COURS", "un autre import est en cours dans ce dossier", ou=str(dossier),
            attendu="qu'il soit fini ; relancez ensuite", exemple="opposable importer ccam --liste",
        ) from None  # fmt: skip
    except OSError as erreur:
        raise impossible(dossier, erreur) from None
    try:
        yield
    finally:
        tenu.release()


def ecrire(dossier: Path, ancien: Pointeur | None, neuf: Pointeur, lu: Lu) -> None:
    """Écrit le magasin ``neuf`` : les versions de ``ancien`` qu'il garde, et la dernière lue. À tenir sous verrou.

    :class:`ErreurEntree` si l'écriture échoue (plus de place…) : l'ancien magasin n'a pas changé.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise absente("duckdb") from None
    try:
        provisoire = Path(tempfile.mkdtemp(prefix=".neuf-", dir=dossier))
    except OSError as erreur:
        raise impossible(dossier, erreur) from None
    reglages: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMOIRE,
        "threads": 2,
        "temp_directory": str(provisoire / "travail"),
    }
    try:
        with contextlib.closing(duckdb.connect(config=reglages)) as base:
            _fichiers(base, dossier, provisoire, ancien, neuf, lu)
        for ecrit in provisoire.iterdir():
            if ecrit.suffix == ".parquet":
                _poser(ecrit)
        nom = provisoire.name.replace(".neuf-", PREFIXE)
        provisoire.rename(dossier / nom)
        _pointer(dossier, neuf.vers(nom))
    except (OSError, duckdb.Error) as erreur:
        raise impossible(dossier, erreur) from None
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)
    nettoyer(dossier, {nom, ancien.dossier if ancien else ""})


def nettoyer(dossier: Path, gardes: set[str]) -> None:
    """Ôte les dossiers d'imports anciens ou interrompus. À tenir sous verrou."""
    for chemin in dossier.iterdir():
        if chemin.name not in gardes and chemin.name.startswith((PREFIXE, ".neuf-", ".pointeur-")):
            shutil.rmtree(chemin, ignore_errors=True) if chemin.is_dir() else chemin.unlink(missing_ok=True)


def impossible(dossier: Path, erreur: Exception) -> ErreurEntree:
    """L'erreur d'un magasin qui ne s'écrit pas."""
    raison = (
        "droits d'écriture manquants" if isinstance(erreur, PermissionError) else "plus de place, ou support retiré"
    )
    return ErreurEntree(
        "MAGASIN_IMPOSSIBLE", f"la CCAM n'a pas pu être rangée ({raison}) ; ce qui était importé n'a pas changé",
        ou=str(dossier), attendu="un dossier où écrire, avec une cinquantaine de Mio libres",
        exemple="OPPOSABLE_DONNEES=/autre/dossier opposable importer ccam FICHIER",
    )  # fmt: skip


def _fichiers(base: Any, dossier: Path, neuf: Path, ancien: Pointeur | None, pointeur: Pointeur, lu: Lu) -> None:
    lues: dict[str, Iterable[Any]] = {
        "actes": lu.actes, "modificateurs": lu.modificateurs, "chapitres": lu.chapitres, "anomalies": lu.anomalies,
    }  # fmt: skip
    for nom, elements in lues.items():
        relation = _lues(base, neuf, nom, (asdict(e) for e in elements))
        if ancien is not None:
            gardes = base.read_parquet(str(dossier / ancien.dossier / f"{nom}.parquet"))
            relation = gardes.filter(f"version <> {lu.numero}").union(relation)
        _copier(relation.order(_ORDRES[nom]), neuf, nom)
    _copier(_lues(base, neuf, "libelles", _recents(base, neuf, pointeur)), neuf, "libelles")
    _copier(_lues(base, neuf, "versions", pointeur.rangees()), neuf, "versions")
    for nom in FICHIERS:
        (neuf / f"{nom}.jsonl").unlink(missing_ok=True)
    shutil.rmtree(neuf / "travail", ignore_errors=True)


def _recents(base: Any, neuf: Path, pointeur: Pointeur) -> Iterator[dict[str, str]]:
    """Par code, son libellé et le titre de son chapitre dans la version la plus récente qui l'a."""
    titres = {
        (version, numero): titre
        for version, numero, titre in base.read_parquet(str(neuf / "chapitres.parquet"))
        .project("version, numero, titre")
        .fetchall()
    }
    rangs = {v.numero: rang for rang, v in enumerate(pointeur.versions)}
    actes = base.read_parquet(str(neuf / "actes.parquet")).project("code, version, libelle, chapitre").fetchall()
    derniers: dict[str, tuple[int, str, str]] = {}
    for code, version, libelle, chapitre in actes:
        if code not in derniers or rangs[derniers[code][0]] < rangs[version]:
            derniers[code] = (version, libelle, titres.get((version, chapitre), ""))
    for code, (_, libelle, titre) in sorted(derniers.items()):
        yield {"code": code, "libelle": libelle, "chapitre": titre, "mots": mots(libelle, titre)}


def _lues(base: Any, neuf: Path, nom: str, elements: Iterable[Mapping[str, Any]]) -> Any:
    """Ces éléments, posés dans un fichier de travail que DuckDB lit d'un coup, listes imbriquées comprises."""
    chemin = neuf / f"{nom}.jsonl"
    with chemin.open("w", encoding="utf-8") as flux:
        for element in elements:
            json.dump(element, flux, ensure_ascii=False, separators=(",", ":"))
            flux.write("\n")
    return base.read_json(str(chemin), format="newline_delimited", columns=_COLONNES[nom])


def _copier(relation: Any, neuf: Path, nom: str) -> None:
    relation.write_parquet(str(neuf / f"{nom}.parquet"), compression="zstd", row_group_size=2048)


def _pointer(dossier: Path, pointeur: Pointeur) -> None:
    """Remplace le pointeur : c'est l'instant où le nouveau magasin devient le magasin."""
    descripteur, nom = tempfile.mkstemp(prefix=".pointeur-", dir=dossier)
    with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
        json.dump(pointeur.en_dict(), flux, ensure_ascii=False, indent=1)
    _poser(Path(nom))
    Path(nom).replace(dossier / POINTEUR)


def _poser(chemin: Path) -> None:
    with chemin.open("rb") as flux:
        os.fsync(flux.fileno())
