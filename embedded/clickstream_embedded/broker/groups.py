"""The group coordinator: members, generations and rebalances of the classic consumer protocol.

States are those of Kafka's own coordinator: Empty, PreparingRebalance, CompletingRebalance, Stable, Dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kio.schema.errors import ErrorCode

_FIRST_JOIN_DELAY = 0.05  # seconds to wait for more members of an empty group; Kafka waits 3


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
    state: str = "Empty"
    generation: int = 0
    protocol_type: str = ""
    protocol: str = ""
    leader: str = ""
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    pending: set[str] = field(default_factory=set[str])
    timer: asyncio.TimerHandle | None = None


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
        group = self.groups.setdefault(group_id, Group(group_id))
        failure = {"member_id": member_id, "generation_id": -1, "protocol_name": "", "leader": "", "members": ()}
        if not protocols or (group.members and protocol_type != group.protocol_type):
            return _failed(ErrorCode.inconsistent_group_protocol, **failure)
        if instance_id is not None:
            known = next((m for m in group.members.values() if m.instance_id == instance_id), None)
            if known is not None and not member_id:
                self._remove(group, known)
        if member_id and member_id not in group.members and member_id not in group.pending:
            return _failed(ErrorCode.unknown_member_id, **failure)
        if not member_id:
            member_id = f"{client_id}-{self._new_id()}"
            if require_known_member and instance_id is None:
                group.pending.add(member_id)
                return _failed(ErrorCode.member_id_required, **{**failure, "member_id": member_id})
        group.pending.discard(member_id)
        member = group.members.get(member_id)
        if member is None:
            member = Member(member_id, client_id, client_host, instance_id, 0, 0, [])
            group.members[member_id] = member
        member.session_timeout = session_ms / 1000
        member.rebalance_timeout = max(rebalance_ms, session_ms) / 1000
        member.protocols = protocols
        group.protocol_type = protocol_type
        was_empty = group.state == "Empty"
        self._finish(member.joining, _failed(ErrorCode.unknown_member_id, **failure))
        joining = member.joining = asyncio.get_running_loop().create_future()
        self._expect_heartbeat(group, member)
        self._prepare(group, _FIRST_JOIN_DELAY if was_empty else None)
        return await joining

    def _prepare(self, group: Group, delay: float | None) -> None:
        """Starts a rebalance, or ends the one under way once every member has joined."""
        if group.state != "PreparingRebalance":
            group.state = "PreparingRebalance"
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
            group.state = "Empty"
            return
        group.generation += 1
        group.state = "CompletingRebalance"
        if group.leader not in group.members:
            group.leader = next(iter(group.members))
        group.protocol = self._choose_protocol(group)
        for member in list(group.members.values()):
            members = [
                {"member_id": m.member_id, "group_instance_id": m.instance_id,
                 "metadata": dict(m.protocols).get(group.protocol, b"")}
                for m in group.members.values()
            ] if member.member_id == group.leader else []  # fmt: skip
            answer = {
                "error_code": ErrorCode.none, "generation_id": group.generation, "protocol_type": group.protocol_type,
                "protocol_name": group.protocol, "leader": group.leader, "member_id": member.member_id,
                "members": members, "skip_assignment": False,
            }  # fmt: skip
            self._finish(member.joining, answer)
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

    def check(self, group_id: str, member_id: str, generation: int) -> ErrorCode:
        """Whether that member of that generation may act."""
        group = self.groups.get(group_id)
        if group is None or member_id not in group.members:
            return ErrorCode.unknown_member_id
        if generation != group.generation:
            return ErrorCode.illegal_generation
        return ErrorCode.none

    async def sync(
        self, group_id: str, member_id: str, generation: int, assignments: dict[str, bytes]
    ) -> dict[str, Any]:
        """SyncGroup: waits until the leader has given the assignments."""
        code = self.check(group_id, member_id, generation)
        if code is not ErrorCode.none:
            return _failed(code, assignment=b"")
        group = self.groups[group_id]
        member = group.members[member_id]
        self._expect_heartbeat(group, member)
        if group.state == "PreparingRebalance":
            return _failed(ErrorCode.rebalance_in_progress, assignment=b"")
        if group.state == "CompletingRebalance":
            if member_id == group.leader:
                for each in group.members.values():
                    each.assignment = assignments.get(each.member_id, b"")
                group.state = "Stable"
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

    def heartbeat(self, group_id: str, member_id: str, generation: int) -> ErrorCode:
        code = self.check(group_id, member_id, generation)
        if code is not ErrorCode.none:
            return code
        group = self.groups[group_id]
        self._expect_heartbeat(group, group.members[member_id])
        return ErrorCode.rebalance_in_progress if group.state == "PreparingRebalance" else ErrorCode.none

    def leave(self, group_id: str, member_id: str, instance_id: str | None = None) -> ErrorCode:
        group = self.groups.get(group_id)
        if group is None:
            return ErrorCode.unknown_member_id
        if instance_id is not None and not member_id:
            member_id = next((m.member_id for m in group.members.values() if m.instance_id == instance_id), "")
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
            group.state = "Empty"
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
