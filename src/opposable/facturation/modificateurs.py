"""Le dispositif ``modificateurs`` (système 10) : ce que chaque lettre de la CCAM ajoute au tarif d'un acte.

Le tarif est dit : aucune version de la CCAM n'est lue. Les tables et les règles sont celles des factures ; rien n'est
redit ici.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import A_VERIFIER, INCONNU, REFUSE, Constat, constater
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX, part_composee
from opposable.droit.publies import MODIFICATEURS
from opposable.droit.table import PREVU
from opposable.facturation import essais
from opposable.facturation.facture import LigneFacture
from opposable.facturation.technique import ASSOCIATION, table_de

_REGLES: Final = "modificateurs_ccam"
_MAXIMUM: Final = "ccam_modificateurs_maximum"
_PART: Final = "ccam_association"
_SANS_CODE: Final = "aucune"
_PROPRES: Final = {"heure": "facture.heure", "tarif_opposable": "facture.opposable"}


@dataclass(slots=True)
class Lettre:
    """Un modificateur essayé seul : ce qu'il vaut, et ce que ses règles en disent."""

    nom: str
    taux: int | None = None
    euros: int | None = None
    constats: list[Constat] = field(default_factory=list)

    @property
    def etat(self) -> str:
        """Ouvert, à préciser, à vérifier ou exclu."""
        return essais.etat(self.constats)


def calculer(k: Calcul) -> None:
    """Les lettres une à une, ce qui les exclut entre elles, puis le total."""
    k.cache.setdefault(ASSOCIATION, _SANS_CODE)
    if k.fait("annonce") == "oui":
        k.calendrier = PREVU
    modificateurs(k)
    ouverts(k)
    a_verifier(k)
    a_preciser(k)
    ensemble(k)
    ajoute(k)
    total(k)


@etape("tableau")
def modificateurs(k: Calcul) -> list[dict[str, Any]]:
    """Chaque lettre : ouverte, à préciser, à vérifier ou exclue, ce qu'elle ajoute, et pourquoi."""
    libelles = k.corpus.vocabulaire.faits[MODIFICATEURS]
    return [
        {
            "lettre": lettre.nom,
            "libelle": f"{lettre.nom}, {libelles.dit(lettre.nom)}",
            "ouverture": lettre.etat,
            "reponse": essais.DITS[lettre.etat],
            "taux": None if lettre.etat == essais.NON else lettre.taux,
            "euros": None if lettre.etat == essais.NON else lettre.euros,
            "ajoute": None if lettre.etat == essais.NON else _ajoutee(k, lettre),
            "motifs": ", ".join(dict.fromkeys(c.motif for c in lettre.constats)),
            "message": _dits(lettre.constats),
        }
        for lettre in _lettres(k)
    ]


@etape("texte")
def ouverts(k: Calcul) -> str | None:
    """Les lettres ouvertes, sans condition à préciser."""
    return _nommees(k, essais.OUI)


@etape("texte")
def a_verifier(k: Calcul) -> str | None:
    """Les lettres que le texte ne tranche pas ici, ou dont la valeur n'est pas lue."""
    return _nommees(k, essais.DOUTE)


@etape("texte")
def a_preciser(k: Calcul) -> str | None:
    """Les lettres qui dépendent de faits qui ne sont pas dits."""
    return _nommees(k, essais.A_PRECISER)


@etape("texte")
def ensemble(k: Calcul) -> str | None:
    """Ce que les lettres demandées ont contre elles ensemble, et pas une à une."""
    return _dits(_ensemble(k))


@etape("montant")
def ajoute(k: Calcul) -> int | None:
    """Le total moins ce que l'acte vaudrait sans modificateur."""
    return k.moins(total(k), _avec(k, 0, 0))


@etape("montant")
def total(k: Calcul) -> int | None:
    """(tarif × (1 + somme des parts)) × code association + somme des montants, si aucune lettre n'est exclue."""
    lettres = _lettres(k)
    if not _demandees(k) or any(c.etat == REFUSE for c in (*_ensemble(k), *(c for x in lettres for c in x.constats))):
        return None
    if any(lettre.taux is None and lettre.euros is None for lettre in lettres):
        return None
    return _avec(k, sum(x.taux or 0 for x in lettres), sum(x.euros or 0 for x in lettres))


def _avec(k: Calcul, parts: int, euros: int) -> int | None:
    """Le tarif majoré, associé, puis les montants : un seul arrondi."""
    tarif, association = k.nombre("tarif"), k.table(_PART)
    if tarif is None or association is None:
        return None
    return part_composee(tarif, UNITE_TAUX + parts, association) + euros


