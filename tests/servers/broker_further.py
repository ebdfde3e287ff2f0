"""A further batch for the broker: what administration tools and clients send in a day; written before it was compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from tests.servers.kafka_batches import batch
from tests.servers.kafka_wire import Request

_NOW = 1_700_000_000_000
_ID = uuid.UUID(int=99)


def _new(name: str, partitions: int = 1, replicas: int = 1, assigned: Any = (), **configs: str) -> dict[str, Any]:
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    return {"name": name, "num_partitions": partitions, "replication_factor": replicas, "assignments": assigned,
            "configs": named}  # fmt: skip


def _topics() -> Iterator[Request]:
    def create(name: str, *topics: Any, dry: bool = False, version: int = 7, timeout: int = 5000) -> Request:
        fields = {"topics": list(topics), "timeout": timeout, "validate_only": dry}
        return Request("further topics", name, 19, version, fields)

    yield create("several", _new("ft1", 3), _new("ft2"), _new("ft/3"))
    yield create("twice in one", _new("ft4"), _new("ft4"))
    yield create("none")
    yield create("dry", _new("ft5", 2), _new("ft1"), dry=True)
    yield create("at once", _new("ft6"), timeout=0)
    yield create("old", _new("ft7"), version=2)
    yield create("older", _new("ft7"), version=4)
    yield create("with settings", _new("ft8", cleanup_policy="compact,delete", min_insync_replicas="1", max_message_bytes="2000"))  # fmt: skip
    yield create("a wrong setting and a right topic", _new("ft9", retention_ms="-9"), _new("ft10"))
    yield create("lags that conflict", _new("ft11", min_compaction_lag_ms="10", max_compaction_lag_ms="5"))
    yield create(
        "a policy twice", _new("ft12", cleanup_policy="delete,delete"), _new("ft13", cleanup_policy="x,delete")
    )
    yield create("a long name", _new("é"), _new("x" * 249), _new("_" * 3))
    yield create(
        "tiers", _new("ft14", remote_storage_enable="true"), _new("ft15", local_retention_ms="5", retention_ms="3")
    )
    for name, fields in {
        "two": [("ft1", 5, None), ("ft2", 1, None)], "with places": [("ft2", 3, [[1], [1]])],
        "with too few places": [("ft2", 5, [[1]])], "with an unknown broker": [("ft2", 4, [[3]])],
        "twice": [("ft6", 2, None), ("ft6", 3, None)], "below 0": [("ft6", -3, None)], "too many": [("ft6", 100_000, None)],
    }.items():  # fmt: skip
        topics = [
            {"name": topic, "count": count, "assignments": None if places is None else [{"broker_ids": p} for p in places]}
            for topic, count, places in fields
        ]  # fmt: skip
        request = {"topics": topics, "timeout": 5000, "validate_only": False}
        yield Request("further partitions", name, 37, 3, request)
        yield Request("further partitions", f"{name}, dry", 37, 3, {**request, "validate_only": True})
    by = [{"name": name, "topic_id": uuid.UUID(int=0)} for name in ("ft7", "nope", "ft7")]
    yield Request("further topics", "delete several", 20, 6, {"topics": by, "timeout": 5000})
    yield Request("further topics", "delete by no id", 20, 6, {"topics": [{"name": None, "topic_id": uuid.UUID(int=0)}], "timeout": 1})  # fmt: skip
    yield Request("further topics", "delete none", 20, 6, {"topics": [], "timeout": 5000})
    yield Request("further topics", "delete old", 20, 3, {"topic_names": ["ft10", "ft10", ""], "timeout": 5000})
    yield Request("further topics", "metadata of all", 3, 1, {"topics": []})
    yield Request("further topics", "metadata made", 3, 9, {"topics": [{"name": "auto1"}], "allow_auto_topic_creation": True})  # fmt: skip
    yield Request("further topics", "metadata twice", 3, 9, {"topics": [{"name": "ft1"}, {"name": "ft1"}], "allow_auto_topic_creation": False})  # fmt: skip
    yield Request("further topics", "limited", 75, 0, {"topics": [{"name": "ft1"}, {"name": "ft2"}], "response_partition_limit": 2, "cursor": None})  # fmt: skip
    yield Request("further topics", "after a cursor", 75, 0, {"topics": [{"name": "ft1"}, {"name": "ft2"}], "response_partition_limit": 3, "cursor": {"topic_name": "ft1", "partition_index": 3}})  # fmt: skip
    yield Request("further topics", "no limit", 75, 0, {"topics": [], "response_partition_limit": 0, "cursor": None})


def _settings() -> Iterator[Request]:
    def change(kind: int, name: str, *changes: tuple[str, int, str | None], dry: bool = False) -> Request:
        configs = [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]
        fields = {
            "resources": [{"resource_type": kind, "resource_name": name, "configs": configs}],
            "validate_only": dry,
        }
        return Request("further settings", f"{name} {changes}", 44, 1, fields)

    def describe(kind: int, name: str, *keys: str, synonyms: bool = True, version: int = 4) -> Request:
        fields = {"resources": [{"resource_type": kind, "resource_name": name, "configuration_keys": list(keys) or None}],
                  "include_synonyms": synonyms, "include_documentation": False}  # fmt: skip
        return Request("further settings", f"describe {name} {keys} {version}", 32, version, fields)

    for changes in (
        [("retention.ms", 0, "5000"), ("cleanup.policy", 2, "compact")], [("cleanup.policy", 3, "delete,compact")], [("retention.ms", 1, None)],
        [("retention.ms", 0, "1"), ("retention.ms", 1, "1")], [("nope", 1, None)], [("nope", 0, "1")], [("segment.bytes", 0, "1 000")], [("preallocate", 0, " TRUE ")],
        [("leader.replication.throttled.replicas", 2, "0:1"), ("leader.replication.throttled.replicas", 2, "1:1")], [("leader.replication.throttled.replicas", 0, "x")], [("compression.type", 0, "GZIP")], [("compression.type", 1, "")], [("message.format.version", 0, "0.9")],
        [("min.insync.replicas", 0, "2147483648")], [("min.cleanable.dirty.ratio", 0, "-0.1")], [("max.message.bytes", 0, "1e3")], [("unclean.leader.election.enable", 0, "")], [],
    ):  # fmt: skip
        yield change(2, "ft8", *changes)
    yield describe(2, "ft8", "retention.ms", "cleanup.policy", "preallocate", "segment.bytes", "compression.type")
    yield describe(2, "ft8", "nope")
    yield describe(2, "ft1", "max.message.bytes", synonyms=False, version=1)
    for name, *changes in (
        ("1", ("log.retention.ms", 0, "9000"), ("foo.bar", 0, "x")), ("", ("log.retention.ms", 0, "8000")), ("", ("log.segment.bytes", 0, "10")), ("1", ("num.io.threads", 0, "10")), ("1", ("num.io.threads", 0, "30")), ("1", ("listener.name.plaintext.max.connections", 0, "500")), ("1", ("max.connections.per.ip.overrides", 0, "localhost:400")), ("1", ("log.cleanup.policy", 2, "compact")), ("1", ("log.cleanup.policy", 2, "x")), ("1", ("log.retention.hours", 1, None)), ("1", ("auto.create.topics.enable", 0, "false")), ("1", ("follower.replication.throttled.rate", 0, "1000")), ("", ("sasl.enabled.mechanisms", 0, "PLAIN")), ("1", ("log.local.retention.bytes", 0, "-2"), ("log.retention.bytes", 0, "5")), ("1", ("min.insync.replicas", 0, "0")), ("2", ("log.retention.ms", 0, "1")),
    ):  # fmt: skip
        yield change(4, name, *changes)
    yield describe(4, "1", "log.retention.ms", "num.io.threads", "foo.bar", "log.cleanup.policy", "listener.name.plaintext.max.connections", "follower.replication.throttled.rate", "max.connections.per.ip.overrides")  # fmt: skip
    yield describe(4, "")
    yield describe(2, "ft1", "retention.ms", "cleanup.policy")
    for name, *keys in (("1", "log.retention.ms", "foo.bar", "num.io.threads", "log.cleanup.policy", "listener.name.plaintext.max.connections", "follower.replication.throttled.rate", "max.connections.per.ip.overrides", "log.retention.bytes", "log.local.retention.bytes"), ("", "log.retention.ms")):  # fmt: skip
        yield change(4, name, *((key, 1, None) for key in keys))
    yield describe(4, "")
    yield change(32, "g1", ("consumer.session.timeout.ms", 0, "50000"))
    yield describe(32, "g1")
    yield change(16, "cm", ("interval.ms", 0, "5000"))
    yield change(16, "cm", ("nope", 0, "5000"))
    yield describe(16, "cm")
    yield change(8, "1", ("kafka", 0, "DEBUG"))
    yield change(8, "1", ("root", 0, "NOPE"))
    yield change(3, "x", ("a", 0, "b"))


def _data() -> Iterator[Request]:
    def produce(topic: str, data: bytes, acks: int = -1, number: int = 0) -> dict[str, Any]:
        return {"transactional_id": None, "acks": acks, "timeout": 3000,
                "topic_data": [{"name": topic, "partition_data": [{"index": number, "records": data}]}]}  # fmt: skip

    for name, fields in {
        "one": produce("ft1", batch(_NOW)), "another": produce("ft1", batch(_NOW + 9, _NOW + 3)), "two batches": produce("ft1", batch(_NOW) + batch(_NOW + 1)),
        "empty": produce("ft1", b""), "half a batch": produce("ft1", batch(_NOW)[:40]), "magic 1": produce("ft1", batch(_NOW, magic=1)), "magic 3": produce("ft1", batch(_NOW, magic=3)), "no key where keys are needed": produce("ft8", batch(_NOW)),
        "too large": produce("ft8", batch(*range(_NOW, _NOW + 300))), "an unknown codec": produce("ft1", batch(_NOW, attributes=6)), "another partition": produce("ft1", batch(_NOW), number=2), "below 0": produce("ft1", batch(_NOW), number=-1), "a made topic": produce("auto1", batch(_NOW)), "append time by the client": produce("ft1", batch(_NOW, attributes=8)),
        "a future time": produce("ft2", batch(4_000_000_000_000)), "a time below 0": produce("ft2", batch(-5)),
    }.items():  # fmt: skip
        yield Request("further produce", name, 0, 9, fields)
    yield Request(
        "further produce", "a transaction of none", 0, 9, {**produce("ft1", batch(_NOW)), "transactional_id": "tx"}
    )

    def fetch(offset: int, *, topic: str = "ft1", size: int = 100_000, least: int = 0, whole: int = 100_000, session: int = 0, epoch: int = -1) -> dict[str, Any]:  # fmt: skip
        asked = {"partition": 0, "current_leader_epoch": -1, "fetch_offset": offset, "log_start_offset": -1, "partition_max_bytes": size}  # fmt: skip
        return {"replica_id": -1, "max_wait": 20, "min_bytes": least, "max_bytes": whole, "isolation_level": 0, "session_id": session, "session_epoch": epoch, "topics": [{"topic": topic, "partitions": [asked]}], "forgotten_topics_data": (), "rack_id": ""}  # fmt: skip

    for name, fields in {"small": fetch(0, size=1), "nothing": fetch(0, size=0), "of all little": fetch(0, whole=1), "from 2": fetch(2), "much wanted": fetch(0, least=1_000_000), "below 0": fetch(-1), "an unknown session": fetch(0, session=77, epoch=3), "a last of a session": fetch(0, session=77), "a session": fetch(0, epoch=0)}.items():  # fmt: skip
        yield Request("further fetch", name, 1, 12, fields)
    for stamp in (_NOW, _NOW + 4, _NOW + 9, _NOW + 10, -1, -2, -3):
        asked = {"partition_index": 0, "current_leader_epoch": -1, "timestamp": stamp}
        yield Request("further offsets", str(stamp), 2, 8, {"replica_id": -1, "isolation_level": 1, "topics": [{"name": "ft1", "partitions": [asked]}]})  # fmt: skip
    for name, topic, offset in (("two", "ft1", 2), ("again less", "ft1", 1), ("beyond", "ft1", 99), ("of a compacted", "ft8", -1), ("to the end", "ft1", -1)):  # fmt: skip
        yield Request("further offsets", f"delete {name}", 21, 2, {"topics": [{"name": topic, "partitions": [{"partition_index": 0, "offset": offset}]}], "timeout": 3000})  # fmt: skip
    yield Request("further fetch", "what was deleted", 1, 12, fetch(0))
    for stamp in (-2, -1, -3, _NOW):
        asked = {"partition_index": 0, "current_leader_epoch": -1, "timestamp": stamp}
        yield Request("further offsets", f"{stamp} after", 2, 8, {"replica_id": -1, "isolation_level": 0, "topics": [{"name": "ft1", "partitions": [asked]}]})  # fmt: skip


def _administration() -> Iterator[Request]:
    def ask(name: str, key: int, version: int, fields: dict[str, Any]) -> Request:
        return Request("further administration", name, key, version, fields)

    yield ask("elect all", 43, 2, {"election_type": 0, "topic_partitions": None, "timeout": 5000})
    yield ask("elect twice", 43, 2, {"election_type": 0, "topic_partitions": [{"topic": "ft1", "partitions": [0, 0, 1]}], "timeout": 5000})  # fmt: skip
    yield ask("elect how", 43, 2, {"election_type": 5, "topic_partitions": [{"topic": "ft1", "partitions": [0]}], "timeout": 5000})  # fmt: skip
    for name, replicas in {"twice": [1, 1], "two": [1, 2], "below 0": [-1], "none": None}.items():
        yield ask(f"reassign {name}", 45, 0, {"timeout": 5000, "topics": [{"name": "ft2", "partitions": [{"partition_index": 0, "replicas": replicas}]}]})  # fmt: skip
    yield ask("reassignments of none", 46, 0, {"timeout": 5000, "topics": [{"name": "nope", "partition_indexes": [0]}]})
    yield ask(
        "quorum", 55, 1, {"topics": [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 1}]}]}
    )
    yield ask("log dirs of all", 35, 4, {"topics": [{"topic": "ft2", "partitions": [0, 1, 9]}]})
    yield ask("scram twice", 50, 0, {"users": [{"name": "a"}, {"name": "a"}]})
    yield ask("scram of no name", 50, 0, {"users": [{"name": ""}]})
    yield ask("describe quotas of what", 48, 1, {"components": [{"entity_type": "nope", "match_type": 0, "match": "x"}], "strict": True})  # fmt: skip
    yield ask("describe quotas badly", 48, 1, {"components": [{"entity_type": "user", "match_type": 9, "match": None}], "strict": True})  # fmt: skip
    yield ask("describe quotas twice", 48, 1, {"components": [{"entity_type": "user", "match_type": 2, "match": None}] * 2, "strict": False})  # fmt: skip
    op = {"key": "producer_byte_rate", "value": 1000.0, "remove": False}
    for name, entity, ops in (
        ("dry", [("user", "bob")], [op]), ("of nothing", [], [op]), ("of what", [("nope", "x")], [op]), ("of what value", [("user", "bob")], [{**op, "key": "nope"}]), ("below 0", [("user", "bob")], [{**op, "value": -1.0}]), ("of an address", [("ip", "127.0.0.1")], [op]), ("of an address and a user", [("ip", "127.0.0.1"), ("user", "x")], [{**op, "key": "connection_creation_rate"}]), ("of no address", [("ip", "not an ip")], [{**op, "key": "connection_creation_rate"}]), ("half", [("client-id", "x")], [{**op, "value": 1.5}]), ("of an empty name", [("user", "")], [op]), ("removed", [("user", "bob")], [{**op, "remove": True}]),
    ):  # fmt: skip
        entry = {"entity": [{"entity_type": kind, "entity_name": each} for kind, each in entity], "ops": ops}
        yield ask(f"quota {name}", 49, 1, {"entries": [entry], "validate_only": True})
    for code in (2, 9):
        acl = {"resource_type": code, "resource_name": "", "resource_pattern_type": 3, "principal": "bob", "host": "", "operation": 0, "permission_type": 1}  # fmt: skip
        yield ask(f"acl {code}", 30, 3, {"creations": [acl]})
    for name, levels in {"metadata": ("metadata.version", 99, 1), "down": ("metadata.version", 1, 2), "kraft": ("kraft.version", 1, 1), "group": ("group.version", 1, 1), "nothing": ("metadata.version", 0, 1)}.items():  # fmt: skip
        feature, level, kind = levels
        update = {"feature": feature, "max_version_level": level, "upgrade_type": kind}
        yield ask(f"feature {name}", 57, 1, {"timeout": 5000, "feature_updates": [update], "validate_only": True})
    yield ask("no features", 57, 1, {"timeout": 5000, "feature_updates": [], "validate_only": True})
    yield ask("unregister itself", 64, 0, {"broker_id": 8})
    yield ask("transactions of producers", 66, 1, {"state_filters": ["Ongoing"], "producer_id_filters": [7], "duration_filter": 5})  # fmt: skip
    yield ask("producers", 61, 0, {"topics": [{"name": "ft1", "partition_indexes": [0, 1, 99]}]})
    yield ask("an idempotent producer's id", 22, 4, {"transactional_id": None, "transaction_timeout": -1, "producer_id": 5, "producer_epoch": -1})  # fmt: skip
    yield ask("partitions of no transaction", 24, 3, {"v3_and_below_transactional_id": "none", "v3_and_below_producer_id": 1, "v3_and_below_producer_epoch": 0, "v3_and_below_topics": [{"name": "ft1", "partitions": [0]}]})  # fmt: skip
    yield ask("the end of no transaction", 26, 3, {"transactional_id": "none", "producer_id": 1, "producer_epoch": 0, "committed": True})  # fmt: skip
    yield ask("offsets of no transaction", 25, 3, {"transactional_id": "none", "producer_id": 1, "producer_epoch": 0, "group_id": "g"})  # fmt: skip
    for group in ("", "none"):
        yield ask(f"sync {group}", 14, 5, {"group_id": group, "generation_id": 1, "member_id": "m", "group_instance_id": None, "protocol_type": "consumer", "protocol_name": "range", "assignments": ()})  # fmt: skip
        yield ask(f"delete {group}", 42, 2, {"groups_names": [group]})
        yield ask(f"offsets {group}", 9, 9, {"groups": [{"group_id": group, "member_id": None, "member_epoch": -1, "topics": None}], "require_stable": True})  # fmt: skip
    yield ask("groups of types", 16, 5, {"states_filter": ["Empty", "stable"], "types_filter": ["Classic"]})
    yield ask("groups of no type", 16, 5, {"states_filter": [], "types_filter": ["nope"]})
    yield ask("coordinators of transactions", 10, 4, {"key_type": 1, "coordinator_keys": [""]})


def requests() -> Iterator[Request]:
    """All of them in their order; the coordinators are looked for first, as the real one makes their topics then."""
    for kind in (0, 1):
        yield Request(
            "further administration", f"coordinator {kind}", 10, 4, {"key_type": kind, "coordinator_keys": ["c"]}
        )
    for part in (_topics, _settings, _data, _administration):
        yield from part()
