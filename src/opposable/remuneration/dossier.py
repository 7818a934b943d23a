"""Un médecin décrit une fois : ses faits, sa patientèle, et ce que chaque dispositif de l'année demande en plus.

Le dossier se lit sans rien calculer. Une clé, un dispositif ou un fait inconnus sont refusés ; un dispositif dont rien
n'est dit reste à renseigner, un dispositif dit « non » ne concerne pas le médecin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import montant, temps
from opposable.droit.corpus import Corpus
from opposable.droit.dispositif import Dispositif
from opposable.droit.entree import cles, identifiant, lire_valeur, objet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait

MEDECIN: Final = "medecin"
PATIENTS: Final = "patients"
NON: Final = "non"
_PERCUS: Final = "percus"
_COMMUNES: Final = frozenset({"id", "annee", MEDECIN, PATIENTS, _PERCUS})
_CAS_AU_PLUS: Final = 20_000
"""Les cas d'un même dispositif, au plus : une patientèle entière, patient par patient."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Ce qu'un médecin dit de son année.

    ``blocs`` : les cas de chaque dispositif décrit ; ``listes`` : ceux qui en ont une liste ; ``non_concernes`` : ceux
    qu'il écarte lui-même ; ``percus`` : ce qu'il a reçu de chacun, en centimes.
    """

    id: str
    annee: int
    medecin: Mapping[str, Any]
    patients: Sequence[Mapping[str, Any]] | None
    blocs: Mapping[str, tuple[Mapping[str, Any], ...]]
    listes: frozenset[str]
    non_concernes: frozenset[str]
    percus: Mapping[str, int]

    def decrit(self, dispositif: Dispositif) -> bool:
        """Vrai si le dossier dit quelque chose que ce dispositif est seul à lire, ou sa patientèle."""
        dit = any(_dit(cas) for cas in self.blocs.get(dispositif.nom, ()))
        return dit or (self.patients is not None and lit_les_patients(dispositif))

    def endroit(self, dispositif: Dispositif, rang: int) -> str:
        """Où ce cas est écrit : ``sas``, ou ``prevention[2]``."""
        return f"{dispositif.nom}[{rang}]" if dispositif.nom in self.listes else dispositif.nom

    def cas(self, dispositif: Dispositif, annee: int) -> list[dict[str, Any]]:
        """Les cas à calculer : les faits communs que le dispositif lit, et les siens."""
        communs: dict[str, Any] = {}
        du_medecin = {f.nom.partition(".")[2] for f in dispositif.faits() if f.nom.startswith(f"{MEDECIN}.")}
        dits = {cle: valeur for cle, valeur in self.medecin.items() if cle in du_medecin}
        if dits:
            communs[MEDECIN] = dits
        if self.patients is not None and lit_les_patients(dispositif):
            lus = {f.nom.removeprefix(f"{PATIENTS}.") for f in dispositif.de_liste(PATIENTS)}
            communs[PATIENTS] = [{c: v for c, v in p.items() if c in lus} for p in self.patients]
        if par_annee(dispositif):
            communs[dispositif.periode.fait] = annee
        return [{**communs, **bloc} for bloc in self.blocs.get(dispositif.nom, ({},))]


def dispositifs(corpus: Corpus) -> list[Dispositif]:
    """Les dispositifs de l'année d'un médecin, groupe par groupe, dans l'ordre de leurs noms."""
    tous = sorted((d for d in corpus.dispositifs.values() if d.annee), key=lambda d: d.nom)
    ordre = list(corpus.groupes)
    return sorted(tous, key=lambda d: ordre.index(d.annee))


def par_annee(dispositif: Dispositif) -> bool:
    """Vrai si un cas se situe par une année civile, faux si c'est par une date."""
    return dispositif.vocabulaire.faits[dispositif.periode.fait].type == "entier"


def lit_les_patients(dispositif: Dispositif) -> bool:
    """Vrai si le dispositif se calcule sur la patientèle du dossier."""
    return any(liste.nom == PATIENTS for liste in dispositif.listes)


