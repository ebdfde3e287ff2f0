"""Conditional, string, mathematical, collection and JSON functions."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
import struct
import unicodedata
import urllib.parse
import uuid
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import orjson

from clickstream_embedded.ksqldb import sqltypes as t
from clickstream_embedded.ksqldb.casts import to_string
from clickstream_embedded.ksqldb.functions.registry import same_as_first, scalar, widest
from clickstream_embedded.ksqldb.sqltypes import SqlType
from clickstream_ksql import ast

CONDITIONAL, STRINGS, MATHS = "CONDITIONAL", "STRING", "MATHEMATICAL"
ARRAYS, MAPS, JSON, OTHER = "ARRAY", "MAP", "JSON", "OTHER"


# -- conditional -----------------------------------------------------------------------------------------------


@scalar("AS_VALUE(ANY) -> ANY", category=OTHER, rule=same_as_first, nulls=True)
def as_value(value: Any) -> Any:
    """Copies a key column into the value."""
    return value


@scalar("COALESCE(T...) -> T", category=CONDITIONAL, nulls=True)
def coalesce(*values: Any) -> Any:
    """The first argument that is not null."""
    return next((value for value in values if value is not None), None)


@scalar("IFNULL(T, T) -> T", category=CONDITIONAL, nulls=True)
def ifnull(value: Any, other: Any) -> Any:
    """The first argument, or the second where it is null."""
    return other if value is None else value


@scalar("NULLIF(T, T) -> T", category=CONDITIONAL, nulls=True)
def nullif(value: Any, other: Any) -> Any:
    """Null where both are equal, else the first."""
    return None if value == other else value


@scalar("GREATEST(T...) -> T", category=MATHS, nulls=True, rule=widest)
def greatest(*values: Any) -> Any:
    """The largest argument that is not null."""
    return max((value for value in values if value is not None), default=None)


@scalar("LEAST(T...) -> T", category=MATHS, nulls=True, rule=widest)
def least(*values: Any) -> Any:
    """The smallest argument that is not null."""
    return min((value for value in values if value is not None), default=None)


# -- strings ---------------------------------------------------------------------------------------------------


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


@scalar(
    "REGEXP_EXTRACT(STRING, STRING) -> STRING",
    "REGEXP_EXTRACT(STRING, STRING, INTEGER) -> STRING",
    category="REGULAR EXPRESSION",
)
def regexp_extract(pattern: str, text: str, group: int = 0) -> str | None:
    """The first match, or one of its groups."""
    match = re.search(pattern, text)
    return match.group(group) if match and group <= (match.re.groups) else None


@scalar(
    "REGEXP_EXTRACT_ALL(STRING, STRING) -> ARRAY<STRING>",
    "REGEXP_EXTRACT_ALL(STRING, STRING, INTEGER) -> ARRAY<STRING>",
    category="REGULAR EXPRESSION",
)
def regexp_extract_all(pattern: str, text: str, group: int = 0) -> list[str] | None:
    """All matches, or one group of each."""
    matches = list(re.finditer(pattern, text))
    return None if matches and group > matches[0].re.groups else [match.group(group) for match in matches]


@scalar("REGEXP_REPLACE(STRING, STRING, STRING) -> STRING", category="REGULAR EXPRESSION")
def regexp_replace(text: str, pattern: str, new: str) -> str:
    """Each match replaced."""
    return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", new), text)


@scalar("REGEXP_SPLIT_TO_ARRAY(STRING, STRING) -> ARRAY<STRING>", category="REGULAR EXPRESSION")
def regexp_split(text: str, pattern: str) -> list[str]:
    """The parts between matches."""
    if not pattern:
        return list(text)
    parts, begin = [], 0
    for match in re.finditer(pattern, text):  # re.split would put the groups of the pattern among the parts
        parts.append(text[begin : match.start()])
        begin = match.end()
    return [*parts, text[begin:]]


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


@scalar("ENCODE(STRING, STRING, STRING) -> STRING", category=STRINGS)
def encode(text: str, source: str, target: str) -> str | None:
    """Between hex, utf8, ascii and base64."""
    raw = _to_bytes(text, source)
    return _from_bytes(raw, target)


def _to_bytes(text: str, encoding: str) -> bytes:
    match encoding.lower():
        case "hex":
            digits = text.removeprefix("0x").removeprefix("X'").removeprefix("x'").removesuffix("'")
            return bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
        case "base64":
            return base64.b64decode(text)
        case "ascii":
            return text.encode("ascii", "replace")
        case "utf8":
            return text.encode()
        case _:
            raise ValueError(
                f"Unknown encoding type '{encoding}'. Supported formats are 'hex', 'utf8', 'ascii', 'base64'"
            )


def _from_bytes(raw: bytes, encoding: str) -> str:
    match encoding.lower():
        case "hex":
            return raw.hex()
        case "base64":
            return base64.b64encode(raw).decode()
        case "ascii":
            return raw.decode("ascii", "replace")
        case "utf8":
            return raw.decode("utf-8", "replace")
        case _:
            raise ValueError(
                f"Unknown encoding type '{encoding}'. Supported formats are 'hex', 'utf8', 'ascii', 'base64'"
            )


@scalar("TO_BYTES(STRING, STRING) -> BYTES", category=STRINGS)
def to_bytes(text: str, encoding: str) -> bytes:
    """A string in hex, utf8, ascii or base64 as bytes."""
    return bytes.fromhex(text) if encoding.lower() == "hex" else _to_bytes(text, encoding)


@scalar("FROM_BYTES(BYTES, STRING) -> STRING", category=STRINGS)
def from_bytes(raw: bytes, encoding: str) -> str:
    """Bytes as hex, utf8, ascii or base64."""
    return raw.hex().upper() if encoding.lower() == "hex" else _from_bytes(raw, encoding)


def _number_of_bytes(name: str, kind: str, shape: str) -> None:
    size = struct.calcsize(shape)

    @scalar(
        f"{name}(BYTES) -> {kind}", f"{name}(BYTES, STRING) -> {kind}", category=STRINGS,
        description="The number that bytes hold; BIG_ENDIAN (the default) or LITTLE_ENDIAN.",
    )  # fmt: skip
    def convert(raw: bytes, order: str = "BIG_ENDIAN") -> Any:
        if order not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
            raise ValueError(f"Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, got {order}")
        if len(raw) != size:
            raise ValueError(f"Number of bytes must be equal to {size}, but found {len(raw)}")
        return struct.unpack((">" if order == "BIG_ENDIAN" else "<") + shape, raw)[0]


_number_of_bytes("INT_FROM_BYTES", "INTEGER", "i")
_number_of_bytes("BIGINT_FROM_BYTES", "BIGINT", "q")
_number_of_bytes("DOUBLE_FROM_BYTES", "DOUBLE", "d")


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


# -- numbers ---------------------------------------------------------------------------------------------------


@scalar("ABS(INTEGER) -> INTEGER", "ABS(BIGINT) -> BIGINT", "ABS(DOUBLE) -> DOUBLE", category=MATHS)
def absolute(value: Any) -> Any:
    """The absolute value."""
    return abs(value)


scalar("ABS(DECIMAL) -> DECIMAL", category=MATHS, rule=same_as_first)(absolute)


def _integral_decimal(kinds: list[SqlType], _: Sequence[ast.Expression]) -> SqlType:
    kind = kinds[0]
    return SqlType("DECIMAL", kind.precision, kind.scale)


@scalar("FLOOR(INTEGER) -> INTEGER", "FLOOR(BIGINT) -> BIGINT", "FLOOR(DOUBLE) -> DOUBLE", category=MATHS)
def floor(value: Any) -> Any:
    """The largest whole number not above."""
    return float(math.floor(value)) if isinstance(value, float) and math.isfinite(value) else value


@scalar("CEIL(INTEGER) -> INTEGER", "CEIL(BIGINT) -> BIGINT", "CEIL(DOUBLE) -> DOUBLE", category=MATHS)
def ceil(value: Any) -> Any:
    """The smallest whole number not below."""
    return float(math.ceil(value)) if isinstance(value, float) and math.isfinite(value) else value


@scalar("FLOOR(DECIMAL) -> DECIMAL", category=MATHS, rule=_integral_decimal)
def floor_decimal(value: Decimal) -> Decimal:
    """The largest whole number not above."""
    return value.quantize(Decimal(1), ROUND_FLOOR).quantize(value)


@scalar("CEIL(DECIMAL) -> DECIMAL", category=MATHS, rule=_integral_decimal)
def ceil_decimal(value: Decimal) -> Decimal:
    """The smallest whole number not below."""
    return value.quantize(Decimal(1), ROUND_CEILING).quantize(value)


@scalar("ROUND(INTEGER) -> BIGINT", "ROUND(BIGINT) -> BIGINT", category=MATHS)
def round_whole(value: int) -> int:
    """A whole number is its own rounding."""
    return value


@scalar("ROUND(DOUBLE) -> BIGINT", category=MATHS)
def round_double(value: float) -> int:
    """To the nearest whole number, halves up."""
    return math.floor(value + 0.5)


@scalar("ROUND(DOUBLE, INTEGER) -> DOUBLE", category=MATHS)
def round_places(value: float, places: int) -> float:
    """To a number of decimal places, halves up."""
    mode = "ROUND_HALF_DOWN" if value < 0 else ROUND_HALF_UP
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), mode))


def _rounded(kinds: list[SqlType], written: Sequence[ast.Expression]) -> SqlType:
    kind = kinds[0]
    return (
        SqlType("DECIMAL", kind.precision, kind.scale)
        if len(written) > 1
        else SqlType("DECIMAL", kind.precision - kind.scale + 1, 0)
    )


@scalar("ROUND(DECIMAL) -> DECIMAL", "ROUND(DECIMAL, INTEGER) -> DECIMAL", category=MATHS, rule=_rounded)
def round_decimal(value: Decimal, places: int | None = None) -> Decimal:
    """To a number of decimal places, halves up."""
    mode = "ROUND_HALF_DOWN" if value < 0 else ROUND_HALF_UP
    rounded = value.quantize(Decimal(1).scaleb(-(places or 0)), mode)
    return rounded if places is None else rounded.quantize(value)


@scalar("SIGN(INTEGER) -> INTEGER", "SIGN(BIGINT) -> INTEGER", "SIGN(DOUBLE) -> INTEGER", category=MATHS)
def sign(value: Any) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def _maths(name: str, function: Any, description: str) -> None:
    scalar(f"{name}(DOUBLE) -> DOUBLE", category=MATHS, description=description)(function)


def _guarded(function: Any, otherwise: float = math.nan) -> Any:
    def safe(value: float) -> float:
        try:
            return function(value)
        except (ValueError, OverflowError):
            return otherwise

    return safe


def _logarithm(value: float) -> float:
    return -math.inf if value == 0 else math.nan if value < 0 else math.log(value)


_maths("SQRT", _guarded(math.sqrt), "The square root.")
_maths("CBRT", lambda x: math.copysign(round(abs(x) ** (1 / 3), 15), x), "The cube root.")
_maths("EXP", _guarded(math.exp, math.inf), "e to a power.")
_maths("LN", _logarithm, "The natural logarithm.")
for _name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"):
    _maths(_name.upper(), _guarded(getattr(math, _name)), f"The {_name} of a value.")
_maths("COT", lambda x: math.inf if x == 0 else 1 / math.tan(x), "The cotangent of a value.")
_maths("DEGREES", math.degrees, "Radians to degrees.")
_maths("RADIANS", math.radians, "Degrees to radians.")


@scalar("LOG(DOUBLE) -> DOUBLE", "LOG(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def logarithm(value: float, argument: float | None = None) -> float:
    """The logarithm, with the base first where two arguments are given."""
    if argument is None:
        return _logarithm(value)
    base = _logarithm(value)
    if not math.isfinite(base) or base == 0:
        return math.nan
    return _logarithm(argument) / base


@scalar("POWER(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def power(base: float, exponent: float) -> float:
    """A value to a power."""
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return math.nan if base < 0 else math.inf


@scalar("ATAN2(DOUBLE, DOUBLE) -> DOUBLE", category=MATHS)
def atan2(y: float, x: float) -> float:
    """The angle of a point."""
    return math.atan2(y, x)


@scalar("PI() -> DOUBLE", category=MATHS)
def pi() -> float:
    """The number pi."""
    return math.pi


@scalar("RANDOM() -> DOUBLE", category=MATHS)
def random_number() -> float:
    """A random number from 0 to 1."""
    return random.random()


@scalar("TRUNC(DOUBLE) -> BIGINT", category=MATHS)
def trunc(value: float) -> int:
    """Without the decimal places."""
    return math.trunc(value)


@scalar("TRUNC(DOUBLE, INTEGER) -> DOUBLE", category=MATHS)
def trunc_places(value: float, places: int) -> float:
    """Cut to a number of decimal places."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), "ROUND_DOWN"))


