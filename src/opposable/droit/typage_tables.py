"""Donne leur type aux tables, à leurs lignes et à leurs cellules ; résout les exceptions et les territoires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from opposable.droit import francais, montant, temps
from opposable.droit.acte import Regle
from opposable.droit.ensemble import Choix, Ensemble, Plages
from opposable.droit.erreurs import Defaut, ErreurCorpus, plus_proche
from opposable.droit.lecture import Noeud
from opposable.droit.source import Passage
from opposable.droit.table import LigneTable, Table, fermer_series
from opposable.droit.vocabulaire import Vocabulaire

TERRITOIRE: Final = "medecin.territoire"
METROPOLE: Final = "metropole"
_CLES_LIGNE: Final = frozenset(
    {
        "nom",
        "du",
        "au",
        "cellule",
        "sauf_de",
        "montant",
        "valeur",
        "manquant",
        "source",
        "drom",
        "source_drom",
        "report",
        "notes",
    }
)
TYPES_DE_VALEUR: Final = frozenset({"montant", "taux", "majoration", "entier", "texte"})
_CONVERSIONS: Final[dict[str, Callable[[str], int]]] = {
    "montant": montant.centimes,
    "taux": montant.taux,
    "majoration": montant.taux,
    "entier": int,
}


def territoires_d_outre_mer(vocabulaire: Vocabulaire) -> tuple[str, ...]:
    """Les territoires où chaque ligne de tarif a une sœur : tous, sauf la métropole."""
    return tuple(t for t in vocabulaire.faits[TERRITOIRE].valeurs if t != METROPOLE)


@dataclass(frozen=True, slots=True)
class Report:
    """Un texte ultérieur qui déplace une date imprimée."""

    id: str
    libelle: str
    prevu: int
    effectif: int
    sources: tuple[Passage, ...]
    deplace: tuple[str, ...]


@dataclass(slots=True)
class TypageTables:
    """Ce qu'il faut pour typer : le vocabulaire, les passages, les reports, les conditions partagées, les motifs."""

    vocabulaire: Vocabulaire
    passages: Mapping[str, Passage]
    reports: Mapping[str, Report]
    partagees: Mapping[str, tuple[Regle, ...]]
    motifs: frozenset[str]
    debut: int
    tables: Mapping[str, Table] = field(default_factory=dict)

    def date(self, noeud: Noeud, regle: str) -> int:
        """Le jour écrit à ce nœud ; ``origine`` est le début du corpus."""
        texte = noeud.texte(regle)
        if texte == "origine":
            return self.debut
        try:
            return temps.jour(texte)
        except ValueError:
            raise noeud.defaut(
                f"« {texte} » n'est pas une date", regle=regle, attendu="AAAA-MM-JJ ou origine"
            ) from None

    def periode(self, cles: Mapping[str, Noeud], regle: str) -> tuple[int, int]:
        """La période ``[du, au[`` de ces clés ; sans ``du``, depuis le début du corpus ; sans ``au``, sans fin."""
        du = self.date(cles["du"], regle) if "du" in cles else self.debut
        au = self.date(cles["au"], regle) if "au" in cles else temps.INFINI
        if du >= au:
            raise cles["au" if "au" in cles else "du"].defaut(
                "la période est vide", regle=regle, attendu="« au » exclu, après « du »"
            )
        return du, au

    def sources(self, cles: Mapping[str, Noeud], noeud: Noeud, regle: str, cle: str = "source") -> tuple[Passage, ...]:
        """Les passages cités. Une valeur sans source est refusée."""
        if cle not in cles:
            raise noeud.defaut(
                "aucune source", regle=regle, attendu=f"{cle}: identifiant d'un passage", exemple="source: mon-passage"
            )
        trouves = []
        for n in cles[cle].liste(regle, vide=False):
            ident = n.texte(regle)
            if ident not in self.passages:
                proche = plus_proche(ident, self.passages)
                suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
                attendu = "un identifiant de corpus/passages, ou un passage de la surcouche"
                raise n.defaut(f"passage inconnu « {ident} »{suite}", regle=regle, attendu=attendu)
            trouves.append(self.passages[ident])
        return tuple(trouves)

    def table(
        self,
        nom: str,
        noeuds: list[Noeud],
        *,
        type_valeur: str,
        au: int = temps.INFINI,
        territoires: bool = False,
        ailleurs: str = "",
    ) -> Table:
        """La table écrite à ces nœuds, ses séries fermées et ses exceptions résolues."""
        lignes: list[LigneTable] = []
        defauts: list[Defaut] = []
        for noeud in noeuds:
            try:
                lignes.extend(self._lignes(nom, noeud, type_valeur, territoires))
            except ErreurCorpus as erreur:
                defauts.extend(erreur.defauts)
        if defauts:
            raise ErreurCorpus(defauts)
        vus: dict[str, LigneTable] = {}
        for ligne in lignes:
            if ligne.id in vus:
                message = f"deux lignes ont le même identifiant (déjà ligne {vus[ligne.id].ligne})"
                raise Noeud("", ligne.fichier, ligne.ligne).defaut(
                    message, regle=ligne.id, attendu="un « nom » par série"
                )
            vus[ligne.id] = ligne
        lignes = _exceptions(lignes)
        faits = dict.fromkeys(fait for ligne in lignes for fait, _ in ligne.cellule)
        domaines = {fait: self.vocabulaire.faits[fait].domaine for fait in faits}
        return Table(nom, fermer_series(lignes, au), domaines, ailleurs=ailleurs, au=au, type_valeur=type_valeur)

    def _lignes(self, table: str, noeud: Noeud, type_valeur: str, territoires: bool) -> list[LigneTable]:
        cles = noeud.cles(_CLES_LIGNE, table, frozenset({"du"}))
        nom = cles["nom"].texte(table) if "nom" in cles else ""
        ident = ".".join(p for p in (table, nom, cles["du"].texte(table)) if p)
        du_prevu, au = self.periode(cles, ident)
        du, report = du_prevu, ""
        if "report" in cles:
            report = cles["report"].texte(ident)
            if report not in self.reports:
                raise cles["report"].defaut(
                    f"report inconnu « {report} »", regle=ident, attendu="un identifiant de reports.yaml"
                )
            if self.reports[report].prevu != du_prevu:
                attendu = f"du: {temps.iso(self.reports[report].prevu)}"
                raise cles["du"].defaut(
                    "la date imprimée n'est pas celle que le report déplace", regle=ident, attendu=attendu
                )
            du = self.reports[report].effectif
        cellule: list[tuple[str, Ensemble]] = []
        textes = []
        if "cellule" in cles:
            for fait, valeur in cles["cellule"].table(ident).items():
                cellule.append((fait, self.vocabulaire.ensemble(fait, valeur, ident)))
                textes.append(self._texte_cellule(fait, cellule[-1][1], [n.texte() for n in valeur.liste()]))
        valeur_, manquant = self._valeur(cles, noeud, ident, type_valeur)
        sources = self.sources(cles, noeud, ident)
        sauf = tuple(n.texte(ident) for n in cles["sauf_de"].liste(ident)) if "sauf_de" in cles else ()

        def ligne(
            cible: str, extra: tuple[tuple[str, Ensemble], ...], v: int | str | None, m: str, s: tuple[Passage, ...]
        ) -> LigneTable:
            morceaux = [table, nom, cible, cles["du"].texte(table)]
            return LigneTable(
                ".".join(p for p in morceaux if p), f"{table}.{nom}.{cible}", (*extra, *cellule), du, du_prevu, au, au,
                v, m, s, sauf, report, " · ".join([cible] * bool(cible) + textes), noeud.fichier, noeud.ligne,
                cles["du"].texte(table) == "origine",
            )  # fmt: skip

        if not territoires or TERRITOIRE in dict(cellule):
            return [ligne("", (), valeur_, manquant, sources)]
        resultat = [ligne("", ((TERRITOIRE, Choix(frozenset({METROPOLE}))),), valeur_, manquant, sources)]
        drom = self._drom(cles, ident, type_valeur, valeur_)
        absente = f"tarif de {table} hors de la métropole non établi par les sources lues"
        for territoire in territoires_d_outre_mer(self.vocabulaire):
            v, m, s = drom.get(territoire, (None, absente, ()))
            resultat.append(ligne(territoire, ((TERRITOIRE, Choix(frozenset({territoire}))),), v, m, s))
        return resultat

    def _valeur(
        self, cles: Mapping[str, Noeud], noeud: Noeud, ident: str, type_valeur: str
    ) -> tuple[int | str | None, str]:
        cle = "montant" if type_valeur == "montant" else "valeur"
        if ("manquant" in cles) == (cle in cles):
            raise noeud.defaut(
                f"il faut « {cle} » ou « manquant », l'un des deux",
                regle=ident,
                attendu=f"{cle}: … ou manquant: raison",
            )
        if "manquant" in cles:
            return None, cles["manquant"].texte(ident)
        texte = cles[cle].texte(ident)
        if type_valeur not in _CONVERSIONS:
            return texte, ""
        try:
            valeur = _CONVERSIONS[type_valeur](texte)
            if valeur < 0 or (type_valeur == "taux" and valeur > montant.UNITE_TAUX):
                raise ValueError(texte)
        except ValueError:
            attendu = {
                "montant": "un montant comme 26.50",
                "taux": "un taux comme 0.70",
                "majoration": "un taux comme 0.30",
                "entier": "un entier",
            }[type_valeur]
            exemple = {"montant": "montant: 26.50", "taux": 'valeur: "0.70"'}.get(type_valeur, "valeur: 3")
            message = f"« {texte} » ne convient pas"
            raise cles[cle].defaut(message, regle=ident, attendu=attendu, exemple=exemple) from None
        return valeur, ""

    def _drom(
        self, cles: Mapping[str, Noeud], ident: str, type_valeur: str, valeur: int | str | None
    ) -> dict[str, tuple[int | str | None, str, tuple[Passage, ...]]]:
        if "drom" not in cles:
            return {}
        territoires = self.vocabulaire.faits[TERRITOIRE].groupes["drom"]
        noeud = cles["drom"]
        if isinstance(noeud.valeur, str):
            if noeud.valeur != "idem":
                raise noeud.defaut(
                    f"« {noeud.valeur} » ne convient pas", regle=ident, attendu="idem, ou une liste de territoires"
                )
            sources = self.sources(cles, noeud, ident) + self.sources(cles, noeud, ident, "source_drom")
            return dict.fromkeys(territoires, (valeur, "" if valeur is not None else "valeur manquante", sources))
        resultat: dict[str, tuple[int | str | None, str, tuple[Passage, ...]]] = {}
        for element in noeud.liste(ident):
            champs = element.cles(
                frozenset({"territoires", "montant", "valeur", "manquant", "source"}), ident, frozenset({"territoires"})
            )
            trouve = (*self._valeur(champs, element, ident, type_valeur), self.sources(champs, element, ident))
            for n in champs["territoires"].liste(ident):
                territoire = n.texte(ident)
                if territoire not in territoires:
                    raise n.defaut(
                        f"territoire inconnu « {territoire} »", regle=ident, attendu=", ".join(sorted(territoires))
                    )
                resultat[territoire] = trouve
        return resultat

    def _texte_cellule(self, fait: str, ensemble: Ensemble, valeurs: list[str]) -> str:
        connu = self.vocabulaire.faits[fait]
        if isinstance(ensemble, Plages) and ensemble.plages and not ensemble.mots:
            return f"{connu.libelle} : {francais.ensemble(connu, ensemble)}"
        return f"{connu.libelle} : {', '.join(connu.valeurs.get(v, v.removeprefix('groupe:')) for v in valeurs)}"


