"""Which conditions a pull query may have, and how its rows are found, by ksqlDB's `QueryFilterNode`.

Each alternative of the condition's normal form is looked at by itself. What names all key columns by equality is a look-up,
one range of a text is a range scan; all else takes a table scan, which can be turned off.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.codegen.comparisons import NAMES
from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.pull.normal_form import conjuncts, disjuncts, normal_form
from clickstream_embedded.ksqldb.pull.window_bounds import WindowBounds
from clickstream_embedded.ksqldb.types.schema import WINDOW_COLUMNS, Column
from clickstream_ksql import ast, formatter

HINT = "See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query."
_KEYS = (
    "\nPull queries require a WHERE clause that:\n - includes a key equality expression, e.g. `SELECT * FROM X WHERE "
    "<key-column> = Y;`.\n - in the case of a multi-column key, is a conjunction of equality expressions that cover all "
    "key columns.\n - to support range expressions, e.g.,  SELECT * FROM X WHERE <key-column> < Y;`, range scans need to be "
    "enabled by setting ksql.query.pull.range.scan.enabled=true"
)
_SCANS = (
    "\nIf more flexible queries are needed, , table scans can be enabled by setting "
    "ksql.query.pull.table.scan.enabled=true."
)
_BOUNDS = (
    "\n - (optionally) limits the time bounds of the windowed table.\n\t Bounds on [`WINDOWSTART`, `WINDOWEND`] are "
    "supported\n\t Supported operators are [EQUAL, GREATER_THAN, GREATER_THAN_OR_EQUAL, LESS_THAN, LESS_THAN_OR_EQUAL]"
)
_RANGES = ("<", "<=", ">", ">=")
_UNEQUAL = ("<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
# the literals that become a value of a key column's type, by `DefaultSqlValueCoercer.STRICT`
_BECOMES = {
    "INTEGER": {"INTEGER", "BIGINT", "DECIMAL", "DOUBLE"}, "BIGINT": {"BIGINT", "DECIMAL", "DOUBLE"},
    "DECIMAL": {"DECIMAL", "DOUBLE"}, "STRING": {"STRING", "TIME", "DATE", "TIMESTAMP", "BYTES"},
}  # fmt: skip


class Access(enum.Enum):
    """How the rows of a pull query are found."""

    LOOK_UP = "by key"
    RANGE_SCAN = "by a range of keys"
    TABLE_SCAN = "all of them"


def check_condition(source: DataSource, where: ast.Expression | None, properties: dict[str, Any]) -> Access:
    """How the rows that `where` asks for are found. Raises KsqlError where ksqlDB's pull queries do not take it."""
    scans = str(properties.get("ksql.query.pull.table.scan.enabled", "true")).lower() != "false"
    if where is None and not scans:
        raise _refused("Missing WHERE clause", source)
    found = Access.TABLE_SCAN if where is None else _access(_Condition(source, scans), normal_form(where))
    ranges = str(properties.get("ksql.query.pull.range.scan.enabled", "true")).lower() != "false"
    if found is Access.RANGE_SCAN and (source.window is not None or not ranges):
        found = Access.TABLE_SCAN
    if found is Access.TABLE_SCAN and not scans:
        raise KsqlError("Query requires table scan to be enabled. Table scans can be enabled by setting "
                        "ksql.query.pull.table.scan.enabled=true")  # fmt: skip
    if found is Access.TABLE_SCAN and source.window == "SESSION":
        raise KsqlError("Table scan unsupported on session tables")
    return found


def _access(condition: _Condition, where: ast.Expression) -> Access:
    alternatives = list(disjuncts(where))
    if any(condition.needs_scan(each) for each in alternatives):
        return Access.TABLE_SCAN
    found = [condition.constraint(each) for each in alternatives]
    if all(each is Access.LOOK_UP for each in found):
        return Access.LOOK_UP
    return Access.RANGE_SCAN if found == [Access.RANGE_SCAN] else Access.TABLE_SCAN


def _refused(what: str, source: DataSource, *, windowed: bool | None = None) -> KsqlError:
    shown = source.window is not None if windowed is None else windowed
    return KsqlError(f"{what}. {HINT}{_KEYS}{_BOUNDS if shown else ''}{_SCANS}")


