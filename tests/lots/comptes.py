"""Les comptes d'un lot, refaits sans colonnes : une boucle par ligne limitée, sur les lignes du scalaire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from opposable.droit.classes import SITUATION
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle
from opposable.droit.frequence import CIVILE, Compte, Comptes, Frequence, debut_civil, debut_glissant, jours_de
from opposable.droit.table import EFFECTIF
from opposable.facturation import strates
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.frequences import AGE, en_vigueur, lectures, premier_jour
from opposable.facturation.technique import hors_nomenclature
from opposable.lots.comptage import ORIGINE


@dataclass(frozen=True)
class Place:
    """Une ligne du lot et de qui elle est."""

    facture: str
    ligne: str
    rang: int
    patient: str | None
    medecin: str | None
    scalaire: LigneFacture


def placer(
    corpus: Corpus,
    facture: str,
    lignes: Sequence[str],
    qui: tuple[str | None, str | None],
    cas: CasFacture,
    *,
    strict: bool,
) -> list[Place]:
    """Les lignes d'une facture, évaluées jusqu'aux fréquences."""
    scalaire = Facture(corpus, cas, EFFECTIF, cas.faits, strict=strict)
    for rang, ligne in enumerate(cas.lignes):
        scalaire.lignes.append(LigneFacture(scalaire, rang, ligne.faits, corpus.actes[ligne.code]))
    for ligne_ in scalaire.lignes:
        strates.eligibilite(ligne_)
        if (constat := hors_nomenclature(ligne_)) is not None:
            ligne_.constate(constat)
    strates.relations(scalaire)
    return [Place(facture, n, r, *qui, x) for r, (n, x) in enumerate(zip(lignes, scalaire.lignes, strict=True))]


class Places:
    """Les lignes du lot, par patient et par médecin."""

    def __init__(self, toutes: Iterable[Place]) -> None:
        self.de: dict[tuple[str, str | None], list[Place]] = {}
        for place in toutes:
            self.de.setdefault(("patient", place.patient), []).append(place)
            self.de.setdefault(("medecin", place.medecin), []).append(place)


def comptes(places: Places, ici: Place, tous_depuis: int | None = None) -> dict[str, Comptes]:
    """Par fréquence de cette ligne, ses comptes ; ``tous_depuis`` : le jour depuis lequel le lot dit tout."""
    if ici.scalaire.survit is False or ici.scalaire.facture.cas.signe < 0:
        return {}
    tenues = [f for f in en_vigueur(ici.scalaire) if f.sur != "grossesse" and _de_qui(ici, f)]
    return {f.id: _comptes(places, ici, f, tous_depuis) for f in tenues if _etiquette(ici.scalaire, f) != "hors"}


def _comptes(places: Places, ici: Place, frequence: Frequence, tous_depuis: int | None) -> Comptes:
    etiquette = _etiquette(ici.scalaire, frequence)
    resultat: Comptes = {}
    for lecture in lectures(ici.scalaire, frequence):
        debut = _debut(ici.scalaire.corpus, frequence, lecture, ici.scalaire.jour)
        certain = possible = 0
        qui = ("medecin", ici.medecin) if frequence.par == "medecin" else ("patient", ici.patient)
        for autre in places.de[qui]:
            if not _precede(autre, ici, frequence, debut):
                continue
            sienne = _etiquette(autre.scalaire, frequence)
            nombre = autre.scalaire.nombre("acte.quantite") or 1
            nombre *= autre.scalaire.facture.cas.signe
            peut_compter = sienne in {etiquette, None} or etiquette is None
            compte = sienne == etiquette is not None and autre.scalaire.survit is True
            # Une annulation en doute peut ôter du moins certain, jamais du plus possible.
            possible += nombre if (compte if nombre < 0 else peut_compter) else 0
            certain += nombre if (peut_compter if nombre < 0 else compte) else 0
        su = etiquette is not None and (tous_depuis is None or debut >= tous_depuis)
        resultat[lecture] = Compte(max(0, certain) if etiquette is not None else 0, max(0, possible) if su else None)
    return resultat


def _de_qui(place: Place, frequence: Frequence) -> bool:
    return (frequence.par == "medecin" or place.patient is not None) and (
        frequence.par == "patient" or place.medecin is not None
    )


def _precede(autre: Place, ici: Place, frequence: Frequence, debut: int) -> bool:
    scalaire = autre.scalaire
    if autre.facture == ici.facture or not _comptee(scalaire, frequence) or scalaire.survit is False:
        return False
    if frequence.par != "medecin" and autre.patient != ici.patient:
        return False
    if frequence.par != "patient" and autre.medecin != ici.medecin:
        return False
    jour = scalaire.jour
    return debut <= jour and (jour, autre.facture, autre.ligne) < (ici.scalaire.jour, ici.facture, ici.ligne)


def _comptee(ligne: LigneFacture, frequence: Frequence) -> bool:
    return ligne.acte.code in frequence.compte or (not frequence.compte and not ligne.acte.supplement)


def _debut(corpus: Corpus, frequence: Frequence, lecture: str, jour: int) -> int:
    if jours_de(frequence.sur) is None:
        return max(premier_jour(corpus, frequence.compte), ORIGINE)
    return debut_civil(frequence.sur, jour) if lecture == CIVILE else debut_glissant(frequence.sur, jour)


def _etiquette(ligne: LigneFacture, frequence: Frequence) -> str | None:
    if frequence.meme_situation:
        situation = ligne.fait(SITUATION)
        return situation if isinstance(situation, str) else None
    if frequence.tranches is None:
        return "" if frequence.compte else ligne.acte.code
    age = ligne.fait(AGE)
    if age is None or isinstance(age, str):
        return None
    bornes = (age.bas, age.haut - 1) if isinstance(age, Intervalle) else (age, age)
    tranches = {frequence.tranche(mois) for mois in bornes if isinstance(mois, int)}
    if len(tranches) > 1:
        return None
    (tranche,) = tranches
    return "hors" if tranche is None else str(tranche)
