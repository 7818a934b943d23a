"""La ROSP de la convention de 2016 (système 15) : points par indicateur, pondération par la patientèle, sauvegarde.

Un indicateur vaut ses points × son taux de réalisation. Le texte ne fixe ce taux qu'à l'objectif cible (100 %) ; en
deçà, il se lit au relevé de la caisse, sans quoi ``au_moins`` et ``au_plus`` bornent le total. Les points se comptent
en dix-millièmes, comme les taux : rien n'est arrondi avant le montant.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import PLUS_INFINI, Plages, Valeur
from opposable.droit.fait import Fait
from opposable.droit.montant import UNITE_TAUX, prorata, texte_taux

_LISTE: Final = "indicateurs"
_INDICATEUR, _CONSTATE, _REALISE = (f"{_LISTE}.{cle}" for cle in ("indicateur", "taux_constate", "taux_de_realisation"))
_OBTENUS, _COMPLEMENT = "points_obtenus", "points_complement"
_POINTS, _REALISATION, _VOLETS = "rosp_points", "rosp_realisation", "rosp_volets"
_GLOBAUX: Final = ("montant_global_annee", "montant_global_precedent")


def calculer(k: Calcul) -> None:
    """Le montant et ses bornes, les points, ce qui les pondère, le détail, la clause de sauvegarde."""
    total(k)
    au_moins(k)
    au_plus(k)
    points_maximum(k)
    complement_maximum(k)
    valeur_du_point(k)
    patientele_reference(k)
    ponderation(k)
    non_dits(k)
    sauvegarde(k)
    differentiel(k)
    complement_sauvegarde(k)
    detail(k)
    volets(k)


# Le refus, la patientèle, les réserves : des faits que les tables et les conditions lisent.


@etape("entier")
def mois_apres_installation(k: Calcul) -> Valeur:
    """Les mois de l'installation au refus, tout mois commencé compté."""
    refus, installe = k.fait("refus_le"), k.fait("installe_le")
    if not isinstance(refus, int) or not isinstance(installe, int):
        return None
    if refus < installe:
        raise k.contredit("refus_le", "le refus précède l'installation", "une date postérieure à l'installation")
    return 0 if refus == installe else temps.mois_revolus(installe, refus - 1) + 1


@etape("oui_non")
def a_renonce(k: Calcul) -> Valeur:
    """Un refus notifié dans le délai vaut renonciation à toute la rémunération."""
    return k.mot("rosp_refus")


@etape("oui_non")
def a_la_reference(k: Calcul) -> Valeur:
    """La patientèle est exactement celle de référence."""
    patientele, reference = k.nombre("patientele"), patientele_reference(k)
    return None if patientele is None or reference is None else k.oui_non(patientele == reference)


@etape("texte")
def reserves(k: Calcul) -> frozenset[str]:
    """Les indicateurs dits, et les volets de ceux qui le sont par un taux constaté, qu'une réserve accompagne."""
    dits = set(_dits(k))
    constates = {nom for nom, p in _dits(k).items() if p.cache.get(_CONSTATE) is not None}
    dits |= {volet for volet, membres in _fait(k, _INDICATEUR).groupes.items() if constates & membres}
    return frozenset(dits & set(_fait(k, "reserves").valeurs))


# Les points.


@etape("taux")
def realisation(k: Calcul, indicateur: str) -> int | None:
    """Le taux de réalisation : celui que la caisse a retenu, ou 100 % si l'objectif cible est atteint."""
    p = _dits(k)[indicateur]
    constate, retenu = p.cache.get(_CONSTATE), p.nombre(_REALISE)
    if retenu is None:
        return p.table(_REALISATION)
    if constate is not None:
        message = "le taux constaté et le taux de réalisation disent la même chose"
        raise k.contredit(f"{p}.taux_constate", message, "l'un ou l'autre")
    return retenu


