"""Des lots tirés au hasard dans tout le vocabulaire : inconnus, jours de bascule, annulations, montants limites."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from opposable.droit import temps
from opposable.droit.acte import Lien
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.facturation.entree import lire_facture
from opposable.lots.encodage import Codage
from opposable.lots.factures import facture_du_lot
from opposable.lots.mappage import ecrire_mappage, lire_mappage

HORS_LOT = {"facture.date", "acte.code", "acte.honoraires"}
HEURES = ("00:00", "07:59", "08:00", "13:59", "14:00", "18:59", "19:00", "20:00", "20:59", "21:00", "23:59")
FERIES = [
    jour
    for jour in range(temps.jour("2024-01-01"), temps.jour("2027-12-31"))
    if any(temps.ferie(jour, calendrier) for calendrier in temps.CALENDRIERS)
]


def ecrire_parquet(fichier: Path, rangees: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> None:
    """Écrit ces rangées, aux colonnes typées, par un fichier JSON laissé à côté."""
    source = fichier.with_suffix(".json")
    source.write_text("\n".join(json.dumps(r) for r in rangees), encoding="utf-8")
    colonnes = "{" + ", ".join(f"'{n}': '{g}'" for n, g in types.items()) + "}"
    with duckdb.connect() as base:
        base.execute(
            f"COPY (FROM read_json('{source}', format = 'newline_delimited', columns = {colonnes})) "
            f"TO '{fichier}' (FORMAT parquet)"
        )


class Hasard:
    """Tire des lots reproductibles d'après une graine."""

    def __init__(
        self, corpus: Corpus, graine: int, *, connus: float, age: bool, quantites: bool, codes: Sequence[str] = ()
    ) -> None:
        self.corpus = corpus
        self.alea = random.Random(graine)  # noqa: S311 - une graine, pour refaire le lot
        self.connus = connus
        vocabulaire = corpus.vocabulaire
        self.faits = {
            nom: fait
            for nom, fait in vocabulaire.faits.items()
            if not (fait.calcule or fait.compte) and nom not in vocabulaire.membres and nom not in HORS_LOT
        }
        if age:
            self.unite = self.alea.choice(["ans", "mois", "jours"])
        else:
            del self.faits["patient.age"]
        if not quantites:
            del self.faits["acte.quantite"]
        self.codes = sorted(codes or corpus.actes)
        self.bornes = Codage(corpus, [*self.faits, "acte.honoraires"], self.codes).bornes
        self.supports = {
            code: [c for c in self.codes if any(self._vise(lien, c) for lien in corpus.actes[code].s_ajoute_a)]
            for code in self.codes
        }  # fmt: skip

    def ecrire(self, fichier: Path, factures: int) -> None:
        """Écrit le lot et son mappage."""
        mappage = fichier.with_name(fichier.stem + ".mappage.yaml")
        mappage.write_text(self._mappage(), encoding="utf-8")
        self.lu = lire_mappage(self.corpus, mappage)
        rangees = [r for numero in range(factures) for r in self._accorder(self._facture(numero))]
        types = {"facture": "VARCHAR", "ligne": "INTEGER", "medecin": "VARCHAR", "patient": "VARCHAR"}
        types |= {"date": "DATE", "code": "VARCHAR"}
        types["honoraires"] = "INTEGER"
        types |= {self._colonne(nom): self._type(fait) for nom, fait in self.faits.items()}
        ecrire_parquet(fichier, rangees, types)

    def _vise(self, lien: Lien, code: str) -> bool:
        return lien.cible == code or lien.cible in self.corpus.actes[code].familles

    def _mappage(self) -> str:
        faits: dict[str, Any] = {
            "facture.date": "date", "acte.code": "code",
            "acte.honoraires": {"colonne": "honoraires", "unite": "centimes"},
        }  # fmt: skip
        for nom, fait in self.faits.items():
            unite = {"montant": "centimes", "terme": "jours", "age": getattr(self, "unite", "")}.get(fait.type)
            faits[nom] = {"colonne": self._colonne(nom), "unite": unite} if unite else self._colonne(nom)
        return ecrire_mappage(faits, facture="facture", ligne="ligne", medecin="medecin", patient="patient")

    def _accorder(self, rangees: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Oublie, neuf fois sur dix, les faits que l'entrée de ``coter`` refuse : le reste se contrôle."""
        if self.alea.random() < 0.1:
            return rangees
        for _ in range(12):
            try:
                lire_facture(self.corpus, facture_du_lot(self.lu, rangees, self.corpus.vocabulaire.faits))
            except ErreurEntree as erreur:
                trouve = re.fullmatch(r"actes\[(\d+)\]\.(\w+)", erreur.ou)
                if erreur.code == "ANNULATION_MELEE":
                    break
                for rang, rangee in enumerate(rangees):
                    if trouve is None:
                        rangee[self._colonne(erreur.ou)] = None
                    elif rang == int(trouve.group(1)):
                        rangee["acte__" + trouve.group(2)] = None
            else:
                break
        return rangees

    @staticmethod
    def _colonne(nom: str) -> str:
        return nom.replace(".", "__")

    @staticmethod
    def _type(fait: Fait) -> str:
        genre = {"entier": "INTEGER", "montant": "INTEGER", "age": "INTEGER", "terme": "INTEGER", "date": "DATE"}
        return "VARCHAR" if fait.sans_objet else genre.get(fait.type, "VARCHAR")

    def _facture(self, numero: int) -> list[dict[str, Any]]:
        alea = self.alea
        jour = alea.choice(self.bornes) + alea.choice([-1, 0, 0, 1, alea.randrange(400)])
        if alea.random() < 0.3:
            jour = alea.choice(FERIES) + alea.randrange(-3, 8)
        jour = min(max(jour, self.corpus.debut), temps.jour("2027-12-31"))
        codes = self._codes()
        commun = {
            "facture": f"H{numero:06d}", "medecin": f"M{alea.randrange(5)}",
            "patient": f"P{alea.randrange(9)}" if alea.random() < 0.95 else None,
            "date": date.fromordinal(jour).isoformat(),
            **{self._colonne(n): self._tirer(n, f, jour) for n, f in self.faits.items() if not n.startswith("acte.")},
        }  # fmt: skip
        annulation = alea.random() < 0.05
        rangees = []
        for rang, code in enumerate(codes, 1):
            propres = {
                self._colonne(n): self._tirer(n, f, jour) for n, f in self.faits.items() if n.startswith("acte.")
            }
            rangee = {**commun, **propres, "ligne": rang, "code": code, "honoraires": self._honoraires(code, jour)}
            if annulation:
                for nom in ("honoraires", "acte__quantite"):
                    if rangee.get(nom) is not None:
                        rangee[nom] = -rangee[nom]
            rangees.append(rangee)
        return rangees

    def _codes(self) -> list[str]:
        alea = self.alea
        premier = alea.choice(self.codes)
        codes = [premier]
        if self.supports[premier] and alea.random() < 0.9:
            codes.insert(0, alea.choice(self.supports[premier]))
        supplements = [c for c in self.codes if self.supports[c]]
        for _ in range(alea.choice([0, 0, 0, 1, 1, 2])):
            codes.append(alea.choice(supplements if supplements and alea.random() < 0.8 else self.codes))
        return codes

    def _honoraires(self, code: str, jour: int) -> int | None:
        alea = self.alea
        if alea.random() < 0.15:
            return None
        tarifs = [ligne.valeur for ligne in self.corpus.actes[code].tarifs.lignes if isinstance(ligne.valeur, int)]
        tarif = alea.choice(tarifs or [2500])
        return max(0, tarif + alea.choice([0, 0, 0, 0, 1, -1, -500, 50, 1000, tarif * 175 // 1000, -tarif]))

    def _tirer(self, nom: str, fait: Fait, jour: int) -> Any:  # noqa: PLR0911 : un retour par type de fait
        alea = self.alea
        if nom == "acte.quantite":
            return alea.choice([None, 1, 1, 1, 2, 16, 18])
        if nom == "contexte.distance_km" and alea.random() < 0.8:
            return alea.choice([None, 4, 19, 20, 21, 22])
        connu = max(self.connus, 0.97) if nom == "medecin.specialite" and alea.random() < 0.7 else self.connus
        if alea.random() >= connu:
            return None
        if fait.type == "liste":
            return ",".join(alea.sample(list(fait.valeurs), alea.choice([0, 0, 0, 1, 1, 2])))
        if fait.type in {"choix", "oui_non"}:
            return alea.choice(["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs))
        if fait.sans_objet and alea.random() < 0.4:
            return fait.sans_objet
        if fait.type in {"heure", "date", "date_heure"}:
            return self._quand(nom, fait.type, jour)
        if fait.type == "age":
            return (
                alea.choice([0, 1, 2, 5, 6, 12, 15, 16, 17, 18, 25, 70])
                * {"ans": 1, "mois": 12, "jours": 30}[self.unite]
            )
        bas, haut = fait.minimum or 0, fait.maximum if fait.maximum is not None else 60
        return alea.randint(bas, min(haut, bas + 60)) if alea.random() < 0.8 else alea.choice([bas, haut])

    def _quand(self, nom: str, genre: str, jour: int) -> str:
        if genre == "heure":
            return self._heure()
        if genre == "date":
            return date.fromordinal(self._date(nom, jour)).isoformat()
        le = date.fromordinal(jour - self.alea.choice([-1, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 30]))
        return f"{le.isoformat()}{self.alea.choice('TT ')}{self._heure()}"

    def _heure(self) -> str:
        alea = self.alea
        return alea.choice(HEURES) if alea.random() < 0.7 else f"{alea.randrange(24):02d}:{alea.randrange(60):02d}"

    def _date(self, nom: str, jour: int) -> int:
        alea = self.alea
        if nom == "patient.date_naissance":
            mois = alea.choice([0, 1, 8, 10, 23, 24, 25, 36, 72, 84, 144, 156, 180, 192, 216, 300, 312, 600, 900])
            return (
                temps.plus_mois(jour, -mois) + alea.choice([-1, 0, 1, 1, -30, 8, 28])
                if mois
                else jour - alea.choice([0, 8, 9, 28, 29])
            )
        return jour - alea.choice([0, 1, 12, 13, 45, 46, 200])
