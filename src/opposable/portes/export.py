"""Exporter le barème à plat : une ligne par tarif (ou par changement), en JSON, CSV ou Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import sortie

FORMATS: Final = ("json", "csv", "parquet")

Colonnes = dict[str, str]
"""Le nom de chaque colonne et son type dans un fichier Parquet."""

_TARIFS: Final[Colonnes] = {
    "code": "VARCHAR",
    "libelle": "VARCHAR",
    "nature": "VARCHAR",
    "id": "VARCHAR",
    "cellule": "VARCHAR",
    "du": "DATE",
    "au": "DATE",
    "prevu_du": "DATE",
    "report": "VARCHAR",
    "montant": "DECIMAL(9,2)",
    "manquant": "VARCHAR",
    "sources": "VARCHAR",
    "autorites": "VARCHAR",
    "corpus": "VARCHAR",
}
_CHANGEMENTS: Final[Colonnes] = {
    "code": "VARCHAR",
    "libelle": "VARCHAR",
    "id": "VARCHAR",
    "cellule": "VARCHAR",
    "le": "DATE",
    "avant": "DECIMAL(9,2)",
    "apres": "DECIMAL(9,2)",
    "sources": "VARCHAR",
    "autorites": "VARCHAR",
    "corpus": "VARCHAR",
}

Ligne = dict[str, str | None]


def verifier(format_: str | None, fichier: Path | None) -> None:
    """Refuse d'emblée un format inconnu, ou un format et un fichier qui ne vont pas ensemble."""
    if format_ is None:
        if fichier is not None:
            raise ErreurEntree(
                "OPTION_INCOMPLETE",
                "--sortie s'emploie avec --export",
                ou="--sortie",
                attendu="le format du fichier",
                exemple=f"--export csv --sortie {fichier}",
            )
        return
    if format_ not in FORMATS:
        raise ErreurEntree(
            "FORMAT_INCONNU",
            f"format d'export inconnu « {format_} »",
            ou="--export",
            attendu=", ".join(FORMATS),
            exemple="--export csv --sortie bareme.csv",
        )
    if format_ == "parquet":
        if fichier is None:
            raise ErreurEntree(
                "OPTION_INCOMPLETE",
                "un fichier Parquet ne s'affiche pas : dites où l'écrire",
                ou="--export parquet",
                attendu="--sortie FICHIER",
                exemple="--export parquet --sortie bareme.parquet",
            )
        _duckdb()


def exporter(reponse: dict[str, Any], format_: str, fichier: Path | None) -> None:
    """Écrit la réponse de ``bareme`` dans ``fichier``, ou sur la sortie standard s'il n'y en a pas."""
    if format_ == "parquet" and fichier is not None:
        _parquet(reponse, fichier)
        return
    contenu = sortie.en_json(reponse) if format_ == "json" else _csv(reponse)
    if fichier is None:
        sortie.ecrire(contenu)
    else:
        sortie.ecrire_fichier(fichier, contenu)


def lignes(reponse: dict[str, Any]) -> tuple[Colonnes, list[Ligne]]:
    """Le barème à plat : les colonnes, puis une ligne par tarif ou par changement."""
    if "changements" in reponse:
        return _CHANGEMENTS, [_ligne(_CHANGEMENTS, reponse, changement) for changement in reponse["changements"]]
    return _TARIFS, [
        _ligne(_TARIFS, reponse, {**tarif, **{cle: acte[cle] for cle in ("code", "libelle", "nature")}})
        for acte in reponse["actes"]
        for tarif in acte["tarifs"]
    ]


def _ligne(colonnes: Colonnes, reponse: dict[str, Any], valeurs: dict[str, Any]) -> Ligne:
    sources = valeurs.get("sources") or []
    ajouts = {
        "sources": " ; ".join(f"{s['document']} · {s['passage']}" for s in sources),
        "autorites": " ; ".join(dict.fromkeys(s["autorite"] for s in sources)),
        "corpus": reponse["corpus"]["version"],
    }
    return {nom: ajouts.get(nom, valeurs.get(nom)) for nom in colonnes}


def _csv(reponse: dict[str, Any]) -> str:
    import csv
    import io

    colonnes, rangees = lignes(reponse)
    flux = io.StringIO()
    auteur = csv.DictWriter(flux, fieldnames=list(colonnes), lineterminator="\n")
    auteur.writeheader()
    auteur.writerows(rangees)
    return flux.getvalue()


def _parquet(reponse: dict[str, Any], fichier: Path) -> None:
    duckdb = _duckdb()
    colonnes, rangees = lignes(reponse)
    types = ", ".join(f'"{nom}" {genre}' for nom, genre in colonnes.items())
    insertion = f"INSERT INTO bareme VALUES ({', '.join('?' for _ in colonnes)})"  # noqa: S608 - que des « ? »
    with sortie.fichier_entier(fichier) as provisoire, duckdb.connect() as base:
        base.execute(f"CREATE TABLE bareme ({types})")
        if rangees:
            base.executemany(insertion, [list(rangee.values()) for rangee in rangees])
        base.table("bareme").write_parquet(str(provisoire), compression="zstd")


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise ErreurEntree(
            "EXTRA_ABSENT",
            "l'export Parquet a besoin de duckdb, qui n'est pas installé",
            ou="--export parquet",
            attendu="l'extra « lots »",
            exemple="pip install 'opposable[lots]', ou --export csv",
        ) from None
    return duckdb
