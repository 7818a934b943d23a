"""Les lignes d'une année d'actes, ou ses totaux par mois : ce qui y entre, et ce qui est refusé.

Une ligne n'a ni nom, ni numéro : un jour, un code, des honoraires, et ce qui change un tarif.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit import montant, temps
from opposable.droit.corpus import Corpus
from opposable.droit.entree import cles, objet
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.fait import ATTENDUS, Fait
from opposable.droit.identite import valeur_identifiante

LIGNES_AU_PLUS: Final = 100_000
MOIS: Final = 12
EXIGEES: Final = ("date", "code", "honoraires")
PROPRES: Final = (*EXIGEES, "tarif", "facture")
"""Les colonnes de l'atelier ; les autres sont des faits de la facture, sous leur nom court."""
_BLOCS: Final = ("patient", "contexte", "acte")
_SITUES: Final = frozenset({"date", "date_heure", "heure"})
RESUME: Final = ("mois", "honoraires_remboursables", "depassements", "honoraires_opposables")


@dataclass(frozen=True, slots=True)
class Ligne:
    """Une ligne d'actes. ``honoraires`` et ``tarif`` (celui du secteur 1, s'il est dit) en centimes, positifs ;
    ``signe`` vaut -1 pour une annulation ; ``faits`` : ce qu'elle dit d'autre, par nom complet.
    """

    rang: int
    date: str
    jour: int
    code: str
    honoraires: int
    tarif: int | None
    facture: str
    signe: int
    faits: tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Mois:
    """Les sommes d'un mois, en centimes. ``actes`` et ``actes_opposables`` comptent les actes, sans les suppléments."""

    honoraires: int | None = 0
    remboursables: int = 0
    depassements: int = 0
    opposables: int = 0
    actes: int = 0
    actes_opposables: int = 0
    dedans: int = 0
    dehors: int = 0
    base_dedans: int = 0
    base_dehors: int = 0
    compares: int = 0

    def ajouter(self, autre: Mois) -> None:
        """Ajoute les sommes d'un autre mois ; les honoraires restent inconnus si l'un les ignore."""
        inconnus = self.honoraires is None or autre.honoraires is None
        for nom in self.__slots__:
            if nom != "honoraires":
                setattr(self, nom, getattr(self, nom) + getattr(autre, nom))
        self.honoraires = None if inconnus else (self.honoraires or 0) + (autre.honoraires or 0)


@dataclass(slots=True)
class Comptes:
    """Ce qui n'a pas pu l'être : par raison et par acte, le nombre de fois et les honoraires en centimes."""

    raisons: dict[tuple[str, str], tuple[str, int, int]] = field(default_factory=dict)

    def compter(self, motif: str, acte: str, message: str, honoraires: int) -> None:
        """Une fois de plus pour cette raison."""
        dit, fois, somme = self.raisons.get((motif, acte), (message, 0, 0))
        self.raisons[motif, acte] = (dit, fois + 1, somme + honoraires)

    def en_liste(self) -> list[dict[str, Any]]:
        """La forme publique, la raison la plus fréquente d'abord."""
        rangees = sorted(self.raisons.items(), key=lambda r: (-r[1][1], r[0]))
        return [
            {"motif": motif, "code": acte, "message": dit, "nombre": fois, "honoraires": montant.euros(somme)}
            for (motif, acte), (dit, fois, somme) in rangees
        ]


def faits_permis(corpus: Corpus) -> dict[str, Fait]:
    """Les faits qu'une colonne peut dire, sous leur nom court ; ni dates ni heures : l'âge suffit."""
    permis: dict[str, Fait] = {}
    for nom, fait in corpus.vocabulaire.faits.items():
        bloc, _, court = nom.partition(".")
        libre = bloc in _BLOCS and not fait.formule and fait.type not in _SITUES and "." not in court
        if libre and court not in PROPRES:
            permis.setdefault(court, fait)
    return permis


def lire_lignes(corpus: Corpus, brut: object, annee: int) -> list[Ligne]:
    """Les lignes d'une année. :class:`ErreurEntree` à la première faute, située (``actes[3].date``)."""
    if not isinstance(brut, Sequence) or isinstance(brut, str):
        raise ErreurEntree(
            "TYPE_INATTENDU", "une liste est attendue", ou="actes", attendu="une liste d'actes", exemple=_exemple(annee)
        )
    if len(brut) > LIGNES_AU_PLUS:
        raise ErreurEntree(
            "LISTE_TROP_LONGUE", f"{len(brut)} lignes", ou="actes", attendu=f"{LIGNES_AU_PLUS} au plus, d'une année"
        )
    permis = faits_permis(corpus)
    noms = frozenset({*PROPRES, *permis})
    jours: dict[str, int] = {}
    return [_ligne(rang, un, annee, permis, noms, jours) for rang, un in enumerate(brut)]


