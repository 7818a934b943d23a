"""La page Périmètre : les comptes viennent du corpus, les mots protègent."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ccam.fabrique import acte, ecrire, rangees, souples

from opposable.ccam import importer
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


def test_une_version_importee_apres_le_demarrage_est_vue(
    serveur: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Le serveur n'a pas à redémarrer : l'API, la recherche de Coter et cette page voient la version aussitôt."""
    pytest.importorskip("duckdb")
    pytest.importorskip("filelock")
    monkeypatch.setenv("OPPOSABLE_DONNEES", str(tmp_path))

    def lire(adresse: str) -> str:
        with urllib.request.urlopen(f"{serveur}{adresse}", timeout=20) as reponse:  # noqa: S310 - notre serveur
            return str(reponse.read().decode())

    with pytest.raises(urllib.error.HTTPError, match="404"):
        lire("/v1/bareme/ZZAA001")
    assert "Aucune version n'est importée" in lire("/perimetre")
    for version, du in ((900, "01/01/2026"), (903, "01/03/2026")):
        fichier = ecrire(tmp_path, rangees(acte("ZZAA001", texte="Ablation imaginaire"), version=version, du=du))
        importer.importer(fichier, regles=souples())
    assert json.loads(lire("/v1/bareme/ZZAA001?le=2026-03-01"))["actes"][0]["tarifs"]
    assert "ZZAA001" in lire("/coter/actes?cherche=ablation+imaginaire")
    assert "2 versions manquent entre la 900 et la 903" in lire("/perimetre")


def test_chaque_famille_a_son_titre() -> None:
    assert api.corpus().familles == set(FAMILLES)
