"""ksqlDB's types as Protobuf messages and back, by the rules of Connect's ProtobufData, through which ksqlDB goes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from clickstream_embedded.ksqldb.formats.found_types import Found, Unsupported, applied, each_of
from clickstream_embedded.ksqldb.types import sql_types
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlBaseType, SqlType
from clickstream_embedded.schemas.protobuf_values import EPOCH, decimal_of, is_entry

_SCALARS = {
    SqlBaseType.BOOLEAN: "bool", SqlBaseType.INTEGER: "int32", SqlBaseType.BIGINT: "int64", SqlBaseType.DOUBLE: "double",
    SqlBaseType.STRING: "string", SqlBaseType.BYTES: "bytes",
}  # fmt: skip
_MESSAGES = {
    SqlBaseType.DECIMAL: ("confluent.type.Decimal", "confluent/type/decimal.proto"),
    SqlBaseType.DATE: ("google.type.Date", "google/type/date.proto"),
    SqlBaseType.TIME: ("google.type.TimeOfDay", "google/type/timeofday.proto"),
    SqlBaseType.TIMESTAMP: ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
}  # fmt: skip


def of_columns(columns: tuple[Column, ...], name: str = "", nullable: str = "") -> str:
    """The schema of keys or values, as text.

    Args:
        columns: of the keys or values.
        name: the full name of the message, "" for ConnectDefault1.
        nullable: OPTIONAL or WRAPPER where a null is to be told from a default, "" where it is not.

    Raises:
        Unsupported: Protobuf cannot have them.
    """
    return _Text(name, nullable).file(tuple((column.name, column.type) for column in columns))


class _Text:
    """Messages without a name of their own are ConnectDefault1, ConnectDefault2, … in the order in which they come up."""

    def __init__(self, name: str, nullable: str) -> None:
        self._name = name
        self._nullable = nullable
        self._count = 0
        self._imports: set[str] = set()

    def file(self, fields: tuple[tuple[str, SqlType], ...]) -> str:
        space, _, simple = self._name.rpartition(".")
        body = self._message(simple, fields, "")
        head = ['syntax = "proto3";', *([f"package {space};"] if space else []), ""]
        imports = [f'import "{each}";' for each in sorted(self._imports)]
        return "\n".join([*head, *([*imports, ""] if imports else []), *body, ""])

    def _next(self) -> str:
        self._count += 1
        return f"ConnectDefault{self._count}"

    def _message(self, name: str, fields: tuple[tuple[str, SqlType], ...], indent: str) -> list[str]:
        inner = indent + "  "
        lines: list[str] = []
        nested: list[str] = []
        title = name or self._next()
        for number, (field, kind) in enumerate(fields, 1):
            repeated = ""
            element = kind
            if kind.name == SqlBaseType.ARRAY and kind.element:
                repeated, element = "repeated ", kind.element
            if element.name == SqlBaseType.ARRAY:
                raise Unsupported("Array cannot be nested")
            written, more = self._field(element, inner)
            nested += more
            if element.name == SqlBaseType.MAP:
                repeated = "repeated "
            elif self._nullable == "OPTIONAL" and not repeated:
                repeated = "optional "
            lines.append(f"{inner}{repeated}{written} {field} = {number}{self._options(element)};")
        return [f"{indent}message {title} {{", *lines, *([""] if nested else []), *nested, f"{indent}}}"]

    def _options(self, kind: SqlType) -> str:
        if kind.name != SqlBaseType.DECIMAL:
            return ""
        self._imports.add("confluent/meta.proto")
        parameters = (("precision", kind.precision), ("scale", kind.scale))
        shown = ", ".join(f'{{ key: "{key}", value: "{value}" }}' for key, value in parameters)
        return f" [(confluent.field_meta) = {{ params: [{shown}] }}]"

    def _field(self, kind: SqlType, indent: str) -> tuple[str, list[str]]:
        """(the type as it is written, what has to be nested for it)."""
        if kind.name in _SCALARS:
            scalar = _SCALARS[kind.name]
            if self._nullable != "WRAPPER":
                return scalar, []
            self._imports.add("google/protobuf/wrappers.proto")
            return f"google.protobuf.{scalar[0].upper()}{scalar[1:]}Value", []
        if kind.name in _MESSAGES:
            name, file = _MESSAGES[kind.name]
            self._imports.add(file)
            return name, []
        if kind.name == SqlBaseType.MAP and kind.key and kind.element:
            name = f"{self._next()}Entry"
            return name, self._message(name, (("key", kind.key), ("value", kind.element)), indent)
        name = self._next()
        return name, self._message(name, kind.fields, indent)


# -- as ksqlDB's types ---------------------------------------------------------------------------------------------

_TYPES = {
    FieldDescriptor.CPPTYPE_BOOL: sql_types.BOOLEAN, FieldDescriptor.CPPTYPE_INT32: sql_types.INTEGER,
    FieldDescriptor.CPPTYPE_INT64: sql_types.BIGINT, FieldDescriptor.CPPTYPE_UINT32: sql_types.BIGINT,
    FieldDescriptor.CPPTYPE_UINT64: sql_types.BIGINT, FieldDescriptor.CPPTYPE_DOUBLE: sql_types.DOUBLE,
    FieldDescriptor.CPPTYPE_FLOAT: sql_types.DOUBLE, FieldDescriptor.CPPTYPE_STRING: sql_types.STRING,
    FieldDescriptor.CPPTYPE_ENUM: sql_types.STRING,
}  # fmt: skip
_WRAPPERS = {
    "BoolValue": sql_types.BOOLEAN, "Int32Value": sql_types.INTEGER, "Int64Value": sql_types.BIGINT,
    "UInt32Value": sql_types.BIGINT, "UInt64Value": sql_types.BIGINT, "FloatValue": sql_types.DOUBLE,
    "DoubleValue": sql_types.DOUBLE, "StringValue": sql_types.STRING, "BytesValue": sql_types.BYTES,
}  # fmt: skip


def found(message: Descriptor, inside: tuple[str, ...] = ()) -> Found:
    """The type that a message is in ksqlDB. Raises Unsupported."""
    if message.full_name in inside:
        raise Unsupported(f"Unsupported type: {message.full_name} has itself as a field")
    inside = (*inside, message.full_name)
    fields: list[tuple[str, SqlType]] = []
    reads: list[tuple[str, Callable[[Any], Any]]] = []
    oneofs = [each for each in message.oneofs if not (len(each.fields) == 1 and each.name == f"_{each.fields[0].name}")]
    for field in message.fields:
        if field.containing_oneof in oneofs:
            continue
        try:
            kind, get = _field(field, inside)
        except Unsupported:
            continue  # as ksqlDB does, which says so in its log only
        fields.append((field.name, kind))
        reads.append((field.name, get))
    for number, oneof in enumerate(oneofs):
        name = f"{oneof.name}_{number}"
        kind, get = _oneof(oneof, inside)
        fields.append((name, kind))
        reads.append((name, get))
    return Found(sql_types.struct(tuple(fields)), lambda value: {name: get(value) for name, get in reads})


def _oneof(oneof: Any, inside: tuple[str, ...]) -> tuple[SqlType, Callable[[Any], Any]]:
    parts = [(field.name, *_field(field, inside)) for field in oneof.fields]
    name = oneof.name

    def get(message: Any) -> Any:
        chosen = message.WhichOneof(name)
        return {part: read(message) if part == chosen else None for part, _, read in parts}

    return sql_types.struct(tuple((part, kind) for part, kind, _ in parts)), get


def _field(field: FieldDescriptor, inside: tuple[str, ...]) -> tuple[SqlType, Callable[[Any], Any]]:
    """(the type of a field, a function from its message to its value)."""
    name = field.name
    message = field.message_type
    if message is not None and field.is_repeated and is_entry(message):
        return _map(field, message, inside)
    of = _single(field, inside)
    read = of.read
    if field.is_repeated:
        items = each_of(read)
        return sql_types.array(of.type), lambda m: [*getattr(m, name)] if items is None else items(getattr(m, name))
    if field.has_presence:
        return of.type, lambda m: applied(read, getattr(m, name)) if m.HasField(name) else None
    return of.type, lambda m: applied(read, getattr(m, name))


def _map(field: FieldDescriptor, entry: Descriptor, inside: tuple[str, ...]) -> tuple[SqlType, Callable[[Any], Any]]:
    keys, values = (_field(entry.fields_by_name[part], inside) for part in ("key", "value"))
    kind, name = sql_types.map_of(keys[0], values[0]), field.name
    if not entry.GetOptions().map_entry:
        return kind, lambda m: {keys[1](each): values[1](each) for each in getattr(m, name)}
    to_key = _single(entry.fields_by_name["key"], inside).read
    to_value = _single(entry.fields_by_name["value"], inside).read
    return kind, lambda m: {applied(to_key, key): applied(to_value, item) for key, item in getattr(m, name).items()}


def _single(field: FieldDescriptor, inside: tuple[str, ...]) -> Found:
    message = field.message_type
    if message is None:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return Found(sql_types.BYTES)
        enum = field.enum_type
        if enum is not None:
            return Found(sql_types.STRING, lambda number: _enum_name(enum, number))
        return Found(_TYPES[field.cpp_type])
    full = message.full_name
    if full == "confluent.type.Decimal":
        precision, scale = decimal_of(field)
        return Found(sql_types.decimal(precision, scale), lambda m: _decimal(m, scale))
    if full in _READS:
        return _READS[full]
    if full.startswith("google.protobuf.") and message.name in _WRAPPERS:
        return Found(_WRAPPERS[message.name], lambda m: m.value)
    return found(message, inside)


def _enum_name(enum: Any, number: int) -> str:
    known = enum.values_by_number.get(number)
    return str(number) if known is None else known.name


def _decimal(message: Any, scale: int) -> Decimal:
    number = int.from_bytes(message.value, "big", signed=True)
    return Decimal(number).scaleb(-(message.scale or scale))


def _date(message: Any) -> int:
    return datetime.date(message.year, message.month, message.day).toordinal() - EPOCH


def _time(message: Any) -> int:
    seconds = (message.hours * 60 + message.minutes) * 60 + message.seconds
    return seconds * 1000 + message.nanos // 1_000_000


_READS: dict[str, Found] = {
    "google.type.Date": Found(sql_types.DATE, _date),
    "google.type.TimeOfDay": Found(sql_types.TIME, _time),
    "google.protobuf.Timestamp": Found(sql_types.TIMESTAMP, lambda m: m.seconds * 1000 + m.nanos // 1_000_000),
}
