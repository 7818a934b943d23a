"""La commande telle qu'on la lance, dans son propre processus."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from opposable.portes import cli

COMMANDE = [sys.executable, "-m", "opposable.portes.cli"]
ENFANT: dict[str, Any] = {
    "id": "exemple",
    "date": "2026-02-10",
    "heure": "10:30",
    "medecin": {
        "specialite": "medecine_generale",
        "secteur": "1",
        "statut": "titulaire",
        "territoire": "metropole",
    },
    "patient": {"date_naissance": "2022-09-04"},
    "contexte": {
        "role": "medecin_traitant",
        "modalite": "presentiel",
        "lieu": "cabinet",
        "parcours": "dans_le_parcours",
    },
    "actes": [{"code": "G", "honoraires": "30.00"}, {"code": "MEG", "honoraires": "5.00"}],
    "historique": {
        "complet_depuis": "2025-12-22",
        "actes": [{"code": "G", "date": "2026-01-12", "patient": "meme", "medecin": "meme"}],
    },
}


def lancer(*arguments: str, entree: str | bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    octets = entree.encode() if isinstance(entree, str) else entree
    return subprocess.run(
        [*COMMANDE, *arguments],
        input=octets,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environ},
    )


def test_l_enfant_du_contrat_est_accepte_avec_ses_montants() -> None:
    fini = lancer("coter", "-", "--json", entree=json.dumps(ENFANT))
    assert (fini.returncode, fini.stderr) == (0, b"")
    reponse = json.loads(fini.stdout)
    assert reponse["statut"] == "acceptee"
    assert reponse["total"]["remboursement"] == "24.50"
    assert reponse["total"]["reste_a_charge"] == "10.50"
    assert {"version", "corpus", "surcouches", "avertissement"} <= set(reponse)


def test_un_montant_nombre_vaut_le_meme_montant_texte() -> None:
    nombre = json.dumps(ENFANT).replace('"30.00"', "30.00")
    assert '"honoraires": 30.00' in nombre
    fini = lancer("coter", "-", "--json", entree=nombre)
    assert json.loads(fini.stdout)["total"]["honoraires"] == "35.00"


def test_le_texte_se_lit_et_cite_ses_sources() -> None:
    fini = lancer("coter", "-", entree=json.dumps(ENFANT))
    rendu = fini.stdout.decode()
    assert fini.returncode == 0
    assert "Conforme aux règles codées à cette date" in rendu
    assert "Source : " in rendu
    assert "10,50 €" in rendu
    assert "None" not in rendu


def test_une_facture_fautive_dans_un_lot_et_rien_n_est_ecrit() -> None:
    fini = lancer("coter", "-", "--json", entree=f'{json.dumps(ENFANT)}\n{{"dat": "2026-02-10"}}\n')
    assert (fini.returncode, fini.stdout) == (2, b"")
    assert "ligne 2" in json.loads(fini.stderr)["erreur"]["ou"]


def test_un_code_inconnu_est_une_mauvaise_entree() -> None:
    fini = lancer("bareme", "ZZZ", "--json")
    assert (fini.returncode, fini.stdout) == (2, b"")
    assert json.loads(fini.stderr)["erreur"]["code"]


def test_une_surcouche_absente_est_une_mauvaise_entree() -> None:
    fini = lancer("motifs", "--surcouche", "absente.yaml")
    assert (fini.returncode, fini.stdout) == (2, b"")
    assert b"absente.yaml" in fini.stderr
    assert b"Traceback" not in fini.stderr


@pytest.mark.parametrize("arguments", [("bareme", "G"), ("schema", "facture")])
def test_une_lecture_aboutit_sans_rien_sur_la_sortie_d_erreur(arguments: tuple[str, ...]) -> None:
    fini = lancer(*arguments)
    assert (fini.returncode, fini.stderr) == (0, b"")
    assert len(fini.stdout) > 50


@pytest.mark.parametrize(
    "arguments",
    [
        ("bareme",),
        ("bareme", "G"),
        ("bareme", "G", "--historique"),
        ("bareme", "--le", "2025-08-01", "--prevu"),
        ("bareme", "--entre", "2025-12-31", "2026-01-01"),
        ("bareme", "--historique", "--export", "csv"),
        ("motifs",),
        ("dispositifs",),
        ("dispositifs", "ratio_depassements"),
        ("schema", "facture"),
    ],
)
def test_chaque_lecture_aboutit_sans_rien_sur_la_sortie_d_erreur(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.executer(list(arguments)) == 0
    dit = capsys.readouterr()
    assert dit.err == ""
    assert len(dit.out) > 50
    assert "None" not in dit.out


def test_les_memes_lectures_en_json(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("bareme",), ("bareme", "G"), ("motifs",)):
        assert cli.executer([*arguments, "--json"]) == 0
        reponse = json.loads(capsys.readouterr().out)
        assert {"version", "corpus", "surcouches", "avertissement"} <= set(reponse), arguments


def test_en_json_ni_rich_ni_duckdb_ne_sont_charges(tmp_path: Path) -> None:
    chemin = tmp_path / "f.json"
    chemin.write_text(json.dumps(ENFANT), encoding="utf-8")
    programme = (
        "import sys; from opposable.portes import cli; "
        f"assert cli.executer(['coter', {str(chemin)!r}, '--json']) == 0; "
        "sys.exit(','.join({'rich', 'duckdb', 'sqlglot', 'snowballstemmer'} & set(sys.modules)))"
    )
    fini = subprocess.run([sys.executable, "-c", programme], capture_output=True, check=False, timeout=60)
    assert fini.stderr.decode() == "\n"


def test_un_lecteur_parti_avant_la_fin_ne_fait_pas_de_bruit(tmp_path: Path) -> None:
    chemin = tmp_path / "f.jsonl"
    chemin.write_text(f"{json.dumps(ENFANT)}\n" * 200, encoding="utf-8")
    with subprocess.Popen(
        [*COMMANDE, "coter", str(chemin), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as lance:
        assert lance.stdout
        assert lance.stderr
        lance.stdout.read(1)
        lance.stdout.close()
        assert lance.stderr.read() == b""
        assert lance.wait(60) == 0


def test_une_sortie_pleine_est_dite_et_ne_laisse_pas_de_trace() -> None:
    with Path("/dev/full").open("wb") as plein:
        fini = subprocess.run([*COMMANDE, "--version"], stdout=plein, stderr=subprocess.PIPE, check=False, timeout=60)
    assert fini.returncode == 2
    assert "l'écriture a échoué" in fini.stderr.decode()
    assert b"Traceback" not in fini.stderr


def test_ctrl_c_rend_130_sans_trace() -> None:
    with subprocess.Popen(
        [*COMMANDE, "coter", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as lance:
        time.sleep(1)  # le temps d'attendre l'entrée standard
        lance.send_signal(signal.SIGINT)
        assert lance.wait(60) == 130
        assert lance.stdout
        assert lance.stderr
        assert lance.stdout.read() == b""
        assert b"Traceback" not in lance.stderr.read()


def test_une_locale_sans_utf8_ne_casse_rien() -> None:
    fini = lancer("--aide", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert fini.returncode == 0
    assert "médicale" in fini.stdout.decode()


def test_la_commande_installee_repond() -> None:
    commande = Path(sys.executable).with_name("opposable")
    fini = subprocess.run([commande, "--version"], capture_output=True, check=True, timeout=60)
    assert fini.stdout == b"opposable 0.1.0\n"
