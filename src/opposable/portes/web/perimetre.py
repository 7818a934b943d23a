"""La page Périmètre : ce qui est couvert, ce qui ne l'est pas, et ce que les mots veulent dire."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from opposable.ccam import importer
from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.portes import python as api
from opposable.portes.api.parametres import Parametre
from opposable.portes.web import filtres
from opposable.portes.web.porte import Porte
from opposable.portes.web.rendu import rendre
from opposable.rendu.domaines import famille, familles_dites
from opposable.rendu.francais import periode
from opposable.rendu.texte_ccam import trou_dit

_AUTORITES: Final = ("texte", "officiel", "presse", "deduit", "manquant")
_CODE: Final = Parametre("code", "texte", "Le code dont le tarif semble faux.", "G")
_LE: Final = Parametre("le", "date", "La date des soins.", "2026-02-10")


def routeur(porte: Porte) -> APIRouter:
    """L'adresse de la page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/perimetre")
    async def perimetre(requete: Request) -> Response:
        saisie, _, faute = filtres.lire(requete.query_params, (_CODE, _LE))
        contexte = await porte.calculer(_tout, porte)
        return rendre(
            "perimetre.html", statut=422 if faute else 200, rubrique="perimetre", saisie=saisie, faute=faute,
            **contexte, **porte.entete(),
        )  # fmt: skip

    return routes


def _tout(porte: Porte) -> dict[str, Any]:
    """Ce que la page tire du corpus, et les versions de la CCAM importées à cet instant."""
    return {**_contexte(tuple(porte.surcouches), porte.corpus.empreinte), "ccam": _ccam()}


def _ccam() -> dict[str, Any]:
    """Les versions importées, ce qui manque entre elles, ou pourquoi elles ne se lisent pas."""
    try:
        lues = importer.lister()
    except ErreurEntree as faute:
        return {"versions": [], "manques": [], "dossier": "", "faute": faute}
    return {**lues, "manques": [trou_dit(trou) for trou in lues["manquantes"]], "faute": None}


@lru_cache(maxsize=4)
def _contexte(surcouches: tuple[Path, ...], _empreinte: str) -> dict[str, Any]:
    """Tout ce que la page tire du corpus ; il ne change que si une version de la CCAM est importée."""
    corpus = api.corpus(surcouches)
    a_venir = Counter(e["mecanisme"] for e in api.textes(statut="a_venir", surcouches=surcouches)["enonces"])
    fait = corpus.vocabulaire.faits["medecin.territoire"]
    return {
        "actes": sum(not acte.supplement for acte in corpus.actes.values()),
        "supplements": sum(acte.supplement for acte in corpus.actes.values()),
        "debut": temps.iso(corpus.debut),
        "familles": _familles(corpus),
        "valeurs": _valeurs(surcouches, corpus),
        "non_couverts": list(corpus.non_couverts.items()),
        "dispositifs": [_dispositif(surcouches, nom) for nom in sorted(corpus.dispositifs)],
        "a_venir": sorted(a_venir.items(), key=lambda un: filtres.plat(un[0])),
        "metropole": fait.valeurs["metropole"],
        "outre_mer": [libelle for valeur, libelle in fait.valeurs.items() if valeur in fait.groupes["drom"]],
        "techniques": [(a.code, a.libelle) for a in corpus.actes.values() if a.technique],
    }


def _familles(corpus: Corpus) -> list[tuple[str, list[tuple[str, str]]]]:
    """Les actes par famille ; celui qui en a plusieurs est dans la plus petite."""
    tailles = Counter(nom for acte in corpus.actes.values() for nom in acte.familles)
    groupes: dict[str, list[tuple[str, str]]] = {}
    for acte in corpus.actes.values():
        nom = min(familles_dites(acte.familles), key=lambda f: (tailles[f], f), default="autres")
        groupes.setdefault(famille(nom), []).append((acte.code, acte.libelle))
    return sorted(groupes.items(), key=lambda groupe: filtres.plat(groupe[0]))


def _valeurs(surcouches: tuple[Path, ...], corpus: Corpus) -> list[dict[str, Any]]:
    """Combien de tarifs en vigueur au dernier jour du corpus reposent sur chaque autorité, ou manquent."""
    comptes: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for acte in api.bareme(le=date.fromisoformat(temps.iso(corpus.arrete_au)), surcouches=surcouches)["actes"]:
        for ligne in acte["tarifs"]:
            autorite = "manquant" if ligne["montant"] is None else ligne["sources"][0]["autorite"]
            comptes["metropole" in ligne["territoires"] or not ligne["territoires"]][autorite] += 1
    return [
        {"lieu": lieu, "comptes": [comptes[metropole][a] for a in _AUTORITES], "total": comptes[metropole].total()}
        for lieu, metropole in (("Métropole", True), ("Outre-mer", False))
    ]


def _dispositif(surcouches: tuple[Path, ...], nom: str) -> dict[str, Any]:
    fiche = api.dispositifs(nom, surcouches=surcouches)
    return {
        "nom": nom,
        "libelle": fiche["libelle"],
        "but": fiche["but"],
        "manque": fiche["manque"],
        "periode": periode(fiche["du"], fiche["au"]) if fiche["du"] or fiche["au"] else "",
    }