def propres(dispositif: Dispositif) -> list[Fait]:
    """Les faits qu'un cas de ce dispositif dit lui-même, hors de ses listes."""
    return [
        fait
        for fait in dispositif.hors_listes()
        if not fait.nom.startswith(f"{MEDECIN}.")
        and not (par_annee(dispositif) and fait.nom == dispositif.periode.fait)
    ]


def listes_propres(dispositif: Dispositif) -> list[str]:
    """Les listes qu'un cas de ce dispositif dit lui-même."""
    return [liste.nom for liste in dispositif.listes if liste.nom != PATIENTS]


def faits_du_medecin(corpus: Corpus) -> dict[str, Fait]:
    """Les faits du médecin qu'un dossier peut dire : ceux que ces dispositifs lisent, et les autres faits communs."""
    dits = {nom: fait for nom, fait in corpus.vocabulaire.faits.items() if nom.startswith(f"{MEDECIN}.")}
    for dispositif in dispositifs(corpus):
        dits |= {fait.nom: fait for fait in dispositif.faits() if fait.nom.startswith(f"{MEDECIN}.")}
    return {
        nom.partition(".")[2]: fait
        for nom, fait in dits.items()
        if not fait.calcule and nom not in corpus.vocabulaire.membres
    }


def faits_des_patients(corpus: Corpus) -> dict[str, Fait]:
    """Les faits d'un patient, de tous les dispositifs qui lisent la patientèle."""
    return {
        fait.nom.removeprefix(f"{PATIENTS}."): fait
        for dispositif in dispositifs(corpus)
        if lit_les_patients(dispositif)
        for fait in dispositif.de_liste(PATIENTS)
    }


def lire(corpus: Corpus, brut: object) -> Dossier:
    """Le dossier lu. :class:`ErreurEntree` à la première faute, située, avec ce qui était attendu."""
    lu = objet(brut, "", '{"annee": 2026, "medecin": {…}}')
    noms = frozenset(d.nom for d in dispositifs(corpus))
    cles(lu, _COMMUNES | noms, "")
    annee = lire_annee(corpus, lu.get("annee"), "annee")
    medecin = _medecin(corpus, lu.get(MEDECIN), annee)
    blocs: dict[str, tuple[Mapping[str, Any], ...]] = {}
    listes, non_concernes = set(), set()
    for nom in sorted(noms & set(lu)):
        bloc = lu[nom]
        if bloc is None:
            continue
        if bloc is False or bloc in (NON, []):
            non_concernes.add(nom)
            continue
        if isinstance(bloc, (list, tuple)):
            listes.add(nom)
        blocs[nom] = _bloc(corpus.dispositifs[nom], bloc)
    patients = _patients(corpus, lu.get(PATIENTS), annee)
    percus = _percus(lu.get(_PERCUS), noms)
    return Dossier(
        identifiant(lu), annee, medecin, patients, blocs, frozenset(listes), frozenset(non_concernes), percus
    )


def _dit(brut: Any) -> bool:
    """Vrai si ce cas dit quelque chose ; un modèle laissé vide ne dit rien, une liste vide dit « aucun »."""
    return any(_dit(valeur) for valeur in brut.values()) if isinstance(brut, Mapping) else brut is not None


def bornes_des_annees(corpus: Corpus) -> tuple[int, int]:
    """La première année du corpus, et celle qui suit son arrêt."""
    premiere, derniere = (int(temps.iso(jour)[:4]) for jour in (corpus.debut, corpus.arrete_au))
    return premiere, derniere + 1


def lire_annee(corpus: Corpus, brut: object, ou: str) -> int:
    """Une année civile, du début du corpus à celle qui suit son arrêt. :class:`ErreurEntree` sinon."""
    premiere, derniere = bornes_des_annees(corpus)
    attendu, exemple = f"une année civile, de {premiere} à {derniere}", f'"{ou}": {derniere - 1}'
    if brut is None:
        raise ErreurEntree("FAIT_ABSENT", "il manque l'année", ou=ou, attendu=attendu, exemple=exemple)
    texte = str(brut) if isinstance(brut, (int, str)) and not isinstance(brut, bool) else ""
    if not (texte.isdecimal() and len(texte) == 4 and premiere <= int(texte) <= derniere):
        raise ErreurEntree(
            "HORS_DOMAINE", f"« {str(brut)[:20]} » ne convient pas", ou=ou, attendu=attendu, exemple=exemple
        )
    return int(texte)


