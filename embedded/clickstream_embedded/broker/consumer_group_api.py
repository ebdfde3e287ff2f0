"""Handlers of the new consumer group protocol (KIP-848)."""

from __future__ import annotations

from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.assignors import Place
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.consumer_groups import Beat, ConsumerMember
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.java_hash import in_map_order

_NOT_ASKED = -(2**31)
_NOTHING: dict[str, Any] = {"group_state": "", "assignor_name": "", "members": (), "authorized_operations": _NOT_ASKED}
_OPERATIONS = 328  # what anybody may do with a group where no authorizer is configured (KIP-430)


def _by_topic(broker: Broker, places: set[Place]) -> list[dict[str, Any]]:
    numbers: dict[str, list[int]] = {}
    for topic, number in sorted(places):
        numbers.setdefault(topic, []).append(number)
    found = ((name, broker.topics.get(name), partitions) for name, partitions in numbers.items())
    return [
        {"topic_id": topic.topic_id, "topic_name": name, "partitions": partitions}
        for name, topic, partitions in found
        if topic
    ]


async def heartbeat(broker: Broker, request: Any, client_id: str, host: str) -> dict[str, Any]:
    """ConsumerGroupHeartbeat. Refused where `group.coordinator.rebalance.protocols` is without `consumer`, as by default."""
    groups = broker.consumer_groups
    if groups is None:
        return {"error_code": ErrorCode.unsupported_version, "member_id": None, "member_epoch": 0}
    classic = broker.coordinator.groups.get(request.group_id)
    timeout = request.rebalance_timeout.total_seconds()
    owned = None
    if request.topic_partitions is not None:
        owned = frozenset(
            (broker.topics.name_of(each.topic_id), number)
            for each in request.topic_partitions
            for number in each.partitions
        )
    try:
        is_old = classic is not None or request.group_id in broker.offsets.groups()
        if (
            is_old
            and request.group_id not in groups.groups
            and (request.member_epoch != 0 or (classic and classic.members))
        ):
            raise KafkaApiError(ErrorCode.group_id_not_found, f"Group {request.group_id} is not a consumer group.")
        member, assignment = groups.beat(Beat(
            request.group_id, request.member_id, request.member_epoch, request.instance_id, timeout,
            request.subscribed_topic_names, request.server_assignor, owned, getattr(request, "subscribed_topic_regex", None), client_id, host, request.rack_id,
        ))  # fmt: skip
    except KafkaApiError as error:
        return {"error_code": error.code, "error_message": error.message or None, "member_id": None, "member_epoch": 0}
    broker.coordinator.forget(request.group_id)
    told = None if assignment is None else {"topic_partitions": _by_topic(broker, assignment)}
    interval = broker.settings.number("group.consumer.heartbeat.interval.ms") if request.member_epoch >= 0 else 0
    return {"error_code": 0, "member_id": member.member_id, "member_epoch": member.epoch, "heartbeat_interval": interval,
            "assignment": told}  # fmt: skip


async def describe(broker: Broker, request: Any) -> dict[str, Any]:
    """ConsumerGroupDescribe."""
    if broker.consumer_groups is not None and "" in request.group_ids:  # Kafka's own service throws
        failed = {"error_code": ErrorCode.unknown_server_error, **_NOTHING}
        return {"groups": [{"group_id": name, **failed} for name in request.group_ids]}
    return {"groups": [_described(broker, name, request.include_authorized_operations) for name in request.group_ids]}


def _described(broker: Broker, name: str, asked: bool) -> dict[str, Any]:
    head: dict[str, Any] = {"group_id": name, **_NOTHING}
    if broker.consumer_groups is None:
        return {**head, "error_code": ErrorCode.unsupported_version}
    group = broker.consumer_groups.groups.get(name)
    if group is None:
        return {**head, "error_code": ErrorCode.group_id_not_found}

    def shown(member: ConsumerMember) -> dict[str, Any]:
        return {
            "member_id": member.member_id, "instance_id": member.instance_id, "rack_id": member.rack, "member_epoch": member.epoch,
            "client_id": member.client_id, "client_host": f"/{member.client_host}",
            "subscribed_topic_names": tuple(in_map_order(member.named)), "subscribed_topic_regex": member.pattern, "member_type": 1,
            "assignment": {"topic_partitions": _by_topic(broker, member.assigned)},
            "target_assignment": {"topic_partitions": _by_topic(broker, group.target.get(member.member_id, set()))},
        }  # fmt: skip

    return {**head, "error_code": 0, "group_state": group.state, "group_epoch": group.epoch, "assignment_epoch": group.target_epoch,
            "assignor_name": group.assignor, "members": [shown(each) for each in group.members.values()],
            "authorized_operations": _OPERATIONS if asked else _NOT_ASKED}  # fmt: skip
