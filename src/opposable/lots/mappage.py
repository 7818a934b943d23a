"""Le mappage d'un lot : quelle colonne dit quel fait, dans quelle unité. Refusé à la première faute, située."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.erreurs import ErreurCorpus, ErreurEntree, plus_proche
from opposable.droit.fait import Fait
from opposable.droit.lecture import Noeud, lire
from opposable.facturation.entree import lire_valeur

SUFFIXE: Final = ".mappage.yaml"
UNITES: Final[Mapping[str, tuple[str, ...]]] = {
    "montant": ("euros", "centimes"),
    "age": ("ans", "mois", "jours"),
    "terme": ("jours",),
}
"""Les unités qu'une colonne de ce type doit dire : aucune n'est devinée."""
REQUIS: Final = ("acte.code", "acte.honoraires", "facture.date")
EXEMPLE: Final = "facture: numero_facture"
_RACINE: Final = frozenset({"version", "facture", "ligne", "medecin", "faits", "couverture"})
_COUVERTURE: Final = frozenset({"du", "au", "patients", "medecins"})
_IGNORES: Final = frozenset({"facture.heure", "contexte.regule_le", "contexte.adresse_le"})


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
    """Les colonnes d'un lot. ``facture`` peut en réunir plusieurs ; ``constantes`` vaut pour toutes les lignes."""

    facture: tuple[str, ...]
    ligne: str
    medecin: str
    faits: Mapping[str, Colonne]
    constantes: Mapping[str, Valeur]
    couverture: Mapping[str, str]
    fichier: str
    texte: str

    @property
    def colonnes(self) -> tuple[str, ...]:
        """Toutes les colonnes lues, une fois chacune."""
        noms = [*self.facture, self.ligne, self.medecin, *(c.colonne for c in self.faits.values())]
        return tuple(dict.fromkeys(nom for nom in noms if nom))


def voisin(lot: Path) -> Path:
    """Le mappage qu'un lot a à côté de lui, du même nom."""
    return lot.with_name(lot.stem + SUFFIXE)


def lire_mappage(corpus: Corpus, chemin: Path) -> Mappage:
    """Le mappage écrit dans ce fichier. :class:`ErreurEntree` s'il manque ou ne convient pas, avec la ligne."""
    try:
        texte = chemin.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ErreurEntree(
            "MAPPAGE_ABSENT", "le mappage ne se lit pas : il dit quelle colonne du lot porte quel fait", ou=str(chemin),
            attendu="un fichier YAML en UTF-8, donné par --mappage", exemple="--mappage mappage.yaml",
        ) from None  # fmt: skip
    try:
        return _mappage(corpus, lire(texte, str(chemin)), texte)
    except ErreurCorpus as erreur:
        premier = erreur.defauts[0]
        ou = f"{premier.fichier}, ligne {premier.ligne}" if premier.ligne else premier.fichier
        raise ErreurEntree(
            "MAPPAGE_INVALIDE", premier.message, ou=ou, attendu=premier.attendu, exemple=EXEMPLE
        ) from None


def _mappage(corpus: Corpus, racine: Noeud, texte: str) -> Mappage:
    cles = racine.cles(_RACINE, "mappage", frozenset({"facture", "ligne", "faits"}))
    colonnes: dict[str, Colonne] = {}
    constantes: dict[str, Valeur] = {}
    for nom, noeud in cles["faits"].table("faits").items():
        fait = _fait(corpus, nom, noeud)
        lu = _colonne(fait, noeud)
        if isinstance(lu, Colonne):
            colonnes[nom] = lu
        else:
            constantes[nom] = lu
    for nom in REQUIS:
        if nom not in colonnes:
            raise cles["faits"].defaut(f"il manque la colonne du fait « {nom} »", attendu=f"{nom}: nom_de_la_colonne")
    if {"patient.age", "patient.date_naissance"} <= constantes.keys():
        raise cles["faits"].defaut("un même âge pour tout le lot", attendu="une colonne")
    couverture = {"patients": "partiels", "medecins": "partiels"}
    if "couverture" in cles:
        couverture |= {c: n.texte(c) for c, n in cles["couverture"].cles(_COUVERTURE, "couverture").items()}
        for cle in ("patients", "medecins"):
            if couverture[cle] not in {"tous", "partiels"}:
                raise cles["couverture"].defaut(f"{cle} : « {couverture[cle]} »", attendu="tous ou partiels")
    return Mappage(
        tuple(n.texte("facture") for n in cles["facture"].liste("facture", vide=False)),
        cles["ligne"].texte("ligne"),
        cles["medecin"].texte("medecin") if "medecin" in cles else "",
        colonnes,
        constantes,
        couverture,
        racine.fichier,
        texte,
    )


