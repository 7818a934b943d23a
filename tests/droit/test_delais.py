"""L'heure, les jours fériés, la permanence des soins, les délais : les faits calculés, et des règles qui les lisent."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.corpus import Corpus, charger
from opposable.droit.ensemble import Intervalle, Valeur
from opposable.droit.table import EFFECTIF
from opposable.facturation.entree import ErreurEntree, lire_facture
from opposable.facturation.facture import Facture
from opposable.facturation.reponse import coter

SURCOUCHE = Path(__file__).parents[1] / "surcouche_temps.yaml"


@cache
def avec_actes() -> Corpus:
    """Le corpus et les actes fictifs de la surcouche d'essai."""
    return charger(surcouches=[SURCOUCHE])


def facture(corpus: Corpus, date: str, heure: str | None = None, *, strict: bool = False, **blocs: Any) -> Facture:
    cas = lire_facture(corpus, {"date": date, "heure": heure, "actes": [{"code": "G"}], **blocs})
    return Facture(corpus, cas, EFFECTIF, cas.faits, strict=strict)


def medecin(territoire: str | None, alsace: str | None = None) -> dict[str, Any]:
    return {"territoire": territoire, "cabinet_alsace_moselle": alsace}


@pytest.mark.parametrize(
    ("date", "territoire", "alsace", "attendu"),
    [
        ("2026-02-10", "metropole", None, "non"),  # un mardi
        ("2026-02-08", "metropole", None, "oui"),  # un dimanche
        ("2025-05-01", "metropole", None, "oui"),  # le 1er mai, un jeudi
        ("2026-04-06", "metropole", None, "oui"),  # lundi de Pâques
        ("2026-05-25", "metropole", None, "oui"),  # lundi de Pentecôte
        ("2026-04-03", "metropole", None, None),  # Vendredi saint : où est le cabinet ?
        ("2026-04-03", "metropole", "oui", "oui"),
        ("2026-04-03", "metropole", "non", "non"),
        ("2025-12-26", "metropole", None, None),  # le 26 décembre, un vendredi
        ("2025-12-26", "metropole", "oui", "oui"),
        ("2026-12-26", "metropole", None, None),  # le 26 décembre, un samedi
        ("2027-12-26", "metropole", None, "oui"),  # le 26 décembre, un dimanche
        ("2026-04-03", "guadeloupe", None, "non"),  # le Vendredi saint n'y est férié que par usage
        ("2026-12-26", "reunion", None, "non"),
        ("2026-12-20", "reunion", None, "oui"),  # aussi un dimanche
        ("2024-12-20", "reunion", None, "oui"),  # un vendredi
        ("2024-12-20", "metropole", None, "non"),
        ("2026-04-27", "mayotte", None, "oui"),
        ("2026-04-27", "martinique", None, "non"),  # le 27 avril est celui de Mayotte
        ("2026-05-22", "martinique", None, "oui"),
    ],
)
def test_dimanche_ou_ferie(corpus: Corpus, date: str, territoire: str, alsace: str | None, attendu: str | None) -> None:
    assert facture(corpus, date, medecin=medecin(territoire, alsace)).fait("facture.dimanche_ou_ferie") == attendu


@pytest.mark.parametrize(
    ("date", "attendu"),
    [
        ("2026-05-01", "oui"),  # férié partout
        ("2026-02-10", "non"),  # nulle part
        ("2026-04-27", None),  # à Mayotte seulement
        ("2026-04-03", None),  # en Alsace-Moselle seulement
        ("2026-12-20", "oui"),  # férié à La Réunion, dimanche partout
    ],
)
def test_sans_territoire_un_ferie_local_est_inconnu(corpus: Corpus, date: str, attendu: str | None) -> None:
    assert facture(corpus, date, strict=True).fait("facture.dimanche_ou_ferie") == attendu


def test_ou_est_le_cabinet_n_est_lu_que_les_jours_propres_a_l_alsace_moselle(corpus: Corpus) -> None:
    for date, lu in (("2026-04-02", False), ("2026-04-03", True), ("2026-05-01", False), ("2026-12-25", False)):
        portee = facture(corpus, date)
        portee.fait("facture.ferie")
        assert ("medecin.cabinet_alsace_moselle" in portee.inconnus) is lu, date


@pytest.mark.parametrize(
    ("date", "attendu"),
    [
        ("2026-02-09", "non"),  # lundi
        ("2026-02-13", "non"),  # vendredi
        ("2026-02-14", "samedi"),
        ("2026-07-13", "lundi_avant_ferie"),  # le 14 juillet 2026 est un mardi
        ("2025-05-02", "vendredi_ou_samedi_apres_ferie"),  # le 1er mai 2025 est un jeudi
        ("2025-05-03", "vendredi_ou_samedi_apres_ferie"),  # le samedi du même pont
        ("2026-05-02", "vendredi_ou_samedi_apres_ferie"),  # le 1er mai 2026 est un vendredi
        ("2026-05-15", "vendredi_ou_samedi_apres_ferie"),  # après le jeudi de l'Ascension
        ("2026-05-04", "non"),
        ("2026-04-04", None),  # le samedi qui suit le Vendredi saint, en métropole
    ],
)
def test_samedi_ou_pont(corpus: Corpus, date: str, attendu: str | None) -> None:
    assert facture(corpus, date).fait("facture.samedi_ou_pont") == attendu


