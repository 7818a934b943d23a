"""Un échéancier en fichier d'agenda (.ics) : une journée entière par versement ou par date à tenir.

Deux écritures d'un même échéancier sont identiques octet pour octet : l'identifiant d'une entrée vient de son contenu,
et son horodatage du jour où le corpus est arrêté.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from opposable.rendu.francais import montant, propre

NOTE: Final = "Date indicative, à confirmer auprès de la caisse ou sur la notification reçue."
_PRODUIT: Final = "-//Opposable//La convention medicale, calculable//FR"


def ecrire(
    echeances: Sequence[Mapping[str, Any]],
    libelles: Mapping[str, str],
    nom: str,
    reponse: Mapping[str, Any],
    note: str = NOTE,
) -> str:
    """Le texte du fichier. ``libelles`` : le nom lisible de chaque dispositif ; ``nom`` : celui de l'agenda.

    ``note`` : ce que chaque entrée dit de ses dates.
    """
    from icalendar import Calendar, Event

    agenda = Calendar()
    agenda.add("prodid", _PRODUIT)
    agenda.add("version", "2.0")
    agenda.add("x-wr-calname", propre(nom))
    arrete = datetime.combine(date.fromisoformat(reponse["corpus"]["arrete_au"]), time(), tzinfo=UTC)
    for echeance in echeances:
        entree = Event()
        libelle = libelles.get(echeance["dispositif"], echeance["dispositif"])
        dit = montant(echeance["montant"]) if echeance["montant"] is not None else echeance["objet"]
        cle = "|".join((echeance["dispositif"], echeance["date"], echeance["objet"], reponse.get("id", "")))
        entree.add("uid", f"{hashlib.sha256(cle.encode()).hexdigest()[:32]}@opposable")
        entree.add("dtstamp", arrete)
        entree.add("dtstart", date.fromisoformat(echeance["date"]))
        entree.add("summary", propre(f"{libelle} : {dit}"))
        entree.add("description", propre(f"{echeance['objet']}. {note} {reponse['avertissement']}"))
        entree.add("transp", "TRANSPARENT")
        agenda.add_component(entree)
    texte: str = agenda.to_ical().decode()
    return texte


def ecrire_calculs(reponses: Sequence[Mapping[str, Any]], fiche: Mapping[str, Any]) -> str:
    """Les échéanciers d'un ou plusieurs cas d'un dispositif ; vide si aucun cas n'a de date.

    ``fiche`` : celle du dispositif, dont la clé ``agenda`` remplace la mention commune.
    """
    echeances = [
        {**echeance, "objet": f"{_cas(reponse, rang, len(reponses))}{echeance['objet']}", "dispositif": fiche["nom"]}
        for rang, reponse in enumerate(reponses, 1)
        for echeance in reponse["echeancier"]
    ]
    if not echeances:
        return ""
    echeances.sort(key=lambda echeance: str(echeance["date"]))
    libelles = {fiche["nom"]: fiche["libelle"]}
    return ecrire(echeances, libelles, f"Opposable, {fiche['libelle']}", reponses[0], fiche["agenda"] or NOTE)


def _cas(reponse: Mapping[str, Any], rang: int, nombre: int) -> str:
    """Le nom du cas, devant l'objet, s'il y en a plusieurs."""
    return f"{reponse['id'] or f'cas {rang}'} : " if nombre > 1 else ""
