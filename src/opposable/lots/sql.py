"""De petites pièces de SQL, en objets sqlglot : une seule façon d'écrire chaque chose, parenthèses comprises.

Un opérateur reçoit toujours des opérandes entre parenthèses : un moteur rend ``a * (b) DIV 100`` sans elles.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from sqlglot import exp

Expr = exp.Expr
VRAI = exp.true()
FAUX = exp.false()
MOT: Final = "MOT"
"""Le type d'un texte d'une petite table, pris parmi peu de valeurs : chaque moteur le code à sa façon."""
ECRITURES: Final = {
    "DATE": "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}",
    "INTEGER": "-?[0-9]{1,15}",
    "BIGINT": "-?[0-9]{1,15}",
    "DECIMAL(18, 4)": "-?[0-9]{1,14}([.][0-9]{1,4})?",
}
"""Comment un texte écrit une valeur, pour tous les moteurs : AAAA-MM-JJ, un signe moins et des chiffres, un point."""


_SUITE: Final = 4
"""Autant de nombres qui se suivent s'écrivent par leurs deux bouts."""


def col(nom: str, table: str = "") -> exp.Column:
    """Une colonne, toujours entre guillemets."""
    return exp.column(nom, table or None, quoted=True)


def ent(valeur: int) -> Expr:
    """Un entier écrit ; au-delà de 31 bits, son type est dit."""
    nombre = exp.Literal.number(abs(valeur))
    ecrit: Expr = exp.Neg(this=nombre) if valeur < 0 else nombre
    return ecrit if abs(valeur) < 1 << 31 else cast(ecrit, "BIGINT")


def txt(valeur: str) -> Expr:
    """Un texte écrit."""
    return exp.Literal.string(valeur)


def nul(genre: str = "BIGINT") -> Expr:
    """Un NULL typé."""
    return cast(exp.null(), genre)


def cast(valeur: Expr, genre: str) -> Expr:
    """La conversion, qui échoue si elle est impossible."""
    return exp.Cast(this=_libre(valeur), to=_genre(genre).copy())


def essai(valeur: Expr, genre: str) -> Expr:
    """La conversion, nulle si elle est impossible."""
    return exp.TryCast(this=_libre(valeur), to=_genre(genre).copy(), safe=True)


@cache
def _genre(genre: str) -> exp.DataType:
    """Un type, lu une fois."""
    return exp.DataType.build(genre)


def lit(texte: Expr, genre: str) -> Expr:
    """Ce qu'un texte écrit (date, entier, décimal), nul s'il ne suit pas exactement :data:`ECRITURES`.

    Sans ce garde, chaque moteur accepte ses propres écritures : ``1e3``, ``2026-2-3``, `` 30``, ``epoch``…
    """
    forme = exp.RegexpLike(this=_libre(texte), expression=txt(rf"\A{ECRITURES[genre]}\z"))
    return selon((forme, essai(_libre(texte), genre)), sinon=nul(genre))


def _libre(valeur: Expr) -> Expr:
    """L'expression si rien ne la contient encore, sinon sa copie : un nœud n'a qu'un parent."""
    return valeur if valeur.parent is None else valeur.copy()


def _par(valeur: Expr) -> Expr:
    simple = isinstance(
        valeur, (exp.Column, exp.Literal, exp.Paren, exp.Func, exp.Case, exp.Cast, exp.Boolean, exp.Null)
    )
    # AND et OR sont aussi des fonctions pour sqlglot : sans ce refus, NOT (a OR b) s'écrirait NOT a OR b.
    return valeur if simple and not isinstance(valeur, exp.Binary) else exp.Paren(this=valeur)


def _deux(sorte: type[exp.Binary], a: Expr, b: Expr) -> Expr:
    return sorte(this=_par(_libre(a)), expression=_par(_libre(b)))


def plus(a: Expr, b: Expr) -> Expr:
    """a + b"""
    return _deux(exp.Add, a, b)


def moins(a: Expr, b: Expr) -> Expr:
    """a - b"""
    return _deux(exp.Sub, a, b)


def fois(a: Expr, b: Expr) -> Expr:
    """a * b"""
    return _deux(exp.Mul, a, b)


def echelle(code: Expr, facteur: int) -> Expr:
    """code * facteur ; les nombres écrits au bout d'un CASE sont multipliés d'avance."""
    if facteur == 1:
        return code
    if isinstance(code, exp.Case):
        multiplie = code.copy()
        for cas in multiplie.args["ifs"]:
            cas.set("true", echelle(cas.args["true"], facteur))
        if (sinon := multiplie.args.get("default")) is not None:
            multiplie.set("default", echelle(sinon, facteur))
        return multiplie
    ecrit = _ecrit(code)
    return fois(code, ent(facteur)) if ecrit is None else ent(ecrit * facteur)


def _ecrit(code: Expr) -> int | None:
    """L'entier qu'un nombre écrit dit ; rien pour une autre expression."""
    if isinstance(code, exp.Neg):
        dit = _ecrit(code.this)
        return None if dit is None else -dit
    return int(code.this) if isinstance(code, exp.Literal) and not code.is_string else None


def egal(a: Expr, b: Expr) -> Expr:
    """a = b"""
    return _deux(exp.EQ, a, b)


def differe(a: Expr, b: Expr) -> Expr:
    """a <> b"""
    return _deux(exp.NEQ, a, b)


def au_plus(a: Expr, b: Expr) -> Expr:
    """a <= b"""
    return _deux(exp.LTE, a, b)


