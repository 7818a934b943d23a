"""Le catalogue des motifs et les erreurs de facturation courantes, en texte : la liste, une fiche, une erreur."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from opposable.droit.fiche_motif import EFFETS, GRAVITES, LIENS, SAVOIRS, STATUTS_ERREUR, VISES
from opposable.rendu.blocs import Notes, Reponse, grille, ligne, paragraphe, pied, sources, titre
from opposable.rendu.francais import enumeration, periode, propre
from opposable.rendu.texte_fiche import Renvois

if TYPE_CHECKING:
    from rich.console import Console

_MOTS: Final = {"erreur": "refus", "avertissement": "avertissement", "occasion": "à savoir"}
_REGLES_COURTES: Final = {"refuse": "", "a_verifier": "à vérifier : ", "aucun": "avertissement : "}


def motifs(reponse: Reponse, console: Console) -> None:
    """Écrit le catalogue, ou la fiche d'un motif."""
    if reponse["fiche"] is None:
        table = grille("Code", "Gravité", "Libellé")
        for motif in reponse["motifs"]:
            table.add_row(motif["code"], _MOTS[motif["gravite"]], propre(motif["libelle"]))
        if reponse["motifs"]:
            console.print(table)
        else:
            paragraphe(console, "Aucun motif.")
    for motif in reponse["motifs"] if reponse["fiche"] is not None else ():
        _fiche(motif, reponse["fiche"], console)
    pied(console, reponse)


def _fiche(motif: dict[str, Any], fiche: dict[str, Any], console: Console) -> None:
    renvois = Renvois()
    paragraphe(console, f"{motif['code']} : {motif['libelle']}", style="bold")
    dits = enumeration([EFFETS[effet] for effet in motif["effets"]], "ou").replace("ou laisse la ligne", "ou la laisse")
    lignes = (
        ("Gravité", f"{_MOTS[motif['gravite']]} ; ce motif {dits}."),
        ("Message", motif["message"]),
        ("Dans le doute", motif["a_verifier"] or ""),
        ("En jeu", f"{fiche['enjeu_dit']}."),
        ("Correction", motif["correction"]),
        ("Constat", _constat(fiche, renvois) if fiche["mecanisme"] else ""),
    )
    for mot, dit in lignes:
        if dit:
            paragraphe(console, f"{mot} : {dit}", 2, suite=2)
    titre(console, "Exemples")
    if fiche["sans_exemple"]:
        paragraphe(console, f"Aucun : {fiche['sans_exemple']}", 2, suite=2)
    else:
        _exemple("Juste", fiche["exemple_juste"], console)
        _exemple("Faux", fiche["exemple_faux"], console)
    _regles(fiche["regles"], console, renvois)
    _liens(fiche["liens"], console, renvois)
    if fiche["faits"]:
        titre(console, "Faits à connaître")
    for fait in fiche["faits"]:
        paragraphe(console, f"- {fait['libelle']} ({fait['fait']}) : {fait['question']}", 2, suite=2)
    if fiche["erreurs"]:
        titre(console, "Erreurs courantes qu'il voit")
    for erreur in fiche["erreurs"]:
        paragraphe(console, f"- {erreur['numero']} : {erreur['enonce']}", 2, suite=2)
    renvois.ecrire(console)


def _constat(fiche: dict[str, Any], renvois: Renvois) -> str:
    dit = fiche["mecanisme"].removesuffix(".")
    return f"{dit} (vise {VISES[fiche['vise']]}){renvois.numeros(fiche['sources'])}."


def _exemple(mot: str, exemple: dict[str, Any], console: Console) -> None:
    """L'exemple en une phrase, et l'entrée qui le montre."""
    genre = f"calculer {exemple['dispositif']}" if exemple["dispositif"] else "coter"
    options = "".join(f" --{option}" for option in ("prevu", "strict") if exemple[option])
    effet = f" ; le motif {EFFETS[exemple['effet']]}" if "effet" in exemple else ""
    paragraphe(console, f"{mot} : {exemple['dit']}{effet}", 2, suite=2)
    entree = json.dumps(exemple["entree"], ensure_ascii=False)
    paragraphe(console, f"opposable {genre}{options} : {entree}", 4, suite=2, style="dim")


