"""The engine without Kafka: topics are lists, and each query is fed by hand, as ksqlDB's own test driver does."""

from __future__ import annotations

import contextlib
import json
import struct
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.commands.effects import Live
from clickstream_embedded.ksqldb.commands.interpreter import Interpreter
from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_embedded.ksqldb.planning.analysis import Analysis
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.columns import Columns
from clickstream_ksql import ast
from clickstream_ksql.parser import Parsed, parse

Message = tuple[bytes | None, bytes | None, int, list[tuple[str, bytes | None]]]


@dataclass
class Topics:
    """What the engine needs of Kafka, as lists."""

    logs: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])
    partitions: dict[str, int] = field(default_factory=dict[str, int])

    def topics(self) -> dict[str, int]:
        return dict(self.partitions)

    def create_topic(self, name: str, partitions: int, config: dict[str, str]) -> None:
        self.partitions.setdefault(name, partitions)
        self.logs.setdefault(name, [])

    def delete_topic(self, name: str) -> None:
        self.partitions.pop(name, None)

    def write(self, topic: str, key: bytes | None, value: bytes | None, timestamp: int | None = None) -> int:
        self.logs.setdefault(topic, []).append((key, value, timestamp or 0, []))
        return len(self.logs[topic]) - 1


@dataclass
class Query:
    """A query that was planned, not run."""

    query_id: str
    sink: DataSource
    reads: tuple[str, ...]
    topology: Topology


class OfflineEffects(Live):
    """Keeps queries instead of running them. Topics are lists, so they are made at once, as in a replay."""

    def __init__(self, topics: Topics, store: CheckpointStore) -> None:
        super().__init__(topics, None, store, None, "")  # type: ignore[arg-type]
        self.replaying = True
        self.planned: list[Query] = []

    def start(
        self, query_id: str, text: str, sink: DataSource, analysis: Analysis, topology: Topology,
        properties: dict[str, Any], options: dict[str, Any],
    ) -> None:  # fmt: skip
        query = Query(query_id, sink, tuple(each.source.name for each in analysis.inputs), topology)
        for number, known in enumerate(self.planned):
            if (
                known.sink.name == sink.name
                and not query_id.startswith("INSERT")
                and not known.query_id.startswith("INSERT")
            ):
                self.planned[number] = query
                return
        self.planned.append(query)

    def delete_topic(self, source: DataSource) -> None:
        self._kafka.delete_topic(source.topic)


class OfflineEngine(Engine):
    """Plans queries instead of running them."""

    def __init__(self, data: Path) -> None:
        self.topics = Topics()
        super().__init__(self.topics, data)  # type: ignore[arg-type]
        self._live = self._offline = OfflineEffects(self.topics, self._store)
        self._interpreter = Interpreter(MetaStore(), self._offline)

    @property
    def planned(self) -> list[Query]:
        return self._offline.planned

    def close(self) -> None:
        self.queries.clear()
        super().close()

    def run(self, parsed: Parsed, properties: dict[str, Any]) -> None:
        """Runs one statement. Raises KsqlError."""
        statement = parsed.statement
        if isinstance(statement, ast.SetProperty):
            properties[statement.name] = statement.value
        elif isinstance(statement, ast.UnsetProperty):
            properties.pop(statement.name, None)
        elif isinstance(statement, ast.InsertValues):
            self.insert_values(statement)
        else:
            # ksqlDB's test driver has no cache: each change is written
            self._interpreter.apply(parsed, {**properties, "cache.max.bytes.buffering": 0}, self._sequence)
            self._sequence += 1


def run_statements(engine: OfflineEngine, texts: list[str], properties: dict[str, Any]) -> int:
    """Runs all statements; gives how many were done. Raises what the failing one raised, with `done` set on it."""
    done = 0
    text = "\n".join(texts)
    try:
        for parsed in parse(text):
            engine.run(parsed, properties)
            done += 1
    except Exception as error:
        error.done = done  # type: ignore[attr-defined]
        raise
    return done


# -- records of the cases --------------------------------------------------------------------------------------


def _scalar(kind: str, value: Any) -> bytes:
    match kind:
        case "INTEGER":
            return struct.pack(">i", int(value))
        case "BIGINT":
            return struct.pack(">q", int(value))
        case "DOUBLE":
            return struct.pack(">d", float(value))
        case _:
            return str(value).encode()


def _json(value: Any) -> bytes:
    def plain(item: Any) -> Any:
        if isinstance(item, Decimal):
            return _Number(item)
        if isinstance(item, dict):
            return {k: plain(v) for k, v in item.items()}
        return [plain(v) for v in item] if isinstance(item, list) else item

    return json.dumps(plain(value), ensure_ascii=False).encode()


