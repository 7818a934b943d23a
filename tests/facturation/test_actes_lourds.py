"""La participation sur les actes lourds aux bornes du seuil : des actes fictifs, les règles du corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.droit import temps
from opposable.droit.corpus import charger
from opposable.droit.table import EFFECTIF

ACTES = """\
surcouche: {nom: lourds, libelle: Des actes fictifs autour du seuil, date: 2026-11-22, auteur: essais}
documents:
  essai_lourds: {titre: "Texte fictif", autorite: officiel, lu_le: 2026-11-22, verifie_le: 2026-11-22}
passages:
  essai-lourds: {document: essai_lourds, lieu: Essai, extrait: "un extrait fictif"}
actes:
"""
TARIFS = {"A": "119.99", "B": "120.00", "C": "60.00", "D": "59.99"}
EXO = {"1": 1, "2": 2, "5": 5}


@pytest.fixture(scope="module")
def actes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ZAZA001 : 119,99 € et code 1 ; ZBZB002 : 120,00 € et code 2 ; ainsi de suite."""
    texte = ACTES
    for lettre, tarif in TARIFS.items():
        for exo in EXO:
            texte += (
                f"  Z{lettre}Z{lettre}00{exo}:\n    comme: ccam.technique\n    libelle: Acte fictif\n"
                f'    chapitre: "01.01"\n    versions:\n'
                f"      - {{version: 81, opposable: {tarif}, autre: {tarif}, "
                f'exoneration: "{exo}", source: essai-lourds}}\n'
            )
    chemin = tmp_path_factory.mktemp("lourds") / "lourds.yaml"
    chemin.write_text(texte, encoding="utf-8")
    return chemin


def cote(surcouche: Path, *codes: str, **autres: Any) -> dict[str, Any]:
    """La facture de ces actes en 2026, chacun avec son code association."""
    lignes = [{"code": code, "association": str(min(rang, 2))} for rang, code in enumerate(codes, 1)]
    facture = {
        "date": "2026-02-10",
        "medecin": {"specialite": "chirurgie_viscerale", "secteur": "1"},
        "patient": {"age": "40 ans"},
        "contexte": {"role": "autre", "parcours": "dans_le_parcours"},
        "actes": lignes if len(lignes) > 1 else [{"code": codes[0]}],
    }
    return opposable.coter(facture | autres, surcouches=[surcouche])


@pytest.mark.parametrize("exo", ["1", "2"])
def test_le_seuil_est_atteint_a_120_euros(actes: Path, exo: str) -> None:
    """R. 322-8 : « un tarif égal ou supérieur à 120 euros ». 119,99 × 0,70 = 83,993, soit 83,99."""
    sous, au = cote(actes, f"ZAZA00{exo}"), cote(actes, f"ZBZB00{exo}")
    assert (sous["lignes"][0]["taux"], sous["lignes"][0]["part_obligatoire"]) == ("0.70", "83.99")
    assert sous["total"]["participation_actes_lourds"] == "0.00"
    assert (au["lignes"][0]["taux"], au["lignes"][0]["ticket_moderateur"]) == ("1.00", "0.00")
    assert au["total"]["participation_actes_lourds"] == "24.00"


def test_le_code_5_n_est_pas_exonere_par_le_seuil(actes: Path) -> None:
    reponse = cote(actes, "ZBZB005")
    assert reponse["lignes"][0]["taux"] == "0.70"
    assert reponse["total"]["participation_actes_lourds"] == "0.00"


def test_les_tarifs_de_code_1_s_additionnent(actes: Path) -> None:
    """119,99 + 60,00 × 0,50 = 149,99 : les deux actes sont exonérés, la participation est due une fois."""
    reponse = cote(actes, "ZAZA001", "ZCZC001")
    assert [ligne["tarif"] for ligne in reponse["lignes"]] == ["119.99", "30.00"]
    assert [ligne["taux"] for ligne in reponse["lignes"]] == ["1.00", "1.00"]
    assert reponse["total"]["participation_actes_lourds"] == "24.00"


def test_l_addition_atteint_le_seuil_au_centime(actes: Path) -> None:
    """60,00 + 59,99 × 0,50 = 60,00 + 30,00 (29,995 arrondi) = 90,00 : sous le seuil."""
    reponse = cote(actes, "ZCZC001", "ZDZD001")
    assert [ligne["tarif"] for ligne in reponse["lignes"]] == ["60.00", "30.00"]
    assert [ligne["taux"] for ligne in reponse["lignes"]] == ["0.70", "0.70"]
    assert reponse["total"]["participation_actes_lourds"] == "0.00"


def test_les_tarifs_de_code_2_se_comparent_seuls(actes: Path) -> None:
    """119,99 et 30,00, comparés chacun au seuil : aucun ne l'atteint."""
    reponse = cote(actes, "ZAZA002", "ZCZC002")
    assert [ligne["taux"] for ligne in reponse["lignes"]] == ["0.70", "0.70"]
    assert reponse["total"]["participation_actes_lourds"] == "0.00"


def test_un_acte_de_code_2_n_exonere_que_lui(actes: Path) -> None:
    """120,00 seul au seuil ; le second garde son ticket modérateur ; une participation."""
    reponse = cote(actes, "ZBZB002", "ZCZC002")
    assert [ligne["taux"] for ligne in reponse["lignes"]] == ["1.00", "0.70"]
    assert reponse["total"]["participation_actes_lourds"] == "24.00"


def test_deux_actes_lourds_ne_la_doivent_qu_une_fois(actes: Path) -> None:
    """120,00 et 119,99 × 0,50 = 60,00, de code 1."""
    reponse = cote(actes, "ZBZB001", "ZAZA001")
    assert [ligne["taux"] for ligne in reponse["lignes"]] == ["1.00", "1.00"]
    assert reponse["total"]["participation_actes_lourds"] == "24.00"


def test_un_second_acte_en_doute_laisse_le_seuil_inconnu(actes: Path) -> None:
    """119,99 certains ; avec le second, dont le code association n'est pas dit, le seuil est peut-être atteint."""
    facture = {"actes": [{"code": "ZAZA001", "association": "1"}, {"code": "ZCZC001"}]}
    reponse = cote(actes, "ZAZA001", "ZCZC001", **facture)
    assert reponse["lignes"][0]["taux"] is None
    assert reponse["total"]["participation_actes_lourds"] is None


@pytest.mark.parametrize(
    ("jour", "montant"),
    [("2018-12-31", 1800), ("2019-01-01", 2400), ("2026-03-31", 2400), ("2026-04-01", None)],
)
def test_le_montant_date(jour: str, montant: int | None) -> None:
    """18 € ; décret 2018-1257 : 24 € au 1er janvier 2019 ; « 32 € » d'avril 2026 : presse, sans jour ni texte."""
    choisie = charger().tables["participation_actes_lourds"].choisir(lambda _: None, temps.jour(jour), EFFECTIF)
    assert choisie.valeur == montant
    assert bool(choisie.ligne and choisie.ligne.manquant) is (montant is None)
