"""Le formulaire de « Mon année » : il vient des faits que les dispositifs lisent, et se relit en un dossier.

Un champ s'appelle comme le fait : ``medecin.secteur``, ``sas.heures_regulation`` ; une liste se colle d'un tableur, ses
colonnes en première ligne. Un champ vide ne dit rien.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.portes import cas_en_tableau, entree
from opposable.portes import patients as patientele
from opposable.portes.web import champs
from opposable.portes.web.champs import Champ
from opposable.remuneration import dossier

CONCERNE: Final = "concerne"
PERCUS: Final = "percus"
_COMMUNS: Final = ("annee", "comparer")


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
    return [champs.champ(faits[nom], nom, valeurs) for nom in dict.fromkeys([*communs, *faits])]


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
        siens = [champs.champ(fait, f"{nom}.{fait.nom}", valeurs) for fait in dossier.propres(dispositif)]
        listes = dossier.listes_propres(dispositif)
        siens += [champs.tableau(dispositif, liste, f"{nom}.{liste}", valeurs) for liste in listes]
    else:
        modele, aide = cas_en_tableau.ecrire([dispositif.exemple], dispositif), cas_en_tableau.aide(dispositif)
        siens = [Champ(nom, "tableau", "Les cas, un par ligne", aide, exemple=modele, valeur=valeurs.get(nom, ""))]
    percu = None
    if dispositif.montant:
        percu = Champ(
            f"{PERCUS}.{nom}", "texte", "Déjà perçu", "D'après le décompte de la caisse, pour comparer.", "€",
            "1200.00", valeur=valeurs.get(f"{PERCUS}.{nom}", ""),
        )  # fmt: skip
    ecarte = valeurs.get(f"{nom}.{CONCERNE}") == dossier.NON
    dits = any(champ.valeur for champ in siens)
    return Section(nom, dispositif.libelle, _periode(dispositif), dispositif.but, tuple(siens), ecarte, percu, dits)


def _periode(dispositif: Dispositif) -> str:
    """Les années où il vaut : « depuis 2026 », « jusqu'en 2025 » ; vide s'il vaut toujours."""
    periode = dispositif.periode
    du = "" if periode.origine else f"depuis {temps.iso(periode.du)[:4]}"
    au = "" if periode.au == temps.INFINI else f"jusqu'en {temps.iso(periode.au - 1)[:4]}"
    return f"{temps.iso(periode.du)[:4]}-{temps.iso(periode.au - 1)[:4]}" if du and au else du or au


def lire(corpus: Corpus, valeurs: Mapping[str, str]) -> dict[str, Any]:
    """Le dossier que ces champs décrivent. :class:`ErreurEntree` si un tableau ou un JSON ne se lit pas."""
    brut: dict[str, Any] = {"annee": valeurs.get("annee", "").strip() or None}
    medecin = {c.nom.partition(".")[2]: champs.valeur(c) for c in du_medecin(corpus, valeurs) if c.valeur}
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
            brut.setdefault(PERCUS, {})[dispositif.nom] = champs.valeur(section.percu)
    return brut


def _bloc(dispositif: Dispositif, section: Section) -> Any:
    if not dossier.par_annee(dispositif):
        return cas_en_tableau.lire(section.champs[0].valeur, dispositif.nom, dispositif).cas
    bloc: dict[str, Any] = {}
    for champ in (c for c in section.champs if c.valeur):
        cle = champ.nom.removeprefix(f"{dispositif.nom}.")
        if champ.sorte == "tableau":
            bloc[cle] = champs.lignes(champ, champs.colonnes(dispositif, cle))
        else:
            prefixe, _, fait = cle.rpartition(".")
            (bloc.setdefault(prefixe, {}) if prefixe else bloc)[fait] = champs.valeur(champ)
    return bloc


def remplir(corpus: Corpus, brut: Mapping[str, Any]) -> dict[str, str]:
    """Les champs qu'un dossier remplit : l'inverse de :func:`lire`. Ce qui n'a pas de champ n'y est pas."""
    valeurs = {cle: str(brut[cle]) for cle in _COMMUNS if brut.get(cle) is not None}
    valeurs |= champs.plats(dossier.MEDECIN, brut.get(dossier.MEDECIN) or {})
    valeurs |= champs.plats(PERCUS, brut.get(PERCUS) or {})
    if brut.get(dossier.PATIENTS):
        valeurs[dossier.PATIENTS] = champs.en_tableau(brut[dossier.PATIENTS], list(dossier.faits_des_patients(corpus)))
    for dispositif in dossier.dispositifs(corpus):
        bloc = brut.get(dispositif.nom)
        if bloc is False or bloc == dossier.NON:
            valeurs[f"{dispositif.nom}.{CONCERNE}"] = dossier.NON
        elif bloc and not dossier.par_annee(dispositif):
            valeurs[dispositif.nom] = cas_en_tableau.ecrire(bloc if isinstance(bloc, list) else [bloc], dispositif)
        elif isinstance(bloc, Mapping):
            for liste in dossier.listes_propres(dispositif):
                if bloc.get(liste):
                    colonnes = champs.colonnes(dispositif, liste)
                    valeurs[f"{dispositif.nom}.{liste}"] = champs.en_tableau(bloc[liste], colonnes)
            simples = {c: v for c, v in bloc.items() if c not in dossier.listes_propres(dispositif)}
            valeurs |= champs.plats(dispositif.nom, simples)
    return valeurs


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
