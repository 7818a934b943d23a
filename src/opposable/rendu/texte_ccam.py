"""Le compte rendu d'un import de la CCAM, et la liste des versions présentes, en texte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, ligne, paragraphe, titre
from opposable.rendu.francais import date_longue, propre
from opposable.rendu.texte_lots import nombre

if TYPE_CHECKING:
    from rich.console import Console

STATUTS: Final = {
    "ajoutee": "importée",
    "remplacee": "importée, à la place de celle qui l'était",
    "inchangee": "déjà importée de ce fichier : rien n'a changé",
}
_TU: Final = frozenset({"flottant"})
"""Les sortes trop nombreuses et trop pareilles pour qu'un exemple serve."""
_EXEMPLE_AU_PLUS: Final = 60


def importation(dit: Reponse, console: Console) -> None:
    """Écrit ce qui a été importé, ce que le tableau avait d'irrégulier, et les versions présentes."""
    ligne(console, f"CCAM version {dit['version']}, applicable le {date_longue(dit['applicable_le'])}", "bold")
    ligne(console, f"  {propre(dit['fichier'])} : {STATUTS[dit['statut']]}")
    for cle, libelle in (
        ("codes", "codes"),
        ("rangees", "rangées d'activité et de phase"),
        ("modificateurs", "modificateurs"),
        ("chapitres", "chapitres et sous-chapitres"),
    ):
        ligne(console, f"  {nombre(dit[cle]):>14}  {libelle}")
    if dit["plus_ancienne_que_d_autres"]:
        message = "Une version plus récente est déjà présente : celle-ci vit à côté, et régit les actes de ses dates."
        paragraphe(console, message, 2, 2)
    _anomalies(dit["anomalies"], reparee=True, console=console)
    _anomalies(dit["anomalies"], reparee=False, console=console)
    if dit["releve"]:
        ligne(console, f"  Chaque anomalie est dans {propre(dit['releve'])}")
    elif dit["anomalies"]:
        ligne(console, "  Le détail, rangée par rangée : opposable importer ccam --liste --anomalies releve.csv")
    presentes(dit, console)


def presentes(dit: Reponse, console: Console) -> None:
    """Écrit les versions présentes, et ce qui manque entre elles."""
    if not dit["versions"]:
        ligne(console, "Aucune version de la CCAM n'est importée.")
        ligne(console, "  opposable importer ccam FICHIER")
        return
    titre(console, f"Versions présentes dans {propre(dit['dossier'])}")
    for v in dit["versions"]:
        suite = " ; à réimporter : la lecture a changé depuis" if v["a_relire"] else ""
        du = date_longue(v["applicable_le"])
        ligne(console, f"  {v['version']:>4}  applicable le {du}, {nombre(v['codes'])} codes{suite}")
    for trou in dit["manquantes"]:
        paragraphe(console, trou_dit(trou), 2, 2)


def trou_dit(trou: dict[str, int]) -> str:
    """Ce que des versions qui manquent entre deux autres laissent à vérifier."""
    n = trou["nombre"]
    manque = f"{nombre(n)} versions manquent" if n > 1 else "1 version manque"
    elles = "elles peuvent" if n > 1 else "elle peut"
    ou = f"{manque} entre la {trou['apres']} et la {trou['avant']}"
    return f"{ou} : une date qu'{elles} régir répondra « à vérifier »."


def _anomalies(sortes: list[dict[str, Any]], *, reparee: bool, console: Console) -> None:
    vues = [s for s in sortes if s["reparee"] is reparee]
    if not vues:
        return
    titre(console, "Irrégularités réparées" if reparee else "Irrégularités signalées, gardées comme lues")
    for sorte in sorted(vues, key=lambda s: -s["nombre"]):
        ligne(console, f"  {nombre(sorte['nombre']):>8}  {sorte['libelle']}")
        if sorte["sorte"] not in _TU:
            for exemple in sorte["exemples"]:
                paragraphe(console, _exemple(exemple), 12, 2)


def _exemple(exemple: dict[str, Any]) -> str:
    code = f", {exemple['code']}" if exemple["code"] else ""
    lu = f"« {_court(exemple['lu'])} »" if exemple["lu"] else "vide"
    ecrit = f", écrit « {_court(exemple['ecrit'])} »" if exemple["ecrit"] not in {"", exemple["lu"]} else ""
    return f"rangée {exemple['rangee']}{code} : lu {lu}{ecrit}"


def _court(texte: str) -> str:
    plat = propre(texte)
    return plat if len(plat) <= _EXEMPLE_AU_PLUS else f"{plat[:_EXEMPLE_AU_PLUS]}…"
