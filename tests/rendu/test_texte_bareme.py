from __future__ import annotations

import copy
import re
from datetime import date
from typing import Any

import pytest
from tests.rendu.fabrique import TEXTE, rendre, une_ligne, une_reponse

import opposable
from opposable.rendu import texte

TARIF: dict[str, Any] = {
    "id": "CS.psy.2024-12-22",
    "cellule": "Spécialité : psychiatre",
    "du": "2026-01-01",
    "au": "2027-01-01",
    "prevu_du": "2025-07-01",
    "effectif_du": "2026-01-01",
    "report": "suspension-2025",
    "montant": "52.00",
    "manquant": None,
    "sources": [TEXTE],
}
ACTE: dict[str, Any] = {
    "code": "CS",
    "libelle": "Consultation au cabinet du spécialiste",
    "nature": "acte",
    "familles": ["consultation"],
    "du": "2011-07-25",
    "au": None,
    "tarifs": [TARIF],
    "conditions": [{"texte": "Le médecin est spécialiste.", "motif": "SPECIALITE", "du": None, "au": None}],
    "s_ajoute_a": ["famille consultation longue"],
    "incompatible_avec": ["G"],
    "frequences": [
        {"texte": "1 au plus par an", "compte": ["CS", "G"], "du": None, "au": "2022-04-01", "sources": [TEXTE]}
    ],
}


def un_bareme(*actes: dict[str, Any], **change: Any) -> dict[str, Any]:
    reponse = une_reponse(une_ligne()) | {"le": "2026-02-10", "calendrier": "effectif", "actes": list(actes)}
    return copy.deepcopy(reponse | change)


def une_fiche(acte: dict[str, Any], **change: Any) -> str:
    return rendre(texte.bareme, un_bareme(acte, fiche=True, **change))


class TestBareme:
    def test_un_acte_par_ligne(self) -> None:
        rendu = rendre(texte.bareme, un_bareme(ACTE, ACTE | {"code": "G", "tarifs": [TARIF | {"montant": "30.00"}]}))
        assert rendu.startswith("Barème au 10 février 2026\n")
        assert re.search(r"^CS +Consultation .* 52,00 € +01/01/2026", rendu, re.MULTILINE)
        assert re.search(r"^G +Consultation .* 30,00 €", rendu, re.MULTILINE)

    def test_le_tarif_commun_passe_avant_les_cas_particuliers(self) -> None:
        tarifs = [TARIF | {"cellule": None, "montant": "26.50"}, TARIF | {"montant": "52.00"}]
        rendu = rendre(texte.bareme, un_bareme(ACTE | {"tarifs": tarifs}))
        assert re.search(r"^CS .* 26,50 € \+ cas ", rendu, re.MULTILINE)
        assert "« + cas » : le montant dépend de la situation" in rendu

    def test_un_tarif_unique_n_annonce_pas_d_autre_cas(self) -> None:
        assert "+ cas" not in rendre(texte.bareme, un_bareme(ACTE))

    def test_plusieurs_tarifs_donnent_les_bornes_dans_l_ordre_des_montants(self) -> None:
        tarifs = [TARIF | {"montant": montant} for montant in ("100.00", "26.50", "9.00")]
        assert "9,00 € à 100,00 €" in rendre(texte.bareme, un_bareme(ACTE | {"tarifs": tarifs}))

    def test_un_tarif_manquant_n_est_jamais_zero(self) -> None:
        manquant = TARIF | {"montant": None, "manquant": "annexe 10 non publiée"}
        assert "non publié" in rendre(texte.bareme, un_bareme(ACTE | {"tarifs": [manquant]}))
        fiche = une_fiche(ACTE | {"tarifs": [manquant]})
        assert "non publié (annexe 10 non publiée)" in fiche
        assert "0,00" not in fiche

    def test_la_fiche_dit_tarif_conditions_incompatibilites_et_frequence(self) -> None:
        rendu = une_fiche(ACTE)
        for attendu in (
            "CS : Consultation au cabinet du spécialiste\n",
            "  52,00 € · Spécialité : psychiatre · du 1er janvier 2026 au 1er janvier 2027 exclu (1)\n",
            "    annoncé : 52,00 € au 1er juillet 2025 (reporté)\n",
            "  - Le médecin est spécialiste. [SPECIALITE]\n",
            "S'ajoute à\n  famille consultation longue\n",
            "Incompatible avec\n  G\n",
            "Fréquence\n  - 1 au plus par an, G compris (jusqu'au 1er avril 2022 exclu) (1)\n",
            "Sources\n  (1) Convention médicale 2024 · art. 28.1 · « la consultation est valorisée à 30 euros »\n",
        ):
            assert attendu in rendu

    def test_la_fiche_dit_la_lettre_transmise_et_les_notes(self) -> None:
        rendu = une_fiche(ACTE | {"lettre_transmise": "MCX", "notes": "Une fois."})
        assert "Lettre transmise à la caisse : MCX" in " ".join(rendu.split())
        assert "Notes\n  Une fois.\n" in rendu
        sans = une_fiche(ACTE | {"lettre_transmise": None, "notes": None})
        assert "transmise" not in sans
        assert "Notes" not in sans

    def test_un_bareme_annonce_le_dit(self) -> None:
        assert "Tarif annoncé, non appliqué" in rendre(texte.bareme, un_bareme(ACTE, calendrier="prevu"))
        assert "non appliqué" not in rendre(texte.bareme, un_bareme(ACTE))

    def test_les_changements_montrent_avant_apres_et_nouveaute(self) -> None:
        changement = {
            "code": "CS",
            "libelle": "Consultation",
            "id": "CS.psy.2024-12-22",
            "le": "2026-01-01",
            "avant": "50.00",
            "apres": "52.00",
            "cellule": "Spécialité : psychiatre",
            "sources": [TEXTE],
        }
        reponse = un_bareme() | {"entre": ["2025-12-31", "2026-01-01"]}
        reponse["changements"] = [changement, changement | {"code": "XX", "avant": None, "apres": "5.00"}]
        rendu = rendre(texte.bareme, reponse)
        assert "Ce qui change entre le 31 décembre 2025 et le 1er janvier 2026\n" in rendu
        assert re.search(r"01/01/2026 +CS +Consultation.* 50,00 € +52,00 €", rendu)
        assert re.search(r"XX +Consultation.* — +5,00 € +1$", rendu, re.MULTILINE)
        assert rendu.count("(1) Convention médicale 2024 · art. 28.1") == 1
        assert max(len(ligne.rstrip()) for ligne in rendre(texte.bareme, reponse, 80).splitlines()) <= 80

    def test_aucun_changement_se_dit(self) -> None:
        reponse = un_bareme() | {"entre": ["2025-01-01", "2025-01-02"], "changements": []}
        assert "Aucun changement." in rendre(texte.bareme, reponse)


