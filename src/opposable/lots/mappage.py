"""Le mappage d'un lot : quelle colonne dit quel fait, dans quelle unité. Refusé à la première faute, située."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.entree import lire_valeur
from opposable.droit.erreurs import ErreurCorpus, ErreurEntree, plus_proche
from opposable.droit.fait import Fait
from opposable.droit.lecture import Noeud, lire
from opposable.facturation.code import FORME_CCAM, IMPORTER

SUFFIXE: Final = ".mappage.yaml"
UNITES: Final[Mapping[str, tuple[str, ...]]] = {
    "montant": ("euros", "centimes"),
    "age": ("ans", "mois", "jours"),
    "terme": ("jours",),
}
"""Les unités qu'une colonne de ce type doit dire : aucune n'est devinée."""
REQUIS: Final = ("acte.code", "acte.honoraires", "facture.date")
EXEMPLE: Final = "facture: numero_facture"
_RACINE: Final = frozenset({"version", "facture", "ligne", "medecin", "patient", "faits", "couverture"})
RESERVES: Final = frozenset({"numero", "facture_lue"})
"""Les noms que le contrôle ajoute aux colonnes d'un lot pour situer une faute."""
_VERSION: Final = "1"
_COUVERTURE: Final = frozenset({"du", "au", "patients", "medecins"})


@dataclass(frozen=True, slots=True)
class Colonne:
    """Ce qui dit un fait : une colonne du lot (avec son unité, son séparateur, son recodage)."""

    fait: Fait
    colonne: str
    unite: str = ""
    separateur: str = ","
    valeurs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mappage:
    """Les colonnes d'un lot. ``facture`` peut en réunir plusieurs ; ``constantes`` vaut pour toutes les lignes.

    ``patient`` : la colonne d'un pseudonyme, qui sert à compter les actes d'un même patient.
    """

    facture: tuple[str, ...]
    ligne: str
    medecin: str
    patient: str
    faits: Mapping[str, Colonne]
    constantes: Mapping[str, Valeur]
    couverture: Mapping[str, str]
    fichier: str
    texte: str

    @property
    def colonnes(self) -> tuple[str, ...]:
        """Toutes les colonnes lues, une fois chacune."""
        noms = [*self.facture, self.ligne, self.medecin, self.patient, *(c.colonne for c in self.faits.values())]
        return tuple(dict.fromkeys(nom for nom in noms if nom))


def voisin(lot: Path) -> Path:
    """Le mappage qu'un lot a à côté de lui, du même nom."""
    return lot.with_name(lot.stem + SUFFIXE)


def lire_mappage(corpus: Corpus, chemin: Path) -> Mappage:
    """Le mappage écrit dans ce fichier. :class:`ErreurEntree` s'il manque ou ne convient pas, avec la ligne."""
    try:
        texte = chemin.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as erreur:
        absent = isinstance(erreur, FileNotFoundError)
        raise ErreurEntree(
            "MAPPAGE_ABSENT" if absent else "MAPPAGE_ILLISIBLE",
            "il n'y a pas de mappage : il dit quelle colonne du lot porte quel fait"
            if absent
            else "le mappage ne se lit pas (dossier, droits manquants, ou texte qui n'est pas en UTF-8)",
            ou=str(chemin), attendu="un fichier YAML en UTF-8, à côté du lot ou donné par --mappage",
            exemple="--mappage mappage.yaml",
        ) from None  # fmt: skip
    try:
        return _mappage(corpus, lire(texte, str(chemin)), texte)
    except ErreurCorpus as erreur:
        premier = erreur.defauts[0]
        ou = f"{premier.fichier}, ligne {premier.ligne}" if premier.ligne else premier.fichier
        fait = corpus.vocabulaire.faits.get(premier.regle)
        raise ErreurEntree(
            "MAPPAGE_INVALIDE", premier.message, ou=ou + (f", « {fait.nom} »" if fait else ""),
            attendu=premier.attendu, exemple=_exemple(fait),
        ) from None  # fmt: skip


