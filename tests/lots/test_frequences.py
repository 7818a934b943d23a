"""Les limites de fréquence d'un lot, comptées à la main : patients, médecins, périodes, annulations, couverture."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from tests.lots.petits import ADULTE, Atelier, Resultat, ligne, mappage

VISITE = {
    **ADULTE, "code": "VL", "honoraires": "60.00", "naissance": "1936-05-01", "exonerations": "ald", "lieu": "domicile",
    "situation": "maladie_neurodegenerative", "justifiee": "oui", "lien_ald": "oui", "patient": "P1",
}  # fmt: skip
FAITS: dict[str, str | None] = {
    "contexte.lieu": "lieu", "contexte.situation": "situation", "contexte.visite_justifiee": "justifiee",
    "acte.lien_ald": "lien_ald",
}  # fmt: skip
REGULE = {**ADULTE, "role": "autre", "patient": "P1", "regulateur": "sas", "mt": "non", "delai": ""}


def visites(*jours: str, **change: Any) -> list[dict[str, Any]]:
    return [ligne(f"V{rang}", 1, VISITE, date=jour, **change) for rang, jour in enumerate(jours, 1)]


def motifs(resultat: Resultat) -> dict[str, list[str]]:
    """Par facture, les motifs de fréquence."""
    suivis = {"FREQUENCE_DEPASSEE", "PERIODE_INDECISE", "DOUBLON_POSSIBLE"}
    return {f: [m for m in dite["motifs"] if m in suivis] for (f, _), dite in resultat.lignes().items()}


def controler(atelier: Atelier, rangees: list[dict[str, Any]], *options: str, **racine: str) -> Resultat:
    faits = {nom: colonne for nom, colonne in FAITS.items() if colonne in rangees[0]}
    resultat = atelier.csv(rangees, *options, mappe=mappage(faits, **{"patient": "patient", **racine}))
    assert resultat.code == 0, resultat.erreur
    return resultat


CINQ = ("2023-01-10", "2023-03-15", "2023-05-20", "2023-08-25", "2023-11-30")


def test_la_cinquieme_visite_longue_de_l_annee(atelier: Atelier) -> None:
    """Quatre par an depuis le 1er avril 2022 : de janvier à novembre 2023, la cinquième est de trop des deux façons.

    Deux tombent dans un même trimestre glissant pour l'ALD de 80 ans et plus ; elles sont à part : on ne regarde ici
    que le refus de la cinquième.
    """
    resultat = controler(atelier, visites(*CINQ))
    lignes = resultat.lignes()
    assert lignes["V5", "1"]["statut"] == "refusee"
    assert "FREQUENCE_DEPASSEE" in lignes["V5", "1"]["motifs"]
    assert lignes["V1", "1"]["statut"] != "refusee"
    (anomalie,) = [a for a in resultat.rangees("anomalies") if a["facture"] == "V5" and a["effet"] == "refuse"]
    assert str(anomalie["montant_en_jeu"]) == "60.00"


def test_chacun_son_patient(atelier: Atelier) -> None:
    """Les mêmes visites, à cinq patients : aucune n'est de trop."""
    rangees = [{**r, "patient": f"P{rang}"} for rang, r in enumerate(visites(*CINQ))]
    assert not any(motifs(controler(atelier, rangees)).values())


def test_une_visite_annulee_ne_compte_pas(atelier: Atelier) -> None:
    """La troisième est annulée : la cinquième n'est plus que la quatrième de l'année."""
    rangees = visites(*CINQ)
    rangees.append({**rangees[2], "facture": "A3", "honoraires": "-60.00"})
    dits = motifs(controler(atelier, rangees))
    assert "FREQUENCE_DEPASSEE" not in dits["V5"]
    assert dits["A3"] == []


def test_une_visite_refusee_ne_compte_pas(atelier: Atelier) -> None:
    """La troisième est faite par un autre que le médecin traitant : refusée, elle n'est pas comptée."""
    rangees = visites(*CINQ)
    rangees[2]["role"] = "autre"
    resultat = controler(atelier, rangees)
    assert resultat.lignes()["V3", "1"]["statut"] == "refusee"
    assert "FREQUENCE_DEPASSEE" not in motifs(resultat)["V5"]


def test_sans_colonne_de_patient_rien_n_est_compte(atelier: Atelier) -> None:
    resultat = controler(atelier, visites(*CINQ), patient="")
    assert not any(motifs(resultat).values())
    assert any("patient" in dite for dite in resultat.manifeste["non_verifie"])


def test_une_couverture_entiere_doute_de_ce_qui_precede(atelier: Atelier) -> None:
    """Tous les patients depuis le 5 janvier 2023 : pour une visite du 10, le début de l'année n'est pas dit."""
    couverture = "{patients: tous, medecins: tous, du: 2023-01-05}"
    resultat = controler(atelier, visites("2023-01-10", "2024-06-20"), couverture=couverture)
    lignes = resultat.lignes()
    assert lignes["V1", "1"]["statut"] == "a_verifier"
    assert motifs(resultat) == {"V1": ["FREQUENCE_DEPASSEE"], "V2": []}


def test_le_meme_acte_le_meme_jour(atelier: Atelier) -> None:
    """Deux consultations du même patient, du même médecin, le même jour : la seconde est à vérifier, elle seule."""
    modele = {**ADULTE, "patient": "P1"}
    rangees = [
        ligne("F1", 1, modele),
        ligne("F2", 1, modele),
        ligne("F3", 1, modele, patient="P2"),
        ligne("F4", 1, modele, medecin="M2"),
        ligne("F5", 1, modele, date="2026-02-11"),
    ]
    resultat = controler(atelier, rangees)
    assert motifs(resultat) == {"F1": [], "F2": ["DOUBLON_POSSIBLE"], "F3": [], "F4": [], "F5": []}
    assert resultat.lignes()["F2", "1"]["statut"] == "a_verifier"
    assert resultat.lignes()["F1", "1"]["statut"] == "acceptee"


