"""« calculer » et « dispositifs » : formes, sorties, messages, exemples, et le chemin qui part d'un lot contrôlé."""

from __future__ import annotations

import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.portes.test_cli import ANGLAIS, erreur_json
from tests.portes.test_processus import lancer

import opposable
from opposable.droit.corpus import charger
from opposable.droit.fichiers import Sources
from opposable.facturation.reponse import coter
from opposable.portes import cli

RACINE = Path(__file__).resolve().parents[2]
CAS = {"annee": 2017, "medecin": {"secteur": "1", "specialite": "dermatologie"}}
TENU = {**CAS, "id": "tenu", "honoraires_sans_depassement": "70.00", "depassements": "30.00"}
REFUSE = {**TENU, "id": "refuse", "medecin": {"secteur": "2"}}
PARTIEL = {**CAS, "id": "partiel", "depassements": "30.00"}
SANS_SEUIL = """\
surcouche: {nom: sans_seuil, libelle: Un seuil oublié, date: 2026-01-01}
tables:
  ratio_sans_depassement:
    lignes:
      remplace: {ratio_sans_depassement.origine: {du: origine, manquant: "le seuil de l'annexe", source: s4-ratio-70}}
"""


@pytest.fixture
def fichier(tmp_path: Path) -> Any:
    def ecrire(contenu: Any, nom: str = "cas.json") -> str:
        chemin = tmp_path / nom
        chemin.write_text(contenu if isinstance(contenu, str) else json.dumps(contenu), encoding="utf-8")
        return str(chemin)

    return ecrire


def calculer(*arguments: str) -> int:
    return cli.executer(["calculer", "ratio_depassements", *arguments])


