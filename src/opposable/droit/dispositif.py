"""Les dispositifs calculables, tels que le corpus les décrit : entrées, période, conditions, sorties, exemple."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Regle
from opposable.droit.fait import Fait
from opposable.droit.lecture import Noeud
from opposable.droit.source import Passage
from opposable.droit.typage import Typage
from opposable.droit.vocabulaire import Vocabulaire, lire_vocabulaire, verifier_ordre

SECTIONS: Final = frozenset({"dispositif", "tables", "passages"})
"""Les sections d'un fichier de ``corpus/dispositifs/``."""
COMMUN: Final = "commun"
"""Ce qu'on écrit à la place d'un fait que le vocabulaire commun définit déjà."""
TYPES_DE_SORTIE: Final = frozenset(
    {"montant", "taux", "nombre", "entier", "oui_non", "date", "texte", "code", "tableau"}
)
DESSINABLES: Final = frozenset({"montant", "taux", "nombre", "entier"})
"""Les types des colonnes qu'un graphique peut porter en ordonnée."""
ABSCISSES: Final = frozenset({"entier", "date", "texte"})
"""Les types de la colonne d'abscisse : une année, un jour, ou un nom."""
PAQUETS: Final = frozenset({"exercice", "facturation", "remuneration", "vie"})
"""Les paquets où vivent les modules des dispositifs."""
_CLES: Final = frozenset(
    {
        "libelle", "systemes", "but", "module", "periode", "entrees", "listes", "conditions", "lit", "sorties",
        "principal", "montant", "annee", "source", "manque", "exemple", "avertissement", "agenda",
    }
)  # fmt: skip
_REQUISES: Final = frozenset(
    {"libelle", "systemes", "but", "module", "periode", "entrees", "sorties", "principal", "source", "exemple"}
)
_MODULE: Final = re.compile(r"([a-z]+)\.([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Periode:
    """Quand le dispositif vaut : ``[du, au[``, et ce qui régissait avant, ou régit après.

    ``fait`` est l'entrée qui situe un cas : une date, ou une année civile (un entier).
    """

    fait: str
    du: int
    au: int
    avant: str
    apres: str
    origine: bool


@dataclass(frozen=True, slots=True)
class Liste:
    """Une liste d'objets de l'entrée (des actes, des contrats…) ; ses faits s'appellent ``liste.cle``."""

    nom: str
    libelle: str
    question: str
    maximum: int


@dataclass(frozen=True, slots=True)
class Graphique:
    """Comment dessiner un tableau : la colonne d'abscisse, et une série par colonne d'ordonnée.

    Une cellule vide est un point absent, jamais un zéro.
    """

    x: str
    y: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sortie:
    """Une valeur du résultat. ``facultative`` : elle peut manquer sans que le résultat soit partiel.

    ``graphique`` : comment un tableau se dessine, s'il se dessine (une trajectoire). ``par_cas`` : un tableau que
    l'année d'un médecin montre cas par cas.
    """

    nom: str
    type: str
    libelle: str
    aide: str
    facultative: bool
    colonnes: tuple[Sortie, ...] = ()
    graphique: Graphique | None = None
    par_cas: bool = False


@dataclass(frozen=True, slots=True)
class Dispositif:
    """Un mécanisme calculable. ``module`` contient sa fonction ``calculer(k)`` ; ``tables`` sont celles qu'il lit.

    ``propres`` : les faits que lui seul définit ; ``entrees`` : ceux qu'un cas peut dire, propres ou communs.
    ``annee`` : le groupe où il paraît dans l'année d'un médecin ; vide s'il n'y paraît pas.
    ``avertissement`` : ce que ses réponses disent avant l'avertissement du corpus (une simulation). ``agenda`` : ce que
    dit chaque entrée de son échéancier dans un agenda ; vide, la mention commune.
    """

    nom: str
    libelle: str
    systemes: tuple[int, ...]
    but: str
    module: str
    periode: Periode
    vocabulaire: Vocabulaire
    propres: frozenset[str]
    entrees: tuple[str, ...]
    listes: tuple[Liste, ...]
    conditions: tuple[Regle, ...]
    tables: tuple[str, ...]
    sorties: tuple[Sortie, ...]
    principal: str
    montant: str
    annee: str
    sources: tuple[Passage, ...]
    manque: tuple[str, ...]
    exemple: dict[str, Any]
    avertissement: str = ""
    agenda: str = ""

    def avertir(self, entete: dict[str, object]) -> dict[str, object]:
        """L'en-tête d'une réponse, où l'avertissement du dispositif vient avant celui du corpus."""
        dits = [texte for texte in (self.avertissement, str(entete["avertissement"])) if texte]
        return {**entete, "avertissement": " ".join(dits)}

    def faits(self) -> list[Fait]:
        """Les faits que l'entrée peut dire, ceux des listes compris."""
        return [self.vocabulaire.faits[nom] for nom in self.entrees]

    def de_liste(self, liste: str) -> list[Fait]:
        """Les faits d'un élément d'une liste."""
        return [fait for fait in self.faits() if fait.nom.startswith(f"{liste}.")]

    def hors_listes(self) -> list[Fait]:
        """Les faits du cas lui-même."""
        noms = tuple(f"{liste.nom}." for liste in self.listes)
        return [fait for fait in self.faits() if not fait.nom.startswith(noms)]


def lire_dispositif(
    nom: str, noeud: Noeud, typage: Typage, tables: tuple[str, ...], groupes: Collection[str] = ()
) -> Dispositif:
    """Le dispositif écrit à ce nœud ; ``tables`` : celles de son fichier. :class:`ErreurCorpus` à la première faute.

    ``groupes`` : ceux où il peut paraître dans l'année d'un médecin.
    """
    cles = noeud.cles(_CLES, nom, _REQUISES)

    def textes(cle: str) -> tuple[str, ...]:
        return tuple(n.texte(nom) for n in cles[cle].liste(nom)) if cle in cles else ()

    listes = tuple(
        _liste(ident, n, nom) for ident, n in (cles["listes"].table(nom) if "listes" in cles else {}).items()
    )
    vocabulaire, propres, entrees = _entrees(nom, cles, typage.vocabulaire)
    local = replace(typage, vocabulaire=vocabulaire)
    conditions = local.regles(cles["conditions"].liste(nom), nom) if "conditions" in cles else ()
    sorties = tuple(_sortie(ident, n, nom) for ident, n in cles["sorties"].table(nom).items())
    noms = [sortie.nom for sortie in sorties]
    for cle in ("principal", "montant"):
        if cle in cles and cles[cle].texte(nom) not in noms:
            raise cles[cle].defaut(f"« {cles[cle].texte()} » n'est pas une sortie", regle=nom, attendu=", ".join(noms))
    return Dispositif(
        nom=nom,
        libelle=cles["libelle"].texte(nom),
        systemes=tuple(_entier(n, nom) for n in cles["systemes"].liste(nom, vide=False)),
        but=cles["but"].texte(nom),
        module=_module(cles["module"], nom),
        periode=_periode(cles["periode"], nom, local, entrees),
        vocabulaire=vocabulaire,
        propres=propres,
        entrees=entrees,
        listes=listes,
        conditions=conditions,
        tables=(*tables, *textes("lit")),
        sorties=sorties,
        principal=cles["principal"].texte(nom),
        montant=cles["montant"].texte(nom) if "montant" in cles else "",
        annee=_groupe(cles["annee"], nom, groupes) if "annee" in cles else "",
        sources=typage.sources(cles, noeud, nom),
        manque=textes("manque"),
        exemple=_exemple(cles["exemple"].table(nom), vocabulaire),
        avertissement=cles["avertissement"].texte(nom) if "avertissement" in cles else "",
        agenda=cles["agenda"].texte(nom) if "agenda" in cles else "",
    )


def _entrees(
    nom: str, cles: dict[str, Noeud], commun: Vocabulaire
) -> tuple[Vocabulaire, frozenset[str], tuple[str, ...]]:
    """Le vocabulaire du dispositif, ses faits propres, et ceux qu'un cas peut dire."""
    bruts: dict[str, Noeud] = dict(cles["entrees"].table(nom))
    for ident, liste in (cles["listes"].table(nom) if "listes" in cles else {}).items():
        for cle, n in liste.table(nom)["entrees"].table(nom).items():
            bruts[f"{ident}.{cle}"] = n
    repris: dict[str, Fait] = {}
    propres: dict[str, Noeud] = {}
    for ident, n in bruts.items():
        if n.valeur == COMMUN or (isinstance(n.valeur, dict) and COMMUN in n.valeur):
            repris[ident] = _commun(ident, n, nom, commun)
        else:
            propres[ident] = n
    base = Vocabulaire({**commun.faits, **repris}, commun.membres)
    vocabulaire = lire_vocabulaire([Noeud(propres, cles["entrees"].fichier, cles["entrees"].ligne)], base)
    verifier_ordre(vocabulaire)
    dits = tuple(ident for ident in bruts if not vocabulaire.faits[ident].calcule)
    return vocabulaire, frozenset(propres), dits


def _commun(ident: str, noeud: Noeud, nom: str, commun: Vocabulaire) -> Fait:
    """Un fait du vocabulaire commun, repris tel quel, ou rendu obligatoire, ou avec une autre question."""
    if ident not in commun.faits:
        raise noeud.defaut(f"« {ident} » n'est pas un fait commun", regle=nom, attendu="un fait de corpus/faits/")
    fait = commun.faits[ident]
    if isinstance(noeud.valeur, str):
        return fait
    cles = noeud.cles(frozenset({COMMUN, "obligatoire", "question", "aide"}), nom)
    obligatoire = "obligatoire" in cles and cles["obligatoire"].texte(nom) == "oui"
    dits = {cle: cles[cle].texte(nom) for cle in ("question", "aide") if cle in cles}
    return replace(fait, obligatoire=obligatoire, **dits)  # type: ignore[arg-type]  # question et aide sont des textes


def _liste(ident: str, noeud: Noeud, nom: str) -> Liste:
    cles = noeud.cles(
        frozenset({"libelle", "question", "maximum", "entrees"}), nom, frozenset({"libelle", "question", "entrees"})
    )
    maximum = _entier(cles["maximum"], nom) if "maximum" in cles else 100_000
    return Liste(ident, cles["libelle"].texte(nom), cles["question"].texte(nom), maximum)


def _sortie(ident: str, noeud: Noeud, nom: str) -> Sortie:
    cles = noeud.cles(
        frozenset({"type", "libelle", "aide", "facultative", "colonnes", "graphique", "par_cas"}),
        nom,
        frozenset({"type", "libelle"}),
    )
    type_ = cles["type"].texte(nom)
    if type_ not in TYPES_DE_SORTIE or (type_ == "tableau") != ("colonnes" in cles):
        attendu = ", ".join(sorted(TYPES_DE_SORTIE)) + " ; un tableau donne ses colonnes"
        raise cles["type"].defaut(f"type de sortie inconnu « {type_} »", regle=nom, attendu=attendu)
    if "par_cas" in cles and type_ != "tableau":
        raise cles["par_cas"].defaut("seul un tableau se montre cas par cas", regle=nom, attendu="un tableau")
    colonnes = tuple(_sortie(c, n, nom) for c, n in cles["colonnes"].table(nom).items()) if "colonnes" in cles else ()
    return Sortie(
        ident,
        type_,
        cles["libelle"].texte(nom),
        cles["aide"].texte(nom) if "aide" in cles else "",
        "facultative" in cles and cles["facultative"].texte(nom) == "oui",
        colonnes,
        _graphique(cles["graphique"], nom, colonnes) if "graphique" in cles else None,
        "par_cas" in cles and cles["par_cas"].texte(nom) == "oui",
    )


def _graphique(noeud: Noeud, nom: str, colonnes: tuple[Sortie, ...]) -> Graphique:
    """Le graphique d'un tableau : ses colonnes existent, et leurs types se dessinent."""
    cles = noeud.cles(frozenset({"x", "y"}), nom, frozenset({"x", "y"}))

    def colonne(n: Noeud, types: frozenset[str]) -> str:
        permises = [c.nom for c in colonnes if c.type in types]
        if n.texte(nom) not in permises:
            attendu = ", ".join(permises) or f"une colonne de type {', '.join(sorted(types))}"
            raise n.defaut(f"« {n.texte(nom)} » n'est pas une colonne qui se dessine là", regle=nom, attendu=attendu)
        return n.texte(nom)

    y = tuple(colonne(n, DESSINABLES) for n in cles["y"].liste(nom, vide=False))
    return Graphique(colonne(cles["x"], ABSCISSES), y)


def _periode(noeud: Noeud, nom: str, typage: Typage, entrees: tuple[str, ...]) -> Periode:
    cles = noeud.cles(frozenset({"fait", "du", "au", "avant", "apres"}), nom, frozenset({"fait", "du"}))
    fait = cles["fait"].texte(nom)
    if fait not in entrees or typage.vocabulaire.faits[fait].type not in {"date", "entier"}:
        raise cles["fait"].defaut(
            f"« {fait} » ne situe pas un cas", regle=nom, attendu="une entrée de type date, ou entier (une année)"
        )
    if not typage.vocabulaire.faits[fait].obligatoire:
        raise cles["fait"].defaut(f"« {fait} » situe le cas", regle=nom, attendu="obligatoire: oui")
    du, au = typage.periode(cles, nom)
    origine = cles["du"].texte(nom) == "origine"
    for cle, ouverte in (("avant", origine), ("apres", au == temps.INFINI)):
        if ouverte == (cle in cles):
            raise noeud.defaut(
                f"« {cle} » dit ce qui régissait hors de la période, et seulement si elle a cette borne", regle=nom,
                attendu=f"{cle}: texte",
            )  # fmt: skip
    avant, apres = (cles[cle].texte(nom) if cle in cles else "" for cle in ("avant", "apres"))
    return Periode(fait, du, au, avant, apres, origine)


def _module(noeud: Noeud, nom: str) -> str:
    texte = noeud.texte(nom)
    trouve = _MODULE.fullmatch(texte)
    if trouve is None or trouve[1] not in PAQUETS:
        attendu = f"paquet.module, dans {', '.join(sorted(PAQUETS))}"
        raise noeud.defaut(f"« {texte} » n'est pas un module", regle=nom, attendu=attendu)
    return texte


def _groupe(noeud: Noeud, nom: str, groupes: Collection[str]) -> str:
    texte = noeud.texte(nom)
    if texte not in groupes:
        attendu = ", ".join(groupes)
        raise noeud.defaut(f"« {texte} » n'est pas un groupe de l'année", regle=nom, attendu=attendu)
    return texte


def _entier(noeud: Noeud, nom: str) -> int:
    texte = noeud.texte(nom)
    if not texte.isdigit():
        raise noeud.defaut(f"« {texte} » ne convient pas", regle=nom, attendu="un nombre entier")
    return int(texte)


def _exemple(noeuds: dict[str, Noeud], vocabulaire: Vocabulaire, prefixe: str = "") -> dict[str, Any]:
    """L'exemple tel qu'on l'écrirait en JSON : les entiers sont des nombres, le reste des textes."""

    def valeur(noeud: Noeud, chemin: str) -> Any:
        if isinstance(noeud.valeur, dict):
            return _exemple(noeud.valeur, vocabulaire, f"{chemin}.")
        if isinstance(noeud.valeur, list):
            return [valeur(n, chemin) for n in noeud.valeur]
        fait = vocabulaire.faits.get(chemin)
        return (
            int(noeud.valeur) if fait is not None and fait.type == "entier" and noeud.valeur.isdigit() else noeud.valeur
        )

    return {cle: valeur(n, f"{prefixe}{cle}") for cle, n in noeuds.items()}
