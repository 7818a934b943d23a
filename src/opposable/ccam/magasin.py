"""Lire le magasin : les actes d'une ou de plusieurs versions, par code, et ce qui se cherche par mots."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from opposable.ccam import chemins, pointeur
from opposable.ccam.anomalies import Anomalie
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.nomenclature import (
    ActePublie,
    ChapitrePublie,
    ModificateurPublie,
    Rangee,
    RangeeModificateur,
    ValeurModificateur,
    Version,
)


def ouvrir(dossier: Path | None = None) -> MagasinParquet | None:
    """Le magasin de la personne (ou celui de ``dossier``) ; ``None`` si rien n'est importé. Ne charge pas duckdb.

    :class:`ErreurEntree` (``MAGASIN_ILLISIBLE``) s'il est abîmé, ou d'une forme que cette version ne lit pas.
    """
    racine = dossier or chemins.magasin()
    trouve = pointeur.lire(racine)
    return None if trouve is None else MagasinParquet(racine, trouve)


class MagasinParquet:
    """Le magasin rangé en Parquet. DuckDB n'est chargé qu'à la première lecture d'un acte.

    Une seule connexion, en mémoire, dont plusieurs fils se servent l'un après l'autre. Les actes lus sont retenus.
    """

    def __init__(self, dossier: Path, trouve: pointeur.Pointeur) -> None:
        self.dossier = dossier
        self.pointeur = trouve
        self._acces = threading.Lock()
        self._retenus: dict[str, Mapping[int, ActePublie]] = {}

    @property
    def versions(self) -> tuple[Version, ...]:
        """Les versions présentes, par date d'application."""
        return tuple(v.version for v in self.pointeur.versions)

    @property
    def empreinte(self) -> str:
        """L'empreinte de ce que le magasin contient."""
        return self.pointeur.empreinte

    def codes(self) -> frozenset[str]:
        """Tous les codes, toutes versions réunies."""
        return frozenset(self.libelles())

    def acte(self, code: str) -> Mapping[int, ActePublie]:
        """Cet acte dans chaque version (par numéro, de la plus ancienne à la plus récente) où il figure."""
        return self.actes((code,))[code]

    def actes(self, codes: Iterable[str]) -> Mapping[str, Mapping[int, ActePublie]]:
        """Plusieurs actes en une lecture ; un code inconnu a une table vide."""
        demandes = list(dict.fromkeys(codes))
        absents = [code for code in demandes if code not in self._retenus]
        if absents:
            self._retenir(absents)
        return {code: self._retenus[code] for code in demandes}

    def _retenir(self, codes: Sequence[str]) -> None:
        lus: dict[str, dict[int, ActePublie]] = {code: {} for code in codes}
        ou = f"WHERE code IN ({', '.join('?' * len(codes))})"
        colonnes = "version, code, libelle, chapitre, notes, rangees"
        for version, code, libelle, chapitre, notes, rangees in self._lire("actes", colonnes, ou, codes):
            lus[code][version] = ActePublie(
                version, code, libelle, chapitre, tuple(notes), tuple(_rangee(r) for r in rangees)
            )
        ordre = [v.numero for v in self.versions]
        self._retenus.update({code: {n: par[n] for n in ordre if n in par} for code, par in lus.items()})

    def libelles(self) -> Mapping[str, tuple[str, str, str]]:
        """Par code : son libellé le plus récent, le titre de son chapitre, et ses mots prêts à chercher.

        Les mots du libellé, puis « | », puis ceux du titre, séparés d'un blanc, sans accents ni majuscules.
        """
        return self._tous_libelles

    @cached_property
    def _tous_libelles(self) -> Mapping[str, tuple[str, str, str]]:
        lus = self._lire("libelles", "code, libelle, chapitre, mots")
        return {code: (libelle, chapitre, mots) for code, libelle, chapitre, mots in lus}

    def modificateurs(self, version: int) -> Mapping[str, ModificateurPublie]:
        """Les modificateurs d'une version, par lettre, dans l'ordre imprimé."""
        return {
            lettre: ModificateurPublie(version, lettre, chapitre, tuple(_rangee_modificateur(r) for r in rangees))
            for lettre, chapitre, rangees in self._lire(
                "modificateurs", "lettre, chapitre, rangees", "WHERE version = ?", (version,)
            )
        }

    def chapitres(self, version: int) -> Mapping[str, ChapitrePublie]:
        """Les chapitres d'une version, par numéro."""
        return {
            numero: ChapitrePublie(version, numero, titre, tuple(notes))
            for numero, titre, notes in self._lire("chapitres", "numero, titre, notes", "WHERE version = ?", (version,))
        }

    def anomalies(self, version: int) -> tuple[Anomalie, ...]:
        """Les anomalies relevées à l'import d'une version, dans l'ordre des rangées."""
        colonnes = "version, rangee, colonne, sorte, code, lu, ecrit"
        return tuple(Anomalie(*r) for r in self._lire("anomalies", colonnes, "WHERE version = ?", (version,)))

    def _lire(self, nom: str, colonnes: str, ou: str = "", valeurs: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        chemin = str(self.dossier / self.pointeur.dossier / f"{nom}.parquet").replace("'", "''")
        with self._acces:
            base = self._base
            try:
                lues: list[tuple[Any, ...]] = base.execute(
                    f"SELECT {colonnes} FROM read_parquet('{chemin}') {ou}",  # noqa: S608 - rien ne vient de l'entrée
                    list(valeurs),
                ).fetchall()
            except self._duckdb.IOException:
                raise ErreurEntree(
                    "MAGASIN_CHANGE", "la CCAM importée a changé pendant la lecture", ou=str(self.dossier),
                    attendu="de relancer la commande",
                ) from None  # fmt: skip
        return lues

    @cached_property
    def _duckdb(self) -> Any:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise chemins.absente("duckdb") from None
        return duckdb

    @cached_property
    def _base(self) -> Any:
        return self._duckdb.connect(config={"threads": 1, "memory_limit": "128MB"})


class MagasinMemoire:
    """Un magasin tenu en mémoire, d'actes déjà bâtis : pour les essais, ou une nomenclature lue ailleurs."""

    def __init__(
        self,
        versions: Iterable[Version],
        actes: Iterable[ActePublie],
        titres: Mapping[tuple[int, str], str] | None = None,
        modificateurs: Iterable[ModificateurPublie] = (),
    ) -> None:
        self._versions = tuple(sorted(versions, key=lambda v: (v.du, v.numero)))
        rangs = {v.numero: rang for rang, v in enumerate(self._versions)}
        self._ordonnes = sorted(actes, key=lambda a: (rangs[a.version], a.code))
        self._actes: dict[str, dict[int, ActePublie]] = {}
        for acte in self._ordonnes:
            self._actes.setdefault(acte.code, {})[acte.version] = acte
        self._titres = titres or {}
        self._modificateurs = tuple(modificateurs)

    @property
    def versions(self) -> tuple[Version, ...]:
        """Les versions présentes, par date d'application."""
        return self._versions

    @property
    def empreinte(self) -> str:
        """L'empreinte de ce que le magasin contient."""
        import hashlib

        return hashlib.sha256(repr((self._versions, self._ordonnes, self._modificateurs)).encode()).hexdigest()

    def codes(self) -> frozenset[str]:
        """Tous les codes, toutes versions réunies."""
        return frozenset(self._actes)

    def acte(self, code: str) -> Mapping[int, ActePublie]:
        """Cet acte dans chaque version où il figure ; vide s'il n'est dans aucune."""
        return self._actes.get(code, {})

    def actes(self, codes: Iterable[str]) -> Mapping[str, Mapping[int, ActePublie]]:
        """Plusieurs actes ; un code inconnu a une table vide."""
        return {code: self.acte(code) for code in codes}

    def modificateurs(self, version: int) -> Mapping[str, ModificateurPublie]:
        """Les modificateurs d'une version, par lettre."""
        return {m.lettre: m for m in self._modificateurs if m.version == version}

    def libelles(self) -> Mapping[str, tuple[str, str, str]]:
        """Par code : son libellé le plus récent, le titre de son chapitre, et ses mots prêts à chercher."""
        from opposable.ccam.mots import libelles

        return libelles(self._ordonnes, self._titres)


def _rangee(lue: Mapping[str, Any]) -> Rangee:
    listes = {nom: tuple(lue[nom]) for nom in ("exoneration", "modificateurs", "gestes")}
    return Rangee(**{**lue, **listes})


def _rangee_modificateur(lue: Mapping[str, Any]) -> RangeeModificateur:
    opposable, autre = (ValeurModificateur(**lue[colonne]) for colonne in ("opposable", "autre"))
    return RangeeModificateur(lue["texte"], opposable, autre, tuple(lue["notes"]))
