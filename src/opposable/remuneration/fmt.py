"""Le forfait médecin traitant de 2026 (systèmes 17 et 18) : socle, majoration C2S, majorations de zone et d'âge.

La règle d'un patient est dans deux tables, ``fmt_socle`` et ``fmt_c2s``, qui lisent ses faits ; ici, les patients d'une
même ligne se comptent, et chaque ligne paie son montant. Quand un fait manque, ou que le texte ne range pas un patient,
plusieurs lignes restent possibles : le total est inconnu, et ``au_moins`` et ``au_plus`` le bornent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol, TypeVar

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Intervalle, Plages, Valeur
from opposable.droit.montant import parts_egales
from opposable.droit.table import Choisie
from opposable.remuneration.patientele import (
    a_peu_pres,
    annees_au,
    autorite,
    bornes,
    choix,
    classes,
    lignes,
    par_classe,
    repartition,
    revolues,
    tranche,
)

SOCLE: Final = "fmt_socle"
C2S: Final = "fmt_c2s"
ZONE: Final = "fmt_majoration_zone"
AGE: Final = "fmt_majoration_age"
PART_C2S: Final = "fmt_part_c2s"
N = TypeVar("N")


def calculer(k: Calcul) -> None:
    """Le forfait, ses parts, ce qui le borne, et ses versements."""
    if "patients" not in k.listes:
        raise k.absent("patients", "il manque la patientèle", "une liste de patients", '"patients": [{…}]')
    repartition(k, SOCLE)
    repartition(k, C2S)
    total(k)
    au_moins(k)
    au_plus(k)
    taux_zone(k)
    taux_age(k)
    patientele_au(k)
    patients(k)
    patients_c2s(k)
    detail(k)
    versements(k)
    _verser(k)


# Les formules de l'argent, écrites une fois : pour les nombres d'un médecin, et pour les colonnes d'un lot.


class Argent(Protocol[N]):
    """Ce que ces formules emploient : l'algèbre scalaire, ou celle des colonnes."""

    def part(self, montant: N, taux: N, /) -> N:
        """Le montant multiplié par le taux, arrondi au centime."""

    def plus(self, a: N, b: N, /) -> N:
        """La somme."""

    def somme(self, termes: Iterable[N], /) -> N:
        """La somme ; inconnue dès qu'un terme l'est."""


def majoration(k: Argent[N], assiette: N, taux: N) -> N:
    """Une majoration : la part de son assiette, arrondie au centime."""
    return k.part(assiette, taux)


def sur_c2s(k: Argent[N], montant_c2s: N, part_c2s: N, de_zone: N, d_age: N) -> N:
    """Les majorations de zone et d'âge sur la part de la majoration C2S qui est dans l'assiette."""
    return majoration(k, majoration(k, montant_c2s, part_c2s), k.plus(de_zone, d_age))


def avec_majorations(k: Argent[N], montant: N, assiette: N, taux: Iterable[N]) -> N:
    """Ce qu'une classe ajoute au total : son montant, et chaque majoration de son assiette."""
    return k.somme([montant, *(majoration(k, assiette, un) for un in taux)])


# Les faits d'un patient.


def annees(p: Element) -> Valeur:
    """L'âge en années révolues le jour où la patientèle est observée ; un intervalle pour une tranche d'âge."""
    return annees_au(p, _observee(p))


def mois_sans_consultation(p: Element) -> Valeur:
    """Les mois révolus depuis la dernière consultation ; inconnus si elle suit le jour de la patientèle."""
    derniere, le = p.fait("patients.derniere_consultation"), _observee(p)
    if not isinstance(derniere, int):
        return derniere
    return temps.mois_revolus(derniere, le) if derniere <= le else None


def visite(p: Element) -> Valeur:
    """Vu dans les deux ans, d'après la dernière consultation et qui l'a donnée."""
    return p.mot("fmt_visite")


def mois(p: Element) -> Valeur:
    """Le mois d'un versement possible : son rang dans l'année."""
    return p.rang


