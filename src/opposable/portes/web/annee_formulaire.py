"""Le formulaire de « Mon année » : il vient des faits que les dispositifs lisent, et se relit en un dossier.

Un champ s'appelle comme le fait : ``medecin.secteur``, ``sas.heures_regulation`` ; une liste se colle d'un tableur, ses
colonnes en première ligne. Un champ vide ne dit rien.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.entree import exemple
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.portes import entree
from opposable.portes import patients as patientele
from opposable.portes.web.jsons import lisible
from opposable.remuneration import dossier

CONCERNE: Final = "concerne"
PERCUS: Final = "percus"
CAS: Final = "cas"
AUCUN: Final = "aucun"
"""Ce qui s'écrit dans un champ à plusieurs valeurs pour dire qu'il n'y en a pas."""
_NOMBRE: Final = re.compile(r"\d[\d \u00a0\u202f]*(?:,\d+)?")
"""Un nombre tel qu'on l'écrit en français : « 1 200,50 », « 14 900 »."""
_COMMUNS: Final = ("annee", "comparer")


@dataclass(frozen=True, slots=True)
class Champ:
    """Un champ : son nom, sa sorte (choix, plusieurs, texte, date, tableau, json), ce qu'on y lit et y écrit."""

    nom: str
    sorte: str
    libelle: str
    aide: str = ""
    unite: str = ""
    exemple: str = ""
    options: tuple[tuple[str, str], ...] = ()
    valeur: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Un dispositif du formulaire : ses champs, s'il est dit, s'il est écarté, ce qui en a été perçu."""

    nom: str
    libelle: str
    periode: str
    but: str
    champs: tuple[Champ, ...]
    ecarte: bool
    percu: Champ | None
    dit: bool


def du_medecin(corpus: Corpus, valeurs: Mapping[str, str]) -> list[Champ]:
    """Les faits du médecin que les dispositifs de l'année lisent."""
    faits: dict[str, Fait] = {}
    for dispositif in dossier.dispositifs(corpus):
        faits |= {f.nom: f for f in dispositif.hors_listes() if f.nom.startswith(f"{dossier.MEDECIN}.")}
    communs = [nom for nom in corpus.vocabulaire.faits if nom in faits]
    return [_champ(faits[nom], nom, valeurs) for nom in dict.fromkeys([*communs, *faits])]


def des_patients(corpus: Corpus, valeurs: Mapping[str, str]) -> Champ:
    """La patientèle, collée d'un tableur."""
    colonnes = list(dossier.faits_des_patients(corpus))
    aide = "Une ligne par patient, ou par classe d'âge avec leur nombre. Aucune identité : ni nom, ni numéro."
    return Champ(
        dossier.PATIENTS, "tableau", "Patientèle", aide, exemple=";".join(colonnes),
        valeur=valeurs.get(dossier.PATIENTS, ""),
    )  # fmt: skip


def sections(corpus: Corpus, valeurs: Mapping[str, str]) -> list[tuple[str, list[Section]]]:
    """Les dispositifs, groupe par groupe."""
    siens = dossier.dispositifs(corpus)
    groupes = [
        (libelle, [_section(d, valeurs) for d in siens if d.annee == groupe])
        for groupe, libelle in corpus.groupes.items()
    ]
    return [(libelle, dedans) for libelle, dedans in groupes if dedans]


def _section(dispositif: Dispositif, valeurs: Mapping[str, str]) -> Section:
    nom = dispositif.nom
    if dossier.par_annee(dispositif):
        champs = [_champ(fait, f"{nom}.{fait.nom}", valeurs) for fait in dossier.propres(dispositif)]
        champs += [_tableau(dispositif, liste, valeurs) for liste in dossier.listes_propres(dispositif)]
    else:
        modele = {cle: v for cle, v in dispositif.exemple.items() if cle != dossier.MEDECIN}
        aide = "Patient par patient : une liste d'objets, aux clés de sa fiche. Aucune identité."
        dit = valeurs.get(f"{nom}.{CAS}", "")
        champs = [Champ(f"{nom}.{CAS}", "json", "Cas, en JSON", aide, exemple=lisible([modele]), valeur=dit)]
    percu = None
    if dispositif.montant:
        percu = Champ(
            f"{PERCUS}.{nom}", "texte", "Déjà perçu", "D'après le décompte de la caisse, pour comparer.", "€",
            "1200.00", valeur=valeurs.get(f"{PERCUS}.{nom}", ""),
        )  # fmt: skip
    ecarte = valeurs.get(f"{nom}.{CONCERNE}") == dossier.NON
    dits = any(champ.valeur for champ in champs)
    return Section(nom, dispositif.libelle, _periode(dispositif), dispositif.but, tuple(champs), ecarte, percu, dits)


