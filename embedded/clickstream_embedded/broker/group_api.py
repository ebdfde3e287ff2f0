"""Handlers of the consumer group APIs."""

from __future__ import annotations

from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.errors import MALFORMED
from clickstream_embedded.broker.groups import Group, GroupState
from clickstream_embedded.broker.merging import merged
from clickstream_embedded.broker.offset_expiry import subscribed
from clickstream_embedded.broker.offsets import Committed
from clickstream_embedded.broker.topics import OFFSETS, TRANSACTIONS
from clickstream_embedded.broker.transactions import Place

_GROUP, _TRANSACTION, _SHARE = range(3)  # key types of FindCoordinator
_KEEPERS = {_GROUP: OFFSETS, _TRANSACTION: TRANSACTIONS}  # the topics that say who coordinates
_KNOWS_SHARE = 6  # the version that knows of the last
_LONGEST_METADATA = "offset.metadata.max.bytes"
OPERATIONS = 328  # what anybody may do with a group where no authorizer is configured (KIP-430)
_NOT_ASKED = -(2**31)
_NAMES_PROTOCOL = 5  # the version of SyncGroup from which on a member must say what it speaks (KIP-559)


def _milliseconds(value: Any) -> int:
    return round(value.total_seconds() * 1000) if hasattr(value, "total_seconds") else int(value)


def _instance(request: Any) -> str | None:
    return getattr(request, "group_instance_id", None)


async def find_coordinator(broker: Broker, request: Any) -> dict[str, Any]:
    node: dict[str, Any] = {
        "node_id": NODE_ID, "host": broker.host, "port": broker.port, "error_code": 0, "error_message": "",
    }  # fmt: skip
    kind = getattr(request, "key_type", _GROUP)
    if kind in _KEEPERS:
        broker.internal_topic(_KEEPERS[kind])
    if kind not in (_GROUP, _TRANSACTION):
        node = {
            "node_id": -1,
            "host": "",
            "port": -1,
            "error_code": ErrorCode.invalid_request,
            "error_message": MALFORMED,
        }
        if kind == _SHARE and hasattr(request, "coordinator_keys"):
            node["error_message"] = ""
        if kind == _SHARE and request.__version__ >= _KNOWS_SHARE:  # known, but not there
            node["error_code"] = ErrorCode.coordinator_not_available
    keys = getattr(request, "coordinator_keys", None)
    if not keys:  # before version 4 the one coordinator comes with a word for its lack of an error
        node["error_message"] = node["error_message"] or "NONE"
    return {**node, "coordinators": [{"key": key, **node} for key in keys or ()]}


async def join_group(broker: Broker, request: Any, client_id: str, host: str) -> dict[str, Any]:
    if broker.consumer_groups is not None and _is_new(broker, request.group_id):
        if broker.consumer_groups.groups[request.group_id].members:  # its members speak the other protocol
            return {"error_code": ErrorCode.inconsistent_group_protocol, "member_id": request.member_id, "generation_id": -1,
                    "protocol_name": None, "leader": "", "members": ()}  # fmt: skip
        del broker.consumer_groups.groups[request.group_id]
    session = _milliseconds(getattr(request, "session_timeout", getattr(request, "session_timeout_ms", 30_000)))
    rebalance = getattr(request, "rebalance_timeout", getattr(request, "rebalance_timeout_ms", session))
    return await broker.coordinator.join(
        request.group_id,
        request.member_id,
        client_id=client_id,
        client_host=host,
        instance_id=_instance(request),
        session_ms=session,
        rebalance_ms=_milliseconds(rebalance),
        protocol_type=request.protocol_type,
        protocols=[(each.name, each.metadata) for each in request.protocols],
        require_known_member=request.__version__ >= 4,
        knows_skipping=request.__version__ >= 9,
    )


async def sync_group(broker: Broker, request: Any) -> dict[str, Any]:
    assignments = {each.member_id: each.assignment for each in request.assignments}
    protocol = getattr(request, "protocol_type", None), getattr(request, "protocol_name", None)
    if request.__version__ >= _NAMES_PROTOCOL and None in protocol:
        return {"error_code": ErrorCode.inconsistent_group_protocol, "assignment": b""}
    return await broker.coordinator.sync(
        request.group_id, request.member_id, request.generation_id, assignments, _instance(request), protocol
    )


