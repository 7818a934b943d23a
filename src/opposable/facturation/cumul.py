"""Le dispositif ``cumul`` (système 9) : ce qui va ensemble, paire par paire.

Deux actes ou majorations sont essayés dans les relations d'une facture, leurs autres conditions supposées tenues ; deux
contrats se lisent dans une table. Ce qu'aucun texte ne dit d'une paire de contrats reste à vérifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.constat import REFUSE, Constat
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.droit.source import Passage
from opposable.facturation import essais
from opposable.facturation.facture import LigneFacture
from opposable.facturation.strates import relations

AUTORISE, REFUSEE, DOUTE, SANS_EFFET = "autorise", "refuse", "a_verifier", "sans_effet"
_DITS: Final = {AUTORISE: "autorisé", REFUSEE: "refusé", DOUTE: "à vérifier", SANS_EFFET: "sans effet"}
_ENSEMBLE: Final = {
    REFUSEE: "une paire au moins est refusée",
    DOUTE: "une paire au moins est à vérifier, aucune n'est refusée",
    SANS_EFFET: "rien n'est refusé, mais une majoration n'a pas d'acte à suivre",
    AUTORISE: "tout se cumule",
}
"""Ce qui se dit de l'ensemble : le premier de ces états qu'une paire a."""
_FAMILLE: Final = "famille:"
_SANS_ACTE: Final = "SUPPLEMENT_HORS_LISTE"
_TECHNIQUE: Final = "acte_technique"


@dataclass(frozen=True, slots=True)
class Paire:
    """Deux éléments, ce qu'il en est, et pourquoi."""

    premier: str
    second: str
    reponse: str
    motifs: tuple[str, ...] = ()
    message: str = ""
    sources: tuple[Passage, ...] = ()


def calculer(k: Calcul) -> None:
    """Le verdict, les comptes, les paires et la matrice."""
    verdict(k)
    paires_autorisees(k)
    paires_refusees(k)
    paires_a_verifier(k)
    paires_sans_effet(k)
    paires(k)
    matrice(k)


@etape("oui_non")
def seul(k: Calcul) -> Valeur:
    """Il n'y a pas deux actes, ni deux contrats à comparer."""
    return k.oui_non(not _paires(k))


@etape("texte")
def verdict(k: Calcul) -> str:
    """Ce qu'il en est de l'ensemble."""
    reponses = {paire.reponse for paire in _paires(k)}
    return next((dit for reponse, dit in _ENSEMBLE.items() if reponse in reponses), "rien à comparer")


@etape("entier")
def paires_autorisees(k: Calcul) -> int:
    """Les paires que rien n'interdit."""
    return _combien(k, AUTORISE)


@etape("entier")
def paires_refusees(k: Calcul) -> int:
    """Les paires qu'un texte interdit, ou que la facture refuse."""
    return _combien(k, REFUSEE)


@etape("entier")
def paires_a_verifier(k: Calcul) -> int:
    """Les paires que rien n'établit."""
    return _combien(k, DOUTE)


@etape("entier")
def paires_sans_effet(k: Calcul) -> int:
    """Les paires qui n'ont pas d'acte à suivre."""
    return _combien(k, SANS_EFFET)


@etape("tableau")
def paires(k: Calcul) -> list[dict[str, Any]]:
    """Chaque paire ; rien si une famille entière est demandée sans le détail."""
    familles = any(str(acte.fait("actes.code")).startswith(_FAMILLE) for acte in k.liste("actes"))
    detail = k.fait("detail")
    if detail == "non" or (detail is None and familles):
        return []
    return [
        {
            "paire": f"{_nom(k, p.premier)} + {_nom(k, p.second)}",
            "premier": p.premier,
            "second": p.second,
            "reponse": p.reponse,
            "dit": _DITS[p.reponse],
            "motifs": ", ".join(p.motifs),
            "message": p.message or None,
            "source": _source(p.sources),
        }
        for p in _paires(k)
    ]


@etape("tableau")
def matrice(k: Calcul) -> list[dict[str, Any]]:
    """Pour chaque élément, ceux avec lesquels il va, ne va pas, ou reste à vérifier."""
    vus: dict[str, dict[str, list[str]]] = {}
    for paire in _paires(k):
        for element, autre in dict.fromkeys(((paire.premier, paire.second), (paire.second, paire.premier))):
            vus.setdefault(element, {r: [] for r in _DITS})[paire.reponse].append(_nom(k, autre))
    return [
        {"element": _nom(k, element), "libelle": _libelle(k, element)}
        | {reponse: ", ".join(noms) or None for reponse, noms in avec.items()}
        for element, avec in vus.items()
    ]


