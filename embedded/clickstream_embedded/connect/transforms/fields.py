"""Transforms of the fields of a key or value: extract, hoist, flatten, mask, replace, insert, copy to the key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from clickstream_embedded.connect.data import (
    TIMESTAMP,
    Field,
    Float32,
    JavaDate,
    Schema,
    Struct,
    java_class,
    type_of,
)  # fmt: skip
from clickstream_embedded.connect.java_errors import ConfigError, DataError, JavaError
from clickstream_embedded.connect.transforms.record import (
    ConnectRecord,
    Settings,
    Transform,
    flag,
    names,
    require_map,
    require_struct,
)  # fmt: skip

_NULLS = "replace.null.with.default"


def field_path(text: str, version: str) -> list[str]:
    """The steps of a field's name: one in V1; in V2 dots part them, and back quotes hold dots (KIP-821)."""
    if version.upper() != "V2" or not text:
        return [text]
    steps, at = [], 0
    while at <= len(text):
        if text[at : at + 1] == "`":
            end = at + 1
            while not (text[end : end + 1] == "`" and text[end - 1] != "\\" and text[end + 1 : end + 2] in ("", ".")):
                end += 1
                if end >= len(text):
                    raise ConfigError(f"Incomplete backtick pair in path: [{text}], consider adding a backtick")
            steps.append(text[at + 1 : end].replace("\\`", "`"))
            at = end + 2
        else:
            end = text.find(".", at)
            end = len(text) if end < 0 else end
            steps.append(text[at:end])
            at = end + 1
    return steps


def extract_field(settings: Settings, is_key: bool) -> Transform:
    """`ExtractField`: one field in place of all."""
    given = settings.get("field", "")
    path = field_path(given, settings.get("field.syntax.version", "V1"))
    defaults = flag(settings, _NULLS)

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if schema is None:
            found = None if value is None else require_map(value, "field extraction")
            for step in path:
                found = found.get(step) if isinstance(found, dict) else None
            return record.with_part(is_key, None, found)
        at: Any = None if value is None else require_struct(value, "field extraction")
        inner: Schema = schema
        for step in path:
            there = inner.field(step)
            if there is None:
                raise JavaError(f"Unknown field: {given}", "java.lang.IllegalArgumentException")
            inner, at = there.schema, at.get(step, with_default=defaults) if isinstance(at, Struct) else None
        return record.with_part(is_key, inner, at)

    return apply


def hoist_field(settings: Settings, is_key: bool) -> Transform:
    """`HoistField`: all of it as one field."""
    name = settings.get("field", "")

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if schema is None:
            return record.with_part(is_key, None, {name: value})
        made = Schema("struct", fields=(Field(name, schema),))
        return record.with_part(is_key, made, Struct(made, {name: value}))

    return apply


