"""Rebalances: a generation is prepared, joined by all and completed, and who stays away is out."""

from __future__ import annotations

import asyncio
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.groups import Group, GroupState, Member, failed


def finish(future: asyncio.Future[dict[str, Any]] | None, answer: dict[str, Any]) -> None:
    """Answers one that waits, if anybody does."""
    if future is not None and not future.done():
        future.set_result(answer)


def prepare(group: Group, delay: float | None) -> None:
    """Starts a rebalance, or ends the one under way once every member has joined."""
    if group.state is not GroupState.PREPARING:
        group.enter(GroupState.PREPARING)
        for member in group.members.values():
            finish(member.syncing, failed(ErrorCode.rebalance_in_progress, assignment=b""))
            member.syncing = None
        longest = max((m.rebalance_timeout for m in group.members.values()), default=1.0)
        _set_timer(group, longest if delay is None else min(delay, longest))
    if delay is None:
        _complete_if_all_are_in(group)


def _complete_if_all_are_in(group: Group) -> None:
    if not group.pending and all(member.joining for member in group.members.values()):
        _complete(group)


# -- those that were given an id, and are to come back with it -------------------------------------------------


def await_member(group: Group, member_id: str, seconds: float) -> None:
    """Waits for one that is to join with that id, no longer than its session."""
    group.pending[member_id] = asyncio.get_running_loop().call_later(seconds, give_up, group, member_id)


def expect_no_more(group: Group, member_id: str) -> None:
    """It has come, or will not."""
    timer = group.pending.pop(member_id, None)
    if timer is not None:
        timer.cancel()


def give_up(group: Group, member_id: str) -> None:
    """It does not come: a rebalance waits for it no more."""
    expect_no_more(group, member_id)
    if group.state is GroupState.PREPARING:
        _complete_if_all_are_in(group)


# -- the end of a rebalance ------------------------------------------------------------------------------------


def _set_timer(group: Group, seconds: float) -> None:
    if group.timer:
        group.timer.cancel()
    group.timer = asyncio.get_running_loop().call_later(seconds, _complete, group)


def _complete(group: Group) -> None:
    """Ends the join phase: members that did not come back are out, but for static ones; the first becomes leader."""
    if group.timer:
        group.timer.cancel()
        group.timer = None
    for member in [m for m in group.members.values() if m.joining is None and m.instance_id is None]:
        forget(group, member)
    joined = [member.member_id for member in group.members.values() if member.joining]
    if group.members and not joined:  # their sessions end, or they come
        _set_timer(group, max(member.rebalance_timeout for member in group.members.values()))
        return
    if not group.members:
        group.enter(GroupState.EMPTY)
        return
    group.generation += 1
    group.enter(GroupState.COMPLETING)
    if group.leader not in joined:
        group.leader = joined[0]
    group.protocol = group.chosen_protocol()
    for member in list(group.members.values()):
        finish(member.joining, group.joined(member))
        member.joining, member.has_synced = None, False
        expect_heartbeat(group, member)
    _stop_waiting(group)
    longest = max(member.rebalance_timeout for member in group.members.values())
    group.sync_timer = asyncio.get_running_loop().call_later(longest, _end_of_sync, group, group.generation)


def _stop_waiting(group: Group) -> None:
    if group.sync_timer:
        group.sync_timer.cancel()
        group.sync_timer = None


def _end_of_sync(group: Group, generation: int) -> None:
    """Who has joined and asked for no assignment within the time of a rebalance is out."""
    late = [member for member in group.members.values() if not member.has_synced]
    if generation == group.generation and group.state in (GroupState.COMPLETING, GroupState.STABLE):
        for member in late:
            remove(group, member)


def expect_heartbeat(group: Group, member: Member) -> None:
    """Begins the member's session anew: it is out unless it is heard of within it."""
    if member.expiry:
        member.expiry.cancel()
    # a member that waits for the others to join is alive as long as its connection is
    seconds = member.session_timeout if member.joining is None else member.rebalance_timeout * 2
    member.expiry = asyncio.get_running_loop().call_later(seconds, remove, group, member)


def remove(group: Group, member: Member) -> None:
    """Takes a member out, and lets the others share what it had."""
    if group.members.get(member.member_id) is not member:
        return
    forget(group, member)
    if group.members:
        prepare(group, None)
    else:
        group.enter(GroupState.EMPTY)
        if group.timer:
            group.timer.cancel()
            group.timer = None


def forget(group: Group, member: Member) -> None:
    """Takes a member out; what it waits for is answered."""
    group.members.pop(member.member_id, None)
    if member.expiry:
        member.expiry.cancel()
    finish(member.joining, failed(ErrorCode.unknown_member_id, member_id=member.member_id))
    finish(member.syncing, failed(ErrorCode.unknown_member_id, assignment=b""))


def replace(group: Group, old: Member, member_id: str) -> None:
    """Gives a static member's place to its successor and fences the older one."""
    if old.expiry:
        old.expiry.cancel()
    fenced = failed(ErrorCode.fenced_instance_id, member_id=old.member_id, assignment=b"")
    finish(old.joining, fenced)
    finish(old.syncing, fenced)
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


def end(group: Group) -> None:
    """Ends every wait and timer of a group."""
    if group.timer:
        group.timer.cancel()
    _stop_waiting(group)
    for member_id in list(group.pending):
        expect_no_more(group, member_id)
    for member in list(group.members.values()):
        forget(group, member)
