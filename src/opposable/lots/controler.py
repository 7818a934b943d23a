"""Le contrôle d'un lot : des étapes en colonnes, entre lesquelles l'interprète scalaire répond une fois par clé.

Qui appelle donne un dossier provisoire ; rien n'est écrit ailleurs. Le moteur exécute, ce module enchaîne.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.encodage import Codage, Question
from opposable.lots.etapes import REPONSE, Plan
from opposable.lots.fautes import Fautes
from opposable.lots.lecture_lot import Lecture
from opposable.lots.mappage import Mappage, lire_mappage, voisin
from opposable.lots.moteurs import Moteur, Reglages, ouvrir
from opposable.lots.resolution import Argent, Droits, Ligne, Resolution
from opposable.lots.sorties import MAPPAGE, Sorties
from opposable.lots.sql import col

Suivi = Callable[[str, float], None]
"""Reçoit le nom de l'étape en cours et la part faite de tout le contrôle, de 0 à 1."""
ETAPES: Final = {
    "Lecture du lot": 2,
    "Tarifs": 6,
    "Dépassements": 12,
    "Clés": 24,
    "Droits et argent": 6,
    "Factures": 22,
    "Écriture des lignes": 24,
    "Anomalies et sommes": 4,
}
"""Le poids de chaque étape dans la durée totale, mesuré sur un lot de dix millions de lignes."""
_OCTETS_DE_POIDS: Final = 7
_QUESTIONS: Final = {"t": "tarif", "n": "nature", "d": "droits", "a": "argent"}


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
    _verifier_lot(demande.lot)
    mappage = lire_mappage(corpus, demande.mappage or voisin(demande.lot))
    moteur = ouvrir(demande.moteur, Reglages(demande.memoire, travail))
    with moteur.pannes(str(dossier)):
        try:
            controle = Controle(
                corpus, mappage, moteur, demande.lot, suivi, strict=demande.strict, ecarter=demande.ecarter
            )
            controle.preparer()
            controle.executer()
            return controle.ecrire(dossier)
        finally:
            moteur.fermer()


def _verifier_lot(lot: Path) -> None:
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


@dataclass(slots=True)
class Bilan:
    """Ce qu'un contrôle a vu : des comptes, pour le manifeste."""

    entree: int = 0
    sortie: int = 0
    factures: int = 0
    ecartees: int = 0
    cles: dict[str, int] | None = None
    hypotheses: list[dict[str, Any]] | None = None


