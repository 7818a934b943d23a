"""Ce que toutes les pages ont en commun : la barre, le pied, l'erreur, le clavier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opposable.portes.web.rendu import RUBRIQUES


def test_la_barre_mene_a_chaque_rubrique(page: Any) -> None:
    for adresse, nom, _ in RUBRIQUES:
        assert page.goto(adresse).status == 200, adresse
        courante = page.locator("nav [aria-current=page]")
        assert courante.inner_text() == nom
        assert page.locator("h1").count() == 1, adresse


def test_le_pied_dit_l_independance_et_le_corpus(page: Any) -> None:
    page.goto("/")
    pied = page.locator("footer").inner_text()
    assert "indépendant de l'Assurance maladie et des syndicats" in pied
    assert "seul responsable de sa cotation" in pied
    assert "corpus arrêté au" in pied


def test_une_adresse_inconnue_a_sa_page(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto("/nulle-part").status == 404
    assert page.locator("h1").inner_text() == "Page introuvable"
    examiner(page, "introuvable")


def test_le_clavier_saute_au_contenu(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
