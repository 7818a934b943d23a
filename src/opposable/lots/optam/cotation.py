"""Coter une année d'actes deux fois : dans l'option, et en secteur 2 sans option.

C'est l'interprète de ``coter`` qui répond. Deux factures que ses règles ne peuvent pas distinguer (mêmes actes, mêmes
faits, même sorte de jour, honoraires de même côté du tarif) partagent sa réponse : seul le dépassement, qui suit les
honoraires centime par centime, est refait pour chacune.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from opposable.droit import montant
from opposable.droit.calculer import evaluer as evaluer_cas
from opposable.droit.calculer import hors_periode, lire_cas, trouver
from opposable.droit.constat import AVERTIT, REFUSE
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import CasFacture, lire_facture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.reponse import motif_dit
from opposable.facturation.strates import evaluer
from opposable.facturation.total import totaliser
from opposable.lots.optam.lignes import Ligne
from opposable.lots.textes_lus import jours_de_vigueur, jours_des_regles, jours_des_tables

LETTRES: Final = "optam_lettres"
SANS_OPTION: Final = "aucune"
_DATE: Final = "facture.date"
_QUANTITE: Final = "acte.quantite"
"""Une ligne à plusieurs unités ne se compare pas au tarif d'une seule : sa réponse n'est jamais partagée."""
_INCONNUS: Final = frozenset({"CODE_INCONNU", "CODE_NON_COUVERT", "CODE_CCAM_INCONNU"})


@dataclass(frozen=True, slots=True)
class Cotee:
    """Ce que l'interprète dit d'une ligne. Montants en centimes ; ``None`` : il ne le sait pas."""

    statut: str
    base: int | None
    depassement: int | None
    supplement: bool
    motif: str = ""
    message: str = ""
    doute: tuple[str, str] = ("", "")
    """Le motif et le message de la première condition qui reste à vérifier."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """Ce qu'il dit d'une facture. ``rembourse`` : ce que la caisse verse, en centimes."""

    lignes: tuple[Cotee, ...]
    opposable: bool | None
    rembourse: int | None
    base: int | None

    @property
    def comparable(self) -> bool:
        """Aucun acte n'est refusé, et le remboursement est connu ; un supplément refusé n'est pas remboursé."""
        actes = [c for c in self.lignes if not c.supplement]
        return bool(actes) and self.rembourse is not None and all(c.statut != "refusee" for c in actes)


@dataclass(frozen=True, slots=True)
class _Representant:
    """La réponse d'une facture que d'autres partagent, et les honoraires qu'elle avait."""

    reponse: Reponse
    honoraires: tuple[int, ...]


