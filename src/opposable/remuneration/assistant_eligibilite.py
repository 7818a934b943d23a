"""Le contrat d'aide à l'emploi d'un assistant médical (système 23) : qui peut le signer, et avec quelle option.

Les conditions sont dans le dispositif ; une option se juge par les mêmes, comme si c'était elle que l'on demandait.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.constat import AVERTIT, REFUSE, constater
from opposable.droit.montant import UNITE_TAUX

_OUVERTE, _FERMEE, _A_VERIFIER = "ouverte", "fermée", "à vérifier"
_P30: Final = "p30"
_SOUS_P30: Final = "sous_p30"


def calculer(k: Calcul) -> None:
    """Le verdict, la patientèle qui compte et son niveau, les délais, les options une à une."""
    peut_signer(k)
    mesure(k)
    niveau_retenu(k)
    part_ccam(k)
    signature_a_partir_du(k)
    options(k)


@etape("oui_non")
def peut_signer(k: Calcul) -> str | None:
    """Toutes les conditions sont remplies, aucune n'est en doute."""
    atteint_p30(k)
    return None if any(constat.etat != AVERTIT for constat in k.constats) else "oui"


@etape("texte")
def mesure(k: Calcul) -> str | None:
    """La patientèle médecin traitant pour un généraliste, la file active pour une autre spécialité."""
    mot = k.mot("assistant_mesure")
    return None if mot is None else k.corpus.tables["assistant_mesure"].valeurs[mot]


@etape("entier")
def seuil(k: Calcul, percentile: str) -> int | None:
    """Le seuil de ce percentile pour la spécialité."""
    return Element(k, "lecture", 0, {"percentile": percentile}).table("assistant_percentiles")


@etape("oui_non")
def atteint_p30(k: Calcul) -> str | None:
    """La patientèle est au moins au P30 : le niveau dit, ou la patientèle comparée au seuil."""
    dit = k.fait("niveau")
    if dit is not None:
        return "non" if dit == _SOUS_P30 else "oui"
    minimum, patients = seuil(k, _P30), k.nombre("patientele")
    return None if minimum is None or patients is None else ("oui" if patients >= minimum else "non")


@etape("texte")
def niveau_retenu(k: Calcul) -> str | None:
    """Le niveau dit, ou celui que la patientèle atteint parmi les seuils."""
    niveaux = k.dispositif.vocabulaire.faits["niveau"].valeurs
    dit, patients = k.fait("niveau"), k.nombre("patientele")
    if isinstance(dit, str):
        return niveaux[dit]
    seuils = [seuil(k, nom) for nom in k.dispositif.vocabulaire.faits["percentile"].valeurs]
    connus = [s for s in seuils if s is not None]
    if patients is None or len(connus) < len(seuils):
        return None
    if connus != sorted(connus):
        raise k.contredit(
            "patientele", f"les seuils remplis ne sont pas croissants : {connus}", "P30 ≤ P50 ≤ P90 ≤ P95"
        )
    return list(niveaux.values())[sum(patients >= s for s in connus)]


@etape("taux")
def part_ccam(k: Calcul) -> int | None:
    """Les honoraires CCAM ÷ les honoraires totaux, arrondi par défaut."""
    ccam, total = k.nombre("honoraires_ccam"), k.nombre("honoraires_totaux")
    if ccam is not None and total is not None and ccam > total:
        raise k.contredit("honoraires_ccam", "plus d'honoraires CCAM que d'honoraires", "au plus le total")
    return k.quotient(ccam, total)


@etape("oui_non")
def ccam_sous_seuil(k: Calcul) -> str | None:
    """La part d'honoraires CCAM est strictement sous le seuil : comparaison exacte."""
    part_ccam(k)
    ccam, total, plafond = (k.nombre("honoraires_ccam"), k.nombre("honoraires_totaux"), k.table("assistant_part_ccam"))
    if ccam is None or total is None or plafond is None:
        return None
    return "oui" if ccam * UNITE_TAUX < total * plafond else "non"


@etape("oui_non")
def depart_proche(k: Calcul) -> str | None:
    """L'embauche de l'assistant est dans le délai qui entoure le départ du secrétaire, bornes comprises."""
    depart, embauche, mois = k.nombre("secretaire_parti_le"), k.nombre("embauche_le"), k.table("assistant_secretaire")
    if depart is None or embauche is None or mois is None:
        return None
    return "oui" if temps.plus_mois(depart, -mois) <= embauche <= temps.plus_mois(depart, mois) else "non"


@etape("date")
def signature_a_partir_du(k: Calcul) -> int | None:
    """Le premier jour où un nouveau contrat peut être signé ; rien si aucun n'a fini."""
    fin, mois = k.nombre("contrat_fini_le") if k.fait("contrat_fini") == "oui" else None, k.table("assistant_carence")
    return None if fin is None or mois is None else temps.plus_mois(fin, mois)


@etape("oui_non")
def en_carence(k: Calcul) -> str | None:
    """La signature vient avant la fin du délai de carence d'un contrat fini."""
    fini = k.fait("contrat_fini")
    if fini != "oui":
        return "non" if fini == "non" else None
    fin = k.nombre("contrat_fini_le")
    if fin is not None and fin > k.jour:
        raise k.contredit("contrat_fini_le", "le contrat finit après la signature du nouveau", "un jour d'avant")
    libre = signature_a_partir_du(k)
    return None if libre is None else ("oui" if k.jour < libre else "non")


@etape("tableau")
def options(k: Calcul) -> list[dict[str, Any]]:
    """Chaque option jugée par les conditions qui en parlent."""
    regles = [r for r in k.dispositif.conditions if "option" in set(r.condition.faits())]
    resultat = []
    for valeur, libelle in k.dispositif.vocabulaire.faits["option"].valeurs.items():
        lecteur = Element(k, "lecture", 0, {"option": valeur})
        constats = [c for r in regles if (c := constater(lecteur, r)) is not None]
        refus = [c for c in constats if c.etat == REFUSE]
        etat = _FERMEE if refus else (_A_VERIFIER if constats else _OUVERTE)
        pourquoi = " ; ".join(c.precision for c in (refus or constats))
        resultat.append({"option": libelle, "etat": etat, "pourquoi": pourquoi or None})
    return resultat
