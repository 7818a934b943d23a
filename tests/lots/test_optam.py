"""L'atelier OPTAM : ses sommes sont celles du fichier, ses côtés ceux de ``coter`` ; rien n'est supposé."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.ccam.fabrique import en_xlsx

import opposable
from opposable.droit.erreurs import ErreurEntree
from opposable.portes import actes_optam, atelier
from opposable.portes import python as api
from opposable.rendu import texte_atelier

EXEMPLES = Path(__file__).parents[2] / "exemples"
MEDECIN = {"specialite": "dermatologie", "secteur": "2", "option": "optam"}
PARCOURS = {"adresse_par": "medecin_traitant", "retour_ecrit_mt": "oui"}
PATIENT = {"age": "45 ans", "exonerations": []}


def simuler(actes: list[dict[str, Any]] | None, **dits: Any) -> dict[str, Any]:
    """Une année d'actes de 2026, un dermatologue, 45 % et 30 % signés, sauf dit."""
    cas = {
        "annee": 2026, "medecin": MEDECIN, "patient": PATIENT, "contexte": PARCOURS, "engagement_depassement": "0.45",
        "engagement_opposable": "0.30", "taux_de_charges": "0.08", "actes": actes, **dits,
    }  # fmt: skip
    return opposable.atelier_optam({cle: valeur for cle, valeur in cas.items() if valeur is not None})


def acte(honoraires: str, code: str = "CS", date: str = "2026-03-10", **faits: str) -> dict[str, Any]:
    return {"date": date, "code": code, "honoraires": honoraires, **faits}


def centimes(texte: str) -> int:
    return int(Fraction(texte) * 100)


def test_une_annee_calculee_a_la_main() -> None:
    """Tarifs au 1er janvier 2026 : CS 26,50 + MCS 5,00 en parcours ; hors option avec dépassement, C 23,00 ; 70 %, 2 €.

    26,50 sans dépassement ; 60,00 : 33,50 au-dessus ; (50,00 + MCS 5,00) : 23,50 au-dessus.
    Remboursables : 26,50 + 26,50 + 31,50 = 84,50 ; dépassements : 57,00 ;
    57 ÷ 84,50 = 67,45 % ; 26,50 ÷ 84,50 = 31,36 %.
    Dans l'option : 16,55 + 16,55 + (22,05 − 2) = 53,15. Hors : 16,55 (opposable, CS) + 14,10 + 14,10 = 44,75.
    """
    reponse = simuler([acte("26.50"), acte("60.00"), acte("50.00", facture="a"), acte("5.00", "MCS", facture="a")])
    mesures = reponse["mesures"]
    assert (mesures["honoraires_remboursables"], mesures["depassements"], mesures["honoraires_opposables"]) == (
        "84.50", "57.00", "26.50",
    )  # fmt: skip
    assert (mesures["taux_depassement"], mesures["part_opposable"]) == ("0.6745", "0.3136")
    assert (mesures["actes"], mesures["actes_opposables"], mesures["part_opposable_en_actes"]) == (3, 1, "0.3333")
    patients = reponse["patients"]
    assert (patients["rembourse_dedans"], patients["rembourse_dehors"], patients["ecart"]) == ("53.15", "44.75", "8.40")
    assert (patients["base_dedans"], patients["base_dehors"]) == ("84.50", "72.50")


def test_le_point_mort_a_la_main() -> None:
    """45 % de 1 000,00 : 450,00 laissés. 600,00 faits : 150,00 abandonnés ; prime entière 8 % de 500,00 : 40,00.

    Point mort : 450,00 + 40,00 = 490,00, soit 49 % ; solde : 40,00 − 150,00 = − 110,00.
    """
    totaux = {"mois": "1", "honoraires_remboursables": "1000", "depassements": "600", "honoraires_opposables": "500"}
    reponse = simuler(None, mois=[totaux])
    point = reponse["point_mort"]
    assert (point["laisses"], point["renonces"], point["marge"]) == (["450.00"], ["150.00"], ["0.00"])
    assert (point["prime_entiere"], point["solde"]) == ("40.00", ["-110.00"])
    assert (point["depassements_au_point_mort"], point["taux_au_point_mort"]) == (["490.00"], ["0.49"])
    assert reponse["patients"] is None
    assert any("Remboursement des patients" in m["parametre"] for m in reponse["manquants"])


