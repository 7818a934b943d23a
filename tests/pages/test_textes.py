"""Les pages Textes : la couverture, un document, un énoncé, une contradiction, un passage cité."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from opposable.droit import temps
from opposable.droit.corpus import Vitrine
from opposable.droit.registre import charger_registre
from opposable.portes import python as api
from opposable.portes.web import textes_sommaire
from opposable.portes.web.textes_recherche import PAR_PAGE
from opposable.rendu.domaines import DOMAINES

Examiner = Callable[[Any, str], None]


def test_la_couverture_dit_les_comptes_et_les_contradictions(page: Any, examiner: Examiner) -> None:
    registre = charger_registre()
    assert page.goto("/textes").status == 200
    assert (
        f"{len(registre.enonces):,} énoncés".replace(",", "\N{NARROW NO-BREAK SPACE}")
        in page.locator("main").inner_text()
    )
    for statut in ("calcule", "manquant"):
        rangee = page.locator("table.sorts tr", has=page.locator(f".sort.{statut}")).inner_text()
        assert str(sum(e.statut == statut for e in registre.enonces.values())) in rangee
    assert page.locator("ul.documents > li").count() == 5
    assert page.locator("svg.barre[aria-label^='Ensemble']").count() == 1
    assert page.locator("ul.documents svg.barre").count() == 5
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
    page.goto("/textes?statut=contradictoire")
    contredits = [e for e in charger_registre().enonces.values() if e.statut == "contradictoire"]
    for enonce in contredits:
        rangee = page.locator("#enonces li", has=page.locator(f"> a[href='/textes/{enonce.id}']"))
        assert rangee.locator(f"a[href='/textes/{enonce.contradiction}']").count() == 1, enonce.id


def test_chercher_filtre_et_pagine_sur_le_serveur(page: Any, examiner: Examiner) -> None:
    calcules = [e for e in charger_registre().enonces.values() if e.statut == "calcule" and e.document == "003"]
    page.goto("/textes?statut=calcule&document=003&page=2")
    assert page.locator("#enonces ul.enonces > li").count() == PAR_PAGE
    assert f"26 à 50 sur {len(calcules)}" in page.locator("nav.pages").inner_text()
    assert page.locator("#enonces li > a").first.get_attribute("href") == f"/textes/{calcules[PAR_PAGE].id}"
    page.get_by_role("link", name="Suivants").click()
    assert "51 à 75" in page.locator("nav.pages").inner_text()
    page.goto("/textes?statut=calcule&document=003&page=999")
    assert page.get_by_role("link", name="Suivants").count() == 0
    assert page.locator("#enonces li > a").last.get_attribute("href") == f"/textes/{calcules[-1].id}"
    examiner(page, "textes-pages")


def test_chercher_se_fait_en_ecrivant(page: Any, examiner: Examiner) -> None:
    page.goto("/textes")
    assert page.locator("#enonces li").count() == 0
    page.get_by_label("Mots", exact=True).fill("diabete complique")
    page.get_by_text("pour « diabete complique »").wait_for()
    assert page.locator("#enonces li > a[href='/textes/s1-mce']").is_visible()
    page.get_by_label("Statut", exact=True).select_option("manquant")
    page.get_by_text("Aucun énoncé ne convient").wait_for()
    page.get_by_label("Mots", exact=True).fill("")
    page.get_by_role("heading", name="énoncés manquants").wait_for()
    examiner(page, "textes-recherche")


def test_htmx_ne_recoit_que_la_liste(page: Any) -> None:
    rendu = page.request.get("/textes?statut=calcule", headers={"HX-Request": "true"})
    assert rendu.status == 200
    assert "<html" not in rendu.text()
    assert rendu.text().count("<blockquote") == PAR_PAGE
    assert len(rendu.body()) < 50_000


def test_un_mecanisme_mene_a_ses_enonces_et_a_ses_dispositifs(page: Any, examiner: Examiner) -> None:
    registre = charger_registre()
    page.goto("/textes")
    assert page.locator("table.mecanismes tbody tr").count() == len(registre.systemes)
    siens = [i for i, numero in registre.rattachements.items() if numero == "53"]
    rangee = page.locator("tr", has=page.locator("#mecanisme-53"))
    assert rangee.locator("a[href='/dispositifs/delai_paiement']").is_visible()
    page.locator("#mecanisme-53 a").click()
    assert page.url.endswith("/textes?systeme=53#enonces")
    lus = [a.get_attribute("href").rpartition("/")[2] for a in page.locator("#enonces li > a").all()]
    assert lus == siens
    assert page.locator("#enonces > p a[href='/dispositifs/delai_paiement']").is_visible()
    page.locator("#enonces li", has_text="Porté par").first.locator("a").first.click()
    assert page.get_by_label("Référence").locator("a[href='/textes?systeme=53#enonces']").is_visible()
    assert page.locator("h2 + ul a[href='/dispositifs/delai_paiement']").is_visible()
    examiner(page, "textes-mecanisme")


def test_la_frise_est_celle_que_le_corpus_designe(page: Any) -> None:
    vitrine = api.corpus().frise
    assert vitrine is not None
    jour = temps.iso(api.corpus().arrete_au)
    rangees = api.calculer(vitrine.dispositif, {**vitrine.cas, "date": jour})["resultat"][vitrine.sortie]
    page.goto("/textes#frise")
    assert page.locator("ol.frise li").count() == len(rangees)
    derniere = page.locator("ol.frise li").last.inner_text()
    assert rangees[-1]["quand"] in derniere
    assert "convention médicale 2024-2029" in page.locator("#frise + p").inner_text()


def test_sans_frise_designee_la_partie_est_absente(monkeypatch: pytest.MonkeyPatch) -> None:
    ailleurs = Vitrine("absent", "frise", {})
    for dite in (None, ailleurs):
        autre = replace(api.corpus(), frise=dite)
        monkeypatch.setattr(api, "corpus", lambda _=(), autre=autre: autre)
        assert textes_sommaire.sommaire((), f"sans {dite}")["frise"] is None


@pytest.mark.parametrize(
    "adresse",
    [
        "/textes?statut=perdu", "/textes?page=0", "/textes?systeme=99", "/textes?document=009",
        "/textes/001?statut=perdu", "/textes/001?couleur=bleu",
    ],
)  # fmt: skip
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
