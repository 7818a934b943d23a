"""L'activité libérale d'un praticien hospitalier à temps plein (système 55) : ses limites et sa redevance, en 2017."""

from __future__ import annotations

from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import part_par_defaut

_SORTES = (("consultations_liberales", "consultations_publiques"), ("actes_liberaux", "actes_publics"))


def calculer(k: Calcul) -> None:
    """La redevance, puis les limites de l'activité libérale."""
    redevance(k)
    conforme(k)
    duree_respectee(k)
    minutes_permises(k)
    nombre_respecte(k)


@etape("montant")
def redevance(k: Calcul) -> int | None:
    """Pour chaque acte, le tarif hors dépassement au taux de sa nature et de l'établissement ; leur somme."""
    if "actes" not in k.listes:
        raise k.absent("actes", "il manque les actes de l'activité libérale", "une liste, vide s'il n'y en a pas",
            '"actes": [{"nature": "acte", "tarif": "200.00"}]')  # fmt: skip
    return k.somme(
        k.part(k.fois(acte.nombre("actes.tarif"), acte.nombre("actes.nombre")), acte.table("redevance_taux"))
        for acte in k.liste("actes")
    )


@etape("oui_non")
def conforme(k: Calcul) -> Valeur:
    """La durée et le nombre sont respectés."""
    return k.oui_non(k.et(_vrai(duree_respectee(k)), _vrai(nombre_respecte(k))))


@etape("entier")
def minutes_permises(k: Calcul) -> int | None:
    """La part permise de la durée du service hospitalier, à la minute inférieure."""
    service, part = k.nombre("minutes_service"), k.table("activite_liberale_maximum")
    return None if service is None or part is None else part_par_defaut(service, part)


@etape("oui_non")
def duree_respectee(k: Calcul) -> Valeur:
    """L'activité libérale n'excède pas la durée permise ; égale suffit. Les minutes sont entières : la comparaison est
    exacte.
    """
    return k.oui_non(k.au_plus(k.nombre("minutes_liberales"), minutes_permises(k)))


@etape("oui_non")
def nombre_respecte(k: Calcul) -> Valeur:
    """Les consultations et les actes libéraux sont moins nombreux que les publics ; inconnu si les deux lectures du
    texte diffèrent.
    """
    ensemble = _ensemble(k)
    return k.oui_non(False if ensemble is False else k.ou(k.et(ensemble, _a_part(k)), None))


@etape("oui_non")
def nombre_indecis(k: Calcul) -> str:
    """Respecté pour l'ensemble, mais pas pour les consultations et les actes pris à part."""
    return "oui" if _ensemble(k) is True and _a_part(k) is False else "non"


def _ensemble(k: Calcul) -> bool | None:
    """Les consultations et les actes réunis sont moins nombreux qu'en activité publique."""
    liberaux, publics = (k.somme(k.nombre(sorte[rang]) for sorte in _SORTES) for rang in (0, 1))
    return k.non(k.au_plus(publics, liberaux))


def _a_part(k: Calcul) -> bool | None:
    """Chaque sorte, s'il y en a en activité libérale, y est moins nombreuse qu'en activité publique."""
    return k.et(
        *(
            k.ou(k.au_plus(k.nombre(liberale), 0), k.non(k.au_plus(k.nombre(publique), k.nombre(liberale))))
            for liberale, publique in _SORTES
        )
    )


def _vrai(valeur: Valeur) -> bool | None:
    return None if valeur is None else valeur == "oui"
