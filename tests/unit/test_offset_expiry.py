"""Committed offsets end as KIP-211 has it, and ids of transactions; the clock is set by hand."""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clickstream_embedded.broker import group_api, upkeep
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.consumer_groups import LEAVES, Beat
from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.groups import GroupState
from clickstream_embedded.broker.offset_expiry import expire_offsets
from clickstream_embedded.broker.offsets import Committed, Dated
from clickstream_embedded.broker.server import answer

MINUTE = 60_000
KEEP = 10 * MINUTE
PLACE = ("t", 0)
_OFFSET = Committed(5, -1, "")
SETTINGS = {
    "offsets.retention.minutes": "10", "group.initial.rebalance.delay.ms": "0",
    "group.coordinator.rebalance.protocols": "classic,consumer",
}  # fmt: skip


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


class Node:
    """A broker with its clock; `again` is a restart over the same data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder, self.clock, self._settings = folder, Clock(), {**SETTINGS, **settings}
        self.broker = self._made()

    def _made(self) -> Broker:
        broker = Broker(self._folder, "127.0.0.1", 0, self.clock, self._settings)
        for name in ("t", "u"):
            if broker.topics.get(name) is None:
                broker.topics.create(name, 1, {})
        return broker

    def again(self) -> None:
        self.broker.close()
        self.broker = self._made()

    def commit(self, group: str, *places: tuple[str, int]) -> None:
        self.broker.offsets.commit(group, dict.fromkeys(places or [PLACE], _OFFSET), self.clock.now)

    def passes(self, ms: int) -> None:
        self.clock.now += ms
        expire_offsets(self.broker)

    def places(self, group: str) -> list[tuple[str, int]]:
        return sorted(self.broker.offsets.fetch(group))

    async def state(self, group: str) -> str:
        """As DescribeGroups tells it."""
        (found,) = (await group_api.describe_groups(self.broker, SimpleNamespace(groups=[group])))["groups"]
        return str(found["group_state"])

    async def join(self, group: str, *topics: str) -> str:
        """A member that reads those topics; its id."""
        listed = b"".join(struct.pack(">h", len(each)) + each.encode() for each in topics)
        metadata = struct.pack(">hi", 0, len(topics)) + listed + struct.pack(">i", -1)
        found = await self.broker.coordinator.join(
            group, "", client_id="c", client_host="h", instance_id=None, session_ms=6000, rebalance_ms=6000,
            protocol_type="consumer", protocols=[("range", metadata)], require_known_member=False,
        )  # fmt: skip
        member = str(found["member_id"])
        await self.broker.coordinator.sync(group, member, found["generation_id"], {member: b""})
        return member


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.broker.close()


async def test_offsets_of_a_consumer_without_a_group_end_after_their_commit(node: Node) -> None:
    node.commit("g")
    node.passes(KEEP - 1)
    node.commit("g", ("u", 0))
    assert node.places("g") == [PLACE, ("u", 0)]
    node.passes(1)
    assert (node.places("g"), await node.state("g")) == ([("u", 0)], "Empty")
    node.passes(KEEP)
    assert (node.places("g"), await node.state("g")) == ([], "Dead")


async def test_offsets_of_an_empty_group_end_all_at_once_after_the_last_member_left(node: Node) -> None:
    member = await node.join("g", "t")
    node.commit("g", PLACE, ("u", 0))
    node.passes(KEEP)
    assert node.places("g") == [PLACE]  # a member reads it
    node.commit("g", ("u", 0))
    assert node.broker.coordinator.leave("g", member) == 0
    node.passes(KEEP - 1)
    assert node.places("g") == [PLACE, ("u", 0)]
    node.passes(1)
    assert (node.places("g"), await node.state("g")) == ([], "Dead")
    assert "g" not in node.broker.coordinator.groups


async def test_nothing_of_a_group_ends_within_a_rebalance(node: Node) -> None:
    await node.join("g", "t")
    node.commit("g", ("u", 0))
    node.broker.coordinator.groups["g"].state = GroupState.PREPARING
    node.passes(KEEP)
    assert node.places("g") == [("u", 0)]


async def test_what_is_known_of_a_group_outlives_the_broker(node: Node) -> None:
    for name in ("left", "stays"):
        member = await node.join(name, "t")
        node.commit(name)
        if name == "left":
            node.broker.coordinator.leave(name, member)
    node.clock.now += KEEP - 1
    node.again()
    groups = {
        each["group_id"]: each for each in (await group_api.list_groups(node.broker, SimpleNamespace()))["groups"]
    }
    assert {name: (each["group_state"], each["protocol_type"]) for name, each in groups.items()} == {
        "left": ("Empty", "consumer"), "stays": ("Empty", "consumer"),
    }  # fmt: skip
    node.passes(1)
    assert (node.places("left"), node.places("stays")) == ([], [PLACE])
    node.passes(KEEP - 1)  # who had members when the broker ended is empty from its start on
    assert node.places("stays") == []


async def test_offsets_of_a_group_of_the_new_protocol_end_after_their_commit_but_for_what_its_members_read(
    node: Node,
) -> None:
    groups = node.broker.consumer_groups
    assert groups is not None
    member, _ = groups.beat(Beat("g", "", 0, rebalance_timeout=5, topics=("t",), owned=frozenset()))
    node.commit("g", PLACE, ("u", 0))
    node.passes(KEEP)
    assert node.places("g") == [PLACE]
    groups.beat(Beat("g", member.member_id, LEAVES))
    node.passes(0)
    assert "g" not in groups.groups
    assert await node.state("g") == "Dead"


async def test_a_group_without_members_and_offsets_is_no_more_at_the_next_look(node: Node) -> None:
    node.broker.coordinator.leave("g", await node.join("g", "t"))
    assert await node.state("g") == "Empty"
    node.passes(0)
    assert await node.state("g") == "Dead"


async def test_what_an_open_transaction_may_change_stays(node: Node) -> None:
    node.commit("g")
    transactions = node.broker.transactions
    made = transactions.begin("x", 60_000)
    transactions.add_group("x", made.producer_id, made.epoch, "g")
    transactions.commit_offsets("x", made.producer_id, made.epoch, "g", {PLACE: _OFFSET})
    node.passes(KEEP)
    assert node.places("g") == [PLACE]
    transactions.end("x", made.producer_id, made.epoch, committed=True)
    node.passes(KEEP - 1)
    assert node.places("g") == [PLACE]
    node.passes(1)
    assert node.places("g") == []


def _commit_frame(version: int, retention_ms: int) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack(">h", len(value)) + value.encode()

    head = struct.pack(">hhi", 8, version, 7) + text("c") + text("g") + struct.pack(">i", -1) + text("")
    place = text("t") + struct.pack(">iiq", 1, 0, 5) + text("")
    return head + struct.pack(">q", retention_ms) + struct.pack(">i", 1) + place


@pytest.mark.parametrize(("retention_ms", "ends"), [(-1, None), (1000, 1_001_000), (0, 1_000_000)])
async def test_an_older_client_says_itself_for_how_long(node: Node, retention_ms: int, ends: int | None) -> None:
    await answer(node.broker, "h", _commit_frame(2, retention_ms))
    assert node.broker.offsets.dates("g") == {PLACE: Dated(1_000_000, ends)}
    node.passes(999)
    assert bool(node.places("g")) == (ends != 1_000_000)
    node.passes(1)
    assert bool(node.places("g")) == (ends is None)


def test_offsets_of_an_older_version_of_this_broker_count_from_the_first_start_on(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "offsets.sqlite")
    database.execute("CREATE TABLE offsets (grp TEXT, topic TEXT, partition INTEGER, offset INTEGER, epoch INTEGER,"
                     " metadata TEXT, PRIMARY KEY (grp, topic, partition)) WITHOUT ROWID")  # fmt: skip
    database.execute("INSERT INTO offsets VALUES ('g', 't', 0, 5, -1, '')")
    database.commit()
    database.close()
    node = Node(tmp_path)
    node.passes(KEEP - 1)
    node.again()
    assert node.places("g") == [PLACE]
    node.passes(1)
    assert node.places("g") == []
    node.broker.close()


async def test_what_was_committed_of_a_deleted_topic_takes_its_group_with_it(node: Node) -> None:
    node.broker.coordinator.leave("g", await node.join("g", "t"))
    node.commit("g")
    frame = struct.pack(">hhi", 20, 1, 7) + struct.pack(">h", 1) + b"c" + struct.pack(">ih", 1, 1) + b"t"
    await answer(node.broker, "h", frame + struct.pack(">i", 1000))
    assert await node.state("g") == "Dead"


def test_an_id_of_transactions_that_nobody_used_is_forgotten_unless_it_has_something_open(node: Node) -> None:
    transactions = node.broker.transactions
    transactions.begin("idle", 60_000)
    busy = transactions.begin("busy", 60_000)
    transactions.add_partitions("busy", busy.producer_id, busy.epoch, {PLACE})
    for passed, left in ((999, ["busy", "idle"]), (1, ["busy"])):
        node.clock.now += passed
        transactions.forget_unused(1000)
        assert [each.transactional_id for each in transactions] == left
    node.clock.now += 60_000
    transactions.abort_late()
    node.clock.now += 1000
    transactions.forget_unused(1000)
    assert not list(transactions)


async def test_limits_of_groups_and_transactions_are_those_of_the_settings(tmp_path: Path) -> None:
    limits = {"group.max.size": "1", "group.min.session.timeout.ms": "6000", "transaction.max.timeout.ms": "5"}
    node = Node(tmp_path, **limits, **{"offset.metadata.max.bytes": "1"})
    await node.join("g", "t")
    common: dict[str, Any] = {
        "client_id": "c", "client_host": "h", "instance_id": None, "rebalance_ms": 6000, "protocol_type": "consumer",
        "protocols": [("range", b"")], "require_known_member": False,
    }  # fmt: skip
    assert (await node.broker.coordinator.join("g", "", session_ms=6000, **common))["error_code"] == 81
    assert (await node.broker.coordinator.join("h", "", session_ms=5999, **common))["error_code"] == 26
    with pytest.raises(KafkaApiError):
        node.broker.transactions.begin("x", 6)
    assert [group_api.is_long(node.broker, each) for each in ("a", "ab")] == [False, True]
    node.broker.close()


async def test_each_chore_is_done_as_often_as_its_setting_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"log.retention.check.interval.ms", "offsets.retention.check.interval.ms"}
    done: dict[str, int] = {}
    is_enough = asyncio.Event()

    def counted(chore: upkeep.Chore) -> upkeep.Chore:
        async def do(_: Broker) -> None:
            done[chore.setting] = done.get(chore.setting, 0) + 1
            if min(done.get(each, 0) for each in wanted) >= 3:
                is_enough.set()

        return upkeep.Chore(do, chore.setting, chore.period)

    monkeypatch.setattr(upkeep, "CHORES", tuple(counted(each) for each in upkeep.CHORES))
    node = Node(tmp_path, **dict.fromkeys(wanted, "1"))
    tasks = upkeep.begin(node.broker)
    await asyncio.wait_for(is_enough.wait(), 10)
    for task in tasks:
        task.cancel()
    assert set(done) == wanted
    node.broker.close()
