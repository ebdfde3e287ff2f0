"""A harvest: sensors, scales, barns and a bookkeeper, each with its own client and its own mistakes; written before it was compared."""

from __future__ import annotations

import time
import uuid

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, looks, make, new, produced, records, sets

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_300_000_000_000
_NONE, _ODD = uuid.UUID(int=0), uuid.UUID(int=0xC0FFEE)
_READS = b"\0\1\0\0\0\1\0\5scale\xff\xff\xff\xff\0\0\0\0"


def _barns(stage: Stage) -> None:
    """The topics, their settings and their growth."""
    stage.ask_all([
        ("barn", 19, 7, make(new("scale", 2), new("silo", 1, 1, cleanup_policy="compact,delete", retention_ms="3600000", delete_retention_ms="0"), new("cart", 1, 1, retention_bytes="1000"))),
        ("barn exists", 19, 0, {"topics": [new("scale"), new("barn of", 1, 1)], "timeout": 3000}), ("barn of old", 19, 1, make(new("old1", 1, 2), new("old2", 1, 1, retention_ms="a"), dry=True)), ("barn by many", 19, 5, make(*[new(f"many{n}", n) for n in range(-3, 3)], dry=True)),
        ("barn by settings", 19, 7, make(new("c1", 1, 1, cleanup_policy="none"), new("c2", 1, 1, max_message_bytes="2147483648"), new("c3", 1, 1, segment_ms="-1"), new("c4", 1, 1, min_cleanable_dirty_ratio="NaN"), new("c5", 1, 1, min_cleanable_dirty_ratio="2"), new("c6", 1, 1, message_timestamp_before_max_ms="-1"), new("c7", 1, 1, remote_log_copy_disable="no"), dry=True)),
    ])
    time.sleep(SETTLING)
    stage.ask_all([
        ("settings", 32, 4, looks((2, "silo", ["cleanup.policy", "retention.ms", "delete.retention.ms"]), (2, "barn", ["retention.ms"]), (2, "cart", ["retention.bytes", "nothing"]))), ("settings as of old", 32, 0, {"resources": [{"resource_type": 2, "resource_name": "cart", "configuration_keys": ["retention.bytes"]}]}),
        ("change", 44, 1, {"resources": [sets(2, "silo", ("cleanup.policy", 3, "delete"), ("retention.ms", 1, None)), sets(2, "cart", ("retention.bytes", 0, "-1")), sets(2, "scale", ("min.compaction.lag.ms", 0, "5"), ("max.compaction.lag.ms", 0, "4"))], "validate_only": False}),
        ("change nothing", 44, 0, {"resources": [], "validate_only": False}), ("change strangely", 44, 1, {"resources": [sets(2, "silo", ("cleanup.policy", 5, "x")), sets(1, "x", ("a", 0, "b")), sets(2, "cart", ("", 0, "b"))], "validate_only": True}),
        ("change both brokers", 44, 1, {"resources": [sets(4, "1", ("log.segment.bytes", 0, "13")), sets(4, "", ("log.segment.bytes", 0, "1x"))], "validate_only": True}), ("change a fixed one", 44, 1, {"resources": [sets(4, "1", ("zookeeper.connect", 0, "x"), ("log.retention.ms", 0, "5"))], "validate_only": True}), ("change one of none", 44, 1, {"resources": [sets(4, "1", ("my.own.setting", 0, "x"))], "validate_only": True}),
        ("replace", 33, 0, {"resources": [{"resource_type": 2, "resource_name": "barn", "configs": [{"name": "retention.ms", "value": "1"}]}, {"resource_type": 2, "resource_name": "cart", "configs": [{"name": "retention.ms", "value": "1.5"}]}], "validate_only": True}),
        ("grow", 37, 0, {"topics": [{"name": "cart", "count": 2, "assignments": None}, {"name": "silo", "count": -1, "assignments": None}, {"name": "scale", "count": 3, "assignments": [{"broker_ids": [2]}]}], "timeout": 3000, "validate_only": False}), ("grow twice", 37, 2, {"topics": [{"name": "cart", "count": 4, "assignments": None}, {"name": "cart", "count": 3, "assignments": None}], "timeout": 3000, "validate_only": False}),
    ])
    time.sleep(SETTLING)
    stage.ask_all([
        ("changed", 32, 3, looks((2, "silo", ["cleanup.policy", "retention.ms"]), (2, "cart", ["retention.bytes"]))), ("grown", 3, 5, {"topics": [{"name": "cart"}, {"name": "silo"}], "allow_auto_topic_creation": False}), ("grown by name", 3, 12, {"topics": [{"name": "cart", "topic_id": _ODD}, {"name": "silo", "topic_id": _NONE}], "allow_auto_topic_creation": False}), ("named oddly", 3, 9, {"topics": [{"name": "."}, {"name": "ü"}, {"name": "barn"}], "allow_auto_topic_creation": False}),
        ("by partition", 75, 0, {"topics": [{"name": "cart"}, {"name": "cart"}, {"name": "barn"}], "response_partition_limit": 1, "cursor": {"topic_name": "cart", "partition_index": 1}}),
    ])