class _Condition:
    """What is checked of each alternative."""

    def __init__(self, source: DataSource, scans: bool) -> None:
        self._source = source
        self._scans = scans
        self._keys = {column.name: column for column in source.schema.keys}

    def needs_scan(self, alternative: ast.Expression) -> bool:
        """Whether only a table scan answers it. Raises KsqlError where there is none, or for what no pull query takes."""
        seen: list[str] = []
        scan = False
        for part in conjuncts(alternative):
            match part:
                case ast.Comparison():
                    scan = self._comparison(part, seen) or scan
                case ast.Like():
                    scan = self._like(part) or scan
                case ast.Not(ast.Like()):
                    scan = True
                case _:
                    shown = formatter.expression(part)
                    raise _refused(f"Unsupported expression in WHERE clause: {shown}", self._source, windowed=False)
        if scan:
            return True
        if not seen:
            return self._scan_or(f"WHERE clause missing key column for disjunct: {formatter.expression(alternative)}")
        if set(seen) != set(self._keys):
            known = ", ".join(f"`{name}`" for name in self._keys if name in seen)
            return self._scan_or("Multi-column sources must specify every key in the WHERE clause. "
                                 f"Specified: [{known}] Expected: {self._all_keys()}")  # fmt: skip
        return False

    def _scan_or(self, why: str) -> bool:
        if not self._scans:
            raise _refused(why, self._source)
        return True

    def _all_keys(self) -> str:
        return "[" + ", ".join(f"`{c.name}` {c.type} KEY" for c in self._keys.values()) + "]"

    def _comparison(self, node: ast.Comparison, seen: list[str]) -> bool:
        column, other = sides(node)
        if column is None:
            return self._scan_or("A comparison must directly reference a key column")
        if any(isinstance(each, ast.Column) for each in walk(other)):
            return self._scan_or("A comparison must be between a key column and a resolvable expression")
        name = column.name
        if name in WINDOW_COLUMNS:
            if node.operator in _UNEQUAL:
                raise _refused(f"Unsupported `{name}` bounds: {NAMES[node.operator]}", self._source, windowed=True)
            return False
        if name not in self._keys:
            return False
        scan = False
        if node.operator in _UNEQUAL:
            scan = self._scan_or(f"Bound on key columns '{self._all_keys()}' must currently be '='")
        if name in seen and not self._scans:
            raise _refused(
                "A comparison condition on the key column cannot be combined with other comparisons such as an IN "
                "predicate", self._source,
            )  # fmt: skip
        seen.append(name)
        return scan

    def _like(self, node: ast.Like) -> bool:
        if not isinstance(node.operand, ast.Column):
            return self._scan_or("Like condition must be between strings")
        return False

    def constraint(self, alternative: ast.Expression) -> Access:
        """How the rows of an alternative are found. Raises KsqlError for a key of another type, and for bounds of windows
        that do not go together."""
        operators: dict[str, str] = {}
        bounds = WindowBounds(lambda why: _refused(why, self._source, windowed=True))
        for part in conjuncts(alternative):
            if not isinstance(part, ast.Comparison):
                continue
            column, other = sides(part)
            if column is None:
                continue
            if column.name in self._keys:
                self._check_key(self._keys[column.name], other, part)
                if operators.get(column.name) is None or part.operator == "=":
                    operators[column.name] = part.operator
            elif column.name in WINDOW_COLUMNS and self._source.window is not None:
                bounds.add(part, column.name, other)
        return self._found(operators.items())

    def _found(self, operators: Iterable[tuple[str, str]]) -> Access:
        pairs = list(operators)
        if all(operator == "=" for _, operator in pairs):
            return Access.LOOK_UP
        [(name, operator), *more] = pairs
        if more or operator not in _RANGES or self._keys[name].type.name not in ("STRING", "BYTES"):
            return Access.TABLE_SCAN
        return Access.RANGE_SCAN

    def _check_key(self, key: Column, value: ast.Expression, part: ast.Expression) -> None:
        if not isinstance(value, ast.Literal):
            return
        if value.value is None:
            raise KsqlError(f"Primary key columns can not be NULL: {formatter.expression(part)}")
        kind = _kind_of(value.value)
        if key.type.name not in _BECOMES.get(kind, {kind}):
            shown = str(value.value).lower() if kind == "BOOLEAN" else value.value
            raise KsqlError(f"'{shown}' can not be converted to the type of the key column: {key.name} {key.type} KEY")


def sides(node: ast.Comparison) -> tuple[ast.Column | None, ast.Expression]:
    """(the column of a comparison, the right one of two; what it is compared with)."""
    if isinstance(node.right, ast.Column):
        return node.right, node.left
    return (node.left, node.right) if isinstance(node.left, ast.Column) else (None, node.right)


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "INTEGER" if -(2**31) <= value < 2**31 else "BIGINT"
    return "DECIMAL" if isinstance(value, Decimal) else "DOUBLE" if isinstance(value, float) else "STRING"
