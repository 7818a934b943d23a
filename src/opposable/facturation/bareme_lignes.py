"""Les lignes et les règles du barème sous leur forme publique : une valeur, ses deux dates, son cas, ses sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opposable.droit import francais, temps
from opposable.droit.acte import Lien, Regle
from opposable.droit.condition import Et
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix, Ensemble
from opposable.droit.frequence import Frequence
from opposable.droit.publies import ACTIVITE, PHASE
from opposable.droit.table import Calendrier, LigneTable, Table
from opposable.droit.typage_tables import METROPOLE, TERRITOIRE

_SENS = {"exige": "", "refuse_si": "refusé si ", "a_verifier_si": "à vérifier si ", "avertit_si": "avertissement si "}


def metropole(ligne: LigneTable) -> bool:
    """Vrai si la ligne vaut en métropole."""
    return any(f == TERRITOIRE and e.teste(METROPOLE) is True for f, e in ligne.cellule)


def sans_territoire(cellule: Iterable[tuple[str, Ensemble]]) -> tuple[tuple[str, Ensemble], ...]:
    """La cellule, le territoire à part."""
    return tuple((f, e) for f, e in cellule if f != TERRITOIRE)


def utile(table: Table, cellule: Iterable[tuple[str, Ensemble]]) -> tuple[tuple[str, Ensemble], ...]:
    """La cellule, sans l'activité ni la phase d'un acte technique qui n'en a qu'une."""
    seules = {
        fait
        for fait in (ACTIVITE, PHASE)
        if len({e for ligne in table.lignes for f, e in ligne.cellule if f == fait}) == 1
    }
    return tuple((f, e) for f, e in cellule if f not in seules)


def territoires_de(cellules: Iterable[Iterable[tuple[str, Ensemble]]]) -> frozenset[str]:
    """Les territoires que ces cellules nomment."""
    trouves: frozenset[str] = frozenset()
    for cellule in cellules:
        for fait, valeurs in cellule:
            if fait == TERRITOIRE and isinstance(valeurs, Choix):
                trouves |= valeurs.valeurs
    return trouves


def territoires_ranges(corpus: Corpus, cellules: Iterable[Iterable[tuple[str, Ensemble]]]) -> list[str]:
    """Les territoires que ces cellules nomment, dans l'ordre du vocabulaire."""
    trouves = territoires_de(cellules)
    return [t for t in corpus.vocabulaire.faits[TERRITOIRE].valeurs if t in trouves]


def cellule_dite(corpus: Corpus, cellules: list[tuple[tuple[str, Ensemble], ...]]) -> str | None:
    """Une cellule, ou plusieurs qui ne diffèrent que par le territoire, dite en français."""
    fait = corpus.vocabulaire.faits[TERRITOIRE]
    territoires = territoires_de(cellules)
    textes = []
    if territoires and METROPOLE not in territoires:
        libelles = ", ".join(libelle for v, libelle in fait.valeurs.items() if v in territoires)
        textes.append("outre-mer" if territoires == fait.groupes["drom"] else libelles)
    dite = francais.cellule(corpus, sans_territoire(cellules[0]))
    return " · ".join([*textes, dite] if dite else textes) or None


def lignes(
    corpus: Corpus, table: Table | None, gardees: Iterable[LigneTable], calendrier: Calendrier
) -> list[dict[str, Any]]:
    """Les lignes par date, la métropole d'abord, les territoires de même valeur et de mêmes sources ensemble."""
    if table is None:
        return []
    groupes: dict[tuple[object, ...], list[LigneTable]] = {}
    for ligne in gardees:
        cle = (
            *ligne.periode(calendrier), not metropole(ligne), sans_territoire(ligne.cellule), ligne.valeur,
            ligne.manquant, tuple(p.id for p in ligne.sources),
        )  # fmt: skip
        groupes.setdefault(cle, []).append(ligne)
    tries = sorted(
        groupes.values(),
        key=lambda g: (g[0].periode(calendrier)[0], _serie(table, g[0]), not metropole(g[0]), g[0].id),
    )
    return [_ligne(corpus, table, groupe, calendrier) for groupe in tries]


