"""Importer une version : la lire, vérifier qu'elle est entière, la ranger, et dire ce qui a été fait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from opposable.ccam import anomalies, chemins, ecriture, export, lecture, pointeur
from opposable.ccam import regles as regles_
from opposable.ccam.lecture import Avance, Lu
from opposable.ccam.regles import Regles
from opposable.droit import temps
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.nomenclature import Version

LECTEUR: Final = 1
"""Ce que cette lecture produit ; il change quand le même fichier donnerait autre chose."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """Ce qu'un import a fait. ``statut`` : ajoutee, remplacee ou inchangee ; ``presentes`` : tout le magasin."""

    statut: str
    version: Version
    dossier: Path
    lu: Lu
    presentes: tuple[pointeur.Presente, ...]
    lecture: str

    def en_dict(self) -> dict[str, Any]:
        """La forme publique du compte rendu."""
        rangees = sum(len(acte.rangees) for acte in self.lu.actes)
        comptes = anomalies.par_sorte(self.lu.anomalies)
        return {
            "statut": self.statut,
            "version": self.version.numero,
            "applicable_le": temps.iso(self.version.du),
            "fichier": self.version.fichier,
            "codes": len(self.lu.actes),
            "rangees": rangees,
            "modificateurs": len(self.lu.modificateurs),
            "chapitres": len(self.lu.chapitres),
            "anomalies": [
                {"sorte": sorte, "libelle": anomalies.SORTES[sorte][1], "reparee": anomalies.SORTES[sorte][0],
                 "nombre": n, "exemples": _exemples(self.lu.anomalies, sorte)}
                for sorte, n in comptes.items()
            ],
            "plus_ancienne_que_d_autres": self.version.numero < max(v.numero for v in self.presentes),
            **presentes(self.presentes, self.lecture),
            "dossier": str(self.dossier),
        }  # fmt: skip


def importer(
    chemin: Path,
    dossier: Path | None = None,
    *,
    remplacer: bool = False,
    avance: Avance | None = None,
    regles: Regles | None = None,
    aujourdhui: date | None = None,
) -> Bilan:
    """Lit ``chemin`` et range sa version dans ``dossier`` (celui de la personne par défaut).

    Le même contenu déjà présent ne change rien. :class:`ErreurEntree` si le fichier ne convient pas, si un autre
    contenu porte déjà ce numéro (sauf ``remplacer``), si un autre import est en cours, ou si le magasin ne s'écrit
    pas : dans tous les cas le magasin reste tel qu'il était.
    """
    suivi = avance or _muet
    regles = regles or regles_.charger()
    racine = dossier or chemins.magasin()
    suivi(0.0, "Ouverture")
    lu_brut = export.ouvrir(chemin, regles)
    lu = lecture.lire(lu_brut, regles, lambda part, etape: suivi(0.1 + part * 0.5, etape))
    _entiere(lu, regles, chemin)
    suivi(0.65, "Rangement")
    le = (aujourdhui or date.today()).isoformat()  # noqa: DTZ011 - le jour de la personne, sur sa machine
    version = Version(lu_brut.version, lu_brut.du, lu_brut.fichier, lu_brut.empreinte, le)
    presente = pointeur.Presente(
        version, lecture_de(regles), len(lu.actes), sum(len(acte.rangees) for acte in lu.actes)
    )
    with ecriture.verrou(racine):
        ancien = pointeur.lire(racine)
        deja = next((v for v in ancien.versions if v.numero == version.numero), None) if ancien else None
        if deja is not None and deja.version.empreinte == version.empreinte and deja.lecture == presente.lecture:
            assert ancien is not None  # noqa: S101 - une version présente est dans un magasin
            return Bilan("inchangee", deja.version, racine, lu, ancien.versions, presente.lecture)
        if deja is not None and deja.version.empreinte != version.empreinte and not remplacer:
            raise _autre_contenu(deja.version, chemin)
        neuf = (ancien or pointeur.Pointeur("", ())).avec(presente)
        ecriture.ecrire(racine, ancien, neuf, lu)
    suivi(1.0, "Rangement")
    return Bilan("ajoutee" if deja is None else "remplacee", version, racine, lu, neuf.versions, presente.lecture)


