"""La procédure de sanction conventionnelle (système 45) : ses étapes, et ses délais en dates indicatives.

Les textes lus ne disent ni le point de départ exact, ni si les délais sont francs : chaque délai donne deux dates, tous
les jours comptés, puis franc (ni premier, ni dernier jour) et porté à un jour ouvré. Une durée (la suspension) n'en
donne qu'une : un délai franc l'allongerait.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import INCONNU

_TERRITOIRE, _ALSACE_MOSELLE = "medecin.territoire", "medecin.cabinet_alsace_moselle"


_FERIES: Final = "le Vendredi saint et le 26 décembre sont fériés en Alsace-Moselle"


class _Delai(NamedTuple):
    """Un délai : la table qui le donne, le fait d'où il part, son unité, son sens, et s'il est une durée."""

    table: str
    depart: str
    en_mois: bool = False
    avant: bool = False
    duree: bool = False


_DELAIS: Final = (
    _Delai("sanction_entretien", "demande_entretien"),
    _Delai("sanction_compte_rendu", "entretien"),
    _Delai("sanction_observations", "reunion", avant=True),
    _Delai("sanction_decision", "avis_transmis", en_mois=True),
    _Delai("sanction_observations", "reunion_appel", avant=True),
    _Delai("sanction_urgence_delai", "courrier"),
    _Delai("sanction_urgence_suspension", "suspension", en_mois=True, duree=True),
)
_ORDRE: Final = (
    ("demande_entretien", "entretien"), ("reunion", "avis_transmis"), ("avis_transmis", "reunion_appel"),
    ("courrier", "suspension"),
)  # fmt: skip
"""Le fait qui précède, et celui qui suit."""


def calculer(k: Calcul) -> None:
    """Ce que les textes disent de la procédure, puis ses dates."""
    _verifier_l_ordre(k)
    regime(k)
    etapes(k)
    avertissement(k)
    assistance(k)
    recours(k)
    calendrier(k)


@etape("texte")
def regime(k: Calcul) -> str | None:
    """Le texte au regard duquel la procédure est examinée ce jour-là."""
    return _dit(k, "sanction_regime")


@etape("texte")
def etapes(k: Calcul) -> str | None:
    """Les étapes de la procédure."""
    return _dit(k, "sanction_etapes")


@etape("texte")
def avertissement(k: Calcul) -> str | None:
    """Si un avertissement doit précéder."""
    return _dit(k, "sanction_avertissement")


@etape("texte")
def assistance(k: Calcul) -> str | None:
    """Par qui le médecin peut se faire assister."""
    return _dit(k, "sanction_assistance")


@etape("texte")
def recours(k: Calcul) -> str | None:
    """Devant qui le médecin peut faire appel."""
    return _dit(k, "sanction_recours")


@etape("tableau")
def calendrier(k: Calcul) -> list[dict[str, Any]]:
    """Chaque délai dont le départ est connu, en vigueur le jour de ce départ, et ses deux dates."""
    return [_rangee(k, delai, depart) for delai in _DELAIS if (depart := k.nombre(delai.depart)) is not None]


def _rangee(k: Calcul, delai: _Delai, depart: int) -> dict[str, Any]:
    libelle, fait = k.corpus.tables[delai.table].libelle, k.dispositif.vocabulaire.faits[delai.depart].libelle
    rangee = {"etape": libelle, "depart": fait, "jour_de_depart": depart}
    nombre = k.table(delai.table, le=depart)
    if nombre is None:
        return {**rangee, "delai": None, "calendaire": None, "franc": None}
    calendaire = _calendaire(delai, depart, nombre)
    pas = -1 if delai.avant else 1
    francs: set[int] = set()
    if not delai.duree:
        francs = k.selon_le_lieu(_TERRITOIRE, _ALSACE_MOSELLE, lambda lieu: _ouvre(calendaire + pas, pas, lieu))
    if len(francs) > 1:
        k.constate("DELAI_DEPASSE", INCONNU, precision=_FERIES, faits=(_ALSACE_MOSELLE,))
    dit = f"{nombre} {'mois' if delai.en_mois else 'jours'}{' avant' if delai.avant else ''}"
    objet = f"{libelle}, {dit} ({fait[:1].lower()}{fait[1:]} : {temps.en_lettres(depart)})"
    k.verse(calendaire, None, f"{objet}, tous les jours comptés")
    for franc in sorted(francs):
        k.verse(franc, None, f"{objet}, autre lecture : délai franc")
    return {
        **rangee,
        "delai": dit,
        "calendaire": calendaire,
        "franc": next(iter(francs)) if len(francs) == 1 else None,
    }


def _calendaire(delai: _Delai, depart: int, nombre: int) -> int:
    signe = -nombre if delai.avant else nombre
    return temps.plus_mois(depart, signe) if delai.en_mois else depart + signe


def _ouvre(jour: int, pas: int, lieu: str) -> int:
    """Ce jour, ou le premier jour ouvré dans le sens du pas."""
    while not temps.ouvre(jour, lieu):
        jour += pas
    return jour


def _verifier_l_ordre(k: Calcul) -> None:
    """Refuse deux dates dites à rebours."""
    faits = k.dispositif.vocabulaire.faits
    for avant, apres in _ORDRE:
        premier, second = k.nombre(avant), k.nombre(apres)
        if premier is not None and second is not None and second < premier:
            dit = faits[avant].libelle
            raise k.contredit(
                apres,
                f"{faits[apres].libelle} : {temps.en_lettres(second)}, avant « {dit} » ({temps.en_lettres(premier)})",
                f"une date à partir du {temps.iso(premier)}",
            )


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
