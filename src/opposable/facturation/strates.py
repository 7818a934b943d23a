"""Les strates d'une facture, chacune ne lisant que les verdicts des précédentes.

0 tarif en vigueur et opposabilité · 1 existence et conditions de chaque ligne · 2a les actes entre eux · 2b les
suppléments sur les actes qui restent, et leurs incompatibilités · 3a les fréquences · 3b un supplément resté sans
acte · 4 l'argent.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from opposable.droit import temps
from opposable.droit.acte import Acte, Lien, Regle
from opposable.droit.constat import A_VERIFIER, AVERTIT, INCONNU, REFUSE, Constat, constater
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.publies import VERSION_ABSENTE
from opposable.droit.source import Passage
from opposable.droit.table import EFFECTIF, Calendrier
from opposable.facturation.actes_lourds import exonerer
from opposable.facturation.association import associations, gestes_en_trop
from opposable.facturation.entree import CasFacture
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.formules import argent
from opposable.facturation.frequences import frequences
from opposable.facturation.technique import PARAMETRE_MANQUANT, hors_nomenclature, manques


def evaluer(
    corpus: Corpus,
    cas: CasFacture,
    calendrier: Calendrier = EFFECTIF,
    changes: dict[tuple[int, str], Valeur] | None = None,
    *,
    strict: bool = False,
) -> Facture:
    """La facture évaluée. ``changes`` remplace des faits (rang de ligne, ou -1 : la facture), pour les questions."""
    faits = cas.faits
    par_ligne: dict[int, dict[str, Valeur]] = {}
    if changes:
        faits = {**cas.faits, **{nom: v for (rang, nom), v in changes.items() if rang < 0}}
        for (rang, nom), valeur in changes.items():
            if rang >= 0:
                par_ligne.setdefault(rang, {})[nom] = valeur
    facture = Facture(corpus, cas, calendrier, faits, strict=strict)
    for rang, ligne in enumerate(cas.lignes):
        propres = {**ligne.faits, **par_ligne[rang]} if rang in par_ligne else ligne.faits
        facture.lignes.append(LigneFacture(facture, rang, propres, corpus.actes[ligne.code]))
    for ligne_ in facture.lignes:
        eligibilite(ligne_)
        if (constat := hors_nomenclature(ligne_)) is not None:
            ligne_.constate(constat)
    relations(facture)
    frequences(facture)
    exonerer(facture)
    for ligne_ in facture.lignes:
        if ligne_.existe:
            argent(ligne_)
            valeurs_manquantes(ligne_)
    sans_support(facture)
    return facture


Juge = Callable[[LigneFacture, Regle], Constat | None]
"""Dit ce qu'une règle constate d'une ligne."""


def eligibilite(ligne: LigneFacture, juge: Juge = constater) -> None:
    """Strates 0 et 1 : l'acte existe ce jour-là, et ses conditions tiennent.

    ``juge`` dit ce que constate chaque règle ; d'elle-même, la ligne n'y lit que ``ligne.opposable``.
    """
    acte = ligne.acte
    if not ligne.existe:
        ligne.constate(
            Constat(
                "CODE_HORS_PERIODE",
                REFUSE,
                ("facture.date",),
                _sources_periode(acte, ligne.jour),
                precision=_periode(acte, ligne.jour, ligne.calendrier),
                autre=", ".join(acte.remplace_par),
            )
        )
        return
    corpus = ligne.corpus
    for regle in acte.regles:
        if regle.du <= ligne.jour < regle.au:
            _appliquer(ligne, regle, juge)
    for regle in corpus.toutes_lignes:
        if regle.du <= ligne.jour < regle.au and regle.motif not in acte.dispenses:
            _appliquer(ligne, regle, juge)
    if ligne.fait("ligne.opposable") != "oui":
        rang = len(ligne.constats)
        for regle in corpus.depassements:
            if regle.du <= ligne.jour < regle.au:
                _appliquer(ligne, regle, juge)
        _un_seul_doute(ligne, rang)


def _un_seul_doute(ligne: LigneFacture, rang: int) -> None:
    """Des règles de dépassement restées indécises, ne garde que la première : la nature d'abord."""
    doutes = [c for c in ligne.constats[rang:] if c.etat == INCONNU]
    for doute in doutes[1:]:
        ligne.constats.remove(doute)


