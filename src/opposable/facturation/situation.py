"""Une situation clinique et ce que l'interprète dit de chaque acte : permis, exclu, indécis, ou que le texte ne tranche
pas. Une valeur usuelle seule à fermer une ligne l'y laisse indécise : elle se demande, elle ne s'oppose pas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, Literal

from opposable.droit.acte import Acte
from opposable.droit.constat import A_VERIFIER, INCONNU, REFUSE, Constat
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Intervalle, Valeur
from opposable.droit.table import EFFECTIF
from opposable.droit.vocabulaire import de_ligne
from opposable.facturation.entree import CasFacture, LigneCas
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.questions import classes, compatible
from opposable.facturation.strates import evaluer

Etat = Literal["permis", "exclu", "indecis", "a_verifier"]
Cle = tuple[int, str]
"""Où vaut un fait (rang de la ligne, ou -1 : la facture) et son nom."""
NAISSANCE: Final = "patient.date_naissance"
QUANTITE: Final = "acte.quantite"
_JAMAIS: Final = frozenset({"acte.code", "acte.honoraires", "acte.nature_depassement", "acte.exigence_particuliere"})
"""Ce qu'on ne demande pas : l'acte est proposé à son tarif, donc sans dépassement."""
PLAUSIBLE: Final = 2
"""Une valeur usuelle n'est demandée que si la ligne qu'elle ferme ne dépend de rien d'autre, ou d'un seul fait."""
PRECISE: Final = 6
"""À partir d'autant de précisions, les valeurs usuelles ne sont plus demandées."""
LARGE: Final = 366
"""Un âge dit par un intervalle plus large, en jours, n'est qu'une tranche : l'âge en ans se demande encore."""
_EXCLUANTES: Final = frozenset({"exige", "refuse_si"})
_DEPART: Final = frozenset(
    {
        "facture.date", "medecin.specialite", "medecin.secteur", "contexte.lieu", "contexte.modalite", "patient.age",
        NAISSANCE,
    }
)  # fmt: skip
"""Ce qui situe un acte avant toute précision."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ce que l'interprète dit d'une ligne parmi d'autres.

    ``manque`` : les faits qui la décideraient. ``ouvre`` : les valeurs usuelles laissées de côté pour le savoir.
    """

    lignes: tuple[LigneCas, ...]
    rang: int
    facture: Facture
    etat: Etat
    manque: tuple[Cle, ...]
    ouvre: Mapping[Cle, Valeur] = field(default_factory=dict)
    decisifs: frozenset[Cle] = frozenset()
    """Ceux de ces faits qui peuvent faire refuser la ligne."""
    gene: LigneFacture | None = None
    """La ligne déjà là que celle-ci ferait refuser, ou rendrait douteuse."""

    @property
    def ligne(self) -> LigneFacture:
        """La ligne évaluée."""
        return self.facture.lignes[self.rang]

    @property
    def acte(self) -> Acte:
        """L'acte de la ligne."""
        return self.ligne.acte

    def signature(self, cle: Cle) -> tuple[Etat, frozenset[Cle]]:
        """Ce qui distingue deux verdicts, hors du fait ``cle`` lui-même."""
        return self.etat, frozenset(self.manque) - {cle}


