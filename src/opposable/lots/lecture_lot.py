"""De la ligne du lot à sa clé : les nombres et les faits calculés deviennent des classes, rangées dans des mots."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final

from opposable.droit import temps
from opposable.facturation.coherence import INSTANTS
from opposable.facturation.formules import FORMULES
from opposable.lots import sql
from opposable.lots.faits_codes import FaitCode
from opposable.lots.lecture_faits import LectureFaits
from opposable.lots.sql import Expr, ent

PARTICIPATIONS: Final = ("contexte.actes_meme_professionnel_jour", "patient.participations_annee")
"""Les nombres que la participation forfaitaire lit tels quels."""
DOMAINE_TABULE: Final = 5000
"""Un nombre dont le domaine est plus petit se classe par une table plutôt que borne par borne."""


class Lecture(LectureFaits):
    """Les expressions qui lisent une ligne du lot ``l`` : identifiants, nombres, mots de la clé, contrôles."""

    def _achever(self) -> None:
        self.jours.lieux = {
            nom: (code, self._classes[nom])
            for nom, code in self.codage.faits.items()
            if nom in self._classes and code.fait.type in {"choix", "oui_non"}
        }
        self._calculer()
        self._coherence()

    def compteurs(self) -> dict[str, Expr]:
        """Les nombres que la participation lit, par fait : dits, ou leur valeur usuelle."""
        resultat: dict[str, Expr] = {}
        for nom in PARTICIPATIONS:
            usuel = None if self._strict else self.corpus.vocabulaire.faits[nom].usuel
            sinon = ent(usuel) if isinstance(usuel, int) else sql.nul()
            dit = self._nombres.get(nom)
            constante = self.mappage.constantes.get(nom)
            if dit is None:
                resultat[nom] = ent(constante) if isinstance(constante, int) else sinon
            else:
                resultat[nom] = sql.defaut(dit, sinon)
        return resultat

    # --- Les classes -----------------------------------------------------------------------------------------
    def _calculer(self) -> None:
        """Les codes, à leur place, des nombres dits et des faits que des formules calculent."""
        for code in self.codage.sources:
            nom = code.nom
            if nom in self._classes:
                continue
            if not code.fait.formule:
                self._classes[nom] = self._plage(code, self._nombres[nom], self._mots_dits.get(nom))
                continue
            self.jours.paliers = code.bornes
            valeur: Any = FORMULES[code.fait.formule](self.formules)
            if code.fait.type in {"oui_non", "choix"}:
                self._classes[nom] = self._choix(code, valeur)
                continue
            if code.double:
                demi = code.bits // 2
                bas, haut = (
                    self._plage(code, bout, None, decalage) for bout, decalage in zip(valeur, (demi, 0), strict=True)
                )
                self._classes[nom] = sql.plus(bas, haut)
            else:
                expr = valeur[0] if isinstance(valeur, tuple) else valeur
                mot = next((self._mots_dits[lu] for lu in code.fait.lit if lu in self._mots_dits), None)
                self._classes[nom] = self._plage(code, expr, mot)

    def _choix(self, code: FaitCode, valeur: Expr) -> Expr:
        """Le code, à sa place, d'un oui ou non que dit un prédicat, ou d'un choix que dit son rang, dès 1."""
        if code.fait.type == "choix":
            places = [code.mots[mot] << code.decalage for mot in code.fait.valeurs]
            return sql.defaut(self.moteur.tabule(valeur, places), ent(0))
        oui, non = (sql.cast(ent(code.mots[mot] << code.decalage), "BIGINT") for mot in ("oui", "non"))
        return sql.selon((valeur, oui), (sql.non(valeur), non), sinon=sql.cast(ent(0), "BIGINT"))

    def _plage(self, code: FaitCode, nombre: Expr, mot: Expr | None, de_plus: int = 0) -> Expr:
        """Le code d'un nombre, à sa place : chaque borne atteinte ajoute l'écart entre deux codes ; 0 : inconnu."""
        place = code.decalage + de_plus
        domaine = code.fait.maximum
        if domaine is not None and code.fait.minimum == 0 and len(code.bornes) > 4 and domaine < DOMAINE_TABULE:
            codes = [code.rangs[bisect_right(code.bornes, n)] << place for n in range(domaine + 1)]
            total = self.moteur.tabule(sql.plus(nombre, ent(1)), codes)
        else:
            total = ent(code.rangs[0] << place)
            for rang, borne in enumerate(code.bornes, 1):
                ecart = (code.rangs[rang] - code.rangs[rang - 1]) << place
                atteinte = sql.cast(sql.au_plus(ent(borne), nombre), "BIGINT")
                total = sql.plus(total, sql.fois(atteinte, ent(ecart)))
        cas = [(mot, ent(code.mots[code.fait.sans_objet] << place))] if mot is not None else []
        return sql.selon(*cas, (sql.est_nul(nombre), ent(0)), sinon=total)

    def periode(self) -> Expr:
        """Le rang de la période du jour des soins, et sa place dans la clé."""
        bornes, place = self.codage.bornes, self.codage.periode.decalage
        table = [bisect_right(bornes, jour) - 1 << place for jour in range(bornes[0], bornes[-1] + 1)]
        rang = sql.plus(self.moteur.jours_entre(self.moteur.date(temps.iso(bornes[0])), self.jour), ent(1))
        return sql.defaut(self.moteur.tabule(rang, table), ent(table[-1]))

    def mots(self, periode: Expr) -> list[Expr]:
        """Les mots de la clé, avant les faits qui attendent le tarif."""
        parts: list[list[Expr]] = [[] for _ in range(self.codage.mots)]
        code_ = sql.fois(sql.cast(self.code, "BIGINT"), ent(1 << self.codage.code.decalage))
        parts[self.codage.code.mot].append(code_)
        parts[self.codage.periode.mot].append(periode)
        for code in self.codage.sources:
            parts[code.mot].append(self._classes[code.nom])
        return [self._somme(p) for p in parts]

    @staticmethod
    def _somme(parts: list[Expr]) -> Expr:
        total: Expr = sql.cast(ent(0), "BIGINT")
        for part in parts:
            total = sql.plus(total, part)
        return total

    # --- Ce qui se contredit ---------------------------------------------------------------------------------
    def _coherence(self) -> None:
        naissance = self._nombres.get("patient.date_naissance")
        if naissance is not None:
            maximum = self.corpus.vocabulaire.faits["patient.age_mois"].maximum or 0
            self._controler(
                "patient.date_naissance", "FAITS_CONTRADICTOIRES", "le patient naîtrait après les soins",
                "une date au plus tard le jour des soins", sql.moins_que(self.jour, naissance),
            )  # fmt: skip
            self._controler(
                "patient.date_naissance", "HORS_DOMAINE", "cet âge n'est pas humain", f"{maximum // 12} ans au plus",
                sql.moins_que(ent(maximum), self.formules.mois_revolus(naissance)),
            )  # fmt: skip
            for nom, (bas, haut) in self.ages.items():
                self._controler(
                    nom, "FAITS_CONTRADICTOIRES", "l'âge dit n'est pas celui de la date de naissance",
                    "l'un des deux seulement", sql.ou(sql.moins_que(naissance, bas), sql.moins_que(haut, naissance)),
                )  # fmt: skip
        for nom in ("patient.accouchement_le", "contexte.date_sortie_hospitalisation"):
            if nom in self._nombres:
                self._controler(
                    nom, "FAITS_CONTRADICTOIRES", "la date est après les soins", "au plus tard le jour des soins",
                    sql.moins_que(self.jour, self._nombres[nom]),
                )  # fmt: skip
        for nom in INSTANTS:
            _, tard = self.formules.minutes_depuis(nom, "facture.heure")
            if nom in self.instants:
                self._controler(
                    nom, "FAITS_CONTRADICTOIRES", "cet instant est après les soins", "au plus tard l'heure des soins",
                    sql.moins_que(tard, ent(0)),
                )  # fmt: skip
