"""Functions of strings. Positions and lengths count UTF-16 code units, as in Java."""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import STRINGS, scalar
from clickstream_embedded.ksqldb.types.java_text import characters, trim, unescaped, units
from clickstream_embedded.ksqldb.types.sql_types import SqlType


def _wide(value: Any) -> Any:
    return units(value) if isinstance(value, str) else value


def _narrow(value: Any) -> Any:
    return characters(value) if isinstance(value, str) else value


@scalar("LEN(STRING) -> INTEGER", "LEN(BYTES) -> INTEGER", category=STRINGS)
def length(text: Any) -> int:
    """The length in characters or bytes."""
    return len(_wide(text))


@scalar("UCASE(STRING) -> STRING", category=STRINGS)
def ucase(text: str) -> str:
    """Upper case."""
    return text.upper()


@scalar("LCASE(STRING) -> STRING", category=STRINGS)
def lcase(text: str) -> str:
    """Lower case."""
    return text.lower()


@scalar("INITCAP(STRING) -> STRING", category=STRINGS)
def initcap(text: str) -> str:
    """Each word with a capital letter, the rest in lower case."""
    words = re.findall(r"[^\s]+\s*", text.lower(), re.ASCII)
    return "".join(word[0].upper() + word[1:] for word in words)


@scalar("TRIM(STRING) -> STRING", category=STRINGS)
def trimmed(text: str) -> str:
    """Without blanks at both ends."""
    return trim(text)


@scalar(
    "SUBSTRING(STRING, INTEGER) -> STRING",
    "SUBSTRING(STRING, INTEGER, INTEGER) -> STRING",
    "SUBSTRING(BYTES, INTEGER) -> BYTES",
    "SUBSTRING(BYTES, INTEGER, INTEGER) -> BYTES",
    category=STRINGS,
)
def substring(text: Any, position: int, size: int | None = None) -> Any:
    """The portion that starts at `position` (from 1, or from the end where negative)."""
    wide = _wide(text)
    start = max(len(wide) + position, 0) if position < 0 else max(min(position - 1, len(wide)), 0)
    if size is None:
        return _narrow(wide[start:])
    end = start + size if start + size < 1 << 31 else start + size - (1 << 32)
    return _narrow(wide[start : max(min(end, len(wide)), start)])


@scalar("CONCAT(STRING...) -> STRING", "CONCAT(BYTES...) -> BYTES", category=STRINGS, nulls=True, typed=True)
def concat(kind: SqlType, _: list[SqlType]) -> Any:
    """The arguments joined; nulls are left out."""
    nothing: Any = b"" if kind.name == "BYTES" else ""
    return lambda *parts: nothing.join([part for part in parts if part is not None])


@scalar("CONCAT_WS(STRING...) -> STRING", "CONCAT_WS(BYTES...) -> BYTES", category=STRINGS, nulls=True)
def concat_ws(*parts: Any) -> Any:
    """The arguments behind the first joined with it as separator; nulls are left out."""
    if len(parts) < 2:
        raise ValueError("Function Concat_WS expects at least two input arguments.")
    separator = parts[0]
    return None if separator is None else separator.join(part for part in parts[1:] if part is not None)


@scalar("REPLACE(STRING, STRING, STRING) -> STRING", category=STRINGS)
def replace(text: str, old: str, new: str) -> str:
    """Each occurrence of a text replaced."""
    return text.replace(old, new)


@scalar("LPAD(STRING, INTEGER, STRING) -> STRING", "LPAD(BYTES, INTEGER, BYTES) -> BYTES", category=STRINGS)
def lpad(text: Any, size: int, padding: Any) -> Any:
    """Padded on the left, or cut, to a length."""
    wide, filling = _wide(text), _wide(padding)
    if size < 0 or not filling:
        return None
    missing = max(size - len(wide), 0)
    return _narrow((_repeated(filling, missing) + wide)[:size])


@scalar("RPAD(STRING, INTEGER, STRING) -> STRING", "RPAD(BYTES, INTEGER, BYTES) -> BYTES", category=STRINGS)
def rpad(text: Any, size: int, padding: Any) -> Any:
    """Padded on the right, or cut, to a length."""
    wide, filling = _wide(text), _wide(padding)
    if size < 0 or not filling:
        return None
    return _narrow((wide + _repeated(filling, max(size - len(wide), 0)))[:size])


_LONGEST = 1 << 26  # characters that one padding may make: more would only exhaust the memory


