"""Le dispositif ``permanence`` (système 37) : les horaires de permanence, et les majorations ouvertes à ce moment.

L'horaire est le fait calculé que lisent les factures ; chaque majoration est essayée avec ses propres règles, puis
selon l'acte qu'elle suivrait. Rien n'est redit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from opposable.droit import francais
from opposable.droit.acte import Acte
from opposable.droit.calcul import Calcul, etape
from opposable.droit.constat import Constat
from opposable.droit.ensemble import Valeur
from opposable.droit.erreurs import ErreurEntree, plus_proche
from opposable.facturation import essais
from opposable.facturation.facture import LigneFacture

FAMILLE: Final = "horaire_ou_regulation"
"""La famille des majorations qui tiennent à l'horaire ou à la régulation : leurs fichiers le disent."""
_HORAIRE: Final = "contexte.horaires_pdsa"
_PROPRES: Final = {"heure": "facture.heure", "tarif_opposable": "facture.opposable"}
_GRAVITE: Final = (essais.OUI, essais.DOUTE, essais.A_PRECISER, essais.NON)


@dataclass(slots=True)
class Majoration:
    """Une majoration essayée : ses constats, ce qu'elle suit, et ce qu'il en reste."""

    ligne: LigneFacture
    constats: list[Constat]
    suit: tuple[str, ...]
    etat: str
    message: str = ""


def calculer(k: Calcul) -> None:
    """L'horaire, pourquoi, puis les majorations."""
    horaire(k)
    raison(k)
    ferie(k)
    ouvertes(k)
    a_verifier(k)
    a_preciser(k)
    majorations(k)


@etape("oui_non")
def horaire(k: Calcul) -> Valeur:
    """Le jour et l'heure sont des horaires de permanence des soins."""
    ligne = _lieu_et_moment(k)
    valeur = ligne.fait(_HORAIRE)
    if valeur is None:
        inverse = {commun: nom for nom, commun in _PROPRES.items()}
        for nom in ligne.feuilles((_HORAIRE,)):
            k.fait(inverse.get(nom, nom))
    return valeur


@etape("texte")
def raison(k: Calcul) -> str | None:
    """Le cas de l'horaire qui tient."""
    ligne = _lieu_et_moment(k)
    for cas in k.corpus.vocabulaire.faits[_HORAIRE].derive:
        tient = True if cas.si is None else cas.si.evalue(ligne.fait)
        if tient is None:
            return None
        if tient:
            return "hors de ces horaires" if cas.si is None else francais.condition(k.corpus, cas.si)
    return None


@etape("oui_non")
def ferie(k: Calcul) -> Valeur:
    """Le jour est férié là où est le cabinet."""
    return _lieu_et_moment(k).fait("facture.ferie")


@etape("texte")
def ouvertes(k: Calcul) -> str | None:
    """Les majorations ouvertes, sans condition à préciser."""
    return _codes(k, essais.OUI)


@etape("texte")
def a_verifier(k: Calcul) -> str | None:
    """Les majorations que le texte ne tranche pas ici."""
    return _codes(k, essais.DOUTE)


@etape("texte")
def a_preciser(k: Calcul) -> str | None:
    """Les majorations qui dépendent de faits qui ne sont pas dits."""
    return _codes(k, essais.A_PRECISER)


@etape("tableau")
def majorations(k: Calcul) -> list[dict[str, Any]]:
    """Chaque majoration : ouverte, à préciser, à vérifier ou exclue, et pourquoi."""
    for nom in _PROPRES:
        k.fait(nom)
    toutes = _toutes(k)
    possibles = [m for m in toutes if m.etat != essais.NON]
    return [
        {
            "code": m.ligne.acte.code,
            "libelle": f"{m.ligne.acte.code}, {m.ligne.acte.libelle[0].lower()}{m.ligne.acte.libelle[1:]}",
            "ouverture": m.etat,
            "reponse": essais.DITS[m.etat],
            "montant": None if m.etat == essais.NON else m.ligne.base_sans_autorite(),
            "suit": ", ".join(m.suit) or None,
            "sans": ", ".join(_incompatibles(k, m, possibles)) or None,
            "motifs": ", ".join(dict.fromkeys(c.motif for c in m.constats)),
            "message": m.message or None,
        }
        for m in toutes
    ]


def _codes(k: Calcul, etat: str) -> str | None:
    return ", ".join(m.ligne.acte.code for m in _toutes(k) if m.etat == etat) or None


def _faits(k: Calcul, *, tous: bool = True) -> dict[str, Valeur]:
    """Les faits d'une facture que le cas dit ; ``tous`` : ceux qui ont une valeur usuelle compris."""
    noms = [nom for nom in k.dispositif.entrees if "." in nom]
    lus = {nom: k.fait(nom) if tous else k.cas.faits.get(nom) for nom in noms}
    return lus | {commun: k.cas.faits.get(nom) for nom, commun in _PROPRES.items()}


