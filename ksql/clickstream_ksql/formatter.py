"""Statements back to text in ksqlDB's own canonical form, as its REST answers show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from clickstream_ksql import ast
from clickstream_ksql.keywords import RESERVED

_PLAIN = re.compile(r"[A-Z_][A-Z0-9_@]*")


def name(text: str) -> str:
    """A name, backquoted where it would not read back as itself."""
    return text if _PLAIN.fullmatch(text) and text not in RESERVED else "`" + text.replace("`", "``") + "`"


def string(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def type_name(kind: ast.TypeName) -> str:
    """A type, by the name that ksqlDB shows."""
    if kind.name == "STRUCT":
        return "STRUCT<" + ", ".join(f"{name(f)} {type_name(t)}" for f, t in kind.fields) + ">"
    if kind.arguments:
        return f"{kind.name}<" + ", ".join(type_name(t) for t in kind.arguments) + ">"
    shown = {"VARCHAR": "STRING", "INT": "INTEGER"}.get(kind.name, kind.name)
    if kind.parameters and shown == "DECIMAL":
        return f"{shown}({', '.join(map(str, kind.parameters))})"
    return shown


def literal(value: bool | int | float | Decimal | str | None) -> str:
    """A literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return string(value)
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:E}".partition("E")
        mantissa = mantissa.rstrip("0").rstrip(".") or "0"
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
    return str(value)


def expression(node: ast.Expression) -> str:  # noqa: C901 - one case a kind of expression
    """An expression, fully parenthesised as ksqlDB does."""
    match node:
        case ast.Literal(value):
            return literal(value)
        case ast.Column(column, source):
            return name(column) if source is None else f"{name(source)}.{name(column)}"
        case ast.Dereference(base, field):
            return f"{expression(base)}->{name(field)}"
        case ast.Subscript(base, index):
            return f"{expression(base)}[{expression(index)}]"
        case ast.Call(function, arguments, star):
            inner = "*" if star else ", ".join(expression(a) for a in arguments)
            return f"{function}({inner})"
        case ast.IntervalUnit(unit):
            return unit
        case ast.Lambda(parameters, body):
            left = parameters[0] if len(parameters) == 1 else "(" + ", ".join(parameters) + ")"
            return f"{left} => {expression(body)}"
        case ast.Arithmetic(operator, left, right) | ast.Comparison(operator, left, right):
            return f"({expression(left)} {operator} {expression(right)})"
        case ast.Logical(operator, left, right):
            return f"({expression(left)} {operator} {expression(right)})"
        case ast.Negate(operand):
            return f"-{expression(operand)}"
        case ast.Plus(operand):
            return f"+{expression(operand)}"
        case ast.Not(operand):
            return f"(NOT {expression(operand)})"
        case ast.IsNull(operand, negated):
            return f"({expression(operand)} IS {'NOT ' if negated else ''}NULL)"
        case ast.Between(operand, low, high, negated):
            word = "NOT BETWEEN" if negated else "BETWEEN"
            return f"({expression(operand)} {word} {expression(low)} AND {expression(high)})"
        case ast.InList(operand, items, negated):
            word = "NOT IN" if negated else "IN"
            return f"({expression(operand)} {word} ({', '.join(expression(i) for i in items)}))"
        case ast.Like(operand, pattern, escape, negated):
            tail = f" ESCAPE {string(escape)}" if escape else ""
            word = "NOT LIKE" if negated else "LIKE"
            return f"({expression(operand)} {word} {expression(pattern)}{tail})"
        case ast.Case():
            return _case(node)
        case ast.Cast(operand, target):
            return f"CAST({expression(operand)} AS {type_name(target)})"
        case ast.ArrayOf(items):
            return "ARRAY[" + ", ".join(expression(i) for i in items) + "]"
        case ast.MapOf(entries):
            return "MAP(" + ", ".join(f"{expression(k)}:={expression(v)}" for k, v in entries) + ")"
        case ast.StructOf(fields):
            return "STRUCT(" + ", ".join(f"{name(f)}:={expression(v)}" for f, v in fields) + ")"
        case _:
            raise TypeError(f"no text for {node!r}")


def _case(node: ast.Case) -> str:
    parts = ["(CASE" + (f" {expression(node.operand)}" if node.operand else "")]
    parts += [f"WHEN {expression(condition)} THEN {expression(result)}" for condition, result in node.whens]
    if node.default is not None:
        parts.append(f"ELSE {expression(node.default)}")
    return " ".join(parts) + " END)"


def duration(span: ast.Duration) -> str:
    """A span of time."""
    return f"{span.amount} {span.unit}"


