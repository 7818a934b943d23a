"""Lire des factures : un objet JSON, un tableau, ou un objet par ligne (JSONL), sans rien laisser passer de douteux.

Les montants décimaux restent le texte écrit (``30.00``), jamais un flottant. Toute anomalie est une
:class:`ErreurEntree` qui dit où, ce qui était attendu, et montre un exemple.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.portes.reperage import Place, doublon, hors_json, place

Facture = dict[str, Any]
Forme = Literal["objet", "tableau", "lignes"]

CHIFFRES_MAX: Final = 18
"""Au-delà, un entier n'a aucun sens ici, et sa lecture coûterait cher."""

_RANG: Final = re.compile(r"\[(\d+)\]\.?(.*)", re.DOTALL)
_SURROGAT: Final = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Genre:
    """Ce que l'entrée décrit : son nom dans les messages, un exemple, la commande qui la lit, les fichiers permis."""

    nom: str
    exemple: str
    commande: str
    fichiers: str = "un fichier JSON ou JSONL"

    @property
    def attendu(self) -> str:
        """Les formes permises."""
        return f"un objet JSON ({self.nom}), un tableau d'objets, ou un objet par ligne"


FACTURE: Final = Genre(
    "une facture",
    '{"date": "2026-02-10", "actes": [{"code": "G", "honoraires": "30.00"}]}',
    "opposable coter facture.json",
)


@dataclass(frozen=True)
class Lecture:
    """Les factures lues, la forme de l'entrée, et de quoi situer chacune dans le fichier."""

    nom: str
    forme: Forme
    factures: list[Facture]
    lignes: tuple[int, ...] = ()

    def situer(self, erreur: ErreurEntree) -> ErreurEntree:
        """La même erreur, située dans le fichier : « exemple.jsonl, ligne 3, actes[0].honoraires »."""
        ou, trouve = erreur.ou, _RANG.fullmatch(erreur.ou)
        if self.forme == "lignes" and trouve and int(trouve[1]) < len(self.lignes):
            ou = f"ligne {self.lignes[int(trouve[1])]}" + (f", {trouve[2]}" if trouve[2] else "")
        return ErreurEntree(
            erreur.code,
            erreur.message,
            ou=f"{self.nom}, {ou}" if ou else self.nom,
            attendu=erreur.attendu,
            exemple=erreur.exemple,
        )


def lire(source: str, genre: Genre = FACTURE) -> Lecture:
    """Lit ``source`` (un chemin, ou « - » pour l'entrée standard) et rend les objets qu'elle contient."""
    nom = "entrée standard" if source == "-" else source
    return analyser(decoder(_octets(source, genre), nom), nom, genre)


def texte_de(source: str, nom: str, genre: Genre) -> str:
    """Le texte de ``source``, qui n'est pas vide."""
    texte = decoder(_octets(source, genre), nom)
    if not texte.strip():
        raise ErreurEntree(
            "FICHIER_VIDE", "rien à lire : l'entrée est vide", ou=nom, attendu=genre.fichiers, exemple=genre.exemple
        )
    return texte


def analyser(texte: str, nom: str, genre: Genre = FACTURE) -> Lecture:
    """Les objets d'un texte déjà décodé ; ``nom`` sert à situer les erreurs."""
    if not texte.strip():
        raise ErreurEntree(
            "FICHIER_VIDE", "rien à lire : l'entrée est vide", ou=nom, attendu=genre.attendu, exemple=genre.exemple
        )
    if nom.endswith((".jsonl", ".ndjson")):
        return _lire_lignes(texte, nom, genre)
    try:
        lu = _json(texte, nom, genre)
    except _SuiteInattendue as erreur:
        if "\n" in texte[: erreur.fin].strip():
            raise ErreurEntree(
                "JSON_A_LA_SUITE",
                "plusieurs valeurs JSON se suivent, sur plusieurs lignes chacune",
                ou=f"{nom}, {place(texte, erreur.fin)}",
                attendu="un seul tableau [ … ], ou chaque objet sur sa propre ligne",
                exemple=genre.exemple,
            ) from None
        return _lire_lignes(texte, nom, genre)
    if isinstance(lu, list):
        for rang, element in enumerate(lu):
            _exiger_objet(element, f"{nom}, [{rang}]", genre)
        return Lecture(nom, "tableau", lu)
    return Lecture(nom, "objet", [_exiger_objet(lu, nom, genre)])


