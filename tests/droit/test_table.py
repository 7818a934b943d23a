"""Le choix d'une ligne, contre l'énumération de toutes les façons de préciser les faits inconnus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opposable.droit import temps
from opposable.droit.ensemble import Choix, Ensemble, Intervalle, Plages, Valeur
from opposable.droit.fait import Fait
from opposable.droit.table import EFFECTIF, PREVU, LigneTable, Table, fermer_series

COULEURS = ("bleu", "rouge", "vert")
NOMBRES = tuple(range(6))
DOMAINES: dict[str, Ensemble] = {
    "couleur": Choix(frozenset(COULEURS)),
    "nombre": Plages(((0, 6),)),
    "drapeau": Choix(frozenset({"oui", "non"})),
}
Point = tuple[str, int, str]
FAITS = ("couleur", "nombre", "drapeau")
ESPACE: tuple[Point, ...] = tuple(product(COULEURS, NOMBRES, ("oui", "non")))


@dataclass(frozen=True)
class Nue:
    """Une ligne sous sa forme nue : ses points, sa période, sa valeur, les lignes dont elle est l'exception."""

    cellule: Mapping[str, frozenset[str] | frozenset[int]]
    du: int
    au: int
    valeur: int | None
    sauf: frozenset[int]

    def couvre(self, point: Point) -> bool:
        """Vrai si le point est dans la cellule."""
        return all(v in self.cellule.get(f, {v}) for f, v in zip(FAITS, point, strict=True))


cellules = st.fixed_dictionaries(
    {},
    optional={
        "couleur": st.frozensets(st.sampled_from(COULEURS), min_size=1, max_size=2),
        "nombre": st.frozensets(st.sampled_from(NOMBRES), min_size=1, max_size=5),
        "drapeau": st.sampled_from([frozenset({"oui"}), frozenset({"non"})]),
    },
)


@st.composite
def tables_nues(draw: st.DrawFn) -> list[Nue]:
    """Des lignes sans contradiction : de deux lignes qui se chevauchent, la seconde est l'exception de la première,
    sauf parfois si elles ont la même valeur. Les exceptions d'exceptions sont transitives, comme au chargement.
    """
    lignes: list[Nue] = []
    for rang in range(draw(st.integers(1, 5))):
        cellule = draw(cellules)
        du = draw(st.sampled_from([0, 0, 0, 1, 2]))
        au = draw(st.sampled_from([9, 9, 9, 2])) if du < 2 else 9
        brute = Nue(cellule, du, au, draw(st.sampled_from([1, 2, None])), frozenset())
        sauf: set[int] = set()
        for autre in range(rang):
            libre = draw(st.booleans())
            contraire = brute.valeur != lignes[autre].valeur and any(
                brute.couvre(p) and lignes[autre].couvre(p) for p in ESPACE
            )
            if libre or contraire:
                sauf |= {autre, *lignes[autre].sauf}
        lignes.append(Nue(cellule, du, au, brute.valeur, frozenset(sauf)))
    return lignes


def en_table(lignes: list[Nue]) -> Table:
    """La table du moteur."""

    def ensemble(fait: str, valeurs: frozenset[str] | frozenset[int]) -> Ensemble:
        if fait != "nombre":
            return Choix(frozenset(str(v) for v in valeurs))
        return Plages(tuple((int(n), int(n) + 1) for n in sorted(valeurs)))

    return Table(
        "essai",
        tuple(
            LigneTable(
                str(rang),
                str(rang),
                tuple((f, ensemble(f, v)) for f, v in ligne.cellule.items()),
                ligne.du,
                ligne.du,
                ligne.au,
                ligne.au,
                ligne.valeur,
                "" if ligne.valeur else "manque",
                (),
                tuple(str(s) for s in sorted(ligne.sauf)),
            )
            for rang, ligne in enumerate(lignes)
        ),
        DOMAINES,
    )


def appliquees(lignes: list[Nue], point: Point, jour: int) -> set[int]:
    """Les rangs des lignes qui s'appliquent à un point entièrement connu, ce jour-là."""
    tiennent = {r for r, ligne in enumerate(lignes) if ligne.du <= jour < ligne.au and ligne.couvre(point)}
    return tiennent - {s for r in tiennent for s in lignes[r].sauf}