def _deja_en_doute(ligne: LigneFacture, constat: Constat) -> bool:
    """Vrai si la ligne est déjà refusée, ou si un autre doute demande déjà un des faits de celui-ci."""
    demandes = {fait for c in ligne.constats if c.etat == INCONNU for fait in c.faits}
    return ligne.survit is False or not demandes.isdisjoint(constat.faits)


def _appliquer(ligne: LigneFacture, regle: Regle, juge: Juge) -> None:
    constat = juge(ligne, regle)
    if constat is None:
        return
    if constat.etat == INCONNU and regle.sorte == "a_verifier_si" and _deja_en_doute(ligne, constat):
        return
    ligne.constate(constat)


def _periode(acte: Acte, jour: int, calendrier: Calendrier) -> str:
    absence = acte.absence(jour)
    if absence is not None:
        return absence.precision
    premiere = min(acte.tarifs.lignes, key=lambda ligne: ligne.periode(calendrier)[0])
    debut = "" if premiere.origine else f"depuis le {temps.en_lettres(acte.debut(calendrier))}"
    fin = f"jusqu'au {temps.en_lettres(acte.au - 1)} inclus" if acte.au < temps.INFINI else ""
    return " ".join(p for p in (debut, fin) if p)


def _sources_periode(acte: Acte, jour: int) -> tuple[Passage, ...]:
    absence = acte.absence(jour)
    if absence is not None:
        return absence.sources
    lignes = sorted(acte.tarifs.lignes, key=lambda ligne: ligne.du)
    return (lignes[-1] if jour >= acte.au else lignes[0]).sources


def relations(facture: Facture) -> None:
    """Strates 2a et 2b : les actes entre eux, puis les suppléments sur les actes qui restent."""
    _entre_actes(facture)
    associations(facture)
    _supplements(facture)
    gestes_en_trop(facture)


def _entre_actes(facture: Facture) -> None:
    """Strate 2a : deux actes d'une même séance se refusent, sauf si l'un prévoit l'autre.

    Un cumul rapporté, mais que rien n'établit, laisse les deux à vérifier.
    """
    actes = [ligne for ligne in facture.lignes if not ligne.acte.supplement]
    verdicts = [ligne.survit for ligne in actes]
    for (a, va), (b, vb) in combinations(zip(actes, verdicts, strict=True), 2):
        if va is False or vb is False or _permis(a, b):
            continue
        doute = _lien(a.acte.non_verifies, b) or _lien(b.acte.non_verifies, a)
        if doute is not None:
            for ligne, autre in ((a, b), (b, a)):
                ligne.constate(
                    Constat("CUMUL_NON_VERIFIE", A_VERIFIER, ("acte.code",), doute.sources, autre=autre.acte.code)
                )
            continue
        etat = REFUSE if va and vb else INCONNU
        lien_ab, lien_ba = _lien(a.acte.incompatibles, b), _lien(b.acte.incompatibles, a)
        if a.acte.technique and b.acte.technique and lien_ab is None and lien_ba is None:
            continue
        enjeu = min((t for t in (a.tarif(), b.tarif()) if t is not None), default=None)
        sources = next((lien.sources for lien in (lien_ab, lien_ba) if lien is not None), ()) or _sources_defaut(
            facture
        )
        if not (lien_ba is not None and lien_ba.cede and lien_ab is None):
            a.constate(Constat("ACTES_INCOMPATIBLES", etat, ("acte.code",), sources, autre=b.acte.code, enjeu=enjeu))
        if not (lien_ab is not None and lien_ab.cede and lien_ba is None):
            b.constate(Constat("ACTES_INCOMPATIBLES", etat, ("acte.code",), sources, autre=a.acte.code, enjeu=enjeu))


