"""Les pièces d'un indicateur de prévention : ce qu'une preuve demande, les actes qui y répondent, et leur fenêtre.

Chaque acte est situé (âge du patient, mois écoulés, campagne), puis confronté à la table des actes. Les fenêtres sont
lues dans les cellules de cette table : rien n'est écrit deux fois.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element
from opposable.droit.ensemble import Intervalle, Plages, Valeur
from opposable.droit.table import Choisie, LigneTable

OUI, NON, INCONNU, A_VERIFIER = "oui", "non", "inconnu", "a_verifier"
_COMPTE: Final = "compte"
PREUVES: Final = "prevention_preuves"
ACTES: Final = "prevention_actes"


def demandees(k: Calcul, indicateur: str) -> Iterator[tuple[str, str]]:
    """Les couples (voie, pièce) que la table des preuves nomme pour cet indicateur."""
    couples: dict[tuple[str, str], None] = {}
    for ligne in k.corpus.tables[PREUVES].actives(k.jour, k.calendrier):
        boite = ligne.boite()
        if boite["indicateur"].teste(indicateur):
            couples[str(boite["voie"].temoin()), str(boite["piece"].temoin())] = None
    yield from couples


def indecis(lecteur: Element, choisie: Choisie) -> list[str]:
    """Les faits, et eux seuls, dont l'ignorance laisse une table hésiter."""
    cellules = dict.fromkeys(c for ligne in choisie.possibles for c in ligne.cellule)
    return list(dict.fromkeys(nom for nom, ensemble in cellules if ensemble.teste(lecteur.fait(nom)) is None))


def manquer(k: Calcul, faits: Iterable[str]) -> None:
    """Ces faits, et eux seuls, manquent à l'étape en cours."""
    k.en_cours().inconnus.clear()
    k.en_cours().inconnus.update(dict.fromkeys(faits))


def piece(k: Calcul, indicateur: str, voie: str, nom: str) -> dict[str, Any] | None:
    """Ce qu'une pièce demande et ce qui y répond ; rien si la preuve n'est pas ouverte à ce patient."""
    lecteur = Element(k, "actes", 0, {"indicateur": indicateur, "voie": voie, "piece": nom})
    choisie = lecteur.choisir(PREUVES)
    if choisie.etat == "hors":
        return None
    exige = choisie.valeur if isinstance(choisie.valeur, int) else None
    dits = "actes" in k.listes
    actes = _confrontes(k, indicateur, nom)
    manque = [*(indecis(lecteur, choisie) if exige is None else ()), *actes.manque, *(() if dits else ("actes.acte",))]
    du, au = _fenetre(k, indicateur, nom)
    return {
        "voie": voie, "piece": nom, "exige": exige, "dits": dits, "etat": actes.etat(exige) if dits else INCONNU,
        "retrouves": [temps.iso(j) for j in sorted(actes.surs)],
        "selon_la_lecture": [temps.iso(j) for j in sorted(actes.doutes)],
        "lecture": next(iter(actes.doutes.values()), ""), "manque": manque,
        "du": None if du is None else temps.iso(du), "au": None if au is None else temps.iso(au),
    }  # fmt: skip


@dataclass(slots=True)
class _Confrontes:
    """Les actes d'une pièce : les jours sûrs, ceux d'une seule lecture et son mot, et ceux qu'on ne sait pas situer.

    Deux actes de la même pièce le même jour n'en font qu'un ; un acte sans date en est toujours un autre.
    """

    surs: set[int] = field(default_factory=set)
    doutes: dict[int, str] = field(default_factory=dict)
    flous: set[int] = field(default_factory=set)
    sans_date: int = 0
    manque: list[str] = field(default_factory=list)

    def etat(self, exige: int | None) -> str:
        """Assez d'actes sûrs, assez selon une lecture, pas assez, ou on ne sait pas."""
        possibles = len(self.surs.union(self.doutes, self.flous)) + self.sans_date
        if exige is None:
            return INCONNU if possibles else NON
        if len(self.surs) >= exige:
            return OUI
        if possibles < exige:
            return NON
        return INCONNU if self.flous - self.surs or self.sans_date else A_VERIFIER


def verifier_actes(k: Calcul) -> None:
    """:class:`ErreurEntree` si un acte déjà fait précède la naissance du patient."""
    bornes = _naissance(k)
    for rang, faits in enumerate(k.cas.listes.get("actes", ())):
        le = faits.get("actes.date")
        if isinstance(le, int) and le <= k.jour and bornes is not None and le < bornes[0]:
            raise k.contredit(f"actes[{rang}].date", "l'acte précède la naissance du patient", "une date postérieure")


def confronter(k: Calcul, indicateur: str, piece_: str, rang: int) -> tuple[Element, Choisie]:
    """Un acte du cas, situé, et ce que la table des actes en dit pour une pièce."""
    faits = k.cas.listes["actes"][rang]
    situe = situer(k, indicateur, rang, faits.get("actes.date"))
    acte = Element(k, "actes", rang, {**situe, **faits, "piece": piece_})
    return acte, acte.choisir(ACTES)


