"""The documents that a search found, as a table of the values that its aggregations read."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from clickstream_embedded.search import mismatches, times
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import SearchError, ShardError
from clickstream_embedded.search.mapping import NUMBERS
from clickstream_embedded.search.queries.base import Context, Query, Sql

MAX_BUCKETS = 10_000  # `search.max_buckets`
Keys = tuple[Any, ...]
Result = Callable[[Keys], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """A field's values in the table: a column of it, or where a document may have many, a table beside it."""

    name: str
    kind: str
    format: str | None
    sql: str = "NULL"
    table: str = ""

    @property
    def is_date(self) -> bool:
        return self.kind == "date"


@dataclass(frozen=True, slots=True)
class Level:
    """Where in the tree an aggregation stands: how the table is joined and restricted, and the keys around it."""

    joins: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    alias: str = "found"  # the table of the rows that count here: of documents, or of their nested objects
    path: str = ""  # of those nested objects

    @property
    def row(self) -> str:
        """What names a row of that table."""
        return f"{self.alias}.seq"

    def restricted(self, condition: str) -> Level:
        return replace(self, where=(*self.where, condition))

    def joined(self, join: str) -> Level:
        return replace(self, joins=(*self.joins, join))

    def under(self, key: str) -> Level:
        return replace(self, keys=(*self.keys, key))

    def statement(self, expressions: str, tail: str = "") -> str:
        """A SELECT of the keys and the expressions, a row for each combination of keys."""
        columns = ", ".join([*self.keys, expressions] if expressions else self.keys)
        where = f" WHERE {' AND '.join(self.where)}" if self.where else ""
        group = f" GROUP BY {', '.join(self.keys)}" if self.keys and not tail else ""
        return f"SELECT {columns} FROM temp.found {' '.join(self.joins)}{where}{group} {tail}"


