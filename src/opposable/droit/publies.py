"""Un acte de la nomenclature publiée (la CCAM), bâti d'après ses versions et le modèle que le corpus lui donne.

Le modèle dit les règles de tous les actes techniques ; une version donne les tarifs, les modificateurs admis, les
conditions de prise en charge d'un acte. Entre deux versions dont d'autres manquent, rien n'est certain : la ligne est à
vérifier, jamais refusée.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from opposable.droit import montant, temps
from opposable.droit.acte import Absence, Acte, Regle
from opposable.droit.condition import Condition, Et, Ou, Test
from opposable.droit.ensemble import Choix, Ensemble
from opposable.droit.fait import OUI_NON
from opposable.droit.nomenclature import ActePublie, Magasin, Rangee, Tranche, Version, tranches
from opposable.droit.source import Document, Passage
from opposable.droit.table import LigneTable, Table
from opposable.droit.vocabulaire import Vocabulaire

ACTIVITE: Final = "acte.activite"
PHASE: Final = "acte.phase"
MODIFICATEURS: Final = "acte.modificateurs"
Cellule = tuple[tuple[str, Ensemble], ...]
COLONNES: Final = ("opposable", "autre")
VERSION_ABSENTE: Final = "VERSION_CCAM_ABSENTE"
"""Le motif d'un jour qu'une version que personne n'a lue a pu régir."""
_OUI: Final = Choix(frozenset({"oui"}))
_NON: Final = Choix(frozenset({"non"}))
_TOUJOURS: Final = Et(())
_ACCORD_OBTENU: Final = Test("acte.accord_prealable", _OUI)
_REMPLIES: Final = Test("acte.conditions_remplies", _OUI)
NON_PRIS_EN_CHARGE: Final = "la version dit « Non pris en charge »"
"""Pourquoi un acte que la CCAM ne prend pas en charge n'a pas de tarif."""
PAR_DEFAUT: Final = "ccam.technique"
"""Le modèle des actes qu'aucun autre ne réclame."""


@dataclass(frozen=True, slots=True)
class Modele:
    """Les règles communes à des actes publiés : ceux de ces chapitres (début du numéro) ou de ces regroupements."""

    chapitres: tuple[str, ...]
    regroupements: frozenset[str]
    acte: Callable[[], Acte]