def lister(dossier: Path | None = None) -> dict[str, Any]:
    """Les versions présentes et celles qui manquent entre elles, sous leur forme publique, sans rien importer."""
    racine = dossier or chemins.magasin()
    trouve = pointeur.lire(racine)
    versions = trouve.versions if trouve else ()
    return {**presentes(versions, lecture_de(regles_.charger())), "dossier": str(racine)}


def lecture_de(regles: Regles) -> str:
    """Ce qui distingue une lecture d'une autre : le lecteur, et ce que le corpus dit de l'export."""
    return f"{LECTEUR}-{regles.empreinte}"


def presentes(versions: Sequence[pointeur.Presente], lecture: str) -> dict[str, Any]:
    """Les versions présentes, et ce qui manque entre elles, sous leur forme publique.

    ``a_relire`` : la version a été lue par d'autres règles que celles d'aujourd'hui, il faut la réimporter.
    """
    return {
        "versions": [
            {
                "version": v.numero, "applicable_le": temps.iso(v.version.du), "codes": v.codes, "rangees": v.rangees,
                "fichier": v.version.fichier, "importee_le": v.version.importee_le,
                "a_relire": v.lecture != lecture,
            }
            for v in versions
        ],
        "manquantes": manquantes([v.numero for v in versions]),
    }  # fmt: skip


def manquantes(numeros: Sequence[int]) -> list[dict[str, int]]:
    """Les trous de la suite des numéros : entre quelles versions, et combien."""
    ranges = sorted(numeros)
    return [{"apres": a, "avant": b, "nombre": b - a - 1} for a, b in pairwise(ranges) if b - a > 1]


def _muet(_part: float, _etape: str) -> None:
    """Personne ne regarde."""


def _exemples(notees: Sequence[anomalies.Anomalie], sorte: str, au_plus: int = 3) -> list[Mapping[str, Any]]:
    vues: dict[int, anomalies.Anomalie] = {}
    for a in notees:
        if a.sorte == sorte and len(vues) < au_plus:
            vues.setdefault(a.rangee, a)
    return [
        {"rangee": a.rangee, "colonne": a.colonne, "code": a.code, "lu": a.lu, "ecrit": a.ecrit} for a in vues.values()
    ]


def _entiere(lu: Lu, regles: Regles, chemin: Path) -> None:
    """Refuse un export qui s'arrête avant la fin : le dernier sous-chapitre manque, ou trop peu de codes."""
    if not lu.modificateurs:
        raise _incomplet(
            f"le sous-chapitre {regles.chapitre_modificateurs} des modificateurs, le dernier, n'y est pas", chemin
        )
    if len(lu.actes) < regles.codes_minimum:
        message = f"{len(lu.actes)} codes seulement, quand une version entière en a plus de {regles.codes_minimum}"
        raise _incomplet(message, chemin)


def _incomplet(message: str, chemin: Path) -> ErreurEntree:
    return ErreurEntree(
        "EXPORT_INCOMPLET", f"la version n'est pas entière : {message}", ou=str(chemin),
        attendu="le fichier complet, tel qu'il est publié", exemple=export.EXEMPLE,
    )  # fmt: skip


def _autre_contenu(deja: Version, chemin: Path) -> ErreurEntree:
    return ErreurEntree(
        "VERSION_DEJA_PRESENTE",
        f"la version {deja.numero} est déjà importée, d'un fichier au contenu différent « {deja.fichier} »",
        ou=str(chemin), attendu="une autre version, ou --remplacer pour que ce fichier prenne la place de l'autre",
        exemple=f"opposable importer ccam {chemin.name} --remplacer",
    )  # fmt: skip