class Coteur:
    """Cote des factures pour un médecin, d'un côté ou de l'autre. ``communs`` : ce qui vaut pour toutes."""

    def __init__(self, corpus: Corpus, medecin: Mapping[str, Any], communs: Mapping[str, Any]) -> None:
        self.corpus = corpus
        self._medecin = dict(medecin)
        self._communs = communs
        self._lettres = trouver(corpus, LETTRES)
        self._bornes: list[int] = []
        self._sortes: dict[int, tuple[Any, ...]] = {}
        self._nominaux: dict[Any, tuple[int | None, ...]] = {}
        self._reponses: dict[Any, _Representant] = {}
        self._transposees: dict[Any, str] = {}
        self._noms = sorted(n for n, f in corpus.vocabulaire.faits.items() if _DATE in f.lit)
        self.appels = 0
        """Combien de fois l'interprète a répondu."""

    def preparer(self, codes: Iterable[str]) -> None:
        """Note les jours où quelque chose change pour ces codes et pour leurs lettres de l'autre côté."""
        corpus = self.corpus
        lettres = {*corpus.tables["optam_lettre_dedans"].valeurs, *corpus.tables["optam_lettre_dehors"].valeurs}
        actes = [corpus.actes[c] for c in {*codes, *lettres} if c in corpus.actes]
        jours = {
            *jours_des_tables(*corpus.tables.communs()),
            *jours_des_regles((*corpus.toutes_lignes, *corpus.depassements)),
            *jours_de_vigueur(*actes), self._lettres.periode.du, self._lettres.periode.au,
        }  # fmt: skip
        for acte in actes:
            jours.update(jours_des_tables(*acte.tables))
            jours.update(jours_des_regles(acte.regles))
            jours |= {jour for frequence in acte.frequences for jour in (frequence.du, frequence.au)}
            for lien in (*acte.s_ajoute_a, *acte.incompatibles, *acte.non_verifies, *acte.cumulables):
                jours |= {lien.du, lien.au}
        for contradiction in corpus.contradictions:
            jours |= {contradiction.du, contradiction.au}
        self._bornes = sorted(jours)

    def coter(self, lignes: Sequence[Ligne], option: str, lettres: str = "") -> Reponse:
        """La réponse pour les lignes d'une facture. :class:`ErreurEntree`, située, si l'une ne convient pas.

        ``lettres`` : l'option dont les lettres s'emploient, si c'en est une autre (hors option et sans dépassement, la
        lettre reste celle du secteur 1).
        """
        codes = tuple(self._lettre(ligne, lettres or option) for ligne in lignes)
        sorte = (self._sorte(lignes[0]), option, codes, tuple(ligne.faits for ligne in lignes))
        honoraires = tuple(ligne.honoraires for ligne in lignes)
        tarifs = self._nominaux.get(sorte)
        if tarifs is None:
            facture, _ = self._evaluer(lignes, codes, option, None)
            tarifs = self._nominaux[sorte] = tuple(x.etapes.get("tarif") for x in facture.lignes)
        cotes = tuple(None if t is None else (h > t) - (h < t) for h, t in zip(honoraires, tarifs, strict=True))
        exacte = any(c in {None, -1} for c in cotes) or any(_QUANTITE in dict(ligne.faits) for ligne in lignes)
        cle = (sorte, honoraires if exacte else cotes)
        connue = self._reponses.get(cle)
        if connue is None:
            facture, cas = self._evaluer(lignes, codes, option, honoraires)
            connue = self._reponses[cle] = _Representant(_reponse(facture, cas), honoraires)
        if connue.honoraires == honoraires:
            return connue.reponse
        return _decaler(connue, honoraires)

    def _sorte(self, ligne: Ligne) -> tuple[Any, ...]:
        """Ce que les règles voient d'un jour : la période, et les faits qui se déduisent de la date."""
        trouvee = self._sortes.get(ligne.jour)
        if trouvee is None:
            cas = lire_facture(
                self.corpus, {"date": ligne.date, "medecin": self._medecin, **self._communs}, acte_exige=False
            )
            portee = Facture(self.corpus, cas, EFFECTIF, cas.faits, strict=False)
            dits = tuple(portee.fait(nom) for nom in self._noms)
            trouvee = self._sortes[ligne.jour] = (bisect_right(self._bornes, ligne.jour), dits)
        return trouvee

    def _lettre(self, ligne: Ligne, option: str) -> str:
        """La lettre de cette ligne de ce côté ; la sienne si les textes ne la transposent pas."""
        if ligne.code not in self._lettres.vocabulaire.faits["lettre"].valeurs:
            return ligne.code
        cle = (ligne.code, bisect_right(self._bornes, ligne.jour), option)
        if cle not in self._transposees:
            self._transposees[cle] = self._transposer(ligne, option)
        return self._transposees[cle]

    def _transposer(self, ligne: Ligne, option: str) -> str:
        if hors_periode(self._lettres, ligne.jour, ligne.jour + 1):
            return ligne.code
        specialite = self._medecin.get("specialite")
        cas = {"date": ligne.date, "lettre": ligne.code, "medecin": {"specialite": specialite}}
        k = evaluer_cas(self.corpus, self._lettres, lire_cas(self.corpus, self._lettres, cas))
        dite = k.faites["dehors" if option == SANS_OPTION else "dedans"].valeur
        return dite if isinstance(dite, str) else ligne.code

    def _evaluer(
        self, lignes: Sequence[Ligne], codes: Sequence[str], option: str, honoraires: Sequence[int] | None
    ) -> tuple[Facture, CasFacture]:
        blocs: dict[str, dict[str, Any]] = {cle: dict(bloc) for cle, bloc in self._communs.items()}
        actes: list[dict[str, Any]] = []
        for rang, (ligne, code) in enumerate(zip(lignes, codes, strict=True)):
            acte: dict[str, Any] = {"code": code}
            if honoraires is not None:
                acte["honoraires"] = montant.euros(honoraires[rang])
            for nom, valeur in ligne.faits:
                bloc, _, cle = nom.partition(".")
                lu = list(valeur) if isinstance(valeur, tuple) else valeur
                (acte if bloc == "acte" else blocs.setdefault(bloc, {}))[cle] = lu
            actes.append(acte)
        medecin = {**self._medecin, "option": option}
        brut = {"date": lignes[0].date, "medecin": medecin, **blocs, "actes": actes}
        self.appels += 1
        try:
            cas = lire_facture(self.corpus, brut)
        except ErreurEntree as erreur:
            raise _situer(erreur, lignes) from None
        return evaluer(self.corpus, cas, EFFECTIF), cas