def precisions(su: Mapping[str, Valeur]) -> Iterator[Point]:
    """Toutes les façons de préciser ce qui est inconnu."""
    tous: dict[str, tuple[str | int, ...]] = {"couleur": COULEURS, "nombre": NOMBRES, "drapeau": ("oui", "non")}
    choix: list[tuple[str | int, ...]] = []
    for fait in FAITS:
        valeur = su[fait]
        if isinstance(valeur, Intervalle):
            choix.append(tuple(range(valeur.bas, valeur.haut)))
        else:
            choix.append(tous[fait] if valeur is None else (valeur,))  # type: ignore[arg-type]  # texte ou entier
    yield from product(*choix)  # type: ignore[misc]  # dans l'ordre de FAITS


connaissances = st.fixed_dictionaries(
    {
        "couleur": st.sampled_from([*COULEURS, None, None]),
        "nombre": st.one_of(
            st.integers(0, 5),
            st.none(),
            st.tuples(st.integers(0, 4), st.integers(2, 6))
            .filter(lambda b: b[0] + 1 < b[1])
            .map(lambda b: Intervalle(*b)),
        ),
        "drapeau": st.sampled_from(["oui", "non", None]),
    }
)


@settings(max_examples=400)
@given(tables_nues(), connaissances, st.integers(0, 2))
def test_la_reponse_est_certaine_si_et_seulement_si_toutes_les_precisions_la_donnent(
    lignes: list[Nue], su: dict[str, Valeur], jour: int
) -> None:
    choisie = en_table(lignes).choisir(su.get, jour, EFFECTIF)
    par_point = [appliquees(lignes, point, jour) for point in precisions(su)]
    valeurs = {frozenset(lignes[r].valeur for r in rangs) for rangs in par_point}
    if valeurs == {frozenset()}:
        assert choisie.etat == "hors"
        assert (choisie.ligne, choisie.valeur) == (None, None)
    elif len(valeurs) == 1:
        [[valeur]] = valeurs
        assert choisie.etat == ("manquant" if valeur is None else "certain")
        assert choisie.valeur == valeur
        assert choisie.ligne is not None
        assert int(choisie.ligne.id) in set().union(*par_point)
    else:
        assert choisie.etat == "incertain"
        assert (choisie.ligne, choisie.valeur) == (None, None)
    if choisie.possibles:
        assert {int(ligne.id) for ligne in choisie.possibles} == set().union(*par_point)


@given(tables_nues(), connaissances, st.integers(0, 2), st.data())
def test_preciser_un_fait_ne_change_jamais_une_reponse_certaine(
    lignes: list[Nue], su: dict[str, Valeur], jour: int, data: st.DataObject
) -> None:
    table = en_table(lignes)
    avant = table.choisir(su.get, jour, EFFECTIF)
    point = data.draw(st.sampled_from(list(precisions(su))))
    fait = data.draw(st.sampled_from(FAITS))
    apres = table.choisir({**su, fait: point[FAITS.index(fait)]}.get, jour, EFFECTIF)
    if avant.etat != "incertain":
        assert (apres.etat, apres.valeur) == (avant.etat, avant.valeur)


@given(tables_nues(), st.integers(0, 2))
def test_les_regions_d_une_ligne_sont_les_points_ou_elle_s_applique(lignes: list[Nue], jour: int) -> None:
    table = en_table(lignes)
    for ligne in table.actives(jour, EFFECTIF):
        regions = table.regions(ligne, jour, EFFECTIF)
        for point in ESPACE:
            lire = dict(zip(FAITS, point, strict=True)).get
            dans = [all(e.teste(lire(f)) for f, e in region.items()) for region in regions]
            assert sum(dans) <= 1
            assert any(dans) == (int(ligne.id) in appliquees(lignes, point, jour))


def ligne(ident: str, serie: str, du: str, prevu: str = "", **autres: object) -> LigneTable:
    """Une ligne sans cellule, ouverte."""
    return LigneTable(
        ident, serie, (), temps.jour(du), temps.jour(prevu or du), temps.INFINI, temps.INFINI, 100, "", (), **autres
    )  # type: ignore[arg-type]  # des champs de LigneTable


