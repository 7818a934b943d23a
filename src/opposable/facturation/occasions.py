"""Les occasions : un supplément licite que la facture n'a pas, toujours avec la condition qui le justifierait.

Seuls comptent les faits dits : la valeur usuelle d'une circonstance (pas d'urgence, pas de régulation) n'ouvre rien.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Acte
from opposable.droit.condition import Condition
from opposable.droit.constat import AVERTIT, Constat, constater
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.heritage import heriter
from opposable.droit.lecture import Noeud
from opposable.droit.table import EFFECTIF, Calendrier
from opposable.droit.vocabulaire import de_ligne
from opposable.facturation.bareme_lignes import texte_de_regle
from opposable.facturation.entree import CasFacture, LigneCas
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.reponse import motif_dit
from opposable.facturation.strates import evaluer

OCCASION: Final = "SUPPLEMENT_POSSIBLE"
_SANS_OCCASION: Final = frozenset({"VERSEE_PAR_LA_CAISSE", "CUMUL_NON_VERIFIE", "LETTRE_NON_ETABLIE"})
"""Un supplément qui avertit de l'un d'eux ne se propose pas : il est versé sans facture, ou rien ne l'établit."""
_HABILITATION: Final = "SPECIALITE_NON_HABILITEE"
_QUANTITE: Final = "acte.quantite"
_LIEU: Final = "medecin.cabinet_alsace_moselle"
_VOULUES: Final = {"exige": True, "refuse_si": False}
_BORNES: Final = (("du", 0), ("au", temps.INFINI))


def ajouter_occasions(
    corpus: Corpus,
    cas: CasFacture,
    reponse: dict[str, Any],
    *,
    calendrier: Calendrier = EFFECTIF,
    strict: bool = False,
) -> None:
    """Ajoute ses occasions à une réponse, sur la ligne de l'acte ; ni statut ni montant n'en sont changés."""
    if cas.signe < 0 or reponse["statut"] == "refusee":
        return
    statuts = [ligne["statut"] for ligne in reponse["lignes"]]
    trouvees = list(_trouver(corpus, cas, statuts, calendrier, strict=strict))
    for facture, acte, supplement in trouvees:
        autres = [autre.acte.code for _, _, autre in trouvees if autre is not supplement]
        exclus = _exclus(corpus, cas, calendrier, supplement.acte.code, autres, strict=strict) if autres else []
        constat = Constat(
            OCCASION,
            AVERTIT,
            tuple(f for r in _conditions(supplement) for f in r.condition.faits()),
            tuple({p.id: p for r in _conditions(supplement) for p in r.sources}.values())
            or tuple(p for lien in supplement.acte.s_ajoute_a[:1] for p in lien.sources),
            precision=_precision(supplement, exclus),
            autre=supplement.acte.code,
            enjeu=supplement.tarif(),
        )
        reponse["lignes"][acte.rang]["motifs"].append(motif_dit(facture.lignes[acte.rang], constat))


def _trouver(
    corpus: Corpus, cas: CasFacture, avant: list[str], calendrier: Calendrier, *, strict: bool
) -> Iterator[tuple[Facture, LigneFacture, LigneFacture]]:
    """La facture avec le supplément, l'acte suivi, et le supplément, pour chacun de ceux qui seraient acceptés.

    ``avant`` : le statut de chaque ligne sans lui.
    """
    sobre = evaluer(corpus, cas, calendrier, _circonstances_tues(corpus, cas), strict=strict)
    candidats = list(_candidats(corpus, cas, sobre, calendrier))
    rang = len(cas.lignes)
    for acte in candidats:
        if not _tient(corpus, LigneFacture(sobre, rang, _dite(acte.code).faits, acte)):
            continue
        essai = evaluer(corpus, _avec(cas, [acte.code]), calendrier, strict=strict)
        ligne = essai.lignes[rang]
        if ligne.survit is not True or [autre.statut for autre in essai.lignes[:rang]] != avant:
            continue
        avertis = {c.motif for une in essai.lignes for c in une.constats if une is ligne or c.autre == acte.code}
        suivi = next(
            (
                autre
                for autre in essai.lignes[:rang]
                if autre.survit and any(lien.vise(autre.acte, cas.jour) for lien in acte.s_ajoute_a)
            ),
            None,
        )
        if suivi is not None and avertis.isdisjoint(_SANS_OCCASION):
            yield essai, suivi, ligne


@dataclass(frozen=True, slots=True)
class _Exigence:
    """Une condition datée, et ce qu'elle doit valoir."""

    voulu: bool
    condition: Condition
    du: int
    au: int


@dataclass(frozen=True, slots=True)
class _Ebauche:
    """Ce qui écarte un supplément sans le typer : sa fin, ce qu'il suit, ses conditions sur des faits de facture."""

    au: int
    liens: frozenset[str]
    exigences: tuple[_Exigence, ...]


def _ebauches(corpus: Corpus) -> dict[str, _Ebauche]:
    """L'ébauche de chaque supplément, lue dans le YAML ; typer tous les suppléments ralentirait chaque démarrage."""
    trouve = corpus.memo.get("ebauches")
    if not isinstance(trouve, dict):
        noeuds = corpus.actes.noeuds()
        trouve = corpus.memo["ebauches"] = {
            code: _ebauche(corpus, heriter(code, noeuds).table(code))
            for code, noeud in noeuds.items()
            if "versions" not in (cles := noeud.table(code))
            and ("nature" not in cles or cles["nature"].texte(code) == "supplement")
        }
    return trouve


