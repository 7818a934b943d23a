"""De quoi fabriquer de petits corpus : le corpus du paquet, copié, puis changé en un endroit."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from opposable.droit.corpus import RACINE, Corpus, charger
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.preuve import prouver

PASSAGE_D_ESSAI = """\
essai:
  document: "001"
  lieu: "Pour les essais"
  extrait: "un extrait d'essai"
"""


@dataclass
class Atelier:
    """Une copie du corpus, à changer puis à charger. Le passage « essai » y est toujours citable."""

    racine: Path

    def ecrit(self, fichier: str, texte: str) -> None:
        """Écrit un fichier de la copie."""
        (self.racine / fichier).write_text(texte, encoding="utf-8")

    def ajoute(self, fichier: str, texte: str) -> None:
        """Ajoute à la fin d'un fichier de la copie."""
        chemin = self.racine / fichier
        chemin.write_text(chemin.read_text(encoding="utf-8") + texte, encoding="utf-8")

    def lit(self, fichier: str) -> str:
        """Le texte d'un fichier de la copie."""
        return (self.racine / fichier).read_text(encoding="utf-8")

    def refuse(self, fichier: str, texte: str, regle: str, message: str, attendu: str) -> None:
        """Écrit ce fichier, et vérifie qu'il est refusé pour ce seul défaut, situé à sa ligne « # ICI »."""
        self.ecrit(fichier, texte)
        ligne = next(rang for rang, t in enumerate(texte.split("\n"), 1) if "# ICI" in t)
        [trouve] = self.defauts("ESSAI" if fichier.startswith("actes") else "essai")
        assert (trouve.fichier, trouve.ligne, trouve.regle) == (f"corpus/{fichier}", ligne, regle)
        assert message in " ".join(trouve.message.split())
        assert trouve.attendu
        assert attendu in trouve.attendu

    def charge(self, surcouches: Iterable[Path] = ()) -> Corpus:
        """Le corpus de la copie."""
        return charger(self.racine, surcouches)

    def defauts(self, *a_prouver: str) -> list[Defaut]:
        """Tous les défauts : au chargement, sinon au typage, sinon à la preuve des noms donnés."""
        try:
            corpus = self.charge()
            types = corpus.tout_typer()
        except ErreurCorpus as erreur:
            return erreur.defauts
        return types or [defaut for nom in a_prouver for defaut in prouver(corpus, nom)]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """Le corpus du paquet, chargé une fois."""
    return charger()


@pytest.fixture
def atelier(tmp_path: Path) -> Atelier:
    """Une copie du corpus du paquet, avec le passage « essai » en plus."""
    racine = tmp_path / "corpus"
    shutil.copytree(RACINE, racine)
    resultat = Atelier(racine)
    resultat.ecrit("passages/essai.yaml", PASSAGE_D_ESSAI)
    return resultat
