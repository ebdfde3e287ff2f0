"""Format JSON: objects for several columns, bare values for a single unwrapped one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats.coercion import coercion, encoder
from clickstream_embedded.ksqldb.schema import Column

Row = tuple[Any, ...]


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SerializationError(f"Failed to deserialize value: not JSON ({error})") from None


def _exact_loads(data: bytes) -> Any:
    import json

    try:
        return json.loads(data, parse_float=Decimal)
    except ValueError as error:
        raise SerializationError(f"Failed to deserialize value: not JSON ({error})") from None


_PLAIN_PYTHON = {"INTEGER": "int", "BIGINT": "int", "STRING": "str", "DOUBLE": "float", "BOOLEAN": "bool"}
_LOW, _HIGH = -(1 << 31), (1 << 31) - 1


def _compile(columns: tuple[Column, ...]) -> Callable[[dict[str, Any]], Row]:
    """A function from a decoded object to a row.

    Field names match whatever their case. The names seen last are tried first, so records of one shape cost one
    lookup a column.
    """
    names = [column.name for column in columns]
    scope: dict[str, Any] = {f"c{i}": coercion(column.type) for i, column in enumerate(columns)}
    parts: list[str] = []
    for i, column in enumerate(columns):
        plain = _PLAIN_PYTHON.get(column.type.name)
        check = f"type(x{i}) is {plain}" if plain and column.type.name != "INTEGER" else "False"
        if column.type.name == "INTEGER":
            check = f"type(x{i}) is int and {_LOW} <= x{i} <= {_HIGH}"
        parts.append(f"x{i} if (x{i} := d[n[{i}]]) is None or {check} else c{i}(x{i})")
    source = f"def row(d, n):\n    return ({', '.join(parts)}{',' if parts else ''})\n"
    exec(compile(source, "<json row>", "exec"), scope)  # noqa: S102 - built from indexes only
    fast = scope["row"]
    folded_names = [name.upper() for name in names]
    learned = list(names)

    def decode(value: dict[str, Any]) -> Row:
        try:
            return fast(value, learned)
        except KeyError:
            pass
        actual: dict[str, str] = {}
        for field in value:
            actual.setdefault(field.upper(), field)
        for field in value:
            if field in names:  # an exact match wins over one of another case
                actual[field.upper()] = field
        missing = False
        for i, folded in enumerate(folded_names):
            if folded in actual:
                learned[i] = actual[folded]
            else:
                missing = True
        if not missing:
            return fast(value, learned)
        whole = {
            learned[i]: value.get(learned[i]) if folded in actual else None for i, folded in enumerate(folded_names)
        }
        return fast(whole, learned)

    return decode


class JsonFormat:
    """Rows of `columns` from and to JSON bytes. `wrapped` is False for a single column without its own object."""

    def __init__(self, columns: tuple[Column, ...], *, wrapped: bool) -> None:
        self._wrapped = wrapped
        self._loads = _exact_loads if any("DECIMAL" in str(column.type) for column in columns) else _loads
        self._decode = _compile(columns)
        self._single = coercion(columns[0].type) if columns and not wrapped else None
        self._names = [column.name for column in columns]
        encoders = [encoder(column.type) for column in columns]
        self._encoders = encoders if any(encoders) else None

    def decode(self, data: bytes) -> Row | None:
        """The row, or None for JSON null. Raises SerializationError."""
        value = self._loads(data)
        if self._single is not None:
            return None if value is None else (self._single(value),)
        if value is None:
            return None
        if type(value) is not dict:
            raise SerializationError(f"Expected a JSON object, got {type(value).__name__}")
        return self._decode(value)

    def encode(self, row: Row) -> bytes:
        """The bytes of a row."""
        if self._encoders is not None:
            row = tuple(
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, self._encoders, strict=True)
            )
        value = row[0] if not self._wrapped else dict(zip(self._names, row, strict=True))
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
