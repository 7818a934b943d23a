"""Le dispositif ``delai_paiement`` (système 53) : jusqu'à quel jour une caisse doit payer, et ce qu'entraîne un retard.

Le jour de départ n'est pas imprimé : chaque date se calcule depuis la transmission, et depuis la réception quand elle
est dite. Un compte en doute est un intervalle : la réponse n'est certaine que s'il n'y change rien.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Intervalle, Valeur

_LIEU: Final = ("medecin.territoire", "medecin.cabinet_alsace_moselle")
_DEPARTS: Final = (("transmission", "la transmission"), ("reception", "la réception par la caisse"))
_GARANTI, _INDEMNITE = "delai_paiement_garanti", "delai_paiement_indemnite"


def calculer(k: Calcul) -> None:
    """Les dernières dates, le paiement, l'indemnité, puis les deux lectures."""
    _verifier(k)
    limite(k)
    limite_indemnite(k)
    jours(k)
    tenu(k)
    consequence(k)
    indemnite_due(k)
    indemnite(k)
    publication(k)
    lectures(k)
    garanti, sans_indemnite = limite(k), limite_indemnite(k)
    if garanti is not None:
        k.verse(garanti, None, "Dernier jour du paiement garanti")
    if sans_indemnite is not None:
        k.verse(sans_indemnite, None, "Dernier jour d'un paiement sans indemnité")


@etape("date")
def limite(k: Calcul) -> int | None:
    """Le dernier jour du délai garanti, compté du lendemain de la transmission."""
    return _dernier(k, k.jour, _GARANTI)


@etape("date")
def limite_indemnite(k: Calcul) -> int | None:
    """Le dernier jour où un paiement n'ouvre pas d'indemnité, compté du lendemain de la transmission."""
    return _dernier(k, k.jour, _INDEMNITE)


@etape("entier")
def jours(k: Calcul) -> int | None:
    """Les jours ouvrés écoulés au paiement, s'ils sont certains."""
    return k.nombre("jours_ecoules")


@etape("entier")
def jours_ecoules(k: Calcul) -> Valeur:
    """Les jours ouvrés écoulés au paiement ; deux bornes si le départ, le lieu ou un jour chômé laissent un doute."""
    payee = k.nombre("payee_le")
    if payee is None:
        return None
    possibles = _comptes(k, payee, k.jour)
    recue = k.nombre("recue_le")
    possibles |= {0} if recue is None else _comptes(k, payee, recue)
    chome = 1 if _chome(k, payee) else 0
    return _intervalle(possibles, chome)


@etape("oui_non")
def au_dela_garantie(k: Calcul) -> Valeur:
    """Le paiement est au-delà du délai garanti."""
    return _au_dela(k, _GARANTI)


@etape("oui_non")
def au_dela_indemnite(k: Calcul) -> Valeur:
    """Le paiement est au-delà du délai qui ouvre l'indemnité."""
    return _au_dela(k, _INDEMNITE)


@etape("oui_non")
def tenu(k: Calcul) -> Valeur:
    """Le délai garanti est tenu."""
    if k.nombre("payee_le") is None:
        return None
    return {"oui": "non", "non": "oui"}.get(str(au_dela_garantie(k)))


@etape("texte")
def consequence(k: Calcul) -> str | None:
    """Ce que le délai constaté entraîne."""
    if k.nombre("payee_le") is None:
        return None
    mot = k.mot("delai_paiement_consequence")
    return None if mot is None else k.corpus.tables["delai_paiement_consequence"].valeurs[mot]


@etape("oui_non")
def indemnite_due(k: Calcul) -> Valeur:
    """Une indemnité est due."""
    if k.nombre("payee_le") is None:
        return None
    mot = k.mot("delai_paiement_consequence")
    return None if mot is None else k.oui_non(mot == "indemnite")


@etape("montant")
def indemnite(k: Calcul) -> int | None:
    """L'indemnité de la feuille : un forfait, ou une part de ce que l'Assurance maladie prend en charge."""
    if indemnite_due(k) != "oui":
        return 0 if indemnite_due(k) == "non" else None
    forfait, part = k.table("delai_paiement_forfait"), k.table("delai_paiement_part")
    if isinstance(k.fait("jours_ecoules"), Intervalle):
        return None
    return forfait if forfait is not None else k.part(k.nombre("part_obligatoire"), part)


@etape("oui_non")
def indemnite_a_preciser(k: Calcul) -> Valeur:
    """Non si l'indemnité se calcule, ou n'est pas due ; sinon inconnu, et ce qui manque se demande."""
    return "non" if indemnite_due(k) != "oui" or indemnite(k) is not None else None


@etape("texte")
def publication(k: Calcul) -> str | None:
    """Où et quand les délais de paiement sont publiés."""
    mot = k.mot("delai_paiement_publication")
    return None if mot is None else k.corpus.tables["delai_paiement_publication"].valeurs[mot]


