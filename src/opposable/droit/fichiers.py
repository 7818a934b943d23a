"""Les fichiers du corpus, lus une fois en nœuds, avec leur empreinte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.lecture import Noeud, lire

RACINE: Final = Path(__file__).resolve().parent.parent / "corpus"
"""Le corpus du paquet."""
A_PART: Final = ("registre/",)
"""Les dossiers que la cotation ne lit pas."""


class Fichiers:
    """Les fichiers du corpus par nom relatif. :class:`ErreurCorpus` si l'un ne se lit pas."""

    def __init__(self, racine: Path = RACINE) -> None:
        self.racine = racine
        self.empreinte = hashlib.sha256()
        self.fichiers: dict[str, Noeud] = {}
        for chemin in sorted(racine.rglob("*.yaml")):
            nom = chemin.relative_to(racine).as_posix()
            if nom.startswith(A_PART):
                continue
            octets = chemin.read_bytes()
            self.empreinte.update(nom.encode() + b"\0" + octets + b"\0")
            self.fichiers[nom] = lire_fichier(octets, nom)
        if "corpus.yaml" not in self.fichiers:
            message = "le dossier ne contient pas de corpus"
            raise ErreurCorpus([Defaut(str(racine), 0, "corpus", message, "un dossier avec corpus.yaml")])

    def dossier(self, nom: str) -> list[Noeud]:
        """Les fichiers d'un dossier, dans l'ordre de leurs noms."""
        return [n for f, n in self.fichiers.items() if f.startswith(f"{nom}/")]

    def fichier(self, nom: str) -> Noeud:
        """Un fichier ; vide s'il n'existe pas."""
        return self.fichiers.get(nom) or Noeud([] if nom == "contradictions.yaml" else {}, f"corpus/{nom}", 1)


def lire_fichier(octets: bytes, nom: str) -> Noeud:
    """Un fichier du corpus en nœuds. :class:`ErreurCorpus` si ce n'est ni de l'UTF-8 ni du YAML."""
    try:
        texte = octets.decode("utf-8")
    except UnicodeDecodeError as erreur:
        ligne = octets[: erreur.start].count(b"\n") + 1
        message = f"octet {erreur.start} : ce n'est pas de l'UTF-8"
        raise ErreurCorpus([Defaut(f"corpus/{nom}", ligne, "syntaxe", message, "un fichier en UTF-8")]) from None
    return lire(texte, f"corpus/{nom}")


def reunir(noeuds: Iterable[Noeud], quoi: str) -> dict[str, Noeud]:
    """Les clés de plusieurs fichiers, réunies. :class:`ErreurCorpus` si l'une est écrite deux fois."""
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
