"""Le forfait patientèle médecin traitant, de 2018 à 2025 (système 14) : un montant par patient, et la majoration CMU-C.

Le montant d'un patient est une ligne de ``fpmt_montant`` ; les patients d'une même ligne se comptent et se paient
ensemble. La majoration est calculée sur le taux exact, une fraction de deux entiers ; seul son affichage s'arrondit.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Plages, Valeur
from opposable.droit.montant import UNITE_TAUX, prorata
from opposable.droit.table import Choisie
from opposable.remuneration.patientele import (
    annees_au,
    autorite,
    choix,
    classes,
    lignes,
    par_classe,
    repartition,
    tranche,
)

MONTANT: Final = "fpmt_montant"
BAREME: Final = ("fpmt_taux_national", "fpmt_part_ecart", "fpmt_plafond")
"""Les tables de la majoration : le taux national, la part de l'écart, le plafond."""
Fraction = tuple[int, int]
"""Un nombre exact : un numérateur et un dénominateur, positifs."""


def calculer(k: Calcul) -> None:
    """Le forfait, sa majoration, et comment il est versé."""
    if "patients" not in k.listes:
        raise k.absent("patients", "il manque la patientèle", "une liste de patients", '"patients": [{…}]')
    repartition(k, MONTANT)
    total(k)
    part_cmuc(k)
    taux_majoration(k)
    par_trimestre(k)
    periodicite(k)
    patientele_au(k)
    patients(k)
    detail(k)
    _verser(k)


def annees(p: Element) -> Valeur:
    """L'âge en années révolues le jour où la patientèle est arrêtée ; un intervalle pour une tranche d'âge."""
    return annees_au(p, _arretee(p.calcul))


def rang(p: Element) -> Valeur:
    """La place d'un versement dans l'année."""
    return p.rang


@etape("date")
def patientele_au(k: Calcul) -> int:
    """Le jour où la patientèle est arrêtée."""
    return _arretee(k)


@etape("oui_non")
def patients_de_80_ans(k: Calcul) -> Valeur:
    """Un patient au moins a l'âge que les textes de 2024 écrivent autrement."""
    return k.oui_non(any(age_dispute(p) for p in k.liste("patients")))


@etape("montant", composante=True)
def base_de(k: Calcul, classe: str) -> int | None:
    """Le forfait d'une classe : le montant par patient, multiplié par les patients."""
    return par_classe(k, MONTANT, classe)


@etape("montant")
def base(k: Calcul) -> int | None:
    """Le forfait de tous les patients, avant majoration."""
    return k.somme([base_de(k, classe) for _, classe, _ in classes(k, MONTANT)])


@etape("entier")
def patients(k: Calcul) -> int:
    """Tous les patients de la liste."""
    return sum(nombre for _, _, nombre in classes(k, MONTANT))


@etape("entier")
def patients_cmuc(k: Calcul) -> int | None:
    """Les patients à la CMU-C ou à la C2S."""
    comptes: list[int | None] = []
    for p in k.liste("patients"):
        dit, nombre = p.fait("patients.cmuc"), p.nombre("patients.nombre")
        comptes.append(None if dit is None else (1 if nombre is None else nombre) if dit == "oui" else 0)
    return k.somme(comptes)


@etape("taux")
def part_cmuc(k: Calcul) -> int | None:
    """La part des patients à la CMU-C ou à la C2S, arrondie par défaut à quatre décimales."""
    part = _part(k)
    return None if part is None else k.quotient(*part)


@etape("taux")
def taux_majoration(k: Calcul) -> int | None:
    """La moitié de l'écart au taux national, au plus le plafond, arrondie par défaut à quatre décimales."""
    taux = _taux(k)
    return None if taux is None else k.quotient(*taux)


@etape("montant", composante=True)
def majoration(k: Calcul) -> int | None:
    """Le forfait multiplié par le taux exact de la majoration."""
    taux, assiette = _taux(k), base(k)
    return None if taux is None or assiette is None else majorer(assiette, taux)


@etape("montant")
def total(k: Calcul) -> int | None:
    """Le forfait et sa majoration."""
    return k.plus(base(k), majoration(k))


@etape("entier")
def versements(k: Calcul) -> int | None:
    """En combien de fois le forfait est versé."""
    return k.table("fpmt_versements")


@etape("texte")
def periodicite(k: Calcul) -> str | None:
    """Le rythme des versements, et la lecture retenue quand deux textes le disent autrement."""
    mot = k.mot("fpmt_periodicite")
    return None if mot is None else k.corpus.tables["fpmt_periodicite"].valeurs[mot]


