"""Banc : les règles de ligne (tarif, base, taux, part obligatoire) en colonnes et dans OpenFisca, mêmes réponses.

Les douze actes de ``openfisca/loi.py``, en métropole, faits complets, de Parquet à Parquet, dans une même exécution :

- référence : lire les colonnes des faits (une empreinte de chacune), écrire celles du résultat ;
- partie ligne d'Opposable : codage, tarif, factures au tarif opposable (une base en dépend), base et taux résolus par
  représentants, argent ; sans les autres règles ;
- contrôle complet d'Opposable : tout, relations, statuts, motifs, anomalies, sommes (davantage de travail) ;
- OpenFisca : une simulation par période où le droit ne change pas (et non par jour : c'est à son avantage), faits déjà
  codés à la lecture ; avec son indexation de paramètres par énumération, puis avec des tableaux numpy à la place.

Les valeurs de droit d'OpenFisca sont lues dans le corpus. Les réponses sont comparées ligne à ligne, au centime.
DuckDB emploie tous les cœurs, OpenFisca un seul. Budget de la conception : OpenFisca au moins dix fois plus lent.

OpenFisca n'est pas une dépendance du projet ; dans un environnement à part :
``python -m venv banc && banc/bin/pip install -e '.[lots]' openfisca-core && banc/bin/python bancs/banc_openfisca.py``
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ABSENT = (
    "banc_openfisca : sauté, OpenFisca n'est pas installé. Ce n'est pas une dépendance du projet ; pour ce banc,\n"
    "dans un environnement à part : pip install -e '.[lots]' openfisca-core, puis python bancs/banc_openfisca.py"
)
COLONNES = ("tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur", "depassement")
BUDGET = 10
PAR_JOUR = "OpenFisca, par jour"
PART_DES_ACTES = 1.12
"""Un lot généré a 12 % de lignes en trop pour en garder assez de ces actes."""


def preparer_lot(corpus: Any, base: Any, lignes: int, dossier: Path) -> Path:
    """Un lot de ``lignes`` lignes : les factures qui n'ont que ces actes, la dernière peut-être coupée."""
    from openfisca.loi import CODES
    from opposable.lots.generer import Demande, generer, voisins
    from outils import GRAINE, texte

    tout, lot = dossier / "tout.parquet", dossier / "lot.parquet"
    generer(corpus, Demande(int(lignes * PART_DES_ACTES * 1.2) + 1000, GRAINE), voisins(tout))
    codes = ", ".join(f"'{code}'" for code in CODES)
    base.execute(
        f"COPY (FROM {texte(tout)} WHERE facture NOT IN (SELECT facture FROM {texte(tout)} WHERE code NOT IN ({codes}))"  # noqa: S608
        f" ORDER BY facture, ligne LIMIT {lignes}) TO {texte(lot)} (FORMAT parquet, COMPRESSION zstd)"
    )
    tout.unlink()
    return lot


