"""A port: ships, cranes, a customs office and a night watch at one broker; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_100_000_000_000
_NONE, _ODD = uuid.UUID(int=0), uuid.UUID(int=0xB0A7)
_READS = b"\0\1\0\0\0\2\0\4ship\0\5crane\xff\xff\xff\xff\0\0\0\0"
_Row = tuple[str, int, int, dict[str, Any]]


def _new(name: str, partitions: int = 1, replicas: int = 1, placed: Any = (), **configs: str | None) -> dict[str, Any]:
    return {"name": name, "num_partitions": partitions, "replication_factor": replicas, "assignments": [{"partition_index": n, "broker_ids": b} for n, b in placed], "configs": [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]}


def _make(*topics: dict[str, Any], dry: bool = False) -> dict[str, Any]:
    return {"topics": list(topics), "timeout": 7000, "validate_only": dry}


def _sets(kind: int, name: str, *changes: tuple[str, int, str | None]) -> dict[str, Any]:
    return {"resource_type": kind, "resource_name": name, "configs": [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]}


def _looks(*resources: tuple[int, str, Any], synonyms: bool = False) -> dict[str, Any]:
    return {"resources": [{"resource_type": kind, "resource_name": name, "configuration_keys": keys} for kind, name, keys in resources], "include_synonyms": synonyms, "include_documentation": False}


def _all(stage: Stage, rows: list[_Row]) -> None:
    for row in rows:
        stage.ask(*row)


def _ships(stage: Stage) -> None:
    """What there is, in all versions of asking for it."""
    _all(stage, [
        ("ship", 19, 6, _make(_new("ship", 2, 1, retention_ms="-1"), _new("crane", -1, -1, [(0, [1]), (1, [1]), (2, [1])]), _new("berth", 1, 1, cleanup_policy="compact", min_compaction_lag_ms="0"))), ("ship of old", 19, 0, {"topics": [_new("dock", 1, 1), _new("ship", 1, 1), _new("do ck", 1, 1)], "timeout": 4000}),
        ("ship by hand", 19, 4, _make(_new("h1", -1, -1, [(0, [1]), (0, [1])]), _new("h2", -1, -1, [(0, [3]), (2, [1])]), _new("h3", -1, -1, [(1, [1])]), _new("h4", 3, -1, [(0, [1])]), _new("h5", -1, 3, [(0, [1])]), _new("h6", -1, -1, [(0, [1, 2])]), dry=True)), ("ship with words", 19, 7, _make(_new("w1", 1, 1, retention_ms=None), _new("w2", 1, 1, compression_type="lz5"), _new("w3", 1, 1, cleanup_policy="compact,archive"), _new("w4", 1, 1, min_insync_replicas="-1"), _new("w5", 1, 1, message_downconversion_enable="0"), _new("w6", 1, 1, segment_bytes="12.0"), _new("w7", 1, 1, min_cleanable_dirty_ratio="half"), dry=True)),
        ("ship too often", 19, 5, _make(_new("dup"), _new("dup", 2), _new("dup", 0), dry=True)), ("ship of many", 19, 5, _make(_new("m1", 6000), _new("m2", 6000), dry=True)),
    ])
    time.sleep(SETTLING)
    for version in (4, 6, 8, 10, 12):
        stage.ask(f"seen {version}", 3, version, {"topics": [{"name": "ship", "topic_id": None}, {"name": "no ship", "topic_id": None}, {"name": "lost", "topic_id": None}], "allow_auto_topic_creation": False, "include_topic_authorized_operations": version == 8, "include_cluster_authorized_operations": version == 10})
    for version in (0, 1, 2, 3):
        stage.ask(f"settings {version}", 32, version, _looks((2, "ship", ["retention.ms"]), (2, "lost", ["retention.ms"]), (4, "1", ["log.dirs", "advertised.listeners", "background.threads"]), synonyms=version == 2))
    _all(stage, [
        ("pages", 75, 0, {"topics": [{"name": "crane"}, {"name": "berth"}, {"name": "lost"}], "response_partition_limit": 3, "cursor": None}), ("pages on", 75, 0, {"topics": [{"name": "crane"}, {"name": "berth"}, {"name": "lost"}], "response_partition_limit": 1, "cursor": {"topic_name": "crane", "partition_index": 2}}), ("pages below", 75, 0, {"topics": [{"name": "crane"}], "response_partition_limit": 1, "cursor": {"topic_name": "crane", "partition_index": -1}}),
        ("alter", 44, 1, {"resources": [_sets(2, "berth", ("cleanup.policy", 2, "compact"), ("max.message.bytes", 0, "250")), _sets(2, "dock", ("compression.type", 0, "snappy"), ("retention.ms", 0, "-1")), _sets(2, "lost", ("retention.ms", 1, None))], "validate_only": False}), ("alter in vain", 44, 0, {"resources": [_sets(2, "ship", ("retention.ms", 2, "1")), _sets(2, "crane", ("flush.ms", 0, "-1")), _sets(2, "dock", ("unclean.leader.election.enable", 0, "maybe"))], "validate_only": False}),
        ("alter the broker", 44, 1, {"resources": [_sets(4, "1", ("num.network.threads", 0, "100"))], "validate_only": True}), ("alter the broker's list", 44, 1, {"resources": [_sets(4, "", ("log.cleanup.policy", 3, "delete"))], "validate_only": True}), ("alter all", 33, 1, {"resources": [{"resource_type": 2, "resource_name": "crane", "configs": [{"name": "segment.ms", "value": "1000"}, {"name": "segment.ms", "value": "2000"}]}, {"resource_type": 2, "resource_name": "do ck", "configs": []}], "validate_only": True}),
        ("grow", 37, 2, {"topics": [{"name": "ship", "count": 3, "assignments": [{"broker_ids": [1]}]}, {"name": "crane", "count": 2, "assignments": None}, {"name": "berth", "count": 2, "assignments": [{"broker_ids": [1, 7]}]}, {"name": "lost", "count": 2, "assignments": None}], "timeout": 3000, "validate_only": False}),
    ])
    time.sleep(SETTLING)
    _all(stage, [("altered", 32, 4, _looks((2, "berth", ["cleanup.policy", "max.message.bytes"]), (2, "dock", ["compression.type", "retention.ms"]), synonyms=True)), ("grown", 3, 7, {"topics": [{"name": "ship"}, {"name": "berth"}], "allow_auto_topic_creation": False})])


def _cranes(stage: Stage) -> None:
    """Loads in and out."""
    one = ((b"id", b"load"),)
    _all(stage, [
        ("load", 0, 11, produced("ship", records(*one, *one, *one, at=_AT, step=10))), ("load of old", 0, 3, produced("ship", records(*one, at=_AT + 5), 1)), ("load the new part", 0, 7, produced("ship", records(*one, at=_AT), 2)), ("load a berth", 0, 8, produced("berth", records((b"a", b"1"), (b"a", None), at=_AT))), ("load a berth without keys", 0, 10, produced("berth", records((None, b"1"), (None, None), at=_AT))), ("load a berth too much", 0, 9, produced("berth", records((b"a", b"1" * 250), at=_AT))),
        ("load snappily", 0, 9, produced("dock", records(*one, at=_AT))), ("load the lost", 0, 9, produced("lost", records(*one, at=_AT))), ("load with acks 4", 0, 9, produced("ship", records(*one, at=_AT), acks=4)), ("load two at once", 0, 9, produced("ship", records(*one, at=_AT) * 2)), ("load half", 0, 9, produced("ship", records(*one, at=_AT)[:62])), ("load a stray byte", 0, 9, produced("ship", records(*one, at=_AT) + b"\0")), ("load for a producer", 0, 9, produced("crane", records(*one, producer=(70, 0, 5), at=_AT))),
        ("load for it on", 0, 9, produced("crane", records(*one, producer=(70, 0, 6), at=_AT))), ("load for it twice", 0, 9, produced("crane", records(*one, producer=(70, 0, 6), at=_AT))), ("load for it at a gap", 0, 9, produced("crane", records(*one, producer=(70, 0, 9), at=_AT))), ("load for it of old", 0, 9, produced("crane", records(*one, producer=(70, 0, 2), at=_AT))), ("load for a later it", 0, 9, produced("crane", records(*one, producer=(70, 4, 1), at=_AT))), ("load in a transaction", 0, 9, produced("crane", records(*one, producer=(70, 0, 7), attributes=0x10, at=_AT), transaction="cargo")), ("load as a marker", 0, 9, produced("crane", records(*one, producer=(70, 0, 7), attributes=0x20, at=_AT))),
        ("unload", 1, 12, fetched("ship", 0)), ("unload the middle", 1, 5, fetched("ship", 1)), ("unload a little", 1, 11, fetched("ship", 0, most=5, of_partition=5)), ("unload what is not yet", 1, 11, fetched("ship", 3, wait=5)), ("unload beyond", 1, 12, fetched("ship", 4)), ("unload the berth", 1, 11, fetched("berth", 0, committed=True)), ("unload the lost", 1, 7, fetched("lost")), ("unload no part", 1, 12, fetched("ship", 0, 12)), ("unload as a broker", 1, 9, {**fetched("ship"), "replica_id": 1}), ("unload in a mode of 2", 1, 12, {**fetched("ship"), "isolation_level": 2}), ("unload by no id", 1, 16, {**fetched(""), "topics": [{"topic_id": _ODD, "partitions": fetched("x")["topics"][0]["partitions"]}]}), ("unload at epoch 1", 1, 11, fetched("ship", 0, epoch=1)),
        ("when", 2, 7, listed("ship", _AT + 10, _AT + 6, _AT)), ("when last", 2, 7, listed("ship", -3, -3)), ("when first", 2, 3, listed("ship", -2, -2, -2, -2)), ("when not", 2, 8, listed("ship", -5, -4)), ("when for a follower", 2, 7, {**listed("ship", -1), "replica_id": 9}), ("when twice", 2, 5, {**listed("ship", -1), "topics": listed("ship", -1)["topics"] * 2}), ("when lost", 2, 1, listed("lost", -1)), ("when at an epoch", 2, 6, listed("ship", -1, epoch=5)), ("epoch", 23, 4, {"replica_id": -1, "topics": [{"topic": "ship", "partitions": [{"partition": 0, "current_leader_epoch": 0, "leader_epoch": 0}, {"partition": 0, "current_leader_epoch": 0, "leader_epoch": 2}]}, {"topic": "lost", "partitions": []}]}),
        ("cut", 21, 2, {"topics": [{"name": "ship", "partitions": [{"partition_index": 0, "offset": 3}, {"partition_index": 1, "offset": -2}]}, {"name": "berth", "partitions": [{"partition_index": 0, "offset": -1}]}, {"name": "lost", "partitions": []}], "timeout": 3000}), ("cut the inner", 21, 0, {"topics": [{"name": "__consumer_offsets", "partitions": [{"partition_index": 0, "offset": -1}, {"partition_index": 44, "offset": 0}]}], "timeout": 3000}), ("unload what was cut", 1, 12, fetched("ship", 0)), ("when after it", 2, 7, listed("ship", -2, -2, 0)), ("producers", 61, 0, {"topics": [{"name": "crane", "partition_indexes": [0, 1, 3]}, {"name": "lost", "partition_indexes": [0]}, {"name": "do ck", "partition_indexes": [0]}]}),
    ])
    session = stage.ask("tide", 1, 12, fetched("crane", 0, session=(0, 0)))["session_id"]
    _all(stage, [("tide rises", 1, 12, fetched("ship", 0, 1, session=(session, 1))), ("tide stays", 1, 12, fetched("", session=(session, 2))), ("tide of yesterday", 1, 12, fetched("", session=(session, 1))), ("tide falls", 1, 12, fetched("", session=(session, 3), forgotten=(("crane", [0]),))), ("tide by ids", 1, 13, {**fetched("", session=(session, 4)), "topics": []}), ("tide ends", 1, 12, fetched("", session=(session, -1))), ("tide after it", 1, 11, fetched("", session=(session, 5)))])


def _customs(stage: Stage) -> None:
    """Officers in a group, one with a name that stays; and a ledger."""
    join = {"group_id": "customs", "session_timeout": 7000, "rebalance_timeout": 1300, "member_id": "", "group_instance_id": "gate", "protocol_type": "consumer", "reason": None, "protocols": [{"name": "range", "metadata": _READS}]}
    me = stage.ask("officer", 11, 7, join)["member_id"]
    who = {"group_id": "customs", "generation_id": 1, "member_id": me, "group_instance_id": "gate"}
    place = {"partition_index": 0, "committed_offset": 2, "committed_leader_epoch": -1, "committed_metadata": None}
    commit = {"group_id": "customs", "generation_id_or_member_epoch": 1, "member_id": me, "group_instance_id": "gate", "topics": [{"name": "ship", "partitions": [place]}]}
    _all(stage, [
        ("officer too early", 8, 7, commit), ("officer is told", 14, 4, {**who, "assignments": [{"member_id": me, "assignment": b"gate"}]}), ("officer once more", 14, 5, {**who, "protocol_type": "consumer", "protocol_name": "range", "assignments": []}), ("officer wrongly", 14, 5, {**who, "protocol_type": "consumer", "protocol_name": "sticky", "assignments": []}), ("officer of no kind", 14, 5, {**who, "protocol_type": None, "protocol_name": None, "assignments": []}), ("officer beats", 12, 3, who), ("officer beats for another gate", 12, 4, {**who, "group_instance_id": "door"}), ("officer beats as another", 12, 4, {**who, "member_id": "me"}),
        ("officer commits", 8, 8, commit), ("officer commits for another gate", 8, 8, {**commit, "group_instance_id": "door"}), ("officer commits as another", 8, 7, {**commit, "member_id": "me"}), ("officer commits of before", 8, 9, {**commit, "generation_id_or_member_epoch": 0}), ("nobody commits", 8, 9, {**commit, "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None}), ("a successor", 11, 7, join),
        ("the former beats", 12, 4, who), ("the former leaves", 13, 4, {"group_id": "customs", "members": [{"member_id": me, "group_instance_id": "gate"}]}), ("described", 15, 5, {"groups": ["customs", "customs"], "include_authorized_operations": False}), ("forgotten", 47, 0, {"group_id": "customs", "topics": [{"name": "ship", "partitions": [{"partition_index": 0}]}, {"name": "berth", "partitions": [{"partition_index": 0}, {"partition_index": 5}]}]}), ("removed", 42, 1, {"groups_names": ["customs"]}), ("gate leaves", 13, 5, {"group_id": "customs", "members": [{"member_id": "", "group_instance_id": "gate", "reason": "night"}, {"member_id": "", "group_instance_id": "door", "reason": None}]}),
        ("places", 9, 3, {"group_id": "customs", "topics": None}), ("places of some", 9, 7, {"group_id": "customs", "topics": [{"name": "ship", "partition_indexes": [0, 1]}, {"name": "lost", "partition_indexes": [2]}], "require_stable": True}), ("places of two", 9, 8, {"groups": [{"group_id": "customs", "topics": None}, {"group_id": "none", "topics": [{"name": "ship", "partition_indexes": [0]}]}], "require_stable": False}), ("listed", 16, 5, {"states_filter": ["stable"], "types_filter": ["consumer"]}), ("coordinator", 10, 3, {"key": "cargo", "key_type": 1}), ("coordinators", 10, 6, {"key_type": 7, "coordinator_keys": ["a"]}), ("removed at last", 42, 2, {"groups_names": ["none", "customs"]}), ("removed from memory", 15, 1, {"groups": ["customs"]}),
    ])
    begin = {"transactional_id": "cargo", "transaction_timeout": 33_000, "producer_id": -1, "producer_epoch": -1}
    us = stage.ask("ledger", 22, 3, begin)
    mine = {"transactional_id": "cargo", "producer_id": us["producer_id"], "producer_epoch": us["producer_epoch"]}
    old = {f"v3_and_below_{key}": value for key, value in mine.items()}
    row = records((b"c", b"1"), attributes=0x10, producer=(us["producer_id"], us["producer_epoch"], 0), at=_AT + 70)
    offsets = {**mine, "group_id": "customs", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "ship", "partitions": [place]}]}
    _all(stage, [
        ("ledger adds", 24, 0, {**old, "v3_and_below_topics": [{"name": "dock", "partitions": [0]}]}), ("ledger adds the lost", 24, 3, {**old, "v3_and_below_topics": [{"name": "lost", "partitions": [0]}, {"name": "dock", "partitions": [0, 1]}]}), ("ledger adds the inner", 24, 3, {**old, "v3_and_below_topics": [{"name": "__transaction_state", "partitions": [0]}]}), ("another adds", 24, 2, {**old, "v3_and_below_transactional_id": "carg", "v3_and_below_topics": [{"name": "dock", "partitions": [0]}]}), ("ledger asks", 24, 4, {"transactions": [{**mine, "verify_only": True, "topics": [{"name": "dock", "partitions": [0]}, {"name": "ship", "partitions": [0]}]}]}), ("ledger writes", 0, 9, produced("dock", row, transaction="cargo")), ("ledger writes once more", 0, 9, produced("dock", row, transaction="cargo")), ("ledger writes elsewhere", 0, 9, produced("ship", row, 1, transaction="cargo")), ("another writes", 0, 11, produced("ship", row, 1, transaction="carg")),
        ("ledger adds a group", 25, 0, {**mine, "group_id": "customs"}), ("ledger commits", 28, 0, offsets), ("ledger commits the lost", 28, 3, {**offsets, "topics": [{"name": "lost", "partitions": [place]}, {"name": "ship", "partitions": [{**place, "partition_index": 2}, {**place, "partition_index": 3}]}]}), ("ledger is held", 9, 8, {"groups": [{"group_id": "customs", "topics": [{"name": "ship", "partition_indexes": [0, 1, 2]}]}], "require_stable": True}), ("ledger is listed", 66, 1, {"state_filters": [], "producer_id_filters": [us["producer_id"]], "duration_filter": 90_000}), ("stable", 2, 8, listed("dock", -1, committed=True)), ("another ends", 26, 3, {**mine, "producer_id": 2, "committed": True}), ("ledger ends", 26, 2, {**mine, "committed": True}),
    ])
    time.sleep(4 * SETTLING)
    _all(stage, [("ledger ends again", 26, 0, {**mine, "committed": True}), ("ledger ends otherwise", 26, 3, {**mine, "committed": False}), ("ledger was held", 9, 6, {"group_id": "customs", "topics": None}), ("ledger begins with its own", 22, 4, {**begin, "producer_id": us["producer_id"], "producer_epoch": us["producer_epoch"]}), ("ledger begins with its own again", 22, 4, {**begin, "producer_id": us["producer_id"], "producer_epoch": us["producer_epoch"]}), ("the former writes", 0, 10, produced("dock", row, transaction="cargo")), ("the former ends", 26, 3, {**mine, "committed": True}), ("the former adds", 24, 3, {**old, "v3_and_below_topics": [{"name": "dock", "partitions": [0]}]}), ("stable after it", 2, 7, listed("dock", -1, committed=True))])


def _watch(stage: Stage) -> None:
    """A night watch that rattles at every door."""
    _all(stage, [
        ("cluster", 60, 1, {"include_cluster_authorized_operations": True, "endpoint_type": -1}), ("quorum", 55, 2, {"topics": [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 2}, {"partition_index": 3}]}]}), ("features", 57, 1, {"timeout": 3000, "feature_updates": [{"feature": "metadata.version", "max_version_level": 3, "upgrade_type": 2}, {"feature": "kraft.version", "max_version_level": -1, "upgrade_type": 1}], "validate_only": True}), ("elect", 43, 2, {"election_type": 0, "topic_partitions": [{"topic": "ship", "partitions": [0]}, {"topic": "do ck", "partitions": [0]}], "timeout": 5000}),
        ("move", 45, 0, {"timeout": 5000, "topics": [{"name": "ship", "partitions": [{"partition_index": 0, "replicas": [2, 1]}, {"partition_index": 1, "replicas": [1]}]}, {"name": "lost", "partitions": [{"partition_index": 1, "replicas": [1]}]}]}), ("moving", 46, 0, {"timeout": 5000, "topics": [{"name": "lost", "partition_indexes": [0, 1]}]}), ("dirs", 35, 1, {"topics": [{"topic": "ship", "partitions": [2]}, {"topic": "crane", "partitions": [0, 9]}]}), ("into a dir", 34, 2, {"dirs": [{"path": "/sea", "topics": [{"name": "ship", "partitions": [0, 1]}, {"name": "do ck", "partitions": [0]}]}]}),
        ("acls", 29, 2, {"resource_type_filter": 4, "resource_name_filter": "kafka-cluster", "pattern_type_filter": 3, "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1}), ("acl", 30, 1, {"creations": [{"resource_type": 2, "resource_name": "ship", "principal": "User:w", "host": "*", "operation": 3, "permission_type": 2, "resource_pattern_type": 3}]}), ("acl away", 31, 3, {"filters": [{"resource_type_filter": 2, "resource_name_filter": None, "pattern_type_filter": 3, "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1}]}), ("tokens", 41, 2, {"owners": [{"principal_type": "Group", "principal_name": "g"}]}), ("token", 38, 1, {"renewers": [], "max_lifetime": 60_000}), ("token's end", 40, 2, {"hmac": b"zz", "expiry_time_period": -1}), ("token's life", 39, 1, {"hmac": b"zz", "renew_period": -1}), ("sasl", 17, 1, {"mechanism": "SCRAM-SHA-512"}), ("word", 36, 2, {"auth_bytes": b"n,,n=w,r=1"}),
        ("quotas", 48, 0, {"components": [{"entity_type": "user", "match_type": 0, "match": "w"}, {"entity_type": "ip", "match_type": 1, "match": None}], "strict": False}), ("quotas set", 49, 1, {"entries": [{"entity": [{"entity_type": "user", "entity_name": "w"}], "ops": [{"key": "controller_mutation_rate", "value": 0.1, "remove": False}, {"key": "producer_byte_rate", "value": 2.5, "remove": False}]}, {"entity": [{"entity_type": "ip", "entity_name": "10.1.2.3"}], "ops": [{"key": "connection_creation_rate", "value": -1.0, "remove": False}]}], "validate_only": True}), ("keys", 51, 0, {"deletions": [], "upsertions": [{"name": "w", "mechanism": 1, "iterations": 20_000, "salt": b"s", "salted_password": b"p"}, {"name": "v", "mechanism": 0, "iterations": 8000, "salt": b"s", "salted_password": b"p"}]}), ("keys seen", 50, 0, {"users": [{"name": "w"}, {"name": ""}]}),
        ("beat", 68, 0, {"group_id": "customs", "member_id": "", "member_epoch": -1, "instance_id": None, "rack_id": None, "rebalance_timeout": -1, "subscribed_topic_names": None, "server_assignor": None, "topic_partitions": None}), ("seen", 69, 0, {"group_ids": ["none"], "include_authorized_operations": True}), ("versions", 18, 3, {"client_software_name": "watch-", "client_software_version": "1"}), ("unregistered", 64, 0, {"broker_id": 77}), ("subscriptions", 74, 0, {}), ("subscribed", 44, 1, {"resources": [_sets(16, "w", ("interval.ms", 0, "1000"), ("metrics", 0, "*"), ("match", 0, "client_source_port=9.*")), _sets(16, "v", ("match", 0, "client_id"))], "validate_only": True}), ("loggers", 44, 1, {"resources": [_sets(8, "1", ("root", 1, None)), _sets(8, "1x", ("root", 0, "INFO"))], "validate_only": True}), ("voter", 81, 0, {"cluster_id": "port", "voter_id": 1, "voter_directory_id": _ODD}),
        ("delete", 20, 6, {"topics": [{"name": "berth", "topic_id": None}, {"name": "lost", "topic_id": None}, {"name": None, "topic_id": _ODD}, {"name": "dock", "topic_id": _ODD}], "timeout": 3000}), ("delete of old", 20, 0, {"topic_names": ["dock", "berth"], "timeout": 3000}), ("delete oddly", 20, 4, {"topic_names": ["", "ship", "ship"], "timeout": 3000}), ("load what is gone", 0, 9, produced("berth", records((b"a", b"1"), at=_AT))), ("unload what is gone", 1, 12, fetched("dock", 0)),
    ])


STEPS = 170


def play(stage: Stage) -> None:
    """A day and a night of the port."""
    stage.wait_for_coordinators()
    for part in (_ships, _cranes, _customs, _watch):
        part(stage)
