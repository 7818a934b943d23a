"""Le forfait du volet de synthèse médicale (système 21) : un palier, une pondération, une majoration, une part versée.

Les parts se comparent exactement ; le montant n'est arrondi qu'une fois avant la part versée, et une fois après.
"""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX, prorata


def calculer(k: Calcul) -> None:
    """Le montant versé, et ce dont il vient."""
    for grand, petit in (("patients_ald", "vsm_dmp"), ("vsm_dmp", "vsm_structures"), ("patients_mt", "patients_ald")):
        tous, compris = k.cas.faits.get(grand), k.cas.faits.get(petit)
        if isinstance(tous, int) and isinstance(compris, int) and compris > tous:
            raise k.contredit(petit, f"plus que le total, {tous}", f"au plus {tous}")
    montant(k)
    resultats_au(k)


@etape("date")
def resultats_au(k: Calcul) -> int | None:
    """Le jour où les résultats sont constatés."""
    mois = k.table("vsm_jour_resultats")
    return None if mois is None else temps.plus_mois(temps.jour(f"{k.annee()}-01-01"), mois) - 1


@etape("taux")
def taux_vsm(k: Calcul) -> int | None:
    """Les patients en ALD qui ont un VSM dans le DMP ÷ les patients en ALD, arrondi par défaut."""
    return k.quotient(k.nombre("vsm_dmp"), k.nombre("patients_ald"))


@etape("oui_non")
def structuration(k: Calcul) -> Valeur:
    """Plus d'un VSM sur trois est structuré : comparaison exacte, en entiers."""
    return k.oui_non(k.non(k.au_plus(k.fois(k.nombre("vsm_structures"), k.table("vsm_un_sur")), k.nombre("vsm_dmp"))))


@etape("montant")
def forfait(k: Calcul) -> int | None:
    """Le forfait du palier atteint."""
    return k.table("vsm_forfait")


@etape("taux")
def majoration(k: Calcul) -> int | None:
    """La majoration des VSM structurés."""
    return k.table("vsm_majoration")


@etape("montant")
def calcule(k: Calcul) -> int | None:
    """Le forfait, sa majoration, en proportion de la patientèle de référence."""
    palier, taux = forfait(k), majoration(k)
    if palier == 0:
        return 0
    taille, reference = k.nombre("patients_mt"), k.table("vsm_patientele_reference")
    if palier is None or taux is None or taille is None or not reference:
        return None
    return prorata(palier, taille * (UNITE_TAUX + taux), reference * UNITE_TAUX)


@etape("taux")
def part_versee(k: Calcul) -> int | None:
    """La part du montant calculé qui est versée."""
    return k.table("vsm_part_versee")


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le montant versé ; celui d'un médecin déjà rémunéré n'est qu'un complément."""
    verse, deja = k.part(calcule(k), part_versee(k)), k.fait("deja_remunere")
    if deja is None:
        return None
    return verse if deja == "non" else k.part(k.table("vsm_complement"), part_versee(k))
