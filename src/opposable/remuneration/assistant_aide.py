"""L'aide à l'emploi d'un assistant médical (système 24) : ce qui se verse à la signature du contrat, puis chaque année.

Deux années de contrat se touchent à un anniversaire : le solde de celle qui finit, l'acompte de celle qui commence. La
même table se lit pour l'une et pour l'autre. Là où le niveau, la part acquise ou le texte laissent un doute, deux
bornes encadrent l'aide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from opposable.droit import temps
from opposable.droit.calcul import Calcul, Element, etape
from opposable.droit.ensemble import Valeur
from opposable.droit.montant import UNITE_TAUX, part_arrondie, prorata

_MONTANT, _BAREME, _SUITE = "assistant_montant", "assistant_bareme", "assistant_suite"
_ENTIERE, _CLOS = "entiere", "clos"
_MOIS_PAR_AN: Final = 12
Bornes = tuple[int, int]


def calculer(k: Calcul) -> None:
    """Le versement et ses bornes, les deux années de contrat, la suite du contrat, les dates."""
    montant(k)
    au_moins(k)
    au_plus(k)
    rang(k)
    debut(k)
    montants(k)
    maximum(k)
    acompte(k)
    maximum_precedent(k)
    solde(k)
    modulation(k)
    suite(k)
    terme(k)
    formation_avant_le(k)
    recuperation_au_moins(k)
    recuperation_au_plus(k)
    _verser(k)


# Où l'on en est du contrat.


@etape("entier")
def rang(k: Calcul) -> int | None:
    """Le rang de l'année de contrat qui commence dans l'année civile : la première est celle de la signature."""
    signature = k.nombre("signature")
    if signature is None:
        return None
    resultat = k.annee() - int(temps.iso(signature)[:4]) + 1
    if resultat < 1:
        raise k.contredit("signature", "le contrat est signé après l'année", f"au plus tard le {k.annee()}-12-31")
    return resultat


@etape("date")
def debut(k: Calcul) -> int | None:
    """Le jour où cette année de contrat commence : la signature, ou son anniversaire."""
    return _anniversaire(k, k.moins(rang(k), 1))


@etape("texte")
def bareme(k: Calcul) -> str | None:
    """Les montants d'avant la convention de 2024, ou les montants revalorisés."""
    return k.mot(_BAREME)


@etape("texte")
def bareme_precedent(k: Calcul) -> str | None:
    """Le barème de l'année de contrat qui finit."""
    return _lecteur(k, debut=_anniversaire(k, k.moins(rang(k), 2))).mot(_BAREME)


@etape("texte")
def montants(k: Calcul) -> str | None:
    """Le barème de l'année de contrat qui commence, en clair."""
    return _dit(k, _BAREME)


@etape("oui_non")
def jour_meme(k: Calcul) -> str | None:
    """Le barème d'une des deux années dépend de ce que « suivant l'entrée en vigueur » veut dire."""
    if rang(k) is None:
        return None
    doute = bareme(k) is None or (_solde_du(k) and bareme_precedent(k) is None)
    return "oui" if doute else "non"


@etape("texte")
def suite(k: Calcul) -> str | None:
    """Dans ses cinq premières années, reconduit, prorogé ou clôturé."""
    return _dit(k, _SUITE)


@etape("texte")
def suite_precedente(k: Calcul) -> str | None:
    """Où en était le contrat l'année de contrat qui finit."""
    return _lecteur(k, rang=k.moins(rang(k), 1)).mot(_SUITE)


@etape("date")
def terme(k: Calcul) -> int | None:
    """Le jour où la période de contrat finit ; s'il est clôturé, celui où il a fini."""
    duree, dite, ecoulees = k.table("assistant_duree"), _suite(k), k.moins(rang(k), 1)
    signature = k.nombre("signature")
    if duree is None or dite is None or ecoulees is None or signature is None:
        return None
    finies = 0 if dite == _CLOS else ecoulees * _MOIS_PAR_AN // duree
    return temps.plus_mois(signature, duree * (finies + 1))


# L'année de contrat qui commence.


@etape("montant")
def maximum(k: Calcul) -> int | None:
    """L'aide maximale de l'année de contrat qui commence ; rien si le contrat est clôturé."""
    return 0 if _suite(k) == _CLOS else k.table(_MONTANT)


@etape("texte")
def modulation(k: Calcul) -> str | None:
    """Ce que les objectifs changent à l'aide de cette année-là."""
    return _dit(k, "assistant_modulation")


@etape("montant", composante=True)
def acompte(k: Calcul) -> int | None:
    """Ce qui est versé d'abord pour l'année qui commence : tout, la moitié ou 70 %, selon l'option et l'année."""
    return None if _suite(k) is None else k.part(maximum(k), k.table("assistant_acompte"))


# L'année de contrat qui finit.


