"""Transforms of headers, and those of a record's topic and schema."""

from __future__ import annotations

from dataclasses import replace

from clickstream_embedded.connect.converters.simple_headers import SimpleHeaderConverter
from clickstream_embedded.connect.data import Struct
from clickstream_embedded.connect.java_dates import BadDatePattern, formatted
from clickstream_embedded.connect.java_errors import ConfigError, DataError, JavaError
from clickstream_embedded.connect.java_regex import compiled, replaced_first
from clickstream_embedded.connect.transforms.record import (
    ConnectRecord,
    Header,
    Settings,
    Transform,
    flag,
    names,
    require_map,
    require_struct,
)  # fmt: skip


def drop_headers(settings: Settings) -> Transform:
    """`DropHeaders`: without those of some names."""
    listed = set(names(settings.get("headers")))
    return lambda record: replace(record, headers=tuple(each for each in record.headers if each[0] not in listed))


def insert_header(settings: Settings) -> Transform:
    """`InsertHeader`: one more, its schema guessed from the text."""
    name = settings.get("header", "")
    schema, value = SimpleHeaderConverter().from_bytes("", settings.get("value.literal", "").encode())
    return lambda record: replace(record, headers=(*record.headers, (name, schema, value)))


def header_from(settings: Settings, is_key: bool) -> Transform:
    """`HeaderFrom`: fields moved or copied into headers."""
    fields, headers = names(settings.get("fields")), names(settings.get("headers"))
    operation = settings.get("operation", "")
    if len(fields) != len(headers):
        raise ConfigError("'fields' config must have the same number of elements as 'headers' config.")
    moves = operation == "move"
    defaults = flag(settings, "replace.null.with.default")
    purpose = f"header {operation}"

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        added: list[Header] = []
        if schema is None:
            found = dict(require_map(value, purpose))
            for name, header in zip(fields, headers, strict=True):
                added.append((header, None, found.get(name)))
            for name in fields if moves else ():
                found.pop(name, None)
            return replace(record.with_part(is_key, None, found), headers=(*record.headers, *added))
        struct = require_struct(value, purpose)
        for name, header in zip(fields, headers, strict=True):
            there = schema.field(name)
            if there is not None:
                added.append((header, there.schema, struct.get(name, with_default=defaults)))
        made = schema.made(fields=tuple(f for f in schema.fields if not moves or f.name not in fields))
        kept = Struct(made, {f.name: struct.get(f.name, with_default=defaults) for f in made.fields})
        return replace(record.with_part(is_key, made, kept), headers=(*record.headers, *added))

    return apply


def regex_router(settings: Settings) -> Transform:
    """`RegexRouter`: another topic where the whole name matches."""
    pattern, replacement = compiled(settings.get("regex", "")), settings.get("replacement", "")

    def apply(record: ConnectRecord) -> ConnectRecord:
        if pattern.fullmatch(record.topic) is None:
            return record
        try:
            return replace(record, topic=replaced_first(pattern, record.topic, replacement))
        except ValueError as error:
            kind = "IndexOutOfBoundsException" if str(error).startswith("No group") else "IllegalArgumentException"
            raise JavaError(str(error), f"java.lang.{kind}") from None

    return apply


def timestamp_router(settings: Settings) -> Transform:
    """`TimestampRouter`: the record's day, or another part of its time, in the topic's name."""
    form, pattern = settings.get("topic.format", "${topic}-${timestamp}"), settings.get("timestamp.format", "yyyyMMdd")

    def apply(record: ConnectRecord) -> ConnectRecord:
        if record.timestamp is None:
            raise DataError(f"Timestamp missing on record: the topic {record.topic}")
        try:  # the real one reads the pattern with its first record
            shown = formatted(record.timestamp, pattern)
        except BadDatePattern as error:
            raise JavaError(str(error), "java.lang.IllegalArgumentException") from None
        return replace(record, topic=form.replace("${topic}", record.topic).replace("${timestamp}", shown))

    return apply


def set_schema_metadata(settings: Settings, is_key: bool) -> Transform:
    """`SetSchemaMetadata`: another name or version of the schema."""
    changes = {
        what: int(settings[f"schema.{what}"]) if what == "version" else settings[f"schema.{what}"]
        for what in ("name", "version")
        if settings.get(f"schema.{what}") is not None
    }
    if not changes:
        raise ConfigError("Neither schema name nor version configured")

    def apply(record: ConnectRecord) -> ConnectRecord:
        schema, value = record.part(is_key)
        if schema is None:
            if value is None:
                return record
            raise DataError("Schema required for [updating schema metadata]")
        made = schema.made(**changes)
        return record.with_part(is_key, made, Struct(made, value.values) if isinstance(value, Struct) else value)

    return apply
