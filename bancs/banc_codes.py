"""Banc : le contrôle complet avec les codes du corpus, puis avec huit mille ; mêmes lignes par ailleurs.

Les codes de plus sont des copies, à l'identique, des actes du corpus, sous des noms inventés (``X0001``…). Un lien vers
un code vise aussi ses copies : le code d'origine devient une famille qu'elles partagent. Chaque ligne du lot est
facturée par une copie de son acte, la même pour toute la facture ; les majorations que le plafond du dépassement
autorisé cherche par leur code gardent leur nom. Le droit appliqué est donc le même, et les réponses sont comparées.

Deux répartitions : *égale*, chaque copie d'un acte aussi fréquente que les autres, le pire cas ; *inégale*, la copie de
rang r d'un acte est prise en proportion de 1/r, comme les codes d'une nomenclature. Budget : au plus 1,5 fois le temps.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

BUDGET = 1.5
LIENS = ("s_ajoute_a", "incompatibles", "non_verifies")
REPONSES = (
    "statut", "honoraires", "tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur",
    "depassement", "nature_depassement", "ligne_tarif", "ligne_base", "ligne_taux", "motifs",
)  # fmt: skip


def multiplier(corpus: Any, combien: int) -> tuple[Any, dict[str, list[str]]]:
    """Le corpus avec ``combien`` actes, les siens et leurs copies ; et tous les noms de chaque acte."""
    originaux = list(corpus.actes)
    uniques = {code for nom in originaux for code in corpus.actes[nom].tarif_coordonne}
    copies = [code for code in originaux if code not in uniques]
    noms = {code: [code] for code in originaux}
    for rang in range(combien - len(originaux)):
        noms[copies[rang % len(copies)]].append(f"X{rang + 1:04d}")
    actes = {}
    for code in originaux:
        acte = corpus.actes[code]
        liens = {champ: tuple(replace(lien, famille=True) for lien in getattr(acte, champ)) for champ in LIENS}
        for nom in noms[code]:
            actes[nom] = replace(acte, code=nom, familles=acte.familles | {code}, **liens)
    return replace(corpus, actes=actes, familles=corpus.familles | set(originaux), memo={}), noms


def disperser(base: Any, lot: Path, noms: Mapping[str, list[str]], vers: Path, *, egale: bool) -> int:
    """Le même lot, chaque ligne sous un des noms de son acte ; combien de codes différents il porte."""
    from outils import texte

    tirage = "(hash(l.facture) % 1000003) / 1000003.0"
    # 1/r : le rang dont le logarithme est tiré uniformément.
    rang = f"floor({tirage} * len(n.liste))" if egale else f"floor(pow(len(n.liste) + 1, {tirage}) - 1)"
    base.execute("CREATE OR REPLACE TABLE noms (code VARCHAR, liste VARCHAR[])")
    base.executemany("INSERT INTO noms VALUES (?, ?)", [[code, liste] for code, liste in noms.items()])
    base.execute(
        f"COPY (SELECT l.* REPLACE (n.liste[1 + {rang}::INTEGER] AS code) FROM {texte(lot)} l "  # noqa: S608
        f"JOIN noms n USING (code) ORDER BY facture, ligne) TO {texte(vers)} (FORMAT parquet, COMPRESSION zstd)"
    )
    return int(base.execute(f"SELECT count(DISTINCT code) FROM {texte(vers)}").fetchone()[0])  # noqa: S608


def differences(base: Any, une: Path, autre: Path) -> int:
    """Combien de lignes n'ont pas la même réponse dans les deux sorties, ou manquent à l'une."""
    from outils import texte

    change = " OR ".join(f"u.{nom} IS DISTINCT FROM a.{nom}" for nom in REPONSES)
    (combien,) = base.execute(
        f"SELECT count(*) FROM {texte(une)} u FULL JOIN {texte(autre)} a USING (facture, ligne) "  # noqa: S608
        f"WHERE u.facture IS NULL OR a.facture IS NULL OR {change}"
    ).fetchone()
    return int(combien)


def principal() -> None:
    """Mesure, compare et affiche."""
    options = argparse.ArgumentParser(description="Le contrôle complet avec les codes du corpus, puis huit mille.")
    options.add_argument("--lignes", type=int, default=1_000_000, help="lignes du lot (1 000 000)")
    options.add_argument("--codes", type=int, default=8_000, help="codes du corpus multiplié (8 000)")
    options.add_argument("--tours", type=int, default=3, help="mesures de chaque lot (3)")
    demande = options.parse_args()
    import duckdb

    from opposable.lots.generer import Demande, generer, voisins
    from opposable.portes.python import corpus as charger
    from outils import GRAINE, controler, entrelacer, mapper, milliers

    corpus = charger()
    grand, copies = multiplier(corpus, demande.codes)
    with tempfile.TemporaryDirectory(prefix="banc-codes-") as dossier, duckdb.connect() as base:
        chemin = Path(dossier)
        lot = chemin / "lot.parquet"
        generer(corpus, Demande(demande.lignes, GRAINE), voisins(lot))
        seuls = {code: [code] for code in corpus.actes}
        cas = {
            f"{len(corpus.actes)} codes": (corpus, seuls, True),
            f"{milliers(demande.codes)} codes, lot de {len(corpus.actes)}": (grand, seuls, True),
            f"{milliers(demande.codes)} codes, inégale": (grand, copies, False),
            f"{milliers(demande.codes)} codes, égale": (grand, copies, True),
        }
        mappage = mapper(corpus, base, lot)
        gestes: dict[str, Callable[[], object]] = {}
        vus, sorties = {}, {}
        etapes: dict[str, list[dict[str, float]]] = {nom: [] for nom in cas}
        for rang, (nom, (droit, noms, egale)) in enumerate(cas.items()):
            entree, sorties[nom] = chemin / f"lot_{rang}.parquet", chemin / f"sortie_{rang}.parquet"
            vus[nom] = disperser(base, lot, noms, entree, egale=egale)

            def geste(nom: str = nom, droit: Any = droit, entree: Path = entree) -> None:
                etapes[nom].append(controler(droit, mappage, entree, sorties[nom]))

            gestes[nom] = geste
        durees = entrelacer(gestes, demande.tours)
        reference = next(iter(durees))
        print(f"{milliers(demande.lignes)} lignes, contrôle complet, de Parquet à Parquet")
        print(f"médiane de {demande.tours} mesures entrelacées ; une machine partagée bruite")
        print(f"{'':26}{'codes du lot':>14}{'durée':>10}{'rapport':>10}{'différences':>14}")
        for nom, duree in durees.items():
            rapport = duree / durees[reference]
            verdict = "" if nom == reference else ("  tenu" if rapport <= BUDGET else "  DÉPASSÉ")
            autre = differences(base, sorties[reference], sorties[nom])
            print(f"{nom:26}{milliers(vus[nom]):>14}{duree:8.2f} s{rapport:10.2f}{milliers(autre):>14}{verdict}")
        print(f"où passe le temps, en secondes (médianes) ; budget {BUDGET:g} fois".replace(".", ","))
        print(f"{'':26}" + "".join(f"{nom:>26}" for nom in durees))
        for etape in etapes[reference][0]:
            medianes = [statistics.median(tour.get(etape, 0.0) for tour in etapes[nom]) for nom in durees]
            print(f"{etape:26}" + "".join(f"{m:26.2f}" for m in medianes))


if __name__ == "__main__":
    principal()