class Situation:
    """Les faits dits d'un cas, ceux que les contradictions imposent, et les verdicts qui en viennent."""

    def __init__(self, corpus: Corpus, cas: CasFacture, *, strict: bool = False) -> None:
        self.corpus = corpus
        self.cas = cas
        self.strict = strict
        self.deduits: dict[str, Valeur] = {}

    @property
    def precisions(self) -> int:
        """Combien la situation a été précisée : les faits dits au-delà du départ, et les lignes choisies."""
        lignes = sum(len(ligne.faits) for ligne in self.cas.lignes)
        return len(self.cas.faits.keys() - _DEPART) + lignes

    def cas_de(self, lignes: Sequence[LigneCas]) -> CasFacture:
        """Le même cas, avec ces lignes."""
        cas = self.cas
        return CasFacture(
            cas.id, cas.jour, {**cas.faits, **self.deduits}, list(lignes), cas.textes, cas.historique, cas.signe
        )

    def essai(self, lignes: Sequence[LigneCas], changes: Mapping[Cle, Valeur] | None = None) -> Facture:
        """Ces lignes évaluées ensemble, des faits changés."""
        return evaluer(self.corpus, self.cas_de(lignes), EFFECTIF, dict(changes or {}), strict=self.strict)

    def verdict(self, lignes: Sequence[LigneCas], rang: int, changes: Mapping[Cle, Valeur] | None = None) -> Verdict:
        """Ce que devient la ligne de ce rang."""
        return self._lire(self.essai(lignes, changes), tuple(lignes), rang, changes or {})

    def _lire(self, facture: Facture, lignes: tuple[LigneCas, ...], rang: int, ouvre: Mapping[Cle, Valeur]) -> Verdict:
        ligne = facture.lignes[rang]
        if ligne.survit is not None:
            return Verdict(lignes, rang, facture, "permis" if ligne.survit else "exclu", (), ouvre)
        certain = any(c.etat == A_VERIFIER or (c.etat == INCONNU and not c.faits) for c in ligne.constats)
        manque = manquants(ligne)
        decisifs = frozenset(manquants(ligne, _EXCLUANTES)) if manque else frozenset[Cle]()
        return Verdict(
            lignes, rang, facture, "indecis" if manque and not certain else "a_verifier", manque, ouvre, decisifs
        )

    def juger(self, lignes: Sequence[LigneCas], rang: int, avant: Sequence[bool | None] = ()) -> Verdict:
        """Le verdict d'une ligne ; ``avant`` : ce que valaient sans elle les lignes qui la précèdent."""
        verdict = self.verdict(lignes, rang)
        if not self.strict:
            if verdict.etat == "exclu" and self.precisions < PRECISE:
                verdict = self._sans_usuelles(verdict)
            elif verdict.etat == "permis" and _a_compter(verdict.ligne):
                verdict = self.verdict(lignes, rang, {(rang, QUANTITE): None})
        if len(avant) and verdict.etat in {"permis", "indecis"} and self._cumul_douteux(verdict):
            return Verdict(verdict.lignes, rang, verdict.facture, "a_verifier", (), verdict.ouvre)
        if verdict.etat in {"permis", "indecis", "a_verifier"}:
            for autre, survie in zip(verdict.facture.lignes, avant, strict=False):
                if autre.survit is not survie and survie is not False:
                    return Verdict(verdict.lignes, rang, verdict.facture, "exclu", (), verdict.ouvre, gene=autre)
        return verdict

    @staticmethod
    def _cumul_douteux(verdict: Verdict) -> bool:
        """Rien n'établit que cette majoration se cumule avec une des lignes déjà là."""
        code = verdict.acte.code
        couples = (
            {ligne.acte.code, constat.autre}
            for ligne in verdict.facture.lignes
            for constat in ligne.constats
            if constat.motif == "CUMUL_NON_VERIFIE"
        )
        return any(code in couple for couple in couples)

    def _sans_usuelles(self, verdict: Verdict) -> Verdict:
        """Le verdict sans les valeurs usuelles, si elles sont seules à refuser la ligne et que peu d'autre manque."""
        ligne = verdict.ligne
        obstacles: dict[Cle, Valeur] = {}
        for constat in ligne.constats:
            if constat.etat == REFUSE:
                supposes = [cle for cle in _cles(ligne, constat) if _suppose(ligne, cle[1])]
                if not supposes:
                    return verdict
                obstacles.update(dict.fromkeys(supposes))
        ouvert = self.verdict(verdict.lignes, verdict.rang, obstacles)
        return ouvert if ouvert.etat == "indecis" and len(ouvert.manque) <= PLAUSIBLE else verdict

    def possibles(self, cle: Cle, cas: CasFacture) -> list[Valeur]:
        """Un représentant des classes d'un fait, sans celles que les faits dits contredisent."""
        rang, nom = cle
        return [c for c in classes(self.corpus, nom, cas, cas.jour) if compatible(self.corpus, cas, rang, nom, c)]

    def valeurs(self, nom: str, rang: int, cas: CasFacture) -> list[str]:
        """Les valeurs d'un choix ou d'un oui/non que les faits dits ne contredisent pas."""
        fait = self.corpus.vocabulaire.faits[nom]
        toutes = ["oui", "non"] if fait.type == "oui_non" else list(fait.valeurs)
        return [v for v in toutes if compatible(self.corpus, cas, rang, nom, v)]

    def departage(self, cle: Cle, verdicts: Iterable[Verdict]) -> bool:
        """Deux valeurs possibles du fait ne laissent pas une de ces lignes dans le même état."""
        for v in verdicts:
            vues = set()
            for classe in self.possibles(cle, v.facture.cas):
                vues.add(self.verdict(v.lignes, v.rang, {**v.ouvre, cle: classe}).signature(cle))
                if len(vues) > 1:
                    return True
        return False

    def imposer(self, cle: Cle, verdict: Verdict) -> bool:
        """Retient la seule valeur que les faits dits ne contredisent pas, s'il n'en reste qu'une."""
        rang, nom = cle
        if rang >= 0 or not isinstance(self.corpus.vocabulaire.faits[nom].domaine, Choix):
            return False
        if self.corpus.vocabulaire.faits[nom].type not in {"choix", "oui_non"}:
            return False
        valeurs = self.valeurs(nom, rang, verdict.facture.cas)
        if len(valeurs) == 1:
            self.deduits[nom] = valeurs[0]
        return len(valeurs) == 1

    def actes(self) -> list[Verdict]:
        """Chaque acte en vigueur ce jour-là, seul sur la facture.

        Une lettre réservée au dépassement n'est pas proposée à côté d'un autre acte : une proposition se fait au tarif.
        """
        verdicts = [
            self.juger([nouvelle(a.code)], 0) for a in en_vigueur(self.corpus, self.cas.jour) if not a.supplement
        ]
        if not any(v.etat == "permis" and not _du_depassement(v) for v in verdicts):
            return verdicts
        return [
            Verdict(v.lignes, v.rang, v.facture, "exclu", ()) if v.etat == "permis" and _du_depassement(v) else v
            for v in verdicts
        ]

    def supplements(self, lignes: Sequence[LigneCas], sauf: Set[str] = frozenset()) -> Iterator[Verdict]:
        """Chaque supplément qui peut suivre une de ces lignes, ajouté à elles."""
        jour = self.cas.jour
        poses = [self.corpus.actes[ligne.code] for ligne in lignes]
        presents = {acte.code for acte in poses} | sauf
        avant = [ligne.survit for ligne in self.essai(lignes).lignes]
        for acte in en_vigueur(self.corpus, jour):
            if (
                acte.supplement
                and acte.code not in presents
                and any(lien.vise(pose, jour) for lien in acte.s_ajoute_a for pose in poses)
            ):
                yield self.juger([*lignes, nouvelle(acte.code)], len(lignes), avant)


