"""INSERT INTO … VALUES: a row as it is written to a topic."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clickstream_embedded.ksqldb.codegen.expressions import Compiler
from clickstream_embedded.ksqldb.codegen.scope import Scope
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import Source
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.types.casts import cast_function
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import BIGINT, SqlType
from clickstream_ksql import ast

# what a value of a type may become without a CAST, by ksqlDB's `DefaultSqlValueCoercer.LAX`
_BECOMES = {
    "INTEGER": {"BIGINT", "DECIMAL", "DOUBLE"}, "BIGINT": {"DECIMAL", "DOUBLE"}, "DECIMAL": {"DOUBLE"},
    "STRING": {"INTEGER", "BIGINT", "DECIMAL", "DOUBLE", "TIME", "DATE", "TIMESTAMP"},
}  # fmt: skip


def _fitting(value: Any, kind: SqlType, name: str, wanted: SqlType) -> Any:
    """A value as one of its column's type. Raises KsqlError, and what a text that is no number raises."""
    if kind.name != wanted.name and kind.name != "NULL" and wanted.name not in _BECOMES.get(kind.name, ()):
        raise KsqlError(f"Expected type {wanted} for field `{name}` but got {kind.name}({value})")
    if wanted.name == "DECIMAL" and kind.name in ("DECIMAL", "INTEGER", "BIGINT"):
        digits = Decimal(str(value)).as_tuple()
        scale = max(0, -int(digits.exponent))
        whole = max(0, len(digits.digits) + int(digits.exponent))
        if scale > wanted.scale or whole > wanted.precision - wanted.scale:
            raise KsqlError(f"Expected type {wanted} for field `{name}` but got {kind.name}({value})")
    return cast_function(kind, wanted)(value)


def written_row(
    statement: ast.InsertValues, source: Source, types: dict[str, SqlType]
) -> tuple[bytes | None, bytes | None, int | None]:
    """(key, value, timestamp in ms where one is given) of the row. Raises KsqlError."""
    if source.query_id is not None and source.is_table:
        raise KsqlError(f"Cannot insert values into '{source.name}': it is the result of a query.")
    columns = {column.name: column for column in (*source.schema.columns, Column("ROWTIME", BIGINT))}
    headers = [column.name for column in source.schema.values if column.header is not None]
    if headers and (not statement.columns or set(headers) & set(statement.columns)):
        raise KsqlError(f"Cannot insert into HEADER columns: {', '.join(headers)}")
    for pseudo in ("ROWPARTITION", "ROWOFFSET"):
        if pseudo in (statement.columns or ()):
            raise KsqlError(f"Inserting into column `{pseudo}` is not allowed.")
    names = statement.columns or tuple(column.name for column in source.schema.columns)
    if len(names) != len(statement.values):
        raise KsqlError(f"Failed to insert values into '{source.name}'. Expected a value for each column. Expected Columns: "
                        f"[{', '.join(names)}]. Got {len(statement.values)} values")  # fmt: skip
    given: dict[str, Any] = {}
    compiler = Compiler(Scope([], types), "INSERT VALUES")
    for name, expression in zip(names, statement.values, strict=True):
        typed = compiler.compile(expression)
        if name not in columns:
            shown = ", ".join(f"`{n}`" for n in names)
            values = ", ".join("'[value]'" for _ in names)
            raise KsqlError(f"Failed to insert values into '{source.name}'. Column name `{name}` does not exist.",
                            f"INSERT INTO `{source.name}` ({shown}) VALUES ({values});")  # fmt: skip
        try:
            value = compiler.function(typed)(())
            given[name] = None if value is None else _fitting(value, typed.type, name, columns[name].type)
        except Exception as error:  # an expression, or a cast, may fail on any value
            reason = error.message if isinstance(error, KsqlError) else str(error)
            raise KsqlError(f"Failed to insert values into '{source.name}'. {reason}") from error
    keys = tuple(given.get(column.name) for column in source.schema.keys)
    if source.is_table and any(column.name not in given for column in source.schema.keys):
        raise KsqlError(f"Failed to insert values into '{source.name}'. Value for primary key column(s) "
                        f"{', '.join(c.name for c in source.schema.keys)} is required for tables")  # fmt: skip
    moment = given.get("ROWTIME")
    if moment is not None and moment < 0:
        raise KsqlError(f"Failed to insert values into '{source.name}'. Invalid timestamp: {moment}. Timestamp should "
                        "always be non-negative or null.")  # fmt: skip
    codec = Codec(source)
    row = tuple(given.get(column.name) for column in source.schema.values)
    key = codec.encode_key(keys if any(part is not None for part in keys) else None)
    return key, codec.encode_value(row), moment
