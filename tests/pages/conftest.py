"""Un navigateur pour les essais des pages ; Chromium est celui de la machine."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

synchro = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TAILLES = {"large-clair": {"width": 1280, "height": 860}, "etroit-sombre": {"width": 360, "height": 740}}
THEMES = {"large-clair": "light", "etroit-sombre": "dark"}
GRAVES = {"serious", "critical"}


@pytest.fixture(scope="session", autouse=True)
def sans_ccam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Les pages se regardent sans version de la CCAM importée, quoi que la personne ait chez elle."""
    with pytest.MonkeyPatch.context() as change:
        change.setenv("OPPOSABLE_DONNEES", str(tmp_path_factory.mktemp("donnees")))
        yield


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Une page se parcourt en grand et en clair ; marquée « deux_tailles », aussi à 360 pixels et en sombre."""
    if "page" in metafunc.fixturenames:
        deux = metafunc.definition.get_closest_marker("deux_tailles") is not None
        metafunc.parametrize("page", ["large-clair", *(["etroit-sombre"] if deux else [])], indirect=True)


@pytest.fixture
def page(request: pytest.FixtureRequest, navigateur: synchro.Browser, serveur: str) -> Iterator[synchro.Page]:
    """Une page vierge, à cette taille et dans ce thème ; une faute de script fait échouer."""
    contexte = navigateur.new_context(
        base_url=serveur, viewport=TAILLES[request.param], color_scheme=THEMES[request.param], locale="fr-FR",
        timezone_id="Europe/Paris",
    )  # fmt: skip
    fautes: list[str] = []
    ouverte = contexte.new_page()
    ouverte.set_default_timeout(10_000)
    ouverte.on("pageerror", lambda faute: fautes.append(str(faute)))
    ouverte.on("console", lambda dit: fautes.append(f"{dit.text} {dit.location}") if dit.type == "error" else None)
    ouverte.on(
        "request",
        lambda demande: (
            None if demande.url.startswith((serveur, "data:")) else fautes.append(f"ailleurs : {demande.url}")
        ),
    )
    ouverte.fautes = fautes
    yield ouverte
    contexte.close()
    # Ni un refus attendu (422, 404), ni une demande remplacée par la suivante ne sont des fautes de la page.
    assert not [f for f in fautes if not re.search(r"status of (4\d\d)|^htmx:(afterRequest|sendAbort)", f)]


@pytest.fixture
def examiner(request: pytest.FixtureRequest) -> Callable[[synchro.Page, str], None]:
    """Ce qu'une page doit toujours tenir : axe sans faute sérieuse, rien qui déborde ; et son image, sur demande.

    Une page parcourue en grand est aussi regardée à 360 pixels et en sombre, là où le parcours l'a menée.
    """
    cas: str = request.node.callspec.id
    ici: str = request.node.callspec.params["page"]

    def verifier(page: synchro.Page, nom: str) -> None:
        outil = axe.Axe()
        for variante in TAILLES if ici == "large-clair" else [ici]:
            page.set_viewport_size(TAILLES[variante])
            page.emulate_media(color_scheme=THEMES[variante])
            _tenir(page, outil, f"{nom}-{variante}{re.sub(r'[^a-zA-Z0-9_]+', '-', cas.removeprefix(ici))}")
            outil = axe.Axe("")  # son script est déjà dans la page
        page.set_viewport_size(TAILLES[ici])
        page.emulate_media(color_scheme=THEMES[ici])

    return verifier


def _tenir(page: synchro.Page, outil: axe.Axe, nom: str) -> None:
    deborde = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert deborde <= 0, f"{nom} déborde de {deborde} pixels"
    vues = len(page.fautes)
    trouvees = outil.run(page).response["violations"]
    graves = [
        f"{v['id']} ({v['impact']}) : {[n['html'][:160] for n in v['nodes'][:3]]}"
        for v in trouvees
        if v["impact"] in GRAVES
    ]
    del page.fautes[vues:]  # celles d'axe lui-même, qui pose des styles
    assert not graves, f"{nom} : {graves}"
    images = os.environ.get("OPPOSABLE_IMAGES")
    if images:
        Path(images).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{images}/{nom}.png", full_page=True)