@scalar(
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE) -> DOUBLE",
    "GEO_DISTANCE(DOUBLE, DOUBLE, DOUBLE, DOUBLE, STRING) -> DOUBLE",
    category=MATHS,
    nulls=True,
)
def geo_distance(
    lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None, unit: str | None = "KM"
) -> float | None:
    """The great-circle distance in km (also where no unit is given), or in miles."""
    if lat1 is None or lon1 is None or lat2 is None or lon2 is None:
        return None
    unit = unit or "KM"
    radius = 3959.0 if unit.upper().startswith("MI") else 6371.0
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(h))


@scalar("JSON_ARRAY_CONTAINS(STRING, T) -> BOOLEAN", category=JSON, nulls=True)
def json_array_contains(text: str | None, value: Any) -> bool:
    """Whether the JSON array holds a value."""
    items = _loads(text or "")
    return isinstance(items, list) and any(type(i) is type(value) and i == value for i in items)


@scalar("JSON_ITEMS(STRING) -> ARRAY<STRING>", category=JSON)
def json_items(text: str) -> list[str] | None:
    """The elements of a JSON array as texts."""
    items = _loads(text)
    return [orjson.dumps(item).decode() for item in items] if isinstance(items, list) else None


@scalar("ENTRIES(MAP<STRING, V>, BOOLEAN) -> ARRAY<STRUCT>", category=MAPS, rule=lambda kinds, _: _entries_type(kinds))
def entries(value: dict[str, Any], in_order: bool) -> list[dict[str, Any]]:
    """The entries of a map as structs of K and V."""
    items = sorted(value.items()) if in_order else list(value.items())
    return [{"K": k, "V": v} for k, v in items]


