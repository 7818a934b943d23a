"""Ce que la version en vigueur de la CCAM dit d'un acte : chapitre, activités, modificateurs, gestes, exonération."""

from __future__ import annotations

from typing import Any

from opposable.droit import temps
from opposable.droit.acte import Acte
from opposable.droit.corpus import Corpus
from opposable.droit.nomenclature import ActePublie, Rangee, Version
from opposable.droit.publies import MODIFICATEURS


def en_dict(corpus: Corpus, acte: Acte, jour: int) -> dict[str, Any] | None:
    """Rien hors de la CCAM. Sans la version qui régit ce jour : celle qui précède, ou celle qui suit, et on le dit."""
    if not acte.technique:
        return None
    tranche = next((t for t in acte.tranches if t.du <= jour < t.au), acte.tranches[-1])
    version = tranche.version or tranche.avant or tranche.apres
    publie = acte.publies.get(version.numero) if version is not None else None
    publie = publie or acte.publies[max(acte.publies)]
    return {
        "chapitre": acte.chapitre or None,
        "version": version_en_dict(version) if version is not None else None,
        "certaine": tranche.version is not None,
        "versions": [version_en_dict(t.version) for t in acte.tranches if t.version is not None],
        "rangees": [_rangee(corpus, r) for r in publie.rangees],
        "notes": _notes(publie),
    }


def version_en_dict(version: Version) -> dict[str, Any]:
    """Une version : son numéro et le jour où elle s'applique."""
    return {"numero": version.numero, "du": temps.iso(version.du)}


def _rangee(corpus: Corpus, rangee: Rangee) -> dict[str, Any]:
    libelles = corpus.vocabulaire.faits[MODIFICATEURS].valeurs
    return {
        "activite": rangee.activite,
        "phase": rangee.phase,
        "libelle": rangee.libelle or None,
        "regroupement": rangee.regroupement or None,
        "exoneration": list(rangee.exoneration),
        "prise_en_charge": rangee.prise_en_charge,
        "accord_prealable": rangee.accord_prealable,
        "sous_conditions": rangee.sous_conditions,
        "modificateurs": [{"lettre": x, "libelle": libelles.get(x)} for x in rangee.modificateurs],
        "gestes": list(rangee.gestes),
    }


def _notes(publie: ActePublie) -> list[str]:
    return [" ".join(note.split()) for note in publie.notes]
