"""Ce qui change entre deux dates : tarifs, puis bases, taux et paramètres, puis règles ; pour tous ou pour un profil.

Un changement de valeur est un cas qui vaut autre chose qu'à la veille : chaque ligne du jour est confrontée à celles de
la veille, et leurs cas communs comparés exactement. Une exception qui commence ou finit se voit donc comme le reste.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.droit import boite, francais, temps
from opposable.droit.acte import Acte, Regle
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Ensemble
from opposable.droit.source import Passage
from opposable.droit.table import Calendrier, LigneTable, Table
from opposable.facturation import bareme_lignes
from opposable.facturation.profil import Profil

Cellule = tuple[tuple[str, Ensemble], ...]
_Cle = tuple[int, str, str, tuple[str, ...], tuple[str, ...]]
"""Le jour, la sorte, le motif, ce qui finit et ce qui commence : ce que des actes partagent."""
LIENS: Final = {"s_ajoute_a": "s'ajoute à", "incompatible_avec": "incompatible avec"}


@dataclass(frozen=True, slots=True)
class _Ecart:
    """Un cas (``cellule``) qui valait ``avant`` la veille et vaut ``apres`` ce jour-là ; ``None`` : aucune ligne."""

    jour: int
    avant: LigneTable | None
    apres: LigneTable | None
    cellule: Cellule

    @property
    def ligne(self) -> LigneTable:
        """La ligne qui fait le changement."""
        ligne = self.apres or self.avant
        assert ligne is not None  # noqa: S101 : un écart a au moins une ligne
        return ligne


def changements(
    corpus: Corpus,
    actes: Iterable[Acte],
    tables: Iterable[Table],
    periode: tuple[int, int],
    calendrier: Calendrier,
    profil: Profil,
) -> dict[str, Any]:
    """Ce qui change après la première date, et jusqu'à la seconde incluse."""
    vue = _Vue(corpus, periode, calendrier, profil)
    tarifs: list[dict[str, Any]] = []
    valeurs: list[dict[str, Any]] = []
    regles = _Regles(vue)
    for acte in actes:
        tarifs += vue.de_table("tarif", acte, acte.tarifs)
        for sorte, table in (("base", acte.bases), ("taux", acte.taux), ("tiers_payant", acte.tiers_payant)):
            if table is not None:
                valeurs += vue.de_table(sorte, acte, table)
        regles.de_acte(acte)
    listees = list(tables)
    for table in listees:
        valeurs += vue.de_table("parametre", None, table)
    if listees:
        regles.generales()
    tarifs.sort(key=lambda c: (c["le"], c["code"]))
    valeurs.sort(key=lambda c: (c["le"], c["sorte"] == "parametre", c["code"]))
    return {
        **corpus.entete(),
        "entre": [temps.iso(j) for j in periode],
        "calendrier": calendrier,
        "profil": profil.en_dict(),
        "profil_libelle": profil.libelle() or None,
        "changements": tarifs,
        "valeurs": valeurs,
        "conditions": regles.en_liste(),
        "reports": bareme_lignes.reports_cites(corpus, (c["report"] for c in (*tarifs, *valeurs))),
    }