@pytest.mark.parametrize(("depassements", "marge", "tenu"), [("450.00", "0.00", "oui"), ("450.01", "0.00", None)])
def test_a_la_borne_de_l_engagement(depassements: str, marge: str, tenu: str | None) -> None:
    """45 % exactement est tenu ; un centime de plus ne l'est plus sûrement (aucun texte ne fixe l'arrondi)."""
    totaux = {
        "mois": 1,
        "honoraires_remboursables": "1000.00",
        "depassements": depassements,
        "honoraires_opposables": "500",
    }
    reponse = simuler(None, mois=[totaux])
    assert reponse["point_mort"]["marge"] == [marge]
    assert reponse["respect"][0]["engagements_tenus"] == tenu


def test_les_bandes_de_respect() -> None:
    """1 000,00 d'honoraires, 45 % signés : à 5 points, 500,00, puis rien ; prime entière 40,00, dont 30 % : 12,00."""
    totaux = {"mois": 1, "honoraires_remboursables": "1000", "depassements": "450", "honoraires_opposables": "500"}
    bandes = simuler(None, mois=[totaux])["bandes"]
    assert (bandes[0]["part_au_moins"], bandes[0]["depassements"]) == ("1.00", ["450.00"])
    assert (bandes[-2]["a"], bandes[-2]["prime_au_plus"], bandes[-2]["depassements"]) == ("0.05", "12.00", ["500.00"])
    assert (bandes[-1]["de"], bandes[-1]["a"], bandes[-1]["part_au_plus"]) == ("0.0501", None, "0.00")


def _au_hasard(nombre: int, graine: int) -> list[dict[str, Any]]:
    """Des actes de toute l'année, à des honoraires au centime, sous, sur ou au-dessus du tarif."""
    sort = Random(graine)  # noqa: S311 - un tirage reproductible
    actes = []
    for rang in range(nombre):
        date = f"2026-{sort.randint(1, 12):02d}-{sort.randint(1, 28):02d}"
        honoraires = sort.choice([2650, 2650, sort.randint(2300, 2649), sort.randint(2651, 9000)])
        actes.append(acte(f"{honoraires / 100:.2f}", sort.choice(["CS", "C"]), date, facture=f"f{rang}"))
        if sort.random() < 0.5:
            actes.append(acte("5.00", "MCS", date, facture=f"f{rang}"))
    return actes


def test_les_cotes_sont_ceux_de_coter() -> None:
    """Facture par facture, ``coter`` lui-même, sans rien partager : mêmes sommes, mêmes remboursements."""
    actes = _au_hasard(120, 5)
    factures: dict[str, list[dict[str, Any]]] = {}
    for un in actes:
        factures.setdefault(un["facture"], []).append(un)
    attendu = dict.fromkeys(("base", "depassements", "opposables", "dedans", "dehors"), 0)
    for lignes in factures.values():
        dedans = _coter(lignes, "optam", {"C": "CS"})
        base = sum(centimes(x["base_remboursement"]) for x in dedans["lignes"])
        depasse = sum(centimes(x["depassement"]["montant"]) for x in dedans["lignes"])
        dehors = _coter(lignes, "aucune", {"CS": "C"} if depasse else {"C": "CS"})
        attendu["base"] += base
        attendu["depassements"] += depasse
        attendu["opposables"] += 0 if depasse else base
        attendu["dedans"] += centimes(dedans["total_possible"]["remboursement"])
        attendu["dehors"] += centimes(dehors["total_possible"]["remboursement"])
    reponse = simuler(actes)
    mesures, patients = reponse["mesures"], reponse["patients"]
    lues = (
        mesures["honoraires_remboursables"], mesures["depassements"], mesures["honoraires_opposables"],
        patients["rembourse_dedans"], patients["rembourse_dehors"],
    )  # fmt: skip
    assert tuple(centimes(texte) for texte in lues) == tuple(attendu.values())
    assert patients["factures"] == len(factures)


