"""Le ratio du secteur 1 (système 11) : honoraires sans dépassement ÷ honoraires totaux, sur une année.

Les montants viennent de totaux, ou des actes cotés de l'année. La comparaison est exacte ; seul l'affichage arrondit.
"""

from __future__ import annotations

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Valeur

_TOTAUX = ("honoraires_sans_depassement", "depassements", "depassements_de", "depassements_da", "depassements_dp")
_PARTS = _TOTAUX[2:]


def calculer(k: Calcul) -> None:
    """Le verdict, le ratio, ses termes, et ce qui reste ou dépasse."""
    conforme(k)
    ratio(k)
    minimum(k)
    honoraires_totaux(k)
    marge(k)
    excedent(k)


@etape("montant")
def sans_depassement(k: Calcul) -> int | None:
    """Honoraires sans dépassement de l'année : dits, ou les honoraires des actes moins leurs dépassements."""
    if "actes" not in k.listes:
        return k.nombre("honoraires_sans_depassement")
    double = next((nom for nom in _TOTAUX if nom in k.cas.faits), "")
    if double:
        raise k.contredit(double, "les actes et les totaux disent la même chose", "les actes, ou les totaux")
    return k.moins(k.somme(acte.nombre("actes.honoraires") for acte in k.liste("actes")), depassements(k))


@etape("montant")
def depassements(k: Calcul) -> int | None:
    """Dépassements de l'année : dits en tout, ou la somme des DE, DA et DP, ou celle des actes."""
    if "actes" in k.listes:
        return k.somme(depassement_de(k, acte) for acte in k.liste("actes"))
    dits = [nom for nom in _PARTS if nom in k.cas.faits]
    if "depassements" not in k.cas.faits and dits:
        return k.somme(k.nombre(nom) for nom in _PARTS)
    total = k.nombre("depassements")
    parts = k.somme(k.nombre(nom) for nom in dits)
    if total is not None and parts is not None and (parts > total or (len(dits) == len(_PARTS) and parts != total)):
        raise k.contredit("depassements", "le total n'est pas la somme de ses parts", "le total seul, ou ses parts")
    return total


@etape("montant")
def honoraires_totaux(k: Calcul) -> int | None:
    """Honoraires totaux : sans dépassement, plus les dépassements."""
    return k.plus(sans_depassement(k), depassements(k))


@etape("taux")
def minimum(k: Calcul) -> int | None:
    """Part minimale d'honoraires sans dépassement."""
    return k.table("ratio_sans_depassement")


@etape("montant")
def total_permis(k: Calcul) -> int | None:
    """Les honoraires totaux que ces honoraires sans dépassement permettent, au centime inférieur."""
    return k.assiette(sans_depassement(k), minimum(k))


@etape("oui_non")
def conforme(k: Calcul) -> Valeur:
    """Le total ne dépasse pas le total permis : comparaison exacte, en centimes entiers."""
    return k.oui_non(k.au_plus(honoraires_totaux(k), total_permis(k)))


@etape("taux")
def ratio(k: Calcul) -> int | None:
    """Honoraires sans dépassement ÷ honoraires totaux, arrondi par défaut à quatre décimales."""
    return k.quotient(sans_depassement(k), honoraires_totaux(k))


@etape("montant")
def marge(k: Calcul) -> int | None:
    """Ce qui sépare le total du total permis ; zéro s'il le dépasse."""
    return k.max(k.moins(total_permis(k), honoraires_totaux(k)), 0)


@etape("montant")
def excedent(k: Calcul) -> int | None:
    """Ce dont le total dépasse le total permis ; zéro sinon."""
    return k.max(k.moins(honoraires_totaux(k), total_permis(k)), 0)


@etape("oui_non")
def sans_honoraires(k: Calcul) -> Valeur:
    """Le total de l'année est nul, ou les annulations l'emportent."""
    return k.oui_non(k.au_plus(honoraires_totaux(k), 0))


@etape("oui_non")
def droit_permanent_en_cause(k: Calcul) -> Valeur:
    """Des dépassements au titre d'un droit permanent sont comptés, ou le médecin en détient un."""
    compte = bool(k.cas.faits.get("depassements_dp")) or any(
        acte.fait("actes.nature_depassement") == "dp" for acte in k.liste("actes")
    )
    if not compte:
        return k.fait("medecin.droit_permanent")
    if k.cas.faits.get("medecin.droit_permanent") == "non":
        message = "des dépassements DP sont dits, et le médecin n'a pas de droit permanent"
        raise k.contredit("medecin.droit_permanent", message, '"droit_permanent": "oui", ou aucun dépassement DP')
    return "oui"


def depassement_de(k: Calcul, acte: Element) -> int | None:
    """Le dépassement d'un acte : dit, ou ses honoraires au-delà de la base ; le signe est celui des honoraires."""
    honoraires, base, dit = (acte.nombre(f"actes.{cle}") for cle in ("honoraires", "base_remboursement", "depassement"))
    jour = acte.fait("actes.date")
    if isinstance(jour, int) and not k.cas.jour <= jour < k.fin:
        raise k.contredit(f"{acte}.date", "l'acte n'est pas de cette année", f"une date de {k.annee()}")
    if honoraires is None or (base is None and dit is None):
        raise k.absent(
            f"{acte}.base_remboursement", "il manque la base ou le dépassement de l'acte", "un montant en euros",
            '"base_remboursement": "25.00"',
        )  # fmt: skip
    signe = -1 if honoraires < 0 else 1
    if any(valeur is not None and valeur * signe < 0 for valeur in (base, dit)):
        raise k.contredit(
            f"{acte}.honoraires", "les montants d'un acte ont le même signe", "tous positifs, ou négatifs"
        )
    deduit = None if base is None else signe * max((honoraires - base) * signe, 0)
    if dit is not None and ((deduit is not None and deduit != dit) or abs(dit) > abs(honoraires)):
        raise k.contredit(
            f"{acte}.depassement", "le dépassement n'est pas ce que les honoraires ont de plus que la base",
            "les honoraires moins la base, au moins zéro",
        )  # fmt: skip
    return deduit if dit is None else dit
