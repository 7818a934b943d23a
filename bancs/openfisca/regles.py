# ruff: noqa: N801, N805 - OpenFisca nomme une variable par sa classe, et passe l'entité à ses formules
"""Les règles de ligne en variables OpenFisca : les lignes, groupées en factures ; des formules vectorisées, des
paramètres datés.

Montants en centimes et taux en dix-millièmes, ``value_type = int`` : le type ``float`` d'OpenFisca est un flottant de
32 bits, où la plupart des montants en euros ne sont pas exacts. Son ``int`` fait lui aussi 32 bits : avec l'arrondi, le
produit d'un montant par un taux y déborde dès 1 074 €, il se fait donc en 64 bits.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit, period
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from openfisca.loi import CODES, EXONERATIONS, INCONNU, Loi
from opposable.droit.montant import UNITE_TAUX

RESULTATS = ("tarif", "base_remboursement", "taux", "part_obligatoire", "ticket_moderateur", "depassement")
Tableaux = dict[str, Any]


def _enumere(nom: str, valeurs: tuple[str, ...]) -> Any:
    """Une énumération OpenFisca ; un nom de membre ne peut pas commencer par un chiffre."""
    return Enum(nom, [(f"_{v}" if v[0].isdigit() else v, v) for v in valeurs])


class Systeme:
    """Le système OpenFisca d'une loi.

    ``tables`` faux : un paramètre qui dépend d'une énumération se lit par l'indexation d'OpenFisca
    (``parametres(periode).tarifs.general[code]``), l'écriture de sa documentation. ``tables`` vrai : par un tableau
    numpy que l'énumération indexe, plus rapide ; une personne qui optimise l'écrit ainsi.
    """

    def __init__(self, loi: Loi, *, tables: bool) -> None:
        self.loi = loi
        acces = ("aucun", *loi.acces)
        self.listes: dict[str, tuple[str, ...]] = {
            "code": CODES,
            "specialite": loi.specialites,
            "secteur": ("1", "2", "non_conventionne"),
            "option": ("aucune", *loi.options),
            "parcours": ("dans_le_parcours", "hors_parcours"),
            "acces_specifique": acces,
        }
        self.enums = {nom: _enumere(nom, valeurs) for nom, valeurs in self.listes.items()}
        self.enums["exoneration"] = _enumere("exoneration", tuple(loi.parametres["taux"]["dans"]))
        self.tables = tables
        self.entite = build_entity("ligne", "lignes", "Ligne d'une facture", is_person=True)
        self.facture = build_entity("facture", "factures", "Facture", roles=[{"key": "membre", "label": "Ligne"}])
        self.systeme = TaxBenefitSystem([self.facture, self.entite])
        self.systeme.parameters = ParameterNode("", data=loi.parametres)
        self._entrees()
        for variable in self._formules():
            self.systeme.add_variable(variable)

    def _au(self, noeud: Any, cle: EnumArray) -> Any:
        if not self.tables:
            return noeud[cle]
        valeurs = np.array([noeud[membre.name] for membre in cle.possible_values], dtype=np.int32)
        return valeurs[np.asarray(cle)]

    # --- Ce qui est dit --------------------------------------------------------------------------------------
    def _entrees(self) -> None:
        def entree(nom: str, genre: type, **autres: Any) -> None:
            corps = {"value_type": genre, "entity": self.entite, "definition_period": DateUnit.ETERNITY, **autres}
            self.systeme.add_variable(type(nom, (Variable,), corps))

        for nom in self.listes:
            enumeration = self.enums[nom]
            entree(nom, Enum, possible_values=enumeration, default_value=next(iter(enumeration)))
        for nom in ("date_soins", "date_naissance"):
            entree(nom, date)
        entree("honoraires", int)
        for nom in (*(f"exoneration_{e}" for e in EXONERATIONS), "lien_ald"):
            entree(nom, bool)

    # --- Ce qui se calcule -----------------------------------------------------------------------------------
    def _formules(self) -> list[type[Variable]]:
        au, entite, groupe, enums, loi = self._au, self.entite, self.facture, self.enums, self.loi

        class age_mois(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Âge en mois révolus le jour des soins"

            def formula(ligne, periode):
                soins, naissance = ligne("date_soins", periode), ligne("date_naissance", periode)
                mois_soins, mois_naissance = soins.astype("datetime64[M]"), naissance.astype("datetime64[M]")
                mois = (mois_soins - mois_naissance).astype(np.int32)
                return mois - ((soins - mois_soins) < (naissance - mois_naissance))

        class maitrise(Variable):
            value_type = bool
            entity = entite
            definition_period = DateUnit.DAY
            label = "Secteur à honoraires opposables, ou option de pratique tarifaire maîtrisée"

            def formula(ligne, periode):
                secteur, option = ligne("secteur", periode), ligne("option", periode)
                conventionne = secteur != enums["secteur"].non_conventionne
                return conventionne & ((secteur == enums["secteur"]._1) | (option != enums["option"].aucune))

        class tarif(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Tarif, en centimes"

            def formula(ligne, periode, parametres):
                tarifs = parametres(periode).tarifs
                code, specialite = ligne("code", periode), ligne("specialite", periode)
                resultat = au(tarifs.general, code)
                for acte in loi.parametres["tarifs"]["par_specialite"]:
                    particulier = au(tarifs.par_specialite[acte], specialite)
                    resultat = np.where((code == enums["code"][acte]) & (particulier > 0), particulier, resultat)
                sans_maitrise = au(tarifs.sans_maitrise, code)
                protege = ligne("exoneration_cmuc", periode) | ligne("exoneration_acs", periode)
                age = ligne("age_mois", periode) >= parametres(periode).ages.tarif_sans_maitrise
                concerne = (sans_maitrise > 0) & ~ligne("maitrise", periode) & (~protege | age)
                return np.where(concerne, sans_maitrise, resultat)

        class depasse(Variable):
            value_type = bool
            entity = entite
            definition_period = DateUnit.DAY
            label = "Honoraires au-dessus du tarif"

            def formula(ligne, periode):
                return ligne("honoraires", periode) > ligne("tarif", periode)

        class facture_opposable(Variable):
            value_type = bool
            entity = groupe
            definition_period = DateUnit.DAY
            label = "Toutes les lignes de la facture sont au tarif opposable"

            def formula(facture, periode):
                return ~facture.any(facture.members("depasse", periode))

        class base_remboursement(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Base de remboursement, en centimes : au plus les honoraires"

            def formula(ligne, periode, parametres):
                montant, honoraires = ligne("tarif", periode), ligne("honoraires", periode)
                depassee = au(parametres(periode).bases.depassee_sans_maitrise, ligne("code", periode))
                opposable = ligne.facture("facture_opposable", periode)
                concerne = (depassee > 0) & ~ligne("maitrise", periode) & ~opposable
                return np.minimum(np.where(concerne, depassee, montant), honoraires)

        class dans_le_parcours(Variable):
            value_type = bool
            entity = entite
            definition_period = DateUnit.DAY
            label = "Dans le parcours de soins, pour le taux"

            def formula(ligne, periode, parametres):
                ages = parametres(periode).ages
                age, acces = ligne("age_mois", periode), ligne("acces_specifique", periode)
                specialite = ligne("specialite", periode)
                dans = (ligne("parcours", periode) == enums["parcours"].dans_le_parcours) | (age < ages.parcours)
                for nom, specialites in loi.acces.items():
                    ouvert = acces == enums["acces_specifique"][nom]
                    ouvert &= np.isin(np.asarray(specialite), [enums["specialite"][s].index for s in specialites])
                    if nom.startswith("psychiatrie"):
                        ouvert &= (age >= ages.acces_de) & (age < ages.acces_a)
                    dans |= ouvert
                return dans

        class exoneration(Variable):
            value_type = Enum
            possible_values = enums["exoneration"]
            default_value = enums["exoneration"].aucune
            entity = entite
            definition_period = DateUnit.DAY
            label = "Exonération du ticket modérateur"

            def formula(ligne, periode):
                mots = enums["exoneration"]
                ald = ligne("exoneration_ald", periode) & ligne("lien_ald", periode)
                invalidite = ligne("exoneration_invalidite", periode)
                return np.select([invalidite, ald], [mots.totale.index, mots.ald.index], mots.aucune.index)

        class taux(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Taux de remboursement, en dix-millièmes ; -1 s'il est inconnu"

            def formula(ligne, periode, parametres):
                valeurs = parametres(periode).taux
                cas, code = ligne("exoneration", periode), ligne("code", periode)
                general = np.where(ligne("dans_le_parcours", periode), au(valeurs.dans, cas), au(valeurs.hors, cas))
                propre = au(valeurs.propre, code)
                return np.where(propre > 0, propre, general)

        class part_obligatoire(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Part obligatoire, en centimes, arrondie au centime, demi vers le haut"

            def formula(ligne, periode):
                montant, part = ligne("base_remboursement", periode).astype(np.int64), ligne("taux", periode)
                arrondie = (montant * part * 2 + UNITE_TAUX) // (2 * UNITE_TAUX)
                return np.where(part < 0, INCONNU, arrondie)

        class ticket_moderateur(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Ticket modérateur, en centimes"

            def formula(ligne, periode):
                part = ligne("part_obligatoire", periode)
                return np.where(part < 0, INCONNU, ligne("base_remboursement", periode) - part)

        class depassement(Variable):
            value_type = int
            entity = entite
            definition_period = DateUnit.DAY
            label = "Dépassement, en centimes"

            def formula(ligne, periode):
                return np.maximum(ligne("honoraires", periode) - ligne("base_remboursement", periode), 0)

        return [
            age_mois, maitrise, tarif, depasse, facture_opposable, base_remboursement, dans_le_parcours, exoneration,
            taux, part_obligatoire, ticket_moderateur, depassement,
        ]  # fmt: skip

    # --- Calculer --------------------------------------------------------------------------------------------
    def calculer(self, lues: Tableaux, *, par_jour: bool = False) -> Tableaux:
        """Les résultats de toutes les lignes : une simulation par période où le droit ne change pas, ou par jour.

        Les lignes d'une facture se suivent, et ``numero`` dit à quelle facture chacune appartient.
        """
        numeros, jours = lues.pop("numero"), lues["date_soins"]
        debuts = np.unique(jours) if par_jour else np.array(self.loi.periodes, dtype="datetime64[D]")
        rangs = np.searchsorted(debuts, jours, side="right") - 1
        ordre = np.argsort(rangs.astype(np.int16), kind="stable")
        fins = np.cumsum(np.bincount(rangs, minlength=len(debuts)))
        resultats = {nom: np.empty(len(jours), dtype=np.int32) for nom in RESULTATS}
        for debut, places in zip(debuts, np.split(ordre, fins[:-1]), strict=True):
            if len(places) == 0:
                continue
            simulation = SimulationBuilder().build_default_simulation(self.systeme, count=len(places))
            nouvelles = np.diff(numeros[places], prepend=-1) != 0
            factures = simulation.populations["facture"]
            factures.count, factures.members_entity_id = int(nouvelles.sum()), np.cumsum(nouvelles) - 1
            for nom, tableau in lues.items():
                valeurs = tableau[places]
                if nom in self.listes:
                    valeurs = EnumArray(valeurs, self.enums[nom])
                simulation.set_input(nom, DateUnit.ETERNITY, valeurs)
            jour = period(str(debut))
            for nom in RESULTATS:
                resultats[nom][places] = simulation.calculate(nom, jour)
        return resultats