def _coter(lignes: list[dict[str, Any]], option: str, lettres: dict[str, str]) -> dict[str, Any]:
    actes = [{"code": lettres.get(x["code"], x["code"]), "honoraires": x["honoraires"]} for x in lignes]
    medecin = {**MEDECIN, "option": option}
    return opposable.coter(
        {"date": lignes[0]["date"], "medecin": medecin, "patient": PATIENT, "contexte": PARCOURS, "actes": actes}
    )


def test_avec_les_tarifs_du_fichier_les_taux_sont_la_somme_directe() -> None:
    """Une colonne « tarif » : sans rien demander à l'interprète, les sommes du fichier, au centime, mois par mois."""
    sort = Random(11)  # noqa: S311 - un tirage reproductible
    actes = []
    for _ in range(2000):
        tarif, plus = sort.choice([2650, 3150, 6000]), sort.choice([0, 0, 1, 999, 3350])
        date = f"2026-{sort.randint(1, 12):02d}-{sort.randint(1, 28):02d}"
        actes.append(acte(f"{(tarif + plus) / 100:.2f}", "ZZZZ001", date, tarif=f"{tarif / 100:.2f}"))
    base = sum(centimes(x["tarif"]) for x in actes)
    depasse = sum(centimes(x["honoraires"]) - centimes(x["tarif"]) for x in actes)
    opposables = sum(centimes(x["tarif"]) for x in actes if x["honoraires"] == x["tarif"])
    reponse = simuler(actes)
    mesures = reponse["mesures"]
    assert centimes(mesures["honoraires_remboursables"]) == base
    assert centimes(mesures["depassements"]) == depasse
    assert centimes(mesures["honoraires_opposables"]) == opposables
    assert centimes(mesures["taux_depassement"]) == depasse * 100 // base
    for un in reponse["mois"]:
        du_mois = [x for x in actes if int(x["date"][5:7]) == un["mois"]]
        assert centimes(un["honoraires_remboursables"]) == sum(centimes(x["tarif"]) for x in du_mois)
        assert centimes(un["honoraires"]) == sum(centimes(x["honoraires"]) for x in du_mois)


def test_le_resume_dit_la_meme_annee_que_ses_actes() -> None:
    cas = str(EXEMPLES / "atelier_optam.json")
    des_actes = atelier.repondre(cas, actes=str(EXEMPLES / "actes_optam.csv"))
    des_totaux = atelier.repondre(cas, resume=str(EXEMPLES / "totaux_optam.csv"))
    communes = (
        "honoraires_remboursables",
        "depassements",
        "honoraires_opposables",
        "taux_depassement",
        "part_opposable",
    )
    for cle in communes:
        assert des_actes["mesures"][cle] == des_totaux["mesures"][cle]
    assert des_actes["point_mort"] == des_totaux["point_mort"]
    assert [m["marge"] for m in des_actes["mois"]] == [m["marge"] for m in des_totaux["mois"]]


def test_l_exemple_livre_est_celui_du_dossier() -> None:
    assert json.loads((EXEMPLES / "atelier_optam.json").read_text("utf-8")) == atelier.exemple()


def test_un_acte_sans_tarif_est_compte_et_n_est_dans_aucun_taux() -> None:
    reponse = simuler([acte("60.00"), acte("80.00", "ZZZZ001")])
    (non,) = reponse["lecture"]["non_tarifes"]
    assert (non["code"], non["nombre"], non["honoraires"]) == ("ZZZZ001", 1, "80.00")
    assert reponse["mesures"]["honoraires_remboursables"] == "26.50"
    assert reponse["statut"] == "partiel"
    assert reponse["patients"]["non_compares"][0]["code"] == "ZZZZ001"


def test_ce_qui_reste_a_verifier_se_dit_acte_par_acte() -> None:
    """La CDE suppose une situation clinique que l'année ne dit pas : comptée au tarif, sa condition nommée."""
    reponse = simuler([acte("90.00", "CDE"), acte("95.00", "CDE"), acte("60.00")])
    lecture = reponse["lecture"]
    (reste,) = lecture["conditions"]
    assert (reste["code"], reste["motif"], reste["nombre"], reste["honoraires"]) == (
        "CDE", "SITUATION_NON_CONFORME", 2, "185.00",
    )  # fmt: skip
    assert lecture["a_verifier"] == 2
    assert any("CDE : 2 lignes" in dite and "situation clinique" in dite for dite in texte_atelier.lecture(reponse))
    assert simuler([acte("60.00")])["lecture"]["conditions"] == []


