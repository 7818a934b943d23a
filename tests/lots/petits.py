"""De petits lots écrits à la main, bons ou mauvais, et la commande qui les contrôle."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from opposable.portes import cli

COLONNES = (
    "facture", "ligne", "medecin", "date", "code", "honoraires", "specialite", "secteur", "option", "naissance",
    "role", "parcours", "exonerations",
)  # fmt: skip
TYPES = {"ligne": "INTEGER", "date": "DATE", "honoraires": "DECIMAL(10, 2)", "naissance": "DATE"}
FAITS: dict[str, str] = {
    "facture.date": "date",
    "acte.code": "code",
    "acte.honoraires": "{colonne: honoraires, unite: euros}",
    "medecin.specialite": "specialite",
    "medecin.secteur": "secteur",
    "medecin.option": "option",
    "medecin.territoire": "{valeur: metropole}",
    "patient.date_naissance": "naissance",
    "patient.exonerations": "exonerations",
    "contexte.role": "role",
    "contexte.parcours": "parcours",
}
ADULTE: dict[str, Any] = {
    "medecin": "M1", "date": "2026-02-10", "code": "G", "honoraires": "30.00", "specialite": "medecine_generale",
    "secteur": "1", "option": "aucune", "naissance": "1980-05-01", "role": "medecin_traitant",
    "parcours": "dans_le_parcours", "exonerations": "",
}  # fmt: skip
ENFANT = {**ADULTE, "naissance": "2022-09-04"}


def ligne(facture: str, numero: object, modele: Mapping[str, Any] = ADULTE, **changes: Any) -> dict[str, Any]:
    return {"facture": facture, "ligne": numero, **modele, **changes}


def bonnes() -> list[dict[str, Any]]:
    """Trois factures : un adulte, un enfant (deux lignes), une lettre qu'un spécialiste ne facture pas (refusée)."""
    return [
        ligne("F1", 1),
        ligne("F2", 1, ENFANT),
        ligne("F2", 2, ENFANT, code="MEG", honoraires="5.00"),
        ligne("F3", 1, medecin="M2", specialite="dermatologie", role="acces_direct", parcours="hors_parcours"),
    ]


def mappage(faits: Mapping[str, str | None] | None = None, **racine: str) -> str:
    """Le mappage de :data:`FAITS`, changé ; un fait à ``None`` n'y est plus."""
    tete = {"version": "1", "facture": "facture", "ligne": "ligne", "medecin": "medecin", **racine}
    dits = {**FAITS, **(faits or {})}
    lignes = [f"{cle}: {dit}" for cle, dit in tete.items() if dit]
    return "\n".join([*lignes, "faits:", *(f"  {nom}: {dit}" for nom, dit in dits.items() if dit is not None)]) + "\n"


def en_csv(fichier: Path, rangees: Sequence[Mapping[str, Any]]) -> Path:
    noms = list(dict.fromkeys(nom for rangee in rangees for nom in rangee)) or list(COLONNES)
    with fichier.open("w", encoding="utf-8", newline="") as flux:
        ecrivain = csv.DictWriter(flux, noms)
        ecrivain.writeheader()
        ecrivain.writerows(rangees)
    return fichier


def en_parquet(fichier: Path, rangees: Sequence[Mapping[str, Any]], **types: str) -> Path:
    """Un Parquet, typé par :data:`TYPES` et ``types`` ; le reste est du texte."""
    noms = list(dict.fromkeys(nom for rangee in rangees for nom in rangee)) or list(COLONNES)
    genres = {nom: {**TYPES, **types}.get(nom, "VARCHAR") for nom in noms}
    source = fichier.with_suffix(".json")
    source.write_text("\n".join(json.dumps(r, default=str) for r in rangees), encoding="utf-8")
    colonnes = "{" + ", ".join(f"'{n}': '{g}'" for n, g in genres.items()) + "}"
    with duckdb.connect() as base:
        base.execute(
            f"COPY (FROM read_json('{source}', format = 'newline_delimited', columns = {colonnes})) "
            f"TO '{fichier}' (FORMAT parquet)"
        )
    source.unlink()
    return fichier


