"""La prévention de beaucoup de patients : chaque patient ajoute à son médecin l'état de chaque indicateur.

Un état est un mot de plusieurs comptes ; les mots se somment par médecin, puis se séparent. Un seul passage sur le lot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from sqlglot import exp

from opposable.droit import temps
from opposable.droit.calculer import evaluer, lire_cas
from opposable.droit.constat import AVERTIT
from opposable.droit.dispositif import Dispositif
from opposable.droit.ensemble import Intervalle
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.droit.reponse_dispositif import CALCULE, PARTIEL, REFUSEE, inconnus_de, statut_de
from opposable.lots import sql
from opposable.lots.colonnes import Colonnes
from opposable.lots.moteurs import Avance
from opposable.lots.patients import actes as les_actes
from opposable.lots.patients.actes import Situations
from opposable.lots.patients.codage import Codeur, croisee
from opposable.lots.patients.fautes_prevention import dire
from opposable.lots.patients.fichier import LOT, MEDECIN, premiere
from opposable.lots.patients.forfait import Lot
from opposable.lots.patients.indicateurs import (
    A_VERIFIER,
    COMPTES,
    ELIGIBILITE_INCONNUE,
    INDECIS,
    Indicateur,
    Resolution,
)
from opposable.lots.patients.mots import BITS, Mots
from opposable.lots.patients.naissances import Naissances
from opposable.lots.sql import Expr, col, ent
from opposable.remuneration import prevention
from opposable.remuneration import prevention_pieces as pieces

TABLES: Final = (prevention.ELIGIBILITE, pieces.PREUVES, pieces.ACTES)
INDICATEURS: Final = "indicateurs.parquet"
SOMMES: Final = ("total", "au_moins", "au_plus")
AGE: Final = "age_mois"
_PATIENT: Final = "patient."
_NAISSANCE, _AGE_DIT = "patient.date_naissance", "patient.age"
_PAR_MEDECIN, _STATUTS, _COMPTES, _MANQUES = "par_medecin", "statuts", "comptes", "manques"
_PARTS, _ETATS = "parts", "etats_"


def colonnes(dispositif: Dispositif) -> list[str]:
    """Les colonnes qu'un fichier de patients peut avoir."""
    faits = [f.nom.removeprefix(_PATIENT) for f in dispositif.hors_listes() if f.nom.startswith(_PATIENT)]
    return [*faits, *les_actes.noms(list(dispositif.vocabulaire.faits[les_actes.ACTE].valeurs))]


def autres(lot: Lot) -> dict[str, exp.Select]:  # noqa: ARG001 - la même signature pour chaque dispositif
    """Les autres fichiers : par médecin et par indicateur, ce que ses patients en font."""
    lues = [col(nom, "t") for nom in (MEDECIN, "indicateur", *COMPTES)]
    requete = sql.choisir(sql.depuis(_COMPTES), lues)
    quelqu_un = sql.moins_que(ent(0), sql.plus(col("concernes", "t"), col("eligibilite_inconnue", "t")))
    return {INDICATEURS: requete.where(quelqu_un, copy=False).order_by(col(MEDECIN, "t"), col("rang", "t"), copy=False)}


def calculer(lot: Lot, avance: Avance | None) -> exp.Select:
    """La requête des réponses, une rangée par médecin. :class:`ErreurEntree` si le lot ne convient pas."""
    return Prevention(lot).calculer(avance)


