"""The schema that a message names, as ksqlDB's deserializers fetch it."""

from __future__ import annotations

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.schemas.client import Registered, RegistryRefused, client_of

_NAMES = {"AVRO": "Avro value", "PROTOBUF": "Protobuf"}  # as ksqlDB's serializers name their schemas


def fetched(url: str, schema_id: int, kind: str) -> Registered:
    """The schema that a message names, which must be of a kind. Raises SerializationError, RegistryAway."""
    try:
        found = client_of(url).by_id(schema_id)
    except RegistryRefused as error:
        raise SerializationError(f"Error retrieving {_NAMES[kind]} schema for id {schema_id}: {error}") from None
    if found.type != kind:
        raise SerializationError(f"The schema with id {schema_id} is of type {found.type}, not {kind}")
    return found
