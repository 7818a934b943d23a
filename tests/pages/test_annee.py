"""La page « Mon année » : le formulaire né des dispositifs, le résultat, ce qui se télécharge, ce qui se reprend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.portes import annee as dossiers
from opposable.portes import python as api
from opposable.portes.web import annee_formulaire as formulaire
from opposable.portes.web.champs import endroit

CORPUS = api.corpus()


def test_ce_qu_un_dossier_remplit_se_relit() -> None:
    """Remplir puis relire ne perd ni ne change rien : les deux années calculées sont les mêmes."""
    exemple = dossiers.exemple()
    relu = formulaire.lire(CORPUS, formulaire.remplir(CORPUS, exemple))
    attendu = opposable.annee({**exemple, "id": ""}, comparer=2025)
    assert opposable.annee(relu, comparer=2025) == attendu


def test_un_nombre_s_ecrit_en_francais() -> None:
    dits = {"annee": "2025", "sobriete.prescriptions": "1 240,50", "percus.sobriete": "14 900", "medecin.age": "50"}
    brut = formulaire.lire(CORPUS, dits)
    assert (brut["sobriete"], brut["percus"]) == ({"prescriptions": "1240.50"}, {"sobriete": "14900"})


def test_un_champ_a_plusieurs_valeurs() -> None:
    """Des virgules, ou « aucun » : la liste vide n'est pas l'inconnu."""
    dits = {"annee": "2020", "coscom.autres_contrats": "caim, cotram", "caim.autres_contrats": "Aucun"}
    brut = formulaire.lire(CORPUS, dits)
    assert brut["coscom"] == {"autres_contrats": ["caim", "cotram"]}
    assert brut["caim"] == {"autres_contrats": []}
    assert formulaire.remplir(CORPUS, brut) == {**dits, "caim.autres_contrats": "aucun"}


ACTES = list(CORPUS.dispositifs["prevention"].vocabulaire.faits["actes.acte"].valeurs)


def tableau(*patients: str, sans: str = "") -> str:
    """Le tableau de ces patients : date de naissance, sexe, puis une colonne par acte, et celles que disent ``k=v``."""
    dits = [dict(part.split("=") for part in patient.split()) for patient in patients]
    colonnes = ["date", "medecin_traitant", "date_naissance", "sexe", *(a for a in ACTES if a != sans)]
    colonnes += sorted({cle for dit in dits for cle in dit} - {*colonnes})
    lignes = [[{"date": "2026-11-15", "medecin_traitant": "oui", **dit}.get(c, "") for c in colonnes] for dit in dits]
    return "\n".join(";".join(ligne) for ligne in [colonnes, *lignes])


ENFANT = (
    "date_naissance=2024-10-02 sexe=m vaccin_ror=2025-10-10 vaccin_ror_2=2026-03-01 suivi_bucco_dentaire=2026-05-05 "
    "suivi_bucco_dentaire_praticien=chirurgien_dentiste"
)
ADULTE = "date_naissance=1958-03-02 sexe=f"
TABLEAU = tableau(ENFANT, ADULTE)


def test_la_prevention_se_colle_en_tableau() -> None:
    """Une ligne par patient, une colonne par acte : le cas que le JSON aurait dit."""
    brut = formulaire.lire(CORPUS, {"annee": "2026", "prevention": TABLEAU})
    premier, second = brut["prevention"]
    assert premier == {
        "date": "2026-11-15", "medecin_traitant": "oui", "patient": {"date_naissance": "2024-10-02", "sexe": "m"},
        "actes": [
            {"acte": "vaccin_ror", "date": "2025-10-10"},
            {"acte": "suivi_bucco_dentaire", "date": "2026-05-05", "praticien": "chirurgien_dentiste"},
            {"acte": "vaccin_ror", "date": "2026-03-01"},
        ],
    }  # fmt: skip
    assert (second["patient"]["sexe"], second["actes"]) == ("f", [])
    nomme = TABLEAU.replace("date;medecin", "pseudonyme;date;medecin").replace("\n2026", "\nA;2026", 1)
    nomme = nomme.replace("\n2026", "\nB;2026", 1)
    nommes = formulaire.lire(CORPUS, {"annee": "2026", "prevention": nomme})
    assert [cas["id"] for cas in nommes["prevention"]] == ["A", "B"]
    assert formulaire.lire(CORPUS, formulaire.remplir(CORPUS, nommes)) == nommes
    assert formulaire.lire(CORPUS, formulaire.remplir(CORPUS, brut)) == brut


@pytest.mark.parametrize(
    ("colle", "code", "ou"),
    [
        (tableau("nom=x"), "COLONNE_IDENTIFIANTE", "prevention, ligne 1"),
        (tableau("vacin_gripe=x"), "CLE_INCONNUE", "prevention, ligne 1"),
        (TABLEAU + ";x", "CSV_INVALIDE", "prevention, ligne 3"),
        (tableau(ADULTE, sans="hba1c"), "COLONNE_ABSENTE", "prevention, ligne 1"),
    ],
)
def test_un_tableau_de_prevention_fautif_est_situe(colle: str, code: str, ou: str) -> None:
    with pytest.raises(opposable.ErreurEntree) as levee:
        formulaire.lire(CORPUS, {"annee": "2026", "prevention": colle})
    assert (levee.value.code, levee.value.ou) == (code, ou)


def test_une_valeur_fautive_du_tableau_est_situee_par_sa_ligne() -> None:
    """La ligne annoncée est celle du texte collé, lignes vides comprises."""
    fautif = TABLEAU.replace("1958-03-02", "1958-13-02")
    for colle, ligne in ((fautif, 3), (fautif.replace("\n", "\n\n"), 5)):
        dits = {"annee": "2026", "prevention": colle}
        with pytest.raises(opposable.ErreurEntree) as levee:
            opposable.annee(formulaire.lire(CORPUS, dits))
        assert endroit(levee.value.ou, dits) == f"prevention, ligne {ligne}, patient.date_naissance"


@pytest.mark.parametrize("nom", [d.nom for d in CORPUS.dispositifs.values() if d.annee])
def test_l_exemple_de_chaque_dispositif_passe_par_le_formulaire(nom: str) -> None:
    """Rempli, puis relu, l'exemple d'un dispositif se calcule comme dit : rien ne se perd dans un champ."""
    dispositif = CORPUS.dispositifs[nom]
    exemple = dict(dispositif.exemple)
    annee = int(str(exemple[dispositif.periode.fait])[:4])
    communs = {cle: exemple.pop(cle) for cle in ("medecin", "patients") if cle in exemple}
    if dispositif.periode.fait == "annee":
        del exemple["annee"]
    dit = {"annee": annee, **communs, nom: exemple} if exemple else {"annee": annee, **communs}
    relu = formulaire.lire(CORPUS, formulaire.remplir(CORPUS, dit))
    assert opposable.annee(relu) == opposable.annee(dit)


@pytest.mark.deux_tailles
def test_l_exemple_se_remplit_et_se_calcule(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/annee")
    page.get_by_role("link", name="Voir avec un exemple").click()
    assert page.locator("#section-sas").get_by_text("dit", exact=True).count() == 1
    page.get_by_role("button", name="Calculer l'année").click()
    page.wait_for_selector("#resultat")
    assert page.url.endswith("/annee"), "le dossier n'est jamais dans l'adresse"
    reponse = opposable.annee(dossiers.exemple(), comparer=2025)
    entiers = reponse["totaux"]["montant"][:-3]
    assert (
        page.locator(".total-annee").first.inner_text().replace("\u202f", "").replace("\xa0", "").replace(" ", "")
        == f"{entiers},{reponse['totaux']['montant'][-2:]}€"
    )
    assert page.locator("svg.graphique").count() == 3
    examiner(page, "annee-resultat")


def test_la_page_vierge(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/annee")
    assert page.locator("details[id^=section-]").count() == len([d for d in CORPUS.dispositifs.values() if d.annee])
    examiner(page, "annee-vierge")


def test_un_champ_faux_se_dit_et_rien_n_est_perdu(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/annee")
    page.locator("#section-sas > summary").click()
    page.locator('[id="sas.heures_regulation"]').fill("beaucoup")
    page.get_by_role("button", name="Calculer l'année").click()
    assert page.locator("#faute [role=alert]").inner_text()
    champ = page.locator('[id="sas.heures_regulation"]')
    assert champ.get_attribute("aria-invalid") == "true"
    assert champ.input_value() == "beaucoup"
    assert page.locator("#section-sas").get_attribute("open") is not None
    examiner(page, "annee-faute")


def test_une_patientele_collee_refuse_une_identite(page: Any) -> None:
    page.goto("/annee")
    page.locator("#patients").fill("nom;ald\nDupont;oui")
    page.get_by_role("button", name="Calculer l'année").click()
    assert "ressemble à une identité" in page.locator("#faute").inner_text()


def test_ce_qui_se_telecharge_et_se_reprend(page: Any, tmp_path: Path) -> None:
    page.goto("/annee?exemple=oui")
    page.get_by_role("button", name="Calculer l'année").click()
    with page.expect_download() as agenda:
        page.get_by_role("button", name="Les échéances pour un agenda").click()
    assert "BEGIN:VEVENT" in Path(agenda.value.path()).read_text("utf-8")
    with page.expect_download() as garde:
        page.get_by_role("button", name="Garder ce dossier").click()
    chemin = tmp_path / "mon-annee.json"
    garde.value.save_as(chemin)
    assert json.loads(chemin.read_text("utf-8"))["sas"]["visibilite"] == "interface"
    page.goto("/annee")
    page.get_by_text("Reprendre un dossier gardé").click()
    page.locator("#fichier").set_input_files(chemin)
    page.get_by_role("button", name="Reprendre").click()
    assert page.locator('[id="sas.visibilite"]').input_value() == "interface"
    assert page.locator('[id="gap.concerne"]').is_checked()


def test_la_feuille_s_ouvre_a_part(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/annee?exemple=oui")
    page.get_by_role("button", name="Calculer l'année").click()
    with page.context.expect_page() as nouvelle:
        page.get_by_role("button", name="Une feuille à imprimer").click()
    feuille = nouvelle.value
    feuille.wait_for_load_state()
    feuille.fautes = []
    assert feuille.locator("h1").inner_text() == "L'année d'un médecin"
    assert feuille.locator("svg.graphique").count() == 3
    examiner(feuille, "annee-feuille")


def test_un_dossier_illisible_se_dit(page: Any) -> None:
    page.goto("/annee")
    page.get_by_text("Reprendre un dossier gardé").click()
    page.locator("#colle").fill('{"annee": 2026, "ftm": {}}')
    page.get_by_role("button", name="Reprendre").click()
    assert "vouliez-vous « fmt »" in page.locator("#faute").inner_text().replace("\xa0", " ")
