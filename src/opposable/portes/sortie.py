"""Écrire les réponses et les erreurs : JSON, terminal, fichiers entiers ou pas du tout."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from opposable.droit.erreurs import ErreurCorpus, ErreurEntree

if TYPE_CHECKING:
    from rich.console import Console

    from opposable.portes.entree import Forme

ACCEPTE: Final = 0
A_REVOIR: Final = 1
MAUVAISE_ENTREE: Final = 2
FAUTE_INTERNE: Final = 3
INTERROMPU: Final = 130
_ESPACES: Final = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


def en_json(reponse: object) -> str:
    """La réponse en JSON lisible, accents compris."""
    return json.dumps(reponse, ensure_ascii=False, indent=2) + "\n"


def reponses_en_json(reponses: list[dict[str, Any]], forme: Forme) -> str:
    """Les réponses sous la forme de l'entrée : un objet, un tableau (une réponse par ligne), ou du JSONL."""
    if forme == "objet":
        return en_json(reponses[0])
    lignes = [json.dumps(reponse, ensure_ascii=False, separators=(", ", ": ")) for reponse in reponses]
    if forme == "lignes":
        return "".join(f"{ligne}\n" for ligne in lignes)
    return "[\n" + ",\n".join(lignes) + "\n]\n" if lignes else "[]\n"


def ecrire(texte: str) -> None:
    """Écrit sur la sortie standard ; un lecteur parti avant la fin (``| head``) n'est pas une erreur."""
    try:
        sys.stdout.write(texte)
        sys.stdout.flush()
    except BrokenPipeError:
        _detourner(sys.stdout)
    except OSError as erreur:
        _detourner(sys.stdout)
        raise _ecriture_impossible("sortie standard", erreur) from None


def afficher(rendre: Callable[[Any, Console], object]) -> None:
    """Rend le texte en entier (``rendre`` reçoit le module de rendu et la console), puis l'écrit d'un coup."""
    from opposable.rendu import texte

    console = texte.console_pour(sys.stdout)
    with console.capture() as capture:
        rendre(texte, console)
    ecrire("".join(f"{ligne.rstrip()}\n" for ligne in capture.get().splitlines()))


def ecrire_fichier(chemin: Path, contenu: str) -> None:
    """Écrit ``contenu`` dans ``chemin`` d'un seul coup : le fichier est entier, ou il n'a pas changé."""
    with fichier_entier(chemin) as provisoire:
        provisoire.write_text(contenu, encoding="utf-8", newline="")


def ecrire_fichiers(contenus: Mapping[Path, str]) -> None:
    """Écrit chaque fichier d'un seul coup ; si l'un ne peut pas l'être, aucun ne l'est."""
    with contextlib.ExitStack() as pile:
        for chemin, contenu in contenus.items():
            provisoire = pile.enter_context(fichier_entier(chemin))
            provisoire.write_text(contenu, encoding="utf-8", newline="")


@contextlib.contextmanager
def fichier_entier(chemin: Path) -> Iterator[Path]:
    """Un chemin provisoire voisin de ``chemin``, qui prend sa place à la fin si tout s'est bien passé."""
    if chemin.exists() and not chemin.is_file():
        message = "c'est un dossier" if chemin.is_dir() else "ce n'est pas un fichier ordinaire"
        raise ErreurEntree(
            "SORTIE_IMPOSSIBLE", message, ou=str(chemin), attendu="un nom de fichier", exemple=_exemple(str(chemin))
        )
    import tempfile

    try:
        dossier = Path(tempfile.mkdtemp(prefix=".opposable-", dir=chemin.parent))
    except OSError as erreur:
        raise _ecriture_impossible(str(chemin), erreur) from None
    provisoire = dossier / "provisoire"
    try:
        yield provisoire
        with provisoire.open("rb") as ecrit:
            os.fsync(ecrit.fileno())
        provisoire.replace(chemin)
    except OSError as erreur:
        raise _ecriture_impossible(str(chemin), erreur) from None
    finally:
        with contextlib.suppress(OSError):
            provisoire.unlink(missing_ok=True)
            dossier.rmdir()


@contextlib.contextmanager
def dossier_entier(chemin: Path) -> Iterator[tuple[Path, Path]]:
    """Un dossier provisoire qui prend le nom ``chemin`` à la fin si tout s'est bien passé, et un dossier de travail.

    Interrompu ou tué, rien ne porte le nom demandé. Un dossier qui existe déjà n'est jamais remplacé.
    """
    if chemin.exists():
        raise deja_pris(chemin, "un dossier")
    import shutil
    import tempfile

    try:
        racine = Path(tempfile.mkdtemp(prefix=".opposable-", dir=chemin.parent))
    except OSError as erreur:
        raise _ecriture_impossible(str(chemin), erreur, "--sortie sortie") from None
    provisoire, travail = racine / "provisoire", racine / "travail"
    try:
        provisoire.mkdir()
        travail.mkdir()
        yield provisoire, travail
        for ecrit in provisoire.iterdir():
            with ecrit.open("rb") as flux:
                os.fsync(flux.fileno())
        provisoire.rename(chemin)
    except OSError as erreur:
        raise _ecriture_impossible(str(chemin), erreur, "--sortie sortie") from None
    finally:
        shutil.rmtree(racine, ignore_errors=True)