def _serie(table: Table, ligne: LigneTable) -> str:
    return ligne.serie[len(table.nom) + 1 :].rpartition(".")[0]


def _ligne(corpus: Corpus, table: Table, groupe: list[LigneTable], calendrier: Calendrier) -> dict[str, Any]:
    ligne = groupe[0]
    du, au = ligne.periode(calendrier)
    return {
        "id": ligne.id,
        "ids": [g.id for g in groupe],
        "territoires": territoires_ranges(corpus, (g.cellule for g in groupe)),
        "cellule": cellule_dite(corpus, [utile(table, g.cellule) for g in groupe]),
        "cas": francais.cellule(corpus, utile(table, sans_territoire(ligne.cellule))) or None,
        "du": None if ligne.origine else temps.iso(du),
        "au": temps.iso(au) if au < temps.INFINI else None,
        "prevu_du": temps.iso(ligne.du_prevu) if ligne.report else None,
        "effectif_du": temps.iso(ligne.du) if ligne.report else None,
        "report": ligne.report or None,
        "montant" if table.type_valeur == "montant" else "valeur": table.texte(ligne.valeur),
        "manquant": ligne.manquant or None,
        "reserve": ligne.reserve or None,
        "sources": [p.en_dict() for p in ligne.sources],
    }


def texte_de_regle(corpus: Corpus, regle: Regle) -> str:
    """La règle dite en français ; ses situations se disent à part."""
    if regle.precision:
        return regle.precision
    if regle.variantes:
        return "une de ces situations"
    if regle.condition == Et(()):
        return corpus.motifs[regle.motif].libelle
    return _SENS[regle.sorte] + francais.condition(corpus, regle.condition)


def regle_en_dict(corpus: Corpus, regle: Regle, jour: int | None) -> dict[str, Any]:
    """La forme publique d'une règle ; ``jour`` : ses seules situations en vigueur ce jour-là."""
    return {
        "id": regle.id,
        "texte": texte_de_regle(corpus, regle),
        "situations": [
            {"texte": v.libelle, **_periode(corpus, v.du, v.au), "sources": [p.en_dict() for p in v.sources]}
            for v in regle.variantes
            if jour is None or v.du <= jour < v.au
        ],
        "motif": regle.motif,
        **_periode(corpus, regle.du, regle.au),
        "sources": [p.en_dict() for p in regle.sources],
    }


def frequence_en_dict(corpus: Corpus, frequence: Frequence) -> dict[str, Any]:
    """La forme publique d'une fréquence : la limite, à qui elle s'applique, et ce qui se compte avec l'acte."""
    return {
        "texte": frequence.texte(),
        "compte": sorted(frequence.compte),
        **_periode(corpus, frequence.du, frequence.au),
        "sources": [p.en_dict() for p in frequence.sources],
    }


def lien_dit(lien: Lien) -> str:
    """Un code, ou une famille d'actes."""
    return f"famille {lien.cible.replace('_', ' ')}" if lien.famille else lien.cible


def _periode(corpus: Corpus, du: int, au: int) -> dict[str, str | None]:
    return {
        "du": temps.iso(du) if du > corpus.debut else None,
        "au": temps.iso(au) if au < temps.INFINI else None,
    }


def reports_cites(corpus: Corpus, cites: Iterable[str | None]) -> list[dict[str, Any]]:
    """Les textes qui déplacent les dates de ces lignes."""
    reports = [corpus.reports[ident] for ident in dict.fromkeys(cites) if ident]
    return [
        {
            "id": r.id,
            "libelle": r.libelle,
            "prevu": temps.iso(r.prevu),
            "effectif": temps.iso(r.effectif),
            "sources": [p.en_dict() for p in r.sources],
        }
        for r in reports
    ]
