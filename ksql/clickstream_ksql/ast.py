"""ksqlDB statements and expressions as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as Choice

# -- expressions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expression:
    """Any expression."""


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """NULL, a boolean, a string, or a number: int, Decimal for `1.5`, float for `1E3`."""

    value: bool | int | float | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """A column, with the source it was qualified by, if any; `position` is (line, column), from 1, where it stands."""

    name: str
    source: str | None = None
    position: tuple[int, int] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dereference(Expression):
    """`base->field`."""

    base: Expression
    field: str


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    """`base[index]` of an array or a map."""

    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function call; `COUNT(*)` has no arguments and `star`."""

    name: str
    arguments: tuple[Expression, ...]
    star: bool = False


@dataclass(frozen=True, slots=True)
class IntervalUnit(Expression):
    """A unit of time as a function's argument, such as DAYS."""

    unit: str


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """`(x, y) => body`."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """`+ - * / %`, where `+` (or `||`) also joins strings."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Negate(Expression):
    """`-x`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """`= <> < <= > >=`, `IS DISTINCT FROM` and `IS NOT DISTINCT FROM`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """AND or OR."""

    operator: Choice["AND", "OR"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """NOT x."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    """`x IS [NOT] NULL`."""

    operand: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Between(Expression):
    """`x [NOT] BETWEEN low AND high`."""

    operand: Expression
    low: Expression
    high: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class InList(Expression):
    """`x [NOT] IN (…)`."""

    operand: Expression
    items: tuple[Expression, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Expression):
    """`x [NOT] LIKE pattern [ESCAPE 'c']`."""

    operand: Expression
    pattern: Expression
    escape: str | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """CASE; a simple one has an `operand`."""

    operand: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`CAST(x AS type)`."""

    operand: Expression
    type: TypeName


@dataclass(frozen=True, slots=True)
class ArrayOf(Expression):
    """`ARRAY[…]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Expression):
    """`MAP(k := v, …)`."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class StructOf(Expression):
    """`STRUCT(name := value, …)`."""

    fields: tuple[tuple[str, Expression], ...]


# -- types -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written. `name` is upper case; STRUCT has `fields`, ARRAY one argument, MAP two."""

    name: str
    parameters: tuple[int, ...] = ()
    arguments: tuple[TypeName, ...] = ()
    fields: tuple[tuple[str, TypeName], ...] = ()


# -- queries ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One item of a select list: an expression with its alias, `*`, `source.*` or `struct->*`."""

    expression: Expression | None
    alias: str | None = None
    star: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A source with its alias (its own name where none is given)."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Within:
    """The time span of a stream-stream join, in milliseconds."""

    before: int
    after: int
    grace: int | None


@dataclass(frozen=True, slots=True)
class Join:
    """One join step; `kind` is INNER, LEFT, RIGHT or FULL."""

    kind: str
    relation: Relation
    within: Within | None
    condition: Expression


@dataclass(frozen=True, slots=True)
class Duration:
    """A span as written (`60 SECONDS`) and in milliseconds."""

    amount: int
    unit: str

    @property
    def milliseconds(self) -> int:
        return self.amount * MILLISECONDS[self.unit.rstrip("S")]


MILLISECONDS = {
    "MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000,
    "MONTH": 30 * 86_400_000, "YEAR": 365 * 86_400_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """TUMBLING, HOPPING (with `advance`) or SESSION, where `size` is the gap."""

    kind: str
    size: Duration
    advance: Duration | None = None
    retention: Duration | None = None
    grace: Duration | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT. `emit` is CHANGES, FINAL or None."""

    items: tuple[SelectItem, ...]
    relation: Relation
    joins: tuple[Join, ...] = ()
    window: Window | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] | None = None
    partition_by: tuple[Expression, ...] | None = None
    having: Expression | None = None
    emit: str | None = None
    limit: int | None = None


# -- statements ------------------------------------------------------------------------------------------------


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
    source: bool = False


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
    """ASSERT [NOT EXISTS] TOPIC or SCHEMA; `timeout` is in milliseconds."""

    kind: str
    name: str
    exists: bool
    properties: Properties = ()
    timeout: int | None = None