def flatten(settings: Settings, is_key: bool) -> Transform:
    """`Flatten`: fields of fields as fields with longer names."""
    delimiter = settings.get("delimiter", ".")

    def plain(prefix: str, found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, each in found.items():
            name = f"{prefix}{delimiter}{key}" if prefix else key
            if isinstance(each, dict):
                yield from plain(name, each)
                continue
            if each is not None and type_of(each) is None:
                raise DataError(f"Flatten transformation was passed a value of type class {java_class(each)} which is "
                                "not supported by Connect's data API")  # fmt: skip
            yield name, each

    def typed(prefix: str, schema: Schema, at: Struct | None, opt: bool) -> Iterator[tuple[Field, Any]]:
        for each in schema.fields:
            name = f"{prefix}{delimiter}{each.name}" if prefix else each.name
            value = None if at is None else at.get(each.name)
            optional = opt or each.schema.optional
            if each.schema.type == "struct":
                yield from typed(name, each.schema, value, optional)
            elif each.schema.type == "map":
                raise DataError(
                    f"Flatten transformation does not support MAP for record with schemas (for field {name})."
                )
            else:
                yield Field(name, each.schema.made(optional=optional)), value

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if value is None:
            return record
        if schema is None:
            return record.with_part(is_key, None, dict(plain("", require_map(value, "flattening"))))
        pairs = list(typed("", schema, require_struct(value, "flattening"), schema.optional))
        made = schema.made(fields=tuple(each for each, _ in pairs))
        return record.with_part(is_key, made, Struct(made, {each.name: found for each, found in pairs}))

    return apply


def mask_field(settings: Settings, is_key: bool) -> Transform:
    """`MaskField`: the named fields empty, or with a replacement."""
    listed, replacement = set(names(settings.get("fields"))), settings.get("replacement")
    defaults = flag(settings, _NULLS)

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if schema is None:
            found = require_map(value, "mask fields")
            shown = {name: masked(each, replacement) if name in listed else each for name, each in found.items()}
            return record.with_part(is_key, None, shown)
        struct = require_struct(value, "mask fields")
        values = {f.name: struct.get(f.name, with_default=defaults) for f in schema.fields}
        shown = {name: masked(each, replacement) if name in listed else each for name, each in values.items()}
        return record.with_part(is_key, schema, Struct(schema, shown))

    return apply


def masked(value: Any, replacement: str | None) -> Any:
    """What stands in a masked field. Raises DataError."""
    if value is None:
        return None
    if replacement is not None:
        if isinstance(value, str):
            return replacement
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise DataError(f"Cannot mask value of type class {java_class(value)} with custom replacement.")
        try:
            return type(value)(replacement)
        except (ValueError, ArithmeticError):
            why = f'Character {replacement[:1]} is neither a decimal digit number, decimal point, nor "e" notation exponential mark.'
            cause = JavaError(why, "java.lang.NumberFormatException")
            raise DataError(f"Unable to convert {replacement} (class java.lang.String) to a number", cause) from None
    blank = {bool: False, int: 0, float: 0.0, Float32: Float32(0), str: "", list: [], dict: {}, JavaDate: JavaDate(0),
             Decimal: Decimal(0)}  # fmt: skip
    if type(value) not in blank:
        raise DataError(f"Cannot mask value of type: class {java_class(value)}")
    return blank[type(value)]


def replace_field(settings: Settings, is_key: bool) -> Transform:
    """`ReplaceField`: fields left out, kept or renamed."""
    left = set(names(settings.get("exclude") or settings.get("blacklist")))
    only = set(names(settings.get("include") or settings.get("whitelist")))
    renamed = {
        old.strip(): new.strip() for old, _, new in (each.partition(":") for each in names(settings.get("renames")))
    }
    defaults = flag(settings, _NULLS)

    def kept(name: str) -> bool:
        return name not in left and (not only or name in only)

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if value is None:
            return record
        if schema is None:
            found = require_map(value, "field replacement")
            return record.with_part(
                is_key, None, {renamed.get(name, name): each for name, each in found.items() if kept(name)}
            )
        struct = require_struct(value, "field replacement")
        fields = tuple(Field(renamed.get(f.name, f.name), f.schema) for f in schema.fields if kept(f.name))
        made = schema.made(fields=fields)
        values = {
            renamed.get(f.name, f.name): struct.get(f.name, with_default=defaults)
            for f in schema.fields
            if kept(f.name)
        }
        return record.with_part(is_key, made, Struct(made, values))

    return apply


def insert_field(settings: Settings, is_key: bool) -> Transform:
    """`InsertField`: topic, partition, offset, timestamp or a text of one's own as fields."""
    wanted = {
        what: (re.sub(r"[!?]$", "", settings[f"{what}.field"]), not settings[f"{what}.field"].endswith("!"))
        for what in ("topic", "partition", "offset", "timestamp", "static")
        if settings.get(f"{what}.field") is not None
    }
    if not wanted:
        raise ConfigError("No field insertion configured")
    if "static" in wanted and settings.get("static.value") is None:
        raise ConfigError.of("static.value", "null", "No value specified for static field: " + wanted["static"][0])
    defaults = flag(settings, _NULLS)

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if value is None:
            return record
        if schema is None:
            found = dict(require_map(value, "field insertion"))
            for what, (name, _) in wanted.items():
                more = _inserted(record, what, True, settings)[1]
                if more is not None:
                    found[name] = more
            return record.with_part(is_key, None, found)
        struct = require_struct(value, "field insertion")
        fields = list(schema.fields)
        values = {f.name: struct.get(f.name, with_default=defaults) for f in schema.fields}
        for what, (name, optional) in wanted.items():
            kind, more = _inserted(record, what, False, settings)
            logical = (TIMESTAMP, 1) if what == "timestamp" else (None, None)
            fields.append(Field(name, Schema(kind, optional, *logical)))
            values[name] = more
        made = schema.made(fields=tuple(fields))
        return record.with_part(is_key, made, Struct(made, values))

    return apply


def _inserted(record: ConnectRecord, what: str, plain: bool, settings: Settings) -> tuple[str, Any]:
    """Schema type and value of what is inserted. Raises DataError."""
    match what:
        case "topic":
            return "string", record.topic
        case "partition":
            return "int32", record.partition
        case "offset":
            if record.offset is None:
                raise DataError("Only SinkRecord supported for [field insertion], found: "
                                "org.apache.kafka.connect.source.SourceRecord")  # fmt: skip
            return "int64", record.offset
        case "timestamp":
            date = None if record.timestamp is None else JavaDate(record.timestamp)
            return "int64", record.timestamp if plain else date
        case _:
            return "string", settings.get("static.value", "")


def value_to_key(settings: Settings) -> Transform:
    """`ValueToKey`: a new key of fields of the value."""
    listed = names(settings.get("fields"))
    purpose = "copying fields from value to key"

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(False)
        if schema is None:
            found = require_map(value, purpose)
            return record.with_part(True, None, {name: found.get(name) for name in listed})
        struct = require_struct(value, purpose)
        fields: list[Field] = []
        for name in listed:
            there = schema.field(name)
            if there is None:
                raise DataError(f"Field does not exist: {name}")
            fields.append(there)
        made = Schema("struct", fields=tuple(fields))
        return record.with_part(True, made, Struct(made, {name: struct.get(name) for name in listed}))

    return apply
