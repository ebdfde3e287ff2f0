"""Statements as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as Choice

from clickstream_ksql.ast.expressions import Expression, TypeName
from clickstream_ksql.ast.queries import Query


@dataclass(frozen=True, slots=True)
class Statement:
    """Any statement."""


@dataclass(frozen=True, slots=True)
class QueryStatement(Statement):
    """A push or pull query."""

    query: Query


Properties = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class TableElement:
    """A column; `constraint` is KEY, PRIMARY KEY, HEADERS, HEADER (with its key) or None."""

    name: str
    type: TypeName
    constraint: str | None = None
    header_key: str | None = None
    position: tuple[int, int] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateSource(Statement):
    """CREATE STREAM or TABLE over a topic."""

    kind: Choice["STREAM", "TABLE"]
    name: str
    elements: tuple[TableElement, ...]
    properties: Properties
    or_replace: bool = False
    if_not_exists: bool = False
    source: bool = False


@dataclass(frozen=True, slots=True)
class CreateAs(Statement):
    """CREATE STREAM or TABLE AS SELECT."""

    kind: Choice["STREAM", "TABLE"]
    name: str
    properties: Properties
    query: Query
    or_replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class InsertInto(Statement):
    """INSERT INTO … SELECT."""

    name: str
    properties: Properties
    query: Query


@dataclass(frozen=True, slots=True)
class InsertValues(Statement):
    """INSERT INTO … VALUES."""

    name: str
    columns: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class CreateConnector(Statement):
    """CREATE SOURCE or SINK CONNECTOR."""

    kind: Choice["SOURCE", "SINK"]
    name: str
    properties: Properties
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class Drop(Statement):
    """DROP STREAM, TABLE, CONNECTOR or TYPE."""

    kind: str
    name: str
    if_exists: bool
    delete_topic: bool = False


@dataclass(frozen=True, slots=True)
class CreateType(Statement):
    name: str
    type: TypeName
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class Alter(Statement):
    kind: Choice["STREAM", "TABLE"]
    name: str
    columns: tuple[TableElement, ...]


@dataclass(frozen=True, slots=True)
class Show(Statement):
    """SHOW or LIST; `what` is STREAMS, TABLES, TOPICS, QUERIES, CONNECTORS, …"""

    what: str
    extended: bool = False
    all: bool = False


@dataclass(frozen=True, slots=True)
class Describe(Statement):
    """DESCRIBE; `kind` is SOURCE, FUNCTION, CONNECTOR, STREAMS or TABLES."""

    kind: str
    name: str
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Print(Statement):
    topic: str
    from_beginning: bool
    interval: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class QueryControl(Statement):
    """TERMINATE, PAUSE or RESUME; `query_id` None means ALL."""

    action: str
    query_id: str | None


@dataclass(frozen=True, slots=True)
class Explain(Statement):
    """EXPLAIN of a running query or of a statement."""

    query_id: str | None
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class SetProperty(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class UnsetProperty(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class AlterSystem(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Define(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Undefine(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class RunScript(Statement):
    path: str


@dataclass(frozen=True, slots=True)
class Assert(Statement):
    """ASSERT [NOT EXISTS] TOPIC or SCHEMA, of which `name` is the subject; `timeout` is in milliseconds."""

    kind: str
    name: str
    exists: bool
    properties: Properties = ()
    timeout: int | None = None
    schema_id: int | None = None
