"""Les formules des faits calculés et de l'argent. Aucun tarif, aucune date, aucun seuil : tout vient de ``k``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opposable.droit.algebre import Algebre, Operations, Relations
from opposable.droit.ensemble import Valeur

if TYPE_CHECKING:
    from opposable.droit.scalaire import Formule


def age_mois(k: Operations) -> Valeur:
    """L'âge en mois révolus le jour des soins ; un intervalle si l'âge seul est dit."""
    return k.age_mois("patient.date_naissance", "patient.age")


def age_jours(k: Operations) -> Valeur:
    """L'âge en jours révolus le jour des soins ; un intervalle si l'âge seul est dit."""
    return k.age_jours("patient.date_naissance", "patient.age")


def age_mois_1er_janvier(k: Operations) -> Valeur:
    """L'âge en mois révolus au 1er janvier de l'année des soins ; zéro pour un enfant né dans l'année."""
    return k.age_mois_1er_janvier("patient.date_naissance", "patient.age")


def _jours_depuis(nom: str) -> Formule:
    def formule(k: Operations) -> Valeur:
        return k.jours_depuis(nom)

    return formule


def kilometres_deduits(k: Operations) -> Valeur:
    """Les kilomètres parcourus qui ne sont pas facturés ; négatif si l'on facture plus que la distance."""
    return k.moins(k.nombre("contexte.distance_km"), k.nombre("acte.quantite"))


LIEU: Final = ("medecin.territoire", "medecin.cabinet_alsace_moselle")
"""Les faits qui disent quels jours sont fériés."""


def jour_de_semaine(k: Operations) -> Valeur:
    """Le jour de la semaine des soins."""
    return k.jour_de_semaine()


def _ferie(ecart: int) -> Formule:
    def formule(k: Operations) -> Valeur:
        return k.oui_non(k.ferie(ecart, *LIEU))

    return formule


def _minutes_depuis(nom: str) -> Formule:
    def formule(k: Operations) -> Valeur:
        return k.minutes_depuis(nom, "facture.heure")

    return formule


def jours_ouvres_depuis_adressage(k: Operations) -> Valeur:
    """Les jours ouvrés écoulés après le jour de l'adressage ; un intervalle s'ils dépendent d'où est le cabinet."""
    return k.jours_ouvres_depuis("contexte.adresse_le", *LIEU)


def ligne_opposable(k: Algebre) -> Valeur:
    """Les honoraires de la ligne ne dépassent pas son tarif ; non indiqués, ils valent le tarif."""
    honoraires = k.nombre("acte.honoraires")
    tarif = k.fois(k.tarif(), k.nombre("acte.quantite"))
    return k.oui_non(k.ou(k.non(k.connu(honoraires)), k.au_plus(honoraires, tarif)))


def facture_opposable(k: Relations) -> Valeur:
    """Toutes les lignes sont au tarif opposable."""
    return k.oui_non(k.tous("ligne.opposable", "oui"))


def facture_da(k: Relations) -> Valeur:
    """Une ligne porte un dépassement autorisé."""
    return k.oui_non(k.un("ligne.nature_depassement", "da"))


def facture_de(k: Relations) -> Valeur:
    """Une ligne porte un dépassement exceptionnel."""
    return k.oui_non(k.un("ligne.nature_depassement", "de"))


def facture_coordination(k: Relations) -> Valeur:
    """La facture porte une majoration de coordination."""
    return k.oui_non(k.present("coordination"))


def plusieurs_actes_techniques(k: Relations) -> Valeur:
    """La facture porte plusieurs actes techniques, gestes complémentaires et suppléments à part."""
    return k.oui_non(k.plusieurs("acte_technique"))


def facture_consultation(k: Relations) -> Valeur:
    """La facture porte une consultation."""
    return k.oui_non(k.present("consultation"))


def plafond_da_respecte(k: Relations) -> Valeur:
    """Le total demandé ne dépasse pas le plafond du dépassement autorisé ; sans lui, il n'y a rien à respecter."""
    porte = k.un("ligne.nature_depassement", "da")
    return k.oui_non(k.ou(k.non(porte), k.au_plus(k.somme_honoraires(), plafond_da(k))))


