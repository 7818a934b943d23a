"""Ce que chaque moteur écrit à sa façon donne les mêmes valeurs : dates, textes, conversions, agrégats, décimaux."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from opposable.droit import temps

pytest.importorskip("sqlglot")

from tests.lots.banc import Banc

from opposable.lots import colonnes, sql

JOURS = [date.fromisoformat(j) for j in (
    "2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01", "2025-03-31", "2025-04-30", "2025-12-31",
    "2026-01-01", "2026-01-31",
)]  # fmt: skip
VIEILLES = [date.fromisoformat(j) for j in ("1903-12-31", "1920-02-29", "1960-01-31", "2000-02-29", "2000-03-01")]
TEXTES = (
    "", " ", "a", "A", "é", "e\u0301", "œuvre", "l'acte", 'un "mot"', "a,b", "a;b", "a\\b", "100%", "x_y", "`", "🩺",
    "\n", "NULL", "\u202f", "ACS", "ACS ",
)  # fmt: skip


def _c(nom: str) -> Any:
    return sql.col(nom)


def test_ages(banc: Banc) -> None:
    depuis = date(2023, 1, 1)
    naissances = VIEILLES + [depuis + timedelta(days=n) for n in range(0, 1130)]
    grille = [(n, j) for n, j in itertools.product(naissances, JOURS) if n <= j]
    k = colonnes.ColonnesLot(banc.moteur, {"n": _c("n"), "vide": sql.nul("DATE")}, _c("j"), {})
    (mois, mois_aussi), (jours, _) = k.age_mois("n", "age"), k.age_jours("n", "age")

    def attendus(n: date, j: date) -> int:
        return temps.mois_revolus(n.toordinal(), j.toordinal())

    banc.verifier({"n": "DATE", "j": "DATE"}, grille, {
        "âge en mois": (mois, attendus), "âge en mois, l'autre bout": (mois_aussi, attendus),
        "âge en jours": (jours, lambda n, j: (j - n).days),
        "jours depuis": (k.jours_depuis("n"), lambda n, j: (j - n).days),
        "âge inconnu": (k.age_mois("vide", "age")[0], lambda *_: None),
        "mois": (banc.moteur.mois(_c("n")), lambda n, _: n.replace(day=1)),
        "date écrite": (sql.au_plus(banc.moteur.date("2024-02-29"), _c("n")), lambda n, _: n >= date(2024, 2, 29)),
    })  # fmt: skip


def test_ages_dits(banc: Banc) -> None:
    """Un âge dit donne les mêmes naissances possibles que la lecture d'une facture, en années, en mois et en jours."""
    grille = [(j, n) for j in JOURS for n in (*range(0, 60), 119, 120, 130)]
    m, j, n = banc.moteur, _c("j"), _c("n")

    def bornes(unite: str) -> tuple[Callable[..., date], Callable[..., date]]:
        def lire(jour: date, nombre: int) -> tuple[int, int]:
            return temps.naissances_possibles(f"{nombre} {unite}", jour.toordinal())

        return (
            lambda jour, nombre: date.fromordinal(lire(jour, nombre)[0]),
            lambda jour, nombre: date.fromordinal(lire(jour, nombre)[1] - 1),
        )

    cas: dict[str, tuple[Any, Callable[..., Any]]] = {}
    for unite, mois, large in (("ans", sql.fois(n, sql.ent(12)), 12), ("mois", n, 1)):
        premier, dernier = bornes(unite)
        cas[f"{unite}, première naissance"] = m.naissance(j, sql.plus(mois, sql.ent(large)), plus=1), premier
        cas[f"{unite}, dernière naissance"] = m.naissance(j, mois, plus=0), dernier
    cas["jours"] = m.plus_jours(j, n, -1), bornes("jours")[0]
    cas["jours plus loin"] = m.plus_jours(j, n, 1), lambda jour, nombre: jour + timedelta(days=nombre)
    banc.verifier({"j": "DATE", "n": "INTEGER"}, grille, cas)
    large = colonnes.ColonnesLot(m, {}, j, {"age": (m.plus_jours(j, n, -1), j)})
    banc.verifier({"j": "DATE", "n": "INTEGER"}, grille, {
        "jours du plus jeune": (large.age_jours("naissance", "age")[0], lambda *_: 0),
        "jours du plus âgé": (large.age_jours("naissance", "age")[1], lambda _, nombre: nombre),
    })  # fmt: skip


