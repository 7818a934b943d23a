"""Chercher dans le barème par mots : code, libellé, puis familles, cas tarifaires, conditions, situations et notes.

Tous les mots doivent s'y trouver. Ni les accents, ni la casse, ni les terminaisons ne comptent : un mot est réduit à sa
racine par l'algorithme français de Snowball (« pédiatres » trouve « Pédiatrie »).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from opposable.droit import francais
from opposable.droit.acte import Acte, Regle
from opposable.droit.classes import tests_de
from opposable.droit.condition import Condition
from opposable.droit.corpus import Corpus
from opposable.droit.ensemble import Choix
from opposable.droit.erreurs import ErreurEntree
from opposable.droit.typage_tables import METROPOLE, TERRITOIRE

RANGS: Final = ("code", "libelle", "reste")
_MOT: Final = re.compile(r"[^\W_]+")
_OUTILS: Final = frozenset(
    {"a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "par", "pour", "sur",
     "un", "une"}
)  # fmt: skip
"""Les mots-outils : ils ne comptent que si la recherche n'a qu'eux."""


@dataclass(frozen=True, slots=True)
class Trouve:
    """Un code trouvé : où, et l'endroit qui le montre. ``sorte`` : acte, supplement, parametre, non_couvert."""

    code: str
    libelle: str
    sorte: str
    rang: str
    dans: tuple[str, ...]
    extrait: str


@dataclass(frozen=True, slots=True)
class _Entree:
    """Ce qu'on lit d'un code : des morceaux de texte, chacun avec le champ d'où il vient."""

    code: str
    libelle: str
    sorte: str
    morceaux: tuple[tuple[str, str, tuple[str, ...]], ...]


def chercher(corpus: Corpus, demande: str) -> list[Trouve]:
    """Les codes qui ont tous les mots, classés. :class:`ErreurEntree` (``RIEN_TROUVE``) avec les plus proches."""
    mots = tuple(m for m in _mots(demande) if m not in _OUTILS) or _mots(demande)
    if not mots:
        raise ErreurEntree(
            "RECHERCHE_VIDE", f"« {demande} » ne contient aucun mot", ou="CODE", attendu="un code, ou des mots",
            exemple="opposable bareme pédiatre",
        )  # fmt: skip
    entrees = list(_entrees(corpus))
    trouves = [t for entree in entrees if (t := _confronter(entree, mots)) is not None]
    trouves += _importes(corpus, mots)
    if not trouves:
        raise _rien(entrees, demande, mots)
    return sorted(trouves, key=lambda t: (RANGS.index(t.rang), t.sorte == "non_couvert"))


def chercher_techniques(corpus: Corpus, demande: str) -> list[Trouve]:
    """Les seuls actes techniques qui ont tous les mots dans leur code ou leur libellé, classés ; vide si aucun."""
    mots = tuple(m for m in _mots(demande) if m not in _OUTILS) or _mots(demande)
    if not mots:
        return []
    propres = (_entree(a.code, a.libelle, a.nature, []) for a in corpus.actes.values() if a.technique)
    trouves = [t for entree in propres if (t := _confronter(entree, mots)) is not None]
    return sorted([*trouves, *_importes(corpus, mots)], key=lambda t: RANGS.index(t.rang))


IMPORTES: Final = 60
"""Les actes importés qu'une recherche montre au plus : au-delà, des mots de plus les départagent."""


