"""La porte Python : les mêmes noms et les mêmes formes que les commandes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opposable.droit.corpus import charger
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.table import EFFECTIF, PREVU

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus
    from opposable.droit.fichiers import Sources
    from opposable.droit.registre import Registre
    from opposable.facturation.recherche import Trouve


@lru_cache(maxsize=8)
def _corpus(surcouches: tuple[Path, ...], magasin: str) -> Corpus:
    """Le corpus, surcouches appliquées, avec les versions importées dont voici l'empreinte (vide : aucune)."""
    from opposable.ccam.magasin import ouvrir

    return charger(surcouches=surcouches, magasin=ouvrir() if magasin else None)


def _magasin() -> str:
    """L'empreinte des versions importées de la CCAM ; vide s'il n'y en a pas, ou si leur magasin est illisible.

    Un magasin abîmé ne prive pas de la nomenclature générale : « opposable importer ccam --liste » dit ce qu'il a.
    """
    from opposable.ccam import chemins, pointeur

    try:
        trouve = pointeur.lire(chemins.magasin())
    except ErreurEntree:
        return ""
    return "" if trouve is None else trouve.empreinte


@lru_cache(maxsize=1)
def _registre() -> tuple[Registre, Sources]:
    """Le registre des énoncés et les fichiers du corpus : lus une fois, ils ne changent pas."""
    from opposable.droit.fichiers import Sources
    from opposable.droit.registre import charger_registre

    return charger_registre(), Sources()


def corpus(surcouches: Sequence[Path] = ()) -> Corpus:
    """Le corpus du paquet, surcouches appliquées ; chargé une fois par jeu de surcouches."""
    return _corpus(tuple(Path(s) for s in surcouches), _magasin())


def coter(
    facture: dict[str, Any], *, surcouches: Sequence[Path] = (), prevu: bool = False, strict: bool = False
) -> dict[str, Any]:
    """Cote et vérifie une facture. :class:`opposable.ErreurEntree` si l'entrée ne convient pas."""
    from opposable.facturation.reponse import coter as repondre

    calendrier = PREVU if prevu else EFFECTIF
    return repondre(corpus(surcouches), facture, calendrier=calendrier, strict=strict, occasions=True)