def _permis(a: LigneFacture, b: LigneFacture) -> bool:
    """Un texte permet de facturer ces deux actes ensemble, et aucun ne l'exclut pour ces codes-là."""
    for un, autre in ((a, b), (b, a)):
        propre = _lien(un.acte.incompatibles, autre)
        if propre is not None and not propre.famille:
            return False
    return any(_lien(un.acte.cumulables, autre) is not None for un, autre in ((a, b), (b, a)))


def _sources_defaut(facture: Facture) -> tuple[Passage, ...]:
    return (facture.corpus.passages["ngap-une-consultation"],)


def _lien(liens: tuple[Lien, ...], vers: LigneFacture) -> Lien | None:
    return next((lien for lien in liens if lien.vise(vers.acte, vers.jour)), None)


def _suivis(ligne: LigneFacture) -> list[LigneFacture]:
    """Les lignes que ce supplément peut suivre : des actes, ou d'autres suppléments (« en sus de la majoration »)."""
    return [
        autre
        for autre in ligne.facture.lignes
        if autre is not ligne and autre.existe and _lien(ligne.acte.s_ajoute_a, autre) is not None
        and (not ligne.acte.technique or ligne.acte.code in autre.acte.gestes)
    ]  # fmt: skip


def _supplements_ordonnes(facture: Facture) -> list[tuple[LigneFacture, list[LigneFacture]]]:
    """Les suppléments et ce qu'ils suivent ; d'abord ceux qui suivent un acte, puis ceux qui suivent un supplément."""
    couples = [(ligne, _suivis(ligne)) for ligne in facture.lignes if ligne.acte.supplement and ligne.existe]
    return sorted(couples, key=lambda couple: any(suivi.acte.supplement for suivi in couple[1]))


def _supplements(facture: Facture) -> None:
    """Strate 2b : chaque supplément suit un acte qui l'admet ; puis les incompatibilités entre ceux qui restent."""
    for ligne, admis in _supplements_ordonnes(facture):
        survies = [acte.survit for acte in admis]
        suivi = _support(admis, survies)
        ligne.support = suivi.support if suivi is not None and suivi.acte.supplement else suivi
        if not admis:
            attendus = ", ".join(
                sorted(
                    {("un acte de la famille " if lien.famille else "") + lien.cible for lien in ligne.acte.s_ajoute_a}
                )
            )
            ligne.constate(
                Constat("SUPPLEMENT_HORS_LISTE", REFUSE, ("acte.code",), _premieres_sources(ligne), autre=attendus)
            )
        elif True not in survies and None in survies:
            ligne.constate(
                Constat(
                    "SANS_ACTE_SUPPORT",
                    INCONNU,
                    (),
                    _premieres_sources(ligne),
                    autre=", ".join(a.acte.code for a in admis),
                )
            )
    verdicts = {ligne.rang: ligne.survit for ligne in facture.lignes}
    for a, b in combinations([ligne for ligne in facture.lignes if ligne.existe], 2):
        if a.acte.supplement or b.acte.supplement:
            _couple(a, b, verdicts[a.rang], verdicts[b.rang])


def _support(admis: list[LigneFacture], survies: list[bool | None]) -> LigneFacture | None:
    """L'acte que suit un supplément : un acte qui reste, sinon un acte en doute ; l'ordre des lignes n'y fait rien."""
    for voulue in (True, None):
        restants = [acte for acte, survie in zip(admis, survies, strict=True) if survie is voulue]
        if restants:
            return restants[0] if len(restants) == 1 else min(restants, key=LigneFacture.preference)
    return None


def _premieres_sources(ligne: LigneFacture) -> tuple[Passage, ...]:
    ligne.tarif()
    choisie = ligne.tarif_choisi
    return (
        choisie.ligne.sources
        if choisie is not None and choisie.ligne is not None
        else ligne.acte.tarifs.lignes[0].sources
    )