# --- Opposable ---------------------------------------------------------------------------------------------------
def partie_ligne(corpus: Any, mappage: Any, lot: Path, sortie: Path) -> tuple[int, float]:
    """Les règles de ligne seules, avec les étapes du contrôle : codage, tarif, clés de base et de taux, argent compté.

    Rend le nombre de ces clés, et la durée de leur résolution par l'interprète scalaire.
    """
    from opposable.facturation.formules import argent
    from opposable.lots import sql
    from opposable.lots.colonnes import Colonnes, Etapes
    from opposable.lots.sql import col
    from outils import controle

    with controle(corpus, mappage, lot) as fait:
        fait.preparer()
        plan, moteur, mots = fait.plan, fait.moteur, range(fait.codage.mots)
        fait._precoces()
        moteur.creer("codees", plan.lignes())
        fait._charger_masques()
        fait._tarifs(moteur.lire(plan.cles_de(plan.tarifables(), "t")))
        moteur.creer("depassantes", plan.depassantes())
        moteur.creer("lignes_depassantes", plan.de_depassantes())
        toutes = sql.choisir(sql.depuis("lignes_depassantes"), [sql.exp.Star()])
        fait._natures(moteur.lire(plan.cles_de(toutes, "n")))
        moteur.creer("relations", plan.relations_des_factures())
        moteur.creer("clefs", plan.clefs())
        fait._fondre(moteur.lire(plan.a_fondre()))
        bases, taux = moteur.lire(plan.cles("b")), moteur.lire(plan.cles("x"))
        debut = time.perf_counter()
        par_base, par_taux = [], []
        for cle in bases:
            reponse, _ = fait._resoudre("b", cle)
            par_base.append((*cle, _nombre(reponse.tarif), reponse.unitaire))
        for cle in taux:
            reponse, _ = fait._resoudre("x", cle)
            par_taux.append((*cle, _nombre(reponse.taux)))
        resolution = time.perf_counter() - debut
        types = [{f"{q}{r}": "BIGINT" for r in mots} for q in "bx"]
        moteur.charger("par_base", types[0] | {"tarif_propre": "BIGINT", "base_propre": "BIGINT"}, par_base)
        moteur.charger("par_taux", types[1] | {"taux_propre": "BIGINT"}, par_taux)
        avec = sql.depuis(plan.questionnees())
        for q, table in (("b", "par_base"), ("x", "par_taux")):
            avec = sql.joindre(avec, table, q, *((col(f"{q}{r}", "t"), col(f"{q}{r}", q)) for r in mots))
        gardees = [col(c, "t") for c in ("facture", "ligne", "h", "q")]
        unitaires = {nom: col(f"{nom}_propre") for nom in ("tarif", "base", "taux")}
        etapes = Etapes()
        argent(Colonnes(moteur, {"acte.honoraires": col("h"), "acte.quantite": col("q")}, None, etapes, unitaires))
        compte = etapes.appliquer(sql.choisir(avec, [*gardees, *(v.copy() for v in unitaires.values())]))
        resultats = [sql.nomme(sql.cast(col(nom), "INTEGER"), nom) for nom in COLONNES]
        moteur.ecrire(sql.choisir(sql.depuis(compte), [col("facture"), col("ligne"), *resultats]), sortie)
    return len(bases) + len(taux), resolution


def _nombre(choisie: Any) -> int | None:
    """La valeur d'une ligne de table choisie ; ``None`` si elle manque."""
    return choisie.valeur if choisie is not None and isinstance(choisie.valeur, int) else None


# --- OpenFisca ---------------------------------------------------------------------------------------------------
def lire_pour_openfisca(base: Any, systeme: Any, lot: Path) -> dict[str, Any]:
    """Les faits d'un lot en tableaux numpy : textes déjà codés, exonérations déjà séparées."""
    from openfisca.loi import EXONERATIONS
    from outils import texte

    def rang(nom: str, colonne: str, sinon: int) -> str:
        mots = ", ".join(f"'{v}'" for v in systeme.listes[nom])
        return f"coalesce(list_position([{mots}], {colonne}) - 1, {sinon})::SMALLINT AS {nom}"

    portees = [f"contains(patient__exonerations, '{e}') AS exoneration_{e}" for e in EXONERATIONS]
    colonnes = [
        rang("code", "code", -1), rang("specialite", "medecin__specialite", 0), rang("secteur", "medecin__secteur", -1),
        rang("option", "medecin__option", -1), rang("parcours", "contexte__parcours", -1),
        rang("acces_specifique", "contexte__acces_specifique", 0), '"date" AS date_soins',
        "facture[2:]::BIGINT AS numero",
        "patient__date_naissance AS date_naissance", "honoraires", *portees,
        "coalesce(acte__lien_ald = 'oui', false) AS lien_ald",
    ]  # fmt: skip
    lues = base.execute(f"SELECT {', '.join(colonnes)} FROM {texte(lot)}").fetchnumpy()  # noqa: S608
    return {nom: t.astype("datetime64[D]") if nom.startswith("date_") else t for nom, t in lues.items()}


