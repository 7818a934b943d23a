"""L'année d'un adhérent à une option de pratique tarifaire maîtrisée (systèmes 26 et 27) : respect et prime.

Un écart se compte en points : la différence de deux taux, en dix-millièmes. Là où le texte ne tranche pas (deux écarts,
une borne commune, un taux qui ne tombe pas juste), l'écart ou la part versée reste connu à peu près, et deux bornes
encadrent la prime.
"""

from __future__ import annotations

from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, etape
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.montant import UNITE_TAUX, part_composee

_PART, _TAUX, _SUITE = "optam_part_versee", "optam_taux_prime", "optam_suite"
_PRIME, _COMPTEE = "prime", "comptee"
_POINTS: Final = 100
"""Un taux de 1,00 vaut cent points."""
_TOTAUX: Final = ("depassements", "honoraires_remboursables")


def calculer(k: Calcul) -> None:
    """La prime et ses bornes, ce dont elle vient, et ce que l'écart entraîne."""
    prime(k)
    au_moins(k)
    au_plus(k)
    contrepartie(k)
    engagements_tenus(k)
    taux_de_depassement(k)
    points_depassement(k)
    points_opposable(k)
    part_versee(k)
    honoraires_retenus(k)
    taux_prime(k)
    prime_entiere(k)
    suite(k)
    _verser(k)


# Les engagements.


@etape("taux")
def depassement_exact(k: Calcul) -> Valeur:
    """Le taux de dépassement : constaté, ou dépassements ÷ honoraires remboursables, à peu près s'il ne tombe pas
    juste.
    """
    dit = k.fait("depassement_constate")
    if dit is not None:
        double = next((nom for nom in _TOTAUX if nom in k.cas.faits), "")
        if double:
            raise k.contredit(double, "le taux constaté et les totaux disent la même chose", "le taux, ou les totaux")
        return dit
    depasse, remboursable = (k.nombre(nom) for nom in _TOTAUX)
    if depasse is None or remboursable is None:
        return None
    bas, reste = divmod(depasse * UNITE_TAUX, remboursable)
    return Intervalle(bas, bas + 2) if reste else bas


@etape("taux")
def taux_de_depassement(k: Calcul) -> int | None:
    """Le taux de dépassement, à quatre décimales, arrondi par défaut."""
    exact = depassement_exact(k)
    return exact.bas if isinstance(exact, Intervalle) else _nombre(exact)


@etape("taux")
def ecart_depassement(k: Calcul) -> Valeur:
    """Ce dont le taux de dépassement excède l'engagement ; zéro s'il est tenu."""
    engage = k.nombre("engagement_depassement")
    exact = depassement_exact(k)
    if isinstance(exact, Intervalle) and engage is not None:
        bas, haut = max(exact.bas - engage, 0), max(exact.haut - 1 - engage, 0)
        return Intervalle(bas, haut + 1) if bas < haut else bas
    return k.max(k.moins(_nombre(exact), engage), 0)


@etape("taux")
def ecart_opposable(k: Calcul) -> int | None:
    """Ce qui manque à la part d'activité à tarif opposable ; zéro si l'engagement est tenu."""
    return k.max(k.moins(k.nombre("engagement_opposable"), k.nombre("opposable_constate")), 0)


@etape("nombre")
def points_depassement(k: Calcul) -> int | None:
    """L'écart sur le taux de dépassement, en points."""
    un_ecart = ecart_depassement(k)
    return None if un_ecart is None else _bornes(un_ecart)[0] * _POINTS


@etape("nombre")
def points_opposable(k: Calcul) -> int | None:
    """L'écart sur la part à tarif opposable, en points."""
    return k.fois(ecart_opposable(k), _POINTS)