def inconnu(erreur: ErreurEntree) -> bool:
    """Vrai si l'interprète ne connaît pas le code : la ligne n'est pas tarifable, elle n'est pas fausse."""
    return erreur.code in _INCONNUS


def _situer(erreur: ErreurEntree, lignes: Sequence[Ligne]) -> ErreurEntree:
    """La même erreur, située dans la ligne de l'atelier qui dit ce fait ; telle quelle si aucune ne le dit."""
    bloc, _, cle = erreur.ou.partition(".")
    rang = int(bloc[6:-1]) if bloc.startswith("actes[") and bloc[6:-1].isdecimal() else None
    if rang is None:
        rang = next((r for r, ligne in enumerate(lignes) if erreur.ou in dict(ligne.faits)), None)
    if rang is None:
        return erreur
    ou = f"actes[{lignes[rang].rang}]" + (f".{cle}" if cle else "")
    return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)


def _reponse(facture: Facture, cas: CasFacture) -> Reponse:
    total = totaliser(facture)
    mot = facture.fait("facture.opposable")
    assert cas.signe == 1  # noqa: S101 - les honoraires sont donnés en valeur absolue
    return Reponse(
        tuple(_cotee(ligne) for ligne in facture.lignes),
        None if mot is None else mot == "oui",
        total.possible["remboursement"],
        total.possible["base_remboursement"],
    )


def _cotee(ligne: LigneFacture) -> Cotee:
    refus = next((c for c in ligne.constats if c.etat == REFUSE), None)
    dit = motif_dit(ligne, refus) if refus is not None else None
    doute = next((c for c in ligne.constats if c.etat not in {REFUSE, AVERTIT}), None)
    reste = motif_dit(ligne, doute) if doute is not None and dit is None else None
    return Cotee(
        ligne.statut,
        None if refus is not None else ligne.etapes.get("base_remboursement"),
        None if refus is not None else ligne.etapes.get("depassement"),
        ligne.acte.supplement,
        dit["code"] if dit else "",
        dit["message"] if dit else "",
        (reste["code"], reste["message"]) if reste else ("", ""),
    )


def _decaler(connue: _Representant, honoraires: Sequence[int]) -> Reponse:
    """La même réponse, les dépassements suivant les honoraires : au-dessus du tarif, rien d'autre ne change."""
    lignes = tuple(
        c if c.depassement is None else replace(c, depassement=c.depassement + h - avant)
        for c, h, avant in zip(connue.reponse.lignes, honoraires, connue.honoraires, strict=True)
    )
    return Reponse(lignes, connue.reponse.opposable, connue.reponse.rembourse, connue.reponse.base)