def openfisca(loi: Any, lot: Path, sortie: Path, *, tables: bool, par_jour: bool = False) -> None:
    """Les mêmes règles dans OpenFisca, lues et écrites par DuckDB."""
    import duckdb

    from openfisca.regles import Systeme
    from outils import texte

    with duckdb.connect() as base:
        systeme = Systeme(loi, tables=tables)
        resultats = systeme.calculer(lire_pour_openfisca(base, systeme, lot), par_jour=par_jour)
        base.register("resultats", resultats)
        colonnes = ", ".join(f"nullif({nom}, -1) AS {nom}" for nom in COLONNES)
        base.execute(
            f"COPY (SELECT facture, ligne, {colonnes} FROM (SELECT facture, ligne FROM {texte(lot)}) l "  # noqa: S608
            f"POSITIONAL JOIN resultats) TO {texte(sortie)} (FORMAT parquet)"
        )


# --- Comparer et mesurer -----------------------------------------------------------------------------------------
def differences(base: Any, une: Path, autre: Path) -> dict[str, int]:
    """Par colonne, combien de lignes n'ont pas la même valeur, inconnus compris ; et les lignes sans vis-à-vis."""
    from outils import texte

    comptes = ", ".join(f"count(*) FILTER (u.{nom} IS DISTINCT FROM a.{nom})" for nom in COLONNES)
    seules = "count(*) FILTER (u.facture IS NULL OR a.facture IS NULL)"
    trouves = base.execute(
        f"SELECT {seules}, {comptes} FROM {texte(une)} u FULL JOIN {texte(autre)} a USING (facture, ligne)"  # noqa: S608
    ).fetchone()
    return dict(zip(("sans vis-à-vis", *COLONNES), trouves, strict=True))


def comparer(base: Any, lignes: int, fichiers: dict[str, Path]) -> None:
    """Dit combien de réponses diffèrent."""
    from outils import milliers, texte

    en_centimes = ", ".join(f"({nom} * {10_000 if nom == 'taux' else 100})::INTEGER AS {nom}" for nom in COLONNES)
    acceptees = fichiers["contrôle complet"].with_name("acceptees.parquet")
    base.execute(
        f"COPY (SELECT facture, ligne, {en_centimes} FROM {texte(fichiers['contrôle complet'])} "  # noqa: S608
        f"WHERE statut = 'acceptee') TO {texte(acceptees)} (FORMAT parquet)"
    )
    gardees = fichiers["partie ligne"].with_name("gardees.parquet")
    base.execute(
        f"COPY (SELECT l.* FROM {texte(fichiers['partie ligne'])} l "  # noqa: S608
        f"SEMI JOIN {texte(acceptees)} USING (facture, ligne)) TO {texte(gardees)} (FORMAT parquet)"
    )
    (vues,) = base.execute(f"SELECT count(*) FROM {texte(gardees)}").fetchone()  # noqa: S608
    inconnus = base.execute(
        f"SELECT count(*) FILTER (tarif IS NULL), count(*) FILTER (taux IS NULL) FROM {texte(fichiers['partie ligne'])}"  # noqa: S608
    ).fetchone()
    print(
        f"réponses de la partie ligne : {inconnus[0]} tarif inconnu, {milliers(inconnus[1])} taux inconnus des sources"
    )
    paires = [(n, fichiers["partie ligne"], f, lignes) for n, f in fichiers.items() if n.startswith("OpenFisca")]
    for nom, une, autre, combien in (*paires, ("contrôle complet, acceptées", gardees, acceptees, vues)):
        trouvees = differences(base, une, autre)
        detail = ", ".join(f"{n} {c}" for n, c in trouvees.items() if c)
        total = f"{milliers(combien)} lignes × {len(COLONNES)} colonnes" + (f" ({detail})" if detail else "")
        print(f"différences, {nom:29} {sum(trouvees.values())} sur {total}")