@etape("taux")
def ecart(k: Calcul) -> Valeur:
    """L'écart sur le ou les engagements non tenus ; à peu près s'ils sont deux : de leur moyenne à leur somme."""
    depassement, opposable = ecart_depassement(k), ecart_opposable(k)
    if depassement is None or opposable is None:
        return None
    bas, haut = _bornes(depassement)
    if opposable == 0:
        return depassement
    return Intervalle((max(bas, 1) + opposable) // 2, haut + opposable + 1) if haut else opposable


@etape("oui_non")
def deux_non_tenus(k: Calcul) -> str:
    """Aucun des deux engagements n'est tenu, ou ne l'est sûrement."""
    depassement, opposable = ecart_depassement(k), ecart_opposable(k)
    return "oui" if opposable and depassement is not None and _bornes(depassement)[1] else "non"


@etape("oui_non")
def engagements_tenus(k: Calcul) -> Valeur:
    """Les deux taux constatés respectent les taux signés ; égal suffit."""
    return k.oui_non(k.et(_tenu(ecart_depassement(k)), _tenu(ecart_opposable(k))))


# La prime.


@etape("texte")
def contrepartie(k: Calcul) -> str | None:
    """Ce que l'option rapporte, en plus des tarifs du secteur 1."""
    return _dit(k, "optam_contrepartie")


@etape("taux")
def taux_prime(k: Calcul) -> int | None:
    """Le taux de la spécialité ; s'il n'est pas imprimé, le taux de charges que la caisse applique."""
    dit = k.nombre("taux_de_charges") if _par_prime(k) else None
    if dit is None:
        return k.table(_TAUX)
    imprime = k.corpus.tables[_TAUX].choisir(k.fait, k.jour, k.calendrier).valeur
    if imprime not in {None, dit}:
        raise k.contredit("taux_de_charges", "le tableau imprimé donne un autre taux", "le taux imprimé, ou rien")
    return dit


@etape("montant")
def honoraires_retenus(k: Calcul) -> int | None:
    """Les honoraires à tarif opposable, et ceux de l'ESPIC s'ils comptent."""
    seuls, espic = k.nombre("honoraires_opposables"), k.nombre("honoraires_espic")
    if espic == 0:
        return seuls
    mot = k.mot("optam_espic")
    return None if mot is None else k.plus(seuls, espic if mot == _COMPTEE else 0)


@etape("montant")
def prime_entiere(k: Calcul) -> int | None:
    """La prime d'un respect strict : les honoraires retenus, au taux de la spécialité."""
    return k.part(honoraires_retenus(k), taux_prime(k))


@etape("taux")
def part_versee(k: Calcul) -> int | None:
    """La part de la prime que l'écart laisse ; inconnue si les lectures du texte diffèrent."""
    return k.table(_PART) if _par_prime(k) else None


@etape("oui_non")
def part_indecise(k: Calcul) -> str:
    """L'écart est connu, mais la part versée dépend de la lecture."""
    return "oui" if _par_prime(k) and part_versee(k) is None and ecart(k) is not None else "non"


@etape("montant", composante=True)
def prime(k: Calcul) -> int | None:
    """Les honoraires retenus, au taux de la spécialité, pour la part versée : un seul arrondi."""
    if not _par_prime(k):
        return taux_prime(k)
    return _prime(k, honoraires_retenus(k), part_versee(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """La prime de la lecture la moins favorable, sans l'ESPIC si rien ne dit qu'il compte ; rien si elle est connue."""
    if prime(k) is not None or not _parts(k):
        return None
    sans_espic, retenus = k.nombre("honoraires_opposables"), honoraires_retenus(k)
    return _prime(k, sans_espic if retenus is None else retenus, min(_parts(k)))


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """La prime de la lecture la plus favorable, avec tout l'ESPIC si rien ne dit qu'il compte ; rien si elle est
    connue.
    """
    if prime(k) is not None or not _parts(k):
        return None
    tous, retenus = k.plus(k.nombre("honoraires_opposables"), k.nombre("honoraires_espic")), honoraires_retenus(k)
    return _prime(k, tous if retenus is None else retenus, max(_parts(k)))


@etape("texte")
def suite(k: Calcul) -> str | None:
    """Ce que l'écart entraîne, au-delà de la prime."""
    return _dit(k, _SUITE)


@etape("oui_non")
def suite_indecise(k: Calcul) -> str:
    """L'écart est connu à peu près, et la suite en dépend."""
    return "oui" if isinstance(ecart(k), Intervalle) and len(k.choisir(_SUITE).possibles) > 1 else "non"


def _verser(k: Calcul) -> None:
    """L'échéance : la fin du mois où la prime est payée."""
    mois = k.table("optam_versement") if _par_prime(k) else None
    if mois is not None:
        jour = temps.plus_mois(temps.jour(f"{k.annee()}-01-01"), mois) - 1
        k.verse(jour, prime(k), "prime de l'année, payée dans le mois")


def _par_prime(k: Calcul) -> bool:
    """L'option se paie par une prime."""
    return k.mot("optam_contrepartie") == _PRIME


def _parts(k: Calcul) -> list[int]:
    """Les parts encore possibles : une si elle est certaine, plusieurs si l'écart ou la lecture en font douter."""
    certaine = part_versee(k)
    if certaine is not None:
        return [certaine]
    if not _par_prime(k) or ecart(k) is None:
        return []
    return [ligne.valeur for ligne in k.choisir(_PART).possibles if isinstance(ligne.valeur, int)]


def _prime(k: Calcul, honoraires: int | None, part: int | None) -> int | None:
    """Une prime ; nulle si rien n'est versé, même quand le taux manque."""
    if part == 0:
        return 0
    taux = taux_prime(k)
    return None if None in {honoraires, taux, part} else part_composee(honoraires or 0, taux or 0, part or 0)


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]


def _nombre(valeur: Valeur) -> int | None:
    return valeur if isinstance(valeur, int) else None


def _bornes(valeur: Valeur) -> tuple[int, int]:
    """La plus petite et la plus grande valeur d'un écart connu, ou connu à peu près."""
    if isinstance(valeur, Intervalle):
        return valeur.bas, valeur.haut - 1
    return (valeur, valeur) if isinstance(valeur, int) else (0, 0)


def _tenu(un_ecart: Valeur) -> bool | None:
    """L'engagement est tenu ; inconnu si l'écart l'est, ou s'il est peut-être nul."""
    bas, haut = _bornes(un_ecart)
    return None if un_ecart is None or (bas == 0 and haut > 0) else haut == 0
