"""Réexplique une ligne d'un lot contrôlé : son cas est rebâti, l'interprète scalaire répond, les deux sont comparés."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.frequence import LECTURES, Compte, Comptes
from opposable.facturation.entree import lire_facture
from opposable.facturation.reponse import coter_cas
from opposable.lots.controler import octets
from opposable.lots.factures import differences, facture_du_lot, ligne_du_lot, ligne_scalaire
from opposable.lots.mappage import Mappage, lire_mappage
from opposable.lots.moteurs.avec_duckdb import importer, lecture_csv, pannes
from opposable.lots.plafonds import FAITS_RETENUS
from opposable.lots.sorties import ECARTEES, FREQUENCES, LIGNES, MANIFESTE, MAPPAGE, PARTICIPATIONS


def expliquer(corpus: Corpus, sortie: Path, ident: str) -> dict[str, Any]:
    """La comparaison d'une ligne et la réponse entière de sa facture.

    ``ident`` : ``FACTURE/LIGNE``. :class:`ErreurEntree` si la sortie, le lot ou la ligne manquent, ou si le
    corpus n'est plus celui du contrôle.
    """
    manifeste = _manifeste(corpus, sortie)
    lot = Path(manifeste["lot"]["fichier"])
    if not lot.exists() or octets(lot) != manifeste["lot"]["octets"]:
        raise _lot_change(str(lot))
    mappage = lire_mappage(corpus, sortie / MAPPAGE)
    facture, _, ligne = ident.rpartition("/")
    if not facture or not ligne:
        raise ErreurEntree(
            "LIGNE_INCONNUE", f"« {ident} » ne dit pas la facture et la ligne", ou="--ligne",
            attendu="l'identifiant de la facture, une barre, celui de la ligne", exemple="--ligne F0000000001/1",
        )  # fmt: skip
    duckdb = importer("expliquer")
    with pannes(duckdb, str(sortie)), duckdb.connect() as base:
        controlees = _rangees(base, sortie / LIGNES, "facture", facture)
        lues = _rangees(base, lot, _cle(mappage), facture)
        comptes = _rangees(base, sortie / FREQUENCES, "facture", facture) if (sortie / FREQUENCES).exists() else []
        deja = _rangees(base, sortie / PARTICIPATIONS, "facture", facture) if (sortie / PARTICIPATIONS).exists() else []
    trouvees = [r for r in controlees if str(r["ligne"]) == ligne]
    if not trouvees:
        raise _introuvable(duckdb, sortie, facture, ligne)
    trouvees.sort(key=_annulee)  # la ligne avant son annulation
    suivis = (
        manifeste["participations_suivies"] if deja or manifeste["strict"] else ()
    )  # loin d'un plafond : zéro, supposé
    retenues = {nom: (deja[0] if deja else {}).get(f"deja_{nom}", 0) for nom in suivis}
    return _comparer(
        corpus, mappage, lues, comptes, retenues, trouvees[0], f"{facture}/{ligne}", strict=manifeste["strict"]
    )


def _lot_change(ou: str) -> ErreurEntree:
    return ErreurEntree(
        "LOT_CHANGE", "le lot a disparu ou changé depuis le contrôle", ou=ou,
        attendu="le lot tel qu'il a été contrôlé", exemple="opposable controler lot.parquet --sortie sortie-2",
    )  # fmt: skip


def _comparer(
    corpus: Corpus,
    mappage: Mappage,
    lues: list[dict[str, Any]],
    comptes: list[dict[str, Any]],
    retenues: dict[str, int | None],
    controlee: dict[str, Any],
    ident: str,
    *,
    strict: bool,
) -> dict[str, Any]:
    facture, _, ligne = ident.rpartition("/")
    negative = _annulee(controlee)
    memes = [r for r in lues if _negative(mappage, r) == negative]
    rang = next((rang for rang, r in enumerate(memes) if str(r[mappage.ligne]) == ligne), None)
    if rang is None:
        raise _lot_change("le lot")
    cas = lire_facture(corpus, {"id": facture, **facture_du_lot(mappage, memes, corpus.vocabulaire.faits)})
    rangs = {str(r[mappage.ligne]): rang for rang, r in enumerate(memes)}
    cas.comptes = {(rangs[str(c["ligne"])], c["frequence"]): _comptes(c) for c in comptes if str(c["ligne"]) in rangs}
    if not negative:
        cas.faits |= {FAITS_RETENUS[nom]: deja for nom, deja in retenues.items()}
    reponse = coter_cas(corpus, cas, strict=strict)
    dites, attendues = ligne_du_lot(controlee), ligne_scalaire(reponse, rang)
    return {
        "facture": facture,
        "ligne": ligne,
        "lot": dites,
        "scalaire": attendues,
        "differences": differences(dites, attendues),
        "reponse": reponse,
    }


def _comptes(rangee: dict[str, Any]) -> Comptes:
    """Les comptes d'une limite, tels que le contrôle les a faits."""
    return {nom: Compte(rangee[f"certains_{nom}"], rangee[f"possibles_{nom}"]) for nom in LECTURES}


