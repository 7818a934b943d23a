"""Ce que les pages des dispositifs montrent : la liste rangée, la fiche de l'un d'eux, la réponse d'un cas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from opposable.droit.corpus import Corpus
from opposable.droit.source import AUTORITES as ORDRE
from opposable.portes import python as api
from opposable.portes.web import filtres, trajectoire
from opposable.portes.web.rendu import AUTORITES, dedoubler
from opposable.rendu.francais import date_longue, periode
from opposable.rendu.texte_dispositifs import STATUTS, dire

_THEMES: Final = {
    "remuneration": "Rémunération",
    "vie": "Vie conventionnelle",
    "exercice": "Exercice",
    "facturation": "Facturation",
}
"""Le nom d'un paquet de dispositifs."""
_BLOCS: Final = {"": "Le cas", "medecin": "Le médecin", "patient": "Le patient"}
_SORTES: Final = {
    "exige": "exigé",
    "exige_une_de": "exigé",
    "refuse_si": "refus",
    "a_verifier_si": "à vérifier",
    "avertit_si": "attention",
}
"""L'effet d'une condition, en un mot."""
_DOUTEUSES: Final = {"presse": "la presse", "deduit": "une valeur déduite"}


def liste(surcouches: Sequence[Path], recherche: str) -> list[dict[str, Any]]:
    """Les dispositifs qui répondent à la recherche, groupe par groupe : ceux de l'année d'abord, puis par thème."""
    corpus = api.corpus(surcouches)
    groupes: dict[str, list[dict[str, Any]]] = {libelle: [] for libelle in corpus.groupes.values()}
    groupes |= {theme: [] for theme in _THEMES.values()}
    for nom in sorted(corpus.dispositifs, key=lambda n: filtres.plat(corpus.dispositifs[n].libelle)):
        dispositif = corpus.dispositifs[nom]
        if recherche and not filtres.contient(recherche, nom, dispositif.libelle, dispositif.but):
            continue
        groupe = corpus.groupes.get(dispositif.annee) or _THEMES[dispositif.module.partition(".")[0]]
        lue = api.dispositifs(nom, surcouches=surcouches)
        groupes[groupe].append({
            "nom": nom, "libelle": dispositif.libelle, "but": dispositif.but, "periode": _periode(lue),
            "manque": len(lue["manque"]),
        })  # fmt: skip
    return [{"libelle": libelle, "dispositifs": siens} for libelle, siens in groupes.items() if siens]


def bloc(prefixe: str) -> str:
    """Le titre d'un groupe de champs."""
    return _BLOCS.get(prefixe, prefixe.replace("_", " ").replace(".", " : ").capitalize())


def fiche(corpus: Corpus, lue: Mapping[str, Any]) -> dict[str, Any]:
    """La fiche, prête à être mise en page."""
    return {
        **lue,
        "periode": _periode(lue),
        "sources": dedoubler(lue["sources"]),
        "manque": list(dict.fromkeys(lue["manque"])),
        "conditions": [(_SORTES[c["sorte"]], c) for c in lue["conditions"] if c["texte"]],
        "annuel": bool(corpus.dispositifs[lue["nom"]].annee),
        "patients": any(une["nom"] == "patients" for une in lue["listes"]),
    }


def _periode(lue: Mapping[str, Any]) -> str:
    return periode(lue["du"], lue["au"]) if lue["du"] or lue["au"] else ""


def reponse(rendue: Mapping[str, Any], lue: Mapping[str, Any]) -> dict[str, Any]:
    """La réponse d'un cas, prête à être mise en page : libellés, phrases, tableaux, graphiques."""
    resultat = rendue["resultat"] or {}
    dites = [s for s in lue["sorties"] if resultat.get(s["nom"]) not in (None, [])]
    return {
        **rendue,
        "mot": STATUTS[rendue["statut"]],
        "quand": date_longue(rendue["periode"]) if "-" in rendue["periode"] else rendue["periode"],
        "principal": _principal(dites, resultat, lue),
        "valeurs": valeurs(dites, resultat),
        "tableaux": tableaux(dites, resultat, str(resultat.get("unite") or "")),
        "douteuses": [
            (rendue["autorites"][a], _DOUTEUSES[a])
            for a in ORDRE
            if a in _DOUTEUSES and rendue["autorites"].get(a, "0.00") != "0.00"
        ],
        "etapes": [_etape(e) for e in rendue["trace"]["etapes"] if e["type"] != "tableau"],
        "sources": dedoubler(rendue["sources"]),
    }


def _etape(etape: Mapping[str, Any]) -> dict[str, str]:
    """Une étape du calcul, en mots."""
    dite = "inconnu" if etape["valeur"] is None else dire(etape["type"], etape["valeur"])
    return {"libelle": etape["libelle"], "valeur": dite, "autorite": AUTORITES.get(etape["autorite"] or "", "")}


def _principal(dites: Sequence[Mapping[str, Any]], resultat: Mapping[str, Any], lue: Mapping[str, Any]) -> str:
    """La valeur que le dispositif met en avant, sans son libellé ; vide si c'est un tableau, ou si elle manque."""
    une = next((s for s in dites if s["nom"] == lue["principal"] and s["type"] != "tableau"), None)
    return "" if une is None else dire(une["type"], resultat[une["nom"]])


def valeurs(sorties: Sequence[Mapping[str, Any]], resultat: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Les valeurs simples d'un résultat : leur libellé, et comment une personne les lit."""
    return [(s["libelle"], dire(s["type"], resultat[s["nom"]])) for s in sorties if s["type"] != "tableau"]


def tableaux(
    sorties: Sequence[Mapping[str, Any]], resultat: Mapping[str, Any], unite: str = ""
) -> list[dict[str, Any]]:
    """Les tableaux d'un résultat : leurs colonnes qui disent quelque chose, leurs rangées, et leur graphique."""
    faits = []
    for sortie in sorties:
        if sortie["type"] == "tableau":
            rangees = resultat[sortie["nom"]]
            colonnes = [c for c in sortie["colonnes"] if any(r[c["nom"]] not in (None, "") for r in rangees)]
            faits.append({
                "libelle": sortie["libelle"],
                "colonnes": [c["libelle"] for c in colonnes],
                "rangees": [[dire(c["type"], r[c["nom"]]) for c in colonnes] for r in rangees],
                "graphique": trajectoire.dessiner(sortie, rangees, unite),
            })  # fmt: skip
    return faits
