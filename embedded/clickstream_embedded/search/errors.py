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
        # of a body that is no JSON: what was read of it before
        self.partial: Any = more.pop("partial", None)
        self.last: tuple[int, int] = (1, 1)  # line and column of the last token of that
        # the place of a key within, that the innermost cause tells
        self.inside: tuple[Any, str] | None = more.pop("inside", None)
        self.entry: dict[str, Any] = {"type": kind, "reason": reason, **more}

    def body(self) -> dict[str, Any]:
        """The whole answer."""
        cause = {key: value for key, value in self.entry.items() if key not in ("caused_by", "failed_shards")}
        root = self.root if self.root is not None else [cause]
        return {"error": {"root_cause": root, **self.entry}, "status": self.status}


class ShardError(Exception):
    """A query, sort or aggregation that does not fit the fields of one index."""

    def __init__(
        self, kind: str, reason: str | None, status: int = 400, caused_by: dict[str, Any] | None = None,
        root: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """`root` is what is named as the first cause instead of the error itself."""
        super().__init__(reason or "")
        self.root = root
        self.is_early = False  # found out before the query is made: told as it is
        self.kind, self.reason, self.status, self.caused_by = kind, reason, status, caused_by

    def entry(self, index: str) -> dict[str, Any]:
        """What is said of the shard of that index."""
        named = {"index_uuid": index_uuid(index), "index": index} if self.kind == "query_shard_exception" else {}
        placed = (
            {"line": 1, "col": 0} if self.kind == "parsing_exception" else {}
        )  # of a query that is parsed again for the shard
        return {"type": self.kind, "reason": self.reason, **placed, **named}


# what is no exception of Elasticsearch's own is named once more as the cause of the whole
_JAVA = (
    "illegal_argument_exception",
    "number_format_exception",
    "illegal_state_exception",
    "class_cast_exception",
    "array_index_out_of_bounds_exception",
    "null_pointer_exception",
    "negative_array_size_exception",
)


def index_uuid(index: str) -> str:
    """A stable identifier of 22 characters, as each index has one."""
    return (index.encode().hex() + "0" * 22)[:22]


def shards_failed(failures: list[tuple[str, ShardError]]) -> SearchError:
    """What is said where no shard could answer (SearchPhaseExecutionException)."""
    roots: list[dict[str, Any]] = []
    shards: list[dict[str, Any]] = []
    for index, error in failures:
        entry = error.entry(index)
        roots.append(error.root or entry)
        shards.append(failed_shard(index, error))
    first = failures[0][1]
    more: dict[str, Any] = {"phase": "query", "grouped": True, "failed_shards": shards[:1], "root_cause": roots[:1]}
    if first.kind in _JAVA:
        cause = {"type": first.kind, "reason": first.reason}
        within = {} if first.caused_by is None else {"caused_by": first.caused_by}
        more["caused_by"] = {**cause, "caused_by": {**cause, **within}}
    elif first.root is not None:
        more["caused_by"] = first.caused_by
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


def value_refused(reason: str, container: Any, key: str) -> SearchError:
    """A value that the parser of an object does not take: the reason begins with `[line:col]` of the value."""
    return SearchError(400, "x_content_parse_exception", f"[1:1] {reason}", at=(container, key))


def field_failed(parser: str, container: Any, key: str, kind: str, reason: str, **more: Any) -> SearchError:
    """A value under a key that the parser of an object does not take, with why."""
    cause = {"type": kind, "reason": reason, **more}
    value = container[key] if isinstance(container, dict) else None
    # where an array or an object was read to its end, its end is the place
    at = (value, None) if isinstance(value, dict | list) else (container, key)
    return SearchError(400, "x_content_parse_exception", f"[1:1] [{parser}] failed to parse field [{key}]", at=at,
                       caused_by=cause)  # fmt: skip


def told_by_each(*reasons: str, why: dict[str, Any] | None = None, **places: tuple[Any, Any]) -> SearchError:
    """A fault within a body, told by each of the parsers around it.

    Args:
        reasons: What each says, the outermost first; the last is the root cause. Those that name their parser first
            tell the place too.
        why: What the innermost found, where that is no fault of the form.
        places: `at` and `inside`, as a SearchError has them.
    """
    kind = "x_content_parse_exception"
    told = [f"[1:1] {reason}" if reason.startswith("[") else reason for reason in reasons]
    root = {"type": kind, "reason": told[-1]}
    cause: dict[str, Any] = root if why is None else {**root, "caused_by": why}
    for reason in reversed(told[1:-1]):
        cause = {"type": kind, "reason": reason, "caused_by": cause}
    return SearchError(400, kind, told[0], caused_by=cause, root_cause=[root], **places)


def content_within(
    outer: str, field: str, parser: str, container: dict[str, Any], key: str, *, whole: bool = False
) -> SearchError:
    """A key that the parser of an inner object does not know: the outer one's error with the inner one's as its cause.

    With `whole` the inner object is an option itself, not one of a list: the outer error is told at the value's end.
    """
    cause = {"type": "x_content_parse_exception", "reason": f"[1:1] [{parser}] unknown field [{key}], parser not found"}
    return SearchError(400, "x_content_parse_exception", f"[1:1] [{outer}] failed to parse field [{field}]", at=(container, key),
                       inside=(container, key), caused_by=cause, root_cause=[cause])  # fmt: skip


def enum_failed(parser: str, container: dict[str, Any], key: str, name: str) -> SearchError:
    """A word that is none of those that a key takes."""
    told = f"No enum constant org.elasticsearch.search.sort.{name}.{str(container[key]).upper()}"
    return field_failed(parser, container, key, "illegal_argument_exception", told)


def no_scripts(script: Any, action: str = "") -> SearchError:
    """What a node without the language of a script says; `action` names what went to the shard's node by the wire."""
    lang = script.get("lang", "painless") if isinstance(script, dict) else "painless"
    cause = {"type": "illegal_argument_exception", "reason": f"script_lang not supported [{lang}]"}
    if isinstance(script, dict) and "id" in script:
        told = f"unable to find script [{script['id']}] in cluster state"
        cause = {"type": "resource_not_found_exception", "reason": told}
    return by_wire(illegal("failed to execute script", caused_by=cause), action)


def by_wire(error: SearchError, action: str) -> SearchError:
    """The error as of a request that one node sent to another (RemoteTransportException), which may be itself."""
    if action:
        error.root = [{"type": "remote_transport_exception", "reason": f"[n1][127.0.0.1:9300][{action}]"}]
    return error
