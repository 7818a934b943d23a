"""Le dispositif ``teleconsultation`` (système 38) : la part d'actes en téléconsultation d'une année, et son seuil.

Ce qui entre dans la part est dans la table ``acte_a_distance`` ; les totaux de l'entrée sont lus comme des lots d'actes
de même nature. Le texte laisse deux doutes : le dénominateur, et la téléconsultation de sa patientèle que le SAS a
régulée. Chaque lecture est calculée, et le seuil n'est dit respecté ou dépassé que si toutes s'accordent.
"""

from __future__ import annotations

from typing import Any, Final

from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import part_par_defaut

_TOTAUX: Final = (
    "actes_totaux", "actes_patientele_mt", "teleconsultations", "teleconsultations_mt", "teleconsultations_sas",
    "teleconsultations_mt_sas", "teleexpertises",
)  # fmt: skip
_LETTRE, _PATIENTELE, _SAS = "lettre", "hors_patientele", "sas_compte"
_LECTURES: Final = {
    _LETTRE: "toute l'activité conventionnée au dénominateur",
    _PATIENTELE: "l'activité hors patientèle médecin traitant au dénominateur (lecture prêtée à des caisses)",
    _SAS: "toute l'activité au dénominateur, et la patientèle régulée par le SAS comptée",
}


def calculer(k: Calcul) -> None:
    """La part, son seuil, ce qui est au-delà et ce que cela entraîne."""
    respecte(k)
    taux(k)
    permises(k)
    depassement(k)
    dont_sas(k)
    hors_calcul(k)
    champ(k)
    suite(k)
    lectures(k)


@etape("taux")
def seuil(k: Calcul) -> int | None:
    """La part maximale de la spécialité."""
    return k.table("seuil_teleconsultation")


@etape("entier")
def comptees(k: Calcul) -> int | None:
    """Les téléconsultations qui entrent dans la part : hors patientèle médecin traitant, régulation du SAS comprise."""
    return k.somme(_nombre(k, nature) for nature in _natures(k) if _compte(k, nature))


@etape("entier")
def activite(k: Calcul) -> int | None:
    """Tous les actes conventionnés de l'année."""
    if "actes" in k.listes:
        return k.somme(acte.nombre("actes.nombre") for acte in k.liste("actes"))
    return k.nombre("actes_totaux")


@etape("entier")
def activite_de_la_patientele(k: Calcul) -> int | None:
    """Les actes pour les patients dont il est le médecin traitant, en présence et à distance."""
    if "actes" in k.listes:
        return k.somme(_si(acte.fait("actes.patientele_mt"), acte.nombre("actes.nombre")) for acte in k.liste("actes"))
    return k.nombre("actes_patientele_mt")


@etape("entier")
def patientele_regulee(k: Calcul) -> int | None:
    """Les téléconsultations de sa patientèle qui suivent une régulation du SAS : hors du calcul, ou dedans."""
    return _nombre(k, ("teleconsultation", "oui", "oui"))


@etape("taux")
def taux(k: Calcul) -> int | None:
    """Téléconsultations comptées ÷ actes de l'année, arrondi par défaut à quatre décimales."""
    return k.quotient(comptees(k), activite(k))


@etape("entier")
def permises(k: Calcul) -> int | None:
    """Le plus grand nombre de téléconsultations dans la part maximale de cette activité."""
    return _permises(seuil(k), activite(k))


@etape("entier")
def depassement(k: Calcul) -> int | None:
    """Les téléconsultations comptées au-delà de celles permises ; zéro si le seuil est respecté."""
    return k.max(k.moins(comptees(k), permises(k)), 0)


@etape("oui_non")
def depasse_a_la_lettre(k: Calcul) -> Valeur:
    """Le seuil est dépassé, toute l'activité conventionnée au dénominateur."""
    return k.oui_non(k.non(k.au_plus(comptees(k), permises(k))))


@etape("oui_non")
def respecte(k: Calcul) -> Valeur:
    """Les téléconsultations comptées tiennent dans la part maximale, ou non, dans toutes les lectures du texte."""
    verdicts = set(_verdicts(k).values())
    return k.oui_non(verdicts.pop()) if len(verdicts) == 1 else None


@etape("oui_non")
def lectures_divergentes(k: Calcul) -> Valeur:
    """Une lecture respecte le seuil, une autre le dépasse."""
    verdicts = set(_verdicts(k).values())
    if {True, False} <= verdicts:
        return "oui"
    return None if len(verdicts) > 1 else "non"


