"""Le formulaire de la page Coter : ce qui y est dit, en une entrée de ``proposer``, et ce qu'il reste à dire."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from starlette.datastructures import FormData

from opposable.droit import temps
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import Fait
from opposable.facturation.proposer import repondre
from opposable.portes import entree
from opposable.portes import python as api
from opposable.portes.web import technique

NEGATIVES: Final = ("non", "aucune")
SITUATION: Final = "contexte.situation"
AGE: Final = "patient.age"
DROITS: Final = "patient.exonerations"
_GROUPE: Final = 5
"""Au plus autant de circonstances réunies en une fois."""
_CHEMIN: Final = re.compile(r"(?:actes\[\d{1,2}\]\.)?[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
_DE_LIGNE: Final = re.compile(r"h:(\d{1,2}):([a-z][a-z0-9_]*)")
_GENRE: Final = entree.Genre("une situation", '{"date": "2026-02-10"}', "la page Coter")


@dataclass(frozen=True, slots=True)
class Choix:
    """Les grands choix de la page, lus de ``coter.yaml``."""

    tranches: list[str]
    cadres: dict[str, dict[str, Any]]
    medecin: list[str]


@dataclass(slots=True)
class Rencontre:
    """Ce que le formulaire dit : l'entrée, les choix de la page, ce qui manque, une faute et le champ qu'elle vise."""

    entree: dict[str, Any] = field(default_factory=dict)
    tranche: str = ""
    cadre: str = ""
    lignes: dict[tuple[int, str], str] = field(default_factory=dict)
    """Ce qui est dit des lignes de la facture prête, suppléments compris : rang, clé (``honoraires``…), texte."""
    faute: ErreurEntree | None = None
    consultation: bool = False
    """Une consultation ou une visite a aussi eu lieu, à côté d'actes techniques."""
    technique: technique.Saisie = field(default_factory=technique.Saisie)

    @property
    def attend(self) -> bool:
        """Si la consultation qui va avec les actes techniques reste à choisir."""
        techniques, autres = technique.partager(self.entree)
        return self.consultation and bool(techniques) and not autres

    @property
    def manque(self) -> list[str]:
        """Les grands choix qui restent à faire, dits."""
        medecin = self.entree.get("medecin") or {}
        contexte = self.entree.get("contexte") or {}
        dits = {
            "votre spécialité": medecin.get("specialite"),
            "votre secteur": medecin.get("secteur"),
            "l'âge du patient": (self.entree.get("patient") or {}).get("age"),
            "le lieu": self.cadre,
            "à quel titre": contexte.get("role"),
        }
        return [mot for mot, dit in dits.items() if not dit]


@lru_cache(maxsize=1)
def choix() -> Choix:
    """Les grands choix de la page."""
    lu = yaml.safe_load((Path(__file__).parent / "coter.yaml").read_text(encoding="utf-8"))
    return Choix(lu["tranches"], lu["cadres"], lu["medecin"])


def lire(formulaire: FormData) -> Rencontre:
    """La rencontre d'un formulaire envoyé. :class:`ErreurEntree` s'il n'est pas celui de la page."""
    champs = {nom: valeur for nom, valeur in formulaire.multi_items() if isinstance(valeur, str)}
    rencontre = Rencontre(entree=_etat(champs.get("etat", "")))
    if "base" in champs:
        _base(rencontre, champs, formulaire)
    else:
        rencontre.tranche, rencontre.cadre = champs.get("tranche", ""), champs.get("cadre", "")
    rencontre.technique = technique.lire(rencontre.entree, champs, formulaire)
    rencontre.consultation = champs.get("avec", champs.get("consultation", "")) == "oui"
    if "oublier" in champs:
        _oublier(rencontre, champs["oublier"])
    for nom, valeur in champs.items():
        if nom.startswith("q:"):
            _dire(rencontre, nom[2:], valeur)
    if "continuer" in champs:
        _continuer(rencontre, champs, formulaire)
    for nom, valeur in champs.items():
        trouve = _DE_LIGNE.fullmatch(nom)
        if trouve is not None and valeur.strip():
            rencontre.lignes[int(trouve[1]), trouve[2]] = valeur.strip()
    return rencontre


def _etat(texte: str) -> dict[str, Any]:
    """Ce que la page avait déjà : l'entrée, en JSON, dans un champ caché."""
    if not texte.strip():
        return {}
    lu = entree.analyser(texte, "etat", _GENRE)
    dit = lu.factures[0] if lu.forme == "objet" else {}
    blocs = all(isinstance(dit.get(bloc, {}), dict) for bloc in ("medecin", "patient", "contexte"))
    actes = dit.get("actes", [])
    if lu.forme != "objet" or not blocs or not isinstance(actes, list) or not all(isinstance(a, dict) for a in actes):
        raise ErreurEntree(
            "TYPE_INATTENDU", "l'état de la page ne se lit pas", ou="etat", attendu="une entrée de « proposer »",
            exemple=_GENRE.exemple,
        )  # fmt: skip
    return dit


