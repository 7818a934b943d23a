"""Les deux taux d'engagement d'une option de pratique tarifaire maîtrisée (systèmes 26 et 27).

Ils viennent de la pratique du médecin sur la période de référence, sinon de moyennes de sa spécialité, encadrées depuis
2025 par un plancher et un plafond. Les moyennes se font sur des fractions exactes ; seul le résultat s'arrondit.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.montant import UNITE_TAUX

_PREMIERE, _DERNIERE, _GAINS = "optam_reference_premiere", "optam_reference_derniere", "optam_partage_de_gains"
_PRATIQUE, _GROUPE, _REGION = "pratique", "groupe", "region"
_ORIGINES: Final = {
    _PRATIQUE: "la pratique tarifaire du médecin sur la période de référence",
    _GROUPE: "le taux du groupe de même spécialité",
}


def calculer(k: Calcul) -> None:
    """Les deux taux, d'où ils viennent, ce qui les encadre, et le partage de gains."""
    taux_depassement(k)
    taux_opposable(k)
    origine(k)
    reference(k)
    au_moins(k)
    au_plus(k)
    plancher(k)
    plafond(k)
    partage_de_gains(k)
    gains_au_moins(k)
    gains_au_plus(k)
    annee_du_respect(k)
    avenant(k)
    taux_recalcule(k)
    annees(k)
    periodes(k)


# La période de référence.


@etape("entier")
def derniere_annee(k: Calcul) -> int | None:
    """La dernière année de la période de référence."""
    return k.table(_DERNIERE)


@etape("texte")
def reference(k: Calcul) -> str | None:
    """Les années de la période de référence."""
    return _bornes_dites(k.table(_PREMIERE), derniere_annee(k))


@etape("tableau")
def periodes(k: Calcul) -> list[dict[str, Any]] | None:
    """La période de référence de l'année du cas, et celle de la suivante."""
    rangees = []
    for annee in (k.annee(), k.annee() + 1):
        le = max(temps.debut_d_annee(annee), k.dispositif.periode.du)
        dite = _bornes_dites(k.table(_PREMIERE, le), k.table(_DERNIERE, le))
        if dite is not None:
            rangees.append({"annee": annee, "reference": dite})
    return rangees or None


@etape("oui_non")
def annees_manquantes(k: Calcul) -> str:
    """La pratique est dite, mais pas toutes les années de la période de référence."""
    premiere, derniere = k.table(_PREMIERE), derniere_annee(k)
    if _provenance(k) != _PRATIQUE or premiere is None or derniere is None:
        return "non"
    return "oui" if len(_pratique(k)) < derniere - premiere + 1 else "non"


# Les taux.


@etape("texte")
def origine(k: Calcul) -> str | None:
    """La pratique du médecin, le groupe, ou une moyenne de la spécialité."""
    mot = _provenance(k)
    return None if mot is None else _ORIGINES.get(mot) or k.corpus.tables["optam_moyenne"].valeurs[mot]


@etape("taux")
def taux_depassement(k: Calcul) -> int | None:
    """Le taux de dépassement de la période de référence, ou la moyenne, entre plancher et plafond."""
    mot = _provenance(k)
    if mot == _PRATIQUE:
        return _moyenne(_rapport(annee) for annee in _pratique(k))
    if mot == _GROUPE:
        return _dit_ou(k, "groupe_depassement", "optam_groupe_depassement")
    moyen = None if mot is None else _dit_ou(k, "taux_moyen_depassement", "optam_taux_moyen_depassement")
    return _ajuste(k, moyen, "depassement") if mot == _REGION else moyen


@etape("oui_non")
def par_pratique(k: Calcul) -> str:
    """Les taux viennent de la pratique du médecin."""
    return "oui" if _provenance(k) == _PRATIQUE else "non"


@etape("oui_non")
def taux_connu(k: Calcul) -> str:
    """Le taux de dépassement est connu : un doute sur sa valeur a un sens."""
    return "non" if taux_depassement(k) is None else "oui"


