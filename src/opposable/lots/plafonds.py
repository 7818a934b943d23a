"""Les plafonds de la participation forfaitaire sur un lot : ce que le patient a déjà payé le jour ou l'année."""

from __future__ import annotations

from typing import Final

from opposable.droit.table import EFFECTIF
from opposable.lots import sql
from opposable.lots.comptage import Comptage
from opposable.lots.etapes_plafonds import PLAFOND_ANNEE, PLAFOND_JOUR, UNITAIRE
from opposable.lots.lecture_lot import PARTICIPATIONS
from opposable.lots.moteurs import Moteur

_PLAFONDS: Final = {"jour": PLAFOND_JOUR, "annee": PLAFOND_ANNEE}
FAITS_RETENUS: Final = dict(zip(_PLAFONDS, PARTICIPATIONS, strict=True))
"""Par plafond, le fait que le lot compte quand le mappage ne le dit pas."""


class Plafonnement(Comptage):
    """Suit les patients qui approchent d'un plafond de la participation."""

    @property
    def plafonds(self) -> tuple[str, ...]:
        """Les plafonds que ce lot permet de suivre : il dit le patient, et le médecin pour celui du jour."""
        dits = {*self.mappage.faits, *self.mappage.constantes}
        if not self.mappage.patient:
            return ()
        suivis = ("jour", "annee") if self.mappage.medecin else ("annee",)
        return tuple(nom for nom in suivis if FAITS_RETENUS[nom] not in dits)

    def non_retenues(self) -> list[str]:
        """Ce que le contrôle ne sait pas des participations déjà retenues, dit une fois."""
        if self.plafonds:
            return [
                "les participations retenues hors du lot : celles que le lot porte sont suivies sous leurs plafonds"
            ]
        if self.mappage.patient:
            return []
        return ["les participations déjà retenues le même jour ou la même année : ce que le lot en dit, ou zéro"]

    def _au_plus(self, nom: str) -> int:
        """Le plus petit nombre d'actes qu'un plafond laisse, à quelque jour que ce soit."""
        nombres = []
        for jour in self.codage.bornes:
            unitaire, plafond = (
                self.corpus.tables[t].choisir(lambda _: None, jour, EFFECTIF).valeur for t in (UNITAIRE, _PLAFONDS[nom])
            )
            if isinstance(unitaire, int) and isinstance(plafond, int):
                nombres.append(plafond // unitaire)
        return min(nombres, default=0)

    def _rapprocher(self, moteur: Moteur) -> None:
        """Une lecture du lot, à part : les lignes répétées, et les factures des patients près d'un plafond."""
        plan = self.plan
        au_plus = {nom: self._au_plus(nom) for nom in self.plafonds}
        if not (au_plus or self._doubles_tenus):
            return
        moteur.creer("proches", plan.proches(doubles=self._doubles_tenus, au_plus=au_plus))
        moteur.creer("lignes_proches", plan.lignes_proches(), longue=True)
        if self._doubles_tenus:
            moteur.creer("repetees", plan.repetees())
        if au_plus:
            moteur.creer("plafonnables", plan.plafonnables(au_plus), longue=True)
        moteur.oublier("lignes_proches")
        moteur.oublier("proches")

    def _plafonner(self, *, completees: bool) -> bool:
        """Bâtit la table ``retenues`` ; vrai si un patient du lot approche d'un plafond."""
        moteur, plan = self.moteur, self.plan
        plan.comptees_par_le_lot = {FAITS_RETENUS[nom] for nom in self.plafonds}
        if not self.plafonds:
            return False
        ((nombre,),) = moteur.lire(sql.choisir(sql.depuis("plafonnables"), [sql.compte()]))
        if not nombre:
            return False
        moteur.creer("dues", plan.dues(completees=completees))
        moteur.creer("du_jour", plan.retenues_du_jour())
        moteur.creer("versees", plan.versees(completees=completees))
        moteur.creer("retenues", plan.retenues())
        for table in ("plafonnables", "dues", "du_jour", "versees"):
            moteur.oublier(table)
        return True
