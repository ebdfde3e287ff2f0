"""Which records are shown: by a field, by a text or by a regular expression, or just the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from clickstream_pipeline.errors import Misuse
from clickstream_pipeline.model import Record

Test = Callable[[Record], bool]
_FIELD = re.compile(r"\s*(\w+)\s*(!=|>=|<=|=|>|<)\s*'?(.*?)'?\s*")
_HINT = "Write it as field=value, with =, !=, <, <=, > or >="


def by_field(text: str) -> Test:
    """`field=value`, with =, !=, <, <=, > or >=; field names match whatever their case. Raises Misuse."""
    match = _FIELD.fullmatch(text)
    if match is None:
        raise Misuse(f"'{text}' is no condition", hint=_HINT)
    name, operator, wanted = match.groups()

    def test(record: Record) -> bool:
        fields = record.value if isinstance(record.value, dict) else {}
        value: Any = {str(key).lower(): each for key, each in fields.items()}.get(name.lower())
        if operator in ("=", "!="):
            return (str(value) == wanted) == (operator == "=")
        try:
            a, b = float(value), float(wanted)
        except (TypeError, ValueError):
            return False
        return {">": a > b, "<": a < b, ">=": a >= b, "<=": a <= b}[operator]

    return test


def record_filter(text: str) -> Test | None:
    """What a line in the filter means: `field=value`, `/regex/`, else a text whatever its case; `!` before it is the
    opposite. None for an empty one. Raises Misuse for a wrong regular expression."""
    text = text.strip()
    if text.startswith("!"):
        inner = record_filter(text[1:])
        return None if inner is None else lambda record: not inner(record)
    if not text:
        return None
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            pattern = re.compile(text[1:-1])
        except re.error as error:
            raise Misuse(f"{text} is no regular expression: {error}") from error
        return lambda record: pattern.search(_text(record)) is not None
    if _FIELD.fullmatch(text):
        return by_field(text)
    wanted = text.lower()
    return lambda record: wanted in _text(record).lower()


def _text(record: Record) -> str:
    value = record.value if isinstance(record.value, str) else json.dumps(record.value, ensure_ascii=False, default=str)
    return f"{record.key} {value}"
