"""What a query is here, and what it is made of: an SQL condition, a score, and access to the fields of an index."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from clickstream_embedded.search import totals
from clickstream_embedded.search.analyzers import BUILT_IN, Analyzer
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.errors import ShardError, index_not_found
from clickstream_embedded.search.indices import Index
from clickstream_embedded.search.numbers import java_double, single
from clickstream_embedded.search.values import safe_name

VALUES = "COALESCE(docs.vals, docs.source)"
_DOCS = "docs"
_MOST_TERMS = 50  # `max_expansions`
_COLUMNS = {"_id": "docs.id", "_index": "docs.idx"}


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition on `docs`, and the score of a document that meets it; each with its parameters."""

    where: str
    values: tuple[Any, ...] = ()
    score: str = "1.0"
    weights: tuple[Any, ...] = ()

    def scored(self, boost: float) -> Sql:
        """The same with its score times `boost`."""
        return self if boost == 1 else Sql(self.where, self.values, f"({self.score}) * {boost!r}", self.weights)

    def constant(self, boost: float = 1.0) -> Sql:
        return Sql(self.where, self.values, repr(float(boost)))

    def negated(self) -> Sql:
        return Sql(f"NOT COALESCE(({self.where}), 0)", self.values, "0.0")


NONE = Sql("0", (), "0.0")
ALL = Sql("1")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an index; `is_many` where a document may have several values of it."""

    name: str
    rule: dict[str, Any]
    is_many: bool = False
    values: str = VALUES  # the SQL of the values of the document, or of the nested object, that it is in
    analyzers: dict[str, Analyzer] = field(default_factory=dict[str, Analyzer])

    @property
    def kind(self) -> str:
        return str(self.rule.get("type", "object"))

    @property
    def path(self) -> str:
        """The SQL text that names it within the values of a document."""
        return "'$.\"" + safe_name(self.name).replace("'", "''") + "\"'"

    @property
    def sql(self) -> str:
        """The value where there is one only, NULL where there is none."""
        return _COLUMNS.get(self.name) or f"json_extract({self.values}, {self.path})"

    def any(self, test: str, *parameters: Any) -> Sql:
        """That one of its values meets a test such as `= ?`; `{}` in it stands for the value, else it goes before."""
        shown = test if "{}" in test else "{} " + test
        if self.is_many and self.name not in _COLUMNS:
            inner = shown.replace("{}", "each.value")
            return Sql(
                f"EXISTS (SELECT 1 FROM json_each({self.values}, {self.path}) AS each WHERE {inner})", parameters
            )
        return Sql(shown.replace("{}", self.sql), parameters)

    def analyzer(self, name: str | None = None) -> Analyzer | None:
        """The analyzer of a name, or that of the field itself."""
        used = name or str(self.rule.get("analyzer", "default"))
        return self.analyzers.get(used) or BUILT_IN.get(used)

    def normal(self, text: str) -> str:
        """A term of a query as the field keeps it."""
        return text.lower() if self.rule.get("normalizer") else text

    @property
    def has_terms(self) -> bool:
        """Whether it can be sorted by and counted: a text only where its mapping says so."""
        return self.kind != "text" or self.rule.get("fielddata") in (True, "true")

    def check_values(self) -> None:
        """Raises ShardError where the field has no values to sort by or to count."""
        if self.kind == "binary" or self.rule.get("doc_values") in (False, "false"):
            raise ShardError("illegal_argument_exception", f"Can't load fielddata on [{self.name}] because fielddata is unsupported on fields "
                             f"of type [{self.kind}]. Use doc values instead.")  # fmt: skip

    @property
    def exists(self) -> Sql:
        return Sql(f"{self.sql} IS NOT NULL")


@dataclass(slots=True)
class Context:
    """What a query is built for: one index at one moment. `names` are the conditions of queries with a `_name`."""

    database: Database
    index: Index
    now: int
    scoring: bool = True
    names: dict[str, Sql] = field(default_factory=dict[str, Sql])
    values: str = VALUES  # of the document, or of the nested object that is looked at
    source: str = _DOCS  # where those values come from
    path: str = ""  # of the nested object
    inner: dict[str, Any] = field(default_factory=dict[str, Any])  # inner hits by name
    _counts: dict[str, int] = field(default_factory=dict[str, int])

    def nested(self, path: str) -> Context:
        """The same for the nested objects under a path."""
        alias = f"n{self.source.count(' AS n') + 1}"
        return replace(
            self, values=f"{alias}.value", source=f"{self.source}, {self.each(path)} AS {alias}", path=path, _counts={}
        )

    def each(self, path: str) -> str:
        """The nested objects under a path as a table."""
        return f"json_each({self.values}, {Field(path, {}).path})"

    def field(self, name: str) -> Field | None:
        """The field of that name, None where the index has none."""
        if name == "_ignored":
            return Field(name, {"type": "keyword"}, True, self.values)
        if name in ("_id", "_index", "_type"):
            return Field(name, {"type": "keyword"})
        rule = self.index.mapping.flat().get(name)
        if rule is None:
            return None
        base = rule.get("of", name)
        if rule.get("type") == "alias":
            return self.field(str(rule["path"]))
        many = rule.get("type") == "text" or name in self.index.mapping.many or base in self.index.mapping.many
        return Field(name, rule, many, self.values, self.index.mapping.analyzers)

    def leaves(self, *kinds: str) -> list[Field]:
        """All fields that hold values, in the order of their names."""
        flat = self.index.mapping.flat()
        found = [self.field(name) for name in sorted(flat) if flat[name].get("type", "object") != "object"]
        return [each for each in found if each is not None and (not kinds or each.kind in kinds)]

    def count(self, condition: Sql) -> int:
        """How many documents of the index meet it."""
        if condition.where == ALL.where and self.source == _DOCS:
            return totals.documents(self.database, self.index.name)
        key = f"{condition.where}{condition.values}"
        if key not in self._counts:
            row = self.database.row(
                f"SELECT COUNT(*) FROM {self.source} WHERE docs.idx = ? AND ({condition.where})",
                (self.index.name, *condition.values),
            )
            self._counts[key] = int(row[0]) if row else 0
        return self._counts[key]

    def terms(self, where: Field, test: str, *values: Any) -> list[str]:
        """The terms of a field that meet a test of `each.value`, as many as a query is widened to."""
        rows = self.database.rows(
            f"SELECT DISTINCT each.value FROM {self.source}, json_each({where.values}, {where.path}) AS each WHERE docs.idx = ? AND {test} "
            f"ORDER BY each.value LIMIT {_MOST_TERMS}",
            (self.index.name, *values),
        )
        return [str(row[0]) for row in rows]

    def values_of(self, index: str, identifier: str, path: str) -> list[Any]:
        """The values of a document of any index at a path. Raises SearchError where there is no such index."""
        row = self.database.row("SELECT source FROM docs WHERE idx = ? AND id = ?", (index, identifier))
        if row is None and self.database.row("SELECT 1 FROM indices WHERE name = ?", (index,)) is None:
            error = index_not_found(index, named=True)
            error.entry["resource.type"] = "index_expression"
            raise error
        found: list[Any] = [json.loads(row[0])] if row else []
        for part in path.split("."):
            found = [each.get(part) for each in found if isinstance(each, dict)]
            found = [inner for each in found for inner in (each if isinstance(each, list) else [each])]
        return [each for each in found if each is not None]

    def idf(self, where: Field, condition: Sql) -> float:
        """BM25's inverse document frequency of a term: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        known, n = self.count(where.exists), self.count(condition)
        return single(math.log(1 + (known - n + 0.5) / (n + 0.5)))

    def mean_length(self, where: Field) -> float:
        """The mean number of terms in a text field."""
        row = self.database.row(
            f"SELECT AVG(MAX(json_array_length({where.values}, {where.path}), 1)) FROM {self.source} WHERE docs.idx = ? AND {where.exists.where}",
            (self.index.name,),
        )
        return float(row[0]) if row and row[0] else 1.0


