"""La frise : les tarifs qu'elle dit changer un jour sont ceux que le barème voit changer ce jour-là."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import opposable


@pytest.mark.parametrize("jour", ["2017-05-01", "2023-11-01", "2024-12-22", "2026-01-01"])
def test_les_tarifs_du_jour_sont_ceux_du_bareme(jour: str) -> None:
    dits = opposable.calculer("frise", {"date": jour})["resultat"]["tarifs"]
    veille = date.fromisoformat(jour) - timedelta(days=1)
    changements = opposable.bareme(entre=(veille, date.fromisoformat(jour)))["changements"]
    vus = {c["code"] for c in changements if c["sorte"] == "tarif"}
    effectifs = {ligne["code"] for ligne in dits if ligne["effectif"] == jour}
    assert vus
    assert vus <= effectifs


def test_une_etape_reportee_se_dit_aux_deux_dates() -> None:
    """Prévue le 1er juillet 2025, effective le 1er janvier 2026 : la même rangée est dite les deux jours."""
    prevu = opposable.calculer("frise", {"date": "2025-07-01"})["resultat"]["tarifs"]
    effectif = opposable.calculer("frise", {"date": "2026-01-01"})["resultat"]["tarifs"]
    reportes = [ligne for ligne in prevu if ligne["prevu"] != ligne["effectif"]]
    assert {"CEH", "COE", "MP"} <= {ligne["code"] for ligne in reportes}
    assert {ligne["effectif"] for ligne in reportes} == {"2026-01-01"}
    assert all(ligne in effectif for ligne in reportes)


def test_une_date_anterieure_au_corpus_est_permise_ici_seulement() -> None:
    assert opposable.calculer("frise", {"date": "1973-06-01"})["statut"] == "calcule"
    with pytest.raises(opposable.ErreurEntree, match="précède le corpus"):
        opposable.calculer("statut", {"date": "1973-06-01", "medecin": {"statut": "titulaire"}})