def test_textes(banc: Banc) -> None:
    m, t, u = banc.moteur, _c("t"), _c("u")
    connus = [t for t in TEXTES if t != "ACS "]
    petits = {t: rang for rang, t in enumerate(connus[:5], 1)}
    rangs = {t: (1 << 40) + rang for rang, t in enumerate(connus)}
    milliers = rangs | {f"acte {n}": n for n in range(5000)}
    textes = [*TEXTES, None, "acte 0", "acte 4999", "acte 5000", *(f"acte {n}" for n in range(0, 5000, 7))]
    grille = list(itertools.product(textes, ("x", "", None)))
    banc.verifier({"t": "VARCHAR", "u": "VARCHAR"}, grille, {
        "texte": (t, lambda t, _: t),
        "classe, quelques textes": (m.classe(t, petits), lambda t, _: petits.get(t)),
        "classe, avec de grands rangs": (m.classe(t, rangs), lambda t, _: rangs.get(t)),
        "classe, des milliers": (m.classe(t, milliers), lambda t, _: milliers.get(t)),
        "classe de rien": (m.classe(t, {}), lambda *_: None),
        "bout à bout": (
            m.concatener([t, sql.txt("|"), u]), lambda t, u: None if t is None or u is None else f"{t}|{u}"
        ),
        "égal à un texte": (sql.egal(t, sql.txt("l'acte")), lambda t, _: None if t is None else t == "l'acte"),
        "égal à une barre": (sql.egal(t, sql.txt("a\\b")), lambda t, _: None if t is None else t == "a\\b"),
    })  # fmt: skip
    mots = [(v,) for v in ("", "UN", "UN DEUX", "UN DEUX TROIS", None)]
    listes = {"liste": (m.liste(t), lambda t: None if t is None else t.split())}
    banc.verifier({"t": "VARCHAR"}, mots, listes)


ECRITS = (
    " 30", "30 ", "30,00", "1e3", "", "30.005", "30.05", "+5", "-5", "--5", "- 5", "-0", "007", "30.", ".5", "0x1F",
    "1_000", "nan", "٣", "30\n", "2147483647", "2147483648", "-2147483648", "999999999999999", "9999999999999999",
    "99999999999999.9999", "30.00005", "2026-02-10", "2024-02-29", "2026-02-29", "2026-02-30", "2026-2-3",
    "2026-02-10 00:00", "2026/02/10", "20260210", "2026-02-10\n", " 2026-02-10", "2026-02", "epoch", "infinity", "now",
    "0000-01-01", "0999-01-01", "10000-01-01", "9999-12-31", "aucune", None,
)  # fmt: skip


def test_conversions(banc: Banc) -> None:
    """Un texte ne se lit que dans une écriture, la même pour les deux moteurs ; le reste est nul, jamais deviné."""
    t = _c("t")
    dates = {"2026-02-10", "2024-02-29", "9999-12-31"}
    entiers = {"-5", "-0", "007", "2147483647", "2147483648", "-2147483648", "999999999999999", "20260210"}
    decimaux = (entiers - {"999999999999999"}) | {"30.005", "30.05", "99999999999999.9999"}

    def petit(texte: str | None) -> int | None:
        return int(texte) if texte in entiers and -(1 << 31) <= int(texte) < 1 << 31 else None

    banc.verifier({"t": "VARCHAR"}, [(e,) for e in ECRITS], {
        "date": (sql.lit(t, "DATE"), lambda t: date.fromisoformat(t) if t in dates else None),
        "entier": (sql.lit(t, "BIGINT"), lambda t: int(t) if t in entiers else None),
        "petit entier": (sql.lit(t, "INTEGER"), petit),
        "décimal": (sql.lit(t, "DECIMAL(18, 4)"), lambda t: Decimal(t) if t in decimaux else None),
    })  # fmt: skip
    nombres = [(n,) for n in (0, 1, -1, 127, 128, -128, -129, 32767, 32768, (1 << 31) - 1, 1 << 31, None)]

    def tient(bits: int) -> Callable[[int | None], int | None]:
        return lambda n: n if n is not None and -(1 << (bits - 1)) <= n < 1 << (bits - 1) else None

    essais = {
        genre: (sql.essai(_c("n"), genre), tient(bits))
        for genre, bits in (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64))
    }
    en_texte = {"en texte": (sql.cast(_c("n"), "VARCHAR"), lambda n: None if n is None else str(n))}
    banc.verifier({"n": "BIGINT"}, nombres, essais | en_texte)