def test_un_supplement_seul_se_dit_et_ne_se_suppose_pas() -> None:
    """Sans numéro de facture, la MCS n'accompagne rien : l'interprète la refuse, avec sa raison."""
    (non,) = simuler([acte("60.00"), acte("5.00", "MCS")])["lecture"]["non_tarifes"]
    assert (non["motif"], non["code"]) == ("SUPPLEMENT_HORS_LISTE", "MCS")


def test_une_annulation_se_retranche() -> None:
    reponse = simuler([acte("60.00"), acte("60.00"), acte("-60.00", date="2026-05-04")])
    assert (reponse["mesures"]["honoraires_remboursables"], reponse["mesures"]["depassements"]) == ("26.50", "33.50")
    assert (reponse["mesures"]["actes"], reponse["patients"]["rembourse_dedans"]) == (1, "16.55")


def test_sans_parcours_dit_le_remboursement_ne_se_suppose_pas() -> None:
    reponse = simuler([acte("60.00")], contexte=None)
    assert reponse["patients"]["rembourse_dedans"] is None
    assert reponse["patients"]["non_compares"][0]["motif"] == "REMBOURSEMENT_INCONNU"
    assert reponse["mesures"]["taux_depassement"] == "1.2641", "33,50 ÷ 26,50 : le taux, lui, est connu"


def test_un_parametre_absent_se_dit_le_premier() -> None:
    """Le taux de charges de 2026 n'est pas dans les textes lus : aucune prime, son nom, et la surcouche à remplir."""
    reponse = simuler([acte("26.50"), acte("30.00")], taux_de_charges=None)
    assert reponse["prime"]["montant"] is None
    assert any(m["parametre"].startswith("Taux de prime") and m["surcouche"] for m in reponse["manquants"])
    assert (reponse["point_mort"]["solde"], reponse["statut"]) == (None, "partiel")
    assert list(reponse).index("manquants") < list(reponse).index("prime")


def test_sans_taux_regional_le_plancher_et_le_plafond_encadrent() -> None:
    """12 % + 10 points et 80 % − 5 points : de 22 % à 75 %. Sur 100,00 remboursables, de 22,00 à 75,00 laissés."""
    engagements = {
        "adherent_fin_2024": "non", "pratique_connue": "non", "region_plus_faible": "0.12", "region_plus_forte": "0.80",
    }  # fmt: skip
    totaux = {"mois": 1, "honoraires_remboursables": "100", "depassements": "50", "honoraires_opposables": "50"}
    reponse = simuler(None, mois=[totaux], engagement_depassement=None, engagements=engagements)
    dits = reponse["engagements"]
    assert (dits["depassement"], dits["depassement_au_moins"], dits["depassement_au_plus"]) == (None, "0.22", "0.75")
    assert reponse["point_mort"]["laisses"] == ["22.00", "75.00"]
    assert {r["engagements_tenus"] for r in reponse["respect"]} == {"oui", "non"}
    assert (reponse["prime"]["montant"], reponse["prime"]["au_moins"], reponse["prime"]["au_plus"]) == (
        None,
        "0.00",
        "4.00",
    )


def test_tout_avertissement_dit_simulation() -> None:
    reponse = atelier.repondre(str(EXEMPLES / "atelier_optam.json"), actes=str(EXEMPLES / "actes_optam.csv"))
    dits = [reponse["avertissement"], *(d["avertissement"] for d in reponse["dispositifs"].values() if d is not None)]
    assert len(dits) == 3
    assert all(dit.startswith("Simulation : ") and "caisse" in dit for dit in dits)


def test_l_exemple_compte_chaque_ligne_de_son_fichier() -> None:
    with (EXEMPLES / "actes_optam.csv").open(encoding="utf-8", newline="") as flux:
        rangees = list(csv.DictReader(flux, delimiter=";"))
    reponse = atelier.repondre(str(EXEMPLES / "atelier_optam.json"), actes=str(EXEMPLES / "actes_optam.csv"))
    assert reponse["lecture"]["retenues"] == len(rangees)
    assert centimes(reponse["mesures"]["honoraires"]) == sum(centimes(r["honoraires"]) for r in rangees)


