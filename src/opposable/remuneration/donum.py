"""La dotation numérique de 2026 (système 20) : deux indicateurs socles, qui ouvrent trois optionnels indépendants.

Un indicateur est la moyenne des taux de ses services, ceux d'un trop petit dénominateur exclus ; la comparaison à la
cible est exacte. Points et cibles absents des textes sont des lignes de tables à remplir : sans elles, le total manque.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.constat import AVERTIT
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX

_LISTE: Final = "services"
_SERVICE, _NUMERATEUR, _DENOMINATEUR = (f"{_LISTE}.{cle}" for cle in ("service", "numerateur", "denominateur"))
_EQUIPEMENT, _SOCLE, _EXIGE, _COMPTE, _DOUTE = "equipement", "socle", "exige", "compte", "doute"


def calculer(k: Calcul) -> None:
    """La dotation, les socles, les points, chaque indicateur, chaque service, le paiement."""
    total(k)
    socles_atteints(k)
    points(k)
    points_maximum(k)
    montant_maximum(k)
    valeur_du_point(k)
    controle(k)
    indicateurs(k)
    usages(k)
    _verser(k)


# Les services et les indicateurs.


@etape("texte")
def effet(k: Calcul, service: str) -> str | None:
    """Le taux compte dans la moyenne, ou son dénominateur est trop petit."""
    dit = _dits(k).get(service)
    return (dit or Element(k, _LISTE, 0, {})).mot("donum_neutralisation")


@etape("taux")
def taux(k: Calcul, service: str) -> int | None:
    """Le taux d'usage du service, arrondi par défaut à quatre décimales."""
    return _en_taux(_taux(k, service))


@etape("texte")
def indicateur_de(k: Calcul, service: str) -> str | None:
    """L'indicateur dont le service fait la moyenne."""
    return _avec(k, service=service).mot("donum_services")


@etape("taux")
def moyenne(k: Calcul, indicateur: str) -> int | None:
    """La moyenne des taux qui comptent, arrondie par défaut à quatre décimales."""
    return _en_taux(_moyenne(k, indicateur))


@etape("taux")
def cible(k: Calcul, indicateur: str) -> int | None:
    """La cible de la moyenne, cette année-là."""
    return None if indicateur == _EQUIPEMENT else _avec(k, indicateur=indicateur).table("donum_cibles")


@etape("oui_non")
def atteint(k: Calcul, indicateur: str) -> Valeur:
    """L'indicateur est atteint : tous les équipements, ou une moyenne au moins égale à la cible."""
    if indicateur == _EQUIPEMENT:
        exiges = [e for e in _valeurs(k, _EQUIPEMENT) if _avec(k, equipement=e).mot("donum_equipements") == _EXIGE]
        faits = [k.fait(nom) for nom in exiges]
        return k.oui_non(k.et(*(None if fait is None else fait == "oui" for fait in faits)))
    moyenne_, cible_ = _moyenne(k, indicateur), cible(k, indicateur)
    if moyenne_ is None or cible_ is None:
        return None
    return k.oui_non(moyenne_ * UNITE_TAUX >= cible_)


@etape("oui_non")
def tout_neutralise(k: Calcul) -> Valeur:
    """Tous les taux d'un indicateur sont neutralisés : il n'a pas de moyenne."""
    vides = []
    for indicateur in _valeurs(k, "indicateur"):
        effets = [effet(k, service) for service in _services(k, indicateur) if service in _dits(k)]
        tous = bool(effets) and len(effets) == len(_services(k, indicateur))
        vides.append(tous and not {None, _COMPTE} & set(effets))
    return k.oui_non(any(vides))


@etape("oui_non")
def neutralisation_douteuse(k: Calcul) -> Valeur:
    """Un taux est neutralisé sans que le texte le dise de son indicateur."""
    return k.oui_non(any(effet(k, service) == _DOUTE for service in _dits(k)))


@etape("texte")
def sorte(k: Calcul, indicateur: str) -> str | None:
    """Socle ou optionnel."""
    return _avec(k, indicateur=indicateur).mot("donum_sortes")


@etape("oui_non")
def socles_atteints(k: Calcul) -> Valeur:
    """Les deux indicateurs socles sont atteints."""
    verdicts = [atteint(k, nom) for nom in _valeurs(k, "indicateur") if sorte(k, nom) == _SOCLE]
    return k.oui_non(k.et(*(None if verdict is None else verdict == "oui" for verdict in verdicts)))


@etape("oui_non")
def socle_manque(k: Calcul) -> Valeur:
    """Un indicateur socle n'est pas atteint."""
    verdict = socles_atteints(k)
    return None if verdict is None else k.oui_non(verdict == "non")


# Les points et les montants.


@etape("montant")
def valeur_du_point(k: Calcul) -> int | None:
    """La valeur du point."""
    return k.table("donum_valeur_du_point")


