"""La page « OPTAM » : un fichier ou du texte, l'exemple, les graphiques, les fautes situées, rien de gardé."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opposable.droit.erreurs import ErreurEntree
from opposable.portes import actes_optam, atelier
from opposable.portes import python as api
from opposable.portes.web import optam

EXEMPLES = Path(__file__).parents[2] / "exemples"


def test_l_exemple_de_la_page_est_celui_du_dossier() -> None:
    assert optam._exemple()["colle"] == (EXEMPLES / "actes_optam.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [("45 %", "0.45"), ("7,25%", "0.0725"), ("0,45", "0.45"), ("0.45", "0.45"), ("5 %", "0.05"),
     ("1 200,50", "1200.50"), ("120 %", "1.20"), ("oui", "oui"), ("beaucoup %", "beaucoup%")],
)  # fmt: skip
def test_un_taux_s_ecrit_en_francais(ecrit: str, lu: str) -> None:
    assert optam._nombre(ecrit) == lu


def test_la_page_calcule_comme_la_commande() -> None:
    """Le formulaire rempli par l'exemple décrit le même cas que le fichier de l'exemple."""
    valeurs = optam._exemple()
    fichier = actes_optam.analyser(api.corpus(), valeurs["colle"], "vos actes")
    de_la_page = atelier.calculer(optam._cas(valeurs), fichier)
    de_la_commande = atelier.repondre(str(EXEMPLES / "atelier_optam.json"), actes=str(EXEMPLES / "actes_optam.csv"))
    for cle in ("mesures", "engagements", "prime", "bandes", "point_mort", "patients", "mois"):
        assert de_la_page[cle] == de_la_commande[cle]


def test_la_feuille_a_imprimer_tient_en_un_fichier() -> None:
    texte = atelier.page(
        atelier.repondre(str(EXEMPLES / "atelier_optam.json"), actes=str(EXEMPLES / "actes_optam.csv"))
    )
    assert texte.count('class="graphique"') == 4
    assert "<script" not in texte
    assert "http://" not in texte.replace("http://www.w3.org/", "")
    assert "Simulation : la caisse arrête" in texte


def test_sans_taux_de_depassement_les_bornes_regionales_suffisent() -> None:
    valeurs = {
        "annee": "2026", "medecin.specialite": "dermatologie", "medecin.option": "optam", "contenu": "totaux",
        "adherent_fin_2024": "non", "region_plus_faible": "12 %", "region_plus_forte": "80 %",
    }  # fmt: skip
    cas = optam._cas(valeurs)
    assert cas["engagements"]["region_plus_faible"] == "0.12"
    texte = "mois;honoraires_remboursables;depassements;honoraires_opposables\n1;1000;300;500\n"
    reponse = atelier.calculer(cas, actes_optam.analyser(api.corpus(), texte, "vos totaux", actes_optam.RESUME))
    assert reponse["point_mort"]["laisses"] == ["220.00", "750.00"]


def test_une_colonne_de_nom_est_refusee_avant_tout_calcul() -> None:
    with pytest.raises(ErreurEntree) as faute:
        actes_optam.analyser(api.corpus(), "date;code;honoraires;prenom\n2026-01-05;CS;60;X\n", "vos actes")
    assert faute.value.code == "COLONNE_IDENTIFIANTE"


@pytest.mark.deux_tailles
def test_l_exemple_se_simule(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/optam")
    assert page.locator('nav [aria-current="page"]').inner_text() == "OPTAM"
    page.get_by_role("link", name="Voir avec un exemple").click()
    page.get_by_role("button", name="Simuler l'option").click()
    page.wait_for_selector("#resultat")
    assert page.url.endswith("/optam"), "rien n'est dans l'adresse"
    assert page.locator("svg.graphique").count() == 4
    assert "caisse arrête" in page.locator("#resultat + p").inner_text()
    examiner(page, "optam-resultat")


def test_la_page_vierge(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/optam")
    assert page.locator("#resultat").count() == 0
    examiner(page, "optam-vierge")


def test_un_fichier_se_depose(page: Any) -> None:
    page.goto("/optam?exemple=oui")
    page.locator("#colle").fill("")
    page.locator("#contenu-du-fichier").select_option("totaux")
    page.locator("#fichier").set_input_files(str(EXEMPLES / "totaux_optam.csv"))
    page.get_by_role("button", name="Simuler l'option").click()
    page.wait_for_selector("#resultat")
    assert page.get_by_text("D'après les totaux de 12 mois.").count() == 1
    assert page.locator("#g-patients").count() == 0, "des totaux ne disent pas le remboursement"
    assert page.locator(".manquants").get_by_text("Remboursement des patients").count() == 1


def test_une_ligne_fausse_se_dit_et_rien_n_est_perdu(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/optam?exemple=oui")
    page.locator("#colle").fill("date;code;honoraires\n2026-01-05;CS;60\n2026-02-30;CS;60\n")
    page.get_by_role("button", name="Simuler l'option").click()
    page.wait_for_selector("#faute")
    assert page.locator("#faute code").last.inner_text() == "vos actes, ligne 3, colonne date"
    assert "2026-02-30" in page.locator("#colle").input_value()
    assert page.locator("#engagement_depassement").input_value() == "0.45"
    examiner(page, "optam-faute")
