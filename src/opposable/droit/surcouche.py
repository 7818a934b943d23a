"""Les surcouches : des corrections datées, écrites par l'utilisateur, validées comme le corpus.

Une surcouche ajoute, remplace ou retire des lignes par leur identifiant, ou ajoute un acte ou une table. Deux
surcouches qui touchent la même ligne sont refusées : leur ordre ne compte donc jamais.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opposable.droit.erreurs import ErreurEntree
from opposable.droit.heritage import heriter, lignee
from opposable.droit.lecture import Noeud, lire

_CLES: Final = frozenset({"surcouche", "documents", "passages", "actes", "tables"})
_RAISONS: Final = {FileNotFoundError: "ce fichier n'existe pas", PermissionError: "la lecture est refusée"}
_LISTES_ACTE: Final = ("tarifs", "bases", "taux", "tiers_payant")


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

    def en_dict(self) -> dict[str, str]:
        """Ce que chaque réponse en dit."""
        return {"nom": self.nom, "libelle": self.libelle, "hash": self.empreinte}


def lire_surcouche(chemin: Path) -> Surcouche:
    """Lit une surcouche. :class:`ErreurEntree` si elle ne se lit pas, :class:`ErreurCorpus` si elle est mal formée."""
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
    cles = racine.cles(_CLES, "surcouche", frozenset({"surcouche"}))
    entete = cles["surcouche"].cles(
        frozenset({"nom", "libelle", "date", "auteur"}), "surcouche", frozenset({"nom", "libelle", "date"})
    )

    def noeud(cle: str) -> Noeud:
        return cles.get(cle) or Noeud({}, str(chemin), 1)

    return Surcouche(
        entete["nom"].texte(), entete["libelle"].texte(), hashlib.sha256(octets).hexdigest()[:16],
        noeud("documents"), noeud("passages"), noeud("actes"), noeud("tables"),
    )  # fmt: skip


def appliquer(couches: Iterable[Surcouche], actes: dict[str, Noeud], tables: dict[str, Noeud]) -> set[str]:
    """Applique les surcouches aux nœuds, sur place ; rend les noms des actes et tables touchés.

    Un acte est corrigé avant ceux qui le reprennent : ils reprennent ses lignes corrigées, et sont touchés aussi.
    """
    touches: set[str] = set()
    vues: dict[str, str] = {}
    corrections: list[tuple[str, Noeud, Surcouche]] = []
    for couche in couches:
        for code, noeud in couche.actes.table().items():
            if "libelle" in noeud.table():
                touches.add(code)
                _nouveau(actes, code, noeud, couche, vues)
            else:
                corrections.append((code, noeud, couche))
        for nom, noeud in couche.tables.table().items():
            touches.add(nom)
            if "libelle" in noeud.table():
                _nouveau(tables, nom, noeud, couche, vues)
            else:
                _corriger(tables, nom, noeud, couche, vues, ("lignes",))
    for code, noeud, couche in sorted(corrections, key=lambda c: len(lignee(c[0], actes)) if c[0] in actes else 0):
        touches.add(code)
        _corriger(actes, code, noeud, couche, vues, _LISTES_ACTE)
    if touches:
        touches |= {code for code in actes if not touches.isdisjoint(lignee(code, actes))}
    return touches


def _reserver(ident: str, noeud: Noeud, couche: Surcouche, vues: dict[str, str]) -> None:
    if ident in vues:
        raise noeud.defaut(
            f"« {ident} » est déjà touché par la surcouche « {vues[ident]} »",
            regle=ident,
            attendu="une seule correction par ligne",
        )
    vues[ident] = couche.nom


def _nouveau(ensemble: dict[str, Noeud], nom: str, noeud: Noeud, couche: Surcouche, vues: dict[str, str]) -> None:
    _reserver(nom, noeud, couche, vues)
    if nom in ensemble:
        raise noeud.defaut(
            f"« {nom} » existe déjà dans le corpus", regle=nom, attendu="ajoute, remplace ou retire ses lignes"
        )
    ensemble[nom] = noeud


def _corriger(
    ensemble: dict[str, Noeud], nom: str, noeud: Noeud, couche: Surcouche, vues: dict[str, str], listes: tuple[str, ...]
) -> None:
    if nom not in ensemble:
        from opposable.droit.erreurs import plus_proche

        proche = plus_proche(nom, ensemble)
        suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
        raise noeud.defaut(
            f"« {nom} » n'existe pas dans le corpus{suite}",
            regle=nom,
            attendu="un code existant, ou un acte complet avec son libellé",
        )
    cible, entier = dict(ensemble[nom].table()), heriter(nom, ensemble).table()
    for liste, operations in noeud.cles(frozenset(listes), nom).items():
        prefixe = nom if liste in {"tarifs", "lignes"} else f"{nom}.{'base' if liste == 'bases' else liste}"
        lignes = list(entier[liste].liste(nom)) if liste in entier else []
        ops = operations.cles(frozenset({"ajoute", "remplace", "retire"}), nom)
        rangs = {identifiant_de_ligne(prefixe, n): r for r, n in enumerate(lignes)}
        retirees: set[int] = set()
        for n in ops["retire"].liste(nom) if "retire" in ops else []:
            retirees.add(_rang(rangs, n.texte(nom), n, couche, vues))
        for ident, n in (ops["remplace"].table(nom) if "remplace" in ops else {}).items():
            lignes[_rang(rangs, ident, n, couche, vues)] = n
        lignes = [n for r, n in enumerate(lignes) if r not in retirees]
        for n in ops["ajoute"].liste(nom) if "ajoute" in ops else []:
            _reserver(identifiant_de_ligne(prefixe, n), n, couche, vues)
            lignes.append(n)
        cible[liste] = Noeud(lignes, noeud.fichier, operations.ligne)
    ensemble[nom] = Noeud(cible, noeud.fichier, noeud.ligne)


def identifiant_de_ligne(prefixe: str, noeud: Noeud) -> str:
    """L'identifiant d'une ligne de table : son acte ou sa table, son nom s'il y en a un, sa date imprimée."""
    cles = noeud.table(prefixe)
    morceaux = [prefixe, *(cles[c].texte(prefixe) for c in ("nom", "du") if c in cles)]
    return ".".join(morceaux)


