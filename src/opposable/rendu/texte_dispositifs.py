"""Les dispositifs en texte : la liste, la fiche de l'un d'eux, ses résultats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Notes, Reponse, ligne, paragraphe, pied, sources, titre
from opposable.rendu.francais import ABSENT, date_courte, date_longue, montant, nombre, propre, taux, valeur

if TYPE_CHECKING:
    from rich.console import Console

STATUTS: Final = {
    "calcule": "Calculé",
    "partiel": "Calculé en partie, à vérifier",
    "refuse": "Ne s'applique pas",
    "non_calculable": "Non calculable",
}
COULEURS: Final = {"calcule": "green", "partiel": "yellow", "refuse": "bold red", "non_calculable": "bold red"}
_EFFETS: Final = {"refuse": ("Refusé", "red"), "a_verifier": ("À vérifier", "yellow"), "aucun": ("Attention", "yellow")}
_AUTORITES: Final = {"presse": "la presse", "deduit": "une valeur déduite", "officiel": "un texte officiel"}


def calculs(reponses: list[Reponse], fiche: dict[str, Any], console: Console) -> None:
    """Écrit les résultats d'un dispositif, l'un après l'autre ; l'avertissement vient une fois, à la fin."""
    if not reponses:
        ligne(console, "Aucun cas à calculer.")
        return
    for rang, reponse in enumerate(reponses):
        if rang:
            ligne(console)
        _calcul(reponse, fiche, console)
    pied(console, reponses[-1])


def _calcul(reponse: Reponse, fiche: dict[str, Any], console: Console) -> None:
    nom = f"{propre(reponse['id'])} : " if reponse["id"] else ""
    style = COULEURS[reponse["statut"]]
    paragraphe(
        console, f"{nom}{fiche['libelle']}, {_periode(reponse['periode'])} : {STATUTS[reponse['statut']]}", style=style
    )
    notes = Notes()
    for manque in reponse["manquants"]:
        paragraphe(console, f"Il manque : {manque['parametre']} ({manque['publie_dans']}).", 2, suite=2, style="yellow")
    resultat = reponse["resultat"]
    dites = [s for s in fiche["sorties"] if resultat.get(s["nom"]) is not None]
    if dites:
        ligne(console)
    largeur = max((len(s["libelle"]) for s in dites), default=0)
    for sortie in dites:
        if sortie["type"] == "tableau":
            _tableau(sortie, resultat[sortie["nom"]], console)
        else:
            ligne(console, f"  {sortie['libelle']:<{largeur}}  {dire(sortie['type'], resultat[sortie['nom']])}")
    for echeance in reponse["echeancier"]:
        quoi = f"{montant(echeance['montant'])}, " if echeance["montant"] is not None else ""
        paragraphe(console, f"{date_longue(echeance['date'])} : {quoi}{echeance['objet']}", 2, suite=2)
    for autorite, somme in reponse["autorites"].items():
        if autorite in {"presse", "deduit"} and somme != "0.00":
            paragraphe(console, f"Dont {montant(somme)} fondés sur {_AUTORITES[autorite]}.", 2, style="yellow")
    for motif in reponse["motifs"]:
        mot, couleur = _EFFETS[motif["effet"]]
        paragraphe(console, f"{mot} : {motif['message']} [{motif['code']}]", 2, suite=2, style=couleur)
        sources(console, motif["sources"], notes, 4)
    if reponse["hypotheses"]:
        titre(console, "Hypothèses retenues")
    for hypothese in reponse["hypotheses"]:
        paragraphe(console, f"- {hypothese['libelle']} : {hypothese['dit']}", 2, suite=2)
    if reponse["questions"]:
        titre(console, "Questions")
    for question in reponse["questions"]:
        paragraphe(console, f"- {question['question']} ({question['fait']})", 2, suite=2)
    ligne(console)
    sources(console, reponse["sources"], notes)


def _periode(periode: str) -> str:
    return date_longue(periode) if "-" in periode else periode


def dire(type_: str, dite: Any) -> str:
    """Une valeur d'un résultat, telle qu'une personne la lit."""
    match type_:
        case "montant":
            return montant(dite)
        case "taux":
            return taux(dite)
        case "nombre":
            return nombre(dite)
        case "date":
            return date_longue(dite)
        case "code":
            return ABSENT if dite is None else str(dite)
        case _:
            return ABSENT if dite is None else valeur(dite)


def _tableau(sortie: dict[str, Any], rangees: list[dict[str, Any]], console: Console) -> None:
    """Un tableau en colonnes s'il tient dans la console, sinon une rangée par paragraphe, sans les codes répétés."""
    if not rangees:
        return
    paragraphe(console, f"{sortie['libelle']} :", 2)
    colonnes = sortie["colonnes"]
    lignes = [[c["libelle"] for c in colonnes], *([dire(c["type"], r[c["nom"]]) for c in colonnes] for r in rangees)]
    largeurs = [max(len(cellule) for cellule in colonne) for colonne in zip(*lignes, strict=True)]
    if sum(largeurs) + 2 * len(largeurs) + 2 <= console.width:
        for cellules in lignes:
            ligne(console, "    " + "  ".join(f"{c:<{n}}" for c, n in zip(cellules, largeurs, strict=True)))
        return
    for rangee in rangees:
        lisibles = [c for c in colonnes if c["type"] != "code" and rangee[c["nom"]] is not None] or colonnes
        premier, *suite = [(c["libelle"], dire(c["type"], rangee[c["nom"]])) for c in lisibles]
        paragraphe(console, f"- {premier[1]}", 4, suite=2)
        for libelle, dit in suite:
            paragraphe(console, f"{libelle} : {dit}", 6, suite=2)


