"""Le corpus chargé : les textes comme données, typés à la demande, avec son empreinte et ses surcouches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.actes import Actes
from opposable.droit.condition import Condition
from opposable.droit.dispositif import Dispositif, lire_dispositif
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.fichiers import ERREURS, FICHES, RACINE, Paresseux, Sources, reunir
from opposable.droit.frequence import Frequence
from opposable.droit.heritage import heriter
from opposable.droit.lecture import Noeud
from opposable.droit.nomenclature import Magasin, Version
from opposable.droit.publication import (
    MODELES,
    NOMENCLATURE,
    familles_par_chapitre,
    lire_publication,
    modeles_types,
)
from opposable.droit.source import Document, Passage, lire_document, lire_passage
from opposable.droit.superposition import Operation, Superposition, superposer
from opposable.droit.surcouche import Surcouche, lire_surcouches
from opposable.droit.table import Table
from opposable.droit.tirees import tirer
from opposable.droit.typage import Report, Typage
from opposable.droit.typage_frequences import lire_frequences
from opposable.droit.typage_tables import TYPES_DE_VALEUR, territoires_d_outre_mer
from opposable.droit.vitrine import Vitrine, lire_vitrine
from opposable.droit.vocabulaire import Vocabulaire, lire_vocabulaire, verifier_ordre

if TYPE_CHECKING:
    from opposable.droit.fiche_motif import ErreurFrequente, FicheMotif


@dataclass(frozen=True, slots=True)
class Motif:
    """Un refus ou un avertissement du catalogue ; son code ne change jamais de sens."""

    code: str
    libelle: str
    gravite: str
    message: str
    a_verifier: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Des faits qui ne peuvent pas être vrais ensemble, et où le dire ; ``sauf`` : ce qui, dit, les réconcilie."""

    si: Condition
    ou: str
    message: str
    attendu: str
    du: int
    au: int
    sources: tuple[Passage, ...] = ()
    sauf: Condition | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Les conditions que la contradiction lit."""
        return (self.si,) if self.sauf is None else (self.si, self.sauf)


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
    frequences: tuple[Frequence, ...]
    """Celles qui valent pour tous les actes."""
    motifs: Mapping[str, Motif]
    fiches_motifs: Mapping[str, FicheMotif]
    """Correction, enjeu, exemples : lus seulement par le catalogue."""
    erreurs_frequentes: Mapping[str, ErreurFrequente]
    contradictions: tuple[Contradiction, ...]
    non_couverts: Mapping[str, str]
    actes: Actes
    tables: Paresseux[Table]
    familles: frozenset[str]
    dispositifs: Mapping[str, Dispositif]
    groupes: Mapping[str, str]
    """Les groupes de l'année d'un médecin, dans leur ordre, et leurs libellés."""
    frise: Vitrine | None = None
    """La frise que montre la page des textes, s'il y en a une."""
    surcouches: tuple[Surcouche, ...] = ()
    operations: tuple[Operation, ...] = ()
    """Ce que les surcouches font, ligne par ligne."""
    magasin: Magasin | None = None
    """Les versions importées de la nomenclature publiée."""
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

    @property
    def versions_importees(self) -> tuple[Version, ...]:
        """Les versions importées de la nomenclature publiée, par date d'application."""
        return self.magasin.versions if self.magasin is not None else ()

    def pour(self, dispositif: str) -> Corpus:
        """Le même corpus, dont le vocabulaire est celui d'un dispositif ; vide : ce corpus."""
        if not dispositif:
            return self
        return replace(self, vocabulaire=self.dispositifs[dispositif].vocabulaire, memo={})

    def tout_typer(self) -> list[Defaut]:
        """Type chaque passage, acte, table ; rend tous les défauts au lieu de s'arrêter au premier."""
        defauts: list[Defaut] = []
        ensembles: tuple[Mapping[str, object], ...] = (
            self.documents, self.passages, self.reports, self.motifs, self.partagees, self.actes, self.tables,
            self.dispositifs, self.fiches_motifs, self.erreurs_frequentes,
        )  # fmt: skip
        for ensemble in ensembles:
            for cle in ensemble:
                try:
                    ensemble[cle]
                except ErreurCorpus as erreur:
                    defauts.extend(d for d in erreur.defauts if d not in defauts)
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


