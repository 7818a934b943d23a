"""Les tarifs comptent : en altérer un d'un centime change la réponse, et de ce centime seulement."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import opposable
from opposable.droit import temps
from opposable.droit.corpus import Corpus
from opposable.droit.table import EFFECTIF, PREVU

TERRITOIRES = ("metropole", "guadeloupe", "martinique", "guyane", "reunion", "mayotte")
DROITS = (("oui", "non", "non"), ("non", "non", "non"), ("non", "oui", "non"), ("non", "non", "oui"))
"""La maîtrise des dépassements, la CMU-C, l'ACS."""
SPECIALITES = ("cardiologie", "geriatrie", "gynecologie_medicale", "medecine_physique_readaptation")


def reponses(corpus: Corpus, code: str) -> dict[tuple[object, ...], object]:
    """Le tarif de l'acte pour chaque territoire, chaque spécialité d'essai et chaque jour où il change."""
    tarifs = corpus.actes[code].tarifs
    return {
        (calendrier, jour, territoire, specialite, droits): tarifs.choisir(
            {
                "medecin.territoire": territoire,
                "medecin.specialite": specialite,
                "medecin.maitrise": droits[0],
                "patient.exonerations.cmuc": droits[1],
                "patient.exonerations.acs": droits[2],
                "patient.age_mois": 600,
            }.get,
            jour,
            calendrier,
        ).valeur
        for calendrier in (EFFECTIF, PREVU)
        for jour in tarifs.bornes(calendrier)
        for territoire in TERRITOIRES
        for specialite in SPECIALITES
        for droits in DROITS
    }


@pytest.mark.parametrize(("code", "fichier"), [("G", "generalistes.yaml"), ("CS", "specialistes.yaml")])
def test_alterer_un_montant_ecrit_d_un_centime_change_le_tarif_choisi(atelier: Any, code: str, fichier: str) -> None:
    """Tous les montants des tarifs de l'acte, départements d'outre-mer compris, l'un après l'autre."""
    texte = atelier.lit(f"actes/{fichier}")
    debut = re.search(rf"^{code}:$", texte, re.MULTILINE)
    assert debut is not None
    fin = re.compile(r"^  (?!tarifs)\w+:|^\w+:", re.MULTILINE).search(texte, texte.index("  tarifs:", debut.end()) + 2)
    assert fin is not None
    montants = list(
        re.compile(r"montant: (\d+\.\d\d)").finditer(texte, texte.index("  tarifs:", debut.end()), fin.start())
    )
    assert len(montants) >= 6
    avant = reponses(atelier.charge(), code)
    for montant in montants:
        altere = f"{Decimal(montant[1]) + Decimal('0.01'):.2f}"
        atelier.ecrit(f"actes/{fichier}", f"{texte[: montant.start(1)]}{altere}{texte[montant.end(1) :]}")
        apres = reponses(atelier.charge(), code)
        ecarts = {apres[cas] - avant[cas] for cas in avant if apres[cas] != avant[cas]}  # type: ignore[operator]
        assert ecarts == {1}, montant


def facture(jour: int) -> dict[str, Any]:
    """Un adulte vu par son médecin traitant, généraliste de secteur 1."""
    return {
        "date": temps.iso(jour),
        "medecin": {"specialite": "medecine_generale", "secteur": "1"},
        "patient": {"age": "45 ans"},
        "contexte": {"role": "medecin_traitant"},
        "actes": [{"code": "G"}],
    }


@pytest.mark.parametrize("du", ["2017-05-01", "2023-11-01", "2024-12-22"])
def test_alterer_un_tarif_de_g_d_un_centime_change_la_cotation(corpus: Corpus, tmp_path: Path, du: str) -> None:
    ligne = next(ligne for ligne in corpus.actes["G"].tarifs.lignes if ligne.id == f"G.{du}")
    assert isinstance(ligne.valeur, int)
    altere = Decimal(ligne.valeur + 1) / 100
    chemin = tmp_path / "centime.yaml"
    chemin.write_text(
        "surcouche: {nom: centime, libelle: Un centime, date: 2026-01-01}\n"
        f"actes: {{G: {{tarifs: {{remplace: {{G.{du}: {{du: {du}, montant: {altere:.2f}, source: s1-mmg}}}}}}}}}}\n",
        encoding="utf-8",
    )
    avant = opposable.coter(facture(ligne.du))["lignes"][0]
    apres = opposable.coter(facture(ligne.du), surcouches=[chemin])["lignes"][0]
    for champ in ("tarif", "honoraires", "base_remboursement"):
        assert Decimal(apres[champ]) - Decimal(avant[champ]) == Decimal("0.01")
        assert Decimal(apres[champ]) == altere