def test_tabule(banc: Banc) -> None:
    petite, grande = [5, 0, -7], [n * n << 8 for n in range(4200)]
    rangs = [
        (r,) for r in (*range(-5, 10), None, 4199, 4200, 4201, 4202, -4200, -4201, 1 << 31, 1 << 32, (1 << 32) + 1)
    ]

    def lue(table: list[int]) -> Callable[[int | None], int | None]:
        return lambda r: table[r - 1] if r is not None and 1 <= r <= len(table) else None

    banc.verifier({"r": "BIGINT"}, rangs, {
        "petite table": (banc.moteur.tabule(_c("r"), petite), lue(petite)),
        "grande table": (banc.moteur.tabule(sql.plus(_c("r"), sql.ent(0)), grande), lue(grande)),
        "table de grands nombres": (banc.moteur.tabule(_c("r"), [1 << 56, 3]), lue([1 << 56, 3])),
    })  # fmt: skip


def test_decimaux(banc: Banc) -> None:
    centimes = [(c,) for c in (None, 0, 1, -1, 5, 99, 100, -2650, 123_456_789, -999_999_999_999, 999_999_999_999)]
    m, c = banc.moteur, _c("c")
    banc.verifier({"c": "BIGINT"}, centimes, {
        "euros": (m.euros(c), lambda c: None if c is None else Decimal(c) / 100),
        "euros d'un produit": (m.euros(sql.fois(c, sql.ent(-1))), lambda c: None if c is None else -Decimal(c) / 100),
    })  # fmt: skip
    taux = [(None,), *((t,) for t in (0, 1, 25, 3333, 6500, 7000, 9999, 10_000))]
    banc.verifier({"c": "BIGINT"}, taux, {"taux": (m.taux(c), lambda c: None if c is None else Decimal(c) / 10_000)})
    bits = [(b,) for b in (*range(62), None)]
    banc.verifier({"c": "BIGINT"}, bits, {"bit": (m.bit(c), lambda c: None if c is None else 1 << c)})


def test_agregats(banc: Banc) -> None:
    """Sommes au-delà de 64 bits, bits réunis, valeur au minimum, comptes : sur des groupes de toutes tailles."""
    grand = (1 << 56) - 1

    def valeur(g: int, n: int) -> int | None:
        if (g + n) % 7 == 0 and n:
            return None
        return grand - n * 1009 if g % 2 else -grand // (n + 1)

    rangees = [(g, valeur(g, n), (n * g) % 62, f"t{n * 37 % 50:02}") for g in range(1, 51) for n in range(g)]
    bords = ((1 << 63) - 1, (1 << 63) - 1, -(1 << 63), (1 << 63) - 1)
    rangees += [(99, bord, rang % 3, f"t{rang}") for rang, bord in enumerate(bords)]
    m, v = banc.moteur, _c("v")
    exprs = [
        m.grande_somme(v), m.bits(m.bit(_c("b"))), m.au_minimum(_c("b"), _c("t")), sql.compte(), sql.somme(_c("b")),
        sql.maximum(v), sql.minimum(_c("t")), sql.somme(sql.drapeau(sql.est_nul(v))),
    ]  # fmt: skip
    groupes: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for g, *reste in rangees:
        groupes[g].append(tuple(reste))
    attendus = []
    for _, lignes in sorted(groupes.items()):
        valeurs = [v for v, _, _ in lignes if v is not None]
        bits = [b for _, b, _ in lignes]
        premier = min(lignes, key=lambda ligne: ligne[2])
        attendus.append((sum(valeurs), len(set(bits)), premier[1], len(lignes), sum(bits), max(valeurs), premier[2],
                         len(lignes) - len(valeurs)))  # fmt: skip
    types = {"g": "INTEGER", "v": "BIGINT", "b": "BIGINT", "t": "VARCHAR"}
    obtenus = banc.calculer(types, rangees, exprs, ("g",))
    noms = ("grande somme", "bits", "au minimum", "compte", "somme", "maximum", "minimum", "nuls")
    for nom, obtenu, attendu in zip(noms, zip(*obtenus, strict=True), zip(*attendus, strict=True), strict=True):
        banc.comparer(nom, obtenu, attendu)


def test_empreinte(banc: Banc) -> None:
    """Une empreinte ne dépend que des valeurs, et les distingue."""
    valeurs = [(a, b) for a in range(100) for b in range(100)] * 2
    empreintes = [
        e for (e,) in banc.calculer({"a": "BIGINT", "b": "BIGINT"}, valeurs, [banc.moteur.empreinte(_c("a"), _c("b"))])
    ]
    moitie = len(valeurs) // 2
    banc.comparer("empreinte", empreintes[:moitie], empreintes[moitie:])
    assert len(set(empreintes)) == moitie