def _importes(corpus: Corpus, mots: tuple[str, ...]) -> list[Trouve]:
    """Les actes des versions importées qui ont tous les mots dans leur code, leur libellé ou leur chapitre.

    Les libellés les plus courts d'abord. Les mots rangés par le magasin se lisent comme un texte : assez vite pour des
    milliers d'actes.
    """
    if corpus.magasin is None:
        return []
    cherches = [(mot.upper(), f" {mot}", f" {_racine(mot)}" if len(_racine(mot)) > 3 else f" {mot}") for mot in mots]
    trouves: list[tuple[int, int, Trouve]] = []
    propres = frozenset(corpus.actes)
    for code, (libelle, chapitre, lus) in corpus.magasin.libelles().items():
        if code in propres:
            continue
        texte = f" {lus}"
        if not all(code.startswith(c) or entier in texte or racine in texte for c, entier, racine in cherches):
            continue
        du_code = all(code.startswith(c) for c, _, _ in cherches)
        titre = f" {lus.partition(' | ')[0]}"
        du_libelle = all(code.startswith(c) or entier in titre or racine in titre for c, entier, racine in cherches)
        rang = "code" if du_code else "libelle" if du_libelle else "reste"
        dans = ("code",) if du_code else ("libelle",) if du_libelle else ("libelle", "familles")
        extrait = chapitre if rang == "reste" else ""
        trouves.append((RANGS.index(rang), len(libelle), Trouve(code, libelle, "acte", rang, dans, extrait)))
    return [trouve for _, _, trouve in sorted(trouves, key=lambda t: (t[0], t[1], t[2].code))[:IMPORTES]]


def _confronter(entree: _Entree, mots: tuple[str, ...]) -> Trouve | None:
    """L'entrée si elle a tous les mots ; son rang est celui du mot le moins bien placé."""
    pire, champs, extraits = 0, dict[str, None](), list[tuple[int, str]]()
    for mot in mots:
        if entree.sorte != "parametre" and entree.code.lower().startswith(mot):
            champs["code"] = None
            continue
        vus = [(champ, texte) for champ, texte, lus in entree.morceaux if any(_correspond(mot, lu) for lu in lus)]
        if not vus:
            return None
        if any(champ == "libelle" for champ, _ in vus):
            pire = max(pire, 1)
            champs["libelle"] = None
        else:
            pire = 2
            champs.update(dict.fromkeys(champ for champ, _ in vus))
            extraits += [(sum(any(_correspond(m, lu) for lu in _mots(t)) for m in mots), t) for _, t in vus]
    extrait = max(extraits, key=lambda e: e[0])[1] if extraits else ""
    return Trouve(entree.code, entree.libelle, entree.sorte, RANGS[pire], tuple(champs), extrait)


def _correspond(mot: str, lu: str) -> bool:
    """Vrai si un mot lu commence comme le mot cherché, ou comme sa racine."""
    if len(mot) < 3:
        return mot == lu
    racine = _racine(mot)
    return lu.startswith(mot) or (len(racine) > 3 and lu.startswith(racine))


@lru_cache(maxsize=256)
def _racine(mot: str) -> str:
    import snowballstemmer

    racine: str = snowballstemmer.stemmer("french").stemWord(mot)
    # « cardiologue » et « cardiologie » n'ont pas la même racine pour l'algorithme ; à une lettre près.
    return racine.removesuffix("u") if racine.endswith("logu") else racine


def decouper(texte: str) -> tuple[str, ...]:
    """Les mots d'un texte tels que la recherche les compare : sans accents, ni majuscules, ni ponctuation."""
    return _mots(texte)


@lru_cache(maxsize=8192)
def _mots(texte: str) -> tuple[str, ...]:
    """Les mots d'un texte, sans accents ni majuscules."""
    plat = unicodedata.normalize("NFKD", texte.lower().replace("œ", "oe").replace("æ", "ae"))
    return tuple(_MOT.findall("".join(c for c in plat if not unicodedata.combining(c))))


def _entrees(corpus: Corpus) -> Iterator[_Entree]:
    for acte in corpus.actes.values():
        yield _entree(acte.code, acte.libelle, acte.nature, _morceaux(corpus, acte))
    for nom, table in corpus.tables.items():
        yield _entree(nom, table.libelle, "parametre", [("libelle", nom.replace("_", " "))])
    for code, libelle in corpus.non_couverts.items():
        yield _entree(code, libelle, "non_couvert", [])


def _entree(code: str, libelle: str, sorte: str, morceaux: list[tuple[str, str]]) -> _Entree:
    tous = [("libelle", libelle), *dict.fromkeys(morceaux)]
    return _Entree(code, libelle, sorte, tuple((champ, texte, _mots(texte)) for champ, texte in tous))