def _ajoutee(k: Calcul, lettre: Lettre) -> int | None:
    tarif, association = k.nombre("tarif"), k.table(_PART)
    if lettre.taux is None or tarif is None or association is None:
        return lettre.euros
    return part_composee(tarif, lettre.taux, association)


def _demandees(k: Calcul) -> frozenset[str]:
    """Les lettres demandées ; aucune : toutes sont essayées, et rien ne s'additionne."""
    dites = k.fait(MODIFICATEURS)
    return dites if isinstance(dites, frozenset) else frozenset()


def _lettres(k: Calcul) -> list[Lettre]:
    """Les lettres essayées une à une, une fois par cas."""
    faites = k.corpus.memo.get("lettres")
    if not isinstance(faites, list):
        voulues = _demandees(k) or k.corpus.vocabulaire.faits[MODIFICATEURS].valeurs
        noms = [nom for nom in k.corpus.vocabulaire.faits[MODIFICATEURS].valeurs if nom in voulues]
        faites = k.corpus.memo["lettres"] = [_lettre(k, nom) for nom in noms]
    return faites


def _lettre(k: Calcul, nom: str) -> Lettre:
    """La valeur de la lettre, et ce que ses règles constatent quand elle est seule."""
    table = k.corpus.tables[table_de(nom)]
    choisie = k.choisir(table_de(nom))
    lettre = Lettre(nom)
    if isinstance(choisie.valeur, int):
        lettre.taux, lettre.euros = (None, choisie.valeur) if table.type_valeur == "montant" else (choisie.valeur, None)
    elif choisie.etat == "hors":
        precision = f"le modificateur {nom} n'est pas ouvert à ce médecin, pour ce patient, à cette date"
        lettre.constats = [Constat("MODIFICATEUR_NON_OUVERT", REFUSE, precision=precision)]
        return lettre
    elif choisie.ligne is not None:
        lettre.constats.append(Constat("PARAMETRE_MANQUANT", A_VERIFIER, precision=choisie.ligne.manquant))
    else:
        faits = [k.corpus.vocabulaire.faits[f].libelle.lower() for f in k.inconnus_de(choisie.possibles)]
        lettre.constats.append(Constat("FAIT_INCONNU", INCONNU, precision=f"à dire : {', '.join(faits)}"))
    lettre.constats = essais.retenus([*lettre.constats, *_constats(k, {nom})])
    return lettre


def _constats(k: Calcul, lettres: set[str] | frozenset[str]) -> list[Constat]:
    """Ce que les règles communes des modificateurs disent de ces lettres, sur une ligne quelconque."""
    ligne = _ligne(k, frozenset(lettres))
    regles = [regle for regle in k.corpus.partagees[_REGLES] if regle.en_vigueur(k.jour)]
    return [constat for regle in regles if (constat := constater(ligne, regle)) is not None]


def _ensemble(k: Calcul) -> list[Constat]:
    """Les constats des lettres demandées qu'aucune n'a seule, et leur nombre, une fois par cas."""
    faits = k.corpus.memo.get("ensemble")
    if isinstance(faits, list):
        return faits
    demandees = _demandees(k)
    seules = {c.regle for lettre in _lettres(k) for c in _constats(k, {lettre.nom})}
    trouves = [c for c in _constats(k, demandees) if c.regle not in seules]
    maximum = k.table(_MAXIMUM)
    if maximum is not None and len(demandees) > maximum:
        trouves.append(Constat("MODIFICATEURS_TROP_NOMBREUX", REFUSE, precision=f"{maximum} modificateurs au plus"))
    k.corpus.memo["ensemble"] = trouves
    return trouves


def _ligne(k: Calcul, lettres: frozenset[str]) -> LigneFacture:
    """Une ligne technique quelconque, avec les faits du cas."""
    faits: dict[str, Valeur] = {nom: k.fait(nom) for nom in k.dispositif.entrees if "." in nom}
    faits |= {commun: k.fait(nom) for nom, commun in _PROPRES.items()}
    code = next(acte.code for acte in k.corpus.actes.values() if acte.technique and not acte.supplement)
    return essais.seule(k.corpus, code, k.jour, faits | {MODIFICATEURS: lettres})


def _dits(constats: list[Constat]) -> str | None:
    return " ; ".join(dict.fromkeys(c.precision or c.motif for c in constats)) or None


def _nommees(k: Calcul, etat: str) -> str | None:
    return ", ".join(lettre.nom for lettre in _lettres(k) if lettre.etat == etat) or None
