"""Strate 3a : les fréquences. Chaque ligne que les strates 1 et 2 n'ont pas refusée est comptée après ce qui a déjà été
facturé ; ce que le compte laisse incertain laisse la ligne à vérifier.
"""

from __future__ import annotations

from collections.abc import Iterable

from opposable.droit import temps
from opposable.droit.acte import Acte
from opposable.droit.classes import SITUATION
from opposable.droit.constat import A_VERIFIER, INCONNU, REFUSE, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle
from opposable.droit.frequence import (
    CIVILE,
    GLISSANTE,
    INDECISE,
    LECTURES,
    UNITES,
    Compte,
    Comptes,
    Frequence,
    debut_civil,
    debut_glissant,
    partout,
)
from opposable.droit.table import EFFECTIF
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.historique import Historique

AGE, GROSSESSE = "patient.age_mois", "patient.grossesse_mois"
_INCONNU = Compte(0, None)


def frequences(facture: Facture) -> None:
    """Compte chaque ligne restante d'une facture ; une annulation l'est comme la ligne qu'elle annule."""
    for ligne in facture.lignes:
        if ligne.survit is not False:
            for frequence in en_vigueur(ligne):
                _frequence(ligne, frequence)


def en_vigueur(ligne: LigneFacture) -> list[Frequence]:
    """Les fréquences de l'acte qui valent ce jour-là, puis celles de tous les actes."""
    return [f for f in toutes(ligne.corpus, ligne.acte) if f.du <= ligne.jour < f.au]


def toutes(corpus: Corpus, acte: Acte) -> tuple[Frequence, ...]:
    """Les fréquences de l'acte, puis, sauf pour un supplément, celles de tous les actes dont il n'est pas dispensé."""
    if acte.supplement:
        return acte.frequences
    return (*acte.frequences, *(f for f in corpus.frequences if f.motif not in acte.dispenses))


def lectures(ligne: LigneFacture, frequence: Frequence) -> tuple[str, ...]:
    """Les façons de compter la période ce jour-là : une si un texte la dit, sinon les deux."""
    if frequence.sur not in UNITES:
        return (GLISSANTE,)
    dite = frequence.periode
    if not dite:
        table = ligne.corpus.tables[f"periode_{frequence.sur}"]
        dite = str(table.choisir(lambda _: None, ligne.jour, EFFECTIF).valeur)
    return LECTURES if dite == INDECISE else (dite,)


def _frequence(ligne: LigneFacture, frequence: Frequence) -> None:
    quand = True if frequence.quand is None else frequence.quand.evalue(ligne.fait)
    if quand is not False:
        comptes = comptes_de(ligne, frequence)
        if comptes is None:
            return
        lus = {lecture: comptes[lecture] for lecture in lectures(ligne, frequence)}
        noter(ligne, juger(ligne, frequence, lus, quand, ligne.nombre("acte.quantite") or 1))


def noter(ligne: LigneFacture, constat: Constat | None) -> None:
    """Ajoute un constat de fréquence ; d'un même motif, un seul doute : les autres demandent la même chose."""
    if constat is None:
        return
    doutes = {c.motif for c in ligne.constats if c.etat == INCONNU}
    if constat.etat != INCONNU or constat.motif not in doutes:
        ligne.constate(constat)


def juger(
    ligne: LigneFacture, frequence: Frequence, comptes: Comptes, quand: bool | None, quantite: int
) -> Constat | None:
    """Ce que ces comptes (un par lecture de la période) disent de la ligne et de sa quantité.

    ``quand`` : la limite vaut, ou on ne sait pas (``None``).
    """
    verdicts = [frequence.depasse(compte, quantite) for compte in comptes.values()]
    if all(v is False for v in verdicts):
        return None
    precision = _precision(frequence, comptes)
    if None in verdicts or quand is None:
        fait = ligne.corpus.vocabulaire.comptes[frequence.sur]
        manque = [fait] if None in verdicts else []
        if quand is None and frequence.quand is not None:
            manque += frequence.quand.inconnus(ligne.fait)
        return Constat(
            frequence.motif,
            INCONNU,
            tuple(dict.fromkeys(manque)),
            frequence.sources,
            precision,
            regle=frequence.id,
        )
    faits = ("acte.code",)
    if False in verdicts:
        return Constat("PERIODE_INDECISE", A_VERIFIER, faits, frequence.sources, precision, regle=frequence.id)
    etat = REFUSE if frequence.verdict == "refuse" else A_VERIFIER
    return Constat(frequence.motif, etat, faits, frequence.sources, precision, regle=frequence.id)