def _morceaux(corpus: Corpus, acte: Acte) -> list[tuple[str, str]]:
    """Ce qu'on lit d'un acte, au-delà de son code et de son libellé."""
    morceaux = [("familles", famille.replace("_", " ")) for famille in sorted(acte.familles)]
    for table in acte.tables:
        for ligne in table.lignes:
            if (TERRITOIRE, Choix(frozenset({METROPOLE}))) in ligne.cellule or all(
                f != TERRITOIRE for f, _ in ligne.cellule
            ):
                dite = francais.cellule(corpus, [c for c in ligne.cellule if c[0] != TERRITOIRE])
                morceaux += [("tarifs", dite)] if dite else []
    for regle in acte.regles:
        if not acte.technique or (regle.fichier and regle.id.startswith(f"{acte.code}#")):  # les siennes seulement
            morceaux += _de_regle(corpus, regle)
    morceaux += [("conditions", frequence.texte()) for frequence in acte.frequences]
    return [*morceaux, ("notes", acte.notes)] if acte.notes else morceaux


def _de_regle(corpus: Corpus, regle: Regle) -> Iterator[tuple[str, str]]:
    if regle.precision:
        yield "conditions", regle.precision
    if regle.variantes:
        for variante in regle.variantes:
            yield "situations", variante.libelle
            yield from (("situations", texte) for texte in _dits(corpus, variante.condition))
    else:
        yield from (("conditions", texte) for texte in _dits(corpus, regle.condition))


def _dits(corpus: Corpus, condition: Condition) -> Iterator[str]:
    """Chaque valeur citée par une condition : son libellé, et les groupes qui disent la même chose."""
    for test in tests_de(condition):
        fait = corpus.vocabulaire.faits[test.fait]
        if isinstance(test.ensemble, Choix) and fait.valeurs:
            yield from (fait.valeurs[v] for v in fait.valeurs if v in test.ensemble.valeurs)
            yield from (g.replace("_", " ") for g, membres in fait.groupes.items() if membres == test.ensemble.valeurs)
        else:
            yield f"{fait.libelle} : {francais.ensemble(fait, test.ensemble)}"


def _rien(entrees: list[_Entree], demande: str, mots: tuple[str, ...]) -> ErreurEntree:
    """Rien n'a tous les mots : les codes et les mots les plus proches, ou le mot de trop."""
    absents = [m for m in mots if all(_confronter(entree, (m,)) is None for entree in entrees)]
    if not absents:
        message = f"aucun acte ne réunit « {' » et « '.join(mots)} »"
        return ErreurEntree("RIEN_TROUVE", message, ou="CODE", attendu="moins de mots", exemple=_exemple(mots[0]))
    lus: dict[str, str] = {}
    for entree in entrees:
        lus.setdefault(entree.code.lower(), entree.code)
    codes = len(lus)
    for entree in entrees:
        for _, texte, plats in entree.morceaux:
            entiers = _MOT.findall(texte)
            if len(entiers) == len(plats):
                for plat, entier in zip(plats, entiers, strict=True):
                    if len(plat) > 3:
                        lus.setdefault(plat, entier.lower())
    proches: list[str] = []
    for absent in absents:
        connus = list(lus)[:codes] if len(absent) <= 4 else list(lus)
        proches += [lus[p] for p in difflib.get_close_matches(absent, connus, n=3, cutoff=0.6)]
    proches = list(dict.fromkeys(proches))[:3]
    suite = f" ; vouliez-vous « {' », « '.join(proches)} » ?" if proches else ""
    return ErreurEntree(
        "RIEN_TROUVE",
        f"rien ne correspond à « {demande} »{suite}",
        ou="CODE",
        attendu="un code, ou des mots du libellé, des conditions ou des notes",
        exemple=_exemple(proches[0] if proches else "pédiatre"),
    )


def _exemple(mot: str) -> str:
    return f"opposable bareme {mot}"
