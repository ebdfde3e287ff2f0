"""Queries as immutable data."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_ksql.ast.expressions import Expression


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
