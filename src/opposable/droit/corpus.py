"""Le corpus chargé : les textes comme données, typés à la demande, avec son empreinte et ses surcouches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

from opposable.droit import temps
from opposable.droit.acte import Acte, Regle
from opposable.droit.condition import Condition
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.lecture import Noeud, lire
from opposable.droit.source import Document, Passage, lire_document, lire_passage
from opposable.droit.superposition import Operation, Superposition, superposer
from opposable.droit.surcouche import Surcouche, lire_surcouches
from opposable.droit.table import Table
from opposable.droit.typage import Report, Typage
from opposable.droit.typage_tables import TYPES_DE_VALEUR, territoires_d_outre_mer
from opposable.droit.vocabulaire import Vocabulaire, lire_vocabulaire, verifier_ordre

RACINE: Final = Path(__file__).resolve().parent.parent / "corpus"
T = TypeVar("T")


class Paresseux(Mapping[str, T], Generic[T]):
    """Des éléments typés à leur première lecture, dans l'ordre du corpus."""

    def __init__(self, noeuds: Mapping[str, Noeud], typer: Callable[[str, Noeud], T]) -> None:
        self._noeuds = noeuds
        self._typer = typer
        self._types: dict[str, T] = {}

    def __getitem__(self, cle: str) -> T:
        trouve = self._types.get(cle)
        if trouve is None:
            trouve = self._types[cle] = self._typer(cle, self._noeuds[cle])
        return trouve

    def __contains__(self, cle: object) -> bool:
        return cle in self._noeuds

    def __iter__(self) -> Iterator[str]:
        return iter(self._noeuds)

    def __len__(self) -> int:
        return len(self._noeuds)