def _lieu_et_moment(k: Calcul) -> LigneFacture:
    """Une ligne quelconque, pour lire l'horaire ; le territoire a sa valeur usuelle."""
    faits = _faits(k, tous=False) | {"medecin.territoire": k.fait("medecin.territoire")}
    return essais.seule(k.corpus, _candidates(k)[0].code, k.jour, faits)


def _candidates(k: Calcul) -> list[Acte]:
    """Les majorations de cette famille en vigueur ce jour-là, et celles qu'elles peuvent suivre."""
    actes = [a for a in k.corpus.actes.values() if a.supplement and a.en_vigueur(k.jour)]
    directes = [a for a in actes if FAMILLE in a.familles]
    suivies = [a for a in actes if a not in directes and any(_vise(d, a, k.jour) for d in directes)]
    return [*directes, *suivies]


def _vise(majoration: Acte, autre: Acte, jour: int) -> bool:
    """Vrai si la majoration suit cet autre code, nommé."""
    return any(not lien.famille and lien.vise(autre, jour) for lien in majoration.s_ajoute_a)


def _toutes(k: Calcul) -> list[Majoration]:
    """Les majorations essayées, une fois par cas."""
    faites = k.corpus.memo.get("majorations")
    if not isinstance(faites, list):
        faites = k.corpus.memo["majorations"] = _essayees(k)
    return faites


def _essayees(k: Calcul) -> list[Majoration]:
    acte = _acte(k)
    faits = _faits(k)
    seules = {a.code: _essayee(k, a, faits) for a in _candidates(k)}
    for majoration in seules.values():
        code = majoration.ligne.acte.code
        portees = tuple(autre for autre in seules if autre != code and essais.suit(k.corpus, code, autre, k.jour))
        if portees:
            majoration.suit = portees
            meilleur = min((seules[p].etat for p in portees), key=_GRAVITE.index)
            if _GRAVITE.index(meilleur) > _GRAVITE.index(majoration.etat):
                majoration.etat = meilleur
                dit = {essais.NON: "est exclue", essais.DOUTE: "reste à vérifier"}.get(meilleur, "est à préciser")
                majoration.message += f" Elle suit {' ou '.join(portees)}, qui {dit}."
        elif acte is not None and not essais.suit(k.corpus, code, acte.code, k.jour):
            majoration.etat = essais.NON
            majoration.message = f"{code} ne s'ajoute pas à {acte.code}."
            majoration.constats = [Constat("SUPPLEMENT_HORS_LISTE", "refuse")]
        majoration.message = majoration.message.strip()
    return list(seules.values())


def _essayee(k: Calcul, acte: Acte, faits: dict[str, Valeur]) -> Majoration:
    """La majoration et ses seules règles, avec celle de la modalité si elle vaut pour elle."""
    ligne = essais.seule(k.corpus, acte.code, k.jour, faits)
    communes = [
        r
        for r in k.corpus.toutes_lignes
        if "contexte.modalite" in r.condition.faits() and r.motif not in acte.dispenses
    ]
    regles = [r for r in (*acte.regles, *communes) if r.en_vigueur(k.jour)]
    constats = essais.retenus(essais.constats(ligne, regles))
    messages = dict.fromkeys(essais.message(ligne, constat) for constat in constats)
    return Majoration(ligne, constats, (), essais.etat(constats), " ".join(messages))


def _acte(k: Calcul) -> Acte | None:
    """L'acte que les majorations suivraient. :class:`ErreurEntree` s'il n'existe pas ou n'est pas un acte."""
    dit = k.fait("acte")
    if not isinstance(dit, str):
        return None
    acte = k.corpus.actes.get(dit.upper())
    if acte is None or acte.supplement:
        proche = plus_proche(dit.upper(), [a.code for a in k.corpus.actes.values() if not a.supplement])
        quoi = "est une majoration" if acte is not None else "n'est pas un code connu"
        raise ErreurEntree(
            "CODE_INCONNU", f"« {dit} » {quoi}", ou="acte", attendu="un acte de « opposable bareme »",
            exemple=f'"acte": "{proche or "G"}"',
        )  # fmt: skip
    return acte


def _incompatibles(k: Calcul, m: Majoration, possibles: list[Majoration]) -> list[str]:
    """Les autres majorations possibles avec lesquelles celle-ci ne se cumule pas."""
    if m.etat == essais.NON:
        return []
    ici = m.ligne.acte
    return [
        la.code
        for la in (autre.ligne.acte for autre in possibles)
        if la is not ici and any(x.vise(z, k.jour) for y, z in ((ici, la), (la, ici)) for x in y.incompatibles)
    ]
