"""ksqlDB with a Schema Registry: what it reads and writes, by the serializers of confluent-kafka and by bytes."""

from __future__ import annotations

import datetime
import json
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.message_factory import GetMessageClass

from clickstream_embedded.schemas.proto_files import file_of
from tests.contract.schema_stack import Stack, started, value_of

# what they take is not in their types
AvroReader: Any = AvroDeserializer
AvroWriter: Any = AvroSerializer
JsonReader: Any = JSONDeserializer
ProtobufReader: Any = ProtobufDeserializer
ProtobufWriter: Any = ProtobufSerializer


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("schemas")) as found:
        yield found


_COLUMNS = (
    "K STRING KEY, I INT, L BIGINT, D DOUBLE, B BOOLEAN, S STRING, BYT BYTES, DEC DECIMAL(6, 2), DA DATE, TI TIME, "
    "TS TIMESTAMP, A ARRAY<INT>, M MAP<STRING, INT>, ST STRUCT<X INT, Y STRUCT<Z STRING>>"
)
_VALUES = (
    "'k', 1, 2, 1.5, true, 'text', TO_BYTES('/wA=', 'base64'), 12.34, '2024-02-29', '10:11:12', '2024-02-29T10:11:12.345', "
    "ARRAY[1, 2], MAP('a' := 1), STRUCT(X := 1, Y := STRUCT(Z := 'deep'))"
)


@pytest.mark.parametrize("form", ["AVRO", "PROTOBUF", "JSON_SR", "PROTOBUF_NOSR"])
def test_every_type_goes_through_a_format_and_back(stack: Stack, form: str) -> None:
    stack.run(
        f"CREATE STREAM ALL_{form} ({_COLUMNS}) WITH (KAFKA_TOPIC='all_{form}', VALUE_FORMAT='{form}', PARTITIONS=1);"
    )
    stack.run(f"INSERT INTO ALL_{form} VALUES ({_VALUES});")
    stack.run(f"CREATE STREAM COPY_{form} WITH (KAFKA_TOPIC='copy_{form}') AS SELECT * FROM ALL_{form};",
              **{"auto.offset.reset": "earliest"})  # fmt: skip
    (row,) = stack.rows(f"SELECT * FROM COPY_{form}", 1)
    assert row == [
        "k", 1, 2, 1.5, True, "text", "/wA=", 12.34, "2024-02-29", "10:11:12", "2024-02-29T10:11:12.345", [1, 2], {"a": 1},
        {"X": 1, "Y": {"Z": "deep"}},
    ]  # fmt: skip