# Les faits du médecin.


@etape("date")
def patientele_au(k: Calcul) -> int:
    """Le jour où la patientèle est observée."""
    return _observee(k)


@etape("entier")
def age_medecin(k: Calcul) -> Valeur:
    """L'âge dit du médecin ; sinon tous ceux qu'il a du jour où la patientèle est observée à la fin de l'année."""
    dit, naissance = k.nombre("medecin.age"), k.nombre("medecin.date_naissance")
    if naissance is None:
        return dit
    if naissance > patientele_au(k):
        raise k.contredit("medecin.date_naissance", "le médecin naîtrait après le début de l'année", "une date passée")
    possibles = a_peu_pres(revolues(naissance, patientele_au(k)), revolues(naissance, k.fin - 1))
    return _accorde(k, "medecin.age", dit, possibles, "sa date de naissance lui donne de {} à {} ans")


@etape("entier")
def age_medecin_au_moins(k: Calcul) -> Valeur:
    """L'âge du médecin, le plus petit possible."""
    age = age_medecin(k)
    return age.bas if isinstance(age, Intervalle) else age


@etape("entier")
def rang_retenu(k: Calcul) -> Valeur:
    """Le rang dit de l'année d'installation ; sinon, d'après sa date, en années civiles et de date à date."""
    dit, le = k.nombre("medecin.rang_installation"), k.nombre("medecin.installe_le")
    if le is None:
        return dit
    if le >= k.fin:
        raise k.contredit("medecin.installe_le", "l'installation suit l'année demandée", "une date antérieure")
    civil = k.annee() - int(temps.iso(le)[:4]) + 1
    possibles = a_peu_pres(revolues(le, k.jour) + 1, civil) if le <= k.jour else civil
    return _accorde(k, "medecin.rang_installation", dit, possibles, "sa date d'installation donne un rang de {} à {}")


# Ce que le texte ne tranche pas.


@etape("oui_non")
def patients_de_80_ans_en_doute(k: Calcul) -> Valeur:
    """Des patients que seule la lecture de « plus de 80 ans » rangerait dans une classe ou l'autre."""
    repartition(k, SOCLE)
    return k.oui_non(any(range_par_la_lecture(p) for p, _, _ in classes(k, SOCLE)))


@etape("oui_non")
def anniversaire_en_doute(k: Calcul) -> Valeur:
    """Le médecin change d'âge dans l'année, et la majoration en dépend."""
    age = age_medecin(k)
    return k.oui_non(isinstance(age, Intervalle) and k.choisir(AGE).etat == "incertain")


@etape("oui_non")
def installation_en_doute(k: Calcul) -> Valeur:
    """Les deux façons de compter les années d'installation donnent des majorations différentes."""
    if k.fait("zone_majoree") != "oui" or k.fait("medecin.primo_installe") != "oui":
        return "non"
    return k.oui_non(isinstance(rang_retenu(k), Intervalle) and k.choisir(ZONE).etat == "incertain")


@etape("oui_non")
def installation_apres_patientele(k: Calcul) -> Valeur:
    """Le médecin s'est installé pour la première fois après le jour où sa patientèle est observée."""
    le = k.nombre("medecin.installe_le")
    return k.oui_non(le is not None and le > patientele_au(k))


# Les montants.


@etape("montant", composante=True)
def socle_de(k: Calcul, classe: str) -> int | None:
    """Le socle d'une classe : le montant par patient, multiplié par les patients."""
    return par_classe(k, SOCLE, classe)


@etape("montant", composante=True)
def c2s_de(k: Calcul, classe: str) -> int | None:
    """La majoration C2S d'une classe : le montant par patient, multiplié par les patients."""
    return par_classe(k, C2S, classe)


@etape("montant", composante=True)
def zone_de(k: Calcul, classe: str) -> int | None:
    """La majoration de zone sur le socle d'une classe."""
    return majoration(k, socle_de(k, classe), taux_zone(k))


