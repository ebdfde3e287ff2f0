"""Requests to a Kafka broker in its own protocol, in an order in which each finds what it needs.

Each is (kind, name, API key, version, fields). What differs from run to run in an answer (ids, addresses, times, sizes) is
replaced by a word; what has no order is sorted.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.integration.jvm.processes import kafka_broker
from tests.processes import Server
from tests.servers import (
    broker_administration,
    broker_audit,
    broker_days,
    broker_exam,
    broker_ferry,
    broker_fleet,
    broker_further,
    broker_harvest,
    broker_libraries,
    broker_lives,
    broker_members,
    broker_months,
    broker_platform,
    broker_port,
    broker_walk_administration,
    broker_weeks,
    broker_workshop,
    broker_years,
    settings_walk,
)
from tests.servers.broker_groups import grouping, transactions
from tests.servers.broker_plays import Stage
from tests.servers.broker_records import reading, writing
from tests.servers.broker_walk import Walker
from tests.servers.broker_walk_bases import TOPIC
from tests.servers.exchanges import Answer, Exchange, Send
from tests.servers.kafka_wire import Request, Wire

_NONE, _SOME = uuid.UUID(int=0), uuid.UUID(int=77)
_CHANGES = (33, 44)  # AlterConfigs, IncrementalAlterConfigs: the real one has them in force a moment after its answer
_SETTLING = 0.1  # seconds
_LONG = 400  # characters
_WARM = "warm"
_UNORDERED = {"partitions", "topics", "configs", "synonyms", "api_keys", "results", "replica_election_results",
              "responses", "groups", "results_by_partition",
              "entity", "entries", "values", "transaction_states", "partition_responses"}  # fmt: skip


def _topic(name: str, partitions: int = 1, replicas: int = 1, assignments: Any = (), **configs: Any) -> dict[str, Any]:
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    one = {"name": name, "num_partitions": partitions, "replication_factor": replicas, "assignments": assignments,
           "configs": named}  # fmt: skip
    return {"topics": [one], "timeout": 5000, "validate_only": False}


def _assigned(*brokers: Any) -> list[dict[str, Any]]:
    return [{"partition_index": number, "broker_ids": each} for number, each in enumerate(brokers)]


def _creating() -> Iterator[Request]:
    for name, fields in {
        "a name with dots": _topic("a.b"), "a name that collides": _topic("a_b"), "an empty name": _topic(""),
        "a dot": _topic("."), "two dots": _topic(".."), "a long name": _topic("x" * 250), "a slash": _topic("a/b"),
        "a space": _topic("a b"), "no partitions": _topic("p0", 0), "minus two partitions": _topic("p-", -2),
        "many partitions": _topic("many", 200_000), "three replicas": _topic("r3", 1, 3),
        "no replicas": _topic("r0", 1, 0), "minus five replicas": _topic("r5", 1, -5), "the defaults": _topic("d1", -1, -1),
        "one that exists": _topic("a.b"), "by assignment": _topic("as", -1, -1, _assigned([1], [1])),
        "an unknown broker": _topic("ab", -1, -1, _assigned([7])), "a broker twice": _topic("ad", -1, -1, _assigned([1, 1])),
        "no broker": _topic("an", -1, -1, _assigned([])), "both ways": _topic("aq", 2, 1, _assigned([1])),
        "partitions and assignment": _topic("aw", 2, -1, _assigned([1])),
        "a gap": _topic("ag", -1, -1, [{"partition_index": 1, "broker_ids": [1]}]),
        "an empty setting": _topic("nc", retention_ms=None), "a text for a number": _topic("bc", retention_ms="x"),
        "an unknown setting": _topic("uc", foo="x"), "a fine setting": _topic("fc", retention_ms="1000"),
        "brotli": _topic("cb", compression_type="brotli"), "in-sync 0": _topic("ci", min_insync_replicas="0"),
        "ratio 7": _topic("cr", min_cleanable_dirty_ratio="7"), "maybe": _topic("cm", preallocate="maybe"),
        "append time": _topic("at", message_timestamp_type="LogAppendTime"),
        "in-sync 2": _topic("is", min_insync_replicas="2"), "small records": _topic("sr", max_message_bytes="100"),
        "no old records": _topic("no", message_timestamp_before_max_ms="1000"),
        "internal": _topic("__consumer_offsets"),
    }.items():  # fmt: skip
        yield Request("create topics", name, 19, 7, fields)
    twice = _topic("two")
    yield Request("create topics", "one twice", 19, 7, {**twice, "topics": twice["topics"] * 2})
    yield Request("create topics", "validated only", 19, 7, {**_topic("vo"), "validate_only": True})
    for version in (2, 4, 5, 6):
        yield Request("create topics", f"version {version}", 19, version, _topic(f"v{version}"))


def _growing() -> Iterator[Request]:
    def grow(name: str, count: int, *brokers: Any) -> dict[str, Any]:
        assignments = [{"broker_ids": each} for each in brokers] or None
        topic = {"name": name, "count": count, "assignments": assignments}
        return {"topics": [topic], "timeout": 5000, "validate_only": False}

    for name, fields in {
        "fewer": grow("as", 1), "as many": grow("as", 2), "a negative count": grow("as", -1), "no topic": grow("nope", 3),
        "an unknown broker": grow("as", 3, [9]), "too few assignments": grow("as", 4, [1]), "more": grow("fc", 2),
        "by assignment": grow("fc", 3, [1]),
    }.items():  # fmt: skip
        yield Request("create partitions", name, 37, 3, fields)


def _settings() -> Iterator[Request]:
    def describe(kind: int, name: str, *keys: str) -> dict[str, Any]:
        resource = {"resource_type": kind, "resource_name": name, "configuration_keys": keys or None}
        return {"resources": [resource], "include_synonyms": True, "include_documentation": False}

    def change(kind: int, name: str, *changes: tuple[str, int, str | None], dry: bool = False) -> dict[str, Any]:
        named = [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]
        resource = {"resource_type": kind, "resource_name": name, "configs": named}
        return {"resources": [resource], "validate_only": dry}

    def replace(kind: int, name: str, **values: str | None) -> dict[str, Any]:
        named = [{"name": key.replace("_", "."), "value": value} for key, value in values.items()]
        return {"resources": [{"resource_type": kind, "resource_name": name, "configs": named}], "validate_only": False}

    for version in (0, 1, 2, 3, 4):
        if version:
            yield Request("describe configs", f"version {version}", 32, version, describe(2, "fc", "retention.ms"))
    yield Request("describe configs", "names of a topic's", 32, 1, describe(2, "as"))
    for kind, name in ((0, "x"), (2, ""), (2, "a/b"), (2, "nope"), (4, "2"), (4, ""), (4, "abc"), (16, "c"), (32, "g")):
        yield Request("describe configs", f"{kind} {name}", 32, 4, describe(kind, name, "retention.ms", "root"))
    for name in ("log.cleaner.threads", "num.io.threads", "message.max.bytes", "ssl.keystore.password", "log.retention.ms",
                 "log.retention.hours", "background.threads", "auto.create.topics.enable", "num.partitions",
                 "default.replication.factor", "log.cleanup.policy", "group.max.session.timeout.ms", "nope"):  # fmt: skip
        yield Request("describe configs", f"broker's {name}", 32, 4, describe(4, "1", name))
    values = ["abc", "-3", "-1", "0", "7", "99999999999", "1.5", "", "TRUE", None]
    for name in ("cleanup.policy", "compression.type", "delete.retention.ms", "flush.messages", "max.message.bytes",
                 "message.timestamp.type", "min.cleanable.dirty.ratio", "min.insync.replicas", "preallocate",
                 "retention.bytes", "retention.ms", "segment.bytes", "segment.jitter.ms", "local.retention.ms",
                 "segment.index.bytes", "compression.gzip.level", "remote.storage.enable", "nope"):  # fmt: skip
        for value in values:
            yield Request("alter configs", f"{name}={value}", 44, 1, change(2, "fc", (name, 0, value), dry=True))
    for label, changes in {
        "append": (("cleanup.policy", 2, "compact"),), "append again": (("cleanup.policy", 2, "compact"),),
        "subtract": (("cleanup.policy", 3, "delete"),), "append to a number": (("retention.ms", 2, "1"),),
        "subtract from a text": (("compression.type", 3, "gzip"),), "delete": (("retention.ms", 1, None),),
        "delete unknown": (("nope", 1, None),), "twice": (("retention.ms", 0, "1"), ("retention.ms", 1, None)),
        "two": (("retention.ms", 0, "5"), ("segment.ms", 0, "6")), "throttled": (("leader.replication.throttled.replicas", 0, "x"),),
        "lags": (("min.compaction.lag.ms", 0, "9"), ("max.compaction.lag.ms", 0, "5")),
    }.items():  # fmt: skip
        yield Request("alter configs", label, 44, 1, change(2, "fc", *changes))
        yield Request("alter configs", f"after {label}", 32, 4, describe(2, "fc", "cleanup.policy", "retention.ms"))
    for kind, name in ((0, "x"), (2, ""), (2, "nope"), (4, "2"), (4, "abc"), (8, "1"), (16, "c")):
        yield Request("alter configs", f"{kind} {name}", 44, 1, change(kind, name, ("retention.ms", 0, "1")))
        yield Request("alter configs", f"all of {kind} {name}", 33, 2, replace(kind, name, retention_ms="1"))
    yield Request("alter configs", "all of a topic's", 33, 2, replace(2, "fc", segment_ms="77"))
    yield Request("alter configs", "after all", 32, 4, describe(2, "fc", "segment.ms", "retention.ms"))
    yield Request("alter configs", "a broker's read-only one", 44, 1, change(4, "1", ("log.dirs", 0, "/x")))
    yield Request(
        "alter configs", "a broker's default", 44, 1, change(4, "1", ("log.segment.delete.delay.ms", 0, "500"))
    )
    yield Request("alter configs", "after a broker's", 32, 4, describe(2, "fc", "file.delete.delay.ms"))


def _deleting() -> Iterator[Request]:
    def by(name: str | None, topic_id: uuid.UUID = _NONE) -> dict[str, Any]:
        return {"topics": [{"name": name, "topic_id": topic_id}], "timeout": 5000}

    yield Request("delete topics", "no such name", 20, 6, by("nope"))
    yield Request("delete topics", "no such id", 20, 6, by(None, _SOME))
    yield Request("delete topics", "name and id", 20, 6, by("as", _SOME))
    yield Request("delete topics", "version 5", 20, 5, {"topic_names": ["nope"], "timeout": 5000})
    yield Request("delete topics", "one", 20, 6, by("v2"))
    yield Request("delete topics", "again", 20, 6, by("v2"))
    for name, topic, number, offset in (("none", "nope", 0, 0), ("past the end", "as", 0, 10), ("to the end", "as", 1, -1),
                                        ("no partition", "as", 5, -1), ("a negative offset", "as", 0, -5)):  # fmt: skip
        partition = {"partition_index": number, "offset": offset}
        yield Request(
            "delete records", name, 21, 2, {"topics": [{"name": topic, "partitions": [partition]}], "timeout": 5000}
        )


def _metadata() -> Iterator[Request]:
    def of(name: str | None, topic_id: uuid.UUID = _NONE, **more: Any) -> dict[str, Any]:
        return {"topics": [{"name": name, "topic_id": topic_id}], "allow_auto_topic_creation": False, **more}

    for version in (1, 4, 5, 7, 8, 9, 12):
        yield Request("metadata", f"version {version}", 3, version, of("as"))
    yield Request("metadata", "no topic", 3, 12, of("nope", include_topic_authorized_operations=True))
    yield Request("metadata", "no id", 3, 12, of(None, _SOME))
    yield Request("metadata", "a bad name", 3, 12, {**of("a/b"), "allow_auto_topic_creation": True})
    yield Request("metadata", "operations", 3, 9, of("as", include_topic_authorized_operations=True,
                                                     include_cluster_authorized_operations=True))  # fmt: skip
    yield Request("metadata", "partitions", 75, 0, {"topics": [{"name": "as"}, {"name": "nope"}],
                                                   "response_partition_limit": 2000, "cursor": None})  # fmt: skip
    yield Request("metadata", "cluster", 60, 1, {"include_cluster_authorized_operations": True, "endpoint_type": 1})
    yield Request(
        "metadata", "controllers", 60, 1, {"include_cluster_authorized_operations": False, "endpoint_type": 2}
    )


def requests() -> list[Request]:
    """All requests in their order."""
    parts = (
        _creating,
        _growing,
        _settings,
        _deleting,
        _metadata,
        broker_administration.requests,
        settings_walk.broker_requests,
        writing,
        reading,
        grouping,
        transactions,
        broker_further.requests,
        broker_walk_administration.requests,
    )
    found = [Request("versions", "offered", 18, 3, {"client_software_name": "x", "client_software_version": "1"})]
    return found + [each for part in parts for each in part()]


def _sorted(value: Any, name: str = "") -> Any:
    """The answer with its ids replaced and what has no order in one."""
    if isinstance(value, dict):
        return {key: _sorted(each, key) for key, each in value.items()}
    if isinstance(value, list):
        found = [_sorted(each) for each in value]
        return sorted(found, key=lambda each: json.dumps(each, sort_keys=True)) if name in _UNORDERED else found
    if isinstance(value, str):
        if "-" not in value and len(value) > _LONG:  # bytes of records
            return value
        text = re.sub(r"[\w.-]*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID", value)
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
        text = re.sub(r'the cluster id "[^"]+"', 'the cluster id "ID"', text)
        text = re.sub(r"^/\S+/(data|topics)$", "FOLDER", text)
        return re.sub(r"within \[-?\d+, -?\d+\]", "within [A, B]", text)
    return value


# -- for `tests.servers.side_by_side` ---------------------------------------------------------------------------

NAME = "broker"
VOLATILE = frozenset({
    "port", "cluster_id", "topic_id", "log_dir", "total_bytes", "usable_bytes", "partition_size",
    "finalized_features_epoch", "log_append_time", "session_id",
    "producer_id", "last_timestamp", "transaction_start_time",
})  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    is_warm = False
    for each in requests():
        if each.kind == "groups" and not is_warm:
            is_warm = True
            yield Exchange("", "", "wait for the coordinators", _WARM, quiet=True)
        yield Exchange(each.kind, f"{each.key} v{each.version}", each.name, each)
    for step in range(broker_lives.STEPS):
        yield Exchange("lives", "", f"step {step}", step)
    for name, play in _PLAYS.items():
        for step in range(play.STEPS):
            yield Exchange(name, "", f"step {step}", (name, step))


_ON_ALL = {"days": broker_days, "weeks": broker_weeks}  # on the broker of all requests
_ALONE = {"months": broker_months, "years": broker_years, "libraries": broker_libraries, "platform": broker_platform,
          "workshop": broker_workshop, "audit": broker_audit, "fleet": broker_fleet, "exam": broker_exam, "harvest": broker_harvest,
          "port": broker_port, "ferry": broker_ferry, "members": broker_members}  # each on one of its own  # fmt: skip
_PLAYS = {**_ON_ALL, **_ALONE}

Start = Callable[[dict[str, str]], AbstractContextManager[str]]  # a broker with further settings: its address


class _Client:
    """Asks one broker; a connection that it closes is an answer too."""

    def __init__(self, address: str, start: Start) -> None:
        self._address, self._start = address, start
        self._walker = Walker(Wire(address), TOPIC)
        self._lives: broker_lives.Lives | None = None
        self._plays: dict[str, list[tuple[str, Any]]] = {}

    def __call__(self, exchange: Exchange) -> Answer:
        request = exchange.body
        if isinstance(request, int):
            return Answer(200, _sorted(broker_lives.named(list(self._lived()[request]))))
        if request is _WARM:
            stage = Stage(self._address)
            stage.wait_for_coordinators()
            stage.close()
            return Answer(200, "")
        if isinstance(request, tuple) and not isinstance(request, Request):
            return Answer(200, _sorted(list(self._played(request[0])[request[1]])))
        try:
            answer = self._walker.ask(request)
            if request.key in _CHANGES and not request.fields["validate_only"]:
                time.sleep(_SETTLING)
            return Answer(200, _sorted(answer))
        except (ConnectionError, TimeoutError) as error:
            self._walker.reconnect(Wire(self._address))
            return Answer(0, f"{type(error).__name__}: {error}")

    def _lived(self) -> list[tuple[str, Any]]:
        """The lives' steps, played when the first is asked for."""
        if self._lives is None:
            self._lives = broker_lives.Lives(self._address)
            self._lives.play()
        return self._lives.answers

    def _played(self, name: str) -> list[tuple[str, Any]]:
        """A play's steps, played when the first is asked for."""
        if name in _ON_ALL and name not in self._plays:
            self._plays[name] = self._played_at(self._address, name)
        elif name not in self._plays:
            with self._start(getattr(_PLAYS[name], "MORE", {})) as address:
                self._plays[name] = self._played_at(address, name)
        return self._plays[name]

    @staticmethod
    def _played_at(address: str, name: str) -> list[tuple[str, Any]]:
        stage = Stage(address)
        _PLAYS[name].play(stage)
        stage.close()
        return stage.answers

    def close(self) -> None:
        self._walker.close()


# what the real one is started with by `kafka_broker` and ours can be too
_STARTED = {"offsets.topic.num.partitions": "1", "transaction.state.log.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0"}  # fmt: skip


@contextmanager
def _our_broker(more: dict[str, str]) -> Generator[str]:
    settings = ";".join(f"{name}={value}" for name, value in {**_STARTED, **more}.items())
    with tempfile.TemporaryDirectory() as folder, Server("broker", Path(folder), "--setting", settings) as server:
        yield server.address


@contextmanager
def _real_broker(more: dict[str, str]) -> Generator[str]:
    with tempfile.TemporaryDirectory() as folder, kafka_broker(Path(folder), more=more) as kafka:
        yield f"127.0.0.1:{kafka.ports['PLAINTEXT']}"


@contextmanager
def _asked(start: Start) -> Generator[Send]:
    with start({}) as address:
        client = _Client(address, start)
        yield client
        client.close()


def ours() -> AbstractContextManager[Send]:
    return _asked(_our_broker)


def real() -> AbstractContextManager[Send]:
    return _asked(_real_broker)
