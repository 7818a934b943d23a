"""La facture en cours d'évaluation : ses lignes, les relations entre elles, et ce que chaque règle a constaté."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opposable.droit.acte import Acte
from opposable.droit.constat import AVERTIT, REFUSE, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX
from opposable.droit.scalaire import Portee
from opposable.droit.table import Calendrier, Choisie
from opposable.facturation.entree import CasFacture
from opposable.facturation.formules import FORMULES
from opposable.facturation.technique import tarif_technique

AUTORITE_TECHNIQUE: Final = "tarif_autorite_technique"
"""La part du tarif d'un acte technique qui sert de base, chez un médecin non conventionné."""


class Facture(Portee):
    """La portée de la facture : ses faits, ses lignes, et les relations closes entre lignes."""

    __slots__ = ("cas", "lignes")

    def __init__(
        self, corpus: Corpus, cas: CasFacture, calendrier: Calendrier, faits: Mapping[str, Valeur], *, strict: bool
    ) -> None:
        super().__init__(corpus, calendrier, cas.jour, faits, FORMULES, strict=strict)
        self.cas = cas
        self.lignes: list[LigneFacture] = []

    def tous(self, fait: str, valeur: str) -> bool | None:
        """Toutes les lignes en vigueur ont cette valeur."""
        return self.et(
            *(None if (v := ligne.fait(fait)) is None else v == valeur for ligne in self.lignes if ligne.existe)
        )

    def un(self, fait: str, valeur: str) -> bool | None:
        """Une ligne en vigueur au moins a cette valeur."""
        return self.ou(
            *(None if (v := ligne.fait(fait)) is None else v == valeur for ligne in self.lignes if ligne.existe)
        )

    def present(self, famille: str) -> bool:
        """Un acte de cette famille est sur la facture."""
        return any(famille in ligne.acte.familles for ligne in self.lignes if ligne.existe)

    def plusieurs(self, famille: str) -> bool:
        """Deux actes au moins de cette famille sont sur la facture."""
        return sum(famille in ligne.acte.familles for ligne in self.lignes if ligne.existe) > 1

    def somme_honoraires(self) -> int | None:
        """Le total demandé ; une ligne sans honoraires compte pour son tarif."""
        total: int | None = 0
        for ligne in self.lignes:
            if ligne.existe:
                total = self.plus(total, self.defaut(ligne.nombre("acte.honoraires"), ligne.tarif()))
        return total

    def total_coordonne(self) -> int | None:
        """Le tarif du parcours coordonné : les lignes, et les majorations de coordination qu'elles auraient."""
        total: int | None = 0
        codes = {ligne.acte.code for ligne in self.lignes}
        seul = self.mot("da_assiette") == "acte_seul"
        for ligne in self.lignes:
            if not ligne.existe:
                continue
            total = self.plus(total, ligne.tarif())
            if seul:
                continue
            for code in ligne.acte.tarif_coordonne:
                acte = self.corpus.actes[code]
                if code not in codes and acte.en_vigueur(self.jour, self.calendrier):
                    trouve = acte.tarifs.choisir(ligne.fait, self.jour, self.calendrier)
                    total = self.plus(total, trouve.valeur if isinstance(trouve.valeur, int) else None)
        return total


