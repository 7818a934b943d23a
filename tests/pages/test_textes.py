"""Les pages Textes : la couverture, un document, un énoncé, une contradiction, un passage cité."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opposable.droit.registre import charger_registre
from opposable.rendu.domaines import DOMAINES

Examiner = Callable[[Any, str], None]


def test_la_couverture_dit_les_comptes_et_les_contradictions(page: Any, examiner: Examiner) -> None:
    registre = charger_registre()
    assert page.goto("/textes").status == 200
    assert (
        f"{len(registre.enonces):,} énoncés".replace(",", "\N{NARROW NO-BREAK SPACE}")
        in page.locator("main").inner_text()
    )
    for statut in ("calcule", "a_venir"):
        rangee = page.locator("table.sorts tr", has=page.locator(f".sort.{statut}")).inner_text()
        assert str(sum(e.statut == statut for e in registre.enonces.values())) in rangee
    assert page.locator("ul.documents > li").count() == 5
    assert page.locator("svg.barre").count() == 6
    page.locator("#tranchees > summary").click()
    assert page.locator("article.contradiction").count() == len(registre.contradictions)
    page.locator("#autres-presse > summary").click()
    assert page.locator("#autres-presse li").count() > 50
    examiner(page, "textes")


def test_un_statut_filtre_la_couverture(page: Any, examiner: Examiner) -> None:
    page.goto("/textes")
    page.get_by_role("link", name="Manquant", exact=True).click()
    assert page.url.endswith("/textes?statut=manquant#enonces")
    manquants = [e for e in charger_registre().enonces.values() if e.statut == "manquant"]
    assert page.locator("#enonces").inner_text().startswith(f"{len(manquants)} énoncés manquants")
    examiner(page, "textes-manquant")


@pytest.mark.parametrize("adresse", ["/textes?statut=perdu", "/textes/001?statut=perdu", "/textes/001?couleur=bleu"])
def test_un_filtre_faux_se_dit_dans_la_page(page: Any, adresse: str) -> None:
    assert page.goto(adresse).status == 422
    assert page.locator("[role=alert]").is_visible()
    assert page.locator("h1").count() == 1


def test_un_document_se_deplie_et_se_cherche(page: Any, examiner: Examiner) -> None:
    page.goto("/textes/001")
    assert page.locator("h1").inner_text().startswith("Brochure de la convention 2016")
    assert not page.get_by_role("link", name="MCE, diabète").is_visible()
    examiner(page, "textes-001")
    page.locator("#majoration > summary").click()
    page.get_by_role("link", name="MCE, diabète").click()
    assert page.url.endswith("/textes/s1-mce")
    page.go_back()
    page.get_by_label("Chercher un énoncé").fill("avis ponctuel")
    page.get_by_text("pour « avis ponctuel »").wait_for()
    assert page.locator("#enonces li").count() < 15
    assert page.locator("#enonces li").first.is_visible()
    examiner(page, "textes-001-recherche")


def test_un_enonce_mene_a_ce_qui_le_porte(page: Any, examiner: Examiner) -> None:
    assert page.goto("/textes/s1-mce").status == 200
    assert "majoration MCE passant de" in page.locator("blockquote").first.inner_text()
    assert page.locator("main a[href='/bareme/MCE']").count() >= 1
    examiner(page, "textes-enonce")
    page.get_by_role("link", name="MCE en endocrinologie").click()
    assert page.locator("h1").inner_text() == "MCE en endocrinologie"
    assert "Non tranché" in page.locator("main").inner_text()
    examiner(page, "textes-contradiction")


def test_une_contradiction_d_autres_textes_montre_ses_passages(page: Any, examiner: Examiner) -> None:
    assert page.goto("/textes/gestes-complementaires").status == 200
    dit = page.locator("main").inner_text()
    assert "Les passages en cause" in dit
    assert "Les énoncés en cause" not in dit
    assert page.locator("blockquote").count() == 4
    assert "y compris les gestes complémentaires" in page.locator("blockquote").first.inner_text()
    examiner(page, "textes-contradiction-passages")


def test_un_passage_d_un_autre_document_a_son_adresse(page: Any, examiner: Examiner) -> None:
    page.goto("/textes/ameli_av6")
    passage = page.locator("article.passage").first.get_attribute("id")
    assert page.goto(f"/textes/{passage}").status == 200
    assert page.url.endswith(f"/textes/ameli_av6#{passage}")
    assert page.locator(f"[id='{passage}'] blockquote").is_visible()
    examiner(page, "textes-cite")


def test_un_texte_inconnu_se_dit(page: Any, examiner: Examiner) -> None:
    assert page.goto("/textes/s1-mcee").status == 404
    assert "s1-mce\N{NO-BREAK SPACE}»" in page.locator("[role=alert]").inner_text()
    examiner(page, "textes-inconnu")
    page.get_by_role("link", name="Ouvrir s1-mce").click()
    assert page.url.endswith("/textes/s1-mce")


def test_chaque_domaine_a_son_titre() -> None:
    assert {e.domaine for e in charger_registre().enonces.values()} == set(DOMAINES)
