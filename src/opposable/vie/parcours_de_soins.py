"""Le dispositif ``parcours_de_soins`` (système 50) : dans le parcours ou non, les missions de chacun, les programmes.

Le parcours est celui des factures : le fait ``ligne.parcours``, et les cas qui le donnent. Les missions et les
programmes sont les lignes de deux tables, une par mission et par rôle.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.condition import Condition
from opposable.droit.ensemble import Valeur
from opposable.droit.scalaire import Portee
from opposable.droit.source import Passage
from opposable.droit.table import EFFECTIF

_PARCOURS, _AGE = "ligne.parcours", "patient.age_mois"
_DANS: Final = "dans"
_ECARTES: Final = {"hors": "", "incertain": "a_preciser"}
"""Ce qu'on dit d'une ligne que les faits écartent, ou n'établissent pas."""


def calculer(k: Calcul) -> None:
    """Le parcours et sa raison, les missions du rôle, les programmes du patient."""
    parcours(k)
    raison(k)
    missions(k)
    programmes(k)


@etape("oui_non")
def parcours(k: Calcul) -> Valeur:
    """Le patient est vu dans le parcours de soins, d'après les règles d'une facture."""
    p = _portee(k)
    valeur = p.fait(_PARCOURS)
    manquent = p.feuilles((_PARCOURS,)) if valeur is None else ()
    for nom in (*k.cas.faits, *p.supposes, *(lu for manque in manquent for lu in _sources_de(k, manque))):
        if nom in k.dispositif.entrees:
            k.fait(nom)
    return None if valeur is None else k.oui_non(valeur == _DANS)


@etape("texte")
def raison(k: Calcul) -> str | None:
    """La première règle qui met le patient dans le parcours, par les faits qu'elle lit ; sinon celles qui manquent."""
    dedans = parcours(k)
    if dedans is None:
        return None
    p, faits = _portee(k), k.corpus.vocabulaire.faits
    cas = faits[_PARCOURS].derive
    trouve = next((c for c in cas if c.si is not None and c.si.evalue(p.fait)), None)
    if dedans == "oui" and trouve is not None and trouve.si is not None:
        return " ; ".join(_dits(k, p, trouve.si))
    exceptions = dict.fromkeys(nom for c in cas if c.si is not None for nom in c.si.faits())
    return "aucune exception : " + ", ".join(faits[nom].libelle.lower() for nom in list(exceptions)[1:])


@etape("tableau")
def missions(k: Calcul) -> list[dict[str, Any]]:
    """Les missions du médecin à ce titre, ce jour-là ; une ligne dit celles que les textes lus ne donnent pas."""
    return _rangees(k, "mission", "parcours_missions")


@etape("tableau")
def programmes(k: Calcul) -> list[dict[str, Any]]:
    """Les programmes de prévention du médecin traitant qui concernent ce patient."""
    return _rangees(k, "programme", "parcours_programmes")


@etape("entier")
def age_en_mois(k: Calcul) -> Valeur:
    """L'âge du patient ce jour-là, en mois révolus ; un intervalle si seul l'âge est dit."""
    return k.age_mois("patient.date_naissance", "patient.age")


def _portee(k: Calcul) -> Portee:
    """Les faits du cas, lus par les règles communes ; l'âge y est déjà calculé."""
    faits = {nom: valeur for nom, valeur in k.cas.faits.items() if "." in nom}
    p = Portee(k.corpus, EFFECTIF, k.jour, faits, {}, strict=k.strict)
    p.cache[_AGE] = p.age_mois("patient.date_naissance", "patient.age")
    return p


def _sources_de(k: Calcul, nom: str) -> tuple[str, ...]:
    """Les entrées d'où vient ce fait : lui-même, ou celles qui le donnent quand il se déduit ou se calcule."""
    if nom in k.dispositif.entrees:
        return (nom,)
    fait = k.corpus.vocabulaire.faits[nom]
    deduites = [lu for c in fait.deductions if c.si is not None for lu in sorted(c.si.faits())]
    return tuple(dict.fromkeys((*fait.lit, *deduites)))


def _dits(k: Calcul, p: Portee, condition: Condition) -> list[str]:
    """Ce que la condition a lu, par les faits que le cas dit : « Spécialité : Cardiologie »."""
    noms: dict[str, None] = {}
    for nom in sorted(condition.faits()):
        deduit = next(
            (c.si for c in k.corpus.vocabulaire.faits[nom].deductions if c.si is not None and c.si.evalue(p.fait)), None
        )
        lus = [nom] if nom in k.cas.faits or deduit is None else sorted(deduit.faits())
        noms.update((source, None) for lu in lus for source in _sources_de(k, lu) if source in k.cas.faits)
    return [_dit(k, nom) for nom in noms]


def _dit(k: Calcul, nom: str) -> str:
    fait, valeur = k.corpus.vocabulaire.faits[nom], k.cas.faits[nom]
    if fait.type == "date" and isinstance(valeur, int):
        return f"{fait.libelle} : {temps.en_lettres(valeur)}"
    return f"{fait.libelle} : {k.cas.textes.get(nom) or fait.dit(valeur)}"


def _rangees(k: Calcul, fait: str, table: str) -> list[dict[str, Any]]:
    """Une rangée par ligne de la table que le rôle et le patient ouvrent, ou pourraient ouvrir."""
    resultat = []
    for nom, libelle in k.corpus.vocabulaire.faits[fait].valeurs.items():
        choisie = Element(k, "lecture", 0, {fait: nom}).choisir(table)
        ligne = choisie.ligne or next(iter(choisie.possibles), None)
        if ligne is None or choisie.etat == "hors":
            continue
        mot = ligne.valeur if isinstance(ligne.valeur, str) else None
        resultat.append(
            {
                fait: nom,
                "libelle": libelle,
                "etat": _ECARTES.get(choisie.etat) or choisie.etat,
                "dit": ligne.manquant if mot is None else k.corpus.tables[table].valeurs[mot],
                "source": _source(ligne.sources[0]),
            }
        )
    return resultat


def _source(passage: Passage) -> str:
    titre = passage.document.titre if passage.document is not None else "Valeur déduite"
    return f"{titre}, {passage.lieu}"
