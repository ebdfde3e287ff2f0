"""Groups of the classic consumer protocol: their members, and what they may do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.java_hash import place_in_map


class GroupState(StrEnum):
    """The states of a group, as Kafka's coordinator names them."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


@dataclass(slots=True)
class Member:
    """One consumer of a group."""

    member_id: str
    client_id: str
    client_host: str
    instance_id: str | None
    session_timeout: float
    rebalance_timeout: float
    protocols: list[tuple[str, bytes]]
    assignment: bytes = b""
    joining: asyncio.Future[dict[str, Any]] | None = None
    syncing: asyncio.Future[dict[str, Any]] | None = None
    expiry: asyncio.TimerHandle | None = None
    has_synced: bool = True  # False between a rebalance and its SyncGroup


@dataclass(slots=True)
class Group:
    """A consumer group; `members` is keyed by member id."""

    group_id: str
    state: GroupState = GroupState.EMPTY
    generation: int = 0
    protocol_type: str = ""
    protocol: str = ""
    leader: str = ""
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    pending: dict[str, asyncio.TimerHandle] = field(
        default_factory=dict[str, asyncio.TimerHandle]
    )  # who was given an id
    timer: asyncio.TimerHandle | None = None
    sync_timer: asyncio.TimerHandle | None = None
    since: int = -1  # ms: when it came to its state
    entered: Callable[[Group], None] = lambda group: None  # told of each state that it comes to

    def enter(self, state: GroupState) -> None:
        """Comes to a state."""
        self.state = state
        self.entered(self)

    def static_member(self, instance_id: str | None) -> Member | None:
        """The member with that `group.instance.id`."""
        if instance_id is None:
            return None
        return next((each for each in self.members.values() if each.instance_id == instance_id), None)

    def metadata(self, protocol: str) -> list[dict[str, Any]]:
        """What each member said of itself for a protocol, as its leader is told."""
        return [
            {"member_id": each.member_id, "group_instance_id": each.instance_id,
             "metadata": dict(each.protocols).get(protocol, b"")}
            for each in self.members.values()
        ]  # fmt: skip

    def member_code(self, member_id: str, instance_id: str | None, most: int) -> ErrorCode:
        """Whether who joins may call itself so, and may join a group of `most` members at most."""
        is_member = member_id in self.members or self.static_member(instance_id) is not None
        if not is_member and len(self.members) >= most:
            return ErrorCode.group_max_size_reached
        if member_id and instance_id is not None:
            return self.static_code(instance_id, member_id)
        is_known = member_id in self.members or member_id in self.pending
        return ErrorCode.unknown_member_id if member_id and not is_known else ErrorCode.none

    def static_code(self, instance_id: str, member_id: str) -> ErrorCode:
        """Whether a static member goes by that id now: an older one is fenced (KIP-345)."""
        static = self.static_member(instance_id)
        if static is None:
            return ErrorCode.unknown_member_id
        return ErrorCode.none if static.member_id == member_id else ErrorCode.fenced_instance_id

    def fits(self, protocol_type: str, protocols: list[tuple[str, bytes]]) -> bool:
        """Whether a member with these protocols has one in common with all the others."""
        if not self.members:
            return True
        common = {name for name, _ in protocols}
        for member in self.members.values():
            common &= {name for name, _ in member.protocols}
        return protocol_type == self.protocol_type and bool(common)

    def may_stay(self, member: Member, *, takes_over: bool) -> bool:
        """Whether a member that joins again, unchanged, needs no new generation."""
        if self.state is GroupState.STABLE:
            return takes_over or member.member_id != self.leader
        return self.state is GroupState.COMPLETING and not takes_over

    def chosen_protocol(self) -> str:
        """The one that most members would rather have than the others which all have."""
        names = [[name for name, _ in member.protocols] for member in self.members.values()]
        common = set[str](names[0]).intersection(*names)
        votes = Counter(next((name for name in each if name in common), each[0]) for each in names)
        most = max(votes.values())
        return max(
            (name for name, count in votes.items() if count == most), key=place_in_map
        )  # the last there is in the map of votes

    def joined(self, member: Member, *, skip_assignment: bool = False) -> dict[str, Any]:
        """What a member of the present generation is told. Its leader learns who the members are."""
        is_leader = member.member_id == self.leader
        return {
            "error_code": ErrorCode.none, "generation_id": self.generation, "protocol_type": self.protocol_type,
            "protocol_name": self.protocol, "leader": self.leader, "member_id": member.member_id,
            "members": self.metadata(self.protocol) if is_leader else (),
            "skip_assignment": skip_assignment and is_leader,
        }  # fmt: skip

    def assigned(self, member: Member) -> dict[str, Any]:
        """What a member of a stable group is told."""
        return {
            "error_code": ErrorCode.none, "protocol_type": self.protocol_type, "protocol_name": self.protocol,
            "assignment": member.assignment,
        }  # fmt: skip


def failed(code: ErrorCode, **more: Any) -> dict[str, Any]:
    """The answer of a request that failed."""
    return {"error_code": code, **more}