@pytest.mark.parametrize(
    ("texte", "code", "ou"),
    [
        ("date;code;honoraires\n2026-13-01;CS;60\n", "DATE_IMPOSSIBLE", "f, ligne 2, colonne date"),
        ("date;code;honoraires\n2026-01-05;CS;60\n2025-01-05;CS;60\n", "HORS_DOMAINE", "f, ligne 3, colonne date"),
        ("date;code;honoraires\n2026-01-05;CS;soixante\n", "MONTANT_ILLISIBLE", "f, ligne 2, colonne honoraires"),
        ("date;code;honoraires\n2026-01-05;;60\n", "FAIT_ABSENT", "f, ligne 2, colonne code"),
        ("date;code;honoraires;nom\n2026-01-05;CS;60;X\n", "COLONNE_IDENTIFIANTE", "f, ligne 1"),
        ("date;code;honoraires;facture\n2026-01-05;CS;60;180017512345678\n", "COLONNE_IDENTIFIANTE",
         "f, ligne 2, colonne facture"),
        ("date;code;honoraire\n2026-01-05;CS;60\n", "CLE_INCONNUE", "f, ligne 1"),
        ("date;code\n2026-01-05;CS\n", "COLONNE_ABSENTE", "f, ligne 1"),
        ("date;code;honoraires\n", "FICHIER_VIDE", "f"),
        ("date;code;honoraires\n2026-01-05;CS\n", "CSV_INVALIDE", "f, ligne 2"),
        ("date;code;honoraires;age\n\n2026-01-05;CS;60;vieux\n", "AGE_IMPOSSIBLE", "f, ligne 3, colonne age"),
        ("date;code;honoraires;facture\n2026-01-05;CS;60;a\n2026-01-06;CS;60;a\n", "FACTURE_DISPERSEE",
         "f, ligne 3, colonne date"),
    ],
)  # fmt: skip
def test_une_mauvaise_entree_dit_la_ligne_la_colonne_et_l_attendu(texte: str, code: str, ou: str) -> None:
    with pytest.raises(ErreurEntree) as faute:
        atelier.calculer(atelier.exemple(), actes_optam.analyser(api.corpus(), texte, "f"))
    assert (faute.value.code, faute.value.ou) == (code, ou)
    assert faute.value.attendu


def test_dix_actes_a_la_main() -> None:
    """Un dermatologue de l'OPTAM : CS 26,50, MCS 5,00, avis ponctuel 60,00 ; TCS sans tarif, hors de tout taux.

    Remboursables : 6 × 26,50 + 5 + 2 × 60 = 284 ; dépassements : 18,50 + 33,50 + 40 + 23,50 = 115,50 ; 40,66 %.
    Sans dépassement : 3 × 26,50 + 60 = 139,50, soit 49,11 % ; en actes, 4 sur 8. Prime : 139,50 × 8 % = 11,16.
    L'engagement laisse 45 % de 284 = 127,80 ; point mort : 127,80 + 11,16 = 138,96, soit 48,92 %.
    Dans l'option : 5 × (18,55 - 2) + (22,05 - 2) + 2 × (42 - 2) = 182,80. Hors d'elle, un acte à dépassement
    retombe à 23 € : 3 × 16,55 + 2 × 40 + 3 × (16,10 - 2) = 171,95.
    """
    texte = """date;code;honoraires;facture
2026-01-05;CS;26.50;F1
2026-01-06;CS;45.00;F2
2026-01-06;MCS;5.00;F2
2026-02-03;CS;60.00;F3
2026-02-10;APC;60.00;F4
2026-03-10;APC;100.00;F5
2026-04-14;CS;26.50;F6
2026-05-19;CS;50.00;F7
2026-06-15;TCS;26.50;F8
2026-07-01;CS;26.50;F9
"""
    reponse = atelier.calculer(atelier.exemple(), actes_optam.analyser(api.corpus(), texte, "f"))
    mesures, mort, patients = reponse["mesures"], reponse["point_mort"], reponse["patients"]
    assert (mesures["honoraires_remboursables"], mesures["depassements"]) == ("284.00", "115.50")
    assert (mesures["taux_depassement"], mesures["part_opposable"]) == ("0.4066", "0.4911")
    assert (mesures["actes"], mesures["actes_opposables"]) == (8, 4)
    assert (reponse["prime"]["montant"], reponse["prime"]["honoraires_retenus"]) == ("11.16", "139.50")
    assert (mort["laisses"], mort["marge"], mort["depassements_au_point_mort"], mort["taux_au_point_mort"]) == (
        ["127.80"], ["12.30"], ["138.96"], ["0.4892"],
    )  # fmt: skip
    assert (patients["rembourse_dedans"], patients["rembourse_dehors"], patients["ecart"]) == (
        "182.80", "171.95", "10.85",
    )  # fmt: skip
    assert [n["code"] for n in reponse["lecture"]["non_tarifes"]] == ["TCS"]


