"""La page « Ce qui change »."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

JANVIER = "du=2025-12-31&au=2026-01-01"


def test_sans_date_le_dernier_changement_connu(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto("/changements").status == 200
    assert page.locator("#champ-au").input_value() == "2026-01-01"
    assert page.locator("#champ-du").input_value() == "2025-12-31"
    assert "le dernier jour où des tarifs changent dans le corpus" in page.locator("main").inner_text()
    examiner(page, "changements")


def test_un_profil_en_metropole(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto(f"/changements?{JANVIER}&specialite=pediatrie&secteur=1&territoire=metropole")
    assert "tarifs changent" in page.locator(".bilan").inner_text()
    rangee = page.locator("tr", has=page.get_by_role("link", name="CEH", exact=True)).inner_text()
    plat = rangee.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    for dit in ("39,00 €", "40,00 €", "+ 1,00 €", "01/01/2026", "annoncé pour le 01/07/2025"):
        assert dit in plat, dit
    assert "non publié" not in plat
    examiner(page, "changements-profil")


def test_une_valeur_qui_manque_n_a_pas_de_difference(page: Any) -> None:
    page.goto(f"/changements?{JANVIER}&recherche=MAF&territoire=metropole")
    cellules = page.locator("table.changements tbody tr").first.locator("td").all_inner_texts()
    assert cellules[0] == "non publié"
    assert cellules[1].startswith("25,00")
    assert not cellules[2].strip()


def test_rien_ne_change(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/changements?du=2026-02-01&au=2026-03-01")
    assert page.locator(".bilan").inner_text() == "Rien ne change."
    examiner(page, "changements-rien")


@pytest.mark.parametrize(("adresse", "champ"), [
    ("/changements?du=2026-01-01&au=2025-01-01", "au"),
    ("/changements?du=2026-13-01", "du"),
    ("/changements?recherche=zzzz", "recherche"),
])  # fmt: skip
def test_une_faute_se_dit_a_cote_du_champ(
    page: Any, examiner: Callable[[Any, str], None], adresse: str, champ: str
) -> None:
    assert page.goto(adresse).status == 422
    assert page.locator(f"#champ-{champ}").get_attribute("aria-invalid") == "true"
    assert page.locator(f"#faute-{champ}").inner_text()
    examiner(page, f"changements-faute-{champ}")


def test_un_raccourci_garde_le_profil(page: Any) -> None:
    page.goto("/changements?specialite=cardiologie")
    page.get_by_role("link", name="22 décembre 2024").click()
    assert page.locator("#champ-au").input_value() == "2024-12-22"
    assert page.locator("#champ-du").input_value() == "2024-12-21"
    assert page.locator("#champ-specialite").input_value() == "cardiologie"


def test_l_export(page: Any) -> None:
    texte = page.request.get(f"/changements.csv?{JANVIER}&recherche=CEH&territoire=metropole").text()
    tarif = next(r for r in csv.DictReader(io.StringIO(texte)) if r["sorte"] == "tarif")
    assert (tarif["avant"], tarif["apres"]) == ("39.00", "40.00")