@etape("montant")
def par_trimestre(k: Calcul) -> int | None:
    """Le forfait divisé par le nombre de versements, au centime inférieur."""
    somme, nombre = total(k), versements(k)
    return None if somme is None or not nombre else versement(somme, nombre)


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque classe : qui, combien, le montant par patient, et ce qui le fonde."""
    return [
        {
            "classe": _qui(choix(p, MONTANT)), "patients": nombre, "par_patient": p.table(MONTANT),
            "montant": base_de(k, classe), "autorite": autorite(choix(p, MONTANT)),
        }
        for p, classe, nombre in classes(k, MONTANT)
    ]  # fmt: skip


def _part(k: Calcul) -> Fraction | None:
    """La part exacte des patients à la CMU-C : une fraction, dite ou comptée ; ``None`` si elle est inconnue."""
    dite = k.nombre("taux_cmuc")
    if dite is not None:
        if any("patients.cmuc" in dits for dits in k.cas.listes["patients"]):
            raise k.contredit("taux_cmuc", "la part et les patients disent la même chose", "l'une ou les autres")
        return dite, UNITE_TAUX
    comptes, tous = patients_cmuc(k), patients(k)
    return None if comptes is None else part_comptee(comptes, tous)


def _taux(k: Calcul) -> Fraction | None:
    """Le taux exact de la majoration : une fraction."""
    part = _part(k)
    seuils = bareme(k)
    return None if part is None or seuils is None else taux_exact(part, seuils)


def versement(somme: int, nombre: int) -> int:
    """Une part égale du forfait, au centime inférieur."""
    return somme // nombre


def bareme(k: Calcul) -> tuple[int, int, int] | None:
    """Le taux national, la part de l'écart et le plafond ; rien si l'un manque."""
    national, moitie, plafond = (k.table(nom) for nom in BAREME)
    return None if national is None or moitie is None or plafond is None else (national, moitie, plafond)


def taux_exact(part: Fraction, seuils: tuple[int, int, int]) -> Fraction:
    """Le taux exact de la majoration, d'après la part des patients à la CMU-C et le barème (dix-millièmes)."""
    (comptes, tous), (national, moitie, plafond) = part, seuils
    ecart = max(comptes * UNITE_TAUX - national * tous, 0) * moitie
    unite = tous * UNITE_TAUX * UNITE_TAUX
    return (ecart, unite) if ecart * UNITE_TAUX <= plafond * unite else (plafond, UNITE_TAUX)


def majorer(assiette: int, taux: Fraction) -> int:
    """La majoration d'un forfait au taux exact, en centimes."""
    return prorata(assiette, *taux)


def part_comptee(comptes: int, tous: int) -> Fraction:
    """La part des patients comptés à la CMU-C ; zéro sans patient."""
    return comptes, max(tous, 1)


def _verser(k: Calcul) -> None:
    """Les jours des versements, quand un texte les donne ; leurs montants dépendent de l'année d'avant."""
    nombre = versements(k) or 0
    for place in range(1, nombre + 1):
        choisie = Element(k, "versement", place, {}).choisir("fpmt_mois_de_versement")
        if isinstance(choisie.valeur, int):
            objet = "solde, d'après la patientèle de l'année" if place == nombre else "acompte"
            fin_du_mois = temps.plus_mois(temps.jour(f"{k.annee()}-01-01"), choisie.valeur) - 1
            d_apres = f"date d'après {autorite(choisie)}"
            k.verse(fin_du_mois, None, f"{objet}, versement {place} sur {nombre} ({d_apres})")


def age_dispute(p: Element) -> bool:
    """Vrai si le patient a sûrement l'âge que les textes de 2024 écrivent autrement."""
    return p.mot("fpmt_age_dispute") == "oui"


def _arretee(k: Calcul) -> int:
    """Le jour où la patientèle est arrêtée."""
    return k.fin - (k.table("fpmt_jour_patientele") or 0)


def _qui(choisie: Choisie) -> str:
    """L'âge et l'ALD que les lignes possibles ont en commun."""
    cellules = [ligne.boite() for ligne in lignes(choisie)]
    ages, ald = ({cellule[fait] for cellule in cellules} for fait in ("patients.annees", "patients.ald"))
    dits = [tranche(age) for age in ages if len(ages) == 1 and isinstance(age, Plages)]
    dits += ["ALD" if un.teste("oui") else "sans ALD" for un in ald if len(ald) == 1]
    return ", ".join(dits) or "à préciser"