def test_la_vingt_et_unieme_majoration_de_la_semaine(atelier: Atelier) -> None:
    """Vingt SNP par semaine et par médecin : la vingt et unième, le même jour, est de trop ; la suite ne l'est plus.

    Lundi 9 février 2026, vingt et un patients ; le lundi 16, la semaine civile et les sept derniers jours sont neufs.
    """
    modele = {**ADULTE, "role": "autre", "regulateur": "sas", "regule": "2026-02-09T08:00", "heure": "10:00"}
    faits: dict[str, str | None] = {
        "contexte.regulateur": "regulateur", "contexte.regule_le": "regule", "facture.heure": "heure",
    }  # fmt: skip
    rangees: list[dict[str, Any]] = []
    for rang in range(22):
        jour = date(2026, 2, 9) + timedelta(days=7 if rang == 21 else 0)
        commun = {"date": jour.isoformat(), "regule": f"{jour.isoformat()}T08:00", "patient": f"P{rang}"}
        rangees.append(ligne(f"S{rang:02d}", 1, modele, **commun))
        rangees.append(ligne(f"S{rang:02d}", 2, modele, code="SNP", honoraires="15.00", **commun))
    resultat = atelier.csv(rangees, mappe=mappage(faits, patient="patient"))
    assert resultat.code == 0, resultat.erreur
    snp = {f: dite for (f, numero), dite in resultat.lignes().items() if numero == "2"}
    assert [f for f, dite in snp.items() if "FREQUENCE_DEPASSEE" in dite["motifs"]] == ["S20"]
    assert snp["S20"]["statut"] == "refusee"
    assert snp["S19"]["statut"] != "refusee"


def test_une_identite_est_refusee(atelier: Atelier) -> None:
    rangees = visites(*CINQ[:1], patient="1 36 05 75 123 456 78")
    resultat = atelier.csv(rangees, mappe=mappage(FAITS, patient="patient"))
    atelier.refuse(resultat, "sécurité sociale", "pseudonyme")


def test_la_participation_s_arrete_a_son_plafond_de_l_annee(atelier: Atelier) -> None:
    """2 € par consultation, 50 € par an : vingt-cinq les paient, la vingt-sixième plus rien.

    Vingt-sept consultations d'un même patient en 2026, une par semaine à partir du lundi 5 janvier, puis une en 2027.
    """
    jours = [date(2026, 1, 5) + timedelta(days=7 * rang) for rang in range(27)] + [date(2027, 1, 4)]
    modele = {**ADULTE, "patient": "P1"}
    resultat = controler(atelier, [ligne(f"F{r:02d}", 1, modele, date=j.isoformat()) for r, j in enumerate(jours)])
    dues = [str(dite["participation_forfaitaire"]) for _, dite in sorted(resultat.lignes().items())]
    assert dues == ["2.00"] * 25 + ["0.00"] * 2 + ["2.00"]
    assert resultat.manifeste["participations_suivies"] == ["jour", "annee"]
    rejouee = atelier.commande("expliquer", str(resultat.dossier), "--ligne", "F26/1")
    assert "disent la même chose" in rejouee.sorti


def test_la_participation_s_arrete_a_son_plafond_du_jour(atelier: Atelier) -> None:
    """8 € par jour et par médecin : la cinquième consultation du jour n'en doit plus, celle d'un autre médecin, si."""
    modele = {**ADULTE, "patient": "P1"}
    rangees = [ligne(f"F{rang}", 1, modele) for rang in range(5)] + [ligne("F5", 1, modele, medecin="M2")]
    dites = controler(atelier, rangees).lignes()
    dues = [str(dite["participation_forfaitaire"]) for _, dite in sorted(dites.items())]
    assert dues == ["2.00"] * 4 + ["0.00", "2.00"]


def test_une_participation_dite_par_le_lot_est_gardee(atelier: Atelier) -> None:
    """Le mappage dit ce qui est déjà retenu : rien n'est recompté."""
    modele = {**ADULTE, "patient": "P1", "retenu": "49.00"}
    faits: dict[str, str | None] = {"patient.participations_annee": "{colonne: retenu, unite: euros}"}
    rangees = [ligne(f"F{rang}", 1, modele, date=f"2026-02-{rang + 10}") for rang in range(3)]
    resultat = atelier.csv(rangees, mappe=mappage(faits, patient="patient"))
    assert resultat.code == 0, resultat.erreur
    assert {str(dite["participation_forfaitaire"]) for dite in resultat.lignes().values()} == {"1.00"}
    assert resultat.manifeste["participations_suivies"] == ["jour"]


def test_ce_qui_etait_retenu_compte_toute_l_annee(atelier: Atelier) -> None:
    """Quatre consultations en janvier, cinq le 10 février : avant la dernière, 4 × 2 + 4 × 2 = 16 € déjà retenus."""
    modele = {**ADULTE, "patient": "P1"}
    jours = [f"2026-01-{jour:02d}" for jour in (5, 12, 19, 26)] + ["2026-02-10"] * 5
    resultat = controler(atelier, [ligne(f"F{r}", 1, modele, date=jour) for r, jour in enumerate(jours)])
    (derniere,) = [r for r in resultat.rangees("participations") if r["facture"] == "F8"]
    assert (derniere["deja_jour"], derniere["deja_annee"]) == (4, 1600)