PDSA: list[tuple[str, str | None, str | None, str | None]] = [
    # mardi : seulement la nuit
    ("2026-02-10", "07:59", None, "oui"),
    ("2026-02-10", "08:00", None, "non"),
    ("2026-02-10", "19:59", "oui", "non"),
    ("2026-02-10", "20:00", None, "oui"),
    ("2026-02-10", None, None, None),
    # dimanche, férié : toute heure
    ("2026-02-08", None, None, "oui"),
    ("2026-02-08", "10:00", "non", "oui"),
    ("2026-05-01", None, None, "oui"),
    # samedi : dès 14 heures, si le cahier des charges l'ouvre ; de midi à 14 heures, ni oui ni non
    ("2026-02-14", "11:59", "oui", "non"),
    ("2026-02-14", "12:00", "oui", None),
    ("2026-02-14", "13:59", "oui", None),
    ("2026-02-14", "13:59", "non", "non"),
    ("2026-05-02", "13:00", "oui", "oui"),
    ("2026-02-14", "14:00", "oui", "oui"),
    ("2026-02-14", "14:00", "non", "non"),
    ("2026-02-14", "14:00", None, None),
    ("2026-02-14", "20:00", "non", "oui"),
    ("2026-02-14", None, "non", None),
    # ponts : toute la journée, si le cahier des charges l'ouvre
    ("2026-07-13", "09:00", "oui", "oui"),
    ("2026-07-13", "09:00", "non", "non"),
    ("2026-07-13", "09:00", None, None),
    ("2025-05-02", "09:00", "oui", "oui"),
    ("2025-05-03", "09:00", "oui", "oui"),
    # Vendredi saint, et le samedi qui le suit : selon le cabinet, sauf là où cela ne change rien
    ("2026-04-03", "10:00", None, None),
    ("2026-04-04", "10:00", "oui", None),
    ("2026-04-04", "15:00", "oui", "oui"),
    ("2026-04-04", "10:00", "non", "non"),
]


@pytest.mark.parametrize(("date", "heure", "ouvert", "attendu"), PDSA)
def test_horaires_pdsa(corpus: Corpus, date: str, heure: str | None, ouvert: str | None, attendu: str | None) -> None:
    portee = facture(corpus, date, heure, contexte={"samedi_ou_pont_pdsa": ouvert})
    assert portee.fait("contexte.horaires_pdsa") == attendu


def test_le_cahier_des_charges_n_est_lu_que_le_samedi_et_les_ponts(corpus: Corpus) -> None:
    for date, heure, lu in (("2026-02-10", "10:00", False), ("2026-02-14", "15:00", True), ("2026-02-14", "9", False)):
        portee = facture(corpus, date, heure.zfill(2) + ":00" if len(heure) == 1 else heure)
        portee.fait("contexte.horaires_pdsa")
        assert ("contexte.samedi_ou_pont_pdsa" in portee.inconnus) is lu, (date, heure)


@pytest.mark.parametrize(
    ("date", "heure", "le", "attendu"),
    [
        ("2026-02-10", "10:30", "2026-02-10T10:30", 0),
        ("2026-02-10", "10:30", "2026-02-10T09:15", 75),
        ("2026-02-10", "10:30", "2026-02-09T10:30", 1440),
        ("2026-03-01", "00:00", "2026-02-28T23:59", 1),
        ("2026-02-10", None, "2026-02-10T09:15", Intervalle(0, 14 * 60 + 45)),  # de 9 h 15 à minuit
        ("2026-02-10", None, "2026-02-09T18:00", Intervalle(360, 1800)),
        ("2026-02-10", "10:30", None, None),
    ],
)
@pytest.mark.parametrize("sorte", ["regule", "adresse"])
def test_minutes_depuis(
    corpus: Corpus, sorte: str, date: str, heure: str | None, le: str | None, attendu: Valeur
) -> None:
    portee = facture(corpus, date, heure, contexte={f"{sorte}_le": le})
    nom = {"regule": "regulation", "adresse": "adressage"}[sorte]
    assert portee.fait(f"contexte.minutes_depuis_{nom}") == attendu