@etape("montant", composante=True)
def age_de(k: Calcul, classe: str) -> int | None:
    """La majoration d'âge sur le socle d'une classe."""
    return majoration(k, socle_de(k, classe), taux_age(k))


@etape("montant", composante=True)
def majorations_sur_c2s(k: Calcul) -> int | None:
    """Les majorations de zone et d'âge sur la majoration C2S : la part qu'une table en met dans l'assiette."""
    part = k.table(PART_C2S)
    return 0 if part == 0 else sur_c2s(k, c2s(k), part, taux_zone(k), taux_age(k))


@etape("montant")
def socle(k: Calcul) -> int | None:
    """La partie socle : tous les patients, sans aucune majoration."""
    return k.somme([socle_de(k, classe) for _, classe, _ in classes(k, SOCLE)])


@etape("montant")
def c2s(k: Calcul) -> int | None:
    """La majoration des patients qui ont la C2S et que le médecin a vus."""
    return k.somme([c2s_de(k, classe) for _, classe, _ in classes(k, C2S)])


@etape("taux")
def taux_zone(k: Calcul) -> int | None:
    """Le taux de la zone du cabinet principal."""
    return k.table(ZONE)


@etape("taux")
def taux_age(k: Calcul) -> int | None:
    """Le taux de l'âge du médecin, hors d'une zone ou en plus de la majoration de zone."""
    return k.table(AGE)


@etape("montant")
def majoration_zone(k: Calcul) -> int | None:
    """La majoration de zone, sur le socle seul."""
    return k.somme([zone_de(k, classe) for _, classe, _ in classes(k, SOCLE)])


@etape("montant")
def majoration_age(k: Calcul) -> int | None:
    """La majoration d'âge, sur le socle seul."""
    return k.somme([age_de(k, classe) for _, classe, _ in classes(k, SOCLE)])


@etape("montant")
def total(k: Calcul) -> int | None:
    """Le socle, la majoration C2S, les majorations de zone et d'âge."""
    return k.somme([socle(k), c2s(k), majoration_zone(k), majoration_age(k), majorations_sur_c2s(k)])


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """Le plus petit total possible, s'il n'est pas certain."""
    return _extreme(k, 0) if total(k) is None else None


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """Le plus grand total possible, s'il n'est pas certain."""
    return _extreme(k, 1) if total(k) is None else None


@etape("entier")
def patients(k: Calcul) -> int:
    """Tous les patients de la liste."""
    return sum(nombre for _, _, nombre in classes(k, SOCLE))


@etape("entier")
def patients_c2s(k: Calcul) -> int | None:
    """Les patients dont la majoration C2S n'est pas nulle."""
    payes = [(choix(p, C2S), nombre) for p, _, nombre in classes(k, C2S)]
    return k.somme(None if c.etat != "certain" else (nombre if c.valeur else 0) for c, nombre in payes)


@etape("tableau")
def detail(k: Calcul) -> list[dict[str, Any]]:
    """Chaque classe : qui, combien, le montant par patient, et ce qui le fonde."""
    rangees = []
    for p, _, nombre in classes(k, SOCLE):
        choisie = choix(p, SOCLE)
        bas, haut = bornes(choisie)
        rangees.append(
            {
                "classe": _qui(k, choisie), "patients": nombre, "par_patient": bas if bas == haut else None,
                "au_moins": k.fois(bas, nombre), "au_plus": k.fois(haut, nombre), "autorite": autorite(choisie),
            }
        )  # fmt: skip
    return rangees


@etape("tableau")
def versements(k: Calcul) -> list[dict[str, Any]]:
    """En combien de fois chaque part est versée."""
    verses, majorations = k.plus(socle(k), c2s(k)), k.plus(majoration_zone(k), majoration_age(k))
    resultat = [
        {
            "objet": "Socle et majoration C2S", "nombre": k.table("fmt_versements"), "montant": verses,
            "quand": "à terme échu : voir l'échéancier",
        }
    ]  # fmt: skip
    quand = "versement automatique, à une date que le texte ne donne pas"
    nombre = k.table("fmt_versements_majorations")
    return [
        *resultat,
        {"objet": "Majorations de zone et d'âge", "nombre": nombre, "montant": majorations, "quand": quand},
    ]


