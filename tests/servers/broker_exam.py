"""An exam: of each API something ordinary and something odd, in a row of tables; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, make, new, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_600_000_000_000
_NONE, _ODD = uuid.UUID(int=0), uuid.UUID(int=0x5EED)
_READS = b"\0\0\0\0\0\1\0\5tests\xff\xff\xff\xff"
_Row = tuple[str, int, int, dict[str, Any]]


def _alter(*resources: tuple[int, str, tuple[tuple[str, int, str | None], ...]], dry: bool = True) -> dict[str, Any]:
    return {"resources": [{"resource_type": kind, "resource_name": name, "configs": [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]} for kind, name, changes in resources], "validate_only": dry}


def _look(*resources: tuple[int, str, Any], synonyms: bool = True) -> dict[str, Any]:
    return {"resources": [{"resource_type": kind, "resource_name": name, "configuration_keys": keys} for kind, name, keys in resources], "include_synonyms": synonyms, "include_documentation": False}


def _places(*places: tuple[str, int, int], metadata: str | None = "e") -> list[dict[str, Any]]:
    return [{"name": name, "partitions": [{"partition_index": number, "committed_offset": offset, "committed_leader_epoch": -1, "committed_metadata": metadata}]} for name, number, offset in places]


def _commit(*places: tuple[str, int, int], group: str = "pupils", member: str = "", epoch: int = -1, instance: str | None = None, metadata: str | None = "e") -> dict[str, Any]:
    return {"group_id": group, "generation_id_or_member_epoch": epoch, "member_id": member, "group_instance_id": instance, "retention_time": -1, "topics": _places(*places, metadata=metadata)}


def _first(stage: Stage) -> None:
    asked: list[_Row] = [
        ("made", 19, 2, make(new("tests", 3), new("marks", 1, 1, cleanup_policy="compact", max_message_bytes="300"), new("stamps", 1, 1, message_timestamp_type="LogAppendTime"), new("short", 1, 1, retention_ms="5000", segment_bytes="1000"))),
        ("made badly", 19, 7, make(new("b1", 1, 1, cleanup_policy="compact,,delete"), new("b2", 1, 1, retention_bytes="1e3"), new("b3", 1, 1, min_insync_replicas="0"), new("b4", 1, 1, compression_type="GZIP"), new("b5", 1, 1, flush_messages="0"), new("b 6"), new("", 0), new("b8", 1, 1, local_retention_ms="-3"))),
        ("made oddly", 19, 3, make(new("tests", 1, 7), new("tests_x"), new("x" * 249), new("y" * 250), new("z", 1, -1, unclean_leader_election_enable="TRUE"), dry=True)),
        ("made with a default", 19, 4, make(new("dflt", -1, -1), dry=True)), ("made of old with a default", 19, 3, make(new("dflt3", -1, -1), dry=True)), ("made by assignment", 19, 6, make({**new("asg", -1, -1), "assignments": [{"partition_index": 1, "broker_ids": [1]}, {"partition_index": 0, "broker_ids": [1]}]}, {**new("asx", -1, -1), "assignments": [{"partition_index": -1, "broker_ids": [1]}]})),
    ]
    for row in asked:
        stage.ask(*row)
    time.sleep(SETTLING)
    one = ((b"k", b"v"),)
    rows: list[_Row] = [
        ("metadata", 3, 12, {"topics": [{"name": "tests", "topic_id": _NONE}, {"name": "stamps", "topic_id": _NONE}, {"name": "nope", "topic_id": _NONE}], "allow_auto_topic_creation": False, "include_topic_authorized_operations": False}),
        ("metadata by a strange name", 3, 7, {"topics": [{"name": "x" * 250}, {"name": "nope"}, {"name": "__transaction_state"}], "allow_auto_topic_creation": False}), ("metadata by id of old", 3, 11, {"topics": [{"name": "tests", "topic_id": _ODD}], "allow_auto_topic_creation": False}),
        ("write", 0, 9, produced("tests", records(*one, *one, at=_AT))), ("write more", 0, 10, produced("tests", records(*one, at=_AT + 50), 1)), ("write stamped", 0, 11, produced("stamps", records(*one, at=5))), ("write keys", 0, 8, produced("marks", records((b"a", b"1"), (b"b", b"2"), (b"a", None), at=_AT))),
        ("write no keys", 0, 8, produced("marks", records((None, b"2"), at=_AT))), ("write too much", 0, 9, produced("marks", records((b"k", b"v" * 300), at=_AT))), ("write much", 0, 9, produced("short", records((b"k", b"v" * 900), at=_AT))), ("write more of it", 0, 9, produced("short", records((b"k", b"v" * 900), at=_AT))),
        ("write too much at once", 0, 9, produced("short", records((b"k", b"v" * 1100), at=_AT))), ("write to a partition below", 0, 5, produced("tests", records(*one, at=_AT), -1)), ("write with a producer alone", 0, 9, produced("tests", records(*one, at=_AT, producer=(-1, 3, 4)), 2)),
        ("write with an epoch below", 0, 9, produced("tests", records(*one, at=_AT, producer=(909, -2, 0)), 2)), ("write in a transaction of no producer", 0, 9, produced("tests", records(*one, at=_AT, attributes=0x10), 2, transaction="none")), ("write control", 0, 9, produced("tests", records(*one, at=_AT, attributes=0x20), 2)),
        ("write bytes", 0, 9, produced("tests", b"\0" * 40)), ("write few bytes", 0, 9, produced("tests", b"\0" * 11)), ("write fewer than a head", 0, 7, produced("tests", records(*one, at=_AT)[:40])), ("write a head alone", 0, 9, produced("tests", records(at=_AT))),
        ("read", 1, 12, fetched("tests", 0, wait=1)), ("read of little", 1, 12, fetched("tests", 1, of_partition=10)), ("read of the last", 1, 8, fetched("tests", 1, 1)), ("read stamped", 1, 11, fetched("stamps", 1)), ("read the second file", 1, 11, fetched("short", 1, of_partition=5)), ("read committed", 1, 11, fetched("tests", 0, committed=True)),
        ("read nothing of nothing", 1, 6, fetched("")), ("read of an observer", 1, 11, {**fetched("tests"), "replica_id": -3}), ("read by an odd id", 1, 15, {**fetched(""), "topics": [{"topic_id": _ODD, "partitions": fetched("x")["topics"][0]["partitions"]}]}), ("read at a later epoch", 1, 10, fetched("tests", 0, epoch=9)),
        ("read of a session below", 1, 12, fetched("tests", 0, session=(5, -2))), ("read twice", 1, 5, {**fetched("tests"), "topics": fetched("tests")["topics"] + fetched("tests", 1)["topics"]}),
        ("offsets", 2, 9, listed("tests", -1, -2, -3)), ("offsets of stamped", 2, 4, listed("stamps", 10, 10)), ("offsets of files", 2, 7, listed("short", _AT)), ("offsets of none", 2, 1, listed("tests", -3)), ("offsets of a tier", 2, 8, listed("tests", -4, -5)), ("offsets of old", 2, 2, listed("tests", 0, _AT + 50, _AT)), ("no offsets", 2, 7, {"replica_id": -1, "isolation_level": 0, "topics": []}),
        ("epochs", 23, 4, {"replica_id": -1, "topics": [{"topic": "tests", "partitions": [{"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}, {"partition": 1, "current_leader_epoch": 0, "leader_epoch": 1}, {"partition": 9, "current_leader_epoch": 0, "leader_epoch": 0}]}]}), ("no epochs", 23, 3, {"replica_id": -1, "topics": []}),
        ("cut", 21, 2, {"topics": [{"name": "tests", "partitions": [{"partition_index": 0, "offset": 1}]}, {"name": "marks", "partitions": [{"partition_index": 0, "offset": 1}]}, {"name": "nope", "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout": 900}), ("cut nothing", 21, 1, {"topics": [], "timeout": 900}), ("start after the cut", 2, 5, listed("tests", -2, -2)), ("read what was cut", 1, 11, fetched("tests", 0)),
    ]
    for row in rows:
        stage.ask(*row)
        if row[0] in ("read stamped", "read the second file"):
            stage.instead([(p["error_code"], p["high_watermark"], len(p["records"] or "") > 0) for t in stage.answers[-1][1]["responses"] for p in t["partitions"]])


def _second(stage: Stage) -> None:
    ask = stage.ask
    join = {"group_id": "pupils", "session_timeout": 8000, "rebalance_timeout": 1200, "member_id": "", "group_instance_id": "desk", "protocol_type": "consumer", "reason": None, "protocols": [{"name": "range", "metadata": _READS}]}
    rows: list[_Row] = [
        ("commit of nobody", 8, 7, _commit(("tests", 0, 1), ("nope", 0, 1), ("tests", 8, 1))), ("commit of a generation that is none", 8, 8, _commit(("tests", 0, 1), group="other", epoch=1)), ("commit of a member that is none", 8, 8, _commit(("tests", 0, 1), member="m", epoch=0)), ("commit of an instance that is none", 8, 8, _commit(("tests", 0, 1), instance="desk")),
        ("commit of much", 8, 6, _commit(("tests", 1, 2), metadata="m" * 4096)), ("commit of too much", 8, 6, _commit(("tests", 1, 2), metadata="é" * 2049)), ("commit of null", 8, 5, _commit(("tests", 2, 3), metadata=None)), ("commit to nobody", 8, 3, _commit(("nope", 0, 3))),
        ("held", 9, 5, {"group_id": "pupils", "topics": [{"name": "tests", "partition_indexes": [2, 0]}, {"name": "nope", "partition_indexes": [0]}]}), ("held of all", 9, 7, {"group_id": "pupils", "topics": None, "require_stable": True}), ("held by a member", 9, 9, {"groups": [{"group_id": "pupils", "member_id": "m", "member_epoch": 0, "topics": None}], "require_stable": False}),
        ("seen", 15, 5, {"groups": ["pupils", "nobody"], "include_authorized_operations": True}), ("forgotten", 47, 0, {"group_id": "pupils", "topics": [{"name": "tests", "partitions": [{"partition_index": 2}, {"partition_index": 7}]}, {"name": "nope", "partitions": [{"partition_index": 0}]}]}), ("forgotten of none", 47, 0, {"group_id": "nobody", "topics": [{"name": "nope", "partitions": [{"partition_index": 0}]}]}),
        ("join without a group", 11, 5, {**join, "group_id": ""}), ("join without protocols", 11, 7, {**join, "protocols": []}), ("join too long", 11, 9, {**join, "session_timeout": 1_900_000}), ("join as a stranger", 11, 6, {**join, "member_id": "s"}), ("join as a stranger without a name", 11, 6, {**join, "member_id": "s", "group_instance_id": None}),
    ]
    for row in rows:
        ask(*row)
    me = ask("join", 11, 5, join)["member_id"]
    who = {"group_id": "pupils", "generation_id": 1, "member_id": me, "group_instance_id": "desk"}
    later: list[_Row] = [
        ("beat before sync", 12, 3, who), ("sync of a stranger", 14, 3, {**who, "member_id": "s", "assignments": []}), ("sync of the past", 14, 3, {**who, "generation_id": 0, "assignments": []}), ("sync", 14, 5, {**who, "protocol_type": "consumer", "protocol_name": "range", "assignments": [{"member_id": me, "assignment": b"\1"}]}), ("sync again", 14, 1, {"group_id": "pupils", "generation_id": 1, "member_id": me, "assignments": []}),
        ("beat", 12, 4, who), ("beat of the future", 12, 4, {**who, "generation_id": 5}), ("beat of another", 12, 3, {**who, "group_instance_id": "chair"}), ("beat without a name", 12, 1, {"group_id": "pupils", "generation_id": 1, "member_id": me}), ("commit", 8, 8, _commit(("tests", 0, 2), ("marks", 0, 1), member=me, epoch=1, instance="desk")), ("commit without a name", 8, 6, _commit(("tests", 0, 3), member=me, epoch=1)),
        ("commit as nobody", 8, 8, _commit(("tests", 0, 4))), ("commit of the past", 8, 7, _commit(("tests", 0, 5), member=me, epoch=0, instance="desk")), ("seen", 15, 4, {"groups": ["pupils"], "include_authorized_operations": False}), ("forgotten while read", 47, 0, {"group_id": "pupils", "topics": [{"name": "tests", "partitions": [{"partition_index": 0}]}, {"name": "marks", "partitions": [{"partition_index": 0}, {"partition_index": 1}]}]}),
        ("deleted while there", 42, 2, {"groups_names": ["pupils", "nobody", "pupils"]}), ("join of another type", 11, 5, {**join, "group_instance_id": "chair", "protocol_type": "connect"}), ("join with another protocol", 11, 5, {**join, "group_instance_id": "chair", "protocols": [{"name": "sticky", "metadata": _READS}]}), ("leave of another", 13, 3, {"group_id": "pupils", "members": [{"member_id": me, "group_instance_id": "chair"}, {"member_id": "", "group_instance_id": None}]}),
        ("leave", 13, 4, {"group_id": "pupils", "members": [{"member_id": "", "group_instance_id": "desk"}]}), ("leave once more", 13, 2, {"group_id": "pupils", "member_id": me}), ("held after it", 9, 6, {"group_id": "pupils", "topics": None}), ("deleted", 42, 1, {"groups_names": ["pupils"]}), ("held after all", 9, 3, {"group_id": "pupils", "topics": None}), ("coordinator", 10, 2, {"key": "pupils", "key_type": 0}), ("coordinators", 10, 4, {"key_type": 3, "coordinator_keys": ["a", "b"]}), ("coordinator of share", 10, 3, {"key": "s", "key_type": 2}),
    ]
    for row in later:
        ask(*row)


def _third(stage: Stage) -> None:
    ask = stage.ask
    begin = {"transactional_id": "exam", "transaction_timeout": 45_000, "producer_id": -1, "producer_epoch": -1}
    me = ask("begin", 22, 0, {"transactional_id": "exam", "transaction_timeout": 45_000})
    who = {"transactional_id": "exam", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}
    old = {f"v3_and_below_{key}": value for key, value in who.items()}
    offsets = {**who, "group_id": "pupils", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": _places(("tests", 0, 9))}

    def batch(sequence: int, **more: Any) -> bytes:
        return records((b"t", b"x"), attributes=0x10, producer=(me["producer_id"], more.get("epoch", me["producer_epoch"]), sequence), at=_AT + 500)

    rows: list[_Row] = [
        ("end of none", 26, 3, {**who, "committed": True}), ("offsets before all", 28, 3, offsets), ("add", 24, 2, {**old, "v3_and_below_topics": [{"name": "tests", "partitions": [1]}]}), ("add to no topic", 24, 2, {**old, "v3_and_below_topics": [{"name": "nope", "partitions": [0]}, {"name": "tests", "partitions": [0, 11]}]}), ("add to inner ones", 24, 4, {"transactions": [{**who, "verify_only": False, "topics": [{"name": "__transaction_state", "partitions": [0]}, {"name": "tests", "partitions": [0]}]}]}),
        ("add for nobody", 24, 4, {"transactions": [{**who, "transactional_id": "", "verify_only": False, "topics": [{"name": "tests", "partitions": [0]}]}]}), ("verify", 24, 4, {"transactions": [{**who, "verify_only": True, "topics": [{"name": "tests", "partitions": [1, 0]}, {"name": "nope", "partitions": [0]}]}]}), ("verify for nobody", 24, 5, {"transactions": [{**who, "transactional_id": "nobody", "verify_only": True, "topics": [{"name": "tests", "partitions": [1]}]}]}),
        ("write", 0, 9, produced("tests", batch(0), 1, transaction="exam")), ("write once more", 0, 11, produced("tests", batch(0), 1, transaction="exam")), ("write on", 0, 9, produced("tests", batch(1), 1, transaction="exam")), ("write a gap", 0, 11, produced("tests", batch(5), 1, transaction="exam")), ("write of before", 0, 9, produced("tests", batch(2, epoch=-1), 1, transaction="exam")), ("write elsewhere", 0, 11, produced("tests", batch(0), 2, transaction="exam")), ("write elsewhere of old", 0, 7, produced("tests", batch(0), 2, transaction="exam")),
        ("write as another", 0, 9, produced("tests", batch(0), 2, transaction="exams")), ("write in another's name", 0, 9, produced("tests", batch(2), 1, transaction="exams")), ("read the open", 1, 11, fetched("tests", 0, 1, committed=True)), ("stable", 2, 7, listed("tests", -1, -1, committed=True)), ("stable by time", 2, 7, listed("tests", -3, _AT + 400, committed=True)), ("stable for a replica", 2, 7, {**listed("tests", -1, -1, committed=True), "replica_id": 2}),
        ("group", 25, 3, {**who, "group_id": "pupils"}), ("group of a stranger", 25, 3, {**who, "producer_id": 1, "group_id": "pupils"}), ("group of the past", 25, 1, {**who, "producer_epoch": 8, "group_id": "pupils"}), ("offsets", 28, 2, offsets), ("offsets to no topic", 28, 4, {**offsets, "topics": _places(("nope", 0, 1), ("tests", 8, 1))}), ("offsets of a generation", 28, 3, {**offsets, "generation_id": 2, "member_id": "m"}), ("offsets of an empty group", 28, 3, {**offsets, "group_id": ""}),
        ("held while open", 9, 7, {"group_id": "pupils", "topics": [{"name": "tests", "partition_indexes": [0, 1]}], "require_stable": True}), ("held while open by all", 9, 7, {"group_id": "pupils", "topics": None, "require_stable": True}), ("listed", 66, 1, {"state_filters": ["Ongoing", "Going"], "producer_id_filters": [], "duration_filter": 10_000_000}), ("seen", 65, 0, {"transactional_ids": []}), ("end as a stranger", 26, 2, {**who, "transactional_id": "nobody", "committed": False}), ("end of the past", 26, 1, {**who, "producer_epoch": 4, "committed": False}),
        ("begin beside it", 22, 4, {**begin, "transaction_timeout": 900_001}), ("begin with an epoch alone", 22, 4, {**begin, "producer_epoch": 1}), ("end", 26, 3, {**who, "committed": False}),
    ]
    for row in rows:
        ask(*row)
    time.sleep(3 * SETTLING)
    for row in (("end again", 26, 0, {**who, "committed": False}), ("end otherwise", 26, 3, {**who, "committed": True}), ("held after the abort", 9, 8, {"groups": [{"group_id": "pupils", "topics": [{"name": "tests", "partition_indexes": [0]}]}], "require_stable": True}), ("ends after it", 2, 7, listed("tests", -1, -1, committed=True)),
                ("begin once more", 22, 5, begin), ("the old writes", 0, 9, produced("tests", batch(2), 1, transaction="exam")), ("the old ends", 26, 2, {**who, "committed": True}), ("the old adds a group", 25, 2, {**who, "group_id": "pupils"}), ("the old commits", 28, 4, offsets), ("producers of none", 61, 0, {"topics": [{"name": "stamps", "partition_indexes": [0, 1]}, {"name": "n/o", "partition_indexes": [0]}]})):
        ask(*row)


def _fourth(stage: Stage) -> None:
    rows: list[_Row] = [
        ("settings", 32, 4, _look((2, "marks", ["max.message.bytes"]), (2, "nope", ["x"]), (4, "1", ["offsets.topic.num.partitions", "log.retention.hours", "sasl.enabled.mechanisms"]), (2, "__transaction_state", ["min.insync.replicas", "segment.bytes"]))), ("settings of a wrong broker", 32, 1, _look((4, "2", None), (4, "b", None))), ("settings of kinds", 32, 4, _look((16, "", None), (8, "1", ["root"]), synonyms=False)),
        ("alter", 44, 1, _alter((2, "marks", (("max.message.bytes", 0, "400"), ("retention.ms", 0, "x"))), (2, "stamps", (("message.timestamp.type", 1, None),)), (2, "tests", (("cleanup.policy", 2, "compact"), ("cleanup.policy", 3, "delete"))))), ("alter by list", 44, 1, _alter((2, "tests", (("cleanup.policy", 2, ""),)), (2, "marks", (("cleanup.policy", 3, "compact"),)), (2, "short", (("leader.replication.throttled.replicas", 2, "0:1"),)))),
        ("alter brokers", 44, 0, _alter((4, "1", (("log.retention.ms", 0, "-2"),)), (4, "", (("ssl.keystore.password", 0, "x"),)), (4, "9", ()))), ("alter in an odd way", 44, 1, _alter((2, "tests", (("retention.ms", 4, "1"),)))), ("alter all", 33, 2, {"resources": [{"resource_type": 2, "resource_name": "tests", "configs": [{"name": "no.such", "value": "1"}]}, {"resource_type": 8, "resource_name": "1", "configs": []}, {"resource_type": 2, "resource_name": "", "configs": []}], "validate_only": True}),
        ("grow", 37, 3, {"topics": [{"name": "marks", "count": 3, "assignments": [{"broker_ids": [1]}]}, {"name": "tests", "count": 4, "assignments": [{"broker_ids": [4]}]}, {"name": "short", "count": 1, "assignments": [{"broker_ids": [1]}]}, {"name": "n/o", "count": 1, "assignments": None}], "timeout": 900, "validate_only": True}), ("grow nothing", 37, 1, {"topics": [], "timeout": 900, "validate_only": False}),
        ("partitions", 75, 0, {"topics": [{"name": "tests"}, {"name": "marks"}], "response_partition_limit": 2, "cursor": {"topic_name": "tests", "partition_index": 1}}), ("partitions of the inner", 75, 0, {"topics": [{"name": "__transaction_state"}, {"name": "tests"}, {"name": "n/o"}], "response_partition_limit": 100, "cursor": None}), ("cluster", 60, 1, {"include_cluster_authorized_operations": True, "endpoint_type": 1}), ("versions", 18, 3, {"client_software_name": "e" * 100, "client_software_version": "1..2"}), ("versions of nobody", 18, 4, {"client_software_name": "exam", "client_software_version": "v 1"}),
        ("elect", 43, 2, {"election_type": 1, "topic_partitions": [{"topic": "tests", "partitions": [2, 3]}, {"topic": "n/o", "partitions": [0]}], "timeout": 4000}), ("move", 45, 0, {"timeout": 4000, "topics": [{"name": "marks", "partitions": [{"partition_index": 0, "replicas": [1]}, {"partition_index": 0, "replicas": [3]}]}, {"name": "n/o", "partitions": [{"partition_index": 0, "replicas": []}]}]}), ("moves", 46, 0, {"timeout": 4000, "topics": [{"name": "marks", "partition_indexes": []}]}),
        ("dirs", 35, 4, {"topics": [{"topic": "short", "partitions": [0]}, {"topic": "nope", "partitions": [0]}]}), ("to a dir", 34, 1, {"dirs": [{"path": "/exam", "topics": [{"name": "marks", "partitions": [0, 7]}]}, {"path": "/exam2", "topics": [{"name": "tests", "partitions": [0]}]}]}), ("quorum", 55, 1, {"topics": [{"topic_name": "marks", "partitions": [{"partition_index": 0}]}]}), ("features", 57, 1, {"timeout": 900, "feature_updates": [{"feature": "exam", "max_version_level": 2, "upgrade_type": 2}, {"feature": "metadata.version", "max_version_level": 21, "upgrade_type": 3}], "validate_only": False}),
        ("quotas", 48, 1, {"components": [{"entity_type": "client-id", "match_type": 1, "match": "x"}], "strict": False}), ("quotas of nothing", 48, 0, {"components": [], "strict": True}), ("quotas set", 49, 1, {"entries": [{"entity": [{"entity_type": "client-id", "entity_name": "e"}], "ops": [{"key": "consumer_byte_rate", "value": 0.5, "remove": False}]}, {"entity": [{"entity_type": "client-id", "entity_name": "f"}], "ops": [{"key": "consumer_byte_rate", "value": -1.0, "remove": True}]}, {"entity": [{"entity_type": "ip", "entity_name": "::1"}], "ops": [{"key": "connection_creation_rate", "value": 3e9, "remove": False}]}], "validate_only": True}),
        ("scram", 51, 0, {"deletions": [{"name": "", "mechanism": 1}, {"name": "nobody", "mechanism": 9}], "upsertions": [{"name": "pupil", "mechanism": 2, "iterations": 4096, "salt": b"salt", "salted_password": b"pass"}]}), ("scram seen", 50, 0, {"users": [{"name": "pupil"}, {"name": "nobody"}]}), ("scram twice", 51, 0, {"deletions": [{"name": "pupil", "mechanism": 2}], "upsertions": [{"name": "pupil", "mechanism": 1, "iterations": 4096, "salt": b"salt", "salted_password": b"pass"}]}),
        ("acls", 29, 3, {"resource_type_filter": 2, "resource_name_filter": "tests", "pattern_type_filter": 2, "principal_filter": None, "host_filter": "*", "operation": 2, "permission_type": 3}), ("acl", 30, 2, {"creations": [{"resource_type": 2, "resource_name": "*", "resource_pattern_type": 3, "principal": "User:e", "host": "*", "operation": 8, "permission_type": 3}] * 2}), ("acls away", 31, 1, {"filters": [{"resource_type_filter": 1, "resource_name_filter": None, "pattern_type_filter": 1, "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1}]}),
        ("token", 38, 2, {"renewers": [{"principal_type": "User", "principal_name": "e"}], "max_lifetime": 100}), ("renew", 39, 2, {"hmac": b"abc", "renew_period": 5}), ("expire", 40, 2, {"hmac": b"abc", "expiry_time_period": 5}), ("tokens", 41, 2, {"owners": None}), ("sasl", 17, 0, {"mechanism": "PLAIN"}), ("authenticate", 36, 1, {"auth_bytes": b"\0a\0b"}), ("metrics", 74, 0, {}), ("metrics made", 44, 1, _alter((16, "exam", (("metrics", 0, ""), ("interval.ms", 0, "3600001"))), (16, "exam2", (("match", 0, "client_id=a,client_software_name=b"),)))), ("loggers", 44, 1, _alter((8, "1", (("root", 0, "OFF"),)), (8, "one", (("root", 0, "INFO"),)))),
        ("beat", 68, 0, {"group_id": "pupils", "member_id": "x", "member_epoch": 1, "instance_id": None, "rack_id": "r", "rebalance_timeout": 5, "subscribed_topic_names": [], "server_assignor": "none", "topic_partitions": ()}), ("seen in the new way", 69, 0, {"group_ids": ["pupils", "pupils"], "include_authorized_operations": True}), ("broker away", 64, 0, {"broker_id": 100}), ("marker", 27, 1, {"markers": [{"producer_id": 4711, "producer_epoch": 0, "transaction_result": True, "coordinator_epoch": 0, "topics": [{"name": "marks", "partition_indexes": [0]}, {"name": "__transaction_state", "partition_indexes": [9]}]}]}),
        ("groups", 16, 5, {"states_filter": ["PreparingRebalance", "dead"], "types_filter": []}), ("groups of a type", 16, 5, {"states_filter": ["nothing"], "types_filter": ["CONSUMER"]}), ("voter", 80, 0, {"cluster_id": None, "timeout": 5, "voter_id": -3, "voter_directory_id": _NONE, "listeners": []}), ("delete", 20, 4, {"topic_names": ["short", "nope", "n/o", "short"], "timeout": 2000}), ("delete by both", 20, 6, {"topics": [{"name": "stamps", "topic_id": _ODD}, {"name": None, "topic_id": None}, {"name": "stamps", "topic_id": None}], "timeout": 2000}), ("delete the inner", 20, 5, {"topic_names": ["__cluster_metadata"], "timeout": 2000}),
    ]
    for row in rows:
        stage.ask(*row)


STEPS = 197


def play(stage: Stage) -> None:
    """All four papers."""
    stage.wait_for_coordinators()
    for part in (_first, _second, _third, _fourth):
        part(stage)
    stage.quietly(19, 5, topic("over"))
