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
    echeances: Sequence[Mapping[str, Any]], libelles: Mapping[str, str], nom: str, reponse: Mapping[str, Any]
) -> str:
    """Le texte du fichier. ``libelles`` : le nom lisible de chaque dispositif ; ``nom`` : celui de l'agenda."""
    from icalendar import Calendar, Event

    agenda = Calendar()
    agenda.add("prodid", _PRODUIT)
    agenda.add("version", "2.0")
    agenda.add("x-wr-calname", propre(nom))
    arrete = datetime.combine(date.fromisoformat(reponse["corpus"]["arrete_au"]), time(), tzinfo=UTC)
    for echeance in echeances:
        entree = Event()
        libelle = libelles.get(echeance["dispositif"], echeance["dispositif"])
        somme = f" : {montant(echeance['montant'])}" if echeance["montant"] is not None else ""
        cle = "|".join((echeance["dispositif"], echeance["date"], echeance["objet"], reponse.get("id", "")))
        entree.add("uid", f"{hashlib.sha256(cle.encode()).hexdigest()[:32]}@opposable")
        entree.add("dtstamp", arrete)
        entree.add("dtstart", date.fromisoformat(echeance["date"]))
        entree.add("summary", propre(f"{libelle}{somme}"))
        entree.add("description", propre(f"{echeance['objet']}. {NOTE} {reponse['avertissement']}"))
        entree.add("transp", "TRANSPARENT")
        agenda.add_component(entree)
    texte: str = agenda.to_ical().decode()
    return texte
