"""What the parts of a platform ask of their broker: streams, registry, Connect, mirror, exporters, repair; written before it was compared."""

from __future__ import annotations

import functools
import gzip
import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_500_000_000_000
_NONE = uuid.UUID(int=0)
_zipped = functools.partial(gzip.compress, mtime=0)


def _joins(group: str, kind: str, *protocols: str, member: str = "", instance: str | None = None, **more: Any) -> dict[str, Any]:
    # a consumer that says nonsense of its topics stops its group in Kafka 3.9 for ever
    subscribed = b"\0\0\0\0\0\1\0\x0fapp-repartition\xff\xff\xff\xff"
    named = [{"name": each, "metadata": subscribed if kind == "consumer" else each.encode()} for each in protocols]
    return {"group_id": group, "session_timeout": 10_000, "rebalance_timeout": 2000, "member_id": member, "group_instance_id": instance,
            "protocol_type": kind, "protocols": named, "reason": "because", **more}  # fmt: skip


def _syncs(group: str, member: str, generation: int, kind: str | None, protocol: str | None, *assigned: str) -> dict[str, Any]:
    return {"group_id": group, "generation_id": generation, "member_id": member, "group_instance_id": None, "protocol_type": kind,
            "protocol_name": protocol, "assignments": [{"member_id": each, "assignment": b"a"} for each in assigned]}  # fmt: skip


def _commits(group: str, *places: tuple[str, int, int], generation: int = -1, member: str = "", metadata: str | None = "") -> dict[str, Any]:
    return {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": member, "group_instance_id": None, "retention_time": -1, "topics": [
        {"name": name, "partitions": [{"partition_index": number, "committed_offset": offset, "committed_leader_epoch": 0, "committed_metadata": metadata}]}
        for name, number, offset in places]}  # fmt: skip


def _held(*groups: tuple[str, Any], stable: bool = False) -> dict[str, Any]:
    return {"groups": [{"group_id": name, "topics": topics, "member_id": None, "member_epoch": -1} for name, topics in groups], "require_stable": stable}