@pytest.mark.parametrize("sorte", ["regule_le", "adresse_le"])
@pytest.mark.parametrize(
    ("heure", "le", "juste"),
    [
        ("10:30", "2026-02-10T10:31", False),
        ("10:30", "2026-02-10T10:30", True),
        (None, "2026-02-10T23:59", True),
        (None, "2026-02-11T00:00", False),
    ],
)
def test_un_instant_apres_les_soins_est_une_contradiction(
    corpus: Corpus, sorte: str, heure: str | None, le: str, juste: bool
) -> None:
    if juste:
        facture(corpus, "2026-02-10", heure, contexte={sorte: le})
        return
    with pytest.raises(ErreurEntree) as levee:
        facture(corpus, "2026-02-10", heure, contexte={sorte: le})
    assert (levee.value.code, levee.value.ou) == ("FAITS_CONTRADICTOIRES", f"contexte.{sorte}")
    assert (heure or "23:59") in levee.value.attendu


@pytest.mark.parametrize(
    ("date", "le", "territoire", "alsace", "attendu"),
    [
        ("2026-01-14", "2026-01-08T18:00", "metropole", None, 4),  # vendredi 9, lundi 12, mardi 13, mercredi 14
        ("2026-01-15", "2026-01-08T00:00", "metropole", None, 5),
        ("2026-01-08", "2026-01-08T00:00", "metropole", None, 0),
        ("2026-01-11", "2026-01-09T12:00", "metropole", None, 0),  # le dimanche qui suit un vendredi
        ("2026-05-05", "2026-04-30T12:00", "metropole", None, 2),  # sans le 1er mai
        ("2026-04-07", "2026-04-02T12:00", "metropole", None, Intervalle(1, 3)),  # le Vendredi saint, peut-être
        ("2026-04-07", "2026-04-02T12:00", "metropole", "non", 2),
        ("2026-04-07", "2026-04-02T12:00", "metropole", "oui", 1),
        ("2026-04-28", "2026-04-24T12:00", "mayotte", None, 1),  # sans le lundi 27 avril
        ("2026-04-28", "2026-04-24T12:00", "martinique", None, 2),
        ("2026-04-28", "2026-04-24T12:00", None, None, Intervalle(1, 3)),
        ("2026-01-14", "2026-01-08T18:00", None, None, 4),
    ],
)
def test_jours_ouvres_depuis_adressage(
    corpus: Corpus, date: str, le: str, territoire: str | None, alsace: str | None, attendu: Valeur
) -> None:
    portee = facture(corpus, date, strict=True, medecin=medecin(territoire, alsace), contexte={"adresse_le": le})
    assert portee.fait("contexte.jours_ouvres_depuis_adressage") == attendu


def coter_acte(code: str, date: str, heure: str | None = None, **blocs: Any) -> dict[str, Any]:
    dit = {"date": date, "heure": heure, "actes": [{"code": code}], **blocs}
    dit["contexte"] = {"parcours": "dans_le_parcours", **dit.get("contexte", {})}
    dit["medecin"] = {
        "specialite": "medecine_generale", "secteur": "1", "territoire": "metropole", **dit.get("medecin", {})
    }  # fmt: skip
    dit["patient"] = {"age": "45 ans"}
    return coter(avec_actes(), dit)


