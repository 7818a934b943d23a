"""Les réponses de l'interprète scalaire à une facture, une fois par forme : relations, participations, motifs.

La facture est rebâtie d'après les états de ses lignes ; les fonctions de ``facturation`` répondent.
"""

from __future__ import annotations

from collections.abc import Sequence

from opposable.droit.ensemble import Valeur
from opposable.droit.table import EFFECTIF, Choisie
from opposable.facturation import actes_lourds, strates
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.reponse import avertissements
from opposable.lots.etats import Etat, Ligne
from opposable.lots.resolution_lignes import ResolutionLignes
from opposable.lots.technique import (
    manques_dits,
)


class Resolution(ResolutionLignes):
    """Interroge l'interprète scalaire pour un corpus et un codage : les lignes, puis leurs factures."""

    def facture(self, etats: Sequence[Etat]) -> tuple[Ligne, ...]:
        """Les réponses des lignes d'une facture, dans l'ordre donné : relations, supports, statuts, motifs."""
        jour = etats[0].droits.jour
        faits: dict[str, Valeur] = {"facture.date": jour}
        for etat in etats:
            if etat.base.technique is not None:
                faits |= etat.base.technique.de_facture()
        facture = Facture(self.corpus, CasFacture("", jour, faits, []), EFFECTIF, faits, strict=self.strict)
        for rang, etat in enumerate(etats):
            technique = etat.base.technique
            propres: dict[str, Valeur] = {"ligne.participation_due": etat.taux.participation_due}
            if technique is not None:
                propres |= technique.de_ligne()
            ligne = LigneFacture(facture, rang, propres, self.corpus.actes[etat.droits.code])
            if ligne.existe:
                ligne.connaitre(etat.base.tarif, etat.base.a_l_unite)
                if technique is not None:
                    technique.apprendre(ligne)
            ligne.base_choisie = etat.base.base
            ligne.taux_choisi = etat.taux.taux if ligne.existe else None
            ligne.constats = list(etat.droits.constats)
            facture.lignes.append(ligne)
        strates.relations(facture)
        survies = [{True: 1, None: 2, False: 0}[ligne.survit] for ligne in facture.lignes]
        for ligne, etat in zip(facture.lignes, etats, strict=True):
            if ligne.survit is not False:
                self.compteurs.juger(ligne, etat.droits.comptees)
        actes_lourds.exonerer(facture)
        for ligne, etat in zip(facture.lignes, etats, strict=True):
            if ligne.existe:
                ligne.constats += manques_dits(ligne, etat.base.manques)
                ligne.etapes["taux"] = self._taux(ligne, etats)
        strates.sans_support(facture)
        porteuse, dues = self._porteuse(facture), self._participations(facture)
        inconnue = any(
            ligne.survit is not False
            and (etat.base.unitaire is None or not etat.base.quantite_connue or ligne.etapes.get("taux") is None)
            for ligne, etat in zip(facture.lignes, etats, strict=True)
        )
        lourde = actes_lourds.due([x for x in facture.lignes if x.survit is not False])
        lourdes = None if lourde is None else int(lourde)
        return tuple(
            self._finir(
                ligne, etat, (dues, lourdes) if ligne.rang == porteuse else (0, 0), survie, part_inconnue=inconnue
            )
            for ligne, etat, survie in zip(facture.lignes, etats, survies, strict=True)
        )

    @staticmethod
    def _taux(ligne: LigneFacture, etats: Sequence[Etat]) -> int | None:
        """Le taux de la ligne : celui d'une facture lourde, le sien, ou celui de l'acte qu'elle suit."""
        etat = etats[ligne.rang]
        if ligne.lourde is False and not etat.taux.propre and ligne.support is not None:
            valeur = Resolution._taux(ligne.support, etats)
            ligne.taux_choisi = ligne.support.taux_choisi
            return valeur
        if ligne.lourde is not False and etat.taux.lourds is not None:
            ligne.choisies[actes_lourds.TAUX] = etat.taux.lourds[0]
            ligne.choisies[actes_lourds.DUE] = etat.taux.lourds[1]
            return ligne.taux_propre()
        ligne.taux_choisi = etat.taux.taux
        valeur_ = etat.taux.taux.valeur if etat.taux.taux is not None else None
        return valeur_ if isinstance(valeur_, int) else None

    @staticmethod
    def _porteuse(facture: Facture) -> int:
        """La ligne qui porte les participations de la facture : le premier acte qui n'est pas refusé."""
        return next((x.rang for x in facture.lignes if not x.acte.supplement and x.survit is not False), -1)

    @staticmethod
    def _participations(facture: Facture) -> int | None:
        """Combien d'actes doivent une participation ; inconnu dès que l'un l'est."""
        dus = [
            x.fait("ligne.participation_due") for x in facture.lignes if not x.acte.supplement and x.survit is not False
        ]
        return None if None in dus else dus.count("oui")

    @staticmethod
    def _finir(
        ligne: LigneFacture,
        etat: Etat,
        participations: tuple[int | None, int | None],
        survie: int,
        *,
        part_inconnue: bool,
    ) -> Ligne:
        constats = [*ligne.constats, *avertissements(ligne.facture, ligne)]
        effets = {"refuse": "refuse", "avertit": "aucun"}
        tarif = ligne.tarif()
        taux = ligne.etapes.get("taux")

        def ident(choisie: Choisie | None) -> str | None:
            return choisie.ligne.id if choisie is not None and choisie.ligne is not None else None

        return Ligne(
            ligne.statut,
            tuple(c.motif for c in constats),
            tuple((c.motif, effets.get(c.etat, "a_verifier"), c.enjeu) for c in constats),
            tarif if ligne.existe else None,
            etat.base.unitaire,
            taux,
            ident(etat.base.tarif),
            ident(etat.base.base),
            ident(ligne.taux_choisi),
            etat.droits.nature,
            participations[0],
            part_inconnue,
            participations[1],
            survie,
        )
