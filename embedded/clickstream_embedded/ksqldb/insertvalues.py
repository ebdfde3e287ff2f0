"""INSERT INTO … VALUES: a row as it is written to a topic."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.casts import cast_function
from clickstream_embedded.ksqldb.codec import Codec
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.expressions import Compiler
from clickstream_embedded.ksqldb.metastore import Source
from clickstream_embedded.ksqldb.scope import Scope
from clickstream_embedded.ksqldb.sqltypes import SqlType
from clickstream_ksql import ast


def written_row(
    statement: ast.InsertValues, source: Source, types: dict[str, SqlType]
) -> tuple[bytes | None, bytes | None, int | None]:
    """(key, value, timestamp in ms where one is given) of the row. Raises KsqlError."""
    if source.query_id is not None and source.is_table:
        raise KsqlError(f"Cannot insert values into '{source.name}': it is the result of a query.")
    columns = {column.name: column for column in source.schema.columns}
    headers = [column.name for column in source.schema.values if column.header is not None]
    if headers and (not statement.columns or set(headers) & set(statement.columns)):
        raise KsqlError(f"Cannot insert into HEADER columns: {', '.join(headers)}")
    for pseudo in ("ROWPARTITION", "ROWOFFSET"):
        if pseudo in (statement.columns or ()):
            raise KsqlError(f"Inserting into column `{pseudo}` is not allowed.")
    names = statement.columns or tuple(columns)
    if len(names) != len(statement.values):
        raise KsqlError(f"Failed to insert values into '{source.name}'. Expected a value for each column. Expected Columns: "
                        f"[{', '.join(names)}]. Got {len(statement.values)} values")  # fmt: skip
    given: dict[str, Any] = {}
    compiler = Compiler(Scope([], types), "INSERT VALUES")
    for name, expression in zip(names, statement.values, strict=True):
        typed = compiler.compile(expression)
        if name == "ROWTIME":
            given[name] = compiler.function(typed)(())
            continue
        if name not in columns:
            shown = ", ".join(f"`{n}`" for n in names)
            values = ", ".join("'[value]'" for _ in names)
            raise KsqlError(f"Failed to insert values into '{source.name}'. Column name `{name}` does not exist.",
                            f"INSERT INTO `{source.name}` ({shown}) VALUES ({values});")  # fmt: skip
        value = compiler.function(typed)(())
        given[name] = None if value is None else cast_function(typed.type, columns[name].type)(value)
    keys = tuple(given.get(column.name) for column in source.schema.keys)
    if source.is_table and any(key is None for key in keys):
        raise KsqlError(f"Failed to insert values into '{source.name}'. Value for primary key column(s) "
                        f"{', '.join(c.name for c in source.schema.keys)} is required for tables")  # fmt: skip
    codec = Codec(source)
    row = tuple(given.get(column.name) for column in source.schema.values)
    key = codec.encode_key(keys if any(part is not None for part in keys) else None)
    return key, codec.encode_value(row), given.get("ROWTIME")