def _fait(corpus: Corpus, nom: str, noeud: Noeud) -> Fait:
    fait = corpus.vocabulaire.faits.get(nom)
    if fait is None or fait.calcule or nom in corpus.vocabulaire.membres or nom in _IGNORES:
        dits = [n for n, f in corpus.vocabulaire.faits.items() if not f.calcule and n not in corpus.vocabulaire.membres]
        proche = plus_proche(nom, dits)
        suite = f" ; vouliez-vous dire « {proche} » ?" if fait is None and proche else ""
        raison = (
            "fait inconnu"
            if fait is None
            else ("aucune règle d'un lot ne le lit" if nom in _IGNORES else "ce fait se calcule")
        )
        raise noeud.defaut(f"{raison} : « {nom} »{suite}", attendu="un fait de « opposable schema facture »")
    return fait


def _colonne(fait: Fait, noeud: Noeud) -> Colonne | Valeur:
    if isinstance(noeud.valeur, str):
        noeud = Noeud({"colonne": noeud}, noeud.fichier, noeud.ligne)
    cles = noeud.cles(frozenset({"colonne", "unite", "separateur", "valeurs", "valeur"}), fait.nom)
    if ("valeur" in cles) == ("colonne" in cles):
        raise noeud.defaut("une colonne ou une valeur, pas les deux", regle=fait.nom, attendu="{colonne: nom}")
    if "valeur" in cles:
        if fait.nom in REQUIS:
            raise noeud.defaut("ce fait change d'une ligne à l'autre", regle=fait.nom, attendu="{colonne: nom}")
        return _constante(fait, cles["valeur"])
    unite = cles["unite"].texte(fait.nom) if "unite" in cles else ""
    permises = UNITES.get(fait.type, ())
    if (permises and unite not in permises) or (unite and not permises):
        dit = f"unité inconnue « {unite} »" if unite else "l'unité n'est pas dite"
        attendu = "unite: " + " ou ".join(permises) if permises else "pas d'unité pour ce fait"
        raise noeud.defaut(dit, regle=fait.nom, attendu=attendu)
    recodage = (
        {brut: _recode(fait, n) for brut, n in cles["valeurs"].table(fait.nom).items()} if "valeurs" in cles else {}
    )
    separateur = cles["separateur"].texte(fait.nom) if "separateur" in cles else ","
    return Colonne(fait, cles["colonne"].texte(fait.nom), unite, separateur, recodage)


def _recode(fait: Fait, noeud: Noeud) -> str:
    texte = noeud.texte(fait.nom)
    permis = {"oui", "non"} if fait.type == "oui_non" else set(fait.valeurs)
    if permis and texte not in permis:
        raise noeud.defaut(f"valeur inconnue « {texte} »", regle=fait.nom, attendu=", ".join(sorted(permis)[:12]))
    return texte


def _constante(fait: Fait, noeud: Noeud) -> Valeur:
    brut = [n.texte(fait.nom) for n in noeud.liste(fait.nom)] if fait.type == "liste" else noeud.texte(fait.nom)
    try:
        valeur = lire_valeur(fait, brut, fait.nom, temps.jour("2000-01-01"))
    except ErreurEntree as erreur:
        raise noeud.defaut(erreur.message, regle=fait.nom, attendu=erreur.attendu) from None
    if fait.type == "date" and isinstance(valeur, int):
        raise noeud.defaut("une même date pour tout le lot", regle=fait.nom, attendu="une colonne")
    if isinstance(valeur, Intervalle):
        raise noeud.defaut("un âge vaut pour un patient, pas pour tout un lot", regle=fait.nom, attendu="une colonne")
    return valeur


def ecrire_mappage(faits: Mapping[str, str | Mapping[str, str]], *, facture: str, ligne: str, medecin: str) -> str:
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
        "faits:",
        *(f"  {fait}: {valeur(dit)}" for fait, dit in faits.items()),
        "couverture: {patients: partiels, medecins: partiels}",
    ]
    return "\n".join(lignes) + "\n"
