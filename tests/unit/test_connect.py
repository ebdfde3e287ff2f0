"""Generated records, transforms, converters and the validation of the embedded Connect worker."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest

from clickstream_embedded.connect.config import overrides
from clickstream_embedded.connect.config.catalog import DATAGEN, ELASTICSEARCH, find_connector, full_name
from clickstream_embedded.connect.config.validation import validate
from clickstream_embedded.connect.converters.json_converter import JsonConverter
from clickstream_embedded.connect.converters.primitives import NumberConverter
from clickstream_embedded.connect.converters.string_converter import StringConverter
from clickstream_embedded.connect.data import Field, Float32, Schema, Struct, java_text
from clickstream_embedded.connect.datagen.avro_generator import generator
from clickstream_embedded.connect.datagen.avro_schema import SchemaError, connect_schema, connect_value
from clickstream_embedded.connect.datagen.quickstarts import QUICKSTARTS
from clickstream_embedded.connect.datagen.source import DatagenSource
from clickstream_embedded.connect.elasticsearch_sink.documents import document_id
from clickstream_embedded.connect.java_dates import formatted, parsed
from clickstream_embedded.connect.java_errors import ConfigError, DataError, JavaError
from clickstream_embedded.connect.rest.java_json import Body
from clickstream_embedded.connect.transforms.chain import apply, chain
from clickstream_embedded.connect.transforms.record import ConnectRecord
from clickstream_embedded.connect.worker.refusal import RequestRefused
from clickstream_embedded.connect.worker.sink_offsets import Malformed, checked
from clickstream_pipeline.sinks import sink_config

KAFKA = "org.apache.kafka.connect.transforms."


def schema(*fields: tuple[str, Any]) -> str:
    return json.dumps(
        {"type": "record", "name": "r", "fields": [{"name": name, "type": kind} for name, kind in fields]}
    )


def take(text: str, count: int = 50, done: int = 0) -> list[dict[str, Any]]:
    return list(itertools.islice(generator(text, random.Random(1), done), count))


def test_arg_properties_steer_the_values() -> None:
    text = schema(
        ("n", {"type": "int", "arg.properties": {"iteration": {"start": 1, "step": 10, "restart": 31}}}),
        ("b", {"type": "boolean", "arg.properties": {"iteration": {"start": True}}}),
        ("t", {"type": "string", "arg.properties": {"iteration": {"start": 0}}}),
        ("o", {"type": "string", "arg.properties": {"options": ["a", "b"], "prefix": "<", "suffix": ">"}}),
        ("r", {"type": "long", "arg.properties": {"range": {"min": 5, "max": 7}}}),
        ("x", {"type": "string", "arg.properties": {"regex": "User_[1-9]"}}),
        ("l", {"type": "string", "arg.properties": {"length": 4}}),
        ("a", {"type": {"type": "array", "items": "boolean"}, "arg.properties": {"length": {"min": 1, "max": 2}}}),
        ("m", {"type": "map", "values": "int", "arg.properties": {"length": 1, "keys": {"options": ["k1", "k2"]}}}),
        ("u", ["null", "double"]),
        ("e", {"type": "enum", "name": "E", "symbols": ["S"]}),
    )
    found = take(text)
    assert [value["n"] for value in found[:4]] == [1, 11, 21, 1]
    assert [value["b"] for value in found[:3]] == [True, False, True]
    assert [value["t"] for value in found[:3]] == ["0", "1", "2"]
    assert {value["o"] for value in found} == {"<a>", "<b>"}
    assert {value["r"] for value in found} == {5, 6}  # up to below the maximum
    assert all(re.fullmatch("User_[1-9]", value["x"]) for value in found)
    assert all(len(value["l"]) == 4 and len(value["a"]) == 1 and value["e"] == "S" for value in found)
    assert {key for value in found for key in value["m"]} == {"k1", "k2"}
    assert {type(value["u"]) for value in found} == {float, type(None)}
    assert found == take(text)  # the seed decides
    assert [value["n"] for value in take(text, 2, done=2)] == [21, 1]  # and a restart goes on


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "parse"), ('{"type": "int"}', "record"), (schema(("a", "nope")), "parse"),
        (schema(("a", {"type": "int", "arg.properties": {"range": {"min": 2, "max": 1}}})), "empty"),
        (schema(("a", {"type": "int", "arg.properties": {"magic": 1}})), "magic"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_is_said(text: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        take(text)


@pytest.mark.parametrize("name", sorted(QUICKSTARTS))
def test_every_quickstart_fits_its_schema(name: str) -> None:
    chosen = QUICKSTARTS[name]
    for value in itertools.islice(chosen.records(random.Random(3), 0), 20):
        assert set(value) == {field.name for field in chosen.schema.fields}
        assert chosen.key_field in value
        assert JsonConverter(schemas_enable=True).to_bytes("t", chosen.schema, connect_value(chosen.schema, value))


async def test_the_key_of_a_generated_record_has_the_type_of_its_field() -> None:
    for name, kind in (("clickstream_codes", "int32"), ("pageviews", "int64"), ("users", "string")):
        source = DatagenSource({"kafka.topic": "t", "quickstart": name, "max.interval": "0"}, 0, {})
        made = await anext(source.records())
        assert made.record.key_schema is not None
        assert made.record.key_schema.type == kind
        assert made.record.key == made.record.value.get(QUICKSTARTS[name].key_field)


def config(*transforms: dict[str, str]) -> dict[str, str]:
    made = {"transforms": ",".join(f"t{n}" for n in range(len(transforms)))}
    for number, settings in enumerate(transforms):
        made |= {f"transforms.t{number}.{name}": value for name, value in settings.items()}
    return made


def run(record: ConnectRecord, *transforms: dict[str, str], **more: str) -> ConnectRecord | None:
    return apply(chain({**config(*transforms), **more}, full_name), record)


AT = 1_700_000_000_000
RECORD = ConnectRecord("t-1", 1, 7, AT, None, {"id": 5}, None, {"a": 1, "b": "x", "at": AT}, (("h", None, "v"),))


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        ({"type": f"{KAFKA}InsertField$Value", "topic.field": "from", "static.field": "s!", "static.value": "v"},
         {**RECORD.value, "from": "t-1", "s": "v"}),
        ({"type": f"{KAFKA}ReplaceField$Value", "exclude": "a", "renames": "b:c"}, {"c": "x", "at": AT}),
        ({"type": f"{KAFKA}MaskField$Value", "fields": "a,b"}, {"a": 0, "b": "", "at": AT}),
        ({"type": f"{KAFKA}MaskField$Value", "fields": "a", "replacement": "9"}, {"a": 9, "b": "x", "at": AT}),
        ({"type": f"{KAFKA}ExtractField$Value", "field": "b"}, "x"),
        ({"type": f"{KAFKA}HoistField$Value", "field": "w"}, {"w": RECORD.value}),
        ({"type": f"{KAFKA}Cast$Value", "spec": "a:string,at:int8"}, {"a": "1", "b": "x", "at": 0}),
        ({"type": f"{KAFKA}TimestampConverter$Value", "field": "at", "target.type": "string",
          "format": "yyyy-MM-dd'T'HH:mm:ss"}, {**RECORD.value, "at": "2023-11-14T22:13:20"}),
        ({"type": f"{KAFKA}TimestampConverter$Value", "field": "at", "target.type": "unix",
          "unix.precision": "milliseconds"}, RECORD.value),
    ],
)  # fmt: skip
def test_transforms_change_values(settings: dict[str, str], value: Any) -> None:
    changed = run(RECORD, settings)
    assert changed is not None
    assert changed.value == value


def test_transforms_of_topics_keys_and_headers() -> None:
    changed = run(
        RECORD,
        {"type": f"{KAFKA}RegexRouter", "regex": "t-(.*)", "replacement": "u-$1"},
        {"type": f"{KAFKA}TimestampRouter"},
        {"type": f"{KAFKA}ValueToKey", "fields": "b"},
        {"type": f"{KAFKA}ExtractField$Key", "field": "b"},
        {"type": f"{KAFKA}HeaderFrom$Value", "fields": "a", "headers": "from", "operation": "move"},
        {"type": f"{KAFKA}InsertHeader", "header": "n", "value.literal": "12"},
        {"type": f"{KAFKA}DropHeaders", "headers": "h"},
    )
    assert changed is not None
    assert (changed.topic, changed.key, changed.value) == ("u-1-20231114", "x", {"b": "x", "at": AT})
    assert [(name, value) for name, _, value in changed.headers] == [("from", 1), ("n", 12)]


def test_flatten_names_what_lies_within() -> None:
    nested = replace(RECORD, value={"o": {"p": {"q": 1}, "r": [1]}, "n": None})
    changed = run(nested, {"type": f"{KAFKA}Flatten$Value", "delimiter": "_"})
    assert changed is not None
    assert changed.value == {"o_p_q": 1, "o_r": [1], "n": None}


@pytest.mark.parametrize(
    ("kind", "settings", "dropped"),
    [
        ("TopicNameMatches", {"pattern": "t-.*"}, True), ("TopicNameMatches", {"pattern": "t"}, False),
        ("HasHeaderKey", {"name": "h"}, True), ("RecordIsTombstone", {}, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("negated", [False, True])
def test_a_filter_obeys_its_predicate(kind: str, settings: dict[str, str], dropped: bool, negated: bool) -> None:
    predicate = {"type": f"{KAFKA}predicates.{kind}", **settings}
    more = {"predicates": "p", **{f"predicates.p.{name}": value for name, value in predicate.items()}}
    made = {"type": f"{KAFKA}Filter", "predicate": "p", "negate": str(negated).lower()}
    assert (run(RECORD, made, **more) is None) == (dropped != negated)


def test_the_tutorial_s_null_filter_drops_tombstones() -> None:
    made = {"type": "io.confluent.transforms.NullFilter"}
    assert run(RECORD, made) == RECORD
    assert run(replace(RECORD, value=None), made) is None
    plugin = find_connector(ELASTICSEARCH)
    assert plugin is not None
    more = {"transforms": "f", "transforms.f.type": made["type"]}
    assert validate(plugin, {**SINK, **more}, "connect").errors == []


def test_a_transform_says_what_does_not_fit_it() -> None:
    plain = replace(RECORD, value="text")
    with pytest.raises(DataError, match=r"Only Map objects supported .* found: java.lang.String"):
        run(plain, {"type": f"{KAFKA}MaskField$Value", "fields": "a"})
    with pytest.raises(JavaError, match="Unknown configuration 'predicates.q.type'"):
        run(plain, {"type": f"{KAFKA}Filter", "predicate": "q"})
    with pytest.raises(DataError, match="was out of range for requested data type"):
        run(plain, {"type": f"{KAFKA}Cast$Value", "spec": "int32"})


STRUCT = Schema("struct", name="s", fields=(Field("id", Schema("int32")), Field("name", Schema("string", True))))


def test_the_json_converter_writes_and_demands_the_envelope() -> None:
    value = Struct(STRUCT, {"id": 1, "name": None})
    data = JsonConverter().to_bytes("t", STRUCT, value)
    assert data is not None
    assert json.loads(data) == {
        "schema": {
            "type": "struct", "optional": False, "name": "s",
            "fields": [{"type": "int32", "optional": False, "field": "id"},
                       {"type": "string", "optional": True, "field": "name"}],
        },
        "payload": {"id": 1, "name": None},
    }  # fmt: skip
    assert JsonConverter().from_bytes("t", data) == (STRUCT, value)
    assert JsonConverter(schemas_enable=False).from_bytes("t", b'{"a": [1, 2.5, null]}') == (
        None,
        {"a": [1, 2.5, None]},
    )
    with pytest.raises(DataError, match='requires "schema" and "payload" fields'):
        JsonConverter().from_bytes("t", b'{"id": 1}')
    with pytest.raises(DataError, match="Converting byte"):
        JsonConverter(schemas_enable=False).from_bytes("t", b"{no")


def test_converters_of_texts_and_numbers_use_java_words() -> None:
    assert StringConverter().to_bytes("t", None, {"a": 1, "b": [True, None]}) == b"{a=1, b=[true, null]}"
    assert NumberConverter("int32").from_bytes("t", b"\0\0\0\5")[1] == 5
    with pytest.raises(DataError, match="Failed to deserialize integer"):
        NumberConverter("int32").from_bytes("t", b"\0\0\5")
    with pytest.raises(DataError, match="Failed to serialize to long"):
        NumberConverter("int64").to_bytes("t", Schema("string"), "x")
    texts = [java_text(each) for each in (1e7, 1.0, 1e-4, 123456.789, Float32(0.1), float("nan"), -0.0)]
    assert texts == ["1.0E7", "1.0", "1.0E-4", "123456.789", "0.1", "NaN", "-0.0"]


def test_dates_follow_simple_date_format() -> None:
    assert formatted(AT, "yyyy-MM-dd HH:mm:ss.SSS 'o''clock' EEE a X") == "2023-11-14 22:13:20.000 o'clock Tue PM Z"
    assert parsed("2023-11-14 22:13:20 rest", "yyyy-MM-dd HH:mm:ss") == AT
    assert parsed("14 Nov 23 +0100", "dd MMM yy Z") == 1_699_916_400_000
    with pytest.raises(ValueError, match="nonsense"):
        parsed("nonsense", "yyyy")


def test_a_key_that_is_no_id_is_refused() -> None:
    assert document_id(None, 5) == "5"
    with pytest.raises(JavaError, match="Key is used as document id and can not be null"):
        document_id(None, None)
    with pytest.raises(DataError, match="MAP is not supported as the document id"):
        document_id(None, {"a": 1})


SOURCE = {"name": "d", "connector.class": DATAGEN, "kafka.topic": "t", "quickstart": "users"}
SINK = {
    "name": "s",
    "connector.class": ELASTICSEARCH,
    "topics": "t",
    "connection.url": "http://h:1",
    "type.name": "_doc",
}


@pytest.mark.parametrize(
    ("given", "setting", "words"),
    [
        ({**SOURCE, "tasks.max": "0"}, "tasks.max", "Value must be at least 1"),
        ({**SOURCE, "errors.tolerance": "foo"}, "errors.tolerance", "String must be one of: none, all"),
        ({**SOURCE, "quickstart": "nope"}, "quickstart", "quickstart must be one out of"),
        ({**SOURCE, "schema.string": schema(("a", "int"))}, "quickstart", "Must set exactly one of"),
        ({**SOURCE, "quickstart": "", "schema.string": schema(("a", "int")), "schema.keyfield": "b"}, "schema.keyfield",
         "does not contain the key field 'b'"),
        ({**SINK, "batch.size": "0"}, "batch.size", "Value must be at least 1"),
        ({**SINK, "write.method": "merge"}, "write.method", "String must be one of: insert, upsert"),
        ({**SINK, "topics.regex": "a.*"}, "topics.regex", "mutually exclusive"),
        ({**SINK, "connection.url": "nonsense"}, "connection.url", "not a valid url"),
        ({**SINK, "transforms": "m", "transforms.m.type": f"{KAFKA}MaskField$Value"}, "transforms.m.fields",
         "Missing required configuration"),
        ({**SINK, "value.converter": "JsonConverter", "value.converter.schemas.enable": "x"},
         "value.converter.schemas.enable", "Expected value to be either true or false"),
    ],
)  # fmt: skip
def test_validation_names_the_setting(given: dict[str, str], setting: str, words: str) -> None:
    plugin = find_connector(given["connector.class"])
    assert plugin is not None
    assert validate(plugin, SOURCE if plugin.kind == "source" else SINK, "connect").errors == []
    found = {value.name: value.errors for _, value in validate(plugin, given, "connect").configs if value.errors}
    assert words in found[setting][0]


def test_an_avro_schema_becomes_a_connect_schema() -> None:
    made = connect_schema(json.loads(schema(("u", ["null", "long"]), ("m", {"type": "map", "values": "double"}))), {})
    assert [field.schema.type for field in made.fields] == ["int64", "map"]
    assert made.fields[0].schema.optional


def test_a_slow_index_fails_no_sink_for_good() -> None:
    config = sink_config("EVENTS_PER_MIN", "http://127.0.0.1:9200/")
    assert int(config["read.timeout.ms"]) >= 30_000
    assert int(config["connection.timeout.ms"]) >= 10_000
    assert int(config["max.retries"]) >= 10


def test_overrides_are_read_by_the_types_of_the_clients_settings() -> None:
    given = {"consumer.override.auto.offset.reset": "never", "consumer.override.session.timeout.ms": " 7 ",
             "consumer.override.foo": "x", "consumer.override.group.id": "g"}  # fmt: skip
    found = [(None if key is None else key.type, value.value) for key, value in overrides.check("sink", given)]
    assert found == [(None, "x"), ("STRING", "g"), ("INT", "7"), ("STRING", "never")]
    for name, value, why in (
        ("producer.override.linger.ms", "x", "Not a number of type LONG"),
        ("producer.override.partitioner.class", "x", "Class x could not be found."),
    ):
        with pytest.raises(ConfigError, match=why):
            overrides.check("source", {name: value})


@pytest.mark.parametrize(("value", "shown"), [(None, "null"), (True, "true"), ("x", "x")])
def test_an_offset_that_is_no_number_is_told_in_javas_words(value: object, shown: str) -> None:
    pair = {"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": value}}
    with pytest.raises(Malformed, match=f"offsets: '{shown}'"):
        checked([pair])


def test_overrides_come_in_the_order_of_javas_maps_with_kafkas_documentation() -> None:
    # the order that the real worker answered with
    wanted = ["nope", "compression.type", "retries", "batch.size", "max.block.ms", "acks", "buffer.memory", "client.id",
              "linger.ms"]  # fmt: skip
    given = {f"producer.override.{name}": "1" for name in sorted(wanted)}
    rest = dict.fromkeys(("name", "connector.class", "topics", "file", "errors.deadletterqueue.topic.name"), "x")
    found = overrides.check("sink", {**given, **rest})
    assert [value.name.removeprefix("producer.override.") for _, value in found] == wanted
    assert all(key is None or len(key.documentation) > 50 for key, _ in found)


_PLACE = "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1"


@pytest.mark.parametrize(("text", "told", "column"), [
    ('{"a":', "Unexpected end-of-input within/between Object entries", 6),
    ('{"a":[1,', "Unexpected end-of-input within/between Array entries", 9),
    ('{"a":"b"', "Unexpected end-of-input: expected close marker for Object", 9),
    ("nope}", "Unrecognized token 'nope': was expecting", 6), ("nope", "Unrecognized token 'nope': was expecting", 5),
    ("-x", "in numeric value: expected digit (0-9) to follow minus sign", 3), ("1x", "Expected space separating", 3),
    (r'{"a":"\q"}', "Unrecognized character escape 'q' (code 113)", 9),
    ('{"a":"\n"}', "Illegal unquoted character ((CTRL-CHAR, code 10))", 8), ("{} {}", "Trailing token (of type START_OBJECT)", 4),
    ("{} 1.5", "Trailing token (of type VALUE_NUMBER_FLOAT)", 4), ("{} x", "Unrecognized token 'x'", 5),
    ("{} ]", "Unexpected close marker ']': expected '}' (for root starting at [Source: REDACTED", 5),
])  # fmt: skip
def test_a_body_that_is_no_json_is_refused_as_jackson_does(text: str, told: str, column: int) -> None:
    def read() -> None:
        body = Body(text.encode())
        node = body.parsed()
        assert node is not None
        body.check_end(node, "java.util.Map")

    with pytest.raises(RequestRefused) as refused:
        read()
    assert told in refused.value.message
    assert f"{_PLACE}, column: {column}]" in refused.value.message.splitlines()[-1]
