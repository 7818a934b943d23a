"""Une proposition en texte : la question d'abord, ce qui est permis et pourquoi, ce qui est exclu, ce qui attend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu import texte
from opposable.rendu.blocs import Reponse, console_pour, ligne, paragraphe, pied, source_courte, titre
from opposable.rendu.francais import enumeration, propre

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["QUESTION_DATE", "accueil", "aide", "console_pour", "propositions", "question", "redire"]

EN_TETES: Final = {
    "complete": "La facture est prête",
    "a_preciser": "Il reste à préciser",
    "sans_acte": "Aucun acte n'est permis dans cette situation",
}
COULEURS: Final = {"complete": "green", "a_preciser": "yellow", "sans_acte": "bold red"}
QUESTION_DATE: Final[dict[str, Any]] = {
    "fait": "date", "libelle": "Date des soins", "question": "À quelle date l'acte a-t-il été réalisé ?", "aide": "",
    "type": "date", "unite": "", "choix": [], "exemple": "2026-02-10", "tranche": [],
}  # fmt: skip
_FORMES: Final = {
    "date": "une date AAAA-MM-JJ",
    "heure": "une heure HH:MM",
    "date_heure": "une date et une heure AAAA-MM-JJTHH:MM",
    "age": "un âge en ans, mois ou jours",
    "entier": "un nombre entier",
    "terme": "des semaines d'aménorrhée et des jours",
    "liste": "des numéros séparés par des virgules, ou 0 pour aucune",
}


def propositions(reponses: list[Reponse], console: Console) -> None:
    """Écrit une proposition ou plusieurs, puis le rappel et l'avertissement."""
    for rang, reponse in enumerate(reponses):
        if rang:
            ligne(console)
        _une(reponse, console)
    if reponses:
        ligne(console)
        paragraphe(console, reponses[-1]["rappel"], style="bold")
        pied(console, reponses[-1])


def _une(reponse: Reponse, console: Console) -> None:
    nom = f"Situation {propre(str(reponse['id']))} : " if reponse["id"] else ""
    paragraphe(console, f"{nom}{EN_TETES[reponse['statut']]}", style=COULEURS[reponse["statut"]])
    for une in reponse["questions"]:
        question(une, console)
        paragraphe(console, f"À dire dans l'entrée : {une['fait']}", 2, style="dim")
    _permis(reponse["permis"], console)
    if reponse["cotation"]:
        titre(console, "La facture")
        texte.corps(reponse["cotation"], console)
    _suspens(reponse["en_suspens"], console)
    _exclus(reponse["exclus"], console, court=reponse["statut"] != "sans_acte")
    if reponse["hypotheses"] and not reponse["cotation"]:
        dites = enumeration([f"{h['libelle'].lower()} : {h['dit'].lower()}" for h in reponse["hypotheses"]])
        titre(console, "Supposé, faute d'être dit")
        paragraphe(console, f"{dites}.", 2, style="dim")


def _permis(permis: list[dict[str, Any]], console: Console) -> None:
    if permis:
        titre(console, "Permis")
    for une in permis:
        paragraphe(console, f"{une['code']} · {une['libelle']}", 2, suite=2, style="green")
        for condition in une["conditions"]:
            paragraphe(console, f"- {condition['texte']}", 4, suite=2)
            source_courte(console, condition["sources"], retrait=6)
        for averti in une["avertissements"]:
            paragraphe(console, f"Attention : {averti}", 4, suite=2, style="yellow")


def _suspens(suspens: list[dict[str, Any]], console: Console) -> None:
    a_preciser = [une for une in suspens if une["raison"] == "a_preciser"]
    a_verifier = [une for une in suspens if une["raison"] == "a_verifier"]
    if a_preciser:
        titre(console, "Dépend de ce qui n'est pas dit")
    for une in a_preciser:
        paragraphe(console, f"{une['code']} · {une['libelle']} ({', '.join(une['faits'])})", 2, suite=2)
    if a_verifier:
        titre(console, "Que les textes ne tranchent pas : jamais ajouté d'office")
    for une in a_verifier:
        paragraphe(console, f"{une['code']} · {une['libelle']}", 2, suite=2, style="yellow")
        for motif in une["motifs"][:1]:
            paragraphe(console, motif["message"], 4)


def _exclus(exclus: list[dict[str, Any]], console: Console, *, court: bool) -> None:
    """Ce qui est exclu ; les lignes qu'une même phrase exclut sont réunies."""
    if exclus:
        titre(console, "Exclu")
    phrases: dict[str, list[str]] = {}
    for une in exclus:
        message = une["motifs"][0]["message"] if une["motifs"] else une["libelle"]
        phrases.setdefault(message.removeprefix(f"{une['code']} "), []).append(une["code"])
    for phrase, codes in phrases.items():
        lien = " " if len(codes) == 1 else " : "
        paragraphe(console, f"{', '.join(codes)}{lien}{phrase}", 2, suite=2, style="dim" if court else "")


def accueil(console: Console, consigne: str) -> None:
    """Ce que fait le guide, et comment répondre."""
    paragraphe(console, "Les questions mènent à une facture complète et conforme.", style="bold")
    paragraphe(console, consigne, style="dim")


def question(une: dict[str, Any], console: Console, rang: int | None = None) -> None:
    """Écrit une question et ses réponses possibles, numérotées ; la condition de chacune, jamais un montant."""
    titre(console, f"{rang}. {une['question']}" if rang else une["question"])
    chiffres = len(str(len(une["choix"])))
    for numero, choix in enumerate(une["choix"], 1):
        code = f"{choix['valeur']} · " if une["type"] == "code" else ""
        retrait = 2 + chiffres - len(str(numero))
        paragraphe(console, f"{numero}  {code}{choix['libelle']}", retrait, suite=2 + len(str(numero)))
        for condition in choix["conditions"]:
            paragraphe(console, f"- {condition}", 4 + chiffres, suite=2, style="dim")
    forme = _FORMES.get(une["type"])
    if forme:
        paragraphe(console, f"Réponse : {forme}, par exemple {une['exemple']}", 2, style="dim")


def aide(une: dict[str, Any], console: Console) -> None:
    """Ce qui aide à répondre, et ce que la réponse départage."""
    paragraphe(console, une["aide"] or "Dites ce qui a eu lieu ; rien n'est supposé à votre place.", 2)
    if une["tranche"] and une["type"] != "code":
        codes = une["tranche"]
        suite = f" et {len(codes) - 8} autres" if len(codes) > 8 else ""
        paragraphe(console, f"La réponse départage : {', '.join(codes[:8])}{suite}.", 2, style="dim")


def redire(console: Console, message: str) -> None:
    """Une réponse qui ne convient pas."""
    paragraphe(console, message, 2, style="red")
