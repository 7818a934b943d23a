"""``opposable proposer`` : ce qu'une situation permet, la prochaine question ; ou les questions une à une (--guide)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import cli_francais, sortie

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

EXEMPLE: Final = '{"date": "2026-02-10", "medecin": {"specialite": "medecine_generale", "secteur": "1"}}'
_AIDE: Final = "?"
_RETOUR: Final = "<"
_CONSIGNE: Final = "Un numéro ou une valeur ; « ? » : l'aide ; « < » : revenir ; Ctrl-C : arrêter."


def brancher(application: typer.Typer) -> None:
    """Ajoute la commande à la commande de tête."""
    application.command(cls=cli_francais.Commande)(proposer)


def proposer(
    fichier: Annotated[
        str | None,
        typer.Argument(
            metavar="[FICHIER]", help="Fichier JSON ou JSONL, ou « - » ; facultatif avec --guide.", show_default=False
        ),
    ] = None,
    guide: Annotated[bool, typer.Option("--guide", help="Pose les questions une à une, jusqu'à la facture.")] = False,
    surcouche: cli_francais.Surcouches = [],  # noqa: B006 - typer lit la valeur par défaut, personne ne la modifie
    en_json: cli_francais.EnJson = False,
    strict: cli_francais.Strict = False,
) -> int:
    """Dit ce qu'une situation permet de facturer, ce qu'elle exclut et pourquoi, et la prochaine question.

    L'entrée est celle de « coter », sans honoraires, avec ou sans l'acte. Répondre, c'est ajouter le fait et
    redemander ; --guide le fait pour vous. Sortie 0 si la facture est complète, 1 s'il reste à préciser ou si rien
    n'est permis.
    """
    from opposable.portes import entree
    from opposable.portes import python as api

    if fichier is None and not guide:
        raise ErreurEntree(
            "ARGUMENT_MANQUANT", "il manque le fichier de la situation", ou="FICHIER",
            attendu="un fichier JSON, « - », ou --guide pour répondre aux questions une à une",
            exemple="opposable proposer --guide",
        )  # fmt: skip
    if guide:
        return _guider(fichier, surcouche, en_json=en_json, strict=strict)
    genre = entree.Genre("une situation", EXEMPLE, "opposable proposer situation.json")
    lu = entree.lire(str(fichier), genre)
    reponses = []
    for rang, une in enumerate(lu.factures):
        try:
            reponses.append(api.proposer(une, surcouches=surcouche, strict=strict))
        except ErreurEntree as erreur:
            raise lu.situer(erreur if lu.forme == "objet" else erreur.situee(f"[{rang}]")) from None
    if en_json:
        sortie.ecrire(sortie.reponses_en_json(reponses, lu.forme))
    else:
        from opposable.rendu import texte_proposer

        sortie.afficher(lambda _, console: texte_proposer.propositions(reponses, console))
    return sortie.ACCEPTE if all(r["statut"] == "complete" for r in reponses) else sortie.A_REVOIR


def _guider(fichier: str | None, surcouches: Sequence[Path], *, en_json: bool, strict: bool) -> int:
    """Pose les questions dans le terminal ; ``fichier`` donne ce qui est déjà su."""
    from opposable.portes import entree
    from opposable.portes import python as api
    from opposable.rendu import texte_proposer

    depart: dict[str, Any] = {}
    if fichier == "-":
        raise ErreurEntree(
            "ARGUMENT_IMPOSSIBLE", "--guide lit vos réponses sur l'entrée standard", ou="FICHIER",
            attendu="un fichier, ou rien", exemple="opposable proposer --guide situation.json",
        )  # fmt: skip
    if fichier is not None:
        depart = entree.lire(fichier, entree.Genre("une situation", EXEMPLE, "opposable proposer --guide")).factures[0]
    console = texte_proposer.console_pour(sys.stderr if en_json else sys.stdout)
    passees: list[dict[str, Any]] = []
    texte_proposer.accueil(console, _CONSIGNE)
    while True:
        if "date" not in depart:
            question = texte_proposer.QUESTION_DATE
        else:
            reponse = api.proposer(depart, surcouches=surcouches, strict=strict)
            if not reponse["questions"]:
                break
            question = reponse["questions"][0]
        suite = _repondre(question, depart, passees, console, surcouches, strict=strict)
        depart = suite
    if en_json:
        sortie.ecrire(sortie.en_json(reponse))
    else:
        texte_proposer.propositions([reponse], console)
    return sortie.ACCEPTE if reponse["statut"] == "complete" else sortie.A_REVOIR


def _repondre(
    question: dict[str, Any],
    depart: dict[str, Any],
    passees: list[dict[str, Any]],
    console: Console,
    surcouches: Sequence[Path],
    *,
    strict: bool,
) -> dict[str, Any]:
    """L'entrée suivante, une réponse juste lue ; une réponse qui ne convient pas est redemandée."""
    from opposable.facturation.proposer import repondre
    from opposable.portes import python as api
    from opposable.rendu import texte_proposer

    texte_proposer.question(question, console, len(passees) + 1)
    # La facture construite garde les actes choisis et ceux qui sont déjà écartés.
    base = api.proposer(depart, surcouches=surcouches, strict=strict)["facture"] if "date" in depart else depart
    while True:
        ecrit = _lire(console)
        if ecrit == _AIDE:
            texte_proposer.aide(question, console)
        elif ecrit == _RETOUR:
            if passees:
                return passees.pop()
            texte_proposer.redire(console, "C'est la première question.")
        elif ecrit:
            suite = repondre(base, question["fait"], _valeur(question, ecrit))
            try:
                api.proposer(suite, surcouches=surcouches, strict=strict)
            except ErreurEntree as erreur:
                attendu = f" Attendu : {erreur.attendu}." if erreur.attendu else ""
                texte_proposer.redire(console, f"{erreur.message[:1].upper()}{erreur.message[1:]}.{attendu}")
                continue
            passees.append(depart)
            return suite


def _lire(console: Console) -> str:
    """Une ligne écrite ; la fin de l'entrée standard arrête, comme Ctrl-C."""
    try:
        return console.input("> ").strip()
    except EOFError:
        raise KeyboardInterrupt from None


def _valeur(question: dict[str, Any], ecrit: str) -> object:
    """La réponse écrite : un numéro, un libellé, ou la valeur elle-même ; une liste s'écrit avec des virgules."""
    choix = question["choix"]
    libelles = {une["libelle"].casefold(): une["valeur"] for une in choix}
    raccourcis = {"o": "oui", "n": "non"} if question["type"] == "oui_non" else {}

    def une(mot: str) -> str:
        if choix and mot.isdigit() and 1 <= int(mot) <= len(choix):
            return str(choix[int(mot) - 1]["valeur"])
        return str(libelles.get(mot.casefold()) or raccourcis.get(mot.casefold()) or mot)

    if question["type"] == "liste":
        return [une(mot.strip()) for mot in ecrit.split(",") if mot.strip() not in {"", "0", "aucune"}]
    return une(ecrit)