def dispositifs(reponse: Reponse, console: Console) -> None:
    """Écrit la liste des dispositifs, ou la fiche de l'un d'eux."""
    if "dispositifs" in reponse:
        largeur = max((len(d["nom"]) for d in reponse["dispositifs"]), default=0)
        for dispositif in reponse["dispositifs"]:
            periode = _bornes(dispositif)
            ligne(
                console, f"{dispositif['nom']:<{largeur}}  {dispositif['libelle']}{f' ({periode})' if periode else ''}"
            )
    else:
        _fiche(reponse, console)
    pied(console, reponse)


def _bornes(dispositif: dict[str, Any]) -> str:
    du = f"depuis le {date_courte(dispositif['du'])}" if dispositif["du"] else ""
    au = f"jusqu'au {date_courte(dispositif['au'])} exclu" if dispositif["au"] else ""
    return " ".join(p for p in (du, au) if p)


def _fiche(fiche: dict[str, Any], console: Console) -> None:
    ligne(console, f"{fiche['nom']} : {fiche['libelle']}", "bold")
    paragraphe(console, fiche["but"], 2)
    paragraphe(console, f"Période : {_bornes(fiche) or 'toute celle du corpus'}", 2)
    for mot, cle in (("Avant", "avant"), ("Après", "apres")):
        if fiche[cle]:
            paragraphe(console, f"{mot} : {fiche[cle]}", 2, suite=2)
    titre(console, "Entrées")
    for entree in fiche["entrees"]:
        _entree(entree, console, 2)
    for une in fiche["listes"]:
        paragraphe(console, f"{une['nom']}[] : {une['question']}", 2, suite=2)
        for entree in une["entrees"]:
            _entree(entree, console, 4)
    titre(console, "Sorties")
    for sortie in fiche["sorties"]:
        aide = f" ({sortie['aide']})" if sortie["aide"] else ""
        paragraphe(console, f"{sortie['nom']} : {sortie['libelle']}{aide}", 2, suite=2)
    if fiche["manque"]:
        titre(console, "Ce qui manque")
    for manque in fiche["manque"]:
        paragraphe(console, f"- {manque}", 2, suite=2)
    titre(console, "Sources")
    sources(console, fiche["sources"], Notes())
    titre(console, "Essayer")
    ligne(console, f"  opposable dispositifs {fiche['nom']} --exemple > cas.json")
    ligne(console, f"  opposable calculer {fiche['nom']} cas.json")


def _entree(entree: dict[str, Any], console: Console, retrait: int) -> None:
    details = ["obligatoire"] if entree["obligatoire"] == "oui" else []
    details += [entree["unite"]] if entree["unite"] else []
    details += [f"d'ordinaire {entree['usuel']}"] if entree["usuel"] is not None else []
    suite = f" ({', '.join(details)})" if details else ""
    paragraphe(console, f"{entree['nom']} : {entree['question']}{suite}", retrait, suite=2)
