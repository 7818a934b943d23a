"""Les réponses de l'interprète scalaire aux clés d'un lot, posées une fois chacune et rendues au moteur en tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

from opposable.droit.montant import UNITE_TAUX
from opposable.droit.table import EFFECTIF
from opposable.lots import sql
from opposable.lots.etapes import QUESTIONS
from opposable.lots.etapes_factures import REPONSE
from opposable.lots.etats import Base, Droits, Etat, Ligne, Tarif, Taux
from opposable.lots.mappage import Mappage
from opposable.lots.partages import PARTAGES
from opposable.lots.parties import Suppose
from opposable.lots.poser import Poseur
from opposable.lots.questions import Feuille, retenir

_OCTETS_DE_POIDS: Final = 7
TOUJOURS: Final = 1 << 31
"""Un seuil que des honoraires n'atteignent jamais."""
_DEMANDES: Final = {"t": "tarif", "n": "nature", "b": "base", "x": "taux"}
_PARTAGEES: Final = {**_DEMANDES, "t": "tarif_partage", "b": "base_partagee"}
"""Ce qui est demandé d'une ligne partagée."""
_INCOMPRISES: Final = {"d": Droits((), "", 0, None, ()), "b": Base(("?",)), "x": Taux(("?",))}
"""La réponse pour une ligne dont le code n'est pas couvert : sa facture est écartée."""


@dataclass(slots=True)
class Bilan:
    """Ce qu'un contrôle a vu : des comptes, pour le manifeste."""

    entree: int = 0
    sortie: int = 0
    factures: int = 0
    cles: dict[str, int] | None = None
    hypotheses: list[dict[str, Any]] | None = None


