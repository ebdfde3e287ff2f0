"""A ferry line: bookings that are kept for a short time, boarding in groups, tickets sold once, and an office that tidies up.

The broker looks after old records and offsets all the time; written before it was compared.
"""

from __future__ import annotations

import time
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, make, new, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

MORE = {"log.retention.check.interval.ms": "300", "log.initial.task.delay.ms": "300", "offsets.retention.check.interval.ms": "300"}
_OLD, _AT = 1_500_000_000_000, 3_200_000_000_000
_READS = b"\0\1\0\0\0\1\0\4deck\xff\xff\xff\xff\0\0\0\0"
_LOOKS = 2.5  # seconds: several looks of the broker's


def _commit(group: str, *places: tuple[str, int, int], keep: int = -1, member: str = "", generation: int = -1) -> dict[str, Any]:
    topics = [{"name": name, "partitions": [{"partition_index": number, "committed_offset": at, "committed_leader_epoch": -1, "committed_metadata": "m"}]} for name, number, at in places]
    return {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": member, "group_instance_id": None, "retention_time": keep, "topics": topics}


def _offsets(group: str, *places: tuple[str, list[int]]) -> dict[str, Any]:
    return {"groups": [{"group_id": group, "member_id": None, "member_epoch": -1, "topics": [{"name": name, "partition_indexes": numbers} for name, numbers in places] or None}], "require_stable": False}


def _bookings(stage: Stage) -> None:
    """What is too old goes, to the last record; what is not stays."""
    for name, settings in (("old", {"retention_ms": "1000"}), ("kept", {"retention_ms": "-1"}), ("none", {"retention_bytes": "0"}), ("some", {"retention_bytes": "1", "retention_ms": "-1"}), ("both", {"cleanup_policy": "compact,delete", "retention_ms": "1000"}), ("compact", {"cleanup_policy": "compact", "retention_ms": "1000"}), ("stamped", {"message_timestamp_type": "LogAppendTime", "retention_ms": "600000"})):
        stage.ask(f"made {name}", 19, 5, make(new(name, 1, 1, (), **settings)))
    time.sleep(SETTLING)
    for name in ("old", "kept", "none", "some", "both", "compact", "stamped"):
        stage.quietly(0, 9, produced(name, records((b"a", b"1"), (b"b", b"2"), (b"a", b"3"), at=_OLD)))
    time.sleep(_LOOKS)
    for name in ("old", "kept", "none", "some", "both", "compact", "stamped"):
        stage.ask_all([(f"{name} begins", 2, 7, listed(name, -2)), (f"{name} ends", 2, 7, listed(name, -1)), (f"{name} is read", 1, 12, fetched(name, 0))])
        if name == "stamped":
            stage.instead(stage.answers[-1][1]["responses"][0]["partitions"][0]["high_watermark"])
    stage.ask_all([("old by time", 2, 7, listed("old", _OLD)), ("kept by time", 2, 7, listed("kept", _OLD + 1)), ("old's newest", 2, 7, listed("old", -3)), ("none's newest", 2, 7, listed("none", -3)), ("old's epoch", 23, 4, {"replica_id": -1, "topics": [{"topic": "old", "partitions": [{"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}]}]})])
    stage.ask_all([("written on", 0, 9, produced("old", records((b"c", b"4"), at=_AT))), ("written on and read", 1, 12, fetched("old", 3)), ("begins there", 2, 7, listed("old", -2)), ("cut at the end", 21, 2, {"topics": [{"name": "kept", "partitions": [{"partition_index": 0, "offset": -1}]}], "timeout": 3000}), ("cut before", 21, 2, {"topics": [{"name": "kept", "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout": 3000}), ("cut beyond", 21, 2, {"topics": [{"name": "kept", "partitions": [{"partition_index": 0, "offset": 9}]}], "timeout": 3000}), ("kept begins", 2, 7, listed("kept", -2)), ("kept is read below", 1, 12, fetched("kept", 2)), ("cut what is compacted", 21, 2, {"topics": [{"name": "compact", "partitions": [{"partition_index": 0, "offset": 1}]}], "timeout": 3000}), ("cut both", 21, 1, {"topics": [{"name": "both", "partitions": [{"partition_index": 0, "offset": 3}]}, {"name": "no", "partitions": [{"partition_index": 0, "offset": 3}]}], "timeout": 3000})])
    for name in ("old", "none"):
        stage.ask(f"{name}'s size", 35, 4, {"topics": [{"topic": name, "partitions": [0]}]})
        stage.instead([[(p["partition_index"], p["partition_size"], p["offset_lag"]) for p in t["partitions"]] for d in stage.answers[-1][1]["results"] for t in d["topics"]])


def _boarding(stage: Stage) -> None:
    """Groups that are left, and what they have committed."""
    ask = stage.ask
    ask("deck", 19, 5, topic("deck", 2))
    time.sleep(SETTLING)
    for group, keep in (("brief", 1), ("long", 3_600_000), ("usual", -1), ("never", 0)):
        ask(f"{group} commits", 8, 2, _commit(group, ("deck", 0, 5), ("deck", 1, 6), keep=keep))
    stage.ask_all([("commits nowhere", 8, 4, _commit("brief", ("none such", 0, 5), keep=1)), ("commits below", 8, 3, _commit("brief", ("deck", 7, 5), keep=1)), ("commits as somebody", 8, 2, _commit("brief", ("deck", 0, 5), member="x", generation=3))])
    time.sleep(_LOOKS)
    for group in ("brief", "long", "usual", "never", "unheard"):
        stage.ask_all([(f"{group}'s offsets", 9, 8, _offsets(group, ("deck", [0, 1, 5]))), (f"{group}'s all", 9, 8, _offsets(group)), (f"{group} described", 15, 4, {"groups": [group], "include_authorized_operations": False})])
    ask("listed", 16, 4, {"states_filter": []})
    stage.instead(sorted((each["group_id"], each["protocol_type"], each["group_state"]) for each in stage.answers[-1][1]["groups"] if each["group_id"] != "warm"))
    join = {"group_id": "crew", "session_timeout": 10_000, "rebalance_timeout": 1500, "member_id": "", "group_instance_id": None, "protocol_type": "consumer", "reason": "", "protocols": [{"name": "range", "metadata": _READS}]}
    one = ask("crew joins", 11, 9, join, by="c1")["member_id"]
    who = {"group_id": "crew", "generation_id": 1, "member_id": one, "group_instance_id": None}
    ask("crew comes", 11, 9, {**join, "member_id": one}, by="c1")
    ask("crew syncs", 14, 5, {**who, "protocol_type": "consumer", "protocol_name": "range", "assignments": [{"member_id": one, "assignment": b"a"}]}, by="c1")
    stage.ask_all([("crew commits", 8, 8, _commit("crew", ("deck", 0, 1), ("kept", 0, 2), member=one, generation=1)), ("crew commits for a while", 8, 3, _commit("crew", ("deck", 1, 1), ("old", 0, 2), keep=1, member=one, generation=1))])
    time.sleep(_LOOKS)
    stage.ask_all([("crew's offsets", 9, 8, _offsets("crew", ("deck", [0, 1]), ("kept", [0]), ("old", [0]))), ("crew forgets", 47, 0, {"group_id": "crew", "topics": [{"name": "deck", "partitions": [{"partition_index": 0}]}, {"name": "kept", "partitions": [{"partition_index": 0}]}]}), ("crew leaves", 13, 5, {"group_id": "crew", "members": [{"member_id": one, "group_instance_id": None, "reason": "done"}]}), ("crew is empty", 15, 5, {"groups": ["crew"], "include_authorized_operations": False}), ("crew commits after", 8, 8, _commit("crew", ("deck", 0, 1), member=one, generation=1)), ("crew beats after", 12, 4, who), ("crew goes", 42, 2, {"groups_names": ["crew"]}), ("crew again", 42, 2, {"groups_names": ["crew"]}), ("crew is dead", 15, 5, {"groups": ["crew"], "include_authorized_operations": False})])
    idle = stage.quietly(11, 3, {**join, "group_id": "idle"})
    ask("idle leaves", 13, 1, {"group_id": "idle", "member_id": idle["member_id"]})
    time.sleep(_LOOKS)
    stage.ask_all([("idle is dead", 15, 5, {"groups": ["idle"], "include_authorized_operations": False}), ("idle beats", 12, 2, {"group_id": "idle", "generation_id": 1, "member_id": idle["member_id"]})])
    guest = stage.quietly(11, 3, {**join, "group_id": "guest"})
    stage.ask_all([("guest commits", 8, 8, _commit("guest", ("deck", 0, 1), member=guest["member_id"], generation=guest["generation_id"])), ("guest leaves", 13, 1, {"group_id": "guest", "member_id": guest["member_id"]}), ("deck is gone", 20, 4, {"topic_names": ["deck"], "timeout": 3000})])
    time.sleep(_LOOKS)
    stage.ask_all([("guest is dead", 15, 5, {"groups": ["guest", "usual"], "include_authorized_operations": False}), ("guest's offsets", 9, 8, _offsets("guest"))])


def _tickets(stage: Stage) -> None:
    """Each ticket is sold once: transactions over what is old and what is not."""
    ask = stage.ask
    ask("sold", 19, 5, topic("sold", retention_ms="1000", segment_ms="1"))
    time.sleep(SETTLING)
    begin = {"transactional_id": "desk", "transaction_timeout": 30_000, "producer_id": -1, "producer_epoch": -1}
    me = ask("desk begins", 22, 4, begin)
    who = {"transactional_id": "desk", "producer_id": me["producer_id"], "producer_epoch": me["producer_epoch"]}
    ask("desk takes", 24, 3, {"v3_and_below_transactional_id": "desk", "v3_and_below_producer_id": me["producer_id"], "v3_and_below_producer_epoch": me["producer_epoch"], "v3_and_below_topics": [{"name": "sold", "partitions": [0]}]})
    for sequence in (0, 1):
        ask(f"desk sells {sequence}", 0, 9, produced("sold", records((b"t", b"v"), at=_OLD + sequence * 50, attributes=0x10, producer=(me["producer_id"], me["producer_epoch"], sequence)), transaction="desk"))
    time.sleep(_LOOKS)
    stage.ask_all([("sold begins", 2, 7, listed("sold", -2)), ("sold's stable end", 2, 7, listed("sold", -1, committed=True)), ("sold is read", 1, 12, fetched("sold", 2, committed=True)), ("desk is described", 65, 0, {"transactional_ids": ["desk", "no"]})])
    stage.instead([(each["error_code"], each["transaction_state"], each["topics"]) for each in stage.answers[-1][1]["transaction_states"]])
    stage.ask_all([("desk is done", 26, 3, {**who, "committed": True}), ("desk is done again", 26, 3, {**who, "committed": True}), ("desk is undone", 26, 3, {**who, "committed": False})])
    time.sleep(SETTLING)
    stage.ask_all([("sold ends", 2, 7, listed("sold", -1)), ("sold's stable end then", 2, 7, listed("sold", -1, committed=True)), ("producers", 61, 0, {"topics": [{"name": "sold", "partition_indexes": [0, 3]}]})])
    stage.instead([[(p["partition_index"], p["error_code"], len(p["active_producers"])) for p in t["partitions"]] for t in stage.answers[-1][1]["topics"]])
    ask("desk too long", 22, 4, {**begin, "transaction_timeout": 900_001})
    ask("desk at once", 22, 4, {**begin, "transaction_timeout": 0})


def _office(stage: Stage) -> None:
    """Settings of all that."""
    def sets(kind: int, name: str, *changes: tuple[str, int, str | None], dry: bool = False) -> dict[str, Any]:
        return {"resources": [{"resource_type": kind, "resource_name": name, "configs": [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]}], "validate_only": dry}

    def looks(kind: int, name: str, *keys: str) -> dict[str, Any]:
        return {"resources": [{"resource_type": kind, "resource_name": name, "configuration_keys": list(keys)}], "include_synonyms": True, "include_documentation": False}

    stage.ask_all([("retention of kept", 44, 1, sets(2, "kept", ("retention.ms", 0, "5"), ("retention.bytes", 0, "-1"))), ("retention below", 44, 1, sets(2, "kept", ("retention.ms", 0, "-2"))), ("policies", 44, 1, sets(2, "kept", ("cleanup.policy", 2, "compact"))), ("policies less", 44, 1, sets(2, "kept", ("cleanup.policy", 3, "delete"))), ("policies none", 44, 1, sets(2, "kept", ("cleanup.policy", 3, "compact"))), ("lags", 44, 1, sets(2, "kept", ("min.compaction.lag.ms", 0, "10"), ("max.compaction.lag.ms", 0, "5"))), ("delay", 44, 1, sets(2, "kept", ("file.delete.delay.ms", 0, "0"))), ("jitter", 44, 1, sets(2, "kept", ("segment.jitter.ms", 0, "9223372036854775808"))), ("broker's check", 44, 1, sets(4, "1", ("log.retention.check.interval.ms", 0, "5"), dry=True)), ("broker's offsets", 44, 1, sets(4, "1", ("offsets.retention.minutes", 0, "5"), dry=True)), ("broker's ids", 44, 1, sets(4, "1", ("transactional.id.expiration.ms", 0, "5"), dry=True)), ("broker's cleaner", 44, 1, sets(4, "", ("log.cleaner.backoff.ms", 0, "-5"), dry=True)), ("broker's ratio", 44, 1, sets(4, "", ("log.cleaner.min.cleanable.ratio", 0, "1.5"), dry=True))])
    time.sleep(SETTLING)
    stage.ask_all([("kept looked at", 32, 4, looks(2, "kept", "retention.ms", "cleanup.policy", "file.delete.delay.ms", "min.compaction.lag.ms")), ("broker looked at", 32, 4, looks(4, "1", "log.retention.check.interval.ms", "offsets.retention.check.interval.ms", "offsets.retention.minutes", "log.retention.ms", "log.retention.hours", "transactional.id.expiration.ms"))])


STEPS = 123


def play(stage: Stage) -> None:
    """A season of the ferry."""
    stage.wait_for_coordinators()
    for part in (_bookings, _boarding, _tickets, _office):
        part(stage)