def test_what_a_query_writes_is_avro_as_the_real_one_has_it(stack: Stack) -> None:
    stack.run("CREATE STREAM PAGES (ID INT KEY, URL STRING, PAID DECIMAL(5, 2), TAGS MAP<STRING, BIGINT>, `AT` TIMESTAMP, "
              "WHO STRUCT<NAME STRING>) WITH (KAFKA_TOPIC='pages', VALUE_FORMAT='JSON', PARTITIONS=1);"
              "CREATE STREAM PAGES_AVRO WITH (KAFKA_TOPIC='pages_avro', FORMAT='AVRO') AS SELECT * FROM PAGES;")  # fmt: skip
    stack.run("INSERT INTO PAGES VALUES (7, '/a', 1.50, MAP('x' := 3), '1970-01-01T00:00:01', STRUCT(NAME := 'n'));"
              "INSERT INTO PAGES (ID, URL) VALUES (8, NULL);")  # fmt: skip
    first, second = stack.records("pages_avro", 2)
    space, name = "io.confluent.ksql.avro_schemas", "KsqlDataSourceSchema"
    connect = "org.apache.kafka.connect.data"
    nullable = lambda kind: ["null", kind]  # noqa: E731
    assert json.loads(stack.schema("pages_avro-value")) == {
        "type": "record", "name": name, "namespace": space, "fields": [
            {"name": "URL", "type": nullable("string"), "default": None},
            {"name": "PAID", "type": nullable({
                "type": "bytes", "scale": 2, "precision": 5, "connect.version": 1, "connect.parameters": {
                    "scale": "2", "connect.decimal.precision": "5"}, "connect.name": f"{connect}.Decimal",
                "logicalType": "decimal"}), "default": None},
            {"name": "TAGS", "type": nullable({"type": "array", "items": {
                "type": "record", "name": f"{name}_TAGS", "fields": [
                    {"name": "key", "type": nullable("string"), "default": None},
                    {"name": "value", "type": nullable("long"), "default": None}],
                "connect.internal.type": "MapEntry"}, "connect.name": f"{space}.{name}_TAGS"}), "default": None},
            {"name": "AT", "type": nullable({"type": "long", "connect.version": 1, "connect.name": f"{connect}.Timestamp",
                                             "logicalType": "timestamp-millis"}), "default": None},
            {"name": "WHO", "type": nullable({
                "type": "record", "name": f"{name}_WHO", "fields": [
                    {"name": "NAME", "type": nullable("string"), "default": None}],
                "connect.name": f"{space}.{name}_WHO"}), "default": None},
        ], "connect.name": f"{space}.{name}",
    }  # fmt: skip
    assert stack.schema("pages_avro-key") == '"int"'
    read = AvroReader(stack.schemas)
    assert read(first[1], value_of("pages_avro")) == {
        "URL": "/a", "PAID": Decimal("1.50"), "TAGS": [{"key": "x", "value": 3}],
        "AT": datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC), "WHO": {"NAME": "n"},
    }  # fmt: skip
    assert set(read(second[1], value_of("pages_avro")).values()) == {None}
    key = first[0]
    assert key is not None
    assert (key[0], struct.unpack(">I", key[1:5])[0], key[5:]) == (
        0, stack.schemas.get_latest_version("pages_avro-key").schema_id, b"\x0e",
    )  # fmt: skip


def test_columns_come_from_the_registry(stack: Stack) -> None:
    schema = {"type": "record", "name": "User", "namespace": "shop", "fields": [
        {"name": "id", "type": "int"}, {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "score", "type": "float"}, {"name": "tags", "type": {"type": "map", "values": "long"}},
        {"name": "born", "type": {"type": "int", "logicalType": "date"}},
        {"name": "paid", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1}},
        {"name": "inner", "type": ["null", {"type": "record", "name": "In", "fields": [{"name": "x", "type": "string"}]}]},
        {"name": "either", "type": ["null", "int", "string"]},
    ]}  # fmt: skip
    write = AvroWriter(stack.schemas, json.dumps(schema))
    user = {"id": 1, "kind": "B", "score": 0.5, "tags": {"a": 2}, "born": datetime.date(1970, 1, 2), "paid": Decimal("2.5"),
            "inner": {"x": "in"}, "either": "text"}  # fmt: skip
    stack.run("CREATE STREAM MAKE_USERS (X INT) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=1);")
    stack.write("users", write(user, value_of("users")))
    stack.run("CREATE STREAM USERS WITH (KAFKA_TOPIC='users', VALUE_FORMAT='AVRO');")
    (described,) = stack.run("DESCRIBE USERS;")
    shown = {f["name"]: f["schema"]["type"] for f in described["sourceDescription"]["fields"]}
    assert shown == {"ID": "INTEGER", "KIND": "STRING", "SCORE": "DOUBLE", "TAGS": "MAP", "BORN": "DATE", "PAID": "DECIMAL",
                     "INNER": "STRUCT", "EITHER": "STRUCT"}  # fmt: skip
    (row,) = stack.rows("SELECT * FROM USERS", 1)
    assert row == [1, "B", 0.5, {"a": 2}, "1970-01-02", 2.5, {"X": "in"}, {"INT": None, "STRING": "text"}]