def _medecin(corpus: Corpus, brut: object, annee: int) -> Mapping[str, Any]:
    lu = objet({} if brut is None else brut, MEDECIN, f'"{MEDECIN}": {{…}}')
    faits = faits_du_medecin(corpus)
    cles(lu, frozenset(faits), MEDECIN)
    jour = temps.jour(f"{annee}-01-01")
    for cle, valeur in lu.items():
        if valeur is not None:
            lire_valeur(faits[cle], valeur, f"{MEDECIN}.{cle}", jour)
    return lu


def _bloc(dispositif: Dispositif, brut: Any) -> tuple[Mapping[str, Any], ...]:
    """Les cas d'un dispositif ; ni l'année, ni le médecin ne s'y redisent."""
    nom = dispositif.nom
    cas = list(brut) if isinstance(brut, (list, tuple)) else [brut]
    if len(cas) > _CAS_AU_PLUS:
        raise ErreurEntree("LISTE_TROP_LONGUE", f"{len(cas)} cas", ou=nom, attendu=f"{_CAS_AU_PLUS} au plus")
    commun = {MEDECIN, *([dispositif.periode.fait] if par_annee(dispositif) else [])}
    exemple = f'"{nom}": {{…}}, ou "{nom}": "{NON}"'
    for rang, un in enumerate(cas):
        ou = f"{nom}[{rang}]" if isinstance(brut, (list, tuple)) else nom
        for cle in objet(un, ou, exemple):
            if cle in commun:
                message = f"« {cle} » se dit une fois, pour toute l'année"
                raise ErreurEntree(
                    "CLE_DEPLACEE", message, ou=f"{ou}.{cle}", attendu="à la racine du dossier", exemple=f'"{cle}": …'
                )
        if PATIENTS in un and lit_les_patients(dispositif):
            message = "la patientèle se dit une fois, pour tous les dispositifs"
            raise ErreurEntree(
                "CLE_DEPLACEE", message, ou=f"{ou}.{PATIENTS}", attendu="à la racine du dossier",
                exemple=f'"{PATIENTS}": [{{…}}]',
            )  # fmt: skip
    return tuple(cas)


def _patients(corpus: Corpus, brut: object, annee: int) -> Sequence[Mapping[str, Any]] | None:
    if brut is None:
        return None
    if not isinstance(brut, (list, tuple)):
        raise ErreurEntree(
            "TYPE_INATTENDU", "une liste est attendue", ou=PATIENTS, attendu="une liste d'objets",
            exemple=f'"{PATIENTS}": [{{…}}]',
        )  # fmt: skip
    faits = faits_des_patients(corpus)
    permises, jour = frozenset(faits), temps.jour(f"{annee}-01-01")
    for rang, un in enumerate(brut):
        ou = f"{PATIENTS}[{rang}]"
        cles(objet(un, ou, f'"{PATIENTS}": [{{…}}]'), permises, ou)
        for cle, valeur in un.items():
            if valeur is not None:
                lire_valeur(faits[cle], valeur, f"{ou}.{cle}", jour)
    return list(brut)


def _percus(brut: object, noms: frozenset[str]) -> Mapping[str, int]:
    if brut is None:
        return {}
    lu = objet(brut, _PERCUS, '"percus": {"fmt": "9600.00"}')
    cles(lu, noms, _PERCUS)
    resultat = {}
    for nom, valeur in lu.items():
        try:
            resultat[nom] = montant.centimes(str(valeur) if not isinstance(valeur, bool) else "")
        except ValueError:
            raise ErreurEntree(
                "MONTANT_ILLISIBLE", f"« {str(valeur)[:60]} » n'est pas un montant", ou=f"{_PERCUS}.{nom}",
                attendu="un montant en euros", exemple=f'"{nom}": "9600.00"',
            ) from None  # fmt: skip
    return resultat
