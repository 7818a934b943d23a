"""Le forfait structure (système 16) : le volet 1 déclenche tout, le volet 2 s'y ajoute indicateur par indicateur.

Les prérequis, les points et les objectifs sont des tables, année par année ; ici, on confronte les faits du même nom.
Quand un indicateur reste incertain, ``au_moins`` et ``au_plus`` bornent le total. Les points se comptent en
dix-millièmes, comme les taux.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.montant import UNITE_TAUX, prorata

_VOLET_1, _TELESERVICES, _COORDINATION = "volet_1", "teleservices", "coordination"
_VOLET_2_DIT, _TELESERVICES_DITS = "points_volet_2", "points_teleservices"
_EXIGE: Final = "exige"


def calculer(k: Calcul) -> None:
    """Le forfait et ses bornes, les points, les prérequis, le détail, les téléservices, le paiement."""
    _controler(k)
    total(k)
    au_moins(k)
    au_plus(k)
    volet_1(k)
    points(k)
    points_maximum(k)
    points_maximum_volet_2(k)
    montant_maximum(k)
    valeur_du_point(k)
    prerequis_remplis(k)
    detail(k)
    teleservices(k)
    _verser(k)


# Le volet 1.


@etape("oui_non")
def teletransmission_suffisante(k: Calcul) -> Valeur:
    """La part de feuilles télétransmises atteint la fraction exigée : comparaison exacte."""
    ecart = _ecart(k)
    return None if ecart is None else k.oui_non(ecart >= 0)


@etape("oui_non")
def teletransmission_au_seuil(k: Calcul) -> Valeur:
    """La part de feuilles télétransmises est exactement la fraction exigée, et elle compte."""
    if "volet_1_atteint" in k.cas.faits:
        return "non"
    return k.oui_non(_ecart(k) == 0)


@etape("oui_non")
def rempli(k: Calcul, prerequis: str) -> Valeur:
    """Le prérequis est rempli, ou n'est pas exigé."""
    mot = _avec(k, prerequis=prerequis).mot("fs_prerequis")
    if mot is None:
        return None
    return k.fait(prerequis) if mot == _EXIGE else "oui"


@etape("oui_non")
def volet_1(k: Calcul) -> Valeur:
    """Tous les prérequis sont remplis, ou la caisse l'a constaté."""
    if "volet_1_atteint" in k.cas.faits:
        return k.fait("volet_1_atteint")
    verdicts = [rempli(k, nom) for nom in _valeurs(k, "prerequis")]
    return k.oui_non(k.et(*(None if verdict is None else verdict == "oui" for verdict in verdicts)))


@etape("oui_non")
def volet_1_manque(k: Calcul) -> Valeur:
    """Un prérequis au moins n'est pas rempli."""
    verdict = volet_1(k)
    return None if verdict is None else k.oui_non(verdict == "non")


# Le volet 2.


@etape("entier")
def teleservices_atteints(k: Calcul) -> Valeur:
    """Combien de téléservices atteignent leur objectif ; un intervalle si un taux manque."""
    verdicts = [teleservice_atteint(k, nom) for nom in _valeurs(k, "teleservice")]
    surs, flous = verdicts.count("oui"), verdicts.count(None)
    return Intervalle(surs, surs + flous + 1) if flous else surs


@etape("oui_non")
def teleservice_atteint(k: Calcul, teleservice: str) -> Valeur:
    """Le taux du téléservice atteint son objectif de l'année."""
    return k.oui_non(k.au_plus(_avec(k, teleservice=teleservice).table("fs_objectifs"), k.nombre(teleservice)))


@etape("taux")
def part(k: Calcul, indicateur: str) -> int | None:
    """La part des points que l'indicateur donne : tout, rien, ou ce que dit sa table."""
    if indicateur == _TELESERVICES:
        return k.table("fs_bouquet")
    if indicateur == _VOLET_1:
        verdict = volet_1(k)
    else:
        verdict = k.mot("fs_coordination") if indicateur == _COORDINATION else k.fait(indicateur)
    return None if verdict is None else (UNITE_TAUX if verdict == "oui" else 0)


