"""A platform team's pipeline: each configuration is linted, rolled out, looked at, changed, rolled back and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.connect_bases import (
    FOLDER,
    FULL_SINK,
    JSON,
    PRIMITIVE,
    STRING,
    TYPED,
    P,
    T,
    chain,
    lines_to_read,
    predicates,
    sink,
    source,
    walk,
)
from tests.servers.exchanges import Exchange

_SOURCE = source("plat-events", "plat-in.txt")
_SINK = sink("plat-events", "plat-out.txt")
_LINES = "first\nsecond\nthird\n"
_FILE = {"filename": _SOURCE["file"]}
_LINTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("FileStreamSource", chain(a={"type": "InsertField$Value", "topic.field": "t", "partition.field": "p!", "offset.field": "o?", "timestamp.field": "ts"})),
    ("FileStreamSource", chain(a={"type": "HoistField$Key", "field": ""})),
    ("FileStreamSource", chain(a={"type": "HoistField$Value", "field": "l"}, b={"type": "ValueToKey", "fields": "l"}, c={"type": "ExtractField$Key", "field": "l"})),
    ("FileStreamSource", chain(a={"type": "ExtractField$Value", "field": "x", "replace.null.with.default": "perhaps"})),
    ("FileStreamSource", chain(a={"type": "TimestampConverter$Value", "target.type": "unix", "unix.precision": "nanoseconds"})),
    ("FileStreamSource", chain(a={"type": "TimestampConverter$Value", "target.type": "date"})),
    ("FileStreamSource", chain(a={"type": "TimestampConverter$Value", "target.type": "string", "format": ""})),
    ("FileStreamSource", chain(a={"type": "TimestampConverter$Value", "target.type": "string", "format": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"})),
    ("FileStreamSource", chain(a={"type": "RegexRouter", "regex": "plat-(?<name>.*)", "replacement": "${name}"})),
    ("FileStreamSource", chain(a={"type": "RegexRouter", "regex": "", "replacement": ""})),
    ("FileStreamSource", chain(a={"type": "RegexRouter", "regex": "[a-z&&[^b]]+", "replacement": "x"})),
    ("FileStreamSource", chain(a={"type": "RegexRouter", "regex": "a{2,1}", "replacement": "x"})),
    ("FileStreamSource", chain(a={"type": "ReplaceField$Value", "renames": "a:b", "include": "", "exclude": ""})),
    ("FileStreamSource", chain(a={"type": "ReplaceField$Value", "renames": " a : b , c : d "})),
    ("FileStreamSource", chain(a={"type": "MaskField$Value", "fields": "a", "replacement": "x", "replace.null.with.default": "false"})),
    ("FileStreamSource", chain(a={"type": "Flatten$Key"})),
    ("FileStreamSource", chain(a={"type": "Cast$Key", "spec": "float64"}) | {"transforms.a.replace.null.with.default": "TRUE"}),
    ("FileStreamSource", chain(a={"type": "Cast$Value", "spec": "a:int8:x"})),
    ("FileStreamSource", chain(a={"type": "Cast$Value", "spec": " a : int8 , b : string "})),
    ("FileStreamSource", chain(a={"type": "SetSchemaMetadata$Value", "schema.version": "99999999999"})),
    ("FileStreamSource", chain(a={"type": "InsertHeader", "header": "x", "value.literal": "{\"a\":1}"})),
    ("FileStreamSource", chain(a={"type": "HeaderFrom$Value", "fields": "a,b", "headers": "x,y", "operation": ""})),
    ("FileStreamSource", chain(**{"a-b": {"type": "DropHeaders", "headers": "x"}})),
    ("FileStreamSource", chain(**{"a.b": {"type": "DropHeaders", "headers": "x"}})),
    ("FileStreamSource", {"transforms": "a,b,a", "transforms.a.type": f"{T}Flatten$Value", "transforms.b.type": f"{T}Flatten$Key"}),
    ("FileStreamSource", {"transforms": ""}), ("FileStreamSource", {"predicates": ""}), ("FileStreamSource", {"transforms": ",,"}),
    ("FileStreamSource", {"transforms": "a", "transforms.a.type": "java.lang.String"}),
    ("FileStreamSource", {"transforms": "a", "transforms.a.type": "RegexRouter", "transforms.a.regex": "a", "transforms.a.replacement": "b"}),
    ("FileStreamSink", chain(a={"type": "Filter", "predicate": "p", "negate": "true"}) | predicates(p={"type": "HasHeaderKey", "name": "env"})),
    ("FileStreamSink", chain(a={"type": "Filter", "predicate": ""}) | predicates(p={"type": "RecordIsTombstone"})),
    ("FileStreamSink", chain(a={"type": "Filter", "predicate": "p"}) | predicates(p={"type": "TopicNameMatches", "pattern": "plat-.*"}, q={"type": "TopicNameMatches", "pattern": "("})),
    ("FileStreamSink", chain(a={"type": "Flatten$Value", "negate": "false"})),
    ("FileStreamSink", predicates(p={"type": "HasHeaderKey", "name": " "})),
    ("FileStreamSink", {"predicates": "p", "predicates.p.type": f"{T}Flatten$Value"}),
    ("FileStreamSink", {"predicates": "p", "predicates.p.type": "RecordIsTombstone", "predicates.p.unknown": "x"}),
    ("FileStreamSink", {"key.converter": f"{PRIMITIVE}LongConverter", "value.converter": f"{PRIMITIVE}DoubleConverter", "header.converter": STRING}),
    ("FileStreamSink", {"key.converter": "LongConverter", "header.converter": "SimpleHeaderConverter"}),
    ("FileStreamSink", {"key.converter": JSON, "key.converter.schemas.enable": "no", "key.converter.decimal.format": "base64"}),
    ("FileStreamSink", {"value.converter": JSON, "value.converter.converter.type": "header"}),
    ("FileStreamSink", {"value.converter": JSON, "value.converter.schemas.cache.size": ""}),
    ("FileStreamSink", {"value.converter": STRING, "value.converter.converter.type": "x", "value.converter.unknown": "1"}),
    ("FileStreamSink", {"header.converter": JSON, "header.converter.schemas.enable": "false"}),
    ("FileStreamSink", {"header.converter": "org.apache.kafka.connect.runtime.Worker"}),
    ("FileStreamSink", {"value.converter": " ", "key.converter": None}),
    ("FileStreamSink", {"errors.retry.timeout": "9223372036854775808", "errors.retry.delay.max.ms": "1.5"}),
    ("FileStreamSink", {"errors.tolerance": "all ", "errors.log.enable": " true", "errors.deadletterqueue.context.headers.enable": ""}),
    ("FileStreamSink", {"errors.deadletterqueue.topic.name": "", "errors.deadletterqueue.topic.replication.factor": "32768"}),
    ("FileStreamSink", {"topics": "plat-events", "topics.regex": ""}), ("FileStreamSink", {"topics": None, "topics.regex": "plat-(?!x).*"}),
    ("FileStreamSink", {"topics": "a", "errors.deadletterqueue.topic.name": " a "}),
    ("FileStreamSink", {"consumer.override.max.poll.records": "10", "consumer.override.fetch.min.bytes": "-1", "consumer.override.session.timeout.ms": "6000"}),
    ("FileStreamSink", {"consumer.override.isolation.level": "dirty"}), ("FileStreamSink", {"consumer.override.partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor"}),
    ("FileStreamSource", {"producer.override.batch.size": "x"}), ("FileStreamSource", {"producer.override.compression.type": "brotli", "producer.override.max.request.size": "1048576"}),
    ("FileStreamSource", {"producer.override.enable.idempotence": "false", "producer.override.max.in.flight.requests.per.connection": "5", "producer.override.interceptor.classes": ""}),
    ("FileStreamSource", {"topic.creation.groups": "g", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1", "topic.creation.g.include": "[", "topic.creation.g.partitions": "0"}),
    ("FileStreamSource", {"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1", "topic.creation.default.cleanup.policy": "compact", "admin.override.request.timeout.ms": "5000"}),
    ("FileStreamSource", {"offsets.storage.topic": "", "transaction.boundary": "INTERVAL", "transaction.boundary.interval.ms": "-5"}),
    ("FileStreamSource", {"exactly.once.support": "REQUIRED", "transaction.boundary": "CONNECTOR"}),
    ("FileStreamSource", {"batch.size": "0", "file": "", "topic": " "}), ("FileStreamSource", {"name": "", "tasks.max": "+2"}),
    ("FileStreamSource", {"name": "p\u00e9ch\u00e9", "tasks.max": "0x10"}), ("FileStreamSource", {"config.action.reload": "RESTART"}),
    ("FileStreamSource", {"connector.class": "filestreamsource"}), ("FileStreamSource", {"connector.class": FULL_SINK}),
)  # fmt: skip
_CALLS: tuple[tuple[Any, ...], ...] = (
    ("POST", "/connectors", {"name": "plat-in", "config": _SOURCE}), ("POST", "/connectors?forward=false", {"name": "plat-out", "config": _SINK}), ("GET", "/connectors/plat-in"), ("GET", "/connectors/plat-out/status"), ("HEAD", "/connectors/plat-in"), ("OPTIONS", "/connectors/plat-in"), ("OPTIONS", "/connectors/plat-in/config"), ("OPTIONS", "/connectors/plat-in/offsets"), ("OPTIONS", "/connector-plugins"), ("OPTIONS", "/admin/loggers/root"),
    ("POST", "/connectors", {"name": "plat-odd", "config": {**_SOURCE, "tasks.max": 2.0}}), ("POST", "/connectors", {"name": "plat-odd", "config": {**_SOURCE, "errors.log.enable": None}}), ("POST", "/connectors", {"name": "plat-odd", "config": {**_SOURCE, "x": {"y": 1}}}), ("POST", "/connectors", {"name": {"a": 1}, "config": _SOURCE}), ("POST", "/connectors", {"name": "plat-odd", "config": "x"}), ("POST", "/connectors", {"name": "plat-odd", "config": _SOURCE, "initial_state": "running "}), ("POST", "/connectors", {"name": "plat-odd", "config": _SOURCE, "initial_state": ""}), ("POST", "/connectors", {"name": "plat-odd", "config": _SOURCE, "initial_state": 1}), ("POST", "/connectors", {"name": "plat-odd", "config": _SOURCE, "initial_state": None, "offsets": []}),
    ("POST", "/connectors", {"NAME": "plat-odd", "config": _SOURCE}), ("POST", "/connectors", [{"name": "plat-odd", "config": _SOURCE}]), ("POST", "/connectors", '{"name": "plat-odd", "config": {"connector.class": "FileStreamSource", "topic": "t"}, }', TYPED), ("POST", "/connectors", '{"name": "plat-odd" /* why */, "config": {}}', TYPED), ("POST", "/connectors", '\ufeff{"name": "plat-odd"}', TYPED), ("POST", "/connectors", "{\"name\": \"plat-odd\", 'config': {}}", TYPED), ("POST", "/connectors", '{"name": "plat\todd", "config": {}}', TYPED), ("POST", "/connectors", '{"name": 01, "config": {}}', TYPED), ("POST", "/connectors", '{"name": NaN, "config": {}}', TYPED),
    ("PUT", "/connectors/plat-in/config", {**_SOURCE, "tasks.max": "3", "name": None}), ("PUT", "/connectors/plat-in/config", {**_SOURCE, "batch.size": 500}), ("GET", "/connectors/plat-in/config"), ("PUT", "/connectors/plat-in/config", None, TYPED), ("PUT", "/connectors/plat-in/config", "null", TYPED), ("PUT", "/connectors/plat-in/config", _SOURCE, {"Content-Type": "text/json"}), ("PUT", "/connectors/plat-in/config", '{"connector.class": "FileStreamSource", "topic": "plat-events"}', {"Content-Type": "application/json; charset=utf-8"}), ("PUT", "/connectors/plat-in/config", _SOURCE),
    ("PATCH", "/connectors/plat-in/config", {"name": "plat-in"}), ("PATCH", "/connectors/plat-in/config", {"name": "plat-other"}), ("PATCH", "/connectors/plat-in/config", {"name": None}), ("PATCH", "/connectors/plat-in/config", {"connector.class": FULL_SINK, "topics": "plat-events", "topic": None, "file": str(FOLDER / "plat-turned.txt")}), ("PATCH", "/connectors/plat-in/config", {"connector.class": None}), ("PATCH", "/connectors/plat-in/config", {"producer.override.acks": "1", "producer.override.linger.ms": "7"}), ("GET", "/connectors/plat-in/config"), ("PATCH", "/connectors/plat-in/config", "null", TYPED), ("PATCH", "/connectors/plat-in/config", None), ("PATCH", "/connectors/plat-in/config?forward=true", {"producer.override.acks": None, "producer.override.linger.ms": None}),
    ("GET", "/connectors/plat-in/topics"), ("GET", "/connectors/plat-out/topics"), ("GET", "/connectors/plat-in/tasks/0/status/"), ("GET", "/connectors/plat-in/tasks/-1/status"), ("GET", "/connectors/plat-in/tasks/00/status"), ("GET", "/connectors/plat-in/tasks/99999999999/status"), ("PUT", "/connectors/plat-in/tasks/0/status"), ("POST", "/connectors/plat-in/tasks", []), ("GET", "/connectors/plat-in/tasks/"), ("GET", "/connectors?expand=status"), ("GET", "/connectors?expand="), ("GET", "/connectors?EXPAND=info"), ("GET", "/connectors?expand=info&expand=info"), ("GET", "/connectors?expand=info,status"),
    ("POST", "/connectors/plat-in/restart?includeTasks=TRUE"), ("POST", "/connectors/plat-in/restart?onlyFailed=true"), ("POST", "/connectors/plat-in/restart?includeTasks="), ("POST", "/connectors/plat-in/restart", {}), ("POST", "/connectors/plat-in/restart/", "x", {"Content-Type": "text/plain"}), ("PUT", "/connectors/plat-in/pause", {}), ("PUT", "/connectors/plat-in/resume", "x", {"Content-Type": "text/plain"}), ("GET", "/connectors/plat-in/status"),
    ("PUT", "/connectors/plat-in/stop"), ("GET", "/connectors/plat-in/offsets"), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 6}}, {"partition": {"filename": "other"}, "offset": {"position": 1}}]}), ("GET", "/connectors/plat-in/offsets/"), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": {"filename": "other"}, "offset": None}]}), ("GET", "/connectors/plat-in/offsets"), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 1.5}}]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": None}}]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": {"filename": 5}, "offset": {"position": 1}}]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"offset": {"position": 1}}]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE}]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [None]}), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [[]]}), ("PATCH", "/connectors/plat-in/offsets", [], TYPED), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 3, "more": True}}]}), ("GET", "/connectors/plat-in/offsets"), ("DELETE", "/connectors/plat-in/offsets/"), ("GET", "/connectors/plat-in/offsets"), ("PUT", "/connectors/plat-in/pause"), ("GET", "/connectors/plat-in/status"), ("PATCH", "/connectors/plat-in/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 1}}]}), ("PUT", "/connectors/plat-in/resume"), ("GET", "/connectors/plat-in/tasks-config"),
    ("GET", "/connectors/plat-out/offsets/"), ("PUT", "/connectors/plat-out/stop"), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "plat-events", "kafka_partition": "0"}, "offset": {"kafka_offset": "1"}}]}), ("GET", "/connectors/plat-out/offsets"), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "plat-events", "kafka_partition": 0.0}, "offset": {"kafka_offset": 1}}]}), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "plat-events", "kafka_partition": 0}, "offset": {"kafka_offset": None}}]}), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "plat-events", "kafka_partition": 0, "x": 1}, "offset": {"kafka_offset": 2, "y": 2}}]}), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "plat-events", "kafka_partition": -1}, "offset": {"kafka_offset": 1}}]}), ("PATCH", "/connectors/plat-out/offsets", {"offsets": [{"partition": {"kafka_topic": "", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]}), ("DELETE", "/connectors/plat-out/offsets"), ("GET", "/connectors/plat-out/offsets"), ("PUT", "/connectors/plat-out/resume"),
    ("POST", "/connectors", {"name": "plat-bad", "config": {**_SOURCE, "topic.creation.default.partitions": "1"}}), ("GET", "/connectors/plat-bad/status"), ("POST", "/connectors/plat-bad/restart?includeTasks=true&onlyFailed=true"), ("PUT", "/connectors/plat-bad/config", {**_SOURCE, "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1", "topic.creation.groups": "g", "topic.creation.g.include": "("}), ("GET", "/connectors/plat-bad/status"), ("PUT", "/connectors/plat-bad/pause"), ("GET", "/connectors/plat-bad/status"), ("DELETE", "/connectors/plat-bad?forward=x"),
    ("POST", "/connectors", {"name": "plat-in/2", "config": _SOURCE}), ("GET", "/connectors/plat-in%2F2"), ("GET", "/connectors/plat-in/2"), ("DELETE", "/connectors/plat-in%2f2"), ("POST", "/connectors", {"name": "..", "config": _SOURCE}), ("DELETE", "/connectors/%2e%2e"), ("POST", "/connectors", {"name": "plat\nline", "config": _SOURCE}), ("POST", "/connectors", {"name": "x" * 40 + " ?&=", "config": _SOURCE}), ("GET", "/connectors/" + "x" * 40 + "%20%3F%26%3D/config"), ("DELETE", "/connectors/" + "x" * 40 + "%20%3F%26%3D"),
    ("GET", "/connectors", None, {"Accept": "application/json;q=0.5, text/html"}), ("GET", "/connectors", None, {"Accept": "application/vnd.kafka+json"}), ("GET", "/connectors", None, {"Accept": ""}), ("GET", "/connectors", None, {"Accept": "text/*"}), ("GET", "/connector-plugins?connectorsOnly=FALSE"), ("GET", "/connector-plugins?connectorsOnly="), ("GET", "/connector-plugins/FileStreamSinkConnector/config/"), ("GET", f"/connector-plugins/{P}HasHeaderKey/config"), ("GET", f"/connector-plugins/{STRING}/config"), ("GET", "/connector-plugins/Value/config"), ("DELETE", "/connector-plugins"), ("POST", "/connector-plugins/FileStreamSink/config/validate", _SINK),
    ("GET", "/admin/loggers/"), ("PUT", "/admin/loggers/org.apache.kafka.clients", {"level": "ERROR"}), ("PUT", "/admin/loggers/org.apache.kafka.clients.consumer", {"level": "DEBUG"}), ("PUT", "/admin/loggers/org.apache.kafka.clients", {"level": "WARN"}), ("GET", "/admin/loggers/org.apache.kafka.clients.consumer"), ("PUT", "/admin/loggers/org.apache.kafka.clients?scope=CLUSTER", {"level": "INFO"}), ("PUT", "/admin/loggers/org.apache.kafka.clients?scope=cluster", {}), ("PUT", "/admin/loggers/org.apache.kafka.clients", {"level": ["INFO"]}), ("PUT", "/admin/loggers/org.apache.kafka.clients", None, TYPED), ("PUT", "/admin/loggers/org.apache.kafka.clients", {"level": "INFO"}, {"Accept": "text/plain"}), ("POST", "/admin/loggers/root", {"level": "INFO"}),
    ("DELETE", "/connectors/plat-in"), ("DELETE", "/connectors/plat-out"), ("DELETE", "/connectors/plat-odd"), ("GET", "/connectors/plat-in/offsets"), ("GET", "/connectors/plat-in/tasks"), ("PUT", "/connectors/plat-in/resume"), ("GET", "/connectors"),
)  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    lines_to_read("plat-in.txt", _LINES)
    yield from walk("platform", "plat", (_SOURCE, _SINK), _LINTED, _CALLS)