def _entries_type(kinds: list[SqlType]) -> SqlType:
    kind = kinds[0]
    assert kind.key is not None
    assert kind.element is not None
    return t.array(t.struct((("K", kind.key), ("V", kind.element))))


# -- arrays and maps -------------------------------------------------------------------------------------------


@scalar("ARRAY_LENGTH(ARRAY<T>) -> INTEGER", category=ARRAYS)
def array_length(items: list[Any]) -> int:
    """How many elements."""
    return len(items)


@scalar("ARRAY_CONTAINS(ARRAY<T>, T) -> BOOLEAN", category=ARRAYS, nulls=True)
def array_contains(items: list[Any] | None, value: Any) -> bool:
    """Whether an element is there."""
    return items is not None and value in items


@scalar("ARRAY_DISTINCT(ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_distinct(items: list[Any]) -> list[Any]:
    """Each element once, in the order of their first places."""
    seen: list[Any] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


@scalar("ARRAY_UNION(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_union(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements of both, each once."""
    return array_distinct(a + b)


@scalar("ARRAY_INTERSECT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_intersect(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements that stand in both."""
    return [item for item in array_distinct(a) if item in b]


@scalar("ARRAY_EXCEPT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS)
def array_except(a: list[Any], b: list[Any]) -> list[Any]:
    """The elements of the first that are not in the second."""
    return [item for item in array_distinct(a) if item not in b]


@scalar("ARRAY_CONCAT(ARRAY<T>, ARRAY<T>) -> ARRAY<T>", category=ARRAYS, nulls=True)
def array_concat(a: list[Any] | None, b: list[Any] | None) -> list[Any] | None:
    """Both, one behind the other."""
    return None if a is None and b is None else (a or []) + (b or [])


@scalar("ARRAY_MAX(ARRAY<T>) -> T", category=ARRAYS)
def array_max(items: list[Any]) -> Any:
    """The largest element."""
    return max((item for item in items if item is not None), default=None)


@scalar("ARRAY_MIN(ARRAY<T>) -> T", category=ARRAYS)
def array_min(items: list[Any]) -> Any:
    """The smallest element."""
    return min((item for item in items if item is not None), default=None)


@scalar("ARRAY_REMOVE(ARRAY<T>, T) -> ARRAY<T>", category=ARRAYS, nulls=True)
def array_remove(items: list[Any] | None, value: Any) -> list[Any] | None:
    """Without an element."""
    return None if items is None else [item for item in items if item != value]


@scalar("ARRAY_SORT(ARRAY<T>) -> ARRAY<T>", "ARRAY_SORT(ARRAY<T>, STRING) -> ARRAY<T>", category=ARRAYS)
def array_sort(items: list[Any], order: str = "ASC") -> list[Any]:
    """Sorted, nulls last."""
    known = sorted((item for item in items if item is not None), reverse=order.upper().startswith("DESC"))
    return known + [None] * (len(items) - len(known))


@scalar("ARRAY_JOIN(ARRAY<T>) -> STRING", "ARRAY_JOIN(ARRAY<T>, STRING) -> STRING", category=ARRAYS, typed=True)
def array_join(_: SqlType, kinds: list[SqlType]) -> Any:
    """The elements as one text."""
    assert kinds[0].element is not None
    text = to_string(kinds[0].element)
    return lambda items, delimiter=",": delimiter.join("null" if i is None else text(i) for i in items)


@scalar("SLICE(ARRAY<T>, INTEGER, INTEGER) -> ARRAY<T>", category=ARRAYS, nulls=True)
def slice_array(items: list[Any] | None, start: int | None, end: int | None) -> list[Any] | None:
    """Elements from one place to another, counted from 1."""
    return None if items is None else items[(start or 1) - 1 : len(items) if end is None else end]


@scalar("GENERATE_SERIES(INTEGER, INTEGER) -> ARRAY<INTEGER>", "GENERATE_SERIES(BIGINT, BIGINT) -> ARRAY<BIGINT>",
        "GENERATE_SERIES(INTEGER, INTEGER, INTEGER) -> ARRAY<INTEGER>",
        "GENERATE_SERIES(BIGINT, BIGINT, INTEGER) -> ARRAY<BIGINT>", category=ARRAYS)  # fmt: skip
def generate_series(start: int, end: int, step: int | None = None) -> list[int]:
    """Numbers from one to another."""
    stride = step if step is not None else (1 if end >= start else -1)
    if stride == 0 or (end > start) == (stride < 0):
        raise ValueError("GENERATE_SERIES step has wrong sign" if stride else "GENERATE_SERIES step cannot be zero")
    return list(range(start, end + (1 if stride > 0 else -1), stride))


@scalar("MAP_KEYS(MAP<K, V>) -> ARRAY<K>", category=MAPS)
def map_keys(value: dict[Any, Any]) -> list[Any]:
    """The keys."""
    return list(value)


@scalar("MAP_VALUES(MAP<K, V>) -> ARRAY<V>", category=MAPS)
def map_values(value: dict[Any, Any]) -> list[Any]:
    """The values."""
    return list(value.values())


@scalar("MAP_UNION(MAP<K, V>, MAP<K, V>) -> MAP<K, V>", category=MAPS, nulls=True)
def map_union(a: dict[Any, Any] | None, b: dict[Any, Any] | None) -> dict[Any, Any] | None:
    """Both together; the second wins."""
    return None if a is None and b is None else {**(a or {}), **(b or {})}


@scalar("AS_MAP(ARRAY<STRING>, ARRAY<V>) -> MAP<STRING, V>", category=MAPS)
def as_map(keys: list[str], values: list[Any]) -> dict[str, Any]:
    """A map from keys and values."""
    return dict(zip(keys, values, strict=False))


@scalar("ELT(INTEGER, STRING...) -> STRING", category=STRINGS, nulls=True)
def elt(number: int | None, *texts: str | None) -> str | None:
    """The text at a place."""
    return texts[number - 1] if number is not None and 0 < number <= len(texts) else None


@scalar("FIELD(STRING, STRING...) -> INTEGER", category=STRINGS, nulls=True)
def field_place(text: str | None, *texts: str | None) -> int:
    """The place of a text among others, 0 where it is not there."""
    return texts.index(text) + 1 if text is not None and text in texts else 0


# -- lambdas ---------------------------------------------------------------------------------------------------


@scalar("TRANSFORM(ARRAY<T>, LAMBDA(T) -> R) -> ARRAY<R>", category="LAMBDA")
def transform(items: list[Any], function: Any) -> list[Any]:
    """Each element through a lambda."""
    return [function(item) for item in items]


@scalar("FILTER(ARRAY<T>, LAMBDA(T) -> R) -> ARRAY<T>", category="LAMBDA")
def filter_array(items: list[Any], function: Any) -> list[Any]:
    """The elements for which a lambda is true."""
    return [item for item in items if function(item)]


@scalar("REDUCE(ARRAY<T>, S, LAMBDA(S, T) -> S) -> S", category="LAMBDA", nulls=True)
def reduce_array(items: list[Any] | None, state: Any, function: Any) -> Any:
    """All elements folded into one value."""
    if state is None:
        return None
    for item in items or ():
        state = function(state, item)
    return state


@scalar("TRANSFORM(MAP<K, V>, LAMBDA(K, V) -> R, LAMBDA(K, V) -> S) -> MAP<R, S>", category="LAMBDA")
def transform_map(value: dict[Any, Any], key: Any, item: Any) -> dict[Any, Any]:
    """Each entry through two lambdas."""
    return {key(k, v): item(k, v) for k, v in value.items()}


@scalar("FILTER(MAP<K, V>, LAMBDA(K, V) -> R) -> MAP<K, V>", category="LAMBDA")
def filter_map(value: dict[Any, Any], function: Any) -> dict[Any, Any]:
    """The entries for which a lambda is true."""
    return {k: v for k, v in value.items() if function(k, v)}


@scalar("REDUCE(MAP<K, V>, S, LAMBDA(S, K, V) -> S) -> S", category="LAMBDA", nulls=True)
def reduce_map(value: dict[Any, Any] | None, state: Any, function: Any) -> Any:
    """All entries folded into one value."""
    if state is None:
        return None
    for k, v in (value or {}).items():
        state = function(state, k, v)
    return state


# -- JSON and URLs ---------------------------------------------------------------------------------------------


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@scalar("EXTRACTJSONFIELD(STRING, STRING) -> STRING", category=JSON)
def extract_json_field(text: str, path: str) -> str | None:
    """What stands at a JSON path such as `$.a.b[0]`; a number keeps the digits it is written with."""
    value = _loads(text)
    steps = re.findall(r"\.([^.\[\]]+)|\[['\"]?([^\]'\"]+)['\"]?\]", path)
    for name, index in steps:
        if name or not index.lstrip("-").isdigit():
            value = value.get(name or index) if isinstance(value, dict) else None
        else:
            value = value[int(index)] if isinstance(value, list) and 0 <= int(index) < len(value) else None
    if type(value) is not float:
        return _json_text(value)
    found = json.loads(text, parse_float=Decimal)
    for name, index in steps:
        found = found[name or index] if isinstance(found, dict) else found[int(index)]
    return str(found)


@scalar("IS_JSON_STRING(STRING) -> BOOLEAN", category=JSON, nulls=True)
def is_json(text: str | None) -> bool:
    """Whether the text is JSON."""
    try:
        orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return False
    return True


@scalar("JSON_ARRAY_LENGTH(STRING) -> INTEGER", category=JSON)
def json_array_length(text: str) -> int | None:
    """How many elements the JSON array has."""
    value = _loads(text)
    return len(value) if isinstance(value, list) else None


@scalar("JSON_KEYS(STRING) -> ARRAY<STRING>", category=JSON)
def json_keys(text: str) -> list[str] | None:
    """The names in the JSON object."""
    value = _loads(text)
    return list(value) if isinstance(value, dict) else None


@scalar("JSON_RECORDS(STRING) -> MAP<STRING, STRING>", category=JSON)
def json_records(text: str) -> dict[str, Any] | None:
    """The JSON object as a map of texts."""
    value = _loads(text)
    return {k: orjson.dumps(v).decode() for k, v in value.items()} if isinstance(value, dict) else None


@scalar("JSON_CONCAT(STRING...) -> STRING", category=JSON)
def json_concat(*texts: str) -> str | None:
    """Several JSON values merged."""
    try:
        values: list[Any] = [orjson.loads(text) for text in texts]
    except orjson.JSONDecodeError:
        return None
    if all(isinstance(value, dict) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            merged |= value
        return orjson.dumps(merged).decode()
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return orjson.dumps(items).decode()


@scalar("TO_JSON_STRING(ANY) -> STRING", category=JSON, nulls=True, typed=True)
def to_json_string(_: SqlType, kinds: list[SqlType]) -> Any:
    """Any value as JSON."""
    from clickstream_embedded.ksqldb.casts import format_date, format_time, format_timestamp
    from clickstream_embedded.ksqldb.formats.coercion import encoder

    times = {"DATE": format_date, "TIME": format_time, "TIMESTAMP": format_timestamp}
    kind = kinds[0]
    convert = times.get(kind.name) or encoder(kind) or (lambda value: value)
    return lambda value: "null" if value is None else msgspec.json.encode(convert(value)).decode()


def _url_part(name: str, part: Any, empty: str | None = None) -> None:
    @scalar(f"{name}(STRING) -> STRING", category="URL", description="Part of a URL.")
    def extract(text: str) -> str | None:
        try:
            return part(urllib.parse.urlsplit(text)) or empty
        except ValueError:
            return None


_url_part("URL_EXTRACT_HOST", lambda u: u.hostname)
_url_part("URL_EXTRACT_PATH", lambda u: u.path, empty="")
_url_part("URL_EXTRACT_PROTOCOL", lambda u: u.scheme)
_url_part("URL_EXTRACT_QUERY", lambda u: u.query)
_url_part("URL_EXTRACT_FRAGMENT", lambda u: u.fragment)


@scalar("URL_EXTRACT_PORT(STRING) -> INTEGER", category="URL")
def url_port(text: str) -> int | None:
    """The port of a URL."""
    return urllib.parse.urlsplit(text).port


@scalar("URL_EXTRACT_PARAMETER(STRING, STRING) -> STRING", category="URL")
def url_parameter(text: str, name: str) -> str | None:
    """One parameter of a URL."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(text).query, keep_blank_values=True).get(name, [None])[0]


@scalar("URL_ENCODE_PARAM(STRING) -> STRING", category="URL")
def url_encode(text: str) -> str:
    """A text as part of a URL."""
    return urllib.parse.quote_plus(text, safe="*-._")


@scalar("URL_DECODE_PARAM(STRING) -> STRING", category="URL")
def url_decode(text: str) -> str:
    """Part of a URL as a text."""
    return urllib.parse.unquote_plus(text)


@scalar("FNV(STRING) -> BIGINT", category=STRINGS, nulls=True)
def fnv(text: str | None) -> int:
    """A 32-bit FNV-1 hash."""
    value = 0x811C9DC5
    for byte in (text or "").encode():
        value = (value * 0x01000193) & 0xFFFFFFFF ^ byte
    return value


@scalar("MD5(STRING) -> STRING", category=STRINGS)
def md5(text: str) -> str:
    """An MD5 digest in hex."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


__all__ = ["t"]
