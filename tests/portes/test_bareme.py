"""``opposable bareme`` avec le vrai corpus : recherche, profil, histoire, changements, exports."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import opposable
from opposable.droit.corpus import charger
from opposable.portes import cli


def dire(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.executer(["bareme", *arguments]) == 0
    sorti = capsys.readouterr()
    assert sorti.err == ""
    assert "None" not in sorti.out
    return sorti.out


def rangees(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(dire(capsys, *arguments, "--export", "csv"))))


class TestRecherche:
    def test_un_code_exact_donne_sa_fiche(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert dire(capsys, "g", "--le", "2026-02-10").startswith("G : Consultation au cabinet")

    def test_des_mots_cherchent_entre_guillemets_ou_non(self, capsys: pytest.CaptureFixture[str]) -> None:
        un, autre = dire(capsys, "avis ponctuel"), dire(capsys, "avis", "ponctuel")
        assert un == autre
        assert re.search(r"^APC +Avis ponctuel", un, re.MULTILINE)

    def test_vih_trouve_mtx_et_dit_ou(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "VIH", "--le", "2026-02-10")
        assert re.search(r"^MTX .* 30,00 €", dit, re.MULTILINE)
        assert "situation : Consultation initiale, infection" in dit

    def test_un_code_hors_periode_et_un_code_non_couvert_le_disent(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "nourrisson", "--le", "2026-02-10")
        assert re.search(r"^MNO .* hors période", dit, re.MULTILINE)
        assert "« hors période »" in dit
        assert "« non couvert »" in dire(capsys, "colposcopie")

    def test_en_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = json.loads(dire(capsys, "pédiatre", "--json", "--le", "2026-02-10"))
        jsonschema.validate(dit, opposable.schema("bareme"))
        assert (dit["recherche"], dit["fiche"]) == ("pédiatre", False)
        assert {t["rang"] for t in dit["trouves"]} == {"libelle", "reste"}
        par_code = {t["code"]: t for t in dit["trouves"]}
        assert (par_code["CEH"]["en_vigueur"], par_code["NFP"]["en_vigueur"]) == (True, False)
        assert "NFP" not in {a["code"] for a in dit["actes"]}

    def test_rien_trouve_rend_deux(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["bareme", "pediatrre"]) == 2
        assert "vouliez-vous « pédiatre »" in capsys.readouterr().err

    def test_un_code_non_couvert_garde_son_message(self, capsys: pytest.CaptureFixture[str]) -> None:
        non_couvert = next(iter(charger().non_couverts))
        assert cli.executer(["bareme", non_couvert, "--json"]) == 2
        assert json.loads(capsys.readouterr().err)["erreur"]["code"] == "CODE_NON_COUVERT"


class TestProfil:
    def test_le_bareme_d_un_profil(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "--specialite", "pediatrie", "--secteur", "1", "--le", "2026-02-10")
        assert "Profil : Pédiatrie · Secteur 1, honoraires opposables" in dit
        assert re.search(r"^CEH ", dit, re.MULTILINE)
        assert not re.search(r"^G ", dit, re.MULTILINE)
        assert re.search(r"\d+ actes sont fermés à ce profil", dit)
        assert dit == dire(capsys, "--specialite", "12", "--secteur", "1", "--le", "2026-02-10")

    def test_une_fiche_fermee_au_profil(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "G", "--specialite", "12")
        assert "Fermé à ce profil (Pédiatrie) : Spécialité : Médecine générale" in dit
        assert "[SPECIALITE_NON_HABILITEE]" in dit

    @pytest.mark.parametrize(
        ("arguments", "messages"),
        [
            (
                ["--specialite", "pediatre"],
                ("vouliez-vous « pediatrie » ?", "Où      : --specialite", "--specialite medecine_generale"),
            ),
            (["--secteur", "3"], ("Où      : --secteur", "Exemple : --secteur 1")),
            (
                ["--secteur", "1", "--option", "optam"],
                ("une option se prend en secteur 2", "Attendu : --option aucune, le secteur 2"),
            ),
            (["--territoire", "corse"], ("n'est pas couvert", "Exemple : --territoire metropole")),
        ],
    )
    def test_un_profil_faux_se_dit_en_options(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], messages: tuple[str, ...]
    ) -> None:
        assert cli.executer(["bareme", *arguments]) == 2
        dit = capsys.readouterr().err
        for message in messages:
            assert message in dit


class TestHistoireEtChangements:
    def test_l_histoire_montre_les_deux_dates_et_le_texte(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "COE", "--historique")
        assert re.search(r"^01/07/2025 +01/01/2026 \* +— +60,00 €", dit, re.MULTILINE)
        assert re.search(r"^22/12/2024 +22/12/2024 +01/01/2026 +54,00 €", dit, re.MULTILINE)
        assert "* déplacé du 1er juillet 2025 au 1er janvier 2026 : Suspension des" in dit

    def test_l_histoire_de_tout_le_bareme(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "--historique")
        assert re.search(r"^COE +01/07/2025 +01/01/2026 \* +— +60,00 €", dit, re.MULTILINE)
        assert "Participation forfaitaire" in dit

    def test_les_changements_d_un_profil(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "--entre", "2024-01-01", "2026-06-01", "--specialite", "34", "--territoire", "metropole")
        for attendu in (
            "Profil : Gériatrie · Métropole",
            "Bases, taux et paramètres\n",
            "Règles qui commencent, finissent ou changent\n",
            "* déplacé du 1er juillet 2025 au 1er janvier 2026",
        ):
            assert attendu in dit
        assert re.search(r"^01/01/2026 \* +CS .* 32,00 € +37,00 €", dit, re.MULTILINE)
        assert re.search(r"^15/05/2024 .* 1,00 € +2,00 €", dit, re.MULTILINE)
        assert not re.search(r"^22/12/2024 +G ", dit, re.MULTILINE)

    def test_deux_dates_qui_ne_se_suivent_pas_se_disent_en_options(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["bareme", "--entre", "2026-01-01", "2026-01-01"]) == 2
        dit = capsys.readouterr().err
        assert "2026-01-01 ne précède pas 2026-01-01" in dit
        assert "--entre 2025-12-31 2026-01-01" in dit

    def test_une_regle_qui_change_dit_ce_qui_finit_et_commence(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = dire(capsys, "MCS", "--entre", "2018-03-31", "2018-04-01")
        assert re.search(r"finit : majoration réservée au secteur 1", dit)
        assert re.search(r"commence : majoration ouverte au secteur 1", dit)


class TestExport:
    def test_toutes_les_lignes_sont_gardees(self, capsys: pytest.CaptureFixture[str]) -> None:
        corpus = charger()
        attendus = {ligne.id for acte in corpus.actes.values() for ligne in acte.tarifs.lignes}
        for acte in corpus.actes.values():
            for table in (acte.bases, acte.taux, acte.tiers_payant):
                attendus |= {ligne.id for ligne in table.lignes} if table else set()
        attendus |= {ligne.id for table in corpus.tables.values() for ligne in table.lignes}
        lues = rangees(capsys, "--historique")
        assert sorted(r["id"] for r in lues) == sorted(attendus)

    def test_une_rangee_a_ses_deux_dates_ses_conditions_son_taux_et_ses_sources(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lues = {r["id"]: r for r in rangees(capsys, "COE", "--historique")}
        coe = lues["COE.2025-07-01"]
        assert (coe["du"], coe["prevu_du"], coe["effectif_du"]) == ("2026-01-01", "2025-07-01", "2026-01-01")
        assert (coe["montant"], coe["taux"], coe["report"]) == ("60.00", "1.00", "suspension-2025")
        assert "[TARIF_OPPOSABLE_EXIGE]" in coe["conditions"]
        assert "Communiqué de l'Assurance maladie" in coe["sources"]
        assert coe["autorites"].split(" ; ")[0] == "texte"
        assert coe["empreinte"] == charger().empreinte
        assert (lues["COE.taux.2017-05-01"]["sorte"], lues["COE.taux.2017-05-01"]["taux"]) == ("taux", "1.00")
        reunion = lues["COE.reunion.2025-07-01"]
        assert (reunion["territoire"], reunion["cellule"], reunion["montant"]) == ("reunion", "", "")
        assert "non établi" in reunion["manquant"]

    def test_une_condition_n_est_dite_que_pour_ses_dates(self, capsys: pytest.CaptureFixture[str]) -> None:
        """MCS : réservée avant le 1er avril 2018 ; la ligne de 2017 couvre les deux états."""
        lues = {r["id"]: r["conditions"] for r in rangees(capsys, "MCS", "--historique")}
        assert "à tout secteur" not in lues["MCS.origine"]
        assert "à tout secteur" in lues["MCS.2017-07-01"]

    def test_l_export_suit_la_recherche_et_le_profil(self, capsys: pytest.CaptureFixture[str]) -> None:
        lues = rangees(capsys, "pédiatre", "--specialite", "12", "--territoire", "metropole", "--le", "2026-02-10")
        assert {"CEH", "COE"} <= {r["code"] for r in lues}
        assert "G" not in {r["code"] for r in lues}
        assert {r["territoire"] for r in lues if r["sorte"] == "tarif"} == {"metropole"}
        changements = rangees(capsys, "--entre", "2024-05-14", "2024-05-15", "--secteur", "1")
        assert [(r["sorte"], r["code"], r["avant"], r["apres"]) for r in changements] == [
            ("parametre", "participation_forfaitaire", "1.00", "2.00"),
            ("parametre", "participation_plafond_jour", "4.00", "8.00"),
        ]

    def test_les_changements_de_regles_et_de_taux_s_exportent(self, capsys: pytest.CaptureFixture[str]) -> None:
        lues = rangees(capsys, "--entre", "2018-03-31", "2018-04-01")
        mcs = next(r for r in lues if (r["code"], r["motif"]) == ("MCS", "SECTEUR_NON_OUVERT"))
        assert (mcs["sorte"], mcs["avant"]) == ("regle", "")
        assert "à tout secteur" in mcs["apres_texte"]
        taux = next(r for r in rangees(capsys, "COE", "--entre", "2017-04-30", "2017-05-01") if r["sorte"] == "taux")
        assert (taux["apres"], taux["apres_texte"]) == ("", "1.00")

    def test_le_parquet_a_les_memes_rangees(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import duckdb

        attendues = rangees(capsys, "COE", "--historique")
        cible = tmp_path / "b.parquet"
        dire(capsys, "COE", "--historique", "--export", "parquet", "--sortie", str(cible))
        with duckdb.connect() as base:
            table = base.read_parquet(str(cible))
            types = dict(zip(table.columns, map(str, table.types), strict=True))
            assert {types[c] for c in ("du", "au", "prevu_du", "effectif_du")} == {"DATE"}
            assert (types["montant"], types["taux"]) == ("DECIMAL(9,2)", "DECIMAL(5,4)")
            lues: list[Any] = table.select("id", "montant").fetchall()
        assert [(i, str(m or "")) for i, m in lues] == [(r["id"], r["montant"]) for r in attendues]

    def test_le_json_exporte_garde_chaque_identifiant(self, capsys: pytest.CaptureFixture[str]) -> None:
        dit = json.loads(dire(capsys, "G", "--historique", "--export", "json"))
        ids = [i for t in dit["actes"][0]["tarifs"] for i in t["ids"]]
        assert sorted(ids) == sorted(ligne.id for ligne in charger().actes["G"].tarifs.lignes)
