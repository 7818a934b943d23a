"""DuckDB : le moteur d'une machine. La mémoire est bornée ; ce qui dépasse déborde dans un dossier provisoire."""

from __future__ import annotations

import contextlib
import csv
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.moteurs import Avance, Moteur, Reglages
from opposable.lots.moteurs.ecriture_duckdb import genre_sql, nom_cite, tableau, texte_cite
from opposable.lots.moteurs.entree_sortie import entete, fichiers_du_lot, illisible, memes_colonnes, plus_de_place
from opposable.lots.moteurs.tables_duckdb import QUANTITE, TablesDuckdb
from opposable.lots.sql import Expr

MEMOIRE: Final = "2GiB"
"""Ce qui est accordé à DuckDB si rien n'est demandé."""


def importer(ou: str) -> Any:
    """Le module duckdb. :class:`ErreurEntree` s'il n'est pas installé."""
    try:
        import duckdb
    except ImportError:
        raise ErreurEntree(
            "MOTEUR_ABSENT", "les lots ont besoin de duckdb, qui n'est pas installé", ou=ou,
            attendu="l'extra « lots »", exemple="pip install 'opposable[lots]'",
        ) from None  # fmt: skip
    return duckdb


@contextlib.contextmanager
def pannes(duckdb: Any, ou: str) -> Iterator[None]:
    """Dit en français ce que DuckDB rencontre en écrivant, et rend son sens à une interruption."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except RuntimeError as erreur:
        if "interrupted" in str(erreur).lower():
            raise KeyboardInterrupt from None
        raise
    except duckdb.OutOfMemoryException as erreur:
        if "temp" in str(erreur).lower() and "disk" in str(erreur).lower():
            raise plus_de_place(ou) from None
        raise ErreurEntree(
            "MEMOIRE_INSUFFISANTE", "la mémoire accordée ne suffit pas", ou="--memoire",
            attendu="davantage de mémoire, ou de place où déborder", exemple="--memoire 4GiB",
        ) from None  # fmt: skip
    except duckdb.InvalidInputException as erreur:
        abime = re.search('Failed to read file "([^"]+)"', str(erreur))
        if abime is None:
            raise
        raise illisible(Path(abime.group(1)), "le fichier est abîmé : des données ne se lisent pas") from None
    except duckdb.IOException as erreur:
        lu = re.search(r'(?:Could not read|Cannot open file)[^"]*"([^"]+)"', str(erreur))
        if lu is not None and not Path(lu.group(1)).exists():
            raise illisible(Path(lu.group(1)), "le fichier a disparu pendant le contrôle") from None
        raise plus_de_place(ou) from None
    except OSError:
        raise plus_de_place(ou) from None


def _raison(dit: str) -> str:
    """Ce que DuckDB n'a pas pu lire, en français."""
    raisons = {
        "unterminated quote": "un guillemet n'est pas fermé",
        "unicode": "le texte n'est pas en UTF-8",
        "Number of Columns": "pas autant de valeurs que l'en-tête de colonnes",
        "Parquet": "ce n'est pas un fichier Parquet",
        "magic bytes": "ce n'est pas un fichier Parquet",
    }
    raison = next((f" : {raison}" for mot, raison in raisons.items() if mot in dit), "")
    ligne = re.search(r"Line: ([0-9]+)", dit)
    return "le lot ne se lit pas" + (f" à la ligne {ligne.group(1)} du fichier" if ligne else "") + raison


def lecture_csv(chemin: Path) -> str:
    """De quoi lire un CSV en SQL, toutes ses colonnes comme du texte ; une case vide est nulle."""
    separateur, noms = entete(chemin)
    colonnes = ", ".join(f"{texte_cite(nom)}: 'VARCHAR'" for nom in noms)
    return (
        f"read_csv({texte_cite(chemin)}, auto_detect = false, header = true, delim = {texte_cite(separateur)}, "
        f"quote = '\"', escape = '\"', columns = {{{colonnes}}})"
    )