class LigneFacture(Portee):
    """La portée d'une ligne : ses faits, son acte, ses constats, son statut strate par strate."""

    __slots__ = (
        "_tarif", "acte", "base_choisie", "constats", "exempte", "existe", "exonerations", "lourde", "rang",
        "sans_modificateurs", "support", "tarif_choisi", "taux_choisi",
    )  # fmt: skip

    def __init__(self, facture: Facture, rang: int, faits: Mapping[str, Valeur], acte: Acte) -> None:
        super().__init__(
            facture.corpus, facture.calendrier, facture.jour, faits, FORMULES, facture, strict=facture.strict
        )
        self.rang = rang
        self.acte = acte
        self.existe = acte.en_vigueur(facture.jour, facture.calendrier)
        self.constats: list[Constat] = []
        self.support: LigneFacture | None = None
        self.tarif_choisi: Choisie | None = None
        self.base_choisie: Choisie | None = None
        self.taux_choisi: Choisie | None = None
        self.lourde: bool | None = False
        """La participation sur les actes lourds remplace son ticket modérateur ; ``None`` : peut-être."""
        self.exonerations: frozenset[str] | None = None
        """Les codes « Exo TM » de la ligne, s'ils sont déjà connus d'un lot."""
        self.exempte: bool | None = None
        """L'acte ne doit jamais la participation sur les actes lourds, si c'est déjà connu d'un lot."""
        self.sans_modificateurs: tuple[int | None] | None = None
        """Le tarif sans ses modificateurs, s'il est déjà connu d'un lot."""
        self._tarif: tuple[int | None] | None = None

    @property
    def facture(self) -> Facture:
        """La facture de cette ligne."""
        assert isinstance(self.mere, Facture)  # noqa: S101 : la mère d'une ligne est toujours une facture
        return self.mere

    @property
    def survit(self) -> bool | None:
        """Oui si rien ne refuse la ligne ni ne la laisse en doute, non si elle est refusée, sinon inconnu."""
        resultat: bool | None = True
        for constat in self.constats:
            if constat.etat == REFUSE:
                return False
            if constat.etat != AVERTIT:
                resultat = None
        return resultat

    @property
    def statut(self) -> str:
        """acceptee, refusee ou a_verifier."""
        return {True: "acceptee", False: "refusee", None: "a_verifier"}[self.survit]

    def constate(self, constat: Constat) -> None:
        """Ajoute un constat."""
        self.constats.append(constat)

    # Les relations de la facture, lisibles d'une formule de ligne.
    def tarif(self) -> int | None:
        """Le tarif unitaire de la ligne ; celui d'un acte technique, une fois associé et modifié."""
        if self._tarif is None:
            if self.tarif_choisi is None:
                self.tarif_choisi = self.acte.tarifs.choisir(self.fait, self.jour, self.calendrier)
            valeur = self.tarif_choisi.valeur
            nu = valeur if isinstance(valeur, int) else None
            self._tarif = (tarif_technique(self, nu) if self.acte.technique else nu,)
        return self._tarif[0]

    def connaitre(self, choisie: Choisie | None, tarif: int | None) -> None:
        """Pose la ligne de tarif et le tarif unitaire, déjà connus d'un lot."""
        self.tarif_choisi, self._tarif = choisie, (tarif,)

    def base_propre(self) -> int | None:
        """La base unitaire : tarif d'autorité, base propre de l'acte, ou son tarif."""
        if self.acte.technique:
            return self._base_technique()
        autorite = self.choisir("tarif_autorite")
        if autorite.etat != "hors":
            self.base_choisie = autorite
            return autorite.valeur if isinstance(autorite.valeur, int) else None
        return self.base_sans_autorite()

    def base_sans_autorite(self) -> int | None:
        """La base unitaire d'un médecin conventionné : celle que l'acte se donne, ou son tarif."""
        if self.acte.bases is not None:
            self.base_choisie = self.acte.bases.choisir(self.fait, self.jour, self.calendrier)
            if self.base_choisie.etat == "incertain":
                return self._base_partout(self.base_choisie)
            if self.base_choisie.etat == "hors":
                self.base_choisie = None
        if self.base_choisie is None:
            return self.tarif()
        valeur = self.base_choisie.valeur
        return valeur if isinstance(valeur, int) else None

    def _base_technique(self) -> int | None:
        """La base d'un acte technique : son tarif, ou la part qu'en laisse le tarif d'autorité."""
        autorite = self.choisir(AUTORITE_TECHNIQUE)
        base = self.part(self.tarif(), self.part_du_tarif())
        if autorite.etat != "hors":
            self.base_choisie = autorite._replace(valeur=base)
        return base

    def part_du_tarif(self) -> int | None:
        """La part du tarif d'un acte technique qui fait sa base, en dix-millièmes ; ``None`` si elle est inconnue."""
        autorite = self.choisir(AUTORITE_TECHNIQUE)
        if autorite.etat == "hors":
            return UNITE_TAUX
        return autorite.valeur if isinstance(autorite.valeur, int) else None

    def _base_partout(self, choisie: Choisie) -> int | None:
        """La base si toutes les lignes possibles et le tarif lui-même s'accordent."""
        tarif = self.tarif()
        if all(ligne.valeur == tarif for ligne in choisie.possibles):
            self.base_choisie = None
            return tarif
        return None

    def taux_propre(self) -> int | None:
        """Le taux de l'acte s'il en a un ; pour une majoration, celui de l'acte suivi ; sinon le taux général."""
        if self.lourde is not False:
            lourd = self.choisir("taux_actes_lourds")
            self.taux_choisi = lourd if self.lourde else Choisie("incertain", None, None, ())
            return lourd.valeur if self.lourde and isinstance(lourd.valeur, int) else None
        if self.acte.taux is not None:
            propre = self.acte.taux.choisir(self.fait, self.jour, self.calendrier)
            if propre.etat != "hors":
                self.taux_choisi = propre
                return propre.valeur if isinstance(propre.valeur, int) else None
        if self.support is not None:
            valeur = self.support.taux_propre()
            self.taux_choisi = self.support.taux_choisi
            return valeur
        self.taux_choisi = self.choisir("taux_remboursement")
        valeur_ = self.taux_choisi.valeur
        return valeur_ if isinstance(valeur_, int) else None

    def preference(self) -> tuple[str, str, str]:
        """Ce qui départage deux actes qu'un supplément peut suivre : le code, puis la ligne de taux choisie."""
        if self.taux_choisi is None:
            self.taux_propre()
        choisie = self.taux_choisi
        ligne = choisie.ligne.id if choisie is not None and choisie.ligne is not None else ""
        return self.acte.code, choisie.etat if choisie is not None else "", ligne