def _rang(rangs: dict[str, int], ident: str, noeud: Noeud, couche: Surcouche, vues: dict[str, str]) -> int:
    _reserver(ident, noeud, couche, vues)
    if ident not in rangs:
        raise noeud.defaut(
            f"aucune ligne « {ident} »", regle=ident, attendu=", ".join(rangs) or "aucune ligne à corriger"
        )
    return rangs[ident]


def gabarit(nom: str, libelle: str, noeud: Noeud, ligne: str, le: str) -> str:
    """La surcouche qui donnerait une valeur manquante d'une table : il reste à écrire VALEUR et sa source.

    ``ligne`` est l'identifiant de la ligne sans valeur, vide quand aucune ne couvre le cas ; ``le`` date la surcouche.
    """
    cles = noeud.table()
    cle = "montant" if cles["type"].texte() == "montant" else "valeur"
    ecrite = next((n for n in cles["lignes"].liste() if identifiant_de_ligne(nom, n) == ligne), None)
    gardees = {c: n for c, n in ecrite.table().items() if c in _GARDEES} if ecrite is not None else {}
    corps = ", ".join([*(f"{c}: {_flux(n)}" for c, n in gardees.items() or [("du", Noeud(le, "", 0))])])
    rangee = f"{{{corps}, {cle}: VALEUR, source: source_{nom}}}"
    operation = f"remplace: {{{_texte(ligne)}: {rangee}}}" if ecrite is not None else f"ajoute: [{rangee}]"
    return (
        f"surcouche: {{nom: {nom}, libelle: {_texte(libelle)}, date: {le}}}\n"
        f'documents: {{source_{nom}: {{titre: "TITRE", autorite: officiel, lu_le: {le}, verifie_le: {le}}}}}\n'
        f'passages: {{source_{nom}: {{document: source_{nom}, lieu: "ENDROIT", extrait: "EXTRAIT"}}}}\n'
        f"tables: {{{nom}: {{lignes: {{{operation}}}}}}}\n"
    )


_GARDEES: Final = ("nom", "du", "au", "cellule", "sauf_de", "report")


def _flux(noeud: Noeud) -> str:
    """Un nœud réécrit en YAML, sur une ligne."""
    if isinstance(noeud.valeur, dict):
        return "{" + ", ".join(f"{_texte(cle)}: {_flux(n)}" for cle, n in noeud.valeur.items()) + "}"
    if isinstance(noeud.valeur, list):
        return "[" + ", ".join(_flux(n) for n in noeud.valeur) + "]"
    return _texte(noeud.valeur)


def _texte(texte: str) -> str:
    return json.dumps(texte, ensure_ascii=False)