class Prevention:
    """Un lot de prévention en cours."""

    def __init__(self, lot: Lot) -> None:
        self.lot, self.moteur, self.lectures, self.fichier = lot, lot.moteur, lot.lectures, lot.patients
        self.codeur = Codeur(lot.lectures, lot.moteur, lot.patients.nom)
        self.faits: dict[str, Fait] = {
            f.nom.removeprefix(_PATIENT): f
            for f in lot.lectures.dispositif.hors_listes()
            if f.nom.startswith(_PATIENT) and f.nom.removeprefix(_PATIENT) in lot.patients
        }
        lus = set(lot.lectures.ensembles)
        self.codees = {
            AGE if f.nom in {_NAISSANCE, _AGE_DIT} else f.nom: self.codeur.colonne(f, lot.patients.sources[cle])
            for cle, f in self.faits.items()
            if f.nom in lus or lot.lectures.lecteurs(f.nom)
        }
        if {"date_naissance", "age"} <= set(self.faits):
            raise lot.patients.faute(
                "FAITS_CONTRADICTOIRES",
                "l'âge et la date de naissance disent la même chose",
                "une seule des deux colonnes",
            )
        self.naissances = self._naissances()
        situations = Situations(lot.lectures, lot.moteur, lot.patients, self.naissances)
        self.actes = les_actes.lire(lot.lectures, lot.moteur, lot.patients)
        self.lus = self._lus()
        self.codees = {
            nom: replace(c, code=col(_nom_lu(nom), "l")) if _nom_lu(nom) in self.lus else c
            for nom, c in self.codees.items()
        }
        if self.naissances is not None and self.naissances.exacte:
            self.codees[AGE] = self.naissances.codee
        self.resolution = Resolution(situations, self.codees, self.actes)
        self.suivis = self.resolution.suivis()
        self._exiger()
        self.indicateurs = [self.resolution.indicateur(nom) for nom in self.suivis]

    def _naissances(self) -> Naissances | None:
        """Ce que le fichier dit des naissances : une date, un âge, ou rien."""
        jour = self.lectures.ouvrir(self.lectures.brut).jour
        if "date_naissance" in self.faits:
            source = self.fichier.sources["date_naissance"]
            lue = self.codeur.jour(self.faits["date_naissance"], source)
            return Naissances(self.moteur, source, self.codees[AGE], lue, jour)
        if "age" not in self.faits:
            return None
        source = self.fichier.sources["age"]
        texte, ecrits = self.codeur.ages(self.faits["age"], source)
        bornes = []
        for brut in ecrits.values():
            try:
                dit = self.lectures.ouvrir(self.lectures.avec({_AGE_DIT: brut})).fait(_AGE_DIT)
            except ErreurEntree:
                dit = None
            bornes.append((dit.bas, dit.haut - 1) if isinstance(dit, Intervalle) else (1, 1))
        rang = self.moteur.classe(texte, {ecrit: rang for rang, ecrit in enumerate(ecrits, 1)})
        return Naissances(self.moteur, source, self.codees[AGE], None, jour, rang, bornes)

    def _exiger(self) -> None:
        """:class:`ErreurEntree` si un acte qui compterait n'a pas de colonne : il serait pris pour non retrouvé."""
        presents = {acte.mot for acte in self.actes}
        voulus = dict.fromkeys(mot for nom in self.suivis for mot in self.resolution.mots(nom))
        absents = [mot for mot in voulus if mot not in presents]
        if absents:
            sans = [n for n in self.suivis if not set(self.resolution.mots(n)).intersection(absents)]
            raise ErreurEntree(
                "COLONNE_ABSENTE",
                "un acte sans colonne serait pris pour non retrouvé ; il manque : " + ", ".join(absents),
                ou=self.fichier.nom, attendu="une colonne de dates par acte, vide si l'acte n'est pas retrouvé ; "
                "ou, dans le cas, « seulement » les indicateurs que le fichier permet",
                exemple='"seulement": [' + ", ".join(f'"{nom}"' for nom in sans[:3]) + "]",
            )  # fmt: skip

    def _lus(self) -> dict[str, Expr]:
        """Les colonnes qui peuvent ne pas se lire : chacune est codée une fois, et lue sous un nom."""
        fait = self.lectures.faits[les_actes.PRATICIEN]
        qui = [acte.praticien for acte in self.actes if acte.praticien is not None]
        return {
            **{_nom_lu(nom): colonne.code for nom, colonne in self.codees.items() if not colonne.sure},
            **{les_actes.nom_lu(source): self.codeur.colonne(fait, source).code for source in qui},
        }

    # --- Compter ---------------------------------------------------------------------------------------------
    def calculer(self, avance: Avance | None) -> exp.Select:
        """Compte, répond par médecin, et rend la requête de la réponse."""
        if not self.indicateurs:
            raise self.fichier.faute(
                "FAIT_ABSENT", "aucun indicateur n'est demandé", "« seulement » absent, ou une liste"
            )
        ranges = self._compter(avance)
        self._statuts()
        self.moteur.creer(_COMPTES, self._separer(ranges))
        return self._reponse(manque=self._manques())

    def _compter(self, avance: Avance | None) -> Mots:
        """Pose les sommes de chaque médecin ; rend où chaque compte y est."""
        self._poser()
        if self.naissances is not None:
            ages = [un for un in self.indicateurs if any(code.selon_l_age for _, code in un.actes)]
            self.naissances.poser(tres_ages_ecartes=self.resolution.ecartes(AGE, 1, ages))
        ((lignes,),) = self.moteur.lire(sql.choisir(sql.depuis(LOT, "l"), [sql.compte()]))
        communs = [self.codees[nom] for nom in self.resolution.communs]
        suivis = {un.nom: un.comptes(communs) for un in self.indicateurs}
        for bits in BITS:
            ranges = Mots(suivis, bits)
            self._etats(ranges)
            self.moteur.creer(_PAR_MEDECIN, self._sommes(ranges), avance)
            requete = sql.choisir(
                sql.depuis(_PAR_MEDECIN), [sql.maximum(col("patients", "t")), sql.somme(col("patients", "t"))]
            )
            ((plus, lues),) = self.moteur.lire(requete)
            if (lues or 0) < lignes:
                ligne = premiere(self.moteur, self.fichier, self._fautive(self.lus.values()))
                raise dire(self.lectures, self.fichier, self.actes, *(ligne or (0, {})))
            if (plus or 0) < 1 << bits:
                break
        return ranges

    def _poser(self) -> None:
        """Pose la part que chaque combinaison des faits communs donne à chaque indicateur."""
        genres = {"rang": "INTEGER", **{un.nom: "INTEGER" for un in self.indicateurs}}
        parts = zip(*(un.parts for un in self.indicateurs), strict=True)
        self.moteur.charger(_PARTS, genres, [(rang, *vues) for rang, vues in enumerate(parts)])

    def _etats(self, ranges: Mots) -> None:
        """Pose l'état de chaque clé de chaque indicateur : ce qu'il ajoute à son mot, et les faits qui manquent."""
        for un in self.indicateurs:
            mots = ranges.de(un.nom)
            genres = {"cle": "INTEGER", "manque": "BIGINT", **{f"mot_{mot}": "BIGINT" for mot in mots}}
            rangees = [
                (rang, etat.manque, *(ranges.valeur(un.nom, mot, etat.comptes) for mot in mots))
                for rang, etat in enumerate(un.etats)
            ]
            self.moteur.charger(f"{_ETATS}{un.nom}", genres, rangees)

    def _cles(self, indicateurs: Sequence[Indicateur]) -> exp.Select:
        """Le médecin de chaque ligne du lot, et la clé de ces indicateurs ; sans les lignes fautives, de rang nul."""
        communs = [self.codees[nom] for nom in self.resolution.communs]
        dans_la_table = self.naissances is not None and self.naissances.exacte
        lus = {nom: code for nom, code in self.lus.items() if not (dans_la_table and nom == _nom_lu(AGE))}
        faute = self._fautive([col(nom, "l") for nom in lus])
        rang = sql.selon((faute, sql.nul("INTEGER")), sinon=croisee([(c.code, len(c.valeurs)) for c in communs]))
        codees = sql.choisir(sql.depuis(LOT, "l"), [exp.Star(), *(sql.nomme(code, nom) for nom, code in lus.items())])
        if self.naissances is not None:
            codees = self.naissances.joindre(codees)
        avec = sql.choisir(sql.depuis(codees, "l"), [exp.Star(), sql.nomme(rang, "rang")])
        requete = sql.joindre(sql.depuis(avec, "l"), _PARTS, "p", (col("rang", "l"), col("rang", "p")))
        medecin = sql.nomme(sql.cast(self.fichier.sources[MEDECIN].expr, "VARCHAR"), MEDECIN)
        cles = [sql.nomme(un.cle(col(un.nom, "p")), un.nom) for un in indicateurs]
        return sql.choisir(requete, [medecin, *cles])

    def _avec_etats(self, cles: exp.Select, indicateurs: Sequence[Indicateur]) -> exp.Select:
        """Les lignes et l'état de chaque indicateur, lu sous son nom."""
        requete = sql.depuis(cles, "c")
        for un in indicateurs:
            sur = (col(un.nom, "c"), col("cle", f"e_{un.nom}"))
            requete = sql.joindre(requete, f"{_ETATS}{un.nom}", f"e_{un.nom}", sur)
        return requete

    def _sommes(self, ranges: Mots) -> exp.Select:
        """Les mots de chaque patient, et leurs sommes par médecin."""
        avec = self._avec_etats(self._cles(self.indicateurs), self.indicateurs)
        places = range(ranges.nombre)
        lus = [
            sql.nomme(_reunis(sql.plus, (col(f"mot_{mot}", f"e_{nom}") for nom in ranges.dans(mot))), f"mot_{mot}")
            for mot in places
        ]
        lignes = sql.choisir(avec, [col(MEDECIN, "c"), *lus])
        flous = {mot: ranges.masque(mot, {A_VERIFIER, INDECIS, ELIGIBILITE_INCONNUE}) for mot in places}
        douteux = [sql.masque(col(f"mot_{mot}", "t"), ent(masque)) for mot, masque in flous.items() if masque]
        doute = sql.differe(_reunis(_ou_des_bits, douteux), ent(0)) if douteux else sql.FAUX
        sommes = [
            sql.nomme(sql.compte(), "patients"),
            sql.nomme(sql.combien(doute), "patients_indecis"),
            *(sql.nomme(self.moteur.grande_somme(col(f"mot_{mot}", "t")), f"mot_{mot}") for mot in places),
        ]
        requete = sql.choisir(sql.depuis(lignes, "t"), [col(MEDECIN, "t"), *sommes])
        return requete.group_by(col(MEDECIN, "t"), copy=False)

    def _separer(self, ranges: Mots) -> exp.Query:
        """Une rangée par médecin et par indicateur, ses comptes séparés."""
        parties = []
        for rang, un in enumerate(self.indicateurs):
            parties.append(
                sql.choisir(
                    sql.depuis(_PAR_MEDECIN),
                    [
                        col(MEDECIN, "t"), sql.nomme(ent(rang), "rang"), sql.nomme(sql.txt(un.nom), "indicateur"),
                        *(sql.nomme(ranges.separe(un.nom, c, "mot_"), nom) for c, nom in enumerate(COMPTES)),
                    ],
                )
            )  # fmt: skip
        return exp.union(*parties, distinct=False, copy=False) if len(parties) > 1 else parties[0]

    # --- Ce qui manque ---------------------------------------------------------------------------------------
    def _manques(self) -> bool:
        """Pose, s'il y a lieu, les faits dont l'ignorance laisse un indicateur en doute ; un second passage."""
        douteux = sql.plus(col("indecis", "t"), col("eligibilite_inconnue", "t"))
        requete = sql.choisir(sql.depuis(_COMPTES), [col("rang", "t")]).group_by(col("rang", "t"), copy=False)
        rangs = [r for (r,) in self.moteur.lire(requete.having(sql.moins_que(ent(0), sql.somme(douteux)), copy=False))]
        if not rangs:
            return False
        flous = [self.indicateurs[rang] for rang in rangs]
        tous = _reunis(_ou_des_bits, (col("manque", f"e_{un.nom}") for un in flous))
        manque = sql.nomme(exp.Anonymous(this="bit_or", expressions=[tous]), "manque")
        avec = sql.choisir(self._avec_etats(self._cles(flous), flous), [col(MEDECIN, "c"), manque])
        self.moteur.creer(_MANQUES, avec.group_by(exp.Literal.number(1), copy=False))
        return True

    # --- Le statut -------------------------------------------------------------------------------------------
    def _statuts(self) -> None:
        """Pose ce que les conditions disent de chaque clé de médecin, sans patient ni indicateur."""

        def repondre(brut: dict[str, Any]) -> tuple[object, ...]:
            lectures = self.lectures
            cas = lire_cas(lectures.corpus, lectures.dispositif, {**brut, "seulement": []})
            k = evaluer(lectures.corpus, lectures.dispositif, cas, strict=lectures.strict)
            motifs = dict.fromkeys(c.motif for c in sorted(k.constats, key=lambda c: c.etat == AVERTIT))
            return statut_de(k), " ".join(motifs), " ".join(f for f in inconnus_de(k) if not f.startswith(_PATIENT))

        medecins = self.lot.medecins
        rangees = [(cle, *medecins.resoudre(cle, repondre)) for cle in medecins.cles()]
        genres = {"cle": "BIGINT", "statut": "VARCHAR", "motifs": "VARCHAR", "demandes": "VARCHAR"}
        self.moteur.charger(_STATUTS, genres, rangees)

    def _reponse(self, *, manque: bool) -> exp.Select:
        """La rangée de chaque médecin."""
        sommes = [sql.nomme(sql.somme(col(nom, "t")), nom) for nom in COMPTES]
        par_medecin = sql.choisir(sql.depuis(_COMPTES), [col(MEDECIN, "t"), *sommes]).group_by(
            col(MEDECIN, "t"), copy=False
        )
        qui = self.lot.medecins.tous(_PAR_MEDECIN)
        lus = [sql.nomme(sql.defaut(col(nom, "p"), ent(0)), nom) for nom in ("patients", "patients_indecis")]
        requete = sql.depuis(sql.choisir(qui, lus), "q")
        requete = sql.joindre(requete, _STATUTS, "s", (col("cle", "q"), col("cle", "s")))
        requete = sql.joindre(requete, par_medecin, "c", (col(MEDECIN, "q"), col(MEDECIN, "c")), gauche=True)
        bits: list[Expr] = []
        if manque:
            requete = sql.joindre(requete, _MANQUES, "m", (col(MEDECIN, "q"), col(MEDECIN, "m")), gauche=True)
            bits = [
                sql.selon((sql.differe(sql.masque(col("manque", "m"), ent(1 << rang)), ent(0)), sql.txt(fait)))
                for rang, fait in enumerate(self.resolution.manques)
            ]
        c = {nom: sql.defaut(col(nom, "c"), ent(0)) for nom in COMPTES}
        doute = sql.plus(c["a_verifier"], c["indecis"])
        refuse = sql.egal(col("statut", "s"), sql.txt(REFUSEE))
        partiel = sql.ou(
            sql.moins_que(ent(0), doute), sql.moins_que(ent(0), c["eligibilite_inconnue"]),
        )  # fmt: skip
        statut = sql.selon(
            (sql.et(sql.egal(col("statut", "s"), sql.txt(CALCULE)), partiel), sql.txt(PARTIEL)),
            sinon=col("statut", "s"),
        )
        montants = self._montants(c["valides"], doute)
        lus = [sql.selon((refuse, exp.null()), sinon=v) for v in (*montants.values(), *c.values())]
        demandes = sql.selon((sql.differe(col("demandes", "s"), sql.txt("")), col("demandes", "s")))
        texte = exp.Anonymous(this="concat_ws", expressions=[sql.txt(" "), demandes, *bits])
        return sql.choisir(
            requete,
            [
                col(MEDECIN, "q"), sql.nomme(statut, "statut"),
                *(sql.nomme(v, nom) for nom, v in zip((*montants, *COMPTES), lus, strict=True)),
                col("patients", "q"), col("patients_indecis", "q"),
                sql.nomme(self.moteur.liste(self._motifs(c["a_verifier"], refuse)), "motifs"),
                sql.nomme(self.moteur.liste(sql.selon((refuse, sql.txt("")), sinon=texte)), "manque"),
            ],
        )  # fmt: skip

    def _montants(self, valides: Expr, doute: Expr) -> dict[str, Expr]:
        """Ce que valent les indicateurs validés, et ceux qui restent en doute ; nuls si le montant manque."""
        k, du = Colonnes(self.moteur, {}), self.resolution.montant()
        unitaire = sql.nul() if du is None else ent(du)
        sur = k.fois(sql.cast(valides, "BIGINT"), unitaire)
        plus = k.plus(sur, k.fois(sql.cast(doute, "BIGINT"), unitaire))
        total = sql.selon((sql.egal(doute, ent(0)), sur), sinon=sql.nul())
        return {nom: self.moteur.euros(v) for nom, v in {"total": total, "au_moins": sur, "au_plus": plus}.items()}

    def _motifs(self, a_verifier: Expr, refuse: Expr) -> Expr:
        """Les motifs du médecin, et ceux des lectures qu'un de ses patients laisse à vérifier."""
        conditions = self.lectures.dispositif.conditions
        lectures = dict.fromkeys(r.motif for r in conditions if r.sorte == "a_verifier_si")
        doute = sql.et(sql.moins_que(ent(0), a_verifier), sql.non(refuse))
        ajout = sql.selon((doute, sql.txt(" ".join(lectures))))
        propres = sql.selon((sql.differe(col("motifs", "s"), sql.txt("")), col("motifs", "s")))
        return exp.Anonymous(this="concat_ws", expressions=[sql.txt(" "), propres, ajout])

    # --- Les fautes ------------------------------------------------------------------------------------------
    def _fautive(self, codes: Iterable[Expr]) -> Expr:
        """Vrai si la ligne ne se lit pas (un code est nul) ou si l'interprète la refuserait ; sinon, faux ou NULL."""
        cas = [sql.est_nul(self.fichier.sources[MEDECIN].expr), *(sql.est_nul(code) for code in codes)]
        for acte in self.actes:
            if acte.date.genre != "DATE":
                cas.append(sql.et(sql.connu(acte.date.expr), sql.est_nul(acte.jour)))
        if self.naissances is not None:
            ne = self.naissances.tot
            cas.append(sql.moins_que(self.moteur.date(temps.iso(self.resolution.jour)), ne))
            avant = sql.ou(*(sql.moins_que(acte.jour, ne) for acte in self.actes))
            anciennes = [acte.date.ancienne for acte in self.actes if acte.date.ancienne is not None]
            if anciennes and len(anciennes) == len(self.actes):  # né avant tout acte du lot : rien à comparer
                avant = sql.et(sql.moins_que(self.moteur.date(min(anciennes)), ne), avant)
            cas.append(avant)
        return sql.ou(*cas)


def _nom_lu(fait: str) -> str:
    """Le nom sous lequel une colonne codée se lit."""
    return f"code_{fait.replace('.', '_')}"


def _reunis(operation: Callable[[Expr, Expr], Expr], valeurs: Iterable[Expr]) -> Expr:
    """Plusieurs valeurs réunies deux à deux."""
    return reduce(operation, valeurs)


def _ou_des_bits(a: Expr, b: Expr) -> Expr:
    """a | b"""
    return exp.BitwiseOr(this=exp.Paren(this=a), expression=exp.Paren(this=b))
