"""Le tiers payant d'une facture : l'obligation part par part, ce que chacun verse au médecin, ce que le patient avance.

Il ne change ni le remboursement ni le reste à charge : il dit seulement qui règle le médecin le jour des soins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from opposable.droit.source import Passage
from opposable.droit.table import Choisie
from opposable.facturation.facture import Facture, LigneFacture
from opposable.facturation.formules import acte_couteux, avance

OBLIGATOIRE: Final = "obligatoire"
INCONNU: Final = "inconnu"
_OBLIGATOIRE: Final = "tiers_payant_obligatoire"
_COUTEUX: Final = "tiers_payant_actes_couteux"
_REGULATION: Final = "tiers_payant_regulation"
_COMPLEMENTAIRE: Final = "tiers_payant_complementaire"
_VERSEMENT: Final = "versement_complementaire"


class Choix(NamedTuple):
    """Ce qu'une table a répondu pour un acte de la facture."""

    ligne: LigneFacture
    table: str
    choisie: Choisie


@dataclass(slots=True)
class TiersPayant:
    """L'obligation de chaque part (obligatoire, facultatif ou inconnu) et les montants en centimes, ``None`` inconnus.

    ``verse_caisse`` et ``verse_complementaire`` sont ce que le tiers payant obligatoire fait verser au médecin ;
    ``avance`` est ce que le patient règle alors.
    """

    part_obligatoire: str = INCONNU
    part_complementaire: str = INCONNU
    verse_caisse: int | None = None
    verse_complementaire: int | None = None
    avance: int | None = None
    choix: tuple[Choix, ...] = ()

    def montre(self) -> tuple[str | int | None, ...]:
        """Ce qui en est montré, sans ses raisons."""
        montants = (self.verse_caisse, self.verse_complementaire, self.avance)
        return (self.part_obligatoire, self.part_complementaire, *montants)

    def raisons(self) -> list[str]:
        """Pourquoi une obligation ou un versement n'est pas connu."""
        par_acte = _par_acte(self.choix)
        indecis = {ligne for ligne, choisies in par_acte.items() if _obligation(choisies) is None}
        raisons: dict[str, None] = {}
        for choix in self.choix:
            de_la_caisse = choix.table not in {_COMPLEMENTAIRE, _VERSEMENT}
            utile = choix.ligne in indecis if de_la_caisse else self.verse_complementaire is None
            if utile and (raison := _raison(choix)):
                raisons[raison] = None
        if not indecis and len({_obligation(choisies) for choisies in par_acte.values()}) > 1:
            dites = ", ".join(f"{ligne.acte.code} : {_obligation(choisies)}" for ligne, choisies in par_acte.items())
            raisons[f"les actes de cette facture ne relèvent pas de la même obligation ({dites})"] = None
        return list(raisons)

    def sources(self) -> list[Passage]:
        """Les passages des lignes de table choisies."""
        lignes = (c.choisie.ligne for c in self.choix)
        return list({p.id: p for ligne in lignes if ligne is not None for p in ligne.sources}.values())


def tiers_payant(facture: Facture, lignes: Sequence[LigneFacture], total: Mapping[str, int | None]) -> TiersPayant:
    """Le tiers payant de ces lignes, dont voici le total."""
    actes = [ligne for ligne in lignes if not ligne.acte.supplement]
    if not actes:
        return TiersPayant()
    choix: list[Choix] = []
    obligations: list[str | None] = []
    for ligne in actes:
        propres = _choix(ligne)
        choix += propres
        obligations.append(_obligation([c.choisie for c in propres]))
    complementaires = [Choix(ligne, _COMPLEMENTAIRE, ligne.choisir(_COMPLEMENTAIRE)) for ligne in actes]
    obligatoire = _commune(obligations)
    complementaire = _commune([_mot(c.choisie) for c in complementaires])
    choix += complementaires
    ticket = total["ticket_moderateur"]
    if complementaire == OBLIGATOIRE:
        versements = [Choix(ligne, _VERSEMENT, ligne.choisir(_VERSEMENT)) for ligne in actes]
        choix += versements
        if ticket and any(_mot(c.choisie) is None for c in versements):
            ticket = None
    caisse = _verse(obligatoire, facture.moins(total["part_obligatoire"], total["participation_actes_lourds"]))
    mutuelle = _verse(complementaire, ticket)
    reste = avance(facture, total["honoraires"], caisse, mutuelle)
    return TiersPayant(obligatoire, complementaire, caisse, mutuelle, reste, tuple(choix))


def _choix(ligne: LigneFacture) -> list[Choix]:
    """Ce qui peut obliger au tiers payant de la part obligatoire : l'acte, son tarif, la régulation, le patient."""
    resultat = []
    if ligne.acte.tiers_payant is not None:
        propre = ligne.acte.tiers_payant.choisir(ligne.fait, ligne.jour, ligne.calendrier)
        resultat.append(Choix(ligne, f"{ligne.acte.code}.tiers_payant", propre))
    if acte_couteux(ligne.facture, ligne.tarif()):
        resultat.append(Choix(ligne, _COUTEUX, ligne.choisir(_COUTEUX)))
    resultat.append(Choix(ligne, _REGULATION, ligne.choisir(_REGULATION)))
    resultat.append(Choix(ligne, _OBLIGATOIRE, ligne.choisir(_OBLIGATOIRE)))
    return [choix for choix in resultat if choix.choisie.etat != "hors"]


def _par_acte(choix: Sequence[Choix]) -> dict[LigneFacture, list[Choisie]]:
    """Par acte, ce qui peut obliger au tiers payant de la part obligatoire."""
    resultat: dict[LigneFacture, list[Choisie]] = {}
    for ligne, table, choisie in choix:
        if table not in {_COMPLEMENTAIRE, _VERSEMENT}:
            resultat.setdefault(ligne, []).append(choisie)
    return resultat


def _obligation(choix: Sequence[Choisie]) -> str | None:
    """Obligatoire dès que l'une des tables le dit ; inconnue si l'une ne sait pas ; sinon ce que dit la dernière."""
    mots = [_mot(choisie) for choisie in choix]
    if OBLIGATOIRE in mots:
        return OBLIGATOIRE
    return None if None in mots else mots[-1]


def _commune(obligations: Sequence[str | None]) -> str:
    """L'obligation que tous les actes partagent."""
    trouvee = obligations[0] if len(set(obligations)) == 1 else None
    return trouvee or INCONNU


def _verse(obligation: str, montant: int | None) -> int | None:
    """Ce qui est versé au médecin : le montant s'il y a obligation, rien si elle ne tient pas."""
    if montant == 0:
        return 0
    return {OBLIGATOIRE: montant, INCONNU: None}.get(obligation, 0)


def _mot(choisie: Choisie) -> str | None:
    return choisie.valeur if isinstance(choisie.valeur, str) else None


def _raison(choix: Choix) -> str:
    """Ce qui empêche de répondre, s'il y a lieu."""
    ligne, _, choisie = choix
    if choisie.etat == "manquant" and choisie.ligne is not None:
        return choisie.ligne.manquant
    if choisie.etat != "incertain":
        return ""
    faits = ligne.feuilles(ligne.inconnus_de(choisie.possibles))
    return f"il manque : {', '.join(ligne.corpus.vocabulaire.faits[f].nomme for f in faits)}"