def test_un_engagement_tenu_n_entraine_rien_et_une_prime_nulle_ne_se_paie_pas() -> None:
    tenue = simuler([acte("26.50")])
    assert not any("entraîne" in phrase for phrase in texte_atelier.phrases_du_respect(tenue))
    assert any("payée" in phrase for phrase in texte_atelier.phrases_de_la_prime(tenue))
    assert texte_atelier.lecture(tenue)[0] == "1 ligne lue, 1 facture ; 1 ligne comptée."
    manquee = simuler([acte("60.00"), acte("60.00")])
    assert manquee["prime"]["montant"] == "0.00"
    assert any("entraîne" in phrase for phrase in texte_atelier.phrases_du_respect(manquee))
    assert not any("payée" in phrase for phrase in texte_atelier.phrases_de_la_prime(manquee))
    assert any("la prime entière est nulle" in phrase for phrase in texte_atelier.phrases_du_point_mort(manquee))
    assert texte_atelier.lecture(manquee)[0] == "2 lignes lues, 2 factures ; 2 lignes comptées."


def test_une_date_et_un_montant_a_la_francaise_se_lisent() -> None:
    texte = 'Date,Code,Honoraires,Âge\n14/03/2026,cs,"1 060,50 €",45\n'
    fichier = actes_optam.analyser(api.corpus(), texte, "f")
    assert fichier.lignes == [{"date": "2026-03-14", "code": "cs", "honoraires": "1 060,50 €", "age": "45 ans"}]
    reponse = atelier.calculer({**atelier.exemple(), "adhesion": None}, fichier)
    assert reponse["mesures"]["honoraires"] == "1060.50"


def test_une_option_sans_prime_dit_ce_qui_manque_a_son_point_mort() -> None:
    """L'OPTAM-ACO se paie en modificateurs : la prime est nulle, et ce qu'ils rapportent n'est pas compté pour zéro."""
    chirurgien = {**MEDECIN, "specialite": "chirurgie_orthopedique", "option": "optam_aco"}
    reponse = simuler([acte("60.00")], medecin=chirurgien, taux_de_charges=None)
    assert reponse["prime"]["montant"] == "0.00"
    assert [m["parametre"] for m in reponse["manquants"]] == ["Ce que les modificateurs de l'option rapportent"]
    assert reponse["statut"] == "partiel"


def test_le_tableur_dit_la_meme_annee(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    source = EXEMPLES / "totaux_optam.csv"
    with source.open(encoding="utf-8", newline="") as flux:
        titres, *rangees = csv.reader(flux, delimiter=";")
    cible = en_xlsx(tmp_path / "totaux.xlsx", [titres, *([int(r[0]), *map(float, r[1:])] for r in rangees)])
    cas = str(EXEMPLES / "atelier_optam.json")
    assert atelier.repondre(cas, resume=str(cible))["mois"] == atelier.repondre(cas, resume=str(source))["mois"]


def test_le_parquet_dit_la_meme_annee(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    source = EXEMPLES / "actes_optam.csv"
    cible = tmp_path / "actes.parquet"
    duckdb.execute(f"COPY (SELECT * FROM read_csv('{source}', delim=';')) TO '{cible}' (FORMAT parquet)")  # noqa: S608
    cas = str(EXEMPLES / "atelier_optam.json")
    assert atelier.repondre(cas, actes=str(cible))["mesures"] == atelier.repondre(cas, actes=str(source))["mesures"]
