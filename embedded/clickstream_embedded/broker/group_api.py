"""Handlers of the consumer group APIs."""

from __future__ import annotations

from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.offsets import Committed
from clickstream_embedded.broker.transactions import Place


def _milliseconds(value: Any) -> int:
    return round(value.total_seconds() * 1000) if hasattr(value, "total_seconds") else int(value)


async def find_coordinator(broker: Broker, request: Any) -> dict[str, Any]:
    node = {"node_id": NODE_ID, "host": broker.host, "port": broker.port, "error_code": 0, "error_message": None}
    keys = getattr(request, "coordinator_keys", None)
    return {**node, "coordinators": [{"key": key, **node} for key in keys or ()]}


async def join_group(broker: Broker, request: Any, client_id: str, host: str) -> dict[str, Any]:
    session = _milliseconds(getattr(request, "session_timeout", getattr(request, "session_timeout_ms", 30_000)))
    rebalance = getattr(request, "rebalance_timeout", getattr(request, "rebalance_timeout_ms", session))
    return await broker.coordinator.join(
        request.group_id,
        request.member_id,
        client_id=client_id,
        client_host=host,
        instance_id=getattr(request, "group_instance_id", None),
        session_ms=session,
        rebalance_ms=_milliseconds(rebalance),
        protocol_type=request.protocol_type,
        protocols=[(each.name, each.metadata) for each in request.protocols],
        require_known_member=request.__version__ >= 4,
    )


async def sync_group(broker: Broker, request: Any) -> dict[str, Any]:
    assignments = {each.member_id: each.assignment for each in request.assignments}
    return await broker.coordinator.sync(request.group_id, request.member_id, request.generation_id, assignments)


async def heartbeat(broker: Broker, request: Any) -> dict[str, Any]:
    code = broker.coordinator.heartbeat(request.group_id, request.member_id, request.generation_id)
    return {"error_code": code}


async def leave_group(broker: Broker, request: Any) -> dict[str, Any]:
    if not hasattr(request, "members"):
        return {"error_code": broker.coordinator.leave(request.group_id, request.member_id)}
    members = [
        {
            "member_id": each.member_id,
            "group_instance_id": each.group_instance_id,
            "error_code": broker.coordinator.leave(request.group_id, each.member_id, each.group_instance_id),
        }
        for each in request.members
    ]
    return {"error_code": 0, "members": members}


def committed(each: Any) -> Committed:
    """The offset that a partition of a commit request gives."""
    epoch = getattr(each, "committed_leader_epoch", -1)
    return Committed(each.committed_offset, epoch, each.committed_metadata or "")


async def offset_commit(broker: Broker, request: Any) -> dict[str, Any]:
    generation = getattr(request, "generation_id_or_member_epoch", getattr(request, "generation_id", -1))
    code = ErrorCode.none
    if generation >= 0 or request.member_id:
        code = broker.coordinator.check(request.group_id, request.member_id, generation)
    offsets: dict[tuple[str, int], Committed] = {}
    topics: list[dict[str, Any]] = []
    for topic in request.topics:
        partitions: list[dict[str, Any]] = []
        for each in topic.partitions:
            own = code
            if code is ErrorCode.none and broker.topics.partition(topic.name, each.partition_index) is None:
                own = ErrorCode.unknown_topic_or_partition
            if own is ErrorCode.none:
                offsets[topic.name, each.partition_index] = committed(each)
            partitions.append({"partition_index": each.partition_index, "error_code": own})
        topics.append({"name": topic.name, "partitions": partitions})
    if offsets:
        broker.offsets.commit(request.group_id, offsets)
    return {"topics": topics}


def _fetch_offsets(broker: Broker, group_id: str, wanted: Any, *, stable: bool) -> list[dict[str, Any]]:
    known = broker.offsets.fetch(group_id)
    pending = broker.transactions.pending(group_id) if stable else set[Place]()
    if wanted is None:
        names: dict[str, list[int]] = {}
        for topic, partition in known:
            names.setdefault(topic, []).append(partition)
    else:
        names = {each.name: list(each.partition_indexes) for each in wanted}
    absent = Committed(-1, -1, "")

    def answer(topic: str, partition: int) -> dict[str, Any]:
        is_pending = (topic, partition) in pending  # KIP-447: wait until the transaction has ended
        place = absent if is_pending else known.get((topic, partition), absent)
        return {
            "partition_index": partition, "committed_offset": place.offset,
            "committed_leader_epoch": place.leader_epoch, "metadata": place.metadata,
            "error_code": ErrorCode.unstable_offset_commit if is_pending else ErrorCode.none,
        }  # fmt: skip

    return [{"name": t, "partitions": [answer(t, p) for p in partitions]} for t, partitions in names.items()]


async def offset_fetch(broker: Broker, request: Any) -> dict[str, Any]:
    stable = getattr(request, "require_stable", False)

    def answer(wanted: Any) -> dict[str, Any]:
        topics = _fetch_offsets(broker, wanted.group_id, wanted.topics, stable=stable)
        return {"group_id": wanted.group_id, "topics": topics, "error_code": 0}

    if hasattr(request, "groups"):
        return {"groups": [answer(each) for each in request.groups]}
    return answer(request)


async def offset_delete(broker: Broker, request: Any) -> dict[str, Any]:
    topics: list[dict[str, Any]] = []
    for topic in request.topics:
        for each in topic.partitions:
            broker.offsets.delete(request.group_id, topic.name, each.partition_index)
        partitions = [{"partition_index": each.partition_index, "error_code": 0} for each in topic.partitions]
        topics.append({"name": topic.name, "partitions": partitions})
    return {"error_code": 0, "topics": topics}


async def list_groups(broker: Broker, request: Any) -> dict[str, Any]:
    names = dict.fromkeys([*broker.coordinator.groups, *broker.offsets.groups()])
    states: set[str] = set(getattr(request, "states_filter", ()) or ())
    groups: list[dict[str, Any]] = []
    for name in sorted(names):
        group = broker.coordinator.groups.get(name)
        state = group.state if group else "Empty"
        if not states or state in states:
            kind = group.protocol_type if group else "consumer"
            groups.append({"group_id": name, "protocol_type": kind, "group_state": state, "group_type": "classic"})
    return {"error_code": 0, "groups": groups}


async def describe_groups(broker: Broker, request: Any) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    stored = set(broker.offsets.groups())
    for name in request.groups:
        group = broker.coordinator.groups.get(name)
        members = [
            {
                "member_id": member.member_id, "group_instance_id": member.instance_id,
                "client_id": member.client_id, "client_host": f"/{member.client_host}",
                "member_metadata": dict(member.protocols).get(group.protocol, b""),
                "member_assignment": member.assignment,
            }
            for member in group.members.values()
        ] if group else []  # fmt: skip
        groups.append({
            "error_code": 0, "group_id": name, "group_state": group.state if group else
            ("Empty" if name in stored else "Dead"), "protocol_type": group.protocol_type if group else "consumer",
            "protocol_data": group.protocol if group else "", "members": members,
        })  # fmt: skip
    return {"groups": groups}


async def delete_groups(broker: Broker, request: Any) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for name in request.groups_names:
        known = name in broker.coordinator.groups or name in broker.offsets.groups()
        code = broker.coordinator.delete(name) if known else ErrorCode.group_id_not_found
        if code is ErrorCode.none:
            broker.offsets.delete_group(name)
        results.append({"group_id": name, "error_code": code})
    return {"results": results}
