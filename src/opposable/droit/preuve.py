"""Les preuves : une table ne se contredit pas et couvre tout ce qu'elle doit, dans les deux calendriers.

Chaque défaut donne un cas témoin. Ordinairement prouvé par les tests ; au chargement, pour ce qu'une surcouche touche.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

from opposable.droit import boite, temps
from opposable.droit.ensemble import Ensemble
from opposable.droit.erreurs import Defaut, ErreurCorpus
from opposable.droit.table import EFFECTIF, PREVU, Calendrier, LigneTable, Table

if TYPE_CHECKING:
    from opposable.droit.corpus import Corpus
    from opposable.droit.superposition import Superposition


_ANNONCE: Final = " (calendrier annoncé)"


def prouver(corpus: Corpus, nom: str) -> list[Defaut]:
    """Les défauts de l'acte ou de la table ``nom`` : typage, recouvrements, trous, lignes jamais atteintes."""
    try:
        if nom in corpus.actes:
            acte = corpus.actes[nom]
            tables = list(acte.tables)
        else:
            tables = [corpus.tables[nom]]
            corpus = corpus.pour(tables[0].dispositif)
    except ErreurCorpus as erreur:
        return erreur.defauts
    defauts: dict[tuple[str, str], Defaut] = {}
    for table in tables:
        for calendrier in (EFFECTIF, PREVU):
            for defaut in prouver_table(corpus, table, calendrier):
                defauts.setdefault((defaut.regle, defaut.message.removesuffix(_ANNONCE)), defaut)
    return list(defauts.values())


def prouver_surcouches(corpus: Corpus, pose: Superposition, formes: Iterable[Defaut] = ()) -> list[Defaut]:
    """Tous les défauts des surcouches : formes, conflits, documents, passages, typage et preuve, par fichier et ligne.

    Un acte ou une table dont une correction ne tient pas n'est que typé : ses trous ne diraient rien.
    """
    defauts = [*formes, *pose.defauts]
    for couche in corpus.surcouches:
        for lus, ecrits in ((corpus.documents, couche.documents), (corpus.passages, couche.passages)):
            for ident in ecrits.table():
                try:
                    lus[ident]
                except ErreurCorpus as erreur:
                    defauts.extend(erreur.defauts)
    for nom in sorted(pose.touches):
        if nom not in pose.fautifs:
            defauts.extend(prouver(corpus, nom))
        elif nom in pose.actes or nom in pose.tables:
            try:
                corpus.actes[nom] if nom in pose.actes else corpus.tables[nom]
            except ErreurCorpus as erreur:
                defauts.extend(erreur.defauts)
    fichiers = [couche.fichier for couche in corpus.surcouches]
    return sorted(dict.fromkeys(defauts), key=lambda d: (d.fichier not in fichiers, d.fichier, d.ligne))


def prouver_table(corpus: Corpus, table: Table, calendrier: Calendrier) -> Iterator[Defaut]:
    """Les défauts d'une table dans un calendrier."""
    atteintes: set[str] = set()
    for jour, suivant in pairwise([*table.bornes(calendrier), table.au]):
        actives = table.actives(jour, calendrier)
        regions = {ligne.id: table.regions(ligne, jour, calendrier) for ligne in actives}
        atteintes.update(ident for ident, boites in regions.items() if boites)
        if table.choix == "unique":
            for a, b in combinations(actives, 2):
                if (a.valeur, a.manquant) == (b.valeur, b.manquant):
                    continue
                commun = next(
                    (c for x in regions[a.id] for y in regions[b.id] if (c := boite.inter(x, y)) is not None), None
                )
                if commun is not None:
                    yield _defaut(b, table, calendrier, f"contredit la ligne {a.id}", temoin(corpus, commun, jour))
        if not table.ailleurs:
            reste = boite.moins_toutes([{}], [ligne.boite() for ligne in actives], table.domaines)
            if reste:
                reference = _avant_le_trou(table, jour, calendrier)
                jusque = "" if suivant == temps.INFINI else f" au {temps.iso(suivant)} exclu"
                message = f"aucune ligne ne couvre ce cas, du {temps.iso(jour)}{jusque}"
                yield _defaut(reference, table, calendrier, message, temoin(corpus, reste[0], jour))
    for ligne in table.lignes:
        debut, fin = ligne.periode(calendrier)
        if ligne.id not in atteintes and debut < fin and debut < table.au:
            yield _defaut(ligne, table, calendrier, "la ligne n'est jamais atteinte", "")
        if debut >= fin:
            yield _defaut(
                ligne, table, calendrier, "la ligne est vide : une autre de sa série commence le même jour ou avant", ""
            )


def _avant_le_trou(table: Table, jour: int, calendrier: Calendrier) -> LigneTable:
    """La ligne à montrer : celle qui finit là où le trou commence, sinon une ligne en vigueur, sinon la première."""
    finies = [ligne for ligne in table.lignes if ligne.periode(calendrier)[1] == jour]
    return next(iter((*finies, *table.actives(jour, calendrier), *table.lignes)))


def _defaut(ligne: LigneTable, table: Table, calendrier: Calendrier, message: str, cas: str) -> Defaut:
    suffixe = _ANNONCE if calendrier == PREVU else ""
    attendu = f"une ligne et une seule pour le cas {cas}" if cas else ""
    return Defaut(ligne.fichier, ligne.ligne, ligne.id or table.nom, message + suffixe, attendu)


def temoin(corpus: Corpus, cas: dict[str, Ensemble], jour: int) -> str:
    """Un cas de la boîte, écrit pour une personne."""
    morceaux = [f"date {temps.iso(jour)}"]
    morceaux += [
        f"{fait} = {corpus.vocabulaire.faits[fait].texte(ensemble.temoin())}" for fait, ensemble in cas.items()
    ]
    return ", ".join(morceaux)
