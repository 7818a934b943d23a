"""Donne leur type aux actes, tables, règles et passages lus. Toute faute dit le fichier, la ligne et ce qui était attendu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from opposable.droit import montant, temps
from opposable.droit.acte import SORTES_DE_REGLE, Acte, Frequence, Lien, Regle, Variante
from opposable.droit.condition import Ou
from opposable.droit.ensemble import Choix, Ensemble
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
_CLES_ACTE: Final = frozenset(
    {
        "libelle", "nature", "familles", "au", "remplace_par", "lettre_transmise", "s_ajoute_a", "tarif_coordonne",
        "tarifs", "bases", "taux", "conditions", "incompatible_avec", "cumul_non_verifie", "frequence", "notes",
    }
)  # fmt: skip
_CLES_REGLE: Final = frozenset({*SORTES_DE_REGLE, "exige_une_de", "motif", "source", "du", "au", "precision"})
_CONVERSIONS: Final[dict[str, Callable[[str], int]]] = {
    "montant": montant.centimes,
    "taux": montant.taux,
    "entier": int,
}


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
class Typage:
    """Ce qu'il faut pour typer : le vocabulaire, les passages, les reports, les conditions partagées, le début du corpus."""

    vocabulaire: Vocabulaire
    passages: Mapping[str, Passage]
    reports: Mapping[str, Report]
    partagees: Mapping[str, tuple[Regle, ...]]
    motifs: frozenset[str]
    debut: int

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
            raise noeud.defaut("aucune source", regle=regle, attendu=f"{cle}: identifiant d'un passage")
        trouves = []
        for n in cles[cle].liste(regle):
            ident = n.texte(regle)
            if ident not in self.passages:
                raise n.defaut(f"passage inconnu « {ident} »", regle=regle, attendu="un identifiant de corpus/passages")
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
        for noeud in noeuds:
            lignes.extend(self._lignes(nom, noeud, type_valeur, territoires))
        vus: dict[str, LigneTable] = {}
        for ligne in lignes:
            if ligne.id in vus:
                message = f"deux lignes ont le même identifiant (déjà ligne {vus[ligne.id].ligne})"
                raise Noeud("", ligne.fichier, ligne.ligne).defaut(
                    message, regle=ligne.id, attendu="un « nom » par série"
                )
            vus[ligne.id] = ligne
        lignes = _exceptions(lignes, vus)
        faits = dict.fromkeys(fait for ligne in lignes for fait, _ in ligne.cellule)
        domaines = {fait: self.vocabulaire.faits[fait].domaine for fait in faits}
        return Table(nom, fermer_series(lignes, au), domaines, ailleurs=ailleurs, au=au)

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
                textes.append(self._texte_cellule(fait, [n.texte() for n in valeur.liste()]))
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
        for territoire in self.vocabulaire.faits[TERRITOIRE].valeurs:
            if territoire != METROPOLE:
                v, m, s = drom.get(territoire, (None, f"tarif de {table} en {self.vocabulaire.faits[TERRITOIRE].valeurs[territoire]} non établi par les sources lues", ()))
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
            return _CONVERSIONS[type_valeur](texte), ""
        except ValueError:
            attendu = {"montant": "un montant comme 26.50", "taux": "un taux comme 0.70", "entier": "un entier"}[
                type_valeur
            ]
            raise cles[cle].defaut(f"« {texte} » ne convient pas", regle=ident, attendu=attendu) from None

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
            sources = self.sources(cles, noeud, ident, "source_drom")
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

    def _texte_cellule(self, fait: str, valeurs: list[str]) -> str:
        connu = self.vocabulaire.faits[fait]
        return f"{connu.libelle} : {', '.join(connu.valeurs.get(v, v.removeprefix('groupe:')) for v in valeurs)}"

    def regles(self, noeuds: list[Noeud], prefixe: str) -> tuple[Regle, ...]:
        """Les règles écrites à ces nœuds ; un texte seul est le nom d'une condition partagée."""
        resultat: list[Regle] = []
        for rang, noeud in enumerate(noeuds, 1):
            if isinstance(noeud.valeur, str):
                if noeud.valeur not in self.partagees:
                    raise noeud.defaut(
                        f"condition partagée inconnue « {noeud.valeur} »",
                        regle=prefixe,
                        attendu=", ".join(sorted(self.partagees)),
                    )
                resultat.extend(self.partagees[noeud.valeur])
            else:
                resultat.append(self._regle(noeud, f"{prefixe}#{rang}"))
        return tuple(resultat)

    def _regle(self, noeud: Noeud, ident: str) -> Regle:
        cles = noeud.cles(_CLES_REGLE, ident, frozenset({"motif"}))
        sortes = [s for s in (*SORTES_DE_REGLE, "exige_une_de") if s in cles]
        if len(sortes) != 1:
            raise noeud.defaut(
                "une règle a une sorte, et une seule",
                regle=ident,
                attendu=", ".join((*SORTES_DE_REGLE, "exige_une_de")),
            )
        motif = cles["motif"].texte(ident)
        if motif not in self.motifs:
            raise cles["motif"].defaut(f"motif inconnu « {motif} »", regle=ident, attendu="un code de motifs.yaml")
        du, au = self.periode(cles, ident)
        sorte, variantes = sortes[0], ()
        if sorte == "exige_une_de":
            variantes = tuple(self._variante(n, ident) for n in cles[sorte].liste(ident))
            condition, sorte = Ou(tuple(v.condition for v in variantes)), "exige"
        else:
            condition = self.vocabulaire.condition(cles[sorte], ident)  # type: ignore[assignment]  # toute Condition
        precision = cles["precision"].texte(ident) if "precision" in cles else ""
        sources = self.sources(cles, noeud, ident) if "source" in cles or not variantes else ()
        return Regle(
            ident, sorte, condition, motif, du, au, sources, precision, variantes, "", noeud.fichier, noeud.ligne
        )

    def _variante(self, noeud: Noeud, ident: str) -> Variante:
        cles = noeud.cles(frozenset({"libelle", "exige", "du", "au", "source"}), ident, frozenset({"libelle", "exige"}))
        du, au = self.periode(cles, ident)
        return Variante(
            cles["libelle"].texte(ident),
            self.vocabulaire.condition(cles["exige"], ident),
            du,
            au,
            self.sources(cles, noeud, ident),
        )

    def liens(
        self, noeuds: list[Noeud], ident: str, codes: frozenset[str], familles: frozenset[str], *, sourcee: bool
    ) -> tuple[Lien, ...]:
        """Les liens vers des actes ou des familles ; ``sourcee`` : une source est exigée."""
        resultat = []
        for noeud in noeuds:
            if isinstance(noeud.valeur, str):
                cles: Mapping[str, Noeud] = {}
                cible = noeud.valeur
            else:
                cles = noeud.cles(frozenset({"code", "famille", "cible", "du", "au", "source", "cede", "motif"}), ident)
                cible = next(
                    (
                        f"famille:{cles[c].texte(ident)}" if c == "famille" else cles[c].texte(ident)
                        for c in ("code", "famille", "cible")
                        if c in cles
                    ),
                    "",
                )
            famille = cible.startswith("famille:")
            cible = cible.removeprefix("famille:")
            if cible not in (familles if famille else codes):
                raise noeud.defaut(
                    f"{'famille' if famille else 'acte'} inconnu « {cible} »",
                    regle=ident,
                    attendu="un code du corpus ou famille:nom",
                )
            du, au = self.periode(cles, ident)
            sources = self.sources(cles, noeud, ident) if sourcee or "source" in cles else ()
            resultat.append(
                Lien(cible, famille, du, au, sources, "cede" in cles and cles["cede"].texte(ident) == "oui")
            )
        return tuple(resultat)

    def acte(self, code: str, noeud: Noeud, codes: frozenset[str], familles: frozenset[str]) -> Acte:
        """L'acte écrit à ce nœud."""
        cles = noeud.cles(_CLES_ACTE, code, frozenset({"libelle", "nature", "tarifs"}))

        def textes(cle: str) -> list[str]:
            return [n.texte(code) for n in cles[cle].liste(code)] if cle in cles else []

        nature = cles["nature"].texte(code)
        if nature not in {"acte", "supplement"}:
            raise cles["nature"].defaut(f"nature inconnue « {nature} »", regle=code, attendu="acte ou supplement")
        if nature == "supplement" and "s_ajoute_a" not in cles:
            raise noeud.defaut(
                "un supplément dit à quoi il s'ajoute", regle=code, attendu="s_ajoute_a: [codes ou famille:nom]"
            )
        au = self.date(cles["au"], code) if "au" in cles else temps.INFINI
        taux = None
        if "taux" in cles:
            brut = cles["taux"].valeur if isinstance(cles["taux"].valeur, list) else [cles["taux"]]
            taux = self.table(f"{code}.taux", list(brut), type_valeur="taux", ailleurs="defaut")
        bases = None
        if "bases" in cles:
            bases = self.table(
                f"{code}.base", cles["bases"].liste(code), type_valeur="montant", territoires=True, ailleurs="defaut"
            )
        return Acte(
            code,
            cles["libelle"].texte(code),
            nature,
            frozenset(textes("familles")),
            self.table(code, cles["tarifs"].liste(code), type_valeur="montant", au=au, territoires=True),
            bases,
            taux,
            self.regles(cles["conditions"].liste(code) if "conditions" in cles else [], code),
            self.liens(cles["s_ajoute_a"].liste(code), code, codes, familles, sourcee=False)
            if "s_ajoute_a" in cles
            else (),
            self.liens(cles["incompatible_avec"].liste(code), code, codes, familles, sourcee=True)
            if "incompatible_avec" in cles
            else (),
            self.liens(cles["cumul_non_verifie"].liste(code), code, codes, familles, sourcee=True)
            if "cumul_non_verifie" in cles
            else (),
            self._frequences(cles, code),
            tuple(textes("tarif_coordonne")),
            au,
            tuple(textes("remplace_par")),
            textes("lettre_transmise")[0] if "lettre_transmise" in cles else "",
            textes("notes")[0] if "notes" in cles else "",
            noeud.fichier,
            noeud.ligne,
        )

    def _frequences(self, cles: Mapping[str, Noeud], code: str) -> tuple[Frequence, ...]:
        if "frequence" not in cles:
            return ()
        noeud = cles["frequence"]
        resultat = []
        for element in noeud.valeur if isinstance(noeud.valeur, list) else [noeud]:
            champs = element.cles(
                frozenset({"maximum", "par", "sur", "source", "du", "au"}), code, frozenset({"maximum", "par", "sur"})
            )
            du, au = self.periode(champs, code)
            try:
                maximum = int(champs["maximum"].texte(code))
            except ValueError:
                raise champs["maximum"].defaut("un nombre entier est attendu", regle=code) from None
            resultat.append(
                Frequence(
                    maximum,
                    champs["par"].texte(code),
                    champs["sur"].texte(code),
                    self.sources(champs, element, code),
                    du,
                    au,
                )
            )
        return tuple(resultat)


def _exceptions(lignes: list[LigneTable], par_id: Mapping[str, LigneTable]) -> list[LigneTable]:
    """Résout ``sauf_de`` (« base » : les lignes sans cellule propre) et le rend transitif ; refuse un cycle."""
    from dataclasses import replace

    if not any(ligne.sauf_de for ligne in lignes):
        return lignes
    base = tuple(ligne.id for ligne in lignes if not ligne.sauf_de and all(f == TERRITOIRE for f, _ in ligne.cellule))
    directs: dict[str, set[str]] = {}
    for ligne in lignes:
        vises: set[str] = set()
        for ident in ligne.sauf_de:
            series = {autre.id for autre in lignes if autre.id == ident or autre.serie.startswith(f"{ident}.")}
            if ident != "base" and not series:
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
            raise Noeud("", ligne.fichier, ligne.ligne).defaut("les exceptions se suivent en boucle", regle=ligne.id)
        resultat.append(replace(ligne, sauf_de=tuple(sorted(tous))) if ligne.sauf_de else ligne)
    return resultat