def _combien(k: Calcul, reponse: str) -> int:
    return sum(paire.reponse == reponse for paire in _paires(k))


def _paires(k: Calcul) -> list[Paire]:
    """Les paires du cas, calculées une fois : des actes, puis des contrats."""
    faites = k.corpus.memo.get("paires")
    if not isinstance(faites, list):
        faites = k.corpus.memo["paires"] = [*_des_actes(k), *_des_contrats(k)]
    return faites


def _des_actes(k: Calcul) -> list[Paire]:
    codes = [code for rang, acte in enumerate(k.liste("actes")) for code in _codes(k, rang, acte)]
    doubles = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
    appuis: dict[str, dict[str, str]] = {}
    return [
        _deux_actes(k, a, b, appuis) for a, b in [*combinations(dict.fromkeys(codes), 2), *((c, c) for c in doubles)]
    ]


def _codes(k: Calcul, rang: int, acte: Element) -> list[str]:
    """Le code demandé, ou ceux de la famille, en vigueur ce jour-là."""
    dit = str(acte.fait("actes.code"))
    actes = k.corpus.actes
    if dit.startswith(_FAMILLE):
        nom = dit.removeprefix(_FAMILLE)
        trouves = [a.code for a in actes.values() if nom in a.familles and a.en_vigueur(k.jour)]
        if trouves:
            return trouves
        familles = sorted({f for a in actes.values() if a.en_vigueur(k.jour) for f in a.familles})
        proche = plus_proche(nom, familles)
        suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
        raise ErreurEntree(
            "FAMILLE_INCONNUE", f"aucun acte de la famille « {nom} » ce jour-là{suite}", ou=f"actes[{rang}].code",
            attendu=", ".join(familles), exemple=f'"code": "{_FAMILLE}{proche or familles[0]}"',
        )  # fmt: skip
    code = dit.upper()
    if code not in actes:
        proche = plus_proche(code, actes)
        suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
        raise ErreurEntree(
            "CODE_INCONNU", f"code inconnu « {dit} »{suite}", ou=f"actes[{rang}].code",
            attendu="un code de « opposable bareme », ou famille:NOM", exemple=f'"code": "{proche or "G"}"',
        )  # fmt: skip
    return [code]


def _deux_actes(k: Calcul, a: str, b: str, appuis: dict[str, dict[str, str]]) -> Paire:
    """Deux actes ou majorations sur une facture ; deux majorations, sur un acte qui les porte toutes les deux."""
    actes = [k.corpus.actes[code] for code in (a, b)]
    absents = [acte for acte in actes if not acte.en_vigueur(k.jour)]
    if absents:
        dits = " ".join(f"{acte.code} n'est pas en vigueur ce jour-là." for acte in absents)
        return Paire(a, b, REFUSEE, ("CODE_HORS_PERIODE",), dits, absents[0].tarifs.lignes[0].sources)
    communs = [code for code in _appuis(k, a, appuis) if code in _appuis(k, b, appuis)]
    portes = [acte.supplement for acte in actes]
    if all(portes) and not communs:
        for acte, autre in (actes, actes[::-1]):
            for lien in acte.incompatibles:
                if lien.vise(autre, k.jour):
                    dit = f"{acte.code} ne se cumule pas avec {autre.code}."
                    return Paire(a, b, REFUSEE, ("SUPPLEMENT_INCOMPATIBLE",), dit, lien.sources)
        return Paire(a, b, SANS_EFFET, (_SANS_ACTE,), "Aucun acte ne porte les deux ce jour-là.")
    communs.sort(key=lambda code: "consultation" not in k.corpus.actes[code].familles)
    l_un_suit_l_autre = a != b and any(
        x.supplement and essais.suit(k.corpus, x.code, y.code, k.jour) for x, y in (actes, actes[::-1])
    )
    suivis = [par for code in (a, b) if communs and (par := _appuis(k, code, appuis)[communs[0]])]
    if all(portes) and l_un_suit_l_autre:
        suivis = []
    if any(portes) and not all(portes) and suivis:
        return Paire(a, b, SANS_EFFET, (_SANS_ACTE,), f"Il manque {suivis[0]}, que la majoration suit.")
    codes = list(dict.fromkeys([*(communs[:1] if all(portes) else ()), *suivis, a, *([b] if a != b else ())]))
    facture = essais.facture(k.corpus, codes if a != b else [*codes, b], k.jour, {})
    relations(facture)
    trouves = [
        (ligne, c)
        for ligne in facture.lignes
        for c in ligne.constats
        if ligne.acte.code in {a, b} and (c.motif == _SANS_ACTE or c.autre in {a, b})
    ]
    refus = [(ligne, c) for ligne, c in trouves if c.etat == REFUSE]
    if trouves:
        paire = _paire(a, b, REFUSEE if refus else DOUTE, refus or trouves)
        technique = not any(portes) and any(_TECHNIQUE in acte.familles for acte in actes)
        return replace(paire, message=f"{paire.message} {_derogations(k)}".strip()) if technique else paire
    if all(portes):
        return Paire(a, b, AUTORISE, (), f"Rien ne l'interdit entre les deux ; par exemple {' + '.join(codes)}.")
    return Paire(a, b, AUTORISE)


