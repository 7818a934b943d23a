"""Un serveur et un navigateur pour les essais des pages ; Chromium est celui de la machine."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

uvicorn = pytest.importorskip("uvicorn")
synchro = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LARGEURS = {"etroit": {"width": 360, "height": 740}, "large": {"width": 1280, "height": 860}}
GRAVES = {"serious", "critical"}


@pytest.fixture(scope="session")
def serveur() -> Iterator[str]:
    """L'adresse d'un serveur ouvert le temps des essais."""
    from opposable.portes.api.application import creer
    from opposable.portes.cli_servir import ecouter

    prise = ecouter("127.0.0.1", 0)
    reglages = uvicorn.Config(creer(), log_config=None, access_log=False, lifespan="off")
    moteur = uvicorn.Server(reglages)
    fil = threading.Thread(target=moteur.run, kwargs={"sockets": [prise]}, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{prise.getsockname()[1]}"
    moteur.should_exit = True
    fil.join(timeout=10)


@pytest.fixture(scope="session")
def navigateur() -> Iterator[synchro.Browser]:
    """Chromium, sans écran ; l'essai est sauté s'il n'est pas installé, sauf en intégration continue."""
    chemin = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chemin is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium manque (sous Debian : apt install chromium)")
        pytest.skip("Chromium n'est pas installé (sous Debian : apt install chromium)")
    with synchro.sync_playwright() as outil:
        lance = outil.chromium.launch(executable_path=chemin, args=ARGUMENTS)
        yield lance
        lance.close()


@pytest.fixture(params=["large-clair", "etroit-sombre"])
def page(request: pytest.FixtureRequest, navigateur: synchro.Browser, serveur: str) -> Iterator[synchro.Page]:
    """Une page vierge, en grand et en clair, puis à 360 pixels et en sombre ; une faute de script fait échouer."""
    largeur, theme = request.param.split("-")
    contexte = navigateur.new_context(
        base_url=serveur, viewport=LARGEURS[largeur], color_scheme="dark" if theme == "sombre" else "light",
        locale="fr-FR", timezone_id="Europe/Paris",
    )  # fmt: skip
    fautes: list[str] = []
    ouverte = contexte.new_page()
    ouverte.set_default_timeout(10_000)
    ouverte.on("pageerror", lambda faute: fautes.append(str(faute)))
    ouverte.on("console", lambda dit: fautes.append(dit.text) if dit.type == "error" else None)
    ouverte.on(
        "request",
        lambda demande: None if demande.url.startswith((serveur, "data:")) else fautes.append(f"ailleurs : {demande.url}"),
    )
    yield ouverte
    contexte.close()
    # Un refus attendu (422, 404) est aussi écrit dans la console : ce n'est pas une faute de la page.
    assert not [f for f in fautes if not re.search(r"status of (4\d\d)", f)]


@pytest.fixture
def examiner(request: pytest.FixtureRequest) -> Callable[[synchro.Page, str], None]:
    """Ce qu'une page doit toujours tenir : axe sans faute sérieuse, rien qui déborde ; et son image, si on la demande."""

    def verifier(page: synchro.Page, nom: str) -> None:
        deborde = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert deborde <= 0, f"{nom} déborde de {deborde} pixels"
        trouvees = axe.Axe().run(page).response["violations"]
        graves = [
            f"{v['id']} ({v['impact']}) : {[n['html'][:160] for n in v['nodes'][:3]]}"
            for v in trouvees
            if v["impact"] in GRAVES
        ]
        assert not graves, f"{nom} : {graves}"
        images = os.environ.get("OPPOSABLE_IMAGES")
        if images:
            Path(images).mkdir(parents=True, exist_ok=True)
            variante = re.search(r"\[(.*)\]", request.node.name)
            suffixe = re.sub(r"\W+", "-", variante[1]) if variante else "seul"
            page.screenshot(path=f"{images}/{nom}-{suffixe}.png", full_page=True)

    return verifier