def _scales(stage: Stage) -> None:
    """Records out and in."""
    one, two = ((b"kg", b"7"),), ((b"kg", b"7"), (b"kg", b"8"))
    stage.ask_all([
        ("weigh", 0, 4, produced("scale", records(*two, at=_AT, step=7))), ("weigh more", 0, 6, produced("scale", records(*one, at=_AT + 3), 1, acks=1)), ("weigh without keys", 0, 8, produced("silo", records(*one, (None, b"1"), at=_AT))), ("weigh with", 0, 11, produced("silo", records(*two, at=_AT))), ("weigh at no place", 0, 9, produced("scale", records(*one, at=_AT), 99)), ("weigh nowhere", 0, 3, produced("barn", records(*one, at=_AT))),
        ("weigh in lz4 that is none", 0, 9, produced("cart", records(*one, attributes=3, at=_AT))), ("weigh in zstd that is none", 0, 9, produced("cart", records(*one, attributes=4, at=_AT))), ("weigh in codec 7", 0, 9, produced("cart", records(*one, attributes=7, at=_AT))), ("weigh with a delete horizon", 0, 9, produced("cart", records(*one, attributes=0x40, at=_AT))), ("weigh for a producer", 0, 9, produced("cart", records(*two, producer=(8_000, 1, 0), at=_AT))), ("weigh for it again", 0, 9, produced("cart", records(*two, producer=(8_000, 1, 0), at=_AT))),
        ("weigh for it on", 0, 9, produced("cart", records(*one, producer=(8_000, 1, 2), at=_AT))), ("weigh for its past", 0, 9, produced("cart", records(*one, producer=(8_000, 0, 3), at=_AT))), ("weigh for its future", 0, 9, produced("cart", records(*one, producer=(8_000, 2, 3), at=_AT))), ("weigh for it anew", 0, 9, produced("cart", records(*one, producer=(8_000, 2, 0), at=_AT))), ("weigh far ahead", 0, 9, produced("cart", records(*one, producer=(8_000, 2, 2**31 - 1), at=_AT))), ("its state", 61, 0, {"topics": [{"name": "cart", "partition_indexes": [0]}]}),
        ("look", 1, 4, fetched("scale", 0)), ("look inside", 1, 12, fetched("scale", 1)), ("look at the end", 1, 9, fetched("scale", 2, wait=1)), ("look behind", 1, 11, fetched("scale", 3)), ("look at two", 1, 11, {**fetched("scale", 0), "topics": [{"topic": "scale", "partitions": [*fetched("x", 0, 0)["topics"][0]["partitions"], *fetched("x", 0, 1)["topics"][0]["partitions"]]}]}), ("look at little of two", 1, 11, {**fetched("scale", 0, most=10), "topics": [{"topic": "scale", "partitions": [*fetched("x", 0, 0)["topics"][0]["partitions"], *fetched("x", 0, 1)["topics"][0]["partitions"]]}]}),
        ("look at no place", 1, 10, fetched("scale", 0, -1)), ("look at nobody", 1, 12, fetched("ba rn", 0)), ("look in an odd way", 1, 8, {**fetched("scale", 0), "isolation_level": -1}), ("look by an odd id", 1, 13, {**fetched(""), "topics": [{"topic_id": _ODD, "partitions": fetched("x")["topics"][0]["partitions"]}]}), ("look at an old epoch", 1, 12, fetched("scale", 0, epoch=0)), ("look at no epoch", 1, 9, fetched("scale", 0, epoch=-3)),
        ("times", 2, 7, listed("scale", _AT + 1, _AT + 3)), ("times of the last", 2, 8, listed("scale", -3, -3, -3)), ("times long ago", 2, 1, listed("scale", 1, 2)), ("times of nobody", 2, 9, listed("barn", -1, -4)), ("times at an epoch", 2, 7, listed("scale", -1, -2, epoch=0)), ("times at another epoch", 2, 9, listed("scale", -1, -2, epoch=1)), ("times of a debugger", 2, 4, {**listed("scale", -1), "replica_id": -2}), ("times for the committed", 2, 6, listed("scale", _AT, -1, committed=True)), ("times beyond", 2, 9, listed("scale", -6, -100)),
        ("epochs", 23, 2, {"topics": [{"topic": "scale", "partitions": [{"partition": 0, "current_leader_epoch": 0, "leader_epoch": 0}, {"partition": 5, "current_leader_epoch": 0, "leader_epoch": 0}]}]}), ("epochs ahead", 23, 4, {"replica_id": 1, "topics": [{"topic": "scale", "partitions": [{"partition": 1, "current_leader_epoch": 1, "leader_epoch": 1}]}]}),
        ("cut", 21, 1, {"topics": [{"name": "scale", "partitions": [{"partition_index": 0, "offset": -1}, {"partition_index": 1, "offset": 0}]}, {"name": "silo", "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout": 3000}), ("cut what is cut", 21, 2, {"topics": [{"name": "scale", "partitions": [{"partition_index": 0, "offset": 1}]}, {"name": "scale", "partitions": [{"partition_index": 3, "offset": 1}]}], "timeout": 3000}), ("start", 2, 7, listed("scale", -2, -2)), ("look before the start", 1, 12, fetched("scale", 1)), ("last after all", 2, 7, listed("scale", -3, 0)),
    ])


def _hands(stage: Stage) -> None:
    """Groups: two hands that share, and one that does not."""
    ask = stage.ask
    join = {"group_id": "hands", "session_timeout": 9000, "rebalance_timeout": 1500, "member_id": "", "group_instance_id": None, "protocol_type": "consumer", "reason": "work", "protocols": [{"name": "range", "metadata": _READS}, {"name": "uniform", "metadata": _READS}]}
    ask("hand comes of old", 11, 2, join)
    one = stage.answers[-1][1]["member_id"]
    who = {"group_id": "hands", "generation_id": 1, "member_id": one, "group_instance_id": None}
    place = {"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": ""}
    commit = {"group_id": "hands", "generation_id_or_member_epoch": 1, "member_id": one, "group_instance_id": None, "retention_time": -1, "topics": [{"name": "scale", "partitions": [place]}]}
    stage.ask_all([
        ("hand is told", 14, 2, {"group_id": "hands", "generation_id": 1, "member_id": one, "assignments": [{"member_id": one, "assignment": b"all"}]}), ("hand beats", 12, 1, {"group_id": "hands", "generation_id": 1, "member_id": one}), ("hand commits", 8, 2, commit), ("hand commits to nothing", 8, 8, {**commit, "topics": [{"name": "scale", "partitions": []}, {"name": "barn", "partitions": []}]}), ("hand commits as nobody", 8, 9, {**commit, "member_id": "n"}), ("hand commits for later", 8, 9, {**commit, "generation_id_or_member_epoch": 2}), ("hand commits as a name", 8, 7, {**commit, "group_instance_id": "name"}),
        ("hand's places", 9, 2, {"group_id": "hands", "topics": None}), ("hand's places in part", 9, 8, {"groups": [{"group_id": "hands", "topics": [{"name": "scale", "partition_indexes": []}, {"name": "silo", "partition_indexes": [0]}]}], "require_stable": False}), ("nobody's places", 9, 8, {"groups": [{"group_id": "nobody", "topics": None}, {"group_id": "", "topics": [{"name": "scale", "partition_indexes": [0]}]}], "require_stable": True}),
        ("hand is seen", 15, 3, {"groups": ["hands"], "include_authorized_operations": True}), ("hand is seen of old", 15, 0, {"groups": ["hands", ""]}), ("hands are let go", 42, 2, {"groups_names": ["hands"]}), ("hand forgets", 47, 0, {"group_id": "hands", "topics": [{"name": "scale", "partitions": [{"partition_index": 0}, {"partition_index": 1}]}, {"name": "silo", "partitions": [{"partition_index": 0}]}]}),
        ("hand of no group", 11, 9, {**join, "group_id": ""}), ("hand of no kind", 11, 9, {**join, "protocol_type": ""}), ("hand of another kind", 11, 3, {**join, "protocol_type": "connect"}), ("hand of other ways", 11, 3, {**join, "protocols": [{"name": "sticky", "metadata": _READS}]}), ("hand in no time", 11, 5, {**join, "session_timeout": 0}), ("hand as nobody", 11, 4, {**join, "member_id": "n"}), ("hand as nobody by name", 11, 5, {**join, "member_id": "n", "group_instance_id": "name"}),
    ])
    two = ask("second hand asks", 11, 4, join, by="two")["member_id"]
    stage.together(("two", "second hand comes", 11, 5, {**join, "member_id": two}), ("wire", "first hand comes too", 11, 5, {**join, "member_id": one}))
    now = stage.answers[-1][1]["generation_id"]
    leader = stage.answers[-1][1]["leader"]
    stage.together(("two", "second hand is told", 14, 5, {**who, "member_id": two, "generation_id": now, "protocol_type": "consumer", "protocol_name": "range", "assignments": [{"member_id": each, "assignment": each[-1:].encode()[:0] + b"p"} for each in ((one, two) if leader == two else ())]}),
                   ("wire", "first hand is told", 14, 5, {**who, "generation_id": now, "protocol_type": "consumer", "protocol_name": "range", "assignments": [{"member_id": each, "assignment": b"p"} for each in ((one, two) if leader == one else ())]}))  # fmt: skip
    stage.ask_all([
        ("second hand beats", 12, 4, {**who, "member_id": two, "generation_id": now}), ("second hand beats of before", 12, 4, {**who, "member_id": two, "generation_id": now - 1}), ("first hand commits for the second", 8, 8, {**commit, "member_id": two, "generation_id_or_member_epoch": now}), ("first hand leaves", 13, 3, {"group_id": "hands", "members": [{"member_id": one, "group_instance_id": None}, {"member_id": "n", "group_instance_id": "name"}]}), ("second hand beats alone", 12, 4, {**who, "member_id": two, "generation_id": now}), ("second hand commits alone", 8, 8, {**commit, "member_id": two, "generation_id_or_member_epoch": now}),
        ("second hand is told too early", 14, 5, {**who, "member_id": two, "generation_id": now, "protocol_type": "consumer", "protocol_name": "range", "assignments": []}), ("second hand leaves", 13, 1, {"group_id": "hands", "member_id": two}), ("nobody is there", 15, 5, {"groups": ["hands"], "include_authorized_operations": False}), ("nobody beats", 12, 0, {"group_id": "hands", "generation_id": now, "member_id": two}), ("somebody sets", 8, 8, {**commit, "generation_id_or_member_epoch": -1, "member_id": ""}), ("somebody sets for an epoch", 8, 8, {**commit, "generation_id_or_member_epoch": now, "member_id": ""}), ("hands forget", 47, 0, {"group_id": "hands", "topics": [{"name": "scale", "partitions": [{"partition_index": 0}]}]}), ("hands are gone", 15, 2, {"groups": ["hands"]}),
        ("hands are let go again", 42, 0, {"groups_names": ["hands"]}), ("where they were", 10, 0, {"key": "hands"}), ("where all were", 10, 5, {"key_type": 1, "coordinator_keys": ["hands", "x"]}),
    ])


def _books(stage: Stage) -> None:
    """A bookkeeper: exact, and asked for all sorts of papers."""
    begin = {"transactional_id": "books", "transaction_timeout": 50_000, "producer_id": -1, "producer_epoch": -1}
    me = stage.ask("open", 22, 4, begin)
    who = {"transactional_id": "books", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}
    old = {f"v3_and_below_{key}": value for key, value in who.items()}
    place = {"partition_index": 0, "committed_offset": 6, "committed_leader_epoch": 2, "committed_metadata": "b"}
    commit = {**who, "group_id": "ledgers", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "silo", "partitions": [place]}]}
    row = records((b"b", b"1"), attributes=0x10, producer=(me["producer_id"], me["producer_epoch"], 0), at=_AT + 90)
    stage.ask_all([
        ("enter too early", 0, 9, produced("silo", row, transaction="books")), ("name pages", 24, 3, {**old, "v3_and_below_topics": [{"name": "silo", "partitions": [0]}, {"name": "cart", "partitions": [1]}]}), ("name pages of none", 24, 0, {**old, "v3_and_below_topics": [{"name": "silo", "partitions": [4]}]}), ("name pages as a stranger", 24, 1, {**old, "v3_and_below_producer_id": 3, "v3_and_below_topics": [{"name": "silo", "partitions": [0]}]}), ("enter", 0, 9, produced("silo", row, transaction="books")), ("enter again", 0, 10, produced("silo", row, transaction="books")), ("enter on a wrong page", 0, 11, produced("scale", row, 1, transaction="books")), ("enter under no name", 0, 9, produced("silo", row)),
        ("name a ledger", 25, 2, {**who, "group_id": "ledgers"}), ("name a ledger in vain", 25, 3, {**who, "producer_epoch": 3, "group_id": "ledgers"}), ("post", 28, 3, commit), ("post to none", 28, 3, {**commit, "group_id": ""}), ("post nowhere", 28, 1, {**commit, "topics": [{"name": "barn", "partitions": [place]}]}), ("posts in the air", 9, 9, {"groups": [{"group_id": "ledgers", "topics": None, "member_id": None, "member_epoch": -1}], "require_stable": False}), ("posts in the air, stable", 9, 9, {"groups": [{"group_id": "ledgers", "topics": [{"name": "silo", "partition_indexes": [0, 1]}], "member_id": None, "member_epoch": -1}], "require_stable": True}),
        ("books", 66, 0, {"state_filters": ["Ongoing"], "producer_id_filters": [me["producer_id"], 9]}), ("books of no state", 66, 1, {"state_filters": ["Open"], "producer_id_filters": [me["producer_id"]], "duration_filter": 0}), ("ends of pages", 2, 7, listed("cart", -1, -1, committed=True)), ("stable ends", 2, 3, listed("silo", -1, committed=True)), ("close as a stranger", 26, 3, {**who, "transactional_id": "book", "committed": True}), ("close", 26, 3, {**who, "committed": True}),
    ])
    time.sleep(4 * SETTLING)
    stage.ask_all([
        ("close again", 26, 3, {**who, "committed": True}), ("close otherwise", 26, 1, {**who, "committed": False}), ("posts", 9, 7, {"group_id": "ledgers", "topics": None, "require_stable": True}), ("posts of the past", 28, 3, {**commit, "producer_epoch": me["producer_epoch"] - 1}), ("open with a strange epoch", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": 9}), ("open without time", 22, 4, {**begin, "transaction_timeout": 0}),
        ("papers", 60, 0, {"include_cluster_authorized_operations": True}), ("papers of versions", 18, 1, {}), ("papers of rights", 29, 1, {"resource_type_filter": 3, "resource_name_filter": None, "pattern_type_filter": 3, "principal_filter": None, "host_filter": None, "operation": 4, "permission_type": 3}), ("rights", 30, 3, {"creations": [{"resource_type": 5, "resource_name": "t", "resource_pattern_type": 3, "principal": "User:b", "host": "*", "operation": 4, "permission_type": 3}]}), ("rights away", 31, 2, {"filters": [{"resource_type_filter": 2, "resource_name_filter": "x", "pattern_type_filter": 4, "principal_filter": "User:b", "host_filter": None, "operation": 1, "permission_type": 1}]}),
        ("elections", 43, 1, {"election_type": 0, "topic_partitions": [{"topic": "cart", "partitions": [0, 1, 2]}], "timeout": 4000}), ("moves", 45, 0, {"timeout": 4000, "topics": [{"name": "cart", "partitions": [{"partition_index": 1, "replicas": [1]}, {"partition_index": 0, "replicas": [1, 4]}]}]}), ("moves seen", 46, 0, {"timeout": 4000, "topics": [{"name": "cart", "partition_indexes": [1]}]}), ("shelves", 35, 3, {"topics": [{"topic": "cart", "partitions": [0, 1]}, {"topic": "barn", "partitions": [0]}]}), ("shelves moved", 34, 2, {"dirs": [{"path": "/shelf", "topics": [{"name": "cart", "partitions": [1]}, {"name": "barn", "partitions": [0]}]}]}),
        ("quotas", 49, 1, {"entries": [{"entity": [{"entity_type": "user", "entity_name": None}, {"entity_type": "client-id", "entity_name": "b"}], "ops": [{"key": "consumer_byte_rate", "value": 1e6, "remove": False}, {"key": "connection_creation_rate", "value": 1.0, "remove": False}]}, {"entity": [{"entity_type": "x", "entity_name": "y"}], "ops": []}], "validate_only": True}), ("quotas seen", 48, 1, {"components": [{"entity_type": "client-id", "match_type": 2, "match": "b"}], "strict": True}), ("keys", 51, 0, {"deletions": [{"name": "b", "mechanism": 1}], "upsertions": [{"name": "c", "mechanism": 1, "iterations": 4095, "salt": b"s", "salted_password": b"p"}]}), ("keys seen", 50, 0, {"users": [{"name": "b"}]}),
        ("tokens", 38, 3, {"owner_principal_type": "User", "owner_principal_name": "b", "renewers": [{"principal_type": "User", "principal_name": "c"}], "max_lifetime": 7}), ("tokens seen", 41, 3, {"owners": []}), ("quorum", 55, 2, {"topics": [{"topic_name": "cart", "partitions": []}]}), ("features", 57, 1, {"timeout": 3000, "feature_updates": [{"feature": "metadata.version", "max_version_level": 15, "upgrade_type": 3}, {"feature": "kraft.version", "max_version_level": 3, "upgrade_type": 1}], "validate_only": True}), ("new members", 68, 0, {"group_id": "h", "member_id": "", "member_epoch": 0, "instance_id": "i", "rack_id": None, "rebalance_timeout": 100, "subscribed_topic_names": ["scale"], "server_assignor": None, "topic_partitions": ()}), ("new groups", 69, 0, {"group_ids": ["hands"], "include_authorized_operations": False}),
        ("groups", 16, 4, {"states_filter": ["STABLE"]}), ("kinds of groups", 16, 5, {"states_filter": ["CompletingRebalance"], "types_filter": ["classic", "consumer"]}), ("sasl", 17, 1, {"mechanism": "x"}), ("broker", 64, 0, {"broker_id": 4}), ("telemetry", 74, 0, {}), ("markers", 27, 1, {"markers": [{"producer_id": 12_000, "producer_epoch": 3, "transaction_result": False, "coordinator_epoch": 0, "topics": [{"name": "cart", "partition_indexes": [1]}, {"name": "barn", "partition_indexes": [0]}]}]}), ("producers after it", 61, 0, {"topics": [{"name": "cart", "partition_indexes": [1, 6]}, {"name": "barn", "partition_indexes": [0]}]}),
        ("delete", 20, 5, {"topic_names": ["cart", "barn", "ü"], "timeout": 3000}), ("delete again", 20, 6, {"topics": [{"name": "cart", "topic_id": None}, {"name": None, "topic_id": _ODD}], "timeout": 3000}), ("places of what is gone", 9, 5, {"group_id": "ledgers", "topics": [{"name": "cart", "partition_indexes": [0]}]}), ("times of what is gone", 2, 5, listed("cart", -1)),
    ])


STEPS = 170


def play(stage: Stage) -> None:
    """The whole harvest."""
    stage.wait_for_coordinators()
    for part in (_barns, _scales, _hands, _books):
        part(stage)
