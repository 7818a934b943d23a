"""Lire les faits qu'une personne ou un programme écrit : chaque faute dit où, ce qui était attendu, un exemple."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from opposable.droit import temps
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.fait import ATTENDUS, Fait


def objet(brut: object, ou: str, exemple: str) -> Mapping[str, Any]:
    """L'objet écrit à cet endroit. :class:`ErreurEntree` si c'est autre chose."""
    if isinstance(brut, Mapping):
        return brut
    raise ErreurEntree("TYPE_INATTENDU", "un objet est attendu", ou=ou, attendu="un objet JSON", exemple=exemple)


def cles(lu: Mapping[str, Any], permises: frozenset[str], ou: str) -> None:
    """Refuse une clé inconnue, en nommant la plus proche."""
    for cle in lu:
        if cle not in permises:
            proche = plus_proche(str(cle), permises)
            chemin = f"{ou}.{cle}" if ou else str(cle)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            raise ErreurEntree(
                "CLE_INCONNUE", f"clé inconnue « {cle} »{suite}", ou=chemin, attendu=", ".join(sorted(permises)),
                exemple=f'"{proche or min(permises)}": …',
            )  # fmt: skip


def identifiant(lu: Mapping[str, Any]) -> str:
    """L'identifiant que l'appelant donne à son cas, repris dans la réponse ; vide s'il n'en donne pas."""
    brut = lu.get("id", "")
    if brut is None:
        return ""
    if not isinstance(brut, str) or len(brut) > 200:
        raise ErreurEntree(
            "TYPE_INATTENDU",
            "l'identifiant est un texte court",
            ou="id",
            attendu="un texte d'au plus 200 caractères",
            exemple='"id": "facture-1"',
        )
    return brut


def lire_valeur(fait: Fait, brut: Any, ou: str, jour: int) -> Valeur:
    """La valeur d'un fait telle que l'entrée la dit. :class:`ErreurEntree` si elle ne convient pas."""
    if fait.type in {"choix", "oui_non"}:
        return _choix(fait, brut, ou)
    if fait.type == "liste":
        if not isinstance(brut, (list, tuple)):
            raise _refus("TYPE_INATTENDU", fait, brut, ou)
        return frozenset(_choix(fait, element, f"{ou}[{rang}]") for rang, element in enumerate(brut))
    if fait.type == "code":
        if not isinstance(brut, str) or not brut.strip():
            raise _refus("TYPE_INATTENDU", fait, brut, ou)
        return brut.strip()
    if fait.sans_objet and brut == fait.sans_objet:
        return fait.sans_objet
    if fait.type == "age":
        try:
            bas, haut = temps.naissances_possibles(str(brut) if isinstance(brut, str) else "", jour)
        except (ValueError, OverflowError):
            raise ErreurEntree(
                "AGE_IMPOSSIBLE",
                f"« {brut} » n'est pas un âge",
                ou=ou,
                attendu=ATTENDUS["age"],
                exemple='"5 ans", "20 mois", "8 jours", "6 à 15 ans", "moins de 2 ans", "80 ans et plus"',
            ) from None
        return Intervalle(bas, haut)
    return lire_nombre(fait, brut, ou)


def _choix(fait: Fait, brut: Any, ou: str) -> str:
    if isinstance(brut, bool):
        brut = "oui" if brut else "non"
    permis = {"oui": "", "non": ""} if fait.type == "oui_non" else fait.valeurs
    if isinstance(brut, int):
        brut = str(brut)
    if isinstance(brut, str):
        texte = brut.strip()
        if texte in permis:
            return texte
        if fait.codes:
            code = texte.zfill(2)
            if code in fait.codes:
                return fait.codes[code]
        if fait.nom == "medecin.territoire":
            raise ErreurEntree(
                "TERRITOIRE_NON_COUVERT", f"« {texte} » n'est pas couvert, et n'est pas pris pour la métropole", ou=ou,
                attendu=", ".join(permis), exemple=f'"territoire": "{fait.exemple}"',
            )  # fmt: skip
    raise _refus("VALEUR_INCONNUE", fait, brut, ou)


def _refus(code: str, fait: Fait, brut: Any, ou: str) -> ErreurEntree:
    permis = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
    proche = plus_proche(str(brut), [*permis, *fait.valeurs.values()])
    if proche is not None and proche not in permis:
        proche = next(v for v, libelle in fait.valeurs.items() if libelle == proche)
    suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
    attendu = ATTENDUS[fait.type] + (
        " : " + ", ".join(permis[:12]) + (", …" if len(permis) > 12 else "") if permis else ""
    )
    court = str(brut)[:60]
    return ErreurEntree(
        code,
        f"valeur inconnue « {court} »{suite}",
        ou=ou,
        attendu=attendu,
        exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
    )


def exemple(fait: Fait) -> str:
    """L'exemple d'un fait, tel qu'il s'écrit en JSON."""
    if fait.exemple.startswith("["):
        return "[" + ", ".join(f'"{e.strip()}"' for e in fait.exemple[1:-1].split(",") if e.strip()) + "]"
    return fait.exemple if fait.type == "entier" else f'"{fait.exemple}"'


def lire_nombre(fait: Fait, brut: Any, ou: str, *, signe: bool = False) -> int:
    """Le nombre lu ; ``signe`` : il peut être négatif, ses bornes valent en valeur absolue."""
    if isinstance(brut, bool) or not isinstance(brut, (str, int, Decimal)):
        raise ErreurEntree(
            "TYPE_INATTENDU",
            f"« {str(brut)[:60]} » ne convient pas",
            ou=ou,
            attendu=ATTENDUS[fait.type],
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
        )
    texte = "un nombre démesuré" if isinstance(brut, int) and brut.bit_length() > 64 else str(brut).strip()
    try:
        valeur = fait.nombre(texte)
    except (ValueError, OverflowError):
        code = {
            "date": "DATE_IMPOSSIBLE", "montant": "MONTANT_ILLISIBLE", "taux": "TAUX_ILLISIBLE",
            "heure": "HEURE_IMPOSSIBLE",
        }.get(fait.type, "NOMBRE_ILLISIBLE")  # fmt: skip
        raise ErreurEntree(
            code,
            f"« {texte[:60]} » n'est pas {ATTENDUS[fait.type]}",
            ou=ou,
            attendu=ATTENDUS[fait.type],
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
        ) from None
    grandeur = abs(valeur) if signe else valeur
    if fait.minimum is not None and grandeur < fait.minimum:
        code = "MONTANT_NEGATIF" if fait.type == "montant" and fait.minimum == 0 else "HORS_DOMAINE"
        raise ErreurEntree(
            code,
            f"« {texte} » est sous le minimum",
            ou=ou,
            attendu=f"au moins {fait.texte(fait.minimum)}",
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
        )
    if fait.maximum is not None and grandeur > fait.maximum:
        raise ErreurEntree(
            "HORS_DOMAINE",
            f"« {texte} » dépasse le maximum",
            ou=ou,
            attendu=f"au plus {fait.texte(fait.maximum)}" + (", au signe près" if valeur < 0 else ""),
            exemple=f'"{ou.rsplit(".", maxsplit=1)[-1]}": {exemple(fait)}',
        )
    return valeur
