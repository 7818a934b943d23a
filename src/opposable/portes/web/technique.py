"""Les actes techniques de la page Coter : les chercher, les ajouter, les préciser, les ôter. Rien n'y est précoché."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import FormData

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.facturation import bareme_technique
from opposable.facturation.code import FORME_CCAM, lire_code
from opposable.facturation.recherche import chercher_techniques
from opposable.portes import python as api

PRECISIONS: Final = ("activite", "phase", "association")
MODIFICATEURS: Final = "modificateurs"
_MONTRES: Final = 8
"""Au plus autant d'actes sous la recherche : au-delà, un mot de plus les départage."""
_COURT: Final = 2
_LONG: Final = 200
_DE_LIGNE: Final = re.compile(r"t:(\d{1,2}):(activite|phase|association|modificateurs)")


@dataclass(slots=True)
class Saisie:
    """Ce que le bloc des actes techniques dit, hors de l'entrée."""

    ouvert: bool = False
    cherche: str = ""
    demande: bool = False
    """Vrai si la recherche a été envoyée : un code exact est alors ajouté."""
    ajoute: str = ""
    faute: ErreurEntree | None = None


def est_technique(acte: Mapping[str, Any]) -> bool:
    """Vrai si cet acte de l'entrée porte un code de la CCAM."""
    return FORME_CCAM.fullmatch(str(acte.get("code", "")).strip().upper()) is not None


