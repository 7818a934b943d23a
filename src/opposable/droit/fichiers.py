"""Les fichiers du corpus, lus une fois en nœuds ; ceux des dispositifs et du catalogue, seulement s'ils servent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

from opposable.droit.dispositif import SECTIONS
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.lecture import Noeud, lire

T = TypeVar("T")
RACINE: Final = Path(__file__).resolve().parent.parent / "corpus"
"""Le corpus du paquet."""
FICHES: Final = "exemples_motifs.yaml"
"""La correction, l'enjeu et les exemples de chaque motif."""
ERREURS: Final = "erreurs_frequentes.yaml"
"""Les erreurs de facturation courantes."""
CCAM: Final = frozenset({"ccam/export.yaml", "ccam/modificateurs_par_activite.yaml"})
"""Ce que seul l'import d'une version de la CCAM lit (:mod:`opposable.ccam`)."""


class Paresseux(Mapping[str, T], Generic[T]):
    """Des éléments typés à leur première lecture, dans l'ordre du corpus.

    ``suite`` donne ceux des fichiers différés, lus seulement quand un nom manque ou que tout est parcouru ; ``un`` en
    cherche d'abord un seul, sans les lire tous.
    """

    def __init__(
        self,
        noeuds: Mapping[str, Noeud],
        typer: Callable[[str, Noeud], T],
        suite: Callable[[Mapping[str, Noeud]], Mapping[str, Noeud]] | None = None,
        un: Callable[[str], Noeud | None] | None = None,
    ) -> None:
        self._noeuds = noeuds
        self._typer = typer
        self._suite = suite
        self._un = un
        self._communs = tuple(noeuds)
        self._types: dict[str, T] = {}

    def communs(self) -> list[T]:
        """Les éléments qu'une facture peut lire : sans ceux des dispositifs."""
        return [self[cle] for cle in self._communs]

    def noeud(self, cle: str) -> Noeud:
        """Le nœud d'un élément, tel qu'il est écrit."""
        trouve = self._noeuds.get(cle) or self._seul(cle)
        return self._tous()[cle] if trouve is None else trouve

    def noeuds(self) -> Mapping[str, Noeud]:
        """Les nœuds de tous les éléments, tels qu'ils sont écrits."""
        return self._tous()

    def _tous(self) -> Mapping[str, Noeud]:
        if self._suite is not None:
            suite, self._suite = self._suite, None
            self._noeuds = suite(self._noeuds)
        return self._noeuds

    def _seul(self, cle: str) -> Noeud | None:
        return self._un(cle) if self._un is not None and self._suite is not None else None

    def __getitem__(self, cle: str) -> T:
        trouve = self._types.get(cle)
        if trouve is None:
            trouve = self._types[cle] = self._typer(cle, self.noeud(cle))
        return trouve

    def __contains__(self, cle: object) -> bool:
        if cle in self._noeuds or (isinstance(cle, str) and self._seul(cle) is not None):
            return True
        return cle in self._tous()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tous())

    def __len__(self) -> int:
        return len(self._tous())