def _du_depassement(verdict: Verdict) -> bool:
    return any(constat.motif == "LETTRE_DU_DEPASSEMENT" for constat in verdict.ligne.constats)


def nouvelle(code: str) -> LigneCas:
    """Une ligne dont seul le code est dit."""
    return LigneCas(code, {"acte.code": code})


def en_vigueur(corpus: Corpus, jour: int) -> tuple[Acte, ...]:
    """Les actes et suppléments en vigueur ce jour-là, dans l'ordre du corpus."""
    cle = ("en_vigueur", jour)
    trouve = corpus.memo.get(cle)
    if not isinstance(trouve, tuple):
        trouve = corpus.memo[cle] = tuple(a for a in corpus.actes.values() if _proposable(a) and a.en_vigueur(jour))
    return trouve


def _proposable(acte: Acte) -> bool:
    """Parmi des milliers d'actes techniques, seuls ceux dont les conditions disent quand ils se facturent."""
    return acte.supplement or not acte.technique or acte.a_proposer


def manquants(ligne: LigneFacture, sortes: Set[str] | None = None) -> tuple[Cle, ...]:
    """Les faits inconnus qui laissent une ligne indécise ; par les seules règles de l'acte de ces ``sortes``."""
    regles = None if sortes is None else {r.id for r in ligne.acte.regles if r.sorte in sortes}
    return tuple(
        dict.fromkeys(
            cle
            for constat in ligne.constats
            if constat.etat == INCONNU and (regles is None or constat.regle in regles)
            for cle in _cles(ligne, constat)
            if ligne.fait(cle[1]) is None and cle[1] not in _JAMAIS
        )
    )


def _a_compter(ligne: LigneFacture) -> bool:
    """La quantité usuelle ne vaut pas pour un acte qu'on compte (des kilomètres) : elle se demande."""
    comptees = {r.motif for r in ligne.corpus.toutes_lignes if QUANTITE in r.condition.faits()}
    return QUANTITE not in ligne.facture.cas.lignes[ligne.rang].faits and not comptees.isdisjoint(ligne.acte.dispenses)


def _cles(ligne: LigneFacture, constat: Constat) -> list[Cle]:
    return [(ligne.rang if de_ligne(nom) else -1, nom) for nom in ligne.feuilles(constat.faits)]


def _suppose(ligne: LigneFacture, nom: str) -> bool:
    return nom in ligne.supposes or nom in ligne.facture.supposes


def age_demande(age: Valeur) -> bool:
    """Si l'âge se demande par ``patient.age`` : rien n'en est dit, ou seulement une tranche de plusieurs années."""
    return age is None or (isinstance(age, Intervalle) and age.haut - age.bas > LARGE)
