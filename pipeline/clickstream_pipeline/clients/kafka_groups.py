"""Consumer groups over Kafka's admin API: lag, members, and resets that are shown before they are done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # pyright: ignore[reportPrivateImportUsage]

from clickstream_pipeline.clients import moments
from clickstream_pipeline.clients.admin_answers import answered
from clickstream_pipeline.clients.kafka_offsets import Ends
from clickstream_pipeline.errors import Misuse, Refused
from clickstream_pipeline.model import ConsumerGroup, GroupPartition, Member, OffsetChange

_TIMEOUT = 5.0
_NOT_SHOWN = (KafkaError.GROUP_ID_NOT_FOUND, KafkaError.GROUP_AUTHORIZATION_FAILED)
_AGO = re.compile(r"-?(?:(\d+)|an?\b)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)(?:\s+ago)?")
AskEnds = Callable[[list[TopicPartition]], Ends]


@dataclass(frozen=True, slots=True)
class ResetTo:
    """Where offsets are moved: `earliest`, `latest`, `time` (ms since the epoch), `shift` (by so many) or `to` (an offset)."""

    how: str
    value: int = 0

    @classmethod
    def parse(cls, text: str, now: float) -> ResetTo:
        """From `earliest`, `latest`, `+N` or `-N` (a shift), `N` (an offset), `-30m` or `an hour ago`, or an ISO 8601 time.

        Args:
            text: what was typed.
            now: seconds since the epoch.

        Raises:
            Misuse: the text is none of these.
        """
        text = text.strip()
        if text in ("earliest", "latest"):
            return cls(text)
        if found := _AGO.fullmatch(text):
            return cls("time", moments.before(now, int(found[1] or 1), found[2]))
        if re.fullmatch(r"[+-]\d+", text):
            return cls("shift", int(text))
        if text.isdigit():
            return cls("to", int(text))
        try:
            return cls("time", moments.of_iso(text))
        except ValueError:
            raise Misuse(f"'{text}' is no place to reset offsets to",
                                hint="Use earliest, latest, +N or -N, an offset, -30m, an hour ago, or a time") from None  # fmt: skip


def lags(admin: AdminClient, names: Sequence[str], ends: Ends) -> tuple[ConsumerGroup, ...]:
    """The committed offsets and the lag of some groups; one that has none is not in the answer. Raises KafkaException."""
    asked = {
        name: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)], request_timeout=_TIMEOUT)[name]
        for name in names
    }
    found: list[ConsumerGroup] = []
    for name, answer in asked.items():
        try:
            places: Any = answered(answer, _TIMEOUT).topic_partitions
        except KafkaException as error:
            if error.args[0].code() in _NOT_SHOWN:
                continue
            raise
        if places:
            found.append(_group(name, "", (), places, ends))
    return tuple(found)


def _group(name: str, state: str, members: tuple[Member, ...], places: Any, ends: Ends) -> ConsumerGroup:
    partitions = tuple(
        GroupPartition(place.topic, place.partition, place.offset if place.offset >= 0 else None, *ends[key])
        for place in sorted(places, key=lambda place: (place.topic, place.partition))
        if (key := (place.topic, place.partition)) in ends
    )
    lag = sum(place.lag for place in partitions) if len(partitions) == len(places) else None
    return ConsumerGroup(name, state, partitions, members, lag)


def all_groups(admin: AdminClient, ask_ends: AskEnds) -> tuple[ConsumerGroup, ...]:
    """All groups with members and lag, by name. Raises KafkaException."""
    listed: Any = answered(admin.list_consumer_groups(request_timeout=_TIMEOUT), _TIMEOUT)
    if listed.errors:  # of a broker that did not answer: what the others listed is not all
        raise KafkaException(listed.errors[0])
    names = sorted(group.group_id for group in listed.valid)
    return describe(admin, names, ask_ends) if names else ()


def describe(admin: AdminClient, names: Iterable[str], ask_ends: AskEnds) -> tuple[ConsumerGroup, ...]:
    """These groups with members and lag. Raises KafkaException."""
    wanted = list(names)
    described = admin.describe_consumer_groups(wanted, request_timeout=_TIMEOUT)
    asked = {
        name: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)], request_timeout=_TIMEOUT)[name]
        for name in wanted
    }
    committed: dict[str, Any] = {}
    for name, answer in asked.items():
        try:
            committed[name] = answered(answer, _TIMEOUT).topic_partitions
        except KafkaException as error:  # deleted since it was listed, or not ours to see: the others are shown
            if error.args[0].code() not in _NOT_SHOWN:
                raise
    wanted = [name for name in wanted if name in committed]
    places = {(place.topic, place.partition) for each in committed.values() for place in each}
    ends = ask_ends([TopicPartition(*place) for place in sorted(places)])
    found: list[ConsumerGroup] = []
    for name in wanted:
        about: Any = answered(described[name], _TIMEOUT)
        members = tuple(
            Member(each.member_id, each.client_id, each.host,
                   tuple((place.topic, place.partition) for place in each.assignment.topic_partitions))
            for each in about.members
        )  # fmt: skip
        found.append(_group(name, about.state.name, members, committed[name], ends))
    return tuple(found)


def topics_of(admin: AdminClient, group: str) -> tuple[str, ...]:
    """The topics in which a group has committed offsets, those that are still there. Raises KafkaException."""
    asked = ConsumerGroupTopicPartitions(group)
    answer: Any = answered(admin.list_consumer_group_offsets([asked], request_timeout=_TIMEOUT)[group], _TIMEOUT)
    known = admin.list_topics(timeout=_TIMEOUT).topics
    return tuple(sorted({place.topic for place in answer.topic_partitions} & set(known)))


def preview(
    admin: AdminClient, group: str, topic: str, to: ResetTo, ask_ends: AskEnds
) -> tuple[OffsetChange, ...]:  # fmt: skip
    """What a reset would do to each partition of a topic. Raises KafkaException, Refused where there is no such topic."""
    known = admin.list_topics(timeout=_TIMEOUT).topics
    if topic not in known:
        raise Refused(f"There is no topic '{topic}'", hint="List them: clickstream-tui topics")
    places = [TopicPartition(topic, number) for number in sorted(known[topic].partitions)]
    ends = ask_ends(places)
    asked = ConsumerGroupTopicPartitions(group, places)
    answer: Any = answered(admin.list_consumer_group_offsets([asked], request_timeout=_TIMEOUT)[group], _TIMEOUT)
    committed = {place.partition: place.offset for place in answer.topic_partitions if place.offset >= 0}
    times: dict[int, int] = {}
    if to.how == "time":
        wanted: Any = dict.fromkeys(places, OffsetSpec.for_timestamp(to.value))
        for place, offset in admin.list_offsets(wanted, request_timeout=_TIMEOUT).items():
            times[place.partition] = answered(offset, _TIMEOUT).offset
    changes: list[OffsetChange] = []
    for place in places:
        first, end = ends[topic, place.partition]
        before = committed.get(place.partition)
        start = first if before is None else before
        after = {
            "earliest": first, "latest": end, "shift": start + to.value, "to": to.value,
            "time": times.get(place.partition, end) if times.get(place.partition, -1) >= 0 else end,
        }[to.how]  # fmt: skip
        after = min(max(after, first), end)
        changes.append(
            OffsetChange(topic, place.partition, before, after, max(0, after - start), max(0, start - after))
        )
    return tuple(changes)


def delete(admin: AdminClient, group: str) -> None:
    """Deletes a group with its offsets. Raises KafkaException: the broker refuses where it has members (KIP-229)."""
    answered(admin.delete_consumer_groups([group], request_timeout=_TIMEOUT)[group], _TIMEOUT)


def reset(admin: AdminClient, group: str, changes: Sequence[OffsetChange]) -> None:
    """Moves the offsets. Raises KafkaException, Refused where the group has members: Kafka moves those of empty groups only."""
    about: Any = answered(admin.describe_consumer_groups([group], request_timeout=_TIMEOUT)[group], _TIMEOUT)
    if about.members:
        raise Refused(f"The group '{group}' has {len(about.members)} members, and Kafka moves offsets only of a group without",
                      hint="Stop its consumers first: pause or stop the connector, or terminate the query")  # fmt: skip
    places = [TopicPartition(change.topic, change.partition, change.after) for change in changes]
    asked = ConsumerGroupTopicPartitions(group, places)
    done: Any = answered(admin.alter_consumer_group_offsets([asked], request_timeout=_TIMEOUT)[group], _TIMEOUT)
    for place in done.topic_partitions:
        if place.error is not None:
            raise KafkaException(place.error)
