"""Which schemas of the Schema Registry a source has."""

from __future__ import annotations

from clickstream_embedded.ksqldb.formats.avro_schemas import key_name
from clickstream_embedded.ksqldb.formats.serde import IN_REGISTRY
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.planning.with_clause import Properties


def schema_refs(
    name: str, topic: str, formats: tuple[str, str], properties: Properties, registry: str
) -> tuple[SchemaRef | None, SchemaRef | None]:
    """Those of its keys and its values; None for what is in no registry.

    Args:
        name: of the source.
        topic: of the source; subjects are named after it.
        formats: of keys and of values.
        properties: of the WITH clause, by upper-case name.
        registry: the registry's address.
    """
    key = value = None
    if formats[0] in IN_REGISTRY:
        full = properties.get("KEY_SCHEMA_FULL_NAME") or (key_name(name) if formats[0] == "AVRO" else "")
        key = SchemaRef(registry, f"{topic}-key", properties.get("KEY_SCHEMA_ID"), str(full))
    if formats[1] in IN_REGISTRY:
        full = properties.get("VALUE_SCHEMA_FULL_NAME") or properties.get("VALUE_AVRO_SCHEMA_FULL_NAME") or ""
        value = SchemaRef(registry, f"{topic}-value", properties.get("VALUE_SCHEMA_ID"), str(full))
    return key, value