@dataclass(slots=True)
class Publication:
    """Ce qu'il faut pour bâtir un acte publié : le vocabulaire, les colonnes de tarifs, les versions, leurs documents.

    ``colonnes`` : la condition sous laquelle chaque colonne de tarifs s'applique (un fait, ses valeurs).
    """

    vocabulaire: Vocabulaire
    debut: int
    colonnes: Mapping[str, tuple[str, Ensemble]]
    connues: Mapping[int, int]
    documents: Mapping[int, Document]
    """Le document du corpus qui est cette version ; les autres se nomment d'elles-mêmes."""
    ecrites: Mapping[int, Version]
    """Les versions que le corpus cite lui-même."""
    familles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Les familles que le chapitre d'un acte suffit à donner : le début des chapitres qui en sont."""
    modeles: Mapping[str, Modele] = field(default_factory=dict)
    magasin: Magasin | None = None
    _non_admis: dict[object, Condition] = field(default_factory=dict)
    _cellules: dict[tuple[str, str, str], Cellule] = field(default_factory=dict)
    _textes: dict[object, str] = field(default_factory=dict)
    _temps: dict[tuple[Version, ...], list[Tranche]] = field(default_factory=dict)

    def cellule(self, activite: str, phase: str, colonne: str = "") -> Cellule:
        """La cellule d'une activité, d'une phase et d'une colonne de tarifs, partagée par tous les actes."""
        trouvee = self._cellules.get((activite, phase, colonne))
        if trouvee is None:
            trouvee = ((ACTIVITE, Choix(frozenset({activite}))), (PHASE, Choix(frozenset({phase}))))
            if colonne:
                trouvee = (*trouvee, self.colonnes[colonne])
            self._cellules[activite, phase, colonne] = trouvee
        return trouvee

    def dite(self, cellule: Cellule) -> str:
        """Une cellule en français, dite une fois."""
        trouve = self._textes.get(cellule)
        if trouve is None:
            faits = self.vocabulaire.faits
            dits = [
                f"{faits[f].libelle} : {faits[f].dit(next(iter(e.valeurs)) if isinstance(e, Choix) else '')}"
                for f, e in cellule
            ]
            trouve = self._textes[cellule] = " · ".join(dits)
        return trouve

    def tranches(self, versions: Iterable[Version]) -> list[Tranche]:
        """Le temps, version par version ; le même pour tous les actes d'un magasin."""
        cle = tuple(versions)
        trouvees = self._temps.get(cle)
        if trouvees is None:
            trouvees = self._temps[cle] = tranches(cle, self.connues, self.debut)
        return trouvees

    @property
    def lettres(self) -> tuple[str, ...]:
        """Les modificateurs du vocabulaire."""
        return tuple(self.vocabulaire.faits[MODIFICATEURS].valeurs)

    def importe(self, code: str, publies: Mapping[int, ActePublie] | None = None) -> Acte:
        """Un acte que seules les versions importées donnent. ``KeyError`` si aucune ne l'a."""
        magasin = self.magasin
        publies = magasin.acte(code) if magasin is not None and publies is None else publies
        if magasin is None or not publies:
            raise KeyError(code)
        dernier = publies[max(publies)]
        modele = self.modeles[self.modele_de(dernier)].acte()
        modele = replace(modele, code=code, libelle=dernier.libelle, fichier=f"ccam_v{dernier.version}")
        return self.completer(modele, publies, magasin.versions, {})

    def modele_de(self, acte: ActePublie) -> str:
        """Le nom du modèle que suit un acte : le premier dont le chapitre ou le regroupement lui convient."""
        regroupements = {r.regroupement for r in acte.rangees[:1]}
        for nom, modele in self.modeles.items():
            if acte.chapitre.startswith(modele.chapitres) or regroupements & modele.regroupements:
                return nom
        return PAR_DEFAUT

    def familles_du_chapitre(self, chapitre: str) -> frozenset[str]:
        """Les familles que le chapitre d'un acte suffit à donner."""
        return frozenset(nom for nom, debuts in self.familles.items() if chapitre.startswith(debuts))

    def completer(
        self, acte: Acte, publies: Mapping[int, ActePublie], versions: Iterable[Version], ecrites: Mapping[int, Passage]
    ) -> Acte:
        """L'acte du modèle, complété par ses versions. ``ecrites`` : le passage qui le cite, version par version."""
        return _Batisseur(self, acte, publies, self.tranches(versions), ecrites).acte()

    def document(self, version: Version) -> Document:
        """Le document d'une version."""
        if version.numero in self.documents:
            return self.documents[version.numero]
        titre = f"CCAM de la Cnam, version {version.numero}, applicable au {temps.en_lettres(version.du)} (importée)"
        return Document(f"ccam_v{version.numero}", titre, "officiel", version.du)

    def non_admis(self, rangees: Sequence[Rangee]) -> Condition | None:
        """La condition qui tient quand un modificateur facturé n'est pas de ceux que cette version admet."""
        cle = tuple((r.activite, r.modificateurs) for r in rangees)
        trouvee = self._non_admis.get(cle)
        if trouvee is None:
            par_activite: dict[str, set[str]] = {}
            for rangee in rangees:
                par_activite.setdefault(rangee.activite, set()).update(rangee.modificateurs)
            termes: list[Condition] = []
            for activite, admis in par_activite.items():
                refuses = tuple(Test(f"{MODIFICATEURS}.{x}", _OUI) for x in self.lettres if x not in admis)
                if refuses:
                    reste = Ou(refuses)
                    seule = len(par_activite) == 1
                    termes.append(reste if seule else Et((Test(ACTIVITE, Choix(frozenset({activite}))), reste)))
            trouvee = self._non_admis[cle] = termes[0] if len(termes) == 1 else Ou(tuple(termes))
        return None if trouvee == Ou(()) else trouvee


