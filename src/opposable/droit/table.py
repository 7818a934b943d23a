"""Les tables de décision : des lignes datées, chacune avec sa cellule, et le choix d'une ligne pour un cas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

from opposable.droit import boite, montant, temps
from opposable.droit.condition import Lecteur
from opposable.droit.ensemble import Ensemble, Valeur, connu
from opposable.droit.lecture import Noeud
from opposable.droit.source import Passage

Calendrier = Literal["effectif", "prevu"]
EFFECTIF: Final[Calendrier] = "effectif"
PREVU: Final[Calendrier] = "prevu"


@dataclass(frozen=True, slots=True)
class LigneTable:
    """Une ligne : sa cellule, sa période dans chaque calendrier, sa valeur (centimes, dix-millièmes…) ou sa raison de
    manquer, ses sources, et les lignes dont elle est l'exception (``sauf_de``).
    """

    id: str
    serie: str
    cellule: tuple[tuple[str, Ensemble], ...]
    du: int
    du_prevu: int
    au: int
    au_prevu: int
    valeur: int | str | None
    manquant: str
    sources: tuple[Passage, ...]
    sauf_de: tuple[str, ...] = ()
    report: str = ""
    cellule_texte: str = ""
    fichier: str = ""
    ligne: int = 0
    origine: bool = False
    reserve: str = ""
    """Pourquoi la valeur n'est pas certaine pendant cette période ; vide d'ordinaire."""

    def periode(self, calendrier: Calendrier) -> tuple[int, int]:
        """La période ``[du, au[`` en jours, dans ce calendrier."""
        return (self.du, self.au) if calendrier == EFFECTIF else (self.du_prevu, self.au_prevu)

    def boite(self) -> dict[str, Ensemble]:
        """La cellule comme boîte."""
        return dict(self.cellule)


class Choisie(NamedTuple):
    """Ce que la table répond : la ligne et sa valeur quand elles sont certaines ; sinon les lignes possibles.

    ``etat`` : ``certain``, ``manquant`` (certain, mais la valeur manque), ``incertain`` (des faits manquent),
    ``hors`` (aucune ligne ne s'applique).
    """

    etat: str
    ligne: LigneTable | None
    valeur: int | str | None
    possibles: tuple[LigneTable, ...] = ()


_HORS: Final = Choisie("hors", None, None)
NOEUDS: Final = 4000
"""Les faits lus retenus par table ; au-delà, l'arbre repart de rien."""


@dataclass(slots=True)
class Embranchement:
    """Le fait qui se lit ensuite, et ce qui suit chacune de ses valeurs."""

    fait: str
    suites: dict[Valeur, Embranchement | Choisie]


@dataclass(slots=True)
class Table:
    """Une table de décision. ``ailleurs`` dit ce que valent les cas qu'aucune ligne ne couvre :
    vide (c'est une erreur), ``manquant``, ``refuse``, ``hors_periode`` ou ``defaut``. ``valeurs`` : les mots qu'une
    table de textes peut dire, et comment ils se disent. ``publie_dans`` dit où se trouve ce qu'elle ne donne pas ;
    ``dispositif`` est celui dont le fichier la porte.
    """

    nom: str
    lignes: tuple[LigneTable, ...]
    domaines: Mapping[str, Ensemble]
    ailleurs: str = ""
    choix: str = "unique"
    au: int = temps.INFINI
    type_valeur: str = "montant"
    """montant (centimes), taux ou majoration (dix-millièmes ; une majoration peut dépasser 1), entier ou texte."""
    libelle: str = ""
    valeurs: Mapping[str, str] = field(default_factory=dict)
    publie_dans: str = ""
    dispositif: str = ""
    _actives: dict[tuple[int, Calendrier], tuple[LigneTable, ...]] = field(init=False, default_factory=dict)
    _debuts: dict[Calendrier, int] = field(init=False, default_factory=dict)
    _arbres: dict[tuple[int, Calendrier], Embranchement | Choisie] = field(init=False, default_factory=dict)
    _noeuds: int = field(init=False, default=0)

    @property
    def faits(self) -> tuple[str, ...]:
        """Les faits que la table lit, dans l'ordre où ils apparaissent."""
        return tuple(dict.fromkeys(fait for ligne in self.lignes for fait, _ in ligne.cellule))

    def debut(self, calendrier: Calendrier) -> int:
        """Le premier jour où la table a une ligne."""
        trouve = self._debuts.get(calendrier)
        if trouve is None:
            trouve = self._debuts[calendrier] = min(ligne.periode(calendrier)[0] for ligne in self.lignes)
        return trouve

    def oublier(self) -> None:
        """Oublie ce qui est retenu des lignes : à appeler quand on les change."""
        self._actives.clear()
        self._debuts.clear()
        self._arbres.clear()
        self._noeuds = 0

    def actives(self, jour: int, calendrier: Calendrier) -> tuple[LigneTable, ...]:
        """Les lignes en vigueur ce jour-là, dans ce calendrier."""
        cle = (jour, calendrier)
        trouvees = self._actives.get(cle)
        if trouvees is None:
            trouvees = tuple(
                ligne for ligne in self.lignes if ligne.periode(calendrier)[0] <= jour < ligne.periode(calendrier)[1]
            )
            if len(self._actives) > 4096:
                self._actives.clear()
            self._actives[cle] = trouvees
        return trouvees

    def texte(self, valeur: int | str | None) -> str | None:
        """Le texte public d'une valeur de la table (``"30.00"``, ``"0.70"``) ; ``None`` si elle manque."""
        if not isinstance(valeur, int):
            return valeur
        return {"montant": montant.euros, "taux": montant.texte_taux, "majoration": montant.texte_taux}.get(
            self.type_valeur, str
        )(valeur)

    def choisir(self, lire: Lecteur, jour: int, calendrier: Calendrier) -> Choisie:
        """La ligne qui s'applique au cas. Exact : avec des faits inconnus, la valeur est certaine seulement si toutes
        les lignes encore possibles la partagent et qu'aucun cas découvert n'est possible.

        Le choix, comme l'ordre des lectures, ne dépend que des valeurs lues : un arbre des faits lus le retient.
        """
        noeud = self._arbres.get((jour, calendrier))
        while isinstance(noeud, Embranchement):
            noeud = noeud.suites.get(lire(noeud.fait))
        return noeud if noeud is not None else self._retenir(lire, jour, calendrier)

    def _retenir(self, lire: Lecteur, jour: int, calendrier: Calendrier) -> Choisie:
        """Le choix, et les faits lus pour le faire, ajoutés à l'arbre."""
        lus: dict[str, Valeur] = {}

        def noter(fait: str) -> Valeur:
            if fait not in lus:
                lus[fait] = lire(fait)
            return lus[fait]

        choisie = self._choisir(noter, jour, calendrier)
        if self._noeuds > NOEUDS:
            self._arbres.clear()
            self._noeuds = 0
        self._noeuds += len(lus) + 1
        suites: dict[Any, Embranchement | Choisie] = self._arbres
        cle: object = (jour, calendrier)
        for fait, valeur in lus.items():
            embranchement = suites.setdefault(cle, Embranchement(fait, {}))
            assert isinstance(embranchement, Embranchement)  # noqa: S101 - mêmes valeurs lues, même fait ensuite
            suites, cle = embranchement.suites, valeur
        suites[cle] = choisie
        return choisie

    def _choisir(self, lire: Lecteur, jour: int, calendrier: Calendrier) -> Choisie:
        certaines: list[LigneTable] = []
        possibles: list[LigneTable] = []
        for ligne in self.actives(jour, calendrier):
            verdict: bool | None = True
            for fait, ensemble in ligne.cellule:
                teste = ensemble.teste(lire(fait))
                if teste is False:
                    verdict = False
                    break
                if teste is None:
                    verdict = None
            if verdict is True:
                certaines.append(ligne)
            elif verdict is None:
                possibles.append(ligne)
        if not possibles:
            if len(certaines) > 1:
                exclues = {ident for ligne in certaines for ident in ligne.sauf_de}
                certaines = [ligne for ligne in certaines if ligne.id not in exclues]
            if not certaines:
                return _HORS
            ligne = certaines[0]
            return Choisie("manquant" if ligne.valeur is None else "certain", ligne, ligne.valeur)
        return self._choisir_incertain(lire, jour, calendrier)

    def _choisir_incertain(self, lire: Lecteur, jour: int, calendrier: Calendrier) -> Choisie:
        su = {fait: connu(lire(fait), self.domaines[fait]) for fait in self.faits}
        possibles = []
        reste: list[dict[str, Ensemble]] = [su]
        for ligne in self.actives(jour, calendrier):
            if any(boite.inter(b, su) is not None for b in self.regions(ligne, jour, calendrier)):
                possibles.append(ligne)
            reste = boite.moins_toutes(reste, [ligne.boite()], self.domaines)
        valeurs = {ligne.valeur for ligne in possibles}
        if not possibles:
            return _HORS
        if len(valeurs) == 1 and not reste:
            etat = "manquant" if valeurs == {None} else "certain"
            return Choisie(etat, possibles[0], possibles[0].valeur, tuple(possibles))
        return Choisie("incertain", None, None, tuple(possibles))

    def regions(self, ligne: LigneTable, jour: int, calendrier: Calendrier) -> list[dict[str, Ensemble]]:
        """Les boîtes disjointes où la ligne s'applique ce jour-là, ses exceptions retirées."""
        exceptions = [autre.boite() for autre in self.actives(jour, calendrier) if ligne.id in autre.sauf_de]
        permise = boite.inter(ligne.boite(), {fait: self.domaines[fait] for fait, _ in ligne.cellule})
        return [] if permise is None else boite.moins_toutes([permise], exceptions, self.domaines)

    def nommer(self, valeurs: Mapping[str, str]) -> None:
        """Donne aux mots de la table leurs libellés. :class:`ErreurCorpus` si une ligne dit un autre mot."""
        for ligne in self.lignes:
            if ligne.valeur is not None and ligne.valeur not in valeurs:
                raise Noeud("", ligne.fichier, ligne.ligne).defaut(
                    f"« {ligne.valeur} » n'est pas un mot de la table", regle=ligne.id, attendu=", ".join(valeurs)
                )
        self.valeurs = valeurs

    def bornes(self, calendrier: Calendrier) -> list[int]:
        """Les jours où quelque chose change, triés."""
        debut = min(ligne.periode(calendrier)[0] for ligne in self.lignes)
        jours = {j for ligne in self.lignes for j in ligne.periode(calendrier)} | {self.au}
        return sorted(j for j in jours if debut <= j < self.au)


def fermer_series(lignes: Iterable[LigneTable], au: int = temps.INFINI) -> tuple[LigneTable, ...]:
    """Ferme chaque ligne au ``du`` de la suivante de sa série, dans les deux calendriers ; la dernière reste ouverte,
    sauf ``au``. Une exception ferme aussi ses lignes visées seulement là où elle s'applique : cela se lit au choix.
    """
    ecrites = list(lignes)
    par_serie: dict[str, list[int]] = {}
    for rang, ligne in enumerate(ecrites):
        par_serie.setdefault(ligne.serie, []).append(rang)
    fins: dict[Calendrier, list[int]] = {c: [ligne.periode(c)[1] for ligne in ecrites] for c in (EFFECTIF, PREVU)}
    for calendrier, bouts in fins.items():
        for rangs in par_serie.values():
            debuts = {rang: ecrites[rang].periode(calendrier)[0] for rang in rangs}
            ordonnes = sorted(rangs, key=debuts.__getitem__)
            for courant, suivant in zip(ordonnes, [*ordonnes[1:], None], strict=True):
                bouts[courant] = min(bouts[courant], au if suivant is None else min(au, debuts[suivant]))
    return tuple(
        ligne if (ligne.au, ligne.au_prevu) == bouts else replace(ligne, au=bouts[0], au_prevu=bouts[1])
        for ligne, bouts in zip(ecrites, zip(fins[EFFECTIF], fins[PREVU], strict=True), strict=True)
    )
