"""The order of hits: what is sorted by, where documents without a value go, and where a page begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.aggregations.found import literal
from clickstream_embedded.search.errors import ShardError, content, enum_failed, field_failed, illegal, parsing
from clickstream_embedded.search.mapping import REAL, WHOLE
from clickstream_embedded.search.numbers import LONGEST, written_single
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.queries.base import VALUES, Context, Field

_KNOWN = {
    "order",
    "missing",
    "mode",
    "unmapped_type",
    "numeric_type",
    "nested",
    "nested_path",
    "nested_filter",
}
_MODES = {"min": "MIN(each.value)", "max": "MAX(each.value)", "sum": "SUM(each.value)", "avg": "AVG(each.value)"}


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of a sort."""

    name: str
    descending: bool = False
    missing: Any = "_last"
    mode: str = ""
    unmapped: str | None = None
    numeric: str | None = None  # the type that numbers are sorted as

    def field(self, context: Context) -> Field | None:
        """Raises ShardError for a field that cannot be sorted on."""
        found = context.field(self.name)
        if found is None:
            if self.unmapped is None:
                raise ShardError("query_shard_exception", f"No mapping found for [{self.name}] in order to sort on")
            return None
        if found.kind == "text":
            raise ShardError("illegal_argument_exception", "Fielddata is disabled on text fields by default. Set fielddata=true on "
                             f"[{self.name}] in order to load fielddata in memory by uninverting the inverted index. Note that this "
                             "can however use significant memory. Alternatively use a keyword field instead.")  # fmt: skip
        if found.kind == "object":
            raise ShardError("query_shard_exception", f"No mapping found for [{self.name}] in order to sort on")
        return found

    def sql(self, context: Context, score: str = "1.0") -> str:
        """The value to sort by, NULL where there is none."""
        if self.name == "_score":
            return f"({score})"
        if self.name == "_doc":  # counted from the first document of the index
            first = context.database.row("SELECT MIN(seq) FROM docs WHERE idx = ?", (context.index.name,))
            return f"(docs.seq - {int(first[0]) if first and first[0] is not None else 0})"
        found = self.field(context)
        if found is None:
            return "NULL"
        sql = found.sql
        if found.is_many:
            how = _MODES.get(self.mode) or ("MAX(each.value)" if self.descending else "MIN(each.value)")
            if self.mode == "avg" and found.kind in (*WHOLE, "date"):
                how = "CAST(ROUND(AVG(each.value)) AS INTEGER)"
            sql = f"(SELECT {how} FROM json_each({VALUES}, {found.path}) AS each)"
        if self.numeric == "long" and found.kind in REAL:
            sql = f"CAST({sql} AS INTEGER)"
        if self.missing not in ("_last", "_first"):
            sql = f"COALESCE({sql}, {literal(self._given(found, self.missing))})"
        return sql

    def _given(self, field: Field, value: Any) -> Any:
        """A value of a request as the field keeps it. Raises ShardError."""
        try:
            if field.kind == "date" and isinstance(value, str):
                return times.parse(value, str(field.rule.get("format", times.DEFAULT_FORMAT)))
            if field.kind in (*WHOLE, "date"):
                return int(value)
            if field.kind in REAL:
                return float(value)
            if field.kind == "boolean":
                return int(value in (True, "true", 1))
        except (TypeError, ValueError):
            inner = {"type": "number_format_exception", "reason": f'For input string: "{value}"'}
            raise ShardError(
                "illegal_argument_exception", f"Failed to parse search_after value for field [{self.name}].",
                caused_by=inner if field.kind in (*WHOLE, *REAL) else None,
            ) from None  # fmt: skip
        return str(value)

    def kind(self, contexts: list[Context]) -> str:
        """The type that is sorted by."""
        if self.name in ("_score", "_doc"):
            return self.name
        if self.numeric in ("long", "double"):
            return self.numeric
        for context in contexts:
            found = context.field(self.name)
            if found is not None:
                return found.kind
        return self.unmapped or "long"

    def order(self, column: str) -> str:
        """The ORDER BY of a column with the key's values."""
        nulls = "FIRST" if self.missing == "_first" else "LAST"
        return f"{column} {'DESC' if self.descending else 'ASC'} NULLS {nulls}"

    def shown(self, value: Any, kind: str) -> Any:
        """The value as a hit's `sort` has it."""
        if kind == "_score":
            return written_single(float(value))
        if value is None:
            low = (self.missing == "_first") != self.descending
            if kind in ("keyword", "string"):
                return None
            if kind in REAL:
                return "-Infinity" if low else "Infinity"
            return -LONGEST - 1 if low else LONGEST
        if kind == "float":
            return written_single(float(value))
        return float(value) if kind == "double" else value

    def after(self, column: str, value: Any, contexts: list[Context]) -> tuple[str, str]:
        """(is after the value, is at the value) as conditions on a column."""
        kind = self.kind(contexts)
        field = next((found for context in contexts if (found := context.field(self.name)) is not None), None)
        if (kind in WHOLE and isinstance(value, int) and abs(value) >= LONGEST) or (
            kind == "date" and isinstance(value, int) and abs(value) >= LONGEST
        ):
            value = None
        if value is None or value in ("Infinity", "-Infinity"):
            after = f"{column} IS NOT NULL" if self.missing == "_first" else "0"
            return after, f"{column} IS NULL"
        given = literal(self._given(field, value) if field is not None else value)
        after = f"{column} {'<' if self.descending else '>'} {given}"
        if self.missing != "_first":
            after = f"({after} OR {column} IS NULL)"
        return after, f"{column} = {given}"


