"""Les droits d'un médecin un jour donné : ce que les tables disent de son statut, de son secteur et de son option.

Aucune règle n'est écrite ici : les tables sont dans ``tables/exercice.yaml`` et ``dispositifs/statut.yaml``, les
dépassements suivent les règles d'une facture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.coherence import contradiction
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.scalaire import Portee
from opposable.droit.source import Passage
from opposable.droit.table import EFFECTIF, Calendrier
from opposable.exercice.depassements import Depassement, depassements

DISPOSITIF: Final = "statut"
"""Le dispositif qui nomme les tables lues, et les faits que l'on peut dire d'un médecin."""
MAITRISE: Final = "medecin.maitrise"
"""Le fait calculé que les actes lisent : la base et les majorations du secteur 1 et des options."""


@dataclass(frozen=True, slots=True)
class CasExercice:
    """Un médecin, un jour : ``faits`` donne ce qui est dit de son statut, de son secteur, de son option…"""

    jour: int
    faits: Mapping[str, Valeur]


@dataclass(frozen=True, slots=True)
class Droit:
    """Ce qu'une table répond. ``etat`` : ``certain``, ``manquant`` (``dit`` donne la raison) ou ``incertain``
    (``inconnus`` : les faits qui le décideraient).
    """

    table: str
    libelle: str
    etat: str
    mot: str | None
    dit: str
    ligne: str | None
    sources: tuple[Passage, ...]
    inconnus: tuple[str, ...] = ()


def lire(k: Portee, nom: str) -> Droit | None:
    """Ce que la table dit du cas ; rien si elle n'en parle pas, ou n'en parlerait que peut-être."""
    table, choisie = k.corpus.tables[nom], k.choisir(nom)
    if choisie.etat == "hors" or (choisie.etat == "incertain" and table.ailleurs):
        return None
    if choisie.ligne is None:
        inconnus = k.feuilles(k.inconnus_de(choisie.possibles))
        noms = ", ".join(k.corpus.vocabulaire.faits[f].libelle.lower() for f in inconnus)
        sources = tuple(dict.fromkeys(s for p in choisie.possibles for s in p.sources))
        return Droit(
            nom, table.libelle, "incertain", None, f"dépend de faits inconnus : {noms}", None, sources, inconnus
        )
    mot = choisie.valeur if isinstance(choisie.valeur, str) else None
    dit = choisie.ligne.manquant if mot is None else table.valeurs.get(mot, mot)
    return Droit(nom, table.libelle, choisie.etat, mot, dit, choisie.ligne.id, choisie.ligne.sources)


def tous(k: Portee) -> list[Droit]:
    """Les droits que les tables disent du cas."""
    return [droit for nom in k.corpus.dispositifs[DISPOSITIF].tables if (droit := lire(k, nom)) is not None]


def verifier(corpus: Corpus, cas: CasExercice) -> None:
    """Refuse des faits qui ne vont pas ensemble. :class:`ErreurEntree` (``FAITS_CONTRADICTOIRES``)."""
    trouvee = contradiction(corpus, cas.jour, cas.faits, de_ligne=False)
    if trouvee is not None:
        raise ErreurEntree("FAITS_CONTRADICTOIRES", trouvee.message, ou=trouvee.ou, attendu=trouvee.attendu)


def droits(
    corpus: Corpus, cas: CasExercice, *, calendrier: Calendrier = EFFECTIF, strict: bool = False
) -> dict[str, Any]:
    """Les droits du cas, leurs sources, ce qui est refusé et pourquoi, ce qui manque, et les questions à poser.

    :class:`ErreurEntree` si les faits se contredisent (une option hors de sa période…).
    """
    verifier(corpus, cas)
    k = Portee(corpus, calendrier, cas.jour, cas.faits, {}, strict=strict)
    lus, possibles = tous(k), depassements(k, corpus.dispositifs[DISPOSITIF].entrees)
    maitrise = k.fait(MAITRISE)
    manquent = (MAITRISE,) if maitrise is None else ()
    inconnus = dict.fromkeys(
        (*(f for d in lus for f in d.inconnus), *(f for d in possibles for f in d.inconnus), *k.feuilles(manquent))
    )
    return {
        **corpus.entete(),
        "date": temps.iso(cas.jour),
        "medecin": {nom.removeprefix("medecin."): _dit(k, nom) for nom in sorted(cas.faits)},
        "droits": [_droit(d) for d in lus],
        "maitrise": maitrise,
        "depassements": [_depassement(d) for d in possibles],
        "refuses": [_depassement(d) for d in possibles if d.permis == "non"],
        "manquants": [{"parametre": d.libelle, "raison": d.dit} for d in lus if d.etat == "manquant"],
        "hypotheses": [{"fait": nom, "valeur": _dit(k, nom)} for nom in k.supposes],
        "questions": [{"fait": nom, "question": corpus.vocabulaire.faits[nom].question} for nom in inconnus],
    }


def _dit(k: Portee, nom: str) -> str:
    return k.corpus.vocabulaire.faits[nom].texte(k.fait(nom))


def _droit(droit: Droit) -> dict[str, Any]:
    return {
        "droit": droit.table,
        "libelle": droit.libelle,
        "etat": droit.etat,
        "valeur": droit.mot,
        "dit": droit.dit,
        "ligne": droit.ligne,
        "sources": [p.en_dict() for p in droit.sources],
    }


def _depassement(depassement: Depassement) -> dict[str, Any]:
    return {
        "nature": depassement.nature,
        "libelle": depassement.libelle,
        "permis": depassement.permis,
        "raisons": [
            {"motif": r.motif, "message": r.message, "sources": [p.en_dict() for p in r.sources]}
            for r in depassement.raisons
        ],
    }
