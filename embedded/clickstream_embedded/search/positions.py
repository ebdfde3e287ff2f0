"""Where in a body's text a value stands: for messages, which say line and column as the server does."""

from __future__ import annotations

import re
from typing import Any

from clickstream_embedded.search.errors import Key, SearchError
from clickstream_embedded.search.mapping import MappingError

_SPACE = re.compile(r"\s*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(r"[{\[]|[^\s,\]}]+")
_PLAIN = re.compile(r"[^\s,\]}]+")


class _Found(Exception):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


def _walk(text: str, at: int, node: Any, place: tuple[Any, Any]) -> int:
    """Passes over one value; raises _Found at the place."""
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
    if isinstance(node, dict | list):
        container, key = place
        mine = node is container
        at += 1
        items: list[tuple[Any, Any]] = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
        for name, value in items:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            if text[at] == ",":
                at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
            if isinstance(node, dict):
                if mine and isinstance(key, Key) and key.name == name:
                    raise _Found(at)
                at = _STRING.match(text, at).end()  # type: ignore[union-attr]
                at = _SPACE.match(text, text.index(":", at) + 1).end()  # type: ignore[union-attr]
            if mine and key is not None and key == name:
                raise _Found(at)
            at = _walk(text, at, value, place)
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if mine:
            raise _Found(at)
        return at + 1
    pattern = _STRING if text[at] == '"' else _PLAIN
    return pattern.match(text, at).end()  # type: ignore[union-attr]


def position(raw: bytes, root: Any, container: Any, key: Any) -> tuple[int, int] | None:
    """(line, column), both from 1, of the value under `key`, of the key itself, or (None) of the container's end."""
    text = raw.decode("utf-8", "replace")
    at = _offset(text, root, container, key)
    return None if at is None else _line_and_column(text, at)


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _token_end(text: str, at: int) -> int:
    found = _TOKEN.match(text, at)
    return found.end() if found else at


def placed_value(error: MappingError, raw: bytes, root: Any) -> MappingError:
    """The error of a document with the place of the value in its text: where it begins, or where its first token ends."""
    text = raw.decode("utf-8", "replace")
    at = None if error.at is None or error.caused_by is None else _offset(text, root, *error.at)
    if at is None or error.caused_by is None:
        return error
    found = _TOKEN.match(text, at)
    line, column = _line_and_column(text, found.end() if found else at)
    reason = str(error.caused_by["reason"]).replace("line: 1, column: 1]", f"line: {line}, column: {column}]")
    if found and reason.startswith("Numeric value ("):
        reason = re.sub(r"^Numeric value \(.*?\)", f"Numeric value ({found[0]})", reason)
    if reason.endswith(" at 1:1"):
        line, column = _line_and_column(text, at)
        reason = f"{reason[:-3]}{line}:{column}"
    error.caused_by["reason"] = reason
    return error


def _offset(text: str, root: Any, container: Any, key: Any) -> int | None:
    try:
        _walk(text, 0, root, (container, key))
    except _Found as found:
        return found.at
    except (AttributeError, ValueError, IndexError, RecursionError):  # a key twice: the tree is not that of the text
        return None
    return None


def _placed_within(error: SearchError, raw: bytes, root: Any, inside: tuple[Any, str]) -> SearchError:
    """The error of an outer parser at the value, and that of the innermost one at its key."""
    container, key = inside
    value, name = position(raw, root, container, key), position(raw, root, container, Key(key))
    entry: dict[str, Any] | None = error.entry
    while entry is not None and value is not None and name is not None:
        inner: dict[str, Any] | None = entry.get("caused_by")
        line, column = value if inner is not None else name
        entry["reason"] = str(entry["reason"]).replace("[1:1]", f"[{line}:{column}]", 1)
        entry = inner
    return error


def _all_placed(entry: dict[str, Any], line: int, column: int) -> dict[str, Any]:
    """An entry and its causes, each with the place where the reason begins with one."""
    told: dict[str, Any] = {**entry, "reason": str(entry["reason"]).replace("[1:1]", f"[{line}:{column}]", 1)}
    return told | ({"caused_by": _all_placed(told["caused_by"], line, column)} if "caused_by" in told else {})


def placed(error: SearchError, raw: bytes, root: Any) -> SearchError:
    """The error with its line and column, where it tells a place in this body."""
    if error.at is None:
        return error
    container, key = error.at
    if error.inside is not None:
        return _placed_within(error, raw, root, error.inside)
    found = position(raw, root, container, key)
    if found is None:
        return error
    if "line" in error.entry:
        error.entry["line"], error.entry["col"] = found
    reason = str(error.entry["reason"])
    if reason.endswith("line: 1, column: 1]"):  # the reader of JSON itself: where the token ends
        text = raw.decode("utf-8", "replace")
        line, column = _line_and_column(text, _token_end(text, _offset(text, root, container, key) or 0))
        error.entry["reason"] = reason.replace("line: 1, column: 1]", f"line: {line}, column: {column}]")
        return error
    cause: dict[str, Any] | None = error.entry.get("caused_by")
    if reason.endswith(" at 1:1"):
        error.entry["reason"] = f"{reason[:-3]}{found[0]}:{found[1]}"
    if "[1:1]" in reason:
        named = (
            position(raw, root, container, Key(key))
            if cause is not None and "line" in error.entry and isinstance(key, str) and "unknown field" in reason
            else None
        )
        line, column = named or found
        error.entry["reason"] = reason.replace("[1:1]", f"[{line}:{column}]", 1)
        if cause is not None and "line" in cause:
            cause["line"], cause["col"] = found
        error.entry |= {"caused_by": _all_placed(cause, line, column)} if cause is not None else {}
        error.root = [_all_placed(each, line, column) for each in error.root] if error.root else error.root
    return error
