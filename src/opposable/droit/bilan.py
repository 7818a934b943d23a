"""Ce que des surcouches apportent, sans rien coter : elles sont lues, prouvées, puis comparées au corpus nu."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from opposable.droit import boite, francais, temps
from opposable.droit.acte import Acte
from opposable.droit.corpus import Corpus, charger
from opposable.droit.ensemble import Choix
from opposable.droit.fichiers import RACINE
from opposable.droit.source import Passage
from opposable.droit.superposition import Operation
from opposable.droit.surcouche import Surcouche
from opposable.droit.table import EFFECTIF, LigneTable, Table
from opposable.droit.typage_tables import METROPOLE, TERRITOIRE

Avertissement = dict[str, str | None]
_METROPOLE: Final = (TERRITOIRE, Choix(frozenset({METROPOLE})))
_COMPTES: Final = {
    "ajoute": "ajoutees", "remplace": "remplacees", "remplit": "remplies", "retire": "retirees", "nouveau": "nouveaux",
}  # fmt: skip


def verifier(chemins: Iterable[Path], racine: Path = RACINE) -> dict[str, Any]:
    """Ce que ces surcouches changent, ensemble. :class:`ErreurCorpus` donne tous leurs défauts."""
    nu, avec = charger(racine), charger(racine, chemins)
    return {
        **avec.entete(),
        "corpus_nu": nu.entete()["corpus"],
        "verifiees": [_Bilan(nu, avec, couche).en_dict() for couche in avec.surcouches],
    }


@dataclass(slots=True)
class _Valeur:
    """Une ligne touchée, dans un territoire : ce qu'elle valait et ce qu'elle vaut."""

    table: Table
    ligne: LigneTable
    territoire: str
    avant: LigneTable | None
    apres: LigneTable | None

    @property
    def change(self) -> bool:
        """Vrai si la valeur, sa période ou sa cellule changent."""
        return _essentiel(self.avant) != _essentiel(self.apres)

    @property
    def differe(self) -> bool:
        """Vrai si la valeur elle-même change."""
        return (self.avant and self.avant.valeur) != (self.apres and self.apres.valeur)

    def en_dict(self, corpus: Corpus) -> dict[str, Any]:
        """La forme publique."""
        ligne = self.ligne
        propre = [c for c in ligne.cellule if c != _METROPOLE and not (self.territoire and c[0] == TERRITOIRE)]
        cellule = francais.cellule(corpus.pour(self.table.dispositif), propre)
        libelles = corpus.vocabulaire.faits[TERRITOIRE].valeurs
        return {
            "id": ligne.id,
            "territoire": self.territoire or None,
            "territoire_libelle": libelles.get(self.territoire),
            "cellule": cellule or None,
            "du": None if ligne.origine else temps.iso(ligne.du),
            "au": temps.iso(ligne.au) if ligne.au < temps.INFINI else None,
            "avant_id": self.avant.id if self.avant else None,
            "avant": self.table.texte(self.avant.valeur) if self.avant else None,
            "avant_manquant": (self.avant.manquant or None) if self.avant else None,
            "apres_id": self.apres.id if self.apres else None,
            "apres": self.table.texte(self.apres.valeur) if self.apres else None,
            "apres_manquant": (self.apres.manquant or None) if self.apres else None,
            "sources": [p.en_dict() for p in ligne.sources],
        }


def _essentiel(ligne: LigneTable | None) -> tuple[object, ...] | None:
    """Ce qui change une réponse, sources mises à part."""
    if ligne is None:
        return None
    return ligne.cellule, ligne.du, ligne.du_prevu, ligne.au, ligne.au_prevu, ligne.valeur, ligne.sauf_de


class _Bilan:
    """Ce qu'une surcouche change."""

    def __init__(self, nu: Corpus, avec: Corpus, couche: Surcouche) -> None:
        self.nu = nu
        self.avec = avec
        self.couche = couche
        self.operations = [o for o in avec.operations if o.couche == couche.empreinte]
        self.valeurs = {rang: self._valeurs(o) for rang, o in enumerate(self.operations)}

    def en_dict(self) -> dict[str, Any]:
        """La forme publique : ce qui est écrit, ce qui est fait, ce qui mérite d'être relu."""
        couche = self.couche
        comptes = dict.fromkeys(_COMPTES.values(), 0)
        for operation in self.operations:
            comptes[_COMPTES[operation.sorte]] += 1
        documents = [self.avec.documents[ident] for ident in couche.documents.table()]
        return {
            **couche.en_dict(),
            "date": couche.date,
            "auteur": couche.auteur or None,
            "fichier": couche.fichier,
            "documents": [
                {"id": d.id, "titre": d.titre, "autorite": d.autorite, "lu_le": d.lu_le or None} for d in documents
            ],
            "passages": list(couche.passages.table()),
            "comptes": comptes,
            "operations": [self._operation(rang, o) for rang, o in enumerate(self.operations)],
            "avertissements": list(self._avertissements()),
        }

    def _operation(self, rang: int, operation: Operation) -> dict[str, Any]:
        valeurs, nom, actes = self.valeurs[rang], operation.cible, self.avec.actes
        gardees = [v for v in valeurs if v.differe or not v.territoire or operation.territoire]
        return {
            "operation": operation.sorte,
            "genre": "acte" if nom in actes else "table",
            "cible": nom,
            "libelle": (actes[nom].libelle if nom in actes else self.avec.tables[nom].libelle) or nom,
            "liste": operation.liste or None,
            "type": valeurs[0].table.type_valeur if valeurs else None,
            "id": operation.ident,
            "nouvel_id": operation.nouveau if operation.nouveau not in {"", operation.ident} else None,
            "valeurs": [v.en_dict(self.avec) for v in gardees],
        }

    def _valeurs(self, operation: Operation) -> list[_Valeur]:
        """Les lignes que touche une opération, la métropole d'abord, avec ce qu'elles valaient."""
        anciennes, nouvelles = _table(self.nu, operation), _table(self.avec, operation)
        if nouvelles is None:
            return []
        if operation.sorte == "nouveau":
            return [_Valeur(nouvelles, n, _territoire(n), None, n) for n in nouvelles.lignes]
        resultat: list[_Valeur] = []
        apres = {n.serie: n for n in nouvelles.lignes if _ecrite(nouvelles, n, operation, operation.nouveau)}
        lignes = anciennes.lignes if anciennes else ()
        avant = {n.serie: n for n in lignes if anciennes and _ecrite(anciennes, n, operation, operation.ident)}
        for serie in dict.fromkeys((*apres, *avant)):
            ligne = apres.get(serie) or avant[serie]
            ancienne = avant.get(serie) or _a_la_date(anciennes, serie, ligne.du)
            nouvelle = apres.get(serie) or _a_la_date(nouvelles, serie, ligne.du)
            resultat.append(_Valeur(nouvelles, ligne, _territoire(ligne), ancienne, nouvelle))
        return resultat

    def _avertissements(self) -> Iterator[Avertissement]:
        for ident in self.couche.documents.table():
            if self.avec.documents[ident].autorite == "texte":
                yield _avertir(
                    "AUTORITE_TEXTE",
                    ident,
                    f"le document « {ident} » se dit « texte », comme les documents de référence du corpus : "
                    "un texte lu ailleurs est « officiel » ou « presse »",
                )
        cites = set(self._cites())
        for ident in self.couche.passages.table():
            if ident not in cites:
                yield _avertir("PASSAGE_NON_CITE", ident, f"le passage « {ident} » n'est cité par aucune ligne")
        documents = {self.avec.passages[i].document for i in self.couche.passages.table()}
        for ident in self.couche.documents.table():
            if self.avec.documents[ident] not in documents:
                yield _avertir("DOCUMENT_NON_CITE", ident, f"le document « {ident} » n'a aucun passage")
        for rang, operation in enumerate(self.operations):
            yield from self._sur_l_operation(operation, self.valeurs[rang])
        if not self.operations or not any(v.change for valeurs in self.valeurs.values() for v in valeurs):
            yield _avertir("SANS_EFFET", None, "cette surcouche ne change aucune valeur")

    def _sur_l_operation(self, operation: Operation, valeurs: list[_Valeur]) -> Iterator[Avertissement]:
        if operation.sorte in {"nouveau", "retire"}:
            return
        if not any(v.change for v in valeurs):
            yield _avertir(
                "VALEUR_IDENTIQUE", operation.ident, f"« {operation.ident} » : même valeur et mêmes dates que le corpus"
            )
        elif operation.sorte == "ajoute":
            for v in valeurs:
                if v.avant and not v.territoire and v.avant.valeur is not None and v.avant.valeur == v.ligne.valeur:
                    dit = v.table.texte(v.ligne.valeur)
                    yield _avertir(
                        "VALEUR_IDENTIQUE", operation.ident,
                        f"« {operation.ident} » : {dit}, la valeur de la ligne qu'elle suit, « {v.avant.id} »",
                    )  # fmt: skip
        perdues: list[str] = []
        for v in valeurs:
            if v.territoire and not operation.territoire and v.apres is not None and v.apres.valeur is None:
                ancienne = v.avant or self._couvrait(operation, v.ligne)
                if ancienne is not None and ancienne.valeur is not None:
                    perdues.append(f"{v.territoire} ({v.table.texte(ancienne.valeur)})")
        if perdues:
            dites = ", ".join(perdues)
            yield _avertir(
                "OUTRE_MER_PERDU", operation.ident,
                f"« {operation.ident} » : la valeur d'outre-mer n'est pas redite et devient manquante : {dites} ; "
                "la redire sous « drom »",
            )  # fmt: skip

    def _couvrait(self, operation: Operation, ligne: LigneTable) -> LigneTable | None:
        """La ligne du corpus nu qui donnait une valeur à un cas de cette ligne nouvelle, le jour où elle commence."""
        table = _table(self.nu, operation)
        actives = table.actives(ligne.du, EFFECTIF) if table else ()
        visees = (a for a in actives if a.valeur is not None and boite.inter(a.boite(), ligne.boite()) is not None)
        return next(visees, None)

    def _cites(self) -> Iterator[str]:
        """Les passages que citent les actes et les tables touchés."""
        for nom in {o.cible for o in self.avec.operations}:
            if nom in self.avec.actes:
                yield from (p.id for p in _passages(self.avec.actes[nom]))
            else:
                yield from (p.id for ligne in self.avec.tables[nom].lignes for p in ligne.sources)
        for ident in self.couche.passages.table():
            yield from self.avec.passages[ident].de


