"""Les actes d'un lot que seuls leurs tarifs distinguent : l'un d'eux répond pour tous, chacun garde son montant.

Une ligne est **partagée** si elle est seule dans sa facture, à la quantité un, et si d'autres actes du lot ont la forme
du sien (:mod:`opposable.droit.formes`). Sa clé porte la forme au lieu du code : l'interprète scalaire répond une fois
par forme. Il dit quel tarif de l'acte s'applique, par son rang, et le barème de la ligne ; le tarif de chaque acte s'en
calcule par le même barème que pour une facture. D'un tarif, une facture d'une seule ligne ne lit que sa place au regard
du seuil des actes lourds : il y a une réponse par place. Les autres lignes gardent leur code, et leur propre réponse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from opposable.droit.acte import Acte
from opposable.droit.corpus import Corpus
from opposable.droit.formes import Forme
from opposable.facturation import actes_lourds
from opposable.facturation.facture import LigneFacture
from opposable.facturation.technique import Bareme, bareme_de

PARTAGES: Final = {"acte": "SMALLINT", "indice": "INTEGER", "bareme": "INTEGER", "tu": "BIGINT", "place": "TINYINT"}
"""Le tarif unitaire d'un acte partagé, par tarif de l'acte et par barème, et sa place au regard du seuil."""
PLACES: Final = 9
"""Au-dessous, égal, au-dessus : avec les modificateurs, et sans eux."""


class Partage(NamedTuple):
    """Ce qui fait, d'un tarif hors modificateurs, celui d'une ligne et sa place au regard du seuil des actes lourds."""

    bareme: Bareme
    sans_modificateurs: Bareme
    seuil: int | None

    def place(self, nu: int) -> int:
        """Où sont, au regard du seuil, le tarif de la ligne puis son tarif sans modificateurs."""
        if self.seuil is None:
            return 0
        avec, sans = (b.de(nu) for b in (self.bareme, self.sans_modificateurs))
        return 3 * _cote(avec, self.seuil) + _cote(sans, self.seuil)


def _cote(montant: int, seuil: int) -> int:
    return (montant > seuil) - (montant < seuil) + 1


def partage_de(ligne: LigneFacture) -> Partage | None:
    """Ce qui fait le tarif de cette ligne d'après celui de son acte ; ``None`` s'il reste inconnu."""
    bareme, sans = bareme_de(ligne), bareme_de(ligne, modifie=False)
    if bareme is None or sans is None:
        return None
    return Partage(bareme, sans, ligne.facture.table(actes_lourds.SEUIL))


class Partages:
    """Les formes que plusieurs actes du lot partagent ; ``formes`` : celle de chacun de ceux qui peuvent l'être."""

    def __init__(self, corpus: Corpus, formes: Mapping[str, Forme]) -> None:
        groupes: dict[object, list[str]] = {}
        for code in sorted(formes):
            groupes.setdefault(formes[code].cle, []).append(code)
        self.membres = {
            codes[0]: tuple(codes)
            for codes in groupes.values()
            if len(codes) > 1 and _partageable(corpus.actes[codes[0]])
        }
        """Par acte qui répond pour les autres, ceux qui ont sa forme, lui compris."""
        self.modele_de = {code: modele for modele, codes in self.membres.items() for code in codes}
        self.montants = {code: formes[code].montants for code in self.modele_de}
        """Les tarifs différents de chaque acte, en centimes ; ceux de même rang vont ensemble."""
        self._baremes: dict[Partage, int] = {}
        self._vus: list[Partage] = []
        self._plus_petits: dict[tuple[int, int], int] = {}

    def __bool__(self) -> bool:
        return bool(self.membres)

    def lu(self, code: str) -> bool:
        """Faux pour un acte dont un autre répond."""
        return self.modele_de.get(code, code) == code

    def plus_petit(self, code: str) -> int | None:
        """Le plus petit tarif de ceux dont cet acte répond ; ``None`` s'il ne répond que de lui, ou qu'aucun n'en a."""
        montants = (m for autre in self.membres.get(code, ()) for m in self.montants[autre])
        return min(montants, default=None)

    def indice(self, code: str, nu: int) -> int:
        """Le rang de ce tarif parmi ceux de l'acte."""
        return self.montants[code].index(nu)

    def numero(self, partage: Partage) -> int:
        """Le numéro de ce barème."""
        numero = self._baremes.setdefault(partage, len(self._vus))
        if numero == len(self._vus):
            self._vus.append(partage)
        return numero

    def tarifs(self, codes: Mapping[int, str], lignes: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, ...]]:
        """Les rangées de la table des partages, pour ces actes (leur rang), rangs de tarif et barèmes."""
        for acte, indice, bareme in lignes:
            nu, partage = self.montants[codes[acte]][indice], self._vus[bareme]
            place = partage.place(nu)
            connu = self._plus_petits.get((bareme, place))
            if connu is None or nu < connu:
                self._plus_petits[bareme, place] = nu
            yield acte, indice, bareme, partage.bareme.de(nu), place

    def representants(self, partage: Partage, *, par_place: bool) -> list[int | None]:
        """Le plus petit tarif hors modificateurs que le lot porte à ce barème : de chaque place, ou de toutes."""
        numero = self.numero(partage)
        petits = [self._plus_petits.get((numero, place)) for place in range(PLACES)]
        return petits if par_place else [min((nu for nu in petits if nu is not None), default=None)]


def _partageable(acte: Acte) -> bool:
    """Faux si une limite ou une coordination est propre à l'acte : il se nommerait lui-même."""
    return acte.technique and not acte.frequences and not acte.tarif_coordonne
