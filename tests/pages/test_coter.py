"""La page Coter, comme un médecin s'en sert : les grands choix, les questions, la facture, la note, le lien."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

import opposable

attendre = pytest.importorskip("playwright.sync_api").expect
Page = Any
MARDI = "2026-02-10"


def regler(page: Page, secteur: str = "1", specialite: str = "medecine_generale", date: str = MARDI) -> None:
    """Le profil du médecin et le jour des soins, gardés d'une fois sur l'autre par le navigateur."""
    profil = {"medecin.specialite": specialite, "medecin.secteur": secteur}
    page.goto("/")
    page.evaluate("p => localStorage.setItem('opposable.profil', p)", json.dumps(profil))
    page.goto("/")
    remplir(page, "#date", date)
    remplir(page, "#heure", "10:30")


def remplir(page: Page, champ: str, valeur: str) -> None:
    with page.expect_response("**/coter"):
        page.fill(champ, valeur)
        page.dispatch_event(champ, "change")


def cliquer(page: Page, cible: Any) -> None:
    """Un clic, et la réponse du serveur mise en place."""
    with page.expect_response("**/coter"):
        cible.click()
    attendre(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def choisir(page: Page, *mots: str) -> None:
    for mot in mots:
        cliquer(page, page.locator("#base label").filter(has_text=mot).first)


def rouvrir(page: Page) -> None:
    """La situation, repliée une fois dite."""
    page.locator("#situation:not([open]) > summary").click()


@pytest.mark.deux_tailles
def test_une_rencontre_courante_en_six_clics(page: Page, examiner: Callable[[Page, str], None]) -> None:
    """Un enfant de 2 à 5 ans, au cabinet, par son médecin traitant : G 30 € + MEG 5 € = 35 €, 24,50 € remboursés.

    Enfant : 70 % de 35,00 = 24,50, sans participation ; reste 10,50. Six clics, moins de quinze secondes.
    """
    regler(page)
    debut = time.monotonic()
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    examiner(page, "coter-situation")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    assert "€" not in page.locator("#note").inner_text()
    examiner(page, "coter-acte")
    cliquer(page, page.locator("#question button[value=G]"))
    examiner(page, "coter-circonstances")
    cliquer(page, page.get_by_role("button", name="Continuer"))
    assert time.monotonic() - debut < 15
    note = page.locator("#note").inner_text()
    for attendu in ("Conforme aux règles codées à cette date", "35,00", "24,50", "10,50", "MEG", "sans sur-cotation"):
        assert attendu in note, attendu
    examiner(page, "coter-prete")


def test_chaque_ligne_dit_son_pourquoi_son_passage_et_ses_dates(page: Page) -> None:
    regler(page)
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    cliquer(page, page.get_by_role("button", name="Continuer"))
    meg = page.locator("#note .lignes > li").filter(has_text="MEG")
    meg.locator("summary").first.click()
    dit = meg.inner_text()
    assert "Tarif 5,00" in dit
    assert "moins de 6 ans" in dit
    meg.locator("details.sources summary").click()
    assert "majoration unique MEG" in meg.inner_text()
    g = page.locator("#note .lignes > li").first
    g.locator("summary").first.click()
    assert "depuis le 22 décembre 2024" in g.inner_text()


def test_changer_une_reponse_repose_sa_question(page: Page) -> None:
    regler(page)
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    cliquer(page, page.get_by_role("button", name="Continuer"))
    page.locator(".dits > summary").click()
    cliquer(page, page.locator("button[name=oublier][value='contexte.situation']"))
    assert "situation clinique" in page.locator("#titre-question").inner_text()
    rouvrir(page)
    choisir(page, "6 à 15 ans")
    assert "MEG" not in page.locator("#note .permis").inner_text()


def test_des_honoraires_au_dessus_du_tarif_en_secteur_1(page: Page, examiner: Callable[[Page, str], None]) -> None:
    """Un secteur 1 sans exigence particulière : la ligne n'est pas facturable ; la page le dit, sans proposer de DE."""
    regler(page)
    choisir(page, "6 à 15 ans", "Au cabinet", "Médecin traitant")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    if page.get_by_role("button", name="Continuer").count():
        cliquer(page, page.get_by_role("button", name="Continuer"))
    page.get_by_text("Demander d'autres honoraires").click()
    page.fill("[name='h:0:honoraires']", "45,00")
    cliquer(page, page.get_by_role("button", name="Recalculer"))
    facture = json.loads(page.locator("#honoraires input[name=etat]").input_value())
    facture["actes"][0]["honoraires"] = "45.00"
    attendu = opposable.coter(facture)["statut"]
    assert page.locator(f"#note .statut.{attendu}").count()
    examiner(page, "coter-honoraires")
    # La question est neutre : rien n'est proposé, la réponse seule en fait un dépassement exceptionnel ou un refus.
    cliquer(page, page.locator("button[name='h:0:exigence_particuliere'][value=non]"))
    cliquer(page, page.locator("button[name='h:0:nature_depassement'][value=aucun]"))
    facture["actes"][0] |= {"exigence_particuliere": "non", "nature_depassement": "aucun"}
    assert opposable.coter(facture)["statut"] == "refusee"
    assert page.locator("#note .statut.refusee").count()
    # Rien de conforme : ni total, ni « le patient règle 0,00 € ».
    assert "Aucune ligne conforme" in page.locator("#note").inner_text()
    assert "Le patient règle" not in page.locator("#note").inner_text()
    assert page.locator("[name='h:0:honoraires']").input_value() == "45,00"
    page.fill("[name='h:0:honoraires']", "trente")
    cliquer(page, page.get_by_role("button", name="Recalculer"))
    assert "n'est pas un montant" in page.locator("#faute").inner_text()
    assert page.locator("[name='h:0:honoraires']").get_attribute("aria-invalid") == "true"
    assert page.locator("[name='h:0:honoraires']").input_value() == "trente"


