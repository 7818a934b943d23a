"""Le forfait médecin traitant de beaucoup de médecins : les formules de :mod:`.remuneration.fmt`, en colonnes."""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

from opposable.droit.calcul import Element
from opposable.droit.dispositif import Dispositif
from opposable.droit.source import AUTORITES
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes
from opposable.lots.moteurs import Avance
from opposable.lots.patients.fichier import MEDECIN
from opposable.lots.patients.forfait import QUI, Lot, rangee, rassembler
from opposable.lots.patients.patientele import (
    CLASSES,
    PAR_CLASSE,
    Patientele,
    rang_autorite,
    somme_des,
    somme_sure,
)
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration import fmt
from opposable.remuneration.patientele import bornes

TABLES: Final = (fmt.SOCLE, fmt.C2S)
_TAUX, _LIGNES, _ARGENT = "taux", "lignes_de_classe", "argent"
_DE_LA_CLE: Final = (
    "zone", "zone_bas", "zone_haut", "zone_autorite", "age", "age_bas", "age_haut", "age_autorite", "part_c2s",
    "part_autorite",
)  # fmt: skip

SOMMES: Final = ("total", "au_moins", "au_plus", "socle", "c2s", "majoration_zone", "majoration_age")


def colonnes(dispositif: Dispositif) -> list[str]:
    """Les colonnes qu'un fichier de patients peut avoir."""
    return [fait.nom.removeprefix("patients.") for fait in dispositif.de_liste("patients")]


def calculer(lot: Lot, avance: Avance | None) -> exp.Select:
    """La requête des réponses, une rangée par médecin. :class:`ErreurEntree` si le lot ne convient pas."""
    patientele = Patientele(lot.lectures, lot.moteur, lot.patients, TABLES, _marquer, ("c2s_comptes",))
    patientele.compter(avance)
    rassembler(lot, patientele)
    _taux(lot)
    lot.moteur.creer(_LIGNES, _lignes(lot))
    lot.moteur.creer(_ARGENT, _argent())
    return rangee(lot, patientele, _montants(lot), (_ARGENT,), (_TAUX,))


def _marquer(p: Element) -> tuple[tuple[object, ...], tuple[int | None, ...]]:
    """Ce que le statut lit d'un patient de plus que ses lignes ; et s'il a la majoration C2S."""
    c2s = p.choisies[fmt.C2S]
    paye = int(bool(c2s.valeur)) if c2s.etat == "certain" else None
    return (fmt.range_par_la_lecture(p),), (paye,)


def _taux(lot: Lot) -> None:
    """Les taux de chaque clé de médecin, leurs bornes et leurs autorités."""

    def repondre(brut: dict[str, Any]) -> tuple[int | None, ...]:
        k = lot.lectures.ouvrir(brut)
        valeurs: list[int | None] = []
        for table in (fmt.ZONE, fmt.AGE):
            choisie = k.choisir(table)
            valeur = choisie.valeur if isinstance(choisie.valeur, int) else None
            valeurs += [valeur, *bornes(choisie), rang_autorite(choisie)]
        part = k.choisir(fmt.PART_C2S)
        return (*valeurs, part.valeur if isinstance(part.valeur, int) else None, rang_autorite(part))

    rangees = [(cle, *lot.medecins.resoudre(cle, repondre)) for cle in lot.medecins.cles()]
    lot.moteur.charger(_TAUX, {"cle": "BIGINT", **dict.fromkeys(_DE_LA_CLE, "BIGINT")}, rangees)


def _lignes(lot: Lot) -> exp.Select:
    """Chaque classe de chaque médecin : son montant, ses majorations, et ce qu'elle ajoute au moins et au plus."""
    k = Colonnes(lot.moteur, {})
    n = col("n", "p")

    def c(nom: str) -> Expr:
        return col(nom, "c")

    def t(nom: str) -> Expr:
        return col(nom, "t")

    socle = sql.egal(c("rang_table"), ent(TABLES.index(fmt.SOCLE)))
    montant = k.fois(c("montant"), n)

    def extreme(borne: str) -> Expr:
        du = k.fois(c(borne), n)
        assiette = sql.selon((socle, du), sinon=fmt.majoration(k, du, t("part_c2s")))
        return fmt.avec_majorations(k, du, assiette, [t(f"zone_{borne}"), t(f"age_{borne}")])

    requete = sql.depuis(PAR_CLASSE, "p")
    requete = sql.joindre(requete, QUI, "q", (col(MEDECIN, "p"), col(MEDECIN, "q")))
    requete = sql.joindre(requete, CLASSES, "c", (col("classe", "p"), c("classe")))
    requete = sql.joindre(requete, _TAUX, "t", (col("cle", "q"), t("cle")))
    return sql.choisir(
        requete,
        [
            col(MEDECIN, "p"), sql.nomme(socle, "socle"), sql.nomme(montant, "montant"),
            sql.nomme(fmt.majoration(k, montant, t("zone")), "zone"),
            sql.nomme(fmt.majoration(k, montant, t("age")), "age"),
            sql.nomme(extreme("bas"), "bas"), sql.nomme(extreme("haut"), "haut"), c("autorite"),
            t("zone_autorite"), t("age_autorite"),
        ],
    )  # fmt: skip