@etape("montant")
def maximum_precedent(k: Calcul) -> int | None:
    """L'aide maximale de l'année de contrat qui finit, à son barème ; rien s'il n'y a pas de solde."""
    lecteur = _finie(k)
    return None if lecteur is None else lecteur.table(_MONTANT)


@etape("taux")
def part_acquise(k: Calcul) -> int | None:
    """La part acquise de l'aide de l'année qui finit : entière les deux premières années, sinon celle des objectifs."""
    lecteur = _finie(k)
    mot = None if lecteur is None else lecteur.mot("assistant_modulation")
    if mot is None:
        return None
    return UNITE_TAUX if mot == _ENTIERE else k.nombre("part_versee")


@etape("montant")
def solde_calcule(k: Calcul) -> int | None:
    """L'aide maximale × la part acquise − l'acompte déjà versé ; peut être négatif."""
    lecteur, plein, part = _finie(k), maximum_precedent(k), part_acquise(k)
    if lecteur is None:
        return None
    return k.moins(k.part(plein, part), k.part(plein, lecteur.table("assistant_acompte")))


@etape("oui_non")
def solde_negatif(k: Calcul) -> str:
    """L'acompte versé dépasse l'aide acquise."""
    connu = solde_calcule(k) if _solde_du(k) else None
    return "oui" if connu is not None and connu < 0 else "non"


@etape("montant", composante=True)
def solde(k: Calcul) -> int | None:
    """Le solde de l'année qui finit ; zéro si tout était versé, inconnu si l'acompte dépasse l'aide acquise."""
    if not _solde_du(k):
        return 0
    return None if solde_negatif(k) == "oui" else solde_calcule(k)


# Le versement de l'anniversaire.


@etape("montant")
def montant(k: Calcul) -> int | None:
    """Le solde de l'année de contrat qui finit, et ce qui est versé d'abord pour celle qui commence."""
    return k.plus(solde(k), acompte(k))


@etape("montant")
def au_moins(k: Calcul) -> int | None:
    """Le plus petit versement encore possible, une récupération comprise ; rien s'il est connu."""
    bornes = _bornes(k)
    return None if bornes is None or montant(k) is not None else bornes[0]


@etape("montant")
def au_plus(k: Calcul) -> int | None:
    """Le plus grand versement encore possible ; rien s'il est connu."""
    bornes = _bornes(k)
    return None if bornes is None or montant(k) is not None else bornes[1]


# La formation, la résiliation, les dates.


@etape("date")
def formation_avant_le(k: Calcul) -> int | None:
    """Le dernier jour pour que l'assistant obtienne son certificat ou son attestation."""
    embauche = k.nombre("embauche_le")
    mois = None if embauche is None else k.table("assistant_formation")
    return None if embauche is None or mois is None else temps.plus_mois(embauche, mois)


@etape("oui_non")
def resilie(k: Calcul) -> str:
    """Une résiliation est dite."""
    return "oui" if "resiliation_le" in k.cas.faits else "non"


@etape("tableau")
def recuperations(k: Calcul) -> list[int]:
    """Ce que chaque lecture récupère, en jours : l'année de contrat en cours, ou la période de contrat entière."""
    fin, signature = k.nombre("resiliation_le"), k.nombre("signature")
    duree = k.table("assistant_duree")
    if fin is None or duree is None or signature is None:
        return []
    if fin < signature:
        raise k.contredit("resiliation_le", "la résiliation précède la signature", "un jour après la signature")
    resultat = []
    for nom, mois in (("sommes_annee", _MOIS_PAR_AN), ("sommes_contrat", duree)):
        du, au = _periode(signature, fin, mois)
        sommes = k.nombre(nom)
        if sommes is not None:
            resultat.append(prorata(sommes, au - fin, au - du))
    return resultat if len(resultat) > 1 else []


@etape("montant")
def recuperation_au_moins(k: Calcul) -> int | None:
    """La récupération de la lecture la plus favorable au médecin."""
    return min(recuperations(k), default=None)


@etape("montant")
def recuperation_au_plus(k: Calcul) -> int | None:
    """La récupération de la lecture la moins favorable au médecin."""
    return max(recuperations(k), default=None)


