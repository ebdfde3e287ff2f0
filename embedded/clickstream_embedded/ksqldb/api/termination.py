"""`/ksql/terminate`: the request, and what every request is told afterwards."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from clickstream_embedded.ksqldb.api.refusals import failure
from clickstream_embedded.ksqldb.engine import DELETED_TOPICS, Engine
from clickstream_embedded.ksqldb.errors import BadRequest
from clickstream_embedded.ksqldb.types.java_regex import matching


def topic_patterns(body: dict[str, Any]) -> list[str]:
    """The regular expressions of a request. Raises BadRequest."""
    given = body.get(DELETED_TOPICS)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise BadRequest(f"Invalid JSON in request: {DELETED_TOPICS} must be an array of strings")
    for each in given:
        try:
            matching.compiled(each)
        except ValueError:
            raise BadRequest(f"Invalid pattern: {each}") from None
    return given


class Terminated:
    """Middleware: once the cluster is terminated every request is refused, whatever it asks for.

    Args:
        app: what answers before.
        engine: of the server.
    """

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._engine.refusal
        if scope["type"] != "http" or refusal is None:
            await self._app(scope, receive, send)
        else:
            await failure(refusal, "", [])(scope, receive, send)