def partager(entree: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Les actes techniques de l'entrée, et les autres."""
    actes = list(entree.get("actes") or ())
    return [a for a in actes if est_technique(a)], [a for a in actes if not est_technique(a)]


def lire(entree: dict[str, Any], champs: Mapping[str, str], formulaire: FormData) -> Saisie:
    """Écrit dans l'entrée ce que le bloc précise de ses actes, et ôte celui qu'on en retire."""
    ouvert = "technique" in champs and "avec" not in champs
    saisie = Saisie(ouvert, champs.get("cherche", "").strip()[:_LONG], "chercher" in champs)
    actes = entree.get("actes") or []
    for nom in champs:
        trouve = _DE_LIGNE.fullmatch(nom)
        if trouve is None or int(trouve[1]) >= len(actes):
            continue
        acte, cle = actes[int(trouve[1])], trouve[2]
        dits = [v for v in formulaire.getlist(nom) if isinstance(v, str) and v]
        if dits:
            acte[cle] = dits if cle == MODIFICATEURS else dits[-1]
        else:
            acte.pop(cle, None)
    rang = champs.get("oter", "")
    if rang.isdecimal() and int(rang) < len(actes) and est_technique(actes[int(rang)]):
        del actes[int(rang)]
    if not actes:
        entree.pop("actes", None)
    saisie.ajoute = champs.get("ajouter", "").strip()[:_LONG]
    return saisie


def ajouter(corpus: Corpus, entree: dict[str, Any], saisie: Saisie) -> None:
    """Ajoute l'acte demandé, ou celui dont la recherche est le code ; un code inconnu reste écrit, et se dit."""
    ecrit = saisie.cherche.upper() if saisie.demande else ""
    code = saisie.ajoute or (ecrit if FORME_CCAM.fullmatch(ecrit) else "")
    if not code:
        return
    try:
        code = lire_code(corpus, code, "cherche")
    except ErreurEntree as faute:
        saisie.faute, saisie.cherche, saisie.demande = faute, code, False
        return
    actes = entree.setdefault("actes", [])
    if all(acte.get("code") != code for acte in actes):
        actes.append({"code": code})
    saisie.ajoute, saisie.cherche, saisie.demande = code, "", False


def suggerer(corpus: Corpus, texte: str) -> dict[str, Any]:
    """Les actes techniques qui ont ces mots : ``trouves``, ``reste`` (combien d'autres), ``cherche``."""
    cherche = " ".join(texte.split())[:_LONG]
    trouves = chercher_techniques(corpus, cherche) if len(cherche) >= _COURT else []
    return {
        "cherche": cherche if len(cherche) >= _COURT else "",
        "trouves": [{"code": t.code, "libelle": t.libelle} for t in trouves[:_MONTRES]],
        "reste": max(len(trouves) - _MONTRES, 0),
        "extrait": None if corpus.versions_importees else sum(a.technique for a in corpus.actes.values()),
    }


def bloc(
    corpus: Corpus, entree: Mapping[str, Any], saisie: Saisie, surcouches: Sequence[Path], *, attend: bool
) -> dict[str, Any]:
    """Ce que le bloc montre. ``attend`` : une consultation reste à choisir, à côté des actes techniques."""
    actes = list(entree.get("actes") or ())
    rangs = [rang for rang, acte in enumerate(actes) if est_technique(acte)]
    associables = [rang for rang in rangs if _nature(corpus, actes[rang]) == "acte"]
    vus = [_acte(corpus, entree, rang, plusieurs=len(associables) > 1 and rang in associables) for rang in rangs]
    return {
        "actes": vus,
        "resume": ", ".join(vu["resume"] for vu in vus),
        "ouvert": saisie.ouvert or saisie.faute is not None,
        "saisie": saisie,
        "suite": suggerer(corpus, saisie.cherche) if saisie.demande else None,
        "attend": attend,
        "seuls": bool(vus) and not attend and len(rangs) == len(actes),
        "ordre": ordre(entree, [actes[rang] for rang in associables], surcouches),
    }


def _nature(corpus: Corpus, acte: Mapping[str, Any]) -> str:
    code = str(acte["code"])
    return corpus.actes[code].nature if code in corpus.actes else ""


def _acte(corpus: Corpus, entree: Mapping[str, Any], rang: int, *, plusieurs: bool) -> dict[str, Any]:
    """Un acte technique du bloc : ses activités, ses phases, ses modificateurs admis, son code association."""
    dit = entree["actes"][rang]
    code = str(dit["code"])
    dite = _version(corpus, code, str(entree.get("date") or ""))
    rangees = dite["rangees"] if dite else []
    voulues = [r for r in rangees if r["activite"] == dit.get("activite", rangees[0]["activite"])]
    voulues = [r for r in voulues if dit.get("phase", r["phase"]) == r["phase"]] or voulues
    coches = _lettres(dit)
    faits = corpus.vocabulaire.faits
    libelles = faits[f"acte.{MODIFICATEURS}"].valeurs
    admis = list(dict.fromkeys(m["lettre"] for r in voulues for m in r[MODIFICATEURS]))
    lettres = [*admis, *(x for x in coches if x not in admis)]

    def choix(cle: str, valeurs: Sequence[str]) -> list[tuple[str, str, bool]]:
        return [(v, faits[f"acte.{cle}"].valeurs.get(v, v), dit.get(cle) == v) for v in valeurs]

    activites = list(dict.fromkeys(r["activite"] for r in rangees))
    phases = list(dict.fromkeys(r["phase"] for r in rangees))
    return {
        "rang": rang,
        "code": code,
        "libelle": corpus.actes[code].libelle if code in corpus.actes else "code inconnu",
        "activites": choix("activite", activites) if len(activites) > 1 else [],
        "phases": choix("phase", phases) if len(phases) > 1 else [],
        "modificateurs": [(x, libelles.get(x, ""), x in coches, x in admis) for x in lettres],
        "coches": coches,
        "associations": choix("association", list(faits["acte.association"].valeurs))
        if plusieurs or "association" in dit
        else [],
        "version": dite["version"] if dite and dite["certaine"] else None,
        "certaine": dite is None or dite["certaine"],
        "resume": " ".join([code, *([f"({', '.join(coches)})"] if coches else [])]),
    }


def _lettres(acte: Mapping[str, Any]) -> list[str]:
    dites = acte.get(MODIFICATEURS)
    return [str(x) for x in dites] if isinstance(dites, list) else []


def _version(corpus: Corpus, code: str, date: str) -> dict[str, Any] | None:
    """Ce que dit de cet acte la version qui régit ce jour ; ``None`` si le code ou la date ne se lit pas."""
    if code not in corpus.actes:
        return None
    try:
        return bareme_technique.en_dict(corpus, corpus.actes[code], temps.jour(date))
    except ValueError:
        return None


def ordre(
    entree: Mapping[str, Any], actes: Sequence[Mapping[str, Any]], surcouches: Sequence[Path]
) -> dict[str, Any] | None:
    """Les actes techniques du tarif le plus élevé au moins élevé, hors modificateurs ; ``inconnus`` : ceux sans tarif.

    Chacun est coté seul, sans modificateur ni code association ; aucun montant n'est montré.
    """
    if len(actes) < 2:
        return None
    tarifs: dict[str, Decimal | None] = {}
    for acte in actes:
        nu = {cle: valeur for cle, valeur in acte.items() if cle in {"code", "activite", "phase"}}
        try:
            tarif = api.coter({**entree, "actes": [nu]}, surcouches=surcouches)["lignes"][0]["tarif"]
        except ErreurEntree:
            tarif = None
        tarifs[str(acte["code"])] = None if tarif is None else Decimal(tarif)
    ranges = sorted((t for t in tarifs.items() if t[1] is not None), key=lambda t: -(t[1] or 0))
    return {"dit": "".join(_enchaine(ranges)), "inconnus": [code for code, tarif in tarifs.items() if tarif is None]}


def _enchaine(ranges: Sequence[tuple[str, Decimal | None]]) -> Iterator[str]:
    for rang, (code, tarif) in enumerate(ranges):
        if rang:
            yield ", au même tarif que " if tarif == ranges[rang - 1][1] else ", puis "
        yield code


def precisions(corpus: Corpus, acte: Mapping[str, Any]) -> list[str]:
    """Ce qui est dit d'un acte technique, en quelques mots : « activité : 1, le geste », « J, K »."""
    faits = corpus.vocabulaire.faits
    dites = [f"{faits[f'acte.{c}'].libelle} : {faits[f'acte.{c}'].dit(str(acte[c]))}" for c in PRECISIONS if c in acte]
    lettres = _lettres(acte)
    return [*dites, *([f"Modificateurs : {', '.join(lettres)}"] if lettres else [])]
