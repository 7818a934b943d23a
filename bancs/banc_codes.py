"""Banc : le contrôle complet d'un lot d'actes techniques, avec soixante codes de la CCAM, puis avec huit mille.

Les actes sont imaginaires, bâtis par un magasin en mémoire comme par une version importée : aucune donnée réelle. Ceux
d'après le soixantième en sont des copies sous d'autres codes : le droit appliqué est le même, et les réponses sont
comparées. Le lot est celui du générateur, où l'acte seul d'un spécialiste devient un acte technique.

Trois lots pour huit mille codes : les *soixante* mêmes codes ; *inégal*, la copie de rang r d'un acte est prise en
proportion de 1/r, comme les codes d'une nomenclature ; *égal*, chaque copie aussi fréquente que les autres. Puis le
même lot, *varié* : chaque copie a d'autres tarifs que son modèle, comme les actes d'une nomenclature ; ses réponses ne
se comparent donc pas à celles des soixante (les essais le font avec l'interprète scalaire). Budget : au plus 1,5 fois
le temps. Une machine partagée bruite moins le temps processeur : les deux rapports sont donnés.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

BUDGET = 1.5
MODELES = 60
REPONSES = (
    "statut", "honoraires", "tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur",
    "depassement", "nature_depassement", "participation_forfaitaire", "participation_actes_lourds", "remboursement",
    "motifs",
)  # fmt: skip


def techniques(base: Any, lot: Path, noms: Mapping[str, list[str]], vers: Path, *, egale: bool) -> tuple[int, int]:
    """Le lot, l'acte seul d'un spécialiste devenu technique ; combien de ces lignes, et de codes différents."""
    from outils import texte

    tirage = "(hash(l.facture) % 1000003) / 1000003.0"
    # 1/r : le rang dont le logarithme est tiré uniformément.
    rang = f"floor({tirage} * len(n.liste))" if egale else f"floor(pow(len(n.liste) + 1, {tirage}) - 1)"
    base.execute("CREATE OR REPLACE TABLE noms (numero INTEGER, liste VARCHAR[])")
    base.executemany("INSERT INTO noms VALUES (?, ?)", [[rang, liste] for rang, liste in enumerate(noms.values())])
    seule = "count(*) OVER (PARTITION BY facture) = 1 AND medecin__specialite NOT LIKE 'medecine_generale%'"
    base.execute(
        f"COPY (SELECT l.* EXCLUDE (technique) "  # noqa: S608 - nos propres chemins
        f"REPLACE (CASE WHEN technique THEN n.liste[1 + {rang}::INTEGER] ELSE code END AS code, "
        "CASE WHEN technique THEN NULL ELSE honoraires END AS honoraires, "
        "CASE WHEN technique THEN CASE WHEN hash(facture || 'm') % 10 = 0 THEN 'F' END "
        "ELSE acte__modificateurs END AS acte__modificateurs), "
        "CASE WHEN technique AND hash(facture || 'a') % 8 = 0 THEN '4' END AS acte__activite "
        f"FROM (SELECT *, {seule} AS technique FROM {texte(lot)}) l "
        f"JOIN noms n ON n.numero = hash(l.facture || 'c') % {len(noms)} ORDER BY facture, ligne) "
        f"TO {texte(vers)} (FORMAT parquet, COMPRESSION zstd)"
    )
    requete = f"SELECT count(*), count(DISTINCT code) FROM {texte(vers)} WHERE code LIKE 'X%A___'"  # noqa: S608
    lignes, codes = base.execute(requete).fetchone()
    return int(lignes), int(codes)


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
    options = argparse.ArgumentParser(description="Un lot d'actes techniques, soixante codes importés puis huit mille.")
    options.add_argument("--lignes", type=int, default=1_000_000, help="lignes du lot (1 000 000)")
    options.add_argument("--codes", type=int, default=8_000, help="codes du magasin (8 000)")
    options.add_argument("--tours", type=int, default=3, help="mesures de chaque lot (3)")
    demande = options.parse_args()
    import duckdb
    from tests.lots.imaginaires import Imaginaires

    from opposable.droit.corpus import charger
    from opposable.lots.generer import Demande, generer, voisins
    from outils import GRAINE, controler, entrelacer, mapper, milliers

    soixante, tous = (Imaginaires(n, GRAINE, MODELES) for n in (MODELES, demande.codes))
    varies = Imaginaires(demande.codes, GRAINE, MODELES, varies=True)
    seuls = {code: [code] for code in tous.copies}
    with tempfile.TemporaryDirectory(prefix="banc-codes-") as dossier, duckdb.connect() as base:
        chemin = Path(dossier)
        lot = chemin / "lot.parquet"
        generer(charger(), Demande(demande.lignes, GRAINE), voisins(lot))
        combien = milliers(demande.codes)
        cas = {
            f"{MODELES} codes": (soixante, seuls, True),
            f"{combien} codes, lot de {MODELES}": (tous, seuls, True),
            f"{combien} codes, inégal": (tous, tous.copies, False),
            f"{combien} codes, égal": (tous, tous.copies, True),
            f"{combien} codes, varié": (varies, tous.copies, True),
        }
        gestes: dict[str, Callable[[], object]] = {}
        vus, sorties = {}, {}
        etapes: dict[str, list[dict[str, float]]] = {nom: [] for nom in cas}
        processeur: dict[str, list[float]] = {nom: [] for nom in cas}
        for rang, (nom, (magasin, noms, egale)) in enumerate(cas.items()):
            entree, sorties[nom] = chemin / f"lot_{rang}.parquet", chemin / f"sortie_{rang}.parquet"
            lignes, vus[nom] = techniques(base, lot, noms, entree, egale=egale)

            def geste(nom: str = nom, magasin: Imaginaires = magasin, entree: Path = entree) -> None:
                debut = time.process_time()
                corpus = charger(magasin=magasin)  # les actes se bâtissent à chaque contrôle
                etapes[nom].append(controler(corpus, mapper(corpus, base, entree), entree, sorties[nom]))
                processeur[nom].append(time.process_time() - debut)

            gestes[nom] = geste
        durees = entrelacer(gestes, demande.tours)
        reference = next(iter(durees))
        print(f"{milliers(demande.lignes)} lignes, dont {milliers(lignes)} techniques, contrôle complet")
        print(f"médiane de {demande.tours} mesures entrelacées ; une machine partagée bruite")
        print(f"{'':30}{'codes techniques':>18}{'durée':>10}{'rapport':>10}{'processeur':>14}{'différences':>14}")
        temps = {nom: statistics.median(vues) for nom, vues in processeur.items()}
        for nom, duree in durees.items():
            rapport, calcul = duree / durees[reference], temps[nom] / temps[reference]
            verdict = "" if nom == reference else ("  tenu" if rapport <= BUDGET else "  DÉPASSÉ")
            compare = cas[nom][0] is not varies
            autre = milliers(differences(base, sorties[reference], sorties[nom])) if compare else "sans objet"
            print(f"{nom:30}{milliers(vus[nom]):>18}{duree:8.2f} s{rapport:10.2f}{calcul:14.2f}{autre:>14}{verdict}")
        print(f"où passe le temps, en secondes (médianes) ; budget {BUDGET:g} fois".replace(".", ","))
        print(f"{'':30}" + "".join(f"{nom:>30}" for nom in durees))
        for etape in etapes[reference][0]:
            medianes = [statistics.median(tour.get(etape, 0.0) for tour in etapes[nom]) for nom in durees]
            print(f"{etape:30}" + "".join(f"{m:30.2f}" for m in medianes))


if __name__ == "__main__":
    principal()