def _ebauche(corpus: Corpus, cles: Mapping[str, Noeud]) -> _Ebauche:
    liens = cles["s_ajoute_a"].liste() if "s_ajoute_a" in cles else []
    cibles = frozenset(n.texte() if isinstance(n.valeur, str) else n.table()["cible"].texte() for n in liens)
    conditions: list[_Exigence] = []
    for noeud in cles["conditions"].liste() if "conditions" in cles else []:
        conditions += _partagees(corpus, noeud) if isinstance(noeud.valeur, str) else _propres(corpus, noeud)
    gardees = [e for e in conditions if not any(de_ligne(fait) for fait in e.condition.faits())]
    gardees.sort(key=lambda e: any(_du_calendrier(corpus, fait) for fait in e.condition.faits()))
    au = temps.jour(cles["au"].texte()) if "au" in cles else temps.INFINI
    return _Ebauche(au, cibles, tuple(gardees))


def _partagees(corpus: Corpus, noeud: Noeud) -> Iterator[_Exigence]:
    for regle in corpus.partagees.get(noeud.texte(), ()):
        if regle.sorte in _VOULUES:
            yield _Exigence(_VOULUES[regle.sorte], regle.condition, regle.du, regle.au)


def _propres(corpus: Corpus, noeud: Noeud) -> Iterator[_Exigence]:
    champs = noeud.table()
    du, au = (temps.jour(champs[cle].texte()) if cle in champs else borne for cle, borne in _BORNES)
    for sorte, voulu in _VOULUES.items():
        if sorte in champs:
            yield _Exigence(voulu, corpus.vocabulaire.condition(champs[sorte]), du, au)


def _du_calendrier(corpus: Corpus, nom: str) -> bool:
    """Le fait dépend des jours fériés du lieu, que rien d'autre n'oblige à charger : il se lit en dernier."""
    return nom == _LIEU or any(_du_calendrier(corpus, lu) for lu in corpus.vocabulaire.faits[nom].lit)


def _candidats(corpus: Corpus, cas: CasFacture, sobre: Facture, calendrier: Calendrier) -> Iterator[Acte]:
    """Les suppléments en vigueur, absents, qui peuvent suivre une des lignes et ne se comptent pas."""
    presents = [corpus.actes[ligne.code] for ligne in cas.lignes]
    codes = {acte.code for acte in presents}
    suivis = codes | {f"famille:{famille}" for acte in presents for famille in acte.familles}
    comptees = {r.motif for r in corpus.toutes_lignes if _QUANTITE in r.condition.faits()}
    for code, ebauche in _ebauches(corpus).items():
        if code in codes or cas.jour >= ebauche.au or suivis.isdisjoint(ebauche.liens):
            continue
        datees = (e for e in ebauche.exigences if e.du <= cas.jour < e.au)
        if any(e.condition.evalue(sobre.fait) is not e.voulu for e in datees):
            continue
        acte = corpus.actes[code]
        if (
            acte.en_vigueur(cas.jour, calendrier)
            and comptees.isdisjoint(acte.dispenses)
            and any(lien.vise(autre, cas.jour) for lien in acte.s_ajoute_a for autre in presents)
        ):
            yield acte


def _tient(corpus: Corpus, ligne: LigneFacture) -> bool:
    """Les conditions propres de la ligne tiennent toutes, sans doute."""
    communes = (r for r in corpus.toutes_lignes if r.motif not in ligne.acte.dispenses)
    for regle in (*ligne.acte.regles, *communes):
        if regle.en_vigueur(ligne.jour):
            constat = constater(ligne, regle)
            if constat is not None and constat.etat != AVERTIT:
                return False
    return True


def _circonstances_tues(corpus: Corpus, cas: CasFacture) -> dict[tuple[int, str], Valeur]:
    """Chaque circonstance qui n'est pas dite, et dont la valeur usuelle est laissée de côté."""
    return {
        (-1, nom): None
        for nom, fait in corpus.vocabulaire.faits.items()
        if nom.startswith("contexte.") and fait.usuel is not None and nom not in cas.faits
    }


def _dite(code: str) -> LigneCas:
    return LigneCas(code, {"acte.code": code, _QUANTITE: 1})


def _avec(cas: CasFacture, codes: list[str]) -> CasFacture:
    lignes = [*cas.lignes, *(_dite(code) for code in codes)]
    return CasFacture(cas.id, cas.jour, cas.faits, lignes, cas.textes, cas.historique, cas.signe)


def _exclus(
    corpus: Corpus, cas: CasFacture, calendrier: Calendrier, code: str, autres: list[str], *, strict: bool
) -> list[str]:
    """Ceux des autres suppléments possibles qui ne vont pas avec celui-ci."""
    rang = len(cas.lignes)
    resultat = []
    for autre in autres:
        essai = evaluer(corpus, _avec(cas, [code, autre]), calendrier, strict=strict)
        cumul = {c.motif for ligne in essai.lignes[rang:] for c in ligne.constats}
        if any(ligne.survit is not True for ligne in essai.lignes[rang:]) or "CUMUL_NON_VERIFIE" in cumul:
            resultat.append(autre)
    return resultat


def _conditions(ligne: LigneFacture) -> list[Any]:
    """Les conditions qui justifient le supplément ; celle de la spécialité seulement s'il n'y en a pas d'autre."""
    regles = [r for r in ligne.acte.regles if r.sorte == "exige" and r.en_vigueur(ligne.jour)]
    return [r for r in regles if r.motif != _HABILITATION] or regles


def _precision(ligne: LigneFacture, exclus: list[str]) -> str:
    dites = []
    for regle in _conditions(ligne):
        tenues = [v.libelle for v in regle.variantes if v.du <= ligne.jour < v.au and v.condition.evalue(ligne.fait)]
        dites += tenues or [texte_de_regle(ligne.corpus, regle)]
    dite = " ; ".join(dict.fromkeys(dites)) or ligne.acte.libelle
    return dite + (f" ; ne va pas avec {', '.join(exclus)}" if exclus else "")
