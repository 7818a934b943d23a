"""Des factures d'actes techniques tirées au hasard : modificateurs, activités, associations, inconnus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.lots.hasard import Hasard

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.publies import MODIFICATEURS

CONSULTATIONS = ("G", "GS", "C", "CS", "CSC", "CNP", "V", "VG", "APC", "CCE", "COE", "TCG")
JOURS = (
    "2017-06-17", "2021-04-26", "2021-04-26", "2022-04-01", "2023-01-01", "2025-01-01", "2025-07-01", "2026-01-01",
    "2026-01-01", "2026-01-01", "2026-04-01", "2026-04-01",
)  # fmt: skip
_USUELS: dict[str, tuple[Any, ...]] = {
    "acte__quantite": (None, None, None, 1, 1, 1, 1, 1, 2, 12),
    "acte__activite": (None, None, "1", "1", "1", "1", "1", "1", "4"),
    "acte__phase": (None, None, None, None, "0", "0", "0", "0", "0", "1"),
    "acte__conditions_remplies": (None, "oui", "oui", "non"),
    "acte__accord_prealable": (None, "oui", "oui", "non"),
}
_COMMUNS: dict[str, tuple[Any, ...]] = {
    "medecin__territoire": (None, "metropole", "metropole", "metropole", "reunion", "guyane"),
    "medecin__secteur": (None, "1", "1", "1", "2", "2", "2", "non_conventionne"),
    "medecin__option": (None, "aucune", "optam", "optam_co", "optam_aco"),
    "medecin__specialite": (
        None, "cardiologie", "pneumologie", "dermatologie", "radiologie", "chirurgie_orthopedique", "pediatrie",
        "anesthesie_reanimation", "medecine_generale", "gynecologie_obstetrique",
    ),
    "contexte__derogation_association": (
        None, None, "aucune", "membres_differents", "lesions_multiples", "taux_plein", "moments_distincts",
    ),
    "contexte__modalite": (None, "presentiel", "presentiel"),
    "contexte__parcours": (None, "dans_le_parcours", "dans_le_parcours", "hors_parcours"),
    "contexte__urgence": (None, "aucune", "vitale", "organe"),
    "facture__heure": (None, None, "07:59", "12:00", "21:00"),
    "patient__exonerations": (None, "", "", "ald", "c2s", "maternite"),
    "patient__alsace_moselle": (None, "non", "non", "oui"),
    "contexte__lieu": (None, None, None, "cabinet", "domicile"),
}  # fmt: skip


class Techniques(Hasard):
    """Tire des factures dont chaque ligne est plausible : ce que sa version admet, le plus souvent."""

    comparees = 0

    def __init__(
        self, corpus: Corpus, graine: int, *, connus: float, actes: Sequence[str] = (), seuls: float = 0.0
    ) -> None:
        """``actes`` : des codes importés, au lieu de ceux du corpus ; ``seuls`` : la part des factures d'un acte."""
        self.seuls = seuls
        self.actes = tuple(actes) or tuple(code for code in corpus.actes if corpus.actes[code].technique)
        consultations = tuple(code for code in CONSULTATIONS if code in corpus.actes)
        codes = (*self.actes, *consultations, "MCG", "MCS", "MP")
        super().__init__(corpus, graine, connus=connus, age=False, quantites=True, codes=codes)
        self.lettres = list(corpus.vocabulaire.faits[MODIFICATEURS].valeurs)

    def _facture(self, numero: int) -> list[dict[str, Any]]:
        rangees = super()._facture(numero)
        alea = self.alea
        jour = temps.jour(alea.choice(JOURS)) + alea.choice([-1, 0, 0, 1, alea.randrange(300)])
        communs = {nom: alea.choice(valeurs) for nom, valeurs in _COMMUNS.items() if alea.random() < 0.9}
        tus = [] if alea.random() < 0.2 else [self._colonne(n) for n in self.faits if alea.random() < 0.97]
        plusieurs = sum(rangee["code"] in self.actes for rangee in rangees) > 1
        for rang, rangee in enumerate(rangees):
            rangee.update(dict.fromkeys(tus) | communs)
            rangee["date"] = date.fromordinal(jour).isoformat()
            for nom in ("patient__date_naissance", "patient__accouchement_le", "contexte__date_sortie_hospitalisation"):
                rangee[nom] = None if alea.random() < 0.9 else rangees[0][nom]
            for nom, valeurs in _USUELS.items():
                rangee[nom] = alea.choice(valeurs)
            if alea.random() < 0.7:
                rangee["honoraires"] = None
            if rangee["honoraires"] is not None and rangee["honoraires"] < 0 and rangee["acte__quantite"] is not None:
                rangee["acte__quantite"] = -rangee["acte__quantite"]
            rangee[MODIFICATEURS.replace(".", "__")] = self._modificateurs(rangee["code"])
            rangee["acte__association"] = self._association(rang, plusieurs=plusieurs)
        for nom in ("patient__date_naissance", "patient__accouchement_le", "contexte__date_sortie_hospitalisation"):
            for rangee in rangees:
                rangee[nom] = rangees[0][nom]
        return rangees

    def _codes(self) -> list[str]:
        alea = self.alea
        if self.seuls and alea.random() < self.seuls:
            return [alea.choice(self.actes)]
        codes = alea.sample(self.actes, alea.choice([1, 1, 1, 2, 2, 3, 4]))
        if alea.random() < 0.4:
            codes.insert(alea.randrange(2), alea.choice([c for c in self.codes if c not in self.actes]))
        if alea.random() < 0.25 and "YYYY490" in self.actes:
            codes += ["DEQP003", "YYYY490"]
        if alea.random() < 0.2 and "KCFA005" in self.actes:
            codes += ["KCFA005", *alea.choice([["ZZQL010"], ["ZZQA002", "ZZQL010"], ["ZZQL010", "ZZQA002"]])]
        if alea.random() < 0.1:
            codes.append(alea.choice(codes))
        return codes

    def _modificateurs(self, code: str) -> str | None:
        alea = self.alea
        if code not in self.actes or alea.random() < 0.55:
            return alea.choice([None, "", None, "F"]) if code not in self.actes else alea.choice([None, ""])
        regles = self.corpus.actes[code].regles
        dits = " ".join(r.precision for r in regles if r.motif == "MODIFICATEUR_NON_PREVU").replace(",", " ").split()
        admis = [x for x in self.lettres if x in dits] or self.lettres
        possibles = admis if alea.random() < 0.8 else self.lettres
        return ",".join(alea.sample(possibles, min(len(possibles), alea.choice([1, 1, 2, 3, 5]))))

    def _association(self, rang: int, *, plusieurs: bool) -> str | None:
        alea = self.alea
        if alea.random() < 0.2:
            return alea.choice([None, "aucune", "1", "2", "3", "4", "5"])
        return ("1" if rang == 0 else alea.choice("22222235")) if plusieurs else alea.choice([None, "aucune"])
