"""L'heure, les jours fériés et les délais en colonnes : les mêmes verdicts qu'en scalaire, et leurs fautes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.comparer import comparer, controle
from tests.lots.conftest import exiger_spark
from tests.lots.hasard import Hasard
from tests.lots.petits import ADULTE, Atelier, en_parquet, ligne, mappage
from tests.lots.taille import taille

from opposable.droit.corpus import Corpus, charger
from opposable.droit.ensemble import Plages
from opposable.droit.fait import Fait
from opposable.lots.controler import Demande
from opposable.lots.encodage import Codage
from opposable.lots.faits_codes import FaitCode
from opposable.lots.questions import Lu

SURCOUCHE = Path(__file__).parents[1] / "surcouche_temps.yaml"
CORPUS = charger(surcouches=[SURCOUCHE])
CODES = ("G", "ZHE", "ZJO", "ZMU", "ZPD")
ACTES: dict[str, Any] = {**ADULTE, "honoraires": None}


def _comparer(corpus: Corpus, demande: Demande, dossier: Path, dire: Callable[[str, int], None]) -> dict[str, Any]:
    manifeste = controle(corpus, demande, dossier)
    bilan = comparer(corpus, demande, dossier / "sortie")
    dire(f"scalaire et {demande.moteur}, heures et délais", bilan.lignes)
    assert not bilan.differentes, bilan.differentes[:5]
    assert manifeste["lignes"]["sortie"] == bilan.lignes > 0
    assert manifeste["lignes"]["ecartees"] == bilan.ecartees
    return manifeste


@settings(
    max_examples=taille(6, 15),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(graine=st.integers(0, 2**32), connus=st.sampled_from([0.5, 0.8, 1.0]), strict=st.booleans())
def test_au_hasard(
    graine: int,
    connus: float,
    strict: bool,
    tmp_path_factory: pytest.TempPathFactory,
    comparees: Callable[[str, int], None],
) -> None:
    dossier = tmp_path_factory.mktemp("temps")
    lot = dossier / "lot.parquet"
    Hasard(CORPUS, graine, connus=connus, age=False, quantites=False, codes=CODES).ecrire(lot, taille(400, 600))
    manifeste = _comparer(CORPUS, Demande(lot, strict=strict, ecarter=True), dossier, comparees)
    assert set(manifeste["statuts"]) == {"acceptee", "refusee", "a_verifier"}


@pytest.mark.spark
@pytest.mark.lent
def test_au_hasard_avec_spark(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    exiger_spark()
    lot = tmp_path / "lot.parquet"
    Hasard(CORPUS, 3, connus=0.8, age=False, quantites=False, codes=CODES).ecrire(lot, 300)
    _comparer(CORPUS, Demande(lot, ecarter=True, moteur="spark"), tmp_path, comparees)
    types = {"heure": "TIME", "regule": "TIMESTAMP", "adresse": "TIMESTAMP_MS"}
    (tmp_path / "types").mkdir()
    lot = en_parquet(tmp_path / "types/lot.parquet", _rangees(), **types)
    (tmp_path / "types/lot.mappage.yaml").write_text(mappage(TEMPS), encoding="utf-8")
    _comparer(CORPUS, Demande(lot, moteur="spark"), tmp_path / "types", comparees)


def _rangees() -> list[dict[str, Any]]:
    cas = [
        ("ZHE", "2026-02-10", "19:00", "2026-02-09T19:01", None),
        ("ZHE", "2026-02-10", "19:00", "2026-02-09T19:00", None),
        ("ZHE", "2026-02-10", "18:59", "2026-02-10T09:00", None),
        ("ZHE", "2026-02-10", None, "2026-02-10T09:00", None),
        ("ZHE", "2026-02-10", None, "2026-02-08T23:59", None),
        ("ZHE", "2026-02-10", "20:59", None, None),
        ("ZMU", "2025-12-10", "10:00", None, "2025-12-08T10:00"),
        ("ZMU", "2025-12-10", "10:01", None, "2025-12-08T10:00"),
        ("ZMU", "2025-12-10", None, None, "2025-12-08T10:00"),
        ("ZMU", "2026-01-14", None, None, "2026-01-08T18:00"),
        ("ZMU", "2026-01-15", None, None, "2026-01-08T18:00"),
        ("ZMU", "2026-04-10", None, None, "2026-04-02T10:00"),
        ("ZMU", "2026-04-09", None, None, "2026-04-02T10:00"),
        ("ZPD", "2026-02-10", "20:00", None, None),
        ("ZPD", "2026-02-10", None, None, None),
        ("ZPD", "2026-02-14", "15:00", None, None),
        ("ZPD", "2026-02-14", "13:00", None, None),
        ("ZPD", "2026-05-01", None, None, None),
        ("ZJO", "2026-04-03", None, None, None),
        ("ZJO", "2026-07-13", None, None, None),
        ("ZJO", "2026-12-26", None, None, None),
    ]  # fmt: skip
    return [
        ligne(
            f"F{rang:02d}", 1, ACTES, code=code, date=date, heure=heure, regule=regule, adresse=adresse,
            territoire="metropole", cabinet=("oui", "non", None)[rang % 3],
        )
        for rang, (code, date, heure, regule, adresse) in enumerate(cas)
    ]  # fmt: skip


TEMPS: dict[str, str | None] = {
    "facture.heure": "heure", "contexte.regule_le": "regule", "contexte.adresse_le": "adresse",
    "medecin.territoire": "territoire", "medecin.cabinet_alsace_moselle": "cabinet",
}  # fmt: skip
MAPPAGES: dict[str, dict[str, str | None]] = {
    "tout en colonnes": TEMPS,
    "une heure pour tout le lot": {**TEMPS, "facture.heure": "{valeur: \"19:30\"}"},
    "sans heure": {**TEMPS, "facture.heure": None},
    "sans instant": {**TEMPS, "contexte.regule_le": None, "contexte.adresse_le": None},
    "un lieu pour tout le lot": {
        **TEMPS, "medecin.territoire": "{valeur: metropole}", "medecin.cabinet_alsace_moselle": "{valeur: oui}"
    },
    "outre-mer": {**TEMPS, "medecin.territoire": "{valeur: reunion}", "medecin.cabinet_alsace_moselle": None},
    "lieu non dit": {**TEMPS, "medecin.territoire": None, "medecin.cabinet_alsace_moselle": None},
}  # fmt: skip


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("nom", MAPPAGES)
def test_ce_que_le_mappage_dit(nom: str, strict: bool, tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    lot = en_parquet(tmp_path / "lot.parquet", _rangees())
    (tmp_path / "lot.mappage.yaml").write_text(mappage(MAPPAGES[nom]), encoding="utf-8")
    _comparer(CORPUS, Demande(lot, strict=strict, ecarter=True), tmp_path, comparees)


@pytest.mark.parametrize(
    "types",
    [
        {"heure": "TIME", "regule": "TIMESTAMP", "adresse": "TIMESTAMP"},
        {"heure": "TIMESTAMP", "regule": "TIMESTAMP_MS", "adresse": "TIMESTAMP_NS"},
    ],
)
def test_les_heures_du_moteur_se_lisent_comme_des_textes(
    types: Mapping[str, str], tmp_path: Path, comparees: Callable[[str, int], None]
) -> None:
    rangees = _rangees()
    if types["heure"] == "TIMESTAMP":
        rangees = [{**r, "heure": r["heure"] and f"2020-01-01T{r['heure']}:59"} for r in rangees]
    lot = en_parquet(tmp_path / "lot.parquet", rangees, **types)
    (tmp_path / "lot.mappage.yaml").write_text(mappage(TEMPS), encoding="utf-8")
    manifeste = _comparer(CORPUS, Demande(lot), tmp_path, comparees)
    (tmp_path / "textes").mkdir()
    textes = en_parquet(tmp_path / "textes/lot.parquet", _rangees())
    (tmp_path / "textes/lot.mappage.yaml").write_text(mappage(TEMPS), encoding="utf-8")
    assert controle(CORPUS, Demande(textes), tmp_path / "textes")["statuts"] == manifeste["statuts"]


FAUTES: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "heure": ({"heure": "24:00"}, "HEURE_IMPOSSIBLE", ("« 24:00 »", "« heure »", "HH:MM")),
    "heure à la française": ({"heure": "9h30"}, "HEURE_IMPOSSIBLE", ("« 9h30 »",)),
    "heure avec des secondes": ({"heure": "09:30:00"}, "HEURE_IMPOSSIBLE", ("« 09:30:00 »",)),
    "instant sans heure": ({"regule": "2026-02-10"}, "NOMBRE_ILLISIBLE", ("« 2026-02-10 »", "AAAA-MM-JJTHH:MM")),
    "instant impossible": ({"adresse": "2026-02-30T10:00"}, "NOMBRE_ILLISIBLE", ("« 2026-02-30T10:00 »",)),
    "instant très ancien": ({"adresse": "1999-12-31T23:59"}, "HORS_DOMAINE", ("2000-01-01T00:00",)),
    "instant après les soins": (
        {"heure": "10:00", "regule": "2026-02-10T10:01"}, "FAITS_CONTRADICTOIRES", ("après les soins", "« regule »")
    ),
    "instant le lendemain": ({"adresse": "2026-02-11T00:00"}, "FAITS_CONTRADICTOIRES", ("« adresse »",)),
    "cabinet": ({"cabinet": "peut-être"}, "VALEUR_INCONNUE", ("« cabinet »",)),
    "lieu": (
        {"territoire": "guyane", "cabinet": "oui"}, "FAITS_CONTRADICTOIRES", ("l'Alsace-Moselle est en métropole",)
    ),
}  # fmt: skip


BONNE = {"heure": None, "regule": None, "adresse": None, "territoire": "metropole", "cabinet": None}


@pytest.mark.parametrize("cas", FAUTES)
def test_une_faute_est_situee(cas: str, atelier: Atelier) -> None:
    changes, _, mots = FAUTES[cas]
    rangees = [ligne("F1", 1, ADULTE, **BONNE), ligne("FX", 1, ADULTE, **{**BONNE, **changes})]
    atelier.refuse(atelier.parquet(rangees, mappe=mappage(TEMPS)), "ligne 2 du lot (facture « FX »)", *mots)


def test_ecarter_compte_chaque_faute(atelier: Atelier) -> None:
    """Toutes ces fautes dans un lot : chacune écarte sa facture, avec sa raison."""
    rangees = [ligne("F1", 1, ADULTE, **BONNE)]
    rangees += [ligne(cas, 1, ADULTE, **{**BONNE, **changes}) for cas, (changes, _, _) in FAUTES.items()]
    ecarte = atelier.parquet(rangees, "--ecarter", mappe=mappage(TEMPS))
    assert set(ecarte.lignes()) == {("F1", "1")}
    assert {r["facture"]: r["raison"] for r in ecarte.rangees("ecartees")} == {
        cas: code for cas, (_, code, _) in FAUTES.items()
    }
    assert ecarte.manifeste["fautes"] == Counter(code for _, code, _ in FAUTES.values())


def test_une_heure_a_fuseau_est_refusee(atelier: Atelier) -> None:
    rangees = [ligne("F1", 1, ADULTE, regule="2026-02-10T09:00")]
    resultat = atelier.parquet(
        rangees, mappe=mappage({"contexte.regule_le": "regule"}), types={"regule": "TIMESTAMP WITH TIME ZONE"}
    )
    atelier.refuse(resultat, "« regule »", "sans fuseau")


def test_deux_heures_sur_une_meme_facture_se_contredisent(atelier: Atelier) -> None:
    rangees = [
        ligne("F1", rang, ACTES, code=code, heure=heure)
        for rang, (code, heure) in enumerate([("ZPD", "19:30"), ("ZHE", "20:30")], 1)
    ]
    resultat = atelier.parquet(rangees, "--surcouche", str(SURCOUCHE), mappe=mappage({"facture.heure": "heure"}))
    atelier.refuse(resultat, "facture « F1 »", "« heure »", "« 19:30 »", "« 20:30 »")


def test_une_date_lointaine_ne_coute_que_son_jour(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    loin = {**ACTES, "naissance": None}
    loins = [("ZJO", "9999-12-31"), ("ZPD", "2999-12-25"), ("ZMU", "9999-12-31")]
    rangees = [ligne(f"L{n}", 1, loin, code=code, date=le) for n, (code, le) in enumerate(loins)]
    rangees = [*_rangees(), *({**r, "adresse": "9999-12-24T10:00"} if r["code"] == "ZMU" else r for r in rangees)]
    lot = en_parquet(tmp_path / "lot.parquet", rangees)
    (tmp_path / "lot.mappage.yaml").write_text(mappage(TEMPS), encoding="utf-8")
    _comparer(CORPUS, Demande(lot), tmp_path, comparees)


def test_ce_qu_aucune_regle_ne_teste_n_est_pas_code() -> None:
    dits = ["facture.heure", "contexte.regule_le", "contexte.adresse_le", "contexte.samedi_ou_pont_pdsa"]
    calcules = {n for n, f in CORPUS.vocabulaire.faits.items() if f.formule and {"facture.date", *dits} & set(f.lit)}

    def codes(*actes: str) -> set[str]:
        return {nom for nom in Codage(CORPUS, dits, actes).faits if nom in calcules or nom in dits}

    assert codes("G") == set()
    assert codes("ZHE") == {"facture.heure", "contexte.minutes_depuis_regulation"}
    assert codes("ZMU") == {"contexte.minutes_depuis_adressage", "contexte.jours_ouvres_depuis_adressage"}
    assert codes("ZPD") == {
        "facture.heure", "contexte.samedi_ou_pont_pdsa", "facture.jour_de_semaine", "facture.ferie",
        "facture.ferie_lendemain", "facture.ferie_veille", "facture.ferie_avant_veille",
    }  # fmt: skip


def test_un_intervalle_se_distingue_par_tout_ce_qu_il_traverse() -> None:
    """Deux intervalles aux bouts semblables, dont l'un traverse un trou, ne partagent pas leur réponse."""
    code = FaitCode(fait=Fait("x", "entier", ""), bornes=(6, 10, 20, 30), rangs=(1, 2, 3, 4, 5), bits=6, double=True)
    ensemble = Plages(((0, 10), (20, 30)))
    lu = Lu(code, (ensemble,), 1, ())
    dedans, par_dessus = 1 << 3 | 2, 1 << 3 | 4
    assert ensemble.teste(code.valeur(dedans)) is True
    assert ensemble.teste(code.valeur(par_dessus)) is None
    assert lu.canon(dedans) != lu.canon(par_dessus)
