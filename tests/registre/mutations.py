"""Altérer un élément du corpus : un montant d'un centime, un taux d'un point, une fréquence d'un acte, une règle ou un
lien ôtés.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from tests import test_cas_dispositifs as cas_dispositifs
from tests.test_cas import ecarts

import opposable
from opposable.droit.citations import Chemin, Element
from opposable.droit.corpus import Corpus, charger
from opposable.droit.fichiers import Sources
from opposable.droit.lecture import Noeud
from opposable.droit.reponse_dispositif import calculer
from opposable.droit.table import EFFECTIF, PREVU
from opposable.facturation.entree import lire_facture
from opposable.facturation.reponse import coter_cas

OTES = frozenset({"regle", "variante", "lien", "cas"})
"""Les genres d'éléments que l'on ôte ; une ligne change de valeur, une fréquence de maximum, un report de date."""


@lru_cache(maxsize=1)
def lus() -> Sources:
    """Les fichiers du corpus, lus une fois."""
    return Sources()


def alteree(element: Element) -> Corpus:
    """Le corpus où cet élément seul est altéré."""
    sources = copy.copy(lus())
    if element.fichier.startswith("dispositifs/"):
        nom, section = Path(element.fichier).stem, element.chemin[0]
        assert isinstance(section, str)
        cles = sources.sections(nom)
        changement = _changement(element, *_mots_et_type(cles[section], element.chemin[1:]))
        change = {**cles, section: _change(cles[section], element.chemin[1:], changement)}
        sources.lus = {**sources.lus, nom: change}
    else:
        racine = sources.fichiers[element.fichier]
        changement = _changement(element, *_mots_et_type(racine, element.chemin))
        sources.fichiers = {**sources.fichiers, element.fichier: _change(racine, element.chemin, changement)}
    return charger(sources=sources)


def _mots_et_type(racine: Noeud, chemin: Chemin) -> tuple[list[str], str]:
    """Les mots que la table de cette ligne peut dire (ceux qu'elle nomme, sinon ceux de ses lignes), et son type."""
    noeud: Any = racine
    for cle in chemin[:-2]:
        noeud = noeud.valeur[cle]
    table = noeud.valeur if isinstance(noeud.valeur, dict) and "lignes" in noeud.valeur else {}
    type_ = table["type"].texte() if "type" in table else "montant"
    if "valeurs" in table:
        return list(table["valeurs"].table()), type_
    if type_ == "texte":
        dits = (n.table()["valeur"].texte() for n in table["lignes"].liste() if "valeur" in n.table())
        return list(dict.fromkeys(dits)), type_
    return [], type_


def _changement(element: Element, mots: list[str], type_: str) -> Callable[[Noeud], Noeud | None]:
    if element.genre in OTES:
        return lambda _: None
    if element.genre == "ligne" and mots:
        return lambda n: _autre_mot(n, mots)
    if element.genre == "frequence":
        return lambda n: _avec(n, "maximum", str(int(n.table()["maximum"].texte()) + 1))
    if element.genre == "report":
        return lambda n: _avec(n, "effectif", "2026-01-02")
    return partial(_autre_valeur, premiere=_PREMIERES.get(type_, ("montant", "0.01")))


_PREMIERES = {"taux": ("valeur", "0.01"), "majoration": ("valeur", "0.01"), "entier": ("valeur", "1")}
"""La valeur donnée à une ligne qui n'en avait pas, selon le type de sa table."""


def _autre_mot(noeud: Noeud, mots: list[str]) -> Noeud:
    """La ligne avec un autre mot de sa table ; s'il n'y en a qu'un, elle ne vaut plus aucun jour d'un cas."""
    cles = {c: n for c, n in noeud.table().items() if c != "manquant"}
    autres = [mot for mot in mots if "valeur" not in cles or mot != cles["valeur"].texte()]
    sans = Noeud(cles, noeud.fichier, noeud.ligne)
    return _avec(sans, "valeur", autres[0]) if autres else _avec(sans, "du", "2100-01-01")


def _autre_valeur(noeud: Noeud, premiere: tuple[str, str] = ("montant", "0.01")) -> Noeud:
    cles = noeud.table()
    if "montant" in cles:
        return _avec(noeud, "montant", f"{Decimal(cles['montant'].texte()) + Decimal('0.01'):.2f}")
    if "manquant" in cles:
        sans = {c: n for c, n in cles.items() if c != "manquant"}
        return _avec(Noeud(sans, noeud.fichier, noeud.ligne), *premiere)
    texte = cles["valeur"].texte()
    if texte.replace(".", "").isdigit():
        pas = Decimal("0.01") if "." in texte else Decimal(1)
        valeur = Decimal(texte)
        return _avec(noeud, "valeur", str(valeur - pas if valeur == 1 else valeur + pas))
    return _avec(noeud, "valeur", "autre_valeur")


def _avec(noeud: Noeud, cle: str, texte: str) -> Noeud:
    return Noeud({**noeud.table(), cle: Noeud(texte, noeud.fichier, noeud.ligne)}, noeud.fichier, noeud.ligne)


def _change(noeud: Noeud, chemin: Chemin, changer: Callable[[Noeud], Noeud | None]) -> Noeud:
    """La copie d'un nœud où ce qui est au bout du chemin a changé, ou n'est plus."""
    cle, reste = chemin[0], chemin[1:]
    brut: Any = noeud.valeur
    valeur = brut[cle]
    nouveau = changer(valeur) if not reste else _change(valeur, reste, changer)
    if isinstance(brut, list):
        assert isinstance(cle, int)
        return Noeud([*brut[:cle], *([nouveau] if nouveau else []), *brut[cle + 1 :]], noeud.fichier, noeud.ligne)
    table = {c: (nouveau if c == cle else n) for c, n in brut.items() if nouveau is not None or c != cle}
    return Noeud(table, noeud.fichier, noeud.ligne)


SUPPOSE = frozenset({"questions", "questions_absentes", "hypotheses"})
"""Les clés d'un attendu que seule la recherche des questions remplit."""


def echoue(corpus: Corpus, cas: dict[str, Any]) -> bool:
    """Vrai si le cas de droit ne donne plus son attendu avec ce corpus ; un corpus altéré doit encore se charger.

    Chercher les questions est le plus long, et n'y change ni statut, ni motif, ni montant : elles ne le sont que si
    l'attendu en parle et que tout le reste tient.
    """
    options = cas.get("options", {})
    if "dispositif" in cas:
        return bool(cas_dispositifs.jouer(cas, partial(calculer, corpus)))
    attendu = cas["attendu"]
    try:
        lu = lire_facture(corpus, cas["facture"])
        coter = partial(
            coter_cas,
            corpus,
            lu,
            calendrier=PREVU if options.get("prevu") == "oui" else EFFECTIF,
            strict=options.get("strict") == "oui",
        )
        reponse = coter(questions=False)
        reste = {cle: valeur for cle, valeur in attendu.items() if cle not in SUPPOSE}
        if reste != attendu and "erreur" not in attendu and not ecarts(reste, reponse):
            reponse, reste = coter(), attendu
    except opposable.ErreurEntree as erreur:
        return (erreur.code, erreur.ou) != (attendu.get("erreur"), attendu.get("ou", erreur.ou))
    return "erreur" in attendu or bool(ecarts(reste, reponse))


CAS = Path(__file__).parent.parent / "cas"
