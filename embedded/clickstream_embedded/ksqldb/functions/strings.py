"""Functions of strings."""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    STRINGS,
    scalar,
)


@scalar("LEN(STRING) -> INTEGER", "LEN(BYTES) -> INTEGER", category=STRINGS)
def length(text: Any) -> int:
    """The length in characters or bytes."""
    return len(text)


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
    return re.sub(r"\S+", lambda m: m.group().capitalize(), text)


@scalar("TRIM(STRING) -> STRING", category=STRINGS)
def trim(text: str) -> str:
    """Without blanks at both ends."""
    return text.strip()


@scalar(
    "SUBSTRING(STRING, INTEGER) -> STRING",
    "SUBSTRING(STRING, INTEGER, INTEGER) -> STRING",
    "SUBSTRING(BYTES, INTEGER) -> BYTES",
    "SUBSTRING(BYTES, INTEGER, INTEGER) -> BYTES",
    category=STRINGS,
)
def substring(text: Any, position: int, size: int | None = None) -> Any:
    """The portion that starts at `position` (from 1, or from the end where negative)."""
    start = position - 1 if position > 0 else max(len(text) + position, 0) if position < 0 else 0
    return text[start:] if size is None else text[start : start + max(size, 0)]


@scalar("CONCAT(STRING, STRING...) -> STRING", "CONCAT(BYTES, BYTES...) -> BYTES", category=STRINGS, nulls=True)
def concat(*parts: Any) -> Any:
    """The arguments joined; nulls are left out."""
    known = [part for part in parts if part is not None]
    return (b"" if known and isinstance(known[0], bytes) else "").join(known)


@scalar("CONCAT_WS(STRING, STRING...) -> STRING", "CONCAT_WS(BYTES, BYTES...) -> BYTES", category=STRINGS, nulls=True)
def concat_ws(separator: Any, *parts: Any) -> Any:
    """The arguments joined with a separator; nulls are left out."""
    return None if separator is None else separator.join(part for part in parts if part is not None)


@scalar("REPLACE(STRING, STRING, STRING) -> STRING", category=STRINGS)
def replace(text: str, old: str, new: str) -> str:
    """Each occurrence of a text replaced."""
    return text.replace(old, new)


@scalar("LPAD(STRING, INTEGER, STRING) -> STRING", "LPAD(BYTES, INTEGER, BYTES) -> BYTES", category=STRINGS)
def lpad(text: Any, size: int, padding: Any) -> Any:
    """Padded on the left, or cut, to a length."""
    if size < 0 or not padding:
        return None
    return text[:size] if len(text) >= size else (padding * size)[: size - len(text)] + text


@scalar("RPAD(STRING, INTEGER, STRING) -> STRING", "RPAD(BYTES, INTEGER, BYTES) -> BYTES", category=STRINGS)
def rpad(text: Any, size: int, padding: Any) -> Any:
    """Padded on the right, or cut, to a length."""
    if size < 0 or not padding:
        return None
    return text[:size] if len(text) >= size else (text + padding * size)[:size]


@scalar("SPLIT(STRING, STRING) -> ARRAY<STRING>", "SPLIT(BYTES, BYTES) -> ARRAY<BYTES>", category=STRINGS)
def split(text: Any, delimiter: Any) -> list[Any]:
    """The parts between a delimiter."""
    if not delimiter:
        return [text[i : i + 1] for i in range(len(text))]
    return text.split(delimiter)


@scalar("SPLIT_TO_MAP(STRING, STRING, STRING) -> MAP<STRING, STRING>", category=STRINGS)
def split_to_map(text: str, entry: str, pair: str) -> dict[str, str]:
    """A map from `a:=1/b:=2`."""
    parts = (item.split(pair) for item in text.split(entry) if pair in item)
    return {part[0]: part[1] for part in parts}