class Found:
    """The table; use it in a `with`, holding the lock of the database."""

    def __init__(
        self, database: Database, contexts: list[tuple[Context, Sql]], nodes: tuple[Node, ...], *, everything: bool,
        filters: dict[int, Query], orders: dict[str, dict[str, str]],
    ) -> None:  # fmt: skip
        """`everything`: documents that the query does not match are there too; `filters` are conditions by number,
        `orders` further columns by name and index."""
        self.database = database
        self.contexts = contexts
        self.buckets = 0
        self._names = sorted({name for node in nodes for each in node.all() for name in fields_of(each)})
        self._columns: dict[tuple[str, str], Column] = {}
        self._scored = any(each.kind.endswith("sampler") for node in nodes for each in node.all())
        self._everything = everything
        self._filters = filters
        self._orders = orders
        self.aliases = 0
        self._texts = {
            str(each.spec.get("field")) for node in nodes for each in node.all() if each.kind == "significant_text"
        }
        self.most = MAX_BUCKETS

    def check(self, node: Node) -> None:
        """That the fields of a node have values. Raises ShardError."""
        for context, _ in self.contexts:
            for name in fields_of(node):
                self._value(context, name)

    def __enter__(self) -> Found:
        self.__exit__()
        parts: list[str] = []
        values: list[Any] = []
        for context, condition in self.contexts:
            flags: list[str] = []
            for number, query in self._filters.items():
                sql = query.build(context)  # a value that does not fit is told as it is, without the query around it
                flags.append(f"COALESCE(({sql.where}), 0) AS c{number}")
                values += sql.values
            hit = f"COALESCE(({condition.where}), 0)" if self._everything else "1"
            if self._everything:
                values += condition.values
            columns = [f"{self._value(context, name)} AS f{place}" for place, name in enumerate(self._names)]
            columns += [f"{sql[context.index.name]} AS {name}" for name, sql in self._orders.items()]
            if self._scored:
                columns.append(f"({condition.score}) AS score")
                values += condition.weights
            where = "" if self._everything else f" AND ({condition.where})"
            chosen = ", ".join(["docs.seq AS seq", *flags, f"{hit} AS hit", *columns])
            parts.append(f"SELECT {chosen} FROM docs WHERE docs.idx = ?{where}")
            values.append(context.index.name)
            if not self._everything:
                values += condition.values
        if not parts:
            empty = [f"NULL AS c{number}" for number in self._filters] + [
                f"NULL AS f{place}" for place in range(len(self._names))
            ]
            parts = [
                "SELECT "
                + ", ".join(["0 AS seq, 1 AS hit, 0 AS score", *empty, *(f"NULL AS {name}" for name in self._orders)])
                + " WHERE 0"
            ]
        self.database.run(f"CREATE TEMP TABLE found AS {' UNION ALL '.join(parts)}", values)
        self._add_many("found", "found")
        return self

    def _add_many(self, table: str, alias: str) -> None:
        """A table beside another one for each field that a row may have several values of."""
        for place, name in enumerate(self._names):
            if self._described(name, alias).table:
                self.database.run(
                    f"CREATE TEMP TABLE many{place}_{alias} AS SELECT t.seq AS seq, each.value AS value FROM temp.{table} AS t, "
                    f"json_each(t.f{place}) AS each WHERE each.value IS NOT NULL"
                )
                self.database.run(f"CREATE INDEX temp.many{place}_{alias}_seq ON many{place}_{alias} (seq)")

    def table(self) -> str:
        """The name of a further table, which ends with this one."""
        self.aliases += 1
        return f"more{self.aliases}"

    def nested(self, path: str, level: Level, numbers: list[int]) -> Level:
        """The level of the nested objects under a path; `numbers` are those of the conditions that are asked there."""
        name = self.table()
        parts: list[str] = []
        values: list[Any] = []
        for context, _ in self.contexts:
            around = context.nested(level.path) if level.path else context
            inner = around.nested(path)
            chosen = [f"{_identity(inner)} AS seq", f"{_identity(around)} AS parent"]
            for number in numbers:
                sql = self._filters[number].build(inner)
                chosen.append(f"COALESCE(({sql.where}), 0) AS c{number}")
                values += sql.values
            chosen += [f"{self._value(inner, each)} AS f{place}" for place, each in enumerate(self._names)]
            parts.append(
                f"SELECT {', '.join(chosen)} FROM {inner.source} WHERE docs.seq IN (SELECT seq FROM temp.found) AND docs.idx = ?"
            )
            values.append(context.index.name)
        self.database.run(f"CREATE TEMP TABLE {name} AS {' UNION ALL '.join(parts)}", values)
        self.database.run(f"CREATE INDEX temp.{name}_parent ON {name} (parent)")
        self._add_many(name, name)
        joined = level.joined(f"JOIN temp.{name} AS {name} ON {name}.parent = {level.row}")
        return replace(joined, alias=name, path=path)

    def __exit__(self, *_: object) -> None:
        names = self.database.rows(
            "SELECT name FROM sqlite_temp_master WHERE type = 'table' AND (name = 'found' OR name LIKE 'many%' OR name LIKE 'more%')"
        )
        for (name,) in names:
            self.database.run(f"DROP TABLE temp.{name}")

    def _value(self, context: Context, name: str) -> str:
        field = context.field(name)
        if field is None or field.kind == "object":
            return "NULL"
        field.check_values()
        if not field.has_terms and name not in self._texts:
            raise ShardError("illegal_argument_exception", "Fielddata is disabled on text fields by default. Set fielddata=true on "
                             f"[{name}] in order to load fielddata in memory by uninverting the inverted index. Note that this "
                             "can however use significant memory. Alternatively use a keyword field instead.")  # fmt: skip
        if self._is_many(name):  # as an array in every index, so that all are read alike
            return f"(SELECT json_group_array(each.value) FROM json_each({field.values}, {field.path}) AS each)"
        return field.sql

    def _is_many(self, name: str) -> bool:
        fields = [context.field(name) for context, _ in self.contexts]
        return any(field is not None and field.is_many for field in fields)

    def _described(self, name: str, alias: str = "found") -> Column:
        place = self._names.index(name)
        fields = [field for context, _ in self.contexts if (field := context.field(name)) is not None]
        kind = fields[0].kind if fields and fields[0].kind != "object" else ""
        form = str(fields[0].rule["format"]) if fields and "format" in fields[0].rule else None
        table = f"temp.many{place}_{alias}" if self._is_many(name) else ""
        return Column(name, kind, form, f"{alias}.f{place}", table)

    def column(self, name: str, level: Level) -> Column:
        """A field's values in the rows of a level."""
        key = name, level.alias
        if key not in self._columns:
            self._columns[key] = self._described(name, level.alias)
        return self._columns[key]

    def values(self, node: Node, level: Level, *, once: str = "") -> tuple[Level, str, Column]:
        """(the level with the field's values in it, the SQL of a value, the field).

        With `once`, an expression of the value `{}`, each document counts once for each of its results.
        """
        column = self.column(str(node.spec.get("field", "")), level)
        missing = node.spec.get("missing")
        outer = "LEFT JOIN" if missing is not None else "JOIN"
        if column.table:
            self.aliases += 1
            alias = f"j{self.aliases}"
            inner = (
                f"SELECT DISTINCT seq, {once.replace('{}', 'value')} AS value FROM {column.table}"
                if once
                else f"SELECT seq, value FROM {column.table}"
            )
            joined = level.joined(f"{outer} ({inner}) AS {alias} ON {alias}.seq = {level.row}")
            sql = f"{alias}.value"
            if missing is None:
                return joined, sql, column
            given = literal(missing_value(missing, column, node.spec.get("format")))
            return joined, f"COALESCE({sql}, {once.replace('{}', given) if once else given})", column
        sql = column.sql
        if missing is not None:
            sql = f"COALESCE({sql}, {literal(missing_value(missing, column, node.spec.get('format')))})"
        return level.restricted(f"{sql} IS NOT NULL"), once.replace("{}", sql) if once else sql, column

    def rows(self, statement: str, keys: int) -> dict[Keys, list[tuple[Any, ...]]]:
        """The rows of a statement by their first `keys` columns."""
        found: dict[Keys, list[tuple[Any, ...]]] = {}
        for row in self.database.rows(statement):
            found.setdefault(tuple(row[:keys]), []).append(row[keys:])
        return found

    def made(self, count: int = 1) -> None:
        """Counts buckets. Raises SearchError for too many."""
        self.buckets += count
        if self.buckets > self.most:
            reason = (
                f"Trying to create too many buckets. Must be less than or equal to: [{self.most}] but was "
                f"[{self.most + 1}]. This limit can be set by changing the [search.max_buckets] cluster level setting."
            )
            raise SearchError(503, "search_phase_execution_exception", "", phase="fetch", grouped=True, failed_shards=[], root_cause=[],
                              caused_by={"type": "too_many_buckets_exception", "reason": reason, "max_buckets": self.most})  # fmt: skip