def test_une_ligne_s_arrete_ou_la_suivante_de_sa_serie_commence() -> None:
    a, b, c = fermer_series(
        [ligne("a", "s", "2020-01-01"), ligne("b", "s", "2022-01-01"), ligne("c", "autre", "2021-01-01")]
    )
    assert (temps.iso(a.du), temps.iso(a.au)) == ("2020-01-01", "2022-01-01")
    assert b.au == c.au == temps.INFINI


def test_l_ordre_d_ecriture_ne_compte_pas() -> None:
    b, a = fermer_series([ligne("b", "s", "2022-01-01"), ligne("a", "s", "2020-01-01")])
    assert temps.iso(a.au) == "2022-01-01"
    assert b.au == temps.INFINI


def test_l_acte_qui_finit_ferme_ses_lignes() -> None:
    fin = temps.jour("2023-06-01")
    a, b = fermer_series([ligne("a", "s", "2020-01-01"), ligne("b", "s", "2022-01-01")], fin)
    assert (temps.iso(a.au), b.au, b.au_prevu) == ("2022-01-01", fin, fin)


def test_un_report_deplace_la_fin_de_la_ligne_precedente_dans_le_seul_calendrier_effectif() -> None:
    a, b = fermer_series([ligne("a", "s", "2024-12-22"), ligne("b", "s", "2026-01-01", "2025-07-01")])
    assert (temps.iso(a.au), temps.iso(a.au_prevu)) == ("2026-01-01", "2025-07-01")
    table = Table("t", (a, b), {})
    for jour, calendrier, attendu in (
        ("2025-06-30", EFFECTIF, "a"),
        ("2025-06-30", PREVU, "a"),
        ("2025-07-01", EFFECTIF, "a"),
        ("2025-07-01", PREVU, "b"),
        ("2025-12-31", EFFECTIF, "a"),
        ("2026-01-01", EFFECTIF, "b"),
    ):
        choisie = table.choisir({}.get, temps.jour(jour), calendrier)
        assert choisie.ligne is not None
        assert choisie.ligne.id == attendu


def test_avant_la_premiere_ligne_rien_ne_s_applique() -> None:
    table = Table("t", (ligne("a", "s", "2020-01-01"),), {})
    assert table.choisir({}.get, temps.jour("2019-12-31"), EFFECTIF).etat == "hors"
    assert table.choisir({}.get, temps.jour("2020-01-01"), EFFECTIF).etat == "certain"


def test_les_bornes_sont_les_jours_ou_quelque_chose_change() -> None:
    a, b = fermer_series([ligne("a", "s", "2024-12-22"), ligne("b", "s", "2026-01-01", "2025-07-01")])
    table = Table("t", (a, b), {})
    assert [temps.iso(j) for j in table.bornes(EFFECTIF)] == ["2024-12-22", "2026-01-01"]
    assert [temps.iso(j) for j in table.bornes(PREVU)] == ["2024-12-22", "2025-07-01"]


@pytest.mark.parametrize(
    ("mois", "etat", "valeur"),
    [(None, "incertain", None), ("aucune", "certain", 200), (3, "certain", 100), (Intervalle(2, 5), "certain", 100)],
)
def test_un_fait_inconnu_peut_etre_sans_objet(mois: Valeur, etat: str, valeur: int | None) -> None:
    """Grossesse : « aucune » (200) ou un mois de 1 à 9 (100). Sans rien savoir, les deux restent possibles."""
    fait = Fait("grossesse", "entier", "", minimum=1, maximum=9, sans_objet="aucune")
    lignes = tuple(
        LigneTable(nom, nom, (("grossesse", fait.ensemble([texte])),), 0, 0, 9, 9, montant, "", ())
        for nom, texte, montant in (("en_cours", "[1, 10[", 100), ("aucune", "aucune", 200))
    )
    choisie = Table("t", lignes, {"grossesse": fait.domaine}).choisir({"grossesse": mois}.get, 0, EFFECTIF)
    assert (choisie.etat, choisie.valeur) == (etat, valeur)
    seule = Table("t", lignes[:1], {"grossesse": fait.domaine}).choisir({"grossesse": mois}.get, 0, EFFECTIF)
    assert seule.etat == {"aucune": "hors", None: "incertain"}.get(mois, "certain")  # type: ignore[call-overload]  # clés
