"""A workshop: learners at consoles and scripts, with the mistakes that they make; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 2_500_000_000_000
_NONE = uuid.UUID(int=0)


def _several(*topics: dict[str, Any], dry: bool = False, timeout: int = 4000) -> dict[str, Any]:
    return {"topics": [each["topics"][0] for each in topics], "timeout": timeout, "validate_only": dry}


def _settings(kind: int, name: str, *changes: tuple[str, int, str | None]) -> dict[str, Any]:
    return {"resource_type": kind, "resource_name": name, "configs": [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]}


def _resource(kind: int, name: str, *keys: str) -> dict[str, Any]:
    return {"resource_type": kind, "resource_name": name, "configuration_keys": list(keys) or None}


def _first_topics(stage: Stage) -> None:
    ask = stage.ask
    ask("the first topic", 19, 5, topic("lesson", 3))
    ask("the same in capitals", 19, 5, topic("Lesson", 1))
    ask("names", 19, 7, _several(topic("lesson.one"), topic("lesson_one"), topic("lesson-one"), topic("..."), topic("l:o"), topic("é")))
    ask("numbers", 19, 5, _several(topic("n-1", -1), topic("n-0", 0), topic("n-2", -2), topic("n-10001", 10001)))
    ask("values", 19, 6, _several(topic("v1", retention_ms="7d"), topic("v2", cleanup_policy="Compact"), topic("v3", retention_ms="-2"), topic("v4", max_message_bytes="-1"),
                                  topic("v5", segment_bytes="1"), topic("v6", compression_type="none"), topic("v7", min_insync_replicas="x"), topic("v8", segment_ms="0"), topic("v9", retention_bytes="9223372036854775808")))  # fmt: skip
    ask("values that fit", 19, 7, _several(topic("w1", retention_ms=" 1000 "), topic("w2", cleanup_policy="delete, compact"), topic("w3", preallocate="True"), topic("w4", min_cleanable_dirty_ratio=".3"), topic("w5", flush_ms="+5")))
    ask("conflicting", 19, 7, _several(topic("x1", min_compaction_lag_ms="9", max_compaction_lag_ms="3"), topic("x2", local_retention_ms="90", retention_ms="50"), topic("x3", local_retention_bytes="90", retention_bytes="50")))
    ask("tiered", 19, 7, _several(topic("y1", remote_storage_enable="true"), topic("y2", remote_log_copy_disable="true"), topic("y3", remote_log_delete_on_disable="true")))
    time.sleep(SETTLING)
    ask("what was made", 32, 4, {"resources": [_resource(2, name, "retention.ms", "cleanup.policy", "preallocate", "min.cleanable.dirty.ratio", "flush.ms") for name in ("w1", "w2", "w3", "w4", "w5")], "include_synonyms": False, "include_documentation": False})
    ask("described with a wrong name", 32, 2, {"resources": [_resource(2, "lessons"), _resource(2, "lesson", "no.such"), _resource(2, "l:o")], "include_synonyms": False})
    ask("described twice", 32, 3, {"resources": [_resource(2, "lesson", "segment.ms"), _resource(2, "lesson", "segment.bytes")], "include_synonyms": True, "include_documentation": False})
    ask("all topics of nobody", 3, 0, {"topics": [{"name": "lessons"}]})
    for version in (2, 7, 11):
        ask(f"metadata {version}", 3, version, {"topics": [{"name": "lesson"}, {"name": "Lesson"}, {"name": "l:o"}, {"name": "lessons"}], "allow_auto_topic_creation": False,
                                                "include_topic_authorized_operations": version == 7})  # fmt: skip
    ask("the cluster", 60, 1, {"include_cluster_authorized_operations": False, "endpoint_type": 1})
    ask("the cluster of another type", 60, 1, {"include_cluster_authorized_operations": False, "endpoint_type": 0})
    ask("its versions", 18, 2, {})
    ask("its versions by nobody", 18, 3, {"client_software_name": "", "client_software_version": ""})
    ask("more partitions", 37, 1, {"topics": [{"name": "lesson", "count": 4, "assignments": []}, {"name": "lessons", "count": 4, "assignments": None}, {"name": "w1", "count": 0, "assignments": None}, {"name": "w2", "count": -3, "assignments": None}], "timeout": 3000, "validate_only": False})
    ask("as many partitions by hand", 37, 3, {"topics": [{"name": "lesson", "count": 5, "assignments": [{"broker_ids": [1]}, {"broker_ids": [1]}]}, {"name": "w1", "count": 2, "assignments": [{"broker_ids": []}]},
                                                         {"name": "w2", "count": 2, "assignments": [{"broker_ids": [3, 1]}]}, {"name": "w3", "count": 3, "assignments": [{"broker_ids": [1]}]}], "timeout": 3000, "validate_only": True})  # fmt: skip


def _records(stage: Stage) -> None:
    ask = stage.ask
    for name, version, fields in (
        ("hello", 3, produced("lesson", records((None, b"hello"), at=_AT))), ("keys", 7, produced("lesson", records((b"a", b"1"), (b"b", b"2"), (b"a", None), at=_AT + 10), 1)),
        ("headers", 8, produced("lesson", records((b"a", b"1"), headers=((b"", b""), (b"h", b"v")), at=_AT + 20), 1)), ("nothing", 8, produced("lesson", b"")),
        ("half a batch", 8, produced("lesson", records((b"a", b"1"), at=_AT)[:-2])), ("two batches", 9, produced("lesson", records((b"a", b"1"), at=_AT) + records((b"a", b"2"), at=_AT))),
        ("a changed byte", 9, produced("lesson", records((b"a", b"1"), at=_AT)[:-1] + b"\1")), ("an odd codec", 8, produced("lesson", records((b"a", b"1"), attributes=6, at=_AT))),
        ("said to be lz4", 8, produced("lesson", records((b"a", b"1"), attributes=3, at=_AT))), ("said to be stamped", 8, produced("lesson", records((b"a", b"1"), attributes=8, at=_AT), 2)),
        ("without a time", 8, produced("lesson", records((b"a", b"1"), at=-1), 2)), ("to nobody", 9, produced("lessons", records((b"a", b"1"), at=_AT))),
        ("to a bad name", 9, produced("l:o", records((b"a", b"1"), at=_AT))), ("to no name", 9, produced("", records((b"a", b"1"), at=_AT))),
        ("with acks 3", 7, produced("lesson", records((b"a", b"1"), at=_AT), acks=3)), ("with a producer of no epoch", 9, produced("lesson", records((b"a", b"1"), producer=(5, -1, 0), at=_AT))),
        ("with a sequence of none", 9, produced("lesson", records((b"a", b"1"), producer=(6, 0, -1), at=_AT))), ("with a late sequence", 9, produced("lesson", records((b"a", b"1"), producer=(987_654, 0, 40), at=_AT), 2)),
    ):  # fmt: skip
        ask(f"write {name}", 0, version, fields)
    for name, version, fields in (
        ("the first", 4, fetched("lesson", 0)), ("the second", 5, fetched("lesson", 1, 1)), ("one byte", 7, fetched("lesson", 0, 1, most=1, of_partition=1)), ("of no partition", 8, fetched("lesson", 0, 9)),
        ("of nobody", 9, fetched("lessons")), ("behind the end", 12, fetched("lesson", 1000)), ("before the start", 12, fetched("lesson", -1)), ("a negative size", 11, fetched("lesson", 0, most=-5)),
        ("as a follower would", 11, {**fetched("lesson", 0), "replica_id": 5}), ("in a strange isolation", 11, {**fetched("lesson", 0), "isolation_level": 7}),
        ("of a session that is none", 12, fetched("lesson", 0, session=(99, 5))), ("as an observer", 9, {**fetched("lesson", 0), "replica_id": -2}), ("behind a wrong epoch", 12, fetched("lesson", 0, epoch=4)),
        ("of nothing", 13, {**fetched(""), "topics": []}), ("by an id", 13, {**fetched(""), "topics": [{"topic_id": uuid.UUID(int=8), "partitions": fetched("x")["topics"][0]["partitions"]}]}),
    ):  # fmt: skip
        ask(f"read {name}", 1, version, fields)
    for version in (1, 3, 6, 9):
        for at in (_AT + 11, -1, -3):
            ask(f"offsets {version} {at}", 2, version, listed("lesson", at, at, at, at))
    ask("offsets of nobody", 2, 5, listed("lessons", -1))
    ask("offsets with an old leader", 2, 6, listed("lesson", -1, epoch=-2))
    ask("epochs", 23, 2, {"topics": [{"topic": "lesson", "partitions": [{"partition": 0, "current_leader_epoch": 3, "leader_epoch": 0}, {"partition": 1, "current_leader_epoch": -1, "leader_epoch": -5}]}, {"topic": "lessons", "partitions": [{"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}]}]})
    ask("records away", 21, 0, {"topics": [{"name": "lesson", "partitions": [{"partition_index": 1, "offset": 2}, {"partition_index": 0, "offset": 99}, {"partition_index": 7, "offset": 0}]}, {"name": "lessons", "partitions": [{"partition_index": 0, "offset": 0}]}], "timeout": 1000})
    ask("what is left", 1, 11, fetched("lesson", 1, 1))
    ask("starts", 2, 7, listed("lesson", -2, -2, 0))


def _groups(stage: Stage) -> None:
    ask = stage.ask
    join = {"group_id": "class", "session_timeout": 6000, "rebalance_timeout": 1000, "member_id": "", "group_instance_id": None, "protocol_type": "consumer", "reason": "first time",
            "protocols": [{"name": "range", "metadata": b"\0\3\0\0\0\1\0\6lesson\0\0\0\0\0\0\0\0\0\0\0\0\0\0"}]}  # fmt: skip
    ask("too short a session", 11, 6, {**join, "session_timeout": 5999})
    ask("too long a session", 11, 6, {**join, "session_timeout": 1_800_001})
    ask("a member that nobody knows", 11, 6, {**join, "member_id": "me", "protocols": []})
    me = ask("a member", 11, 6, join)["member_id"]
    ask("its group before it is in", 15, 5, {"groups": ["class"], "include_authorized_operations": True})
    ask("beat before it is in", 12, 3, {"group_id": "class", "generation_id": 0, "member_id": me, "group_instance_id": None})
    ask("commit before it is in", 8, 6, {"group_id": "class", "generation_id_or_member_epoch": 0, "member_id": me, "topics": [{"name": "lesson", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}]}]})
    ask("its group deleted before it is in", 42, 1, {"groups_names": ["class"]})
    again = ask("a member once more", 11, 4, {**join, "member_id": me})
    if again["error_code"] != "none":
        me = ask("a member anew", 11, 3, join)["member_id"]
    ask("sync without assignments", 14, 3, {"group_id": "class", "generation_id": 1, "member_id": me, "group_instance_id": None, "assignments": []})
    ask("beat", 12, 2, {"group_id": "class", "generation_id": 1, "member_id": me})
    ask("beat of an instance", 12, 4, {"group_id": "class", "generation_id": 1, "member_id": me, "group_instance_id": "desk"})
    commit = {"group_id": "class", "generation_id_or_member_epoch": 1, "member_id": me, "group_instance_id": None}
    place = {"partition_index": 0, "committed_offset": 2, "committed_leader_epoch": 0, "committed_metadata": "é"}
    ask("commit", 8, 7, {**commit, "topics": [{"name": "lesson", "partitions": [place, {**place, "committed_offset": 3}, {**place, "partition_index": 2, "committed_metadata": "m" * 4097}]}, {"name": "lessons", "partitions": [place]}]})
    ask("commit of an instance", 8, 8, {**commit, "group_instance_id": "desk", "topics": [{"name": "lesson", "partitions": [place]}]})
    ask("commit of nothing that is", 8, 8, {**commit, "topics": [{"name": "lessons", "partitions": [place]}]})
    for version in (1, 5, 7):
        ask(f"held {version}", 9, version, {"group_id": "class", "topics": [{"name": "lesson", "partition_indexes": [0, 2]}], "require_stable": False})
    ask("held by several", 9, 8, {"groups": [{"group_id": "class", "topics": []}, {"group_id": "class", "topics": None}, {"group_id": "classes", "topics": None}], "require_stable": True})
    ask("its group", 15, 0, {"groups": ["class", "classes"]})
    ask("forget", 47, 0, {"group_id": "class", "topics": [{"name": "lesson", "partitions": [{"partition_index": 0}]}, {"name": "w1", "partitions": [{"partition_index": 0}]}, {"name": "lessons", "partitions": [{"partition_index": 0}]}]})
    ask("forget of no group", 47, 0, {"group_id": "", "topics": []})
    ask("leave as an instance", 13, 3, {"group_id": "class", "members": [{"member_id": me, "group_instance_id": "desk"}]})
    ask("leave twice", 13, 4, {"group_id": "class", "members": [{"member_id": me, "group_instance_id": None}, {"member_id": me, "group_instance_id": None}]})
    ask("leave nobody", 13, 5, {"group_id": "class", "members": []})
    ask("leave no group", 13, 1, {"group_id": "", "member_id": me})
    ask("deleted", 42, 2, {"groups_names": ["class", "classes"]})
    ask("coordinators", 10, 4, {"key_type": 0, "coordinator_keys": ["class", "class", ""]})
    ask("coordinator of a strange type", 10, 2, {"key": "class", "key_type": 5})
    ask("the new way", 68, 0, {"group_id": "class", "member_id": "", "member_epoch": 0, "instance_id": None, "rack_id": None, "rebalance_timeout": 1000, "subscribed_topic_names": ["lesson"], "server_assignor": "range", "topic_partitions": ()})
    ask("described the new way", 69, 0, {"group_ids": [], "include_authorized_operations": False})


def _transactions(stage: Stage) -> None:
    ask = stage.ask
    begin = {"transactional_id": "desk", "transaction_timeout": 5000, "producer_id": -1, "producer_epoch": -1}
    ask("a producer of half an id", 22, 4, {**begin, "producer_id": 3})
    ask("a producer of the other half", 22, 3, {**begin, "producer_epoch": 3})
    ask("a producer that nobody knows", 22, 4, {**begin, "transactional_id": "desk-2", "producer_id": 12_345, "producer_epoch": 2})
    me = ask("a producer", 22, 2, begin)
    who = {"transactional_id": "desk", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}
    next_ = ask("it comes again with what it has", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]})
    ask("it asks the same once more", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]})
    old = {"v3_and_below_transactional_id": "desk", "v3_and_below_producer_id": me["producer_id"], "v3_and_below_producer_epoch": next_["producer_epoch"]}
    ask("it adds what is not", 24, 0, {**old, "v3_and_below_topics": [{"name": "lessons", "partitions": [0]}, {"name": "lesson", "partitions": [0]}]})
    ask("it ends what it has not begun", 26, 1, {**who, "producer_epoch": next_["producer_epoch"], "committed": True})
    ask("it adds with its older epoch", 24, 1, {**old, "v3_and_below_producer_epoch": me["producer_epoch"], "v3_and_below_topics": [{"name": "lesson", "partitions": [0]}]})
    ask("it adds", 24, 3, {**old, "v3_and_below_topics": [{"name": "lesson", "partitions": [0, 0, 1]}]})
    ask("another id", 25, 0, {**who, "transactional_id": "chair", "group_id": "class"})
    ask("its own id without a group", 25, 1, {**who, "producer_epoch": next_["producer_epoch"], "group_id": ""})
    ask("its state", 65, 0, {"transactional_ids": ["desk", "chair", ""]})
    stage.instead([(t["error_code"], t["transaction_state"], t["transaction_timeout"], t["topics"]) for t in stage.answers[-1][1]["transaction_states"]])
    ask("it lists", 66, 0, {"state_filters": ["ongoing"], "producer_id_filters": [me["producer_id"]]})
    ask("it lists by state", 66, 1, {"state_filters": ["Ongoing"], "producer_id_filters": [me["producer_id"], 1], "duration_filter": -1})
    ask("offsets without its group", 28, 3, {**who, "producer_epoch": next_["producer_epoch"], "group_id": "other", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "lesson", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}]}]})
    ask("offsets of a member", 28, 3, {**who, "producer_epoch": next_["producer_epoch"], "group_id": "", "generation_id": 5, "member_id": "m", "group_instance_id": None, "topics": [{"name": "lesson", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}]}]})
    ask("it ends", 26, 0, {**who, "producer_epoch": next_["producer_epoch"], "committed": False})
    time.sleep(SETTLING)
    ask("producers", 61, 0, {"topics": [{"name": "lesson", "partition_indexes": [0, 9]}, {"name": "lessons", "partition_indexes": [0]}]})
    stage.instead([[(p["partition_index"], p["error_code"], p["error_message"]) for p in t["partitions"]] for t in stage.answers[-1][1]["topics"]])
    ask("markers without a producer", 27, 1, {"markers": [{"producer_id": -1, "producer_epoch": 0, "transaction_result": True, "coordinator_epoch": 0, "topics": [{"name": "lesson", "partition_indexes": [0]}]}]})


def _administration(stage: Stage) -> None:
    ask = stage.ask
    ask("settings of several kinds", 44, 1, {"resources": [_settings(2, "lesson", ("retention.ms", 0, "5000"), ("segment.ms", 1, "x")), _settings(2, "lessons", ("retention.ms", 0, "x")), _settings(2, "l:o", ("retention.ms", 0, "1")), _settings(4, "", ("log.retention.ms", 0, "99")), _settings(4, "1", ("advertised.listeners", 1, None)), _settings(3, "x")], "validate_only": True})
    ask("appended to no list", 44, 0, {"resources": [_settings(2, "lesson", ("retention.ms", 3, "5")), _settings(2, "w2", ("cleanup.policy", 3, "delete,compact")), _settings(2, "w1", ("no.such", 2, "1"))], "validate_only": True})
    ask("an odd operation", 44, 1, {"resources": [_settings(2, "lesson", ("retention.ms", 9, "5"))], "validate_only": True})
    ask("settings replaced by none", 33, 0, {"resources": [{"resource_type": 2, "resource_name": "w1", "configs": []}], "validate_only": False})
    time.sleep(SETTLING)
    ask("what is left of them", 32, 1, {"resources": [_resource(2, "w1", "retention.ms")], "include_synonyms": True})
    ask("settings of a logger", 33, 2, {"resources": [{"resource_type": 8, "resource_name": "1", "configs": [{"name": "root", "value": "INFO"}]}], "validate_only": True})
    ask("settings of another broker", 32, 4, {"resources": [_resource(4, "9", "log.dirs"), _resource(8, "x"), _resource(16, "m"), _resource(4, "1", "node.id", "process.roles", "broker.rack")], "include_synonyms": False, "include_documentation": False})
    ask("an odd kind", 32, 4, {"resources": [_resource(3, "x"), _resource(2, "lesson", "retention.ms")], "include_synonyms": False, "include_documentation": False})
    ask("elected", 43, 2, {"election_type": 1, "topic_partitions": [{"topic": "lesson", "partitions": [0, 0, 9]}, {"topic": "", "partitions": [0]}], "timeout": 3000})
    ask("moved", 45, 0, {"timeout": 3000, "topics": [{"name": "lesson", "partitions": [{"partition_index": 0, "replicas": [1, 2, 3]}, {"partition_index": 1, "replicas": None}, {"partition_index": -1, "replicas": [1]}]}]})
    ask("being moved", 46, 0, {"timeout": 3000, "topics": []})
    ask("folders", 35, 1, {"topics": [{"topic": "w1", "partitions": [0, 5]}]})
    ask("folders moved", 34, 2, {"dirs": [{"path": "/a", "topics": [{"name": "w1", "partitions": [0]}]}, {"path": "/b", "topics": [{"name": "w1", "partitions": [0]}]}]})
    ask("quorum", 55, 0, {"topics": [{"topic_name": "lesson", "partitions": [{"partition_index": 0}, {"partition_index": 1}]}]})
    ask("quotas", 49, 1, {"entries": [{"entity": [{"entity_type": "user", "entity_name": ""}], "ops": []}, {"entity": [{"entity_type": "client-id", "entity_name": "c"}], "ops": [{"key": "request_percentage", "value": 0.0, "remove": False}]},
                                      {"entity": [{"entity_type": "ip", "entity_name": None}], "ops": [{"key": "connection_creation_rate", "value": 2.5, "remove": False}]}], "validate_only": True})  # fmt: skip
    ask("quotas seen", 48, 1, {"components": [{"entity_type": "", "match_type": 0, "match": "x"}], "strict": False})
    ask("credentials", 50, 0, {"users": []})
    stage.instead(stage.answers[-1][1]["error_code"])
    ask("credentials made", 51, 0, {"deletions": [], "upsertions": [{"name": "ann", "mechanism": 1, "iterations": 99_999, "salt": b"s", "salted_password": b"p"}, {"name": "ann", "mechanism": 2, "iterations": 4096, "salt": b"s", "salted_password": b"p"}]})
    acl = {"resource_type": 2, "resource_name": "lesson", "resource_pattern_type": 4, "principal": "ann", "host": "", "operation": 3, "permission_type": 3}
    ask("acls", 30, 3, {"creations": [acl, acl]})
    ask("acls seen", 29, 2, {"resource_type_filter": 5, "resource_name_filter": None, "pattern_type_filter": 2, "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1})
    ask("acls away", 31, 2, {"filters": []})
    ask("tokens", 38, 3, {"owner_principal_type": "", "owner_principal_name": "", "renewers": [], "max_lifetime": 5})
    ask("tokens seen", 41, 1, {"owners": None})
    ask("tokens ended", 40, 1, {"hmac": b"abc", "expiry_time_period": 0})
    ask("sasl", 17, 0, {"mechanism": "GSSAPI"})
    ask("authenticated", 36, 0, {"auth_bytes": b"\0u\0p"})
    ask("features", 57, 1, {"timeout": 3000, "feature_updates": [{"feature": "metadata.version", "max_version_level": 0, "upgrade_type": 3}, {"feature": "transaction.version", "max_version_level": 2, "upgrade_type": 1}], "validate_only": False})
    ask("a voter", 81, 0, {"cluster_id": None, "voter_id": 1, "voter_directory_id": _NONE})
    ask("metrics", 44, 1, {"resources": [_settings(16, "all", ("metrics", 0, "org.apache"), ("interval.ms", 0, "60000"), ("match", 2, "client_id=x"))], "validate_only": True})
    ask("partitions", 75, 0, {"topics": [{"name": "lesson"}, {"name": "Lesson"}, {"name": "l:o"}, {"name": "lessons"}], "response_partition_limit": 3, "cursor": {"topic_name": "lesson", "partition_index": 1}})
    ask("unregistered", 64, 0, {"broker_id": 3})
    ask("deleted by old", 20, 0, {"topic_names": ["Lesson", "lessons", ""], "timeout": 2000})
    ask("deleted at once", 20, 3, {"topic_names": ["w1"], "timeout": 0})
    ask("deleted badly", 20, 6, {"topics": [{"name": "w2", "topic_id": uuid.UUID(int=3)}, {"name": "l:o", "topic_id": None}, {"name": None, "topic_id": uuid.UUID(int=3)}], "timeout": 2000})
    ask("made at once", 19, 4, {**topic("late"), "timeout": 0})
    ask("grown at once", 37, 0, {"topics": [{"name": "w3", "count": 2, "assignments": None}], "timeout": 0, "validate_only": False})


STEPS = 160


def play(stage: Stage) -> None:
    """The whole workshop."""
    stage.wait_for_coordinators()
    for part in (_first_topics, _records, _groups, _transactions, _administration):
        part(stage)
