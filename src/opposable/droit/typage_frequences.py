"""Lit les fréquences d'un acte : le maximum, la période, ce qu'elles comptent et quand elles valent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from opposable.droit.ensemble import Plages
from opposable.droit.frequence import CIVILE, GLISSANTE, INDECISE, PAR, UNITES, VERDICTS, Frequence, periode_connue
from opposable.droit.lecture import Noeud

if TYPE_CHECKING:
    from opposable.droit.typage import Typage

_REQUISES: Final = frozenset({"maximum", "par", "sur"})
_CLES: Final = _REQUISES | {
    "compte", "meme_situation", "tranches", "quand", "verdict", "periode", "precision", "source", "du", "au", "motif",
    "doute",
}  # fmt: skip
AGE: Final = "patient.age_mois"
"""Le fait que découpent les tranches d'âge."""


def lire_frequences(
    typage: Typage, cles: Mapping[str, Noeud], code: str, codes: frozenset[str]
) -> tuple[Frequence, ...]:
    """Les fréquences écrites sous ``frequence`` (une, ou une liste). :class:`ErreurCorpus` à la première faute.

    Celles de ``regles_generales.yaml`` valent pour tous les actes : chacune compte alors les actes de même code.
    """
    if "frequence" not in cles:
        return ()
    noeud = cles["frequence"]
    elements = noeud.valeur if isinstance(noeud.valeur, list) else [noeud]
    return tuple(
        _frequence(typage, n, code, codes, f"{code or 'toutes_lignes'}.frequence.{r}")
        for r, n in enumerate(elements, 1)
    )


def _frequence(typage: Typage, noeud: Noeud, code: str, codes: frozenset[str], ident: str) -> Frequence:
    cles = noeud.cles(_CLES, code, _REQUISES)

    def mot(cle: str, permis: frozenset[str], defaut: str) -> str:
        if cle not in cles:
            return defaut
        texte = cles[cle].texte(code)
        if texte not in permis:
            raise cles[cle].defaut(f"« {texte} » ne convient pas", regle=code, attendu=", ".join(sorted(permis)))
        return texte

    maximum = cles["maximum"].texte(code)
    if not maximum.isascii() or not maximum.isdigit() or maximum == "0":
        raise cles["maximum"].defaut("un nombre entier est attendu", regle=code, attendu="1 ou plus")
    sur = cles["sur"].texte(code)
    comptes = typage.vocabulaire.comptes
    if not periode_connue(sur) or sur not in comptes:
        raise cles["sur"].defaut(
            f"période inconnue « {sur} »", regle=code,
            attendu=", ".join(sorted(comptes)) + ", ou un nouveau fait qui la compte (clé « compte »)",
        )  # fmt: skip
    par = mot("par", frozenset(PAR), "")
    periode = mot("periode", frozenset({CIVILE, GLISSANTE, INDECISE}), "")
    if periode and sur not in UNITES:
        raise cles["periode"].defaut("cette période n'a qu'une lecture", regle=code, attendu=", ".join(sorted(UNITES)))
    tranches: Plages | None = None
    if (sur == "tranche_age") != ("tranches" in cles):
        raise noeud.defaut(
            "des tranches d'âge vont avec « sur: tranche_age »", regle=code, attendu='tranches: ["[216, 312["], en mois'
        )
    if "tranches" in cles:
        lues = [typage.vocabulaire.ensemble(AGE, n, code) for n in cles["tranches"].liste(code, vide=False)]
        tranches = Plages(tuple(p for e in lues if isinstance(e, Plages) for p in e.plages))
    du, au = typage.periode(cles, code)
    comptees = [n.texte(code) for n in cles["compte"].liste(code)] if "compte" in cles else []
    inconnus = [c for c in comptees if c not in codes]
    if inconnus:
        raise cles["compte"].defaut(
            f"codes inconnus : {', '.join(inconnus)}", regle=code, attendu="des codes du corpus"
        )
    return Frequence(
        ident, int(maximum), par, sur, frozenset({code, *comptees}) if code else frozenset(),
        mot("meme_situation", frozenset({"oui", "non"}), "non") == "oui", tranches,
        typage.vocabulaire.condition(cles["quand"], code) if "quand" in cles else None,
        mot("verdict", VERDICTS, "refuse"), periode,
        cles["precision"].texte(code) if "precision" in cles else "",
        typage.sources(cles, noeud, code), du, au,
        mot("motif", typage.motifs, "FREQUENCE_DEPASSEE"), mot("doute", frozenset({"oui", "non"}), "oui") == "oui",
    )  # fmt: skip