class _Vue:
    """La période, le calendrier et le profil sous lesquels les changements se lisent."""

    def __init__(self, corpus: Corpus, periode: tuple[int, int], calendrier: Calendrier, profil: Profil) -> None:
        self.corpus = corpus
        self.debut, self.fin = periode
        self.calendrier = calendrier
        self.profil = profil

    def dedans(self, jour: int) -> bool:
        """Vrai si ce qui commence ou finit ce jour-là est un changement de la période."""
        return self.debut < jour <= self.fin and jour > self.corpus.debut

    def ouvert(self, acte: Acte, jour: int) -> bool:
        """Vrai si l'acte existe ce jour-là et que le profil peut le facturer."""
        return acte.en_vigueur(jour, self.calendrier) and self.profil.fermeture(acte, jour) is None

    def de_table(self, sorte: str, acte: Acte | None, table: Table) -> list[dict[str, Any]]:
        """Les changements de valeur d'une table, les territoires de même changement ensemble."""
        groupes: dict[tuple[object, ...], list[_Ecart]] = {}
        for ecart in self._ecarts(table):
            if acte is None or self.ouvert(acte, ecart.jour) or self.ouvert(acte, ecart.jour - 1):
                avant, apres = ecart.avant, ecart.apres
                cle = (
                    ecart.jour, bareme_lignes.metropole(ecart.ligne), bareme_lignes.sans_territoire(ecart.cellule),
                    avant and (avant.valeur, avant.manquant), apres and (apres.valeur, apres.manquant),
                )  # fmt: skip
                groupes.setdefault(cle, []).append(ecart)
        return [self._changement(sorte, acte, table, groupe) for groupe in groupes.values()]

    def _changement(self, sorte: str, acte: Acte | None, table: Table, groupe: list[_Ecart]) -> dict[str, Any]:
        ecart = groupe[0]
        ligne, avant, apres = ecart.ligne, ecart.avant, ecart.apres
        corpus = self.corpus.pour(table.dispositif)
        return {
            "sorte": sorte,
            "code": acte.code if acte else table.nom,
            "libelle": acte.libelle if acte else table.libelle,
            "type": table.type_valeur,
            "id": ligne.id,
            "ids": list(dict.fromkeys(e.ligne.id for e in groupe)),
            "le": temps.iso(ecart.jour),
            "prevu_le": temps.iso(ligne.du_prevu) if ligne.report and apres else None,
            "effectif_le": temps.iso(ligne.du) if ligne.report and apres else None,
            "report": (ligne.report or None) if apres else None,
            "avant": table.texte(avant.valeur) if avant else None,
            "avant_manquant": (avant.manquant or None) if avant else None,
            "apres": table.texte(apres.valeur) if apres else None,
            "apres_manquant": (apres.manquant or None) if apres else None,
            "territoires": bareme_lignes.territoires_ranges(self.corpus, (e.cellule for e in groupe)),
            "cellule": bareme_lignes.cellule_dite(corpus, [e.cellule for e in groupe]),
            "cas": francais.cellule(corpus, bareme_lignes.sans_territoire(ecart.cellule)) or None,
            "sources": [p.en_dict() for p in ligne.sources],
        }

    def _ecarts(self, table: Table) -> Iterator[_Ecart]:
        jours = {j for ligne in table.lignes for j in ligne.periode(self.calendrier) if self.dedans(j)}
        for jour in sorted(jours):
            veille = [
                (a, table.regions(a, jour - 1, self.calendrier)) for a in table.actives(jour - 1, self.calendrier)
            ]
            ce_jour = [(b, table.regions(b, jour, self.calendrier)) for b in table.actives(jour, self.calendrier)]
            for a, avant in veille:
                for b, apres in ce_jour:
                    communes = [c for x in avant for y in apres if (c := boite.inter(x, y)) is not None]
                    if a.valeur != b.valeur and communes and self.profil.atteint(table, communes, jour):
                        commune = boite.inter(a.boite(), b.boite()) or {}
                        yield _Ecart(jour, a, b, tuple(commune.items()))
            for lignes, autres, du_jour in ((ce_jour, veille, True), (veille, ce_jour, False)):
                for ligne, regions in lignes:
                    reste = boite.moins_toutes(regions, [o.boite() for o, _ in autres], table.domaines)
                    if ligne.valeur is not None and reste and self.profil.atteint(table, reste, jour):
                        avant_, apres_ = (None, ligne) if du_jour else (ligne, None)
                        yield _Ecart(jour, avant_, apres_, ligne.cellule)


@dataclass(slots=True)
class _Evenement:
    """Ce qui finit et ce qui commence un même jour, pour un même motif."""

    avant: list[str] = field(default_factory=list)
    apres: list[str] = field(default_factory=list)
    sources: dict[Passage, None] = field(default_factory=dict)
    concerne: bool = False

    def ajouter(self, texte: str, sources: tuple[Passage, ...], *, commence: bool, concerne: bool) -> None:
        """Note un texte qui finit ou commence."""
        (self.apres if commence else self.avant).append(texte)
        self.sources.update(dict.fromkeys(sources))
        self.concerne = self.concerne or concerne


