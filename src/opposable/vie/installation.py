"""L'installation d'un cabinet principal ou d'un site distinct (système 47) : étapes faites, prochaine, conformité.

Les étapes et leur rang sont des lignes de table ; ce que l'une d'elles entraîne aussi.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.calcul import Calcul, Element, etape

_LISTE: Final = "etapes"
_ETAPE: Final = "etapes.etape"
_CDOM, _IDENTIFIANT = "cdom", "identifiant"
_DISTINCT: Final = "distinct"
_FAITE, _PREVUE, _PROCHAINE, _A_VENIR = "faite", "prévue", "prochaine", "à venir"
_AUCUNE: Final = "aucune : toutes les étapes sont faites"


def calculer(k: Calcul) -> None:
    """Les étapes une à une, la prochaine, ce qui est conforme, l'identifiant, la carte."""
    prochaine(k)
    faites(k)
    nombre(k)
    conforme(k)
    facturation(k)
    carte(k)
    etapes(k)
    limite = declaration_limite(k)
    if limite is not None and dates(k).get(_CDOM) is None and limite >= k.jour:
        k.verse(limite, None, "dernier jour pour déclarer le site au conseil départemental de l'Ordre")
    for nom, le in dates(k).items():
        if le > k.jour:
            k.verse(le, None, f"étape prévue : {dit(k, nom)}")


@etape("entier")
def rang(k: Calcul, nom: str) -> int | None:
    """Le rang de l'étape pour ce cabinet ; rien si elle n'en est pas."""
    return _lire(k, nom).table("installation_rang")


@etape("tableau")
def ordre(k: Calcul) -> list[str]:
    """Les étapes de ce cabinet, dans l'ordre des textes."""
    noms = k.dispositif.vocabulaire.faits[_ETAPE].valeurs
    rangs = {nom: place for nom in noms if (place := rang(k, nom)) is not None}
    return sorted(rangs, key=lambda nom: rangs[nom])


@etape("tableau")
def dates(k: Calcul) -> dict[str, int]:
    """Le jour de chaque étape dite, faite ou prévue."""
    dites: dict[str, int] = {}
    for position, element in enumerate(k.liste(_LISTE)):
        nom, le = element.fait(_ETAPE), element.nombre("etapes.le")
        if not isinstance(nom, str) or le is None:
            continue
        ou = f"{_LISTE}[{position}].etape"
        if nom in dites:
            raise k.contredit(ou, "cette étape est dite deux fois", "chaque étape une fois")
        if nom not in ordre(k):
            raise k.contredit(ou, "cette étape n'est pas de ce cabinet", f"une étape parmi {', '.join(ordre(k))}")
        dites[nom] = le
    return dites


@etape("texte")
def dit(k: Calcul, nom: str) -> str | None:
    """Ce qu'est cette étape."""
    mot = _lire(k, nom).mot("installation_etape")
    return None if mot is None else k.corpus.tables["installation_etape"].valeurs[mot]


@etape("texte")
def prochaine(k: Calcul) -> str | None:
    """La première étape qui n'est pas faite."""
    restantes = [nom for nom in ordre(k) if not _faite(k, nom)]
    return dit(k, restantes[0]) if restantes else _AUCUNE


@etape("entier")
def faites(k: Calcul) -> int:
    """Combien d'étapes sont faites ce jour-là."""
    return sum(_faite(k, nom) for nom in ordre(k))


@etape("entier")
def nombre(k: Calcul) -> int:
    """Combien d'étapes en tout."""
    return len(ordre(k))


@etape("oui_non")
def ordre_suivi(k: Calcul) -> str:
    """Aucune étape n'est faite avant une de celles qui la précèdent."""
    suivies = [dates(k)[nom] if _faite(k, nom) else None for nom in ordre(k)]
    jours = [jour for jour in suivies if jour is not None]
    sans_trou = suivies[: len(jours)] == jours
    return "oui" if sans_trou and jours == sorted(jours) else "non"


@etape("oui_non")
def cdom_prealable(k: Calcul) -> str | None:
    """Le site est déclaré à l'Ordre avant son ouverture, ou peut encore l'être ; inconnu le jour même."""
    if k.fait("site") != _DISTINCT:
        return None
    ouverture, declare = k.nombre("ouverture_le"), dates(k).get(_CDOM)
    if ouverture is None or declare == ouverture:
        return None
    repere = k.jour if declare is None else declare
    return "oui" if repere < ouverture else "non"


@etape("oui_non")
def cdom_le_jour_meme(k: Calcul) -> str:
    """Le site est déclaré à l'Ordre le jour de son ouverture."""
    declare = dates(k).get(_CDOM)
    return "oui" if declare is not None and declare == k.nombre("ouverture_le") else "non"


@etape("oui_non")
def conforme(k: Calcul) -> str | None:
    """Ce que les textes imposent est fait, ou peut encore l'être."""
    return k.mot("installation_conformite")


@etape("oui_non")
def identifie(k: Calcul) -> str:
    """L'identifiant de facturation est reçu."""
    return "oui" if _faite(k, _IDENTIFIANT) else "non"


@etape("oui_non")
def facturation(k: Calcul) -> str | None:
    """Le médecin a l'identifiant avec lequel il facture les actes de ce cabinet."""
    return k.mot("installation_facturation")


@etape("date")
def declaration_limite(k: Calcul) -> int | None:
    """La veille de l'ouverture d'un site distinct."""
    ouverture = k.nombre("ouverture_le") if _CDOM in ordre(k) else None
    return None if ouverture is None else ouverture - 1


@etape("texte")
def carte(k: Calcul) -> str | None:
    """Quand s'obtient la carte de professionnel de santé."""
    mot = k.mot("installation_carte")
    return None if mot is None else k.corpus.tables["installation_carte"].valeurs[mot]


@etape("tableau")
def etapes(k: Calcul) -> list[dict[str, Any]]:
    """Chaque étape, dans l'ordre : ce qu'elle est, son jour, où elle en est."""
    restantes = [nom for nom in ordre(k) if not _faite(k, nom)]
    return [
        {
            "rang": rang(k, nom),
            "etape": nom,
            "dit": dit(k, nom),
            "le": dates(k).get(nom),
            "etat": _etat(k, nom, restantes),
        }
        for nom in ordre(k)
    ]


def _etat(k: Calcul, nom: str, restantes: list[str]) -> str:
    if nom not in restantes:
        return _FAITE
    prevue = _PREVUE if nom in dates(k) else _A_VENIR
    return _PROCHAINE if nom == restantes[0] else prevue


def _faite(k: Calcul, nom: str) -> bool:
    le = dates(k).get(nom)
    return le is not None and le <= k.jour


def _lire(k: Calcul, nom: str) -> Element:
    """La portée qui lit les tables pour cette étape."""
    return Element(k, _LISTE, 0, {_ETAPE: nom})
