"""Tests of single terms: what a value must be for the type of its field, patterns, and how far words are apart."""

from __future__ import annotations

import functools
import re
from typing import Any

from clickstream_embedded.search import kinds, mismatches, times
from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.mapping import NUMBERS, WHOLE
from clickstream_embedded.search.numbers import java_double, kept, single
from clickstream_embedded.search.queries.base import NONE, Context, Field, Sql

WIDTHS = {"long": 64, "integer": 32, "short": 32, "byte": 32}  # bits; a query takes the small ones as integers


def text_of(value: Any) -> str:
    """A value as a term."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def number_of(value: Any, field: Field) -> float | int:
    """A number of a query. Raises ShardError for what is none, or more than the type of the field holds."""
    given = value
    if isinstance(value, bool):
        value = text_of(value)
    if isinstance(value, str):
        text = value.strip()
        try:
            value = int(text) if text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            raise ShardError(
                "number_format_exception", f'For input string: "{value}"' if value else "empty String"
            ) from None
    if field.kind not in WHOLE:
        return kept(float(value), field.kind)
    bits = WIDTHS.get(field.kind, 64)
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        shown = java_double(value) if isinstance(value, float) else given
        raise ShardError(
            "illegal_argument_exception",
            f"Value [{shown}] is out of range for {'an integer' if bits == 32 else 'a long'}",
        )
    return value


def truth_of(value: Any) -> int:
    """1 or 0. Raises ShardError."""
    if value is True or value == "true":
        return 1
    if value is False or value == "false":
        return 0
    raise ShardError(
        "illegal_argument_exception", f"Can't parse boolean value [{text_of(value)}], expected [true] or [false]"
    )


def date_failed(error: times.DateError) -> ShardError:
    """What is said of a date that is none."""
    told = str(error)
    if not told.startswith("failed to parse date field"):
        return ShardError("parse_exception", told)
    text, form = (told.partition("field [")[2].partition("] with format [")[at] for at in (0, 2))
    inner = mismatches.cause_of(text, form.removesuffix("]"))
    return ShardError(
        "parse_exception",
        f"{told}: [{told}]",
        400,
        {"type": "illegal_argument_exception", "reason": told, "caused_by": inner},
    )


def date_of(value: Any, form: str, context: Context, zone: str | None = None, *, up: bool = False) -> int:
    """Milliseconds of a date with maths. Raises ShardError."""
    text = text_of(value)
    try:
        return times.moment(text, form, context.now, where=times.zone(zone), up=up)
    except times.DateError as error:
        raise date_failed(error) from None


def equals(field: Field, value: Any, context: Context) -> Sql:
    """That the field has the value. Raises ShardError where the value is none of its type."""
    if field.rule.get("index") is False:
        raise ShardError(
            "illegal_argument_exception", f"Cannot search on field [{field.name}] since it is not indexed."
        )
    if field.name == "_type":
        return Sql("1") if value in ("_doc", context.index.kind) else NONE
    if field.kind in NUMBERS:
        wanted = number_of(value, field)
        if field.kind in WHOLE and isinstance(wanted, float) and not wanted.is_integer():
            return NONE
        return field.any("= ?", wanted)
    if field.kind == "boolean":
        return field.any("= ?", truth_of(value))
    if field.kind == "date":
        form = str(field.rule.get("format", times.DEFAULT_FORMAT))
        return field.any("BETWEEN ? AND ?", date_of(value, form, context), date_of(value, form, context, up=True))
    if field.kind == "object":
        return NONE
    if field.kind == "ip" or field.kind in kinds.RANGES:
        return _special(field, text_of(value), context)
    if field.kind == "geo_point":
        raise ShardError("query_shard_exception", "Geo fields do not support exact searching, use dedicated geo queries instead: "
                         f"[{field.name}]")  # fmt: skip
    if field.kind == "binary":
        raise ShardError("query_shard_exception", "Binary fields do not support searching")
    return field.any("= ?", field.normal(text_of(value)))


def _special(field: Field, text: str, context: Context) -> Sql:
    """That an address is the one given or in the network given; that a range has the value in it. Raises ShardError."""
    try:
        if field.kind == "ip":
            return (
                field.any("BETWEEN ? AND ?", *kinds.ip_bounds(text))
                if "/" in text
                else field.any("= ?", kinds.ip_kept(text))
            )
        form = str(field.rule.get("format", times.DEFAULT_FORMAT))
        low, high = kinds.ends({"gte": text, "lte": text}, kinds.RANGES[field.kind], form, context.now)
    except kinds.KindError as error:
        raise ShardError(error.kind, str(error)) from None
    except times.DateError as error:
        raise date_failed(error) from None
    return field.any("meets({}, 'intersects', ?, ?)", low, high)


def is_constant(field: Field) -> bool:
    """Whether every match of the field scores the same, as those of numbers do."""
    return field.kind not in ("keyword", "text", "boolean") or (field.name.startswith("_") and field.name != "_ignored")


def term(field: Field, value: Any, context: Context, idf: float | None = None) -> Sql:
    """`equals` with the score of BM25; `idf` stands for that of the field where it is known."""
    found = equals(field, value, context)
    if not context.scoring or is_constant(field) or found is NONE:
        return found.constant()
    idf = context.idf(field, found) if idf is None else idf
    mean = context.mean_length(field) if field.is_many else 1.0
    if field.kind != "text":  # no norms and no frequencies: every length counts as 1
        return found.constant(single(idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 / mean))))
    score = f"bm25(json_extract({field.values}, {field.path}), ?, {idf!r}, {mean!r})"
    return Sql(found.where, found.values, score, (text_of(value),))


@functools.lru_cache(512)
def _glob(pattern: str) -> re.Pattern[str]:
    out: list[str] = []
    escaped = False
    for each in pattern:
        if escaped:
            out.append(re.escape(each))
            escaped = False
        elif each == "\\":
            escaped = True
        else:
            out.append({"*": ".*", "?": "."}.get(each) or re.escape(each))
    joined = re.sub(r"(?:\.\*)+", ".*", "".join(out))
    return re.compile(joined, re.DOTALL)


def like(value: Any, pattern: str) -> int:
    """Whether the text is as the pattern of `*` and `?` says. A function of the database."""
    return int(value is not None and _glob(pattern).fullmatch(str(value)) is not None)


def distance(left: str, right: str, most: int, *, swaps: bool = True) -> int:
    """How many changes of one character make one text the other; `most` + 1 where it is more.

    With `swaps`, neighbours changing places are one change.
    """
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (a != b))
            if swaps and i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def near(value: Any, wanted: str, most: int, prefix: int, swaps: int) -> int:
    """Whether two words are at most so far apart. A function of the database."""
    text = str(value) if value is not None else ""
    return int(
        value is not None
        and text[:prefix] == wanted[:prefix]
        and distance(text, wanted, most, swaps=bool(swaps)) <= most
    )


def edits(fuzziness: Any, word: str) -> int:
    """How far apart words may be: 0, 1, 2 or by the length of the word (`AUTO`, `AUTO:3,6`). Raises SearchError."""
    text = str(fuzziness).upper()
    found = re.fullmatch(r"AUTO(?::(\d+),(\d+))?", text)
    if found:
        low, high = int(found[1] or 3), int(found[2] or 6)
        return 0 if len(word) < low else 1 if len(word) < high else 2
    try:
        found = int(float(text)) if not text.startswith("AUTO:") else -1
    except ValueError:
        raise ShardError("number_format_exception", f'For input string: "{text}"') from None
    if found < 0:
        raise ShardError("illegal_argument_exception", "maxEdits must be between 0 and 2")
    return min(found, 2)