def principal() -> None:
    """Mesure, compare et affiche."""
    options = argparse.ArgumentParser(description="Opposable et OpenFisca sur les mêmes règles de ligne.")
    options.add_argument("--lignes", type=int, default=1_000_000, help="lignes du lot (1 000 000)")
    options.add_argument("--tours", type=int, default=3, help="mesures de chaque geste (3)")
    options.add_argument("--par-jour", action="store_true", help="mesure aussi OpenFisca avec une simulation par jour")
    demande = options.parse_args()
    if find_spec("openfisca_core") is None:
        print(ABSENT)
        return
    import duckdb

    from openfisca.loi import FAITS, lire
    from opposable.portes.python import corpus as charger
    from outils import controler, entrelacer, mapper, milliers, texte

    corpus = charger()
    with tempfile.TemporaryDirectory(prefix="banc-openfisca-") as nom, duckdb.connect() as base:
        dossier = Path(nom)
        lot = preparer_lot(corpus, base, demande.lignes, dossier)
        lignes, du, au, factures = base.execute(
            f'SELECT count(*), min("date"), max("date"), count(DISTINCT facture) FROM {texte(lot)}'  # noqa: S608
        ).fetchone()
        loi = lire(corpus, du.toordinal(), au.toordinal())
        des_lignes, complet = mapper(corpus, base, lot, FAITS), mapper(corpus, base, lot)
        noms = ["référence", "partie ligne", "contrôle complet", "OpenFisca, indexation", "OpenFisca, tableaux"]
        if demande.par_jour:
            noms.append(PAR_JOUR)
        fichiers = {nom: dossier / f"sortie_{rang}.parquet" for rang, nom in enumerate(noms)}
        resolutions: list[tuple[int, float]] = [partie_ligne(corpus, des_lignes, lot, fichiers["partie ligne"])]
        base.execute(f"CREATE TABLE resultat AS FROM {texte(fichiers['partie ligne'])}")
        empreintes = ", ".join(f'bit_xor(hash("{nom}"))' for nom in des_lignes.colonnes if nom != "medecin")

        def reference() -> None:
            base.execute(f"SELECT {empreintes} FROM {texte(lot)}").fetchall()  # noqa: S608
            base.execute(f"COPY resultat TO {texte(fichiers['référence'])} (FORMAT parquet)")

        gestes = dict(zip(noms, (
            reference,
            lambda: resolutions.append(partie_ligne(corpus, des_lignes, lot, fichiers["partie ligne"])),
            lambda: controler(corpus, complet, lot, fichiers["contrôle complet"]),
            lambda: openfisca(loi, lot, fichiers["OpenFisca, indexation"], tables=False),
            lambda: openfisca(loi, lot, fichiers["OpenFisca, tableaux"], tables=True),
            lambda: openfisca(loi, lot, fichiers[PAR_JOUR], tables=True, par_jour=True),
        ), strict=False))  # fmt: skip
        for geste in gestes.values():
            geste()
        durees = entrelacer(gestes, demande.tours)
        versions = ", ".join(f"{nom} {version(nom)}" for nom in ("duckdb", "openfisca-core", "numpy"))
        print(
            f"{milliers(lignes)} lignes, {milliers(factures)} factures, du {du} au {au}, "
            f"{len(loi.periodes)} périodes de droit ; python {sys.version.split()[0]}, {versions}"
        )
        print(f"médiane de {demande.tours} mesures entrelacées, de Parquet à Parquet ; une machine partagée bruite")
        comparer(base, lignes, fichiers)
        resolues, constante = resolutions[0][0], statistics.median(duree for _, duree in resolutions)
        print(
            f"partie ligne : {milliers(resolues)} clés de base et de taux, résolues une à une en {constante:.2f} s ; "
            "cette durée croît bien moins vite que le lot"
        )
        print(f"{'':24}{'durée':>10}{'× référence':>14}{'× partie ligne':>17}")
        for nom_, duree in durees.items():
            rapport = duree / durees["partie ligne"]
            verdict = ""
            if nom_.startswith("OpenFisca"):
                verdict = f"  (budget : {BUDGET} au moins) " + ("tenu" if rapport >= BUDGET else "NON TENU")
            print(f"{nom_:24}{duree:8.2f} s{duree / durees['référence']:14.1f}{rapport:17.1f}{verdict}")


if __name__ == "__main__":
    principal()