@etape("entier")
def points_possibles(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur cette année-là."""
    return _avec(k, indicateur=indicateur).table("fs_points")


@etape("nombre")
def points_de(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur ; aucun si le volet 1 n'est pas atteint."""
    if volet_1(k) == "non":
        return 0
    possibles = points_possibles(k, indicateur)
    if indicateur == _TELESERVICES and _TELESERVICES_DITS in k.cas.faits:
        dits = k.nombre(_TELESERVICES_DITS)
        if dits is not None and possibles is not None and dits > possibles:
            raise k.contredit(_TELESERVICES_DITS, "il n'y a pas autant de points", f"de 0 à {possibles}")
        acquis = k.fois(dits, UNITE_TAUX)
    else:
        acquis = None if possibles is None else k.fois(possibles, part(k, indicateur))
    return acquis if volet_1(k) == "oui" else None


@etape("nombre")
def points_volet_2_dits(k: Calcul) -> int | None:
    """Les points du volet 2 que la caisse a retenus ; aucun si le volet 1 n'est pas atteint."""
    return k.si(_atteint(k), k.fois(k.nombre(_VOLET_2_DIT), UNITE_TAUX), 0)


# Les points et les montants.


@etape("montant")
def valeur_du_point(k: Calcul) -> int | None:
    """La valeur du point."""
    return k.table("fs_valeur_du_point")


@etape("montant", composante=True)
def montant_de(k: Calcul, indicateur: str) -> int | None:
    """Les points de l'indicateur, en euros."""
    return _euros(k, points_de(k, indicateur))


@etape("montant", composante=True)
def montant_volet_2_dit(k: Calcul) -> int | None:
    """Les points du volet 2 que la caisse a retenus, en euros."""
    return _euros(k, points_volet_2_dits(k))


@etape("nombre")
def points(k: Calcul) -> int | None:
    """Les points des deux volets."""
    dits = [points_volet_2_dits(k)] if _VOLET_2_DIT in k.cas.faits else []
    return k.somme([*(points_de(k, nom) for nom in _indicateurs(k)), *dits])


@etape("montant")
def total(k: Calcul) -> int | None:
    """Les deux volets, en euros."""
    dits = [montant_volet_2_dit(k)] if _VOLET_2_DIT in k.cas.faits else []
    return k.somme([*(montant_de(k, nom) for nom in _indicateurs(k)), *dits])


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """Ce que donnent les indicateurs certains ; rien si le total est connu."""
    if total(k) is not None:
        return None
    dits = [montant_volet_2_dit(k)] if _VOLET_2_DIT in k.cas.faits else []
    return k.somme(m for m in [*(montant_de(k, nom) for nom in _indicateurs(k)), *dits] if m is not None)


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """Le montant si tout ce qui est incertain était atteint ; rien si le total est connu, ou si des points manquent."""
    if total(k) is not None:
        return None
    bornes = []
    for nom in _indicateurs(k):
        surs, perdus = montant_de(k, nom), volet_1(k) is None and part(k, nom) == 0
        plein = 0 if perdus else _euros(k, k.fois(points_possibles(k, nom), UNITE_TAUX))
        bornes.append(plein if surs is None else surs)
    if _VOLET_2_DIT in k.cas.faits:
        bornes.append(_euros(k, k.fois(k.nombre(_VOLET_2_DIT), UNITE_TAUX)))
    return _euros(k, k.fois(points_maximum(k), UNITE_TAUX)) if None in bornes else k.somme(bornes)


@etape("entier")
def points_maximum(k: Calcul) -> int | None:
    """Les points des deux volets, tout atteint."""
    return _avec(k, ensemble="tout").table("fs_totaux")


@etape("entier")
def points_maximum_volet_2(k: Calcul) -> int | None:
    """Les points du volet 2, tout atteint."""
    return _avec(k, ensemble="volet_2").table("fs_totaux")


@etape("montant")
def montant_maximum(k: Calcul) -> int | None:
    """Tous les points, en euros."""
    return k.fois(points_maximum(k), valeur_du_point(k))


# Le détail.


@etape("tableau")
def prerequis_remplis(k: Calcul) -> list[dict[str, Any]] | None:
    """Chaque prérequis : s'il est exigé cette année-là, s'il est rempli ; rien si la caisse a dit le volet 1."""
    if "volet_1_atteint" in k.cas.faits:
        return None
    rangees = []
    for nom, libelle in _valeurs(k, "prerequis").items():
        mot = _avec(k, prerequis=nom).mot("fs_prerequis")
        dit = None if mot is None else k.corpus.tables["fs_prerequis"].valeurs[mot]
        rangees.append({"prerequis": libelle, "exige": dit, "rempli": k.fait(nom) if mot == _EXIGE else None})
    return rangees


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque indicateur : ses points possibles, ce qu'il donne, et comment il se constate."""
    return [
        {
            "indicateur": nom, "libelle": _valeurs(k, "indicateur")[nom],
            "points_maximum": points_possibles(k, nom), "points": points_de(k, nom), "montant": montant_de(k, nom),
            "constat": k.corpus.tables["fs_mode"].valeurs[_avec(k, indicateur=nom).mot("fs_mode") or ""],
        }
        for nom in _indicateurs(k)
    ]  # fmt: skip


@etape("tableau")
def teleservices(k: Calcul) -> list[dict[str, Any]] | None:
    """Chaque téléservice : ce qui était observé en 2016, l'objectif de l'année, le taux du médecin."""
    rangees = []
    for nom, libelle in _valeurs(k, "teleservice").items():
        objectif = _avec(k, teleservice=nom).table("fs_objectifs")
        if objectif is not None:
            observe = _avec(k, teleservice=nom).table("fs_observes")
            atteint = teleservice_atteint(k, nom)
            rangees.append(
                {
                    "teleservice": libelle, "observe": observe, "objectif": objectif, "taux": k.nombre(nom),
                    "atteint": atteint,
                }
            )  # fmt: skip
    return rangees or None


def _verser(k: Calcul) -> None:
    """L'échéance : la fin du semestre où le forfait de l'année est payé."""
    mois = k.table("fs_paiement")
    if mois is not None:
        objet = "forfait structure de l'année, payé au cours de ce premier semestre"
        k.verse(temps.plus_mois(temps.jour(f"{k.annee()}-01-01"), mois) - 1, total(k), objet)


def _avec(k: Calcul, **faits: str) -> Element:
    """Un lecteur de table qui connaît ces faits-là en plus de ceux du cas."""
    return Element(k, "lecture", 0, faits)


def _valeurs(k: Calcul, fait: str) -> dict[str, str]:
    """Les valeurs d'un fait, avec leurs libellés."""
    return k.dispositif.vocabulaire.faits[fait].valeurs


def _indicateurs(k: Calcul) -> list[str]:
    """Les indicateurs à compter : le volet 1 seul quand la caisse a dit tous les points du volet 2."""
    return [_VOLET_1] if _VOLET_2_DIT in k.cas.faits else list(_valeurs(k, "indicateur"))


def _controler(k: Calcul) -> None:
    """Les points dits tiennent dans ceux du volet 2 : imprimés, ou ce que le total des deux volets lui laisse."""
    dits, imprimes = k.nombre(_VOLET_2_DIT), points_maximum_volet_2(k)
    reste = k.moins(points_maximum(k), points_possibles(k, _VOLET_1))
    possibles = reste if imprimes is None else imprimes
    if dits is not None and possibles is not None and dits > possibles:
        raise k.contredit(_VOLET_2_DIT, "il n'y a pas autant de points", f"de 0 à {possibles}")


def _atteint(k: Calcul) -> bool | None:
    verdict = volet_1(k)
    return None if verdict is None else verdict == "oui"


def _ecart(k: Calcul) -> int | None:
    """Ce qui sépare les feuilles télétransmises de la fraction exigée, réduit au même dénominateur."""
    faites, toutes = k.nombre("feuilles_teletransmises"), k.nombre("feuilles_totales")
    if faites is not None and toutes is not None and faites > toutes:
        raise k.contredit(
            "feuilles_teletransmises", "plus de feuilles télétransmises que de feuilles", "au plus autant"
        )
    numerateur, denominateur = (_avec(k, terme=t).table("fs_teletransmission") for t in _valeurs(k, "terme"))
    return k.moins(k.fois(faites, denominateur), k.fois(toutes, numerateur))


def _euros(k: Calcul, points_: int | None) -> int | None:
    """Des points en euros, d'un seul arrondi."""
    valeur = valeur_du_point(k)
    return None if points_ is None or valeur is None else prorata(valeur, points_, UNITE_TAUX)