class Repondeur(Poseur):
    """Pose chaque question une fois par clé, et charge les réponses dans le moteur.

    Une clé dont les tests de la question ne distinguent rien de plus partage la réponse d'une autre.
    """

    mappage: Mappage

    def __init__(self) -> None:
        super().__init__()
        self.bilan = Bilan(cles={})
        self._numeros: dict[object, int] = {}
        self._numeros_vus: list[Ligne] = []
        self.reponses: dict[str, list[Any]] = {}
        self._bits: dict[tuple[str, object], int] = {}
        self._triplets: list[tuple[int, int, int]] = []
        self._formes: list[tuple[Any, int]] = []
        self._resolues: dict[Any, list[tuple[object, ...]]] = {}
        self.effets_par_reponse: list[tuple[int | None, int | None, tuple[tuple[str, str, int | None], ...]]] = []

    def _precoces(self) -> None:
        """Dit, avant tout tarif, ce que les codes d'une facture décident : pour celles où un acte le lit."""
        moteur, plan, codage = self.moteur, self.plan, self.codage
        if not plan.lecteurs:
            return
        moteur.creer("lignes_precoces", plan.lignes_precoces())
        rangees = []
        for cid, periode in moteur.lire(plan.presences()):
            jour = codage.bornes[periode >> codage.periode.decalage]
            existe = cid > 0 and self.corpus.actes[codage.code_de(cid)].en_vigueur(jour, EFFECTIF)
            rangees.append((cid, periode, int(existe)))
        moteur.charger("vigueurs", {"cid": "SMALLINT", "periode": "BIGINT", "existe": "INTEGER"}, rangees)
        moteur.creer("precoces", plan.precoces())
        moteur.creer("jumelles", plan.lignes_jumelles())
        ((jumelles,),) = moteur.lire(sql.choisir(sql.depuis("jumelles"), [sql.compte()]))
        plan.jumelles = jumelles > 0
        moteur.oublier("lignes_precoces")

    def _resoudre(self, question: str, mots: Sequence[int]) -> Any:
        """La réponse à une question pour une clé ; ``None`` si le code n'est pas couvert."""
        feuille = self._feuille(question, mots)
        return None if feuille is None else feuille.reponse

    def _feuille(self, question: str, mots: Sequence[int], tenue: int = 0) -> Feuille | None:
        """La réponse à une question et ce qu'il a fallu lire ; ``None`` si le code n'est pas couvert."""
        cid = self.codage.code.lire(mots)
        posee = self._posees.get((question, cid, tenue))
        if posee is None:
            return None
        feuille = posee.chercher(mots)
        if feuille is not None:
            return feuille
        canon = posee.canon(mots)
        code = self.codage.code_de(cid) if cid else self._sans_taux_propre
        if question == "d":
            feuille = self.resolution.droits(code, posee, canon)
        else:
            demandes = _PARTAGEES if self.codage.partage(cid) else _DEMANDES
            demander = getattr(self.resolution, demandes[question])
            reponse = demander(code, canon[0], posee.faits(canon))
            feuille = Feuille(reponse, posee.rangs(self.resolution.lus))
        return retenir(posee.arbre, canon[0], canon, feuille)

    @cached_property
    def _sans_taux_propre(self) -> str:
        """Un acte qui pose la question commune du taux."""
        actes = self.corpus.actes
        return next(c for c in actes if not (actes[c].taux or actes[c].supplement or actes[c].technique))

    def _tarifs(self, cles: list[tuple[int, ...]]) -> None:
        rangees, partages = [], self.codage.partages
        for mots in cles:
            tarif = self._resoudre("t", mots)
            if tarif is None:
                tarif = Tarif(False, None)
            coordonnes = dict(tarif.coordonnes)
            ajoutes = [v for code in self.plan.coordonnes for v in (int(code in coordonnes), coordonnes.get(code))]
            if partages:
                ajoutes += [tarif.indice, None if tarif.partage is None else partages.numero(tarif.partage)]
            rangees.append((*mots, int(tarif.existe), tarif.tarif, *ajoutes))
        colonnes = {f"tw{r}": "BIGINT" for r in range(self.codage.mots)} | {"existe": "INTEGER", "tarif": "BIGINT"}
        colonnes |= {f"{s}_{c}": g for c in self.plan.coordonnes for s, g in (("du", "INTEGER"), ("tarif", "BIGINT"))}
        colonnes |= dict.fromkeys(("indice", "bareme") if partages else (), "INTEGER")
        self.moteur.charger("tarifs", colonnes, rangees)
        self._compter("tarifs", len(rangees))
        if partages:
            codes = dict(enumerate(self.codage.codes, 1))
            employes = self.moteur.lire(self.plan.baremes())
            self.moteur.charger("partages", PARTAGES, partages.tarifs(codes, employes))
            self._compter("tarifs partagés", len(employes))
            self.moteur.charger("actes", {"cid": "SMALLINT", "code": sql.MOT}, codes.items())

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

    def _question(self, question: str, cles: list[tuple[int, ...]]) -> None:
        """Résout chaque clé d'une question une fois ; une réponse déjà vue garde son numéro."""
        q, table, place = question, QUESTIONS[question], self.plan.opposable
        distinctes: list[Any] = []
        numeros: dict[object, int] = {}
        rangees = []
        incomprise = Feuille((_INCOMPRISES[q], ()), ())
        for mots in cles:
            tenue = int(place.lire(mots) == place.mots["oui"]) if q == "d" else 0
            feuille = self._feuille(q, mots, tenue) or incomprise
            if feuille.numero < 0:
                reponse, suppose = feuille.reponse
                feuille.numero = numeros.setdefault(reponse, len(distinctes))
                if feuille.numero == len(distinctes):
                    distinctes += self._aux_places(reponse)
                feuille.suppose = self._en_bits(suppose)
            rangees.append((*mots, feuille.numero, feuille.suppose))
        if q == "b" and self.codage.partages:
            rangees = [(*r, int(distinctes[r[-2]].par_place)) for r in rangees]
        colonnes = {f"{q}{r}": "BIGINT" for r in range(self.codage.mots)}
        colonnes |= {"numero": "INTEGER", "supposes": "BIGINT"}
        colonnes |= {"par_place": "INTEGER"} if q == "b" and self.codage.partages else {}
        self.moteur.charger(table, colonnes, rangees)
        self.reponses[table] = distinctes
        self._compter(table, len(rangees))

    def _aux_places(self, reponse: Any) -> list[Any]:
        """Cette réponse ; celle d'une ligne partagée, à chaque place de son tarif au regard du seuil si elle y lit."""
        if not isinstance(reponse, Base) or reponse.partage is None:
            return [reponse]
        nus = self.codage.partages.representants(reponse.partage, par_place=reponse.par_place)
        return [reponse if nu is None else reponse.de_tarif(nu) for nu in nus]

    def _en_bits(self, suppose: Suppose) -> int:
        """Un bit par valeur usuelle employée ; au-delà du soixantième, elles partagent le dernier."""
        bits = 0
        for cle in suppose:
            bits |= 1 << min(self._bits.setdefault(cle, len(self._bits)), 60)
        return bits

    def _etats(self, triplets: list[tuple[int, int, int]]) -> None:
        """Les états, ajoutés à ceux qui sont déjà connus."""
        droits, bases, taux = (self.reponses[table] for table in QUESTIONS.values())
        connus = set(self._triplets)
        self._triplets += [t for t in triplets if t not in connus]
        self.etats = [Etat(droits[d], bases[b], taux[x]) for d, b, x in self._triplets]
        colonnes = dict.fromkeys(QUESTIONS.values(), "INTEGER") | {"etat": "INTEGER", "poids": "BIGINT"}
        self.moteur.charger("etats", colonnes, [(*t, rang, _poids(rang)) for rang, t in enumerate(self._triplets)])
        self._compter("états", len(self._triplets))

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

    def _factures_d_une_ligne(self) -> None:
        """Résout les factures d'une seule ligne, une par état."""
        for etat in range(len(self.etats)):
            forme = _poids(etat)
            if forme not in self._resolues:
                self._resolues[forme] = self._resoudre_forme(forme, [etat])

    def _factures(self, lignes: list[tuple[Any, int]]) -> None:
        """Résout chaque forme de facture une fois : celles-ci, et celles qui sont déjà connues."""
        par_forme: dict[Any, list[int]] = {_poids(etat): [etat] for etat in range(len(self.etats))}
        seules = len(par_forme)
        vues = {forme for forme, _ in self._formes}
        self._formes += [(forme, etat) for forme, etat in lignes if forme not in vues]
        for forme, etat in self._formes:
            par_forme.setdefault(forme, []).append(etat)
        for forme, etats in par_forme.items():
            if forme not in self._resolues:
                self._resolues[forme] = self._resoudre_forme(forme, etats)
        self._compter("factures", len(par_forme) - seules)

    def _charger_reponses(self) -> None:
        """Toutes les réponses, une par forme de facture et par état."""
        rangees = chain.from_iterable(self._resolues.values())
        self.moteur.charger("reponses", {"forme": self.moteur.grand, "etat": "INTEGER", **REPONSE}, rangees)

    def _charger_survies(self) -> None:
        """Des mêmes réponses, la seule survie des lignes : ce que les fréquences en lisent."""
        compte = tuple(REPONSE).index("compte") + 2
        rangees = ((r[0], r[1], r[compte]) for r in chain.from_iterable(self._resolues.values()))
        genres = {"forme": self.moteur.grand, "etat": "INTEGER", "compte": REPONSE["compte"]}
        self.moteur.charger("survies", genres, rangees)

    def _resoudre_forme(self, forme: Any, etats: list[int]) -> list[tuple[object, ...]]:
        """Les réponses des lignes d'une forme, une par état ; rien si un code n'est pas couvert."""
        # Un ordre qui soit le même pour tous les moteurs : le numéro d'un état dépend de l'ordre de lecture.
        etats.sort(key=lambda etat: self.etats[etat].place())
        if len({self.etats[etat].place() for etat in etats}) < len(etats):
            etats.sort(key=lambda etat: (*self.etats[etat].place(), self.etats[etat].dit()))
        membres = [self.etats[etat] for etat in etats]
        rangees: list[tuple[object, ...]] = []
        if any(not etat.droits.cle for etat in membres):
            return rangees
        vus: set[int] = set()
        for etat, reponse in zip(etats, self.resolution.facture(membres), strict=True):
            if etat not in vus:  # le premier de deux états égaux porte la participation, s'il la porte
                vus.add(etat)
                porte = (reponse.participations, reponse.lourdes) != (0, 0)
                double = porte and etats.count(etat) > 1
                seuil = TOUJOURS if double else self._seuil(reponse)
                fin = (int(reponse.statut == "refusee"), reponse.lourdes, reponse.compte, seuil)
                rangees.append((forme, etat, *self._reponse(etat, reponse), *fin))
        return rangees

    def _reponse(self, etat: int, ligne: Ligne) -> tuple[object, ...]:
        """Une rangée de la table des réponses ; deux lignes de même réponse partagent son numéro."""
        droits, base, _ = self.etats[etat]
        tarif, unitaire, ligne_tarif = ligne.tarif, ligne.base, ligne.ligne_tarif
        if base.commune:  # son montant, et le code de son acte, sont ceux de chaque ligne
            tarif, unitaire = None, None
            ligne_tarif = None if ligne_tarif is None else ligne_tarif.removeprefix(droits.code)
        cle = (droits.code, base.cle, ligne)
        numero = self._numeros.setdefault(cle, len(self._numeros))
        if numero == len(self.effets_par_reponse):
            self.effets_par_reponse.append((unitaire, base.part if base.commune else None, ligne.effets))
            self._numeros_vus.append(ligne)
        return (
            numero, droits.code, int(base.tarif is not None), ligne.statut, tarif, unitaire, ligne.taux,
            ligne.nature, ligne_tarif, ligne.ligne_base, ligne.ligne_taux, " ".join(ligne.motifs),
            ligne.participations, int(ligne.part_inconnue), base.part if base.commune else None,
        )  # fmt: skip

    def effets(self) -> list[tuple[object, ...]]:
        """Les motifs qui refusent ou laissent à vérifier, réponse par réponse, avec l'enjeu quand la règle le dit."""
        return [
            (numero, motif, self.corpus.motifs[motif].libelle, effet, enjeu, base, part)
            for numero, (base, part, effets) in enumerate(self.effets_par_reponse)
            for motif, effet, enjeu in dict.fromkeys(effets)
            if effet != "aucun"
        ]

    @cached_property
    def _plus_forte(self) -> int:
        """La plus forte participation d'un acte, en centimes, à quelque jour que ce soit."""
        montants = [ligne.valeur for ligne in self.corpus.tables["participation_forfaitaire"].lignes]
        return max((m for m in montants if isinstance(m, int)), default=0)

    def _seuil(self, ligne: Ligne) -> int:
        """Les honoraires, en centimes, sous lesquels la part de cet acte peut ne pas couvrir ce que sa facture doit ;
        zéro s'il ne doit rien, ou si sa part est inconnue.
        """
        if not ligne.participations or ligne.taux is None or ligne.base is None:
            return 0
        if ligne.taux == 0:
            return TOUJOURS
        seuil = self._plus_forte * ligne.participations * UNITE_TAUX // ligne.taux + 1
        return TOUJOURS if ligne.base < seuil else seuil

    def _completer(self) -> bool:
        """La participation ne dépasse pas la part obligatoire de toute la facture : vrai s'il a fallu la sommer, ou
        choisir laquelle de deux lignes égales la porte.

        Ce n'est utile qu'aux factures de plusieurs lignes où la part d'un acte, à elle seule, ne la couvre pas : un
        acte presque gratuit. Chaque réponse dit sous quels honoraires.
        """
        self.moteur.creer("seuils", self.plan.seuils())
        self.moteur.creer("candidates", self.plan.candidates())
        ((nombre,),) = self.moteur.lire(sql.choisir(sql.depuis("candidates"), [sql.compte()]))
        if nombre:
            self.moteur.creer("complements", self.plan.complements())
        return bool(nombre)

    def _compter(self, quoi: str, combien: int) -> None:
        if self.bilan.cles is not None:
            self.bilan.cles[quoi] = combien


def _poids(etat: int) -> int:
    """Un poids tiré au sort, le même à chaque exécution : deux factures différentes n'ont pas la même somme."""
    return int.from_bytes(hashlib.blake2b(str(etat).encode(), digest_size=_OCTETS_DE_POIDS).digest(), "big")
