"""An audit: what a bank's topic operator, its payments, its watchers and its auditors send; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_800_000_000_000
_NONE, _ODD = uuid.UUID(int=0), uuid.UUID(int=0xABC)
_ONE = records((b"k", b"v"), at=_AT)


def _made(*topics: dict[str, Any], dry: bool = False) -> dict[str, Any]:
    return {"topics": [each["topics"][0] if "topics" in each else each for each in topics], "timeout": 4000, "validate_only": dry}


def _placed(name: str, *replicas: Any, **configs: str | None) -> dict[str, Any]:
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    return {"name": name, "num_partitions": -1, "replication_factor": -1, "configs": named, "assignments": [{"partition_index": n, "broker_ids": each} for n, each in enumerate(replicas)]}


def _set(kind: int, name: str, *changes: tuple[str, int, str | None]) -> dict[str, Any]:
    return {"resource_type": kind, "resource_name": name, "configs": [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]}


def _seen(*resources: tuple[int, str, Any], synonyms: bool = True) -> dict[str, Any]:
    return {"resources": [{"resource_type": kind, "resource_name": name, "configuration_keys": keys} for kind, name, keys in resources], "include_synonyms": synonyms, "include_documentation": False}


def _operator(stage: Stage) -> None:
    ask = stage.ask
    ask("plan", 19, 6, _made(topic("ledger", 2, cleanup_policy="compact", min_compaction_lag_ms="1000"), topic("ledger"), topic("audit", 1, retention_ms="-1"), dry=True))
    ask("apply", 19, 7, _made(topic("ledger", 2, cleanup_policy="compact", min_compaction_lag_ms="1000"), topic("audit", 1, retention_ms="-1", max_message_bytes="500"), _placed("fixed", [1], [1], segment_bytes="2000"), topic("idle", 1)))
    ask("apply again", 19, 4, _made(topic("ledger", 9), topic("audit"), topic("led/ger"), topic("ledger.", 0)))
    ask("apply by hand", 19, 3, _made(_placed("p1", [2], [1]), _placed("p2", [1], []), _placed("p3", [1, 1]), {**_placed("p4", [1]), "num_partitions": 1}, {**_placed("p5", [1]), "replication_factor": 1}, _placed("p6", [1], bad_key="1")))
    ask("apply with everything wrong", 19, 5, _made({**topic("w w", 0)["topics"][0], "replication_factor": 0}, {**topic("q1", 0)["topics"][0], "replication_factor": 9}, {**topic("q2", -7, retention_ms="z")["topics"][0], "replication_factor": 0}, {**topic("q3", 1)["topics"][0], "replication_factor": 32_000}))
    time.sleep(SETTLING)
    ask("drift", 32, 4, _seen((2, "ledger", ["cleanup.policy", "min.compaction.lag.ms"]), (2, "fixed", ["segment.bytes"]), (2, "gone", None), (2, "", None)))
    ask("drift of all", 32, 1, _seen((2, "idle", ["compression.type", "compression.gzip.level", "unclean.leader.election.enable", "message.format.version", "flush.messages", "remote.storage.enable"])))
    ask("correct", 44, 1, {"resources": [_set(2, "ledger", ("cleanup.policy", 2, "delete"), ("min.compaction.lag.ms", 1, None), ("retention.ms", 0, " 60000")), _set(2, "audit", ("retention.ms", 1, "x"), ("no.such", 1, None)), _set(2, "fixed", ("segment.bytes", 0, "13"))], "validate_only": False})
    ask("correct twice", 44, 0, {"resources": [_set(2, "idle", ("retention.ms", 0, "1")), _set(2, "idle", ("retention.ms", 0, "2")), _set(2, "idle2", ("retention.ms", 0, "2"))], "validate_only": False})
    ask("correct by nulls", 44, 1, {"resources": [_set(2, "idle", ("retention.ms", 0, None), ("segment.ms", 2, None)), _set(2, "fixed", ("retention.ms", 0, "1"), ("retention.ms", 0, "2"))], "validate_only": True})
    time.sleep(SETTLING)
    ask("corrected", 32, 3, _seen((2, "ledger", ["cleanup.policy", "min.compaction.lag.ms", "retention.ms"]), (2, "audit", ["retention.ms", "max.message.bytes"])))
    ask("replaced", 33, 1, {"resources": [{"resource_type": 2, "resource_name": "fixed", "configs": [{"name": "retention.bytes", "value": "+9000"}, {"name": "preallocate", "value": "FALSE"}]}, {"resource_type": 4, "resource_name": "1", "configs": [{"name": "broker.id", "value": "2"}]}], "validate_only": False})
    time.sleep(SETTLING)
    ask("after it", 32, 2, _seen((2, "fixed", ["retention.bytes", "preallocate", "segment.bytes"])))
    ask("grown", 37, 2, {"topics": [{"name": "audit", "count": 2, "assignments": [{"broker_ids": [1, 2]}]}, {"name": "fixed", "count": 2, "assignments": []}, {"name": "fix", "count": 1, "assignments": None}, {"name": "", "count": 1, "assignments": None}], "timeout": 3000, "validate_only": False})
    ask("brokers", 44, 1, {"resources": [_set(4, "1", ("log.retention.bytes", 0, "x")), _set(4, "01", ("log.retention.ms", 0, "1")), _set(4, "-1", ("log.retention.ms", 0, "1"))], "validate_only": True})
    ask("all brokers", 44, 1, {"resources": [_set(4, "", ("log.flush.interval.ms", 0, " 7000"), ("log.cleaner.delete.retention.ms", 0, "+5"))], "validate_only": False})
    time.sleep(SETTLING)
    ask("seen at the brokers", 32, 4, _seen((4, "", None), (4, "1", ["log.flush.interval.ms", "log.cleaner.delete.retention.ms"]), (2, "idle", ["flush.ms", "delete.retention.ms"])))
    ask("taken back", 44, 1, {"resources": [_set(4, "", ("log.flush.interval.ms", 1, None), ("log.cleaner.delete.retention.ms", 1, None))], "validate_only": False})
    time.sleep(SETTLING)
    ask("topics", 3, 9, {"topics": [{"name": "ledger"}, {"name": "ledger"}, {"name": "gone"}, {"name": ""}], "allow_auto_topic_creation": False, "include_topic_authorized_operations": True})
    ask("topics by partitions", 75, 0, {"topics": [{"name": "ledger"}, {"name": "audit"}, {"name": "fixed"}], "response_partition_limit": 2, "cursor": None})
    ask("the next page", 75, 0, {"topics": [{"name": "ledger"}, {"name": "audit"}, {"name": "fixed"}], "response_partition_limit": 2, "cursor": {"topic_name": "fixed", "partition_index": 1}})
    ask("a page that is none", 75, 0, {"topics": [{"name": "ledger"}], "response_partition_limit": 2, "cursor": {"topic_name": "ledger", "partition_index": 9}})


class _Payments:
    """An idempotent producer, and one with transactions over two topics and a group."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask

    def idempotent(self) -> None:
        ask = self._ask
        me = ask("a producer", 22, 1, {"transactional_id": None, "transaction_timeout": 0})["producer_id"]

        def batch(epoch: int, sequence: int, count: int = 1, **more: Any) -> bytes:
            return records(*((b"k", b"v"),) * count, producer=(me, epoch, sequence), at=_AT, **more)

        for name, version, data in (("first", 7, batch(0, 0, 2)), ("second", 9, batch(0, 2)), ("second again", 9, batch(0, 2)), ("first again", 10, batch(0, 0, 2)), ("half of the first", 9, batch(0, 1)), ("ahead", 11, batch(0, 8)),
                                    ("a newer epoch ahead", 9, batch(2, 1)), ("a newer epoch", 9, batch(2, 0)), ("the older epoch", 9, batch(0, 3)), ("the newer again", 9, batch(2, 0)), ("control", 9, batch(2, 1, attributes=0x20)),
                                    ("sequence below", 9, batch(2, -3)), ("said to be of a transaction", 9, batch(2, 1, attributes=0x10))):  # fmt: skip
            ask(f"write {name}", 0, version, produced("fixed", data))
        ask("a stranger at 5", 0, 9, produced("fixed", records((b"k", b"v"), producer=(me + 777, 0, 5), at=_AT), 1))
        ask("its producers", 61, 0, {"topics": [{"name": "fixed", "partition_indexes": [0, 0, 1]}]})
        ask("its batches", 2, 7, listed("fixed", -1, -1))

    def transactional(self) -> None:
        ask = self._ask
        begin = {"transactional_id": "bank", "transaction_timeout": 30_000, "producer_id": -1, "producer_epoch": -1}
        me = ask("bank begins", 22, 5, begin)
        who = {"transactional_id": "bank", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}

        def add(name: str, version: int, places: Any, **more: Any) -> None:
            merged = {**who, **more}
            if version > 3:
                ask(name, 24, version, {"transactions": [{**merged, "verify_only": False, "topics": places}, {**merged, "transactional_id": "none", "verify_only": False, "topics": places}]})
            else:
                ask(name, 24, version, {**{f"v3_and_below_{key}": value for key, value in merged.items()}, "v3_and_below_topics": places})

        ledger, odd = {"name": "ledger", "partitions": [1, 0]}, {"name": "gone", "partitions": [0]}
        add("adds with a wrong id", 3, [ledger], transactional_id="bonk")
        add("adds with a wrong producer", 2, [ledger], producer_id=5)
        add("adds with a wrong epoch", 1, [ledger], producer_epoch=9)
        add("adds what is gone", 3, [odd, ledger])
        add("adds twice over", 5, [ledger])
        add("adds offsets' own topic", 3, [{"name": "__consumer_offsets", "partitions": [0]}])
        data = records((b"k", b"v"), attributes=0x10, producer=(me["producer_id"], me["producer_epoch"], 0), at=_AT)
        ask("writes", 0, 11, produced("ledger", data, transaction="bank"))
        ask("writes to what was not added", 0, 11, produced("audit", data, transaction="bank"))
        ask("writes by another name", 0, 10, produced("audit", data, transaction="bonk"))
        ask("writes without a transaction", 0, 9, produced("ledger", _ONE, transaction="bank"))
        for key, version, fields in ((25, 4, {**who, "group_id": "clerks"}), (25, 3, {**who, "group_id": "clerks", "producer_epoch": 7}), (25, 0, {**who, "group_id": "clerks", "producer_id": 1})):
            ask(f"group {version}", key, version, fields)
        place = {"partition_index": 0, "committed_offset": 8, "committed_leader_epoch": -1, "committed_metadata": "x"}
        commit = {**who, "group_id": "clerks", "generation_id": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "ledger", "partitions": [place]}, {"name": "gone", "partitions": [place]}]}
        for name, version, more in (("as it is", 4, {}), ("long", 3, {"topics": [{"name": "ledger", "partitions": [{**place, "partition_index": 1, "committed_metadata": "x" * 5000}]}]}), ("of a generation", 3, {"generation_id": 3}),
                                    ("of a member", 3, {"member_id": "m", "generation_id": 1}), ("old", 0, {}), ("of a wrong epoch", 4, {"producer_epoch": 6})):  # fmt: skip
            ask(f"offsets {name}", 28, version, {**commit, **more})
        ask("open", 2, 6, listed("ledger", -1, -1, committed=True))
        ask("open by time", 2, 7, listed("ledger", _AT, _AT, committed=True))
        ask("open for all", 2, 7, listed("ledger", _AT, -3))
        ask("open held", 9, 8, {"groups": [{"group_id": "clerks", "topics": None}, {"group_id": "clerks", "topics": [{"name": "ledger", "partition_indexes": [0, 1, 5]}]}], "require_stable": True})
        ask("open read", 1, 12, fetched("ledger", 0, committed=True, wait=1))
        answer = ask("bank is seen", 65, 0, {"transactional_ids": ["bank", "bonk", ""]})
        self._stage.instead([(t["error_code"], t["transaction_state"], t["transaction_timeout"], sorted((each["topic"], sorted(each["partitions"])) for each in t["topics"])) for t in answer["transaction_states"]])
        for states in ([], ["Empty"], ["ONGOING"], ["PrepareCommit", "None"]):
            ask(f"listed {states}", 66, 1, {"state_filters": states, "producer_id_filters": [me["producer_id"]], "duration_filter": -1})
        ask("ends by a wrong producer", 26, 4, {**who, "producer_id": 4, "committed": True})
        ask("ends by a wrong name", 26, 0, {**who, "transactional_id": "", "committed": True})
        ask("ends", 26, 4, {**who, "committed": False})
        time.sleep(SETTLING)
        ask("ends again", 26, 2, {**who, "committed": False})
        ask("held after it", 9, 9, {"groups": [{"group_id": "clerks", "topics": [{"name": "ledger", "partition_indexes": [0]}], "member_id": None, "member_epoch": -1}], "require_stable": True})
        ask("stable", 2, 8, listed("ledger", -1, -1, committed=True))
        ask("begins with too old an epoch", 22, 4, {**begin, "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"] - 1})
        ask("begins with half", 22, 3, {**begin, "producer_id": me["producer_id"], "producer_epoch": -1})
        ask("begins with no time", 22, 4, {**begin, "transaction_timeout": -1})
        ask("begins without a name", 22, 2, {**begin, "transactional_id": ""})