@pytest.mark.parametrize("largeur", [80, 120])
@pytest.mark.parametrize(
    "options",
    [
        {"code": "G"},
        {"code": "MCX"},
        {"code": "CS"},
        {"code": "COE", "historique": True},
        {"code": "taux_remboursement"},
        {"code": "pédiatre"},
        {"profil": {"specialite": "12", "secteur": "1"}},
        {"entre": (date(2023, 12, 31), date(2026, 6, 1))},
        {"historique": True},
    ],
    ids=str,
)
def test_le_vrai_bareme_tient_dans_la_largeur(options: dict[str, Any], largeur: int) -> None:
    rendu = rendre(texte.bareme, opposable.bareme(**options), largeur)
    assert max(map(len, rendu.splitlines())) <= largeur
    assert "None" not in rendu


def test_les_situations_sont_une_liste_et_les_sources_a_la_fin() -> None:
    rendu = rendre(texte.bareme, opposable.bareme("MCX", le=date(2026, 2, 10)), 120)
    assert re.search(r"^      · Première consultation pour tuberculose \(\d+\)$", rendu, re.MULTILINE)
    assert rendu.index("Conditions\n") < rendu.index("Notes\n") < rendu.index("Sources\n")
    assert rendu.count("non publié") == 1, "les territoires sans source se disent en une fois"
    coe = rendre(texte.bareme, opposable.bareme("COE", le=date(2026, 2, 10)))
    assert "Taux de remboursement propre à l'acte\n  100 % · depuis le 1er mai 2017 · source : presse (" in coe
    ccp = rendre(texte.bareme, opposable.bareme("CCP", le=date(2026, 2, 10)))
    assert "Tiers payant\n  obligatoire" in ccp
    cso = rendre(texte.bareme, opposable.bareme("CSO", le=date(2026, 2, 10)))
    assert "  Lettre transmise à la caisse : CCX\n" in cso
    gs = rendre(texte.bareme, opposable.bareme("GS", le=date(2026, 2, 10)))
    assert "  Remplacé par : G\n" in gs
    assert "Aucun tarif ce jour-là." in gs
