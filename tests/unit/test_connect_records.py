"""What becomes of records on their way: documents, JSON that is odd, lines of files, and stages that fail."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.connect.converters.json_converter import JsonConverter
from clickstream_embedded.connect.data import DATE, DECIMAL, Field, JavaDate, Schema, Struct
from clickstream_embedded.connect.elasticsearch_sink.preparation import prepared
from clickstream_embedded.connect.java_errors import DataError, JavaError
from clickstream_embedded.connect.tasks.conversion import Conversion
from clickstream_embedded.connect.tasks.file_stream import FileSource
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.transforms.record import ConnectRecord
from clickstream_embedded.connect.worker.worker_converters import worker_converters

PLAIN = JsonConverter(schemas_enable=False)
MONEY = Schema("bytes", name=DECIMAL, version=1, parameters={"scale": "2"})


def document(schema: Schema, value: Any, *, compact: bool) -> Any:
    data = PLAIN.to_bytes("t", *prepared(schema, value, compact=compact))
    assert data is not None
    return json.loads(data)


def test_a_document_has_decimals_as_numbers_and_maps_as_asked_for() -> None:
    by_name = Schema("map", keys=Schema("string"), values=MONEY)
    by_number = Schema("map", keys=Schema("int32"), values=Schema("string", optional=True))
    fields = (Field("price", MONEY), Field("names", by_name), Field("numbers", by_number),
              Field("list", Schema("array", values=MONEY)), Field("day", Schema("int32", name=DATE, version=1)),
              Field("level", Schema("int32", optional=True, default=3)))  # fmt: skip
    schema = Schema("struct", fields=fields)
    value = Struct(schema, {
        "price": Decimal("12.50"), "names": {"a": Decimal("0.10")}, "numbers": {7: None}, "list": [Decimal("1.00")],
        "day": JavaDate(86_400_000),
    })  # fmt: skip
    rest = {"price": 12.5, "numbers": [{"key": 7, "value": None}], "list": [1.0], "day": 1, "level": 3}
    assert document(schema, value, compact=True) == {**rest, "names": {"a": 0.1}}
    assert document(schema, value, compact=False) == {**rest, "names": [{"key": "a", "value": 0.1}]}


def test_a_null_that_may_not_be_is_refused() -> None:
    schema = Schema("struct", fields=(Field("a", Schema("int32")),))
    with pytest.raises(DataError, match="null value for field that is required and has no default value"):
        prepared(schema, Struct(schema, {}), compact=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": 1} x', {"a": 1}), ('{"a": 1}}', {"a": 1}), ("1 2", 1), (' "x"y', "x"), ("null z", None), ("", None),
     ("18446744073709551616", 0), ('{"a":1}{"a":2}', {"a": 1})],
)  # fmt: skip
def test_json_is_read_to_the_end_of_its_first_value(text: str, value: Any) -> None:
    assert PLAIN.from_bytes("t", text.encode()) == (None, value)


@pytest.mark.parametrize("text", ["1x", "truex", "NaN", '{"a": Infinity}', "[1", '{"a"}', "\x00"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="due to serialization error"):
        PLAIN.from_bytes("t", text.encode())


def test_an_empty_value_has_no_envelope() -> None:
    with pytest.raises(DataError, match='requires "schema" and "payload" fields'):
        JsonConverter().from_bytes("t", b"")
    assert JsonConverter().from_bytes("t", None) == (None, None)


BYTES = {"type": "bytes", "optional": True}
TO_NAME = {"type": "map", "keys": {"type": "int32"}, "values": {"type": "string"}}


@pytest.mark.parametrize(
    ("schema", "payload", "told"),
    [
        (BYTES, "%%%", "Invalid bytes field"), (BYTES, "abc", "Invalid bytes field"),
        ({**BYTES, "name": DECIMAL, "parameters": {"scale": "2"}}, "%", "Invalid bytes for Decimal field"),
        ({**BYTES, "name": DECIMAL, "parameters": {"scale": "2"}}, True,
         "Invalid type for Decimal, underlying representation should be numeric or bytes but was BOOLEAN"),
        (TO_NAME, [5], "Found invalid map entry instead of array tuple: NUMBER"),
        (TO_NAME, [[1, "a", 2]], "Found invalid map entry, expected length 2 but found :3"),
        ({"type": "int32", "name": DATE}, True,
         "Invalid type for Date, underlying representation should be integer but was BOOLEAN"),
        ({"type": "int32", "name": DATE}, 1 << 40,
         "Invalid type for Date, underlying representation should be integer but was NUMBER"),
    ],
)  # fmt: skip
def test_a_payload_that_does_not_fit_its_schema_is_told_in_the_real_words(
    schema: dict[str, Any], payload: Any, told: str
) -> None:
    with pytest.raises(DataError) as refused:
        JsonConverter().from_bytes("t", json.dumps({"schema": schema, "payload": payload}).encode())
    assert refused.value.message == told


def test_bytes_that_are_no_text_are_null_as_jackson_gives_them() -> None:
    data = json.dumps({"schema": BYTES, "payload": 5}).encode()
    assert JsonConverter().from_bytes("t", data)[1] is None


async def test_every_kind_of_line_end_ends_a_line(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"a\nb\r\nc\rd\r\re")
    source = FileSource({"file": str(file), "topic": "t"}, {}).records()
    found = [await anext(source) for _ in range(5)]
    assert [each.record.value for each in found] == ["a", "b", "c", "d", ""]
    assert [each.offset["position"] for each in found] == [2, 5, 7, 9, 10]
    assert all(each.record.timestamp for each in found)
    # whether this one is an end by itself is not known yet
    file.write_bytes(file.read_bytes() + b"\r")
    source = FileSource({"file": str(file), "topic": "t"}, {"position": 10}).records()
    file.write_bytes(file.read_bytes() + b"\nf\n")
    assert [(await anext(source)).record.value for _ in range(2)] == ["e", "f"]


class Letters(Tolerance):
    """Keeps what would go to the dead letter queue."""

    def __init__(self, **config: str) -> None:
        super().__init__("c", 0, {key.replace("_", "."): value for key, value in config.items()}, "")
        self.told: list[tuple[str, str, str]] = []

    def _report(self, message: Any, stage: str, class_name: str, error: JavaError) -> None:
        self.told.append((stage, class_name, error.java_class))


def conversion(letters: Letters, **config: str) -> Conversion:
    given = {key.replace("__", "."): value for key, value in config.items()}
    return Conversion(worker_converters({}).completed(given), letters)


def test_a_header_that_cannot_be_written_is_a_failed_record() -> None:
    record = ConnectRecord("t", None, None, None, None, None, Schema("string"), "v", (("h", Schema("string"), "x"),))
    converter = "org.apache.kafka.connect.converters.ByteArrayConverter"
    strict, lenient = Letters(), Letters(errors_tolerance="all")
    with pytest.raises(JavaError, match="Tolerance exceeded in error handler") as told:
        conversion(strict, header__converter=converter).of_source(record)
    assert told.value.cause is not None
    assert told.value.cause.message == "Invalid schema type for ByteArrayConverter: STRING"
    assert conversion(lenient, header__converter=converter).of_source(record) is None
    assert lenient.told == [("HEADER_CONVERTER", converter, "org.apache.kafka.connect.errors.DataException")]


def test_the_transform_that_failed_is_named() -> None:
    record = ConnectRecord("t", None, None, None, None, None, None, {"a": "x"})
    kafka = "org.apache.kafka.connect.transforms."
    letters = Letters(errors_tolerance="all")
    made = conversion(
        letters, transforms="h,c", transforms__h__type=f"{kafka}HoistField$Value", transforms__h__field="w",
        transforms__c__type=f"{kafka}Cast$Value", transforms__c__spec="int32",
    )  # fmt: skip
    assert made.of_source(record) is None
    assert [(stage, name) for stage, name, _ in letters.told] == [("TRANSFORMATION", f"{kafka}Cast$Value")]


def test_a_sink_that_reports_a_record_may_be_ended_by_it() -> None:
    failure = JavaError("refused")
    quiet = Letters()
    quiet.errant(None, "S", failure)  # nobody is told: nothing is asked of the configuration
    assert quiet.told == []
    for config in ({"errors_deadletterqueue_topic_name": "d"}, {"errors_log_enable": "true"}):
        letters = Letters(**config)
        with pytest.raises(JavaError, match="Tolerance exceeded in error handler"):
            letters.errant(None, "S", failure)
        tolerant = Letters(**config, errors_tolerance="all")
        tolerant.errant(None, "S", failure)
        assert [(stage, name) for stage, name, _ in letters.told + tolerant.told] == [("TASK_PUT", "S")] * 2


def test_the_workers_converters_come_from_the_images_variables() -> None:
    given = {
        "CONNECT_VALUE_CONVERTER": "AvroConverter", "CONNECT_VALUE_CONVERTER_AUTO_REGISTER_SCHEMAS": "false",
        "CONNECT_KEY_CONVERTER_CONVERTER_ENCODING": "latin-1", "CONNECT_GROUP_ID": "x", "PATH": "/",
    }  # fmt: skip
    converters = worker_converters(given, "http://registry:1")
    found = converters.completed({"name": "c", "value.converter.connect.meta.data": "false"})
    assert found == {
        "name": "c", "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "key.converter.converter.encoding": "latin-1", "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": "http://registry:1", "value.converter.auto.register.schemas": "false",
        "header.converter": "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    }  # fmt: skip
    named = {"value.converter": "StringConverter", "value.converter.x": "1"}
    assert converters.completed(named).items() >= named.items()
    assert "value.converter.schema.registry.url" not in converters.completed(named)
    assert worker_converters({}).completed({})["value.converter.schemas.enable"] == "false"
    with pytest.raises(JavaError, match=r"Invalid value x\.Y for configuration value\.converter: Class x\.Y could not"):
        worker_converters({"CONNECT_VALUE_CONVERTER": "x.Y"})
