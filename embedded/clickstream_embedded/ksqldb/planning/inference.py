"""Columns from a Schema Registry, and the columns' schemas into it: ksqlDB's schema injectors.

Order and words are those of its DefaultSchemaInjector, SchemaRegistryTopicSchemaSupplier and SchemaRegisterInjector.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError, NoRegistry
from clickstream_embedded.ksqldb.formats.found_types import SeveralMessages, Unsupported, inferred
from clickstream_embedded.ksqldb.formats.serde import IN_REGISTRY, registered_as, type_of
from clickstream_embedded.ksqldb.metastore import DataSource, SchemaRef
from clickstream_embedded.ksqldb.planning import with_clause
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.planning.schema_refs import schema_refs
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType
from clickstream_embedded.schemas.client import Registered, RegistryAway, RegistryRefused, client_of
from clickstream_ksql import ast, formatter
from clickstream_ksql.parser import Parsed

_TYPES = {"AVRO": "AVRO", "JSON_SR": "JSON", "PROTOBUF": "PROTOBUF"}  # the registry's name of each format
_DOCS = "https://docs.confluent.io/current/schema-registry/docs"
_KEYS = ("KEY", "PRIMARY KEY")


def with_columns(parsed: Parsed, registry: str, defaults: dict[str, Any]) -> Parsed:
    """A CREATE STREAM or TABLE with the columns that the registry has for it; any other statement as it is.

    Raises:
        KsqlError: the registry has none, or what it has does not go with the statement.
    """
    statement = parsed.statement
    if not isinstance(statement, ast.CreateSource):
        return parsed
    properties = with_clause.of_source(statement.properties)
    try:
        formats = with_clause.formats(properties, defaults, registry)
    except NoRegistry:  # which is told with the topic's name when the statement is applied
        return parsed
    topic = str(properties["KAFKA_TOPIC"])
    refs = schema_refs(statement.name, topic, formats, properties, registry)
    keys = [each for each in statement.elements if each.constraint in _KEYS]
    values = [each for each in statement.elements if each.constraint is None]
    headers = [each for each in statement.elements if each not in keys and each not in values]
    try:
        wrapped = str(properties.get("WRAP_SINGLE_VALUE", "true")).lower() != "false"
        found_keys = _inferred(properties, formats[0], refs[0], topic, bool(keys), key=True, wrapped=False)
        found_values = _inferred(properties, formats[1], refs[1], topic, bool(values), key=False, wrapped=wrapped)
    except KsqlError as error:
        raise KsqlError(error.message, parsed.text) from None
    if found_keys is None and found_values is None:
        return parsed
    if found_keys is not None:
        mark = "KEY" if statement.kind == "STREAM" else "PRIMARY KEY"
        keys = [ast.TableElement(column.name, _written(column.type), mark) for column in found_keys]
    if found_values is not None:
        values = [ast.TableElement(column.name, _written(column.type)) for column in found_values]
    injected = dataclasses.replace(statement, elements=(*keys, *values, *headers))
    return Parsed(formatter.statement(injected, parsed.text).rstrip(";") + ";", injected, parsed.line)


def _written(kind: SqlType) -> ast.TypeName:
    if kind.name == "DECIMAL":
        return ast.TypeName("DECIMAL", (kind.precision, kind.scale))
    arguments = tuple(_written(each) for each in (kind.key, kind.element) if each is not None)
    return ast.TypeName(str(kind.name.value), (), arguments, tuple((name, _written(f)) for name, f in kind.fields))


def _inferred(
    properties: with_clause.Properties,
    form: str,
    ref: SchemaRef | None,
    topic: str,
    given: bool,
    *,
    key: bool,
    wrapped: bool,
) -> list[Column] | None:
    """The columns of keys or values, None where those of the statement count. Raises KsqlError."""
    named = "KEY_SCHEMA_ID" if key else "VALUE_SCHEMA_ID"
    if named in properties:
        if form not in IN_REGISTRY:
            raise refused("no_inference", side="KEY" if key else "VALUE", format=form)
        if given:
            raise KsqlError(f"Table elements and {named} cannot both exist for create statement.")
    elif given or form not in IN_REGISTRY:
        return None
    assert ref is not None
    return columns_of(ref, form, topic, key=key, wrapped=wrapped and not key)


def columns_of(ref: SchemaRef, form: str, topic: str, *, key: bool, wrapped: bool) -> list[Column]:
    """The columns that a schema has in ksqlDB. Raises KsqlError.

    Args:
        ref: where it is.
        form: the format.
        topic: for messages.
        key: whether it is the key's.
        wrapped: whether its fields are the columns; else all of it is one, ROWKEY or ROWVAL.
    """
    what = f"topic: {topic}" + ("" if ref.schema_id is None else f", schema id: {ref.schema_id}")
    schema = _fetched(ref, topic, what, key=key)
    if schema.type != _TYPES[form]:
        side, name = ("Key", "KEY_FORMAT") if key else ("Value", "VALUE_FORMAT")
        raise KsqlError(
            f"{side} schema is not in the expected format. You may want to set {name} to '{schema.type}'.\n{what}\n"
            f"expected format: {_TYPES[form]}\nactual format from Schema Registry: {schema.type}"
        )
    try:
        # names stand as they are where an id says which schema; else they are ksqlDB's, in capitals
        kind = inferred(type_of(form, schema, ref.name), capitals=ref.schema_id is None)
        if not wrapped and form != "PROTOBUF":
            return [Column("ROWKEY" if key else "ROWVAL", kind)]
        if kind.name != "STRUCT":
            raise KsqlError("KSQL stream/table schema must be structured")
        if not kind.fields:
            raise KsqlError("Schema does not include any columns with types that ksqlDB supports.\nschema: ")
    except SeveralMessages as error:
        named = "\n".join(f"- {name}" for name in error.names)
        side, option = ("Key", "KEY_SCHEMA_FULL_NAME") if key else ("Value", "VALUE_SCHEMA_FULL_NAME")
        raise KsqlError(f"{side} schema has multiple schema definitions. \n\n{named}\n\nPlease specify a schema full name in "
                        f"the WITH clause using {option}") from None  # fmt: skip
    except (KsqlError, Unsupported) as error:
        raise KsqlError(
            f"Unable to verify if the {'key' if key else 'value'} schema for {what} is compatible with ksqlDB.\nReason: "
            f"{error}\n\nPlease see https://github.com/confluentinc/ksql/issues/ to see if this particular reason is already "
            f"known.\nIf not, please log a new issue, including this full error message.\nSchema:{schema.text}"
        ) from None
    if key and len(kind.fields) > 1:
        raise KsqlError(f"The key schema for {what} contains multiple columns, which is not supported by ksqlDB at this time."
                        f"\nSchema:{schema.text}")  # fmt: skip
    return [Column(name, field) for name, field in kind.fields]


def _fetched(ref: SchemaRef, topic: str, what: str, *, key: bool) -> Registered:
    side = "key" if key else "value"
    try:
        client = client_of(ref.url)
        return client.latest(ref.subject) if ref.schema_id is None else client.by_id(ref.schema_id)
    except RegistryRefused as error:
        if error.status in (401, 403, 404):
            raise KsqlError(_not_found(ref, topic, key=key)) from None
        raise KsqlError(
            f"Schema registry fetch for topic {side} request failed for {what}\nCaused by: {error}"
        ) from None
    except RegistryAway as error:
        raise KsqlError(
            f"Schema registry fetch for topic {side} request failed for {what}\nCaused by: {error}"
        ) from None


def _not_found(ref: SchemaRef, topic: str, *, key: bool) -> str:
    lines = [
        f"Schema for message {'keys' if key else 'values'} on topic '{topic}' does not exist in the Schema Registry.",
        f"Subject: {ref.subject}",
        *([] if ref.schema_id is None else [f"Schema Id: {ref.schema_id}"]),
        "Possible causes include:",
        "- The topic itself does not exist",
        "\t-> Use SHOW TOPICS; to check",
        "- Messages on the topic are not serialized using a format Schema Registry supports",
        f"\t-> Use PRINT '{topic}' FROM BEGINNING; to verify",
        "- Messages on the topic have not been serialized using a Confluent Schema Registry supported serializer",
        f"\t-> See {_DOCS}/serializer-formatter.html",
        "- The schema is registered on a different instance of the Schema Registry",
        f"\t-> Use the REST API to list available subjects\t{_DOCS}/api.html#get--subjects",
        "- You do not have permissions to access the Schema Registry.",
        f"\t-> See {_DOCS}/security.html",
    ]
    return "\n".join(lines)


# -- what a source has registered ----------------------------------------------------------------------------------


def _parts(source: DataSource) -> list[tuple[SchemaRef, str, tuple[Column, ...], bool]]:
    """(schema, format, columns, whether it is of keys) of what is in the registry."""
    values = tuple(column for column in source.schema.values if column.header is None)
    parts: list[tuple[SchemaRef | None, str, tuple[Column, ...], bool]] = [
        (source.key_schema, source.key_format, source.schema.keys, True),
        (source.value_schema, source.value_format, values, False),
    ]
    return [(ref, form, columns, key) for ref, form, columns, key in parts if ref is not None and ref.url and columns]


def check_chosen(source: DataSource) -> None:
    """Raises KsqlError where the schema that an id names lacks columns that a query writes."""
    for ref, form, columns, key in _parts(source):
        if ref.schema_id is None or source.query_id is None:
            continue
        found = columns_of(
            ref, form, source.topic, key=key, wrapped=not key and (source.wrap_single or len(columns) != 1)
        )
        if key:  # ROWKEY stands for whatever the key column is called
            found = [dataclasses.replace(each, name=columns[0].name) for each in found]
        lost = [column for column in columns if column not in found]
        if lost:
            raise KsqlError(
                f"The following {'key ' if key else 'value '}columns are changed, missing or reordered: "
                f"{_listed(lost, key=key)}. Schema from schema registry is {_listed(found, key=key)}"
            )


def _listed(columns: Sequence[Column], *, key: bool) -> str:
    return "[" + ", ".join(f"`{c.name}` {c.type}{' KEY' if key else ''}" for c in columns) + "]"


def register(source: DataSource, *, again: bool) -> None:
    """Registers what a source's keys and values look like; without `again` only where the subject is new. Raises KsqlError."""
    for ref, form, columns, key in _parts(source):
        wrapped = (not key and source.wrap_single) or len(columns) != 1
        try:
            client = client_of(ref.url)
            if not again and client.exists(ref.subject):
                continue
            if ref.schema_id is not None:
                chosen = client.by_id(ref.schema_id)
                if not chosen.references:
                    client.register(ref.subject, chosen.type, chosen.text)
                continue
            client.register(ref.subject, _TYPES[form], registered_as(form, columns, ref, wrapped=wrapped))
        except (RegistryRefused, RegistryAway) as error:
            raise KsqlError(f"Could not register schema for topic: {error}", source.statement) from None


def forget(source: DataSource) -> None:
    """Deletes the subjects of a source whose topic is gone, softly as ksqlDB does. Raises RegistryRefused, RegistryAway."""
    for ref in (source.key_schema, source.value_schema):
        if ref is not None and ref.url:
            client_of(ref.url).delete(ref.subject)


def schema_exists(url: str, subject: str, schema_id: int | None) -> bool:
    """Whether a subject, or an id, or an id in a subject is there. Raises KsqlError where that cannot be known."""
    try:
        client = client_of(url)
        if schema_id is None:
            return client.exists(subject)
        places = client.subjects_of(schema_id)
        return bool(places) and subject in ("", *places)
    except (RegistryRefused, RegistryAway) as error:
        raise KsqlError(f"Cannot check schema existence: {error}") from None
