"""Toute l'API, éprouvée d'après sa propre description : aucune faute interne, aucune réponse hors de son schéma."""

from __future__ import annotations

import os
from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, Phase, settings  # noqa: E402

from opposable.portes.api import description, operations, routes  # noqa: E402
from opposable.portes.python import corpus  # noqa: E402

COMPLET = os.environ.get("OPPOSABLE_API") == "complet"
"""« make api » : chaque contrainte de chaque champ, et beaucoup d'entrées au hasard ; sinon, un aperçu."""
# Une entrée juste de forme peut dire des faits contradictoires : 422 est alors la bonne réponse.
reglages = schemathesis.Config.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422"]}},
        "phases": {"coverage": {"enabled": COMPLET}},
    }
)
schema = schemathesis.openapi.from_dict(
    description.decrire(corpus(), operations.operations(corpus()), "essai", routes.PREFIXE), config=reglages
)


@schema.parametrize()
@settings(
    max_examples=25 if COMPLET else 3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
def test_chaque_operation_tient_sa_description(case: Any, serveur: str) -> None:
    case.call_and_validate(base_url=serveur, timeout=60)
