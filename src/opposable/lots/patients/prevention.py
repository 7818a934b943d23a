"""La prévention de beaucoup de patients : chaque patient ajoute à son médecin l'état de chaque indicateur.

Un état est un mot de plusieurs comptes ; les mots se somment par médecin, puis se séparent. Un seul passage sur le lot.
"""

from __future__ import annotations

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
from opposable.lots.patients.actes import Naissance, Situations
from opposable.lots.patients.codage import Codeur, Colonne
from opposable.lots.patients.fautes_prevention import dire
from opposable.lots.patients.fichier import LOT, MEDECIN, premiere
from opposable.lots.patients.forfait import Lot
from opposable.lots.patients.indicateurs import (
    A_VERIFIER,
    COMPTES,
    CONCERNE,
    ELIGIBILITE_INCONNUE,
    INDECIS,
    VALIDE,
    Indicateur,
    Resolution,
    croisee,
)
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
_BITS: Final = (12, 30)
"""Les bits d'un compte dans un mot : assez pour une patientèle ordinaire, puis pour toutes."""
_MOT: Final = 60
_COMMUN: Final = "mot_commun"


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
        naissance = self._naissance()
        situations = Situations(lot.lectures, lot.moteur, lot.patients, naissance)
        self.actes = les_actes.lire(lot.lectures, lot.moteur, lot.patients)
        self.resolution = Resolution(situations, self.codees, self.actes)
        self.naissance = naissance
        self.suivis = self.resolution.suivis()
        self._exiger()
        self.indicateurs = [self.resolution.indicateur(nom) for nom in self.suivis]

    def _naissance(self) -> Naissance | None:
        """Le premier et le dernier jour de naissance possibles d'un patient."""
        if "date_naissance" in self.faits:
            jour = self.codeur.jour(self.faits["date_naissance"], self.fichier.sources["date_naissance"])
            return jour, jour
        if "age" not in self.faits:
            return None
        texte, ecrits = self.codeur.ages(self.faits["age"], self.fichier.sources["age"])
        bornes = []
        for brut in ecrits.values():
            try:
                dit = self.lectures.ouvrir(self.lectures.avec({_AGE_DIT: brut})).fait(_AGE_DIT)
            except ErreurEntree:
                dit = None
            bornes.append((dit.bas, dit.haut - 1) if isinstance(dit, Intervalle) else (1, 1))
        rang = self.moteur.classe(texte, {ecrit: rang for rang, ecrit in enumerate(ecrits, 1)})
        origine = self.moteur.date("0001-01-01")
        return (
            sql.plus(origine, sql.cast(self.moteur.tabule(rang, [bas - 1 for bas, _ in bornes]), "INTEGER")),
            sql.plus(origine, sql.cast(self.moteur.tabule(rang, [haut - 1 for _, haut in bornes]), "INTEGER")),
        )

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

    # --- Compter ---------------------------------------------------------------------------------------------
    def calculer(self, avance: Avance | None) -> exp.Select:
        """Compte, répond par médecin, et rend la requête de la réponse."""
        bits = self._compter(avance)
        self._statuts()
        self.moteur.creer(_COMPTES, self._separer(bits))
        return self._reponse(manque=self._manques())

    def _compter(self, avance: Avance | None) -> int:
        """Pose les sommes de chaque médecin ; rend les bits de chaque compte."""
        for bits in _BITS:
            self.moteur.creer(_PAR_MEDECIN, self._sommes(bits), avance)
            requete = sql.choisir(
                sql.depuis(_PAR_MEDECIN),
                [
                    sql.maximum(col("patients", "t")),
                    sql.somme(col("fautes", "t")),
                    sql.combien(sql.est_nul(col(MEDECIN, "t"))),
                ],
            )
            ((plus, fautes, anonymes),) = self.moteur.lire(requete)
            if fautes or anonymes:
                ligne = premiere(self.moteur, self.fichier, self._fautive())
                raise dire(self.lectures, self.fichier, self.actes, *(ligne or (0, {})))
            if (plus or 0) < 1 << bits:
                break
        return bits

    def _patients(self) -> exp.Select:
        """Le lot, et le mot commun : les parts que les faits communs donnent à chaque indicateur."""
        mots = [0] * len(self.indicateurs[0].parts)
        place = 0
        for un in self.indicateurs:
            mots = [mot | (part << place) for mot, part in zip(mots, un.parts, strict=True)]
            place += un.bits
        if place > _MOT:
            raise AssertionError(f"{place} bits de parts")
        communs = [self.codees[nom] for nom in self.resolution.communs]
        rang = croisee([(c.code, len(c.valeurs)) for c in communs])
        commun = sql.cast(self.moteur.tabule(rang, mots), "BIGINT")
        codes = [
            sql.nomme(sql.cast(c.code, "TINYINT"), nom) for nom, c in self.resolution.situations.praticiens.items()
        ]
        return sql.depuis(sql.choisir(sql.depuis(LOT, "l"), [exp.Star(), sql.nomme(commun, _COMMUN), *codes]), "l")

    def _part(self, indicateur: Indicateur) -> Expr:
        """La part d'un indicateur, dans le mot commun."""
        place = 0
        for un in self.indicateurs:
            if un is indicateur:
                break
            place += un.bits
        decale = exp.BitwiseRightShift(this=col(_COMMUN, "l"), expression=ent(place)) if place else col(_COMMUN, "l")
        return sql.masque(decale, ent((1 << indicateur.bits) - 1))

    def _sommes(self, bits: int) -> exp.Select:
        """Les mots des indicateurs de chaque patient, et leurs sommes par médecin."""
        medecin = sql.cast(self.fichier.sources[MEDECIN].expr, "VARCHAR")
        lues: list[Expr] = [sql.nomme(medecin, MEDECIN), sql.nomme(sql.drapeau(self._fautive()), "faute")]
        noms = []
        for un in self.indicateurs:
            for mot, comptes in enumerate(_par_mot(bits)):
                valeurs = [
                    sum(etat.comptes[c] << (place * bits) for place, c in enumerate(comptes)) for etat in un.etats
                ]
                noms.append(f"{un.nom}_{mot}")
                lues.append(sql.nomme(un.mot(self.moteur, self._part(un), valeurs), noms[-1]))
        reserves = [c for un in self.indicateurs for c in self._doute(un, bits)]
        sommes = [
            sql.nomme(sql.compte(), "patients"),
            sql.nomme(sql.somme(col("faute", "t")), "fautes"),
            sql.nomme(sql.combien(sql.ou(*reserves)), "patients_indecis"),
            *(sql.nomme(sql.somme(col(nom, "t")), nom) for nom in noms),
        ]
        requete = sql.choisir(sql.depuis(sql.choisir(self._patients(), lues), "t"), [col(MEDECIN, "t"), *sommes])
        return requete.group_by(col(MEDECIN, "t"), copy=False)

    def _doute(self, un: Indicateur, bits: int) -> list[Expr]:
        """Les prédicats d'un patient dont cet indicateur reste en doute ; aucun si rien ne le permet."""
        resultat = []
        for mot, comptes in enumerate(_par_mot(bits)):
            flous = {A_VERIFIER, INDECIS, ELIGIBILITE_INCONNUE}.intersection(comptes)
            if any(etat.comptes[c] for etat in un.etats for c in flous):
                masque = sum(((1 << bits) - 1) << (place * bits) for place, c in enumerate(comptes) if c in flous)
                resultat.append(sql.differe(sql.masque(col(f"{un.nom}_{mot}", "t"), ent(masque)), ent(0)))
        return resultat

    def _separer(self, bits: int) -> exp.Query:
        """Une rangée par médecin et par indicateur, ses comptes séparés."""
        parties = []
        for rang, un in enumerate(self.indicateurs):
            comptes: dict[int, Expr] = {}
            for mot, lus in enumerate(_par_mot(bits)):
                for place, compte in enumerate(lus):
                    decale = exp.BitwiseRightShift(this=col(f"{un.nom}_{mot}", "t"), expression=ent(place * bits))
                    comptes[compte] = sql.masque(exp.Paren(this=decale), ent((1 << bits) - 1))
            parties.append(
                sql.choisir(
                    sql.depuis(_PAR_MEDECIN),
                    [
                        col(MEDECIN, "t"), sql.nomme(ent(rang), "rang"), sql.nomme(sql.txt(un.nom), "indicateur"),
                        *(sql.nomme(comptes[c], nom) for c, nom in enumerate(COMPTES)),
                    ],
                )
            )  # fmt: skip
        if not parties:
            raise self.fichier.faute(
                "FAIT_ABSENT", "aucun indicateur n'est demandé", "« seulement » absent, ou une liste"
            )
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
        lues = [un.mot(self.moteur, self._part(un), [etat.manque for etat in un.etats]) for un in flous]
        tous = lues[0]
        for autre in lues[1:]:
            tous = exp.BitwiseOr(this=exp.Paren(this=tous), expression=exp.Paren(this=autre))
        manque = sql.nomme(exp.Anonymous(this="bit_or", expressions=[tous]), "manque")
        medecin = sql.nomme(sql.cast(self.fichier.sources[MEDECIN].expr, "VARCHAR"), MEDECIN)
        requete = sql.choisir(self._patients(), [medecin, manque]).group_by(exp.Literal.number(1), copy=False)
        self.moteur.creer(_MANQUES, requete)
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
    def _fautive(self) -> Expr:
        """Une ligne qui ne se lit pas, ou que l'interprète refuserait."""
        cas = [sql.est_nul(self.fichier.sources[MEDECIN].expr)]
        cas += [sql.est_nul(colonne.code) for colonne in self._toutes() if not colonne.sure]
        for acte in self.actes:
            if acte.date.genre != "DATE":
                cas.append(sql.et(sql.connu(acte.date.expr), sql.est_nul(acte.jour)))
        if self.naissance is not None:
            jour = self.moteur.date(temps.iso(self.resolution.jour))
            cas.append(sql.defaut(sql.moins_que(jour, self.naissance[0]), sql.FAUX))
            tot = exp.Anonymous(this="least", expressions=[acte.jour.copy() for acte in self.actes])
            if self.actes:
                cas.append(sql.defaut(sql.moins_que(tot, self.naissance[0]), sql.FAUX))
        return sql.ou(*cas)

    def _toutes(self) -> list[Colonne]:
        fait = self.lectures.faits[les_actes.PRATICIEN]
        qui = [self.codeur.colonne(fait, acte.praticien) for acte in self.actes if acte.praticien is not None]
        return [*self.codees.values(), *qui]


def _par_mot(bits: int) -> list[list[int]]:
    """Les comptes que chaque mot porte."""
    comptes = [CONCERNE, VALIDE, A_VERIFIER, INDECIS, ELIGIBILITE_INCONNUE]
    par = _MOT // bits
    return [comptes[debut : debut + par] for debut in range(0, len(comptes), par)]
