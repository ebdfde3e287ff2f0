"""Which schemas of the Schema Registry a source has."""

from __future__ import annotations

from clickstream_embedded.ksqldb.formats.avro_schemas import key_name
from clickstream_embedded.ksqldb.formats.serde import IN_REGISTRY
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.planning.refusals import refused
from clickstream_embedded.ksqldb.planning.with_clause import Properties

_NULLABLE = ("KEY_PROTOBUF_NULLABLE_REPRESENTATION", "VALUE_PROTOBUF_NULLABLE_REPRESENTATION")
_WITH_SCHEMA = (*IN_REGISTRY, "PROTOBUF_NOSR")


def schema_refs(
    name: str, topic: str, formats: tuple[str, str], properties: Properties, registry: str
) -> tuple[SchemaRef | None, SchemaRef | None]:
    """Those of its keys and its values; None for formats without a schema.

    Args:
        name: of the source.
        topic: of the source; subjects are named after it.
        formats: of keys and of values.
        properties: of the WITH clause, by upper-case name.
        registry: the registry's address.

    Raises:
        KsqlError: a property is Protobuf's and the format is not.
    """
    for option, form in zip(_NULLABLE, formats, strict=True):
        if option in properties and not form.startswith("PROTOBUF"):
            raise refused("protobuf_only", name=option)
    key = value = None
    if formats[0] in _WITH_SCHEMA:
        full = properties.get("KEY_SCHEMA_FULL_NAME") or (key_name(name) if formats[0] == "AVRO" else "")
        key = SchemaRef(
            registry if formats[0] in IN_REGISTRY else "", f"{topic}-key", properties.get("KEY_SCHEMA_ID"), str(full),
            str(properties.get(_NULLABLE[0], "")),
        )  # fmt: skip
    if formats[1] in _WITH_SCHEMA:
        full = properties.get("VALUE_SCHEMA_FULL_NAME") or properties.get("VALUE_AVRO_SCHEMA_FULL_NAME") or ""
        value = SchemaRef(
            registry if formats[1] in IN_REGISTRY else "", f"{topic}-value", properties.get("VALUE_SCHEMA_ID"), str(full),
            str(properties.get(_NULLABLE[1], "")),
        )  # fmt: skip
    return key, value
