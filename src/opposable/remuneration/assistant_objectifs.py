"""Les objectifs d'un contrat d'assistant médical (système 25) : ce qui est atteint, et la part de l'aide acquise.

Chaque mesure (file active, patientèle médecin traitant) a un état ; une table en fait un verdict. Un prorata que le
texte ne définit pas garde deux bornes, arrondies par défaut.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.montant import UNITE_TAUX, quotient_par_defaut

_FA, _PMT = "fa", "pmt"
_ATTEINT, _NON_ATTEINT, _BAISSE, _AU_DELA = "atteint", "non_atteint", "baisse", "au_dela"
_DEUX, _AGE = "deux", "maintien_10"
_PARTS: Final = {"entiere": UNITE_TAUX, "aucune": 0}
_PRORATA, _PRORATA_65 = "proratisee", "proratisee_65"
Bornes = tuple[int, int]


def calculer(k: Calcul) -> None:
    """La part acquise et ses bornes, l'objectif, chaque mesure, le primo-installé, l'autre activité."""
    part_versee(k)
    part_au_moins(k)
    part_au_plus(k)
    verdict(k)
    objectif(k)
    mesures(k)
    detail(k)
    taux_plein(k)
    objectif_avant_le(k)
    avenant(k)
    activite_mixte(k)
    limite = objectif_avant_le(k)
    if limite is not None:
        k.verse(limite, None, "nouvel objectif du primo-installé à atteindre avant cette date")


# L'objectif.


@etape("texte")
def nature(k: Calcul) -> str | None:
    """L'objectif est fixe, individualisé, ou de maintenir la patientèle de départ."""
    return k.mot("assistant_nature")


@etape("texte")
def objectif(k: Calcul) -> str | None:
    """La nature de l'objectif, en clair."""
    return _dit(k, "assistant_nature")


@etape("texte")
def mesures(k: Calcul) -> str | None:
    """Ce qui se compare aux objectifs : deux mesures, ou la file active seule."""
    return _dit(k, "assistant_mesures")


@etape("oui_non")
def deux_mesures(k: Calcul) -> str | None:
    """La file active et la patientèle médecin traitant comptent toutes les deux."""
    mot = k.mot("assistant_mesures")
    return None if mot is None else ("oui" if mot == _DEUX else "non")


@etape("entier")
def a_atteindre(k: Calcul, mesure: str) -> int | None:
    """La patientèle que le contrat demande d'atteindre, ou celle de départ et les patients de plus."""
    dit, depart = k.nombre(f"{mesure}_objectif"), k.nombre(f"{mesure}_depart")
    if dit is not None and depart is not None and dit < depart:
        raise k.contredit(f"{mesure}_objectif", "l'objectif est sous la patientèle de départ", f"au moins {depart}")
    if dit is not None:
        if depart is not None and dit != depart and k.choisir("assistant_tolerance").ligne is not None:
            raise k.contredit(
                f"{mesure}_objectif", "l'objectif est de maintenir la patientèle de départ", f"{depart}, ou rien"
            )
        return dit
    lecteur = Element(k, "lecture", 0, {"mesure": mesure, "depart": depart})
    return k.plus(lecteur.nombre("depart"), lecteur.table("assistant_objectif"))


# Ce qui est atteint.


@etape("oui_non")
def dans_la_tolerance(k: Calcul, mesure: str) -> bool | None:
    """La patientèle constatée n'a pas baissé de plus que la tolérance ; faux si l'objectif n'est pas un maintien."""
    tolerance = k.choisir("assistant_tolerance")
    if nature(k) is not None and tolerance.etat == "hors":
        return False
    depart, constatee = k.nombre(f"{mesure}_depart"), k.nombre(f"{mesure}_constatee")
    toleree = k.table("assistant_tolerance")
    if depart is None or constatee is None or toleree is None:
        return None
    return constatee * UNITE_TAUX >= depart * (UNITE_TAUX - toleree)


