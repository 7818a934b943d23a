"""Ce que des lots tirés au hasard ne montrent pas : faits constants, recodages, surcouches, factures lourdes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lots.comparer import comparer, controle, lire

from opposable.droit.corpus import Corpus, charger
from opposable.droit.erreurs import ErreurEntree
from opposable.lots.controler import Demande
from opposable.lots.encodage import Codage
from opposable.lots.resolution import Resolution
from opposable.portes import python as api

ENTETE = "facture,ligne,date,code,honoraires,specialite,secteur,role\n"
MAPPAGE = """version: 1
facture: facture
ligne: ligne
faits:
  facture.date: date
  acte.code: {code}
  acte.honoraires: {{colonne: honoraires, unite: euros}}
  medecin.specialite: specialite
  medecin.secteur: secteur
  contexte.role: role
{faits}"""
SURCOUCHE = """surcouche: {{nom: essai, libelle: Essai, date: 2026-01-01, auteur: essai}}
documents:
  essai: {{titre: Essai, autorite: officiel, lu_le: 2026-01-01, verifie_le: 2026-12-31}}
passages:
  essai: {{document: essai, lieu: nulle part, extrait: essai}}
{corps}"""


def _lot(dossier: Path, lignes: list[str], faits: str = "", code: str = "code") -> Path:
    import duckdb

    source, lot = dossier / "lot.csv", dossier / "lot.parquet"
    source.write_text(ENTETE + "".join(f"{ligne}\n" for ligne in lignes), encoding="utf-8")
    with duckdb.connect() as base:
        base.execute(f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{lot}' (FORMAT parquet)")
    (dossier / "lot.mappage.yaml").write_text(MAPPAGE.format(code=code, faits=faits), encoding="utf-8")
    return lot


def _pareils(corpus: Corpus, demande: Demande, dossier: Path) -> list[dict[str, object]]:
    controle(corpus, demande, dossier)
    bilan = comparer(corpus, demande, dossier / "sortie")
    assert bilan.lignes > 0
    assert not bilan.differentes, bilan.differentes
    return lire(dossier / "sortie" / "lignes.parquet", "ORDER BY facture, ligne")


def _corpus(dossier: Path, corps: str) -> Corpus:
    fichier = dossier / "surcouche.yaml"
    fichier.write_text(SURCOUCHE.format(corps=corps), encoding="utf-8")
    return charger(surcouches=[fichier])


@pytest.mark.parametrize("strict", [False, True])
def test_une_quantite_constante_compte_l_argent(strict: bool, tmp_path: Path) -> None:
    """G à 60,00 € en quantité 2 : tarif 2 × 30,00 = 60,00, part obligatoire 60,00 × 0,70 = 42,00."""
    lignes = ["F1,1,2026-02-10,G,60.00,medecine_generale,1,medecin_traitant"]
    dits = '  acte.quantite: {valeur: "2"}\n  medecin.territoire: {valeur: metropole}\n'
    lot = _lot(tmp_path, lignes, dits)
    (ligne,) = _pareils(api.corpus(), Demande(lot, strict=strict), tmp_path)
    assert str(ligne["tarif"]) == "60.00"
    if not strict:
        assert (str(ligne["part_obligatoire"]), str(ligne["depassement"])) == ("42.00", "0.00")


def test_un_code_recode_vers_un_code_non_couvert_est_dit(tmp_path: Path) -> None:
    lot = _lot(
        tmp_path,
        ["F1,1,2026-02-10,G,30.00,medecine_generale,1,medecin_traitant"],
        code="{colonne: code, valeurs: {G: GL}}",
    )
    with pytest.raises(ErreurEntree, match="couvert"):
        controle(api.corpus(), Demande(lot), tmp_path)


def test_une_facture_lourde_n_a_pas_de_remboursement_invente(tmp_path: Path) -> None:
    """Cinq G, 150,00 € : la participation sur les actes lourds n'est pas calculée, le remboursement reste inconnu."""
    lot = _lot(
        tmp_path, ["F1,1,2026-02-10,G,150.00,medecine_generale,1,medecin_traitant"], '  acte.quantite: {valeur: "5"}\n'
    )
    (ligne,) = _pareils(api.corpus(), Demande(lot), tmp_path)
    assert ligne["remboursement"] is None
    assert str(ligne["part_obligatoire"]) == "105.00"


def test_une_surcouche_qui_lit_la_coordination_est_suivie_sans_depassement(tmp_path: Path) -> None:
    corpus = _corpus(
        tmp_path,
        """actes:
  ZZA:
    libelle: Acte d'essai
    nature: acte
    familles: [consultation]
    tarifs: [{du: 2026-01-01, montant: 30.00, source: essai}]
    conditions: [{refuse_si: {facture.coordination: oui}, motif: COORDINATION_ET_DA, source: essai}]
""",
    )
    lignes = [f"F{n},{r},2026-02-10,{c},{h},dermatologie,1,correspondant" for n, r, c, h in
              [(1, 1, "ZZA", "30.00"), (1, 2, "MCS", "5.00"), (2, 1, "ZZA", "30.00")]]  # fmt: skip
    statuts = [ligne["statut"] for ligne in _pareils(corpus, Demande(_lot(tmp_path, lignes)), tmp_path)]
    assert statuts[0] == "refusee"
    assert statuts[2] == "acceptee"


def test_une_table_par_fait_que_les_colonnes_ne_suivent_pas_est_dite(tmp_path: Path) -> None:
    corps = """tables:
  participation_plafond_annee:
    lignes:
      ajoute:
        - nom: drom
          sauf_de: base
          du: 2026-01-01
          cellule: {medecin.territoire: groupe:drom}
          montant: 40.00
          source: essai
"""
    lot = _lot(tmp_path, ["F1,1,2026-02-10,G,30.00,medecine_generale,1,medecin_traitant"])
    with pytest.raises(ErreurEntree, match="participation_plafond_annee"):
        controle(_corpus(tmp_path, corps), Demande(lot), tmp_path)


def test_une_facture_au_tarif_est_opposable_sans_depassement() -> None:
    """Toutes les lignes au tarif : ni DA ni DE, aucun plafond à respecter ; la coordination, elle, dépend des codes."""
    corpus = api.corpus()
    resolution = Resolution(corpus, Codage(corpus, ["acte.honoraires"], corpus.actes))
    assert resolution.sans_depassement(corpus.actes) == {
        "facture.opposable": "oui", "facture.da": "non", "facture.de": "non", "facture.plafond_da_respecte": "oui",
    }  # fmt: skip
