"""Errors in the shape of Elasticsearch's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an object as a place of its own, beside that of its value."""

    name: str


class SearchError(Exception):
    """A request that cannot be done."""

    def __init__(self, status: int, kind: str, reason: str, **more: Any) -> None:
        super().__init__(reason)
        self.status = status
        self.root: list[dict[str, Any]] | None = more.pop("root_cause", None)
        # the object of the body and the key of it that is at fault (None: its end); whoever has the text says line and
        # column by it
        self.at: tuple[Any, Any] | None = more.pop("at", None)
        self.entry = {"type": kind, "reason": reason, **more}

    def body(self) -> dict[str, Any]:
        """The whole answer."""
        cause = {key: value for key, value in self.entry.items() if key not in ("caused_by", "failed_shards")}
        root = self.root if self.root is not None else [cause]
        return {"error": {"root_cause": root, **self.entry}, "status": self.status}


class ShardError(Exception):
    """A query, sort or aggregation that does not fit the fields of one index."""

    def __init__(self, kind: str, reason: str, status: int = 400, caused_by: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.status, self.caused_by = kind, reason, status, caused_by

    def entry(self, index: str) -> dict[str, Any]:
        """What is said of the shard of that index."""
        named = {"index_uuid": index_uuid(index), "index": index} if self.kind == "query_shard_exception" else {}
        return {"type": self.kind, "reason": self.reason, **named}


def index_uuid(index: str) -> str:
    """A stable identifier of 22 characters, as each index has one."""
    return (index.encode().hex() + "0" * 22)[:22]


def shards_failed(failures: list[tuple[str, ShardError]]) -> SearchError:
    """What is said where no shard could answer (SearchPhaseExecutionException)."""
    roots: list[dict[str, Any]] = []
    shards: list[dict[str, Any]] = []
    for index, error in failures:
        entry = error.entry(index)
        roots.append(entry)
        shards.append(failed_shard(index, error))
    first = failures[0][1]
    more: dict[str, Any] = {"phase": "query", "grouped": True, "failed_shards": shards[:1], "root_cause": roots[:1]}
    if first.kind != "query_shard_exception" and first.caused_by is None:
        cause = {"type": first.kind, "reason": first.reason}
        more["caused_by"] = {**cause, "caused_by": cause}
    return SearchError(first.status, "search_phase_execution_exception", "all shards failed", **more)


def failed_shard(index: str, error: ShardError) -> dict[str, Any]:
    """One entry of `failed_shards`."""
    reason = error.entry(index)
    if error.caused_by is not None:
        reason["caused_by"] = error.caused_by
    return {"shard": 0, "index": index, "node": "n1", "reason": reason}


def parsing(reason: str, container: Any = None, key: Any = None, **more: Any) -> SearchError:
    """A body whose form is not that of the request: at `key` of the object or array `container`."""
    at = None if container is None else (container, key)
    return SearchError(400, "parsing_exception", reason, at=at, **({"line": 1, "col": 1} | more))


def content(reason: str, container: Any = None, key: Any = None, *, wrapped: bool = False) -> SearchError:
    """A body with a key that a parser of objects does not know: the reason begins with `[line:col]` of the key.

    With `wrapped` the server says it once more as an error of parsing, at the value.
    """
    at = None if container is None else (container, key if wrapped else Key(key))
    if not wrapped:
        return SearchError(400, "x_content_parse_exception", f"[1:1] {reason}", at=at)
    cause = {"type": "x_content_parse_exception", "reason": f"[1:1] {reason}"}
    return parsing(f"[1:1] {reason}", container, key, caused_by=cause)


def illegal(reason: str, **more: Any) -> SearchError:
    """A value that is not taken."""
    return SearchError(400, "illegal_argument_exception", reason, **more)


def invalid(*reasons: str) -> SearchError:
    """A request that lacks what it needs (ActionRequestValidationException)."""
    told = "".join(f"{number}: {reason};" for number, reason in enumerate(reasons, 1))
    return SearchError(400, "action_request_validation_exception", f"Validation Failed: {told}")


def index_not_found(name: str, *, named: bool) -> SearchError:
    """What is said of a missing index; since 7 the reason names it."""
    more = {"resource.type": "index_or_alias", "resource.id": name, "index_uuid": "_na_", "index": name}
    return SearchError(
        404, "index_not_found_exception", f"no such index [{name}]" if named else "no such index", **more
    )


def no_scripts(script: Any) -> SearchError:
    """What a node without the language of a script says."""
    lang = script.get("lang", "painless") if isinstance(script, dict) else "painless"
    cause = {"type": "illegal_argument_exception", "reason": f"script_lang not supported [{lang}]"}
    return illegal("failed to execute script", caused_by=cause)


def parse_failed(raw: bytes, error: ValueError) -> SearchError:
    """What is said of a body that is no JSON: Jackson's kinds of error, with the place."""
    text = raw.decode("utf-8", "replace")
    at = getattr(error, "pos", len(text))
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    place = f'\n at [Source: (byte[])"…"; line: {line}, column: {column}]'
    if at >= len(text.rstrip()) or "end of" in str(error):
        return SearchError(500, "json_e_o_f_exception", f"Unexpected end-of-input{place}")
    letter = text[at]
    return SearchError(500, "json_parse_exception", f"Unexpected character ('{letter}' (code {ord(letter)})){place}")
