"""Le JSON des réponses de l'API : compact, en UTF-8."""

from __future__ import annotations

import json

from starlette.responses import Response


def compacte(reponse: object) -> bytes:
    """La réponse en JSON, sans espaces inutiles."""
    return json.dumps(reponse, ensure_ascii=False, separators=(",", ":")).encode()


def en_json(reponse: object) -> Response:
    """La réponse HTTP qui porte cette réponse."""
    return Response(compacte(reponse), media_type="application/json")
