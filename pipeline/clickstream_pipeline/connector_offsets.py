"""What a change of a connector's offsets would do, before it is sent (KIP-875)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from clickstream_pipeline.errors import Misuse
from clickstream_pipeline.model import OffsetChange

Pair = Mapping[str, Any]
"""{partition, offset} as Connect's REST API tells and takes them."""
Moves = Callable[[str], Awaitable[Sequence[OffsetChange]]]
"""What a place would change of a sink's group. Raises Misuse, Refused, Unreachable."""
RESET = "reset"


@dataclass(frozen=True, slots=True)
class OffsetPlan:
    """What is to be sent.

    Args:
        pairs: the new offsets by partition; None forgets all of them (DELETE), so that the connector begins anew.
        changes: for a sink, what that skips and repeats.
        before: the offsets as they are now.
    """

    pairs: tuple[Pair, ...] | None
    changes: tuple[OffsetChange, ...] = ()
    before: tuple[Pair, ...] = ()


async def plan(kind: str, now: Sequence[Pair], where: str, moves: Moves) -> OffsetPlan:
    """What is sent for a place that was typed.

    Args:
        kind: of the connector: sink or source.
        now: its offsets as they are.
        where: `reset`; for a sink a place as in a reset of a group's offsets; for a source an offset as JSON, for all its
            partitions, or {"partition": …, "offset": …} for one of them; an offset `null` is forgotten.
        moves: asks Kafka, for a sink.

    Raises:
        Misuse: the text is no place for this connector.
        Refused, Unreachable: of `moves`.
    """
    where = where.strip()
    if where == RESET:
        return OffsetPlan(None, (), tuple(now))
    if kind == "sink":
        changes = tuple(await moves(where))
        if not changes:
            raise Misuse("The connector has committed no offset yet", hint="It begins where auto.offset.reset says")
        return OffsetPlan(tuple(map(_sink_pair, changes)), changes, tuple(now))
    return OffsetPlan(_source_pairs(now, where), (), tuple(now))


def _sink_pair(change: OffsetChange) -> Pair:
    partition = {"kafka_topic": change.topic, "kafka_partition": change.partition}
    return {"partition": partition, "offset": {"kafka_offset": change.after}}


def _source_pairs(now: Sequence[Pair], where: str) -> tuple[Pair, ...]:
    try:
        given: Any = json.loads(where)
    except ValueError:
        given = where
    if given is not None and not isinstance(given, dict):
        hint = 'Use reset, or an offset as JSON, such as {"position": 0}'
        raise Misuse(f"'{where}' is no offset of a source: each kind of source has its own form", hint=hint)
    if given is not None and "partition" in given and "offset" in given:
        return ({"partition": given["partition"], "offset": given["offset"]},)
    if not now:
        raise Misuse("The source has no offset yet",
                     hint='Name the partition too: {"partition": {…}, "offset": {…}}')  # fmt: skip
    return tuple({"partition": each["partition"], "offset": cast("Any", given)} for each in now)
