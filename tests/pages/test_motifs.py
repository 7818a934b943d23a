"""Les pages Motifs : le catalogue, une fiche et ses exemples, les erreurs courantes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from opposable.portes import python as api
from opposable.portes.web import exemples

Examiner = Callable[[Any, str], None]


def test_le_catalogue_est_groupe_et_se_cherche(page: Any, examiner: Examiner) -> None:
    tous = api.motifs()["motifs"]
    assert page.goto("/motifs").status == 200
    assert page.locator("#compte").inner_text() == f"{len(tous)} motifs"
    assert page.locator("#catalogue li").count() == len(tous)
    examiner(page, "motifs")
    page.get_by_label("Motif", exact=True).fill("parcours")
    page.get_by_text(re.compile(r"^\d motifs$")).wait_for()
    assert page.locator("a[href='/motifs/PARCOURS_EXIGE']").is_visible()
    assert page.locator("#catalogue li").count() < 10


def test_l_acte_et_la_gravite_filtrent(page: Any, examiner: Examiner) -> None:
    page.goto("/motifs")
    page.get_by_label("Acte").fill("mcg")
    page.get_by_label("Gravité").select_option("Refus")
    page.get_by_role("button", name="Chercher").click()
    assert "acte=mcg" in page.url
    attendus = api.motifs(acte="MCG", gravite="erreur")["motifs"]
    assert page.locator("#catalogue li").count() == len(attendus)
    assert "que peut porter MCG" in page.locator("#compte").inner_text()
    assert page.get_by_label("Gravité").input_value() == "erreur"
    examiner(page, "motifs-filtres")


@pytest.mark.parametrize(("adresse", "champ"), [("?acte=GXX", "acte"), ("?gravite=grave", "gravite")])
def test_un_filtre_faux_se_dit_a_cote_du_champ(page: Any, examiner: Examiner, adresse: str, champ: str) -> None:
    assert page.goto(f"/motifs{adresse}").status == 422
    fautif = page.locator(f"#{champ}")
    assert fautif.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{fautif.get_attribute('aria-describedby')}").is_visible()
    examiner(page, f"motifs-faute-{champ}")


def test_une_fiche_dit_comment_reparer_et_montre_le_motif(page: Any, examiner: Examiner) -> None:
    page.goto("/motifs")
    page.locator("a[href='/motifs/AGE_NON_CONFORME']").click()
    assert page.url.endswith("/motifs/AGE_NON_CONFORME")
    tete = page.locator("main dl").first.inner_text()
    assert "Vérifier la date de naissance" in tete
    faux, juste = page.locator("#faux"), page.locator("#juste")
    assert "Non facturable" in faux.inner_text()
    assert "MEG" in faux.locator(".alerte").inner_text()
    assert "10 février 2020" in faux.inner_text()
    assert "Conforme aux règles codées à cette date" in juste.inner_text()
    assert page.locator("a[href='/bareme/MEG']").count() >= 1
    examiner(page, "motif")


def test_un_exemple_se_change_et_se_cote(page: Any, examiner: Examiner) -> None:
    page.goto("/motifs/AGE_NON_CONFORME")
    faux = page.locator("#faux")
    faux.locator("summary").click()
    saisie = faux.get_by_label("Entrée JSON de l'exemple faux")
    saisie.fill(saisie.input_value().replace("2020-02-10", "2022-02-10"))
    faux.get_by_role("button", name="Coter cette entrée").click()
    assert page.url.endswith("/motifs/AGE_NON_CONFORME#faux")
    faux = page.locator("#faux")
    assert "Conforme aux règles codées" in faux.locator(".alerte").inner_text()
    saisie = faux.get_by_label("Entrée JSON de l'exemple faux")
    assert "2022-02-10" in saisie.input_value()
    saisie.fill('{"date": "2026-02-10", "actes": [{"code": "GXX"}]}')
    faux.get_by_role("button", name="Coter cette entrée").click()
    saisie = page.locator("#faux").get_by_label("Entrée JSON de l'exemple faux")
    assert saisie.get_attribute("aria-invalid") == "true"
    assert "GXX" in page.locator("#faux [role=alert]").inner_text()
    examiner(page, "motif-saisie")


def test_un_motif_a_beaucoup_de_regles(page: Any, examiner: Examiner) -> None:
    page.goto("/motifs/TEXTE_NON_TRANCHE")
    page.locator("details.suite summary").last.click()
    examiner(page, "motif-long")
    page.goto("/motifs/ENGAGEMENT_NON_TENU")
    assert page.locator("#faux .alerte").inner_text().startswith("Calculé")
    examiner(page, "motif-dispositif")


def test_un_motif_inconnu_nomme_le_plus_proche(page: Any, examiner: Examiner) -> None:
    assert page.goto("/motifs/AGE_NON_CONFORM").status == 404
    page.get_by_role("link", name="Ouvrir AGE_NON_CONFORME").click()
    assert page.url.endswith("/motifs/AGE_NON_CONFORME")
    assert page.goto("/motifs/erreurs/99").status == 404
    examiner(page, "motif-inconnu")


def test_les_erreurs_courantes(page: Any, examiner: Examiner) -> None:
    page.goto("/motifs/erreurs")
    assert page.locator("ol.erreurs > li").count() == 27
    texte = page.locator("main").inner_text().lower()
    assert "fraude" not in texte
    assert "indu" not in re.findall(r"\w+", texte)
    examiner(page, "erreurs")
    page.locator("a[href='/motifs/erreurs/15']").click()
    assert page.locator("section.exemple").count() == 2 * len(api.erreurs_frequentes("15")["erreurs"][0]["exemples"])
    examiner(page, "erreur-15")
    a_venir = [e["numero"] for e in api.erreurs_frequentes()["erreurs"] if e["statut"] == "a_venir"]
    assert len(a_venir) < 5, a_venir
    for numero in a_venir:
        page.goto(f"/motifs/erreurs/{numero}")
        assert "pas encore" in page.locator("main dl").first.inner_text()
        examiner(page, f"erreur-{numero}")


def test_chaque_exemple_se_dit_et_montre_son_motif() -> None:
    for motif in api.motifs()["motifs"]:
        fiche = api.motifs(motif["code"])["fiche"]
        for sorte in ("juste", "faux"):
            exemple = fiche[f"exemple_{sorte}"]
            if exemple is None:
                continue
            montre = exemples.montrer((), exemple, motif["code"])
            assert montre["resultat"]["obtenu"] is (sorte == "faux"), motif["code"]
            ecrits = sum(len(v) if isinstance(v, dict) else 1 for c, v in exemple["entree"].items()
                         if c not in {"actes", "historique"})  # fmt: skip
            assert len(montre["faits"]) == ecrits, motif["code"]
            assert not any("_" in valeur for _, valeur in montre["faits"]), montre["faits"]