def _base(rencontre: Rencontre, champs: Mapping[str, str], formulaire: FormData) -> None:
    """Les grands choix, écrits dans l'entrée ; ce qui est laissé vide en est ôté."""
    dit = rencontre.entree
    for nom in ("date", "heure", *choix().medecin, "contexte.role"):
        _poser(dit, nom, champs.get(nom, ""))
    rencontre.tranche = champs.get("tranche", "")
    rencontre.cadre = champs.get("cadre", "")
    for nom in ("contexte.modalite", "contexte.lieu"):
        _poser(dit, nom, choix().cadres.get(rencontre.cadre, {"faits": {}})["faits"].get(nom, ""))
    patient = dit.setdefault("patient", {})
    if not _dans(str(patient.get("age") or ""), rencontre.tranche, str(dit.get("date") or "")):
        _poser(dit, AGE, rencontre.tranche)
    droits = [v for v in formulaire.getlist(DROITS) if isinstance(v, str)]
    if droits:
        patient["exonerations"] = [v for v in droits if v != "aucune"]
    else:
        patient.pop("exonerations", None)


def _dans(age: str, tranche: str, date: str) -> bool:
    """Si l'âge précisé reste dans la tranche choisie : il n'est alors pas redemandé."""
    try:
        jour = temps.jour(date)
        bas, haut = temps.naissances_possibles(age, jour)
        premier, dernier = temps.naissances_possibles(tranche, jour)
    except (ValueError, OverflowError):
        return False
    return premier <= bas and haut <= dernier


def _poser(dit: dict[str, Any], nom: str, valeur: str) -> None:
    bloc, _, cle = nom.rpartition(".")
    cible = dit.setdefault(bloc, {}) if bloc else dit
    if valeur.strip():
        cible[cle] = valeur.strip()
    else:
        cible.pop(cle, None)


def _oublier(rencontre: Rencontre, nom: str) -> None:
    """Ôte un fait, ou les actes qui ne sont pas techniques : la question se reposera."""
    dit = rencontre.entree
    if nom == "actes":
        dit["actes"], _ = technique.partager(dit)
        rencontre.consultation = bool(dit["actes"])
        return
    bloc, _, cle = nom.rpartition(".")
    cible = dit.get(bloc) if bloc else dit
    if isinstance(cible, dict):
        cible.pop(cle, None)


def _dire(rencontre: Rencontre, chemin: str, valeur: object) -> None:
    """Écrit une réponse à son chemin."""
    actes = rencontre.entree.get("actes") or []
    rang = re.match(r"actes\[(\d+)\]", chemin)
    if not _CHEMIN.fullmatch(chemin) or (rang and int(rang[1]) > len(actes)):
        raise ErreurEntree("QUESTION_INCONNUE", "cette réponse ne va avec aucune question", ou=chemin[:80])
    if rencontre.attend and chemin == "actes[0].code":
        actes.insert(0, {})  # la consultation se choisit sans les actes techniques, et passe devant eux
    rencontre.entree = repondre(rencontre.entree, chemin, valeur)


def _continuer(rencontre: Rencontre, champs: Mapping[str, str], formulaire: FormData) -> None:
    """Les réponses d'un groupe : celles qui sont cochées, puis « non » pour celles qui ne le sont pas."""
    for nom in champs:
        if nom.startswith("l:"):
            valeurs = [v for v in formulaire.getlist(nom) if isinstance(v, str) and v != "aucune"]
            _dire(rencontre, nom[2:], [v for v in valeurs if v])
        elif nom.startswith("r:") and champs[nom].strip():
            _dire(rencontre, nom[2:], champs[nom].strip())
    for nom, valeur in champs.items():
        if nom.startswith("n:") and f"r:{nom[2:]}" not in champs and valeur in NEGATIVES:
            _dire(rencontre, nom[2:], valeur)


def proposition(rencontre: Rencontre, surcouches: Sequence[Path]) -> dict[str, Any]:
    """La réponse de ``proposer``, et ses circonstances réunies : ``groupe``, les questions à poser ensemble.

    Une consultation qui va avec des actes techniques se choisit d'abord sans eux ; puis tous se jugent ensemble.
    """
    dite = rencontre.entree
    techniques, _ = technique.partager(dite)
    if rencontre.attend:
        seule = api.proposer({**dite, "actes": []}, surcouches=surcouches)
        choisis = seule["facture"]["actes"]
        if not choisis:
            seule = _grouper(seule, surcouches)
            return {**seule, "facture": {**seule["facture"], "actes": techniques}}
        dite = {**seule["facture"], "actes": [*choisis, *techniques]}
    reponse = api.proposer(dite, surcouches=surcouches)
    if techniques:
        reponse = _entiere(reponse, dite["actes"], surcouches)
    return _grouper(reponse, surcouches)


