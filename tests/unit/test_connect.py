"""Generated records and transforms of the embedded Connect worker."""

from __future__ import annotations

import itertools
import json
import random
import re
from typing import Any

import pytest

from clickstream_embedded.connect.plugins import DATAGEN, PLUGINS, errors
from clickstream_embedded.connect.schemas import SchemaError, generator
from clickstream_embedded.connect.transforms import SinkRecord, TransformError, apply, chain

KAFKA = "org.apache.kafka.connect.transforms."


def schema(*fields: tuple[str, Any]) -> str:
    return json.dumps(
        {"type": "record", "name": "r", "fields": [{"name": name, "type": kind} for name, kind in fields]}
    )


def take(text: str, count: int = 50, key: str = "") -> list[tuple[Any, dict[str, Any]]]:
    return list(itertools.islice(generator(text, random.Random(1), key), count))


def test_arg_properties_steer_the_values() -> None:
    text = schema(
        ("n", {"type": "int", "arg.properties": {"iteration": {"start": 1, "step": 10, "restart": 31}}}),
        ("o", {"type": "string", "arg.properties": {"options": ["a", "b"]}}),
        ("r", {"type": "long", "arg.properties": {"range": {"min": 5, "max": 7}}}),
        ("x", {"type": "string", "arg.properties": {"regex": "User_[1-9]"}}),
        ("l", {"type": "string", "arg.properties": {"length": 4}}),
        ("a", {"type": {"type": "array", "items": "boolean"}, "arg.properties": {"length": {"min": 1, "max": 2}}}),
        ("u", ["null", "double"]),
        ("e", {"type": "enum", "name": "E", "symbols": ["S"]}),
    )
    found = take(text, key="x")
    assert [value["n"] for _, value in found[:4]] == [1, 11, 21, 1]
    assert {value["o"] for _, value in found} == {"a", "b"}
    assert {value["r"] for _, value in found} == {5, 6, 7}
    assert all(re.fullmatch("User_[1-9]", key) and key == value["x"] for key, value in found)
    assert all(len(value["l"]) == 4 and len(value["a"]) in (1, 2) and value["e"] == "S" for _, value in found)
    assert {type(value["u"]) for _, value in found} == {float, type(None)}
    assert found == take(text, key="x")  # the seed decides


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "parse"), ('{"type": "int"}', "record"), (schema(("a", "nope")), "nope"),
        (schema(("a", {"type": "int", "arg.properties": {"range": {"min": 2, "max": 1}}})), "empty"),
        (schema(("a", {"type": "int", "arg.properties": {"magic": 1}})), "magic"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_is_said(text: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        take(text)


def config(*transforms: dict[str, str]) -> dict[str, str]:
    made = {"transforms": ",".join(f"t{n}" for n in range(len(transforms)))}
    for number, settings in enumerate(transforms):
        made |= {f"transforms.t{number}.{name}": value for name, value in settings.items()}
    return made


RECORD = SinkRecord("t", 1, 7, 1_700_000_000_000, {"id": 5}, {"a": 1, "b": "x", "at": 1_700_000_000_000})


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        ({"type": f"{KAFKA}InsertField$Value", "topic.field": "from", "static.field": "s", "static.value": "v"},
         {**RECORD.value, "from": "t", "s": "v"}),
        ({"type": f"{KAFKA}ReplaceField$Value", "exclude": "a", "renames": "b:c"}, {"c": "x", "at": RECORD.value["at"]}),
        ({"type": f"{KAFKA}MaskField$Value", "fields": "a,b"}, {"a": 0, "b": "", "at": RECORD.value["at"]}),
        ({"type": f"{KAFKA}ExtractField$Value", "field": "b"}, "x"),
        ({"type": f"{KAFKA}TimestampConverter$Value", "field": "at", "target.type": "string", "format": "yyyy-MM-dd'T'HH:mm:ss"},
         {**RECORD.value, "at": "2023-11-14T22:13:20"}),
        ({"type": f"{KAFKA}TimestampConverter$Value", "field": "at", "target.type": "unix", "unix.precision": "milliseconds"},
         RECORD.value),
    ],
)  # fmt: skip
def test_transforms_change_values(settings: dict[str, str], value: Any) -> None:
    changed = apply(chain(config(settings)), RECORD)
    assert changed is not None
    assert changed.value == value


def test_transforms_follow_each_other_and_may_drop() -> None:
    both = chain(
        config({"type": f"{KAFKA}ExtractField$Key", "field": "id"}, {"type": "io.confluent.transforms.NullFilter"})
    )
    changed = apply(both, RECORD)
    assert changed is not None
    assert changed.key == 5
    assert apply(both, SinkRecord("t", 0, 0, 0, None, None)) is None
    with pytest.raises(TransformError, match="Only Map objects"):
        apply(chain(config({"type": f"{KAFKA}MaskField$Value", "fields": "a"})), SinkRecord("t", 0, 0, 0, None, "text"))


def test_validation_names_the_setting() -> None:
    good = {"name": "d", "connector.class": DATAGEN, "kafka.topic": "t", "schema.string": schema(("a", "int"))}
    assert errors(PLUGINS[DATAGEN], good) == {}
    assert "quickstart" in errors(PLUGINS[DATAGEN], {**good, "schema.string": ""})
    bad = {**good, "transforms": "m", "transforms.m.type": f"{KAFKA}MaskField$Value"}
    assert "transforms.m.type" in errors(PLUGINS[DATAGEN], bad)
