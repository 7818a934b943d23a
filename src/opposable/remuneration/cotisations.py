"""Les cotisations sociales d'un médecin conventionné (système 54) : ce qui est dû, ce que la caisse prend, en 2017.

Là où le guide n'imprime que des bornes (le taux entre deux seuils, la part de la caisse, le taux maladie), la valeur
reste inconnue et ses bornes sont données.
"""

from __future__ import annotations

from typing import Final

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import part_composee, prorata

_TAUX, _BORNE, _PART = "cotisations_taux_allocations", "cotisations_borne_allocations", "cotisations_part_allocations"
_MALADIE, _PARTICIPATION = "cotisations_taux_maladie", "cotisations_participation"
_AU_MOINS, _AU_PLUS, _OUVERTE = "au_moins", "au_plus", "ouverte"
_BASSE, _INTERMEDIAIRE, _HAUTE = "basse", "intermediaire", "haute"
_TIERS: Final = 3
"""Un tout vaut trois tiers."""
_CENTIEMES: Final = 100
"""Un tout vaut cent centièmes."""


def calculer(k: Calcul) -> None:
    """Chaque cotisation, la part de la caisse et celle du médecin."""
    allocations(k)
    allocations_au_moins(k)
    allocations_au_plus(k)
    allocations_caisse(k)
    allocations_caisse_au_moins(k)
    allocations_caisse_au_plus(k)
    allocations_medecin(k)
    maladie(k)
    maladie_au_moins(k)
    maladie_au_plus(k)
    maladie_caisse(k)
    maladie_medecin(k)
    asv(k)
    asv_caisse(k)
    asv_medecin(k)
    participation(k)
    seuil_bas(k)
    seuil_haut(k)


# Les allocations familiales.


@etape("montant")
def seuil_bas(k: Calcul) -> int | None:
    """Le premier seuil, en part du plafond de la sécurité sociale."""
    return _du_plafond(k, "cotisations_seuil_bas")


@etape("montant")
def seuil_haut(k: Calcul) -> int | None:
    """Le second seuil, en part du plafond de la sécurité sociale."""
    return _du_plafond(k, "cotisations_seuil_haut")


@etape("texte")
def tranche(k: Calcul) -> Valeur:
    """Sous le premier seuil, au-dessus du second, ou entre les deux ; un revenu égal à un seuil est entre les deux, où
    le taux n'est connu que par ses bornes.
    """
    revenus, bas, haut = k.nombre("revenus"), seuil_bas(k), seuil_haut(k)
    if revenus is None or bas is None or haut is None:
        return None
    return _BASSE if revenus < bas else _HAUTE if revenus > haut else _INTERMEDIAIRE


@etape("taux")
def taux_applique(k: Calcul) -> int | None:
    """Le taux imprimé de la tranche ; entre les deux seuils, celui de l'appel de cotisations, s'il est dit."""
    entre, bornes = tranche(k) == _INTERMEDIAIRE, _bornes_du_taux(k)
    dit = k.nombre("taux_allocations") if entre or "taux_allocations" in k.cas.faits else None
    if dit is not None and bornes is not None and not bornes[0] <= dit <= bornes[1]:
        raise k.contredit("taux_allocations", "le guide imprime un autre taux pour ces revenus", "le taux imprimé")
    return k.table(_TAUX) if dit is None or not entre else dit


@etape("montant")
def allocations(k: Calcul) -> int | None:
    """Les revenus, au taux de leur tranche."""
    return k.part(k.nombre("revenus"), taux_applique(k))


@etape("montant")
def allocations_au_moins(k: Calcul) -> int | None:
    """Les revenus, au plus petit taux possible ; rien si la cotisation est connue."""
    return _allocations_bornees(k, 0)


@etape("montant")
def allocations_au_plus(k: Calcul) -> int | None:
    """Les revenus, au plus grand taux possible ; rien si la cotisation est connue."""
    return _allocations_bornees(k, 1)


@etape("montant")
def allocations_caisse(k: Calcul) -> int | None:
    """L'assiette de participation, au taux de la cotisation, pour la part que la caisse prend."""
    ouverte = _participe(k)
    if not ouverte:
        return None if ouverte is None else 0
    assiette, taux, part = _assiette(k), taux_applique(k), k.table(_PART)
    if assiette is None or taux is None or part is None:
        return None
    return part_composee(assiette, taux, part)


@etape("montant")
def allocations_caisse_au_moins(k: Calcul) -> int | None:
    """Ce que la caisse prend au moins : rien si l'assiette n'est pas dite ; sans objet si sa part est connue."""
    return _caisse_bornee(k, 0)


@etape("montant")
def allocations_caisse_au_plus(k: Calcul) -> int | None:
    """Ce que la caisse prend au plus : sur tous les revenus si l'assiette n'est pas dite ; sans objet si sa part est
    connue.
    """
    return _caisse_bornee(k, 1)


@etape("montant")
def allocations_medecin(k: Calcul) -> int | None:
    """La cotisation, moins la part de la caisse."""
    return k.moins(allocations(k), allocations_caisse(k))


# La maladie.


@etape("montant")
def maladie(k: Calcul) -> int | None:
    """Les revenus de l'activité conventionnée, au taux maladie."""
    return k.part(_conventionnes(k), k.table(_MALADIE))