def verdict(reponse: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    ligne = reponse["lignes"][0]
    motifs = [m["code"] for m in ligne["motifs"] if m["effet"] != "aucun"]
    return ligne["statut"], motifs, [q["fait"] for q in reponse["questions"]]


REGLES: list[tuple[str, str, str | None, dict[str, Any], str, list[str], list[str]]] = [
    ("ZHE", "2026-02-10", "19:00", {"regule_le": "2026-02-09T19:01"}, "acceptee", [], []),
    ("ZHE", "2026-02-10", "20:59", {"regule_le": "2026-02-10T20:59"}, "acceptee", [], []),
    ("ZHE", "2026-02-10", "21:00", {"regule_le": "2026-02-10T20:00"}, "refusee", ["SITUATION_NON_CONFORME"], []),
    ("ZHE", "2026-02-10", "18:59", {"regule_le": "2026-02-10T18:00"}, "refusee", ["SITUATION_NON_CONFORME"], []),
    ("ZHE", "2026-02-10", "19:00", {"regule_le": "2026-02-09T19:00"}, "refusee", ["DELAI_DEPASSE"], []),
    ("ZHE", "2026-02-10", "19:00", {}, "a_verifier", ["DELAI_DEPASSE"], ["contexte.regule_le"]),
    ("ZHE", "2026-02-10", None, {"regule_le": "2026-02-10T09:00"}, "a_verifier", ["SITUATION_NON_CONFORME"],
     ["heure"]),
    ("ZHE", "2026-02-10", None, {"regule_le": "2026-02-09T20:00"}, "a_verifier",
     ["SITUATION_NON_CONFORME", "DELAI_DEPASSE"], ["heure"]),
    ("ZHE", "2026-02-10", None, {"regule_le": "2026-02-08T20:00"}, "refusee", ["SITUATION_NON_CONFORME",
     "DELAI_DEPASSE"], []),
    ("ZMU", "2025-12-10", "10:00", {"adresse_le": "2025-12-08T10:00"}, "acceptee", [], []),
    ("ZMU", "2025-12-10", "10:01", {"adresse_le": "2025-12-08T10:00"}, "refusee", ["DELAI_DEPASSE"], []),
    ("ZMU", "2025-12-10", None, {"adresse_le": "2025-12-08T10:00"}, "a_verifier", ["DELAI_DEPASSE"],
     ["heure"]),
    ("ZMU", "2026-01-14", None, {"adresse_le": "2026-01-08T10:00"}, "acceptee", [], []),
    ("ZMU", "2026-01-15", None, {"adresse_le": "2026-01-08T10:00"}, "refusee", ["DELAI_DEPASSE"], []),
    ("ZMU", "2026-01-15", None, {}, "a_verifier", ["DELAI_DEPASSE"], ["contexte.adresse_le"]),
    ("ZMU", "2026-04-10", None, {"adresse_le": "2026-04-02T10:00"}, "a_verifier", ["DELAI_DEPASSE"],
     ["medecin.cabinet_alsace_moselle"]),  # cinq jours ouvrés, quatre si le Vendredi saint est férié
    ("ZPD", "2026-02-10", "20:00", {}, "acceptee", [], []),
    ("ZPD", "2026-02-10", "10:00", {}, "refusee", ["SITUATION_NON_CONFORME"], []),
    ("ZPD", "2026-02-10", None, {}, "a_verifier", ["SITUATION_NON_CONFORME"], ["heure"]),
    ("ZPD", "2026-02-14", "15:00", {}, "a_verifier", ["SITUATION_NON_CONFORME"], ["contexte.samedi_ou_pont_pdsa"]),
    ("ZPD", "2026-12-26", "15:00", {"samedi_ou_pont_pdsa": "non"}, "a_verifier", ["SITUATION_NON_CONFORME"],
     ["medecin.cabinet_alsace_moselle"]),
    ("ZJO", "2026-02-10", None, {}, "acceptee", [], []),
    ("ZJO", "2026-05-01", None, {}, "refusee", ["SITUATION_NON_CONFORME"], []),
    ("ZJO", "2026-04-03", None, {}, "a_verifier", ["SITUATION_NON_CONFORME"], ["medecin.cabinet_alsace_moselle"]),
    ("ZJO", "2026-07-13", None, {}, "refusee", ["PREMIERE_CONSULTATION_EXIGEE"], []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "date", "heure", "contexte", "statut", "motifs", "questions"), REGLES)
def test_des_regles_sur_l_heure_et_les_delais(
    code: str,
    date: str,
    heure: str | None,
    contexte: dict[str, Any],
    statut: str,
    motifs: list[str],
    questions: list[str],
) -> None:
    assert verdict(coter_acte(code, date, heure, contexte=contexte)) == (statut, motifs, questions)


def test_un_refus_cite_les_faits_dits_qu_il_a_lus() -> None:
    [motif] = coter_acte("ZJO", "2026-05-01")["lignes"][0]["motifs"][:1]
    assert motif["faits"] == ["date", "medecin.territoire"]
    [motif] = coter_acte("ZMU", "2026-01-15", contexte={"adresse_le": "2026-01-08T10:00"})["lignes"][0]["motifs"][:1]
    assert motif["faits"] == ["contexte.adresse_le", "date", "medecin.territoire"]


def test_coter_n_importe_la_bibliotheque_des_feries_que_si_une_regle_la_lit() -> None:
    def importee(code: str) -> bool:
        programme = (
            "import sys, pathlib; from opposable.droit.corpus import charger;"
            "from opposable.facturation.reponse import coter;"
            f"coter(charger(surcouches=[pathlib.Path({str(SURCOUCHE)!r})]), "
            f"{{'date': '2026-02-10', 'actes': [{{'code': {code!r}}}]}});"
            "print('holidays' in sys.modules)"
        )
        lance = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, check=True)
        return lance.stdout.strip() == "True"

    assert not importee("G")
    assert not importee("ZHE")
    assert importee("ZJO")


def test_recul_et_avance_se_repondent() -> None:
    """Le dernier jour d'où ``n`` jours ouvrés sont écoulés : la veille ou après, il y en a moins."""
    for calendrier in temps.CALENDRIERS:
        for jour in range(temps.jour("2026-03-25"), temps.jour("2026-06-15")):
            for n in range(1, 8):
                dernier = temps.recul_ouvre(jour, n, calendrier)
                assert temps.jours_ouvres(dernier, jour, calendrier) == n
                assert temps.jours_ouvres(dernier + 1, jour, calendrier) == n - 1