def _verser(k: Calcul) -> None:
    """Les échéances du socle et de la majoration C2S : un mois par versement, sans quoi aucune."""
    nombre = k.table("fmt_versements") or 0
    choisis = {m: Element(k, "versement", m, {}).choisir("fmt_mois_de_versement") for m in range(1, 13)}
    a_verser = {m: choisie for m, choisie in choisis.items() if choisie.valeur == "oui"}
    montant = k.plus(socle(k), c2s(k))
    if len(a_verser) != nombre:
        return
    parts = [None] * nombre if montant is None else parts_egales(montant, nombre)
    for rang, ((mois_, choisie), part) in enumerate(zip(a_verser.items(), parts, strict=True), 1):
        fin_du_mois = temps.plus_mois(temps.jour(f"{k.annee()}-{mois_:02d}-01"), 1) - 1
        d_apres = f"mois d'après {autorite(choisie)} ; jour non donné"
        k.verse(fin_du_mois, part, f"socle et majoration C2S, versement {rang} sur {nombre} ({d_apres})")


def _accorde(k: Calcul, ou: str, dit: int | None, possibles: int | Intervalle, message: str) -> int | Intervalle:
    """Ce qui est dit, si la date donnée le permet ; sinon ce qu'elle permet. ``message`` : ses deux bornes."""
    bas, haut = (possibles.bas, possibles.haut - 1) if isinstance(possibles, Intervalle) else (possibles, possibles)
    if dit is not None and not bas <= dit <= haut:
        raise k.contredit(ou, message.format(bas, haut), "l'un ou l'autre")
    return possibles if dit is None else dit


def _observee(k: Calcul | Element) -> int:
    """Le jour où la patientèle est observée."""
    return k.jour - (k.table("fmt_jour_patientele") or 0)


def range_par_la_lecture(p: Element) -> bool:
    """Vrai si seule la lecture de « plus de 80 ans » laisse ce patient entre deux classes."""
    choisie = choix(p, SOCLE)
    return choisie.etat == "incertain" and p.inconnus_de(choisie.possibles) == ("lecture_80_ans",)


def _extreme(k: Calcul, borne: int) -> int | None:
    """Le total, chaque montant et chaque taux pris à sa borne : 0 pour la plus basse, 1 pour la plus haute."""
    taux = [bornes(k.choisir(table))[borne] for table in (ZONE, AGE)]
    part_c2s = k.table(PART_C2S)
    termes: list[int | None] = []
    for table in (SOCLE, C2S):
        for p, _, nombre in classes(k, table):
            montant = k.fois(bornes(choix(p, table))[borne], nombre)
            assiette = montant if table == SOCLE else majoration(k, montant, part_c2s)
            termes.append(avec_majorations(k, montant, assiette, taux))
    return k.somme(termes)


def _qui(k: Calcul, choisie: Choisie) -> str:
    """Ce que les lignes possibles ont en commun : non vu, ou l'âge et l'ALD."""
    cellules = [ligne.boite() for ligne in lignes(choisie)]
    communs = {
        fait: ensembles.pop()
        for fait in ("patients.vu", "patients.annees", "patients.ald")
        if len(ensembles := {cellule.get(fait) for cellule in cellules}) == 1
    }
    vu, ages, ald = (communs.get(fait) for fait in ("patients.vu", "patients.annees", "patients.ald"))
    if vu is not None and vu.teste("non"):
        return k.corpus.tables["fmt_visite"].valeurs["non"]
    dits = [tranche(ages)] if isinstance(ages, Plages) else []
    dits += ["ALD" if ald.teste("oui") else "sans ALD"] if ald is not None else []
    return ", ".join(dits) or "à préciser"