class _Streams:
    """One application with two threads: its inner topics, its transactions and its end."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask

    def topics(self) -> None:
        ask = self._ask
        inner = [topic("app-repartition", 2, cleanup_policy="delete", retention_ms="-1", segment_bytes="52428800", message_timestamp_type="CreateTime"),
                 topic("app-changelog", 2, cleanup_policy="compact", message_timestamp_type="CreateTime"),
                 topic("app-windows", 2, cleanup_policy="compact,delete", retention_ms="86400000")]  # fmt: skip
        made = [each["topics"][0] for each in inner]
        ask("streams checks", 19, 6, {"topics": made, "timeout": 5000, "validate_only": True})
        ask("streams makes", 19, 6, {"topics": made, "timeout": 5000, "validate_only": False})
        time.sleep(SETTLING)
        ask("streams makes again, larger", 19, 6, topic("app-changelog", 5))
        names = [{"name": each["name"]} for each in made]
        ask("streams metadata", 3, 11, {"topics": [*names, {"name": "app-none"}], "allow_auto_topic_creation": False})
        resources = [{"resource_type": 2, "resource_name": each["name"], "configuration_keys": ["cleanup.policy", "retention.ms"]} for each in names]
        ask("streams settings", 32, 3, {"resources": resources, "include_synonyms": False, "include_documentation": False})
        for name, key in (("app-changelog", b"k"), ("app-windows", b"k"), ("app-windows", None), ("app-repartition", None)):
            ask(f"streams writes {name} {key}", 0, 8, produced(name, records((key, b"v"), (b"k", None), at=_AT)))
        ask("streams reads its store", 1, 12, fetched("app-changelog", 0, wait=1))
        ask("streams purges", 21, 2, {"topics": [{"name": name, "partitions": [{"partition_index": 0, "offset": 1}, {"partition_index": 1, "offset": 0}]}
                                                 for name in ("app-repartition", "app-windows", "app-changelog")], "timeout": 3000})  # fmt: skip
        ask("streams ends", 2, 7, listed("app-repartition", -2, -1, -2))

    def group(self) -> None:
        ask, stage = self._ask, self._stage
        one = ask("thread joins", 11, 7, _joins("app", "consumer", "stream"), by="t1")["member_id"]
        ask("thread joins with its id", 11, 7, _joins("app", "consumer", "stream", member=one), by="t1")
        two = ask("second joins", 11, 7, _joins("app", "consumer", "stream"), by="t2")["member_id"]
        ask("thread joins with another protocol", 11, 7, _joins("app", "consumer", "streams", member=two), by="t2")
        stage.together(("t2", "second comes", 11, 7, _joins("app", "consumer", "stream", member=two)),
                       ("t1", "first comes again", 11, 7, _joins("app", "consumer", "stream", member=one)))  # fmt: skip
        ask("sync of another type", 14, 5, _syncs("app", two, 2, "connect", "stream"))
        ask("sync of another name", 14, 5, _syncs("app", two, 2, "consumer", "range"))
        ask("sync without names", 14, 5, _syncs("app", two, 2, None, None))
        stage.together(("t2", "second syncs", 14, 5, _syncs("app", two, 2, "consumer", "stream")),
                       ("t1", "first syncs", 14, 5, _syncs("app", one, 2, "consumer", "stream", one, two)))  # fmt: skip
        ask("application commits", 8, 8, _commits("app", ("app-repartition", 0, 1), ("app-none", 0, 1), generation=2, member=one))
        ask("application commits late", 8, 8, _commits("app", ("app-repartition", 0, 1), generation=1, member=one))
        ask("somebody commits", 8, 8, _commits("app", ("app-repartition", 0, 1), generation=2, member="some"))
        ask("somebody resets", 8, 8, _commits("app", ("app-repartition", 0, 0)))
        ask("somebody deletes", 42, 2, {"groups_names": ["app"]})
        ask("somebody forgets", 47, 0, {"group_id": "app", "topics": [{"name": "app-repartition", "partitions": [{"partition_index": 0}]}, {"name": "app-none", "partitions": [{"partition_index": 0}]}]})
        gone = [{"member_id": each, "group_instance_id": None, "reason": "bye"} for each in (two, "some", one)]
        ask("both leave", 13, 5, {"group_id": "app", "members": gone})
        ask("application is empty", 15, 5, {"groups": ["app"], "include_authorized_operations": False})

    def transactions(self) -> None:
        ask = self._ask
        begin = {"transactional_id": "app-0", "transaction_timeout": 10_000, "producer_id": -1, "producer_epoch": -1}
        me = ask("task begins", 22, 3, begin)
        who = {"transactional_id": "app-0", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}
        old = {"v3_and_below_transactional_id": "app-0", "v3_and_below_producer_id": me["producer_id"], "v3_and_below_producer_epoch": me["producer_epoch"]}

        def batch(sequence: int, count: int = 1, epoch: int = 0) -> bytes:
            return records(*((b"k", b"v"),) * count, attributes=0x10, producer=(me["producer_id"], epoch, sequence), at=_AT)

        for version in (3, 9, 11):
            ask(f"task writes before it adds {version}", 0, version, produced("app-changelog", batch(0), transaction="app-0"))
        ask("task adds", 24, 1, {**old, "v3_and_below_topics": [{"name": "app-changelog", "partitions": [0]}]})
        for name, sequence, count in (("first", 0, 2), ("again", 0, 2), ("next", 2, 1), ("gap", 9, 1), ("before", 1, 1)):
            ask(f"task writes {name}", 0, 9, produced("app-changelog", batch(sequence, count), transaction="app-0"))
        ask("task of a later epoch", 0, 9, produced("app-changelog", batch(3, epoch=4), transaction="app-0"))
        ask("task without its name", 0, 9, produced("app-changelog", batch(3)))
        ask("task adds nothing", 24, 3, {**old, "v3_and_below_topics": []})
        ask("task adds its group", 25, 2, {**who, "group_id": "app"})
        ask("task commits", 28, 2, {**who, "group_id": "app", "topics": [{"name": "app-repartition", "partitions": [{"partition_index": 0, "committed_offset": 2, "committed_leader_epoch": -1, "committed_metadata": None}]}]})
        ask("task is looked at", 65, 0, {"transactional_ids": ["app-0", "app-0"]})
        stage = self._stage
        stage.instead([(t["error_code"], t["transaction_state"], t["topics"]) for t in stage.answers[-1][1]["transaction_states"]])
        ask("held, stable", 9, 7, {"group_id": "app", "topics": [{"name": "app-repartition", "partition_indexes": [0, 1]}], "require_stable": True})
        ask("held by all", 9, 9, _held(("app", None), ("app-none", None), stable=True))
        ask("stable end", 2, 5, listed("app-changelog", -1, -1, committed=True))
        ask("stable by time", 2, 5, listed("app-changelog", _AT, _AT, committed=True))
        ask("largest, stable", 2, 8, listed("app-changelog", -3, -3, committed=True))
        ask("task begins again", 22, 3, begin)
        time.sleep(SETTLING)
        again = ask("task begins once more", 22, 3, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]})
        ask("task of the older ends", 26, 2, {**who, "committed": True})
        ask("task of the older adds", 24, 2, {**old, "v3_and_below_topics": [{"name": "app-changelog", "partitions": [1]}]})
        me = ask("task begins anew", 22, 4, begin)
        ask("task ends what it has not", 26, 3, {**who, "producer_epoch": me["producer_epoch"], "committed": False})
        ask("held after the abort", 9, 7, {"group_id": "app", "topics": None, "require_stable": True})
        assert again


def _registry(stage: Stage) -> None:
    """A schema registry: its topic, and an election over a group of its own type."""
    ask = stage.ask
    ask("registry looks", 3, 4, {"topics": [{"name": "_schemas"}], "allow_auto_topic_creation": False})
    ask("registry makes", 19, 4, topic("_schemas", 1, cleanup_policy="compact"))
    ask("registry makes with replicas", 19, 4, {"topics": [{"name": "_more", "num_partitions": 1, "replication_factor": 3, "assignments": (), "configs": []}], "timeout": 1000, "validate_only": False})
    time.sleep(SETTLING)
    ask("registry checks", 32, 2, {"resources": [{"resource_type": 2, "resource_name": "_schemas", "configuration_keys": None}], "include_synonyms": False})
    ask("registry writes nothing", 0, 7, produced("_schemas", records((b"{}", None), at=_AT)))
    ask("registry writes without a key", 0, 7, produced("_schemas", records((None, b"{}"), at=_AT)))
    ask("registry reads", 1, 10, fetched("_schemas", 0, committed=True))
    me = ask("registry joins", 11, 3, _joins("schema-registry", "sr", "v0"))
    ask("a consumer joins", 11, 3, _joins("schema-registry", "consumer", "range"))
    ask("registry syncs", 14, 2, {"group_id": "schema-registry", "generation_id": 1, "member_id": me["member_id"], "assignments": [{"member_id": me["member_id"], "assignment": b"m"}]})
    ask("registry beats", 12, 2, {"group_id": "schema-registry", "generation_id": 2, "member_id": me["member_id"]})
    ask("registry is described", 15, 3, {"groups": ["schema-registry"], "include_authorized_operations": True})
    ask("registry's offsets are forgotten", 47, 0, {"group_id": "schema-registry", "topics": [{"name": "_schemas", "partitions": [{"partition_index": 0}]}]})
    ask("registry is deleted", 42, 1, {"groups_names": ["schema-registry", "schema-registry"]})
    ask("registry leaves", 13, 0, {"group_id": "schema-registry", "member_id": me["member_id"]})


def _connect(stage: Stage) -> None:
    """Connect: static workers, and a sink's consumer with a packed topic."""
    ask = stage.ask
    ask("worker without a session", 11, 9, _joins("workers", "connect", "sessioned", session_timeout=0))
    ask("worker of no group", 11, 9, _joins("", "connect", "sessioned"))
    me = ask("worker joins", 11, 9, _joins("workers", "connect", "sessioned", "compatible", instance="w1"))
    ask("worker joins as another", 11, 9, _joins("workers", "connect", "eager", instance="w2"))
    ask("worker joins as it is not", 11, 9, _joins("workers", "connect", "sessioned", member="nobody", instance="w1"))
    ask("worker syncs", 14, 4, {"group_id": "workers", "generation_id": 1, "member_id": me["member_id"], "group_instance_id": "w1", "assignments": [{"member_id": me["member_id"], "assignment": b"w"}]})
    ask("worker syncs as another", 14, 4, {"group_id": "workers", "generation_id": 1, "member_id": me["member_id"], "group_instance_id": "w2", "assignments": []})
    ask("worker commits as it is not", 8, 7, {**_commits("workers", ("_schemas", 0, 1), generation=1, member="nobody"), "group_instance_id": "w1"})
    ask("worker is described", 15, 4, {"groups": ["workers"], "include_authorized_operations": False})
    ask("worker leaves by its name", 13, 4, {"group_id": "workers", "members": [{"member_id": "", "group_instance_id": "w1"}, {"member_id": "", "group_instance_id": "w9"}]})
    ask("packed topic", 19, 5, topic("packed", 1, compression_type="zstd"))
    time.sleep(SETTLING)
    ask("sink reads packed, old", 1, 9, fetched("packed", 0))
    ask("sink reads packed", 1, 10, fetched("packed", 0))
    ask("packed by an old one", 0, 6, produced("packed", records((b"k", b"v"), attributes=4, at=_AT)))
    ask("packed wrongly", 0, 7, produced("packed", records((b"k", b"v"), attributes=2, at=_AT)))
    ask("packed twice", 0, 7, produced("packed", records((b"k", b"v"), attributes=1, pack=_zipped, at=_AT) * 2))
    ask("packed with another", 0, 7, produced("packed", records((b"k", b"v"), attributes=1, pack=_zipped, at=_AT)))


