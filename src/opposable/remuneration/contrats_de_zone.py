"""Ce que les contrats démographiques de 2016 ont en commun : leur durée, une année entamée, une aide sur honoraires.

Les jours sont des ordinaux, les fins sont exclues, les montants sont en centimes et les taux en dix-millièmes. Chaque
contrat a son module (``caim``, ``coscom``, ``cstm``, ``cotram``) et lit ici les mêmes faits : ``signature``,
``resiliation``, ``majoration_ars`` et ``taux_opposable``. La majoration d'une agence régionale de santé n'est imprimée
que par son plafond : sans le montant du contrat, une aide majorée est une fourchette.
"""

from __future__ import annotations

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element
from opposable.droit.montant import UNITE_TAUX, prorata

Bornes = tuple[int, int]
"""Ce qu'un montant vaut au moins et au plus."""
_PLAFOND = "plafond_ars"


def signe(k: Calcul) -> bool:
    """La signature est dite. Un dossier incomplet peut la taire : rien de ce qui la lit n'est alors connu."""
    return k.nombre("signature") is not None


def signature(k: Calcul) -> int:
    """Le jour de la signature ; un cas que l'on calcule la dit toujours (:func:`signe`)."""
    jour = k.nombre("signature")
    if jour is None:
        raise k.absent("signature", "il manque la signature du contrat", "une date AAAA-MM-JJ", '"signature": …')
    return jour


def resiliation(k: Calcul) -> int:
    """Le premier jour sans contrat, s'il est résilié ; l'infini sinon. Une résiliation ne précède pas la signature."""
    dit = k.fait("resiliation")
    if not isinstance(dit, int):
        return temps.INFINI
    if dit < signature(k):
        raise k.contredit("resiliation", "le contrat est résilié avant d'être signé", "un jour après la signature")
    return dit


def fourchette(k: Calcul, table: str, majore: str, le: int | None = None) -> Bornes | None:
    """La valeur de cette table ; si le contrat est majoré, ce qu'il fixe (le fait ``majore``), ou jusqu'au plafond.

    ``le`` : le jour où lire la table, celui du cas s'il n'est pas donné. Un plafond qui manque laisse la valeur dite.
    """
    ordinaire = Element(k, _PLAFOND, 0, {_PLAFOND: "non"}).table(table, le)
    if k.fait("majoration_ars") != "oui":
        if majore in k.cas.faits:
            raise k.contredit(majore, "le contrat ne porte pas de majoration", "majoration_ars: oui, ou rien")
        return None if ordinaire is None else (ordinaire, ordinaire)
    plafond, dit = Element(k, _PLAFOND, 0, {_PLAFOND: "oui"}).table(table, le), k.nombre(majore)
    if ordinaire is None or (plafond is None and dit is None):
        return None
    if dit is not None and (dit < ordinaire or (plafond is not None and dit > plafond)):
        raise k.contredit(
            majore, "ce n'est ni moins que la valeur ordinaire, ni plus que le plafond imprimé",
            "une valeur entre les deux",
        )  # fmt: skip
    return (ordinaire, plafond or ordinaire) if dit is None else (dit, dit)


def terme_reconduit(k: Calcul, duree: str, reconduction: str) -> int:
    """Le terme en cours à la fin de l'année : le premier qui la dépasse, ou le premier que rien ne reconduit."""
    mois = k.table(duree, le=signature(k)) or 0
    fin = temps.plus_mois(signature(k), mois)
    while fin < k.fin:
        ajoute = k.table(reconduction, le=fin)
        if not ajoute:
            break
        mois += ajoute
        fin = temps.plus_mois(signature(k), mois)
    return fin


def terme(k: Calcul, table: str) -> int:
    """Le premier jour après la durée du contrat, que donne cette table en mois ; l'infini si elle manque."""
    mois = k.table(table, le=signature(k))
    return temps.INFINI if mois is None else temps.plus_mois(signature(k), mois)


def premier_jour(k: Calcul) -> int:
    """Le 1er janvier de l'année du cas."""
    return temps.premier_janvier(k.jour)


def jours_de_l_annee(k: Calcul) -> int:
    """365 ou 366."""
    return k.fin - premier_jour(k)


def jours_dans_l_annee(k: Calcul, debut: int, fin: int) -> int:
    """Les jours de l'année du cas qui sont dans ``[debut, fin[``."""
    return max(min(fin, k.fin) - max(debut, premier_jour(k)), 0)


def part_opposable(k: Calcul, table: str) -> int | None:
    """La part que le secteur laisse : le tout, ou le taux d'activité au tarif opposable quand la table le demande."""
    mot = k.mot(table)
    if mot is None:
        return None
    return k.nombre("taux_opposable") if mot == "prorata" else UNITE_TAUX


def entame(k: Calcul) -> bool:
    """Le contrat est signé en cours d'année."""
    return premier_jour(k) < signature(k) < k.fin


def au_prorata(montant: int, taux: int, jours: int, annee: int) -> int:
    """``montant`` × ``taux`` × ``jours`` ÷ ``annee``, un seul arrondi au centime, demi vers le haut."""
    return prorata(montant, taux * jours, UNITE_TAUX * annee)


def aide_plafonnee(k: Calcul, brut: int, plafond: int, opposable: int, jours: int) -> Bornes:
    """L'aide selon que le prorata du secteur 2 suit le plafond, ou le précède : le texte ne dit pas l'ordre.

    ``brut`` est en dix-millièmes de centime (des honoraires × un taux) ; ``jours`` est ce qu'une résiliation laisse de
    l'année, et réduit la somme due.
    """
    unite, annee = UNITE_TAUX * UNITE_TAUX, jours_de_l_annee(k)
    apres = prorata(min(brut, plafond * UNITE_TAUX), opposable * jours, unite * annee)
    avant = prorata(min(brut * opposable, plafond * unite), jours, unite * annee)
    return apres, avant


def jours_dus(k: Calcul, table: str) -> int:
    """Les jours de l'année qui comptent : tous, ou ceux du contrat si la table le dit d'une année de résiliation."""
    if resiliation(k) >= k.fin or k.mot(table) != "prorata_annee":
        return jours_de_l_annee(k)
    return jours_dans_l_annee(k, signature(k), resiliation(k))


def certain(bornes: Bornes | None) -> int | None:
    """La valeur, si les deux bornes n'en font qu'une."""
    return bornes[0] if bornes is not None and bornes[0] == bornes[1] else None


def borne(bornes: Bornes | None, rang: int) -> int | None:
    """Une borne, si elles diffèrent."""
    return bornes[rang] if bornes is not None and bornes[0] != bornes[1] else None