def comptes_de(ligne: LigneFacture, frequence: Frequence) -> Comptes | None:
    """Les actes déjà facturés, par lecture de la période : comptés par le lot, dits, ou lus dans l'historique.

    Le nombre dit ne fait pas oublier ce que l'historique montre : le plus grand des deux vaut. ``None`` si rien n'a été
    compté qui approche cette limite, ou si rien ne permet de la compter et qu'elle n'en doute pas.
    """
    cas = ligne.facture.cas
    if cas.comptes is not None:
        return cas.comptes.get((ligne.rang, frequence.id))
    fait = ligne.corpus.vocabulaire.comptes[frequence.sur]
    comptes = None if cas.historique is None else _dans_l_historique(ligne, frequence, cas.historique)
    if fait not in cas.lignes[ligne.rang].faits:
        if not frequence.doute:
            return comptes
        quantite = ligne.nombre("acte.quantite") or 1
        if comptes is not None and all(frequence.depasse(c, quantite) is not None for c in comptes.values()):
            return comptes
    dit = ligne.fait(fait)
    if not isinstance(dit, int):
        return comptes or partout(_INCONNU)
    if comptes is None:
        return partout(Compte(dit, dit))
    return {lecture: Compte(sur, sur) for lecture, c in comptes.items() for sur in (max(dit, c.certain),)}


def _dans_l_historique(ligne: LigneFacture, frequence: Frequence, historique: Historique) -> Comptes:
    situation = None
    if frequence.meme_situation:
        lue = ligne.fait(SITUATION)
        if not isinstance(lue, str):
            return partout(_INCONNU)
        situation = lue
    comptes: Comptes = {}
    codes = frequence.compte or frozenset({ligne.acte.code})
    for lecture in lectures(ligne, frequence):
        large, etroit = _debuts(ligne, frequence, lecture)
        if large is None or etroit is None:
            comptes[lecture] = _INCONNU
            continue
        sur = historique.compter(codes, frequence.par, etroit, situation=situation)
        if large == etroit:
            comptes[lecture] = sur
        else:
            tout = historique.compter(codes, frequence.par, large, situation=situation)
            comptes[lecture] = Compte(sur.certain, tout.possible)
    return comptes


def _debuts(ligne: LigneFacture, frequence: Frequence, lecture: str) -> tuple[int | None, int | None]:
    """Le premier jour de la période, au plus tôt et au plus tard ; inconnus si la période l'est."""
    jour, sur = ligne.jour, frequence.sur
    if sur == "vie":
        naissances = ligne.facture.naissance("patient.date_naissance", "patient.age")
        debut = max(premier_jour(ligne.corpus, frequence.compte), naissances[0] if naissances is not None else 0)
        return debut, debut
    if sur == "tranche_age":
        return _debut_de_tranche(ligne, frequence)
    if sur == "grossesse":
        mois = ligne.nombre(GROSSESSE)
        return (None, None) if mois is None else (temps.plus_mois(jour, -mois), temps.plus_mois(jour, 1 - mois))
    debut = debut_civil(sur, jour) if lecture == CIVILE else debut_glissant(sur, jour)
    return debut, debut


def premier_jour(corpus: Corpus, codes: Iterable[str]) -> int:
    """Le premier jour où l'un de ces actes a pu être facturé."""
    return min((corpus.actes[code].debut() for code in codes), default=0)


def _debut_de_tranche(ligne: LigneFacture, frequence: Frequence) -> tuple[int | None, int | None]:
    """Le jour où le patient est entré dans sa tranche d'âge ; hors des tranches, rien n'est compté."""
    age = ligne.fait(AGE)
    bornes = (age, age) if isinstance(age, int) else (age.bas, age.haut - 1) if isinstance(age, Intervalle) else None
    if bornes is None:
        return None, None
    debuts = {frequence.tranche(mois) for mois in bornes}
    if len(debuts) > 1:
        return None, None
    (debut,) = debuts
    if debut is None:
        return ligne.jour + 1, ligne.jour + 1
    naissances = ligne.facture.naissance("patient.date_naissance", "patient.age")
    if naissances is None:
        return None, None
    tot, tard = (temps.plus_mois(n, debut) for n in naissances)
    return tot, min(tard, ligne.jour)


def _precision(frequence: Frequence, comptes: Comptes) -> str:
    """La limite, et ce qui a été compté."""
    dits = {lecture: c.certain for lecture, c in comptes.items() if c.certain}
    if not dits:
        return frequence.texte()
    if len(set(dits.values())) == 1 and len(dits) == len(comptes):
        compte = f"{next(iter(dits.values()))} déjà facturé"
        return f"{frequence.texte()} ; {compte}{'s' if not compte.startswith('1 ') else ''}"
    sens = {CIVILE: "sur la période civile", GLISSANTE: "sur la période glissante"}
    detail = ", ".join(f"{c.certain} {sens[lecture]}" for lecture, c in comptes.items())
    return f"{frequence.texte()} ; déjà facturés : {detail}"
