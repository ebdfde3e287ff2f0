"""The coordinator of the new consumer group protocol (KIP-848): members heartbeat, the broker assigns.

A group has an epoch that rises with every change of its members or their topics; a target assignment is made for it, and each member
is led there by its heartbeats: it first gives up what it has to, then it gets what others have given up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.assignors import ASSIGNORS, Assignment, Place
from clickstream_embedded.broker.errors import KafkaApiError

LEAVES, LEAVES_FOR_A_WHILE = -1, -2  # the epochs that a member sends
_KNOWS_EPOCHS = 9  # the version of OffsetCommit from which on a member may name its epoch


class Counts(Protocol):
    """How many partitions the topics of a name or a pattern have."""

    def __call__(self, topics: set[str], pattern: str = "") -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat of a member; None is what did not change. `owned` are the partitions that it says it has."""

    group_id: str
    member_id: str
    epoch: int
    instance_id: str | None = None
    rebalance_timeout: float = -1  # seconds
    topics: tuple[str, ...] | None = None
    assignor: str | None = None
    owned: frozenset[Place] | None = None
    pattern: str | None = None  # of topics; "" for none any more
    client_id: str = ""
    client_host: str = ""
    rack: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether it says all that there is to say: then the whole assignment is told."""
        return self.epoch == 0 or (self.rebalance_timeout >= 0 and None not in (self.topics, self.owned))


@dataclass(slots=True)
class ConsumerMember:
    """One member: `assigned` is what it may read, `revoking` what it has to give up first."""

    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    rebalance_timeout: float
    epoch: int = 0
    previous_epoch: int = 0
    named: set[str] = field(default_factory=set[str])
    pattern: str = ""
    topics: set[str] = field(default_factory=set[str])  # those that it named and those that its pattern matches
    assignor: str | None = None
    assigned: set[Place] = field(default_factory=set[Place])
    revoking: set[Place] = field(default_factory=set[Place])
    is_waiting: bool = False  # for what others still have
    is_away: bool = False
    rack: str | None = None
    expiry: asyncio.TimerHandle | None = None
    deadline: asyncio.TimerHandle | None = None  # of its revocation

    def goes_on(self, epoch: int) -> None:
        """Is of that epoch from now on."""
        self.previous_epoch, self.epoch = self.epoch, epoch


@dataclass(slots=True)
class ConsumerGroup:
    """A group: its epoch, the epoch of its target assignment, and the target by member."""

    group_id: str
    epoch: int = 0
    target_epoch: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    target: Assignment = field(default_factory=dict[str, set[Place]])
    members: dict[str, ConsumerMember] = field(default_factory=dict[str, ConsumerMember])

    @property
    def state(self) -> str:
        """As Kafka's coordinator names it."""
        if not self.members:
            return "Empty"
        if self.target_epoch < self.epoch:
            return "Assigning"
        settled = all(each.epoch == self.target_epoch and each.assigned == self.target.get(each.member_id, set()) and not each.revoking
                      for each in self.members.values())  # fmt: skip
        return "Stable" if settled else "Reconciling"

    def static_member(self, instance_id: str | None) -> ConsumerMember | None:
        """The member with that name that stays."""
        if instance_id is None:
            return None
        return next((each for each in self.members.values() if each.instance_id == instance_id), None)

    @property
    def assignor(self) -> str:
        """The one that most members ask for; the first that there is where none asks."""
        asked = [each.assignor for each in self.members.values() if each.assignor]
        return max(sorted(set(asked)), key=asked.count) if asked else next(iter(ASSIGNORS))