def test_a_message_that_was_made_by_hand_is_read(stack: Stack) -> None:
    text = json.dumps(
        {"type": "record", "name": "Hand", "fields": [{"name": "A", "type": "int"}, {"name": "B", "type": "string"}]}
    )
    schema_id = stack.schemas.register_schema("hand-value", Schema(text, "AVRO"))
    stack.run(
        "CREATE STREAM HAND (B STRING, A BIGINT, C INT) WITH (KAFKA_TOPIC='hand', VALUE_FORMAT='AVRO', PARTITIONS=1);"
    )
    assert stack.schemas.get_versions("hand-value") == [1]  # there was a schema already
    stack.write("hand", b"\x01broken")
    stack.write("hand", b"\x00" + struct.pack(">I", schema_id) + b"\x54" + b"\x06abc")
    assert stack.rows("SELECT * FROM HAND", 1) == [["abc", 42, None]]


def test_schema_ids_choose_a_schema(stack: Stack) -> None:
    first = {
        "type": "record",
        "name": "Chosen",
        "fields": [{"name": "lower", "type": "int"}, {"name": "Extra", "type": "string", "default": "e"}],
    }
    schema_id = stack.schemas.register_schema("chosen-value", Schema(json.dumps(first), "AVRO"))
    other = {**first, "fields": [{"name": "lower", "type": "int"}, {"name": "Extra", "type": "string", "default": "e"},
                                 {"name": "more", "type": "int", "default": 0}]}  # fmt: skip
    stack.schemas.register_schema("chosen-value", Schema(json.dumps(other), "AVRO"))
    stack.run(
        f"CREATE STREAM CHOSEN WITH (KAFKA_TOPIC='chosen', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID={schema_id}, PARTITIONS=1);"
    )
    (described,) = stack.run("DESCRIBE CHOSEN;")
    assert [f["name"] for f in described["sourceDescription"]["fields"]] == ["lower", "Extra"]
    stack.run("INSERT INTO CHOSEN (`lower`, `Extra`) VALUES (1, 'x');")
    ((_, value),) = stack.records("chosen", 1)
    assert struct.unpack(">I", value[1:5])[0] == schema_id
    stack.run("CREATE STREAM PART (X INT) WITH (KAFKA_TOPIC='part', VALUE_FORMAT='JSON', PARTITIONS=1);")
    stack.run(f"CREATE STREAM CHOSEN_TOO WITH (KAFKA_TOPIC='chosen_too', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID={schema_id}) "
              "AS SELECT X AS `lower` FROM PART;")  # fmt: skip
    stack.run("INSERT INTO PART VALUES (5);")
    ((_, value),) = stack.records("chosen_too", 1)
    assert AvroReader(stack.schemas)(value, value_of("chosen_too")) == {"lower": 5, "Extra": "e"}
    status, message = stack.refused(
        f"CREATE STREAM NO WITH (KAFKA_TOPIC='no', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID={schema_id}) AS SELECT X AS Z FROM PART;"
    )
    assert status == 400
    assert (
        "The following value columns are changed, missing or reordered: [`Z` INTEGER]. Schema from schema registry is "
        in message
    )
    _, message = stack.refused(
        f"CREATE STREAM NO (A INT) WITH (KAFKA_TOPIC='chosen', VALUE_FORMAT='AVRO', VALUE_SCHEMA_ID={schema_id});"
    )
    assert message == "Table elements and VALUE_SCHEMA_ID cannot both exist for create statement."
    _, message = stack.refused("CREATE STREAM NO WITH (KAFKA_TOPIC='chosen', VALUE_FORMAT='JSON', VALUE_SCHEMA_ID=1);")
    assert message == (
        "VALUE_FORMAT should support schema inference when VALUE_SCHEMA_ID is provided. Current format is JSON."
    )


