"""Les actes techniques dans un lot : mêmes tarifs, mêmes refus, mêmes participations que facture par facture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lots.comparer import comparer, controle, lire
from tests.lots.imaginaires import Imaginaires
from tests.lots.techniques import Techniques

from opposable.droit.corpus import Corpus, charger

pytest.importorskip("duckdb")
CORPUS = charger()


def _parite(corpus: Corpus, lot: Techniques, dossier: Path, factures: int, *, strict: bool = False) -> set[str]:
    from opposable.lots.controler import Demande

    demande = Demande(dossier / "lot.parquet", strict=strict, ecarter=True)
    lot.ecrire(demande.lot, factures)
    controle(corpus, demande, dossier)
    bilan = comparer(corpus, demande, dossier / "sortie")
    assert not bilan.differentes, bilan.differentes[:5]
    lot.comparees = bilan.lignes
    return {motif for ligne in lire(dossier / "sortie" / "lignes.parquet") for motif in ligne["motifs"]}


@pytest.mark.parametrize(
    ("graine", "connus", "strict"), [(1, 0.3, False), (2, 0.9, True), (3, 0.9, False), (4, 1.0, False), (5, 0.6, True)]
)
def test_les_actes_de_l_extrait(
    graine: int, connus: float, strict: bool, tmp_path: Path, comparees: Callable[[str, int], None]
) -> None:
    lot = Techniques(CORPUS, graine, connus=connus)
    motifs = _parite(CORPUS, lot, tmp_path, 500, strict=strict)
    comparees("scalaire et duckdb (actes techniques)", lot.comparees)
    assert motifs >= {
        "MODIFICATEUR_NON_PREVU", "MODIFICATEUR_NON_OUVERT", "MODIFICATEURS_TROP_NOMBREUX", "ASSOCIATION_NON_JUSTIFIEE",
        "ASSOCIATION_ORDRE", "ASSOCIATION_TROP_D_ACTES", "MODIFICATEUR_URGENCE_EN_DOUBLE", "ACTES_INCOMPATIBLES",
        "VERSION_CCAM_ABSENTE", "SUPPLEMENT_HORS_LISTE", "URGENCE_EXIGEE", "TEXTE_NON_TRANCHE",
    }  # fmt: skip


def test_les_actes_d_une_version_importee(tmp_path: Path, comparees: Callable[[str, int], None]) -> None:
    """Des actes imaginaires, qu'un magasin donne : activités, exonérations, absences d'une version, conditions."""
    corpus = charger(magasin=Imaginaires(120))
    lot = Techniques(corpus, 6, connus=0.9, actes=sorted(Imaginaires(120).codes()))
    motifs = _parite(corpus, lot, tmp_path, 800)
    comparees("scalaire et duckdb (actes importés)", lot.comparees)
    assert motifs >= {
        "CODE_HORS_PERIODE", "ACCORD_PREALABLE_EXIGE", "CONDITIONS_DE_REMBOURSEMENT", "ACTE_NON_PRIS_EN_CHARGE",
        "SPECIALITE_NON_HABILITEE", "CUMUL_NON_VERIFIE", "MODIFICATEUR_A_VERIFIER",
    }  # fmt: skip


@pytest.mark.parametrize(("graine", "connus"), [(7, 1.0), (8, 0.8)])
def test_des_actes_que_seuls_leurs_tarifs_distinguent(
    graine: int, connus: float, tmp_path: Path, comparees: Callable[[str, int], None]
) -> None:
    """Un acte répond pour ceux de même forme : chacun garde son tarif, sa base, sa place au regard du seuil."""
    magasin = Imaginaires(96, graine, 12, varies=True)
    corpus = charger(magasin=magasin)
    lot = Techniques(corpus, graine, connus=connus, actes=sorted(magasin.codes()), seuls=0.7)
    motifs = _parite(corpus, lot, tmp_path, 1500)
    comparees("scalaire et duckdb (actes de même forme)", lot.comparees)
    assert motifs >= {"CODE_HORS_PERIODE", "MODIFICATEUR_NON_PREVU", "VERSION_CCAM_ABSENTE", "ACTES_INCOMPATIBLES"}


def test_un_acte_qui_repond_pour_d_autres_ne_change_rien(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Le même lot, ses actes résolus ensemble puis un à un : les mêmes fichiers, montants en jeu et sommes compris."""
    from opposable.lots import controler
    from opposable.lots.controler import Demande
    from opposable.lots.partages import Partages

    magasin = Imaginaires(96, 9, 12, varies=True)
    corpus = charger(magasin=magasin)
    lot = Techniques(corpus, 9, connus=1.0, actes=sorted(magasin.codes()), seuls=0.7)
    lot.ecrire(tmp_path / "lot.parquet", 800)
    fichiers, cles = [], []
    for nom, ensemble in (("ensemble", True), ("un_a_un", False)):
        if not ensemble:
            monkeypatch.setattr(controler, "partages", lambda corpus, _: Partages(corpus, {}))
        (tmp_path / nom).mkdir()
        controle(corpus, Demande(tmp_path / "lot.parquet", ecarter=True), tmp_path / nom)
        sortie = tmp_path / nom / "sortie"
        lignes = [{c: v for c, v in ligne.items() if c != "reponse"} for ligne in lire(sortie / "lignes.parquet")]
        autres = [lire(sortie / f"{f}.parquet") for f in ("anomalies", "sommes", "frequences", "participations")
                  if (sortie / f"{f}.parquet").exists()]  # fmt: skip
        fichiers.append([sorted(map(repr, rangees)) for rangees in (lignes, *autres)])
        cles.append(json.loads((sortie / "manifeste.json").read_text("utf-8"))["cles"])
    assert fichiers[0] == fichiers[1]
    assert cles[0]["tarifs partagés"] > 50
    assert "tarifs partagés" not in cles[1]
