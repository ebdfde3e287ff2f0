"""Elasticsearch's query DSL as SQL conditions over the JSON source."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from clickstream_embedded.search.errors import SearchError
from clickstream_embedded.search.mapping import date_millis

_FIELD = re.compile(r"[\w.@\-]+")
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def field_sql(name: str) -> str:
    """The SQL of a field's value; `.keyword` is the field itself. Raises SearchError for a name with odd characters."""
    name = name.removesuffix(".keyword")
    if not _FIELD.fullmatch(name):
        raise SearchError(400, "parsing_exception", f"unsupported field name [{name}]")
    return f"json_extract(source, '$.\"{name}\"')"


def _moment(value: Any) -> Any:
    """Date math such as `now-15m`; other values as they are."""
    if isinstance(value, str) and value.startswith("now"):
        total = int(time.time() * 1000)
        for sign, amount, unit in re.findall(r"([+-])(\d+)([smhd])", value):
            total += (1 if sign == "+" else -1) * int(amount) * _UNITS[unit]
        return total
    return value


def _range(field: str, bounds: dict[str, Any]) -> tuple[str, list[Any]]:
    operators = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
    parts: list[str] = []
    values: list[Any] = []
    for name, operator in operators.items():
        if bounds.get(name) is not None:
            bound = _moment(bounds[name])
            if isinstance(bound, str) and re.match(r"\d{4}-", bound):
                bound = date_millis(bound)
            elif isinstance(bound, str) and bound.lstrip("-").isdigit():
                bound = int(bound)
            parts.append(f"{field_sql(field)} {operator} ?")
            values.append(bound)
    return " AND ".join(parts) or "1", values


def _query_string(text: str) -> tuple[str, list[Any]]:
    text = text.strip()
    if text in ("*", "*:*", ""):
        return "1", []
    parts: list[str] = []
    values: list[Any] = []
    for piece in re.split(r"\s+(?:AND|&&)\s+|\s+", text):
        negated = piece.startswith(("-", "!"))
        name, colon, wanted = piece.lstrip("-!").partition(":")
        wanted = (wanted if colon else name).strip('"')
        pattern = wanted.replace("*", "%").replace("?", "_")
        column = field_sql(name) if colon else "source"
        if not colon:
            pattern = f"%{pattern}%"
        parts.append(f"{'NOT ' if negated else ''}CAST({column} AS TEXT) LIKE ?")
        values.append(pattern)
    return " AND ".join(parts), values


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def condition(query: dict[str, Any] | None) -> tuple[str, list[Any]]:
    """(SQL, parameters) of a query. Raises SearchError for a kind that is not supported."""
    if not query:
        return "1", []
    kind, body = next(iter(query.items()))
    match kind:
        case "match_all":
            return "1", []
        case "match_none":
            return "0", []
        case "term" | "match" | "match_phrase":
            field, value = next(iter(body.items()))
            value = value.get("value", value.get("query")) if isinstance(value, dict) else value
            return f"{field_sql(field)} = ?", [_plain(value)]
        case "terms":
            field, wanted = next((f, v) for f, v in body.items() if isinstance(v, list))
            return f"{field_sql(field)} IN ({','.join('?' * len(wanted))})", [_plain(v) for v in wanted]
        case "range":
            field, bounds = next(iter(body.items()))
            return _range(field, bounds)
        case "exists":
            return f"{field_sql(body['field'])} IS NOT NULL", []
        case "query_string" | "simple_query_string":
            return _query_string(str(body.get("query", "*")))
        case "bool":
            return _bool(body)
        case _:
            raise SearchError(400, "parsing_exception", f"unknown query [{kind}]", line=1, col=1)


def _listed(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else [value]


def _bool(body: dict[str, Any]) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for name in ("must", "filter", "must_not"):
        for inner in _listed(body.get(name, [])):
            sql, more = condition(inner)
            parts.append(f"NOT COALESCE(({sql}), 0)" if name == "must_not" else f"({sql})")
            values += more
    should = [condition(inner) for inner in _listed(body.get("should", []))]
    if should and (not body.get("must") and not body.get("filter")):
        parts.append("(" + " OR ".join(f"({sql})" for sql, _ in should) + ")")
        values += [value for _, more in should for value in more]
    return " AND ".join(parts) or "1", values


def sort_sql(sort: Any) -> tuple[str, list[str]]:
    """(ORDER BY, the fields sorted by)."""
    parts: list[str] = []
    fields: list[str] = []
    for entry in _listed(sort or []):
        name, order = (entry, "asc") if isinstance(entry, str) else next(iter(entry.items()))
        order = order.get("order", "asc") if isinstance(order, dict) else order
        if name == "_score":
            continue
        parts.append("seq" if name == "_doc" else f"{field_sql(name)} {'DESC' if order == 'desc' else 'ASC'}")
        fields.append(name)
    return ("ORDER BY " + ", ".join(parts) if parts else "ORDER BY seq"), fields


def decode(source: str) -> Any:
    return json.loads(source)
