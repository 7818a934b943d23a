"""La patientèle de chaque médecin, en colonnes : chaque patient reçoit la réponse de sa clé, les réponses se comptent.

L'interprète scalaire choisit les lignes de tables d'un représentant de chaque clé ; deux clés qui choisissent pareil
ont la même réponse. Une *classe* est une ligne de table, ou des lignes encore possibles, comme dans
:mod:`opposable.remuneration.patientele`. Une *espèce* réunit les réponses que le statut d'un médecin ne distingue pas.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import and_, or_
from typing import Any, Final, TypeVar

from sqlglot import exp

from opposable.droit.calcul import Calcul, Element, Etape
from opposable.droit.calculer import evaluer, lire_cas
from opposable.droit.constat import AVERTIT
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.reponse_dispositif import inconnus_de, statut_de
from opposable.droit.source import AUTORITES
from opposable.droit.table import Choisie
from opposable.lots import sql
from opposable.lots.moteurs import Avance
from opposable.lots.moteurs.avec_duckdb import MoteurDuckdb
from opposable.lots.patients.codage import Cle, Codeur
from opposable.lots.patients.fichier import LOT, MEDECIN, Fichier, premiere
from opposable.lots.patients.lectures import Lectures
from opposable.lots.patients.medecins import Medecins
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration.patientele import bornes, nom_de_classe

NOMBRE: Final = "nombre"
"""La colonne qui dit combien de patients une ligne réunit."""
REFUSEE: Final = -1
_PAR_CAS: Final = 5000
"""Les représentants mis dans un même cas."""
CLES, COMPTES, PRESENTS, REPONSES, CLASSES, PAR_CLASSE, STATUTS = (
    "cles", "comptes", "presents", "reponses", "classes", "par_classe", "statuts",
)  # fmt: skip


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reponse:
    """Ce que l'interprète répond d'un patient : la classe de chaque table, ce qui manque, et ce qu'on en compte."""

    classes: tuple[int, ...]
    espece: int
    manque: int
    marques: tuple[int | None, ...]


@dataclass(slots=True)
class Classe:
    """Une ligne de table, ou des lignes possibles : ce que chaque patient y vaut, au moins et au plus."""

    table: int
    nom: str
    bas: int | None
    haut: int | None
    certaine: bool
    montant: int | None
    autorite: int

    def rangee(self, rang: int) -> tuple[object, ...]:
        """La rangée de la table des classes."""
        return (rang, self.table, self.bas, self.haut, int(self.certaine), self.montant, self.autorite)


Marquer = Callable[[Element], tuple[tuple[object, ...], tuple[int | None, ...]]]
"""D'un patient : ce que le statut du médecin en lit de plus, et les nombres à compter (``None`` : inconnu)."""


