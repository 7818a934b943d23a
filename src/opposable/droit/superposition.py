"""Pose les surcouches sur les nœuds du corpus : actes et tables nouveaux d'abord, puis corrections, puis ajouts.

Deux surcouches qui touchent la même ligne sont refusées, et aucune ne corrige une ligne qu'une autre ajoute : l'ordre
où on les donne ne compte donc jamais. Tous les défauts sont notés, pas seulement le premier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from opposable.droit.erreurs import Defaut, ErreurCorpus, plus_proche
from opposable.droit.heritage import COMME, heriter, lignee
from opposable.droit.lecture import Noeud
from opposable.droit.surcouche import Surcouche, identifiant_de_ligne

LISTES_ACTE: Final = ("tarifs", "bases", "taux", "tiers_payant")
"""Les tables d'un acte qu'une surcouche corrige."""
OPERATIONS: Final = ("ajoute", "remplace", "remplit", "retire")
_TERRITORIALES: Final = frozenset({"tarifs", "bases"})
_TERRITOIRE: Final = "medecin.territoire"
_EXEMPLE: Final = "G: {tarifs: {ajoute: [{du: 2027-01-01, montant: 31.50, source: mon-passage}]}}"
_EXEMPLE_ACTE: Final = (
    'ZZ1: {libelle: "…", nature: acte, tarifs: [{du: 2027-01-01, montant: 20.00, source: mon-passage}]}'
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Ce qu'une surcouche (``couche``, son empreinte) fait à une ligne (``ident``) d'un acte ou d'une table.

    ``sorte`` : ajoute, remplace, remplit, retire, ou nouveau (l'acte ou la table entiers). ``table`` : le nom de la
    table typée (``COE.taux``) ; ``nouveau`` : l'identifiant de la ligne écrite, qui change si sa date change.
    """

    couche: str
    sorte: str
    cible: str
    liste: str
    table: str
    ident: str
    nouveau: str = ""
    territoire: str = ""


@dataclass(slots=True)
class Superposition:
    """Les nœuds corrigés, ce qui a été fait, et tous les défauts rencontrés."""

    actes: dict[str, Noeud]
    tables: dict[str, Noeud]
    territoires: tuple[str, ...]
    operations: list[Operation] = field(default_factory=list)
    defauts: list[Defaut] = field(default_factory=list)
    touches: set[str] = field(default_factory=set)
    fautifs: set[str] = field(default_factory=set)
    _reservees: dict[str, str] = field(default_factory=dict)
    _entieres: dict[str, str] = field(default_factory=dict)
    _partielles: dict[str, str] = field(default_factory=dict)

    def rater(self, nom: str, erreur: ErreurCorpus) -> None:
        """Note les défauts d'une opération sur l'acte ou la table ``nom``."""
        self.defauts.extend(erreur.defauts)
        self.fautifs.add(nom)

    def reserver(self, ident: str, noeud: Noeud, couche: Surcouche) -> None:
        """Retient la ligne pour cette surcouche. :class:`ErreurCorpus` si elle est déjà touchée."""
        if ident in self._reservees:
            raise noeud.defaut(
                f"« {ident} » est déjà touché par la surcouche « {self._reservees[ident]} »",
                regle=ident,
                attendu="une seule correction par ligne",
            )
        self._reservees[ident] = couche.nom

    def reserver_entiere(self, ident: str, noeud: Noeud, couche: Surcouche) -> None:
        """Retient la ligne et ses valeurs d'outre-mer."""
        self.reserver(ident, noeud, couche)
        if ident in self._partielles:
            raise _deux_fois(ident, self._partielles[ident], noeud)
        self._entieres[ident] = couche.nom

    def reserver_territoire(self, ident: str, ligne: str, noeud: Noeud, couche: Surcouche) -> None:
        """Retient une valeur d'outre-mer d'une ligne."""
        self.reserver(ident, noeud, couche)
        if ligne in self._entieres:
            raise _deux_fois(ligne, self._entieres[ligne], noeud)
        self._partielles[ligne] = couche.nom


def _deux_fois(ligne: str, autre: str, noeud: Noeud) -> ErreurCorpus:
    return noeud.defaut(
        f"la ligne « {ligne} » est corrigée en entier et en partie (surcouche « {autre} »)",
        regle=ligne,
        attendu="une correction entière, ses valeurs d'outre-mer sous « drom », ou seulement des valeurs d'outre-mer",
    )


