"""The form of queries that hold others: which of their parts are queries, lists of them, or plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search.errors import parsing
from clickstream_embedded.search.queries.forms import token
from clickstream_embedded.search.queries.values import decimal, text, truth

_ALWAYS = {"boost": "number", "_name": "text"}


@dataclass(frozen=True, slots=True)
class Parts:
    """One parser: the parts that may be objects, those that may be lists, its plain values, and what it says of others."""

    objects: tuple[str, ...]
    lists: tuple[str, ...]
    plain: dict[str, str] = field(default_factory=dict[str, str])
    nulls: str = ""  # what is said of a null, and of a list that is none of its own; "": nothing
    reads_nulls: bool = False  # as if it were a plain value


_NOT = "[{kind}] query does not support [{key}]"
_CLAUSES = ("must", "filter", "should", "must_not", "mustNot")
COMPOUND: dict[str, Parts] = {
    "bool": Parts(_CLAUSES, _CLAUSES, {**_ALWAYS, "minimum_should_match": "text", "adjust_pure_negative": "truth", "disable_coord": "any"}),
    "dis_max": Parts(("queries",), ("queries",), {**_ALWAYS, "tie_breaker": "number"}, _NOT, reads_nulls=True),
    "constant_score": Parts(("filter",), (), _ALWAYS, "unexpected token [{token}]"),
    "boosting": Parts(("positive", "negative"), (), {**_ALWAYS, "negative_boost": "number"}),
    "nested": Parts(("query", "inner_hits"), (), {**_ALWAYS, "path": "text", "score_mode": "text", "ignore_unmapped": "truth"}),
}  # fmt: skip


def check(kind: str, body: dict[str, Any]) -> None:
    """Raises SearchError for the first part that is not of its form."""
    if kind == "function_score":
        _check_functions(body)
    parts = COMPOUND.get(kind)
    if parts is None:
        return
    for key, value in body.items():
        _check(kind, parts, body, key, value)


def _check(kind: str, parts: Parts, body: dict[str, Any], key: str, value: Any) -> None:
    refused = _NOT.format(kind=kind, key=key)
    if isinstance(value, dict):
        if key not in parts.objects:
            raise parsing(refused, body, key)
    elif isinstance(value, list):
        if key in parts.lists:
            return
        if parts.nulls:
            raise parsing(parts.nulls.format(kind=kind, key=key, token=token(value)), body, key)
        if kind == "bool" and value:
            raise parsing(f"bool query does not support [{key}]", value, 0)
    elif value is None and not parts.reads_nulls:
        if parts.nulls:
            raise parsing(parts.nulls.format(kind=kind, key=key, token=token(None)), body, key)
    elif key not in parts.plain:
        raise parsing(refused, body, key)
    else:
        _read(parts.plain[key], body, key)


_FUNCTIONS = ("field_value_factor", "random_score", "script_score", "gauss", "exp", "linear")
_SCORE = {
    **_ALWAYS,
    "score_mode": "text",
    "boost_mode": "text",
    "max_boost": "number",
    "min_score": "number",
    "weight": "number",
}
_FAILED = "failed to parse [function_score] query. "


def _check_functions(body: dict[str, Any]) -> None:
    """function_score has a parser of its own: one function, or a list of them."""
    found = ""
    for key, value in body.items():
        two = f"{_FAILED}already found function [{found}], now encountering [{key}]. use [functions] array if you want to define several functions."
        if value is None or (key == "query" and isinstance(value, dict)):
            continue
        if isinstance(value, list):
            if key != "functions":
                raise parsing(f"{_FAILED}array [{key}] is not supported", body, key)
            if found:
                raise parsing(f"{_FAILED}[you can either define [functions] array or a single function, not both. already found [{found}], "
                              f"now encountering [{key}].]", body, key)  # fmt: skip
        elif isinstance(value, dict):
            if found:
                raise parsing(two, body, key)
            if key not in _FUNCTIONS:
                raise parsing("no [query] registered for [function_score]", body, key)
            found = found or key
        elif key in _SCORE:
            _read(_SCORE[key], body, key)
            found = found or (key if key == "weight" else "")
        else:
            raise parsing(two if found else f"{_FAILED}field [{key}] is not supported", body, key)


def _read(how: str, body: dict[str, Any], key: str) -> None:
    if how == "number":
        decimal(body, key)
    elif how == "truth":
        truth(body, key)
    elif how == "text":
        text(body, key)