def plafond_da(k: Relations) -> int | None:
    """Le plafond du total facturé avec un dépassement autorisé, au centime."""
    assiette = k.total_coordonne()
    return k.plus(assiette, k.part(assiette, k.table("da_taux")))


def acte_couteux(k: Operations, tarif: int | None) -> bool | None:
    """Le tarif d'un acte atteint le seuil des actes lourds."""
    return k.au_plus(k.table("seuil_actes_lourds"), tarif)


def avance(k: Operations, honoraires: int | None, *versements: int | None) -> int | None:
    """Ce que le patient règle : les honoraires, moins ce que chaque organisme verse au médecin en tiers payant."""
    reste = honoraires
    for versement in versements:
        reste = k.moins(reste, versement)
    return reste


FORMULES: dict[str, Formule] = {
    "age_mois": age_mois,
    "age_jours": age_jours,
    "age_mois_1er_janvier": age_mois_1er_janvier,
    "jours_depuis_accouchement": _jours_depuis("patient.accouchement_le"),
    "jours_depuis_sortie": _jours_depuis("contexte.date_sortie_hospitalisation"),
    "kilometres_deduits": kilometres_deduits,
    "jour_de_semaine": jour_de_semaine,
    "ferie": _ferie(0),
    "ferie_lendemain": _ferie(1),
    "ferie_veille": _ferie(-1),
    "ferie_avant_veille": _ferie(-2),
    "minutes_depuis_regulation": _minutes_depuis("contexte.regule_le"),
    "minutes_depuis_adressage": _minutes_depuis("contexte.adresse_le"),
    "jours_ouvres_depuis_adressage": jours_ouvres_depuis_adressage,
    "ligne_opposable": ligne_opposable,
    "facture_opposable": facture_opposable,
    "facture_da": facture_da,
    "facture_de": facture_de,
    "facture_coordination": facture_coordination,
    "plafond_da_respecte": plafond_da_respecte,
    "plusieurs_actes_techniques": plusieurs_actes_techniques,
    "facture_consultation": facture_consultation,
}
"""Les formules que le vocabulaire nomme."""
INTERVALLES: Final = frozenset(
    {
        "age_mois",
        "age_mois_1er_janvier",
        "age_jours",
        "minutes_depuis_regulation",
        "minutes_depuis_adressage",
        "jours_ouvres_depuis_adressage",
    }
)
"""Les formules qui donnent un intervalle quand ce qu'elles lisent n'est connu qu'à peu près."""


def participation(k: Operations, actes: int | None) -> int | None:
    """La participation forfaitaire de plusieurs actes d'une facture, sous ses plafonds du jour et de l'année."""
    unitaire = k.table("participation_forfaitaire")
    deja_jour = k.fois(unitaire, k.nombre("contexte.actes_meme_professionnel_jour"))
    reste_jour = k.max(k.moins(k.table("participation_plafond_jour"), deja_jour), 0)
    reste_annee = k.max(k.moins(k.table("participation_plafond_annee"), k.nombre("patient.participations_annee")), 0)
    return k.min(k.min(k.fois(unitaire, actes), reste_jour), reste_annee)


def participation_retenue(k: Operations, due: int | None, part_obligatoire: int | None) -> int | None:
    """Ce qui est retenu de la participation due : au plus la part obligatoire de la facture."""
    return k.si(k.au_plus(due, 0), 0, k.min(due, part_obligatoire))


def argent(k: Algebre) -> None:
    """L'argent d'une ligne, étape par étape : chaque étape est nommée et reste inconnue si ce qu'elle lit l'est."""
    quantite = k.nombre("acte.quantite")
    tarif = k.nomme("tarif", k.fois(k.tarif(), quantite))
    honoraires = k.nomme("honoraires", k.defaut(k.nombre("acte.honoraires"), tarif))
    base = k.nomme("base_remboursement", k.min(k.fois(k.base_propre(), quantite), honoraires))
    taux = k.nomme("taux", k.taux_propre())
    part = k.nomme("part_obligatoire", k.part(base, taux))
    k.nomme("ticket_moderateur", k.moins(base, part))
    k.nomme("depassement", k.max(k.moins(honoraires, base), 0))