def _confrontes(k: Calcul, indicateur: str, piece_: str) -> _Confrontes:
    """Chaque acte, confronté à la pièce. Un acte postérieur à la date d'observation n'est pas regardé."""
    trouves = _Confrontes()
    for rang, faits in enumerate(k.cas.listes.get("actes", ())):
        le = faits.get("actes.date")
        if isinstance(le, int) and le > k.jour:
            continue
        acte, choisie = confronter(k, indicateur, piece_, rang)
        if choisie.etat == "hors":
            continue
        if choisie.etat == "incertain" or not isinstance(le, int):
            if isinstance(le, int):
                trouves.flous.add(le)
            else:
                trouves.sans_date += 1
            hesite = indecis(acte, choisie)
            trouves.manque += [nom for nom in hesite if not _fait_calcule(k, nom)]
            trouves.manque += [] if isinstance(le, int) else ["actes.date"]
            trouves.manque += ["patient.date_naissance"] if "actes.age_mois" in hesite else []
        elif choisie.valeur == _COMPTE:
            trouves.surs.add(le)
        else:
            trouves.doutes[le] = str(choisie.valeur)
    trouves.doutes = {le: mot for le, mot in trouves.doutes.items() if le not in trouves.surs}
    return trouves


def _fait_calcule(k: Calcul, nom: str) -> bool:
    return k.dispositif.vocabulaire.faits[nom].calcule


def _naissance(k: Calcul) -> tuple[int, int] | None:
    """Le premier et le dernier jour de naissance possibles."""
    le, dit = k.cas.faits.get("patient.date_naissance"), k.cas.faits.get("patient.age")
    if isinstance(le, int):
        return le, le
    return (dit.bas, dit.haut - 1) if isinstance(dit, Intervalle) else None


def situer(k: Calcul, indicateur: str, rang: int, le: Valeur) -> dict[str, Valeur]:
    """Où un acte tombe : l'âge du patient, les mois écoulés depuis, et s'il est dans la campagne en cours."""
    if not isinstance(le, int):
        return {}
    bornes = _naissance(k)
    age: Valeur = None
    if bornes is not None:
        if le < bornes[0]:
            raise k.contredit(f"actes[{rang}].date", "l'acte précède la naissance du patient", "une date postérieure")
        jeune, vieux = temps.mois_revolus(min(bornes[1], le), le), temps.mois_revolus(bornes[0], le)
        age = jeune if jeune == vieux else Intervalle(jeune, vieux + 1)
    du, au = campagne(k, indicateur)
    dedans = du is not None and au is not None and du <= le <= au
    return {"actes.age_mois": age, "actes.anciennete": _mois_commences(le, k.jour), "actes.campagne": k.oui_non(dedans)}


def _mois_commences(le: int, jour: int) -> int:
    """Le plus petit nombre de mois qui, ajouté de date à date, atteint ce jour."""
    mois = temps.mois_revolus(le, jour)
    while temps.plus_mois(le, mois) < jour:
        mois += 1
    return mois


def campagne(k: Calcul, indicateur: str) -> tuple[int | None, int | None]:
    """Le premier et le dernier jour de la campagne en cours ; rien si l'indicateur n'en a pas."""
    lecteur = Element(k, "actes", 0, {"indicateur": indicateur})
    mois, duree = lecteur.table("prevention_campagne_debut"), lecteur.table("prevention_campagne_duree")
    if mois is None or duree is None:
        return None, None
    debut = date(k.annee(), mois, 1).toordinal()
    if debut > k.jour:
        debut = date(k.annee() - 1, mois, 1).toordinal()
    return debut, temps.plus_mois(debut, duree) - 1


def _fenetre(k: Calcul, indicateur: str, nom: str) -> tuple[int | None, int | None]:
    """Le premier et le dernier jour où un acte compte sûrement pour cette pièce, d'après la ligne qui le dit."""
    du: list[int] = []
    au: list[int] = []
    for ligne in k.corpus.tables[ACTES].actives(k.jour, k.calendrier):
        if ligne.valeur == _COMPTE and ligne.boite()["piece"].teste(nom):
            for bas, haut in _bornes(k, indicateur, ligne):
                du += [] if bas is None else [bas]
                au += [] if haut is None else [haut]
    return max(du, default=None), min(au, default=None)


def _bornes(k: Calcul, indicateur: str, ligne: LigneTable) -> Iterator[tuple[int | None, int | None]]:
    """Ce que chaque condition d'une ligne dit de la date d'un acte."""
    naissance = k.cas.faits.get("patient.date_naissance")
    for nom, ensemble in ligne.cellule:
        if nom == "actes.campagne":
            yield campagne(k, indicateur)
        elif isinstance(ensemble, Plages):
            bas, haut = ensemble.plages[0]
            if nom == "actes.date":
                yield bas, k.jour
            elif nom == "actes.anciennete":
                yield _debut(k.jour, haut - 1), k.jour
            elif nom == "actes.age_mois" and isinstance(naissance, int):
                yield _a_l_age(naissance, bas), _a_l_age(naissance, haut) - 1


def _debut(jour: int, mois: int) -> int:
    """Le premier jour depuis lequel ce nombre de mois, de date à date, atteint ``jour``."""
    essai = temps.plus_mois(jour, -mois)
    while temps.plus_mois(essai, mois) < jour:
        essai += 1
    while temps.plus_mois(essai - 1, mois) >= jour:
        essai -= 1
    return essai


def _a_l_age(naissance: int, mois: int) -> int:
    """Le jour où ces mois sont révolus."""
    essai = temps.plus_mois(naissance, mois)
    return essai if temps.mois_revolus(naissance, essai) >= mois else essai + 1