@dataclass(slots=True)
class Patientele:
    """Les patients d'un lot, et les tables qui les rangent."""

    lectures: Lectures
    moteur: MoteurDuckdb
    fichier: Fichier
    tables: Sequence[str]
    marquer: Marquer
    marques: Sequence[str] = ()
    cle: Cle = field(init=False)
    nombre: Expr = field(init=False)
    reponses: list[Reponse] = field(init=False, default_factory=list)
    classes: list[Classe] = field(init=False, default_factory=list)
    representants: list[dict[str, Any]] = field(init=False, default_factory=list)
    faits: list[str] = field(init=False, default_factory=list)
    """Les faits qui peuvent manquer, au rang de leur bit."""

    # --- Répondre --------------------------------------------------------------------------------------------
    def resoudre(self) -> Expr:
        """L'expression de la réponse d'une ligne du lot : un rang de ``reponses``, REFUSEE, ou NULL si elle ne se lit
        pas. La table des clés dit la même chose : la joindre est bien plus rapide sur tout un lot.
        """
        codeur = Codeur(self.lectures, self.moteur, self.fichier.nom)
        faits = {f.nom.removeprefix("patients."): f for f in self.lectures.dispositif.de_liste("patients")}
        lus = {cle: fait for cle, fait in faits.items() if cle in self.fichier and cle != NOMBRE}
        self.cle = Cle(codeur.colonne(fait, self.fichier.sources[cle]) for cle, fait in lus.items())
        self.nombre = ent(1)
        if NOMBRE in self.fichier and NOMBRE in faits:
            source = self.fichier.sources[NOMBRE]
            lu = codeur.nombre(faits[NOMBRE], source)
            self.nombre = sql.selon((sql.est_nul(source.expr), ent(1)), sinon=lu)
        rangs: dict[Reponse, int] = {}
        par_cle = [REFUSEE if r is None else rangs.setdefault(r, len(rangs)) for r in self._reponses()]
        self.reponses = list(rangs)
        self.moteur.charger(CLES, {"cle": "INTEGER", "reponse": "INTEGER"}, list(enumerate(par_cle)))
        return self.moteur.tabule(sql.plus(self.cle.expr(), ent(1)), par_cle)

    def _reponses(self) -> list[Reponse | None]:
        classes: dict[str, int] = {}
        especes: dict[tuple[object, ...], int] = {}
        resultat: list[Reponse | None] = [None] * self.cle.taille
        possibles = [cle for cle in range(self.cle.taille) if self.cle.possible(cle)]
        for debut in range(0, len(possibles), _PAR_CAS):
            cles = possibles[debut : debut + _PAR_CAS]
            dits = [self._dits(cle) for cle in cles]
            k = self.lectures.ouvrir(self.lectures.avec({}, dits))
            for cle, dit, p in zip(cles, dits, k.liste("patients"), strict=True):
                with contextlib.suppress(ErreurEntree):
                    resultat[cle] = self._reponse(k, p, dit, classes, especes)
        return resultat

    def _dits(self, cle: int) -> dict[str, Any]:
        return {nom.removeprefix("patients."): valeur for nom, valeur in self.cle.dits(cle).items()}

    def _reponse(
        self,
        k: Calcul,
        p: Element,
        dit: dict[str, Any],
        classes: dict[str, int],
        especes: dict[tuple[object, ...], int],
    ) -> Reponse:
        etape = Etape("", "", "")
        k.pile.append(etape)
        try:
            choisies = [p.choisir(table) for table in self.tables]
            du_statut, marques = self.marquer(p)
        finally:
            k.pile.pop()
        rangs = []
        for table, choisie in enumerate(choisies):
            nom = f"{table}.{nom_de_classe(choisie)}"
            if nom not in classes:
                classes[nom] = len(self.classes)
                self.classes.append(_classe(table, choisie))
            rangs.append(classes[nom])
        manque = k.en_cause(
            tuple(fait for c in choisies for fait in p.inconnus_de(c.possibles) if c.etat == "incertain")
        )
        espece = (*(c.etat for c in choisies), bool(etape.manques), du_statut)
        if espece not in especes:
            especes[espece] = len(especes)
            self.representants.append(dit)
        return Reponse(tuple(rangs), 1 << especes[espece], sum(1 << self._bit(fait) for fait in manque), marques)

    def _bit(self, fait: str) -> int:
        if fait not in self.faits:
            self.faits.append(fait)
        return self.faits.index(fait)

    # --- Compter ---------------------------------------------------------------------------------------------
    def compter(self, avance: Avance | None) -> None:
        """Pose les patients de chaque médecin par réponse, puis par classe. :class:`ErreurEntree` pour une ligne qui
        ne se lit pas, ou que l'interprète refuse.
        """
        reponse = self.resoudre()
        medecin = sql.cast(self.fichier.sources[MEDECIN].expr, "VARCHAR")
        seuls = NOMBRE not in self.fichier
        lues = [sql.nomme(medecin, MEDECIN), sql.nomme(self.cle.expr(), "cle")]
        lues += [] if seuls else [sql.nomme(self.nombre.copy(), NOMBRE)]
        lignes = sql.depuis(sql.choisir(sql.depuis(LOT, "l"), lues), "l")
        compte = sql.compte() if seuls else sql.somme(col(NOMBRE, "l"))
        sures = sql.compte() if seuls else exp.Count(this=col(NOMBRE, "l"))
        comptees = {"n": compte, "lignes": sql.compte(), "lisibles": sures}
        requete = sql.choisir(
            sql.joindre(lignes, CLES, "r", (col("cle", "l"), col("cle", "r"))),
            [col(MEDECIN, "l"), col("reponse", "r"), *(sql.nomme(v, nom) for nom, v in comptees.items())],
        ).group_by(col(MEDECIN, "l"), col("reponse", "r"), copy=False)
        self.moteur.creer(COMPTES, requete, avance)
        self._fautes(reponse)
        self._charger()
        avec = sql.joindre(sql.depuis(COMPTES, "c"), REPONSES, "r", (col("reponse", "c"), col("reponse", "r")))
        n = col("n", "c")
        sommes = [
            sql.nomme(sql.somme(col("lignes", "c")), "lignes"),
            sql.nomme(sql.somme(n), "patients"),
            sql.nomme(sql.somme(sql.fois(n, col("indecis", "r"))), "patients_indecis"),
            sql.nomme(_reunis(col("espece", "r")), "especes"),
            sql.nomme(_reunis(col("manque", "r")), "manque"),
            *(sql.nomme(somme_sure(sql.fois(n, col(marque, "r"))), marque) for marque in self.marques),
        ]
        presents = sql.choisir(avec, [sql.nomme(col(MEDECIN, "c"), MEDECIN), *sommes])
        self.moteur.creer(PRESENTS, presents.group_by(col(MEDECIN, "c"), copy=False))
        self._trop_longue()
        parties = []
        for table in range(len(self.tables)):
            partie = sql.joindre(sql.depuis(COMPTES, "c"), REPONSES, "r", (col("reponse", "c"), col("reponse", "r")))
            parties.append(sql.choisir(partie, [col(MEDECIN, "c"), sql.nomme(col(f"classe{table}", "r"), "classe"), n]))
        toutes: exp.Query = exp.union(*parties, distinct=False, copy=False) if len(parties) > 1 else parties[0]
        reunies = sql.choisir(
            sql.depuis(toutes, "t"), [col(MEDECIN, "t"), col("classe", "t"), sql.nomme(sql.somme(col("n", "t")), "n")]
        )
        self.moteur.creer(PAR_CLASSE, reunies.group_by(col(MEDECIN, "t"), col("classe", "t"), copy=False))

    def _charger(self) -> None:
        genres = {"reponse": "INTEGER", "indecis": "BIGINT", "espece": "BIGINT", "manque": "BIGINT"}
        genres |= {f"classe{table}": "INTEGER" for table in range(len(self.tables))}
        genres |= dict.fromkeys(self.marques, "BIGINT")
        rangees = []
        for rang, r in enumerate(self.reponses):
            indecis = any(not self.classes[classe].certaine for classe in r.classes)
            rangees.append((rang, int(indecis), r.espece, r.manque, *r.classes, *r.marques))
        self.moteur.charger(REPONSES, genres, rangees)
        colonnes = {"classe": "INTEGER", "rang_table": "INTEGER", "bas": "BIGINT", "haut": "BIGINT"}
        colonnes |= {"certaine": "INTEGER", "montant": "BIGINT", "autorite": "INTEGER"}
        self.moteur.charger(CLASSES, colonnes, [classe.rangee(rang) for rang, classe in enumerate(self.classes)])

    def _trop_longue(self) -> None:
        """:class:`ErreurEntree` si un médecin a plus de lignes que la liste d'un cas n'en admet."""
        maximum = next(liste.maximum for liste in self.lectures.dispositif.listes if liste.nom == "patients")
        requete = sql.choisir(sql.depuis(PRESENTS), [col(MEDECIN, "t"), col("lignes", "t")])
        requete = requete.where(sql.moins_que(ent(maximum), col("lignes", "t")), copy=False).limit(1, copy=False)
        for medecin, lignes in self.moteur.lire(requete):
            raise self.fichier.faute(
                "LISTE_TROP_LONGUE", f"le médecin « {medecin} » a {lignes} lignes", f"{maximum} au plus par médecin"
            )

    # --- Les fautes ------------------------------------------------------------------------------------------
    def _fautes(self, reponse: Expr) -> None:
        c = {nom: col(nom, "t") for nom in (MEDECIN, "reponse", "lignes", "lisibles")}
        mauvaise = sql.ou(
            sql.est_nul(c[MEDECIN]), sql.est_nul(c["reponse"]), sql.moins_que(c["reponse"], ent(0)),
            sql.moins_que(c["lisibles"], c["lignes"]),
        )  # fmt: skip
        requete = sql.choisir(sql.depuis(COMPTES), [sql.somme(c["lignes"]), sql.somme(sql.drapeau(mauvaise))])
        ((lues, mauvaises),) = self.moteur.lire(requete)
        ((lignes,),) = self.moteur.lire(sql.choisir(sql.depuis(LOT, "l"), [sql.compte()]))
        if mauvaises or (lues or 0) < lignes:
            medecin = self.fichier.sources[MEDECIN].expr
            fautive = sql.ou(
                sql.est_nul(medecin), sql.est_nul(reponse), sql.moins_que(reponse, ent(0)), sql.est_nul(self.nombre)
            )
            raise self._faute(*(premiere(self.moteur, self.fichier, fautive) or (0, {})))

    def _faute(self, ligne: int, dite: dict[str, Any]) -> ErreurEntree:
        """Ce que l'interprète dit de cette ligne, située dans le fichier."""
        ou = f"{self.fichier.nom}, ligne {ligne}"
        if MEDECIN not in dite:
            return ErreurEntree(
                "FAIT_ABSENT", "il manque le médecin", ou=f"{ou}, {MEDECIN}", attendu="un identifiant par ligne"
            )
        connus = {f.nom.removeprefix("patients.") for f in self.lectures.dispositif.de_liste("patients")}
        dit = {cle: valeur for cle, valeur in dite.items() if cle in connus}
        if dit.get("age", "").strip().isdigit():
            dit["age"] += " ans"
        try:
            k = self.lectures.ouvrir(self.lectures.avec({}, [dit]))
            for table in self.tables:
                k.liste("patients")[0].choisir(table)
        except ErreurEntree as erreur:
            champ = erreur.ou.partition(".")[2]
            ou += f", {champ}" if champ else ""
            return ErreurEntree(erreur.code, erreur.message, ou=ou, attendu=erreur.attendu, exemple=erreur.exemple)
        return ErreurEntree("VALEUR_INCONNUE", "une valeur ne se lit pas", ou=ou, attendu="des valeurs sans espaces")

    # --- Le statut de chaque médecin -------------------------------------------------------------------------
    def statuts(self, medecins: Medecins) -> None:
        """Pose le statut et les motifs de chaque clé de médecin et des espèces de patients qu'il a."""
        qui = medecins.tous(PRESENTS)
        especes = sql.nomme(sql.defaut(col("especes", "p"), ent(0)), "especes")
        distincts = sql.choisir(sql.depuis(sql.choisir(qui, [especes]), "q"), [col("cle", "q"), col("especes", "q")])
        masques: dict[int, list[int]] = {}
        for cle, masque in sorted(self.moteur.lire(distincts.distinct(copy=False))):
            masques.setdefault(cle, []).append(masque)
        rangees = [
            (cle, masque, *statut)
            for cle, de_la_cle in masques.items()
            for masque, statut in encadrer(de_la_cle, partial(self.statut, medecins, cle)).items()
        ]
        genres = {"cle": "BIGINT", "especes": "BIGINT", "statut": sql.MOT, "motifs": sql.MOT, "demandes": sql.MOT}
        self.moteur.charger(STATUTS, genres, rangees)

    def statut(self, medecins: Medecins, cle: int, masque: int) -> tuple[object, ...]:
        """Le statut, les motifs et les faits demandés d'une clé de médecin et de ces espèces de patients."""
        patients = [dit for rang, dit in enumerate(self.representants) if masque >> rang & 1]
        return medecins.resoudre(cle, lambda brut: self._statut({**brut, "patients": patients}))

    def _statut(self, brut: dict[str, Any]) -> tuple[object, ...]:
        lectures = self.lectures
        cas = lire_cas(lectures.corpus, lectures.dispositif, brut)
        k = evaluer(lectures.corpus, lectures.dispositif, cas, strict=lectures.strict)
        motifs = dict.fromkeys(c.motif for c in sorted(k.constats, key=lambda c: c.etat == AVERTIT))
        demandes = [fait for fait in inconnus_de(k) if fait not in self.faits]
        return statut_de(k), " ".join(motifs), " ".join(demandes)


