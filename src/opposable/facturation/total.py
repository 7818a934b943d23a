"""Les totaux d'une facture : les montants, la participation forfaitaire et ses plafonds, la part complémentaire."""

from __future__ import annotations

from dataclasses import dataclass

from opposable.facturation import actes_lourds
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.formules import participation, participation_retenue
from opposable.facturation.tiers_payant import TiersPayant, tiers_payant

CLES = (
    "honoraires", "base_remboursement", "part_obligatoire", "ticket_moderateur", "depassement",
    "participation_forfaitaire", "participation_actes_lourds", "remboursement", "part_complementaire", "reste_a_charge",
)  # fmt: skip
"""Les montants d'un total, dans l'ordre public."""


@dataclass(slots=True)
class Total:
    """Les totaux en centimes : lignes acceptées (``certain``), acceptées ou à vérifier (``possible``)."""

    certain: dict[str, int | None]
    possible: dict[str, int | None]
    part_complementaire: int | None
    tiers_payant: TiersPayant


def totaliser(facture: Facture) -> Total:
    """Les totaux de la facture évaluée."""
    acceptees = [ligne for ligne in facture.lignes if ligne.survit is True]
    possibles = [ligne for ligne in facture.lignes if ligne.survit is not False]
    possible = _total(facture, possibles)
    certain = dict(possible) if len(acceptees) == len(possibles) else _total(facture, acceptees)
    return Total(certain, possible, possible["part_complementaire"], tiers_payant(facture, possibles, possible))


def _somme(facture: Facture, lignes: list[LigneFacture], etape: str) -> int | None:
    total: int | None = 0
    for ligne in lignes:
        total = facture.plus(total, ligne.etapes.get(etape))
    return total


def _total(facture: Facture, lignes: list[LigneFacture]) -> dict[str, int | None]:
    k = facture
    total: dict[str, int | None] = dict.fromkeys(CLES)
    for etape in CLES[:5]:
        total[etape] = _somme(facture, lignes, etape)
    actes = [ligne for ligne in lignes if not ligne.acte.supplement]
    due = _participation(facture, actes)
    total["participation_forfaitaire"] = participation_retenue(k, due, total["part_obligatoire"])
    total["participation_actes_lourds"] = actes_lourds.participation(facture, lignes)
    total["remboursement"] = k.moins(
        k.moins(total["part_obligatoire"], total["participation_forfaitaire"]), total["participation_actes_lourds"]
    )
    total["part_complementaire"] = _complementaire(lignes, total["ticket_moderateur"])
    reste = k.moins(total["honoraires"], total["remboursement"])
    inconnue = any(ligne.choisir("part_complementaire").etat in {"manquant", "incertain"} for ligne in actes)
    total["reste_a_charge"] = None if inconnue else k.moins(reste, k.defaut(total["part_complementaire"], 0))
    return total


def _participation(facture: Facture, actes: list[LigneFacture]) -> int | None:
    """La participation forfaitaire des actes, sous ses plafonds du jour et de l'année."""
    dus = [ligne.fait("ligne.participation_due") for ligne in actes]
    if None in dus:
        return None
    nombre = dus.count("oui")
    return participation(facture, nombre) if nombre else 0


def _complementaire(lignes: list[LigneFacture], ticket: int | None) -> int | None:
    """Le ticket modérateur, quand une protection sociale le prend en charge ; sinon inconnue."""
    regles = {ligne.mot("part_complementaire") for ligne in lignes if not ligne.acte.supplement}
    return ticket if regles == {"ticket_moderateur"} else None
