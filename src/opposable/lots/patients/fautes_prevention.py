"""Ce que l'interprète dit d'une ligne fautive d'un lot de prévention, située dans le fichier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opposable.droit.erreurs import ErreurEntree
from opposable.lots.patients.actes import Acte
from opposable.lots.patients.fichier import MEDECIN, Fichier
from opposable.lots.patients.lectures import Lectures
from opposable.remuneration import prevention
from opposable.remuneration import prevention_pieces as pieces

_PATIENT: Final = "patient."


def dire(
    lectures: Lectures, fichier: Fichier, actes: Sequence[Acte], ligne: int, dite: Mapping[str, Any]
) -> ErreurEntree:
    """L'erreur de cette ligne, lue comme l'interprète la lirait."""
    ou = f"{fichier.nom}, ligne {ligne}"
    if MEDECIN not in dite:
        return ErreurEntree(
            "FAIT_ABSENT", "il manque le médecin", ou=f"{ou}, {MEDECIN}", attendu="un identifiant par ligne"
        )
    try:
        _lire(lectures, fichier, actes, dite)
    except ErreurEntree as erreur:
        champ = erreur.ou.removeprefix(_PATIENT)
        return ErreurEntree(
            erreur.code, erreur.message, ou=f"{ou}, {champ}", attendu=erreur.attendu, exemple=erreur.exemple
        )
    return ErreurEntree("VALEUR_INCONNUE", "une valeur ne se lit pas", ou=ou, attendu="des valeurs sans espaces")


def _lire(lectures: Lectures, fichier: Fichier, actes: Sequence[Acte], dite: Mapping[str, Any]) -> None:
    """Lit la ligne ; ses actes se nomment par leur colonne."""
    faits = {f.nom.removeprefix(_PATIENT) for f in lectures.dispositif.hors_listes() if f.nom.startswith(_PATIENT)}
    patient = {cle: v for cle, v in dite.items() if cle in faits}
    if str(patient.get("age", "")).strip().isdigit():
        patient["age"] += " ans"
    noms = {id(source): cle for cle, source in fichier.sources.items()}
    dits, lus = [], []
    for acte in actes:
        nom = noms[id(acte.date)]
        if nom in dite:
            lus.append(nom)
            qui = dite.get(f"{nom}_praticien")
            dits.append({"acte": acte.mot, "date": dite[nom], **({} if qui is None else {"praticien": qui})})
    try:
        k = lectures.ouvrir({**lectures.brut, "patient": patient, "actes": dits})
        prevention.age_mois(k)
        pieces.verifier_actes(k)
    except ErreurEntree as erreur:
        rang = erreur.ou.removeprefix("actes[").partition("]")[0]
        ou = lus[int(rang)] if erreur.ou.startswith("actes[") else erreur.ou
        raise ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple) from None