@etape("texte")
def etat(k: Calcul, mesure: str) -> str | None:
    """Atteint, non atteint sans baisse, ou avec baisse par rapport à la patientèle de départ."""
    depart, constatee = k.nombre(f"{mesure}_depart"), k.nombre(f"{mesure}_constatee")
    if constatee is None:
        return None
    dit = k.nombre(f"{mesure}_objectif")
    if dit is not None and depart is not None and constatee >= dit:
        a_atteindre(k, mesure)
        return _ATTEINT
    toleree = dans_la_tolerance(k, mesure)
    if toleree:
        return _ATTEINT
    if depart is None or toleree is None:
        return None
    if constatee < depart:
        return _AU_DELA if nature(k) == _AGE else _BAISSE
    cible = a_atteindre(k, mesure)
    return None if cible is None else (_ATTEINT if constatee >= cible else _NON_ATTEINT)


@etape("texte")
def etat_fa(k: Calcul) -> str | None:
    """L'état de la file active."""
    return etat(k, _FA)


@etape("texte")
def etat_pmt(k: Calcul) -> str | None:
    """L'état de la patientèle médecin traitant, quand elle compte."""
    return None if deux_mesures(k) == "non" else etat(k, _PMT)


@etape("tableau")
def taux(k: Calcul, mesure: str) -> Bornes | None:
    """Le taux d'atteinte de la mesure : celui de la caisse, ou ses deux lectures."""
    constat, dit = etat(k, mesure), k.nombre(f"taux_{mesure}")
    depart, constatee = k.nombre(f"{mesure}_depart"), k.nombre(f"{mesure}_constatee")
    if constat is None or depart is None or constatee is None:
        return None
    if constat in {_ATTEINT, _BAISSE}:
        return (UNITE_TAUX, UNITE_TAUX) if constat == _ATTEINT else (0, 0)
    if dit is not None:
        return dit, dit
    if constat == _AU_DELA:
        garde = UNITE_TAUX - (k.table("assistant_tolerance") or 0)
        haut = quotient_par_defaut(constatee * UNITE_TAUX, depart * garde)
        return quotient_par_defaut(constatee, depart), haut
    cible = a_atteindre(k, mesure)
    if cible is None:
        return None
    return quotient_par_defaut(constatee - depart, cible - depart), quotient_par_defaut(constatee, cible)


# La part de l'aide.


@etape("texte")
def mot_du_verdict(k: Calcul) -> str | None:
    """Ce que le tableau de vérification donne à ces états."""
    return k.mot("assistant_verdict")


@etape("texte")
def verdict(k: Calcul) -> str | None:
    """Le verdict du tableau, en clair."""
    return _dit(k, "assistant_verdict")


@etape("tableau")
def parts(k: Calcul) -> Bornes | None:
    """La plus petite et la plus grande part de l'aide que les lectures du texte laissent."""
    mot = mot_du_verdict(k)
    if mot is None or mot in _PARTS:
        return None if mot is None else (_PARTS[mot], _PARTS[mot])
    bornes = [taux(k, nom) for nom in _comptent(k)]
    connues = [b for b in bornes if b is not None]
    if not connues or len(connues) < len(bornes):
        return None
    bas = [b[0] for b in connues]
    return (max(bas) if mot == _PRORATA else min(bas)), max(b[1] for b in connues)


@etape("oui_non")
def prorata_indecis(k: Calcul) -> str:
    """L'aide est proratisée, et les lectures du taux d'atteinte diffèrent."""
    return _indecis(k, _PRORATA)


@etape("oui_non")
def prorata_65_indecis(k: Calcul) -> str:
    """L'aide est proratisée au-delà de la baisse tolérée, et les lectures diffèrent."""
    return _indecis(k, _PRORATA_65)


@etape("taux")
def part_versee(k: Calcul) -> int | None:
    """La part de l'aide acquise : entière pour un primo-installé à taux plein, sinon celle du tableau."""
    if taux_plein(k) == "oui":
        return UNITE_TAUX
    possibles = parts(k)
    return possibles[0] if possibles is not None and possibles[0] == possibles[1] else None


