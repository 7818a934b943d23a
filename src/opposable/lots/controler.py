"""Le contrôle d'un lot : des étapes en colonnes, entre lesquelles l'interprète scalaire répond une fois par clé.

Qui appelle donne un dossier provisoire ; rien n'est écrit ailleurs. Le moteur exécute, ce module enchaîne.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.contenu import codes_presents, couverts, listes_dites, modificateurs_employes, partages
from opposable.lots.encodage import Codage
from opposable.lots.etapes import QUESTIONS
from opposable.lots.fautes import Fautes
from opposable.lots.lecture_lot import Lecture
from opposable.lots.mappage import Mappage, lire_mappage, voisin
from opposable.lots.moteurs import Moteur, Reglages, ouvrir
from opposable.lots.plafonds import Plafonnement
from opposable.lots.plan import Plan
from opposable.lots.resolution import Resolution
from opposable.lots.sorties import MAPPAGE, Sorties
from opposable.lots.sql import col

Suivi = Callable[[str, float], None]
"""Reçoit le nom de l'étape en cours et la part faite de tout le contrôle, de 0 à 1."""
ETAPES: Final = {
    "Lecture du lot": 2,
    "Tarifs": 16,
    "Dépassements": 7,
    "Clés": 6,
    "Droits et argent": 21,
    "Factures": 16,
    "Fréquences": 5,
    "Écriture des lignes": 20,
    "Anomalies et sommes": 7,
}
"""Le poids de chaque étape dans la durée totale, mesuré sur un lot de dix millions de lignes."""


