"""A fleet of jobs on one broker: gateways, stream processors, loaders, a desk that repairs; written before it was compared."""

from __future__ import annotations

import functools
import gzip
import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, looks, make, new, produced, records, sets

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_900_000_000_000
_NONE, _ODD = uuid.UUID(int=0), uuid.UUID(int=0xDEF)
_zipped = functools.partial(gzip.compress, mtime=0)
_READS = b"\0\2\0\0\0\1\0\6cooked\0\0\0\0\0\0\0\0\xff\xff\xff\xff"  # a consumer's topics


def _gateways(stage: Stage) -> None:
    """Gateways make what they write to, and write it in every way."""
    ask = stage.ask
    ask("gateway makes", 19, 1, make(new("raw", 2, 1, retention_ms="86400000"), new("cooked", 1, 1, compression_type="gzip", compression_gzip_level="1"), new("state", 1, 1, cleanup_policy="compact", segment_ms="1"), new("raw.x"), new("raw_x")))
    ask("gateway makes oddly", 19, 5, make(new("o1", 1, 1, [(0, [1])]), new("o2", -1, 1, [(0, [1])]), new("o3", 1, -1, [(0, [1])]), new("o4", -1, -1, [(5, [1])]), new("o5", -1, -1, [(0, [1]), (1, [1]), (1, [1])]), new("o6", 2, 2), new("o7", 0, 2), new("..", 1)))
    ask("gateway makes with settings", 19, 6, make(new("s1", compression_gzip_level="0"), new("s2", compression_gzip_level="-1"), new("s3", compression_zstd_level="23"), new("s4", compression_lz4_level="18"), new("s5", segment_index_bytes="3"), new("s6", delete_retention_ms="-1"), new("s7", message_timestamp_type="createtime"), new("s8", leader_replication_throttled_replicas="0:1,x"), dry=True))
    ask("gateway makes with more", 19, 7, make(new("t1", message_timestamp_difference_max_ms="-1"), new("t2", message_format_version="9.9"), new("t3", unclean_leader_election_enable="yes"), new("t4", index_interval_bytes="1.5"), new("t5", max_compaction_lag_ms="0"), new("t6", segment_jitter_ms="-1"), new("t7", file_delete_delay_ms=""), new("t8", retention_ms="1", RETENTION_MS="2"), dry=True))
    time.sleep(SETTLING)
    one = ((b"k", b"v"),)
    for name, version, fields in (
        ("plainly", 3, produced("raw", records(*one, at=_AT))), ("twice", 4, {**produced("raw", records(*one, at=_AT)), "topic_data": produced("raw", records(*one, at=_AT))["topic_data"] + produced("raw", records(*one, at=_AT + 1), 1)["topic_data"]}),
        ("to several", 8, {**produced("raw", b""), "topic_data": [{"name": "raw", "partition_data": [{"index": n, "records": records(*one, at=_AT + 2)} for n in (0, 1, 2)]}, {"name": "gone", "partition_data": [{"index": 0, "records": records(*one, at=_AT)}]}]}),
        ("packed", 7, produced("raw", records(*one, *one, attributes=1, pack=_zipped, at=_AT + 3))), ("packed and cut", 7, produced("raw", records(*one, attributes=1, pack=lambda data: _zipped(data)[:-9], at=_AT))), ("packed in snappy, which it is not", 7, produced("raw", records(*one, attributes=2, at=_AT))),
        ("to what is packed", 7, produced("cooked", records(*one, at=_AT))), ("to what is compacted", 8, produced("state", records((b"a", b"1"), (b"b", None), at=_AT))), ("keyless to what is compacted", 9, produced("state", records((None, b"1"), (b"b", b"2"), (None, None), (None, b"3"), (None, b"4"), at=_AT))),
        ("in the future", 9, produced("raw", records(*one, at=2**50))), ("with headers", 10, produced("raw", records(*one, headers=((b"a", b""), (b"", b"b")), at=_AT + 4), 1)), ("from behind", 9, produced("raw", records(*one, *one, step=-5, at=_AT + 9), 1)),
        ("nothing", 9, {**produced("raw", b""), "topic_data": []}), ("no partition", 9, {**produced("raw", b""), "topic_data": [{"name": "raw", "partition_data": []}]}), ("of magic 1", 8, produced("raw", records(*one, at=_AT)[:16] + b"\1" + records(*one, at=_AT)[17:])),
        ("with a wrong length", 8, produced("raw", records(*one, at=_AT)[:8] + b"\0\0\0\x05" + records(*one, at=_AT)[12:])), ("with a negative length", 8, produced("raw", records(*one, at=_AT)[:8] + b"\xff\xff\xff\xff" + records(*one, at=_AT)[12:])),
    ):  # fmt: skip
        ask(f"gateway writes {name}", 0, version, fields)
    ask("gateway is told", 2, 7, listed("raw", -1, -1, -1))
    ask("gateway metadata", 3, 8, {"topics": [{"name": "raw"}, {"name": "raw_x"}, {"name": "raw x"}, {"name": "gone"}], "allow_auto_topic_creation": False, "include_cluster_authorized_operations": True})