def _annulee(controlee: dict[str, Any]) -> bool:
    """Vrai si une ligne contrôlée est une annulation."""
    return any(controlee[nom] is not None and controlee[nom] < 0 for nom in ("quantite", "honoraires"))


def _negative(mappage: Mappage, rangee: dict[str, Any]) -> bool:
    """Vrai si la ligne est une annulation."""
    for nom in ("acte.honoraires", "acte.quantite"):
        colonne = mappage.faits.get(nom)
        if colonne is not None and rangee[colonne.colonne] is not None and float(rangee[colonne.colonne]) < 0:
            return True
    return False


def _manifeste(corpus: Corpus, sortie: Path) -> dict[str, Any]:
    try:
        manifeste: dict[str, Any] = json.loads((sortie / MANIFESTE).read_text(encoding="utf-8"))
        empreinte, _ = manifeste["corpus"]["hash"], (manifeste["lot"]["fichier"], manifeste["strict"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ErreurEntree(
            "SORTIE_ABSENTE", "ce dossier n'est pas la sortie d'un contrôle", ou=str(sortie),
            attendu=f"un dossier avec {MANIFESTE}", exemple="opposable expliquer sortie --ligne F0000000001/1",
        ) from None  # fmt: skip
    if empreinte != corpus.empreinte:
        raise ErreurEntree(
            "CORPUS_CHANGE", "ce lot a été contrôlé avec un autre corpus ou d'autres surcouches", ou=str(sortie),
            attendu=f"le corpus {empreinte}, et ici c'est {corpus.empreinte}",
            exemple="les mêmes --surcouche que pour « opposable controler »",
        )  # fmt: skip
    return manifeste


def _cle(mappage: Mappage) -> str:
    parties = [f"CAST({_nom(c)} AS VARCHAR)" for c in mappage.facture]
    if len(parties) > 1:
        parties = [f"replace(replace({partie}, '%', '%25'), '|', '%7C')" for partie in parties]
    return " || '|' || ".join(parties)


def _rangees(base: Any, fichier: Path, cle: str, facture: str) -> list[dict[str, Any]]:
    """Les rangées d'une facture, dans l'ordre du fichier."""
    if fichier.is_dir():
        fichier /= "*.parquet"
    nom = str(fichier).replace("'", "''")
    lecture = lecture_csv(fichier) if fichier.suffix.lower() == ".csv" else f"read_parquet('{nom}')"
    duckdb = importer("expliquer")
    try:
        resultat = base.execute(f"SELECT * FROM {lecture} WHERE CAST({cle} AS VARCHAR) = $f", {"f": facture})  # noqa: S608
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        raise ErreurEntree(
            "FICHIER_ILLISIBLE", "ce fichier manque ou ne se lit pas", ou=str(fichier),
            attendu="le fichier tel que le contrôle l'a laissé",
            exemple="opposable expliquer sortie --ligne F0000000001/1",
        ) from None  # fmt: skip
    noms = [colonne[0] for colonne in resultat.description]
    return [dict(zip(noms, rangee, strict=True)) for rangee in resultat.fetchall()]


def _introuvable(duckdb: Any, sortie: Path, facture: str, ligne: str) -> ErreurEntree:
    ecartees = sortie / ECARTEES
    if ecartees.exists():
        with duckdb.connect() as base:
            for rangee in _rangees(base, ecartees, "facture", facture):
                return ErreurEntree(
                    "LIGNE_ECARTEE", f"cette facture a été écartée : {rangee['message']}", ou="--ligne",
                    attendu=rangee["attendu"], exemple="une ligne de lignes.parquet",
                )  # fmt: skip
    return ErreurEntree(
        "LIGNE_INCONNUE", "cette ligne n'est pas dans le lot contrôlé", ou=f"--ligne {facture}/{ligne}",
        attendu="une facture et une ligne de lignes.parquet", exemple="--ligne F0000000001/1",
    )  # fmt: skip


def _nom(colonne: str) -> str:
    return '"' + colonne.replace('"', '""') + '"'