def _verser(k: Calcul) -> None:
    """Les versements, à leur date limite, puis les dates à tenir."""
    commence, annee_de_contrat = debut(k), rang(k)
    if commence is None or annee_de_contrat is None:
        return
    finie = _finie(k)
    delai = None if finie is None else finie.table("assistant_delai_solde")
    if delai is not None:
        limite = temps.plus_mois(commence, delai)
        k.verse(limite, solde(k), f"solde de la {_ordinal(annee_de_contrat - 1)} année, au plus tard")
    if _suite(k) != _CLOS:
        jours = k.table("assistant_delai_signature") if k.choisir("assistant_delai_signature").ligne else 0
        mois = k.table("assistant_delai_acompte")
        if mois is not None and jours is not None:
            mot = "aide" if k.table("assistant_acompte") == UNITE_TAUX else "acompte"
            limite = temps.plus_mois(commence, mois) + jours
            k.verse(limite, acompte(k), f"{mot} de la {_ordinal(annee_de_contrat)} année, au plus tard")
        echange = k.table("assistant_echange")
        if echange is not None:
            k.verse(temps.plus_mois(commence, echange), None, "temps d'échange avec la caisse, au plus tard")
    dates = {"terme du contrat": terme(k), "formation de l'assistant (CQP ou FAE), au plus tard": formation_avant_le(k)}
    for objet, jour in dates.items():
        if jour is not None:
            k.verse(jour, None, objet)


# Les lectures.


def _anniversaire(k: Calcul, annees: int | None) -> int | None:
    """La signature, ``annees`` ans plus tard."""
    signature = k.nombre("signature")
    return None if signature is None or annees is None else temps.plus_mois(signature, annees * _MOIS_PAR_AN)


def _suite(k: Calcul) -> str | None:
    suite(k)
    return k.mot(_SUITE)


def _lecteur(k: Calcul, **faits: Valeur) -> Element:
    """Un lecteur de table qui connaît ces faits-là à la place de ceux du cas."""
    return Element(k, "lecture", 0, faits)


def _solde_du(k: Calcul) -> bool:
    """Une année de contrat finit, et elle n'a pas été versée en entier d'avance : deux ans, ou un pour le 1/3 ETP."""
    precedente = k.moins(rang(k), 1)
    if precedente == 0 or suite_precedente(k) == _CLOS:
        return False
    option = k.fait("option_precedente")
    return option is None or _lecteur(k, rang=precedente, option=option).table("assistant_acompte") != UNITE_TAUX


def _finie(k: Calcul) -> Element | None:
    """De quoi lire les tables pour l'année de contrat qui finit ; rien sans solde, ou si l'option manque."""
    precedente = k.moins(rang(k), 1)
    option = k.fait("option_precedente") if precedente else None
    if option is None or not _solde_du(k) or suite_precedente(k) is None:
        return None
    return _lecteur(k, rang=precedente, option=option, bareme=bareme_precedent(k))


def _possibles(lecteur: Calcul | Element) -> list[int]:
    """Les montants encore possibles : un seul s'il est certain, aucun si l'un d'eux manque."""
    choisie = lecteur.choisir(_MONTANT)
    valeurs = [choisie.valeur] if choisie.valeur is not None else [ligne.valeur for ligne in choisie.possibles]
    return [] if None in valeurs else [v for v in valeurs if isinstance(v, int)]


def _soldes(k: Calcul) -> Iterator[int]:
    """Les soldes encore possibles ; un solde négatif est peut-être récupéré, peut-être pas."""
    lecteur = _finie(k)
    if lecteur is None:
        if not _solde_du(k):
            yield 0
        return
    part = part_acquise(k)
    avance = lecteur.table("assistant_acompte")
    for plein in _possibles(lecteur) if avance is not None else ():
        for acquise in (0, UNITE_TAUX) if part is None else (part,):
            reste = part_arrondie(plein, acquise) - part_arrondie(plein, avance or 0)
            yield reste
            yield max(reste, 0)


def _acomptes(k: Calcul) -> Iterator[int]:
    """Les acomptes encore possibles ; aucun si le contrat est peut-être clôturé."""
    part, dite = k.table("assistant_acompte"), _suite(k)
    if dite in {None, _CLOS}:
        yield 0
    if dite != _CLOS and part is not None:
        yield from (part_arrondie(plein, part) for plein in _possibles(k))


def _bornes(k: Calcul) -> Bornes | None:
    """Le moins et le plus ; rien si un montant possible manque."""
    soldes, acomptes = list(_soldes(k)), list(_acomptes(k))
    if not soldes or not acomptes or (_suite(k) != _CLOS and not _possibles(k)):
        return None
    return min(soldes) + min(acomptes), max(soldes) + max(acomptes)


def _periode(depart: int, jour: int, mois: int) -> Bornes:
    """La période de ``mois`` mois, comptée depuis ``depart``, qui contient ce jour."""
    rang_ = temps.mois_revolus(depart, jour) // mois
    return temps.plus_mois(depart, rang_ * mois), temps.plus_mois(depart, (rang_ + 1) * mois)


def _dit(k: Calcul, table: str) -> str | None:
    """Le libellé du mot que la table retient."""
    mot = k.mot(table)
    return None if mot is None else k.corpus.tables[table].valeurs[mot]


def _ordinal(nombre: int) -> str:
    return "1re" if nombre == 1 else f"{nombre}e"
