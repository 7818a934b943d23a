"""L'année d'un médecin : ce qui s'applique ou non, les sommes, les bornes, l'autre année, les dossiers refusés.

Les montants viennent des textes, par les calculs à la main que les cas de chaque dispositif citent ; ici, on vérifie
qu'ils s'assemblent sans se perdre ni se compter deux fois.
"""

from __future__ import annotations

from typing import Any

import pytest

import opposable
from opposable.droit import montant
from opposable.portes import annee as dossiers
from opposable.portes import python as api
from opposable.remuneration import dossier

CORPUS = api.corpus()
SIENS = dossier.dispositifs(CORPUS)
MEDECIN = {"specialite": "medecine_generale", "secteur": "1", "zone_ars": "hors_zone", "qpv": "non", "age": 50}
ALD = {"age": "20 à 79 ans", "ald": "oui", "vu": "oui", "c2s": "non"}
SAS = {"departement_sas": "oui", "inscrit_plateforme": "oui", "visibilite": "interface"}
STAGE = {"liberal_installe": "oui", "declaration": "oui"}


def lignes(reponse: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {d["dispositif"]: d for d in reponse["dispositifs"]}


def erreur(brut: Any, **options: Any) -> opposable.ErreurEntree:
    with pytest.raises(opposable.ErreurEntree) as levee:
        opposable.annee(brut, **options)
    return levee.value


def test_une_annee_s_additionne() -> None:
    """À la main, 2026, secteur 1, hors zone, 50 ans : 100 patients en ALD de 20 à 79 ans, vus : 100 × 55 = 5 500 € ;
    SAS, trois conditions et 3 heures de régulation : 1 000 + 3 × 100 = 1 300 € ; stage hors ZIP : 500 €.
    Total : 5 500 + 1 300 + 500 = 7 300 €.
    """
    reponse = opposable.annee(
        {
            "annee": 2026,
            "medecin": MEDECIN,
            "patients": [{**ALD, "nombre": 100}],
            "sas": {**SAS, "heures_regulation": 3},
            "maitre_de_stage": STAGE,
        }
    )
    dites = lignes(reponse)
    assert [dites[nom]["montant"] for nom in ("fmt", "sas", "maitre_de_stage")] == ["5500.00", "1300.00", "500.00"]
    totaux = reponse["totaux"]
    assert (totaux["montant"], totaux["au_moins"], totaux["au_plus"]) == ("7300.00", "7300.00", "7300.00")
    assert totaux["comptes"] == ["fmt", "sas", "maitre_de_stage"]
    assert sum(montant.centimes(v) for v in totaux["autorites"].values()) == 730000


def test_ce_qui_ne_s_applique_pas_dit_pourquoi() -> None:
    """La ROSP a cessé au 1er janvier 2026 (003, 3.1 C) ; hors convention, pas de FMT (003, 3.1)."""
    dites = lignes(
        opposable.annee({"annee": 2026, "medecin": {**MEDECIN, "secteur": "non_conventionne", "option": "aucune"}})
    )
    assert dites["rosp"]["statut"] == "hors_periode"
    assert "il a cessé le 1er janvier 2026" in dites["rosp"]["dit"]
    assert dites["fmt"]["statut"] == "refuse"
    assert dites["fmt"]["motifs"][0]["effet"] == "refuse"
    assert all(d["montant"] is None for d in dites.values())


def test_un_dispositif_dont_rien_n_est_dit_n_est_pas_calcule() -> None:
    """Sans rien dire du stage, 500 ou 800 € ne sont pas promis ; ce qu'il faudrait dire est demandé."""
    dites = lignes(opposable.annee({"annee": 2026, "medecin": MEDECIN}))
    assert dites["maitre_de_stage"]["statut"] == "a_renseigner"
    assert dites["maitre_de_stage"]["montant"] is None
    assert {q["fait"] for q in dites["maitre_de_stage"]["questions"]} == set(STAGE)
    assert dites["fmt"]["statut"] == "a_renseigner"


def test_un_dispositif_ecarte_ne_demande_rien() -> None:
    reponse = opposable.annee({"annee": 2026, "gap": "non", "sas": False, "prevention": []})
    dites = lignes(reponse)
    assert {dites[nom]["statut"] for nom in ("gap", "sas", "prevention")} == {"non_concerne"}
    assert not {"gap", "sas", "prevention"} & set(reponse["totaux"]["a_completer"])


def test_un_fait_obligatoire_absent_est_demande_pas_suppose() -> None:
    cas = {"annee": 2017, "ratio_depassements": {"honoraires_sans_depassement": "70.00", "depassements": "30.00"}}
    dites = lignes(opposable.annee(cas))
    assert dites["ratio_depassements"]["statut"] == "a_completer"
    assert [q["fait"] for q in dites["ratio_depassements"]["questions"]] == ["medecin.secteur"]
    complet = lignes(opposable.annee({**cas, "medecin": {"secteur": "1"}}))
    assert complet["ratio_depassements"]["resultat"]["conforme"] == "oui"  # 70 ÷ 100 = 0,70, égal suffit


def test_une_valeur_manquante_laisse_le_total_sans_plafond() -> None:
    """Sobriété : le seuil de prescription n'est pas publié ; le total la nomme, et ne la compte pas pour zéro."""
    reponse = opposable.annee(
        {"annee": 2026, "medecin": MEDECIN, "maitre_de_stage": STAGE,
         "sobriete": {"prescriptions": "240.00", "moyenne_nationale": "300.00"}}
    )  # fmt: skip
    totaux = reponse["totaux"]
    assert lignes(reponse)["sobriete"]["statut"] == "non_calculable"
    assert lignes(reponse)["sobriete"]["manquants"]
    assert (totaux["montant"], totaux["au_moins"], totaux["au_plus"]) == ("500.00", "500.00", None)
    assert totaux["sans_montant"] == ["sobriete"]


def test_un_doute_borne_le_total() -> None:
    """10 patients de 80 ans en ALD : 55 € ou 100 € chacun selon la lecture de « plus de 80 ans » ; 550 à 1 000 €."""
    reponse = opposable.annee({"annee": 2026, "medecin": MEDECIN, "patients": [{**ALD, "age": "80 ans", "nombre": 10}]})
    fmt, totaux = lignes(reponse)["fmt"], reponse["totaux"]
    assert fmt["montant"] is None
    assert (totaux["montant"], totaux["au_plus"]) == (None, "1000.00")
    assert totaux["sans_montant"] == ["fmt"]
    assert fmt["au_plus"] == "1000.00"


def test_les_versements_d_un_dispositif_sont_dans_l_annee() -> None:
    """FMT : quatre versements ; 5 500 ÷ 4 = 1 375 € chacun, triés par date."""
    reponse = opposable.annee({"annee": 2026, "medecin": MEDECIN, "patients": [{**ALD, "nombre": 100}]})
    assert [e["montant"] for e in reponse["echeancier"]] == ["1375.00"] * 4
    dates = [e["date"] for e in reponse["echeancier"]]
    assert dates == sorted(dates)
    assert {e["dispositif"] for e in reponse["echeancier"]} == {"fmt"}


def test_l_autre_annee_a_cote() -> None:
    """2026 : 100 × 55 = 5 500 € de FMT. 2025 : 100 × 46 = 4 600 € de FPMT (ALD, moins de 80 ans : 46 € depuis 2024),
    sans patient à la CMU-C. Le groupe n'a pas de différence : le VSM de 2025 et la ROSP ne sont pas dits.
    """
    cas = {"annee": 2026, "medecin": MEDECIN, "patients": [{**ALD, "nombre": 100}], "fpmt": {"taux_cmuc": "0"}}
    reponse = opposable.annee(cas, comparer=2025)
    autre = reponse["comparaison"]
    assert lignes(autre)["fpmt"]["montant"] == "4600.00"
    assert (lignes(reponse)["fpmt"]["statut"], lignes(autre)["fmt"]["statut"]) == ("hors_periode", "hors_periode")
    groupe = next(g for g in autre["groupes"] if g["groupe"] == "medecin_traitant")
    assert (groupe["montant"], groupe["comparee"], groupe["ecart"]) == ("5500.00", "4600.00", None)
    ecartes = {**cas, "vsm": "non", "rosp": "non", "prevention": "non"}
    groupe = next(
        g
        for g in opposable.annee(ecartes, comparer=2025)["comparaison"]["groupes"]
        if g["groupe"] == "medecin_traitant"
    )
    assert groupe["ecart"] == "900.00"  # 5 500 - 4 600


def test_la_prevention_ne_compte_que_les_patients_decrits() -> None:
    """Deux patients de même situation valent deux fois l'un ; un cas d'une autre année n'est pas compté."""
    exemple = {c: v for c, v in opposable.dispositifs("prevention")["exemple"].items() if c != "medecin"}
    seul = opposable.annee({"annee": 2026, "medecin": MEDECIN, "prevention": exemple})
    deux = opposable.annee({"annee": 2026, "medecin": MEDECIN, "prevention": [exemple, exemple]})
    un = montant.centimes(lignes(seul)["prevention"]["montant"])
    assert montant.centimes(lignes(deux)["prevention"]["montant"]) == 2 * un > 0
    assert lignes(deux)["prevention"]["cas"] == 2
    autre = opposable.annee({"annee": 2026, "prevention": [exemple, {**exemple, "date": "2027-02-01"}]})
    assert (lignes(autre)["prevention"]["cas"], lignes(autre)["prevention"]["hors_annee"]) == (1, 1)
    assert lignes(autre)["prevention"]["par_cas"] is None, "un seul cas : son résultat est là"


def test_plusieurs_cas_se_lisent_un_par_un() -> None:
    """À sa place dans le dossier, même quand un autre n'est pas de l'année : ce qu'il vaut, et ce que l'on ne retrouve
    pas. L'exemple valide cinq indicateurs : 5 × 5 = 25 € ; sans aucun acte, rien.
    """
    exemple = {c: v for c, v in opposable.dispositifs("prevention")["exemple"].items() if c != "medecin"}
    cas = [exemple, {**exemple, "date": "2027-02-01"}, {**exemple, "id": "P7", "actes": []}]
    trouve = lignes(opposable.annee({"annee": 2026, "medecin": MEDECIN, "prevention": cas}))["prevention"]
    dus = [(c["cas"], c["id"], c["montant"]) for c in trouve["par_cas"]["cas"]]
    assert dus == [(1, "", "25.00"), (3, "P7", "0.00")]
    assert trouve["montant"] == "25.00"
    (tableau,) = trouve["par_cas"]["tableaux"]
    assert tableau["nom"] == "actes_non_retrouves"
    seul = opposable.calculer("prevention", {**exemple, "medecin": {"secteur": "1"}, "actes": []})
    attendus = [{"cas": 3, "id": "P7", **r} for r in seul["resultat"]["actes_non_retrouves"]]
    assert [r for r in tableau["rangees"] if r["cas"] == 3] == attendus != []
    assert {c["nom"] for c in tableau["colonnes"]} == set(attendus[0]) - {"cas", "id"}


def test_un_cas_refuse_n_a_pas_de_montant() -> None:
    """Le médecin d'un cas n'est pas le médecin traitant : rien n'y est dû, ni compté."""
    exemple = {c: v for c, v in opposable.dispositifs("prevention")["exemple"].items() if c != "medecin"}
    cas = [exemple, {**exemple, "medecin_traitant": "non"}]
    trouve = lignes(opposable.annee({"annee": 2026, "medecin": MEDECIN, "prevention": cas}))["prevention"]
    assert [(c["statut"], c["montant"]) for c in trouve["par_cas"]["cas"]] == [("calcule", "25.00"), ("refuse", None)]


def test_le_percu_se_compare_sans_rien_devoir() -> None:
    """1 000 € de SAS calculés, 900 € perçus : écart de − 100 € ; rien n'est dit de l'année comparée."""
    cas = {"annee": 2026, "sas": SAS, "percus": {"sas": "900.00", "gap": 10}}
    reponse = opposable.annee(cas, comparer=2025)
    assert (lignes(reponse)["sas"]["percu"], lignes(reponse)["sas"]["ecart"]) == ("900.00", "-100.00")
    assert (lignes(reponse)["gap"]["percu"], lignes(reponse)["gap"]["ecart"]) == ("10.00", None)
    assert lignes(reponse["comparaison"])["sas"]["percu"] is None


@pytest.mark.parametrize("dispositif", SIENS, ids=lambda d: d.nom)
def test_un_dispositif_y_vaut_ce_que_calculer_en_dit(dispositif: Any) -> None:
    """Le même cas, dans un dossier ou seul : même statut, même montant, mêmes échéances."""
    seul = opposable.calculer(dispositif.nom, dispositif.exemple)
    annee = int(str(dispositif.exemple[dispositif.periode.fait])[:4])
    communs = {dossier.MEDECIN: dispositif.exemple.get(dossier.MEDECIN)}
    propre = {
        c: v for c, v in dispositif.exemple.items()
        if c not in {"annee", dossier.MEDECIN, dossier.PATIENTS}
    }  # fmt: skip
    cas = {
        "annee": annee,
        **communs,
        dossier.PATIENTS: dispositif.exemple.get(dossier.PATIENTS),
        dispositif.nom: propre,
    }
    reponse = opposable.annee(cas)
    ici = lignes(reponse)[dispositif.nom]
    assert ici["statut"] == seul["statut"]
    doute = any(m["effet"] == "a_verifier" for m in seul["motifs"])
    assert ici["montant"] == (None if doute else seul["montant"])
    assert ici["resultat"] == seul["resultat"]
    assert [{**e, "dispositif": dispositif.nom} for e in seul["echeancier"]] == reponse["echeancier"]


@pytest.mark.parametrize("dispositif", SIENS, ids=lambda d: d.nom)
def test_un_cas_ampute_demande_ou_refuse_jamais_ne_tombe(dispositif: Any) -> None:
    """Sans l'un quelconque de ses faits, un dispositif répond encore ; obligatoire, le fait est demandé."""
    obligatoires = {f.nom for f in dispositif.hors_listes() if f.obligatoire}
    annee = int(str(dispositif.exemple[dispositif.periode.fait])[:4])
    for fait in dossier.propres(dispositif):
        bloc, _, cle = fait.nom.rpartition(".")
        propre = {
            c: {k: w for k, w in v.items() if k != cle} if c == bloc and isinstance(v, dict) else v
            for c, v in dispositif.exemple.items()
            if c not in {"annee", dossier.MEDECIN, dossier.PATIENTS} and (bloc or c != cle)
        }
        cas = {"annee": annee, dossier.MEDECIN: dispositif.exemple.get(dossier.MEDECIN), dispositif.nom: propre}
        ici = lignes(opposable.annee(cas))[dispositif.nom]
        if fait.nom in obligatoires and propre:
            assert ici["statut"] in {"a_completer", "refuse"}
            assert ici["statut"] == "refuse" or fait.nom in {q["fait"] for q in ici["questions"]}


def test_un_modele_vide_ne_dit_rien() -> None:
    """Le dossier vide se relit : tout y reste à renseigner, ou d'une autre période."""
    reponse = opposable.annee(dossiers.modele(CORPUS))
    assert {d["statut"] for d in reponse["dispositifs"]} <= {"a_renseigner", "hors_periode"}
    assert [reponse["totaux"][cle] for cle in ("montant", "au_moins", "au_plus")] == [None] * 3


@pytest.mark.parametrize(("brut", "code", "ou"), [
    ([], "TYPE_INATTENDU", ""),
    ({}, "FAIT_ABSENT", "annee"),
    ({"annee": "deux mille"}, "HORS_DOMAINE", "annee"),
    ({"annee": 2015}, "HORS_DOMAINE", "annee"),
    ({"annee": True}, "HORS_DOMAINE", "annee"),
    ({"annee": 2026, "ftm": {}}, "CLE_INCONNUE", "ftm"),
    ({"annee": 2026, "medecin": {"secteurs": "1"}}, "CLE_INCONNUE", "medecin.secteurs"),
    ({"annee": 2026, "medecin": {"secteur": "4"}}, "VALEUR_INCONNUE", "medecin.secteur"),
    ({"annee": 2026, "medecin": 3}, "TYPE_INATTENDU", "medecin"),
    ({"annee": 2026, "patients": {}}, "TYPE_INATTENDU", "patients"),
    ({"annee": 2026, "patients": [{"nom": "x"}]}, "CLE_INCONNUE", "patients[0].nom"),
    ({"annee": 2026, "patients": [{"ald": "peut-être"}]}, "VALEUR_INCONNUE", "patients[0].ald"),
    ({"annee": 2026, "sas": {"heures": 3}}, "CLE_INCONNUE", "sas.heures"),
    ({"annee": 2026, "sas": 3}, "TYPE_INATTENDU", "sas"),
    ({"annee": 2026, "sas": {"annee": 2025}}, "CLE_DEPLACEE", "sas.annee"),
    ({"annee": 2026, "sas": {"medecin": {"secteur": "1"}}}, "CLE_DEPLACEE", "sas.medecin"),
    ({"annee": 2026, "fmt": {"patients": []}}, "CLE_DEPLACEE", "fmt.patients"),
    ({"annee": 2026, "prevention": [{"date": "2026-13-01"}]}, "DATE_IMPOSSIBLE", "prevention[0].date"),
    ({"annee": 2026, "rosp": {"patientele": "mille"}}, "NOMBRE_ILLISIBLE", "rosp.patientele"),
    ({"annee": 2026, "fmt": {"id": {}}}, "TYPE_INATTENDU", "fmt.id"),
    ({"annee": 2016, "patients": [{"consulte_par": "personne"}]}, "VALEUR_INCONNUE", "patients[0].consulte_par"),
    ({"annee": 2026, "percus": {"fmt": "beaucoup"}}, "MONTANT_ILLISIBLE", "percus.fmt"),
    ({"annee": 2026, "percus": {"ftm": "1"}}, "CLE_INCONNUE", "percus.ftm"),
])  # fmt: skip
def test_un_dossier_qui_ne_convient_pas_dit_ou(brut: Any, code: str, ou: str) -> None:
    levee = erreur(brut)
    assert (levee.code, levee.ou) == (code, ou)
    assert levee.attendu
    assert levee.exemple


@pytest.mark.parametrize(("autre", "code"), [(2026, "ANNEES_IDENTIQUES"), (1999, "HORS_DOMAINE")])
def test_l_annee_comparee_en_est_une_autre(autre: int, code: str) -> None:
    assert (levee := erreur({"annee": 2026}, comparer=autre)).code == code
    assert levee.ou == "comparer"