@dataclass(slots=True)
class _Batisseur:
    """Bâtit un acte, tranche par tranche."""

    publication: Publication
    modele: Acte
    publies: Mapping[int, ActePublie]
    temps: Sequence[Tranche]
    ecrites: Mapping[int, Passage]
    lignes: list[LigneTable] = field(default_factory=list)
    seuils: list[LigneTable] = field(default_factory=list)
    regles: list[Regle] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    _passages: dict[int, Passage] = field(default_factory=dict)
    _dites: dict[int, str] = field(default_factory=dict)

    def acte(self) -> Acte:
        """L'acte complet."""
        for tranche in self.temps:
            if tranche.version is not None:
                self._version(tranche, tranche.version)
            else:
                self._inconnue(tranche)
        code = self.modele.code
        dernier = self.publies[max(self.publies)]
        return replace(
            self.modele,
            familles=self.modele.familles | self.publication.familles_du_chapitre(dernier.chapitre),
            tarifs=self._table(code, self.lignes, "montant", "refuse"),
            exoneration_tm=self._table(f"{code}.exoneration", self.seuils, "texte", "defaut"),
            regles=(*(r for r in self.modele.regles if self._peut_jouer(r)), *self.regles),
            absences=tuple(self.absences),
            gestes=frozenset(g for a in self.publies.values() for r in a.rangees for g in r.gestes),
            technique=True,
            publies=self.publies,
            tranches=tuple(self.temps),
            regroupements=frozenset(r.regroupement for r in dernier.rangees if r.regroupement),
            chapitre=dernier.chapitre,
        )

    def _peut_jouer(self, regle: Regle) -> bool:
        """Faux pour une règle qui suppose un modificateur qu'aucune version n'admet pour cet acte, donc déjà refusé."""
        admis = {x for a in self.publies.values() for r in a.rangees for x in r.modificateurs}
        faits = {f"{MODIFICATEURS}.{x}" for x in self.publication.lettres if x not in admis}
        verdict = regle.condition.evalue(lambda fait: "non" if fait in faits else None)
        return verdict is not (regle.sorte == "exige")

    def _table(self, nom: str, lignes: list[LigneTable], type_valeur: str, ailleurs: str) -> Table:
        faits = dict.fromkeys(fait for ligne in lignes for fait, _ in ligne.cellule)
        domaines = {fait: self.publication.vocabulaire.faits[fait].domaine for fait in faits}
        return Table(nom, tuple(lignes), domaines, ailleurs=ailleurs, type_valeur=type_valeur)

    # --- Une tranche -----------------------------------------------------------------------------------------
    def _version(self, tranche: Tranche, version: Version) -> None:
        acte = self.publies.get(version.numero)
        if acte is None:
            self.absences.append(Absence(tranche.du, tranche.au, self._presence(version), (self._passage(version),)))
            return
        passage = self._passage(version)
        for rangee in acte.rangees:
            cle = (rangee.activite, rangee.phase)
            manque = "" if rangee.prise_en_charge else NON_PRIS_EN_CHARGE
            for colonne, valeur in self._colonnes(rangee):
                raison = manque or f"la version {version.numero} ne donne pas de tarif à cet acte"
                self._ligne(self.lignes, tranche, cle, colonne, valeur or None, raison, (passage,))
            if rangee.exoneration:
                self._ligne(self.seuils, tranche, cle, "", "-".join(rangee.exoneration), "", (passage,))
        self._conditions(acte, tranche, passage)
        if not any(t.version is not None and t.du > tranche.du for t in self.temps):
            depuis = replace(tranche, du=min(tranche.du + 1, tranche.au - 1))
            precision = f"version {version.numero}, {temps.en_lettres(version.du)}"
            self._regle("derniere", "avertit_si", _TOUJOURS, "VERSION_CCAM_DERNIERE", depuis, (passage,), precision)

    def _inconnue(self, tranche: Tranche) -> None:
        """Une période qu'une version manquante a pu régir : un doute, et la valeur des deux versions voisines si elle
        est la même. D'un seul côté, aucune valeur n'est montrée : rien ne la borne.
        """
        voisines = [(v, self.publies.get(v.numero)) for v in (tranche.avant, tranche.apres) if v is not None]
        precision = "; ".join(self._dite(v, acte) for v, acte in voisines).replace("; ", " ; ")
        passages = tuple(self._passage(v) for v, _ in voisines)
        vues: dict[tuple[str, str], list[tuple[Version, ActePublie, Rangee]]] = {}
        for version, acte in voisines:
            for rangee in acte.rangees if acte is not None else ():
                vues.setdefault((rangee.activite, rangee.phase), []).append((version, acte, rangee))  # type: ignore[arg-type]
        for cle, trouvees in vues.items():
            paires = [dict(self._deux(rangee)) for _, _, rangee in trouvees]
            entier = (
                len(voisines) > 1 and len(trouvees) == len(voisines) and all(r.prise_en_charge for _, _, r in trouvees)
            )
            valeurs = {c: {p[c] for p in paires} if entier else {None} for c in COLONNES}
            communes = {c: v.pop() if len(v) == 1 else None for c, v in valeurs.items()}
            for colonne, valeur in self._reunies(communes):
                self._ligne(self.lignes, tranche, cle, colonne, valeur or None, precision, passages)
            exonerations = {r.exoneration for _, _, r in trouvees}
            if len(voisines) > 1 and len(exonerations) == 1 and (commune := exonerations.pop()):
                self._ligne(self.seuils, tranche, cle, "", "-".join(commune), "", passages)
        self._regle("version", "a_verifier_si", _TOUJOURS, VERSION_ABSENTE, tranche, passages, precision)
        for version, acte in voisines:
            if acte is not None:
                self._conditions(acte, tranche, self._passage(version), certaines=False)
                break

    # --- Les lignes de tarif ---------------------------------------------------------------------------------
    def _ligne(
        self,
        lignes: list[LigneTable],
        tranche: Tranche,
        cle: tuple[str, str],
        colonne: str,
        valeur: int | str | None,
        raison: str,
        sources: tuple[Passage, ...],
    ) -> None:
        cellule = self.publication.cellule(*cle, colonne)
        serie = ".".join((self.modele.code, *cle, *([colonne] if colonne else ())))
        lignes.append(
            LigneTable(
                f"{serie}.{temps.iso(tranche.du)}", serie, cellule, tranche.du, tranche.du, tranche.au, tranche.au,
                valeur, "" if valeur is not None else raison, sources, cellule_texte=self.publication.dite(cellule),
                origine=tranche.du == self.publication.debut,
                reserve="" if tranche.version is not None else "version de la CCAM non lue",
            )
        )  # fmt: skip

    @staticmethod
    def _deux(rangee: Rangee) -> Iterator[tuple[str, int | None]]:
        yield from (("opposable", rangee.opposable), ("autre", rangee.autre))

    def _colonnes(self, rangee: Rangee) -> Iterator[tuple[str, int | None]]:
        """Les tarifs d'une rangée ; une seule ligne quand les deux colonnes donnent le même."""
        prise = rangee.prise_en_charge
        return self._reunies({c: v if prise else None for c, v in self._deux(rangee)})

    @staticmethod
    def _reunies(valeurs: Mapping[str, int | None]) -> Iterator[tuple[str, int | None]]:
        if len(set(valeurs.values())) == 1:
            yield "", valeurs["opposable"]
        else:
            yield from valeurs.items()

    # --- Les règles ------------------------------------------------------------------------------------------
    def _conditions(self, acte: ActePublie, tranche: Tranche, passage: Passage, *, certaines: bool = True) -> None:
        """Ce que la version exige de cet acte : modificateurs admis, accord préalable, conditions, prise en charge."""
        source = (passage,)
        refuse = "refuse_si" if certaines else "a_verifier_si"
        non_admis = self.publication.non_admis(acte.rangees)
        if non_admis is not None:
            admis = self._admis(acte)
            self._regle("modificateurs", refuse, non_admis, "MODIFICATEUR_NON_PREVU", tranche, source, admis)
        if all(not r.prise_en_charge for r in acte.rangees) and certaines:
            self._regle("prise_en_charge", "refuse_si", _TOUJOURS, "ACTE_NON_PRIS_EN_CHARGE", tranche, source)
        if any(r.accord_prealable for r in acte.rangees):
            self._regle("accord", "exige", _ACCORD_OBTENU, "ACCORD_PREALABLE_EXIGE", tranche, source)
        if any(r.sous_conditions for r in acte.rangees):
            dites = (n for n in acte.notes if n.startswith(("Facturation", "Indication")))
            notes = " ; ".join(n for n in dites if not n.rstrip().endswith(":"))
            precision = notes.replace("\n", " ")[:400]
            self._regle("conditions", "exige", _REMPLIES, "CONDITIONS_DE_REMBOURSEMENT", tranche, source, precision)

    @staticmethod
    def _admis(acte: ActePublie) -> str:
        def lettres(rangee: Rangee) -> str:
            return ", ".join(rangee.modificateurs) or "aucun"

        if len({(r.activite, r.modificateurs) for r in acte.rangees}) == 1:
            return f"modificateurs admis : {lettres(acte.rangees[0])}"
        dits = dict.fromkeys(f"activité {r.activite} : {lettres(r)}" for r in acte.rangees)
        return "modificateurs admis, " + " ; ".join(dits)

    def _regle(
        self,
        nom: str,
        sorte: str,
        condition: Condition,
        motif: str,
        tranche: Tranche,
        sources: tuple[Passage, ...],
        precision: str = "",
    ) -> None:
        ident = f"{self.modele.code}#{nom}.{temps.iso(tranche.du)}"
        self.regles.append(Regle(ident, sorte, condition, motif, tranche.du, tranche.au, sources, precision))

    # --- Ce qui se dit ---------------------------------------------------------------------------------------
    def _passage(self, version: Version) -> Passage:
        trouve = self.ecrites.get(version.numero) or self._passages.get(version.numero)
        if trouve is None:
            trouve = self._passages[version.numero] = self._passage_imprime(version)
        return trouve

    def _passage_imprime(self, version: Version) -> Passage:
        acte = self.publies.get(version.numero)
        code = self.modele.code
        lieu = f"{acte.chapitre}, {code}" if acte is not None and acte.chapitre else code
        extrait = self._montants(acte) if acte is not None else f"{code} n'y figure pas"
        return Passage(
            f"ccam-v{version.numero}-{code.lower()}", self.publication.document(version), lieu, extrait, "officiel"
        )

    def _presence(self, absente: Version) -> str:
        """Où l'acte figure, quand il n'est pas dans la version qui régit ce jour-là."""
        autour = [t.version for t in self.temps if t.version is not None and t.version.numero in self.publies]
        dites = ", ".join(f"{v.numero} ({temps.en_lettres(v.du)})" for v in autour)
        suite = f" ; présent dans la version {dites}" if len(autour) == 1 else f" ; présent dans les versions {dites}"
        return f"absent de la version {absente.numero} de la CCAM ({temps.en_lettres(absente.du)}){suite}"

    def _dite(self, version: Version, acte: ActePublie | None) -> str:
        dit = "acte absent" if acte is None else self._montants(acte)
        return f"version {version.numero} ({temps.en_lettres(version.du)}) : {dit}"

    def _montants(self, acte: ActePublie) -> str:
        dits = self._dites.get(acte.version)
        if dits is None:
            dits = self._dites[acte.version] = self._montants_dits(acte)
        return dits

    @staticmethod
    def _montants_dits(acte: ActePublie) -> str:
        def euros(valeur: int | None) -> str:
            return "sans tarif" if not valeur else f"{montant.euros(valeur).replace('.', ',')} €"

        dits = []
        for r in acte.rangees:
            prix = (
                euros(r.opposable) if r.opposable == r.autre else f"{euros(r.opposable)}, {euros(r.autre)} hors option"
            )
            prix = prix if r.prise_en_charge else "non pris en charge"
            rang = f"activité {r.activite}" + (f", phase {r.phase}" if r.phase != "0" else "")
            dits.append(prix if len(acte.rangees) == 1 else f"{rang} : {prix}")
        return " / ".join(dict.fromkeys(dits))


__all__ = ["ACTIVITE", "COLONNES", "MODIFICATEURS", "OUI_NON", "PHASE", "Publication", "Tranche", "tranches"]