@dataclass(frozen=True, slots=True)
class Motif:
    """Un refus ou un avertissement du catalogue ; son code ne change jamais de sens."""

    code: str
    libelle: str
    gravite: str
    message: str
    a_verifier: str
    correction: str
    exemple_juste: str
    exemple_faux: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Des faits qui ne peuvent pas être vrais ensemble, et où le dire."""

    si: Condition
    ou: str
    message: str
    attendu: str
    du: int
    au: int


@dataclass(slots=True)
class Corpus:
    """Les textes en vigueur dans une version donnée, surcouches comprises. Immuable une fois chargé."""

    version: str
    debut: int
    arrete_au: int
    avertissement: str
    empreinte: str
    documents: Mapping[str, Document]
    passages: Mapping[str, Passage]
    vocabulaire: Vocabulaire
    reports: Mapping[str, Report]
    partagees: Mapping[str, tuple[Regle, ...]]
    depassements: tuple[Regle, ...]
    toutes_lignes: tuple[Regle, ...]
    motifs: Mapping[str, Motif]
    contradictions: tuple[Contradiction, ...]
    non_couverts: Mapping[str, str]
    actes: Mapping[str, Acte]
    tables: Mapping[str, Table]
    familles: frozenset[str]
    surcouches: tuple[Surcouche, ...] = ()
    operations: tuple[Operation, ...] = ()
    """Ce que les surcouches font, ligne par ligne."""
    memo: dict[object, object] = field(default_factory=dict)
    """Ce que les interprètes retiennent pour ce corpus (jamais ce qui vient d'un cas)."""

    def entete(self) -> dict[str, object]:
        """La version, le corpus et les surcouches, tels que chaque réponse les porte."""
        return {
            "version": self.version,
            "corpus": {"version": self.version, "hash": self.empreinte, "arrete_au": temps.iso(self.arrete_au)},
            "surcouches": [s.en_dict() for s in self.surcouches],
            "avertissement": self.avertissement,
        }

    def tout_typer(self) -> list[Defaut]:
        """Type chaque passage, acte, table ; rend tous les défauts au lieu de s'arrêter au premier."""
        defauts: list[Defaut] = []
        ensembles: tuple[Mapping[str, object], ...] = (
            self.documents, self.passages, self.reports, self.motifs, self.partagees, self.actes, self.tables,
        )  # fmt: skip
        for ensemble in ensembles:
            for cle in ensemble:
                try:
                    ensemble[cle]
                except ErreurCorpus as erreur:
                    defauts.extend(erreur.defauts)
        if not defauts:
            defauts += self._deductions_en_boucle()
        for fait in self.vocabulaire.faits.values():
            for ident in fait.sources:
                if ident not in self.passages:
                    message = f"passage inconnu « {ident} »"
                    defauts.append(
                        Defaut(fait.fichier, fait.ligne, fait.nom, message, "un identifiant de corpus/passages")
                    )
        return defauts

    def _deductions_en_boucle(self) -> Iterator[Defaut]:
        """Les passages déduits les uns des autres : aucun ne repose alors sur un texte."""
        for ident in self.passages:
            vus: set[str] = set()
            pile = list(self.passages[ident].de)
            while pile:
                courant = pile.pop()
                if courant not in vus:
                    vus.add(courant)
                    pile.extend(self.passages[courant].de)
            if ident in vus:
                message = "la valeur se déduit d'elle-même"
                ici = self.passages[ident]
                yield Defaut(ici.fichier, ici.ligne, ident, message, "une déduction qui part de passages imprimés")


class _Sources:
    """Les fichiers du corpus, lus une fois en nœuds."""

    def __init__(self, racine: Path) -> None:
        self.racine = racine
        self.empreinte = hashlib.sha256()
        self.fichiers: dict[str, Noeud] = {}
        for chemin in sorted(racine.rglob("*.yaml")):
            nom = chemin.relative_to(racine).as_posix()
            if nom.startswith("registre/"):
                continue
            octets = chemin.read_bytes()
            self.empreinte.update(nom.encode() + b"\0" + octets + b"\0")
            try:
                texte = octets.decode("utf-8")
            except UnicodeDecodeError as erreur:
                ligne = octets[: erreur.start].count(b"\n") + 1
                message = f"octet {erreur.start} : ce n'est pas de l'UTF-8"
                raise ErreurCorpus(
                    [Defaut(f"corpus/{nom}", ligne, "syntaxe", message, "un fichier en UTF-8")]
                ) from None
            self.fichiers[nom] = lire(texte, f"corpus/{nom}")
        if "corpus.yaml" not in self.fichiers:
            message = "le dossier ne contient pas de corpus"
            raise ErreurCorpus([Defaut(str(racine), 0, "corpus", message, "un dossier avec corpus.yaml")])

    def dossier(self, nom: str) -> list[Noeud]:
        return [n for f, n in self.fichiers.items() if f.startswith(f"{nom}/")]

    def fichier(self, nom: str) -> Noeud:
        return self.fichiers.get(nom) or Noeud([] if nom == "contradictions.yaml" else {}, f"corpus/{nom}", 1)


def _reunir(noeuds: Iterable[Noeud], quoi: str) -> dict[str, Noeud]:
    """Les éléments de plusieurs fichiers. :class:`ErreurCorpus` donne tous ceux qui sont définis deux fois."""
    resultat: dict[str, Noeud] = {}
    defauts: list[Defaut] = []
    for racine in noeuds:
        for nom, noeud in racine.table().items():
            autre = resultat.setdefault(nom, noeud)
            if autre is not noeud:
                message = f"{quoi} « {nom} » est déjà défini dans {autre.fichier}, ligne {autre.ligne}"
                defauts.append(Defaut(noeud.fichier, noeud.ligne, nom, message))
    if defauts:
        raise ErreurCorpus(defauts)
    return resultat


def charger(racine: Path = RACINE, surcouches: Iterable[Path] = ()) -> Corpus:
    """Charge le corpus et ses surcouches. :class:`ErreurCorpus` situe chaque défaut (fichier, ligne, règle, attendu).

    Une lecture ordinaire lit tout et type ce qui sert ; ce qu'une surcouche touche est typé et prouvé aussitôt.
    """
    sources = _Sources(racine)
    couches, formes = lire_surcouches(surcouches)
    vocabulaire = lire_vocabulaire(sources.dossier("faits"))
    verifier_ordre(vocabulaire)
    documents = _reunir([sources.fichier("documents.yaml"), *(c.documents for c in couches)], "le document")
    passages = _reunir([*sources.dossier("passages"), *(c.passages for c in couches)], "le passage")
    pose = superposer(
        couches,
        _reunir(sources.dossier("actes"), "l'acte"),
        _reunir(sources.dossier("tables"), "la table"),
        territoires_d_outre_mer(vocabulaire),
    )
    empreinte = sources.empreinte.copy()
    for couche in couches:
        empreinte.update(couche.empreinte.encode())
    corpus = _assembler(sources, vocabulaire, documents, passages, pose, couches, empreinte.hexdigest()[:16])
    if couches:
        from opposable.droit.preuve import prouver_surcouches

        defauts = prouver_surcouches(corpus, pose, formes)
        if defauts:
            raise ErreurCorpus(defauts)
    return corpus


def _assembler(
    sources: _Sources,
    vocabulaire: Vocabulaire,
    documents: Mapping[str, Noeud],
    passages: Mapping[str, Noeud],
    pose: Superposition,
    couches: tuple[Surcouche, ...],
    empreinte: str,
) -> Corpus:
    requises = frozenset({"version", "debut", "arrete_au", "avertissement"})
    entete = sources.fichier("corpus.yaml").cles(requises, "corpus", requises)
    actes, tables = pose.actes, pose.tables
    docs: Paresseux[Document] = Paresseux(documents, lire_document)
    cites: Paresseux[Passage] = Paresseux(passages, lambda ident, n: lire_passage(ident, n, docs, passages))
    debut = _jour(entete["debut"])
    motifs: Paresseux[Motif] = Paresseux(sources.fichier("motifs.yaml").table(), _motif)
    typage = Typage(vocabulaire, cites, {}, {}, frozenset(motifs), debut)
    reports: Paresseux[Report] = Paresseux(sources.fichier("reports.yaml").table(), lambda i, n: _report(i, n, typage))
    typage.reports = reports
    typage.partagees = Paresseux(
        sources.fichier("conditions.yaml").table(), lambda nom, n: typage.regles(n.liste(nom), nom)
    )
    codes = frozenset(actes)
    familles = frozenset(
        n.texte() for a in actes.values() if "familles" in a.table() for n in a.table()["familles"].liste()
    )
    generales = sources.fichier("regles_generales.yaml").cles(
        frozenset({"depassements", "toutes_lignes"}), "regles_generales"
    )

    def regles(nom: str) -> tuple[Regle, ...]:
        return typage.regles(generales[nom].liste(nom), nom) if nom in generales else ()

    return Corpus(
        version=entete["version"].texte(),
        debut=debut,
        arrete_au=_jour(entete["arrete_au"]),
        avertissement=entete["avertissement"].texte(),
        empreinte=empreinte,
        documents=docs,
        passages=cites,
        vocabulaire=vocabulaire,
        reports=reports,
        partagees=typage.partagees,
        depassements=regles("depassements"),
        toutes_lignes=regles("toutes_lignes"),
        motifs=motifs,
        contradictions=tuple(_contradiction(n, vocabulaire) for n in sources.fichier("contradictions.yaml").liste()),
        # Une surcouche peut décrire un code que le corpus ne couvre pas : il l'est alors.
        non_couverts={
            c: n.texte(c) for c, n in sources.fichier("codes_non_couverts.yaml").table().items() if c not in codes
        },
        actes=Paresseux(actes, lambda code, n: typage.acte(code, n, codes, familles)),
        tables=Paresseux(tables, lambda nom, n: _table(nom, n, typage)),
        familles=familles,
        surcouches=couches,
        operations=tuple(pose.operations),
    )


def _jour(noeud: Noeud) -> int:
    try:
        return temps.jour(noeud.texte("corpus"))
    except ValueError:
        message = f"« {noeud.texte()} » n'est pas une date"
        raise noeud.defaut(message, regle="corpus", attendu="AAAA-MM-JJ") from None


def _motif(code: str, noeud: Noeud) -> Motif:
    cles = noeud.cles(
        frozenset({"libelle", "gravite", "message", "a_verifier", "correction", "exemple_juste", "exemple_faux"}),
        code,
        frozenset({"libelle", "gravite", "message"}),
    )
    champs = {cle: n.texte(code) for cle, n in cles.items()}
    if champs["gravite"] not in {"erreur", "avertissement", "occasion"}:
        raise cles["gravite"].defaut("gravité inconnue", regle=code, attendu="erreur, avertissement ou occasion")
    return Motif(
        code, champs["libelle"], champs["gravite"], champs["message"], champs.get("a_verifier", champs["message"]),
        champs.get("correction", ""), champs.get("exemple_juste", ""), champs.get("exemple_faux", ""),
    )  # fmt: skip


def _contradiction(noeud: Noeud, vocabulaire: Vocabulaire) -> Contradiction:
    requises = frozenset({"si", "ou", "message", "attendu"})
    cles = noeud.cles(requises | {"du", "au"}, "contradiction", requises)
    condition = vocabulaire.condition(cles["si"], "contradiction")
    du = _jour(cles["du"]) if "du" in cles else 0
    au = _jour(cles["au"]) if "au" in cles else temps.INFINI
    return Contradiction(condition, cles["ou"].texte(), cles["message"].texte(), cles["attendu"].texte(), du, au)


def _report(ident: str, noeud: Noeud, typage: Typage) -> Report:
    requises = frozenset({"libelle", "prevu", "effectif", "source", "deplace"})
    cles = noeud.cles(requises, ident, requises)
    return Report(
        ident,
        cles["libelle"].texte(ident),
        typage.date(cles["prevu"], ident),
        typage.date(cles["effectif"], ident),
        typage.sources(cles, noeud, ident),
        tuple(n.texte(ident) for n in cles["deplace"].liste(ident)),
    )


def _table(nom: str, noeud: Noeud, typage: Typage) -> Table:
    cles = noeud.cles(
        frozenset({"libelle", "type", "ailleurs", "lignes"}), nom, frozenset({"libelle", "type", "lignes"})
    )
    ailleurs = cles["ailleurs"].texte(nom) if "ailleurs" in cles else ""
    if ailleurs not in {"", "manquant", "refuse", "hors_periode", "defaut"}:
        raise cles["ailleurs"].defaut("valeur inconnue", regle=nom, attendu="manquant, refuse, hors_periode ou defaut")
    type_valeur = cles["type"].texte(nom)
    if type_valeur not in TYPES_DE_VALEUR:
        raise cles["type"].defaut(
            f"type inconnu « {type_valeur} »", regle=nom, attendu=", ".join(sorted(TYPES_DE_VALEUR))
        )
    table = typage.table(nom, cles["lignes"].liste(nom, vide=False), type_valeur=type_valeur, ailleurs=ailleurs)
    table.libelle = cles["libelle"].texte(nom)
    return table