def superposer(
    couches: Sequence[Surcouche], actes: dict[str, Noeud], tables: dict[str, Noeud], territoires: Iterable[str]
) -> Superposition:
    """Pose les surcouches, sur place. Les défauts sont dans le résultat : rien n'est levé."""
    pose = Superposition(actes, tables, tuple(territoires))
    corrections: list[tuple[Surcouche, bool, str, Noeud]] = []
    for couche in couches:
        for ensemble, de_table in ((couche.actes, False), (couche.tables, True)):
            for nom, noeud in ensemble.table().items():
                try:
                    if "libelle" in noeud.table(nom):
                        _nouveau(pose, tables if de_table else actes, nom, noeud, couche)
                    else:
                        corrections.append((couche, de_table, nom, noeud))
                except ErreurCorpus as erreur:
                    pose.rater(nom, erreur)
    profondeurs = [0 if c[1] or c[2] not in actes else len(lignee(c[2], actes)) for c in corrections]
    for profondeur in sorted(set(profondeurs)):
        _corriger(pose, [c for c, p in zip(corrections, profondeurs, strict=True) if p == profondeur])
    if pose.touches:
        pose.touches |= {code for code in actes if COMME in actes[code].table() and _repris(code, actes, pose.touches)}
    return pose


def _repris(code: str, actes: Mapping[str, Noeud], touches: set[str]) -> bool:
    """Vrai si l'acte en reprend un que les surcouches touchent."""
    try:
        return not touches.isdisjoint(lignee(code, actes))
    except ErreurCorpus:
        return False


def _corriger(pose: Superposition, corrections: Iterable[tuple[Surcouche, bool, str, Noeud]]) -> None:
    """Pose des corrections de même rang : un acte est corrigé avant ceux qui le reprennent (« comme »)."""
    cibles: dict[tuple[bool, str, str], _Correction] = {}
    demandes: list[tuple[Surcouche, _Correction, dict[str, Noeud]]] = []
    for couche, de_table, nom, noeud in corrections:
        for liste, operations in _operations(pose, de_table, nom, noeud).items():
            cible = cibles.setdefault((de_table, nom, liste), _Correction(pose, de_table, nom, liste))
            demandes.append((couche, cible, operations))
    for couche, cible, operations in demandes:
        for sorte in OPERATIONS:
            cible.appliquer(couche, sorte, operations.get(sorte))
    for cible in cibles.values():
        cible.finir()


def _nouveau(pose: Superposition, ensemble: dict[str, Noeud], nom: str, noeud: Noeud, couche: Surcouche) -> None:
    if nom in ensemble and nom not in pose._reservees:
        raise noeud.defaut(
            f"« {nom} » existe déjà dans le corpus",
            regle=nom,
            attendu="ajoute, remplace, remplit ou retire ses lignes, sans « libelle »",
            exemple=_EXEMPLE,
        )
    pose.reserver(nom, noeud, couche)
    ensemble[nom] = noeud
    pose.touches.add(nom)
    pose.operations.append(Operation(couche.empreinte, "nouveau", nom, "", nom, nom, nom))


def _operations(pose: Superposition, de_table: bool, nom: str, noeud: Noeud) -> dict[str, dict[str, Noeud]]:
    """Les opérations écrites, par liste de lignes ; note celles qui n'ont pas la bonne forme."""
    ensemble = pose.tables if de_table else pose.actes
    genre = ("la table", "une table existante, ou complète, avec son libellé") if de_table else ("l'acte", "")
    resultat: dict[str, dict[str, Noeud]] = {}
    pose.touches.add(nom)
    if nom not in ensemble:
        proche = plus_proche(nom, ensemble)
        suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
        attendu = genre[1] or "un code existant, ou un acte complet avec son libellé"
        message = f"« {nom} » n'existe pas dans le corpus{suite}"
        pose.rater(nom, noeud.defaut(message, regle=nom, attendu=attendu, exemple="" if de_table else _EXEMPLE_ACTE))
        return resultat
    try:
        listes = noeud.cles(frozenset({"lignes"} if de_table else LISTES_ACTE), nom)
        if not listes:
            message = f"rien n'est corrigé dans {genre[0]} « {nom} »"
            raise noeud.defaut(message, regle=nom, attendu=", ".join(OPERATIONS), exemple=_EXEMPLE)
    except ErreurCorpus as erreur:
        pose.rater(nom, erreur)
        return resultat
    for liste, operations in listes.items():
        try:
            if isinstance(operations.valeur, list):
                message = f"« {liste} » de {genre[0]} « {nom} » se corrige par opérations, pas par une liste"
                raise operations.defaut(message, regle=nom, attendu=", ".join(OPERATIONS), exemple=_EXEMPLE)
            resultat[liste] = operations.cles(frozenset(OPERATIONS), nom)
        except ErreurCorpus as erreur:
            pose.rater(nom, erreur)
    return resultat