def _mirror(stage: Stage) -> None:
    """A mirror: what groups have, offsets by time, settings copied."""
    ask = stage.ask
    ask("mirror commits", 8, 8, _commits("mirror", ("packed", 0, 1), ("_schemas", 0, 3), metadata=None))
    ask("mirror commits too much", 8, 8, _commits("mirror", ("packed", 0, 5), metadata="x" * 4097))
    ask("mirror commits far", 8, 8, _commits("mirror", ("packed", 0, 2**62), ("packed", 9, 1)))
    ask("mirror lists", 16, 3, {})
    stage.instead([each for each in stage.answers[-1][1]["groups"] if each["group_id"] in ("mirror", "app")])
    ask("mirror reads", 9, 8, _held(("mirror", None), ("app", [{"name": "packed", "partition_indexes": [0]}]), ("", None)))
    for at in (0, _AT, _AT + 1, -1, -2, -7):
        ask(f"mirror offsets {at}", 2, 7, listed("_schemas", at))
    copied = [{"name": key, "config_operation": how, "value": value} for key, how, value in (
        ("retention.ms", 0, "777"), ("min.insync.replicas", 0, "2"), ("cleanup.policy", 0, "compact"), ("follower.replication.throttled.replicas", 2, "0:1"))]  # fmt: skip
    ask("mirror copies", 44, 0, {"resources": [{"resource_type": 2, "resource_name": "packed", "configs": copied}], "validate_only": False})
    ask("mirror copies what is not", 44, 1, {"resources": [{"resource_type": 2, "resource_name": "packed", "configs": [*copied, {"name": "confluent.tier.enable", "config_operation": 0, "value": "true"}]}], "validate_only": False})
    time.sleep(SETTLING)
    ask("mirror sees", 32, 4, {"resources": [{"resource_type": 2, "resource_name": "packed", "configuration_keys": ["retention.ms", "cleanup.policy", "min.insync.replicas", "follower.replication.throttled.replicas"]}],
                               "include_synonyms": True, "include_documentation": False})  # fmt: skip
    ask("mirror grows", 37, 2, {"topics": [{"name": "packed", "count": 3, "assignments": None}, {"name": "_schemas", "count": 1, "assignments": None}], "timeout": 3000, "validate_only": False})
    time.sleep(SETTLING)
    ask("mirror writes to the new", 0, 8, produced("packed", records((b"k", b"v"), at=_AT), 2))
    ask("mirror writes in-sync", 0, 8, produced("packed", records((b"k", b"v"), at=_AT), acks=1))
    ask("mirror deletes its group", 42, 0, {"groups_names": ["mirror"]})
    ask("mirror reads what is gone", 9, 6, {"group_id": "mirror", "topics": None})


