"""Answers as Elasticsearch sends them."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response


def as_json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, headers={"content-type": "application/json; charset=UTF-8"})
