"""Spark : le moteur d'une grappe, ici sur une machine. Chaque table intermédiaire est un dossier Parquet provisoire."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.lots import sql
from opposable.lots.moteurs import Avance, Moteur, Reglages
from opposable.lots.moteurs.entree_sortie import entete, fichiers_du_lot, illisible, memes_colonnes
from opposable.lots.moteurs.service_spark import Service, erreurs, pannes
from opposable.lots.sql import Expr, col, ent

_PAR_CASE: Final = 4
"""Autant de textes, en moyenne, dans une case du classement : au-delà, une recherche les parcourt un à un."""
_GENRES: Final = {sql.MOT: "VARCHAR"}
"""Les types d'une petite table que Spark écrit autrement."""
_NOMS: Final = {
    "STRING": "VARCHAR", "INT": "INTEGER", "TIMESTAMP": "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NTZ": "TIMESTAMP",
}  # fmt: skip
"""Les types que les deux moteurs ne nomment pas pareil."""


class MoteurSpark:
    """Le moteur Spark, sur les cœurs de la machine."""

    nom = "spark"
    dialecte = "spark"
    grand = "DECIMAL(38, 0)"

    def __init__(self, reglages: Reglages) -> None:
        self.dossier = reglages.dossier
        self.service = Service(reglages)
        self.contexte, self.session = self.service.contexte, self.service.session
        self._tables = self.dossier / "spark-tables"
        self._tables.mkdir(parents=True, exist_ok=True)
        self._dossiers: dict[str, Path] = {}
        self._rang = 0

    # --- Lire et écrire --------------------------------------------------------------------------------------
    def ouvrir_lot(self, chemin: Path) -> Mapping[str, str]:
        """Rend le lot lisible sous le nom ``lot``. Un CSV est lu comme du texte, et d'abord mis en Parquet."""
        fichiers = fichiers_du_lot(chemin, self._en_parquet)
        premier = memes_colonnes(fichiers, self._colonnes)
        self._fichiers = fichiers
        self._vue("lot", *fichiers)
        return premier

    def _colonnes(self, fichier: Path) -> dict[str, str]:
        """Les colonnes d'un fichier Parquet et leurs types, dans les mots communs aux moteurs."""
        try:
            lues = self.session.read.parquet(_chemin(fichier)).dtypes
        except erreurs():
            raise illisible(fichier, "le lot ne se lit pas : ce n'est pas un fichier Parquet que Spark lise") from None
        return {nom: _NOMS.get(genre.upper(), genre.upper()) for nom, genre in lues}

    def _en_parquet(self, chemin: Path) -> Path:
        """Le CSV en un seul fichier Parquet, dans l'ordre de ses lignes ; une case vide est nulle."""
        separateur, noms = entete(chemin)
        lecture = self.session.read.options(
            sep=separateur, quote='"', escape='"', header=True, multiLine=True, mode="FAILFAST", enforceSchema=True
        ).schema(", ".join(f"`{nom.replace('`', '``')}` STRING" for nom in noms))
        vides = [sql.nomme(exp.Nullif(this=col(nom), expression=sql.txt("")), nom) for nom in noms]
        dossier = self._neuf("lot")
        try:
            lu = lecture.csv(_chemin(chemin)).selectExpr(*(v.sql(dialect=self.dialecte) for v in vides))
            lu.coalesce(1).write.parquet(_chemin(dossier))
        except erreurs():
            raise illisible(chemin, "le lot ne se lit pas") from None
        (partie,) = dossier.glob("part-*.parquet")
        return partie

    @contextlib.contextmanager
    def pannes(self, ou: str) -> Iterator[None]:
        """Dit en français ce que Spark rencontre en écrivant."""
        with pannes(ou):
            yield

    def numerotees(self) -> exp.Select:
        """Le lot et le numéro de chaque ligne ; ses fichiers se suivent dans l'ordre de leurs noms."""
        debut = 0
        parties: list[Any] = []
        for fichier in self._fichiers:
            lues = self.session.read.parquet(_chemin(fichier))
            gardees = [col(n).sql(dialect=self.dialecte) for n in lues.columns if n.lower() != "numero"]
            parties.append(lues.selectExpr(*gardees, f"_metadata.row_index + {debut + 1} AS numero"))
            debut += lues.count()
        functools.reduce(lambda a, b: a.unionAll(b), parties).createOrReplaceTempView("lot_numerote")
        return sql.choisir(sql.depuis("lot_numerote", "l"), [exp.Star()])

    def creer(self, nom: str, requete: exp.Query, avance: Avance | None = None, *, longue: bool = False) -> None:  # noqa: ARG002
        """Matérialise une requête sous un nom ; toutes les tables de Spark sont des fichiers."""
        self._materialiser(nom, self._suivre(lambda: self._parties(nom, requete), avance))

    def renommer(self, ancien: str, nouveau: str) -> None:
        """Une table matérialisée prend la place d'une autre."""
        self._materialiser(nouveau, self._dossiers.pop(ancien))
        self.session.catalog.dropTempView(ancien)

    def en_fond(self, travail: Callable[[Moteur], None]) -> Callable[[], None]:
        """Fait le travail aussitôt : Spark emploie déjà toutes ses ressources."""
        travail(self)
        return lambda: None

    def corriger(self, table: str, corrections: str, cles: Sequence[str], colonne: str, nouvelle: str) -> None:
        """Matérialise la table corrigée à la place de l'ancienne."""
        noms = self.session.table(table).columns
        self.creer("corrigee", sql.corrigee(noms, table, corrections, cles, colonne, nouvelle))
        self.renommer("corrigee", table)

    def oublier(self, nom: str) -> None:
        """Rend la place d'une table matérialisée."""
        self.session.catalog.dropTempView(nom)
        dossier = self._dossiers.pop(nom, None)
        if dossier is not None:
            shutil.rmtree(dossier)

    def charger(self, nom: str, colonnes: Mapping[str, str], rangees: Iterable[Sequence[object]]) -> None:
        """Une petite table, depuis Python ; mise en Parquet, sa taille est connue et les jointures la diffusent."""
        schema = ", ".join(
            f"`{c}` {exp.DataType.build(_GENRES.get(genre, genre)).sql(self.dialecte)}" for c, genre in colonnes.items()
        )
        decimales = [genre.upper().startswith("DECIMAL") for genre in colonnes.values()]
        if any(decimales):
            rangees = [
                [Decimal(v) if d and isinstance(v, int) else v for v, d in zip(rangee, decimales, strict=True)]
                for rangee in rangees
            ]
        dossier = self._neuf(nom)
        donnees = self.session.createDataFrame([tuple(r) for r in rangees], schema, verifySchema=False)
        donnees.coalesce(1).write.parquet(_chemin(dossier))
        self._materialiser(nom, dossier)

    def lire(self, requete: exp.Select, avance: Avance | None = None) -> list[tuple[Any, ...]]:
        """Les rangées d'une requête ; un décimal sans décimales est un entier."""
        lues = self._suivre(lambda: self.session.sql(self.texte(requete)).collect(), avance)
        return [tuple(_entier(v) if isinstance(v, Decimal) else v for v in rangee) for rangee in lues]

    def ecrire(self, requete: exp.Select, fichier: Path, avance: Avance | None = None) -> None:
        """Écrit une requête dans un seul fichier Parquet : ses parties, bout à bout, sans les relire."""
        dossier = self._suivre(lambda: self._parties("ecrite", requete), avance)
        parties = sorted(dossier.glob("part-*.parquet"))
        seule = parties[0] if len(parties) == 1 else self._reunir(parties, dossier / "reunies.parquet")
        shutil.move(seule, fichier)
        shutil.rmtree(dossier)

    def ouvrir_parquet(self, nom: str, fichier: Path) -> None:
        """Rend un fichier Parquet lisible sous un nom."""
        self._vue(nom, fichier)

    def version(self) -> str:
        """La version de Spark."""
        return str(self.session.version)

    def fermer(self) -> None:
        """Arrête Spark et la machine Java qui le porte."""
        self.service.fermer()

    def texte(self, requete: exp.Query) -> str:
        """Le SQL d'une requête."""
        return requete.sql(dialect=self.dialecte)

    def _neuf(self, nom: str) -> Path:
        """Un dossier qui n'existe pas encore : une table remplacée peut être lue par celle qui la remplace."""
        self._rang += 1
        return self._tables / f"{self._rang}-{nom}"

    def _parties(self, nom: str, requete: exp.Query) -> Path:
        dossier = self._neuf(nom)
        self.session.sql(self.texte(requete)).write.parquet(_chemin(dossier))
        return dossier

    def _materialiser(self, nom: str, dossier: Path) -> None:
        self.oublier(nom)
        self._vue(nom, dossier)
        self._dossiers[nom] = dossier

    def _vue(self, nom: str, *chemins: Path) -> None:
        self.session.read.parquet(*map(_chemin, chemins)).createOrReplaceTempView(nom)

    def _reunir(self, parties: Sequence[Path], fichier: Path) -> Path:
        """Des fichiers Parquet de même schéma en un seul : leurs groupes de lignes sont recopiés tels quels."""
        jvm = self.contexte._jvm
        reglage = self.contexte._jsc.hadoopConfiguration()
        parquet = jvm.org.apache.parquet.hadoop

        def entree(partie: Path) -> Any:
            return parquet.util.HadoopInputFile.fromPath(jvm.org.apache.hadoop.fs.Path(partie.as_uri()), reglage)

        lecteur = parquet.ParquetFileReader.open(entree(parties[0]))
        pied = lecteur.getFileMetaData()
        lecteur.close()
        sortie = parquet.ParquetFileWriter(reglage, pied.getSchema(), jvm.org.apache.hadoop.fs.Path(fichier.as_uri()))
        sortie.start()
        for partie in parties:
            sortie.appendFile(entree(partie))
        sortie.end(pied.getKeyValueMetaData())
        return fichier

    def _suivre(self, faire: Any, avance: Avance | None) -> Any:
        """Exécute ; ``avance`` reçoit la part des tâches finies parmi celles que Spark a déjà annoncées."""
        if avance is None:
            return faire()
        etat = self.contexte.statusTracker()
        fini = threading.Event()
        etapes: dict[int, tuple[int, int]] = {}

        def suivre() -> None:
            while not fini.wait(0.2):
                for rang in etat.getActiveStageIds():
                    vue = etat.getStageInfo(rang)
                    if vue is not None:
                        etapes[rang] = vue.numCompletedTasks, vue.numTasks
                actives = set(etat.getActiveStageIds())
                faites = sum(toutes if rang not in actives else f for rang, (f, toutes) in etapes.items())
                if faites:
                    avance(faites / sum(toutes for _, toutes in etapes.values()))

        suiveur = threading.Thread(target=suivre, daemon=True)
        suiveur.start()
        try:
            return faire()
        finally:
            fini.set()
            suiveur.join()

    # --- Les expressions propres à Spark ---------------------------------------------------------------------
    def classe(self, valeur: Expr, rangs: Mapping[str, int]) -> Expr:
        """La classe d'un texte, NULL s'il n'est pas connu. Beaucoup de textes se rangent en cases, par leur CRC."""
        if not rangs:
            return sql.nul("INTEGER")
        genre = "INTEGER" if max(map(abs, rangs.values())) < 1 << 31 else "BIGINT"
        nombre = max(1, len(rangs) // _PAR_CASE)
        cases: list[list[Expr]] = [[] for _ in range(nombre)]
        for texte, rang in rangs.items():
            cases[zlib.crc32(texte.encode()) % nombre] += sql.txt(texte), sql.cast(ent(rang), genre)
        pleine = next(filter(None, cases))
        # Une case vide reçoit les textes d'une autre : aucun d'eux n'y est jamais cherché.
        tables = [_appel("map", *(e.copy() for e in case or pleine)) for case in cases]
        if nombre == 1:
            return _appel("try_element_at", tables[0], valeur.copy())
        reste = exp.Mod(this=_appel("crc32", valeur.copy()), expression=ent(nombre))
        case = sql.cast(sql.plus(reste, ent(1)), "INTEGER")
        return _appel("try_element_at", _appel("try_element_at", _appel("array", *tables), case), valeur.copy())

    def quotient(self, entier: Expr, diviseur: int) -> Expr:
        """Le quotient entier d'un nombre positif."""
        return exp.IntDiv(this=exp.Paren(this=entier.copy()), expression=ent(diviseur))

    def concatener(self, parties: Sequence[Expr]) -> Expr:
        """Des textes bout à bout ; NULL si l'un l'est."""
        return _appel("concat", *(partie.copy() for partie in parties))

    def date(self, iso: str) -> Expr:
        """Une date écrite."""
        return sql.cast(sql.txt(iso), "DATE")

    def jours_entre(self, du: Expr, au: Expr) -> Expr:
        """Les jours de ``du`` à ``au``."""
        return _appel("datediff", au.copy(), du.copy())

    def plus_jours(self, jour: Expr, nombre: Expr, signe: int) -> Expr:
        """Le jour, ``nombre`` jours plus loin ou plus tôt."""
        return _appel("date_add" if signe > 0 else "date_sub", jour.copy(), sql.cast(nombre.copy(), "INTEGER"))

    def naissance(self, jour: Expr, mois: Expr, *, plus: int) -> Expr:
        """Le jour ``mois`` mois plus tôt (au dernier jour du mois s'il n'existe pas), ``plus`` jours plus tard."""
        ecart = exp.Neg(this=exp.Paren(this=sql.cast(mois.copy(), "INTEGER")))
        tot = _appel("add_months", jour.copy(), ecart)
        return _appel("date_add", tot, ent(plus)) if plus else tot

    def absolu(self, nombre: Expr) -> Expr:
        """La valeur absolue."""
        return exp.Abs(this=nombre.copy())

    def grande_somme(self, valeur: Expr) -> Expr:
        """Une somme sur 38 chiffres, par deux sommes de 64 bits : celle des 32 bits bas et celle des bits hauts."""
        long = sql.cast(valeur.copy(), "BIGINT")
        haut = exp.Sum(this=_appel("shiftright", long, ent(32)))
        bas = exp.Sum(this=sql.masque(long, ent((1 << 32) - 1)))
        poids = sql.fois(sql.cast(haut, "DECIMAL(20, 0)"), sql.cast(ent(1 << 32), "DECIMAL(10, 0)"))
        return sql.cast(sql.plus(poids, sql.cast(bas, "DECIMAL(20, 0)")), self.grand)

    def tabule(self, rang: Expr, valeurs: Sequence[int]) -> Expr:
        """La valeur de ce rang, dès 1 ; NULL hors de la table."""
        bas = _appel("greatest", rang.copy(), ent(0))
        borne = _appel("least", bas, ent(len(valeurs) + 1))
        place = sql.cast(sql.moins(borne, ent(1)), "INTEGER")
        genre = "INTEGER" if max(map(abs, valeurs)) < 1 << 31 else "BIGINT"
        table = sql.cast(_appel("array", *(exp.Literal.number(v) for v in valeurs)), f"ARRAY<{genre}>")
        return _appel("get", table, place)

    def empreinte(self, *valeurs: Expr) -> Expr:
        """Une empreinte de 64 bits."""
        return _appel("xxhash64", *(v.copy() for v in valeurs))

    def euros(self, centimes: Expr) -> Expr:
        """Des centimes en euros, décimaux exacts."""
        centieme = sql.cast(exp.Literal.number("0.01"), "DECIMAL(3, 2)")
        return sql.cast(sql.fois(sql.cast(centimes.copy(), "DECIMAL(12, 0)"), centieme), "DECIMAL(12, 2)")

    def taux(self, dix_milliemes: Expr) -> Expr:
        """Des dix-millièmes en taux, décimaux exacts."""
        unite = sql.cast(exp.Literal.number("0.0001"), "DECIMAL(5, 4)")
        return sql.cast(sql.fois(sql.cast(dix_milliemes.copy(), "DECIMAL(6, 0)"), unite), "DECIMAL(6, 4)")

    def mois(self, date: Expr) -> Expr:
        """Le premier jour du mois."""
        return _appel("trunc", date.copy(), sql.txt("MM"))

    def bit(self, rang: Expr) -> Expr:
        """L'entier dont seul ce bit est mis."""
        return _appel("shiftleft", sql.cast(ent(1), "BIGINT"), sql.cast(rang.copy(), "INTEGER"))

    def bits(self, valeur: Expr) -> Expr:
        """Combien de bits différents une valeur de bits réunit."""
        return _appel("bit_count", _appel("bit_or", valeur.copy()))

    def au_minimum(self, valeur: Expr, de: Expr) -> Expr:
        """La valeur là où ``de`` est le plus petit."""
        return _appel("min_by", valeur.copy(), de.copy())

    def liste(self, texte: Expr) -> Expr:
        """La liste des mots d'un texte, séparés par une espace ; vide pour un texte vide."""
        mots = _appel("split", texte.copy(), sql.txt(" "))
        return sql.selon((sql.egal(texte, sql.txt("")), sql.cast(exp.Array(), "ARRAY<STRING>")), sinon=mots)

    def ensemble(self, entier: Expr) -> Expr:
        """Les nombres d'un groupe, triés, en un texte séparé par des virgules."""
        lus = _appel("sort_array", _appel("collect_list", entier.copy()))
        return _appel("array_join", exp.Cast(this=lus, to=exp.DataType.build("ARRAY<STRING>")), sql.txt(","))


def _appel(nom: str, *arguments: Expr) -> Expr:
    return exp.Anonymous(this=nom, expressions=list(arguments))


def _entier(valeur: Decimal) -> Decimal | int:
    return int(valeur) if valeur.as_tuple().exponent == 0 else valeur


def _chemin(chemin: Path) -> str:
    """Un chemin tel que Spark le lit : ce qui y désignerait plusieurs fichiers est échappé."""
    return "file://" + re.sub(r"([\\*?\[\]{}])", r"\\\1", str(chemin.resolve()))