def _exporters(stage: Stage) -> None:
    """Exporters of metrics and the inner topics that they look at."""
    ask = stage.ask
    asked: dict[str, Any] = {"topics": [{"name": "__consumer_offsets"}, {"name": "__transaction_state"}, {"name": "__cluster_metadata"}], "allow_auto_topic_creation": False}
    ask("exporter metadata", 3, 8, asked)
    ask("exporter metadata, operations", 3, 8, {**asked, "include_topic_authorized_operations": True})
    keys = ["cleanup.policy", "compression.type", "segment.bytes", "min.insync.replicas", "unclean.leader.election.enable", "retention.ms"]
    ask("exporter settings", 32, 4, {"resources": [{"resource_type": 2, "resource_name": each["name"], "configuration_keys": keys} for each in asked["topics"]], "include_synonyms": True, "include_documentation": False})
    ask("exporter starts", 2, 4, {"replica_id": -1, "isolation_level": 0, "topics": [listed("__consumer_offsets", -2, -2)["topics"][0], listed("__transaction_state", -2)["topics"][0]]})
    ask("exporter writes", 0, 8, produced("__consumer_offsets", records((b"k", b"v"), at=_AT)))
    ask("exporter cuts", 21, 1, {"topics": [{"name": "__transaction_state", "partitions": [{"partition_index": 0, "offset": 0}]}], "timeout": 3000})
    ask("exporter makes", 19, 7, topic("__consumer_offsets", 3))
    ask("exporter makes the log", 19, 7, topic("__cluster_metadata"))
    ask("exporter grows the log", 37, 3, {"topics": [{"name": "__cluster_metadata", "count": 2, "assignments": None}], "timeout": 3000, "validate_only": True})
    ask("exporter grows the offsets", 37, 3, {"topics": [{"name": "__consumer_offsets", "count": 1, "assignments": None}], "timeout": 3000, "validate_only": True})
    ask("exporter sets", 44, 1, {"resources": [{"resource_type": 2, "resource_name": "__consumer_offsets", "configs": [{"name": "retention.ms", "config_operation": 0, "value": "9"}]}], "validate_only": True})
    ask("exporter partitions", 75, 0, {"topics": [{"name": "__consumer_offsets"}], "response_partition_limit": 5, "cursor": None})
    ask("exporter partitions of no one", 75, 0, {"topics": [{"name": "__transaction_states"}, {"name": "a b"}], "response_partition_limit": -1, "cursor": None})
    ask("exporter coordinators", 10, 4, {"key_type": 0, "coordinator_keys": []})
    ask("exporter coordinator of a share", 10, 6, {"key_type": 2, "coordinator_keys": ["g:id:0"]})
    ask("exporter dirs", 35, 3, {"topics": [{"topic": "_schemas", "partitions": []}, {"topic": "packed", "partitions": [0, 2]}]})
    ask("exporter features", 18, 4, {"client_software_name": "exporter", "client_software_version": "1.0-rc"})
    ask("exporter features, odd", 18, 3, {"client_software_name": "-exporter-", "client_software_version": "1"})
    ask("exporter of a version that is none", 3, 12, {"topics": [{"name": None, "topic_id": uuid.UUID(int=4)}, {"name": "packed", "topic_id": _NONE}], "allow_auto_topic_creation": False})
    ask("exporter in an old way", 3, 10, {"topics": [{"name": None, "topic_id": uuid.UUID(int=4)}], "allow_auto_topic_creation": False})
    ask("exporter epochs", 23, 3, {"replica_id": -1, "topics": [{"topic": "packed", "partitions": [{"partition": n, "current_leader_epoch": e, "leader_epoch": 0} for n, e in ((0, 0), (1, -1), (2, 9), (3, 0))]}]})


