"""Exporter le barème à plat : une rangée par ligne de table (ou par changement), en JSON, CSV ou Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import sortie

FORMATS: Final = ("json", "csv", "parquet")

Colonnes = dict[str, str]
"""Le nom de chaque colonne et son type dans un fichier Parquet."""

_VALEURS: Final[Colonnes] = {
    "sorte": "VARCHAR",
    "code": "VARCHAR",
    "libelle": "VARCHAR",
    "nature": "VARCHAR",
    "id": "VARCHAR",
    "territoire": "VARCHAR",
    "cellule": "VARCHAR",
    "du": "DATE",
    "au": "DATE",
    "prevu_du": "DATE",
    "effectif_du": "DATE",
    "report": "VARCHAR",
    "montant": "DECIMAL(9,2)",
    "taux": "DECIMAL(5,4)",
    "valeur": "VARCHAR",
    "manquant": "VARCHAR",
    "conditions": "VARCHAR",
    "sources": "VARCHAR",
    "autorites": "VARCHAR",
    "corpus": "VARCHAR",
    "empreinte": "VARCHAR",
}
_CHANGEMENTS: Final[Colonnes] = {
    "sorte": "VARCHAR",
    "code": "VARCHAR",
    "libelle": "VARCHAR",
    "id": "VARCHAR",
    "territoire": "VARCHAR",
    "cellule": "VARCHAR",
    "le": "DATE",
    "prevu_le": "DATE",
    "effectif_le": "DATE",
    "report": "VARCHAR",
    "avant": "DECIMAL(9,2)",
    "apres": "DECIMAL(9,2)",
    "avant_texte": "VARCHAR",
    "apres_texte": "VARCHAR",
    "motif": "VARCHAR",
    "sources": "VARCHAR",
    "autorites": "VARCHAR",
    "corpus": "VARCHAR",
    "empreinte": "VARCHAR",
}
_SORTES: Final = (("tarifs", "tarif"), ("bases", "base"), ("taux", "taux"), ("tiers_payant", "tiers_payant"))

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
    contenu = sortie.en_json(reponse) if format_ == "json" else en_csv(reponse)
    if fichier is None:
        sortie.ecrire(contenu)
    else:
        sortie.ecrire_fichier(fichier, contenu)


def lignes(reponse: dict[str, Any]) -> tuple[Colonnes, list[Ligne]]:
    """Le barème à plat : les colonnes, puis une rangée par ligne de table et par territoire, ou par changement."""
    if "changements" in reponse:
        return _CHANGEMENTS, [_rangee(_CHANGEMENTS, reponse, c) for c in _changements(reponse)]
    return _VALEURS, [_rangee(_VALEURS, reponse, v) for v in _valeurs(reponse)]


def _valeurs(reponse: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Chaque ligne de chaque table ; une ligne d'outre-mer par territoire, avec son propre identifiant."""
    for acte in reponse["actes"]:
        communs = {cle: acte[cle] for cle in ("code", "libelle", "nature")}
        for cle, sorte in _SORTES:
            for ligne in acte[cle]:
                propres = {"sorte": sorte, "conditions": _conditions(acte, ligne), **communs}
                if sorte == "tarif":
                    propres["taux"] = _taux_propre(acte, ligne)
                yield from _par_territoire({**propres, **_typee("taux" if sorte == "taux" else "texte", ligne)})
    for table in reponse["parametres"]:
        for ligne in table["lignes"]:
            communs = {"sorte": "parametre", "code": table["nom"], "libelle": table["libelle"]}
            yield from _par_territoire({**communs, **_typee(table["type"], ligne)})


def _typee(genre: str, ligne: dict[str, Any]) -> dict[str, Any]:
    """La ligne, sa valeur dans la colonne de son type."""
    return {**ligne, "taux": ligne["valeur"], "valeur": None} if genre == "taux" else ligne


def _par_territoire(valeurs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """La ligne de chaque territoire, sous son identifiant ; le cas se dit alors sans lui."""
    ids, territoires = valeurs["ids"], valeurs["territoires"]
    seuls = (
        territoires if len(territoires) == len(ids) else [territoires[0] if len(territoires) == 1 else None] * len(ids)
    )
    for ident, territoire in zip(ids, seuls, strict=True):
        yield {**valeurs, "id": ident, "territoire": territoire, "cellule": valeurs["cas"]}


def _en_commun(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Vrai si deux périodes ont un jour commun."""
    return (a["du"] or "") < (b["au"] or "9999") and (b["du"] or "") < (a["au"] or "9999")


def _taux_propre(acte: dict[str, Any], ligne: dict[str, Any]) -> str | None:
    """Le taux propre à l'acte pendant cette ligne, s'il n'y en a qu'un."""
    trouves = {t["valeur"] for t in acte["taux"] if _en_commun(t, ligne)}
    return trouves.pop() if len(trouves) == 1 else None


def _conditions(acte: dict[str, Any], ligne: dict[str, Any]) -> str | None:
    """Les conditions de l'acte pendant cette ligne : le texte, ses situations, le motif."""
    dites = []
    for condition in acte["conditions"]:
        if _en_commun(condition, ligne):
            situations = " ; ".join(s["texte"] for s in condition["situations"] if _en_commun(s, ligne))
            suite = f" : {situations}" if situations else ""
            dites.append(f"{condition['texte']}{suite} [{condition['motif']}]")
    return " | ".join(dites) or None


def _changements(reponse: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Les changements de tarifs, de bases, taux et paramètres, puis de règles, une rangée par code et par ligne."""
    for changement in (*reponse["changements"], *reponse["valeurs"]):
        argent = changement["type"] == "montant"
        textes = {f"{cle}_texte": changement[cle] or changement[f"{cle}_manquant"] for cle in ("avant", "apres")}
        montants = {cle: changement[cle] if argent else None for cle in ("avant", "apres")}
        yield from _par_territoire({**changement, **textes, **montants})
    for condition in reponse["conditions"]:
        dits = {f"{cle}_texte": " ; ".join(condition[cle]) or None for cle in ("avant", "apres")}
        for code in condition["codes"] or [None]:
            communs = {cle: condition[cle] for cle in ("le", "motif", "sources", "sorte")}
            yield {**communs, **dits, "code": code}


def _rangee(colonnes: Colonnes, reponse: dict[str, Any], valeurs: dict[str, Any]) -> Ligne:
    sources = valeurs.get("sources") or []
    ajouts = {
        "sources": " ; ".join(f"{s['document']} · {s['passage']}" for s in sources),
        "autorites": " ; ".join(dict.fromkeys(s["autorite"] for s in sources)),
        "corpus": reponse["corpus"]["version"],
        "empreinte": reponse["corpus"]["hash"],
    }
    return {nom: ajouts.get(nom, valeurs.get(nom)) for nom in colonnes}


def en_csv(reponse: dict[str, Any]) -> str:
    """Le barème à plat, en CSV : la virgule pour séparateur, UTF-8, une rangée de titres."""
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
