"""Le pointeur : le petit fichier qui dit quel dossier est le magasin, et quelles versions il contient."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.nomenclature import Version

POINTEUR: Final = "magasin.json"
FORME: Final = 1
"""La forme du magasin ; elle change quand un magasin d'avant ne se lit plus."""
FICHIERS: Final = ("actes", "modificateurs", "chapitres", "anomalies", "libelles", "versions")


@dataclass(frozen=True, slots=True)
class Presente:
    """Une version présente. ``lecture`` : l'empreinte des règles qui l'ont lue ; ``rangees`` : activités et phases."""

    version: Version
    lecture: str
    codes: int
    rangees: int

    @property
    def numero(self) -> int:
        """Le numéro de la version."""
        return self.version.numero


@dataclass(frozen=True, slots=True)
class Pointeur:
    """Le magasin : son dossier, et ses versions par date d'application."""

    dossier: str
    versions: tuple[Presente, ...]

    @property
    def empreinte(self) -> str:
        """L'empreinte du contenu : elle ne dépend ni du jour, ni de l'ordre des imports."""
        dites = [f"{v.numero} {v.version.du} {v.version.empreinte} {v.lecture}" for v in self.versions]
        return hashlib.sha256(f"{FORME}\n{chr(10).join(dites)}".encode()).hexdigest()

    def vers(self, dossier: str) -> Pointeur:
        """Le même, pour un autre dossier."""
        return replace(self, dossier=dossier)

    def avec(self, presente: Presente) -> Pointeur:
        """Le même, avec cette version, qui remplace celle de même numéro."""
        autres = (v for v in self.versions if v.numero != presente.numero)
        return replace(self, versions=tuple(sorted((*autres, presente), key=lambda v: (v.version.du, v.numero))))

    def rangees(self) -> list[dict[str, Any]]:
        """Une rangée par version."""
        return [
            {**asdict(v.version), "lecture": v.lecture, "codes": v.codes, "rangees": v.rangees} for v in self.versions
        ]

    def en_dict(self) -> dict[str, Any]:
        """La forme écrite."""
        return {"forme": FORME, "dossier": self.dossier, "versions": self.rangees()}


def lire(dossier: Path) -> Pointeur | None:
    """Le pointeur d'un dossier ; ``None`` si rien n'y est importé. :class:`ErreurEntree` s'il ne se lit pas."""
    try:
        texte = (dossier / POINTEUR).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        raise _abime(dossier) from None
    try:
        dit = json.loads(texte)
        if dit["forme"] != FORME:
            raise _abime(dossier)
        versions = tuple(
            Presente(
                Version(v["numero"], v["du"], v["fichier"], v["empreinte"], v["importee_le"]),
                v["lecture"], v["codes"], v["rangees"],
            )
            for v in dit["versions"]
        )  # fmt: skip
        pointeur = Pointeur(dit["dossier"], versions)
    except (ValueError, KeyError, TypeError):
        raise _abime(dossier) from None
    if not all((dossier / pointeur.dossier / f"{nom}.parquet").is_file() for nom in FICHIERS):
        raise _abime(dossier)
    return pointeur


def _abime(dossier: Path) -> ErreurEntree:
    return ErreurEntree(
        "MAGASIN_ILLISIBLE", "la CCAM importée ne se lit pas (autre version d'Opposable, ou dossier abîmé)",
        ou=str(dossier), attendu="effacer ce dossier, puis réimporter chaque version",
        exemple="opposable importer ccam CCAM_V81.csv",
    )  # fmt: skip