def _exceptions(lignes: list[LigneTable]) -> list[LigneTable]:
    """Résout ``sauf_de`` (« base » : les lignes sans cellule propre) et le rend transitif ; refuse un cycle."""
    if not any(ligne.sauf_de for ligne in lignes):
        return lignes
    base = tuple(ligne.id for ligne in lignes if not ligne.sauf_de and all(f == TERRITOIRE for f, _ in ligne.cellule))
    directs: dict[str, set[str]] = {}
    for ligne in lignes:
        vises: set[str] = set()
        for ident in ligne.sauf_de:
            series = {autre.id for autre in lignes if autre.id == ident or autre.serie.startswith(f"{ident}.")}
            if not (base if ident == "base" else series):
                noeud = Noeud("", ligne.fichier, ligne.ligne)
                raise noeud.defaut(
                    f"« sauf_de » vise une ligne inconnue « {ident} »",
                    regle=ligne.id,
                    attendu="base, un identifiant de ligne ou de série",
                )
            vises |= set(base) if ident == "base" else series
        directs[ligne.id] = vises

    def atteints(depart: str) -> set[str]:
        vus: set[str] = set()
        pile = list(directs[depart])
        while pile:
            ident = pile.pop()
            if ident not in vus:
                vus.add(ident)
                pile.extend(directs[ident])
        return vus

    resultat = []
    for ligne in lignes:
        tous = atteints(ligne.id)
        if ligne.id in tous:
            raise Noeud("", ligne.fichier, ligne.ligne).defaut(
                "les exceptions se suivent en boucle", regle=ligne.id, attendu="des « sauf_de » sans retour"
            )
        resultat.append(replace(ligne, sauf_de=tuple(sorted(tous))) if ligne.sauf_de else ligne)
    return resultat
