"""Ce qu'une page du barème reçoit : une date, un profil, un calendrier, lus de l'adresse, et les fautes par champ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.erreurs import ErreurEntree
from opposable.portes.api import operations, parametres
from opposable.rendu import francais

CHAMPS_DU_PROFIL: Final = tuple(p.nom for p in operations.PROFIL)
_CHAMP_DE: Final = {"CODE": "recherche", "entre": "au", "adresse": ""}


@dataclass(slots=True)
class Demande:
    """Les paramètres tels qu'écrits, ce qu'ils disent, et la faute s'il y en a une (``champ`` : lequel)."""

    textes: dict[str, str]
    lus: parametres.Lus
    faute: ErreurEntree | None = None
    champ: str = ""
    profil: dict[str, str] = field(default_factory=dict)
    proche: str | None = None
    """Le mot qu'une recherche sans résultat propose."""

    @property
    def prevu(self) -> bool:
        """Vrai pour le calendrier annoncé."""
        return self.lus.oui("prevu")

    @property
    def territoire(self) -> str:
        """Le territoire du profil, la métropole sinon."""
        return self.profil.get("territoire", "metropole")

    def refuser(self, erreur: ErreurEntree) -> None:
        """Note la faute, et le champ du formulaire qui la porte."""
        ou = erreur.ou.removeprefix("profil.")
        self.champ = _CHAMP_DE.get(ou, ou)
        if erreur.code == "RIEN_TROUVE":
            self.proche = erreur.exemple.removeprefix("opposable bareme ")
        if erreur.exemple.startswith(("opposable ", "{")):
            erreur.exemple = ""
        erreur.exemple = erreur.exemple.removeprefix(f"{self.champ}=")
        self.faute = erreur

    def suite(self, *sauf: str) -> str:
        """La fin d'une adresse qui garde cette demande, sans ces paramètres : ``?le=…``, ou rien."""
        return suite({nom: texte for nom, texte in self.textes.items() if nom not in sauf})


def lire(recus: QueryParams, permis: Sequence[parametres.Parametre]) -> Demande:
    """Ce que dit l'adresse ; un champ laissé vide est un champ qui ne dit rien."""
    dits = [(nom, texte) for nom, texte in recus.multi_items() if texte.strip()]
    connus = {parametre.nom for parametre in permis}
    demande = Demande({nom: texte for nom, texte in dits if nom in connus}, parametres.Lus({}))
    try:
        demande.lus = parametres.lire(QueryParams(dits), permis)
        demande.profil = operations.profil(demande.lus)
    except ErreurEntree as erreur:
        demande.refuser(erreur)
    return demande


def suite(dits: Mapping[str, str | None]) -> str:
    """La fin d'une adresse : ``?le=2026-01-01&secteur=1``, ou rien."""
    paires = {nom: texte for nom, texte in dits.items() if texte}
    return f"?{urlencode(paires)}" if paires else ""


def fiche(code: str, suite: str = "") -> str:
    """L'adresse d'une fiche."""
    return f"/bareme/{quote(code, safe='')}{suite}"


def reglages(corpus: Corpus, demande: Demande, jours: Mapping[str, str]) -> dict[str, Any]:
    """Ce que les champs de date et de profil montrent : ce qui a été saisi, sinon ``jours`` ; et la faute."""
    faits = corpus.vocabulaire.faits
    profil = demande.profil or {nom: texte for nom, texte in demande.textes.items() if nom in CHAMPS_DU_PROFIL}
    listes = []
    for nom in CHAMPS_DU_PROFIL:
        fait = faits[f"medecin.{nom}"]
        choisi = profil.get(nom, "")
        options = sorted(fait.valeurs.items(), key=lambda v: v[1]) if nom == "specialite" else [*fait.valeurs.items()]
        if choisi and choisi not in fait.valeurs:
            options = [(choisi, choisi), *options]
        listes.append({"nom": nom, "libelle": fait.libelle, "choisi": choisi, "options": options})
    dits = [faits[f"medecin.{nom}"].valeurs.get(texte, texte) for nom, texte in profil.items()]
    return {
        "listes": listes,
        "profil_dit": " · ".join(dits),
        "jours": {nom: demande.textes.get(nom, jour) for nom, jour in jours.items()},
        "prevu": demande.textes.get("prevu") == "oui",
        "champ": demande.champ,
        "faute": demande.faute,
        "ouvert": demande.champ in CHAMPS_DU_PROFIL,
    }


def hors_du_corpus(corpus: Corpus, jour: str) -> str | None:
    """Ce qu'il faut savoir d'un jour que le corpus ne couvre pas."""
    if temps.jour(jour) > corpus.arrete_au:
        arret = francais.date_longue(temps.iso(corpus.arrete_au))
        return f"Le corpus est arrêté au {arret} : ce qu'un texte ultérieur change n'y est pas."
    if temps.jour(jour) < corpus.debut:
        return f"Le corpus commence le {francais.date_longue(temps.iso(corpus.debut))} : avant, rien n'est vérifié."
    return None


def profil_normal(demande: Demande, reponse: Mapping[str, Any]) -> None:
    """Garde le profil tel que le corpus l'a lu : ``12`` devient ``pediatrie``."""
    demande.profil = {nom: str(valeur) for nom, valeur in reponse["profil"].items()}


def aujourdhui() -> date:
    """Le jour local."""
    return date.today()  # noqa: DTZ011 - le jour de qui lit
