"""Bodies of requests, read as the real worker's Jackson reads them: the same values, and refusals in the same words."""

from __future__ import annotations

import codecs
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
_NOT_NUMBERS = re.compile(r"(?:NaN|-?Infinity|-INF)(?!\w)")
_COMMENT = (
    "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
)
_PLUS = "JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow"
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
Chain = Callable[[tuple[str, ...]], str]


def _no_guard(_: Body, __: tuple[str, ...], ___: Node) -> None:
    """Lets everything pass."""


def _no_chain(_: tuple[str, ...]) -> str:
    """What is read as a map is told without a way to it."""
    return ""


class Body:
    """The text of a body, which knows lines and columns."""

    def __init__(self, data: bytes) -> None:
        self._mark = 3 if data.startswith(codecs.BOM_UTF8) else 0  # bytes that count as columns of the first line
        self.text = data[self._mark :].decode("utf-8", "replace")
        self._guard: Guard = _no_guard
        self._chain: Chain = _no_chain

    def at(self, place: int, beyond: int = 0) -> str:
        """A place as Jackson tells it: lines and columns from 1 on; `beyond`: characters read behind it."""
        before = self.text[: max(place, 0)]
        lines = before.count("\n")
        return _SOURCE.format(lines + 1, place - before.rfind("\n") + beyond + (0 if lines else self._mark))

    def refused(self, message: str, place: int, chain: str = "") -> RequestRefused:
        """Status 500, as the real worker answers to what it cannot read."""
        through = f" (through reference chain: {chain})" if chain else ""
        return RequestRefused(500, f"{message}\n at {self.at(place)}{through}")

    def parsed(self, guard: Guard = _no_guard, chain: Chain = _no_chain) -> Node | None:
        """The first value of the text; None where there is none, or null. Raises RequestRefused.

        Args:
            guard: told each array and object as it begins, so that one that does not belong there is refused before
                what follows is read, as a reader of streams does.
            chain: the way to a value by the types that it is read into.
        """
        start = self._space(0)
        if start >= len(self.text):
            return None
        self._guard, self._chain = guard, chain
        node = self._value(start, ())
        if node.kind == "number" and self.text[node.end : node.end + 1] not in ("", " ", "\t", "\r", "\n"):
            raise self._unexpected(node.end, "Expected space separating root-level values")
        return None if node.kind == "null" else node

    def check_end(self, node: Node, bound: str) -> None:
        """That nothing stands behind a value that was read as a Java type. Raises RequestRefused."""
        at = self._space(node.end)
        if at >= len(self.text):
            return
        char = self.text[at]
        if char in "}]":
            line = self.at(0).partition(", column")[0]
            wanted = "}" if char == "]" else "]"
            raise self.refused(
                f"Unexpected close marker '{char}': expected '{wanted}' (for root starting at {line}])", at + 1
            )
        if char == ",":
            raise self._unexpected(at, "expected a value", ())
        token = {"{": "START_OBJECT", "[": "START_ARRAY", '"': "VALUE_STRING"}.get(char)
        if token is None:
            found = self._value(at, ())
            whole = "FLOAT" if found.kind == "number" and not found.value.lstrip("-").isdigit() else "INT"
            token = f"VALUE_NUMBER_{whole}" if found.kind == "number" else f"VALUE_{str(found.value).upper()}"
            token = "VALUE_NULL" if found.kind == "null" else token
        raise self.refused(
            f"Trailing token (of type {token}) found after value (bound as `{bound}`): not allowed as per "
            "`DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", at,
        )  # fmt: skip

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found is not None else at

    def _unexpected(self, at: int, expected: str, path: tuple[str, ...] = (), where: str = "") -> RequestRefused:
        char = self.text[at]
        if char == "/" and not where:
            expected = _COMMENT
        told = f"Unexpected character ('{char}' (code {ord(char)})){where}: {expected}"
        return self.refused(told, at + 1, self._chain(path))

    def _value(self, at: int, path: tuple[str, ...]) -> Node:
        char = self.text[at : at + 1]
        if char in ("{", "["):
            self._guard(self, path, Node("object" if char == "{" else "array", {}, at, at))
            return self._object(at, path) if char == "{" else self._array(at, path)
        if char == '"':
            text, end = self._string(at, "VALUE_STRING", path)
            return Node("text", text, at, end)
        number = _NUMBER.match(self.text, at)
        around = path[:-1]  # the first token is read before what it is read into is known
        if number is not None:
            self._check_number(number, around)
            return Node("number", number[0], at, number.end())
        if char == "-" and not self.text.startswith(("-Infinity", "-INF"), at):
            raise self._no_digit(at, around)
        if char == "+" and at + 1 < len(self.text):
            told = f"Unexpected character ('+' (code 43)) in numeric value: {_PLUS}"
            raise self.refused(told, at + 2, self._chain(around))
        odd = _NOT_NUMBERS.match(self.text, at)
        if odd is not None:
            told = f"Non-standard token '{odd[0]}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
            raise self.refused(told, odd.end(), self._chain(around))
        word = _WORD.match(self.text, at)
        if word is None:
            expected = "expected a value" if char in ("}", "]") else f"expected a valid value {_VALUE}"
            raise self._unexpected(at, expected, around)
        if word[0] not in _WORDS:
            # the character behind the token is read before it is known that the token ends there
            place = min(word.end() + 1, len(self.text))
            raise self.refused(f"Unrecognized token '{word[0]}': was expecting {_VALUE}", place, self._chain(around))
        value = _WORDS[word[0]]
        return Node("null" if value is None else "boolean", value, at, word.end())

    def _check_number(self, number: re.Match[str], path: tuple[str, ...]) -> None:
        """That what stands behind a number does not make it a wrong one. Raises RequestRefused."""
        end = number.end()
        behind = self.text[end : end + 1]
        if number[0].lstrip("-") == "0" and behind.isdigit():
            raise self.refused("Invalid numeric value: Leading zeroes not allowed", end, self._chain(path))
        if behind == "." and "." not in number[0] and end + 1 < len(self.text):
            raise self._unexpected(end + 1, "Decimal point not followed by a digit", path, " in numeric value")
        if behind in ("e", "E"):
            after = end + (2 if self.text[end + 1 : end + 2] in ("+", "-") else 1)
            if after < len(self.text):
                raise self._unexpected(after, "Exponent indicator not followed by a digit", path, " in numeric value")

    def _no_digit(self, at: int, path: tuple[str, ...]) -> RequestRefused:
        if at + 1 >= len(self.text):
            return self.refused("Unexpected end-of-input in null", at + 1, self._chain(path))
        expected = "expected digit (0-9) to follow minus sign, for valid numeric value"
        return self._unexpected(at + 1, expected, path, " in numeric value")

    def _string(self, at: int, what: str, path: tuple[str, ...]) -> tuple[str, int]:
        found = _TEXT.match(self.text, at)
        if found is None:
            control = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*([\x00-\x1f])').match(self.text, at)
            if control is None:
                raise self.refused(f"Unexpected end-of-input in {what}", len(self.text), self._chain(path))
            kind = "name" if what == "field name" else "string value"
            raise self._told(f"Illegal unquoted character ((CTRL-CHAR, code {ord(control[1])})): has to be escaped using "
                             f"backslash to be included in {kind}", control.end() - 1, path)  # fmt: skip
        for escape in re.finditer(r"\\(.)", found[0]):
            if escape[1] not in '"\\/bfnrtu':
                char = escape[1]
                raise self._told(
                    f"Unrecognized character escape '{char}' (code {ord(char)})", at + escape.end() - 1, path
                )
        try:
            return json.loads(found[0]), found.end()
        except ValueError:
            raise self.refused(f"Unrecognized character escape in {what}", found.end(), self._chain(path)) from None

    def _told(self, message: str, place: int, path: tuple[str, ...]) -> RequestRefused:
        """A character that does not belong there, which was read already; a line that it ends does not count."""
        chain = self._chain(path)
        through = f" (through reference chain: {chain})" if chain else ""
        return RequestRefused(500, f"{message}\n at {self.at(place, 1)}{through}")

    def _next(self, at: int, what: str, start: int, path: tuple[str, ...], *, opened: bool) -> int:
        """The next character; `opened`: whether the value may end there, rather than must go on."""
        at = self._space(at)
        if at < len(self.text):
            return at
        if not opened:
            message = f"Unexpected end-of-input within/between {what} entries"
        else:
            message = f"Unexpected end-of-input: expected close marker for {what} (start marker at {self.at(start)})"
        raise self.refused(message, len(self.text), self._chain(path))

    def _object(self, start: int, path: tuple[str, ...]) -> Node:
        found: dict[str, Node] = {}
        at = self._next(start + 1, "Object", start, path, opened=True)
        if self.text[at] == "}":
            return Node("object", found, start, at + 1)
        while True:
            if self.text[at] != '"':
                raise self._unexpected(at, "was expecting double-quote to start field name", path)
            name, at = self._string(at, "field name", path)
            at = self._next(at, "Object", start, path, opened=False)
            if self.text[at] != ":":
                raise self._unexpected(at, "was expecting a colon to separate field name and value", path)
            at = self._next(at + 1, "Object", start, path, opened=False)
            node = self._inside(at, (*path, name))
            found[name] = node
            at = self._next(node.end, "Object", start, path, opened=True)
            if self.text[at] == "}":
                return Node("object", found, start, at + 1)
            if self.text[at] != ",":
                raise self._unexpected(at, "was expecting comma to separate Object entries", path)
            at = self._next(at + 1, "Object", start, path, opened=False)

    def _array(self, start: int, path: tuple[str, ...]) -> Node:
        found: list[Node] = []
        at = self._next(start + 1, "Array", start, path, opened=True)
        if self.text[at] == "]":
            return Node("array", found, start, at + 1)
        while True:
            node = self._inside(at, (*path, str(len(found))))
            found.append(node)
            at = self._next(node.end, "Array", start, path, opened=True)
            if self.text[at] == "]":
                return Node("array", found, start, at + 1)
            if self.text[at] != ",":
                raise self._unexpected(at, "was expecting comma to separate Array entries", path)
            at = self._next(at + 1, "Array", start, path, opened=False)

    def _inside(self, at: int, path: tuple[str, ...]) -> Node:
        node = self._value(at, path)
        if node.kind not in ("array", "object"):
            self._guard(self, path, node)
        return node