class Sources:
    """Les fichiers du corpus, lus une fois en nœuds."""

    def __init__(self, racine: Path = RACINE) -> None:
        self.racine = racine
        self.empreinte = hashlib.sha256()
        self.fichiers: dict[str, Noeud] = {}
        self._dispositifs: dict[str, str] = {}
        self.lus: dict[str, dict[str, Noeud]] = {}
        """Les sections des fichiers de dispositifs déjà lus."""
        self._differes: dict[str, str] = {}
        for chemin in sorted(racine.rglob("*.yaml")):
            nom = chemin.relative_to(racine).as_posix()
            if nom.startswith("registre/"):
                continue
            octets = chemin.read_bytes()
            self.empreinte.update(nom.encode() + b"\0" + octets + b"\0")
            texte = decoder(octets, nom)
            if nom.startswith("dispositifs/"):
                self._dispositifs[nom.removeprefix("dispositifs/").removesuffix(".yaml")] = texte
            elif nom in {FICHES, ERREURS} | CCAM:
                self._differes[nom] = texte
            else:
                self.fichiers[nom] = lire(texte, f"corpus/{nom}")
        if "corpus.yaml" not in self.fichiers:
            message = "le dossier ne contient pas de corpus"
            raise ErreurCorpus([Defaut(str(racine), 0, "corpus", message, "un dossier avec corpus.yaml")])

    @property
    def dispositifs(self) -> dict[str, dict[str, Noeud]]:
        """Les sections de tous les fichiers de dispositifs, lus à leur premier emploi : une facture s'en passe."""
        for nom in self._dispositifs:
            self.sections(nom)
        return {nom: self.lus[nom] for nom in self._dispositifs}

    def sections(self, dispositif: str) -> dict[str, Noeud]:
        """Les sections du fichier d'un dispositif, lu à son premier emploi ; vide s'il n'y en a pas de ce nom."""
        if dispositif not in self._dispositifs:
            return {}
        if dispositif not in self.lus:
            nom = f"dispositifs/{dispositif}.yaml"
            noeud = lire(self._dispositifs[dispositif], f"corpus/{nom}")
            self.lus[dispositif] = noeud.cles(SECTIONS, "dispositif", frozenset({"dispositif"}))
        return self.lus[dispositif]

    def deja_lu(self, section: str, cle: str) -> Noeud | None:
        """Un élément d'un fichier de dispositif déjà lu : ce que lit un dispositif est le plus souvent dans le sien."""
        return next(
            (c[section].table()[cle] for c in self.lus.values() if section in c and cle in c[section].table()), None
        )

    def differe(self, nom: str) -> dict[str, Noeud]:
        """Les éléments d'un fichier que seul le catalogue des motifs lit ; vide s'il n'existe pas."""
        return lire(self._differes[nom], f"corpus/{nom}").table() if nom in self._differes else {}

    def avec(self, lus: Mapping[str, Noeud], section: str) -> dict[str, Noeud]:
        """Ces passages ou ces tables, avec ceux des fichiers de dispositifs."""
        suite = (cles[section] for cles in self.dispositifs.values() if section in cles)
        return reunir([Noeud(dict(lus), "", 0), *suite], {"tables": "la table"}.get(section, "le passage"))

    def tables_de(self, dispositif: str) -> Iterable[str]:
        """Les noms des tables que porte le fichier d'un dispositif."""
        cles = self.sections(dispositif)
        return cles["tables"].table() if "tables" in cles else ()

    def proprietaire(self, table: str) -> str:
        """Le dispositif dont le fichier porte cette table ; vide si elle est commune."""
        noms = (*self.lus, *(nom for nom in self._dispositifs if nom not in self.lus))
        return next((nom for nom in noms if table in self.tables_de(nom)), "")

    def dossier(self, nom: str) -> list[Noeud]:
        """Les fichiers d'un dossier."""
        return [n for f, n in self.fichiers.items() if f.startswith(f"{nom}/")]

    def fichier(self, nom: str) -> Noeud:
        """Un fichier ; vide s'il n'existe pas."""
        return self.fichiers.get(nom) or Noeud([] if nom == "contradictions.yaml" else {}, f"corpus/{nom}", 1)


def decoder(octets: bytes, nom: str) -> str:
    """Le texte d'un fichier du corpus. :class:`ErreurCorpus` si ce n'est pas de l'UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as erreur:
        ligne = octets[: erreur.start].count(b"\n") + 1
        message = f"octet {erreur.start} : ce n'est pas de l'UTF-8"
        raise ErreurCorpus([Defaut(f"corpus/{nom}", ligne, "syntaxe", message, "un fichier en UTF-8")]) from None


def reunir(noeuds: Iterable[Noeud], quoi: str) -> dict[str, Noeud]:
    """Les clés de plusieurs fichiers ; :class:`ErreurCorpus` si l'une est définie deux fois."""
    resultat: dict[str, Noeud] = {}
    for racine in noeuds:
        for nom, noeud in racine.table().items():
            if nom in resultat:
                autre = resultat[nom]
                raise noeud.defaut(
                    f"{quoi} « {nom} » est déjà défini dans {autre.fichier}, ligne {autre.ligne}", regle=nom
                )
            resultat[nom] = noeud
    return resultat
