"""The registry over a real broker of ours, asked by confluent-kafka's own client and serializers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import message_factory

from clickstream_embedded.schemas.proto_files import file_of
from tests.processes import Server

# what they take is not in their types
AvroReader: Any = AvroDeserializer
AvroWriter: Any = AvroSerializer
JsonReader: Any = JSONDeserializer
JsonWriter: Any = JSONSerializer
ProtobufReader: Any = ProtobufDeserializer
ProtobufWriter: Any = ProtobufSerializer

_USER = json.dumps({"type": "record", "name": "User", "fields": [{"name": "id", "type": "int"}]})
_WIDER = json.dumps({"type": "record", "name": "User", "fields": [
    {"name": "id", "type": "int"}, {"name": "name", "type": "string", "default": ""},
]})  # fmt: skip


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server("broker", tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest.fixture
def registry(broker: Server, tmp_path: Path) -> Iterator[Server]:
    with Server("registry", tmp_path, "--bootstrap", broker.address) as server:
        yield server


def client_of(registry: Server) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": f"http://{registry.address}"})


def test_the_real_client_works_with_the_registry(registry: Server) -> None:
    client = client_of(registry)
    first = client.register_schema("a/b-value", Schema(_USER, "AVRO"))
    second = client.register_schema("a/b-value", Schema(_WIDER, "AVRO"))
    assert client.get_versions("a/b-value") == [1, 2]
    assert (client.get_latest_version("a/b-value").schema_id, client.get_schema(first).schema_type) == (second, "AVRO")
    assert client.lookup_schema("a/b-value", Schema(_USER, "AVRO")).version == 1
    assert client.test_compatibility("a/b-value", Schema(_USER, "AVRO"))
    using = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "by", "type": "User"}]})
    client.register_schema("order-value", Schema(using, "AVRO", [SchemaReference("User", "a/b-value", 2)]))
    with pytest.raises(SchemaRegistryError) as refused:
        client.delete_version("a/b-value", 2)
    assert refused.value.error_code == 42206
    for subject in ("order-value", "a/b-value"):
        client.delete_subject(subject)
        client.delete_subject(subject, permanent=True)
    with pytest.raises(SchemaRegistryError) as refused:
        client_of(registry).get_latest_version("a/b-value")  # the first one remembers the answer
    assert (refused.value.http_status_code, refused.value.error_code) == (404, 40401)


def test_the_real_serializers_work_with_the_registry(registry: Server) -> None:
    client = client_of(registry)
    where = SerializationContext("t1", MessageField.VALUE)
    data = AvroWriter(client, _USER)({"id": 7}, where)
    assert AvroReader(client)(data, where) == {"id": 7}
    where = SerializationContext("t2", MessageField.VALUE)
    schema = json.dumps({"title": "x", "type": "object", "properties": {"a": {"type": "integer"}}})
    data = JsonWriter(schema, client)({"a": 1}, where)
    assert JsonReader(schema, schema_registry_client=client)(data, where) == {"a": 1}
    where = SerializationContext("t3", MessageField.VALUE)
    options = {"use.deprecated.format": False}
    text = 'syntax = "proto3"; package shop; message Other { int32 a = 1; } message Order { string id = 1; }'
    order = message_factory.GetMessageClass(file_of(text).message_types_by_name["Order"])
    data = ProtobufWriter(order, client, options)(order(id="x"), where)
    assert data[5:7] == b"\x02\x02"  # message indexes: one, the second
    assert ProtobufReader(order, options, client)(data, where) == order(id="x")
    assert {client.get_latest_version(f"t{n}-value").schema.schema_type for n in (1, 2, 3)} == {
        "AVRO",
        "JSON",
        "PROTOBUF",
    }


def test_a_killed_registry_knows_what_it_acknowledged(registry: Server) -> None:
    ids = []
    for number in range(5):
        fields = [{"name": f"f{n}", "type": "int", "default": 0} for n in range(number + 1)]
        schema = json.dumps({"type": "record", "name": "Kept", "fields": fields})
        ids.append(client_of(registry).register_schema("kept", Schema(schema, "AVRO")))
        if number % 2:
            registry.kill()
            registry.start()
    client = client_of(registry)
    assert client.get_versions("kept") == [1, 2, 3, 4, 5]
    assert [client.get_version("kept", n + 1).schema_id for n in range(5)] == ids == sorted(set(ids))