def moins_que(a: Expr, b: Expr) -> Expr:
    """a < b"""
    return _deux(exp.LT, a, b)


def masque(a: Expr, b: Expr) -> Expr:
    """a & b, sur des entiers de 64 bits."""
    return _deux(exp.BitwiseAnd, a, b)


def et(*termes: Expr) -> Expr:
    """La conjonction de Kleene de prédicats nus."""
    return _plusieurs(exp.And, termes, VRAI)


def ou(*termes: Expr) -> Expr:
    """La disjonction de Kleene de prédicats nus."""
    return _plusieurs(exp.Or, termes, FAUX)


def _plusieurs(sorte: type[exp.Binary], termes: Iterable[Expr], vide: Expr) -> Expr:
    resultat: Expr | None = None
    for terme in termes:
        resultat = terme if resultat is None else _deux(sorte, resultat, terme)
    return vide if resultat is None else resultat


def non(terme: Expr) -> Expr:
    """La négation de Kleene."""
    return exp.Not(this=_par(_libre(terme)))


def est_nul(valeur: Expr) -> Expr:
    """valeur IS NULL"""
    return exp.Is(this=_par(_libre(valeur)), expression=exp.null())


def connu(valeur: Expr) -> Expr:
    """valeur IS NOT NULL"""
    return non(est_nul(valeur))


def parmi(valeur: Expr, valeurs: Iterable[int]) -> Expr:
    """valeur IN (…) ; des nombres qui se suivent s'écrivent par leurs deux bouts."""
    suites: list[list[int]] = []
    for v in sorted(set(valeurs)):
        if suites and v == suites[-1][-1] + 1:
            suites[-1].append(v)
        else:
            suites.append([v])
    seuls = [v for suite in suites if len(suite) < _SUITE for v in suite]
    longues = [suite for suite in suites if len(suite) >= _SUITE]
    parties: list[Expr] = [et(au_plus(ent(s[0]), valeur), au_plus(valeur, ent(s[-1]))) for s in longues]
    if seuls or not parties:
        parties.append(exp.In(this=_par(_libre(valeur)), expressions=[ent(v) for v in seuls]))
    return ou(*parties)


def selon(*cas: tuple[Expr, Expr], sinon: Expr | None = None) -> Expr:
    """CASE WHEN … THEN … ELSE … END"""
    resultat = exp.Case()
    for condition, valeur in cas:
        resultat = resultat.when(_libre(condition), _libre(valeur), copy=False)
    return resultat if sinon is None else resultat.else_(_libre(sinon), copy=False)


def defaut(valeur: Expr, sinon: Expr) -> Expr:
    """coalesce(valeur, sinon)"""
    return exp.Coalesce(this=_libre(valeur), expressions=[_libre(sinon)])


def drapeau(condition: Expr) -> Expr:
    """1 si la condition tient, 0 si elle ne tient pas ou reste inconnue."""
    return selon((condition, ent(1)), sinon=ent(0))


def somme(valeur: Expr) -> Expr:
    """sum(valeur) ; un entier de 64 bits."""
    return cast(exp.Sum(this=_libre(valeur)), "BIGINT")


def maximum(valeur: Expr) -> Expr:
    """max(valeur)"""
    return exp.Max(this=_libre(valeur))


def minimum(valeur: Expr) -> Expr:
    """min(valeur)"""
    return exp.Min(this=_libre(valeur))


def compte() -> Expr:
    """count(*)"""
    return exp.Count(this=exp.Star())


def combien(condition: Expr) -> Expr:
    """Combien de rangées où la condition tient."""
    return exp.Count(this=selon((condition, ent(1))))


def nomme(valeur: Expr, nom: str) -> Expr:
    """valeur AS nom"""
    return exp.alias_(valeur, nom, quoted=True, copy=False)


def depuis(table: str | exp.Query, alias: str = "t") -> exp.Select:
    """SELECT … FROM table AS alias, sans colonne encore."""
    source = table.subquery(alias, copy=False) if isinstance(table, exp.Query) else exp.to_table(table, alias=alias)
    return exp.Select().from_(source, copy=False)


def joindre(
    requete: exp.Select, table: str | exp.Select, alias: str, *sur: tuple[Expr, Expr], gauche: bool = False
) -> exp.Select:
    """Une jointure par égalités seulement : aucun masque, aucune inégalité dans la condition."""
    source = table.subquery(alias, copy=False) if isinstance(table, exp.Select) else exp.to_table(table, alias=alias)
    condition = et(*(egal(a, b) for a, b in sur))
    return requete.join(source, on=condition, join_type="left" if gauche else "inner", copy=False)


def choisir(requete: exp.Select, colonnes: Iterable[Expr]) -> exp.Select:
    """Ajoute les colonnes choisies."""
    return requete.select(*colonnes, copy=False)


def corrigee(
    noms: Iterable[str], table: str, corrections: str, cles: Iterable[str], colonne: str, nouvelle: str
) -> exp.Select:
    """La table de ces colonnes, où ``colonne`` a la valeur ``nouvelle`` des lignes que ``corrections`` rejoint."""
    avec = joindre(depuis(table), corrections, "c", *((col(cle, "t"), col(cle, "c")) for cle in cles), gauche=True)
    neuve = nomme(defaut(col(nouvelle, "c"), col(colonne, "t")), colonne)
    return choisir(avec, [neuve if nom == colonne else col(nom, "t") for nom in noms])
