"""La ligne de commande devant une doublure de l'API : formes, sorties, messages, codes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from opposable.droit.erreurs import Defaut, ErreurCorpus, ErreurEntree
from opposable.portes import cli

FACTURE = '{"id": "a", "date": "2026-02-10", "actes": [{"code": "G", "honoraires": 30.00}]}'
REFUS = '{"id": "refus", "actes": []}'
ANGLAIS = re.compile(
    r"\b(the|and|with|for|show|this|message|exit|missing|invalid|such|unexpected|required|default|try|error|commands)\b",
    re.IGNORECASE,
)


@pytest.fixture
def fichier(tmp_path: Path) -> Any:
    def ecrire(contenu: str | bytes, nom: str = "facture.json") -> str:
        chemin = tmp_path / nom
        chemin.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
        return str(chemin)

    return ecrire


def erreur_json(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """L'erreur écrite en JSON ; vérifie que rien n'est sorti par ailleurs et que la forme est complète."""
    sorti = capsys.readouterr()
    assert sorti.out == ""
    erreur: dict[str, str] = json.loads(sorti.err)["erreur"]
    defauts = {"defauts"} if erreur["code"] == "CORPUS_INVALIDE" else set()
    assert set(erreur) == {"code", "message", "ou", "attendu", "exemple"} | defauts
    return erreur


class TestFormes:
    def test_un_objet_donne_un_objet(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["coter", fichier(FACTURE), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["id"] == "a"
        assert api.appels[0][0] == "coter"

    def test_un_tableau_donne_un_tableau_dans_le_meme_ordre(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.executer(["coter", fichier(f"[{REFUS}, {FACTURE}]"), "--json"]) == 1
        assert [r["id"] for r in json.loads(capsys.readouterr().out)] == ["refus", "a"]

    def test_un_tableau_vide_donne_un_tableau_vide(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.executer(["coter", fichier("[]"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == []

    def test_du_jsonl_donne_du_jsonl(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["coter", fichier(f"{FACTURE}\n\n{REFUS}\r\n"), "--json"]) == 1
        lignes = capsys.readouterr().out.splitlines()
        assert [json.loads(ligne)["id"] for ligne in lignes] == ["a", "refus"]

    def test_une_seule_ligne_d_un_fichier_jsonl_reste_du_jsonl(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.executer(["coter", fichier(FACTURE, "f.jsonl"), "--json"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 1

    def test_le_tiret_lit_l_entree_standard(
        self, api: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FACTURE.encode())))
        assert cli.executer(["coter", "-", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["id"] == "a"

    def test_un_montant_decimal_garde_le_texte_ecrit(self, api: Any, fichier: Any) -> None:
        cli.executer(["coter", fichier('{"actes": [{"honoraires": 0.1000000000000000055}]}')])
        assert api.appels[0][1]["facture"]["actes"][0]["honoraires"] == "0.1000000000000000055"

    def test_la_marque_utf8_de_debut_est_acceptee(self, api: Any, fichier: Any) -> None:
        assert cli.executer(["coter", fichier(b"\xef\xbb\xbf" + FACTURE.encode()), "--json"]) == 0

    def test_les_options_arrivent_a_l_api(self, api: Any, fichier: Any) -> None:
        arguments = ["--prevu", "--strict", "--surcouche", "a.yaml", "--surcouche", "b.yaml"]
        cli.executer(["coter", fichier(FACTURE), *arguments])
        recu = api.appels[0][1]
        assert (recu["prevu"], recu["strict"], recu["surcouches"]) == (True, True, [Path("a.yaml"), Path("b.yaml")])


class TestTexte:
    def test_une_facture_acceptee_dit_conforme_et_rend_zero(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.executer(["coter", fichier(FACTURE)]) == 0
        sorti = capsys.readouterr().out
        assert "Conforme aux règles codées à cette date" in sorti
        assert "19,00 €" in sorti
        assert "\x1b" not in sorti

    def test_une_facture_refusee_rend_un(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["coter", fichier(REFUS)]) == 1
        assert "Non facturable" in capsys.readouterr().out

    def test_le_bareme_d_un_jour(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["bareme", "--le", "2026-01-01"]) == 0
        assert "Barème au 1er janvier 2026" in capsys.readouterr().out
        assert api.appels[0][1]["le"] == date(2026, 1, 1)

    def test_les_changements_entre_deux_dates(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["bareme", "--entre", "2024-12-21", "2024-12-22"]) == 0
        assert "26,50 €" in capsys.readouterr().out
        assert api.appels[0][1]["entre"] == (date(2024, 12, 21), date(2024, 12, 22))

    def test_le_catalogue_des_motifs_et_une_fiche(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["motifs"]) == 0
        assert "Correction" not in capsys.readouterr().out
        assert cli.executer(["motifs", "CODE_HORS_PERIODE"]) == 0
        assert "Correction : Coter G" in capsys.readouterr().out

    def test_le_schema_est_du_json(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["schema", "facture"]) == 0
        assert json.loads(capsys.readouterr().out) == {"title": "facture"}


class TestMauvaiseEntree:
    @pytest.mark.parametrize(
        ("contenu", "code", "ou"),
        [
            ("", "FICHIER_VIDE", "facture.json"),
            ("  \n ", "FICHIER_VIDE", "facture.json"),
            ('{"id": "a",\n "actes": [{"code"', "JSON_TRONQUE", "ligne 2, colonne 19"),
            ('{"id": "a', "JSON_TRONQUE", "ligne 1, colonne 8"),
            ('{"id": 1,\n}', "JSON_INVALIDE", "ligne"),
            ('{"id": a}', "JSON_INVALIDE", "ligne 1, colonne 8"),
            ('{"a": 1, "b": {"c": [{"d": 1,\n "d": 2}]}}', "CLE_EN_DOUBLE", "ligne 2, colonne 2 (b.c[0].d)"),
            ('{"a": "NaN", "b": [1, {"c": NaN}]}', "NOMBRE_INVALIDE", "ligne 1, colonne 29 (b[1].c)"),
            ('[1, "Infinity", -Infinity]', "NOMBRE_INVALIDE", "ligne 1, colonne 17 ([2])"),
            ('{"a": ' + "9" * 5000 + "}", "NOMBRE_INVALIDE", "ligne 1, colonne 7 (a)"),
            ("[" * 200_000, "JSON_INVALIDE", "facture.json"),
            (b'{"id": "caf\xe9"}', "UTF8_INVALIDE", "facture.json"),
            ("\ufeff{}".encode("utf-16"), "UTF8_INVALIDE", "facture.json"),
            ('{"id": "\\ud800"}', "CARACTERE_INVALIDE", "ligne 1, colonne 9"),
            ("3", "TYPE_INATTENDU", "facture.json"),
            ('[{"actes": []}, "G"]', "TYPE_INATTENDU", "[1]"),
            ('{"id": 1}\n[]\n', "TYPE_INATTENDU", "ligne 2"),
            ('{"id": 1}\n{"id": }\n', "JSON_INVALIDE", "ligne 2, colonne 8"),
            ('{"id": 1}\n{"id": 2} {"id": 3}\n', "JSON_INVALIDE", "ligne 2, colonne 10"),
            ('{\n"id": 1}\n{"id": 2}\n', "JSON_A_LA_SUITE", "ligne 2"),
        ],
    )
    def test_chaque_defaut_est_nomme_et_situe(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str], contenu: str | bytes, code: str, ou: str
    ) -> None:
        chemin = fichier(contenu)
        assert cli.executer(["coter", chemin, "--json"]) == 2
        erreur = erreur_json(capsys)
        assert erreur["code"] == code
        assert ou in erreur["ou"]
        assert erreur["attendu"]
        assert api.appels == []

    def test_l_octet_fautif_est_situe(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        cli.executer(["coter", fichier(b'{\n"id": "caf\xe9"}')])
        assert "position 12, ligne 2" in capsys.readouterr().err

    def test_un_fichier_absent_nomme_le_plus_proche(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        chemin = fichier(FACTURE)
        assert cli.executer(["coter", chemin.replace("facture", "factrue"), "--json"]) == 2
        erreur = erreur_json(capsys)
        assert (erreur["code"], chemin in erreur["message"]) == ("FICHIER_ABSENT", True)

    def test_un_dossier_est_refuse(self, api: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["coter", str(tmp_path), "--json"]) == 2
        assert erreur_json(capsys)["code"] == "FICHIER_EST_UN_DOSSIER"

    def test_une_facture_fautive_sur_trois_et_rien_n_est_ecrit(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        chemin = fichier(f'{FACTURE}\n\n{{"id": "b"}}\n{FACTURE}\n')
        assert cli.executer(["coter", chemin, "--json"]) == 2
        assert erreur_json(capsys)["ou"] == f"{chemin}, ligne 3, actes"

    def test_dans_un_tableau_le_rang_est_dit(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        chemin = fichier(f'[{FACTURE}, {{"id": "b"}}]')
        assert cli.executer(["coter", chemin, "--json"]) == 2
        assert erreur_json(capsys)["ou"] == f"{chemin}, [1].actes"

    def test_en_clair_l_erreur_dit_ou_attendu_et_exemple(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.executer(["coter", fichier("")]) == 2
        sorti = capsys.readouterr()
        assert sorti.out == ""
        for mot in ("Erreur : ", "Où      : ", "Attendu : ", "Exemple : "):
            assert mot in sorti.err

    def test_un_corpus_faux_donne_tous_ses_defauts(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        api.panne = ErreurCorpus([Defaut("s.yaml", 3, "G", "trou"), Defaut("s.yaml", 9, "CS", "recouvrement")])
        assert cli.executer(["coter", fichier(FACTURE)]) == 2
        dit = capsys.readouterr().err
        assert "s.yaml, ligne 3" in dit
        assert "s.yaml, ligne 9" in dit
        assert cli.executer(["motifs", "--json"]) == 2
        erreur = erreur_json(capsys)
        assert (erreur["code"], erreur["ou"]) == ("CORPUS_INVALIDE", "s.yaml, ligne 3")

    def test_un_nom_de_fichier_ne_pilote_pas_le_terminal(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        cli.executer(["coter", "\x1b[2Jabsent"])
        assert "\x1b" not in capsys.readouterr().err


class TestLigneDeCommande:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["cotre", "f"], "commande inconnue « cotre » ; vouliez-vous dire « coter » ?"),
            (["coter"], "argument manquant : FICHIER"),
            (["schema"], "argument manquant : NOM"),
            (["coter", "f", "g"], "argument en trop : « g »"),
            (["coter", "f", "--stricte"], "option inconnue « --stricte » ; vouliez-vous dire « --strict » ?"),
            (["coter", "f", "-z"], "option inconnue « -z »"),
            (["coter", "f", "--surcouche"], "l'option « --surcouche » attend une valeur (FICHIER)"),
            (["coter", "f", "--json=oui"], "l'option « --json » ne prend pas de valeur"),
            (["--prevu", "coter", "f"], "option inconnue « --prevu » ici : elle se place après la commande"),
            (["--cosa"], "option inconnue « --cosa »"),
            (["bareme", "--entre", "2026-01-01"], "l'option « --entre » attend 2 valeurs (DATE DATE)"),
            (["bareme", "--le", "2026-02-30"], "« 2026-02-30 » n'est pas une date"),
            (["bareme", "--le", "2026-W01-1"], "« 2026-W01-1 » n'est pas une date"),
            (["bareme", "--entre", "2025-01-01", "2026-01-01", "--historique"], "--entre et --historique"),
            (["bareme", "--export", "xlsx"], "format d'export inconnu « xlsx »"),
            (["bareme", "--export", "parquet"], "un fichier Parquet ne s'affiche pas"),
            (["bareme", "--sortie", "x.csv"], "--sortie s'emploie avec --export"),
        ],
    )
    def test_une_commande_mal_ecrite_est_expliquee_en_francais(
        self, api: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
    ) -> None:
        assert cli.executer(arguments) == 2
        sorti = capsys.readouterr()
        assert sorti.out == ""
        assert message in sorti.err
        assert not ANGLAIS.search(sorti.err)
        assert api.appels == []

    def test_avec_json_l_erreur_de_syntaxe_est_en_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["coter", "--json"]) == 2
        assert erreur_json(capsys)["code"] == "ARGUMENT_MANQUANT"

    def test_chaque_aide_est_en_francais(self, capsys: pytest.CaptureFixture[str]) -> None:
        for arguments in ([], ["--aide"], ["coter", "-h"], ["bareme", "--help"], ["motifs", "-h"], ["schema", "-h"]):
            assert cli.executer(arguments) == 0
            aide = capsys.readouterr().out
            assert aide.startswith("Usage : opposable")
            assert "Affiche cette aide." in aide
            assert not ANGLAIS.search(aide), aide

    def test_chaque_option_et_chaque_argument_a_une_aide_et_aucun_type_anglais(self) -> None:
        for commande, param in parametres():
            assert getattr(param, "help", None), f"{commande} {param.name}"
            if isinstance(param, click.Argument) or not getattr(param, "is_flag", False):
                assert param.metavar, f"{commande} {param.name}"

    def test_surcouche_json_et_strict_sont_partout(self) -> None:
        for commande in ("coter", "bareme", "motifs", "schema"):
            noms = {nom for autre, param in parametres() if autre == commande for nom in param.opts}
            assert {"--surcouche", "--json", "--strict"} <= noms

    def test_la_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.executer(["--version"]) == 0
        assert capsys.readouterr().out == "opposable 0.1.0\n"


def parametres() -> Iterator[tuple[str, click.Parameter]]:
    """Les paramètres de chaque commande."""
    groupe = typer.main.get_command(cli.application)
    assert isinstance(groupe, click.Group)
    for nom, commande in groupe.commands.items():
        for param in commande.params:
            yield nom, param


class TestFautes:
    def test_une_faute_du_programme_tient_en_une_phrase(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPPOSABLE_TRACE", raising=False)
        api.panne = ZeroDivisionError("division")
        assert cli.executer(["coter", fichier(FACTURE)]) == 3
        sorti = capsys.readouterr()
        assert (sorti.out, len(sorti.err.splitlines())) == ("", 1)
        assert "faute interne" in sorti.err

    def test_la_trace_vient_sur_demande(
        self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPPOSABLE_TRACE", "1")
        api.panne = ZeroDivisionError("division")
        assert cli.executer(["coter", fichier(FACTURE)]) == 3
        assert "Traceback" in capsys.readouterr().err

    def test_une_faute_est_dite_en_json_aussi(self, api: Any, capsys: pytest.CaptureFixture[str]) -> None:
        api.panne = KeyError("x")
        assert cli.executer(["motifs", "--json"]) == 3
        assert erreur_json(capsys)["code"] == "FAUTE_INTERNE"

    def test_ctrl_c_rend_130_sans_trace(self, api: Any, fichier: Any, capsys: pytest.CaptureFixture[str]) -> None:
        api.panne = KeyboardInterrupt()
        assert cli.executer(["coter", fichier(FACTURE)]) == 130
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize("au_retour", [True, False])
    def test_ctrl_c_pendant_un_import_rend_130_aussi(self, au_retour: bool, tmp_path: Path) -> None:
        """Passée par un « exec » de texte, comme dans une dataclass en cours d'import, elle tuerait « python -m »."""
        interrompu = "exec('raise KeyboardInterrupt')"
        corps = f"try: {interrompu}\n    except KeyboardInterrupt: return 130" if au_retour else interrompu
        programme = (
            "from opposable.portes import cli\n"
            f"def interrompu(_):\n    {corps}\n"
            "cli.executer = interrompu\n"
            "cli.principal()\n"
        )
        (tmp_path / "essai.py").write_text(programme, encoding="utf-8")
        fini = subprocess.run(
            [sys.executable, "-m", "essai"], cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        assert (fini.returncode, fini.stderr) == (130, b"")

    def test_une_erreur_d_entree_de_l_api_est_rendue_telle_quelle(
        self, api: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        api.panne = ErreurEntree("CODE_INCONNU", "code inconnu « GG »", ou="CODE", attendu="G", exemple="bareme G")
        assert cli.executer(["bareme", "GG", "--json"]) == 2
        assert erreur_json(capsys) == api.panne.en_dict()


def test_la_barre_d_avancement_ne_vient_qu_au_dela_de_mille_factures_devant_un_terminal(
    api: Any, fichier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    peu, beaucoup = fichier(f"[{FACTURE}]", "peu.json"), fichier(f"[{','.join([FACTURE] * 1001)}]", "beaucoup.json")
    cli.executer(["coter", beaucoup, "--json"])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    cli.executer(["coter", peu, "--json"])
    cli.executer(["coter", beaucoup, "--json"])
    assert [appel["avance"] is not None for _, appel in api.appels] == [False, False, True]
