"""Les champs d'un formulaire : ils viennent des faits qu'un dispositif lit, et se relisent en un cas.

Un champ s'appelle comme le fait (``medecin.secteur``) ; une liste se colle d'un tableur, ses colonnes en première
ligne. Un champ vide ne dit rien.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit.dispositif import Dispositif
from opposable.droit.entree import exemple
from opposable.droit.fait import Fait
from opposable.portes import patients as tableaux

AUCUN: Final = "aucun"
"""Ce qui s'écrit dans un champ à plusieurs valeurs pour dire qu'il n'y en a pas."""
_NOMBRE: Final = re.compile(r"\d[\d \u00a0\u202f]*(?:,\d+)?")
"""Un nombre tel qu'on l'écrit en français : « 1 200,50 », « 14 900 »."""
_CLAVIERS: Final = {"entier": "numeric", "montant": "decimal", "nombre": "decimal", "taux": "decimal"}


@dataclass(frozen=True, slots=True)
class Champ:
    """Un champ : son nom, sa sorte (choix, plusieurs, texte, date, tableau, json), ce qu'on y lit et y écrit."""

    nom: str
    sorte: str
    libelle: str
    aide: str = ""
    unite: str = ""
    exemple: str = ""
    options: tuple[tuple[str, str], ...] = ()
    valeur: str = ""
    obligatoire: bool = False
    usuel: str = ""
    """Ce qui est supposé si le champ est vide."""
    clavier: str = ""
    """Le clavier d'un nombre sur un téléphone : « numeric » ou « decimal »."""


def champ(fait: Fait, nom: str, valeurs: Mapping[str, str]) -> Champ:
    """Le champ d'un fait, sous ce nom."""
    options: tuple[tuple[str, str], ...] = ()
    if fait.type == "oui_non":
        options = (("oui", "Oui"), ("non", "Non"))
    elif fait.type == "choix":
        options = tuple(fait.valeurs.items())
    aide = " ".join(dict.fromkeys(p for p in (fait.question, fait.aide) if p))
    usuel = "" if fait.usuel is None else str(fait.dit(fait.usuel))
    if fait.type == "liste":
        permises = ", ".join(fait.valeurs)
        aide = f"{aide} Séparés par des virgules, parmi : {permises} ; ou « {AUCUN} »."
        return Champ(
            nom, "plusieurs", fait.libelle, aide, exemple=AUCUN, valeur=valeurs.get(nom, ""),
            obligatoire=fait.obligatoire, usuel=usuel,
        )  # fmt: skip
    # Une date qui peut être sans objet (« aucune ») s'écrit : un calendrier ne saurait le dire.
    sorte = "choix" if options else "date" if fait.type == "date" and not fait.sans_objet else "texte"
    return Champ(
        nom, sorte, fait.libelle, aide, fait.unite or ("€" if fait.type == "montant" else ""),
        exemple(fait).strip('"'), options, valeurs.get(nom, ""), fait.obligatoire, usuel, _CLAVIERS.get(fait.type, ""),
    )  # fmt: skip


def tableau(dispositif: Dispositif, liste: str, nom: str, valeurs: Mapping[str, str]) -> Champ:
    """Le champ d'une liste d'un dispositif, sous ce nom : un tableau collé, un exemple montre ses colonnes."""
    une = next(li for li in dispositif.listes if li.nom == liste)
    faits = dispositif.de_liste(liste)
    premiere = ";".join(f.exemple for f in faits)
    choix = " ; ".join(f"{f.libelle.lower()} : {', '.join(f.valeurs)}" for f in faits if f.valeurs)
    aide = f"{une.question}{f' ({choix})' if choix else ''}"
    modele = f"{';'.join(colonnes(dispositif, liste))}\n{premiere}"
    return Champ(nom, "tableau", une.libelle, aide, exemple=modele, valeur=valeurs.get(nom, ""))


def colonnes(dispositif: Dispositif, liste: str) -> list[str]:
    """Les colonnes du tableau d'une liste."""
    return [f.nom.removeprefix(f"{liste}.") for f in dispositif.de_liste(liste)]


def lignes(un: Champ, noms: list[str]) -> list[dict[str, str]]:
    """Les lignes d'un tableau collé. :class:`ErreurEntree` s'il ne se lit pas."""
    return tableaux.analyser(un.valeur, un.nom, noms).lignes


def valeur(champ: Champ) -> str | list[str]:
    """Ce qu'un champ simple dit : un texte (un nombre perd ses espaces et sa virgule), ou plusieurs valeurs."""
    if champ.sorte != "plusieurs":
        nombre = _NOMBRE.fullmatch(champ.valeur) is not None
        return re.sub(r"\s", "", champ.valeur).replace(",", ".") if nombre else champ.valeur
    return [] if champ.valeur.lower() == AUCUN else [mot.strip() for mot in champ.valeur.split(",") if mot.strip()]


def plats(prefixe: str, objet: Mapping[str, Any]) -> dict[str, str]:
    """Les champs qu'un objet remplit, ses sous-objets compris ; ``prefixe`` : le nom de l'objet, ou vide."""
    resultat: dict[str, str] = {}
    for cle, valeur in objet.items():
        nom = f"{prefixe}.{cle}" if prefixe else cle
        if isinstance(valeur, Mapping):
            resultat |= plats(nom, valeur)
        elif isinstance(valeur, list):
            resultat[nom] = ", ".join(str(v) for v in valeur) or AUCUN
        elif valeur is not None:
            resultat[nom] = (
                {True: "oui", False: "non"}.get(valeur, str(valeur)) if isinstance(valeur, bool) else str(valeur)
            )
    return resultat


def en_tableau(rangees: Sequence[Mapping[str, Any]], noms: Sequence[str]) -> str:
    """Le CSV de ces lignes, sans les colonnes que rien ne remplit."""
    dites = [c for c in noms if any(ligne.get(c) is not None for ligne in rangees)]
    texte = io.StringIO()
    ecrit = csv.writer(texte, delimiter=";", lineterminator="\n")
    ecrit.writerow(dites)
    ecrit.writerows([["" if ligne.get(c) is None else ligne[c] for c in dites] for ligne in rangees])
    return texte.getvalue()


def endroit(ou: str, valeurs: Mapping[str, str]) -> str:
    """L'endroit d'une faute, tel qu'on le voit sur la page : « actes, ligne 3, code ».

    ``valeurs`` : les champs envoyés ; les lignes vides d'un tableau collé comptent dans le numéro.
    """
    liste, crochet, suite = ou.partition("[")
    rang, _, cle = suite.partition("]")
    if not crochet or not rang.isdigit():
        return ou
    remplies = [n for n, ligne in enumerate(valeurs.get(liste, "").splitlines(), 1) if ligne.strip(" ;,\t")]
    place = int(rang) + 1
    numero = remplies[place] if place < len(remplies) else place + 1
    return ", ".join(p for p in (liste, f"ligne {numero}", cle.removeprefix(".")) if p)