class TestFormes:
    def test_un_objet_donne_un_objet(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier(TENU), "--json") == 0
        reponse = json.loads(capsys.readouterr().out)
        assert (reponse["id"], reponse["statut"], reponse["resultat"]["conforme"]) == ("tenu", "calcule", "oui")
        assert list(reponse)[:4] == ["version", "corpus", "surcouches", "avertissement"]

    def test_un_tableau_donne_un_tableau_dans_le_meme_ordre(
        self, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert calculer(fichier([TENU, REFUSE, PARTIEL]), "--json") == 1
        reponses = json.loads(capsys.readouterr().out)
        assert [(r["id"], r["statut"]) for r in reponses] == [
            ("tenu", "calcule"), ("refuse", "refuse"), ("partiel", "partiel"),
        ]  # fmt: skip

    def test_du_jsonl_donne_du_jsonl(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier(f"{json.dumps(TENU)}\n\n{json.dumps(TENU)}\n", "cas.jsonl"), "--json") == 0
        assert len(capsys.readouterr().out.splitlines()) == 2

    def test_le_tiret_lit_l_entree_standard(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(TENU).encode())))
        assert calculer("-", "--json") == 0
        assert json.loads(capsys.readouterr().out)["id"] == "tenu"

    def test_un_tableau_vide(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier("[]"), "--json") == 0
        assert json.loads(capsys.readouterr().out) == []

    def test_un_nombre_json_garde_ses_centimes(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        texte = json.dumps(TENU).replace('"70.00"', "70.00").replace('"30.00"', "30.01")
        assert calculer(fichier(texte), "--json") == 0
        assert json.loads(capsys.readouterr().out)["resultat"]["excedent"] == "0.01"

    def test_strict_n_emploie_aucune_valeur_usuelle(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier(TENU), "--json", "--strict") == 1
        reponse = json.loads(capsys.readouterr().out)
        assert [q["fait"] for q in reponse["questions"]] == ["medecin.droit_permanent"]


class TestTexte:
    def test_un_resultat_se_lit(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier(TENU)) == 0
        rendu = capsys.readouterr().out
        for dit in ("tenu : Le ratio", "2017 : Calculé", "70 %", "0,00 €", "Source 1 :", "Guide ISNAR-IMG"):
            assert dit in rendu
        assert "None" not in rendu

    def test_plusieurs_resultats_et_un_seul_avertissement(
        self, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert calculer(fichier([TENU, REFUSE, PARTIEL])) == 1
        rendu = capsys.readouterr().out
        assert rendu.count("Opposable est un outil") == 1
        for dit in ("Ne s'applique pas", "Refusé :", "[SECTEUR_NON_OUVERT]", "Calculé en partie", "Questions"):
            assert dit in rendu

    def test_aucun_cas(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert calculer(fichier("[]")) == 0
        assert capsys.readouterr().out == "Aucun cas à calculer.\n"


class TestMauvaiseEntree:
    @pytest.mark.parametrize(
        ("contenu", "code", "ou"),
        [
            ({**TENU, "depasements": "1"}, "CLE_INCONNUE", "depasements"),
            ({**TENU, "depassements": "trente"}, "MONTANT_ILLISIBLE", "depassements"),
            ({**TENU, "depassements": "-30.00"}, "MONTANT_NEGATIF", "depassements"),
            ({**TENU, "annee": None}, "FAIT_ABSENT", "annee"),
            ({"annee": 2017}, "FAIT_ABSENT", "medecin.secteur"),
            ([TENU, {**TENU, "annee": "x"}], "NOMBRE_ILLISIBLE", "[1].annee"),
            (3, "TYPE_INATTENDU", "cas.json"),
            ("", "FICHIER_VIDE", "cas.json"),
            ('{"annee": 2017', "JSON_TRONQUE", "ligne 1"),
        ],
    )
    def test_chaque_defaut_est_nomme_et_situe(
        self, fichier: Any, capsys: pytest.CaptureFixture[str], contenu: Any, code: str, ou: str
    ) -> None:
        assert calculer(fichier(contenu), "--json") == 2
        erreur = erreur_json(capsys)
        assert erreur["code"] == code
        assert ou in erreur["ou"]
        assert erreur["attendu"]

    def test_dans_du_jsonl_la_ligne_est_dite_et_rien_n_est_ecrit(
        self, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lignes = f"{json.dumps(TENU)}\n{json.dumps({**TENU, 'medecin': {'secteur': '4'}})}\n"
        assert calculer(fichier(lignes, "cas.jsonl"), "--json") == 2
        assert erreur_json(capsys)["ou"].endswith("cas.jsonl, ligne 2, medecin.secteur")

    def test_la_cle_la_plus_proche_est_nommee(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        calculer(fichier({**TENU, "depasement": "1"}))
        assert "vouliez-vous « depassements » ?" in capsys.readouterr().err

    def test_un_dispositif_inconnu_nomme_le_plus_proche(self, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["calculer", "ratio_depassement", "/nulle/part.json", "--json"]) == 2
        erreur = erreur_json(capsys)
        assert (erreur["code"], erreur["ou"]) == ("DISPOSITIF_INCONNU", "DISPOSITIF")
        assert "« ratio_depassements »" in erreur["message"]

    def test_un_cas_qui_n_en_est_pas_un_montre_l_exemple_du_dispositif(
        self, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        calculer(fichier("3"), "--json")
        assert '"annee": 2017' in erreur_json(capsys)["exemple"]

    def test_une_valeur_absente_des_textes_donne_la_reponse_le_message_et_la_surcouche(
        self, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        couche = fichier(SANS_SEUIL, "couche.yaml")
        assert calculer(fichier(TENU), "--json", "--surcouche", couche) == 2
        sorti = capsys.readouterr()
        reponse, erreur = json.loads(sorti.out), json.loads(sorti.err)["erreur"]
        assert (reponse["statut"], reponse["resultat"]["conforme"]) == ("non_calculable", None)
        assert erreur["code"] == "PARAMETRE_MANQUANT"
        assert erreur["attendu"] == "le seuil de l'annexe"
        assert erreur["exemple"] == reponse["manquants"][0]["surcouche"]
        assert calculer(fichier(TENU), "--surcouche", couche) == 2
        sorti = capsys.readouterr()
        assert "Non calculable" in sorti.out
        assert "Il manque : Part minimale" in sorti.out
        assert "ratio_sans_depassement" in sorti.err


class TestDispositifs:
    def test_la_liste(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["dispositifs"]) == 0
        assert "ratio_depassements Le ratio" in " ".join(capsys.readouterr().out.split())

    def test_une_periode_bornee_se_lit_dans_la_liste_et_la_fiche(self) -> None:
        from opposable.rendu import texte_dispositifs
        from opposable.rendu.blocs import console_pour

        bornee = {"nom": "x", "libelle": "X", "du": "2018-01-01", "au": "2020-01-01"}
        console = console_pour(io.StringIO())
        with console.capture() as capture:
            texte_dispositifs.dispositifs({"dispositifs": [bornee]}, console)
        assert "x  X (depuis le 01/01/2018 jusqu'au 01/01/2020 exclu)" in capture.get()

    def test_la_fiche(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["dispositifs", "ratio_depassements"]) == 0
        rendu = capsys.readouterr().out
        for titre in ("Période", "Entrées", "Sorties", "Ce qui manque", "Sources", "Essayer"):
            assert f"{titre}" in rendu
        for dit in ("annee : De quelle année", "actes[] :", "(obligatoire)", "euros", "d'ordinaire non", "« un ratio"):
            assert dit in " ".join(rendu.split())
        assert "None" not in rendu

    def test_la_fiche_en_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["dispositifs", "ratio_depassements", "--json"]) == 0
        fiche = json.loads(capsys.readouterr().out)
        assert fiche == opposable.dispositifs("ratio_depassements")

    def test_l_exemple_sans_nom_est_refuse(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["dispositifs", "--exemple", "--json"]) == 2
        assert erreur_json(capsys)["code"] == "ARGUMENT_MANQUANT"

    def test_un_nom_inconnu(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["dispositifs", "fmtt", "--json"]) == 2
        assert erreur_json(capsys)["code"] == "DISPOSITIF_INCONNU"

    def test_les_aides_sont_en_francais_et_completes(self, capsys: pytest.CaptureFixture[str]) -> None:
        for commande in ("calculer", "dispositifs"):
            assert cli.executer([commande, "-h"]) == 0
            aide = capsys.readouterr().out
            assert not ANGLAIS.search(aide), aide
            assert all(option in aide for option in ("--surcouche", "--json", "--strict"))


class TestSchemas:
    def test_un_nom_inconnu_propose_un_dispositif(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["schema", "ratio_depasements", "--json"]) == 2
        assert "« ratio_depassements »" in erreur_json(capsys)["message"]

    @pytest.mark.parametrize("nom", ["calcul", "dispositifs", "dispositif"])
    def test_les_schemas_communs(self, nom: str) -> None:
        assert opposable.schema(nom)["type"] == "object"


def test_l_exemple_redirige_dans_un_fichier_se_calcule(tmp_path: Path) -> None:
    """« dispositifs NOM --exemple > cas.json », puis « calculer NOM cas.json », dans leurs processus."""
    exemple = lancer("dispositifs", "ratio_depassements", "--exemple")
    assert (exemple.returncode, exemple.stderr) == (0, b"")
    cas = tmp_path / "cas.json"
    cas.write_bytes(exemple.stdout)
    fini = lancer("calculer", "ratio_depassements", str(cas), "--json")
    assert (fini.returncode, fini.stderr) == (0, b"")
    assert json.loads(fini.stdout)["resultat"]["ratio"] == "0.875"


def test_coter_ne_lit_pas_les_dispositifs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leurs fichiers comptent dans l'empreinte, mais ne sont ni lus comme du YAML, ni typés."""
    monkeypatch.setattr(Sources, "dispositifs", property(lambda _: pytest.fail("les dispositifs sont lus")))
    corpus = charger()
    for nom in ("consultation", "specialiste_optam", "annulation"):
        coter(corpus, json.loads((RACINE / f"exemples/{nom}.json").read_text("utf-8")))


def test_des_factures_cotees_au_ratio() -> None:
    """Les lignes acceptées d'une réponse de « coter » ont la forme des actes."""
    medecin = {"specialite": "dermatologie", "secteur": "1"}
    contexte = {"role": "autre", "parcours": "hors_parcours"}
    facture = {
        "date": "2017-06-01",
        "medecin": medecin,
        "patient": {"age": "40 ans"},
        "contexte": contexte,
        "actes": [
            {"code": "CS", "honoraires": "30.90", "nature_depassement": "da"},
            {"code": "MPC", "honoraires": "2.00"},
        ],
    }
    lignes = opposable.coter(facture)["lignes"]
    assert {ligne["statut"] for ligne in lignes} == {"acceptee"}
    actes = [{cle: ligne[cle] for cle in ("honoraires", "base_remboursement")} for ligne in lignes]
    resultat = opposable.calculer("ratio_depassements", {"annee": 2017, "medecin": medecin, "actes": actes})["resultat"]
    assert resultat["sans_depassement"] == str(sum(Decimal(ligne["base_remboursement"]) for ligne in lignes))
    assert resultat["honoraires_totaux"] == "32.90"


def test_un_lot_controle_au_ratio(tmp_path: Path) -> None:
    """Les sommes d'un contrôle donnent les totaux d'un médecin : la base, et le dépassement."""
    import duckdb

    sortie = tmp_path / "sortie"
    assert cli.executer(["controler", str(RACINE / "exemples/lot.csv"), "--sortie", str(sortie)]) == 0
    base, depassement = duckdb.sql(
        f"select sum(base_remboursement), sum(depassement) from '{sortie}/sommes.parquet' "  # noqa: S608 : un chemin d'essai
        "where medecin = 'A' and year(mois) = 2026"
    ).fetchall()[0]
    cas = {"annee": 2026, "medecin": {"secteur": "1"}}
    totaux = {"honoraires_sans_depassement": str(base), "depassements": str(depassement)}
    resultat = opposable.calculer("ratio_depassements", {**cas, **totaux})["resultat"]
    assert resultat["sans_depassement"] == "155.00"
    assert resultat["honoraires_totaux"] == "158.00"
