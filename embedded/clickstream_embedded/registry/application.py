"""The REST API over one registry."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clickstream_embedded.registry import errors
from clickstream_embedded.registry.errors import Refusal
from clickstream_embedded.registry.model import Reference, Version
from clickstream_embedded.registry.registry import Registry, Wanted
from clickstream_embedded.schemas.schema_types import TYPES

log = logging.getLogger("schema-registry")
MEDIA = "application/vnd.schemaregistry.v1+json"
_TYPES = (MEDIA, "application/vnd.schemaregistry+json", "application/json")
_TAKES = (*_TYPES, "application/octet-stream")
_REASONS = {404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type"}
VERSION = "7.4.0"
Call = Callable[["Asked"], Any]


class Text(str):
    """An answer that is the schema's text itself, not JSON about it."""

    __slots__ = ()


class Asked:
    """A request: the parts of its path, its options and its body."""

    def __init__(self, request: Request, parts: dict[str, str], body: dict[str, Any]) -> None:
        self.parts = parts
        self.body = body
        self._options = request.query_params

    def flag(self, name: str) -> bool:
        return self._options.get(name, "").lower() == "true"

    def option(self, name: str) -> str:
        return self._options.get(name, "")

    @property
    def subject(self) -> str:
        return self.parts.get("subject", "")

    def wanted(self) -> Wanted:
        """The schema of the body. Raises Refusal."""
        references: list[Reference] = []
        for each in self.body.get("references") or ():
            if not isinstance(each, dict) or not {"name", "subject", "version"} <= each.keys():
                raise Refusal(422, "A reference has a name, a subject and a version")
            references.append(Reference(str(each["name"]), str(each["subject"]), int(each["version"])))
        for unserved in ("metadata", "ruleSet", "schemaTagsToAdd", "schemaTagsToRemove"):
            if self.body.get(unserved):
                raise Refusal(422, f"This registry keeps no {unserved}")
        number, version = self.body.get("id"), self.body.get("version")
        return Wanted(
            str(self.body.get("schema") or ""), str(self.body.get("schemaType") or "AVRO"), tuple(references),
            number if isinstance(number, int) else None, version if isinstance(version, int) and version > 0 else None,
        )  # fmt: skip


class Application:
    """An ASGI application.

    Args:
        registry: gives the registry once it is loaded. Raises Refusal while the broker is away.
        cluster_id: asks the broker for the id of its cluster.
    """

    def __init__(self, registry: Callable[[], Awaitable[Registry]], cluster_id: Callable[[], Awaitable[str]]) -> None:
        self._registry = registry
        self._cluster_id = cluster_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._answer(Request(scope, receive))
            if scope["method"] == "HEAD":
                response.body = b""
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raw = request.scope.get("raw_path") or request.url.path.encode()
        parts = [unquote(part) for part in raw.decode("latin-1").split("?")[0].split("/") if part]
        found = {method: fitting for (method, path), call in ROUTES.items() if (fitting := _fits(path, parts, call))}
        method = "GET" if request.method == "HEAD" else request.method
        try:
            if not found:
                raise Refusal(404, "HTTP 404 Not Found")
            if method not in found:
                raise Refusal(405, "HTTP 405 Method Not Allowed")
            call, named = found[method]
            asked = Asked(request, named, await _body(request, method))
            if parts == ["v1", "metadata", "id"]:
                return _json(_scope(await self._cluster_id()))
            registry = await self._registry()
            answer = await asyncio.to_thread(call, registry, asked)
            return Response(answer, media_type=MEDIA) if isinstance(answer, Text) else _json(answer)
        except Refusal as error:
            return _json({"error_code": error.code, "message": error.message}, error.status)
        except Exception:  # ours: the log has it whole, the answer says it without Python's words
            log.exception("%s %s failed", request.method, request.url.path)
            return _json(
                {"error_code": 50001, "message": "The request ended on an internal error; the log has it."}, 500
            )


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type=MEDIA)


def _scope(cluster: str) -> dict[str, Any]:
    clusters = {"kafka-cluster": cluster, "schema-registry-cluster": "schema-registry"}
    return {"scope": {"path": [], "clusters": clusters}, "id": ""}