def parse(sort: Any) -> list[SortKey]:
    """The keys of a `sort`. Raises SearchError."""
    if sort is None:
        return []
    if not isinstance(sort, str | dict | list):
        sort = str(sort).lower()  # a number or a truth value is the name of a field
    keys: list[SortKey] = []
    for entry in sort if isinstance(sort, list) else [sort]:
        if isinstance(entry, str):
            keys.append(_key(entry, {}))
        elif isinstance(entry, dict):
            keys += [_key(str(name), given) for name, given in entry.items()]
        else:
            raise illegal("malformed sort format, within the sort array, an object, or an actual string are allowed")
    return keys


def _key(name: str, given: Any) -> SortKey:
    default = name == "_score"
    if isinstance(given, str):
        if given.lower() not in ("asc", "desc"):
            raise illegal(f"No enum constant org.elasticsearch.search.sort.SortOrder.{given.upper()}")
        given = {"order": given}
    if not isinstance(given, dict):
        raise illegal(f"malformed sort format, expected an object or a string for [{name}]")
    if name == "_script":
        script = given.get("script")
        lang = script.get("lang", "painless") if isinstance(script, dict) else "painless"
        raise ShardError("illegal_argument_exception", f"script_lang not supported [{lang}]")
    for key in given:
        if key not in _KNOWN or (name == "_score" and key != "order"):
            kind = "_score" if name == "_score" else "field_sort"
            raise content(f"[{kind}] unknown field [{key}], parser not found", given, key)
        if key.startswith("nested"):
            raise illegal(f"[nested] failed to find nested object under path [{name}]")
    order = str(given.get("order", "desc" if default else "asc")).lower()
    if order not in ("asc", "desc"):
        raise enum_failed("field_sort", given, "order", "SortOrder")
    mode = str(given.get("mode", "")).lower()
    if mode and mode not in (*_MODES, "median"):
        raise field_failed(
            "field_sort", given, "mode", "illegal_argument_exception", f"Unknown SortMode [{given['mode']}]"
        )
    numeric = given.get("numeric_type")
    if numeric not in (None, "long", "double", "date", "date_nanos"):
        told = f"invalid value for [numeric_type], must be [long, double, date, date_nanos], got {numeric}"
        raise field_failed("field_sort", given, "numeric_type", "illegal_argument_exception", told)
    return SortKey(name, order == "desc", given.get("missing", "_last"), mode, given.get("unmapped_type"), numeric)


def from_text(text: str) -> list[SortKey]:
    """The keys of the parameter `sort=field:desc,other`; what follows another colon is the order only where it is one."""
    keys: list[SortKey] = []
    for part in text.split(","):
        name, _, order = part.rpartition(":")
        if name and order == "reverse":
            keys.append(SortKey(name, descending=True))
        elif name and order in ("asc", "desc"):
            keys.append(_key(name, {"order": order}))
        elif not name:
            keys.append(_key(part, {}))
        # the server passes over a field with a word that is no order
    return keys


def check_after(after: Any, keys: list[SortKey]) -> None:
    """Raises SearchError for a `search_after` that is not of the sort."""
    if not isinstance(after, list):
        raise parsing("Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [" + token(after) +
                      "] inside search_after.")  # fmt: skip
    if not keys:
        raise ShardError("illegal_argument_exception", "Sort must contain at least one field.")
    if len(after) != len(keys):
        raise ShardError(
            "illegal_argument_exception", f"search_after has {len(after)} value(s) but sort has {len(keys)}."
        )
