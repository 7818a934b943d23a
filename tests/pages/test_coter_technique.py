"""Les actes techniques de la page Coter : les chercher, les ajouter, les préciser, les ôter, sans rien précocher."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.pages.test_coter import MARDI, choisir, cliquer, regler, remplir

attendre = pytest.importorskip("playwright.sync_api").expect
Page = Any


def ouvrir(page: Page) -> None:
    replie = page.locator("details.technique:not([open]) > summary")
    if replie.count():
        replie.click()


def ajouter(page: Page, mots: str, code: str) -> None:
    """Chercher par mots, et prendre l'acte proposé sous le champ."""
    ouvrir(page)
    with page.expect_response("**/coter/actes?*"):
        page.locator("#cherche").press_sequentially(mots)
    cliquer(page, page.locator(f"#trouves button[value={code}]"))


def etat(page: Page) -> dict[str, Any]:
    return dict(json.loads(page.locator("#question input[name=etat]").input_value()))


def test_un_electrocardiogramme_puis_la_consultation(page: Page, examiner: Callable[[Page, str], None]) -> None:
    """DEQP003 14,77 € en secteur 1, et G 30,00 € : 44,77 € à taux plein, dérogation de l'article III-3 A.

    Part obligatoire : 70 % de 30,00 = 21,00, et de 14,77 = 10,34 ; 31,34 en tout.
    """
    regler(page)
    choisir(page, "19 à 79 ans", "Au cabinet", "Médecin traitant")
    assert not page.locator("#cherche").is_visible()
    ajouter(page, "électrocardio", "DEQP003")
    assert "DEQP003" in page.evaluate("document.activeElement.textContent")
    assert page.locator("#technique input:checked").count() == 0
    assert "14,77" in page.locator("#note").inner_text()
    examiner(page, "technique-ecg")
    cliquer(page, page.get_by_role("button", name="Une consultation ou une visite"))
    assert not page.locator("#cherche").is_visible()
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    assert [a["code"] for a in etat(page)["actes"]] == ["G", "DEQP003"]
    cliquer(page, page.get_by_role("button", name="Continuer"))
    note = page.locator("#note").inner_text()
    for attendu in ("Conforme aux règles codées à cette date", "44,77", "31,34", "DEQP003", "version 81"):
        assert attendu in note, attendu
    # Changer la consultation la redemande ; l'acte technique reste.
    page.locator(".dits > summary").click()
    cliquer(page, page.locator("button[name=oublier][value=actes]"))
    assert [a["code"] for a in etat(page)["actes"]] == ["DEQP003"]
    assert page.locator("#question button[value=G]").count() == 1


def test_une_appendicectomie_avec_j_et_k(page: Page) -> None:
    """HHFA001, activité 1 : 176,79 € ; J et K admis, jamais précochés ; participation sur les actes lourds."""
    regler(page, specialite="chirurgie_viscerale")
    choisir(page, "19 à 79 ans", "En établissement")
    cliquer(page, page.locator("#base label").filter(has_text="correspondant").first)
    ajouter(page, "appendicectomie", "HHFA001")
    page.locator(".lettres > summary").click()
    assert page.locator(".cases input").evaluate_all("cases => cases.map(c => c.value).sort().join('')") == "FJKOPSTU"
    cliquer(page, page.locator("#t-0-J"))
    cliquer(page, page.locator("#t-0-K"))
    assert page.evaluate("document.activeElement.id") == "t-0-K"
    assert etat(page)["actes"] == [{"code": "HHFA001", "modificateurs": ["J", "K"]}]
    assert "€" not in page.locator("#note").inner_text()
    cliquer(page, page.get_by_role("button", name="Dans le parcours de soins"))
    note = page.locator("#note").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Modificateurs : J, K" in note
    assert "241,32" in note
    assert "Participation sur les actes lourds" in note
    ouvrir(page)
    # L'anesthésie a ses propres lettres : J et K, qu'elle n'admet pas, restent dits, et la ligne est refusée.
    cliquer(page, page.locator("#technique label").filter(has_text="4, l'anesthésie"))
    assert page.locator("#note .statut.refusee").count()
    assert "modificateurs admis" in page.locator("#note").inner_text()
    cliquer(page, page.get_by_role("button", name="Ôter HHFA001"))
    assert page.locator("#technique .acte").count() == 0
    assert "HHFA001" not in json.dumps(etat(page))


def test_un_code_inconnu_ne_perd_rien(page: Page) -> None:
    regler(page)
    choisir(page, "19 à 79 ans", "Au cabinet", "Médecin traitant")
    ouvrir(page)
    page.locator("#cherche").fill("ZZZZ999")
    with page.expect_response("**/coter"):
        page.keyboard.press("Enter")
    attendre(page.locator("#faute-acte")).to_contain_text("forme d'un code de la CCAM")
    assert page.locator("#cherche").input_value() == "ZZZZ999"
    assert page.evaluate("document.activeElement.id") == "cherche"
    page.locator("#cherche").fill("DEQP003")
    with page.expect_response("**/coter"):
        page.keyboard.press("Enter")
    attendre(page.locator("#technique .acte")).to_have_count(1)
    # Une urgence la nuit, à 10 h 30 : la ligne est refusée, et le dit.
    page.locator(".lettres > summary").click()
    cliquer(page, page.locator("#t-0-S"))
    assert page.locator("#note .statut.refusee").count()
    assert "de 0 h à 8 h" in page.locator("#note").inner_text()
    # Deux actes : la page dit l'ordre, sans choisir le code association.
    ajouter(page, "électromyographie", "AHQB013")
    dit = page.locator("#technique").inner_text()
    assert "AHQB013, puis DEQP003" in dit
    codes = page.locator("#technique select")
    assert codes.evaluate_all("choix => choix.map(c => c.value)") == ["", ""]


def test_le_bloc_repond_sans_script(navigateur: Any, serveur: str) -> None:
    contexte = navigateur.new_context(base_url=serveur, java_script_enabled=False)
    vue = contexte.new_page()
    vue.goto("/")
    vue.select_option("[id='medecin.specialite']", "medecine_generale")
    vue.select_option("[id='medecin.secteur']", "1")
    vue.fill("#date", MARDI)
    for nom, valeur in (("tranche", "19 à 79 ans"), ("cadre", "cabinet"), ("contexte.role", "medecin_traitant")):
        vue.check(f"input[name='{nom}'][value='{valeur}']", force=True)
    vue.get_by_role("button", name="Continuer").first.click()
    vue.locator("details.technique > summary").click()
    vue.fill("#cherche", "appendicectomie")
    vue.get_by_role("button", name="Chercher").last.click()
    vue.locator("#trouves button[value=HHFA001]").click()
    vue.locator(".lettres > summary").click()
    vue.check("#t-0-J", force=True)
    vue.get_by_role("button", name="Appliquer").click()
    assert vue.is_checked("#t-0-J")
    assert "HHFA001" in vue.locator("#note").inner_text()
    contexte.close()


def test_la_date_change_la_version(page: Page) -> None:
    """Entre les versions 67 et 81, rien de lu ne régit le 10 février 2024 : à vérifier, jamais refusé."""
    regler(page)
    choisir(page, "19 à 79 ans", "Au cabinet", "Médecin traitant")
    ajouter(page, "DEQP003", "DEQP003")
    page.locator("#situation:not([open]) > summary").click()
    remplir(page, "#date", "2024-02-10")
    attendre(page.locator("#note .statut.a_verifier").first).to_be_visible()
    assert "version" in page.locator("#note").inner_text()
