"""Le tiers payant et ce qu'une réponse en dit ; ce qui repose sur la presse, le tarif comme le taux."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import opposable

BASE: dict[str, Any] = {
    "date": "2026-02-10",
    "medecin": {"specialite": "medecine_generale", "secteur": "1"},
    "patient": {"age": "45 ans"},
    "contexte": {"role": "medecin_traitant"},
    "actes": [{"code": "G"}],
}


def cotee(**blocs: Any) -> dict[str, Any]:
    """La réponse pour la facture de base où ces blocs sont complétés, ou remplacés s'ils ne sont pas des tables."""
    facture = {**BASE}
    for nom, valeur in blocs.items():
        facture[nom] = {**BASE[nom], **valeur} if isinstance(valeur, dict) else valeur
    return opposable.coter(facture)


def motifs(reponse: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """Les motifs de ce code, toutes lignes confondues."""
    return [m for ligne in reponse["lignes"] for m in ligne["motifs"] if m["code"] == code]


def test_rien_a_verifier_sans_raison() -> None:
    tiers = cotee()["tiers_payant"]
    assert tiers["raisons"] == []
    assert [s["autorite"] for s in tiers["sources"]] == ["texte"]


def test_ce_qui_manque_est_dit() -> None:
    tiers = cotee(date="2018-06-15", patient={"exonerations": ["acs"]})["tiers_payant"]
    assert tiers["avance_patient"] is None
    assert tiers["raisons"] == ["il manque : contrat complémentaire sélectionné au titre de l'ACS"]


def test_ce_que_les_textes_ne_disent_pas_est_dit() -> None:
    tiers = cotee(patient={"exonerations": ["invalidite"]})["tiers_payant"]
    assert tiers["part_obligatoire"] == "inconnu"
    assert len(tiers["raisons"]) == 1
    assert "ne la disent pas" in tiers["raisons"][0]


def test_deux_obligations_sur_la_meme_facture_sont_nommees() -> None:
    actes = [{"code": "G", "lien_ald": "non"}, {"code": "APC", "lien_ald": "oui"}]
    (raison,) = cotee(patient={"exonerations": ["ald"]}, actes=actes)["tiers_payant"]["raisons"]
    assert raison.endswith("(G : facultatif, APC : obligatoire)")


def test_la_trace_dit_les_tables_et_les_lignes_choisies() -> None:
    trace = cotee(patient={"exonerations": ["c2s"]})["trace"]["tiers_payant"]
    assert [(t["code"], t["ligne"]) for t in trace] == [
        ("G", "tiers_payant_obligatoire.c2s.2019-11-01"),
        ("G", "tiers_payant_complementaire.c2s.2019-11-01"),
        ("G", "versement_complementaire.general.origine"),
    ]


@pytest.mark.parametrize(
    ("exonerations", "contexte"),
    [
        ([], {}),
        (["c2s"], {}),
        (["ald"], {}),
        (["ame"], {}),
        ([], {"parcours": "hors_parcours", "role": "autre"}),
        (["c2s"], {"parcours": "hors_parcours", "role": "autre"}),
    ],
)
def test_le_tiers_payant_ne_change_rien_a_ce_qui_est_rembourse(
    exonerations: list[str], contexte: dict[str, str]
) -> None:
    """Le remboursement suit les étapes de la ligne et la participation, quelle que soit l'obligation."""
    total = cotee(patient={"exonerations": exonerations}, contexte=contexte, actes=[{"code": "G", "lien_ald": "oui"}])
    part, participation, rembourse = (
        Decimal(total["total"][cle]) for cle in ("part_obligatoire", "participation_forfaitaire", "remboursement")
    )
    assert rembourse == part - participation


COUTEUX = """\
surcouche: {nom: couteux, libelle: "Un acte coûteux", date: 2026-01-01}
documents:
  doc-couteux: {titre: Un document, autorite: presse, adresse: ici, lu_le: 2026-01-01, verifie_le: 2026-01-01}
passages:
  pas-couteux: {document: doc-couteux, lieu: ici, extrait: "un tarif"}
actes: {G: {tarifs: {remplace: {G.2024-12-22: {du: 2024-12-22, montant: TARIF, source: pas-couteux}}}}}
"""


@pytest.mark.parametrize(("tarif", "attendue"), [("120.00", "obligatoire"), ("119.99", "facultatif")])
def test_un_acte_au_seuil_des_actes_lourds_oblige_au_tiers_payant(tmp_path: Path, tarif: str, attendue: str) -> None:
    """Une consultation fictive au seuil : 120,00 − 84,00, le patient avance 36,00 ; ce n'est pas un acte technique."""
    chemin = tmp_path / "couteux.yaml"
    chemin.write_text(COUTEUX.replace("TARIF", tarif), encoding="utf-8")
    tiers = opposable.coter(BASE, surcouches=[chemin])["tiers_payant"]
    assert tiers["part_obligatoire"] == attendue
    assert tiers["avance_patient"] == ("36.00" if attendue == "obligatoire" else "119.99")


def test_un_acte_lourd_laisse_sa_participation_au_patient() -> None:
    """HHFA001, 176,79 € : la caisse verse 176,79 − 24,00 = 152,79, le patient avance la participation."""
    medecin = {"specialite": "chirurgie_viscerale", "secteur": "1"}
    contexte = {"role": "autre", "parcours": "dans_le_parcours"}
    tiers = cotee(date="2026-02-10", medecin=medecin, contexte=contexte, actes=[{"code": "HHFA001"}])["tiers_payant"]
    assert tiers["part_obligatoire"] == "obligatoire"
    assert (tiers["verse_caisse"], tiers["avance_patient"]) == ("152.79", "24.00")


def test_un_taux_de_presse_avertit_comme_un_tarif_de_presse() -> None:
    reponse = cotee(patient={"exonerations": ["at_mp"]}, actes=[{"code": "G", "lien_at_mp": "oui"}])
    (motif,) = motifs(reponse, "SOURCE_PRESSE")
    assert motif["message"] == "G : valeur fondée sur la presse, faute de texte lu (le taux de remboursement, 100 %)."
    assert motif["effet"] == "aucun"


def test_un_tarif_et_un_taux_de_textes_n_avertissent_pas() -> None:
    assert motifs(cotee(), "SOURCE_PRESSE") == []


def test_un_tarif_et_un_taux_de_presse_avertissent_une_seule_fois() -> None:
    reponse = cotee(
        date="2020-06-15",
        patient={"age": "8 ans"},
        contexte={"examen_obligatoire": "sans_certificat"},
        actes=[{"code": "COB"}],
    )
    (motif,) = motifs(reponse, "SOURCE_PRESSE")
    assert "(le tarif, 25,00 € ; le taux de remboursement, 100 %)" in motif["message"]


def test_le_taux_d_une_ligne_refusee_n_avertit_pas() -> None:
    reponse = cotee(
        patient={"exonerations": ["at_mp"]},
        actes=[{"code": "G", "honoraires": "40.00", "nature_depassement": "libre", "lien_at_mp": "oui"}],
    )
    assert reponse["statut"] == "refusee"
    assert motifs(reponse, "SOURCE_PRESSE") == []


def test_un_taux_inconnu_ne_cite_que_ce_qui_le_changerait() -> None:
    reponse = cotee(contexte={"role": "autre"})
    (motif,) = motifs(reponse, "TAUX_INCONNU")
    assert "contexte.parcours" in motif["faits"]
    assert "naissance" not in motif["message"]
    assert not [f for f in motif["faits"] if f.startswith(("patient.date", "patient.age"))]


def test_un_taux_inconnu_cite_la_naissance_quand_l_age_n_est_pas_dit() -> None:
    reponse = cotee(patient={"age": "15 ans", "mt_declare": "en_cours"}, contexte={"role": "autre"})
    assert motifs(reponse, "TAUX_INCONNU") == []
    facture = {**BASE, "patient": {}, "contexte": {"role": "autre"}}
    (motif,) = motifs(opposable.coter(facture), "TAUX_INCONNU")
    assert "patient.date_naissance" in motif["faits"]
