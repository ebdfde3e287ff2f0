"""Errors in the shape of Elasticsearch's."""

from __future__ import annotations

import re
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
        self, kind: str, reason: str, status: int = 400, caused_by: dict[str, Any] | None = None,
        root: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """`root` is what is named as the first cause instead of the error itself."""
        super().__init__(reason)
        self.root = root
        self.kind, self.reason, self.status, self.caused_by = kind, reason, status, caused_by

    def entry(self, index: str) -> dict[str, Any]:
        """What is said of the shard of that index."""
        named = {"index_uuid": index_uuid(index), "index": index} if self.kind == "query_shard_exception" else {}
        return {"type": self.kind, "reason": self.reason, **named}


# what is no exception of Elasticsearch's own is named once more as the cause of the whole
_JAVA = (
    "illegal_argument_exception",
    "number_format_exception",
    "illegal_state_exception",
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


def parse_failed(raw: bytes, error: ValueError) -> SearchError:
    """What is said of a body that is no JSON: Jackson's kinds of error, its words and its way of counting columns."""
    text = raw.decode("utf-8", "replace")
    at = getattr(error, "pos", len(text))
    plain = text.rstrip()
    if at >= len(plain) or "end of" in str(error):
        place = f"\n at [Source: (byte[]); line: 1, column: {2 * len(text) + 1}]"
        if plain.endswith((":", ",")):
            return SearchError(
                500, "json_e_o_f_exception", f"Unexpected end-of-input within/between Object entries{place}"
            )
        start, kind = _unclosed(plain)
        return SearchError(500, "json_e_o_f_exception", f"Unexpected end-of-input: expected close marker for {kind} (start marker at "
                           f"[Source: (byte[]); line: 1, column: {start + 1}]){place}")  # fmt: skip
    word = re.match(r"[A-Za-z_]\w*", text[at:])
    before = text[:at].rstrip()
    if word and not before.endswith(("{", ",")):
        ends = f"\n at [Source: (byte[]); line: 1, column: {2 * (at + len(word[0])) + 1 if len(text) == at + len(word[0]) else at + len(word[0]) + 1}]"
        return SearchError(
            500,
            "json_parse_exception",
            f"Unrecognized token '{word[0]}': was expecting 'null', 'true', 'false' or NaN{ends}",
        )
    wanted = "double-quote to start field name" if before.endswith(("{", ",")) else "comma to separate Object entries"
    place = f"\n at [Source: (byte[]); line: 1, column: {at + 2}]"
    return SearchError(
        500,
        "json_parse_exception",
        f"Unexpected character ('{text[at]}' (code {ord(text[at])})): was expecting {wanted}{place}",
    )


def _unclosed(text: str) -> tuple[int, str]:
    """(place, kind) of the innermost object or array that is still open."""
    still: list[int] = []
    inside = False
    skip = False
    for place, letter in enumerate(text):
        if skip:
            skip = False
        elif letter == "\\" and inside:
            skip = True
        elif letter == '"':
            inside = not inside
        elif not inside and letter in "{[":
            still.append(place)
        elif not inside and letter in "}]" and still:
            still.pop()
    start = still[-1] if still else 0
    return start, "Array" if text[start : start + 1] == "[" else "Object"