class ConsumerCoordinator:
    """All groups of the new protocol. Raises KafkaApiError with the error codes of KIP-848."""

    def __init__(self, new_id: Callable[[], str], counts: Counts, *, session_ms: int = 45_000) -> None:
        self._new_id = new_id
        self._counts = counts
        self._session = session_ms / 1000
        self.groups: dict[str, ConsumerGroup] = {}

    def beat(self, beat: Beat) -> tuple[ConsumerMember, set[Place] | None]:
        """ConsumerGroupHeartbeat: the member, and its assignment where it has to be told."""
        self._check(beat)
        group = self.groups.get(beat.group_id)
        if beat.epoch < 0:
            return self._leave(group, beat), None
        if group is None:
            if beat.epoch:
                raise KafkaApiError(ErrorCode.group_id_not_found, f"Consumer group {beat.group_id} not found.")
            group = ConsumerGroup(beat.group_id)
        member = self._member(group, beat)
        self.groups[beat.group_id] = group
        changed, before = self._subscribe(member, beat), set(member.assigned)
        for each in group.members.values():
            each.topics = each.named | set(self._counts(set(), each.pattern) if each.pattern else ())
        counts = self._counts({topic for each in group.members.values() for topic in each.topics})
        if changed or counts != group.counts:
            group.epoch += 1
            group.counts = counts
        self._assign(group)
        self._reconcile(group, member, beat.owned)
        self._expect(group, member)
        return member, set(member.assigned) if beat.is_full or member.assigned != before else None

    @staticmethod
    def _check(beat: Beat) -> None:
        def refuse(why: str) -> KafkaApiError:
            return KafkaApiError(ErrorCode.invalid_request, why)

        for name, value in (("GroupId", beat.group_id), ("InstanceId", beat.instance_id), ("RackId", beat.rack)):
            if value is not None and not value.strip():
                raise refuse(f"{name} can't be empty.")
        if beat.epoch != 0 and beat.epoch >= LEAVES_FOR_A_WHILE and not beat.member_id.strip():
            raise refuse("MemberId can't be empty.")
        if beat.epoch == 0:
            if beat.rebalance_timeout < 0:
                raise refuse("RebalanceTimeoutMs must be provided in first request.")
            if beat.owned is None or beat.owned:
                raise refuse("TopicPartitions must be empty when (re-)joining.")
            if not beat.topics and not beat.pattern:
                raise refuse("SubscribedTopicNames must be set in first request.")
        if beat.epoch == LEAVES_FOR_A_WHILE and beat.instance_id is None:
            raise refuse("InstanceId can't be null.")
        if beat.epoch < LEAVES_FOR_A_WHILE:
            raise refuse("MemberEpoch is invalid.")
        if beat.pattern:
            try:
                re.compile(beat.pattern)
            except re.error as error:
                raise KafkaApiError(ErrorCode.invalid_regular_expression, f"SubscribedTopicRegex `{beat.pattern}` is not a valid regular "
                                    f"expression: {error}.") from None  # fmt: skip
        if beat.assignor is not None and beat.assignor not in ASSIGNORS:
            raise KafkaApiError(ErrorCode.unsupported_assignor, f"ServerAssignor {beat.assignor} is not supported. "
                                f"Supported assignors: {', '.join(ASSIGNORS)}.")  # fmt: skip

    def _member(self, group: ConsumerGroup, beat: Beat) -> ConsumerMember:
        """Who beats: one that is known, is new, or takes the place of a static one that is away."""
        joins = beat.epoch == 0
        static = group.static_member(beat.instance_id)
        if beat.instance_id is not None and not joins:
            member = self._static(group, beat)
        elif static is not None:
            return self._successor(group, static, beat)
        else:
            member = group.members.get(beat.member_id)
        if member is None and not joins:
            raise self._stranger(group, beat)
        if member is None:
            member_id = beat.member_id or self._new_id()
            member = ConsumerMember(
                member_id, beat.instance_id, beat.client_id, beat.client_host, beat.rebalance_timeout
            )
            member.rack = beat.rack
            group.members[member_id] = member
            return member
        self._check_epoch(member, beat)
        return member

    @staticmethod
    def _stranger(group: ConsumerGroup, beat: Beat) -> KafkaApiError:
        why = f"Member {beat.member_id} is not a member of group {group.group_id}."
        return KafkaApiError(ErrorCode.unknown_member_id, why)

    @staticmethod
    def _static(group: ConsumerGroup, beat: Beat) -> ConsumerMember:
        """The static member that beats, or leaves. Raises KafkaApiError."""
        static = group.static_member(beat.instance_id)
        if static is None:
            raise KafkaApiError(ErrorCode.unknown_member_id, f"Instance id {beat.instance_id} is unknown.")
        if static.member_id != beat.member_id:
            raise KafkaApiError(ErrorCode.fenced_instance_id, f"Static member {beat.member_id} with instance id "
                                f"{beat.instance_id} was fenced by member {static.member_id}.")  # fmt: skip
        return static

    @staticmethod
    def _check_epoch(member: ConsumerMember, beat: Beat) -> None:
        """One that never heard of its newer epoch may still name the one before. Raises KafkaApiError."""
        is_retry = beat.epoch == member.previous_epoch and beat.owned is not None and beat.owned <= member.assigned
        if beat.epoch > member.epoch or (beat.epoch < member.epoch and not is_retry):
            way = "greater" if beat.epoch > member.epoch else "smaller"
            raise KafkaApiError(ErrorCode.fenced_member_epoch, f"The consumer group member has a {way} member epoch ({beat.epoch}) "
                                f"than the one known by the group coordinator ({member.epoch}). The member must abandon all its "
                                "partitions and rejoin.")  # fmt: skip

    def _successor(self, group: ConsumerGroup, static: ConsumerMember, beat: Beat) -> ConsumerMember:
        """Who takes the place of a static member, with all that it had. Raises KafkaApiError while that is there."""
        if not static.is_away:
            raise KafkaApiError(ErrorCode.unreleased_instance_id, f"Static member {beat.member_id} with instance id "
                                f"{beat.instance_id} cannot join the group because the instance id is owned by "
                                f"{static.member_id} member.")  # fmt: skip
        target = group.target.get(static.member_id, set())
        self._forget(group, static)
        member_id = beat.member_id or self._new_id()
        member = ConsumerMember(member_id, beat.instance_id, beat.client_id, beat.client_host, static.rebalance_timeout,
                                named=static.named, pattern=static.pattern, assignor=static.assignor, assigned=static.assigned)  # fmt: skip
        member.rack = beat.rack
        group.members[member_id], group.target[member_id] = member, target
        return member

    def _leave(self, group: ConsumerGroup | None, beat: Beat) -> ConsumerMember:
        if group is None:
            raise KafkaApiError(ErrorCode.group_id_not_found, f"Group {beat.group_id} not found.")
        member = group.members.get(beat.member_id) if beat.instance_id is None else self._static(group, beat)
        if member is None:
            raise self._stranger(group, beat)
        if beat.epoch == LEAVES_FOR_A_WHILE:
            member.is_away = True
            member.revoking = set()
            member.goes_on(LEAVES_FOR_A_WHILE)
        else:
            self._remove(group, member)
        return ConsumerMember(member.member_id, member.instance_id, "", "", 0, epoch=beat.epoch)

    @staticmethod
    def _subscribe(member: ConsumerMember, beat: Beat) -> bool:
        """Whether what the member wants has changed."""
        before = (member.named, member.pattern)
        if beat.topics is not None:
            member.named = set(beat.topics)
        if beat.pattern is not None:
            member.pattern = beat.pattern
        member.assignor = beat.assignor or member.assignor
        if beat.rebalance_timeout >= 0:
            member.rebalance_timeout = beat.rebalance_timeout
        return before != (member.named, member.pattern)

    @staticmethod
    def _assign(group: ConsumerGroup) -> None:
        if group.target_epoch == group.epoch:
            return
        subscriptions = {each.member_id: each.topics for each in group.members.values()}
        group.target = ASSIGNORS[group.assignor](subscriptions, group.counts, group.target)
        group.target_epoch = group.epoch

    def _reconcile(self, group: ConsumerGroup, member: ConsumerMember, owned: frozenset[Place] | None) -> None:
        """Leads a member one step towards its target."""

        def owns(places: set[Place]) -> bool:
            return owned is None or bool(owned & places)

        epoch = member.epoch
        if member.revoking:
            if owns(member.revoking):
                return
            epoch += 1
        elif epoch == group.target_epoch and not member.is_waiting:
            return
        target = group.target.get(member.member_id, set())
        given_up, wanted = member.assigned - target, target - member.assigned
        others = [each for each in group.members.values() if each is not member]
        free = wanted - {place for each in others for place in each.assigned | each.revoking}
        member.assigned = member.assigned & target
        if member.deadline:
            member.deadline.cancel()
        if given_up and owns(given_up):
            member.revoking = given_up
            member.goes_on(epoch)
            member.deadline = asyncio.get_running_loop().call_later(
                member.rebalance_timeout, self._remove, group, member
            )
            return
        member.revoking, member.is_waiting = set(), free != wanted
        member.assigned |= free
        member.goes_on(group.target_epoch)

    # -- a member's end ----------------------------------------------------------------------------------------

    def _expect(self, group: ConsumerGroup, member: ConsumerMember) -> None:
        if member.expiry:
            member.expiry.cancel()
        member.expiry = asyncio.get_running_loop().call_later(self._session, self._remove, group, member)

    @staticmethod
    def _forget(group: ConsumerGroup, member: ConsumerMember) -> None:
        group.members.pop(member.member_id, None)
        group.target.pop(member.member_id, None)
        for timer in (member.expiry, member.deadline):
            if timer:
                timer.cancel()

    def _remove(self, group: ConsumerGroup, member: ConsumerMember) -> None:
        if group.members.get(member.member_id) is member:
            self._forget(group, member)
            group.epoch += 1

    def commit_code(self, group_id: str, member_id: str, epoch: int, version: int) -> ErrorCode:
        """Whether a member of that epoch may commit offsets by that version; nobody's may while the group is empty."""
        group = self.groups[group_id]
        if epoch < 0 and not group.members:
            return ErrorCode.none
        if member_id in group.members and version < _KNOWS_EPOCHS:
            return ErrorCode.unsupported_version
        return self._epoch_code(group, member_id, epoch)

    def fetch_code(self, group_id: str, member_id: str | None, epoch: int) -> ErrorCode:
        """Whether a member of that epoch may ask for offsets; who is none may."""
        if member_id is None and epoch < 0:
            return ErrorCode.none
        return self._epoch_code(self.groups[group_id], member_id or "", epoch)

    @staticmethod
    def _epoch_code(group: ConsumerGroup, member_id: str, epoch: int) -> ErrorCode:
        member = group.members.get(member_id)
        if member is None:
            return ErrorCode.unknown_member_id
        return ErrorCode.none if epoch == member.epoch else ErrorCode.stale_member_epoch

    def delete(self, group_id: str) -> ErrorCode:
        if self.groups[group_id].members:
            return ErrorCode.non_empty_group
        del self.groups[group_id]
        return ErrorCode.none

    def forget_all(self) -> None:
        """Forgets every group."""
        self.close()
        self.groups = {}

    def close(self) -> None:
        """Ends every timer."""
        for group in self.groups.values():
            for member in list(group.members.values()):
                self._forget(group, member)