class _SuiteInattendue(Exception):
    """Une première valeur est complète, mais le texte continue : peut-être du JSONL."""

    def __init__(self, fin: int) -> None:
        super().__init__(fin)
        self.fin = fin


def _lire_lignes(texte: str, nom: str, genre: Genre) -> Lecture:
    factures: list[Facture] = []
    numeros: list[int] = []
    for numero, ligne in enumerate(texte.split("\n"), start=1):
        if not ligne.strip():
            continue
        ou = f"{nom}, ligne {numero}"
        try:
            lu = _json(ligne, nom, genre, lignes_avant=numero - 1)
        except _SuiteInattendue as erreur:
            raise ErreurEntree(
                "JSON_INVALIDE",
                "quelque chose suit l'objet de cette ligne",
                ou=f"{nom}, {place(ligne, erreur.fin, numero - 1)}",
                attendu="un seul objet JSON par ligne",
                exemple=genre.exemple,
            ) from None
        factures.append(_exiger_objet(lu, ou, genre))
        numeros.append(numero)
    return Lecture(nom, "lignes", factures, tuple(numeros))


def _json(texte: str, nom: str, genre: Genre, lignes_avant: int = 0) -> Any:
    def refuser(code: str, message: str, ou: Place | None, attendu: str, exemple: str = genre.exemple) -> ErreurEntree:
        return ErreurEntree(code, message, ou=f"{nom}, {ou}" if ou else nom, attendu=attendu, exemple=exemple)

    def constante(mot: str) -> Any:
        ou = hors_json(texte, mot, lignes_avant)
        raise refuser("NOMBRE_INVALIDE", f"{mot} n'est pas un nombre", ou, "un montant entre guillemets", '"30.00"')

    def entier(chiffres: str) -> int:
        if len(chiffres.removeprefix("-")) > CHIFFRES_MAX:
            ou = hors_json(texte, chiffres, lignes_avant)
            raise refuser("NOMBRE_INVALIDE", "nombre démesuré", ou, f"au plus {CHIFFRES_MAX} chiffres", '"30.00"')
        return int(chiffres)

    def objet(paires: list[tuple[str, Any]]) -> dict[str, Any]:
        lu = dict(paires)
        if len(lu) != len(paires):
            ou = doublon(texte, lignes_avant)
            cle = f"« {ou.cle} » " if ou else ""
            raise refuser("CLE_EN_DOUBLE", f"la clé {cle}est écrite deux fois", ou, "chaque clé une seule fois")
        return lu

    lecteur = json.JSONDecoder(object_pairs_hook=objet, parse_float=str, parse_int=entier, parse_constant=constante)
    try:
        lu, fin = lecteur.raw_decode(texte, len(texte) - len(texte.lstrip()))
    except json.JSONDecodeError as erreur:
        raise _json_invalide(texte, erreur, nom, genre, lignes_avant) from None
    except RecursionError:
        raise refuser("JSON_INVALIDE", "JSON imbriqué trop profondément", None, genre.attendu) from None
    if texte[fin:].strip():
        raise _SuiteInattendue(fin)
    if trouve := _SURROGAT.search(texte):
        try:
            json.dumps(lu, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            ou = place(texte, trouve.start(), lignes_avant)
            raise refuser(
                "CARACTERE_INVALIDE", "caractère impossible (moitié de paire \\uD8xx isolée)", ou, "un texte Unicode"
            ) from None
    return lu


def _json_invalide(texte: str, erreur: json.JSONDecodeError, nom: str, genre: Genre, lignes_avant: int) -> ErreurEntree:
    if texte[erreur.pos :].strip() == "" or erreur.msg.startswith("Unterminated string"):
        fin = len(texte.rstrip())
        return ErreurEntree(
            "JSON_TRONQUE",
            "le JSON s'arrête avant la fin : accolade, crochet ou guillemet non refermé",
            ou=f"{nom}, {place(texte, fin if texte[erreur.pos :].strip() == '' else erreur.pos, lignes_avant)}",
            attendu=genre.attendu,
            exemple=genre.exemple,
        )
    message, attendu = _DITS.get(erreur.msg.partition(":")[0], ("JSON invalide", genre.attendu))
    return ErreurEntree(
        "JSON_INVALIDE",
        f"{message} (lu : « {texte[erreur.pos : erreur.pos + 12].splitlines()[0]} »)",
        ou=f"{nom}, {place(texte, erreur.pos, lignes_avant)}",
        attendu=attendu,
        exemple=genre.exemple,
    )


_DITS: Final = {
    "Expecting value": ("une valeur JSON est attendue ici", "un texte entre guillemets, un nombre, {…} ou […]"),
    "Expecting property name enclosed in double quotes": (
        "un nom de clé entre guillemets doubles est attendu ici",
        '"cle": valeur, sans virgule après la dernière',
    ),
    "Illegal trailing comma before end of object": ("virgule en trop avant l'accolade", "pas de virgule finale"),
    "Illegal trailing comma before end of array": ("virgule en trop avant le crochet", "pas de virgule finale"),
    "Expecting ',' delimiter": ("il manque une virgule, ou une fermeture", "une virgule entre deux valeurs"),
    "Expecting '": ("signe manquant", "deux-points entre la clé et sa valeur"),
    "Invalid control character at": ("caractère de commande dans un texte", "\\n pour un retour à la ligne"),
    "Invalid \\escape": ("barre oblique inverse mal employée", '\\\\ pour une barre, \\" pour un guillemet'),
    "Invalid \\uXXXX escape": ("échappement \\u incomplet", "quatre chiffres hexadécimaux : \\u00e9"),
}


def _exiger_objet(lu: Any, ou: str, genre: Genre) -> Facture:
    if isinstance(lu, dict):
        return lu
    dit = {list: "un tableau", str: "un texte", bool: "oui ou non", int: "un nombre"}.get(type(lu), "null")
    raise ErreurEntree(
        "TYPE_INATTENDU", f"{dit} ne décrit pas {genre.nom}", ou=ou, attendu=genre.attendu, exemple=genre.exemple
    )


def _octets(source: str, genre: Genre) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    chemin = Path(source)
    try:
        return chemin.read_bytes()
    except FileNotFoundError:
        voisins = sorted(v.name for v in chemin.parent.iterdir()) if chemin.parent.is_dir() else []
        proche = plus_proche(chemin.name, voisins)
        suite = f" ; vouliez-vous dire « {chemin.with_name(proche)} » ?" if proche else ""
        code, message = "FICHIER_ABSENT", f"ce fichier n'existe pas{suite}"
    except IsADirectoryError:
        code, message = "FICHIER_EST_UN_DOSSIER", "c'est un dossier, pas un fichier"
    except PermissionError:
        code, message = "FICHIER_ILLISIBLE", "ce fichier ne peut pas être ouvert : droits de lecture manquants"
    except (OSError, ValueError):
        code, message = "FICHIER_ILLISIBLE", "ce fichier ne peut pas être lu"
    raise ErreurEntree(
        code,
        message,
        ou=source,
        attendu=f"{genre.fichiers}, ou « - » pour l'entrée standard",
        exemple=genre.commande,
    )


def decoder(octets: bytes, nom: str) -> str:
    """Le texte de ces octets en UTF-8. :class:`ErreurEntree` (``UTF8_INVALIDE``) sinon."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            message = "ce texte est en UTF-16, pas en UTF-8"
        else:
            ligne = octets.count(b"\n", 0, erreur.start) + 1
            message = f"octet invalide en UTF-8 : position {erreur.start}, ligne {ligne}"
        raise ErreurEntree(
            "UTF8_INVALIDE",
            message,
            ou=nom,
            attendu="un texte enregistré en UTF-8",
            exemple="dans votre éditeur : Enregistrer sous… puis Encodage UTF-8",
        ) from None
