"""Les lignes d'un lot qu'on ne peut pas contrôler : les situer et le dire, ou écarter leurs factures et les compter.

Une faute ne se devine pas : une facture qui en porte une est écartée tout entière, ou le contrôle s'arrête.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from opposable.droit.erreurs import ErreurEntree
from opposable.lots import sql
from opposable.lots.encodage import Codage
from opposable.lots.etapes import Plan
from opposable.lots.moteurs import Moteur
from opposable.lots.resolution import Resolution
from opposable.lots.sql import col


class Faute(NamedTuple):
    """Une ligne écartée : son numéro dans le lot (dès 1, inconnu pour une faute de facture), où et pourquoi."""

    numero: int | None
    facture: str | None
    ligne: str | None
    code: str
    colonne: str
    message: str
    attendu: str


@dataclass(slots=True)
class Fautes:
    """Cherche les fautes d'un lot. Sans ``ecarter``, la première arrête tout."""

    plan: Plan
    moteur: Moteur
    codage: Codage
    resolution: Resolution
    ecarter: bool
    trouvees: list[Faute] = field(default_factory=list)

    def de_lecture(self) -> None:
        """Les valeurs illisibles et les faits qui se contredisent, avant toute résolution."""
        ((nombre,),) = self.moteur.lire(self.plan.fautives())
        fautes = self._illisibles() if nombre else []
        fautes += self._contredites()
        if fautes:
            self._traiter(fautes, "codees")

    def de_facture(self) -> bool:
        """Les lignes en double et les factures qui se contredisent ; vrai si des factures ont été écartées."""
        ((_, _, desaccords, doublons),) = self.moteur.lire(self.plan.comptes_des_formes())
        fautes = self._doubles() if doublons else []
        fautes += self._desaccords() if desaccords else []
        if fautes:
            self._traiter(fautes, "numerotees")
        return bool(fautes)

    def par_raison(self) -> dict[str, int]:
        """Combien de lignes ou de factures chaque raison a écartées."""
        return dict(Counter(faute.code for faute in self.trouvees))

    def _illisibles(self) -> list[Faute]:
        self.moteur.numerotees()
        controles = self.plan.lecture.controles
        return [
            Faute(numero, facture, ligne, c.code, c.colonne, c.message, c.attendu)
            for numero, facture, ligne, rang in self.moteur.lire(self.plan.fautes())
            for c in [controles[rang]]
        ]

    def _contredites(self) -> list[Faute]:
        question = self.resolution.question_contradictions()
        masque = question.masque()
        cles: list[tuple[int, ...]] = []
        messages: list[tuple[str, str, str]] = []
        vues: dict[tuple[int, ...], tuple[str, str, str] | None] = {}
        for mots in self.moteur.lire(self.plan.dires(masque)):
            canon = question.canon(mots)
            if canon not in vues:
                trouvee = self.resolution.contradiction(canon[0], question.faits(canon))
                vues[canon] = None if trouvee is None else (trouvee.ou, trouvee.message, trouvee.attendu)
            dite = vues[canon]
            if dite is not None:
                cles.append((*mots, len(messages)))
                messages.append(dite)
        if not cles:
            return []
        colonnes = {f"k{mot}": "BIGINT" for mot in self.plan.mots} | {"rang": "INTEGER"}
        self.moteur.charger("contradictions", colonnes, cles)
        self.moteur.numerotees()
        return [
            Faute(numero, facture, ligne, "FAITS_CONTRADICTOIRES", self._colonne(ou), message, attendu)
            for numero, facture, ligne, rang in self.moteur.lire(self.plan.contredites(masque))
            for ou, message, attendu in [messages[rang]]
        ]

    def _colonne(self, fait: str) -> str:
        colonne = self.plan.mappage.faits.get(fait)
        return fait if colonne is None else colonne.colonne

    def _doubles(self) -> list[Faute]:
        return [
            Faute(
                None, facture, ligne, "LIGNE_EN_DOUBLE", self.plan.mappage.ligne,
                f"la ligne « {ligne} » de la facture « {facture} » est en double",
                "un identifiant de ligne différent pour chaque ligne d'une facture",
            )
            for facture, ligne in self.moteur.lire(self.plan.doubles())
        ]  # fmt: skip

    def _desaccords(self) -> list[Faute]:
        factures = [facture for (facture,) in self.moteur.lire(self.plan.desaccords())]
        colonne, valeurs = self._qui_differe(factures[0])
        message = "deux lignes d'une même facture ne disent pas la même chose"
        attendu = "les mêmes date, médecin, patient et contexte sur toutes les lignes d'une facture"
        detail = f" (« {colonne} » : {valeurs})" if colonne else ""
        return [
            Faute(None, facture, None, "FACTURE_INCOHERENTE", colonne, message + (detail if rang == 0 else ""), attendu)
            for rang, facture in enumerate(factures)
        ]

    def _qui_differe(self, facture: str) -> tuple[str, str]:
        self.moteur.numerotees()
        lignes = self.moteur.lire(self.plan.lignes_de(facture))
        noms = [n for n, c in self.plan.mappage.faits.items() if not n.startswith(("acte.", "ligne."))]
        colonnes = [self.plan.mappage.faits[n].colonne for n in noms]
        requete = sql.choisir(sql.depuis(self.plan.lignes_de(facture)), [col(c, "t") for c in colonnes])
        lignes = self.moteur.lire(requete)
        for nom, valeurs in zip(colonnes, zip(*lignes, strict=True), strict=True):
            distinctes = list(dict.fromkeys(valeurs))
            if len(distinctes) > 1:
                return nom, ", ".join("vide" if v is None else str(v) for v in distinctes[:3])
        return "", ""

    def _traiter(self, fautes: Sequence[Faute], table: str) -> None:
        if not self.ecarter:
            raise _erreur(fautes)
        self.trouvees += fautes
        factures = sorted({f.facture for f in fautes if f.facture is not None})
        self.moteur.charger("ecartees", {"facture": "VARCHAR"}, [(f,) for f in factures])
        self.moteur.creer(f"{table}_gardees", self.plan.sans(table, "ecartees"))
        self.moteur.renommer(f"{table}_gardees", table)


def _erreur(fautes: Sequence[Faute]) -> ErreurEntree:
    """L'erreur de la première faute du lot, et combien d'autres il y en a."""
    premiere = min(fautes, key=lambda f: (f.numero is None, f.numero or 0))
    ou = (
        f"ligne {_nombre(premiere.numero)} du lot" if premiere.numero is not None else f"facture « {premiere.facture} »"
    )
    if premiere.colonne:
        ou += f", colonne « {premiere.colonne} »"
    if premiere.numero is not None and premiere.facture is not None:
        ou += f" (facture « {premiere.facture} »)"
    autres = len(fautes) - 1
    suite = (
        f" ; {_nombre(autres)} autre{'s' if autres > 1 else ''} faute{'s' if autres > 1 else ''} dans le lot"
        if autres
        else ""
    )
    return ErreurEntree(
        premiere.code, premiere.message + suite, ou=ou, attendu=premiere.attendu,
        exemple="corrigez le lot, ou ajoutez --ecarter pour contrôler le reste",
    )  # fmt: skip


def _nombre(valeur: int) -> str:
    return f"{valeur:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