@etape("taux")
def taux_opposable(k: Calcul) -> int | None:
    """La part d'activité à tarif opposable de la période de référence, ou la moyenne."""
    mot = _provenance(k)
    if mot == _PRATIQUE:
        return _moyenne(_part(annee) for annee in _pratique(k))
    if mot == _GROUPE:
        return _dit_ou(k, "groupe_opposable", "optam_groupe_opposable")
    moyen = None if mot is None else _dit_ou(k, "taux_moyen_opposable", "optam_taux_moyen_opposable")
    return _ajuste(k, moyen, "opposable") if mot == _REGION else moyen


@etape("taux")
def plancher(k: Calcul) -> int | None:
    """Le plus faible des taux régionaux, majoré."""
    points = k.table("optam_plancher") if _provenance(k) == _REGION else None
    return None if points is None else k.plus(k.nombre("region_plus_faible"), points)


@etape("taux")
def plafond(k: Calcul) -> int | None:
    """Le plus élevé des taux régionaux, minoré."""
    points = k.table("optam_plafond") if _provenance(k) == _REGION else None
    forte = None if points is None else k.nombre("region_plus_forte")
    faible = None if points is None else k.nombre("region_plus_faible")
    if forte is not None and faible is not None and forte < faible:
        raise k.contredit("region_plus_forte", "le taux le plus élevé est inférieur au plus faible", "au moins autant")
    return None if points is None else k.max(k.moins(forte, points), 0)


@etape("oui_non")
def plancher_au_dessus(k: Calcul) -> str:
    """Le plancher dépasse le plafond : le texte ne dit pas lequel l'emporte."""
    bas, haut = plancher(k), plafond(k)
    return "oui" if bas is not None and haut is not None and bas > haut else "non"


@etape("taux")
def au_moins(k: Calcul) -> int | None:
    """Le plancher, quand le taux moyen de la région manque."""
    return _borne(k, min)


@etape("taux")
def au_plus(k: Calcul) -> int | None:
    """Le plafond, quand le taux moyen de la région manque."""
    return _borne(k, max)


@etape("tableau")
def annees(k: Calcul) -> list[dict[str, Any]] | None:
    """Chaque année de la pratique dite : ses deux taux."""
    rangees = [
        {
            "annee": annee.nombre("pratique.annee"),
            "taux_depassement": _moyenne([_rapport(annee)]),
            "part_opposable": annee.nombre("pratique.part_opposable"),
        }
        for annee in _pratique(k)
    ]
    return rangees or None


# Le partage de gains.


@etape("taux")
def partage_de_gains(k: Calcul) -> int | None:
    """La part des revalorisations laissée au médecin ; inconnue si les lectures du texte diffèrent."""
    return k.table(_GAINS)


@etape("oui_non")
def gains_indecis(k: Calcul) -> str:
    """L'écart est dit, mais le partage dépend de la lecture."""
    return "oui" if partage_de_gains(k) is None and _gains(k) else "non"


@etape("taux")
def gains_au_moins(k: Calcul) -> int | None:
    """Le partage de la lecture la moins favorable ; rien s'il est connu."""
    return min(_gains(k), default=None) if gains_indecis(k) == "oui" else None


@etape("taux")
def gains_au_plus(k: Calcul) -> int | None:
    """Le partage de la lecture la plus favorable ; rien s'il est connu."""
    return max(_gains(k), default=None) if gains_indecis(k) == "oui" else None


@etape("entier")
def annee_du_respect(k: Calcul) -> int | None:
    """L'année dont le respect fixe le partage."""
    return k.table("optam_annee_du_respect")


@etape("texte")
def avenant(k: Calcul) -> str | None:
    """Ce qu'une revalorisation demande au médecin."""
    mot = k.mot("optam_revalorisation")
    return None if mot is None else k.corpus.tables["optam_revalorisation"].valeurs[mot]


@etape("taux")
def taux_recalcule(k: Calcul) -> int | None:
    """Le taux de dépassement après la revalorisation : sa formule manque."""
    return k.table("optam_recalcul")


# Ce que les taux lisent.