def window(spec: ast.Window) -> str:
    """A window clause."""
    if spec.kind == "SESSION":
        body = duration(spec.size)
    else:
        body = f"SIZE {duration(spec.size)}"
        if spec.advance:
            body += f" , ADVANCE BY {duration(spec.advance)}"
    if spec.retention:
        body += f" , RETENTION {duration(spec.retention)}"
    if spec.grace:
        body += f" , GRACE PERIOD {duration(spec.grace)}"
    return f"WINDOW {spec.kind} ( {body} ) "


def select_item(item: ast.SelectItem) -> str:
    """One item of a select list."""
    if item.star:
        if item.expression is not None:
            return f"{expression(item.expression)}->*"
        return f"{name(item.source)}.*" if item.source else "*"
    assert item.expression is not None
    text = expression(item.expression)
    return f"{text} {name(item.alias)}" if item.alias else text


def _relation(source: ast.Relation) -> str:
    return f"{name(source.name)} {name(source.alias)}"


_JOIN_WORDS = {"INNER": "INNER", "LEFT": "LEFT OUTER", "RIGHT": "RIGHT OUTER", "FULL": "FULL OUTER"}


def _join(join: ast.Join) -> str:
    within = ""
    if join.within:
        span = join.within
        within = f" WITHIN {span.before} MILLISECONDS"
        if span.before != span.after:
            within = f" WITHIN ({span.before} MILLISECONDS, {span.after} MILLISECONDS)"
        if span.grace is not None:
            within += f" GRACE PERIOD {span.grace} MILLISECONDS"
    return f"{_JOIN_WORDS[join.kind]} JOIN {_relation(join.relation)}{within} ON ({expression(join.condition)})"


def query(node: ast.Query) -> str:
    """A SELECT over several lines, as in ksqlDB's `queryString`."""
    lines = ["SELECT\n" + ",\n".join(f"  {select_item(item)}" for item in node.items)]
    lines.append(f"FROM {_relation(node.relation)}")
    lines += [_join(join) for join in node.joins]
    if node.window:
        lines.append(window(node.window))
    if node.where is not None:
        lines.append(f"WHERE {expression(node.where)}")
    for word, keys in (("GROUP BY", node.group_by), ("PARTITION BY", node.partition_by)):
        if keys is not None:
            lines.append(f"{word} {', '.join(expression(key) for key in keys) or '()'}")
    if node.having is not None:
        lines.append(f"HAVING {expression(node.having)}")
    if node.emit:
        lines.append(f"EMIT {node.emit}")
    if node.limit is not None:
        lines.append(f"LIMIT {node.limit}")
    return "\n".join(lines)


def properties(items: ast.Properties) -> str:
    """A WITH clause, sorted by name as ksqlDB shows it."""
    shown = ", ".join(f"{key}={expression(value)}" for key, value in sorted(items))
    return f" WITH ({shown})" if items else ""


def _element(element: ast.TableElement) -> str:
    tail = f" {element.constraint}" if element.constraint else ""
    if element.header_key is not None:
        tail = f" HEADER({string(element.header_key)})"
    return f"{name(element.name)} {type_name(element.type)}{tail}"


def _create_words(node: ast.CreateSource | ast.CreateAs) -> str:
    source = isinstance(node, ast.CreateSource) and node.source
    words = ["CREATE", "OR REPLACE" if node.or_replace else "", "SOURCE" if source else "", node.kind,
             "IF NOT EXISTS" if node.if_not_exists else ""]  # fmt: skip
    return " ".join(word for word in words if word)


def _create_source(node: ast.CreateSource) -> str:
    columns = f" ({', '.join(_element(e) for e in node.elements)})" if node.elements else ""
    return f"{_create_words(node)} {name(node.name)}{columns}{properties(node.properties)};"


def _create_as(node: ast.CreateAs) -> str:
    return f"{_create_words(node)} {name(node.name)}{properties(node.properties)} AS {query(node.query)};"


def _insert_into(node: ast.InsertInto) -> str:
    return f"INSERT INTO {name(node.name)}{properties(node.properties)} {query(node.query)};"


_FORMATS: dict[type[ast.Statement], Callable[..., str]] = {
    ast.CreateSource: _create_source,
    ast.CreateAs: _create_as,
    ast.InsertInto: _insert_into,
}


def statement(node: ast.Statement, written: str) -> str:
    """The canonical text of a statement; those that ksqlDB echoes as written keep `written`."""
    known = _FORMATS.get(type(node))
    return known(node) if known else written