def _argent() -> exp.Select:
    """Les sommes de chaque médecin."""

    def lu(nom: str) -> Expr:
        return col(nom, "t")

    socle, c2s = lu("socle"), sql.non(lu("socle"))
    sommes = {
        "socle": somme_des(lu("montant"), socle),
        "c2s": somme_des(lu("montant"), c2s),
        "zone": somme_des(lu("zone"), socle),
        "age": somme_des(lu("age"), socle),
        "bas": somme_sure(lu("bas")),
        "haut": somme_sure(lu("haut")),
        "c2s_autorite": sql.defaut(sql.maximum(sql.selon((c2s, lu("autorite")))), ent(0)),
    }
    for rang, autorite in enumerate(AUTORITES):
        sommes[f"dont_{autorite}"] = sql.plus(
            sql.somme(sql.selon((sql.egal(lu("autorite"), ent(rang)), lu("montant")), sinon=ent(0))),
            sql.plus(_dont(rang, "zone", socle), _dont(rang, "age", socle)),
        )
    requete = sql.choisir(sql.depuis(_LIGNES), [lu(MEDECIN), *(sql.nomme(v, nom) for nom, v in sommes.items())])
    return requete.group_by(lu(MEDECIN), copy=False)


def _dont(rang: int, part: str, quand: Expr) -> Expr:
    """Les majorations dont la moins sûre des deux autorités, de la classe et du taux, a ce rang."""
    moins_sure = exp.Anonymous(this="greatest", expressions=[col("autorite", "t"), col(f"{part}_autorite", "t")])
    ici = sql.et(quand, sql.egal(moins_sure, ent(rang)))
    return sql.somme(sql.selon((ici, col(part, "t")), sinon=ent(0)))


def _montants(lot: Lot) -> dict[str, Expr]:
    """Les colonnes de la réponse d'un médecin, dans l'ordre de sa fiche."""
    moteur, k = lot.moteur, Colonnes(lot.moteur, {})
    sans = sql.est_nul(col(MEDECIN, _ARGENT))

    def somme(nom: str) -> Expr:
        return sql.selon((sans, ent(0)), sinon=col(nom, _ARGENT))

    def de_la_cle(nom: str) -> Expr:
        return col(nom, _TAUX)

    de_c2s = sql.selon(
        (sql.egal(de_la_cle("part_c2s"), ent(0)), ent(0)),
        sinon=fmt.sur_c2s(k, somme("c2s"), de_la_cle("part_c2s"), de_la_cle("zone"), de_la_cle("age")),
    )
    total = k.somme([somme("socle"), somme("c2s"), somme("zone"), somme("age"), de_c2s])
    inconnu = sql.est_nul(total)
    autorite_c2s = exp.Anonymous(
        this="greatest",
        expressions=[
            somme("c2s_autorite"),
            *(de_la_cle(nom) for nom in ("part_autorite", "zone_autorite", "age_autorite")),
        ],
    )

    def dont(rang: int, autorite: str) -> Expr:
        ajout = sql.selon((sql.egal(autorite_c2s, ent(rang)), de_c2s), sinon=ent(0))
        return sql.selon((inconnu, exp.null()), sinon=moteur.euros(sql.plus(somme(f"dont_{autorite}"), ajout)))

    return {
        "total": moteur.euros(total),
        "au_moins": sql.selon((inconnu, moteur.euros(somme("bas")))),
        "au_plus": sql.selon((inconnu, moteur.euros(somme("haut")))),
        "socle": moteur.euros(somme("socle")),
        "c2s": moteur.euros(somme("c2s")),
        "majoration_zone": moteur.euros(somme("zone")),
        "taux_zone": moteur.taux(de_la_cle("zone")),
        "majoration_age": moteur.euros(somme("age")),
        "taux_age": moteur.taux(de_la_cle("age")),
        "patients_c2s": col("c2s_comptes", "q"),
        **{f"dont_{autorite}": dont(rang, autorite) for rang, autorite in enumerate(AUTORITES)},
    }
