"""The order of hits: what is sorted by, where documents without a value go, and where a page begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.aggregations.found import literal
from clickstream_embedded.search.errors import (
    ShardError,
    content,
    enum_failed,
    field_failed,
    illegal,
    parsing,
    value_refused,
)
from clickstream_embedded.search.mapping import PARAMETERS, REAL, WHOLE
from clickstream_embedded.search.numbers import LONGEST, written_single
from clickstream_embedded.search.queries import places, registry
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.queries.base import Context, Field, Query
from clickstream_embedded.search.queries.nested import no_nested
from clickstream_embedded.search.unmapped import stand_in

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
    nested: tuple[str, Query | None] | None = (
        None  # the path of the objects that the field is in, and which of them count
    )
    places: tuple[tuple[float, float], ...] = ()  # distance from these
    unit: float = 1.0  # metres

    def field(self, context: Context) -> Field | None:
        """Raises ShardError for a field that cannot be sorted on."""
        found = context.field(self.name)
        if found is None:
            if self.unmapped is None:
                raise ShardError("query_shard_exception", f"No mapping found for [{self.name}] in order to sort on")
            if self.unmapped not in PARAMETERS:
                raise ShardError("illegal_argument_exception", f"No mapper found for type [{self.unmapped}]")
            return None
        if self.mode in ("avg", "sum", "median") and found.kind not in (*WHOLE, *REAL, "date", "boolean", "geo_point"):
            raise ShardError("query_shard_exception", "we only support AVG, MEDIAN and SUM on number based fields")
        if self.places and found.kind not in ("geo_point", "text"):
            kind = "illegal_argument_exception" if found.kind == "object" else "query_shard_exception"
            raise ShardError(kind, f"failed to find mapper for [{self.name}] for geo distance based sort")
        found.check_values()
        if not found.has_terms:
            raise ShardError("illegal_argument_exception", "Fielddata is disabled on text fields by default. Set fielddata=true on "
                             f"[{self.name}] in order to load fielddata in memory by uninverting the inverted index. Note that this "
                             "can however use significant memory. Alternatively use a keyword field instead.")  # fmt: skip
        if found.kind == "geo_point" and not self.places:
            raise ShardError("illegal_argument_exception", "can't sort on geo_point field without using specific sorting feature, like "
                             "geo_distance")  # fmt: skip
        if found.kind in kinds.RANGES:
            raise ShardError("illegal_state_exception", f"unexpected docvalues type BINARY for field '{self.name}' (expected one of [SORTED, "
                             "SORTED_SET]). Re-index with correct docvalues type.", 500)  # fmt: skip
        if found.kind == "object":
            raise ShardError("query_shard_exception", f"No mapping found for [{self.name}] in order to sort on")
        return found

    def sql(self, context: Context, score: str = "1.0") -> str:
        """The value to sort by, NULL where there is none."""
        if self.name == "_score":
            return f"({score})"
        if self.places and context.field(self.name) is None and self.unmapped is None:
            raise ShardError(
                "illegal_argument_exception", f"failed to find mapper for [{self.name}] for geo distance based sort"
            )
        if self.name == "_doc":  # counted from the first document of the index
            first = context.database.row("SELECT MIN(seq) FROM docs WHERE idx = ?", (context.index.name,))
            return f"(docs.seq - {int(first[0]) if first and first[0] is not None else 0})"
        within = self._within(context)
        found = self.field(within[0]) if within else self.field(context)
        if found is None:
            return (
                "NULL"
                if self.missing in ("_last", "_first")
                else literal(stand_in(self.unmapped or "long", self.missing))
            )
        if within or self.places:
            sql = self._computed(found, within)
        elif not found.is_many:
            sql = found.sql
        else:
            how = _MODES.get(self.mode) or ("MAX(each.value)" if self.descending else "MIN(each.value)")
            if self.mode == "avg" and found.kind in (*WHOLE, "date"):
                how = "CAST(ROUND(AVG(each.value)) AS INTEGER)"
            sql = f"(SELECT {how} FROM json_each({found.values}, {found.path}) AS each)"
        if self.numeric == "long" and found.kind in REAL:
            sql = f"CAST({sql} AS INTEGER)"
        if self.missing not in ("_last", "_first"):
            sql = f"COALESCE({sql}, {literal(self._missing(found))})"
        return sql

    def _within(self, context: Context) -> tuple[Context, str, str] | None:
        """(the nested objects, their table, which of them count) of a sort by a field within them. Raises ShardError."""
        if self.nested is None:
            return None
        path, condition = self.nested
        told = no_nested(context, path)
        if told:
            raise ShardError("query_shard_exception", told)
        inner = context.nested(path)
        where = "1"
        if condition is not None:
            made = condition.on(replace(inner, scoring=False))
            where = inlined(made.where, made.values)
        return inner, f"{context.each(path)} AS {inner.values.removesuffix('.value')}", where

    def _computed(self, field: Field, within: tuple[Context, str, str] | None) -> str:
        """The smallest, largest, … of the values, or of the distances, of the nested objects or of the document."""
        value = "each.value"
        if self.places:
            value = f"MIN({', '.join(f'away({value}, {lat!r}, {lon!r})' for lat, lon in self.places)}) / {self.unit!r}"
            value = value if len(self.places) > 1 else value.replace("MIN(", "(", 1)
        name = self.mode.upper() or ("MAX" if self.descending else "MIN")
        how = f"{name}({value})"
        if name == "AVG" and field.kind in (*WHOLE, "date"):
            how = f"CAST(ROUND(AVG({value})) AS INTEGER)"
        table, where = (f"{within[1]}, ", within[2]) if within else ("", "1")
        found = f"(SELECT {how} FROM {table}json_each({field.values}, {field.path}) AS each WHERE {where})"
        return f"COALESCE({found}, 9e999)" if self.places else found

    def _missing(self, field: Field) -> Any:
        """What stands for no value. Raises ShardError."""
        try:
            return self._given(field, self.missing)
        except ShardError as error:
            inner = error.caused_by or {}
            if inner.get("type") == "number_format_exception":
                raise ShardError("number_format_exception", str(inner["reason"])) from None
            raise

    def _given(self, field: Field, value: Any) -> Any:
        """A value of a request as the field keeps it. Raises ShardError."""
        try:
            if field.kind == "ip":
                return kinds.ip_kept(value)
            if field.kind == "geo_point":
                return float(value)
            if field.kind == "date" and isinstance(value, str):
                return times.parse(value, str(field.rule.get("format", times.DEFAULT_FORMAT)))
            if isinstance(value, bool) and field.kind in (*WHOLE, *REAL, "date", "boolean"):
                raise ValueError
            if field.kind in (*WHOLE, "date"):
                return int(value)
            if field.kind in REAL:
                return float(value)
            if field.kind == "boolean":
                return int(value)
        except (TypeError, ValueError):
            text = str(value).lower() if isinstance(value, bool) else value
            inner = {"type": "number_format_exception", "reason": f'For input string: "{text}"'}
            raise ShardError(
                "illegal_argument_exception", f"Failed to parse search_after value for field [{self.name}].",
                caused_by=inner if field.kind in (*WHOLE, *REAL, "boolean") else None,
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
            if kind in ("keyword", "string", "ip", "text"):
                return None
            if kind in (*REAL, "geo_point"):
                return "-Infinity" if low else "Infinity"
            return -LONGEST - 1 if low else LONGEST
        if self.numeric == "date_nanos":
            return int(value) * 1_000_000
        if kind == "ip":
            return kinds.ip_shown(value)
        if kind == "geo_point" and value == float("inf"):
            return "Infinity"
        if kind in ("float", "half_float"):
            return written_single(float(value))
        return float(value) if kind in ("double", "geo_point") else value

    def after(self, column: str, value: Any, contexts: list[Context]) -> tuple[str, str]:
        """(is after the value, is at the value) as conditions on a column."""
        kind, wanted = self.kind(contexts), value
        if kind == "date" and isinstance(value, str) and not value.lstrip("-").isdigit():
            inner = {"type": "number_format_exception", "reason": f'For input string: "{value}"'}
            raise ShardError(
                "illegal_argument_exception",
                f"Failed to parse search_after value for field [{self.name}].",
                caused_by=inner,
            )
        field = next((found for context in contexts if (found := context.field(self.name)) is not None), None)
        if (kind in WHOLE and isinstance(value, int) and abs(value) >= LONGEST) or (
            kind == "date" and isinstance(value, int) and abs(value) >= LONGEST
        ):
            value = None
        java = {"double": "Double.double", "float": "Float.float", "half_float": "Float.float"}.get(kind, "Long.long")
        if value is None and wanted is None and kind in (*WHOLE, *REAL, "date"):
            raise ShardError(
                "null_pointer_exception", f'Cannot invoke "java.lang.{java}Value()" because "value" is null', 500
            )
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
    if name == "_geo_distance":
        return _by_distance(given)
    for key in given:
        if key not in _KNOWN or (name == "_score" and key != "order"):
            kind = "_score" if name == "_score" else "field_sort"
            raise content(f"[{kind}] unknown field [{key}], parser not found", given, key)
    for key in ("order", "mode", "unmapped_type", "numeric_type"):
        if key in given and not isinstance(given[key], str):
            raise value_refused(
                f"[{'_score' if default else 'field_sort'}] {key} doesn't support values of type: {token(given[key])}",
                given,
                key,
            )
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
    return SortKey(
        name, order == "desc", given.get("missing", "_last"), mode, given.get("unmapped_type"), numeric, _nested(given)
    )


def _nested(given: dict[str, Any]) -> tuple[str, Query | None] | None:
    """Raises SearchError."""
    if "nested_path" in given:
        return str(given["nested_path"]), registry.parse(given["nested_filter"]) if "nested_filter" in given else None
    inner = given.get("nested")
    if inner is None:
        return None
    for key in inner:
        if key not in ("path", "filter", "nested", "max_children"):
            raise illegal(f"malformed nested sort format, unknown field name [{key}]")
    return str(inner.get("path")), registry.parse(inner["filter"]) if "filter" in inner else None


_DISTANCE = {
    "order",
    "unit",
    "mode",
    "distance_type",
    "validation_method",
    "ignore_unmapped",
    "nested",
    "nested_path",
    "nested_filter",
}


def _by_distance(given: dict[str, Any]) -> SortKey:
    """`_geo_distance`: by how far a place is from one or more others. Raises SearchError."""
    names = [key for key in given if key not in _DISTANCE]
    if not names:
        raise illegal("Geo distance sorting needs at least one point.")
    written = given[names[0]]
    several = isinstance(written, list) and bool(written) and not isinstance(written[0], int | float)
    points = tuple(places.point(each) for each in (written if several else [written]))
    order = str(given.get("order", "asc")).lower()
    if order not in ("asc", "desc"):
        raise enum_failed("_geo_distance", given, "order", "SortOrder")
    unit = str(given.get("unit", "m"))
    if unit not in places.UNITS:
        raise illegal(f"failed to parse distance unit [{unit}]")
    return SortKey(names[0], order == "desc", "_last", str(given.get("mode", "")).lower(), None, None, _nested(given), points,
                   places.UNITS[unit])  # fmt: skip


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


def inlined(where: str, values: tuple[Any, ...]) -> str:
    """A condition with its parameters in its text: where a statement has no place for them."""
    parts = where.split("?")
    if len(parts) != len(values) + 1:
        raise ShardError("illegal_argument_exception", "a text with a question mark cannot be a condition here")
    return "".join(f"{part}{literal(value)}" for part, value in zip(parts, values, strict=False)) + parts[-1]


def check_after(after: Any, keys: list[SortKey]) -> None:
    """Raises SearchError for a `search_after` that is not of the sort."""
    if not isinstance(after, list):
        raise parsing("Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [" + token(after) +
                      "] inside search_after.")  # fmt: skip
    for at, each in enumerate(after):
        if isinstance(each, dict | list):
            raise parsing(f"Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [{token(each)}] "
                          "inside search_after.", after, at)  # fmt: skip
    if not keys:
        raise ShardError("illegal_argument_exception", "Sort must contain at least one field.")
    if len(after) != len(keys):
        raise ShardError(
            "illegal_argument_exception", f"search_after has {len(after)} value(s) but sort has {len(keys)}."
        )
