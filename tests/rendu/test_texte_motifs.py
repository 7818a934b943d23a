"""Le catalogue des motifs et les erreurs courantes, tels qu'ils se lisent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.rendu.fabrique import rendre

import opposable
from opposable.portes.python import corpus
from opposable.rendu import texte_motifs

ACCUSATIONS = re.compile(r"\b(fraud\w*|indu(?:s|e|es)?|fauti\w*|tricher\w*)\b", re.IGNORECASE)


@pytest.mark.parametrize("largeur", [80, 120])
def test_le_catalogue_tient_dans_la_largeur(largeur: int) -> None:
    rendu = rendre(texte_motifs.motifs, opposable.motifs(), largeur)
    assert max(map(len, rendu.splitlines())) <= largeur
    assert re.search(r"^CODE_HORS_PERIODE +refus +Code hors de sa période", rendu, re.MULTILINE)
    assert "Correction" not in rendu


@pytest.mark.parametrize("code", list(corpus().motifs))
def test_une_fiche_se_lit_et_n_accuse_personne(code: str) -> None:
    reponse = opposable.motifs(code)
    for largeur in (80, 120):
        rendu = rendre(texte_motifs.motifs, reponse, largeur)
        longues = [une for une in rendu.splitlines() if len(une) > largeur and " " in une.strip()]
        assert not longues
    assert not re.search(r"\bNone\b|\bTrue\b|\bFalse\b", rendu)
    assert not ACCUSATIONS.search(" ".join(_dits(reponse)))
    assert rendu.index("  Correction : ") < rendu.index("\nExemples\n")


def _dits(reponse: dict[str, Any]) -> list[str]:
    """Ce qu'un motif dit de lui-même ; les citations des textes gardent leurs mots."""
    motif = reponse["motifs"][0]
    return [str(motif[cle]) for cle in ("libelle", "message", "a_verifier", "correction", "exemple_faux")]


def test_une_fiche_dit_l_exemple_a_lancer_les_regles_et_les_sources() -> None:
    rendu = rendre(texte_motifs.motifs, opposable.motifs("KILOMETRES_EN_TROP"), 120)
    assert "  Gravité : refus ; ce motif refuse la ligne ou la laisse à vérifier.\n" in rendu
    assert '    opposable coter : {"date": "2026-02-10"' in rendu
    assert "  - IK : en plaine, l'abattement est de 4 km aller et retour (" in rendu
    assert "  - Distance parcourue, aller et retour (contexte.distance_km) : " in rendu
    assert rendu.index("Règles qui le posent") < rendu.index("Faits à connaître") < rendu.index("\nSources\n")
    prevu = rendre(texte_motifs.motifs, opposable.motifs("CALENDRIER_ANNONCE"))
    assert "opposable coter --prevu : " in prevu
    dispositif = rendre(texte_motifs.motifs, opposable.motifs("ENGAGEMENT_NON_TENU"), 120)
    assert "opposable calculer ratio_depassements : " in dispositif
    assert "  - dispositif ratio_depassements : " in dispositif
    liens = rendre(texte_motifs.motifs, opposable.motifs("SUPPLEMENT_INCOMPATIBLE"), 120)
    assert "Dans les actes : ce qui ne se facture pas ensemble\n" in liens
    assert "  - MD : MDN, MDI, MDD, famille urgence horaire, MU, famille pdsa (" in liens
    assert "TE2" not in liens
    assert "  - TE2 : " in rendre(texte_motifs.motifs, opposable.motifs("ACTES_INCOMPATIBLES"), 120)
    aucun = rendre(texte_motifs.motifs, opposable.motifs("TARIF_NON_PREVU"))
    assert "  Aucun : la preuve du corpus" in aucun


@pytest.mark.parametrize("largeur", [80, 120])
def test_les_erreurs_courantes(largeur: int) -> None:
    liste = rendre(texte_motifs.erreurs, opposable.erreurs_frequentes(), largeur)
    assert max(map(len, liste.splitlines())) <= largeur
    assert re.search(r"^16 +oui +G ou VG avec un dépassement", liste, re.MULTILINE)
    for numero in ("1", "14", "15", "27"):
        une = rendre(texte_motifs.erreurs, opposable.erreurs_frequentes(numero), largeur)
        longues = [x for x in une.splitlines() if len(x) > largeur and "http" not in x]
        assert not longues
        assert not ACCUSATIONS.search(une.partition("\nSources\n")[0])
        assert "nomalie à vérifier" in une
    assert "Reste : actes techniques de la CCAM" in rendre(texte_motifs.erreurs, opposable.erreurs_frequentes("6"), 120)


def test_un_catalogue_vide_se_dit() -> None:
    rien = opposable.motifs(acte="MEG", gravite="occasion")
    assert rien["motifs"] == []
    assert "Aucun motif." in rendre(texte_motifs.motifs, rien)
