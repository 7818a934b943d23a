"""Le compte rendu d'un lot contrôlé, et la comparaison d'une ligne à l'interprète scalaire, en texte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, ligne, paragraphe, pied, titre
from opposable.rendu.francais import montant, propre, valeur

if TYPE_CHECKING:
    from rich.console import Console

STATUTS: Final = {
    "acceptee": "Conformes aux règles codées à cette date",
    "refusee": "Non facturables",
    "a_verifier": "À vérifier",
}
MONTANTS: Final = {
    "honoraires": "Honoraires",
    "base_remboursement": "Base de remboursement",
    "part_obligatoire": "Part obligatoire",
    "ticket_moderateur": "Ticket modérateur",
    "depassement": "Dépassements",
    "participation_forfaitaire": "Participations forfaitaires",
    "remboursement": "Remboursements, participations déduites",
}
FACULTATIFS: Final = frozenset({"frequences.parquet", "participations.parquet"})
"""Ce qui ne s'écrit que s'il y a lieu."""
EFFETS: Final = {"refuse": "non facturable", "a_verifier": "à vérifier"}
_MOTIFS_AU_PLUS: Final = 15
_HYPOTHESES_AU_PLUS: Final = 8


def nombre(entier: int) -> str:
    """Un entier, ses milliers séparés : ``1234567`` se lit « 1 234 567 »."""
    return f"{entier:,}".replace(",", " ")


def manifeste(dit: Reponse, dossier: Path, console: Console) -> None:
    """Écrit le bilan d'un contrôle : lignes et statuts, montants, anomalies à vérifier, hypothèses, fichiers."""
    lignes = dit["lignes"]
    ligne(console, f"{nombre(lignes['entree'])} lignes lues, {nombre(lignes['sortie'])} contrôlées", "bold")
    if lignes["ecartees"]:
        raisons = ", ".join(f"{code} ({nombre(n)})" for code, n in dit["fautes"].items())
        paragraphe(console, f"{nombre(lignes['ecartees'])} lignes écartées avec leurs factures : {raisons}", 2, 2)
    ligne(console, f"  {nombre(dit['factures'])} factures")
    for statut, dite in STATUTS.items():
        ligne(console, f"  {nombre(dit['statuts'][statut]):>14}  {dite}")
    titre(console, "Montants")
    for cle, libelle in MONTANTS.items():
        ligne(console, f"  {montant(dit['montants'][cle]):>20}  {libelle}")
    inconnus = dit["lignes_aux_montants_inconnus"]
    if inconnus:
        ont = "ligne a" if inconnus == 1 else "lignes ont"
        paragraphe(console, f"{nombre(inconnus)} {ont} un montant inconnu, qui n'est pas dans ces sommes.", 2, 2)
    _anomalies(dit["anomalies"], console)
    _hypotheses(dit["hypotheses"] or [], console)
    titre(console, "Ce que ce contrôle ne voit pas")
    for dite in dit["non_verifie"]:
        paragraphe(console, f"- {dite}", 2, 2)
    titre(console, f"Écrit dans {propre(str(dossier))}")
    ecrits = {
        "lignes.parquet": "chaque ligne, son statut, ses montants, ses motifs",
        "anomalies.parquet": "chaque anomalie à vérifier, et le montant en jeu",
        "sommes.parquet": "par médecin, mois et code",
        "frequences.parquet": "les comptes de chaque ligne qui approche une limite",
        "participations.parquet": "ce qui était déjà retenu, près d'un plafond",
        "manifeste.json": "de quoi savoir avec quoi ce contrôle a été fait",
    }
    for fichier, quoi in ecrits.items():
        if fichier in FACULTATIFS and not (dossier / fichier).exists():
            continue
        ligne(console, f"  {fichier:<22} {quoi}")
    pied(console, dit)


def _anomalies(anomalies: list[dict[str, Any]], console: Console) -> None:
    if not anomalies:
        titre(console, "Aucune anomalie")
        return
    from rich.table import Table

    titre(console, "Anomalies à vérifier, de la plus fréquente à la plus rare")
    tableau = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    tableau.add_column("Lignes", justify="right")
    tableau.add_column("Montant en jeu", justify="right")
    tableau.add_column("Motif")
    tableau.add_column("Effet")
    for dite in anomalies[:_MOTIFS_AU_PLUS]:
        tableau.add_row(
            nombre(dite["lignes"]), montant(dite["montant_en_jeu"]), f"{dite['libelle']} ({dite['motif']})",
            EFFETS.get(dite["effet"], dite["effet"]),
        )  # fmt: skip
    console.print(tableau)
    reste = len(anomalies) - _MOTIFS_AU_PLUS
    if reste > 0:
        ligne(console, f"  et {reste} autre{'s' if reste > 1 else ''} dans le manifeste")


def _hypotheses(hypotheses: list[dict[str, Any]], console: Console) -> None:
    if not hypotheses:
        return
    titre(console, "Valeurs usuelles employées quand le lot ne dit rien")
    rangees = sorted(hypotheses, key=lambda h: -h["lignes"])
    for dite in rangees[:_HYPOTHESES_AU_PLUS]:
        ligne(console, f"  {nombre(dite['lignes']):>14}  {dite['libelle']} : {valeur(dite['valeur'])}")
    reste = len(rangees) - _HYPOTHESES_AU_PLUS
    if reste > 0:
        ligne(console, f"  et {reste} autre{'s' if reste > 1 else ''} dans le manifeste")


def comparaison(dite: Reponse, console: Console) -> None:
    """Écrit ce que le lot et l'interprète scalaire disent d'une ligne, et s'ils diffèrent."""
    verdict = "Le lot et l'interprète scalaire disent la même chose."
    if dite["differences"]:
        verdict = f"ILS DIFFÈRENT sur : {', '.join(dite['differences'])}."
    titre(console, f"Facture {propre(str(dite['facture']))}, ligne {propre(str(dite['ligne']))} : {verdict}")
    for nom in dite["lot"]:
        ici, la = dite["lot"][nom], dite["scalaire"][nom]
        marque = "≠" if nom in dite["differences"] else "="
        vus = _vue(ici) if ici == la else f"{_vue(ici)} (lot) ; {_vue(la)} (scalaire)"
        paragraphe(console, f"{marque} {nom} : {vus}", 2, 4)


def _vue(dite: object) -> str:
    """Une valeur telle qu'elle est dans le lot ; une liste, ses mots."""
    if isinstance(dite, list):
        return ", ".join(str(mot) for mot in dite) or "aucun"
    return "—" if dite is None else propre(str(dite))