def charger(
    racine: Path = RACINE,
    surcouches: Iterable[Path] = (),
    sources: Sources | None = None,
    magasin: Magasin | None = None,
) -> Corpus:
    """Charge le corpus et ses surcouches. :class:`ErreurCorpus` situe chaque défaut (fichier, ligne, règle, attendu).

    Une lecture ordinaire lit tout et type ce qui sert ; ce qu'une surcouche touche est typé et prouvé aussitôt.
    ``sources`` : les fichiers déjà lus, au lieu de ceux de ``racine``. ``magasin`` : les versions importées d'une
    nomenclature publiée.
    """
    sources = sources if sources is not None else Sources(racine)
    couches, formes = lire_surcouches(surcouches)
    vocabulaire = lire_vocabulaire(sources.dossier("faits"))
    verifier_ordre(vocabulaire)
    documents = reunir([sources.fichier("documents.yaml"), *(c.documents for c in couches)], "le document")
    passages = reunir([*sources.dossier("passages"), *(c.passages for c in couches)], "le passage")
    tables = reunir(sources.dossier("tables"), "la table")
    communes = frozenset(tables)
    if any(nom not in communes for couche in couches for nom in couche.tables.table()):
        tables = sources.avec(tables, "tables")
    actes = reunir(sources.dossier("actes"), "l'acte")
    pose = superposer(couches, actes, tables, territoires_d_outre_mer(vocabulaire))
    corpus = _assembler(sources, vocabulaire, documents, passages, pose, communes, couches, magasin)
    if couches:
        from opposable.droit.preuve import prouver_surcouches

        defauts = prouver_surcouches(corpus, pose, formes)
        if defauts:
            raise ErreurCorpus(defauts)
    return corpus


def _assembler(
    sources: Sources,
    vocabulaire: Vocabulaire,
    documents: Mapping[str, Noeud],
    passages: Mapping[str, Noeud],
    pose: Superposition,
    communes: frozenset[str],
    couches: tuple[Surcouche, ...],
    magasin: Magasin | None,
) -> Corpus:
    empreinte = sources.empreinte.copy()
    for couche in couches:
        empreinte.update(couche.empreinte.encode())
    if magasin is not None and magasin.versions:
        empreinte.update(magasin.empreinte.encode())
    requises = frozenset({"version", "debut", "arrete_au", "avertissement", "groupes_de_l_annee"})
    entete = sources.fichier("corpus.yaml").cles(requises | {"frise"}, "corpus", requises)
    actes, tables = pose.actes, pose.tables
    docs: Paresseux[Document] = Paresseux(documents, lire_document)
    cites: Paresseux[Passage] = Paresseux(
        passages,
        lambda ident, n: lire_passage(ident, n, docs, cites),
        lambda communs: sources.avec(communs, "passages"),
        lambda ident: sources.deja_lu("passages", ident),
    )
    debut = _jour(entete["debut"])
    motifs: Paresseux[Motif] = Paresseux(sources.fichier("motifs.yaml").table(), _motif)
    typage = Typage(vocabulaire, cites, {}, {}, frozenset(motifs), debut)
    reports: Paresseux[Report] = Paresseux(sources.fichier("reports.yaml").table(), lambda i, n: _report(i, n, typage))
    typage.reports = reports
    typage.partagees = Paresseux(
        sources.fichier("conditions.yaml").table(), lambda nom, n: typage.regles(n.liste(nom), nom)
    )
    codes = frozenset(actes)
    modeles, nomenclature = sources.fichier(MODELES).table(), sources.fichier(NOMENCLATURE)
    familles = frozenset(
        n.texte()
        for a in (*actes.values(), *modeles.values())
        if "familles" in a.table()
        for n in a.table()["familles"].liste()
    ).union(nom for nom, _ in familles_par_chapitre(nomenclature))
    publication = typage.publication = lire_publication(typage, nomenclature, docs, modeles, magasin)
    if publication is not None:
        publication.modeles = modeles_types(typage, modeles, actes, codes, familles)
    generales = sources.fichier("regles_generales.yaml").cles(
        frozenset({"depassements", "toutes_lignes", "frequence"}), "regles_generales"
    )

    def regles(nom: str) -> tuple[Regle, ...]:
        return typage.regles(generales[nom].liste(nom), nom) if nom in generales else ()

    groupes = {nom: n.texte("corpus") for nom, n in entete["groupes_de_l_annee"].table("corpus").items()}
    dispositifs: Paresseux[Dispositif] = Paresseux(
        {}, lambda nom, n: lire_dispositif(nom, n, typage, tuple(sources.tables_de(nom)), groupes),
        lambda _: {nom: cles["dispositif"] for nom, cles in sources.dispositifs.items()},
        lambda nom: sources.sections(nom).get("dispositif"),
    )  # fmt: skip

    def table(nom: str, noeud: Noeud) -> Table:
        proprietaire = "" if nom in communes else sources.proprietaire(nom)
        local = replace(typage, vocabulaire=dispositifs[proprietaire].vocabulaire) if proprietaire else typage
        return _table(nom, noeud, local, proprietaire)

    lues: Paresseux[Table] = Paresseux(
        tables, table, None if len(tables) > len(communes) else lambda deja: sources.avec(deja, "tables"),
        lambda nom: sources.deja_lu("tables", nom),
    )  # fmt: skip
    typage.tables = lues
    return Corpus(
        version=entete["version"].texte(),
        debut=debut,
        arrete_au=_jour(entete["arrete_au"]),
        avertissement=entete["avertissement"].texte(),
        empreinte=empreinte.hexdigest()[:16],
        documents=docs,
        passages=cites,
        vocabulaire=vocabulaire,
        reports=reports,
        partagees=typage.partagees,
        depassements=regles("depassements"),
        toutes_lignes=regles("toutes_lignes"),
        frequences=lire_frequences(typage, generales, "", frozenset()),
        motifs=motifs,
        fiches_motifs=Paresseux({}, lambda code, n: _fiche(code, n, motifs, cites), lambda _: sources.differe(FICHES)),
        erreurs_frequentes=Paresseux(
            {}, lambda numero, n: _erreur(numero, n, motifs, cites), lambda _: sources.differe(ERREURS)
        ),
        contradictions=tuple(
            c for n in sources.fichier("contradictions.yaml").liste() for c in _contradictions(n, typage)
        ),
        non_couverts={c: n.texte(c) for c, n in sources.fichier("codes_non_couverts.yaml").table().items()},
        actes=Actes(
            actes, lambda code, _: typage.acte(code, heriter(code, actes, modeles), codes, familles), publication
        ),
        tables=lues,
        familles=familles,
        dispositifs=dispositifs,
        groupes=groupes,
        frise=lire_vitrine(entete["frise"]) if "frise" in entete else None,
        surcouches=couches,
        operations=tuple(pose.operations),
        magasin=magasin,
    )


