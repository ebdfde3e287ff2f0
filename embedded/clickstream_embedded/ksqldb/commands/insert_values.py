"""INSERT INTO … VALUES: a row as it is written to a topic."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.rewriting import children
from clickstream_embedded.ksqldb.codegen.scope import Scope
from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.refusals import preparing
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.types.casts import cast_function
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, STRING, SqlType
from clickstream_embedded.schemas.client import RegistryAway
from clickstream_ksql import ast, formatter

Values = tuple[Any, ...]
# what a value of a type may become without a CAST, by ksqlDB's `DefaultSqlValueCoercer.STRICT`
_BECOMES = {
    "INTEGER": {"BIGINT", "DECIMAL", "DOUBLE"}, "BIGINT": {"DECIMAL", "DOUBLE"}, "DECIMAL": {"DOUBLE"},
    "STRING": {"TIME", "DATE", "TIMESTAMP", "BYTES"},
}  # fmt: skip
_TIME_FORMATS = {
    "TIMESTAMP": ". Timestamp format must be yyyy-mm-ddThh:mm:ss[.S]", "TIME": ". Time format must be hh:mm:ss[.S]",
    "DATE": ". Date format must be yyyy-mm-dd",
}  # fmt: skip


def _shown(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _printed(value: Any, kind: SqlType) -> str:
    """A value of `kind` as a message shows it."""
    try:
        return str(cast_function(kind, STRING)(value))
    except KsqlError:
        return _shown(value)


def _coercible(kind: SqlType, wanted: SqlType) -> bool:
    """Whether values of a type become ones of another without a CAST: what is within structures, too."""
    if kind.name == "NULL":
        return True
    if kind.name != wanted.name:
        return wanted.name in _BECOMES.get(kind.name, ())
    inner = [(kind.key, wanted.key), (kind.element, wanted.element)]
    inner += [(each, wanted.field(name)) for name, each in kind.fields]
    return all(a is None or b is None or _coercible(a, b) for a, b in inner)


def _row(values: tuple[Any, ...]) -> str:
    """A row as ksqlDB's GenericRow prints it."""
    return "[ " + " | ".join(f"'{value}'" if isinstance(value, str) else _shown(value) for value in values) + " ]"


def _fitting(value: Any, kind: SqlType, name: str, wanted: SqlType) -> Any:
    """A value as one of its column's type. Raises KsqlError."""
    hint = _TIME_FORMATS.get(wanted.name, "") if kind.name == "STRING" else ""
    refused = KsqlError(f"Expected type {wanted} for field `{name}` but got {kind.name}({_printed(value, kind)}){hint}")
    if not _coercible(kind, wanted):
        raise refused
    if wanted.name == "DECIMAL" and kind.name in ("DECIMAL", "INTEGER", "BIGINT"):
        digits = Decimal(str(value)).as_tuple()
        scale = max(0, -int(digits.exponent))
        whole = max(0, len(digits.digits) + int(digits.exponent))
        if scale > wanted.scale or whole > wanted.precision - wanted.scale:
            raise refused
    try:
        return cast_function(kind, wanted)(value)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise refused from error


def _outside_lambdas(expression: ast.Expression) -> Iterator[ast.Expression]:
    """The parts of an expression, without those of lambdas: they name parameters."""
    if not isinstance(expression, ast.Lambda):
        yield expression
        for part in children(expression):
            yield from _outside_lambdas(part)


def _check_names(source: DataSource, names: tuple[str, ...], columns: Container[str]) -> None:
    unknown = next((name for name in names if name not in columns), None)
    if unknown is not None:
        shown = ", ".join(f"`{name}`" for name in names)
        values = ", ".join("'[value]'" for _ in names)
        raise KsqlError(
            f"Failed to insert values into '{source.name}'. Column name `{unknown}` does not exist.",
            f"INSERT INTO `{source.name}` ({shown}) VALUES ({values});",
        )


