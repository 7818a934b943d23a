"""Les documents et les données que le projet lit à côté de lui, sans les contenir."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from opposable.droit import fichiers

VOISIN = Path(__file__).resolve().parents[2] / "shared"


fichiers.lire = cache(fichiers.lire)  # type: ignore[assignment]
"""Un fichier du corpus au même texte n'est lu en nœuds qu'une fois : les essais chargent des centaines de corpus."""

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # lancés en arrière-plan : leurs commandes l'ignoreraient aussi
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def partage() -> Callable[[str], Path]:
    """Le chemin d'un dossier partagé ; l'essai qui le demande est sauté, et dit pourquoi, s'il n'est pas là."""
    racine = Path(os.environ.get("OPPOSABLE_SHARED") or VOISIN)

    def chemin(nom: str) -> Path:
        trouve = racine / nom
        if not trouve.exists():
            pytest.skip(f"« shared/{nom} » absent à côté du projet (OPPOSABLE_SHARED donne un autre dossier)")
        return trouve

    return chemin


@pytest.fixture(scope="session")
def serveur() -> Iterator[str]:
    """L'adresse d'un serveur (API et pages) ouvert le temps des essais."""
    pytest.importorskip("uvicorn")
    from opposable.portes.api.application import creer
    from opposable.portes.cli_servir import ecouter, moteur

    prise = ecouter("127.0.0.1", 0)
    ouvert = moteur(creer())
    fil = threading.Thread(target=ouvert.run, kwargs={"sockets": [prise]}, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{prise.getsockname()[1]}"
    ouvert.should_exit = True
    fil.join(timeout=10)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Dit combien de lignes les interprètes ont comparées, moteur par moteur."""
    totaux: dict[str, int] = {}
    for rapport in terminalreporter.stats.get("passed", []):
        for nom, valeur in getattr(rapport, "user_properties", []):
            if nom == "comparees" and getattr(rapport, "when", "") == "call":
                totaux[valeur[0]] = totaux.get(valeur[0], 0) + valeur[1]
    for lesquels, lignes in totaux.items():
        terminalreporter.write_line(f"Parité {lesquels} : {lignes} lignes comparées, 0 différence")
