"""Ce que la page Textes montre sans qu'on cherche : les comptes, les mécanismes, les contradictions, la frise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.portes import python as api
from opposable.portes.web.lieux import lieux
from opposable.portes.web.textes_recherche import accorde
from opposable.rendu.francais import date_longue
from opposable.rendu.texte_dispositifs import dire

LIEUX: Final = 8
"""Au plus autant d'endroits nommés par mécanisme ; les autres sont comptés."""


@lru_cache(maxsize=4)
def sommaire(surcouches: tuple[Path, ...], _empreinte: str) -> dict[str, Any]:
    """Tout ce qui ne dépend que du corpus."""
    reponse = api.textes(surcouches=surcouches)
    contradictions = reponse["contradictions"]
    verifications = {d["verifie_le"] for d in reponse["documents"]}
    return {
        "verifie_le": verifications.pop() if len(verifications) == 1 else None,
        "documents": [barre(d) for d in reponse["documents"]],
        "total": barre(reponse["total"]),
        "mecanismes": _mecanismes(surcouches),
        "non_tranchees": [c for c in contradictions if not c["tranche"]],
        "tranchees": [c for c in contradictions if c["tranche"]],
        "autres": [
            {"autorite": autorite, "documents": [d for d in reponse["autres_documents"] if d["autorite"] == autorite]}
            for autorite in ("officiel", "presse")
        ],
        "frise": _frise(surcouches),
    }


def barre(comptes: dict[str, Any]) -> dict[str, Any]:
    """Les comptes, la part de chaque statut en pour cent, et la place de chacun dans la barre."""
    segments, debut, total = [], 0, comptes["enonces"]
    for statut, nombre in comptes["statuts"].items():
        pour_mille = (2000 * nombre + total) // (2 * total) if total else 0
        part = f"{pour_mille // 10},{pour_mille % 10} %"
        segments.append({"statut": statut, "nombre": nombre, "x": debut, "part": part, "mot": accorde(statut, nombre)})
        debut += nombre
    return {**comptes, "segments": segments}


def _mecanismes(surcouches: Sequence[Path]) -> list[dict[str, Any]]:
    """Les mécanismes : leurs énoncés par statut, et ce qui les porte, dispositifs d'abord."""
    corpus = api.corpus(surcouches)
    return [{**barre(un), **_porteurs(corpus, un)} for un in api.mecanismes(surcouches=surcouches)]


def _porteurs(corpus: Corpus, mecanisme: dict[str, Any]) -> dict[str, Any]:
    """Les lieux qui ont une page ; les autres (une condition, un fait) se lisent dans chaque énoncé."""
    siens = (*mecanisme["dispositifs"], *mecanisme["par"])
    nommes = [ou for ou in lieux(corpus, siens) if ou.adresse]
    return {"lieux": nommes[:LIEUX], "autres": max(0, len(nommes) - LIEUX)}


def _frise(surcouches: Sequence[Path]) -> dict[str, Any] | None:
    """Le tableau que ``corpus.yaml`` dit de montrer ; rien s'il n'en dit pas, ou si son dispositif n'est pas là."""
    corpus = api.corpus(surcouches)
    vitrine = corpus.frise
    if vitrine is None or vitrine.dispositif not in corpus.dispositifs:
        return None
    dispositif = corpus.dispositifs[vitrine.dispositif]
    fiche = api.dispositifs(vitrine.dispositif, surcouches=surcouches)
    tableau = next((s for s in fiche["sorties"] if s["nom"] == vitrine.sortie), None)
    jour = temps.iso(corpus.arrete_au)
    entier = dispositif.vocabulaire.faits[dispositif.periode.fait].type == "entier"
    cas = {**vitrine.cas, dispositif.periode.fait: int(jour[:4]) if entier else jour}
    resultat = api.calculer(vitrine.dispositif, cas, surcouches=surcouches)["resultat"] or {}
    rangees = resultat.get(vitrine.sortie)
    if tableau is None or not rangees:
        return None
    principal = next((s for s in fiche["sorties"] if s["nom"] == fiche["principal"] and s["type"] != "tableau"), None)
    montre = principal is not None and resultat.get(principal["nom"]) is not None
    return {
        "nom": vitrine.dispositif,
        "libelle": dispositif.libelle,
        "jour": date_longue(jour),
        "principal": (principal["libelle"], dire(principal["type"], resultat[principal["nom"]]))
        if principal and montre else None,
        "colonnes": [c["libelle"] for c in tableau["colonnes"]],
        "rangees": [[dire(c["type"], r[c["nom"]]) for c in tableau["colonnes"]] for r in rangees],
    }  # fmt: skip
