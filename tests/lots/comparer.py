"""Contrôle un lot avec un moteur, rejoue chaque facture dans l'interprète scalaire, et rend ce qui diffère."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from tests.lots.comptes import Place, Places, comptes, placer
from tests.lots.retenues import Facture, retenir

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.facturation.entree import CasFacture, lire_facture
from opposable.facturation.reponse import coter_cas
from opposable.lots.controler import Demande, controler
from opposable.lots.factures import differences, facture_du_lot, ligne_du_lot, ligne_scalaire
from opposable.lots.mappage import Mappage, lire_mappage, voisin


@dataclass
class Bilan:
    """Ce qu'une comparaison a vu."""

    lignes: int = 0
    ecartees: int = 0
    differentes: list[tuple[str, str, dict[str, tuple[Any, Any]]]] = field(default_factory=list)


def lire(fichier: Path, ordre: str = "") -> list[dict[str, Any]]:
    with duckdb.connect() as base:
        resultat = base.execute(f"FROM read_parquet($f) {ordre}", {"f": str(fichier)})
        noms = [colonne[0] for colonne in resultat.description]
        return [dict(zip(noms, rangee, strict=True)) for rangee in resultat.fetchall()]


def controle(corpus: Corpus, demande: Demande, dossier: Path) -> dict[str, Any]:
    sortie, travail = dossier / "sortie", dossier / "travail"
    sortie.mkdir()
    travail.mkdir()
    return controler(corpus, demande, sortie, travail)


def ecarts(a: Path, b: Path, fichier: str) -> int:
    """Combien de rangées d'une sortie ne sont pas dans l'autre ; le numéro de réponse est propre à chaque contrôle."""
    with duckdb.connect() as base:
        colonnes = [r[0] for r in base.execute("DESCRIBE FROM read_parquet($f)", {"f": str(a / fichier)}).fetchall()]
        dites = ", ".join(f'"{c}"' for c in colonnes if c != "reponse")
        fichiers = {"a": str(a / fichier), "b": str(b / fichier)}
        une, autre = (f"SELECT {dites} FROM read_parquet(${x})" for x in "ab")  # noqa: S608 - nos propres colonnes
        total = 0
        for requete in (f"{une} EXCEPT ALL {autre}", f"{autre} EXCEPT ALL {une}"):
            total += int(base.execute(f"SELECT count(*) FROM ({requete})", fichiers).fetchall()[0][0])  # noqa: S608
        return total


def comparer(corpus: Corpus, demande: Demande, sortie: Path, *, seulement: int = 0) -> Bilan:
    """Compare chaque ligne du lot (ou les ``seulement`` premières factures) à l'interprète scalaire."""
    mappage = lire_mappage(corpus, demande.mappage or voisin(demande.lot))
    controlees = {(str(r["facture"]), str(r["ligne"])): r for r in lire(sortie / "lignes.parquet")}
    bilan = Bilan()
    cle = mappage.facture[0]
    factures = groupby(lire(demande.lot, f'ORDER BY "{cle}"'), key=lambda r: r[cle])
    lues: list[tuple[str, list[dict[str, Any]], CasFacture]] = []
    places: dict[int, list[Place]] = {}
    for rang, (facture, rangees) in enumerate(factures):
        if seulement and rang >= seulement:
            break
        groupes = _par_signe(mappage, list(rangees))
        try:
            cas = [lire_facture(corpus, facture_du_lot(mappage, g, corpus.vocabulaire.faits)) for g in groupes]
        except ErreurEntree as erreur:  # une facture est écartée tout entière, annulations comprises
            _ecartee(mappage, str(facture), groupes, controlees, bilan, erreur)
            continue
        lues += [(str(facture), groupe, lu) for groupe, lu in zip(groupes, cas, strict=True)]
    comptees = {code for nom in corpus.actes for f in corpus.actes[nom].frequences for code in f.compte}
    if seulement:  # les comptes demandent tout le lot
        lues = [x for x in lues if not any(ligne.code in comptees for ligne in x[2].lignes)]
    vus = Counter(_qui(groupe[0], mappage.patient) for _, groupe, _ in lues)
    for rang, (facture, groupe, lu) in enumerate(lues):
        patient = _qui(groupe[0], mappage.patient)
        if (patient is None or vus[patient] < 2) and not any(ligne.code in comptees for ligne in lu.lignes):
            places[rang] = []  # rien ne se compte ni ne se répète
            continue
        lignes = [str(r[mappage.ligne]) for r in groupe]
        qui = _qui(groupe[0], mappage.patient), _qui(groupe[0], mappage.medecin)
        places[rang] = placer(corpus, facture, lignes, qui, lu, strict=demande.strict)
    suivies = Places(p for toutes in places.values() for p in toutes)
    depuis = _couverture(mappage)
    retenues = []
    for rang, (facture, groupe, lu) in enumerate(lues):
        ici = {(p.rang, f): c for p in places[rang] for f, c in comptes(suivies, p, depuis).items()}
        qui = _qui(groupe[0], mappage.patient), _qui(groupe[0], mappage.medecin)
        retenues.append(Facture(facture, *qui, replace(lu, comptes=ici), len(groupe)))
    manifeste = json.loads((sortie / "manifeste.json").read_text(encoding="utf-8"))
    retenir(corpus, retenues, manifeste["participations_suivies"], strict=demande.strict)
    for (facture, groupe, _), retenue in zip(lues, retenues, strict=True):
        _comparer(corpus, mappage, demande, facture, groupe, retenue.cas, controlees, bilan)
    assert bilan.lignes + bilan.ecartees > 0, "aucune ligne comparée"
    return bilan