def _exemple(fait: Fait | None) -> str:
    """Une ligne de mappage qui convient pour ce fait."""
    if fait is None:
        return EXEMPLE
    unites = UNITES.get(fait.type)
    return f"{fait.nom}: " + (f"{{colonne: nom_de_la_colonne, unite: {unites[0]}}}" if unites else "nom_de_la_colonne")


def _mappage(corpus: Corpus, racine: Noeud, texte: str) -> Mappage:
    cles = racine.cles(_RACINE, "mappage", frozenset({"facture", "ligne", "faits"}))
    if "version" in cles and cles["version"].texte("version") != _VERSION:
        raise cles["version"].defaut(f"version inconnue « {cles['version'].texte()} »", attendu=f"version: {_VERSION}")
    colonnes: dict[str, Colonne] = {}
    constantes: dict[str, Valeur] = {}
    for nom, noeud in cles["faits"].table("faits").items():
        fait = _fait(corpus, nom, noeud)
        lu = _colonne(corpus, fait, noeud)
        if isinstance(lu, Colonne):
            colonnes[nom] = lu
        else:
            constantes[nom] = lu
    for nom in REQUIS:
        if nom not in colonnes:
            raise cles["faits"].defaut(f"il manque la colonne du fait « {nom} »", attendu=f"{nom}: nom_de_la_colonne")
    if {"patient.age", "patient.date_naissance"} <= constantes.keys():
        raise cles["faits"].defaut("un même âge pour tout le lot", attendu="une colonne")
    lue = Mappage(
        tuple(n.texte("facture") for n in cles["facture"].liste("facture", vide=False)),
        cles["ligne"].texte("ligne"),
        cles["medecin"].texte("medecin") if "medecin" in cles else "",
        cles["patient"].texte("patient") if "patient" in cles else "",
        colonnes,
        constantes,
        _couverture(cles.get("couverture")),
        racine.fichier,
        texte,
    )
    for nom in lue.colonnes:
        if nom.lower() in RESERVES:
            raise racine.defaut(
                f"une colonne ne peut pas s'appeler « {nom} » : ce nom est réservé",
                attendu="une colonne d'un autre nom, renommée dans le lot",
            )
    return lue


def _couverture(noeud: Noeud | None) -> dict[str, str]:
    """Ce que le lot couvre ; des patients et des médecins *partiels* si rien n'est dit."""
    couverture = {"patients": "partiels", "medecins": "partiels"}
    if noeud is None:
        return couverture
    dites = noeud.cles(_COUVERTURE, "couverture")
    couverture |= {cle: dite.texte(cle) for cle, dite in dites.items()}
    for cle in ("patients", "medecins"):
        if couverture[cle] not in {"tous", "partiels"}:
            raise dites[cle].defaut(f"{cle} : « {couverture[cle]} »", attendu="tous ou partiels")
    jours: dict[str, int] = {}
    for cle in ("du", "au"):
        if cle in dites:
            try:
                jours[cle] = temps.jour(couverture[cle])
            except ValueError:
                attendu = f"{cle}: une date AAAA-MM-JJ qui existe"
                raise dites[cle].defaut(f"« {couverture[cle]} » n'est pas une date", attendu=attendu) from None
    if "du" in jours and "au" in jours and jours["au"] < jours["du"]:
        raise dites["au"].defaut(
            f"le {couverture['au']} précède le {couverture['du']}", attendu="du: le premier jour, au: le dernier"
        )
    return couverture


def _fait(corpus: Corpus, nom: str, noeud: Noeud) -> Fait:
    fait = corpus.vocabulaire.faits.get(nom)
    liste, _ = corpus.vocabulaire.membres.get(nom, ("", ""))
    if fait is not None and fait.compte:
        raise noeud.defaut(
            f"« {nom} » se compte sur le lot lui-même", attendu="patient: la colonne d'un pseudonyme, et medecin"
        )
    if fait is not None and not (fait.calcule or liste):
        return fait
    attendu = "un fait de « opposable schema facture »"
    if fait is None and not liste:
        dits = [n for n, f in corpus.vocabulaire.faits.items() if not f.calcule and n not in corpus.vocabulaire.membres]
        proche = plus_proche(nom, dits)
        raison = "fait inconnu"
        suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
    elif liste:
        raison, suite, attendu = "ce n'est pas un fait mais une valeur d'un fait", "", f"{liste}: nom_de_la_colonne"
    else:
        raison, suite = "ce fait se calcule, il ne se dit pas", ""
    raise noeud.defaut(f"{raison} : « {nom} »{suite}", attendu=attendu)


