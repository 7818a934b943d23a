"""Le barème : la liste, la recherche, la fiche d'un code, son graphique, ses exports."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from opposable.portes import python as api
from opposable.portes.web import escalier, familles
from opposable.rendu import domaines

LE = "le=2026-11-22"


def test_la_liste_du_jour(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto(f"/bareme?{LE}").status == 200
    rangee = page.locator("tr", has=page.get_by_role("link", name="G", exact=True))
    assert "30,00 €" in rangee.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    cs = page.locator("tr", has=page.get_by_role("link", name="CS", exact=True)).inner_text()
    assert "selon le cas" in cs
    assert page.get_by_text("codes connus, non couverts").count() == 1
    assert page.get_by_text("codes hors période ce jour-là").count() == 1
    examiner(page, "liste")


@pytest.mark.deux_tailles
def test_la_recherche_au_fil_de_la_frappe(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto(f"/bareme?{LE}")
    page.get_by_label("Un code ou un mot").press_sequentially("visite longue")
    page.get_by_role("heading", name=re.compile("« visite longue »")).wait_for()
    assert page.get_by_role("link", name="VL", exact=True).count() == 1
    assert page.locator("#compte").inner_text()
    examiner(page, "recherche")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bareme?recherche=visite*")
    assert page.get_by_role("link", name="VL", exact=True).count() == 1


def test_un_code_exact_mene_a_sa_fiche(page: Any) -> None:
    page.goto(f"/bareme?{LE}")
    page.get_by_label("Un code ou un mot").fill("g")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bareme/G?le=2026-11-22")


def test_une_recherche_sans_resultat_propose(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto(f"/bareme?recherche=pediatrr&{LE}").status == 200
    assert "Rien ne correspond" in page.locator("#resultats").inner_text()
    assert page.locator("#resultats a").count() >= 1
    examiner(page, "rien")


def test_une_date_impossible_se_dit_a_cote_du_champ(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto("/bareme?le=2026-02-30&recherche=visite&specialite=pediatrie").status == 422
    assert page.locator("#champ-specialite").input_value() == "pediatrie"
    champ = page.locator("#champ-le")
    assert champ.get_attribute("aria-invalid") == "true"
    assert champ.input_value() == "2026-02-30"
    assert page.locator("#champ-recherche").input_value() == "visite"
    assert "AAAA-MM-JJ" in page.locator("#faute-le").inner_text()
    examiner(page, "date-impossible")


def test_un_profil_ferme_des_codes_et_garde_les_liens(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto(f"/bareme?{LE}&specialite=pediatrie&secteur=1&territoire=reunion")
    assert "fermés à ce profil" in page.locator("#resultats").inner_text()
    lien = page.get_by_role("link", name="CEH", exact=True).get_attribute("href")
    assert "specialite=pediatrie" in lien
    assert "territoire=reunion" in lien
    page.get_by_text("Profil :").click()
    examiner(page, "profil")


@pytest.mark.parametrize("code", ["G", "CS", "MAF", "IK", "MHP"])
def test_une_fiche(page: Any, examiner: Callable[[Any, str], None], code: str) -> None:
    assert page.goto(f"/bareme/{code}?{LE}").status == 200
    assert page.locator("h1 .code").inner_text() == code
    page.locator(".escalier img").evaluate("image => image.decode()")
    examiner(page, f"fiche-{code}")


def test_la_fiche_dit_le_tarif_en_haut_et_son_histoire(page: Any) -> None:
    page.goto(f"/bareme/CEH?{LE}")
    assert page.locator(".premiere .prix").inner_text().replace("\N{NO-BREAK SPACE}", " ") == "40,00 €"
    assert "Annoncé pour le 1er juillet 2025" in page.locator(".premiere").inner_text()
    assert "39,00 €" in page.locator(".escalier img").get_attribute("alt")
    page.get_by_text("Une erreur dans ce tarif").click()
    texte = page.get_by_label("Un texte prêt à copier").input_value()
    assert "CEH.2025-07-01" in texte
    assert api.corpus().empreinte in texte


def test_le_calendrier_annonce_porte_son_bandeau_sur_chaque_ligne(
    page: Any, examiner: Callable[[Any, str], None]
) -> None:
    page.goto("/bareme/CEH?le=2025-08-01&prevu=oui")
    assert page.locator(".premiere .prix").inner_text().startswith("40,00")
    assert (
        page.locator(".valeurs > li").count()
        == page.locator(".valeurs > li .valeur .marque:has-text('non appliqué')").count()
    )
    examiner(page, "fiche-annoncee")
    page.goto("/bareme/CEH?le=2025-08-01")
    assert page.locator(".premiere .prix").inner_text().startswith("39,00")


def test_un_code_ferme_dit_quand_et_par_quoi(page: Any) -> None:
    page.goto(f"/bareme/MPC?{LE}")
    assert "Hors période" in page.locator(".statut").inner_text()
    carte = page.locator("section.carte").first.inner_text()
    assert "22 décembre 2024" in carte
    assert "3,50" in carte


def test_un_acte_ferme_au_profil(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto(f"/bareme/CEH?{LE}&specialite=medecine_generale")
    assert page.locator(".statut").inner_text().endswith("Fermé à ce profil")
    examiner(page, "fiche-fermee")


def test_un_code_non_couvert_et_un_code_inconnu(page: Any, examiner: Callable[[Any, str], None]) -> None:
    assert page.goto("/bareme/PEG").status == 404
    assert page.locator("main").get_by_role("link", name="MCX").count() == 1
    examiner(page, "non-couvert")
    assert page.goto("/bareme/zzzz").status == 404
    assert page.goto("/bareme/GL").status == 404
    assert page.locator("main").get_by_role("link", name="GL2").count() == 1


@pytest.mark.parametrize("nom", ["participation_forfaitaire", "taux_remboursement"])
def test_une_table_a_sa_fiche(page: Any, examiner: Callable[[Any, str], None], nom: str) -> None:
    assert page.goto(f"/bareme/{nom}?{LE}").status == 200
    examiner(page, f"table-{nom}")


def test_une_table_qui_ne_concerne_pas_le_profil(page: Any) -> None:
    assert page.goto(f"/bareme/tarif_autorite?{LE}&secteur=2").status == 200
    assert "ne concerne ce profil" in page.locator("main").inner_text()


def test_un_jour_hors_du_corpus_se_dit(page: Any) -> None:
    for adresse, dit in (("/bareme/G?le=2040-01-01", "arrêté au"), ("/bareme?le=2010-01-01", "Le corpus commence")):
        page.goto(adresse)
        assert dit in page.locator(".alerte.doute").inner_text()


def test_les_exports(page: Any) -> None:
    reponse = page.request.get(f"/bareme/G.csv?{LE}")
    rangees = list(csv.DictReader(io.StringIO(reponse.text())))
    assert {r["montant"] for r in rangees if r["territoire"] == "metropole"} >= {"25.00", "26.50", "30.00"}
    annonce = page.request.get("/bareme.csv?recherche=visite&prevu=oui")
    assert "annonce-non-applique" in annonce.headers["content-disposition"]
    assert page.request.get(f"/v1/bareme/G?{LE}&historique=oui").ok


def test_un_code_mal_ecrit_ne_casse_rien(page: Any) -> None:
    assert page.request.get("/bareme/%C4%B1k.csv").status == 200
    for adresse in ("/bareme/%00", "/bareme/%0A.csv", "/bareme/%22%3E%3Cscript%3E", f"/bareme/{'x' * 300}.svg"):
        assert page.request.get(adresse).status == 404, adresse


def test_le_graphique_n_a_ni_script_ni_hote(page: Any) -> None:
    for adresse in ("/bareme/MAF.svg", "/bareme/MAF.svg?etroit=oui&territoire=metropole"):
        reponse = page.request.get(adresse)
        assert reponse.headers["content-type"].startswith("image/svg+xml")
        assert reponse.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        texte = reponse.text()
        assert "<script" not in texte
        assert re.findall(r"https?://[^\"']+", texte) == ["http://www.w3.org/2000/svg"]
        assert "prefers-color-scheme" in texte
    assert page.request.get("/bareme/VNPSY.svg").status == 404


def _ligne(du: str | None, au: str | None, euros: str | None, cas: str | None = None) -> dict[str, Any]:
    return {"du": du, "au": au, "montant": euros, "cas": cas, "territoires": ["metropole"]}


def test_l_escalier_coupe_a_un_manquant_et_pointille_l_annonce() -> None:
    jours = [
        escalier.date.fromisoformat(j).toordinal() for j in ("2016-01-01", "2020-01-01", "2021-01-01", "2022-01-01")
    ]
    debut, coupe, report, fin = jours
    effectives = [
        _ligne(None, "2020-01-01", "10.00"),
        _ligne("2020-01-01", "2021-01-01", None),
        _ligne("2021-01-01", None, "25.00"),
    ]
    prevues = [_ligne(None, "2020-01-01", "10.00"), _ligne("2020-01-01", None, "25.00")]
    trace = escalier.escalier(effectives, prevues, "metropole", debut, fin)
    assert [(p.du, p.au, p.centimes) for p in trace.applique] == [
        (debut, coupe, 1000),
        (coupe, report, None),
        (report, fin, 2500),
    ]
    assert [(p.du, p.au, p.centimes) for p in trace.annonce] == [(coupe, report, 2500)]
    assert "aucun tarif connu du 1er janvier 2020 au 1er janvier 2021" in trace.en_mots()


def test_l_escalier_suit_le_cas_general_ou_le_seul_du_profil() -> None:
    debut, fin = (escalier.date(a, 1, 1).toordinal() for a in (2016, 2020))
    deux = [_ligne(None, None, "26.50"), _ligne(None, None, "37.00", "Spécialité : Gériatrie")]
    assert escalier.escalier(deux, deux, "metropole", debut, fin).applique[0].centimes == 2650
    seul = [_ligne(None, None, "37.00", "Spécialité : Gériatrie")]
    assert escalier.escalier(seul, seul, "metropole", debut, fin).applique[0].centimes == 3700
    assert escalier.escalier(seul, seul, "reunion", debut, fin).vide


def test_chaque_famille_du_corpus_a_son_nom() -> None:
    assert set(domaines.FAMILLES) == api.corpus().familles
    groupes = {nom for _, noms in (*familles.ACTES, *familles.SUPPLEMENTS) for nom in noms}
    assert groupes <= set(domaines.FAMILLES)