@etape("tableau")
def lectures(k: Calcul) -> list[dict[str, Any]]:
    """Les dates et le compte, selon que le délai part de la transmission ou de la réception."""
    payee = k.cas.faits.get("payee_le")
    rangees = []
    for nom, dit in _DEPARTS:
        le = k.jour if nom == "transmission" else k.nombre("recue_le")
        comptes = _comptes(k, payee, le) if isinstance(payee, int) and le is not None else set()
        rangees.append(
            {
                "depart": dit if le is not None else f"{dit}, dont la date n'est pas dite",
                "le": le,
                "limite": None if le is None else _dernier(k, le, _GARANTI),
                "limite_indemnite": None if le is None else _dernier(k, le, _INDEMNITE),
                "jours": comptes.pop() if len(comptes) == 1 else None,
            }
        )
    return rangees


@etape("oui_non")
def depart_indecis(k: Calcul) -> Valeur:
    """La transmission et la réception ne donnent pas la même réponse ; inconnu si la réception peut la changer."""
    payee, recue = k.nombre("payee_le"), k.nombre("recue_le")
    delais = [k.table(_GARANTI), k.table(_INDEMNITE)]
    if payee is None:
        return k.oui_non(recue is not None and any(_dates(k, k.jour, d) != _dates(k, recue, d) for d in delais))
    if recue is not None:
        return k.oui_non(_rangs(_comptes(k, payee, k.jour), delais) != _rangs(_comptes(k, payee, recue), delais))
    certain = _rangs(_comptes(k, payee, k.jour) | {0}, delais)
    return "non" if len(certain) == 1 else None


@etape("oui_non")
def paiement_chome(k: Calcul) -> Valeur:
    """Le paiement tombe un jour chômé qui suit le dernier jour ouvré d'un délai."""
    payee = k.nombre("payee_le")
    if payee is None or not _chome(k, payee):
        return "non"
    comptes = _comptes(k, payee, k.jour)
    delais = [k.table(_GARANTI), k.table(_INDEMNITE)]
    return k.oui_non(_rangs(comptes, delais) != _rangs({c + 1 for c in comptes}, delais))


def _verifier(k: Calcul) -> None:
    """Une feuille n'est ni reçue, ni payée avant sa transmission."""
    recue, payee = k.cas.faits.get("recue_le"), k.cas.faits.get("payee_le")
    if isinstance(recue, int) and recue < k.jour:
        raise k.contredit("recue_le", "la réception précède la transmission", f"le {temps.iso(k.jour)} ou après")
    depart = recue if isinstance(recue, int) else k.jour
    if isinstance(payee, int) and payee < depart:
        raise k.contredit("payee_le", "le paiement précède la feuille de soins", f"le {temps.iso(depart)} ou après")


def _dates(k: Calcul, depart: int, delai: int | None) -> set[int]:
    """Les dernières dates possibles d'un délai, selon le lieu du cabinet."""
    if delai is None:
        return set()
    return k.selon_le_lieu(*_LIEU, lambda lieu: temps.plus_jours_ouvres(depart, delai, lieu))


def _dernier(k: Calcul, depart: int, table: str) -> int | None:
    dates = _dates(k, depart, k.table(table))
    return dates.pop() if len(dates) == 1 else None


def _comptes(k: Calcul, payee: int, depart: int) -> set[int]:
    """Les jours ouvrés écoulés après ``depart``, selon le lieu du cabinet."""
    return k.selon_le_lieu(*_LIEU, lambda lieu: temps.jours_ouvres(depart, payee, lieu))


def _chome(k: Calcul, jour: int) -> bool:
    """Vrai si ce jour n'est ouvré en aucun lieu possible."""
    return not any(k.selon_le_lieu(*_LIEU, lambda lieu: temps.ouvre(jour, lieu)))


def _rangs(comptes: set[int], delais: list[int | None]) -> set[tuple[bool, ...]]:
    """De quels délais ces comptes sortent."""
    return {tuple(d is not None and c > d for d in delais) for c in comptes}


def _intervalle(possibles: set[int], chome: int) -> Valeur:
    bas, haut = min(possibles), max(possibles) + chome
    return bas if bas == haut else Intervalle(bas, haut + 1)


def _au_dela(k: Calcul, table: str) -> Valeur:
    compte, delai = k.fait("jours_ecoules"), k.table(table)
    if compte is None or k.choisir(table).etat == "hors":
        return "non"
    if delai is None or not isinstance(compte, (int, Intervalle)):
        return None
    bas, haut = (compte, compte) if isinstance(compte, int) else (compte.bas, compte.haut - 1)
    if bas > delai:
        return "oui"
    return "non" if haut <= delai else None
