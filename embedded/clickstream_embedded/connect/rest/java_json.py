"""Bodies of requests, read as the real worker's Jackson reads them: the same values, and refusals in the same words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.connect.worker.refusal import RequestRefused

_SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"[ \t\r\n]*")
_WORDS = {"true": True, "false": False, "null": None}
_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@dataclass(slots=True)
class Node:
    """A JSON value with its place: `kind` is object, array, text, number, boolean or null.

    The value of an object is a dict of nodes, that of an array a list of nodes, that of a number its digits.
    """

    kind: str
    value: Any
    start: int
    end: int


def plain(node: Node) -> Any:
    """The value with all inside as Python's own types."""
    match node.kind:
        case "object":
            return {key: plain(each) for key, each in node.value.items()}
        case "array":
            return [plain(each) for each in node.value]
        case "number":
            return json.loads(node.value)
        case _:
            return node.value


Guard = Callable[["Body", tuple[str, ...], Node], None]


def _no_guard(_: Body, __: tuple[str, ...], ___: Node) -> None:
    """Lets everything pass."""


class Body:
    """The text of a body, which knows lines and columns."""

    def __init__(self, data: bytes) -> None:
        self.text = data.decode("utf-8", "replace")
        self._guard: Guard = _no_guard

    def at(self, place: int) -> str:
        """A place as Jackson tells it: lines and columns from 1 on."""
        before = self.text[:place]
        return _SOURCE.format(before.count("\n") + 1, place - before.rfind("\n"))

    def refused(self, message: str, place: int, chain: str = "") -> RequestRefused:
        """Status 500, as the real worker answers to what it cannot read."""
        through = f" (through reference chain: {chain})" if chain else ""
        return RequestRefused(500, f"{message}\n at {self.at(place)}{through}")

    def parsed(self, guard: Guard = _no_guard) -> Node | None:
        """The first value of the text; None where there is none, or null. Raises RequestRefused.

        Args:
            guard: told each array and object as it begins, so that one that does not belong there is refused before
                what follows is read, as a reader of streams does.
        """
        start = self._space(0)
        if start >= len(self.text):
            return None
        self._guard = guard
        node = self._value(start, ())
        return None if node.kind == "null" else node

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found is not None else at

    def _unexpected(self, at: int, expected: str) -> RequestRefused:
        char = self.text[at]
        return self.refused(f"Unexpected character ('{char}' (code {ord(char)})): {expected}", at + 1)

    def _value(self, at: int, path: tuple[str, ...]) -> Node:
        char = self.text[at : at + 1]
        if char in ("{", "["):
            self._guard(self, path, Node("object" if char == "{" else "array", {}, at, at))
            return self._object(at, path) if char == "{" else self._array(at, path)
        if char == '"':
            text, end = self._string(at, "VALUE_STRING")
            return Node("text", text, at, end)
        number = _NUMBER.match(self.text, at)
        if number is not None:
            return Node("number", number[0], at, number.end())
        word = _WORD.match(self.text, at)
        if word is None:
            raise self._unexpected(at, "expected a value" if char in ("}", "]") else f"expected a valid value {_VALUE}")
        if word[0] not in _WORDS:
            raise self.refused(f"Unrecognized token '{word[0]}': was expecting {_VALUE}", word.end())
        value = _WORDS[word[0]]
        return Node("null" if value is None else "boolean", value, at, word.end())

    def _string(self, at: int, what: str) -> tuple[str, int]:
        found = _TEXT.match(self.text, at)
        if found is None:
            raise self.refused(f"Unexpected end-of-input in {what}", len(self.text))
        try:
            return json.loads(found[0]), found.end()
        except ValueError:
            raise self.refused(f"Unrecognized character escape in {what}", found.end()) from None

    def _ended(self, what: str, start: int) -> RequestRefused:
        marker = f"(start marker at {self.at(start)})"
        return self.refused(f"Unexpected end-of-input: expected close marker for {what} {marker}", len(self.text))

    def _next(self, at: int, what: str, start: int) -> int:
        at = self._space(at)
        if at >= len(self.text):
            raise self._ended(what, start)
        return at

    def _object(self, start: int, path: tuple[str, ...]) -> Node:
        found: dict[str, Node] = {}
        at = self._next(start + 1, "Object", start)
        if self.text[at] == "}":
            return Node("object", found, start, at + 1)
        while True:
            if self.text[at] != '"':
                raise self._unexpected(at, "was expecting double-quote to start field name")
            name, at = self._string(at, "field name")
            at = self._space(at)
            if at >= len(self.text):
                raise self.refused("Unexpected end-of-input within/between Object entries", at)
            if self.text[at] != ":":
                raise self._unexpected(at, "was expecting a colon to separate field name and value")
            node = self._value(self._next(at + 1, "Object", start), (*path, name))
            found[name] = node
            at = self._next(node.end, "Object", start)
            if self.text[at] == "}":
                return Node("object", found, start, at + 1)
            if self.text[at] != ",":
                raise self._unexpected(at, "was expecting comma to separate Object entries")
            at = self._next(at + 1, "Object", start)

    def _array(self, start: int, path: tuple[str, ...]) -> Node:
        found: list[Node] = []
        at = self._next(start + 1, "Array", start)
        if self.text[at] == "]":
            return Node("array", found, start, at + 1)
        while True:
            node = self._value(at, (*path, str(len(found))))
            found.append(node)
            at = self._next(node.end, "Array", start)
            if self.text[at] == "]":
                return Node("array", found, start, at + 1)
            if self.text[at] != ",":
                raise self._unexpected(at, "was expecting comma to separate Array entries")
            at = self._next(at + 1, "Array", start)


