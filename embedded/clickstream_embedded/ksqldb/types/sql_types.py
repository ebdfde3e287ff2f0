"""ksqlDB's types.

Values in memory: INTEGER and BIGINT are int, DOUBLE float, DECIMAL `decimal.Decimal`, BYTES bytes, DATE days and TIME
and TIMESTAMP milliseconds since the epoch (int), ARRAY list, MAP dict, STRUCT dict by field name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_ksql import ast


class SqlBaseType(StrEnum):
    """The kinds of types, by ksqlDB's names; NULL is that of a literal null."""

    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    DOUBLE = "DOUBLE"
    STRING = "STRING"
    BYTES = "BYTES"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    ARRAY = "ARRAY"
    MAP = "MAP"
    STRUCT = "STRUCT"
    NULL = "NULL"


@dataclass(frozen=True, slots=True)
class SqlType:
    """One type; arrays have `element`, maps `key` and `element`, structs `fields`."""

    name: SqlBaseType
    precision: int = 0
    scale: int = 0
    element: SqlType | None = None
    key: SqlType | None = None
    fields: tuple[tuple[str, SqlType], ...] = ()

    def __str__(self) -> str:
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision}, {self.scale})"
        if self.name == "ARRAY":
            return f"ARRAY<{self.element}>"
        if self.name == "MAP":
            return f"MAP<{self.key}, {self.element}>"
        if self.name == "STRUCT":
            return "STRUCT<" + ", ".join(f"`{name}` {kind}" for name, kind in self.fields) + ">"
        return self.name.value

    @property
    def is_number(self) -> bool:
        return self.name in NUMBERS

    def field(self, name: str) -> SqlType | None:
        """The type of a struct's field, None where there is none."""
        return next((kind for field, kind in self.fields if field == name), None)


BOOLEAN = SqlType(SqlBaseType.BOOLEAN)
INTEGER = SqlType(SqlBaseType.INTEGER)
BIGINT = SqlType(SqlBaseType.BIGINT)
DOUBLE = SqlType(SqlBaseType.DOUBLE)
STRING = SqlType(SqlBaseType.STRING)
BYTES = SqlType(SqlBaseType.BYTES)
DATE = SqlType(SqlBaseType.DATE)
TIME = SqlType(SqlBaseType.TIME)
TIMESTAMP = SqlType(SqlBaseType.TIMESTAMP)
NULL = SqlType(SqlBaseType.NULL)

NUMBERS = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")
_BASE = {kind.name: kind for kind in (BOOLEAN, INTEGER, BIGINT, DOUBLE, STRING, BYTES, DATE, TIME, TIMESTAMP)} | {
    "INT": INTEGER,
    "VARCHAR": STRING,
}


def decimal(precision: int, scale: int) -> SqlType:
    """A DECIMAL; raises KsqlError for impossible numbers."""
    if precision < 1:
        raise KsqlError(f"DECIMAL precision must be >= 1: DECIMAL({precision},{scale})")
    if scale < 0:
        raise KsqlError(f"DECIMAL scale must be >= 0: DECIMAL({precision},{scale})")
    if precision < scale:
        raise KsqlError(f"DECIMAL precision must be >= scale: DECIMAL({precision},{scale})")
    return SqlType(SqlBaseType.DECIMAL, precision, scale)


def decimal_of(value: Decimal) -> SqlType:
    """The type of a decimal literal; what is below 1 has a digit before the point."""
    digits, exponent = value.as_tuple().digits, int(value.as_tuple().exponent)
    scale = max(0, -exponent)
    precision = scale + 1 if abs(value) < 1 else len(digits) + max(exponent, 0)
    return SqlType(SqlBaseType.DECIMAL, precision, scale)


def array(element: SqlType) -> SqlType:
    return SqlType(SqlBaseType.ARRAY, element=element)


def map_of(key: SqlType, value: SqlType) -> SqlType:
    return SqlType(SqlBaseType.MAP, key=key, element=value)


def struct(fields: tuple[tuple[str, SqlType], ...]) -> SqlType:
    return SqlType(SqlBaseType.STRUCT, fields=fields)


def resolve(written: ast.TypeName, custom: dict[str, SqlType]) -> SqlType:
    """The type that `written` names; `custom` holds those of CREATE TYPE. Raises KsqlError."""
    if written.name == "ARRAY" and written.arguments:
        return array(resolve(written.arguments[0], custom))
    if written.name == "MAP" and written.arguments:
        return map_of(resolve(written.arguments[0], custom), resolve(written.arguments[1], custom))
    if written.name == "STRUCT":
        names = [name for name, _ in written.fields]
        if len(set(names)) < len(names):
            raise KsqlError("Duplicate field names found in STRUCT: " + ", ".join(f"`{name}`" for name in names))
        return struct(tuple((name, resolve(kind, custom)) for name, kind in written.fields))
    if written.name == "DECIMAL":
        if len(written.parameters) != 2:
            raise KsqlError("DECIMAL is missing its precision and scale: use DECIMAL(precision, scale)")
        return decimal(*written.parameters)
    found = _BASE.get(written.name) or custom.get(written.name)
    if found is None:
        raise KsqlError(f"Cannot resolve unknown type: {written.name}")
    return found


def as_decimal(kind: SqlType) -> SqlType:
    """The DECIMAL that holds every value of an integer type."""
    if kind.name == "INTEGER":
        return SqlType(SqlBaseType.DECIMAL, 10, 0)
    if kind.name == "BIGINT":
        return SqlType(SqlBaseType.DECIMAL, 19, 0)
    return kind


def common_number(left: SqlType, right: SqlType) -> SqlType:
    """The number type that both widen to."""
    if "DOUBLE" in (left.name, right.name):
        return DOUBLE
    if "DECIMAL" in (left.name, right.name):
        a, b = as_decimal(left), as_decimal(right)
        scale = max(a.scale, b.scale)
        return SqlType(SqlBaseType.DECIMAL, scale + max(a.precision - a.scale, b.precision - b.scale), scale)
    return BIGINT if "BIGINT" in (left.name, right.name) else INTEGER