class _Correction:
    """Les opérations des surcouches sur une liste de lignes d'un acte ou d'une table."""

    def __init__(self, pose: Superposition, de_table: bool, nom: str, liste: str) -> None:
        self.pose = pose
        self.nom = nom
        self.liste = liste
        self.ensemble = pose.tables if de_table else pose.actes
        self.table = nom if liste in {"tarifs", "lignes"} else f"{nom}.{'base' if liste == 'bases' else liste}"
        self.lignes: list[Noeud | None] = []
        self.rangs: dict[str, tuple[int, str]] = {}
        self.ajouts: list[Noeud] = []
        self.place = self.ensemble[nom]
        try:
            entier = self.ensemble[nom] if de_table else heriter(nom, self.ensemble)
            self.lignes = list(_liste(entier.table().get(liste)))
            self.rangs = self._rangs()
        except ErreurCorpus as erreur:
            pose.rater(nom, erreur)

    def appliquer(self, couche: Surcouche, sorte: str, noeud: Noeud | None) -> None:
        """Fait les opérations d'une sorte ; note celles qui ne conviennent pas."""
        if noeud is None:
            return
        self.place = noeud
        par_identifiant = sorte in {"remplace", "remplit"}
        try:
            elements = (
                list(noeud.table(self.nom).items()) if par_identifiant else [("", n) for n in noeud.liste(self.nom)]
            )
        except ErreurCorpus:
            attendu = "{identifiant: ligne}" if par_identifiant else "une liste entre crochets"
            message = f"« {sorte} » n'a pas la bonne forme"
            self.pose.rater(self.nom, noeud.defaut(message, regle=self.nom, attendu=attendu, exemple=_EXEMPLES[sorte]))
            return
        for ident, element in elements:
            try:
                self._une(couche, sorte, ident, element)
            except ErreurCorpus as erreur:
                self.pose.rater(self.nom, erreur)

    def finir(self) -> None:
        """Écrit la liste corrigée dans l'acte ou la table."""
        origine = self.ensemble[self.nom]
        lignes = [n for n in self.lignes if n is not None] + self.ajouts
        cles = {**origine.table(), self.liste: _noeud(lignes, self.place)}
        if not lignes and self.liste not in {"tarifs", "lignes"}:
            del cles[self.liste]
        self.ensemble[self.nom] = _noeud(cles, origine)

    def _une(self, couche: Surcouche, sorte: str, ident: str, noeud: Noeud) -> None:
        pose = self.pose
        if sorte == "ajoute":
            ident = identifiant_de_ligne(self.table, noeud)
            pose.reserver(ident, noeud, couche)
            self.ajouts.append(noeud)
            self._noter(couche, sorte, ident, ident)
            return
        if sorte == "retire":
            ident = noeud.texte(self.nom)
        if ident not in self.rangs:
            proche = plus_proche(ident, self.rangs)
            suite = f" ; vouliez-vous « {proche} » ?" if proche else ""
            connues = ", ".join(i for i, (_, territoire) in self.rangs.items() if not territoire)
            raise noeud.defaut(
                f"aucune ligne « {ident} »{suite}", regle=ident, attendu=connues or "aucune ligne à corriger"
            )
        rang, territoire = self.rangs[ident]
        if territoire and sorte == "retire":
            raise noeud.defaut(
                f"« {ident} » est une valeur d'outre-mer : elle ne se retire pas seule",
                regle=ident,
                attendu="remplace, avec « manquant: la raison »",
                exemple=_EXEMPLES["territoire"],
            )
        if territoire:
            parente = next(i for i, (r, t) in self.rangs.items() if r == rang and not t)
            pose.reserver_territoire(ident, parente, noeud, couche)
        elif sorte == "remplit":
            pose.reserver(ident, noeud, couche)
        else:
            pose.reserver_entiere(ident, noeud, couche)
        ancienne = self.lignes[rang]
        if ancienne is None:
            return
        nouveau = ident
        if sorte == "retire":
            self.lignes[rang], nouveau = None, ""
        elif territoire:
            self.lignes[rang] = _avec_territoire(ancienne, territoire, noeud, ident, pose.territoires, sorte)
        elif sorte == "remplit":
            self.lignes[rang] = _remplie(ancienne, noeud, ident, pose.territoires)
        else:
            nouveau = identifiant_de_ligne(self.table, noeud)
            self.lignes[rang] = noeud
        self._noter(couche, sorte, ident, nouveau, territoire)

    def _noter(self, couche: Surcouche, sorte: str, ident: str, nouveau: str, territoire: str = "") -> None:
        self.pose.operations.append(
            Operation(couche.empreinte, sorte, self.nom, self.liste, self.table, ident, nouveau, territoire)
        )

    def _rangs(self) -> dict[str, tuple[int, str]]:
        """Le rang de chaque ligne par identifiant ; puis celui de la ligne qui porte chaque valeur d'outre-mer."""
        rangs: dict[str, tuple[int, str]] = {}
        ecrites = [(rang, noeud) for rang, noeud in enumerate(self.lignes) if noeud is not None]
        for rang, noeud in ecrites:
            rangs[identifiant_de_ligne(self.table, noeud)] = (rang, "")
        if self.liste in _TERRITORIALES:
            for rang, noeud in ecrites:
                if not _lit_le_territoire(noeud):
                    for territoire in self.pose.territoires:
                        rangs.setdefault(identifiant_de_ligne(self.table, noeud, territoire), (rang, territoire))
        return rangs