_TOKENS = {"array": ("Array", "START_ARRAY"), "object": ("Object", "START_OBJECT"), "text": ("String", "VALUE_STRING"),
           "number": ("Integer", "VALUE_NUMBER_INT"), "boolean": ("Boolean", "VALUE_TRUE")}  # fmt: skip
_STRINGS = "java.util.LinkedHashMap<java.lang.String,java.lang.String>"
_OBJECTS = "java.util.LinkedHashMap<java.lang.String,java.lang.Object>"
_ENTITIES = "org.apache.kafka.connect.runtime.rest.entities."


def mismatch(body: Body, node: Node, java_type: str, chain: str = "") -> RequestRefused:
    """A value of another type than is wanted."""
    plain_type = java_type.split("<")[0]
    name, token = _TOKENS[node.kind]
    is_map = plain_type == "java.util.LinkedHashMap" and node.kind != "text"
    if node.kind in ("array", "object") or plain_type == "java.util.ArrayList" or is_map:
        if node.kind == "number" and not node.value.lstrip("-").isdigit():
            name, token = "Floating-point", "VALUE_NUMBER_FLOAT"
        elif node.kind == "boolean" and not node.value:
            name, token = "Boolean", "VALUE_FALSE"
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
    if not path and node.kind not in ("object", "null"):
        raise mismatch(body, node, _STRINGS, chain)
    if len(path) == 1 and node.kind in ("array", "object"):
        key = f'java.util.LinkedHashMap["{path[0]}"]'
        raise mismatch(body, node, "java.lang.String", f"{chain}->{key}" if chain else key)