async def heartbeat(broker: Broker, request: Any) -> dict[str, Any]:
    code = broker.coordinator.heartbeat(request.group_id, request.member_id, request.generation_id, _instance(request))
    return {"error_code": code}


async def leave_group(broker: Broker, request: Any) -> dict[str, Any]:
    if not request.group_id:
        return {"error_code": ErrorCode.invalid_group_id, "members": ()}
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


def _is_new(broker: Broker, group_id: str) -> bool:
    """Whether it is a group of the new protocol (KIP-848)."""
    return broker.consumer_groups is not None and group_id in broker.consumer_groups.groups


def is_long(broker: Broker, metadata: str) -> bool:
    """Whether that is more than is kept with an offset: as Java counts, in units of UTF-16."""
    return len(metadata.encode("utf-16-be")) // 2 > broker.settings.number(_LONGEST_METADATA)


def committed(each: Any) -> Committed:
    """The offset that a partition of a commit request gives."""
    epoch = getattr(each, "committed_leader_epoch", -1)
    return Committed(each.committed_offset, epoch, each.committed_metadata or "")


async def offset_commit(broker: Broker, request: Any) -> dict[str, Any]:
    generation = getattr(request, "generation_id_or_member_epoch", getattr(request, "generation_id", -1))
    if _is_new(broker, request.group_id):
        assert broker.consumer_groups is not None
        code = broker.consumer_groups.commit_code(request.group_id, request.member_id, generation, request.__version__)
    else:
        known = broker.offsets.has_group(request.group_id)
        code = broker.coordinator.commit_code(
            request.group_id, request.member_id, generation, _instance(request), known=known
        )
    offsets: dict[tuple[str, int], Committed] = {}
    refused = False
    topics: list[dict[str, Any]] = []
    for name, wanted in merged(request.topics, keeps_empty=lambda name: broker.topics.get(name) is None).items():
        partitions: list[dict[str, Any]] = []
        for each in wanted.values():
            own = code
            if broker.topics.partition(name, each.partition_index) is None:
                own = ErrorCode.unknown_topic_or_partition
            elif code is ErrorCode.none and is_long(broker, each.committed_metadata or ""):
                own, refused = ErrorCode.offset_metadata_too_large, True
            if own is ErrorCode.none:
                offsets[name, each.partition_index] = committed(each)
            partitions.append({"partition_index": each.partition_index, "error_code": own})
        topics.append({"name": name, "partitions": partitions})
    if offsets:
        now = broker.clock()
        keep = _milliseconds(getattr(request, "retention_time", -1))  # clients of before 2.1 say for how long (KIP-211)
        broker.offsets.commit(request.group_id, offsets, now, now + keep if keep >= 0 else None)
    elif refused:  # the group has been asked, so it is there
        broker.coordinator.make_known(request.group_id)
    return {"topics": topics}


def _fetch_offsets(broker: Broker, group_id: str, wanted: Any, *, stable: bool) -> list[dict[str, Any]]:
    known = broker.offsets.fetch(group_id)
    pending = broker.transactions.pending(group_id) if stable else set[Place]()
    if wanted is None:
        names: dict[str, list[int]] = {}
        for topic, partition in known:
            names.setdefault(topic, []).append(partition)
    else:
        names = {name: list(numbers) for name, numbers in merged(wanted, "partition_indexes", "").items()}
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
        who = getattr(wanted, "member_id", None), getattr(wanted, "member_epoch", -1)
        if broker.consumer_groups is not None and _is_new(broker, wanted.group_id):
            code = broker.consumer_groups.fetch_code(wanted.group_id, *who)
            if code is not ErrorCode.none:
                return {"group_id": wanted.group_id, "topics": (), "error_code": code}
        topics = _fetch_offsets(broker, wanted.group_id, wanted.topics, stable=stable)
        return {"group_id": wanted.group_id, "topics": topics, "error_code": 0}

    if hasattr(request, "groups"):
        return {"groups": [answer(each) for each in request.groups]}
    return answer(request)


