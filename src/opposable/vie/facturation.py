"""Le dispositif ``facturation`` (système 52) : la nomenclature d'un acte, le service, le rejet, le téléservice."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape


def calculer(k: Calcul) -> None:
    """Chaque réponse est celle d'une table."""
    nomenclature(k)
    service(k)
    adri(k)
    appcv(k)
    scor(k)
    garantie(k)
    suite_du_rejet(k)
    teleservice(k)
    equipement(k)
    suivi(k)


@etape("texte")
def nomenclature(k: Calcul) -> str | None:
    """La nomenclature qui code l'acte."""
    return _dit(k, "fact_nomenclature")


@etape("texte")
def service(k: Calcul) -> str | None:
    """Le service à employer, selon la carte et le mode."""
    return _dit(k, "fact_service")


@etape("texte")
def adri(k: Calcul) -> str | None:
    """Le recours à ADRi."""
    return _dit(k, "fact_adri")


@etape("texte")
def appcv(k: Calcul) -> str | None:
    """Où en est l'application carte Vitale."""
    return _dit(k, "fact_appcv") if k.fait("carte") == "appcv" else None


@etape("texte")
def scor(k: Calcul) -> str | None:
    """Ce que demande SCOR."""
    return _dit(k, "fact_scor")


@etape("texte")
def garantie(k: Calcul) -> str | None:
    """Ce qui garantit le paiement."""
    return _dit(k, "fact_garantie")


@etape("texte")
def suite_du_rejet(k: Calcul) -> str | None:
    """Ce que vaut le motif d'un rejet."""
    return _dit(k, "fact_rejet")


@etape("texte")
def teleservice(k: Calcul) -> str | None:
    """Le téléservice de la démarche."""
    return _dit(k, "fact_teleservice")


@etape("texte")
def equipement(k: Calcul) -> str | None:
    """Le choix de l'équipement."""
    return _dit(k, "fact_equipement")


@etape("texte")
def suivi(k: Calcul) -> str | None:
    """Le suivi des factures."""
    return _dit(k, "fact_suivi")


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
