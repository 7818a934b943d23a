"""Les aides et financements divers (système 58) : une liste orientée par le projet et le statut du médecin.

Rien n'y est un droit : chaque aide dit ce qu'elle demande et où s'adresser ; un montant que les textes ne donnent pas
manque. Les montants sont en centimes, par mois.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.calcul import Calcul, Element, etape

_A_PRECISER: Final = "à préciser : dépend du secteur ou de l'option"
_ORIENTATION: Final = "aides_orientation"
_CONGE: Final = "parentalite"


def calculer(k: Calcul) -> None:
    """La liste, le montant d'une aide pour un congé, où se renseigner."""
    aides(k)
    montant(k)
    renseignement(k)
    article(k)


@etape("tableau")
def aides(k: Calcul) -> list[dict[str, Any]]:
    """Chaque aide que le projet ouvre, ce qu'elle demande, où s'adresser, et son montant s'il est connu."""
    return [
        {
            "aide": libelle,
            "etat": _dit(lecteur, _ORIENTATION) or _A_PRECISER,
            "demande": _dit(lecteur, "aides_demande"),
            "adresse": _dit(lecteur, "aides_adresse"),
            "montant": lecteur.table("aides_montant"),
        }
        for lecteur, libelle in _ouvertes(k)
    ]


@etape("montant")
def montant(k: Calcul) -> int | None:
    """L'aide d'un mois de congé ; inconnue pour un autre projet, dont les textes ne chiffrent rien."""
    conge = [lecteur for lecteur, _ in _ouvertes(k) if lecteur.fait("aide") == _CONGE]
    return conge[0].table("aides_montant") if conge else None


@etape("texte")
def renseignement(k: Calcul) -> str | None:
    """Le numéro de la caisse, pour un médecin conventionné."""
    return _dit(k, "aides_renseignement")


@etape("texte")
def article(k: Calcul) -> str | None:
    """Les articles qui décrivent l'aide pour un congé ; rien pour un autre projet."""
    conge = any(lecteur.fait("aide") == _CONGE for lecteur, _ in _ouvertes(k))
    return _dit(k, "aides_article") if conge else None


def _ouvertes(k: Calcul) -> list[tuple[Element, str]]:
    """Les aides que le projet ouvre, ou qu'il ouvrirait selon un fait qui manque."""
    toutes = k.dispositif.vocabulaire.faits["aide"].valeurs
    lecteurs = [(Element(k, "lecture", 0, {"aide": nom}), libelle) for nom, libelle in toutes.items()]
    return [(lecteur, libelle) for lecteur, libelle in lecteurs if lecteur.choisir(_ORIENTATION).etat != "hors"]


def _dit(k: Calcul | Element, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
