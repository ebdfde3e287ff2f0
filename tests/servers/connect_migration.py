"""A worker that is moved and looked after: configurations copied from elsewhere, states, and what goes wrong on the way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.exchanges import Exchange

_FOLDER = Path(tempfile.gettempdir()) / "connect-requests"
_T = "org.apache.kafka.connect.transforms."
_P = f"{_T}predicates."
_SOURCE = {
    "connector.class": "FileStreamSource",
    "tasks.max": "1",
    "topic": "mig-in",
    "file": str(_FOLDER / "mig-none.txt"),
}
_SINK = {
    "connector.class": "FileStreamSink",
    "tasks.max": "2",
    "topics": "mig-in",
    "file": str(_FOLDER / "mig-out.txt"),
}
_JSON = "org.apache.kafka.connect.json.JsonConverter"
_STRING = "org.apache.kafka.connect.storage.StringConverter"


def _chain(**parts: dict[str, str]) -> dict[str, str]:
    made = {"transforms": ",".join(parts)}
    for alias, settings in parts.items():
        made |= {
            f"transforms.{alias}.{key}": (_T + value if key == "type" else value) for key, value in settings.items()
        }
    return made


_EXTRAS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("FileStreamSink", _chain(a={"type": "Flatten$Value"}, b={"type": "Cast$Value", "spec": "a_b:string"}, c={"type": "ValueToKey", "fields": "id"})),
    ("FileStreamSink", _chain(a={"type": "InsertField$Value", "topic.field": "t", "partition.field": "p", "offset.field": "o?", "static.field": "s", "static.value": "v"})),
    ("FileStreamSink", _chain(a={"type": "InsertField$Key", "replace.null.with.default": "false", "topic.field": "t"})), ("FileStreamSink", _chain(a={"type": "InsertField$Value", "replace.null.with.default": "never", "topic.field": "t"})),
    ("FileStreamSink", _chain(a={"type": "ExtractField$Value", "field": "a.b", "field.syntax.version": "V2"})), ("FileStreamSink", _chain(a={"type": "ReplaceField$Key", "include": "a,b"})), ("FileStreamSink", _chain(a={"type": "ReplaceField$Value", "renames": "a:b:c"})), ("FileStreamSink", _chain(a={"type": "ReplaceField$Value", "renames": ""})),
    ("FileStreamSink", _chain(a={"type": "MaskField$Value", "fields": "ssn"})), ("FileStreamSink", _chain(a={"type": "HoistField$Key", "field": "id"})), ("FileStreamSink", _chain(a={"type": "RegexRouter", "regex": "mig-(.*", "replacement": "x"})), ("FileStreamSink", _chain(a={"type": "RegexRouter", "regex": "^mig-(.*)$"})),
    ("FileStreamSink", _chain(a={"type": "TimestampConverter$Key", "target.type": "unix"})), ("FileStreamSink", _chain(a={"type": "TimestampConverter$Value", "target.type": "unix", "unix.precision": "microseconds", "field": "at", "format": "yyyy"})), ("FileStreamSink", _chain(a={"type": "TimestampConverter$Value", "target.type": "string", "format": "q"})), ("FileStreamSink", _chain(a={"type": "TimestampRouter", "timestamp.format": "qqq"})),
    ("FileStreamSink", _chain(a={"type": "SetSchemaMetadata$Key", "schema.name": ""})), ("FileStreamSink", _chain(a={"type": "Cast$Value", "spec": "a:int8,b:int16,c:int32,d:float32"})), ("FileStreamSink", _chain(a={"type": "Cast$Value", "spec": "a:INT8"})), ("FileStreamSink", _chain(a={"type": "Cast$Value", "spec": "string"})),
    ("FileStreamSource", _chain(a={"type": "DropHeaders", "headers": "x"}, a2={"type": "InsertHeader", "header": "k"})), ("FileStreamSource", {"transforms": "a,,b", "transforms.a.type": f"{_T}Filter"}), ("FileStreamSource", {"transforms": " a ", "transforms.a.type": f" {_T}Filter "}), ("FileStreamSource", {"transforms": "a", "transforms.a.type": ""}), ("FileStreamSource", {"transforms.a.type": f"{_T}Filter"}),
    ("FileStreamSource", _chain(a={"type": "Filter", "predicate": "p"}) | {"predicates": "p", "predicates.p.type": f"{_P}TopicNameMatches"}), ("FileStreamSource", _chain(a={"type": "Filter", "predicate": "p"}) | {"predicates": "p", "predicates.p.type": f"{_T}Filter"}), ("FileStreamSource", {"predicates": "p", "predicates.p.type": f"{_P}TopicNameMatches", "predicates.p.pattern": "["}), ("FileStreamSource", {"predicates": "p,q", "predicates.p.type": f"{_P}RecordIsTombstone"}),
    ("FileStreamSource", {"key.converter": _STRING, "key.converter.converter.encoding": "UTF-16"}), ("FileStreamSource", {"key.converter": _STRING, "key.converter.encoding": "latin"}), ("FileStreamSource", {"value.converter": _JSON, "value.converter.schemas.enable": "TRUE "}), ("FileStreamSource", {"value.converter": _JSON, "value.converter.decimal.format": "numeric"}), ("FileStreamSource", {"header.converter": _JSON}), ("FileStreamSource", {"header.converter": "org.apache.kafka.connect.converters.ByteArrayConverter"}), ("FileStreamSource", {"value.converter": "JsonConverter", "value.converter.schemas.enable": ""}), ("FileStreamSource", {"value.converter": ""}), ("FileStreamSource", {"value.converter.schemas.enable": "false"}),
    ("FileStreamSource", {"exactly.once.support": "requested", "transaction.boundary": "poll", "offsets.storage.topic": "mine"}), ("FileStreamSource", {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "x"}), ("FileStreamSource", {"topic.creation.groups": "a,b", "topic.creation.default.replication.factor": "1", "topic.creation.default.partitions": "1", "topic.creation.a.include": "x"}), ("FileStreamSource", {"topic.creation.default.replication.factor": "1"}), ("FileStreamSource", {"topic.creation.default.partitions": "x", "topic.creation.default.replication.factor": "y"}), ("FileStreamSource", {"topic.creation.groups": "default"}),
    ("FileStreamSource", {"tasks.max.enforce": "false", "tasks.max": "50"}), ("FileStreamSource", {"config.action.reload": "none"}), ("FileStreamSource", {"topic": "a,b"}), ("FileStreamSource", {"topic": None}), ("FileStreamSource", {"errors.tolerance": ""}), ("FileStreamSource", {"errors.retry.timeout": "-1", "errors.retry.delay.max.ms": "0"}), ("FileStreamSource", {"errors.deadletterqueue.topic.name": "x"}), ("FileStreamSource", {"admin.override.retries": "x"}),
    ("FileStreamSink", {"topics": "mig-in, mig-two", "errors.deadletterqueue.topic.name": "mig-two"}), ("FileStreamSink", {"topics": None, "topics.regex": "mig-.*", "errors.deadletterqueue.topic.name": "mig-dead"}), ("FileStreamSink", {"topics": None}), ("FileStreamSink", {"consumer.override.group.id": "mine", "consumer.override.client.id": "c"}), ("FileStreamSink", {"consumer.override.nope": "1", "producer.override.nope": "1"}), ("FileStreamSink", {"consumer.override.isolation.level": "read_committed", "consumer.override.fetch.max.wait.ms": "100", "consumer.override.max.partition.fetch.bytes": "1048576"}), ("FileStreamSink", {"errors.deadletterqueue.topic.name": "d", "producer.override.acks": "1", "admin.override.request.timeout.ms": "1000"}), ("FileStreamSink", {"consumer.override.enable.auto.commit": "perhaps"}), ("FileStreamSink", {"consumer.override.key.deserializer": "x.Y"}),
)  # fmt: skip
_HEADERS = {"Content-Type": "application/json"}
_PLACE = {"kafka_topic": "mig-in", "kafka_partition": 0}
_CALLS: tuple[tuple[Any, ...], ...] = (
    ("PUT", "/connectors/mig-a/config", _SOURCE), ("POST", "/connectors", {"name": "mig-b", "config": {**_SINK, "name": "mig-b"}}), ("POST", "/connectors", {"name": "mig-c", "config": _SINK, "initial_state": "PAUSED"}), ("PUT", "/connectors/mig-a/config", {**_SOURCE, "name": "mig-a", "tasks.max": "4"}), ("GET", "/connectors/mig-a/tasks"), ("GET", "/connectors/mig-c/tasks"), ("GET", "/connectors/mig-b/tasks/1/status"), ("GET", "/connectors/mig-b/tasks/2/status"), ("GET", "/connectors/mig-b/tasks-config/"),
    ("PUT", "/connectors/mig-c/resume"), ("GET", "/connectors/mig-c/status"), ("PUT", "/connectors/mig-c/stop"), ("PUT", "/connectors/mig-c/stop"), ("POST", "/connectors/mig-c/restart"), ("POST", "/connectors/mig-c/restart?includeTasks=true"), ("POST", "/connectors/mig-c/tasks/0/restart"), ("GET", "/connectors/mig-c/tasks/0/status"), ("PUT", "/connectors/mig-c/config", {**_SINK, "tasks.max": "1"}), ("GET", "/connectors/mig-c/status"), ("PATCH", "/connectors/mig-c/config", {"tasks.max": "3"}), ("GET", "/connectors/mig-c"), ("PUT", "/connectors/mig-c/pause"), ("GET", "/connectors/mig-c/status"),
    ("PATCH", "/connectors/mig-b/config", {"file": None, "errors.tolerance": "all"}), ("GET", "/connectors/mig-b/config"), ("PATCH", "/connectors/mig-b/config", {"errors.tolerance": "sometimes"}), ("PATCH", "/connectors/mig-b/config", "tasks.max=3", _HEADERS), ("PATCH", "/connectors/mig-b/config", ["a"]), ("PATCH", "/connectors/mig-b/config", {"tasks.max": 3, "x": True}), ("GET", "/connectors/mig-b/config"), ("PATCH", "/connectors/mig-b/config/", {"x": None}), ("PATCH", "/connectors/mig-b", {"x": None}), ("PUT", "/connectors/mig-b/config", {**_SINK, "topics.regex": "a"}), ("PUT", "/connectors/mig-b/config", "not json", _HEADERS), ("PUT", "/connectors/mig-b/config", '{"connector.class": "FileStreamSink",', _HEADERS),
    ("PUT", "/connectors/mig-b/stop"), ("DELETE", "/connectors/mig-b/offsets"), ("PATCH", "/connectors/mig-b/offsets", {"offsets": [{"partition": _PLACE, "offset": {"kafka_offset": 0}}]}), ("GET", "/connectors/mig-b/offsets"), ("PATCH", "/connectors/mig-b/offsets", {"offsets": [{"partition": _PLACE, "offset": {"kafka_offset": 900}}]}), ("PATCH", "/connectors/mig-b/offsets", {"offsets": [{"partition": {**_PLACE, "kafka_partition": 7}, "offset": {"kafka_offset": 1}}]}), ("PATCH", "/connectors/mig-b/offsets", {"offsets": [{"partition": _PLACE, "offset": None}]}), ("GET", "/connectors/mig-b/offsets"), ("PATCH", "/connectors/mig-b/offsets", {"offsets": {"partition": _PLACE}}), ("PATCH", "/connectors/mig-b/offsets", '{"offsets": [', _HEADERS), ("POST", "/connectors/mig-b/offsets", {"offsets": []}), ("GET", "/connectors/mig-zzz/offsets"), ("DELETE", "/connectors/mig-zzz/offsets"), ("PATCH", "/connectors/mig-zzz/offsets", {"offsets": [{"partition": _PLACE, "offset": None}]}),
    ("POST", "/connectors", {"name": "mig-d", "config": {**_SOURCE, "tasks.max": "zero", "batch.size": "x", "topic": ""}}), ("POST", "/connectors", {"name": "mig-d", "config": {**_SOURCE, **_chain(a={"type": "HoistField$Value"})}}), ("POST", "/connectors", {"name": "mig-d", "config": {**_SOURCE, "value.converter": "x.Y"}}), ("POST", "/connectors", {"name": "mig-d", "config": {**_SINK, "topics.regex": ".*"}}), ("POST", "/connectors", {"name": "mig-d", "config": {**_SOURCE, "producer.override.acks": "9"}}), ("GET", "/connectors/mig-d/status"), ("DELETE", "/connectors/mig-d"), ("POST", "/connectors", {"name": "mig d/ü?", "config": _SOURCE}), ("GET", "/connectors/mig%20d%2F%C3%BC%3F/status"), ("DELETE", "/connectors/mig%20d%2F%C3%BC%3F"),
    ("POST", "/connectors", '{"name": "mig-e", "config": {"connector.class": "FileStreamSource", "topic": "t", "topic": "u"}}', _HEADERS), ("GET", "/connectors/mig-e"), ("POST", "/connectors", '{"name": "mig-f"} trailing', _HEADERS), ("POST", "/connectors", "name=mig-f", {"Content-Type": "application/x-www-form-urlencoded"}), ("POST", "/connectors", '{"name": "mig-f", "config": {"a": 1.50, "connector.class": "FileStreamSource", "topic": "t"}}', _HEADERS), ("GET", "/connectors/mig-f/config"), ("GET", "/connectors", None, {"Accept": "text/plain"}), ("GET", "/connectors/mig-f", None, {"Accept": "*/*"}),
    ("GET", "/connectors/mig-f/topics/"), ("GET", "/connectors/mig-f/topics/reset"), ("PUT", "/connectors/mig-f/topics/reset/"), ("DELETE", "/connectors/mig-f/topics"), ("DELETE", "/connectors/mig-e/"), ("GET", "/connectors?expand=info&expand=status&expand=x"), ("GET", "/admin/loggers/org.example.some"), ("PUT", "/admin/loggers/org.example.some", {"level": "Fatal"}), ("GET", "/admin/loggers/org.example.some"), ("PUT", "/admin/loggers/org.example.some", {"level": "NONE"}), ("PUT", "/admin/loggers/org.example.some", '"INFO"', _HEADERS), ("PUT", "/admin/loggers/org.example", {"level": "off"}), ("PATCH", "/admin/loggers/org.example", {"level": "off"}), ("GET", "/connector-plugins/FileStreamSource/config/validate"), ("PUT", "/connector-plugins/FileStreamSource/validate", {}), ("PUT", "/connector-plugins//config/validate", {}),
    ("DELETE", "/connectors/mig-a"), ("DELETE", "/connectors/mig-b"), ("DELETE", "/connectors/mig-c"), ("DELETE", "/connectors/mig-f"), ("POST", "/connectors/mig-f/restart"), ("GET", "/connectors"),
)  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    for kind, more in _EXTRAS:
        config = {"name": "mig", **(_SINK if kind == "FileStreamSink" else _SOURCE), **more}
        yield Exchange("migration validate", "PUT", f"/connector-plugins/{kind}/config/validate", config)
    for method, path, *more in _CALLS:
        yield Exchange("migration calls", method, path, *more)