def _qui(rangee: dict[str, Any], colonne: str) -> str | None:
    return None if not colonne or rangee[colonne] is None else str(rangee[colonne])


def _couverture(mappage: Mappage) -> int | None:
    """Le jour depuis lequel le lot dit tout, s'il le dit de tous."""
    dite = mappage.couverture
    toutes = dite["patients"] == dite["medecins"] == "tous"
    return temps.jour(dite["du"]) if toutes and "du" in dite else None


def _ecartee(
    mappage: Mappage,
    facture: str,
    groupes: list[list[dict[str, Any]]],
    controlees: dict[tuple[str, str], dict[str, Any]],
    bilan: Bilan,
    erreur: ErreurEntree,
) -> None:
    lignes = [str(r[mappage.ligne]) for groupe in groupes for r in groupe]
    bilan.ecartees += len(lignes)
    if any((facture, ligne) in controlees for ligne in lignes):
        bilan.differentes.append((facture, "", {"refusée par le scalaire": (str(erreur), "")}))


def _par_signe(mappage: Mappage, rangees: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    def negative(rangee: dict[str, Any]) -> bool:
        colonnes = [mappage.faits[n].colonne for n in ("acte.honoraires", "acte.quantite") if n in mappage.faits]
        return any(rangee[c] is not None and float(rangee[c]) < 0 for c in colonnes)

    groupes = [[r for r in rangees if negative(r) == signe] for signe in (False, True)]
    return [g for g in groupes if g]


def _comparer(
    corpus: Corpus,
    mappage: Mappage,
    demande: Demande,
    facture: str,
    groupe: list[dict[str, Any]],
    cas: CasFacture,
    controlees: dict[tuple[str, str], dict[str, Any]],
    bilan: Bilan,
) -> None:
    lignes = [str(r[mappage.ligne]) for r in groupe]
    reponse = coter_cas(corpus, cas, strict=demande.strict, questions=False)
    _participation(facture, lignes, reponse, controlees, bilan)
    for rang, numero in enumerate(lignes):
        attendue = ligne_scalaire(reponse, rang)
        trouvee = controlees.get((facture, numero))
        bilan.lignes += 1
        if trouvee is None:
            bilan.differentes.append((facture, numero, {"absente du lot contrôlé": (attendue["statut"], None)}))
            continue
        obtenue = ligne_du_lot(trouvee)
        ecarts = differences(obtenue, attendue)
        if ecarts:
            bilan.differentes.append((facture, numero, {n: (obtenue[n], attendue[n]) for n in ecarts}))


def _participation(
    facture: str,
    lignes: list[str],
    reponse: dict[str, Any],
    controlees: dict[tuple[str, str], dict[str, Any]],
    bilan: Bilan,
) -> None:
    """Les participations sont celles de la facture : la somme de ses lignes est comparée au total possible."""
    for nom in ("participation_forfaitaire", "participation_actes_lourds", "remboursement"):
        dites = [controlees[facture, n][nom] for n in lignes if (facture, n) in controlees]
        dites = [d for n, d in zip(lignes, dites, strict=False) if controlees[facture, n]["statut"] != "refusee"]
        total = None if None in dites else sum(dites, Decimal(0))
        attendu = reponse["total_possible"][nom]
        if (None if attendu is None else Decimal(attendu)) != total:
            bilan.differentes.append((facture, "", {nom: (total, attendu)}))
