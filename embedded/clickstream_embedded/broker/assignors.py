"""The assignors of the new consumer group protocol, which run in the broker (KIP-848): uniform and range."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Place = tuple[str, int]  # topic, partition
Assignment = dict[str, set[Place]]  # by member id


def uniform(
    subscriptions: Mapping[str, set[str]], counts: Mapping[str, int], before: Mapping[str, set[Place]]
) -> Assignment:
    """As even as the subscriptions allow, moving as little as it takes.

    Args:
        subscriptions: the topics of each member.
        counts: the number of partitions of each topic that there is.
        before: what each member had.
    """
    every = {(topic, number) for topic, count in counts.items() for number in range(count)}
    found: Assignment = {}
    taken: set[Place] = set()
    for member in sorted(subscriptions):
        kept = {place for place in before.get(member, set()) & every if place[0] in subscriptions[member]} - taken
        found[member] = kept
        taken |= kept
    for place in sorted(every - taken):
        able = [member for member in sorted(found) if place[0] in subscriptions[member]]
        if able:
            found[min(able, key=lambda member: len(found[member]))].add(place)
    for _ in range(len(every)):
        if not _moved(found, subscriptions):
            break
    return found


def _moved(found: Assignment, subscriptions: Mapping[str, set[str]]) -> bool:
    """Moves one partition to a member that has at least two fewer, where there is one."""
    by_load = sorted(found, key=lambda member: (len(found[member]), member))
    for giver in reversed(by_load):
        for taker in by_load:
            if len(found[giver]) - len(found[taker]) < 2:
                break
            able = sorted(place for place in found[giver] if place[0] in subscriptions[taker])
            if able:
                found[giver].discard(able[-1])
                found[taker].add(able[-1])
                return True
    return False


def ranges(
    subscriptions: Mapping[str, set[str]], counts: Mapping[str, int], before: Mapping[str, set[Place]]
) -> Assignment:
    """Of each topic a run of partitions to each of its members, so that topics of one size are read side by side."""
    found: Assignment = {member: set() for member in subscriptions}
    for topic, count in counts.items():
        members = sorted(member for member in subscriptions if topic in subscriptions[member])
        start = 0
        for number, member in enumerate(members):
            size = count // len(members) + (number < count % len(members))
            found[member] |= {(topic, partition) for partition in range(start, start + size)}
            start += size
    return found


ASSIGNORS: dict[str, Callable[[Mapping[str, set[str]], Mapping[str, int], Mapping[str, set[Place]]], Assignment]] = {
    "uniform": uniform, "range": ranges,
}  # fmt: skip
