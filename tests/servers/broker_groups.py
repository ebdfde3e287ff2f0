"""Requests to a broker about consumer groups and transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.kafka_wire import Request


def _commit(group: str, *, generation: int = -1, member: str = "", metadata: str = "m", number: int = 0,
           topic: str = "as", instance: str | None = None) -> dict[str, Any]:  # fmt: skip
    place = {
        "partition_index": number,
        "committed_offset": 5,
        "committed_leader_epoch": -1,
        "committed_metadata": metadata,
    }
    return {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": member,
            "group_instance_id": instance, "topics": [{"name": topic, "partitions": [place]}]}  # fmt: skip


def _committing() -> Iterator[Request]:
    for name, fields in {
        "a simple consumer's": _commit("g1"), "no partition": _commit("g1", number=9), "no topic": _commit("g1", topic="nope"),
        "long metadata": _commit("g1", metadata="m" * 5000), "no group": _commit(""),
        "of a generation": _commit("g2", generation=4, member="m"), "of a member": _commit("g3", member="m"),
        "of an instance": _commit("g4", generation=1, member="m", instance="i"),
    }.items():  # fmt: skip
        yield Request("offsets", f"commit {name}", 8, 8, fields)

    def held(group: str, topics: Any) -> dict[str, Any]:
        return {"groups": [{"group_id": group, "topics": topics}], "require_stable": False}

    yield Request("offsets", "of a group", 9, 8, held("g1", None))
    yield Request("offsets", "of none", 9, 8, held("none", [{"name": "as", "partition_indexes": [0, 9]}]))
    gone = [{"name": "as", "partitions": [{"partition_index": 0}, {"partition_index": 9}]}]
    yield Request("offsets", "delete", 47, 0, {"group_id": "g1", "topics": gone})
    yield Request("offsets", "delete of none", 47, 0, {"group_id": "none", "topics": gone})


def _joining() -> Iterator[Request]:
    joining = {"group_id": "jg", "session_timeout": 10_000, "rebalance_timeout": 10_000, "member_id": "",
               "group_instance_id": None, "protocol_type": "consumer",
               "protocols": [{"name": "range", "metadata": b""}], "reason": None}  # fmt: skip
    for name, change in {"no protocol": {"protocols": []}, "a short session": {"session_timeout": 1},
                         "a long session": {"session_timeout": 9_000_000}, "an unknown member": {"member_id": "who"},
                         "no group": {"group_id": ""}, "no type": {"protocol_type": ""},
                         "an unknown static member": {"member_id": "who", "group_instance_id": "i"}}.items():  # fmt: skip
        yield Request("groups", f"join with {name}", 11, 9, {**joining, **change})
    yield Request("groups", "join as static", 11, 9, {**joining, "group_id": "sg", "group_instance_id": "i"})
    yield Request("groups", "heartbeat of a fenced one", 12, 4,
                  {"group_id": "sg", "generation_id": 1, "member_id": "x", "group_instance_id": "i"})  # fmt: skip
    yield Request("groups", "commit of a fenced one", 8, 8, _commit("sg", generation=1, member="x", instance="i"))
    yield Request("groups", "sync of a fenced one", 14, 5,
                  {"group_id": "sg", "generation_id": 1, "member_id": "x", "group_instance_id": "i",
                   "protocol_type": "consumer", "protocol_name": "range", "assignments": ()})  # fmt: skip
    yield Request("groups", "commit beside members", 8, 8, _commit("sg"))
    yield Request("groups", "delete with members", 42, 2, {"groups_names": ["sg"]})
    yield Request("groups", "leave of a fenced one", 13, 5,
                  {"group_id": "sg", "members": [{"member_id": "x", "group_instance_id": "i", "reason": None}]})  # fmt: skip
    yield Request("groups", "leave by instance", 13, 5,
                  {"group_id": "sg", "members": [{"member_id": "", "group_instance_id": "i", "reason": None}]})  # fmt: skip


def _looking() -> Iterator[Request]:
    for version in (0, 2, 5):
        yield Request("groups", f"describe {version}", 15, version, {"groups": ["sg", "none"]})
    yield Request("groups", "heartbeat of none", 12, 4,
                  {"group_id": "nog", "generation_id": 1, "member_id": "x", "group_instance_id": None})  # fmt: skip
    members = [{"member_id": "x", "group_instance_id": None, "reason": None}]
    yield Request("groups", "leave of none", 13, 5, {"group_id": "nog", "members": members})
    yield Request(
        "groups", "describe with operations", 15, 5, {"groups": ["none"], "include_authorized_operations": True}
    )
    yield Request("groups", "delete none", 42, 2, {"groups_names": ["none"]})
    yield Request("groups", "list of a state", 16, 5, {"states_filter": ["Foo"], "types_filter": []})
    yield Request("groups", "new heartbeat", 68, 0,
                  {"group_id": "g", "member_id": "", "member_epoch": 0, "instance_id": None, "rack_id": None,
                   "rebalance_timeout_ms": 45_000, "subscribed_topic_names": ["as"], "server_assignor": None,
                   "topic_partitions": []})  # fmt: skip
    yield Request("groups", "new describe", 69, 0, {"group_ids": ["g"], "include_authorized_operations": False})
    for version in (0, 1, 3):
        yield Request("groups", f"coordinator {version}", 10, version, {"key": "g", "key_type": 0})
    yield Request("groups", "coordinators", 10, 6, {"key_type": 0, "coordinator_keys": ["g", ""]})
    yield Request("groups", "coordinator of what", 10, 6, {"key_type": 9, "coordinator_keys": ["t"]})


def grouping() -> Iterator[Request]:
    """Of offsets and members, in the order of their lives."""
    yield from _committing()
    yield from _joining()
    yield from _looking()


def transactions() -> Iterator[Request]:
    """Of producers with a transactional id."""
    begin = {"transactional_id": "t", "transaction_timeout": 60_000, "producer_id": -1, "producer_epoch": -1}
    for name, change in {
        "an empty id": {"transactional_id": ""},
        "a long time": {"transaction_timeout": 90_000_000},
    }.items():
        yield Request("transactions", name, 22, 4, {**begin, **change})
    yield Request("transactions", "producers", 61, 0, {"topics": [{"name": "at", "partition_indexes": [0, 9]},
                                                                  {"name": "nope", "partition_indexes": [0]}]})  # fmt: skip
    yield Request("transactions", "describe", 65, 0, {"transactional_ids": ["none", ""]})
    yield Request(
        "transactions", "list", 66, 1, {"state_filters": ["Foo"], "producer_id_filters": [], "duration_filter": -1}
    )
