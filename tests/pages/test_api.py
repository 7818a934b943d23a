"""La page API : chaque opération, un exemple qui tourne."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from opposable.portes.web.jsons import lisible

Examiner = Callable[[Any, str], None]


def test_la_page_dit_chaque_operation(page: Any, examiner: Examiner, serveur: str) -> None:
    decrite = page.request.get("/v1/openapi.json").json()
    assert page.goto("/api").status == 200
    assert page.locator("nav [aria-current=page]").count() == 0
    assert page.locator("details.operation").count() == sum(len(verbes) for verbes in decrite["paths"].values())
    assert "1 000 000 octets" in page.locator("main").inner_text().replace("\N{NARROW NO-BREAK SPACE}", " ")
    page.locator("#changements > summary").click()
    bloc = page.locator("#changements")
    assert f"curl '{serveur}/v1/changements?du=" in bloc.inner_text()
    examiner(page, "api")


def test_chaque_exemple_tourne(page: Any) -> None:
    page.goto("/api")
    for commande in page.locator("details.operation pre").all_text_contents():
        adresse = re.search(r"curl '([^']+)'", commande)
        corps = re.search(r"-d '(.*)'$", commande, re.DOTALL)
        assert adresse, commande
        if corps is None:
            reponse = page.request.get(adresse[1])
        else:
            envoi = corps[1].replace("'\\''", "'")
            reponse = page.request.post(adresse[1], data=envoi, headers={"Content-Type": "application/json"})
        assert reponse.status == 200, commande


def test_le_json_lisible_reste_du_json() -> None:
    objet = {"a": [{"b": "x" * 60, "c": []}, "y" * 40], "d": {}, "e": None}
    assert len(lisible(objet).splitlines()) > 3
    assert lisible({"a": 1}) == '{"a": 1}'

    assert json.loads(lisible(objet)) == objet
