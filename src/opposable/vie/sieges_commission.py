"""Les sièges de la section professionnelle d'une commission paritaire (système 44), au plus fort reste."""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.constat import A_VERIFIER
from opposable.vie.plus_fort_reste import Repartition, entiers_et_restes, repartir

_LISTE, _ORGANISATION, _VOIX = "organisations", "organisations.organisation", "organisations.voix"
_IMPRIMES, _VOIX_LUES = "sieges_imprimes", "sieges_voix"
_EGALITE: Final = "deux restes égaux se disputent les derniers sièges"
_SECOND_TOUR: Final = (
    "les restes ne suffisent pas à pourvoir les sièges, les voix exprimées comptant d'autres organisations"
)
_QUOTIENT: Final = "le quotient divise les voix exprimées, sans dire si celles des organisations sans siège comptent"
_GARANTI: Final = "le texte ne dit pas sur qui se prend un siège garanti"
_COLLEGE: Final = "le texte garantit un siège à chaque organisation, sans dire si c'est dans chaque collège"


def calculer(k: Calcul) -> None:
    """Les sièges à pourvoir, le quotient, et ce que chaque organisation en reçoit."""
    a_pourvoir(k)
    quotient(k)
    repartition(k)


@etape("entier")
def a_pourvoir(k: Calcul) -> int | None:
    """Les sièges de titulaires à pourvoir dans ce collège."""
    return k.table("sieges_du_college")


@etape("texte")
def quotient(k: Calcul) -> str | None:
    """Le quotient électoral : les voix exprimées, divisées par les sièges à pourvoir."""
    sieges, voix = a_pourvoir(k), _voix(k)
    if sieges is None or not voix:
        return None
    exprimees = _exprimees(k, voix)
    entier, reste = divmod(exprimees, sieges)
    return f"{exprimees} / {sieges}" + ("" if reste else f" = {entier}")


@etape("tableau")
def repartition(k: Calcul) -> list[dict[str, Any]]:
    """Pour chaque organisation : ses voix, ses quotients entiers, son reste, ses sièges, et ceux qui sont imprimés."""
    elements = _elements(k)
    noms = [_nom(element, rang) for rang, element in enumerate(elements, 1)]
    imprimes = [element.table(_IMPRIMES) for element in elements]
    sieges, voix = a_pourvoir(k), _voix(k)
    if sieges is None or not voix:
        return [{"organisation": n, "imprimes": i} for n, i in zip(noms, imprimes, strict=True)]
    lectures = _lectures(k, voix, sieges)
    entiers = entiers_et_restes(voix, sieges, _exprimees(k, voix))
    return [
        {
            "organisation": noms[rang],
            "voix": voix[rang],
            "entiers": entiers[rang][0],
            "reste": _fraction(entiers[rang][1], sieges),
            "sieges": next(iter(recus)) if len(recus) == 1 else None,
            "selon": " ou ".join(str(r) for r in sorted(recus)) if len(recus) > 1 else None,
            "imprimes": imprimes[rang],
        }
        for rang, recus in enumerate({lecture[i] for lecture in lectures} for i in range(len(voix)))
    ]


def _lectures(k: Calcul, voix: list[int], sieges: int) -> list[tuple[int, ...]]:
    """Chaque répartition que le texte permet ; ce qui l'en empêche est constaté. Vide de nombres en cas d'égalité."""
    minimum = k.table("sieges_minimum") or 0
    exprimees = _exprimees(k, voix)
    totaux = tuple(dict.fromkeys((exprimees, sum(voix))))
    lues = [repartir(voix, sieges, total, minimum) for total in totaux]
    doutes = {_SECOND_TOUR: lues[0].second_tour, _QUOTIENT: lues[-1].sieges != lues[0].sieges}
    for total, lue in zip(totaux, tuple(lues), strict=True):
        sans = repartir(voix, sieges, total).sieges
        if sans is not None and min(sans) < minimum:
            reste = repartir(voix, sieges - minimum * len(voix), total).sieges
            reservee = None if reste is None else tuple(s + minimum for s in reste)
            lues.append(Repartition(reservee))
            doutes[_GARANTI] = doutes.get(_GARANTI, False) or reservee != lue.sieges
            lues.append(Repartition(sans))
            doutes[_COLLEGE] = True
    doutes[_EGALITE] = any(une.sieges is None for une in lues)
    for doute in (dit for dit, vrai in doutes.items() if vrai):
        k.constate("TEXTE_NON_TRANCHE", A_VERIFIER, precision=doute, sources=k.dispositif.sources)
    return [une.sieges for une in lues if une.sieges is not None] if not doutes[_EGALITE] else []


def _elements(k: Calcul) -> list[Element]:
    """Les organisations dites ; à défaut, celles dont la circulaire imprime les sièges dans ce collège."""
    if dits := k.liste(_LISTE):
        return list(dits)
    connues = k.dispositif.vocabulaire.faits[_ORGANISATION].valeurs
    elements = [Element(k, _LISTE, rang, {_ORGANISATION: nom}) for rang, nom in enumerate(connues)]
    return [element for element in elements if element.table(_IMPRIMES) is not None]


def _voix(k: Calcul) -> list[int]:
    """Les voix dites ; à défaut, celles des élections, que les textes lus ne donnent pas ; vide s'il en manque une."""
    dites = bool(k.liste(_LISTE))
    lues = [element.nombre(_VOIX) if dites else element.table(_VOIX_LUES) for element in _elements(k)]
    connues = [voix for voix in lues if voix is not None]
    if len(connues) < len(lues):
        return []
    _verifier(k, connues)
    return connues


def _verifier(k: Calcul, voix: list[int]) -> None:
    """Refuse ce qui ne se répartit pas."""
    sieges, minimum, dites = a_pourvoir(k) or 0, k.table("sieges_minimum") or 0, k.nombre("voix_exprimees")
    noms = [nom for element in k.liste(_LISTE) if (nom := element.fait(_ORGANISATION)) is not None]
    if len(set(noms)) < len(noms):
        raise k.contredit(_LISTE, "une organisation y est deux fois", "chaque organisation une fois")
    if len(voix) * minimum > sieges:
        raise k.contredit(_LISTE, f"{len(voix)} organisations pour {sieges} sièges", f"{sieges} au plus")
    if sum(voix) == 0:
        raise k.contredit(_LISTE, "aucune voix à répartir", "des voix")
    if dites is not None and dites < sum(voix):
        message = f"{dites} voix exprimées, et {sum(voix)} aux organisations"
        raise k.contredit("voix_exprimees", message, f"{sum(voix)} au moins")


def _exprimees(k: Calcul, voix: list[int]) -> int:
    dites = k.nombre("voix_exprimees")
    return sum(voix) if dites is None else dites


def _nom(element: Element, rang: int) -> str:
    nom = element.fait(_ORGANISATION)
    valeurs = element.calcul.dispositif.vocabulaire.faits[_ORGANISATION].valeurs
    return valeurs[nom] if isinstance(nom, str) else f"organisation {rang}"


def _fraction(nombre: int, par: int) -> str:
    """Un reste en voix : un entier, sinon une fraction."""
    return str(nombre // par) if nombre % par == 0 else f"{nombre}/{par}"
