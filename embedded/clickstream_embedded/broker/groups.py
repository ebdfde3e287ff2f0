"""The group coordinator: members, generations and rebalances of the classic consumer protocol.

Static members (KIP-345) keep their place while they are away: one that comes back under its `group.instance.id`
takes over from the older one, which is fenced, and nobody else notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kio.schema.errors import ErrorCode

_FIRST_JOIN_DELAY = 0.05  # seconds to wait for more members of an empty group; Kafka waits 3
# group.min.session.timeout.ms and group.max.session.timeout.ms
_SHORTEST_SESSION, _LONGEST_SESSION = 6_000, 1_800_000


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
    pending: set[str] = field(default_factory=set[str])
    timer: asyncio.TimerHandle | None = None

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


def _failed(code: ErrorCode, **more: Any) -> dict[str, Any]:
    return {"error_code": code, **more}


class Coordinator:
    """All groups of the broker. Answers are dictionaries of the response's fields."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self.groups: dict[str, Group] = {}

    # -- joining -----------------------------------------------------------------------------------------------

    async def join(
        self,
        group_id: str,
        member_id: str,
        *,
        client_id: str,
        client_host: str,
        instance_id: str | None,
        session_ms: int,
        rebalance_ms: int,
        protocol_type: str,
        protocols: list[tuple[str, bytes]],
        require_known_member: bool,
    ) -> dict[str, Any]:
        """JoinGroup: waits until the generation is complete."""
        failure = {"member_id": member_id, "generation_id": -1, "protocol_name": None, "leader": "", "members": ()}
        group = self.groups.get(group_id) or Group(group_id)
        static = group.static_member(instance_id)
        if not group_id:
            code = ErrorCode.invalid_group_id
        elif not _SHORTEST_SESSION <= session_ms <= _LONGEST_SESSION:
            code = ErrorCode.invalid_session_timeout
        elif not protocols or not protocol_type or not self._fits(group, protocol_type, protocols):
            code = ErrorCode.inconsistent_group_protocol
        else:
            code = self._member_code(group, member_id, instance_id)
        if code is not ErrorCode.none:
            return _failed(code, **failure)
        self.groups[group_id] = group
        takes_over = not member_id and static is not None
        if not member_id:
            member_id = f"{instance_id or client_id}-{self._new_id()}"
            if require_known_member and instance_id is None:
                group.pending.add(member_id)
                return _failed(ErrorCode.member_id_required, **{**failure, "member_id": member_id})
        group.pending.discard(member_id)
        if takes_over:
            assert static is not None
            self._replace(group, static, member_id)
        member = group.members.get(member_id)
        is_new = member is None
        if member is None:
            member = Member(member_id, client_id, client_host, instance_id, 0, 0, [])
            group.members[member_id] = member
        is_same = member.protocols == protocols
        member.session_timeout = session_ms / 1000
        member.rebalance_timeout = max(rebalance_ms, session_ms) / 1000
        member.protocols = protocols
        group.protocol_type = protocol_type
        self._finish(member.joining, _failed(ErrorCode.unknown_member_id, **failure))
        member.joining = None
        if is_same and not is_new and self._may_stay(group, member, takes_over=takes_over):
            self._expect_heartbeat(group, member)
            return self._joined(group, member, skip_assignment=takes_over)
        was_empty = group.state is GroupState.EMPTY
        joining = member.joining = asyncio.get_running_loop().create_future()
        self._expect_heartbeat(group, member)
        self._prepare(group, _FIRST_JOIN_DELAY if was_empty else None)
        return await joining

    def _member_code(self, group: Group, member_id: str, instance_id: str | None) -> ErrorCode:
        """Whether who joins may call itself so."""
        if member_id and instance_id is not None:
            return self._static_code(group.static_member(instance_id), member_id)
        is_known = member_id in group.members or member_id in group.pending
        return ErrorCode.unknown_member_id if member_id and not is_known else ErrorCode.none

    @staticmethod
    def _fits(group: Group, protocol_type: str, protocols: list[tuple[str, bytes]]) -> bool:
        """Whether a member with these protocols has one in common with all the others."""
        if not group.members:
            return True
        common = {name for name, _ in protocols}
        for member in group.members.values():
            common &= {name for name, _ in member.protocols}
        return protocol_type == group.protocol_type and bool(common)

    @staticmethod
    def _static_code(static: Member | None, member_id: str) -> ErrorCode:
        if static is None:
            return ErrorCode.unknown_member_id
        return ErrorCode.none if static.member_id == member_id else ErrorCode.fenced_instance_id

    @staticmethod
    def _may_stay(group: Group, member: Member, *, takes_over: bool) -> bool:
        """Whether a member that joins again, unchanged, needs no new generation."""
        if group.state is GroupState.STABLE:
            return takes_over or member.member_id != group.leader
        return group.state is GroupState.COMPLETING and not takes_over

    def _replace(self, group: Group, old: Member, member_id: str) -> None:
        """Gives a static member's place to its successor and fences the older one."""
        if old.expiry:
            old.expiry.cancel()
        fenced = _failed(ErrorCode.fenced_instance_id, member_id=old.member_id, assignment=b"")
        self._finish(old.joining, fenced)
        self._finish(old.syncing, fenced)
        successor = Member(
            member_id, old.client_id, old.client_host, old.instance_id, old.session_timeout, old.rebalance_timeout,
            old.protocols, old.assignment,
        )  # fmt: skip
        group.members = {
            key if key != old.member_id else member_id: member if member is not old else successor
            for key, member in group.members.items()
        }
        if group.leader == old.member_id:
            group.leader = member_id

    def _joined(self, group: Group, member: Member, *, skip_assignment: bool = False) -> dict[str, Any]:
        """What a member of the present generation is told. Its leader learns who the members are."""
        is_leader = member.member_id == group.leader
        return {
            "error_code": ErrorCode.none, "generation_id": group.generation, "protocol_type": group.protocol_type,
            "protocol_name": group.protocol, "leader": group.leader, "member_id": member.member_id,
            "members": group.metadata(group.protocol) if is_leader else (),
            "skip_assignment": skip_assignment and is_leader,
        }  # fmt: skip

    def _prepare(self, group: Group, delay: float | None) -> None:
        """Starts a rebalance, or ends the one under way once every member has joined."""
        if group.state is not GroupState.PREPARING:
            group.state = GroupState.PREPARING
            for member in group.members.values():
                self._finish(member.syncing, _failed(ErrorCode.rebalance_in_progress, assignment=b""))
                member.syncing = None
            longest = max((m.rebalance_timeout for m in group.members.values()), default=1.0)
            self._set_timer(group, delay or longest)
        if delay is None and all(member.joining for member in group.members.values()):
            self._complete(group)

    def _set_timer(self, group: Group, seconds: float) -> None:
        if group.timer:
            group.timer.cancel()
        group.timer = asyncio.get_running_loop().call_later(seconds, self._complete, group)

    def _complete(self, group: Group) -> None:
        """Ends the join phase: members that did not come back are out, the first becomes leader."""
        if group.timer:
            group.timer.cancel()
            group.timer = None
        for member in [m for m in group.members.values() if m.joining is None]:
            self._forget(group, member)
        if not group.members:
            group.state = GroupState.EMPTY
            return
        group.generation += 1
        group.state = GroupState.COMPLETING
        if group.leader not in group.members:
            group.leader = next(iter(group.members))
        group.protocol = self._choose_protocol(group)
        for member in list(group.members.values()):
            self._finish(member.joining, self._joined(group, member))
            member.joining = None
            self._expect_heartbeat(group, member)

    @staticmethod
    def _choose_protocol(group: Group) -> str:
        members = list(group.members.values())
        for name, _ in members[0].protocols:
            if all(name in dict(member.protocols) for member in members):
                return name
        return members[0].protocols[0][0]

    # -- the rest of a member's life ---------------------------------------------------------------------------

    def check(
        self, group_id: str, member_id: str, generation: int, instance_id: str | None = None, *, empty_ok: bool = False
    ) -> ErrorCode:
        """Whether that member of that generation may act; with `empty_ok` nobody may act on an empty group too."""
        group = self.groups.get(group_id)
        if group is None or not group.members:
            if not empty_ok:
                return ErrorCode.unknown_member_id
            return ErrorCode.none if generation < 0 else ErrorCode.illegal_generation
        if instance_id is not None:
            code = self._static_code(group.static_member(instance_id), member_id)
            if code is not ErrorCode.none:
                return code
        if member_id not in group.members:
            return ErrorCode.unknown_member_id
        if generation != group.generation:
            return ErrorCode.illegal_generation
        return ErrorCode.none

    async def sync(
        self, group_id: str, member_id: str, generation: int, assignments: dict[str, bytes],
        instance_id: str | None = None, protocol: tuple[str | None, str | None] = (None, None),
    ) -> dict[str, Any]:  # fmt: skip
        """SyncGroup: waits until the leader has given the assignments."""
        code = self.check(group_id, member_id, generation, instance_id)
        if code is not ErrorCode.none:
            return _failed(code, assignment=b"")
        group = self.groups[group_id]
        kind, name = protocol
        if kind not in (None, group.protocol_type) or name not in (None, group.protocol):
            return _failed(ErrorCode.inconsistent_group_protocol, assignment=b"")
        member = group.members[member_id]
        self._expect_heartbeat(group, member)
        if group.state is GroupState.PREPARING:
            return _failed(ErrorCode.rebalance_in_progress, assignment=b"")
        if group.state is GroupState.COMPLETING:
            if member_id == group.leader:
                for each in group.members.values():
                    each.assignment = assignments.get(each.member_id, b"")
                group.state = GroupState.STABLE
                for each in group.members.values():
                    self._finish(each.syncing, self._assigned(group, each))
                    each.syncing = None
            else:
                syncing = member.syncing = asyncio.get_running_loop().create_future()
                return await syncing
        return self._assigned(group, member)

    @staticmethod
    def _assigned(group: Group, member: Member) -> dict[str, Any]:
        return {
            "error_code": ErrorCode.none, "protocol_type": group.protocol_type, "protocol_name": group.protocol,
            "assignment": member.assignment,
        }  # fmt: skip

    def heartbeat(self, group_id: str, member_id: str, generation: int, instance_id: str | None = None) -> ErrorCode:
        code = self.check(group_id, member_id, generation, instance_id)
        if code is not ErrorCode.none:
            return code
        group = self.groups[group_id]
        self._expect_heartbeat(group, group.members[member_id])
        return ErrorCode.rebalance_in_progress if group.state is GroupState.PREPARING else ErrorCode.none

    def leave(self, group_id: str, member_id: str, instance_id: str | None = None) -> ErrorCode:
        group = self.groups.get(group_id)
        if group is None:
            return ErrorCode.unknown_member_id
        if instance_id is not None:
            static = group.static_member(instance_id)
            code = self._static_code(static, member_id or (static.member_id if static else ""))
            if code is not ErrorCode.none:
                return code
            assert static is not None
            member_id = static.member_id
        if member_id in group.pending:
            group.pending.discard(member_id)
            return ErrorCode.none
        member = group.members.get(member_id)
        if member is None:
            return ErrorCode.unknown_member_id
        self._remove(group, member)
        return ErrorCode.none

    def delete(self, group_id: str) -> ErrorCode:
        group = self.groups.get(group_id)
        if group is not None and group.members:
            return ErrorCode.non_empty_group
        self.groups.pop(group_id, None)
        return ErrorCode.none

    # -- bookkeeping -------------------------------------------------------------------------------------------

    def _expect_heartbeat(self, group: Group, member: Member) -> None:
        if member.expiry:
            member.expiry.cancel()
        # a member that waits for the others to join is alive as long as its connection is
        seconds = member.session_timeout if member.joining is None else member.rebalance_timeout * 2
        member.expiry = asyncio.get_running_loop().call_later(seconds, self._remove, group, member)

    def _remove(self, group: Group, member: Member) -> None:
        if group.members.get(member.member_id) is not member:
            return
        self._forget(group, member)
        if group.members:
            self._prepare(group, None)
        else:
            group.state = GroupState.EMPTY
            if group.timer:
                group.timer.cancel()
                group.timer = None

    def _forget(self, group: Group, member: Member) -> None:
        group.members.pop(member.member_id, None)
        if member.expiry:
            member.expiry.cancel()
        self._finish(member.joining, _failed(ErrorCode.unknown_member_id, member_id=member.member_id))
        self._finish(member.syncing, _failed(ErrorCode.unknown_member_id, assignment=b""))

    @staticmethod
    def _finish(future: asyncio.Future[dict[str, Any]] | None, answer: dict[str, Any]) -> None:
        if future is not None and not future.done():
            future.set_result(answer)

    def close(self) -> None:
        """Ends every wait and timer."""
        for group in self.groups.values():
            if group.timer:
                group.timer.cancel()
            for member in list(group.members.values()):
                self._forget(group, member)