def _jour(noeud: Noeud) -> int:
    try:
        return temps.jour(noeud.texte("corpus"))
    except ValueError:
        message = f"« {noeud.texte()} » n'est pas une date"
        raise noeud.defaut(message, regle="corpus", attendu="AAAA-MM-JJ") from None


def _motif(code: str, noeud: Noeud) -> Motif:
    cles = noeud.cles(
        frozenset({"libelle", "gravite", "message", "a_verifier"}),
        code,
        frozenset({"libelle", "gravite", "message"}),
    )
    champs = {cle: n.texte(code) for cle, n in cles.items()}
    if champs["gravite"] not in {"erreur", "avertissement", "occasion"}:
        raise cles["gravite"].defaut("gravité inconnue", regle=code, attendu="erreur, avertissement ou occasion")
    return Motif(
        code, champs["libelle"], champs["gravite"], champs["message"], champs.get("a_verifier", champs["message"])
    )


def _fiche(code: str, noeud: Noeud, motifs: Mapping[str, Motif], passages: Mapping[str, Passage]) -> FicheMotif:
    from opposable.droit.fiche_motif import lire_fiche

    return lire_fiche(code, noeud, motifs, passages)


def _erreur(numero: str, noeud: Noeud, motifs: Mapping[str, Motif], passages: Mapping[str, Passage]) -> ErreurFrequente:
    from opposable.droit.fiche_motif import lire_erreur

    return lire_erreur(numero, noeud, motifs, passages)


def _contradictions(noeud: Noeud, typage: Typage) -> Iterator[Contradiction]:
    """La contradiction écrite à ce nœud, ou une par ligne de la table qu'elle nomme, datée par elle."""
    requises = frozenset({"si", "ou", "message", "attendu"})
    cles = noeud.cles(requises | {"du", "au", "source", "sauf"}, "contradiction", requises)
    sources = typage.sources(cles, noeud, "contradiction") if "source" in cles else ()
    du = _jour(cles["du"]) if "du" in cles else 0
    au = _jour(cles["au"]) if "au" in cles else temps.INFINI
    ou, message, attendu = (cles[cle].texte() for cle in ("ou", "message", "attendu"))
    sauf = typage.vocabulaire.condition(cles["sauf"], "contradiction") if "sauf" in cles else None
    for condition, ligne in tirer(cles["si"], typage.vocabulaire, typage.tables, "contradiction"):
        if ligne is None:
            yield Contradiction(condition, ou, message, attendu, du, au, sources, sauf)
        else:
            fin = temps.iso(ligne.au) if ligne.au < temps.INFINI else "jour qu'aucun texte ne dit"
            periode = max(du, ligne.du), min(au, ligne.au)
            dites = sources or ligne.sources
            yield Contradiction(condition, ou, message.format(au=fin), attendu, *periode, dites, sauf)


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


def _table(nom: str, noeud: Noeud, typage: Typage, dispositif: str) -> Table:
    cles = noeud.cles(
        frozenset({"libelle", "type", "ailleurs", "valeurs", "publie_dans", "lignes"}),
        nom,
        frozenset({"libelle", "type", "lignes"}),
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
    if "valeurs" in cles:
        table.nommer({mot: n.texte(nom) for mot, n in cles["valeurs"].table(nom).items()})
    table.publie_dans = cles["publie_dans"].texte(nom) if "publie_dans" in cles else ""
    table.dispositif = dispositif
    return table
