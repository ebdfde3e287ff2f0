"""Converters of a Schema Registry: schemas and values of Connect in Avro, JSON Schema and Protobuf, and back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from clickstream_embedded.connect.converters import converter
from clickstream_embedded.connect.converters.registry.avro_converter import Avro
from clickstream_embedded.connect.converters.registry.json_schema_converter import JsonSchema
from clickstream_embedded.connect.converters.registry.protobuf_converter import Protobuf
from clickstream_embedded.connect.converters.registry.registry_converter import Language
from clickstream_embedded.connect.converters.registry.settings import registry_settings
from clickstream_embedded.connect.data import DATE, DECIMAL, TIMESTAMP, Field, Float32, JavaDate, Schema, Struct
from clickstream_embedded.connect.java_errors import ConfigError, DataError, JavaError
from clickstream_embedded.schemas.client import Registered

STRING = Schema("string", True)
INNER = Schema("struct", name="shop.Item", optional=True, fields=(Field("sku", Schema("string")),))
ORDER = Schema(
    "struct", name="shop.Order",
    fields=(
        Field("id", Schema("int64")), Field("small", Schema("int8")), Field("count", Schema("int32", default=1)),
        Field("ratio", Schema("float32")), Field("price", Schema("bytes", name=DECIMAL, version=1, parameters={"scale": "2"})),
        Field("day", Schema("int32", name=DATE, version=1)), Field("at", Schema("int64", name=TIMESTAMP, version=1)),
        Field("note", STRING), Field("item", INNER), Field("tags", Schema("array", values=Schema("string"))),
        Field("sizes", Schema("map", keys=Schema("string"), values=Schema("int32"))),
        Field("ok", Schema("boolean")), Field("raw", Schema("bytes")),
    ),
)  # fmt: skip
VALUES: dict[str, Any] = {
    "id": 1 << 40, "small": -3, "count": 7, "ratio": Float32(0.1), "price": Decimal("12.50"),
    "day": JavaDate(86_400_000 * 19_000), "at": JavaDate(1_700_000_000_123), "note": None,
    "item": Struct(INNER, {"sku": "x"}), "tags": ["a", "b"], "sizes": {"s": 1}, "ok": True, "raw": b"\0\xff",
}  # fmt: skip
LANGUAGES: tuple[Language, ...] = (Avro(meta=True), JsonSchema(numeric_decimals=False), Protobuf())


def plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return {name: plain(each) for name, each in value.values.items() if each is not None}
    return value


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.words.kind)
def test_a_record_comes_back_as_it_went(language: Language) -> None:
    described = language.described(ORDER)
    registered = Registered(1, language.words.kind, described.text)
    data = language.writer(ORDER, registered)(Struct(ORDER, VALUES))
    assert data is not None
    schema, value = language.reader(registered)(data)
    # Protobuf has no null of a text: it comes back as the default
    lost = {"note": ""} if language.words.kind == "PROTOBUF" else {}
    assert plain(value) == plain(Struct(ORDER, VALUES)) | lost
    assert schema is not None
    wanted = [
        (each.name, each.schema.type, each.schema.name) for each in ORDER.fields if each.name not in ("item", "sizes")
    ]
    found = [
        (each.name, each.schema.type, each.schema.name) for each in schema.fields if each.name not in ("item", "sizes")
    ]
    assert found == wanted


def test_avro_keeps_all_of_connects_schema() -> None:
    language = Avro(meta=True)
    described = language.described(ORDER)
    assert described.record == "shop.Order"
    tree = json.loads(described.text)
    fields = {each["name"]: each for each in tree["fields"]}
    assert fields["small"]["type"] == {"type": "int", "connect.type": "int8"}
    assert fields["count"] == {"name": "count", "type": {"type": "int", "connect.default": 1}, "default": 1}
    assert fields["price"]["type"] == {
        "type": "bytes", "scale": 2, "precision": 64, "connect.version": 1, "connect.parameters": {"scale": "2"},
        "connect.name": DECIMAL, "logicalType": "decimal",
    }  # fmt: skip
    assert fields["note"] == {"name": "note", "type": ["null", "string"], "default": None}
    assert fields["item"]["type"][1]["name"] == "Item"
    assert "namespace" not in fields["item"]["type"][1]
    schema, _ = language.reader(Registered(1, "AVRO", described.text))(
        language.writer(ORDER, Registered(1, "AVRO", described.text))(Struct(ORDER, VALUES)) or b""
    )
    assert schema == ORDER


def test_avro_has_values_without_a_schema() -> None:
    language = Avro(meta=True)
    registered = Registered(1, "AVRO", language.described(None).text)
    value = {"a": [1, 2.5, None], "b": {"c": True}}
    assert language.reader(registered)(language.writer(None, registered)(value) or b"") == (None, value)


def test_avro_reads_unions_enums_and_defaults_of_others() -> None:
    text = json.dumps({
        "type": "record", "name": "R", "namespace": "n", "doc": "about", "fields": [
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
            {"name": "either", "type": ["null", "string", "long"]},
            {"name": "count", "type": "int", "default": 5},
        ],
    })  # fmt: skip
    schema, value = Avro(meta=True).reader(Registered(1, "AVRO", text))(b"\x02\x04\x06\x04")
    assert isinstance(value, Struct)
    assert value.values["kind"] == "B"
    assert value.values["either"].values == {"long": 3}
    assert value.values["count"] == 2
    assert schema is not None
    assert schema.parameters == {"io.confluent.connect.avro.record.doc": "about"}
    assert [each.schema.default for each in schema.fields] == [None, None, 5]


def test_json_schema_is_that_of_the_real_converter() -> None:
    schema = Schema("struct", fields=(Field("a", Schema("int32")), Field("b", STRING)))
    assert json.loads(JsonSchema(numeric_decimals=False).described(schema).text) == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "connect.type": "int32", "connect.index": 0},
            "b": {"oneOf": [{"type": "null"}, {"type": "string"}], "connect.index": 1},
        },
    }


def test_what_a_language_cannot_have_is_refused_in_the_real_words() -> None:
    bad = Schema("struct", fields=(Field("a-b", STRING),))
    with pytest.raises(JavaError, match="Illegal character in: a-b"):
        Avro(meta=True).described(bad)
    with pytest.raises(JavaError, match="Unsupported root schema of type STRING"):
        Protobuf().described(STRING)
    with pytest.raises(DataError, match="Found null value for non-optional schema"):
        Avro(meta=True).writer(ORDER, Registered(1, "AVRO", Avro(meta=True).described(ORDER).text))(Struct(ORDER, {}))


def test_settings_are_honoured_or_refused() -> None:
    with pytest.raises(ConfigError) as told:
        converter.make("io.confluent.connect.avro.AvroConverter", {})
    assert told.value.line == (
        "org.apache.kafka.common.config.ConfigException: "
        'Missing required configuration "schema.registry.url" which has no default value.'
    )
    url = {"schema.registry.url": "http://a:1,http://b:2"}
    assert registry_settings(url, is_key=False).url == "http://a:1"
    user = {"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "me:pw"}
    assert registry_settings(url | user, is_key=False).url == "http://me:pw@a:1"
    name = "io.confluent.kafka.serializers.subject.RecordNameStrategy"
    assert registry_settings(url | {"key.subject.name.strategy": name}, is_key=True).strategy == "RecordNameStrategy"
    for wrong in ({"auto.register.schemas": "maybe"}, {"enhanced.avro.schema.support": "true"},
                  {"value.subject.name.strategy": "Nope"}):  # fmt: skip
        with pytest.raises(ConfigError):
            registry_settings(url | wrong, is_key=False)