async def _body(request: Request, method: str) -> dict[str, Any]:
    """The JSON object of a POST or PUT. Raises Refusal."""
    accepted = request.headers.get("accept", "*/*")
    if not any(each in accepted for each in ("*/*", "application/*", *_TYPES)):
        raise Refusal(406, "HTTP 406 Not Acceptable")
    if method not in ("POST", "PUT"):
        return {}
    kind = request.headers.get("content-type", MEDIA).split(";")[0].strip().lower()
    if kind not in _TAKES:
        raise Refusal(415, "HTTP 415 Unsupported Media Type")
    try:
        body = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise Refusal(422, "The body is no JSON object")
    known = {"schema", "schemaType", "references", "id", "version", "subject", "metadata", "ruleSet", "compatibility",
             "mode", "schemaTagsToAdd", "schemaTagsToRemove", "propagateSchemaTags", "guid", "ts", "deleted"}  # fmt: skip
    for name in body:
        if name not in known:
            raise Refusal(422, f"Unrecognized field: {name}")
    return body


def _fits(path: str, parts: list[str], call: Call) -> tuple[Any, dict[str, str]] | None:
    wanted = [part for part in path.split("/") if part]
    if len(wanted) != len(parts):
        return None
    named: dict[str, str] = {}
    for pattern, given in zip(wanted, parts, strict=True):
        if pattern.startswith("{"):
            named[pattern[1:-1]] = given
        elif pattern != given:
            return None
    return call, named


# -- what is asked -----------------------------------------------------------------------------------------------


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal(404, "HTTP 404 Not Found")
    return int(text)


def _shown(version: Version, asked: Asked) -> dict[str, Any]:
    """A version in the form of the option `format`: Protobuf as a descriptor in base64 where that is asked for."""
    body = version.body()
    if asked.option("format") == "serialized" and version.type == "PROTOBUF":
        from clickstream_embedded.schemas.protobuf_schemas import serialized

        body["schema"] = serialized(version.schema)
    return body


def _by_id(registry: Registry, asked: Asked) -> dict[str, Any]:
    version = registry.by_id(_number(asked.parts["id"]))[0]
    body = {key: value for key, value in _shown(version, asked).items() if key not in ("subject", "version", "id")}
    return body | ({"maxId": registry.state.last_id} if asked.flag("fetchMaxId") else {})


def _places(registry: Registry, asked: Asked) -> list[Version]:
    found = registry.by_id(_number(asked.parts["id"]))
    wanted = asked.option("subject")
    return [v for v in found if (asked.flag("deleted") or not v.deleted) and wanted in ("", v.subject)]


def _schemas(registry: Registry, asked: Asked) -> list[Any]:
    prefix = asked.option("subjectPrefix").removeprefix(":*:")
    found = [v for v in registry.state.all(deleted=asked.flag("deleted")) if v.subject.startswith(prefix)]
    if asked.flag("latestOnly"):
        found = [*{version.subject: version for version in found}.values()]
    start = int(asked.option("offset") or 0)
    limit = int(asked.option("limit") or -1)
    return [version.body() for version in (found[start:] if limit < 0 else found[start : start + limit])]


def _subjects(registry: Registry, asked: Asked) -> list[str]:
    prefix = asked.option("subjectPrefix").removeprefix(":*:")
    live = {version.subject for version in registry.state.all()}
    everything = {version.subject for version in registry.state.all(deleted=True)}
    chosen = everything - live if asked.flag("deletedOnly") else everything if asked.flag("deleted") else live
    return sorted(subject for subject in chosen if subject.startswith(prefix))


def _versions(registry: Registry, asked: Asked) -> list[int]:
    only = asked.flag("deletedOnly")
    found = registry.state.versions(asked.subject, deleted=only or asked.flag("deleted"))
    if not found:
        raise errors.no_subject(asked.subject)
    return [version.version for version in found if version.deleted or not only]


def _version(registry: Registry, asked: Asked) -> Version:
    return registry.version(asked.subject, asked.parts["version"], dead=asked.flag("deleted"))


