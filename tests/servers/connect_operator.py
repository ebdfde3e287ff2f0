"""A day of an operator's: what scripts, kcctl, Terraform and a person with curl send to a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.connect_bases import FULL_SINK, FULL_SOURCE, P, T, sink, source
from tests.servers.exchanges import Exchange

_SOURCE = source("op-lines", "op-none.txt", FULL_SOURCE)
_SINK = sink("op-lines", "op-out.txt", FULL_SINK)


def _validated(kind: str, **more: Any) -> tuple[Any, ...]:
    base = _SINK if "Sink" in kind else _SOURCE
    return (
        "PUT",
        f"/connector-plugins/{kind}/config/validate",
        {"name": "op", **base, **{key.replace("__", "."): value for key, value in more.items()}},
    )


_VALIDATIONS: tuple[tuple[Any, ...], ...] = (
    _validated("FileStreamSource"), _validated("FileStreamSinkConnector"), _validated("org.apache.kafka.connect.file.FileStreamSinkConnector", errors__tolerance="all", errors__log__enable="true", errors__deadletterqueue__topic__name="op-dlq", errors__deadletterqueue__topic__replication__factor="1", errors__deadletterqueue__context__headers__enable="true"),
    _validated("FileStreamSource", transforms="hoist,stamp", transforms__hoist__type=f"{T}HoistField$Value", transforms__hoist__field="line", transforms__stamp__type=f"{T}InsertField$Value", transforms__stamp__timestamp__field="at"),
    _validated("FileStreamSource", transforms="route", transforms__route__type=f"{T}RegexRouter", transforms__route__regex="(.*)-lines", transforms__route__replacement="$1-out"),
    _validated("FileStreamSink", transforms="drop", transforms__drop__type=f"{T}Filter", transforms__drop__predicate="tomb", predicates="tomb", predicates__tomb__type=f"{P}RecordIsTombstone"),
    _validated("FileStreamSink", transforms="drop", transforms__drop__type=f"{T}Filter", transforms__drop__predicate="missing", predicates="tomb", predicates__tomb__type=f"{P}RecordIsTombstone"),
    _validated("FileStreamSink", transforms="drop", transforms__drop__type=f"{T}Filter", transforms__drop__predicate="t", transforms__drop__negate="perhaps", predicates="t", predicates__t__type=f"{P}TopicNameMatches", predicates__t__pattern="op-.*"),
    _validated("FileStreamSink", transforms="cast", transforms__cast__type=f"{T}Cast$Value", transforms__cast__spec="id:int64,price:float64,ok:boolean"),
    _validated("FileStreamSink", transforms="cast", transforms__cast__type=f"{T}Cast$Value", transforms__cast__spec="id:long"),
    _validated("FileStreamSink", transforms="ts", transforms__ts__type=f"{T}TimestampConverter$Value", transforms__ts__target__type="string", transforms__ts__field="at", transforms__ts__format="yyyy-MM-dd"),
    _validated("FileStreamSink", transforms="ts", transforms__ts__type=f"{T}TimestampConverter$Value", transforms__ts__target__type="Timestamp", transforms__ts__field="at"),
    _validated("FileStreamSink", transforms="day", transforms__day__type=f"{T}TimestampRouter", transforms__day__topic__format="${topic}-${timestamp}", transforms__day__timestamp__format="yyyyMMdd"),
    _validated("FileStreamSink", transforms="mask,flat", transforms__mask__type=f"{T}MaskField$Value", transforms__mask__fields="email,phone", transforms__mask__replacement="***", transforms__flat__type=f"{T}Flatten$Value", transforms__flat__delimiter="_"),
    _validated("FileStreamSource", transforms="key,pick", transforms__key__type=f"{T}ValueToKey", transforms__key__fields="id", transforms__pick__type=f"{T}ExtractField$Key", transforms__pick__field="id"),
    _validated("FileStreamSource", transforms="rename", transforms__rename__type=f"{T}ReplaceField$Value", transforms__rename__renames="a:b,c:d", transforms__rename__exclude="e", transforms__rename__include="f"),
    _validated("FileStreamSource", transforms="h", transforms__h__type=f"{T}InsertHeader", transforms__h__header="origin", transforms__h__value__literal="file"),
    _validated("FileStreamSource", transforms="h", transforms__h__type=f"{T}HeaderFrom$Value", transforms__h__fields="a,b", transforms__h__headers="x", transforms__h__operation="move"),
    _validated("FileStreamSource", transforms="h", transforms__h__type=f"{T}HeaderFrom$Value", transforms__h__fields="a", transforms__h__headers="x", transforms__h__operation="MOVE"),
    _validated("FileStreamSource", transforms="h", transforms__h__type="io.example.NoSuchTransform"), _validated("FileStreamSource", transforms="h"),
    _validated("FileStreamSource", transforms="h", transforms__h__type=f"{T}SetSchemaMetadata$Value", transforms__h__schema__name="n", transforms__h__schema__version="2"),
    _validated("FileStreamSource", transforms="h", transforms__h__type=f"{T}DropHeaders", transforms__h__headers="a, b"),
    _validated("FileStreamSource", predicates="p", predicates__p__type=f"{P}HasHeaderKey", predicates__p__name="x"), _validated("FileStreamSource", predicates="p", predicates__p__type=f"{P}HasHeaderKey"),
    _validated("FileStreamSource", key__converter="org.apache.kafka.connect.storage.StringConverter", value__converter="org.apache.kafka.connect.json.JsonConverter", value__converter__schemas__enable="false"),
    _validated("FileStreamSource", value__converter="org.apache.kafka.connect.json.JsonConverter", value__converter__schemas__cache__size="abc"),
    _validated("FileStreamSource", value__converter="org.apache.kafka.connect.json.JsonConverter", value__converter__decimal__format="NUMERIC", value__converter__replace__null__with__default="no"),
    _validated("FileStreamSource", value__converter="org.apache.kafka.connect.converters.ByteArrayConverter", header__converter="org.apache.kafka.connect.storage.SimpleHeaderConverter"),
    _validated("FileStreamSource", value__converter="com.example.MissingConverter"), _validated("FileStreamSource", key__converter="ByteArrayConverter", value__converter="LongConverter"),
    _validated("FileStreamSource", topic__creation__default__partitions="3", topic__creation__default__replication__factor="1"), _validated("FileStreamSource", topic__creation__default__partitions="0", topic__creation__default__replication__factor="-2"),
    _validated("FileStreamSource", topic__creation__default__partitions="3"), _validated("FileStreamSource", topic__creation__groups="logs", topic__creation__default__partitions="1", topic__creation__default__replication__factor="1", topic__creation__logs__include="op-.*", topic__creation__logs__partitions="2"),
    _validated("FileStreamSource", producer__override__acks="1", producer__override__compression__type="lz4"), _validated("FileStreamSource", producer__override__acks="five"), _validated("FileStreamSource", producer__override__linger__ms="-1"),
    _validated("FileStreamSink", consumer__override__auto__offset__reset="latest"), _validated("FileStreamSink", consumer__override__auto__offset__reset="newest"), _validated("FileStreamSink", consumer__override__max__poll__records="0"),
    _validated("FileStreamSink", errors__retry__timeout="60000", errors__retry__delay__max__ms="1000", errors__log__include__messages="true"), _validated("FileStreamSink", errors__tolerance="some"), _validated("FileStreamSink", tasks__max="two"), _validated("FileStreamSink", tasks__max=4),
    _validated("FileStreamSink", topics="a,b,c"), _validated("FileStreamSink", topics__regex="op-.*"), _validated("FileStreamSink", topics="", file=""), _validated("FileStreamSource", **{"batch.size": "50"}), _validated("FileStreamSource", **{"batch.size": "-5"}), _validated("FileStreamSource", file=None),
    ("PUT", "/connector-plugins/FileStreamSource/config/validate", {}), ("PUT", "/connector-plugins/FileStreamSource/config/validate", {"connector.class": "FileStreamSource"}), ("PUT", "/connector-plugins/FileStreamSink/config/validate", {"connector.class": "FileStreamSinkConnector", "topics": "x"}), ("PUT", "/connector-plugins/Elasticsearch/config/validate", {"connector.class": "FileStreamSink"}),
)  # fmt: skip
_FILE = {"filename": _SOURCE["file"]}
_CALLS: tuple[tuple[Any, ...], ...] = (
    ("GET", "/"), ("GET", "/connectors?expand=status&expand=info"), ("POST", "/connectors", {"name": "op-source", "config": _SOURCE}), ("POST", "/connectors", {"name": "op-source", "config": _SOURCE}), ("PUT", "/connectors/op-sink/config", _SINK), ("PUT", "/connectors/op-sink/config", _SINK), ("GET", "/connectors/op-sink"), ("GET", "/connectors/op-source/config"), ("GET", "/connectors/op-source/tasks"), ("GET", "/connectors/op-sink/tasks-config"), ("GET", "/connectors/op-source/status"), ("GET", "/connectors?expand=info"), ("GET", "/connectors?expand=status"),
    ("PATCH", "/connectors/op-source/config", {"batch.size": "100", "tasks.max": "2"}), ("GET", "/connectors/op-source/config"), ("PATCH", "/connectors/op-source/config", {"batch.size": None}), ("GET", "/connectors/op-source/config"), ("PATCH", "/connectors/op-source/config", {"batch.size": "none"}), ("PATCH", "/connectors/op-source/config", {}), ("PATCH", "/connectors/op-sink/config", {"topics": None, "topics.regex": "op-.*"}), ("GET", "/connectors/op-sink"), ("PATCH", "/connectors/op-gone/config", {"tasks.max": "2"}), ("PATCH", "/connectors/op-sink/config", {"transforms": "x", "transforms.x.type": f"{T}HoistField$Value"}),
    ("PUT", "/connectors/op-source/pause"), ("GET", "/connectors/op-source/status"), ("PUT", "/connectors/op-source/pause"), ("GET", "/connectors/op-source/tasks/0/status"), ("PUT", "/connectors/op-source/resume"), ("GET", "/connectors/op-source/tasks/0/status"), ("POST", "/connectors/op-source/restart"), ("POST", "/connectors/op-source/restart?includeTasks=true"), ("POST", "/connectors/op-source/restart?includeTasks=true&onlyFailed=true"), ("POST", "/connectors/op-source/tasks/0/restart"), ("POST", "/connectors/op-source/tasks/1/restart"), ("POST", "/connectors/op-gone/restart?includeTasks=true"),
    ("GET", "/connectors/op-source/offsets"), ("PATCH", "/connectors/op-source/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 10}}]}), ("PUT", "/connectors/op-source/stop"), ("GET", "/connectors/op-source/status"), ("GET", "/connectors/op-source/tasks"), ("PATCH", "/connectors/op-source/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": 10}}]}), ("GET", "/connectors/op-source/offsets"), ("PATCH", "/connectors/op-source/offsets", {"offsets": [{"partition": _FILE, "offset": {"position": "10"}}]}), ("PATCH", "/connectors/op-source/offsets", {"offsets": [{"partition": {"file": "x"}, "offset": {"position": 1}}]}), ("DELETE", "/connectors/op-source/offsets"), ("GET", "/connectors/op-source/offsets"), ("PUT", "/connectors/op-source/resume"),
    ("GET", "/connectors/op-sink/offsets"), ("PUT", "/connectors/op-sink/stop"), ("PATCH", "/connectors/op-sink/offsets", {"offsets": [{"partition": {"kafka_topic": "op-lines", "kafka_partition": 0}, "offset": {"kafka_offset": 5}}]}), ("PATCH", "/connectors/op-sink/offsets", {"offsets": [{"partition": {"topic": "op-lines", "partition": 0}, "offset": {"offset": 5}}]}), ("DELETE", "/connectors/op-sink/offsets"), ("GET", "/connectors/op-source/topics"), ("GET", "/connectors/op-sink/topics"), ("PUT", "/connectors/op-sink/topics/reset"), ("GET", "/connectors/op-gone/topics"),
    ("POST", "/connectors", {"name": "op-stopped", "config": _SINK, "initial_state": "stopped"}), ("POST", "/connectors", {"name": "op-paused", "config": _SOURCE, "initial_state": "PAUSED"}), ("GET", "/connectors/op-paused/status"), ("GET", "/connectors/op-stopped/status"), ("POST", "/connectors", {"name": "op-bad", "config": {**_SINK, "topics": ""}}), ("POST", "/connectors", {"name": "op-bad", "config": {**_SINK, "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector"}}), ("POST", "/connectors", {"name": "op-bad", "config": {k: v for k, v in _SINK.items() if k != "topics"}}), ("POST", "/connectors", {"name": "op-bad", "config": {**_SOURCE, "name": "op-other"}}), ("POST", "/connectors", {"name": "op-bad", **_SOURCE}), ("POST", "/connectors", _SOURCE), ("POST", "/connectors", {"name": "op-bad"}), ("PUT", "/connectors/op-bad/config", {"name": "op-bad", "config": _SOURCE}), ("PUT", "/connectors/op-bad/config", {"tasks.max": "1"}), ("PUT", "/connectors/op-bad", _SOURCE), ("GET", "/connectors/op-bad"), ("DELETE", "/connectors/op-bad"),
    ("GET", "/admin/loggers"), ("GET", "/admin/loggers/root"), ("PUT", "/admin/loggers/org.apache.kafka.connect.runtime", {"level": "DEBUG"}), ("GET", "/admin/loggers/org.apache.kafka.connect.runtime"), ("PUT", "/admin/loggers/org.apache.kafka.connect.runtime.WorkerSinkTask", {"level": "trace"}), ("PUT", "/admin/loggers/org.apache.kafka.connect.runtime", {"level": "VERBOSE"}), ("PUT", "/admin/loggers/org.apache.kafka.connect.runtime", {"level": ""}), ("PUT", "/admin/loggers/org.apache.kafka.connect.runtime?scope=cluster", {"level": "INFO"}), ("GET", "/admin/loggers/com.example"),
    ("GET", "/connector-plugins"), ("GET", "/connector-plugins?connectorsOnly=true"), ("GET", "/connector-plugins/FileStreamSink/config"), ("GET", f"/connector-plugins/{T}HoistField%24Value/config"), ("GET", f"/connector-plugins/{T}TimestampRouter/config"), ("GET", "/connector-plugins/org.apache.kafka.connect.converters.IntegerConverter/config"), ("GET", "/connector-plugins/NoSuch/config"), ("GET", "/health"), ("GET", "/connectors/op-sink/nothing"), ("POST", "/connectors/op-sink/pause"), ("GET", "/connectors/op-sink/restart"),
    ("DELETE", "/connectors/op-sink"), ("DELETE", "/connectors/op-sink"), ("GET", "/connectors/op-sink"), ("DELETE", "/connectors/op-source"), ("DELETE", "/connectors/op-stopped"), ("DELETE", "/connectors/op-paused"), ("GET", "/connectors"),
)  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    for method, path, *more in _VALIDATIONS:
        yield Exchange("operator validate", method, path, *more)
    for method, path, *more in _CALLS:
        yield Exchange("operator calls", method, path, *more)