_TOKENS = {"array": ("Array", "START_ARRAY"), "object": ("Object", "START_OBJECT"), "text": ("String", "VALUE_STRING"),
           "number": ("Integer", "VALUE_NUMBER_INT"), "boolean": ("Boolean", "VALUE_TRUE")}  # fmt: skip
_STRINGS = "java.util.LinkedHashMap<java.lang.String,java.lang.String>"
_OBJECTS = "java.util.LinkedHashMap<java.lang.String,java.lang.Object>"
_ENTITIES = "org.apache.kafka.connect.runtime.rest.entities."


def mismatch(body: Body, node: Node, java_type: str, chain: str = "") -> RequestRefused:
    """A value of another type than is wanted."""
    plain_type = java_type.split("<")[0]
    name, token = _TOKENS[node.kind]
    if node.kind in ("array", "object") or plain_type == "java.util.ArrayList":
        message = f"Cannot deserialize value of type `{java_type}` from {name} value (token `JsonToken.{token}`)"
    else:
        argument, kind = {"text": ("String", "String"), "number": ("int/Int", "Number")}.get(
            node.kind, ("boolean/Boolean", "boolean")
        )
        shown = f"'{node.value}'" if node.kind == "text" else str(node.value).lower()
        message = (f"Cannot construct instance of `{plain_type}` (although at least one Creator exists): no "
                   f"{argument}-argument constructor/factory method to deserialize from {kind} value ({shown})")  # fmt: skip
    return body.refused(message, node.start, chain)


def strings(body: Body, node: Node, chain: str = "") -> dict[str, str | None]:
    """A map of texts: numbers and booleans become text, null stays. Raises RequestRefused."""
    if node.kind != "object":
        raise mismatch(body, node, _STRINGS, chain)
    found: dict[str, str | None] = {}
    for key, each in node.value.items():
        if each.kind in ("array", "object"):
            through = f'{chain}->java.util.LinkedHashMap["{key}"]' if chain else f'java.util.LinkedHashMap["{key}"]'
            raise mismatch(body, each, "java.lang.String", through)
        found[key] = text_of(each)
    return found


def text_of(node: Node) -> str | None:
    match node.kind:
        case "null":
            return None
        case "boolean":
            return "true" if node.value else "false"
        case _:
            return str(node.value)


def entity(body: Body, node: Node, name: str, known: tuple[str, ...], chain: str = "") -> dict[str, Node]:
    """The fields of one of Connect's own types. Raises RequestRefused for one that it does not have."""
    if node.kind != "object":
        raise mismatch(body, node, _ENTITIES + name, chain)
    seen: set[str] = set()
    for key, each in node.value.items():
        if key in known:
            seen.add(key)
            continue
        listed = ", ".join(f'"{field}"' for field in known)
        count = "one known property" if len(known) == 1 else f"{len(known)} known properties"
        message = f'Unrecognized field "{key}" (class {_ENTITIES}{name}), not marked as ignorable ({count}: {listed}])'
        before = f"{chain}->" if chain else ""
        # once all known fields were read it is refused at its first token, before that only at the end of the object
        first = each.start + 1 if each.kind in ("array", "object") else each.end
        place = first if seen == set(known) else node.end
        raise body.refused(message, place, f'{before}{_ENTITIES}{name}["{key}"]')
    return node.value


def objects(body: Body, node: Node | None, chain: str) -> dict[str, Any] | None:
    """A map of any values. Raises RequestRefused."""
    if node is None or node.kind == "null":
        return None
    if node.kind != "object":
        raise mismatch(body, node, _OBJECTS, chain)
    return plain(node)


def guard_strings(body: Body, path: tuple[str, ...], node: Node, chain: str = "") -> None:
    """For bodies that are a map of texts: refuses what is neither."""
    if not path and node.kind == "array":
        raise mismatch(body, node, _STRINGS, chain)
    if len(path) == 1:
        key = f'java.util.LinkedHashMap["{path[0]}"]'
        raise mismatch(body, node, "java.lang.String", f"{chain}->{key}" if chain else key)