@etape("oui_non")
def sans_acte(k: Calcul) -> Valeur:
    """Aucun acte n'est dit dans l'année."""
    return k.oui_non(k.au_plus(activite(k), 0))


@etape("entier")
def dont_sas(k: Calcul) -> int | None:
    """Les téléconsultations comptées qui suivent une régulation du SAS."""
    return _nombre(k, ("teleconsultation", "non", "oui"))


@etape("entier")
def hors_calcul(k: Calcul) -> int | None:
    """Les téléexpertises, et les téléconsultations de sa patientèle médecin traitant."""
    natures = [n for n in _natures(k) if n[0] != "presentiel" and not _compte(k, n)]
    return k.somme(_nombre(k, nature) for nature in natures)


@etape("texte")
def champ(k: Calcul) -> str | None:
    """À qui la part maximale s'applique."""
    return _dit(k, "champ_du_seuil")


@etape("texte")
def suite(k: Calcul) -> str | None:
    """Ce que le texte prévoit, selon que le médecin a été averti ou non."""
    return _dit(k, "suite_du_seuil")


@etape("tableau")
def lectures(k: Calcul) -> list[dict[str, Any]]:
    """Ce que donne chaque lecture du texte ; celle du SAS n'est dite que si elle a un objet."""
    verdicts = _verdicts(k)
    lignes = []
    for nom in verdicts:
        nombre, sur = _termes(k, nom)
        au_dela = k.max(k.moins(nombre, _permises(seuil(k), sur)), 0)
        lignes.append(
            {
                "lecture": nom, "dit": _LECTURES[nom], "comptees": nombre, "activite": sur,
                "taux": k.quotient(nombre, sur), "depassement": au_dela, "respecte": verdicts[nom],
            }
        )  # fmt: skip
    return lignes


def _permises(seuil_: int | None, sur: int | None) -> int | None:
    return None if seuil_ is None or sur is None else part_par_defaut(sur, seuil_)


def _termes(k: Calcul, lecture: str) -> tuple[int | None, int | None]:
    """Le numérateur et le dénominateur d'une lecture."""
    if lecture == _PATIENTELE:
        return comptees(k), k.moins(activite(k), activite_de_la_patientele(k))
    if lecture == _SAS:
        return k.plus(comptees(k), patientele_regulee(k)), activite(k)
    return comptees(k), activite(k)


def _verdicts(k: Calcul) -> dict[str, bool | None]:
    """Chaque lecture, et si elle respecte le seuil. Les deux autres sont plus sévères que la lettre."""
    _coherents(k)
    resultat: dict[str, bool | None] = {}
    for nom in _LECTURES:
        if nom == _SAS and patientele_regulee(k) == 0:
            continue
        nombre, sur = _termes(k, nom)
        verdict = k.au_plus(nombre, _permises(seuil(k), sur))
        if verdict is None and resultat.get(_LETTRE) is False:
            verdict = False
        if verdict is None and nom == _PATIENTELE and comptees(k) == 0:
            verdict = True
        if verdict is None and nom == _SAS:
            au_pire = k.plus(comptees(k), _nombre(k, ("teleconsultation", "oui", _TOUTES)))
            verdict = True if k.au_plus(au_pire, permises(k)) else None
        resultat[nom] = verdict
    return resultat


Nature = tuple[str, str, str]
"""Modalité, patientèle médecin traitant, régulation du SAS (ou ``_TOUTES``)."""
_TOUTES: Final = ""


def _natures(k: Calcul) -> list[Nature]:
    """Les natures d'actes. La régulation du SAS n'y est distinguée que si la table en fait une différence."""
    natures: list[Nature] = [("presentiel", "non", "non"), ("teleexpertise", "non", "non")]
    for mt in ("non", "oui"):
        sans, avec = (("teleconsultation", mt, sas) for sas in ("non", "oui"))
        natures += [("teleconsultation", mt, _TOUTES)] if _compte(k, sans) == _compte(k, avec) else [sans, avec]
    return natures


def _compte(k: Calcul, nature: Nature) -> bool:
    """La table dit si cette nature entre dans la part."""
    modalite, mt, sas = nature
    faits: dict[str, Valeur] = {
        "actes.modalite": modalite, "actes.patientele_mt": mt, "actes.regulation_sas": "non" if sas == _TOUTES else sas,
    }  # fmt: skip
    return Element(k, "actes", 0, faits).mot("acte_a_distance") == "compte"


