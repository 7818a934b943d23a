"""Une équipe de soins spécialisés (système 34) : ses critères de création, et son financement entre deux bornes.

Les montants sont en centimes, les parts en dix-millièmes. La dotation de chaque taille d'équipe n'est dans aucun texte
lu : sans la notification de la caisse, l'année est une fourchette.
"""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import AVERTIT
from opposable.droit.montant import UNITE_TAUX, part_par_exces


def calculer(k: Calcul) -> None:
    """Le verdict, la part réunie et ce qu'il reste à réunir, le crédit, la dotation et l'année."""
    peut_etre_creee(k)
    part_reunie(k)
    membres_au_moins(k)
    membres_cible(k)
    credit_amorcage(k)
    dotation(k)
    montant(k)
    au_moins(k)
    au_plus(k)


@etape("oui_non")
def peut_etre_creee(k: Calcul) -> str | None:
    """Tous les critères sont remplis, aucun n'est en doute."""
    assez_de_medecins(k)
    part_atteinte(k)
    return None if any(constat.etat != AVERTIT for constat in k.constats) else "oui"


@etape("oui_non")
def assez_de_medecins(k: Calcul) -> str | None:
    """Les médecins de la spécialité présents atteignent le minimum ; égal suffit."""
    presents, minimum = k.nombre("medecins_presents"), k.table("ess_medecins")
    return None if presents is None or minimum is None else _dit(presents >= minimum)


@etape("taux")
def part_reunie(k: Calcul) -> int | None:
    """Les libéraux membres ÷ les libéraux présents, arrondi par défaut."""
    presents, liberaux, membres = (
        k.nombre("medecins_presents"), k.nombre("liberaux_presents"), k.nombre("liberaux_membres")
    )  # fmt: skip
    if presents is not None and liberaux is not None and liberaux > presents:
        raise k.contredit("liberaux_presents", "plus de libéraux que de médecins présents", "au plus medecins_presents")
    if liberaux is not None and membres is not None and membres > liberaux:
        raise k.contredit("liberaux_membres", "plus de membres que de libéraux présents", "au plus liberaux_presents")
    return k.quotient(membres, liberaux)


@etape("oui_non")
def part_atteinte(k: Calcul) -> str | None:
    """La part réunie atteint le minimum : comparaison exacte, égal suffit."""
    part_reunie(k)
    liberaux, membres, minimum = k.nombre("liberaux_presents"), k.nombre("liberaux_membres"), k.table("ess_part")
    if liberaux is None or membres is None or minimum is None:
        return None
    return _dit(membres * UNITE_TAUX >= liberaux * minimum)


@etape("entier")
def membres_au_moins(k: Calcul) -> int | None:
    """Les libéraux à réunir pour atteindre la part minimale, au médecin supérieur."""
    return _a_reunir(k, "ess_part")


@etape("entier")
def membres_cible(k: Calcul) -> int | None:
    """Les libéraux à réunir pour atteindre la cible, au médecin supérieur."""
    return _a_reunir(k, "ess_cible")


@etape("montant", composante=True)
def credit_amorcage(k: Calcul) -> int | None:
    """Le crédit d'amorçage, la première année."""
    return k.table("ess_credit")


@etape("montant", composante=True)
def dotation(k: Calcul) -> int | None:
    """La dotation notifiée ; sinon celle de la taille de l'équipe, et rien tant que le projet n'est pas validé."""
    notifiee = k.nombre("dotation_notifiee")
    return notifiee if notifiee is not None else k.table("ess_dotation")


@etape("oui_non")
def dotation_dans_les_bornes(k: Calcul) -> str | None:
    """La dotation notifiée est entre les deux bornes ; oui si aucune n'est notifiée."""
    notifiee, moins, plus = (
        k.nombre("dotation_notifiee"), k.table("ess_dotation_minimale"), k.table("ess_dotation_maximale")
    )  # fmt: skip
    if notifiee is None:
        return "oui"
    return None if moins is None or plus is None else _dit(moins <= notifiee <= plus)


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le crédit d'amorçage et la dotation de l'année."""
    return k.plus(credit_amorcage(k), dotation(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """L'année si la dotation est la plus basse ; rien si le montant est connu."""
    return _borne(k, "ess_dotation_minimale")


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """L'année si la dotation est la plus haute ; rien si le montant est connu."""
    return _borne(k, "ess_dotation_maximale")


def _dit(vrai: bool) -> str:
    return "oui" if vrai else "non"


def _a_reunir(k: Calcul, table: str) -> int | None:
    liberaux, part = k.nombre("liberaux_presents"), k.table(table)
    return None if liberaux is None or part is None else part_par_exces(liberaux, part)


def _borne(k: Calcul, table: str) -> int | None:
    """Une borne de l'année, si seul le barème de la dotation manque : le projet est validé."""
    if montant(k) is not None or k.fait("projet_valide") != "oui":
        return None
    return k.plus(credit_amorcage(k), k.table(table))