_EXEMPLES: Final = {
    "ajoute": "ajoute: [{du: 2027-01-01, montant: 31.50, source: mon-passage}]",
    "remplace": "remplace: {G.2024-12-22: {du: 2024-12-22, montant: 31.50, source: mon-passage}}",
    "remplit": "remplit: {VS.2024-12-22: {montant: 30.00, source: mon-passage}}",
    "retire": "retire: [G.2024-12-22]",
    "territoire": 'remplace: {G.mayotte.2024-12-22: {manquant: "la raison", source: mon-passage}}',
}


def _liste(noeud: Noeud | None) -> list[Noeud]:
    """Les lignes écrites : une liste, ou une ligne seule (le taux d'un acte)."""
    if noeud is None:
        return []
    return noeud.valeur if isinstance(noeud.valeur, list) else [noeud]


def _lit_le_territoire(noeud: Noeud) -> bool:
    cellule = noeud.table().get("cellule")
    return cellule is not None and isinstance(cellule.valeur, dict) and _TERRITOIRE in cellule.valeur


def _remplie(ancienne: Noeud, noeud: Noeud, ident: str, territoires: tuple[str, ...]) -> Noeud:
    """La ligne, sa valeur manquante donnée ; tout le reste (dates, cellule, outre-mer) est gardé."""
    cles = dict(ancienne.table(ident))
    apport = noeud.cles(frozenset({"montant", "valeur", "source"}), ident, frozenset({"source"}))
    if "manquant" not in cles:
        valeur = cles["montant"] if "montant" in cles else cles["valeur"]
        raise _deja_remplie(ident, noeud, valeur)
    if "drom" in cles and not isinstance(cles["drom"].valeur, list):
        cles["drom"] = _noeud(_drom_ecrit(cles, territoires), cles["drom"])
    del cles["manquant"]
    cles.pop("source", None)
    return _noeud({**cles, **apport}, noeud)


def _avec_territoire(
    ancienne: Noeud, territoire: str, noeud: Noeud, ident: str, territoires: tuple[str, ...], sorte: str
) -> Noeud:
    """La ligne, sa valeur dans ce territoire donnée ou corrigée ; les autres sont gardées."""
    apport = noeud.cles(frozenset({"montant", "manquant", "source"}), ident, frozenset({"source"}))
    cles = dict(ancienne.table(ident))
    gardes: list[Noeud] = []
    for element in _drom_ecrit(cles, territoires):
        champs = element.table(ident)
        autres = [n for n in champs["territoires"].liste(ident) if n.texte(ident) != territoire]
        if len(autres) == len(champs["territoires"].liste(ident)):
            gardes.append(element)
            continue
        if sorte == "remplit" and "manquant" not in champs:
            raise _deja_remplie(ident, noeud, champs["montant"])
        if autres:
            gardes.append(_noeud({**champs, "territoires": _noeud(autres, champs["territoires"])}, element))
    neuf = _noeud({**apport, "territoires": _noeud([Noeud(territoire, noeud.fichier, noeud.ligne)], noeud)}, noeud)
    cles.pop("source_drom", None)
    cles["drom"] = _noeud([*gardes, neuf], cles.get("drom", noeud))
    return _noeud(cles, ancienne)


def _drom_ecrit(cles: Mapping[str, Noeud], territoires: tuple[str, ...]) -> list[Noeud]:
    """Les valeurs d'outre-mer d'une ligne, « idem » écrit en clair."""
    drom = cles.get("drom")
    if drom is None:
        return []
    if isinstance(drom.valeur, list):
        return drom.valeur
    sources = [n for cle in ("source", "source_drom") if cle in cles for n in cles[cle].liste()]
    valeur = {cle: cles[cle] for cle in ("montant", "valeur", "manquant") if cle in cles}
    tous = _noeud([Noeud(t, drom.fichier, drom.ligne) for t in territoires], drom)
    return [_noeud({**valeur, "source": _noeud(sources, drom), "territoires": tous}, drom)]


def _deja_remplie(ident: str, noeud: Noeud, valeur: Noeud) -> ErreurCorpus:
    return noeud.defaut(
        f"« {ident} » a déjà une valeur ({valeur.valeur})",
        regle=ident,
        attendu="remplace, pour corriger une valeur ; remplit, pour une valeur manquante",
        exemple=_EXEMPLES["remplace"],
    )


def _noeud(valeur: list[Noeud] | dict[str, Noeud], place: Noeud) -> Noeud:
    return Noeud(valeur, place.fichier, place.ligne)