def _derogations(k: Calcul) -> str:
    """Les actes techniques qui se cumulent avec une consultation, d'après les textes ; vide s'ils ne le disent pas."""
    mot = Element(k, "actes", 0, {}).mot("actes_techniques_cumulables")
    dit = k.corpus.tables["actes_techniques_cumulables"].valeurs[mot] if mot is not None else ""
    return f"{dit[0].upper()}{dit[1:]}." if dit else ""


def _appuis(k: Calcul, code: str, appuis: dict[str, dict[str, str]]) -> dict[str, str]:
    """Les actes qui portent cette majoration, et la majoration qu'elle suit alors (vide : elle suit l'acte)."""
    if code in appuis:
        return appuis[code]
    actes = [a for a in k.corpus.actes.values() if a.en_vigueur(k.jour)]
    if not k.corpus.actes[code].supplement:
        appuis[code] = {code: ""}
        return appuis[code]
    appuis[code] = {}
    trouves: dict[str, str] = {}
    for autre in actes:
        if autre.code == code or not essais.suit(k.corpus, code, autre.code, k.jour):
            continue
        if autre.supplement:
            trouves |= {acte: autre.code for acte in _appuis(k, autre.code, appuis) if acte not in trouves}
        else:
            trouves[autre.code] = ""
    appuis[code] = trouves
    return trouves


def _paire(a: str, b: str, reponse: str, trouves: Iterable[tuple[LigneFacture, Constat]]) -> Paire:
    lus = list(trouves)
    messages = {constat.motif: essais.message(ligne, constat) for ligne, constat in reversed(lus)}
    sources = dict.fromkeys(s for _, constat in lus for s in constat.sources)
    motifs = tuple(dict.fromkeys(constat.motif for _, constat in lus))
    return Paire(a, b, reponse, motifs, " ".join(messages.values()), tuple(sources))


def _des_contrats(k: Calcul) -> list[Paire]:
    dits = [(str(c.fait("contrats.contrat")), c.fait("contrats.avec")) for c in k.liste("contrats")]
    demandees = [(contrat, str(avec)) for contrat, avec in dits if avec is not None]
    libres = list(dict.fromkeys(contrat for contrat, avec in dits if avec is None))
    return [_deux_contrats(k, a, b) for a, b in dict.fromkeys((*demandees, *combinations(libres, 2)))]


def _deux_contrats(k: Calcul, a: str, b: str) -> Paire:
    """Deux contrats : ce que la table en dit, dans un sens ou dans l'autre."""
    for premier, second in ((a, b), (b, a)):
        faits: dict[str, Valeur] = {"contrats.contrat": premier, "contrats.avec": second}
        choisie = Element(k, "contrats", 0, faits).choisir("cumul_contrats")
        if choisie.ligne is not None and isinstance(choisie.valeur, str):
            dit = k.corpus.tables["cumul_contrats"].valeurs[choisie.valeur]
            reponse = choisie.valeur if choisie.valeur in {AUTORISE, DOUTE} else REFUSEE
            return Paire(a, b, reponse, (), f"{dit[0].upper()}{dit[1:]}.", choisie.ligne.sources)
    return Paire(a, b, DOUTE, (), "Aucun texte lu ne dit si les deux se cumulent.")


def _nom(k: Calcul, element: str) -> str:
    return element if element in k.corpus.actes else _libelle(k, element).partition(",")[0]


def _libelle(k: Calcul, element: str) -> str:
    if element in k.corpus.actes:
        return k.corpus.actes[element].libelle
    return k.corpus.vocabulaire.faits["contrats.contrat"].valeurs[element]


def _source(sources: tuple[Passage, ...]) -> str | None:
    if not sources:
        return None
    titre = sources[0].document.titre if sources[0].document is not None else "Valeur déduite"
    return f"{titre}, {sources[0].lieu}" if sources[0].lieu else titre