def _entiere(reponse: dict[str, Any], actes: Sequence[Mapping[str, Any]], surcouches: Sequence[Path]) -> dict[str, Any]:
    """La réponse, avec les actes dits qu'une règle refuse : ``proposer`` les ôte, la note doit dire pourquoi."""
    dits, exclus = [a["code"] for a in actes], {e["code"] for e in reponse["exclus"]}
    demande = reponse["questions"][0]["fait"] if reponse["questions"] else ""
    if demande and not (demande.endswith(".code") and exclus.issuperset(dits)):
        return reponse
    poses = reponse["facture"]["actes"]
    if not demande and {a["code"] for a in poses}.issuperset(dits):
        return reponse
    facture = {**reponse["facture"], "actes": [*actes, *(a for a in poses if a["code"] not in dits)]}
    cotation = api.coter(facture, surcouches=surcouches)
    return {**reponse, "statut": "complete", "questions": [], "facture": facture, "cotation": cotation}


def _grouper(reponse: dict[str, Any], surcouches: Sequence[Path]) -> dict[str, Any]:
    """La réponse, et les questions qui suivraient tant qu'on répond non : une seule page les pose."""
    groupe: list[dict[str, Any]] = []
    suite = reponse
    while suite["questions"] and len(groupe) < _GROUPE:
        question = suite["questions"][0]
        negative = negatif(question)
        if negative is None or question["fait"] in {q["fait"] for q in groupe}:
            break
        groupe.append({**question, "negative": negative})
        try:
            suite = api.proposer(api.repondre(suite, negative), surcouches=surcouches)
        except ErreurEntree:
            break
    return {**reponse, "groupe": groupe if len(groupe) > 1 else []}


def negatif(question: Mapping[str, Any]) -> str | None:
    """La réponse qui dit qu'une circonstance n'a pas eu lieu ; ``None`` si la question n'en est pas une."""
    valeurs = {c["valeur"] for c in question["choix"]}
    if question["fait"] == SITUATION or not question["fait"].startswith(("contexte.", "medecin.")):
        return None
    return next((v for v in NEGATIVES if v in valeurs), None)


def coter(rencontre: Rencontre, reponse: Mapping[str, Any], surcouches: Sequence[Path]) -> dict[str, Any]:
    """La cotation de la facture complète, avec ce qui est dit de ses lignes. :class:`ErreurEntree` sinon."""
    cotation: dict[str, Any] = reponse["cotation"]
    if not rencontre.lignes:
        return cotation
    facture = copy.deepcopy(reponse["facture"])
    for (rang, cle), dit in rencontre.lignes.items():
        if rang < len(facture["actes"]):
            lu = dit.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").removesuffix("€").strip()
            facture["actes"][rang][cle] = lu if cle == "honoraires" else dit
    return api.coter(facture, surcouches=surcouches)


def dits(rencontre: Rencontre, faits: Mapping[str, Fait], libelles: Mapping[str, str]) -> list[dict[str, str]]:
    """Ce qui a été répondu au-delà des grands choix : le fait, son libellé, sa valeur, de quoi le redire."""
    de_base = {"medecin", "contexte.modalite", "contexte.lieu", "contexte.role", DROITS}
    trouves = []
    for bloc in ("medecin", "patient", "contexte"):
        for cle, valeur in (rencontre.entree.get(bloc) or {}).items():
            nom = f"{bloc}.{cle}"
            if (
                nom in de_base
                or nom in choix().medecin
                or nom not in faits
                or (nom == AGE and valeur == rencontre.tranche)
            ):
                continue
            trouves.append({"fait": nom, "libelle": faits[nom].libelle, "dit": _valeur(faits[nom], valeur)})
    actes = [a["code"] for a in technique.partager(rencontre.entree)[1] if a.get("code")]
    if actes:
        dit = ", ".join(f"{code} · {libelles.get(code, '')}" for code in actes)
        trouves.insert(0, {"fait": "actes", "libelle": "Acte" if len(actes) == 1 else "Actes", "dit": dit})
    return trouves


def _valeur(fait: Fait, valeur: object) -> str:
    if isinstance(valeur, list):
        return ", ".join(fait.valeurs.get(str(v), str(v)) for v in valeur) or "aucune"
    if fait.type == "date_heure":
        return str(valeur).replace("T", " à ")
    return fait.valeurs.get(str(valeur), str(valeur))