def _repeated(filling: Any, size: int) -> Any:
    if size > _LONGEST:
        raise ValueError(f"a text of {size} characters is too long")
    return (filling * (size // len(filling) + 1))[:size]


@scalar("SPLIT(STRING, STRING) -> ARRAY<STRING>", "SPLIT(BYTES, BYTES) -> ARRAY<BYTES>", category=STRINGS)
def split(text: Any, delimiter: Any) -> list[Any]:
    """The parts between a delimiter; without one, the characters or bytes."""
    if not delimiter:
        return [text[i : i + 1] for i in range(len(text))] or [text]
    return text.split(delimiter)


@scalar("SPLIT_TO_MAP(STRING, STRING, STRING) -> MAP<STRING, STRING>", category=STRINGS)
def split_to_map(text: str, entry: str, pair: str) -> dict[str, str] | None:
    """A map from `a:=1/b:=2`."""
    if not entry or not pair or entry == pair:
        return None
    parts = (item.split(pair) for item in text.split(entry) if pair in item)
    return {part[0]: part[1] for part in parts}


@scalar(
    "INSTR(STRING, STRING) -> INTEGER",
    "INSTR(STRING, STRING, INTEGER) -> INTEGER",
    "INSTR(STRING, STRING, INTEGER, INTEGER) -> INTEGER",
    category=STRINGS,
    nulls=True,
)
def instr(text: str | None, part: str | None, position: int | None = 1, occurrence: int | None = 1) -> int | None:
    """Where `part` stands (from 1), 0 where it does not; a negative position searches from the end."""
    if position is None or occurrence is None:
        return None
    if text is None or part is None:
        return 0
    wide, sought = units(text), units(part)
    if abs(position) > len(wide):
        return 0
    backwards = position < 0
    if backwards:
        wide, sought, position = wide[::-1], sought[::-1], -position
    found = _ordinal(wide[position - 1 :], sought, occurrence)
    if found < 0:
        return 0
    return len(wide) - position - found - len(sought) + 2 if backwards else found + position


def _ordinal(text: str, part: str, occurrence: int) -> int:
    """As commons-lang's `ordinalIndexOf`: occurrences may overlap."""
    if occurrence <= 0:
        return -1
    if not part:
        return 0
    found = -1
    for _ in range(occurrence):
        found = text.find(part, found + 1)
        if found < 0:
            return -1
    return found


_MASKS = {"Lu": "X", "Ll": "x", "Nd": "n"}
_OTHER = "-"


def _mask_text(text: str, *masks: str | None) -> str:
    if masks:
        for mask in masks:
            if mask is not None and len(units(mask)) != 1:
                raise ValueError(f"Invalid mask character. Must be only single character, but was '{mask}'")
        symbols: list[str | None] = list(masks)
    else:
        symbols = [*_MASKS.values(), _OTHER]
    kinds = dict(zip((*_MASKS, ""), symbols, strict=True))

    def one(character: str) -> str:
        kind = unicodedata.category(character)
        return kinds[kind if kind in _MASKS else ""] or character

    return characters("".join(map(one, units(text))))


@scalar(
    "MASK(STRING) -> STRING", "MASK(STRING, STRING, STRING, STRING, STRING) -> STRING", category=STRINGS, nulls=True
)
def mask(text: str | None, *masks: str | None) -> str | None:
    """Letters, digits and the rest replaced by mask characters; a null keeps that kind."""
    hidden = _mask_text(text or "", *masks)
    return None if text is None else hidden


def _mask_parts(name: str, pick: Any) -> None:
    @scalar(
        f"{name}(STRING, INTEGER) -> STRING",
        f"{name}(STRING, INTEGER, STRING, STRING, STRING, STRING) -> STRING",
        category=STRINGS,
        nulls=True,
        description="Masks part of a string.",
    )
    def masked(text: str | None, count: int | None, *masks: str | None) -> str | None:
        if count is None or text is None:
            return None
        if count < 0:
            raise ValueError(f"function {name.lower()} requires a non-negative number of characters to mask or skip")
        parts = pick(units(text), count)
        return characters("".join(units(_mask_text(part, *masks)) if hide else part for part, hide in parts))


_mask_parts("MASK_LEFT", lambda s, n: ((s[:n], True), (s[n:], False)))
_mask_parts("MASK_KEEP_LEFT", lambda s, n: ((s[:n], False), (s[n:], True)))
_mask_parts("MASK_RIGHT", lambda s, n: ((s[: max(len(s) - n, 0)], False), (s[max(len(s) - n, 0) :], True)))
_mask_parts("MASK_KEEP_RIGHT", lambda s, n: ((s[: max(len(s) - n, 0)], True), (s[max(len(s) - n, 0) :], False)))


@scalar("CHR(INTEGER) -> STRING", category=STRINGS)
def chr_code(code: int) -> str | None:
    """The character of a code point."""
    return characters(chr(code)) if 0 <= code < 0x110000 else None


@scalar("CHR(STRING) -> STRING", category=STRINGS)
def chr_escape(code: str) -> str | None:
    """The character of an escape such as `\\u0041`."""
    return unescaped(code) if len(code) >= 6 and code.startswith("\\u") else None


@scalar("UUID() -> STRING", category=STRINGS)
def uuid_text() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


@scalar("UUID(BYTES) -> STRING", category=STRINGS)
def uuid_of_bytes(raw: bytes) -> str | None:
    """The UUID that 16 bytes hold."""
    return str(uuid.UUID(bytes=raw)) if len(raw) == 16 else None


@scalar("ELT(INTEGER, STRING...) -> STRING", category=STRINGS, nulls=True)
def elt(number: int | None, *texts: str | None) -> str | None:
    """The text at a place."""
    return texts[number - 1] if number is not None and 0 < number <= len(texts) else None


@scalar("FIELD(STRING, STRING...) -> INTEGER", category=STRINGS, nulls=True)
def field_place(text: str | None, *texts: str | None) -> int:
    """The place of a text among others, 0 where it is not there."""
    return texts.index(text) + 1 if text is not None and text in texts else 0