async def offset_delete(broker: Broker, request: Any) -> dict[str, Any]:
    """OffsetDelete (KIP-496)."""
    if not request.group_id:
        return {"error_code": ErrorCode.invalid_group_id, "topics": ()}
    group = broker.coordinator.groups.get(request.group_id)
    if group is None and not _is_new(broker, request.group_id) and request.group_id not in broker.offsets.groups():
        return {"error_code": ErrorCode.group_id_not_found, "topics": ()}
    if group is not None and group.members and group.protocol_type != "consumer":
        return {"error_code": ErrorCode.non_empty_group, "topics": ()}
    in_use = subscribed(broker, request.group_id)

    def delete(topic: str, number: int) -> ErrorCode:
        if broker.topics.partition(topic, number) is None:
            return ErrorCode.unknown_topic_or_partition
        if in_use is None or topic in in_use:
            return ErrorCode.group_subscribed_to_topic
        broker.offsets.delete(request.group_id, topic, number)
        return ErrorCode.none

    topics = [
        {"name": name, "partitions": [
            {"partition_index": number, "error_code": delete(name, number)} for number in wanted
        ]}
        for name, wanted in merged(request.topics, keeps_empty=lambda name: broker.topics.get(name) is None).items()
    ]  # fmt: skip
    if group is not None and not group.members and request.group_id not in broker.offsets.groups():
        broker.coordinator.delete(request.group_id)  # nothing is left of it
    return {"error_code": 0, "topics": topics}


async def list_groups(broker: Broker, request: Any) -> dict[str, Any]:
    names = dict.fromkeys([*broker.coordinator.groups, *broker.offsets.groups()])
    states = {each.lower() for each in getattr(request, "states_filter", ()) or ()}
    types = {each.lower() for each in getattr(request, "types_filter", ()) or ()}
    groups: list[dict[str, Any]] = []
    new = broker.consumer_groups.groups if broker.consumer_groups is not None else {}
    for name, each in sorted(new.items()):
        if (not states or each.state.lower() in states) and (not types or "consumer" in types):
            groups.append(
                {"group_id": name, "protocol_type": "consumer", "group_state": each.state, "group_type": "consumer"}
            )
    for name in sorted(names.keys() - new.keys()):
        group = broker.coordinator.groups.get(name)
        state = group.state if group else GroupState.EMPTY
        if (not states or state.lower() in states) and (not types or "classic" in types):
            kind = group.protocol_type if group else ""
            groups.append(
                {"group_id": name, "protocol_type": kind, "group_state": state.value, "group_type": "classic"}
            )
    return {"error_code": 0, "groups": groups}


def _is_stable(group: Group) -> bool:
    return group.state is GroupState.STABLE


async def describe_groups(broker: Broker, request: Any) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    stored = set(broker.offsets.groups())
    asked = getattr(request, "include_authorized_operations", False)
    for name in request.groups:
        group = broker.coordinator.groups.get(name)
        members = [
            {
                "member_id": member.member_id, "group_instance_id": member.instance_id,
                "client_id": member.client_id, "client_host": f"/{member.client_host}",
                "member_metadata": dict(member.protocols).get(group.protocol, b"") if _is_stable(group) else b"",
                "member_assignment": member.assignment if _is_stable(group) else b"",
            }
            for member in group.members.values()
        ] if group else []  # fmt: skip
        absent = GroupState.EMPTY if name in stored and not _is_new(broker, name) else GroupState.DEAD
        groups.append({
            "error_code": 0, "group_id": name, "group_state": (group.state if group else absent).value,
            "protocol_type": group.protocol_type if group else "",
            "protocol_data": group.protocol if group and group.state is GroupState.STABLE else "", "members": members,
            "authorized_operations": OPERATIONS if asked else _NOT_ASKED,
        })  # fmt: skip
    return {"groups": groups}


async def delete_groups(broker: Broker, request: Any) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for name in dict.fromkeys(request.groups_names):
        known = name in broker.coordinator.groups or name in broker.offsets.groups() or _is_new(broker, name)
        if broker.consumer_groups is not None and _is_new(broker, name):
            code = broker.consumer_groups.delete(name)
            if code is not ErrorCode.none:
                results.append({"group_id": name, "error_code": code})
                continue
        code = broker.coordinator.delete(name) if known else ErrorCode.group_id_not_found
        if code is ErrorCode.none:
            broker.offsets.delete_group(name)
        results.append({"group_id": name, "error_code": code})
    return {"results": results}