def test_a_schema_that_is_not_there_is_told(stack: Stack) -> None:
    status, message = stack.refused(
        "CREATE STREAM NOTHING WITH (KAFKA_TOPIC='nothing', VALUE_FORMAT='AVRO', PARTITIONS=1);"
    )
    assert status == 400
    assert message.startswith("Schema for message values on topic 'nothing' does not exist in the Schema Registry.\n"
                              "Subject: nothing-value\nPossible causes include:\n- The topic itself does not exist\n")  # fmt: skip
    stack.schemas.register_schema(
        "wrong-value", Schema('{"type":"object","properties":{"a":{"type":"integer"}}}', "JSON")
    )
    _, message = stack.refused("CREATE STREAM WRONG WITH (KAFKA_TOPIC='wrong', VALUE_FORMAT='AVRO', PARTITIONS=1);")
    assert message == ("Value schema is not in the expected format. You may want to set VALUE_FORMAT to 'JSON'.\ntopic: wrong\n"
                       "expected format: AVRO\nactual format from Schema Registry: JSON")  # fmt: skip
    _, message = stack.refused(
        "CREATE STREAM BAD (`a-b` INT) WITH (KAFKA_TOPIC='bad', VALUE_FORMAT='AVRO', PARTITIONS=1);"
    )
    assert "Schema is not compatible with Avro: Illegal character in: a-b" in message


def test_a_schema_that_does_not_go_with_earlier_ones_is_refused(stack: Stack) -> None:
    text = json.dumps(
        {"type": "record", "name": "KsqlDataSourceSchema", "fields": [{"name": "X", "type": ["null", "string"]}]}
    )
    stack.schemas.register_schema("taken-value", Schema(text, "AVRO"))
    stack.run("CREATE STREAM FOR_TAKEN (X INT) WITH (KAFKA_TOPIC='for_taken', VALUE_FORMAT='JSON', PARTITIONS=1);")
    status, message = stack.refused(
        "CREATE STREAM TAKEN WITH (KAFKA_TOPIC='taken', VALUE_FORMAT='AVRO') AS SELECT * FROM FOR_TAKEN;"
    )
    assert status == 400
    assert message.startswith('Could not register schema for topic: Schema being registered is incompatible with an earlier schema for '
                              'subject "taken-value"')  # fmt: skip
    assert message.endswith("; error code: 409")


def test_protobuf_and_json_are_as_confluents_clients_have_them(stack: Stack) -> None:
    stack.run("CREATE STREAM ORDERS (ID INT, ITEM STRING) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);"
              "CREATE STREAM ORDERS_P WITH (KAFKA_TOPIC='orders_p', VALUE_FORMAT='PROTOBUF') AS SELECT * FROM ORDERS;"
              "CREATE STREAM ORDERS_J WITH (KAFKA_TOPIC='orders_j', VALUE_FORMAT='JSON_SR') AS SELECT * FROM ORDERS;")  # fmt: skip
    stack.run("INSERT INTO ORDERS VALUES (3, 'three');")
    ((_, value),) = stack.records("orders_p", 1)
    made = GetMessageClass(file_of(stack.schema("orders_p-value")).message_types_by_name["ConnectDefault1"])
    read = ProtobufReader(made, {"use.deprecated.format": False}, stack.schemas)
    assert read(value, value_of("orders_p")) == made(ID=3, ITEM="three")
    ((_, value),) = stack.records("orders_j", 1)
    schema = stack.schema("orders_j-value")
    assert json.loads(schema)["properties"]["ID"] == {
        "connect.index": 0, "oneOf": [{"type": "null"}, {"type": "integer", "connect.type": "int32"}],
    }  # fmt: skip
    assert JsonReader(schema, schema_registry_client=stack.schemas)(value, value_of("orders_j")) == {
        "ID": 3,
        "ITEM": "three",
    }