def _provenance(k: Calcul) -> str | None:
    """« pratique », « groupe », ou la moyenne que la table retient ; inconnue si rien n'est dit de la pratique."""
    if k.fait("taux_de_groupe") == "oui":
        return _GROUPE
    if reference(k) is None:
        return None
    dite, exigee = k.fait("pratique_connue"), k.table("optam_annee_exigee")
    if k.listes.get(_PRATIQUE):
        if dite == "non":
            raise k.contredit("pratique_connue", "des années de pratique sont dites", '"oui", ou aucune année')
        dans = {annee.nombre("pratique.annee") for annee in _pratique(k)}
        dite = "oui" if exigee is None or exigee in dans else "non"
    elif _PRATIQUE in k.listes:
        dite = "non"
    elif dite == "oui":
        raise k.absent(
            _PRATIQUE,
            "il manque la pratique de la période de référence",
            "une année au moins",
            '"pratique": [{"annee": 2022, …}]',
        )
    if dite is None:
        return None
    return _PRATIQUE if dite == "oui" else k.mot("optam_moyenne")


def _pratique(k: Calcul) -> tuple[Element, ...]:
    """Les années dites, une fois chacune, toutes de la période de référence."""
    premiere, derniere = k.table(_PREMIERE), derniere_annee(k)
    vues: set[int | None] = set()
    for annee in k.liste(_PRATIQUE):
        nombre = annee.nombre("pratique.annee")
        if nombre in vues:
            raise k.contredit(f"{annee}.annee", "cette année est déjà dite", "chaque année une fois")
        if nombre is not None and premiere is not None and derniere is not None and not premiere <= nombre <= derniere:
            raise k.contredit(
                f"{annee}.annee", "l'année n'est pas de la période de référence", f"de {premiere} à {derniere}"
            )
        vues.add(nombre)
    return k.liste(_PRATIQUE)


def _rapport(annee: Element) -> Fraction | None:
    """Dépassements ÷ honoraires remboursables d'une année."""
    depasse, remboursable = annee.nombre("pratique.depassements"), annee.nombre("pratique.honoraires_remboursables")
    return None if depasse is None or not remboursable else Fraction(depasse, remboursable)


def _part(annee: Element) -> Fraction | None:
    """La part à tarif opposable d'une année, dite par la caisse."""
    part = annee.nombre("pratique.part_opposable")
    return None if part is None else Fraction(part, UNITE_TAUX)


def _moyenne(rapports: Iterable[Fraction | None]) -> int | None:
    """La moyenne exacte des rapports, en dix-millièmes, arrondie par défaut."""
    connus = list(rapports)
    if not connus or None in connus:
        return None
    return int(sum((r for r in connus if r is not None), Fraction(0)) * UNITE_TAUX / len(connus))


def _dit_ou(k: Calcul, fait: str, table: str) -> int | None:
    """Le taux dit ; à défaut, celui de la table, que les textes ne donnent pas."""
    dit = k.nombre(fait)
    return k.table(table) if dit is None else dit


def _ajuste(k: Calcul, moyen: int | None, taux: str) -> int | None:
    """Le taux moyen entre le plancher et le plafond, s'il y en a ce jour-là et si ce taux les suit."""
    suit = Element(k, "lecture", 0, {"taux_vise": taux}).mot("optam_taux_ajuste")
    if suit != "oui" or k.choisir("optam_plancher").etat == "hors":
        return moyen
    return None if plancher_au_dessus(k) == "oui" else k.min(k.max(moyen, plancher(k)), plafond(k))


def _borne(k: Calcul, extreme: Any) -> int | None:
    """Le plancher ou le plafond, quand le taux lui-même n'est pas connu."""
    bornes = [b for b in (plancher(k), plafond(k)) if b is not None]
    return extreme(bornes) if taux_depassement(k) is None and len(bornes) > 1 else None


def _gains(k: Calcul) -> list[int]:
    """Les parts encore possibles, quand l'écart est dit."""
    if k.fait("dernier_ecart") is None:
        return []
    return [ligne.valeur for ligne in k.choisir(_GAINS).possibles if isinstance(ligne.valeur, int)]


def _bornes_dites(premiere: int | None, derniere: int | None) -> str | None:
    return None if premiere is None or derniere is None else f"de {premiere} à {derniere}"
