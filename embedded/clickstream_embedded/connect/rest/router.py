"""Routes by the segments of a path, as JAX-RS does: trailing slashes do not matter, slashes in names are escaped."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.worker.refusal import RequestRefused

log = logging.getLogger("connect")
Handler = Callable[[Request], Awaitable[Response]]
_REASONS = {404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type"}
_JSON = "application/json"


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A body as JSON."""
    return Response(orjson.dumps(body), status, headers, media_type=_JSON)


def error_response(status: int, message: str) -> Response:
    """The form that the real worker's errors have."""
    return json_response({"error_code": status, "message": message}, status)


def _bare(status: int, allow: str = "") -> Response:
    """An error of the server around the worker: it tells no type of its body."""
    body = orjson.dumps({"error_code": status, "message": f"HTTP {status} {_REASONS[status]}"})
    return Response(body, status, {"Allow": allow} if allow else None)


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    segments: tuple[str, ...]
    handler: Handler

    def fits(self, segments: list[str]) -> dict[str, str] | None:
        if len(segments) != len(self.segments):
            return None
        found: dict[str, str] = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if wanted.startswith("{") and given:
                found[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return found


def first_of(request: Request, name: str) -> str:
    """The first value of a parameter of the address, as JAX-RS takes it; "" where there is none."""
    return next(iter(request.query_params.getlist(name)), "")


class Router:
    """An ASGI application over a table of routes.

    Args:
        ready: awaited before each request but those of `/health`.
    """

    def __init__(self, ready: Callable[[], Awaitable[None]]) -> None:
        self._ready = ready
        self._routes: list[_Route] = []

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Adds a route; `{name}` in the path takes any segment."""
        self._routes.append(_Route(method, tuple(each for each in path.split("/") if each), handler))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._answer(scope, receive)
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").split("?")[0].lstrip("/").removesuffix("/")
        segments = [unquote(each.split(";")[0]) for each in path.split("/")] if path else []
        matching = [(each, found) for each in self._routes if (found := each.fits(segments)) is not None]
        if not matching:
            return _bare(404)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        methods = dict.fromkeys(each.method for each, _ in matching)
        head = ["HEAD"] if "GET" in methods else []
        allowed = hash_order([*methods, *head, "OPTIONS"])  # Jersey's set has no other order
        if method == "OPTIONS":
            return Response(", ".join(allowed), 200, {"Allow": ",".join(allowed)}, media_type="text/plain")
        chosen = next(((each, found) for each, found in matching if each.method == method), None)
        if chosen is None:
            return _bare(405, ",".join(allowed))
        request = Request(scope, receive)
        refused = await self._media(request, method)
        if refused is not None:
            return refused
        scope["path_params"] = chosen[1]
        try:
            if segments != ["health"]:
                await self._ready()
            return await chosen[0].handler(request)
        except RequestRefused as error:
            return error_response(error.status, error.message)
        except Exception:  # ours: the log has it whole, the answer says it without Python's words
            log.exception("%s %s failed", method, scope["path"])
            return error_response(500, "The request ended on an internal error; the worker's log has it.")

    @staticmethod
    async def _media(request: Request, method: str) -> Response | None:
        """Refuses types that the API does not speak."""
        accepted = request.headers.get("accept") or "*/*"
        if not any(each in accepted for each in ("*/*", "application/*", _JSON)):
            return _bare(406)
        if method in ("POST", "PUT", "PATCH"):
            kind = request.headers.get("content-type")
            if kind is not None and kind.split(";")[0].strip().lower() != _JSON:
                return _bare(415)
            if kind is None and await request.body():
                return error_response(415, "HTTP 415 Unsupported Media Type")
        return None
