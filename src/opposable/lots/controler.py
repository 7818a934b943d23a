"""Le contrôle d'un lot : des étapes en colonnes, entre lesquelles l'interprète scalaire répond une fois par clé.

Qui appelle donne un dossier provisoire ; rien n'est écrit ailleurs. Le moteur exécute, ce module enchaîne.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.montant import UNITE_TAUX
from opposable.lots import sql
from opposable.lots.encodage import Codage, Question
from opposable.lots.etapes import QUESTIONS, REPONSE, Plan
from opposable.lots.fautes import Fautes
from opposable.lots.lecture_lot import Lecture
from opposable.lots.mappage import Mappage, lire_mappage, voisin
from opposable.lots.moteurs import Moteur, Reglages, ouvrir
from opposable.lots.resolution import Base, Droits, Etat, Ligne, Resolution, Suppose, Taux
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
_DEMANDES: Final = {"t": "tarif", "n": "nature", "d": "droits", "b": "base", "x": "taux"}
_INCOMPRISES: Final = {"d": Droits((), "", 0, None, ()), "b": Base(("?",)), "x": Taux(("?",))}
"""La réponse pour une ligne dont le code n'est pas couvert : sa facture est écartée."""


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
        self._numeros_vus: list[Ligne] = []
        self._doubles = False
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
        commun = resolution.question_taux(None)
        nature = resolution.question_nature()
        self._posees: dict[tuple[str, int, int], Question] = {("x", 0, 0): commun}
        tarifs: list[tuple[int, ...]] = [(0, *rien)]
        autres: list[tuple[int, ...]] = [(0, tenue, *rien, *rien, *commun.masque()) for tenue in (0, 1)]
        presents = self._codes_presents()
        for code, rang in codage.rang_de.items():
            if code not in presents:
                continue
            acte, cid = self.corpus.actes[code], rang + 1
            tarif, base = resolution.question_tarif(acte), resolution.question_base(acte)
            taux = commun if acte.taux is None else resolution.question_taux(acte)
            self._posees |= {("t", cid, 0): tarif, ("b", cid, 0): base, ("x", cid, 0): taux, ("n", cid, 0): nature}
            tarifs.append((cid, *tarif.masque()))
            for tenue in (0, 1):
                droits = resolution.question_droits(acte, depasse=not tenue)
                self._posees["d", cid, tenue] = droits
                autres.append((cid, tenue, *droits.masque(), *base.masque(), *taux.masque()))
        mots = range(codage.mots)
        self.moteur.charger("masques_tarif", {"cid": "INTEGER", **{f"w{r}": "BIGINT" for r in mots}}, tarifs)
        colonnes = {"cid": "INTEGER", "tenue": "INTEGER", **{f"{q}{r}": "BIGINT" for q in QUESTIONS for r in mots}}
        self.moteur.charger("masques", colonnes, autres)

    def _codes_presents(self) -> frozenset[str]:
        """Les codes couverts que le lot porte : les seuls dont il faut poser les questions."""
        colonne = self.mappage.faits["acte.code"]
        brut = sql.nomme(sql.cast(col(colonne.colonne, "l"), "VARCHAR"), "brut")
        dits = {
            texte for (texte,) in self.moteur.lire(sql.choisir(sql.depuis("lot", "l"), [brut]).distinct(copy=False))
        }
        return frozenset(colonne.valeurs.get(texte, texte) for texte in dits)

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
        self._questions({q: moteur.lire(plan.cles(q)) for q in QUESTIONS})
        moteur.creer("numerotees", plan.numerotees(), self._avance("Droits et argent"))
        moteur.oublier("clefs")
        self._etats(moteur.lire(plan.triplets()))
        self._hypotheses(moteur.lire(plan.supposes()))
        self._passe("Droits et argent")
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
        posee = self._posees.get((question, cid, tenue))
        if posee is None:
            return None
        canon = posee.canon(mots)
        cle = (question, cid, tenue, canon)
        trouve = self._reponses.get(cle)
        if trouve is None:
            demander = getattr(self.resolution, _DEMANDES[question])
            code = self.codage.codes[cid - 1] if cid else self._sans_taux_propre
            trouve = self._reponses[cle] = demander(code, canon[0], posee.faits(canon))
        return trouve

    @cached_property
    def _sans_taux_propre(self) -> str:
        """Un acte qui pose la question commune du taux."""
        actes = self.corpus.actes
        return next(c for c in self.codage.codes if actes[c].taux is None and not actes[c].supplement)

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

    def _questions(self, cles: Mapping[str, list[tuple[int, ...]]]) -> None:
        """Résout chaque clé de chaque question une fois ; une réponse déjà vue garde son numéro."""
        self.reponses: dict[str, list[Any]] = {}
        self._bits: dict[tuple[str, object], int] = {}
        place = self.plan.opposable
        for q, table in QUESTIONS.items():
            distinctes: list[Any] = []
            numeros: dict[object, int] = {}
            rangees = []
            for mots in cles[q]:
                tenue = int(place.lire(mots) == place.mots["oui"]) if q == "d" else 0
                reponse, suppose = self._resoudre(q, mots, tenue) or (_INCOMPRISES[q], ())
                numero = numeros.setdefault(reponse, len(distinctes))
                if numero == len(distinctes):
                    distinctes.append(reponse)
                rangees.append((*mots, numero, self._en_bits(suppose)))
            colonnes = {f"{q}{r}": "BIGINT" for r in range(self.codage.mots)} | {
                "numero": "INTEGER",
                "supposes": "BIGINT",
            }
            self.moteur.charger(table, colonnes, rangees)
            self.reponses[table] = distinctes
            self._compter(table, len(rangees))

    def _en_bits(self, suppose: Suppose) -> int:
        """Un bit par valeur usuelle employée ; au-delà du soixantième, elles partagent le dernier."""
        bits = 0
        for cle in suppose:
            bits |= 1 << min(self._bits.setdefault(cle, len(self._bits)), 60)
        return bits

    def _etats(self, triplets: list[tuple[int, int, int]]) -> None:
        droits, bases, taux = (self.reponses[table] for table in QUESTIONS.values())
        self.etats = [Etat(droits[d], bases[b], taux[x]) for d, b, x in triplets]
        colonnes = dict.fromkeys(QUESTIONS.values(), "INTEGER") | {"etat": "INTEGER", "poids": "BIGINT"}
        self.moteur.charger("etats", colonnes, [(*t, rang, _poids(rang)) for rang, t in enumerate(triplets)])
        self._compter("états", len(triplets))

    def _hypotheses(self, comptes: list[tuple[int, int]]) -> None:
        """Combien de lignes reposent sur chaque valeur usuelle."""
        faits = self.corpus.vocabulaire.faits
        self.bilan.hypotheses = [
            {
                "fait": nom,
                "libelle": faits[nom].libelle,
                "valeur": sorted(valeur) if isinstance(valeur, frozenset) else valeur,
                "lignes": sum(lignes for bits, lignes in comptes if bits >> min(rang, 60) & 1),
            }
            for (nom, valeur), rang in sorted(self._bits.items(), key=lambda paire: paire[0][0])
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
            if any(not etat.droits.cle for etat in membres):
                continue
            vus: set[int] = set()
            for etat, reponse in zip(etats, self.resolution.facture(membres), strict=True):
                if etat not in vus:  # le premier de deux états égaux porte la participation, s'il la porte
                    vus.add(etat)
                    double = int(reponse.participations != 0 and etats.count(etat) > 1)
                    rangees.append((forme, etat, *self._reponse(etat, reponse), double))
                    self._doubles |= bool(double)
        self.moteur.charger("reponses", {"forme": self.moteur.grand, "etat": "INTEGER", **REPONSE}, rangees)
        self._compter("factures", len(par_forme) - seules)

    def _reponse(self, etat: int, ligne: Ligne) -> tuple[object, ...]:
        """Une rangée de la table des réponses ; deux lignes de même réponse partagent son numéro."""
        droits, base, _ = self.etats[etat]
        cle = (droits.code, base.cle, ligne)
        numero = self._numeros.setdefault(cle, len(self._numeros))
        if numero == len(self.effets_par_reponse):
            self.effets_par_reponse.append((ligne.base, ligne.effets))
            self._numeros_vus.append(ligne)
        return (
            numero, droits.code, int(base.tarif is not None), ligne.statut, ligne.tarif, ligne.base, ligne.taux,
            ligne.nature, ligne.ligne_tarif, ligne.ligne_base, ligne.ligne_taux, " ".join(ligne.motifs),
            ligne.participations, int(ligne.part_inconnue),
        )  # fmt: skip

    def effets(self) -> list[tuple[object, ...]]:
        """Les motifs qui refusent ou laissent à vérifier, réponse par réponse, avec l'enjeu quand la règle le dit."""
        return [
            (numero, motif, self.corpus.motifs[motif].libelle, effet, enjeu, base)
            for numero, (base, effets) in enumerate(self.effets_par_reponse)
            for motif, effet, enjeu in effets
            if effet != "aucun"
        ]

    def _completer(self) -> bool:
        """La participation ne dépasse pas la part obligatoire de toute la facture : vrai s'il a fallu la sommer, ou
        choisir laquelle de deux lignes égales la porte.

        Ce n'est utile qu'aux factures de plusieurs lignes où la part d'un acte, à elle seule, ne la couvre pas : un
        acte presque gratuit. Le seuil vient des réponses : la plus forte participation rapportée au plus petit taux.
        """
        dues = [(r.participations, r.taux) for r in self._numeros_vus if r.participations and r.taux]
        montants = [ligne.valeur for ligne in self.corpus.tables["participation_forfaitaire"].lignes]
        plus_forte = max((m for m in montants if isinstance(m, int)), default=0) * max((n for n, _ in dues), default=0)
        seuil = plus_forte * UNITE_TAUX // min((t for _, t in dues), default=UNITE_TAUX) + 1
        bases = [r.base for r in self._numeros_vus if r.participations and r.base is not None]
        if min(bases, default=seuil) < seuil:
            seuil = 1 << 31  # une base si petite existe : tout acte peut être concerné
        self.moteur.creer("candidates", self.plan.candidates(seuil, doubles=self._doubles))
        ((nombre,),) = self.moteur.lire(sql.choisir(sql.depuis("candidates"), [sql.compte()]))
        if nombre:
            self.moteur.creer("complements", self.plan.complements())
        return bool(nombre)

    # --- Écrire ----------------------------------------------------------------------------------------------
    def ecrire(self, dossier: Path) -> dict[str, Any]:
        """Écrit les fichiers du contrôle dans ce dossier ; rend le manifeste."""
        sorties = Sorties(self.corpus, self.moteur, dossier)
        completees = self._completer()
        sorties.lignes(self.plan.resultat(completees=completees), self._avance("Écriture des lignes"))
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
    "les participations déjà retenues le même jour ou la même année : elles sont ce que le lot en dit, ou zéro",
)
"""Ce qu'un contrôle ne voit pas encore, dit une fois par lot."""


def octets(lot: Path) -> int:
    """La taille d'un lot, pour savoir s'il a changé."""
    return sum(f.stat().st_size for f in lot.glob("*.parquet")) if lot.is_dir() else lot.stat().st_size


def _poids(etat: int) -> int:
    """Un poids tiré au sort, le même à chaque exécution : deux factures différentes n'ont pas la même somme."""
    return int.from_bytes(hashlib.blake2b(str(etat).encode(), digest_size=_OCTETS_DE_POIDS).digest(), "big")
