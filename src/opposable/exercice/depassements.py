"""Ce que les règles d'une facture disent d'un dépassement, pour un médecin et un jour, avant tout patient.

Les règles sont celles de ``regles_generales.yaml`` : rien n'est redit ici. Une ligne au-dessus du tarif est supposée,
d'une nature donnée ; ce qui dépend du patient ou des circonstances reste inconnu et devient une condition.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from opposable.droit.constat import A_VERIFIER, REFUSE, Constat, constater
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.scalaire import Portee
from opposable.droit.source import Passage

NATURE = "ligne.nature_depassement"
SANS_DEPASSEMENT, DROIT_PERMANENT = "aucun", "dp"


@dataclass(frozen=True, slots=True)
class Raison:
    """Pourquoi un dépassement est refusé, douteux ou soumis à une condition."""

    motif: str
    message: str
    sources: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Depassement:
    """Un dépassement possible. ``permis`` : ``oui``, ``sous_conditions``, ``a_verifier``, ``a_preciser`` ou ``non``.

    ``inconnus`` : les faits du médecin dont la réponse dépend.
    """

    nature: str
    libelle: str
    permis: str
    raisons: tuple[Raison, ...]
    inconnus: tuple[str, ...]


def depassements(k: Portee, connus: Collection[str]) -> list[Depassement]:
    """Les dépassements que le vocabulaire connaît, dans son ordre ; ``connus`` : les faits du médecin que l'on peut
    dire, les seuls qui comptent ici (le reste est une circonstance de l'acte).
    """
    valeurs = k.corpus.vocabulaire.faits["acte.nature_depassement"].valeurs
    return [_depassement(k, connus, nature, dit) for nature, dit in valeurs.items() if nature != SANS_DEPASSEMENT]


def _depassement(k: Portee, connus: Collection[str], nature: str, libelle: str) -> Depassement:
    ligne = Portee(k.corpus, k.calendrier, k.jour, _ligne_au_dessus(k, connus, nature), {}, strict=True)
    regles = [r for r in k.corpus.depassements if r.en_vigueur(k.jour)]
    constats = [c for r in regles if (c := constater(ligne, r)) is not None]
    refus = [c for c in constats if c.etat == REFUSE]
    faits = ligne.feuilles(tuple(f for c in constats if c.etat not in {REFUSE, A_VERIFIER} for f in c.faits))
    inconnus = tuple(fait for fait in faits if fait in connus)
    if refus:
        permis = "non"
    elif inconnus:
        permis = "a_preciser"
    elif any(c.etat == A_VERIFIER for c in constats):
        permis = "a_verifier"
    else:
        permis = "sous_conditions" if constats else "oui"
    raisons = tuple(dict.fromkeys(_raison(k.corpus, c) for c in refus or constats))
    return Depassement(nature, libelle, permis, raisons, () if refus else inconnus)


def _ligne_au_dessus(k: Portee, connus: Collection[str], nature: str) -> dict[str, Valeur]:
    """Les faits d'une ligne au-dessus du tarif, seule de sa facture : ceux du médecin, et rien du patient."""
    communs = k.corpus.vocabulaire.faits
    faits: dict[str, Valeur] = {f.nom: None for f in communs.values() if f.formule}
    faits |= {nom: k.fait(nom) for nom in connus if nom.startswith("medecin.")}
    faits |= {"ligne.opposable": "non", "facture.opposable": "non", NATURE: nature, "acte.nature_depassement": nature}
    seules = {f"facture.{n}": "non" for n in communs[NATURE].valeurs if n != nature}
    return faits | {nom: valeur for nom, valeur in seules.items() if nom in faits}


def _raison(corpus: Corpus, constat: Constat) -> Raison:
    motif = corpus.motifs[constat.motif]
    gabarit = motif.message if constat.etat in {REFUSE, A_VERIFIER} else motif.a_verifier
    message = gabarit.format(
        code="l'acte",
        libelle="l'acte",
        precision=constat.precision,
        suite=f" ({constat.precision})" if constat.precision else "",
        autre=constat.autre,
        montant="",
        remplace="",
        faits="",
        plafond="",
    )
    return Raison(constat.motif, message[0].upper() + message[1:], constat.sources)
