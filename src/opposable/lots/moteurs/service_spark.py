"""Démarrer Spark sur la machine, et l'arrêter : la mémoire, Java, les dossiers où il déborde."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.lots.moteurs import Reglages
from opposable.lots.moteurs.entree_sortie import plus_de_place

MEMOIRE: Final = "4g"
"""Ce qui est accordé à Spark si rien n'est demandé."""
_QUANTITE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgt])(i?b)?", re.IGNORECASE)
_MEBIOCTETS: Final = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
_MEBIOCTETS_AU_MOINS: Final = 512
"""Spark se réserve 300 Mio et refuse de démarrer avec moins d'une fois et demie cette réserve."""
_TACHES_PAR_COEUR: Final = 4
"""En combien de parts un cœur traite un regroupement : plus il y en a, moins chacune tient de mémoire."""
_OCTETS_PAR_METHODE: Final = 8000
"""Java ne compile pas une méthode plus longue : Spark doit alors découper son calcul, deux fois plus rapide ainsi."""
_JOURNAL: Final = """\
rootLogger.level = error
rootLogger.appenderRef.sortie.ref = sortie
appender.sortie.type = Console
appender.sortie.name = sortie
appender.sortie.target = SYSTEM_ERR
appender.sortie.layout.type = PatternLayout
appender.sortie.layout.pattern = %p %c{1}: %m%n
"""


class Service:
    """Une session Spark et la machine Java qui la porte. Ce que Java écrit va dans ``spark.log``."""

    def __init__(self, reglages: Reglages) -> None:
        memoire = lire_memoire(reglages.memoire)
        try:
            from pyspark import SparkConf, SparkContext
            from pyspark.errors import PySparkException
            from pyspark.java_gateway import launch_gateway
            from pyspark.sql import SparkSession
        except ImportError:
            raise _absent("PySpark n'est pas installé") from None
        if _java() is None:
            raise _absent("Spark ne trouve pas Java")
        self._dossier = reglages.dossier
        conf = self._conf(SparkConf(), memoire)
        avant = os.environ.get("SPARK_CONF_DIR")
        os.environ["SPARK_CONF_DIR"] = self._reglages()
        self._journal = (self._dossier / "spark.log").open("ab")
        try:
            self._passerelle: Any = launch_gateway(conf, popen_kwargs={"stderr": self._journal})
            self.contexte: Any = SparkContext(gateway=self._passerelle, conf=conf)
        except (PySparkException, OSError):
            self._journal.close()
            raise _absent("Spark n'a pas démarré : Java est trop ancien, ou la mémoire manque") from None
        finally:
            if avant is None:
                del os.environ["SPARK_CONF_DIR"]
            else:
                os.environ["SPARK_CONF_DIR"] = avant
        self.contexte.setLogLevel("ERROR")
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # une erreur se lève, elle ne s'écrit pas
        self.session: Any = SparkSession(self.contexte)

    def fermer(self) -> None:
        """Arrête la session, puis la machine Java : la mémoire est rendue."""
        from pyspark import SparkContext

        self.session.stop()
        self._passerelle.shutdown()
        java = self._passerelle.proc
        if java is not None:
            java.stdin.close()
            try:
                java.wait(timeout=20)
            except subprocess.TimeoutExpired:
                java.kill()
                java.wait()
        SparkContext._gateway = SparkContext._jvm = None
        self._journal.close()

    def _conf(self, conf: Any, memoire: str) -> Any:
        """Une session locale, sans interface ni port ouvert au dehors, dont tout ce qui déborde va dans le dossier."""
        valeurs = {
            "spark.app.name": "opposable",
            "spark.master": "local[*]",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": memoire,
            "spark.local.dir": self._provisoire("debord"),
            "spark.sql.warehouse.dir": self._provisoire("entrepot"),
            "spark.sql.session.timeZone": "UTC",
            # Déduire des contraintes de conditions aussi longues que celles du corpus prend un temps exponentiel.
            "spark.sql.constraintPropagation.enabled": "false",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.timeType.enabled": "true",
            "spark.sql.codegen.hugeMethodLimit": str(_OCTETS_PAR_METHODE),
            "spark.sql.shuffle.partitions": str(_TACHES_PAR_COEUR * (os.cpu_count() or 1)),
        }
        for cle, valeur in valeurs.items():
            conf.set(cle, valeur)
        return conf

    def _reglages(self) -> str:
        """Le dossier de réglages que Java lit : Spark n'y parle que de ses erreurs."""
        dossier = self._provisoire("reglages")
        (Path(dossier) / "log4j2.properties").write_text(_JOURNAL, encoding="utf-8")
        return dossier

    def _provisoire(self, nom: str) -> str:
        dossier = self._dossier.resolve() / f"spark-{nom}"
        dossier.mkdir(parents=True, exist_ok=True)
        return str(dossier)


def erreurs() -> tuple[type[Exception], ...]:
    """Les erreurs de Spark, de la machine Java et du système, et celle d'un texte qui n'est pas en UTF-8."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError, OSError, UnicodeDecodeError


@contextlib.contextmanager
def pannes(ou: str) -> Iterator[None]:
    """Dit en français une mémoire insuffisante ou une écriture impossible ; le reste passe tel quel."""
    try:
        yield
    except erreurs() as erreur:
        dit = str(erreur)
        if "OutOfMemoryError" in dit or "Unable to acquire" in dit:
            raise ErreurEntree(
                "MEMOIRE_INSUFFISANTE", "la mémoire accordée ne suffit pas", ou="--memoire",
                attendu="davantage de mémoire", exemple="--memoire 8GiB",
            ) from None  # fmt: skip
        if isinstance(erreur, OSError) or "java.io." in dit:
            raise plus_de_place(ou) from None
        raise


def _java() -> str | None:
    """La commande ``java`` : celle de JAVA_HOME, sinon celle du système."""
    maison = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(maison) / "bin" / "java")) if maison else shutil.which("java")


def _absent(message: str) -> ErreurEntree:
    return ErreurEntree(
        "MOTEUR_ABSENT", message, ou="--moteur", attendu="PySpark 4, et Java 17 ou plus récent (JAVA_HOME ou java)",
        exemple="apt install openjdk-17-jre-headless, puis pip install 'opposable[lots,spark]'",
    )  # fmt: skip


def lire_memoire(demandee: str) -> str:
    """La mémoire dans l'écriture de Spark. :class:`ErreurEntree` si elle ne se lit pas ou ne suffit pas."""
    trouvee = _QUANTITE.fullmatch(demandee.strip() or MEMOIRE)
    if trouvee is None:
        raise ErreurEntree(
            "MEMOIRE_ILLISIBLE", f"« {demandee} » n'est pas une quantité de mémoire", ou="--memoire",
            attendu="un nombre et son unité", exemple="--memoire 2GiB",
        )  # fmt: skip
    mebioctets = int(float(trouvee.group(1)) * _MEBIOCTETS[trouvee.group(2).lower()])
    if mebioctets < _MEBIOCTETS_AU_MOINS:
        raise ErreurEntree(
            "MEMOIRE_INSUFFISANTE", f"Spark ne démarre pas avec « {demandee} » de mémoire", ou="--memoire",
            attendu=f"{_MEBIOCTETS_AU_MOINS}MiB au moins", exemple="--memoire 2GiB",
        )  # fmt: skip
    return f"{mebioctets}m"
