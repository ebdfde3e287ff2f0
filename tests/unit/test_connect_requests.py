"""Requests to the Connect worker in the words of the real one: bodies, patterns, numbers, what may be overridden."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.connect.config import overrides
from clickstream_embedded.connect.config.catalog import find_connector
from clickstream_embedded.connect.config.validation import Validation, validate
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.java_hashes import hash_order
from clickstream_embedded.connect.java_regex import BadPattern, compiled
from clickstream_embedded.connect.rest.java_json import Body, strings
from clickstream_embedded.connect.worker.refusal import RequestRefused
from clickstream_embedded.connect.worker.sink_offsets import Malformed, checked

SOURCE = {"name": "c", "connector.class": "FileStreamSource", "topic": "t", "file": "f"}
SINK = {"name": "c", "connector.class": "FileStreamSink", "topics": "t", "file": "f"}


def validation(config: dict[str, Any]) -> Validation:
    plugin = find_connector(config["connector.class"])
    assert plugin is not None
    return validate(plugin, config, "connect")


def errors(config: dict[str, Any], setting: str) -> list[str]:
    return next(value.errors for _, value in validation(config).configs if value.name == setting)


@pytest.mark.parametrize(
    ("text", "told", "column"),
    [
        ('{"a": 01}', "Invalid numeric value: Leading zeroes not allowed", 8),
        ('{"a": NaN}', "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", 10),
        ('{"a": -Infinity}', "Non-standard token '-Infinity': enable", 16),
        ('{"a": 1.}', "in numeric value: Decimal point not followed by a digit", 10),
        ('{"a": 1e}', "in numeric value: Exponent indicator not followed by a digit", 10),
        ('{"a" /* x */: 1}', "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS'", 7),
        ("// x", "maybe a (non-standard) comment?", 2),
    ],
)  # fmt: skip
def test_odd_json_is_refused_as_jackson_does(text: str, told: str, column: int) -> None:
    with pytest.raises(RequestRefused) as refused:
        Body(text.encode()).parsed()
    assert told in refused.value.message
    assert refused.value.message.endswith(f"column: {column}]")


def test_a_mark_of_the_order_of_bytes_is_passed_over() -> None:
    body = Body(b"\xef\xbb\xbf{}")
    node = body.parsed()
    assert node is not None
    assert node.kind == "object"
    assert "column: 6]" in body.at(2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7", "from Integer value (token `JsonToken.VALUE_NUMBER_INT`)"),
        ("7.5", "from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)"),
        ("false", "from Boolean value (token `JsonToken.VALUE_FALSE`)"),
        ('"x"', "no String-argument constructor/factory method to deserialize from String value ('x')"),
    ],
)
def test_what_is_no_map_is_refused_as_jackson_does(text: str, told: str) -> None:
    body = Body(text.encode())
    node = body.parsed()
    assert node is not None
    with pytest.raises(RequestRefused) as refused:
        strings(body, node)
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("a{2,1}", "Illegal repetition range near index 5\na{2,1}\n     ^"), ("{x}", "Illegal repetition near index 1\n{x}\n ^"),
        ("night{", "Illegal repetition near index 6\nnight{"), ("a{2", "Unclosed counted closure near index 3\na{2"),
        ("(?<1a>x)", "capturing group name does not start with a Latin letter near index 3\n(?<1a>x)\n   ^"),
        ("(?<a>x)(?<a>y)", "Named capturing group <a> is already defined near index 11"),
        ("(?P<a>x)", "Unknown inline modifier near index 2"), ("\\y", "Illegal/unsupported escape sequence near index 1"),
        ("\\p{Nope}", "Unknown character property name {Nope} near index 7"), ("(", "Unclosed group near index 1\n("),
        ("\\k<n>", "named capturing group <n> does not exist near index 4"), ("[a", "Unclosed character class near index 1"),
        ("[a-", "Illegal character range near index 3\n[a-"), ("[z-a]", "Illegal character range near index 3\n[z-a]\n   ^"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_is_told_in_javas_words(pattern: str, told: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compiled(pattern)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("[a-z&&[^b]]+", "ac", True), ("[a-z&&[^b]]+", "abc", False), ("\\p{Lu}+", "\u00c4", True),
        ("a\\h+b", "a \tb", True), ("\\Qa{\\E", "a{", True), ("[\\p{L}&&[^x]]", "x", False), ("a*+b", "aab", True),
    ],
)  # fmt: skip
def test_patterns_match_as_javas(pattern: str, text: str, fits: bool) -> None:
    assert (compiled(pattern).fullmatch(text) is not None) is fits


@pytest.mark.parametrize("value", [" 1", "1 ", "1_0", 1.0, 1 << 63, "-9223372036854775809", "", "0x1"])
def test_an_offset_is_read_as_java_reads_a_long(value: object) -> None:
    pair = {"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": value}}
    with pytest.raises(Malformed, match="Offset values for sink connectors need to be integers"):
        checked([pair])


def test_a_partition_may_not_be_null_nor_too_large() -> None:
    def places(partition: object) -> Any:
        return checked([{"partition": {"kafka_topic": "t", "kafka_partition": partition}, "offset": None}])

    with pytest.raises(Malformed, match="Kafka partitions must be valid numbers and may not be null"):
        places(None)
    with pytest.raises(Malformed, match="Partition values for sink connectors need to be integers"):
        places(1 << 31)
    assert places("+7")[0].partition == 7


def test_exactly_once_asks_the_connector() -> None:
    worker = "This worker does not have exactly-once source support enabled."
    asked = {"exactly.once.support": "required"}
    assert errors({**SOURCE, **asked}, "exactly.once.support") == [worker]
    unsupported = "The connector does not support exactly-once semantics with the provided configuration."
    assert errors({**SOURCE, **asked, "file": ""}, "exactly.once.support") == [worker, unsupported]
    datagen = {"name": "c", "connector.class": "DatagenConnector", "kafka.topic": "t", "quickstart": "users", **asked}
    assert errors(datagen, "exactly.once.support")[1].startswith("The connector does not implement the API required")


def test_converters_are_listed_header_first_and_know_their_types() -> None:
    package = "org.apache.kafka.connect.converters."
    given = {"key.converter": f"{package}LongConverter", "value.converter": f"{package}DoubleConverter",
             "header.converter": "org.apache.kafka.connect.storage.StringConverter"}  # fmt: skip
    listed = [value.name for _, value in validation({**SINK, **given}).configs][21:]
    assert [name.split(".")[0] for name in dict.fromkeys(listed)] == ["header", "header", "key", "value"]
    wrong = {**SINK, **given, "value.converter.converter.type": "x"}
    assert errors(wrong, "value.converter.converter.type") == [
        "Invalid value x for configuration converter.type: String must be one of: key, value, header"
    ]


def test_a_source_with_offsets_of_its_own_has_three_clients() -> None:
    given = {f"{client}.override.retries": "1" for client in ("producer", "consumer", "admin")}
    assert [value.name.split(".")[0] for _, value in overrides.check("source", given)] == ["producer"]
    found = overrides.check("source", {**given, "offsets.storage.topic": "mine"})
    assert [value.name.split(".")[0] for _, value in found] == ["producer", "consumer", "admin"]


def test_overrides_may_be_null_but_not_nameless() -> None:
    found = overrides.check("sink", {"consumer.override.": "x"}, {"consumer.override.client.rack"})
    assert [(value.name, value.value) for _, value in found] == [("consumer.override.client.rack", None)]


def test_a_wrong_pattern_beside_a_dead_letter_queue_is_thrown() -> None:
    config = {**SINK, "topics": "", "topics.regex": "(", "errors.deadletterqueue.topic.name": "dead"}
    with pytest.raises(JavaError) as thrown:
        validation(config)
    assert thrown.value.line == "java.util.regex.PatternSyntaxException: Unclosed group near index 1\n("


def test_an_interface_is_no_transform() -> None:
    config = {**SOURCE, "transforms": "a", "transforms.a.type": "org.apache.kafka.connect.transforms.Transformation"}
    assert errors(config, "transforms.a.type") == ["This class is abstract and cannot be created."]
    assert errors({**SOURCE, "tasks.max": "\u0663"}, "tasks.max") == []


def test_keys_come_in_the_order_of_javas_maps() -> None:
    names = ["b", "c", "d", "a b", "5", "e", "f", "g", "k"]
    assert hash_order(names) == ["b", "a b", "c", "d", "5", "e", "f", "g", "k"]
    # as the real worker answered: a copy of a map that had held more of them
    grown = hash_order(names, held=13)
    assert hash_order(grown, copied=True) == ["b", "a b", "c", "d", "e", "5", "f", "g", "k"]
