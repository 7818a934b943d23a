"""Dit une condition, une cellule ou un ensemble en français, à partir des libellés du vocabulaire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from opposable.droit.condition import Condition, Et, Non, Ou, Test
from opposable.droit.ensemble import MOINS_INFINI, PLUS_INFINI, Choix, Ensemble
from opposable.droit.fait import Fait

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus


def ensemble(fait: Fait, valeurs: Ensemble) -> str:
    """Les valeurs d'un ensemble, dites pour une personne (« moins de 6 ans », « Neurologie ou Psychiatrie »)."""
    if isinstance(valeurs, Choix):
        for groupe, membres in fait.groupes.items():
            if membres == valeurs.valeurs and len(membres) > 4:
                return groupe.replace("_", " ")
        if fait.domaine != valeurs and isinstance(fait.domaine, Choix):
            hors = fait.domaine.valeurs - valeurs.valeurs
            if len(valeurs.valeurs) > len(hors) > 0 and len(valeurs.valeurs) > 4:
                return "sauf " + _liste(fait, hors)
        return _liste(fait, valeurs.valeurs)
    return " ou ".join(_plage(fait, bas, haut) for bas, haut in valeurs.plages)


def cellule(corpus: Corpus, valeurs: Iterable[tuple[str, Ensemble]]) -> str:
    """Une cellule dite en français : « Spécialité : Gériatrie · Âge en mois révolus : moins de 6 ans »."""
    faits = corpus.vocabulaire.faits
    return " · ".join(f"{faits[nom].libelle} : {ensemble(faits[nom], e)}" for nom, e in valeurs)


def _liste(fait: Fait, valeurs: frozenset[str]) -> str:
    ordre = [*fait.valeurs, "oui", "non", fait.sans_objet]
    tries = sorted(valeurs, key=lambda v: ordre.index(v) if v in ordre else len(ordre))
    return " ou ".join(fait.valeurs.get(v, v) for v in tries)


def _plage(fait: Fait, bas: int, haut: int) -> str:
    def dit(valeur: int) -> str:
        if fait.unite == "mois" and fait.nom.startswith("patient.age_mois") and valeur % 12 == 0 and valeur >= 24:
            return f"{valeur // 12} ans"
        if fait.type == "date":
            annee, mois, jour = fait.texte(valeur).split("-")
            return f"{jour}/{mois}/{annee}"
        if fait.type == "taux":
            return f"{valeur // 100},{valeur % 100:02d}".rstrip("0").rstrip(",") + " %"
        texte = fait.texte(valeur).replace(".", ",") if fait.type == "montant" else fait.texte(valeur)
        return f"{texte} {fait.unite}".rstrip() if fait.type != "montant" else f"{texte} €"

    if fait.type == "date" and haut == PLUS_INFINI:
        return f"depuis le {dit(bas)}"
    if fait.type == "date" and bas == MOINS_INFINI:
        return f"avant le {dit(haut)}"
    if fait.type == "date" and haut != bas + 1:
        return f"du {dit(bas)} au {dit(haut - 1)}"
    if bas in (MOINS_INFINI, 0) and haut != PLUS_INFINI:
        return f"moins de {dit(haut)}"
    if haut == PLUS_INFINI:
        return f"{dit(bas)} et plus"
    if haut == bas + 1:
        return dit(bas)
    return f"de {dit(bas)} à moins de {dit(haut)}"


def condition(corpus: Corpus, valeur: Condition) -> str:
    """La condition dite en français."""
    if isinstance(valeur, Test):
        fait = corpus.vocabulaire.faits[valeur.fait]
        if fait.type == "oui_non" and isinstance(valeur.ensemble, Choix) and len(valeur.ensemble.valeurs) == 1:
            return f"{fait.libelle} : {next(iter(valeur.ensemble.valeurs))}"
        return f"{fait.libelle} : {ensemble(fait, valeur.ensemble)}"
    if isinstance(valeur, Non):
        return f"pas ({condition(corpus, valeur.terme)})"
    lien = " et " if isinstance(valeur, Et) else " ou "
    return lien.join(
        f"({condition(corpus, t)})" if isinstance(t, (Et, Ou)) else condition(corpus, t) for t in valeur.termes
    )