def _periode(dispositif: Dispositif) -> str:
    """Les années où il vaut : « depuis 2026 », « jusqu'en 2025 » ; vide s'il vaut toujours."""
    periode = dispositif.periode
    du = "" if periode.origine else f"depuis {temps.iso(periode.du)[:4]}"
    au = "" if periode.au == temps.INFINI else f"jusqu'en {temps.iso(periode.au - 1)[:4]}"
    return f"{temps.iso(periode.du)[:4]}-{temps.iso(periode.au - 1)[:4]}" if du and au else du or au


def _tableau(dispositif: Dispositif, liste: str, valeurs: Mapping[str, str]) -> Champ:
    une = next(li for li in dispositif.listes if li.nom == liste)
    faits = dispositif.de_liste(liste)
    colonnes = ";".join(f.nom.removeprefix(f"{liste}.") for f in faits)
    premiere = ";".join(f.exemple for f in faits)
    choix = " ; ".join(f"{f.libelle.lower()} : {', '.join(f.valeurs)}" for f in faits if f.valeurs)
    aide = f"{une.question}{f' ({choix})' if choix else ''}"
    nom = f"{dispositif.nom}.{liste}"
    return Champ(nom, "tableau", une.libelle, aide, exemple=f"{colonnes}\n{premiere}", valeur=valeurs.get(nom, ""))


def _champ(fait: Fait, nom: str, valeurs: Mapping[str, str]) -> Champ:
    options: tuple[tuple[str, str], ...] = ()
    if fait.type == "oui_non":
        options = (("oui", "Oui"), ("non", "Non"))
    elif fait.type == "choix":
        options = tuple(fait.valeurs.items())
    aide = " ".join(dict.fromkeys(p for p in (fait.question, fait.aide) if p))
    if fait.type == "liste":
        permises = ", ".join(fait.valeurs)
        aide = f"{aide} Séparés par des virgules, parmi : {permises} ; ou « {AUCUN} »."
        return Champ(nom, "plusieurs", fait.libelle, aide, exemple=AUCUN, valeur=valeurs.get(nom, ""))
    # Une date qui peut être sans objet (« aucune ») s'écrit : un calendrier ne saurait le dire.
    sorte = "choix" if options else "date" if fait.type == "date" and not fait.sans_objet else "texte"
    return Champ(
        nom, sorte, fait.libelle, aide, fait.unite or ("€" if fait.type == "montant" else ""),
        exemple(fait).strip('"'), options, valeurs.get(nom, ""),
    )  # fmt: skip


def lire(corpus: Corpus, valeurs: Mapping[str, str]) -> dict[str, Any]:
    """Le dossier que ces champs décrivent. :class:`ErreurEntree` si un tableau ou un JSON ne se lit pas."""
    brut: dict[str, Any] = {"annee": valeurs.get("annee", "").strip() or None}
    medecin = {c.nom.partition(".")[2]: _valeur(c) for c in du_medecin(corpus, valeurs) if c.valeur}
    if medecin:
        brut[dossier.MEDECIN] = medecin
    if valeurs.get(dossier.PATIENTS, "").strip():
        colonnes = list(dossier.faits_des_patients(corpus))
        brut[dossier.PATIENTS] = patientele.analyser(valeurs[dossier.PATIENTS], dossier.PATIENTS, colonnes).lignes
    for dispositif in dossier.dispositifs(corpus):
        section = _section(dispositif, valeurs)
        if section.ecarte:
            brut[dispositif.nom] = dossier.NON
        elif section.dit:
            brut[dispositif.nom] = _bloc(dispositif, section)
        if section.percu is not None and section.percu.valeur:
            brut.setdefault(PERCUS, {})[dispositif.nom] = _valeur(section.percu)
    return brut


def _bloc(dispositif: Dispositif, section: Section) -> Any:
    bloc: dict[str, Any] = {}
    for champ in (c for c in section.champs if c.valeur):
        cle = champ.nom.removeprefix(f"{dispositif.nom}.")
        if champ.sorte == "json":
            lu = entree.analyser(champ.valeur, champ.nom, entree.Genre("une liste de cas", champ.exemple, champ.nom))
            return lu.factures
        if champ.sorte == "tableau":
            colonnes = [f.nom.removeprefix(f"{cle}.") for f in dispositif.de_liste(cle)]
            bloc[cle] = patientele.analyser(champ.valeur, champ.nom, colonnes).lignes
        else:
            prefixe, _, fait = cle.rpartition(".")
            (bloc.setdefault(prefixe, {}) if prefixe else bloc)[fait] = _valeur(champ)
    return bloc