def _ligne(
    rang: int, brut: object, annee: int, permis: Mapping[str, Fait], noms: frozenset[str],
    jours: dict[str, int],
) -> Ligne:  # fmt: skip
    ou = f"actes[{rang}]"
    lu = objet(brut, ou, _exemple(annee))
    cles(lu, noms, ou)
    for cle, valeur in lu.items():
        simples = valeur if isinstance(valeur, list) else [valeur]
        if not all(v is None or isinstance(v, str | int) for v in simples):
            raise ErreurEntree(
                "TYPE_INATTENDU", "une valeur simple est attendue", ou=f"{ou}.{cle}", attendu="un texte ou un nombre",
                exemple=_exemple(annee),
            )  # fmt: skip
    dits = {cle: str(lu[cle]).strip() for cle in PROPRES if lu.get(cle) not in (None, "")}
    for cle in EXIGEES:
        if cle not in dits:
            attendu = {"date": "date", "code": "code", "honoraires": "montant"}[cle]
            raise ErreurEntree(
                "FAIT_ABSENT",
                f"il manque : {cle}",
                ou=f"{ou}.{cle}",
                attendu=ATTENDUS[attendu],
                exemple=_exemple(annee),
            )
    if valeur_identifiante(dits.get("facture", "")):
        raise ErreurEntree(
            "COLONNE_IDENTIFIANTE", "ce numéro de facture ressemble à un numéro de sécurité sociale ou à une adresse",
            ou=f"{ou}.facture", attendu="un numéro de facture que vous seul savez relier à un patient",
        )  # fmt: skip
    jour = jours.get(dits["date"])
    if jour is None:
        jour = jours[dits["date"]] = _jour(dits["date"], f"{ou}.date", annee)
    honoraires = _montant(dits["honoraires"], f"{ou}.honoraires")
    tarif = _montant(dits["tarif"], f"{ou}.tarif") if "tarif" in dits else None
    autres = tuple(
        (permis[cle].nom, tuple(valeur) if isinstance(valeur, list) else valeur)
        for cle, valeur in sorted(lu.items())
        if cle in permis and valeur not in (None, "")
    )
    signe = -1 if honoraires < 0 else 1
    code = dits["code"].upper()
    return Ligne(
        rang, dits["date"], jour, code, abs(honoraires), None if tarif is None else abs(tarif),
        dits.get("facture", ""), signe, autres,
    )  # fmt: skip


def lire_resume(brut: object) -> dict[int, Mois]:
    """Les totaux de chaque mois dit. :class:`ErreurEntree` à la première faute, située (``mois[2].depassements``)."""
    exemple = (
        '"mois": [{"mois": 1, "honoraires_remboursables": "8000.00", "depassements": "2400.00", '
        '"honoraires_opposables": "3600.00"}]'
    )
    if not isinstance(brut, Sequence) or isinstance(brut, str):
        raise ErreurEntree("TYPE_INATTENDU", "une liste est attendue", ou="mois", attendu="une liste", exemple=exemple)
    mois: dict[int, Mois] = {}
    for rang, un in enumerate(brut):
        ou = f"mois[{rang}]"
        lu = objet(un, ou, exemple)
        cles(lu, frozenset(RESUME), ou)
        for cle in RESUME:
            if lu.get(cle) in (None, ""):
                raise ErreurEntree("FAIT_ABSENT", f"il manque : {cle}", ou=f"{ou}.{cle}", attendu="", exemple=exemple)
        texte = str(lu["mois"]).strip().rpartition("-")[2]
        numero = int(texte) if texte.isdecimal() and len(texte) <= 2 else 0
        if not 1 <= numero <= MOIS:
            raise ErreurEntree(
                "HORS_DOMAINE", f"« {lu['mois']} » n'est pas un mois", ou=f"{ou}.mois", attendu="de 1 à 12",
                exemple='"mois": 3',
            )  # fmt: skip
        if numero in mois:
            raise ErreurEntree("DOUBLON", "ce mois est déjà dit", ou=f"{ou}.mois", attendu="chaque mois une fois")
        lus = {cle: _montant(str(lu[cle]), f"{ou}.{cle}") for cle in RESUME[1:]}
        for cle, somme in lus.items():
            if somme < 0:
                raise ErreurEntree("HORS_DOMAINE", "un total négatif", ou=f"{ou}.{cle}", attendu="zéro ou plus")
        if lus["honoraires_opposables"] > lus["honoraires_remboursables"]:
            raise ErreurEntree(
                "FAITS_CONTRADICTOIRES", "plus que les honoraires remboursables du mois",
                ou=f"{ou}.honoraires_opposables", attendu=f"au plus {montant.euros(lus['honoraires_remboursables'])}",
            )  # fmt: skip
        mois[numero] = Mois(
            honoraires=lus["honoraires_remboursables"] + lus["depassements"],
            remboursables=lus["honoraires_remboursables"], depassements=lus["depassements"],
            opposables=lus["honoraires_opposables"],
        )  # fmt: skip
    if not mois:
        raise ErreurEntree("FAIT_ABSENT", "aucun mois", ou="mois", attendu="un mois au moins", exemple=exemple)
    return mois


def _jour(texte: str, ou: str, annee: int) -> int:
    try:
        jour = temps.jour(texte)
    except ValueError:
        raise ErreurEntree(
            "DATE_IMPOSSIBLE", f"« {texte[:40]} » n'est pas une date", ou=ou, attendu=ATTENDUS["date"],
            exemple=f"{annee}-03-14",
        ) from None  # fmt: skip
    if not texte.startswith(f"{annee}-"):
        raise ErreurEntree(
            "HORS_DOMAINE", f"{texte} n'est pas de l'année {annee}", ou=ou, attendu=f"une date de {annee}",
            exemple=f"{annee}-03-14",
        )  # fmt: skip
    return jour


def _montant(texte: str, ou: str) -> int:
    """Des centimes ; une virgule, des espaces, « € » se lisent aussi."""
    net = texte.replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "").replace(" ", "")
    try:
        return montant.centimes(net.removesuffix("€").replace(",", "."))
    except ValueError:
        raise ErreurEntree(
            "MONTANT_ILLISIBLE", f"« {texte[:40]} » n'est pas un montant", ou=ou, attendu=ATTENDUS["montant"],
            exemple="60.00",
        ) from None  # fmt: skip


def _exemple(annee: int) -> str:
    return f'"actes": [{{"date": "{annee}-03-14", "code": "CS", "honoraires": "60.00"}}]'
