"""La page Périmètre : les comptes viennent du corpus, les mots protègent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opposable.portes import python as api
from opposable.rendu.domaines import FAMILLES

Examiner = Callable[[Any, str], None]


def test_le_perimetre_dit_ce_qui_est_couvert_et_ce_qui_ne_l_est_pas(page: Any, examiner: Examiner) -> None:
    corpus = api.corpus()
    assert page.goto("/perimetre").status == 200
    texte = page.locator("main").inner_text()
    supplements = sum(acte.supplement for acte in corpus.actes.values())
    assert f"{len(corpus.actes) - supplements} actes et {supplements} majorations" in texte
    for mot in ("sages-femmes", "Saint-Barthélemy", "garantie de paiement", "SESAM-Vitale", "HAS", "Ségur", "0BSD"):
        assert mot in texte, mot
    for code in corpus.non_couverts:
        assert page.locator("dt.code", has_text=code).count() >= 1
    for nom in corpus.dispositifs:
        assert page.locator(f"#dispositif-{nom}").is_visible()
    page.locator("#actes + details > summary").click()
    assert page.locator(".familles a.code").count() == len(corpus.actes)
    examiner(page, "perimetre")


def test_une_erreur_se_signale_avec_son_code(page: Any, examiner: Examiner) -> None:
    page.goto("/perimetre?code=MCE&le=2026-02-10#signaler")
    signalement = page.locator("main pre").inner_text()
    assert "Code : MCE" in signalement
    assert api.corpus().empreinte in signalement
    assert page.goto("/perimetre?le=demain").status == 422
    assert page.locator("[role=alert]").is_visible()
    examiner(page, "perimetre-faute")


def test_chaque_famille_a_son_titre() -> None:
    assert api.corpus().familles == set(FAMILLES)