def _valeur(champ: Champ) -> str | list[str]:
    """Ce qu'un champ simple dit : un texte (un nombre perd ses espaces et sa virgule), ou plusieurs valeurs."""
    if champ.sorte != "plusieurs":
        nombre = _NOMBRE.fullmatch(champ.valeur) is not None
        return re.sub(r"\s", "", champ.valeur).replace(",", ".") if nombre else champ.valeur
    return [] if champ.valeur.lower() == AUCUN else [mot.strip() for mot in champ.valeur.split(",") if mot.strip()]


def remplir(corpus: Corpus, brut: Mapping[str, Any]) -> dict[str, str]:
    """Les champs qu'un dossier remplit : l'inverse de :func:`lire`. Ce qui n'a pas de champ n'y est pas."""
    valeurs = {cle: str(brut[cle]) for cle in _COMMUNS if brut.get(cle) is not None}
    valeurs |= _plats(dossier.MEDECIN, brut.get(dossier.MEDECIN) or {})
    valeurs |= _plats(PERCUS, brut.get(PERCUS) or {})
    if brut.get(dossier.PATIENTS):
        valeurs[dossier.PATIENTS] = _en_tableau(brut[dossier.PATIENTS], list(dossier.faits_des_patients(corpus)))
    for dispositif in dossier.dispositifs(corpus):
        bloc = brut.get(dispositif.nom)
        if bloc is False or bloc == dossier.NON:
            valeurs[f"{dispositif.nom}.{CONCERNE}"] = dossier.NON
        elif bloc and not dossier.par_annee(dispositif):
            valeurs[f"{dispositif.nom}.{CAS}"] = lisible(bloc if isinstance(bloc, list) else [bloc])
        elif isinstance(bloc, Mapping):
            for liste in dossier.listes_propres(dispositif):
                if bloc.get(liste):
                    colonnes = [f.nom.removeprefix(f"{liste}.") for f in dispositif.de_liste(liste)]
                    valeurs[f"{dispositif.nom}.{liste}"] = _en_tableau(bloc[liste], colonnes)
            simples = {c: v for c, v in bloc.items() if c not in dossier.listes_propres(dispositif)}
            valeurs |= _plats(dispositif.nom, simples)
    return valeurs


def _plats(prefixe: str, objet: Mapping[str, Any]) -> dict[str, str]:
    resultat: dict[str, str] = {}
    for cle, valeur in objet.items():
        nom = f"{prefixe}.{cle}"
        if isinstance(valeur, Mapping):
            resultat |= _plats(nom, valeur)
        elif isinstance(valeur, list):
            resultat[nom] = ", ".join(str(v) for v in valeur) or AUCUN
        elif valeur is not None:
            resultat[nom] = (
                {True: "oui", False: "non"}.get(valeur, str(valeur)) if isinstance(valeur, bool) else str(valeur)
            )
    return resultat


def _en_tableau(lignes: Sequence[Mapping[str, Any]], colonnes: Sequence[str]) -> str:
    """Le CSV de ces lignes, sans les colonnes que rien ne remplit."""
    dites = [c for c in colonnes if any(ligne.get(c) is not None for ligne in lignes)]
    texte = io.StringIO()
    tableau = csv.writer(texte, delimiter=";", lineterminator="\n")
    tableau.writerow(dites)
    tableau.writerows([["" if ligne.get(c) is None else ligne[c] for c in dites] for ligne in lignes])
    return texte.getvalue()


def analyser(texte: str) -> dict[str, Any]:
    """Un dossier écrit en JSON, repris d'un fichier. :class:`ErreurEntree` s'il ne se lit pas."""
    modele = json.dumps({"annee": 2026, "medecin": {"secteur": "1"}})
    lu = entree.analyser(texte, "dossier", entree.Genre("le dossier d'un médecin", modele, "Mon année"))
    if lu.forme != "objet":
        raise ErreurEntree(
            "TYPE_INATTENDU",
            "un dossier décrit un seul médecin",
            ou="dossier",
            attendu="un seul objet JSON",
            exemple=modele,
        )
    return lu.factures[0]
