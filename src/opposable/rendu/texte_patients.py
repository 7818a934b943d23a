"""Le compte rendu d'un calcul fait pour beaucoup de médecins, en texte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opposable.rendu.blocs import Reponse, ligne, paragraphe, pied, titre
from opposable.rendu.francais import montant, propre
from opposable.rendu.texte_lots import nombre

if TYPE_CHECKING:
    from rich.console import Console

STATUTS: Final = {
    "calcule": "Calculés",
    "partiel": "Partiels : un fait manque, ou le texte ne tranche pas",
    "refuse": "Refusés : une condition les écarte",
    "non_calculable": "Non calculables : les textes lus ne donnent pas une valeur",
}
_FICHIERS: Final = {
    "medecins.parquet": "chaque médecin, son statut, ses montants, ce qui manque",
    "indicateurs.parquet": "par médecin et par indicateur",
    "manifeste.json": "de quoi savoir avec quoi ce calcul a été fait",
}


def manifeste(dit: Reponse, fiche: dict[str, Any], dossier: Path, console: Console) -> None:
    """Écrit le bilan : médecins par statut, patients, sommes, fichiers."""
    ligne(
        console, f"{fiche['libelle']} : {nombre(dit['medecins'])} médecins, {nombre(dit['patients'])} patients", "bold"
    )
    for statut, libelle in STATUTS.items():
        if dit["statuts"].get(statut):
            ligne(console, f"  {nombre(dit['statuts'][statut]):>14}  {libelle}")
    if dit["patients_indecis"]:
        ligne(console, f"  {nombre(dit['patients_indecis']):>14}  Patients dont la réponse n'est pas certaine")
    titre(console, "Sommes des médecins dont le montant est connu")
    libelles = {sortie["nom"]: sortie["libelle"] for sortie in fiche["sorties"]}
    for nom, valeur in dit["montants"].items():
        if valeur is not None:
            ligne(console, f"  {montant(valeur):>20}  {libelles[nom]}")
    if dit["colonnes_ignorees"]:
        paragraphe(console, "Colonnes laissées de côté : " + propre(", ".join(dit["colonnes_ignorees"])), 2, 2)
    titre(console, f"Écrit dans {propre(str(dossier))}")
    for fichier, quoi in _FICHIERS.items():
        if (dossier / fichier).exists():
            ligne(console, f"  {fichier:<22} {quoi}")
    pied(console, dit)
