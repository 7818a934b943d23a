"""Ce que les bancs de lots partagent : un lot généré, son mappage, un contrôle, des mesures entrelacées."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opposable.droit.corpus import Corpus
from opposable.lots.controler import Controle, Demande
from opposable.lots.controler import controler as controler_lot
from opposable.lots.mappage import Mappage, ecrire_mappage, lire_mappage
from opposable.lots.moteurs import Reglages, ouvrir
from opposable.lots.sorties import LIGNES

GRAINE = 42
IDENTIFIANTS = ("facture", "ligne", "date", "medecin", "patient", "code", "honoraires")


def texte(chemin: Path) -> str:
    """Le chemin comme texte SQL."""
    return "'" + str(chemin).replace("'", "''") + "'"


def mapper(corpus: Corpus, base: Any, lot: Path, faits: Iterable[str] | None = None) -> Mappage:
    """Le mappage d'un lot généré : toutes ses colonnes de faits, ou celles de ces ``faits`` seulement."""
    colonnes = [nom for nom, *_ in base.execute(f"DESCRIBE FROM {texte(lot)}").fetchall() if nom not in IDENTIFIANTS]
    dits = {nom.replace("__", ".", 1): nom for nom in colonnes}
    if faits is not None:
        dits = {fait: dits[fait] for fait in faits}
    ecrits: dict[str, str | Mapping[str, str]] = {
        "facture.date": "date",
        "acte.code": "code",
        "acte.honoraires": {"colonne": "honoraires", "unite": "centimes"},
        **dits,
    }
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / "mappage.yaml"
        fichier.write_text(ecrire_mappage(ecrits, facture="facture", ligne="ligne", medecin="medecin"), "utf-8")
        return lire_mappage(corpus, fichier)


@contextmanager
def controle(corpus: Corpus, mappage: Mappage, lot: Path) -> Iterator[Controle]:
    """Un contrôle à mener étape par étape, dans un moteur neuf, fermé à la fin."""
    with tempfile.TemporaryDirectory(dir=lot.parent) as dossier:
        moteur = ouvrir("duckdb", Reglages("", Path(dossier)))
        try:
            yield Controle(corpus, mappage, moteur, lot)
        finally:
            moteur.fermer()


def controler(corpus: Corpus, mappage: Mappage, lot: Path, sortie: Path) -> dict[str, float]:
    """Le contrôle complet d'un lot, ses lignes écrites dans ``sortie`` ; la durée de chaque étape, en secondes."""
    debut = avant = time.perf_counter()
    durees: dict[str, float] = {}

    def suivi(etape: str, _part: float) -> None:
        nonlocal avant
        ici = time.perf_counter()
        durees[etape] = durees.get(etape, 0.0) + ici - avant
        avant = ici

    with tempfile.TemporaryDirectory(dir=lot.parent) as nom:
        dossier, travail, fichier = Path(nom, "resultat"), Path(nom, "travail"), Path(nom, "mappage.yaml")
        dossier.mkdir()
        travail.mkdir()
        fichier.write_text(mappage.texte, "utf-8")
        controler_lot(corpus, Demande(lot, fichier), dossier, travail, suivi)
        durees["total"] = time.perf_counter() - debut
        (dossier / LIGNES).replace(sortie)
    return durees


def entrelacer(gestes: Mapping[str, Callable[[], object]], tours: int) -> dict[str, float]:
    """La durée médiane de chaque geste, en secondes : à chaque tour, tous se suivent, et le dernier change."""
    noms = list(gestes)
    durees: dict[str, list[float]] = {nom: [] for nom in noms}
    for tour in range(tours):
        place = tour % len(noms)
        for nom in noms[place:] + noms[:place]:
            debut = time.perf_counter()
            gestes[nom]()
            durees[nom].append(time.perf_counter() - debut)
    return {nom: statistics.median(d) for nom, d in durees.items()}


def milliers(nombre: int) -> str:
    """Un nombre lisible : ``1 000 000``."""
    return f"{nombre:,}".replace(",", " ")