def _members(stage: Stage) -> None:
    ask = stage.ask
    subscribed = b"\0\1\0\0\0\1\0\6ledger\0\0\0\0\0\0\0\0"

    def join(member: str = "", instance: str | None = None, *names: str, **more: Any) -> dict[str, Any]:
        return {"group_id": "clerks", "session_timeout": 20_000, "rebalance_timeout": 1500, "member_id": member, "group_instance_id": instance, "protocol_type": "consumer", "reason": None,
                "protocols": [{"name": name, "metadata": subscribed} for name in names or ("range",)], **more}  # fmt: skip

    one = ask("clerk one", 11, 8, join("", "one", "range", "sticky"))["member_id"]
    ask("clerk one syncs", 14, 4, {"group_id": "clerks", "generation_id": 1, "member_id": one, "group_instance_id": "one", "assignments": [{"member_id": one, "assignment": b"o"}]})
    ask("clerk one under a wrong name", 11, 8, join(one, "two"))
    ask("clerk two in a wrong way", 11, 8, join("", "two", "roundrobin"))
    ask("clerk two as nobody", 11, 7, join("x" * 30, None, "range"))
    ask("clerk one comes back", 11, 8, join("", "one", "range", "sticky"))
    one = stage.answers[-1][1]["member_id"]
    ask("clerk one comes back otherwise", 11, 8, join(one, "one", "sticky"))
    generation = stage.answers[-1][1]["generation_id"]
    ask("its beat before the sync", 12, 4, {"group_id": "clerks", "generation_id": generation, "member_id": one, "group_instance_id": "one"})
    ask("its sync in no way", 14, 5, {"group_id": "clerks", "generation_id": generation, "member_id": one, "group_instance_id": "one", "protocol_type": "consumer", "protocol_name": "range", "assignments": []})
    ask("its sync", 14, 5, {"group_id": "clerks", "generation_id": generation, "member_id": one, "group_instance_id": "one", "protocol_type": "consumer", "protocol_name": "sticky", "assignments": [{"member_id": one, "assignment": b""}]})
    ask("seen", 15, 5, {"groups": ["clerks", "clerk"], "include_authorized_operations": True})
    ask("seen of old", 15, 2, {"groups": ["clerks"]})
    place = {"partition_index": 0, "committed_offset": 5, "committed_leader_epoch": 0, "committed_metadata": ""}
    for name, version, more in (("fine", 7, {}), ("with an offset below", 8, {"topics": [{"name": "ledger", "partitions": [{**place, "committed_offset": -5}]}]}), ("for another", 8, {"group_instance_id": "two"}),
                                ("of the next generation", 6, {"generation_id_or_member_epoch": generation + 1}), ("of no member", 8, {"member_id": ""}), ("of no group", 8, {"group_id": "", "member_id": "", "group_instance_id": None, "generation_id_or_member_epoch": -1})):  # fmt: skip
        ask(f"commit {name}", 8, version, {"group_id": "clerks", "generation_id_or_member_epoch": generation, "member_id": one, "group_instance_id": "one", "topics": [{"name": "ledger", "partitions": [place]}, {"name": "led ger", "partitions": [place]}], **more})
    ask("commits seen", 9, 6, {"group_id": "clerks", "topics": [{"name": "ledger", "partition_indexes": [0]}, {"name": "led ger", "partition_indexes": [0]}]})
    ask("commits of no group", 9, 7, {"group_id": "", "topics": None, "require_stable": True})
    ask("forgotten while read", 47, 0, {"group_id": "clerks", "topics": [{"name": "ledger", "partitions": [{"partition_index": 0}, {"partition_index": 9}]}, {"name": "audit", "partitions": [{"partition_index": 0}]}]})
    ask("leaves by a wrong id", 13, 3, {"group_id": "clerks", "members": [{"member_id": "w", "group_instance_id": "one"}, {"member_id": "w", "group_instance_id": None}]})
    ask("deleted while there", 42, 0, {"groups_names": ["clerks", ""]})
    ask("leaves", 13, 5, {"group_id": "clerks", "members": [{"member_id": one, "group_instance_id": "one", "reason": "end of day"}]})
    ask("its beat after it", 12, 0, {"group_id": "clerks", "generation_id": generation, "member_id": one})
    ask("its sync after it", 14, 0, {"group_id": "clerks", "generation_id": generation, "member_id": one, "assignments": []})
    ask("a sync of no group", 14, 3, {"group_id": "", "generation_id": 1, "member_id": "m", "group_instance_id": None, "assignments": []})
    ask("a beat of no group", 12, 3, {"group_id": "", "generation_id": 1, "member_id": "m", "group_instance_id": None})
    answer = ask("listed", 16, 4, {"states_filter": ["empty"]})
    stage.instead([each for each in answer["groups"] if each["group_id"] == "clerks"])
    ask("deleted", 42, 2, {"groups_names": ["clerks", "clerks", "clerk"]})
    ask("coordinators", 10, 6, {"key_type": 1, "coordinator_keys": ["bank", ""]})
    ask("coordinator in no way", 10, 3, {"key": "bank", "key_type": -1})


