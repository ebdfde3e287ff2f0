"""The group coordinator of the classic consumer protocol: what members ask of it.

Static members (KIP-345) keep their place while they are away: one that comes back under its `group.instance.id`
takes over from the older one, which is fenced, and nobody else notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker import rebalances
from clickstream_embedded.broker.groups import Group, GroupState, Member, failed
from clickstream_embedded.broker.offsets import KeptGroup, OffsetStore

GROUP_LIMITS = ("group.min.session.timeout.ms", "group.max.session.timeout.ms", "group.max.size")


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """What members may ask for, by the settings of `GROUP_LIMITS`."""

    shortest_session: int = 6_000  # ms
    longest_session: int = 1_800_000
    members: int = 2**31 - 1


def _join_code(
    group: Group, session_ms: int, protocol_type: str, protocols: list[tuple[str, bytes]], limits: GroupLimits,
    *, is_unknown: bool,
) -> ErrorCode:  # fmt: skip
    """Whether anybody may join so; `is_unknown` says that a member speaks of a group that is not there."""
    if not group.group_id:
        return ErrorCode.invalid_group_id
    if not limits.shortest_session <= session_ms <= limits.longest_session:
        return ErrorCode.invalid_session_timeout
    if is_unknown:
        return ErrorCode.unknown_member_id
    if not protocols or not protocol_type or not group.fits(protocol_type, protocols):
        return ErrorCode.inconsistent_group_protocol
    return ErrorCode.none


class Coordinator:
    """All groups of the broker. Answers are dictionaries of the response's fields.

    Args:
        new_id: Gives a new member's id.
        first_join_delay: Seconds to wait for more members of an empty group (`group.initial.rebalance.delay.ms`).
        store: What is known of groups after a restart. Those that had members are empty from now on.
        clock: The time, in ms.
        limits: What members may ask for.
    """

    def __init__(
        self, new_id: Callable[[], str], first_join_delay: float, store: OffsetStore, clock: Callable[[], int],
        limits: GroupLimits | None = None,
    ) -> None:  # fmt: skip
        self._limits = limits or GroupLimits()
        self._new_id, self._first_join_delay, self._store, self._clock = new_id, first_join_delay, store, clock
        self.groups: dict[str, Group] = {}
        for name, kept in store.kept_groups().items():
            group = self.groups[name] = self._made(name)
            group.protocol_type, group.generation, group.since = kept.protocol_type, kept.generation, kept.empty_since
            if group.since < 0:
                group.enter(GroupState.EMPTY)

    def _made(self, group_id: str) -> Group:
        return Group(group_id, entered=self._entered)

    def _entered(self, group: Group) -> None:
        group.since = self._clock()
        if group.state in (GroupState.STABLE, GroupState.EMPTY):  # what Kafka writes down, too
            since = group.since if group.state is GroupState.EMPTY else -1
            self._store.keep_group(group.group_id, KeptGroup(group.protocol_type, group.generation, since))

    def make_known(self, group_id: str) -> None:
        """The group is there from now on, without members."""
        if group_id not in self.groups:
            self.groups[group_id] = self._made(group_id)

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
        knows_skipping: bool = True,
    ) -> dict[str, Any]:
        """JoinGroup: waits until the generation is complete."""
        failure = {"member_id": member_id, "generation_id": -1, "protocol_name": None, "leader": "", "members": ()}
        group = self.groups.get(group_id) or self._made(group_id)
        static = group.static_member(instance_id)
        is_unknown = bool(member_id) and group_id not in self.groups
        code = _join_code(group, session_ms, protocol_type, protocols, self._limits, is_unknown=is_unknown)
        code = code or group.member_code(member_id, instance_id, self._limits.members)
        if code is not ErrorCode.none:
            return failed(code, **failure)
        self.groups[group_id] = group
        replaced = ""
        takes_over = not member_id and static is not None
        if not member_id:
            member_id = f"{instance_id or client_id}-{self._new_id()}"
            if require_known_member and instance_id is None:
                rebalances.await_member(group, member_id, session_ms / 1000)
                return failed(ErrorCode.member_id_required, **{**failure, "member_id": member_id})
        rebalances.expect_no_more(group, member_id)
        if takes_over:
            assert static is not None
            replaced = group.leader  # who does not know that he may skip assigning must not think that he leads
            rebalances.replace(group, static, member_id)
        member = group.members.get(member_id)
        is_new = member is None
        if member is None:
            member = Member(member_id, client_id, client_host, instance_id, 0, 0, [])
            group.members[member_id] = member
        is_same = member.protocols == protocols
        member.session_timeout = session_ms / 1000
        member.rebalance_timeout = rebalance_ms / 1000
        member.protocols = protocols
        group.protocol_type = protocol_type
        rebalances.finish(member.joining, failed(ErrorCode.unknown_member_id, **failure))
        member.joining = None
        if is_same and not is_new and group.may_stay(member, takes_over=takes_over):
            rebalances.expect_heartbeat(group, member)
            told = group.joined(member, skip_assignment=takes_over)
            return told if knows_skipping or not takes_over else {**told, "members": (), "leader": replaced}
        was_empty = group.state is GroupState.EMPTY
        joining = member.joining = asyncio.get_running_loop().create_future()
        rebalances.expect_heartbeat(group, member)
        rebalances.prepare(group, self._first_join_delay if was_empty else None)
        return await joining

    # -- the rest of a member's life ---------------------------------------------------------------------------

    def check(self, group_id: str, member_id: str, generation: int, instance_id: str | None = None) -> ErrorCode:
        """Whether that member of that generation may act."""
        group = self.groups.get(group_id)
        if group is None or not group.members:
            return ErrorCode.unknown_member_id
        if instance_id is not None:
            code = group.static_code(instance_id, member_id)
            if code is not ErrorCode.none:
                return code
        if member_id not in group.members:
            return ErrorCode.unknown_member_id
        if generation != group.generation:
            return ErrorCode.illegal_generation
        return ErrorCode.none

    def commit_code(
        self, group_id: str, member_id: str, generation: int, instance_id: str | None, *, known: bool, in_transaction: bool = False
    ) -> ErrorCode:  # fmt: skip
        """Whether offsets may be committed; `known` says whether the group has some already."""
        group = self.groups.get(group_id)
        if group is None and not known:
            return ErrorCode.none if generation < 0 else ErrorCode.illegal_generation
        is_empty = group is None or group.state is GroupState.EMPTY
        if generation < 0 and is_empty:
            return ErrorCode.none
        if generation >= 0 or member_id or instance_id is not None:
            if group is None:
                return ErrorCode.unknown_member_id
            code = self.check(group_id, member_id, generation, instance_id)
            if code is not ErrorCode.none:
                return code
        elif not in_transaction:
            return ErrorCode.unknown_member_id
        is_completing = group is not None and group.state is GroupState.COMPLETING
        return ErrorCode.rebalance_in_progress if is_completing and not in_transaction else ErrorCode.none

    async def sync(
        self, group_id: str, member_id: str, generation: int, assignments: dict[str, bytes],
        instance_id: str | None = None, protocol: tuple[str | None, str | None] = (None, None),
    ) -> dict[str, Any]:  # fmt: skip
        """SyncGroup: waits until the leader has given the assignments."""
        code = self.check(group_id, member_id, generation, instance_id) if group_id else ErrorCode.invalid_group_id
        if code is not ErrorCode.none:
            return failed(code, assignment=b"")
        group = self.groups[group_id]
        kind, name = protocol
        if kind not in (None, group.protocol_type) or name not in (None, group.protocol):
            return failed(ErrorCode.inconsistent_group_protocol, assignment=b"")
        member = group.members[member_id]
        rebalances.expect_heartbeat(group, member)
        if group.state is GroupState.PREPARING:
            return failed(ErrorCode.rebalance_in_progress, assignment=b"")
        member.has_synced = True
        if group.state is GroupState.COMPLETING:
            if member_id == group.leader:
                for each in group.members.values():
                    each.assignment = assignments.get(each.member_id, b"")
                group.enter(GroupState.STABLE)
                for each in group.members.values():
                    rebalances.finish(each.syncing, group.assigned(each))
                    each.syncing = None
            else:
                syncing = member.syncing = asyncio.get_running_loop().create_future()
                return await syncing
        return group.assigned(member)

    def heartbeat(self, group_id: str, member_id: str, generation: int, instance_id: str | None = None) -> ErrorCode:
        code = self.check(group_id, member_id, generation, instance_id) if group_id else ErrorCode.invalid_group_id
        if code is not ErrorCode.none:
            return code
        group = self.groups[group_id]
        rebalances.expect_heartbeat(group, group.members[member_id])
        return ErrorCode.rebalance_in_progress if group.state is GroupState.PREPARING else ErrorCode.none

    def leave(self, group_id: str, member_id: str, instance_id: str | None = None) -> ErrorCode:
        group = self.groups.get(group_id)
        if group is None:
            return ErrorCode.unknown_member_id
        if instance_id is not None:
            static = group.static_member(instance_id)
            if static is None:
                return ErrorCode.unknown_member_id
            if member_id not in ("", static.member_id):
                return ErrorCode.fenced_instance_id
            member_id = static.member_id
        if member_id in group.pending:
            rebalances.give_up(group, member_id)
            return ErrorCode.none
        member = group.members.get(member_id)
        if member is None:
            return ErrorCode.unknown_member_id
        rebalances.remove(group, member)
        return ErrorCode.none

    def delete(self, group_id: str) -> ErrorCode:
        group = self.groups.get(group_id)
        if group is not None and group.members:
            return ErrorCode.non_empty_group
        self.forget(group_id)
        return ErrorCode.none

    def forget(self, group_id: str) -> None:
        """The group is no more."""
        group = self.groups.pop(group_id, None)
        if group is not None:
            rebalances.end(group)
            self._store.forget_group(group_id)

    def forget_all(self) -> None:
        """Forgets every group; who waits is told."""
        for group_id in list(self.groups):
            self.forget(group_id)

    def close(self) -> None:
        """Ends every wait and timer."""
        for group in self.groups.values():
            rebalances.end(group)
