"""Le contrat d'aide à l'installation des médecins (système 28) : deux versements, et ce qu'une résiliation reprend."""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import part_arrondie, prorata
from opposable.remuneration.contrats_de_zone import (
    Bornes,
    borne,
    certain,
    fourchette,
    premier_jour,
    resiliation,
    signature,
    signe,
    terme,
)

_PRORATA_RESTANT = "prorata_restant"


def calculer(k: Calcul) -> None:
    """Ce que l'année rapporte, le contrat entier, et ses échéances."""
    montant(k)
    au_moins(k)
    au_plus(k)
    aide(k)
    majoration_hopital(k)
    total(k)
    recuperation(k)
    fin(k)
    _verser(k)


@etape("oui_non")
def dans_le_contrat(k: Calcul) -> Valeur:
    """L'année a un jour du contrat, ou le jour de sa résiliation."""
    if not signe(k):
        return None
    return k.oui_non(signature(k) < k.fin and min(resiliation(k), fin(k)) >= premier_jour(k))


@etape("oui_non")
def derogation_echue(k: Calcul) -> Valeur:
    """Le délai pour exercer en groupe finit dans l'année, ou avant."""
    if not signe(k):
        return None
    return k.oui_non(terme(k, "caim_derogation_mois") < k.fin)


@etape("date")
def fin(k: Calcul) -> int:
    """Le premier jour après la durée du contrat."""
    return terme(k, "caim_duree")


@etape("montant")
def aide(k: Calcul) -> int | None:
    """L'aide forfaitaire, selon les jours d'activité ; celle que le contrat fixe s'il est majoré."""
    return certain(fourchette(k, "caim_aide", "aide_majoree"))


@etape("montant")
def majoration_hopital(k: Calcul) -> int | None:
    """La majoration pour une part d'activité en hôpital de proximité."""
    return k.table("caim_hopital")


@etape("montant")
def total(k: Calcul) -> int | None:
    """L'aide et sa majoration."""
    return k.plus(aide(k), majoration_hopital(k))


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Les versements de l'année, moins ce qu'une résiliation y fait rendre."""
    return _net(k, total(k))


@etape("montant")
def recuperation(k: Calcul) -> int | None:
    """Les sommes versées, au prorata en jours de la durée restant à courir, l'année de la résiliation."""
    entier = total(k)
    return None if entier is None else _rendu(k, entier)


def _bornes(k: Calcul) -> Bornes | None:
    """Ce que l'année vaut au moins et au plus."""
    aides, hopital = fourchette(k, "caim_aide", "aide_majoree"), majoration_hopital(k)
    if aides is None or hopital is None:
        return None
    nets = [net for un in aides if (net := _net(k, un + hopital)) is not None]
    return (min(nets), max(nets)) if nets else None


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """L'année si la majoration est nulle ; rien si le montant est connu."""
    return borne(_bornes(k), 0)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """L'année si la majoration est la plus haute ; rien si le montant est connu."""
    return borne(_bornes(k), 1)


def _versements(k: Calcul, entier: int) -> list[tuple[int, int]]:
    """Les versements faits, leur jour et leur montant : celui de la signature, puis l'autre si le contrat court."""
    part, mois = k.table("caim_premier_versement"), k.table("caim_delai_versement")
    if part is None or mois is None:
        return []
    premier = part_arrondie(entier, part)
    second = temps.plus_mois(signature(k), mois)
    tous = [(signature(k), premier), (second, entier - premier)]
    return [(jour, somme) for rang, (jour, somme) in enumerate(tous) if rang == 0 or jour < resiliation(k)]


def _rendu(k: Calcul, entier: int) -> int:
    """Ce qui est rendu dans l'année : rien sans résiliation, ou si elle n'est pas de l'année."""
    resilie = resiliation(k)
    if not premier_jour(k) <= resilie < min(k.fin, fin(k)) or k.mot("caim_resiliation") != _PRORATA_RESTANT:
        return 0
    verse = sum(somme for _, somme in _versements(k, entier))
    return prorata(verse, fin(k) - resilie, fin(k) - signature(k))


def _net(k: Calcul, entier: int | None) -> int | None:
    if entier is None:
        return None
    versements = _versements(k, entier)
    dans_l_annee = [somme for jour, somme in versements if premier_jour(k) <= jour < k.fin]
    return sum(dans_l_annee) - _rendu(k, entier) if versements else None


def _verser(k: Calcul) -> None:
    """Les versements de l'année et des suivantes, la récupération, et le terme."""
    entier = total(k)
    for jour, somme in _versements(k, entier or 0):
        if jour >= premier_jour(k):
            k.verse(jour, None if entier is None else somme, "versement de l'aide à l'installation")
    rendu = None if entier is None else _rendu(k, entier)
    if rendu:
        k.verse(resiliation(k), -rendu, "récupération, au prorata de la durée restant à courir")
    if resiliation(k) > fin(k) >= premier_jour(k):
        k.verse(fin(k), None, "terme du contrat d'aide à l'installation")
