"""« opposable servir » par son processus : il s'ouvre, répond, s'arrête ; une autre adresse est refusée."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

pytest.importorskip("uvicorn")
COMMANDE = [sys.executable, "-m", "opposable.portes.cli", "servir"]


def lancer(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMANDE, *options], capture_output=True, text=True, timeout=60, check=False)


def test_il_s_ouvre_repond_et_s_arrete() -> None:
    with subprocess.Popen(
        [*COMMANDE, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ouvert:
        assert ouvert.stdout is not None
        assert ouvert.stderr is not None
        dit = ouvert.stdout.readline()
        lieu = re.search(r"http://127\.0\.0\.1:\d+", dit)
        assert lieu is not None, dit
        with urllib.request.urlopen(f"{lieu[0]}/v1/bareme/G?le=2026-02-10", timeout=30) as reponse:  # noqa: S310
            assert reponse.status == 200
        ouvert.send_signal(signal.SIGINT)
        assert ouvert.wait(timeout=30) == 0
        journal = ouvert.stderr.read()
    assert re.fullmatch(r"\S+ \S+ GET /v1/bareme/\{ident\} 200 \d+ ms\n", journal)


@pytest.mark.parametrize("adresse", ["10.0.0.1", "192.168.1.10", "opposable.example", "::"])
def test_une_autre_adresse_est_refusee_avec_la_raison(adresse: str) -> None:
    refus = lancer("--adresse", adresse)
    assert refus.returncode == 2
    assert "hébergeur certifié (HDS)" in refus.stderr
    assert not refus.stdout


def test_un_port_pris_est_dit() -> None:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        refus = lancer("--port", str(prise.getsockname()[1]))
    assert refus.returncode == 2
    assert "ce port est déjà pris" in refus.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "abc"])
def test_un_port_impossible_est_dit(port: str) -> None:
    refus = lancer("--port", port)
    assert refus.returncode == 2
    assert "--port" in refus.stderr


def test_une_surcouche_fausse_est_dite_avant_d_ouvrir(tmp_path: object) -> None:
    refus = lancer("--port", "0", "--surcouche", "nulle-part.yaml")
    assert refus.returncode == 2
    assert "nulle-part.yaml" in refus.stderr
