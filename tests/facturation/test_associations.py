"""Les gestes complémentaires au-delà du nombre d'actes : ce qu'une surcouche, ou une lecture du texte, y change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.droit.corpus import charger
from opposable.facturation.association import GESTE

FACTURE: dict[str, Any] = {
    "date": "2026-02-10",
    "medecin": {"specialite": "chirurgie_viscerale", "secteur": "1"},
    "patient": {"age": "60 ans"},
    "contexte": {"role": "autre", "parcours": "dans_le_parcours"},
    "actes": [{"code": "KCFA005"}, {"code": "ZZQA002"}, {"code": "ZZQL010"}],
}
SURCOUCHE = """\
surcouche: {{nom: gestes, libelle: Une lecture du texte, date: 2026-11-22, auteur: essais}}
documents:
  essai_gestes: {{titre: "Texte fictif", autorite: officiel, lu_le: 2026-11-22, verifie_le: 2026-11-22}}
passages:
  essai-gestes: {{document: essai_gestes, lieu: Essai, extrait: "un extrait fictif"}}
tables:
  ccam_gestes_comptes: {{lignes: {{remplit: {{ccam_gestes_comptes.origine: {{valeur: {mot}, source: essai-gestes}}}}}}}}
"""


@pytest.mark.parametrize(
    ("mot", "statut", "motifs"), [("non", "acceptee", []), ("oui", "refusee", ["ASSOCIATION_TROP_D_ACTES"])]
)
def test_une_surcouche_tranche(tmp_path: Path, mot: str, statut: str, motifs: list[str]) -> None:
    """Un acte et deux gestes : trois en comptant les gestes, deux au plus ; le moins cher, 28,35, est de trop."""
    chemin = tmp_path / "gestes.yaml"
    chemin.write_text(SURCOUCHE.format(mot=mot), encoding="utf-8")
    reponse = opposable.coter(FACTURE, surcouches=[chemin])
    assert reponse["statut"] == statut
    vus = {ligne["code"]: [m["code"] for m in ligne["motifs"] if m["effet"] != "aucun"] for ligne in reponse["lignes"]}
    assert vus == {"KCFA005": [], "ZZQA002": motifs, "ZZQL010": []}


def test_le_doute_cite_les_deux_lectures() -> None:
    reponse = opposable.coter(FACTURE)
    (motif,) = [m for m in reponse["lignes"][1]["motifs"] if m["effet"] == "a_verifier"]
    assert "deux actes" in motif["message"]
    autorites = [source["autorite"] for source in motif["sources"]]
    assert autorites == ["officiel", "officiel", "officiel", "presse"]


def test_le_chapitre_distingue_un_geste_d_un_supplement() -> None:
    """Le chapitre 18.02 est celui des gestes complémentaires, 19.02 celui des suppléments."""
    corpus = charger()
    assert GESTE in corpus.actes["ZZQA002"].familles
    assert GESTE not in corpus.actes["YYYY490"].familles
    assert "supplement_technique" in corpus.actes["YYYY490"].familles


def test_un_geste_refuse_ne_compte_pas() -> None:
    """L'appendicectomie n'admet pas l'échographie peropératoire : refusée, elle ne prend la place de rien."""
    actes = [{"code": "HHFA001"}, {"code": "ZZQA002"}, {"code": "ZZQL010"}]
    reponse = opposable.coter(FACTURE | {"actes": actes})
    vus = [[m["code"] for m in ligne["motifs"] if m["effet"] != "aucun"] for ligne in reponse["lignes"]]
    assert vus == [[], ["SUPPLEMENT_HORS_LISTE"], ["SUPPLEMENT_HORS_LISTE"]]


def test_les_sources_d_un_geste_viennent_de_sa_table() -> None:
    """Code 2 sur un geste : le passage cité est celui de la ligne qui donne le taux plein."""
    actes = [{"code": "KCFA005"}, {"code": "ZZQL010", "association": "2"}]
    reponse = opposable.coter(FACTURE | {"actes": actes})
    (motif,) = [m for m in reponse["lignes"][1]["motifs"] if m["effet"] == "refuse"]
    lues = charger().tables["ccam_association_geste"].lignes[0].sources
    assert motif["sources"] == [passage.en_dict() for passage in lues]
