"""Lit une facture écrite par une personne ou un programme : chaque faute dit où, ce qui était attendu, un exemple."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Valeur
from opposable.droit.entree import cles, identifiant, lire_nombre, lire_valeur, objet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import ATTENDUS
from opposable.droit.frequence import Comptes
from opposable.facturation.annulation import SIGNES, signe_de_facture, signe_de_ligne
from opposable.facturation.code import lire_code
from opposable.facturation.coherence import verifier
from opposable.facturation.historique import Historique, faits_de, lire_historique

_BLOCS: Final = ("medecin", "patient", "contexte")
_RACINE: Final = frozenset({"id", "date", "heure", *_BLOCS, "actes", "historique"})


@dataclass(slots=True)
class LigneCas:
    """Une ligne demandée : son code et ses faits."""

    code: str
    faits: dict[str, Valeur]


@dataclass(slots=True)
class CasFacture:
    """Une facture lue : le jour, les faits dits, les lignes. ``textes`` garde ce qui a été écrit, pour la trace.

    ``signe`` vaut -1 pour une annulation : ses faits sont gardés en valeur absolue.
    """

    id: str
    jour: int
    faits: dict[str, Valeur]
    lignes: list[LigneCas]
    textes: dict[str, str] = field(default_factory=dict)
    historique: Historique | None = None
    signe: int = 1
    comptes: Mapping[tuple[int, str], Comptes] | None = None
    """Les comptes déjà faits (rang de ligne, identifiant de fréquence) par un lot, au lieu de l'historique."""


def lire_facture(corpus: Corpus, brut: object, *, acte_exige: bool = True) -> CasFacture:
    """La facture lue ; sans ``acte_exige``, elle peut être sans acte. :class:`ErreurEntree` à la première faute."""
    facture = objet(brut, "", '{"date": "2026-02-10", "medecin": {…}, "actes": [{"code": "G"}]}')
    cles(facture, _RACINE, "")
    faits: dict[str, Valeur] = {}
    textes: dict[str, str] = {}
    jour = _jour(corpus, facture)
    faits["facture.date"] = jour
    textes["facture.date"] = str(facture["date"])
    if facture.get("heure") is not None:
        _fait(corpus, "facture.heure", facture["heure"], "heure", jour, faits, textes)
    for bloc in _BLOCS:
        if facture.get(bloc) is None:
            continue
        contenu = objet(facture[bloc], bloc, f'"{bloc}": {{…}}')
        cles(contenu, _permis(corpus, bloc), bloc)
        for cle, valeur in contenu.items():
            if valeur is not None:
                _fait(corpus, f"{bloc}.{cle}", valeur, f"{bloc}.{cle}", jour, faits, textes)
    actes = facture.get("actes")
    lignes, signe = _lignes(corpus, actes, jour) if acte_exige or actes not in (None, [], ()) else ([], 1)
    historique = lire_historique(corpus, facture.get("historique"), jour)
    if historique is not None:
        faits |= faits_de(corpus, historique, jour)
    cas = CasFacture(identifiant(facture), jour, faits, lignes, textes, historique, signe)
    verifier(corpus, cas.jour, cas.faits, [ligne.faits for ligne in cas.lignes], cas.textes)
    return cas


def _permis(corpus: Corpus, bloc: str) -> frozenset[str]:
    cle = ("permis", bloc)
    trouve = corpus.memo.get(cle)
    if not isinstance(trouve, frozenset):
        trouve = frozenset(
            nom.split(".", 1)[1]
            for nom, fait in corpus.vocabulaire.faits.items()
            if nom.startswith(f"{bloc}.") and not fait.calcule and nom not in corpus.vocabulaire.membres
        )
        corpus.memo[cle] = trouve
    return trouve


def _jour(corpus: Corpus, facture: Mapping[str, Any]) -> int:
    brut = facture.get("date")
    fait = corpus.vocabulaire.faits["facture.date"]
    if brut is None:
        raise ErreurEntree(
            "DATE_ABSENTE",
            "il manque la date des soins",
            ou="date",
            attendu=ATTENDUS["date"],
            exemple=f'"date": "{fait.exemple}"',
        )
    jour = lire_nombre(fait, brut, "date")
    if jour < corpus.debut:
        raise ErreurEntree(
            "DATE_HORS_CORPUS", f"le {brut} précède le corpus", ou="date",
            attendu=f"une date à partir du {temps.iso(corpus.debut)}", exemple=f'"date": "{fait.exemple}"',
        )  # fmt: skip
    return jour


def _fait(
    corpus: Corpus, nom: str, brut: Any, ou: str, jour: int, faits: dict[str, Valeur], textes: dict[str, str]
) -> None:
    fait = corpus.vocabulaire.faits[nom]
    faits[nom] = lire_valeur(fait, brut, ou, jour)
    if fait.type == "age":
        textes[nom] = str(brut)


def _lignes(corpus: Corpus, brut: Any, jour: int) -> tuple[list[LigneCas], int]:
    """Les lignes, leurs faits en valeur absolue, et le signe de la facture."""
    if not isinstance(brut, (list, tuple)) or not brut:
        raise ErreurEntree(
            "ACTES_ABSENTS",
            "il faut au moins un acte",
            ou="actes",
            attendu="une liste d'actes",
            exemple='"actes": [{"code": "G", "honoraires": "30.00"}]',
        )
    if len(brut) > 50:
        raise ErreurEntree(
            "TROP_DE_LIGNES", f"{len(brut)} lignes sur une facture", ou="actes", attendu="50 lignes au plus", exemple=""
        )
    lignes, signes = [], []
    for rang, element in enumerate(brut):
        ou = f"actes[{rang}]"
        acte = objet(element, ou, '{"code": "G"}')
        cles(acte, _permis(corpus, "acte"), ou)
        faits: dict[str, Valeur] = {"acte.code": lire_code(corpus, acte.get("code"), f"{ou}.code")}
        for cle, valeur in acte.items():
            if cle == "code" or valeur is None:
                continue
            fait = corpus.vocabulaire.faits[f"acte.{cle}"]
            faits[fait.nom] = (
                lire_nombre(fait, valeur, f"{ou}.{cle}", signe=True)
                if fait.nom in SIGNES
                else lire_valeur(fait, valeur, f"{ou}.{cle}", jour)
            )
        signes.append(signe_de_ligne(faits, ou))
        if signes[-1] < 0:
            faits.update({nom: abs(v) for nom in SIGNES if isinstance(v := faits.get(nom), int)})
        lignes.append(LigneCas(str(faits["acte.code"]), faits))
    return lignes, signe_de_facture(signes)