@scalar(
    "INSTR(STRING, STRING) -> INTEGER",
    "INSTR(STRING, STRING, INTEGER) -> INTEGER",
    "INSTR(STRING, STRING, INTEGER, INTEGER) -> INTEGER",
    category=STRINGS,
)
def instr(text: str, part: str, position: int = 1, occurrence: int = 1) -> int:
    """Where `part` stands (from 1), 0 where it does not; a negative position searches from the end."""
    found = -1
    for _ in range(occurrence):
        if position > 0:
            found = text.find(part, position - 1)
            position = found + 2
        else:
            found = text.rfind(part, 0, len(text) + position + len(part))
            position = found - len(text) - 1
        if found < 0:
            return 0
    return found + 1


_MASKS = {"U": "X", "L": "x", "D": "n", "O": "-"}


def _mask_text(text: str, *masks: str | None) -> str:
    symbols = list(_MASKS.values())
    for number, mask in enumerate(masks):
        symbols[number] = mask or ""
    kinds = dict(zip("ULDO", symbols, strict=True))

    def one(character: str) -> str:
        kind = "U" if character.isupper() else "L" if character.islower() else "D" if character.isdigit() else "O"
        return kinds[kind] or character

    return "".join(one(character) for character in text)


@scalar(
    "MASK(STRING) -> STRING", "MASK(STRING, STRING, STRING, STRING, STRING) -> STRING", category=STRINGS, nulls=True
)
def mask(text: str | None, *masks: str | None) -> str | None:
    """Letters, digits and the rest replaced by mask characters."""
    return None if text is None else _mask_text(text, *masks)


def _mask_parts(name: str, pick: Any) -> None:
    @scalar(
        f"{name}(STRING, INTEGER) -> STRING",
        f"{name}(STRING, INTEGER, STRING, STRING, STRING, STRING) -> STRING",
        category=STRINGS,
        nulls=True,
        description="Masks part of a string.",
    )
    def masked(text: str | None, count: int, *masks: str | None) -> str | None:
        if text is None:
            return None
        return "".join(_mask_text(part, *masks) if hide else part for part, hide in pick(text, count))


_mask_parts("MASK_LEFT", lambda s, n: ((s[:n], True), (s[n:], False)))
_mask_parts("MASK_KEEP_LEFT", lambda s, n: ((s[:n], False), (s[n:], True)))
_mask_parts("MASK_RIGHT", lambda s, n: ((s[: max(len(s) - n, 0)], False), (s[max(len(s) - n, 0) :], True)))
_mask_parts("MASK_KEEP_RIGHT", lambda s, n: ((s[: max(len(s) - n, 0)], True), (s[max(len(s) - n, 0) :], False)))


@scalar("CHR(INTEGER) -> STRING", category=STRINGS)
def chr_code(code: int) -> str | None:
    """The character of a code point."""
    return chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else None


@scalar("CHR(STRING) -> STRING", category=STRINGS)
def chr_escape(code: str) -> str | None:
    """The character of an escape such as `\\u0041`."""
    if not re.fullmatch(r"(\\u[0-9a-fA-F]{4})+", code):
        return None
    try:
        return (
            re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), code)
            .encode("utf-16", "surrogatepass")
            .decode("utf-16")
        )
    except UnicodeDecodeError:
        return None


@scalar("UUID() -> STRING", category=STRINGS)
def uuid_text() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


@scalar("LEVENSHTEIN(STRING, STRING) -> INTEGER", category=STRINGS)
def levenshtein(a: str, b: str) -> int:
    """The edit distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@scalar("NORMALIZE(STRING) -> STRING", category=STRINGS)
def normalize(text: str) -> str:
    """Unicode normal form C."""
    return unicodedata.normalize("NFC", text)


@scalar("ELT(INTEGER, STRING...) -> STRING", category=STRINGS, nulls=True)
def elt(number: int | None, *texts: str | None) -> str | None:
    """The text at a place."""
    return texts[number - 1] if number is not None and 0 < number <= len(texts) else None


@scalar("FIELD(STRING, STRING...) -> INTEGER", category=STRINGS, nulls=True)
def field_place(text: str | None, *texts: str | None) -> int:
    """The place of a text among others, 0 where it is not there."""
    return texts.index(text) + 1 if text is not None and text in texts else 0