def _compatible(registry: Registry, asked: Asked) -> dict[str, Any]:
    found = registry.compatible(asked.subject, asked.parts.get("version"), asked.wanted())
    return {"is_compatible": not found} | ({"messages": found} if asked.flag("verbose") else {})


def _level(registry: Registry, asked: Asked) -> dict[str, str]:
    state, subject = registry.state, asked.subject
    if subject and subject not in state.levels and not asked.flag("defaultToGlobal"):
        raise errors.no_level(subject)
    return {"compatibilityLevel": state.level(subject)}


def _mode(registry: Registry, asked: Asked) -> dict[str, str]:
    state, subject = registry.state, asked.subject
    if subject and subject not in state.modes and not asked.flag("defaultToGlobal"):
        raise errors.no_mode(subject)
    return {"mode": state.mode(subject)}


def _put_level(registry: Registry, asked: Asked) -> dict[str, str]:
    return {"compatibility": registry.set_level(asked.subject, asked.body.get("compatibility"))}


def _put_mode(registry: Registry, asked: Asked) -> dict[str, str]:
    return {"mode": registry.set_mode(asked.subject, asked.body.get("mode"), force=asked.flag("force"))}


_SUBJECT, _VERSION = "/subjects/{subject}", "/subjects/{subject}/versions/{version}"
ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "/"): lambda registry, asked: {},
    ("GET", "/contexts"): lambda registry, asked: ["."],
    ("GET", "/v1/metadata/id"): None,
    ("GET", "/v1/metadata/version"): lambda registry, asked: {"version": VERSION, "commitId": "embedded"},
    ("GET", "/schemas/types"): lambda registry, asked: [*TYPES],
    ("GET", "/schemas"): _schemas,
    ("GET", "/schemas/ids/{id}"): _by_id,
    ("GET", "/schemas/ids/{id}/schema"): lambda registry, asked: Text(_by_id(registry, asked)["schema"]),
    ("GET", "/schemas/ids/{id}/subjects"): lambda r, asked: sorted({v.subject for v in _places(r, asked)}),
    ("GET", "/schemas/ids/{id}/versions"): lambda r, asked: [
        {"subject": v.subject, "version": v.version} for v in _places(r, asked)
    ],
    ("GET", "/subjects"): _subjects,
    ("POST", _SUBJECT): lambda r, asked: r.lookup(asked.subject, asked.wanted(), dead=asked.flag("deleted")).body(),
    ("DELETE", _SUBJECT): lambda r, asked: r.delete_subject(asked.subject, permanent=asked.flag("permanent")),
    ("GET", f"{_SUBJECT}/versions"): _versions,
    ("POST", f"{_SUBJECT}/versions"): lambda r, asked: {"id": r.register(asked.subject, asked.wanted())},
    ("GET", _VERSION): lambda r, asked: _shown(_version(r, asked), asked),
    ("DELETE", _VERSION): lambda r, asked: r.delete_version(
        asked.subject, asked.parts["version"], permanent=asked.flag("permanent")
    ),
    ("GET", f"{_VERSION}/schema"): lambda r, asked: Text(_shown(_version(r, asked), asked)["schema"]),
    ("GET", f"{_VERSION}/referencedby"): lambda r, asked: r.referenced_by(_version(r, asked)),
    ("POST", "/compatibility/subjects/{subject}/versions"): _compatible,
    ("POST", "/compatibility/subjects/{subject}/versions/{version}"): _compatible,
    ("GET", "/config"): _level, ("GET", "/config/{subject}"): _level,
    ("PUT", "/config"): _put_level, ("PUT", "/config/{subject}"): _put_level,
    ("DELETE", "/config"): lambda r, asked: {"compatibilityLevel": r.forget("CONFIG", "")},
    ("DELETE", "/config/{subject}"): lambda r, asked: {"compatibilityLevel": r.forget("CONFIG", asked.subject)},
    ("GET", "/mode"): _mode, ("GET", "/mode/{subject}"): _mode,
    ("PUT", "/mode"): _put_mode, ("PUT", "/mode/{subject}"): _put_mode,
    ("DELETE", "/mode/{subject}"): lambda r, asked: {"mode": r.forget("MODE", asked.subject)},
}  # fmt: skip
