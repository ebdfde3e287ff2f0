"""A further batch for Connect: what people send in an afternoon with curl, some of it wrong; written before it was compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.exchanges import Exchange

_FOLDER = Path(tempfile.gettempdir()) / "connect-requests"
_SOURCE = {"connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "topic": "logs", "file": str(_FOLDER / "no.txt")}  # fmt: skip
_SINK = {"connector.class": "FileStreamSinkConnector", "topics": "logs,more", "file": str(_FOLDER / "sunk.txt")}
_STRING = "org.apache.kafka.connect.storage.StringConverter"
_JSON = "org.apache.kafka.connect.json.JsonConverter"
_T = "org.apache.kafka.connect.transforms."


def _chain(*kinds: str, **settings: str) -> dict[str, str]:
    """Transforms `t0`, `t1`, ... of the kinds; `t0__field` sets `transforms.t0.field`."""
    names = [f"t{place}" for place in range(len(kinds))]
    found = {"transforms": ",".join(names)}
    found |= {f"transforms.{name}.type": _T + kind for name, kind in zip(names, kinds, strict=True)}
    return found | {f"transforms.{key.replace('__', '.').replace('_', '.')}": value for key, value in settings.items()}


_CONFIGS: tuple[dict[str, Any], ...] = (
    {**_SINK, **_chain("ReplaceField$Value", "InsertField$Value", t0__exclude="a,b", t1__timestamp_field="at")},
    {**_SINK, **_chain("ExtractField$Value", "Cast$Value", t0__field="a", t1__spec="int64")},
    {**_SINK, **_chain("Cast$Value", t0__spec="a:int64,b:string,c:boolean"), "transforms.t0.predicate": "isNull", "predicates": "isNull", "predicates.isNull.type": f"{_T}predicates.RecordIsTombstone"},
    {**_SINK, **_chain("Filter"), "transforms.t0.predicate": "gone"},
    {**_SINK, **_chain("Filter"), "transforms.t0.predicate": "p", "transforms.t0.negate": "maybe", "predicates": "p", "predicates.p.type": f"{_T}predicates.TopicNameMatches", "predicates.p.pattern": "a.*"},
    {**_SINK, **_chain("Filter"), "predicates": "p", "predicates.p.type": f"{_T}predicates.TopicNameMatches"},
    {**_SINK, **_chain("Filter"), "transforms.t0.predicate": "p", "predicates": "p,q", "predicates.p.type": "HasHeaderKey", "predicates.p.name": "x", "predicates.q.type": ""},
    {**_SINK, **_chain("TimestampRouter", t0__topic_format="${topic}-${timestamp}", t0__timestamp_format="yyyy-QQ-foo")},
    {**_SINK, **_chain("RegexRouter", t0__regex="(.*)-(\\d+", t0__replacement="$1")}, {**_SINK, **_chain("MaskField$Value", t0__fields="a,,b", t0__replacement="x")},
    {**_SINK, **_chain("TimestampConverter$Value", t0__target_type="string", t0__field="a", t0__format="yyyy-MM-dd")}, {**_SINK, **_chain("TimestampConverter$Value", t0__target_type="string", t0__format="bogus'")},
    {**_SINK, **_chain("HeaderFrom$Value", t0__fields="a,b", t0__headers="c", t0__operation="move")}, {**_SINK, **_chain("InsertField$Key", t0__static_field="a!", t0__static_value="x", t0__topic_field="t?", t0__offset_field="o")},
    {**_SINK, **_chain("Flatten$Value", t0__delimiter="__")}, {**_SINK, **_chain("SetSchemaMetadata$Value", t0__schema_name="n", t0__schema_version="-1")}, {**_SINK, **_chain("ValueToKey", t0__fields="")}, {**_SINK, **_chain("HoistField$Key", t0__field="")},
    {**_SINK, **_chain("DropHeaders", t0__headers=",")}, {**_SINK, **_chain("ReplaceField$Key", t0__renames="a:b,c:d:e")}, {**_SINK, **_chain("ReplaceField$Key", t0__include="a", t0__whitelist="b")}, {**_SINK, **_chain("Cast$Value", t0__spec="a:int8,a:int16")}, {**_SINK, **_chain("Cast$Value", t0__spec="float32", t0__replace_null_with_default="x")},
    {**_SINK, "transforms": "a,b", "transforms.a.type": f"{_T}Flatten$Value"}, {**_SINK, "transforms": "a", "transforms.a.type": "Flatten"}, {**_SINK, "transforms": "a", "transforms.a.type": "org.apache.kafka.connect.file.FileStreamSinkConnector"}, {**_SINK, "transforms": "a ,b", "transforms.a.type": f"{_T}Flatten$Value", "transforms.b.type": f"{_T}Flatten$Key"}, {**_SINK, "transforms": ""},
    {**_SINK, "key.converter": _STRING, "key.converter.converter.encoding": "UTF-99"}, {**_SINK, "value.converter": _JSON, "value.converter.schemas.cache.size": "-1"}, {**_SINK, "value.converter": _JSON, "value.converter.decimal.format": "numeric", "value.converter.schemas.enable": "False"}, {**_SINK, "value.converter.schemas.enable": "maybe"}, {**_SINK, "value.converter": "LongConverter", "value.converter.type": "x"}, {**_SINK, "key.converter": ""}, {**_SINK, "header.converter": ""}, {**_SINK, "header.converter": _JSON, "header.converter.schemas.enable": "x"}, {**_SINK, "value.converter": _T + "Flatten$Value"},
    {**_SINK, "consumer.override.auto.offset.reset": "never"}, {**_SINK, "consumer.override.group.id": "x"}, {**_SINK, "producer.override.acks": "2"}, {**_SINK, "consumer.override.bootstrap.servers": ""}, {**_SINK, "admin.override.retries": "x"}, {**_SOURCE, "producer.override.acks": "7"}, {**_SOURCE, "producer.override.compression.type": "zip"}, {**_SOURCE, "producer.override.linger.ms": "-4"}, {**_SOURCE, "consumer.override.acks": "0"},
    {**_SOURCE, "topic.creation.default.partitions": "3"}, {**_SOURCE, "topic.creation.default.partitions": "3", "topic.creation.default.replication.factor": "1"}, {**_SOURCE, "topic.creation.default.partitions": "0", "topic.creation.default.replication.factor": "-2"}, {**_SOURCE, "topic.creation.groups": "g", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}, {**_SOURCE, "topic.creation.groups": "g", "topic.creation.g.include": "(", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}, {**_SOURCE, "topic.creation.groups": "g", "topic.creation.g.include": "a.*", "topic.creation.g.exclude": "*", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"},
    {**_SINK, "errors.tolerance": "all", "errors.log.include.messages": "x"}, {**_SINK, "errors.deadletterqueue.topic.name": "dlq", "errors.deadletterqueue.topic.replication.factor": "-3"}, {**_SINK, "errors.deadletterqueue.topic.name": "logs"}, {**_SINK, "errors.retry.timeout": "99999999999999999999"}, {**_SINK, "errors.retry.delay.max.ms": "-5"}, {**_SINK, "tasks.max": "2147483648"}, {**_SINK, "tasks.max": "1e3"}, {**_SINK, "topics": "a b"}, {**_SINK, "topics": "a/b,c"}, {**_SINK, "topics.regex": ""}, {**_SINK, "config.action.reload": "RESTART"}, {**_SINK, "name": " "}, {**_SINK, "name": "ä/ö"}, {**_SOURCE, "exactly.once.support": "REQUESTED"}, {**_SOURCE, "transaction.boundary": "interval", "transaction.boundary.interval.ms": "0"}, {**_SOURCE, "transaction.boundary": "Poll"}, {**_SOURCE, "offsets.storage.topic": "own"}, {**_SOURCE, "batch.size": "0"}, {**_SOURCE, "batch.size": "-1"}, {**_SOURCE, "file": ""},
)  # fmt: skip


def _validations() -> Iterator[Exchange]:
    for config in _CONFIGS:
        kind = "FileStreamSink" if "topics" in config else "FileStreamSource"
        body = {"name": "v", **config}
        yield Exchange("further validate", "PUT", f"/connector-plugins/{kind}/config/validate", body)


def _calls() -> Iterator[Exchange]:
    calls: Any = (
        ("OPTIONS", "/connectors"), ("OPTIONS", "/"), ("HEAD", "/connectors"), ("HEAD", "/connectors/nope"), ("GET", "//connectors"), ("GET", "/Connectors"), ("GET", "/connectors/%20"), ("GET", "/connectors/a%2Fb/status"), ("GET", "/connectors?expand=config"), ("GET", "/connectors?expand=status&expand=nope"), ("GET", "/connectors/?expand="), ("GET", "/connector-plugins/?connectorsOnly="), ("GET", "/connector-plugins/org.apache.kafka.connect.json.JsonConverter/config"), ("GET", "/connector-plugins/HasHeaderKey/config"), ("GET", "/connector-plugins/FileStreamSource/config/"), ("GET", "/connector-plugins//config"), ("PUT", "/connector-plugins/Nope/config/validate", {"connector.class": "Nope"}), ("PUT", "/connector-plugins/FileStreamSink/config/validate", {"connector.class": "FileStreamSource", "topic": "t", "name": "v"}), ("PUT", "/connector-plugins/FileStreamSink/config/validate", {"connector.class": "Nope"}), ("POST", "/connector-plugins/FileStreamSink/config/validate", {}), ("PUT", "/connector-plugins/JsonConverter/config/validate", {"connector.class": "JsonConverter"}), ("PUT", "/connector-plugins/FileStreamSink/config/validate/", {"name": "v", **_SINK}),
        ("POST", "/connectors", {"name": "fb-sink", "config": _SINK, "initial_state": "STOPPED"}), ("GET", "/connectors/fb-sink/status"), ("GET", "/connectors/fb-sink/offsets"), ("PUT", "/connectors/fb-sink/config", {**_SINK, "tasks.max": "3"}), ("GET", "/connectors/fb-sink/tasks"), ("PUT", "/connectors/fb-sink/resume"), ("GET", "/connectors/fb-sink/status"), ("GET", "/connectors/fb-sink/tasks"), ("GET", "/connectors/fb-sink/tasks/2/status"), ("GET", "/connectors/fb-sink/tasks/3/status"), ("GET", "/connectors/fb-sink/tasks/-1/status"), ("POST", "/connectors/fb-sink/tasks/2/restart"), ("POST", "/connectors/fb-sink/restart?includeTasks=true&onlyFailed=false"), ("POST", "/connectors/fb-sink/restart?onlyFailed=true"), ("POST", "/connectors/fb-sink/restart", {"x": 1}), ("PATCH", "/connectors/fb-sink/config", {"tasks.max": "1"}), ("GET", "/connectors/fb-sink/tasks"), ("PATCH", "/connectors/fb-sink/config", {"tasks.max": None}), ("GET", "/connectors/fb-sink"), ("PATCH", "/connectors/fb-sink/config", {"name": "other"}), ("PATCH", "/connectors/fb-sink/config", {"connector.class": "FileStreamSource"}), ("PUT", "/connectors/fb-sink/pause?x=1"), ("PUT", "/connectors/fb-sink/pause", {"a": 1}), ("DELETE", "/connectors/fb-sink/offsets"), ("PUT", "/connectors/fb-sink/stop"), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": 0, "x": 1}, "offset": {"kafka_offset": 0}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": 5, "kafka_partition": 0}, "offset": {"kafka_offset": 0}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": True}, "offset": {"kafka_offset": 0}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": -1}, "offset": {"kafka_offset": 0}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": "0"}, "offset": {"kafka_offset": "0"}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": 0}, "offset": {"kafka_offset": None}}]}), ("PATCH", "/connectors/fb-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "logs", "kafka_partition": 0}, "offset": None}]}), ("GET", "/connectors/fb-sink/topics"), ("PUT", "/connectors/fb-sink/topics/reset"), ("GET", "/connectors/fb-sink/active-topics"), ("DELETE", "/connectors/fb-sink?x=y"), ("DELETE", "/connectors/fb-sink"),
        ("PUT", "/connectors/fb%20two/config", _SOURCE), ("GET", "/connectors/fb%20two"), ("GET", "/connectors/fb%20two/status"), ("PUT", "/connectors/fb%20two/stop"), ("GET", "/connectors/fb%20two/offsets"), ("PATCH", "/connectors/fb%20two/offsets", {"offsets": [{"partition": {"filename": _SOURCE["file"]}, "offset": {"position": 1.5}}]}), ("PATCH", "/connectors/fb%20two/offsets", {"offsets": [{"partition": {"filename": _SOURCE["file"]}, "offset": {"position": 3, "y": 1}}]}), ("PATCH", "/connectors/fb%20two/offsets", {"offsets": [{"partition": {"filename": _SOURCE["file"]}, "offset": None}]}), ("PATCH", "/connectors/fb%20two/offsets", {"offsets": [{"partition": {"filename": None}, "offset": {"position": 1}}]}), ("PATCH", "/connectors/fb%20two/offsets", {"offsets": [{"partition": {"filename": 5}, "offset": {"position": 1}}]}), ("GET", "/connectors/fb%20two/offsets"), ("PUT", "/connectors/fb%20two/offsets", {}), ("DELETE", "/connectors/fb%20two"), ("POST", "/connectors", {"name": "fb3", "config": {**_SOURCE, "transforms": "x", "transforms.x.type": "Nope"}}), ("POST", "/connectors", {"name": "fb3", "config": {**_SOURCE, "tasks.max": "-1", "topic": ""}}), ("POST", "/connectors", {"name": "fb3", "config": {"connector.class": "Nope"}}), ("POST", "/connectors", {"name": "fb3", "config": {"connector.class": ""}}), ("POST", "/connectors", {"name": "fb3", "config": {**_SOURCE, "name": ""}}), ("POST", "/connectors", {"name": "fb3", "config": _SOURCE, "initial_state": None}), ("POST", "/connectors", {"name": "fb3", "config": _SOURCE, "initial_state": ""}), ("POST", "/connectors", {"name": "fb3", "config": _SOURCE, "initial_state": 1}), ("DELETE", "/connectors/fb3"), ("POST", "/connectors", {"Name": "fb4", "config": _SOURCE}), ("POST", "/connectors", {"name": True, "config": _SOURCE}), ("POST", "/connectors?forward=false", {"name": "fb5", "config": {**_SOURCE, "tasks.max": 2.5}}), ("PUT", "/connectors/fb6/config?forward=x", {**_SOURCE, "nested": {"a": 1}}), ("PUT", "/connectors/fb6/config", {**_SOURCE, "flag": True, "n": 1.0, "big": 12345678901234567890}), ("GET", "/connectors/fb6/config"), ("PUT", "/connectors/fb6/pause"), ("PUT", "/connectors/fb6/config", {**_SOURCE, "topic": "new"}), ("GET", "/connectors/fb6/status"), ("DELETE", "/connectors/fb6"), ("DELETE", "/connectors/fb5"), ("GET", "/connectors/fb6/config"),
        ("PUT", "/admin/loggers/", {"level": "INFO"}), ("PUT", "/admin/loggers/a.b", {"level": "warn "}), ("PUT", "/admin/loggers/a.b", {"Level": "INFO"}), ("PUT", "/admin/loggers/a.b?scope=", {"level": "INFO"}), ("POST", "/admin/loggers/a.b", {"level": "INFO"}), ("GET", "/admin/nope"), ("GET", "/metrics"), ("GET", "/v3/clusters"),
    )  # fmt: skip
    for method, path, *more in calls:
        yield Exchange("further calls", method, path, *more)


def exchanges() -> Iterator[Exchange]:
    yield from _validations()
    yield from _calls()