def _colonne(corpus: Corpus, fait: Fait, noeud: Noeud) -> Colonne | Valeur:
    if isinstance(noeud.valeur, str):
        noeud = Noeud({"colonne": noeud}, noeud.fichier, noeud.ligne)
    cles = noeud.cles(frozenset({"colonne", "unite", "separateur", "valeurs", "valeur"}), fait.nom)
    if ("valeur" in cles) == ("colonne" in cles):
        raise noeud.defaut("une colonne ou une valeur, l'une des deux", regle=fait.nom, attendu="{colonne: nom}")
    if "valeur" in cles:
        if fait.nom in REQUIS:
            raise noeud.defaut("ce fait change d'une ligne à l'autre", regle=fait.nom, attendu="{colonne: nom}")
        if len(cles) > 1:
            raise noeud.defaut("une valeur constante se dit seule", regle=fait.nom, attendu="{valeur: …}")
        return _constante(fait, cles["valeur"])
    unite = cles["unite"].texte(fait.nom) if "unite" in cles else ""
    permises = UNITES.get(fait.type, ())
    if (permises and unite not in permises) or (unite and not permises):
        dit = f"unité inconnue « {unite} »" if unite else "l'unité n'est pas dite"
        attendu = "unite: " + ", ".join(permises) if permises else "pas d'unité pour ce fait"
        raise noeud.defaut(dit, regle=fait.nom, attendu=attendu)
    for cle, types, mot in (("valeurs", _RECODES, "se recode"), ("separateur", {"liste"}, "est une liste")):
        if cle in cles and fait.type not in types:
            raise cles[cle].defaut(f"« {cle} » ne sert que pour un fait qui {mot}", regle=fait.nom, attendu="rien ici")
    valeurs = cles["valeurs"].table(fait.nom) if "valeurs" in cles else {}
    recodage = {brut: _recode(corpus, fait, n) for brut, n in valeurs.items()}
    separateur = cles["separateur"].texte(fait.nom) if "separateur" in cles else ","
    return Colonne(fait, cles["colonne"].texte(fait.nom), unite, separateur, recodage)


_RECODES: Final = frozenset({"choix", "oui_non", "liste", "code"})


def _recode(corpus: Corpus, fait: Fait, noeud: Noeud) -> str:
    texte = noeud.texte(fait.nom)
    permis = {"oui", "non"} if fait.type == "oui_non" else set(fait.valeurs)
    if fait.type == "code":
        permis = {*corpus.actes, *corpus.non_couverts}
    importe = fait.type == "code" and texte in corpus.actes
    if texte not in permis and not importe:
        technique = fait.type == "code" and FORME_CCAM.fullmatch(texte) is not None
        proche = None if technique else plus_proche(texte, permis)
        suite = f" ; vouliez-vous dire « {proche} » ?" if proche else ""
        attendu = IMPORTER if technique else "un code de « opposable bareme »"
        attendu = attendu if fait.type == "code" else ", ".join(sorted(permis)[:12])
        raise noeud.defaut(f"valeur inconnue « {texte} »{suite}", regle=fait.nom, attendu=attendu)
    return texte


def _constante(fait: Fait, noeud: Noeud) -> Valeur:
    brut = [n.texte(fait.nom) for n in noeud.liste(fait.nom)] if fait.type == "liste" else noeud.texte(fait.nom)
    try:
        valeur = lire_valeur(fait, brut, fait.nom, temps.jour("2000-01-01"))
    except ErreurEntree as erreur:
        raise noeud.defaut(erreur.message, regle=fait.nom, attendu=erreur.attendu) from None
    if fait.type == "date" and isinstance(valeur, int):
        raise noeud.defaut("une même date pour tout le lot", regle=fait.nom, attendu="une colonne")
    if fait.type == "date_heure":
        raise noeud.defaut("un même instant pour tout le lot", regle=fait.nom, attendu="une colonne")
    if isinstance(valeur, Intervalle):
        raise noeud.defaut("un âge vaut pour un patient, pas pour tout un lot", regle=fait.nom, attendu="une colonne")
    return valeur