def test_protobuf_of_others_is_read(stack: Stack) -> None:
    text = """syntax = "proto3"; package shop; import "google/protobuf/wrappers.proto"; import "google/protobuf/timestamp.proto";
    enum Kind { NONE = 0; BIG = 1; } message Other { int32 a = 1; }
    message Order { uint32 id = 1; repeated string items = 2; map<string, int64> counts = 3; Kind kind = 4; Other other = 5;
      google.protobuf.StringValue note = 6; google.protobuf.Timestamp at = 7; optional int32 maybe = 8;
      oneof pay { string card = 9; int32 cash = 10; } }"""
    made = GetMessageClass(file_of(text).message_types_by_name["Order"])
    write = ProtobufWriter(made, stack.schemas, {"use.deprecated.format": False})
    order = made(id=7, items=["x", "y"], counts={"z": 3}, kind=1, other={"a": 5}, at={"seconds": 2}, cash=4)
    stack.run("CREATE STREAM MAKE_SHOP (X INT) WITH (KAFKA_TOPIC='shop', VALUE_FORMAT='JSON', PARTITIONS=1);")
    stack.write("shop", write(order, value_of("shop")))
    _, message = stack.refused("CREATE STREAM SHOP WITH (KAFKA_TOPIC='shop', VALUE_FORMAT='PROTOBUF');")
    assert message == ("Value schema has multiple schema definitions. \n\n- shop.Other\n- shop.Order\n\nPlease specify a schema "
                       "full name in the WITH clause using VALUE_SCHEMA_FULL_NAME")  # fmt: skip
    stack.run(
        "CREATE STREAM SHOP WITH (KAFKA_TOPIC='shop', VALUE_FORMAT='PROTOBUF', VALUE_SCHEMA_FULL_NAME='shop.Order');"
    )
    (row,) = stack.rows("SELECT * FROM SHOP", 1)
    assert row == [
        7,
        ["x", "y"],
        {"z": 3},
        "BIG",
        {"A": 5},
        None,
        "1970-01-01T00:00:02.000",
        None,
        {"CARD": None, "CASH": 4},
    ]


def test_tables_and_keys_are_avro_too(stack: Stack) -> None:
    stack.run("CREATE STREAM VISITS (ID BIGINT KEY, PAGE STRING) WITH (KAFKA_TOPIC='visits', FORMAT='AVRO', PARTITIONS=1);"
              "INSERT INTO VISITS VALUES (1, 'a'); INSERT INTO VISITS VALUES (1, 'b'); INSERT INTO VISITS VALUES (2, 'a');")  # fmt: skip
    stack.run("CREATE TABLE COUNTS WITH (KAFKA_TOPIC='counts') AS SELECT ID, PAGE, COUNT(*) AS N FROM VISITS GROUP BY ID, PAGE "
              "EMIT CHANGES;", **{"auto.offset.reset": "earliest"})  # fmt: skip
    records = stack.records("counts", 3)
    key = json.loads(stack.schema("counts-key"))
    assert (key["name"], [field["name"] for field in key["fields"]]) == ("CountsKey", ["ID", "PAGE"])
    read = AvroReader(stack.schemas)
    keys = [read(record[0], SerializationContext("counts", MessageField.KEY)) for record in records]
    assert {(each["ID"], each["PAGE"]) for each in keys} == {(1, "a"), (1, "b"), (2, "a")}
    stack.run("CREATE STREAM WHOLE WITH (KAFKA_TOPIC='visits', FORMAT='AVRO');")
    (described,) = stack.run("DESCRIBE WHOLE;")
    assert [(f["name"], f.get("type")) for f in described["sourceDescription"]["fields"]] == [
        ("ROWKEY", "KEY"),
        ("PAGE", None),
    ]


def test_a_restart_asks_no_registry_and_a_registry_that_is_away_loses_nothing(stack: Stack) -> None:
    stack.schemas.register_schema(
        "kept-value", Schema('{"type":"record","name":"K","fields":[{"name":"a","type":"int"}]}', "AVRO")
    )
    stack.run("CREATE STREAM KEPT WITH (KAFKA_TOPIC='kept', VALUE_FORMAT='AVRO', PARTITIONS=1);"
              "CREATE STREAM KEPT_TOO WITH (KAFKA_TOPIC='kept_too') AS SELECT A + 1 AS B FROM KEPT;")  # fmt: skip
    write = AvroWriter(stack.schemas, '{"type":"record","name":"K","fields":[{"name":"a","type":"int"}]}')
    value = write({"a": 1}, value_of("kept"))
    stack.registry.kill()
    stack.ksqldb.kill()
    stack.ksqldb.start()
    stack.until_ready()
    stack.run("DESCRIBE KEPT;")
    stack.write("kept", value)
    stack.registry.start()
    ((_, value),) = stack.records("kept_too", 1)
    assert AvroReader(stack.schemas)(value, value_of("kept_too")) == {"B": 2}


