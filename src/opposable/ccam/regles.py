"""Ce que le corpus dit du tableau de la CCAM : ses colonnes, ce qui le montre entier, le partage des modificateurs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from opposable.droit.fichiers import CCAM, RACINE, decoder
from opposable.droit.lecture import Noeud, lire


@dataclass(frozen=True, slots=True)
class Regles:
    """``colonnes`` : par colonne, les débuts de titre qui la désignent ; ``lettres`` : les activités de chaque lettre.

    ``activites`` : toutes celles que le partage connaît ; ``empreinte`` : celle des fichiers lus.
    """

    colonnes: dict[str, tuple[str, ...]]
    chapitre_modificateurs: str
    codes_minimum: int
    lettres: dict[str, frozenset[str]]
    activites: frozenset[str]
    empreinte: str


def charger(racine: Path = RACINE) -> Regles:
    """Lit les fichiers ``ccam/`` du corpus. :class:`ErreurCorpus` si l'un d'eux est faux."""
    octets = {nom: (racine / nom).read_bytes() for nom in sorted(CCAM)}
    lus = {nom.removeprefix("ccam/"): lire(decoder(contenu, nom), f"corpus/{nom}") for nom, contenu in octets.items()}
    permises = frozenset({"colonnes", "chapitre_modificateurs", "codes_minimum"})
    export = lus["export.yaml"].cles(permises, "export", permises)
    groupes, lettres = _partage(lus["modificateurs_par_activite.yaml"])
    return Regles(
        colonnes={nom: tuple(n.texte() for n in noeud.liste()) for nom, noeud in export["colonnes"].table().items()},
        chapitre_modificateurs=export["chapitre_modificateurs"].texte(),
        codes_minimum=_entier(export["codes_minimum"]),
        lettres=lettres,
        activites=frozenset().union(*groupes.values()),
        empreinte=hashlib.sha256(b"\0".join(nom.encode() + b"\0" + c for nom, c in octets.items())).hexdigest(),
    )


def _partage(noeud: Noeud) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    cles = frozenset({"activites", "lettres"})
    partage = noeud.cles(cles, "partage", cles)
    groupes = {nom: frozenset(n.texte() for n in g.liste()) for nom, g in partage["activites"].table().items()}
    requises = frozenset({"se_code", "dit"})
    lettres: dict[str, frozenset[str]] = {}
    for lettre, dite in partage["lettres"].table().items():
        noms = dite.cles(requises, lettre, requises)["se_code"].liste(lettre, vide=False)
        for nom in noms:
            if nom.texte() not in groupes:
                raise nom.defaut(f"groupe inconnu « {nom.texte()} »", regle=lettre, attendu=", ".join(groupes))
        lettres[lettre] = frozenset().union(*(groupes[nom.texte()] for nom in noms))
    return groupes, lettres


def _entier(noeud: Noeud) -> int:
    texte = noeud.texte()
    if not (texte.isascii() and texte.isdigit()):
        raise noeud.defaut(f"« {texte} » n'est pas un nombre entier", attendu="des chiffres", exemple="7000")
    return int(texte)
