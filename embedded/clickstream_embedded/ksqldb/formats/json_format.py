"""Format JSON: objects for several columns, bare values for a single unwrapped one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Annotated, Any, Union

import msgspec
import orjson

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats.coercion import coercion, encoder, holds_text
from clickstream_embedded.ksqldb.formats.lookups import Lookup
from clickstream_embedded.ksqldb.formats.rows import Row, extended
from clickstream_embedded.ksqldb.types.java_numbers import json_decimal
from clickstream_embedded.ksqldb.types.schema import Column

_encoder = msgspec.json.Encoder(decimal_format="number")
_encode = _encoder.encode
_TEXTS = 4096
_first, _last = itemgetter(0), itemgetter(-1)


def _loads(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SerializationError(f"Failed to deserialize value: not JSON ({error})") from None


def _exact_loads(data: bytes) -> Any:
    try:
        return json.loads(data, parse_float=json_decimal)
    except ValueError as error:
        raise SerializationError(f"Failed to deserialize value: not JSON ({error})") from None


_PLAIN_PYTHON = {"INTEGER": "int", "BIGINT": "int", "STRING": "str", "DOUBLE": "float", "BOOLEAN": "bool"}
_LOW, _HIGH = -(1 << 31), (1 << 31) - 1
_INTEGER = Annotated[int, msgspec.Meta(ge=_LOW, le=_HIGH)]
_BIGINT = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
# what a field may hold for the direct path; text in place of a number is common, and converted after
_DIRECT: dict[str, Any] = {
    "INTEGER": Union[_INTEGER, str, None], "BIGINT": Union[_BIGINT, str, None],  # noqa: UP007 - pyright: no | on Annotated
    "STRING": str | None,
    "DOUBLE": float | int | str | None, "BOOLEAN": bool | None,
}  # fmt: skip


def _slow(columns: tuple[Column, ...]) -> Callable[[dict[str, Any]], tuple[Row, list[str] | None]]:
    """A function from a decoded object to a row, and the names its fields had where all are there.

    Field names match whatever their case; an exact match wins.
    """
    names = [column.name for column in columns]
    folded_names = [name.upper() for name in names]
    coercions = [coercion(column.type) for column in columns]

    def row(value: dict[str, Any]) -> tuple[Row, list[str] | None]:
        actual: dict[str, str] = {}
        for field in value:
            actual.setdefault(field.upper(), field)
        for field in value:
            if field in names:
                actual[field.upper()] = field
        found = [actual.get(name) for name in folded_names]
        items = [None if name is None else value[name] for name in found]
        known = [name for name in found if name is not None]
        return (
            tuple(None if item is None else to(item) for item, to in zip(items, coercions, strict=True)),
            known if len(known) == len(names) == len(set(known)) else None,
        )

    return row


class _Direct:
    """Reads objects that have just these names; raises msgspec's errors for others.

    Texts that are not `wanted` are left out, None stands for them: whatever JSON is there would be a text, so no record
    is one that cannot be read for their sake.
    """

    def __init__(self, columns: tuple[Column, ...], names: list[str], wanted: frozenset[str] | None) -> None:
        left_out = {
            i for i, c in enumerate(columns) if c.type.name == "STRING" and wanted is not None and c.name not in wanted
        }
        fields = [(f"f{i}", _DIRECT.get(c.type.name, Any)) for i, c in enumerate(columns) if i not in left_out]
        renamed = {f"f{i}": str(name) for i, name in enumerate(names) if i not in left_out}
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("Value", fields, rename=renamed, gc=False))
        self._scope: dict[str, Any] = {f"c{i}": coercion(column.type) for i, column in enumerate(columns)}
        self._parts: list[str] = []
        for i, column in enumerate(columns):
            plain = _PLAIN_PYTHON.get(column.type.name)
            if i in left_out:
                self._parts.append("None")
            elif plain in ("str", "bool"):
                self._parts.append(f"s.f{i}")
            elif plain == "int":
                self._scope[f"n{i}"] = Lookup(self._scope[f"c{i}"], _TEXTS)  # texts in place of numbers
                self._parts.append(f"n{i}[x{i}] if type(x{i} := s.f{i}) is str else x{i}")
            else:
                check = f" or type(x{i}) is {plain}" if plain else ""
                self._parts.append(f"x{i} if (x{i} := s.f{i}) is None{check} else c{i}(x{i})")
        self._behind: dict[int, Callable[..., list[Row]]] = {}

    def row(self, data: bytes) -> Row:
        _check_text(data)
        return self._rows(0)([self._decoder.decode(data)])[0]

    def rows(self, values: Sequence[bytes], behind: Sequence[Sequence[Any]]) -> list[Row]:
        """Raises SerializationError too where it is not certain which value is which, and IndexError for an empty one."""
        # Within JSON no line break stands between two braces, so where each value begins and ends with one, objects
        # end where values end; as many objects as values are then one for each.
        if set(map(_first, values)) != {ord("{")} or set(map(_last, values)) != {ord("}")}:
            raise SerializationError("not one object in each value")
        lines = b"\n".join(values)
        _check_text(lines)
        found = self._decoder.decode_lines(lines)
        if len(found) != len(values):
            raise SerializationError("not one object in each value")
        return self._rows(len(behind))(found, *behind)

    def _rows(self, behind: int) -> Callable[..., list[Row]]:
        """A function from decoded objects, and some more columns, to rows."""
        if behind not in self._behind:
            more = [f"b{i}" for i in range(behind)]
            loop = f"for s, {', '.join(more)} in zip(found, {', '.join(f'all_{name}' for name in more)})"
            source = (
                f"def rows(found{''.join(f', all_{name}' for name in more)}):\n"
                f"    return [({', '.join([*self._parts, *more])},) {loop if more else 'for s in found'}]\n"
            )
            exec(compile(source, "<json rows>", "exec"), self._scope)  # noqa: S102 - built from indexes only
            self._behind[behind] = self._scope.pop("rows")
        return self._behind[behind]


def _check_text(data: bytes) -> None:
    """The decoder does not look for it in what it leaves out. Raises UnicodeDecodeError for what is no UTF-8."""
    if not data.isascii():
        data.decode()


_RELEARN = 8  # times; records whose names keep changing are then decoded by the general way


class JsonFormat:
    """Rows of `columns` from and to JSON bytes.

    Args:
        columns: Of the rows.
        wrapped: False for a single column without its own object.
        wanted: The names of those that a row has to hold, None for all.
    """

    def __init__(self, columns: tuple[Column, ...], *, wrapped: bool, wanted: frozenset[str] | None = None) -> None:
        self._wanted = wanted
        self._wrapped = wrapped
        exact = any("DECIMAL" in str(c.type) or (c.type.name != "STRING" and holds_text(c.type)) for c in columns)
        self._loads = _exact_loads if exact else _loads
        # what the direct path cannot read may have numbers where texts are expected
        self._slow_loads = _exact_loads if exact or any(holds_text(c.type) for c in columns) else _loads
        self._slow = _slow(columns)
        self._columns = columns
        names = [column.name for column in columns]
        self._may_learn = _RELEARN if wrapped and self._loads is _loads and columns else 0
        self._names = names
        self._direct = _Direct(columns, names, wanted) if self._may_learn else None
        self._single = coercion(columns[0].type) if columns and not wrapped else None
        fields: list[Any] = [(f"f{i}", Any) for i in range(len(columns))]
        renamed = {f"f{i}": str(name) for i, name in enumerate(names)}
        self._shape = msgspec.defstruct("Value", fields, rename=renamed, gc=False)
        encoders = [encoder(column.type) for column in columns]
        self._encoders = encoders if any(encoders) else None

    def decode(self, data: bytes) -> Row | None:
        """The row, or None for JSON null. Raises SerializationError."""
        if self._direct is not None:
            try:
                return self._direct.row(data)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                pass  # another shape, or no JSON at all
        value = self._slow_loads(data)
        if self._single is not None:
            return None if value is None else (self._single(value),)
        if value is None:
            return None
        if type(value) is not dict:
            raise SerializationError(f"Expected a JSON object, got {type(value).__name__}")
        row, names = self._slow(value)
        if names is not None and names != self._names and self._may_learn:
            self._may_learn -= 1
            self._names, self._direct = names, _Direct(self._columns, names, self._wanted)
        return row

    def decode_all(self, values: Sequence[bytes], *behind: Sequence[Any]) -> list[Row]:
        """The row of each value, and what each of `behind` holds for it. Raises SerializationError where one of them
        cannot be read or is no row."""
        if self._direct is not None:
            try:
                return self._direct.rows(values, behind)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, SerializationError, IndexError):
                pass  # another shape, or no JSON at all
        return extended(map(self.decode, values), behind)

    def encode(self, row: Row) -> bytes:
        """The bytes of a row."""
        return _encode(self._item(row))

    def encode_all(self, rows: Sequence[Row]) -> list[bytes]:
        """The bytes of each row, in a third of the time that one by one takes."""
        if self._encoders is None and self._wrapped:
            items: Iterable[Any] = starmap(self._shape, rows)
        else:
            items = map(self._item, rows)
        return _encoder.encode_lines(items).split(b"\n")[:-1]  # a line break within JSON is always escaped

    def _item(self, row: Row) -> Any:
        if self._encoders is not None:
            row = tuple(
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, self._encoders, strict=True)
            )
        return self._shape(*row) if self._wrapped else row[0]
