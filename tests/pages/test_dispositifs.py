"""Les pages des dispositifs : la liste, chaque formulaire né de sa description, la réponse, les fautes situées."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import opposable
from opposable.portes import python as api
from opposable.portes.web import dispositifs
from opposable.portes.web.trajectoire import dessiner

CORPUS = api.corpus()


def demander(adresse: str, envoi: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Le statut, la page, et le nom du fichier offert."""
    corps = None if envoi is None else urllib.parse.urlencode(envoi).encode()
    try:
        with urllib.request.urlopen(adresse, corps) as reponse:  # noqa: S310 - le serveur des essais
            return reponse.status, reponse.read().decode(), reponse.headers.get("content-disposition", "")
    except urllib.error.HTTPError as refus:
        return refus.code, refus.read().decode(), ""


@pytest.mark.parametrize("nom", sorted(CORPUS.dispositifs))
def test_l_exemple_de_chaque_dispositif_passe_par_son_formulaire(nom: str, serveur: str) -> None:
    """Rempli, puis relu, l'exemple se calcule comme dit ; la page qui le montre répond."""
    dispositif = CORPUS.dispositifs[nom]
    champs = dispositifs.remplir(dispositif, dispositif.exemple)
    attendu = opposable.calculer(nom, {**dispositif.exemple, "id": ""})
    assert opposable.calculer(nom, dispositifs.lire(dispositif, champs)) == attendu
    statut, rendue, _ = demander(f"{serveur}/dispositifs/{nom}", champs)
    assert statut == 200
    assert 'id="resultat"' in rendue


def test_la_liste_les_a_tous_et_se_cherche(serveur: str) -> None:
    tous = demander(f"{serveur}/dispositifs")[1]
    assert all(f'href="/dispositifs/{nom}"' in tous for nom in CORPUS.dispositifs)
    trouves = demander(f"{serveur}/dispositifs?recherche=caim")[1]
    assert 'href="/dispositifs/caim"' in trouves
    assert 'href="/dispositifs/donum"' not in trouves
    assert "Aucun dispositif" in demander(f"{serveur}/dispositifs?recherche=zzz")[1]


def test_un_nom_inconnu(serveur: str) -> None:
    for envoi in (None, {"annee": "2026"}):
        assert demander(f"{serveur}/dispositifs/caimm", envoi)[0] == 404


def test_une_faute_est_situee_et_rien_n_est_perdu(serveur: str) -> None:
    """La deuxième ligne du tableau (la troisième du texte collé) a un âge illisible."""
    collee = "age;ald;nombre\n7 à 74 ans;non;10\nvieux;non;3"
    dits = {"annee": "2026", "medecin.secteur": "1", "patients": collee}
    statut, rendue, _ = demander(f"{serveur}/dispositifs/fmt", dits)
    assert statut == 422
    assert "patients, ligne 3, age" in rendue
    assert "vieux;non;3" in rendue


def test_le_cas_se_garde(serveur: str) -> None:
    dit = '{"annee": 2026}'
    statut, garde, fichier = demander(f"{serveur}/dispositifs/fmt/cas.json", {"cas": dit})
    assert (statut, json.loads(garde), fichier) == (200, {"annee": 2026}, 'attachment; filename="fmt.json"')


def test_les_echeances_vont_dans_un_agenda(serveur: str) -> None:
    """Le calendrier d'une sanction : autant d'entrées que d'échéances, chacune dite indicative."""
    cas = CORPUS.dispositifs["sanction"].exemple
    reponse = opposable.calculer("sanction", dict(cas))
    statut, agenda, fichier = demander(f"{serveur}/dispositifs/sanction/echeances.ics", {"cas": json.dumps(cas)})
    assert (statut, fichier) == (200, 'attachment; filename="sanction.ics"')
    assert agenda.count("BEGIN:VEVENT") == len(reponse["echeancier"]) > 0
    assert agenda.replace("\r\n ", "").count("indicative") >= len(reponse["echeancier"])


def test_une_trajectoire_se_dessine_avec_ses_trous() -> None:
    """Trois années, une valeur absente : la ligne a deux points, jamais un zéro."""
    sortie = {
        "libelle": "Trajectoire", "graphique": {"x": "annee", "y": ["cible"]},
        "colonnes": [{"nom": "annee", "type": "entier", "libelle": "Année"},
                     {"nom": "cible", "type": "nombre", "libelle": "Cible"}],
    }  # fmt: skip
    rangees = [{"annee": 2024, "cible": "1000"}, {"annee": 2025, "cible": None}, {"annee": 2026, "cible": "1040.4"}]
    image = dessiner(sortie, rangees)
    assert image is not None
    assert image.count("<circle") == 2
    assert "<script" not in image
    assert "style=" not in image
    assert dessiner(sortie, rangees[:1]) is None
    assert dessiner({**sortie, "graphique": None}, rangees) is None


@pytest.mark.deux_tailles
def test_la_page_d_un_dispositif(page: Any, examiner: Callable[[Any, str], None]) -> None:
    page.goto("/dispositifs")
    examiner(page, "dispositifs")
    page.get_by_role("link", name="Le contrat d'aide à l'installation").click()
    page.get_by_role("link", name="Remplir avec un exemple").first.click()
    page.get_by_role("button", name="Calculer", exact=True).click()
    page.wait_for_selector("#resultat")
    assert "26 250,00 €" in page.locator(".total-annee").inner_text().replace("\u202f", " ").replace("\xa0", " ")
    examiner(page, "dispositif-resultat")