def _avertir(code: str, ident: str | None, message: str) -> Avertissement:
    return {"code": code, "id": ident, "message": message}


def _passages(acte: Acte) -> Iterator[Passage]:
    for table in acte.tables:
        for ligne in table.lignes:
            yield from ligne.sources
    for regle in acte.regles:
        yield from regle.sources
        for variante in regle.variantes:
            yield from variante.sources
    for lien in (*acte.s_ajoute_a, *acte.incompatibles, *acte.non_verifies):
        yield from lien.sources
    for frequence in acte.frequences:
        yield from frequence.sources


def _table(corpus: Corpus, operation: Operation) -> Table | None:
    """La table typée que vise une opération ; ``None`` si ce corpus ne l'a pas."""
    nom = operation.cible
    if nom in corpus.actes:
        acte = corpus.actes[nom]
        tables = {"": acte.tarifs, "tarifs": acte.tarifs, "bases": acte.bases, "taux": acte.taux}
        return {**tables, "tiers_payant": acte.tiers_payant}[operation.liste]
    return corpus.tables.get(nom)


def _territoire(ligne: LigneTable) -> str:
    return ligne.serie.rpartition(".")[2]


def _ecrite(table: Table, ligne: LigneTable, operation: Operation, ident: str) -> bool:
    """Vrai si cette ligne vient de la ligne écrite ``ident`` (ou de sa seule valeur d'outre-mer)."""
    if operation.territoire:
        return ligne.id == ident
    nom = ligne.serie[len(table.nom) + 1 :].rpartition(".")[0]
    return ".".join(m for m in (table.nom, nom, ligne.id.rpartition(".")[2]) if m) == ident


def _a_la_date(table: Table | None, serie: str, jour: int) -> LigneTable | None:
    """La ligne de cette série ce jour-là."""
    lignes = table.actives(jour, EFFECTIF) if table else ()
    return next((ligne for ligne in lignes if ligne.serie == serie), None)
