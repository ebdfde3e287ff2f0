"""Which conditions a pull query may have: by key only where table scans are turned off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clickstream_embedded.ksqldb.codegen.rewriting import walk
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.types.schema import WINDOW_COLUMNS
from clickstream_ksql import ast, formatter

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=", "<>": "<>"}
_HINT = ("See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.\n"
         "Pull queries require a WHERE clause that: \n - includes a key equality expression, e.g. `SELECT * FROM X WHERE "
         "<key-column>=Y;`.\n - in the case of a multi-column key, is a conjunction of equality expressions that cover "
         "all key columns.\nIf more flexible queries are needed, table scans can be enabled by setting "
         "ksql.query.pull.table.scan.enabled=true.")  # fmt: skip


def check_condition(source: DataSource, where: ast.Expression | None, properties: dict[str, Any]) -> None:
    """Raises KsqlError for a condition that ksqlDB's pull queries do not take."""
    if where is not None:
        _check_expression(where)
    for key in source.schema.keys:
        _check_values(key.name, str(key.type), f"`{key.name}` {key.type} KEY".replace("`", ""), where)
    if source.window == "SESSION" and not _names_keys(source, where):
        raise KsqlError("Table scan unsupported on session tables")
    if str(properties.get("ksql.query.pull.table.scan.enabled", "true")).lower() == "false":
        _check_keys(source, where)


def _check_expression(where: ast.Expression) -> None:
    """Only comparisons, IN, LIKE and BETWEEN, joined by AND, OR and NOT, are conditions of a pull query."""
    match where:
        case ast.Logical():
            _check_expression(where.left)
            _check_expression(where.right)
        case ast.Not():
            _check_expression(where.operand)
        case ast.Comparison() | ast.InList() | ast.Like() | ast.Between():
            pass
        case _:
            shown = formatter.expression(where)
            raise KsqlError(f"Unsupported expression in WHERE clause: {shown}.  {_HINT}")


def _check_values(name: str, kind: str, shown: str, where: ast.Expression | None) -> None:
    """A key is compared with values of its own type."""
    for node in walk(where) if where is not None else ():
        match node:
            case ast.InList(ast.Column(column), items) if column == name:
                values = [item for item in items if isinstance(item, ast.Literal)]
            case ast.Comparison(_, ast.Column(column), ast.Literal() as value) if column == name:
                values = [value]
            case _:
                continue
        for value in values:
            if value.value is None:
                raise KsqlError(f"Primary key columns can not be NULL: ({name} = null)")
            if (
                isinstance(value.value, str)
                and kind in ("INTEGER", "BIGINT", "DOUBLE")
                and isinstance(node, ast.InList)
            ):
                raise KsqlError(f"'{value.value}' can not be converted to the type of the key column: {shown}\n{_HINT}")


def _disjuncts(node: ast.Expression) -> Iterator[ast.Expression]:
    if isinstance(node, ast.Logical) and node.operator == "OR":
        yield from _disjuncts(node.left)
        yield from _disjuncts(node.right)
    else:
        yield node


def conjuncts(node: ast.Expression) -> Iterator[ast.Expression]:
    """The conditions that all have to hold."""
    if isinstance(node, ast.Logical) and node.operator == "AND":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    elif isinstance(node, ast.Between) and not node.negated:
        yield ast.Comparison(">=", node.operand, node.low)
        yield ast.Comparison("<=", node.operand, node.high)
    else:
        yield node


def _names_keys(source: DataSource, where: ast.Expression | None) -> bool:
    """Whether each alternative of a condition names all keys by equality, so that no scan is needed."""
    if where is None:
        return False
    keys = {column.name for column in source.schema.keys}
    for disjunct in _disjuncts(where):
        named: set[str] = set()
        for part in conjuncts(disjunct):
            match part:
                case ast.Comparison("=", ast.Column(name), _) | ast.Comparison("=", _, ast.Column(name)):
                    named.add(name)
                case ast.InList(ast.Column(name), _) if not part.negated:
                    named.add(name)
                case _:
                    continue
        if not keys <= named:
            return False
    return True


def _check_keys(source: DataSource, where: ast.Expression | None) -> None:
    """Without table scans each alternative has to name the keys, each by one equality (or a range, if it is text)."""
    if where is None:
        raise KsqlError(f"Missing WHERE clause.  {_HINT}")
    keys = {column.name: column for column in source.schema.keys}
    ranges = 0
    for disjunct in _disjuncts(where):
        seen: dict[str, str] = {}
        for part in conjuncts(disjunct):
            found = _bound(part, set(keys))
            if found is None:
                continue
            name, operator = found
            if name in seen:
                raise KsqlError("A comparison condition on the key column cannot be combined with other comparisons such "
                                f"as an IN predicate: {formatter.expression(where)}. {_HINT}")  # fmt: skip
            seen[name] = operator
        if set(seen) != set(keys):
            raise KsqlError(f"WHERE clause missing key column for disjunct: {formatter.expression(disjunct)}. {_HINT}")
        wrong = [operator for operator in seen.values() if operator != "="]
        if "<>" in wrong:
            shown = ", ".join(f"`{c.name}` {c.type} KEY" for c in keys.values())
            raise KsqlError(f"Bound on key columns '[{shown}]' must currently be '='. {_HINT}")
        if wrong:
            ranges += 1
            only = next(iter(keys.values()))
            if len(keys) > 1 or str(only.type) != "STRING" or source.window is not None:
                raise KsqlError(f"Query requires table scan to be enabled. {_HINT}")
    if ranges and sum(1 for _ in _disjuncts(where)) > 1:
        raise KsqlError(f"Query requires table scan to be enabled. {_HINT}")


def _bound(part: ast.Expression, keys: set[str]) -> tuple[str, str] | None:
    """(key column, operator) of a condition on a key; None for one on a window's bounds or another column."""
    if isinstance(part, ast.InList) and isinstance(part.operand, ast.Column) and part.operand.name in keys:
        return part.operand.name, "="
    if not isinstance(part, ast.Comparison):
        return None
    for one, other, operator in (
        (part.left, part.right, part.operator), (part.right, part.left, _FLIPPED.get(part.operator, part.operator))
    ):  # fmt: skip
        if isinstance(one, ast.Column) and (one.name in keys or one.name in (*WINDOW_COLUMNS, "ROWTIME")):
            if any(isinstance(node, ast.Column) for node in walk(other)):
                raise KsqlError(f"A comparison must be between a key column and a resolvable expression. {_HINT}")
            return (one.name, operator) if one.name in keys else None
    if any(isinstance(node, ast.Column) and node.name in keys for node in walk((part.left, part.right))):
        raise KsqlError(f"A comparison must directly reference a key column. {_HINT}")
    return None