@etape("entier")
def points_possibles(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur, s'il est atteint."""
    return _avec(k, indicateur=indicateur).table("donum_points")


@etape("entier")
def points_de(k: Calcul, indicateur: str) -> int | None:
    """Les points que l'indicateur donne ; aucun s'il n'est pas atteint, ou si un socle manque."""
    socles = socles_atteints(k)
    verdict = socles if socles == "non" else atteint(k, indicateur)
    if "non" in {socles, verdict}:
        return 0
    return points_possibles(k, indicateur) if socles == verdict == "oui" else None


@etape("montant", composante=True)
def montant_de(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur, en euros."""
    return k.fois(points_de(k, indicateur), valeur_du_point(k))


@etape("entier")
def points(k: Calcul) -> int | None:
    """Les points de tous les indicateurs atteints."""
    return k.somme([points_de(k, nom) for nom in _valeurs(k, "indicateur")])


@etape("montant")
def total(k: Calcul) -> int | None:
    """La dotation : les points atteints, en euros."""
    return k.somme([montant_de(k, nom) for nom in _valeurs(k, "indicateur")])


@etape("entier")
def points_maximum(k: Calcul) -> int | None:
    """Les points de tous les indicateurs."""
    return k.table("donum_points_total")


@etape("montant")
def montant_maximum(k: Calcul) -> int | None:
    """Tous les points, en euros."""
    return k.fois(points_maximum(k), valeur_du_point(k))


@etape("texte")
def controle(k: Calcul) -> str | None:
    """Les points remplis, indicateur par indicateur, comparés à leur total ; rien tant qu'il en manque."""
    lus = [ligne.valeur for ligne in k.corpus.tables["donum_points"].actives(k.jour, k.calendrier)]
    entiers = [valeur for valeur in lus if isinstance(valeur, int)]
    if len(entiers) < len(lus):
        return None
    somme, attendus = sum(entiers), points_maximum(k)
    if somme == attendus:
        return f"{somme} points, comme attendu"
    dit = f"les points remplis font {somme}, et non {attendus}"
    k.constate("TEXTE_NON_TRANCHE", AVERTIT, precision=f"{dit} : à relire dans l'annexe 8")
    return dit


# Le détail.


@etape("tableau")
def indicateurs(k: Calcul) -> list[dict[str, Any]]:
    """Chaque indicateur : sa moyenne, sa cible, s'il est atteint, ce qu'il donne."""
    sortes = k.corpus.tables["donum_sortes"].valeurs
    return [
        {
            "indicateur": nom, "libelle": libelle, "sorte": sortes[sorte(k, nom) or ""],
            "moyenne": None if nom == _EQUIPEMENT else moyenne(k, nom), "cible": cible(k, nom),
            "points_maximum": points_possibles(k, nom), "atteint": atteint(k, nom),
            "points": points_de(k, nom), "montant": montant_de(k, nom),
        }
        for nom, libelle in _valeurs(k, "indicateur").items()
    ]  # fmt: skip


@etape("tableau")
def usages(k: Calcul) -> list[dict[str, Any]] | None:
    """Chaque service dit : son taux, et s'il compte dans la moyenne de son indicateur."""
    effets, noms = (k.corpus.tables[f"donum_{table}"].valeurs for table in ("neutralisation", "services"))
    return [
        {
            "service": _valeurs(k, "service")[nom], "indicateur": noms[indicateur_de(k, nom) or ""],
            "taux": taux(k, nom), "effet": effets.get(effet(k, nom) or ""),
        }
        for nom in _dits(k)
    ] or None  # fmt: skip


def _verser(k: Calcul) -> None:
    """L'échéance : la fin du semestre où la dotation de l'année est versée."""
    mois = k.table("donum_paiement")
    if mois is not None:
        objet = "dotation numérique de l'année, versée au cours de ce premier semestre"
        k.verse(temps.plus_mois(temps.jour(f"{k.annee()}-01-01"), mois) - 1, total(k), objet)


def _dits(k: Calcul) -> dict[str, Element]:
    """Les services dits, chacun une fois."""
    dits: dict[str, Element] = {}
    for p in k.liste(_LISTE):
        nom = str(p.fait(_SERVICE))
        if nom in dits:
            raise k.contredit(f"{p}.service", "ce service est déjà dit", "chaque service une fois")
        dits[nom] = p
    return dits


def _services(k: Calcul, indicateur: str) -> list[str]:
    """Les services d'un indicateur, d'après la table."""
    return [service for service in _valeurs(k, "service") if indicateur_de(k, service) == indicateur]


def _taux(k: Calcul, service: str) -> Fraction | None:
    """Le taux exact d'un service ; rien s'il n'est pas dit, ou sans aucun acte."""
    p = _dits(k).get(service) or Element(k, _LISTE, 0, {})
    numerateur, denominateur = p.nombre(_NUMERATEUR), p.nombre(_DENOMINATEUR)
    if numerateur is None or not denominateur:
        return None
    if numerateur > denominateur:
        raise k.contredit(f"{p}.numerateur", "plus d'actes dématérialisés que d'actes", "au plus le dénominateur")
    return Fraction(numerateur, denominateur)


def _moyenne(k: Calcul, indicateur: str) -> Fraction | None:
    """La moyenne exacte des taux qui comptent ; rien si l'un manque, ou si tous sont neutralisés."""
    effets = {service: effet(k, service) for service in _services(k, indicateur)}
    comptes = [_taux(k, service) for service, dit in effets.items() if dit == _COMPTE]
    if not comptes or None in comptes or None in effets.values():
        return None
    return sum((t for t in comptes if t is not None), Fraction(0)) / len(comptes)


def _en_taux(exact: Fraction | None) -> int | None:
    """Une fraction en dix-millièmes, par défaut : une cible n'est jamais atteinte à l'affichage seul."""
    return None if exact is None else exact.numerator * UNITE_TAUX // exact.denominator


def _avec(k: Calcul, **faits: str) -> Element:
    """Un lecteur de table qui connaît ces faits-là en plus de ceux du cas."""
    return Element(k, "lecture", 0, faits)


def _valeurs(k: Calcul, fait: str) -> dict[str, str]:
    """Les valeurs d'un fait, avec leurs libellés."""
    return k.dispositif.vocabulaire.faits[fait].valeurs