def written_row(
    statement: ast.InsertValues, source: DataSource, types: dict[str, SqlType]
) -> tuple[bytes | None, bytes | None, int | None]:
    """(key, value, timestamp in ms where one is given) of the row. Raises KsqlError."""
    if source.window is not None:
        raise KsqlError("Cannot insert values into windowed stream/table!")
    columns = {column.name: column for column in (*source.schema.columns, Column("ROWTIME", BIGINT))}
    headers = [column.name for column in source.schema.values if column.header is not None]
    if headers and (not statement.columns or set(headers) & set(statement.columns)):
        raise KsqlError(f"Cannot insert into HEADER columns: {', '.join(headers)}")
    for pseudo in ("ROWPARTITION", "ROWOFFSET"):
        if pseudo in (statement.columns or ()):
            raise KsqlError(f"Inserting into column `{pseudo}` is not allowed.")
    names = statement.columns or tuple(column.name for column in source.schema.columns)
    if statement.columns and len(names) != len(statement.values):
        counts = f"{len(names)}, {len(statement.values)}"
        raise preparing(KsqlError(f"Expected number columns and values to match: {counts}"))
    if len(names) != len(statement.values):
        values = ", ".join(map(formatter.expression, statement.values))
        raise KsqlError(f"Failed to insert values into '{source.name}'. Expected a value for each column. Expected Columns: "
                        f"[{', '.join(names)}]. Got [{values}]")  # fmt: skip
    _check_names(source, names, columns)
    given: dict[str, Any] = {}
    compiler = Compiler(Scope([], types), "INSERT VALUES")
    for name, expression in zip(names, statement.values, strict=True):
        if any(isinstance(node, ast.Column) for node in _outside_lambdas(expression)):
            raise KsqlError(f"Failed to insert values into '{source.name}'. Unsupported column reference in insert value: "
                            f"{formatter.expression(expression)}")  # fmt: skip
        try:
            typed = compiler.compile(expression)
        except KsqlError as error:
            raise KsqlError(
                f"Failed to insert values into '{source.name}'. Invalid insert value: {error.message}."
            ) from error
        try:
            value = compiler.function(typed)(())
            given[name] = None if value is None else _fitting(value, typed.type, name, columns[name].type)
        except Exception as error:  # an expression, or a cast, may fail on any value
            by_zero = isinstance(error, ZeroDivisionError)
            reason = error.message if isinstance(error, KsqlError) else "/ by zero" if by_zero else str(error)
            raise KsqlError(f"Failed to insert values into '{source.name}'. {reason}") from error
    keys = tuple(given.get(column.name) for column in source.schema.keys)
    if source.is_table and any(column.name not in given for column in source.schema.keys):
        raise KsqlError(f"Failed to insert values into '{source.name}'. Value for primary key column(s) "
                        f"{', '.join(c.name for c in source.schema.keys)} is required for tables")  # fmt: skip
    moment = given.get("ROWTIME")
    if moment is not None and moment < 0:
        raise KsqlError(f"Failed to insert values into '{source.name}'. Invalid timestamp: {moment}. Timestamp should "
                        "always be non-negative or null.")  # fmt: skip
    row = tuple(given.get(column.name) for column in source.schema.values if column.header is None)
    key, value = _serialized(source, keys, row)
    return key, value, moment


def _serialized(source: DataSource, keys: Values, row: Values) -> tuple[bytes | None, bytes | None]:
    """(key, value). Raises KsqlError where a format, or the schema of a registry, does not take them."""
    codec = Codec(source)
    key = _tried(
        lambda: codec.encode_key(keys if any(part is not None for part in keys) else None), source, "key", keys
    )
    return key, _tried(lambda: codec.encode_value(row), source, "value", row)


def _tried(encode: Callable[[], bytes | None], source: DataSource, what: str, values: Values) -> bytes | None:
    try:
        return encode()
    except (SerializationError, RegistryAway) as error:
        raise KsqlError(f"Failed to insert values into '{source.name}'. Could not serialize {what}: {_row(values)}. Error "
                        f"serializing message to topic: {source.topic}. {error}") from None  # fmt: skip
