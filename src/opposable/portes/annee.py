"""Le dossier d'un médecin : le lire, en donner un d'exemple ou un vide, en tirer l'agenda et la page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.portes import entree
from opposable.portes import patients as liste_de_patients
from opposable.portes import python as api
from opposable.remuneration import dossier

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus
    from opposable.droit.fait import Fait
    from opposable.portes.cas_en_tableau import Tableau

GENRE: Final = entree.Genre(
    "le dossier d'un médecin",
    '{"annee": 2026, "medecin": {"specialite": "medecine_generale", "secteur": "1"}}',
    "opposable annee annee.json",
    "un fichier JSON",
)


def repondre(
    source: str,
    patients: str | None = None,
    cas: Sequence[str] = (),
    *,
    comparer: int | None = None,
    surcouches: Sequence[Path] = (),
    strict: bool = False,
) -> dict[str, Any]:
    """L'année décrite par ce fichier, sa patientèle et les cas d'un dispositif s'ils sont à part (``NOM=FICHIER``).

    :class:`ErreurEntree`, située dans l'un ou l'autre.
    """
    lu = entree.lire(source, GENRE)
    if lu.forme != "objet":
        raise ErreurEntree(
            "TYPE_INATTENDU", "un dossier décrit un seul médecin", ou=lu.nom, attendu="un seul objet JSON",
            exemple=GENRE.exemple,
        )  # fmt: skip
    lus = None
    if patients is not None:
        colonnes = list(dossier.faits_des_patients(api.corpus(surcouches)))
        lus = liste_de_patients.lire(patients, colonnes)
        liste_de_patients.completer(lu.factures, lus)
    tableaux = [_tableau(api.corpus(surcouches), lu.factures[0], un) for un in cas]
    try:
        return api.annee(lu.factures[0], comparer=comparer, surcouches=surcouches, strict=strict)
    except ErreurEntree as erreur:
        if erreur.ou == "comparer":
            erreur.ou = "--comparer"
            raise
        situee = lus.situer(erreur) if lus is not None else erreur
        for tableau in tableaux:
            situee = tableau.situer(situee)
        raise (lu.situer(erreur) if situee is erreur else situee) from None


def _tableau(corpus: Corpus, brut: dict[str, Any], dit: str) -> Tableau:
    """Met dans le dossier les cas d'un dispositif, lus d'un fichier CSV : ``prevention=patients.csv``."""
    from opposable.portes import cas_en_tableau

    nom, egal, source = dit.partition("=")
    permis = [d.nom for d in dossier.dispositifs(corpus) if not dossier.par_annee(d)]
    if not egal or not source or nom not in permis:
        proche = plus_proche(nom, permis)
        suite = f" ; vouliez-vous « {proche} » ?" if egal and proche else ""
        raise ErreurEntree(
            "VALEUR_INCONNUE", f"« {dit[:60]} » ne nomme pas un dispositif et son fichier{suite}", ou="--cas",
            attendu=f"NOM=FICHIER, NOM parmi {', '.join(permis)}", exemple="--cas prevention=prevention.csv",
        )  # fmt: skip
    if brut.get(nom) is not None:
        raise ErreurEntree(
            "CAS_EN_DOUBLE", f"le dossier dit déjà « {nom} »", ou="--cas",
            attendu="dans le dossier, ou dans un fichier", exemple=f"--cas {nom}={source}",
        )  # fmt: skip
    genre = entree.Genre("un tableau de cas", "date;…", f"--cas {nom}={source}", "un fichier CSV")
    lus = cas_en_tableau.lire(entree.texte_de(source, source, genre), source, corpus.dispositifs[nom])
    brut[nom] = lus.cas
    return lus


def exemple() -> dict[str, Any]:
    """Un dossier complet, qui se calcule."""
    lu: dict[str, Any] = json.loads(files("opposable.portes").joinpath("exemple_annee.json").read_text("utf-8"))
    return lu


def modele(corpus: Corpus) -> dict[str, Any]:
    """Un dossier vide : chaque fait, inconnu. Un dispositif laissé ainsi reste à renseigner."""
    siens = dossier.dispositifs(corpus)
    du_medecin = {fait.nom: fait for d in siens for fait in d.faits() if fait.nom.startswith(f"{dossier.MEDECIN}.")}
    derniere = int(exemple()["annee"])
    return {
        "annee": derniere,
        dossier.MEDECIN: {nom.partition(".")[2]: None for nom in du_medecin},
        dossier.PATIENTS: None,
        **{d.nom: {**_vides(dossier.propres(d)), **dict.fromkeys(dossier.listes_propres(d))} for d in siens},
    }


def _vides(faits: Sequence[Fait]) -> dict[str, Any]:
    vides: dict[str, Any] = {}
    for fait in faits:
        bloc, _, cle = fait.nom.rpartition(".")
        (vides.setdefault(bloc, {}) if bloc else vides)[cle] = None
    return vides


def agenda(reponse: Mapping[str, Any]) -> str:
    """Les échéances de l'année (et de l'année comparée), pour un agenda (.ics)."""
    from opposable.rendu import calendrier

    libelles = {d["dispositif"]: d["libelle"] for d in reponse["dispositifs"]}
    autres = reponse["comparaison"]["echeancier"] if reponse["comparaison"] is not None else []
    nom = f"Opposable, année {reponse['annee']}"
    return calendrier.ecrire([*autres, *reponse["echeancier"]], libelles, nom, reponse)


def page(reponse: Mapping[str, Any], groupes: Mapping[str, str]) -> str:
    """Une page entière, à imprimer : tout y est, styles et graphiques compris. :class:`ErreurEntree` sans les pages."""
    try:
        from opposable.portes.web import annee_vues
    except ModuleNotFoundError as absent:
        raise ErreurEntree(
            "MODULE_ABSENT", f"il manque « {absent.name} » pour écrire une page", ou="--page",
            attendu="l'installation avec les pages", exemple="pip install 'opposable[web]'",
        ) from None  # fmt: skip
    return annee_vues.page_seule(reponse, groupes)