class _Regles:
    """Les règles, situations, liens et fréquences qui commencent ou finissent ; ceux de plusieurs actes réunis."""

    def __init__(self, vue: _Vue) -> None:
        self.vue = vue
        self.dits: dict[_Cle, tuple[list[str], _Evenement]] = {}

    def de_acte(self, acte: Acte) -> None:
        """Les changements de règles d'un acte qui existe avant et après."""
        vue = self.vue
        evenements: dict[tuple[int, str, str], _Evenement] = {}
        for regle in acte.regles:
            self._regle(evenements, regle)
        for sorte, liens in (("s_ajoute_a", acte.s_ajoute_a), ("incompatible_avec", acte.incompatibles)):
            for lien in liens:
                texte = f"{LIENS[sorte]} {bareme_lignes.lien_dit(lien)}"
                self._bornes(evenements, (lien.du, lien.au), sorte, "", texte, lien.sources)
        for frequence in acte.frequences:
            bornes = (frequence.du, frequence.au)
            self._bornes(evenements, bornes, "frequence", "", frequence.texte(), frequence.sources)
        for (jour, sorte, motif), evenement in evenements.items():
            if not (acte.en_vigueur(jour, vue.calendrier) and acte.en_vigueur(jour - 1, vue.calendrier)):
                continue
            if evenement.concerne and (vue.ouvert(acte, jour) or vue.ouvert(acte, jour - 1)):
                self._noter(jour, sorte, motif, evenement, acte.code)

    def generales(self) -> None:
        """Les changements des règles de toutes les lignes, et de celles des dépassements."""
        evenements: dict[tuple[int, str, str], _Evenement] = {}
        for regle in (*self.vue.corpus.toutes_lignes, *self.vue.corpus.depassements):
            self._regle(evenements, regle)
        for (jour, sorte, motif), evenement in evenements.items():
            if evenement.concerne:
                self._noter(jour, sorte, motif, evenement, None)

    def _regle(self, evenements: dict[tuple[int, str, str], _Evenement], regle: Regle) -> None:
        corpus = self.vue.corpus
        texte = bareme_lignes.texte_de_regle(corpus, regle)
        self._bornes(evenements, (regle.du, regle.au), "regle", regle.motif, texte, regle.sources, regle)
        for v in regle.variantes:
            bornes = tuple(j for j in (v.du, v.au) if j not in (regle.du, regle.au))
            self._bornes(evenements, (v.du if v.du in bornes else 0, v.au if v.au in bornes else 0),
                         "situation", regle.motif, v.libelle, v.sources)  # fmt: skip

    def _bornes(
        self,
        evenements: dict[tuple[int, str, str], _Evenement],
        bornes: tuple[int, int],
        sorte: str,
        motif: str,
        texte: str,
        sources: tuple[Passage, ...],
        regle: Regle | None = None,
    ) -> None:
        """Note ce qui commence à la première borne et finit à la seconde, si elles sont dans la période."""
        for jour, commence in zip(bornes, (True, False), strict=True):
            if self.vue.dedans(jour):
                veille = jour if commence else jour - 1
                concerne = regle is None or self.vue.profil.mord(regle, veille)
                evenement = evenements.setdefault((jour, sorte, motif), _Evenement())
                evenement.ajouter(texte, sources, commence=commence, concerne=concerne)

    def _noter(self, jour: int, sorte: str, motif: str, evenement: _Evenement, code: str | None) -> None:
        cle = (jour, sorte, motif, tuple(evenement.avant), tuple(evenement.apres))
        codes, _ = self.dits.setdefault(cle, ([], evenement))
        if code is not None:
            codes.append(code)

    def en_liste(self) -> list[dict[str, Any]]:
        """La forme publique, par date."""
        return [
            {
                "le": temps.iso(cle[0]),
                "codes": codes,
                "sorte": cle[1],
                "motif": cle[2] or None,
                "avant": evenement.avant,
                "apres": evenement.apres,
                "sources": [p.en_dict() for p in evenement.sources],
            }
            for cle, (codes, evenement) in sorted(self.dits.items(), key=lambda d: (d[0][0], d[1][0]))
        ]