class _Number(float):
    """Keeps the digits of a decimal in JSON text."""

    def __new__(cls, value: Decimal) -> _Number:
        made = super().__new__(cls, value)
        made.text = str(value)  # type: ignore[attr-defined]
        return made

    def __repr__(self) -> str:
        return self.text  # type: ignore[attr-defined]


def encode(value: Any, form: str, columns: Any) -> bytes | None:
    """A key or value of a case as bytes of a format."""
    if value is None or form == "NONE":
        return None
    if form == "JSON":
        return _json(value)
    if form == "KAFKA":
        if isinstance(value, dict):
            value = next(iter(value.values()), None)
        return None if value is None else _scalar(columns[0].type.name if columns else "STRING", value)
    return str(value).encode()


def input_message(record: dict[str, Any], source: DataSource | None) -> Message:
    """An input record as the bytes that its source's formats give."""
    if source is None:
        key, value = encode(record.get("key"), "JSON", ()), encode(record.get("value"), "JSON", ())
        return key, value, record.get("timestamp") or 0, []
    key = encode(record.get("key"), source.key_format, source.schema.keys)
    window = record.get("window")
    if window and key is not None:
        key += struct.pack(">q", window["end"]) if window["type"] == "session" else b""
        key += struct.pack(">q", window["start"])
    import base64

    headers: list[tuple[str, bytes | None]] = [
        (h["KEY"] if "KEY" in h else h["key"], None if h["value_b64"] is None else base64.b64decode(h["value_b64"]))
        for h in record.get("headers") or []
    ]
    value = encode(record.get("value"), source.value_format, source.schema.values)
    return key, value, record.get("timestamp") or 0, headers


def decode(data: bytes | None, form: str, columns: Any) -> Any:
    """Bytes of a format as the cases write them."""
    if data is None:
        return None
    if form == "JSON":
        return json.loads(data, parse_float=Decimal)
    if form == "KAFKA":
        kind = columns[0].type.name if columns else "STRING"
        shapes = {"INTEGER": ">i", "BIGINT": ">q", "DOUBLE": ">d"}
        if kind in shapes:
            number = struct.unpack(shapes[kind], data)[0]
            return Decimal(repr(number)) if kind == "DOUBLE" else number
    return data.decode("utf-8", "replace")


@dataclass
class Produced:
    """A record of a sink: decoded, with its bytes for the queries behind it."""

    key: Any
    value: Any
    timestamp: int
    window: tuple[int, int] | None
    window_type: str | None
    message: Message
    raw: Any = None


def run_query(engine: OfflineEngine, query: Query, topic_readers: list[tuple[str, Message]]) -> list[Produced]:
    """Feeds a query with (topic, message) in order; gives what it wrote."""
    readers: dict[str, list[tuple[Codec, Any, Any]]] = {}
    for side, node in query.topology.inputs:
        reader = Codec(side.source, strict_times=query.topology.strict_times)
        readers.setdefault(side.source.topic, []).append((reader, side.wanted, node))
    codec = Codec(query.sink)
    out: list[Produced] = []
    offsets: dict[str, int] = {}
    for topic, (key, value, timestamp, headers) in topic_readers:
        offset = offsets.get(topic, 0)
        offsets[topic] = offset + 1
        message: Any = Columns([key], [value], [timestamp], [0], [offset], [headers])  # type: ignore[list-item]
        for reader, wanted, node in readers.get(topic, []):
            try:
                records = reader.records(message, wanted).records
                if records:
                    node.process(records)
            except (SerializationError, ValueError):
                continue
        for record in query.topology.output.take():
            # a result whose TIMESTAMP column holds no time is not written
            with contextlib.suppress(SerializationError, ValueError):
                out.append(_produced(codec, query, record))
    return out


def _produced(codec: Codec, query: Query, record: Any) -> Produced:
    key, row, timestamp, window, _ = record
    sink = query.sink
    data_key = codec.encode_key(key, None)
    value = codec.encode_value(row)
    timestamp = codec.output_timestamp(row, timestamp)
    shown_key = decode(data_key, sink.key_format, sink.schema.keys)
    message: Message = (codec.encode_key(key, window), value, timestamp, [])
    kind = None if window is None else ("session" if sink.window == "SESSION" else "time")
    return Produced(
        shown_key, decode(value, sink.value_format, sink.schema.values), timestamp, window, kind, message, record
    )
