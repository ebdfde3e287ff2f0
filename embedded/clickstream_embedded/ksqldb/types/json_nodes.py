"""JSON as Jackson's tree has it: numbers keep the digits they are written with."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.types.java_numbers import json_decimal

MISSING = object()  # what no text at all is read as
_BLANK = " \t\r\n"
_CONTROL = re.compile(r'["\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _no_constant(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}'")


_decoder = json.JSONDecoder(parse_float=json_decimal, parse_constant=_no_constant)


def read(text: str) -> Any:
    """The first value of a text, `MISSING` where it holds none. Raises ValueError for what is no JSON.

    Whatever stands behind the value is left alone, as `ObjectMapper.readTree` does.
    """
    start = len(text) - len(text.lstrip(_BLANK))
    if start == len(text):
        return MISSING
    try:
        value, end = _decoder.raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"Invalid JSON format:{text}") from error
    if not isinstance(value, dict | list | str) and end < len(text) and text[end] not in _BLANK:
        raise ValueError(f"Invalid JSON format:{text}")
    return value


def _quoted(text: str) -> str:
    return '"' + _CONTROL.sub(lambda m: _SHORT.get(m[0]) or f"\\u{ord(m[0]):04X}", text) + '"'


def write(value: Any, *, plain: bool = False) -> str:
    """Compact JSON; `plain`: decimals without an exponent."""
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return format(value, "f") if plain else str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(str(k))}:{write(v, plain=plain)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item, plain=plain) for item in value) + "]"
    return str(value)


def text_of(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else write(value)


_PLAIN = re.compile(r"\.([\w:$\-/@|#]+)", re.UNICODE)
_PLACE = re.compile(r"\[(\w+)\]")
_NAMED = re.compile(r'\["((?:[^"\\]|\\["\\])*)"\]')


def path(text: str) -> list[str]:
    """The steps of a JSONPath such as `$.a["b"][0]`. Raises ValueError."""
    if not text.startswith("$"):
        raise ValueError(f"JSONPath '{text}' should start with '$'")
    steps: list[str] = []
    at = 1
    while at < len(text):
        found = _PLAIN.match(text, at) or _PLACE.match(text, at) or _NAMED.match(text, at)
        if found is None:
            raise ValueError(f"Invalid JSON path: '{text}'")
        steps.append(re.sub(r'\\(["\\])', r"\1", found[1]))
        at = found.end()
    return steps


def follow(value: Any, steps: list[str]) -> Any:
    """What stands at the end of the steps, `MISSING` where there is nothing."""
    for step in steps:
        if isinstance(value, list):
            if not re.fullmatch(r"[+-]?\d+", step) or not 0 <= int(step) < len(value):
                return MISSING
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step, MISSING)
        else:
            return MISSING
    return value