def verifier_types(mappage: Mappage, types: Mapping[str, str]) -> None:
    """:class:`ErreurEntree` si une colonne est d'un type qui ne peut pas dire ce que le mappage lui demande."""
    demandes: list[tuple[str, str, _Types]] = [
        (nom, "", _SIMPLES) for nom in (*mappage.facture, mappage.ligne, mappage.medecin, mappage.patient) if nom
    ]
    demandes += [(c.colonne, c.fait.nom, _TYPES.get(c.fait.type, _SIMPLES)) for c in mappage.faits.values()]
    for nom, fait, (debuts, attendu) in demandes:
        genre = types[nom].upper()
        de_liste = bool(fait) and mappage.faits[fait].fait.type == "liste"
        de_fuseau = _FUSEAU in genre and bool(fait) and mappage.faits[fait].fait.type in {"heure", "date_heure"}
        if not genre.startswith(debuts) or (genre.endswith("]") and not de_liste) or de_fuseau:
            raise ErreurEntree(
                "TYPE_INATTENDU", f"la colonne « {nom} » est du type {genre}",
                ou=f"{mappage.fichier}, « {fait or nom} »", attendu=attendu,
                exemple="une colonne de texte convient toujours",
            )  # fmt: skip


_Types = tuple[tuple[str, ...], str]
_FUSEAU: Final = "WITH TIME ZONE"
"""Dans le nom d'un type : l'heure dépendrait du fuseau de la machine."""
_NOMBRES: Final = (
    "VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "DECIMAL", "DOUBLE", "FLOAT",
)  # fmt: skip
_SIMPLES: Final[_Types] = (
    (*_NOMBRES, "BOOLEAN", "DATE", "TIMESTAMP", "UUID", "ENUM"),
    "une colonne de textes ou de nombres",
)
_TYPES: Final[Mapping[str, _Types]] = {
    "date": (("VARCHAR", "DATE", "TIMESTAMP"), "une colonne de dates, ou de textes AAAA-MM-JJ"),
    "heure": (("VARCHAR", "TIME"), "une colonne de textes HH:MM, ou d'heures sans fuseau"),
    "date_heure": (
        ("VARCHAR", "TIMESTAMP"),
        "une colonne de textes AAAA-MM-JJTHH:MM, ou d'instants sans fuseau",
    ),
    "liste": (("VARCHAR", "ENUM", "ARRAY<STRING>"), "une colonne de textes, ou de listes de textes"),
    **dict.fromkeys(("montant", "entier", "age", "terme"), (_NOMBRES, "une colonne de nombres ou de textes")),
}
"""Par type de fait : les débuts de nom des types de colonne qui conviennent, et comment le dire."""


def ecrire_mappage(
    faits: Mapping[str, str | Mapping[str, str]], *, facture: str, ligne: str, medecin: str, patient: str = ""
) -> str:
    """Le texte d'un mappage : pour un lot généré, ou comme modèle à compléter."""

    def valeur(dit: str | Mapping[str, str]) -> str:
        if isinstance(dit, str):
            return dit
        return "{" + ", ".join(f"{cle}: {texte}" for cle, texte in dit.items()) + "}"

    lignes = [
        "# Quelle colonne du lot porte quel fait ; « opposable schema facture » donne les faits et leurs valeurs.",
        "version: 1",
        f"facture: {facture}",
        f"ligne: {ligne}",
        f"medecin: {medecin}",
        *([f"patient: {patient}"] if patient else []),
        "faits:",
        *(f"  {fait}: {valeur(dit)}" for fait, dit in faits.items()),
        "couverture: {patients: partiels, medecins: partiels}",
    ]
    return "\n".join(lignes) + "\n"
