"""L'ordre des lignes d'une facture ne dit rien : ni un lot ni un logiciel ne le gardent."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.facturation.test_proprietes import RAPIDE, SOMMES, factures

import opposable
from opposable import ErreurEntree


@RAPIDE
@given(facture=factures(), ordre=st.randoms(use_true_random=False))
def test_l_ordre_des_lignes_ne_change_rien(facture: dict[str, Any], ordre: Any) -> None:
    """Un lot ne dit pas l'ordre des lignes d'une facture : chaque ligne a la même réponse où qu'elle soit."""
    try:
        droite = opposable.coter(facture)
    except ErreurEntree:
        assume(False)
    rangs = list(range(len(facture["actes"])))
    ordre.shuffle(rangs)
    melee = opposable.coter({**facture, "actes": [facture["actes"][rang] for rang in rangs]})

    def vue(ligne: dict[str, Any]) -> dict[str, Any]:
        montants = {cle: ligne[cle] for cle in ("code", "statut", "taux", "depassement", *SOMMES, "tarif")}
        return {
            **montants,
            "motifs": sorted((m["code"], m["effet"], str(m["montant_en_jeu"])) for m in ligne["motifs"]),
        }

    assert [vue(droite["lignes"][rang]) for rang in rangs] == [vue(ligne) for ligne in melee["lignes"]]
    assert droite["total"] == melee["total"]
    assert droite["total_possible"] == melee["total_possible"]
