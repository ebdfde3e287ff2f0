"""Committed offsets end: `offsets.retention.minutes` after their group was last in use (KIP-211), and groups with them."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.groups import Group, GroupState
from clickstream_embedded.broker.offsets import Dated

log = logging.getLogger("broker")
_MINUTE = 60_000  # ms
_CONSUMER = "consumer"  # the protocol type of consumers


def subscribed(broker: Broker, group_id: str) -> set[str] | None:
    """The topics that the members of a group of consumers read (KIP-496); None where that cannot be read."""
    topics: set[str] = set()
    if broker.consumer_groups is not None and group_id in broker.consumer_groups.groups:
        return topics.union(*(each.topics for each in broker.consumer_groups.groups[group_id].members.values()))
    group = broker.coordinator.groups.get(group_id)
    if group is None or group.protocol_type != _CONSUMER:
        return topics
    for member in group.members.values():
        data = dict(member.protocols).get(group.protocol, b"")
        try:
            (count,) = struct.unpack_from(">i", data, 2)  # behind the version
            place = 6
            for _ in range(count):
                (length,) = struct.unpack_from(">h", data, place)
                topics.add(data[place + 2 : place + 2 + length].decode())
                place += 2 + length
        except (struct.error, UnicodeDecodeError):
            return None
    return topics


def _committed(dated: Dated) -> int:
    return dated.committed


def _base(group: Group | None) -> Callable[[Dated], int] | None:
    """From when on the offsets of a group of the classic protocol count; None where they do not end now."""
    if group is None or not group.protocol_type:  # of a consumer without a group, or one of the new protocol
        return _committed
    if group.state is GroupState.EMPTY:
        return lambda _: group.since
    return _committed if group.state is GroupState.STABLE and group.protocol_type == _CONSUMER else None


def _expire_of(broker: Broker, group_id: str, now: int, keep: int) -> int:
    """Forgets the offsets of one group that have ended; gives how many."""
    is_new = broker.consumer_groups is not None and group_id in broker.consumer_groups.groups
    base = _base(None if is_new else broker.coordinator.groups.get(group_id))
    in_use = subscribed(broker, group_id)
    if base is None or in_use is None:
        return 0
    pending = broker.transactions.pending(group_id)
    ended = [
        place
        for place, dated in broker.offsets.dates(group_id).items()
        if place not in pending
        and place[0] not in in_use
        and (now >= dated.ends if dated.ends is not None else now - base(dated) >= keep)
    ]
    for topic, partition in ended:
        broker.offsets.delete(group_id, topic, partition)
    return len(ended)


def expire_offsets(broker: Broker) -> None:
    """Forgets what has ended by the broker's clock, and groups that nothing is left of."""
    now, keep = broker.clock(), broker.settings.number("offsets.retention.minutes") * _MINUTE
    count = sum(_expire_of(broker, group_id, now, keep) for group_id in broker.offsets.groups())
    if count:
        log.info("%d committed offsets have ended", count)
    forget_empty_groups(broker)


def forget_empty_groups(broker: Broker) -> None:
    """Groups without members, offsets and a transaction that may give them some are no more."""
    kept = set(broker.offsets.groups())

    def is_over(group_id: str) -> bool:
        return group_id not in kept and not broker.transactions.pending(group_id)

    for group_id, group in list(broker.coordinator.groups.items()):
        if group.state is GroupState.EMPTY and not group.pending and is_over(group_id):
            broker.coordinator.forget(group_id)
    new = broker.consumer_groups.groups if broker.consumer_groups is not None else {}
    for group_id, group in list(new.items()):
        if not group.members and is_over(group_id):
            del new[group_id]
