"""Une cellule et ce qu'elle vaut : tarif en centimes, taux en dix-millièmes, listes de lettres et de codes.

Chaque lecture rend la valeur et la sorte d'anomalie qui l'accompagne, vide s'il n'y en a pas. Une valeur qui n'est pas
certaine est absente. Aucun calcul ne passe par un flottant.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from opposable.droit.nomenclature import ValeurModificateur

NON_PRIS_EN_CHARGE: Final = "non pris en charge"
_CENT: Final = Decimal("0.01")
_INFIME: Final = Decimal("1e-9")
"""L'écart, en euros, qu'un nombre flottant laisse après ses décimales."""
_BLANCS: Final = re.compile(r"[\s\u00a0\u202f\"'«»]+")
_NOMBRE: Final = re.compile(r"(\d{1,9})(?:([.,])(\d{1,20}))?")
_TAUX: Final = re.compile(r"(\+?)(\d{1,4})(?:[.,](\d{1,2}))?%")
_EXONERATION: Final = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_DATE: Final = re.compile(r"\d{4}-(\d{2})-(\d{2})(?:[ T].*)?")
_DATE_FRANCAISE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")
_GESTES: Final = re.compile(r"\(\s*[A-Z]{2,5}\d{2,4}(?:\s*,\s*[A-Z]{2,5}\d{2,4})*\s*\)")
_CODE: Final = re.compile(r"([A-Z]{4}\d{3})(?![0-9A-Za-z])")
_CROCHETS: Final = re.compile(r"\[([^\[\]]*)\]")


def nu(texte: str) -> str:
    """Le texte sans aucun blanc ni guillemet."""
    return _BLANCS.sub("", texte)


def tarif(cellule: str) -> tuple[int | None, str]:
    """Un tarif en centimes. ``tarif_vide`` si la cellule est vide, ``tarif_illisible`` si elle n'est pas un nombre."""
    if not cellule:
        return None, "tarif_vide"
    trouve = _NOMBRE.fullmatch(nu(cellule))
    if trouve is None:
        return None, "tarif_illisible"
    entier, separateur, decimales = trouve.groups()
    exact = Decimal(f"{entier}.{decimales or '0'}")
    rond = exact.quantize(_CENT, ROUND_HALF_UP)
    if abs(rond - exact) > _INFIME:
        return None, "tarif_illisible"
    centimes = int(rond * 100)
    if nu(cellule) != cellule:
        return centimes, "blanc"
    if separateur == ",":
        return centimes, "virgule"
    if rond != exact or len((decimales or "").rstrip("0")) > 2:
        return centimes, "flottant"
    return centimes, "tarif_nul" if centimes == 0 else ""


def valeur_modificateur(cellule: str, autre: str) -> tuple[ValeurModificateur, str]:
    """Le forfait ou le taux d'un modificateur. ``autre`` : l'autre colonne, qui départage ``0.49`` et +49 %."""
    if (taux := _taux(cellule)) is not None:
        return ValeurModificateur(taux=taux), "" if cellule.startswith("+") else "taux_sans_signe"
    attendu = _taux(autre)
    trouve = _NOMBRE.fullmatch(cellule)
    if attendu is not None:
        ecrit = trouve and Decimal(f"{trouve[1]}.{trouve[3] or '0'}") * 10_000
        convient = ecrit is not None and abs(ecrit - attendu) <= _INFIME
        return (
            (ValeurModificateur(taux=attendu), "taux_decimal")
            if convient
            else (ValeurModificateur(), "tarif_illisible")
        )
    centimes, sorte = tarif(cellule)
    if centimes is not None and centimes < 100 and centimes:
        # Moins d'un euro : peut-être un taux dont le signe % s'est perdu.
        return ValeurModificateur(), "tarif_illisible"
    return ValeurModificateur(forfait=centimes), sorte


def _taux(cellule: str) -> int | None:
    """Un taux en dix-millièmes (« +6,50% » → 650) ; ``None`` si ce n'en est pas un."""
    trouve = _TAUX.fullmatch(nu(cellule))
    return int(trouve[2]) * 100 + int((trouve[3] or "0").ljust(2, "0")) if trouve else None


def exoneration(cellule: str, connues: frozenset[str]) -> tuple[tuple[str, ...], str, str]:
    """Les codes d'exonération, la sorte d'anomalie et l'écriture régulière.

    ``connues`` : les listes écrites en clair ailleurs dans l'export. Un tableur change « 2-7 » en 2 juillet : la date
    rend le jour puis le mois, si la liste ainsi lue existe ailleurs.
    """
    date = _DATE.fullmatch(cellule)
    francaise = _DATE_FRANCAISE.fullmatch(cellule)
    if date or francaise:
        jour, mois = (date[2], date[1]) if date else francaise.groups() if francaise else ("", "")
        lue = f"{int(jour)}-{int(mois)}"
        return (tuple(lue.split("-")), "date_exoneration", lue) if lue in connues else ((), "exoneration_illisible", "")
    propre = nu(cellule)
    if not propre:
        return (), "", ""
    if not _EXONERATION.fullmatch(propre):
        return (), "exoneration_illisible", ""
    return tuple(propre.split("-")), "" if propre == cellule else "blanc", propre


def gestes(texte: str) -> tuple[str, ...]:
    """Les codes d'une liste « (GELE001, YYYY189) » ; vide si le texte n'en est pas une."""
    return tuple(re.findall(r"[A-Z]+\d+", texte)) if _GESTES.fullmatch(texte) else ()


def completer(geste: str, codes: frozenset[str]) -> str:
    """Le seul code de la version dont ce geste a perdu un signe ; vide s'il n'y en a pas, ou plusieurs."""
    if len(geste) != 6:
        return ""
    possibles = {code for code in codes if any(code[:i] + code[i + 1 :] == geste for i in range(7))}
    return possibles.pop() if len(possibles) == 1 else ""


def lettres(cellule: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Les modificateurs d'une liste « [A, F, J] », sans répétition, et ce qui n'y est pas une lettre ou un chiffre."""
    lues: dict[str, None] = {}
    fautes = []
    for morceau in " , ".join(_CROCHETS.findall(cellule)).split(","):
        signe = nu(morceau)
        if len(signe) == 1 and signe.isalnum():
            lues[signe.upper()] = None
        elif signe:
            fautes.append(signe)
    return tuple(lues), tuple(fautes)


def code(cellule: str) -> tuple[str, str]:
    """Le code d'acte d'une cellule et ce qui le suit ; deux vides si elle n'en porte pas."""
    trouve = _CODE.match(cellule)
    return (trouve[1], cellule[trouve.end() :].strip()) if trouve else ("", "")


def entre_crochets(cellule: str) -> bool:
    """Vrai si la cellule n'est faite que de listes entre crochets."""
    return bool(cellule) and not _CROCHETS.sub("", cellule).strip() and "[" in cellule
