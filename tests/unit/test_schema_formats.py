"""Types as schemas and schemas as types, by the rules of Connect's AvroData, JsonSchemaData and ProtobufData."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest

from clickstream_embedded.ksqldb.errors import KsqlError, NoRegistry, SerializationError
from clickstream_embedded.ksqldb.formats import avro_schemas, json_schemas, protobuf_schemas
from clickstream_embedded.ksqldb.formats.avro_format import found_in, parsed
from clickstream_embedded.ksqldb.formats.found_types import Unsupported, conversion, inferred
from clickstream_embedded.ksqldb.formats.protobuf_format import type_of_message
from clickstream_embedded.ksqldb.formats.serde import value_format
from clickstream_embedded.ksqldb.metastore import SchemaRef
from clickstream_embedded.ksqldb.types import sql_types
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.ksqldb.types.sql_types import SqlType, resolve
from clickstream_embedded.schemas.framing import framed, split
from clickstream_embedded.schemas.proto_files import BadProto, canonical, file_of, proto_of, serialized, text_of
from clickstream_embedded.schemas.protobuf_messages import indexes_of
from clickstream_embedded.schemas.protobuf_values import decimal_of
from clickstream_ksql import ast
from clickstream_ksql.parser import parse
from tests.conformance.offline import OfflineEngine

_TYPES = [
    "BOOLEAN", "INT", "BIGINT", "DOUBLE", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP", "DECIMAL(9, 3)", "ARRAY<INT>",
    "ARRAY<STRUCT<A INT>>", "MAP<STRING, DOUBLE>", "MAP<INT, STRING>", "STRUCT<A INT, B STRUCT<C ARRAY<STRING>>>",
]  # fmt: skip


def kind_of(text: str) -> SqlType:
    statement = parse(f"CREATE STREAM X (C {text}) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='JSON');")[0].statement
    assert isinstance(statement, ast.CreateSource)
    return resolve(statement.elements[0].type, {})


@pytest.mark.parametrize("text", _TYPES)
def test_a_type_is_the_same_from_each_of_its_schemas(text: str) -> None:
    kind = kind_of(text)
    columns = (Column("C", kind),)
    expected = sql_types.struct((("C", kind),))
    avro = json.dumps(avro_schemas.of_columns(columns, wrapped=True))
    assert found_in(parsed(avro, {})).type == expected
    assert json_schemas.found(json_schemas.of_columns(columns, wrapped=True)) == expected
    assert type_of_message(protobuf_schemas.of_columns(columns), {}) == expected


@pytest.mark.parametrize("text", _TYPES)
def test_fastavro_takes_what_is_made_of_columns(text: str) -> None:
    schema = avro_schemas.of_columns((Column("C", kind_of(text)),), wrapped=True)
    fastavro.parse_schema(schema)
    assert schema["fields"][0]["type"][0] == "null"
    assert schema["fields"][0]["default"] is None


def test_key_records_are_named_after_their_source() -> None:
    assert avro_schemas.key_name("USER_CLICKS") == "io.confluent.ksql.avro_schemas.UserClicksKey"


@pytest.mark.parametrize(("schema", "type_"), [
    ({"type": "map", "values": "int"}, "MAP<STRING, INTEGER>"), ("float", "DOUBLE"), (["null", "long"], "BIGINT"),
    ({"type": "fixed", "name": "F", "size": 3}, "BYTES"), ({"type": "long", "logicalType": "timestamp-micros"}, "BIGINT"),
    ({"type": "long", "logicalType": "timestamp-millis"}, "TIMESTAMP"),
    ({"type": "enum", "name": "E", "symbols": ["A"]}, "STRING"), (["int", "string"], "STRUCT<`int` INTEGER, `string` STRING>"),
    ({"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}, "DECIMAL(8, 2)"),
])  # fmt: skip
def test_avro_of_others_has_a_type(schema: Any, type_: str) -> None:
    assert str(found_in(parsed(json.dumps(schema), {})).type) == type_


def test_a_record_within_itself_is_left_out() -> None:
    tree = {"type": "record", "name": "Node", "fields": [
        {"name": "value", "type": "int"}, {"name": "next", "type": ["null", "Node"]},
    ]}  # fmt: skip
    assert str(found_in(parsed(json.dumps(tree), {})).type) == "STRUCT<`value` INTEGER>"


@pytest.mark.parametrize(("schema", "type_"), [
    ({"type": "integer"}, "BIGINT"), ({"type": "integer", "connect.type": "int16"}, "INTEGER"),
    ({"type": ["null", "string"]}, "STRING"), ({"enum": ["a"]}, "STRING"),
    ({"type": "object", "connect.type": "map", "additionalProperties": {"type": "number"}}, "MAP<STRING, DOUBLE>"),
    ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "boolean"}}}, "BOOLEAN"),
    ({"type": "object", "properties": {"b": {"type": "string", "connect.index": 1}, "a": {"type": "string", "connect.index": 0}}},
     "STRUCT<`a` STRING, `b` STRING>"),
])  # fmt: skip
def test_json_schemas_of_others_have_a_type(schema: Any, type_: str) -> None:
    assert str(json_schemas.found(json.dumps(schema))) == type_


def test_what_has_no_type_says_so() -> None:
    with pytest.raises(Unsupported):
        json_schemas.found("{}")
    with pytest.raises(Unsupported):
        found_in(parsed('"null"', {}))
    with pytest.raises(KsqlError, match="Illegal initial character: 1a"):
        avro_schemas.of_columns((Column("1a", sql_types.INTEGER),), wrapped=True)


@pytest.mark.parametrize(("found", "wanted", "value", "expected"), [
    ("INT", "BIGINT", 5, 5), ("DOUBLE", "STRING", 1.0, "1.0"), ("BOOLEAN", "STRING", True, "true"),
    ("ARRAY<INT>", "ARRAY<STRING>", [1, None], ["1", None]), ("MAP<STRING, INT>", "MAP<STRING, STRING>", {"a": 1}, {"a": "1"}),
    ("STRUCT<a INT>", "STRUCT<B INT, A STRING>", {"A": 1}, {"B": None, "A": "1"}),
    ("DECIMAL(4, 1)", "DECIMAL(6, 2)", Decimal("1.5"), Decimal("1.50")),
])  # fmt: skip
def test_values_of_a_schema_widen_to_a_columns_type(found: str, wanted: str, value: Any, expected: Any) -> None:
    to = conversion(kind_of(found), kind_of(wanted))
    assert (value if to is None else to(value)) == expected


@pytest.mark.parametrize(
    ("found", "wanted"), [("BIGINT", "INT"), ("STRING", "INT"), ("DOUBLE", "BIGINT"), ("INT", "ARRAY<INT>")]
)
def test_values_do_not_narrow(found: str, wanted: str) -> None:
    with pytest.raises(SerializationError, match="Cannot deserialize type"):
        conversion(kind_of(found), kind_of(wanted))


def test_inferred_columns_have_capitals_and_texts_as_keys() -> None:
    kind = sql_types.struct((
        ("a", sql_types.map_of(sql_types.INTEGER, sql_types.STRING)), ("b", sql_types.map_of(sql_types.DOUBLE, sql_types.STRING)),
    ))  # fmt: skip
    assert str(inferred(kind, capitals=True)) == "STRUCT<`A` MAP<STRING, STRING>>"
    assert str(inferred(kind, capitals=False)) == "STRUCT<`a` MAP<STRING, STRING>>"


def test_the_head_of_a_value() -> None:
    assert framed(258) == b"\x00\x00\x00\x01\x02"
    assert split(b"\x00\x00\x00\x01\x02abc") == (258, b"abc")
    for bad in (b"", b"\x01\x00\x00\x00\x01x", b"\x00\x00"):
        with pytest.raises(SerializationError):
            split(bad)


def test_which_message_of_a_file_it_is() -> None:
    assert indexes_of(b"\x00rest") == ((0,), 1)
    assert indexes_of(b"\x04\x02\x04rest") == ((1, 2), 3)
    for bad in (b"", b"\x80", b"\x04\x02", b"\xff\xff\xff\xff\xff\xff\xff"):
        with pytest.raises(SerializationError):
            indexes_of(bad)


_PROTO = """syntax = "proto3";
package a.b;
import "confluent/meta.proto";
import "confluent/type/decimal.proto";
message M {
  optional int32 id = 1;
  map<string, N> counts = 2;
  repeated E kinds = 3;
  oneof either {
    string x = 4;
    N y = 5;
  }
  confluent.type.Decimal paid = 6 [(confluent.field_meta) = { params: [{ key: "precision", value: "5" }, { key: "scale", value: "2" }] }];
  message N {
    bytes data = 1;
  }
  enum E {
    NONE = 0;
    SOME = 1;
  }
}
"""


def test_protobuf_texts_and_descriptors_are_one_from_the_other() -> None:
    proto = proto_of(_PROTO)
    assert text_of(proto) == canonical(_PROTO) == canonical(serialized(_PROTO)) == canonical("// comment\n" + _PROTO)
    message = file_of(_PROTO).message_types_by_name["M"]
    assert [field.number for field in message.fields] == [1, 2, 3, 4, 5, 6]
    assert message.fields_by_name["id"].has_presence
    assert decimal_of(message.fields_by_name["paid"]) == (5, 2)


@pytest.mark.parametrize("text", [
    "nonsense", "message {", 'syntax = "proto3"; message A { int32 a = ; }', 'syntax = "proto3"; message A { B b = 1; }',
    'syntax = "proto3"; import "nowhere.proto"; message A {}', 'syntax = "proto3"; message A { int32 a = 1; int32 b = 1; }',
])  # fmt: skip
def test_what_is_no_protobuf_is_refused(text: str) -> None:
    with pytest.raises(BadProto):
        file_of(text)


def test_protobuf_without_a_registry_needs_none(tmp_path: Path) -> None:
    columns = (Column("A", sql_types.INTEGER), Column("B", sql_types.STRING))
    form = value_format("PROTOBUF_NOSR", columns, wrap_single=True)
    assert form.encode((3, "x")) == b"\x08\x03\x12\x01x"
    assert form.decode(b"\x08\x03\x12\x01x") == (3, "x")
    with pytest.raises(SerializationError):
        form.decode(b"\xff\xff")
    engine = OfflineEngine(tmp_path)
    try:
        engine.run(
            parse("CREATE STREAM S (A INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='PROTOBUF_NOSR', PARTITIONS=1);")[0], {}
        )
        for name in ("AVRO", "PROTOBUF", "JSON_SR"):
            with pytest.raises(NoRegistry) as refused:
                engine.run(
                    parse(f"CREATE STREAM T (A INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='{name}', PARTITIONS=1);")[0],
                    {},
                )
            assert refused.value.message == (
                f"Cannot create topic 't' with format {name} without configuring 'ksql.schema.registry.url'"
            )
    finally:
        engine.close()


@pytest.mark.parametrize(("nullable", "text"), [
    ("", "int32 A = 1;"), ("OPTIONAL", "optional int32 A = 1;"), ("WRAPPER", "google.protobuf.Int32Value A = 1;"),
])  # fmt: skip
def test_protobuf_tells_null_from_zero_where_it_is_asked_to(nullable: str, text: str) -> None:
    columns = (Column("A", sql_types.INTEGER), Column("B", sql_types.STRING), Column("C", kind_of("STRUCT<D INT>")))
    assert text in protobuf_schemas.of_columns(columns, "", nullable)
    form = value_format("PROTOBUF_NOSR", columns, wrap_single=True, schema=SchemaRef("", "t-value", None, "", nullable))
    data = form.encode((None, "", {"D": 0}))
    assert data is not None
    assert form.decode(data) == ((None, "", {"D": 0}) if nullable else (0, "", {"D": 0}))


def test_a_representation_of_nulls_is_one_of_two_and_for_protobuf(tmp_path: Path) -> None:
    engine = OfflineEngine(tmp_path)
    try:
        for form, value, message in (
            ("JSON", "OPTIONAL", "Property VALUE_PROTOBUF_NULLABLE_REPRESENTATION can only be enabled with protobuf format"),
            ("PROTOBUF_NOSR", "SOMETIMES", "String must be one of: OPTIONAL, WRAPPER"),
        ):  # fmt: skip
            text = (f"CREATE STREAM S (A INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='{form}', PARTITIONS=1, "
                    f"VALUE_PROTOBUF_NULLABLE_REPRESENTATION='{value}');")  # fmt: skip
            with pytest.raises(KsqlError) as refused:
                engine.run(parse(text)[0], {})
            assert message in refused.value.message
    finally:
        engine.close()
