"""L'adhésion à une option de pratique tarifaire maîtrisée (systèmes 26 et 27) : par qui, par quel contrat, pour quoi.

Tout est dans les tables du dispositif ; le modificateur que l'option ouvre et son taux, dans celles de la CCAM.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.source import Passage
from opposable.exercice import droits as exercice

_VOIE, _CONTRAT, _DUREE, _FIN = "optam_voie", "optam_contrat", "optam_duree", "optam_fin_du_modele"
_LIMITE, _MODIFICATEUR = "optam_limite_avenant", "optam_modificateur"
_AUCUN: Final = "aucun"
_LETTRE: Final = "lettre"
_OUVERTE: Final = "ouverte"


def calculer(k: Calcul) -> None:
    """À quel titre, par quel contrat, pour combien de temps, ce que l'option ouvre, et les textes un à un."""
    voie(k)
    contrat(k)
    effet(k)
    terme(k)
    fin(k)
    modificateur(k)
    taux_modificateur(k)
    textes(k)
    _dates(k)


@etape("oui_non")
def peut_adherer(k: Calcul) -> str | None:
    """Un titre ouvre l'option."""
    mot = k.mot(_VOIE)
    return None if mot is None else ("non" if mot == _AUCUN else "oui")


@etape("oui_non")
def bloc(k: Calcul) -> str | None:
    """Les actes de l'année d'avant, ou une installation nouvelle, ouvrent l'option de chirurgie et d'obstétrique."""
    return k.mot("optam_bloc")


@etape("texte")
def voie(k: Calcul) -> str | None:
    """À quel titre le médecin peut adhérer."""
    return _dit(k, _VOIE)


@etape("texte")
def contrat(k: Calcul) -> str | None:
    """Le contrat, ou l'avenant, à signer."""
    return _dit(k, _CONTRAT)


@etape("date")
def effet(k: Calcul) -> int | None:
    """Le jour où l'adhésion est enregistrée : celui où la caisse reçoit la lettre."""
    return k.jour if k.mot("optam_envoi") == _LETTRE else None


@etape("date")
def terme(k: Calcul) -> int | None:
    """Le jour où l'adhésion est reconduite ; rien si le contrat finit avant."""
    mois, depart, dernier = k.table(_DUREE), effet(k), fin(k)
    if mois is None or depart is None:
        return None
    reconduite = temps.plus_mois(depart, mois)
    return None if dernier is not None and reconduite > dernier else reconduite


@etape("date")
def fin(k: Calcul) -> int | None:
    """Le dernier jour du contrat de la convention de 2016."""
    annee = k.table(_FIN)
    return None if annee is None else temps.jour(f"{annee}-12-31")


@etape("date")
def limite_avenant(k: Calcul) -> int | None:
    """Le dernier jour pour signer l'avenant : celui où la ligne cesse de valoir ; rien s'il est passé."""
    choisie = k.choisir(_LIMITE)
    return choisie.ligne.au - 1 if choisie.ligne is not None and choisie.valeur == _OUVERTE else None


@etape("code")
def modificateur(k: Calcul) -> str | None:
    """La lettre que l'option ouvre à cette spécialité."""
    return k.mot(_MODIFICATEUR)


@etape("taux")
def taux_modificateur(k: Calcul) -> int | None:
    """Le taux de cette lettre, d'après la CCAM de ce jour-là."""
    lettre = modificateur(k)
    return None if lettre is None else k.table(f"modificateur_{lettre}")


@etape("tableau")
def textes(k: Calcul) -> list[dict[str, Any]]:
    """Ce que chaque table de mots dit du cas, avec sa source."""
    tables = [nom for nom in k.dispositif.tables if k.corpus.tables[nom].valeurs]
    lus = [droit for nom in tables if (droit := exercice.lire(k, nom)) is not None]
    return [
        {"sujet": d.table, "libelle": d.libelle, "valeur": d.mot, "dit": d.dit, "source": _source(d.sources[0])}
        for d in lus
    ]


def _dates(k: Calcul) -> None:
    """Les dates à tenir : signer l'avenant, la reconduction, la fin du contrat."""
    dates = {
        "dernier jour pour signer l'avenant, d'après la presse": limite_avenant(k),
        "l'adhésion est reconduite tacitement, sauf opposition": terme(k),
        "dernier jour du contrat de la convention de 2016": fin(k),
    }
    for objet, jour in dates.items():
        if jour is not None:
            k.verse(jour, None, objet)


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]


def _source(passage: Passage) -> str:
    titre = passage.document.titre if passage.document is not None else "Valeur déduite"
    return f"{titre}, {passage.lieu}"