def _nombre(k: Calcul, nature: Nature) -> int | None:
    """Combien d'actes de cette nature : dans la liste, ou d'après les totaux."""
    modalite, mt, sas = nature
    if "actes" in k.listes:
        return k.somme(
            _si(k.oui_non(_de_cette_nature(acte, nature)), acte.nombre("actes.nombre")) for acte in k.liste("actes")
        )
    if modalite == "presentiel":
        return k.moins(activite(k), k.plus(k.nombre("teleconsultations"), k.nombre("teleexpertises")))
    if modalite == "teleexpertise":
        return k.nombre("teleexpertises")
    if sas == _TOUTES:
        de_mt = k.nombre("teleconsultations_mt")
        return de_mt if mt == "oui" else k.moins(k.nombre("teleconsultations"), de_mt)
    des_deux = k.nombre("teleconsultations_mt_sas")
    if (mt, sas) == ("oui", "oui"):
        return des_deux
    if mt == "oui":
        return k.moins(k.nombre("teleconsultations_mt"), des_deux)
    de_sas = k.moins(k.nombre("teleconsultations_sas"), des_deux)
    return de_sas if sas == "oui" else k.moins(_nombre(k, (modalite, mt, _TOUTES)), de_sas)


def _de_cette_nature(acte: Element, nature: Nature) -> bool | None:
    modalite, mt, sas = nature
    if acte.fait("actes.modalite") != modalite:
        return False
    if modalite != "teleconsultation":
        return True
    voulus = {"actes.patientele_mt": mt} | ({} if sas == _TOUTES else {"actes.regulation_sas": sas})
    return acte.et(*(None if (dit := acte.fait(nom)) is None else dit == voulu for nom, voulu in voulus.items()))


def _si(oui: Valeur, nombre: int | None) -> int | None:
    """Le nombre si le fait tient, zéro sinon ; inconnu si le fait l'est."""
    return None if oui is None else (nombre if oui == "oui" else 0)


def _dit(k: Calcul, table: str) -> str | None:
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]


def _coherents(k: Calcul) -> None:
    """Refuse des totaux qui ne vont pas ensemble, ou une liste et des totaux."""
    double = next((nom for nom in _TOTAUX if nom in k.cas.faits), "")
    if "actes" in k.listes:
        if double:
            raise k.contredit(double, "les actes et les totaux disent la même chose", "les actes, ou les totaux")
        return
    for partie, tout in (
        ("actes_patientele_mt", "actes_totaux"),
        ("teleconsultations", "actes_totaux"),
        ("teleexpertises", "actes_totaux"),
        ("teleconsultations_mt", "teleconsultations"),
        ("teleconsultations_mt", "actes_patientele_mt"),
        ("teleconsultations_sas", "teleconsultations"),
        ("teleconsultations_mt_sas", "teleconsultations_mt"),
        ("teleconsultations_mt_sas", "teleconsultations_sas"),
    ):
        a, b = k.cas.faits.get(partie), k.cas.faits.get(tout)
        if isinstance(a, int) and isinstance(b, int) and a > b:
            raise k.contredit(partie, f"plus que « {tout} » ({b}), dont c'est une partie", f"{b} au plus")
    dits = {nom: valeur for nom in _TOTAUX if isinstance(valeur := k.cas.faits.get(nom), int)}
    if {
        "teleconsultations",
        "teleconsultations_mt",
        "teleconsultations_sas",
        "teleconsultations_mt_sas",
    } <= dits.keys():
        reunies = dits["teleconsultations_mt"] + dits["teleconsultations_sas"] - dits["teleconsultations_mt_sas"]
        if reunies > dits["teleconsultations"]:
            message = (
                "la patientèle médecin traitant et la régulation du SAS font plus que toutes les téléconsultations"
            )
            raise k.contredit("teleconsultations_mt_sas", message, "celles qui sont à la fois de l'une et de l'autre")
    distance = dits.get("teleconsultations", 0) + dits.get("teleexpertises", 0)
    if distance > dits.get("actes_totaux", distance):
        raise k.contredit("actes_totaux", "moins que les actes à distance", "tous les actes, à distance compris")
