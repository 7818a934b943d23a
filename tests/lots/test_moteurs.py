"""Les deux moteurs calculent ce que l'interprète scalaire calcule, valeur par valeur, sur des grilles entières."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from opposable.droit.algebre import Calculs
from opposable.facturation.facture import Facture

pytest.importorskip("sqlglot")

from tests.lots.banc import Banc

from opposable.lots import colonnes, sql

K = Calculs()
NUL = None


def _c(nom: str) -> Any:
    return sql.col(nom)


# --- Les opérations de l'algèbre ---------------------------------------------------------------------------------
PETITS = (NUL, 0, 1, -1, 2, 49, 50, 51, 99, 100, -100, 3000, 12_345, -12_345, (1 << 31) - 1, 1 << 31, -(1 << 31))
GRANDS = (NUL, 0, 1, -1, 3_000_000_000, -3_000_000_000, (1 << 61) + 7, -(1 << 61) - 7, (1 << 56) - 1, 1 << 57)
ENTIERS = {"a": "BIGINT", "b": "BIGINT"}


def test_nombres(banc: Banc) -> None:
    k = colonnes.Colonnes(banc.moteur, {"a": _c("a")})
    a, b = _c("a"), _c("b")
    cas: dict[str, tuple[Any, Callable[..., Any]]] = {
        nom: (getattr(k, nom)(a, b), getattr(K, nom)) for nom in ("plus", "moins", "min", "max", "au_plus", "defaut")
    }
    cas["fait"] = (k.nombre("a"), lambda a, _: a)
    cas["fait absent"] = (k.nombre("z"), lambda *_: None)
    cas["min avec un écrit"] = (k.min(a, 50), lambda a, _: K.min(a, 50))
    cas["max avec un écrit"] = (k.max(-(1 << 40), a), lambda a, _: K.max(-(1 << 40), a))
    cas["connu"] = (k.connu(a), lambda a, _: K.connu(a))
    cas["égal"] = (sql.egal(a, b), lambda a, b: None if a is None or b is None else a == b)
    cas["diffère"] = (sql.differe(a, b), lambda a, b: None if a is None or b is None else a != b)
    cas["moins que"] = (sql.moins_que(a, b), lambda a, b: None if a is None or b is None else a < b)
    cas["masque"] = (sql.masque(a, b), lambda a, b: None if a is None or b is None else a & b)
    cas["absolu"] = (banc.moteur.absolu(a), lambda a, _: None if a is None else abs(a))
    suite = (1, *range(40, 60), 1 << 57)
    cas["parmi, dont une suite"] = (sql.parmi(a, suite), lambda a, _: None if a is None else a in suite)
    cas["parmi"] = (sql.parmi(a, (1, 50, 1 << 57)), lambda a, _: None if a is None else a in {1, 50, 1 << 57})
    cas["drapeau"] = (sql.drapeau(sql.au_plus(a, b)), lambda a, b: int(K.au_plus(a, b) is True))
    cas["emboîté"] = (
        k.moins(k.plus(a, k.moins(b, a)), k.moins(k.moins(b, a), a)),
        lambda a, b: None if a is None or b is None else (a + (b - a)) - ((b - a) - a),
    )
    petits = list(itertools.product(PETITS, repeat=2))
    banc.verifier(ENTIERS, petits, cas | {"fois": (k.fois(a, b), K.fois)})
    del cas["emboîté"]
    banc.verifier(ENTIERS, list(itertools.product(GRANDS, repeat=2)), cas)


def test_part(banc: Banc) -> None:
    taux = (NUL, 0, 1, 25, 150, 1000, 3000, 3333, 3500, 5000, 6000, 6500, 7000, 8000, 9999, 10_000)
    montants = (NUL, *range(-151, 152), 2_650, 3_005, -3_005, 10**9 + 1, -(10**9) - 1, 10**13 + 3, -(10**13) - 3)
    grille = list(itertools.product(montants, taux))
    demis = sum(m is not None and t is not None and abs(m) * t * 2 % 20_000 == 10_000 for m, t in grille)
    assert demis > 100
    k = colonnes.Colonnes(banc.moteur, {})
    banc.verifier(ENTIERS, grille, {f"part, dont {demis} demis": (k.part(_c("a"), _c("b")), K.part)})
    quotient = banc.moteur.quotient(sql.plus(_c("a"), sql.fois(_c("b"), sql.ent(3))), 100)
    positifs = list(itertools.product((0, 1, 99, 100, 101, 10**15), repeat=2))
    banc.verifier(ENTIERS, positifs, {"quotient": (quotient, lambda a, b: (a + b * 3) // 100)})


def _meles(k: Any, x: Any, y: Any, z: Any) -> Any:
    return k.et(k.ou(k.et(x, k.non(y)), k.non(k.ou(y, z))), k.ou(k.non(k.et(x, z)), y))


def test_kleene(banc: Banc) -> None:
    k = colonnes.Colonnes(banc.moteur, {})
    x, y, z = (_c(nom) for nom in "xyz")
    grille = list(itertools.product((True, False, NUL), repeat=3))
    cas: dict[str, tuple[Any, Callable[..., Any]]] = {
        "et": (k.et(x, y, z), K.et), "ou": (k.ou(x, y, z), K.ou), "non": (k.non(x), lambda x, *_: K.non(x)),
        "et de rien": (k.et(), lambda *_: True), "ou de rien": (k.ou(), lambda *_: False),
        "mêlés": (_meles(k, x, y, z), lambda x, y, z: _meles(K, x, y, z)),
        "oui_non": (k.oui_non(x), lambda x, *_: x),
        "en nombre": (sql.cast(x, "BIGINT"), lambda x, *_: None if x is None else int(x)),
        "en petit": (sql.cast(sql.drapeau(x), "TINYINT"), lambda x, *_: int(x is True)),
    }  # fmt: skip
    banc.verifier(dict.fromkeys("xyz", "BOOLEAN"), grille, cas)
    choix = list(itertools.product((True, False, NUL), PETITS[:8], PETITS[:8]))
    si = {"si": (k.si(x, _c("a"), _c("b")), K.si)}
    banc.verifier({"x": "BOOLEAN", **ENTIERS}, choix, si)


def test_etapes(banc: Banc) -> None:
    etapes = colonnes.Etapes()
    k = colonnes.Colonnes(banc.moteur, {}, etapes=etapes)
    somme = k.nomme("somme", k.plus(_c("a"), _c("b")))
    double = k.nomme("double", k.fois(somme, sql.ent(2)))
    k.nomme("fin", k.min(k.moins(double, somme), _c("b")))
    grille = list(itertools.product(PETITS, repeat=2))
    banc.calculer(ENTIERS, grille, [])
    requete = etapes.appliquer(sql.choisir(sql.depuis("valeurs"), [sql.exp.Star()]))
    lues = sorted(banc.moteur.lire(sql.choisir(sql.depuis(requete), [_c("rang"), _c("double"), _c("fin")])))
    attendu = [(K.fois(K.plus(a, b), 2), K.min(K.plus(a, b), b)) for a, b in grille]
    banc.comparer("étapes", [v for _, *deux in lues for v in deux], [v for deux in attendu for v in deux])


# --- Les relations d'une facture ---------------------------------------------------------------------------------
class _Ligne(SimpleNamespace):
    """Une ligne de facture : ce que la portée scalaire en lit."""

    def fait(self, nom: str) -> Any:
        return {"ligne.opposable": {True: "oui", False: "non", None: None}[self.dit], "majoration": self.ajoute}[nom]

    def nombre(self, nom: str) -> Any:
        assert nom == "acte.honoraires"
        return self.h

    def tarif(self) -> Any:
        return self.prix


class _Facture(Facture):
    """La vraie portée scalaire, sur des lignes choisies."""

    def __init__(self, lignes: Sequence[_Ligne], assiette: str) -> None:
        self.lignes, self.assiette, self.jour, self.calendrier = list(lignes), assiette, 0, None  # type: ignore[assignment]
        tarifs = SimpleNamespace(choisir=lambda fait, *_: SimpleNamespace(valeur=fait("majoration")))
        majoration = SimpleNamespace(tarifs=tarifs, en_vigueur=lambda *_: True)
        self.corpus = SimpleNamespace(actes={"M": majoration})  # type: ignore[assignment]

    def mot(self, nom: str) -> str:
        assert nom == "da_assiette"
        return self.assiette


def test_relations(banc: Banc) -> None:
    codes = {1: "A", 2: "M"}
    familles = {1: frozenset({"acte"}), 2: frozenset({"majoration"})}
    sortes = [
        (cid, existe, dit, h, prix, du, ajoute)
        for cid, existe, dit, h, prix, du, ajoute in itertools.product(
            (1, 2), (1, 0), (True, False, NUL), (NUL, 4000), (NUL, 3000), (0, 1), (NUL, 500)
        )
        if (cid == 1 or du == 0) and (du or ajoute is None) and (existe or (h and prix))
    ]
    factures = [c for n in (1, 2, 3) for c in itertools.combinations_with_replacement(sortes[:: 1 if n < 3 else 4], n)]
    rangees = [(numero, *ligne) for numero, lignes in enumerate(factures) for ligne in lignes]
    types = {"f": "INTEGER", "cid": "INTEGER", "existe": "INTEGER", "dit": "BOOLEAN", "h": "BIGINT", "prix": "BIGINT",
             "du": "INTEGER", "ajoute": "BIGINT"}  # fmt: skip
    coordonne = {"M": (sql.egal(_c("cid"), sql.ent(2)), sql.egal(_c("du"), sql.ent(1)), _c("ajoute"))}
    demandes: list[tuple[str, str, tuple[str, ...]]] = [
        ("facture", *r) for r in (
            ("tous", ("ligne.opposable", "oui")), ("tous", ("ligne.opposable", "non")),
            ("un", ("ligne.opposable", "oui")), ("un", ("ligne.opposable", "non")),
            ("present", ("majoration",)), ("somme_honoraires", ()), ("total_coordonne", ()),
        )
    ] + [("acte_seul", "total_coordonne", ())]  # fmt: skip
    exprs = []
    for assiette, relation, arguments in demandes:
        k = colonnes.ColonnesFacture(
            banc.moteur, {"acte.honoraires": _c("h")}, lambda _, a=assiette: sql.txt(a),
            lambda _, valeur: _c("dit") if valeur == "oui" else sql.non(_c("dit")),
            lambda nom: sql.parmi(_c("cid"), [c for c, f in familles.items() if nom in f]),
            sql.egal(_c("existe"), sql.ent(1)), coordonne, {"tarif": _c("prix")},
        )  # fmt: skip
        exprs.append(getattr(k, relation)(*arguments))
    obtenues = zip(*banc.calculer(types, rangees, exprs, ("f",)), strict=True)
    lignes = [
        [
            _Ligne(acte=SimpleNamespace(code=codes[c], familles=familles[c], tarif_coordonne=("M",) if du else ()),
                   existe=bool(e), dit=dit, h=h, prix=prix, ajoute=ajoute)
            for c, e, dit, h, prix, du, ajoute in facture
        ]
        for facture in factures
    ]  # fmt: skip
    for (assiette, relation, arguments), obtenue in zip(demandes, obtenues, strict=True):
        attendu = [getattr(_Facture(facture, assiette), relation)(*arguments) for facture in lignes]
        banc.comparer(" ".join((relation, *arguments, assiette)), obtenue, attendu)
