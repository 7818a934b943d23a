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
from opposable.droit.ensemble import Intervalle
from opposable.droit.scalaire import Portee
from opposable.droit.table import EFFECTIF
from opposable.facturation.formules import FORMULES
from opposable.portes import python as api

pytest.importorskip("sqlglot")

from tests.lots.banc import Banc

from opposable.lots import colonnes, heures, sql
from opposable.lots.encodage import Codage
from opposable.lots.faits_codes import FaitCode
from opposable.lots.jours import Jours

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


def _l(nom: str) -> Any:
    return sql.col(nom, "l")


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


def test_heures(banc: Banc) -> None:
    """Une heure et un instant se lisent d'un texte dans une seule écriture, ou d'un TIMESTAMP ; le reste est nul."""
    ecrites = ("00:00", "09:05", "19:30", "23:59")
    autres = ("24:00", "9:05", "09:60", "09h05", "09:05:00", " 09:05", "09:05 ", "0905", "", "-1:00", None)
    attendues: dict[str | None, int] = {t: int(t[:2]) * 60 + int(t[3:]) for t in ecrites}
    lue = heures.heure(_c("t"), "VARCHAR")
    banc.verifier({"t": "VARCHAR"}, [(t,) for t in (*ecrites, *autres)], {"heure écrite": (lue, attendues.get)})
    bons = {f"2024-02-29{s}{h}": (date(2024, 2, 29), minutes) for s in "T " for h, minutes in attendues.items()}
    mauvais = ("2024-02-29", "2024-02-29T24:00", "2024-02-29T09:05:00", "2024-02-29_09:05", "24-02-29T09:05", None)
    jour, minutes = heures.instant(_c("t"), "VARCHAR")
    banc.verifier({"t": "VARCHAR"}, [(t,) for t in (*bons, *mauvais)], {
        "date d'un instant": (jour, lambda t: bons[t][0] if t in bons else None),
        "minutes d'un instant": (minutes, lambda t: bons[t][1] if t in bons else None),
    })  # fmt: skip
    impossible = {"date impossible": (jour, lambda _: None)}
    banc.verifier({"t": "VARCHAR"}, [("2026-02-29T09:05",), ("2026-13-01 09:05",)], impossible)
    typee = sql.cast(_c("t"), "TIMESTAMP_NTZ" if banc.moteur.nom == "spark" else "TIMESTAMP")
    jour, minutes = heures.instant(typee, "TIMESTAMP")
    banc.verifier({"t": "VARCHAR"}, [(f"2024-02-29 {h}:59",) for h in ecrites] + [(None,)], {
        "date d'un TIMESTAMP": (jour, lambda t: None if t is None else date(2024, 2, 29)),
        "minutes d'un TIMESTAMP": (minutes, lambda t: None if t is None else attendues[t[11:16]]),
    })  # fmt: skip


def test_delais(banc: Banc) -> None:
    """Les minutes depuis un instant, heure connue ou non, et le jour de la semaine : ceux de l'interprète scalaire."""
    corpus = api.corpus()
    instants = [date(2026, 2, 10) - timedelta(days=n) for n in (0, 1, 2, 40)]
    minutes, heures_ = (0, 555, 1439), (None, 0, 555, 556, 1439)
    grille = [(n, m, j, h) for n in instants for m in minutes for j in JOURS for h in heures_ if n <= j]
    grille += [(None, None, date(2026, 2, 10), 600)]

    def bouts(n: date | None, m: int | None, j: date, h: int | None) -> tuple[int, int] | tuple[None, None]:
        le = None if n is None or m is None else n.toordinal() * temps.MINUTES + m
        portee = Portee(corpus, EFFECTIF, j.toordinal(), {"contexte.regule_le": le, "facture.heure": h}, FORMULES)
        dit = portee.fait("contexte.minutes_depuis_regulation")
        if isinstance(dit, Intervalle):
            return dit.bas, dit.haut - 1
        return (dit, dit) if isinstance(dit, int) else (None, None)

    k = colonnes.ColonnesLot(
        banc.moteur, {"facture.heure": _c("h"), "midi": sql.ent(720)}, _c("j"), {},
        {"contexte.regule_le": (_c("n"), _c("m"))},
    )  # fmt: skip
    bas, haut = k.minutes_depuis("contexte.regule_le", "facture.heure")
    (sans_bas, sans_haut), (midi, midi_aussi) = (k.minutes_depuis("contexte.regule_le", h) for h in ("rien", "midi"))
    types = {"n": "DATE", "m": "INTEGER", "j": "DATE", "h": "INTEGER"}
    banc.verifier(types, grille, {
        "au moins": (bas, lambda *v: bouts(*v)[0]), "au plus": (haut, lambda *v: bouts(*v)[1]),
        "au moins, sans heure": (sans_bas, lambda n, m, j, _: bouts(n, m, j, None)[0]),
        "au plus, sans heure": (sans_haut, lambda n, m, j, _: bouts(n, m, j, None)[1]),
        "à midi": (midi, lambda n, m, j, _: bouts(n, m, j, 720)[0]),
        "à midi, l'autre bout": (midi_aussi, lambda n, m, j, _: bouts(n, m, j, 720)[1]),
        "jour de la semaine": (k.jour_de_semaine(), lambda *v: v[2].isoweekday()),
    })  # fmt: skip