@etape("entier")
def points_possibles(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur, l'objectif atteint et la patientèle de référence."""
    return _dits(k)[indicateur].table(_POINTS)


@etape("nombre")
def points_de(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur, au prorata de son taux de réalisation."""
    return k.fois(points_possibles(k, indicateur), realisation(k, indicateur))


@etape("nombre")
def complement(k: Calcul) -> int | None:
    """Les points du complément du volet efficience, que la caisse a retenus."""
    dits = k.nombre(_COMPLEMENT)
    maximum = complement_maximum(k) or 0
    if dits is not None and dits > maximum:
        raise k.contredit(_COMPLEMENT, "le complément n'a pas autant de points", f"de 0 à {maximum}")
    return k.fois(dits, UNITE_TAUX)


@etape("nombre")
def points(k: Calcul) -> int | None:
    """Les points de tous les indicateurs dits et du complément, ou le total que la caisse a retenu."""
    if _OBTENUS in k.cas.faits:
        if _LISTE in k.listes or k.cas.faits.get(_COMPLEMENT):
            raise k.contredit(_OBTENUS, "les points obtenus comprennent déjà les indicateurs", "l'un ou l'autre")
        dits, maximum = k.nombre(_OBTENUS), k.plus(points_maximum(k), complement_maximum(k) or 0)
        if dits is not None and maximum is not None and dits > maximum:
            raise k.contredit(_OBTENUS, "il n'y a pas autant de points", f"de 0 à {maximum}")
        return k.fois(dits, UNITE_TAUX)
    if not _dits(k):
        return Element(k, _LISTE, 0, {}).table(_POINTS)
    return k.plus(k.somme([points_de(k, indicateur) for indicateur in _dits(k)]), complement(k))


@etape("entier")
def points_maximum(k: Calcul) -> int | None:
    """Les points de tous les indicateurs de cette ROSP, sans le complément."""
    return k.table("rosp_points_maximum")


@etape("entier")
def complement_maximum(k: Calcul) -> int | None:
    """Les points que le complément du volet efficience peut ajouter."""
    return k.table("rosp_complement")


# Le montant.


@etape("montant")
def valeur_du_point(k: Calcul) -> int | None:
    """La valeur du point."""
    return k.table("rosp_valeur_du_point")


@etape("entier")
def patientele_reference(k: Calcul) -> int | None:
    """La patientèle pour laquelle les points sont définis."""
    return k.table("rosp_patientele_reference")


@etape("texte")
def ponderation(k: Calcul) -> str | None:
    """Ce que la patientèle réelle change aux points."""
    mot = k.mot("rosp_ponderation")
    return None if mot is None else k.corpus.tables["rosp_ponderation"].valeurs[mot]


@etape("montant")
def total(k: Calcul) -> int | None:
    """Les points, à la valeur du point, pondérés par la patientèle."""
    return _euros(k, points(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """Le montant si les indicateurs incertains n'apportaient rien ; rien si le total est connu."""
    return _extreme(k, plein=False)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """Le montant si les indicateurs incertains étaient atteints ; rien si le total est connu."""
    return _extreme(k, plein=True)


# La clause de sauvegarde.


@etape("oui_non")
def sauvegarde_declenchee(k: Calcul) -> Valeur:
    """Le montant global a baissé de plus que la clause ne l'admet ; non si les montants ne sont pas dits."""
    seuil = k.table("rosp_sauvegarde")
    annee, precedent = (k.nombre(nom) for nom in _GLOBAUX)
    if seuil is None or annee is None or precedent is None:
        return "non"
    return k.oui_non((precedent - annee) * UNITE_TAUX > precedent * seuil)


@etape("texte")
def sauvegarde(k: Calcul) -> str | None:
    """Si la clause de sauvegarde joue cette année-là."""
    if k.table("rosp_sauvegarde") is None:
        return None
    if _globaux_tus(k):
        return "à préciser : les montants globaux ne sont pas dits"
    return "déclenchée" if sauvegarde_declenchee(k) == "oui" else "non déclenchée"


@etape("montant")
def differentiel(k: Calcul) -> int | None:
    """Ce que la clause rend à l'ensemble des médecins : la différence des deux montants globaux."""
    if sauvegarde_declenchee(k) != "oui":
        return None
    return k.moins(k.nombre(_GLOBAUX[1]), k.nombre(_GLOBAUX[0]))


@etape("montant")
def complement_sauvegarde(k: Calcul) -> int | None:
    """Ce que la clause ajoute à ce médecin : rien si elle ne joue pas ; inconnu si elle joue, ou si rien ne le dit."""
    if k.table("rosp_sauvegarde") is not None and _globaux_tus(k):
        return None
    return k.part(total(k), k.table("rosp_sauvegarde_part"))


# Le détail.


@etape("entier")
def non_dits(k: Calcul) -> int | None:
    """Les indicateurs imprimés qui ne sont pas dits ; rien quand le total des points est dit."""
    return None if _OBTENUS in k.cas.faits else len(_fait(k, _INDICATEUR).valeurs) - len(_dits(k))


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque indicateur dit : son objectif, ses points possibles, son taux de réalisation, ce qu'il apporte."""
    return [
        {
            "indicateur": nom, "libelle": _fait(k, _INDICATEUR).valeurs[nom],
            "volet": _fait(k, "volet").valeurs[_volet(k, nom)], "objectif": _objectif(k, nom),
            "points_maximum": points_possibles(k, nom), "realisation": realisation(k, nom),
            "points": points_de(k, nom), "montant": _euros(k, points_de(k, nom)),
        }
        for nom in _dits(k)
    ]  # fmt: skip


@etape("tableau")
def volets(k: Calcul) -> list[dict[str, Any]]:
    """Chaque volet : ses points possibles, et ceux des indicateurs dits."""
    rangees = []
    for volet, libelle in _fait(k, "volet").valeurs.items():
        maximum = Element(k, _LISTE, 0, {"volet": volet}).table(_VOLETS)
        if maximum is not None:
            siens = [points_de(k, nom) for nom in _dits(k) if _volet(k, nom) == volet]
            rangees.append({"volet": libelle, "points_maximum": maximum, "points": k.somme(siens) if siens else None})
    return rangees


def _globaux_tus(k: Calcul) -> bool:
    """Un des deux montants globaux n'est pas dit."""
    return None in [k.nombre(nom) for nom in _GLOBAUX]


def _dits(k: Calcul) -> dict[str, Element]:
    """Les indicateurs dits, dans l'ordre de l'entrée, chacun une fois."""
    dits: dict[str, Element] = {}
    for p in k.liste(_LISTE):
        nom = str(p.cache[_INDICATEUR])
        if nom in dits:
            raise k.contredit(f"{p}.indicateur", "cet indicateur est déjà dit", "chaque indicateur une fois")
        dits[nom] = p
    return dits


def _fait(k: Calcul, nom: str) -> Fait:
    return k.dispositif.vocabulaire.faits[nom]


def _volet(k: Calcul, indicateur: str) -> str:
    """Le volet de l'indicateur : le groupe dont il est membre."""
    return next(volet for volet, membres in _fait(k, _INDICATEUR).groupes.items() if indicateur in membres)


def _euros(k: Calcul, points_: int | None) -> int | None:
    """Des points en euros, pondérés par la patientèle, d'un seul arrondi."""
    valeur, reference, patientele = valeur_du_point(k), patientele_reference(k), k.nombre("patientele")
    if points_ is None or valeur is None or not reference or patientele is None or ponderation(k) is None:
        return None
    return prorata(points_ * valeur, patientele, UNITE_TAUX * reference)


def _extreme(k: Calcul, *, plein: bool) -> int | None:
    """Le montant, chaque indicateur de taux inconnu compté pour rien, ou pour tous ses points."""
    if total(k) is not None or not _dits(k):
        return None
    bornes = []
    for nom in _dits(k):
        surs = points_de(k, nom)
        bornes.append(k.fois(points_possibles(k, nom), UNITE_TAUX if plein else 0) if surs is None else surs)
    return _euros(k, k.plus(k.somme(bornes), complement(k)))


def _objectif(k: Calcul, indicateur: str) -> str | None:
    """L'objectif cible, lu dans la cellule de sa ligne : « ≥ 93 % », « ≤ 24 % », « 0 % », ou dans son unité."""
    unite = k.corpus.tables["rosp_unite"].valeurs.get(_dits(k)[indicateur].mot("rosp_unite") or "", "")
    for ligne in k.corpus.tables[_REALISATION].actives(k.jour, k.calendrier):
        boite = ligne.boite()
        constate = boite.get(_CONSTATE)
        if isinstance(constate, Plages) and boite[_INDICATEUR].teste(indicateur):
            ((bas, haut),) = constate.plages
            if haut == PLUS_INFINI:
                return f"≥ {_centiemes(bas)} {unite}"
            return f"≤ {_centiemes(haut - 1)} {unite}" if haut > bas + 1 else f"{_centiemes(bas)} {unite}"
    return None


def _centiemes(taux: int) -> str:
    """Un taux en centièmes, pour une personne."""
    entier, decimales = texte_taux(taux * 100).split(".")
    reste = decimales.rstrip("0")
    return f"{entier},{reste}" if reste else entier