def _identity(context: Context) -> str:
    """What names a document, or one of the nested objects in it."""
    aliases = [f"n{number}" for number in range(1, context.source.count(" AS n") + 1)]
    return " || ':' || ".join(["docs.seq", *(f"{alias}.key" for alias in aliases)]) if aliases else "docs.seq"


def _listed(sources: Any) -> list[dict[str, Any]]:
    return [each for each in (sources if isinstance(sources, list) else [sources]) if isinstance(each, dict)]


def fields_of(node: Node) -> set[str]:
    """The fields that an aggregation reads itself."""
    if node.kind == "composite":
        return {
            str(spec["field"])
            for source in _listed(node.spec.get("sources"))
            for named in source.values()
            if isinstance(named, dict)
            for spec in named.values()
            if isinstance(spec, dict) and "field" in spec
        }
    if node.kind == "weighted_avg":
        return {str(node.spec[part]["field"]) for part in ("value", "weight")}
    return {str(node.spec["field"])} if "field" in node.spec and node.kind != "filter" else set()


def literal(value: Any) -> str:
    """A value as SQL text."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else "9e999"
    return "'" + str(value).replace("'", "''").replace("\x00", "") + "'"


def bound(value: Any, form: str, now: int = 0, where: datetime.tzinfo | None = None) -> int:
    """A moment of a request. Raises ShardError for what is none, with all of its causes."""
    shown = str(value).lower() if isinstance(value, bool) else value
    try:
        return times.moment(shown, form, now, where=where or times.UTC)
    except times.DateError as error:
        inner = mismatches.cause_of(str(shown), form)
        cause = {"type": "illegal_argument_exception", "reason": str(error), "caused_by": inner}
        raise ShardError("parse_exception", f"{error}: [{error}]", caused_by=cause) from None


def missing_value(value: Any, column: Column, form: Any = None) -> Any:
    """The value that a document without one counts for, a date by the aggregation's format. Raises ShardError where it is none of the field's type."""
    if column.is_date and isinstance(value, str | bool):
        return bound(value, str(form or column.format or times.DEFAULT_FORMAT))
    try:
        if column.kind in NUMBERS and isinstance(value, bool):
            raise ValueError
        if column.kind in NUMBERS and isinstance(value, str):
            return float(value)
        if column.kind == "boolean":
            return 1 if value in (True, "true") else 0
    except ValueError as error:
        raise ShardError(
            "number_format_exception", f'For input string: "{str(value).lower() if isinstance(value, bool) else value}"'
        ) from error
    return value if column.kind != "keyword" or isinstance(value, str) else str(value)