@etape("taux")
def part_au_moins(k: Calcul) -> int | None:
    """La part de la lecture la moins favorable ; rien si elle est connue."""
    return _borne(k, 0)


@etape("taux")
def part_au_plus(k: Calcul) -> int | None:
    """La part de la lecture la plus favorable ; rien si elle est connue."""
    return _borne(k, 1)


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque mesure qui compte : départ, objectif, constat, état, taux d'atteinte."""
    libelles = k.dispositif.vocabulaire.faits["mesure"].valeurs
    resultat = []
    for nom in _comptent(k):
        dit, bornes = etat(k, nom), taux(k, nom)
        resultat.append(
            {
                "mesure": libelles[nom],
                "depart": k.nombre(f"{nom}_depart"),
                "objectif": a_atteindre(k, nom),
                "constatee": k.nombre(f"{nom}_constatee"),
                "etat": None if dit is None else k.dispositif.vocabulaire.faits[f"etat_{nom}"].valeurs[dit],
                "taux_au_moins": None if bornes is None else bornes[0],
                "taux_au_plus": None if bornes is None else bornes[1],
            }
        )
    return resultat


# Le primo-installé, l'autre activité.


@etape("oui_non")
def avenant_signe(k: Calcul) -> str:
    """L'avenant qui fixe un nouvel objectif est signé."""
    return "oui" if "avenant_le" in k.cas.faits else "non"


@etape("entier")
def anciennete(k: Calcul) -> int | None:
    """Les mois révolus depuis la signature du contrat."""
    signature = k.nombre("signature")
    if signature is not None and signature > k.jour:
        raise k.contredit("signature", "le contrat est signé après le constat", "un jour d'avant")
    return None if signature is None else temps.mois_revolus(signature, k.jour)


@etape("oui_non")
def taux_plein(k: Calcul) -> str | None:
    """Le constat tombe dans l'année qui suit l'avenant d'un primo-installé : l'aide est à taux plein."""
    if avenant_signe(k) == "non" or k.fait("primo_installe") == "non":
        return "non"
    avenant_, mois = k.nombre("avenant_le"), k.table("assistant_taux_plein")
    if avenant_ is None or mois is None:
        return None
    return "oui" if avenant_ <= k.jour <= temps.plus_mois(avenant_, mois) else "non"


@etape("date")
def objectif_avant_le(k: Calcul) -> int | None:
    """Le jour où le nouvel objectif d'un primo-installé doit être atteint."""
    if avenant_signe(k) == "non" or k.fait("primo_installe") == "non":
        return None
    avenant_, mois = k.nombre("avenant_le"), k.table("assistant_delai_objectif")
    return None if avenant_ is None or mois is None else temps.plus_mois(avenant_, mois)


@etape("texte")
def avenant(k: Calcul) -> str | None:
    """L'avenant d'un primo-installé est à signer, ou pas encore ; rien s'il l'est, ou pour un autre médecin."""
    return _dit(k, "assistant_avenant")


@etape("texte")
def activite_mixte(k: Calcul) -> str | None:
    """Ce que l'autre activité du médecin change."""
    return _dit(k, "assistant_activite_mixte")


def _comptent(k: Calcul) -> list[str]:
    """Les mesures qui comptent, dans l'ordre du tableau."""
    deux = deux_mesures(k)
    return [] if deux is None else ([_FA, _PMT] if deux == "oui" else [_FA])


def _indecis(k: Calcul, mot: str) -> str:
    bornes = parts(k) if mot_du_verdict(k) == mot and taux_plein(k) != "oui" else None
    return "oui" if bornes is not None and bornes[0] != bornes[1] else "non"


def _borne(k: Calcul, rang: int) -> int | None:
    possibles = parts(k)
    return None if possibles is None or part_versee(k) is not None else possibles[rang]


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]