def encadrer(masques: Sequence[int], repondre: Callable[[int], T]) -> dict[int, T]:
    """La réponse de chaque masque : quand le plus petit et le plus grand répondent pareil, ceux d'entre eux aussi.

    Une espèce de patients ajoute des motifs et des faits inconnus, ou en ôte, toujours dans le même sens. Sans patient,
    la réponse ne s'encadre pas.
    """
    connues: dict[int, T] = {}

    def reponse(masque: int) -> T:
        if masque not in connues:
            connues[masque] = repondre(masque)
        return connues[masque]

    resultat: dict[int, T] = {masque: reponse(masque) for masque in masques if not masque}
    pile = [[masque for masque in masques if masque]]
    while pile:
        groupe = pile.pop()
        if not groupe:
            continue
        bas, haut = reduce(and_, groupe), reduce(or_, groupe)
        if bas == haut or reponse(bas) == reponse(haut):
            resultat |= dict.fromkeys(groupe, reponse(haut))
            continue
        bits = [1 << rang for rang in range(haut.bit_length()) if (haut & ~bas) >> rang & 1]
        bit = next((bit for bit in bits if reponse(bas | bit) != reponse(bas)), bits[0])
        pile += [[m for m in groupe if m & bit], [m for m in groupe if not m & bit]]
    return resultat