def test_jours_du_calendrier(banc: Banc) -> None:
    """La table des jours rejointe par égalité : fériés et paliers de jours ouvrés, lieu connu, inconnu ou ambigu."""
    corpus, lieu = api.corpus(), ("medecin.territoire", "medecin.cabinet_alsace_moselle")
    codage = Codage(corpus, lieu, corpus.actes)
    codes = [FaitCode(fait=corpus.vocabulaire.faits[nom], mots=codage.faits[nom].mots, decalage=3, bits=4)
             for nom in lieu]  # fmt: skip
    soins = [date.fromisoformat(j) for j in ("2026-04-03", "2026-04-07", "2026-04-28", "2026-05-04", "2026-12-28")]
    lieux = [(t, a) for t in (None, "metropole", "mayotte", "reunion") for a in (None, "oui", "non")]
    grille = [(j, j - timedelta(days=n), t, a) for j in soins for n in (0, 1, 3, 4, 5, 8, 30) for t, a in lieux]
    grille += [(soins[0], None, "metropole", None)]

    def classe(code: FaitCode, mot: str | None) -> int:
        return 0 if mot is None else code.mots[mot] << code.decalage

    jours = Jours(corpus, {}, _l("j"), strict=True)
    jours.paliers = (1, 3, 5)
    jours.lieux = {nom: (code, _l(f"c{rang}")) for rang, (nom, code) in enumerate(zip(lieu, codes, strict=True))}
    cas = [jours.ferie(ecart, *lieu) for ecart in (0, 1, -1)] + list(jours.ouvres(_l("n"), *lieu))
    rangees = [(rang, j, n, classe(codes[0], t), classe(codes[1], a)) for rang, (j, n, t, a) in enumerate(grille)]
    types = {"rang": "INTEGER", "j": "DATE", "n": "DATE", "c0": "BIGINT", "c1": "BIGINT"}
    banc.moteur.charger("soins", types, rangees)
    lues = sql.choisir(sql.depuis("soins", "l"), [_l(nom) for nom in types])
    jours.charger(banc.moteur, lues.copy())
    nommees = [sql.nomme(e, f"e{rang}") for rang, e in enumerate(cas)]
    rendues = sorted(banc.moteur.lire(sql.choisir(sql.depuis(jours.joindre(lues), "l"), [_l("rang"), *nommees])))
    assert len(rendues) == len(grille)

    def attendu(j: date, n: date | None, t: str | None, a: str | None) -> tuple[Any, ...]:
        dits = {lieu[0]: t, lieu[1]: a, "le": None if n is None else n.toordinal() * temps.MINUTES}
        portee = Portee(corpus, EFFECTIF, j.toordinal(), dits, FORMULES, strict=True)
        feries = [portee.ferie(ecart, *lieu) for ecart in (0, 1, -1)]
        ouvres = portee.jours_ouvres_depuis("le", *lieu)
        bouts = (ouvres.bas, ouvres.haut - 1) if isinstance(ouvres, Intervalle) else (ouvres, ouvres)
        paliers = [None if b is None else max((p for p in jours.paliers if p <= b), default=0) for b in bouts]
        return *feries, *paliers

    for rang, nom in enumerate(("férié", "veille de férié", "lendemain de férié", "ouvrés sûrs", "ouvrés possibles")):
        banc.comparer(nom, [r[rang + 1] for r in rendues], [attendu(*g)[rang] for g in grille])


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