Build = Callable[[Context], Sql]


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read: how to build it for an index, and how the server writes it in its messages."""

    build: Build
    shown: dict[str, Any]

    def on(self, context: Context) -> Sql:
        """The condition for an index. Raises ShardError with the whole query in it where a value does not fit."""
        try:
            return self.build(context)
        except ShardError as error:
            if error.kind == "query_shard_exception":
                raise
            if error.is_early:
                raise
            if error.kind in ("parse_exception", "exception"):
                if "query_string" in self.shown:
                    raise
                cause = {"type": error.kind, "reason": error.reason}
                whole = cause if error.caused_by is None else {**cause, "caused_by": error.caused_by}
                raise ShardError("query_shard_exception", f"failed to create query: {pretty(self.shown)}", 400, whole,
                                 root=cause) from None  # fmt: skip
            raise ShardError("query_shard_exception", f"failed to create query: {pretty(self.shown)}", 400,
                             error.caused_by or {"type": error.kind, "reason": error.reason}) from None  # fmt: skip


def pretty(shown: Any, indent: str = "") -> str:
    """JSON as the server writes it in messages: indented by two, arrays on one line."""
    if isinstance(shown, dict):
        inner = ",\n".join(
            f"{indent}  {json.dumps(key)} : {pretty(each, indent + '  ')}" for key, each in shown.items()
        )
        return f"{{\n{inner}\n{indent}}}" if shown else "{ }"
    if isinstance(shown, list):
        if any(isinstance(each, dict) for each in shown):
            inner = ",\n".join(f"{indent}  {pretty(each, indent + '  ')}" for each in shown)
            return f"[\n{inner}\n{indent}]"
        return "[\n" + ",\n".join(f"{indent}  {pretty(each)}" for each in shown) + f"\n{indent}]" if shown else "[ ]"
    return java_double(shown) if isinstance(shown, float) else json.dumps(shown, ensure_ascii=False)
