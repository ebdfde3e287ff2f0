"""Connect's values as Protobuf's messages, and back."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from clickstream_embedded.connect.converters.registry.avro_values import logical_out
from clickstream_embedded.connect.converters.registry.protobuf_schemas import ONE_OF, WRAPPERS, real_oneofs
from clickstream_embedded.connect.data import DECIMAL, Float32, JavaDate, Schema, Struct, java_class, wrapped
from clickstream_embedded.connect.java_errors import DataError
from clickstream_embedded.schemas.protobuf_values import EPOCH, put

_DAY = 86_400_000  # milliseconds


def fill(message: Any, schema: Schema, value: Struct) -> None:
    """Sets a message to a struct. Raises DataError, ValueError, TypeError where they do not fit."""
    if value.schema is not schema and value.schema.made(optional=False) != schema.made(optional=False):
        raise DataError("Mismatching struct schema")
    by_name = message.DESCRIPTOR.fields_by_name
    for each in schema.fields:
        name, kind, found = each.name, each.schema, value.get(each.name)
        if found is not None and (kind.name or "").startswith(ONE_OF):
            name, kind, found = _chosen(found)
        if found is None:
            continue
        if name not in by_name:
            raise DataError(f"Cannot find field with name {name}")
        put(message, by_name[name], _plain(kind, found))


def _chosen(union: Struct) -> tuple[str, Schema, Any]:
    for each in union.schema.fields:
        found = union.values.get(each.name)
        if found is not None:
            return each.name, each.schema, found
    raise DataError("Cannot find non-null field")


def _plain(schema: Schema, value: Any) -> Any:
    """A value with dictionaries for structs and numbers for moments."""
    if value is None:
        return None
    if schema.name == DECIMAL:
        logical_out(schema, value)
        return value
    if isinstance(value, JavaDate):
        return logical_out(schema, value)
    match schema.type:
        case "array":
            return [_plain(schema.values or schema, each) for each in value]
        case "map":
            keys, values = schema.keys or schema, schema.values or schema
            return {_plain(keys, key): _plain(values, each) for key, each in value.items()}
        case "struct":
            if not isinstance(value, Struct):
                raise DataError(f"Invalid type for STRUCT: class {java_class(value)}")
            return {each.name: _plain(each.schema, value.get(each.name)) for each in schema.fields}
        case _:
            return value


def read(schema: Schema, message: Any) -> Struct:
    """A message as a struct."""
    descriptor = message.DESCRIPTOR
    values: dict[str, Any] = {}
    for number, each in enumerate(real_oneofs(descriptor)):
        name, chosen = f"{each.name}_{number}", message.WhichOneof(each.name)
        union = schema.field(name)
        if chosen is not None and union is not None:
            inner = union.schema.field(chosen)
            if inner is not None:
                found = _single(inner.schema, descriptor.fields_by_name[chosen], getattr(message, chosen))
                values[name] = Struct(union.schema, {chosen: found})
    for each in schema.fields:
        field = descriptor.fields_by_name.get(each.name)
        if field is not None and (field.is_repeated or not field.has_presence or message.HasField(each.name)):
            values[each.name] = _field(each.schema, field, getattr(message, each.name))
    return Struct(schema, values)


def _field(schema: Schema, field: FieldDescriptor, value: Any) -> Any:
    message = field.message_type
    if schema.type == "map" and message is not None and schema.keys is not None and schema.values is not None:
        entry = message.fields_by_name
        pairs = value.items() if hasattr(value, "items") else ((each.key, each.value) for each in value)
        return {
            _single(schema.keys, entry["key"], key): _single(schema.values, entry["value"], item) for key, item in pairs
        }
    if schema.type == "array" and schema.values is not None and field.is_repeated:
        return [_single(schema.values, field, each) for each in value]
    return _single(schema, field, value)


def _single(schema: Schema, field: FieldDescriptor, value: Any) -> Any:
    message = field.message_type
    if message is None:
        if field.enum_type is not None:
            known = field.enum_type.values_by_number.get(value)
            return str(value) if known is None else known.name
        return _number(schema, value)
    match message.full_name:
        case "confluent.type.Decimal":
            scale = value.scale or int((schema.parameters or {}).get("scale", "0"))
            return Decimal(int.from_bytes(value.value, "big", signed=True)).scaleb(-scale)
        case "google.type.Date":
            return JavaDate((datetime.date(value.year, value.month, value.day).toordinal() - EPOCH) * _DAY)
        case "google.type.TimeOfDay":
            seconds = (value.hours * 60 + value.minutes) * 60 + value.seconds
            return JavaDate(seconds * 1000 + value.nanos // 1_000_000)
        case "google.protobuf.Timestamp":
            return JavaDate(value.seconds * 1000 + value.nanos // 1_000_000)
        case full if full.startswith("google.protobuf.") and message.name in WRAPPERS:
            return _number(schema, value.value)
        case _:
            return read(schema, value)


def _number(schema: Schema, value: Any) -> Any:
    if schema.type == "float32":
        return Float32(value)
    return wrapped(value, 64) if schema.type == "int64" else value