def test_une_date_hors_du_corpus_est_dite_sur_place(page: Page, examiner: Callable[[Page, str], None]) -> None:
    regler(page)
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    rouvrir(page)
    remplir(page, "#date", "2014-01-01")
    page.wait_for_selector("#faute")
    with pytest.raises(opposable.ErreurEntree) as attendue:
        opposable.proposer({"date": "2014-01-01"})
    dit = page.locator("#faute").inner_text()
    assert attendue.value.message.lower() in dit.lower()
    assert page.locator("#base input[name=tranche]:checked").input_value() == "2 à 5 ans"
    examiner(page, "coter-faute")


def test_le_lien_ne_porte_qu_une_tranche_d_age(page: Page) -> None:
    """Le fragment redonne la situation ; ni droits du patient, ni âge précis, ni rien avant le dièse."""
    regler(page)
    page.locator(".droits summary").click()
    choisir(page, "Affection de longue durée")
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    while page.get_by_role("button", name="Continuer").count():
        if page.locator("#question input[name^='r:']:not([type=radio])").count():
            break
        cliquer(page, page.get_by_role("button", name="Continuer"))
    reponses = page.locator("#question button[name^='q:']")
    while reponses.count():
        cliquer(page, reponses.last)
    page.get_by_role("button", name="Copier le lien").click()
    page.wait_for_url(re.compile("#.{10}"))
    avant, _, fragment = page.url.partition("#")
    assert avant.rstrip("/") == page.url.split("/")[0] + "//" + page.url.split("/")[2]
    dit = json.loads(base64.urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4)))
    assert dit["patient"] == {"age": "2 à 5 ans"}
    assert "exonerations" not in json.dumps(dit)
    assert "naissance" not in json.dumps(dit)
    page.goto("about:blank")
    with page.expect_response("**/coter"):
        page.goto(avant + "#" + fragment)
    page.wait_for_selector("#situation:not([open])")
    assert page.locator("#situation-resume").inner_text() == "2 à 5 ans · Au cabinet · Médecin traitant"
    assert page.locator("#date").input_value() == MARDI


def test_un_lien_abime_laisse_une_page_vierge(page: Page) -> None:
    page.goto("/#pas-un-lien")
    attendre(page.locator("#annonce")).to_contain_text("ne se lit pas")
    assert page.locator("#base input[name=tranche]:checked").count() == 0


def test_sans_script_la_page_repond_aussi(navigateur: Any, serveur: str) -> None:
    """Le formulaire est un vrai formulaire : il mène aux questions sans htmx."""
    contexte = navigateur.new_context(base_url=serveur, java_script_enabled=False)
    vue = contexte.new_page()
    vue.goto("/")
    vue.select_option("[id='medecin.specialite']", "medecine_generale")
    vue.select_option("[id='medecin.secteur']", "1")
    vue.fill("#date", MARDI)
    for nom, valeur in (("tranche", "80 ans et plus"), ("cadre", "domicile"), ("contexte.role", "medecin_traitant")):
        vue.check(f"input[name='{nom}'][value='{valeur}']", force=True)
    vue.get_by_role("button", name="Continuer").first.click()
    vue.get_by_role("button", name="Aucune", exact=True).click()
    vue.locator("#question button[value=VG]").click()
    assert "L'état du patient imposait-il la visite" in vue.locator("#question").inner_text()
    contexte.close()


def test_la_note_s_imprime_sans_les_formulaires(page: Page) -> None:
    regler(page)
    choisir(page, "2 à 5 ans", "Au cabinet", "Médecin traitant")
    cliquer(page, page.get_by_role("button", name="Aucune", exact=True))
    cliquer(page, page.locator("#question button[value=G]"))
    cliquer(page, page.get_by_role("button", name="Continuer"))
    page.emulate_media(media="print")
    assert not page.locator("#base").is_visible()
    assert not page.locator("#question").is_visible()
    assert page.locator("#note .totaux").is_visible()
    assert page.locator("footer").is_visible()


def test_le_poids_et_la_vitesse_de_la_premiere_page(page: Page) -> None:
    """Deux cents kilo-octets au plus, tout compris ; la première peinture en moins d'une seconde."""
    tailles: list[int] = []
    page.on("response", lambda r: tailles.append(len(r.body())))
    page.goto("/", wait_until="networkidle")
    assert 0 < sum(tailles) <= 200_000
    peinture = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert peinture < 1000