class MoteurDuckdb(TablesDuckdb):
    """Le moteur DuckDB."""

    nom = "duckdb"
    dialecte = "duckdb"
    grand = "HUGEINT"

    def __init__(self, reglages: Reglages) -> None:
        self.duckdb = duckdb = importer("--moteur")
        memoire = reglages.memoire or MEMOIRE
        if not QUANTITE.fullmatch(memoire):
            raise ErreurEntree(
                "MEMOIRE_ILLISIBLE", f"« {reglages.memoire} » n'est pas une quantité de mémoire", ou="--memoire",
                attendu="un nombre et son unité", exemple="--memoire 2GiB",
            )  # fmt: skip
        super().__init__(duckdb.connect(config={"memory_limit": memoire}), reglages.dossier, memoire)
        self.base.execute("SET temp_directory = $d", {"d": str(self.dossier / "debord")})
        self._regler()
        self._a_cote: list[tuple[Any, threading.Thread]] = []

    def _regler(self) -> None:
        self.base.execute("SET preserve_insertion_order = false")
        # Une jointure met sa table de droite en mémoire : les requêtes y écrivent toujours la plus petite. DuckDB, qui
        # ne sait pas qu'une clé trouve toujours sa réponse, y mettait parfois tout le lot.
        self.base.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        self.base.execute("SET enable_progress_bar = true")
        self.base.execute("SET enable_progress_bar_print = false")

    # --- Lire et écrire --------------------------------------------------------------------------------------
    def ouvrir_lot(self, chemin: Path) -> Mapping[str, str]:
        """Rend le lot lisible sous le nom ``lot``. Un CSV est lu comme du texte, et d'abord mis en Parquet."""
        fichiers = fichiers_du_lot(chemin, self._en_parquet)
        premier = memes_colonnes(fichiers, self._colonnes)
        self._fichiers = fichiers
        self._noms = list(premier)
        self.base.execute(f"CREATE OR REPLACE VIEW lot AS SELECT * FROM {self._lecture()}")  # noqa: S608
        self._mesurer(self._lecture())
        return premier

    def ouvrir_table(self, nom: str, chemin: Path) -> Mapping[str, str]:
        """Rend un second fichier lisible sous un autre nom que le lot ; ses colonnes et leurs types."""
        fichiers = fichiers_du_lot(chemin, lambda csv: self._en_parquet(csv, nom))
        colonnes = memes_colonnes(fichiers, self._colonnes)
        lus = ", ".join(texte_cite(fichier) for fichier in fichiers)
        self.base.execute(f'CREATE OR REPLACE VIEW "{nom}" AS FROM read_parquet([{lus}])')
        return colonnes

    def resume(self) -> dict[str, tuple[bool, str | None]]:
        """Ce que le Parquet dit lui-même, bloc par bloc, des colonnes du lot : vrai si aucune case n'y est vide, et la
        date la plus ancienne (AAAA-MM-JJ) s'il la donne.
        """
        lus = ", ".join(texte_cite(fichier) for fichier in self._fichiers)
        requete = (
            "SELECT path_in_schema, bool_and(coalesce(stats_null_count, 1) = 0), "  # noqa: S608 - des chemins cités
            "CASE WHEN bool_and(TRY_CAST(stats_min_value AS DATE) IS NOT NULL OR stats_null_count = num_values) "
            "THEN strftime(min(TRY_CAST(stats_min_value AS DATE)), '%Y-%m-%d') END "
            f"FROM parquet_metadata([{lus}]) GROUP BY path_in_schema"
        )
        return {nom: (pleine, ancienne) for nom, pleine, ancienne in self.base.execute(requete).fetchall()}

    def _lecture(self) -> str:
        return "read_parquet([" + ", ".join(texte_cite(fichier) for fichier in self._fichiers) + "])"

    def _colonnes(self, fichier: Path) -> dict[str, str]:
        """Les colonnes d'un fichier Parquet et leurs types."""
        try:
            decrites = self.base.execute(f"DESCRIBE FROM read_parquet({texte_cite(fichier)})").fetchall()
        except self.duckdb.Error as erreur:
            raise illisible(fichier, _raison(str(erreur))) from None
        return {nom: str(genre) for nom, genre, *_ in decrites}

    def _en_parquet(self, chemin: Path, nom: str = "lot") -> Path:
        """Un CSV relu comme du texte, l'ordre de ses lignes gardé ; une case vide est nulle."""
        parquet = self.dossier / f"{nom}.parquet"
        lecture = lecture_csv(chemin)
        self.base.execute("SET preserve_insertion_order = true")
        try:
            self.base.execute(f"COPY (FROM {lecture}) TO {texte_cite(parquet)} (FORMAT parquet)")
        except self.duckdb.InvalidInputException as erreur:
            raise illisible(chemin, _raison(str(erreur))) from None
        self.base.execute("SET preserve_insertion_order = false")
        return parquet

    @contextlib.contextmanager
    def pannes(self, ou: str) -> Iterator[None]:
        """Dit en français ce que DuckDB rencontre, et rend son sens à une interruption."""
        with pannes(self.duckdb, ou):
            yield

    def numerotees(self) -> exp.Select:
        """Le lot et le numéro de chaque ligne ; ses fichiers se suivent dans l'ordre de leurs noms."""
        debut = 0
        parties = []
        gardees = ", ".join(nom_cite(nom) for nom in self._noms if nom.lower() != "numero")
        for fichier in self._fichiers:
            lecture = f"read_parquet({texte_cite(fichier)}, file_row_number = true)"
            parties.append(f"SELECT {gardees}, file_row_number + {debut + 1} AS numero FROM {lecture}")  # noqa: S608
            ((lignes,),) = self.base.execute(f"SELECT count(*) FROM read_parquet({texte_cite(fichier)})").fetchall()  # noqa: S608
            debut += lignes
        self.base.execute(f"CREATE OR REPLACE VIEW lot_numerote AS {' UNION ALL '.join(parties)}")
        return sql.choisir(sql.depuis("lot_numerote", "l"), [exp.Star()])

    def en_fond(self, travail: Callable[[Moteur], None]) -> Callable[[], None]:
        """Commence un travail dans un autre fil, par une autre connexion à la même base."""
        autre = copy(self)
        autre.base = self.base.cursor()
        autre._regler()
        levees: list[BaseException] = []

        def faire() -> None:
            try:
                travail(autre)
            except BaseException as levee:
                levees.append(levee)

        fil = threading.Thread(target=faire, daemon=True)
        self._a_cote.append((autre.base, fil))
        fil.start()

        def attendre() -> None:
            fil.join()
            if levees:
                raise levees[0]

        return attendre

    def charger(self, nom: str, colonnes: Mapping[str, str], rangees: Iterable[Sequence[object]]) -> None:
        """Une petite table, depuis Python, par un fichier CSV : plus rapide qu'une insertion par rangée."""
        fichier = self.dossier / f"{nom}.csv"
        mots: list[dict[object, None]] = [{} for _ in colonnes]
        choisis = [rang for rang, genre in enumerate(colonnes.values()) if genre == sql.MOT]
        with fichier.open("w", encoding="utf-8", newline="") as flux:
            ecrivain = csv.writer(flux, quoting=csv.QUOTE_NONNUMERIC)
            for rangee in rangees:
                for rang in choisis:
                    mots[rang][rangee[rang]] = None
                ecrivain.writerow(["\\N" if v is None else v for v in rangee])
        genres = {c: genre_sql(genre, mots[rang]) for rang, (c, genre) in enumerate(colonnes.items())}
        types = "{" + ", ".join(f"'{c}': {texte_cite(genre)}" for c, genre in genres.items()) + "}"
        self.base.execute(
            f"CREATE OR REPLACE TABLE \"{nom}\" AS FROM read_csv({texte_cite(fichier)}, header = false, delim = ',', "
            f"quote = '\"', escape = '\"', nullstr = '\\N', allow_quoted_nulls = true, auto_detect = false, "
            f"columns = {types})"
        )
        fichier.unlink()

    def lire(self, requete: exp.Select, avance: Avance | None = None) -> list[tuple[Any, ...]]:
        """Les rangées d'une requête."""
        return list(self._executer(self.texte(requete), avance))

    def ecrire(self, requete: exp.Select, fichier: Path, avance: Avance | None = None) -> None:
        """Écrit une requête dans un fichier Parquet."""
        self._executer(f"COPY ({self.texte(requete)}) TO {texte_cite(fichier)} (FORMAT parquet)", avance)

    def version(self) -> str:
        """La version de DuckDB."""
        return str(self.duckdb.__version__)

    def fermer(self) -> None:
        """Ferme la base ; ce qui travaille à côté s'arrête."""
        for base, fil in self._a_cote:
            while fil.is_alive():
                base.interrupt()
                fil.join(0.1)
            base.close()
        self.base.close()

    def texte(self, requete: exp.Query) -> str:
        """Le SQL d'une requête."""
        return requete.sql(dialect=self.dialecte)

    def _executer(self, requete: str, avance: Avance | None) -> list[tuple[Any, ...]]:
        """Exécute ; ``avance`` suit ce que DuckDB dit de son avancement."""
        if avance is None:
            return list(self.base.execute(requete).fetchall())
        fini = threading.Event()

        def suivre() -> None:
            while not fini.wait(0.2):
                part = self.base.query_progress()
                if part > 0:
                    avance(min(part / 100, 1.0))

        suiveur = threading.Thread(target=suivre, daemon=True)
        suiveur.start()
        try:
            return list(self.base.execute(requete).fetchall())
        finally:
            fini.set()
            suiveur.join()

    # --- Les expressions propres à DuckDB --------------------------------------------------------------------
    def classe(self, valeur: Expr, rangs: Mapping[str, int]) -> Expr:
        """La classe d'un texte, NULL s'il n'est pas connu. Évaluée une fois par valeur d'un dictionnaire Parquet."""
        if not rangs:
            return sql.nul("INTEGER")
        place = exp.Anonymous(this="list_position", expressions=[tableau(sql.txt(v) for v in rangs), valeur.copy()])
        return exp.Anonymous(this="list_extract", expressions=[tableau(sql.ent(r) for r in rangs.values()), place])

    def quotient(self, entier: Expr, diviseur: int) -> Expr:
        """Le quotient entier d'un nombre positif."""
        return exp.IntDiv(this=exp.Paren(this=entier.copy()), expression=sql.ent(diviseur))

    def concatener(self, parties: Sequence[Expr]) -> Expr:
        """Des textes bout à bout ; NULL si l'un l'est."""
        resultat = parties[0]
        for partie in parties[1:]:
            resultat = exp.DPipe(this=resultat, expression=partie)
        return resultat

    def date(self, iso: str) -> Expr:
        """Une date écrite."""
        return sql.cast(sql.txt(iso), "DATE")

    def jours_entre(self, du: Expr, au: Expr) -> Expr:
        """Les jours de ``du`` à ``au``."""
        return exp.Anonymous(this="date_diff", expressions=[sql.txt("day"), du.copy(), au.copy()])

    def plus_jours(self, jour: Expr, nombre: Expr, signe: int) -> Expr:
        """Le jour, ``nombre`` jours plus loin ou plus tôt."""
        return (sql.plus if signe > 0 else sql.moins)(jour, nombre)

    def naissance(self, jour: Expr, mois: Expr, *, plus: int) -> Expr:
        """Le jour ``mois`` mois plus tôt (au dernier jour du mois s'il n'existe pas), ``plus`` jours plus tard."""
        ecart = exp.Anonymous(this="to_months", expressions=[sql.cast(mois.copy(), "INTEGER")])
        tot = sql.cast(sql.moins(jour, ecart), "DATE")
        return sql.plus(tot, sql.ent(plus)) if plus else tot

    def absolu(self, nombre: Expr) -> Expr:
        """La valeur absolue."""
        return exp.Abs(this=nombre.copy())

    def grande_somme(self, valeur: Expr) -> Expr:
        """Une somme sur 128 bits."""
        return exp.Sum(this=valeur.copy())

    def tabule(self, rang: Expr, valeurs: Sequence[int]) -> Expr:
        """La valeur de ce rang, dès 1 ; NULL hors de la table."""
        place = exp.Anonymous(this="greatest", expressions=[rang.copy(), sql.ent(0)])  # -1 serait la dernière valeur
        return exp.Anonymous(this="list_extract", expressions=[tableau(sql.ent(v) for v in valeurs), place])

    def empreinte(self, *valeurs: Expr) -> Expr:
        """Une empreinte de 64 bits."""
        return exp.Anonymous(this="hash", expressions=[v.copy() for v in valeurs])

    def euros(self, centimes: Expr) -> Expr:
        """Des centimes en euros, décimaux exacts."""
        centieme = sql.cast(exp.Literal.number("0.01"), "DECIMAL(3, 2)")
        return sql.cast(sql.fois(sql.cast(centimes, "DECIMAL(12, 0)"), centieme), "DECIMAL(12, 2)")

    def taux(self, dix_milliemes: Expr) -> Expr:
        """Des dix-millièmes en taux, décimaux exacts."""
        unite = sql.cast(exp.Literal.number("0.0001"), "DECIMAL(5, 4)")
        return sql.cast(sql.fois(sql.cast(dix_milliemes, "DECIMAL(6, 0)"), unite), "DECIMAL(6, 4)")

    def mois(self, date: Expr) -> Expr:
        """Le premier jour du mois."""
        return sql.cast(exp.Anonymous(this="date_trunc", expressions=[sql.txt("month"), date.copy()]), "DATE")

    def bit(self, rang: Expr) -> Expr:
        """L'entier dont seul ce bit est mis."""
        return exp.BitwiseLeftShift(this=sql.cast(sql.ent(1), "BIGINT"), expression=rang.copy())

    def bits(self, valeur: Expr) -> Expr:
        """Combien de bits différents une valeur de bits réunit."""
        return exp.Anonymous(this="bit_count", expressions=[exp.Anonymous(this="bit_or", expressions=[valeur.copy()])])

    def au_minimum(self, valeur: Expr, de: Expr) -> Expr:
        """La valeur là où ``de`` est le plus petit."""
        return exp.Anonymous(this="arg_min", expressions=[valeur.copy(), de.copy()])

    def liste(self, texte: Expr) -> Expr:
        """La liste des mots d'un texte, séparés par une espace ; vide pour un texte vide."""
        mots = exp.Anonymous(this="string_split", expressions=[texte.copy(), sql.txt(" ")])
        return sql.selon((sql.egal(texte, sql.txt("")), sql.cast(exp.Array(), "VARCHAR[]")), sinon=mots)

    def ensemble(self, entier: Expr) -> Expr:
        """Les nombres d'un groupe, triés, en un texte séparé par des virgules."""
        lus = exp.Anonymous(this="list_sort", expressions=[exp.Anonymous(this="list", expressions=[entier.copy()])])
        return exp.Anonymous(this="array_to_string", expressions=[lus, sql.txt(",")])
