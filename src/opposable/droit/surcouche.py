"""Les surcouches : des corrections datées, écrites par l'utilisateur, validées comme le corpus.

Une surcouche ajoute, remplace, remplit ou retire des lignes par leur identifiant, ou ajoute un acte ou une table.
Ce module les lit ; :mod:`opposable.droit.superposition` les pose sur le corpus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opposable.droit import temps
from opposable.droit.erreurs import Defaut, ErreurCorpus, ErreurEntree
from opposable.droit.lecture import Noeud, lire

_CLES: Final = frozenset({"surcouche", "documents", "passages", "actes", "tables"})
_CLES_ENTETE: Final = frozenset({"nom", "libelle", "date", "auteur"})
_EXEMPLE_ENTETE: Final = 'surcouche: {nom: ma-correction, libelle: "Ce qu\'elle corrige", date: 2026-11-22}'
_RAISONS: Final = {FileNotFoundError: "ce fichier n'existe pas", PermissionError: "la lecture est refusée"}


@dataclass(frozen=True, slots=True)
class Surcouche:
    """Une surcouche lue : son nom, son empreinte, ce qu'elle apporte."""

    nom: str
    libelle: str
    empreinte: str
    documents: Noeud
    passages: Noeud
    actes: Noeud
    tables: Noeud
    date: str = ""
    auteur: str = ""
    fichier: str = ""

    def en_dict(self) -> dict[str, str]:
        """Ce que chaque réponse en dit."""
        return {"nom": self.nom, "libelle": self.libelle, "hash": self.empreinte}


def lire_surcouches(chemins: Iterable[Path]) -> tuple[tuple[Surcouche, ...], list[Defaut]]:
    """Lit des surcouches, rangées par empreinte (l'ordre où on les donne ne compte pas), et leurs défauts de forme.

    :class:`ErreurEntree` si le seul défaut est un fichier qui ne se lit pas, :class:`ErreurCorpus` si un YAML est faux.
    """
    couches: list[Surcouche] = []
    defauts: list[Defaut] = []
    faux: list[Defaut] = []
    illisibles: list[ErreurEntree] = []
    for chemin in chemins:
        try:
            couches.append(_lire_surcouche(Path(chemin), defauts))
        except ErreurEntree as erreur:
            illisibles.append(erreur)
        except ErreurCorpus as erreur:
            faux.extend(erreur.defauts)
    if len(illisibles) == 1 and not faux and not defauts:
        raise illisibles[0]
    faux += [Defaut(e.ou, 0, "lecture", e.message, e.attendu, e.exemple) for e in illisibles]
    if faux:
        raise ErreurCorpus([*faux, *defauts])
    return tuple(sorted(couches, key=lambda couche: couche.empreinte)), defauts


def _lire_surcouche(chemin: Path, defauts: list[Defaut]) -> Surcouche:
    """Lit une surcouche ; note ses défauts de forme, et prend pour vide ce qui n'a pas la bonne."""
    try:
        octets = chemin.read_bytes()
    except OSError as erreur:
        raison = "c'est un dossier" if chemin.is_dir() else _RAISONS.get(type(erreur), "lecture impossible")
        raise ErreurEntree(
            "SURCOUCHE_ILLISIBLE",
            f"la surcouche ne se lit pas ({raison})",
            ou=str(chemin),
            attendu="un fichier YAML",
            exemple="--surcouche ma_surcouche.yaml",
        ) from None
    try:
        texte = octets.decode("utf-8")
    except UnicodeDecodeError as erreur:
        raise ErreurEntree(
            "UTF8_INVALIDE",
            f"octet {erreur.start} : ce n'est pas de l'UTF-8",
            ou=str(chemin),
            attendu="un fichier YAML en UTF-8",
        ) from None
    racine = lire(texte, str(chemin))
    cles, vide = racine.table("surcouche"), Noeud({}, str(chemin), 1)
    entete = _entete(racine, cles.get("surcouche"), defauts)
    try:
        racine.cles(_CLES, "surcouche")
    except ErreurCorpus as erreur:
        defauts.extend(erreur.defauts)
    blocs = {cle: cles.get(cle, vide) for cle in ("documents", "passages", "actes", "tables")}
    for cle, bloc in blocs.items():
        try:
            bloc.table(cle)
        except ErreurCorpus as erreur:
            defauts.extend(erreur.defauts)
            blocs[cle] = vide
    return Surcouche(
        entete.get("nom", str(chemin)), entete.get("libelle", ""), hashlib.sha256(octets).hexdigest()[:16],
        blocs["documents"], blocs["passages"], blocs["actes"], blocs["tables"],
        entete.get("date", ""), entete.get("auteur", ""), str(chemin),
    )  # fmt: skip


def _entete(racine: Noeud, noeud: Noeud | None, defauts: list[Defaut]) -> dict[str, str]:
    """Les textes de l'en-tête ; note ses défauts."""
    if noeud is None:
        message, attendu = "il manque l'en-tête « surcouche »", "surcouche: {nom, libelle, date}"
        defauts.append(Defaut(racine.fichier, racine.ligne, "surcouche", message, attendu, _EXEMPLE_ENTETE))
        return {}
    textes: dict[str, str] = {}
    try:
        cles = noeud.cles(_CLES_ENTETE, "surcouche", _CLES_ENTETE - {"auteur"})
    except ErreurCorpus as erreur:
        defauts.extend(d.avec_exemple(_EXEMPLE_ENTETE) for d in erreur.defauts)
        return {}
    for cle, valeur in cles.items():
        try:
            textes[cle] = valeur.texte("surcouche")
            if cle == "date":
                temps.jour(textes[cle])
        except ErreurCorpus as erreur:
            defauts.extend(erreur.defauts)
        except ValueError:
            message = f"« {textes[cle]} » n'est pas une date"
            defauts.append(Defaut(valeur.fichier, valeur.ligne, "surcouche", message, "AAAA-MM-JJ", "date: 2026-11-22"))
    return textes


def identifiant_de_ligne(prefixe: str, noeud: Noeud, territoire: str = "") -> str:
    """L'identifiant d'une ligne de table : son acte ou sa table, son nom, son territoire s'il y en a, sa date imprimée.

    :class:`ErreurCorpus` s'il manque « du ».
    """
    cles = noeud.table(prefixe)
    if "du" not in cles:
        raise noeud.defaut("il manque la clé « du »", regle=prefixe, attendu="AAAA-MM-JJ ou origine")
    nom = cles["nom"].texte(prefixe) if "nom" in cles else ""
    return ".".join(m for m in (prefixe, nom, territoire, cles["du"].texte(prefixe)) if m)