def _couple(a: LigneFacture, b: LigneFacture, va: bool | None, vb: bool | None) -> None:
    lien_ab, lien_ba = _lien(a.acte.incompatibles, b), _lien(b.acte.incompatibles, a)
    for ligne, autre in ((a, b), (b, a)):
        doute = _lien(ligne.acte.non_verifies, autre)
        if doute is not None and va is not False and vb is not False:
            cible = ligne if ligne.acte.supplement else autre
            sur = AVERTIT if a.acte.supplement and b.acte.supplement else A_VERIFIER
            vis_a_vis = (autre if cible is ligne else ligne).acte.code
            cible.constate(Constat("CUMUL_NON_VERIFIE", sur, ("acte.code",), doute.sources, autre=vis_a_vis))
    double = a.acte.code == b.acte.code
    if (lien_ab is None and lien_ba is None and not double) or va is False or vb is False:
        return
    etat = REFUSE if va and vb else INCONNU
    motif = "SUPPLEMENT_EN_DOUBLE" if double else "SUPPLEMENT_INCOMPATIBLE"
    sources = next((lien.sources for lien in (lien_ab, lien_ba) if lien is not None), ()) or _premieres_sources(a)
    if a.acte.supplement != b.acte.supplement:
        tombe, reste = (a, b) if a.acte.supplement else (b, a)
        tombe.constate(Constat(motif, etat, ("acte.code",), sources, autre=reste.acte.code, enjeu=tombe.tarif()))
        return
    enjeu = min((t for t in (a.tarif(), b.tarif()) if t is not None), default=None)
    if not (lien_ba is not None and lien_ba.cede and not (lien_ab is not None and lien_ab.cede)):
        a.constate(Constat(motif, etat, ("acte.code",), sources, autre=b.acte.code, enjeu=enjeu))
    if not (lien_ab is not None and lien_ab.cede and not (lien_ba is not None and lien_ba.cede)):
        b.constate(Constat(motif, etat, ("acte.code",), sources, autre=a.acte.code, enjeu=enjeu))


def sans_support(facture: Facture) -> None:
    """Strate 3b : un supplément dont tous les actes sont refusés l'est aussi."""
    for ligne, admis in _supplements_ordonnes(facture):
        if admis and all(a.survit is False for a in admis):
            ligne.constate(
                Constat(
                    "SANS_ACTE_SUPPORT",
                    REFUSE,
                    (),
                    _premieres_sources(ligne),
                    autre=", ".join(a.acte.code for a in admis),
                )
            )


def valeurs_manquantes(ligne: LigneFacture) -> None:
    """Un tarif ou une base qui manque, ou qui dépend de faits inconnus, laisse la ligne à vérifier."""
    vus = {constat.precision for constat in ligne.constats if constat.motif == VERSION_ABSENTE}
    for choisie in (ligne.tarif_choisi, ligne.base_choisie):
        if choisie is None:
            continue
        if choisie.etat == "manquant" and choisie.ligne is not None:
            if choisie.ligne.manquant not in vus:
                ligne.constate(
                    Constat(PARAMETRE_MANQUANT, A_VERIFIER, (), choisie.ligne.sources, precision=choisie.ligne.manquant)
                )
            vus.add(choisie.ligne.manquant)
        elif choisie.etat == "hors" and choisie is ligne.tarif_choisi:
            ligne.constate(Constat("TARIF_NON_PREVU", REFUSE, (), ligne.acte.tarifs.lignes[0].sources))
        elif choisie.etat == "incertain":
            ligne.constate(
                Constat(
                    "FAIT_INCONNU",
                    INCONNU,
                    ligne.inconnus_de(choisie.possibles),
                    tuple(s for p in choisie.possibles for s in p.sources)[:3],
                )
            )
    if ligne.acte.technique:
        for constat in manques(ligne):
            ligne.constate(constat)
