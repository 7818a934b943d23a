"""Le forfait patientèle de beaucoup de médecins : les patients en colonnes, la majoration médecin par médecin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from opposable.droit.calcul import Calcul, Element
from opposable.droit.dispositif import Dispositif
from opposable.droit.montant import UNITE_TAUX, quotient_par_defaut
from opposable.droit.source import AUTORITES
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes
from opposable.lots.moteurs import Avance
from opposable.lots.patients.fichier import MEDECIN
from opposable.lots.patients.forfait import QUI, Lot, rangee, rassembler
from opposable.lots.patients.patientele import CLASSES, PAR_CLASSE, Patientele, somme_sure
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration import fpmt

TABLES: Final = (fpmt.MONTANT,)
SOMMES: Final = ("total", "base", "majoration")
_BASES, _ARGENT, _CMUC, _PART = "bases", "argent", "cmuc_comptes", "taux_cmuc"


def colonnes(dispositif: Dispositif) -> list[str]:
    """Les colonnes qu'un fichier de patients peut avoir."""
    return [fait.nom.removeprefix("patients.") for fait in dispositif.de_liste("patients")]


def calculer(lot: Lot, avance: Avance | None) -> exp.Select:
    """La requête des réponses, une rangée par médecin. :class:`ErreurEntree` si le lot ne convient pas."""
    dite = lot.lectures.brut.get(_PART) is not None or _PART in lot.medecins.nombres
    if dite and "cmuc" in lot.patients:
        raise lot.patients.faute(
            "FAITS_CONTRADICTOIRES", "la part (taux_cmuc) et les patients (cmuc) disent la même chose",
            "l'une ou les autres", "cmuc",
        )  # fmt: skip
    patientele = Patientele(lot.lectures, lot.moteur, lot.patients, TABLES, _marquer, (_CMUC,))
    patientele.compter(avance)
    rassembler(lot, patientele)
    lot.moteur.creer(_BASES, _bases(lot))
    lot.moteur.charger(_ARGENT, {MEDECIN: "VARCHAR", **dict.fromkeys(_COLONNES, "BIGINT")}, _argent(lot))
    return rangee(lot, patientele, _montants(lot), (_ARGENT,))


def _marquer(p: Element) -> tuple[tuple[object, ...], tuple[int | None, ...]]:
    """Ce que le statut lit d'un patient de plus que sa ligne ; et s'il a la CMU-C (``None`` : inconnu)."""
    dit = p.fait("patients.cmuc")
    return (fpmt.age_dispute(p), dit is None), (None if dit is None else int(dit == "oui"),)


def _bases(lot: Lot) -> exp.Select:
    """Le forfait de chaque médecin avant majoration, et ce qui en repose sur chaque autorité."""
    k = Colonnes(lot.moteur, {})
    montant = k.fois(col("montant", "c"), col("n", "p"))
    requete = sql.joindre(sql.depuis(PAR_CLASSE, "p"), CLASSES, "c", (col("classe", "p"), col("classe", "c")))
    requete = sql.choisir(requete, [col(MEDECIN, "p"), sql.nomme(montant, "montant"), col("autorite", "c")])
    dont = [
        sql.nomme(
            sql.somme(sql.selon((sql.egal(col("autorite", "t"), ent(rang)), col("montant", "t")), sinon=ent(0))), nom
        )
        for rang, nom in enumerate(AUTORITES)
    ]
    plus = sql.nomme(sql.defaut(sql.maximum(col("autorite", "t")), ent(0)), "plus")
    sommes = [col(MEDECIN, "t"), sql.nomme(somme_sure(col("montant", "t")), "base"), plus, *dont]
    return sql.choisir(sql.depuis(requete, "t"), sommes).group_by(col(MEDECIN, "t"), copy=False)


_COLONNES: Final = (
    "base", "majoration", "total", "taux_majoration", "part_cmuc", "par_trimestre",
    *(f"dont_{autorite}" for autorite in AUTORITES),
)  # fmt: skip


def _argent(lot: Lot) -> Iterator[tuple[object, ...]]:
    """La majoration de chaque médecin : les formules de :mod:`opposable.remuneration.fpmt`, sur ses sommes."""
    requete = sql.joindre(sql.depuis(QUI, "q"), _BASES, "b", (col(MEDECIN, "q"), col(MEDECIN, "b")), gauche=True)
    requete = sql.joindre(requete, "medecins", "m", (col(MEDECIN, "q"), col(MEDECIN, "m")), gauche=True)
    dite = col(_PART, "m") if _PART in lot.medecins.nombres else sql.nul()
    dont = [sql.defaut(col(nom, "b"), ent(0)) for nom in AUTORITES]
    base = sql.selon((sql.est_nul(col(MEDECIN, "b")), ent(0)), sinon=col("base", "b"))
    lues = [
        col(MEDECIN, "q"),
        col("patients", "q"),
        col(_CMUC, "q"),
        dite,
        base,
        sql.defaut(col("plus", "b"), ent(0)),
        *dont,
    ]
    k = lot.lectures.ouvrir(lot.lectures.avec({}, []))
    seuils, commune, nombre = fpmt.bareme(k), k.nombre(_PART), k.table("fpmt_versements")
    du_bareme = _autorite_du_bareme(k)
    for medecin, patients, comptes, part_dite, du, plus, *repartis in lot.moteur.lire(sql.choisir(requete, lues)):
        dite_ici = commune if part_dite is None else part_dite
        part = None if comptes is None else fpmt.part_comptee(comptes, patients)
        if dite_ici is not None:
            part = (dite_ici, UNITE_TAUX)
        taux = None if part is None or seuils is None else fpmt.taux_exact(part, seuils)
        majoration = None if taux is None or du is None else fpmt.majorer(du, taux)
        total = k.plus(du, majoration)
        if majoration is not None:
            repartis[max(plus, du_bareme)] += majoration
        par_trimestre = None if total is None or not nombre else fpmt.versement(total, nombre)
        affiches = [None if f is None else quotient_par_defaut(*f) for f in (taux, part)]
        yield (medecin, du, majoration, total, *affiches, par_trimestre, *repartis)


def _autorite_du_bareme(k: Calcul) -> int:
    """La moins sûre des autorités du barème de la majoration."""
    lues = [k.choisir(nom).ligne for nom in fpmt.BAREME]
    return max((AUTORITES.index(ligne.sources[0].autorite) for ligne in lues if ligne and ligne.sources), default=0)


def _montants(lot: Lot) -> dict[str, Expr]:
    """Les colonnes de la réponse d'un médecin, dans l'ordre de sa fiche."""
    moteur = lot.moteur

    def lu(nom: str) -> Expr:
        return col(nom, _ARGENT)

    euros = {nom: moteur.euros(lu(nom)) for nom in ("total", "base", "majoration")}
    inconnu = sql.est_nul(lu("total"))
    return {
        **euros,
        "taux_majoration": moteur.taux(lu("taux_majoration")),
        "part_cmuc": moteur.taux(lu("part_cmuc")),
        "par_trimestre": moteur.euros(lu("par_trimestre")),
        **{
            f"dont_{a}": sql.selon((inconnu, exp.null()), sinon=moteur.euros(lu(f"dont_{a}"))) for a in AUTORITES
        },
    }  # fmt: skip