class Controle:
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
        self.corpus, self.mappage, self.moteur, self.lot = corpus, mappage, moteur, lot
        self._suivi = suivi
        self._fait = 0
        self.bilan = Bilan(cles={})
        self._reponses: dict[tuple[object, ...], Any] = {}
        self._numeros: dict[object, int] = {}
        self.effets_par_reponse: list[tuple[int | None, tuple[tuple[str, str, int | None], ...]]] = []
        self.strict = strict
        self.ecarter = ecarter

    # --- Préparer --------------------------------------------------------------------------------------------
    def preparer(self) -> None:
        """Ouvre le lot, vérifie ses colonnes, bâtit les requêtes. :class:`ErreurEntree` à la première faute."""
        colonnes = self.moteur.ouvrir_lot(self.lot)
        self._verifier_colonnes(colonnes)
        dits = [nom for nom in self.mappage.faits if nom not in {"facture.date", "acte.code"}]
        self.codage = Codage(self.corpus, dits, self.corpus.actes)
        constantes = {**self.mappage.constantes}
        self.resolution = Resolution(self.corpus, self.codage, constantes, strict=self.strict)
        self.lecture = Lecture(
            self.corpus, self.mappage, self.codage, self.moteur, self._listes(), colonnes, strict=self.strict
        )
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

    def _listes(self) -> dict[str, dict[str, int]]:
        """Les valeurs écrites des faits à liste, lues dans le lot, et la classe de celles qui se comprennent."""
        resultat: dict[str, dict[str, int]] = {}
        for nom, colonne in self.mappage.faits.items():
            code = self.codage.faits.get(nom)
            if colonne.fait.type != "liste" or code is None:
                continue
            brut = sql.cast(col(colonne.colonne, "l"), "VARCHAR")
            requete = (
                sql.choisir(sql.depuis("lot", "l"), [sql.nomme(brut, "brut")])
                .distinct(copy=False)
                .limit(10_001, copy=False)
            )
            dites: dict[str, int] = {}
            for (texte,) in self.moteur.lire(requete):
                if texte is None:
                    continue
                mots = [m.strip() for m in str(texte).strip("[]").split(colonne.separateur) if m.strip()]
                mots = [colonne.valeurs.get(m, m) for m in mots if m not in {"aucune", "aucun"}]
                if all(m in colonne.fait.valeurs for m in mots):
                    dites[str(texte)] = 1 | sum(code.membres.get(m, 0) for m in set(mots))
            resultat[nom] = dites
        return resultat

    def _masques(self) -> None:
        """Par code, les bits que chaque question lit. Le code 0 est celui d'une ligne qu'on ne comprend pas."""
        codage, resolution = self.codage, self.resolution
        rien = codage.question([], []).masque()
        tarifs: list[tuple[int, ...]] = [(0, *rien)]
        autres: list[tuple[int, ...]] = [(0, tenue, *rien, *rien) for tenue in (0, 1)]
        nature = resolution.question_nature()
        self._de_question: dict[tuple[str, int, int], Question] = {}
        for code, rang in codage.rang_de.items():
            acte = self.corpus.actes[code]
            tarif, argent = resolution.question_tarif(acte), resolution.question_argent(acte)
            self._de_question |= {("t", rang + 1, 0): tarif, ("a", rang + 1, 0): argent, ("n", rang + 1, 0): nature}
            tarifs.append((rang + 1, *tarif.masque()))
            for tenue in (0, 1):
                droits = resolution.question_droits(acte, depasse=not tenue)
                self._de_question["d", rang + 1, tenue] = droits
                autres.append((rang + 1, tenue, *droits.masque(), *argent.masque()))
        mots = range(codage.mots)
        self.moteur.charger("masques_tarif", {"cid": "INTEGER", **{f"w{r}": "BIGINT" for r in mots}}, tarifs)
        colonnes = {"cid": "INTEGER", "tenue": "INTEGER", **{f"{q}{r}": "BIGINT" for q in "da" for r in mots}}
        self.moteur.charger("masques", colonnes, autres)

    # --- Enchaîner -------------------------------------------------------------------------------------------
    def executer(self) -> None:
        """Jusqu'aux réponses ; les tables ``formes`` et ``reponses`` sont prêtes."""
        plan, moteur = self.plan, self.moteur
        moteur.creer("codees", plan.lignes(), self._avance("Tarifs"))
        self.fautes.de_lecture()
        self._tarifs(moteur.lire(plan.cles_de(plan.tarifables(), "t"), self._avance("Tarifs")))
        self._passe("Tarifs")
        moteur.creer("depassantes", plan.depassantes(), self._avance("Dépassements", 0.5))
        moteur.creer("lignes_depassantes", plan.de_depassantes())
        self._natures(moteur.lire(plan.cles_de(sql.choisir(sql.depuis("lignes_depassantes"), [exp.Star()]), "n")))
        moteur.creer("relations", plan.relations_des_factures())
        moteur.oublier("lignes_depassantes")
        moteur.oublier("depassantes")
        self._passe("Dépassements")
        moteur.creer("clefs", plan.clefs(), self._avance("Clés"))
        moteur.oublier("relations")
        moteur.oublier("codees")
        self._passe("Clés")
        self._questions(moteur.lire(plan.paires()))
        self._passe("Droits et argent")
        moteur.creer("numerotees", plan.numerotees(), self._avance("Droits et argent"))
        moteur.oublier("clefs")
        moteur.creer("formes", plan.formes(), self._avance("Factures"))
        if self.fautes.de_facture():
            moteur.creer("formes", plan.formes())
        ((plusieurs, dedans, _, _),) = moteur.lire(plan.comptes_des_formes())
        self.bilan.factures = plusieurs + self._numerotees() - (dedans or 0)
        moteur.creer("representantes", plan.representantes())
        self._factures(moteur.lire(plan.lignes_representantes()))
        moteur.oublier("representantes")
        self._passe("Factures")

    def _numerotees(self) -> int:
        ((lignes,),) = self.moteur.lire(sql.choisir(sql.depuis("numerotees"), [sql.compte()]))
        return int(lignes)

    def _resoudre(self, question: str, mots: Sequence[int], tenue: int = 0) -> Any:
        """La réponse à une question pour une clé ; ``None`` si le code n'est pas couvert."""
        cid = self.codage.code.lire(mots)
        if cid == 0:
            return None
        posee = self._de_question[question, cid, tenue]
        canon = posee.canon(mots)
        cle = (question, cid if question != "n" else 0, tenue, canon)
        trouve = self._reponses.get(cle)
        if trouve is None:
            demander = getattr(self.resolution, _QUESTIONS[question])
            trouve = self._reponses[cle] = demander(self.codage.codes[cid - 1], canon[0], posee.faits(canon))
        return trouve

    def _tarifs(self, cles: list[tuple[int, ...]]) -> None:
        rangees = []
        for mots in cles:
            tarif = self._resoudre("t", mots)
            if tarif is None:
                rangees.append((*mots, 0, None, *(v for _ in self.plan.coordonnes for v in (0, None))))
                continue
            coordonnes = dict(tarif.coordonnes)
            ajoutes = [v for code in self.plan.coordonnes for v in (int(code in coordonnes), coordonnes.get(code))]
            rangees.append((*mots, int(tarif.existe), tarif.tarif, *ajoutes))
        colonnes = {f"tw{r}": "BIGINT" for r in range(self.codage.mots)} | {"existe": "INTEGER", "tarif": "BIGINT"}
        colonnes |= {f"{s}_{c}": g for c in self.plan.coordonnes for s, g in (("du", "INTEGER"), ("tarif", "BIGINT"))}
        self.moteur.charger("tarifs", colonnes, rangees)
        self._compter("tarifs", len(rangees))

    def _natures(self, cles: list[tuple[int, ...]]) -> None:
        rangs = {
            mot: rang for rang, mot in enumerate(self.corpus.vocabulaire.faits["ligne.nature_depassement"].valeurs, 1)
        }
        rangees = []
        for mots in cles:
            rangees.append((*mots, rangs.get(self._resoudre("n", mots) or "", 0)))
        colonnes = {f"nw{r}": "BIGINT" for r in range(self.codage.mots)} | {"nature": "INTEGER"}
        self.moteur.charger("natures", colonnes, rangees)
        self._compter("natures", len(rangees))

    def _questions(self, paires: list[tuple[int, ...]]) -> None:
        """Résout chaque clé de droits et d'argent une fois, et compte les hypothèses ligne par ligne."""
        n = self.codage.mots
        droits: dict[tuple[int, ...], tuple[int, Any]] = {}
        argents: dict[tuple[int, ...], tuple[int, Any]] = {}
        self.droits: list[Droits] = []
        self.argents: list[Argent] = []
        rangs: dict[object, int] = {}
        supposes: Counter[tuple[str, object]] = Counter()
        place = self.plan.opposable

        def numero(sorte: str, reponse: Any, liste: list[Any]) -> int:
            trouve = rangs.get((sorte, reponse))
            if trouve is None:
                trouve = rangs[sorte, reponse] = len(liste)
                liste.append(reponse)
            return trouve

        for *mots, lignes in paires:
            d, a = tuple(mots[:n]), tuple(mots[n:])
            if d not in droits:
                tenue = int(place.lire(d) == place.mots["oui"])
                reponse, suppose = self._resoudre("d", d, tenue) or (Droits((), "", 0, ()), ())
                droits[d] = numero("d", reponse, self.droits), suppose
            if a not in argents:
                reponse_, suppose = self._resoudre("a", a) or (Argent(("?",)), ())
                argents[a] = numero("a", reponse_, self.argents), suppose
            for cle in {*droits[d][1], *argents[a][1]}:
                supposes[cle] += lignes
        self.etats: list[tuple[Droits, Argent]] = []
        etats: dict[tuple[int, int], int] = {}
        rangees = []
        for *mots, _ in paires:
            couple = droits[tuple(mots[:n])][0], argents[tuple(mots[n:])][0]
            etat = etats.get(couple)
            if etat is None:
                etat = etats[couple] = len(self.etats)
                self.etats.append((self.droits[couple[0]], self.argents[couple[1]]))
            rangees.append((*mots, etat, _poids(etat)))
        colonnes = {f"{q}{r}": "BIGINT" for q in "da" for r in range(n)} | {"etat": "INTEGER", "poids": "BIGINT"}
        self.moteur.charger("etats", colonnes, rangees)
        self._compter("droits", len(droits))
        self._compter("argent", len(argents))
        self._compter("couples", len(rangees))
        self._compter("états", len(etats))
        self.bilan.hypotheses = [
            {
                "fait": nom,
                "libelle": self.corpus.vocabulaire.faits[nom].libelle,
                "valeur": sorted(v) if isinstance(v, frozenset) else v,
                "lignes": lignes,
            }
            for (nom, v), lignes in sorted(supposes.items(), key=lambda paire: (paire[0][0], -paire[1]))
        ]

    def _factures(self, lignes: list[tuple[Any, int]]) -> None:
        """Résout chaque forme de facture une fois."""
        par_forme: dict[Any, list[int]] = {_poids(etat): [etat] for etat in range(len(self.etats))}
        seules = len(par_forme)
        for forme, etat in lignes:
            par_forme.setdefault(forme, []).append(etat)
        rangees = []
        for forme, etats in par_forme.items():
            etats.sort()
            membres = [self.etats[etat] for etat in etats]
            if any(not droits.cle for droits, _ in membres):
                continue
            reponses = dict(zip(etats, self.resolution.facture(membres), strict=True))
            for etat, reponse in reponses.items():
                rangees.append((forme, etat, *self._reponse(etat, reponse)))
        self.moteur.charger("reponses", {"forme": self.moteur.grand, "etat": "INTEGER", **REPONSE}, rangees)
        self._compter("factures", len(par_forme) - seules)

    def _reponse(self, etat: int, ligne: Ligne) -> tuple[object, ...]:
        """Une rangée de la table des réponses ; deux lignes de même réponse partagent son numéro."""
        droits, argent = self.etats[etat]
        cle = (droits.code, argent.cle, ligne)
        numero = self._numeros.setdefault(cle, len(self._numeros))
        if numero == len(self.effets_par_reponse):
            self.effets_par_reponse.append((ligne.base, ligne.effets))
        return (
            numero, droits.code, int(argent.tarif is not None), ligne.statut, ligne.tarif, ligne.base, ligne.taux,
            ligne.nature, ligne.ligne_tarif, ligne.ligne_base, ligne.ligne_taux, " ".join(ligne.motifs),
        )  # fmt: skip

    def effets(self) -> list[tuple[object, ...]]:
        """Les motifs qui refusent ou laissent à vérifier, réponse par réponse, avec l'enjeu quand la règle le dit."""
        return [
            (numero, motif, self.corpus.motifs[motif].libelle, effet, enjeu, base)
            for numero, (base, effets) in enumerate(self.effets_par_reponse)
            for motif, effet, enjeu in effets
            if effet != "aucun"
        ]

    # --- Écrire ----------------------------------------------------------------------------------------------
    def ecrire(self, dossier: Path) -> dict[str, Any]:
        """Écrit les fichiers du contrôle dans ce dossier ; rend le manifeste."""
        sorties = Sorties(self.corpus, self.moteur, dossier)
        sorties.lignes(self.plan.resultat(), self._avance("Écriture des lignes"))
        self._passe("Écriture des lignes")
        sorties.anomalies(self.effets())
        sorties.sommes()
        if self.fautes.trouvees:
            sorties.ecartees(self.fautes.trouvees)
        (dossier / MAPPAGE).write_text(self.mappage.texte, encoding="utf-8")
        totaux = sorties.totaux()
        self.bilan.sortie = totaux["lignes"]
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
            "non_verifie": list(NON_VERIFIE),
            "cles": self.bilan.cles,
        }
        sorties.manifeste(contenu)
        self._passe("Anomalies et sommes")
        return contenu

    # --- Suivre ----------------------------------------------------------------------------------------------
    def _compter(self, quoi: str, combien: int) -> None:
        if self.bilan.cles is not None:
            self.bilan.cles[quoi] = combien

    def _passe(self, etape: str) -> None:
        self._fait += ETAPES[etape]
        if self._suivi is not None:
            self._suivi(etape, self._fait / sum(ETAPES.values()))

    def _avance(self, etape: str, de: float = 1.0) -> Callable[[float], None] | None:
        if self._suivi is None:
            return None
        suivi, total = self._suivi, sum(ETAPES.values())
        return lambda part: suivi(etape, (self._fait + ETAPES[etape] * part * de) / total)


NON_VERIFIE: Final = (
    "les fréquences et les cumuls dans le temps : une ligne concernée porte l'avertissement FREQUENCE_NON_CONTROLEE",
    "les participations forfaitaires et leurs plafonds : ils se comptent facture par facture, par « opposable coter »",
)
"""Ce qu'un contrôle ne voit pas encore, dit une fois par lot."""


def octets(lot: Path) -> int:
    """La taille d'un lot, pour savoir s'il a changé."""
    return sum(f.stat().st_size for f in lot.glob("*.parquet")) if lot.is_dir() else lot.stat().st_size


def _poids(etat: int) -> int:
    """Un poids tiré au sort, le même à chaque exécution : deux factures différentes n'ont pas la même somme."""
    return int.from_bytes(hashlib.blake2b(str(etat).encode(), digest_size=_OCTETS_DE_POIDS).digest(), "big")