def test_assert_schema_waits_for_a_schema(stack: Stack) -> None:
    schema_id = stack.schemas.register_schema("asserted-value", Schema('"string"', "AVRO"))
    (answer,) = stack.run(f"ASSERT SCHEMA SUBJECT 'asserted-value' ID {schema_id};")
    assert (answer["subject"], answer["id"], answer["exists"]) == ("asserted-value", schema_id, True)
    stack.run("ASSERT NOT EXISTS SCHEMA SUBJECT 'nowhere-value';")
    for text, message in (
        ("SUBJECT 'nowhere-value'", "Schema with subject name nowhere-value does not exist"),
        ("ID 9999", "Schema with id 9999 does not exist"),
        ("SUBJECT 'asserted-value' ID 9999", "Schema with subject name asserted-value id 9999 does not exist"),
    ):
        assert stack.refused(f"ASSERT SCHEMA {text} TIMEOUT 10 MILLISECONDS;") == (417, message)


def test_a_topic_that_is_deleted_takes_its_schemas_with_it(stack: Stack) -> None:
    stack.run("CREATE STREAM GONE (A INT) WITH (KAFKA_TOPIC='gone', VALUE_FORMAT='AVRO', PARTITIONS=1);")
    assert "gone-value" in stack.schemas.get_subjects()
    stack.run("DROP STREAM GONE DELETE TOPIC;")
    assert "gone-value" not in stack.schemas.get_subjects()
    stack.run("CREATE STREAM GONE (A INT) WITH (KAFKA_TOPIC='gone', VALUE_FORMAT='AVRO', PARTITIONS=1);")
    assert "gone-value" in stack.schemas.get_subjects()


def test_a_row_whose_schema_does_not_go_with_the_topics_is_refused(stack: Stack) -> None:
    text = '{"type":"record","name":"Sample","fields":[{"name":"a","type":"int"}]}'
    stack.schemas.register_schema("sample-value", Schema(text, "AVRO"))
    stack.run("CREATE STREAM SAMPLES (A INT, B STRING) WITH (KAFKA_TOPIC='sample', VALUE_FORMAT='AVRO', PARTITIONS=1);")
    status, message = stack.refused("INSERT INTO SAMPLES VALUES (1, 'b');")
    assert status == 400
    assert message.startswith("Failed to insert values into 'SAMPLES'. Could not serialize value: [ 1 | 'b' ]. Error serializing "
                              "message to topic: sample. Failed to access Avro data from topic sample : Schema being registered "
                              "is incompatible with an earlier schema for subject")  # fmt: skip
    assert "NAME_MISMATCH" in message


@pytest.mark.parametrize(("form", "shown"), [
    ("AVRO", '{"A": 7, "B": "x"}'), ("JSON_SR", '{"A":7,"B":"x"}'), ("PROTOBUF", 'A: 7 B: "x"'),
])  # fmt: skip
def test_print_shows_what_a_schema_says(stack: Stack, form: str, shown: str) -> None:
    stack.run(f"CREATE STREAM P_{form} (A INT, B STRING) WITH (KAFKA_TOPIC='p_{form}', VALUE_FORMAT='{form}', PARTITIONS=1);"
              f"INSERT INTO P_{form} VALUES (7, 'x');")  # fmt: skip
    lines = stack.printed(f"p_{form}", 1)
    assert lines[1] == f"Value format: {form}"
    assert f", value: {shown}, partition: 0" in lines[2]