def _repairs(stage: Stage) -> None:
    """Rebalancers and those who scan."""
    ask = stage.ask
    moves = [{"name": "packed", "partitions": [{"partition_index": n, "replicas": r} for n, r in ((0, [1, 1]), (1, [5, 1, 1]), (2, []), (3, [1]))]}, {"name": "none", "partitions": [{"partition_index": 0, "replicas": None}]}]
    ask("moves", 45, 0, {"timeout": 3000, "topics": moves})
    ask("moves nothing", 45, 0, {"timeout": 3000, "topics": []})
    ask("assigned oddly", 19, 7, {"topics": [{"name": f"odd{n}", "num_partitions": -1, "replication_factor": -1, "configs": [],
                                              "assignments": [{"partition_index": p, "broker_ids": b} for p, b in each]}
                                             for n, each in enumerate([((0, [1]), (0, [9])), ((0, [9]), (0, [1])), ((1, [1]), (3, [])), ((0, [2, 2]),), ((0, [1]), (1, [1, 2]))])], "timeout": 3000, "validate_only": True})  # fmt: skip
    ask("made wrongly twice over", 19, 5, {"topics": [{"name": "w", "num_partitions": 0, "replication_factor": 5, "assignments": (), "configs": [{"name": "retention.ms", "value": "x"}]},
                                                      {"name": "w w", "num_partitions": 0, "replication_factor": 5, "assignments": (), "configs": [{"name": "x", "value": None}]}], "timeout": 3000, "validate_only": False})  # fmt: skip
    ask("elections", 43, 1, {"election_type": 1, "topic_partitions": [{"topic": "packed", "partitions": []}, {"topic": "none", "partitions": [1, 2]}], "timeout": 3000})
    ask("reassignments", 46, 0, {"timeout": 3000, "topics": [{"name": "packed", "partition_indexes": []}]})
    ask("quorum", 55, 1, {"topics": [{"topic_name": "packed", "partitions": [{"partition_index": 0}]}, {"topic_name": "__cluster_metadata", "partitions": []}]})
    ask("scan acls", 30, 2, {"creations": [{"resource_type": 4, "resource_name": "kafka-cluster", "resource_pattern_type": 3, "principal": "User:x", "host": "*", "operation": 12, "permission_type": 3}]})
    ask("scan tokens", 38, 2, {"renewers": [], "max_lifetime": -1})
    ask("scan a token", 40, 2, {"hmac": b"", "expiry_time_period": -1})
    ask("scan sasl", 36, 1, {"auth_bytes": b""})
    ask("scan quotas", 48, 0, {"components": [{"entity_type": "ip", "match_type": 2, "match": "1.2.3.4"}], "strict": False})
    ask("scan quotas of both", 49, 0, {"entries": [{"entity": [{"entity_type": "ip", "entity_name": "1.2.3.4"}, {"entity_type": "user", "entity_name": "u"}], "ops": [{"key": "connection_creation_rate", "value": 3.0, "remove": False}]},
                                                   {"entity": [{"entity_type": "user", "entity_name": None}], "ops": [{"key": "consumer_byte_rate", "value": 1.5, "remove": False}]},
                                                   {"entity": [{"entity_type": "client-id", "entity_name": "c"}], "ops": [{"key": "connection_creation_rate", "value": 1.0, "remove": False}, {"key": "x", "value": 1.0, "remove": True}]}], "validate_only": True})  # fmt: skip
    ask("scan scram", 51, 0, {"deletions": [{"name": "x", "mechanism": 0}], "upsertions": [{"name": "y", "mechanism": 2, "iterations": 4095, "salt": b"", "salted_password": b"p"}]})
    ask("scan features", 57, 0, {"timeout": 3000, "feature_updates": [{"feature": "kraft.version", "max_version_level": 1, "allow_downgrade": False}]})
    ask("scan producers", 61, 0, {"topics": [{"name": "packed", "partition_indexes": []}, {"name": "a b", "partition_indexes": [0]}]})
    ask("scan transactions", 66, 0, {"state_filters": ["PrepareEpochFence", ""], "producer_id_filters": []})
    ask("scan cluster", 60, 1, {"include_cluster_authorized_operations": False, "endpoint_type": 3})
    ask("scan replicas", 34, 1, {"dirs": [{"path": "", "topics": [{"name": "packed", "partitions": [0]}]}, {"path": "relative", "topics": []}]})
    ask("scan the group", 68, 0, {"group_id": "", "member_id": "", "member_epoch": 0, "instance_id": None, "rack_id": None, "rebalance_timeout": -1, "subscribed_topic_names": None, "server_assignor": None, "topic_partitions": None})
    ask("scan brokers", 64, 0, {"broker_id": 0})
    ids = [uuid.UUID(each["topic_id"]) for each in stage.quietly(3, 12, {"topics": [{"name": "packed", "topic_id": _NONE}], "allow_auto_topic_creation": False})["topics"]]
    ask("deleted twice over", 20, 6, {"topics": [{"name": None, "topic_id": ids[0]}, {"name": "packed", "topic_id": None}, {"name": None, "topic_id": _NONE}, {"name": "_more", "topic_id": None}], "timeout": 3000})
    ask("deleted by id twice", 20, 6, {"topics": [{"name": None, "topic_id": ids[0]}, {"name": None, "topic_id": ids[0]}], "timeout": 3000})
    ask("deleted", 20, 5, {"topic_names": ["packed", "_schemas", "packed2"], "timeout": 3000})


STEPS = 155


def play(stage: Stage) -> None:
    """All parts, one after the other."""
    stage.wait_for_coordinators()
    streams = _Streams(stage)
    streams.topics()
    streams.group()
    streams.transactions()
    for part in (_registry, _connect, _mirror, _exporters, _repairs):
        part(stage)