@etape("montant")
def maladie_au_moins(k: Calcul) -> int | None:
    """Au plus petit taux imprimé ; rien si la cotisation est connue."""
    return _maladie_bornee(k, 0)


@etape("montant")
def maladie_au_plus(k: Calcul) -> int | None:
    """Au plus grand taux imprimé ; rien si la cotisation est connue."""
    return _maladie_bornee(k, 1)


@etape("montant")
def maladie_medecin(k: Calcul) -> int | None:
    """Ce qui reste au praticien : la part imprimée de ses revenus conventionnés, ou tout sans participation."""
    ouverte = _participe(k)
    if not ouverte:
        return None if ouverte is None else maladie(k)
    return k.part(_conventionnes(k), k.table("cotisations_reste_maladie"))


@etape("montant")
def maladie_caisse(k: Calcul) -> int | None:
    """La cotisation, moins ce qui reste au praticien."""
    return 0 if _participe(k) is False else k.moins(maladie(k), maladie_medecin(k))


# L'ASV.


@etape("montant")
def asv(k: Calcul) -> int | None:
    """La cotisation annuelle et celle d'ajustement, telles que la caisse de retraite les appelle."""
    return k.plus(k.nombre("asv_annuelle"), k.nombre("asv_ajustement"))


@etape("montant")
def asv_caisse(k: Calcul) -> int | None:
    """Les tiers que les caisses prennent, de chacune des deux cotisations."""
    ouverte = _participe(k)
    if not ouverte:
        return None if ouverte is None else 0
    tiers = k.table("cotisations_tiers_asv")
    dues = [k.nombre("asv_annuelle"), k.nombre("asv_ajustement")]
    return k.somme(None if due is None or tiers is None else prorata(due, tiers, _TIERS) for due in dues)


@etape("montant")
def asv_medecin(k: Calcul) -> int | None:
    """La cotisation, moins la part des caisses."""
    return k.moins(asv(k), asv_caisse(k))


@etape("texte")
def participation(k: Calcul) -> str | None:
    """Si l'assurance maladie participe, d'après le secteur et l'option."""
    mot = k.mot(_PARTICIPATION)
    return None if mot is None else k.corpus.tables[_PARTICIPATION].valeurs[mot]


def _du_plafond(k: Calcul, table: str) -> int | None:
    """Ce que valent les centièmes de cette table, en part du plafond de la sécurité sociale."""
    plafond, centiemes = k.table("plafond_securite_sociale"), k.table(table)
    return None if plafond is None or centiemes is None else prorata(plafond, centiemes, _CENTIEMES)


def _participe(k: Calcul) -> bool | None:
    mot = k.mot(_PARTICIPATION)
    return None if mot is None else mot == _OUVERTE


def _assiette(k: Calcul) -> int | None:
    """L'assiette de participation, qui ne dépasse pas les revenus."""
    assiette, revenus = k.nombre("assiette_participation"), k.nombre("revenus")
    if assiette is not None and revenus is not None and assiette > revenus:
        raise k.contredit("assiette_participation", "elle dépasse les revenus", "au plus les revenus professionnels")
    return assiette


def _conventionnes(k: Calcul) -> int | None:
    """Les revenus de l'activité conventionnée, qui sont une part des revenus."""
    part, revenus = k.nombre("revenus_conventionnes"), k.nombre("revenus")
    if part is not None and revenus is not None and part > revenus:
        raise k.contredit("revenus_conventionnes", "ils dépassent les revenus", "au plus les revenus professionnels")
    return part


def _bornes_du_taux(k: Calcul) -> tuple[int, int] | None:
    """Le plus petit et le plus grand taux que les revenus permettent."""
    if tranche(k) != _INTERMEDIAIRE:
        taux = k.table(_TAUX)
        return None if taux is None else (taux, taux)
    bas, haut = (Element(k, "borne", 0, {"borne": borne}).table(_BORNE) for borne in (_AU_MOINS, _AU_PLUS))
    return None if bas is None or haut is None else (bas, haut)


def _allocations_bornees(k: Calcul, rang: int) -> int | None:
    bornes, revenus = _bornes_du_taux(k), k.nombre("revenus")
    if allocations(k) is not None or bornes is None:
        return None
    return k.part(revenus, bornes[rang])


def _caisse_bornee(k: Calcul, rang: int) -> int | None:
    """Une borne de la part de la caisse sur les allocations familiales, d'après ce qui en est su."""
    taux = taux_applique(k)
    bornes, revenus = _bornes_du_taux(k) if taux is None else (taux, taux), k.nombre("revenus")
    if allocations_caisse(k) is not None or not _participe(k) or bornes is None or revenus is None:
        return None
    assiette = _assiette(k)
    if assiette is None:
        assiette = revenus if rang else 0
    return part_composee(assiette, bornes[rang], _extreme(k, _PART, rang))


def _maladie_bornee(k: Calcul, rang: int) -> int | None:
    conventionnes = _conventionnes(k)
    if maladie(k) is not None or conventionnes is None:
        return None
    return k.part(conventionnes, _extreme(k, _MALADIE, rang))


def _extreme(k: Calcul, table: str, rang: int) -> int:
    """La plus petite (0) ou la plus grande (1) valeur encore possible de cette table."""
    choisie = k.choisir(table)
    lignes = (choisie.ligne,) if choisie.ligne is not None else choisie.possibles
    return (min, max)[rang](ligne.valeur for ligne in lignes if isinstance(ligne.valeur, int))
