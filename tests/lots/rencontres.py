"""Des lots de rencontres répétées : les cas de droit des actes limités, rejoués à d'autres dates.

Quelques patients et quelques médecins seulement, et des faits oubliés en chemin.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.lots.hasard import ecrire_parquet
from tests.test_cas import fichiers, lire

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.fait import Fait
from opposable.facturation.entree import CasFacture, lire_facture
from opposable.lots.mappage import ecrire_mappage

RETENUES = {"contexte.actes_meme_professionnel_jour", "patient.participations_annee"}
JAMAIS = {"facture.date", "acte.code", "acte.honoraires", "patient.age"}


class Rencontres:
    """Tire des lots reproductibles d'après une graine."""

    def __init__(self, corpus: Corpus, graine: int, *, oublis: float) -> None:
        self.corpus, self.oublis = corpus, oublis
        self.alea = random.Random(graine)  # noqa: S311 - une graine, pour refaire le lot
        comptes = {code for nom in corpus.actes for f in corpus.actes[nom].frequences for code in f.compte}
        self.modeles = [cas for cas in _cas(corpus) if any(ligne.code in comptes for ligne in cas.lignes)]
        faits = {nom for cas in self.modeles for nom in (*cas.faits, *(n for x in cas.lignes for n in x.faits))}
        self.faits = [corpus.vocabulaire.faits[n] for n in sorted(faits - JAMAIS) if self._dicible(n)]
        self.faits = [f for f in self.faits if f.nom not in RETENUES]
        self.faits.append(corpus.vocabulaire.faits["patient.date_naissance"])

    def _dicible(self, nom: str) -> bool:
        fait = self.corpus.vocabulaire.faits[nom]
        return nom != "patient.date_naissance" and not (fait.calcule or fait.compte)

    def ecrire(self, fichier: Path, factures: int, couverture: str = "") -> None:
        """Écrit le lot et son mappage."""
        faits: dict[str, Any] = {
            "facture.date": "date", "acte.code": "code",
            "acte.honoraires": {"colonne": "honoraires", "unite": "centimes"},
        }  # fmt: skip
        for fait in self.faits:
            unite = {"montant": "euros", "terme": "jours"}.get(fait.type)
            faits[fait.nom] = {"colonne": _colonne(fait.nom), "unite": unite} if unite else _colonne(fait.nom)
        texte = ecrire_mappage(faits, facture="facture", ligne="ligne", medecin="medecin", patient="patient")
        if couverture:
            texte = texte.replace("couverture: {patients: partiels, medecins: partiels}", f"couverture: {couverture}")
        fichier.with_name(fichier.stem + ".mappage.yaml").write_text(texte, encoding="utf-8")
        rangees = [r for numero in range(factures) for r in self._facture(numero)]
        noms = [
            "facture",
            "ligne",
            "medecin",
            "patient",
            "date",
            "code",
            "honoraires",
            *(_colonne(f.nom) for f in self.faits),
        ]
        types = dict.fromkeys(noms, "VARCHAR") | {"ligne": "INTEGER", "date": "DATE", "honoraires": "INTEGER"}
        ecrire_parquet(fichier, rangees, types)

    def _facture(self, numero: int) -> Iterator[dict[str, Any]]:
        alea, modele = self.alea, self.alea.choice(self.modeles)
        ecart = alea.choice([0, 1, 6, 7, 8, 60, 119, 120, 200, 364, 365, 366, alea.randrange(500)])
        jour = min(max(modele.jour + ecart * alea.choice([-1, 1]), self.corpus.debut), self.corpus.arrete_au)
        signe = -1 if alea.random() < 0.03 else 1
        commun: dict[str, Any] = {
            "facture": f"R{numero:05d}", "date": date.fromordinal(jour).isoformat(),
            "medecin": f"M{alea.randrange(2)}", "patient": alea.choice(["P0", "P1", "P2", None]),
        }  # fmt: skip
        for fait in self.faits:
            if not fait.nom.startswith("acte."):
                commun[_colonne(fait.nom)] = self._valeur(fait, modele.faits, modele.jour, jour)
        for rang, ligne in enumerate(modele.lignes, 1):
            propres = {
                _colonne(f.nom): self._valeur(f, ligne.faits, modele.jour, jour)
                for f in self.faits if f.nom.startswith("acte.")
            }  # fmt: skip
            quantite = ligne.faits.get("acte.quantite", 1)
            if signe < 0 and isinstance(quantite, int):
                propres["acte__quantite"] = str(-quantite)
            honoraires = ligne.faits.get("acte.honoraires")
            euros = signe * honoraires if isinstance(honoraires, int) else None
            yield {**commun, **propres, "ligne": rang, "code": ligne.code, "honoraires": euros}

    def _valeur(self, fait: Fait, dits: dict[str, Valeur], avant: int, jour: int) -> str | None:
        valeur = dits.get(fait.nom)
        if fait.nom == "patient.date_naissance" and valeur is None:
            age = dits.get("patient.age")
            valeur = (age.bas + age.haut) // 2 if isinstance(age, Intervalle) else None
        if valeur is None or self.alea.random() < self.oublis:
            return None
        if isinstance(valeur, frozenset):
            return ",".join(sorted(valeur))
        if isinstance(valeur, int) and fait.type in {"date", "date_heure"}:
            valeur += (jour - avant) * (temps.MINUTES if fait.type == "date_heure" else 1)
        return str(valeur) if fait.type == "terme" else fait.texte(valeur)


def _colonne(nom: str) -> str:
    return nom.replace(".", "__")


def _cas(corpus: Corpus) -> Iterator[CasFacture]:
    for fichier in fichiers():
        for cas in lire(fichier):
            if "erreur" not in cas["attendu"] and not cas.get("options"):
                lu = lire_facture(corpus, cas["facture"])
                if lu.signe > 0:
                    yield lu
