"""Les essais de l'API demandent l'extra « web »."""

import pytest

pytest.importorskip("fastapi")
