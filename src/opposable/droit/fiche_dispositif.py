"""La liste des dispositifs calculables, et la fiche de l'un d'eux : but, période, entrées, sorties, ce qui manque."""

from __future__ import annotations

from typing import Any

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.calculer import trouver
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif, Sortie
from opposable.droit.fait import ATTENDUS, Fait
from opposable.droit.source import Passage


def liste(corpus: Corpus) -> dict[str, Any]:
    """Les dispositifs, dans l'ordre de leurs noms."""
    resumes = [_resume(corpus.dispositifs[nom]) for nom in sorted(corpus.dispositifs)]
    return {**corpus.entete(), "dispositifs": resumes}


def fiche(corpus: Corpus, nom: str) -> dict[str, Any]:
    """Tout ce qu'il faut pour s'en servir, et ce que les textes lus ne donnent pas."""
    dispositif = trouver(corpus, nom)
    return {
        **dispositif.avertir(corpus.entete()),
        **_resume(dispositif),
        "but": dispositif.but,
        "avant": dispositif.periode.avant or None,
        "apres": dispositif.periode.apres or None,
        "situe_par": dispositif.periode.fait,
        "entrees": [_entree(fait, fait.nom) for fait in dispositif.hors_listes()],
        "listes": [
            {
                "nom": une.nom,
                "libelle": une.libelle,
                "question": une.question,
                "maximum": une.maximum,
                "entrees": [_entree(f, f.nom.removeprefix(f"{une.nom}.")) for f in dispositif.de_liste(une.nom)],
            }
            for une in dispositif.listes
        ],
        "sorties": [_sortie(sortie) for sortie in dispositif.sorties],
        "principal": dispositif.principal,
        "montant": dispositif.montant or None,
        "agenda": dispositif.agenda or None,
        "conditions": [_condition(corpus, regle) for regle in dispositif.conditions],
        "manque": [*dispositif.manque, *_manquants(corpus, dispositif)],
        "sources": _sources(corpus, dispositif),
        "exemple": dispositif.exemple,
    }


def _resume(dispositif: Dispositif) -> dict[str, Any]:
    periode = dispositif.periode
    return {
        "nom": dispositif.nom,
        "libelle": dispositif.libelle,
        "du": None if periode.origine else temps.iso(periode.du),
        "au": None if periode.au == temps.INFINI else temps.iso(periode.au),
    }


def _entree(fait: Fait, nom: str) -> dict[str, Any]:
    bornes = (fait.minimum, fait.maximum)
    return {
        "nom": nom,
        "type": fait.type,
        "libelle": fait.libelle,
        "question": fait.question,
        "aide": fait.aide,
        "unite": fait.unite or ("euros" if fait.type == "montant" else ""),
        "attendu": ATTENDUS[fait.type],
        "obligatoire": "oui" if fait.obligatoire else "non",
        "valeurs": list(fait.valeurs),
        "minimum": None if bornes[0] is None else fait.texte(bornes[0]),
        "maximum": None if bornes[1] is None else fait.texte(bornes[1]),
        "usuel": None if fait.usuel is None else fait.dit(fait.usuel),
        "exemple": fait.exemple,
    }


def _sortie(sortie: Sortie) -> dict[str, Any]:
    decrite: dict[str, Any] = {
        "nom": sortie.nom,
        "type": sortie.type,
        "libelle": sortie.libelle,
        "aide": sortie.aide,
        "facultative": "oui" if sortie.facultative else "non",
    }
    if sortie.colonnes:
        decrite["colonnes"] = [_sortie(c) for c in sortie.colonnes]
    if sortie.graphique is not None:
        decrite["graphique"] = {"x": sortie.graphique.x, "y": list(sortie.graphique.y)}
    return decrite


def _condition(corpus: Corpus, regle: Regle) -> dict[str, Any]:
    return {
        "sorte": regle.sorte,
        "texte": regle.precision,
        "motif": regle.motif,
        "du": None if regle.du <= corpus.debut else temps.iso(regle.du),
        "au": None if regle.au == temps.INFINI else temps.iso(regle.au),
        "sources": [p.en_dict() for p in regle.sources],
    }


def _manquants(corpus: Corpus, dispositif: Dispositif) -> list[str]:
    """Les valeurs des tables que les textes lus ne donnent pas."""
    return [
        f"{corpus.tables[nom].libelle} : {ligne.manquant}"
        for nom in dispositif.tables
        for ligne in corpus.tables[nom].lignes
        if ligne.valeur is None
    ]


def _sources(corpus: Corpus, dispositif: Dispositif) -> list[dict[str, str]]:
    passages: dict[str, Passage] = {p.id: p for p in dispositif.sources}
    for nom in dispositif.tables:
        for ligne in corpus.tables[nom].lignes:
            passages.update({p.id: p for p in ligne.sources})
    for regle in dispositif.conditions:
        passages.update({p.id: p for p in regle.sources})
    return [p.en_dict() for p in passages.values()]