_BALAYAGE: Final = (30_000, 20, 50)
"""Les seuils du ramasse-miettes pendant un contrôle."""
_NIR: Final = re.compile(r"[12478][0-9]{4}[0-9AB][0-9]{7}([0-9]{2})?")
_VUS: Final = 1000
"""Les lignes où l'on regarde si le patient est une identité."""


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce qui est demandé : le lot, son mappage (à côté du lot si rien n'est dit), le moteur et ce qu'on lui accorde."""

    lot: Path
    mappage: Path | None = None
    moteur: str = "duckdb"
    memoire: str = ""
    strict: bool = False
    ecarter: bool = False


def controler(
    corpus: Corpus, demande: Demande, dossier: Path, travail: Path, suivi: Suivi | None = None
) -> dict[str, Any]:
    """Contrôle un lot, écrit ses fichiers dans ``dossier`` et rend le manifeste.

    ``travail`` reçoit ce qui déborde de la mémoire. :class:`ErreurEntree` si le lot, le mappage ou la place manquent.
    """
    verifier_lot(demande.lot)
    mappage = lire_mappage(corpus, demande.mappage or voisin(demande.lot))
    moteur = ouvrir(demande.moteur, Reglages(demande.memoire, travail))
    with moteur.pannes(str(dossier)), balayage_rare():
        try:
            controle = Controle(
                corpus, mappage, moteur, demande.lot, suivi, strict=demande.strict, ecarter=demande.ecarter
            )
            controle.preparer()
            controle.executer()
            return controle.ecrire(dossier)
        finally:
            moteur.fermer()


@contextmanager
def balayage_rare() -> Iterator[None]:
    """Le ramasse-miettes laisse le corpus de côté et passe plus rarement : les réponses sont nombreuses, et gardées."""
    seuils = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_BALAYAGE)
    try:
        yield
    finally:
        gc.set_threshold(*seuils)
        gc.unfreeze()


def verifier_lot(lot: Path) -> None:
    """:class:`ErreurEntree` si ce chemin ne peut pas être un lot."""
    attendu, exemple = "un fichier .parquet ou .csv, ou un dossier de fichiers .parquet", "lot.parquet"
    try:
        if lot.is_dir():
            raison = "" if any(lot.glob("*.parquet")) else "ce dossier n'a aucun fichier .parquet"
            next(lot.iterdir(), None)
        elif not lot.exists():
            raison = "ce fichier n'existe pas"
        else:
            raison = "" if lot.suffix.lower() in {".parquet", ".csv"} else "ce format n'est pas lu"
            lot.open("rb").close()
    except PermissionError:
        raison = "droits de lecture manquants"
    if raison:
        raise ErreurEntree("LOT_ILLISIBLE", raison, ou=str(lot), attendu=attendu, exemple=exemple)


class Controle(Plafonnement):
    """Un contrôle en cours : le lot, son mappage, le corpus et le moteur."""

    def __init__(
        self,
        corpus: Corpus,
        mappage: Mappage,
        moteur: Moteur,
        lot: Path,
        suivi: Suivi | None = None,
        *,
        strict: bool = False,
        ecarter: bool = False,
    ) -> None:
        super().__init__()
        self.corpus, self.mappage, self.moteur, self.lot = corpus, mappage, moteur, lot
        self._suivi = suivi
        self._fait = 0
        self.strict = strict
        self.ecarter = ecarter

    # --- Préparer --------------------------------------------------------------------------------------------
    def preparer(self) -> None:
        """Ouvre le lot, vérifie ses colonnes, bâtit les requêtes. :class:`ErreurEntree` à la première faute."""
        colonnes = self.moteur.ouvrir_lot(self.lot)
        self._verifier_colonnes(colonnes)
        dits = [nom for nom in self.mappage.faits if nom not in {"facture.date", "acte.code"}]
        self.presents = codes_presents(self.moteur, self.mappage)
        codes = couverts(self.corpus, self.presents)
        self.codage = Codage(self.corpus, dits, codes, partages(self.corpus, codes))
        emplois = modificateurs_employes(self.moteur, self.mappage) if self.codage.techniques else {}
        self.resolution = Resolution(self.corpus, self.codage, {**self.mappage.constantes}, emplois, strict=self.strict)
        listes = listes_dites(self.moteur, self.mappage, self.codage)
        self.lecture = Lecture(
            self.corpus, self.mappage, self.codage, self.moteur, listes, colonnes, strict=self.strict
        )
        self.lecture.charger_jours()
        self.plan = Plan(
            self.corpus,
            self.mappage,
            self.codage,
            self.moteur,
            self.lecture,
            self.resolution.question_nature().masque(),
        )
        (self.bilan.entree,) = self.moteur.lire(sql.choisir(sql.depuis("lot"), [sql.compte()]))[0]
        if self.bilan.entree == 0:
            raise ErreurEntree(
                "LOT_VIDE",
                "le lot n'a aucune ligne",
                ou=str(self.lot),
                attendu="une ligne au moins",
                exemple="lot.parquet",
            )
        if self.codage.lit_la_date:
            raise ErreurEntree(
                "REGLE_NON_COLONNES", "une règle lit la date des soins comme un fait, et un lot ne sait pas la suivre",
                ou="--surcouche", attendu="des périodes « du » et « au »", exemple="{exige: {…}, du: 2026-02-01}",
            )  # fmt: skip
        self._sans_identite()
        self._masques()
        self.fautes = Fautes(self.plan, self.moteur, self.codage, self.resolution, self.ecarter)
        self._passe("Lecture du lot")

    def _verifier_colonnes(self, colonnes: Mapping[str, str]) -> None:
        from opposable.droit.erreurs import plus_proche

        for nom in self.mappage.colonnes:
            if nom not in colonnes:
                proche = plus_proche(nom, colonnes)
                suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
                raise ErreurEntree(
                    "COLONNE_ABSENTE", f"le lot n'a pas de colonne « {nom} »{suite}", ou=str(self.lot),
                    attendu="les colonnes du mappage ; celles du lot : " + ", ".join(list(colonnes)[:20]),
                    exemple=f"facture: {next(iter(colonnes), 'facture')}",
                )  # fmt: skip

    def _sans_identite(self) -> None:
        """:class:`ErreurEntree` si la colonne du patient porte des numéros de sécurité sociale."""
        if not self.mappage.patient:
            return
        brut = sql.nomme(sql.cast(col(self.mappage.patient, "l"), "VARCHAR"), "brut")
        dits = self.moteur.lire(sql.choisir(sql.depuis("lot", "l"), [brut]).limit(_VUS, copy=False))
        if any(texte is not None and _NIR.fullmatch(str(texte).replace(" ", "")) for (texte,) in dits):
            raise ErreurEntree(
                "IDENTITE_REFUSEE", "cette colonne ressemble à des numéros de sécurité sociale",
                ou=f"{self.mappage.fichier}, « patient : {self.mappage.patient} »",
                attendu="un pseudonyme, sans aucune identité", exemple="patient: pseudonyme",
            )  # fmt: skip

    # --- Enchaîner -------------------------------------------------------------------------------------------
    def executer(self) -> None:
        """Jusqu'aux réponses ; les tables ``formes`` et ``reponses`` sont prêtes."""
        plan, moteur = self.plan, self.moteur
        self._precoces()
        moteur.creer("codees", plan.lignes(), self._avance("Tarifs"), longue=True)
        self.fautes.de_lecture()
        moteur.oublier("precoces")
        self._charger_masques()
        self._tarifs(moteur.lire(plan.cles_de(plan.tarifables(), "t"), self._avance("Tarifs")))
        self._passe("Tarifs")
        moteur.creer("depassantes", plan.depassantes(), self._avance("Dépassements", 0.5))
        moteur.creer("lignes_depassantes", plan.de_depassantes(), longue=True)
        self._natures(moteur.lire(plan.cles_de(sql.choisir(sql.depuis("lignes_depassantes"), [exp.Star()]), "n")))
        moteur.creer("relations", plan.relations_des_factures(), longue=True)
        moteur.oublier("lignes_depassantes")
        moteur.oublier("depassantes")
        self._passe("Dépassements")
        moteur.creer("clefs", plan.clefs(), self._avance("Clés"), longue=True)
        moteur.oublier("relations")
        moteur.oublier("codees")
        self._passe("Clés")
        self._fondre(moteur.lire(plan.a_fondre()))
        # Pendant que l'interprète répond, le moteur lit les clés des questions suivantes, puis rapproche les patients.
        premiere, *suivantes = QUESTIONS
        cles = {premiere: moteur.lire(plan.cles(premiere))}
        lire = moteur.en_fond(lambda autre: cles.update({q: autre.lire(plan.cles(q)) for q in suivantes}))
        rapprocher = moteur.en_fond(self._rapprocher)
        self._question(premiere, cles[premiere])
        lire()
        for question in suivantes:
            self._question(question, cles[question])
        rapprocher()
        moteur.creer("numerotees", plan.numerotees(), self._avance("Droits et argent"), longue=True)
        moteur.oublier("clefs")
        self._etats(moteur.lire(plan.triplets()))
        self._passe("Droits et argent")
        self._former_factures()
        self._passe("Factures")
        self._frequences()
        self._charger_reponses()
        self._passe("Fréquences")

    def _former_factures(self) -> None:
        """Réunit les lignes en factures et résout chaque forme ; le moteur travaille quand l'interprète répond."""
        plan, moteur = self.plan, self.moteur
        former = moteur.en_fond(lambda autre: autre.creer("formes", plan.formes(), longue=True))
        self._factures_d_une_ligne()
        former()
        if self.fautes.de_facture():
            moteur.creer("formes", plan.formes(), longue=True)
        self._hypotheses(moteur.lire(plan.supposes()))
        ((plusieurs, dedans, _, _),) = moteur.lire(plan.comptes_des_formes())
        self.bilan.factures = plusieurs + self._numerotees() - (dedans or 0)
        moteur.creer("representantes", plan.representantes())
        lignes = moteur.lire(plan.lignes_representantes())
        suivre = moteur.en_fond(self._suivre)
        self._factures(lignes)
        suivre()
        moteur.oublier("representantes")

    def _numerotees(self) -> int:
        ((lignes,),) = self.moteur.lire(sql.choisir(sql.depuis("numerotees"), [sql.compte()]))
        return int(lignes)

    # --- Écrire ----------------------------------------------------------------------------------------------
    def ecrire(self, dossier: Path) -> dict[str, Any]:
        """Écrit les fichiers du contrôle dans ce dossier ; rend le manifeste."""
        sorties = Sorties(self.corpus, self.moteur, dossier)
        completees = self._completer()
        retenues = "retenues" if self._plafonner(completees=completees) else ""
        requete = self.plan.resultat(completees=completees, retenues=retenues)
        sorties.lignes(requete, self._avance("Écriture des lignes"))
        self._passe("Écriture des lignes")
        sorties.anomalies(self.effets())
        if self.comptees:
            sorties.frequences(self.plan.dits())
        if retenues:
            sorties.participations(self.plan.participations_dites())
        sorties.sommes()
        if self.fautes.trouvees:
            sorties.ecartees(self.fautes.trouvees)
        (dossier / MAPPAGE).write_text(self.mappage.texte, encoding="utf-8")
        totaux = sorties.totaux()
        self.bilan.sortie = totaux["lignes"]
        if self.bilan.sortie != self.bilan.entree and not self.fautes.par_raison():
            raise AssertionError(f"{self.bilan.entree - self.bilan.sortie} lignes perdues sans raison")
        contenu = {
            **self.corpus.entete(),
            "moteur": {"nom": self.moteur.nom, "version": self.moteur.version()},
            "strict": self.strict,
            "lot": {"fichier": str(self.lot.resolve()), "octets": octets(self.lot)},
            "lignes": {
                "entree": self.bilan.entree,
                "sortie": self.bilan.sortie,
                "ecartees": self.bilan.entree - self.bilan.sortie,
            },
            "factures": self.bilan.factures,
            "fautes": self.fautes.par_raison(),
            "statuts": totaux["statuts"],
            "montants": totaux["montants"],
            "lignes_aux_montants_inconnus": totaux["lignes_aux_montants_inconnus"],
            "anomalies": sorties.anomalies_par_motif(),
            "hypotheses": self.bilan.hypotheses,
            "couverture": dict(self.mappage.couverture),
            "participations_suivies": list(self.plafonds),
            "non_verifie": [*self.non_verifiees(), *self.non_retenues()],
            "cles": self.bilan.cles,
        }
        sorties.manifeste(contenu)
        self._passe("Anomalies et sommes")
        return contenu

    # --- Suivre ----------------------------------------------------------------------------------------------

    def _passe(self, etape: str) -> None:
        self._fait += ETAPES[etape]
        if self._suivi is not None:
            self._suivi(etape, self._fait / sum(ETAPES.values()))

    def _avance(self, etape: str, de: float = 1.0) -> Callable[[float], None] | None:
        if self._suivi is None:
            return None
        suivi, total = self._suivi, sum(ETAPES.values())
        return lambda part: suivi(etape, (self._fait + ETAPES[etape] * part * de) / total)


def octets(lot: Path) -> int:
    """La taille d'un lot, pour savoir s'il a changé."""
    return sum(f.stat().st_size for f in lot.glob("*.parquet")) if lot.is_dir() else lot.stat().st_size