def coter_plusieurs(
    factures: Sequence[dict[str, Any]],
    *,
    surcouches: Sequence[Path] = (),
    prevu: bool = False,
    strict: bool = False,
    avance: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Cote plusieurs factures ; toutes sont lues avant la première cotation. ``avance`` reçoit le nombre fait."""
    from opposable.facturation.entree import lire_facture
    from opposable.facturation.occasions import ajouter_occasions
    from opposable.facturation.reponse import coter_cas

    charge = corpus(surcouches)
    cas = []
    for rang, facture in enumerate(factures):
        try:
            cas.append(lire_facture(charge, facture))
        except ErreurEntree as erreur:
            raise erreur.situee(f"[{rang}]") from None
    resultat = []
    for fait, un in enumerate(cas, 1):
        calendrier = PREVU if prevu else EFFECTIF
        resultat.append(coter_cas(charge, un, calendrier=calendrier, strict=strict))
        ajouter_occasions(charge, un, resultat[-1], calendrier=calendrier, strict=strict)
        if avance is not None:
            avance(fait)
    return resultat


def proposer(situation: dict[str, Any], *, surcouches: Sequence[Path] = (), strict: bool = False) -> dict[str, Any]:
    """Ce qu'une situation permet de facturer, ce qu'elle exclut, et la prochaine question ; puis la facture complète.

    Répondre, c'est redemander avec ``facture``, le fait de la question dit : :func:`repondre` l'écrit.
    """
    from opposable.facturation.propositions import proposer as repondre_a

    return repondre_a(corpus(surcouches), situation, strict=strict)


def repondre(proposition: Mapping[str, Any], valeur: object) -> dict[str, Any]:
    """L'entrée suivante de :func:`proposer` : sa facture, et cette réponse à sa première question."""
    from opposable.facturation.proposer import repondre as dire

    return dire(proposition["facture"], proposition["questions"][0]["fait"], valeur)


def bareme(
    code: str | None = None,
    *,
    le: date | None = None,
    historique: bool = False,
    prevu: bool = False,
    entre: tuple[date, date] | None = None,
    profil: Mapping[str, str | None] | None = None,
    surcouches: Sequence[Path] = (),
) -> dict[str, Any]:
    """Le barème d'un jour, la fiche d'un code, une recherche par mots, ou ce qui change entre deux dates.

    ``code`` : un code exact, sinon des mots (« avis ponctuel »). ``profil`` : ``specialite``, ``secteur``, ``option``,
    ``territoire``, avec les valeurs de la facture ; ce qui ne peut pas le concerner est ôté, l'inconnu reste.
    """
    from opposable.facturation import bareme as module
    from opposable.facturation.profil import lire_profil

    if entre is not None and entre[0] >= entre[1]:
        raise ErreurEntree(
            "DATES_INVERSEES", f"{entre[0]} ne précède pas {entre[1]}", ou="entre",
            attendu="deux dates, la plus ancienne d'abord", exemple="2025-12-31 2026-01-01",
        )  # fmt: skip
    charge = corpus(surcouches)
    calendrier = PREVU if prevu else EFFECTIF
    jour = (le or date.today()).toordinal()  # noqa: DTZ011 : le jour local de l'utilisateur
    jours = (entre[0].toordinal(), entre[1].toordinal()) if entre is not None else (jour,)
    qui = lire_profil(charge, profil, jours, calendrier)
    exact, recherche = _demande(charge, code)
    if entre is None:
        return module.bareme(charge, jour, calendrier, qui, code=exact, recherche=recherche, historique=historique)
    from opposable.facturation.changements import changements

    trouves = recherche[1] if recherche else []
    codes = [exact] if exact else [t.code for t in trouves] if recherche else [*charge.actes, *charge.tables]
    dits = changements(
        charge,
        [charge.actes[c] for c in codes if c in charge.actes],
        [charge.tables[c] for c in codes if c in charge.tables],
        (jours[0], jours[-1]),
        calendrier,
        qui,
    )
    vus = module.trouves_en_dict(charge, trouves, jours[-1], calendrier)
    return {**dits, "recherche": recherche[0] if recherche else None, "trouves": vus}


def _demande(charge: Corpus, code: str | None) -> tuple[str | None, tuple[str, list[Trouve]] | None]:
    """Le code (ou le nom d'une table) exact, ou les mots cherchés et ce qu'ils trouvent."""
    if code is None:
        return None, None
    exact = code.strip().upper()
    if exact in charge.actes:
        return exact, None
    table = next((nom for nom in charge.tables if nom.lower() == exact.lower()), None)
    if table is not None:
        return table, None
    if exact in charge.non_couverts:
        message = f"« {exact} » ({charge.non_couverts[exact]}) n'est pas encore couvert"
        raise ErreurEntree("CODE_NON_COUVERT", message, ou="CODE", attendu="un code de « opposable bareme »")
    from opposable.facturation.recherche import chercher

    return None, (code.strip(), chercher(charge, code))


def motifs(
    code: str | None = None,
    *,
    acte: str | None = None,
    gravite: str | None = None,
    surcouches: Sequence[Path] = (),
) -> dict[str, Any]:
    """Le catalogue des motifs, ou la fiche de l'un d'eux.

    ``acte`` ne garde que ceux que cet acte peut porter, ``gravite`` qu'une gravité (erreur, avertissement).
    """
    from opposable.facturation import catalogue

    return catalogue.motifs(corpus(surcouches), code, acte=acte, gravite=gravite)


def erreurs_frequentes(numero: str | None = None, *, surcouches: Sequence[Path] = ()) -> dict[str, Any]:
    """Les erreurs de facturation courantes, ou l'une d'elles, avec les motifs qui les voient et leurs exemples."""
    from opposable.facturation import catalogue

    return catalogue.erreurs(corpus(surcouches), numero)


def textes(ident: str | None = None, *, statut: str | None = None, surcouches: Sequence[Path] = ()) -> dict[str, Any]:
    """Les documents et leur couverture, ou la page d'un document, d'un énoncé ou d'une contradiction.

    ``statut`` ne garde que les énoncés calculés, descriptifs, manquants, contradictoires ou à venir.
    """
    from opposable.droit import textes as module

    charge = corpus(surcouches)
    registre, fichiers = _registre()
    if ident is None:
        return module.sommaire(charge, registre, statut=statut)
    return module.page(charge, registre, fichiers, ident, statut=statut)


def enonces() -> list[dict[str, Any]]:
    """Tous les énoncés du registre, dans l'ordre des documents : une surcouche n'y change rien."""
    from opposable.droit import textes as module

    return module.enonces(_registre()[0])


def mecanismes(*, surcouches: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Chaque mécanisme des documents, ses énoncés par statut, les dispositifs et les endroits qui le portent."""
    from opposable.droit import textes as module

    return module.mecanismes(corpus(surcouches), _registre()[0])


def surcouche_verifier(chemins: Sequence[Path | str]) -> dict[str, Any]:
    """Ce que des surcouches changent, ensemble, sans rien coter.

    :class:`opposable.ErreurCorpus` dit tous leurs défauts ; :class:`opposable.ErreurEntree` si l'une ne se lit pas.
    """
    from opposable.droit.bilan import verifier

    return verifier([Path(chemin) for chemin in chemins])


def schema(nom: str, *, surcouches: Sequence[Path] = ()) -> dict[str, Any]:
    """Le schéma JSON d'une entrée ou d'une réponse : facture, surcouche, reponse, bareme, verification, erreur…"""
    from opposable.portes import schemas

    return schemas.schema(corpus(surcouches), nom)


def calculer(nom: str, cas: dict[str, Any], *, surcouches: Sequence[Path] = (), strict: bool = False) -> dict[str, Any]:
    """Calcule un dispositif sur un cas. :class:`opposable.ErreurEntree` si l'un ou l'autre ne convient pas."""
    from opposable.droit.reponse_dispositif import calculer as repondre

    return repondre(corpus(surcouches), nom, cas, strict=strict)


def calculer_plusieurs(
    nom: str, cas: Sequence[dict[str, Any]], *, surcouches: Sequence[Path] = (), strict: bool = False
) -> list[dict[str, Any]]:
    """Calcule un dispositif sur plusieurs cas ; tous sont lus avant le premier calcul."""
    from opposable.droit.calculer import evaluer, lire_cas, trouver
    from opposable.droit.reponse_dispositif import repondre

    charge = corpus(surcouches)
    dispositif = trouver(charge, nom)
    lus = []
    for rang, un in enumerate(cas):
        try:
            lus.append(lire_cas(charge, dispositif, un))
        except ErreurEntree as erreur:
            raise erreur.situee(f"[{rang}]") from None
    return [repondre(charge, evaluer(charge, dispositif, un, strict=strict)) for un in lus]


def annee(
    dossier: dict[str, Any],
    *,
    comparer: int | str | None = None,
    surcouches: Sequence[Path] = (),
    strict: bool = False,
) -> dict[str, Any]:
    """L'année d'un médecin décrit une fois : chaque dispositif, ses montants, l'échéancier, ce qui manque.

    ``comparer`` : une autre année, calculée sur les mêmes faits. :class:`opposable.ErreurEntree` si le dossier ne
    convient pas.
    """
    from opposable.remuneration.annee import annee as repondre

    return repondre(corpus(surcouches), dossier, comparer=comparer, strict=strict)


def atelier_optam(cas: dict[str, Any], *, surcouches: Sequence[Path] = (), strict: bool = False) -> dict[str, Any]:
    """L'atelier OPTAM : une année d'actes (ou ses totaux par mois), et ce que l'option vaut. Une simulation.

    :class:`opposable.ErreurEntree` si le cas ne convient pas.
    """
    from opposable.lots.optam.atelier import atelier

    return atelier(corpus(surcouches), cas, strict=strict)


def dispositifs(nom: str | None = None, *, surcouches: Sequence[Path] = ()) -> dict[str, Any]:
    """La liste des dispositifs calculables, ou la fiche de l'un d'eux."""
    from opposable.droit import fiche_dispositif as module

    charge = corpus(surcouches)
    return module.liste(charge) if nom is None else module.fiche(charge, nom)