def deja_pris(chemin: Path, quoi: str = "un fichier") -> ErreurEntree:
    """L'erreur d'un nom déjà pris : ce qui existe n'est pas remplacé."""
    return ErreurEntree(
        "SORTIE_EXISTANTE", "ce nom est déjà pris ; rien n'est remplacé", ou=str(chemin),
        attendu=f"{quoi} qui n'existe pas encore", exemple=f"--sortie {chemin.stem}-2{chemin.suffix}",
    )  # fmt: skip


def dire_erreur(erreur: ErreurEntree | ErreurCorpus, *, json_demande: bool) -> None:
    """Dit l'erreur sur la sortie d'erreur, en clair ou en JSON."""
    if json_demande:
        _sur_stderr(json.dumps({"erreur": _en_dict(erreur)}, ensure_ascii=False) + "\n")
        return
    if isinstance(erreur, ErreurCorpus):
        lignes = _defauts(erreur)
    else:
        usage = getattr(erreur, "usage", "")
        situation = ("Usage", usage) if usage else ("Où", erreur.ou)
        dits = (situation, ("Attendu", erreur.attendu), ("Aide" if usage else "Exemple", erreur.exemple))
        lignes = [f"Erreur : {erreur.message}", *(f"  {mot:<8}: {dit}" for mot, dit in dits if dit)]
    _sur_stderr("".join(f"{_visible(ligne)}\n" for ligne in lignes))


def dire_faute(faute: BaseException, *, json_demande: bool) -> None:
    """Dit en une phrase une faute du programme ; la trace d'appels seulement si ``OPPOSABLE_TRACE=1``."""
    message = (
        f"faute interne d'Opposable ({type(faute).__name__}) : la réponse n'a pas pu être donnée. "
        "Relancez avec OPPOSABLE_TRACE=1 et joignez la trace à un signalement."
    )
    if os.environ.get("OPPOSABLE_TRACE") == "1":
        import traceback

        traceback.print_exception(faute)
    if json_demande:
        vide = {"ou": "", "attendu": "", "exemple": ""}
        dite = {"erreur": {"code": "FAUTE_INTERNE", "message": message, **vide}}
        _sur_stderr(json.dumps(dite, ensure_ascii=False) + "\n")
    else:
        _sur_stderr(f"Erreur : {message}\n")


def preparer_sorties() -> None:
    """Rend les sorties sûres : UTF-8 pour tout ce qui n'est pas un terminal, jamais d'échec sur un caractère."""
    for flux in (sys.stdout, sys.stderr):
        reconfigurer = getattr(flux, "reconfigure", None)
        if reconfigurer is not None:
            reconfigurer(errors="replace", **({} if flux.isatty() else {"encoding": "utf-8"}))


def _en_dict(erreur: ErreurEntree | ErreurCorpus) -> dict[str, Any]:
    if isinstance(erreur, ErreurEntree):
        return dict(erreur.en_dict())
    premier = erreur.defauts[0] if erreur.defauts else None
    return {
        "code": "CORPUS_INVALIDE",
        "message": str(erreur),
        "ou": f"{premier.fichier}, ligne {premier.ligne}" if premier else "",
        "attendu": premier.attendu if premier else "",
        "exemple": premier.exemple if premier else "",
        "defauts": [defaut.en_dict() for defaut in erreur.defauts],
    }


def _defauts(erreur: ErreurCorpus) -> list[str]:
    """Chaque défaut en clair : où, quoi, ce qui était attendu, un exemple."""
    combien = f" : {len(erreur.defauts)} défauts" if len(erreur.defauts) > 1 else ""
    lignes = [f"Erreur : le corpus ou une surcouche ne se charge pas{combien}."]
    for defaut in erreur.defauts:
        regle = f" [{defaut.regle}]" if defaut.regle else ""
        lignes.append(f"  {defaut.place}{regle}")
        dits = (("", defaut.message), ("Attendu : ", defaut.attendu), ("Exemple : ", defaut.exemple))
        lignes.extend(f"    {mot}{dit}" for mot, dit in dits if dit)
    return [morceau for ligne in lignes for morceau in ligne.splitlines()]


def _visible(ligne: str) -> str:
    return "".join(c if c.isprintable() or c in _ESPACES else "\N{REPLACEMENT CHARACTER}" for c in ligne)


def _sur_stderr(texte: str) -> None:
    try:
        sys.stderr.write(texte)
        sys.stderr.flush()
    except OSError:
        _detourner(sys.stderr)


def _detourner(flux: TextIO) -> None:
    """Branche ``flux`` sur le vide : l'interpréteur n'échouera pas en le vidant à la sortie."""
    with contextlib.suppress(OSError, ValueError):
        vide = os.open(os.devnull, os.O_WRONLY)
        os.dup2(vide, flux.fileno())
        os.close(vide)


def _exemple(ou: str) -> str:
    """Un nom de fichier voisin de celui demandé, de même extension."""
    return f"sortie{Path(ou).suffix or '.txt'}"


def _ecriture_impossible(ou: str, erreur: OSError, exemple: str = "") -> ErreurEntree:
    raisons = {
        FileNotFoundError: "ce dossier n'existe pas",
        NotADirectoryError: "ce dossier n'existe pas",
        PermissionError: "droits d'écriture manquants",
    }
    raison = raisons.get(type(erreur), "l'écriture a échoué (plus de place, ou support retiré)")
    return ErreurEntree(
        "SORTIE_IMPOSSIBLE", raison, ou=ou, attendu="un emplacement où écrire", exemple=exemple or _exemple(ou)
    )