def _classe(table: int, choisie: Choisie) -> Classe:
    bas, haut = bornes(choisie)
    certaine = choisie.etat == "certain"
    valeur = choisie.valeur if isinstance(choisie.valeur, int) else None
    nom = nom_de_classe(choisie)
    return Classe(table, nom, bas, haut, certaine, valeur if certaine else None, rang_autorite(choisie))


def rang_autorite(choisie: Choisie) -> int:
    """Le rang de l'autorité d'une ligne choisie ; la plus sûre si aucune ne l'est, comme pour une étape."""
    if choisie.ligne is None or choisie.valeur is None or not choisie.ligne.sources:
        return 0
    return AUTORITES.index(choisie.ligne.sources[0].autorite)


def somme_sure(valeur: Expr) -> Expr:
    """La somme ; NULL dès qu'un terme l'est, 0 sans terme."""
    trou = sql.moins_que(exp.Count(this=valeur.copy()), sql.compte())
    return sql.selon((trou, sql.nul()), sinon=sql.defaut(sql.somme(valeur), ent(0)))


def somme_des(valeur: Expr, quand: Expr) -> Expr:
    """La somme des rangées où ``quand`` tient ; NULL dès que l'une est inconnue, 0 s'il n'y en a pas."""
    trou = sql.moins_que(ent(0), sql.combien(sql.et(quand, sql.est_nul(valeur))))
    return sql.selon((trou, sql.nul()), sinon=sql.defaut(sql.somme(sql.selon((quand, valeur), sinon=ent(0))), ent(0)))


def _reunis(bits: Expr) -> Expr:
    return exp.Anonymous(this="bit_or", expressions=[bits])
