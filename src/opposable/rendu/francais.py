"""Les formats français : montants, taux, dates, énumérations, tels qu'une personne les lit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from opposable.droit import temps

ABSENT: Final = "—"
"""Ce qui s'affiche à la place d'une valeur inconnue ; jamais zéro."""

_DECIMAL: Final = re.compile(r"(-?)(\d+)(?:\.(\d+))?")
_MARQUES: Final = re.compile(r"\*\*|</?[bi]>")
_EXPOSANT: Final = re.compile(r"\^\{(\w+)\}")
_INVISIBLES: Final = re.compile(r"[^\S ]+|[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def montant(texte: str | None) -> str:
    """Un montant en euros : ``"1234.50"`` se lit « 1 234,50 € » ; inconnu, « — »."""
    if texte is None:
        return ABSENT
    signe, entier, decimales = _decouper(texte)
    return f"{signe}{_milliers(entier)},{decimales.ljust(2, '0')} €"


def taux(texte: str | None) -> str:
    """Un taux décimal en pourcentage : ``"0.70"`` se lit « 70 % », ``"0.175"`` « 17,5 % » ; inconnu, « — »."""
    if texte is None:
        return ABSENT
    signe, entier, decimales = _decouper(texte)
    chiffres = entier + decimales.ljust(2, "0")
    virgule = len(entier) + 2
    gauche, droite = chiffres[:virgule].lstrip("0") or "0", chiffres[virgule:].rstrip("0")
    return f"{signe}{gauche},{droite} %" if droite else f"{signe}{gauche} %"


def nombre(texte: str | None) -> str:
    """Un nombre à décimales : ``"7.40"`` se lit « 7,4 », ``"1000.00"`` « 1 000 » ; inconnu, « — »."""
    if texte is None:
        return ABSENT
    signe, entier, decimales = _decouper(texte)
    reste = decimales.rstrip("0")
    milliers = _milliers(entier)
    return f"{signe}{milliers},{reste}" if reste else f"{signe}{milliers}"


def date_longue(jour: str | date | None) -> str:
    """Une date en toutes lettres : ``2026-01-01`` se lit « 1er janvier 2026 » ; inconnue, « — »."""
    if jour is None:
        return ABSENT
    lu = jour if isinstance(jour, date) else date.fromisoformat(jour)
    return temps.en_lettres(lu.toordinal())


def date_courte(jour: str | date | None) -> str:
    """Une date en chiffres, pour les tableaux : ``2026-01-01`` se lit « 01/01/2026 » ; inconnue, « — »."""
    if jour is None:
        return ABSENT
    lu = jour if isinstance(jour, date) else date.fromisoformat(jour)
    return f"{lu.day:02d}/{lu.month:02d}/{lu.year}"


def periode(du: str | None, au: str | None) -> str:
    """Une période fermée-ouverte, telle qu'on la dit : « depuis le 1er janvier 2026 »."""
    debut = f"depuis le {date_longue(du)}" if du else "sans date de début connue"
    if not au:
        return debut
    return f"du {date_longue(du)} au {date_longue(au)} exclu" if du else f"jusqu'au {date_longue(au)} exclu"


def enumeration(mots: Sequence[str], lien: str = "et") -> str:
    """Une liste lisible : « a », « a et b », « a, b et c »."""
    if len(mots) <= 1:
        return "".join(mots)
    return f"{', '.join(mots[:-1])} {lien} {mots[-1]}"


def valeur(fait: object) -> str:
    """La valeur d'un fait telle qu'on la dit : ``[]`` « aucun », ``True`` « oui », ``hors_zone`` « hors zone »."""
    match fait:
        case None:
            return "inconnu"
        case bool():
            return "oui" if fait else "non"
        case str():
            return propre(fait.replace("_", " "))
        case dict():
            return enumeration([f"{valeur(cle)} : {valeur(v)}" for cle, v in fait.items()])
        case Iterable():
            mots = [valeur(f) for f in fait]
            return enumeration(mots) if mots else "aucun"
        case _:
            return propre(str(fait))


def propre(texte: str) -> str:
    """Le texte sur une ligne, sans caractère de commande : ce que l'utilisateur a saisi ne pilote pas son terminal."""
    return _INVISIBLES.sub(" ", texte).strip()


def cite(extrait: str) -> str:
    """Un extrait tel qu'il se lit : sans les marques de mise en forme (gras, italique, exposant) de son fichier."""
    return propre(_EXPOSANT.sub(r"\1", _MARQUES.sub("", extrait)))


def _milliers(entier: str) -> str:
    """Les chiffres par groupes de trois."""
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", " ", entier)


def _decouper(texte: str) -> tuple[str, str, str]:
    trouve = _DECIMAL.fullmatch(texte)
    if trouve is None:
        raise ValueError(f"« {texte} » n'est pas un nombre décimal")
    signe, entier, decimales = trouve.groups()
    return signe, entier, decimales or ""
