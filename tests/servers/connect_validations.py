"""Configurations for `PUT /connector-plugins/NAME/config/validate`, right and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.exchanges import Exchange

_KAFKA = "org.apache.kafka.connect.transforms."
_SOURCE = {"connector.class": "FileStreamSource", "topic": "t1", "name": "v"}
_SINK = {"connector.class": "FileStreamSink", "topics": "t1", "name": "v", "file": "/tmp/x"}

_COMMON = (
    ("tasks.max", "0"), ("tasks.max", "x"), ("tasks.max", "-1"), ("tasks.max", " 3 "), ("tasks.max", "99999999999"),
    ("tasks.max", ""), ("tasks.max", None), ("tasks.max.enforce", "maybe"), ("errors.tolerance", "foo"),
    ("errors.tolerance", "ALL"), ("errors.retry.timeout", "-2"), ("errors.retry.delay.max.ms", "x"),
    ("errors.log.enable", "yes"), ("errors.log.enable", "TRUE"), ("config.action.reload", "later"),
    ("key.converter", "nope.Class"), ("key.converter", "JsonConverter"), ("header.converter", "StringConverter"),
    ("value.converter", "org.apache.kafka.connect.json.JsonConverter"), ("value.converter", "java.lang.String"),
    ("value.converter", "IntegerConverter"), ("key.converter", "SimpleHeaderConverter"), ("header.converter", "x"),
    ("topic.creation.groups", "a,b"), ("topic.creation.groups", "a,a"), ("exactly.once.support", "maybe"),
    ("exactly.once.support", "required"), ("transaction.boundary", "nope"), ("transaction.boundary", "connector"),
    ("batch.size", "x"), ("topic", ""), ("name", ""), ("name", "a/b"), ("name", "a\u0001b"), ("unknown", "x"),
    ("unknown", None), ("predicates", "p"), ("transforms", "t"), ("transforms", "t,t"), ("transforms", "a b"),
    ("transforms", ","), ("offsets.storage.topic", " "), ("connector.class", ""), ("connector.class", "FileStreamSink"),
)  # fmt: skip
_SINKS: tuple[dict[str, str], ...] = (
    {"topics.regex": "a.*"}, {"topics": "", "topics.regex": "["}, {"topics": "", "topics.regex": "a*(b"}, {"topics": ""},
    {"topics": " , "}, {"topics": "t1,t1"}, {"errors.deadletterqueue.topic.name": "t1"}, {"name": "nnect"},
    {"errors.deadletterqueue.topic.name": "dlq", "errors.deadletterqueue.topic.replication.factor": "x"},
    {"errors.deadletterqueue.topic.replication.factor": "0"},
    {"topics": "", "topics.regex": "d.*", "errors.deadletterqueue.topic.name": "dlq"},
    {"errors.deadletterqueue.context.headers.enable": "x"}, {"value.converter": "JsonConverter"},
    {"value.converter": "JsonConverter", "value.converter.schemas.enable": "x", "value.converter.decimal.format": "q"},
    {"predicates": "p,p"}, {"predicates": "p", "predicates.p.type": "nope"},
    {"predicates": "p", "predicates.p.type": "TopicNameMatches", "predicates.p.pattern": "*"},
    {"predicates": "p", "predicates.p.type": "HasHeaderKey", "predicates.p.name": ""},
    {"predicates": "p", "predicates.p.type": "RecordIsTombstone"}, {"consumer.override.max.poll.records": "abc"},
)  # fmt: skip
_TRANSFORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Cast$Value", {}), ("Cast$Value", {"spec": ""}), ("Cast$Value", {"spec": "a:int33"}), ("Cast", {}),
    ("Cast$Value", {"spec": "int32,a:int8"}), ("Cast$Value", {"spec": "a:b:c"}), ("Cast$Value", {"spec": "a:array"}),
    ("Cast$Key", {"spec": "a:bytes"}), ("Cast$Key", {"spec": "a:"}), ("Cast$Key", {"spec": "int32"}), ("DropHeaders", {}),
    ("DropHeaders", {"headers": ""}), ("ExtractField$Key", {}), ("ExtractField$Key", {"field": ""}),
    ("ExtractField$Value", {"field": "a", "field.syntax.version": "V3"}), ("Filter", {}), ("Filter", {"predicate": "q"}),
    ("Filter", {"negate": "x"}), ("Flatten$Key", {"delimiter": ""}), ("HeaderFrom$Value", {}),
    ("HeaderFrom$Value", {"fields": "a", "headers": "c", "operation": "nope"}),
    ("HeaderFrom$Key", {"fields": "", "headers": "", "operation": "copy"}), ("HoistField$Value", {}),
    ("InsertField$Value", {}), ("InsertField$Value", {"static.field": "a"}), ("InsertHeader", {}),
    ("InsertHeader", {"header": "", "value.literal": ""}), ("MaskField$Value", {}), ("MaskField$Value", {"fields": ""}),
    ("MaskField$Value", {"fields": "a", "replacement": ""}), ("RegexRouter", {"regex": "a", "replacement": ""}),
    ("RegexRouter", {"regex": "(", "replacement": "x"}), ("RegexRouter", {}), ("ReplaceField$Value", {"renames": "a"}),
    ("ReplaceField$Value", {"blacklist": "a"}), ("SetSchemaMetadata$Value", {"schema.version": "x"}),
    ("TimestampConverter$Value", {}), ("TimestampConverter$Value", {"target.type": "nope"}),
    ("TimestampConverter$Value", {"target.type": "string"}),
    ("TimestampConverter$Value", {"target.type": "unix", "unix.precision": "x"}), ("TimestampRouter", {}),
    ("ValueToKey", {}), ("ValueToKey", {"fields": "a", "replace.null.with.default": "q"}),
    ("predicates.RecordIsTombstone", {}), ("Nope", {}),
)  # fmt: skip


def _validate(name: str, config: Any) -> Exchange:
    return Exchange("validate", "PUT", f"/connector-plugins/{name}/config/validate", config)


def exchanges() -> Iterator[Exchange]:
    yield from (_validate("FileStreamSource", config) for config in ({}, _SOURCE, {"name": "v"}, {"topic": 5}, []))
    yield _validate("FileStreamSourceConnector", _SOURCE)
    yield _validate("org.apache.kafka.connect.file.FileStreamSourceConnector", _SOURCE)
    yield _validate("FileStreamSource", {**_SOURCE, "connector.class": "FileStreamSourceConnector"})
    yield from (_validate("FileStreamSource", {**_SOURCE, name: value}) for name, value in _COMMON)
    yield from (_validate("FileStreamSink", {**_SINK, **more}) for more in _SINKS)
    for kind, settings in _TRANSFORMS:
        more = {f"transforms.r.{name}": value for name, value in {"type": _KAFKA + kind, **settings}.items()}
        yield _validate("FileStreamSink", {**_SINK, "transforms": "r", **more})