@dataclass
class Resultat:
    """Ce que la commande a rendu, dit, et écrit."""

    code: int
    sorti: str
    erreur: str
    dossier: Path
    lues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def manifeste(self) -> dict[str, Any]:
        dit: dict[str, Any] = json.loads((self.dossier / "manifeste.json").read_text(encoding="utf-8"))
        return dit

    def rangees(self, nom: str) -> list[dict[str, Any]]:
        with duckdb.connect() as base:
            resultat = base.execute("FROM read_parquet($f)", {"f": str(self.dossier / f"{nom}.parquet")})
            noms = [colonne[0] for colonne in resultat.description]
            return [dict(zip(noms, rangee, strict=True)) for rangee in resultat.fetchall()]

    def types(self, nom: str) -> dict[str, str]:
        with duckdb.connect() as base:
            lus = base.execute("DESCRIBE FROM read_parquet($f)", {"f": str(self.dossier / f"{nom}.parquet")})
            return {colonne: str(genre) for colonne, genre, *_ in lus.fetchall()}

    def lignes(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(str(r["facture"]), str(r["ligne"])): r for r in self.rangees("lignes")}

    def sans_reponse(self) -> list[dict[str, Any]]:
        """Les lignes, triées, sans le numéro de réponse (propre à une exécution) ni les types d'identifiants."""
        lignes = [{**r, "ligne": str(r["ligne"]), "motifs": sorted(r["motifs"])} for r in self.rangees("lignes")]
        for rangee in lignes:
            del rangee["reponse"]
        return sorted(lignes, key=lambda r: (r["facture"], r["ligne"], r["quantite"] or 1))


class Atelier:
    """Un dossier d'essai où l'on écrit un lot et le contrôle."""

    def __init__(self, dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.dossier, self.capsys = dossier, capsys

    def commande(self, *arguments: str, sortie: Path | None = None) -> Resultat:
        self.capsys.readouterr()
        code = cli.executer(list(arguments))
        dit = self.capsys.readouterr()
        return Resultat(code, dit.out, dit.err, sortie or self.dossier / "sortie")

    def controler(self, lot: Path, *options: str, mappe: str | None = None, sortie: str = "sortie") -> Resultat:
        """Contrôle un lot ; son mappage est écrit à côté de lui s'il est donné."""
        if mappe is not None:
            (lot.parent / f"{lot.stem}.mappage.yaml").write_text(mappe, encoding="utf-8")
        cible = self.dossier / sortie
        return self.commande("controler", str(lot), "--sortie", str(cible), *options, sortie=cible)

    def csv(self, rangees: Sequence[Mapping[str, Any]], *options: str, mappe: str = "", **suite: Any) -> Resultat:
        lot = en_csv(self.dossier / "lot.csv", rangees)
        return self.controler(lot, *options, mappe=mappe or mappage(), **suite)

    def parquet(
        self,
        rangees: Sequence[Mapping[str, Any]],
        *options: str,
        mappe: str = "",
        types: Mapping[str, str] | None = None,
        **suite: Any,
    ) -> Resultat:
        lot = en_parquet(self.dossier / "lot.parquet", rangees, **(types or {}))
        return self.controler(lot, *options, mappe=mappe or mappage(), **suite)

    def refuse(self, resultat: Resultat, *mots: str) -> str:
        """Vérifie un refus : sortie 2, une erreur située et un exemple en français, rien d'écrit ; rend le message."""
        assert resultat.code == 2, (resultat.code, resultat.erreur)
        assert resultat.sorti == ""
        assert resultat.erreur.startswith("Erreur : "), resultat.erreur
        assert resultat.erreur.count("Erreur : ") == 1
        for rubrique in ("Où", "Attendu", "Exemple"):
            assert f"  {rubrique:<8}: " in resultat.erreur, resultat.erreur
        for mot in mots:
            assert mot in resultat.erreur, (mot, resultat.erreur)
        assert not resultat.dossier.exists()
        self.rien_de_provisoire()
        return resultat.erreur

    def rien_de_provisoire(self) -> None:
        assert [f.name for f in self.dossier.rglob(".opposable-*")] == []