def _regles(regles: list[dict[str, Any]], console: Console, renvois: Renvois) -> None:
    if regles:
        titre(console, f"Règles qui le posent ({len(regles)})")
    for regle in regles:
        dates = f" ({periode(regle['du'], regle['au'])})" if regle["du"] or regle["au"] else ""
        ou = ", ".join(regle["endroits"])
        texte = regle["texte"]
        mot = _REGLES_COURTES[regle["effet"]]
        mot = "" if texte.startswith(mot or "\0") else mot
        deux_points = " :" if regle["situations"] else ""
        paragraphe(console, f"- {ou} : {mot}{texte}{dates}{renvois.numeros(regle['sources'])}{deux_points}", 2, suite=2)
        for situation in regle["situations"]:
            paragraphe(console, f"· {situation}", 6, suite=2)


def _liens(liens: list[dict[str, Any]], console: Console, renvois: Renvois) -> None:
    for sorte in dict.fromkeys(lien["sorte"] for lien in liens):
        titre(console, f"Dans les actes : {LIENS[sorte]}")
        groupes: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for lien in liens:
            if lien["sorte"] == sorte:
                dates = f" ({periode(lien['du'], lien['au'])})" if lien["du"] or lien["au"] else ""
                groupes.setdefault((", ".join(lien["endroits"]), dates), []).append(lien)
        for (ou, dates), groupe in groupes.items():
            textes = ", ".join(lien["texte"] for lien in groupe)
            numeros = renvois.numeros([document for lien in groupe for document in lien["sources"]])
            paragraphe(console, f"- {ou} : {textes}{dates}{numeros}", 2, suite=2)


def erreurs(reponse: Reponse, console: Console) -> None:
    """Écrit les erreurs de facturation courantes, ou l'une d'elles avec ses exemples."""
    if len(reponse["erreurs"]) == 1:
        _erreur(reponse["erreurs"][0], console)
    else:
        table = grille("N°", "Vue", "Erreur", "Motifs")
        for erreur in reponse["erreurs"]:
            vue = {"couverte": "oui", "partiel": "en partie", "a_venir": "à venir"}[erreur["statut"]]
            table.add_row(erreur["numero"], vue, propre(erreur["enonce"]), "\n".join(erreur["motifs"]))
        table.columns[1].no_wrap = True
        console.print(table)
    pied(console, reponse)


def _erreur(erreur: dict[str, Any], console: Console) -> None:
    paragraphe(console, f"Erreur {erreur['numero']} : {erreur['enonce']}", style="bold")
    gravites = enumeration([GRAVITES[g] for g in erreur["gravites"]])
    paragraphe(console, f"{gravites[:1].upper()}{gravites[1:]} · {STATUTS_ERREUR[erreur['statut']]}", 2)
    if erreur["savoir"]:
        dit = " ; ".join(SAVOIRS[s] for s in erreur["savoir"])
        paragraphe(console, f"Il faut savoir, en plus de la facture : {dit}.", 2, suite=2)
    if erreur["reste"]:
        paragraphe(console, f"Reste : {erreur['reste']}", 2, suite=2, style="yellow")
    for exemple in erreur["exemples"]:
        titre(console, exemple["motif"])
        _exemple("Faux", exemple["exemple_faux"], console)
        _exemple("Juste", exemple["exemple_juste"], console)
    titre(console, "Sources")
    sources(console, erreur["sources"], Notes())
    if erreur["adresses"]:
        paragraphe(console, "Adresses rapportées, à lire soi-même :", 2)
    for adresse in erreur["adresses"]:
        ligne(console, f"  {propre(adresse)}")
