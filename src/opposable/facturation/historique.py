"""Les actes passés qu'une facture rapporte : ce qui a été facturé, quand, et depuis quand rien n'y manque."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import temps
from opposable.droit.acte import Acte
from opposable.droit.condition import Test
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Valeur
from opposable.droit.entree import cles, lire_nombre, lire_valeur, objet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import ATTENDUS
from opposable.droit.frequence import Compte, debut_glissant
from opposable.droit.table import EFFECTIF
from opposable.facturation.code import lire_code

SITUATION: Final = "contexte.situation"
_HISTORIQUE: Final = frozenset({"complet_depuis", "actes"})
_ACTE_PASSE: Final = frozenset({"code", "date", "situation", "quantite", "patient", "medecin"})
_EXEMPLE: Final = '{"code": "G", "date": "2026-01-12", "patient": "meme", "medecin": "meme"}'


@dataclass(frozen=True, slots=True)
class ActePasse:
    """Un acte déjà facturé. ``patient`` et ``medecin`` : ``meme``, ``autre``, ou ``None`` quand ce n'est pas dit."""

    code: str
    jour: int
    quantite: int = 1
    patient: str | None = None
    medecin: str | None = None
    situation: str | None = None


@dataclass(frozen=True, slots=True)
class Historique:
    """Les actes passés ; ``complet_depuis`` : le jour depuis lequel il n'en manque aucun (``None`` : inconnu)."""

    actes: tuple[ActePasse, ...] = ()
    complet_depuis: int | None = None

    def vu(self, corpus: Corpus, debut: int, sauf: frozenset[str]) -> Valeur:
        """``oui`` si ce médecin a vu ce patient depuis ce jour, ``non`` si l'historique l'exclut, sinon inconnu."""
        doute = self.complet_depuis is None or self.complet_depuis > debut
        for passe in self.actes:
            if passe.jour < debut or passe.patient == "autre" or passe.medecin == "autre":
                continue
            acte: Acte = corpus.actes[passe.code]
            if acte.supplement or not sauf.isdisjoint(acte.familles):
                continue
            if passe.patient == "meme" and passe.medecin == "meme":
                return "oui"
            doute = True
        return None if doute else "non"

    def compter(self, codes: frozenset[str], par: str, debut: int, *, situation: str | None = None) -> Compte:
        """Les actes de ces codes depuis ce jour ; ``situation`` : ceux de cette situation seulement."""
        certain = possible = 0
        for passe in self.actes:
            if passe.code not in codes or passe.jour < debut:
                continue
            liens = [passe.patient] if par != "medecin" else []
            liens += [passe.medecin] if par != "patient" else []
            if situation is not None and passe.situation != situation:
                liens.append(None if passe.situation is None else "autre")
            if "autre" in liens:
                continue
            possible += passe.quantite
            certain += passe.quantite if None not in liens else 0
        complet = self.complet_depuis is not None and self.complet_depuis <= debut
        return Compte(certain, possible if complet else None)


def faits_de(corpus: Corpus, historique: Historique, jour: int) -> dict[str, Valeur]:
    """Ce que l'historique dit des rencontres passées : un fait par durée que le vocabulaire demande."""
    lus: dict[str, Valeur] = {}
    for nom, fait in corpus.vocabulaire.faits.items():
        if fait.vu_depuis:
            vu = historique.vu(corpus, debut_glissant(fait.vu_depuis, jour), fait.sauf_familles)
            if vu is not None:
                lus[nom] = vu
    return lus


def lire_historique(corpus: Corpus, brut: object, jour: int) -> Historique | None:
    """L'historique dit par la facture ; ``None`` s'il n'y en a pas. :class:`ErreurEntree` à la première faute."""
    if brut is None:
        return None
    lu = objet(brut, "historique", '{"complet_depuis": "2025-12-22", "actes": []}')
    cles(lu, _HISTORIQUE, "historique")
    complet = None
    if lu.get("complet_depuis") is not None:
        complet = lire_nombre(
            corpus.vocabulaire.faits["facture.date"], lu["complet_depuis"], "historique.complet_depuis"
        )
        if complet > jour:
            raise ErreurEntree(
                "FAITS_CONTRADICTOIRES", "l'historique commence après la date des soins",
                ou="historique.complet_depuis",
                attendu=f"au plus tard le {temps.iso(jour)}", exemple=f'"complet_depuis": "{temps.iso(jour - 31)}"',
            )  # fmt: skip
    actes = () if lu.get("actes") is None else lu["actes"]
    if not isinstance(actes, (list, tuple)):
        raise ErreurEntree(
            "TYPE_INATTENDU", "une liste est attendue", ou="historique.actes", attendu="une liste d'actes passés",
            exemple=f"[{_EXEMPLE}]",
        )  # fmt: skip
    return Historique(
        tuple(_acte_passe(corpus, e, f"historique.actes[{r}]", jour) for r, e in enumerate(actes)), complet
    )


def _acte_passe(corpus: Corpus, element: object, ou: str, jour: int) -> ActePasse:
    faits = corpus.vocabulaire.faits
    acte = objet(element, ou, _EXEMPLE)
    cles(acte, _ACTE_PASSE, ou)
    code = lire_code(corpus, acte.get("code"), f"{ou}.code")
    if acte.get("date") is None:
        raise ErreurEntree(
            "DATE_ABSENTE", "il manque la date de l'acte passé", ou=f"{ou}.date", attendu=ATTENDUS["date"],
            exemple='"date": "2026-01-12"',
        )  # fmt: skip
    le = lire_nombre(faits["facture.date"], acte["date"], f"{ou}.date")
    if le > jour:
        raise ErreurEntree(
            "FAITS_CONTRADICTOIRES", f"l'acte passé du {acte['date']} est après les soins", ou=f"{ou}.date",
            attendu=f"une date au plus tard le {temps.iso(jour)}", exemple=f'"date": "{temps.iso(jour - 31)}"',
        )  # fmt: skip
    quantite = 1
    if acte.get("quantite") is not None:
        quantite = lire_nombre(faits["acte.quantite"], acte["quantite"], f"{ou}.quantite")
    situation: Valeur = situation_imposee(corpus.actes[code])
    if acte.get("situation") is not None:
        situation = lire_valeur(faits[SITUATION], acte["situation"], f"{ou}.situation", le)
    liens = {qui: _lien(acte, qui, ou) for qui in ("patient", "medecin")}
    return ActePasse(
        code, le, quantite, liens["patient"], liens["medecin"], situation if isinstance(situation, str) else None
    )


def situation_imposee(acte: Acte) -> str | None:
    """La seule situation que cet acte admet à toute date (une CSO suit une obésité), ou ``None``."""
    for regle in acte.regles:
        condition = regle.condition
        toujours = regle.sorte == "exige" and regle.du <= acte.debut(EFFECTIF) and regle.au == temps.INFINI
        if toujours and isinstance(condition, Test) and condition.fait == SITUATION:
            ensemble = condition.ensemble
            if isinstance(ensemble, Choix) and len(ensemble.valeurs) == 1:
                return min(ensemble.valeurs)
    return None


def _lien(acte: Mapping[str, Any], qui: str, ou: str) -> str | None:
    """« meme », « autre », ou rien."""
    dit = acte.get(qui)
    if dit not in (None, "meme", "autre"):
        raise ErreurEntree(
            "VALEUR_INCONNUE", f"valeur inconnue « {dit} »", ou=f"{ou}.{qui}", attendu="meme ou autre",
            exemple=f'"{qui}": "meme"',
        )  # fmt: skip
    return dit