def _watchers(stage: Stage) -> None:
    ask = stage.ask
    looks: Any = ((4, 0, {}), (6, 1, {"of_partition": 1}), (8, 0, {"epoch": -1}), (10, 3, {"most": 1}), (11, 99, {}), (12, 0, {"epoch": 1}), (12, -4, {"epoch": 0}), (9, 0, {"number": 3}))
    for version, offset, more in looks:
        ask(f"fetch {version} {offset}", 1, version, fetched("fixed", offset, **more))
        if isinstance(stage.answers[-1][1], dict):
            stage.instead([(p["error_code"], p["high_watermark"], bool(p["records"])) for t in stage.answers[-1][1]["responses"] for p in t["partitions"]])
    begun = ask("watch", 1, 12, fetched("audit", 0, session=(0, 0)))["session_id"]
    ask("watch a gone one", 1, 12, fetched("gone", 0, session=(begun, 1)))
    ask("watch on", 1, 12, fetched("", session=(begun, 2)))
    ask("watch less", 1, 12, fetched("", session=(begun, 3), forgotten=(("gone", [0]), ("nothing", [0]))))
    ask("watch of the past", 1, 12, fetched("", session=(begun, 2)))
    ask("watch of another", 1, 12, fetched("", session=(begun + 500, 4)))
    ask("watch anew", 1, 12, fetched("audit", 0, session=(begun, 0)))
    ids = [uuid.UUID(each["topic_id"]) for each in stage.quietly(3, 12, {"topics": [{"name": "audit", "topic_id": _NONE}], "allow_auto_topic_creation": False})["topics"]]
    part = fetched("x")["topics"][0]["partitions"]
    for name, version, topic_id in (("its id", 17, ids[0]), ("an odd id", 17, _ODD), ("no id", 14, _NONE)):
        ask(f"watch by {name}", 1, version, {**fetched(""), "topics": [{"topic_id": topic_id, "partitions": part}, {"topic_id": ids[0], "partitions": [{**part[0], "partition": 4}]}]})
    for version, at in ((2, -2), (4, 0), (5, -1), (7, -4), (8, -4), (9, -5), (8, -3), (1, -3)):
        ask(f"offsets {version} {at}", 2, version, listed("audit", at, at))
    ask("offsets of many", 2, 7, {"replica_id": -2, "isolation_level": 1, "topics": [listed("fixed", -1)["topics"][0], listed("gone", -1)["topics"][0], listed("fixed", -2)["topics"][0]]})
    ask("epochs", 23, 4, {"replica_id": 3, "topics": [{"topic": "fixed", "partitions": [{"partition": 0, "current_leader_epoch": 0, "leader_epoch": 5}, {"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}]}, {"topic": "__consumer_offsets", "partitions": [{"partition": 7, "current_leader_epoch": 0, "leader_epoch": 0}]}]})
    ask("cut", 21, 1, {"topics": [{"name": "fixed", "partitions": [{"partition_index": 0, "offset": 2}, {"partition_index": 1, "offset": -1}, {"partition_index": 2, "offset": 0}]}, {"name": "ledger", "partitions": [{"partition_index": 0, "offset": 0}]}, {"name": "__consumer_offsets", "partitions": [{"partition_index": 0, "offset": 0}]}], "timeout": 0})
    ask("too large", 0, 8, produced("audit", records((b"k", b"v" * 600), at=_AT)))
    ask("to nobody", 0, 7, produced("__transaction_state", _ONE))
    ask("old and packed", 0, 3, produced("audit", records((b"k", b"v"), attributes=4, at=_AT)))
    ask("with strange acks", 0, 8, produced("gone", _ONE, acks=-2))


def _auditors(stage: Stage) -> None:
    ask = stage.ask
    for name, key, version, fields in (
        ("versions", 18, 3, {"client_software_name": "audit_tool", "client_software_version": "1"}), ("no group of theirs", 69, 0, {"group_ids": ["clerks"], "include_authorized_operations": True}),
        ("beat of theirs", 68, 0, {"group_id": "g", "member_id": "m", "member_epoch": -1, "instance_id": None, "rack_id": None, "rebalance_timeout": -1, "subscribed_topic_names": None, "server_assignor": None, "topic_partitions": None}),
        ("acls", 29, 3, {"resource_type_filter": 1, "resource_name_filter": None, "pattern_type_filter": 1, "principal_filter": "User:x", "host_filter": None, "operation": 1, "permission_type": 1}),
        ("acls made", 30, 1, {"creations": []}), ("acls away", 31, 3, {"filters": [{"resource_type_filter": 6, "resource_name_filter": "t", "pattern_type_filter": 3, "principal_filter": None, "host_filter": None, "operation": 13, "permission_type": 2}]}),
        ("token", 38, 1, {"renewers": [{"principal_type": "User", "principal_name": ""}], "max_lifetime": 0}), ("tokens", 41, 3, {"owners": [{"principal_type": "", "principal_name": ""}]}), ("renewed", 39, 1, {"hmac": b"", "renew_period": 0}),
        ("sasl", 17, 1, {"mechanism": ""}), ("authenticate", 36, 2, {"auth_bytes": b""}), ("cluster", 60, 0, {"include_cluster_authorized_operations": False}), ("controllers", 60, 1, {"include_cluster_authorized_operations": True, "endpoint_type": 2}),
        ("quorum", 55, 2, {"topics": []}), ("quorum of another", 55, 2, {"topics": [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 3}]}, {"topic_name": "x", "partitions": []}]}),
        ("features", 57, 1, {"timeout": 3000, "feature_updates": [{"feature": "metadata.version", "max_version_level": 12, "upgrade_type": 2}, {"feature": "metadata.version ", "max_version_level": 3, "upgrade_type": 1}], "validate_only": True}),
        ("features of old", 57, 0, {"timeout": 3000, "feature_updates": [{"feature": "kraft.version", "max_version_level": 9, "allow_downgrade": True}]}),
        ("elections", 43, 2, {"election_type": 5, "topic_partitions": [{"topic": "ledger", "partitions": [0]}], "timeout": 3000}), ("no elections", 43, 2, {"election_type": 0, "topic_partitions": [], "timeout": 3000}),
        ("moves", 45, 0, {"timeout": 3000, "topics": [{"name": "ledger", "partitions": []}, {"name": "gone", "partitions": [{"partition_index": 0, "replicas": [1]}]}, {"name": "fixed", "partitions": [{"partition_index": 1, "replicas": [0]}, {"partition_index": 0, "replicas": [-1]}]}]}),
        ("moves under way", 46, 0, {"timeout": 3000, "topics": [{"name": "ledger", "partition_indexes": [0, 9]}, {"name": "gone", "partition_indexes": [0]}]}),
        ("folders", 35, 2, {"topics": [{"topic": "ledger", "partitions": [1]}, {"topic": "ledger", "partitions": [0]}, {"topic": "gone", "partitions": [0]}]}), ("folders of nothing", 35, 4, {"topics": []}),
        ("to a folder", 34, 1, {"dirs": [{"path": "/none", "topics": [{"name": "gone", "partitions": [0, 1]}, {"name": "ledger", "partitions": [0, 0]}]}]}), ("to no folder", 34, 2, {"dirs": []}),
        ("quotas", 48, 1, {"components": [{"entity_type": "user", "match_type": 0, "match": "a"}, {"entity_type": "user", "match_type": 1, "match": None}], "strict": True}),
        ("quotas of kinds", 48, 0, {"components": [{"entity_type": "client-id", "match_type": 0, "match": None}], "strict": False}), ("quotas of a wrong kind", 48, 1, {"components": [{"entity_type": "user", "match_type": 9, "match": "a"}], "strict": False}),
        ("quotas set", 49, 0, {"entries": [{"entity": [{"entity_type": "user", "entity_name": "a"}, {"entity_type": "user", "entity_name": "b"}], "ops": [{"key": "consumer_byte_rate", "value": 5.0, "remove": False}]}, {"entity": [{"entity_type": "group", "entity_name": "g"}], "ops": []}, {"entity": [{"entity_type": "ip", "entity_name": "300.1.1.1"}], "ops": [{"key": "connection_creation_rate", "value": 1.0, "remove": False}]}], "validate_only": True}),
        ("secrets", 51, 0, {"deletions": [{"name": "x", "mechanism": 1}, {"name": "x", "mechanism": 2}], "upsertions": [{"name": "x", "mechanism": 1, "iterations": 5000, "salt": b"s", "salted_password": b"p"}, {"name": "", "mechanism": 1, "iterations": 1, "salt": b"s", "salted_password": b"p"}]}),
        ("secrets seen", 50, 0, {"users": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}), ("metrics", 74, 0, {}), ("unregistered", 64, 0, {"broker_id": 2**31 - 1}),
        ("a voter", 80, 0, {"cluster_id": "other", "timeout": 10, "voter_id": 2, "voter_directory_id": _ODD, "listeners": [{"name": "CONTROLLER", "host": "h", "port": 1}]}), ("no voter", 81, 0, {"cluster_id": None, "voter_id": -1, "voter_directory_id": _NONE}),
        ("loggers", 44, 1, {"resources": [_set(8, "1", ("root", 0, "warn"), ("root2", 0, "INFO")), _set(8, "2", ("root", 0, "INFO")), _set(8, "", ("root", 0, "INFO"))], "validate_only": True}),
        ("loggers by a list", 44, 1, {"resources": [_set(8, "1", ("root", 2, "INFO"))], "validate_only": True}), ("subscriptions", 44, 1, {"resources": [_set(16, "s", ("interval.ms", 0, "99")), _set(16, "t", ("match", 0, "x=y")), _set(16, "u", ("colour", 0, "red"), ("metrics", 2, "a"))], "validate_only": True}),
        ("kinds", 33, 2, {"resources": [{"resource_type": 16, "resource_name": "s", "configs": []}, {"resource_type": 0, "resource_name": "s", "configs": []}], "validate_only": True}), ("markers", 27, 1, {"markers": []}),
        ("deleted", 20, 6, {"topics": [{"name": "idle", "topic_id": _NONE}, {"name": "idle", "topic_id": _ODD}, {"name": "gone", "topic_id": _NONE}, {"name": None, "topic_id": _ODD}, {"name": None, "topic_id": _ODD}], "timeout": 3000}),
        ("deleted of old", 20, 2, {"topic_names": ["idle", "audit", "audit"], "timeout": 3000}), ("deleted of nothing", 20, 3, {"topic_names": [], "timeout": 3000}),
    ):  # fmt: skip
        ask(name, key, version, fields)


STEPS = 187


def play(stage: Stage) -> None:
    """The whole audit."""
    stage.wait_for_coordinators()
    _operator(stage)
    payments = _Payments(stage)
    payments.idempotent()
    payments.transactional()
    for part in (_members, _watchers, _auditors):
        part(stage)
