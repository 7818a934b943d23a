"""Les fréquences d'un lot : les colonnes comptent, l'interprète scalaire dit ce que chaque compte entraîne.

Une limite dépassée change les droits de la ligne ; seules les factures touchées sont résolues de nouveau.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.frequence import LECTURES, UNITES, Compte, Comptes, debut_civil, debut_glissant, jours_de
from opposable.facturation.frequences import premier_jour
from opposable.lots.compteurs import Compteur, Suivi
from opposable.lots.etapes_frequences import COMPTES, FENETRES, SUIVIS
from opposable.lots.etats import Droits
from opposable.lots.moteurs import Moteur
from opposable.lots.reponses import Repondeur

ORIGINE: Final = temps.jour("1900-01-01")
"""Le début d'une période sans début."""


class Comptage(Repondeur):
    """Compte les actes limités d'un lot, et refuse ou met en doute ceux qui dépassent leur limite."""

    comptees = False
    """Vrai quand des actes ont été comptés : la table ``comptes`` existe."""

    @property
    def _doubles_tenus(self) -> bool:
        """Vrai si le lot dit de qui compter les répétitions d'un même acte."""
        return any(compteur.de_tous and self.tenu(compteur) for compteur in self.resolution.compteurs.tous)

    def _suivre(self, moteur: Moteur) -> None:
        """À part, pendant que l'interprète résout les factures : les lignes suivies par un compteur, leur patient."""
        self._suivis = self._charger_suivis(moteur)
        if self._suivis:
            moteur.creer("suivies", self.plan.suivies(repetees=self._doubles_suivis), longue=True)
            moteur.creer("suivies_avec_patient", self.plan.patients(), longue=True)

    def _frequences(self) -> None:
        if not self._suivis:
            return
        moteur, plan = self.moteur, self.plan
        self._charger_survies()
        moteur.creer("survivantes", plan.survivantes())
        self._charger_fenetres(self._suivis)
        self._nommer()
        moteur.creer("comptees", plan.comptees())
        moteur.creer("comptes", plan.comptes())
        if self._juger(moteur.lire(plan.cas_comptes())):
            moteur.creer("jugees", plan.jugees())
            self._nouveaux_droits(moteur.lire(plan.cas_juges()))
            moteur.creer("corrections", plan.corrections())
            self._corriger()
        for table in ("suivies", "suivies_avec_patient", "survivantes", "comptees", "repetees"):
            moteur.oublier(table)

    def _charger_suivis(self, moteur: Moteur) -> set[int]:
        """Ce qui est suivi, par numéro de droits ; rend les compteurs que le lot sait tenir."""
        compteurs, rangees = self.resolution.compteurs, []
        utiles: set[int] = set()
        self._doubles_suivis = False
        for numero, droits in enumerate(self.reponses["droits"]):
            for suivi in droits.suivis:
                compteur = compteurs.tous[suivi.compteur]
                if not self.tenu(compteur):
                    continue
                limite = suivi.rang >= 0
                maximum = compteurs.maximum(self.corpus.actes[droits.code], suivi) if limite else 0
                if limite:
                    utiles.add(suivi.compteur)
                    self._doubles_suivis |= compteur.de_tous
                rangees.append(
                    (numero, suivi.compteur, suivi.etiquette, suivi.rang, maximum, int(compteur.par != "medecin"),
                     int(compteur.par != "patient"), int(compteur.etiquete), int(compteur.de_tous))
                )  # fmt: skip
        if utiles:
            moteur.charger("suivis", SUIVIS, [r for r in rangees if r[1] in utiles])
        return utiles

    def _nommer(self) -> None:
        """L'identifiant de chaque limite, par numéro de droits."""
        rangees = {
            (numero, s.rang, self.resolution.compteurs.frequence(self.corpus.actes[droits.code], s).id)
            for numero, droits in enumerate(self.reponses["droits"])
            for s in droits.suivis
            if s.rang >= 0
        }
        colonnes = {"droits": "INTEGER", "rang": "INTEGER", "frequence": "VARCHAR"}
        self.moteur.charger("noms_frequences", colonnes, sorted(rangees))
        self.comptees = True

    def non_verifiees(self) -> list[str]:
        """Ce que le contrôle ne sait pas des fréquences de ce lot, dit une fois."""
        compteurs = self.resolution.compteurs.tous
        dits = []
        if any(not self.tenu(c) and c.par != "medecin" for c in compteurs):
            dits.append("les limites par patient : le mappage ne dit pas de colonne « patient » ou « medecin »")
        elif any(not self.tenu(c) for c in compteurs):
            dits.append("les limites par médecin : le mappage ne dit pas de colonne « medecin »")
        if any(self.tenu(c) and self._couverture(c) is None for c in compteurs):
            dits.append(
                "les actes que le lot ne porte pas : un dépassement de fréquence trouvé est certain, une absence de "
                "dépassement ne vaut que pour ce lot"
            )
        return [*dits, "les limites par grossesse : rien dans un lot ne dit quelles lignes sont d'une même grossesse"]

    def tenu(self, compteur: Compteur) -> bool:
        """Vrai si le lot dit de qui ce compteur compte les actes."""
        patient = compteur.par == "medecin" or bool(self.mappage.patient)
        return patient and (compteur.par == "patient" or bool(self.mappage.medecin))

    def _charger_fenetres(self, utiles: set[int]) -> None:
        jours = sorted(jour for (jour,) in self.moteur.lire(self.plan.jours_suivis()))
        rangees = []
        for rang in sorted(utiles):
            compteur = self.resolution.compteurs.tous[rang]
            du = self._couverture(compteur)
            for lu in jours:
                jour = lu.toordinal()
                debuts = self._debuts(compteur, jour)
                connues = [int(du is None or debut >= du) for debut in debuts]
                dates = [date.fromordinal(debut) for debut in debuts]
                rangees.append((lu, rang, _panier(compteur, jour), *dates, *connues))
        self.moteur.charger("fenetres", FENETRES, rangees)

    def _debuts(self, compteur: Compteur, jour: int) -> tuple[int, int]:
        """Le premier jour de la période, en civil puis en glissant ; le même si elle n'a qu'une lecture."""
        if jours_de(compteur.sur) is None:
            premier = max(premier_jour(self.corpus, compteur.compte), ORIGINE)
            return premier, premier
        glissant = debut_glissant(compteur.sur, jour)
        return (debut_civil(compteur.sur, jour) if compteur.sur in UNITES else glissant), glissant

    def _couverture(self, compteur: Compteur) -> int | None:
        """Le jour depuis lequel le lot dit tous ses actes ; ``None`` : ceux du lot sont tenus pour tous."""
        couverture = self.mappage.couverture
        qui = ["patients"] if compteur.par != "medecin" else []
        qui += ["medecins"] if compteur.par != "patient" else []
        if "du" not in couverture or any(couverture[cle] != "tous" for cle in qui):
            return None
        return temps.jour(couverture["du"])

    def _juger(self, cas: list[tuple[Any, ...]]) -> bool:
        """Note le verdict de chaque compte distinct ; vrai si l'un refuse une ligne ou la met en doute."""
        self._cas_comptes: list[tuple[Suivi, Comptes, int]] = []
        rangees: list[tuple[object, ...]] = []
        for numero, rang, quantite, civile_connue, glissante_connue, inconnue, *comptes in cas:
            droits = self.reponses["droits"][numero]
            suivi = next(s for s in droits.suivis if s.rang == rang)
            connues = dict(zip(LECTURES, (civile_connue, glissante_connue), strict=True))
            lus: Comptes = {}
            for lecture in suivi.lectures:
                ici = LECTURES.index(lecture) * 2
                certain, possible = (max(0, int(n)) for n in comptes[ici : ici + 2])
                sue = connues[lecture] and not inconnue
                lus[lecture] = Compte(0 if inconnue else certain, possible if sue else None)
            acte = self.corpus.actes[droits.code]
            if self.resolution.compteurs.depasse(acte, suivi, lus, quantite):
                rangees.append(
                    (numero, rang, quantite, civile_connue, glissante_connue, inconnue, *comptes, len(rangees))
                )
                self._cas_comptes.append((suivi, lus, quantite))
        genres = dict.fromkeys(("droits", "rang", "q", "civile_connue", "glissante_connue", "inconnue"), "INTEGER")
        self.moteur.charger("verdicts", genres | dict.fromkeys(COMPTES, "BIGINT") | {"verdict": "INTEGER"}, rangees)
        self._compter("fréquences", len(rangees))
        return bool(rangees)

    def _nouveaux_droits(self, cas: list[tuple[Any, ...]]) -> None:
        """Un numéro de droits par droits et verdicts distincts."""
        droits: list[Droits] = self.reponses["droits"]
        rangees = []
        for numero, verdicts in cas:
            comptees = sorted((self._cas_comptes[int(v)] for v in verdicts.split(",")), key=lambda c: c[0].rang)
            ancien = droits[numero]
            cle = (*ancien.cle, "comptes", *((s, tuple(sorted(c.items())), q) for s, c, q in comptees))
            droits.append(replace(ancien, cle=cle, comptees=tuple(comptees)))
            rangees.append((numero, verdicts, len(droits) - 1))
        genres = {"droits": "INTEGER", "verdicts": "VARCHAR", "nouveau": "INTEGER"}
        self.moteur.charger("nouveaux", genres, rangees)

    def _corriger(self) -> None:
        """Donne aux lignes leurs nouveaux droits, et résout de nouveau les factures touchées."""
        moteur, plan = self.moteur, self.plan
        moteur.corriger("numerotees", "corrections", ("facture", "ligne", "signe"), "droits", "nouveau")
        self._etats(moteur.lire(plan.triplets_corriges()))
        moteur.creer("touchees", plan.touchees())
        moteur.creer("formes_touchees", plan.formes("touchees"))
        moteur.creer("formes_refaites", plan.formes_refaites(), longue=True)
        moteur.renommer("formes_refaites", "formes")
        moteur.creer("representantes", plan.representantes("formes_touchees"))
        self._factures(moteur.lire(plan.lignes_representantes()))
        for table in ("representantes", "touchees", "formes_touchees", "corrections", "jugees"):
            moteur.oublier(table)


def _panier(compteur: Compteur, jour: int) -> int:
    """Le rang d'une tranche de temps au moins aussi longue que la période."""
    longueur = jours_de(compteur.sur)
    return jour // longueur if longueur else 0
