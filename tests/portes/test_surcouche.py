"""``opposable surcouche`` : le modèle, la vérification, les exemples prêts, par l'API et par la commande."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import opposable
from opposable.droit.corpus import charger
from opposable.droit.typage_tables import _CLES_LIGNE
from opposable.portes import cli, cli_surcouche
from opposable.portes.modeles_surcouche import LigneEcrite, VerificationSurcouches

EXEMPLES = Path(__file__).resolve().parents[2] / "exemples"
REMPLIR = EXEMPLES / "surcouches" / "remplir_valeurs_manquantes.yaml"
REFORME = EXEMPLES / "surcouches" / "reforme_g_2027.yaml"
TOUTES = (EXEMPLES / "surcouche_maf_2025.yaml", REMPLIR, REFORME, cli_surcouche.MODELE)
FAUSSE = """\
surcouche: {nom: fausse, libelle: Fausse, date: 2026-11-22}
actes:
  G: {tarifs: {retire: [G.2024-12-23]}}
  GG: {tarifs: {retire: [a]}}
"""


@pytest.mark.parametrize("chemin", TOUTES, ids=lambda c: c.stem)
def test_les_exemples_et_le_modele_se_verifient_et_suivent_leur_schema(chemin: Path) -> None:
    dit = opposable.surcouche_verifier([chemin])
    VerificationSurcouches.model_validate(dit)
    jsonschema.validate(dit, opposable.schema("verification"))
    [une] = dit["verifiees"]
    assert une["avertissements"] == []
    assert "fictive" in chemin.read_text(encoding="utf-8").lower()
    lu = yaml.load(chemin.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 : que des textes
    jsonschema.validate(lu, opposable.schema("surcouche"))


def test_le_schema_de_la_surcouche_connait_les_cles_du_corpus() -> None:
    assert set(LigneEcrite.model_fields) == _CLES_LIGNE
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"surcouche": {"nom": "a"}}, opposable.schema("surcouche"))


def test_le_modele_montre_chaque_forme() -> None:
    [une] = opposable.surcouche_verifier([cli_surcouche.MODELE])["verifiees"]
    assert all(une["comptes"].values()), une["comptes"]
    assert {o["liste"] for o in une["operations"]} >= {"tarifs", "taux", "lignes", None}
    assert {o["genre"] for o in une["operations"]} == {"acte", "table"}
    assert any(v["territoire"] for o in une["operations"] if o["operation"] == "remplit" for v in o["valeurs"])
    assert {s["autorite"] for o in une["operations"] for v in o["valeurs"] for s in v["sources"]} >= {
        "officiel",
        "presse",
        "deduit",
    }
    dits = cli_surcouche.MODELE.read_text(encoding="utf-8")
    for mot in ("ajoute:", "remplace:", "remplit:", "retire:", "drom:", "cellule:", "sauf_de:", "equation:", "au"):
        assert mot in dits


def test_ensemble_les_exemples_ne_se_contredisent_pas() -> None:
    assert len(opposable.surcouche_verifier([REMPLIR, REFORME])["verifiees"]) == 2


def facture(jour: str, specialite: str, actes: list[dict[str, str]], **contexte: str) -> dict[str, Any]:
    return {
        "date": jour,
        "medecin": {"specialite": specialite, "secteur": "1", "territoire": contexte.pop("territoire", "metropole")},
        "patient": {"age": contexte.pop("age", "45 ans"), "exonerations": []},
        "contexte": contexte,
        "actes": actes,
    }


def test_la_valeur_remplie_cote_le_depistage_du_melanome() -> None:
    """54,00 × 70 % = 37,80 ; moins 2,00 de participation : 35,80 ; reste 54,00 - 35,80 = 18,20."""
    demande = facture(
        "2025-03-10", "dermatologie", [{"code": "CDE", "honoraires": "54.00"}],
        situation="depistage_melanome", parcours="dans_le_parcours", role="correspondant",
    )  # fmt: skip
    sans = opposable.coter(demande)
    assert (sans["statut"], sans["lignes"][0]["tarif"]) == ("a_verifier", None)
    avec = opposable.coter(demande, surcouches=[REMPLIR])
    assert (avec["statut"], avec["lignes"][0]["tarif"]) == ("acceptee", "54.00")
    assert (avec["total"]["part_obligatoire"], avec["total"]["remboursement"]) == ("37.80", "35.80")
    assert avec["total"]["reste_a_charge"] == "18.20"
    assert avec["surcouches"][0]["nom"] == "exemple-valeurs-manquantes"
    assert opposable.bareme("CDE", le=date(2025, 3, 10), surcouches=[REMPLIR])["actes"][0]["tarifs"][0]["montant"] == (
        "54.00"
    )


def test_la_valeur_d_outre_mer_remplie_cote_a_la_reunion() -> None:
    """G 36,00 × 70 % = 25,20 et MEG 5,00 × 70 % = 3,50 : 28,70, sans participation avant 18 ans."""
    actes = [{"code": "G", "honoraires": "36.00"}, {"code": "MEG", "honoraires": "5.00"}]
    demande = facture(
        "2025-03-10", "medecine_generale", actes, territoire="reunion", age="3 ans", role="medecin_traitant"
    )
    assert opposable.coter(demande)["statut"] == "a_verifier"
    avec = opposable.coter(demande, surcouches=[REMPLIR])
    assert (avec["statut"], avec["total"]["remboursement"]) == ("acceptee", "28.70")


@pytest.mark.parametrize(
    ("jour", "tarif", "rembourse", "reste"),
    [
        # 30,00 × 70 % = 21,00, moins 2,00 : 19,00 ; reste 11,00
        ("2026-12-31", "30.00", "19.00", "11.00"),
        # 31,50 × 70 % = 22,05, moins 2,00 : 20,05 ; reste 11,45
        ("2027-01-01", "31.50", "20.05", "11.45"),
    ],
)
def test_la_reforme_cote_la_veille_et_le_jour(jour: str, tarif: str, rembourse: str, reste: str) -> None:
    demande = facture(jour, "medecine_generale", [{"code": "G", "honoraires": tarif}], role="medecin_traitant")
    dit = opposable.coter(demande, surcouches=[REFORME])
    assert (dit["statut"], dit["lignes"][0]["tarif"]) == ("acceptee", tarif)
    assert (dit["total"]["remboursement"], dit["total"]["reste_a_charge"]) == (rembourse, reste)


def test_la_reforme_se_lit_dans_les_changements() -> None:
    dits = opposable.bareme(entre=(date(2026, 12, 31), date(2027, 1, 1)), surcouches=[REFORME])["changements"]
    assert [(c["code"], c["avant"], c["apres"], c["cellule"]) for c in dits] == [
        ("G", "30.00", "31.50", None),
        ("G", "36.00", "37.80", "outre-mer"),
    ]


def test_une_surcouche_couvre_un_code_que_le_corpus_ne_couvre_pas(tmp_path: Path) -> None:
    """12,00 × 70 % = 8,40 ; moins 2,00 de participation : 6,40."""
    code = list(charger().non_couverts)[-1]
    tarif = "{du: 2024-01-01, montant: 12.00, source: s1-mce}"
    chemin = tmp_path / "acte.yaml"
    chemin.write_text(
        "surcouche: {nom: acte, libelle: Acte, date: 2026-11-22}\n"
        f"actes: {{{code}: {{libelle: Acte, nature: acte, tarifs: [{tarif}]}}}}\n",
        encoding="utf-8",
    )
    demande = facture(
        "2026-02-10", "medecine_generale", [{"code": code, "honoraires": "12.00"}], role="medecin_traitant"
    )
    with pytest.raises(opposable.ErreurEntree, match="n'est pas encore couvert"):
        opposable.coter(demande)
    dit = opposable.coter(demande, surcouches=[chemin])
    assert (dit["statut"], dit["total"]["remboursement"]) == ("acceptee", "6.40")
    assert opposable.bareme(code, surcouches=[chemin])["actes"][0]["code"] == code


class TestCommande:
    def test_verifier_dit_ce_qui_change(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["surcouche", "verifier", str(REFORME)]) == 0
        dit = capsys.readouterr().out
        assert "G : 1 ligne ajoutée\n" in dit
        assert "30,00 € → 31,50 €" in dit
        assert "36,00 € → 37,80 €" in dit
        assert "rien n'a été coté" in dit

    def test_verifier_en_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["surcouche", "verifier", str(REFORME), str(REMPLIR), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == opposable.surcouche_verifier([REFORME, REMPLIR])

    def test_une_surcouche_fausse_rend_deux_et_dit_tout(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        chemin = tmp_path / "fausse.yaml"
        chemin.write_text(FAUSSE, encoding="utf-8")
        assert cli.executer(["surcouche", "verifier", str(chemin)]) == 2
        sorti = capsys.readouterr()
        assert sorti.out == ""
        assert "2 défauts" in sorti.err
        for attendu in ("ligne 3 [G.2024-12-23]", "vouliez-vous « G.2024-12-22 » ?", "ligne 4 [GG]", "Exemple : ZZ1"):
            assert attendu in sorti.err
        assert cli.executer(["surcouche", "verifier", str(chemin), "--json"]) == 2
        erreur = json.loads(capsys.readouterr().err)["erreur"]
        jsonschema.validate({"erreur": erreur}, opposable.schema("erreur"))
        assert [(d["ligne"], d["regle"]) for d in erreur["defauts"]] == [(3, "G.2024-12-23"), (4, "GG")]

    def test_un_fichier_absent_rend_deux(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["surcouche", "verifier", "absente.yaml", "--json"]) == 2
        assert json.loads(capsys.readouterr().err)["erreur"]["code"] == "SURCOUCHE_ILLISIBLE"

    def test_le_modele_s_ecrit_et_se_verifie(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["surcouche", "modele"]) == 0
        affiche = capsys.readouterr().out
        cible = tmp_path / "ma_surcouche.yaml"
        assert cli.executer(["surcouche", "modele", "--sortie", str(cible)]) == 0
        assert cible.read_text(encoding="utf-8") == affiche
        assert cli.executer(["surcouche", "verifier", str(cible)]) == 0
        assert "VL : 1 ligne ajoutée (taux)" in capsys.readouterr().out
        assert cli.executer(["surcouche", "modele", "--sortie", str(cible)]) == 2
        assert "déjà pris" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["surcouche", "verifer", "a"], "commande inconnue « verifer » ; vouliez-vous dire « verifier » ?"),
            (["surcouche", "verifier"], "argument manquant : FICHIER…"),
            (["surcouche", "modele", "--sorti", "a"], "option inconnue « --sorti »"),
        ],
    )
    def test_une_commande_mal_ecrite_est_expliquee(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        assert cli.executer(arguments) == 2
        assert message in capsys.readouterr().err

    def test_le_groupe_seul_donne_son_aide(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["surcouche"]) == 0
        aide = capsys.readouterr().out
        assert aide.startswith("Usage : opposable surcouche")
        assert "verifier" in aide