def _processors(stage: Stage) -> None:
    """Stream processors: groups with several protocols, fetches in sessions, offsets by time."""
    ask = stage.ask
    join = {"group_id": "flow", "session_timeout": 30_000, "rebalance_timeout": 1500, "member_id": "", "group_instance_id": None, "protocol_type": "consumer", "reason": "",
            "protocols": [{"name": "range", "metadata": _READS}, {"name": "cooperative-sticky", "metadata": _READS}]}  # fmt: skip
    ask("processor of a short name", 11, 9, {**join, "group_id": "", "session_timeout": 1})
    ask("processor with the same protocol twice", 11, 5, {**join, "group_id": "flow2", "protocols": [{"name": "range", "metadata": b""}, {"name": "range", "metadata": _READS}], "group_instance_id": "i"})
    one = ask("processor joins", 11, 9, join, by="p1")["member_id"]
    ask("processor comes", 11, 9, {**join, "member_id": one}, by="p1")
    ask("processor is not in sync", 15, 5, {"groups": ["flow"], "include_authorized_operations": False})
    stage.instead([(each["group_state"], each["protocol_data"], len(each["members"])) for each in stage.answers[-1][1]["groups"]])
    ask("processor commits too early", 8, 8, {"group_id": "flow", "generation_id_or_member_epoch": 1, "member_id": one, "group_instance_id": None, "topics": [{"name": "raw", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}]}]})
    who = {"group_id": "flow", "generation_id": 1, "member_id": one, "group_instance_id": None}
    ask("processor syncs by another type", 14, 5, {**who, "protocol_type": "Consumer", "protocol_name": "range", "assignments": []})
    ask("processor syncs with a name only", 14, 5, {**who, "protocol_type": None, "protocol_name": "cooperative-sticky", "assignments": []})
    answer = stage.quietly(11, 9, {**join, "member_id": one})
    ask("processor syncs", 14, 5, {**who, "generation_id": answer["generation_id"], "protocol_type": "consumer", "protocol_name": answer["protocol_name"], "assignments": [{"member_id": one, "assignment": b"mine"}, {"member_id": one, "assignment": b"again"}]})
    two = ask("second joins", 11, 9, join, by="p2")["member_id"]
    ask("processor beats beside a pending one", 12, 4, {**who, "generation_id": answer["generation_id"]})
    ask("pending one beats", 12, 4, {**who, "member_id": two})
    ask("pending one commits", 8, 8, {"group_id": "flow", "generation_id_or_member_epoch": 1, "member_id": two, "group_instance_id": None, "topics": [{"name": "raw", "partitions": [{"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}]}]})
    ask("pending one leaves", 13, 5, {"group_id": "flow", "members": [{"member_id": two, "group_instance_id": None, "reason": None}, {"member_id": two, "group_instance_id": None, "reason": None}]})
    place = {"partition_index": 0, "committed_offset": 2, "committed_leader_epoch": 0, "committed_metadata": "p"}
    for version in (2, 5, 9):
        ask(f"processor commits {version}", 8, version, {"group_id": "flow", "generation_id_or_member_epoch": answer["generation_id"], "member_id": one, "group_instance_id": None, "retention_time": 10, "topics": [
            {"name": "raw", "partitions": [place, {**place, "partition_index": 1, "committed_offset": 0}]}, {"name": "__consumer_offsets", "partitions": [place]}, {"name": "", "partitions": [place]}]})  # fmt: skip
    for version, fields in ((1, {"group_id": "flow", "topics": []}), (2, {"group_id": "flow", "topics": None}), (6, {"group_id": "flow", "topics": [{"name": "gone", "partition_indexes": [0]}, {"name": "raw", "partition_indexes": [1, 1]}]})):
        ask(f"processor's offsets {version}", 9, version, fields)
    ask("processor's offsets by others", 9, 9, {"groups": [{"group_id": "flow", "member_id": one, "member_epoch": 1, "topics": [{"name": "raw", "partition_indexes": [0]}]}, {"group_id": "flow", "member_id": "x", "member_epoch": -1, "topics": None}], "require_stable": False})
    ask("forgotten while it reads", 47, 0, {"group_id": "flow", "topics": [{"name": "raw", "partitions": [{"partition_index": 1}]}, {"name": "cooked", "partitions": [{"partition_index": 0}]}, {"name": "gone", "partitions": []}]})
    ask("described by all", 15, 1, {"groups": ["flow", "flow2", "flow3"]})
    ask("leaves of old", 13, 0, {"group_id": "flow", "member_id": one})
    ask("deleted, and one that is not empty", 42, 1, {"groups_names": ["flow", "flow2", "flow3"]})
    begun = ask("session", 1, 7, fetched("raw", 0, session=(0, 0)))["session_id"]
    stage.instead(begun > 0)
    for name, version, fields in (
        ("goes on", 7, fetched("", session=(begun, 1))), ("takes more", 7, fetched("raw", 1, 1, session=(begun, 2))), ("of another version", 11, fetched("cooked", 5, session=(begun, 3))), ("forgets all", 11, fetched("", session=(begun, 4), forgotten=(("raw", [0, 1]), ("cooked", [0])))),
        ("is empty", 11, fetched("", session=(begun, 5))), ("skips an epoch", 11, fetched("", session=(begun, 7))), ("ends", 11, fetched("", session=(begun, -1))), ("with an id and no epoch", 12, fetched("raw", 0, session=(777, -1))), ("without an id", 12, fetched("raw", 0, session=(0, 3))),
    ):  # fmt: skip
        ask(f"session {name}", 1, version, fields)
        if isinstance(stage.answers[-1][1], dict):
            stage.instead([stage.answers[-1][1]["error_code"], [(t["topic"], [(p["partition_index"], p["error_code"], p["high_watermark"]) for p in t["partitions"]]) for t in stage.answers[-1][1]["responses"]]])
    for at in (_AT, _AT + 3, _AT + 5, 2**50, 2**50 + 1, -3):
        ask(f"offsets at {at}", 2, 7, listed("raw", at, at))
    ask("offsets of a replica", 2, 3, {**listed("raw", -1), "replica_id": 4})
    ask("offsets in a strange isolation", 2, 4, {**listed("raw", -1), "isolation_level": 3})


def _loaders(stage: Stage) -> None:
    """Loaders with exactly one try."""
    ask = stage.ask
    begin = {"transactional_id": "load", "transaction_timeout": 20_000, "producer_id": -1, "producer_epoch": -1}
    for version in (0, 1):
        me = ask(f"loader begins {version}", 22, version, begin)
    again = ask("loader begins with what it has", 22, 3, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]})
    ask("loader begins with what it had", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]})
    ask("loader begins with what it never had", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": 77})
    ask("loader begins as another", 22, 4, {**begin, "producer_id": me["producer_id"] + 1, "producer_epoch": 0})
    who = {"transactional_id": "load", "producer_id": again["producer_id"], "producer_epoch": again["producer_epoch"]}
    place = {"partition_index": 0, "committed_offset": 3, "committed_leader_epoch": -1, "committed_metadata": None}
    commit = {**who, "group_id": "flow", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "raw", "partitions": [place]}]}
    for version in (2, 4):
        ask(f"loader commits before it adds {version}", 28, version, commit)
    ask("loader commits for nobody", 28, 3, {**commit, "transactional_id": "lode"})
    ask("loader commits nothing", 28, 3, {**commit, "topics": []})
    ask("loader adds a group to nobody", 25, 3, {**who, "transactional_id": "", "group_id": "flow"})
    ask("loader adds a group", 25, 1, {**who, "group_id": "flow"})
    ask("loader commits", 28, 1, commit)
    ask("loader commits as a member", 28, 3, {**commit, "member_id": "x", "generation_id": 4})
    ask("loader commits for an instance", 28, 3, {**commit, "group_instance_id": "z", "member_id": "x", "generation_id": 4})
    many = {**who, "verify_only": False, "topics": [{"name": "raw", "partitions": [0]}, {"name": "raw", "partitions": [1]}]}
    ask("loader adds", 24, 5, {"transactions": [many]})
    ask("loader verifies", 24, 5, {"transactions": [{**many, "verify_only": True, "topics": [{"name": "cooked", "partitions": [0]}, {"name": "raw", "partitions": [1, 0]}]}]})
    ask("loader verifies what is not", 24, 4, {"transactions": [{**many, "verify_only": True, "topics": [{"name": "raw", "partitions": [6]}]}]})
    ask("loader verifies as another", 24, 4, {"transactions": [{**many, "verify_only": True, "producer_epoch": 30}]})
    ask("nobody adds", 24, 4, {"transactions": []})

    def batch(sequence: int, **more: Any) -> bytes:
        return records((b"k", b"v"), attributes=more.pop("attributes", 0x10), producer=(again["producer_id"], again["producer_epoch"], sequence), at=_AT + 20)

    for name, version, fields in (("first", 9, produced("raw", batch(0), transaction="load")), ("again", 9, produced("raw", batch(0), transaction="load")), ("from 4", 9, produced("raw", batch(4), 1, transaction="load")), ("where it may not", 8, produced("cooked", batch(0), transaction="load")),
                                  ("beside the transaction", 9, produced("raw", batch(1, attributes=0), transaction="load")), ("a marker", 9, produced("raw", batch(2, attributes=0x30), transaction="load")), ("as nobody", 9, produced("raw", batch(1)))):  # fmt: skip
        ask(f"loader writes {name}", 0, version, fields)
    ask("loader's producers", 61, 0, {"topics": [{"name": "raw", "partition_indexes": [0, 1, 2]}, {"name": "__consumer_offsets", "partition_indexes": [5]}]})
    stage.instead([[(p["partition_index"], p["error_code"], p["error_message"], [(q["producer_epoch"], q["last_sequence"], q["current_txn_start_offset"] >= 0) for q in p["active_producers"] if q["producer_id"] == again["producer_id"]]) for p in t["partitions"]] for t in stage.answers[-1][1]["topics"]])
    ask("loader is held", 9, 8, {"groups": [{"group_id": "flow", "topics": [{"name": "raw", "partition_indexes": [0, 1]}]}], "require_stable": True})
    ask("loader ends as another", 26, 3, {**who, "producer_id": again["producer_id"] + 5, "committed": True})
    ask("loader ends with another epoch", 26, 0, {**who, "producer_epoch": again["producer_epoch"] + 5, "committed": True})
    ask("loader ends", 26, 3, {**who, "committed": True})
    time.sleep(3 * SETTLING)
    ask("loader ends otherwise", 26, 1, {**who, "committed": False})
    ask("loader has committed", 9, 5, {"group_id": "flow", "topics": None})
    ask("loader in states", 66, 0, {"state_filters": ["CompleteCommit", "Complete"], "producer_id_filters": [again["producer_id"]]})
    ask("loader in long ones", 66, 1, {"state_filters": [], "producer_id_filters": [again["producer_id"]], "duration_filter": 3_600_000})


def _desk(stage: Stage) -> None:
    """A desk that repairs, asks all, and errs."""
    ask = stage.ask
    for name, key, version, fields in (
        ("settings", 32, 4, looks((2, "cooked", ["compression.gzip.level", "compression.type"]), (2, "state", ["segment.ms", "cleanup.policy"]), (2, "__consumer_offsets", ["cleanup.policy"]), (8, "1", ["no.such.logger"]), synonyms=True)), ("settings of nothing", 32, 3, {"resources": [], "include_synonyms": True, "include_documentation": False}),
        ("a setting by list", 44, 1, {"resources": [sets(2, "state", ("cleanup.policy", 3, "compact"), ("follower.replication.throttled.replicas", 2, "*")), sets(2, "cooked", ("compression.type", 3, "gzip")), sets(2, "raw", ("cleanup.policy", 2, "shred"))], "validate_only": True}),
        ("a setting of nobody", 44, 0, {"resources": [sets(2, "gone", ("retention.ms", 0, "1")), sets(2, "a b", ("retention.ms", 0, "1")), sets(2, "", ("retention.ms", 0, "1")), sets(32, "flow", ("consumer.session.timeout.ms", 0, "1"))], "validate_only": False}),
        ("no settings", 44, 1, {"resources": [sets(2, "raw")], "validate_only": False}), ("settings twice", 33, 1, {"resources": [{"resource_type": 2, "resource_name": "raw", "configs": [{"name": "retention.ms", "value": "-5"}]}], "validate_only": True}),
        ("settings of a broker", 44, 1, {"resources": [sets(4, "1", ("num.io.threads", 0, "0"), ("log.cleaner.threads", 0, "1")), sets(4, "one", ("x", 0, "1"))], "validate_only": True}), ("a broker's list", 44, 1, {"resources": [sets(4, "1", ("log.cleanup.policy", 2, "compact"))], "validate_only": True}),
        ("a broker's number as a list", 44, 1, {"resources": [sets(4, "1", ("num.io.threads", 2, "9"))], "validate_only": True}), ("grown", 37, 3, {"topics": [{"name": "raw", "count": 3, "assignments": [{"broker_ids": [1, 1]}]}, {"name": "cooked", "count": 2, "assignments": None}, {"name": "a b", "count": 2, "assignments": None}], "timeout": 3000, "validate_only": True}),
        ("grown too much", 37, 2, {"topics": [{"name": "raw", "count": 2**31 - 1, "assignments": None}], "timeout": 3000, "validate_only": True}), ("cut", 21, 2, {"topics": [{"name": "raw", "partitions": [{"partition_index": 0, "offset": 1}, {"partition_index": 0, "offset": 2}, {"partition_index": -1, "offset": 0}]}, {"name": "raw", "partitions": [{"partition_index": 1, "offset": 2**40}]}], "timeout": 3000}),
        ("cut again", 21, 0, {"topics": [{"name": "raw", "partitions": [{"partition_index": 0, "offset": 1}]}, {"name": "state", "partitions": [{"partition_index": 0, "offset": -1}]}], "timeout": 3000}), ("epochs", 23, 3, {"replica_id": -1, "topics": [{"topic": "raw", "partitions": [{"partition": 0, "current_leader_epoch": -2, "leader_epoch": 0}, {"partition": 1, "current_leader_epoch": 0, "leader_epoch": -1}]}]}),
        ("cluster", 60, 1, {"include_cluster_authorized_operations": True, "endpoint_type": 1}), ("partitions", 75, 0, {"topics": [{"name": "raw"}, {"name": "raw.x"}], "response_partition_limit": 0, "cursor": None}), ("partitions from nowhere", 75, 0, {"topics": [{"name": "raw"}], "response_partition_limit": 5, "cursor": {"topic_name": "zzz", "partition_index": 0}}),
        ("election", 43, 0, {"topic_partitions": [{"topic": "raw", "partitions": [1]}, {"topic": "raw", "partitions": [0]}], "timeout": 1}), ("election without time", 43, 1, {"election_type": 0, "topic_partitions": [{"topic": "raw", "partitions": [1]}], "timeout": 0}),
        ("moves", 45, 0, {"timeout": 3000, "topics": [{"name": "raw", "partitions": [{"partition_index": 0, "replicas": [1]}, {"partition_index": 1, "replicas": [2, 2]}]}, {"name": "raw", "partitions": [{"partition_index": 5, "replicas": []}]}]}), ("moves without time", 45, 0, {"timeout": -1, "topics": [{"name": "gone", "partitions": [{"partition_index": 0, "replicas": None}]}]}),
        ("folders", 35, 4, {"topics": [{"topic": "state", "partitions": [0, 1, -1]}]}), ("folders of old", 35, 0, {"topics": [{"topic": "cooked", "partitions": [0]}]}), ("to a folder", 34, 2, {"dirs": [{"path": "/x", "topics": [{"name": "y" * 300, "partitions": [0]}, {"name": "raw", "partitions": []}]}]}),
        ("quotas", 49, 1, {"entries": [{"entity": [{"entity_type": "user", "entity_name": "u"}, {"entity_type": "client-id", "entity_name": None}], "ops": [{"key": "request_percentage", "value": 10.5, "remove": False}, {"key": "producer_byte_rate", "value": 1e19, "remove": False}]}, {"entity": [{"entity_type": "ip", "entity_name": "1.1.1.1"}], "ops": [{"key": "producer_byte_rate", "value": 1.0, "remove": False}]}], "validate_only": True}),
        ("quotas seen", 48, 1, {"components": [{"entity_type": "ip", "match_type": 0, "match": "1.1.1.1"}, {"entity_type": "client-id", "match_type": 2, "match": None}], "strict": False}), ("secrets", 51, 0, {"deletions": [{"name": "z", "mechanism": 2}], "upsertions": [{"name": "q", "mechanism": 3, "iterations": 5000, "salt": b"s", "salted_password": b"p"}, {"name": "q", "mechanism": 1, "iterations": 16_385, "salt": b"s", "salted_password": b"p"}]}),
        ("acls", 30, 3, {"creations": [{"resource_type": 3, "resource_name": "flow", "resource_pattern_type": 3, "principal": "User:*", "host": "*", "operation": 3, "permission_type": 2}]}), ("tokens", 41, 1, {"owners": [{"principal_type": "User", "principal_name": "u"}]}), ("token made", 38, 3, {"owner_principal_type": "User", "owner_principal_name": "u", "renewers": [], "max_lifetime": -1}),
        ("sasl", 17, 1, {"mechanism": "OAUTHBEARER"}), ("quorum", 55, 0, {"topics": [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 7}]}]}), ("features", 57, 1, {"timeout": 3000, "feature_updates": [{"feature": "group.version", "max_version_level": 1, "upgrade_type": 1}, {"feature": "kraft.version", "max_version_level": 0, "upgrade_type": 0}], "validate_only": True}),
        ("coordinators", 10, 4, {"key_type": 2, "coordinator_keys": ["x"]}), ("coordinators of all", 10, 5, {"key_type": 0, "coordinator_keys": ["flow", "y" * 300]}), ("listed", 16, 5, {"states_filter": ["Stable", "stable "], "types_filter": ["Classic"]}), ("listed of a strange kind", 16, 5, {"states_filter": ["Empty"], "types_filter": ["modern"]}),
        ("new ways", 69, 0, {"group_ids": ["", "flow"], "include_authorized_operations": False}), ("metrics", 44, 1, {"resources": [sets(16, "m", ("interval.ms", 0, "x"), ("match", 0, "client_id=[")), sets(16, "n", ("interval.ms", 1, None))], "validate_only": True}), ("brokers away", 64, 0, {"broker_id": 2}),
        ("markers", 27, 1, {"markers": [{"producer_id": 31_337, "producer_epoch": 5, "transaction_result": False, "coordinator_epoch": 1, "topics": [{"name": "cooked", "partition_indexes": [0, 0, 4]}, {"name": "gone", "partition_indexes": [0]}]}]}), ("markers of before", 27, 1, {"markers": [{"producer_id": 31_337, "producer_epoch": 4, "transaction_result": True, "coordinator_epoch": 2, "topics": [{"name": "cooked", "partition_indexes": [0]}]}, {"producer_id": 31_337, "producer_epoch": 6, "transaction_result": True, "coordinator_epoch": 0, "topics": [{"name": "cooked", "partition_indexes": [0]}]}]}),
        ("deleted", 20, 1, {"topic_names": ["raw.x", "gone", "raw.x", "a b"], "timeout": 3000}), ("deleted by id", 20, 6, {"topics": [{"name": None, "topic_id": _ODD}, {"name": None, "topic_id": _NONE}, {"name": "cooked", "topic_id": _NONE}, {"name": "cooked", "topic_id": _NONE}], "timeout": 3000}), ("deleted without time", 20, 6, {"topics": [{"name": "cooked", "topic_id": _NONE}], "timeout": -1}),
        ("what is left", 3, 12, {"topics": [{"name": "raw", "topic_id": _NONE}, {"name": "raw.x", "topic_id": _NONE}, {"name": "cooked", "topic_id": _NONE}], "allow_auto_topic_creation": False, "include_topic_authorized_operations": True}),
    ):  # fmt: skip
        ask(name, key, version, fields)


STEPS = 148


def play(stage: Stage) -> None:
    """The whole fleet."""
    stage.wait_for_coordinators()
    for part in (_gateways, _processors, _loaders, _desk):
        part(stage)
